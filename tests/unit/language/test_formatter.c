#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "../../support/format_properties.h"
#include "base/memory.h"

static struct strbuf formatted;

static int setup(void **state)
{
    strbuf_init(&formatted, 2 * MEBI);
    return 0;
}

static int teardown(void **state)
{
    strbuf_release(&formatted);
    return 0;
}

static void assert_layout_of(const char *text, bool is_expression, const char *expected)
{
    struct error err = {0};
    str query = str_from_cstring(text);
    strbuf_clear(&formatted);
    tocsin_status status = is_expression ? aql_format_expression(query, NULL, &formatted, &err)
                                         : aql_format(query, NULL, &formatted, &err);
    if (status != TOCSIN_OK) {
        fail_msg("%s\n%u:%u: %s", text, err.line, err.column, err.message);
    }
    strbuf_append_char(&formatted, '\0');
    assert_string_equal(formatted.data, expected);
    const char *broken = format_broken_property(query, is_expression);
    if (broken) {
        fail_msg("%s\n%s", text, broken);
    }
}

static void assert_layout(const char *text, const char *expected)
{
    assert_layout_of(text, false, expected);
}

static void test_clauses_have_lines_of_their_own(void **state)
{
    assert_layout("select*from events last 5 minutes", "SELECT *\nFROM events\nLAST 5 MINUTES\n");
    assert_layout("SELECT\n  *\n\n\nFROM Events;", "SELECT *\nFROM Events\n");
    assert_layout("\xEF\xBB\xBFselect a\r\nfrom b\r\n", "SELECT a\nFROM b\n");
    assert_layout(
        "select a,b c,d 'e f' from flows into \"my cursor\" where text search='x' and g=1 group by h,i having "
        "count(*)>1 order by j desc collate 'de-CH',k asc limit 0x10 start '2026-11-23 02:50' "
        "stop now()-1000 parameters remotesErvers=arielservers4epid(8,9), priority='LOW'",
        "SELECT a, b AS c, d AS 'e f'\n"
        "FROM flows\n"
        "INTO \"my cursor\"\n"
        "WHERE TEXT SEARCH = 'x' AND g = 1\n"
        "GROUP BY h, i\n"
        "HAVING count(*) > 1\n"
        "ORDER BY j DESC COLLATE 'de-CH', k ASC\n"
        "LIMIT 0x10\n"
        "START '2026-11-23 02:50' STOP now() - 1000\n"
        "PARAMETERS remotesErvers=arielservers4epid(8, 9), priority='LOW'\n");
    assert_layout("select * from events where inoffense(42) times offense_time(42)",
                  "SELECT *\nFROM events\nWHERE inoffense(42)\nTIMES OFFENSE_TIME(42)\n");
    assert_layout("select sessionid from globalview('x y','daily') session by starttime username,sourceip explicit "
                  "begin qid=1 end qid=2 timeout 5 timewindow 8 hours",
                  "SELECT sessionid\n"
                  "FROM GLOBALVIEW('x y', 'daily')\n"
                  "SESSION BY starttime username, sourceip\n"
                  "    EXPLICIT BEGIN qid = 1\n"
                  "    END qid = 2\n"
                  "    TIMEOUT 5\n"
                  "    TIMEWINDOW 8 HOURS\n");
    assert_layout("select a from events session by b c begin d = 1",
                  "SELECT a\nFROM events\nSESSION BY b c BEGIN d = 1\n");
    assert_layout("select sessionid from events session by starttime \"Machine Identifier\",username explicit begin "
                  "qidname(qid) ilike '%session opened%' explicit end qidname(qid) ilike '%session closed%' "
                  "timewindow 8 hours",
                  "SELECT sessionid\n"
                  "FROM events\n"
                  "SESSION BY starttime \"Machine Identifier\", username\n"
                  "    EXPLICIT BEGIN qidname(qid) ILIKE '%session opened%'\n"
                  "    EXPLICIT END qidname(qid) ILIKE '%session closed%'\n"
                  "    TIMEWINDOW 8 HOURS\n");
}

