/* execute/unique_set.h
 * A set of values, for UNIQUECOUNT: exact, so it grows with what it holds. Values are bytes: of one fixed size, or of
 * any length (each then stored with its hash). Memory: from the arena given. The hash is seeded by the caller, since
 * the values come from attackers.
 */
#ifndef EXECUTE_UNIQUE_SET_H
#define EXECUTE_UNIQUE_SET_H

#include "execute/state_memory.h"

struct unique_set {
    void *slots;
    uint32_t count;    /* values in slots */
    uint32_t capacity; /* a power of two; 0 while empty */
    bool has_zero;     /* the value of zero bytes, which marks a free slot of a set of fixed size */
};

/* value_bytes: 8 or 16, or 0 for any length; the same in all calls. False when memory is out or at 2^31 values. An
 * empty set is all zero bytes. */
bool unique_set_add(struct unique_set *set, str value, size_t value_bytes, uint64_t seed, struct state_memory *memory)
    __attribute__((warn_unused_result));
static inline uint64_t unique_set_count(const struct unique_set *set)
{
    return (uint64_t)set->count + set->has_zero;
}

/* Calls `visit` with each value, in no order; texts are views into the set. */
void unique_set_each(const struct unique_set *set, size_t value_bytes, void (*visit)(void *context, str value),
                     void *context);

void unique_set_write(const struct unique_set *set, size_t value_bytes, struct strbuf *buffer);
bool unique_set_merge(struct unique_set *set, size_t value_bytes, uint64_t seed, str *bytes,
                      struct state_memory *memory) __attribute__((warn_unused_result));

#endif
