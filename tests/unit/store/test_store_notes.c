/* Marks of inputs and the newest stated time: durable with the rows they were set behind, not before; the latest
 * counts; they outlive the segment they were written to. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "../../support/store_rows.h"
#include "store/store_folder.h"

static char folder[64];
static struct store_rows rows;
static struct store_problems problems;

static int begin(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/tocsin-notes-XXXXXX", sizeof("/tmp/tocsin-notes-XXXXXX"));
    store_problems_init(&problems);
    return mkdtemp(folder) && store_rows_init(&rows, false) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    struct segment_name *names = NULL;
    size_t count = 0;
    char path[STORE_PATH_BYTES];
    struct error err = {0};
    assert_int_equal(store_folder_list(folder, &names, &count, &err), TOCSIN_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(segment_path(folder, names[i].sequence, names[i].is_sealed, path, &err), TOCSIN_OK);
        unlink(path);
    }
    free(names);
    snprintf(path, sizeof(path), "%s/LOCK", folder);
    unlink(path);
    store_problems_release(&problems);
    store_rows_release(&rows);
    return rmdir(folder);
}

static struct store_writer *open_writer(void)
{
    struct store_writer *writer = NULL;
    struct error err = {0};
    struct store_writer_options options = {
        .folder = folder, .schema = rows.schema, .block_rows = 50, .segment_rows = 150, .hash_seed = 42};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    return writer;
}

static void push(struct store_writer *writer, uint64_t first, uint32_t count)
{
    struct error err = {0};
    assert_true(store_rows_fill(&rows, first, count));
    assert_int_equal(store_writer_push(writer, &rows.batch, store_rows_inputs, STORE_ROWS_INPUTS, &err), TOCSIN_OK);
}

static struct store_mark mark_of(const char *input, uint8_t identity, uint64_t bytes)
{
    return (struct store_mark){.input = str_from_cstring(input),
                               .identity = {identity, 2, 3},
                               .bytes = bytes,
                               .safe_line = bytes / 10 + 1,
                               .is_complete = bytes % 2 == 1};
}

static void mark(struct store_writer *writer, struct store_mark wanted)
{
    struct error err = {0};
    assert_int_equal(store_writer_mark(writer, &wanted, 1, &err), TOCSIN_OK);
}

static void commit(struct store_writer *writer)
{
    struct error err = {0};
    assert_int_equal(store_writer_commit(writer, &err), TOCSIN_OK);
}

static struct store_reader *open_reader(void)
{
    struct error err = {0};
    struct store_reader *reader = NULL;
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    return reader;
}

/* The store has exactly so many marks, and of this input this one, and so many rows. */
static void check(size_t count, struct store_mark wanted, uint64_t row_count)
{
    struct store_reader *reader = open_reader();
    size_t got;
    (void)store_reader_marks(reader, &got);
    assert_int_equal(got, count);
    const struct store_mark *found = store_reader_find_mark(reader, wanted.input, wanted.identity);
    assert_int_equal(found != NULL, wanted.bytes > 0);
    if (found) {
        assert_true(str_eq(found->input, wanted.input));
        assert_memory_equal(found->identity, wanted.identity, sizeof(wanted.identity));
        assert_int_equal(found->bytes, wanted.bytes);
        assert_int_equal(found->safe_line, wanted.safe_line);
        assert_int_equal(found->is_complete, wanted.is_complete);
    }
    assert_int_equal(store_rows_check(&rows, reader, &rows.fields, 0, true, 0), row_count);
    store_reader_free(reader);
}

