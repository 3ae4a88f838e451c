#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/limits.h"
#include "clickhouse/native_writer.h"

static const str names[] = {{"a.log", 5}};
static const uint8_t block_id[LAYOUT_BLOCK_ID_BYTES] = "0123456789abcdef";

struct fixture {
    struct schema *schema;
    struct arena arena;
    struct layout_table table;
    struct batch batch;
    struct native_writer *writer;
    field_id size;
};

static void add_column(struct fixture *fixture, field_id field)
{
    struct strbuf name;
    struct strbuf type;
    struct error err = {0};
    strbuf_init(&name, 4096);
    strbuf_init(&type, 4096);
    layout_column_name(fixture->schema, field, &name);
    layout_column_type(fixture->schema, field, &type);
    assert_int_equal(layout_table_add(&fixture->table, strbuf_str(&name), strbuf_str(&type), &err), TOCSIN_OK);
    strbuf_release(&name);
    strbuf_release(&type);
}

static void begin(struct fixture *fixture)
{
    struct error err = {0};
    struct field_set fields = {{0}};
    assert_int_equal(schema_create(&fixture->schema, &err), TOCSIN_OK);
    assert_int_equal(schema_add_property(fixture->schema, STR("Size"), TYPE_INT64, STR(""), &fixture->size, &err),
                     TOCSIN_OK);
    arena_init(&fixture->arena, ARENA_NO_LIMIT);
    layout_table_init(&fixture->table, &fixture->arena);
    for (field_id i = 0; i < BUILT_IN_FIELD_COUNT; i++) {
        add_column(fixture, i);
        field_set_add(&fields, i);
    }
    field_set_add(&fields, fixture->size);
    assert_int_equal(batch_init(&fixture->batch, fixture->schema, &fields, &err), TOCSIN_OK);
    assert_int_equal(native_writer_create(fixture->schema, &fixture->table, &fixture->writer, &err), TOCSIN_OK);
}

static void end(struct fixture *fixture)
{
    native_writer_free(fixture->writer);
    batch_release(&fixture->batch);
    arena_release(&fixture->arena);
    schema_free(fixture->schema);
}

/* Rows whose user is u0, u1 ..; every third has none. */
static void push_rows(struct fixture *fixture, uint32_t count)
{
    struct error err = {0};
    uint16_t rows[BATCH_ROWS_MAX];
    const struct native_input input = {.number = 7, .first_row = 100, .names = names, .name_count = 1};
    batch_clear(&fixture->batch);
    for (uint32_t i = 0; i < count; i++) {
        char text[16];
        int len = snprintf(text, sizeof(text), "u%u", i);
        uint32_t row = batch_add_row(&fixture->batch);
        column_set_integer(batch_column(&fixture->batch, FIELD_STARTTIME), row, 86400000 + i);
        if (i % 3 != 2) {
            column_set_string(batch_column(&fixture->batch, FIELD_USERNAME), row,
                              batch_copy(&fixture->batch, (str){text, (size_t)len}));
        }
        batch_add_evidence(&fixture->batch, (struct evidence){.line = i + 1, .line_count = 1, .raw = STR("")});
        rows[i] = (uint16_t)row;
    }
    assert_int_equal(batch_finish(&fixture->batch, &err), TOCSIN_OK);
    assert_int_equal(native_writer_push(fixture->writer, &fixture->batch, rows, count, 1, &input, &err), TOCSIN_OK);
}

static void finish(struct fixture *fixture, struct strbuf *block, struct strbuf *columns)
{
    struct error err = {0};
    strbuf_init(block, 1 << 20);
    strbuf_init(columns, 1 << 20);
    assert_int_equal(native_writer_finish(fixture->writer, block_id, 1234, block, columns, &err), TOCSIN_OK);
}