static void test_names_and_values_stay_as_written(void **state)
{
    assert_layout("select Last, COUNT(*), count( * ), \"Größe \"\"x\"\"\", 'O''Brien', 1e3, .5, 0xFF, True, nUll "
                  "from EVENTS where a==1 or b<>2",
                  "SELECT Last, COUNT(*), count(*), \"Größe \"\"x\"\"\", 'O''Brien', 1e3, .5, 0xFF, TRUE, NULL\n"
                  "FROM EVENTS\n"
                  "WHERE a == 1 OR b <> 2\n");
    assert_layout("select distinct username from events", "SELECT distinct AS username\nFROM events\n");
    assert_layout("select geo :: lookup(a,'b'), \"n s\"::\"f\"() from events",
                  "SELECT geo::lookup(a, 'b'), \"n s\"::\"f\"()\nFROM events\n");
    assert_layout("select - 1, - - 1, -(-1), ~ + a, a--1 from events",
                  "SELECT -1, - -1, -(-1), ~+a, a - -1\nFROM events\n");
}

static void test_lists_that_do_not_fit_have_one_item_a_line(void **state)
{
    assert_layout("select aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, "
                  "cccccccccccccccccc from events",
                  "SELECT\n"
                  "    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,\n"
                  "    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,\n"
                  "    cccccccccccccccccc\n"
                  "FROM events\n");
    /* A hundred columns fit, one more does not. */
    assert_layout("select aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, "
                  "cccccccccccccccccc from events",
                  "SELECT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, "
                  "cccccccccccccccccc\n"
                  "FROM events\n");
    assert_layout("select aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, "
                  "ccccccccccccccccccc from events",
                  "SELECT\n"
                  "    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,\n"
                  "    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,\n"
                  "    ccccccccccccccccccc\n"
                  "FROM events\n");
    assert_layout("select a from events where sourceip in ('192.0.2.1','192.0.2.2','192.0.2.3','192.0.2.4','192.0.2.5',"
                  "'192.0.2.6','192.0.2.7','192.0.2.8','192.0.2.9')",
                  "SELECT a\n"
                  "FROM events\n"
                  "WHERE\n"
                  "    sourceip IN (\n"
                  "        '192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5', '192.0.2.6', "
                  "'192.0.2.7',\n"
                  "        '192.0.2.8', '192.0.2.9'\n"
                  "    )\n");
}

static void test_chains_that_do_not_fit_have_one_term_a_line(void **state)
{
    assert_layout("select a from events where a=1 and (b=2 or c=3)",
                  "SELECT a\nFROM events\nWHERE a = 1 AND (b = 2 OR c = 3)\n");
    assert_layout("select a from events where utf8(payload) ilike '%kubectl logs%' and not (username = 'root' or "
                  "username is null) and sourceport between 1 and 1023 or \"Process Name\" not like '%x'",
                  "SELECT a\n"
                  "FROM events\n"
                  "WHERE\n"
                  "    utf8(payload) ILIKE '%kubectl logs%'\n"
                  "        AND NOT (username = 'root' OR username IS NULL)\n"
                  "        AND sourceport BETWEEN 1 AND 1023\n"
                  "    OR \"Process Name\" NOT LIKE '%x'\n");
    assert_layout("select a from events where ((aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1 and bbbbbbbbbbbbbbbbbbbbbbbbb "
                  "= 2 and ccccccccccccccccccccccccccc = 3))",
                  "SELECT a\n"
                  "FROM events\n"
                  "WHERE\n"
                  "    ((\n"
                  "        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1\n"
                  "        AND bbbbbbbbbbbbbbbbbbbbbbbbb = 2\n"
                  "        AND ccccccccccccccccccccccccccc = 3\n"
                  "    ))\n");
}

