/* Regular expressions and LIKE patterns as those of other systems. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "convert/text_pattern.h"

static struct arena arena;

static int set_up(void **state)
{
    arena_init(&arena, ARENA_NO_LIMIT);
    return 0;
}

static int tear_down(void **state)
{
    arena_release(&arena);
    return 0;
}

/* NULL: there are no words for it; an error gives its message. */
static const char *written(const char *regex, enum pattern_dialect dialect)
{
    struct error err = {0};
    struct strbuf text;
    const struct text_pattern *pattern = NULL;
    struct pattern_style style = {.dialect = dialect};
    const char *result = NULL;
    if (text_pattern_parse(&arena, str_from_cstring(regex), false, &style.ignores_case, &pattern, &err) != TOCSIN_OK) {
        return arena_copy_cstring(&arena, str_from_cstring(err.message));
    }
    strbuf_init(&text, 64 * KIBI);
    if (text_pattern_write(pattern, &style, &text)) {
        result = arena_copy_cstring(&arena, strbuf_str(&text));
    }
    strbuf_release(&text);
    return result;
}

static void dialects_differ_in_ends(void **state)
{
    assert_string_equal(written("^ab$", PATTERN_PCRE), "^ab\\r?\\n?\\z");
    assert_string_equal(written("^ab\\z", PATTERN_RE2), "^ab$");
    assert_string_equal(written("^ab\\z", PATTERN_LUCENE), "ab");
    assert_string_equal(written("ab", PATTERN_LUCENE), ".*ab.*");
    assert_string_equal(written("(^|x)ab", PATTERN_LUCENE), "(()|.*x)ab.*");
    assert_null(written("a(^|x)b", PATTERN_LUCENE));
    assert_null(written("\\bab", PATTERN_LUCENE));
    assert_string_equal(written("\\bab", PATTERN_RE2), "\\bab");
}

static void what_is_open_anyway_is_left_out(void **state)
{
    assert_string_equal(written(".*ab.*", PATTERN_RE2), "ab");
    assert_string_equal(written("(?i)ab", PATTERN_LUCENE), ".*[aA][bB].*");
    assert_string_equal(written("(?is)a.b", PATTERN_RE2), "(?i)a[\\s\\S]b");
}

static void not_all_systems_have_it(void **state)
{
    assert_string_equal(written("(a)\\1", PATTERN_PCRE), "a back-reference in a regular expression");
    assert_string_equal(written("(?>a)", PATTERN_PCRE), "an atomic group in a regular expression");
    assert_string_equal(written("a++", PATTERN_PCRE), "a possessive repetition in a regular expression");
    assert_string_equal(written("\\p{L}", PATTERN_PCRE), "a property of characters (\\p) in a regular expression");
    assert_string_equal(written("[a-z&&[b]]", PATTERN_PCRE),
                        "a class inside a class, or an intersection in a regular expression");
    assert_string_equal(written("a(?!b)", PATTERN_PCRE), "a(?!b)");
    assert_null(written("a(?!b)", PATTERN_RE2));
}

static void signs_stand_for_themselves(void **state)
{
    assert_string_equal(written("\\Q.*\\E\\[\"#", PATTERN_LUCENE), ".*\\.\\*\\[\\\"\\#.*");
    assert_string_equal(written("\\Q.*\\E\\[/", PATTERN_RE2), "\\.\\*\\[/");
}

static void nesting_has_a_limit(void **state)
{
    char deep[2 * (LIMIT_REGEX_DEPTH + 2) + 2] = "";
    memset(deep, '(', LIMIT_REGEX_DEPTH + 1);
    deep[LIMIT_REGEX_DEPTH + 1] = 'a';
    memset(deep + LIMIT_REGEX_DEPTH + 2, ')', LIMIT_REGEX_DEPTH + 1);
    assert_non_null(strstr(written(deep, PATTERN_RE2), "nested deeper than"));
}

static void shapes_of_like(void **state)
{
    str text;
    assert_int_equal(like_shape_of(STR("%%a%"), &text), LIKE_CONTAINS);
    assert_int_equal(like_shape_of(STR("a%"), &text), LIKE_STARTS);
    assert_int_equal(like_shape_of(STR("%a"), &text), LIKE_ENDS);
    assert_int_equal(like_shape_of(STR("a"), &text), LIKE_EXACT);
    assert_int_equal(like_shape_of(STR(""), &text), LIKE_EXACT);
    assert_int_equal(like_shape_of(STR("%"), &text), LIKE_ANYTHING);
    assert_int_equal(like_shape_of(STR("a%b"), &text), LIKE_OTHER);
    assert_int_equal(like_shape_of(STR("_"), &text), LIKE_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialects_differ_in_ends), cmocka_unit_test(what_is_open_anyway_is_left_out),
        cmocka_unit_test(not_all_systems_have_it), cmocka_unit_test(signs_stand_for_themselves),
        cmocka_unit_test(nesting_has_a_limit),     cmocka_unit_test(shapes_of_like),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
