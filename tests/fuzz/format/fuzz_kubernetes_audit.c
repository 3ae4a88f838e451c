/* fuzz_kubernetes_audit.c - any line gives at least one row, whose every value lies in the line or in the batch, and
 * still reads after the next line was parsed. The first byte says whether the line came in a syslog frame. */
#include <stdlib.h>

#include "base/memory.h"
#include "format/row_writer_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct format_def format_kubernetes_audit;

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
    const struct format_def *def = &format_kubernetes_audit;
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
static uint32_t handles(void *state, const struct log_line *line, struct row_writer *writer)
{
    tocsin_status status = format_kubernetes_audit.parse_line(state, line, writer, NULL);
    require(status == TOCSIN_OK || status == TOCSIN_END);
    return status == TOCSIN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    if (size == 0) {
        return 0;
    }
    str text = {(const char *)data + 1, size - 1};
    struct log_line line = {.text = text, .raw = text, .line = 1, .line_count = 1};
    line.frame.is_present = data[0] & 1;
    line.is_truncated = data[0] & 2;
    void *state;
    struct row_writer *writer;
    struct batch *batch;
    (void)format_kubernetes_audit.detect(&line);
    require(row_writer_create(&context, 0, &writer, NULL) == TOCSIN_OK);
    require(format_kubernetes_audit.open(&context, &state, NULL) == TOCSIN_OK);
    uint32_t taken = handles(state, &line, writer);
    struct log_line next = {.text = STR("{\"log\":\"{\\\"auditID\\\":\\\"\\u0041\\\"}\"}"), .line_count = 1};
    taken += handles(state, &next, writer);
    format_kubernetes_audit.close(state);
    uint32_t rows = 0;
    while (row_writer_take(writer, true, &batch, NULL) == TOCSIN_OK && batch) {
        (void)touch(batch);
        rows += batch->row_count;
    }
    require(rows >= taken);
    row_writer_free(writer);
    return 0;
}
