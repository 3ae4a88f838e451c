/* Blocks of the Native format, those that servers give, those cut anywhere, and those that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "clickhouse/native_reader.h"

/* SELECT toInt64(number) AS a, if(number = 1, NULL, 'x') AS b, as both dialects answer, behind a block without rows. */
static const char answer[] = "\2\0\1a\5Int64\1b\20Nullable(String)"
                             "\2\3\1a\5Int64\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"
                             "\1b\20Nullable(String)\0\1\0\1x\0\1x";

static tocsin_status read_first(str bytes, const str *names, uint32_t count, const struct native_block **ret_block,
                                struct native_reader **ret_reader, struct error *err)
{
    assert_int_equal(native_reader_create(names, count, ret_reader, err), TOCSIN_OK);
    tocsin_status status = native_reader_push(*ret_reader, bytes, err);
    return status == TOCSIN_OK ? native_reader_next(*ret_reader, ret_block, err) : status;
}

static void a_block_is_read(void **state)
{
    const str names[] = {STR("a"), STR("b")};
    const struct native_block *block = NULL;
    struct native_reader *reader = NULL;
    struct error err = {0};
    str bytes = str_from(answer, sizeof(answer) - 1);
    assert_int_equal(read_first(bytes, names, 2, &block, &reader, &err), TOCSIN_OK);
    assert_int_equal(block->rows, 3);
    assert_int_equal(block->column_count, 2);
    assert_int_equal(block->columns[0].kind, NATIVE_INTEGER);
    assert_int_equal(block->columns[0].width, 8);
    int64_t value;
    memcpy(&value, block->columns[0].data.data + 16, sizeof(value));
    assert_int_equal(value, 2);
    assert_true(str_eq(block->columns[1].name, STR("b")));
    assert_int_equal(block->columns[1].nulls[1], 1);
    str rest = block->columns[1].data;
    assert_true(str_eq(native_take_string(&rest), STR("x")));
    assert_true(str_eq(native_take_string(&rest), STR("")));
    assert_true(str_eq(native_take_string(&rest), STR("x")));
    assert_true(native_reader_is_between(reader));
    assert_int_equal(native_reader_next(reader, &block, &err), TOCSIN_END);
    native_reader_free(reader);
}

static void a_cut_answer_is_no_answer(void **state)
{
    str bytes = str_from(answer, sizeof(answer) - 1);
    size_t whole = 0;
    for (size_t cut = 1; cut < bytes.len; cut++) {
        const struct native_block *block = NULL;
        struct native_reader *reader = NULL;
        struct error err = {0};
        assert_int_equal(read_first(str_slice(bytes, 0, cut), NULL, 0, &block, &reader, &err), TOCSIN_END);
        whole += native_reader_is_between(reader);
        native_reader_free(reader);
    }
    assert_int_equal(whole, 1); /* behind the block without rows */
}

static void what_is_no_block_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t count;
    } cases[] = {
#define BYTES(text) {text, sizeof(text) - 1}
        BYTES("\377\377\377\377\377\377\377\377\377\377\377\377"), /* a number without end */
        BYTES("\377\377\377\177\1"),                               /* columns */
        BYTES("\1\377\377\377\377\177\1a\5Int64"),                 /* rows */
        BYTES("\1\1\377\377\377\177"),                             /* a name */
        BYTES("\1\1\1a\6Ring()"),
        BYTES("\1\1\1a\15Array(String)"),
        BYTES("\1\1\1a\26LowCardinality(String)"),
        BYTES("\1\1\1a\16FixedString(0)"),
        BYTES("\1\1\1a\27FixedString(4294967295)"),
        BYTES("\1\1\1a\30Nullable(Nullable(Int64)"),
        BYTES("\1\200\200\200\10\1a\25FixedString(65536)   "), /* rows times bytes */
        BYTES("\1\200\200\200\10\1a\22FixedString(65536)"),
        BYTES("\1\1\1a\6String\377\377\377\377\1"),
#undef BYTES
    };
    for (size_t i = 0; i < countof(cases); i++) {
        const struct native_block *block = NULL;
        struct native_reader *reader = NULL;
        struct error err = {0};
        tocsin_status status = read_first(str_from(cases[i].bytes, cases[i].count), NULL, 0, &block, &reader, &err);
        if ((status != TOCSIN_ERROR_INPUT && status != TOCSIN_ERROR_CONFIG) || !err.hint[0]) {
            fail_msg("case %zu: status %d: %s", i, (int)status, err.message);
        }
        native_reader_free(reader);
    }
}

static void put_number(struct strbuf *bytes, uint64_t number)
{
    for (; number >= 0x80; number >>= 7) {
        strbuf_append_char(bytes, (char)(number | 0x80));
    }
    strbuf_append_char(bytes, (char)number);
}

