#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "base/memory.h"

static uint64_t random_state = 0x9E3779B97F4A7C15u;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static int64_t parse(const char *text, const struct time_zone *zone)
{
    int64_t ms = -1;
    if (!time_parse_iso8601(str_from_cstring(text), zone, &ms)) {
        fail_msg("not parsed: %s", text);
    }
    return ms;
}

static struct time_zone *zone_of(const char *name)
{
    struct time_zone *zone = NULL;
    struct error err = {0};
    if (time_zone_open(str_from_cstring(name), &zone, &err) != TOCSIN_OK) {
        fail_msg("%s", err.message);
    }
    return zone;
}

static bool has_zone_files(void)
{
    bool has = access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0;
    if (!has) {
        print_message("skipped: no zoneinfo files on this machine\n");
        skip();
    }
    return has;
}

static void calendar_agrees_with_libc(void **state)
{
    for (int i = 0; i < 200000; i++) {
        int64_t ms = (int64_t)(random_u64() % UINT64_C(1000000000000000)) - INT64_C(500000000000000);
        ms = i % 2 ? ms / 100 : ms;
        struct civil civil;
        civil_from_utc_ms(ms, &civil);
        time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
        struct tm expected;
        gmtime_r(&seconds, &expected);
        assert_int_equal(civil.year, expected.tm_year + INT64_C(1900));
        assert_int_equal(civil.month, expected.tm_mon + 1);
        assert_int_equal(civil.day, expected.tm_mday);
        assert_int_equal(civil.hour, expected.tm_hour);
        assert_int_equal(civil.minute, expected.tm_min);
        assert_int_equal(civil.second, expected.tm_sec);
        assert_int_equal(civil.weekday, expected.tm_wday);
        assert_int_equal(civil.day_of_year, expected.tm_yday + 1);
        int64_t back;
        assert_true(civil_to_utc_ms(&civil, &back));
        assert_int_equal(back, ms);
    }
}

static void calendar_holds_at_the_ends_of_time(void **state)
{
    static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1, 0, -1};
    for (size_t i = 0; i < countof(ends); i++) {
        struct civil civil;
        civil_from_utc_ms(ends[i], &civil);
        int64_t back;
        assert_true(civil_to_utc_ms(&civil, &back));
        assert_int_equal(back, ends[i]);
        char text[TIME_TEXT_BYTES];
        assert_in_range(time_format_iso8601(ends[i], text), 24, TIME_TEXT_BYTES - 1);
    }
    struct civil over = {.year = 292278994, .month = 8, .day = 17, .hour = 7, .minute = 12, .second = 56};
    int64_t ms;
    assert_false(civil_to_utc_ms(&over, &ms));
}

static void impossible_dates_are_refused(void **state)
{
    int64_t ms = 7;
    static const struct civil bad[] = {
        {2026, 2, 29, 0, 0, 0, 0, 0, 0},   {2026, 2, 30, 0, 0, 0, 0, 0, 0}, {1900, 2, 29, 0, 0, 0, 0, 0, 0},
        {2026, 13, 1, 0, 0, 0, 0, 0, 0},   {2026, 0, 1, 0, 0, 0, 0, 0, 0},  {2026, 1, 0, 0, 0, 0, 0, 0, 0},
        {2026, 1, 1, 24, 0, 0, 0, 0, 0},   {2026, 1, 1, 0, 60, 0, 0, 0, 0}, {2026, 1, 1, 0, 0, 60, 0, 0, 0},
        {2026, 1, 1, 0, 0, 0, 1000, 0, 0}, {2026, 4, 31, 0, 0, 0, 0, 0, 0}, {2026, 1, 1, -1, 0, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < countof(bad); i++) {
        assert_false(civil_to_utc_ms(&bad[i], &ms));
    }
    assert_int_equal(ms, 7);
    struct civil leap = {.year = 2024, .month = 2, .day = 29};
    assert_true(civil_to_utc_ms(&leap, &ms));
    assert_int_equal(ms, INT64_C(1709164800000));
}

static void iso8601_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"2026-11-23T03:10:14.123456Z", 1795403414123},
        {"2026-11-23t03:10:14z", 1795403414000},
        {"2026-11-23 03:10:14", 1795403414000},
        {"2026-11-23T03:10:14,5Z", 1795403414500},
        {"2026-11-23T03:10:14.12Z", 1795403414120},
        {"2026-11-23T05:10:14+02:00", 1795403414000},
        {"2026-11-23T05:10:14+0200", 1795403414000},
        {"2026-11-23T05:10:14+02", 1795403414000},
        {"2026-11-22T22:40:14.999-04:30", 1795403414999},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2016-12-31T23:59:60Z", 1483228799000},
        {"0001-01-01T00:00:00Z", -62135596800000},
        {"2026-11-23T03:10:14.123456789012345678901234567890Z", 1795403414123},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        assert_int_equal(parse(cases[i].text, NULL), cases[i].ms);
    }
    struct time_zone *zone = zone_of("+02:00");
    assert_int_equal(parse("2026-11-23T05:10:14", zone), 1795403414000);
    assert_int_equal(parse("2026-11-23T05:10:14Z", zone), 1795410614000);
    time_zone_close(zone);
}

