#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "language/lexer.h"

/* Kinds of the tokens of a text, without the end. */
static void assert_kinds(str text, const enum token_kind *kinds, size_t count)
{
    struct lexer lexer;
    lexer_init(&lexer, text);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(lexer_next(&lexer).kind, kinds[i]);
    }
    assert_int_equal(lexer_next(&lexer).kind, TOKEN_END_OF_TEXT);
    assert_int_equal(lexer_next(&lexer).kind, TOKEN_END_OF_TEXT);
}

#define assert_tokens(text, ...)                                                                                       \
    do {                                                                                                               \
        static const enum token_kind kinds[] = {__VA_ARGS__};                                                          \
        assert_kinds(STR(text), kinds, countof(kinds));                                                                \
    } while (0)

static struct token first_token(str text)
{
    struct lexer lexer;
    lexer_init(&lexer, text);
    return lexer_next(&lexer);
}

static void assert_problem(str text, enum lexical_problem problem, size_t problem_offset)
{
    struct token token = first_token(text);
    assert_int_equal(token.kind, TOKEN_INVALID);
    assert_int_equal(token.problem, problem);
    assert_int_equal(token.problem_offset, problem_offset);
}

static void test_words_and_case(void **state)
{
    assert_tokens("sElEcT Foo last _x1", TOKEN_SELECT, TOKEN_NAME, TOKEN_LAST, TOKEN_NAME);
    assert_true(token_is_bare_name(TOKEN_LAST));
    assert_true(token_is_bare_name(TOKEN_NAME));
    assert_false(token_is_bare_name(TOKEN_SELECT));
    assert_false(token_is_bare_name(TOKEN_QUOTED_NAME));
    assert_true(token_is_keyword(TOKEN_SELECT));
    assert_false(token_is_keyword(TOKEN_COMMA));
}

static void test_every_keyword_and_symbol_reads_back(void **state)
{
    for (int kind = TOKEN_DECIMAL + 1; kind < TOKEN_KIND_COUNT; kind++) {
        assert_int_equal(first_token(token_spelling((enum token_kind)kind)).kind, kind);
    }
    assert_int_equal(token_spelling(TOKEN_NAME).len, 0);
}

static void test_longest_symbol_wins(void **state)
{
    assert_tokens(">>> >> >= > << <> <= < == = != ::", TOKEN_SHIFT_RIGHT_LOGICAL, TOKEN_SHIFT_RIGHT,
                  TOKEN_GREATER_EQUAL, TOKEN_GREATER, TOKEN_SHIFT_LEFT, TOKEN_NOT_EQUAL_ANGLED, TOKEN_LESS_EQUAL,
                  TOKEN_LESS, TOKEN_EQUAL_DOUBLED, TOKEN_EQUAL, TOKEN_NOT_EQUAL, TOKEN_DOUBLE_COLON);
    assert_tokens(">>>>", TOKEN_SHIFT_RIGHT_LOGICAL, TOKEN_GREATER);
    assert_tokens("a*(b)", TOKEN_NAME, TOKEN_STAR, TOKEN_LEFT_PARENTHESIS, TOKEN_NAME, TOKEN_RIGHT_PARENTHESIS);
}

