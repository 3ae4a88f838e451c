/* time_text.c - civil_time.h: times as text. */
#include "base/civil_time.h"

#include <assert.h>

#define MS_PER_MINUTE INT64_C(60000)
#define MS_PER_HOUR   INT64_C(3600000)
#define MS_PER_DAY    INT64_C(86400000)

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* The value of `count` (at most 4) digits, or -1. */
static int digits_value(const char *text, size_t count)
{
    int value = 0;
    unsigned bad = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        bad |= digit > 9;
        value = value * 10 + (int)digit;
    }
    return bad ? -1 : value;
}

/* A point or comma and digits, of which three count. Leaves *rest alone if there is no fraction. */
static bool take_fraction(str *rest, int *ret_millisecond)
{
    if (rest->len == 0 || (rest->data[0] != '.' && rest->data[0] != ',')) {
        return true;
    }
    static const int weights[] = {0, 100, 10, 1};
    int value = 0;
    size_t i = 1;
    for (; i < rest->len && ascii_is_digit(rest->data[i]); i++) {
        value += i < countof(weights) ? (rest->data[i] - '0') * weights[i] : 0;
    }
    if (i == 1) {
        return false;
    }
    *ret_millisecond = value;
    *rest = str_skip(*rest, i);
    return true;
}

/* Z, +hh, +hhmm or +hh:mm as the whole rest. */
static bool offset_parse(str text, int64_t *ret_offset_ms)
{
    if (text.len == 1 && (text.data[0] | 0x20) == 'z') {
        *ret_offset_ms = 0;
        return true;
    }
    if (text.len != 3 && text.len != 5 && !(text.len == 6 && text.data[3] == ':')) {
        return false;
    }
    int hours = digits_value(text.data + 1, 2);
    int minutes = text.len == 3 ? 0 : digits_value(text.data + text.len - 2, 2);
    if ((text.data[0] != '+' && text.data[0] != '-') || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return false;
    }
    int64_t offset = hours * MS_PER_HOUR + minutes * MS_PER_MINUTE;
    *ret_offset_ms = text.data[0] == '-' ? -offset : offset;
    return true;
}

/* `rest` is what follows the seconds' fraction: an offset, or nothing, which means `zone`. */
static bool civil_with_offset(const struct civil *civil, str rest, const struct time_zone *zone, int64_t *ret_ms)
{
    if (rest.len == 0) {
        return civil_to_zone_ms(civil, zone, ret_ms);
    }
    int64_t offset_ms;
    int64_t local_ms;
    if (!offset_parse(rest, &offset_ms) || !civil_to_utc_ms(civil, &local_ms)) {
        return false;
    }
    *ret_ms = local_ms - offset_ms; /* four-digit years are far from the ends */
    return true;
}

bool time_parse_iso8601(str text, const struct time_zone *zone, int64_t *ret_ms)
{
    const char *p = text.data;
    if (text.len < 19 || p[4] != '-' || p[7] != '-' || ((p[10] | 0x20) != 't' && p[10] != ' ') || p[13] != ':' ||
        p[16] != ':') {
        return false;
    }
    struct civil civil = {
        .year = digits_value(p, 4),
        .month = digits_value(p + 5, 2),
        .day = digits_value(p + 8, 2),
        .hour = digits_value(p + 11, 2),
        .minute = digits_value(p + 14, 2),
        .second = digits_value(p + 17, 2),
    };
    civil.second = civil.second == 60 ? 59 : civil.second;
    str rest = str_skip(text, 19);
    return civil.year >= 0 && take_fraction(&rest, &civil.millisecond) && civil_with_offset(&civil, rest, zone, ret_ms);
}

static bool take_char(str *text, char c)
{
    if (text->len > 0 && text->data[0] == c) {
        *text = str_skip(*text, 1);
        return true;
    }
    return false;
}

