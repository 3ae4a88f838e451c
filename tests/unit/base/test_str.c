/* Views of bytes: searching, cutting, numbers at their edges, and the distance behind "did you mean". */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/str.h"

static const str nothing = {NULL, 0};

static void equality_and_order(void **state)
{
    (void)state;
    assert_true(str_eq(nothing, STR_EMPTY));
    assert_true(str_eq(STR("a\0b"), STR("a\0b")));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_false(str_eq(STR("a"), STR("ab")));
    assert_true(str_eq_ignore_case(STR("UserName"), STR("uSERnAME")));
    assert_false(str_eq_ignore_case(STR("["), STR("{"))); /* differ by 0x20, are no letters */
    assert_false(str_eq_ignore_case(STR("@"), STR("`")));
    assert_false(str_eq_ignore_case(STR("\xC3\x84"), STR("\xC3\xA4"))); /* ASCII only */
    assert_true(str_eq_ignore_case(nothing, STR_EMPTY));
    assert_true(str_compare(STR("a"), STR("b")) < 0);
    assert_true(str_compare(STR("a"), STR("ab")) < 0);
    assert_true(str_compare(STR("ab"), STR("a")) > 0);
    assert_true(str_compare(STR("\xFF"), STR("a")) > 0); /* bytes are unsigned */
    assert_int_equal(str_compare(nothing, STR_EMPTY), 0);
    assert_int_equal(str_from_cstring(NULL).len, 0);
    assert_int_equal(str_from_cstring("abc").len, 3);
}

static void searching(void **state)
{
    (void)state;
    str text = STR("abcabc");
    assert_int_equal(str_find(text, STR("bc"), 0), 1);
    assert_int_equal(str_find(text, STR("bc"), 2), 4);
    assert_int_equal(str_find(text, STR("bc"), 5), SIZE_MAX);
    assert_int_equal(str_find(text, STR("abcabcd"), 0), SIZE_MAX);
    assert_int_equal(str_find(text, STR(""), 6), 6);
    assert_int_equal(str_find(text, STR(""), 7), SIZE_MAX);
    assert_int_equal(str_find(text, STR("a"), SIZE_MAX), SIZE_MAX);
    assert_int_equal(str_find(nothing, STR("a"), 0), SIZE_MAX);
    assert_int_equal(str_find(nothing, nothing, 0), 0);
    assert_int_equal(str_find(STR("a\0b"), STR("\0b"), 0), 1);
    assert_int_equal(str_find_char(text, 'c', 3), 5);
    assert_int_equal(str_find_char(text, 'a', 6), SIZE_MAX);
    assert_int_equal(str_find_char(nothing, 'a', 0), SIZE_MAX);
    assert_int_equal(str_find_char(STR("a\0b"), '\0', 0), 1);
    assert_true(str_starts_with(text, STR("abc")) && str_starts_with(text, nothing));
    assert_false(str_starts_with(STR("ab"), STR("abc")));
    assert_true(str_ends_with(text, STR("cabc")) && str_ends_with(nothing, nothing));
    assert_false(str_ends_with(STR("bc"), STR("abc")));
    assert_true(str_contains(text, STR("ca")));
}

static void cutting_clamps(void **state)
{
    (void)state;
    str text = STR("0123456789");
    assert_true(str_eq(str_skip(text, 4), STR("456789")));
    assert_int_equal(str_skip(text, SIZE_MAX).len, 0);
    assert_true(str_eq(str_slice(text, 2, 4), STR("23")));
    assert_true(str_eq(str_slice(text, 8, SIZE_MAX), STR("89")));
    assert_int_equal(str_slice(text, 5, 2).len, 0);
    assert_int_equal(str_slice(text, SIZE_MAX, SIZE_MAX).len, 0);
    assert_int_equal(str_slice(nothing, 0, 5).len, 0);
    assert_true(str_eq(str_trim(STR(" \t\r\n\v\fa b\n ")), STR("a b")));
    assert_int_equal(str_trim(STR(" \n ")).len, 0);
    assert_int_equal(str_trim(nothing).len, 0);
    assert_true(str_eq(str_trim(STR("\xC2\xA0x")), STR("\xC2\xA0x"))); /* a no-break space is no ASCII blank */
}