/* A group that opens the first line closes below it, and AND stands deeper than the OR that binds less. */
static void test_parentheses_at_the_start_of_a_chain(void **state)
{
    assert_layout(
        "select a from events where (category = '4002' or category = '4012' or destinationip > '172.31.255.255' "
        "or destinationip > '192.168.0.0') and devicetype = 20 or devicetype = 73",
        "SELECT a\n"
        "FROM events\n"
        "WHERE\n"
        "    (\n"
        "        category = '4002'\n"
        "        OR category = '4012'\n"
        "        OR destinationip > '172.31.255.255'\n"
        "        OR destinationip > '192.168.0.0'\n"
        "    )\n"
        "        AND devicetype = 20\n"
        "    OR devicetype = 73\n");
    assert_layout_of(
        "if (username is null and sourceip = '10.0.0.111' or username = 'root' and sourceip = '10.123.123.222') then "
        "assetuser(sourceip) else username",
        true,
        "IF (\n"
        "        username IS NULL AND sourceip = '10.0.0.111'\n"
        "        OR username = 'root' AND sourceip = '10.123.123.222'\n"
        "    )\n"
        "    THEN assetuser(sourceip)\n"
        "    ELSE username\n");
}

static void test_conditionals(void **state)
{
    assert_layout("select case protocolid when 6 then 'tcp' else 'other' end p, if a then b else c d from events",
                  "SELECT CASE protocolid WHEN 6 THEN 'tcp' ELSE 'other' END AS p, IF a THEN b ELSE c AS d\n"
                  "FROM events\n");
    assert_layout("select case when severity>=8 then 'a text of some length' when severity>=5 then 'another text of "
                  "some length' else 'low' end as level from events",
                  "SELECT\n"
                  "    CASE\n"
                  "        WHEN severity >= 8 THEN 'a text of some length'\n"
                  "        WHEN severity >= 5 THEN 'another text of some length'\n"
                  "        ELSE 'low'\n"
                  "    END AS level\n"
                  "FROM events\n");
    assert_layout("select if severity>=8 then 'a text of some length' else if severity>=5 then 'another text of some "
                  "length' else if severity>=3 then 'medium' else 'low' as level from events",
                  "SELECT\n"
                  "    IF severity >= 8 THEN 'a text of some length'\n"
                  "        ELSE IF severity >= 5 THEN 'another text of some length'\n"
                  "        ELSE IF severity >= 3 THEN 'medium'\n"
                  "        ELSE 'low' AS level\n"
                  "FROM events\n");
}

static void test_scores(void **state)
{
    assert_layout("select username u, case when \"Command\" ilike '%docker%' and (\"Command\" ilike '%inspect%' or "
                  "\"Command\" ilike '%exec%') then 1 else 0 end + case when a then 1 else 0 end score from events",
                  "SELECT\n"
                  "    username AS u,\n"
                  "    CASE\n"
                  "        WHEN \"Command\" ILIKE '%docker%'\n"
                  "            AND (\"Command\" ILIKE '%inspect%' OR \"Command\" ILIKE '%exec%')\n"
                  "            THEN 1\n"
                  "        ELSE 0\n"
                  "    END\n"
                  "    + CASE WHEN a THEN 1 ELSE 0 END AS score\n"
                  "FROM events\n");
}

static void test_sub_selects(void **state)
{
    assert_layout("select a from (select b from events last 1 hours) where c in (select d from flows)",
                  "SELECT a\nFROM (SELECT b FROM events LAST 1 HOURS)\nWHERE c IN (SELECT d FROM flows)\n");
    assert_layout("select a from (select username, sourceip from events where severity >= 7 and category = 5018 group "
                  "by username last 2 hours)",
                  "SELECT a\n"
                  "FROM (\n"
                  "    SELECT username, sourceip\n"
                  "    FROM events\n"
                  "    WHERE severity >= 7 AND category = 5018\n"
                  "    GROUP BY username\n"
                  "    LAST 2 HOURS\n"
                  ")\n");
}

