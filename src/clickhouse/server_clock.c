#include "clickhouse/server_clock.h"

#define NS_PER_MS    INT64_C(1000000)
#define KNOWN_FOR_MS INT64_C(3600000)
#define NEXT_TRY_MS  INT64_C(60000)
#define APART_MS     INT64_C(2000) /* a clock that is put right little by little stays within that in an hour */

void server_clock_set(struct server_clock *clock, int64_t server_ms, int64_t wall_ms, int64_t monotonic_ns)
{
    *clock = (struct server_clock){.is_known = true,
                                   .server_ms = server_ms,
                                   .wall_ms = wall_ms,
                                   .monotonic_ns = monotonic_ns,
                                   .tried_ns = monotonic_ns};
}

void server_clock_keep(struct server_clock *clock, int64_t monotonic_ns)
{
    clock->tried_ns = monotonic_ns;
}

bool server_clock_is_old(const struct server_clock *clock, int64_t wall_ms, int64_t monotonic_ns)
{
    if (!clock->is_known) {
        return true;
    }
    int64_t since_ms = (monotonic_ns - clock->monotonic_ns) / NS_PER_MS;
    int64_t apart_ms = wall_ms - clock->wall_ms - since_ms;
    return (monotonic_ns - clock->tried_ns) / NS_PER_MS >= NEXT_TRY_MS &&
           (since_ms >= KNOWN_FOR_MS || apart_ms > APART_MS || apart_ms < -APART_MS);
}

int64_t server_clock_ms(const struct server_clock *clock, int64_t wall_ms, int64_t monotonic_ns)
{
    return clock->is_known ? clock->server_ms + (monotonic_ns - clock->monotonic_ns) / NS_PER_MS : wall_ms;
}
