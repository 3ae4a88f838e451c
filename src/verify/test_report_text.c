/* The report for people, and coverage. */
#include "verify/test_report.h"

#include <inttypes.h>

#include "base/utf8.h"

void report_append_text(struct strbuf *out, str text)
{
    char buffer[512];
    while (text.len > 0) {
        size_t bytes = utf8_part_length(text, 64);
        size_t length = utf8_escape_controls(str_slice(text, 0, bytes), buffer, sizeof(buffer));
        strbuf_append(out, str_from(buffer, length));
        text = str_skip(text, bytes);
    }
}

static void append_cstring(struct strbuf *out, const char *text)
{
    report_append_text(out, str_from_cstring(text));
}

static void append_padded(struct strbuf *out, str text, size_t width)
{
    report_append_text(out, text);
    for (size_t cells = utf8_text_width(text); cells < width; cells++) {
        strbuf_append_char(out, ' ');
    }
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- coverage ---------------------------------------------------------------------------------------------------- */

/* ATT&CK's, of techniques that rules about containers name; the one that such a rule means where there are several. */
static const struct {
    const char *technique;
    const char *tactic;
} known_tactics[] = {
    {"T1552", "credential-access"},
    {"T1528", "credential-access"},
    {"T1649", "credential-access"},
    {"T1555", "credential-access"},
    {"T1110", "credential-access"},
    {"T1003", "credential-access"},
    {"T1613", "discovery"},
    {"T1069", "discovery"},
    {"T1087", "discovery"},
    {"T1046", "discovery"},
    {"T1083", "discovery"},
    {"T1609", "execution"},
    {"T1610", "execution"},
    {"T1059", "execution"},
    {"T1611", "privilege-escalation"},
    {"T1098", "persistence"},
    {"T1190", "initial-access"},
    {"T1090", "command-and-control"},
    {"T1572", "command-and-control"},
    {"T1105", "command-and-control"},
    {"T1027", "defense-evasion"},
    {"T1562", "defense-evasion"},
    {"T1612", "defense-evasion"},
    {"T1021", "lateral-movement"},
    {"T1567", "exfiltration"},
    {"T1496", "impact"},
};

/* Of the technique, or of the one that it is a part of: T1552.007. Of others what the rule says, in the same order;
 * empty if it says nothing. */
static const char *tactic_of(const char *technique, size_t place, const struct rule_test *rule)
{
    str name = str_from_cstring(technique);
    size_t dot = str_find_char(name, '.', 0);
    name = str_slice(name, 0, dot == SIZE_MAX ? name.len : dot);
    for (size_t i = 0; i < countof(known_tactics); i++) {
        if (str_eq(name, str_from_cstring(known_tactics[i].technique))) {
            return known_tactics[i].tactic;
        }
    }
    const struct tocsin_texts *own = &rule->rule.tactics;
    return own->count == 0 ? "" : own->items[place < own->count ? place : own->count - 1];
}

static void cover(struct coverage *ret, size_t *count, size_t capacity, const char *name, const char *tactic,
                  const struct rule_test *rule)
{
    size_t at = 0;
    while (at < *count && strcmp(ret[at].name, name) != 0) {
        at++;
    }
    if (at == *count && at == capacity) {
        return;
    }
    if (at == *count) {
        ret[(*count)++] = (struct coverage){.name = name, .tactic = ""};
    }
    struct coverage *to = &ret[at];
    to->tactic = to->tactic[0] ? to->tactic : tactic;
    to->rules++;
    to->checks += rule->results.check_count[CASE_POSITIVE] + rule->results.check_count[CASE_EVASION];
    to->passed += rule->results.passed_checks[CASE_POSITIVE] + rule->results.passed_checks[CASE_EVASION];
    to->attacks_found += rule->attacks_found;
}

size_t test_report_cover(struct pack_test *const *tests, size_t test_count, enum coverage_kind kind,
                         struct coverage *ret, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < test_count; i++) {
        for (size_t k = 0; k < tests[i]->rule_count; k++) {
            const struct rule_test *rule = &tests[i]->rules[k];
            if (kind == COVERAGE_TELEMETRY) {
                cover(ret, &count, capacity, rule->rule.telemetry[0] ? rule->rule.telemetry : "not said", "",
                      rule);
                continue;
            }
            const struct tocsin_texts *own = &rule->rule.techniques;
            const struct tocsin_texts *techniques = own->count > 0 ? own : &tests[i]->info.techniques;
            for (size_t at = 0; at < techniques->count; at++) {
                cover(ret, &count, capacity, techniques->items[at], tactic_of(techniques->items[at], at, rule), rule);
            }
        }
    }
    return count;
}

