/* GROUP BY, aggregates, HAVING: which expressions read source rows and which read grouped ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan_fixture.h"

/* The aggregates of the plan, by their short names and arguments' kinds. */
static const char *const aggregate_names[] = {
    [AGGREGATE_NONE] = "none",
    [AGGREGATE_COUNT_ROWS] = "rows",
    [AGGREGATE_COUNT] = "count",
    [AGGREGATE_SUM] = "sum",
    [AGGREGATE_AVG] = "avg",
    [AGGREGATE_MIN] = "min",
    [AGGREGATE_MAX] = "max",
    [AGGREGATE_STDEV] = "stdev",
    [AGGREGATE_STDEVP] = "stdevp",
    [AGGREGATE_UNIQUECOUNT] = "unique",
    [AGGREGATE_DISTINCTCOUNT] = "distinct",
    [AGGREGATE_FIRST] = "first",
    [AGGREGATE_LAST] = "last",
};

/* "KEYS keys: aggregates" */
static void expect_group(const char *query, const char *expected)
{
    bind(query);
    if (!plan->group) {
        fail_msg("%s: no group", query);
    }
    struct strbuf text;
    strbuf_init(&text, 10000);
    strbuf_append_format(&text, "%u:", plan->group->key_count);
    for (uint32_t i = 0; i < plan->group->aggregate_count; i++) {
        const struct plan_aggregate *aggregate = &plan->group->aggregates[i];
        str type = value_type_name(aggregate->type);
        strbuf_append_format(&text, " %s", aggregate_names[aggregate->kind]);
        if (aggregate->argument && aggregate->argument->kind == EXPRESSION_FIELD) {
            strbuf_append_format(&text, "(%.*s)", STR_ARG(schema_field(schema, aggregate->argument->field)->name));
        } else if (aggregate->argument) {
            strbuf_append(&text, STR("(..)"));
        }
        strbuf_append_format(&text, ">%.*s", STR_ARG(type));
    }
    if (!str_eq(strbuf_str(&text), str_from_cstring(expected))) {
        fail_msg("%s\n  %.*s", query, STR_ARG(strbuf_str(&text)));
    }
    strbuf_release(&text);
    /* Grouped rows have a column for each key and aggregate, and outputs read no other. */
    assert_int_equal(schema_field_count(plan->group->schema), plan->group->key_count + plan->group->aggregate_count);
}

static void aggregates_and_first_values(void **state)
{
    (void)state;
    expect_group("SELECT COUNT(*) FROM events", "0: rows>Double");
    expect_group("SELECT count(*), Count(*) + 1, \"COUNT\"(*) FROM events", "0: rows>Double");
    expect_group("SELECT sourceip, username, COUNT(*) FROM events GROUP BY sourceip",
                 "1: first(username)>String rows>Double");
    expect_group("SELECT SUM(eventcount), sum( EventCount ), SUM((eventcount)) FROM events",
                 "0: sum(eventcount)>Double");
    expect_group("SELECT MIN(starttime), MAX(username), MIN(sourceip), LAST(qid), FIRST(username) FROM events",
                 "0: min(starttime)>Double max(username)>String min(sourceip)>Host last(qid)>Long "
                 "first(username)>String");
    expect_group("SELECT username, FIRST(username) FROM events GROUP BY qid", "1: first(username)>String");
    expect_group("SELECT LONG(SUM(eventcount + severity)) FROM events", "0: sum(..)>Double");
    expect_group("SELECT SUM(IF severity > 6 THEN eventcount ELSE 0) / COUNT(*) FROM events",
                 "0: sum(..)>Double rows>Double");
    expect_group("SELECT CASE WHEN MAX(severity) > 7 THEN 'high' ELSE 'low' END FROM events",
                 "0: max(severity)>Double");
    expect_group("SELECT UNIQUECOUNT(sourceip), DISTINCTCOUNT(payload), COUNT(payload), STDEV(qid), STDEVP(qid), "
                 "AVG(qid) FROM events",
                 "0: unique(sourceip)>Double distinct(payload)>Double count(payload)>Double stdev(qid)>Double "
                 "stdevp(qid)>Double avg(qid)>Double");
    expect_group("SELECT 1, 'x', NOW(), COUNT(*) FROM events", "0: rows>Double");
    expect_group("SELECT username FROM events GROUP BY username ORDER BY COUNT(*) DESC, MAX(qid)",
                 "1: rows>Double max(qid)>Double");
    expect_group("SELECT username FROM events GROUP BY username HAVING COUNT(*) > 2 AND magnitude > 5",
                 "1: rows>Double first(magnitude)>Long");
    expect_group("SELECT username AS u FROM events GROUP BY u HAVING u LIKE 'a%' OR NOT SUM(eventcount) > 1",
                 "1: sum(eventcount)>Double");
    expect_group("SELECT username FROM events ORDER BY COUNT(*)", "0: first(username)>String rows>Double");
    expect_group("SELECT username, username IS NULL, UTF8(payload) ILIKE '%x%' FROM events GROUP BY qid",
                 "1: first(username)>String first(..)>Boolean first(..)>Boolean");
}

