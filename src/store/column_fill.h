/* store/column_fill.h
 * Values of rows of a block, from a cursor into a column of a batch.
 * Memory: the column's; texts are views into the cursor, or copies in the batch. Threads: one.
 */
#ifndef STORE_COLUMN_FILL_H
#define STORE_COLUMN_FILL_H

#include "column/batch.h"
#include "store/column_cursor.h"

/* Rows of a block, ascending; at most BATCH_ROWS_MAX. */
struct picked_rows {
    const uint32_t *rows;
    uint32_t count;
    bool is_run; /* they follow each other */
};

struct column_filler {
    struct batch *batch;
    bool copies_plain;   /* plain texts are copied into the batch */
    bool copies_entries; /* and those of dictionaries */
    size_t copied_bytes; /* so far; some MiB end the batch */
    int64_t integers[BATCH_ROWS_MAX + 1];
    uint32_t codes[BATCH_ROWS_MAX + 1];
};

/* Raw lines and texts that are copied: with so many bytes of them a batch ends. */
enum { COPIED_BYTES_MAX = 8 * 1024 * 1024 };

/* What of texts is given. Codes are if they can be; texts are always there where codes are not. */
enum text_form { TEXT_ONLY, TEXT_AND_CODES, TEXT_AS_CODES };

/* How many of the rows could be had: all of them, or so many that the next one would need more room than there is. In
 * the latter case, or if the next one is damaged (*ret_is_damaged), it is a matter of another batch. The cursor is at
 * the block. */
tocsin_status column_fill(struct column_filler *filler, struct column *column, struct column_cursor *cursor,
                          const struct picked_rows *rows, enum text_form form, uint32_t *ret_count,
                          bool *ret_is_damaged, struct error *err);

#endif
