/* format/universal_message.h
 * One line of the universal format, understood: its shape, its fields, and the messages inside it if it is a wrapper
 * (docker's json-file driver, journald's JSON export, log shippers, and one of these in another): they count as well.
 * Memory: decoded texts live in the arena given to universal_line_read; the rest are views into the line.
 * Threads: one.
 */
#ifndef FORMAT_UNIVERSAL_MESSAGE_H
#define FORMAT_UNIVERSAL_MESSAGE_H

#include "format/format.h"
#include "format/json_pick.h"
#include "format/key_pick.h"

/* A message and what was found in it. */
struct universal_part {
    struct log_frame frame; /* the header in front of it */
    str payload;            /* header included */
    str text;               /* without the header */
    struct message message;
    struct json_value *json;             /* by the JSON pick's ids */
    const struct message_field **fields; /* by the key pick's ids */
};

/* A message, what it wraps, what that wraps; text and the JSON behind it are two. */
enum { UNIVERSAL_PARTS_MAX = 4 };

struct universal_line {
    const struct key_pick *key_pick;
    const struct json_pick *pick;
    size_t inner_ids[16]; /* JSON paths that hold the wrapped message, best first */
    size_t inner_id_count;
    size_t stream_id;                                 /* json-file: "log" counts only beside "stream" */
    size_t identifier_id;                             /* journald: the program behind MESSAGE */
    struct universal_part parts[UNIVERSAL_PARTS_MAX]; /* the line itself first */
    size_t part_count;
};

/* Adds the paths of wrappers to the pick. Once both picks are complete, ..._allocate makes room for their values. */
tocsin_status universal_line_init(struct universal_line *line, struct key_pick *key_pick, struct json_pick *pick,
                                  struct error *err);
tocsin_status universal_line_allocate(struct universal_line *line, struct arena *arena, struct error *err);
void universal_line_release(struct universal_line *line);

/* False: out of memory. */
bool universal_line_read(struct universal_line *line, const struct log_line *from, const struct time_zone *zone,
                         int64_t reference_ms, struct arena *arena);

/* The shape of a text by its front, for detect. */
enum message_kind universal_guess_kind(str text, size_t *ret_begin);

#endif
