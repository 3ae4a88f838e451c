/* base/civil_time.h
 * Calendar and time zones, without libc's global TZ. Times are milliseconds since 1970-01-01T00:00:00Z.
 * Zones come from the system's zoneinfo files (TZif), read once; fixed offsets and UTC need no file.
 */
#ifndef BASE_CIVIL_TIME_H
#define BASE_CIVIL_TIME_H

#include "base/error.h"

struct civil {
    int64_t year;
    int month;       /* 1..12 */
    int day;         /* 1..31 */
    int hour;        /* 0..23 */
    int minute;      /* 0..59 */
    int second;      /* 0..59 (a leap second reads as 59) */
    int millisecond; /* 0..999 */
    int weekday;     /* 0 = Sunday */
    int day_of_year; /* 1..366 */
};

struct time_zone;

/* "UTC", "Z", "+02:00", "-0530", "Europe/Berlin", or "local" (the TZ variable, else /etc/localtime, else UTC).
 * A name that does not exist is TOCSIN_ERROR_USAGE. */
tocsin_status time_zone_open(str name, struct time_zone **ret_zone, struct error *err);
/* A zone from the bytes of a TZif file (RFC 8536 and 9636, versions 1 to 4), which need not be trusted. `name` is for
 * messages. Damaged bytes are TOCSIN_ERROR_INPUT. */
tocsin_status time_zone_open_tzif(str name, str bytes, struct time_zone **ret_zone, struct error *err);
void time_zone_close(struct time_zone *zone);
/* Seconds east of UTC at that time, and the abbreviation ("CET"; may be NULL if nobody asks), valid as long as the
 * zone. NULL zone = UTC. */
int32_t time_zone_offset(const struct time_zone *zone, int64_t time_ms, str *ret_abbreviation);

/* Days since 1970-01-01, proleptic Gregorian. The year lies within +-2^40; the day may run over the month's end. */
int64_t days_from_civil(int64_t year, int month, int day);
int days_in_month(int64_t year, int month);
/* Fields need not be normalised to anything else than valid ranges; no zone applied. False if a field is out of range
 * (February 30 included) or the result does not fit. */
bool civil_to_utc_ms(const struct civil *civil, int64_t *ret_ms);
void civil_from_utc_ms(int64_t time_ms, struct civil *ret);
/* The same in a zone. A local time that exists twice is the earlier one; one that does not exist is shifted forward. */
bool civil_to_zone_ms(const struct civil *civil, const struct time_zone *zone, int64_t *ret_ms);
void civil_from_zone_ms(int64_t time_ms, const struct time_zone *zone, struct civil *ret);

/* RFC 3339 and its common relaxations: 2026-11-23T03:10:14.123456Z, blank for T, comma for the point, any number of
 * fraction digits, offset +hh:mm, +hhmm, +hh or Z; no offset: `zone`. Whole text. */
bool time_parse_iso8601(str text, const struct time_zone *zone, int64_t *ret_ms);

/* The strings that AQL's START, STOP and PARSEDATETIME take (aql-reference 2.10), absolute and relative ("1 hour ago",
 * "now", "today", "yesterday"), ISO 8601 and epoch milliseconds. Blanks around are ignored. */
bool time_parse_query(str text, const struct time_zone *zone, int64_t now_ms, int64_t *ret_ms);

/* "2026-11-23T03:10:14.123Z" */
enum { TIME_TEXT_BYTES = 32 };
size_t time_format_iso8601(int64_t time_ms, char ret_text[TIME_TEXT_BYTES]);

int64_t clock_wall_ms(void);      /* the real clock */
int64_t clock_monotonic_ns(void); /* for speeds and progress */

#endif
