/* format/json_pick.h
 * Many paths into one JSON object, found in a single walk. For formats that look for the same thing under dozens of
 * names. Not for one path (json_find_path of base/json_reader.h).
 * A path is also found flattened, as many shippers write it: {"process.command_line": ...} for $.process.command_line.
 * Of equal keys the last counts. In a damaged text what stands in front of the damage is found, and a string that the
 * damage cuts is given as far as it goes.
 * Memory: the pick lives in the arena given to json_pick_init; values are views into the text. Threads: a pick is
 * immutable once its paths are added; each thread brings its own values.
 */
#ifndef FORMAT_JSON_PICK_H
#define FORMAT_JSON_PICK_H

#include "base/arena.h"
#include "base/json_reader.h"

struct json_pick_node;

struct json_pick {
    struct arena *arena;
    struct json_pick_node *root;
    size_t path_count;
};

enum { JSON_PICK_DEPTH_MAX = 24 };

tocsin_status json_pick_init(struct json_pick *pick, struct arena *arena, struct error *err);
/* Paths as json_path_parse takes them, at most JSON_PICK_DEPTH_MAX steps. The id of an equal path is the same; ids
 * count from 0. */
tocsin_status json_pick_add(struct json_pick *pick, str path, size_t *ret_id, struct error *err);

struct json_pick_result {
    bool is_damaged; /* no whole JSON value, or something stands behind it */
    bool is_cut;     /* ... because its end is missing */
};

/* `values` has room for path_count values; those not found have kind JSON_NONE. */
struct json_pick_result json_pick_run(const struct json_pick *pick, str json, struct json_value *values);

/* The value as text: strings unescaped, numbers and booleans as written, arrays of these joined by blanks (as an
 * argument vector is shown), objects as JSON. Null and nothing: empty. NULL data: out of memory. */
str json_pick_text(const struct json_value *value, struct arena *arena);

#endif