enum { COVERAGE_MAX = 1000 };

void test_report_coverage(struct strbuf *out, const struct pack_test *test)
{
    static const char *const titles[] = {"technique", "telemetry"};
    struct pack_test *const tests[] = {(struct pack_test *)test};
    struct coverage items[64];
    for (int kind = 0; kind < 2; kind++) {
        size_t count = test_report_cover(tests, 1, (enum coverage_kind)kind, items, countof(items));
        strbuf_append_format(out, "\nby %-14s  rules  checks passed  labelled attacks found\n", titles[kind]);
        for (size_t i = 0; i < count; i++) {
            strbuf_append(out, STR("  "));
            append_padded(out, str_from_cstring(items[i].name), 15);
            strbuf_append_format(out, "  %5zu  %6zu of %-5zu  %zu\n", items[i].rules, items[i].passed, items[i].checks,
                                 items[i].attacks_found);
        }
    }
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

static size_t rules_width(const struct pack_test *test)
{
    size_t width = 10;
    for (size_t i = 0; i < test->rule_count; i++) {
        size_t cells = utf8_text_width(str_from_cstring(test->rules[i].rule.id));
        width = cells > width ? cells : width;
    }
    return width;
}

static size_t sum(const size_t counts[CASE_KIND_COUNT])
{
    return counts[CASE_POSITIVE] + counts[CASE_NEGATIVE] + counts[CASE_EVASION];
}

static void append_rule(struct strbuf *out, const struct rule_test *rule, size_t width)
{
    size_t failed = 0;
    for (size_t i = 0; rule->results.case_failed && i < rule->cases.case_count; i++) {
        failed += rule->results.case_failed[i];
    }
    strbuf_append_format(out, "  %-6s  ", rule_test_has_passed(rule) ? "ok" : "FAILED");
    append_padded(out, str_from_cstring(rule->rule.id), width);
    strbuf_append_format(out, "  %3zu case%s (%zu positive, %zu negative, %zu evasion), %zu check%s",
                         rule->cases.case_count, plural(rule->cases.case_count), rule->cases.counts[CASE_POSITIVE],
                         rule->cases.counts[CASE_NEGATIVE], rule->cases.counts[CASE_EVASION],
                         sum(rule->results.check_count), plural(sum(rule->results.check_count)));
    if (failed > 0) {
        strbuf_append_format(out, "; %zu case%s and %zu check%s failed", failed, plural(failed),
                             rule->results.failure_count, plural(rule->results.failure_count));
    }
    strbuf_append_char(out, '\n');
}

static void append_failure(struct strbuf *out, const struct rule_test *rule, const struct case_failure *failure)
{
    strbuf_append_format(out, "tests/%s.yaml:%u: %s \"", rule->rule.id, failure->line,
                         case_kind_name(failure->rule_case->kind));
    append_cstring(out, failure->rule_case->name);
    strbuf_append(out, STR("\": "));
    report_append_text(out, failure->message);
    strbuf_append_char(out, '\n');
    if (failure->item.len > 0) {
        strbuf_append(out, STR("    "));
        report_append_text(out, failure->item);
        strbuf_append_char(out, '\n');
    }
    if (failure->form.len > 0) {
        strbuf_append_format(out, "    as %.*s\n", STR_ARG(failure->form));
    }
    for (str rest = failure->explanation; rest.len > 0;) {
        size_t end = str_find_char(rest, '\n', 0);
        strbuf_append(out, STR("    | "));
        report_append_text(out, str_slice(rest, 0, end == SIZE_MAX ? rest.len : end));
        strbuf_append_char(out, '\n');
        rest = str_skip(rest, end == SIZE_MAX ? rest.len : end + 1);
    }
}

static void append_failures(struct strbuf *out, const struct rule_test *rule)
{
    if (rule->error.status != TOCSIN_OK) {
        bool has_place = rule->error.line > 0;
        if (has_place) {
            strbuf_append_format(out, "%s:%u: ", rule->error.source, rule->error.line);
        } else {
            strbuf_append_format(out, "rule %s: ", rule->rule.id);
        }
        append_cstring(out, rule->error.message);
        strbuf_append(out, rule->error.hint[0] ? STR("\n    hint: ") : STR_EMPTY);
        append_cstring(out, rule->error.hint);
        strbuf_append_char(out, '\n');
        return;
    }
    if (rule->lack) {
        strbuf_append_format(out, "rule %s: %s (tests/%s.yaml)\n", rule->rule.id, rule->lack, rule->rule.id);
    }
    for (size_t i = 0; i < rule->results.failure_count; i++) {
        append_failure(out, rule, &rule->results.failures[i]);
    }
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static void append_row(struct strbuf *out, const struct labelled_row *row)
{
    strbuf_append_format(out, "  %-6s  ", row_label_name(row->label));
    append_padded(out, row->variant, 24);
    strbuf_append_format(out, "  %-9s  ", row_telemetry_name(row->telemetry));
    if (row->level >= 0) {
        strbuf_append_format(out, "%s %" PRId64 " by ", tocsin_level_name(row->level), row->risk);
        report_append_text(out, row->rules);
        if (row->label == LABEL_ATTACK) {
            strbuf_append_format(out, ", missed as %s", row->missed_form);
        }
        strbuf_append(out, STR(": "));
    } else if (row->label == LABEL_ATTACK) {
        strbuf_append(out, STR("missed: "));
    }
    report_append_text(out, str_slice(row->text, 0, utf8_part_length(row->text, 2000)));
    strbuf_append_char(out, '\n');
}

static void append_missed(struct strbuf *out, const struct pack_test *test)
{
    static const char *const titles[LABEL_COUNT] = {"attacks that are missed", "benign rows that are found",
                                                    "gray rows that are found"};
    for (int label = 0; label < LABEL_COUNT; label++) {
        bool has_title = false;
        for (size_t i = 0; i < test->labelled.count; i++) {
            const struct labelled_row *row = &test->labelled.rows[i];
            if ((int)row->label != label || labelled_row_is_found(row) == (label == LABEL_ATTACK)) {
                continue;
            }
            if (!has_title) {
                strbuf_append_format(out, "\n%s:\n", titles[label]);
                has_title = true;
            }
            append_row(out, row);
        }
    }
    for (size_t i = 0; i < test->log_count; i++) {
        const struct benign_log *log = &test->logs[i];
        for (size_t k = 0; k < log->finding_count; k++) {
            const struct benign_finding *finding = &log->findings[k];
            strbuf_append_format(out, "%s%s:%" PRIu64 ": ", k == 0 ? "\nfindings on benign events:\n  " : "  ",
                                 log->log, finding->line);
            report_append_text(out, finding->rule);
            strbuf_append_format(out, " %s %" PRId64 ": ", tocsin_level_name(finding->level), finding->risk);
            report_append_text(out, finding->act.data ? finding->act : STR_EMPTY);
            strbuf_append(out, finding->identity.data ? STR(" by ") : STR_EMPTY);
            report_append_text(out, finding->identity.data ? finding->identity : STR_EMPTY);
            strbuf_append_char(out, '\n');
        }
    }
}

static void append_variants(struct strbuf *out, const struct pack_test *test)
{
    struct arena arena;
    struct variant_count *variants = NULL;
    size_t count = 0;
    arena_init(&arena, ARENA_NO_LIMIT);
    if (labelled_rows_variants(&test->labelled, &arena, &variants, &count, NULL) == TOCSIN_OK && count > 0) {
        strbuf_append(out, STR("\nfound, by technique variant:\n"));
        for (size_t i = 0; i < count; i++) {
            strbuf_append_format(out, "  %-6s  ", row_label_name(variants[i].label));
            append_padded(out, variants[i].variant, 30);
            strbuf_append_format(out, "  %3zu of %zu\n", variants[i].count.found, variants[i].count.count);
        }
    }
    arena_release(&arena);
}

static void append_numbers(struct strbuf *out, const struct pack_test *test)
{
    const struct pack_numbers numbers = pack_test_numbers(test);
    if (numbers.attacks.count + numbers.benign.count + numbers.gray.count == 0 && test->log_count == 0) {
        strbuf_append(out, STR("not measured: the pack has no measures.yaml, and no --labelled table was given\n"));
        return;
    }
    if (numbers.attacks.count > 0) {
        strbuf_append_format(out, "recall    %.1f %%: %zu of %zu labelled attacks found\n", numbers.recall,
                             numbers.attacks.found, numbers.attacks.count);
    }
    if (numbers.benign.count > 0) {
        strbuf_append_format(out, "benign    %.1f findings per 1000 rows: %zu of %zu labelled benign rows found\n",
                             numbers.benign_per_thousand, numbers.benign.found, numbers.benign.count);
    }
    if (numbers.gray.count > 0) {
        strbuf_append_format(out, "gray      %zu of %zu gray rows found, %zu of them at high or critical\n",
                             numbers.gray.found, numbers.gray.count, numbers.gray_too_high);
    }
    if (test->log_count > 0) {
        strbuf_append_format(out,
                             "per day   %.1f findings on benign events: %zu in %" PRIu64
                             " events of %zu log%s (%.1f days; a log that is shorter counts as one)\n",
                             numbers.per_day, numbers.log_findings, numbers.log_events, test->log_count,
                             plural(test->log_count), numbers.log_days);
    }
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

void test_report_text(struct strbuf *out, const struct pack_test *test, const struct test_report_options *options)
{
    struct threshold_result thresholds[THRESHOLDS_MAX];
    size_t threshold_count = pack_test_thresholds(test, thresholds);
    size_t width = rules_width(test);
    size_t passed = 0;
    size_t cases = 0;
    size_t checks = 0;
    for (size_t i = 0; i < test->rule_count; i++) {
        const struct rule_test *rule = &test->rules[i];
        passed += rule_test_has_passed(rule);
        cases += rule->cases.case_count;
        checks += sum(rule->results.check_count);
        if (!options->is_quiet) {
            append_rule(out, rule, width);
        }
    }
    for (size_t i = 0; i < test->rule_count; i++) {
        append_failures(out, &test->rules[i]);
    }
    if (options->lists_missed) {
        append_variants(out, test);
        append_missed(out, test);
    }
    if (options->shows_coverage) {
        test_report_coverage(out, test);
    }
    strbuf_append_format(out, "%s%s: %zu of %zu rule%s passed, %zu case%s, %zu check%s, in %.1f s\n",
                         options->lists_missed || options->shows_coverage ? "\n" : "", test->info.name, passed,
                         test->rule_count, plural(test->rule_count), cases, plural(cases), checks, plural(checks),
                         test->seconds);
    append_numbers(out, test);
    for (size_t i = 0; i < threshold_count; i++) {
        if (!thresholds[i].has_passed) {
            strbuf_append_format(out, "FAILED    %s\n", thresholds[i].message);
        }
    }
}
