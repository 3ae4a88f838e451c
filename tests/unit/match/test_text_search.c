#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "match/needle.h"
#include "match/text_search.h"

static struct arena arena;

static const struct text_search *compile(str text)
{
    const struct text_search *search = NULL;
    struct error err = {0};
    if (text_search_compile(&arena, text, &search, &err) != TOCSIN_OK) {
        fail_msg("%s", err.message);
    }
    return search;
}

/* In a copy of exact size, so that AddressSanitizer sees a read outside. */
static bool matches(const struct text_search *search, str payload)
{
    char *copy = malloc(payload.len + 1);
    assert_non_null(copy);
    memcpy(copy + 1, payload.data, payload.len);
    str view = str_from(copy + 1, payload.len);
    bool result = text_search_matches(search, view);
    uint16_t row = 0;
    assert_int_equal(text_search_select(search, &view, &row, 1, &row), result);
    free(copy);
    return result;
}

static bool finds(const char *text, const char *payload)
{
    arena_clear(&arena);
    return matches(compile(str_from_cstring(text)), str_from_cstring(payload));
}

static void refuses(const char *text, size_t offset, const char *part)
{
    arena_clear(&arena);
    const struct text_search *search = NULL;
    struct error err = {0};
    assert_int_equal(text_search_compile(&arena, str_from_cstring(text), &search, &err), TOCSIN_ERROR_SYNTAX);
    assert_null(search);
    char place[32];
    (void)snprintf(place, sizeof(place), "offset %zu:", offset);
    if (!strstr(err.message, place) || !strstr(err.message, part)) {
        fail_msg("'%s' gave: %s", text, err.message);
    }
}

static void words_are_whole_tokens(void **state)
{
    const char *payload =
        "<13>Nov 14 sshd[812]: Failed password for root from 10.0.0.9 port 22 user_1@host-a.example, /etc/x";
    assert_true(finds("failed", payload));
    assert_true(finds("FAILED Password", payload));
    assert_true(finds("password failed", payload)); /* in any order */
    assert_false(finds("fail", payload));
    assert_false(finds("failed missing", payload));
    assert_true(finds("10.0.0.9", payload));
    assert_false(finds("10.0.0", payload));
    assert_true(finds("user_1@host-a.example", payload));
    assert_false(finds("host-a", payload));
    assert_true(finds("812", payload));
    assert_true(finds("etc/x", payload));
    assert_false(finds("x/etc", payload));
    /* joiners at the ends belong to no token */
    assert_true(finds("end", "the end."));
    assert_true(finds("--end--", "the end"));
    assert_true(finds("rf", "rm -rf"));
    assert_true(finds("__init__", "call _init_()"));
    assert_true(finds("a--b", "x a--b y"));
    assert_false(finds("a-b", "a--b"));
    assert_true(finds("%PIX% failed", "pix FAILED"));
    assert_false(finds("a", ""));
}

static void phrases_are_adjacent_tokens(void **state)
{
    assert_true(finds("\"failed password\"", "Failed  password for"));
    assert_true(finds("\"failed password\"", "failed=\"password\""));
    assert_true(finds("\"a b a c\"", "a b a b a c"));
    assert_false(finds("\"failed password\"", "failed a password"));
    assert_false(finds("\"password failed\"", "failed password"));
    assert_true(finds("\"a b\" \"b c\"", "a b c"));
    assert_true(finds("\"what?\"", "so what now")); /* no wildcards in phrases */
    assert_false(finds("\"wh*\"", "what"));
    assert_true(finds("\"C:\\Windows\\System32\"", "C:\\WINDOWS\\system32\\cmd.exe"));
    assert_true(finds("\"say \\\"no\\\"\"", "say \"no\""));
    assert_true(finds("x\"a b\"y", "y a b x"));
}

