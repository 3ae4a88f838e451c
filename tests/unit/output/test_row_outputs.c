/* ndjson, json, csv and tsv: values, names, evidence, escapes, and what happens when the sink fails. */
#include "output_fixture.h"

#include <stdio.h>

#include "base/memory.h"

/* One column of each type; row 1 is all null. */
static struct fixture *create_values(void)
{
    struct fixture *f = fixture_create();
    column_set_integer(fixture_add_column(f, "starttime", TYPE_INT64), 0, 1795403414402);
    column_set_double(fixture_add_column(f, "COUNT", TYPE_DOUBLE), 0, 15270);
    column_set_bool(fixture_add_column(f, "isunparsed", TYPE_BOOL), 0, false);
    struct ip ip;
    assert_true(ip_parse(STR("10.20.4.17"), &ip));
    column_set_ip(fixture_add_column(f, "sourceip", TYPE_IP), 0, ip);
    assert_true(ip_parse(STR("2001:db8::1"), &ip));
    column_set_ip(fixture_add_column(f, "sourcev6", TYPE_IP), 0, ip);
    column_set_string(fixture_add_column(f, "Command", TYPE_STRING), 0, STR("a \"b\", c\td\n\x1B[31m\\"));
    column_set_string(fixture_add_column(f, "payload", TYPE_BYTES), 0, STR("foob"));
    fixture_add_column(f, "nothing", TYPE_NULL);
    f->batch.row_count = 2;
    return f;
}

static void test_ndjson_values(void **state)
{
    struct fixture *f = create_values();
    assert_string_equal(fixture_run(f, "ndjson"),
                        "{\"starttime\":1795403414402,\"COUNT\":15270.0,\"isunparsed\":false,"
                        "\"sourceip\":\"10.20.4.17\","
                        "\"sourcev6\":\"2001:db8:0:0:0:0:0:1\",\"Command\":\"a \\\"b\\\", c\\td\\n\\u001b[31m\\\\\","
                        "\"payload\":\"Zm9vYg==\",\"nothing\":null,\"@evidence\":[]}\n"
                        "{\"starttime\":null,\"COUNT\":null,\"isunparsed\":null,\"sourceip\":null,\"sourcev6\":null,"
                        "\"Command\":null,\"payload\":null,\"nothing\":null,\"@evidence\":[]}\n");
    fixture_free(f);
}

static void test_csv_values(void **state)
{
    struct fixture *f = create_values();
    assert_string_equal(fixture_run(f, "csv"),
                        "starttime,COUNT,isunparsed,sourceip,sourcev6,Command,payload,nothing\n"
                        "1795403414402,15270.0,false,10.20.4.17,2001:db8:0:0:0:0:0:1,"
                        "\"a \"\"b\"\", c\td\n\\x1B[31m\\\",Zm9vYg==,\n"
                        ",,,,,,,\n");
    fixture_free(f);
}

static void test_tsv_values(void **state)
{
    struct fixture *f = create_values();
    assert_string_equal(fixture_run(f, "tsv"),
                        "starttime\tCOUNT\tisunparsed\tsourceip\tsourcev6\tCommand\tpayload\tnothing\n"
                        "1795403414402\t15270.0\tfalse\t10.20.4.17\t2001:db8:0:0:0:0:0:1\t"
                        "a \"b\", c\\td\\n\\x1B[31m\\\\\tZm9vYg==\t\\N\n"
                        "\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n");
    fixture_free(f);
}

