/* clickhouse/server_clock.h
 * The time of the server, on a machine whose own clock may be wrong: it is asked for now and then, and in between the
 * clock that only goes forward is followed. Pure functions: who uses them asks.
 * Memory: none. Threads: any, each a clock of its own.
 */
#ifndef CLICKHOUSE_SERVER_CLOCK_H
#define CLICKHOUSE_SERVER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since 1970, for SQL of both dialects; whole seconds. */
#define SERVER_CLOCK_SQL "toInt64(toUnixTimestamp(now())) * 1000"

struct server_clock {
    bool is_known;
    int64_t server_ms; /* what the server said, when these were: */
    int64_t wall_ms;
    int64_t monotonic_ns;
    int64_t tried_ns; /* when it was asked last, by the monotonic clock */
};

/* The server said `server_ms` at that time of this machine's clocks. */
void server_clock_set(struct server_clock *clock, int64_t server_ms, int64_t wall_ms, int64_t monotonic_ns);
/* It was asked and did not answer: what is known is kept, and the next try has a minute's time. */
void server_clock_keep(struct server_clock *clock, int64_t monotonic_ns);
/* It should be asked: an hour ago it was, or this machine slept, or its clock was set. */
bool server_clock_is_old(const struct server_clock *clock, int64_t wall_ms, int64_t monotonic_ns);
/* The server's time, milliseconds since 1970; this machine's if it never said. */
int64_t server_clock_ms(const struct server_clock *clock, int64_t wall_ms, int64_t monotonic_ns);

#endif
