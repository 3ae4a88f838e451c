/* engine/row_source.h
 * Where the rows of a run come from: logs, read and parsed as the run goes on, an event store, or batches of somebody
 * else, as a query to a server gives them. All give batches, and an account of how things stood when the last batch was
 * given.
 * Not answers kept by INTO: those come beside it, see cursors.h.
 * Memory: that of a log feed (format/log_feed.h) or of a scan (store/event_store.h). Threads: a source belongs to the
 * one that calls it.
 */
#ifndef ENGINE_ROW_SOURCE_H
#define ENGINE_ROW_SOURCE_H

#include "format/log_feed.h"
#include "store/event_store.h"

struct row_source;

tocsin_status row_source_of_logs(const struct log_feed_options *options, struct row_source **ret_source,
                                 struct error *err);

struct store_rows_options {
    const struct schema *schema;
    struct scan_request request; /* what it points to outlives the source */
    bool wants_raw;
    uint32_t row_max;                         /* 0: as many as fit */
    uint32_t threads;                         /* 0, 1: the caller's; see store_scan_options */
    struct store_scan_statistics *statistics; /* where to count */
};
/* The reader outlives the source. The account has the newest time from the beginning. */
tocsin_status row_source_of_store(struct store_reader *reader, const struct store_rows_options *options,
                                  struct row_source **ret_source, struct error *err);

/* Closes the batches when it is freed; also if it fails. NULL: there are none. */
tocsin_status row_source_of_batches(const struct batch_source *batches, struct row_source **ret_source,
                                    struct error *err);
/* Of a source of batches: what the account has to tell. */
tocsin_status row_source_add_problem(struct row_source *source, const struct error *problem, struct error *err);

/* Of a run that has not come so far. NULL is allowed. */
void row_source_free(struct row_source *source);

/* As log_feed_next: a batch may have no rows. TOCSIN_END: all is read. */
tocsin_status row_source_next(struct row_source *source, struct batch **ret_batch, struct error *err);
/* Of a store, if its rows are numbered: see struct batch_source_ops. */
tocsin_status row_source_fetch(struct row_source *source, const uint64_t *numbers, uint32_t count, struct batch *batch,
                               uint32_t *ret_count, struct error *err);
/* No more is read: the next calls give what was read already, then the end. */
void row_source_stop(struct row_source *source);
/* Nothing more will be asked for. */
void row_source_close(struct row_source *source);
/* Valid until the next call of row_source_next. */
const struct log_account *row_source_account(struct row_source *source);

#endif
