/* UTF-8 as Unicode defines it, and what becomes of text that would fool a reader or a terminal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"

static void sequences(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        uint32_t code_point;
    } cases[] = {
        {"a", 1, 'a'},
        {"\x7F", 1, 0x7F},
        {"\xC2\x80", 2, 0x80},
        {"\xDF\xBF", 2, 0x7FF},
        {"\xE0\xA0\x80", 3, 0x800},
        {"\xED\x9F\xBF", 3, 0xD7FF},
        {"\xEE\x80\x80", 3, 0xE000},
        {"\xEF\xBF\xBF", 3, 0xFFFF},
        {"\xF0\x90\x80\x80", 4, 0x10000},
        {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF},
        /* overlong */
        {"\xC0\x80", 1, UTF8_INVALID},
        {"\xC1\xBF", 1, UTF8_INVALID},
        {"\xE0\x9F\xBF", 1, UTF8_INVALID},
        {"\xF0\x8F\xBF\xBF", 1, UTF8_INVALID},
        /* surrogates, above the end */
        {"\xED\xA0\x80", 1, UTF8_INVALID},
        {"\xED\xBF\xBF", 1, UTF8_INVALID},
        {"\xF4\x90\x80\x80", 1, UTF8_INVALID},
        {"\xF5\x80\x80\x80", 1, UTF8_INVALID},
        {"\xFF", 1, UTF8_INVALID},
        /* a stray continuation; cut sequences: the longest part that could have become something is one */
        {"\x80", 1, UTF8_INVALID},
        {"\xBF"
         "a",
         1, UTF8_INVALID},
        {"\xC3", 1, UTF8_INVALID},
        {"\xC3"
         "a",
         1, UTF8_INVALID},
        {"\xE2\x82", 2, UTF8_INVALID},
        {"\xE2\x82"
         "a",
         2, UTF8_INVALID},
        {"\xF0\x9F\x98", 3, UTF8_INVALID},
        {"\xF0\x9F\x98\xF0", 3, UTF8_INVALID},
        {"\xF0\x9F", 2, UTF8_INVALID},
        {"\xF0", 1, UTF8_INVALID},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        uint32_t code_point = 0;
        str text = str_from_cstring(cases[i].bytes);
        size_t length = utf8_decode(text, &code_point);
        if (length != cases[i].length || code_point != cases[i].code_point) {
            fail_msg("case %zu: %zu %X", i, length, code_point);
        }
        assert_int_equal(utf8_is_valid(text), code_point != UTF8_INVALID);
    }
    uint32_t untouched = 7;
    assert_int_equal(utf8_decode(STR_EMPTY, &untouched), 0);
    assert_int_equal(untouched, 7);
}

static void every_code_point_comes_back(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x110000; c++) {
        char bytes[4];
        uint32_t back;
        size_t length = utf8_encode(c, bytes);
        assert_int_equal(utf8_decode(str_from(bytes, length), &back), length);
        bool is_scalar = c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
        assert_int_equal(back, is_scalar ? c : 0xFFFD);
    }
}

static void validity_at_every_place(void **state)
{
    (void)state;
    /* The eight-byte steps over ASCII must not step over a bad byte. */
    for (size_t length = 1; length < 40; length++) {
        for (size_t at = 0; at < length; at++) {
            char bytes[40];
            memset(bytes, 'a', sizeof(bytes));
            assert_true(utf8_is_valid(str_from(bytes, length)));
            bytes[at] = '\x80';
            assert_false(utf8_is_valid(str_from(bytes, length)));
            bytes[at] = '\xC3'; /* cut, or in front of a letter */
            assert_false(utf8_is_valid(str_from(bytes, length)));
        }
    }
    assert_true(utf8_is_valid((str){NULL, 0}));
    assert_int_equal(utf8_length(STR("a\xC3\xA4\xE2\x82\xACz")), 4);
    assert_int_equal(utf8_length(STR("\xE2\x82"
                                     "a\x80\x80")),
                     4);
    assert_int_equal(utf8_length(STR_EMPTY), 0);
}

static void parts_end_between_characters(void **state)
{
    (void)state;
    str text = STR("ab\xE2\x82\xAC"
                   "cd");
    assert_int_equal(utf8_part_length(text, 100), text.len);
    assert_int_equal(utf8_part_length(text, 5), 5);
    assert_int_equal(utf8_part_length(text, 4), 2);
    assert_int_equal(utf8_part_length(STR("\xF0\x9F\x98\x80\xF0\x9F\x98\x80"), 7), 4);
    /* Continuation bytes alone: progress all the same. */
    assert_int_equal(utf8_part_length(STR("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"), 5), 5);
}

