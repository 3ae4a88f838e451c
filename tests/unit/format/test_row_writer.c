#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/memory.h"
#include "format/row_writer_internal.h"

static const int64_t WALL_CLOCK_MS = INT64_C(1800000000000);
static const int64_t HOUR_MS = INT64_C(3600000);

struct fixture {
    struct schema *schema;
    struct log_source_table *sources;
    struct field_set wanted;
    struct format_context context;
    struct row_writer *writer;
};

static void add_log_source(struct fixture *f, int64_t id, int64_t credibility, str identifier)
{
    struct log_source source = {.id = id,
                                .name = STR("web servers"),
                                .type_id = LOG_SOURCE_TYPE_LINUX_OS,
                                .identifiers = &identifier,
                                .identifier_count = 1,
                                .credibility = credibility};
    assert_int_equal(log_source_table_add(f->sources, &source, NULL), TOCSIN_OK);
}

static int set_up(void **state)
{
    struct fixture *f = memory_allocate_zeroed(1, sizeof(*f));
    assert_non_null(f);
    assert_int_equal(schema_create(&f->schema, NULL), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&f->sources, NULL), TOCSIN_OK);
    struct event_name name = {.qid = 77, .name = STR("Process started"), .category = 8023, .severity = 8};
    assert_int_equal(log_source_table_add_event_name(f->sources, &name, NULL), TOCSIN_OK);
    add_log_source(f, 901, 10, STR("web1"));
    add_log_source(f, 902, 1, STR("relay"));
    for (size_t field = 0; field < BUILT_IN_FIELD_COUNT; field++) {
        field_set_add(&f->wanted, (field_id)field);
    }
    f->context = (struct format_context){.schema = f->schema, .wanted = &f->wanted, .log_sources = f->sources};
    assert_int_equal(row_writer_create(&f->context, WALL_CLOCK_MS, &f->writer, NULL), TOCSIN_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    row_writer_free(f->writer);
    log_source_table_free(f->sources);
    schema_free(f->schema);
    memory_free(f);
    return 0;
}

static struct batch *take(struct fixture *f)
{
    struct batch *batch;
    assert_int_equal(row_writer_take(f->writer, true, &batch, NULL), TOCSIN_OK);
    return batch;
}

static int64_t integer(struct batch *batch, field_id field, uint32_t row)
{
    struct column *column = batch_column(batch, field);
    assert_true(column_is_valid(column, row));
    return column_integer(column, row);
}

static void assert_text(struct batch *batch, field_id field, uint32_t row, const char *text)
{
    struct column *column = batch_column(batch, field);
    if (!text) {
        assert_false(column_is_valid(column, row));
        return;
    }
    assert_true(column_is_valid(column, row));
    str value = column_string(column, row);
    assert_true(str_eq(value, str_from_cstring(text)));
}

static void fields_every_event_has(void **state)
{
    struct fixture *f = *state;
    uint32_t row;
    struct event_header header = {.log_source_type = LOG_SOURCE_TYPE_LINUX_OS,
                                  .host = STR("web1"),
                                  .has_time = true,
                                  .time_ms = 1700000000123,
                                  .qid = 77,
                                  .is_truncated = true,
                                  .payload = STR("the payload")};
    struct log_frame frame = {.is_present = true, .has_time = true, .time_ms = 5, .host = STR("relay")};
    assert_non_null(row_writer_begin(f->writer, &header, &frame, &row));
    row_writer_evidence(f->writer, 3, 9, 1, STR("raw"));
    struct batch *batch = take(f);
    assert_int_equal(batch->row_count, 1);
    assert_int_equal(integer(batch, FIELD_STARTTIME, 0), 1700000000123);
    assert_int_equal(integer(batch, FIELD_ENDTIME, 0), 1700000000123);
    assert_int_equal(integer(batch, FIELD_DEVICETIME, 0), 1700000000123);
    assert_int_equal(integer(batch, FIELD_LOGSOURCEID, 0), 901);
    assert_int_equal(integer(batch, FIELD_DEVICETYPE, 0), LOG_SOURCE_TYPE_LINUX_OS);
    assert_int_equal(integer(batch, FIELD_QID, 0), 77);
    assert_int_equal(integer(batch, FIELD_CATEGORY, 0), 8023);
    assert_int_equal(integer(batch, FIELD_HIGHLEVELCATEGORY, 0), 8000);
    assert_int_equal(integer(batch, FIELD_SEVERITY, 0), 8);
    assert_int_equal(integer(batch, FIELD_CREDIBILITY, 0), 10);
    assert_int_equal(integer(batch, FIELD_RELEVANCE, 0), 5);
    assert_int_equal(integer(batch, FIELD_MAGNITUDE, 0), 7); /* 25 + 24 + 20 = 69 */
    assert_int_equal(integer(batch, FIELD_EVENTCOUNT, 0), 1);
    assert_text(batch, FIELD_HOSTNAME, 0, "web1");
    assert_text(batch, FIELD_LOGSOURCEIDENTIFIER, 0, "relay");
    assert_text(batch, FIELD_PAYLOAD, 0, "the payload");
    assert_false(column_bool(batch_column(batch, FIELD_ISUNPARSED), 0));
    assert_true(column_bool(batch_column(batch, FIELD_ISTRUNCATED), 0));
}

