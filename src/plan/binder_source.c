/* FROM: databases, sub-selects, saved searches and cursors; and the sub-selects of IN. */
#include "base/strbuf.h"
#include "lookup/saved_searches.h"
#include "plan/binder.h"

/* ---- sub-selects ------------------------------------------------------------------------------------------------- */

static tocsin_status check_depth(struct binder *binder, const struct syntax_select *select)
{
    uint32_t depth = 0;
    for (const struct binder *outer = binder; outer; outer = outer->outer) {
        depth++;
    }
    if (depth > LIMIT_SUBQUERY_DEPTH) {
        return bind_error(binder, TOCSIN_ERROR_LIMIT, select->offset, "more than %d sub-selects in one another",
                          LIMIT_SUBQUERY_DEPTH);
    }
    if (++binder->shared->subselect_count > LIMIT_SUBQUERIES) {
        return bind_error(binder, TOCSIN_ERROR_LIMIT, select->offset, "more than %d sub-selects in one query",
                          LIMIT_SUBQUERIES);
    }
    return TOCSIN_OK;
}

/* `inner` holds the text and the time clause. */
static tocsin_status bind_inner(struct binder *binder, struct binder *inner, const struct syntax_select *select,
                                struct plan **ret_plan)
{
    tocsin_status status = check_depth(binder, select);
    inner->outer = binder;
    inner->shared = binder->shared;
    inner->select = select;
    inner->options = binder->options;
    inner->diagnostics = binder->diagnostics;
    inner->err = binder->err;
    return status == TOCSIN_OK ? bind_plan(inner, ret_plan) : status;
}

static tocsin_status bind_subselect(struct binder *binder, const struct syntax_select *select, struct plan **ret_plan)
{
    if (select->into.len > 0) {
        tocsin_status status = bind_error(binder, TOCSIN_ERROR_SYNTAX, select->clause_offset_into,
                                          "INTO keeps the answer of the whole query, not that of a sub-select");
        error_hint(binder->err, "put INTO behind the outer FROM");
        return status;
    }
    struct binder inner = {
        .text = binder->text,
        .source_name = binder->source_name,
        .is_foreign = binder->is_foreign,
        .reference = binder->reference,
        .time = select->time.kind == TIME_NONE ? binder->time
                                               : (struct time_clause){&select->time, binder->text, binder->source_name},
    };
    return bind_inner(binder, &inner, select, ret_plan);
}

/* The columns of a plan's answer as the fields of those who read it. */
static tocsin_status derive_schema(struct binder *binder, const struct plan *inner)
{
    struct field *columns = arena_array(binder->arena, struct field, inner->output_count);
    if (!columns) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < inner->output_count; i++) {
        const struct plan_output *output = &inner->outputs[i];
        columns[i] = (struct field){
            .name = output->name, .type = output->expression->type, .domain = output->expression->domain};
    }
    return schema_create_derived(columns, inner->output_count, &binder->plan->derived_schema, binder->err);
}

static void use_derived_schema(struct binder *binder, enum plan_source_kind kind)
{
    binder->plan->source.kind = kind;
    binder->plan->schema = binder->plan->derived_schema;
    binder->schema = binder->plan->derived_schema;
    binder->catalog = CATALOG_EVENTS; /* a derived schema is in all of them */
}

static tocsin_status bind_from_select(struct binder *binder, const struct syntax_source *source)
{
    tocsin_status status = bind_subselect(binder, source->select, &binder->plan->source.inner);
    status = status == TOCSIN_OK ? derive_schema(binder, binder->plan->source.inner) : status;
    if (status == TOCSIN_OK) {
        binder->source_label = STR("(SELECT ...)");
        use_derived_schema(binder, PLAN_SOURCE_PLAN);
    }
    return status;
}

/* ---- databases and cursors --------------------------------------------------------------------------------------- */

