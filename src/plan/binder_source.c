/* FROM: databases, sub-selects, saved searches and cursors; and the sub-selects of IN. */
#include "base/strbuf.h"
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

static tocsin_status bind_subselect(struct binder *binder, const struct syntax_select *select, struct plan **ret_plan)
{
    tocsin_status status = check_depth(binder, select);
    if (status == TOCSIN_OK && select->into.len > 0) {
        status = bind_error(binder, TOCSIN_ERROR_SYNTAX, select->clause_offset_into,
                            "INTO keeps the answer of the whole query, not that of a sub-select");
        error_hint(binder->err, "put INTO behind the outer FROM");
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    struct binder inner = {
        .outer = binder,
        .shared = binder->shared,
        .select = select,
        .text = binder->text,
        .source_name = binder->source_name,
        .is_foreign = binder->is_foreign,
        .reference = binder->reference,
        .time = select->time.kind == TIME_NONE ? binder->time
                                               : (struct time_clause){&select->time, binder->text, binder->source_name},
        .options = binder->options,
        .diagnostics = binder->diagnostics,
        .err = binder->err,
    };
    return bind_plan(&inner, ret_plan);
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
        use_derived_schema(binder, PLAN_SOURCE_PLAN);
    }
    return status;
}

/* ---- databases --------------------------------------------------------------------------------------------------- */

static tocsin_status bind_database(struct binder *binder, const struct syntax_source *source)
{
    binder->catalog = catalog_find(source->name);
    if (binder->catalog == 0) {
        tocsin_status status = bind_error(binder, TOCSIN_ERROR_UNSUPPORTED, source->offset,
                                          "\"%.*s\" cannot be queried in this release", STR_ARG(source->name));
        error_hint(binder->err, "logs are in the database events: SELECT ... FROM events");
        return status;
    }
    binder->plan->source.catalog = binder->catalog;
    binder->plan->schema = binder->shared->schema;
    binder->schema = binder->shared->schema;
    return TOCSIN_OK;
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
        break;
    }
    return bind_error(binder, TOCSIN_ERROR_UNSUPPORTED, source->offset,
                      "GLOBALVIEW is valid AQL, and not supported in this release");
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
