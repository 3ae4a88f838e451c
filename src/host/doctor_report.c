/* The doctor's report: text for people, JSON for programs. */
#include <errno.h>
#include <stdio.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "host/doctor_internal.h"

enum { WIDTH_DEFAULT = 100, INDENT = 10 };

const char *doctor_status_name(enum doctor_status status)
{
    static const char *const names[DOCTOR_STATUS_COUNT] = {"ok", "not here", "unknown", "missing", "critical"};
    return names[status];
}

/* Whether the rule reads that telemetry, one or several joined by commas; those of status "reference" run only when
 * asked for. */
static bool is_blind(const struct tocsin_rule *rule, const char *telemetry)
{
    str own = str_from_cstring(rule->telemetry);
    str rest = str_from_cstring(strcmp(rule->status, "reference") != 0 ? telemetry : "");
    while (rest.len > 0) {
        size_t end = str_find_char(rest, ',', 0);
        if (str_eq(str_slice(rest, 0, end), own)) {
            return true;
        }
        rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end + 1);
    }
    return false;
}

/* Ids of the rules that go blind. */
static void list_blind(const struct doctor *doctor, const char *telemetry, struct strbuf *text)
{
    for (size_t i = 0; telemetry && i < tocsin_pack_rule_count(doctor->pack); i++) {
        struct tocsin_rule rule;
        tocsin_pack_rule_get(doctor->pack, i, &rule);
        if (is_blind(&rule, telemetry)) {
            strbuf_append(text, text->len > 0 ? STR(", ") : STR_EMPTY);
            strbuf_append(text, str_from_cstring(rule.id));
        }
    }
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

/* Words of printable text, wrapped and indented. */
static void append_wrapped(struct strbuf *out, str text, unsigned width, const char *label)
{
    size_t used = INDENT + strlen(label);
    strbuf_append_format(out, "%*s%s", INDENT, "", label);
    bool is_first = true;
    while (text.len > 0) {
        size_t end = str_find_char(text, ' ', 0);
        str word = str_slice(text, 0, end);
        text = end == SIZE_MAX ? STR_EMPTY : str_skip(text, end + 1);
        size_t cells = utf8_text_width(word);
        if (!is_first && used + 1 + cells > width) {
            strbuf_append_format(out, "\n%*s", INDENT + 2, "");
            used = INDENT + 2;
        } else if (!is_first) {
            strbuf_append_char(out, ' ');
            used++;
        }
        strbuf_append(out, word);
        used += cells;
        is_first = false;
    }
    strbuf_append_char(out, '\n');
}

static void append_escaped(struct strbuf *out, const char *text, unsigned width, const char *label)
{
    char printable[16 * 1024];
    size_t length = utf8_escape_controls(str_from_cstring(text), printable, sizeof(printable));
    if (length > 0) {
        append_wrapped(out, str_from(printable, length), width, label);
    }
}

/* Lines to be copied: as they are, but for what would harm a terminal. */
static void append_lines(struct strbuf *out, const char *text)
{
    for (str rest = str_from_cstring(text); rest.len > 0;) {
        char printable[4096];
        size_t end = str_find_char(rest, '\n', 0);
        size_t length = utf8_escape_controls(str_slice(rest, 0, end), printable, sizeof(printable));
        rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end + 1);
        strbuf_append_format(out, "%*s%.*s\n", INDENT + 4, "", (int)length, printable);
    }
}

static const char *status_color(enum doctor_status status)
{
    static const char *const colors[DOCTOR_STATUS_COUNT] = {"\033[32m", "\033[2m", "\033[33m", "\033[31m",
                                                            "\033[1;31m"};
    return colors[status];
}