static void operators_combine(void **state)
{
    assert_true(finds("a AND b", "b a"));
    assert_false(finds("a AND b", "a"));
    assert_true(finds("a OR b", "b"));
    assert_true(finds("a || b && c", "a"));
    assert_false(finds("(a || b) && c", "a"));
    assert_true(finds("a OR b c", "a")); /* a OR (b AND c) */
    assert_false(finds("a OR b c", "b"));
    assert_true(finds("a OR b c", "c b"));
    assert_true(finds("NOT a", "b"));
    assert_true(finds("NOT a", ""));
    assert_false(finds("NOT a", "a"));
    assert_true(finds("NOT NOT a", "a"));
    assert_false(finds("b NOT a", "a b"));
    assert_true(finds("b -a", "b c"));
    assert_false(finds("b !a", "b a"));
    assert_true(finds("+b +a", "a b"));
    assert_false(finds("NOT (a OR b)", "b"));
    assert_true(finds("NOT (a AND b)", "b"));
    assert_true(finds("-(a b)", "b"));
    assert_true(finds("a AND (b OR (c AND NOT d))", "a c"));
    assert_false(finds("a AND (b OR (c AND NOT d))", "a c d"));
    assert_true(finds("a and b", "b and a")); /* not in capitals: a word */
    assert_false(finds("a and b", "b a"));
    assert_true(finds("\"AND\"", "and"));
    assert_true(finds("\\AND", "and"));
    assert_true(finds("(a)(b)", "a b"));
}

static void wildcards_stay_inside_tokens(void **state)
{
    assert_true(finds("fail*", "Failed"));
    assert_true(finds("*led", "Failed"));
    assert_true(finds("f*d", "Failed"));
    assert_false(finds("f*d", "f d"));
    assert_true(finds("f?iled", "Failed"));
    assert_false(finds("f?iled", "fiiled2"));
    assert_true(finds("10.0.*", "10.0.0.9"));
    assert_true(finds("*.exe", "cmd.EXE"));
    assert_false(finds("*.exe", "cmd exe"));
    assert_true(finds("p_*", "p_a"));
    assert_false(finds("p_*", "pxa")); /* _ is no wildcard here, nor is % */
    assert_true(finds("*", ""));
    assert_true(finds("**", "anything"));
    assert_true(finds("?", "a"));
    assert_false(finds("?", "ab"));
    assert_false(finds("?", "-"));
    assert_true(finds("a/*", "a/b"));
    assert_false(finds("a/*", "b/a"));
    assert_true(finds("what\\?", "what")); /* a literal ? parts tokens */
    assert_false(finds("wh\\*", "what"));
}

static void letters_of_all_scripts_are_letters(void **state)
{
    assert_true(finds("m\xC3\x9Cller", "Herr M\xC3\xBCLLER kam"));
    assert_false(finds("m", "m\xC3\xBC"));
    assert_true(
        finds("\xD0\xBF\xD0\xB0\xD1\x80\xD0\xBE\xD0\xBB\xD1\x8C", "\xD0\x9F\xD0\x90\xD0\xA0\xD0\x9E\xD0\x9B\xD0\xAC"));
    assert_true(finds("a", "a\xE2\x80\x93"
                           "b")); /* a dash */
    assert_true(finds("a", "\xE2\x80\x9C"
                           "a\xE2\x80\x9D")); /* quotes */
    assert_true(finds("a", "\xC2\xA0"
                           "a\xFF"
                           "b"));                         /* a blank, a bad byte */
    assert_true(finds("kiss", "\xE2\x84\xAAI\xC5\xBFS")); /* Kelvin sign, long s */
    assert_true(finds("ki?s", "\xE2\x84\xAAI\xC5\xBFS"));
    assert_true(finds("\"x kiss\"", "x \xE2\x84\xAAiss"));
    assert_true(finds("\xE2\x84\xAA", "k"));
}

static void bad_searches_are_refused_at_their_place(void **state)
{
    refuses("", 0, "no word to search");
    refuses(" %%% -- ", 0, "no word to search");
    refuses("a AND", 5, "found the end");
    refuses("AND a", 0, "found AND");
    refuses("a OR OR b", 5, "found OR");
    refuses("a AND %% OR b", 9, "found OR");
    refuses("NOT", 3, "found the end");
    refuses("a NOT AND b", 6, "found AND");
    refuses("()", 1, "found )");
    refuses("(a", 0, "not closed");
    refuses("x (a (b)", 2, "not closed");
    refuses("a)", 1, "no ( for this )");
    refuses("a \"b c", 2, "no closing");
    refuses("\"--\"", 0, "no letter or digit");
    refuses("user:root", 4, "field:word");
    refuses("a [1 TO 2]", 2, "ranges");
    refuses("a {1", 2, "ranges");
    refuses("roam~", 4, "fuzzy");
    refuses("\"a b\"~4", 5, "fuzzy");
    refuses("a^2", 1, "boosting");
    assert_true(finds("user\\:root", "user=root"));
    assert_true(finds("\\(a\\) \\~ \\[b\\]", "b a"));
}

