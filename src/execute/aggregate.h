/* execute/aggregate.h
 * GROUP BY: rows in, one row a group out, in bounded memory.
 *
 *     push ... push -> finish -> next ... next (TOCSIN_END)
 *
 * Every row comes with its position in the order of the table (for events: newest first, then input and line). Groups
 * come out in the order of their first rows; FIRST and LAST are values of the rows with the least and the greatest
 * position. So an answer depends neither on the order in which rows come, nor on batches, threads or memory.
 * Where all keys of a push are codes of dictionaries, or the same in all rows, groups are found by their codes, which
 * are remembered: see group_codes.h.
 * Who sorts the groups anyway takes them in any order, with where they stand (batch->orders): then they need not be
 * sorted here, nor be there all at once.
 * What a row changes of its group beside values, its count and its first row, is then kept apart: see group_tally.h.
 * Memory: bytes_max, and the rows of one push up to 1 MiB of text (or one row), and 9 MiB for codes. What does not fit
 * goes to a temporary file, as groups with their state, by 4 bits of the hash of the key; each part is then read back
 * and put together, and parted again if it must. One group has to fit in half of bytes_max: else TOCSIN_ERROR_LIMIT,
 * which names the clause. Threads: one.
 */
#ifndef EXECUTE_AGGREGATE_H
#define EXECUTE_AGGREGATE_H

#include "column/batch.h"
#include "plan/plan.h"

/* Compared part by part, least first. Rows with equal positions keep the order of arrival. */
struct row_position {
    uint64_t parts[3];
};

struct aggregate_column {
    enum aggregate_kind kind;
    enum value_type argument; /* of the input column: a number for sums; TYPE_NULL for COUNT(*) */
    enum value_type type;     /* of the result, see plan_aggregate */
};

struct aggregator_options {
    const enum value_type *key_types;
    uint32_t key_count; /* 0: one group, also of no rows */
    const struct aggregate_column *aggregates;
    uint32_t aggregate_count;
    size_t bytes_max;
    bool keeps_evidence; /* the lines of a group's first rows, up to LIMIT_EVIDENCE_LINES; more are counted */
    bool keeps_numbers;  /* of those rows instead: batches are numbered, and lines are read later; see late_lines.h */
    uint64_t hash_seed;  /* one a run: keys come from attackers */
    /* NULL: groups come in their order. Else in any, and if they do not fit into memory this is called during
     * aggregator_finish for one part of them after the other, to take them with aggregator_next until TOCSIN_END. */
    tocsin_status (*take_part)(void *context, struct error *err);
    void *take_context;
};

/* Rows that stand for many, see plan_given. */
struct aggregate_many {
    const struct column *rows;  /* how many each stands for: one at least */
    const struct column *first; /* places, checked; NULL: nobody asks */
    const struct column *last;
    const struct column *const *const *parts; /* by aggregate: its columns; the argument may be NULL then */
    const uint32_t *part_counts;
};

struct aggregate_input {
    const struct column *const *keys;
    const struct column *const *arguments; /* by aggregate; NULL for COUNT(*) */
    const struct batch *batch;             /* the rows' evidence; may be NULL if none is kept */
    const uint16_t *rows;
    uint32_t row_count;
    const struct row_position *positions; /* by index in rows; NULL: as follows */
    const struct column *starttime;       /* newest first, then by the batch's lines; NULL: as they come */
    const struct aggregate_many *many;    /* NULL: rows stand for themselves. Without evidence */
};

struct aggregator;

/* Copies the options. */
tocsin_status aggregator_create(const struct aggregator_options *options, struct aggregator **ret_aggregator,
                                struct error *err);
void aggregator_free(struct aggregator *aggregator);

/* Copies what it keeps. */
tocsin_status aggregator_push(struct aggregator *aggregator, const struct aggregate_input *input, struct error *err);
/* After the last push. */
tocsin_status aggregator_finish(struct aggregator *aggregator, struct error *err);
/* Adds rows to `batch` (its rows and evidence; it is empty) and writes their values to flat columns: keys, then
 * aggregates; NULL for a column that nobody wants. Up to row_max rows; values are valid until the next call. TOCSIN_END
 * and no rows behind the last group. */
tocsin_status aggregator_next(struct aggregator *aggregator, struct column *const *columns, struct batch *batch,
                              uint32_t row_max, struct error *err);
/* Times that groups were written to disk, for tests. */
size_t aggregator_spill_count(const struct aggregator *aggregator);

#endif
