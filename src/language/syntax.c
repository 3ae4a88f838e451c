#include "language/syntax.h"

#include <assert.h>

/* ORDER OPERATOR: as in syntax.h. */
static const str operator_texts[] = {
    [OPERATOR_POWER] = STR("^"),
    [OPERATOR_MULTIPLY] = STR("*"),
    [OPERATOR_DIVIDE] = STR("/"),
    [OPERATOR_REMAINDER] = STR("%"),
    [OPERATOR_ADD] = STR("+"),
    [OPERATOR_SUBTRACT] = STR("-"),
    [OPERATOR_SHIFT_LEFT] = STR("<<"),
    [OPERATOR_SHIFT_RIGHT] = STR(">>"),
    [OPERATOR_SHIFT_RIGHT_LOGICAL] = STR(">>>"),
    [OPERATOR_BIT_AND] = STR("&"),
    [OPERATOR_BIT_XOR] = STR("#"),
    [OPERATOR_BIT_OR] = STR("|"),
    [OPERATOR_EQUAL] = STR("="),
    [OPERATOR_NOT_EQUAL] = STR("!="),
    [OPERATOR_LESS] = STR("<"),
    [OPERATOR_LESS_EQUAL] = STR("<="),
    [OPERATOR_GREATER] = STR(">"),
    [OPERATOR_GREATER_EQUAL] = STR(">="),
    [OPERATOR_LIKE] = STR("LIKE"),
    [OPERATOR_ILIKE] = STR("ILIKE"),
    [OPERATOR_MATCHES] = STR("MATCHES"),
    [OPERATOR_IMATCHES] = STR("IMATCHES"),
    [OPERATOR_AND] = STR("AND"),
    [OPERATOR_OR] = STR("OR"),
    [OPERATOR_NOT] = STR("NOT"),
    [OPERATOR_NEGATE] = STR("-"),
    [OPERATOR_PLUS] = STR("+"),
    [OPERATOR_COMPLEMENT] = STR("~"),
};

static_assert(countof(operator_texts) == OPERATOR_COUNT, "one text for each operator");

str syntax_operator_text(enum syntax_operator operator)
{
    assert(operator<OPERATOR_COUNT);
    return operator_texts[operator];
}

enum syntax_operator syntax_operator_mirrored(enum syntax_operator operator)
{
    switch (operator) {
    case OPERATOR_LESS:
        return OPERATOR_GREATER;
    case OPERATOR_LESS_EQUAL:
        return OPERATOR_GREATER_EQUAL;
    case OPERATOR_GREATER:
        return OPERATOR_LESS;
    case OPERATOR_GREATER_EQUAL:
        return OPERATOR_LESS_EQUAL;
    default:
        return operator;
    }
}

str aql_expression_text(str query, const struct syntax_node *node)
{
    return str_slice(query, node->offset_start, node->offset_end);
}

/* ---- chains ---- */

static bool is_junction(const struct syntax_node *node)
{
    return node->kind == SYNTAX_BINARY && (node->operator == OPERATOR_AND || node->operator == OPERATOR_OR);
}

/* Counts the terms and, if wanted, lists them. */
static uint32_t walk_chain(const struct syntax_node *node, enum syntax_operator operator,
                           const struct syntax_node ** ret_terms)
{
    if (!is_junction(node) || node->operator != operator) {
        if (ret_terms) {
            ret_terms[0] = node;
        }
        return 1;
    }
    uint32_t count = walk_chain(node->operands[0], operator, ret_terms);
    return count + walk_chain(node->operands[1], operator, ret_terms ? ret_terms + count : NULL);
}

uint32_t syntax_chain_length(const struct syntax_node *node)
{
    return walk_chain(node, node->operator, NULL);
}

void syntax_chain_terms(const struct syntax_node *node, const struct syntax_node **ret_terms)
{
    walk_chain(node, node->operator, ret_terms);
}

/* ---- comparing trees ---- */

enum comparison_mode {
    AS_WRITTEN,
    AS_MEANT /* names without case and quotes, parentheses only by what they group */
};

static bool select_equal(const struct syntax_select *a, const struct syntax_select *b, enum comparison_mode mode);

static bool name_equal(str a, str b, enum comparison_mode mode)
{
    return mode == AS_WRITTEN ? str_eq(a, b) : str_eq_ignore_case(a, b);
}

