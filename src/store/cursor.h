/* store/cursor.h
 * Answers kept under a name: INTO writes one, FROM reads it (aql-reference 2.4). One file a cursor in one folder.
 * A cursor appears whole when it is finished, or not at all; it lives for a day, as QRadar keeps search results, and
 * its name is taken until then. Names ignore case.
 * Files are checked while they are read: each block has a checksum, and no length in it is trusted.
 * Memory: a writer buffers one block, a reader one block. Threads: one for each writer or reader; processes may share
 * the folder.
 *
 * File, all numbers little-endian:
 *     header: "TOCSINCU" version:u32 length:u32 checksum:u64 { created_ms:i64 name query column_count:u32
 *             { name type:u8 domain:u8 }* }       a text is length:u32 and bytes
 *     block:  "BLCK" length:u32 rows:u32 checksum:u64 { row }*
 *     row:    { valid:u8 [ bool:u8 | integer:i64 | double:f64 | ip:16 | text ] }* more:u64 count:u32
 *             { input:u32 line_count:u32 line:u64 text }*
 *     end:    "DONE" length:u32 rows:u32 checksum:u64 { row_count:u64 input_count:u32 text* now_ms:i64 }
 * Checksums are XXH3 of the bytes behind the 20 (header: 24) bytes of head. Version 2.
 */
#ifndef STORE_CURSOR_H
#define STORE_CURSOR_H

#include "column/result.h"

enum { CURSOR_LIFETIME_MS = 86400000 };

/* ---- writing ---- */

struct cursor_writer;

struct cursor_writer_options {
    const char *folder; /* made if need be, readable by its owner only */
    str name;           /* LIMIT_CURSOR_NAME_BYTES */
    str query;          /* its text, for whoever lists cursors */
    int64_t now_ms;     /* of the clock */
    bool replaces;      /* a live cursor of this name; else it is an error (QRadar's 409/1004) */
};

tocsin_status cursor_writer_create(const struct cursor_writer_options *options, const struct result_header *header,
                                   struct cursor_writer **ret_writer, struct error *err);
tocsin_status cursor_writer_push(struct cursor_writer *writer, const struct result_batch *batch, struct error *err);
/* Makes the cursor appear. `query_now_ms` is what NOW() was for its query. */
tocsin_status cursor_writer_finish(struct cursor_writer *writer, int64_t query_now_ms, struct error *err);
/* Also of a writer that was not finished: then nothing remains. */
void cursor_writer_free(struct cursor_writer *writer);

/* ---- reading ---- */

struct cursor_reader;

/* TOCSIN_END: there is no such cursor, or it has expired. TOCSIN_ERROR_INPUT: the file is damaged or of a later
 * version. */
tocsin_status cursor_reader_open(const char *folder, str name, int64_t now_ms, struct cursor_reader **ret_reader,
                                 struct error *err);
void cursor_reader_free(struct cursor_reader *reader);
/* Its columns as a schema (column/schema.h), the caller's to free. */
tocsin_status cursor_reader_schema(const struct cursor_reader *reader, struct schema **ret_schema, struct error *err);
/* Names of the inputs that its evidence is from. */
const str *cursor_reader_inputs(const struct cursor_reader *reader, size_t *ret_count);
/* What NOW() was for the query that made it. */
int64_t cursor_reader_now(const struct cursor_reader *reader);
/* Empties the batch (made for fields of the cursor's schema) and adds the next rows; views into the batch. The numbers
 * of evidence's inputs are raised by input_base. TOCSIN_END behind the last row. */
tocsin_status cursor_reader_next(struct cursor_reader *reader, uint32_t input_base, struct batch *batch,
                                 struct error *err);

/* ---- the folder ---- */

struct cursor_info {
    str name;
    str query;
    uint64_t rows;
    uint64_t bytes;
    int64_t created_ms;
    bool is_damaged;
};

/* Live cursors by name; expired ones are deleted on the way. A folder that is not there holds none. */
tocsin_status cursor_list(const char *folder, int64_t now_ms, struct arena *arena, struct cursor_info **ret_cursors,
                          size_t *ret_count, struct error *err);
/* TOCSIN_END: there is none. */
tocsin_status cursor_delete(const char *folder, str name, struct error *err);

#endif
