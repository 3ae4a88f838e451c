/* execute/group_codes.h
 * Groups found by the codes of their keys instead of by their texts: what a combination of dictionary entries was
 * found to be once is remembered. For aggregate.c, which knows what a group is; here it is a number.
 *
 *     begin (a push) -> find (each row), set what was not known -> ... forget when groups go
 *
 * A combination is a number with a digit for each key. Texts are numbered, the same text always alike, so that digits
 * do not depend on the dictionary at hand, and what is known outlives it. Where a key has too many texts for that, its
 * digits are codes, and all begins anew when its dictionary changes.
 * Memory: 8 MiB at the most, as much as there are combinations and texts, and nothing before the first push that has
 * codes. Threads: one.
 */
#ifndef EXECUTE_GROUP_CODES_H
#define EXECUTE_GROUP_CODES_H

#include "base/strbuf.h"
#include "column/column.h"

enum {
    GROUP_CODES_KEYS_MAX = 8, /* keys of a push that are codes; the others are the same in all its rows */
    GROUP_CODES_SLOT_BITS = 18,
    GROUP_CODES_SLOTS = 1 << GROUP_CODES_SLOT_BITS,
    GROUP_CODES_TEXTS = 8 * 1024,       /* that are numbered, of each key */
    GROUP_CODES_TEXT_BYTES = 256 * 1024 /* likewise */
};
#define GROUP_UNKNOWN UINT32_MAX

/* Texts of a key, numbered from 0. */
struct group_text {
    uint64_t hash;
    uint32_t from; /* in the heap */
    uint32_t len;
};
struct group_texts {
    struct group_text *texts; /* by number */
    uint32_t count;
    uint32_t *slots; /* numbers, more by 1; 0: free. Twice as many as texts have room */
    uint32_t capacity;
    struct strbuf heap;
};

/* A key whose values are codes. */
struct group_key {
    const struct column *column; /* of the push */
    uint64_t dictionary;         /* its id */
    bool has_codes;              /* its digits are codes: its texts are not numbered */
    uint32_t room;               /* digits that it may have; more than it has now */
    uint32_t *digits;            /* by code, unless has_codes; 0: not known yet */
    uint32_t digit_count;
    uint32_t digit_capacity;
    struct group_texts texts;
};

struct group_codes {
    struct group_key keys[GROUP_CODES_KEYS_MAX];
    uint32_t key_count;      /* that are codes */
    struct strbuf constants; /* which keys are no codes, and their values */
    struct strbuf scratch;
    uint64_t hash_seed;
    uint32_t size;          /* combinations; 0: nothing is known yet */
    bool is_hashed;         /* combinations are too many for a slot each: a slot remembers the last one that came */
    uint32_t *groups;       /* by slot */
    uint32_t *owners;       /* of a slot, if is_hashed */
    uint32_t slot_room;     /* allocated */
    uint64_t misses;        /* rows whose combination was not known, of so many */
    uint64_t rows;          /* pushed so far, */
    uint64_t slots_cleared; /* and what clearing has cost: dictionaries that change all the time are not worth it */
    uint32_t codes[BATCH_ROWS_MAX]; /* combination, by index in rows */
};

void group_codes_init(struct group_codes *codes, uint64_t hash_seed);
void group_codes_release(struct group_codes *codes);
/* The groups are gone. */
void group_codes_forget(struct group_codes *codes);

/* Combines the codes of rows. False: the keys have none, or it is not worth it, or memory is out. */
bool group_codes_begin(struct group_codes *codes, const struct column *const *keys, uint32_t key_count,
                       const uint16_t *rows, uint32_t row_count);

static inline uint32_t group_codes_slot(const struct group_codes *codes, uint32_t combination)
{
    return codes->is_hashed ? (combination * 2654435761u) >> (32 - GROUP_CODES_SLOT_BITS) : combination;
}
/* The group of the row with this index in rows; GROUP_UNKNOWN if it has to be looked for. */
static inline uint32_t group_codes_find(const struct group_codes *codes, uint32_t index)
{
    uint32_t combination = codes->codes[index];
    uint32_t slot = group_codes_slot(codes, combination);
    return codes->is_hashed && codes->owners[slot] != combination ? GROUP_UNKNOWN : codes->groups[slot];
}
static inline void group_codes_set(struct group_codes *codes, uint32_t index, uint32_t group)
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
