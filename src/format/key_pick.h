/* format/key_pick.h
 * Many keys of a LEEF, CEF or key=value message, found in one pass over its fields: json_pick.h's sibling.
 * A key is compared without case; in CEF the label of a field (cs1Label) counts as a key as well. The first field whose
 * value is not empty counts.
 * Memory: in the arena given to key_pick_init. Threads: immutable once the keys are added.
 */
#ifndef FORMAT_KEY_PICK_H
#define FORMAT_KEY_PICK_H

#include "base/error.h"
#include "format/message.h"

struct key_pick_entry;

struct key_pick {
    struct arena *arena;
    struct key_pick_entry *entries;
    size_t capacity; /* a power of two, at most half full */
    size_t key_count;
};

void key_pick_init(struct key_pick *pick, struct arena *arena);
/* The id of an equal key is the same; ids count from 0. */
tocsin_status key_pick_add(struct key_pick *pick, str key, size_t *ret_id, struct error *err);

/* `fields` has room for key_count pointers; NULL where the message has no such key. */
void key_pick_run(const struct key_pick *pick, const struct message *message, const struct message_field **fields);

#endif
