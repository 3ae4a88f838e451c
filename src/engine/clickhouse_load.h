/* engine/clickhouse_load.h
 * Logs into the tables of ClickHouse: rows cut into windows and blocks, sent by several connections, each block exactly
 * once; a checkpoint from which a load that was broken off goes on. tocsin_ingest_* with a `to` is this.
 * Memory: a window of at most LIMIT_CLICKHOUSE_INSERT_ROWS rows, and two blocks for each connection. Threads: the
 * caller's, one a connection, and the reading one.
 */
#ifndef ENGINE_CLICKHOUSE_LOAD_H
#define ENGINE_CLICKHOUSE_LOAD_H

#include "engine/engine_internal.h"

struct clickhouse_load;

/* The engine and the texts of the options outlive it. */
tocsin_status clickhouse_load_create(tocsin_engine *engine, const struct tocsin_ingest_options *options,
                                     struct clickhouse_load **ret_load, struct error *err);
void clickhouse_load_free(struct clickhouse_load *load);
/* As tocsin_ingest_step and tocsin_ingest_stop. */
tocsin_status clickhouse_load_step(struct clickhouse_load *load, struct error *err);
tocsin_status clickhouse_load_stop(struct clickhouse_load *load, struct error *err);
void clickhouse_load_progress(struct clickhouse_load *load, struct tocsin_progress *ret_progress);
void clickhouse_load_summary(struct clickhouse_load *load, struct tocsin_ingest_summary *ret_summary);

#endif
