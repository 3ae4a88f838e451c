#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/strbuf.h"
#include "format/ariel_name.h"
#include "format/row_writer_internal.h"

extern const struct format_def format_ariel;

struct world {
    struct schema *schema;
    struct log_source_table *sources;
    struct field_set wanted;
    struct format_context context;
    struct row_writer *writer;
    void *state;
    struct batch *batch;
    uint64_t line;
};

static int set_up(void **state)
{
    static struct world world;
    world = (struct world){.line = 0};
    assert_int_equal(schema_create(&world.schema, NULL), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&world.sources, NULL), TOCSIN_OK);
    for (size_t i = 0; i < schema_field_count(world.schema); i++) {
        field_set_add(&world.wanted, (field_id)i);
    }
    world.context =
        (struct format_context){.schema = world.schema, .wanted = &world.wanted, .log_sources = world.sources};
    assert_int_equal(row_writer_create(&world.context, 1795435200000, &world.writer, NULL), TOCSIN_OK);
    assert_int_equal(format_ariel.open(&world.context, &world.state, NULL), TOCSIN_OK);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    format_ariel.close(world->state);
    row_writer_free(world->writer);
    log_source_table_free(world->sources);
    schema_free(world->schema);
    return 0;
}

static tocsin_status give(struct world *world, str text)
{
    struct log_line line = {.text = text, .raw = text, .line = ++world->line, .line_count = 1};
    struct error err;
    return format_ariel.parse_line(world->state, &line, world->writer, &err);
}

/* Rows so far, as the next batch. */
static uint32_t take(struct world *world)
{
    assert_int_equal(row_writer_take(world->writer, true, &world->batch, NULL), TOCSIN_OK);
    return world->batch ? world->batch->row_count : 0;
}

static int confidence(const char *text, enum json_list list, uint64_t number)
{
    struct log_line line = {
        .text = str_from_cstring(text), .raw = str_from_cstring(text), .line = number, .line_count = 1, .list = list};
    return format_ariel.detect(&line);
}

static void only_records_of_qradar_are_claimed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum json_list list;
        int at_least;
        int at_most;
    } cases[] = {
        {"{\"starttime\":1,\"qid\":2,\"logsourceid\":3,\"magnitude\":4,\"devicetype\":5}", JSON_LIST_NONE, 90, 94},
        {"{\"starttime\":1,\"qid\":2,\"logsourceid\":3}", JSON_LIST_NONE, 60, 89},
        {"{\"starttime\":1,\"qid\":2}", JSON_LIST_NONE, 0, 0},
        {"{\"starttime\":1,\"qid\":2}", JSON_LIST_EVENTS, 95, 97},
        {"{\"COUNT\":1,\"FIRST_sourceIP\":\"\"}", JSON_LIST_FLOWS, 95, 97},
        {"{\"sourceip\":1}", JSON_LIST_EVENTS, 0, 0},
        {"{\"message\":1,\"timestamp\":2}", JSON_LIST_EVENTS, 0, 0},
        {"{\"a\":1}", JSON_LIST_CURSOR, 0, 0},
        /* Words of every log. */
        {"{\"sourceip\":1,\"destinationip\":1,\"sourceport\":1,\"destinationport\":1,\"username\":1,\"severity\":1}",
         JSON_LIST_NONE, 0, 0},
        {"{\"hostname\":1,\"@record_kind\":1,\"payload\":1}", JSON_LIST_NONE, 0, 0},
        /* Behind names of others nobody looks. */
        {"{\"a\":1,\"qid\":2,\"logsourceid\":3,\"magnitude\":4,\"devicetype\":5}", JSON_LIST_NONE, 0, 0},
        {"{\"sourceip\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"qid\":2,\"logsourceid\":3,\"magnitude\":4}", JSON_LIST_NONE,
         0, 0},
        {"{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"qid\":2,\"logsourceid\":3,\"magnitude\":4}", JSON_LIST_EVENTS, 95,
         97},
        {"{\"flows\":[]}", JSON_LIST_NONE, 50, 89},
        {"{\"flows\":[],\"next\":1}", JSON_LIST_NONE, 0, 0},
        {"{\"flows\":[", JSON_LIST_NONE, 0, 0},
        {"{\"flows\":[]", JSON_LIST_NONE, 0, 0},
        {"starttime,qid,logsourceid", JSON_LIST_NONE, 95, 97},
        {"starttime", JSON_LIST_NONE, 0, 0},
        {"the starttime, and the qid", JSON_LIST_NONE, 0, 0},
        {"starttime,qid,\"open", JSON_LIST_NONE, 0, 0},
        {"qid,a,b,c", JSON_LIST_NONE, 0, 0},
        {"", JSON_LIST_NONE, 0, 0},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        int got = confidence(cases[i].text, cases[i].list, 1);
        if (got < cases[i].at_least || got > cases[i].at_most) {
            fail_msg("%s: %d", cases[i].text, got);
        }
    }
    assert_int_equal(confidence("starttime,qid,logsourceid", JSON_LIST_NONE, 2), 0);
}

