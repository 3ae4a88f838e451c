/* fuzz_docker.c - any lines, each in a syslog frame of the daemon, of a container or of nobody, chunks that end between
 * them: every value of every row lies in a line, in the batch or in what the format keeps, and still reads after the
 * lines behind it. The first byte of a line says what its frame is. */
#include <stdlib.h>

#include "base/memory.h"
#include "format/row_writer_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct format_def format_docker;

static struct schema *schema;
static struct log_source_table *log_sources;
static struct field_set wanted;
static struct format_context context;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void set_up(void)
{
    if (schema) {
        return;
    }
    const struct format_def *def = &format_docker;
    require(schema_create(&schema, NULL) == TOCSIN_OK && log_source_table_create(&log_sources, NULL) == TOCSIN_OK);
    for (size_t i = 0; i < def->field_count; i++) {
        str name = str_from_cstring(def->fields[i].name);
        field_id field;
        if (schema_find(schema, name) == FIELD_NONE) {
            require(schema_add_property(schema, name, def->fields[i].type, STR("x"), &field, NULL) == TOCSIN_OK);
        }
    }
    for (size_t i = 0; i < schema_field_count(schema); i++) {
        field_set_add(&wanted, (field_id)i);
    }
    context = (struct format_context){.schema = schema, .wanted = &wanted, .log_sources = log_sources};
}

/* Touches every byte of every value, so that AddressSanitizer sees a view that died. */
static uint64_t touch(const struct batch *batch)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < batch->column_count; i++) {
        const struct column *column = &batch->columns[i];
        bool is_text = column->type == TYPE_STRING || column->type == TYPE_BYTES;
        for (uint32_t row = 0; is_text && row < batch->row_count; row++) {
            if (column_is_valid(column, row)) {
                sum += str_hash(column_string(column, row), 1);
            }
        }
    }
    return sum;
}

/* 1: a line of this format; 0: handed on. */
static uint32_t handles(void *state, const uint8_t *data, size_t size, struct row_writer *writer, char **ret_copy)
{
    static const str applications[] = {{"", 0}, {"dockerd", 7}, {"podman", 6}, {"ef64fd99dc5f", 12}};
    char *copy = memory_allocate(size);
    require(copy);
    memcpy(copy, data, size);
    *ret_copy = copy;
    str text = {copy + 1, size - 1};
    struct log_line line = {.text = text, .raw = text, .line = 1, .line_count = 1};
    line.frame.is_present = data[0] & 1;
    line.frame.application = applications[data[0] >> 1 & 3];
    line.is_truncated = data[0] & 8;
    (void)format_docker.detect(&line);
    (void)format_docker.continues(state, &line);
    tocsin_status status = format_docker.parse_line(state, &line, writer, NULL);
    require(status == TOCSIN_OK || status == TOCSIN_END);
    return status == TOCSIN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { LINES_MAX = 64 };
    char *copies[LINES_MAX];
    size_t count = 0;
    uint32_t taken = 0;
    uint32_t rows = 0;
    void *state;
    static struct row_writer *writer; /* its batches are large: one for all runs */
    struct batch *batch;
    set_up();
    require(writer || row_writer_create(&context, 0, &writer, NULL) == TOCSIN_OK);
    require(format_docker.open(&context, &state, NULL) == TOCSIN_OK);
    while (size > 0 && count < LINES_MAX) {
        const uint8_t *newline = memchr(data, '\n', size);
        size_t len = newline ? (size_t)(newline - data) : size;
        if (len > 0) {
            taken += handles(state, data, len, writer, &copies[count++]);
            while (row_writer_take(writer, true, &batch, NULL) == TOCSIN_OK && batch) {
                (void)touch(batch);
                rows += batch->row_count;
            }
            row_writer_recycle(writer);
            if (data[0] & 16) {
                require(format_docker.release_chunk(state, NULL) == TOCSIN_OK);
            }
        }
        data += len + (newline != NULL);
        size -= len + (newline != NULL);
    }
    require(format_docker.finish(state, writer, NULL) == TOCSIN_OK);
    while (row_writer_take(writer, true, &batch, NULL) == TOCSIN_OK && batch) {
        (void)touch(batch);
        rows += batch->row_count;
    }
    format_docker.close(state);
    require(rows <= taken);
    for (size_t i = 0; i < count; i++) {
        memory_free(copies[i]);
    }
    row_writer_recycle(writer);
    return 0;
}
