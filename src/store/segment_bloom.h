/* store/segment_bloom.h
 * Which texts a column of a block cannot hold: a Bloom filter of all groups of four bytes in its values, capital
 * letters of ASCII made small (docs/segment-format.md, "Bloom filters"). A literal of which one group is missing is in
 * no value. Says "may hold" whenever it cannot know: short literals, values with bytes outside ASCII asked without
 * regard to case, a filter that is missing or damaged. Memory: a builder owns 64 KiB, a filter that was read is a view.
 * Threads: one for a builder, any for a filter.
 */
#ifndef STORE_SEGMENT_BLOOM_H
#define STORE_SEGMENT_BLOOM_H

#include "column/stream.h"
#include "store/segment_map.h"

enum { BLOOM_GRAM_BYTES = 4, BLOOM_HEAD_BYTES = 8, BLOOM_BYTES_MIN = 64, BLOOM_BYTES_MAX = 64 * 1024 };

/* ---- reading ---- */

struct segment_bloom {
    const unsigned char *bits; /* NULL: there is none; it may hold anything */
    uint32_t mask;
    bool has_beyond_ascii; /* some value has bytes outside ASCII */
};

/* A bound of the room that reading one takes. */
enum { BLOOM_STORED_BYTES_MAX = BLOOM_HEAD_BYTES + BLOOM_BYTES_MAX };

/* NULL: the column has none in this block. */
const struct segment_chunk *segment_column_bloom(const struct segment_column *column);
/* The filter is a view into `buffer`, which is emptied first. Damage is no failure: then it may hold anything. */
tocsin_status segment_bloom_read(const struct store_file *file, const struct segment_column *column,
                                 struct strbuf *buffer, struct segment_bloom *ret_bloom, struct error *err);
/* Of any bytes. */
struct segment_bloom segment_bloom_parse(str raw);
/* False: whatever the filter is, it may hold the literal. */
bool segment_bloom_knows(const struct scan_literal *literal, bool has_beyond_ascii);
/* The bits of a group of four bytes, each to be taken modulo the bits of the filter. */
void segment_bloom_places(const char *gram, uint32_t ret_places[2]);
/* False: no value of the column in this block holds (or is) the literal. Values that rows without one get from
 * batch_finish are not values of the block. */
bool segment_bloom_may_hold(const struct segment_bloom *bloom, const struct scan_literal *literal);

/* ---- writing ---- */

struct bloom_builder {
    uint64_t *words; /* BLOOM_BYTES_MAX bytes */
    bool has_beyond_ascii;
    bool is_saturated; /* it would hardly rule anything out: no more is added */
    size_t unchecked_bytes;
    uint64_t texts;
    uint64_t bytes;
};

/* Zeroed before. False: memory. */
bool bloom_builder_init(struct bloom_builder *builder) __attribute__((warn_unused_result));
void bloom_builder_release(struct bloom_builder *builder);
void bloom_builder_clear(struct bloom_builder *builder);
void bloom_builder_add(struct bloom_builder *builder, str text);
/* Appends the filter, folded to the size that what is in it needs, and clears the builder. False: it is not worth it.
 */
bool bloom_builder_put(struct bloom_builder *builder, struct strbuf *target);

#endif
