/* test_parser.c - what the tree looks like, which errors are shown, which limits hold. That every production parses is
 * in test_grammar.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "language/syntax.h"

static struct arena arena;

static int arena_setup(void **state)
{
    arena_init(&arena, ARENA_NO_LIMIT);
    return 0;
}

static int arena_teardown(void **state)
{
    arena_release(&arena);
    return 0;
}

static struct syntax_select *parse(str text)
{
    struct syntax_select *select = NULL;
    struct error err = {0};
    if (aql_parse(&arena, text, NULL, &select, &err) != TOCSIN_OK) {
        fail_msg("%.*s\n%u:%u: %s", STR_ARG(text), err.line, err.column, err.message);
    }
    return select;
}

static struct syntax_node *parse_expression(str text)
{
    struct syntax_node *node = NULL;
    struct error err = {0};
    if (aql_parse_expression(&arena, text, NULL, &node, &err) != TOCSIN_OK) {
        fail_msg("%.*s\n%u:%u: %s", STR_ARG(text), err.line, err.column, err.message);
    }
    return node;
}

static struct error parse_wrong(str text)
{
    struct syntax_select *select = NULL;
    struct error err = {0};
    assert_int_equal(aql_parse(&arena, text, NULL, &select, &err), TOCSIN_ERROR_SYNTAX);
    assert_null(select);
    assert_int_equal(err.status, TOCSIN_ERROR_SYNTAX);
    assert_true(err.line > 0 && err.message[0] != '\0');
    return err;
}

#define assert_text(actual, literal) assert_true(str_eq((actual), STR(literal)))

/* Every operator in brackets: the shape of the tree. */
static void write_shape(const struct syntax_node *node, struct strbuf *target)
{
    if (node->kind == SYNTAX_BINARY || node->kind == SYNTAX_UNARY) {
        strbuf_append_char(target, '[');
        if (node->kind == SYNTAX_BINARY) {
            write_shape(node->operands[0], target);
        }
        strbuf_append(target, syntax_operator_text(node->operator));
        write_shape(node->operands[node->operand_count - 1], target);
        strbuf_append_char(target, ']');
    } else if (node->kind == SYNTAX_INTEGER) {
        strbuf_append_i64(target, node->integer);
    } else {
        strbuf_append(target, node->text);
    }
}

static void assert_shape(const char *text, const char *expected)
{
    struct strbuf shape;
    strbuf_init(&shape, 4096);
    write_shape(parse_expression(str_from_cstring(text)), &shape);
    strbuf_append_char(&shape, '\0');
    assert_string_equal(shape.data, expected);
    strbuf_release(&shape);
}

static str read_text(const char *path, char *target, size_t target_bytes)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(target, 1, target_bytes, file);
    fclose(file);
    return str_from(target, length);
}

static void test_flagship(void **state)
{
    static char text[1 << 16];
    str query = read_text(TOCSIN_SOURCE_ROOT "/packs/container-api/rules/t1552_007_qradar.aql", text, sizeof(text));
    size_t header = str_find(query, STR("*/\n"), 0); /* the rule's header is a comment */
    assert_true(header != SIZE_MAX);
    str body = str_skip(query, header + 3);
    assert_true(str_starts_with(body, STR("SELECT\nDATEFORMAT(starttime, 'YYYY-MM-dd HH:mm:ss') AS EventTime,\n")));
    assert_true(str_ends_with(query, STR("ORDER BY RiskScore DESC, starttime DESC\nLIMIT 1000\n")));
    struct syntax_select *select = parse(query);
    assert_int_equal(select->item_count, 8);
    assert_text(select->items[0].alias, "EventTime");
    assert_text(select->items[3].expression->text, "Process Name");
    assert_true(select->items[3].expression->is_quoted);
    assert_text(select->items[7].alias, "RiskScore");
    /* CASE .. END + CASE .. END + CASE .. END */
    const struct syntax_node *risk = select->items[7].expression;
    assert_int_equal(risk->operator, OPERATOR_ADD);
    assert_int_equal(risk->operands[0]->operator, OPERATOR_ADD);
    assert_int_equal(risk->operands[0]->operands[0]->kind, SYNTAX_CASE);
    assert_int_equal(risk->operands[1]->kind, SYNTAX_CASE);
    const struct syntax_node *terms[3];
    assert_int_equal(syntax_chain_length(select->where), 3);
    syntax_chain_terms(select->where, terms);
    assert_int_equal(terms[0]->kind, SYNTAX_IN);
    assert_int_equal(terms[0]->operand_count, 4);
    assert_true(terms[1]->is_parenthesized);
    assert_int_equal(terms[2]->operator, OPERATOR_GREATER);
    assert_int_equal(select->order_count, 2);
    assert_true(select->order[0].is_descending && select->order[1].is_descending);
    assert_true(select->has_limit);
    assert_int_equal(select->limit, 1000);
    assert_int_equal(select->time.kind, TIME_NONE);
}

