/* Texts that every match of a regular expression holds: patterns made at random, over values made for them. One value
 * that matches without any of the texts is one that a search would miss. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/strbuf.h"
#include "match/regex.h"
#include "plan/required_literals.h"

static void assert_literals(const char *pattern, const char *expected)
{
    struct arena arena;
    struct required_literals found;
    struct strbuf shown;
    arena_init(&arena, ARENA_NO_LIMIT);
    strbuf_init(&shown, 100000);
    assert_true(required_literals_find(str_from_cstring(pattern), false, &arena, &found));
    for (uint32_t i = 0; i < found.count; i++) {
        strbuf_append(&shown, i > 0 ? STR(" ") : STR_EMPTY);
        strbuf_append(&shown, found.texts[i]);
    }
    strbuf_append(&shown, found.count > 0 && found.ignores_case ? STR("(i)") : STR_EMPTY);
    if (!str_eq(strbuf_str(&shown), str_from_cstring(expected))) {
        fail_msg("%s: '%.*s', expected '%s'", pattern, STR_ARG(strbuf_str(&shown)), expected);
    }
    strbuf_release(&shown);
    arena_release(&arena);
}

static void what_may_vary_is_left_out(void **state)
{
    (void)state;
    assert_literals("kubectl", "kubectl");
    assert_literals("^kubectl\\s+get (secret|token)s?$", "kubectl");
    assert_literals("\\b(curl|wget)\\b", "curl wget");
    assert_literals("(?:curl|wget) https?://", "curl https:// curl http:// wget https:// wget http://");
    assert_literals("docker\\.sock", "docker.sock");
    assert_literals("[dD]ocker", "docker Docker");
    assert_literals("ab(cd)+ef", "abcd");
    assert_literals("x?y*longer{2}z", "longer");
    assert_literals("a|long", "");
    assert_literals("ab|", "");
    assert_literals("(ab)?", "");
    assert_literals("(ab){0}cd", "cd");
    assert_literals("(?i)secret", "secret(i)");
    assert_literals("nc -e (?i:/bin)", "nc -e /bin(i)");
    assert_literals("(?<=a)bcd(?!e)", "bcd");
    assert_literals("(?=.*secret)kube", "kube");
    assert_literals("\\x41bcdef--", "--");
    assert_literals("(?<name>abc)\\k<name>de", "abc");
}

static void doubt_means_nothing_is_known(void **state)
{
    (void)state;
    assert_literals("\\Qab.c\\E", "");
    assert_literals("(?x)ab cd # no", "");
    assert_literals("[a-z&&[^b]]cdef", "");
    assert_literals("[]a]bcd", "");
    assert_literals("\\cAbcd", "");
    assert_literals(".*", "");
    assert_literals("a", "");
    assert_literals("", "");
    assert_literals("\xC3\xA4\xC3\xB6", "");
}

/* ---- at random ---- */

static uint64_t random_state;

