/* execute/group_codes.h
 * Groups found by the codes of their keys instead of by their texts: what a combination of dictionary entries was
 * found to be once is remembered. For aggregate.c, which knows what a group is.
 *
 *     begin (a push) -> find (each row), set what was not known -> ... forget when groups go
 *
 * Memory: 1 MiB at the most, nothing before the first push that has codes. Threads: one.
 */
#ifndef EXECUTE_GROUP_CODES_H
#define EXECUTE_GROUP_CODES_H

#include "base/strbuf.h"
#include "column/column.h"

/* Keys of a push that are codes; the others are the same in all its rows. */
enum { GROUP_CODES_KEYS_MAX = 8 };

struct group_codes {
    uint64_t dictionaries[GROUP_CODES_KEYS_MAX]; /* ids of those that the codes are of */
    uint32_t dictionary_count;
    struct strbuf constants; /* the keys that are no codes, encoded */
    struct strbuf scratch;
    uint32_t size;          /* combinations; 0: nothing is known yet */
    bool is_hashed;         /* combinations are too many for a slot each: a slot remembers the last one that came */
    void **groups;          /* by slot */
    uint32_t *owners;       /* of a slot, if is_hashed */
    uint32_t slot_count;    /* in use */
    uint64_t misses;        /* rows whose combination was not known, of so many */
    uint64_t rows;          /* pushed so far, */
    uint64_t slots_cleared; /* and what clearing has cost: dictionaries that change all the time are not worth it */
    uint32_t codes[BATCH_ROWS_MAX]; /* combination, by index in rows */
};

void group_codes_init(struct group_codes *codes);
void group_codes_release(struct group_codes *codes);
/* The groups are gone. */
void group_codes_forget(struct group_codes *codes);

/* Combines the codes of rows. False: the keys have none, or it is not worth it, or memory is out. */
bool group_codes_begin(struct group_codes *codes, const struct column *const *keys, uint32_t key_count,
                       const uint16_t *rows, uint32_t row_count);

enum { GROUP_CODES_SLOTS = 64 * 1024 };

static inline uint32_t group_codes_slot(const struct group_codes *codes, uint32_t combination)
{
    return codes->is_hashed ? (combination * 2654435761u) >> 16 : combination;
}
/* The group of the row with this index in rows; NULL if it is not known. */
static inline void *group_codes_find(const struct group_codes *codes, uint32_t index)
{
    uint32_t combination = codes->codes[index];
    uint32_t slot = group_codes_slot(codes, combination);
    return codes->is_hashed && codes->owners[slot] != combination ? NULL : codes->groups[slot];
}
static inline void group_codes_set(struct group_codes *codes, uint32_t index, void *group)
{
    uint32_t combination = codes->codes[index];
    uint32_t slot = group_codes_slot(codes, combination);
    codes->misses++;
    codes->groups[slot] = group;
    if (codes->is_hashed) {
        codes->owners[slot] = combination;
    }
}

#endif
