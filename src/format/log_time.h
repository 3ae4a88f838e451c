/* format/log_time.h
 * Times as log senders write them. For the frames and fields of syslog, CEF, LEEF, JSON and key=value lines.
 * Not for queries (base/civil_time.h has time_parse_query).
 * No allocation; any thread. Text without a zone is read in `zone` (NULL = UTC). Text without a year gets the year that
 * puts it at or before reference_ms + 1 day.
 */
#ifndef FORMAT_LOG_TIME_H
#define FORMAT_LOG_TIME_H

#include "base/civil_time.h"

struct log_time_context {
    const struct time_zone *zone;
    int64_t reference_ms;
};

/* Length of the time at the front of `text`, 0 if there is none. Takes
 *     2026-11-23T03:10:14.123+01:00   2026-11-23 03:10:14,123   2026/11/23 03:10:14
 *     Nov 23 03:10:14.123   Nov  3 2026 03:10:14   2026 Nov 23 03:10:14   Mon Nov 23 03:10:14 2026
 *     23 Nov 2026 03:10:14   23/Nov/2026:03:10:14 +0100
 * with an optional offset or zone abbreviation (UTC, EST, ...) behind it. It ends at a blank, ':', ']' or the end. */
size_t log_time_scan(str text, const struct log_time_context *context, int64_t *ret_ms);

/* The whole text (blanks and quotes around it aside): what log_time_scan takes, and seconds, milliseconds, microseconds
 * or nanoseconds since 1970, with or without a fraction. */
bool log_time_parse(str text, const struct log_time_context *context, int64_t *ret_ms);

/* The whole text by a Java SimpleDateFormat pattern, as LEEF's devTimeFormat gives it. Lenient as Java is: one letter
 * takes as many digits as there are. A pattern we do not know, or that does not fit: false. */
bool log_time_parse_pattern(str text, str pattern, const struct log_time_context *context, int64_t *ret_ms);

/* Seconds east of UTC of a zone abbreviation; false if it is none that we know. */
bool log_time_zone_abbreviation(str name, int32_t *ret_offset_s);

#endif
