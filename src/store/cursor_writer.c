#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "store/cursor_internal.h"

struct cursor_writer {
    char path[CURSOR_PATH_BYTES];
    char temporary[CURSOR_PATH_BYTES];
    int file;
    bool replaces;
    int64_t now_ms;
    uint32_t column_count;
    const str *input_names;
    size_t input_count;
    struct strbuf block;
    uint32_t block_rows;
    uint64_t row_count;
};

uint64_t cursor_checksum(str bytes)
{
    return XXH3_64bits(bytes.data, bytes.len);
}

tocsin_status cursor_path(const char *folder, str name, char ret_path[CURSOR_PATH_BYTES], struct error *err)
{
    static const char digits[] = "0123456789abcdef";
    if (name.len == 0 || name.len > LIMIT_CURSOR_NAME_BYTES) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_LIMIT, "the name of a cursor has 1 to %d bytes",
                                         LIMIT_CURSOR_NAME_BYTES);
        return status;
    }
    int length = snprintf(ret_path, CURSOR_PATH_BYTES, "%s/", folder);
    size_t used = length < 0 ? CURSOR_PATH_BYTES : (size_t)length;
    if (used + name.len * 3 + sizeof(".cursor") > CURSOR_PATH_BYTES) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the path of the cursor folder is too long");
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = ascii_lower(name.data[i]);
        if (ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' || c == '-') {
            ret_path[used++] = c;
        } else {
            ret_path[used++] = '%';
            ret_path[used++] = digits[(unsigned char)c >> 4];
            ret_path[used++] = digits[(unsigned char)c & 15];
        }
    }
    memcpy(ret_path + used, ".cursor", sizeof(".cursor"));
    return TOCSIN_OK;
}

/* ---- bytes ---- */

static void put(struct strbuf *buffer, const void *bytes, size_t count)
{
    strbuf_append(buffer, (str){bytes, count});
}
static void put_u8(struct strbuf *buffer, uint8_t value)
{
    put(buffer, &value, sizeof(value));
}
static void put_u32(struct strbuf *buffer, uint32_t value)
{
    uint32_t bytes = htole32(value);
    put(buffer, &bytes, sizeof(bytes));
}
static void put_u64(struct strbuf *buffer, uint64_t value)
{
    uint64_t bytes = htole64(value);
    put(buffer, &bytes, sizeof(bytes));
}
static void put_text(struct strbuf *buffer, str text)
{
    put_u32(buffer, (uint32_t)text.len);
    strbuf_append(buffer, text);
}

static void put_value(struct strbuf *buffer, const struct column *column, uint32_t row)
{
    bool is_valid = column_is_valid(column, row);
    put_u8(buffer, is_valid);
    if (!is_valid) {
        return;
    }
    switch (column->type) {
    case TYPE_BOOL:
        put_u8(buffer, column_bool(column, row));
        return;
    case TYPE_INT64:
        put_u64(buffer, (uint64_t)column_integer(column, row));
        return;
    case TYPE_DOUBLE: {
        double value = column_double(column, row);
        uint64_t bits;
        memcpy(&bits, &value, sizeof(bits));
        put_u64(buffer, bits);
        return;
    }
    case TYPE_IP:
        put(buffer, column_ip(column, row)->bytes, sizeof(struct ip));
        return;
    default:
        put_text(buffer, column_string(column, row));
        return;
    }
}

static void put_evidence(struct strbuf *buffer, const struct result_evidence *evidence)
{
    put_u64(buffer, evidence->more);
    put_u32(buffer, evidence->count);
    for (uint32_t i = 0; i < evidence->count; i++) {
        put_u32(buffer, evidence->lines[i].input);
        put_u32(buffer, evidence->lines[i].line_count);
        put_u64(buffer, evidence->lines[i].line);
        put_text(buffer, evidence->lines[i].raw);
    }
}

/* ---- the file ---- */

static tocsin_status write_failed(const struct cursor_writer *writer, int failure, struct error *err)
{
    tocsin_status status = error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write the cursor %s", writer->path);
    error_hint(err, "--cursors DIR puts cursors elsewhere; `tocsin cursors --delete NAME` makes room");
    return status;
}

