/* Every function's example through parser, binder and program, as the descriptor promises it; and what kernels do with
 * rows of all kinds. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/strbuf.h"
#include "column/value_text.h"
#include "execute/execution.h"
#include "function/function_text.h"
#include "language/syntax.h"

enum { NOW_SECONDS = 1735599909 };

static struct schema *schema;
static struct log_source_table *log_sources;
static struct lookup_tables *lookups;
static struct time_zone *zone;
static field_id text_field;
static field_id pattern_field;
static field_id double_field;

static int set_up(void **state)
{
    assert_int_equal(schema_create(&schema, NULL), TOCSIN_OK);
    assert_int_equal(schema_add_property(schema, STR("Text"), TYPE_STRING, STR(""), &text_field, NULL), TOCSIN_OK);
    assert_int_equal(schema_add_property(schema, STR("Pattern"), TYPE_STRING, STR(""), &pattern_field, NULL),
                     TOCSIN_OK);
    assert_int_equal(schema_add_property(schema, STR("Double"), TYPE_DOUBLE, STR(""), &double_field, NULL), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&log_sources, NULL), TOCSIN_OK);
    assert_int_equal(lookup_tables_create(&lookups, NULL), TOCSIN_OK);
    assert_int_equal(lookup_tables_load(lookups, TOCSIN_SOURCE_ROOT "/docs/lookups", NULL), TOCSIN_OK);
    struct event_name event = {.qid = 2000001, .name = STR("Something"), .category = 8052, .severity = 3};
    assert_int_equal(log_source_table_add_event_name(log_sources, &event, NULL), TOCSIN_OK);
    return 0;
}

static int tear_down(void **state)
{
    schema_free(schema);
    log_source_table_free(log_sources);
    lookup_tables_free(lookups);
    return 0;
}

/* Row 1 has everything, row 2 as little as a row can have, row 3 odd values. */
static void fill(struct batch *batch)
{
    static const struct {
        const char *ip, *text, *pattern;
        str payload;
        int64_t devicetime;
        int64_t log_source;
        double number;
    } rows[] = {
        {"10.1.1.5", "42", "yyyy", {"the log line", 12}, 1735599909007, 1001, 1.5},
        {"0.0.0.0", NULL, NULL, {"", 0}, -1, 0, 0},
        {"fd00::1",
         " \xC3\xA4\xFF"
         "9.75 ",
         "b",
         {"a\xFF\xE2\x82z", 5},
         1735599909999,
         1003,
         -1e300},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        uint32_t row = batch_add_row(batch);
        struct ip ip;
        assert_true(ip_parse(str_from_cstring(rows[i].ip), &ip));
        column_set_integer(batch_column(batch, FIELD_STARTTIME), row, (int64_t)i);
        column_set_ip(batch_column(batch, FIELD_SOURCEADDRESS), row, ip);
        column_set_integer(batch_column(batch, FIELD_LOGSOURCEID), row, rows[i].log_source);
        column_set_integer(batch_column(batch, FIELD_DEVICETYPE), row, 11);
        column_set_string(batch_column(batch, FIELD_PAYLOAD), row, rows[i].payload);
        column_set_double(batch_column(batch, double_field), row, rows[i].number);
        if (rows[i].text) {
            column_set_integer(batch_column(batch, FIELD_DEVICETIME), row, rows[i].devicetime);
            column_set_string(batch_column(batch, text_field), row, str_from_cstring(rows[i].text));
            column_set_string(batch_column(batch, pattern_field), row, str_from_cstring(rows[i].pattern));
        }
        batch_add_evidence(batch, (struct evidence){.line = i + 1, .line_count = 1, .raw = STR("raw")});
    }
}

static tocsin_status print_rows(void *state, const struct result_batch *batch, struct error *err)
{
    struct strbuf *out = state;
    struct strbuf scratch;
    strbuf_init(&scratch, 1 << 20);
    for (uint32_t row = 0; row < batch->row_count; row++) {
        const struct column *column = &batch->columns[0];
        strbuf_append(out, out->len > 0 ? STR("|") : STR(""));
        strbuf_append(out, column_is_valid(column, row) ? value_text(column, row, &scratch) : STR("null"));
    }
    strbuf_release(&scratch);
    return TOCSIN_OK;
}

