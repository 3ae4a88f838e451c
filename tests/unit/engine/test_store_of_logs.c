/* A store made of logs holds the rows that reading the logs gives: every field, null, line of evidence and raw line, in
 * their order; however small the store's blocks and segments are. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine_internal.h"
#include "format/log_reader.h"
#include "store/event_store.h"

static tocsin_engine *engine;
static char folder[64];

static int create_engine(void **state)
{
    (void)state;
    const struct tocsin_engine_options options = {.time_zone = "UTC"};
    struct tocsin_error err;
    return tocsin_engine_create(&options, &engine, &err) == TOCSIN_OK ? 0 : -1;
}

static int free_engine(void **state)
{
    (void)state;
    tocsin_engine_free(engine);
    return 0;
}

/* ---- a log, read with every field ---- */

struct log {
    struct input_list inputs;
    struct field_set wanted;
    struct format_context context;
    struct log_reader *reader;
    str names[8];
};

static void open_log(struct log *log, const char *path)
{
    struct error err = {0};
    *log = (struct log){0};
    assert_int_equal(input_list_expand(&log->inputs, &path, 1, &err), TOCSIN_OK);
    assert_true(log->inputs.count > 0 && log->inputs.count <= countof(log->names));
    for (size_t i = 0; i < log->inputs.count; i++) {
        log->names[i] = log->inputs.files[i].path;
    }
    for (size_t i = 0; i < schema_field_count(engine->schema); i++) {
        if (schema_field(engine->schema, (field_id)i)->kind != FIELD_EXPRESSION) {
            field_set_add(&log->wanted, (field_id)i);
        }
    }
    log->context = (struct format_context){.schema = engine->schema,
                                           .wanted = &log->wanted,
                                           .log_sources = engine->log_sources,
                                           .properties = engine->properties,
                                           .zone = engine->zone};
    struct log_reader_options options = {
        .context = &log->context, .inputs = &log->inputs, .wall_clock_ms = 1764000000000};
    assert_int_equal(log_reader_create(&options, &log->reader, &err), TOCSIN_OK);
}

static void close_log(struct log *log)
{
    log_reader_free(log->reader);
    input_list_release(&log->inputs);
}

/* ---- into the store ---- */

static uint64_t ingest(const char *path, uint32_t block_rows, uint32_t segment_rows)
{
    struct error err = {0};
    struct log log;
    struct store_writer *writer = NULL;
    struct store_problems problems;
    store_problems_init(&problems);
    open_log(&log, path);
    struct store_writer_options options = {.folder = folder,
                                           .schema = engine->schema,
                                           .block_rows = block_rows,
                                           .segment_rows = segment_rows,
                                           .codec = CHUNK_LZ4};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    struct batch *batch;
    tocsin_status status;
    while ((status = log_reader_next(log.reader, &batch, &err)) == TOCSIN_OK) {
        assert_int_equal(store_writer_push(writer, batch, log.names, log.inputs.count, &err), TOCSIN_OK);
    }
    assert_int_equal(status, TOCSIN_END);
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    uint64_t rows = store_writer_acknowledged(writer);
    assert_int_equal(store_writer_cut_values(writer), 0);
    store_writer_free(writer);
    store_problems_release(&problems);
    close_log(&log);
    return rows;
}

/* ---- comparing ---- */

static bool same_value(const struct column *a, uint32_t i, const struct column *b, uint32_t k)
{
    if (column_is_valid(a, i) != column_is_valid(b, k) || a->type != b->type) {
        return false;
    }
    if (!column_is_valid(a, i)) {
        return true;
    }
    switch (a->type) {
    case TYPE_BOOL:
        return column_bool(a, i) == column_bool(b, k);
    case TYPE_INT64:
        return column_integer(a, i) == column_integer(b, k);
    case TYPE_DOUBLE:
        return memcmp(&a->doubles[i & a->row_mask], &b->doubles[k & b->row_mask], sizeof(double)) == 0;
    case TYPE_IP:
        return memcmp(column_ip(a, i), column_ip(b, k), sizeof(struct ip)) == 0;
    default:
        return str_eq(column_string(a, i), column_string(b, k));
    }
}

