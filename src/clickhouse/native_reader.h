/* clickhouse/native_reader.h
 * Blocks of ClickHouse's Native format, as a server answers with over HTTP, from pieces of any size. The bytes may be
 * hostile: every count and length is checked before it is used.
 * Not for writing: see native_writer.h. Not for what columns mean: see clickhouse_scan.h.
 * Memory: one block, at most LIMIT_CLICKHOUSE_BLOCK_BYTES. Threads: one.
 */
#ifndef CLICKHOUSE_NATIVE_READER_H
#define CLICKHOUSE_NATIVE_READER_H

#include "base/error.h"
#include "base/strbuf.h"

enum native_kind {
    NATIVE_INTEGER,  /* Int8 .. Int64, and Date and DateTime as numbers of days and seconds */
    NATIVE_UNSIGNED, /* UInt8 .. UInt64 */
    NATIVE_DOUBLE,   /* Float64, Float32 */
    NATIVE_STRING,
    NATIVE_FIXED /* FixedString(width) */
};

struct native_column {
    str name;
    enum native_kind kind;
    uint32_t width; /* bytes of a value; 0 for NATIVE_STRING */
    bool is_nullable;
    const uint8_t *nulls; /* of each row, 0: it has a value; NULL if not is_nullable */
    str data;             /* values one behind the other; a string has its length in front, as LEB128 */
};

struct native_block {
    uint64_t rows;
    uint32_t column_count;
    const struct native_column *columns;
};

struct native_reader;

/* `names`: those that the columns of every block must have, in this order; they must stay as they are. NULL: any. */
tocsin_status native_reader_create(const str *names, uint32_t name_count, struct native_reader **ret_reader,
                                   struct error *err) __attribute__((warn_unused_result));
/* NULL is allowed. */
void native_reader_free(struct native_reader *reader);

/* Takes the next bytes of the answer, a copy. The block given last is gone. */
tocsin_status native_reader_push(struct native_reader *reader, str piece, struct error *err)
    __attribute__((warn_unused_result));
/* The next whole block, valid until the next call; blocks without rows are passed over. TOCSIN_END: more bytes are
 * needed. TOCSIN_ERROR_INPUT: this is no block, or it has types that are not taken. */
tocsin_status native_reader_next(struct native_reader *reader, const struct native_block **ret_block, struct error *err)
    __attribute__((warn_unused_result));
/* No part of a block is left: the answer may end here. */
bool native_reader_is_between(const struct native_reader *reader);

/* The next of a column's strings; `rest` begins as its data. Blocks are checked, so there is one for every row. */
str native_take_string(str *rest);

#endif
