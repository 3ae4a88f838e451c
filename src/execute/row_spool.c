#include "execute/row_spool.h"

#include "base/memory.h"

void row_spool_init(struct row_spool *spool, size_t bytes_max)
{
    *spool = (struct row_spool){.bytes_max = bytes_max, .file = SPILL_FILE_INIT};
    strbuf_init(&spool->memory, SIZE_MAX / 2);
}

void row_spool_release(struct row_spool *spool)
{
    strbuf_release(&spool->memory);
    spill_file_close(&spool->file);
    memory_free(spool->buffer);
    *spool = (struct row_spool){.file = SPILL_FILE_INIT};
}

tocsin_status row_spool_add(struct row_spool *spool, str row, struct error *err)
{
    uint32_t length = (uint32_t)row.len;
    if (row.len > UINT32_MAX) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "a row of more than 4 GiB");
    }
    if (spool->memory.len > 0 && spool->memory.len + sizeof(length) + row.len > spool->bytes_max) {
        tocsin_status status = spill_file_append(&spool->file, strbuf_str(&spool->memory), err);
        if (status != TOCSIN_OK) {
            return status;
        }
        strbuf_clear(&spool->memory);
    }
    strbuf_append(&spool->memory, (str){(const char *)&length, sizeof(length)});
    strbuf_append(&spool->memory, row);
    return spool->memory.is_failed ? error_memory(err) : TOCSIN_OK;
}

static tocsin_status next_in_file(struct row_spool *spool, str *ret_row, struct error *err)
{
    uint32_t length = 0;
    size_t got;
    tocsin_status status =
        spill_file_read(&spool->file, spool->read_offset, (char *)&length, sizeof(length), &got, err);
    if (status == TOCSIN_OK && length > spool->buffer_bytes) {
        char *grown = memory_resize(spool->buffer, length);
        if (!grown) {
            return error_memory(err);
        }
        spool->buffer = grown;
        spool->buffer_bytes = length;
    }
    if (status == TOCSIN_OK) {
        status = spill_file_read(&spool->file, spool->read_offset + sizeof(length), spool->buffer, length, &got, err);
    }
    if (status == TOCSIN_OK && got != length) {
        status = error_set(err, TOCSIN_ERROR_INTERNAL, "a temporary file ends too early");
    }
    if (status == TOCSIN_OK) {
        spool->read_offset += sizeof(length) + length;
        *ret_row = (str){spool->buffer, length};
    }
    return status;
}

tocsin_status row_spool_next(struct row_spool *spool, str *ret_row, struct error *err)
{
    if (spool->read_offset < spool->file.bytes) {
        return next_in_file(spool, ret_row, err);
    }
    size_t at = (size_t)(spool->read_offset - spool->file.bytes);
    if (at == spool->memory.len) {
        return TOCSIN_END;
    }
    uint32_t length;
    memcpy(&length, spool->memory.data + at, sizeof(length));
    *ret_row = (str){spool->memory.data + at + sizeof(length), length};
    spool->read_offset += sizeof(length) + length;
    return TOCSIN_OK;
}