static void controls(void **state)
{
    (void)state;
    static const uint32_t bad[] = {0,      '\t',   0x1B,   0x7F,   0x80,   0x9B,   0x9F,    0xAD,
                                   0x61C,  0x200B, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029,  0x202A,
                                   0x202E, 0x2060, 0x2066, 0x2069, 0xFEFF, 0xFFF9, 0xE0001, 0xE007F};
    static const uint32_t good[] = {' ', '~', 0xA0, 0xE4, 0x200A, 0x2010, 0x20AC, 0x4E2D, 0xFFFD, 0x1F600};
    for (size_t i = 0; i < countof(bad); i++) {
        assert_true(utf8_is_control(bad[i]));
    }
    for (size_t i = 0; i < countof(good); i++) {
        assert_false(utf8_is_control(good[i]));
    }
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(utf8_width('a'), 1);
    assert_int_equal(utf8_width(0xE4), 1);
    assert_int_equal(utf8_width(0x301), 0);  /* combining acute */
    assert_int_equal(utf8_width(0xFE0F), 0); /* variation selector */
    assert_int_equal(utf8_width(0x4E2D), 2);
    assert_int_equal(utf8_width(0xAC00), 2);
    assert_int_equal(utf8_width(0xFF21), 2); /* full width A */
    assert_int_equal(utf8_width(0x1F600), 2);
    assert_int_equal(utf8_width(0x2500), 1); /* box drawing */
    assert_int_equal(utf8_text_width(STR("e\xCC\x81\xE4\xB8\xAD")), 3);
    assert_int_equal(utf8_text_width(STR("a\xE2\x82z\x80")), 4);
    assert_int_equal(utf8_text_width(STR_EMPTY), 0);
}

static void assert_escaped(str text, const char *expected)
{
    char target[200];
    size_t length = utf8_escape_controls(text, target, sizeof(target));
    assert_string_equal(target, expected);
    assert_int_equal(length, strlen(expected));
}

static void escaping(void **state)
{
    (void)state;
    assert_escaped(STR("plain \\ \xC3\xA4 \xE2\x82\xAC"), "plain \\ \xC3\xA4 \xE2\x82\xAC");
    assert_escaped(STR("a\tb\nc\rd\0e"), "a\\tb\\nc\\rd\\x00e");
    assert_escaped(STR("\x1B[31mred\x1B]0;title\x07\x7F"), "\\x1B[31mred\\x1B]0;title\\x07\\x7F");
    assert_escaped(STR("\xC2\x9B"
                       "31m"),
                   "\\x9B31m"); /* CSI as a C1 control */
    assert_escaped(STR("\x9B"
                       "31m"),
                   "\\x9B31m"); /* and as a byte */
    assert_escaped(STR("evil\xE2\x80\xAE"
                       "gpj.exe"),
                   "evil\\u{202E}gpj.exe"); /* right to left override */
    assert_escaped(STR("\xE2\x81\xA6\xE2\x81\xA9\xD8\x9C"), "\\u{2066}\\u{2069}\\u{61C}");
    assert_escaped(STR("\xE2\x80\xA8\xEF\xBB\xBF\xF3\xA0\x80\x81"), "\\u{2028}\\u{FEFF}\\u{E0001}");
    assert_escaped(STR("\xC0\xAF\xED\xA0\x80\xF0\x9F\x98"), "\\xC0\\xAF\\xED\\xA0\\x80\\xF0\\x9F\\x98");
    assert_escaped(STR_EMPTY, "");
}

static void escaped_text_is_cut_at_whole_characters(void **state)
{
    (void)state;
    char target[8];
    assert_int_equal(utf8_escape_controls(STR("abcdefgh"), target, 8), 7);
    assert_string_equal(target, "abcdefg");
    assert_int_equal(utf8_escape_controls(STR("abcde\xE2\x82\xAC"), target, 8), 5);
    assert_string_equal(target, "abcde");
    assert_int_equal(utf8_escape_controls(STR("abcd\x1B"), target, 8), 4); /* an escape is not cut either */
    assert_string_equal(target, "abcd");
    assert_int_equal(utf8_escape_controls(STR("abc"), target, 1), 0);
    assert_string_equal(target, "");
    target[0] = 'x';
    assert_int_equal(utf8_escape_controls(STR("abc"), target, 0), 0);
    assert_int_equal(target[0], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences),
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(validity_at_every_place),
        cmocka_unit_test(parts_end_between_characters),
        cmocka_unit_test(controls),
        cmocka_unit_test(widths),
        cmocka_unit_test(escaping),
        cmocka_unit_test(escaped_text_is_cut_at_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
