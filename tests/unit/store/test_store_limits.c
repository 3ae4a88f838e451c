/* S10: what is too large for a block, a dictionary or a value ends the block, makes texts plain, or is cut and counted;
 * and everything else comes back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "../../support/store_rows.h"
#include "store/store_folder.h"

enum { COLUMNS = 5, TEXT_BYTES = 1000, REPEATS = 3 };

static char folder[64];
static struct schema *schema;
static field_id fields[COLUMNS];
static struct batch batch;
static struct store_writer *writer;

static int begin(void **state)
{
    (void)state;
    static const char *const names[COLUMNS] = {"A", "B", "C", "D", "E"};
    struct error err = {0};
    struct field_set set = {0};
    struct store_problems problems;
    snprintf(folder, sizeof(folder), "/tmp/tocsin-limits-XXXXXX");
    if (!mkdtemp(folder) || schema_create(&schema, &err) != TOCSIN_OK) {
        return -1;
    }
    for (int i = 0; i < COLUMNS; i++) {
        assert_int_equal(
            schema_add_property(schema, str_from_cstring(names[i]), TYPE_STRING, STR(""), &fields[i], &err), TOCSIN_OK);
        field_set_add(&set, fields[i]);
    }
    assert_int_equal(batch_init(&batch, schema, &set, &err), TOCSIN_OK);
    store_problems_init(&problems);
    const struct store_writer_options options = {.folder = folder, .schema = schema, .codec = CHUNK_LZ4};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    store_problems_release(&problems);
    return 0;
}

static int end(void **state)
{
    (void)state;
    char path[STORE_PATH_BYTES];
    struct error err = {0};
    store_writer_free(writer);
    batch_release(&batch);
    schema_free(schema);
    if (segment_path(folder, 1, true, path, &err) == TOCSIN_OK) {
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/LOCK", folder);
    unlink(path);
    return rmdir(folder);
}

/* A text that comes REPEATS times in a row, and not again; it does not compress well. */
static void make_text(char *target, uint64_t n, int column)
{
    uint64_t random = (n / REPEATS * COLUMNS + (uint64_t)column + 1) * 0x9E3779B97F4A7C15u;
    for (int i = 0; i < TEXT_BYTES; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        target[i] = (char)(random >> 56);
    }
}

static void write_texts(uint64_t rows, int columns)
{
    struct error err = {0};
    for (uint64_t n = 0; n < rows;) {
        batch_clear(&batch);
        for (; n < rows && !batch_is_full(&batch); n++) {
            char text[TEXT_BYTES];
            uint32_t row = batch_add_row(&batch);
            for (int i = 0; i < columns; i++) {
                make_text(text, n, i);
                column_set_string(batch_column(&batch, fields[i]), row, batch_copy(&batch, (str){text, TEXT_BYTES}));
            }
        }
        assert_int_equal(batch_finish(&batch, &err), TOCSIN_OK);
        assert_int_equal(store_writer_push(writer, &batch, NULL, 0, &err), TOCSIN_OK);
    }
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
}

static void check_texts(uint64_t rows, int columns)
{
    struct error err = {0};
    struct store_reader *reader = NULL;
    struct batch_source source;
    struct batch *got;
    struct store_scan_options options = {.schema = schema};
    for (int i = 0; i < COLUMNS; i++) {
        field_set_add(&options.request.fields, fields[i]);
    }
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_reader_scan(reader, &options, &source, &err), TOCSIN_OK);
    uint64_t n = 0;
    while (source.ops->next(source.state, &got, &err) == TOCSIN_OK) {
        for (uint32_t row = 0; row < got->row_count; row++, n++) {
            char text[TEXT_BYTES];
            for (int i = 0; i < columns; i++) {
                make_text(text, n, i);
                assert_true(str_eq(column_string(batch_column(got, fields[i]), row), (str){text, TEXT_BYTES}));
            }
        }
    }
    assert_int_equal(n, rows);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    source.ops->close(source.state);
    store_reader_free(reader);
}

static void load_map(struct segment_map *map)
{
    struct error err = {0};
    struct store_problems problems;
    struct store_file file;
    char path[STORE_PATH_BYTES];
    store_problems_init(&problems);
    assert_int_equal(segment_path(folder, 1, true, path, &err), TOCSIN_OK);
    assert_int_equal(store_file_open(path, &file, &err), TOCSIN_OK);
    assert_int_equal(segment_map_load(&file, map, &problems, &err), TOCSIN_OK);
    store_file_close(&file);
    store_problems_release(&problems);
}

