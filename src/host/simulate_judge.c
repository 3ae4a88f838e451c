/* Is what was expected in the log, and do the rules find it. */
#include <errno.h>
#include <stdio.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "host/simulate_internal.h"

static int collect(void *context, const char *bytes, size_t byte_count)
{
    struct strbuf *buffer = context;
    strbuf_append(buffer, str_from(bytes, byte_count));
    return buffer->is_failed ? ENOMEM : 0;
}

static tocsin_status take_error(struct error *err, const struct tocsin_error *wrong)
{
    error_set(err, wrong->status, "%s", wrong->message);
    error_hint(err, "%s", wrong->hint);
    return wrong->status;
}

static tocsin_status finish_run(tocsin_run *run, struct error *err)
{
    struct tocsin_error wrong = {0};
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, &wrong);
    }
    tocsin_run_free(run);
    return status == TOCSIN_END ? TOCSIN_OK : take_error(err, &wrong);
}

/* Serial numbers of events, as they stand in "msg=audit(TIME:SERIAL)". */
struct serials {
    int64_t *numbers;
    size_t count;
};

static bool has_serial(const struct serials *serials, int64_t number)
{
    for (size_t i = 0; i < serials->count; i++) {
        if (serials->numbers[i] == number) {
            return true;
        }
    }
    return false;
}

/* The events that a condition is true of. */
static tocsin_status find_events(tocsin_engine *engine, const char *condition, const char *path, struct arena *arena,
                                 struct serials *ret_serials, struct error *err)
{
    struct tocsin_error wrong = {0};
    tocsin_query *query = NULL;
    tocsin_run *run = NULL;
    char text[1024];
    struct strbuf rows;
    strbuf_init(&rows, LIMIT_HOST_FILE_BYTES);
    const char *const inputs[] = {path};
    struct tocsin_run_options options = {
        .inputs = inputs, .input_count = 1, .output = "tsv", .write = collect, .write_context = &rows};
    int length = snprintf(text, sizeof(text), "SELECT \"Audit Serial\" AS serial FROM events WHERE %s", condition);
    tocsin_status status = tocsin_query_prepare(engine, text, (size_t)length, "expected signal", &query, &wrong);
    if (status == TOCSIN_OK) {
        status = tocsin_run_query(engine, query, &options, &run, &wrong);
    }
    status = status == TOCSIN_OK ? finish_run(run, err) : take_error(err, &wrong);
    ret_serials->numbers = arena_array(arena, int64_t, rows.len + 1);
    if (status == TOCSIN_OK && (rows.is_failed || !ret_serials->numbers)) {
        status = error_memory(err);
    }
    for (str rest = strbuf_str(&rows); status == TOCSIN_OK && rest.len > 0;) {
        size_t end = str_find_char(rest, '\n', 0);
        if (str_to_i64(str_trim(str_slice(rest, 0, end)), &ret_serials->numbers[ret_serials->count])) {
            ret_serials->count++;
        }
        rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end + 1);
    }
    tocsin_query_free(query);
    strbuf_release(&rows);
    return status;
}

/* What the pack finds: one JSON object a line, with the rule's id and the lines that are its evidence. */
static tocsin_status find_rows(tocsin_engine *engine, tocsin_pack *pack, const char *path, struct strbuf *rows,
                               struct error *err)
{
    struct tocsin_error wrong = {0};
    tocsin_run *run = NULL;
    const char *const inputs[] = {path};
    struct tocsin_run_options options = {
        .inputs = inputs, .input_count = 1, .output = "ndjson", .write = collect, .write_context = rows};
    if (tocsin_run_pack(engine, pack, &options, &run, &wrong) != TOCSIN_OK) {
        return take_error(err, &wrong);
    }
    return finish_run(run, err);
}

