#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "execute/row_codec.h"
#include "base/row_sorter.h"
#include "execute/row_spool.h"

enum { ROWS = 20000 };

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

struct expected {
    uint32_t key;
    uint32_t arrival;
};

static int compare_expected(const void *a, const void *b)
{
    const struct expected *x = a;
    const struct expected *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->arrival < y->arrival ? -1 : x->arrival > y->arrival;
}

/* Rows come out in key order, equal keys by arrival, whatever fits in memory; also if rows that are not wanted are left
 * out, of which there are `unwanted_min` at least. */
static void check_wanted_sort(size_t bytes_max, bool has_limit, uint64_t limit, bool leaves_out, size_t unwanted_min)
{
    size_t unwanted = 0;
    static struct expected expected[ROWS];
    struct row_sorter *sorter = NULL;
    struct row_sorter_options options = {.bytes_max = bytes_max, .has_limit = has_limit, .limit = limit};
    assert_int_equal(row_sorter_create(&options, &sorter, NULL), TOCSIN_OK);
    uint32_t seed = 7;
    char padding[300];
    memset(padding, 'x', sizeof(padding));
    for (uint32_t i = 0; i < ROWS; i++) {
        uint32_t key = next_random(&seed) % 5000;
        expected[i] = (struct expected){key, i};
        char text[32];
        int key_len = snprintf(text, sizeof(text), "%08u", key);
        bool is_wanted = row_sorter_wants(sorter, (str){text, (size_t)key_len});
        unwanted += !is_wanted;
        char body[400];
        int body_len = snprintf(body, sizeof(body), "%u:%u:%.*s", key, i, (int)(next_random(&seed) % 300), padding);
        if (is_wanted || !leaves_out) {
            assert_int_equal(row_sorter_add(sorter, (str){text, (size_t)key_len}, (str){body, (size_t)body_len}, NULL),
                             TOCSIN_OK);
        }
    }
    assert_in_range(unwanted, unwanted_min, has_limit ? ROWS : 0);
    /* Each run but the last fills what memory allows. */
    assert_in_range(row_sorter_run_count(sorter), 0, ROWS * 360 / bytes_max + 1);
    qsort(expected, ROWS, sizeof(expected[0]), compare_expected);
    assert_int_equal(row_sorter_finish(sorter, NULL), TOCSIN_OK);
    uint64_t wanted = has_limit && limit < ROWS ? limit : ROWS;
    for (uint64_t i = 0; i < wanted; i++) {
        str body;
        assert_int_equal(row_sorter_next(sorter, &body, NULL), TOCSIN_OK);
        char prefix[32];
        int prefix_len = snprintf(prefix, sizeof(prefix), "%u:%u:", expected[i].key, expected[i].arrival);
        assert_true(str_starts_with(body, (str){prefix, (size_t)prefix_len}));
    }
    str body;
    assert_int_equal(row_sorter_next(sorter, &body, NULL), TOCSIN_END);
    row_sorter_free(sorter);
}

static void check_sort(size_t bytes_max, bool has_limit, uint64_t limit)
{
    check_wanted_sort(bytes_max, has_limit, limit, false, 0);
    check_wanted_sort(bytes_max, has_limit, limit, true, 0);
}

static void rows_behind_the_limit_are_known(void **state)
{
    (void)state;
    check_wanted_sort(64 << 20, true, 1, true, ROWS - 2000);
    check_wanted_sort(64 << 20, true, 10, true, ROWS - 2000);
    check_wanted_sort(300 << 10, true, 100, true, ROWS / 2);
    check_wanted_sort(64 << 20, true, 1000, true, ROWS / 2);
}

static void rows_are_sorted_in_memory(void **state)
{
    (void)state;
    check_sort(64 << 20, false, 0);
    check_sort(64 << 20, true, 10);
    check_sort(64 << 20, true, ROWS + 5);
}

static void rows_that_do_not_fit_are_merged_from_disk(void **state)
{
    (void)state;
    check_sort(300 << 10, false, 0);
    check_sort(300 << 10, true, 15000);
    check_sort(1, false, 0);
}

static void a_limit_keeps_memory_small(void **state)
{
    (void)state;
    check_sort(300 << 10, true, 10);
    check_sort(300 << 10, true, 0);
}

static void a_folder_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    setenv("TMPDIR", "/proc/none", 1);
    struct spill_file file = SPILL_FILE_INIT;
    struct error err;
    assert_int_equal(spill_file_append(&file, STR("x"), &err), TOCSIN_ERROR_OUTPUT);
    assert_non_null(strstr(err.message, "/proc/none"));
    assert_non_null(strstr(err.hint, "TMPDIR"));
    spill_file_close(&file);
    unsetenv("TMPDIR");
}

