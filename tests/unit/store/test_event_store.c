/* The event store: what is written is read, in every type, with nulls and evidence, however it is cut into batches,
 * blocks and segments; and a reader sees the moment it was opened. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../support/store_rows.h"
#include "store/store_folder.h"

static char folder[64];

static int new_folder(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/tocsin-store-XXXXXX", sizeof("/tmp/tocsin-store-XXXXXX"));
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    struct segment_name *names = NULL;
    size_t count = 0;
    char path[STORE_PATH_BYTES];
    struct error err = {0};
    if (store_folder_list(folder, &names, &count, &err) == TOCSIN_OK) {
        for (size_t i = 0; i < count; i++) {
            if (segment_path(folder, names[i].sequence, names[i].is_sealed, path, &err) == TOCSIN_OK) {
                unlink(path);
            }
        }
        free(names);
    }
    snprintf(path, sizeof(path), "%s/LOCK", folder);
    unlink(path);
    return rmdir(folder);
}

struct writing {
    uint64_t rows;
    uint32_t batch_rows;
    uint32_t block_rows;
    uint32_t segment_rows;
    uint32_t commit_every; /* batches; 0: never */
    enum chunk_codec codec;
    bool is_left_open;
    bool leaves_out_payload;
};

static struct store_writer *open_writer(const struct store_rows *rows, const struct writing *how,
                                        struct store_problems *problems)
{
    struct store_writer *writer = NULL;
    struct error err = {0};
    struct store_writer_options options = {.folder = folder,
                                           .schema = rows->schema,
                                           .who = "the test",
                                           .block_rows = how->block_rows,
                                           .segment_rows = how->segment_rows,
                                           .codec = how->codec,
                                           .leaves_out_payload = how->leaves_out_payload,
                                           .hash_seed = 42,
                                           .now_ms = 5};
    tocsin_status status = store_writer_open(&options, &writer, problems, &err);
    if (status != TOCSIN_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(status, TOCSIN_OK);
    return writer;
}

static void write_rows(struct store_rows *rows, struct store_writer *writer, uint64_t first, const struct writing *how)
{
    struct error err = {0};
    uint32_t batches = 0;
    for (uint64_t n = 0; n < how->rows; n += how->batch_rows) {
        uint64_t left = how->rows - n;
        assert_true(store_rows_fill(rows, first + n, left < how->batch_rows ? (uint32_t)left : how->batch_rows));
        assert_int_equal(store_writer_push(writer, &rows->batch, store_rows_inputs, STORE_ROWS_INPUTS, &err),
                         TOCSIN_OK);
        if (how->commit_every && ++batches % how->commit_every == 0) {
            assert_int_equal(store_writer_commit(writer, &err), TOCSIN_OK);
            assert_int_equal(store_writer_acknowledged(writer), n + rows->batch.row_count);
        }
    }
    assert_int_equal((how->is_left_open ? store_writer_commit : store_writer_seal)(writer, &err), TOCSIN_OK);
    assert_int_equal(store_writer_acknowledged(writer), how->rows);
    assert_int_equal(store_writer_cut_values(writer), 0);
}

static void check_rows(struct store_rows *rows, uint64_t count, uint32_t row_max)
{
    struct error err = {0};
    struct store_reader *reader = NULL;
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_rows_check(rows, reader, &rows->fields, 0, true, row_max), count);
    assert_int_equal(store_rows_check(rows, reader, &rows->fields, 0, false, row_max), count);
    struct field_set few = {0};
    field_set_add(&few, rows->sparse);
    field_set_add(&few, FIELD_STARTTIME);
    assert_int_equal(store_rows_check(rows, reader, &few, 0, true, row_max), count);
    struct store_statistics statistics;
    assert_int_equal(store_reader_verify(reader, &statistics, &err), TOCSIN_OK);
    assert_int_equal(statistics.rows, count);
    assert_int_equal(statistics.damaged, 0);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    store_reader_free(reader);
}

