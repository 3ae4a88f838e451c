#include "engine/findings.h"

#include <stdio.h>

#include "base/memory.h"
#include "base/text_file.h"
#include "engine/alerts.h"
#include "finding/finding_columns.h"
#include "finding/finding_join.h"
#include "lookup/lookup.h"

struct run_findings {
    struct exceptions *exceptions;
    struct finding_join *join;
    struct finding_rule *rules; /* by number of the rule in the run */
    struct arena scratch;       /* of the row being pushed */
    struct result_header header;
    struct tocsin_rule_count *by_rule; /* for the summary */
    struct tocsin_exception *exceptions_shown;
    size_t exception_count;
    struct tocsin_error remarks[EXCEPTION_REMARKS_MAX];
    str *rule_ids; /* of the pack */
    str *rule_texts;
    struct output_report report;
    struct tocsin_summary summary; /* for the report */
    struct tocsin_rule *described; /* of the rules that ran */
    struct output_guide *guides;
    size_t guide_count;
    char first_time[64];
    char last_time[64];
};

/* ---- exceptions -------------------------------------------------------------------------------------------------- */

static tocsin_status list_rules(struct tocsin_run *run, struct error *err)
{
    const struct pack *pack = run->pack->pack;
    struct run_findings *findings = run->findings;
    findings->rule_ids = arena_array(&run->arena, str, pack->rule_count);
    findings->rule_texts = arena_array(&run->arena, str, pack->rule_count);
    if (!findings->rule_ids || !findings->rule_texts) {
        return error_memory(err);
    }
    for (size_t i = 0; i < pack->rule_count; i++) {
        findings->rule_ids[i] = pack->rules[i].id;
        findings->rule_texts[i] = pack->rules[i].text;
    }
    return TOCSIN_OK;
}

/* One query is no pack: a list may be for more than it. */
static struct exceptions_options exceptions_options(const struct tocsin_run *run, bool allows_missing_sets)
{
    const struct pack *pack = run->pack->pack;
    return (struct exceptions_options){
        .allows_missing_sets = allows_missing_sets,
        .rule_ids = run->findings->rule_ids,
        .rule_texts = run->findings->rule_texts,
        .rule_count = pack->is_query ? 0 : pack->rule_count,
    };
}

static tocsin_status load_pack_exceptions(struct tocsin_run *run, struct exceptions *exceptions, struct error *err)
{
    const struct exceptions_options options = exceptions_options(run, true);
    str text = STR_EMPTY;
    const char *path = NULL;
    if (run->pack->pack->is_query) {
        return TOCSIN_OK;
    }
    tocsin_status status = pack_read(run->pack->pack, STR("exceptions.yaml"), LIMIT_CONFIG_BYTES, &text, &path, err);
    if (status == TOCSIN_END) {
        return TOCSIN_OK;
    }
    return status == TOCSIN_OK ? exceptions_load_text(exceptions, text, path, &options, err) : status;
}

static tocsin_status load_own_exceptions(struct tocsin_run *run, struct exceptions *exceptions, struct error *err)
{
    const struct exceptions_options options = exceptions_options(run, false);
    const char *path = run->options.exceptions;
    str text = STR_EMPTY;
    if (!path) {
        return TOCSIN_OK;
    }
    tocsin_status status = text_file_read(path, LIMIT_CONFIG_BYTES, &text, err);
    if (status == TOCSIN_OK) {
        status = exceptions_load_text(exceptions, text, path, &options, err);
        memory_free((void *)(uintptr_t)text.data);
    }
    return status;
}

