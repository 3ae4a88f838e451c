/* execute/pipeline.h
 * One run of one plan: batches are pushed in, an answer comes out in the query's order.
 *
 *     push: early filter -> [spool, while NOW() is unknown] -> late filter -> projection -> sorter
 *     finish: replay of the spool with the final NOW() -> sorter -> result batches
 *
 * Memory: bounded by bytes_max; more goes to temporary files. Threads: one.
 */
#ifndef EXECUTE_PIPELINE_H
#define EXECUTE_PIPELINE_H

#include "column/result.h"
#include "execute/program.h"

struct result_sink_ops {
    /* Rows in the query's order; called any number of times. */
    tocsin_status (*push)(void *state, const struct result_batch *batch, struct error *err);
};

struct result_sink {
    const struct result_sink_ops *ops;
    void *state;
};

struct pipeline_options {
    size_t bytes_max;       /* of kept rows, in memory */
    bool is_now_known;      /* environment's now_ms is final from the start */
    bool keeps_input_order; /* rows of a query without ORDER BY as they come, instead of newest first */
};

struct pipeline;

/* The environment is shared by the pipelines of a run and outlives them. */
tocsin_status pipeline_create(const struct plan *plan, struct program_environment *environment,
                              const struct pipeline_options *options, struct result_sink sink,
                              struct pipeline **ret_pipeline, struct error *err);
void pipeline_free(struct pipeline *pipeline);

tocsin_status pipeline_push(struct pipeline *pipeline, struct batch *batch, struct error *err);
/* environment.now_ms has grown (while it is not final): prunes kept rows earlier. */
void pipeline_now_changed(struct pipeline *pipeline);
/* After the last batch, with the final now_ms in the environment: writes the answer to the sink. */
tocsin_status pipeline_finish(struct pipeline *pipeline, struct error *err);
/* Nothing more will be wanted: a LIMIT without order is full. */
bool pipeline_is_done(const struct pipeline *pipeline);

#endif
