/* Whole statements over a batch made by hand: the conformance seeds of the AQL reference (section 10) and the null
 * rules, without any log format. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "execute/execution.h"
#include "language/syntax.h"

struct fixture {
    struct schema *schema;
    struct plan_options options;
    field_id id;
    field_id score;
};

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture = (struct fixture){0};
    assert_int_equal(schema_create(&fixture.schema, NULL), TOCSIN_OK);
    assert_int_equal(schema_add_property(fixture.schema, STR("id"), TYPE_INT64, STR(""), &fixture.id, NULL), TOCSIN_OK);
    assert_int_equal(schema_add_property(fixture.schema, STR("Score Text"), TYPE_STRING, STR(""), &fixture.score, NULL),
                     TOCSIN_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    schema_free(fixture.schema);
    return 0;
}

/* The reference's table: id, sourceip, username, severity, eventcount, payload. */
static void fill(struct batch *batch)
{
    static const struct {
        const char *ip, *user, *payload, *score;
        int64_t severity, count;
    } rows[] = {
        {"10.1.1.5", "alice", "login ok", "10", 3, 1},
        {"10.1.1.5", NULL, "login FAILED (bad pw)", "9", 8, 4},
        {"192.0.2.9", "Bob", "GET /a_b?x=1", "x", 8, 1},
        {"0.0.0.0", "bob", "GET /aXb", NULL, 5, 2},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        uint32_t row = batch_add_row(batch);
        struct ip ip;
        assert_true(ip_parse(str_from_cstring(rows[i].ip), &ip));
        column_set_integer(batch_column(batch, FIELD_STARTTIME), row, 1000 * (int64_t)(i + 1));
        column_set_integer(batch_column(batch, fixture.id), row, (int64_t)i + 1);
        column_set_ip(batch_column(batch, FIELD_SOURCEIP), row, ip);
        column_set_integer(batch_column(batch, FIELD_SEVERITY), row, rows[i].severity);
        column_set_integer(batch_column(batch, FIELD_EVENTCOUNT), row, rows[i].count);
        column_set_string(batch_column(batch, FIELD_PAYLOAD), row, str_from_cstring(rows[i].payload));
        if (rows[i].user) {
            column_set_string(batch_column(batch, FIELD_USERNAME), row, str_from_cstring(rows[i].user));
        }
        if (rows[i].score) {
            column_set_string(batch_column(batch, fixture.score), row, str_from_cstring(rows[i].score));
        }
        batch_add_evidence(batch, (struct evidence){.line = i + 1, .line_count = 1, .raw = STR("raw")});
    }
}

static tocsin_status print_rows(void *state, const struct result_batch *batch, struct error *err)
{
    (void)err;
    struct strbuf *out = state;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        const struct column *column = &batch->columns[0];
        strbuf_append(out, out->len > 0 ? STR(" ") : STR(""));
        if (!column_is_valid(column, row)) {
            strbuf_append(out, STR("null"));
        } else if (column->type == TYPE_INT64) {
            strbuf_append_i64(out, column_integer(column, row));
        } else if (column->type == TYPE_DOUBLE) {
            strbuf_append_double(out, column_double(column, row));
        } else if (column->type == TYPE_BOOL) {
            strbuf_append(out, column_bool(column, row) ? STR("true") : STR("false"));
        } else if (column->type == TYPE_IP) {
            ip_append(out, column_ip(column, row));
        } else {
            strbuf_append(out, column_string(column, row));
        }
    }
    return TOCSIN_OK;
}

