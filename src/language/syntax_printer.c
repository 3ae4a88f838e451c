#include "language/syntax_printer.h"

#include <assert.h>

#include "language/lexer.h"

/* How tightly a node binds; an operand that binds less than its place asks for gets parentheses. */
enum binding {
    BINDING_ANY,
    BINDING_OR,
    BINDING_AND,
    BINDING_NOT,
    BINDING_COMPARISON,
    BINDING_BIT_OR,
    BINDING_BIT_XOR,
    BINDING_BIT_AND,
    BINDING_SHIFT,
    BINDING_SUM,
    BINDING_PRODUCT,
    BINDING_POWER,
    BINDING_UNARY,
    BINDING_PRIMARY
};

static const enum binding operator_bindings[OPERATOR_COUNT] = {
    [OPERATOR_POWER] = BINDING_POWER,
    [OPERATOR_MULTIPLY] = BINDING_PRODUCT,
    [OPERATOR_DIVIDE] = BINDING_PRODUCT,
    [OPERATOR_REMAINDER] = BINDING_PRODUCT,
    [OPERATOR_ADD] = BINDING_SUM,
    [OPERATOR_SUBTRACT] = BINDING_SUM,
    [OPERATOR_SHIFT_LEFT] = BINDING_SHIFT,
    [OPERATOR_SHIFT_RIGHT] = BINDING_SHIFT,
    [OPERATOR_SHIFT_RIGHT_LOGICAL] = BINDING_SHIFT,
    [OPERATOR_BIT_AND] = BINDING_BIT_AND,
    [OPERATOR_BIT_XOR] = BINDING_BIT_XOR,
    [OPERATOR_BIT_OR] = BINDING_BIT_OR,
    [OPERATOR_EQUAL] = BINDING_COMPARISON,
    [OPERATOR_NOT_EQUAL] = BINDING_COMPARISON,
    [OPERATOR_LESS] = BINDING_COMPARISON,
    [OPERATOR_LESS_EQUAL] = BINDING_COMPARISON,
    [OPERATOR_GREATER] = BINDING_COMPARISON,
    [OPERATOR_GREATER_EQUAL] = BINDING_COMPARISON,
    [OPERATOR_LIKE] = BINDING_COMPARISON,
    [OPERATOR_ILIKE] = BINDING_COMPARISON,
    [OPERATOR_MATCHES] = BINDING_COMPARISON,
    [OPERATOR_IMATCHES] = BINDING_COMPARISON,
    [OPERATOR_AND] = BINDING_AND,
    [OPERATOR_OR] = BINDING_OR,
    [OPERATOR_NOT] = BINDING_NOT,
    [OPERATOR_NEGATE] = BINDING_UNARY,
    [OPERATOR_PLUS] = BINDING_UNARY,
    [OPERATOR_COMPLEMENT] = BINDING_UNARY,
};

static enum binding binding_of(const struct syntax_node *node)
{
    switch (node->kind) {
    case SYNTAX_UNARY:
    case SYNTAX_BINARY:
        return operator_bindings[node->operator];
    case SYNTAX_IS_NULL:
    case SYNTAX_BETWEEN:
    case SYNTAX_IN:
        return BINDING_COMPARISON;
    case SYNTAX_TEXT_SEARCH:
        return BINDING_NOT;
    default:
        return BINDING_PRIMARY;
    }
}

static void put(struct strbuf *target, const char *text)
{
    strbuf_append(target, str_from_cstring(text));
}

static void put_quoted(str text, char quote, struct strbuf *target)
{
    strbuf_append_char(target, quote);
    while (text.len > 0) {
        size_t at = str_find_char(text, quote, 0);
        size_t taken = at == SIZE_MAX ? text.len : at + 1;
        strbuf_append(target, str_slice(text, 0, taken));
        if (at != SIZE_MAX) {
            strbuf_append_char(target, quote);
        }
        text = str_skip(text, taken);
    }
    strbuf_append_char(target, quote);
}

void aql_print_string(str text, struct strbuf *target)
{
    put_quoted(text, '\'', target);
}

