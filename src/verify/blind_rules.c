#include "verify/blind_rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/json_reader.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "verify/test_report.h"

enum { FIELDS_MAX = 500, TYPES_MAX = 200 };

struct looking {
    tocsin_engine *engine;
    const tocsin_pack *pack;
    struct arena arena;
    const char *fields[FIELDS_MAX]; /* that rules require, each once */
    bool is_filled[FIELDS_MAX];
    size_t field_count;
    str types[TYPES_MAX]; /* of log sources that are in the logs */
    size_t type_count;
    uint64_t events;
    struct strbuf answer;
};

/* ---- what rules need --------------------------------------------------------------------------------------------- */

static size_t find_field(const struct looking *looking, const char *name)
{
    size_t at = 0;
    while (at < looking->field_count && strcmp(looking->fields[at], name) != 0) {
        at++;
    }
    return at;
}

static void list_fields(struct looking *looking)
{
    for (size_t i = 0; i < tocsin_pack_rule_count(looking->pack); i++) {
        struct tocsin_rule rule;
        tocsin_pack_rule_get(looking->pack, i, &rule);
        for (size_t k = 0; k < rule.required_fields.count; k++) {
            const char *name = rule.required_fields.items[k];
            if (find_field(looking, name) == looking->field_count && looking->field_count < FIELDS_MAX) {
                looking->fields[looking->field_count++] = name;
            }
        }
    }
}

/* One column a field: how many events have it. */
static void write_query(const struct looking *looking, struct strbuf *query)
{
    strbuf_append(query, STR("SELECT COUNT(*) AS events"));
    for (size_t i = 0; i < looking->field_count; i++) {
        strbuf_append(query, STR(", SUM(CASE WHEN \""));
        for (const char *at = looking->fields[i]; *at; at++) {
            strbuf_append_char(query, *at);
            if (*at == '"') {
                strbuf_append_char(query, '"');
            }
        }
        strbuf_append_format(query, "\" IS NULL THEN 0 ELSE 1 END) AS field%zu", i);
    }
    strbuf_append(query, STR(" FROM events"));
}

/* ---- what logs have ---------------------------------------------------------------------------------------------- */

static int keep_bytes(void *context, const char *bytes, size_t byte_count)
{
    struct strbuf *text = context;
    strbuf_append(text, str_from(bytes, byte_count));
    return text->is_failed ? ENOMEM : 0;
}

static void read_answer(struct looking *looking)
{
    struct json_reader reader;
    struct json_member member;
    struct json_value value;
    json_reader_init(&reader, strbuf_str(&looking->answer));
    if (!json_enter_object(&reader)) {
        return;
    }
    while (json_next_member(&reader, &member) && json_read(&reader, &value)) {
        int64_t count = 0;
        uint64_t index = 0;
        if (!json_to_i64(&value, &count)) {
            continue;
        }
        if (str_eq(member.key, STR("events"))) {
            looking->events = (uint64_t)count;
        } else if (str_starts_with(member.key, STR("field")) && str_to_u64(str_skip(member.key, 5), &index) &&
                   index < looking->field_count) {
            looking->is_filled[index] = count > 0;
        }
    }
}

static tocsin_status read_types(struct looking *looking, const tocsin_run *run, struct tocsin_error *err)
{
    struct tocsin_summary summary;
    tocsin_run_summary(run, &summary);
    for (size_t i = 0; i < summary.type_count && looking->type_count < TYPES_MAX; i++) {
        str name = arena_copy(&looking->arena, str_from_cstring(summary.events_by_type[i].name));
        if (summary.events_by_type[i].count > 0 && name.data) {
            looking->types[looking->type_count++] = name;
        }
    }
    if (summary.problem_count > 0) {
        *err = summary.problems[0];
        return err->status;
    }
    return TOCSIN_OK;
}

