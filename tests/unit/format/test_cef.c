#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/limits.h"
#include "format/message.h"

struct cef_case {
    const char *text;
    const char *name;
    const char *fields; /* "key=decoded value;..." */
    bool is_damaged;
};

static const struct cef_case cases[] = {
    {"CEF:0|V|P|1|7|Name|5|a=1 b=x y c=", "Name", "a=1;b=x y;c=;", false},
    {"CEF: 0|V|P|1|7|Name|5|a=1", "Name", "a=1;", false},
    {"0|V|P|1|7|Name|5|a=1", "Name", "a=1;", false},
    {"CEF:0|V|P|1|7|Name|5| a=1  b=2 ", "Name", "a=1;b=2;", false},
    {"CEF:0|V|P|1|7|pipe \\| back \\\\|5|a=1", "pipe | back \\", "a=1;", false},
    {"CEF:0|V|P|1|7|N|5|msg=a\\=b c\\\\d e\\nf\\rg h=1", "N", "msg=a=b c\\d e\nf\rg;h=1;", false},
    {"CEF:0|V|P|1|7|N|5|msg=kubectl rollout --timeout\\=1s cs1=x", "N", "msg=kubectl rollout --timeout=1s;cs1=x;",
     false},
    {"CEF:0|V|P|1|7|N|5|msg=kubectl rollout --timeout=1s cs1=x", "N", "msg=kubectl rollout --timeout=1s;cs1=x;", false},
    {"CEF:0|V|P|1|7|N|5|filePath=C:\\Users\\x act=y", "N", "filePath=C:\\Users\\x;act=y;", false},
    {"CEF:0|V|P|1|7|N|5|request=http://x/?a=b&c=d e=f", "N", "request=http://x/?a=b&c=d;e=f;", false},
    {"CEF:0|V|P|1|7|N|5|act=\"Logon\" x=\"a\" b", "N", "act=Logon;x=\"a\" b;", false},
    {"CEF:0|V|P|1|7|N|5|ad.x=1 _y=2 z[0]=3", "N", "ad.x=1;_y=2 z[0]=3;", false},
    {"CEF:0|V|P|1|7|N|5|", "N", "", false},
    {"CEF:0|V|P|1|7|N|5|stray words a=1", "N", "a=1;", true},
    {"CEF:0|V|P|1|7|N|5|only words", "N", "", true},
    {"CEF:0|V|P|1|7|N", "N", "", true},
    {"CEF:0|V", "", "", true},
    {"CEF:0|V|P|1|7|N|5|a=1\\", "N", "a=1\\;", false},
    {"CEF:0|V|P|1|7|N|5|a=\\", "N", "a=\\;", false},
};

static void extensions_are_taken_apart(void **state)
{
    (void)state;
    struct message message;
    struct arena arena;
    message_init(&message);
    arena_init(&arena, ARENA_NO_LIMIT);
    for (size_t i = 0; i < countof(cases); i++) {
        message_clear(&message);
        cef_parse(str_from_cstring(cases[i].text), &message);
        char fields[512] = "";
        size_t used = 0;
        for (size_t k = 0; k < message.field_count; k++) {
            str value = message_value(&message.fields[k], &arena);
            used += (size_t)snprintf(fields + used, sizeof(fields) - used, "%.*s=%.*s;", STR_ARG(message.fields[k].key),
                                     STR_ARG(value));
        }
        str name = message_unescape(message.name, VALUE_CEF, &arena);
        if (strcmp(fields, cases[i].fields) != 0 || message.is_damaged != cases[i].is_damaged ||
            !str_eq(name, str_from_cstring(cases[i].name)) || message.kind != MESSAGE_CEF) {
            fail_msg("%s\n -> %s damaged %d name %.*s", cases[i].text, fields, message.is_damaged, STR_ARG(name));
        }
    }
    arena_release(&arena);
    message_release(&message);
}

static void labels_name_their_fields(void **state)
{
    (void)state;
    struct message message;
    message_init(&message);
    cef_parse(STR("CEF:0|V|P|1|7|N|5|cs1=prod cs1Label=Zone Name cn2Label=\"Hits\" cn2=7 cs3Label=None"), &message);
    assert_true(str_eq(message_find(&message, STR("zone name"))->value, STR("prod")));
    assert_true(str_eq(message_find(&message, STR("Hits"))->value, STR("7")));
    assert_true(str_eq(message_find(&message, STR("CS1"))->value, STR("prod")));
    assert_null(message_find(&message, STR("None")));
    message_release(&message);
}

static void headers_are_found_where_they_may_stand(void **state)
{
    (void)state;
    size_t begin;
    assert_int_equal(message_find_header(STR("CEF:0|V|P|1|7|N|5|"), &begin), MESSAGE_CEF);
    assert_int_equal(begin, 0);
    assert_int_equal(message_find_header(STR("x sensor01 CEF:0|V|"), &begin), MESSAGE_CEF);
    assert_int_equal(begin, 11);
    assert_int_equal(message_find_header(STR("AEM CEF:  0|V|"), &begin), MESSAGE_CEF);
    assert_int_equal(message_find_header(STR("xCEF:0|V|"), &begin), MESSAGE_TEXT);
    assert_int_equal(message_find_header(STR("CEF:x|V|"), &begin), MESSAGE_TEXT);
    assert_int_equal(message_find_header(STR("CEF:"), &begin), MESSAGE_TEXT);
    /* Without the prefix: a whole header and an attribute. */
    assert_int_equal(message_find_header(STR("0|V|P|1|7|N|5|a=b"), &begin), MESSAGE_CEF);
    assert_int_equal(message_find_header(STR("0|V|P|1|7|N|5|a"), &begin), MESSAGE_TEXT);
    assert_int_equal(message_find_header(STR("0|V|P|1|7|N a=b"), &begin), MESSAGE_TEXT);
    assert_int_equal(message_find_header(STR("1 of 3 | x"), &begin), MESSAGE_TEXT);
}

/* Keys without end: bounded, flagged, and in reasonable time even with as many labels. */
static void fields_have_a_limit(void **state)
{
    (void)state;
    size_t bytes = 200000;
    char *text = test_malloc(bytes);
    int used = snprintf(text, bytes, "CEF:0|V|P|1|7|N|5|");
    for (int i = 0; i < LIMIT_MESSAGE_FIELDS / 2 + 10; i++) {
        used += snprintf(text + used, bytes - (size_t)used, "k%d=v k%dLabel=n ", i, i);
    }
    struct message message;
    message_init(&message);
    cef_parse(str_from(text, (size_t)used), &message);
    assert_int_equal(message.field_count, LIMIT_MESSAGE_FIELDS);
    assert_true(message.is_damaged);
    message_release(&message);
    test_free(text);
}

static void every_prefix_is_harmless(void **state)
{
    (void)state;
    struct message message;
    message_init(&message);
    for (size_t i = 0; i < countof(cases); i++) {
        for (size_t bytes = 0; bytes <= strlen(cases[i].text); bytes++) {
            char *copy = test_malloc(bytes + 1);
            memcpy(copy + 1, cases[i].text, bytes);
            message_clear(&message);
            cef_parse(str_from(copy + 1, bytes), &message);
            size_t begin;
            (void)message_find_header(str_from(copy + 1, bytes), &begin);
            test_free(copy);
        }
    }
    message_release(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extensions_are_taken_apart),
        cmocka_unit_test(labels_name_their_fields),
        cmocka_unit_test(headers_are_found_where_they_may_stand),
        cmocka_unit_test(fields_have_a_limit),
        cmocka_unit_test(every_prefix_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
