/* execute/why.h
 * Why a row passes a plan's filter, or does not: every test of WHERE and of the time clause with its result and the
 * values it saw. Each test is run by the same programs as a query (execute/program.h), on this one row, so that the
 * account cannot differ from what a query does.
 */
#ifndef EXECUTE_WHY_H
#define EXECUTE_WHY_H

#include "execute/program.h"
#include "plan/explain.h"

/* Adds to `parent` the tree of the filter and the values of the columns for row `row` of a batch that holds the plan's
 * fields. NOW() and the answers of sub-selects in the environment are final. */
tocsin_status why_row(const struct plan *plan, const struct program_environment *environment, struct batch *batch,
                      uint16_t row, struct arena *arena, struct explain_node *parent, bool *ret_passes,
                      struct error *err);

#endif
