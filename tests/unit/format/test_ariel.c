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

/* ---- many lines at once ---- */

enum { RANDOM_LINES = 6000 };

static uint32_t below(uint64_t *random, uint32_t bound)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*random >> 33) % bound;
}

/* An object of names in an order that mostly repeats, spelled in several ways, now and then damaged. */
static void put_object(struct strbuf *log, uint64_t *random)
{
    static const char *const names[] = {"starttime",   "qid",          "logsourceid", "sourceip", "username",
                                        "Command",     "FIRST_qid",    "payload",     "devicetype", "utf8_payload",
                                        "sourcev6",    "start\\u0074ime", "destinationip", "nobody", "magnitude"};
    static const char *const values[] = {"1795300000001", "7",       "null", "\"10.1.2.3\"", "\"a \\\"b\\\" c\"",
                                         "\"c2VjcmV0\"", "\"plain\"", "true", "[1, \"x\"]",  "{\"y\":{}}",
                                         "\"fe80::1\"",   "1e3",     "\"\"", "\"2026-11-22 10:00:00\""};
    uint32_t style = below(random, 8);
    bool is_first = true;
    strbuf_append_char(log, '{');
    for (size_t i = 0; i < countof(names); i++) {
        if (below(random, 5) < 2 + (i > 3)) {
            continue;
        }
        uint32_t name = below(random, 12) == 0 ? below(random, countof(names)) : (uint32_t)i;
        uint32_t value = below(random, countof(values));
        strbuf_append_format(log, "%s\"%s\"%s%s", is_first ? "" : style == 1 ? ", " : style == 2 ? " ,  " : ",",
                             names[name], style == 1 ? ": " : style == 2 ? " : " : ":", values[value]);
        is_first = false;
    }
    static const char *const ends[] = {"}", "}\r", "} ", ",}", "", "}}", "} {\"qid\":1}", "} x"};
    uint32_t end = below(random, 12);
    strbuf_append(log, str_from_cstring(ends[end < countof(ends) ? end : 0]));
    strbuf_append_char(log, '\n');
}

static str value_text(struct column *column, uint32_t row)
{
    switch (column->type) {
    case TYPE_STRING:
    case TYPE_BYTES:
        return column_string(column, row);
    case TYPE_IP:
        return (str){(const char *)column_ip(column, row), sizeof(struct ip)};
    case TYPE_BOOL:
        return (str){(const char *)&column->bools[row & column->row_mask], 1};
    default:
        return (str){(const char *)&column->integers[row & column->row_mask], sizeof(int64_t)};
    }
}

static void assert_same_rows(struct batch *one, struct batch *other)
{
    assert_int_equal(one->row_count, other->row_count);
    for (uint32_t row = 0; row < one->row_count; row++) {
        for (uint32_t i = 0; i < one->column_count; i++) {
            bool is_valid = column_is_valid(&one->columns[i], row);
            assert_int_equal(is_valid, column_is_valid(&other->columns[i], row));
            assert_true(!is_valid || str_eq(value_text(&one->columns[i], row), value_text(&other->columns[i], row)));
        }
        const struct evidence *first = &one->evidence[one->rows[row].evidence_first];
        const struct evidence *second = &other->evidence[other->rows[row].evidence_first];
        assert_int_equal(first->line, second->line);
        assert_true(str_eq(first->raw, second->raw));
    }
}

/* What parse_lines takes, parse_line makes the same rows of, and detect or continues claim; what it does not take is
 * given to both as a line. */
static void many_lines_at_once_are_lines_one_by_one(void **state)
{
    struct world *world = *state;
    struct row_writer *writer;
    void *single;
    struct strbuf log;
    uint64_t random = 7;
    uint64_t taken_lines = 0;
    assert_int_equal(row_writer_create(&world->context, 1795435200000, &writer, NULL), TOCSIN_OK);
    assert_int_equal(format_ariel.open(&world->context, &single, NULL), TOCSIN_OK);
    strbuf_init(&log, 16 * MEBI);
    for (int i = 0; i < RANDOM_LINES; i++) {
        put_object(&log, &random);
    }
    assert_false(log.is_failed);
    for (str rest = strbuf_str(&log); rest.len > 0;) {
        struct log_block block = {.text = rest, .line = world->line + 1};
        size_t bytes;
        uint64_t lines;
        assert_int_equal(format_ariel.parse_lines(world->state, &block, world->writer, &bytes, &lines, NULL),
                         TOCSIN_OK);
        taken_lines += lines;
        world->line += lines;
        for (str taken = str_slice(rest, 0, bytes); taken.len > 0;) {
            str text = str_slice(taken, 0, str_find_char(taken, '\n', 0));
            taken = str_skip(taken, text.len + 1);
            text.len -= text.data[text.len - 1] == '\r';
            struct log_line line = {.text = text, .raw = text, .line = ++block.line - 1, .line_count = 1};
            assert_true(format_ariel.detect(&line) >= FORMAT_SURE || format_ariel.continues(single, &line));
            assert_int_equal(format_ariel.parse_line(single, &line, writer, NULL), TOCSIN_OK);
        }
        assert_int_equal(block.line, world->line + 1);
        rest = str_skip(rest, bytes);
        if (rest.len > 0 && !row_writer_has_full(world->writer)) {
            str text = str_slice(rest, 0, str_find_char(rest, '\n', 0));
            rest = str_skip(rest, text.len + 1);
            tocsin_status status = give(world, text);
            struct log_line line = {.text = text, .raw = text, .line = world->line, .line_count = 1};
            assert_int_equal(format_ariel.parse_line(single, &line, writer, NULL), status);
        }
        if (row_writer_has_full(world->writer) || rest.len == 0) {
            struct batch *batch;
            (void)take(world);
            assert_int_equal(row_writer_take(writer, true, &batch, NULL), TOCSIN_OK);
            assert_same_rows(world->batch, batch);
            row_writer_recycle(world->writer);
            row_writer_recycle(writer);
        }
    }
    assert_true(taken_lines > RANDOM_LINES / 8 && taken_lines < RANDOM_LINES);
    strbuf_release(&log);
    row_writer_free(writer);
    format_ariel.close(single);
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
        TEST(many_lines_at_once_are_lines_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