static tocsin_status open_exceptions(struct tocsin_run *run, struct error *err)
{
    struct run_findings *findings = run->findings;
    if (run->options.ignores_exceptions) {
        return TOCSIN_OK;
    }
    tocsin_status status = list_rules(run, err);
    if (status == TOCSIN_OK) {
        status = exceptions_create(run->engine->zone, run->engine->lookups->reference_data, &findings->exceptions, err);
    }
    status = status == TOCSIN_OK ? load_pack_exceptions(run, findings->exceptions, err) : status;
    return status == TOCSIN_OK ? load_own_exceptions(run, findings->exceptions, err) : status;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

/* How far what a rule reads can be trusted: the kernel and the API server say what they did themselves; a container
 * engine's log does not say who asked. */
static uint32_t credibility_of(const struct pack_rule *rule)
{
    static const uint32_t by_telemetry[TELEMETRY_COUNT] = {
        [TELEMETRY_NONE] = 6,       [TELEMETRY_PROCESS] = 7, [TELEMETRY_FILE] = 7,        [TELEMETRY_NETWORK] = 7,
        [TELEMETRY_KUBERNETES] = 9, [TELEMETRY_DOCKER] = 6,  [TELEMETRY_CORRELATION] = 8,
    };
    uint32_t credibility = by_telemetry[rule->telemetry];
    return rule->status == STATUS_EXPERIMENTAL ? credibility - 2
           : rule->status == STATUS_TEST       ? credibility - 1
                                               : credibility;
}

static tocsin_status open_rules(struct tocsin_run *run, bool *ret_has_any, struct error *err)
{
    bool has_any = false;
    run->findings->rules = arena_array(&run->arena, struct finding_rule, run->rule_count);
    if (!run->findings->rules) {
        return error_memory(err);
    }
    for (size_t i = 0; i < run->rule_count; i++) {
        struct rule_run *rule = &run->rules[i];
        struct finding_columns *columns = arena_new(&run->arena, struct finding_columns);
        if (!columns) {
            return error_memory(err);
        }
        if (finding_columns_find(rule->columns, rule->header.column_count, columns)) {
            rule->finding_columns = columns;
            has_any = true;
        }
        run->findings->rules[i] = (struct finding_rule){rule->rule->id, credibility_of(rule->rule)};
    }
    *ret_has_any = has_any;
    return TOCSIN_OK;
}

static tocsin_status open_join(struct tocsin_run *run, struct error *err)
{
    const struct pack *pack = run->pack->pack;
    struct finding_options options = {
        .rules = run->findings->rules,
        .rule_count = (uint32_t)run->rule_count,
        .exceptions = run->findings->exceptions,
        .shows_excepted = run->options.shows_excepted,
        .level_min = run->options.level_min > 0 ? (uint32_t)run->options.level_min : 0,
        .join_ms = pack->join_minutes * INT64_C(60000),
        .zone = run->engine->zone,
        .bytes_max = run_part_bytes(run),
        .hash_seed = run->hash_seed,
    };
    for (int level = 0; level < LEVEL_COUNT; level++) {
        options.level_names[level] = pack_level_name((enum pack_level)level);
        options.level_floors[level] = pack->levels.has_threshold[level] ? pack->levels.threshold[level] : INT64_MAX / 2;
    }
    return finding_join_create(&options, &run->findings->join, err);
}

tocsin_status findings_open(struct tocsin_run *run, struct error *err)
{
    bool has_any = false;
    if (!run->pack || run->options.keeps_rows) {
        return TOCSIN_OK;
    }
    run->findings = arena_new(&run->arena, struct run_findings);
    if (!run->findings) {
        return error_memory(err);
    }
    arena_init(&run->findings->scratch, ARENA_NO_LIMIT);
    tocsin_status status = open_rules(run, &has_any, err);
    status = status == TOCSIN_OK ? open_exceptions(run, err) : status;
    return status == TOCSIN_OK && has_any ? open_join(run, err) : status;
}

void findings_close(struct tocsin_run *run)
{
    if (run->findings) {
        finding_join_free(run->findings->join);
        exceptions_free(run->findings->exceptions);
        arena_release(&run->findings->scratch);
        memory_free(run->findings->by_rule);
        memory_free(run->findings->exceptions_shown);
    }
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

tocsin_status findings_push(struct rule_run *rule, const struct result_batch *batch, const uint8_t *levels,
                            struct error *err)
{
    struct tocsin_run *run = rule->run;
    struct run_findings *findings = run->findings;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < batch->row_count; i++) {
        struct finding_row row;
        arena_clear(&findings->scratch);
        if (!finding_columns_read(rule->finding_columns, rule->columns, batch->columns, i, &findings->scratch, &row)) {
            return error_memory(err);
        }
        row.rule = (uint32_t)(rule - run->rules);
        row.risk = batch->risks[i];
        row.level = levels[i];
        row.evidence = batch->evidence ? batch->evidence[i] : (struct result_evidence){0};
        if (run->part && alerts_knows(run->part->alerts, rule, &row.evidence, row.texts[ROW_IDENTITY],
                                      row.texts[ROW_HOST], row.time_ms)) {
            continue;
        }
        status = finding_join_push(findings->join, &row, err);
    }
    return status;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static bool has_guide(const struct run_findings *findings, str group)
{
    for (size_t i = 0; i < findings->guide_count; i++) {
        if (str_eq(findings->guides[i].group, group)) {
            return true;
        }
    }
    return false;
}

/* The guide of each group of the rules, once; a group without one is none. */
static tocsin_status read_guides(struct tocsin_run *run, struct error *err)
{
    struct run_findings *findings = run->findings;
    findings->guides = arena_array(&run->arena, struct output_guide, run->rule_count);
    findings->described = arena_array(&run->arena, struct tocsin_rule, run->rule_count);
    if (!findings->guides || !findings->described) {
        return error_memory(err);
    }
    for (size_t i = 0; i < run->rule_count; i++) {
        const struct pack_rule *rule = run->rules[i].rule;
        findings->described[i] = run->pack->described[rule - run->pack->pack->rules];
        if (rule->group.len == 0 || run->pack->pack->is_query || has_guide(findings, rule->group)) {
            continue;
        }
        struct strbuf path;
        str text = STR_EMPTY;
        strbuf_init(&path, 4096);
        strbuf_append(&path, STR("guides/"));
        strbuf_append(&path, rule->group);
        strbuf_append(&path, STR(".md"));
        tocsin_status status =
            path.is_failed ? error_memory(err)
                           : pack_read(run->pack->pack, strbuf_str(&path), LIMIT_CONFIG_BYTES, &text, NULL, err);
        strbuf_release(&path);
        if (status == TOCSIN_OK) {
            findings->guides[findings->guide_count++] = (struct output_guide){rule->group, text};
        } else if (status != TOCSIN_END) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static str time_text(const struct tocsin_run *run, int64_t time_ms, char ret_text[64])
{
    struct civil civil;
    civil_from_zone_ms(time_ms, run->engine->zone, &civil);
    int length = snprintf(ret_text, 64, "%04lld-%02d-%02d %02d:%02d:%02d", (long long)civil.year, civil.month,
                          civil.day, civil.hour, civil.minute, civil.second);
    return (str){ret_text, length > 0 ? (size_t)length : 0};
}

/* What the hunt tells of itself, for outputs that have a place for it. */
static tocsin_status describe(struct tocsin_run *run, struct error *err)
{
    struct run_findings *findings = run->findings;
    if (!run->output->describe) {
        return TOCSIN_OK;
    }
    tocsin_status status = read_guides(run, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    tocsin_run_summary(run, &findings->summary);
    if (!run->kept_summary.is_whole || !findings->by_rule || !findings->exceptions_shown) {
        return error_memory(err); /* a report must not leave out what it has no memory for */
    }
    findings->report = (struct output_report){
        .version = str_from_cstring(tocsin_version()),
        .pack = &run->pack->info,
        .summary = &findings->summary,
        .rules = findings->described,
        .rule_count = run->rule_count,
        .guides = findings->guides,
        .guide_count = findings->guide_count,
        .first_time = STR_EMPTY,
        .last_time = STR_EMPTY,
    };
    const struct finding_counts *counts = findings->join ? finding_join_counts(findings->join) : NULL;
    if (counts && counts->rows > 0) {
        findings->report.first_time = time_text(run, counts->first_ms, findings->first_time);
        findings->report.last_time = time_text(run, counts->last_ms, findings->last_time);
        findings->report.timeline = counts->timeline;
        findings->report.timeline_parts = FINDING_TIMELINE_PARTS;
    }
    return run->output->describe(run->output_state, &findings->report, err);
}

static tocsin_status write_findings(struct tocsin_run *run, struct error *err)
{
    struct run_findings *findings = run->findings;
    tocsin_status status = run->output->begin(run->output_state, &findings->header, err);
    while (status == TOCSIN_OK) {
        struct result_batch batch;
        status = finding_join_next(findings->join, &batch, err);
        status = status == TOCSIN_OK ? run->output->push(run->output_state, &batch, err) : status;
        if (status == TOCSIN_OK && run->part) {
            status = alerts_add_findings(run->part->alerts, run, &batch, err);
        }
    }
    return status == TOCSIN_END ? run->output->end(run->output_state, err) : status;
}

tocsin_status findings_finish(struct tocsin_run *run, struct error *err)
{
    struct run_findings *findings = run->findings;
    if (!findings || !findings->join) {
        return findings ? describe(run, err) : TOCSIN_OK;
    }
    tocsin_status status = finding_join_finish(findings->join, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct finding_counts *counts = finding_join_counts(findings->join);
    uint64_t given = counts->excepted_findings;
    for (int level = 0; level < LEVEL_COUNT; level++) {
        run->rows_by_level[level] += counts->findings[level];
        run->rows += counts->findings[level];
        given += counts->findings[level];
    }
    findings->header = finding_join_header(findings->join);
    findings->header.input_names = run->input_names;
    findings->header.input_count = run->input_count;
    status = describe(run, err);
    return status == TOCSIN_OK && given > 0 ? write_findings(run, err) : status;
}

static void summarise_rules(struct tocsin_run *run, const struct finding_counts *counts, struct tocsin_summary *summary)
{
    struct run_findings *findings = run->findings;
    memory_free(findings->by_rule);
    findings->by_rule = memory_allocate_zeroed(run->rule_count, sizeof(*findings->by_rule));
    if (!findings->by_rule) {
        return;
    }
    for (size_t i = 0; i < run->rule_count; i++) {
        uint64_t count = counts && run->rules[i].finding_columns ? counts->by_rule[i] : run->rules[i].rows;
        findings->by_rule[i] = (struct tocsin_rule_count){
            .rule = run->rules[i].rule->id.data,
            .rows = run->rules[i].rows,
            .findings = count,
            .tested_rows = run->rules[i].tested_rows,
            .seconds = (double)run->rules[i].busy_ns / 1e9,
        };
    }
    summary->by_rule = findings->by_rule;
    summary->by_rule_count = run->rule_count;
}

static void summarise_exceptions(struct run_findings *findings, const struct finding_counts *counts,
                                 struct tocsin_summary *summary)
{
    size_t count = findings->exceptions ? exceptions_count(findings->exceptions) : 0;
    memory_free(findings->exceptions_shown);
    findings->exceptions_shown = memory_allocate_zeroed(count, sizeof(*findings->exceptions_shown));
    findings->exception_count = 0;
    for (size_t i = 0; findings->exceptions_shown && counts && i < count; i++) {
        struct exception_info info;
        exceptions_get(findings->exceptions, i, &info);
        if (counts->excepted[i] > 0 || counts->expired[i] > 0) {
            findings->exceptions_shown[findings->exception_count++] = (struct tocsin_exception){
                .id = info.id.data,
                .reason = info.reason.data,
                .owner = info.owner.data,
                .expires = info.expires.data,
                .file = info.source.data,
                .rows = counts->excepted[i],
                .expired_rows = counts->expired[i],
            };
        }
    }
    size_t remarks = findings->exceptions ? exceptions_remark_count(findings->exceptions) : 0;
    for (size_t i = 0; i < remarks; i++) {
        public_error(&findings->remarks[i], exceptions_remark(findings->exceptions, i));
    }
    summary->remarks = findings->remarks;
    summary->remark_count = remarks;
    summary->exceptions = findings->exceptions_shown;
    summary->exception_count = findings->exception_count;
}

void findings_summarise(struct tocsin_run *run, struct tocsin_summary *summary)
{
    struct run_findings *findings = run->findings;
    if (!findings) {
        return;
    }
    const struct finding_counts *counts = findings->join ? finding_join_counts(findings->join) : NULL;
    summarise_rules(run, counts, summary);
    summarise_exceptions(findings, counts, summary);
    for (int level = 0; counts && level < LEVEL_COUNT; level++) {
        summary->below_by_level[level] = counts->below[level];
    }
    summary->joined_rows = counts ? counts->rows : 0;
}
