/* JUnit XML, as CI servers read it: a suite for each rule, one for what a pack is measured on. */
#include "verify/test_report.h"

#include "base/utf8.h"

/* Text and attribute values. What XML 1.0 can't hold (controls, invalid UTF-8, U+FFFE and U+FFFF) becomes U+FFFD. */
static void append_xml(struct strbuf *out, str text)
{
    while (text.len > 0) {
        uint32_t code_point;
        size_t bytes = utf8_decode(text, &code_point);
        bool is_control = code_point < 0x20 && code_point != '\n' && code_point != '\t';
        if (code_point == '&' || code_point == '<' || code_point == '>' || code_point == '"' || code_point == '\'' ||
            code_point == '\n' || code_point == '\t') {
            strbuf_append_format(out, "&#%u;", (unsigned)code_point);
        } else if (code_point == UTF8_INVALID || is_control || code_point == 0xfffe || code_point == 0xffff) {
            strbuf_append(out, STR("\xEF\xBF\xBD"));
        } else {
            strbuf_append(out, str_slice(text, 0, bytes));
        }
        text = str_skip(text, bytes);
    }
}

static void append_attribute(struct strbuf *out, const char *name, str value)
{
    strbuf_append_format(out, " %s=\"", name);
    append_xml(out, value);
    strbuf_append_char(out, '"');
}

static void append_class(struct strbuf *out, const char *attribute, const struct pack_test *test, const char *name)
{
    strbuf_append_format(out, " %s=\"", attribute);
    append_xml(out, str_from_cstring(test->info.name));
    strbuf_append_char(out, '.');
    append_xml(out, str_from_cstring(name));
    strbuf_append_char(out, '"');
}

static void append_problem(struct strbuf *out, const char *element, const char *type, str message, str text)
{
    strbuf_append_format(out, "      <%s type=\"%s\"", element, type);
    append_attribute(out, "message", message);
    strbuf_append_char(out, '>');
    append_xml(out, text);
    strbuf_append_format(out, "</%s>\n", element);
}

static void append_case(struct strbuf *out, const struct pack_test *test, const struct rule_test *rule, size_t index)
{
    const struct rule_case *rule_case = &rule->cases.cases[index];
    strbuf_append(out, STR("    <testcase"));
    append_class(out, "classname", test, rule->rule.id);
    strbuf_append_format(out, " name=\"%s: ", case_kind_name(rule_case->kind));
    append_xml(out, str_from_cstring(rule_case->name));
    strbuf_append(out, STR("\" time=\"0\""));
    if (!rule->results.case_failed || !rule->results.case_failed[index]) {
        strbuf_append(out, STR("/>\n"));
        return;
    }
    strbuf_append(out, STR(">\n"));
    for (size_t i = 0; i < rule->results.failure_count; i++) {
        const struct case_failure *failure = &rule->results.failures[i];
        if (failure->rule_case != rule_case) {
            continue;
        }
        strbuf_append(out, STR("      <failure type=\"expectation\""));
        append_attribute(out, "message", failure->message);
        strbuf_append_format(out, ">tests/%s.yaml:%u", rule->rule.id, failure->line);
        strbuf_append(out, failure->item.len > 0 ? STR(": ") : STR_EMPTY);
        append_xml(out, failure->item);
        strbuf_append(out, failure->form.len > 0 ? STR(", as ") : STR_EMPTY);
        append_xml(out, failure->form);
        strbuf_append(out, failure->explanation.len > 0 ? STR("\n") : STR_EMPTY);
        append_xml(out, failure->explanation);
        strbuf_append(out, STR("</failure>\n"));
    }
    strbuf_append(out, STR("    </testcase>\n"));
}

/* The suite's own test: that it can be run, and has the cases it needs. */
static void append_setup(struct strbuf *out, const struct pack_test *test, const struct rule_test *rule)
{
    strbuf_append(out, STR("    <testcase"));
    append_class(out, "classname", test, rule->rule.id);
    strbuf_append(out, STR(" name=\"has cases\" time=\"0\""));
    if (rule->error.status == TOCSIN_OK && !rule->lack) {
        strbuf_append(out, STR("/>\n"));
        return;
    }
    strbuf_append(out, STR(">\n"));
    if (rule->error.status != TOCSIN_OK) {
        struct strbuf place;
        strbuf_init(&place, 1000);
        strbuf_append_format(&place, "%s:%u", rule->error.source, rule->error.line);
        append_problem(out, "error", "cases", str_from_cstring(rule->error.message), strbuf_str(&place));
        strbuf_release(&place);
    } else {
        append_problem(out, "failure", "cases", str_from_cstring(rule->lack), STR_EMPTY);
    }
    strbuf_append(out, STR("    </testcase>\n"));
}

