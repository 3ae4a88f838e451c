/* Open texts, and an editor's places in them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/limits.h"
#include "lsp/document.h"

static void assert_place(const char *text, size_t offset, uint32_t line, uint32_t character)
{
    struct document_place place = document_place(str_from_cstring(text), offset);
    if (place.line != line || place.character != character) {
        fail_msg("%s at %zu: %u:%u, expected %u:%u", text, offset, place.line, place.character, line, character);
    }
    assert_int_equal(document_offset(str_from_cstring(text), place), offset);
}

static void places_are_lines_and_utf16_units(void **state)
{
    (void)state;
    assert_place("", 0, 0, 0);
    assert_place("abc", 3, 0, 3);
    assert_place("a\nbc", 2, 1, 0);
    assert_place("a\r\nbc", 3, 1, 0);
    assert_place("a\rbc", 3, 1, 1);
    assert_place("\xF0\x9F\x92\xA1x", 4, 0, 2);
    assert_place("\xC3\xA9x", 2, 0, 1);
    assert_place("\xFFx", 1, 0, 1); /* shown as one U+FFFD */
    assert_place("a\n\n\nb", 4, 3, 0);
}

static void places_beyond_are_the_nearest_end(void **state)
{
    (void)state;
    str text = STR("ab\r\ncd\n");
    assert_int_equal(document_offset(text, (struct document_place){0, 99}), 2);
    assert_int_equal(document_offset(text, (struct document_place){1, 99}), 6);
    assert_int_equal(document_offset(text, (struct document_place){99, 0}), 7);
    assert_int_equal(document_offset(STR("\xF0\x9F\x92\xA1x"), (struct document_place){0, 1}),
                     4); /* no half character */
}

static void texts_are_kept_replaced_and_forgotten(void **state)
{
    (void)state;
    struct document_set set = {0};
    struct error err = {0};
    assert_int_equal(document_set_put(&set, STR("a"), STR("one"), &err), TOCSIN_OK);
    assert_int_equal(document_set_put(&set, STR("b"), STR(""), &err), TOCSIN_OK);
    assert_int_equal(document_set_put(&set, STR("a"), STR("two"), &err), TOCSIN_OK);
    assert_true(str_eq(document_find(&set, STR("a"))->text, STR("two")));
    document_set_remove(&set, STR("a"));
    document_set_remove(&set, STR("nobody"));
    assert_null(document_find(&set, STR("a")));
    for (unsigned i = 1; i < LIMIT_LSP_DOCUMENTS; i++) {
        char uri[16];
        snprintf(uri, sizeof(uri), "file%u", i);
        assert_int_equal(document_set_put(&set, str_from_cstring(uri), STR("x"), &err), TOCSIN_OK);
    }
    assert_int_equal(document_set_put(&set, STR("one more"), STR("x"), &err), TOCSIN_ERROR_LIMIT);
    assert_int_equal(document_set_put(&set, STR("file7"), STR("still"), &err), TOCSIN_OK);
    document_set_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_lines_and_utf16_units),
        cmocka_unit_test(places_beyond_are_the_nearest_end),
        cmocka_unit_test(texts_are_kept_replaced_and_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