static tocsin_status bind_cursor(struct binder *binder, const struct syntax_source *source)
{
    const struct plan_options *options = binder->options;
    struct schema *schema = NULL;
    tocsin_status status = options->find_cursor
                               ? options->find_cursor(options->cursor_context, source->name, &schema, binder->err)
                               : TOCSIN_END;
    if (status == TOCSIN_OK) {
        binder->plan->derived_schema = schema;
        binder->plan->source.cursor = source->name;
        binder->source_label = source->name;
        use_derived_schema(binder, PLAN_SOURCE_CURSOR);
        return TOCSIN_OK;
    }
    if (status != TOCSIN_END) {
        error_position(binder->err, binder->source_name, binder->text, source->offset);
        return status;
    }
    status = bind_error(binder, TOCSIN_ERROR_NAME, source->offset, "there is no database and no cursor \"%.*s\"",
                        STR_ARG(str_slice(source->name, 0, 120)));
    binder->error_code = "unknown-source";
    for (uint8_t catalog = CATALOG_EVENTS; catalog <= CATALOG_SIMARC; catalog = (uint8_t)(catalog << 1)) {
        str name = catalog_name(catalog);
        if (str_edit_distance(name, source->name, 2) <= 2) {
            error_hint(binder->err, "did you mean %.*s?", STR_ARG(name));
            return status;
        }
    }
    str nearest = options->suggest_cursor
                      ? options->suggest_cursor(options->cursor_context, source->name, binder->arena)
                      : STR_EMPTY;
    if (nearest.len > 0) {
        error_hint(binder->err, "did you mean the cursor \"%.*s\"?", STR_ARG(nearest));
        return status;
    }
    error_hint(binder->err,
               options->find_cursor
                   ? "databases are events, flows and simarc; INTO \"%.*s\" in another query keeps its "
                     "answer under that name"
                   : "databases are events, flows and simarc",
               STR_ARG(str_slice(source->name, 0, 120)));
    return status;
}

static tocsin_status bind_database(struct binder *binder, const struct syntax_source *source)
{
    binder->catalog = catalog_find(source->name);
    if (binder->catalog == 0) {
        return bind_cursor(binder, source);
    }
    binder->source_label = catalog_name(binder->catalog);
    binder->plan->source.catalog = binder->catalog;
    binder->plan->schema = binder->shared->schema;
    binder->schema = binder->shared->schema;
    return TOCSIN_OK;
}

/* ---- saved searches ---------------------------------------------------------------------------------------------- */

/* Accumulated data has an interval: GROUP BY .., starttime - starttime % interval, and that as its first column. */
static tocsin_status add_interval(struct binder *binder, struct syntax_select *select, bool is_daily)
{
    struct arena *arena = binder->arena;
    struct syntax_node *interval = NULL;
    str text = is_daily ? STR("starttime - starttime % 86400000") : STR("starttime - starttime % 3600000");
    struct syntax_item *items = arena_array(arena, struct syntax_item, select->item_count + 1u);
    struct syntax_node **group = arena_array(arena, struct syntax_node *, select->group_count + 1u);
    if (!items || !group) {
        return error_memory(binder->err);
    }
    tocsin_status status = aql_parse_expression(arena, text, NULL, &interval, binder->err);
    if (status != TOCSIN_OK) {
        return status;
    }
    interval->offset_start = interval->offset_end = 0;
    items[0] = (struct syntax_item){.expression = interval, .alias = STR("starttime")};
    memcpy(items + 1, select->items, select->item_count * sizeof(*items));
    if (select->group_count > 0) {
        memcpy(group, select->group, select->group_count * sizeof(*group));
    }
    group[select->group_count] = interval;
    select->items = items;
    select->item_count++;
    select->group = group;
    select->group_count++;
    return TOCSIN_OK;
}

static tocsin_status unknown_search(struct binder *binder, const struct syntax_source *source)
{
    const struct lookup_tables *lookups = binder->options->lookups;
    tocsin_status status = bind_error(binder, TOCSIN_ERROR_NAME, source->offset, "there is no saved search '%.*s'",
                                      STR_ARG(str_slice(source->name, 0, 120)));
    str nearest = lookups ? saved_search_suggest(lookups->saved_searches, source->name) : STR_EMPTY;
    binder->error_code = "unknown-search";
    if (nearest.len > 0) {
        error_hint(binder->err, "did you mean '%.*s'?", STR_ARG(nearest));
    } else {
        error_hint(binder->err, "saved searches are the files searches/NAME.aql of the configuration folder, and those "
                                "in its searches.yaml");
    }
    return status;
}

