/* format/universal_keys.h
 * Which values of a message fill event fields, by the list in universal_key_list.h. Not for custom properties
 * (property_extract.h).
 * Memory: tables in an arena; values are views into the message. Threads: immutable once created.
 */
#ifndef FORMAT_UNIVERSAL_KEYS_H
#define FORMAT_UNIVERSAL_KEYS_H

#include "format/universal_key_list.h"
#include "format/universal_message.h"

enum universal_target {
#define TARGET_ENUM(symbol, name, type, description) TARGET_##symbol,
    UNIVERSAL_TARGET_LIST(TARGET_ENUM)
#undef TARGET_ENUM
        TARGET_COUNT_OF_ALL
};

_Static_assert(TARGET_COUNT_OF_ALL <= 64, "a bit for each");

struct universal_keys;

/* For the targets of this set, a bit each; the others have no values. NULL: out of memory. */
struct universal_keys *universal_keys_create(struct arena *arena, uint64_t targets, struct json_pick *json_pick,
                                             struct key_pick *key_pick);

/* The values that a message has for a target, best first: call with *cursor 0 at first; false at the end. Decoded
 * values live in `arena`; one without memory is skipped. */
bool universal_keys_next(const struct universal_keys *keys, const struct universal_part *part,
                         enum universal_target target, struct arena *arena, size_t *cursor, str *ret_text);

/* For format_def: where each event field comes from; the seven are the header's and the properties'. */
#define UNIVERSAL_PLUS_ONE(target, kind, key) +1
enum {
    UNIVERSAL_KEY_COUNT = 0 UNIVERSAL_KEY_LIST(UNIVERSAL_PLUS_ONE),
    UNIVERSAL_FIELD_COUNT = UNIVERSAL_KEY_COUNT + 7
};
#undef UNIVERSAL_PLUS_ONE
extern const struct format_field universal_fields[UNIVERSAL_FIELD_COUNT];

#endif
