#include "format/log_time.h"

#include <assert.h>

#define MS_PER_DAY INT64_C(86400000)

/* ---- small readers: each takes from the front of *rest or leaves it alone ---- */

static bool take_char(str *rest, char c)
{
    if (rest->len == 0 || rest->data[0] != c) {
        return false;
    }
    *rest = str_skip(*rest, 1);
    return true;
}

static size_t count_digits(str text)
{
    size_t digits = 0;
    while (digits < text.len && ascii_is_digit(text.data[digits])) {
        digits++;
    }
    return digits;
}

/* From `digits_min` to `digits_max` (at most 9) digits, as many as there are. */
static bool take_number(str *rest, size_t digits_min, size_t digits_max, int *ret)
{
    size_t digits = count_digits(str_slice(*rest, 0, digits_max));
    if (digits < digits_min) {
        return false;
    }
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (rest->data[i] - '0');
    }
    *ret = value;
    *rest = str_skip(*rest, digits);
    return true;
}

static void take_blanks(str *rest)
{
    while (rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
        *rest = str_skip(*rest, 1);
    }
}

static bool has_prefix_ignore_case(str text, str prefix)
{
    return text.len >= prefix.len && str_eq_ignore_case(str_slice(text, 0, prefix.len), prefix);
}

/* Three letters in lower case as one number. Other bytes give numbers that no name has. */
#define NAME_KEY(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)

static uint32_t name_key(str text)
{
    return text.len < 3 ? 0
                        : NAME_KEY((unsigned char)(text.data[0] | 0x20), (unsigned char)(text.data[1] | 0x20),
                                   (unsigned char)(text.data[2] | 0x20));
}

struct calendar_name {
    uint32_t key; /* of the first three letters */
    str tail;
};

static const struct calendar_name months[12] = {
    {NAME_KEY('j', 'a', 'n'), {"uary", 4}},   {NAME_KEY('f', 'e', 'b'), {"ruary", 5}},
    {NAME_KEY('m', 'a', 'r'), {"ch", 2}},     {NAME_KEY('a', 'p', 'r'), {"il", 2}},
    {NAME_KEY('m', 'a', 'y'), {"", 0}},       {NAME_KEY('j', 'u', 'n'), {"e", 1}},
    {NAME_KEY('j', 'u', 'l'), {"y", 1}},      {NAME_KEY('a', 'u', 'g'), {"ust", 3}},
    {NAME_KEY('s', 'e', 'p'), {"tember", 6}}, {NAME_KEY('o', 'c', 't'), {"ober", 4}},
    {NAME_KEY('n', 'o', 'v'), {"ember", 5}},  {NAME_KEY('d', 'e', 'c'), {"ember", 5}},
};

static const struct calendar_name weekdays[7] = {
    {NAME_KEY('s', 'u', 'n'), {"day", 3}},   {NAME_KEY('m', 'o', 'n'), {"day", 3}},
    {NAME_KEY('t', 'u', 'e'), {"sday", 4}},  {NAME_KEY('w', 'e', 'd'), {"nesday", 6}},
    {NAME_KEY('t', 'h', 'u'), {"rsday", 5}}, {NAME_KEY('f', 'r', 'i'), {"day", 3}},
    {NAME_KEY('s', 'a', 't'), {"urday", 5}},
};

/* Three letters, or the whole name: its index, or -1. */
static int take_name(str *rest, const struct calendar_name *names, int count)
{
    uint32_t key = name_key(*rest);
    for (int i = 0; i < count; i++) {
        if (names[i].key == key) {
            *rest = str_skip(*rest, 3);
            if (has_prefix_ignore_case(*rest, names[i].tail)) {
                *rest = str_skip(*rest, names[i].tail.len);
            }
            return i;
        }
    }
    return -1;
}

static bool take_month_name(str *rest, int *ret_month)
{
    *ret_month = take_name(rest, months, 12) + 1;
    return *ret_month > 0;
}

static bool take_weekday(str *rest)
{
    return take_name(rest, weekdays, 7) >= 0;
}

/* Digits behind a point or comma, of which three count. */
static void take_fraction(str *rest, int *ret_millisecond)
{
    if (rest->len < 2 || (rest->data[0] != '.' && rest->data[0] != ',') || !ascii_is_digit(rest->data[1])) {
        return;
    }
    static const int weights[] = {100, 10, 1};
    size_t digits = count_digits(str_skip(*rest, 1));
    int value = 0;
    for (size_t i = 0; i < digits && i < countof(weights); i++) {
        value += (rest->data[1 + i] - '0') * weights[i];
    }
    *ret_millisecond = value;
    *rest = str_skip(*rest, 1 + digits);
}