/* Only columns with something to say are in the block. */
static void test_block(void **state)
{
    struct fixture fixture;
    struct strbuf block;
    struct strbuf columns;
    begin(&fixture);
    push_rows(&fixture, 3);
    finish(&fixture, &block, &columns);
    assert_true(str_eq(strbuf_str(&columns), STR("(`starttime`, `username`, `_input`, `_row`, `_source`, `_line`, "
                                                 "`_evidence`, `_day`, `_arrived`, `_block`)")));
    str expected = STR("\x0A\x03\x09starttime\x05Int64"
                       "\x00\x5C\x26\x05\0\0\0\0\x01\x5C\x26\x05\0\0\0\0\x02\x5C\x26\x05\0\0\0\0"
                       "\x08username\x10Nullable(String)\x00\x00\x01\x02u0\x02u1\x00"
                       "\x06_input\x05Int64"
                       "\x07\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0"
                       "\x04_row\x05Int64"
                       "\x64\0\0\0\0\0\0\0\x65\0\0\0\0\0\0\0\x66\0\0\0\0\0\0\0"
                       "\x07_source\x06String\x05"
                       "a.log\x05"
                       "a.log\x05"
                       "a.log"
                       "\x05_line\x05Int64"
                       "\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0"
                       "\x09_evidence\x06String\0\0\0"
                       "\x04_day\x04"
                       "Date\x01\0\x01\0\x01\0"
                       "\x08_arrived\x05Int64"
                       "\xD2\x04\0\0\0\0\0\0\xD2\x04\0\0\0\0\0\0\xD2\x04\0\0\0\0\0\0"
                       "\x06_block\x0F"
                       "FixedString(16)"
                       "0123456789abcdef0123456789abcdef0123456789abcdef");
    assert_int_equal(block.len, expected.len);
    assert_memory_equal(block.data, expected.data, expected.len);
    strbuf_release(&block);
    strbuf_release(&columns);
    end(&fixture);
}

/* The parts of a block are blocks, and together they are it. */
static void test_parts(void **state)
{
    struct fixture fixture;
    struct strbuf block;
    struct strbuf columns;
    struct strbuf part;
    struct error err = {0};
    begin(&fixture);
    push_rows(&fixture, 50);
    finish(&fixture, &block, &columns);
    strbuf_init(&part, 1 << 20);
    assert_int_equal(native_block_part(strbuf_str(&block), 0, 50, block_id, &part, &err), TOCSIN_OK);
    assert_true(str_eq(strbuf_str(&part), strbuf_str(&block)));
    strbuf_clear(&part);
    assert_int_equal(native_block_part(strbuf_str(&block), 10, 1, block_id, &part, &err), TOCSIN_OK);
    assert_true(str_contains(strbuf_str(&part), STR("\x03u10")));
    assert_false(str_contains(strbuf_str(&part), STR("\x03u12")));
    strbuf_clear(&part);
    assert_int_equal(native_block_part(strbuf_str(&block), 10, 41, block_id, &part, &err), TOCSIN_ERROR_INTERNAL);
    for (size_t cut = 0; cut < block.len; cut += 7) {
        strbuf_clear(&part);
        assert_int_equal(native_block_part(str_slice(strbuf_str(&block), 0, cut), 0, 50, block_id, &part, &err),
                         TOCSIN_ERROR_INTERNAL);
    }
    strbuf_release(&part);
    strbuf_release(&block);
    strbuf_release(&columns);
    end(&fixture);
}

