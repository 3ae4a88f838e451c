/* engine/clickhouse_target.h
 * The tables that rows are sent to: which servers have them, their version, their columns; columns that rows need are
 * added.
 * Memory: an arena. Threads: one.
 */
#ifndef ENGINE_CLICKHOUSE_TARGET_H
#define ENGINE_CLICKHOUSE_TARGET_H

#include "clickhouse/clickhouse_session.h"
#include "clickhouse/clickhouse_tables.h"
#include "clickhouse/shard_map.h"

enum { TARGET_NODES_MAX = 64 };

struct clickhouse_target {
    struct arena arena;
    struct clickhouse_address nodes[TARGET_NODES_MAX];
    uint32_t node_count;
    struct shard_map shards;                /* of a cluster; empty: not known */
    uint32_t node_shards[TARGET_NODES_MAX]; /* their numbers; 0: not known */
    struct clickhouse_session *session; /* with the first of them that answers; NULL: broken */
    struct layout_table table;
    struct clickhouse_tables_options options;
    struct strbuf name; /* of the target, without user: for checkpoints */
};

/* `urls`: addresses parted by commas, nodes of one cluster or replicas of one table; other hosts of the cluster are
 * found by the first. */
tocsin_status clickhouse_target_open(const char *urls, const struct schema *schema, struct clickhouse_target *target,
                                     struct error *err);
void clickhouse_target_release(struct clickhouse_target *target);
/* The tables are there, and of a version that this release knows; their columns are read. */
tocsin_status clickhouse_target_check(struct clickhouse_target *target, struct error *err);
/* Adds columns for these fields. */
tocsin_status clickhouse_target_add_columns(struct clickhouse_target *target, const field_id *fields, size_t count,
                                            struct error *err);
/* Runs one statement that has no answer. */
tocsin_status clickhouse_target_run(struct clickhouse_target *target, str sql, struct error *err);
/* Reads the columns of `events` anew; none if there is no such table. */
tocsin_status clickhouse_target_read_columns(struct clickhouse_target *target, struct error *err);
/* The server's clock, milliseconds since 1970. */
tocsin_status clickhouse_target_time(struct clickhouse_target *target, int64_t *ret_ms, struct error *err);
/* The newest version in tocsin_schema; 0: there is no such table. */
tocsin_status clickhouse_target_version(struct clickhouse_target *target, int64_t *ret_version, struct error *err);

#endif
