/* engine/rule_numbers.h
 * Which rows of a batch hold a number that a plan wants: of plans whose filter has a condition such as "User ID" = 7,
 * IN (7, 8), or several of these joined by OR, the numbers of all plans are looked up in one pass over each field.
 * Memory: some 40 bytes a number. Threads: one. Limits: LIMIT_MATCH_LITERALS numbers of all plans.
 */
#ifndef ENGINE_RULE_NUMBERS_H
#define ENGINE_RULE_NUMBERS_H

#include "column/batch.h"
#include "plan/plan.h"

struct rule_numbers;

tocsin_status rule_numbers_create(struct rule_numbers **ret_numbers, struct error *err);
void rule_numbers_free(struct rule_numbers *numbers);
/* *ret_is_known: numbers are known of which every row that passes the plan's filter has one. */
tocsin_status rule_numbers_add(struct rule_numbers *numbers, const struct plan *plan, uint32_t plan_number,
                               bool *ret_is_known, struct error *err);
/* After the last plan. */
tocsin_status rule_numbers_compile(struct rule_numbers *numbers, struct error *err);

/* The row has a number of the plan. May come more than once. */
typedef void rule_numbers_take(void *context, uint32_t plan, uint32_t row);
/* All rows of the batch have, or it cannot be told. */
typedef void rule_numbers_take_all(void *context, uint32_t plan);
void rule_numbers_scan(const struct rule_numbers *numbers, struct batch *batch, rule_numbers_take *take,
                       rule_numbers_take_all *take_all, void *context);

#endif
