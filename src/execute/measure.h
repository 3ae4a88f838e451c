/* execute/measure.h
 * What each part of a running query did: rows in, rows out, time. For EXPLAIN ANALYZE; where nobody asks (NULL) it
 * costs nothing. Time is counted for one part at a time, the innermost that works. Memory: in the arena given. Threads:
 * that of the run.
 */
#ifndef EXECUTE_MEASURE_H
#define EXECUTE_MEASURE_H

#include "base/civil_time.h"
#include "plan/plan.h"

/* Of a plan, in the order in which rows pass. */
enum measure_part {
    MEASURE_FILTER,
    MEASURE_WAIT, /* for NOW() or the answer of a sub-select: rows that are kept and read again */
    MEASURE_LATE, /* the filter behind that */
    MEASURE_SESSION,
    MEASURE_GROUP,
    MEASURE_ANSWER, /* columns, order, limit */
    MEASURE_OUTPUT,
    MEASURE_PART_COUNT
};

struct part_measure {
    uint64_t rows_in;
    uint64_t rows_out;
    int64_t ns;
};

struct plan_measure {
    const struct plan *plan;
    struct part_measure parts[MEASURE_PART_COUNT];
    struct plan_measure *next;
};

struct measure {
    struct arena *arena;
    struct plan_measure *plans;
    struct part_measure scan; /* of the input, once for all plans */
    int64_t *running;         /* what the time goes to; NULL: to nobody */
    int64_t since_ns;
};

/* The time goes to `account` from now on; gives what it went to before, for measure_leave. */
static inline int64_t *measure_enter(struct measure *measure, int64_t *account)
{
    if (!measure) {
        return NULL;
    }
    int64_t now_ns = clock_monotonic_ns();
    int64_t *before = measure->running;
    if (before) {
        *before += now_ns - measure->since_ns;
    }
    measure->running = account;
    measure->since_ns = now_ns;
    return before;
}
static inline void measure_leave(struct measure *measure, int64_t *before)
{
    (void)measure_enter(measure, before);
}

/* The account of a plan, made if there is none yet; NULL when memory is out. */
static inline struct plan_measure *measure_plan(struct measure *measure, const struct plan *plan)
{
    struct plan_measure *of_plan = measure->plans;
    while (of_plan && of_plan->plan != plan) {
        of_plan = of_plan->next;
    }
    if (!of_plan) {
        of_plan = arena_new(measure->arena, struct plan_measure);
        if (of_plan) {
            of_plan->plan = plan;
            of_plan->next = measure->plans;
            measure->plans = of_plan;
        }
    }
    return of_plan;
}

#endif
