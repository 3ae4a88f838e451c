/* check.c - what is wrong with a query: parse, bind as far as it goes, lint. */
#include <stdio.h>

#include "base/memory.h"
#include "engine/check_internal.h"
#include "engine/diagnostics.h"
#include "engine/engine_internal.h"
#include "format/format.h"
#include "format/property_set.h"
#include "language/lexer.h"
#include "lint/lint.h"

/* A fix may let another remark appear, or give way to one that overlapped it; longer chains than this are a mistake. */
enum { FIX_ROUNDS_MAX = 50 };

/* ---- what a log source type fills -------------------------------------------------------------------------------- */

static int format_fills(const struct format_def *format, str name)
{
    for (size_t i = 0; i < format->field_count; i++) {
        if (str_eq_ignore_case(name, str_from_cstring(format->fields[i].name))) {
            return 1;
        }
    }
    return 0;
}

/* Formats of log sources with extractors take any property; a type that no format reads is not known. */
int engine_type_fills(const void *context, int64_t type_id, field_id field)
{
    const tocsin_engine *engine = context;
    str name = schema_field(engine->schema, field)->name;
    size_t count;
    const struct format_def *const *formats = format_list(&count);
    int result = -1;
    for (size_t i = 0; i < count; i++) {
        if (formats[i]->log_source_type == type_id) {
            int fills = format_fills(formats[i], name);
            result = fills > result ? fills : result;
        }
    }
    bool has_extractors = type_id == LOG_SOURCE_TYPE_UNIVERSAL;
    return result == 0 && has_extractors && property_set_find(engine->properties, name) ? 1 : result;
}

/* ---- errors as remarks ------------------------------------------------------------------------------------------- */

/* The token that stands at the place of an error. */
static size_t token_end(str text, size_t offset)
{
    struct lexer lexer;
    lexer_init(&lexer, text);
    lexer.at = offset;
    struct token token = lexer_next(&lexer);
    return token.offset == offset ? token.offset_end : offset;
}

/* What the text is called where it is parsed. */
static const char own_source[] = "query";

/* True if the error is one of the text; it is then a remark. */
static bool take_error(struct tocsin_check *check, str text, const struct error *err)
{
    const char *code = diagnostic_code_of_error(err->status);
    if (!code) {
        return false;
    }
    code = check->found.error_code ? check->found.error_code : code;
    /* Else the place is one of a saved search. */
    bool is_ours = err->source[0] == '\0' || strcmp(err->source, own_source) == 0;
    char foreign[sizeof(err->source) + 32] = "";
    if (!is_ours) {
        snprintf(foreign, sizeof(foreign), "%s:%u:%u: ", err->source, (unsigned)err->line, (unsigned)err->column);
    }
    size_t offset = is_ours && err->line > 0 ? (size_t)err->offset : 0;
    size_t end = is_ours && err->line > 0 ? token_end(text, offset) : 0;
    if (is_ours && err->line > 0 && end == 0) {
        end = 1; /* an empty text: both 0 would mean the query as a whole */
    }
    struct diagnostic *remark = diagnostic_add(&check->found, code, DIAGNOSTIC_ERROR, offset, end, "%s%s", foreign,
                                               err->message);
    if (err->hint[0]) {
        diagnostic_hint(&check->found, remark, "%s", err->hint);
    }
    return true;
}

/* ---- one round --------------------------------------------------------------------------------------------------- */