static void test_csv_quotes_where_needed(void **state)
{
    static const struct {
        str value;
        const char *line;
    } cases[] = {
        {STR("plain"), "plain"},          {STR(""), "\"\""},          {STR(" x"), "\" x\""},
        {STR("x "), "\"x \""},            {STR("a,b"), "\"a,b\""},    {STR("say \"hi\""), "\"say \"\"hi\"\"\""},
        {STR("two\nlines"), "\"two\nlines\""}, {STR("=1+1"), "=1+1"}, {STR("back\rwards"), "back\\rwards"},
        {STR("bad\xFF"), "bad\\xFF"},     {STR("\xE2\x80\xAEx"), "\\u{202E}x"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct fixture *f = fixture_create();
        column_set_string(fixture_add_column(f, "c", TYPE_STRING), 0, cases[i].value);
        f->batch.row_count = 1;
        char expected[64];
        snprintf(expected, sizeof(expected), "c\n%s\n", cases[i].line);
        assert_string_equal(fixture_run(f, "csv"), expected);
        fixture_free(f);
    }
}

static void test_constant_column(void **state)
{
    struct fixture *f = fixture_create();
    struct column *column = fixture_add_column(f, "c", TYPE_INT64);
    column_set_integer(column, 0, 7);
    column->kind = COLUMN_CONSTANT;
    column->row_mask = 0;
    f->batch.row_count = 3;
    assert_string_equal(fixture_run(f, "csv"), "c\n7\n7\n7\n");
    fixture_free(f);
}

/* Lines of one event are entries of their own, across files; what is not there is counted. */
static void test_evidence(void **state)
{
    struct fixture *f = fixture_create();
    fixture_make_hunt(f, "rule_1", "A rule");
    column_set_integer(fixture_add_column(f, "x", TYPE_INT64), 0, 1);
    f->risks[0] = 80;
    f->levels[0] = STR("high");
    f->spans[0] = (struct evidence){.input = 0, .line = 8, .line_count = 1, .raw = STR("two \"2\"")};
    f->spans[1] = (struct evidence){.input = 1, .line = 3, .line_count = 1, .raw = STR("\xFF\x1B")};
    f->spans[2] = (struct evidence){.input = 9, .line = 40, .line_count = 3, .raw = STR("{\n \"a\":1\n}")};
    f->evidence[0] = (struct result_evidence){.lines = f->spans, .count = 3, .more = 2};
    f->batch.row_count = 1;
    assert_string_equal(fixture_run(f, "ndjson"),
                        "{\"x\":1,\"@rule\":\"rule_1\",\"@risk\":80,\"@level\":\"high\",\"@evidence\":["
                        "{\"file\":\"a.log\",\"line\":8,\"raw\":\"two \\\"2\\\"\"},"
                        "{\"file\":\"dir/b\\u001b[2J.log\",\"line\":3,\"raw\":\"\xEF\xBF\xBD\\u001b\"},"
                        "{\"file\":\"\",\"line\":40,\"raw\":\"{\\n \\\"a\\\":1\\n}\"}"
                        "],\"@evidence_more\":2}\n");
    assert_string_equal(fixture_run(f, "csv"), "x,@rule,@risk,@level\n1,rule_1,80,high\n");
    fixture_free(f);
}

/* No two members of an object share a name, whatever the query says. */
static void test_json_names_are_unique(void **state)
{
    struct fixture *f = fixture_create();
    const char *names[] = {"a", "a", "a_2", "a", "@rule", "@evidence", "\xFF", "\xFE", ""};
    for (size_t i = 0; i < countof(names); i++) {
        column_set_integer(fixture_add_column(f, names[i], TYPE_INT64), 0, (int64_t)i);
    }
    f->batch.row_count = 1;
    assert_string_equal(fixture_run(f, "ndjson"),
                        "{\"a\":0,\"a_2\":1,\"a_2_2\":2,\"a_3\":3,\"@rule_2\":4,\"@evidence_2\":5,\"\xEF\xBF\xBD\":6,"
                        "\"\xEF\xBF\xBD_2\":7,\"\":8,\"@evidence\":[]}\n");
    fixture_free(f);
}

static void test_json_array(void **state)
{
    struct fixture *f = fixture_create();
    column_set_integer(fixture_add_column(f, "x", TYPE_INT64), 0, 1);
    f->batch.row_count = 2;
    f->batch.evidence = NULL;
    assert_string_equal(fixture_run(f, "json"), "[\n  {\n    \"x\": 1\n  },\n  {\n    \"x\": null\n  }\n]\n");
    f->batch.row_count = 0;
    assert_string_equal(fixture_run(f, "json"), "[]\n");
    fixture_free(f);
}

/* Several rules: ndjson and json go on; csv starts a new header only where the columns change. */
static void test_several_rules(void **state)
{
    struct fixture *f = fixture_create();
    fixture_make_hunt(f, "r1", "");
    column_set_integer(fixture_add_column(f, "x", TYPE_INT64), 0, 1);
    f->levels[0] = STR("low");
    f->batch.row_count = 1;
    const struct output_def *csv = fixture_output("csv");
    void *output = NULL;
    struct error err;
    assert_int_equal(csv->open(&f->options, &output, &err), TOCSIN_OK);
    for (int i = 0; i < 3; i++) {
        f->header.rule_id = i == 0 ? STR("r1") : i == 1 ? STR("r2") : STR("r3");
        f->names[0].name = i == 2 ? STR("y") : STR("x");
        assert_int_equal(csv->begin(output, &f->header, &err), TOCSIN_OK);
        assert_int_equal(csv->push(output, &f->batch, &err), TOCSIN_OK);
        assert_int_equal(csv->end(output, &err), TOCSIN_OK);
    }
    assert_int_equal(csv->finish(output, &err), TOCSIN_OK);
    csv->close(output);
    strbuf_append_char(&f->written, '\0');
    assert_string_equal(f->written.data, "x,@rule,@risk,@level\n1,r1,0,low\n1,r2,0,low\n"
                                         "\ny,@rule,@risk,@level\n1,r3,0,low\n");
    fixture_free(f);
}

/* A value of some MiB full of controls goes out in parts: no buffer of its escaped size. */
static void test_huge_value_is_written_in_parts(void **state)
{
    static const char *const outputs[] = {"ndjson", "json", "csv", "tsv", "table", "html"};
    size_t bytes = LIMIT_LINE_BYTES / 4;
    char *value = memory_allocate(bytes);
    assert_non_null(value);
    memset(value, 0x1B, bytes);
    for (size_t i = 0; i < countof(outputs); i++) {
        struct fixture *f = fixture_create();
        column_set_string(fixture_add_column(f, "x", TYPE_STRING), 0, (str){value, bytes});
        column_set_string(fixture_add_column(f, "b", TYPE_BYTES), 0, (str){value, bytes});
        f->batch.row_count = 1;
        const char *text = fixture_run(f, outputs[i]);
        assert_true(f->written.len > bytes * 4 + bytes);
        assert_true(f->writes > 50);
        assert_null(memchr(text, 0x1B, f->written.len));
        fixture_free(f);
    }
    memory_free(value);
}

/* Whatever the sink says is what the caller gets; a memory failure anywhere is one too. */
static void test_failures_are_passed_on(void **state)
{
    size_t count;
    const struct output_def *const *outputs = output_list(&count);
    for (size_t i = 0; i < count; i++) {
        struct fixture *f = create_values();
        void *output = NULL;
        struct error err;
        assert_int_equal(outputs[i]->open(&f->options, &output, &err), TOCSIN_OK);
        assert_int_equal(outputs[i]->begin(output, &f->header, &err), TOCSIN_OK);
        f->write_status = TOCSIN_ERROR_CLOSED;
        tocsin_status status = outputs[i]->push(output, &f->batch, &err);
        if (status == TOCSIN_OK) {
            status = outputs[i]->end(output, &err);
        }
        assert_int_equal(status, TOCSIN_ERROR_CLOSED);
        outputs[i]->close(output);
        fixture_free(f);
    }
}

static tocsin_status run_all(struct fixture *f, const struct output_def *output)
{
    struct error err;
    void *state = NULL;
    tocsin_status status = output->open(&f->options, &state, &err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = output->begin(state, &f->header, &err);
    status = status == TOCSIN_OK ? output->push(state, &f->batch, &err) : status;
    status = status == TOCSIN_OK ? output->end(state, &err) : status;
    status = status == TOCSIN_OK ? output->finish(state, &err) : status;
    output->close(state);
    return status;
}

static void test_memory_failures(void **state)
{
    size_t count;
    const struct output_def *const *outputs = output_list(&count);
    for (size_t i = 0; i < count; i++) {
        struct fixture *f = create_values();
        f->options.shows_evidence = true;
        f->spans[0] = (struct evidence){.line = 1, .line_count = 1, .raw = STR("raw")};
        f->evidence[0] = (struct result_evidence){.lines = f->spans, .count = 1};
        assert_non_null(strbuf_reserve(&f->written, 1 << 16)); /* the test's own buffer must not fail */
        bool is_done = false;
        for (uint64_t number = 1; number < 1000 && !is_done; number++) {
            memory_fail_at(number, 1);
            tocsin_status status = run_all(f, outputs[i]);
            memory_fail_at(0, 0);
            assert_true(status == TOCSIN_OK || status == TOCSIN_ERROR_MEMORY);
            is_done = status == TOCSIN_OK;
            strbuf_clear(&f->written);
        }
        assert_true(is_done);
        fixture_free(f);
    }
}

static void test_registry(void **state)
{
    static const char *const names[] = {"table", "json", "ndjson", "csv", "tsv", "html"};
    size_t count;
    output_list(&count);
    assert_int_equal(count, countof(names));
    for (size_t i = 0; i < countof(names); i++) {
        assert_non_null(output_find(str_from_cstring(names[i])));
    }
    assert_null(output_find(STR("xml")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ndjson_values),
        cmocka_unit_test(test_csv_values),
        cmocka_unit_test(test_tsv_values),
        cmocka_unit_test(test_csv_quotes_where_needed),
        cmocka_unit_test(test_constant_column),
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_json_names_are_unique),
        cmocka_unit_test(test_json_array),
        cmocka_unit_test(test_several_rules),
        cmocka_unit_test(test_huge_value_is_written_in_parts),
        cmocka_unit_test(test_failures_are_passed_on),
        cmocka_unit_test(test_memory_failures),
        cmocka_unit_test(test_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
