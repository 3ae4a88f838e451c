/* time_zone.c - zones of civil_time.h: fixed offsets, TZif files, POSIX TZ rules.
 *
 * A rule ("CET-1CEST,M3.5.0,M10.5.0/3") is unrolled into transitions for 400 years when a zone is opened. The calendar
 * repeats after 400 years, so any later time is looked up that many years earlier, and a look-up is one binary search.
 */
#include "base/civil_time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"

enum {
    ZONE_TYPES_MAX = 256,
    ZONE_NAME_BYTES = 256,
    ABBREVIATION_BYTES = 64,
    RULE_YEARS = 402, /* two more than the cycle: look-ups go up to a year behind it */
    OFFSET_MAX = 26 * 3600 - 1,
};

/* Seconds after which the Gregorian calendar repeats: 146,097 days. */
#define CYCLE_SECONDS (INT64_C(146097) * 86400)
/* Times beyond cannot occur in milliseconds. Keeps sums of seconds far from overflow. */
#define SECONDS_MAX (INT64_MAX / 1000)
/* 1600-01-01: where a rule without a table begins. */
#define RULE_BEGIN      (INT64_C(-135140) * 86400)
#define ZONEINFO_FOLDER "/usr/share/zoneinfo/"

struct zone_type {
    int32_t offset; /* seconds east of UTC */
    uint8_t abbreviation_len;
    char abbreviation[ABBREVIATION_BYTES];
};

struct transition {
    int64_t at; /* seconds since 1970; the type holds from here on */
    uint32_t type;
};

struct time_zone {
    struct zone_type types[ZONE_TYPES_MAX + 2]; /* those of the file, then standard and daylight time of the rule */
    uint32_t type_count;
    uint32_t first_type; /* before the first transition */
    bool is_cyclic;      /* the transitions from `cycle_start` on repeat every 400 years */
    int64_t cycle_start;
    size_t transition_count;
    struct transition transitions[];
};

/* ---- POSIX TZ rules --------------------------------------------------------------------------------------------- */

enum day_kind { DAY_JULIAN /* 1..365, no February 29 */, DAY_ZERO_BASED /* 0..365 */, DAY_OF_WEEK /* Mm.w.d */ };

struct rule_date {
    enum day_kind kind;
    int month;
    int week;
    int day;
    int32_t time; /* seconds behind local midnight */
};

struct zone_rule {
    struct zone_type standard;
    struct zone_type daylight;
    bool has_daylight;
    struct rule_date start; /* of daylight time, in standard time */
    struct rule_date end;   /* in daylight time */
};

static bool take_char(str *text, char c)
{
    if (text->len > 0 && text->data[0] == c) {
        *text = str_skip(*text, 1);
        return true;
    }
    return false;
}

static bool take_number(str *text, int max, int *ret)
{
    int value = 0;
    size_t digits = 0;
    for (; digits < text->len && digits < 4 && ascii_is_digit(text->data[digits]); digits++) {
        value = value * 10 + (text->data[digits] - '0');
    }
    *text = str_skip(*text, digits);
    *ret = value;
    return digits > 0 && value <= max;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(str *text, int hours_max, int32_t *ret_seconds)
{
    bool is_negative = take_char(text, '-');
    if (!is_negative) {
        take_char(text, '+');
    }
    int hours;
    int minutes = 0;
    int seconds = 0;
    if (!take_number(text, hours_max, &hours) || (take_char(text, ':') && !take_number(text, 59, &minutes)) ||
        (take_char(text, ':') && !take_number(text, 59, &seconds))) {
        return false;
    }
    int32_t total = (hours * 60 + minutes) * 60 + seconds;
    *ret_seconds = is_negative ? -total : total;
    return true;
}

static bool abbreviation_is_valid(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < ' ' || name.data[i] > '~') {
            return false;
        }
    }
    return name.len > 0 && name.len <= ABBREVIATION_BYTES;
}

static bool type_set(struct zone_type *type, str abbreviation, int64_t offset)
{
    if (!abbreviation_is_valid(abbreviation) || offset < -OFFSET_MAX || offset > OFFSET_MAX) {
        return false;
    }
    type->offset = (int32_t)offset;
    type->abbreviation_len = (uint8_t)abbreviation.len;
    memcpy(type->abbreviation, abbreviation.data, abbreviation.len);
    return true;
}

