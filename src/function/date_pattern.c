#include "function/date_pattern.h"

#include <assert.h>

#include "base/limits.h"
#include "function/date_pattern_internal.h"

#define NAME(text)                                                                                                     \
    {                                                                                                                  \
        (text), sizeof(text) - 1                                                                                       \
    }

const str date_month_names[12] = {
    NAME("January"), NAME("February"), NAME("March"),     NAME("April"),   NAME("May"),      NAME("June"),
    NAME("July"),    NAME("August"),   NAME("September"), NAME("October"), NAME("November"), NAME("December"),
};

const str date_day_names[7] = {
    NAME("Sunday"),   NAME("Monday"), NAME("Tuesday"),  NAME("Wednesday"),
    NAME("Thursday"), NAME("Friday"), NAME("Saturday"),
};

/* Text of one item but for its padding: a year of 12 digits with sign, a name, a zone's abbreviation (cut there). */
enum { ITEM_BYTES_MAX = 20 };

/* ---- compiling ---- */

/* G, u and L are not in QRadar's table, but SimpleDateFormat, which stands behind it, takes them. */
static bool is_known_letter(char letter)
{
    return str_find_char(STR("GyYMLwWDdFEuaHkKhmsSzZX"), letter, 0) != SIZE_MAX;
}

static tocsin_status check_item(char letter, uint32_t count, struct error *err)
{
    if (!is_known_letter(letter)) {
        tocsin_status status =
            error_set(err, TOCSIN_ERROR_SYNTAX, "date pattern: the letter '%c' has no meaning", letter);
        error_hint(err, "text in a pattern is quoted: 'yyyy-MM-dd''T''HH:mm:ss'");
        return status;
    }
    if (letter == 'X' && count > 3) {
        return error_set(err, TOCSIN_ERROR_SYNTAX, "date pattern: X is written one to three times, not %u", count);
    }
    return TOCSIN_OK;
}

/* The quoted text that starts at *at (behind the quote); '' in it is a quote. */
static bool read_quoted(str text, size_t *at, char *buffer, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = *at; i < text.len; i++) {
        if (text.data[i] != '\'') {
            buffer[len++] = text.data[i];
        } else if (i + 1 < text.len && text.data[i + 1] == '\'') {
            buffer[len++] = '\'';
            i++;
        } else {
            *at = i + 1;
            *ret_len = len;
            return true;
        }
    }
    return false;
}

static tocsin_status read_item(str text, size_t *at, char *buffer, struct date_item *ret_item, struct error *err)
{
    char c = text.data[*at];
    if (ascii_is_alpha(c)) {
        size_t from = *at;
        while (*at < text.len && text.data[*at] == c) {
            (*at)++;
        }
        *ret_item = (struct date_item){.letter = c, .count = (uint32_t)(*at - from)};
        return check_item(c, ret_item->count, err);
    }
    size_t len = 1;
    (*at)++;
    if (c == '\'' && *at < text.len && text.data[*at] == '\'') {
        buffer[0] = '\'';
        (*at)++;
    } else if (c != '\'') {
        buffer[0] = c;
    } else if (!read_quoted(text, at, buffer, &len)) {
        return error_set(err, TOCSIN_ERROR_SYNTAX, "date pattern: a quote is not closed");
    }
    *ret_item = (struct date_item){.literal = {buffer, len}};
    return TOCSIN_OK;
}

static void add_item(struct date_pattern *pattern, const struct date_item *item)
{
    struct date_item *last = pattern->item_count > 0 ? &pattern->items[pattern->item_count - 1] : NULL;
    pattern->bytes_max += item->letter ? ITEM_BYTES_MAX + item->count : item->literal.len;
    pattern->shows_milliseconds |= item->letter == 'S';
    if (last && !last->letter && !item->letter) {
        last->literal.len += item->literal.len; /* their bytes lie side by side */
    } else {
        pattern->items[pattern->item_count++] = *item;
    }
}

tocsin_status date_pattern_compile(str text, struct arena *arena, const struct date_pattern **ret_pattern,
                                   struct error *err)
{
    if (text.len > LIMIT_DATE_PATTERN_BYTES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "date pattern: longer than %d bytes", LIMIT_DATE_PATTERN_BYTES);
    }
    struct date_pattern *pattern = arena_new(arena, struct date_pattern);
    char *literals = arena_allocate(arena, text.len + 1, 1);
    struct date_item *items = arena_array(arena, struct date_item, text.len + 1);
    if (!pattern || !literals || !items) {
        return error_memory(err);
    }
    pattern->items = items;
    for (size_t at = 0; at < text.len;) {
        struct date_item item;
        tocsin_status status = read_item(text, &at, literals, &item, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        literals += item.letter ? 0 : item.literal.len;
        add_item(pattern, &item);
    }
    *ret_pattern = pattern;
    return TOCSIN_OK;
}

bool date_pattern_part_at(const struct date_pattern *pattern, size_t index, struct date_pattern_part *ret_part)
{
    if (index >= pattern->item_count) {
        return false;
    }
    const struct date_item *item = &pattern->items[index];
    *ret_part = (struct date_pattern_part){item->letter, item->count, item->literal};
    return true;
}

size_t date_pattern_bytes_max(const struct date_pattern *pattern)
{
    return pattern->bytes_max;
}

bool date_pattern_shows_milliseconds(const struct date_pattern *pattern)
{
    return pattern->shows_milliseconds;
}

/* ---- formatting ---- */

void date_moment_set(struct date_moment *moment, int64_t time_ms, const struct time_zone *zone)
{
    moment->offset = time_zone_offset(zone, time_ms, &moment->abbreviation);
    civil_from_zone_ms(time_ms, zone, &moment->civil);
}