void aql_print_name(str name, struct strbuf *target)
{
    if (name_is_bare(name)) {
        strbuf_append(target, name);
    } else {
        put_quoted(name, '"', target);
    }
}

static void put_as_written(str name, bool is_quoted, struct strbuf *target)
{
    if (is_quoted) {
        put_quoted(name, '"', target);
    } else {
        aql_print_name(name, target);
    }
}

/* Where a node stands: how tightly it must bind there, and whether an IF may stand bare. An IF reaches as far to the
   right as an expression can, so it needs parentheses wherever an operator of its surroundings follows. */
struct place {
    enum binding binding;
    bool is_last;
};

static void print_node(const struct syntax_node *node, struct place place, struct strbuf *target);

static void print_free(const struct syntax_node *node, struct strbuf *target)
{
    print_node(node, (struct place){BINDING_ANY, true}, target);
}

static void print_list(struct syntax_node *const *nodes, uint32_t count, struct strbuf *target)
{
    for (uint32_t i = 0; i < count; i++) {
        put(target, i > 0 ? ", " : "");
        print_free(nodes[i], target);
    }
}

static bool is_bare_minus(const struct syntax_node *node)
{
    return node->kind == SYNTAX_UNARY && node->operator == OPERATOR_NEGATE && !node->is_parenthesized;
}

static void print_unary(const struct syntax_node *node, bool is_last, struct strbuf *target)
{
    enum binding binding = operator_bindings[node->operator];
    strbuf_append(target, syntax_operator_text(node->operator));
    const struct syntax_node *operand = node->operands[0];
    /* Two minus signs in a row could begin a comment. */
    bool is_doubled = node->operator == OPERATOR_NEGATE && is_bare_minus(operand);
    if (node->operator == OPERATOR_NOT || is_doubled) {
        strbuf_append_char(target, ' ');
    }
    print_node(operand, (struct place){binding, is_last}, target);
}

static void print_binary(const struct syntax_node *node, bool is_last, struct strbuf *target)
{
    enum binding binding = operator_bindings[node->operator];
    bool is_chain = node->operator == OPERATOR_AND || node->operator == OPERATOR_OR;
    bool is_right_associative = node->operator == OPERATOR_POWER;
    enum binding left = binding + (is_right_associative || binding == BINDING_COMPARISON);
    enum binding right = binding + !(is_right_associative || is_chain);
    print_node(node->operands[0], (struct place){left, false}, target);
    put(target, node->is_negated ? " NOT " : " ");
    strbuf_append(target, syntax_operator_text(node->operator));
    strbuf_append_char(target, ' ');
    print_node(node->operands[1], (struct place){right, is_last}, target);
}

static void print_in(const struct syntax_node *node, struct strbuf *target)
{
    print_node(node->operands[0], (struct place){BINDING_BIT_OR, false}, target);
    put(target, node->is_negated ? " NOT IN (" : " IN (");
    if (node->select) {
        aql_print(node->select, target);
    } else {
        print_list(node->operands + 1, node->operand_count - 1, target);
    }
    strbuf_append_char(target, ')');
}

static void print_between(const struct syntax_node *node, bool is_last, struct strbuf *target)
{
    print_node(node->operands[0], (struct place){BINDING_BIT_OR, false}, target);
    put(target, node->is_negated ? " NOT BETWEEN " : " BETWEEN ");
    print_node(node->operands[1], (struct place){BINDING_BIT_OR, false}, target);
    put(target, " AND ");
    print_node(node->operands[2], (struct place){BINDING_BIT_OR, is_last}, target);
}

static void print_case(const struct syntax_node *node, struct strbuf *target)
{
    uint32_t at = 0;
    put(target, "CASE");
    if (node->has_operand) {
        strbuf_append_char(target, ' ');
        print_free(node->operands[at++], target);
    }
    for (uint32_t end = node->operand_count - node->has_else; at < end; at += 2) {
        put(target, " WHEN ");
        print_free(node->operands[at], target);
        put(target, " THEN ");
        print_free(node->operands[at + 1], target);
    }
    if (node->has_else) {
        put(target, " ELSE ");
        print_free(node->operands[at], target);
    }
    put(target, " END");
}