static void the_latest_mark_counts(void **state)
{
    (void)state;
    struct store_writer *writer = open_writer();
    push(writer, 0, 20);
    mark(writer, mark_of("a.log", 1, 100));
    check(0, mark_of("a.log", 1, 0), 0); /* nothing before it is committed */
    commit(writer);
    check(1, mark_of("a.log", 1, 100), 20);
    mark(writer, mark_of("a.log", 1, 200)); /* without a row */
    mark(writer, mark_of("b.log", 1, 7));
    mark(writer, mark_of("a.log", 2, 300)); /* another file under the same name */
    mark(writer, mark_of("a.log", 1, 201));
    commit(writer);
    commit(writer); /* nothing new */
    check(3, mark_of("a.log", 1, 201), 20);
    check(3, mark_of("a.log", 2, 300), 20);
    check(3, mark_of("b.log", 2, 0), 20);
    push(writer, 20, 60); /* more than a block: of them there are all or none (S2) */
    assert_int_equal(store_writer_acknowledged(writer), 20);
    mark(writer, mark_of("b.log", 1, 9));
    check(3, mark_of("b.log", 1, 7), 20);
    push(writer, 80, 45); /* for which there is no room: what was marked before goes with the rows before */
    assert_int_equal(store_writer_acknowledged(writer), 80);
    check(3, mark_of("b.log", 1, 9), 80);
    mark(writer, mark_of("b.log", 1, 10));
    push(writer, 125, 120);
    check(3, mark_of("b.log", 1, 10), 125);
    store_writer_free(writer); /* gives up what was not committed */
    check(3, mark_of("b.log", 1, 10), 125);
    writer = open_writer(); /* cuts it off */
    assert_int_equal(problems.count, 1);
    check(3, mark_of("b.log", 1, 10), 125);
    push(writer, 125, 395); /* over several blocks */
    mark(writer, mark_of("b.log", 1, 11));
    struct error err = {0};
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    check(3, mark_of("b.log", 1, 11), 520);
    check(3, mark_of("a.log", 2, 300), 520);
    mark(writer, mark_of("", 0, 5)); /* a segment of nothing else */
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    store_writer_free(writer);
    check(4, mark_of("", 0, 5), 520);
}

static void the_newest_time_is_kept(void **state)
{
    (void)state;
    struct store_writer *writer = open_writer();
    struct store_newest newest = {.by_trust = {[2] = {true, 9000}}};
    int64_t ms;
    commit(writer);
    struct store_reader *reader = open_reader();
    struct store_newest got = store_reader_newest(reader);
    assert_false(store_newest_time(&got, &ms));
    store_reader_free(reader);
    store_writer_set_newest(writer, &newest);
    commit(writer);
    reader = open_reader();
    got = store_reader_newest(reader);
    assert_true(store_newest_time(&got, &ms) && ms == 9000);
    store_reader_free(reader);
    struct error err = {0};
    newest = (struct store_newest){.by_trust = {[0] = {true, -5}, [1] = {true, 8000}}};
    store_writer_set_newest(writer, &newest);
    push(writer, 0, 10);
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    store_writer_free(writer);
    writer = open_writer();
    newest = (struct store_newest){.by_trust = {[0] = {true, -7}, [2] = {true, 9500}}};
    store_writer_set_newest(writer, &newest);
    commit(writer);
    store_writer_free(writer);
    reader = open_reader();
    got = store_reader_newest(reader);
    assert_true(store_newest_time(&got, &ms) && ms == -5);
    assert_true(got.by_trust[1].is_set && got.by_trust[1].ms == 8000);
    assert_true(got.by_trust[2].is_set && got.by_trust[2].ms == 9500);
    store_reader_free(reader);
}

/* So many that they cannot wait for the rows to fill a block. */
static void there_may_be_many_marks(void **state)
{
    (void)state;
    enum { MARKS = 6000 };
    static char path[LIMIT_STORE_INPUT_BYTES + 2];
    struct error err = {0};
    struct store_writer *writer = open_writer();
    push(writer, 0, 10);
    memset(path, 'p', sizeof(path) - 1);
    assert_int_equal(
        store_writer_mark(writer, &(struct store_mark){.input = str_from_cstring(path)}, 1, &err), TOCSIN_ERROR_LIMIT);
    for (int i = 0; i < MARKS; i++) {
        int length = snprintf(path, sizeof(path), "%d", i);
        memset(path + length, 'p', 1000);
        path[1000] = '\0';
        mark(writer, mark_of(path, 0, 1));
    }
    assert_int_equal(store_writer_acknowledged(writer), 10); /* by a block of its own */
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    store_writer_free(writer);
    check(MARKS, mark_of(path, 0, 1), 10);
    writer = open_writer();
    static struct store_mark giants[LIMIT_STORE_MARKS_BYTES / LIMIT_STORE_INPUT_BYTES];
    static char names[countof(giants)][LIMIT_STORE_INPUT_BYTES];
    for (size_t i = 0; i < countof(giants); i++) {
        int length = snprintf(names[i], sizeof(names[i]), "%zu", i);
        memset(names[i] + length, 'x', sizeof(names[i]) - (size_t)length);
        giants[i] = (struct store_mark){.input = {names[i], sizeof(names[i])}};
    }
    assert_int_equal(store_writer_mark(writer, giants, countof(giants), &err), TOCSIN_ERROR_LIMIT);
    assert_int_equal(store_writer_commit(writer, &err), TOCSIN_ERROR_OUTPUT);
    store_writer_free(writer);
    check(MARKS, mark_of(path, 0, 1), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_latest_mark_counts, begin, end),
        cmocka_unit_test_setup_teardown(the_newest_time_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(there_may_be_many_marks, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