/* Letters, or anything within < >. */
static bool take_abbreviation(str *text, str *ret)
{
    size_t len = 0;
    if (take_char(text, '<')) {
        len = str_find_char(*text, '>', 0);
        if (len == SIZE_MAX) {
            return false;
        }
        *ret = str_slice(*text, 0, len);
        *text = str_skip(*text, len + 1);
        return len > 0;
    }
    while (len < text->len && ascii_is_alpha(text->data[len])) {
        len++;
    }
    *ret = str_slice(*text, 0, len);
    *text = str_skip(*text, len);
    return len >= 3;
}

static bool take_date(str *text, struct rule_date *ret)
{
    struct rule_date date = {.time = 2 * 3600};
    if (take_char(text, 'M')) {
        date.kind = DAY_OF_WEEK;
        if (!take_number(text, 12, &date.month) || date.month < 1 || !take_char(text, '.') ||
            !take_number(text, 5, &date.week) || date.week < 1 || !take_char(text, '.') ||
            !take_number(text, 6, &date.day)) {
            return false;
        }
    } else {
        date.kind = take_char(text, 'J') ? DAY_JULIAN : DAY_ZERO_BASED;
        if (!take_number(text, 365, &date.day) || (date.kind == DAY_JULIAN && date.day < 1)) {
            return false;
        }
    }
    if (take_char(text, '/') && !take_time(text, 167, &date.time)) {
        return false;
    }
    *ret = date;
    return true;
}

static bool rule_parse(str text, struct zone_rule *ret)
{
    struct zone_rule rule = {0};
    str name;
    int32_t west; /* POSIX counts west of Greenwich */
    if (!take_abbreviation(&text, &name) || !take_time(&text, 24, &west) || !type_set(&rule.standard, name, -west)) {
        return false;
    }
    if (text.len > 0) {
        rule.has_daylight = true;
        if (!take_abbreviation(&text, &name)) {
            return false;
        }
        west -= 3600;
        if (text.len > 0 && text.data[0] != ',' && !take_time(&text, 24, &west)) {
            return false;
        }
        /* Without dates POSIX leaves them open; like glibc and tzcode: those of the United States. */
        str dates = text.len > 0 ? text : STR(",M3.2.0,M11.1.0");
        if (!type_set(&rule.daylight, name, -west) || !take_char(&dates, ',') || !take_date(&dates, &rule.start) ||
            !take_char(&dates, ',') || !take_date(&dates, &rule.end) || dates.len > 0) {
            return false;
        }
    }
    *ret = rule;
    return true;
}

