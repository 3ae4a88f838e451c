#include "match/collation.h"
#include "plan/binder.h"

#include "base/memory.h"
#include "lookup/deployment.h"
#include "base/strbuf.h"

struct deferred_free {
    struct deferred_free *next;
    void (*free_it)(void *);
    void *object;
};

static tocsin_status defer_free(struct function_prepare *prepare, void (*free_it)(void *), void *object)
{
    struct plan *plan = prepare->owner;
    struct deferred_free *entry = arena_new(&plan->arena, struct deferred_free);
    if (!entry) {
        free_it(object);
        return TOCSIN_ERROR_MEMORY;
    }
    *entry = (struct deferred_free){plan->deferred, free_it, object};
    plan->deferred = entry;
    return TOCSIN_OK;
}

void plan_free(struct plan *plan)
{
    if (!plan) {
        return;
    }
    plan_free(plan->source.inner);
    for (uint32_t i = 0; i < plan->subquery_count; i++) {
        plan_free(plan->subqueries[i].plan);
    }
    for (struct deferred_free *entry = plan->deferred; entry; entry = entry->next) {
        entry->free_it(entry->object);
    }
    schema_free(plan->derived_schema);
    schema_free(plan->group ? plan->group->schema : NULL);
    arena_release(&plan->arena);
    memory_free(plan);
}

static bool is_tolerated(const struct binder *binder, tocsin_status status)
{
    return binder->options->is_tolerant && binder->diagnostics && status != TOCSIN_ERROR_LIMIT &&
           diagnostic_code_of_error(status);
}

tocsin_status bind_error(struct binder *binder, tocsin_status status, size_t offset, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_va(binder->err, status, format, arguments);
    va_end(arguments);
    binder->error_code = NULL;
    if (binder->is_provisional || is_tolerated(binder, status)) {
        /* It becomes a remark. Counting lines and columns of thousands of them would take quadratic time. */
        binder->err->line = 1;
        binder->err->offset = offset;
    } else {
        error_position(binder->err, binder->source_name, binder->text, offset);
    }
    return status;
}

/* The end of the smallest part of the expression that begins at `start`. */
static size_t end_of_part(const struct syntax_node *node, size_t start)
{
    size_t end = node->offset_end;
    for (uint32_t i = 0; i < node->operand_count; i++) {
        const struct syntax_node *operand = node->operands[i];
        if (start >= operand->offset_start && start < operand->offset_end) {
            return operand->offset_start == start && operand->operand_count == 0 ? operand->offset_end
                                                                                 : end_of_part(operand, start);
        }
    }
    return end;
}

__attribute__((format(printf, 6, 0))) static struct diagnostic *add_remark(struct binder *binder, const char *code,
                                                                           enum diagnostic_severity severity,
                                                                           size_t offset, size_t offset_end,
                                                                           const char *format, va_list arguments)
{
    struct error text = {0}; /* for its escaping */
    error_set_va(&text, TOCSIN_ERROR_INTERNAL, format, arguments);
    if (binder->is_foreign) {
        offset = binder->reference ? binder->reference->offset_start : 0;
        offset_end = binder->reference ? binder->reference->offset_end : 0;
    }
    if (binder->is_view && binder->source_name) {
        return diagnostic_add(binder->diagnostics, code, severity, offset, offset_end, "%s: %s", binder->source_name,
                              text.message);
    }
    return diagnostic_add(binder->diagnostics, code, severity, offset, offset_end, "%s", text.message);
}

struct diagnostic *bind_remark(struct binder *binder, const char *code, enum diagnostic_severity severity,
                               const struct syntax_node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct diagnostic *remark = add_remark(binder, code, severity, node ? node->offset_start : 0,
                                           node ? node->offset_end : 0, format, arguments);
    va_end(arguments);
    return remark;
}

struct diagnostic *bind_remark_at(struct binder *binder, const char *code, enum diagnostic_severity severity,
                                  size_t offset, size_t offset_end, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct diagnostic *remark = add_remark(binder, code, severity, offset, offset_end, format, arguments);
    va_end(arguments);
    return remark;
}

