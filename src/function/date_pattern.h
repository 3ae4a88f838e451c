/* function/date_pattern.h
 * Patterns of Java's SimpleDateFormat, as DATEFORMAT and PARSETIMESTAMP take them (AQL reference 4.1.1), with English
 * names and weeks of the USA (from Sunday; week 1 holds 1 January). Not for log times: those have their own parsers.
 * Memory: a pattern lives in the arena it was compiled into. Threads: immutable.
 * Limit: LIMIT_DATE_PATTERN_BYTES.
 */
#ifndef FUNCTION_DATE_PATTERN_H
#define FUNCTION_DATE_PATTERN_H

#include "base/arena.h"
#include "base/civil_time.h"
#include "base/error.h"

struct date_pattern;

/* TOCSIN_ERROR_SYNTAX for a letter that means nothing, naming it, and for a quote that is not closed. */
tocsin_status date_pattern_compile(str text, struct arena *arena, const struct date_pattern **ret_pattern,
                                   struct error *err);

/* A time in a zone; what formatting needs. */
struct date_moment {
    struct civil civil;
    int32_t offset;   /* seconds east of UTC */
    str abbreviation; /* of the zone */
};
void date_moment_set(struct date_moment *moment, int64_t time_ms, const struct time_zone *zone);

/* Room that any time needs. */
size_t date_pattern_bytes_max(const struct date_pattern *pattern);
/* True if times within one second give different texts. */
bool date_pattern_shows_milliseconds(const struct date_pattern *pattern);
/* Writes at most date_pattern_bytes_max bytes and gives their number. */
size_t date_pattern_format(const struct date_pattern *pattern, const struct date_moment *moment, char *ret_text);

/* What a pattern is made of: a letter, repeated, or literal text (letter '\0'). False: there are no more. */
struct date_pattern_part {
    char letter;
    uint32_t count;
    str literal;
};
bool date_pattern_part_at(const struct date_pattern *pattern, size_t index, struct date_pattern_part *ret_part);

/* Text to time, as SimpleDateFormat reads it: what the pattern leaves out is taken from 1970-01-01 00:00, text behind
 * the pattern's end is ignored, `yy` means the 80 years before and 20 years behind `now_ms`. Unlike Java's lenient
 * default a field out of range (month 13) is no time. False: the text does not fit. */
bool date_pattern_parse(const struct date_pattern *pattern, str text, const struct time_zone *zone, int64_t now_ms,
                        int64_t *ret_ms);

#endif
