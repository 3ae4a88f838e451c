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
#include "store/store_maintenance.h"

/* Steps through a file: a sanitizer's report needs no more than one of the bytes around. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STEP(bytes) ((bytes)*4 + 3)
#endif
#endif
#ifndef STEP
#define STEP(bytes) (bytes)
#endif

enum { BLOCK_ROWS = 40, BLOCKS = 5, ROWS = BLOCK_ROWS * BLOCKS, SMALL_ROWS = 4 };

static char folder[STORE_PATH_BYTES];
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

/* One sealed segment of blocks of some rows each, and one block of a mark at the end. */
static void fill_store(uint64_t row_count, uint32_t block_rows)
{
    struct error err = {0};
    struct store_problems problems;
    struct store_writer *writer = NULL;
    const struct store_mark mark = {.input = STR("/var/log/a.log"), .bytes = 1234, .is_complete = true};
    store_problems_init(&problems);
    struct store_writer_options options = {.folder = folder, .schema = rows.schema, .block_rows = block_rows};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    for (uint64_t n = 0; n < row_count; n += block_rows / 2) {
        assert_true(store_rows_fill(&rows, n, block_rows / 2));
        assert_int_equal(store_writer_push(writer, &rows.batch, store_rows_inputs, STORE_ROWS_INPUTS, &err), TOCSIN_OK);
    }
    assert_int_equal(store_writer_commit(writer, &err), TOCSIN_OK);
    assert_int_equal(store_writer_mark(writer, &mark, 1, &err), TOCSIN_OK);
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    store_writer_free(writer);
    store_problems_release(&problems);
}

static void read_file(void)
{
    struct error err = {0};
    struct store_file file;
    uint64_t bytes;
    assert_int_equal(store_file_open(path, &file, &err), TOCSIN_OK);
    assert_int_equal(store_file_size(&file, &bytes, &err), TOCSIN_OK);
    good_bytes = (size_t)bytes;
    good = malloc(good_bytes);
    assert_int_equal(store_file_read(&file, 0, good, good_bytes, &err), TOCSIN_OK);
    store_file_close(&file);
}

static int make_store_of(uint64_t row_count, uint32_t block_rows)
{
    struct error err = {0};
    snprintf(folder, sizeof(folder), "/tmp/tocsin-damage-XXXXXX");
    if (!mkdtemp(folder) || !store_rows_init(&rows, false)) {
        return -1;
    }
    fill_store(row_count, block_rows);
    assert_int_equal(segment_path(folder, 1, true, path, &err), TOCSIN_OK);
    read_file();
    return 0;
}

static int make_store(void **state)
{
    (void)state;
    return make_store_of(ROWS, BLOCK_ROWS);
}

static int make_small_store(void **state)
{
    (void)state;
    return make_store_of(SMALL_ROWS, SMALL_ROWS / 2);
}

