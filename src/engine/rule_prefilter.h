/* engine/rule_prefilter.h
 * Which rows of a batch each of many plans has to look at: the literals of all plans are looked for in one pass over
 * the values of each field, and a plan gets only the rows that hold one of those it needs (plan/literals.h). Its own
 * filter still decides, so answers do not change; a plan of which no literal is known gets all rows.
 * Memory: the literals compiled, 256 bytes a plan, and PREFILTER_HEAP_BYTES of values. Threads: one. Limits:
 * LIMIT_MATCH_LITERALS for each field; plans whose literals are over it get all rows.
 */
#ifndef ENGINE_RULE_PREFILTER_H
#define ENGINE_RULE_PREFILTER_H

#include "column/batch.h"
#include "plan/plan.h"

/* Values are gathered in pieces of so many bytes; a longer one than PREFILTER_VALUE_BYTES counts as holding all
 * literals. */
enum { PREFILTER_HEAP_BYTES = 1024 * 1024, PREFILTER_VALUE_BYTES = 256 * 1024 };

struct rule_prefilter;

struct rule_prefilter_statistics {
    uint32_t plans;    /* that have literals */
    uint32_t literals; /* of all fields, twins within a field counted once */
    uint64_t rows;     /* looked at, for each field once */
    uint64_t bytes;
    int64_t compile_ns;
    int64_t scan_ns;
};

/* The plans read rows of the log and outlive it. *ret_prefilter is NULL if too few of them have literals to be worth a
 * pass, fewer than `plans_min`. */
tocsin_status rule_prefilter_create(const struct plan *const *plans, uint32_t count, uint32_t plans_min,
                                    struct rule_prefilter **ret_prefilter, struct error *err);
void rule_prefilter_free(struct rule_prefilter *prefilter);
/* Looks through the batch; the first time it compiles the literals. */
tocsin_status rule_prefilter_batch(struct rule_prefilter *prefilter, struct batch *batch, struct error *err);
/* Of the batch: the next plan from `from` on that has rows to look at, or UINT32_MAX. */
uint32_t rule_prefilter_next(const struct rule_prefilter *prefilter, uint32_t from);
/* Its rows, in order; ret_rows has room for the batch's. */
uint32_t rule_prefilter_rows(const struct rule_prefilter *prefilter, uint32_t plan, uint16_t *ret_rows);
const struct rule_prefilter_statistics *rule_prefilter_statistics(const struct rule_prefilter *prefilter);

#endif
