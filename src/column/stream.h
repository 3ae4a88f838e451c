/* column/stream.h
 * The two contracts that make everything composable: where batches come from and where they go.
 */
#ifndef COLUMN_STREAM_H
#define COLUMN_STREAM_H

#include "base/error.h"
#include "column/batch.h"

/* What a reader of batches needs. A source may ignore all but `fields`, or use any part of it. */
struct scan_request {
    struct field_set fields;
    bool has_time_range;
    int64_t time_min_ms; /* starttime, inclusive */
    int64_t time_max_ms; /* exclusive */
};

struct batch_source_ops {
    /* TOCSIN_OK: *ret_batch holds rows, valid until the next call. TOCSIN_END: no more. */
    tocsin_status (*next)(void *state, struct batch **ret_batch, struct error *err);
    void (*close)(void *state);
};

struct batch_source {
    const struct batch_source_ops *ops;
    void *state;
};

struct batch_sink_ops {
    tocsin_status (*push)(void *state, struct batch *batch, struct error *err);
    tocsin_status (*finish)(void *state, struct error *err);
};

struct batch_sink {
    const struct batch_sink_ops *ops;
    void *state;
};

#endif
