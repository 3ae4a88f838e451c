/* Text to time by a compiled pattern. */
#include "function/date_pattern_internal.h"

enum { SECONDS_PER_DAY = 86400, FIELD_DIGITS_MAX = 9, YEAR_MAX = 999999 };

enum date_field {
    DATE_YEAR,
    DATE_WEEK_YEAR,
    DATE_ERA, /* 1 = BC */
    DATE_MONTH,
    DATE_WEEK,
    DATE_WEEK_OF_MONTH,
    DATE_DAY_OF_YEAR,
    DATE_DAY,
    DATE_DAY_IN_MONTH, /* the n-th such weekday */
    DATE_WEEKDAY,      /* 0 = Sunday */
    DATE_HOUR,
    DATE_HOUR_OF_HALF,
    DATE_HALF, /* 1 = PM */
    DATE_MINUTE,
    DATE_SECOND,
    DATE_MILLISECOND,
    DATE_OFFSET, /* seconds east of UTC */
    DATE_FIELD_COUNT
};

struct parsed_date {
    int64_t values[DATE_FIELD_COUNT];
    uint32_t set;      /* a bit per field */
    bool is_week_date; /* the week year was given later than the year: it decides, as in Java */
    str zone_name;     /* not resolved to an offset yet */
};

static void set_field(struct parsed_date *date, enum date_field field, int64_t value)
{
    date->values[field] = value;
    date->set |= 1u << field;
}

static bool is_set(const struct parsed_date *date, enum date_field field)
{
    return (date->set >> field & 1) != 0;
}

static int64_t field_or(const struct parsed_date *date, enum date_field field, int64_t missing)
{
    return is_set(date, field) ? date->values[field] : missing;
}

/* ---- fields ---- */

/* Letters that are numbers. A value equal to `wraps_at` is 0: hour 24, 12 o'clock, Sunday as seventh day. */
static const struct number_letter {
    char letter;
    enum date_field field;
    int64_t min;
    int64_t max;
    int64_t wraps_at;
} number_letters[] = {
    {'y', DATE_YEAR, 0, YEAR_MAX, -1},   {'Y', DATE_WEEK_YEAR, 0, YEAR_MAX, -1},
    {'M', DATE_MONTH, 1, 12, -1},        {'L', DATE_MONTH, 1, 12, -1},
    {'w', DATE_WEEK, 1, 53, -1},         {'W', DATE_WEEK_OF_MONTH, 1, 6, -1},
    {'D', DATE_DAY_OF_YEAR, 1, 366, -1}, {'d', DATE_DAY, 1, 31, -1},
    {'F', DATE_DAY_IN_MONTH, 1, 5, -1},  {'u', DATE_WEEKDAY, 1, 7, 7},
    {'H', DATE_HOUR, 0, 23, -1},         {'k', DATE_HOUR, 1, 24, 24},
    {'K', DATE_HOUR_OF_HALF, 0, 11, -1}, {'h', DATE_HOUR_OF_HALF, 1, 12, 12},
    {'m', DATE_MINUTE, 0, 59, -1},       {'s', DATE_SECOND, 0, 60, -1},
    {'S', DATE_MILLISECOND, 0, 999, -1},
};

/* NULL if the item is a name, a zone or literal text. */
static const struct number_letter *number_letter_find(const struct date_item *item)
{
    if ((item->letter == 'M' || item->letter == 'L') && item->count > 2) {
        return NULL;
    }
    for (size_t i = 0; i < countof(number_letters); i++) {
        if (number_letters[i].letter == item->letter) {
            return &number_letters[i];
        }
    }
    return NULL;
}

/* Two digits for `yy`: the year that lies less than 80 years before or 20 behind now. */
static int64_t full_year(int64_t two_digits, int64_t now_ms)
{
    struct civil now;
    civil_from_utc_ms(now_ms, &now);
    int64_t first = now.year - 80;
    int64_t year = first - (first % 100 + 100) % 100 + two_digits;
    return year < first ? year + 100 : year;
}

