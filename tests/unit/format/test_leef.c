#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "format/message.h"

struct leef_case {
    const char *text;
    const char *event_id;
    const char *fields; /* "key=value;..." as found */
    bool is_damaged;
};

static const struct leef_case cases[] = {
    {"LEEF:1.0|V|P|1|E|a=1\tb=x y\tc=", "E", "a=1;b=x y;c=;", false},
    {"LEEF:1.0|V|P|1|E|", "E", "", false},
    {"LEEF:1.0|V|P|1|E|a=1", "E", "a=1;", false},
    {"LEEF:2.0|V|P|1|E|^|a=1^b=2", "E", "a=1;b=2;", false},
    {"LEEF:2.0|V|P|1|E|x5E|a=1^b=2", "E", "a=1;b=2;", false},
    {"LEEF:2.0|V|P|1|E|0x5E|a=1^b=2", "E", "a=1;b=2;", false},
    {"LEEF:2.0|V|P|1|E|0x09|a=1\tb=2", "E", "a=1;b=2;", false},
    {"LEEF:2.0|V|P|1|E|x005e|a=1^b=2", "E", "a=1;b=2;", false},
    {"LEEF:2.0|V|P|1|E||a=1\tb=2", "E", "a=1;b=2;", false},
    {"LEEF:2.0|V|P|1|E|a=1\tb=2", "E", "a=1;b=2;", false},     /* delimiter left out */
    {"LEEF:2.0|V|P|1|E|a=x|y\tb=2", "E", "a=x|y;b=2;", false}, /* "a=x" is no delimiter */
    {"LEEF:1.0|V|P|1|E|^|a=1^b=2", "E", "a=1;b=2;", false},    /* 2.0 under the wrong number */
    {"LEEF:1.0|V|P|1|E|a=1#011b=2", "E", "a=1;b=2;", false},   /* a relay escaped the tabs */
    {"LEEF:1.0|V|P|1|E|a=1\tb=x#011y", "E", "a=1;b=x#011y;", false},
    {"LEEF:1.0|V|P|1|E|cmd=a | b = c\td=e=f", "E", "cmd=a | b = c;d=e=f;", false},
    {"LEEF:1.0|V|P|1|E|cmd=one\ttwo\tc=3", "E", "cmd=one\ttwo;c=3;", false}, /* a tab inside the value */
    {"LEEF:1.0|V|P|1|E|stray\ta=1", "E", "a=1;", true},
    {"LEEF:1.0|V|P|1|E", "E", "", true},
    {"LEEF:1.0|V|P", "", "", true},
};

static void attributes_are_taken_apart(void **state)
{
    (void)state;
    struct message message;
    message_init(&message);
    for (size_t i = 0; i < countof(cases); i++) {
        message_clear(&message);
        leef_parse(str_from_cstring(cases[i].text), &message);
        char fields[512] = "";
        size_t used = 0;
        for (size_t k = 0; k < message.field_count; k++) {
            used += (size_t)snprintf(fields + used, sizeof(fields) - used, "%.*s=%.*s;", STR_ARG(message.fields[k].key),
                                     STR_ARG(message.fields[k].value));
        }
        if (strcmp(fields, cases[i].fields) != 0 || message.is_damaged != cases[i].is_damaged ||
            !str_eq(message.event_id, str_from_cstring(cases[i].event_id)) || message.kind != MESSAGE_LEEF) {
            fail_msg("%s\n -> %s damaged %d event %.*s", cases[i].text, fields, message.is_damaged,
                     STR_ARG(message.event_id));
        }
    }
    message_release(&message);
}

static void headers_are_found_where_they_may_stand(void **state)
{
    (void)state;
    size_t begin;
    assert_int_equal(message_find_header(STR("LEEF:1.0|V|P|1|E|"), &begin), MESSAGE_LEEF);
    assert_int_equal(message_find_header(STR("agent: LEEF:2.0|V|P|1|E|"), &begin), MESSAGE_LEEF);
    assert_int_equal(begin, 7);
    assert_int_equal(message_find_header(STR("xLEEF:2.0|V|P|1|E|"), &begin), MESSAGE_TEXT);
    assert_int_equal(message_find_header(STR("a1=\"LEEF:2.0|V|P|1|E|\""), &begin), MESSAGE_TEXT);
    assert_int_equal(message_find_header(STR("LEEF:x"), &begin), MESSAGE_TEXT);
    assert_int_equal(message_find_header(STR("LEEF:"), &begin), MESSAGE_TEXT);
    assert_int_equal(message_find_header(STR(":"), &begin), MESSAGE_TEXT);
    assert_int_equal(message_find_header(STR_EMPTY, &begin), MESSAGE_TEXT);
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
            leef_parse(str_from(copy + 1, bytes), &message);
            test_free(copy);
        }
    }
    message_release(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_are_taken_apart),
        cmocka_unit_test(headers_are_found_where_they_may_stand),
        cmocka_unit_test(every_prefix_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