static void rows_come_back(void **state)
{
    (void)state;
    static const struct writing hows[] = {
        {1, 1, 0, 0, 0, CHUNK_LZ4, false},
        {3, 3, 1, 1, 0, CHUNK_LZ4, false},
        {2500, 7, 64, 640, 0, CHUNK_PLAIN, false},
        {20000, 2048, 0, 0, 0, CHUNK_LZ4, false},
        {20000, 2048, 5000, 10000, 0, CHUNK_ZSTD, false},
        {9001, 100, 0, 0, 3, CHUNK_LZ4, true},
        {70000, 2048, 0, 0, 0, CHUNK_LZ4, true},
    };
    for (size_t i = 0; i < countof(hows); i++) {
        struct store_rows rows;
        struct store_problems problems;
        store_problems_init(&problems);
        assert_true(store_rows_init(&rows, true));
        assert_int_equal(new_folder(NULL), 0);
        struct store_writer *writer = open_writer(&rows, &hows[i], &problems);
        write_rows(&rows, writer, 0, &hows[i]);
        check_rows(&rows, hows[i].rows, i % 2 ? 0 : 777);
        store_writer_free(writer);
        assert_int_equal(problems.count, 0);
        store_problems_release(&problems);
        store_rows_release(&rows);
        assert_int_equal(remove_folder(NULL), 0);
    }
}

/* A value of megabytes has a chunk of its own; batches of one row. */
static void giants_come_back(void **state)
{
    struct store_rows rows;
    struct store_problems problems;
    static const struct writing how = {6000, 500, 0, 0, 0, CHUNK_LZ4, false};
    (void)state;
    store_problems_init(&problems);
    assert_true(store_rows_init(&rows, true));
    rows.has_giants = true;
    struct store_writer *writer = open_writer(&rows, &how, &problems);
    write_rows(&rows, writer, 0, &how);
    store_writer_free(writer);
    check_rows(&rows, how.rows, 0);
    check_rows(&rows, how.rows, 1);
    store_problems_release(&problems);
    store_rows_release(&rows);
}

/* No column has the payload, and no line its text; all else is there. */
static void payloads_are_left_out(void **state)
{
    struct store_rows rows;
    struct store_problems problems;
    struct error err = {0};
    struct store_reader *reader = NULL;
    static const struct writing how = {5000, 500, 3000, 3000, 0, CHUNK_LZ4, false, true};
    (void)state;
    store_problems_init(&problems);
    assert_true(store_rows_init(&rows, true));
    struct store_writer *writer = open_writer(&rows, &how, &problems);
    write_rows(&rows, writer, 0, &how);
    store_writer_free(writer);
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    struct field_set others = {0};
    for (uint32_t i = 0; i < rows.batch.column_count; i++) {
        if (rows.batch.fields[i] != FIELD_PAYLOAD) {
            field_set_add(&others, rows.batch.fields[i]);
        }
    }
    assert_int_equal(store_rows_check(&rows, reader, &others, 0, false, 0), how.rows);
    struct store_scan_options options = {.schema = rows.schema, .wants_raw = true};
    field_set_add(&options.request.fields, FIELD_PAYLOAD);
    struct batch_source source;
    struct batch *batch;
    uint64_t lines = 0;
    assert_int_equal(store_reader_scan(reader, &options, &source, &err), TOCSIN_OK);
    while (source.ops->next(source.state, &batch, &err) == TOCSIN_OK) {
        const struct column *payload = batch_column(batch, FIELD_PAYLOAD);
        assert_true(payload->kind == COLUMN_CONSTANT && !column_is_valid(payload, 0));
        for (uint32_t i = 0; i < batch->evidence_count; i++, lines++) {
            assert_true(batch->evidence[i].line > 0 && batch->evidence[i].raw.len == 0);
        }
    }
    assert_true(lines > how.rows / 2);
    source.ops->close(source.state);
    store_reader_free(reader);
    store_problems_release(&problems);
    store_rows_release(&rows);
}

/* What a writer left open is sealed by the next one, and rows follow on (S5). */
static void a_store_goes_on(void **state)
{
    struct store_rows rows;
    struct store_problems problems;
    static const struct writing how = {1500, 250, 400, 5000, 1, CHUNK_LZ4, true};
    (void)state;
    store_problems_init(&problems);
    assert_true(store_rows_init(&rows, true));
    for (int round = 0; round < 4; round++) {
        struct store_writer *writer = open_writer(&rows, &how, &problems);
        write_rows(&rows, writer, (uint64_t)round * how.rows, &how);
        store_writer_free(writer);
        check_rows(&rows, (uint64_t)(round + 1) * how.rows, 0);
    }
    struct error err = {0};
    struct store_reader *reader = NULL;
    struct store_segment_info info;
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_reader_segments(reader), 4);
    store_reader_segment_info(reader, 1, &info);
    assert_true(info.is_sealed && info.rows == how.rows && info.has_time && info.sequence == 2);
    assert_int_equal(info.time_min_ms, 1700000000000 + 1500 * 17);
    assert_int_equal(info.time_max_ms, 1700000000000 + 2999 * 17);
    store_reader_segment_info(reader, 3, &info);
    assert_false(info.is_sealed);
    store_reader_free(reader);
    assert_int_equal(problems.count, 0);
    store_problems_release(&problems);
    store_rows_release(&rows);
}