static void limits_hold(void **state)
{
    struct strbuf text;
    strbuf_init(&text, 4 * MEBI);
    struct error err = {0};
    const struct text_search *search = NULL;
    for (int i = 0; i < LIMIT_TEXT_SEARCH_WORDS; i++) {
        strbuf_append_format(&text, "w%d ", i);
    }
    arena_clear(&arena);
    assert_int_equal(text_search_compile(&arena, strbuf_str(&text), &search, &err), TOCSIN_OK);
    assert_true(matches(search, strbuf_str(&text)));
    strbuf_append(&text, STR("one"));
    assert_int_equal(text_search_compile(&arena, strbuf_str(&text), &search, &err), TOCSIN_ERROR_LIMIT);

    strbuf_clear(&text);
    strbuf_append_char(&text, '"');
    for (int i = 0; i < LIMIT_TEXT_SEARCH_PHRASE_WORDS; i++) {
        strbuf_append(&text, STR("a "));
    }
    str payload = str_skip(strbuf_str(&text), 1);
    strbuf_append_char(&text, '"');
    payload = str_slice(strbuf_str(&text), 1, text.len - 1);
    assert_int_equal(text_search_compile(&arena, strbuf_str(&text), &search, &err), TOCSIN_OK);
    assert_true(matches(search, payload));
    assert_false(matches(search, str_skip(payload, 2)));
    text.data[text.len - 1] = 'a';
    strbuf_append_char(&text, '"');
    assert_int_equal(text_search_compile(&arena, strbuf_str(&text), &search, &err), TOCSIN_ERROR_LIMIT);

    for (int depth = LIMIT_EXPRESSION_DEPTH; depth <= LIMIT_EXPRESSION_DEPTH + 1; depth++) {
        strbuf_clear(&text);
        for (int i = 0; i < depth; i++) {
            strbuf_append(&text, STR("NOT ("));
        }
        strbuf_append_char(&text, 'a');
        for (int i = 0; i < depth; i++) {
            strbuf_append_char(&text, ')');
        }
        tocsin_status status = text_search_compile(&arena, strbuf_str(&text), &search, &err);
        assert_int_equal(status, depth == LIMIT_EXPRESSION_DEPTH ? TOCSIN_OK : TOCSIN_ERROR_LIMIT);
    }
    assert_true(matches(search, STR("a")));

    strbuf_clear(&text);
    while (text.len <= LIMIT_TEXT_SEARCH_BYTES) {
        strbuf_append(&text, STR("% "));
    }
    assert_int_equal(text_search_compile(&arena, strbuf_str(&text), &search, &err), TOCSIN_ERROR_LIMIT);
    /* one byte below it is no question of length, and takes no memory beyond its own */
    arena_clear(&arena);
    str shorter = str_slice(strbuf_str(&text), 0, LIMIT_TEXT_SEARCH_BYTES);
    assert_int_equal(text_search_compile(&arena, shorter, &search, &err), TOCSIN_ERROR_SYNTAX);
    strbuf_release(&text);
}

/* ---- against the definition -------------------------------------------------------------------------------------- */

static uint64_t random_state = 0x9E3779B97F4A7C15u;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % limit;
}

/* An expression: a term with its tokens, NOT, or two sides. */
struct tree {
    char kind; /* t ! & | */
    struct tree *left;
    struct tree *right;
    char words[3][8];
    int word_count;
};

static const char *const alphabet[] = {"a", "b", "A", "B", "a", "*", "?", "-", "_"};

static struct tree *random_tree(int depth)
{
    struct tree *tree = arena_new(&arena, struct tree);
    uint32_t kind = depth > 0 ? random_below(5) : 0;
    tree->kind = kind == 1 ? '!' : kind == 2 ? '&' : kind == 3 ? '|' : 't';
    if (tree->kind != 't') {
        tree->left = random_tree(depth - 1);
        tree->right = tree->kind == '!' ? NULL : random_tree(depth - 1);
        return tree;
    }
    tree->word_count = 1 + (int)random_below(3);
    for (int i = 0; i < tree->word_count; i++) {
        char *word = tree->words[i];
        bool is_phrase = tree->word_count > 1;
        word[0] = "abAB"[random_below(4)];
        int len = 1;
        for (uint32_t n = random_below(4); n > 0; n--) {
            word[len++] = alphabet[random_below(is_phrase ? 5 : countof(alphabet))][0];
        }
        while (word[len - 1] == '-' || word[len - 1] == '_') {
            len--;
        }
        word[len] = '\0';
    }
    return tree;
}

