/* clickhouse/shard_map.h
 * Which shard of a cluster a block belongs to, as the Distributed table decides it: by sipHash64(`_block`) and the
 * shards' weights. So a block may be sent straight to a node of its shard, or through the Distributed table, and comes
 * to lie in the same place.
 * Memory: a few bytes a shard, in the map itself. Threads: a map that was read belongs to nobody.
 */
#ifndef CLICKHOUSE_SHARD_MAP_H
#define CLICKHOUSE_SHARD_MAP_H

#include "base/limits.h"
#include "clickhouse/clickhouse_layout.h"
#include "clickhouse/clickhouse_session.h"

struct shard_map {
    uint32_t count; /* of shards; 0: not known, or the server hashes otherwise */
    uint32_t numbers[LIMIT_CLICKHOUSE_SHARDS];
    uint64_t ends[LIMIT_CLICKHOUSE_SHARDS]; /* of each shard's weight, added up */
};

/* What the server has in system.clusters. A cluster that it does not know, or of more shards than the map holds, gives
 * an empty map. */
tocsin_status shard_map_read(struct clickhouse_session *session, const char *cluster, struct shard_map *ret_map,
                             struct error *err);
/* The number of the one shard that this server is a node of; 0: none, or more than one. */
tocsin_status shard_of_server(struct clickhouse_session *session, const char *cluster, uint32_t *ret_shard,
                              struct error *err);
/* The number of the shard; the map is not empty. */
uint32_t shard_map_find(const struct shard_map *map, const uint8_t id[LAYOUT_BLOCK_ID_BYTES]);

/* The SQL function sipHash64 of 16 bytes. */
uint64_t shard_hash(const uint8_t id[LAYOUT_BLOCK_ID_BYTES]);

#endif
