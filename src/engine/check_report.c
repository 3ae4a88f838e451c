/* check_report.c - findings for programs: JSON of our own, and SARIF 2.1.0 (the OASIS standard that code hosts read).
 */
#include <errno.h>

#include "base/json_writer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "engine/check_internal.h"
#include "engine/engine_internal.h"

struct tocsin_report {
    bool is_sarif;
    tocsin_write *write;
    void *context;
    struct strbuf text;
    struct json_writer json;
    size_t counts[TOCSIN_SEVERITY_ERROR + 1];
    size_t checks;
};

static void put(struct tocsin_report *report, const char *key, const char *value)
{
    json_key(&report->json, str_from_cstring(key));
    json_string(&report->json, str_from_cstring(value));
}

static void put_number(struct tocsin_report *report, const char *key, uint64_t value)
{
    json_key(&report->json, str_from_cstring(key));
    json_u64(&report->json, value);
}

static void begin_object(struct tocsin_report *report, const char *key)
{
    if (key) {
        json_key(&report->json, str_from_cstring(key));
    }
    json_begin_object(&report->json);
}

static void begin_array(struct tocsin_report *report, const char *key)
{
    json_key(&report->json, str_from_cstring(key));
    json_begin_array(&report->json);
}

/* {"text": ..} */
static void put_message(struct tocsin_report *report, const char *key, const char *text)
{
    begin_object(report, key);
    put(report, "text", text);
    json_end_object(&report->json);
}

