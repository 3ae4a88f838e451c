#include "base/civil_time.h"

#include <assert.h>
#include <time.h>

/* The algorithms count years from March, so that the leap day is the last of its year, and in eras of 400 years,
   after which the Gregorian calendar repeats (146,097 days). 719,468 days lie between 0000-03-01 and 1970-01-01. */
enum { DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 };

#define MS_PER_DAY INT64_C(86400000)
/* Years outside cannot be expressed in 64-bit milliseconds. */
#define YEAR_MAX INT64_C(292278994)

int64_t days_from_civil(int64_t year, int month, int day)
{
    assert(year >= -(INT64_C(1) << 40) && year <= INT64_C(1) << 40);
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

int days_in_month(int64_t year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    assert(month >= 1 && month <= 12);
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

static bool civil_is_valid(const struct civil *civil)
{
    return civil->year >= -YEAR_MAX && civil->year <= YEAR_MAX && civil->month >= 1 && civil->month <= 12 &&
           civil->day >= 1 && civil->day <= days_in_month(civil->year, civil->month) && civil->hour >= 0 &&
           civil->hour <= 23 && civil->minute >= 0 && civil->minute <= 59 && civil->second >= 0 &&
           civil->second <= 59 && civil->millisecond >= 0 && civil->millisecond <= 999;
}

bool civil_to_utc_ms(const struct civil *civil, int64_t *ret_ms)
{
    if (!civil_is_valid(civil)) {
        return false;
    }
    int64_t days = days_from_civil(civil->year, civil->month, civil->day);
    int64_t ms_of_day = ((civil->hour * 60 + civil->minute) * 60 + civil->second) * INT64_C(1000) + civil->millisecond;
    int64_t ms;
    /* Before 1970 the day's start may not fit although the time does: go from the day's end. */
    int64_t base_days = days < 0 ? days + 1 : days;
    if (__builtin_mul_overflow(base_days, MS_PER_DAY, &ms) ||
        __builtin_add_overflow(ms, days < 0 ? ms_of_day - MS_PER_DAY : ms_of_day, &ms)) {
        return false;
    }
    *ret_ms = ms;
    return true;
}

void civil_from_utc_ms(int64_t time_ms, struct civil *ret)
{
    int64_t days = time_ms / MS_PER_DAY;
    int64_t ms_of_day = time_ms % MS_PER_DAY;
    if (ms_of_day < 0) {
        days--;
        ms_of_day += MS_PER_DAY;
    }
    uint32_t second_of_day = (uint32_t)(ms_of_day / 1000);
    ret->millisecond = (int)(ms_of_day % 1000);
    ret->second = (int)(second_of_day % 60);
    ret->minute = (int)(second_of_day / 60 % 60);
    ret->hour = (int)(second_of_day / 3600);
    int64_t weekday = (days + 4) % 7; /* 1970-01-01 was a Thursday */
    ret->weekday = (int)(weekday < 0 ? weekday + 7 : weekday);

    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    uint32_t day_of_era = (uint32_t)(shifted - era * DAYS_PER_ERA);
    uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_march_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month_from_march = (5 * day_of_march_year + 2) / 153;
    ret->day = (int)(day_of_march_year - (153 * month_from_march + 2) / 5 + 1);
    ret->month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    ret->year = era * 400 + year_of_era + (ret->month <= 2);
    bool is_leap = days_in_month(ret->year, 2) == 29;
    ret->day_of_year = (int)(ret->month > 2 ? day_of_march_year + 60 + is_leap : day_of_march_year - 305);
}

bool civil_to_zone_ms(const struct civil *civil, const struct time_zone *zone, int64_t *ret_ms)
{
    int64_t local_ms;
    int64_t early;
    int64_t late;
    if (!civil_to_utc_ms(civil, &local_ms) || __builtin_sub_overflow(local_ms, MS_PER_DAY, &early) ||
        __builtin_add_overflow(local_ms, MS_PER_DAY, &late)) {
        return false;
    }
    if (!zone) {
        *ret_ms = local_ms;
        return true;
    }
    /* No zone is more than 26 hours from UTC, and none changes twice in two days: the offset of the wanted time is
       that of a day before, or that of a day after. */
    int64_t before_ms = local_ms - time_zone_offset(zone, early, NULL) * INT64_C(1000);
    int64_t after_ms = local_ms - time_zone_offset(zone, late, NULL) * INT64_C(1000);
    bool before_is_right = before_ms + time_zone_offset(zone, before_ms, NULL) * INT64_C(1000) == local_ms;
    bool after_is_right = after_ms + time_zone_offset(zone, after_ms, NULL) * INT64_C(1000) == local_ms;
    if (before_is_right && after_is_right) {
        *ret_ms = before_ms < after_ms ? before_ms : after_ms;
    } else {
        /* In a gap neither is right; the offset of before it shifts forward. */
        *ret_ms = after_is_right ? after_ms : before_ms;
    }
    return true;
}

void civil_from_zone_ms(int64_t time_ms, const struct time_zone *zone, struct civil *ret)
{
    int64_t local_ms;
    if (__builtin_add_overflow(time_ms, time_zone_offset(zone, time_ms, NULL) * INT64_C(1000), &local_ms)) {
        local_ms = time_ms; /* the ends of time have no zones */
    }
    civil_from_utc_ms(local_ms, ret);
}

int64_t clock_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