/* Seconds since 1970 of the date in that year, as if local time were UTC. */
static int64_t rule_date_seconds(const struct rule_date *date, int64_t year)
{
    int64_t day = 0;
    switch (date->kind) {
    case DAY_JULIAN: /* day 60 is always March 1 */
        day = days_from_civil(year, 1, date->day) + (date->day >= 60 && days_in_month(year, 2) == 29);
        break;
    case DAY_ZERO_BASED:
        day = days_from_civil(year, 1, date->day + 1);
        break;
    case DAY_OF_WEEK: {
        int64_t first = days_from_civil(year, date->month, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7;
        int64_t offset = (date->day - weekday + 7) % 7 + (date->week - 1) * 7;
        if (offset >= days_in_month(year, date->month)) {
            offset -= 7; /* week 5 means the last */
        }
        day = first + offset;
        break;
    }
    }
    return day * 86400 + date->time;
}

/* Appends the rule's transitions behind `after` for one cycle. The zone has room for 2 * RULE_YEARS more. */
static void rule_unroll(struct time_zone *zone, const struct zone_rule *rule, int64_t after)
{
    uint32_t standard = zone->type_count++;
    zone->types[standard] = rule->standard;
    if (!rule->has_daylight) {
        if (zone->transition_count > 0) {
            /* The file's last type should be the rule's; should it not be, the rule counts from there on. */
            zone->transitions[zone->transition_count - 1].type = standard;
        } else {
            zone->first_type = standard;
        }
        return;
    }
    uint32_t daylight = zone->type_count++;
    zone->types[daylight] = rule->daylight;
    struct civil civil;
    civil_from_utc_ms(after * 1000, &civil);
    zone->is_cyclic = true;
    zone->cycle_start = after;
    for (int64_t year = civil.year; year < civil.year + RULE_YEARS; year++) {
        struct transition pair[2] = {
            {rule_date_seconds(&rule->start, year) - rule->standard.offset, daylight},
            {rule_date_seconds(&rule->end, year) - rule->daylight.offset, standard},
        };
        if (pair[0].at > pair[1].at) { /* south of the equator */
            struct transition swap = pair[0];
            pair[0] = pair[1];
            pair[1] = swap;
        }
        for (int i = 0; i < 2; i++) {
            size_t count = zone->transition_count;
            if (pair[i].at > after && (count == 0 || pair[i].at > zone->transitions[count - 1].at)) {
                zone->transitions[zone->transition_count++] = pair[i];
            } else if (count > 0 && pair[i].at == zone->transitions[count - 1].at) {
                zone->transitions[count - 1].type = pair[i].type; /* daylight time all year: its end is its start */
            } else if (count == 0) {
                zone->first_type = pair[i].type;
            }
        }
    }
}

static struct time_zone *zone_allocate(size_t transition_count_max)
{
    struct time_zone *zone =
        memory_allocate(sizeof(struct time_zone) + transition_count_max * sizeof(struct transition));
    if (zone) {
        memset(zone, 0, sizeof(*zone));
    }
    return zone;
}

static tocsin_status zone_from_rule(const struct zone_rule *rule, struct time_zone **ret_zone, struct error *err)
{
    struct time_zone *zone = zone_allocate(2 * RULE_YEARS);
    if (!zone) {
        return error_memory(err);
    }
    rule_unroll(zone, rule, RULE_BEGIN);
    *ret_zone = zone;
    return TOCSIN_OK;
}

/* ---- TZif files ------------------------------------------------------------------------------------------------- */

/* Header (44 bytes): "TZif", version, 15 reserved, six big-endian 32-bit counts. Then, with 4-byte (first block) or
 * 8-byte times: times[timecnt], type of each [timecnt], types[typecnt] of 6 bytes {offset, is daylight, abbreviation
 * index}, abbreviations[charcnt], leap seconds[leapcnt] of time + 4, standard/wall [isstdcnt], UT/local [isutcnt].
 * From version 2 on a second header and block with 8-byte times follow, then "\n" RULE "\n". */
enum { TZIF_HEADER_BYTES = 44 };

struct tzif_block {
    uint32_t isut_count, isstd_count, leap_count, time_count, type_count, char_count;
    size_t time_bytes; /* 4 or 8 */
    const char *times;
    const char *time_types;
    const char *types;
    const char *abbreviations;
    size_t end; /* offset behind the block */
};

static uint32_t read_u32(const char *bytes)
{
    const unsigned char *p = (const unsigned char *)bytes;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t read_time(const char *bytes, size_t time_bytes)
{
    if (time_bytes == 4) {
        return (int32_t)read_u32(bytes);
    }
    return (int64_t)((uint64_t)read_u32(bytes) << 32 | read_u32(bytes + 4));
}

/* The block whose header stands at `offset`; false if it does not lie within the bytes. */
static bool tzif_block_find(str bytes, size_t offset, size_t time_bytes, struct tzif_block *ret)
{
    if (bytes.len < offset || bytes.len - offset < TZIF_HEADER_BYTES ||
        !str_starts_with(str_skip(bytes, offset), STR("TZif"))) {
        return false;
    }
    const char *counts = bytes.data + offset + 20;
    struct tzif_block block = {
        .isut_count = read_u32(counts),
        .isstd_count = read_u32(counts + 4),
        .leap_count = read_u32(counts + 8),
        .time_count = read_u32(counts + 12),
        .type_count = read_u32(counts + 16),
        .char_count = read_u32(counts + 20),
        .time_bytes = time_bytes,
    };
    /* 64-bit sums of 32-bit counts cannot overflow. */
    uint64_t data_bytes = (uint64_t)block.time_count * (time_bytes + 1) + (uint64_t)block.type_count * 6 +
                          block.char_count + (uint64_t)block.leap_count * (time_bytes + 4) + block.isstd_count +
                          block.isut_count;
    if (data_bytes > bytes.len - offset - TZIF_HEADER_BYTES) {
        return false;
    }
    block.times = bytes.data + offset + TZIF_HEADER_BYTES;
    block.time_types = block.times + block.time_count * time_bytes;
    block.types = block.time_types + block.time_count;
    block.abbreviations = block.types + (size_t)block.type_count * 6;
    block.end = offset + TZIF_HEADER_BYTES + (size_t)data_bytes;
    *ret = block;
    return true;
}

static bool tzif_read_types(const struct tzif_block *block, struct time_zone *zone)
{
    if (block->type_count == 0 || block->type_count > ZONE_TYPES_MAX) {
        return false;
    }
    str abbreviations = str_from(block->abbreviations, block->char_count);
    for (uint32_t i = 0; i < block->type_count; i++) {
        const char *entry = block->types + (size_t)i * 6;
        size_t start = (unsigned char)entry[5];
        size_t end = str_find_char(abbreviations, '\0', start);
        if (end == SIZE_MAX ||
            !type_set(&zone->types[i], str_slice(abbreviations, start, end), (int32_t)read_u32(entry))) {
            return false;
        }
    }
    zone->type_count = block->type_count;
    return true;
}

static bool tzif_read_transitions(const struct tzif_block *block, struct time_zone *zone)
{
    for (uint32_t i = 0; i < block->time_count; i++) {
        int64_t at = read_time(block->times + i * block->time_bytes, block->time_bytes);
        unsigned char type = (unsigned char)block->time_types[i];
        size_t count = zone->transition_count;
        if (type >= block->type_count || (count > 0 && at <= zone->transitions[count - 1].at)) {
            return false;
        }
        at = at < -SECONDS_MAX ? -SECONDS_MAX : at > SECONDS_MAX ? SECONDS_MAX : at;
        if (count > 0 && at <= zone->transitions[count - 1].at) { /* clamped: none of these times can occur */
            zone->transitions[count - 1].type = type;
            continue;
        }
        zone->transitions[zone->transition_count++] = (struct transition){at, type};
    }
    return true;
}

/* "\nRULE\n" at the end of the file; an empty rule is allowed and means that nothing is known. */
static bool tzif_read_footer(str bytes, const struct tzif_block *block, struct time_zone *zone)
{
    str footer = str_skip(bytes, block->end);
    if (!take_char(&footer, '\n')) {
        return false;
    }
    size_t end = str_find_char(footer, '\n', 0);
    if (end == SIZE_MAX) {
        return false;
    }
    str text = str_slice(footer, 0, end);
    if (text.len == 0) {
        return true;
    }
    struct zone_rule rule;
    if (!rule_parse(text, &rule)) {
        return false;
    }
    size_t count = zone->transition_count;
    int64_t last = count > 0 ? zone->transitions[count - 1].at : RULE_BEGIN;
    /* A rule that starts at the end of time has nothing left to say. */
    if (last < SECONDS_MAX / 2) {
        rule_unroll(zone, &rule, last);
    }
    return true;
}

tocsin_status time_zone_open_tzif(str name, str bytes, struct time_zone **ret_zone, struct error *err)
{
    struct tzif_block block = {0};
    bool is_good = bytes.len <= LIMIT_ZONE_FILE_BYTES && tzif_block_find(bytes, 0, 4, &block);
    bool has_rule = is_good && bytes.data[4] >= '2';
    if (has_rule) {
        is_good = tzif_block_find(bytes, block.end, 8, &block);
    }
    if (is_good && block.leap_count > 0) {
        return error_set(err, TOCSIN_ERROR_INPUT, "time zone '%.*s' counts leap seconds, which is not supported",
                         STR_ARG(name));
    }
    struct time_zone *zone = zone_allocate(is_good ? block.time_count + (size_t)2 * RULE_YEARS : 0);
    if (!zone) {
        return error_memory(err);
    }
    if (!is_good || !tzif_read_types(&block, zone) || !tzif_read_transitions(&block, zone) ||
        (has_rule && !tzif_read_footer(bytes, &block, zone))) {
        time_zone_close(zone);
        return error_set(err, TOCSIN_ERROR_INPUT, "time zone file '%.*s' is damaged", STR_ARG(name));
    }
    *ret_zone = zone;
    return TOCSIN_OK;
}

/* Reads a whole regular file of at most `capacity` bytes. 0, or the errno. */
static int file_read(const char *path, char *target, size_t capacity, size_t *ret_bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) {
        return errno;
    }
    struct stat status;
    int failure = fstat(file, &status) != 0  ? errno
                  : S_ISDIR(status.st_mode)  ? EISDIR
                  : !S_ISREG(status.st_mode) ? EINVAL
                                             : 0;
    size_t used = 0;
    while (failure == 0 && used < capacity) {
        ssize_t got = read(file, target + used, capacity - used);
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            failure = errno;
        }
        used += got > 0 ? (size_t)got : 0;
    }
    (void)close(file);
    *ret_bytes = used;
    return failure;
}

