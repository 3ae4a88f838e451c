/* match/needle.h
 * One literal, searched in many short values, with or without ASCII case: the inner loop of LIKE '%literal%'.
 * Not for other letters' case (like.c handles them) and not for many literals at once.
 * How: two of the literal's rarest bytes are compared with 32 (AVX2) or 16 (SSE2) positions at a time, and only where
 * both fit is the whole literal compared. Hostile values that make this fail often are handed to a linear search
 * (Knuth-Morris-Pratt), so the time is linear in the value's length for every input.
 * Never reads outside a value. Memory: in the arena given to needle_compile. Threads: immutable once compiled.
 */
#ifndef MATCH_NEEDLE_H
#define MATCH_NEEDLE_H

#include "base/arena.h"

enum { NEEDLE_HEAD = 16, NEEDLE_PAIR_SPAN = 32 };

struct needle {
    const uint8_t *bytes;    /* lower case where case is ignored */
    const uint8_t *masks;    /* 0x20 for such a letter, else 0: (c | mask) == byte is the comparison */
    const uint32_t *borders; /* Knuth-Morris-Pratt table; NULL for literals compared in one step */
    size_t len;              /* at least 1 */
    uint32_t pair[2];        /* offsets of the two rare bytes, ascending, below NEEDLE_PAIR_SPAN */
    uint32_t head_bits;      /* a bit for each of the first NEEDLE_HEAD bytes */
    uint8_t head_bytes[NEEDLE_HEAD];
    uint8_t head_masks[NEEDLE_HEAD];
};

/* False when memory is out. The literal is not empty. */
bool needle_compile(struct arena *arena, str literal, bool ignores_case, struct needle *ret)
    __attribute__((warn_unused_result));

/* Index of the first occurrence at or behind `from`, or SIZE_MAX. */
size_t needle_find(const struct needle *needle, str value, size_t from);

/* True if the literal stands at `at`, which leaves room for it. */
bool needle_is_at(const struct needle *needle, str value, size_t at);

/* A second opinion on a value that does not hold the literal but has bytes outside ASCII. */
typedef bool needle_decide(const void *context, str value);

/* Rows whose value holds the literal, or for which `decide` (may be NULL) says so, in order; ret_rows may be `rows`. */
size_t needle_select(const struct needle *needle, const str *values, const uint16_t *rows, size_t row_count,
                     uint16_t *ret_rows, needle_decide *decide, const void *context);

/* True if any byte is outside ASCII. */
bool text_has_high_byte(str value);

/* How common a byte is in command lines and logs: 0 the rarest, below 256. */
unsigned needle_byte_rank(uint8_t byte);

/* Which code runs: the best the processor has, unless a test asks for less. Not for use while searches run. */
enum needle_kernel { NEEDLE_BEST, NEEDLE_SSE2, NEEDLE_PORTABLE };
void needle_use_kernel(enum needle_kernel kernel);
/* AVX2 is there and not unwanted. */
bool needle_has_avx2(void);

#endif