static void defaults_without_name_and_host(void **state)
{
    struct fixture *f = *state;
    uint32_t row;
    struct event_header header = {.log_source_type = LOG_SOURCE_TYPE_LINUX_OS, .qid = 123456};
    assert_non_null(row_writer_begin(f->writer, &header, NULL, &row));
    struct batch *batch = take(f);
    assert_int_equal(integer(batch, FIELD_SEVERITY, 0), 5);
    assert_int_equal(integer(batch, FIELD_CREDIBILITY, 0), 5);
    assert_int_equal(integer(batch, FIELD_MAGNITUDE, 0), 5);
    assert_int_equal(integer(batch, FIELD_CATEGORY, 0), 0);
    assert_text(batch, FIELD_HOSTNAME, 0, NULL);
    assert_text(batch, FIELD_LOGSOURCEIDENTIFIER, 0, NULL);
    assert_text(batch, FIELD_PAYLOAD, 0, NULL);
}

static void log_source_by_record_host_then_by_relay(void **state)
{
    struct fixture *f = *state;
    uint32_t row;
    struct event_header header = {.log_source_type = LOG_SOURCE_TYPE_LINUX_OS};
    struct log_frame frame = {.is_present = true, .host = STR("relay")};
    for (int round = 0; round < 2; round++) { /* the second round is answered from memory */
        header.host = STR("web1");
        assert_non_null(row_writer_begin(f->writer, &header, &frame, &row));
        header.host = STR("db7");
        assert_non_null(row_writer_begin(f->writer, &header, &frame, &row));
        header.host = STR_EMPTY;
        assert_non_null(row_writer_begin(f->writer, &header, &frame, &row));
        header.host = STR("db7");
        assert_non_null(row_writer_begin(f->writer, &header, NULL, &row));
    }
    struct batch *batch = take(f);
    for (uint32_t i = 0; i < 8; i += 4) {
        assert_int_equal(integer(batch, FIELD_LOGSOURCEID, i), 901);
        assert_int_equal(integer(batch, FIELD_LOGSOURCEID, i + 1), 902);
        assert_int_equal(integer(batch, FIELD_LOGSOURCEID, i + 2), 902);
        assert_text(batch, FIELD_HOSTNAME, i + 2, "relay");
        assert_int_equal(integer(batch, FIELD_LOGSOURCEID, i + 3),
                         log_source_resolve(f->sources, LOG_SOURCE_TYPE_LINUX_OS, STR_EMPTY)->id);
    }
}

static void host_longer_than_the_memo(void **state)
{
    struct fixture *f = *state;
    char host[1000];
    memset(host, 'h', sizeof(host));
    uint32_t row;
    struct event_header header = {.log_source_type = LOG_SOURCE_TYPE_UNIVERSAL, .host = str_from(host, sizeof(host))};
    assert_non_null(row_writer_begin(f->writer, &header, NULL, &row));
    assert_non_null(row_writer_begin(f->writer, &header, NULL, &row));
    struct batch *batch = take(f);
    assert_int_equal(batch->row_count, 2);
    assert_int_equal(column_string(batch_column(batch, FIELD_HOSTNAME), 1).len, sizeof(host));
}