/* The saved search's query in the place of a sub-select. Its window is that of the query that asks, if that has one. */
static tocsin_status bind_view(struct binder *binder, const struct syntax_source *source)
{
    const struct lookup_tables *lookups = binder->options->lookups;
    const struct saved_search *search = lookups ? saved_search_find(lookups->saved_searches, source->name) : NULL;
    if (!search) {
        return unknown_search(binder, source);
    }
    struct syntax_select *select = NULL;
    tocsin_status status = aql_parse(binder->arena, search->aql, search->source, &select, binder->err);
    bool is_accumulated = !str_eq(source->detail, STR("NORMAL"));
    if (status == TOCSIN_OK && is_accumulated && select_is_grouped(select)) {
        status = add_interval(binder, select, str_eq(source->detail, STR("DAILY")));
    } else if (status == TOCSIN_OK && is_accumulated) {
        struct diagnostic *remark =
            bind_remark_at(binder, "view-without-groups", DIAGNOSTIC_WARNING, source->offset, source->offset,
                           "the saved search '%.*s' groups nothing, so there is nothing to accumulate %.*s",
                           STR_ARG(str_slice(source->name, 0, 120)), STR_ARG(source->detail));
        diagnostic_hint(binder->diagnostics, remark, "its rows are taken as they are, as with 'NORMAL'");
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    struct syntax_node *reference = arena_new(binder->arena, struct syntax_node);
    if (!reference) {
        return error_memory(binder->err);
    }
    *reference = (struct syntax_node){
        .offset = source->offset, .offset_start = source->offset, .offset_end = source->offset};
    select->into = STR_EMPTY;
    struct time_clause own = {&select->time, search->aql, search->source};
    struct time_clause none = {NULL, STR_EMPTY, NULL};
    struct binder inner = {
        .text = search->aql,
        .source_name = search->source,
        .is_foreign = true,
        .reference = binder->is_foreign ? binder->reference : reference,
        .time = binder->time.syntax              ? binder->time
                : select->time.kind != TIME_NONE ? own
                                                 : none,
        .is_view = true,
    };
    status = bind_inner(binder, &inner, select, &binder->plan->source.inner);
    status = status == TOCSIN_OK ? derive_schema(binder, binder->plan->source.inner) : status;
    if (status == TOCSIN_OK) {
        binder->source_label = source->name;
        use_derived_schema(binder, PLAN_SOURCE_PLAN);
    }
    return status;
}

tocsin_status bind_source(struct binder *binder)
{
    const struct syntax_source *source = &binder->select->source;
    switch (source->kind) {
    case SOURCE_SELECT:
        return bind_from_select(binder, source);
    case SOURCE_NAME:
        return bind_database(binder, source);
    case SOURCE_GLOBALVIEW:
        return bind_view(binder, source);
    }
    return TOCSIN_ERROR_INTERNAL;
}

/* ---- IN (SELECT ...) --------------------------------------------------------------------------------------------- */

/* A sub-select is bound once, also where its expression is bound over source rows and over grouped ones. */
static bool find_subquery(const struct binder *binder, const struct syntax_select *select, uint32_t *ret_index)
{
    for (uint32_t i = 0; i < binder->plan->subquery_count; i++) {
        if (binder->subquery_selects[i] == select) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static tocsin_status make_room(struct binder *binder)
{
    struct plan *plan = binder->plan;
    if (plan->subqueries) {
        return TOCSIN_OK; /* there cannot be more than there is room for: see check_depth */
    }
    plan->subqueries = arena_array(binder->arena, struct plan_subquery, LIMIT_SUBQUERIES);
    binder->subquery_selects = arena_array(binder->arena, const struct syntax_select *, LIMIT_SUBQUERIES);
    return plan->subqueries && binder->subquery_selects ? TOCSIN_OK : error_memory(binder->err);
}

static tocsin_status add_subquery(struct binder *binder, const struct syntax_select *select, uint32_t *ret_index)
{
    struct plan *inner = NULL;
    tocsin_status status = make_room(binder);
    status = status == TOCSIN_OK ? bind_subselect(binder, select, &inner) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    uint32_t index = binder->plan->subquery_count++;
    binder->plan->subqueries[index].plan = inner;
    binder->subquery_selects[index] = select;
    *ret_index = index;
    if (inner->output_count != 1) {
        status =
            bind_error(binder, TOCSIN_ERROR_TYPE, select->offset,
                       "IN (SELECT ...) takes a sub-select of one column, and this one has %u", inner->output_count);
        error_hint(binder->err, "select only the column to compare with");
    }
    return status;
}

tocsin_status bind_in_subquery(struct binder *binder, const struct syntax_node *node, const struct expression *value,
                               const struct expression **ret_expression)
{
    uint32_t index = 0;
    if (!find_subquery(binder, node->select, &index)) {
        tocsin_status status = add_subquery(binder, node->select, &index);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    /* The values are converted where they are made: once for each, and not once for each comparison. */
    struct plan_output *output = &binder->plan->subqueries[index].plan->outputs[0];
    if (output->expression->type == TYPE_BYTES) {
        return bind_wrong_type(binder, node->select->offset, TYPE_BYTES, "String");
    }
    tocsin_status status = bind_comparable(binder, &value, &output->expression, node->select->offset);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct expression *in = expression_new(binder, EXPRESSION_IN, TYPE_BOOL, 1);
    if (!in) {
        return error_memory(binder->err);
    }
    in->operands[0] = value;
    in->subquery = index;
    expression_seal(in);
    in->has_subquery = true;
    *ret_expression = in;
    return TOCSIN_OK;
}
