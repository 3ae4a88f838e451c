/* store/block_builder.h
 * Collects rows of batches, column by column, and makes a block of a segment of them. What a batch points to is copied.
 * A column is made when a field first has a value; rows before it have none.
 * Memory: about LIMIT_STORE_BUFFER_BYTES and one batch, the dictionaries of the segment, and the block when it is made.
 * Threads: one.
 */
#ifndef STORE_BLOCK_BUILDER_H
#define STORE_BLOCK_BUILDER_H

#include "column/batch.h"
#include "store/segment_map.h"

struct block_builder;
struct column_buffer;

struct block_builder_options {
    const struct schema *schema; /* of the batches; fields may be added to it later */
    enum chunk_codec codec;
    uint32_t row_max; /* of a block; 0: LIMIT_STORE_BLOCK_ROWS */
    uint64_t hash_seed;
    bool leaves_out_payload; /* and raw lines */
    bool has_blooms;         /* filters for the texts of fields */
};

tocsin_status block_builder_create(const struct block_builder_options *options, struct block_builder **ret_builder,
                                   struct error *err);
void block_builder_free(struct block_builder *builder);

/* Takes rows of the batch from `first` on, as many as the block still takes, at least one if it is not full. Evidence
 * names its inputs by number; their names are given. */
tocsin_status block_builder_add(struct block_builder *builder, const struct batch *batch, uint32_t first,
                                const str *input_names, size_t input_count, uint32_t *ret_taken, struct error *err);
/* For whoever moves columns as they are from other segments: the buffer of a column like this one, to be given the
 * values of the slots from the rows (or lines) of the block on; and how many rows and lines these were, afterwards.
 * TOCSIN_ERROR_LIMIT: too many columns. */
tocsin_status block_builder_column(struct block_builder *builder, const struct segment_column *like,
                                   struct column_buffer **ret_buffer, struct error *err);
void block_builder_count(struct block_builder *builder, uint32_t rows, uint32_t lines);
uint32_t block_builder_lines(const struct block_builder *builder);

bool block_builder_is_full(const struct block_builder *builder);
/* It would take all of the batch. */
bool block_builder_has_room(const struct block_builder *builder, const struct batch *batch);
uint32_t block_builder_rows(const struct block_builder *builder);
/* The segment should end with this block, so that its dictionaries stay below LIMIT_STORE_DICTIONARIES_BYTES. */
bool block_builder_is_crowded(const struct block_builder *builder);
uint64_t block_builder_cut_values(const struct block_builder *builder); /* longer than LIMIT_STORE_VALUE_BYTES */

/* The block as it follows on `segment`: head and directory, and the body. The builder is then empty; on failure only
 * good to be freed. Without rows it is a block of the note alone. */
tocsin_status block_builder_flush(struct block_builder *builder, const struct segment_map *segment,
                                  const struct segment_note *note, struct strbuf *ret_head, struct strbuf *ret_body,
                                  struct error *err);
/* Dictionaries begin anew. The block must be empty. */
void block_builder_new_segment(struct block_builder *builder);

#endif