static void print_if(const struct syntax_node *node, struct strbuf *target)
{
    put(target, "IF ");
    print_free(node->operands[0], target);
    put(target, " THEN ");
    print_free(node->operands[1], target);
    put(target, " ELSE ");
    print_free(node->operands[2], target);
}

static void print_integer(int64_t value, struct strbuf *target)
{
    if (value >= 0) {
        strbuf_append_i64(target, value);
    } else {
        strbuf_append_format(target, "0x%llx", (unsigned long long)value);
    }
}

static void print_call(const struct syntax_node *node, struct strbuf *target)
{
    if (node->name_space.len > 0) {
        aql_print_name(node->name_space, target);
        put(target, "::");
    }
    put_as_written(node->text, node->is_quoted, target);
    strbuf_append_char(target, '(');
    print_list(node->operands, node->operand_count, target);
    strbuf_append_char(target, ')');
}

static void print_bare(const struct syntax_node *node, bool is_last, struct strbuf *target)
{
    switch (node->kind) {
    case SYNTAX_NULL:
        put(target, "NULL");
        return;
    case SYNTAX_BOOLEAN:
        put(target, node->integer ? "TRUE" : "FALSE");
        return;
    case SYNTAX_INTEGER:
        print_integer(node->integer, target);
        return;
    case SYNTAX_DOUBLE:
        strbuf_append_double(target, node->number);
        return;
    case SYNTAX_STRING:
        aql_print_string(node->text, target);
        return;
    case SYNTAX_NAME:
        put_as_written(node->text, node->is_quoted, target);
        return;
    case SYNTAX_STAR:
        strbuf_append_char(target, '*');
        return;
    case SYNTAX_UNARY:
        print_unary(node, is_last, target);
        return;
    case SYNTAX_BINARY:
        print_binary(node, is_last, target);
        return;
    case SYNTAX_IS_NULL:
        print_node(node->operands[0], (struct place){BINDING_BIT_OR, false}, target);
        put(target, node->is_negated ? " IS NOT NULL" : " IS NULL");
        return;
    case SYNTAX_BETWEEN:
        print_between(node, is_last, target);
        return;
    case SYNTAX_IN:
        print_in(node, target);
        return;
    case SYNTAX_ENUMERATION:
        put(target, "ENUMERATION(");
        print_list(node->operands, node->operand_count, target);
        strbuf_append_char(target, ')');
        return;
    case SYNTAX_CALL:
        print_call(node, target);
        return;
    case SYNTAX_CASE:
        print_case(node, target);
        return;
    case SYNTAX_IF:
        print_if(node, target);
        return;
    case SYNTAX_TEXT_SEARCH:
        put(target, "TEXT SEARCH ");
        aql_print_string(node->text, target);
        return;
    }
}

static void print_node(const struct syntax_node *node, struct place place, struct strbuf *target)
{
    bool needs_parentheses =
        node->is_parenthesized || binding_of(node) < place.binding || (node->kind == SYNTAX_IF && !place.is_last);
    if (!needs_parentheses) {
        print_bare(node, place.is_last, target);
        return;
    }
    strbuf_append_char(target, '(');
    print_bare(node, true, target);
    strbuf_append_char(target, ')');
}

void aql_print_expression(const struct syntax_node *node, struct strbuf *target)
{
    print_free(node, target);
}

/* ---- clauses ---- */

static void print_item(const struct syntax_item *item, struct strbuf *target)
{
    print_free(item->expression, target);
    if (item->alias.len == 0) {
        return;
    }
    put(target, " AS ");
    if (item->alias_quote == ALIAS_SINGLE_QUOTED) {
        aql_print_string(item->alias, target);
    } else {
        put_as_written(item->alias, item->alias_quote == ALIAS_DOUBLE_QUOTED, target);
    }
}

static void print_source(const struct syntax_source *source, struct strbuf *target)
{
    switch (source->kind) {
    case SOURCE_NAME:
        aql_print_name(source->name, target);
        return;
    case SOURCE_GLOBALVIEW:
        put(target, "GLOBALVIEW(");
        aql_print_string(source->name, target);
        put(target, ", ");
        aql_print_string(source->detail, target);
        strbuf_append_char(target, ')');
        return;
    case SOURCE_SELECT:
        strbuf_append_char(target, '(');
        aql_print(source->select, target);
        strbuf_append_char(target, ')');
        return;
    }
}