static void test_precedence(void **state)
{
    assert_shape("a OR b AND NOT c = d", "[aOR[bAND[NOT[c=d]]]]");
    assert_shape("a = b | c # d & e << f + g * h ^ -i", "[a=[b|[c#[d&[e<<[f+[g*[h^[-i]]]]]]]]]");
    assert_shape("a - b - c", "[[a-b]-c]");
    assert_shape("a / b * c % d", "[[[a/b]*c]%d]");
    assert_shape("2 ^ 3 ^ 2", "[2^[3^2]]");
    assert_shape("-2 ^ 2", "[[-2]^2]");
    assert_shape("-1 >>> 33", "[[-1]>>>33]");
    assert_shape("a & 255 = 10", "[[a&255]=10]");
    assert_shape("NOT a = b OR c", "[[NOT[a=b]]ORc]");
    assert_shape("a--1", "[a-[-1]]");
    assert_shape("(a + b) * c", "[[a+b]*c]");
    assert_shape("a < b << c", "[a<[b<<c]]");
    assert_shape("a NOT LIKE b AND c", "[[aLIKEb]ANDc]");
    assert_shape("a == b", "[a=b]");
    assert_shape("a <> b", "[a!=b]");
}

static void test_chains_are_balanced_and_keep_their_order(void **state)
{
    assert_shape("a AND b AND c", "[[aANDb]ANDc]");
    assert_shape("a AND b AND c AND d", "[[aANDb]AND[cANDd]]");
    assert_shape("a OR b OR c OR d OR e", "[[[aORb]ORc]OR[dORe]]");
    const struct syntax_node *node = parse_expression(STR("a OR (b OR c) OR NOT d OR e AND f"));
    const struct syntax_node *terms[5];
    assert_int_equal(syntax_chain_length(node), 5);
    syntax_chain_terms(node, terms);
    assert_text(terms[0]->text, "a");
    assert_text(terms[2]->text, "c");
    assert_int_equal(terms[3]->operator, OPERATOR_NOT);
    assert_int_equal(terms[4]->operator, OPERATOR_AND);
    assert_int_equal(syntax_chain_length(terms[0]), 1);
}

static void test_constants(void **state)
{
    struct syntax_select *select = parse(
        STR("SELECT 0x0A, 0xFFFFFFFFFFFFFFFF, -9223372036854775808, 1.5e2, .5, 'it''s', TRUE, false, null, '\0\xFF' "
            "FROM events"));
    assert_int_equal(select->items[0].expression->integer, 10);
    assert_int_equal(select->items[1].expression->integer, -1);
    assert_int_equal(select->items[2].expression->operands[0]->integer, INT64_MIN);
    assert_true(select->items[3].expression->number == 150.0);
    assert_true(select->items[4].expression->number == 0.5);
    assert_text(select->items[5].expression->text, "it's");
    assert_int_equal(select->items[6].expression->integer, 1);
    assert_int_equal(select->items[7].expression->integer, 0);
    assert_int_equal(select->items[8].expression->kind, SYNTAX_NULL);
    assert_text(select->items[9].expression->text, "\0\xFF");
}