static void keys(void **state)
{
    (void)state;
    expect_group("SELECT LOWER(username), COUNT(*) FROM events GROUP BY lower( \"UserName\" )", "1: rows>Double");
    expect_group("SELECT LOWER(username) AS u, COUNT(*) FROM events GROUP BY U", "1: rows>Double");
    expect_group("SELECT LOWER(username) AS \"the user\", COUNT(*) FROM events GROUP BY 'The User'", "1: rows>Double");
    expect_group("SELECT username, qid FROM events GROUP BY username, qid, USERNAME, (qid)", "2:");
    /* Made of keys alone: computed of the grouped row. */
    expect_group("SELECT CONCAT(username, '/', STR(qid)), qid * 2 + 1 FROM events GROUP BY username, qid", "2:");
    expect_group("SELECT QIDNAME(qid), qid + severity FROM events GROUP BY qid", "1: first(..)>Long");
    assert_int_equal(plan->outputs[0].expression->kind, EXPRESSION_CALL);
    assert_int_equal(plan->outputs[0].expression->operands[0]->kind, EXPRESSION_FIELD);
    assert_int_equal(plan->outputs[0].expression->operands[0]->field, 0);
    /* The alias of a function of a field that has its name. */
    expect_group("SELECT UPPER(username) AS username, COUNT(*) FROM events GROUP BY username", "1: rows>Double");
    expect_group("SELECT UPPER(username) AS username, COUNT(*) FROM events GROUP BY UPPER(username)", "1: rows>Double");
    expect_group("SELECT SUM(eventcount) AS eventcount FROM events GROUP BY qid HAVING SUM(eventcount) > 3 "
                 "ORDER BY eventcount DESC",
                 "1: sum(eventcount)>Double");
    expect_group("SELECT username, SUM(eventcount) AS eventcount FROM events GROUP BY username, eventcount",
                 "2: sum(eventcount)>Double");
    expect_group("SELECT sourceip AS a, a AS b, COUNT(*) AS n, n / 2 AS half FROM events GROUP BY b", "1: rows>Double");
    expect_group("SELECT COUNT(*) FROM events GROUP BY sourceip, qid - 1", "2: rows>Double");
    expect_group("SELECT Bluecoat-cs-host FROM events GROUP BY \"Bluecoat-cs-host\"", "1:");
    assert_int_equal(plan->outputs[0].expression->field, 0);
}

static void doubles_go_where_integers_do(void **state)
{
    (void)state;
    bind("SELECT DATEFORMAT(MAX(starttime), 'HH:mm'), QIDNAME(MAX(qid)), LONG(MAX(qid)) & 255, "
         "SUBSTRING(FIRST(username), 0, COUNT(*)), SUBSTRING(FIRST(username), 1.0) FROM events");
    assert_int_equal(plan->outputs[3].expression->operands[2]->kind, EXPRESSION_CONVERT);
    assert_int_equal(plan->outputs[3].expression->operands[2]->type, TYPE_INT64);
    assert_int_equal(plan->outputs[4].expression->operands[1]->constant.integer, 1);
    bind("SELECT DATEFORMAT(FIRST(starttime), 'HH:mm') FROM events");
    assert_int_equal(plan->outputs[0].expression->operands[0]->kind, EXPRESSION_FIELD);
}

static void names(void **state)
{
    (void)state;
    expect_names("sourceip, username, COUNT(*)", " GROUP BY sourceip", "sourceip|FIRST_username|COUNT");
    expect_names("sum(sourceBytes2), SUM(eventCount + 1), COUNT(UserName), MAX(\"Process Name\")", "",
                 "SUM_sourceBytes2|SUM_eventCount_1|COUNT_UserName|MAX_Process Name");
    expect_names("QIDNAME(qid), COUNT(*), COUNT(*), SUM(qid)/2, username AS u", " GROUP BY qid",
                 "qidname_qid|COUNT|COUNT_2|SUM_qid_2|u");
    expect_names("FIRST(username), LAST(username)", "", "FIRST_username|LAST_username");
    expect_names("*", " GROUP BY sourceip, category",
                 "FIRST_starttime|FIRST_protocolid|sourceip|FIRST_logsourceid|FIRST_qid|FIRST_sourceport|"
                 "FIRST_eventcount|FIRST_magnitude|FIRST_identityip|FIRST_destinationip|FIRST_destinationport|"
                 "category|FIRST_username");
    /* They can be sorted and filtered by. */
    bind("SELECT SUM(eventcount), COUNT(*) FROM events GROUP BY qid HAVING COUNT > 1 ORDER BY \"SUM_eventcount\", "
         "count");
    assert_ptr_equal(plan->orders[0].expression, plan->outputs[0].expression);
    assert_ptr_equal(plan->orders[1].expression, plan->outputs[1].expression);
    bind("SELECT username FROM events GROUP BY qid ORDER BY 'FIRST_username'");
    assert_ptr_equal(plan->orders[0].expression, plan->outputs[0].expression);
}

