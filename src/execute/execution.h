/* execute/execution.h
 * One run of a plan with all its sub-selects: each has a pipeline (execute/pipeline.h), and all of them read the input
 * in one pass. At the end the answers are worked out from the inside out: the sets of IN (SELECT ...) before the plan
 * that asks them, the rows of FROM (SELECT ...) before the plan that reads them.
 * Memory: bytes_max, divided among the parts that keep rows, a GROUP BY taking two shares; none gets less than
 * LIMIT_PART_BYTES_MIN, and rows alone no more than LIMIT_SPOOL_BYTES. More goes to temporary files. The set of an IN
 * is limited (execute/value_collector.h). Threads: one.
 */
#ifndef EXECUTE_EXECUTION_H
#define EXECUTE_EXECUTION_H

#include "column/stream.h"
#include "execute/pipeline.h"

struct execution_options {
    size_t bytes_max;
    bool is_now_known;        /* environment's now_ms is final before the first row */
    bool keeps_input_order;   /* rows of a query without ORDER BY as they come, instead of newest first */
    bool keeps_evidence;      /* groups show the lines they were made from */
    bool sessions_sequential; /* SESSION BY: a change of the keys ends the session, whatever the key */
    uint32_t row_max;         /* rows taken at a time; 0: as many as fit. Answers do not depend on it: for tests */
    uint64_t hash_seed;       /* one a run; answers do not depend on it */
    /* Rows of PLAN_SOURCE_CURSOR, with plan->fields of plan->schema. NULL: there are no cursors. */
    tocsin_status (*open_cursor)(void *context, const struct plan *plan, struct batch_source *ret_source,
                                 struct error *err);
    void *cursor_context;
    /* Sees the rows that FROM (SELECT ..) gives to the plan, with its fields, before it takes them. May be NULL. */
    tocsin_status (*see_rows)(void *context, const struct plan *plan, const struct batch *batch, struct error *err);
    void *see_context;
    struct measure *measure; /* NULL: nobody asks */
    /* What execution_late_fields said, if rows come without them and are numbered; NULL: rows are whole. */
    const struct field_set *late_fields;
    bool has_late_lines; /* execution_may_have_late_lines, and rows are numbered and have lines without their text */
    struct late_source late_source;
};

struct execution;

/* Fields of the log that the plan or one of its sub-selects reads, added to `fields`. */
void execution_fields(const struct plan *plan, struct field_set *fields);
/* The answer depends on the lines that rows were made from: by them rows of the same time are told apart. Else they are
 * only there to be shown. */
bool execution_needs_lines(const struct plan *plan);
/* All it needs of lines is where they begin: see batch_place. */
bool execution_needs_only_places(const struct plan *plan, bool is_now_known);
/* Of the fields it reads, those whose texts are looked at where codes are given, too; added to `fields`. */
void execution_text_fields(const struct plan *plan, bool is_now_known, struct field_set *fields);
/* Fields of the log that are needed of rows of the answer alone, as are their lines, but for where they begin; others
 * decide which those are. False: all are needed of all rows. The options without late_fields. */
bool execution_late_fields(const struct plan *plan, const struct execution_options *options,
                           struct field_set *ret_fields);
/* It makes groups, and the text of lines is needed of those of the answer alone. */
bool execution_may_have_late_lines(const struct plan *plan, const struct execution_options *options);
/* Something waits for NOW(). */
bool execution_needs_now(const struct plan *plan);

/* The environment is shared by the executions of a run and outlives them. */
tocsin_status execution_create(const struct plan *plan, const struct program_environment *environment,
                               const struct execution_options *options, struct result_sink sink,
                               struct execution **ret_execution, struct error *err);
void execution_free(struct execution *execution);

/* A batch of the log. TOCSIN_ERROR_LIMIT if the query has run longer than its EXECUTIONTIMELIMIT. */
tocsin_status execution_push(struct execution *execution, struct batch *batch, struct error *err);
/* Of the plan and those in it, the ones that read the log; gives their number. ret_plans has room for `capacity`; with
 * too little room, or none (NULL), they are only counted. */
uint32_t execution_log_plans(const struct plan *plan, const struct plan **ret_plans, uint32_t capacity);
/* As execution_push, with these rows only, for the plan of this number among execution_log_plans. */
tocsin_status execution_push_rows(struct execution *execution, uint32_t log_plan, struct batch *batch,
                                  const uint16_t *rows, uint32_t row_count, struct error *err);
/* environment.now_ms has grown (while it is not final): prunes kept rows earlier. */
void execution_now_changed(struct execution *execution);
/* After the last batch, with the final now_ms in the environment: writes the answer to the sink. */
tocsin_status execution_finish(struct execution *execution, struct error *err);
/* After execution_finish: the answers of the own sub-selects of `plan`, which is the execution's or one inside of it,
 * for whoever explains it. */
const struct value_set *const *execution_subqueries(const struct execution *execution, const struct plan *plan);
/* Nothing more of the log will be wanted. */
bool execution_is_done(const struct execution *execution);
/* After execution_finish: what is late of a row of the answer could not be read, so nothing was written. Who asks again
 * with whole rows gets the answer without those that cannot be read. */
bool execution_has_lost_rows(const struct execution *execution);

#endif
