/* fuzz_lint.c - any bytes: parse, bind as far as it goes, lint, mend. Places lie within the text, messages are
 * printable, and a query that was mended still parses. The first byte picks query or filter. */
#include <stdlib.h>

#include "lint/lint.h"

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static struct schema *schema;
static struct log_source_table *log_sources;

static void prepare(void)
{
    static const char *const properties[] = {"Command", "Process Name", "a", "b", "URL"};
    field_id ignored;
    check(schema_create(&schema, NULL) == TOCSIN_OK && log_source_table_create(&log_sources, NULL) == TOCSIN_OK);
    for (size_t i = 0; i < countof(properties); i++) {
        check(schema_add_property(schema, str_from_cstring(properties[i]), TYPE_STRING, STR(""), &ignored, NULL) ==
              TOCSIN_OK);
    }
}

static int fills(const void *context, int64_t type_id, field_id field)
{
    return (int)((type_id + field) % 3) - 1;
}

static bool is_printable(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

static tocsin_status parse(struct arena *arena, str text, bool is_filter, struct syntax_select **ret_select,
                           struct error *err)
{
    if (!is_filter) {
        return aql_parse(arena, text, NULL, ret_select, err);
    }
    struct syntax_node *node = NULL;
    tocsin_status status = aql_parse_expression(arena, text, NULL, &node, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct syntax_select *select = arena_new(arena, struct syntax_select);
    struct syntax_item *item = arena_new(arena, struct syntax_item);
    check(select && item);
    item->alias = STR("RiskScore");
    item->expression = node;
    select->items = item;
    select->item_count = 1;
    select->source = (struct syntax_source){.kind = SOURCE_NAME, .name = STR("events"), .detail = STR_EMPTY};
    select->into = STR_EMPTY;
    select->where = node;
    select->height = node->height + 1;
    *ret_select = select;
    return TOCSIN_OK;
}

static void look(struct arena *arena, str text, const struct syntax_select *select, bool is_filter,
                 struct diagnostic_list *found)
{
    struct plan_options plan_options = {.is_tolerant = true, .log_sources = log_sources};
    struct lint_options options = {
        .schema = schema, .log_sources = log_sources, .fills = fills, .is_part = is_filter};
    struct plan *plan = NULL;
    struct error err = {0};
    diagnostic_list_init(found, arena);
    (void)!plan_bind(select, text, NULL, schema, &plan_options, found, &plan, &err);
    plan_free(plan);
    check(lint_query(select, text, &options, found, &err) == TOCSIN_OK);
    lint_merge(found);
    lint_silence(text, found);
    diagnostic_list_sort(found);
    for (size_t i = 0; i < found->count; i++) {
        const struct diagnostic *item = &found->items[i];
        check(item->offset <= item->offset_end && item->offset_end <= text.len);
        check(!item->has_fix || (item->fix_offset <= item->fix_end && item->fix_end <= text.len));
        check(item->message.len > 0 && is_printable(item->message) && is_printable(item->hint));
        check(lint_find(str_from_cstring(item->code)) != NULL);
    }
}

static bool is_over_a_limit(const struct error *err)
{
    return str_contains(str_from_cstring(err->message), STR("more than"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!schema) {
        prepare();
    }
    if (size == 0) {
        return 0;
    }
    bool is_filter = data[0] == 'f';
    str text = str_from((const char *)data + 1, size - 1);
    struct arena arena;
    struct diagnostic_list found;
    struct syntax_select *select = NULL;
    struct error err = {0};
    arena_init(&arena, ARENA_NO_LIMIT);
    if (parse(&arena, text, is_filter, &select, &err) == TOCSIN_OK) {
        look(&arena, text, select, is_filter, &found);
        struct strbuf fixed;
        strbuf_init(&fixed, 64 * MEBI);
        if (lint_apply_fixes(text, &found, NULL, NULL, &fixed) > 0) {
            str mended = arena_copy(&arena, strbuf_str(&fixed));
            check(!fixed.is_failed && mended.data);
            if (parse(&arena, mended, is_filter, &select, &err) == TOCSIN_OK) {
                look(&arena, mended, select, is_filter, &found);
            } else {
                check(is_over_a_limit(&err) || mended.len > LIMIT_QUERY_BYTES);
            }
        }
        strbuf_release(&fixed);
    }
    arena_release(&arena);
    return 0;
}