static tocsin_status look(struct looking *looking, const char *query_text, const char *const *logs, size_t log_count,
                          struct tocsin_error *err)
{
    const struct tocsin_run_options options = {
        .inputs = logs,
        .input_count = log_count,
        .output = "ndjson",
        .write = keep_bytes,
        .write_context = &looking->answer,
    };
    tocsin_query *query = NULL;
    tocsin_run *run = NULL;
    tocsin_status status =
        tocsin_query_prepare(looking->engine, query_text, strlen(query_text), "requires", &query, err);
    status = status == TOCSIN_OK ? tocsin_run_query(looking->engine, query, &options, &run, err) : status;
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, err);
    }
    status = status == TOCSIN_END ? read_types(looking, run, err) : status;
    tocsin_run_free(run);
    tocsin_query_free(query);
    return status;
}

/* ---- the report -------------------------------------------------------------------------------------------------- */

static bool has_type(const struct looking *looking, const struct tocsin_texts *types)
{
    for (size_t i = 0; i < types->count; i++) {
        for (size_t k = 0; k < looking->type_count; k++) {
            if (str_eq(looking->types[k], str_from_cstring(types->items[i]))) {
                return true;
            }
        }
    }
    return types->count == 0;
}

static bool is_missing(const struct looking *looking, const char *field)
{
    size_t at = find_field(looking, field);
    return at < looking->field_count && !looking->is_filled[at];
}

static bool can_fire(const struct looking *looking, const struct tocsin_rule *rule)
{
    for (size_t i = 0; i < rule->required_fields.count; i++) {
        if (is_missing(looking, rule->required_fields.items[i])) {
            return false;
        }
    }
    return has_type(looking, &rule->log_source_types);
}

static const char *needed_telemetry(const char *telemetry)
{
    static const struct {
        const char *telemetry;
        const char *needed;
    } list[] = {
        {"process", "audit EXECVE records, or another log of processes that start, with their command lines"},
        {"file", "audit PATH records of files that are opened"},
        {"network", "audit SOCKADDR records of connect"},
        {"kubernetes", "the audit log of the Kubernetes API server"},
        {"docker", "dockerd's debug log, docker events, or the log of an authorization plugin"},
        {"correlation", "the logs of all rules that it joins"},
    };
    for (size_t i = 0; i < countof(list); i++) {
        if (strcmp(telemetry, list[i].telemetry) == 0) {
            return list[i].needed;
        }
    }
    return "";
}

static void append_missing(struct strbuf *out, const struct looking *looking, const struct tocsin_rule *rule)
{
    const char *separator = "";
    for (size_t i = 0; i < rule->required_fields.count; i++) {
        if (is_missing(looking, rule->required_fields.items[i])) {
            strbuf_append_format(out, "%s%s \"", separator, separator[0] ? "" : "no event has the field");
            report_append_text(out, str_from_cstring(rule->required_fields.items[i]));
            strbuf_append_char(out, '"');
            separator = ", ";
        }
    }
    if (!has_type(looking, &rule->log_source_types)) {
        strbuf_append_format(out, "%sno event is of", separator[0] ? "; " : "");
        for (size_t i = 0; i < rule->log_source_types.count; i++) {
            strbuf_append(out, i > 0 ? STR(", ") : STR(" "));
            report_append_text(out, str_from_cstring(rule->log_source_types.items[i]));
        }
    }
}

static void report_text(const struct looking *looking, struct strbuf *out, size_t blind_count)
{
    for (size_t i = 0; i < tocsin_pack_rule_count(looking->pack); i++) {
        struct tocsin_rule rule;
        tocsin_pack_rule_get(looking->pack, i, &rule);
        if (can_fire(looking, &rule)) {
            continue;
        }
        strbuf_append_format(out, "%s can never fire here: ", rule.id);
        append_missing(out, looking, &rule);
        strbuf_append_char(out, '\n');
        const char *needed = needed_telemetry(rule.telemetry);
        if (needed[0] || rule.data_components.count > 0) {
            strbuf_append_format(out, "    needs %s%s", needed,
                                 needed[0] && rule.data_components.count > 0 ? "; " : "");
            for (size_t k = 0; k < rule.data_components.count; k++) {
                strbuf_append(out, k > 0 ? STR(", ") : STR("data component "));
                report_append_text(out, str_from_cstring(rule.data_components.items[k]));
            }
            strbuf_append_char(out, '\n');
        }
    }
    strbuf_append_format(out, "%zu of %zu rules can fire on these %" PRIu64 " events\n",
                         tocsin_pack_rule_count(looking->pack) - blind_count, tocsin_pack_rule_count(looking->pack),
                         looking->events);
}