static enum segment_encoding encoding_of(const struct segment_map *map, uint32_t block, const char *name)
{
    for (uint32_t i = 0; i < map->blocks[block].column_count; i++) {
        if (str_eq(map->blocks[block].columns[i].name, str_from_cstring(name))) {
            return map->blocks[block].columns[i].encoding;
        }
    }
    return 0;
}

/* LIMIT_STORE_BLOCK_ROWS, and LIMIT_STORE_DICTIONARY_BYTES in the second block. */
static void a_large_dictionary_gives_way(void **state)
{
    (void)state;
    struct segment_map map;
    write_texts(100000, 1);
    load_map(&map);
    assert_int_equal(map.block_count, 2);
    assert_int_equal(map.blocks[0].row_count, LIMIT_STORE_BLOCK_ROWS);
    assert_int_equal(encoding_of(&map, 0, "A"), ENCODING_DICTIONARY);
    assert_int_equal(encoding_of(&map, 1, "A"), ENCODING_PLAIN);
    segment_map_release(&map);
    check_texts(100000, 1);
}

/* LIMIT_STORE_BUFFER_BYTES ends blocks before they are full; LIMIT_STORE_DICTIONARIES_BYTES in the second. */
static void many_dictionaries_give_way(void **state)
{
    (void)state;
    struct segment_map map;
    write_texts(80000, COLUMNS);
    load_map(&map);
    assert_true(map.block_count >= 2 && map.blocks[0].row_count < LIMIT_STORE_BLOCK_ROWS);
    assert_int_equal(encoding_of(&map, 0, "E"), ENCODING_DICTIONARY);
    assert_int_equal(encoding_of(&map, 1, "E"), ENCODING_PLAIN);
    segment_map_release(&map);
    check_texts(80000, COLUMNS);
}

/* LIMIT_STORE_VALUE_BYTES, and LIMIT_STORE_BLOCK_ROWS for the lines of one row. */
static void what_is_too_long_is_cut(void **state)
{
    (void)state;
    enum { LINES = LIMIT_STORE_BLOCK_ROWS + 10 };
    struct error err = {0};
    size_t bytes = LIMIT_STORE_VALUE_BYTES + 5;
    char *giant = malloc(bytes);
    assert_non_null(giant);
    memset(giant, 'x', bytes);
    batch_clear(&batch);
    for (int row = 0; row < 2; row++) {
        uint32_t added = batch_add_row(&batch);
        for (int i = 0; row == 1 && i < LINES; i++) {
            batch_add_evidence(&batch, (struct evidence){.line = (uint64_t)i + 1, .line_count = 2, .raw = STR("raw")});
        }
        column_set_string(batch_column(&batch, fields[0]), added, row == 0 ? (str){giant, bytes} : STR("short"));
    }
    assert_int_equal(batch_finish(&batch, &err), TOCSIN_OK);
    assert_int_equal(store_writer_push(writer, &batch, store_rows_inputs, STORE_ROWS_INPUTS, &err), TOCSIN_OK);
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    assert_int_equal(store_writer_cut_values(writer), 1);
    struct store_reader *reader = NULL;
    struct batch_source source;
    struct batch *got;
    struct store_scan_options options = {.schema = schema, .row_max = 1, .wants_raw = true};
    field_set_add(&options.request.fields, fields[0]);
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_reader_scan(reader, &options, &source, &err), TOCSIN_OK);
    assert_int_equal(source.ops->next(source.state, &got, &err), TOCSIN_OK);
    assert_true(str_eq(column_string(batch_column(got, fields[0]), 0), (str){giant, LIMIT_STORE_VALUE_BYTES}));
    assert_int_equal(source.ops->next(source.state, &got, &err), TOCSIN_OK);
    assert_true(str_eq(column_string(batch_column(got, fields[0]), 0), STR("short")));
    assert_int_equal(got->rows[0].evidence_count, LIMIT_STORE_BLOCK_ROWS);
    assert_int_equal(got->rows[0].evidence_more, 20);
    assert_int_equal(source.ops->next(source.state, &got, &err), TOCSIN_END);
    source.ops->close(source.state);
    store_reader_free(reader);
    free(giant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_large_dictionary_gives_way, begin, end),
        cmocka_unit_test_setup_teardown(many_dictionaries_give_way, begin, end),
        cmocka_unit_test_setup_teardown(what_is_too_long_is_cut, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
