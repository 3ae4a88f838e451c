/* store/segment_reader.h
 * The wanted rows of a segment, batch by batch. A block is filtered first, which reads only what the filter asks for;
 * of the rest of it only what the rows need that are left.
 * What is damaged is noted, and the rows that need it are passed over: at most those of the block.
 * Memory: see column_cursor.h; texts of a batch are views into the reader, valid until its next call, and texts of
 * dictionaries until it begins another segment.
 * Threads: one.
 */
#ifndef STORE_SEGMENT_READER_H
#define STORE_SEGMENT_READER_H

#include "column/stream.h"
#include "store/block_filter.h"
#include "store/column_cursor.h"

struct segment_reader;

struct segment_reader_options {
    const struct schema *schema;
    const struct scan_request *request;
    struct block_filter *filter; /* NULL: all rows are wanted */
    bool wants_raw;
    bool copies_texts; /* batches hold their texts: those that are plain, and all if there are few rows */
    uint32_t row_max;
};

struct segment_source {
    const struct store_file *file;
    const struct segment_map *map;
    uint32_t number; /* of the segment among those of the scan */
    /* For each code of the segment's @evidence.input the number of the input. */
    const uint32_t *inputs;
    uint32_t input_count;
    uint32_t first_block; /* those that are read: others may be another thread's */
    uint32_t end_block;
};

/* The batch is like those that will be filled: it is made for the fields of the request. */
tocsin_status segment_reader_create(const struct segment_reader_options *options, const struct batch *batch,
                                    struct segment_reader **ret_reader, struct error *err);
void segment_reader_free(struct segment_reader *reader);
/* To the first row of a segment's blocks; of one before nothing remains but memory. */
void segment_reader_begin(struct segment_reader *reader, const struct segment_source *source);
/* Empties the batch, which was made for the fields of the request, and fills it. It stays empty if it took a while to
 * find nothing, so that the caller can be told to stop. TOCSIN_END: no more rows. */
tocsin_status segment_reader_next(struct segment_reader *reader, struct batch *batch, struct error *err);
/* Instead of segment_reader_next: these rows of a block, ascending, of a batch that may have more columns than those of
 * the request. *ret_count: how many of them came into the batch, which is not finished; 0: the first one is damaged. */
tocsin_status segment_reader_take(struct segment_reader *reader, uint32_t block, const uint32_t *rows, uint32_t count,
                                  struct batch *batch, uint32_t *ret_count, struct error *err);
/* Rows of a scan by number: of the segment, of the block in it, of the row in that. */
static inline uint64_t segment_row_number(uint32_t segment, uint32_t block, uint32_t row)
{
    return (uint64_t)segment << 32 | (uint64_t)block << 16 | row;
}
/* Where to note what is found damaged from now on. Before the first call of segment_reader_next. */
void segment_reader_tell(struct segment_reader *reader, struct store_problems *problems);
/* Whether the last batch shows texts of dictionaries of this reader. */
bool segment_reader_shows_texts(const struct segment_reader *reader);
/* So far. */
const struct store_scan_statistics *segment_reader_statistics(const struct segment_reader *reader);

/* The zone of starttime. False: not all rows of the block have one. */
bool segment_block_time(const struct segment_block *block, int64_t *ret_min_ms, int64_t *ret_max_ms);
/* The store's own columns, by name. */
bool segment_is_own_column(const struct segment_column *column, const char *name);

#endif