static bool node_equal(const struct syntax_node *a, const struct syntax_node *b, enum comparison_mode mode)
{
    if (!a || !b) {
        return a == b;
    }
    if (a->kind != b->kind || a->operator != b->operator || a->is_negated != b->is_negated ||
                                  a->has_operand != b->has_operand || a->has_else != b->has_else ||
                                  a->operand_count != b->operand_count || a->integer != b->integer ||
                                  memcmp(&a->number, &b->number, sizeof(a->number)) != 0) {
        return false;
    }
    if (mode == AS_WRITTEN && (a->is_quoted != b->is_quoted || a->is_parenthesized != b->is_parenthesized)) {
        return false;
    }
    bool is_name = a->kind == SYNTAX_NAME || a->kind == SYNTAX_CALL;
    if (!name_equal(a->text, b->text, is_name ? mode : AS_WRITTEN) || !name_equal(a->name_space, b->name_space, mode) ||
        !select_equal(a->select, b->select, mode)) {
        return false;
    }
    for (uint32_t i = 0; i < a->operand_count; i++) {
        if (!node_equal(a->operands[i], b->operands[i], mode)) {
            return false;
        }
    }
    return true;
}

static bool nodes_equal(struct syntax_node *const *a, struct syntax_node *const *b, uint32_t count,
                        enum comparison_mode mode)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!node_equal(a[i], b[i], mode)) {
            return false;
        }
    }
    return true;
}

static bool source_equal(const struct syntax_source *a, const struct syntax_source *b, enum comparison_mode mode)
{
    return a->kind == b->kind && name_equal(a->name, b->name, a->kind == SOURCE_NAME ? mode : AS_WRITTEN) &&
           str_eq(a->detail, b->detail) && select_equal(a->select, b->select, mode);
}

static bool session_equal(const struct syntax_session *a, const struct syntax_session *b, enum comparison_mode mode)
{
    return a->is_present == b->is_present && node_equal(a->time, b->time, mode) && a->key_count == b->key_count &&
           nodes_equal(a->keys, b->keys, a->key_count, mode) && a->is_begin_explicit == b->is_begin_explicit &&
           node_equal(a->begin, b->begin, mode) && a->is_end_explicit == b->is_end_explicit &&
           node_equal(a->end, b->end, mode) && a->has_timeout == b->has_timeout && a->timeout_ms == b->timeout_ms &&
           a->has_window == b->has_window && a->window_amount == b->window_amount && a->window_unit == b->window_unit;
}

static bool time_equal(const struct syntax_time *a, const struct syntax_time *b, enum comparison_mode mode)
{
    return a->kind == b->kind && a->amount == b->amount && a->unit == b->unit && node_equal(a->start, b->start, mode) &&
           node_equal(a->stop, b->stop, mode);
}

static bool lists_equal(const struct syntax_select *a, const struct syntax_select *b, enum comparison_mode mode)
{
    for (uint32_t i = 0; i < a->item_count; i++) {
        const struct syntax_item *x = &a->items[i];
        const struct syntax_item *y = &b->items[i];
        if (!node_equal(x->expression, y->expression, mode) || !name_equal(x->alias, y->alias, mode) ||
            (mode == AS_WRITTEN && x->alias_quote != y->alias_quote)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < a->order_count; i++) {
        const struct syntax_order *x = &a->order[i];
        const struct syntax_order *y = &b->order[i];
        if (!node_equal(x->expression, y->expression, mode) || x->is_descending != y->is_descending ||
            (mode == AS_WRITTEN && x->has_direction != y->has_direction) || !str_eq(x->collation, y->collation)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < a->parameter_count; i++) {
        if (!str_eq(a->parameters[i].name, b->parameters[i].name) ||
            !node_equal(a->parameters[i].value, b->parameters[i].value, mode)) {
            return false;
        }
    }
    return nodes_equal(a->group, b->group, a->group_count, mode);
}

static bool select_equal(const struct syntax_select *a, const struct syntax_select *b, enum comparison_mode mode)
{
    if (!a || !b) {
        return a == b;
    }
    return a->item_count == b->item_count && a->group_count == b->group_count && a->order_count == b->order_count &&
           a->parameter_count == b->parameter_count && lists_equal(a, b, mode) &&
           source_equal(&a->source, &b->source, mode) && name_equal(a->into, b->into, mode) &&
           node_equal(a->where, b->where, mode) && node_equal(a->having, b->having, mode) &&
           session_equal(&a->session, &b->session, mode) && a->has_limit == b->has_limit && a->limit == b->limit &&
           time_equal(&a->time, &b->time, mode);
}

bool syntax_equal(const struct syntax_select *a, const struct syntax_select *b)
{
    return select_equal(a, b, AS_WRITTEN);
}

bool syntax_expression_equal(const struct syntax_node *a, const struct syntax_node *b)
{
    return node_equal(a, b, AS_WRITTEN);
}

bool syntax_expression_same(const struct syntax_node *a, const struct syntax_node *b)
{
    return node_equal(a, b, AS_MEANT);
}
