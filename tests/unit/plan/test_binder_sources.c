/* Cursors, saved searches, offenses, parameters; custom functions and AQL-based properties in the place of their text.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lookup/custom_functions.h"
#include "lookup/deployment.h"
#include "lookup/offenses.h"
#include "lookup/saved_searches.h"
#include "plan_fixture.h"

static struct lookup_tables *lookups;

static const char offenses[] = "offenses:\n"
                               "  - id: 42\n"
                               "    start: 2026-11-22 10:00:20\n"
                               "    stop: 2026-11-22 10:05:20\n"
                               "    where: username = 'joe'\n"
                               "    rules: [7, 8]\n"
                               "  - id: 43\n"
                               "    start: 2026-11-22 10:00:20\n"
                               "  - id: 44\n"
                               "    start: 2026-11-22 10:00:20\n"
                               "    where: usrename = 'joe'\n";

static const char searches[] =
    "searches:\n"
    "  - name: Logons by host\n"
    "    aql: SELECT hostname AS host, COUNT(*) AS n FROM events WHERE qid = 5 GROUP BY host LAST 24 HOURS\n"
    "  - name: Rows\n"
    "    aql: SELECT username, starttime FROM events\n"
    "  - name: Broken\n"
    "    aql: SELECT usrename FROM events\n"
    "  - name: Itself\n"
    "    aql: SELECT * FROM GLOBALVIEW('Itself', 'NORMAL')\n";

static const char functions[] =
    "functions:\n"
    "  - {namespace: MY, name: DOUBLE_OF, parameters: [{name: x, type: LONG}], returns: LONG, expression: x * 2}\n"
    "  - {namespace: MY, name: FOURFOLD, parameters: [{name: username, type: LONG}], returns: LONG,\n"
    "     expression: 'MY::DOUBLE_OF(MY::DOUBLE_OF(username))'}\n"
    "  - {namespace: MY, name: JOINED, parameters: [{name: first, type: STRING}, {name: rest, type: STRING}],\n"
    "     varargs: true, returns: STRING, expression: 'CONCAT(first, ''/'', rest)'}\n"
    "  - {namespace: MY, name: WHO, parameters: [], returns: STRING, expression: \"CONCAT(username, '@', hostname)\"}\n"
    "  - {namespace: MY, name: LOOP, parameters: [], returns: LONG, expression: 'MY::LOOP2()'}\n"
    "  - {namespace: MY, name: LOOP2, parameters: [], returns: LONG, expression: 'MY::LOOP() + 1'}\n"
    "  - {namespace: MY, name: BROKEN, parameters: [], returns: LONG, expression: '1 + )'}\n"
    "  - {namespace: MY, name: SUMS, parameters: [{name: x, type: LONG}], returns: LONG, expression: SUM(x)}\n"
    "  - {namespace: MY, name: BOOM, parameters: [{name: x, type: LONG}], returns: LONG,\n"
    "     expression: 'MY::FOURFOLD(MY::FOURFOLD(MY::FOURFOLD(MY::FOURFOLD(x))))'}\n";

static const char processors[] = "processors:\n"
                                 "  - {id: 8, name: ep-berlin, host: ep.example.com}\n";

static tocsin_status find_cursor(void *context, str name, struct schema **ret_schema, struct error *error)
{
    (void)context;
    const struct field columns[] = {{.name = STR("starttime"), .type = TYPE_INT64, .domain = DOMAIN_TIME_MS},
                                    {.name = STR("who"), .type = TYPE_STRING}};
    return str_eq(name, STR("vpn_7d")) ? schema_create_derived(columns, countof(columns), ret_schema, error)
                                       : TOCSIN_END;
}

static int set_up_tables(void **state)
{
    struct error error = {0};
    set_up(state);
    assert_int_equal(lookup_tables_create(&lookups, NULL), TOCSIN_OK);
    if (offenses_load_text(lookups->offenses, STR(offenses), "offenses.yaml", &error) != TOCSIN_OK ||
        saved_searches_load_text(lookups->saved_searches, STR(searches), "searches.yaml", &error) != TOCSIN_OK ||
        custom_functions_load_text(lookups->custom_functions, STR(functions), "functions.yaml", &error) != TOCSIN_OK ||
        deployment_load_text(lookups->deployment, STR(processors), "deployment.yaml", &error) != TOCSIN_OK) {
        fail_msg("%s", error.message);
    }
    lookups->is_loaded[LOOKUP_DEPLOYMENT] = true;
    field_id ignored;
    assert_int_equal(schema_add_expression(schema, STR("Who And Where"), STR("CONCAT(username, '@', STR(sourceip))"),
                                           STR(""), &ignored, NULL),
                     TOCSIN_OK);
    assert_int_equal(
        schema_add_expression(schema, STR("Nested"), STR("UPPER(\"Who And Where\")"), STR(""), &ignored, NULL),
        TOCSIN_OK);
    assert_int_equal(schema_add_expression(schema, STR("Summed"), STR("SUM(qid)"), STR(""), &ignored, NULL), TOCSIN_OK);
    assert_int_equal(schema_add_expression(schema, STR("Wrong"), STR("qid +\nusrename"), STR(""), &ignored, NULL),
                     TOCSIN_OK);
    options.lookups = lookups;
    options.find_cursor = find_cursor;
    return 0;
}

static int tear_down_tables(void **state)
{
    tear_down(state);
    lookup_tables_free(lookups);
    return 0;
}

static void cursors(void **state)
{
    (void)state;
    bind("SELECT who, COUNT(*) FROM \"vpn_7d\" GROUP BY who LAST 3 HOURS");
    assert_int_equal(plan->source.kind, PLAN_SOURCE_CURSOR);
    assert_true(str_eq(plan->source.cursor, STR("vpn_7d")));
    assert_int_equal(plan->late_count, 2);
    bind("SELECT username FROM events INTO 'My Cursor' LAST 1 HOURS PARAMETERS EXECUTIONTIMELIMIT=5000, "
         "REMOTESERVERS=ARIELSERVERS4EPID(8), PRIORITY='LOW'");
    assert_true(str_eq(plan->into, STR("My Cursor")));
    assert_int_equal(plan->time_limit_ms, 5000);
    assert_int_equal(diagnostics.count, 2);
    assert_string_equal(diagnostics.items[0].code, "parameter-ignored");
}

static void saved_searches(void **state)
{
    (void)state;
    bind("SELECT host, n FROM GLOBALVIEW('logons by HOST', 'NORMAL') WHERE n > 5");
    const struct plan *view = plan->source.inner;
    assert_int_equal(plan->source.kind, PLAN_SOURCE_PLAN);
    assert_int_equal(view->output_count, 2);
    assert_int_equal(view->late_count, 2); /* its own LAST */
    assert_int_equal(diagnostics.count, 0);
    bind("SELECT * FROM GLOBALVIEW('Logons by host', 'HOURLY') START '2026-11-22 10:00' STOP '2026-11-22 12:00'");
    view = plan->source.inner;
    assert_true(view->has_window);
    assert_int_equal(view->late_count, 0);
    assert_int_equal(plan->early_count, 0); /* an interval that begins before START counts */
    assert_int_equal(plan->output_count, 3);
    assert_true(str_eq(plan->outputs[0].name, STR("starttime")));
    assert_int_equal(view->group->key_count, 2);
    assert_int_equal(view->group->keys[1]->type, TYPE_INT64);
    bind("SELECT * FROM GLOBALVIEW('Rows', 'DAILY')");
    assert_int_equal(diagnostics.count, 1);
    assert_string_equal(diagnostics.items[0].code, "view-without-groups");
    assert_int_equal(bind_text(STR("SELECT * FROM GLOBALVIEW('Broken', 'NORMAL')")), TOCSIN_ERROR_NAME);
    assert_string_equal(err.source, "searches.yaml, 'Broken'");
    assert_int_equal(err.column, 8);
    assert_int_equal(bind_text(STR("SELECT * FROM GLOBALVIEW('Itself', 'NORMAL')")), TOCSIN_ERROR_LIMIT);
}

