#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/cursor_internal.h"

struct cursor_column {
    str name;
    enum value_type type;
    enum value_domain domain;
};

struct cursor_reader {
    struct arena arena; /* names, columns, the end of the file */
    char path[CURSOR_PATH_BYTES];
    int file;
    uint64_t file_bytes;
    uint64_t offset; /* of the next part */
    int64_t created_ms;
    str name;
    str query;
    struct cursor_column *columns;
    uint32_t column_count;
    uint64_t row_count;
    str *inputs;
    uint32_t input_count;
    int64_t query_now_ms;
    char *block; /* rows not yet given */
    size_t block_capacity;
    str rest;
    uint32_t rows_left; /* in the block */
    uint64_t rows_given;
};

/* ---- checked bytes: whatever is not there is zero, and is_bad is set ---- */

struct bytes {
    str rest;
    bool is_bad;
};

static str take(struct bytes *bytes, size_t count)
{
    if (bytes->is_bad || bytes->rest.len < count) {
        bytes->is_bad = true;
        return STR_EMPTY;
    }
    str taken = str_slice(bytes->rest, 0, count);
    bytes->rest = str_skip(bytes->rest, count);
    return taken;
}
static uint8_t take_u8(struct bytes *bytes)
{
    str taken = take(bytes, 1);
    return taken.len == 1 ? (uint8_t)taken.data[0] : 0;
}
static uint32_t take_u32(struct bytes *bytes)
{
    uint32_t value = 0;
    str taken = take(bytes, sizeof(value));
    memcpy(&value, taken.data, taken.len);
    return le32toh(value);
}
static uint64_t take_u64(struct bytes *bytes)
{
    uint64_t value = 0;
    str taken = take(bytes, sizeof(value));
    memcpy(&value, taken.data, taken.len);
    return le64toh(value);
}
static str take_text(struct bytes *bytes)
{
    return take(bytes, take_u32(bytes));
}

/* ---- parts of the file ---- */

static tocsin_status damaged(const struct cursor_reader *reader, const char *what, struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_INPUT, "the cursor %s is damaged: %s", reader->path, what);
    error_hint(err, "run the query that made it again; `tocsin cursors --delete` removes it");
    return status;
}

static tocsin_status read_at(const struct cursor_reader *reader, uint64_t offset, char *buffer, size_t count,
                             struct error *err)
{
    size_t done = 0;
    while (done < count) {
        ssize_t got = pread(reader->file, buffer + done, count - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot read the cursor %s", reader->path);
        }
        if (got == 0) {
            return damaged(reader, "it ends in the middle of a part", err);
        }
        done += (size_t)got;
    }
    return TOCSIN_OK;
}

struct part {
    char mark[4];
    uint32_t length;
    uint32_t rows;
    uint64_t checksum;
};