static tocsin_status zone_open_file(const char *path, str name, bool may_be_missing, struct time_zone **ret_zone,
                                    struct error *err)
{
    size_t capacity = LIMIT_ZONE_FILE_BYTES + 1; /* a longer file shows itself */
    char *bytes = memory_allocate(capacity);
    if (!bytes) {
        return error_memory(err);
    }
    size_t used = 0;
    int failure = file_read(path, bytes, capacity, &used);
    tocsin_status status;
    if (failure == ENOENT && may_be_missing) {
        status = time_zone_open(STR("UTC"), ret_zone, err);
    } else if (failure != 0) {
        status = error_system(err, TOCSIN_ERROR_USAGE, failure, "cannot read time zone '%.*s'", STR_ARG(name));
        error_hint(err, access(ZONEINFO_FOLDER, X_OK) == 0
                            ? "names look like Europe/Berlin, +02:00 or UTC"
                            : "this machine has no time zone files (package tzdata); +02:00 and UTC need none");
    } else {
        status = time_zone_open_tzif(name, str_from(bytes, used), ret_zone, err);
    }
    memory_free(bytes);
    return status;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* Z, UTC, +02:00, -0530, +2, UTC+02:00 and GMT-5. */
static bool fixed_offset_parse(str name, int32_t *ret_offset)
{
    if (str_eq_ignore_case(name, STR("Z"))) {
        *ret_offset = 0;
        return true;
    }
    str prefix = str_slice(name, 0, 3);
    if (str_eq_ignore_case(prefix, STR("UTC")) || str_eq_ignore_case(prefix, STR("GMT"))) {
        name = str_skip(name, 3);
        if (name.len == 0) {
            *ret_offset = 0;
            return true;
        }
    }
    if (name.len < 2 || (name.data[0] != '+' && name.data[0] != '-')) {
        return false;
    }
    bool is_west = name.data[0] == '-';
    name = str_skip(name, 1);
    size_t digits = 0;
    int fields[4] = {0};
    for (size_t i = 0; i < name.len; i++) {
        bool is_separator = name.data[i] == ':' && digits == 2 && i == 2 && name.len == 5;
        if (is_separator) {
            continue;
        }
        if (!ascii_is_digit(name.data[i]) || digits == 4) {
            return false;
        }
        fields[digits++] = name.data[i] - '0';
    }
    int hours = digits == 1 ? fields[0] : fields[0] * 10 + fields[1];
    int minutes = fields[2] * 10 + fields[3];
    if (digits == 0 || digits == 3 || hours > 18 || minutes > 59) {
        return false;
    }
    int32_t offset = (hours * 60 + minutes) * 60;
    *ret_offset = is_west ? -offset : offset;
    return true;
}

static tocsin_status zone_open_fixed(int32_t offset, struct time_zone **ret_zone, struct error *err)
{
    struct time_zone *zone = zone_allocate(0);
    if (!zone) {
        return error_memory(err);
    }
    int minutes = (offset < 0 ? -offset : offset) / 60;
    /* "GMT+02:00" is Java's name of such a zone. */
    char name[] = "GMT+hh:mm";
    name[3] = offset < 0 ? '-' : '+';
    name[4] = (char)('0' + minutes / 600);
    name[5] = (char)('0' + minutes / 60 % 10);
    name[7] = (char)('0' + minutes % 60 / 10);
    name[8] = (char)('0' + minutes % 10);
    (void)type_set(&zone->types[0], offset == 0 ? STR("UTC") : str_from(name, sizeof(name) - 1), offset);
    zone->type_count = 1;
    *ret_zone = zone;
    return TOCSIN_OK;
}

/* A name within the zoneinfo folder: no way out of it. */
static bool zone_name_is_safe(str name)
{
    if (name.len == 0 || name.len >= ZONE_NAME_BYTES || name.data[0] == '/' || str_contains(name, STR(".."))) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && !memchr("/_+-.", c, 5)) {
            return false;
        }
    }
    return true;
}