/* As text, with parentheses where they are needed and sometimes where they are not. */
static void print_tree(const struct tree *tree, int outside, struct strbuf *text)
{
    int strength = tree->kind == 't' ? 4 : tree->kind == '!' ? 3 : tree->kind == '&' ? 2 : 1;
    bool has_parentheses = strength < outside || random_below(6) == 0;
    strbuf_append(text, has_parentheses ? STR("(") : STR_EMPTY);
    if (tree->kind == 't') {
        strbuf_append(text, tree->word_count > 1 ? STR("\"") : STR_EMPTY);
        for (int i = 0; i < tree->word_count; i++) {
            strbuf_append(text, i > 0 ? STR(", ") : STR_EMPTY);
            strbuf_append(text, str_from_cstring(tree->words[i]));
        }
        strbuf_append(text, tree->word_count > 1 ? STR("\"") : STR_EMPTY);
    } else if (tree->kind == '!') {
        strbuf_append(text, STR("NOT "));
        print_tree(tree->left, 3, text);
    } else {
        print_tree(tree->left, strength, text);
        bool is_written = tree->kind == '|' || random_below(2) == 0;
        strbuf_append(text, !is_written ? STR(" ") : tree->kind == '|' ? STR(" OR ") : STR(" AND "));
        print_tree(tree->right, strength + 1, text);
    }
    strbuf_append(text, has_parentheses ? STR(")") : STR_EMPTY);
}

static bool glob(const char *pattern, str token)
{
    if (*pattern == '\0') {
        return token.len == 0;
    }
    if (*pattern == '*') {
        return glob(pattern + 1, token) || (token.len > 0 && glob(pattern, str_skip(token, 1)));
    }
    return token.len > 0 && (*pattern == '?' || ascii_lower(*pattern) == ascii_lower(token.data[0])) &&
           glob(pattern + 1, str_skip(token, 1));
}

static size_t split(str payload, str ret_tokens[64])
{
    size_t count = 0;
    for (size_t start = 0; start < payload.len;) {
        size_t end = start;
        while (end < payload.len && !strchr(" ,=", payload.data[end])) {
            end++;
        }
        str token = str_slice(payload, start, end);
        while (token.len > 0 && strchr("-_", token.data[0])) {
            token = str_skip(token, 1);
        }
        while (token.len > 0 && strchr("-_", token.data[token.len - 1])) {
            token.len--;
        }
        if (token.len > 0) {
            ret_tokens[count++] = token;
        }
        start = end + 1;
    }
    return count;
}

static bool tree_holds(const struct tree *tree, const str *tokens, size_t count)
{
    switch (tree->kind) {
    case '!':
        return !tree_holds(tree->left, tokens, count);
    case '&':
        return tree_holds(tree->left, tokens, count) && tree_holds(tree->right, tokens, count);
    case '|':
        return tree_holds(tree->left, tokens, count) || tree_holds(tree->right, tokens, count);
    default:
        break;
    }
    for (size_t i = 0; i + (size_t)tree->word_count <= count; i++) {
        int fitting = 0;
        while (fitting < tree->word_count && glob(tree->words[fitting], tokens[i + (size_t)fitting])) {
            fitting++;
        }
        if (fitting == tree->word_count) {
            return true;
        }
    }
    return false;
}

static void random_searches_agree_with_the_definition(void **state)
{
    struct strbuf text;
    strbuf_init(&text, MEBI);
    int hits = 0;
    for (int round = 0; round < 20000; round++) {
        arena_clear(&arena);
        strbuf_clear(&text);
        struct tree *tree = random_tree((int)random_below(5));
        print_tree(tree, 0, &text);
        const struct text_search *search = compile(strbuf_str(&text));
        for (int i = 0; i < 4; i++) {
            char payload[33];
            size_t len = random_below(sizeof(payload));
            for (size_t at = 0; at < len; at++) {
                payload[at] = "aabbAB  ,-_="[random_below(12)];
            }
            str tokens[64];
            size_t count = split(str_from(payload, len), tokens);
            bool expected = tree_holds(tree, tokens, count);
            hits += expected;
            if (matches(search, str_from(payload, len)) != expected) {
                fail_msg("'%.*s' on '%.*s'", STR_ARG(strbuf_str(&text)), (int)len, payload);
            }
        }
    }
    assert_in_range(hits, 10000, 70000);
    strbuf_release(&text);
}

