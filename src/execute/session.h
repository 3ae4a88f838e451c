/* execute/session.h
 * SESSION BY: which rows belong together (aql-reference 2.14). Rows come in the order of time; each gets the number of
 * its session or is dropped. The row that opens a session is not tested against END; the row on which END holds still
 * belongs to the session.
 * Keys come from attackers: memory is bounded by bytes_max. Sessions that are over, also those that TIMEOUT or
 * TIMEWINDOW has ended by now, are forgotten when it is full; more open ones are TOCSIN_ERROR_LIMIT. Threads: one.
 */
#ifndef EXECUTE_SESSION_H
#define EXECUTE_SESSION_H

#include "base/error.h"

struct session_options {
    bool is_begin_explicit; /* rows outside any session are dropped */
    bool is_end_explicit;   /* only END (and TIMEOUT, TIMEWINDOW) closes: BEGIN is not tested while one is open */
    bool has_timeout;
    int64_t timeout_ms; /* since the row before */
    bool has_window;
    int64_t window_ms;  /* since the first row */
    bool is_sequential; /* one session at a time, which another key ends; else one for every key at a time */
    size_t bytes_max;
    uint64_t hash_seed;
};

struct session_row {
    int64_t time_ms; /* not less than that of the row before */
    str key;         /* the values of the keys as bytes: equal values, equal bytes */
    bool begins;     /* BEGIN holds */
    bool ends;       /* END holds; false if there is none */
};

struct session_tracker;

tocsin_status session_tracker_create(const struct session_options *options, struct session_tracker **ret_tracker,
                                     struct error *err);
void session_tracker_free(struct session_tracker *tracker);
/* *ret_id: 1, 2, ... in the order in which sessions open; 0: the row belongs to none. */
tocsin_status session_tracker_next(struct session_tracker *tracker, const struct session_row *row, uint64_t *ret_id,
                                   struct error *err);

#endif