static void run(const char *text, struct strbuf *out, struct execution_options execution_options, int64_t now_ms)
{
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct syntax_select *select = NULL;
    struct plan *plan = NULL;
    struct error err = {0};
    str query = str_from_cstring(text);
    tocsin_status status = aql_parse(&arena, query, "query", &select, &err);
    if (status == TOCSIN_OK) {
        status = plan_bind(select, query, "query", fixture.schema, &fixture.options, NULL, &plan, &err);
    }
    if (status != TOCSIN_OK) {
        strbuf_append_format(out, "%u:%u: %s", err.line, err.column, err.message);
        arena_release(&arena);
        return;
    }
    struct program_environment environment = {.is_null_sql = fixture.options.is_null_sql};
    environment.functions.now_ms = execution_options.is_now_known ? now_ms : INT64_MIN / 2;
    static const struct result_sink_ops ops = {print_rows};
    struct execution *execution = NULL;
    struct batch batch;
    assert_int_equal(regex_scratch_create(&environment.scratch, NULL), TOCSIN_OK);
    assert_int_equal(batch_init(&batch, fixture.schema, &plan->fields, NULL), TOCSIN_OK);
    assert_int_equal(
        execution_create(plan, &environment, &execution_options, (struct result_sink){&ops, out}, &execution, &err),
        TOCSIN_OK);
    fill(&batch);
    assert_int_equal(batch_finish(&batch, NULL), TOCSIN_OK);
    assert_int_equal(execution_push(execution, &batch, &err), TOCSIN_OK);
    environment.functions.now_ms = now_ms;
    assert_int_equal(execution_finish(execution, &err), TOCSIN_OK);
    execution_free(execution);
    batch_release(&batch);
    regex_scratch_free(environment.scratch);
    plan_free(plan);
    arena_release(&arena);
}

static void expect(const char *text, const char *expected)
{
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    run(text, &out, (struct execution_options){.bytes_max = 1 << 20, .is_now_known = true}, 5000);
    strbuf_append_char(&out, '\0');
    if (strcmp(out.data, expected) != 0) {
        print_error("%s\n", text);
    }
    assert_string_equal(out.data, expected);
    strbuf_release(&out);
}

static void expect_where(const char *condition, const char *expected)
{
    char text[1024];
    snprintf(text, sizeof(text), "SELECT id FROM events WHERE %s ORDER BY id", condition);
    expect(text, expected);
}

static void conformance_seeds(void **state)
{
    (void)state;
    expect_where("username = 'bob'", "4");
    expect_where("username ILIKE 'BOB'", "3 4");
    expect_where("username LIKE 'b_b'", "4");
    expect_where("username != 'bob'", "1 2 3");
    expect_where("username IS NULL", "2");
    expect_where("sourceip = '10.1.1.5' AND severity > '5'", "2");
    expect_where("sourceip IS NULL", "");
    expect_where("INCIDR('10.1.0.7/16', sourceip)", "1 2");
    expect_where("UTF8(payload) LIKE '%(bad%'", "2");
    expect_where("UTF8(payload) LIKE '%a_b%'", "3 4");
    expect_where("UTF8(payload) MATCHES 'FAILED'", "2");
    expect_where("UTF8(payload) IMATCHES '.*failed.*'", "2");
    expect_where("payload LIKE '%login%'", "1:29: Wrong argument type: \"byte[]\". \"String\" is required.");
    expect_where("sourceip LIKE '10.%'", "1:29: Wrong argument type: \"Host\". \"String\" is required.");
    expect("SELECT DISTINCT username FROM events", "1:8: Field \"DISTINCT\" does not exist in catalog \"events\"");
    expect("SELECT 3 ^ 2 FROM events LIMIT 1", "9");
    expect("SELECT 5 # 1 FROM events LIMIT 1", "4");
    expect("SELECT 7 % 4 FROM events LIMIT 1", "3");
}

static void nulls_in_two_valued_logic(void **state)
{
    (void)state;
    expect_where("NOT username = 'bob'", "1 2 3");
    expect_where("NOT username LIKE '%o%'", "1 2");
    expect_where("username NOT IN ('bob', 'Bob')", "1 2");
    expect_where("NOT (username = 'bob' OR severity = 3)", "2 3");
    expect_where("NOT (username = 'alice' AND severity = 3)", "2 3 4");
    expect_where("username = NULL", "2");
    expect_where("username <> null", "1 3 4");
    expect_where("username = username", "1 2 3 4");
    expect_where("username < 'c'", "1 3 4");
    expect_where("NOT username < 'c'", "2");
    expect_where("NOT username BETWEEN 'a' AND 'b'", "2 3 4");
    expect("SELECT username = 'bob' AS b FROM events ORDER BY id", "false false false true");
}