static void skip_blanks(str *text)
{
    while (text->len > 0 && ascii_is_blank(text->data[0])) {
        *text = str_skip(*text, 1);
    }
}

/* One or two digits. */
static bool take_short_number(str *text, int *ret)
{
    size_t digits = 0;
    while (digits < 2 && digits < text->len && ascii_is_digit(text->data[digits])) {
        digits++;
    }
    *ret = digits_value(text->data, digits);
    *text = str_skip(*text, digits);
    return digits > 0;
}

/* yyyy-MM-dd, with - / : or a blank between, the same twice. */
static bool take_date(str *text, struct civil *civil)
{
    int year = text->len > 4 ? digits_value(text->data, 4) : -1;
    char separator = text->len > 4 ? text->data[4] : '\0';
    if (year < 0 || (separator != '-' && separator != '/' && separator != ':' && separator != ' ')) {
        return false;
    }
    civil->year = year;
    *text = str_skip(*text, 5);
    return take_short_number(text, &civil->month) && take_char(text, separator) && take_short_number(text, &civil->day);
}

/* H:mm, H:mm:ss or H:mm:ss.SSS behind a T, a minus or blanks. */
static bool take_time(str *text, struct civil *civil)
{
    bool has_separator = take_char(text, 'T') || take_char(text, 't') || take_char(text, '-');
    if (!has_separator && (text->len == 0 || !ascii_is_blank(text->data[0]))) {
        return false;
    }
    if (!has_separator) {
        skip_blanks(text);
    }
    if (!take_short_number(text, &civil->hour) || !take_char(text, ':') || !take_short_number(text, &civil->minute)) {
        return false;
    }
    if (!take_char(text, ':')) {
        return true;
    }
    bool has_second = take_short_number(text, &civil->second);
    civil->second = civil->second == 60 ? 59 : civil->second;
    return has_second && take_fraction(text, &civil->millisecond);
}

static bool parse_absolute(str text, const struct time_zone *zone, int64_t *ret_ms)
{
    struct civil civil = {0};
    if (!take_date(&text, &civil)) {
        return false;
    }
    if (text.len > 0 && !take_time(&text, &civil)) {
        return false;
    }
    skip_blanks(&text);
    if (str_eq_ignore_case(text, STR("UTC")) || str_eq_ignore_case(text, STR("GMT"))) {
        text = STR("Z");
    }
    return civil_with_offset(&civil, text, zone, ret_ms);
}

/* Moves by calendar months: the same day and time of day, or the month's last day. */
static bool subtract_months(int64_t now_ms, int64_t months, const struct time_zone *zone, int64_t *ret_ms)
{
    struct civil civil;
    civil_from_zone_ms(now_ms, zone, &civil);
    int64_t month_number;
    if (__builtin_sub_overflow(civil.year * 12 + civil.month - 1, months, &month_number)) {
        return false;
    }
    int64_t year = month_number / 12 - (month_number % 12 < 0);
    civil.month = (int)(month_number - year * 12) + 1;
    civil.year = year;
    if (year < -INT64_C(400000000) || year > INT64_C(400000000)) {
        return false;
    }
    int days = days_in_month(year, civil.month);
    civil.day = civil.day < days ? civil.day : days;
    return civil_to_zone_ms(&civil, zone, ret_ms);
}

static bool midnight_before(int64_t now_ms, int days_back, const struct time_zone *zone, int64_t *ret_ms)
{
    struct civil now;
    civil_from_zone_ms(now_ms, zone, &now);
    int64_t day = days_from_civil(now.year, now.month, now.day) - days_back;
    struct civil midnight;
    int64_t day_ms;
    if (__builtin_mul_overflow(day, MS_PER_DAY, &day_ms)) {
        return false;
    }
    civil_from_utc_ms(day_ms, &midnight);
    return civil_to_zone_ms(&midnight, zone, ret_ms);
}