/* hh:mm:ss with an optional fraction. */
static bool take_clock(str *rest, struct civil *civil)
{
    str at = *rest;
    if (!take_number(&at, 1, 2, &civil->hour) || !take_char(&at, ':') || !take_number(&at, 2, 2, &civil->minute) ||
        !take_char(&at, ':') || !take_number(&at, 2, 2, &civil->second)) {
        return false;
    }
    civil->second = civil->second == 60 ? 59 : civil->second; /* leap second */
    take_fraction(&at, &civil->millisecond);
    *rest = at;
    return true;
}

/* ---- zones ---- */

/* Abbreviations are ambiguous; these are the readings that Java and GNU date share, and what they do not decide is that
   of the larger number of senders. */
static const struct {
    const char *name;
    int minutes;
} zone_abbreviations[] = {
    {"Z", 0},      {"UTC", 0},     {"GMT", 0},     {"UT", 0},     {"WET", 0},    {"WEST", 60},  {"CET", 60},
    {"CEST", 120}, {"MET", 60},    {"MEST", 120},  {"EET", 120},  {"EEST", 180}, {"BST", 60},   {"MSK", 180},
    {"EST", -300}, {"EDT", -240},  {"CST", -360},  {"CDT", -300}, {"MST", -420}, {"MDT", -360}, {"PST", -480},
    {"PDT", -420}, {"AKST", -540}, {"AKDT", -480}, {"HST", -600}, {"IST", 330},  {"PKT", 300},  {"ICT", 420},
    {"SGT", 480},  {"HKT", 480},   {"AWST", 480},  {"JST", 540},  {"KST", 540},  {"ACST", 570}, {"ACDT", 630},
    {"AEST", 600}, {"AEDT", 660},  {"NZST", 720},  {"NZDT", 780}, {"BRT", -180}, {"ART", -180}, {"SAST", 120},
};

bool log_time_zone_abbreviation(str name, int32_t *ret_offset_s)
{
    for (size_t i = 0; i < countof(zone_abbreviations); i++) {
        if (str_eq_ignore_case(name, str_from_cstring(zone_abbreviations[i].name))) {
            *ret_offset_s = zone_abbreviations[i].minutes * 60;
            return true;
        }
    }
    return false;
}

struct zone_suffix {
    bool is_present;
    int32_t offset_s;
};

/* +hh, +hhmm, +hh:mm; also behind GMT or UTC. */
static bool take_numeric_offset(str *rest, int32_t *ret_offset_s)
{
    if (rest->len < 3 || (rest->data[0] != '+' && rest->data[0] != '-')) {
        return false;
    }
    bool is_negative = rest->data[0] == '-';
    str at = str_skip(*rest, 1);
    int hours;
    int minutes = 0;
    if (!take_number(&at, 2, 2, &hours)) {
        return false;
    }
    str behind = at;
    (void)take_char(&behind, ':');
    if (take_number(&behind, 2, 2, &minutes)) {
        at = behind;
    }
    if (hours > 23 || minutes > 59) {
        return false;
    }
    int32_t offset_s = (hours * 60 + minutes) * 60;
    *ret_offset_s = is_negative ? -offset_s : offset_s;
    *rest = at;
    return true;
}

/* A zone directly at the front of *rest: offset, or capitals that are a known abbreviation. */
static bool take_zone(str *rest, struct zone_suffix *ret)
{
    if (take_numeric_offset(rest, &ret->offset_s)) {
        ret->is_present = true;
        return true;
    }
    size_t letters = 0;
    while (letters < rest->len && letters < 6 && rest->data[letters] >= 'A' && rest->data[letters] <= 'Z') {
        letters++;
    }
    if (letters == 0 || !log_time_zone_abbreviation(str_slice(*rest, 0, letters), &ret->offset_s)) {
        return false;
    }
    str at = str_skip(*rest, letters);
    int32_t more;
    if (ret->offset_s == 0 && take_numeric_offset(&at, &more)) { /* GMT+01:00 */
        ret->offset_s = more;
    }
    ret->is_present = true;
    *rest = at;
    return true;
}

/* ---- completing a civil time ---- */

static bool civil_complete(const struct civil *civil, const struct zone_suffix *suffix,
                           const struct log_time_context *context, int64_t *ret_ms)
{
    if (!suffix->is_present) {
        return civil_to_zone_ms(civil, context->zone, ret_ms);
    }
    int64_t local_ms;
    return civil_to_utc_ms(civil, &local_ms) &&
           !__builtin_sub_overflow(local_ms, suffix->offset_s * INT64_C(1000), ret_ms);
}

