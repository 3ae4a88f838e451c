/* tocsin_check_query as a program meets it: places, limits, fixes, reports. What it finds is tested by tests/cases. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "tocsin/tocsin.h"

static tocsin_engine *engine;
static tocsin_check *check;
static struct tocsin_error err;

static int set_up(void **state)
{
    (void)state;
    struct tocsin_engine_options options = {.time_zone = "UTC"};
    check = NULL;
    return tocsin_engine_create(&options, &engine, &err) == TOCSIN_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    tocsin_check_free(check);
    tocsin_engine_free(engine);
    return 0;
}

static void run(str text, const struct tocsin_check_options *options)
{
    tocsin_check_free(check);
    check = NULL;
    assert_int_equal(tocsin_check_query(engine, text.data, text.len, options, &check, &err), TOCSIN_OK);
}

static const struct tocsin_diagnostic *first(const char *code)
{
    for (size_t i = 0; i < tocsin_check_count(check); i++) {
        if (strcmp(tocsin_check_get(check, i)->code, code) == 0) {
            return tocsin_check_get(check, i);
        }
    }
    fail_msg("no %s", code);
    return NULL;
}

static bool has(const char *code)
{
    for (size_t i = 0; i < tocsin_check_count(check); i++) {
        if (strcmp(tocsin_check_get(check, i)->code, code) == 0) {
            return true;
        }
    }
    return false;
}

static void test_places_are_lines_and_characters(void **state)
{
    (void)state;
    run(STR("SELECT 'gr\xC3\xBC\xC3\x9F',\r\n\tDATEFORMAT(starttime, 'YYYY')\nFROM events LAST 1 HOURS"), NULL);
    const struct tocsin_diagnostic *found = first("week-year");
    assert_int_equal(found->line, 2);
    assert_int_equal(found->column, 25);
    assert_int_equal(found->line_end, 2);
    assert_int_equal(found->column_end, 29);
    assert_true(found->has_fix && strcmp(found->fix_text, "yyyy") == 0 && found->fix_text_bytes == 4);
    run(STR("SELECT username FROM events WHERE severity > 5 AND magnitude > 5\n  OR relevance > 5 LAST 1 HOURS"), NULL);
    found = first("mixed-and-or");
    assert_true(found->line == 1 && found->line_end == 1 && found->column_end == 65);
}

static void test_examples_of_the_binder(void **state)
{
    (void)state;
    for (size_t i = 0; i < tocsin_lint_count(); i++) {
        struct tocsin_lint lint;
        tocsin_lint_get(i, &lint);
        if (lint.example[0] == '\0') {
            continue;
        }
        run(str_from_cstring(lint.example), NULL);
        bool is_lint_only = strcmp(lint.code, "unfilled-field") == 0;
        if (!has(lint.code) && !is_lint_only) {
            fail_msg("the example of %s does not get it", lint.code);
        }
    }
}

static void test_too_long_a_query_is_a_finding(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 2 * MEBI);
    while (text.len <= LIMIT_QUERY_BYTES) {
        strbuf_append(&text, STR("SELECT username FROM events "));
    }
    run(strbuf_str(&text), NULL);
    assert_int_equal(tocsin_check_count(check), 1);
    assert_string_equal(tocsin_check_get(check, 0)->code, "limit");
    assert_int_equal(tocsin_check_get(check, 0)->severity, TOCSIN_SEVERITY_ERROR);
    strbuf_release(&text);
}

static void append_many(struct strbuf *text, const char *before, unsigned count, const char *joint)
{
    for (unsigned i = 0; i < count; i++) {
        strbuf_append(text, i > 0 ? str_from_cstring(joint) : STR_EMPTY);
        strbuf_append_format(text, "%s'%%w%05u%%'", before, i);
    }
}

static void test_many_findings(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 2 * MEBI);
    strbuf_append(&text, STR("SELECT username FROM events WHERE "));
    append_many(&text, "hostname LIKE ", LIMIT_DIAGNOSTICS + 500, " OR ");
    strbuf_append(&text, STR(" LAST 1 HOURS"));
    run(strbuf_str(&text), NULL);
    assert_int_equal(tocsin_check_count(check), LIMIT_DIAGNOSTICS);
    assert_int_equal(tocsin_check_more(check), 500);
    strbuf_release(&text);
}

/* A score as long as WHERE: every branch would be asked of every WHEN. Over the budget nothing is said about it. */
static void test_work_is_bounded(void **state)
{
    (void)state;
    for (unsigned count = 20; count <= 2500; count += 2480) {
        struct strbuf text;
        strbuf_init(&text, 2 * MEBI);
        strbuf_append(&text, STR("SELECT CASE WHEN "));
        append_many(&text, "username LIKE ", count, " OR ");
        strbuf_append(&text, STR(" THEN 1 ELSE 0 END AS RiskScore FROM events WHERE username = 'x' OR "));
        append_many(&text, "username LIKE ", count, " OR ");
        strbuf_append(&text, STR(" LAST 1 HOURS"));
        run(strbuf_str(&text), NULL);
        assert_int_equal(has("score-zero"), count == 20);
        strbuf_release(&text);
    }
}