static void time_of_event_frame_previous_file(void **state)
{
    struct fixture *f = *state;
    uint32_t row;
    int64_t newest;
    struct event_header none = {.log_source_type = LOG_SOURCE_TYPE_UNIVERSAL};
    struct event_header timed = {.log_source_type = LOG_SOURCE_TYPE_UNIVERSAL, .has_time = true, .time_ms = 1000};
    struct log_frame frame = {.is_present = true, .has_time = true, .time_ms = 2000};
    row_writer_begin(f->writer, &none, NULL, &row); /* 0: wall clock */
    row_writer_begin_input(f->writer, 777);
    row_writer_begin(f->writer, &none, NULL, &row); /* 1: file */
    assert_false(row_writer_newest_time(f->writer, &newest));
    row_writer_begin(f->writer, &timed, NULL, &row);   /* 2 */
    row_writer_begin(f->writer, &none, &frame, &row);  /* 3: frame */
    row_writer_begin(f->writer, &timed, &frame, &row); /* 4: event before frame */
    row_writer_begin(f->writer, &none, NULL, &row);    /* 5: newest of the input */
    assert_true(row_writer_newest_time(f->writer, &newest));
    assert_int_equal(newest, 2000);
    row_writer_begin_input(f->writer, 888);
    row_writer_begin(f->writer, &none, NULL, &row); /* 6: the other file's times do not count */
    struct batch *batch = take(f);
    static const int64_t expected[] = {1800000000000, 777, 1000, 2000, 1000, 2000, 888};
    static const bool has_device_time[] = {false, false, true, true, true, false, false};
    for (uint32_t i = 0; i < countof(expected); i++) {
        assert_int_equal(integer(batch, FIELD_STARTTIME, i), expected[i]);
        assert_int_equal(integer(batch, FIELD_ENDTIME, i), expected[i]);
        assert_int_equal(column_is_valid(batch_column(batch, FIELD_DEVICETIME), i), has_device_time[i]);
    }
}

static void write_time(struct fixture *f, int64_t time_ms)
{
    uint32_t row;
    struct event_header header = {.has_time = true, .time_ms = time_ms};
    row_writer_begin(f->writer, &header, NULL, &row);
}

static int64_t newest_time(struct fixture *f)
{
    int64_t newest;
    assert_true(row_writer_newest_time(f->writer, &newest));
    return newest;
}

static void newest_time_ignores_a_forged_future(void **state)
{
    struct fixture *f = *state;
    int64_t newest;
    write_time(f, INT64_MAX);
    assert_int_equal(newest_time(f), INT64_MAX); /* nothing better yet */
    write_time(f, WALL_CLOCK_MS + 14 * HOUR_MS); /* a zone mistaken */
    assert_int_equal(newest_time(f), WALL_CLOCK_MS + 14 * HOUR_MS);
    assert_false(row_writer_newest_plausible_time(f->writer, &newest));
    write_time(f, WALL_CLOCK_MS - 30 * HOUR_MS);
    write_time(f, WALL_CLOCK_MS + 23 * HOUR_MS); /* would move a window of a day away from all else */
    write_time(f, WALL_CLOCK_MS - 2 * HOUR_MS);
    assert_int_equal(newest_time(f), WALL_CLOCK_MS - 2 * HOUR_MS);
    write_time(f, WALL_CLOCK_MS + 60000); /* clocks differ */
    assert_int_equal(newest_time(f), WALL_CLOCK_MS + 60000);
}

