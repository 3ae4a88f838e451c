/* execute/scan_filter.h
 * From the plans of a run to what their source may leave out: which rows any of them wants, as a tree of tests on
 * single fields (struct scan_filter of column/stream.h) that each plan's filter implies.
 *
 * Taken are the conditions that are known before the first row. AND and OR are taken apart (NOT is pushed down to
 * them); what reads exactly one field is a test, run by a filter program over a batch of one column; what reads several
 * is left out of an AND, and makes an OR unknown. Parts of one AND or OR on the same field become one test, so that it
 * is asked once for each value. Several plans are parts of an OR; beyond SCAN_FILTER_PLANS_EXACT of them, of each field
 * that all of them test, one test is made: whether the value may please any of them.
 *
 * Not the filter itself: rows that come are filtered again.
 * Memory: bounded by LIMIT_SCAN_FILTER_STEPS; plans that need more have no filter. Each thread's tests have programs,
 * regex scratch and command cache of their own.
 * Threads: made and freed by one; filters[i] is used by one thread at a time.
 */
#ifndef EXECUTE_SCAN_FILTER_H
#define EXECUTE_SCAN_FILTER_H

#include "column/stream.h"
#include "execute/program.h"

enum { SCAN_FILTER_PLANS_EXACT = 8 };

struct scan_filter_options {
    const struct plan *const *plans; /* of the run; their sub-selects are found here */
    size_t plan_count;
    bool is_now_known;     /* the environment's now_ms is final */
    uint32_t thread_count; /* that may test at the same time */
    uint64_t hash_seed;
};

struct scan_filters;

/* The plans and the environment outlive the filters; now_ms is taken as it is. */
tocsin_status scan_filters_create(const struct program_environment *environment,
                                  const struct scan_filter_options *options, struct scan_filters **ret_filters,
                                  struct error *err);
void scan_filters_free(struct scan_filters *filters);

/* Sets the filters and the time range of a request; the filters live as long as they are not freed. */
void scan_filters_request(const struct scan_filters *filters, struct scan_request *request);
/* Regular expressions that were given up by tests, which are no longer running. */
uint64_t scan_filters_given_up(const struct scan_filters *filters);

#endif