static struct json_value member_of(str object, str name)
{
    struct json_path_step step = {.key = name};
    struct json_path path = {.steps = &step, .count = 1};
    struct json_value value;
    return json_find_path(object, &path, &value) ? value : (struct json_value){.kind = JSON_NONE, .text = STR_EMPTY};
}

/* The serial number in a line of auditd, or -1. */
static int64_t serial_of(str line)
{
    size_t start = str_find(line, STR("msg=audit("), 0);
    size_t colon = start == SIZE_MAX ? SIZE_MAX : str_find_char(line, ':', start);
    size_t end = colon == SIZE_MAX ? SIZE_MAX : str_find_char(line, ')', colon);
    int64_t number;
    return end != SIZE_MAX && str_to_i64(str_slice(line, colon + 1, end), &number) ? number : -1;
}

enum { EVIDENCE_MAX = 1024 };

/* The events behind a finding's lines of evidence, line by line. */
static size_t read_evidence(str finding, int64_t serials[EVIDENCE_MAX])
{
    struct json_reader reader;
    struct json_value line;
    size_t count = 0;
    json_reader_init(&reader, member_of(finding, STR("@evidence")).text);
    if (json_enter_array(&reader)) {
        while (json_next_element(&reader) && json_read(&reader, &line) && count < EVIDENCE_MAX) {
            serials[count++] = serial_of(member_of(line.text, STR("raw")).text);
        }
    }
    return count;
}

/* Whether an act's evidence, which names lines by their places, has one of these events. */
static bool act_has_event(str act, const int64_t *lines, size_t line_count, const struct serials *wanted)
{
    struct json_reader reader;
    struct json_value place;
    int64_t index;
    json_reader_init(&reader, member_of(act, STR("evidence")).text);
    if (json_enter_array(&reader)) {
        while (json_next_element(&reader) && json_read(&reader, &place)) {
            if (json_to_i64(&place, &index) && index >= 0 && (size_t)index < line_count &&
                has_serial(wanted, lines[index])) {
                return true;
            }
        }
    }
    return false;
}

static bool has_word(str list, str word)
{
    while (list.len > 0) {
        size_t end = str_find(list, STR(", "), 0);
        if (str_eq(str_slice(list, 0, end), word)) {
            return true;
        }
        list = end == SIZE_MAX ? STR_EMPTY : str_skip(list, end + 2);
    }
    return false;
}

static void add_rule(struct strbuf *list, const struct json_value *rule, struct arena *arena)
{
    str id = rule->kind == JSON_STRING ? json_text(rule, arena) : STR_EMPTY;
    if (id.len > 0 && !has_word(strbuf_str(list), id)) {
        strbuf_append(list, list->len > 0 ? STR(", ") : STR_EMPTY);
        strbuf_append(list, id);
    }
}

/* A finding is joined of acts, each the row of a rule. One without acts is the row of one rule. */
static void list_finding(str finding, const struct serials *wanted, struct strbuf *list, struct arena *arena)
{
    int64_t lines[EVIDENCE_MAX];
    size_t line_count = read_evidence(finding, lines);
    struct json_reader reader;
    struct json_value act;
    json_reader_init(&reader, member_of(finding, STR("@acts")).text);
    if (json_enter_array(&reader)) {
        while (json_next_element(&reader) && json_read(&reader, &act)) {
            if (!wanted || act_has_event(act.text, lines, line_count, wanted)) {
                struct json_value rule = member_of(act.text, STR("rule"));
                add_rule(list, &rule, arena);
            }
        }
        return;
    }
    bool is_wanted = !wanted;
    for (size_t i = 0; i < line_count && !is_wanted; i++) {
        is_wanted = has_serial(wanted, lines[i]);
    }
    if (is_wanted) {
        struct json_value rule = member_of(finding, STR("@rule"));
        add_rule(list, &rule, arena);
    }
}