static void newest_time_is_not_after_the_file_was_written(void **state)
{
    struct fixture *f = *state;
    row_writer_begin_input(f->writer, WALL_CLOCK_MS - 100 * HOUR_MS);
    write_time(f, WALL_CLOCK_MS - 101 * HOUR_MS);
    write_time(f, WALL_CLOCK_MS); /* past, but not yet when it was written */
    assert_int_equal(newest_time(f), WALL_CLOCK_MS - 101 * HOUR_MS);
    row_writer_begin_input(f->writer, WALL_CLOCK_MS - 50 * HOUR_MS);
    write_time(f, WALL_CLOCK_MS - 51 * HOUR_MS);
    assert_int_equal(newest_time(f), WALL_CLOCK_MS - 51 * HOUR_MS);
}

static void forged_times_do_not_reach_events_without_a_time(void **state)
{
    struct fixture *f = *state;
    uint32_t row;
    struct event_header none = {.log_source_type = LOG_SOURCE_TYPE_UNIVERSAL};
    write_time(f, WALL_CLOCK_MS - HOUR_MS);
    write_time(f, 1000);
    row_writer_begin(f->writer, &none, NULL, &row);
    write_time(f, WALL_CLOCK_MS + 1000 * HOUR_MS);
    row_writer_begin(f->writer, &none, NULL, &row);
    struct batch *batch = take(f);
    assert_int_equal(integer(batch, FIELD_STARTTIME, 2), WALL_CLOCK_MS - HOUR_MS);
    assert_int_equal(integer(batch, FIELD_STARTTIME, 4), WALL_CLOCK_MS - HOUR_MS);
}

static void payload_from_evidence(void **state)
{
    struct fixture *f = *state;
    uint32_t row;
    static const char chunk[] = "one\r\ntwo\nthree\n\nfive\nsix";
    struct event_header header = {.log_source_type = LOG_SOURCE_TYPE_LINUX_OS};
    row_writer_begin(f->writer, &header, NULL, &row); /* joined but for a carriage return */
    row_writer_evidence(f->writer, 0, 1, 1, str_from(chunk, 3));
    row_writer_evidence(f->writer, 0, 2, 1, str_from(chunk + 5, 3));
    row_writer_evidence(f->writer, 0, 3, 1, str_from(chunk + 9, 5));
    row_writer_begin(f->writer, &header, NULL, &row); /* not adjacent */
    row_writer_evidence(f->writer, 0, 3, 1, str_from(chunk + 9, 5));
    row_writer_evidence(f->writer, 0, 5, 1, str_from(chunk + 16, 4));
    row_writer_evidence(f->writer, 1, 6, 1, str_from(chunk + 21, 3)); /* another input */
    row_writer_begin(f->writer, &header, NULL, &row);
    row_writer_evidence(f->writer, 0, 7, 1, (str){NULL, 0});
    row_writer_begin(f->writer, &header, NULL, &row); /* joined in place: a view */
    row_writer_evidence(f->writer, 0, 2, 1, str_from(chunk + 5, 3));
    row_writer_evidence(f->writer, 0, 3, 1, str_from(chunk + 9, 5));
    struct batch *batch = take(f);
    assert_text(batch, FIELD_PAYLOAD, 0, "one\ntwo\nthree"); /* whether the lines lie together or not */
    assert_int_equal(batch->rows[0].evidence_count, 2);
    assert_int_equal(batch->evidence[0].line_count, 1);
    assert_int_equal(batch->evidence[1].line_count, 2);
    assert_text(batch, FIELD_PAYLOAD, 1, "three\nfive\nsix");
    assert_int_equal(batch->rows[1].evidence_count, 3);
    assert_text(batch, FIELD_PAYLOAD, 2, "");
    assert_text(batch, FIELD_PAYLOAD, 3, "two\nthree");
    assert_ptr_equal(column_string(batch_column(batch, FIELD_PAYLOAD), 3).data, chunk + 5);
}

