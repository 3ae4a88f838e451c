/* Sort keys of COLLATE: languages differ, ties and odd bytes do not break the order, unknown tags are refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/memory.h"
#include "match/collation.h"

static int compare(const char *tag, str a, str b)
{
    struct collation *collation = NULL;
    struct strbuf keys[2];
    assert_int_equal(collation_open(str_from_cstring(tag), &collation, NULL), TOCSIN_OK);
    for (int i = 0; i < 2; i++) {
        strbuf_init(&keys[i], SIZE_MAX / 2);
        assert_int_equal(collation_append_key(collation, i ? b : a, &keys[i], NULL), TOCSIN_OK);
        assert_int_equal(str_find_char(strbuf_str(&keys[i]), '\0', 0), keys[i].len - 1);
    }
    int order = str_compare(strbuf_str(&keys[0]), strbuf_str(&keys[1]));
    strbuf_release(&keys[0]);
    strbuf_release(&keys[1]);
    collation_close(collation);
    return (order > 0) - (order < 0);
}

static void languages_differ(void **state)
{
    (void)state;
    assert_int_equal(compare("de", STR("Zug"), STR("Ärger")), 1);
    assert_int_equal(compare("de-CH", STR("äpfel"), STR("Banane")), -1);
    assert_int_equal(compare("sv-SE", STR("zorn"), STR("ärger")), -1);
    assert_int_equal(compare("de", STR("öl"), STR("ofen")), 1);
    assert_int_equal(compare("de-u-co-phonebk", STR("öl"), STR("ofen")), -1); /* as oel */
    assert_int_equal(compare("en-US", STR("apple"), STR("Banana")), -1);
    assert_int_equal(compare("und", STR("apple"), STR("Apple")), -1);
    assert_int_equal(compare("de", STR("Straße"), STR("Strasse")), 1);
}

static void odd_texts_have_keys(void **state)
{
    (void)state;
    static char giant[100000];
    memset(giant, 'x', sizeof(giant));
    assert_int_equal(compare("de", STR(""), STR("a")), -1);
    assert_int_equal(compare("de", STR(""), STR("")), 0);
    assert_int_equal(compare("de", STR("a\xFF"), STR("a\xFE")), 0); /* both U+FFFD */
    assert_int_equal(compare("de", STR("a"), STR("a\xFF")), -1);
    assert_int_equal(compare("de", (str){giant, sizeof(giant)}, (str){giant, sizeof(giant) - 1}), 1);
    assert_int_equal(compare("de", STR("a\0b"), STR("a\0c")), -1);
    assert_int_equal(compare("de", (str){NULL, 0}, STR("a")), -1);
}

static void unknown_tags_are_refused(void **state)
{
    (void)state;
    static const char *const known[] = {"de", "de-CH", "DE-ch", "und", "zh-Hant-TW", "es-419", "fr-CA", "gsw"};
    static const char *const unknown[] = {"", "xx", "de_CH!", "de-XX", "deutsch", "de--CH", "-", "de CH", "q"};
    for (size_t i = 0; i < countof(known); i++) {
        assert_int_equal(collation_check(str_from_cstring(known[i]), NULL), TOCSIN_OK);
    }
    for (size_t i = 0; i < countof(unknown); i++) {
        struct error err = {0};
        struct collation *collation = NULL;
        assert_int_equal(collation_check(str_from_cstring(unknown[i]), &err), TOCSIN_ERROR_NAME);
        assert_int_equal(collation_open(str_from_cstring(unknown[i]), &collation, &err), TOCSIN_ERROR_NAME);
        assert_null(collation);
    }
    char giant[5000];
    memset(giant, 'd', sizeof(giant));
    assert_int_equal(collation_check((str){giant, sizeof(giant)}, NULL), TOCSIN_ERROR_NAME);
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    struct collation *collation = NULL;
    struct strbuf key;
    memory_fail_at(1, 0);
    assert_int_equal(collation_open(STR("de"), &collation, NULL), TOCSIN_ERROR_MEMORY);
    memory_fail_at(0, 0);
    assert_int_equal(collation_open(STR("de"), &collation, NULL), TOCSIN_OK);
    for (uint64_t n = 1; n <= 2; n++) {
        strbuf_init(&key, SIZE_MAX / 2);
        memory_fail_at(n, 0);
        assert_int_equal(collation_append_key(collation, STR("a"), &key, NULL), TOCSIN_ERROR_MEMORY);
        memory_fail_at(0, 0);
        strbuf_release(&key);
    }
    collation_close(collation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(languages_differ),
        cmocka_unit_test(odd_texts_have_keys),
        cmocka_unit_test(unknown_tags_are_refused),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