static void test_long_calls_and_sums(void **state)
{
    assert_layout_of("CONCAT(DATEFORMAT(starttime,'yyyy-MM-dd HH:mm:ss'),' ',username,' from ',STR(sourceip),' by ',"
                     "LOGSOURCENAME(logsourceid))",
                     true,
                     "CONCAT(\n"
                     "    DATEFORMAT(starttime, 'yyyy-MM-dd HH:mm:ss'),\n"
                     "    ' ',\n"
                     "    username,\n"
                     "    ' from ',\n"
                     "    STR(sourceip),\n"
                     "    ' by ',\n"
                     "    LOGSOURCENAME(logsourceid)\n"
                     ")\n");
    assert_layout_of("(max(endtime)-min(starttime))/60000+sum(if severity>6 then eventcount else 0)*100-long(sum("
                     "sourcebytes+destinationbytes))%7^2",
                     true,
                     "(max(endtime) - min(starttime)) / 60000 + sum(IF severity > 6 THEN eventcount ELSE 0) * 100\n"
                     "- long(sum(sourcebytes + destinationbytes)) % 7 ^ 2\n");
    assert_layout("select (max(endtime)-min(starttime))/60000+sum(if severity>6 then eventcount else 0)*100-long(sum("
                  "sourcebytes)) as score from events",
                  "SELECT\n"
                  "    (max(endtime) - min(starttime)) / 60000 + sum(IF severity > 6 THEN eventcount ELSE 0) * 100\n"
                  "        - long(sum(sourcebytes)) AS score\n"
                  "FROM events\n");
    /* A long text moves to a line of its own if that helps; it does not if the text is longer than a line. */
    assert_layout_of(
        "\"A Custom Property\" ilike '%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaa%'",
        true,
        "\"A Custom Property\" ILIKE\n"
        "    '%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%'\n");
    assert_layout_of(
        "a like '%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaa%'",
        true,
        "a LIKE '%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaa%'\n");
}

static void test_comments_survive_in_place(void **state)
{
    assert_layout(
        "-- title\n--\n\n\n/* what\n   it does */\nselect a -- first\n , b /* second */, c\n -- about d\n , d\n"
        "from events -- all of them\n-- the end\n; -- really",
        "-- title\n"
        "--\n"
        "\n"
        "/* what\n"
        "   it does */\n"
        "SELECT\n"
        "    a, -- first\n"
        "    b /* second */,\n"
        "    c,\n"
        "    -- about d\n"
        "    d\n"
        "FROM events -- all of them\n"
        "-- the end\n"
        "-- really\n");
    /* Authors who end lines in AND, and authors who start them with it. */
    assert_layout(
        "select a from events where b = 1 and -- why b\n c = 2 and\n -- about d\n d = 3\n -- about e\n and e = 4",
        "SELECT a\n"
        "FROM events\n"
        "WHERE\n"
        "    b = 1 -- why b\n"
        "    AND c = 2\n"
        "    -- about d\n"
        "    AND d = 3\n"
        "    -- about e\n"
        "    AND e = 4\n");
    assert_layout(
        "select /* all */ * from /* x */ events where a in (1, -- one\n 2 /* two */, 3) and (/*c*/ b or lower(c -- d\n)"
        "= 'e')",
        "SELECT /* all */ *\n"
        "FROM /* x */ events\n"
        "WHERE\n"
        "    a IN (\n"
        "        1, -- one\n"
        "        2 /* two */, 3\n"
        "    )\n"
        "    AND (/*c*/\n"
        "        b\n"
        "        OR lower(\n"
        "            c -- d\n"
        "        ) = 'e'\n"
        "    )\n");
    assert_layout("--title\nselect a --why\n, lower( --b\nc) from events ---- end",
                  "--title\nSELECT\n    a, --why\n    lower( --b\n        c\n    )\nFROM events ---- end\n");
    assert_layout("select a /* b\n c */ b from events", "SELECT\n    a /* b\n c */\n        AS b\nFROM events\n");
    assert_layout("select a\n-- why\nb from events", "SELECT\n    a\n        -- why\n        AS b\nFROM events\n");
    assert_layout("select 1 - /* x */ - 1 from events", "SELECT 1 - /* x */ -1\nFROM events\n");
    assert_layout("select a from events where b between 1 and -- c\n 2",
                  "SELECT a\nFROM events\nWHERE\n    b BETWEEN 1 AND -- c\n        2\n");
}

