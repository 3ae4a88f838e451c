#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/limits.h"
#include "function/date_pattern.h"

static struct arena arena;

static int set_up(void **state)
{
    arena_init(&arena, ARENA_NO_LIMIT);
    return 0;
}

static int tear_down(void **state)
{
    arena_release(&arena);
    return 0;
}

static const struct date_pattern *compile(const char *text)
{
    struct error err;
    const struct date_pattern *pattern = NULL;
    if (date_pattern_compile(str_from_cstring(text), &arena, &pattern, &err) != TOCSIN_OK) {
        fail_msg("%s: %s", text, err.message);
    }
    return pattern;
}

static void check_text(const char *pattern_text, int64_t time_ms, const struct time_zone *zone, const char *expected)
{
    const struct date_pattern *pattern = compile(pattern_text);
    struct date_moment moment;
    date_moment_set(&moment, time_ms, zone);
    char *text = arena_allocate(&arena, date_pattern_bytes_max(pattern), 1);
    size_t len = date_pattern_format(pattern, &moment, text);
    assert_true(len <= date_pattern_bytes_max(pattern));
    if (!str_eq(str_from(text, len), str_from_cstring(expected))) {
        fail_msg("%s of %lld: '%.*s' instead of '%s'", pattern_text, (long long)time_ms, (int)len, text, expected);
    }
}

/* What OpenJDK 17 printed, Locale en_US. */
static void texts_are_those_of_java(void **state)
{
    static const struct {
        const char *pattern;
        const char *texts[4]; /* 1735599909007 UTC, same in Berlin, 1672533000000 UTC, 1783166400450 UTC */
    } vectors[] = {
        {"yyyy-MM-dd HH:mm:ss",
         {"2024-12-30 23:05:09", "2024-12-31 00:05:09", "2023-01-01 00:30:00", "2026-07-04 12:00:00"}},
        {"YYYY-MM-dd", {"2025-12-30", "2025-12-31", "2023-01-01", "2026-07-04"}},
        {"yy/y/yyy", {"24/2024/2024", "24/2024/2024", "23/2023/2023", "26/2026/2026"}},
        {"M MM MMM MMMM", {"12 12 Dec December", "12 12 Dec December", "1 01 Jan January", "7 07 Jul July"}},
        {"w ww W F", {"1 01 5 5", "1 01 5 5", "1 01 1 1", "27 27 1 1"}},
        {"D DDD", {"365 365", "366 366", "1 001", "185 185"}},
        {"E EEEE", {"Mon Monday", "Tue Tuesday", "Sun Sunday", "Sat Saturday"}},
        {"a H k K h", {"PM 23 23 11 11", "AM 0 24 0 12", "AM 0 24 0 12", "PM 12 12 0 12"}},
        {"m s S SSS SSSS", {"5 9 7 007 0007", "5 9 7 007 0007", "30 0 0 000 0000", "0 0 450 450 0450"}},
        {"z Z X XXX", {"UTC +0000 Z Z", "CET +0100 +01 +01:00", "UTC +0000 Z Z", "UTC +0000 Z Z"}},
    };
    static const int64_t times[4] = {1735599909007, 1735599909007, 1672533000000, 1783166400450};
    struct error err;
    struct time_zone *berlin;
    assert_int_equal(time_zone_open(STR("Europe/Berlin"), &berlin, &err), TOCSIN_OK);
    for (size_t i = 0; i < countof(vectors); i++) {
        for (size_t t = 0; t < countof(times); t++) {
            check_text(vectors[i].pattern, times[t], t == 1 ? berlin : NULL, vectors[i].texts[t]);
        }
    }
    check_text("yyyy-MM-dd HH:mm z XX", 1783166400450, berlin, "2026-07-04 14:00 CEST +0200");
    time_zone_close(berlin);
}

static void quoted_and_other_text_is_copied(void **state)
{
    check_text("yyyy'T'HH", 0, NULL, "1970T00");
    check_text("'it''s' yy", 0, NULL, "it's 70");
    check_text("''yy''", 0, NULL, "'70'");
    check_text("\"d\" \xC3\xA4!", 0, NULL, "\"1\" \xC3\xA4!");
    check_text("", 0, NULL, "");
    check_text("'yyyy'", 0, NULL, "yyyy");
}

static void weeks_turn_with_the_year_on_sundays(void **state)
{
    check_text("YYYY w", INT64_C(1735344000000), NULL, "2024 52");     /* Saturday 28 December 2024 */
    check_text("YYYY w", INT64_C(1735430400000), NULL, "2025 1");      /* Sunday 29 December 2024 */
    check_text("YYYY w W", INT64_C(1466380800000), NULL, "2016 26 4"); /* the guide's example: 20 June 2016 */
    check_text("YYYY w u", INT64_C(1672444800000), NULL, "2022 53 6"); /* 31 December 2022, a Saturday */
}

static void times_at_the_ends_are_shown(void **state)
{
    check_text("yyyy-MM-dd HH:mm:ss.SSS", -1, NULL, "1969-12-31 23:59:59.999");
    check_text("G y MM-dd", INT64_C(-62167219200001), NULL, "BC 2 12-31");
    check_text("yyyyy", 0, NULL, "01970");
    struct date_moment moment;
    date_moment_set(&moment, INT64_MIN, NULL);
    date_moment_set(&moment, INT64_MAX, NULL);
    assert_int_equal(moment.civil.year, 292278994);
}

static void check_error(const char *text, const char *message)
{
    struct error err;
    const struct date_pattern *pattern;
    assert_int_equal(date_pattern_compile(str_from_cstring(text), &arena, &pattern, &err), TOCSIN_ERROR_SYNTAX);
    assert_non_null(strstr(err.message, message));
}

static void mistakes_are_named(void **state)
{
    check_error("yyyy-MM-ddTHH", "'T'");
    check_error("b", "'b'");
    check_error("'open", "quote");
    check_error("yy ' ''", "quote");
    check_error("XXXX", "X is written");
    char text[LIMIT_DATE_PATTERN_BYTES + 1];
    memset(text, 'y', sizeof(text));
    struct error err;
    const struct date_pattern *pattern;
    assert_int_equal(date_pattern_compile(str_from(text, sizeof(text)), &arena, &pattern, &err), TOCSIN_ERROR_LIMIT);
    assert_int_equal(date_pattern_compile(str_from(text, sizeof(text) - 1), &arena, &pattern, &err), TOCSIN_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_those_of_java),
        cmocka_unit_test(quoted_and_other_text_is_copied),
        cmocka_unit_test(weeks_turn_with_the_year_on_sundays),
        cmocka_unit_test(times_at_the_ends_are_shown),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