/* Eight years back there is a leap year even around 1900 and 2100. */
enum { YEARS_BACK = 8 };

static bool complete_without_year(struct civil civil, const struct zone_suffix *suffix,
                                  const struct log_time_context *context, int64_t *ret_ms)
{
    int64_t newest;
    if (__builtin_add_overflow(context->reference_ms, MS_PER_DAY, &newest)) {
        newest = context->reference_ms;
    }
    struct civil reference;
    civil_from_zone_ms(newest, context->zone, &reference);
    /* An offset may push the time over the turn of the year. */
    int64_t first_year = reference.year + suffix->is_present;
    for (int back = 0; back <= YEARS_BACK; back++) {
        civil.year = first_year - back;
        int64_t ms;
        if (civil_complete(&civil, suffix, context, &ms) && ms <= newest) {
            *ret_ms = ms;
            return true;
        }
    }
    return false;
}

/* A time ends where something else begins; "23:10:141" is none. */
static bool ends_here(str rest)
{
    if (rest.len == 0) {
        return true;
    }
    char c = rest.data[0];
    return c == ' ' || c == '\t' || c == ':' || c == ']' || c == ')' || c == ',' || c == ';' || c == '|' || c == '"';
}

/* A blank and a year, as date(1) and asctime write it behind the clock. */
static bool take_year_behind(str *rest, int64_t *ret_year)
{
    str at = *rest;
    take_blanks(&at);
    int number;
    if (at.data == rest->data || !take_number(&at, 4, 4, &number) || !ends_here(at) || number < 1970 || number > 2199) {
        return false;
    }
    *ret_year = number;
    *rest = at;
    return true;
}

/* The word behind a blank may be a zone or the name of a host: EST, MET. It is a zone if it cannot be anything else. */
static bool is_surely_zone(str word, str behind)
{
    int64_t year;
    return behind.len == 0 || behind.data[0] == ':' || word.data[0] == '+' || word.data[0] == '-' ||
           str_eq(word, STR("UTC")) || str_eq(word, STR("GMT")) || take_year_behind(&behind, &year);
}

/* What may follow the clock: a zone (with or without a blank), then a year. */
static void take_zone_and_year(str *rest, struct zone_suffix *suffix, bool *has_year, int64_t *year)
{
    str at = *rest;
    take_blanks(&at);
    str word = at;
    struct zone_suffix found = {0};
    if (take_zone(&at, &found) && ends_here(at)) {
        word.len -= at.len;
        if (word.data == rest->data || is_surely_zone(word, at)) {
            *suffix = found;
            *rest = at;
        }
    }
    if (!*has_year && take_year_behind(rest, year)) {
        *has_year = true;
    }
}

/* What stands behind the clock of a time that has its year. */
static bool finish_with_year(struct civil civil, str at, const struct log_time_context *context, str *rest,
                             int64_t *ret_ms)
{
    struct zone_suffix suffix = {0};
    bool has_year = true;
    int64_t ignored = 0;
    take_zone_and_year(&at, &suffix, &has_year, &ignored);
    if (!ends_here(at) || !civil_complete(&civil, &suffix, context, ret_ms)) {
        return false;
    }
    *rest = at;
    return true;
}

/* ---- the shapes ---- */

/* 2026-11-23T03:10:14, 2026/11/23 03:10:14 */
static bool scan_iso(str *rest, const struct log_time_context *context, int64_t *ret_ms)
{
    str at = *rest;
    if (at.len < 19 || (at.data[4] != '-' && at.data[4] != '/') || at.data[7] != at.data[4]) {
        return false;
    }
    struct civil civil = {0};
    int year;
    char separator = at.data[4];
    if (!take_number(&at, 4, 4, &year) || !take_char(&at, separator) || !take_number(&at, 2, 2, &civil.month) ||
        !take_char(&at, separator) || !take_number(&at, 2, 2, &civil.day) ||
        !(take_char(&at, 'T') || take_char(&at, 't') || take_char(&at, ' ')) || at.data[0] == ' ' ||
        !take_clock(&at, &civil)) {
        return false;
    }
    civil.year = year;
    return finish_with_year(civil, at, context, rest, ret_ms);
}

