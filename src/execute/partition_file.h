/* execute/partition_file.h
 * Records written to 16 partitions of one temporary file, then read partition by partition. One file, so that many
 * queries at once do not use up file descriptors. Memory: a buffer of PARTITION_BUFFER_BYTES for each partition.
 */
#ifndef EXECUTE_PARTITION_FILE_H
#define EXECUTE_PARTITION_FILE_H

#include "base/strbuf.h"
#include "base/spill_file.h"

enum { PARTITION_COUNT = 16, PARTITION_BUFFER_BYTES = 32 * 1024 };

struct partition_chunk {
    uint64_t offset;
    uint64_t bytes;
};

struct partition {
    struct strbuf buffer; /* written last, not yet in the file */
    struct partition_chunk *chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
};

struct partition_file {
    struct spill_file file;
    struct partition partitions[PARTITION_COUNT];
    /* Reading */
    struct strbuf record;
    uint32_t read_partition;
    uint32_t read_chunk;
};

void partition_file_init(struct partition_file *file);
void partition_file_release(struct partition_file *file);

/* Starts a record: append it to the strbuf given back, then call partition_file_end. */
struct strbuf *partition_file_begin(struct partition_file *file, uint32_t partition);
tocsin_status partition_file_end(struct partition_file *file, uint32_t partition, struct error *err);

/* After the last record: reads a partition from its first record on. */
void partition_file_rewind(struct partition_file *file, uint32_t partition);
/* Gives the next bytes of the partition, in whole records, valid until the next call; TOCSIN_END behind the last. */
tocsin_status partition_file_next(struct partition_file *file, str *ret_records, struct error *err);

#endif