static str take_word(str *text)
{
    skip_blanks(text);
    size_t len = 0;
    while (len < text->len && !ascii_is_blank(text->data[len])) {
        len++;
    }
    str word = str_slice(*text, 0, len);
    *text = str_skip(*text, len);
    return word;
}

/* "<n> <unit>[s] ago" */
static bool parse_ago(str text, const struct time_zone *zone, int64_t now_ms, int64_t *ret_ms)
{
    static const struct unit {
        str name;
        int64_t ms;
        int64_t months;
    } units[] = {
        {STR("second"), 1000, 0},    {STR("minute"), MS_PER_MINUTE, 0}, {STR("hour"), MS_PER_HOUR, 0},
        {STR("day"), MS_PER_DAY, 0}, {STR("week"), 7 * MS_PER_DAY, 0},  {STR("month"), 0, 1},
        {STR("year"), 0, 12},
    };
    uint64_t count;
    if (!str_to_u64(take_word(&text), &count) || count > INT64_MAX) {
        return false;
    }
    str unit_name = take_word(&text);
    if (!str_eq_ignore_case(take_word(&text), STR("ago")) || str_trim(text).len > 0) {
        return false;
    }
    if (unit_name.len > 1 && (unit_name.data[unit_name.len - 1] | 0x20) == 's') {
        unit_name.len--;
    }
    for (size_t i = 0; i < countof(units); i++) {
        int64_t distance;
        if (!str_eq_ignore_case(unit_name, units[i].name)) {
            continue;
        }
        if (units[i].months) {
            return !__builtin_mul_overflow((int64_t)count, units[i].months, &distance) &&
                   subtract_months(now_ms, distance, zone, ret_ms);
        }
        int64_t result;
        if (__builtin_mul_overflow((int64_t)count, units[i].ms, &distance) ||
            __builtin_sub_overflow(now_ms, distance, &result)) {
            return false;
        }
        *ret_ms = result;
        return true;
    }
    return false;
}

bool time_parse_query(str text, const struct time_zone *zone, int64_t now_ms, int64_t *ret_ms)
{
    text = str_trim(text);
    if (str_eq_ignore_case(text, STR("now"))) {
        *ret_ms = now_ms;
        return true;
    }
    if (str_eq_ignore_case(text, STR("today"))) {
        return midnight_before(now_ms, 0, zone, ret_ms);
    }
    if (str_eq_ignore_case(text, STR("yesterday"))) {
        return midnight_before(now_ms, 1, zone, ret_ms);
    }
    return str_to_i64(text, ret_ms) || parse_absolute(text, zone, ret_ms) || parse_ago(text, zone, now_ms, ret_ms);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static char *put_digits(char *target, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        target[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return target + count;
}

static char *put_field(char *target, char separator, int value, int digits)
{
    *target++ = separator;
    return put_digits(target, value, digits);
}

size_t time_format_iso8601(int64_t time_ms, char ret_text[TIME_TEXT_BYTES])
{
    struct civil civil;
    civil_from_utc_ms(time_ms, &civil);
    char *p = ret_text;
    int64_t year = civil.year;
    if (year < 0 || year > 9999) { /* ISO 8601's expanded form always has a sign */
        *p++ = year < 0 ? '-' : '+';
        year = year < 0 ? -year : year;
    }
    int digits = 4;
    for (int64_t limit = 10000; year >= limit; limit *= 10) {
        digits++;
    }
    p = put_digits(p, year, digits);
    p = put_field(p, '-', civil.month, 2);
    p = put_field(p, '-', civil.day, 2);
    p = put_field(p, 'T', civil.hour, 2);
    p = put_field(p, ':', civil.minute, 2);
    p = put_field(p, ':', civil.second, 2);
    p = put_field(p, '.', civil.millisecond, 3);
    *p++ = 'Z';
    size_t length = (size_t)(p - ret_text);
    assert(length < TIME_TEXT_BYTES);
    *p = '\0';
    return length;
}
