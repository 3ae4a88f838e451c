/* Answers of any bytes: every value of every block that is taken is read, and the same blocks come from the whole and
 * from pieces of any size. */
#include <stdlib.h>

#include "clickhouse/native_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static uint64_t add(uint64_t sum, str bytes)
{
    return str_hash(bytes, sum);
}

static uint64_t read_block(const struct native_block *block, uint64_t sum)
{
    for (uint32_t i = 0; i < block->column_count; i++) {
        const struct native_column *column = &block->columns[i];
        check(column->is_nullable == (column->nulls != NULL));
        check(column->width == 0 || column->data.len == block->rows * column->width);
        sum = add(sum, column->name);
        if (column->nulls) {
            sum = add(sum, str_from((const char *)column->nulls, block->rows));
        }
        str rest = column->data;
        for (uint64_t row = 0; column->kind == NATIVE_STRING && row < block->rows; row++) {
            check(rest.len > 0);
            sum = add(sum, native_take_string(&rest));
        }
        check(column->kind != NATIVE_STRING || rest.len == 0);
        sum = add(sum, column->width > 0 ? column->data : STR_EMPTY);
    }
    return sum;
}

/* A digest of all blocks, and of how it ended. */
static uint64_t read_pieces(str bytes, size_t piece_bytes)
{
    struct native_reader *reader = NULL;
    struct error err = {0};
    uint64_t sum = 1;
    check(native_reader_create(NULL, 0, &reader, &err) == TOCSIN_OK);
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && bytes.len > 0) {
        const struct native_block *block;
        status = native_reader_push(reader, str_slice(bytes, 0, piece_bytes), &err);
        bytes = str_skip(bytes, piece_bytes);
        while (status == TOCSIN_OK && (status = native_reader_next(reader, &block, &err)) == TOCSIN_OK) {
            sum = read_block(block, sum);
        }
        status = status == TOCSIN_END ? TOCSIN_OK : status;
    }
    sum = sum * 2 + native_reader_is_between(reader);
    native_reader_free(reader);
    return status == TOCSIN_OK ? sum : sum ^ (uint64_t)status << 56;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    str bytes = {(const char *)data + 1, size - 1};
    check(read_pieces(bytes, bytes.len) == read_pieces(bytes, 1 + data[0] % 64));
    return 0;
}