static void other_text_is_not_iso8601(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-23",
        "2026-11-23T03:10",
        "2026-11-23T03:10:14.Z",
        "2026-11-23T03:10:14.",
        "2026-11-23T03:10:14X",
        "2026-11-23T03:10:14+",
        "2026-11-23T03:10:14+2",
        "2026-11-23T03:10:14+02:0",
        "2026-11-23T03:10:14+24:00",
        "2026-11-23T03:10:14+02:60",
        "2026-11-23T03:10:14 +02:00",
        "2026-02-30T03:10:14Z",
        "2026-11-23T25:10:14Z",
        "2026-11-23T03:10:61Z",
        "x026-11-23T03:10:14Z",
        "2026/11/23T03:10:14Z",
        "2026-11-23T03:10:14ZZ",
        "-026-11-23T03:10:14Z",
        "2026-11-23T+3:10:14Z",
    };
    int64_t ms = 7;
    for (size_t i = 0; i < countof(bad); i++) {
        if (time_parse_iso8601(str_from_cstring(bad[i]), NULL, &ms)) {
            fail_msg("parsed: %s", bad[i]);
        }
    }
    assert_false(time_parse_iso8601((str){"2026-11-23T03:10:14\0", 20}, NULL, &ms));
    assert_int_equal(ms, 7);
}

static void query_times_are_read(void **state)
{
    static const int64_t now = 1795403414123; /* 2026-11-23T03:10:14.123Z, a Monday */
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"2026-11-23 02:50", 1795402200000},
        {"2026-11-23 02:50:59", 1795402259000},
        {"2026/11/23 02:50:59", 1795402259000},
        {"2026/11/23-02:50:59", 1795402259000},
        {"2026:11:23-02:50:59", 1795402259000},
        {"2026-11-23 02:50Z", 1795402200000},
        {"2026-11-23 02:50z", 1795402200000},
        {"2026-11-23 04:50+02:00", 1795402200000},
        {"2026-11-23 04:50 +0200", 1795402200000},
        {"2026-11-23 02:50 UTC", 1795402200000},
        {"2017 01 01 9:00:00", 1483261200000},
        {"2024-06-12 08:38:16.262", 1718181496262},
        {"2026-11-23T02:50:00Z", 1795402200000},
        {"  2026-11-23  02:50  ", 1795402200000},
        {"2026-11-23", 1795392000000},
        {"1764000000000", 1764000000000},
        {"-1", -1},
        {"now", 1795403414123},
        {"NOW", 1795403414123},
        {"today", 1795392000000},
        {"Yesterday", 1795305600000},
        {"1 hour ago", 1795399814123},
        {"90 seconds ago", 1795403324123},
        {"5 minutes ago", 1795403114123},
        {"1 day ago", 1795317014123},
        {"2  WEEKS  Ago", 1794193814123},
        {"0 days ago", 1795403414123},
        {"9 months ago", 1771816214123},  /* 2026-02-23 */
        {"11 months ago", 1766459414123}, /* 2025-12-23 */
        {"1 year ago", 1763867414123},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        int64_t ms = 7;
        if (!time_parse_query(str_from_cstring(cases[i].text), NULL, now, &ms)) {
            fail_msg("not parsed: %s", cases[i].text);
        }
        if (ms != cases[i].ms) {
            fail_msg("%s: %lld", cases[i].text, (long long)ms);
        }
    }
    int64_t ms;
    /* 2024-03-31 minus a month is the leap day. */
    assert_true(time_parse_query(STR("1 month ago"), NULL, INT64_C(1711843200000), &ms));
    assert_int_equal(ms, INT64_C(1709164800000));
}

