/* finding/finding_join.h
 * Joins rows of rules into findings. Rows belong together when they are
 *   - of one actor, each within `join_ms` of the one before: the actor is Host and Session, else Host and Identity; of
 * an identity that many share (anonymous) the Source too;
 *   - or made of the same line of the log, or of one Audit ID.
 * Rows that an exception fits are counted, and left out or joined among themselves.
 * A finding holds LIMIT_FINDING_ROWS rows and LIMIT_FINDING_LINES lines; the next one goes on where it ended.
 *
 * Order: level, then risk, then time. What comes out depends on the rows and their order in the log only, never on the
 * memory or on how rows were handed in. Its risk is the highest of its rows, less FINDING_HABIT_POINTS if its identity
 * did every such act in FINDING_HABIT_BURSTS or more findings before; that never takes it below its level.
 * Memory: `bytes_max` for rows, the rest in temporary files; beside it 12 bytes a burst and one finding. Threads: one.
 *
 *     push rows .. -> finish -> counts -> next, until TOCSIN_END
 */
#ifndef FINDING_FINDING_JOIN_H
#define FINDING_FINDING_JOIN_H

#include "finding/exceptions.h"
#include "finding/finding_row.h"

enum { FINDING_LEVELS = 5, FINDING_HABIT_BURSTS = 3, FINDING_HABIT_POINTS = 5, FINDING_TIMELINE_PARTS = 60 };

struct finding_rule {
    str id;
    uint32_t credibility; /* of what it sees: 1 to 10 */
};

struct finding_options {
    const struct finding_rule *rules; /* by row.rule */
    uint32_t rule_count;
    const struct exceptions *exceptions; /* NULL: none */
    bool shows_excepted;
    uint32_t level_min; /* findings below are counted, and not given */
    int64_t join_ms;
    int64_t level_floors[FINDING_LEVELS]; /* the smallest risk of each level */
    str level_names[FINDING_LEVELS];
    const struct time_zone *zone; /* of times as text; NULL is UTC */
    size_t bytes_max;
    uint64_t hash_seed;
};

struct finding_counts {
    uint64_t rows;                                             /* that were joined */
    uint64_t findings[FINDING_LEVELS];                         /* given, by level */
    uint64_t below[FINDING_LEVELS];                            /* below level_min */
    uint64_t excepted_findings;                                /* given because shows_excepted was asked for */
    const uint64_t *by_rule;                                   /* given findings with a row of the rule */
    const uint64_t *excepted;                                  /* rows, by exception */
    const uint64_t *expired;                                   /* rows that an expired exception would have excepted */
    int64_t first_ms, last_ms;                                 /* of the rows; meaningless without any */
    uint64_t timeline[FINDING_TIMELINE_PARTS][FINDING_LEVELS]; /* given findings by time, first to last */
};

struct finding_join;

/* What the options point to lives as long as the join. */
tocsin_status finding_join_create(const struct finding_options *options, struct finding_join **ret_join,
                                  struct error *err) __attribute__((warn_unused_result));
void finding_join_free(struct finding_join *join);

/* Copies the row. */
tocsin_status finding_join_push(struct finding_join *join, const struct finding_row *row, struct error *err);
tocsin_status finding_join_finish(struct finding_join *join, struct error *err);

const struct finding_counts *finding_join_counts(const struct finding_join *join);
/* What findings are called; see docs/hunting.md. The input names and rule are left to the caller. */
struct result_header finding_join_header(const struct finding_join *join);
/* Some findings, valid until the next call; TOCSIN_END behind the last. */
tocsin_status finding_join_next(struct finding_join *join, struct result_batch *ret_batch, struct error *err);

#endif
