/* execute/program.h
 * Expressions of a plan as a flat list of steps over columns: built once at the start of a run, then run batch by batch
 * without walking a tree. Two kinds: a filter narrows a list of rows, a projection computes columns.
 * Not a plan: it holds registers, so it belongs to one run and one thread.
 * Memory: registers live as long as the program; text results until its next call.
 */
#ifndef EXECUTE_PROGRAM_H
#define EXECUTE_PROGRAM_H

#include "column/batch.h"
#include "plan/plan.h"

struct program;

/* What all programs of a run share. */
struct program_environment {
    struct function_environment functions; /* now_ms may change between calls: see program_set_now */
    struct regex_scratch *scratch;
    struct command_cache *commands; /* or NULL */
    struct text_memo *texts;        /* or NULL */
    bool is_null_sql;
    const struct value_set *const *subqueries; /* answers of the plan's sub-selects; each NULL until it is known */
};

tocsin_status program_create_filter(const struct program_environment *environment,
                                    const struct expression *const *conjuncts, uint32_t count,
                                    struct program **ret_program, struct error *err);
tocsin_status program_create_projection(const struct program_environment *environment,
                                        const struct expression *const *values, uint32_t count,
                                        struct program **ret_program, struct error *err);
void program_free(struct program *program);

/* NOW() in the environment has changed: what depends on it alone is computed again at the next call. */
void program_now_changed(struct program *program);

/* Rows of `rows` for which every conjunct is true, in order; ret_rows has room for row_count and may be `rows`. */
tocsin_status program_filter(struct program *program, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                             uint16_t *ret_rows, uint32_t *ret_count, struct error *err);
/* Computes the values for these rows. (*ret_columns)[i] is the i-th value, read with the column_* getters at the row
 * numbers of the batch. Valid until the next call. */
tocsin_status program_project(struct program *program, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                              const struct column *const **ret_columns, struct error *err);

/* The same for any number of giant values: where they outgrow what one call may hold, half of the rows are taken at a
 * time, so that a log cannot end the run. */
tocsin_status program_filter_parts(struct program *program, struct batch *batch, const uint16_t *rows,
                                   uint32_t row_count, uint16_t *ret_rows, uint32_t *ret_count, struct error *err);
/* Calls `take` with the values of the rows, once or for each part. */
typedef tocsin_status program_take(void *state, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                                   const struct column *const *values, struct error *err);
tocsin_status program_project_parts(struct program *program, struct batch *batch, const uint16_t *rows,
                                    uint32_t row_count, program_take *take, void *state, struct error *err);

#endif