/* S3 */
static void there_is_one_writer(void **state)
{
    struct store_rows rows;
    struct store_problems problems;
    struct error err = {0};
    struct store_writer *second = NULL;
    static const struct writing how = {0};
    (void)state;
    store_problems_init(&problems);
    assert_true(store_rows_init(&rows, true));
    struct store_writer *writer = open_writer(&rows, &how, &problems);
    struct store_writer_options options = {.folder = folder, .schema = rows.schema};
    assert_int_equal(store_writer_open(&options, &second, &problems, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "the test, process "));
    store_writer_free(writer);
    writer = open_writer(&rows, &how, &problems);
    store_writer_free(writer);
    store_problems_release(&problems);
    store_rows_release(&rows);
}

/* S7: rows that come later are not seen, a segment that is sealed or deleted meanwhile is. */
static void a_reader_sees_one_moment(void **state)
{
    struct store_rows rows;
    struct store_problems problems;
    struct error err = {0};
    struct store_reader *reader = NULL;
    static const struct writing how = {3000, 500, 0, 0, 1, CHUNK_LZ4, true};
    (void)state;
    store_problems_init(&problems);
    assert_true(store_rows_init(&rows, true));
    struct store_writer *writer = open_writer(&rows, &how, &problems);
    write_rows(&rows, writer, 0, &how);
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    assert_true(store_rows_fill(&rows, how.rows, 100));
    assert_int_equal(store_writer_push(writer, &rows.batch, store_rows_inputs, STORE_ROWS_INPUTS, &err), TOCSIN_OK);
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    assert_int_equal(store_rows_check(&rows, reader, &rows.fields, 0, true, 0), how.rows);
    check_rows(&rows, how.rows + 100, 0);
    char path[STORE_PATH_BYTES];
    assert_int_equal(segment_path(folder, 1, true, path, &err), TOCSIN_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(store_rows_check(&rows, reader, &rows.fields, 0, true, 0), how.rows);
    store_reader_free(reader);
    check_rows(&rows, 0, 0);
    store_writer_free(writer);
    store_problems_release(&problems);
    store_rows_release(&rows);
}

/* Appends what a crash may leave behind the last block, and cuts it off again, as recovery does; until it is killed. */
static void tear_and_cut(const char *path)
{
    struct stat whole;
    static const char torn[MEBI];
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &whole) != 0) {
        _exit(1);
    }
    for (;;) {
        if (pwrite(descriptor, torn, sizeof(torn), whole.st_size) < 0 || ftruncate(descriptor, whole.st_size) != 0) {
            _exit(1);
        }
        (void)usleep(1000);
    }
}

/* S5, S7: a torn tail that is cut off while a reader opens the store is no damage. */
static void a_tail_is_cut_under_a_reader(void **state)
{
    struct store_rows rows;
    struct store_problems problems;
    struct error err = {0};
    static const struct writing how = {1000, 500, 0, 0, 1, CHUNK_LZ4, true};
    (void)state;
    store_problems_init(&problems);
    assert_true(store_rows_init(&rows, true));
    struct store_writer *writer = open_writer(&rows, &how, &problems);
    write_rows(&rows, writer, 0, &how);
    char path[STORE_PATH_BYTES];
    assert_int_equal(segment_path(folder, 1, false, path, &err), TOCSIN_OK);
    pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* a check that fails ends the test before it is killed */
        tear_and_cut(path);
    }
    assert_true(child > 0);
    for (int i = 0; i < 300; i++) {
        struct store_reader *reader = NULL;
        assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
        assert_int_equal(store_reader_problems(reader)->count, 0);
        assert_int_equal(store_rows_check(&rows, reader, &rows.fields, 0, true, 0), how.rows);
        store_reader_free(reader);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, WNOHANG), 0); /* it was at it all the time */
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &ended, 0), child);
    store_writer_free(writer);
    store_problems_release(&problems);
    store_rows_release(&rows);
}