static void an_open_quote_takes_so_many_lines_and_no_more(void **state)
{
    struct world *world = *state;
    assert_int_equal(give(world, STR("starttime,qid,logsourceid")), TOCSIN_OK);
    assert_int_equal(give(world, STR("1,2,\"open")), TOCSIN_OK);
    for (int i = 1; i < LIMIT_TABLE_ROW_LINES; i++) {
        assert_int_equal(give(world, STR("4,5,6")), TOCSIN_OK);
    }
    assert_int_equal(take(world), 0);
    assert_int_equal(give(world, STR("4,5,6")), TOCSIN_END); /* refused, and offered to all again */
    assert_int_equal(give(world, STR("4,5,6")), TOCSIN_OK);
    assert_int_equal(take(world), 2);
    assert_true(column_bool(batch_column(world->batch, FIELD_ISUNPARSED), 0));
    assert_false(column_bool(batch_column(world->batch, FIELD_ISUNPARSED), 1));
    assert_int_equal(world->batch->evidence[0].line_count, LIMIT_TABLE_ROW_LINES);
}

static void an_open_quote_takes_so_many_bytes_and_no_more(void **state)
{
    struct world *world = *state;
    struct strbuf text;
    strbuf_init(&text, LIMIT_TABLE_ROW_BYTES);
    memset(strbuf_reserve(&text, LIMIT_TABLE_ROW_BYTES / 2), 'x', LIMIT_TABLE_ROW_BYTES / 2);
    text.len = LIMIT_TABLE_ROW_BYTES / 2;
    assert_int_equal(give(world, STR("starttime,qid,logsourceid")), TOCSIN_OK);
    assert_int_equal(give(world, STR("1,2,\"open")), TOCSIN_OK);
    assert_int_equal(give(world, strbuf_str(&text)), TOCSIN_OK);
    assert_int_equal(give(world, strbuf_str(&text)), TOCSIN_END);
    assert_int_equal(take(world), 1);
    assert_int_equal(column_string(batch_column(world->batch, FIELD_PAYLOAD), 0).len,
                     LIMIT_TABLE_ROW_BYTES / 2 + sizeof("1,2,\"open"));
    strbuf_release(&text);
    /* What is open at the end of the input is a row, too. */
    row_writer_recycle(world->writer);
    assert_int_equal(give(world, STR("1,2,\"open")), TOCSIN_OK);
    assert_int_equal(format_ariel.finish(world->state, world->writer, NULL), TOCSIN_OK);
    assert_int_equal(take(world), 1);
}

static void names_and_values_of_a_record_are_bounded(void **state)
{
    struct world *world = *state;
    struct strbuf text;
    strbuf_init(&text, 1 * MEBI);
    strbuf_append(&text, STR("{\"qid\":7"));
    for (int i = 0; i < LIMIT_MESSAGE_FIELDS; i++) {
        strbuf_append_format(&text, ",\"name%d\":%d", i, i);
    }
    strbuf_append(&text, STR(",\"magnitude\":9}"));
    assert_true((size_t)LIMIT_MESSAGE_FIELDS > ARIEL_NAMES_MAX);
    for (int repeat = 0; repeat < 2; repeat++) {
        assert_int_equal(give(world, strbuf_str(&text)), TOCSIN_OK);
        assert_int_equal(take(world), 1);
        assert_int_equal(column_integer(batch_column(world->batch, FIELD_QID), 0), 7);
        assert_int_equal(column_integer(batch_column(world->batch, FIELD_MAGNITUDE), 0), 5); /* behind the limit */
        row_writer_recycle(world->writer);
    }
    /* Names that are not remembered are found all the same. */
    assert_int_equal(give(world, STR("{\"FIRST_MAGNITUDE\":9}")), TOCSIN_OK);
    assert_int_equal(take(world), 1);
    assert_int_equal(column_integer(batch_column(world->batch, FIELD_MAGNITUDE), 0), 9);
    strbuf_release(&text);
}

static void rows_read_after_their_line_is_gone(void **state)
{
    struct world *world = *state;
    char line[] = "1,\"a \"\"b\"\" c\",00-1b-44-11-3a-b7";
    assert_int_equal(give(world, STR("qid,username,sourcemac")), TOCSIN_OK);
    assert_int_equal(give(world, str_from_cstring(line)), TOCSIN_OK);
    assert_int_equal(take(world), 1);
    assert_true(str_eq(column_string(batch_column(world->batch, FIELD_USERNAME), 0), STR("a \"b\" c")));
    assert_true(str_eq(column_string(batch_column(world->batch, FIELD_SOURCEMAC), 0), STR("00:1B:44:11:3A:B7")));
    row_writer_recycle(world->writer);
    assert_int_equal(format_ariel.release_chunk(world->state, NULL), TOCSIN_OK);
    assert_int_equal(give(world, STR("2,,")), TOCSIN_OK);
    assert_int_equal(take(world), 1);
    assert_int_equal(column_integer(batch_column(world->batch, FIELD_QID), 0), 2);
    assert_false(column_is_valid(batch_column(world->batch, FIELD_USERNAME), 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_records_of_qradar_are_claimed),
        TEST(an_open_quote_takes_so_many_lines_and_no_more),
        TEST(an_open_quote_takes_so_many_bytes_and_no_more),
        TEST(names_and_values_of_a_record_are_bounded),
        TEST(rows_read_after_their_line_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
