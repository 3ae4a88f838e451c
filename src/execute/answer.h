/* execute/answer.h
 * The end of a query: its columns, its order, its limit. Rows go in, result batches come out.
 * Memory: bytes_max of rows to be sorted; more goes to temporary files.
 */
#ifndef EXECUTE_ANSWER_H
#define EXECUTE_ANSWER_H

#include "column/result.h"
#include "execute/late_rows.h"
#include "execute/program.h"

struct result_sink_ops {
    /* Rows in the query's order; called any number of times. */
    tocsin_status (*push)(void *state, const struct result_batch *batch, struct error *err);
};

struct result_sink {
    const struct result_sink_ops *ops;
    void *state;
};

struct answer_options {
    size_t bytes_max;
    bool is_newest_first; /* rows of the log without ORDER BY: by starttime, the newest first; else as they come */
    bool has_lines;       /* rows that are equal in ORDER BY go by their place in the input; else as they come */
    uint32_t row_max;     /* of a result batch; 0: BATCH_ROWS_MAX */
    /* Rows are numbered and have no late fields, which are read of those that are in the answer. NULL: rows are whole.
     * Only for a plan with a limit for which answer_may_be_late. */
    const struct field_set *late_fields;
    bool has_late_lines; /* rows are groups, with stand-ins for lines, which are read of those in the answer */
    struct late_source late_source;
};

struct answer;

/* Which rows are in the answer is known by their order keys alone, and they are few. */
bool answer_may_be_late(const struct plan *plan, bool is_newest_first);

/* The environment outlives the answer. */
tocsin_status answer_create(const struct plan *plan, const struct program_environment *environment,
                            const struct answer_options *options, struct result_sink sink, struct answer **ret_answer,
                            struct error *err);
void answer_free(struct answer *answer);
void answer_now_changed(struct answer *answer);

tocsin_status answer_push(struct answer *answer, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                          struct error *err);
/* After the last row: writes what is left. */
tocsin_status answer_finish(struct answer *answer, struct error *err);
/* Nothing more will be wanted: a LIMIT without order is full. */
bool answer_is_done(const struct answer *answer);
/* After answer_finish: a row of the answer could not be read, so nothing was written. */
bool answer_has_lost_rows(const struct answer *answer);

#endif
