/* What of a plan becomes SQL, what is left, and why. Whether the SQL gives the same is asked of servers
 * (tests/clickhouse/compare_sql.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../plan/plan_fixture.h"
#include "base/limits.h"
#include "clickhouse/plan_split.h"
#include "match/letter_case.h"

static struct clickhouse_rows rows;

/* The SELECT of one query, without places. */
static const char *split(const char *text, enum clickhouse_dialect dialect)
{
    bind(text);
    const struct clickhouse_target target = {.dialect = dialect, .table_name = STR("events"), .schema = schema};
    struct clickhouse_rows_options split_options = {0};
    field_set_add(&split_options.fields, FIELD_USERNAME);
    const struct plan *plans[] = {plan};
    assert_int_equal(clickhouse_split_rows(plans, 1, &target, &split_options, &arena, &rows, &err), TOCSIN_OK);
    return arena_copy_cstring(&arena, rows.sql);
}

/* Of the last condition. */
static void expect_part(enum clickhouse_push push, const char *reason)
{
    assert_true(rows.part_count > 0);
    const struct clickhouse_part *part = &rows.parts[rows.part_count - 1];
    assert_int_equal(part->push, push);
    assert_string_equal(arena_copy_cstring(&arena, part->reason), reason);
}

static void test_conditions(void **state)
{
    (void)state;
    static const struct {
        const char *where;
        const char *sql;
    } cases[] = {
        {"eventcount > 5", "(`eventcount` > 5)"},
        {"username = 'a''b\\'", "ifNull(`username` = 'a\\'b\\\\', 0)"},
        {"username != 'root'", "ifNull(NOT (`username` = 'root'), 1)"},
        {"NOT (username = 'root' OR eventcount < 2)",
         "(ifNull(NOT (`username` = 'root'), 1) AND (NOT (`eventcount` < 2)))"},
        {"username LIKE 'a%'", "ifNull(if(isNull(`username`), NULL, startsWith(ifNull(`username`, ''), 'a')), 0)"},
        {"username LIKE '%a%'", "ifNull(position(`username`, 'a') > 0, 0)"},
        {"sourceip = '10.0.0.1'", "(`sourceip` = IPv6StringToNum('::ffff:10.0.0.1'))"},
        {"username IS NULL", "isNull(`username`)"},
        {"\"Process Name\" IN ('a', 'b')", "ifNull(`Process Name` IN ('a', 'b'), 0)"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        char query[512];
        char expected[512];
        snprintf(query, sizeof(query), "SELECT username FROM events WHERE %s", cases[i].where);
        snprintf(expected, sizeof(expected), "WHERE (`_kind` = 0) AND %s", cases[i].sql);
        const char *sql = split(query, CLICKHOUSE_MODERN);
        if (!strstr(sql, expected)) {
            fail_msg("%s\n  gives  %s\n  not    %s", cases[i].where, sql, expected);
        }
        expect_part(PUSH_EXACT, "");
    }
}

static void test_weaker(void **state)
{
    (void)state;
    const char *sql = split("SELECT username FROM events WHERE username ILIKE '%k%'", CLICKHOUSE_MODERN);
    assert_non_null(strstr(sql, "(ifNull(positionCaseInsensitive(`username`, 'k') > 0, 0) OR "
                                "ifNull(position(`username`, '\\xE2\\x84\\xAA') > 0, 0))"));
    expect_part(PUSH_WEAKER, "values that the server may see otherwise come, too, and are looked at here");
    /* Of AND, what can't be asked for is left out; of OR, the whole is. */
    sql = split("SELECT username FROM events WHERE (eventcount = 1 AND username MATCHES '(a)\\1') OR eventcount = 2",
                CLICKHOUSE_18);
    assert_non_null(strstr(sql, "(`eventcount` = 2)"));
    assert_non_null(strstr(sql, " OR "));
    assert_non_null(strstr(sql, "(`eventcount` = 1)"));
    assert_null(strstr(sql, "match"));
    expect_part(PUSH_WEAKER, "the server does not have a back-reference in a regular expression");
    sql = split("SELECT username FROM events WHERE username MATCHES '(a)\\1' OR eventcount = 2", CLICKHOUSE_18);
    assert_null(strstr(sql, "eventcount"));
    expect_part(PUSH_NONE, "the server does not have a back-reference in a regular expression");
    /* The literals of what can't be asked for. */
    sql = split("SELECT username FROM events WHERE username MATCHES '(k)\\1ubectl'", CLICKHOUSE_18);
    assert_non_null(strstr(sql, "position(ifNull(`username`, ''), 'ubectl') > 0"));
    expect_part(PUSH_WEAKER, "the server does not have a back-reference in a regular expression");
}

static void test_regex_of_old_server(void **state)
{
    (void)state;
    /* Its look for a word beforehand is switched off: it does not see (?i). */
    const char *sql = split("SELECT username FROM events WHERE username IMATCHES 'ab'", CLICKHOUSE_18);
    assert_non_null(strstr(sql, "match(`username`, '(?:[Aa][Bb])|\\\\b\\\\B')"));
    sql = split("SELECT username FROM events WHERE username IMATCHES 'ab'", CLICKHOUSE_MODERN);
    assert_non_null(strstr(sql, "match(`username`, '[Aa][Bb]')"));
}

static void test_first_rows(void **state)
{
    (void)state;
    const char *sql = split("SELECT username FROM events WHERE eventcount > 1 ORDER BY eventcount DESC LIMIT 5",
                            CLICKHOUSE_18);
    assert_non_null(strstr(sql, "\nORDER BY `eventcount` DESC NULLS LAST, _input, _line, _row LIMIT 5"));
    sql = split("SELECT username FROM events LIMIT 3", CLICKHOUSE_18);
    assert_non_null(strstr(sql, "\nORDER BY starttime DESC, _input, _line, _row LIMIT 3"));
    assert_non_null(strstr(sql, "\n)\nORDER BY _input, _row")); /* inputs get their numbers in this order */
    /* Of rows in doubt, all; of the others, the first. */
    sql = split("SELECT username FROM events WHERE username ILIKE '%k%' LIMIT 3", CLICKHOUSE_18);
    assert_non_null(strstr(sql, ") AND NOT ifNull(ifNull(position(`username`, '\\xE2\\x84\\xAA') > 0, 0), 0)\n"
                                "ORDER BY starttime DESC, _input, _line, _row LIMIT 3\nUNION ALL\nSELECT"));
    expect_part(PUSH_EXACT, "");
    sql = split("SELECT username FROM events WHERE username MATCHES '(a)\\1' LIMIT 3", CLICKHOUSE_18);
    assert_null(strstr(sql, "LIMIT"));
    expect_part(PUSH_NONE, "not all conditions are exact");
    sql = split("SELECT username FROM events ORDER BY username COLLATE 'de' LIMIT 3", CLICKHOUSE_18);
    assert_null(strstr(sql, "LIMIT"));
}

static void test_days(void **state)
{
    (void)state;
    const char *sql = split("SELECT username FROM events START 1704067200000 STOP 1704153600000", CLICKHOUSE_18);
    assert_non_null(strstr(sql, "WHERE _day >= toDate(19723) AND _day <= toDate(1972"));
    /* What depends on NOW() narrows them too, once that is known. */
    bind("SELECT username FROM events WHERE eventcount > 1 LAST 2 DAYS");
    struct clickhouse_target target = {.table_name = STR("events"), .schema = schema};
    const struct clickhouse_rows_options split_options = {0};
    const struct plan *plans[] = {plan};
    assert_int_equal(clickhouse_split_rows(plans, 1, &target, &split_options, &arena, &rows, &err), TOCSIN_OK);
    assert_null(strstr(arena_copy_cstring(&arena, rows.sql), "_day"));
    assert_int_equal(rows.parts[rows.part_count - 1].push, PUSH_NONE);
    target.has_now = true;
    target.now_ms = 1704153600000;
    assert_int_equal(clickhouse_split_rows(plans, 1, &target, &split_options, &arena, &rows, &err), TOCSIN_OK);
    assert_non_null(strstr(arena_copy_cstring(&arena, rows.sql), "_day >= toDate(19722) AND _day <= toDate(19724)"));
    assert_int_equal(rows.parts[rows.part_count - 1].push, PUSH_EXACT);
}

/* The only letters outside ASCII that are of it in another case: doubts name them. */
static void test_letters(void **state)
{
    (void)state;
    for (uint32_t c = 0x80; c <= 0x10FFFF; c++) {
        bool is_fold = c == 0x212A || c == 0x17F;
        bool is_case = is_fold || c == 0x130 || c == 0x131;
        assert_int_equal(case_fold(c) < 0x80, is_fold);
        assert_int_equal(case_lower(c) < 0x80 || case_upper(c) < 0x80, is_case);
    }
}

/* A text that would be longer than the limit is left out. */
static void test_limit(void **state)
{
    (void)state;
    struct strbuf query;
    strbuf_init(&query, 4 * MEBI);
    strbuf_append(&query, STR("SELECT username FROM events WHERE username IN ('"));
    for (uint32_t i = 0; i < LIMIT_CLICKHOUSE_PART_BYTES; i++) {
        strbuf_append_char(&query, 'x');
    }
    strbuf_append(&query, STR("', 'y')"));
    strbuf_append_char(&query, '\0');
    const char *sql = split(query.data, CLICKHOUSE_18);
    assert_null(strstr(sql, "xxx"));
    assert_int_equal(rows.parts[rows.part_count - 1].push, PUSH_NONE);
    strbuf_release(&query);
}

/* So many rules that their conditions are too long together: all rows come. */
static void test_query_limit(void **state)
{
    (void)state;
    enum { RULES = LIMIT_CLICKHOUSE_SQL_BYTES / (LIMIT_CLICKHOUSE_PART_BYTES / 2) };
    const struct clickhouse_target target = {.table_name = STR("events"), .schema = schema};
    struct clickhouse_rows_options split_options = {0};
    const struct plan *plans[RULES];
    struct strbuf query;
    field_set_add(&split_options.fields, FIELD_USERNAME);
    strbuf_init(&query, MEBI);
    strbuf_append(&query, STR("SELECT username FROM events WHERE username = '"));
    for (uint32_t i = 0; i < LIMIT_CLICKHOUSE_PART_BYTES / 2; i++) {
        strbuf_append_char(&query, 'x');
    }
    strbuf_append(&query, STR("'"));
    strbuf_append_char(&query, '\0');
    bind(query.data);
    for (size_t i = 0; i < RULES; i++) {
        plans[i] = plan;
    }
    assert_int_equal(clickhouse_split_rows(plans, RULES - 1, &target, &split_options, &arena, &rows, &err), TOCSIN_OK);
    assert_true(rows.sql.len > LIMIT_CLICKHOUSE_SQL_BYTES - MEBI);
    assert_int_equal(clickhouse_split_rows(plans, RULES, &target, &split_options, &arena, &rows, &err), TOCSIN_OK);
    assert_true(rows.sql.len < KIBI);
    /* With a scope: the rows of it, whatever they are. */
    bool looks_around[RULES];
    for (size_t i = 0; i < RULES; i++) {
        looks_around[i] = i % 2 == 0;
    }
    const struct clickhouse_scope scope = {
        .arrived = STR("arrived"), .around = STR("around"), .witnesses = STR("witnesses")};
    split_options.scope = &scope;
    split_options.looks_around = looks_around;
    assert_int_equal(clickhouse_split_rows(plans, RULES, &target, &split_options, &arena, &rows, &err), TOCSIN_OK);
    assert_true(rows.sql.len < KIBI && str_contains(rows.sql, STR("(arrived)\nOR (around)\nOR (witnesses)")));
    strbuf_release(&query);
}

/* ---- groups ---- */

static struct clickhouse_groups groups;

static const char *split_groups(const char *text)
{
    bind(text);
    const struct clickhouse_target target = {
        .dialect = CLICKHOUSE_18, .table_name = STR("events"), .schema = schema, .has_now = true, .now_ms = 1000};
    assert_int_equal(clickhouse_split_groups(plan, &target, false, &arena, &groups, &err), TOCSIN_OK);
    schema_free(groups.schema); /* nothing runs the plan */
    return groups.plan ? arena_copy_cstring(&arena, groups.rows.sql) : NULL;
}

static void expect_group_part(const char *name, enum clickhouse_push push)
{
    for (uint32_t i = 0; i < groups.rows.part_count; i++) {
        if (groups.rows.parts[i].name && strcmp(groups.rows.parts[i].name, name) == 0) {
            assert_int_equal(groups.rows.parts[i].push, push);
            return;
        }
    }
    fail_msg("there is no part %s", name);
}

static void test_groups(void **state)
{
    (void)state;
    const char *sql = split_groups("SELECT username, COUNT(*), SUM(eventcount), UNIQUECOUNT(sourceip) FROM events "
                                   "WHERE eventcount > 5 GROUP BY username ORDER BY username");
    assert_non_null(sql);
    assert_non_null(strstr(sql, "toInt64(sum(bitShiftRight(`eventcount`, 42)))"));
    assert_non_null(strstr(sql, "toInt64(uniqExact(`sourceip`))"));
    assert_non_null(strstr(sql, "WHERE (`_kind` = 0) AND (`eventcount` > 5)\nGROUP BY `username`"));
    assert_null(strstr(sql, "_place")); /* no two groups are equal in ORDER BY */
    assert_int_equal(groups.plan->early_count, 0);
    expect_group_part("GROUP BY", PUSH_EXACT);
    expect_group_part("key username", PUSH_EXACT);
    expect_group_part("UNIQUECOUNT(sourceip)", PUSH_EXACT);
    expect_group_part("ORDER BY", PUSH_NONE);
    /* Where groups may be equal in the order, their first rows say which is first. */
    sql = split_groups("SELECT username, COUNT(*) AS n FROM events GROUP BY username ORDER BY n LIMIT 5");
    assert_non_null(strstr(sql, "AS _place) AS _given0"));
    expect_group_part("LIMIT", PUSH_NONE);
    /* No group: one row. */
    sql = split_groups("SELECT COUNT(*), MAX(starttime) FROM events");
    assert_null(strstr(sql, "GROUP BY"));
    assert_null(strstr(sql, "_place"));
}

/* What the server can't work out makes its groups finer. */
static void test_finer_groups(void **state)
{
    (void)state;
    const char *sql = split_groups("SELECT username, STDEV(eventcount), UNIQUECOUNT(sourceip) FROM events "
                                   "WHERE username ILIKE '%k%' GROUP BY username");
    assert_non_null(strstr(sql, "GROUP BY `sourceip`, `eventcount`, `username`"));
    assert_int_equal(groups.plan->early_count, 1); /* ILIKE is tested again */
    expect_group_part("STDEV(eventcount)", PUSH_WEAKER);
    expect_group_part("UNIQUECOUNT(sourceip)", PUSH_WEAKER);
    sql = split_groups("SELECT COUNT(*) FROM events WHERE username MATCHES '(a)\\1' GROUP BY eventcount + 1");
    assert_non_null(strstr(sql, "toInt64((`eventcount` + toInt64(1))) AS _given0"));
    assert_non_null(strstr(sql, "GROUP BY _given0, `username`"));
}

static void test_groups_left_here(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        const char *reason;
    } cases[] = {
        {"SELECT username FROM events", "there are no groups"},
        {"SELECT COUNT(*) FROM events WHERE UTF8(payload) MATCHES '(a)\\1'",
         "it would take groups of values that hardly two rows share"},
        {"SELECT COUNT(*) FROM events WHERE username IN (SELECT username FROM events WHERE eventcount = 3)",
         "a sub-select reads the same rows"},
        {"SELECT STDEV(starttime) FROM events", "it would take groups of values that hardly two rows share"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        assert_null(split_groups(cases[i].query));
        assert_string_equal(groups.reason, cases[i].reason);
    }
    /* Groups of a sub-select are made there. */
    assert_non_null(split_groups("SELECT MAX(n) FROM (SELECT username, COUNT(*) AS n FROM events GROUP BY username)"));
    assert_ptr_not_equal(groups.plan->source.inner, plan->source.inner);
}

static void test_groups_limit(void **state)
{
    (void)state;
    struct strbuf query;
    strbuf_init(&query, 16 * LIMIT_CLICKHOUSE_SQL_BYTES);
    strbuf_append(&query, STR("SELECT FIRST(CASE WHEN username = '"));
    for (uint32_t i = 0; i < LIMIT_CLICKHOUSE_PART_BYTES / 3 * 2; i++) {
        strbuf_append_char(&query, 'x');
    }
    strbuf_append(&query, STR("' THEN username END) FROM events"));
    strbuf_append_char(&query, '\0');
    assert_null(split_groups(query.data));
    assert_string_equal(groups.reason, "what would be asked for is too long for a query of ClickHouse");
    strbuf_release(&query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_conditions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_weaker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_regex_of_old_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_first_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_days, set_up, tear_down),
        cmocka_unit_test(test_letters),
        cmocka_unit_test_setup_teardown(test_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_query_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_finer_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_groups_left_here, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_groups_limit, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
