#include "execute/partition_file.h"

#include <assert.h>

#include "base/memory.h"

void partition_file_init(struct partition_file *file)
{
    *file = (struct partition_file){.file = SPILL_FILE_INIT};
    strbuf_init(&file->record, SIZE_MAX / 2);
    for (uint32_t i = 0; i < PARTITION_COUNT; i++) {
        strbuf_init(&file->partitions[i].buffer, SIZE_MAX / 2);
    }
}

void partition_file_release(struct partition_file *file)
{
    for (uint32_t i = 0; i < PARTITION_COUNT; i++) {
        strbuf_release(&file->partitions[i].buffer);
        memory_free(file->partitions[i].chunks);
    }
    strbuf_release(&file->record);
    spill_file_close(&file->file);
    *file = (struct partition_file){.file = SPILL_FILE_INIT};
}

static tocsin_status write_buffer(struct partition_file *file, struct partition *partition, struct error *err)
{
    if (partition->chunk_count == partition->chunk_capacity) {
        uint32_t capacity = partition->chunk_capacity ? partition->chunk_capacity * 2 : 16;
        struct partition_chunk *grown = memory_resize(partition->chunks, capacity * sizeof(*grown));
        if (!grown) {
            return error_memory(err);
        }
        partition->chunks = grown;
        partition->chunk_capacity = capacity;
    }
    struct partition_chunk chunk = {.offset = file->file.bytes, .bytes = partition->buffer.len};
    tocsin_status status = spill_file_append(&file->file, strbuf_str(&partition->buffer), err);
    if (status == TOCSIN_OK) {
        partition->chunks[partition->chunk_count++] = chunk;
        if (partition->buffer.capacity > 4 * PARTITION_BUFFER_BYTES) { /* a giant record's memory is not kept */
            strbuf_release(&partition->buffer);
            strbuf_init(&partition->buffer, SIZE_MAX / 2);
        }
        strbuf_clear(&partition->buffer);
    }
    return status;
}

struct strbuf *partition_file_begin(struct partition_file *file, uint32_t partition)
{
    assert(partition < PARTITION_COUNT);
    return &file->partitions[partition].buffer;
}

tocsin_status partition_file_end(struct partition_file *file, uint32_t partition, struct error *err)
{
    struct partition *target = &file->partitions[partition];
    if (target->buffer.is_failed) {
        return error_memory(err);
    }
    return target->buffer.len >= PARTITION_BUFFER_BYTES ? write_buffer(file, target, err) : TOCSIN_OK;
}

void partition_file_rewind(struct partition_file *file, uint32_t partition)
{
    file->read_partition = partition;
    file->read_chunk = 0;
}

/* Records end where chunks end, so a chunk is read as a whole; the last ones never left memory. */
tocsin_status partition_file_next(struct partition_file *file, str *ret_records, struct error *err)
{
    const struct partition *partition = &file->partitions[file->read_partition];
    if (file->read_chunk > partition->chunk_count ||
        (file->read_chunk == partition->chunk_count && partition->buffer.len == 0)) {
        return TOCSIN_END;
    }
    if (file->read_chunk == partition->chunk_count) {
        file->read_chunk++;
        *ret_records = strbuf_str(&partition->buffer);
        return TOCSIN_OK;
    }
    const struct partition_chunk *chunk = &partition->chunks[file->read_chunk];
    strbuf_clear(&file->record);
    char *target = strbuf_reserve(&file->record, (size_t)chunk->bytes);
    if (!target) {
        return error_memory(err);
    }
    size_t got;
    tocsin_status status = spill_file_read(&file->file, chunk->offset, target, (size_t)chunk->bytes, &got, err);
    if (status == TOCSIN_OK && got != chunk->bytes) {
        status = error_set(err, TOCSIN_ERROR_INTERNAL, "a temporary file ends too early");
    }
    if (status == TOCSIN_OK) {
        file->record.len = got;
        file->read_chunk++;
        *ret_records = strbuf_str(&file->record);
    }
    return status;
}