static void test_soft_keywords_are_names_by_position(void **state)
{
    struct syntax_select *select =
        parse(STR("SELECT last, first(start) stop, text AS search, desc limit_, times FROM last "
                  "WHERE last > start AND text = 'x' ORDER BY last DESC, asc ASC LAST 2 DAYS"));
    assert_text(select->items[0].expression->text, "last");
    assert_int_equal(select->items[1].expression->kind, SYNTAX_CALL);
    assert_text(select->items[1].alias, "stop");
    assert_text(select->items[2].alias, "search");
    assert_text(select->source.name, "last");
    assert_text(select->order[1].expression->text, "asc");
    assert_int_equal(select->time.kind, TIME_LAST);
    assert_int_equal(select->time.amount, 2);
    assert_int_equal(select->time.unit, UNIT_DAYS);
}

static void test_distinct_is_a_column_with_an_alias(void **state)
{
    struct syntax_select *select = parse(STR("SELECT DISTINCT username FROM events"));
    assert_int_equal(select->item_count, 1);
    assert_text(select->items[0].expression->text, "DISTINCT");
    assert_text(select->items[0].alias, "username");
}

static void test_calls(void **state)
{
    const struct syntax_node *node = parse_expression(STR("GEO::LOOKUP(a, 'city') = \"my \"\"ns\"::\"fn\"()"));
    const struct syntax_node *left = node->operands[0];
    const struct syntax_node *right = node->operands[1];
    assert_text(left->name_space, "GEO");
    assert_text(left->text, "LOOKUP");
    assert_int_equal(left->operand_count, 2);
    assert_text(right->name_space, "my \"ns");
    assert_text(right->text, "fn");
    assert_int_equal(right->operand_count, 0);
    assert_int_equal(parse_expression(STR("COUNT(*)"))->operands[0]->kind, SYNTAX_STAR);
}

static void test_conditionals(void **state)
{
    const struct syntax_node *node = parse_expression(STR("CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 END"));
    assert_true(node->has_operand && !node->has_else);
    assert_int_equal(node->operand_count, 5);
    node = parse_expression(STR("CASE WHEN a THEN 2 ELSE IF b THEN 1 ELSE 2 + 3 END"));
    assert_true(!node->has_operand && node->has_else);
    assert_int_equal(node->operands[2]->kind, SYNTAX_IF);
    /* IF reaches as far as an expression can. */
    node = parse_expression(STR("1 + IF a THEN b ELSE c + 2 = 3"));
    assert_int_equal(node->operator, OPERATOR_ADD);
    assert_int_equal(node->operands[1]->operands[2]->operator, OPERATOR_EQUAL);
}

static void test_session(void **state)
{
    struct syntax_select *select =
        parse(STR("SELECT sessionid FROM events INTO 'shell sessions' WHERE devicetype = 11\n"
                  "SESSION BY starttime \"Machine Identifier\", username\n"
                  "EXPLICIT BEGIN QIDNAME(qid) ILIKE '%opened%' EXPLICIT END QIDNAME(qid) ILIKE '%closed%'\n"
                  "TIMEOUT 900000 TIMEWINDOW 8 HOURS START '2026-11-22 08:00' STOP '2026-11-22 18:00'"));
    const struct syntax_session *session = &select->session;
    assert_true(session->is_present && session->is_begin_explicit && session->is_end_explicit);
    assert_text(select->into, "shell sessions");
    assert_text(session->time->text, "starttime");
    assert_int_equal(session->key_count, 2);
    assert_text(session->keys[0]->text, "Machine Identifier");
    assert_int_equal(session->begin->operator, OPERATOR_ILIKE);
    assert_int_equal(session->timeout_ms, 900000);
    assert_int_equal(session->window_amount, 8);
    assert_int_equal(session->window_unit, UNIT_HOURS);
    assert_text(select->time.stop->text, "2026-11-22 18:00");
    select = parse(STR("SELECT a FROM events SESSION BY starttime username BEGIN a TIMEWINDOW 3000"));
    assert_int_equal(select->session.window_unit, UNIT_NONE);
    assert_true(!select->session.is_begin_explicit && !select->session.end && !select->session.has_timeout);
}

static void test_text_search(void **state)
{
    struct syntax_select *select = parse(STR("SELECT a FROM events WHERE TEXT SEARCH 'x y' AND b AND c"));
    const struct syntax_node *terms[3];
    assert_int_equal(syntax_chain_length(select->where), 3);
    syntax_chain_terms(select->where, terms);
    assert_int_equal(terms[0]->kind, SYNTAX_TEXT_SEARCH);
    assert_text(terms[0]->text, "x y");
    select = parse(STR("SELECT a FROM events WHERE b IN (SELECT c FROM events WHERE TEXT SEARCH 'z')"));
    assert_int_equal(select->where->select->where->kind, SYNTAX_TEXT_SEARCH);
}