/* ---- hostile payloads -------------------------------------------------------------------------------------------- */

static void payloads_take_linear_time(void **state)
{
    static const char *const searches[] = {"*a*a*a*a*a*b", "a?a?a?a?b", "\"a a a a a a a b\"",
                                           "x-----y",      "a*/*b/*c",  "zzz OR \"a b\" OR *-a-*q"};
    static const char *const parts[] = {"a", "a ", "a-", "-", "\xC5\xBF", "\xFF", "a b "};
    size_t bytes = 2 * MEBI;
    char *payload = malloc(bytes);
    assert_non_null(payload);
    int64_t start = clock_monotonic_ns();
    for (size_t p = 0; p < countof(parts); p++) {
        size_t part_len = strlen(parts[p]);
        for (size_t i = 0; i < bytes; i++) {
            payload[i] = parts[p][i % part_len];
        }
        for (size_t s = 0; s < countof(searches); s++) {
            arena_clear(&arena);
            (void)text_search_matches(compile(str_from_cstring(searches[s])), str_from(payload, bytes));
        }
    }
    /* quadratic time would take hours */
    assert_in_range((clock_monotonic_ns() - start) / 1000000, 0, 60000);
    free(payload);
}

static void select_keeps_order(void **state)
{
    arena_clear(&arena);
    str values[100];
    uint16_t rows[50];
    for (size_t i = 0; i < countof(values); i++) {
        values[i] = i % 3 == 0 ? STR("an apple a day") : STR("pineapple");
    }
    for (uint16_t i = 0; i < countof(rows); i++) {
        rows[i] = (uint16_t)(2 * i);
    }
    const struct text_search *search = compile(STR("apple -pear"));
    size_t count = text_search_select(search, values, rows, countof(rows), rows);
    assert_int_equal(count, 17);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rows[i], 6 * i);
    }
}

static void running_out_of_memory_is_told(void **state)
{
    for (uint64_t number = 1;; number++) {
        arena_release(&arena);
        arena_init(&arena, ARENA_NO_LIMIT);
        const struct text_search *search = NULL;
        struct error err = {0};
        memory_fail_at(number, 1);
        tocsin_status status = text_search_compile(&arena, STR("a AND (b* OR \"c \xC3\xA9\") -d"), &search, &err);
        memory_fail_at(0, 0);
        if (status == TOCSIN_OK) {
            break;
        }
        assert_int_equal(status, TOCSIN_ERROR_MEMORY);
        assert_null(search);
    }
}

/* One byte beyond ASCII at any place of texts of any length, and next to them. */
static void a_high_byte_anywhere(void **state)
{
    (void)state;
    enum { LENGTH_MAX = 150 };
    char bytes[LENGTH_MAX + 2];
    for (size_t length = 0; length <= LENGTH_MAX; length++) {
        memset(bytes, 'a', sizeof(bytes));
        bytes[0] = '\x80';
        bytes[length + 1] = '\xFF';
        assert_false(text_has_high_byte(str_from(bytes + 1, length)));
        for (size_t at = 1; at <= length; at++) {
            bytes[at] = at % 2 ? '\x80' : '\xC3';
            assert_true(text_has_high_byte(str_from(bytes + 1, length)));
            bytes[at] = '\x7F';
        }
    }
}

int main(void)
{
    arena_init(&arena, ARENA_NO_LIMIT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_whole_tokens),
        cmocka_unit_test(phrases_are_adjacent_tokens),
        cmocka_unit_test(operators_combine),
        cmocka_unit_test(wildcards_stay_inside_tokens),
        cmocka_unit_test(letters_of_all_scripts_are_letters),
        cmocka_unit_test(bad_searches_are_refused_at_their_place),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(random_searches_agree_with_the_definition),
        cmocka_unit_test(payloads_take_linear_time),
        cmocka_unit_test(select_keeps_order),
        cmocka_unit_test(running_out_of_memory_is_told),
        cmocka_unit_test(a_high_byte_anywhere),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