/* The ids of the rules that found these events, or (wanted NULL) anything, each once. */
static const char *list_rules(str findings, const struct serials *wanted, struct arena *arena)
{
    struct strbuf list;
    strbuf_init(&list, LIMIT_CONFIG_BYTES);
    while (findings.len > 0) {
        size_t end = str_find_char(findings, '\n', 0);
        list_finding(str_slice(findings, 0, end), wanted, &list, arena);
        findings = end == SIZE_MAX ? STR_EMPTY : str_skip(findings, end + 1);
    }
    const char *copy = list.is_failed ? NULL : arena_copy_cstring(arena, strbuf_str(&list));
    strbuf_release(&list);
    return copy;
}

/* What the rules find in the test's logs, each log for itself. */
struct found {
    struct strbuf audit;
    struct strbuf docker;
};

static tocsin_status judge_signal(tocsin_engine *engine, const struct simulate_signal *signal,
                                  const struct stage_result *stage, const struct test_logs *logs,
                                  const struct found *found, struct arena *arena, struct signal_result *ret_result,
                                  struct error *err)
{
    struct serials serials = {0};
    str subject;
    tocsin_status status = TOCSIN_OK;
    ret_result->rules = "";
    switch (signal->kind) {
    case SIGNAL_AUDIT:
        status = find_events(engine, signal->aql, logs->audit, arena, &serials, err);
        if (status == TOCSIN_OK) {
            ret_result->is_seen = serials.count > 0;
            ret_result->rules = list_rules(strbuf_str(&found->audit), &serials, arena);
        }
        break;
    case SIGNAL_TOKEN:
        ret_result->is_seen = simulate_token_subject(str_from(stage->output, stage->output_bytes), arena, &subject) &&
                              str_eq(subject, STR(SIMULATE_ACCOUNT));
        break;
    case SIGNAL_DOCKER:
        ret_result->is_absent = !logs->docker;
        ret_result->is_seen = logs->docker && str_contains(logs->docker_text, str_from_cstring(signal->aql));
        ret_result->rules = list_rules(strbuf_str(&found->docker), NULL, arena);
        break;
    case SIGNAL_ELSEWHERE:
        ret_result->is_absent = true;
        break;
    }
    return status != TOCSIN_OK || ret_result->rules ? status : error_memory(err);
}

/* The rules that found anything in either log. */
static const char *all_rules(const struct found *found, struct arena *arena)
{
    struct strbuf all;
    strbuf_init(&all, 2 * LIMIT_HOST_FILE_BYTES);
    strbuf_append(&all, strbuf_str(&found->audit));
    strbuf_append(&all, strbuf_str(&found->docker));
    const char *rules = all.is_failed ? NULL : list_rules(strbuf_str(&all), NULL, arena);
    strbuf_release(&all);
    return rules;
}

tocsin_status simulate_judge(tocsin_engine *engine, tocsin_pack *pack, const struct simulate_test *test,
                             const struct stage_result *stage, const struct test_logs *logs, struct arena *arena,
                             struct test_result *ret_result, struct error *err)
{
    struct found found;
    strbuf_init(&found.audit, LIMIT_HOST_FILE_BYTES);
    strbuf_init(&found.docker, LIMIT_HOST_FILE_BYTES);
    tocsin_status status = find_rows(engine, pack, logs->audit, &found.audit, err);
    if (status == TOCSIN_OK && logs->docker) {
        status = find_rows(engine, pack, logs->docker, &found.docker, err);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < SIMULATE_SIGNALS_MAX && test->signals[i].text; i++) {
        status = judge_signal(engine, &test->signals[i], stage, logs, &found, arena, &ret_result->signals[i], err);
    }
    if (status == TOCSIN_OK) {
        ret_result->rules = all_rules(&found, arena);
        status = ret_result->rules && !found.audit.is_failed && !found.docker.is_failed ? TOCSIN_OK : error_memory(err);
    }
    strbuf_release(&found.audit);
    strbuf_release(&found.docker);
    return status;
}