static void nulls_in_three_valued_logic(void **state)
{
    (void)state;
    fixture.options.is_null_sql = true;
    expect_where("username != 'bob'", "1 3");
    expect_where("NOT username LIKE '%o%'", "1");
    expect_where("username NOT IN ('bob', 'Bob')", "1");
    expect_where("username NOT IN ('bob', NULL)", "");
    expect_where("NOT (username = 'alice' AND severity = 8)", "1 3 4");
    expect_where("username = NULL", "");
    expect_where("username = username", "1 3 4");
    expect_where("username IS NOT NULL", "1 3 4");
    expect("SELECT username = 'bob' AS b FROM events ORDER BY id", "false null false true");
}

static void comparisons_convert_as_the_reference_says(void **state)
{
    (void)state;
    expect_where("sourceip IN ('192.0.2.9', '::1')", "3");
    expect_where("severity = 8.0", "2 3");
    expect_where("severity > '7.5'", "2 3");
    expect_where("\"Score Text\" > 9", "1");
    expect_where("\"Score Text\" > '9'", "3");
    expect_where("\"Score Text\" IN (9, 10)", "1 2");
    expect_where("severity IN ('3', 5)", "1 4");
    expect_where("severity = 'abc'", "1:40: 'abc' is not a number, and the other side is one");
    expect_where("sourceip = 'abc'", "1:40: 'abc' is not an IP address, and the other side is one");
    expect_where("isunparsed = 'False' AND iscreevent = false", "1 2 3 4");
    expect_where("payload = 'x'", "1:39: Wrong argument type: \"byte[]\". \"String\" is required.");
}

static void case_and_if(void **state)
{
    (void)state;
    expect("SELECT CASE WHEN severity >= 8 THEN 'high' WHEN severity >= 5 THEN 'mid' ELSE 'low' END FROM events ORDER "
           "BY id",
           "low high high mid");
    expect("SELECT CASE severity WHEN 3 THEN 1 WHEN 5 THEN 2.5 END FROM events ORDER BY id", "1.0 null null 2.5");
    expect("SELECT IF username IS NULL THEN 'nobody' ELSE username AS who FROM events ORDER BY id",
           "alice nobody Bob bob");
    expect("SELECT CASE WHEN username ILIKE '%b%' THEN 1 ELSE 0 END + CASE WHEN severity > 4 THEN 1 ELSE 0 END AS s "
           "FROM events ORDER BY id",
           "0 1 2 2");
    expect("SELECT CASE WHEN severity = 3 THEN username ELSE severity END FROM events ORDER BY id", "alice 8 8 5");
    expect_where("CASE WHEN severity > 4 THEN TRUE ELSE FALSE END", "2 3 4");
}

static void arithmetic_is_javas(void **state)
{
    (void)state;
    static const struct {
        const char *expression, *value;
    } vectors[] = {
        {"~0", "-1"},
        {"~2147483647", "-2147483648"},
        {"~123456789", "-123456790"},
        {"-2147483648|2147483647", "-1"},
        {"2147483647#2147483647", "0"},
        {"12345#6789", "10940"},
        {"-1<<1", "-2"},
        {"16<<1", "32"},
        {"16>>3", "2"},
        {"-32768>>15", "-1"},
        {"-1>>>33", "2147483647"},
        {"(20+44)>>>3", "8"},
        {"7/2", "3"},
        {"-7/2", "-3"},
        {"-7%4", "-3"},
        {"7/0", "null"},
        {"7%0", "null"},
        {"7/2.0", "3.5"},
        {"9223372036854775807+1", "-9223372036854775808"},
        {"2^3^2", "512"},
        {"2+3*4", "14"},
        {"0xff & 0x0f", "15"},
        {"1 = 1.0", "true"},
    };
    for (size_t i = 0; i < countof(vectors); i++) {
        char text[200];
        snprintf(text, sizeof(text), "SELECT %s FROM events LIMIT 1", vectors[i].expression);
        expect(text, vectors[i].value);
    }
}

