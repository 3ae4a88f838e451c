/* execute/time_limit.h - EXECUTIONTIMELIMIT: when a query has to be over. Looked at once for each batch, wherever
 * batches go by: while the log is read, when what waited is replayed, and when rows come out.
 * Memory: a value. Threads: any may look.
 */
#ifndef EXECUTE_TIME_LIMIT_H
#define EXECUTE_TIME_LIMIT_H

#include "base/error.h"

struct time_limit {
    int64_t limit_ms; /* 0: none */
    int64_t ends_ns;  /* of the monotonic clock */
};

/* From now on; none if limit_ms is not positive, or beyond all clocks. */
struct time_limit time_limit_start(int64_t limit_ms);
/* TOCSIN_ERROR_LIMIT when it is over. */
tocsin_status time_limit_check(const struct time_limit *limit, struct error *err);

#endif