static char *put_number(char *to, uint64_t value, uint32_t digits_min)
{
    char digits[20];
    uint32_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (uint32_t i = count; i < digits_min; i++) {
        *to++ = '0';
    }
    while (count > 0) {
        *to++ = digits[--count];
    }
    return to;
}

static char *put_text(char *to, str text)
{
    size_t len = text.len < ITEM_BYTES_MAX ? text.len : ITEM_BYTES_MAX;
    memcpy(to, text.data, len);
    return to + len;
}

static char *put_name(char *to, str name, bool is_full)
{
    return put_text(to, is_full ? name : str_slice(name, 0, DATE_NAME_SHORT_BYTES));
}

/* Years before Christ are counted backwards, as Java does: the year 0 is 1 BC. */
static char *put_year(char *to, int64_t year, uint32_t count)
{
    uint64_t of_era = (uint64_t)(year > 0 ? year : 1 - year);
    return count == 2 ? put_number(to, of_era % 100, 2) : put_number(to, of_era, count);
}

static bool is_leap(int64_t year)
{
    return days_in_month(year, 2) == 29;
}

/* Weeks start on Sunday; the week that holds 1 January is the first of its year. */
static int week_of_year(const struct civil *civil, int64_t *ret_week_year)
{
    int year_days = is_leap(civil->year) ? 366 : 365;
    int new_year_weekday = ((civil->weekday - (civil->day_of_year - 1)) % 7 + 7) % 7;
    int next_new_year_weekday = (new_year_weekday + year_days) % 7;
    if (civil->day_of_year > year_days - next_new_year_weekday) {
        *ret_week_year = civil->year + 1;
        return 1;
    }
    *ret_week_year = civil->year;
    return (civil->day_of_year - 1 + new_year_weekday) / 7 + 1;
}

static int week_of_month(const struct civil *civil)
{
    int first_weekday = ((civil->weekday - (civil->day - 1)) % 7 + 7) % 7;
    return (civil->day - 1 + first_weekday) / 7 + 1;
}

static char *put_offset(char *to, int32_t offset, bool has_minutes, bool has_colon)
{
    uint32_t minutes = (uint32_t)(offset < 0 ? -offset : offset) / 60;
    *to++ = offset < 0 ? '-' : '+';
    to = put_number(to, minutes / 60, 2);
    if (has_colon) {
        *to++ = ':';
    }
    return has_minutes ? put_number(to, minutes % 60, 2) : to;
}

static char *put_zone(char *to, const struct date_item *item, const struct date_moment *moment)
{
    if (item->letter == 'z') {
        return put_text(to, moment->abbreviation);
    }
    if (item->letter == 'Z') {
        return put_offset(to, moment->offset, true, false);
    }
    if (moment->offset == 0) {
        *to++ = 'Z';
        return to;
    }
    return put_offset(to, moment->offset, item->count > 1, item->count == 3);
}

static char *put_date(char *to, const struct date_item *item, const struct civil *civil)
{
    int64_t week_year;
    switch (item->letter) {
    case 'G':
        return put_text(to, civil->year > 0 ? STR("AD") : STR("BC"));
    case 'y':
        return put_year(to, civil->year, item->count);
    case 'Y':
        (void)week_of_year(civil, &week_year);
        return put_year(to, week_year, item->count);
    case 'M':
    case 'L':
        return item->count < 3 ? put_number(to, (uint64_t)civil->month, item->count)
                               : put_name(to, date_month_names[civil->month - 1], item->count > 3);
    case 'w':
        return put_number(to, (uint64_t)week_of_year(civil, &week_year), item->count);
    case 'W':
        return put_number(to, (uint64_t)week_of_month(civil), item->count);
    case 'D':
        return put_number(to, (uint64_t)civil->day_of_year, item->count);
    case 'd':
        return put_number(to, (uint64_t)civil->day, item->count);
    case 'F':
        return put_number(to, (uint64_t)(civil->day - 1) / 7 + 1, item->count);
    case 'E':
        return put_name(to, date_day_names[civil->weekday], item->count > 3);
    case 'u':
        return put_number(to, civil->weekday == 0 ? 7 : (uint64_t)civil->weekday, item->count);
    }
    assert(false && "no letter of a date");
    return to;
}

static char *put_item(char *to, const struct date_item *item, const struct date_moment *moment)
{
    const struct civil *civil = &moment->civil;
    uint64_t hour = (uint64_t)civil->hour;
    switch (item->letter) {
    case 0:
        memcpy(to, item->literal.data, item->literal.len);
        return to + item->literal.len;
    case 'a':
        return put_text(to, hour < 12 ? STR("AM") : STR("PM"));
    case 'H':
        return put_number(to, hour, item->count);
    case 'k':
        return put_number(to, hour == 0 ? 24 : hour, item->count);
    case 'K':
        return put_number(to, hour % 12, item->count);
    case 'h':
        return put_number(to, hour % 12 == 0 ? 12 : hour % 12, item->count);
    case 'm':
        return put_number(to, (uint64_t)civil->minute, item->count);
    case 's':
        return put_number(to, (uint64_t)civil->second, item->count);
    case 'S':
        return put_number(to, (uint64_t)civil->millisecond, item->count);
    case 'z':
    case 'Z':
    case 'X':
        return put_zone(to, item, moment);
    default:
        return put_date(to, item, civil);
    }
}

size_t date_pattern_format(const struct date_pattern *pattern, const struct date_moment *moment, char *ret_text)
{
    char *to = ret_text;
    for (size_t i = 0; i < pattern->item_count; i++) {
        to = put_item(to, &pattern->items[i], moment);
    }
    return (size_t)(to - ret_text);
}