static tocsin_status zone_open_name(str name, struct time_zone **ret_zone, struct error *err)
{
    int32_t offset;
    if (fixed_offset_parse(name, &offset)) {
        return zone_open_fixed(offset, ret_zone, err);
    }
    if (!zone_name_is_safe(name)) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "'%.*s' is not a time zone", STR_ARG(name));
        error_hint(err, "names look like Europe/Berlin, +02:00 or UTC");
        return status;
    }
    char path[sizeof(ZONEINFO_FOLDER) + ZONE_NAME_BYTES] = ZONEINFO_FOLDER;
    memcpy(path + sizeof(ZONEINFO_FOLDER) - 1, name.data, name.len);
    path[sizeof(ZONEINFO_FOLDER) - 1 + name.len] = '\0';
    return zone_open_file(path, name, false, ret_zone, err);
}

/* As libc reads TZ: a name, a rule, or the path of a file; a colon may stand in front. */
static tocsin_status zone_open_local(struct time_zone **ret_zone, struct error *err)
{
    const char *variable = getenv("TZ");
    if (!variable) {
        return zone_open_file("/etc/localtime", STR("/etc/localtime"), true, ret_zone, err);
    }
    str name = str_from_cstring(variable);
    take_char(&name, ':');
    if (name.len == 0) {
        return zone_open_fixed(0, ret_zone, err);
    }
    struct zone_rule rule;
    tocsin_status status;
    if (rule_parse(name, &rule)) { /* before names: "EST5EDT" is both, and means the same */
        status = zone_from_rule(&rule, ret_zone, err);
    } else if (name.data[0] == '/') {
        status = zone_open_file(name.data, name, false, ret_zone, err);
    } else {
        status = zone_open_name(name, ret_zone, err);
    }
    if (status != TOCSIN_OK) {
        error_context(err, "environment variable TZ");
    }
    return status;
}

