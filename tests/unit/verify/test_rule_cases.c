/* The cases of a rule: what is read, and what is refused, with its place. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "verify/rule_cases.h"

static tocsin_status load(struct rule_cases *cases, const char *text, struct error *err)
{
    return rule_cases_load(cases, str_from_cstring(text), "tests/r.yaml", "r", err);
}

static void cases_are_read_with_their_defaults(void **state)
{
    (void)state;
    static const char text[] = "rule: r\n"
                               "positive:\n"
                               "  - name: one\n"
                               "    commands:\n"
                               "      - kubectl get secrets\n"
                               "      - kubectl get secret a\n"
                               "    level: low..high\n"
                               "    risk: 60..\n"
                               "    act: list secrets\n"
                               "  - name: two\n"
                               "    file: tests/data/x.log\n"
                               "    lines: 3..9\n"
                               "    exactly: 2\n"
                               "negative:\n"
                               "  - name: three\n"
                               "    requests: [GET /api/v1/pods]\n"
                               "evasion:\n"
                               "  - {name: four, commands: [a, b], together: true, apart: 30, forms: [audit], as: ann, "
                               "at_most: 3, at_least: 1}\n";
    struct rule_cases cases;
    struct error err = {0};
    assert_int_equal(load(&cases, text, &err), TOCSIN_OK);
    assert_int_equal(cases.case_count, 4);
    const struct rule_case *one = &cases.cases[0];
    assert_string_equal(one->name, "one");
    assert_int_equal(one->texts[SOURCE_COMMANDS].count, 2);
    assert_int_equal(one->expected.rows.min, 1);
    assert_true(one->expected.rows.max == INT64_MAX);
    assert_int_equal(one->expected.level.min, 1);
    assert_int_equal(one->expected.level.max, 3);
    assert_int_equal(one->expected.risk.min, 60);
    assert_int_equal(one->forms, FORM_AUDIT | FORM_JSON | FORM_DAEMON | FORM_PLUGIN);
    const struct rule_case *two = &cases.cases[1];
    assert_int_equal(two->lines.min, 3);
    assert_int_equal(two->lines.max, 9);
    assert_int_equal(two->expected.rows.min, 2);
    assert_int_equal(two->expected.rows.max, 2);
    const struct rule_case *three = &cases.cases[2];
    assert_int_equal(three->kind, CASE_NEGATIVE);
    assert_int_equal(three->expected.rows.max, 0);
    const struct rule_case *four = &cases.cases[3];
    assert_true(four->is_together);
    assert_int_equal(four->apart_s, 30);
    assert_int_equal(four->forms, FORM_AUDIT);
    assert_int_equal(four->expected.rows.max, 3);
    rule_cases_position(&cases, one, SOURCE_COMMANDS, 1, &err);
    assert_int_equal(err.line, 6);
    rule_cases_release(&cases);
}

static void mistakes_are_refused_at_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
        const char *message;
    } mistakes[] = {
        {"positive:\n  - name: a\n", 2, "events of one kind"},
        {"positive:\n  - name: a\n    commands: [x]\n    events: y\n", 2, "events of one kind"},
        {"positive:\n  - commands: [x]\n", 2, "name"},
        {"positive:\n  - name: a\n    command: [x]\n", 3, "command"},
        {"positive:\n  - name: a\n    commands: [x]\n    exactly: 0\n", 2, "expects a finding"},
        {"positive:\n  - name: a\n    commands: [x]\n    at_most: 1\n", 2, "expects a finding"},
        {"negative:\n  - name: a\n    commands: [x]\n    at_least: 1\n", 4, "at_least"},
        {"negative:\n  - name: a\n    commands: [x]\n    at_most: 1\n", 2, "expects no finding"},
        {"positive:\n  - name: a\n    commands: [x]\n    exactly: 1\n    at_least: 1\n", 4, "exactly"},
        {"positive:\n  - name: a\n    commands: [x]\n    exactly: -1\n", 4, "number of findings"},
        {"positive:\n  - name: a\n    commands: [x]\n    level: severe\n", 4, "no level"},
        {"positive:\n  - name: a\n    commands: [x]\n    level: high..low\n", 4, "no level"},
        {"positive:\n  - name: a\n    commands: [x]\n    risk: lots\n", 4, "no risk"},
        {"positive:\n  - name: a\n    commands: [x]\n    risk: '..'\n", 4, "no risk"},
        {"positive:\n  - name: a\n    commands: [x]\n    forms: [paper]\n", 4, "no form"},
        {"positive:\n  - name: a\n    commands: [x]\n    forms: [daemon]\n", 4, "nothing is left"},
        {"positive:\n  - name: a\n    commands: [x]\n    lines: 1\n", 4, "'lines'"},
        {"positive:\n  - name: a\n    file: x\n    lines: 0\n", 4, "'lines'"},
        {"positive:\n  - name: a\n    file: x\n    as: bob\n", 2, "as they are"},
        {"positive:\n  - name: a\n    commands: [x]\n    apart: -3\n", 4, "'apart'"},
        {"positive:\n  - name: a\n    commands: [x]\n    as: 'a b'\n", 4, "holds no blanks"},
        {"positive:\n  - name: a\n    commands: [x]\n    exe: \"/a\\nb\"\n", 4, "holds no blanks"},
        {"rule: other\n", 1, "cases of 'other'"},
        {"positive: [\n", 2, "not valid YAML"},
        {"surprise: 1\n", 1, "surprise"},
    };
    for (size_t i = 0; i < countof(mistakes); i++) {
        struct rule_cases cases;
        struct error err = {0};
        if (load(&cases, mistakes[i].text, &err) != TOCSIN_ERROR_CONFIG || err.line != mistakes[i].line ||
            !strstr(err.message, mistakes[i].message)) {
            fail_msg("%s gives '%s' at line %u, expected '%s' at line %u", mistakes[i].text, err.message, err.line,
                     mistakes[i].message, mistakes[i].line);
        }
        assert_string_equal(err.source, "tests/r.yaml");
        rule_cases_release(&cases);
    }
}

static void too_many_items_are_refused(void **state)
{
    (void)state;
    struct rule_cases cases;
    struct error err = {0};
    struct strbuf text;
    strbuf_init(&text, LIMIT_CONFIG_BYTES);
    strbuf_append(&text, STR("positive:\n  - name: a\n    commands:\n"));
    for (int i = 0; i < LIMIT_RULE_CASES + 1; i++) {
        strbuf_append(&text, STR("      - x\n"));
    }
    assert_int_equal(rule_cases_load(&cases, strbuf_str(&text), "tests/r.yaml", "r", &err), TOCSIN_ERROR_CONFIG);
    rule_cases_release(&cases);
    text.len -= strlen("      - x\n");
    assert_int_equal(rule_cases_load(&cases, strbuf_str(&text), "tests/r.yaml", "r", &err), TOCSIN_OK);
    assert_int_equal(cases.cases[0].texts[SOURCE_COMMANDS].count, LIMIT_RULE_CASES);
    rule_cases_release(&cases);
    strbuf_release(&text);
}

static void an_empty_file_has_no_cases(void **state)
{
    (void)state;
    struct rule_cases cases;
    struct error err = {0};
    assert_int_equal(load(&cases, "rule: r\n", &err), TOCSIN_OK);
    assert_int_equal(cases.case_count, 0);
    rule_cases_release(&cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_are_read_with_their_defaults),
        cmocka_unit_test(mistakes_are_refused_at_their_place),
        cmocka_unit_test(too_many_items_are_refused),
        cmocka_unit_test(an_empty_file_has_no_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
