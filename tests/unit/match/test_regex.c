#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "match/regex.h"

static struct regex_scratch *scratch;

static struct regex *regex_of(const char *pattern)
{
    struct regex *regex = NULL;
    struct error err = {0};
    if (regex_compile(str_from_cstring(pattern), (struct regex_options){0}, &regex, &err) != TOCSIN_OK) {
        fail_msg("%s", err.message);
    }
    return regex;
}

static bool finds(const char *pattern, str value)
{
    struct regex *regex = regex_of(pattern);
    bool result = regex_matches(regex, scratch, value);
    regex_free(regex);
    return result;
}

/* ---- vectors measured on OpenJDK 17 (tests/support/RegexVectors.java) ------------------------------------------- */

static str take_field(str *line)
{
    size_t end = str_find_char(*line, '\t', 0);
    end = end == SIZE_MAX ? line->len : end;
    str field = str_slice(*line, 0, end);
    *line = str_skip(*line, end + 1);
    return field;
}

static str unescape(str text, char *target)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c != '\\') {
            target[len++] = c;
            continue;
        }
        c = text.data[++i];
        if (c == 'u') {
            size_t end = str_find_char(text, '}', i);
            uint64_t code_point = 0;
            assert_true(str_hex_to_u64(str_slice(text, i + 2, end), &code_point));
            len += utf8_encode((uint32_t)code_point, target + len);
            i = end;
        } else {
            target[len++] = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
    }
    return str_from(target, len);
}

static bool contains_any(str text, const char *const *needles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_contains(text, str_from_cstring(needles[i]))) {
            return true;
        }
    }
    return false;
}

/* What regex_java.h says is not as in Java. */
static bool is_known_refusal(str pattern)
{
    static const char *const parts[] = {"\\b{", "\\N{", "Identifier", "(?<=a{1,", "(?<=a*)", "(?<=a+)",
                                        "&&]",  "[&&",  "x{2}{3}",    "a{1}{2}",  "[[:",     "&&&"};
    return contains_any(pattern, parts, countof(parts));
}

static bool is_known_difference(str pattern, str value)
{
    static const char *const repeated[] = {"(\\B)*\\B", "(\\A{2})*"};
    return contains_any(pattern, repeated, countof(repeated));
}

static void groups_as_text(const struct regex *regex, str value, struct strbuf *target)
{
    str text;
    if (!regex_capture(regex, scratch, value, 0, &text)) {
        strbuf_append(target, STR("none"));
        return;
    }
    for (unsigned group = 0; group <= regex_group_count(regex); group++) {
        strbuf_append(target, group > 0 ? STR(" ") : STR_EMPTY);
        if (regex_capture(regex, scratch, value, group, &text)) {
            strbuf_append_format(target, "%zu-%zu", value.len ? (size_t)(text.data - value.data) : 0,
                                 value.len ? (size_t)(text.data - value.data) + text.len : 0);
        } else {
            strbuf_append(target, STR("-"));
        }
    }
}

static unsigned check_vector(str pattern, str value, str groups, str full)
{
    struct regex *regex = NULL;
    struct error err = {0};
    struct regex_options options = {0};
    bool is_refused = regex_compile(pattern, options, &regex, &err) != TOCSIN_OK;
    if (is_refused || str_eq(groups, STR("refused"))) {
        bool is_good = is_refused == str_eq(groups, STR("refused")) || (is_refused && is_known_refusal(pattern));
        if (!is_good) {
            print_message("%.*s: Java %.*s, here %s\n", STR_ARG(pattern), STR_ARG(groups),
                          is_refused ? err.message : "accepted");
        }
        regex_free(regex);
        return !is_good;
    }
    char *exact = malloc(value.len ? value.len : 1);
    memcpy(exact, value.data, value.len);
    value.data = exact;
    struct strbuf found;
    strbuf_init(&found, 4096);
    groups_as_text(regex, value, &found);
    regex_free(regex);
    regex = NULL;
    options.is_full = true;
    assert_int_equal(regex_compile(pattern, options, &regex, &err), TOCSIN_OK);
    bool is_full = regex_matches(regex, scratch, value);
    bool is_good = (str_eq(strbuf_str(&found), groups) && is_full == str_eq(full, STR("full"))) ||
                   is_known_difference(pattern, value);
    if (!is_good) {
        print_message("%.*s on %.*s: Java %.*s %.*s, here %.*s %d\n", STR_ARG(pattern), STR_ARG(value), STR_ARG(groups),
                      STR_ARG(full), STR_ARG(strbuf_str(&found)), is_full);
    }
    regex_free(regex);
    strbuf_release(&found);
    free(exact);
    return !is_good;
}

