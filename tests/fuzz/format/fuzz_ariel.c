/* fuzz_ariel.c - whatever an export holds, every value of its rows lies in the lines, in the batch or in what the
 * format keeps until the chunk is released, and no line is lost: it is a row, a header, a part of a row, or handed on.
 * The first byte says which list the objects stand in and whether a row is taken after each line. */
#include <stdlib.h>

#include "base/memory.h"
#include "format/row_writer_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct format_def format_ariel;

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
    field_id field;
    require(schema_create(&schema, NULL) == TOCSIN_OK && log_source_table_create(&log_sources, NULL) == TOCSIN_OK);
    require(schema_add_property_in(schema, CATALOG_EVENTS | CATALOG_FLOWS, STR("Number"), TYPE_DOUBLE, STR(""), &field,
                                   NULL) == TOCSIN_OK);
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
    for (uint32_t i = 0; i < batch->evidence_count; i++) {
        sum += str_hash(batch->evidence[i].raw, 1);
    }
    return sum;
}

static void take_rows(void *state, struct row_writer *writer)
{
    struct batch *batch;
    while (row_writer_take(writer, true, &batch, NULL) == TOCSIN_OK && batch) {
        (void)touch(batch);
    }
    row_writer_recycle(writer);
    require(format_ariel.release_chunk(state, NULL) == TOCSIN_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    if (size == 0) {
        return 0;
    }
    str rest = {(const char *)data + 1, size - 1};
    struct log_line line = {.line_count = 1};
    line.list = (enum json_list)((data[0] & 7) % (JSON_LIST_CURSOR + 1));
    void *state;
    struct row_writer *writer;
    require(row_writer_create(&context, 0, &writer, NULL) == TOCSIN_OK);
    require(format_ariel.open(&context, &state, NULL) == TOCSIN_OK);
    while (rest.len > 0) {
        size_t end = str_find_char(rest, '\n', 0);
        end = end == SIZE_MAX ? rest.len : end;
        line.text = line.raw = str_slice(rest, 0, end);
        line.line++;
        rest = str_skip(rest, end + 1);
        (void)format_ariel.detect(&line);
        bool continues = format_ariel.continues(state, &line);
        tocsin_status status = format_ariel.parse_line(state, &line, writer, NULL);
        require(status == TOCSIN_OK || status == TOCSIN_END);
        /* A row of the table is taken; only the lines of one that grew too large end somewhere. */
        require(status == TOCSIN_OK || !continues || line.line > LIMIT_TABLE_ROW_LINES);
        if (data[0] & 8) {
            take_rows(state, writer);
        }
    }
    require(format_ariel.finish(state, writer, NULL) == TOCSIN_OK);
    take_rows(state, writer);
    format_ariel.close(state);
    row_writer_free(writer);
    return 0;
}