static bool parse_number(const struct date_item *item, const struct number_letter *letter, bool is_followed_by_number,
                         int64_t now_ms, str text, size_t *at, struct parsed_date *date)
{
    size_t digits_max = is_followed_by_number ? item->count : FIELD_DIGITS_MAX;
    size_t from = *at;
    int64_t value = 0;
    while (*at < text.len && ascii_is_digit(text.data[*at]) && *at - from < digits_max &&
           *at - from < FIELD_DIGITS_MAX) {
        value = value * 10 + (text.data[*at] - '0');
        (*at)++;
    }
    if (*at == from || value < letter->min || value > letter->max) {
        return false;
    }
    bool is_year = letter->field == DATE_YEAR || letter->field == DATE_WEEK_YEAR;
    if (is_year) {
        date->is_week_date = letter->field == DATE_WEEK_YEAR;
        value = item->count <= 2 && *at - from == 2 ? full_year(value, now_ms) : value;
    }
    set_field(date, letter->field, value == letter->wraps_at ? 0 : value);
    return true;
}

static bool take_word(str text, size_t *at, str word)
{
    if (!str_eq_ignore_case(str_slice(text, *at, *at + word.len), word)) {
        return false;
    }
    *at += word.len;
    return true;
}

/* The name as a whole or its first three letters. */
static bool parse_name(const str *names, size_t name_count, str text, size_t *at, int64_t *ret_index)
{
    for (size_t i = 0; i < name_count; i++) {
        if (take_word(text, at, names[i]) || take_word(text, at, str_slice(names[i], 0, DATE_NAME_SHORT_BYTES))) {
            *ret_index = (int64_t)i;
            return true;
        }
    }
    return false;
}

/* ---- zones ---- */

static const struct {
    const char *name;
    int hours;
} zone_names[] = {
    {"UTC", 0},  {"GMT", 0},  {"UT", 0},   {"Z", 0},    {"WET", 0},  {"WEST", 1}, {"CET", 1},
    {"CEST", 2}, {"EET", 2},  {"EEST", 3}, {"MSK", 3},  {"EST", -5}, {"EDT", -4}, {"CST", -6},
    {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"JST", 9},
};

static bool take_two_digits(str text, size_t *at, int max, int *ret)
{
    if (*at + 2 > text.len || !ascii_is_digit(text.data[*at]) || !ascii_is_digit(text.data[*at + 1])) {
        return false;
    }
    *ret = (text.data[*at] - '0') * 10 + (text.data[*at + 1] - '0');
    *at += 2;
    return *ret <= max;
}

/* +hh, +hhmm or +hh:mm */
static bool parse_offset(str text, size_t *at, struct parsed_date *date)
{
    bool is_west = text.data[*at] == '-';
    int hours;
    int minutes = 0;
    (*at)++;
    if (!take_two_digits(text, at, 23, &hours)) {
        return false;
    }
    bool has_colon = *at < text.len && text.data[*at] == ':';
    bool has_minutes = *at + has_colon < text.len && ascii_is_digit(text.data[*at + has_colon]);
    if (has_minutes) {
        *at += has_colon;
        if (!take_two_digits(text, at, 59, &minutes)) {
            return false;
        }
    }
    int seconds = hours * 3600 + minutes * 60;
    set_field(date, DATE_OFFSET, is_west ? -seconds : seconds);
    return true;
}

static bool is_sign_at(str text, size_t at)
{
    return at < text.len && (text.data[at] == '+' || text.data[at] == '-');
}