static void unparsed_line(void **state)
{
    struct fixture *f = *state;
    struct log_line line = {.text = STR("text"),
                            .raw = STR("<13>host text"),
                            .input = 2,
                            .line = 40,
                            .line_count = 1,
                            .frame = {.is_present = true, .host = STR("host"), .has_time = true, .time_ms = 12}};
    row_writer_unparsed(f->writer, &line, LOG_SOURCE_TYPE_UNIVERSAL, 77, true);
    struct batch *batch = take(f);
    assert_text(batch, FIELD_PAYLOAD, 0, "<13>host text");
    assert_text(batch, FIELD_HOSTNAME, 0, "host");
    assert_int_equal(integer(batch, FIELD_STARTTIME, 0), 12);
    assert_true(column_bool(batch_column(batch, FIELD_ISUNPARSED), 0));
    assert_true(column_bool(batch_column(batch, FIELD_ISTRUNCATED), 0));
    struct row_statistics statistics = row_writer_statistics(f->writer);
    assert_int_equal(statistics.events, 1);
    assert_int_equal(statistics.unparsed, 1);
    assert_int_equal(statistics.truncated, 1);
}

static void more_rows_than_a_batch_holds(void **state)
{
    struct fixture *f = *state;
    uint32_t row;
    struct event_header header = {.has_time = true};
    const uint32_t rows = 3 * BATCH_ROWS_MAX + 5;
    for (uint32_t i = 0; i < rows; i++) {
        header.time_ms = i;
        header.log_source_type = i % 3 == 0 ? LOG_SOURCE_TYPE_KUBERNETES : LOG_SOURCE_TYPE_LINUX_OS;
        assert_int_equal(row_writer_has_full(f->writer), i >= BATCH_ROWS_MAX);
        assert_non_null(row_writer_begin(f->writer, &header, NULL, &row));
    }
    struct batch *batch;
    uint32_t seen = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(row_writer_take(f->writer, false, &batch, NULL), TOCSIN_OK);
        assert_int_equal(batch->row_count, BATCH_ROWS_MAX);
        assert_int_equal(integer(batch, FIELD_STARTTIME, 0), seen);
        seen += batch->row_count;
    }
    assert_int_equal(row_writer_take(f->writer, false, &batch, NULL), TOCSIN_OK);
    assert_null(batch);
    assert_int_equal(take(f)->row_count, 5);
    assert_null(take(f));
    row_writer_recycle(f->writer);
    row_writer_begin(f->writer, &header, NULL, &row);
    assert_int_equal(take(f)->row_count, 1);
    struct row_statistics statistics = row_writer_statistics(f->writer);
    assert_int_equal(statistics.type_count, 2);
    assert_int_equal(statistics.types[0].type_id, LOG_SOURCE_TYPE_KUBERNETES);
    assert_int_equal(statistics.types[0].count, rows / 3 + 1);
    assert_int_equal(statistics.types[0].count + statistics.types[1].count, rows + 1);
}

static void large_values_end_a_batch_early(void **state)
{
    struct fixture *f = *state;
    uint32_t row;
    struct event_header header = {0};
    char *large = memory_allocate(MEBI);
    memset(large, 'x', MEBI);
    size_t total = 0;
    for (int i = 0; i < 200; i++) { /* 200 MiB: more than one batch may keep */
        struct batch *batch = row_writer_begin(f->writer, &header, NULL, &row);
        row_set_string(batch, row, FIELD_USERNAME, batch_copy(batch, str_from(large, MEBI)));
        while (row_writer_has_full(f->writer)) {
            batch = take(f);
            assert_true(batch->arena.bytes_reserved <= 2 * ROW_WRITER_BATCH_BYTES);
            total += batch->row_count;
            row_writer_recycle(f->writer);
        }
    }
    total += take(f)->row_count;
    assert_int_equal(total, 200);
    memory_free(large);
}

static void dropped_records_by_reason(void **state)
{
    struct fixture *f = *state;
    char copy[] = "too many open events";
    row_writer_dropped(f->writer, "too many open events", 2);
    row_writer_dropped(f->writer, "other", 1);
    row_writer_dropped(f->writer, copy, 5);
    struct row_statistics statistics = row_writer_statistics(f->writer);
    assert_int_equal(statistics.dropped_count, 2);
    assert_int_equal(statistics.dropped[0].count, 7);
    assert_int_equal(statistics.dropped[1].count, 1);
}