static tocsin_status read_part_head(const struct cursor_reader *reader, uint64_t offset, struct part *ret_part,
                                    struct error *err)
{
    char head[CURSOR_BLOCK_HEAD];
    if (reader->file_bytes - offset < sizeof(head)) {
        return damaged(reader, "its end is missing", err);
    }
    tocsin_status status = read_at(reader, offset, head, sizeof(head), err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct bytes bytes = {.rest = {head, sizeof(head)}};
    memcpy(ret_part->mark, take(&bytes, 4).data, 4);
    ret_part->length = take_u32(&bytes);
    ret_part->rows = take_u32(&bytes);
    ret_part->checksum = take_u64(&bytes);
    bool is_end = memcmp(ret_part->mark, CURSOR_DONE, 4) == 0;
    bool is_known = is_end ? ret_part->rows == 0 : memcmp(ret_part->mark, CURSOR_BLOCK, 4) == 0;
    if (!is_known || ret_part->length > reader->file_bytes - offset - sizeof(head) ||
        ret_part->length > LIMIT_CURSOR_PART_BYTES || ret_part->rows > BATCH_ROWS_MAX) {
        return damaged(reader, "a part of it makes no sense", err);
    }
    return TOCSIN_OK;
}

/* The bytes of a part into `buffer`, checked. */
static tocsin_status read_part(const struct cursor_reader *reader, uint64_t offset, const struct part *part,
                               char *buffer, struct error *err)
{
    tocsin_status status = read_at(reader, offset + CURSOR_BLOCK_HEAD, buffer, part->length, err);
    if (status == TOCSIN_OK && cursor_checksum((str){buffer, part->length}) != part->checksum) {
        status = damaged(reader, "a checksum does not fit", err);
    }
    return status;
}

static bool take_column(struct bytes *bytes, struct cursor_column *column)
{
    column->name = take_text(bytes);
    uint8_t type = take_u8(bytes);
    uint8_t domain = take_u8(bytes);
    column->type = type;
    column->domain = domain;
    return !bytes->is_bad && column->name.len > 0 && column->name.len <= LIMIT_IDENTIFIER_BYTES &&
           type > TYPE_NULL && type < TYPE_COUNT && domain < DOMAIN_COUNT;
}

static tocsin_status parse_header(struct cursor_reader *reader, str body, struct error *err)
{
    struct bytes bytes = {.rest = body};
    reader->created_ms = (int64_t)take_u64(&bytes);
    reader->name = take_text(&bytes);
    reader->query = take_text(&bytes);
    reader->column_count = take_u32(&bytes);
    if (bytes.is_bad || reader->column_count > LIMIT_SCHEMA_FIELDS) {
        return damaged(reader, "its header makes no sense", err);
    }
    reader->columns = arena_array(&reader->arena, struct cursor_column, reader->column_count + 1u);
    if (!reader->columns) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < reader->column_count; i++) {
        if (!take_column(&bytes, &reader->columns[i])) {
            return damaged(reader, "its header makes no sense", err);
        }
    }
    return TOCSIN_OK;
}

static tocsin_status read_header(struct cursor_reader *reader, struct error *err)
{
    char head[CURSOR_HEADER_HEAD];
    if (reader->file_bytes < sizeof(head)) {
        return damaged(reader, "it is too short", err);
    }
    tocsin_status status = read_at(reader, 0, head, sizeof(head), err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct bytes bytes = {.rest = {head, sizeof(head)}};
    bool is_cursor = memcmp(take(&bytes, 8).data, CURSOR_MAGIC, 8) == 0;
    uint32_t version = take_u32(&bytes);
    uint32_t length = take_u32(&bytes);
    uint64_t checksum = take_u64(&bytes);
    if (!is_cursor) {
        return damaged(reader, "it is no cursor", err);
    }
    if (version != CURSOR_VERSION) {
        return error_set(err, TOCSIN_ERROR_INPUT, "the cursor %s has version %u, and this program knows version %d",
                         reader->path, version, CURSOR_VERSION);
    }
    if (length > reader->file_bytes - sizeof(head) || length > LIMIT_CURSOR_PART_BYTES) {
        return damaged(reader, "its header makes no sense", err);
    }
    char *body = arena_allocate(&reader->arena, length, 1);
    if (!body) {
        return error_memory(err);
    }
    status = read_at(reader, sizeof(head), body, length, err);
    if (status == TOCSIN_OK && cursor_checksum((str){body, length}) != checksum) {
        status = damaged(reader, "the checksum of its header does not fit", err);
    }
    reader->offset = sizeof(head) + length;
    return status == TOCSIN_OK ? parse_header(reader, (str){body, length}, err) : status;
}

static tocsin_status parse_end(struct cursor_reader *reader, str body, struct error *err)
{
    struct bytes bytes = {.rest = body};
    reader->row_count = take_u64(&bytes);
    reader->input_count = take_u32(&bytes);
    if (bytes.is_bad || reader->input_count > bytes.rest.len / sizeof(uint32_t)) {
        return damaged(reader, "its end makes no sense", err);
    }
    reader->inputs = arena_array(&reader->arena, str, reader->input_count + 1u);
    if (!reader->inputs) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < reader->input_count; i++) {
        reader->inputs[i] = take_text(&bytes);
    }
    reader->query_now_ms = (int64_t)take_u64(&bytes);
    return bytes.is_bad ? damaged(reader, "its end makes no sense", err) : TOCSIN_OK;
}