static void edit_distance(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } pairs[] = {
        {"", "", 0},
        {"abc", "abc", 0},
        {"ABC", "abc", 0},
        {"", "abc", 3},
        {"abc", "", 3},
        {"kitten", "sitting", 3},
        {"usrname", "username", 1},
        {"userrname", "username", 1},
        {"uzername", "username", 1},
        {"usrename", "username", 1},
        {"ab", "ba", 1},
        {"AB", "ba", 1},
        {"satrttime", "starttime", 1},
        {"abcd", "badc", 2},
        {"ca", "abc", 3},
        {"aabb", "abab", 1},
        {"aaa", "aab", 1},
        {"sourecip", "sourceip", 1},
        {"LOWRE", "LOWER", 1},
    };
    for (size_t i = 0; i < countof(pairs); i++) {
        str a = str_from_cstring(pairs[i].a);
        str b = str_from_cstring(pairs[i].b);
        if (str_edit_distance(a, b, 10) != pairs[i].distance || str_edit_distance(b, a, 10) != pairs[i].distance) {
            fail_msg("%s %s: %zu", pairs[i].a, pairs[i].b, str_edit_distance(a, b, 10));
        }
    }
    assert_int_equal(str_edit_distance(STR("kitten"), STR("sitting"), 3), 3);
    assert_int_equal(str_edit_distance(STR("kitten"), STR("sitting"), 2), 3);
    assert_int_equal(str_edit_distance(STR("a"), STR("abcdefgh"), 2), 3);
    char longest[65];
    memset(longest, 'a', sizeof(longest));
    assert_int_equal(str_edit_distance(str_from(longest, 64), str_from(longest, 64), 2), 0);
    assert_int_equal(str_edit_distance(str_from(longest, 65), str_from(longest, 65), 2), 3); /* no name of ours */
}

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_good;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+7", true, 7},
        {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+", false, 0},
        {"--1", false, 0},
        {"+-1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x10", false, 0},
        {"1e3", false, 0},
        {"\xD9\xA1", false, 0},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        int64_t value = 42;
        bool is_good = str_to_i64(str_from_cstring(cases[i].text), &value);
        if (is_good != cases[i].is_good || value != (is_good ? cases[i].value : 42)) {
            fail_msg("%s", cases[i].text);
        }
    }
    uint64_t value = 42;
    assert_true(str_to_u64(STR("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_false(str_to_u64(STR("18446744073709551616"), &value));
    assert_false(str_to_u64(STR("+1"), &value));
    assert_false(str_to_u64(STR("-1"), &value));
    assert_false(str_to_u64(str_from("1\0", 2), &value));
    assert_false(str_to_u64(nothing, &value));
    assert_true(value == UINT64_MAX); /* untouched by failure */
}

static void doubles(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"0", 0},
        {"-0.0", 0},
        {"1.5", 1.5},
        {"+1.5", 1.5},
        {".5", 0.5},
        {"5.", 5},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"25e-2", 0.25},
        {"1e400", INFINITY},
        {"-1e400", -INFINITY},
        {"1e-400", 0},
        {"9007199254740993", 9007199254740992},
    };
    for (size_t i = 0; i < countof(good); i++) {
        double value = 42;
        if (!str_to_double(str_from_cstring(good[i].text), &value) || value != good[i].value) {
            fail_msg("%s: %a", good[i].text, value);
        }
    }
    static const char *const bad[] = {"",   ".",  "e",   "e5",  "1e",  "1e+",   "+",  "--1", "1.2.3", "1,5",
                                      " 1", "1 ", "inf", "NaN", "0x1", "0x1p3", "1f", "1_0", "-.e1",  "1e5.0"};
    double value = 42;
    for (size_t i = 0; i < countof(bad); i++) {
        if (str_to_double(str_from_cstring(bad[i]), &value) || value != 42) {
            fail_msg("%s", bad[i]);
        }
    }
    char digits[DOUBLE_TEXT_BYTES + 1];
    memset(digits, '0', sizeof(digits));
    digits[1] = '.';
    digits[99] = '5';
    assert_true(str_to_double(str_from(digits, 100), &value)); /* many digits are no mistake */
    assert_true(value > 0 && value < 1e-90);
    assert_true(str_to_double(str_from(digits, DOUBLE_TEXT_BYTES), &value));
    assert_false(str_to_double(str_from(digits, DOUBLE_TEXT_BYTES + 1), &value));
    assert_false(str_to_double(str_from("1\0", 2), &value));
}

static void hexadecimal(void **state)
{
    (void)state;
    uint64_t value = 42;
    assert_true(str_hex_to_u64(STR("0"), &value) && value == 0);
    assert_true(str_hex_to_u64(STR("fFfFfFfFfFfFfFfF"), &value) && value == UINT64_MAX);
    assert_true(str_hex_to_u64(STR("c000003e"), &value) && value == 0xc000003e);
    static const char *const bad[] = {"", "0x1", "-1", "g", "G", "/", ":", "@", "`", "10000000000000000", " 1"};
    for (size_t i = 0; i < countof(bad); i++) {
        if (str_hex_to_u64(str_from_cstring(bad[i]), &value)) {
            fail_msg("%s", bad[i]);
        }
    }
    char bytes[8] = "........";
    assert_true(str_hex_decode(STR("00Ff7e6A"), bytes));
    assert_memory_equal(bytes, "\x00\xFF\x7E\x6A....", 8);
    assert_true(str_hex_decode(nothing, bytes));
    assert_false(str_hex_decode(STR("123"), bytes));
    assert_false(str_hex_decode(STR("1g"), bytes));
    assert_false(str_hex_decode(STR("g1"), bytes));
}

static void hashes_depend_on_the_seed(void **state)
{
    (void)state;
    assert_true(str_hash(STR("key"), 1) == str_hash(STR("key"), 1));
    assert_true(str_hash(STR("key"), 1) != str_hash(STR("key"), 2));
    assert_true(str_hash(STR("key"), 1) != str_hash(STR("kez"), 1));
    assert_true(str_hash(nothing, 7) == str_hash(STR_EMPTY, 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_and_order), cmocka_unit_test(searching),
        cmocka_unit_test(cutting_clamps),     cmocka_unit_test(edit_distance),
        cmocka_unit_test(integers),           cmocka_unit_test(doubles),
        cmocka_unit_test(hexadecimal),        cmocka_unit_test(hashes_depend_on_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
