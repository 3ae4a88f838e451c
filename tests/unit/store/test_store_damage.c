/* S8: a flipped bit is found, named, and costs at most a block; a cut file costs what was cut. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../support/store_rows.h"
#include "store/store_folder.h"

enum { BLOCK_ROWS = 40, BLOCKS = 5, ROWS = BLOCK_ROWS * BLOCKS };

static char folder[] = "/tmp/tocsin-damage-XXXXXX";
static char path[STORE_PATH_BYTES];
static struct store_rows rows;
static unsigned char *good;
static size_t good_bytes;

static void write_file(size_t bytes)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0 && write(file, good, bytes) == (ssize_t)bytes);
    close(file);
}

static void flip(size_t at)
{
    unsigned char byte = (unsigned char)(good[at] ^ 1u << at % 8);
    int file = open(path, O_WRONLY);
    assert_true(file >= 0 && pwrite(file, &byte, 1, (off_t)at) == 1);
    close(file);
}

static void mend(size_t at)
{
    int file = open(path, O_WRONLY);
    assert_true(file >= 0 && pwrite(file, &good[at], 1, (off_t)at) == 1);
    close(file);
}

static int make_store(void **state)
{
    (void)state;
    struct error err = {0};
    struct store_problems problems;
    struct store_writer *writer = NULL;
    store_problems_init(&problems);
    if (!mkdtemp(folder) || !store_rows_init(&rows, false)) {
        return -1;
    }
    struct store_writer_options options = {.folder = folder, .schema = rows.schema, .block_rows = BLOCK_ROWS};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    for (uint64_t n = 0; n < ROWS; n += 20) {
        assert_true(store_rows_fill(&rows, n, 20));
        assert_int_equal(store_writer_push(writer, &rows.batch, store_rows_inputs, STORE_ROWS_INPUTS, &err), TOCSIN_OK);
    }
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    store_writer_free(writer);
    store_problems_release(&problems);
    assert_int_equal(segment_path(folder, 1, true, path, &err), TOCSIN_OK);
    struct store_file file;
    uint64_t bytes;
    assert_int_equal(store_file_open(path, &file, &err), TOCSIN_OK);
    assert_int_equal(store_file_size(&file, &bytes, &err), TOCSIN_OK);
    good_bytes = (size_t)bytes;
    good = malloc(good_bytes);
    assert_int_equal(store_file_read(&file, 0, good, good_bytes, &err), TOCSIN_OK);
    store_file_close(&file);
    return 0;
}

static int remove_store(void **state)
{
    (void)state;
    char lock[STORE_PATH_BYTES];
    snprintf(lock, sizeof(lock), "%s/LOCK", folder);
    unlink(path);
    unlink(lock);
    free(good);
    store_rows_release(&rows);
    return rmdir(folder);
}

/* Reads what is left: every row right, blocks missing only as a whole or from a row on. How many rows there are. */
static uint64_t read_damaged(struct store_reader *reader, uint64_t *ret_blocks_hurt)
{
    struct error err = {0};
    struct batch_source source;
    struct batch *batch;
    struct store_scan_options options = {.schema = rows.schema, .request = {.fields = rows.fields}, .wants_raw = true};
    uint64_t of_block[BLOCKS] = {0};
    uint64_t count = 0;
    size_t input_count;
    const str *inputs = store_reader_inputs(reader, &input_count);
    assert_int_equal(store_reader_scan(reader, &options, &source, &err), TOCSIN_OK);
    tocsin_status status;
    while ((status = source.ops->next(source.state, &batch, &err)) == TOCSIN_OK) {
        for (uint32_t i = 0; i < batch->row_count; i++) {
            uint64_t n = (uint64_t)(column_integer(batch_column(batch, FIELD_STARTTIME), i) - 1700000000000) / 17;
            assert_true(n < ROWS && of_block[n / BLOCK_ROWS] == n % BLOCK_ROWS);
            of_block[n / BLOCK_ROWS]++;
            assert_true(store_rows_fill(&rows, n, 1));
            assert_true(store_rows_same(batch, i, &rows.batch, 0, inputs, true));
            count++;
        }
    }
    assert_int_equal(status, TOCSIN_END);
    source.ops->close(source.state);
    *ret_blocks_hurt = 0;
    for (int b = 0; b < BLOCKS; b++) {
        *ret_blocks_hurt += of_block[b] < BLOCK_ROWS;
    }
    return count;
}

static void a_flipped_bit_costs_a_block(void **state)
{
    (void)state;
    uint64_t hurt_at_all = 0;
    uint64_t tried = 0;
    for (size_t at = 0; at < good_bytes; at += at < SEGMENT_HEADER_BYTES || at + 200 > good_bytes ? 1 : 19) {
        tried++;
        struct error err = {0};
        struct store_reader *reader = NULL;
        flip(at);
        assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
        uint64_t hurt;
        uint64_t count = read_damaged(reader, &hurt);
        const struct store_problems *problems = store_reader_problems(reader);
        assert_true(hurt <= (at < SEGMENT_HEADER_BYTES ? 0 : 1)); /* a header is there twice */
        assert_int_equal(problems->rows_lost, ROWS - count);
        assert_true(problems->count > 0 || (count == ROWS && at >= SEGMENT_HEADER_BYTES));
        hurt_at_all += hurt;
        store_reader_free(reader);
        mend(at);
    }
    assert_true(hurt_at_all > tried / 20); /* blocks this small are mostly directory */
}

/* Verify finds what a query would not stumble over. */
static void verify_finds_flipped_bits(void **state)
{
    (void)state;
    uint64_t found = 0;
    uint64_t tried = 0;
    for (size_t at = SEGMENT_HEADER_BYTES; at < good_bytes; at += 101, tried++) {
        struct error err = {0};
        struct store_reader *reader = NULL;
        struct store_statistics statistics;
        flip(at);
        assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
        assert_int_equal(store_reader_verify(reader, &statistics, &err), TOCSIN_OK);
        found += store_reader_problems(reader)->count > 0;
        store_reader_free(reader);
        mend(at);
    }
    /* Heads and directories of a sealed segment are read from the footer, and padding from nowhere. */
    assert_true(found > tried / 3);
}

/* The footer goes first, then one block after the other; an .open file never complains about its tail. */
static void a_cut_file_keeps_its_blocks(void **state)
{
    (void)state;
    uint64_t before = ROWS;
    for (size_t bytes = good_bytes; bytes > SEGMENT_HEADER_BYTES; bytes -= bytes > good_bytes - 200 ? 1 : 397) {
        struct error err = {0};
        struct store_reader *reader = NULL;
        uint64_t hurt;
        write_file(bytes);
        assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
        uint64_t count = read_damaged(reader, &hurt);
        assert_true(count <= before && count % BLOCK_ROWS == 0);
        assert_true(bytes == good_bytes || store_reader_problems(reader)->count > 0);
        before = count;
        store_reader_free(reader);
        if (bytes < 500) { /* less than a block */
            break;
        }
    }
    assert_int_equal(before, 0);
    write_file(good_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flipped_bit_costs_a_block),
        cmocka_unit_test(verify_finds_flipped_bits),
        cmocka_unit_test(a_cut_file_keeps_its_blocks),
    };
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