static void offenses_are_conditions(void **state)
{
    (void)state;
    bind("SELECT qid FROM events WHERE INOFFENSE(42) TIMES OFFENSE_TIME(42)");
    assert_true(plan->has_window);
    assert_int_equal(plan->window_max_ms - plan->window_min_ms, 6 * 60000 - 1);
    assert_int_equal(plan->filter->kind, EXPRESSION_AND);
    assert_true(field_set_has(&plan->fields, FIELD_USERNAME));
    assert_true(field_set_has(&plan->fields, FIELD_CREEVENTLIST));
    bind("SELECT qid FROM events WHERE NOT INOFFENSE(43) = true TIMES OFFENSE_TIME(43)");
    assert_int_equal(plan->window_max_ms, INT64_MAX);
    assert_int_equal(bind_text(STR("SELECT qid FROM events WHERE INOFFENSE(44)")), TOCSIN_ERROR_NAME);
    assert_string_equal(err.source, "offense \"44\"");
    assert_int_equal(err.column, 1);
}

static void properties_are_expressions(void **state)
{
    (void)state;
    bind("SELECT \"who and where\" AS w, \"Who And Where\" FROM events WHERE \"Who And Where\" LIKE '%x' AND w != 'y'");
    assert_int_equal(plan->outputs[0].expression->kind, EXPRESSION_CALL);
    assert_true(field_set_has(&plan->fields, FIELD_USERNAME) && field_set_has(&plan->fields, FIELD_SOURCEIP));
    bind("SELECT \"Who And Where\", COUNT(*) FROM events GROUP BY \"Who And Where\" ORDER BY \"Who And Where\"");
    assert_int_equal(plan->group->aggregate_count, 1);
    bind("SELECT UPPER(\"Who And Where\"), MAX(\"Who And Where\") FROM events GROUP BY qid");
    assert_int_equal(plan->group->aggregate_count, 2);
    /* An alias of the query is not seen inside. */
    bind("SELECT qid AS sourceip, \"Who And Where\" FROM events");
    assert_int_equal(bind_text(STR("SELECT qid, \"Wrong\" FROM events")), TOCSIN_ERROR_NAME);
    assert_string_equal(err.source, "property \"Wrong\"");
    assert_int_equal(err.line, 2);
    options.has_null_unknown_fields = true;
    bind("SELECT qid, \"Wrong\" FROM events");
    assert_int_equal(diagnostics.items[0].offset, 12); /* where the query says so */
    assert_int_equal(diagnostics.items[0].offset_end, 19);
}

