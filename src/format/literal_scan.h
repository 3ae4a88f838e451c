/* format/literal_scan.h
 * Which of some dozens of literals stand in a text, in one pass: the filter in front of regular expressions.
 * How: of each literal the rarest pair of neighbouring bytes goes into a bitmap of all pairs (8 KiB, it stays in the
 * first-level cache); only where the text's pair is in it are literals compared.
 * Memory: in the arena. Threads: immutable once compiled. Bytes are compared exactly, case matters.
 */
#ifndef FORMAT_LITERAL_SCAN_H
#define FORMAT_LITERAL_SCAN_H

#include "base/arena.h"

enum { LITERAL_SCAN_MAX = 256 };

struct literal_set {
    uint64_t words[LITERAL_SCAN_MAX / 64];
};

static inline void literal_set_add(struct literal_set *set, size_t id)
{
    set->words[id / 64] |= UINT64_C(1) << id % 64;
}
static inline bool literal_set_has(const struct literal_set *set, size_t id)
{
    return set->words[id / 64] >> id % 64 & 1;
}

static inline bool literal_set_intersects(const struct literal_set *a, const struct literal_set *b)
{
    uint64_t common = 0;
    for (size_t i = 0; i < countof(a->words); i++) {
        common |= a->words[i] & b->words[i];
    }
    return common != 0;
}

struct literal_scan;

/* At most LITERAL_SCAN_MAX literals of at least one byte; the id of a literal is its index. NULL: out of memory. */
struct literal_scan *literal_scan_compile(const str *literals, size_t count, struct arena *arena);

/* Adds those found to *set. Literals of one byte count as found without a look. */
void literal_scan_run(const struct literal_scan *scan, str text, struct literal_set *set);

#endif
