/* The table of lints, patterns that cover others, many literals at once, silence, fixes, and the time it all takes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "base/strbuf.h"
#include "lint/lint_internal.h"
#include "match/like.h"

static struct arena arena;
static struct schema *schema;
static struct log_source_table *log_sources;
static struct diagnostic_list found;

static int set_up(void **state)
{
    (void)state;
    field_id ignored;
    arena_init(&arena, ARENA_NO_LIMIT);
    assert_int_equal(schema_create(&schema, NULL), TOCSIN_OK);
    assert_int_equal(schema_add_property(schema, STR("Command"), TYPE_STRING, STR(""), &ignored, NULL), TOCSIN_OK);
    assert_int_equal(schema_add_property(schema, STR("Verb"), TYPE_STRING, STR(""), &ignored, NULL), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&log_sources, NULL), TOCSIN_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_source_table_free(log_sources);
    schema_free(schema);
    arena_release(&arena);
    return 0;
}

/* Linux fills commands only. */
static int fills(const void *context, int64_t type_id, field_id field)
{
    (void)context;
    return type_id == LOG_SOURCE_TYPE_LINUX_OS
               ? str_eq(schema_field(schema, field)->name, STR("Command")) || field == FIELD_USERNAME
               : -1;
}

static void check_text(str text)
{
    struct lint_options options = {.schema = schema, .log_sources = log_sources, .fills = fills};
    struct syntax_select *select = NULL;
    struct error err = {0};
    diagnostic_list_init(&found, &arena);
    assert_int_equal(aql_parse(&arena, text, NULL, &select, &err), TOCSIN_OK);
    assert_int_equal(lint_query(select, text, &options, &found, &err), TOCSIN_OK);
    lint_silence(text, &found);
}

