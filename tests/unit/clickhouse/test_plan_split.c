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
    sql = split("SELECT username FROM events WHERE username ILIKE '%k%' LIMIT 3", CLICKHOUSE_18);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