static void test_options(void **state)
{
    (void)state;
    static const char *const ignored[] = {"week-year", "no-time-clause"};
    str text = STR("SELECT DATEFORMAT(starttime, 'YYYY'), COUNT(*) FROM events /* tocsin:ignore count-of-records */");
    struct tocsin_check_options options = {.severity_min = TOCSIN_SEVERITY_WARNING};
    run(text, NULL);
    assert_true(has("week-year") && has("no-time-clause"));
    assert_int_equal(tocsin_check_silenced(check), 1);
    run(text, &options);
    for (size_t i = 0; i < tocsin_check_count(check); i++) {
        assert_true(tocsin_check_get(check, i)->severity >= TOCSIN_SEVERITY_WARNING);
    }
    options = (struct tocsin_check_options){.ignored = ignored, .ignored_count = 2};
    run(text, &options);
    assert_false(has("week-year") || has("no-time-clause"));
}

static void test_fixes_are_applied_until_none_is_left(void **state)
{
    (void)state;
    const char *text;
    size_t bytes;
    size_t fixes;
    run(STR("SELECT username FROM events WHERE username LIKE '%' OR severity > 5 AND username = \"a\" AND username = "
            "NULL "
            "LAST 1 HOURS"),
        NULL);
    assert_int_equal(tocsin_check_fix(check, &text, &bytes, &fixes, &err), TOCSIN_OK);
    assert_string_equal(text, "SELECT username FROM events WHERE username IS NOT NULL OR (severity > 5 AND "
                              "username = 'a' AND username IS NULL) LAST 1 HOURS");
    assert_int_equal(bytes, strlen(text));
    assert_true(fixes >= 4);
    for (size_t i = 0; i < tocsin_check_count(check); i++) {
        assert_false(tocsin_check_get(check, i)->has_fix);
    }
    /* What nobody wants to see is not mended. */
    struct tocsin_check_options options = {.severity_min = TOCSIN_SEVERITY_WARNING};
    run(STR("SELECT username FROM events WHERE username = NULL LAST 1 HOURS"), &options);
    assert_int_equal(tocsin_check_fix(check, &text, &bytes, &fixes, &err), TOCSIN_OK);
    assert_int_equal(fixes, 0);
}

static void test_lints(void **state)
{
    (void)state;
    const char *nearest = NULL;
    assert_true(tocsin_lint_exists("week-year", NULL));
    assert_false(tocsin_lint_exists("weekyear", &nearest));
    assert_string_equal(nearest, "week-year");
    assert_false(tocsin_lint_exists("something else", &nearest));
    assert_string_equal(nearest, "");
    assert_string_equal(tocsin_severity_name(TOCSIN_SEVERITY_WARNING), "warning");
}

static int refuse(void *context, const char *bytes, size_t byte_count)
{
    (void)bytes;
    (void)byte_count;
    return *(int *)context;
}

static void test_reports_say_when_they_cannot_be_written(void **state)
{
    (void)state;
    tocsin_report *report = NULL;
    int failure = ENOSPC;
    assert_int_equal(tocsin_report_begin("xml", refuse, &failure, &report, &err), TOCSIN_ERROR_USAGE);
    run(STR("SELECT username FROM events"), NULL);
    assert_int_equal(tocsin_report_begin("sarif", refuse, &failure, &report, &err), TOCSIN_OK);
    assert_int_equal(tocsin_report_add(report, "query", check, &err), TOCSIN_ERROR_OUTPUT);
    failure = EPIPE;
    assert_int_equal(tocsin_report_end(report, &err), TOCSIN_ERROR_CLOSED);
    tocsin_report_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_places_are_lines_and_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_examples_of_the_binder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_long_a_query_is_a_finding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_findings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_work_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_options, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fixes_are_applied_until_none_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lints, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reports_say_when_they_cannot_be_written, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
