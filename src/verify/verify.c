#include "verify/verify.h"

#include <errno.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/json_writer.h"
#include "base/memory.h"
#include "verify/blind_rules.h"
#include "verify/test_report.h"

static tocsin_status memory_error(struct tocsin_error *err)
{
    *err = (struct tocsin_error){.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
    return TOCSIN_ERROR_MEMORY;
}

static tocsin_status usage(struct tocsin_error *err, const char *outputs)
{
    *err = (struct tocsin_error){.status = TOCSIN_ERROR_USAGE, .message = "there is no such output of test"};
    snprintf(err->hint, sizeof(err->hint), "--output is one of %s", outputs);
    return TOCSIN_ERROR_USAGE;
}

static tocsin_status flush(struct strbuf *out, const struct verify_options *options, struct tocsin_error *err)
{
    int failure =
        out->is_failed ? ENOMEM : options->write(options->write_context, out->data ? out->data : "", out->len);
    if (out->is_failed) {
        return memory_error(err);
    }
    strbuf_clear(out);
    if (failure == 0) {
        return TOCSIN_OK;
    }
    bool is_closed = failure == EPIPE;
    *err = (struct tocsin_error){.status = is_closed ? TOCSIN_ERROR_CLOSED : TOCSIN_ERROR_OUTPUT};
    snprintf(err->message, sizeof(err->message), "cannot write: %s", strerror(failure));
    return err->status;
}

static bool is_output(const struct verify_options *options, const char *name)
{
    return strcmp(options->output ? options->output : "text", name) == 0;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static tocsin_status test_pack(tocsin_engine *engine, const char *name, const struct verify_options *options,
                               tocsin_pack **ret_pack, struct pack_test **ret_test, struct tocsin_error *err)
{
    struct pack_test_options test_options = {
        .rules = options->rules,
        .rule_count = options->rule_count,
        .labelled = options->labelled,
        .explains = options->explains,
    };
    struct tocsin_error drop_error = {0};
    tocsin_status status = tocsin_pack_open(engine, name, ret_pack, err);
    if (status == TOCSIN_OK && options->on) {
        status = tocsin_test_tables_create(engine, options->on, &test_options.tables, err);
    }
    status = status == TOCSIN_OK ? pack_test_run(engine, *ret_pack, &test_options, ret_test, err) : status;
    tocsin_status drop_status = tocsin_test_tables_drop(test_options.tables, &drop_error);
    if (status == TOCSIN_OK && drop_status != TOCSIN_OK) {
        *err = drop_error;
        status = drop_status;
    }
    return status;
}

static void report_all(struct strbuf *out, struct pack_test *const *tests, size_t count,
                       const struct verify_options *options)
{
    if (is_output(options, "junit")) {
        test_report_junit(out, tests, count);
    } else if (is_output(options, "json")) {
        test_report_json(out, tests, count);
    } else if (is_output(options, "navigator")) {
        test_report_navigator(out, tests, count);
    }
}

static tocsin_status test_packs(tocsin_engine *engine, const char *const *packs, size_t count, tocsin_pack **opened,
                                struct pack_test **tests, const struct verify_options *options, bool *has_passed,
                                struct tocsin_error *err)
{
    const struct test_report_options report = {options->shows_coverage, options->lists_missed, options->is_quiet};
    struct strbuf out;
    tocsin_status status = TOCSIN_OK;
    strbuf_init(&out, LIMIT_MADE_LOG_BYTES);
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        status = test_pack(engine, packs[i], options, &opened[i], &tests[i], err);
        if (status == TOCSIN_OK) {
            *has_passed &= pack_test_has_passed(tests[i]);
            if (is_output(options, "text")) {
                test_report_text(&out, tests[i], &report);
                status = flush(&out, options, err);
            }
        }
    }
    if (status == TOCSIN_OK) {
        report_all(&out, tests, count, options);
        status = flush(&out, options, err);
    }
    strbuf_release(&out);
    return status;
}

tocsin_status verify_packs(tocsin_engine *engine, const char *const *packs, size_t pack_count,
                           const struct verify_options *options, bool *ret_has_passed, struct tocsin_error *err)
{
    if (!is_output(options, "text") && !is_output(options, "junit") && !is_output(options, "json") &&
        !is_output(options, "navigator")) {
        return usage(err, "text, junit, json and navigator");
    }
    bool has_passed = true;
    tocsin_pack **opened = memory_allocate_zeroed(pack_count, sizeof(*opened));
    struct pack_test **tests = memory_allocate_zeroed(pack_count, sizeof(struct pack_test *));
    tocsin_status status = opened && tests
                               ? test_packs(engine, packs, pack_count, opened, tests, options, &has_passed, err)
                               : memory_error(err);
    for (size_t i = 0; tests && opened && i < pack_count; i++) {
        pack_test_free(tests[i]);
        tocsin_pack_free(opened[i]);
    }
    memory_free(tests);
    memory_free(opened);
    if (status == TOCSIN_OK) {
        *ret_has_passed = has_passed;
    }
    return status;
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static void append_texts(struct strbuf *out, const struct tocsin_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        strbuf_append(out, i > 0 ? STR(", ") : STR_EMPTY);
        report_append_text(out, str_from_cstring(texts->items[i]));
    }
}

static void list_text(struct strbuf *out, const tocsin_pack *pack)
{
    struct tocsin_rule rule;
    int width = 0;
    for (size_t i = 0; i < tocsin_pack_rule_count(pack); i++) {
        tocsin_pack_rule_get(pack, i, &rule);
        int length = (int)strlen(rule.id);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < tocsin_pack_rule_count(pack); i++) {
        tocsin_pack_rule_get(pack, i, &rule);
        strbuf_append_format(out, "%-*s  %-12s  %-13s  %-11s  ", width, rule.id, rule.status, rule.level,
                             rule.telemetry);
        append_texts(out, &rule.techniques);
        strbuf_append(out, STR("  "));
        report_append_text(out, str_from_cstring(rule.title));
        strbuf_append_char(out, '\n');
    }
}

static void write_member(struct json_writer *json, str key, const char *value)
{
    json_key(json, key);
    json_string(json, str_from_cstring(value));
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

static void list_json(struct json_writer *json, const tocsin_pack *pack)
{
    struct tocsin_pack_info info;
    tocsin_pack_info_get(pack, &info);
    for (size_t i = 0; i < tocsin_pack_rule_count(pack); i++) {
        struct tocsin_rule rule;
        tocsin_pack_rule_get(pack, i, &rule);
        json_begin_object(json);
        write_member(json, STR("pack"), info.name);
        write_member(json, STR("id"), rule.id);
        write_member(json, STR("title"), rule.title);
        write_member(json, STR("status"), rule.status);
        write_member(json, STR("level"), rule.level);
        write_member(json, STR("telemetry"), rule.telemetry);
        write_member(json, STR("group"), rule.group);
        write_texts(json, STR("techniques"), &rule.techniques);
        write_texts(json, STR("data_components"), &rule.data_components);
        write_texts(json, STR("requires"), &rule.required_fields);
        json_end_object(json);
    }
}

tocsin_status verify_list(tocsin_engine *engine, const char *const *packs, size_t pack_count,
                          const struct verify_options *options, struct tocsin_error *err)
{
    struct strbuf out;
    struct json_writer json;
    bool is_json = is_output(options, "json");
    if (!is_json && !is_output(options, "text")) {
        return usage(err, "text and json");
    }
    strbuf_init(&out, LIMIT_MADE_LOG_BYTES);
    json_writer_init(&json, &out, true);
    tocsin_status status = TOCSIN_OK;
    if (is_json) {
        json_begin_array(&json);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < pack_count; i++) {
        tocsin_pack *pack = NULL;
        status = tocsin_pack_open(engine, packs[i], &pack, err);
        if (status == TOCSIN_OK && is_json) {
            list_json(&json, pack);
        } else if (status == TOCSIN_OK) {
            list_text(&out, pack);
        }
        tocsin_pack_free(pack);
    }
    if (status == TOCSIN_OK && is_json) {
        json_end_array(&json);
        strbuf_append_char(&out, '\n');
    }
    status = status == TOCSIN_OK ? flush(&out, options, err) : status;
    strbuf_release(&out);
    return status;
}

tocsin_status verify_can_fire(tocsin_engine *engine, const char *pack_name, const char *const *logs, size_t log_count,
                              const struct verify_options *options, bool *ret_has_passed, struct tocsin_error *err)
{
    struct strbuf out;
    tocsin_pack *pack = NULL;
    bool can_all = true;
    bool is_json = is_output(options, "json");
    if (!is_json && !is_output(options, "text")) {
        return usage(err, "text and json");
    }
    strbuf_init(&out, LIMIT_MADE_LOG_BYTES);
    tocsin_status status = tocsin_pack_open(engine, pack_name, &pack, err);
    status =
        status == TOCSIN_OK ? blind_rules_report(engine, pack, logs, log_count, is_json, &out, &can_all, err) : status;
    status = status == TOCSIN_OK ? flush(&out, options, err) : status;
    tocsin_pack_free(pack);
    strbuf_release(&out);
    if (status == TOCSIN_OK) {
        *ret_has_passed = can_all;
    }
    return status;
}
