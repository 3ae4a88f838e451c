/* store/row_evidence.h
 * From which lines of which input the rows of a block were made: the store's own columns.
 * Memory: cursors, and a number for each row of a block. Threads: one.
 */
#ifndef STORE_ROW_EVIDENCE_H
#define STORE_ROW_EVIDENCE_H

#include "store/column_fill.h"

enum own_cursor {
    CURSOR_COUNT,
    CURSOR_MORE,
    CURSOR_INPUT,
    CURSOR_LINE,
    CURSOR_LINES,
    CURSOR_JOINED,
    CURSOR_BYTES,
    CURSOR_RAW,
    OWN_CURSORS
};

struct row_evidence {
    struct column_cursor own[OWN_CURSORS]; /* those without a file are not wanted */
    struct column_cursor *payload;         /* of which raw lines are parts; NULL: raw lines are not wanted */
    bool owns_payload;                     /* else a column of the batch does, and its rows were filled before */
    const uint32_t *inputs;                /* for each code the number of the input */
    uint32_t input_count;
    /* the block */
    const struct segment_block *block;
    bool is_open;
    uint32_t lines_each;   /* of every row; UINT32_MAX: see line_first */
    uint32_t *line_first;  /* of each row, and behind the last one; NULL until it is needed */
    uint32_t sound_rows;   /* rows from here on have lines that are not there */
};

/* A column of the store's own, for column_cursor_init; the context is an enum own_cursor. */
bool row_evidence_is_own(const void *context, const struct segment_column *column);

tocsin_status row_evidence_begin(struct row_evidence *evidence, uint32_t block, struct error *err);
void row_evidence_release(struct row_evidence *evidence);
/* Rows of the batch with their lines; as many as column_fill would say. */
tocsin_status row_evidence_fill(struct row_evidence *evidence, struct column_filler *filler,
                                const struct picked_rows *rows, uint32_t *ret_count, bool *ret_is_damaged,
                                struct error *err);
/* Where these rows begin, in the batch, which gets no lines. Not taken: row_evidence_fill has to give them. */
tocsin_status row_evidence_places(struct row_evidence *evidence, struct batch *batch, const struct picked_rows *rows,
                                  bool *ret_is_taken, struct error *err);

#endif