static size_t failed_cases(const struct rule_test *rule)
{
    size_t failed = rule->lack && rule->error.status == TOCSIN_OK;
    for (size_t i = 0; rule->results.case_failed && i < rule->cases.case_count; i++) {
        failed += rule->results.case_failed[i];
    }
    return failed;
}

static void append_counts(struct strbuf *out, size_t tests, size_t failures, size_t errors, double seconds)
{
    strbuf_append_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"%.3f\">\n", tests,
                         failures, errors, seconds);
}

static void append_rule(struct strbuf *out, const struct pack_test *test, const struct rule_test *rule)
{
    strbuf_append(out, STR("  <testsuite"));
    append_class(out, "name", test, rule->rule.id);
    append_counts(out, 1 + rule->cases.case_count, failed_cases(rule), rule->error.status != TOCSIN_OK, rule->seconds);
    append_setup(out, test, rule);
    for (size_t i = 0; i < rule->cases.case_count; i++) {
        append_case(out, test, rule, i);
    }
    strbuf_append(out, STR("  </testsuite>\n"));
}

static void append_numbers(struct strbuf *out, const struct pack_test *test)
{
    const struct pack_numbers numbers = pack_test_numbers(test);
    const struct {
        const char *name;
        double value;
    } properties[] = {
        {"recall_percent", numbers.recall},
        {"labelled_attacks", (double)numbers.attacks.count},
        {"benign_per_1000", numbers.benign_per_thousand},
        {"labelled_benign", (double)numbers.benign.count},
        {"findings_per_day", numbers.per_day},
        {"log_events", (double)numbers.log_events},
    };
    strbuf_append(out, STR("    <properties>\n"));
    for (size_t i = 0; i < countof(properties); i++) {
        strbuf_append_format(out, "      <property name=\"%s\" value=\"%.1f\"/>\n", properties[i].name,
                             properties[i].value);
    }
    strbuf_append(out, STR("    </properties>\n"));
}

static void append_measures(struct strbuf *out, const struct pack_test *test)
{
    struct threshold_result results[THRESHOLDS_MAX];
    size_t count = pack_test_thresholds(test, results);
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        failed += !results[i].has_passed;
    }
    if (count == 0 && test->labelled.count == 0 && test->log_count == 0) {
        return;
    }
    strbuf_append(out, STR("  <testsuite"));
    append_class(out, "name", test, "measures");
    append_counts(out, count, failed, 0, 0);
    append_numbers(out, test);
    for (size_t i = 0; i < count; i++) {
        str message = str_from_cstring(results[i].message);
        strbuf_append(out, STR("    <testcase"));
        append_class(out, "classname", test, "measures");
        append_attribute(out, "name", message);
        strbuf_append(out, results[i].has_passed ? STR(" time=\"0\"/>\n") : STR(" time=\"0\">\n"));
        if (!results[i].has_passed) {
            append_problem(out, "failure", "threshold", message, STR_EMPTY);
            strbuf_append(out, STR("    </testcase>\n"));
        }
    }
    strbuf_append(out, STR("  </testsuite>\n"));
}

void test_report_junit(struct strbuf *out, struct pack_test *const *tests, size_t count)
{
    size_t cases = 0;
    size_t failures = 0;
    size_t errors = 0;
    double seconds = 0;
    for (size_t i = 0; i < count; i++) {
        struct threshold_result results[THRESHOLDS_MAX];
        size_t thresholds = pack_test_thresholds(tests[i], results);
        cases += thresholds;
        for (size_t k = 0; k < thresholds; k++) {
            failures += !results[k].has_passed;
        }
        for (size_t k = 0; k < tests[i]->rule_count; k++) {
            cases += 1 + tests[i]->rules[k].cases.case_count;
            failures += failed_cases(&tests[i]->rules[k]);
            errors += tests[i]->rules[k].error.status != TOCSIN_OK;
        }
        seconds += tests[i]->seconds;
    }
    strbuf_append(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tocsin test\""));
    append_counts(out, cases, failures, errors, seconds);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < tests[i]->rule_count; k++) {
            append_rule(out, tests[i], &tests[i]->rules[k]);
        }
        append_measures(out, tests[i]);
    }
    strbuf_append(out, STR("</testsuites>\n"));
}