/* [2026 ]Nov 23[,] [2026 ]03:10:14[.123][ zone][ 2026]; a weekday in front is the caller's. */
static bool scan_month_first(str *rest, const struct log_time_context *context, int64_t *ret_ms)
{
    str at = *rest;
    struct civil civil = {0};
    int year = 0;
    bool has_year = at.len > 5 && at.data[4] == ' ' && take_number(&at, 4, 4, &year);
    take_blanks(&at);
    if (!take_month_name(&at, &civil.month) || at.len == 0 || (at.data[0] != ' ' && at.data[0] != '\t')) {
        return false;
    }
    take_blanks(&at);
    if (!take_number(&at, 1, 2, &civil.day)) {
        return false;
    }
    (void)take_char(&at, ',');
    take_blanks(&at);
    if (!has_year && at.len > 4 && at.data[4] == ' ' && take_number(&at, 4, 4, &year)) {
        has_year = true;
        take_blanks(&at);
    }
    if (!take_clock(&at, &civil)) {
        return false;
    }
    civil.year = year;
    struct zone_suffix suffix = {0};
    take_zone_and_year(&at, &suffix, &has_year, &civil.year);
    bool is_good = ends_here(at) && (has_year ? civil_complete(&civil, &suffix, context, ret_ms)
                                              : complete_without_year(civil, &suffix, context, ret_ms));
    if (is_good) {
        *rest = at;
    }
    return is_good;
}

/* 23 Nov 2026 03:10:14, 23/Nov/2026:03:10:14 +0100, 23-Nov-2026 03:10:14 */
static bool scan_day_first(str *rest, const struct log_time_context *context, int64_t *ret_ms)
{
    str at = *rest;
    struct civil civil = {0};
    int year;
    if (!take_number(&at, 1, 2, &civil.day) || at.len < 10 ||
        !(at.data[0] == ' ' || at.data[0] == '/' || at.data[0] == '-')) {
        return false;
    }
    char separator = at.data[0];
    if (!take_char(&at, separator) || !take_month_name(&at, &civil.month) || !take_char(&at, separator) ||
        !take_number(&at, 4, 4, &year) || !(take_char(&at, ' ') || take_char(&at, ':')) || !take_clock(&at, &civil)) {
        return false;
    }
    civil.year = year;
    return finish_with_year(civil, at, context, rest, ret_ms);
}

size_t log_time_scan(str text, const struct log_time_context *context, int64_t *ret_ms)
{
    str rest = text;
    if (rest.len < 8) {
        return 0;
    }
    if (ascii_is_digit(rest.data[0])) {
        if (!scan_iso(&rest, context, ret_ms) && !scan_day_first(&rest, context, ret_ms) &&
            !scan_month_first(&rest, context, ret_ms)) {
            return 0;
        }
        return text.len - rest.len;
    }
    if (!ascii_is_alpha(rest.data[0])) {
        return 0;
    }
    if (take_weekday(&rest)) {
        (void)take_char(&rest, ',');
        if (!take_char(&rest, ' ')) {
            return 0;
        }
        take_blanks(&rest);
        if (scan_day_first(&rest, context, ret_ms)) { /* RFC 2822 */
            return text.len - rest.len;
        }
    }
    return scan_month_first(&rest, context, ret_ms) ? text.len - rest.len : 0;
}

/* ---- whole texts ---- */

/* The unit follows from the number of digits: 9 or 10 are seconds since 1973, 12 or 13 milliseconds, and so on. */
static bool parse_epoch(str text, int64_t *ret_ms)
{
    size_t digits = count_digits(text);
    if (digits == 0 || digits > 19) {
        return false;
    }
    str rest = str_skip(text, digits);
    int64_t value;
    int fraction_ms = 0;
    take_fraction(&rest, &fraction_ms);
    if (rest.len > 0 || !str_to_i64(str_slice(text, 0, digits), &value)) {
        return false;
    }
    if (digits < 9 || digits % 3 == 2) { /* counters, and dates written as one number */
        return false;
    }
    *ret_ms = digits <= 10   ? value * 1000 + fraction_ms
              : digits <= 13 ? value
              : digits <= 16 ? value / 1000
                             : value / 1000000;
    return true;
}

static str strip_quotes(str text)
{
    text = str_trim(text);
    if (text.len >= 2 && (text.data[0] == '"' || text.data[0] == '\'') && text.data[text.len - 1] == text.data[0]) {
        text = str_slice(text, 1, text.len - 1);
    }
    return str_trim(text);
}

bool log_time_parse(str text, const struct log_time_context *context, int64_t *ret_ms)
{
    text = strip_quotes(text);
    int64_t ms;
    size_t taken = log_time_scan(text, context, &ms);
    if (taken > 0 && taken == text.len) {
        *ret_ms = ms;
        return true;
    }
    return parse_epoch(text, ret_ms);
}

/* ---- patterns ---- */

struct pattern_time {
    struct civil civil;
    struct zone_suffix suffix;
    bool has_year;
    bool has_month;
    bool has_day;
    bool is_afternoon;
    bool has_half_day;
};

