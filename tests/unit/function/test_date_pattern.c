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

static void check_time(const char *pattern, const char *text, const struct time_zone *zone, int64_t expected)
{
    int64_t time_ms = 0;
    if (!date_pattern_parse(compile(pattern), str_from_cstring(text), zone, INT64_C(1783166400450), &time_ms)) {
        fail_msg("%s does not fit %s", text, pattern);
    }
    if (time_ms != expected) {
        fail_msg("%s by %s: %lld instead of %lld", text, pattern, (long long)time_ms, (long long)expected);
    }
}

static void check_no_time(const char *pattern, const char *text)
{
    int64_t time_ms = 7;
    assert_false(date_pattern_parse(compile(pattern), str_from_cstring(text), NULL, 0, &time_ms));
    assert_int_equal(time_ms, 7);
}

static void texts_are_read(void **state)
{
    check_time("yyyy-MM-dd HH:mm:ss.SSS", "2024-12-30 23:05:09.007", NULL, 1735599909007);
    check_time("yyyyMMddHHmmssSSS", "20241230230509007", NULL, 1735599909007);
    check_time("EEE MMM d HH:mm:ss yyyy", "Mon dec 30 23:05:09 2024", NULL, 1735599909000);
    check_time("EEEE, d MMMM yyyy h:mm:ss a", "Monday, 30 December 2024 11:05:09 pm", NULL, 1735599909000);
    check_time("MMM d HH:mm:ss", "May  4 10:00:00", NULL, INT64_C(10663200000));
    check_time("yyyy-MM-dd'T'HH:mm:ssX", "2024-12-31T00:05:09+01", NULL, 1735599909000);
    check_time("yyyy-MM-dd'T'HH:mm:ssXXX", "2024-12-31T00:05:09+01:00", NULL, 1735599909000);
    check_time("yyyy-MM-dd'T'HH:mm:ssX", "2024-12-30T23:05:09Z and more", NULL, 1735599909000);
    check_time("yyyy-MM-dd HH:mm:ss z", "2024-12-31 00:05:09 CET", NULL, 1735599909000);
    check_time("yyyy-MM-dd HH:mm:ss z", "2024-12-31 04:35:09 GMT+05:30", NULL, 1735599909000);
    check_time("k", "24", NULL, 0);
    check_time("hh", "12", NULL, 0);
    check_time("hh a", "12 PM", NULL, INT64_C(43200000));
    check_time("", "anything", NULL, 0);
    check_time("yyyy D", "2024 365", NULL, 1735516800000);
    check_time("yyyy w u", "2016 26 1", NULL, 1466380800000);
    check_time("yyyy MM W E", "2016 06 4 Mon", NULL, 1466380800000);
    check_time("yyyy MM F E", "2016 06 3 Mon", NULL, 1466380800000);
    check_time("HH:mm:ss", "23:59:60", NULL, 86399000);
    check_time("yyyy G", "1 BC", NULL, INT64_C(-62167219200000));
}

/* The classic mistake: a week year with month and day is the first day of that year's first week, as in Java. */
static void week_years_decide(void **state)
{
    check_time("YYYY-MM-dd", "2024-12-30", NULL, 1703980800000); /* Sunday 31 December 2023 */
    check_time("YYYY w u", "2025 1 1", NULL, 1735516800000);
}

static void two_digits_are_a_year_near_now(void **state)
{
    check_time("yy", "26", NULL, INT64_C(1767225600000));
    check_time("yy", "45", NULL, INT64_C(2366841600000));
    check_time("yy", "46", NULL, INT64_C(-757382400000));
    check_time("yy", "2031", NULL, INT64_C(1924992000000));
    check_time("dd/MM/yy", "31/12/99", NULL, INT64_C(946598400000));
}

static void zones_decide_the_night_that_is_longer(void **state)
{
    struct error err;
    struct time_zone *berlin;
    assert_int_equal(time_zone_open(STR("Europe/Berlin"), &berlin, &err), TOCSIN_OK);
    check_time("yyyy-MM-dd HH:mm", "2024-12-31 00:05", berlin, 1735599900000);
    check_time("yyyy-MM-dd HH:mm z", "2024-10-27 02:30 CEST", berlin, 1729989000000);
    check_time("yyyy-MM-dd HH:mm z", "2024-10-27 02:30 CET", berlin, 1729992600000);
    time_zone_close(berlin);
}

static void what_does_not_fit_is_no_time(void **state)
{
    check_no_time("yyyy-MM-dd", "2024-13-01");
    check_no_time("yyyy-MM-dd", "2024-02-30");
    check_no_time("yyyy-MM-dd", "2023-02-29");
    check_no_time("yyyy D", "2023 366");
    check_no_time("yyyy-MM-dd", "2024/01/01");
    check_no_time("yyyy-MM-dd", "");
    check_no_time("yyyy", "-1");
    check_no_time("HH", "24");
    check_no_time("mm", "60");
    check_no_time("SSS", "123456");
    check_no_time("MMM", "Foo");
    check_no_time("z", "XYZ");
    check_no_time("Z", "+2500");
    check_no_time("Z", "+1");
    check_no_time("yyyy", "99999999999999999999999");
}

static void texts_read_back_are_the_same_time(void **state)
{
    static const char *const patterns[] = {"yyyy-MM-dd HH:mm:ss.SSS Z", "yyyy D kkmmssSSS X",
                                           "d MMMM yyyy, KK.mm.ss,SSS a XXX", "YYYY ww u HHmmssSSS XX",
                                           "EEE MM W yyyy H:m:s.S Z"};
    struct error err;
    struct time_zone *berlin;
    assert_int_equal(time_zone_open(STR("Europe/Berlin"), &berlin, &err), TOCSIN_OK);
    uint64_t random = 88172645463325252;
    for (int i = 0; i < 20000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        int64_t time_ms = (int64_t)(random % UINT64_C(6000000000000)) - INT64_C(1000000000000);
        const struct date_pattern *pattern = compile(patterns[i % 5]);
        struct date_moment moment;
        date_moment_set(&moment, time_ms, berlin);
        char text[200];
        assert_true(date_pattern_bytes_max(pattern) <= 2 * sizeof(text));
        size_t len = date_pattern_format(pattern, &moment, text);
        int64_t again = 0;
        if (!date_pattern_parse(pattern, str_from(text, len), NULL, 0, &again) || again != time_ms) {
            fail_msg("%.*s by %s: %lld instead of %lld", (int)len, text, patterns[i % 5], (long long)again,
                     (long long)time_ms);
        }
        arena_clear(&arena);
    }
    time_zone_close(berlin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_those_of_java),
        cmocka_unit_test(quoted_and_other_text_is_copied),
        cmocka_unit_test(weeks_turn_with_the_year_on_sundays),
        cmocka_unit_test(times_at_the_ends_are_shown),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(texts_are_read),
        cmocka_unit_test(week_years_decide),
        cmocka_unit_test(two_digits_are_a_year_near_now),
        cmocka_unit_test(zones_decide_the_night_that_is_longer),
        cmocka_unit_test(what_does_not_fit_is_no_time),
        cmocka_unit_test(texts_read_back_are_the_same_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
