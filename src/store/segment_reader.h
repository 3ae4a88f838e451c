/* store/segment_reader.h
 * The rows of one segment, batch by batch.
 * What is damaged is noted, and the rows that need it are passed over: at most those of the block.
 * Memory: see column_cursor.h; texts of a batch are views into the reader, valid until its next call.
 * Threads: one.
 */
#ifndef STORE_SEGMENT_READER_H
#define STORE_SEGMENT_READER_H

#include "column/stream.h"
#include "store/column_cursor.h"

struct segment_reader;

struct segment_reader_options {
    const struct store_file *file;
    const struct segment_map *map;
    const struct schema *schema;
    const struct scan_request *request;
    bool wants_raw;
    uint32_t row_max;
    /* For each code of the segment's @evidence.input the number of the input. */
    const uint32_t *inputs;
    uint32_t input_count;
    struct store_problems *problems;
};

tocsin_status segment_reader_create(const struct segment_reader_options *options, const struct batch *batch,
                                    struct segment_reader **ret_reader, struct error *err);
void segment_reader_free(struct segment_reader *reader);
/* Empties the batch, which was made for the fields of the request, and fills it. TOCSIN_END: no more rows. */
tocsin_status segment_reader_next(struct segment_reader *reader, struct batch *batch, struct error *err);

/* The zone of starttime. False: not all rows of the block have one. */
bool segment_block_time(const struct segment_block *block, int64_t *ret_min_ms, int64_t *ret_max_ms);
/* The store's own columns, by name. */
bool segment_is_own_column(const struct segment_column *column, const char *name);

#endif
