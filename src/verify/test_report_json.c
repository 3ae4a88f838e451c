/* The report as JSON, and the layer of the ATT&CK Navigator. */
#include "verify/test_report.h"

#include <stdio.h>

#include "base/json_writer.h"

static void write_text(struct json_writer *json, str key, str value)
{
    json_key(json, key);
    json_string(json, value);
}

static void write_cstring(struct json_writer *json, str key, const char *value)
{
    write_text(json, key, str_from_cstring(value));
}

static void write_count(struct json_writer *json, str key, uint64_t value)
{
    json_key(json, key);
    json_u64(json, value);
}

static void write_number(struct json_writer *json, str key, double value)
{
    json_key(json, key);
    json_double(json, value);
}

static void write_flag(struct json_writer *json, str key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}

static void write_texts(struct json_writer *json, str key, const struct tocsin_texts *texts)
{
    json_key(json, key);
    json_begin_array(json);
    for (size_t i = 0; i < texts->count; i++) {
        json_string(json, str_from_cstring(texts->items[i]));
    }
    json_end_array(json);
}

/* ---- the report -------------------------------------------------------------------------------------------------- */

static void write_failures(struct json_writer *json, const struct rule_test *rule)
{
    json_key(json, STR("failures"));
    json_begin_array(json);
    for (size_t i = 0; i < rule->results.failure_count; i++) {
        const struct case_failure *failure = &rule->results.failures[i];
        json_begin_object(json);
        write_cstring(json, STR("kind"), case_kind_name(failure->rule_case->kind));
        write_cstring(json, STR("case"), failure->rule_case->name);
        write_text(json, STR("item"), failure->item);
        write_text(json, STR("form"), failure->form);
        write_count(json, STR("line"), failure->line);
        write_text(json, STR("message"), failure->message);
        if (failure->explanation.len > 0) {
            write_text(json, STR("explanation"), failure->explanation);
        }
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_rule(struct json_writer *json, const struct rule_test *rule)
{
    json_begin_object(json);
    write_cstring(json, STR("id"), rule->rule.id);
    write_cstring(json, STR("title"), rule->rule.title);
    write_cstring(json, STR("status"), rule->rule.status);
    write_cstring(json, STR("telemetry"), rule->rule.telemetry);
    write_texts(json, STR("techniques"), &rule->rule.techniques);
    write_flag(json, STR("passed"), rule_test_has_passed(rule));
    for (int kind = 0; kind < CASE_KIND_COUNT; kind++) {
        json_key(json, str_from_cstring(case_kind_name((enum case_kind)kind)));
        json_begin_object(json);
        write_count(json, STR("cases"), rule->cases.counts[kind]);
        write_count(json, STR("checks"), rule->results.check_count[kind]);
        write_count(json, STR("passed"), rule->results.passed_checks[kind]);
        json_end_object(json);
    }
    write_count(json, STR("labelled_attacks_found"), rule->attacks_found);
    write_count(json, STR("labelled_benign_found"), rule->benign_found);
    if (rule->error.status != TOCSIN_OK || rule->lack) {
        write_cstring(json, STR("error"), rule->error.status != TOCSIN_OK ? rule->error.message : rule->lack);
        write_count(json, STR("error_line"), rule->error.line);
    }
    write_failures(json, rule);
    write_number(json, STR("seconds"), rule->seconds);
    json_end_object(json);
}

static void write_row(struct json_writer *json, const struct labelled_row *row)
{
    json_begin_object(json);
    write_cstring(json, STR("label"), row_label_name(row->label));
    write_text(json, STR("technique_variant"), row->variant);
    write_cstring(json, STR("telemetry"), row_telemetry_name(row->telemetry));
    write_count(json, STR("line"), row->line);
    write_flag(json, STR("found"), labelled_row_is_found(row));
    if (row->level >= 0) {
        write_cstring(json, STR("level"), tocsin_level_name(row->level));
        json_key(json, STR("risk"));
        json_i64(json, row->risk);
        write_text(json, STR("rules"), row->rules);
    }
    if (row->missed_form) {
        write_cstring(json, STR("missed_as"), row->missed_form);
    }
    write_text(json, STR("text"), row->text);
    json_end_object(json);
}

static void write_label(struct json_writer *json, str key, struct label_count count)
{
    json_key(json, key);
    json_begin_object(json);
    write_count(json, STR("rows"), count.count);
    write_count(json, STR("found"), count.found);
    json_end_object(json);
}

static void write_variants(struct json_writer *json, const struct pack_test *test)
{
    struct arena arena;
    struct variant_count *variants = NULL;
    size_t count = 0;
    arena_init(&arena, ARENA_NO_LIMIT);
    json_key(json, STR("variants"));
    json_begin_array(json);
    json->buffer->is_failed |= labelled_rows_variants(&test->labelled, &arena, &variants, &count, NULL) != TOCSIN_OK;
    for (size_t i = 0; i < count; i++) {
        json_begin_object(json);
        write_cstring(json, STR("label"), row_label_name(variants[i].label));
        write_text(json, STR("technique_variant"), variants[i].variant);
        write_count(json, STR("rows"), variants[i].count.count);
        write_count(json, STR("found"), variants[i].count.found);
        json_end_object(json);
    }
    json_end_array(json);
    arena_release(&arena);
}

static void write_measures(struct json_writer *json, const struct pack_test *test)
{
    const struct pack_numbers numbers = pack_test_numbers(test);
    json_key(json, STR("measures"));
    json_begin_object(json);
    write_number(json, STR("recall_percent"), numbers.recall);
    write_number(json, STR("benign_per_1000"), numbers.benign_per_thousand);
    write_number(json, STR("findings_per_day"), numbers.per_day);
    write_label(json, STR("attacks"), numbers.attacks);
    write_label(json, STR("benign"), numbers.benign);
    write_label(json, STR("gray"), numbers.gray);
    write_count(json, STR("gray_too_high"), numbers.gray_too_high);
    write_count(json, STR("log_events"), numbers.log_events);
    write_count(json, STR("log_findings"), numbers.log_findings);
    write_number(json, STR("log_days"), numbers.log_days);
    write_variants(json, test);
    json_key(json, STR("rows"));
    json_begin_array(json);
    for (size_t i = 0; i < test->labelled.count; i++) {
        const struct labelled_row *row = &test->labelled.rows[i];
        if (labelled_row_is_found(row) != (row->label == LABEL_ATTACK)) {
            write_row(json, row);
        }
    }
    json_end_array(json);
    json_end_object(json);
}

static void write_coverage(struct json_writer *json, const struct pack_test *test)
{
    static const char *const keys[] = {"techniques", "telemetry"};
    struct pack_test *const tests[] = {(struct pack_test *)test};
    struct coverage items[64];
    json_key(json, STR("coverage"));
    json_begin_object(json);
    for (int kind = 0; kind < 2; kind++) {
        size_t count = test_report_cover(tests, 1, (enum coverage_kind)kind, items, countof(items));
        json_key(json, str_from_cstring(keys[kind]));
        json_begin_array(json);
        for (size_t i = 0; i < count; i++) {
            json_begin_object(json);
            write_cstring(json, STR("name"), items[i].name);
            write_count(json, STR("rules"), items[i].rules);
            write_count(json, STR("checks"), items[i].checks);
            write_count(json, STR("passed"), items[i].passed);
            write_count(json, STR("labelled_attacks_found"), items[i].attacks_found);
            json_end_object(json);
        }
        json_end_array(json);
    }
    json_end_object(json);
}

static void write_pack(struct json_writer *json, const struct pack_test *test)
{
    struct threshold_result thresholds[THRESHOLDS_MAX];
    size_t threshold_count = pack_test_thresholds(test, thresholds);
    json_begin_object(json);
    write_cstring(json, STR("pack"), test->info.name);
    write_cstring(json, STR("version"), test->info.version);
    write_flag(json, STR("passed"), pack_test_has_passed(test));
    json_key(json, STR("rules"));
    json_begin_array(json);
    for (size_t i = 0; i < test->rule_count; i++) {
        write_rule(json, &test->rules[i]);
    }
    json_end_array(json);
    write_measures(json, test);
    write_coverage(json, test);
    json_key(json, STR("thresholds"));
    json_begin_array(json);
    for (size_t i = 0; i < threshold_count; i++) {
        json_begin_object(json);
        write_cstring(json, STR("message"), thresholds[i].message);
        write_flag(json, STR("passed"), thresholds[i].has_passed);
        json_end_object(json);
    }
    json_end_array(json);
    write_number(json, STR("seconds"), test->seconds);
    json_end_object(json);
}

void test_report_json(struct strbuf *out, struct pack_test *const *tests, size_t count)
{
    struct json_writer json;
    json_writer_init(&json, out, true);
    json_begin_object(&json);
    json_key(&json, STR("packs"));
    json_begin_array(&json);
    for (size_t i = 0; i < count; i++) {
        write_pack(&json, tests[i]);
    }
    json_end_array(&json);
    json_end_object(&json);
    strbuf_append_char(out, '\n');
}

/* ---- the layer --------------------------------------------------------------------------------------------------- */

static void write_metadata(struct json_writer *json, const char *name, size_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%zu", value);
    json_begin_object(json);
    write_cstring(json, STR("name"), name);
    write_cstring(json, STR("value"), text);
    json_end_object(json);
}

/* "Credential Access" is "credential-access" in a layer. */
static void write_tactic(struct json_writer *json, const char *tactic)
{
    char name[100];
    size_t length = 0;
    for (; tactic[length] && length + 1 < sizeof(name); length++) {
        name[length] = tactic[length] == ' ' ? '-' : ascii_lower(tactic[length]);
    }
    if (length > 0) {
        write_text(json, STR("tactic"), str_from(name, length));
    }
}

static void write_technique(struct json_writer *json, const struct coverage *item)
{
    char comment[200];
    double score = item->checks > 0 ? 100.0 * (double)item->passed / (double)item->checks : 0;
    snprintf(comment, sizeof(comment), "%zu of %zu checks of attacks pass", item->passed, item->checks);
    json_begin_object(json);
    write_cstring(json, STR("techniqueID"), item->name);
    write_tactic(json, item->tactic);
    json_key(json, STR("score"));
    json_i64(json, (int64_t)score);
    write_cstring(json, STR("color"), "");
    write_cstring(json, STR("comment"), comment);
    write_flag(json, STR("enabled"), true);
    json_key(json, STR("metadata"));
    json_begin_array(json);
    write_metadata(json, "rules", item->rules);
    write_metadata(json, "checks", item->checks);
    write_metadata(json, "checks passed", item->passed);
    json_end_array(json);
    json_key(json, STR("links"));
    json_begin_array(json);
    json_end_array(json);
    write_flag(json, STR("showSubtechniques"), true);
    json_end_object(json);
}

static void write_gradient(struct json_writer *json)
{
    json_key(json, STR("gradient"));
    json_begin_object(json);
    json_key(json, STR("colors"));
    json_begin_array(json);
    json_string(json, STR("#ff6666ff"));
    json_string(json, STR("#ffe766ff"));
    json_string(json, STR("#8ec843ff"));
    json_end_array(json);
    write_count(json, STR("minValue"), 0);
    write_count(json, STR("maxValue"), 100);
    json_end_object(json);
}

void test_report_navigator(struct strbuf *out, struct pack_test *const *tests, size_t count)
{
    struct json_writer json;
    struct coverage items[1000];
    size_t item_count = test_report_cover(tests, count, COVERAGE_TECHNIQUE, items, countof(items));
    json_writer_init(&json, out, true);
    json_begin_object(&json);
    write_cstring(&json, STR("name"), count > 0 ? tests[0]->info.title : "");
    json_key(&json, STR("versions"));
    json_begin_object(&json);
    write_cstring(&json, STR("attack"), "17");
    write_cstring(&json, STR("navigator"), "5.1.0");
    write_cstring(&json, STR("layer"), "4.5");
    json_end_object(&json);
    write_cstring(&json, STR("domain"), "enterprise-attack");
    write_cstring(&json, STR("description"),
                  "What the rules detect. The score is the share of their tests of attacks that pass, in percent.");
    json_key(&json, STR("techniques"));
    json_begin_array(&json);
    for (size_t i = 0; i < item_count; i++) {
        write_technique(&json, &items[i]);
    }
    json_end_array(&json);
    write_gradient(&json);
    write_flag(&json, STR("hideDisabled"), false);
    write_flag(&json, STR("selectTechniquesAcrossTactics"), true);
    write_flag(&json, STR("selectSubtechniquesWithParent"), false);
    json_end_object(&json);
    strbuf_append_char(out, '\n');
}