tocsin_status time_zone_open(str name, struct time_zone **ret_zone, struct error *err)
{
    return str_eq_ignore_case(name, STR("local")) ? zone_open_local(ret_zone, err)
                                                  : zone_open_name(name, ret_zone, err);
}

void time_zone_close(struct time_zone *zone)
{
    memory_free(zone);
}

/* ---- look-up ---------------------------------------------------------------------------------------------------- */

int32_t time_zone_offset(const struct time_zone *zone, int64_t time_ms, str *ret_abbreviation)
{
    if (!zone) {
        if (ret_abbreviation) {
            *ret_abbreviation = STR("UTC");
        }
        return 0;
    }
    int64_t seconds = time_ms / 1000 - (time_ms % 1000 < 0);
    if (zone->is_cyclic && seconds >= zone->cycle_start + CYCLE_SECONDS) {
        seconds = zone->cycle_start + (seconds - zone->cycle_start) % CYCLE_SECONDS;
        /* The first months of a cycle lie before its first transition, where the file's last type may still hold;
           the same months 400 years on are the rule's. */
        seconds += seconds < zone->cycle_start + INT64_C(366) * 86400 ? CYCLE_SECONDS : 0;
    }
    size_t low = 0;
    size_t high = zone->transition_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->transitions[middle].at <= seconds) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const struct zone_type *type = &zone->types[low > 0 ? zone->transitions[low - 1].type : zone->first_type];
    if (ret_abbreviation) {
        *ret_abbreviation = str_from(type->abbreviation, type->abbreviation_len);
    }
    return type->offset;
}
