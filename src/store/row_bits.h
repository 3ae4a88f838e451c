/* store/row_bits.h
 * Sets of rows of a block as bits, and the loops that map what is known of values and codes to them.
 * A set has (count + 63) / 64 words; bits behind the last row are zero. Memory: the caller's. Threads: any.
 */
#ifndef STORE_ROW_BITS_H
#define STORE_ROW_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/chunk_codec.h"

enum { ROW_WORDS = 1024 }; /* of LIMIT_STORE_BLOCK_ROWS */

static inline uint32_t bits_words(uint32_t count)
{
    return (count + 63) / 64;
}
static inline bool bits_has(const uint64_t *bits, uint32_t index)
{
    return bits[index / 64] >> index % 64 & 1;
}
static inline void bits_add(uint64_t *bits, uint32_t index)
{
    bits[index / 64] |= UINT64_C(1) << index % 64;
}
/* The bits of word `word` that are below `count`. */
static inline uint64_t bits_mask(uint32_t word, uint32_t count)
{
    uint32_t left = count - word * 64;
    return left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
}

void bits_fill(uint64_t *bits, uint32_t count);
uint32_t bits_count(const uint64_t *bits, uint32_t count);
/* Of [first, end): whether any, whether all are set. */
bool bits_any(const uint64_t *bits, uint32_t first, uint32_t end);
bool bits_all(const uint64_t *bits, uint32_t first, uint32_t end);
/* Puts all of [first, end) in. */
void bits_add_range(uint64_t *bits, uint32_t first, uint32_t end);
/* Takes out what is at or behind `end`. */
void bits_cut(uint64_t *bits, uint32_t count, uint32_t end);

/* For each value whether its number, less `base`, is a bit of `set`; numbers at or above `set_count` are not. The
 * first values are those of the packed integers. Written, not added to. */
void bits_of_numbers(const struct packed_integers *packed, uint64_t base, const uint64_t *set, uint32_t set_count,
                     uint64_t *ret_bits);
/* From a bit a value to a bit a row: value n belongs to the n-th row of `present`. */
void bits_spread(const uint64_t *values, const uint64_t *present, uint32_t rows, uint64_t *ret_bits);
/* The other way round: a bit for each row of `present`. ret_bits has room for `rows`. */
void bits_gather(const uint64_t *bits, const uint64_t *present, uint32_t rows, uint64_t *ret_bits);
/* Bits first .. first + count - 1 of a set, as a set of their own; and such a set put among the bits of another one. */
void bits_take(const uint64_t *bits, uint32_t first, uint32_t count, uint64_t *ret_bits);
void bits_put(uint64_t *bits, uint32_t first, uint32_t count, const uint64_t *added);

/* Which code runs: the best that the processor has, or plain C for tests. Not for use while scans run. */
void row_bits_use_portable(bool is_wanted);

#endif
