/* store/text_dictionary.h
 * The different texts of a column while a segment grows: a number for each, in the order in which they were first seen
 * until those of a block are sorted.
 * Texts are looked up in groups, so that the memory of many can be on its way at the same time.
 * Memory: a dictionary owns its arrays; how large it may get is for its owner to watch. Threads: one.
 * Texts come from attackers: the seed of the hash is random.
 */
#ifndef STORE_TEXT_DICTIONARY_H
#define STORE_TEXT_DICTIONARY_H

#include "base/strbuf.h"

enum { TEXT_GROUP = 256 };

struct text_slot {
    uint32_t hash;
    uint32_t code_and_one; /* 0: free */
};

/* A text that was met lately: most values of most columns are one of few, which are found here without a hash of the
 * whole text; if they are short, without a look at the entries. */
struct recent_text {
    uint64_t front; /* its first and its last bytes */
    uint64_t back;
    uint32_t length;
    uint32_t code_and_one; /* 0: none */
};

enum { RECENT_BITS = 9, RECENT_TEXTS = 1 << RECENT_BITS };

struct text_dictionary {
    struct strbuf heap; /* each entry with a separator behind it */
    uint32_t *offsets;  /* of entries, and where the next one would begin */
    uint32_t count;
    uint32_t capacity;
    struct text_slot *slots; /* open addressing, at most half of them taken */
    uint32_t slot_count;
    struct recent_text *recent; /* RECENT_TEXTS; NULL until there is an entry */
    uint32_t flushed; /* entries that blocks hold already */
    uint64_t seed;
};

void text_dictionary_init(struct text_dictionary *dictionary, uint64_t seed);
void text_dictionary_release(struct text_dictionary *dictionary);
/* Back to no entries. */
void text_dictionary_clear(struct text_dictionary *dictionary);
/* The same, but memory is kept for as many again. */
void text_dictionary_restart(struct text_dictionary *dictionary);

/* The codes of up to TEXT_GROUP texts; those that are new are added. False: memory; it is then only good to be
 * released. */
bool text_dictionary_codes(struct text_dictionary *dictionary, const str *texts, uint32_t count, uint32_t *ret_codes)
    __attribute__((warn_unused_result));

/* Puts the entries that no block holds yet into the order of their first bytes, those that begin alike in the order in
 * which they came. *ret_codes, for its caller to free, has the new code of each of them; NULL: they stay as they are.
 * `stays_open`: texts are looked up and added afterwards; else first comes a restart. False: memory. */
bool text_dictionary_sort_new(struct text_dictionary *dictionary, bool stays_open, uint32_t **ret_codes)
    __attribute__((warn_unused_result));

/* Back to the entries that blocks hold. Nothing can be looked up or added any more. */
void text_dictionary_close(struct text_dictionary *dictionary);

static inline str text_dictionary_entry(const struct text_dictionary *dictionary, uint32_t code)
{
    uint32_t from = dictionary->offsets[code];
    return (str){dictionary->heap.data + from, dictionary->offsets[code + 1] - from - 1};
}
/* Of entries from `first` on, separators included. */
static inline size_t text_dictionary_bytes_from(const struct text_dictionary *dictionary, uint32_t first)
{
    return dictionary->heap.len - (first > 0 ? dictionary->offsets[first] : 0);
}

#endif
