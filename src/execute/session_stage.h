/* execute/session_stage.h
 * SESSION BY of a plan: rows in, and at the end the same rows in the order of their time, each with its number in
 * FIELD_SESSIONID; rows of no session are left out, and so are rows without a time.
 * Memory: bytes_max, half of it for the sessions that are open (see execute/session.h), half for rows to be sorted by
 * time; more of these go to a temporary file.
 */
#ifndef EXECUTE_SESSION_STAGE_H
#define EXECUTE_SESSION_STAGE_H

#include "execute/program.h"
#include "execute/row_sink.h"

struct session_stage_options {
    size_t bytes_max;
    bool is_sequential; /* one session at a time, which a change of the keys ends */
    bool has_lines;     /* rows of one time go by their place in the input; else as they come */
    uint64_t hash_seed;
    uint32_t row_max; /* of a batch; 0: BATCH_ROWS_MAX */
};

struct session_stage;

tocsin_status session_stage_create(const struct plan *plan, const struct program_environment *environment,
                                   const struct session_stage_options *options, struct row_sink sink,
                                   struct session_stage **ret_stage, struct error *err);
void session_stage_free(struct session_stage *stage);
void session_stage_now_changed(struct session_stage *stage);

tocsin_status session_stage_push(struct session_stage *stage, struct batch *batch, const uint16_t *rows,
                                 uint32_t row_count, struct error *err);
/* After the last row: hands all rows to the sink. */
tocsin_status session_stage_finish(struct session_stage *stage, struct error *err);

#endif