static void order_and_limit(void **state)
{
    (void)state;
    expect("SELECT id FROM events", "4 3 2 1"); /* newest first */
    expect("SELECT id FROM events LIMIT 2", "4 3");
    expect("SELECT id FROM events LIMIT 0", "");
    expect("SELECT id FROM events ORDER BY severity DESC, id", "2 3 4 1");
    expect("SELECT id FROM events ORDER BY severity DESC", "2 3 4 1"); /* ties: input order */
    expect("SELECT id FROM events ORDER BY username", "2 3 1 4");      /* nulls first */
    expect("SELECT id FROM events ORDER BY username DESC", "4 1 3 2");
    expect("SELECT id FROM events ORDER BY sourceip, id DESC", "4 2 1 3");
    expect("SELECT id, severity * -1 AS 'Low First' FROM events ORDER BY 'Low First', id", "2 3 4 1");
    expect("SELECT id, severity AS eventcount FROM events ORDER BY eventcount, id", "1 4 2 3"); /* the alias */
    expect("SELECT id, severity AS eventcount FROM events WHERE eventcount = 4", "2");          /* the field */
    expect("SELECT id FROM events ORDER BY 1", "1:32: ORDER BY a constant orders nothing");
}

static void time_clauses(void **state)
{
    (void)state;
    expect("SELECT id FROM events START 2000 STOP 3000", "3 2");
    expect("SELECT id FROM events WHERE starttime > NOW() - 3000", "4 3");
    expect("SELECT id FROM events START '1970-01-01 00:00' STOP '1970-01-01 00:01'", "4 3 2 1");
    expect("SELECT id FROM events START '1970-01-01 00:00:59'", "4 3 2 1"); /* rounded to the minute */
    expect("SELECT id FROM events START '1970-01-01 00:01'", "");
    expect("SELECT id FROM events START NOW() - 2000", "4 3");
    expect("SELECT id FROM events LAST 1 MINUTES", "4 3 2 1");
    fixture.options.has_exact_time_bounds = true;
    expect("SELECT id FROM events START '1970-01-01 00:00:02' STOP '1970-01-01 00:00:03'", "3 2");
}

/* NOW() becomes known only at the end; the answer must not depend on when. */
static void rows_wait_for_now(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "SELECT id FROM events WHERE starttime > NOW() - 3000",
        "SELECT id FROM events WHERE starttime > NOW() - 3*1000 ORDER BY severity LIMIT 1",
        "SELECT id FROM events WHERE NOT starttime > NOW() - 3000",
        "SELECT NOW() - starttime FROM events ORDER BY NOW() - starttime",
        "SELECT id FROM events LAST 1 MINUTES",
    };
    for (size_t i = 0; i < countof(queries); i++) {
        struct strbuf known;
        struct strbuf late;
        strbuf_init(&known, 1 << 16);
        strbuf_init(&late, 1 << 16);
        run(queries[i], &known, (struct execution_options){.bytes_max = 1 << 20, .is_now_known = true}, 5000);
        run(queries[i], &late, (struct execution_options){.bytes_max = 100}, 5000);
        assert_true(known.len > 0);
        assert_true(str_eq(strbuf_str(&known), strbuf_str(&late)));
        strbuf_release(&known);
        strbuf_release(&late);
    }
}

