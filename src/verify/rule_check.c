#include "verify/rule_check.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/strbuf.h"

/* The line on which a key of the header stands; 0 if it can't be told. */
static uint32_t line_of_key(const struct tocsin_rule *rule, const char *key)
{
    uint32_t number = 0;
    for (str rest = str_from(rule->text, rule->text_bytes); rest.len > 0;) {
        size_t end = str_find_char(rest, '\n', 0);
        str line = str_trim(str_slice(rest, 0, end == SIZE_MAX ? rest.len : end));
        rest = str_skip(rest, end == SIZE_MAX ? rest.len : end + 1);
        number++;
        if (str_starts_with(line, str_from_cstring(key))) {
            return number;
        }
    }
    return 0;
}

static tocsin_status place(const struct tocsin_rule *rule, const char *key, struct error *err)
{
    snprintf(err->source, sizeof(err->source), "%s", rule->file);
    err->line = line_of_key(rule, key);
    err->column = err->line > 0;
    return TOCSIN_ERROR_CONFIG;
}

static bool has_file(const struct pack_context *context, const char *path)
{
    const char *text;
    size_t bytes;
    struct tocsin_error ignored = {0};
    return tocsin_pack_file(context->pack, path, &text, &bytes, &ignored) != TOCSIN_END;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

/* Whether a query can name the field; in `ret_hint` what it may have been meant for. */
static tocsin_status find_field(const struct pack_context *context, const char *name, const char *catalog,
                                bool *ret_is_known, char ret_hint[ERROR_HINT_BYTES], struct error *err)
{
    struct strbuf text;
    struct tocsin_error error = {0};
    tocsin_query *query = NULL;
    strbuf_init(&text, LIMIT_QUERY_BYTES);
    strbuf_append(&text, STR("SELECT \""));
    for (const char *at = name; *at; at++) {
        strbuf_append(&text, *at == '"' ? STR("\"\"") : str_from(at, 1));
    }
    strbuf_append_format(&text, "\" FROM %s", catalog);
    tocsin_status status = TOCSIN_ERROR_MEMORY;
    if (!text.is_failed) {
        status = tocsin_query_prepare(context->engine, text.data, text.len, "requires", &query, &error);
    }
    *ret_is_known = status == TOCSIN_OK;
    tocsin_query_free(query);
    strbuf_release(&text);
    if (status == TOCSIN_ERROR_MEMORY) {
        return error_memory(err);
    }
    snprintf(ret_hint, ERROR_HINT_BYTES, "%s", error.hint);
    return TOCSIN_OK;
}

static tocsin_status check_field(const struct pack_context *context, const struct tocsin_rule *rule, const char *name,
                                 struct error *err)
{
    bool is_known = false;
    char hint[ERROR_HINT_BYTES] = "";
    char ignored[ERROR_HINT_BYTES] = "";
    tocsin_status status = find_field(context, name, "events", &is_known, hint, err);
    if (status == TOCSIN_OK && !is_known) {
        status = find_field(context, name, "flows", &is_known, ignored, err);
    }
    if (status != TOCSIN_OK || is_known) {
        return status;
    }
    error_set(err, TOCSIN_ERROR_CONFIG, "rule %s requires the field '%s', which nobody knows", rule->id, name);
    error_hint(err, "%s", hint);
    return place(rule, "requires:", err);
}

/* ---- guides ------------------------------------------------------------------------------------------------------ */

static tocsin_status check_group(const struct pack_context *context, const struct tocsin_rule *rule, struct error *err)
{
    struct tocsin_texts guides = {0};
    struct tocsin_error error = {0};
    char path[600];
    if (!rule->group[0]) {
        return TOCSIN_OK;
    }
    tocsin_status status = tocsin_pack_files(context->pack, "guides", ".md", &guides, &error);
    if (status != TOCSIN_OK && status != TOCSIN_END) {
        return pack_error(err, &error);
    }
    snprintf(path, sizeof(path), "guides/%s.md", rule->group);
    if (guides.count == 0 || has_file(context, path)) {
        return TOCSIN_OK;
    }
    error_set(err, TOCSIN_ERROR_CONFIG, "rule %s is of the group '%s', which has no guide", rule->id, rule->group);
    error_hint(err, "write %s, or name the group of another guide", path);
    return place(rule, "group:", err);
}

tocsin_status rule_check(const struct pack_context *context, const struct tocsin_rule *rule, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < rule->required_fields.count; i++) {
        status = check_field(context, rule, rule->required_fields.items[i], err);
    }
    return status == TOCSIN_OK ? check_group(context, rule, err) : status;
}

/* ---- cases ------------------------------------------------------------------------------------------------------- */

static bool has_rule(const tocsin_pack *pack, str id)
{
    for (size_t i = 0; i < tocsin_pack_rule_count(pack); i++) {
        struct tocsin_rule rule;
        tocsin_pack_rule_get(pack, i, &rule);
        if (str_eq(id, str_from_cstring(rule.id))) {
            return true;
        }
    }
    return false;
}

tocsin_status rule_check_cases(const struct pack_context *context, struct error *err)
{
    struct tocsin_texts files = {0};
    struct tocsin_error error = {0};
    tocsin_status status = tocsin_pack_files(context->pack, "tests", ".yaml", &files, &error);
    if (status != TOCSIN_OK && status != TOCSIN_END) {
        return pack_error(err, &error);
    }
    for (size_t i = 0; i < files.count; i++) {
        str id = str_skip(str_from_cstring(files.items[i]), strlen("tests/"));
        id = str_slice(id, 0, id.len - strlen(".yaml"));
        if (!has_rule(context->pack, id)) {
            error_set(err, TOCSIN_ERROR_CONFIG, "%s: the pack has no rule '%.*s'", files.items[i], STR_ARG(id));
            error_hint(err, "the cases of the rule rules/ID.aql are in tests/ID.yaml");
            return TOCSIN_ERROR_CONFIG;
        }
    }
    return TOCSIN_OK;
}
