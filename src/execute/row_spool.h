/* execute/row_spool.h
 * Rows kept in the order of arrival to be read once more, in bounded memory: the rest goes to a temporary file.
 * For queries that must know NOW() before they can decide, when NOW() is the newest event of the input.
 */
#ifndef EXECUTE_ROW_SPOOL_H
#define EXECUTE_ROW_SPOOL_H

#include "base/strbuf.h"
#include "base/spill_file.h"

struct row_spool {
    struct strbuf memory; /* the newest rows: each its length (u32) and its bytes */
    struct spill_file file;
    size_t bytes_max;
    uint64_t read_offset; /* of the next row, counted over file and memory */
    char *buffer;         /* of the row last read from the file */
    size_t buffer_bytes;
};

void row_spool_init(struct row_spool *spool, size_t bytes_max);
void row_spool_release(struct row_spool *spool);
tocsin_status row_spool_add(struct row_spool *spool, str row, struct error *err);
/* The next row, valid until the next call; TOCSIN_END behind the last. No adding after the first read. */
tocsin_status row_spool_next(struct row_spool *spool, str *ret_row, struct error *err);

#endif