static const char *unit_text(enum syntax_unit unit)
{
    static const char *const texts[] = {
        [UNIT_NONE] = "",        [UNIT_SECONDS] = " SECONDS", [UNIT_MINUTES] = " MINUTES",
        [UNIT_HOURS] = " HOURS", [UNIT_DAYS] = " DAYS",
    };
    return texts[unit];
}

static void print_session(const struct syntax_session *session, struct strbuf *target)
{
    put(target, " SESSION BY ");
    print_free(session->time, target);
    strbuf_append_char(target, ' ');
    print_list(session->keys, session->key_count, target);
    put(target, session->is_begin_explicit ? " EXPLICIT BEGIN " : " BEGIN ");
    print_free(session->begin, target);
    if (session->end) {
        put(target, session->is_end_explicit ? " EXPLICIT END " : " END ");
        print_free(session->end, target);
    }
    if (session->has_timeout) {
        put(target, " TIMEOUT ");
        strbuf_append_i64(target, session->timeout_ms);
    }
    if (session->has_window) {
        put(target, " TIMEWINDOW ");
        strbuf_append_i64(target, session->window_amount);
        put(target, unit_text(session->window_unit));
    }
}

static void print_order(const struct syntax_select *select, struct strbuf *target)
{
    for (uint32_t i = 0; i < select->order_count; i++) {
        const struct syntax_order *order = &select->order[i];
        put(target, i == 0 ? " ORDER BY " : ", ");
        print_free(order->expression, target);
        put(target, !order->has_direction ? "" : order->is_descending ? " DESC" : " ASC");
        if (order->collation.len > 0) {
            put(target, " COLLATE ");
            aql_print_string(order->collation, target);
        }
    }
}

static void print_time(const struct syntax_time *time, struct strbuf *target)
{
    switch (time->kind) {
    case TIME_NONE:
        return;
    case TIME_LAST:
        put(target, " LAST ");
        strbuf_append_i64(target, time->amount);
        put(target, unit_text(time->unit));
        return;
    case TIME_START_STOP:
        put(target, " START ");
        print_node(time->start, (struct place){BINDING_BIT_OR, true}, target);
        if (time->stop) {
            put(target, " STOP ");
            print_node(time->stop, (struct place){BINDING_BIT_OR, true}, target);
        }
        return;
    case TIME_OFFENSE:
        put(target, " TIMES OFFENSE_TIME(");
        strbuf_append_i64(target, time->amount);
        strbuf_append_char(target, ')');
        return;
    }
}

static void print_condition(const char *word, const struct syntax_node *node, struct strbuf *target)
{
    if (node) {
        put(target, word);
        print_free(node, target);
    }
}

void aql_print(const struct syntax_select *select, struct strbuf *target)
{
    put(target, "SELECT ");
    for (uint32_t i = 0; i < select->item_count; i++) {
        put(target, i > 0 ? ", " : "");
        print_item(&select->items[i], target);
    }
    put(target, " FROM ");
    print_source(&select->source, target);
    if (select->into.len > 0) {
        put(target, " INTO ");
        aql_print_name(select->into, target);
    }
    print_condition(" WHERE ", select->where, target);
    put(target, select->group_count > 0 ? " GROUP BY " : "");
    print_list(select->group, select->group_count, target);
    print_condition(" HAVING ", select->having, target);
    if (select->session.is_present) {
        print_session(&select->session, target);
    }
    print_order(select, target);
    if (select->has_limit) {
        put(target, " LIMIT ");
        strbuf_append_i64(target, select->limit);
    }
    print_time(&select->time, target);
    for (uint32_t i = 0; i < select->parameter_count; i++) {
        put(target, i == 0 ? " PARAMETERS " : ", ");
        strbuf_append(target, select->parameters[i].name);
        strbuf_append_char(target, '=');
        print_free(select->parameters[i].value, target);
    }
}
