/* column/batch.h
 * A batch is up to BATCH_ROWS_MAX events stored column by column, with the input lines each was made from.
 * Not a table: it has no name, no history and no index.
 * Memory: columns and decoded values live in the batch's arenas; string views also point into the source's input
 * chunk. All of it is valid until the source's next call: who keeps rows copies them.
 * Threads: one owner at a time; hand it over, never share it.
 *
 * A writer of rows (a log format) does, per event:
 *     uint32_t row = batch_add_row(batch);           (the caller saw to it that batch_is_full is false)
 *     column_set_integer(batch_column(batch, FIELD_DEVICETIME), row, ms);   (NULL column = not asked for)
 *     batch_add_evidence(batch, row, ...);
 * Fields not set are null, or QRadar's filler, put in by batch_finish.
 */
#ifndef COLUMN_BATCH_H
#define COLUMN_BATCH_H

#include "column/column.h"

/* Consecutive lines of one input. `raw` is their bytes without the last line end; a view like every string. */
struct evidence {
    uint32_t input; /* number of the input, see input names of the source */
    uint32_t line_count;
    bool is_joined; /* line_count records of a line each, adjacent; else one record over line_count lines */
    uint64_t line; /* 1-based number of the first line */
    str raw;
};

struct batch_row {
    uint32_t evidence_first;
    uint32_t evidence_count;
    uint64_t evidence_more; /* lines known to belong to the row that are not kept */
};

/* Compared part by part, least first; no two rows have the same. */
struct row_order {
    uint64_t parts[4];
};

struct batch {
    const struct schema *schema;
    struct arena arena; /* decoded values; emptied by batch_clear */
    uint32_t row_count;
    uint32_t column_count;
    struct column *columns;
    field_id *fields;          /* field of each column */
    uint16_t *column_of_field; /* by field id; UINT16_MAX = not wanted */
    struct batch_row *rows;
    struct evidence *evidence; /* in the order of rows */
    uint32_t evidence_count;
    uint32_t evidence_capacity;
    /* Where the lines of each row begin, instead of evidence, if that is all that is wanted of them
     * (scan_request.wants_places), and all are of one input. NULL: see evidence. */
    const uint64_t *place_lines;
    uint32_t place_input;
    const uint64_t *numbers; /* of each row in its source, ascending from batch to batch, if scan_request.is_numbered;
                                else NULL */
    const struct row_order *orders; /* where each row stands, if rows do not come in their order; else NULL */
    uint32_t times_cleared; /* who keeps something of a batch sees by it that the batch began anew */
    bool is_failed;         /* memory ran out while rows were written; checked by batch_finish */
    struct arena storage;   /* column arrays; lives as long as the batch */
};

/* A batch for these fields. */
tocsin_status batch_init(struct batch *batch, const struct schema *schema, const struct field_set *fields,
                         struct error *err);
void batch_release(struct batch *batch);
void batch_clear(struct batch *batch);

static inline bool batch_is_full(const struct batch *batch)
{
    return batch->row_count == BATCH_ROWS_MAX;
}

/* The column of a field, or NULL if nobody wants it. */
static inline struct column *batch_column(struct batch *batch, field_id field)
{
    uint16_t index = batch->column_of_field[field];
    return index == UINT16_MAX ? NULL : &batch->columns[index];
}

/* The input and the number of the first line of a row; zeros if it has none. */
static inline void batch_place(const struct batch *batch, uint32_t row, uint32_t *ret_input, uint64_t *ret_line)
{
    const struct batch_row *info = &batch->rows[row];
    *ret_input = 0;
    *ret_line = 0;
    if (batch->place_lines) {
        *ret_input = batch->place_input;
        *ret_line = batch->place_lines[row];
    } else if (info->evidence_count > 0) {
        *ret_input = batch->evidence[info->evidence_first].input;
        *ret_line = batch->evidence[info->evidence_first].line;
    }
}

/* Starts the next row; all its fields are null. */
uint32_t batch_add_row(struct batch *batch);
/* Adds lines to the newest row. */
void batch_add_evidence(struct batch *batch, struct evidence evidence);

/* Room for so many lines more, so that who has them all at once writes them, and their rows, itself. False when memory
 * is out. */
bool batch_reserve_evidence(struct batch *batch, uint32_t count) __attribute__((warn_unused_result));

/* A copy in the batch's arena; empty (and is_failed set) when memory is out. */
str batch_copy(struct batch *batch, str s);

/* Ends writing: puts fillers into rows that have no value, makes columns nobody wrote constant. */
tocsin_status batch_finish(struct batch *batch, struct error *err);

/* Checks the invariants; asserts. Run behind every operator in debug builds. */
void batch_verify(const struct batch *batch);

#endif