static void other_text_is_no_query_time(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "ago",
        "1 ago",
        "hour ago",
        "1 hour",
        "x hour ago",
        "1 fortnight ago",
        "1 hour ago please",
        "-1 hour ago",
        "tomorrow",
        "2026-11-23 02",
        "2026-11-23 2",
        "2026-11/23 02:50",
        "2026-13-23 02:50",
        "2026-11-23 02:50 CET",
        "2026-11-23Z02:50",
        "99999999999999999999",
        "9223372036854775807 years ago",
        "9223372036854775807 days ago",
        "18446744073709551615 seconds ago",
        "9223372036854775807 seconds ago",
        "2026-11-23 02:50:61",
        "2026-11-23 02:50:59.",
        "1e3",
        "3000000000 years ago",
    };
    int64_t ms = 7;
    for (size_t i = 0; i < countof(bad); i++) {
        if (time_parse_query(str_from_cstring(bad[i]), NULL, INT64_C(1795403414123), &ms)) {
            fail_msg("parsed: %s", bad[i]);
        }
    }
    assert_int_equal(ms, 7);
}

static void fixed_offsets_need_no_files(void **state)
{
    static const struct {
        const char *name;
        int32_t offset;
        const char *abbreviation;
    } cases[] = {
        {"UTC", 0, "UTC"},
        {"z", 0, "UTC"},
        {"gmt", 0, "UTC"},
        {"+02:00", 7200, "GMT+02:00"},
        {"-0530", -19800, "GMT-05:30"},
        {"+14", 50400, "GMT+14:00"},
        {"UTC+1", 3600, "GMT+01:00"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct time_zone *zone = zone_of(cases[i].name);
        str abbreviation;
        assert_int_equal(time_zone_offset(zone, 0, &abbreviation), cases[i].offset);
        assert_true(str_eq(abbreviation, str_from_cstring(cases[i].abbreviation)));
        time_zone_close(zone);
    }
}

static void unknown_zones_are_usage_errors(void **state)
{
    static const char *const bad[] = {
        "",       "Europe/Atlantis", "../../../etc/passwd", "/etc/passwd", "+25:00", "+1:30",
        "+02:60", "Europe",          "Europe/Berlin\n",     "+",           "+123",   "a..b",
    };
    for (size_t i = 0; i < countof(bad); i++) {
        struct time_zone *zone = NULL;
        struct error err = {0};
        assert_int_equal(time_zone_open(str_from_cstring(bad[i]), &zone, &err), TOCSIN_ERROR_USAGE);
        assert_null(zone);
        assert_true(err.message[0] != '\0' && err.hint[0] != '\0');
    }
    struct time_zone *zone = NULL;
    assert_int_equal(time_zone_open((str){"UTC\0", 4}, &zone, NULL), TOCSIN_ERROR_USAGE);
}

/* libc is an independent reader of the same files. */
static void zones_agree_with_libc(void **state)
{
    if (!has_zone_files()) {
        return;
    }
    static const char *const names[] = {
        "Europe/Berlin",    "America/New_York",  "Asia/Kolkata",         "Australia/Lord_Howe", "America/Sao_Paulo",
        "Europe/Dublin",    "Africa/Casablanca", "Asia/Kathmandu",       "Pacific/Apia",        "America/Nuuk",
        "Antarctica/Troll", "Asia/Gaza",         "Pacific/Kiritimati",   "Africa/Cairo",        "EST5EDT",
        "Asia/Pyongyang",   "Europe/London",     "America/Scoresbysund", "Etc/GMT+12",          "Africa/Monrovia",
    };
    for (size_t n = 0; n < countof(names); n++) {
        char path[128];
        snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", names[n]);
        if (access(path, R_OK) != 0) {
            continue;
        }
        struct time_zone *zone = zone_of(names[n]);
        setenv("TZ", names[n], 1);
        tzset();
        for (int i = 0; i < 20000; i++) {
            int64_t range = i % 2 ? INT64_C(4102444800) : INT64_C(40000000000); /* to 2100, to 3237 */
            int64_t seconds = (int64_t)(random_u64() % (uint64_t)range) - INT64_C(2500000000) * (i % 3 == 0);
            time_t as_time = (time_t)seconds;
            struct tm expected;
            localtime_r(&as_time, &expected);
            str abbreviation;
            int32_t offset = time_zone_offset(zone, seconds * 1000 + 999, &abbreviation);
            if (offset != expected.tm_gmtoff || !str_eq(abbreviation, str_from_cstring(expected.tm_zone))) {
                fail_msg("%s at %lld: %d %.*s, libc %ld %s", names[n], (long long)seconds, offset,
                         STR_ARG(abbreviation), expected.tm_gmtoff, expected.tm_zone);
            }
        }
        time_zone_close(zone);
    }
    unsetenv("TZ");
    tzset();
}

static void posix_rules_in_tz_agree_with_libc(void **state)
{
    static const char *const rules[] = {
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "NZST-12NZDT,M9.5.0,M4.1.0/3",
        "EST5EDT,J60/0,J300/25",
        "ABC-3DEF,59/1,300",
        "XYZ-5:30:15",
        "UTC0",
        "EST5EDT",
    };
    for (size_t n = 0; n < countof(rules); n++) {
        setenv("TZ", rules[n], 1);
        tzset();
        struct time_zone *zone = zone_of("local");
        for (int i = 0; i < 20000; i++) {
            /* glibc knows no rule before 1970, and US dates changed before 2007 in its built-in rule file */
            int64_t seconds = (int64_t)(random_u64() % UINT64_C(20000000000)) + INT64_C(1199145600);
            time_t as_time = (time_t)seconds;
            struct tm expected;
            localtime_r(&as_time, &expected);
            str abbreviation;
            int32_t offset = time_zone_offset(zone, seconds * 1000, &abbreviation);
            if (offset != expected.tm_gmtoff || !str_eq(abbreviation, str_from_cstring(expected.tm_zone))) {
                fail_msg("%s at %lld: %d, libc %ld", rules[n], (long long)seconds, offset, expected.tm_gmtoff);
            }
        }
        time_zone_close(zone);
    }
    unsetenv("TZ");
    tzset();
}

static void the_tz_variable_names_the_local_zone(void **state)
{
    struct error err = {0};
    struct time_zone *zone = NULL;
    setenv("TZ", "", 1);
    zone = zone_of("local");
    assert_int_equal(time_zone_offset(zone, 0, NULL), 0);
    time_zone_close(zone);
    setenv("TZ", ":+03:00", 1);
    zone = zone_of("LOCAL");
    assert_int_equal(time_zone_offset(zone, 0, NULL), 10800);
    time_zone_close(zone);
    setenv("TZ", "No/Such", 1);
    assert_int_equal(time_zone_open(STR("local"), &zone, &err), TOCSIN_ERROR_USAGE);
    assert_non_null(strstr(err.message, "TZ"));
    setenv("TZ", "/no/such/file", 1);
    assert_int_equal(time_zone_open(STR("local"), &zone, &err), TOCSIN_ERROR_USAGE);
    unsetenv("TZ");
    zone = zone_of("local");
    time_zone_close(zone);
}

static void local_times_around_a_change(void **state)
{
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    struct time_zone *zone = zone_of("local");
    unsetenv("TZ");
    /* 2026-10-25: 03:00 CEST becomes 02:00 CET, so 02:30 exists twice; the earlier one is CEST */
    assert_int_equal(parse("2026-10-25T02:30:00", zone), parse("2026-10-25T00:30:00Z", NULL));
    assert_int_equal(parse("2026-10-25T03:00:00", zone), parse("2026-10-25T02:00:00Z", NULL));
    assert_int_equal(parse("2026-10-25T01:59:59", zone), parse("2026-10-24T23:59:59Z", NULL));
    /* 2026-03-29: 02:00 CET becomes 03:00 CEST; 02:30 does not exist and shifts forward to 03:30 CEST */
    assert_int_equal(parse("2026-03-29T02:30:00", zone), parse("2026-03-29T01:30:00Z", NULL));
    assert_int_equal(parse("2026-03-29T03:00:00", zone), parse("2026-03-29T01:00:00Z", NULL));
    int64_t ms;
    assert_true(time_parse_query(STR("today"), zone, parse("2026-07-04T22:30:00Z", NULL), &ms));
    assert_int_equal(ms, parse("2026-07-04T22:00:00Z", NULL));
    /* a month back keeps the local time of day across the change */
    assert_true(time_parse_query(STR("1 month ago"), zone, parse("2026-04-15T10:00:00Z", NULL), &ms));
    assert_int_equal(ms, parse("2026-03-15T11:00:00Z", NULL));
    for (int i = 0; i < 100000; i++) { /* what a zone shows reads back, unless it exists twice */
        int64_t time_ms = (int64_t)(random_u64() % UINT64_C(20000000000000));
        struct civil civil;
        civil_from_zone_ms(time_ms, zone, &civil);
        int64_t back;
        assert_true(civil_to_zone_ms(&civil, zone, &back));
        assert_true(back == time_ms || back == time_ms - 3600000);
    }
    time_zone_close(zone);
}

static size_t read_seed(const char *name, char *target, size_t capacity)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/civil_time/%s", TOCSIN_SOURCE_ROOT, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t bytes = fread(target, 1, capacity, file);
    fclose(file);
    assert_in_range(bytes, 2, capacity);
    return bytes;
}