static void test_numbers(void **state)
{
    assert_tokens("0 12 0xFf 1.5 .5 1e3 1.5E-7 2e+8", TOKEN_INTEGER, TOKEN_INTEGER, TOKEN_INTEGER, TOKEN_DECIMAL,
                  TOKEN_DECIMAL, TOKEN_DECIMAL, TOKEN_DECIMAL, TOKEN_DECIMAL);
    assert_problem(STR("5m"), PROBLEM_NUMBER, 0);
    assert_problem(STR("5lasted"), PROBLEM_NUMBER, 0);
    assert_problem(STR("10.0.0.1and"), PROBLEM_NUMBER, 0);
    assert_tokens("5LAST 24hours 2.5and 0x1For 1e5in", TOKEN_INTEGER, TOKEN_LAST, TOKEN_INTEGER, TOKEN_HOURS,
                  TOKEN_DECIMAL, TOKEN_AND, TOKEN_INTEGER, TOKEN_OR, TOKEN_DECIMAL, TOKEN_IN);
    assert_problem(STR("0x"), PROBLEM_NUMBER, 0);
    assert_problem(STR("0xfg"), PROBLEM_NUMBER, 0);
    assert_problem(STR("1."), PROBLEM_NUMBER, 0);
    assert_problem(STR("1e"), PROBLEM_NUMBER, 0);
    assert_problem(STR("10.0.0.1"), PROBLEM_NUMBER, 0);
    assert_int_equal(first_token(STR("10.0.0.1+")).offset_end, 8);
}

static void test_strings_and_names(void **state)
{
    assert_tokens("'' 'a''b' '\"' \"a\"\"b\" \"'\"", TOKEN_STRING, TOKEN_STRING, TOKEN_STRING, TOKEN_QUOTED_NAME,
                  TOKEN_QUOTED_NAME);
    /* Backslash is an ordinary byte: the string ends before the second quote. */
    assert_tokens("'C:\\' a", TOKEN_STRING, TOKEN_NAME);
    assert_problem(STR("  'abc"), PROBLEM_STRING_OPEN, 2);
    assert_problem(STR("'abc''"), PROBLEM_STRING_OPEN, 0);
    assert_problem(STR("\"abc"), PROBLEM_QUOTED_NAME_OPEN, 0);
    assert_problem(STR("\"\""), PROBLEM_NAME_EMPTY, 0);
}

static void test_bytes_inside_and_outside_of_strings(void **state)
{
    /* Anything may stand inside a string. */
    assert_int_equal(first_token(STR("'\0\x01\xFF\xC3\n'")).kind, TOKEN_STRING);
    assert_problem(STR("\"a\0b\""), PROBLEM_NAME_BYTE, 2);
    assert_problem(STR("\"a\nb\""), PROBLEM_NAME_BYTE, 2);
    assert_problem(STR("\"a\xFF\""), PROBLEM_NAME_BYTE, 2);
    assert_problem(STR("\"a\xC2\x85\""), PROBLEM_NAME_BYTE, 2);
    assert_problem(STR("\0"), PROBLEM_CONTROL, 0);
    assert_problem(STR(" \x1B[31m"), PROBLEM_CONTROL, 1);
    assert_problem(STR("\xFF"), PROBLEM_UTF8, 0);
    assert_problem(STR("\xED\xA0\x80"), PROBLEM_UTF8, 0);
    assert_problem(STR("\xC2\xA0"), PROBLEM_BLANK, 0);
    assert_problem(STR("\xE2\x80\x8B"), PROBLEM_INVISIBLE, 0);
    assert_problem(STR("\xE2\x80\x99x"), PROBLEM_TYPOGRAPHIC_QUOTE, 0);
    assert_tokens("a\xE2\x80\x93"
                  "b",
                  TOKEN_NAME, TOKEN_INVALID, TOKEN_NAME);
    assert_problem(STR("\xE2\x89\xA0"), PROBLEM_LOOK_ALIKE, 0);
    assert_problem(STR("gr\xC3\xB6sse"), PROBLEM_LETTER, 0);
    assert_problem(STR("\xC3\xA9t\xC3\xA9"), PROBLEM_LETTER, 0);
    assert_int_equal(first_token(STR("gr\xC3\xB6sse = 1")).offset_end, 7);
    assert_problem(STR("!"), PROBLEM_CHARACTER, 0);
}