static void test_parameters(void **state)
{
    struct syntax_select *select = parse(STR("SELECT a FROM events PARAMETERS remoteservers=ARIELSERVERS4EPID(8), "
                                             "Priority='LOW'"));
    assert_int_equal(select->parameter_count, 2);
    assert_text(select->parameters[0].name, "REMOTESERVERS");
    assert_int_equal(select->parameters[0].value->kind, SYNTAX_CALL);
    assert_text(select->parameters[1].name, "PRIORITY");
}

static void test_source_text_and_offsets(void **state)
{
    str text = STR("SELECT (a + b) * c x, LOWER( d ) FROM events WHERE e IN (1, 2) AND f IS NULL GROUP BY a");
    struct syntax_select *select = parse(text);
    assert_text(aql_expression_text(text, select->items[0].expression), "(a + b) * c");
    assert_text(aql_expression_text(text, select->items[0].expression->operands[0]), "(a + b)");
    assert_text(aql_expression_text(text, select->items[1].expression), "LOWER( d )");
    assert_text(aql_expression_text(text, select->where), "e IN (1, 2) AND f IS NULL");
    assert_text(aql_expression_text(text, select->where->operands[1]), "f IS NULL");
    assert_int_equal(text.data[select->items[0].expression->offset], '*');
    assert_int_equal(text.data[select->items[0].alias_offset], 'x');
    assert_int_equal(text.data[select->where->operands[0]->offset], 'I');
    assert_int_equal(text.data[select->clause_offset_where], 'W');
    assert_int_equal(text.data[select->clause_offset_group], 'G');
    assert_int_equal(select->clause_offset_having, 0);
}

/* Behind a chain the terms' texts must not swallow what follows them. */
static void test_source_text_of_chains(void **state)
{
    str text = STR("a AND b AND c AND d");
    const struct syntax_node *node = parse_expression(text);
    assert_text(aql_expression_text(text, node->operands[0]), "a AND b");
    assert_text(aql_expression_text(text, node->operands[1]), "c AND d");
}

static void test_expressions_that_mean_the_same(void **state)
{
    struct syntax_select *select =
        parse(STR("SELECT LOWER(UserName), lower((\"username\")), LOWER(x), 'a', 'A' FROM events"));
    const struct syntax_item *items = select->items;
    assert_true(syntax_expression_same(items[0].expression, items[1].expression));
    assert_false(syntax_expression_equal(items[0].expression, items[1].expression));
    assert_false(syntax_expression_same(items[0].expression, items[2].expression));
    assert_false(syntax_expression_same(items[3].expression, items[4].expression));
}

/* ---- errors ---- */

static void test_error_has_source_and_place(void **state)
{
    struct syntax_select *select = NULL;
    struct error err = {0};
    str text = STR("SELECT a\nFROM events\nWHERE \"Größe\" = 'ü' b");
    assert_int_equal(aql_parse(&arena, text, "rules/x.aql", &select, &err), TOCSIN_ERROR_SYNTAX);
    assert_string_equal(err.source, "rules/x.aql");
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 21);
    assert_int_equal(text.data[err.offset], 'b');
    assert_int_equal(aql_parse(&arena, text, NULL, &select, NULL), TOCSIN_ERROR_SYNTAX);
}