/* A filter is the WHERE, a property the one column of a query that has nothing else. */
static tocsin_status parse_part(struct tocsin_check *check, str text, struct syntax_select **ret_select,
                                struct error *err)
{
    struct syntax_node *node = NULL;
    tocsin_status status = aql_parse_expression(&check->arena, text, own_source, &node, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct syntax_select *select = arena_new(&check->arena, struct syntax_select);
    struct syntax_item *item = arena_new(&check->arena, struct syntax_item);
    struct syntax_node *star = arena_new(&check->arena, struct syntax_node);
    if (!select || !item || !star) {
        return error_memory(err);
    }
    star->kind = SYNTAX_STAR;
    item->alias = STR_EMPTY;
    item->expression = check->kind == TOCSIN_CHECK_FILTER ? star : node;
    select->items = item;
    select->item_count = 1;
    select->source = (struct syntax_source){.kind = SOURCE_NAME, .name = STR("events"), .detail = STR_EMPTY};
    select->into = STR_EMPTY;
    select->where = check->kind == TOCSIN_CHECK_FILTER ? node : NULL;
    select->height = node->height + 1;
    *ret_select = select;
    return TOCSIN_OK;
}

static tocsin_status bind(struct tocsin_check *check, const struct syntax_select *select, str text, struct error *err)
{
    struct plan_options options = check->engine->plan_options;
    struct plan *plan = NULL;
    options.is_tolerant = true;
    tocsin_status status = plan_bind(select, text, NULL, check->engine->schema, &options, &check->found, &plan, err);
    plan_free(plan);
    return status;
}

static tocsin_status look(struct tocsin_check *check, str text, struct error *err)
{
    struct syntax_select *select = NULL;
    if (text.len > LIMIT_QUERY_BYTES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "a query of more than %zu bytes", LIMIT_QUERY_BYTES);
    }
    tocsin_status status = check->kind == TOCSIN_CHECK_QUERY ? aql_parse(&check->arena, text, own_source, &select, err)
                                                             : parse_part(check, text, &select, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct error bind_error = {0};
    status = bind(check, select, text, &bind_error);
    if (status != TOCSIN_OK && !take_error(check, text, &bind_error)) {
        *err = bind_error;
        return status;
    }
    struct lint_options options = {
        .schema = check->engine->schema,
        .log_sources = check->engine->log_sources,
        .fills = engine_type_fills,
        .fills_context = check->engine,
        .is_null_sql = check->engine->plan_options.is_null_sql,
        .is_part = check->kind != TOCSIN_CHECK_QUERY,
    };
    return lint_query(select, text, &options, &check->found, err);
}

static bool is_ignored(const struct tocsin_check *check, const char *code)
{
    for (size_t i = 0; i < check->ignored_count; i++) {
        if (strcmp(check->ignored[i], code) == 0) {
            return true;
        }
    }
    return false;
}

static void leave_ignored_out(struct tocsin_check *check)
{
    size_t kept = 0;
    for (size_t i = 0; i < check->found.count; i++) {
        if (!is_ignored(check, check->found.items[i].code)) {
            check->found.items[kept++] = check->found.items[i];
        }
    }
    check->found.count = kept;
}

/* What the binder says about the configuration here is no fault of the query's; and a place has a length. */
static void settle_remarks(struct tocsin_check *check, str text)
{
    for (size_t i = 0; i < check->found.count; i++) {
        struct diagnostic *item = &check->found.items[i];
        const struct lint_def *def = lint_find(str_from_cstring(item->code));
        item->severity = def && def->severity < item->severity ? def->severity : item->severity;
        if (item->offset_end <= item->offset && item->offset > 0) {
            item->offset_end = token_end(text, item->offset);
        }
    }
}

static tocsin_status run_round(struct tocsin_check *check, struct error *err)
{
    struct error error = {0};
    str text = strbuf_str(&check->text);
    arena_clear(&check->arena);
    diagnostic_list_init(&check->found, &check->arena);
    check->items = NULL;
    check->count = 0;
    tocsin_status status = arena_explain(&check->arena, look(check, text, &error), "checking the query", &error);
    if (status != TOCSIN_OK && !take_error(check, text, &error)) {
        *err = error;
        return status;
    }
    settle_remarks(check, text);
    lint_merge(&check->found);
    check->silenced = lint_silence(text, &check->found);
    leave_ignored_out(check);
    diagnostic_list_sort(&check->found);
    return diagnostics_publish(&check->arena, text, &check->found, check->severity_min, &check->items, &check->count,
                               err);
}

/* ---- public ------------------------------------------------------------------------------------------------------ */

static tocsin_status copy_options(struct tocsin_check *check, const struct tocsin_check_options *options,
                                  struct error *err)
{
    check->kind = options->kind;
    check->severity_min = options->severity_min;
    check->ignored = arena_array(&check->options_arena, const char *, options->ignored_count);
    for (size_t i = 0; check->ignored && i < options->ignored_count; i++) {
        const char *copy = arena_copy_cstring(&check->options_arena, str_from_cstring(options->ignored[i]));
        if (!copy) {
            return error_memory(err);
        }
        check->ignored[check->ignored_count++] = copy;
    }
    return options->ignored_count > 0 && !check->ignored ? error_memory(err) : TOCSIN_OK;
}

tocsin_status tocsin_check_query(tocsin_engine *engine, const char *text, size_t text_bytes,
                                 const struct tocsin_check_options *options, tocsin_check **ret_check,
                                 struct tocsin_error *err)
{
    static const struct tocsin_check_options defaults = {.kind = TOCSIN_CHECK_QUERY};
    struct error error = {0};
    struct tocsin_check *check = memory_allocate_zeroed(1, sizeof(*check));
    if (!check) {
        error_memory(&error);
        return public_error(err, &error);
    }
    check->engine = engine;
    arena_init(&check->arena, 4 * LIMIT_QUERY_RUN_BYTES);
    arena_init(&check->options_arena, ARENA_NO_LIMIT);
    strbuf_init(&check->text, SIZE_MAX / 4);
    tocsin_status status = copy_options(check, options ? options : &defaults, &error);
    strbuf_append(&check->text, str_from(text, text_bytes));
    if (status == TOCSIN_OK && check->text.is_failed) {
        status = error_memory(&error);
    }
    if (status == TOCSIN_OK) {
        status = run_round(check, &error);
    }
    if (status != TOCSIN_OK) {
        tocsin_check_free(check);
        return public_error(err, &error);
    }
    *ret_check = check;
    return TOCSIN_OK;
}

void tocsin_check_free(tocsin_check *check)
{
    if (check) {
        arena_release(&check->arena);
        arena_release(&check->options_arena);
        strbuf_release(&check->text);
        memory_free(check);
    }
}

size_t tocsin_check_count(const tocsin_check *check)
{
    return check->count;
}

const struct tocsin_diagnostic *tocsin_check_get(const tocsin_check *check, size_t index)
{
    return &check->items[index];
}

size_t tocsin_check_silenced(const tocsin_check *check)
{
    return check->silenced;
}

size_t tocsin_check_more(const tocsin_check *check)
{
    return check->found.more;
}

static bool is_shown(const void *context, const struct diagnostic *diagnostic)
{
    const struct tocsin_check *check = context;
    return (int)diagnostic->severity >= (int)check->severity_min;
}

/* One round of fixes; the text is only taken if it still parses, which it always should. */
static tocsin_status fix_round(struct tocsin_check *check, size_t *ret_fixes, struct error *err)
{
    struct strbuf fixed;
    strbuf_init(&fixed, SIZE_MAX / 4);
    *ret_fixes = lint_apply_fixes(strbuf_str(&check->text), &check->found, is_shown, check, &fixed);
    if (fixed.is_failed) {
        strbuf_release(&fixed);
        return error_memory(err);
    }
    if (*ret_fixes == 0) {
        strbuf_release(&fixed);
        return TOCSIN_OK;
    }
    strbuf_release(&check->text);
    check->text = fixed;
    return run_round(check, err);
}

tocsin_status tocsin_check_fix(tocsin_check *check, const char **ret_text, size_t *ret_text_bytes, size_t *ret_fixes,
                               struct tocsin_error *err)
{
    struct error error = {0};
    size_t total = 0;
    size_t fixes = 1;
    for (int round = 0; round < FIX_ROUNDS_MAX && fixes > 0; round++) {
        if (fix_round(check, &fixes, &error) != TOCSIN_OK) {
            return public_error(err, &error);
        }
        total += fixes;
    }
    strbuf_append_char(&check->text, '\0');
    if (check->text.is_failed) {
        error_memory(&error);
        return public_error(err, &error);
    }
    check->text.len--;
    *ret_text = check->text.data;
    *ret_text_bytes = check->text.len;
    *ret_fixes = total;
    return TOCSIN_OK;
}

/* ---- the lints --------------------------------------------------------------------------------------------------- */

size_t tocsin_lint_count(void)
{
    size_t count;
    lint_list(&count);
    return count;
}

void tocsin_lint_get(size_t index, struct tocsin_lint *ret_lint)
{
    size_t count;
    const struct lint_def *lint = &lint_list(&count)[index];
    *ret_lint = (struct tocsin_lint){
        lint->code, (enum tocsin_severity)lint->severity, lint->has_fix, lint->summary, lint->detail, lint->example};
}

bool tocsin_lint_exists(const char *code, const char **ret_nearest)
{
    str name = str_from_cstring(code);
    if (lint_find(name)) {
        return true;
    }
    if (ret_nearest) {
        const struct lint_def *near = lint_find(lint_suggest(name));
        *ret_nearest = near ? near->code : "";
    }
    return false;
}

tocsin_status tocsin_pack_visit(const char *path_or_name,
                                bool (*visit)(void *context, const char *file, const char *text, size_t text_bytes),
                                void *context, struct tocsin_error *err)
{
    struct error error = {0};
    struct pack *pack = NULL;
    if (pack_open(str_from_cstring(path_or_name), &pack, &error) != TOCSIN_OK) {
        return public_error(err, &error);
    }
    for (size_t i = 0; i < pack->rule_count; i++) {
        const struct pack_rule *rule = &pack->rules[i];
        if (!visit(context, rule->file.data, rule->text.data, rule->text.len)) {
            break;
        }
    }
    pack_free(pack);
    return TOCSIN_OK;
}