/* Rows that all have this user name; what the query gives, values parted by blanks. */
static void run_rows(str query, str username, uint32_t row_count, struct strbuf *out)
{
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct syntax_select *select = NULL;
    struct plan *plan = NULL;
    struct error err = {0};
    assert_int_equal(aql_parse(&arena, query, "query", &select, &err), TOCSIN_OK);
    assert_int_equal(plan_bind(select, query, "query", fixture.schema, &fixture.options, NULL, &plan, &err), TOCSIN_OK);
    struct program_environment environment = {0};
    static const struct result_sink_ops ops = {print_rows};
    struct execution *execution = NULL;
    struct batch batch;
    struct execution_options options = {.bytes_max = 1 << 20, .is_now_known = true};
    assert_int_equal(batch_init(&batch, fixture.schema, &plan->fields, NULL), TOCSIN_OK);
    assert_int_equal(execution_create(plan, &environment, &options, (struct result_sink){&ops, out}, &execution, &err),
                     TOCSIN_OK);
    for (uint32_t i = 0; i < row_count; i++) {
        column_set_string(batch_column(&batch, FIELD_USERNAME), batch_add_row(&batch), username);
    }
    assert_int_equal(batch_finish(&batch, NULL), TOCSIN_OK);
    assert_int_equal(execution_push(execution, &batch, &err), TOCSIN_OK);
    assert_int_equal(execution_finish(execution, &err), TOCSIN_OK);
    execution_free(execution);
    batch_release(&batch);
    plan_free(plan);
    arena_release(&arena);
}

/* Values that outgrow the memory of one call are computed for fewer rows at a time, not refused. */
static void giant_values_are_taken_in_parts(void **state)
{
    enum { ROWS = 60, BYTES = 1 << 20 };
    char *giant = malloc(BYTES);
    assert_non_null(giant);
    memset(giant, 'x', BYTES);
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    run_rows(STR("SELECT STRLEN(CONCAT(username, username, username)) FROM events "
                 "WHERE CONCAT(username, username, username) ILIKE '%xxx'"),
             (str){giant, BYTES}, ROWS, &out);
    assert_int_equal(out.len, ROWS * (sizeof("3145728 ") - 1) - 1);
    strbuf_release(&out);
    free(giant);
}

/* A pattern that comes from the log takes its memory only while it is used; one over the limit matches nothing. */
static void patterns_from_the_log_end_no_run(void **state)
{
    enum { BYTES = LIMIT_PATTERN_FROM_LOG_BYTES };
    static const char *const parts[] = {"%s", "%\xC3\xA9", "_%", "%"};
    char *giant = malloc(BYTES + 2);
    assert_non_null(giant);
    struct strbuf out;
    strbuf_init(&out, 1 << 20);
    for (size_t p = 0; p < countof(parts); p++) {
        size_t len = strlen(parts[p]);
        for (size_t i = 0; i < BYTES + 2; i++) {
            giant[i] = parts[p][i % len];
        }
        for (size_t over = 0; over < 2; over++) {
            strbuf_clear(&out);
            str query = STR("SELECT 1 FROM events WHERE username ILIKE username OR username NOT LIKE username");
            str value = str_from(giant, BYTES + over * 2);
            run_rows(query, value, 3, &out);
            assert_true(str_eq(strbuf_str(&out), STR("1 1 1"))); /* whichever of the two holds */
            strbuf_clear(&out);
            run_rows(STR("SELECT 1 FROM events WHERE username ILIKE username"), value, 2, &out);
            assert_true(str_eq(strbuf_str(&out), over ? STR("") : STR("1 1")));
        }
    }
    strbuf_release(&out);
    free(giant);
}

static void what_is_not_supported_is_said(void **state)
{
    (void)state;
    expect("SELECT id FROM flowz", "1:16: there is no database and no cursor \"flowz\"");
    expect("SELECT nope(id) FROM events", "1:8: Function \"nope\" does not exist");
    expect("SELECT id FROM events WHERE severity",
           "1:29: a condition is needed here, and this is a value of type Long");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(conformance_seeds),
        CASE(nulls_in_two_valued_logic),
        CASE(nulls_in_three_valued_logic),
        CASE(comparisons_convert_as_the_reference_says),
        CASE(case_and_if),
        CASE(arithmetic_is_javas),
        CASE(order_and_limit),
        CASE(time_clauses),
        CASE(rows_wait_for_now),
        CASE(giant_values_are_taken_in_parts),
        CASE(patterns_from_the_log_end_no_run),
        CASE(what_is_not_supported_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
