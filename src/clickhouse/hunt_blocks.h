/* clickhouse/hunt_blocks.h
 * Blocks of the table of events that a scheduled hunt has not examined yet, and the marks of those that it has, in the
 * table `tocsin_examined`. A block is there whole or not at all, and is of one day, so that it can be examined once.
 * How far back arrivals are looked at goes by a mark of its own, in a row without a block: it stands before the first
 * block that was listed and not examined, however many behind it are.
 * Memory: an array of the caller's. Threads: one.
 */
#ifndef CLICKHOUSE_HUNT_BLOCKS_H
#define CLICKHOUSE_HUNT_BLOCKS_H

#include "clickhouse/clickhouse_layout.h"
#include "clickhouse/clickhouse_session.h"
#include "clickhouse/plan_split.h"

struct hunt_block {
    uint8_t id[LAYOUT_BLOCK_ID_BYTES];
    int64_t arrived_ms;
    int64_t first_ms; /* starttime of its rows */
    int64_t last_ms;
    int64_t rows;
    int64_t last_row;  /* `_row` of the last */
    bool is_seen;      /* rows of it came */
    bool is_examined;
};

/* Up to `capacity` blocks, those that arrived first, ordered by the time of their events. `_arrived` is looked at from
 * `late_ms` before the mark on: what is inserted with an earlier stamp later is not found. */
tocsin_status hunt_blocks_list(struct clickhouse_session *session, str hunt, int64_t late_ms, const char *settings,
                               struct hunt_block *blocks, size_t capacity, size_t *ret_count, int64_t *ret_mark_ms,
                               struct error *err) __attribute__((warn_unused_result));

/* Conditions for these blocks, and for the events from first_ms to last_ms. Appended one behind the other to `sql`,
 * which the scope points into. */
void hunt_blocks_scope(const struct hunt_block *blocks, size_t count, int64_t first_ms, int64_t last_ms,
                       struct strbuf *sql, struct clickhouse_scope *ret_scope);

/* Those that were seen are marked as examined. */
tocsin_status hunt_blocks_mark(struct clickhouse_session *session, str hunt, const char *holder, const char *settings,
                               struct hunt_block *blocks, size_t count, struct error *err)
    __attribute__((warn_unused_result));

/* Of a whole list, and the mark that came with it: moves the mark behind what is examined. */
tocsin_status hunt_blocks_advance(struct clickhouse_session *session, str hunt, const char *holder,
                                  const char *settings, const struct hunt_block *blocks, size_t count, int64_t mark_ms,
                                  struct error *err) __attribute__((warn_unused_result));

/* Appends a value as TabSeparated has it. */
void hunt_append_value(struct strbuf *text, str value);

#endif