static void patterns_mean_what_they_mean_in_java(void **state)
{
    FILE *file = fopen(TOCSIN_SOURCE_ROOT "/tests/unit/match/java_regex.tsv", "rb");
    assert_non_null(file);
    char line_text[8192];
    char pattern[4096];
    char value[4096];
    unsigned count = 0;
    unsigned bad = 0;
    while (fgets(line_text, sizeof(line_text), file)) {
        str line = str_trim(str_from_cstring(line_text));
        line = str_from(line_text, (size_t)(line.data + line.len - line_text));
        str pattern_field = take_field(&line);
        str value_field = take_field(&line);
        str groups = take_field(&line);
        bad += check_vector(unescape(pattern_field, pattern), unescape(value_field, value), groups, line);
        count++;
    }
    fclose(file);
    assert_in_range(count, 7000, 10000);
    assert_int_equal(bad, 0);
}

/* ---- against PCRE2 directly, where the two dialects agree ----------------------------------------------------------
 */

static uint64_t random_state = 0xD1B54A32D192ED03u;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % limit;
}

static void random_pattern(struct strbuf *pattern, unsigned depth, unsigned *groups)
{
    static const char *const atoms[] = {
        "a",   "b",   "K",     "\xC3\xA9", ".",       "[ab]",    "[^a]",   "[a-c\xC3\xA0-\xC3\xBF]",
        "\\d", "\\w", "\\s",   "\\x{e9}",  "(?:\\A)", "(?:\\z)", "\\p{L}", "\\S",
        "ab",  "1",   "(?=a)", "(?!b)",    "(?<=a)",  "(?i:k)"};
    static const char *const quantifiers[] = {"", "", "", "*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{0,2}?", "*+"};
    for (uint32_t i = random_below(4) + 1; i > 0; i--) {
        uint32_t kind = depth > 0 ? random_below(9) : 9;
        /* What (a)*+ captured on a way that failed is kept by Java, and by PCRE2's JIT, but not by its interpreter. */
        size_t quantifier_count = kind == 0 ? countof(quantifiers) - 1 : countof(quantifiers);
        if (kind <= 2) {
            bool is_capture = kind == 0;
            *groups += is_capture;
            strbuf_append(pattern, is_capture ? STR("(") : kind == 1 ? STR("(?:") : STR("(?>"));
            random_pattern(pattern, depth - 1, groups);
            strbuf_append(pattern, STR("|"));
            random_pattern(pattern, depth - 1, groups);
            strbuf_append(pattern, STR(")"));
        } else if (kind == 3 && *groups > 0) {
            strbuf_append_format(pattern, "(?:\\%u)", random_below(*groups) + 1);
        } else {
            strbuf_append(pattern, str_from_cstring(atoms[random_below(countof(atoms))]));
        }
        strbuf_append(pattern, str_from_cstring(quantifiers[random_below((uint32_t)quantifier_count)]));
    }
}