static void compare_rows(struct batch *log, uint32_t i, const str *log_names, struct batch *store, uint32_t k,
                         const str *store_names)
{
    for (uint32_t c = 0; c < log->column_count; c++) {
        field_id field = log->fields[c];
        if (!same_value(&log->columns[c], i, batch_column(store, field), k)) {
            fail_msg("field %.*s differs", STR_ARG(schema_field(engine->schema, field)->name));
        }
    }
    const struct batch_row *a = &log->rows[i];
    const struct batch_row *b = &store->rows[k];
    assert_int_equal(a->evidence_count, b->evidence_count);
    assert_int_equal(a->evidence_more, b->evidence_more);
    for (uint32_t e = 0; e < a->evidence_count; e++) {
        const struct evidence *x = &log->evidence[a->evidence_first + e];
        const struct evidence *y = &store->evidence[b->evidence_first + e];
        assert_true(str_eq(log_names[x->input], store_names[y->input]));
        assert_true(x->line == y->line && x->line_count == y->line_count && x->is_joined == y->is_joined);
        assert_true(str_eq(x->raw, y->raw));
    }
}

/* Reads the log again beside the store. */
static uint64_t compare(const char *path, uint32_t row_max)
{
    struct error err = {0};
    struct log log;
    struct store_reader *reader = NULL;
    struct batch_source source;
    open_log(&log, path);
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    struct store_scan_options options = {
        .schema = engine->schema, .request = {.fields = log.wanted}, .wants_raw = true, .row_max = row_max};
    assert_int_equal(store_reader_scan(reader, &options, &source, &err), TOCSIN_OK);
    size_t input_count;
    const str *inputs = store_reader_inputs(reader, &input_count);
    struct batch *expected;
    struct batch *got = NULL;
    uint32_t at = 0;
    uint64_t rows = 0;
    while (log_reader_next(log.reader, &expected, &err) == TOCSIN_OK) {
        for (uint32_t i = 0; i < expected->row_count; i++, rows++) {
            if (!got || at == got->row_count) {
                assert_int_equal(source.ops->next(source.state, &got, &err), TOCSIN_OK);
                at = 0;
            }
            compare_rows(expected, i, log.names, got, at++, inputs);
        }
    }
    assert_true(!got || at == got->row_count);
    assert_int_equal(source.ops->next(source.state, &got, &err), TOCSIN_END);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    source.ops->close(source.state);
    store_reader_free(reader);
    close_log(&log);
    return rows;
}

static void empty_store(void)
{
    struct error err = {0};
    struct store_reader *reader = NULL;
    char path[STORE_PATH_BYTES];
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    for (size_t i = 0; i < store_reader_segments(reader); i++) {
        struct store_segment_info info;
        store_reader_segment_info(reader, i, &info);
        snprintf(path, sizeof(path), "%s/%.*s", folder, STR_ARG(info.file));
        unlink(path);
    }
    store_reader_free(reader);
    snprintf(path, sizeof(path), "%s/LOCK", folder);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

static void a_store_is_the_log(void **state)
{
    (void)state;
    static const char *const logs[] = {"live-raw.log",
                                       "live-enriched.log",
                                       "kubernetes",
                                       "../torture/small_ariel.csv",
                                       "../torture/small_ariel.json",
                                       "../torture/small_docker.log",
                                       "../torture/small_kubernetes.log",
                                       "../torture/small_universal.log",
                                       "../torture/small_audit.log"};
    static const struct {
        uint32_t block_rows, segment_rows, row_max;
    } cuts[] = {{0, 0, 0}, {1, 7, 3}, {100, 1000, 64}};
    uint64_t rows = 0;
    for (size_t i = 0; i < countof(logs); i++) {
        for (size_t cut = 0; cut < countof(cuts); cut++) {
            char path[512];
            snprintf(path, sizeof(path), "%s/tests/data/%s", TOCSIN_SOURCE_ROOT, logs[i]);
            snprintf(folder, sizeof(folder), "/tmp/tocsin-logs-XXXXXX");
            assert_non_null(mkdtemp(folder));
            uint64_t written = ingest(path, cuts[cut].block_rows, cuts[cut].segment_rows);
            assert_true(written > 0);
            assert_int_equal(compare(path, cuts[cut].row_max), written);
            empty_store();
            rows += written;
        }
    }
    assert_true(rows > 2000);
    print_message("%llu rows compared\n", (unsigned long long)rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_store_is_the_log)};
    return cmocka_run_group_tests(tests, create_engine, free_engine);
}