static const struct mistake mistakes[] = {
    {"SELECT username FROM events WHERE COUNT(*) > 1", TOCSIN_ERROR_TYPE, 35,
     "the aggregate COUNT cannot stand in WHERE", "HAVING COUNT(*) > 10"},
    {"SELECT COUNT(*) AS n FROM events WHERE n > 1", TOCSIN_ERROR_TYPE, 40, "the aggregate n cannot stand in WHERE",
     "HAVING"},
    {"SELECT SUM(COUNT(*)) FROM events", TOCSIN_ERROR_TYPE, 12,
     "the aggregate COUNT cannot stand inside the aggregate SUM", "sub-select"},
    {"SELECT COUNT(*) AS n, MAX(n) FROM events", TOCSIN_ERROR_TYPE, 27,
     "the aggregate n cannot stand inside the aggregate MAX", "sub-select"},
    {"SELECT SUM(qid) AS total FROM events GROUP BY total", TOCSIN_ERROR_TYPE, 47,
     "the aggregate total cannot stand in GROUP BY", "HAVING"},
    {"SELECT SUM(qid) FROM events GROUP BY MAX(qid)", TOCSIN_ERROR_TYPE, 38,
     "the aggregate MAX cannot stand in GROUP BY", "HAVING"},
    {"SELECT SUM(qid) FROM events GROUP BY 1", TOCSIN_ERROR_TYPE, 38, "GROUP BY a constant groups nothing", "alias"},
    {"SELECT SUM(qid) FROM events GROUP BY 'nobody'", TOCSIN_ERROR_TYPE, 38, "GROUP BY a constant", "alias"},
    {"SELECT SUM(*) FROM events", TOCSIN_ERROR_TYPE, 12, "SUM(*) has no meaning", "only COUNT takes *"},
    {"SELECT SUM(qid, 1) FROM events", TOCSIN_ERROR_TYPE, 8, "SUM takes 1 argument, not 2", "example: SUM"},
    {"SELECT SUM() FROM events", TOCSIN_ERROR_TYPE, 8, "SUM takes 1 argument, not 0", "example: SUM"},
    {"SELECT AVG(sourceip) FROM events", TOCSIN_ERROR_TYPE, 12, "Wrong argument type: \"Host\"", "takes numbers"},
    {"SELECT MAX(payload) FROM events", TOCSIN_ERROR_TYPE, 12, "Wrong argument type: \"byte[]\"", "UTF8"},
    {"SELECT username FROM events HAVING username LIKE 'a%'", TOCSIN_ERROR_SYNTAX, 29, "this query has none", "WHERE"},
    {"SELECT username FROM events GROUP BY username HAVING COUNT(*)", TOCSIN_ERROR_TYPE, 54, "a condition is needed",
     "compare"},
    {"SELECT COUNT(*) FROM events GROUP BY usrename", TOCSIN_ERROR_NAME, 38, "\"usrename\"", "did you mean username"},
    {"SELECT COUNT(*) AS numberOfRows FROM events HAVING numberOfRow > 1", TOCSIN_ERROR_NAME, 52, "\"numberOfRow\"",
     "did you mean numberOfRows"},
};

static void errors(void **state)
{
    (void)state;
    expect_mistakes(mistakes, countof(mistakes));
}

/* An aggregate of an alias of an alias ...: each alias is looked at once. */
static void doubling_aliases(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_append(&text, STR("SELECT COUNT(*) AS a0"));
    for (int i = 1; i < 12; i++) {
        strbuf_append_format(&text, ", a%d + a%d AS a%d", i - 1, i - 1, i);
    }
    strbuf_append(&text, STR(" FROM events GROUP BY username HAVING a11 > 1 ORDER BY a11"));
    assert_int_equal(bind_text(strbuf_str(&text)), TOCSIN_OK);
    assert_int_equal(plan->group->aggregate_count, 1);
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(aggregates_and_first_values),
        TEST(keys),
        TEST(doubles_go_where_integers_do),
        TEST(names),
        TEST(errors),
        TEST(doubling_aliases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