static void append_check(struct strbuf *out, const struct doctor *doctor, const struct doctor_check *check,
                         const struct doctor_options *options, unsigned width)
{
    const char *name = doctor_status_name(check->status);
    strbuf_append_format(out, "%s%-*s%s%s (%s)\n", options->has_color ? status_color(check->status) : "", INDENT, name,
                         options->has_color ? "\033[0m" : "", check->title, check->id);
    append_escaped(out, check->detail, width, "");
    if (check->status <= DOCTOR_ABSENT) {
        return;
    }
    append_escaped(out, check->why, width, "Why: ");
    struct strbuf blind;
    strbuf_init(&blind, LIMIT_CONFIG_BYTES);
    list_blind(doctor, check->telemetry, &blind);
    if (blind.len > 0) {
        append_wrapped(out, strbuf_str(&blind), width, "Rules that see nothing, or less: ");
    }
    strbuf_release(&blind);
    if (check->add_to) {
        append_escaped(out, check->add_to, width, check->add ? "Add to " : "Do: ");
    }
    if (check->add) {
        append_lines(out, check->add);
    }
}

static void append_text(struct strbuf *out, const struct doctor *doctor, const struct doctor_options *options)
{
    unsigned width = options->width > 40 ? options->width : WIDTH_DEFAULT;
    size_t counts[DOCTOR_STATUS_COUNT] = {0};
    for (size_t i = 0; i < doctor->check_count; i++) {
        append_check(out, doctor, &doctor->checks[i], options, width);
        counts[doctor->checks[i].status]++;
    }
    strbuf_append_char(out, '\n');
    bool is_first = true;
    for (int status = 0; status < DOCTOR_STATUS_COUNT; status++) {
        if (counts[status] > 0) {
            strbuf_append_format(out, "%s%zu %s", is_first ? "" : ", ", counts[status],
                                 doctor_status_name((enum doctor_status)status));
            is_first = false;
        }
    }
    strbuf_append_char(out, '\n');
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void write_member(struct json_writer *json, const char *name, const char *value)
{
    json_key(json, str_from_cstring(name));
    if (value) {
        json_string(json, str_from_cstring(value));
    } else {
        json_null(json);
    }
}

static void write_blind(struct json_writer *json, const struct doctor *doctor, const char *telemetry)
{
    json_key(json, STR("rules"));
    json_begin_array(json);
    for (size_t i = 0; telemetry && i < tocsin_pack_rule_count(doctor->pack); i++) {
        struct tocsin_rule rule;
        tocsin_pack_rule_get(doctor->pack, i, &rule);
        if (is_blind(&rule, telemetry)) {
            json_string(json, str_from_cstring(rule.id));
        }
    }
    json_end_array(json);
}

static void append_json(struct strbuf *out, const struct doctor *doctor)
{
    struct json_writer json;
    bool is_complete = true;
    json_writer_init(&json, out, true);
    json_begin_object(&json);
    json_key(&json, STR("checks"));
    json_begin_array(&json);
    for (size_t i = 0; i < doctor->check_count; i++) {
        const struct doctor_check *check = &doctor->checks[i];
        bool is_wanting = check->status > DOCTOR_ABSENT;
        is_complete &= !is_wanting;
        json_begin_object(&json);
        write_member(&json, "id", check->id);
        write_member(&json, "title", check->title);
        write_member(&json, "status", doctor_status_name(check->status));
        write_member(&json, "detail", check->detail);
        write_member(&json, "why", check->why);
        write_member(&json, "telemetry", check->telemetry);
        write_blind(&json, doctor, check->telemetry);
        write_member(&json, "add_to", is_wanting ? check->add_to : NULL);
        write_member(&json, "add", is_wanting ? check->add : NULL);
        json_end_object(&json);
    }
    json_end_array(&json);
    json_key(&json, STR("complete"));
    json_bool(&json, is_complete);
    json_end_object(&json);
    strbuf_append_char(out, '\n');
}

tocsin_status doctor_report(struct doctor *doctor, const struct doctor_options *options, struct error *err)
{
    struct strbuf out;
    strbuf_init(&out, LIMIT_HOST_FILE_BYTES);
    if (options->is_json) {
        append_json(&out, doctor);
    } else {
        append_text(&out, doctor, options);
    }
    tocsin_status status = out.is_failed ? error_memory(err) : TOCSIN_OK;
    int failure = status == TOCSIN_OK ? options->write(options->write_context, out.data, out.len) : 0;
    if (failure != 0) {
        status = failure == EPIPE ? error_set(err, TOCSIN_ERROR_CLOSED, "the reader went away")
                                  : error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write the report");
    }
    strbuf_release(&out);
    return status;
}
