/* match/match_set.h
 * Many literals looked for in many values, in one pass over a contiguous heap of them.
 * A hit says that a value may hold a literal; whoever asked confirms it with its own comparison. There are no false
 * negatives: a value that holds a literal is always a hit for it. With ignored case, a value that has bytes outside
 * ASCII is a hit for every literal that ignores case (other letters fold into ASCII ones, too). Which code runs: a pair
 * finder for up to three literals, else Hyperscan (or Vectorscan) with literals only; regular expressions never go into
 * it (docs/matching.md says what was measured). Memory: a set and its scratch are allocated; values are views. Threads:
 * a compiled set is immutable; one scratch for each thread. Limits: LIMIT_MATCH_LITERALS, LIMIT_MATCH_LITERAL_BYTES
 * (what is longer is cut, which only adds hits).
 */
#ifndef MATCH_MATCH_SET_H
#define MATCH_MATCH_SET_H

#include "base/error.h"
#include "base/str.h"

struct match_set;
struct match_scratch;

struct match_literal {
    str text; /* not empty, without a line end; copied */
    bool ignores_case;
};

/* Values one behind the other, each with one separator ('\n') behind it: value i is heap[offsets[i] .. offsets[i + 1] -
 * 1). 64 bytes behind the last separator may be read. */
struct match_heap {
    const char *bytes;
    const uint32_t *offsets; /* count + 1 */
    uint32_t count;
};

struct match_hit {
    uint32_t value;
    uint32_t literal; /* its index */
};

/* TOCSIN_ERROR_LIMIT if there are too many literals, TOCSIN_ERROR_MEMORY. */
tocsin_status match_set_compile(const struct match_literal *literals, uint32_t count, struct match_set **ret_set,
                                struct error *err);
void match_set_free(struct match_set *set);
tocsin_status match_scratch_create(const struct match_set *set, struct match_scratch **ret_scratch, struct error *err);
void match_scratch_free(struct match_scratch *scratch);

/* A bit for each value that may hold any of the literals; `bits` has (count + 63) / 64 words and is written, not
 * added to. */
tocsin_status match_set_select(const struct match_set *set, struct match_scratch *scratch,
                               const struct match_heap *heap, uint64_t *bits, struct error *err);
/* Every pair of a value and a literal that it may hold, each once, in the order of values. The hits live in the scratch
 * until its next use. */
tocsin_status match_set_hits(const struct match_set *set, struct match_scratch *scratch, const struct match_heap *heap,
                             const struct match_hit **ret_hits, size_t *ret_count, struct error *err);

#endif