static void test_missing_columns(void **state)
{
    struct fixture fixture;
    struct error err = {0};
    field_id missing[4];
    uint16_t rows[1];
    struct strbuf block;
    struct strbuf columns;
    const struct native_input input = {.names = names, .name_count = 1};
    begin(&fixture);
    push_rows(&fixture, 2);
    assert_int_equal(native_writer_missing(fixture.writer, missing, countof(missing)), 0);
    batch_clear(&fixture.batch);
    uint32_t row = batch_add_row(&fixture.batch);
    column_set_integer(batch_column(&fixture.batch, fixture.size), row, 5);
    rows[0] = (uint16_t)row;
    assert_int_equal(batch_finish(&fixture.batch, &err), TOCSIN_OK);
    assert_int_equal(native_writer_push(fixture.writer, &fixture.batch, rows, 1, 1, &input, &err), TOCSIN_OK);
    assert_int_equal(native_writer_missing(fixture.writer, missing, countof(missing)), 1);
    assert_int_equal(missing[0], fixture.size);
    add_column(&fixture, fixture.size);
    assert_int_equal(native_writer_missing(fixture.writer, missing, countof(missing)), 0);
    finish(&fixture, &block, &columns);
    /* the rows before have none */
    assert_true(str_contains(strbuf_str(&block), STR("\x04Size\x0FNullable(Int64)\x01\x01\x00"
                                                     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0")));
    strbuf_release(&block);
    strbuf_release(&columns);
    end(&fixture);
}

/* The digest goes by the rows, not by what is different each time they are sent. */
static void test_digest(void **state)
{
    struct fixture fixture;
    uint8_t first[LAYOUT_BLOCK_ID_BYTES];
    uint8_t second[LAYOUT_BLOCK_ID_BYTES];
    begin(&fixture);
    push_rows(&fixture, 20);
    native_writer_digest(fixture.writer, first);
    native_writer_clear(fixture.writer);
    assert_int_equal(native_writer_rows(fixture.writer), 0);
    push_rows(&fixture, 20);
    native_writer_digest(fixture.writer, second);
    assert_memory_equal(first, second, sizeof(first));
    native_writer_clear(fixture.writer);
    push_rows(&fixture, 21);
    native_writer_digest(fixture.writer, second);
    assert_memory_not_equal(first, second, sizeof(first));
    end(&fixture);
}

/* A text that no column of a block has room for is never looked at. */
static void test_column_limit(void **state)
{
    struct fixture fixture;
    struct error err = {0};
    const uint16_t rows[] = {0};
    const struct native_input input = {.names = names, .name_count = 1};
    size_t bytes = LIMIT_CLICKHOUSE_COLUMN_BYTES;
    char *zeros = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(zeros != MAP_FAILED);
    begin(&fixture);
    push_rows(&fixture, 2);
    batch_clear(&fixture.batch);
    uint32_t row = batch_add_row(&fixture.batch);
    column_set_string(batch_column(&fixture.batch, FIELD_USERNAME), row, (str){zeros, bytes});
    assert_int_equal(batch_finish(&fixture.batch, &err), TOCSIN_OK);
    assert_int_equal(native_writer_push(fixture.writer, &fixture.batch, rows, 1, 1, &input, &err),
                     TOCSIN_ERROR_MEMORY);
    end(&fixture);
    (void)munmap(zeros, bytes);
}

/* A block is cut into parts by rows of which it has at most so many. */
static void test_row_limit(void **state)
{
    static const uint64_t counts[] = {LIMIT_CLICKHOUSE_INSERT_ROWS, LIMIT_CLICKHOUSE_INSERT_ROWS + 1};
    struct strbuf block;
    struct strbuf part;
    struct error err = {0};
    strbuf_init(&block, MEBI);
    strbuf_init(&part, MEBI);
    for (size_t i = 0; i < countof(counts); i++) {
        strbuf_clear(&block);
        strbuf_clear(&part);
        strbuf_append_char(&block, 1);
        for (uint64_t rest = counts[i]; rest > 0; rest >>= 7) {
            strbuf_append_char(&block, (char)((rest & 0x7F) | (rest >= 0x80 ? 0x80 : 0)));
        }
        strbuf_append(&block, STR("\x01"
                                  "a\x05UInt8"));
        for (uint64_t row = 0; row < counts[i]; row++) {
            strbuf_append_char(&block, (char)row);
        }
        tocsin_status status = native_block_part(strbuf_str(&block), 258, 2, block_id, &part, &err);
        assert_int_equal(status, i == 0 ? TOCSIN_OK : TOCSIN_ERROR_INTERNAL);
        assert_int_equal(str_ends_with(strbuf_str(&part), STR("UInt8\x02\x03")), i == 0);
    }
    strbuf_release(&block);
    strbuf_release(&part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_block),           cmocka_unit_test(test_parts),
                                       cmocka_unit_test(test_missing_columns), cmocka_unit_test(test_digest),
                                       cmocka_unit_test(test_column_limit),    cmocka_unit_test(test_row_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