static void damaged_zone_files_are_refused(void **state)
{
    char file[8192];
    /* the first byte is the fuzz target's mode */
    str good = str_from(file + 1, read_seed("zone_berlin", file, sizeof(file)) - 1);
    struct time_zone *zone = NULL;
    struct error err = {0};
    assert_int_equal(time_zone_open_tzif(STR("seed"), good, &zone, &err), TOCSIN_OK);
    assert_int_equal(time_zone_offset(zone, INT64_C(1783166400450), NULL), 7200);
    assert_int_equal(time_zone_offset(zone, INT64_C(1735599909007), NULL), 3600);
    assert_int_equal(time_zone_offset(zone, INT64_C(32503680000000), NULL), 3600); /* the year 3000 */
    assert_int_equal(time_zone_offset(zone, INT64_MAX, NULL) % 3600, 0);
    time_zone_offset(zone, INT64_MIN, NULL);
    time_zone_close(zone);
    zone = NULL;
    for (size_t len = 0; len < good.len; len++) {
        char *exact = memory_allocate(len);
        memcpy(exact, good.data, len);
        assert_int_equal(time_zone_open_tzif(STR("cut"), str_from(exact, len), &zone, &err), TOCSIN_ERROR_INPUT);
        memory_free(exact);
    }
    char big[64] = "TZif2";
    memset(big + 20, 0xFF, 24); /* counts of four thousand million */
    assert_int_equal(time_zone_open_tzif(STR("big"), str_from(big, sizeof(big)), &zone, &err), TOCSIN_ERROR_INPUT);
    char *over = memory_allocate_zeroed(LIMIT_ZONE_FILE_BYTES + 1, 1);
    memcpy(over, good.data, good.len);
    assert_int_equal(time_zone_open_tzif(STR("over"), str_from(over, LIMIT_ZONE_FILE_BYTES + 1), &zone, &err),
                     TOCSIN_ERROR_INPUT);
    memory_free(over);
    memory_fail_at(1, 0);
    assert_int_equal(time_zone_open_tzif(STR("memory"), good, &zone, &err), TOCSIN_ERROR_MEMORY);
    assert_null(zone);
}

