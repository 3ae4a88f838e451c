/* clickhouse/native_writer.h
 * Rows of batches as one block in ClickHouse's Native format, column by column, as FORMAT Native of both dialects takes
 * it. A column is in the block only if some row has another value than the column's default, which is null or the
 * filler: most of a schema's columns cost nothing.
 * Not for reading: see clickhouse_native.h.
 * Memory: a buffer a column, kept from block to block; at most LIMIT_CLICKHOUSE_INSERT_BYTES and a batch.
 * Threads: one.
 */
#ifndef CLICKHOUSE_NATIVE_WRITER_H
#define CLICKHOUSE_NATIVE_WRITER_H

#include "clickhouse/clickhouse_layout.h"

struct native_writer;

/* The table stays the caller's; it may get more columns between two blocks. */
tocsin_status native_writer_create(const struct schema *schema, const struct layout_table *table,
                                   struct native_writer **ret_writer, struct error *err);
void native_writer_free(struct native_writer *writer);

/* What rows of one input have in common, and what their evidence refers to. */
struct native_input {
    int64_t number;    /* `_input` */
    int64_t first_row; /* `_row` of row 0 of the batch; may be below zero where that is a row of another input */
    const str *names;  /* of inputs, by number */
    size_t name_count;
    bool leaves_out_payload; /* neither the field nor raw lines */
};

/* Adds these rows of the batch, in their order. All rows of a block have the same `day`. */
tocsin_status native_writer_push(struct native_writer *writer, const struct batch *batch, const uint16_t *rows,
                                 uint32_t row_count, uint16_t day, const struct native_input *input,
                                 struct error *err);
uint32_t native_writer_rows(const struct native_writer *writer);
size_t native_writer_bytes(const struct native_writer *writer);

/* The fields whose columns this block needs and the table lacks, to be added there first. */
uint32_t native_writer_missing(const struct native_writer *writer, field_id *ret_fields, uint32_t field_max);

/* A hash of the rows, of everything but `_block`, `_arrived`, `_input` and `_row`. */
void native_writer_digest(const struct native_writer *writer, uint8_t ret_digest[LAYOUT_BLOCK_ID_BYTES]);
/* The block as pieces that follow each other, and the list of its columns behind `columns`. The pieces are the
 * writer's, and good until it is used again. */
tocsin_status native_writer_pieces(struct native_writer *writer, const uint8_t id[LAYOUT_BLOCK_ID_BYTES],
                                   int64_t arrived_ms, struct strbuf *columns, const str **ret_pieces,
                                   size_t *ret_count, struct error *err);
/* Writes the block behind what `target` has, and the list of its columns, "(`a`, `b`)", behind `columns`. */
tocsin_status native_writer_finish(struct native_writer *writer, const uint8_t id[LAYOUT_BLOCK_ID_BYTES],
                                   int64_t arrived_ms, struct strbuf *target, struct strbuf *columns,
                                   struct error *err);
/* Empty again. */
void native_writer_clear(struct native_writer *writer);

/* Rows `first` .. `first + count` of a block that was written here, as a block of their own with this id. For blocks
 * that a server refuses because of some row. */
tocsin_status native_block_part(str block, uint32_t first, uint32_t count, const uint8_t id[LAYOUT_BLOCK_ID_BYTES],
                                struct strbuf *target, struct error *err);

#endif