static bool has_code(const char *code)
{
    for (size_t i = 0; i < found.count; i++) {
        if (strcmp(found.items[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- the table ---- */

static void test_codes_are_words(void **state)
{
    (void)state;
    size_t count;
    const struct lint_def *lints = lint_list(&count);
    assert_true(count > 40);
    for (size_t i = 0; i < count; i++) {
        for (const char *c = lints[i].code; *c; c++) {
            assert_true((*c >= 'a' && *c <= 'z') || ascii_is_digit(*c) || *c == '-');
        }
        assert_true(lints[i].summary[0] != '\0' && lints[i].detail[0] != '\0');
        assert_ptr_equal(lint_find(str_from_cstring(lints[i].code)), &lints[i]); /* no code stands there twice */
    }
    assert_null(lint_find(STR("no-such-code")));
    assert_true(str_eq(lint_suggest(STR("weak-year")), STR("week-year")));
}

/* Those of the parser and the binder are tested by tests/unit/engine. */
static void test_examples_get_their_remark(void **state)
{
    (void)state;
    size_t count;
    const struct lint_def *lints = lint_list(&count);
    static const char *const elsewhere[] = {"syntax",     "unknown-field", "unknown-function",
                                            "wrong-type", "empty-window",  "misplaced-aggregate",
                                            "collation-ignored", "parameter-ignored", "window-ignored"};
    for (size_t i = 0; i < count; i++) {
        bool is_elsewhere = lints[i].example[0] == '\0';
        for (size_t j = 0; j < countof(elsewhere); j++) {
            is_elsewhere |= strcmp(lints[i].code, elsewhere[j]) == 0;
        }
        if (is_elsewhere) {
            continue;
        }
        check_text(str_from_cstring(lints[i].example));
        if (!has_code(lints[i].code)) {
            fail_msg("the example of %s does not get it", lints[i].code);
        }
        for (size_t j = 0; j < found.count; j++) {
            if (strcmp(found.items[j].code, lints[i].code) == 0 && found.items[j].has_fix && !lints[i].has_fix) {
                fail_msg("%s has a fix that its line does not tell of", lints[i].code);
            }
        }
    }
}

/* ---- patterns ---- */

static bool is_covered(const char *wide, bool wide_ignores, const char *narrow, bool narrow_ignores)
{
    return pattern_covers((struct like_text){str_from_cstring(wide), wide_ignores},
                          (struct like_text){str_from_cstring(narrow), narrow_ignores});
}

static void test_cover(void **state)
{
    (void)state;
    assert_true(is_covered("%a%", false, "%bab%", false));
    assert_true(is_covered("%a%", true, "%BAB%", false));
    assert_true(is_covered("%a%", true, "xAx", true));
    assert_false(is_covered("%a%", false, "%a%", true)); /* the narrow one lets A through */
    assert_true(is_covered("%1%", false, "%1%", true));  /* digits have no case */
    assert_true(is_covered("a%", false, "ab%", false));
    assert_false(is_covered("ab%", false, "a%", false));
    assert_false(is_covered("%ab%", false, "%a%b%", false)); /* something may stand between */
    assert_true(is_covered("%a%b%", false, "%ab%", false));
    assert_true(is_covered("a_c", false, "abc", false));
    assert_false(is_covered("abc", false, "a_c", false));
    assert_true(is_covered("_%", false, "_", false));
    assert_false(is_covered("_%", false, "%", false)); /* % is also nothing */
    assert_false(is_covered("%_", false, "%", false));
    assert_true(is_covered("%", false, "", false));
    assert_true(is_covered("", false, "", false));
    assert_false(is_covered("", false, "a", false));
    assert_true(is_covered("%a", false, "%aa", false));
    assert_false(is_covered("%a", false, "%a%", false));
    assert_true(is_covered("%\xC3\xA9%", true, "%\xC3\x89t%", false)); /* é covers É */
    assert_true(is_covered("%\xFF%", false, "%a\xFFz%", false));
}

/* A value that fits the narrow pattern has to fit the wide one: small patterns over two letters, all of them. */
static void test_cover_is_never_wrong(void **state)
{
    (void)state;
    static const char letters[] = "ab%_";
    static const char *const values[] = {"",    "a",   "b",   "aa",  "ab",  "ba", "bb", "aab",
                                         "aba", "abb", "baa", "bab", "bba", "A",  "aB", "bab"};
    for (unsigned i = 0; i < 256; i++) {
        for (unsigned j = 0; j < 256; j++) {
            char wide[5] = {letters[i & 3], letters[i >> 2 & 3], letters[i >> 4 & 3], letters[i >> 6], '\0'};
            char narrow[4] = {letters[j & 3], letters[j >> 2 & 3], letters[j >> 4 & 3], '\0'};
            struct like_text w = {str_from_cstring(wide + (i & 1)), (i & 2) != 0};
            struct like_text n = {str_from_cstring(narrow), (j & 1) != 0};
            if (!pattern_covers(w, n)) {
                continue;
            }
            const struct like_pattern *wide_pattern = like_compile(&arena, w.pattern, w.ignores_case);
            const struct like_pattern *narrow_pattern = like_compile(&arena, n.pattern, n.ignores_case);
            for (size_t v = 0; v < countof(values); v++) {
                str value = str_from_cstring(values[v]);
                if (like_matches(narrow_pattern, value) && !like_matches(wide_pattern, value)) {
                    fail_msg("'%s' said to cover '%s', not so for '%s'", wide, narrow, values[v]);
                }
            }
        }
    }
}

/* ---- many literals ---- */

struct hits {
    uint32_t count;
    uint64_t set;
};

static bool take_hit(void *context, uint32_t literal)
{
    struct hits *hits = context;
    hits->count++;
    hits->set |= UINT64_C(1) << literal;
    return true;
}

static void test_literals(void **state)
{
    (void)state;
    static const str literals[] = {STR("he"), STR("she"), STR("his"), STR("hers"), STR("HE"), STR("x")};
    struct literal_index *index = literal_index_build(&arena, literals, countof(literals));
    assert_non_null(index);
    struct hits hits = {0};
    uint64_t work = 1000;
    literal_index_search(index, STR("uSHErs"), &work, take_hit, &hits);
    assert_int_equal(hits.set, 1 | 2 | 8 | 16);
    assert_int_equal(hits.count, 4);
    hits = (struct hits){0};
    work = 2; /* no more than is paid for */
    literal_index_search(index, STR("ushersxx"), &work, take_hit, &hits);
    assert_int_equal(hits.count, 2);
    hits = (struct hits){0};
    work = 1000;
    literal_index_search(index, STR(""), &work, take_hit, &hits);
    assert_int_equal(hits.count, 0);
    index = literal_index_build(&arena, NULL, 0);
    literal_index_search(index, STR("anything"), &work, take_hit, &hits);
    assert_int_equal(hits.count, 0);
}

/* Against a search of each literal alone. */
static void test_literals_agree_with_search(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 300; round++) {
        char text[64];
        char bytes[16][6];
        str literals[16];
        for (size_t i = 0; i < sizeof(text); i++) {
            random = str_hash_mix(random + 1);
            text[i] = (char)('a' + random % 3);
        }
        for (size_t i = 0; i < countof(literals); i++) {
            random = str_hash_mix(random + 1);
            size_t length = 1 + random % 5;
            for (size_t j = 0; j < length; j++) {
                random = str_hash_mix(random + 1);
                bytes[i][j] = (char)('a' + random % 3);
            }
            literals[i] = str_from(bytes[i], length);
        }
        struct literal_index *index = literal_index_build(&arena, literals, countof(literals));
        struct hits hits = {0};
        uint64_t work = 100000;
        literal_index_search(index, str_from(text, sizeof(text)), &work, take_hit, &hits);
        for (size_t i = 0; i < countof(literals); i++) {
            assert_int_equal(hits.set >> i & 1, str_contains(str_from(text, sizeof(text)), literals[i]));
        }
    }
}

/* ---- silence ---- */

static void test_silence(void **state)
{
    (void)state;
    check_text(STR("SELECT hostname FROM events LAST 1 HOURS"));
    assert_true(has_code("not-a-qradar-field"));
    check_text(STR("SELECT hostname /* tocsin:ignore not-a-qradar-field */ FROM events LAST 1 HOURS"));
    assert_false(has_code("not-a-qradar-field"));
    check_text(STR("SELECT\n/* tocsin:ignore not-a-qradar-field */\n\n hostname\nFROM events LAST 1 HOURS"));
    assert_false(has_code("not-a-qradar-field"));
    check_text(STR("SELECT -- tocsin:ignore not-a-qradar-field\n hostname\nFROM events LAST 1 HOURS"));
    assert_true(has_code("not-a-qradar-field")); /* it speaks for its own line */
    check_text(STR("/* tocsin:ignore no-time-clause, not-a-qradar-field */ SELECT username,\nhostname\nFROM events"));
    assert_int_equal(found.count, 0);
    check_text(STR("/* tocsin:ignore */ SELECT hostname FROM events"));
    assert_int_equal(found.count, 0);
    check_text(STR("SELECT hostname, 'x /* tocsin:ignore */' FROM events LAST 1 HOURS"));
    assert_true(has_code("not-a-qradar-field")); /* no comment */
    check_text(STR("SELECT hostname /* tocsin:ignored not-a-qradar-field */ FROM events LAST 1 HOURS"));
    assert_true(has_code("not-a-qradar-field"));
    check_text(STR("SELECT username FROM events LAST 1 HOURS /* tocsin:ignore weak-year */"));
    assert_true(has_code("unknown-code"));
    assert_true(str_contains(found.items[0].hint, STR("week-year")));
}

/* ---- fixes ---- */

static void test_fixes_do_not_overlap(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 1000);
    diagnostic_list_init(&found, &arena);
    static const struct {
        size_t from;
        size_t to;
        str text;
    } fixes[] = {{4, 6, STR("X")}, {0, 2, STR("Y")},  {1, 5, STR("no")},
                 {6, 6, STR("Z")}, {6, 6, STR("no")}, {9, 99, STR("no")}};
    for (size_t i = 0; i < countof(fixes); i++) {
        struct diagnostic *item = diagnostic_add(&found, "x", DIAGNOSTIC_NOTE, i, i + 1, "m");
        diagnostic_fix(&found, item, fixes[i].from, fixes[i].to, fixes[i].text);
    }
    /* Those behind the end, over another, and a second insertion at one place are left out. */
    size_t applied = lint_apply_fixes(STR("01234567"), &found, NULL, NULL, &text);
    assert_true(str_eq(strbuf_str(&text), STR("Y23X67")) || str_eq(strbuf_str(&text), STR("Y23XZ67")));
    assert_true(applied == 2 || applied == 3);
    strbuf_release(&text);
}

/* ---- time ---- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void append_term(struct strbuf *text, unsigned kind, unsigned i)
{
    switch (kind) {
    case 0:
        strbuf_append_format(text, "\"Command\" ILIKE '%%word%05u with text behind it, so that it gets long %0128u%%'",
                             i, i);
        break;
    case 1:
        strbuf_append_format(text, "\"Command\" LIKE '%05u prefix%%'", i);
        break;
    case 2:
        strbuf_append_format(text, "username != 'somebody number %05u'", i);
        break;
    default:
        strbuf_append_format(text, "NOT (\"Command\" ILIKE '%%a%05u%%' AND username = 'x')", i);
        break;
    }
}

/* A megabyte with 5,000 terms, of the kinds that are compared with each other. */
static void test_large_queries_are_quick(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        for (int has_and = 0; has_and < 2; has_and++) {
            struct strbuf text;
            strbuf_init(&text, 2 * MEBI);
            strbuf_append(&text, STR("SELECT CASE WHEN \"Command\" ILIKE '%word00001%' THEN 1 ELSE 0 END AS RiskScore "
                                     "FROM events WHERE "));
            for (unsigned i = 0; i < 5000; i++) {
                strbuf_append(&text, i > 0 ? (has_and ? STR(" AND ") : STR(" OR ")) : STR_EMPTY);
                append_term(&text, kind, i);
            }
            strbuf_append(&text, STR(" LAST 1 HOURS"));
            double start = seconds();
            check_text(strbuf_str(&text));
            double took = seconds() - start;
            /* Under a second without sanitizers, with room for a slow machine. */
            if (took > 10) {
                fail_msg("%zu bytes took %.1f seconds", text.len, took);
            }
            strbuf_release(&text);
        }
    }
}

/* Chains of aliases that stand for ever longer expressions. */
static void test_aliases_do_not_multiply(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, MEBI);
    strbuf_append(&text, STR("SELECT severity AS a0"));
    for (int i = 1; i < 200; i++) {
        strbuf_append_format(&text, ", a%d + a%d AS a%d", i - 1, i - 1, i);
    }
    strbuf_append(&text,
                  STR(" FROM events WHERE a199 > 3 AND a198 != 2 GROUP BY a150, a199 ORDER BY a199 LAST 1 HOURS"));
    double start = seconds();
    check_text(strbuf_str(&text));
    assert_true(seconds() - start < 10);
    strbuf_release(&text);
}

/* The budget ends work, not the check. */
static void test_budget(void **state)
{
    (void)state;
    struct lint lint = {.work_left = 10};
    assert_true(lint_spend(&lint, 4));
    assert_false(lint_spend(&lint, 7));
    assert_int_equal(lint.work_left, 0);
    assert_false(lint_spend(&lint, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_codes_are_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_examples_get_their_remark, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cover, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cover_is_never_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_literals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_literals_agree_with_search, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fixes_do_not_overlap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_large_queries_are_quick, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_aliases_do_not_multiply, set_up, tear_down),
        cmocka_unit_test(test_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
