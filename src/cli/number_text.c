#include "cli/number_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

char *number_with_commas(uint64_t value, char ret[NUMBER_TEXT_BYTES])
{
    char digits[32];
    int count = snprintf(digits, sizeof(digits), "%" PRIu64, value);
    int used = 0;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            ret[used++] = ',';
        }
        ret[used++] = digits[i];
    }
    ret[used] = '\0';
    return ret;
}

char *number_bytes(uint64_t bytes, char ret[NUMBER_TEXT_BYTES])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        snprintf(ret, NUMBER_TEXT_BYTES, "%" PRIu64 " bytes", bytes);
        return ret;
    }
    double value = (double)bytes / 1000;
    unsigned unit = 0;
    while (value >= 999.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1000;
        unit++;
    }
    snprintf(ret, NUMBER_TEXT_BYTES, value < 99.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return ret;
}

char *number_duration(double seconds, char ret[NUMBER_TEXT_BYTES])
{
    uint64_t whole = seconds > 0 && seconds < 1e9 ? (uint64_t)(seconds + 0.5) : 0;
    if (whole >= 3600) {
        snprintf(ret, NUMBER_TEXT_BYTES, "%" PRIu64 ":%02u:%02u", whole / 3600, (unsigned)(whole / 60 % 60),
                 (unsigned)(whole % 60));
    } else {
        snprintf(ret, NUMBER_TEXT_BYTES, "%u:%02u", (unsigned)(whole / 60), (unsigned)(whole % 60));
    }
    return ret;
}

char *number_seconds(double seconds, char ret[NUMBER_TEXT_BYTES])
{
    if (seconds >= 60) {
        return number_duration(seconds, ret);
    }
    snprintf(ret, NUMBER_TEXT_BYTES, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
    return ret;
}

/* Days since 1970 to the calendar, by eras of 400 years that start on March 1. */
static void calendar_day(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* from March = 0 */
    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = year + era * 400 + (*ret_month <= 2);
}

char *number_time(int64_t time_ms, char ret[NUMBER_TEXT_BYTES])
{
    int64_t seconds = time_ms / 1000 - (time_ms % 1000 < 0);
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int second_of_day = (int)(seconds - days * 86400);
    int64_t year;
    int month;
    int day;
    calendar_day(days, &year, &month, &day);
    snprintf(ret, NUMBER_TEXT_BYTES, "%04" PRId64 "-%02d-%02d %02d:%02d:%02d UTC", year, month, day,
             second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    return ret;
}

bool number_read_age(const char *text, uint64_t *ret_ms)
{
    static const struct {
        char unit;
        uint64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
    char *end;
    errno = 0;
    unsigned long long amount = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || errno != 0 || *end == '\0' || end[1] != '\0') {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (units[i].unit == *end) {
            return !__builtin_mul_overflow((uint64_t)amount, units[i].ms, ret_ms);
        }
    }
    return false;
}