static void times_are_written(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {INT64_C(1795403414123), "2026-11-23T03:10:14.123Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {INT64_C(-62135596800000), "0001-01-01T00:00:00.000Z"},
        {INT64_C(253402300800000), "+10000-01-01T00:00:00.000Z"},
        {INT64_MAX, "+292278994-08-17T07:12:55.807Z"},
        {INT64_MIN, "-292275055-05-16T16:47:04.192Z"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        char text[TIME_TEXT_BYTES];
        size_t length = time_format_iso8601(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(length, strlen(cases[i].text));
    }
}

static void clocks_run(void **state)
{
    assert_true(clock_wall_ms() > INT64_C(1700000000000));
    int64_t before = clock_monotonic_ns();
    assert_true(clock_monotonic_ns() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar_agrees_with_libc),
        cmocka_unit_test(calendar_holds_at_the_ends_of_time),
        cmocka_unit_test(impossible_dates_are_refused),
        cmocka_unit_test(iso8601_is_read),
        cmocka_unit_test(other_text_is_not_iso8601),
        cmocka_unit_test(query_times_are_read),
        cmocka_unit_test(other_text_is_no_query_time),
        cmocka_unit_test(fixed_offsets_need_no_files),
        cmocka_unit_test(unknown_zones_are_usage_errors),
        cmocka_unit_test(zones_agree_with_libc),
        cmocka_unit_test(posix_rules_in_tz_agree_with_libc),
        cmocka_unit_test(the_tz_variable_names_the_local_zone),
        cmocka_unit_test(local_times_around_a_change),
        cmocka_unit_test(damaged_zone_files_are_refused),
        cmocka_unit_test(times_are_written),
        cmocka_unit_test(clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
