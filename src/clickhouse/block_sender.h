/* clickhouse/block_sender.h
 * Blocks of rows to the servers, several at once, each exactly once. Every worker has a connection of its own. Where it
 * is not known whether a block arrived (the connection broke, the server died), the worker asks whether some query
 * still inserts it, waits for that, and then counts the block's rows: it is sent again only if there are none. Servers
 * that do not answer are tried again for a while, the others in turn.
 * In a cluster a block goes straight into the table of its shard, by any node of it whose address is known; if there is
 * none, or none answers, through the Distributed table of another, which puts it into the same shard.
 * A block that the server takes no offence at but for some row is halved until that row is alone, which is given back
 * as refused.
 * Memory: that of the blocks handed in; at most one more for each worker. Threads: each function says who calls it; the
 * workers take no signals.
 */
#ifndef CLICKHOUSE_BLOCK_SENDER_H
#define CLICKHOUSE_BLOCK_SENDER_H

#include "clickhouse/clickhouse_layout.h"
#include "clickhouse/clickhouse_session.h"
#include "clickhouse/native_writer.h"
#include "clickhouse/shard_map.h"

struct block_job {
    struct block_job *next; /* the sender's, while it has the job */
    uint8_t id[LAYOUT_BLOCK_ID_BYTES];
    uint16_t day;
    uint32_t rows;
    int64_t time_min_ms; /* of starttime */
    int64_t time_max_ms;
    bool may_be_there;   /* it may have been sent before: its rows are counted first */
    bool counts_all;     /* those of all shards, for the cluster may have had others then; else its own shard's */
    struct native_writer *writer; /* has the rows, and the pieces; NULL: `data` has them */
    const str *pieces;            /* Native */
    size_t piece_count;
    size_t bytes;
    struct strbuf data;    /* of a block that was taken apart */
    struct strbuf columns; /* "(`a`, `b`)" */
    uint32_t sent_node;  /* the sender's: where it was sent last, plus one; 0: nowhere */
    /* What the caller wants to know it by. */
    void *owner;
    uint64_t number;
    /* How it ended. */
    bool was_there;
    uint32_t refused_rows; /* of `rows`: these are not there */
    struct strbuf refused; /* Native blocks of these rows, one behind the other */
    struct error refusal;  /* why the last of them was refused */
};

/* Allocated empty. */
struct block_job *block_job_create(void);
void block_job_free(struct block_job *job);
void block_jobs_free(struct block_job *first); /* and those behind it */

struct block_sender_options {
    const struct clickhouse_address *nodes; /* any of them takes any block; they outlive the sender */
    uint32_t node_count;
    uint32_t connections;
    uint32_t retry_ms;   /* so long a block is tried; 0: LIMIT_CLICKHOUSE_RETRY_MS */
    uint32_t silence_ms; /* so long a server may say nothing; 0: LIMIT_CLICKHOUSE_INSERT_MS */
    uint32_t quiet_ms;   /* so long an insert that was broken off may go on there; 0: LIMIT_CLICKHOUSE_QUIET_MS */
    bool has_cluster;  /* `events` is Distributed */
    const struct shard_map *shards; /* NULL: blocks go through it. It outlives the sender */
    const uint32_t *node_shards;    /* of each node; 0: not known */
};

struct block_sender;

tocsin_status block_sender_create(const struct block_sender_options *options, struct block_sender **ret_sender,
                                  struct error *err);
/* What was not sent is dropped; what is being sent is broken off. */
void block_sender_free(struct block_sender *sender);

/* Hands a block over. *ret_is_taken false: all connections are busy, and were for a tenth of a second. An error is that
 * of a worker that gave up; nothing more is sent then. */
tocsin_status block_sender_offer(struct block_sender *sender, struct block_job *job, bool *ret_is_taken,
                                 struct error *err);
/* The next block that has ended, or NULL: none has, and with `waits` for a tenth of a second. */
struct block_job *block_sender_take_done(struct block_sender *sender, bool waits);
/* Blocks handed over and not taken back. */
uint32_t block_sender_pending(struct block_sender *sender);
/* TOCSIN_OK, or what made a worker give up. */
tocsin_status block_sender_status(struct block_sender *sender, struct error *err);
uint64_t block_sender_retries(struct block_sender *sender);

#endif
