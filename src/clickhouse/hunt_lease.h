/* clickhouse/hunt_lease.h
 * Which of several processes runs a scheduled hunt: a lease in the table `tocsin_leases`, for as long as it is renewed.
 *
 * ClickHouse has no compare-and-set that both kinds of server know. A lease is taken by two steps, a row with the next
 * term and, LEASE_SETTLE_MS later, a look at all rows: of the claims of the highest term the one with the smallest time
 * (the server's) wins, then the smallest name. A claim that took longer than LEASE_CLAIM_MS to be written is taken
 * back, so that whoever looks sees every claim that is earlier than its own. On one server that lets one process win;
 * between nodes of a cluster as long as their clocks differ by less than LEASE_SLACK_MS. What is written under a lease
 * must be right even if two hold it (docs/clickhouse.md says how alerts are).
 *
 * Rows of a cluster are written to most of the replicas, and reads see all that was written so.
 * Memory: texts of the options are views. Threads: one.
 */
#ifndef CLICKHOUSE_HUNT_LEASE_H
#define CLICKHOUSE_HUNT_LEASE_H

#include "clickhouse/clickhouse_session.h"

/* The server's now() has whole seconds, so that a claim may seem a second earlier than it is. */
enum { LEASE_CLAIM_MS = 1500, LEASE_SETTLE_MS = 3500, LEASE_SLACK_MS = 1000, LEASE_HOLDER_BYTES = 128 };

struct hunt_lease {
    str hunt;
    const char *holder;   /* this process */
    const char *settings; /* of reads and writes, as hunt_quorum gives them */
    uint32_t seconds;
    /* Asked while it waits. NULL: never */
    bool (*is_interrupted)(void *context);
    void *context;
    bool is_held;
    int64_t term;
    int64_t taken; /* seconds since 1970, the server's */
    int64_t sequence;
    int64_t renewed_ns;            /* by clock_monotonic_ns, before the row was sent */
    char other[LEASE_HOLDER_BYTES]; /* who holds it, if another does */
};

/* Settings by which rows are on most replicas of a table before a write is done, and reads see them; writes are not
 * put off, and no shard is left out, whatever the user's profile says. */
tocsin_status hunt_quorum(struct clickhouse_session *session, const char *table, struct strbuf *settings,
                          struct error *err) __attribute__((warn_unused_result));
/* As clickhouse_ask, with settings. */
tocsin_status hunt_ask(struct clickhouse_session *session, str sql, const char *settings, struct strbuf *answer,
                       struct error *err) __attribute__((warn_unused_result));

/* lease->is_held says whether that worked. An error: nothing is known, and it is not held. */
tocsin_status hunt_lease_take(struct hunt_lease *lease, struct clickhouse_session *session, struct error *err)
    __attribute__((warn_unused_result));
/* If a third of its time is over. lease->is_held says whether it still is. */
tocsin_status hunt_lease_keep(struct hunt_lease *lease, struct clickhouse_session *session, struct error *err)
    __attribute__((warn_unused_result));
/* Nobody else can have it yet. */
bool hunt_lease_is_safe(const struct hunt_lease *lease);
tocsin_status hunt_lease_release(struct hunt_lease *lease, struct clickhouse_session *session, struct error *err)
    __attribute__((warn_unused_result));

#endif