static bool parse_zone(str text, size_t *at, struct parsed_date *date)
{
    if (is_sign_at(text, *at)) {
        return parse_offset(text, at, date);
    }
    size_t from = *at;
    while (*at < text.len && ascii_is_alpha(text.data[*at])) {
        (*at)++;
    }
    str name = str_slice(text, from, *at);
    bool is_utc = str_eq_ignore_case(name, STR("GMT")) || str_eq_ignore_case(name, STR("UTC"));
    if (is_utc && is_sign_at(text, *at)) {
        return parse_offset(text, at, date);
    }
    date->zone_name = name;
    return name.len > 0;
}

static bool find_zone_name(str name, int64_t *ret_offset)
{
    for (size_t i = 0; i < countof(zone_names); i++) {
        if (str_eq_ignore_case(name, str_from_cstring(zone_names[i].name))) {
            *ret_offset = (int64_t)zone_names[i].hours * 3600;
            return true;
        }
    }
    return false;
}

/* ---- putting it together ---- */

static int weekday_of(int64_t days)
{
    return (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static int64_t day_of_week_date(int64_t year, int64_t week, int64_t weekday)
{
    int64_t new_year = days_from_civil(year, 1, 1);
    return new_year - weekday_of(new_year) + (week - 1) * 7 + weekday;
}

/* Days since 1970 from whatever fields there are. */
static bool resolve_day(const struct parsed_date *date, int64_t *ret_days)
{
    int64_t year = field_or(date, DATE_YEAR, 1970);
    year = field_or(date, DATE_ERA, 0) == 1 ? 1 - year : year;
    if (year < -YEAR_MAX || year > YEAR_MAX || field_or(date, DATE_WEEK_YEAR, 0) < -YEAR_MAX ||
        field_or(date, DATE_WEEK_YEAR, 0) > YEAR_MAX) {
        return false; /* only `yy` at the ends of time gets here */
    }
    int64_t weekday = field_or(date, DATE_WEEKDAY, 0);
    bool has_month_or_day = is_set(date, DATE_MONTH) || is_set(date, DATE_DAY);
    int month = (int)field_or(date, DATE_MONTH, 1);
    int64_t first = days_from_civil(year, month, 1);
    if (date->is_week_date) {
        *ret_days = day_of_week_date(date->values[DATE_WEEK_YEAR], field_or(date, DATE_WEEK, 1), weekday);
    } else if (is_set(date, DATE_DAY_OF_YEAR) && !has_month_or_day) {
        *ret_days = first + date->values[DATE_DAY_OF_YEAR] - 1;
        return *ret_days < days_from_civil(year + 1, 1, 1);
    } else if (is_set(date, DATE_WEEK) && !has_month_or_day) {
        *ret_days = day_of_week_date(year, date->values[DATE_WEEK], weekday);
    } else if (is_set(date, DATE_WEEK_OF_MONTH) && !is_set(date, DATE_DAY)) {
        *ret_days = first - weekday_of(first) + (date->values[DATE_WEEK_OF_MONTH] - 1) * 7 + weekday;
    } else if (is_set(date, DATE_DAY_IN_MONTH) && is_set(date, DATE_WEEKDAY) && !is_set(date, DATE_DAY)) {
        *ret_days = first + (weekday - weekday_of(first) + 7) % 7 + (date->values[DATE_DAY_IN_MONTH] - 1) * 7;
    } else {
        int64_t day = field_or(date, DATE_DAY, 1);
        *ret_days = first + day - 1;
        return day <= days_in_month(year, month);
    }
    return true;
}

/* The zone's own abbreviation first: it tells the two 2:30 of an autumn night apart. */
static bool resolve_zone_name(str name, const struct civil *civil, const struct time_zone *zone, int64_t *ret_ms)
{
    int64_t local_ms;
    if (civil_to_zone_ms(civil, zone, &local_ms)) {
        for (int64_t shift = 0; shift <= 1; shift++) {
            struct date_moment moment;
            int64_t time_ms = local_ms + shift * 3600 * 1000;
            date_moment_set(&moment, time_ms, zone);
            if (str_eq_ignore_case(moment.abbreviation, name) && moment.civil.hour == civil->hour) {
                *ret_ms = time_ms;
                return true;
            }
        }
    }
    int64_t offset;
    int64_t utc_ms;
    if (!find_zone_name(name, &offset) || !civil_to_utc_ms(civil, &utc_ms)) {
        return false;
    }
    *ret_ms = utc_ms - offset * 1000;
    return true;
}

static bool resolve(const struct parsed_date *date, const struct time_zone *zone, int64_t *ret_ms)
{
    int64_t days;
    if (!resolve_day(date, &days)) {
        return false;
    }
    struct civil civil;
    civil_from_utc_ms(days * SECONDS_PER_DAY * 1000, &civil);
    int64_t hour_of_half = field_or(date, DATE_HOUR_OF_HALF, 0) + field_or(date, DATE_HALF, 0) * 12;
    int64_t second = field_or(date, DATE_SECOND, 0);
    civil.hour = (int)field_or(date, DATE_HOUR, hour_of_half);
    civil.minute = (int)field_or(date, DATE_MINUTE, 0);
    civil.second = (int)(second == 60 ? 59 : second); /* a leap second */
    civil.millisecond = (int)field_or(date, DATE_MILLISECOND, 0);
    if (date->zone_name.len > 0) {
        return resolve_zone_name(date->zone_name, &civil, zone, ret_ms);
    }
    if (!is_set(date, DATE_OFFSET)) {
        return civil_to_zone_ms(&civil, zone, ret_ms);
    }
    int64_t utc_ms;
    if (!civil_to_utc_ms(&civil, &utc_ms)) {
        return false;
    }
    *ret_ms = utc_ms - date->values[DATE_OFFSET] * 1000;
    return true;
}

static bool parse_item(const struct date_item *item, bool is_followed_by_number, int64_t now_ms, str text, size_t *at,
                       struct parsed_date *date)
{
    static const str halves[] = {{"AM", 2}, {"PM", 2}};
    static const str eras[] = {{"AD", 2}, {"BC", 2}};
    if (!item->letter) {
        bool is_there = str_starts_with(str_skip(text, *at), item->literal);
        *at += is_there ? item->literal.len : 0;
        return is_there;
    }
    while (*at < text.len && (text.data[*at] == ' ' || text.data[*at] == '\t')) {
        (*at)++;
    }
    const struct number_letter *letter = number_letter_find(item);
    if (letter) {
        return parse_number(item, letter, is_followed_by_number, now_ms, text, at, date);
    }
    int64_t index = 0;
    enum date_field field;
    bool is_there;
    switch (item->letter) {
    case 'M':
    case 'L':
        field = DATE_MONTH;
        is_there = parse_name(date_month_names, countof(date_month_names), text, at, &index);
        index++;
        break;
    case 'E':
        field = DATE_WEEKDAY;
        is_there = parse_name(date_day_names, countof(date_day_names), text, at, &index);
        break;
    case 'a':
        field = DATE_HALF;
        is_there = parse_name(halves, countof(halves), text, at, &index);
        break;
    case 'G':
        field = DATE_ERA;
        is_there = parse_name(eras, countof(eras), text, at, &index);
        break;
    default:
        return parse_zone(text, at, date);
    }
    set_field(date, field, index);
    return is_there;
}

bool date_pattern_parse(const struct date_pattern *pattern, str text, const struct time_zone *zone, int64_t now_ms,
                        int64_t *ret_ms)
{
    struct parsed_date date = {0};
    size_t at = 0;
    for (size_t i = 0; i < pattern->item_count; i++) {
        bool is_followed_by_number = i + 1 < pattern->item_count && number_letter_find(&pattern->items[i + 1]) != NULL;
        if (!parse_item(&pattern->items[i], is_followed_by_number, now_ms, text, &at, &date)) {
            return false;
        }
    }
    return resolve(&date, zone, ret_ms);
}