static void run(str query, struct strbuf *out)
{
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct syntax_select *select = NULL;
    struct plan *plan = NULL;
    struct error err = {0};
    struct plan_options options = {.zone = zone, .log_sources = log_sources, .lookups = lookups};
    tocsin_status status = aql_parse(&arena, query, "query", &select, &err);
    status = status == TOCSIN_OK ? plan_bind(select, query, "query", schema, &options, NULL, &plan, &err) : status;
    if (status != TOCSIN_OK) {
        strbuf_append_format(out, "%s: %s", tocsin_status_name(status), err.message);
        arena_release(&arena);
        return;
    }
    struct program_environment environment = {0};
    environment.functions =
        (struct function_environment){.now_ms = INT64_C(1000) * NOW_SECONDS, .zone = zone, .log_sources = log_sources,
                                      .lookups = lookups};
    static const struct result_sink_ops ops = {print_rows};
    struct execution_options execution_options = {.bytes_max = 1 << 20, .is_now_known = true};
    struct execution *execution = NULL;
    struct batch batch;
    assert_int_equal(regex_scratch_create(&environment.scratch, NULL), TOCSIN_OK);
    assert_int_equal(batch_init(&batch, schema, &plan->fields, NULL), TOCSIN_OK);
    assert_int_equal(
        execution_create(plan, &environment, &execution_options, (struct result_sink){&ops, out}, &execution, &err),
        TOCSIN_OK);
    fill(&batch);
    assert_int_equal(batch_finish(&batch, NULL), TOCSIN_OK);
    assert_int_equal(execution_push(execution, &batch, &err), TOCSIN_OK);
    assert_int_equal(execution_finish(execution, &err), TOCSIN_OK);
    execution_free(execution);
    batch_release(&batch);
    regex_scratch_free(environment.scratch);
    plan_free(plan);
    arena_release(&arena);
}

static void expect_query(const char *expression, const char *order, const char *expected)
{
    struct strbuf query;
    struct strbuf out;
    strbuf_init(&query, 1 << 20);
    strbuf_init(&out, 1 << 20);
    strbuf_append(&query, STR("SELECT "));
    strbuf_append(&query, str_from_cstring(expression));
    strbuf_append(&query, STR(" AS x FROM events ORDER BY starttime "));
    strbuf_append(&query, str_from_cstring(order));
    run(strbuf_str(&query), &out);
    if (!str_eq(strbuf_str(&out), str_from_cstring(expected))) {
        print_error("%s\nis       %.*s\nexpected %s\n", expression, (int)out.len, out.data, expected);
        fail();
    }
    strbuf_release(&query);
    strbuf_release(&out);
}

/* All rows, joined by |. */
static void expect(const char *expression, const char *expected)
{
    expect_query(expression, "ASC", expected);
}