/* The head of a block whose only column, "a", would be of that width. */
static tocsin_status read_head(uint64_t columns, uint64_t rows, uint32_t name_bytes, uint32_t width)
{
    const struct native_block *block = NULL;
    struct native_reader *reader = NULL;
    struct error err = {0};
    struct strbuf bytes;
    char type[40];
    strbuf_init(&bytes, MEBI);
    put_number(&bytes, columns);
    put_number(&bytes, rows);
    put_number(&bytes, name_bytes);
    for (uint32_t i = 0; i < name_bytes; i++) {
        strbuf_append_char(&bytes, 'a');
    }
    put_number(&bytes, (uint64_t)snprintf(type, sizeof(type), "FixedString(%u)", width));
    strbuf_append(&bytes, str_from_cstring(type));
    tocsin_status status = read_first(strbuf_str(&bytes), NULL, 0, &block, &reader, &err);
    strbuf_release(&bytes);
    native_reader_free(reader);
    return status;
}

/* What is as large as it may be is waited for; one more is refused. */
static void limits_of_a_block(void **state)
{
    assert_int_equal(read_head(LIMIT_CLICKHOUSE_COLUMNS, 1, 1, 1), TOCSIN_END);
    assert_int_equal(read_head(LIMIT_CLICKHOUSE_COLUMNS + 1, 1, 1, 1), TOCSIN_ERROR_INPUT);
    assert_int_equal(read_head(1, LIMIT_CLICKHOUSE_BLOCK_ROWS, 1, 1), TOCSIN_END);
    assert_int_equal(read_head(1, LIMIT_CLICKHOUSE_BLOCK_ROWS + 1, 1, 1), TOCSIN_ERROR_INPUT);
    assert_int_equal(read_head(1, 1, LIMIT_CLICKHOUSE_NAME_BYTES, 1), TOCSIN_END);
    assert_int_equal(read_head(1, 1, LIMIT_CLICKHOUSE_NAME_BYTES + 1, 1), TOCSIN_ERROR_INPUT);
    assert_int_equal(read_head(1, 1, 1, LIMIT_CLICKHOUSE_FIXED_BYTES), TOCSIN_END);
    tocsin_status status = read_head(1, 1, 1, LIMIT_CLICKHOUSE_FIXED_BYTES + 1);
    assert_true(status == TOCSIN_ERROR_INPUT || status == TOCSIN_ERROR_CONFIG);
}

static void columns_must_be_those_asked_for(void **state)
{
    const str other[] = {STR("a"), STR("c")};
    const str more[] = {STR("a"), STR("b"), STR("c")};
    str bytes = str_from(answer, sizeof(answer) - 1);
    for (uint32_t i = 0; i < 2; i++) {
        const struct native_block *block = NULL;
        struct native_reader *reader = NULL;
        struct error err = {0};
        assert_int_equal(read_first(bytes, i ? more : other, 2 + i, &block, &reader, &err), TOCSIN_ERROR_INPUT);
        native_reader_free(reader);
    }
    /* An exception behind rows looks like a block of 67 columns. */
    const struct native_block *block = NULL;
    struct native_reader *reader = NULL;
    struct error err = {0};
    assert_int_equal(read_first(STR("Code: 395, e.displayText() = DB::Exception: no"), other, 2, &block, &reader, &err),
                     TOCSIN_ERROR_INPUT);
    native_reader_free(reader);
}

static void a_block_that_grows_too_large_is_refused(void **state)
{
    struct native_reader *reader = NULL;
    const struct native_block *block = NULL;
    struct error err = {0};
    static char zeros[MEBI];
    assert_int_equal(native_reader_create(NULL, 0, &reader, &err), TOCSIN_OK);
    assert_int_equal(native_reader_push(reader, STR("\1\377\377\377\7\1a\6String\377\377\377\177"), &err), TOCSIN_OK);
    tocsin_status status = TOCSIN_OK;
    size_t pushed = 0;
    for (; status == TOCSIN_OK && pushed < LIMIT_CLICKHOUSE_BLOCK_BYTES; pushed += sizeof(zeros)) {
        status = native_reader_push(reader, str_from(zeros, sizeof(zeros)), &err);
        tocsin_status next = status == TOCSIN_OK ? native_reader_next(reader, &block, &err) : TOCSIN_END;
        status = next == TOCSIN_END ? status : next;
    }
    assert_int_equal(status, TOCSIN_ERROR_LIMIT);
    native_reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_read),
        cmocka_unit_test(a_cut_answer_is_no_answer),
        cmocka_unit_test(what_is_no_block_is_refused),
        cmocka_unit_test(limits_of_a_block),
        cmocka_unit_test(columns_must_be_those_asked_for),
        cmocka_unit_test(a_block_that_grows_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
