#include "plan/binder.h"

#include <assert.h>
#include <stdlib.h>

struct expression *expression_new(struct binder *binder, enum expression_kind kind, enum value_type type,
                                  uint32_t operand_count)
{
    struct expression *node = arena_new(binder->arena, struct expression);
    const struct expression **operands =
        operand_count ? arena_array(binder->arena, const struct expression *, operand_count) : NULL;
    if (!node || (operand_count && !operands)) {
        return NULL;
    }
    node->kind = kind;
    node->type = type;
    node->syntax = binder->node;
    node->height = 1;
    node->operands = operands;
    node->operand_count = operand_count;
    return node;
}

/* A rough price of one row, for ordering conjuncts: numbers before text, text before patterns. */
static const uint16_t own_cost[] = {
    [EXPRESSION_CONSTANT] = 0, [EXPRESSION_FIELD] = 1, [EXPRESSION_CALL] = 10,   [EXPRESSION_ARITHMETIC] = 2,
    [EXPRESSION_CONVERT] = 20, [EXPRESSION_CASE] = 5,  [EXPRESSION_COMPARE] = 2, [EXPRESSION_LIKE] = 40,
    [EXPRESSION_REGEX] = 200,  [EXPRESSION_IN] = 4,    [EXPRESSION_IS_NULL] = 1, [EXPRESSION_AND] = 1,
    [EXPRESSION_OR] = 1,       [EXPRESSION_NOT] = 1,   [EXPRESSION_TRUTH] = 1,   [EXPRESSION_TEXT_SEARCH] = 400,
};
enum { COST_MAX = 1000000 };

void expression_seal(struct expression *expression)
{
    uint64_t cost = own_cost[expression->kind];
    expression->height = 1;
    expression->has_field = expression->kind == EXPRESSION_FIELD;
    expression->has_now = expression->kind == EXPRESSION_CALL && !expression->ignores_now &&
                          (expression->function->depends_on_now || expression->signature->depends_on_now);
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        expression->has_field |= expression->operands[i]->has_field;
        expression->has_now |= expression->operands[i]->has_now;
        expression->has_subquery |= expression->operands[i]->has_subquery;
        cost += expression->operands[i]->cost;
        if (expression->height <= expression->operands[i]->height) {
            expression->height = expression->operands[i]->height + 1;
        }
    }
    expression->cost = cost < COST_MAX ? (uint32_t)cost : COST_MAX;
}

struct ranked_part {
    const struct expression *part;
    uint32_t index;
};