static size_t random_value(char *target, bool is_ascii)
{
    static const char *const pieces[] = {"a",  "a", "b", "c",        "k",        "1",           " ",
                                         "\n", "K", "A", "\xC3\xA9", "\xC3\x89", "\xE2\x84\xAA"};
    size_t len = 0;
    for (uint32_t i = random_below(14); i > 0; i--) {
        const char *piece = pieces[random_below(is_ascii ? 10 : countof(pieces))];
        memcpy(target + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return len;
}

static void random_patterns_agree_with_pcre2(void **state)
{
    struct strbuf pattern;
    struct strbuf expected;
    struct strbuf found;
    strbuf_init(&pattern, MEBI);
    strbuf_init(&expected, MEBI);
    strbuf_init(&found, MEBI);
    unsigned hits = 0;
    unsigned misses = 0;
    for (unsigned round = 0; round < 1200; round++) {
        struct regex_options options = {.ignores_case = round & 1, .is_full = round & 2};
        unsigned groups = 0;
        strbuf_clear(&pattern);
        strbuf_append(&pattern, STR("(?s)"));
        random_pattern(&pattern, 2, &groups);
        uint32_t flags = PCRE2_UTF | (options.ignores_case ? PCRE2_CASELESS : 0) |
                         (options.is_full ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0);
        int number;
        PCRE2_SIZE offset;
        pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len, flags, &number, &offset, NULL);
        struct regex *regex = NULL;
        struct error err = {0};
        tocsin_status status = regex_compile(strbuf_str(&pattern), options, &regex, &err);
        if (!code || status != TOCSIN_OK) {
            fail_msg("%.*s: %s", STR_ARG(strbuf_str(&pattern)), err.message);
        }
        /* (?i:k) is of ASCII alone in Java unless the whole pattern ignores case */
        bool has_other_fold = !options.ignores_case && str_contains(strbuf_str(&pattern), STR("(?i:"));
        pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
        for (unsigned i = 0; i < 12; i++) {
            char value[64];
            str text = str_from(value, random_value(value, has_other_fold || i % 2));
            int result = pcre2_match(code, (PCRE2_SPTR)value, text.len, 0, 0, data, NULL);
            const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(data);
            strbuf_clear(&expected);
            strbuf_clear(&found);
            for (unsigned g = 0; result > 0 && g <= groups; g++) {
                bool is_set = (int)g < result && offsets[2 * g] != PCRE2_UNSET;
                strbuf_append_format(&expected, is_set ? "%s%zu-%zu" : "%s-", g > 0 ? " " : "", offsets[2 * g],
                                     offsets[2 * g + 1]);
            }
            strbuf_append(&expected, result > 0 ? STR_EMPTY : STR("none"));
            groups_as_text(regex, text, &found);
            hits += result > 0;
            misses += result <= 0;
            if (!str_eq(strbuf_str(&expected), strbuf_str(&found))) {
                fail_msg("%.*s on '%.*s': PCRE2 %.*s, here %.*s", STR_ARG(strbuf_str(&pattern)), STR_ARG(text),
                         STR_ARG(strbuf_str(&expected)), STR_ARG(strbuf_str(&found)));
            }
        }
        pcre2_match_data_free(data);
        pcre2_code_free(code);
        regex_free(regex);
    }
    assert_in_range(hits, 2000, 14000);
    assert_in_range(misses, 2000, 14000);
    strbuf_release(&pattern);
    strbuf_release(&expected);
    strbuf_release(&found);
}

/* ---- the rest --------------------------------------------------------------------------------------------------- */

static void refusals_say_where_and_why(void **state)
{
    static const struct {
        const char *pattern;
        const char *part;
    } cases[] = {
        {"ab(*UTF)c", "offset 3: nothing to repeat"},
        {"(?x)( *UTF)", "offset 6: nothing to repeat"},
        {"a\\C", "offset 1: Java has no such"},
        {"(?R)", "offset 2: Java has no such group"},
        {"[[:alpha:]]", "offset 1: [:name:]"},
        {"ab)", "offset 2: unmatched )"},
        {"x(?<=a*)", "offset"},
        {"\\p{Foo}", "offset 0: "},
        {"a{", "offset 1: {"},
        {"[b-a]", "offset 1: bad range"},
        {"\xFF", "not valid UTF-8"},
        {"\\", "offset 0: nothing behind"},
        {"(?<n>a)(?<n>b)", "offset"},
        {"\\p{Greek}", "offset 0: Java has no such"},
        {"\\p{InNowhere}", "offset 0: Java has no such block"},
        {"a\\p{IsNowhere}", "offset 1: "},
        {"\\k<a>(?<a>b)", "offset 0: there is no group"},
        {"a\\N{DIGIT ONE}", "offset 1: \\N{name} is not supported"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct regex *regex = NULL;
        struct error err = {0};
        assert_int_equal(regex_compile(str_from_cstring(cases[i].pattern), (struct regex_options){0}, &regex, &err),
                         TOCSIN_ERROR_SYNTAX);
        assert_null(regex);
        if (!strstr(err.message, cases[i].part)) {
            fail_msg("%s", err.message);
        }
    }
}

static void options_ignore_case_and_match_whole_values(void **state)
{
    struct regex *regex = NULL;
    assert_int_equal(
        regex_compile(STR("kube|kubectl"), (struct regex_options){.ignores_case = true, .is_full = true}, &regex, NULL),
        TOCSIN_OK);
    assert_true(regex_matches(regex, scratch, STR("KUBECTL")));
    assert_false(regex_matches(regex, scratch, STR("kubectl ")));
    regex_free(regex);
    /* flags within do not undo the option */
    assert_int_equal(regex_compile(STR("(?s)a.B"), (struct regex_options){.ignores_case = true}, &regex, NULL),
                     TOCSIN_OK);
    assert_true(regex_matches(regex, scratch, STR("A\nb")));
    regex_free(regex);
}

static void bad_bytes_hide_nothing(void **state)
{
    assert_true(finds("kubectl.*secret", STR("kubectl \xFF\xFE get secret")));
    assert_true(finds("^[^x]+$", STR("a\x80z")));
    assert_true(finds("\\x{FFFD}", STR("a\xE2\x84z")));
    assert_true(finds("a\\x00b", (str){"a\0b", 3}));
    assert_true(finds("\\sfoo", STR("\r\nfoo"))); /* a match may begin between the two */
    struct regex *regex = regex_of("(b+).*?(c+)");
    str text;
    str value = STR("a\xFF\xE2\x84"
                    "bb\xC3\xC3"
                    "ccc\xFF");
    assert_true(regex_capture(regex, scratch, value, 1, &text));
    assert_ptr_equal(text.data, value.data + 4);
    assert_int_equal(text.len, 2);
    assert_true(regex_capture(regex, scratch, value, 2, &text));
    assert_true(str_eq(text, STR("ccc")) && text.data == value.data + 8);
    regex_free(regex);
}

static void groups_are_captured(void **state)
{
    struct regex *regex = regex_of("(\\w+)@(\\w+)|(x)");
    str text = STR("?");
    assert_int_equal(regex_group_count(regex), 3);
    assert_true(regex_capture(regex, scratch, STR("mail me@here"), 2, &text));
    assert_true(str_eq(text, STR("here")));
    assert_false(regex_capture(regex, scratch, STR("mail me@here"), 3, &text));
    assert_false(regex_capture(regex, scratch, STR("mail me@here"), 4, &text));
    assert_false(regex_capture(regex, scratch, STR("nothing"), 0, &text));
    assert_true(str_eq(text, STR("here")));
    assert_false(regex_capture(regex, scratch, (str){NULL, 0}, 0, &text));
    regex_free(regex);
    regex = regex_of("()");
    assert_true(regex_capture(regex, scratch, (str){NULL, 0}, 1, &text));
    assert_int_equal(text.len, 0);
    regex_free(regex);
}

static void matches_are_replaced_as_in_java(void **state)
{
    static const struct {
        const char *pattern, *value, *replacement, *first, *all;
    } cases[] = {
        {"a.", "banana", "_", "b_ana", "b__a"},
        {"x*", "abc", "-", "-abc", "-a-b-c-"},
        {"a*", "baaac", "-", "-baaac", "-b--c-"},
        {"(\\w)(\\d)", "a1 b2", "$2$1", "1a b2", "1a 2b"},
        {"(?<l>\\w)(?<d>\\d)", "a1 b2", "${d}-${l}", "1-a b2", "1-a 2-b"},
        {"(a)(b)?", "ab a", "[$2]", "[b] a", "[b] []"},
        {"(a)", "a", "$12", "a2", "a2"},
        {"a", "a", "\\$1\\\\", "$1\\", "$1\\"},
        {"q", "abc", "x", "abc", "abc"},
        {"", "\xC3\xA9z", "-", "-\xC3\xA9z", "-\xC3\xA9-z-"},
        {"b",
         "a\xFF"
         "b",
         "-", "a\xEF\xBF\xBD-", "a\xEF\xBF\xBD-"},
        {"^CORP\\\\", "CORP\\joe", "", "joe", "joe"},
        {"$", "a\n", "!", "a!\n", "a!\n!"},
        {"", "", "x", "x", "x"},
    };
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    for (size_t i = 0; i < countof(cases); i++) {
        struct regex *regex = regex_of(cases[i].pattern);
        str replacement = str_from_cstring(cases[i].replacement);
        str value = str_from_cstring(cases[i].value);
        assert_int_equal(regex_check_replacement(regex, replacement, NULL), TOCSIN_OK);
        str first = regex_replace(regex, scratch, value, replacement, false, &arena);
        str all = regex_replace(regex, scratch, value, replacement, true, &arena);
        if (!str_eq(first, str_from_cstring(cases[i].first)) || !str_eq(all, str_from_cstring(cases[i].all))) {
            fail_msg("%s: %.*s, %.*s", cases[i].pattern, STR_ARG(first), STR_ARG(all));
        }
        regex_free(regex);
    }
    static const char *const bad[] = {"$", "a$", "$2", "${x}", "${", "\\", "$x"};
    struct regex *regex = regex_of("(a)");
    for (size_t i = 0; i < countof(bad); i++) {
        struct error err = {0};
        assert_int_equal(regex_check_replacement(regex, str_from_cstring(bad[i]), &err), TOCSIN_ERROR_SYNTAX);
        /* not checked, they are plain text */
        assert_non_null(regex_replace(regex, scratch, STR("a"), str_from_cstring(bad[i]), true, &arena).data);
    }
    regex_free(regex);
    arena_release(&arena);
}

static int64_t cpu_ns(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Exponential, quadratic and worse in the length of the value, with PCRE2's own counting of steps or without. */
static const char *const hostile[] = {
    "(a+)+[bc]",
    "(?:a|aa)+[bc]",
    "(.*)*[bc]x",
    "(?:a|b)*(?:a|b)*(?:a|b)*[cd]",
    "a.*a.*a.*[cd]",
    "a[^x]*[yz]",
    "(?:a[^x]*z|a)*[yz]",
    "(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)[xy]",
    "a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?[xy]",
    "(?=.*x)a",
    "\\w+@\\w+",
    "(\\w|\\.)+@",
    "(?:(?:a*)*)*[xy]",
    "(a)\\1*\\1*\\1*[xy]",
    "\\X*\\X*[xy]",
    "(?<=a)a*a*a*[xy]",
    "(?>a*?)*?[yz]",
    "a{0,1000}a{0,1000}[xy]",
    ".*?.*?.*?[xy]",
    "(?m)^(.*a)*$[bc]",
    "\\Qaa\\E+\\Qaa\\E+[bc]",
    "(?x) (a +) + [bc]",
    "[a-z&&[^b]]+[a-z&&[^c]]+[A-Z]",
};

static void no_value_costs_much(void **state)
{
    static const size_t sizes[] = {200, 4000, 1 << 20};
    uint64_t hits_before = regex_scratch_limit_hits(scratch);
    char *value = malloc(sizes[2]);
    assert_non_null(value);
    memset(value, 'a', sizes[2]);
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    for (size_t i = 0; i < countof(hostile); i++) {
        struct regex *regex = regex_of(hostile[i]);
        for (size_t s = 0; s < countof(sizes); s++) {
            int64_t allowed = LIMIT_REGEX_NS + LIMIT_REGEX_NS_PER_BYTE * (int64_t)sizes[s];
            uint64_t before = regex_scratch_limit_hits(scratch);
            int64_t start = cpu_ns();
            assert_false(regex_matches(regex, scratch, str_from(value, sizes[s])));
            int64_t matched = cpu_ns();
            /* also for all matches of a value together */
            if (i % 4 == s) {
                assert_non_null(regex_replace(regex, scratch, str_from(value, sizes[s]), STR("-"), true, &arena).data);
            }
            int64_t replaced = cpu_ns();
            /* three times, for slow machines and for the piece between two checks */
            if (matched - start > 3 * allowed || replaced - matched > 3 * allowed) {
                fail_msg("%s on %zu bytes: %lld and %lld us", hostile[i], sizes[s], (long long)(matched - start) / 1000,
                         (long long)(replaced - matched) / 1000);
            }
            assert_true(regex_scratch_limit_hits(scratch) <= before + 2);
        }
        regex_free(regex);
    }
    arena_release(&arena);
    free(value);
    assert_in_range(regex_scratch_limit_hits(scratch) - hits_before, 20, 2 * 3 * countof(hostile));
}

static void long_values_are_read_to_their_ends(void **state)
{
    size_t len = 8 * MEBI;
    char *value = malloc(len);
    assert_non_null(value);
    for (size_t i = 0; i < len; i++) {
        value[i] = "kubectl get secret -n kube-system; "[i % 35];
    }
    memcpy(value + len - 18, "joe@example.com x9", 18);
    static const char *const honest[] = {"\\w+@\\w+\\.com", "(?:[a-z]+\\.)+com", "kubectl.*x9",
                                         "(\\w|\\.)+@",     "^.*x\\d$",          "(\\w+)\\s+(\\w+)\\d"};
    uint64_t before = regex_scratch_limit_hits(scratch);
    for (size_t i = 0; i < countof(honest); i++) {
        if (!finds(honest[i], str_from(value, len))) {
            fail_msg("%s", honest[i]);
        }
    }
    assert_int_equal(regex_scratch_limit_hits(scratch), before);
    free(value);
}

static void limit_hits_are_counted_for_others(void **state)
{
    uint64_t counter = 5;
    regex_scratch_count_into(scratch, &counter);
    char value[200];
    memset(value, 'a', sizeof(value));
    assert_false(finds("(a+)+[bc]", str_from(value, sizeof(value))));
    assert_int_equal(counter, 6);
    regex_scratch_count_into(scratch, NULL);
    assert_false(finds("(a+)+[bc]", str_from(value, sizeof(value))));
    assert_int_equal(counter, 6);
}

static void deep_recursion_is_limited(void **state)
{
    /* Deep but honest recursion: the JIT's stack runs out, the interpreter's heap does not. */
    size_t len = 300000;
    char *deep = malloc(len);
    memset(deep, 'a', len);
    uint64_t before = regex_scratch_limit_hits(scratch);
    bool is_hit = finds("^(?:(a)|b)*$", str_from(deep, len));
    assert_true(is_hit || regex_scratch_limit_hits(scratch) == before + 1);
    free(deep);
}

static void patterns_have_limits(void **state)
{
    struct error err = {0};
    struct regex *regex = NULL;
    char *text = malloc(LIMIT_REGEX_BYTES + 1);
    memset(text, 'a', LIMIT_REGEX_BYTES + 1);
    assert_int_equal(regex_compile(str_from(text, LIMIT_REGEX_BYTES + 1), (struct regex_options){0}, &regex, &err),
                     TOCSIN_ERROR_LIMIT);
    memset(text, '(', 1000);
    assert_int_equal(regex_compile(str_from(text, 1000), (struct regex_options){0}, &regex, &err), TOCSIN_ERROR_SYNTAX);
    memset(text, '[', 1000);
    assert_int_equal(regex_compile(str_from(text, 1000), (struct regex_options){0}, &regex, &err), TOCSIN_ERROR_SYNTAX);
    for (size_t i = 0; i < LIMIT_REGEX_GROUPS + 1; i++) {
        memcpy(text + 2 * i, "()", 2);
    }
    assert_int_equal(regex_compile(str_from(text, 2 * LIMIT_REGEX_GROUPS + 2), (struct regex_options){0}, &regex, &err),
                     TOCSIN_ERROR_SYNTAX);
    assert_int_equal(regex_compile(str_from(text, 2 * LIMIT_REGEX_GROUPS), (struct regex_options){0}, &regex, &err),
                     TOCSIN_OK);
    str got;
    assert_true(regex_capture(regex, scratch, STR("x"), LIMIT_REGEX_GROUPS, &got));
    regex_free(regex);
    assert_int_equal(regex_compile(STR("((a{1000}){1000}){1000}"), (struct regex_options){0}, &regex, &err),
                     TOCSIN_ERROR_SYNTAX);
    free(text);
}

static void running_out_of_memory_is_told(void **state)
{
    unsigned failures = 0;
    for (uint64_t nth = 1; nth < 60; nth++) {
        struct regex *regex = NULL;
        struct error err = {0};
        memory_fail_at(nth, 0);
        tocsin_status status =
            regex_compile(STR("(?i)[a-z&&[^x]]+(?<n>\\p{Lu})$"), (struct regex_options){0}, &regex, &err);
        memory_fail_at(0, 0);
        if (status != TOCSIN_OK && status != TOCSIN_ERROR_MEMORY) {
            fail_msg("%s", err.message);
        }
        failures += status != TOCSIN_OK;
        regex_free(regex);
        struct regex_scratch *other = NULL;
        memory_fail_at(nth, 0);
        status = regex_scratch_create(&other, &err);
        memory_fail_at(0, 0);
        assert_true(status == TOCSIN_OK || status == TOCSIN_ERROR_MEMORY);
        regex_scratch_free(other);
    }
    assert_in_range(failures, 5, 59);
}

static int scratch_open(void **state)
{
    return regex_scratch_create(&scratch, NULL) == TOCSIN_OK ? 0 : -1;
}

static int scratch_close(void **state)
{
    regex_scratch_free(scratch);
    return 0;
}

/* PCRE2's JIT compiler does not survive this on its own; every allocation fails alone, then with all behind it. */
static void running_out_of_memory_crashes_nothing(void **state)
{
    str pattern = STR("(?s)^(?>container .* [0-9a-f]{64} \\()(?:[^,)]*+, )*?image=([^,)]++)");
    for (int is_repeated = 0; is_repeated < 2; is_repeated++) {
        tocsin_status status = TOCSIN_ERROR_MEMORY;
        bool has_failed = true;
        for (uint64_t nth = 1; has_failed; nth++) {
            struct regex *regex = NULL;
            uint64_t before = memory_statistics_get().allocation_count;
            memory_fail_at(nth, is_repeated);
            status = regex_compile(pattern, (struct regex_options){0}, &regex, NULL);
            memory_fail_at(0, 0);
            has_failed = memory_statistics_get().allocation_count - before >= nth;
            assert_true(status == TOCSIN_OK || status == TOCSIN_ERROR_MEMORY);
            regex_free(regex);
        }
        assert_int_equal(status, TOCSIN_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_mean_what_they_mean_in_java),
        cmocka_unit_test(random_patterns_agree_with_pcre2),
        cmocka_unit_test(refusals_say_where_and_why),
        cmocka_unit_test(options_ignore_case_and_match_whole_values),
        cmocka_unit_test(bad_bytes_hide_nothing),
        cmocka_unit_test(groups_are_captured),
        cmocka_unit_test(matches_are_replaced_as_in_java),
        cmocka_unit_test(no_value_costs_much),
        cmocka_unit_test(long_values_are_read_to_their_ends),
        cmocka_unit_test(limit_hits_are_counted_for_others),
        cmocka_unit_test(deep_recursion_is_limited),
        cmocka_unit_test(patterns_have_limits),
        cmocka_unit_test(running_out_of_memory_is_told),
        cmocka_unit_test(running_out_of_memory_crashes_nothing),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
