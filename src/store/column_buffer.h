/* store/column_buffer.h
 * The values of one column while a block is collected, and the column's dictionary while a segment grows.
 * Most columns of most logs have one value for all rows, or one for each: neither costs more than that.
 * Texts go through the dictionary. If those of a block hardly repeat (what is new takes more than half of the bytes),
 * the block and all behind it in the segment have a dictionary each, or have them plain if that spares nothing.
 * Memory: a buffer owns its arrays; how much is bounded by whoever watches `bytes` (block_builder.h).
 * Threads: one.
 */
#ifndef STORE_COLUMN_BUFFER_H
#define STORE_COLUMN_BUFFER_H

#include "column/column.h"
#include "store/segment_bloom.h"
#include "store/segment_map.h"
#include "store/text_dictionary.h"

/* Raw records are packed by line_lz4.h if they are lines of the kind that it is for: the first chunk decides. */
enum record_packing { PACKING_UNKNOWN, PACKING_BY_FIELDS, PACKING_BY_BYTES };

struct column_buffer {
    str name; /* owned by the builder's arena */
    enum segment_type type;
    enum segment_scope scope;
    enum segment_origin origin;
    uint8_t catalogs;
    enum chunk_codec codec;
    bool is_plain;      /* from now on, in this segment */
    bool is_of_block;   /* the dictionary is that of the block; the same */
    bool is_dictionary; /* never plain */
    bool is_crowded;    /* the dictionaries of the segment are too large: plain, if the block has new texts */
    size_t chunk_bytes; /* of plain values */
    bool wants_bloom;
    uint64_t hash_seed;
    /* Slots with a value: a bit for each, once one was left out. Until then the first value_count slots have one. */
    uint64_t *present;
    bool has_gaps;
    uint32_t value_count;
    /* While all values of the block are the same, that one; then the values, or the codes of texts. */
    int64_t same;
    bool is_varied;
    int64_t *integers;
    uint32_t *codes;
    uint32_t capacity;
    struct text_dictionary dictionary;
    uint64_t text_bytes; /* of this block, repeats included */
    bool was_plain;      /* in the segment before: texts are then looked at before the block is full */
    uint64_t cut_values; /* longer than LIMIT_STORE_VALUE_BYTES */
    /* plain values: those of the chunk being filled, and chunks that are full */
    struct strbuf heap;
    uint32_t *lengths;
    uint32_t length_count;
    uint32_t length_capacity;
    struct strbuf stored;
    struct segment_chunk *chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    enum record_packing packing; /* of raw records, in this segment */
    struct line_lz4_table *line_table; /* NULL: not needed yet */
    struct bloom_builder bloom; /* of plain values that have a chunk; for others only while the block is made */
    bool is_failed; /* memory ran out */
};

/* The struct was zeroed, and its name, type, scope, origin, catalogs, codec, chunk_bytes, wants_bloom and seed set. */
bool column_buffer_init(struct column_buffer *buffer) __attribute__((warn_unused_result));
void column_buffer_release(struct column_buffer *buffer);
/* A new segment begins: no dictionary. */
void column_buffer_new_segment(struct column_buffer *buffer);

/* Slots come in order; those that are left out have no value. */
void column_buffer_add_integer(struct column_buffer *buffer, uint32_t slot, int64_t value);
void column_buffer_add_integers(struct column_buffer *buffer, uint32_t slot, const int64_t *values, uint32_t count);
/* The same value in so many slots. */
void column_buffer_add_text(struct column_buffer *buffer, uint32_t slot, str value, uint32_t count);
/* Rows `first` to `end` of a column of a batch, whose type is that of the buffer. */
void column_buffer_add_column(struct column_buffer *buffer, uint32_t slot, const struct column *column, uint32_t first,
                              uint32_t end);

/* Memory that the block's values take, about; and the dictionary, as readers will count it. */
size_t column_buffer_bytes(const struct column_buffer *buffer);
size_t column_buffer_dictionary_bytes(const struct column_buffer *buffer);

/* Presence, integers and codes that columns of a block have in its body already. Many columns have the same rows, or
 * the same times: then one chunk serves all of them. What it points to are the arrays of buffers that were flushed,
 * which stay as they are until the next value is added. */
enum { BLOCK_TWINS_MAX = 64 };
struct block_twins {
    struct block_twin {
        const void *values; /* from which the chunk was made */
        size_t bytes;
        uint32_t count;
        int64_t least;
        unsigned width; /* 0: presence; others have a width */
        struct segment_chunk chunk;
    } items[BLOCK_TWINS_MAX];
    uint32_t count; /* the newest ones are kept */
};

/* Appends the column's chunks to a block's body and describes them, and empties the buffer for the next block. `slots`
 * of its scope. The chunks' array is in the arena. `twins`, empty at the beginning of a block: see there. A column
 * without a value must not be asked. False: memory. */
bool column_buffer_flush(struct column_buffer *buffer, uint32_t slots, struct block_twins *twins, struct arena *arena,
                         struct strbuf *body, struct segment_column *ret_column) __attribute__((warn_unused_result));

#endif
