/* base/row_sorter.h
 * Sorts rows by their keys (see row_encode_key) in bounded memory: what does not fit is written to a temporary file in
 * sorted runs and merged at the end. With a limit only the first rows are kept.
 */
#ifndef EXECUTE_ROW_SORTER_H
#define EXECUTE_ROW_SORTER_H

#include "base/error.h"

struct row_sorter;

struct row_sorter_options {
    size_t bytes_max; /* of rows in memory */
    bool has_limit;
    uint64_t limit;
};

tocsin_status row_sorter_create(const struct row_sorter_options *options, struct row_sorter **ret_sorter,
                                struct error *err);
void row_sorter_free(struct row_sorter *sorter);
/* False: with the limit, a row with this key that came now would not be among the first. Need not be asked. */
bool row_sorter_wants(const struct row_sorter *sorter, str key);
/* Copies both. Equal keys keep the order of arrival. */
tocsin_status row_sorter_add(struct row_sorter *sorter, str key, str body, struct error *err);
/* Sorted runs written to disk so far. */
size_t row_sorter_run_count(const struct row_sorter *sorter);
/* After the last row; then row_sorter_next gives bodies in order, each valid until the next call. */
tocsin_status row_sorter_finish(struct row_sorter *sorter, struct error *err);
tocsin_status row_sorter_next(struct row_sorter *sorter, str *ret_body, struct error *err);

#endif