/* What a 1 MB detection query costs: it must not grow faster than the text. */
static void test_thousands_of_terms_are_quick(void **state)
{
    struct strbuf query;
    struct error err = {0};
    strbuf_init(&query, LIMIT_QUERY_BYTES);
    strbuf_append(&query, STR("select * from events where"));
    for (unsigned i = 0; i < 5000; i++) {
        strbuf_append_format(&query, "%s utf8(payload) ilike '%%%0175u%%'", i > 0 ? " or" : "", i);
    }
    assert_false(query.is_failed);
    assert_true(query.len > 1000 * 1000);
    struct timespec start;
    struct timespec end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    strbuf_clear(&formatted);
    assert_int_equal(aql_format(strbuf_str(&query), NULL, &formatted, &err), TOCSIN_OK);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    assert_true(seconds < 2); /* some 0.1 without sanitizers */
    assert_null(format_broken_property(strbuf_str(&query), false));
    strbuf_release(&query);
}

static void test_layout_longer_than_a_query_is_refused(void **state)
{
    struct strbuf query;
    struct error err = {0};
    strbuf_init(&query, LIMIT_QUERY_BYTES);
    strbuf_append(&query, STR("select * from events where "));
    while (query.len < LIMIT_QUERY_BYTES - 40) {
        strbuf_append(&query, STR("aaaaaaaaaaaaaaaaaaaaaaaaaa=1 or "));
    }
    strbuf_append(&query, STR("b=2"));
    strbuf_clear(&formatted);
    assert_int_equal(aql_format(strbuf_str(&query), NULL, &formatted, &err), TOCSIN_ERROR_LIMIT);
    assert_string_equal(err.message, "laid out, the query is longer than 1048576 bytes");
    strbuf_release(&query);
}

/* Parentheses 150 deep with a comment in each: the indentation is bounded, and so is the text. */
static void test_deep_nesting_is_bounded(void **state)
{
    struct strbuf query;
    struct error err = {0};
    strbuf_init(&query, LIMIT_QUERY_BYTES);
    for (unsigned i = 0; i < 150; i++) {
        strbuf_append(&query, STR("f(-- c\n"));
    }
    strbuf_append(&query, STR("a"));
    for (unsigned i = 0; i < 150; i++) {
        strbuf_append(&query, STR(")"));
    }
    strbuf_clear(&formatted);
    assert_int_equal(aql_format_expression(strbuf_str(&query), NULL, &formatted, &err), TOCSIN_OK);
    assert_true(formatted.len < 301 * 80);
    assert_null(format_broken_property(strbuf_str(&query), true));
    strbuf_release(&query);
}

static void test_wrong_text_gives_the_error_of_the_parser(void **state)
{
    struct error err = {0};
    strbuf_clear(&formatted);
    assert_int_equal(aql_format(STR("select a,\nfrom events"), "my.aql", &formatted, &err), TOCSIN_ERROR_SYNTAX);
    assert_string_equal(err.source, "my.aql");
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 1);
    assert_int_equal(formatted.len, 0);
    assert_int_equal(aql_format_expression(STR("a = "), NULL, &formatted, &err), TOCSIN_ERROR_SYNTAX);
}

static void test_lack_of_memory_is_reported(void **state)
{
    str text = STR("select a /* b */, c from events where d = 1 and e in (1, 2, 3)");
    for (uint64_t i = 1;; i++) {
        struct strbuf target;
        struct error err = {0};
        strbuf_init(&target, MEBI);
        memory_fail_at(i, 1);
        tocsin_status status = aql_format(text, NULL, &target, &err);
        memory_fail_at(0, 0);
        strbuf_release(&target);
        if (status == TOCSIN_OK) {
            assert_true(i > 4);
            return;
        }
        assert_int_equal(status, TOCSIN_ERROR_MEMORY);
    }
}

/* ---- every query of the project ---- */

struct sweep {
    unsigned checked;
    unsigned failures;
};

