/* format/syslog_frame.h
 * The header that syslog puts in front of a message: RFC 3164 as it is found in the wild, RFC 5424, and the octet count
 * of RFC 6587. Called for each line that no format claims as it stands, so it decides by the first bytes.
 * Not the message: what follows the header is handed back untouched.
 * Memory: none; all parts are views into the line. Threads: any.
 *
 * A frame is recognised by one of
 *   - a priority <0> to <999> at the front (also behind an octet count)
 *   - a time at the front, followed by a host and a tag, a host, or nothing that looks like either: then the time is
 *     all the frame holds (host and application are empty)
 *   - "host tag[123]: " at the front
 * A frame inside a frame (a relay that adds its own header) gives way to the inner one, up to LEVELS deep.
 * LEEF and CEF headers are never taken for a tag.
 */
#ifndef FORMAT_SYSLOG_FRAME_H
#define FORMAT_SYSLOG_FRAME_H

#include "format/format.h"

/* False: no frame; the results are untouched. Times without a zone are read in `zone` (NULL = UTC); times without a
 * year get the year that puts them at or before reference_ms + 1 day. */
bool syslog_frame_parse(str line, const struct time_zone *zone, int64_t reference_ms, struct log_frame *ret_frame,
                        str *ret_message);

#endif
