/* execute/group_stage.h
 * GROUP BY and HAVING of a plan: source rows in, and at the end its groups, as rows of the plan's grouped schema, in
 * the order of their first rows, or with it. Memory: see execute/aggregate.h.
 */
#ifndef EXECUTE_GROUP_STAGE_H
#define EXECUTE_GROUP_STAGE_H

#include "execute/program.h"
#include "execute/row_sink.h"

struct group_stage_options {
    size_t bytes_max;
    bool is_newest_first; /* the order of rows: by starttime and line, the newest first; else as they come */
    bool keeps_evidence;
    bool keeps_numbers; /* see struct aggregator_options */
    uint64_t hash_seed;
    bool is_sorted_later; /* groups come in any order, with where they stand: see batch.orders */
    uint32_t row_max; /* of a batch of groups; 0: BATCH_ROWS_MAX */
};

struct group_stage;

tocsin_status group_stage_create(const struct plan *plan, const struct program_environment *environment,
                                 const struct group_stage_options *options, struct row_sink sink,
                                 struct group_stage **ret_stage, struct error *err);
void group_stage_free(struct group_stage *stage);
void group_stage_now_changed(struct group_stage *stage);

tocsin_status group_stage_push(struct group_stage *stage, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                               struct error *err);
/* After the last row: hands the groups to the sink. */
tocsin_status group_stage_finish(struct group_stage *stage, struct error *err);

#endif