static int remove_store(void **state)
{
    (void)state;
    char lock[STORE_PATH_BYTES + 8];
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
    for (size_t at = 0; at < good_bytes; at += at < SEGMENT_HEADER_BYTES || at + 200 > good_bytes ? 1 : STEP(19)) {
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

/* How many problems verify names, and whether one of them has the text; rows that it calls lost. */
static size_t verify(const char *text, bool *ret_is_named, uint64_t *ret_rows_lost)
{
    struct error err = {0};
    struct store_reader *reader = NULL;
    struct store_statistics statistics;
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_reader_verify(reader, &statistics, &err), TOCSIN_OK);
    const struct store_problems *problems = store_reader_problems(reader);
    *ret_is_named = false;
    *ret_rows_lost = problems->rows_lost;
    for (size_t i = 0; i < problems->count; i++) {
        *ret_is_named = *ret_is_named || str_find(problems->items[i].text, str_from_cstring(text), 0) != SIZE_MAX;
    }
    size_t count = problems->count;
    store_reader_free(reader);
    return count;
}

/* The part of the file that a byte is in, as verify names it; of the small store. */
static const char *name_of_place(const struct segment_map *map, size_t at, char ret_name[64])
{
    if (at < SEGMENT_HEADER_BYTES) {
        return "the header is damaged";
    }
    if (at >= map->footer_offset) {
        return "the footer is damaged";
    }
    const struct segment_block *blocks[] = {&map->blocks[0], &map->blocks[1], &map->note_blocks[0]};
    for (size_t i = 0; i < countof(blocks); i++) {
        const struct segment_block *block = blocks[i];
        if (at >= block->offset && at < block->offset + block->bytes) {
            size_t inside = at - block->offset;
            snprintf(ret_name, 64, "block %u, %s", block->number,
                     inside < SEGMENT_HEAD_BYTES                            ? "its head"
                     : inside < SEGMENT_HEAD_BYTES + block->directory_bytes ? "its directory"
                                                                            : "");
            return ret_name;
        }
    }
    return ": wrong checksum; there is another copy"; /* that of a dictionary */
}

/* Every byte of the file, also those that no query would ever read: zeros, heads and directories that the footer has
 * once more. */
static void verify_finds_every_flipped_byte(void **state)
{
    (void)state;
    struct error err = {0};
    struct store_problems problems;
    struct store_file file;
    struct segment_map map;
    size_t missed = 0;
    bool is_named;
    uint64_t rows_lost;
    store_problems_init(&problems);
    assert_int_equal(store_file_open(path, &file, &err), TOCSIN_OK);
    assert_int_equal(segment_map_load(&file, &map, &problems, &err), TOCSIN_OK);
    assert_int_equal(map.block_count, 2);
    assert_int_equal(map.note_block_count, 1);
    assert_int_equal(verify("", &is_named, &rows_lost), 0);
    for (size_t at = 0; at < good_bytes; at += STEP(1)) {
        char name[64];
        const char *place = name_of_place(&map, at, name);
        flip(at);
        size_t count = verify(place, &is_named, &rows_lost);
        mend(at);
        if (count == 0 || !is_named) {
            print_message("byte %zu (%s): %zu problems\n", at, place, count);
            missed++;
        }
    }
    assert_int_equal(missed, 0);
    segment_map_release(&map);
    store_file_close(&file);
    store_problems_release(&problems);
}

/* The same in a segment of more blocks, in steps; and what verify names, repair mends. */
static void what_verify_finds_repair_mends(void **state)
{
    (void)state;
    size_t missed = 0;
    for (size_t at = 7; at < good_bytes; at += 1499) {
        struct error err = {0};
        struct store_changes changes;
        struct store_problems problems;
        char mended[STORE_PATH_BYTES + 64];
        bool is_named;
        uint64_t rows_lost;
        uint64_t rows_missing;
        store_problems_init(&problems);
        flip(at);
        missed += verify("", &is_named, &rows_lost) == 0;
        const struct store_maintenance_options options = {.folder = folder};
        assert_int_equal(store_repair(&options, &changes, &problems, &err), TOCSIN_OK);
        assert_int_equal(changes.segments_rewritten, 1);
        assert_int_equal(verify("", &is_named, &rows_missing), 0);
        assert_true(changes.rows_after == ROWS || rows_lost > 0);
        store_problems_release(&problems);
        snprintf(mended, sizeof(mended), "%s/0000000000000001-0000000000000001-00000001.segment", folder);
        assert_int_equal(unlink(mended), 0);
        write_file(good_bytes);
    }
    assert_int_equal(missed, 0);
}

/* A block that was damaged before its segment was sealed stays in it as it is, and is named with its rows. */
static void a_gap_between_blocks_is_named(void **state)
{
    (void)state;
    struct error err = {0};
    struct store_problems problems;
    char open_path[STORE_PATH_BYTES];
    struct store_writer *writer = NULL;
    bool is_named;
    uint64_t rows_lost;
    store_problems_init(&problems);
    struct store_file file;
    struct segment_map map;
    assert_int_equal(store_file_open(path, &file, &err), TOCSIN_OK);
    assert_int_equal(segment_map_load(&file, &map, &problems, &err), TOCSIN_OK);
    uint64_t blocks_end = map.blocks_end;
    uint64_t second = map.blocks[1].offset;
    segment_map_release(&map);
    store_file_close(&file);
    unlink(path);
    assert_int_equal(segment_path(folder, 1, false, open_path, &err), TOCSIN_OK);
    int open_file = open(open_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    unsigned char byte = (unsigned char)(good[second + 5] ^ 1);
    assert_true(open_file >= 0 && write(open_file, good, blocks_end) == (ssize_t)blocks_end);
    assert_int_equal(pwrite(open_file, &byte, 1, (off_t)second + 5), 1);
    close(open_file);
    struct store_writer_options options = {.folder = folder, .schema = rows.schema, .block_rows = BLOCK_ROWS};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    store_writer_free(writer);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(verify("are damaged, and passed over", &is_named, &rows_lost) > 0);
    assert_true(is_named);
    assert_int_equal(rows_lost, BLOCK_ROWS);
    store_problems_release(&problems);
    write_file(good_bytes);
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
        cmocka_unit_test(what_verify_finds_repair_mends),
        cmocka_unit_test(a_gap_between_blocks_is_named),
        cmocka_unit_test(a_cut_file_keeps_its_blocks),
    };
    const struct CMUnitTest small[] = {
        cmocka_unit_test(verify_finds_every_flipped_byte),
    };
    int failed = cmocka_run_group_tests(tests, make_store, remove_store);
    return failed + cmocka_run_group_tests(small, make_small_store, remove_store);
}