static void test_hints(void **state)
{
    static const struct {
        const char *text;
        const char *hint;
    } cases[] = {
        {"SELECT a FROM events LAST 5 MINUTES LIMIT 3", "write LIMIT 3 LAST 5 MINUTES"},
        {"SELECT a FROM events START '2026-01-01 00:00' LIMIT 3", "write LIMIT 3 START '2026-01-01 00:00'"},
        {"SELECT a b c FROM events", "is a comma missing before it? An alias is one word, or quoted"},
        {"SELECT a FROM events GROUP BY a b", "is a comma missing before it?"},
        {"SELECT a FROM events WHERE a ISNOT NULL", "write IS NULL or IS NOT NULL, in separate words"},
        {"SELECT a ISNOT NULL FROM events", "write IS NULL or IS NOT NULL, in separate words"},
        {"SELECT COUNT(DISTINCT a) FROM events",
         "AQL has no DISTINCT; use GROUP BY, or UNIQUECOUNT(x) to count distinct values"},
        {"SELECT a FROM events JOIN flows ON x = y",
         "AQL reads one source; combine sources with x IN (SELECT ..) or FROM (SELECT ..)"},
        {"SELECT a FROM events UNION SELECT b FROM flows",
         "AQL has no set operations; run two queries, or join the conditions by OR"},
        {"WITH x AS (SELECT a FROM events) SELECT a FROM x",
         "AQL has no WITH; put the inner query into FROM (SELECT ..)"},
        {"INSERT INTO events VALUES (1)", "AQL only reads: a query starts with SELECT"},
        {"SELECT a FROM events LIMIT 5 OFFSET 10", "AQL has no OFFSET; use LIMIT, or a condition on starttime"},
        {"SELECT a FROM events LIMIT 5, 10", "LIMIT takes one number; AQL has no OFFSET"},
        {"SELECT COUNT(*) OVER (PARTITION BY a) FROM events",
         "AQL has no window functions; use GROUP BY, or SESSION BY"},
        {"SELECT CASE WHEN a THEN b FROM events", "every CASE is closed by END"},
        {"SELECT IF a THEN b ELSE c END FROM events", "END closes a CASE; IF .. THEN .. ELSE has no END"},
        {"SELECT a FROM events WHERE a = 'O'Brien'", "the string before it starts at line 1, column 32: is a closing "
                                                     "quote missing there? A quote inside a string is "
                                                     "written twice: 'O''Brien'"},
        {"SELECT a FROM events WHERE a = 'b\xE2\x80\x99",
         "the typographic quote \xE2\x80\x99 at line 1, column 34 closes nothing; type ' instead"},
        {"SELECT a FROM events WHERE a = \xE2\x80\x9C"
         "b\"",
         "type ' around values and \" around names; documents replace them when copied"},
        {"SELECT a FROM events WHERE group = 'x'", "group is a keyword; a field of that name is written \"group\""},
        {"SELECT a FROM events WHERE LIKE 'x'", ""},
        {"SELECT a FROM events WHERE a = 10.0.0.1", "an address is a string: '192.0.2.1'"},
        {"SELECT a FROM events WHERE a = 1)", "there is one ')' too many, or a '(' is missing before it"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct error err = parse_wrong(str_from_cstring(cases[i].text));
        assert_string_equal(err.hint, cases[i].hint);
    }
}

static void test_unterminated_string_points_at_its_start(void **state)
{
    struct error err = parse_wrong(STR("SELECT a FROM events\nWHERE a = 'b\nAND c = d"));
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 11);
    assert_string_equal(err.message, "the string that starts here has no closing '");
}

static void test_text_in_messages_is_short_and_printable(void **state)
{
    static char text[4096];
    int length = snprintf(text, sizeof(text), "SELECT a FROM events WHERE a '\x1B[31m");
    memset(text + length, 'x', 2000);
    text[length + 2000] = '\'';
    struct error err = parse_wrong(str_from(text, (size_t)length + 2001));
    assert_true(strlen(err.message) < 300);
    assert_null(strchr(err.message, '\x1B'));
    assert_non_null(strstr(err.message, "\\x1B[31m"));
}

static void test_control_bytes_and_bad_utf8(void **state)
{
    assert_string_equal(parse_wrong(STR("SELECT a\0 FROM events")).message,
                        "the control byte 0x00 stands outside of quotes");
    assert_string_equal(parse_wrong(STR("SELECT a FROM events WHERE \xFF")).message,
                        "the byte 0xFF is not UTF-8, and stands outside of quotes");
    assert_string_equal(parse_wrong(STR("SELECT a\xC2\xA0 FROM events")).message,
                        "the character U+00A0 looks like a blank and is none");
    assert_string_equal(parse_wrong(STR("SELECT \"a\x1B\" FROM events")).message,
                        "the name in double quotes that starts at line 1, column 8 holds the byte 0x1B");
    assert_string_equal(parse_wrong(STR("SELECT a AS 'b\x07' FROM events")).message,
                        "the name of an alias holds control characters or invalid UTF-8");
    assert_string_equal(parse_wrong(STR("")).message, "the query is empty");
    assert_string_equal(parse_wrong(STR(" -- nothing\n/* at all */ ")).message, "the query is empty");
}

