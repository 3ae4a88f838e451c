#include "execute/time_limit.h"

#include "base/civil_time.h"

enum { NS_PER_MS = 1000000 };

struct time_limit time_limit_start(int64_t limit_ms)
{
    int64_t span_ns;
    struct time_limit limit = {.limit_ms = limit_ms > 0 ? limit_ms : 0};
    if (limit.limit_ms == 0 || __builtin_mul_overflow(limit_ms, NS_PER_MS, &span_ns) ||
        __builtin_add_overflow(clock_monotonic_ns(), span_ns, &limit.ends_ns)) {
        limit = (struct time_limit){0};
    }
    return limit;
}

tocsin_status time_limit_check(const struct time_limit *limit, struct error *err)
{
    if (limit->limit_ms == 0 || clock_monotonic_ns() < limit->ends_ns) {
        return TOCSIN_OK;
    }
    tocsin_status status =
        error_set(err, TOCSIN_ERROR_LIMIT, "the query has run longer than its EXECUTIONTIMELIMIT of %lld ms",
                  (long long)limit->limit_ms);
    error_hint(err, "raise EXECUTIONTIMELIMIT, or narrow the time clause");
    return status;
}