static tocsin_status flush(struct tocsin_report *report, struct error *err)
{
    if (report->text.is_failed) {
        return error_memory(err);
    }
    int failure = report->text.len > 0 ? report->write(report->context, report->text.data, report->text.len) : 0;
    strbuf_clear(&report->text);
    if (failure == EPIPE) {
        return error_set(err, TOCSIN_ERROR_CLOSED, "the reader of the output went away");
    }
    return failure != 0 ? error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write the findings") : TOCSIN_OK;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void put_place(struct tocsin_report *report, const struct tocsin_diagnostic *item)
{
    put_number(report, "line", item->line);
    put_number(report, "column", item->column);
    put_number(report, "line_end", item->line_end);
    put_number(report, "column_end", item->column_end);
    put_number(report, "offset", item->offset);
    put_number(report, "offset_end", item->offset_end);
}

static void put_json_item(struct tocsin_report *report, const char *name, const struct tocsin_diagnostic *item)
{
    begin_object(report, NULL);
    put(report, "file", name);
    put(report, "code", item->code);
    put(report, "severity", tocsin_severity_name(item->severity));
    if (item->line > 0) {
        put_place(report, item);
    }
    put(report, "message", item->message);
    if (item->hint[0]) {
        put(report, "hint", item->hint);
    }
    if (item->has_fix) {
        begin_object(report, "fix");
        put_number(report, "offset", item->fix_offset);
        put_number(report, "offset_end", item->fix_end);
        json_key(&report->json, STR("text"));
        json_string(&report->json, str_from(item->fix_text, item->fix_text_bytes));
        json_end_object(&report->json);
    }
    json_end_object(&report->json);
}

/* ---- SARIF ------------------------------------------------------------------------------------------------------- */

/* SARIF's words are ours. */
static const char *sarif_level(enum tocsin_severity severity)
{
    return tocsin_severity_name(severity);
}

static bool is_plain_in_uri(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || (c != '\0' && strchr("-._~/", c));
}

static void put_artifact(struct tocsin_report *report, const char *name)
{
    struct strbuf uri;
    strbuf_init(&uri, 65536);
    strbuf_append(&uri, name[0] == '/' ? STR("file://") : STR_EMPTY);
    for (const char *c = name; *c; c++) {
        if (is_plain_in_uri(*c)) {
            strbuf_append_char(&uri, *c);
        } else {
            strbuf_append_format(&uri, "%%%02X", (unsigned)(unsigned char)*c);
        }
    }
    begin_object(report, "artifactLocation");
    json_key(&report->json, STR("uri"));
    json_string(&report->json, strbuf_str(&uri));
    json_end_object(&report->json);
    report->text.is_failed |= uri.is_failed;
    strbuf_release(&uri);
}

/* Where counting got to: fixes come more or less in the order of the text. */
struct ruler {
    size_t offset;
    uint32_t line;
    uint32_t column;
};

/* Line and column, 1-based, in characters. */
static struct ruler find_place(str text, struct ruler from, size_t offset)
{
    struct ruler at = from.line > 0 && from.offset <= offset ? from : (struct ruler){0, 1, 1};
    while (at.offset < offset && at.offset < text.len) {
        uint32_t code_point;
        at.offset += utf8_decode(str_skip(text, at.offset), &code_point);
        at.column++;
        if (code_point == '\n') {
            at.line++;
            at.column = 1;
        }
    }
    return at;
}

static void put_region(struct tocsin_report *report, const char *key, uint32_t line, uint32_t column, uint32_t line_end,
                       uint32_t column_end)
{
    begin_object(report, key);
    put_number(report, "startLine", line);
    put_number(report, "startColumn", column);
    put_number(report, "endLine", line_end);
    put_number(report, "endColumn", column_end);
    json_end_object(&report->json);
}

static void put_fix(struct tocsin_report *report, const char *name, str text, const struct tocsin_diagnostic *item,
                    struct ruler *ruler)
{
    struct ruler start = find_place(text, *ruler, item->fix_offset);
    struct ruler end = find_place(text, start, item->fix_end);
    *ruler = start;
    begin_array(report, "fixes");
    begin_object(report, NULL);
    put_message(report, "description", item->hint[0] ? item->hint : item->message);
    begin_array(report, "artifactChanges");
    begin_object(report, NULL);
    put_artifact(report, name);
    begin_array(report, "replacements");
    begin_object(report, NULL);
    put_region(report, "deletedRegion", start.line, start.column, end.line, end.column);
    begin_object(report, "insertedContent");
    json_key(&report->json, STR("text"));
    json_string(&report->json, str_from(item->fix_text, item->fix_text_bytes));
    json_end_object(&report->json);
    json_end_object(&report->json);
    json_end_array(&report->json);
    json_end_object(&report->json);
    json_end_array(&report->json);
    json_end_object(&report->json);
    json_end_array(&report->json);
}

static uint64_t rule_index(const char *code)
{
    size_t count = tocsin_lint_count();
    for (size_t i = 0; i < count; i++) {
        struct tocsin_lint lint;
        tocsin_lint_get(i, &lint);
        if (strcmp(lint.code, code) == 0) {
            return i;
        }
    }
    return UINT64_MAX;
}

static void put_sarif_item(struct tocsin_report *report, const char *name, str text,
                           const struct tocsin_diagnostic *item, struct ruler *ruler)
{
    begin_object(report, NULL);
    put(report, "ruleId", item->code);
    uint64_t index = rule_index(item->code);
    if (index != UINT64_MAX) {
        put_number(report, "ruleIndex", index);
    }
    put(report, "level", sarif_level(item->severity));
    begin_object(report, "message");
    json_key(&report->json, STR("text"));
    json_string_begin(&report->json);
    json_string_part(&report->json, str_from_cstring(item->message));
    if (item->hint[0]) {
        json_string_part(&report->json, STR("; "));
        json_string_part(&report->json, str_from_cstring(item->hint));
    }
    json_string_end(&report->json);
    json_end_object(&report->json);
    begin_array(report, "locations");
    begin_object(report, NULL);
    begin_object(report, "physicalLocation");
    put_artifact(report, name);
    if (item->line > 0) {
        put_region(report, "region", item->line, item->column, item->line_end, item->column_end);
    }
    json_end_object(&report->json);
    json_end_object(&report->json);
    json_end_array(&report->json);
    if (item->has_fix) {
        put_fix(report, name, text, item, ruler);
    }
    json_end_object(&report->json);
}

static void put_sarif_rules(struct tocsin_report *report)
{
    begin_array(report, "rules");
    for (size_t i = 0; i < tocsin_lint_count(); i++) {
        struct tocsin_lint lint;
        tocsin_lint_get(i, &lint);
        begin_object(report, NULL);
        put(report, "id", lint.code);
        put_message(report, "shortDescription", lint.summary);
        put_message(report, "fullDescription", lint.detail);
        begin_object(report, "defaultConfiguration");
        put(report, "level", sarif_level(lint.severity));
        json_end_object(&report->json);
        json_end_object(&report->json);
    }
    json_end_array(&report->json);
}

static void begin_sarif(struct tocsin_report *report)
{
    put(report, "$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json");
    put(report, "version", "2.1.0");
    begin_array(report, "runs");
    begin_object(report, NULL);
    begin_object(report, "tool");
    begin_object(report, "driver");
    put(report, "name", "tocsin");
    put(report, "version", tocsin_version());
    put_sarif_rules(report);
    json_end_object(&report->json);
    json_end_object(&report->json);
    put(report, "columnKind", "unicodeCodePoints");
    begin_array(report, "results");
}

static void end_sarif(struct tocsin_report *report)
{
    json_end_array(&report->json);
    json_end_object(&report->json);
    json_end_array(&report->json);
}

static void end_json(struct tocsin_report *report)
{
    json_end_array(&report->json);
    put_number(report, "queries", report->checks);
    put_number(report, "errors", report->counts[TOCSIN_SEVERITY_ERROR]);
    put_number(report, "warnings", report->counts[TOCSIN_SEVERITY_WARNING]);
    put_number(report, "notes", report->counts[TOCSIN_SEVERITY_NOTE]);
}

/* ---- public ------------------------------------------------------------------------------------------------------ */

tocsin_status tocsin_report_begin(const char *kind, tocsin_write *write, void *context, tocsin_report **ret_report,
                                  struct tocsin_error *err)
{
    struct error error = {0};
    bool is_sarif = strcmp(kind, "sarif") == 0;
    if (!is_sarif && strcmp(kind, "json") != 0) {
        error_set(&error, TOCSIN_ERROR_USAGE, "there is no report '%s'", kind);
        error_hint(&error, "reports are json and sarif");
        return public_error(err, &error);
    }
    struct tocsin_report *report = memory_allocate_zeroed(1, sizeof(*report));
    if (!report) {
        error_memory(&error);
        return public_error(err, &error);
    }
    report->is_sarif = is_sarif;
    report->write = write;
    report->context = context;
    strbuf_init(&report->text, SIZE_MAX / 4);
    json_writer_init(&report->json, &report->text, true);
    json_begin_object(&report->json);
    if (is_sarif) {
        begin_sarif(report);
    } else {
        begin_array(report, "findings");
    }
    *ret_report = report;
    return TOCSIN_OK;
}

tocsin_status tocsin_report_add(tocsin_report *report, const char *name, const tocsin_check *check,
                                struct tocsin_error *err)
{
    struct error error = {0};
    struct ruler ruler = {0};
    report->checks++;
    for (size_t i = 0; i < check->count; i++) {
        const struct tocsin_diagnostic *item = &check->items[i];
        report->counts[item->severity]++;
        if (report->is_sarif) {
            put_sarif_item(report, name, strbuf_str(&check->text), item, &ruler);
        } else {
            put_json_item(report, name, item);
        }
    }
    return flush(report, &error) == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

tocsin_status tocsin_report_end(tocsin_report *report, struct tocsin_error *err)
{
    struct error error = {0};
    if (report->is_sarif) {
        end_sarif(report);
    } else {
        end_json(report);
    }
    json_end_object(&report->json);
    strbuf_append_char(&report->text, '\n');
    return flush(report, &error) == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

void tocsin_report_free(tocsin_report *report)
{
    if (report) {
        strbuf_release(&report->text);
        memory_free(report);
    }
}