/* Walks over the heads of the blocks to the end, which says how many rows there are and from where. */
static tocsin_status read_end(struct cursor_reader *reader, struct error *err)
{
    uint64_t offset = reader->offset;
    struct part part;
    for (;;) {
        tocsin_status status = read_part_head(reader, offset, &part, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        if (memcmp(part.mark, CURSOR_DONE, 4) == 0) {
            break;
        }
        offset += CURSOR_BLOCK_HEAD + part.length;
    }
    char *body = arena_allocate(&reader->arena, part.length, 1);
    if (!body) {
        return error_memory(err);
    }
    tocsin_status status = read_part(reader, offset, &part, body, err);
    return status == TOCSIN_OK ? parse_end(reader, (str){body, part.length}, err) : status;
}

static tocsin_status open_file(struct cursor_reader *reader, struct error *err)
{
    reader->file = open(reader->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (reader->file < 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? TOCSIN_END
                   : error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot read the cursor %s", reader->path);
    }
    struct stat status;
    if (fstat(reader->file, &status) != 0 || !S_ISREG(status.st_mode)) {
        return damaged(reader, "it is no file", err);
    }
    reader->file_bytes = (uint64_t)status.st_size;
    tocsin_status result = read_header(reader, err);
    return result == TOCSIN_OK ? read_end(reader, err) : result;
}

static tocsin_status open_path(struct cursor_reader *reader, struct error *err)
{
    arena_init(&reader->arena, 2 * (size_t)LIMIT_CURSOR_PART_BYTES);
    reader->file = -1;
    return open_file(reader, err);
}

static bool has_expired(const struct cursor_reader *reader, int64_t now_ms)
{
    int64_t age_ms;
    return __builtin_sub_overflow(now_ms, reader->created_ms, &age_ms) || age_ms > CURSOR_LIFETIME_MS;
}

tocsin_status cursor_reader_open(const char *folder, str name, int64_t now_ms, struct cursor_reader **ret_reader,
                                 struct error *err)
{
    struct cursor_reader *reader = memory_allocate_zeroed(1, sizeof(*reader));
    if (!reader) {
        return error_memory(err);
    }
    tocsin_status status = cursor_path(folder, name, reader->path, err);
    if (status != TOCSIN_OK) {
        memory_free(reader);
        return status;
    }
    status = open_path(reader, err);
    if (status == TOCSIN_OK && has_expired(reader, now_ms)) {
        status = TOCSIN_END;
    }
    if (status != TOCSIN_OK) {
        cursor_reader_free(reader);
        return status;
    }
    *ret_reader = reader;
    return TOCSIN_OK;
}

void cursor_reader_free(struct cursor_reader *reader)
{
    if (!reader) {
        return;
    }
    if (reader->file >= 0) {
        (void)close(reader->file);
    }
    memory_free(reader->block);
    arena_release(&reader->arena);
    memory_free(reader);
}

tocsin_status cursor_reader_schema(const struct cursor_reader *reader, struct schema **ret_schema, struct error *err)
{
    struct field *fields = memory_allocate_zeroed(reader->column_count + 1u, sizeof(*fields));
    if (!fields) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < reader->column_count; i++) {
        fields[i] = (struct field){.name = reader->columns[i].name,
                                   .type = reader->columns[i].type,
                                   .domain = reader->columns[i].domain,
                                   .description = STR_EMPTY};
    }
    tocsin_status status = schema_create_derived(fields, reader->column_count, ret_schema, err);
    memory_free(fields);
    return status;
}

const str *cursor_reader_inputs(const struct cursor_reader *reader, size_t *ret_count)
{
    *ret_count = reader->input_count;
    return reader->inputs;
}

int64_t cursor_reader_now(const struct cursor_reader *reader)
{
    return reader->query_now_ms;
}

/* ---- rows ---- */

/* The next block; TOCSIN_END at the end, when all rows have been given. */
static tocsin_status next_block(struct cursor_reader *reader, struct error *err)
{
    struct part part;
    tocsin_status status = read_part_head(reader, reader->offset, &part, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (memcmp(part.mark, CURSOR_DONE, 4) == 0) {
        return reader->rows_given == reader->row_count ? TOCSIN_END : damaged(reader, "rows are missing", err);
    }
    if (part.length > reader->block_capacity) {
        char *grown = memory_resize(reader->block, part.length);
        if (!grown) {
            return error_memory(err);
        }
        reader->block = grown;
        reader->block_capacity = part.length;
    }
    if (part.length == 0 || part.rows == 0) {
        return damaged(reader, "a block is empty", err);
    }
    status = read_part(reader, reader->offset, &part, reader->block, err);
    reader->offset += CURSOR_BLOCK_HEAD + part.length;
    reader->rest = (str){reader->block, part.length};
    reader->rows_left = part.rows;
    return status;
}

static void take_value(struct bytes *bytes, enum value_type type, struct batch *batch, struct column *column,
                       uint32_t row)
{
    if (take_u8(bytes) == 0) {
        return;
    }
    switch (type) {
    case TYPE_BOOL:
        column_set_bool(column, row, take_u8(bytes) != 0);
        return;
    case TYPE_INT64:
        column_set_integer(column, row, (int64_t)take_u64(bytes));
        return;
    case TYPE_DOUBLE: {
        uint64_t bits = take_u64(bytes);
        double value;
        memcpy(&value, &bits, sizeof(value));
        column_set_double(column, row, value);
        return;
    }
    case TYPE_IP: {
        struct ip ip = {{0}};
        str taken = take(bytes, sizeof(ip));
        memcpy(&ip, taken.data, taken.len);
        column_set_ip(column, row, ip);
        return;
    }
    default: {
        str text = take_text(bytes);
        column_set_string(column, row, column ? batch_copy(batch, text) : text);
        return;
    }
    }
}

static void take_evidence(struct bytes *bytes, uint32_t input_base, uint32_t input_count, struct batch *batch,
                          uint32_t row)
{
    batch->rows[row].evidence_more = take_u64(bytes);
    uint32_t count = take_u32(bytes);
    for (uint32_t i = 0; i < count && !bytes->is_bad; i++) {
        struct evidence evidence = {.input = take_u32(bytes)};
        evidence.line_count = take_u32(bytes);
        evidence.line = take_u64(bytes);
        evidence.raw = batch_copy(batch, take_text(bytes));
        bytes->is_bad |= evidence.input >= input_count || i >= LIMIT_EVIDENCE_LINES;
        evidence.input += input_base;
        if (!bytes->is_bad) {
            batch_add_evidence(batch, evidence);
        }
    }
}

static tocsin_status take_row(struct cursor_reader *reader, uint32_t input_base, struct batch *batch,
                              struct error *err)
{
    struct bytes bytes = {.rest = reader->rest};
    uint32_t row = batch_add_row(batch);
    for (uint32_t i = 0; i < reader->column_count; i++) {
        take_value(&bytes, reader->columns[i].type, batch, batch_column(batch, (field_id)i), row);
    }
    take_evidence(&bytes, input_base, reader->input_count, batch, row);
    bool has_leftover = reader->rows_left == 1 && bytes.rest.len > 0;
    if (bytes.is_bad || has_leftover) {
        return damaged(reader, has_leftover ? "a block holds more than its rows" : "a row is cut", err);
    }
    reader->rest = bytes.rest;
    reader->rows_left--;
    reader->rows_given++;
    return TOCSIN_OK;
}

tocsin_status cursor_reader_next(struct cursor_reader *reader, uint32_t input_base, struct batch *batch,
                                 struct error *err)
{
    batch_clear(batch);
    tocsin_status status = reader->rows_left > 0 ? TOCSIN_OK : next_block(reader, err);
    while (status == TOCSIN_OK && reader->rows_left > 0 && !batch_is_full(batch)) {
        status = take_row(reader, input_base, batch, err);
    }
    return status == TOCSIN_OK ? batch_finish(batch, err) : status;
}

/* ---- the folder ---- */

static int compare_infos(const void *a, const void *b)
{
    const struct cursor_info *x = a;
    const struct cursor_info *y = b;
    return str_compare(x->name, y->name);
}

/* The name that a file's name stands for (cursor_path), for files that do not say it themselves. */
static str name_of_file(const char *path, struct arena *arena)
{
    str file = str_from_cstring(strrchr(path, '/') + 1);
    file = str_slice(file, 0, file.len - (sizeof(".cursor") - 1));
    char *name = arena_allocate(arena, file.len + 1, 1);
    size_t length = 0;
    for (size_t i = 0; name && i < file.len; i++) {
        bool is_coded = file.data[i] == '%' && i + 2 < file.len &&
                        str_hex_decode(str_slice(file, i + 1, i + 3), &name[length]);
        if (!is_coded) {
            name[length] = file.data[i];
        }
        i += is_coded ? 2 : 0;
        length++;
    }
    return name ? (str){name, length} : STR_EMPTY;
}

/* Describes one file; false if it has expired (and is deleted). */
static bool describe(const char *path, int64_t now_ms, struct arena *arena, struct cursor_info *ret_info,
                     struct error *err)
{
    struct cursor_reader *reader = memory_allocate_zeroed(1, sizeof(*reader));
    if (!reader) {
        return false;
    }
    struct error ignored = {0};
    (void)snprintf(reader->path, sizeof(reader->path), "%s", path);
    tocsin_status status = open_path(reader, &ignored);
    bool is_live = status != TOCSIN_END;
    if (status == TOCSIN_OK && has_expired(reader, now_ms)) {
        (void)unlink(path);
        is_live = false;
    }
    *ret_info = (struct cursor_info){
        .name = arena_copy(arena, reader->name.len > 0 ? reader->name : name_of_file(path, arena)),
        .query = arena_copy(arena, reader->query.data ? reader->query : STR_EMPTY),
        .rows = reader->row_count,
        .bytes = reader->file_bytes,
        .created_ms = reader->created_ms,
        .is_damaged = status != TOCSIN_OK,
    };
    cursor_reader_free(reader);
    return is_live;
}

tocsin_status cursor_list(const char *folder, int64_t now_ms, struct arena *arena, struct cursor_info **ret_cursors,
                          size_t *ret_count, struct error *err)
{
    *ret_cursors = NULL;
    *ret_count = 0;
    DIR *directory = opendir(folder);
    if (!directory) {
        return errno == ENOENT ? TOCSIN_OK
                               : error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot list the cursors in %s", folder);
    }
    size_t capacity = 0;
    tocsin_status status = TOCSIN_OK;
    for (struct dirent *entry = readdir(directory); entry && status == TOCSIN_OK; entry = readdir(directory)) {
        str name = str_from_cstring(entry->d_name);
        char path[CURSOR_PATH_BYTES];
        int length = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        struct cursor_info info;
        if (!str_ends_with(name, STR(".cursor")) || length < 0 || (size_t)length >= sizeof(path) ||
            !describe(path, now_ms, arena, &info, err)) {
            continue;
        }
        if (*ret_count == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            struct cursor_info *grown = arena_array(arena, struct cursor_info, capacity);
            if (!grown) {
                status = error_memory(err);
                break;
            }
            if (*ret_count > 0) {
                memcpy(grown, *ret_cursors, *ret_count * sizeof(*grown));
            }
            *ret_cursors = grown;
        }
        (*ret_cursors)[(*ret_count)++] = info;
    }
    (void)closedir(directory);
    if (*ret_count > 1) {
        qsort(*ret_cursors, *ret_count, sizeof(**ret_cursors), compare_infos);
    }
    return status;
}

tocsin_status cursor_delete(const char *folder, str name, struct error *err)
{
    char path[CURSOR_PATH_BYTES];
    tocsin_status status = cursor_path(folder, name, path, err);
    if (status != TOCSIN_OK || unlink(path) == 0) {
        return status;
    }
    return errno == ENOENT || errno == ENOTDIR
               ? TOCSIN_END
               : error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot delete the cursor %s", path);
}