static void test_comments(void **state)
{
    assert_tokens("a /* b -- */ c -- d\ne --", TOKEN_NAME, TOKEN_NAME, TOKEN_NAME);
    assert_tokens("a --\tb", TOKEN_NAME);
    assert_tokens("--title\na --why (b) '\n-----\n--- x\nc ---", TOKEN_NAME, TOKEN_NAME);
    assert_tokens("\xEF\xBB\xBF--über\n a\n  --=== 5 ===\n", TOKEN_NAME);
    assert_tokens("a--b (--b) a --1", TOKEN_NAME, TOKEN_MINUS, TOKEN_MINUS, TOKEN_NAME, TOKEN_LEFT_PARENTHESIS,
                  TOKEN_MINUS, TOKEN_MINUS, TOKEN_NAME, TOKEN_RIGHT_PARENTHESIS, TOKEN_NAME, TOKEN_MINUS, TOKEN_MINUS,
                  TOKEN_INTEGER);
    assert_tokens("a--1", TOKEN_NAME, TOKEN_MINUS, TOKEN_MINUS, TOKEN_INTEGER);
    assert_tokens("/**/a/***/", TOKEN_NAME);
    assert_tokens("/*\0\xFF*/a", TOKEN_NAME);
    assert_problem(STR(" /* a"), PROBLEM_COMMENT_OPEN, 1);
    assert_problem(STR("/*/"), PROBLEM_COMMENT_OPEN, 0);
}

static void test_byte_order_mark_only_in_front(void **state)
{
    assert_tokens("\xEF\xBB\xBFSELECT", TOKEN_SELECT);
    assert_problem(STR(" \xEF\xBB\xBFSELECT"), PROBLEM_INVISIBLE, 1);
}

static void test_identifier_limit(void **state)
{
    static char text[LIMIT_IDENTIFIER_BYTES + 3];
    memset(text, 'a', sizeof(text));
    assert_int_equal(first_token(str_from(text, LIMIT_IDENTIFIER_BYTES)).kind, TOKEN_NAME);
    assert_problem(str_from(text, LIMIT_IDENTIFIER_BYTES + 1), PROBLEM_NAME_LONG, 0);
    text[0] = '"';
    text[LIMIT_IDENTIFIER_BYTES + 1] = '"';
    assert_int_equal(first_token(str_from(text, LIMIT_IDENTIFIER_BYTES + 2)).kind, TOKEN_QUOTED_NAME);
    text[LIMIT_IDENTIFIER_BYTES + 1] = 'a';
    text[LIMIT_IDENTIFIER_BYTES + 2] = '"';
    assert_problem(str_from(text, LIMIT_IDENTIFIER_BYTES + 3), PROBLEM_NAME_LONG, 0);
}

static void test_bare_names(void **state)
{
    assert_true(name_is_bare(STR("Foo_1")));
    assert_true(name_is_bare(STR("last")));
    assert_false(name_is_bare(STR("group")));
    assert_false(name_is_bare(STR("1a")));
    assert_false(name_is_bare(STR("a b")));
    assert_false(name_is_bare(STR("")));
}

/* Every text ends, whatever it holds: each token moves on, and none reaches over the end. */
static void test_all_byte_pairs_end(void **state)
{
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        char text[2] = {(char)(pair >> 8), (char)pair};
        struct lexer lexer;
        lexer_init(&lexer, str_from(text, sizeof(text)));
        size_t at = 0;
        for (struct token token; (token = lexer_next(&lexer)).kind != TOKEN_END_OF_TEXT;) {
            assert_true(token.offset >= at && token.offset_end > token.offset && token.offset_end <= sizeof(text));
            at = token.offset_end;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_case),
        cmocka_unit_test(test_every_keyword_and_symbol_reads_back),
        cmocka_unit_test(test_longest_symbol_wins),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings_and_names),
        cmocka_unit_test(test_bytes_inside_and_outside_of_strings),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_byte_order_mark_only_in_front),
        cmocka_unit_test(test_identifier_limit),
        cmocka_unit_test(test_bare_names),
        cmocka_unit_test(test_all_byte_pairs_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
