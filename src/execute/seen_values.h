/* execute/seen_values.h
 * Which entries of dictionaries were added to which states of aggregates not long ago: adding one of them again to a
 * state that goes by different values only (MIN, MAX, UNIQUECOUNT, DISTINCTCOUNT) would change nothing.
 * Memory: 1 MiB, the caller's. Threads: one.
 */
#ifndef EXECUTE_SEEN_VALUES_H
#define EXECUTE_SEEN_VALUES_H

#include "column/column.h"

struct seen_value {
    const void *state; /* NULL: none */
    uint32_t code;
    uint32_t dictionary;
};
enum { SEEN_BITS = 16 };
struct seen_values {
    struct seen_value slots[1 << SEEN_BITS]; /* each remembers the last one that came */
};

/* A row with a value, of a column with codes. If it was not seen, it will have been. */
static inline bool seen_values_has(struct seen_values *seen, const void *state, const struct column *column,
                                   uint32_t row)
{
    const struct column_dictionary *dictionary = column->dictionary;
    uint32_t code = column->codes[row];
    if (code >= dictionary->count || dictionary->id > UINT32_MAX) {
        return false;
    }
    struct seen_value value = {state, code, (uint32_t)dictionary->id};
    uint64_t hash = str_hash_mix((uint64_t)(uintptr_t)state * 31 + ((uint64_t)value.dictionary << 32 | code));
    struct seen_value *slot = &seen->slots[hash >> (64 - SEEN_BITS)];
    if (slot->state == state && slot->code == code && slot->dictionary == value.dictionary) {
        return true;
    }
    *slot = value;
    return false;
}

#endif
