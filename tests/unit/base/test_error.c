/* Error objects: printable whatever goes in, with positions, context, and messages that are cut well. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/utf8.h"

static void text_from_outside_is_escaped(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(error_set(&err, TOCSIN_ERROR_INPUT, "cannot open '%s': %d", "a\x1B[2J\n\xE2\x80\xAE\xFF", 7),
                     TOCSIN_ERROR_INPUT);
    assert_int_equal(err.status, TOCSIN_ERROR_INPUT);
    assert_string_equal(err.message, "cannot open 'a\\x1B[2J\\n\\u{202E}\\xFF': 7");
    error_hint(&err, "try '%s'", "\t\xC2\x9B");
    assert_string_equal(err.hint, "try '\\t\\x9B'");
    error_context(&err, "rule '%s'", "x\ny");
    assert_string_equal(err.message, "rule 'x\\ny': cannot open 'a\\x1B[2J\\n\\u{202E}\\xFF': 7");
    error_position(&err, "dir/\x1B.aql", STR("abc"), 1);
    assert_string_equal(err.source, "dir/\\x1B.aql");
}

static void positions_count_lines_and_characters(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        uint32_t line, column;
    } cases[] = {{0, 1, 1}, {1, 1, 2}, {3, 1, 3}, {4, 2, 1}, {7, 2, 2}, {8, 3, 1}, {9, 3, 2}, {100, 3, 2}};
    str text = STR("a\xC3\xA4\n\xE2\x82\xAC\nx");
    for (size_t i = 0; i < countof(cases); i++) {
        struct error err = {0};
        error_set(&err, TOCSIN_ERROR_SYNTAX, "here");
        error_position(&err, "query", text, cases[i].offset);
        assert_int_equal(err.line, cases[i].line);
        assert_int_equal(err.column, cases[i].column);
        assert_int_equal(err.offset, cases[i].offset < text.len ? cases[i].offset : text.len);
        assert_string_equal(err.source, "query");
    }
}

static void context_keeps_everything_else(void **state)
{
    (void)state;
    struct error err = {0};
    error_set(&err, TOCSIN_ERROR_TYPE, "wrong");
    error_hint(&err, "hint");
    error_position(&err, "query", STR("ab\ncd"), 4);
    error_context(&err, "inner");
    error_context(&err, "outer %d", 2);
    assert_string_equal(err.message, "outer 2: inner: wrong");
    assert_string_equal(err.hint, "hint");
    assert_int_equal(err.status, TOCSIN_ERROR_TYPE);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 2);
    /* A new error leaves nothing of an old one. */
    error_set(&err, TOCSIN_ERROR_LIMIT, "other");
    assert_string_equal(err.hint, "");
    assert_string_equal(err.source, "");
    assert_int_equal(err.line, 0);
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, TOCSIN_ERROR_NAME, "x %s", "y"), TOCSIN_ERROR_NAME);
    assert_int_equal(error_memory(NULL), TOCSIN_ERROR_MEMORY);
    assert_int_equal(error_system(NULL, TOCSIN_ERROR_INPUT, ENOENT, "x"), TOCSIN_ERROR_INPUT);
    error_hint(NULL, "x");
    error_context(NULL, "x");
    error_position(NULL, "query", STR("x"), 0);
}

static void reasons_of_the_system(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(error_system(&err, TOCSIN_ERROR_INPUT, ENOENT, "cannot open '%s'", "x"), TOCSIN_ERROR_INPUT);
    assert_string_equal(err.message, "cannot open 'x': No such file or directory");
    assert_int_equal(error_memory(&err), TOCSIN_ERROR_MEMORY);
    assert_string_equal(err.message, "out of memory");
}

/* Text of three-byte characters, so that cuts fall into all places of one. */
static void long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    static char text[3 * 2000 + 1];
    for (size_t i = 0; i < 2000; i++) {
        memcpy(text + 3 * i, "\xE2\x82\xAC", 3);
    }
    for (size_t shift = 0; shift < 3; shift++) {
        struct error err = {0};
        char name[4] = "abc";
        name[shift] = '\0';
        error_set(&err, TOCSIN_ERROR_NAME, "%s%s", name, text);
        error_hint(&err, "%s%s", name, text);
        error_position(&err, text, STR("x"), 0);
        assert_in_range(strlen(err.message), ERROR_MESSAGE_BYTES - 4, ERROR_MESSAGE_BYTES - 1);
        assert_in_range(strlen(err.hint), ERROR_HINT_BYTES - 4, ERROR_HINT_BYTES - 1);
        assert_in_range(strlen(err.source), sizeof(err.source) - 4, sizeof(err.source) - 1);
        assert_null(strstr(err.message, "\\x"));
        for (int i = 0; i < 3; i++) {
            error_context(&err, "context %.*s", (int)(shift + 1), name);
            assert_true(utf8_is_valid(str_from_cstring(err.message)));
            assert_null(strstr(err.message, "\\x"));
        }
        assert_true(utf8_is_valid(str_from_cstring(err.hint)));
        assert_true(utf8_is_valid(str_from_cstring(err.source)));
        error_system(&err, TOCSIN_ERROR_INPUT, ENOENT, "%s%s", name, text);
        assert_true(utf8_is_valid(str_from_cstring(err.message)));
    }
    struct error err = {0};
    memset(text, '\n', sizeof(text) - 1); /* every byte becomes two */
    error_set(&err, TOCSIN_ERROR_NAME, "%s", text);
    assert_int_equal(strlen(err.message) % 2, 0);
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(tocsin_status_name(TOCSIN_OK), "ok");
    assert_string_equal(tocsin_status_name(TOCSIN_ERROR_INTERNAL), "internal error");
    assert_string_equal(tocsin_status_name((tocsin_status)15), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_from_outside_is_escaped),  cmocka_unit_test(positions_count_lines_and_characters),
        cmocka_unit_test(context_keeps_everything_else), cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(reasons_of_the_system),         cmocka_unit_test(long_messages_are_cut_between_characters),
        cmocka_unit_test(every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