static tocsin_status write_all(struct cursor_writer *writer, str bytes, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t written = write(writer->file, bytes.data, bytes.len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return write_failed(writer, written < 0 ? errno : ENOSPC, err);
        }
        bytes = str_skip(bytes, (size_t)written);
    }
    return TOCSIN_OK;
}

/* One part of the file: its head, then its bytes. */
static tocsin_status write_part(struct cursor_writer *writer, const char mark[4], uint32_t rows, str bytes,
                                struct error *err)
{
    struct strbuf head;
    strbuf_init(&head, CURSOR_BLOCK_HEAD);
    put(&head, mark, 4);
    put_u32(&head, (uint32_t)bytes.len);
    put_u32(&head, rows);
    put_u64(&head, cursor_checksum(bytes));
    tocsin_status status = head.is_failed ? error_memory(err) : write_all(writer, strbuf_str(&head), err);
    strbuf_release(&head);
    return status == TOCSIN_OK ? write_all(writer, bytes, err) : status;
}

static tocsin_status write_header(struct cursor_writer *writer, const struct cursor_writer_options *options,
                                  const struct result_header *header, struct error *err)
{
    struct strbuf body;
    struct strbuf head;
    strbuf_init(&body, 64 * MEBI);
    strbuf_init(&head, CURSOR_HEADER_HEAD);
    put_u64(&body, (uint64_t)options->now_ms);
    put_text(&body, options->name);
    put_text(&body, options->query);
    put_u32(&body, header->column_count);
    for (uint32_t i = 0; i < header->column_count; i++) {
        put_text(&body, header->columns[i].name);
        put_u8(&body, (uint8_t)header->columns[i].type);
        put_u8(&body, (uint8_t)header->columns[i].domain);
    }
    put(&head, CURSOR_MAGIC, 8);
    put_u32(&head, CURSOR_VERSION);
    put_u32(&head, (uint32_t)body.len);
    put_u64(&head, cursor_checksum(strbuf_str(&body)));
    tocsin_status status = body.is_failed || head.is_failed ? error_memory(err) : TOCSIN_OK;
    status = status == TOCSIN_OK ? write_all(writer, strbuf_str(&head), err) : status;
    status = status == TOCSIN_OK ? write_all(writer, strbuf_str(&body), err) : status;
    strbuf_release(&head);
    strbuf_release(&body);
    return status;
}

static tocsin_status name_taken(str name, struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "the cursor \"%.*s\" is already in use", STR_ARG(name));
    error_hint(err, "take another name, --replace it, or `tocsin cursors --delete` it");
    return status;
}

/* A cursor of this name that has not expired. */
static bool is_taken(const struct cursor_writer_options *options)
{
    struct cursor_reader *reader = NULL;
    struct error ignored = {0};
    tocsin_status status = cursor_reader_open(options->folder, options->name, options->now_ms, &reader, &ignored);
    cursor_reader_free(reader);
    return status == TOCSIN_OK;
}

/* The folder with what is above it, for its owner only. */
static tocsin_status make_folder(const char *folder, struct error *err)
{
    char path[CURSOR_PATH_BYTES];
    size_t length = strlen(folder);
    if (length >= sizeof(path)) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the path of the cursor folder is too long");
    }
    memcpy(path, folder, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        char kept = path[i];
        path[i] = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot make the cursor folder %s", path);
        }
        path[i] = kept;
    }
    return TOCSIN_OK;
}

