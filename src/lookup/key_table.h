/* lookup/key_table.h
 * Texts from a file, each known by its number: 0, 1, 2 in the order in which they were added. What a key stands for is
 * kept by the caller, in an array of his own. For millions of keys: 16 bytes each, and 8 to 16 more for finding it.
 * Keys come from outside: the hash is seeded, so that nobody can choose keys that fall on one another.
 * Memory: two blocks of its own; the keys are views, and live where the caller keeps them. Threads: any may search
 * once nothing is added any more. Limit: LIMIT_REFERENCE_ELEMENTS, checked by the callers, who can say what of.
 */
#ifndef LOOKUP_KEY_TABLE_H
#define LOOKUP_KEY_TABLE_H

#include "base/str.h"

struct key_slot;

struct key_table {
    str *keys; /* by number */
    uint32_t count;
    uint32_t capacity;
    struct key_slot *slots;
    uint32_t slot_mask;
    uint64_t seed;
};

#define KEY_NONE UINT32_MAX

void key_table_init(struct key_table *table);
void key_table_release(struct key_table *table);

/* The number of the key, or KEY_NONE. */
uint32_t key_table_find(const struct key_table *table, str key);

/* The number of the key, which is added if it is not there: then the number is the count there was. KEY_NONE: memory
 * is out. */
uint32_t key_table_add(struct key_table *table, str key);

#endif
