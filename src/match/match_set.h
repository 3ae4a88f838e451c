/* match/match_set.h
 * Many literals looked for in many values, in one pass over a contiguous heap of them.
 * A hit says that a value may hold a literal; whoever asked confirms it with its own comparison. There are no false
 * negatives: a value that holds a literal, or with ignored case the literal in other letter case (ILIKE's, or that of
 * UPPER and LOWER), is always a hit for it. A literal is looked for by its bytes, so what is not one for certain: a
 * value with a letter outside ASCII that some case mapping turns into an ASCII one (Kelvin sign, long s, dotted and
 * dotless i), and a literal of which nothing can be looked for as bytes, in values with bytes outside ASCII.
 * Which code runs: a pair finder for up to three literals, Hyperscan (or Vectorscan) with literals only for some
 * dozens, a table of grams for more; where these are not to be had, or not willing, an automaton of our own. Regular
 * expressions never go into it (docs/matching.md says what was measured). The time is linear in the heap's length,
 * whatever the values. Memory: a set and its scratch are allocated; values are views.
 * Threads: a compiled set is immutable; one scratch for each thread. Limits: LIMIT_MATCH_LITERALS,
 * LIMIT_MATCH_LITERAL_BYTES (what is longer is cut, which only adds hits), LIMIT_MATCH_HITS.
 */
#ifndef MATCH_MATCH_SET_H
#define MATCH_MATCH_SET_H

#include "base/error.h"
#include "base/str.h"

struct match_set;
struct match_scratch;

struct match_literal {
    str text; /* not empty; copied. Of one with a line end a part without is looked for */
    bool ignores_case;
    /* What else is known of a value that holds it, so that fewer values are hits; made use of if there are many. In
     * front of the text and behind it these stand, where '_' is any one character; the first of it all begins the
     * value, the last of it ends it. */
    str before;
    str behind;
    bool is_first; /* heaps must then have a line end in front of the first value */
    bool is_last;
};

/* Values one behind the other, each with one separator ('\n') behind it: value i is bytes[offsets[i] .. offsets[i + 1]
 * - 1). They may hold line ends themselves. MATCH_HEAP_PADDING bytes behind the last separator may be read, and hold
 * anything. */
enum { MATCH_HEAP_PADDING = 64 };
struct match_heap {
    const char *bytes;
    const uint32_t *offsets; /* count + 1 */
    uint32_t count;
    bool is_ascii; /* it is known that no byte lies outside ASCII; else that is looked up where it matters */
};

/* The value may hold every literal: it could not be told, or there were more hits than a scratch keeps. */
#define MATCH_EVERY_LITERAL UINT32_MAX

struct match_hit {
    uint32_t value;
    uint32_t literal; /* its index, or MATCH_EVERY_LITERAL, which is then the value's only hit */
};

/* TOCSIN_ERROR_LIMIT if there are too many literals, TOCSIN_ERROR_MEMORY. Twins are fine; with none nothing is a hit.
 */
tocsin_status match_set_compile(const struct match_literal *literals, uint32_t count, struct match_set **ret_set,
                                struct error *err);
/* The same for values like these (64 KiB of them and more are worth it): what they often hold is not what is looked for
 * first. Results are the same. */
tocsin_status match_set_compile_like(const struct match_literal *literals, uint32_t count,
                                     const struct match_heap *sample, struct match_set **ret_set, struct error *err);
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

/* "pairs", "hyperscan", "grams" or "automaton", for whoever explains. */
const char *match_set_code(const struct match_set *set);
/* Which code sets are compiled for: the best, unless a test asks for less. Not for use while sets are compiled. */
enum match_code { MATCH_BEST, MATCH_WITHOUT_PAIRS, MATCH_GRAMS, MATCH_AUTOMATON };
void match_use_code(enum match_code code);

#endif