static void spooled_rows_come_back_in_order(void **state)
{
    (void)state;
    for (size_t bytes_max = 1; bytes_max < 1 << 20; bytes_max *= 64) {
        struct row_spool spool;
        row_spool_init(&spool, bytes_max);
        char text[64];
        for (int i = 0; i < 5000; i++) {
            int length =
                snprintf(text, sizeof(text), "row %d%.*s", i, i % 40, "                                        ");
            assert_int_equal(row_spool_add(&spool, (str){text, (size_t)length}, NULL), TOCSIN_OK);
        }
        for (int i = 0; i < 5000; i++) {
            str row;
            int length =
                snprintf(text, sizeof(text), "row %d%.*s", i, i % 40, "                                        ");
            assert_int_equal(row_spool_next(&spool, &row, NULL), TOCSIN_OK);
            assert_true(str_eq(row, (str){text, (size_t)length}));
        }
        str row;
        assert_int_equal(row_spool_next(&spool, &row, NULL), TOCSIN_END);
        row_spool_release(&spool);
    }
}

/* Keys of values must order as the values do, in both directions. */
static void keys_order_as_values_do(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct column strings;
    struct column doubles;
    struct column integers;
    assert_true(column_init(&strings, TYPE_STRING, &arena));
    assert_true(column_init(&doubles, TYPE_DOUBLE, &arena));
    assert_true(column_init(&integers, TYPE_INT64, &arena));
    const str texts[] = {STR(""),     STR("\0"),  STR("\0a"), STR("a"), STR("a\0"),
                         STR("a\0b"), STR("a\1"), STR("ab"),  STR("b"), STR("\xFF")};
    const double numbers[] = {-1e300, -2, -1, -1e-300, 0, 1e-300, 1, 2, 1e300, 1.7e308};
    const int64_t wholes[] = {INT64_MIN, -2, -1, 0, 1, 2, 255, 256, INT64_MAX - 1, INT64_MAX};
    enum { COUNT = 10 };
    for (uint32_t i = 0; i < COUNT; i++) { /* row 0 stays null: nulls come first */
        column_set_string(&strings, i + 1, texts[i]);
        column_set_double(&doubles, i + 1, numbers[i]);
        column_set_integer(&integers, i + 1, wholes[i]);
    }
    const struct column *columns[] = {&strings, &doubles, &integers};
    for (size_t c = 0; c < countof(columns); c++) {
        for (int is_descending = 0; is_descending < 2; is_descending++) {
            struct strbuf previous;
            struct strbuf key;
            strbuf_init(&previous, 1000);
            strbuf_init(&key, 1000);
            for (uint32_t row = 0; row <= COUNT; row++) {
                strbuf_clear(&key);
                row_encode_key(&key, columns[c], row, is_descending != 0);
                int order = row > 0 ? str_compare(strbuf_str(&previous), strbuf_str(&key)) : 0;
                assert_true(row == 0 || (is_descending ? order > 0 : order < 0));
                strbuf_clear(&previous);
                strbuf_append(&previous, strbuf_str(&key));
            }
            strbuf_release(&previous);
            strbuf_release(&key);
        }
    }
    arena_release(&arena);
}

static void evidence_is_cut_to_its_limits(void **state)
{
    (void)state;
    struct batch batch = {0};
    struct batch_row rows[1] = {{.evidence_first = 0, .evidence_count = 2, .evidence_more = 3}};
    char lines[200];
    memset(lines, '\n', sizeof(lines));
    char *huge = calloc(1, LIMIT_EVIDENCE_LINE_BYTES + 10);
    struct evidence evidence[2] = {
        {.line = 1, .line_count = 2, .raw = {huge, LIMIT_EVIDENCE_LINE_BYTES + 10}},
        {.line = 10, .line_count = 100, .is_joined = true, .raw = {lines, 99}},
    };
    batch.rows = rows;
    batch.evidence = evidence;
    batch.row_count = 1;
    struct strbuf row;
    strbuf_init(&row, 1 << 20);
    row_encode(&row, NULL, 0, &batch, 0);
    struct evidence kept[LIMIT_EVIDENCE_LINES];
    uint64_t more;
    uint32_t count = row_decode_evidence(strbuf_str(&row), kept, &more);
    assert_int_equal(count, LIMIT_EVIDENCE_LINES);
    assert_int_equal(more, 3 + 100 - (LIMIT_EVIDENCE_LINES - 1));
    assert_int_equal(kept[0].raw.len, LIMIT_EVIDENCE_LINE_BYTES);
    assert_int_equal(kept[0].line_count, 2);
    assert_int_equal(kept[1].line, 10);
    assert_int_equal(kept[LIMIT_EVIDENCE_LINES - 1].line, 10 + LIMIT_EVIDENCE_LINES - 2);
    strbuf_release(&row);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_in_memory),
        cmocka_unit_test(rows_behind_the_limit_are_known),
        cmocka_unit_test(rows_that_do_not_fit_are_merged_from_disk),
        cmocka_unit_test(a_limit_keeps_memory_small),
        cmocka_unit_test(a_folder_that_cannot_be_written_is_an_error),
        cmocka_unit_test(spooled_rows_come_back_in_order),
        cmocka_unit_test(keys_order_as_values_do),
        cmocka_unit_test(evidence_is_cut_to_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