/* ---- limits ---- */

static void assert_limit(struct strbuf *text, bool is_good, const char *message)
{
    struct arena wide;
    struct syntax_select *select = NULL;
    struct error err = {0};
    arena_init(&wide, ARENA_NO_LIMIT);
    assert_false(text->is_failed);
    tocsin_status status = aql_parse(&wide, strbuf_str(text), NULL, &select, &err);
    assert_int_equal(status, is_good ? TOCSIN_OK : TOCSIN_ERROR_SYNTAX);
    if (is_good) {
        assert_true(select->height <= LIMIT_EXPRESSION_DEPTH);
    } else {
        assert_non_null(strstr(err.message, message));
    }
    arena_release(&wide);
    strbuf_release(text);
}

/* front, then `count` times `unit`, then back */
static struct strbuf repeat(const char *front, const char *unit, size_t count, const char *back)
{
    struct strbuf text;
    strbuf_init(&text, 8 * MEBI);
    strbuf_append(&text, str_from_cstring(front));
    for (size_t i = 0; i < count; i++) {
        strbuf_append(&text, str_from_cstring(unit));
    }
    strbuf_append(&text, str_from_cstring(back));
    return text;
}

static void test_limit_query_bytes(void **state)
{
    struct strbuf text = repeat("SELECT a FROM events", " ", LIMIT_QUERY_BYTES - 20, "");
    assert_limit(&text, true, "");
    text = repeat("SELECT a FROM events", " ", LIMIT_QUERY_BYTES - 19, "");
    assert_limit(&text, false, "the query is longer than 1048576 bytes");
}

static void test_limit_select_items(void **state)
{
    struct strbuf text = repeat("SELECT a", ",a", LIMIT_SELECT_ITEMS - 1, " FROM events");
    assert_limit(&text, true, "");
    text = repeat("SELECT a", ",a", LIMIT_SELECT_ITEMS, " FROM events");
    assert_limit(&text, false, "more than 1000 items after SELECT");
    text = repeat("SELECT a FROM events GROUP BY a", ",a", LIMIT_SELECT_ITEMS, "");
    assert_limit(&text, false, "more than 1000 expressions after GROUP BY");
    text = repeat("SELECT a FROM events ORDER BY a", ",a", LIMIT_SELECT_ITEMS, "");
    assert_limit(&text, false, "more than 1000 expressions after ORDER BY");
    text = repeat("SELECT F(a", ",a", LIMIT_SELECT_ITEMS, ") FROM events");
    assert_limit(&text, false, "more than 1000 values in the arguments of F");
}

static void test_limit_in_list(void **state)
{
    struct strbuf text = repeat("SELECT a FROM events WHERE a IN (1", ",1", LIMIT_IN_LIST - 1, ")");
    assert_limit(&text, true, "");
    text = repeat("SELECT a FROM events WHERE a IN (1", ",1", LIMIT_IN_LIST, ")");
    assert_limit(&text, false, "more than 10000 values in the IN list");
    text = repeat("SELECT a FROM events WHERE a LIKE ENUMERATION('1'", ",'1'", LIMIT_IN_LIST, ")");
    assert_limit(&text, false, "more than 10000 patterns in ENUMERATION");
}

static void test_limit_nodes(void **state)
{
    /* 99,999 terms and the 99,998 operators between them, and two nodes for the item and the first term */
    struct strbuf text = repeat("SELECT a FROM events WHERE a", " OR a", 99999 - 1, "");
    assert_limit(&text, true, "");
    text = repeat("SELECT a FROM events WHERE a", " OR a", 100000, "");
    assert_limit(&text, false, "the query has more than 200000 parts");
}

