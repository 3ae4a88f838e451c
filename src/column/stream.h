/* column/stream.h
 * The two contracts that make everything composable: where batches come from and where they go.
 */
#ifndef COLUMN_STREAM_H
#define COLUMN_STREAM_H

#include "base/error.h"
#include "column/batch.h"

/* Text that a value holds, or is. */
struct scan_literal {
    str text;          /* not empty */
    bool ignores_case; /* as ILIKE: a value with bytes outside ASCII counts as holding it */
    bool is_whole;     /* the value is this text, not only holds it */
};

/* A condition on the value of one field. What is known of it is there for a source that can make use of it: the zone of
 * a block, a Bloom filter, literals searched in many values at once, and at last the test itself, which a source may
 * ask once for each different value instead of once for each row. */
struct scan_test {
    field_id field;
    bool meets_null; /* a row without a value may meet it (fillers are values: see batch_finish) */
    bool has_range;  /* integers and booleans: what meets it lies within */
    bool is_range;   /* has_range, and whatever lies within meets it, so that nothing has to be asked */
    int64_t least;
    int64_t greatest;
    const struct scan_literal *literals; /* texts: what meets it holds one of these at least */
    uint32_t literal_count;              /* 0: none are known */
    /* Rows (of `rows`) of a flat column whose value meets it, in order; the values of all of them are valid. ret_rows
     * may be `rows`. At most BATCH_ROWS_MAX. */
    tocsin_status (*select)(void *context, struct column *values, const uint16_t *rows, uint32_t row_count,
                            uint16_t *ret_rows, uint32_t *ret_count, struct error *err);
    void *context;
};

enum scan_filter_kind { SCAN_TEST, SCAN_AND, SCAN_OR };

/* Which rows are wanted: a tree of tests on single fields, implied by what the reader filters with. Whoever reads the
 * rows filters again, so a source may give more rows than meet it, but never fewer. The fields of all tests are among
 * those that are read. */
struct scan_filter {
    enum scan_filter_kind kind;
    struct scan_test test;                  /* SCAN_TEST */
    const struct scan_filter *const *parts; /* others: one at least */
    uint32_t part_count;
};

/* What a reader of batches needs. A source may ignore all but `fields`, or use any part of it. */
struct scan_request {
    struct field_set fields;
    bool has_time_range;
    int64_t time_min_ms; /* starttime, inclusive */
    int64_t time_max_ms; /* exclusive; INT64_MAX: open */
    /* One for each thread that may test at the same time: the same filter, with contexts of their own. */
    const struct scan_filter *const *filters;
    uint32_t filter_count;    /* 0: all rows are wanted */
    struct field_set coded;   /* of `fields`, texts that need not be there where their codes are: see struct column */
    bool leaves_out_evidence; /* nobody looks at the lines that rows were made from */
    bool wants_places;        /* of those lines only where they begin is looked at: see batch_place */
    /* Rows are numbered (see struct batch), so that who has chosen the few it wants can have the rest of them: */
    bool is_numbered;
    struct field_set late; /* fields of theirs, none of `fields`, */
    bool has_late_lines;   /* and the lines they were made from */
};

struct batch_source_ops {
    /* TOCSIN_OK: *ret_batch holds rows, valid until the next call. TOCSIN_END: no more. */
    tocsin_status (*next)(void *state, struct batch **ret_batch, struct error *err);
    void (*close)(void *state);
    /* NULL: the source has no such thing. What is late of rows that were given: of the first ones of `numbers`, which
     * ascend (one at least), as many as are at hand together. `batch` is empty and made for the late fields and any
     * others, and is the same one at each call; rows, lines and late columns are filled in, valid until the next call,
     * and the caller ends it. *ret_count 0: the first one cannot be read. */
    tocsin_status (*fetch)(void *state, const uint64_t *numbers, uint32_t count, struct batch *batch,
                           uint32_t *ret_count, struct error *err);
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