tocsin_status bind_tolerate(struct binder *binder, tocsin_status status, const struct syntax_node *node)
{
    if (status == TOCSIN_OK || !is_tolerated(binder, status)) {
        return status;
    }
    struct error *err = binder->err;
    bool is_inside = err->line > 0 && err->offset >= node->offset_start && err->offset < node->offset_end;
    size_t start = err->line > 0 ? err->offset : node->offset_start;
    size_t end = is_inside ? end_of_part(node, start) : start;
    const char *inner = binder->diagnostics->error_code; /* of a sub-select that could not be bound */
    const char *code = binder->error_code ? binder->error_code : inner ? inner : diagnostic_code_of_error(status);
    struct diagnostic *remark = bind_remark_at(binder, code, DIAGNOSTIC_ERROR, start, end, "%s", err->message);
    diagnostic_hint(binder->diagnostics, remark, "%s", err->hint);
    binder->error_code = NULL;
    binder->diagnostics->error_code = NULL;
    *err = (struct error){0};
    return TOCSIN_OK;
}

uint32_t plan_find_output(const struct plan *plan, str name)
{
    for (uint32_t i = 0; i < plan->output_count; i++) {
        if (str_eq_ignore_case(plan->outputs[i].name, name)) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* ---- ORDER BY ---------------------------------------------------------------------------------------------------- */

static tocsin_status bind_order_key(struct binder *binder, const struct syntax_order *order)
{
    const struct syntax_node *node = resolve_quoted_alias(binder, order->expression);
    if (!node) {
        return error_memory(binder->err);
    }
    if (node->kind == SYNTAX_STRING || node->kind == SYNTAX_INTEGER || node->kind == SYNTAX_DOUBLE) {
        tocsin_status status =
            bind_error(binder, TOCSIN_ERROR_TYPE, node->offset, "ORDER BY a constant orders nothing");
        error_hint(binder->err, "name a column or an alias; AQL does not count columns by position");
        return status;
    }
    const struct expression *expression = NULL;
    tocsin_status status = bind_expression(binder, node, &expression);
    if (status == TOCSIN_OK && expression->type == TYPE_NULL) {
        status = bind_convert(binder, expression, TYPE_STRING, node->offset_start, &expression);
    }
    if (status == TOCSIN_OK && order->collation.len > 0 &&
        collation_check(order->collation, binder->err) != TOCSIN_OK) {
        error_position(binder->err, binder->source_name, binder->text, node->offset_start);
        status = TOCSIN_ERROR_NAME;
    }
    if (status == TOCSIN_OK && order->collation.len > 0 && expression->type != TYPE_STRING) {
        struct diagnostic *remark =
            bind_remark(binder, "collation-ignored", DIAGNOSTIC_WARNING, node,
                        "COLLATE orders texts, and this is of type %.*s", STR_ARG(value_type_name(expression->type)));
        diagnostic_hint(binder->diagnostics, remark, "leave COLLATE out; numbers, times and addresses have one order");
    }
    if (status == TOCSIN_OK) {
        binder->plan->orders[binder->plan->order_count++] = (struct plan_order){
            .expression = expression, .is_descending = order->is_descending, .collation = order->collation};
    }
    return status;
}

static tocsin_status bind_orders(struct binder *binder)
{
    const struct syntax_select *select = binder->select;
    binder->clause = CLAUSE_ORDER;
    binder->plan->orders = arena_array(binder->arena, struct plan_order, select->order_count);
    if (!binder->plan->orders) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < select->order_count; i++) {
        const struct syntax_order *order = &select->order[i];
        tocsin_status status = bind_tolerate(binder, bind_order_key(binder, order), order->expression);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

/* ---- INTO and PARAMETERS ----------------------------------------------------------------------------------------- */

static tocsin_status bind_into(struct binder *binder)
{
    str name = binder->select->into;
    if (name.len == 0) {
        return TOCSIN_OK;
    }
    const char *problem = name.len > LIMIT_CURSOR_NAME_BYTES ? "is too long"
                          : catalog_find(name) != 0          ? "is the name of a database"
                                                             : NULL;
    if (problem) {
        tocsin_status status =
            bind_error(binder, TOCSIN_ERROR_NAME, binder->select->clause_offset_into,
                       "the name of a cursor cannot be \"%.*s\": it %s", STR_ARG(str_slice(name, 0, 120)), problem);
        error_hint(binder->err, "INTO vpn_7d keeps the answer for SELECT ... FROM vpn_7d; up to %d bytes",
                   LIMIT_CURSOR_NAME_BYTES);
        return status;
    }
    binder->plan->into = name;
    return TOCSIN_OK;
}

/* An id or a name that is no processor's: QRadar does not run such a query (aql-reference 2.11). */
static tocsin_status check_server(struct binder *binder, const struct syntax_node *node)
{
    const struct lookup_tables *lookups = binder->options->lookups;
    bool is_known = true;
    if (node->kind == SYNTAX_INTEGER) {
        is_known = deployment_find(lookups->deployment, node->integer) != NULL;
    } else if (node->kind == SYNTAX_STRING) {
        is_known = deployment_find_name(lookups->deployment, node->text) != NULL;
    }
    if (is_known) {
        return TOCSIN_OK;
    }
    tocsin_status status = bind_error(binder, TOCSIN_ERROR_NAME, node->offset, "there is no processor %.*s",
                                      STR_ARG(str_slice(aql_expression_text(binder->text, node), 0, 120)));
    str nearest = node->kind == SYNTAX_STRING ? deployment_suggest(lookups->deployment, node->text) : STR_EMPTY;
    if (nearest.len > 0) {
        error_hint(binder->err, "did you mean '%.*s'?", STR_ARG(nearest));
    } else {
        error_hint(binder->err, "%s lists them", lookup_file_name(LOOKUP_DEPLOYMENT));
    }
    return status;
}

static tocsin_status check_servers(struct binder *binder, const struct syntax_node *value)
{
    const struct lookup_tables *lookups = binder->options->lookups;
    tocsin_status status = TOCSIN_OK;
    if (value->kind != SYNTAX_CALL || !lookups || !lookups->is_loaded[LOOKUP_DEPLOYMENT]) {
        return TOCSIN_OK;
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < value->operand_count; i++) {
        status = bind_tolerate(binder, check_server(binder, value->operands[i]), value);
    }
    return status;
}

static tocsin_status bind_parameters(struct binder *binder)
{
    const struct syntax_select *select = binder->select;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < select->parameter_count; i++) {
        const struct syntax_parameter *parameter = &select->parameters[i];
        if (str_eq(parameter->name, STR("EXECUTIONTIMELIMIT")) && parameter->value->kind == SYNTAX_INTEGER) {
            binder->plan->time_limit_ms = parameter->value->integer;
            continue;
        }
        struct diagnostic *remark = bind_remark_at(
            binder, "parameter-ignored", DIAGNOSTIC_NOTE, parameter->offset, parameter->offset + parameter->name.len,
            "PARAMETERS %.*s is for a deployment of several servers, and ignored here", STR_ARG(parameter->name));
        diagnostic_hint(binder->diagnostics, remark, "EXECUTIONTIMELIMIT is honoured");
        status = check_servers(binder, parameter->value);
    }
    return status;
}

/* ---- the whole SELECT -------------------------------------------------------------------------------------------- */

static tocsin_status list_items(struct binder *binder)
{
    const struct syntax_select *select = binder->select;
    binder->items = arena_array(binder->arena, struct bound_item, select->item_count);
    if (!binder->items) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < select->item_count; i++) {
        binder->items[i].syntax = &select->items[i];
        str alias = select->items[i].alias;
        if (alias.len > 0 && !name_table_add(&binder->aliases, binder->arena, alias, i)) {
            return error_memory(binder->err);
        }
    }
    return TOCSIN_OK;
}

bool select_is_grouped(const struct syntax_select *select)
{
    bool is_grouped = select->group_count > 0 || (select->having && syntax_has_aggregate(select->having));
    for (uint32_t i = 0; !is_grouped && i < select->item_count; i++) {
        is_grouped = syntax_has_aggregate(select->items[i].expression);
    }
    for (uint32_t i = 0; !is_grouped && i < select->order_count; i++) {
        is_grouped = syntax_has_aggregate(select->order[i].expression);
    }
    return is_grouped;
}

static tocsin_status having_without_groups(struct binder *binder)
{
    tocsin_status status = bind_error(binder, TOCSIN_ERROR_SYNTAX, binder->select->clause_offset_having,
                                      "HAVING tests groups, and this query has none");
    error_hint(binder->err, "put the condition into WHERE, or write GROUP BY in front of HAVING");
    return status;
}

/* What is behind the source rows: groups if there are any, columns, order. */
static tocsin_status bind_answer(struct binder *binder)
{
    tocsin_status status = TOCSIN_OK;
    if (binder->grouping) {
        status = bind_group_keys(binder);
        binder->rows = ROWS_GROUPED;
    }
    status = status == TOCSIN_OK ? bind_outputs(binder) : status;
    status = status == TOCSIN_OK && binder->grouping ? bind_having(binder) : status;
    status = status == TOCSIN_OK ? bind_orders(binder) : status;
    return status == TOCSIN_OK && binder->grouping ? bind_group_end(binder) : status;
}

static bool waits(const struct expression *expression)
{
    return expression && (expression->has_now || expression->has_subquery);
}

/* Grouped rows are there at the end of the input, when everything is known; what reads source rows may have to wait. */
static bool outputs_wait(const struct plan *plan)
{
    bool do_wait = false;
    const struct plan_group *group = plan->group;
    const struct plan_session *session = plan->session;
    if (session) {
        do_wait = waits(session->time) || waits(session->begin) || waits(session->end);
    }
    for (uint32_t i = 0; session && i < session->key_count; i++) {
        do_wait |= waits(session->keys[i]);
    }
    for (uint32_t i = 0; !group && i < plan->output_count; i++) {
        do_wait |= waits(plan->outputs[i].expression);
    }
    for (uint32_t i = 0; !group && i < plan->order_count; i++) {
        do_wait |= waits(plan->orders[i].expression);
    }
    for (uint32_t i = 0; group && i < group->key_count; i++) {
        do_wait |= waits(group->keys[i]);
    }
    for (uint32_t i = 0; group && i < group->aggregate_count; i++) {
        do_wait |= waits(group->aggregates[i].argument);
    }
    return do_wait;
}

static tocsin_status bind_select(struct binder *binder)
{
    struct plan *plan = binder->plan;
    const struct syntax_select *select = binder->select;
    tocsin_status status = bind_source(binder);
    status = status == TOCSIN_OK ? bind_session_place(binder) : status;
    status = status == TOCSIN_OK ? bind_into(binder) : status;
    status = status == TOCSIN_OK ? bind_parameters(binder) : status;
    status = status == TOCSIN_OK ? list_items(binder) : status;
    if (status == TOCSIN_OK && select_is_grouped(select)) {
        status = bind_group_begin(binder);
    } else if (status == TOCSIN_OK && select->having) {
        status = having_without_groups(binder);
    }
    status = status == TOCSIN_OK ? bind_source_items(binder) : status;
    status = status == TOCSIN_OK ? bind_filter(binder) : status;
    status = status == TOCSIN_OK ? bind_session(binder) : status;
    status = status == TOCSIN_OK ? bind_answer(binder) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    plan->has_limit = select->has_limit;
    plan->limit = select->limit > 0 ? (uint64_t)select->limit : 0;
    plan->outputs_need_now = outputs_wait(plan);
    if (plan->source.kind == PLAN_SOURCE_LOG) {
        field_set_add(&plan->fields, FIELD_STARTTIME); /* the default order, and which row of a group is first */
    }
    return TOCSIN_OK;
}

tocsin_status bind_plan(const struct binder *context, struct plan **ret_plan)
{
    const struct plan_options *options = context->options;
    struct plan *plan = memory_allocate_zeroed(1, sizeof(*plan));
    if (!plan) {
        return error_memory(context->err);
    }
    arena_init(&plan->arena, LIMIT_QUERY_RUN_BYTES);
    plan->is_null_sql = options->is_null_sql;
    struct binder binder = *context;
    binder.plan = plan;
    binder.arena = &plan->arena;
    binder.prepare = (struct function_prepare){.arena = &plan->arena,
                                               .log_sources = options->log_sources,
                                               .lookups = options->lookups,
                                               .defer_free = defer_free,
                                               .owner = plan};
    if (!binder.outer) {
        binder.shared->arena = &plan->arena;
    }
    tocsin_status status = arena_explain(&plan->arena, bind_select(&binder), "the plan of the query", binder.err);
    if (status != TOCSIN_OK) {
        plan_free(plan);
        if (binder.diagnostics && binder.error_code) {
            binder.diagnostics->error_code = binder.error_code;
        }
        if (is_tolerated(&binder, status) && binder.err->line > 0 && binder.err->column == 0) {
            error_position(binder.err, binder.source_name, binder.text, (size_t)binder.err->offset);
        }
        return status;
    }
    *ret_plan = plan;
    return TOCSIN_OK;
}

tocsin_status plan_bind(const struct syntax_select *select, str text, const char *source_name,
                        const struct schema *schema, const struct plan_options *options,
                        struct diagnostic_list *diagnostics, struct plan **ret_plan, struct error *err)
{
    struct binding shared = {.schema = schema};
    struct error ignored = {0};
    struct binder binder = {
        .shared = &shared,
        .select = select,
        .text = text,
        .source_name = source_name,
        .options = options,
        .diagnostics = diagnostics,
        .err = err ? err : &ignored,
    };
    if (select->time.kind != TIME_NONE) {
        binder.time = (struct time_clause){&select->time, text, source_name};
    }
    return bind_plan(&binder, ret_plan);
}
