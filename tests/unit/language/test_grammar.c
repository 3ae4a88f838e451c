/* test_grammar.c - runs the texts of docs/aql-grammar.ebnf: below each production at least one that parses (and whose
 * tree survives printing and parsing again) and one that does not, with the place and the beginning of its error. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "language/lexer.h"
#include "language/syntax.h"
#include "language/syntax_printer.h"

struct grammar_run {
    bool is_expression; /* in the section "condition" */
    char production[64];
    unsigned good;
    unsigned bad;
    unsigned line;
    unsigned productions;
    unsigned failures;
    str wrong_text; /* of the last "-", until its "=>" is read */
};

static void complain(struct grammar_run *run, str text, const char *what, const char *detail)
{
    print_error("aql-grammar.ebnf:%u: %.*s\n    %s%s\n", run->line, STR_ARG(text), what, detail);
    run->failures++;
}

static tocsin_status parse(const struct grammar_run *run, struct arena *arena, str text, struct syntax_select **select,
                           struct syntax_node **node, struct error *err)
{
    return run->is_expression ? aql_parse_expression(arena, text, NULL, node, err)
                              : aql_parse(arena, text, NULL, select, err);
}

static void check_good(struct grammar_run *run, str text)
{
    struct arena arena;
    struct strbuf printed;
    struct error err = {0};
    struct syntax_select *selects[2] = {NULL, NULL};
    struct syntax_node *nodes[2] = {NULL, NULL};
    arena_init(&arena, ARENA_NO_LIMIT);
    strbuf_init(&printed, 1 << 20);
    if (parse(run, &arena, text, &selects[0], &nodes[0], &err) != TOCSIN_OK) {
        complain(run, text, "does not parse: ", err.message);
    } else {
        if (run->is_expression) {
            aql_print_expression(nodes[0], &printed);
        } else {
            aql_print(selects[0], &printed);
        }
        tocsin_status status = parse(run, &arena, strbuf_str(&printed), &selects[1], &nodes[1], &err);
        if (status != TOCSIN_OK || !syntax_equal(selects[0], selects[1]) ||
            !syntax_expression_equal(nodes[0], nodes[1])) {
            complain(run, strbuf_str(&printed), "is not what was parsed ", err.message);
        }
    }
    strbuf_release(&printed);
    arena_release(&arena);
    run->good++;
}

static void check_bad(struct grammar_run *run, str expected)
{
    struct arena arena;
    struct error err = {0};
    struct syntax_select *select = NULL;
    struct syntax_node *node = NULL;
    arena_init(&arena, ARENA_NO_LIMIT);
    if (parse(run, &arena, run->wrong_text, &select, &node, &err) != TOCSIN_ERROR_SYNTAX) {
        complain(run, run->wrong_text, "parses, which it must not", "");
    } else {
        char got[sizeof(err.message) + 32];
        snprintf(got, sizeof(got), "%u:%u: %s", err.line, err.column, err.message);
        if (!str_starts_with(str_from_cstring(got), expected)) {
            complain(run, run->wrong_text, "gives ", got);
        }
        assert_string_equal(err.source, "query");
    }
    arena_release(&arena);
    run->wrong_text = STR_EMPTY;
    run->bad++;
}

static void end_production(struct grammar_run *run)
{
    if (run->production[0] != '\0' && (run->good == 0 || run->bad == 0)) {
        complain(run, str_from_cstring(run->production), "needs one text that parses and one that does not", "");
    }
    run->production[0] = '\0';
    run->good = 0;
    run->bad = 0;
}

static void check_line(struct grammar_run *run, str line)
{
    if (str_starts_with(line, STR("== "))) {
        end_production(run);
        run->is_expression = str_eq(line, STR("== condition"));
    } else if (str_starts_with(line, STR("    + "))) {
        check_good(run, str_skip(line, 6));
    } else if (str_starts_with(line, STR("    - "))) {
        assert_int_equal(run->wrong_text.len, 0); /* every wrong text has its "=>" */
        run->wrong_text = str_skip(line, 6);
    } else if (str_starts_with(line, STR("      => "))) {
        check_bad(run, str_skip(line, 9));
    } else if (line.len > 0 && line.data[0] >= 'a' && line.data[0] <= 'z' && str_contains(line, STR(" = "))) {
        end_production(run);
        snprintf(run->production, sizeof(run->production), "%.*s", (int)str_find(line, STR(" = "), 0), line.data);
        run->productions++;
    }
}

static str read_document(void)
{
    static char text[1 << 16];
    FILE *file = fopen(TOCSIN_SOURCE_ROOT "/docs/aql-grammar.ebnf", "rb");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof(text), file);
    assert_true(length < sizeof(text));
    fclose(file);
    return str_from(text, length);
}

static void test_reserved_words_are_those_of_the_lexer(void **state)
{
    str text = read_document();
    size_t start = str_find(text, STR("reserved word = "), 0);
    assert_true(start != SIZE_MAX);
    struct lexer lexer;
    lexer_init(&lexer, str_slice(text, start + 16, str_find_char(text, ';', start)));
    bool is_listed[TOKEN_KIND_COUNT] = {false};
    for (struct token token; (token = lexer_next(&lexer)).kind != TOKEN_END_OF_TEXT;) {
        is_listed[token.kind] = true;
    }
    for (int kind = 0; kind < TOKEN_KIND_COUNT; kind++) {
        bool is_reserved = token_is_keyword((enum token_kind)kind) && !token_is_bare_name((enum token_kind)kind);
        assert_true(is_listed[kind] == is_reserved || kind == TOKEN_BAR);
    }
}

static void test_grammar_document(void **state)
{
    str rest = read_document();
    struct grammar_run run = {.wrong_text = STR_EMPTY};
    while (rest.len > 0) {
        size_t end = str_find_char(rest, '\n', 0);
        end = end == SIZE_MAX ? rest.len : end;
        run.line++;
        check_line(&run, str_slice(rest, 0, end));
        rest = str_skip(rest, end + 1);
    }
    end_production(&run);
    assert_int_equal(run.failures, 0);
    assert_int_equal(run.productions, 43);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar_document),
        cmocka_unit_test(test_reserved_words_are_those_of_the_lexer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