static void sweep_text(struct sweep *sweep, const char *path, str text)
{
    struct arena arena;
    struct error err = {0};
    struct syntax_select *select = NULL;
    struct syntax_node *node = NULL;
    arena_init(&arena, ARENA_NO_LIMIT);
    bool is_query = aql_parse(&arena, text, NULL, &select, &err) == TOCSIN_OK;
    bool is_expression = !is_query && aql_parse_expression(&arena, text, NULL, &node, &err) == TOCSIN_OK;
    arena_release(&arena);
    if (!is_query && !is_expression) {
        return;
    }
    const char *broken = format_broken_property(text, is_expression);
    if (broken) {
        print_error("%s: %s:\n%.*s\n", path, broken, STR_ARG(text));
        sweep->failures++;
    }
    sweep->checked++;
}

static bool starts_query(str line)
{
    return str_eq(line, STR("@query")) || str_eq(line, STR("@rule"));
}

/* The blocks behind @query and @rule of a golden case file. */
static void sweep_case_file(struct sweep *sweep, const char *path, str text)
{
    size_t block = SIZE_MAX;
    for (size_t at = 0; at <= text.len;) {
        size_t end = str_find_char(text, '\n', at);
        end = end == SIZE_MAX ? text.len : end;
        str line = str_slice(text, at, end);
        if (str_starts_with(line, STR("@")) || end == text.len) {
            if (block != SIZE_MAX) {
                sweep_text(sweep, path, str_slice(text, block, at));
            }
            block = starts_query(line) ? end + 1 : SIZE_MAX;
        }
        at = end + 1;
    }
}

/* The examples of the grammar: lines that start with a plus or minus sign. */
static void sweep_grammar(struct sweep *sweep, const char *path, str text)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = str_find_char(text, '\n', at);
        end = end == SIZE_MAX ? text.len : end;
        str line = str_trim(str_slice(text, at, end));
        if (str_starts_with(line, STR("+ ")) || str_starts_with(line, STR("- "))) {
            sweep_text(sweep, path, str_skip(line, 2));
        }
        at = end + 1;
    }
}

static void sweep_file(struct sweep *sweep, const char *path)
{
    static char bytes[4 * 1024 * 1024];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    str text = str_from(bytes, fread(bytes, 1, sizeof(bytes), file));
    fclose(file);
    str name = str_from_cstring(path);
    if (str_ends_with(name, STR(".test"))) {
        sweep_case_file(sweep, path, text);
    } else if (str_ends_with(name, STR(".ebnf"))) {
        sweep_grammar(sweep, path, text);
    } else if (str_ends_with(name, STR(".aql"))) {
        sweep_text(sweep, path, text);
    }
}

static void sweep_folder(struct sweep *sweep, const char *path)
{
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char child[4096];
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR) {
            sweep_folder(sweep, child);
        } else {
            sweep_file(sweep, child);
        }
    }
    closedir(folder);
}

static void test_every_query_of_the_project(void **state)
{
    struct sweep sweep = {0};
    sweep_folder(&sweep, TOCSIN_SOURCE_ROOT "/tests/cases");
    unsigned in_cases = sweep.checked;
    sweep_file(&sweep, TOCSIN_SOURCE_ROOT "/docs/aql-grammar.ebnf");
    unsigned in_grammar = sweep.checked - in_cases;
    sweep_folder(&sweep, TOCSIN_SOURCE_ROOT "/packs");
    assert_int_equal(sweep.failures, 0);
    assert_true(in_cases > 200);
    assert_true(in_grammar > 50);
    assert_true(sweep.checked > in_cases + in_grammar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_clauses_have_lines_of_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_and_values_stay_as_written, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists_that_do_not_fit_have_one_item_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chains_that_do_not_fit_have_one_term_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parentheses_at_the_start_of_a_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_conditionals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scores, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sub_selects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_calls_and_sums, setup, teardown),
        cmocka_unit_test_setup_teardown(test_comments_survive_in_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_thousands_of_terms_are_quick, setup, teardown),
        cmocka_unit_test_setup_teardown(test_layout_longer_than_a_query_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deep_nesting_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_text_gives_the_error_of_the_parser, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lack_of_memory_is_reported, setup, teardown),
        cmocka_unit_test(test_every_query_of_the_project),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