static void write_missing(struct json_writer *json, const struct looking *looking, const struct tocsin_rule *rule)
{
    json_key(json, STR("missing_fields"));
    json_begin_array(json);
    for (size_t i = 0; i < rule->required_fields.count; i++) {
        if (is_missing(looking, rule->required_fields.items[i])) {
            json_string(json, str_from_cstring(rule->required_fields.items[i]));
        }
    }
    json_end_array(json);
    json_key(json, STR("missing_log_source_types"));
    json_begin_array(json);
    for (size_t i = 0; !has_type(looking, &rule->log_source_types) && i < rule->log_source_types.count; i++) {
        json_string(json, str_from_cstring(rule->log_source_types.items[i]));
    }
    json_end_array(json);
}

static void report_json(const struct looking *looking, struct strbuf *out)
{
    struct json_writer json;
    json_writer_init(&json, out, true);
    json_begin_object(&json);
    json_key(&json, STR("events"));
    json_u64(&json, looking->events);
    json_key(&json, STR("rules"));
    json_begin_array(&json);
    for (size_t i = 0; i < tocsin_pack_rule_count(looking->pack); i++) {
        struct tocsin_rule rule;
        tocsin_pack_rule_get(looking->pack, i, &rule);
        json_begin_object(&json);
        json_key(&json, STR("id"));
        json_string(&json, str_from_cstring(rule.id));
        json_key(&json, STR("can_fire"));
        json_bool(&json, can_fire(looking, &rule));
        write_missing(&json, looking, &rule);
        json_key(&json, STR("needs"));
        json_string(&json, str_from_cstring(can_fire(looking, &rule) ? "" : needed_telemetry(rule.telemetry)));
        json_end_object(&json);
    }
    json_end_array(&json);
    json_end_object(&json);
    strbuf_append_char(out, '\n');
}

tocsin_status blind_rules_report(tocsin_engine *engine, const tocsin_pack *pack, const char *const *logs,
                                 size_t log_count, bool is_json, struct strbuf *out, bool *ret_can_all,
                                 struct tocsin_error *err)
{
    struct looking looking = {.engine = engine, .pack = pack};
    struct strbuf query;
    size_t blind_count = 0;
    arena_init(&looking.arena, ARENA_NO_LIMIT);
    strbuf_init(&looking.answer, LIMIT_MADE_LOG_BYTES);
    strbuf_init(&query, LIMIT_QUERY_BYTES);
    list_fields(&looking);
    write_query(&looking, &query);
    strbuf_append_char(&query, '\0');
    tocsin_status status = TOCSIN_ERROR_MEMORY;
    if (query.is_failed) {
        *err = (struct tocsin_error){.status = status, .message = "out of memory"};
    } else {
        status = look(&looking, query.data, logs, log_count, err);
    }
    if (status == TOCSIN_OK) {
        read_answer(&looking);
        for (size_t i = 0; i < tocsin_pack_rule_count(pack); i++) {
            struct tocsin_rule rule;
            tocsin_pack_rule_get(pack, i, &rule);
            blind_count += !can_fire(&looking, &rule);
        }
        *ret_can_all = blind_count == 0;
        if (is_json) {
            report_json(&looking, out);
        } else {
            report_text(&looking, out, blind_count);
        }
    }
    strbuf_release(&query);
    strbuf_release(&looking.answer);
    arena_release(&looking.arena);
    return status;
}
