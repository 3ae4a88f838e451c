/* Text that grows: the maximum, errors that stick, and numbers as Java prints them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/strbuf.h"

static void assert_text(const struct strbuf *buffer, const char *expected)
{
    str text = strbuf_str(buffer);
    str wanted = str_from_cstring(expected);
    if (!str_eq(text, wanted)) {
        fail_msg("'%.*s', expected '%s'", STR_ARG(text), expected);
    }
}

static void text_is_collected(void **state)
{
    (void)state;
    struct strbuf buffer;
    strbuf_init(&buffer, 1000);
    assert_non_null(strbuf_str(&buffer).data); /* never NULL, also when empty */
    assert_int_equal(strbuf_str(&buffer).len, 0);
    strbuf_append(&buffer, STR("a"));
    strbuf_append(&buffer, (str){NULL, 0});
    strbuf_append_char(&buffer, '\0');
    strbuf_append_format(&buffer, "%d-%s", 5, "x");
    assert_true(str_eq(strbuf_str(&buffer), str_from("a\0"
                                                     "5-x",
                                                     5)));
    strbuf_clear(&buffer);
    strbuf_append_u64(&buffer, 0);
    strbuf_append_char(&buffer, ' ');
    strbuf_append_u64(&buffer, UINT64_MAX);
    strbuf_append_char(&buffer, ' ');
    strbuf_append_i64(&buffer, INT64_MIN);
    strbuf_append_char(&buffer, ' ');
    strbuf_append_i64(&buffer, INT64_MAX);
    assert_text(&buffer, "0 18446744073709551615 -9223372036854775808 9223372036854775807");
    strbuf_release(&buffer);
    strbuf_release(&buffer); /* harmless twice */
}

static void the_maximum_is_exact_and_failure_sticks(void **state)
{
    (void)state;
    struct strbuf buffer;
    strbuf_init(&buffer, 5);
    strbuf_append(&buffer, STR("12345"));
    assert_false(buffer.is_failed);
    strbuf_append(&buffer, STR_EMPTY);
    assert_false(buffer.is_failed);
    strbuf_append_char(&buffer, '6');
    assert_true(buffer.is_failed);
    assert_text(&buffer, "12345"); /* nothing by halves */
    strbuf_clear(&buffer);
    assert_false(buffer.is_failed);
    strbuf_append(&buffer, STR("123456"));
    strbuf_append_char(&buffer, '1');
    strbuf_append_u64(&buffer, 1);
    strbuf_append_double(&buffer, 1);
    strbuf_append_format(&buffer, "x");
    assert_true(buffer.is_failed);
    assert_null(strbuf_reserve(&buffer, 0));
    assert_text(&buffer, "");
    strbuf_clear(&buffer);
    assert_null(strbuf_reserve(&buffer, SIZE_MAX));
    strbuf_release(&buffer);

    strbuf_init(&buffer, 0);
    strbuf_append(&buffer, STR_EMPTY);
    assert_false(buffer.is_failed);
    strbuf_append_char(&buffer, 'x');
    assert_true(buffer.is_failed);
    strbuf_release(&buffer);
}

static void lack_of_memory_keeps_what_is_there(void **state)
{
    (void)state;
    struct strbuf buffer;
    strbuf_init(&buffer, 100000);
    strbuf_append(&buffer, STR("kept"));
    memory_fail_at(1, 0);
    assert_null(strbuf_reserve(&buffer, 50000));
    memory_fail_at(0, 0);
    assert_true(buffer.is_failed);
    strbuf_append(&buffer, STR("more")); /* memory is back, the text has a hole */
    assert_text(&buffer, "kept");
    strbuf_release(&buffer);
}

/* Java's form, but for 1.0E7 to 1.0E16: those are times and counts, and QRadar shows them in full. */
static const struct {
    double value;
    const char *text;
} doubles[] = {
    {0.0, "0.0"},
    {-0.0, "-0.0"},
    {1, "1.0"},
    {-3, "-3.0"},
    {0.1, "0.1"},
    {0.25, "0.25"},
    {1.0 / 3, "0.3333333333333333"},
    {0.1 + 0.2, "0.30000000000000004"},
    {15270, "15270.0"},
    {100, "100.0"},
    {1e6, "1000000.0"},
    {1791212263616, "1791212263616.0"},
    {9007199254740992, "9007199254740992.0"},
    {123456.789, "123456.789"},
    {0.001, "0.001"},
    {0.00123, "0.00123"},
    {0.000999, "9.99E-4"},
    {1e-5, "1.0E-5"},
    {-1.5e-7, "-1.5E-7"},
    {1e17, "1.0E17"},
    {1.234e20, "1.234E20"},
    {-1e300, "-1.0E300"},
    {DBL_MAX, "1.7976931348623157E308"},
    {DBL_MIN, "2.2250738585072014E-308"},
    {4.9406564584124654e-324, "4.9E-324"},
    {NAN, "NaN"},
    {INFINITY, "Infinity"},
    {-INFINITY, "-Infinity"},
};

static void doubles_are_short_and_exact(void **state)
{
    (void)state;
    struct strbuf buffer;
    strbuf_init(&buffer, 100);
    for (size_t i = 0; i < countof(doubles); i++) {
        strbuf_clear(&buffer);
        strbuf_append_double(&buffer, doubles[i].value);
        assert_text(&buffer, doubles[i].text);
    }
    uint64_t random = 1;
    for (int i = 0; i < 20000; i++) {
        random = str_hash_mix(random + 0x9e3779b97f4a7c15u);
        double value;
        memcpy(&value, &random, sizeof(value));
        double back;
        strbuf_clear(&buffer);
        strbuf_append_double(&buffer, value);
        if (isfinite(value) && (!str_to_double(strbuf_str(&buffer), &back) || back != value)) {
            fail_msg("%a became %.*s", value, STR_ARG(strbuf_str(&buffer)));
        }
    }
    strbuf_release(&buffer);
}

/* A program that uses the library may have set the locale of its user. */
static void the_locale_does_not_matter(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "ps_AF.UTF-8"};
    locale_t comma = (locale_t)0;
    for (size_t i = 0; !comma && i < countof(names); i++) {
        comma = newlocale(LC_ALL_MASK, names[i], (locale_t)0);
    }
    if (!comma) {
        print_message("no locale with a decimal comma is installed\n");
        skip();
    }
    locale_t before = uselocale(comma);
    struct strbuf buffer;
    strbuf_init(&buffer, 100);
    strbuf_append_double(&buffer, 1234.5);
    strbuf_append_char(&buffer, ' ');
    strbuf_append_double(&buffer, 1.5e-9);
    double value = 0;
    bool is_good = str_to_double(STR("2.75"), &value);
    uselocale(before);
    freelocale(comma);
    assert_text(&buffer, "1234.5 1.5E-9");
    assert_true(is_good && value == 2.75);
    strbuf_release(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_collected),
        cmocka_unit_test(the_maximum_is_exact_and_failure_sticks),
        cmocka_unit_test(lack_of_memory_keeps_what_is_there),
        cmocka_unit_test(doubles_are_short_and_exact),
        cmocka_unit_test(the_locale_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