static tocsin_status open_writer(struct cursor_writer *writer, const struct cursor_writer_options *options,
                                 const struct result_header *header, struct error *err)
{
    tocsin_status status = cursor_path(options->folder, options->name, writer->path, err);
    if (status == TOCSIN_OK && !options->replaces && is_taken(options)) {
        status = name_taken(options->name, err);
    }
    status = status == TOCSIN_OK ? make_folder(options->folder, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    int length = snprintf(writer->temporary, sizeof(writer->temporary), "%s/.new-XXXXXX", options->folder);
    writer->file = length > 0 && (size_t)length < sizeof(writer->temporary) ? mkostemp(writer->temporary, O_CLOEXEC)
                                                                              : -1;
    if (writer->file < 0) {
        writer->temporary[0] = '\0';
        return write_failed(writer, errno, err);
    }
    return write_header(writer, options, header, err);
}

tocsin_status cursor_writer_create(const struct cursor_writer_options *options, const struct result_header *header,
                                   struct cursor_writer **ret_writer, struct error *err)
{
    struct cursor_writer *writer = memory_allocate_zeroed(1, sizeof(*writer));
    if (!writer) {
        return error_memory(err);
    }
    writer->file = -1;
    writer->replaces = options->replaces;
    writer->now_ms = options->now_ms;
    writer->column_count = header->column_count;
    writer->input_names = header->input_names;
    writer->input_count = header->input_count;
    strbuf_init(&writer->block, UINT32_MAX);
    tocsin_status status = open_writer(writer, options, header, err);
    if (status != TOCSIN_OK) {
        cursor_writer_free(writer);
        return status;
    }
    *ret_writer = writer;
    return TOCSIN_OK;
}

static tocsin_status flush_block(struct cursor_writer *writer, struct error *err)
{
    if (writer->block.is_failed) {
        return error_memory(err);
    }
    tocsin_status status = TOCSIN_OK;
    if (writer->block_rows > 0) {
        status = write_part(writer, CURSOR_BLOCK, writer->block_rows, strbuf_str(&writer->block), err);
    }
    writer->row_count += writer->block_rows;
    writer->block_rows = 0;
    strbuf_clear(&writer->block);
    return status;
}

tocsin_status cursor_writer_push(struct cursor_writer *writer, const struct result_batch *batch, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t row = 0; status == TOCSIN_OK && row < batch->row_count; row++) {
        for (uint32_t i = 0; i < writer->column_count; i++) {
            put_value(&writer->block, &batch->columns[i], row);
        }
        put_evidence(&writer->block, &batch->evidence[row]);
        writer->block_rows++;
        if (writer->block_rows == BATCH_ROWS_MAX || writer->block.len >= LIMIT_CURSOR_BLOCK_BYTES) {
            status = flush_block(writer, err);
        }
    }
    return status;
}

/* The new name, unless somebody else took it meanwhile; a stale or replaced file of that name goes. */
static tocsin_status appear(struct cursor_writer *writer, struct error *err)
{
    if (writer->replaces || link(writer->temporary, writer->path) != 0) {
        bool is_other = !writer->replaces && errno == EEXIST;
        struct stat status;
        /* A file that is there but was not taken when we began has expired, unless it is newer than our beginning. */
        if (is_other && stat(writer->path, &status) == 0 &&
            (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000 >= writer->now_ms) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "another query has just saved the cursor %s", writer->path);
        }
        if (rename(writer->temporary, writer->path) != 0) {
            return write_failed(writer, errno, err);
        }
    } else {
        (void)unlink(writer->temporary);
    }
    writer->temporary[0] = '\0';
    return TOCSIN_OK;
}

tocsin_status cursor_writer_finish(struct cursor_writer *writer, int64_t query_now_ms, struct error *err)
{
    tocsin_status status = flush_block(writer, err);
    struct strbuf end;
    strbuf_init(&end, UINT32_MAX);
    put_u64(&end, writer->row_count);
    put_u32(&end, (uint32_t)writer->input_count);
    for (size_t i = 0; i < writer->input_count; i++) {
        put_text(&end, writer->input_names[i]);
    }
    put_u64(&end, (uint64_t)query_now_ms);
    if (status == TOCSIN_OK && end.is_failed) {
        status = error_memory(err);
    }
    status = status == TOCSIN_OK ? write_part(writer, CURSOR_DONE, 0, strbuf_str(&end), err) : status;
    strbuf_release(&end);
    if (status == TOCSIN_OK && fsync(writer->file) != 0) {
        status = write_failed(writer, errno, err);
    }
    int closed = close(writer->file);
    writer->file = -1;
    if (status == TOCSIN_OK && closed != 0) {
        status = write_failed(writer, errno, err);
    }
    return status == TOCSIN_OK ? appear(writer, err) : status;
}

void cursor_writer_free(struct cursor_writer *writer)
{
    if (!writer) {
        return;
    }
    if (writer->file >= 0) {
        (void)close(writer->file);
    }
    if (writer->temporary[0]) {
        (void)unlink(writer->temporary);
    }
    strbuf_release(&writer->block);
    memory_free(writer);
}
