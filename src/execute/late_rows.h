/* execute/late_rows.h
 * The rest of rows that an answer has chosen by their order alone: a source that numbers its rows reads what else the
 * columns need for those few only. A row waits as its number and the values that are known of it.
 *
 *     keep (rows, while they come) ... add (the chosen ones, in the order of the answer) -> finish -> next ... next
 *
 * Memory: bytes_max for rows that wait to be read in the source's order, the rest on disk; and a batch. Threads: one.
 */
#ifndef EXECUTE_LATE_ROWS_H
#define EXECUTE_LATE_ROWS_H

#include "base/strbuf.h"
#include "column/batch.h"
#include "plan/plan.h"

/* Where the rest comes from: see struct batch_source_ops. */
struct late_source {
    tocsin_status (*fetch)(void *context, const uint64_t *numbers, uint32_t count, struct batch *batch,
                           uint32_t *ret_count, struct error *err);
    void *context;
};

struct late_rows;

/* `fields`: those that come late, of those that the plan reads. The plan outlives it. */
tocsin_status late_rows_create(const struct plan *plan, const struct field_set *fields, struct late_source source,
                               size_t bytes_max, struct late_rows **ret_rows, struct error *err);
void late_rows_free(struct late_rows *rows);

/* Appends what waits of a row of a numbered batch. */
void late_rows_keep(const struct late_rows *rows, struct strbuf *buffer, const struct batch *batch, uint32_t row);
/* What late_rows_keep made of the next row of the answer. */
tocsin_status late_rows_add(struct late_rows *rows, str kept, struct error *err);
tocsin_status late_rows_finish(struct late_rows *rows, struct error *err);
/* Rows in any order, with all of the plan's fields, and the place of each in the answer; valid
 * until the next call. TOCSIN_END: no more. *ret_batch NULL: a row cannot be read, and no more will come. */
tocsin_status late_rows_next(struct late_rows *rows, struct batch **ret_batch, const uint64_t **ret_places,
                             struct error *err);

#endif