static void addresses_by_family(void **state)
{
    struct fixture *f = *state;
    uint32_t row;
    struct event_header header = {0};
    struct ip v4;
    struct ip v6;
    assert_true(ip_parse(STR("10.1.2.3"), &v4));
    assert_true(ip_parse(STR("2001:db8::1"), &v6));
    struct batch *batch = row_writer_begin(f->writer, &header, NULL, &row);
    row_set_source_address(batch, row, &v4);
    row_set_destination_address(batch, row, &v6);
    batch = take(f);
    struct ip none4 = IP_V4_NONE;
    struct ip none6 = IP_V6_NONE;
    assert_memory_equal(column_ip(batch_column(batch, FIELD_SOURCEIP), 0), &v4, sizeof(v4));
    assert_memory_equal(column_ip(batch_column(batch, FIELD_SOURCEV6), 0), &none6, sizeof(v4));
    assert_memory_equal(column_ip(batch_column(batch, FIELD_SOURCEADDRESS), 0), &v4, sizeof(v4));
    assert_memory_equal(column_ip(batch_column(batch, FIELD_DESTINATIONIP), 0), &none4, sizeof(v4));
    assert_memory_equal(column_ip(batch_column(batch, FIELD_DESTINATIONV6), 0), &v6, sizeof(v4));
    assert_memory_equal(column_ip(batch_column(batch, FIELD_DESTINATIONADDRESS), 0), &v6, sizeof(v4));
}

static void nothing_wanted(void **state)
{
    struct fixture *f = *state;
    row_writer_free(f->writer);
    memset(&f->wanted, 0, sizeof(f->wanted));
    assert_int_equal(row_writer_create(&f->context, WALL_CLOCK_MS, &f->writer, NULL), TOCSIN_OK);
    uint32_t row;
    int64_t newest;
    struct event_header header = {.has_time = true, .time_ms = 9};
    assert_non_null(row_writer_begin(f->writer, &header, NULL, &row));
    row_writer_evidence(f->writer, 0, 1, 1, STR("x"));
    assert_int_equal(take(f)->row_count, 1);
    assert_true(row_writer_newest_time(f->writer, &newest));
    assert_int_equal(newest, 9);
}

static void memory_running_out_is_an_error_not_a_loss(void **state)
{
    struct fixture *f = *state;
    bool was_without_failure = false;
    for (uint64_t at = 1; !was_without_failure; at++) {
        row_writer_free(f->writer);
        f->writer = NULL;
        memory_fail_at(at, 0);
        if (row_writer_create(&f->context, WALL_CLOCK_MS, &f->writer, NULL) != TOCSIN_OK) {
            continue;
        }
        uint32_t row;
        struct event_header header = {0};
        if (row_writer_begin(f->writer, &header, NULL, &row)) {
            row_writer_evidence(f->writer, 0, 1, 1, STR("one"));
            row_writer_evidence(f->writer, 0, 3, 1, STR("two"));
        }
        struct batch *batch = NULL;
        struct error err;
        tocsin_status status = row_writer_take(f->writer, true, &batch, &err);
        memory_fail_at(0, 0);
        if (status == TOCSIN_OK) {
            assert_text(batch, FIELD_PAYLOAD, 0, "one\ntwo");
            was_without_failure = true;
        } else {
            assert_int_equal(status, TOCSIN_ERROR_MEMORY);
        }
        assert_true(at < 100);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fields_every_event_has),
        TEST(defaults_without_name_and_host),
        TEST(log_source_by_record_host_then_by_relay),
        TEST(host_longer_than_the_memo),
        TEST(time_of_event_frame_previous_file),
        TEST(newest_time_ignores_a_forged_future),
        TEST(newest_time_is_not_after_the_file_was_written),
        TEST(forged_times_do_not_reach_events_without_a_time),
        TEST(payload_from_evidence),
        TEST(unparsed_line),
        TEST(more_rows_than_a_batch_holds),
        TEST(large_values_end_a_batch_early),
        TEST(dropped_records_by_reason),
        TEST(addresses_by_family),
        TEST(nothing_wanted),
        TEST(memory_running_out_is_an_error_not_a_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