static void test_limit_depth(void **state)
{
    static const struct {
        const char *unit;
        const char *core;
        const char *close;
    } nestings[] = {
        {"(", "a", ")"},
        {"NOT ", "a", ""},
        {"-", "1", ""},
        {"~", "a", ""},
        {"F(", "a", ")"},
        {"a ^ ", "a", ""},
        {"IF a THEN b ELSE ", "a", ""},
        {"a + ", "a", ""},
        {"CASE WHEN ", "a", " THEN 1 END"},
        {"a IN (SELECT a FROM events WHERE ", "a", ")"},
    };
    for (size_t i = 0; i < countof(nestings); i++) {
        for (unsigned depth = 1; depth <= 4 * LIMIT_EXPRESSION_DEPTH; depth *= 2) {
            struct strbuf text = repeat("SELECT a FROM events WHERE ", nestings[i].unit, depth, nestings[i].core);
            for (unsigned k = 0; k < depth; k++) {
                strbuf_append(&text, str_from_cstring(nestings[i].close));
            }
            /* Sub-selects count twice: the list and the select. */
            bool is_good = depth <= 64;
            if (is_good || depth > LIMIT_EXPRESSION_DEPTH) {
                assert_limit(&text, is_good, "deep");
            }
            strbuf_release(&text);
        }
    }
    struct strbuf text = repeat("SELECT a FROM events WHERE ", "(", 100000, "");
    assert_limit(&text, false, "nested more than 200 deep");
    text = repeat("", "SELECT a FROM (", 5000, "");
    assert_limit(&text, false, "nested more than 200 deep");
}

/* A rule of many terms is no deep tree. */
static void test_long_chains_are_flat(void **state)
{
    struct strbuf text = repeat("SELECT a FROM events WHERE a ILIKE '%x%'", " OR a ILIKE '%x%'", 20000, "");
    struct syntax_select *select = parse(strbuf_str(&text));
    assert_true(select->where->height < 20);
    assert_int_equal(syntax_chain_length(select->where), 20001);
    strbuf_release(&text);
}

static void test_time_spans_do_not_overflow(void **state)
{
    parse(STR("SELECT a FROM events LAST 106751991167 DAYS"));
    assert_string_equal(parse_wrong(STR("SELECT a FROM events LAST 106751991168 DAYS")).message,
                        "the time span is too large");
    assert_string_equal(parse_wrong(STR("SELECT a FROM events LIMIT 9223372036854775808")).message,
                        "the number 9223372036854775808 is too large");
}

static void test_every_allocation_may_fail(void **state)
{
    static char file_text[1 << 16];
    str text =
        read_text(TOCSIN_SOURCE_ROOT "/packs/container-api/rules/t1552_007_qradar.aql", file_text, sizeof(file_text));
    bool is_enough = false;
    for (size_t bytes_max = 0; !is_enough; bytes_max += 256) {
        struct arena narrow;
        struct syntax_select *select = NULL;
        struct error err = {0};
        arena_init(&narrow, bytes_max);
        tocsin_status status = aql_parse(&narrow, text, NULL, &select, &err);
        is_enough = status == TOCSIN_OK;
        assert_true(is_enough ? select != NULL : status == TOCSIN_ERROR_MEMORY && select == NULL);
        arena_release(&narrow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flagship),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_chains_are_balanced_and_keep_their_order),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_soft_keywords_are_names_by_position),
        cmocka_unit_test(test_distinct_is_a_column_with_an_alias),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_conditionals),
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_text_search),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_source_text_and_offsets),
        cmocka_unit_test(test_source_text_of_chains),
        cmocka_unit_test(test_expressions_that_mean_the_same),
        cmocka_unit_test(test_error_has_source_and_place),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_unterminated_string_points_at_its_start),
        cmocka_unit_test(test_text_in_messages_is_short_and_printable),
        cmocka_unit_test(test_control_bytes_and_bad_utf8),
        cmocka_unit_test(test_limit_query_bytes),
        cmocka_unit_test(test_limit_select_items),
        cmocka_unit_test(test_limit_in_list),
        cmocka_unit_test(test_limit_nodes),
        cmocka_unit_test(test_limit_depth),
        cmocka_unit_test(test_long_chains_are_flat),
        cmocka_unit_test(test_time_spans_do_not_overflow),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