/* A schema that never saw the properties gets them from the store; one that has another type keeps its own. */
static void properties_are_known_by_name(void **state)
{
    struct store_rows rows;
    struct store_problems problems;
    struct error err = {0};
    struct store_reader *reader = NULL;
    struct schema *schema = NULL;
    static const struct writing how = {100, 100, 0, 0, 0, CHUNK_LZ4, false};
    (void)state;
    store_problems_init(&problems);
    assert_true(store_rows_init(&rows, true));
    struct store_writer *writer = open_writer(&rows, &how, &problems);
    write_rows(&rows, writer, 0, &how);
    store_writer_free(writer);
    assert_int_equal(schema_create(&schema, &err), TOCSIN_OK);
    field_id mine;
    assert_int_equal(schema_add_property(schema, STR("number"), TYPE_STRING, STR(""), &mine, &err), TOCSIN_OK);
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_reader_add_fields(reader, schema, &err), TOCSIN_OK);
    struct store_scan_options options = {.schema = schema};
    field_set_add(&options.request.fields, schema_find(schema, STR("unique text")));
    field_set_add(&options.request.fields, mine);
    struct batch_source source;
    struct batch *batch;
    assert_int_equal(store_reader_scan(reader, &options, &source, &err), TOCSIN_OK);
    assert_int_equal(source.ops->next(source.state, &batch, &err), TOCSIN_OK);
    assert_int_equal(batch->row_count, 100);
    assert_true(str_starts_with(column_string(batch_column(batch, schema_find(schema, STR("unique text"))), 99),
                                STR("job 99 id ")));
    assert_false(column_is_valid(batch_column(batch, mine), 1));
    source.ops->close(source.state);
    store_reader_free(reader);
    schema_free(schema);
    store_problems_release(&problems);
    store_rows_release(&rows);
}

/* Blocks outside the time range are not read, those inside are whole. */
static void blocks_are_skipped_by_time(void **state)
{
    struct store_rows rows;
    struct store_problems problems;
    struct error err = {0};
    struct store_reader *reader = NULL;
    static const struct writing how = {10000, 1000, 1000, 4000, 0, CHUNK_LZ4, false};
    (void)state;
    store_problems_init(&problems);
    assert_true(store_rows_init(&rows, true));
    struct store_writer *writer = open_writer(&rows, &how, &problems);
    write_rows(&rows, writer, 0, &how);
    store_writer_free(writer);
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    const int64_t base = 1700000000000;
    static const struct {
        uint64_t first_row, end_row, expected_first, expected;
    } ranges[] = {{0, 10000, 0, 10000},      {1000, 2000, 1000, 1000}, {1999, 2001, 1000, 2000},
                  {9999, 99999, 9000, 1000}, {20000, 30000, 0, 0},     {5, 5, 0, 1000}};
    for (size_t i = 0; i < countof(ranges); i++) {
        struct store_scan_options options = {.schema = rows.schema};
        field_set_add(&options.request.fields, FIELD_STARTTIME);
        options.request.has_time_range = true;
        options.request.time_min_ms = base + (int64_t)ranges[i].first_row * 17;
        options.request.time_max_ms = base + (int64_t)ranges[i].end_row * 17;
        struct batch_source source;
        struct batch *batch;
        uint64_t count = 0;
        assert_int_equal(store_reader_scan(reader, &options, &source, &err), TOCSIN_OK);
        while (source.ops->next(source.state, &batch, &err) == TOCSIN_OK) {
            if (count == 0) {
                assert_int_equal(column_integer(batch_column(batch, FIELD_STARTTIME), 0),
                                 base + (int64_t)ranges[i].expected_first * 17);
            }
            count += batch->row_count;
        }
        assert_int_equal(count, ranges[i].expected);
        source.ops->close(source.state);
    }
    store_reader_free(reader);
    store_problems_release(&problems);
    store_rows_release(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back),
        cmocka_unit_test_setup_teardown(giants_come_back, new_folder, remove_folder),
        cmocka_unit_test_setup_teardown(payloads_are_left_out, new_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_store_goes_on, new_folder, remove_folder),
        cmocka_unit_test_setup_teardown(there_is_one_writer, new_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_reader_sees_one_moment, new_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_tail_is_cut_under_a_reader, new_folder, remove_folder),
        cmocka_unit_test_setup_teardown(properties_are_known_by_name, new_folder, remove_folder),
        cmocka_unit_test_setup_teardown(blocks_are_skipped_by_time, new_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
