/* match/match_internal.h - the insides of a match set, shared by match_set.c and the three ways to look for literals.
 * An entry is a distinct text as it is looked for. Each way reports where an entry ends; the sink finds the value that
 * this is in, and keeps each pair once. Memory: a way's compiled form belongs to the set. */
#ifndef MATCH_MATCH_INTERNAL_H
#define MATCH_MATCH_INTERNAL_H

#include "base/limits.h"
#include "match/match_set.h"

struct match_entry {
    uint8_t bytes[LIMIT_MATCH_LITERAL_BYTES]; /* lower case where case is ignored; 0 behind the end */
    uint8_t masks[LIMIT_MATCH_LITERAL_BYTES]; /* 0x20 for such a letter, 0xFF where any byte fits (and then the byte is
                                                 0xFF), else 0: (c | mask) == byte if it fits */
    uint32_t len;
    uint32_t sure_at; /* the part that the value holds whatever stands for any character, and that is in one value */
    uint32_t sure_len;
    bool has_any;
    bool ignores_case;
    uint32_t member_start; /* literals that became this entry: in match_set.members */
    uint32_t member_count;
};

static inline bool match_entry_is_at(const struct match_entry *entry, const char *at)
{
    for (uint32_t i = 0; i < entry->len; i++) {
        if (((uint8_t)at[i] | entry->masks[i]) != entry->bytes[i]) {
            return false;
        }
    }
    return true;
}

/* How many bytes side by side are certain of the entry. */
static inline uint32_t match_entry_sure_bytes(const struct match_entry *entry)
{
    return entry->has_any ? entry->sure_len : entry->len;
}

static inline bool match_entry_sure_is_at(const struct match_entry *entry, const char *at)
{
    for (uint32_t i = entry->sure_at; i < entry->sure_at + entry->sure_len; i++) {
        if (((uint8_t)at[i - entry->sure_at] | entry->masks[i]) != entry->bytes[i]) {
            return false;
        }
    }
    return true;
}

/* What a pass has found. The cursor makes finding the value of a place cheap while places ascend. */
struct match_sink {
    const struct match_heap *heap;
    uint32_t value;   /* the cursor */
    uint64_t *bits;   /* of values that are hits, for match_set_select; else NULL */
    uint64_t *stamps; /* of entries: the last value they were found in, with the pass's number; else NULL */
    uint64_t pass;    /* in the upper half */
    struct match_hit *hits;
    size_t count;
    size_t capacity;
    uint64_t *every; /* of values that are hits for every literal */
    const uint64_t *high; /* of values with bytes outside ASCII; NULL: there are none, or nobody asks */
    bool is_every;   /* any of them */
    bool is_unsorted;
    bool is_out_of_memory;
    const struct match_entry *entries;
    const uint32_t *members;
};

/* The same for a place in front of the cursor. */
uint32_t match_sink_seek(struct match_sink *sink, uint32_t at);

/* The value that holds the byte at `at`, which is not a separator. */
static inline uint32_t match_sink_value(struct match_sink *sink, uint32_t at)
{
    const uint32_t *offsets = sink->heap->offsets;
    uint32_t value = sink->value;
    if (at < offsets[value]) {
        return match_sink_seek(sink, at);
    }
    while (at >= offsets[value + 1]) {
        value++;
    }
    sink->value = value;
    return value;
}

void match_sink_add_members(struct match_sink *sink, const struct match_entry *entry, uint32_t value);

static inline void match_sink_add(struct match_sink *sink, uint32_t entry, uint32_t value)
{
    if (sink->bits) {
        sink->bits[value / 64] |= UINT64_C(1) << value % 64;
    } else if (sink->stamps[entry] != (sink->pass | value)) {
        sink->stamps[entry] = sink->pass | value;
        match_sink_add_members(sink, &sink->entries[entry], value);
    }
}

/* What is certain of the entry may stand at `sure`; added if the entry does, or (where a character may have more bytes
 * than one) as much of it as is certain. */
bool match_sink_confirm(struct match_sink *sink, uint32_t index, uint32_t sure);

/* Each way takes the entries from `first` on, `count` of them. */

/* ---- up to three entries (match_pairs.c) ---- */

enum { MATCH_PAIRS_MAX = 3 };

struct match_pair {
    uint8_t byte[2];
    uint8_t mask[2];
    uint32_t offset[2];
};

struct match_pairs {
    const struct match_entry *entries; /* the first one of these */
    uint32_t first;
    uint32_t count;
    struct match_pair pairs[MATCH_PAIRS_MAX];
    const struct needle *needles; /* for processors without AVX2 */
};

struct arena;
/* False when memory is out. */
bool match_pairs_compile(struct match_pairs *pairs, struct arena *arena, const struct match_entry *entries,
                         uint32_t first, uint32_t count);
void match_pairs_scan(const struct match_pairs *pairs, struct match_sink *sink);

/* ---- entries of two bytes and more: an automaton of our own (match_automaton.c) ---- */

struct match_automaton;
/* NULL when memory is out. */
struct match_automaton *match_automaton_compile(const struct match_entry *entries, uint32_t first, uint32_t count);
void match_automaton_free(struct match_automaton *automaton);
void match_automaton_scan(const struct match_automaton *automaton, struct match_sink *sink);

/* ---- entries of two bytes and more: by their grams (match_grams.c) ---- */

/* Entries of which so many bytes are certain are looked for quickly. */
enum { MATCH_LONG_BYTES = 7 };

struct match_grams;
/* NULL when memory is out, or the entries are too much alike. The sample may be NULL. Only here entries may have bytes
 * that fit any other, and line ends at their ends, for the ends of a value. */
struct match_grams *match_grams_compile(const struct match_entry *entries, uint32_t first, uint32_t count,
                                        const struct match_heap *sample);
void match_grams_free(struct match_grams *grams);
void match_grams_scan(const struct match_grams *grams, struct match_sink *sink);

/* ---- entries of two bytes and more: the library (match_hyperscan.c) ---- */

struct match_hyperscan;
struct match_hyperscan_scratch;
/* NULL if there is no such library, or it does not want to: memory, a processor that it does not know. Of each entry
 * what is certain is looked for; what it has more is looked at where that stands. */
struct match_hyperscan *match_hyperscan_compile(const struct match_entry *entries, uint32_t first, uint32_t count);
void match_hyperscan_free(struct match_hyperscan *hyperscan);
/* NULL when memory is out. */
struct match_hyperscan_scratch *match_hyperscan_scratch_create(const struct match_hyperscan *hyperscan);
void match_hyperscan_scratch_free(struct match_hyperscan_scratch *scratch);
tocsin_status match_hyperscan_scan(const struct match_hyperscan *hyperscan, struct match_hyperscan_scratch *scratch,
                                   struct match_sink *sink, struct error *err);

#endif
