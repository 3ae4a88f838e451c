/* Sub-selects in FROM and IN: whose columns, whose window, and what each must be. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan_fixture.h"

static void columns_are_fields(void **state)
{
    (void)state;
    bind("SELECT u, n * 2 AS twice, * FROM (SELECT username AS u, COUNT(*) AS n, MAX(starttime) FROM events "
         "GROUP BY username) WHERE N > 3 AND \"MAX_starttime\" > 0 ORDER BY n DESC LIMIT 5");
    assert_int_equal(plan->source.kind, PLAN_SOURCE_PLAN);
    assert_non_null(plan->source.inner->group);
    assert_ptr_equal(plan->schema, plan->derived_schema);
    assert_int_equal(schema_field_count(plan->schema), 3);
    assert_int_equal(plan->output_count, 5);
    assert_true(str_eq(plan->outputs[4].name, STR("MAX_starttime")));
    assert_int_equal(plan->outputs[0].expression->field, 0);
    assert_int_equal(plan->outputs[1].expression->type, TYPE_DOUBLE);
    assert_true(field_set_has(&plan->fields, 0) && field_set_has(&plan->fields, 1) && field_set_has(&plan->fields, 2));
    assert_int_equal(plan->early_count, 2);
    assert_int_equal(plan->late_count, 0);
    bind("SELECT \"a b\" FROM (SELECT 'x' AS 'a b' FROM (SELECT * FROM events))");
    assert_int_equal(plan->outputs[0].expression->type, TYPE_STRING);
    assert_int_equal(plan->source.inner->source.inner->source.kind, PLAN_SOURCE_LOG);
    bind("SELECT COUNT(*), SUM(n) FROM (SELECT COUNT(*) AS n FROM flows GROUP BY sourceip)");
    assert_int_equal(plan->source.inner->source.catalog, CATALOG_FLOWS);
    assert_non_null(plan->group);
    assert_non_null(plan->source.inner->group);
    /* Names of the inner query's fields are not there. */
    bind("SELECT LOGSOURCETYPENAME(logsourceid) FROM (SELECT logsourceid FROM events)");
    assert_int_equal(plan->outputs[0].expression->operands[0]->domain, DOMAIN_LOG_SOURCE);
}

static void in_select(void **state)
{
    (void)state;
    bind("SELECT username FROM events WHERE sourceip IN (SELECT destinationip FROM events) AND qid = 5");
    assert_int_equal(plan->subquery_count, 1);
    assert_int_equal(plan->early_count, 2); /* kind of record, qid */
    assert_int_equal(plan->late_count, 1);
    assert_int_equal(plan->late[0]->kind, EXPRESSION_IN);
    assert_null(plan->late[0]->set);
    assert_int_equal(plan->late[0]->subquery, 0);
    assert_true(plan_needs_now(plan));
    assert_true(plan->filter->has_subquery);
    bind("SELECT username FROM events WHERE username NOT IN (SELECT username FROM events LIMIT 5) OR qid = 5");
    assert_int_equal(plan->late_count, 1);
    assert_int_equal(plan->late[0]->kind, EXPRESSION_OR);
    /* Both sides become one type, the inner one in its own plan. */
    bind("SELECT username FROM events WHERE sourceip IN (SELECT username FROM events)");
    assert_int_equal(plan->subqueries[0].plan->outputs[0].expression->type, TYPE_IP);
    assert_int_equal(plan->late[0]->operands[0]->kind, EXPRESSION_FIELD);
    bind("SELECT username FROM events WHERE qid IN (SELECT MAX(qid) FROM events GROUP BY username)");
    assert_int_equal(plan->subqueries[0].plan->outputs[0].expression->type, TYPE_DOUBLE);
    assert_int_equal(plan->late[0]->operands[0]->type, TYPE_DOUBLE);
    bind("SELECT username FROM events WHERE username IN (SELECT qid FROM events)");
    assert_int_equal(plan->subqueries[0].plan->outputs[0].expression->type, TYPE_DOUBLE);
    assert_int_equal(plan->late[0]->operands[0]->type, TYPE_DOUBLE);
    /* Selected: rows wait for the answer. In a group it is asked for once. */
    bind("SELECT sourceip IN (SELECT destinationip FROM events) AS known FROM events");
    assert_true(plan->outputs_need_now);
    bind("SELECT COUNT(*), qid IN (SELECT qid FROM events) AS known FROM events GROUP BY qid");
    assert_int_equal(plan->subquery_count, 1);
    assert_false(plan->outputs_need_now);
    bind("SELECT COUNT(*) FROM events GROUP BY qid IN (SELECT qid FROM events)");
    assert_true(plan->outputs_need_now);
    bind("SELECT SUM(eventcount) AS n FROM events GROUP BY qid HAVING n > 3 AND qid NOT IN (SELECT qid FROM events)");
    assert_false(plan->outputs_need_now);
    assert_true(plan->group->having->has_subquery);
}

static size_t count_remarks(const char *code)
{
    size_t count = 0;
    for (size_t i = 0; i < diagnostics.count; i++) {
        count += strcmp(diagnostics.items[i].code, code) == 0;
    }
    return count;
}

