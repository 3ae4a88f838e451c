/* execute/pipeline.h
 * One run of one plan, without its sub-selects: batches are pushed in, an answer comes out in the query's order.
 *
 *     push: early filter -> [spool, while NOW() or a sub-select's answer is unknown] -> late filter
 *           -> [sessions, in the order of time] -> [groups, HAVING] -> columns, order, limit
 *     finish: replay of the spool -> sessions -> groups -> result batches
 *
 * Memory: bytes_max for each part that keeps rows, group_bytes_max for groups; more goes to temporary files.
 * Threads: one.
 */
#ifndef EXECUTE_PIPELINE_H
#define EXECUTE_PIPELINE_H

#include "execute/answer.h"
#include "execute/measure.h"
#include "execute/program.h"
#include "execute/time_limit.h"

struct pipeline_options {
    size_t bytes_max;         /* of rows in memory, for each part */
    size_t group_bytes_max;   /* of groups in memory */
    bool is_now_known;        /* environment's now_ms is final before the first row */
    bool keeps_input_order;   /* rows of a query without ORDER BY as they come, instead of newest first */
    bool keeps_evidence;      /* groups show the lines they were made from */
    bool sessions_sequential; /* SESSION BY: a change of the keys ends the session */
    uint32_t row_max;         /* of batches made here; 0: BATCH_ROWS_MAX. For tests */
    uint64_t hash_seed;
    const struct time_limit *time_limit; /* looked at while rows go by; NULL: none */
    struct measure *measure;             /* NULL: nobody asks */
    const struct field_set *late_fields; /* see struct answer_options */
    bool has_late_lines;                 /* what groups keep of lines are the numbers of rows; see late_lines.h */
    struct late_source late_source;
};

struct pipeline;

/* The plan's rows wait for NOW() or the answer of a sub-select. */
bool pipeline_must_defer(const struct plan *plan, bool is_now_known);
/* Shares of memory that the plan's parts want: one for each that keeps rows, two for groups. */
uint32_t pipeline_share_count(const struct plan *plan, const struct pipeline_options *options);

/* Fields that the plan needs of rows of its answer alone; false: there is no telling before they are read. */
bool pipeline_late_fields(const struct plan *plan, const struct pipeline_options *options,
                          struct field_set *ret_fields);

/* Lines are needed of groups of the answer alone. */
bool pipeline_may_have_late_lines(const struct plan *plan, const struct pipeline_options *options);

/* The environment is shared by the pipelines of a run and outlives them. `subqueries` are the answers of the plan's
 * sub-selects, filled in by the caller before pipeline_finish (for a plan over the rows of another one, before the
 * first push); may be NULL if there are none. */
tocsin_status pipeline_create(const struct plan *plan, const struct program_environment *environment,
                              const struct value_set *const *subqueries, const struct pipeline_options *options,
                              struct result_sink sink, struct pipeline **ret_pipeline, struct error *err);
void pipeline_free(struct pipeline *pipeline);

/* Rows `rows` of a batch with the plan's fields. */
tocsin_status pipeline_push(struct pipeline *pipeline, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                            struct error *err);
/* The shared environment's now_ms has grown (while it is not final), or an answer of a sub-select is there. */
void pipeline_environment_changed(struct pipeline *pipeline);
/* After the last batch, with the final now_ms in the environment: writes the answer to the sink. */
tocsin_status pipeline_finish(struct pipeline *pipeline, struct error *err);
/* Nothing more will be wanted: a LIMIT without order is full. */
bool pipeline_is_done(const struct pipeline *pipeline);
/* After pipeline_finish: see answer_has_lost_rows. */
bool pipeline_has_lost_rows(const struct pipeline *pipeline);

#endif