static bool take_pattern_year(str *text, size_t letters, struct pattern_time *time)
{
    int year;
    if (!take_number(text, letters <= 2 ? 2 : 4, letters == 2 ? 2 : 4, &year)) {
        return false;
    }
    time->civil.year = year < 100 ? year + (year < 70 ? 2000 : 1900) : year;
    time->has_year = true;
    return true;
}

static bool take_half_day(str *text, struct pattern_time *time)
{
    bool is_afternoon = has_prefix_ignore_case(*text, STR("PM"));
    if (!is_afternoon && !has_prefix_ignore_case(*text, STR("AM"))) {
        return false;
    }
    time->is_afternoon = is_afternoon;
    time->has_half_day = true;
    *text = str_skip(*text, 2);
    return true;
}

static bool take_pattern_millisecond(str *text, struct pattern_time *time)
{
    size_t digits = count_digits(*text);
    if (digits == 0) {
        return false;
    }
    /* Java reads "5" as 5 ms; more than three digits are a fraction in practice. */
    int value = 0; /* three digits or fewer always fit */
    str three = str_slice(*text, 0, digits > 3 ? 3 : digits);
    (void)take_number(&three, 1, 3, &value);
    time->civil.millisecond = value;
    *text = str_skip(*text, digits);
    return true;
}

/* One run of `letters` equal letters of the pattern. */
static bool take_pattern_field(char letter, size_t letters, str *text, struct pattern_time *time)
{
    switch (letter) {
    case 'y':
    case 'u':
    case 'Y':
        return take_pattern_year(text, letters, time);
    case 'M':
    case 'L':
        time->has_month = true;
        return letters >= 3 ? take_month_name(text, &time->civil.month) : take_number(text, 1, 2, &time->civil.month);
    case 'd':
        time->has_day = true;
        take_blanks(text); /* padded with a blank */
        return take_number(text, 1, 2, &time->civil.day);
    case 'H':
    case 'h':
    case 'k':
    case 'K':
        if (!take_number(text, 1, 2, &time->civil.hour)) {
            return false;
        }
        time->civil.hour %= letter == 'k' ? 24 : letter == 'h' ? 12 : 100;
        return true;
    case 'm':
        return take_number(text, 1, 2, &time->civil.minute);
    case 's':
        return take_number(text, 1, 2, &time->civil.second);
    case 'S':
        return take_pattern_millisecond(text, time);
    case 'a':
        return take_half_day(text, time);
    case 'E':
        return take_weekday(text);
    case 'z':
    case 'Z':
    case 'X':
        return take_zone(text, &time->suffix);
    default:
        return false;
    }
}

/* Text between quotes, '' for a quote, and every other non-letter stand for themselves. */
static bool take_pattern(str pattern, str *text, struct pattern_time *time)
{
    bool is_quoted = false;
    for (size_t at = 0; at < pattern.len;) {
        char c = pattern.data[at];
        if (c == '\'') {
            if (at + 1 < pattern.len && pattern.data[at + 1] == '\'') {
                if (!take_char(text, '\'')) {
                    return false;
                }
                at++;
            } else {
                is_quoted = !is_quoted;
            }
            at++;
        } else if (!is_quoted && ascii_is_alpha(c)) {
            size_t end = at;
            while (end < pattern.len && pattern.data[end] == c) {
                end++;
            }
            if (!take_pattern_field(c, end - at, text, time)) {
                return false;
            }
            at = end;
        } else {
            if (!is_quoted && c == ' ') {
                take_blanks(text);
            } else if (!take_char(text, c)) {
                return false;
            }
            at++;
        }
    }
    return true;
}

bool log_time_parse_pattern(str text, str pattern, const struct log_time_context *context, int64_t *ret_ms)
{
    text = strip_quotes(text);
    if (str_eq_ignore_case(pattern, STR("epoch"))) {
        return parse_epoch(text, ret_ms);
    }
    struct pattern_time time = {.civil = {.year = 1970, .month = 1, .day = 1}};
    if (pattern.len == 0 || !take_pattern(pattern, &text, &time) || str_trim(text).len > 0 || !time.has_month ||
        !time.has_day) {
        return false;
    }
    if (time.has_half_day) {
        time.civil.hour = time.civil.hour % 12 + (time.is_afternoon ? 12 : 0);
    }
    time.civil.second = time.civil.second == 60 ? 59 : time.civil.second;
    return time.has_year ? civil_complete(&time.civil, &time.suffix, context, ret_ms)
                         : complete_without_year(time.civil, &time.suffix, context, ret_ms);
}