/* By cost; equal costs keep the author's order. */
static int compare_ranked_parts(const void *a, const void *b)
{
    const struct ranked_part *x = a;
    const struct ranked_part *y = b;
    if (x->part->cost != y->part->cost) {
        return x->part->cost < y->part->cost ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

tocsin_status bind_conjunction(struct binder *binder, enum expression_kind kind, const struct expression **parts,
                               uint32_t count, const struct expression **ret_expression)
{
    assert(kind == EXPRESSION_AND || kind == EXPRESSION_OR);
    if (count == 1) {
        *ret_expression = parts[0];
        return TOCSIN_OK;
    }
    struct expression *node = expression_new(binder, kind, TYPE_BOOL, count);
    struct ranked_part *ranked = arena_array(binder->arena, struct ranked_part, count);
    if (!node || !ranked) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < count; i++) {
        ranked[i] = (struct ranked_part){parts[i], i};
    }
    qsort(ranked, count, sizeof(*ranked), compare_ranked_parts);
    for (uint32_t i = 0; i < count; i++) {
        node->operands[i] = ranked[i].part;
    }
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

/* ---- names ---- */

tocsin_status bind_field(struct binder *binder, field_id id, const struct expression **ret_expression)
{
    const struct field *field = schema_field(binder->schema, id);
    if (field->kind == FIELD_EXPRESSION) {
        return bind_property_expression(binder, id, ret_expression);
    }
    struct expression *node = expression_new(binder, EXPRESSION_FIELD, field->type, 0);
    if (!node) {
        return error_memory(binder->err);
    }
    node->field = id;
    node->domain = field->domain;
    expression_seal(node);
    field_set_add(&binder->plan->fields, id);
    *ret_expression = node;
    return TOCSIN_OK;
}

static tocsin_status text_search_field(struct binder *binder, const struct syntax_node *node, field_id field,
                                       const struct expression **ret_expression)
{
    const struct expression *payload = NULL;
    const struct text_search *search = NULL;
    tocsin_status status = bind_field(binder, field, &payload);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (payload->type != TYPE_BYTES && payload->type != TYPE_STRING) {
        return bind_wrong_type(binder, node->offset, payload->type, "byte[]");
    }
    status = text_search_compile(binder->arena, node->text, &search, binder->err);
    if (status != TOCSIN_OK) {
        error_position(binder->err, binder->source_name, binder->text, node->offset);
        return status;
    }
    struct expression *expression = expression_new(binder, EXPRESSION_TEXT_SEARCH, TYPE_BOOL, 1);
    if (!expression) {
        return error_memory(binder->err);
    }
    expression->operands[0] = payload;
    expression->text_search = search;
    expression->pattern = node->text;
    expression_seal(expression);
    *ret_expression = expression;
    return TOCSIN_OK;
}

/* TEXT SEARCH looks through the payload (aql-reference 3.6); of a flow through that of either side. */
static tocsin_status bind_text_search(struct binder *binder, const struct syntax_node *node,
                                      const struct expression **ret_expression)
{
    static const str names[] = {{"payload", 7}, {"sourcepayload", 13}, {"destinationpayload", 18}};
    const struct expression *parts[countof(names)];
    uint32_t count = 0;
    for (size_t i = 0; i < countof(names); i++) {
        field_id field = find_field(binder, names[i]);
        if (field == FIELD_NONE) {
            continue;
        }
        tocsin_status status = text_search_field(binder, node, field, &parts[count++]);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    if (count == 0) {
        tocsin_status missing = bind_error(binder, TOCSIN_ERROR_NAME, node->offset,
                                           "TEXT SEARCH looks through the payload, which is not there");
        error_hint(binder->err, "search a field: \"Name\" ILIKE '%%word%%'");
        return missing;
    }
    return bind_conjunction(binder, EXPRESSION_OR, parts, count, ret_expression);
}

/* ---- arithmetic ---- */

static bool is_bit_operator(enum syntax_operator operator)
{
    return (operator >= OPERATOR_SHIFT_LEFT && operator <= OPERATOR_BIT_OR) || operator == OPERATOR_COMPLEMENT;
}

static tocsin_status numeric_operand(struct binder *binder, enum syntax_operator operator,
                                     const struct syntax_node * node, const struct expression **operand)
{
    size_t offset = node->offset_start;
    switch ((*operand)->type) {
    case TYPE_INT64:
        return TOCSIN_OK;
    case TYPE_DOUBLE:
        return is_bit_operator(operator) ? bind_wrong_type(binder, offset, TYPE_DOUBLE, "Long") : TOCSIN_OK;
    case TYPE_NULL:
        return bind_convert(binder, *operand, TYPE_INT64, offset, operand);
    case TYPE_BOOL:
        return bind_convert(binder, *operand, TYPE_INT64, offset, operand);
    case TYPE_STRING:
        if (operator == OPERATOR_ADD &&(*operand)->kind == EXPRESSION_CONSTANT) {
            double number;
            if (!str_to_double(str_trim((*operand)->constant.text), &number)) {
                tocsin_status status = bind_wrong_type(binder, offset, TYPE_STRING, "Long");
                error_hint(binder->err, "texts are joined by CONCAT(a, b)");
                return status;
            }
        }
        return bind_convert(binder, *operand, is_bit_operator(operator) ? TYPE_INT64 : TYPE_DOUBLE, offset, operand);
    default:
        return bind_wrong_type(binder, offset, (*operand)->type, "Long");
    }
}

static tocsin_status bind_arithmetic(struct binder *binder, const struct syntax_node *node,
                                     const struct expression **ret_expression)
{
    uint32_t count = node->operand_count;
    assert(count == 1 || count == 2);
    const struct expression *operands[2] = {NULL, NULL};
    bool is_double = false;
    for (uint32_t i = 0; i < count; i++) {
        tocsin_status status = bind_expression(binder, node->operands[i], &operands[i]);
        if (status == TOCSIN_OK) {
            status = numeric_operand(binder, node->operator, node->operands[i], &operands[i]);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
        is_double |= operands[i]->type == TYPE_DOUBLE;
    }
    if (node->operator == OPERATOR_PLUS) {
        *ret_expression = operands[0];
        return TOCSIN_OK;
    }
    struct expression *result =
        expression_new(binder, EXPRESSION_ARITHMETIC, is_double ? TYPE_DOUBLE : TYPE_INT64, count);
    if (!result) {
        return error_memory(binder->err);
    }
    result->operator = node->operator;
    for (uint32_t i = 0; i < count; i++) {
        tocsin_status status =
            bind_convert(binder, operands[i], result->type, node->operands[i]->offset_start, &result->operands[i]);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    expression_seal(result);
    *ret_expression = result;
    return TOCSIN_OK;
}

/* ---- CASE and IF ---- */

/* One type for all branches: the only one there is, a number if all are numbers, else text (aql-reference 2.13). */
static tocsin_status unify_branches(struct binder *binder, struct expression *result, size_t offset)
{
    enum value_type type = TYPE_NULL;
    enum value_domain domain = DOMAIN_NONE;
    bool is_first = true;
    for (uint32_t i = 0; i < result->operand_count; i++) {
        bool is_value = i % 2 == 1 || i == result->operand_count - 1;
        const struct expression *branch = result->operands[i];
        if (!is_value || branch->type == TYPE_NULL) {
            continue;
        }
        bool are_numbers =
            (type == TYPE_INT64 || type == TYPE_DOUBLE) && (branch->type == TYPE_INT64 || branch->type == TYPE_DOUBLE);
        type = type == TYPE_NULL || type == branch->type ? branch->type : are_numbers ? TYPE_DOUBLE : TYPE_STRING;
        domain = is_first || domain == branch->domain ? branch->domain : DOMAIN_NONE;
        is_first = false;
    }
    type = type == TYPE_NULL ? TYPE_STRING : type;
    for (uint32_t i = 0; i < result->operand_count; i++) {
        if (i % 2 == 0 && i != result->operand_count - 1) {
            continue;
        }
        tocsin_status status = type == TYPE_STRING
                                   ? bind_to_string(binder, result->operands[i], offset, &result->operands[i])
                                   : bind_convert(binder, result->operands[i], type, offset, &result->operands[i]);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    result->type = type;
    result->domain = type == TYPE_INT64 ? domain : DOMAIN_NONE;
    return TOCSIN_OK;
}

static tocsin_status bind_when(struct binder *binder, const struct syntax_node *when, const struct expression *operand,
                               const struct expression **ret_condition)
{
    if (!operand) {
        return bind_predicate(binder, when, ret_condition);
    }
    const struct expression *value = NULL;
    tocsin_status status = bind_expression(binder, when, &value);
    return status == TOCSIN_OK
               ? bind_compare_nodes(binder, OPERATOR_EQUAL, operand, value, when->offset_start, ret_condition)
               : status;
}

static tocsin_status bind_case(struct binder *binder, const struct syntax_node *node,
                               const struct expression **ret_expression)
{
    uint32_t first = node->kind == SYNTAX_CASE && node->has_operand ? 1 : 0;
    bool has_else = node->kind == SYNTAX_IF || node->has_else;
    uint32_t branch_operands = node->operand_count - first - has_else; /* WHEN, THEN pairs */
    const struct expression *operand = NULL;
    tocsin_status status = first ? bind_expression(binder, node->operands[0], &operand) : TOCSIN_OK;
    struct expression *result = expression_new(binder, EXPRESSION_CASE, TYPE_NULL, branch_operands + 1);
    if (!result) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < branch_operands; i++) {
        const struct syntax_node *part = node->operands[first + i];
        status = i % 2 == 0 ? bind_when(binder, part, operand, &result->operands[i])
                            : bind_expression(binder, part, &result->operands[i]);
    }
    if (status == TOCSIN_OK) {
        const struct expression **otherwise = &result->operands[branch_operands];
        status = has_else ? bind_expression(binder, node->operands[node->operand_count - 1], otherwise)
                          : bind_constant(binder, (struct value){.type = TYPE_NULL}, otherwise);
    }
    if (status == TOCSIN_OK) {
        status = unify_branches(binder, result, node->offset);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    expression_seal(result);
    *ret_expression = result;
    return TOCSIN_OK;
}

/* ---- operators ---- */

static tocsin_status bind_junction(struct binder *binder, const struct syntax_node *node,
                                   const struct expression **ret_expression)
{
    /* The whole chain at once, so that its cheapest term comes first. */
    uint32_t count = syntax_chain_length(node);
    const struct syntax_node **terms = arena_array(binder->arena, const struct syntax_node *, count);
    const struct expression **parts = arena_array(binder->arena, const struct expression *, count);
    if (!terms || !parts) {
        return error_memory(binder->err);
    }
    syntax_chain_terms(node, terms);
    for (uint32_t i = 0; i < count; i++) {
        tocsin_status status = bind_predicate(binder, terms[i], &parts[i]);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    enum expression_kind kind = node->operator == OPERATOR_AND ? EXPRESSION_AND : EXPRESSION_OR;
    return bind_conjunction(binder, kind, parts, count, ret_expression);
}

static tocsin_status bind_comparison(struct binder *binder, const struct syntax_node *node,
                                     const struct expression **ret_expression)
{
    const struct expression *left = NULL;
    const struct expression *right = NULL;
    tocsin_status status = bind_expression(binder, node->operands[0], &left);
    if (status == TOCSIN_OK) {
        binder->value = node->operands[1];
        status = bind_expression(binder, node->operands[1], &right);
    }
    size_t offset = node->operands[1]->offset_start;
    return status == TOCSIN_OK ? bind_compare_nodes(binder, node->operator, left, right, offset, ret_expression)
                               : status;
}

static tocsin_status bind_binary(struct binder *binder, const struct syntax_node *node,
                                 const struct expression **ret_expression)
{
    field_id field;
    switch (node->operator) {
    case OPERATOR_AND:
    case OPERATOR_OR:
        return bind_junction(binder, node, ret_expression);
    case OPERATOR_LIKE:
    case OPERATOR_ILIKE:
    case OPERATOR_MATCHES:
    case OPERATOR_IMATCHES:
        return bind_pattern(binder, node, ret_expression);
    case OPERATOR_EQUAL:
    case OPERATOR_NOT_EQUAL:
    case OPERATOR_LESS:
    case OPERATOR_LESS_EQUAL:
    case OPERATOR_GREATER:
    case OPERATOR_GREATER_EQUAL:
        return bind_comparison(binder, node, ret_expression);
    case OPERATOR_SUBTRACT:
        if (resolve_hyphenated_property(binder, node, &field)) {
            return binder->rows == ROWS_GROUPED ? bind_grouped_field(binder, field, ret_expression)
                                                : bind_field(binder, field, ret_expression);
        }
        return bind_arithmetic(binder, node, ret_expression);
    default:
        return bind_arithmetic(binder, node, ret_expression);
    }
}

static tocsin_status bind_unary(struct binder *binder, const struct syntax_node *node,
                                const struct expression **ret_expression)
{
    if (node->operator != OPERATOR_NOT) {
        return bind_arithmetic(binder, node, ret_expression);
    }
    const struct expression *operand = NULL;
    tocsin_status status = bind_predicate(binder, node->operands[0], &operand);
    return status == TOCSIN_OK ? bind_not(binder, operand, ret_expression) : status;
}

tocsin_status bind_node(struct binder *binder, const struct syntax_node *node, const struct expression **ret_expression)
{
    switch (node->kind) {
    case SYNTAX_NULL:
        return bind_constant(binder, (struct value){.type = TYPE_NULL}, ret_expression);
    case SYNTAX_BOOLEAN:
        return bind_constant(binder, (struct value){.type = TYPE_BOOL, .boolean = node->integer != 0}, ret_expression);
    case SYNTAX_INTEGER:
        return bind_integer(binder, node->integer, ret_expression);
    case SYNTAX_DOUBLE:
        return bind_constant(binder, (struct value){.type = TYPE_DOUBLE, .number = node->number}, ret_expression);
    case SYNTAX_STRING:
        return bind_constant(binder, (struct value){.type = TYPE_STRING, .text = node->text}, ret_expression);
    case SYNTAX_NAME:
        return bind_name(binder, node, ret_expression);
    case SYNTAX_UNARY:
        return bind_unary(binder, node, ret_expression);
    case SYNTAX_BINARY:
        return bind_binary(binder, node, ret_expression);
    case SYNTAX_IS_NULL:
        return bind_is_null(binder, node, ret_expression);
    case SYNTAX_BETWEEN:
        return bind_between(binder, node, ret_expression);
    case SYNTAX_IN:
        return bind_in(binder, node, ret_expression);
    case SYNTAX_CALL:
        return bind_call(binder, node, ret_expression);
    case SYNTAX_CASE:
    case SYNTAX_IF:
        return bind_case(binder, node, ret_expression);
    case SYNTAX_TEXT_SEARCH:
        return bind_text_search(binder, node, ret_expression);
    case SYNTAX_STAR:
    case SYNTAX_ENUMERATION:
        break;
    }
    return bind_error(binder, TOCSIN_ERROR_SYNTAX, node->offset, "an expression is needed here");
}

static tocsin_status too_deep(struct binder *binder, const struct syntax_node *node)
{
    return bind_error(binder, TOCSIN_ERROR_LIMIT, node->offset,
                      "with its aliases the expression is nested more than %d levels deep", PLAN_HEIGHT_MAX);
}

tocsin_status bind_expression(struct binder *binder, const struct syntax_node *node,
                              const struct expression **ret_expression)
{
    if (binder->depth == PLAN_HEIGHT_MAX) {
        return too_deep(binder, node);
    }
    const struct syntax_node *outer = binder->node;
    binder->node = binder->is_foreign ? binder->reference : node;
    binder->depth++;
    const struct expression *expression = NULL;
    tocsin_status status =
        binder->rows == ROWS_GROUPED ? bind_grouped(binder, node, &expression) : bind_node(binder, node, &expression);
    if (status == TOCSIN_OK && expression->height > PLAN_HEIGHT_MAX) {
        status = too_deep(binder, node);
    }
    if (status != TOCSIN_OK) {
        status = bind_tolerate(binder, status, node);
        status = status == TOCSIN_OK ? bind_constant(binder, (struct value){.type = TYPE_NULL}, &expression) : status;
    }
    binder->depth--;
    binder->node = outer;
    *ret_expression = status == TOCSIN_OK ? expression : *ret_expression;
    return status;
}

tocsin_status bind_predicate(struct binder *binder, const struct syntax_node *node,
                             const struct expression **ret_expression)
{
    const struct expression *expression = NULL;
    tocsin_status status = bind_expression(binder, node, &expression);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct syntax_node *outer = binder->node;
    binder->node = binder->is_foreign ? binder->reference : node;
    status = bind_tolerate(binder, bind_truth(binder, expression, node->offset_start, &expression), node);
    if (status == TOCSIN_OK && !expression_is_predicate(expression)) { /* tolerated */
        status = bind_constant(binder, (struct value){.type = TYPE_NULL}, &expression);
        status = status == TOCSIN_OK ? bind_truth(binder, expression, 0, &expression) : status;
    }
    binder->node = outer;
    *ret_expression = status == TOCSIN_OK ? expression : *ret_expression;
    return status;
}