static void custom_functions(void **state)
{
    (void)state;
    bind("SELECT my::double_of(qid + 1), MY::FOURFOLD('3'), MY::WHO() FROM events");
    assert_int_equal(plan->outputs[0].expression->kind, EXPRESSION_ARITHMETIC);
    assert_int_equal(plan->outputs[1].expression->kind, EXPRESSION_ARITHMETIC);
    assert_false(plan->outputs[1].expression->has_field);
    assert_int_equal(plan->outputs[2].expression->type, TYPE_STRING);
    bind("SELECT MY::JOINED(username, 'a', 'b', username) FROM events");
    assert_int_equal(plan->outputs[0].expression->operand_count, 5);
    bind("SELECT MY::DOUBLE_OF(COUNT(*)), MY::WHO(), MY::DOUBLE_OF(qid) FROM events GROUP BY qid HAVING "
         "MY::FOURFOLD(COUNT(*)) > 4");
    assert_int_equal(plan->group->aggregate_count, 2);
    assert_int_equal(plan->outputs[0].expression->type, TYPE_INT64);
    bind("SELECT MY::BOOM(qid) FROM events");
}

static const struct mistake mistakes[] = {
    {"SELECT a FROM evnts", TOCSIN_ERROR_NAME, 15, "there is no database and no cursor \"evnts\"",
     "did you mean events"},
    {"SELECT a FROM my_cursor", TOCSIN_ERROR_NAME, 15, "\"my_cursor\"", "INTO \"my_cursor\""},
    {"SELECT whom FROM vpn_7d", TOCSIN_ERROR_NAME, 8, "catalog \"vpn_7d\"", "did you mean who"},
    {"SELECT nothing FROM vpn_7d", TOCSIN_ERROR_NAME, 8, "catalog \"vpn_7d\"", "columns starttime, who"},
    {"SELECT qid FROM events INTO flows", TOCSIN_ERROR_NAME, 24, "it is the name of a database", "INTO vpn_7d"},
    {"SELECT qid FROM events INTO a123456789a123456789a123456789a123456789a123456789a123456789a1234", TOCSIN_ERROR_NAME,
     24, "it is too long", "64 bytes"},
    {"SELECT * FROM GLOBALVIEW('Logon by host', 'NORMAL')", TOCSIN_ERROR_NAME, 15, "there is no saved search",
     "did you mean 'Logons by host'?"},
    {"SELECT * FROM GLOBALVIEW('x', 'NORMAL')", TOCSIN_ERROR_NAME, 15, "there is no saved search", "searches/NAME.aql"},
    {"SELECT qid FROM events WHERE INOFFENSE(1)", TOCSIN_ERROR_NAME, 30, "InOffense function: Error loading Offense",
     "offenses.yaml"},
    {"SELECT qid FROM events WHERE INOFFENSE(qid)", TOCSIN_ERROR_TYPE, 30, "the number of an offense", "INOFFENSE(42)"},
    {"SELECT qid FROM events TIMES OFFENSE_TIME(1)", TOCSIN_ERROR_NAME, 0, "Error loading Offense", "offenses.yaml"},
    {"SELECT qid FROM events PARAMETERS REMOTESERVERS=ARIELSERVERS4EPID(8, 9)", TOCSIN_ERROR_NAME, 70,
     "there is no processor 9", "deployment.yaml"},
    {"SELECT qid FROM events PARAMETERS EXCLUDESERVERS=ARIELSERVERS4EPNAME('ep-berlni')", TOCSIN_ERROR_NAME, 70,
     "there is no processor 'ep-berlni'", "did you mean 'ep-berlin'?"},
    {"SELECT \"Nested\" FROM events", TOCSIN_ERROR_NAME, 0, "is an AQL-based property, and cannot stand in another",
     ""},
    {"SELECT \"Summed\" FROM events", TOCSIN_ERROR_TYPE, 8, "has an aggregate", "SUM("},
    {"SELECT MY::LOOP() FROM events", TOCSIN_ERROR_NAME, 0, "the custom function MY::LOOP calls itself", "never end"},
    {"SELECT MY::DOUBLE_OF() FROM events", TOCSIN_ERROR_TYPE, 8, "MY::DOUBLE_OF takes 1 argument, not 0", ""},
    {"SELECT MY::JOINED('a') FROM events", TOCSIN_ERROR_TYPE, 8, "takes at least 2 arguments, not 1", ""},
    {"SELECT MY::DOUBLE_OF(username) FROM events", TOCSIN_ERROR_TYPE, 8, "\"Long\" is required",
     "argument 1 of MY::DOUBLE_OF, x"},
    {"SELECT MY::SUMS(qid) FROM events", TOCSIN_ERROR_TYPE, 8, "has an aggregate", ""},
    {"SELECT MY::DOUBLEOF(1) FROM events", TOCSIN_ERROR_NAME, 8, "\"MY::DOUBLEOF\"", "MY::DOUBLE_OF"},
};

static void errors(void **state)
{
    (void)state;
    expect_mistakes(mistakes, countof(mistakes));
    assert_int_equal(bind_text(STR("SELECT MY::BROKEN() FROM events")), TOCSIN_ERROR_SYNTAX);
    assert_string_equal(err.source, "function \"MY::BROKEN\"");
}

static void expansions_are_bounded(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_append(&text, STR("SELECT qid FROM events WHERE qid = 1"));
    for (int i = 0; i < LIMIT_EXPANSIONS / 5; i++) {
        strbuf_append(&text, STR(" OR qid = MY::BOOM(qid)"));
    }
    assert_int_equal(bind_text(strbuf_str(&text)), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "more than 10000 times"));
    strbuf_release(&text);
}

#define TABLE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_tables, tear_down_tables)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(cursors),
        TABLE_TEST(saved_searches),
        TABLE_TEST(offenses_are_conditions),
        TABLE_TEST(properties_are_expressions),
        TABLE_TEST(custom_functions),
        TABLE_TEST(errors),
        TABLE_TEST(expansions_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