static bool is_family(const char *name)
{
    size_t count;
    const char *const *families = function_families(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(families[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void examples_give_what_they_promise(void **state)
{
    size_t count;
    const struct function_def *const *functions = function_list(&count);
    assert_true(count >= 23);
    for (size_t i = 0; i < count; i++) {
        const struct function_def *function = functions[i];
        assert_non_null(function->names[0]);
        assert_non_null(function->description);
        assert_non_null(function->family);
        assert_int_equal(function->lookup != LOOKUP_NONE, function->without_lookup != NULL);
        assert_int_equal(function->sees_nulls, function->null_rule != NULL);
        assert_true(strlen(function_null_rule(function)) > 0);
        assert_true(is_family(function->family));
        assert_ptr_equal(function_find(str_from_cstring(function->names[0])), function);
        if (function->aggregate == AGGREGATE_NONE) { /* of groups: tests/cases/aggregate */
            expect_query(function->example, "ASC LIMIT 1", function->example_result);
        }
    }
}

/* Rows: "42", null, " \xE4\xFF9.75 ". */
static void texts_of_values(void **state)
{
    expect("STR(sourceaddress)", "10.1.1.5|0.0.0.0|fd00:0:0:0:0:0:0:1");
    expect("STR(\"Double\")", "1.5|0.0|-1.0E300");
    expect("STR(payload)", "dGhlIGxvZyBsaW5l||Yf/igno=");
    expect("STR(severity > 0)", "true|true|true");
    expect("STR(\"Text\")", "42|null| \xC3\xA4\xFF"
                            "9.75 ");
    expect("CONCAT(\"Text\", '/', sourceaddress, '/', devicetime)", "42/10.1.1.5/1735599909007|/0.0.0.0/| \xC3\xA4\xFF"
                                                                    "9.75 /fd00:0:0:0:0:0:0:1/1735599909999");
    expect("CONCAT(NULL, 'a')", "a|a|a");
    expect("UTF8(payload)", "the log line||a\xEF\xBF\xBD\xEF\xBF\xBDz");
    expect("BASE64(payload)", "dGhlIGxvZyBsaW5l||Yf/igno=");
    expect("STRLEN(\"Text\")", "2|null|8");
    expect("STRLEN(payload)", "12|0|4");
    expect("STRLEN(sourceaddress)", "8|7|18");
    expect("UPPER(\"Text\")", "42|null| \xC3\x84\xFF"
                              "9.75 ");
    expect("LOWER(NULL)", "null|null|null");
    expect("UTF8('text')", "type error: Wrong argument type: \"String\". \"byte[]\" is required.");
}

static void numbers_of_values(void **state)
{
    expect("LONG(\"Text\")", "42|null|null");
    expect("LONG(\"Double\")", "1|0|null");
    expect("LONG(sourceaddress)", "167837957|0|null");
    expect("LONG('255.255.255.255')", "null|null|null");
    expect("LONG(' -9223372036854775808 ')", "-9223372036854775808|-9223372036854775808|-9223372036854775808");
    expect("LONG('9223372036854775808')", "null|null|null");
    expect("LONG('1e3')", "1000|1000|1000");
    expect("LONG('')", "null|null|null");
    expect("DOUBLE(\"Text\")", "42.0|null|null");
    expect("DOUBLE(severity)", "5.0|5.0|5.0");
    expect("DOUBLE('1e999')", "null|null|null");
    expect("DOUBLE('0x10')", "null|null|null");
}

static void positions_are_characters(void **state)
{
    expect_query("STRPOS('\xC3\xA4\xC3\xB6x', 'x')", "ASC LIMIT 1", "2");
    expect_query("STRPOS('abcabc', 'c', 3)", "ASC LIMIT 1", "5");
    expect_query("STRPOS('abcabc', 'c', -7)", "ASC LIMIT 1", "2");
    expect_query("STRPOS('abc', 'c', 99)", "ASC LIMIT 1", "-1");
    expect_query("STRPOS('abc', '')", "ASC LIMIT 1", "0");
    expect("STRPOS(sourceaddress, '.')", "2|1|-1");
    expect_query("SUBSTRING('\xC3\xA4\xC3\xB6xyz', 1, 3)", "ASC LIMIT 1", "\xC3\xB6x");
    expect_query("SUBSTRING('abc', 1)", "ASC LIMIT 1", "bc");
    expect_query("SUBSTRING('abc', -5, 2)", "ASC LIMIT 1", "ab");
    expect_query("SUBSTRING('abc', 2, 1)", "ASC LIMIT 1", "");
    expect_query("SUBSTRING('abc', 3)", "ASC LIMIT 1", "");
    expect_query("SUBSTRING('abc', 9223372036854775807, 9223372036854775807)", "ASC LIMIT 1", "");
    expect_query("SUBSTRING('abc', 1, 9223372036854775807)", "ASC LIMIT 1", "bc");
    expect_query("SUBSTRING('key=v', STRPOS('key=v', '=') + 1, STRLEN('key=v'))", "ASC LIMIT 1", "v");
    expect("SUBSTRING(\"Text\", 1, 3)", "2|null|\xC3\xA4\xFF");
}

static void times_follow_the_zone(void **state)
{
    expect("DATEFORMAT(devicetime, 'HH:mm:ss.SSS')", "23:05:09.007|null|23:05:09.999");
    expect("DATEFORMAT(devicetime, \"Pattern\")", "2024|null|null");
    expect("DATEFORMAT(\"Double\", 'SSS')", "001|000|null");
    expect("DATEFORMAT(NULL, 'yyyy')", "null|null|null");
    expect("PARSETIMESTAMP(\"Pattern\", '1971')", "31536000000|null|null");
    expect("PARSETIMESTAMP('yyyy', \"Text\")", "-60841756800000|null|null");
    expect_query("PARSETIMESTAMP('yyyy-MM-dd', '2024-02-30')", "ASC LIMIT 1", "null");
    expect_query("PARSEDATETIME('now')", "ASC LIMIT 1", "1735599909000");
    expect_query("PARSEDATETIME('1 hour ago')", "ASC LIMIT 1", "1735596309000");
    expect_query("NOW() - PARSEDATETIME('now')", "ASC LIMIT 1", "0");
    assert_int_equal(time_zone_open(STR("Europe/Berlin"), &zone, NULL), TOCSIN_OK);
    expect("DATEFORMAT(devicetime, 'yyyy-MM-dd HH:mm Z')", "2024-12-31 00:05 +0100|null|2024-12-31 00:05 +0100");
    expect_query("PARSETIMESTAMP('yyyy-MM-dd', '2024-12-31')", "ASC LIMIT 1", "1735599600000");
    time_zone_close(zone);
    zone = NULL;
}

static void names_are_found_and_unknown_is_said(void **state)
{
    expect("LOGSOURCETYPENAME(logsourceid)", "Linux OS|unknown|Kubernetes Auditing");
    expect("LOGSOURCETYPENAME(devicetype)", "Linux OS|Linux OS|Linux OS");
    expect("QIDNAME(2000001)", "Something|Something|Something");
    expect("PROTOCOLNAME(255)", "Reserved|Reserved|Reserved");
    expect("PROTOCOLNAME(254)", "unknown|unknown|unknown");
    expect("CATEGORYNAME(3000)", "Authentication|Authentication|Authentication");
    expect("CATEGORYNAME(-1)", "unknown|unknown|unknown");
}

static void blocks_hold_addresses(void **state)
{
    expect("INCIDR('10.1.0.7/16', sourceaddress)", "true|false|false");
    expect("INCIDR('fd00::/8', sourceaddress)", "false|false|true");
    expect("INCIDR('::/0', sourceaddress)", "false|false|true");
    expect("INCIDR('0.0.0.0/0', sourceaddress)", "true|true|false");
    expect("INCIDR(\"Text\", sourceaddress)", "false|false|false");
    expect("INCIDR('10.0.0.0/8', \"Text\")", "false|false|false");
    expect("INCIDR('10.0.0.0/33', sourceaddress)", "syntax error: \"10.0.0.0/33\" is no block of addresses");
    expect("INCIDR('10.0.0.0/', sourceaddress)", "syntax error: \"10.0.0.0/\" is no block of addresses");
    expect("INCIDR('10.0.0/8', sourceaddress)", "syntax error: \"10.0.0/8\" is no block of addresses");
}

static void mistakes_are_told_before_the_run(void **state)
{
    expect("DATEFORMAT(devicetime, 'yyyy-MM-ddTHH')", "syntax error: date pattern: the letter 'T' has no meaning");
    expect("PARSEDATETIME('whenever')", "syntax error: \"whenever\" is no time");
    expect("REPLACEALL(\"Pattern\", \"Text\", '')", "type error: argument 1 of REPLACEALL must be a constant");
    expect("REPLACEALL('a', 'b')", "type error: REPLACEALL takes 3 arguments, not 2");
}

static void nearest_names_are_suggested(void **state)
{
    assert_true(str_eq(function_suggest(STR("datefromat")), STR("DATEFORMAT")));
    assert_true(str_eq(function_suggest(STR("uper")), STR("UPPER")));
    assert_int_equal(function_suggest(STR("NO_SUCH_FUNCTION")).len, 0);
    assert_int_equal(function_suggest(STR("")).len, 0);
    assert_null(function_find(STR("")));
    assert_non_null(function_find(STR("logSourceTypeName")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_give_what_they_promise),
        cmocka_unit_test(texts_of_values),
        cmocka_unit_test(numbers_of_values),
        cmocka_unit_test(positions_are_characters),
        cmocka_unit_test(times_follow_the_zone),
        cmocka_unit_test(names_are_found_and_unknown_is_said),
        cmocka_unit_test(blocks_hold_addresses),
        cmocka_unit_test(mistakes_are_told_before_the_run),
        cmocka_unit_test(nearest_names_are_suggested),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
