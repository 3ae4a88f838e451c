#include "plan/binder.h"

#include <assert.h>

#include "base/memory.h"
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
    for (struct deferred_free *entry = plan->deferred; entry; entry = entry->next) {
        entry->free_it(entry->object);
    }
    arena_release(&plan->arena);
    memory_free(plan);
}

tocsin_status bind_error(struct binder *binder, tocsin_status status, size_t offset, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_va(binder->err, status, format, arguments);
    va_end(arguments);
    error_position(binder->err, binder->source_name, binder->text, offset);
    return status;
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

/* ---- clauses this release does not run ---- */

static tocsin_status refuse_unsupported(struct binder *binder)
{
    const struct syntax_select *select = binder->select;
    const struct {
        bool is_present;
        const char *name;
        size_t offset;
    } clauses[] = {
        {select->source.kind == SOURCE_SELECT, "FROM (SELECT ...)", select->source.offset},
        {select->source.kind == SOURCE_GLOBALVIEW, "GLOBALVIEW", select->source.offset},
        {select->into.len > 0, "INTO", select->clause_offset_into},
        {select->group_count > 0, "GROUP BY", select->clause_offset_group},
        {select->having != NULL, "HAVING", select->clause_offset_having},
        {select->session.is_present, "SESSION BY", select->session.offset},
        {select->time.kind == TIME_OFFENSE, "TIMES OFFENSE_TIME", select->time.offset},
    };
    for (size_t i = 0; i < countof(clauses); i++) {
        if (clauses[i].is_present) {
            return bind_error(binder, TOCSIN_ERROR_UNSUPPORTED, clauses[i].offset,
                              "%s is valid AQL, and not supported in this release", clauses[i].name);
        }
    }
    for (uint32_t i = 0; i < select->order_count; i++) {
        if (select->order[i].collation.len > 0) {
            return bind_error(binder, TOCSIN_ERROR_UNSUPPORTED, select->order[i].expression->offset_start,
                              "COLLATE is valid AQL, and not supported in this release");
        }
    }
    return TOCSIN_OK;
}

static tocsin_status bind_source(struct binder *binder)
{
    const struct syntax_source *source = &binder->select->source;
    binder->catalog = catalog_find(source->name);
    if (binder->catalog == 0) {
        tocsin_status status = bind_error(binder, TOCSIN_ERROR_UNSUPPORTED, source->offset,
                                          "\"%.*s\" cannot be queried in this release", STR_ARG(source->name));
        error_hint(binder->err, "logs are in the database events: SELECT ... FROM events");
        return status;
    }
    return TOCSIN_OK;
}

/* ---- SELECT list ---- */

/* Names of unaliased columns (aql-reference 6.2): a plain column as typed, everything else the words of its text. */
static tocsin_status default_name(struct binder *binder, const struct syntax_node *node, str *ret_name)
{
    if (node->kind == SYNTAX_NAME) {
        *ret_name = node->text;
        return TOCSIN_OK;
    }
    struct strbuf name;
    strbuf_init(&name, LIMIT_IDENTIFIER_BYTES);
    str text = str_slice(binder->text, node->offset_start, node->offset_end);
    bool is_call = node->kind == SYNTAX_CALL;
    bool in_function_name = is_call;
    for (size_t i = 0; i < text.len && name.len < 120; i++) {
        char c = text.data[i];
        in_function_name = in_function_name && c != '(';
        if (ascii_is_alpha(c) || ascii_is_digit(c) || ((unsigned char)c & 0x80)) {
            strbuf_append_char(&name, in_function_name ? ascii_lower(c) : c);
        } else if (name.len > 0 && name.data[name.len - 1] != '_') {
            strbuf_append_char(&name, '_');
        }
    }
    while (name.len > 0 && name.data[name.len - 1] == '_') {
        name.len--;
    }
    if (name.len == 0) {
        strbuf_append(&name, STR("column"));
    }
    *ret_name = arena_copy(binder->arena, strbuf_str(&name));
    bool is_failed = name.is_failed || !ret_name->data;
    strbuf_release(&name);
    return is_failed ? error_memory(binder->err) : TOCSIN_OK;
}

/* The smallest number from 2 that makes `wanted_N` a name of its own. */
static uint32_t free_suffix(const struct plan *plan, str wanted)
{
    uint64_t used[LIMIT_SCHEMA_FIELDS / 64 + 1] = {0}; /* as many numbers as outputs, and one more, are enough */
    for (uint32_t i = 0; i < plan->output_count; i++) {
        str name = plan->outputs[i].name;
        str number = str_skip(name, wanted.len + 1);
        uint64_t suffix;
        if (number.len > 0 && number.data[0] != '0' && name.data[wanted.len] == '_' &&
            str_eq_ignore_case(str_slice(name, 0, wanted.len), wanted) && str_to_u64(number, &suffix) &&
            suffix >= 2 && suffix < LIMIT_SCHEMA_FIELDS + 2) {
            used[(suffix - 2) / 64] |= UINT64_C(1) << (suffix - 2) % 64;
        }
    }
    uint32_t suffix = 0;
    while (used[suffix / 64] >> suffix % 64 & 1) {
        suffix++;
    }
    return suffix + 2;
}

static tocsin_status unique_name(struct binder *binder, str wanted, str *ret_name)
{
    if (plan_find_output(binder->plan, wanted) == UINT32_MAX) {
        *ret_name = wanted;
        return TOCSIN_OK;
    }
    struct strbuf name;
    strbuf_init(&name, wanted.len + 16);
    strbuf_append(&name, wanted);
    strbuf_append_char(&name, '_');
    strbuf_append_u64(&name, free_suffix(binder->plan, wanted));
    str copy = name.is_failed ? (str){NULL, 0} : arena_copy(binder->arena, strbuf_str(&name));
    strbuf_release(&name);
    if (!copy.data) {
        return error_memory(binder->err);
    }
    *ret_name = copy;
    return TOCSIN_OK;
}

static tocsin_status add_output(struct binder *binder, str name, const struct expression *expression)
{
    str unique;
    tocsin_status status = unique_name(binder, name, &unique);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct expression *value = expression;
    if (value->type == TYPE_NULL) {
        status = bind_convert(binder, value, TYPE_STRING, 0, &value);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    binder->plan->outputs[binder->plan->output_count++] = (struct plan_output){unique, value};
    return TOCSIN_OK;
}

/* The fields of *: the catalog's default ones, or all it has. */
static bool next_star_field(struct binder *binder, size_t *at, field_id *ret_field)
{
    if (!binder->options->selects_all) {
        size_t count;
        const field_id *fields = catalog_default_fields(binder->catalog, &count);
        *ret_field = *at < count ? fields[*at] : FIELD_NONE;
        return (*at)++ < count;
    }
    while (*at < schema_field_count(binder->schema)) {
        *ret_field = (field_id)(*at)++;
        /* A session's number is there only where there are sessions. */
        if (schema_field(binder->schema, *ret_field)->catalogs & binder->catalog && *ret_field != FIELD_SESSIONID) {
            return true;
        }
    }
    return false;
}

static tocsin_status add_star(struct binder *binder)
{
    size_t at = 0;
    field_id field;
    while (next_star_field(binder, &at, &field)) {
        const struct expression *expression = NULL;
        tocsin_status status = bind_field(binder, field, &expression); /* * means fields, whatever aliases say */
        if (status == TOCSIN_OK) {
            status = add_output(binder, schema_field(binder->schema, field)->name, expression);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static size_t output_count_max(struct binder *binder)
{
    size_t star = 0;
    field_id field;
    for (size_t at = 0; next_star_field(binder, &at, &field);) {
        star++;
    }
    size_t count = 0;
    for (uint32_t i = 0; i < binder->select->item_count; i++) {
        count += binder->select->items[i].expression->kind == SYNTAX_STAR ? star : 1;
    }
    return count;
}

static tocsin_status bind_items(struct binder *binder)
{
    const struct syntax_select *select = binder->select;
    size_t count_max = output_count_max(binder);
    if (count_max > LIMIT_SCHEMA_FIELDS) {
        return bind_error(binder, TOCSIN_ERROR_LIMIT, 0, "more than %d columns in the result", LIMIT_SCHEMA_FIELDS);
    }
    binder->plan->outputs = arena_array(binder->arena, struct plan_output, count_max);
    binder->item_output = arena_array(binder->arena, uint32_t, select->item_count);
    if (!binder->plan->outputs || !binder->item_output) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < select->item_count; i++) {
        const struct syntax_item *item = &select->items[i];
        binder->item_output[i] = binder->plan->output_count;
        tocsin_status status;
        if (item->expression->kind == SYNTAX_STAR) {
            status = add_star(binder);
        } else {
            const struct expression *expression = NULL;
            str name = item->alias;
            status = bind_expression(binder, item->expression, &expression);
            if (status == TOCSIN_OK && name.len == 0) {
                status = default_name(binder, item->expression, &name);
            }
            if (status == TOCSIN_OK) {
                status = add_output(binder, name, expression);
            }
        }
        if (status != TOCSIN_OK) {
            return status;
        }
        binder->items_bound = i + 1;
    }
    return TOCSIN_OK;
}

/* ---- ORDER BY ---- */

static tocsin_status bind_order(struct binder *binder)
{
    const struct syntax_select *select = binder->select;
    binder->clause = CLAUSE_ORDER;
    binder->plan->orders = arena_array(binder->arena, struct plan_order, select->order_count);
    if (!binder->plan->orders) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < select->order_count; i++) {
        struct syntax_node node = *select->order[i].expression;
        /* ORDER BY 'Alias' as in IBM's sample searches (aql-reference 1.2). */
        if (node.kind == SYNTAX_STRING && plan_find_output(binder->plan, node.text) != UINT32_MAX) {
            node.kind = SYNTAX_NAME;
        }
        if (node.kind == SYNTAX_STRING || node.kind == SYNTAX_INTEGER) {
            tocsin_status status = bind_error(binder, TOCSIN_ERROR_TYPE, node.offset,
                                              "ORDER BY a constant orders nothing");
            error_hint(binder->err, "name a column or an alias; AQL does not count columns by position");
            return status;
        }
        const struct expression *expression = NULL;
        tocsin_status status = bind_expression(binder, &node, &expression);
        if (status != TOCSIN_OK) {
            return status;
        }
        binder->plan->orders[i] = (struct plan_order){expression, select->order[i].is_descending};
        binder->plan->order_count = i + 1;
    }
    return TOCSIN_OK;
}

/* ---- time clause ---- */

static tocsin_status bind_arithmetic_pair(struct binder *binder, enum syntax_operator operator,
                                          const struct expression *left, const struct expression *right,
                                          const struct expression **ret_expression)
{
    struct expression *node = expression_new(binder, EXPRESSION_ARITHMETIC, TYPE_INT64, 2);
    if (!node) {
        return error_memory(binder->err);
    }
    node->operator = operator;
    node->operands[0] = left;
    node->operands[1] = right;
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

static tocsin_status bind_now(struct binder *binder, const struct expression **ret_expression)
{
    const struct function_def *now = function_find(STR("NOW"));
    assert(now);
    return bind_function(binder, now, NULL, 0, 0, ret_expression);
}

static tocsin_status start_compare(struct binder *binder, enum syntax_operator operator,
                                   const struct expression *bound, const struct expression **ret_part)
{
    /* The clause binds to the field, also where an alias has its name. */
    const struct expression *starttime = NULL;
    tocsin_status status = bind_field(binder, FIELD_STARTTIME, &starttime);
    return status == TOCSIN_OK ? bind_compare_nodes(binder, operator, starttime, bound, 0, ret_part) : status;
}

static tocsin_status bind_last(struct binder *binder, int64_t amount, enum syntax_unit unit, size_t offset,
                               const struct expression *ret_parts[2])
{
    static const int64_t unit_ms[] = {
        [UNIT_NONE] = 1, [UNIT_SECONDS] = 1000, [UNIT_MINUTES] = 60000, [UNIT_HOURS] = 3600000, [UNIT_DAYS] = 86400000};
    int64_t span_ms;
    if (__builtin_mul_overflow(amount, unit_ms[unit], &span_ms)) {
        return bind_error(binder, TOCSIN_ERROR_LIMIT, offset, "LAST reaches further back than time does");
    }
    const struct expression *now = NULL;
    const struct expression *span = NULL;
    const struct expression *start = NULL;
    tocsin_status status = bind_now(binder, &now);
    if (status == TOCSIN_OK) {
        status = bind_integer(binder, span_ms, &span);
    }
    if (status == TOCSIN_OK) {
        status = bind_arithmetic_pair(binder, OPERATOR_SUBTRACT, now, span, &start);
    }
    if (status == TOCSIN_OK) {
        status = start_compare(binder, OPERATOR_GREATER_EQUAL, start, &ret_parts[0]);
    }
    return status == TOCSIN_OK ? start_compare(binder, OPERATOR_LESS_EQUAL, now, &ret_parts[1]) : status;
}

enum { MINUTE_MS = 60000 };

static int64_t floor_to_minute(int64_t ms)
{
    int64_t rest = ms % MINUTE_MS;
    return ms - (rest < 0 ? rest + MINUTE_MS : rest);
}

/* START and STOP: a string is rounded to minutes outwards, everything else is exact (aql-reference 2.10). */
static tocsin_status bind_time_bound(struct binder *binder, const struct syntax_node *node, bool is_stop,
                                     const struct expression **ret_part)
{
    const struct expression *bound = NULL;
    enum syntax_operator operator = is_stop ? OPERATOR_LESS_EQUAL : OPERATOR_GREATER_EQUAL;
    tocsin_status status;
    if (node->kind == SYNTAX_STRING) {
        int64_t ms;
        if (!time_parse_query(node->text, binder->options->zone, 0, &ms)) {
            status = bind_error(binder, TOCSIN_ERROR_TYPE, node->offset, "'%.*s' is no time AQL knows",
                                (int)(node->text.len < 60 ? node->text.len : 60), node->text.data);
            error_hint(binder->err, "'2026-11-23 02:50', '2026-11-23 02:50:59', or milliseconds since 1970");
            return status;
        }
        if (!binder->options->has_exact_time_bounds) {
            operator = is_stop ? OPERATOR_LESS : operator;
            ms = is_stop ? floor_to_minute(ms + MINUTE_MS - 1) : floor_to_minute(ms);
        }
        status = bind_integer(binder, ms, &bound);
    } else {
        status = bind_expression(binder, node, &bound);
        if (status == TOCSIN_OK && (bound->type != TYPE_INT64 || bound->has_field)) {
            status = bind_error(binder, TOCSIN_ERROR_TYPE, node->offset_start,
                                "START and STOP take a time: a string, milliseconds, or PARSEDATETIME('1 hour ago')");
        }
    }
    return status == TOCSIN_OK ? start_compare(binder, operator, bound, ret_part) : status;
}

static tocsin_status bind_time(struct binder *binder, const struct expression *ret_parts[2])
{
    const struct syntax_time *time = &binder->select->time;
    binder->clause = CLAUSE_TIME;
    switch (time->kind) {
    case TIME_LAST:
        return bind_last(binder, time->amount, time->unit, time->offset, ret_parts);
    case TIME_START_STOP: {
        tocsin_status status = bind_time_bound(binder, time->start, false, &ret_parts[0]);
        return status == TOCSIN_OK && time->stop ? bind_time_bound(binder, time->stop, true, &ret_parts[1]) : status;
    }
    case TIME_NONE:
        return binder->options->has_qradar_window ? bind_last(binder, 5, UNIT_MINUTES, 0, ret_parts) : TOCSIN_OK;
    case TIME_OFFENSE:
        break;
    }
    assert(false && "refused before");
    return TOCSIN_ERROR_INTERNAL;
}

/* ---- splitting by what needs NOW() ---- */

/* The value of constant integer arithmetic like 24*60*60*1000. False if it is anything else, or overflows. */
static bool constant_integer(const struct expression *expression, int64_t *ret)
{
    if (expression->kind == EXPRESSION_CONSTANT) {
        *ret = expression->constant.integer;
        return expression->constant.type == TYPE_INT64;
    }
    int64_t left;
    int64_t right;
    if (expression->kind != EXPRESSION_ARITHMETIC || expression->type != TYPE_INT64 || expression->operand_count != 2 ||
        !constant_integer(expression->operands[0], &left) || !constant_integer(expression->operands[1], &right)) {
        return false;
    }
    switch (expression->operator) {
    case OPERATOR_ADD:
        return !__builtin_add_overflow(left, right, ret);
    case OPERATOR_SUBTRACT:
        return !__builtin_sub_overflow(left, right, ret);
    case OPERATOR_MULTIPLY:
        return !__builtin_mul_overflow(left, right, ret);
    default:
        return false;
    }
}

/* NOW() plus or minus a constant: grows exactly as NOW() does. The constant is bounded, so that nothing wraps. */
static bool grows_with_now(const struct expression *bound)
{
    const int64_t offset_max = INT64_C(1000000000000000);
    if (bound->kind == EXPRESSION_CALL) {
        return strcmp(bound->function->names[0], "NOW") == 0;
    }
    int64_t offset;
    return bound->kind == EXPRESSION_ARITHMETIC && bound->type == TYPE_INT64 && bound->operand_count == 2 &&
           (bound->operator == OPERATOR_ADD || bound->operator == OPERATOR_SUBTRACT) &&
           constant_integer(bound->operands[1], &offset) && offset >= -offset_max && offset <= offset_max &&
           bound->operands[0]->kind == EXPRESSION_CALL && grows_with_now(bound->operands[0]);
}

static bool is_monotone(const struct expression *part)
{
    if (part->kind != EXPRESSION_COMPARE) {
        return false;
    }
    bool is_greater = part->operator == OPERATOR_GREATER || part->operator == OPERATOR_GREATER_EQUAL;
    bool is_less = part->operator == OPERATOR_LESS || part->operator == OPERATOR_LESS_EQUAL;
    const struct expression *value = part->operands[is_greater ? 0 : 1];
    const struct expression *bound = part->operands[is_greater ? 1 : 0];
    return (is_greater || is_less) && !value->has_now && grows_with_now(bound);
}

static void split_part(struct plan *plan, const struct expression *part)
{
    if (part->kind == EXPRESSION_AND) {
        for (uint32_t i = 0; i < part->operand_count; i++) {
            split_part(plan, part->operands[i]);
        }
        return;
    }
    if (!part->has_now) {
        plan->early[plan->early_count++] = part;
        return;
    }
    plan->late[plan->late_count++] = part;
    if (is_monotone(part)) {
        plan->late_monotone[plan->late_monotone_count++] = part;
    }
}

static uint32_t count_parts(const struct expression *part)
{
    uint32_t count = 0;
    for (uint32_t i = 0; part->kind == EXPRESSION_AND && i < part->operand_count; i++) {
        count += count_parts(part->operands[i]);
    }
    return part->kind == EXPRESSION_AND ? count : 1;
}

/* Inputs may hold records of several databases. */
static tocsin_status bind_record_kind(struct binder *binder, const struct expression **ret_part)
{
    const struct expression *kind = NULL;
    const struct expression *wanted = NULL;
    tocsin_status status = bind_field(binder, FIELD_RECORD_KIND, &kind);
    if (status == TOCSIN_OK) {
        status = bind_integer(binder, (int64_t)catalog_records(binder->catalog), &wanted);
    }
    return status == TOCSIN_OK ? bind_compare_nodes(binder, OPERATOR_EQUAL, kind, wanted, 0, ret_part) : status;
}

static tocsin_status bind_filter(struct binder *binder)
{
    const struct expression *parts[4] = {NULL};
    struct plan *plan = binder->plan;
    tocsin_status status = bind_record_kind(binder, &parts[0]);
    if (status == TOCSIN_OK) {
        status = bind_time(binder, parts + 1);
    }
    if (status == TOCSIN_OK && binder->select->where) {
        binder->clause = CLAUSE_WHERE;
        status = bind_predicate(binder, binder->select->where, &parts[3]);
    }
    uint32_t count = 0;
    for (size_t i = 0; status == TOCSIN_OK && i < countof(parts); i++) {
        count += parts[i] ? count_parts(parts[i]) : 0;
    }
    plan->early = arena_array(binder->arena, const struct expression *, count);
    plan->late = arena_array(binder->arena, const struct expression *, count);
    plan->late_monotone = arena_array(binder->arena, const struct expression *, count);
    if (status == TOCSIN_OK && (!plan->early || !plan->late || !plan->late_monotone)) {
        status = error_memory(binder->err);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < countof(parts); i++) {
        if (parts[i]) {
            split_part(plan, parts[i]);
        }
    }
    return status;
}

static tocsin_status bind_select(struct binder *binder)
{
    tocsin_status status = refuse_unsupported(binder);
    if (status == TOCSIN_OK) {
        status = bind_source(binder);
    }
    if (status == TOCSIN_OK) {
        status = bind_items(binder);
    }
    if (status == TOCSIN_OK) {
        status = bind_filter(binder);
    }
    if (status == TOCSIN_OK) {
        status = bind_order(binder);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    struct plan *plan = binder->plan;
    plan->has_limit = binder->select->has_limit;
    plan->limit = binder->select->limit > 0 ? (uint64_t)binder->select->limit : 0;
    for (uint32_t i = 0; i < plan->output_count; i++) {
        plan->outputs_need_now |= plan->outputs[i].expression->has_now;
    }
    for (uint32_t i = 0; i < plan->order_count; i++) {
        plan->outputs_need_now |= plan->orders[i].expression->has_now;
    }
    field_set_add(&plan->fields, FIELD_STARTTIME); /* the default order */
    return TOCSIN_OK;
}

tocsin_status plan_bind(const struct syntax_select *select, str text, const char *source_name,
                        const struct schema *schema, const struct plan_options *options,
                        struct diagnostic_list *diagnostics, struct plan **ret_plan, struct error *err)
{
    struct plan *plan = memory_allocate_zeroed(1, sizeof(*plan));
    if (!plan) {
        return error_memory(err);
    }
    arena_init(&plan->arena, LIMIT_QUERY_RUN_BYTES);
    plan->schema = schema;
    plan->is_null_sql = options->is_null_sql;
    struct binder binder = {
        .arena = &plan->arena,
        .plan = plan,
        .select = select,
        .text = text,
        .source_name = source_name,
        .schema = schema,
        .options = options,
        .diagnostics = diagnostics,
        .prepare = {.arena = &plan->arena,
                    .log_sources = options->log_sources,
                    .lookups = options->lookups,
                    .defer_free = defer_free,
                    .owner = plan},
        .err = err,
    };
    tocsin_status status = arena_explain(&plan->arena, bind_select(&binder), "the plan of the query", err);
    if (status != TOCSIN_OK) {
        plan_free(plan);
        return status;
    }
    *ret_plan = plan;
    return TOCSIN_OK;
}