static uint32_t roll(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

static void make_sequence(struct strbuf *pattern, int depth);

static void make_atom(struct strbuf *pattern, int depth)
{
    static const char *const atoms[] = {"a",
                                        "b",
                                        "c",
                                        "k",
                                        "s",
                                        ".",
                                        "\\.",
                                        "\\d",
                                        "[ab]",
                                        "[^a]",
                                        "[a-c]",
                                        "[a[bc]]",
                                        "\\w",
                                        "\\x61",
                                        "\\u0062",
                                        "\\141",
                                        "\\b",
                                        "^",
                                        "$",
                                        "[.k]",
                                        "\\p{L}",
                                        "\\p{Lower}",
                                        "]",
                                        "}",
                                        "\xC3\xA4",
                                        "-",
                                        " ",
                                        "[\\]a]",
                                        "[\\\\]",
                                        "\\-",
                                        "ab",
                                        "abc",
                                        "\\0141",
                                        "(?i)",
                                        "(?-i)",
                                        "\xC5\xBF",
                                        "\xE2\x84\xAA",
                                        "\\R",
                                        "\\z",
                                        "(?s)"};
    static const char *const opens[] = {"(", "(?:", "(?i:", "(?>", "(?=", "(?!", "(?<n>", "(?s-i:", "(?<=", "(?<!"};
    if (depth < 3 && roll(4) == 0) {
        uint32_t open = roll(countof(opens));
        strbuf_append(pattern, str_from_cstring(opens[open]));
        if (open == 6) { /* a name of its own */
            pattern->len -= 2;
            strbuf_append_format(pattern, "n%zu>", pattern->len);
        }
        make_sequence(pattern, depth + 1);
        if (roll(2) == 0) {
            strbuf_append(pattern, STR("|"));
            make_sequence(pattern, depth + 1);
        }
        strbuf_append(pattern, STR(")"));
        return;
    }
    strbuf_append(pattern, str_from_cstring(atoms[roll(countof(atoms))]));
}

static void make_sequence(struct strbuf *pattern, int depth)
{
    static const char *const repetitions[] = {"?", "*", "+", "{2}", "{0,1}", "{1,2}", "{0}", "+?", "*+", "{1}", "{1,}"};
    uint32_t count = roll(5);
    for (uint32_t i = 0; i < count; i++) {
        make_atom(pattern, depth);
        if (roll(3) == 0) {
            strbuf_append(pattern, str_from_cstring(repetitions[roll(countof(repetitions))]));
        }
    }
    if (depth == 0 && roll(4) == 0) {
        strbuf_append(pattern, STR("|"));
        make_sequence(pattern, 1);
    }
}

static str make_value(struct strbuf *value)
{
    static const char *const parts[] = {
        "a",    "b",  "c", "ab", "abc", "k", "s",  "A",  "B",        "K",        "S",
        ".",    "-",  " ", "]",  "}",   "1", "\\", "\n", "\xC3\xA4", "\xC5\xBF", "\xE2\x84\xAA",
        "\xFF", "ABC"};
    strbuf_clear(value);
    uint32_t count = roll(8);
    for (uint32_t i = 0; i < count; i++) {
        strbuf_append(value, str_from_cstring(parts[roll(countof(parts))]));
    }
    return strbuf_str(value);
}

static bool holds(str value, str text, bool ignores_case)
{
    for (size_t i = 0; i < value.len; i++) {
        if (ignores_case && (unsigned char)value.data[i] >= 0x80) {
            return true;
        }
    }
    for (size_t i = 0; i + text.len <= value.len; i++) {
        str part = str_slice(value, i, i + text.len);
        if (ignores_case ? str_eq_ignore_case(part, text) : str_eq(part, text)) {
            return true;
        }
    }
    return false;
}

static void no_match_lacks_all_literals(void **state)
{
    (void)state;
    enum { PATTERNS = 40000, VALUES = 120 };
    struct regex_scratch *scratch = NULL;
    struct strbuf pattern;
    struct strbuf value;
    struct arena arena;
    size_t with_literals = 0;
    size_t matches = 0;
    const char *seed = getenv("TOCSIN_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 42;
    assert_int_equal(regex_scratch_create(&scratch, NULL), TOCSIN_OK);
    strbuf_init(&pattern, 100000);
    strbuf_init(&value, 100000);
    arena_init(&arena, ARENA_NO_LIMIT);
    for (size_t i = 0; i < PATTERNS; i++) {
        struct regex *regex = NULL;
        struct error err = {0};
        struct required_literals found;
        bool ignores_case = roll(4) == 0;
        strbuf_clear(&pattern);
        arena_clear(&arena);
        make_sequence(&pattern, 0);
        if (regex_compile(strbuf_str(&pattern), (struct regex_options){.ignores_case = ignores_case}, &regex, &err) !=
            TOCSIN_OK) {
            continue;
        }
        assert_true(required_literals_find(strbuf_str(&pattern), ignores_case, &arena, &found));
        with_literals += found.count > 0;
        for (size_t n = 0; found.count > 0 && n < VALUES; n++) {
            str text = make_value(&value);
            if (!regex_matches(regex, scratch, text)) {
                continue;
            }
            bool is_held = false;
            matches++;
            for (uint32_t literal = 0; literal < found.count; literal++) {
                is_held |= holds(text, found.texts[literal], found.ignores_case);
            }
            if (!is_held) {
                fail_msg("'%.*s' matches '%.*s', which lacks '%.*s'", STR_ARG(strbuf_str(&pattern)), STR_ARG(text),
                         STR_ARG(found.texts[0]));
            }
        }
        regex_free(regex);
    }
    print_message("%zu patterns with literals, %zu matches\n", with_literals, matches);
    assert_true(with_literals > PATTERNS / 20 && matches > PATTERNS / 10); /* or it says nothing */
    arena_release(&arena);
    strbuf_release(&value);
    strbuf_release(&pattern);
    regex_scratch_free(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_vary_is_left_out),
        cmocka_unit_test(doubt_means_nothing_is_known),
        cmocka_unit_test(no_match_lacks_all_literals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
