#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "language/syntax_printer.h"

static struct arena arena;
static struct strbuf printed;

static int setup(void **state)
{
    arena_init(&arena, ARENA_NO_LIMIT);
    strbuf_init(&printed, MEBI);
    return 0;
}

static int teardown(void **state)
{
    arena_release(&arena);
    strbuf_release(&printed);
    return 0;
}

static struct syntax_node *parse(const char *text)
{
    struct syntax_node *node = NULL;
    struct error err = {0};
    if (aql_parse_expression(&arena, str_from_cstring(text), NULL, &node, &err) != TOCSIN_OK) {
        fail_msg("%s\n%u:%u: %s", text, err.line, err.column, err.message);
    }
    return node;
}

static const char *print(const struct syntax_node *node)
{
    strbuf_clear(&printed);
    aql_print_expression(node, &printed);
    strbuf_append_char(&printed, '\0');
    assert_false(printed.is_failed);
    return printed.data;
}

static void assert_printed(const char *text, const char *expected)
{
    struct syntax_node *node = parse(text);
    assert_string_equal(print(node), expected);
    assert_true(syntax_expression_equal(node, parse(arena_copy_cstring(&arena, str_from_cstring(printed.data)))));
}

static void test_expressions_read_back(void **state)
{
    assert_printed("a+b*c", "a + b * c");
    assert_printed("((a+b))*c", "(a + b) * c");
    assert_printed("a==b and c<>d", "a = b AND c != d");
    assert_printed("- - 1", "- -1");
    assert_printed("-(-1)", "-(-1)");
    assert_printed("a--1", "a - -1");
    assert_printed("~-+a", "~-+a");
    assert_printed("not(a)", "NOT (a)");
    assert_printed("2^3^2", "2 ^ 3 ^ 2");
    assert_printed("(2^3)^2", "(2 ^ 3) ^ 2");
    assert_printed("0xFFffffffffffffff + 0x10 - -9223372036854775808", "0xffffffffffffffff + 16 - -0x8000000000000000");
    assert_printed("2.0 + .5 + 1e30 + 1E-9", "2.0 + 0.5 + 1.0E30 + 1.0E-9");
    assert_printed("'O''Brien' = \"a\"\"b\"", "'O''Brien' = \"a\"\"b\"");
    assert_printed("a not like enumeration('x','y') or b in (1,(2))",
                   "a NOT LIKE ENUMERATION('x', 'y') OR b IN (1, (2))");
    assert_printed("a not between 1 and 2|3 and b is not null", "a NOT BETWEEN 1 AND 2 | 3 AND b IS NOT NULL");
    assert_printed("case a when 1 then 2 else 3 end", "CASE a WHEN 1 THEN 2 ELSE 3 END");
    assert_printed("case when a then if b then 1 else 2 end", "CASE WHEN a THEN IF b THEN 1 ELSE 2 END");
    assert_printed("(if a then b else c) + 1", "(IF a THEN b ELSE c) + 1");
    assert_printed("1 + if a then b else c + 1", "1 + IF a THEN b ELSE c + 1");
    assert_printed("\"my ns\"::\"fn\"(count( * ),TRUE,null)", "\"my ns\"::\"fn\"(count(*), TRUE, NULL)");
    assert_printed("text search = 'x' and a", "TEXT SEARCH 'x' AND a");
    assert_printed("a and (b or c) and not d and e", "a AND (b OR c) AND NOT d AND e");
    assert_printed("a in (select b from events limit 1)", "a IN (SELECT b FROM events LIMIT 1)");
}

static void test_select_reads_back(void **state)
{
    struct syntax_select *select = NULL;
    struct syntax_select *again = NULL;
    struct error err = {0};
    str text =
        STR("select *, a b, c as 'd e', f \"g\" from (select h from globalview('i','daily')) into \"j k\" where l "
            "group by m,n having o session by p q,r explicit begin s end t timeout 1 timewindow 2 second "
            "order by u, v asc, w desc collate 'de' limit 9 start 1 stop now()-1 "
            "parameters remoteservers='x',snapshotsize=3;");
    assert_int_equal(aql_parse(&arena, text, NULL, &select, &err), TOCSIN_OK);
    strbuf_clear(&printed);
    aql_print(select, &printed);
    strbuf_append_char(&printed, '\0');
    assert_string_equal(
        printed.data,
        "SELECT *, a AS b, c AS 'd e', f AS \"g\" FROM (SELECT h FROM GLOBALVIEW('i', 'DAILY')) INTO \"j k\" WHERE l "
        "GROUP BY m, n HAVING o SESSION BY p q, r EXPLICIT BEGIN s END t TIMEOUT 1 TIMEWINDOW 2 SECONDS "
        "ORDER BY u, v ASC, w DESC COLLATE 'de' LIMIT 9 START 1 STOP now() - 1 "
        "PARAMETERS REMOTESERVERS='x', SNAPSHOTSIZE=3");
    assert_int_equal(aql_parse(&arena, str_from_cstring(printed.data), NULL, &again, &err), TOCSIN_OK);
    assert_true(syntax_equal(select, again));
    assert_int_equal(aql_parse(&arena, STR("SELECT a FROM events LIMIT 9"), NULL, &again, &err), TOCSIN_OK);
    assert_false(syntax_equal(select, again));
}

/* A tree that no author wrote gets the parentheses it needs. */
static void test_made_trees_get_parentheses(void **state)
{
    static const char *const cases[][3] = {
        /* tree with "x", what replaces x, text */
        {"x * 2", "a + b", "(a + b) * 2"},
        {"2 - x", "a - b", "2 - (a - b)"},
        {"x ^ 2", "a ^ b", "(a ^ b) ^ 2"},
        {"2 ^ x", "a ^ b", "2 ^ a ^ b"},
        {"-x", "a + b", "-(a + b)"},
        {"x = 2", "a = b", "(a = b) = 2"},
        {"x AND c", "a OR b", "(a OR b) AND c"},
        {"NOT x", "a AND b", "NOT (a AND b)"},
        {"x IS NULL", "a = b", "(a = b) IS NULL"},
        {"x + 1", "IF a THEN b ELSE c", "(IF a THEN b ELSE c) + 1"},
        {"x IN (1)", "NOT a", "(NOT a) IN (1)"},
        {"c OR x", "a OR b", "c OR a OR b"},
        {"-x", "-a", "- -a"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct syntax_node *tree = parse(cases[i][0]);
        struct syntax_node *part = parse(cases[i][1]);
        for (uint32_t k = 0; k < tree->operand_count; k++) {
            if (str_eq(tree->operands[k]->text, STR("x"))) {
                tree->operands[k] = part;
            }
        }
        assert_string_equal(print(tree), cases[i][2]);
    }
}

static void test_names_and_strings(void **state)
{
    strbuf_clear(&printed);
    aql_print_name(STR("plain"), &printed);
    aql_print_name(STR("two words"), &printed);
    aql_print_name(STR("group"), &printed);
    aql_print_string(STR("'a'"), &printed);
    strbuf_append_char(&printed, '\0');
    assert_string_equal(printed.data, "plain\"two words\"\"group\"'''a'''");
}

static void test_a_full_buffer_is_reported(void **state)
{
    struct strbuf small;
    strbuf_init(&small, 8);
    aql_print_expression(parse("aaaa + bbbb + cccc"), &small);
    assert_true(small.is_failed);
    strbuf_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expressions_read_back),      cmocka_unit_test(test_select_reads_back),
        cmocka_unit_test(test_made_trees_get_parentheses), cmocka_unit_test(test_names_and_strings),
        cmocka_unit_test(test_a_full_buffer_is_reported),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