static void windows(void **state)
{
    (void)state;
    /* Its own clause, else that of the query around it. */
    bind("SELECT n FROM (SELECT COUNT(*) AS n FROM events LAST 2 HOURS)");
    assert_int_equal(plan->source.inner->late_count, 2);
    assert_int_equal(plan->late_count, 0);
    assert_int_equal(count_remarks("inner-window"), 0);
    bind("SELECT n FROM (SELECT COUNT(*) AS n FROM events) LAST 2 HOURS");
    assert_int_equal(plan->source.inner->late_count, 2);
    assert_int_equal(plan->late_count, 0);
    assert_int_equal(count_remarks("inner-window"), 1);
    bind("SELECT starttime FROM (SELECT starttime FROM events LAST 2 DAYS) LAST 2 HOURS");
    assert_int_equal(plan->source.inner->late_count, 2);
    assert_int_equal(plan->late_count, 2); /* of the outer rows, which have a starttime */
    assert_int_equal(plan->late[0]->operands[0]->field, 0);
    bind("SELECT t FROM (SELECT DATEFORMAT(starttime, 'HH') AS starttime, 1 AS t FROM events) LAST 2 HOURS");
    assert_int_equal(plan->late_count, 0); /* that is no time any more */
    bind("SELECT qid FROM events WHERE qid IN (SELECT qid FROM (SELECT qid FROM events)) "
         "START '2026-11-22 10:00:20' STOP '2026-11-22 10:05:20'");
    const struct plan *innermost = plan->subqueries[0].plan->source.inner;
    assert_int_equal(innermost->window_min_ms, plan->window_min_ms);
    assert_int_equal(innermost->window_max_ms, plan->window_max_ms);
    assert_true(innermost->has_window);
    assert_int_equal(plan->window_max_ms - plan->window_min_ms, 6 * 60000 - 1);
    assert_int_equal(count_remarks("inner-window"), 1);
    /* QRadar's own five minutes hold for what reads the log. */
    options.has_qradar_window = true;
    bind("SELECT starttime FROM (SELECT starttime FROM events)");
    assert_int_equal(plan->late_count, 0);
    assert_int_equal(plan->source.inner->late_count, 2);
    assert_int_equal(count_remarks("inner-window"), 0);
}

static void bounds(void **state)
{
    (void)state;
    bind("SELECT qid FROM events START 1764000000123 STOP 1764000000123 + 1000");
    assert_int_equal(plan->window_min_ms, 1764000000123);
    assert_int_equal(plan->window_max_ms, 1764000001123);
    assert_int_equal(diagnostics.count, 0);
    options.rounds_all_bounds = true;
    bind("SELECT qid FROM events START 1764000000123 STOP 1764000000123 + 1000");
    assert_int_equal(plan->window_min_ms, 1764000000000);
    assert_int_equal(plan->window_max_ms, 1764000059999);
    bind("SELECT qid FROM events LAST 3 MINUTES");
    assert_false(plan->has_window);
    assert_int_equal(plan->late_count, 2);
    assert_int_equal(plan->late[1]->operands[1]->operator, OPERATOR_SUBTRACT);
    bind("SELECT qid FROM events START '2026-11-22 10:05:20' STOP '2026-11-22 10:00:20'");
    assert_int_equal(count_remarks("empty-window"), 1);
}

static const struct mistake mistakes[] = {
    {"SELECT username FROM (SELECT username AS u, qid FROM events)", TOCSIN_ERROR_NAME, 8,
     "Field \"username\" does not exist in catalog \"(SELECT ...)\"", "has the columns u, qid"},
    {"SELECT usr FROM (SELECT username AS user, qid FROM events)", TOCSIN_ERROR_NAME, 8, "\"usr\"",
     "did you mean user"},
    {"SELECT u FROM (SELECT usrename AS u FROM events)", TOCSIN_ERROR_NAME, 23, "catalog \"events\"", "username"},
    {"SELECT qid FROM events WHERE qid IN (SELECT qid, username FROM events)", TOCSIN_ERROR_TYPE, 38,
     "takes a sub-select of one column, and this one has 2", "only the column"},
    {"SELECT qid FROM events WHERE qid IN (SELECT * FROM events)", TOCSIN_ERROR_TYPE, 38, "this one has 13", ""},
    {"SELECT qid FROM events WHERE sourceip IN (SELECT hasoffense FROM events)", TOCSIN_ERROR_TYPE, 43,
     "Wrong argument type", ""},
    {"SELECT qid FROM events WHERE payload IN (SELECT payload FROM events)", TOCSIN_ERROR_TYPE, 42,
     "Wrong argument type: \"byte[]\"", "UTF8"},
    {"SELECT a FROM (SELECT 1 AS a FROM events INTO x)", TOCSIN_ERROR_SYNTAX, 42, "INTO keeps the answer",
     "outer FROM"},
};

static void errors(void **state)
{
    (void)state;
    expect_mistakes(mistakes, countof(mistakes));
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    struct strbuf text;
    for (int depth = LIMIT_SUBQUERY_DEPTH; depth <= LIMIT_SUBQUERY_DEPTH + 1; depth++) {
        strbuf_init(&text, 1 << 20);
        for (int i = 0; i < depth; i++) {
            strbuf_append(&text, STR("SELECT * FROM ("));
        }
        strbuf_append(&text, STR("SELECT qid FROM events"));
        for (int i = 0; i < depth; i++) {
            strbuf_append_char(&text, ')');
        }
        assert_int_equal(bind_text(strbuf_str(&text)), depth == LIMIT_SUBQUERY_DEPTH ? TOCSIN_OK : TOCSIN_ERROR_LIMIT);
        strbuf_release(&text);
    }
    for (int count = LIMIT_SUBQUERIES; count <= LIMIT_SUBQUERIES + 1; count++) {
        strbuf_init(&text, 1 << 20);
        strbuf_append(&text, STR("SELECT qid FROM events WHERE qid = 1"));
        for (int i = 0; i < count; i++) {
            strbuf_append(&text, STR(" OR qid IN (SELECT qid FROM events)"));
        }
        assert_int_equal(bind_text(strbuf_str(&text)), count == LIMIT_SUBQUERIES ? TOCSIN_OK : TOCSIN_ERROR_LIMIT);
        strbuf_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(columns_are_fields), TEST(in_select), TEST(windows), TEST(bounds), TEST(errors), TEST(nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
