/* The tree says what a token is for, the tokens are what is written: this goes over both in the order of the text.
 * Shapes, once they do not fit in a line:
 *   SELECT           WHERE            CALL(          x IN (           CASE              IF c
 *       a,               a = 1            a,             1, 2, 3,         WHEN c THEN x     THEN x
 *       b                AND b = 2        b              4, 5             ELSE y            ELSE y
 *                                     )              )                END
 */
#include "language/formatter_internal.h"

static struct format_item *add_item(struct formatter *f, enum item_kind kind, unsigned flags)
{
    struct format_item *items =
        f->status == TOCSIN_OK ? formatter_grow(f, f->items, f->item_count, &f->item_capacity, sizeof(*items)) : NULL;
    if (!items) {
        return NULL;
    }
    f->items = items;
    items[f->item_count] = (struct format_item){.kind = (uint16_t)kind, .flags = (uint16_t)flags};
    return &items[f->item_count++];
}

static void begin(struct formatter *f, unsigned flags)
{
    add_item(f, ITEM_BEGIN, flags);
    f->depth++;
    f->depth_max = f->depth > f->depth_max ? f->depth : f->depth_max;
}

static void end(struct formatter *f)
{
    add_item(f, ITEM_END, 0);
    f->depth--;
}

static void put_break(struct formatter *f, unsigned flags)
{
    add_item(f, ITEM_BREAK, flags);
}

static enum token_kind kind_here(const struct formatter *f)
{
    return f->at < f->token_count ? (enum token_kind)f->tokens[f->at].kind : TOKEN_END_OF_TEXT;
}

/* The next token as it is written. */
static void put(struct formatter *f, unsigned flags)
{
    if (f->at >= f->token_count) {
        formatter_fail_internal(f);
        return;
    }
    struct format_item *item = add_item(f, ITEM_TEXT, flags);
    if (item) {
        item->token = f->at++;
    }
}

static void put_symbol(struct formatter *f, enum token_kind kind, unsigned flags)
{
    if (kind_here(f) != kind) {
        formatter_fail_internal(f);
    }
    put(f, flags);
}

static void put_keyword(struct formatter *f, enum token_kind kind, unsigned flags)
{
    put_symbol(f, kind, flags | ITEM_CAPITALS);
}

static bool put_keyword_if(struct formatter *f, enum token_kind kind, unsigned flags)
{
    bool is_there = kind_here(f) == kind;
    if (is_there) {
        put_keyword(f, kind, flags);
    }
    return is_there;
}

/* ---- expressions ---- */

enum chain_place {
    CHAIN_NESTED, /* its lines are indented under its first one */
    CHAIN_ALONE   /* the group around it holds nothing else: its lines are that group's */
};

static void put_node(struct formatter *f, const struct syntax_node *node, unsigned flags, enum chain_place place);
static void put_select(struct formatter *f, const struct syntax_select *select, unsigned group_flags);

static void put_value(struct formatter *f, const struct syntax_node *node, unsigned flags)
{
    put_node(f, node, flags, CHAIN_NESTED);
}

static bool is_binary(const struct syntax_node *node, enum syntax_operator first, enum syntax_operator last)
{
    return node->kind == SYNTAX_BINARY && node->operator >= first && node->operator <= last;
}

static bool is_chain(const struct syntax_node *node)
{
    return is_binary(node, OPERATOR_AND, OPERATOR_OR);
}

static bool is_arithmetic(const struct syntax_node *node)
{
    return is_binary(node, OPERATOR_POWER, OPERATOR_BIT_OR);
}

/* Starts a part that, broken, is a line of its own, indented against the first one: begin(0) .. put_deep .. end .. end.
   The first line is not, so that a parenthesis that opens it is closed below its start. */
static void put_deep(struct formatter *f, unsigned breaks)
{
    put_break(f, ITEM_BLANK | ITEM_DEEP | breaks);
    begin(f, ITEM_INDENT);
}

static void put_link(struct formatter *f, const struct syntax_node *chain, const struct syntax_node *term)
{
    if (f->at < f->token_count) {
        f->tokens[f->at].is_link = true;
    }
    put_keyword(f, is_binary(chain, OPERATOR_AND, OPERATOR_AND) ? TOKEN_AND : TOKEN_OR, 0);
    put_value(f, term, ITEM_BLANK);
}

/* Chains are balanced trees: the recursion is the logarithm of their length. */
static void put_chain(struct formatter *f, const struct syntax_node *chain, const struct syntax_node *node,
                      unsigned flags, enum chain_place place, bool *is_first)
{
    bool is_part = is_binary(node, chain->operator, chain->operator);
    if (is_part && (node == chain || !node->is_parenthesized)) {
        put_chain(f, chain, node->operands[0], flags, place, is_first);
        put_chain(f, chain, node->operands[1], flags, place, is_first);
    } else if (*is_first) {
        *is_first = false;
        put_value(f, node, flags);
    } else if (place == CHAIN_ALONE) {
        put_break(f, ITEM_BLANK);
        put_link(f, chain, node);
    } else {
        put_deep(f, 0);
        put_link(f, chain, node);
        end(f);
    }
}

/* a + b - c: what leans to the left is one row of operands. */
static bool goes_on_left(const struct syntax_node *node)
{
    return is_arithmetic(node->operands[0]) && !node->operands[0]->is_parenthesized;
}

static void put_row(struct formatter *f, const struct syntax_node *node, unsigned flags, bool is_deep, unsigned breaks)
{
    if (goes_on_left(node)) {
        put_row(f, node->operands[0], flags, is_deep, breaks);
    } else {
        put_value(f, node->operands[0], flags);
    }
    if (is_deep) {
        put_deep(f, breaks);
    } else {
        put_break(f, ITEM_BLANK | breaks);
    }
    put(f, 0);
    put_value(f, node->operands[1], ITEM_BLANK);
    if (is_deep) {
        end(f);
    }
}

/* A sum of CASEs, as scores are written. */
static bool has_case(const struct syntax_node *node)
{
    while (node->operands[1]->kind != SYNTAX_CASE && goes_on_left(node)) {
        node = node->operands[0];
    }
    return node->operands[0]->kind == SYNTAX_CASE || node->operands[1]->kind == SYNTAX_CASE;
}

static void put_arithmetic(struct formatter *f, const struct syntax_node *node, unsigned flags, enum chain_place place)
{
    bool is_long = has_case(node);
    begin(f, 0);
    put_row(f, node, flags, !is_long && place == CHAIN_NESTED, is_long ? 0 : ITEM_FILL);
    end(f);
}

/* A text or a name on the right may move to the next line; other operands break inside. */
static void put_comparison(struct formatter *f, const struct syntax_node *node, unsigned flags)
{
    const struct syntax_node *right = node->operands[1];
    bool is_word = is_binary(node, OPERATOR_LIKE, OPERATOR_IMATCHES);
    bool is_short = (right->kind == SYNTAX_STRING || right->kind == SYNTAX_NAME) && !right->is_parenthesized;
    if (is_short) {
        begin(f, 0);
    }
    put_value(f, node->operands[0], flags);
    if (node->is_negated) {
        put_keyword(f, TOKEN_NOT, ITEM_BLANK);
    }
    put(f, ITEM_BLANK | (is_word ? ITEM_CAPITALS : 0));
    if (is_short) {
        put_break(f, ITEM_BLANK | ITEM_USEFUL | ITEM_DEEP);
    }
    put_value(f, right, is_short ? 0 : ITEM_BLANK);
    if (is_short) {
        end(f);
    }
}

static void put_unary(struct formatter *f, const struct syntax_node *node, unsigned flags)
{
    if (node->operator == OPERATOR_NOT) {
        put_keyword(f, TOKEN_NOT, flags);
        put_value(f, node->operands[0], ITEM_BLANK);
        return;
    }
    put(f, flags);
    /* "--" could become the start of a comment. */
    put_value(f, node->operands[0], kind_here(f) == TOKEN_MINUS ? ITEM_BLANK : 0);
}

/* From "(" to ")", of which they are the group. ITEM_FILL in `breaks` for values that are many and short. */
static void put_operands(struct formatter *f, const struct syntax_node *node, uint32_t first, unsigned flags,
                         unsigned breaks)
{
    put_symbol(f, TOKEN_LEFT_PARENTHESIS, flags);
    if (first < node->operand_count) {
        put_break(f, 0);
        for (uint32_t i = first; i < node->operand_count; i++) {
            if (i > first) {
                put_symbol(f, TOKEN_COMMA, 0);
                put_break(f, ITEM_BLANK | breaks);
            }
            put_value(f, node->operands[i], 0);
        }
        put_break(f, ITEM_OUTER);
    }
    put_symbol(f, TOKEN_RIGHT_PARENTHESIS, 0);
}

static void put_call(struct formatter *f, const struct syntax_node *node, unsigned flags)
{
    begin(f, ITEM_INDENT);
    put(f, flags);
    if (kind_here(f) == TOKEN_DOUBLE_COLON) {
        put(f, 0);
        put(f, 0);
    }
    put_operands(f, node, 0, 0, 0);
    end(f);
}

static void put_enumeration(struct formatter *f, const struct syntax_node *node, unsigned flags)
{
    begin(f, ITEM_INDENT);
    put_keyword(f, TOKEN_ENUMERATION, flags);
    put_operands(f, node, 0, 0, ITEM_FILL);
    end(f);
}

static void put_sub_select(struct formatter *f, const struct syntax_select *select)
{
    put_symbol(f, TOKEN_LEFT_PARENTHESIS, ITEM_BLANK);
    put_break(f, 0);
    put_select(f, select, 0);
    put_break(f, ITEM_OUTER);
    put_symbol(f, TOKEN_RIGHT_PARENTHESIS, 0);
}

static void put_in(struct formatter *f, const struct syntax_node *node, unsigned flags)
{
    put_value(f, node->operands[0], flags);
    if (node->is_negated) {
        put_keyword(f, TOKEN_NOT, ITEM_BLANK);
    }
    put_keyword(f, TOKEN_IN, ITEM_BLANK);
    begin(f, ITEM_INDENT);
    if (node->select) {
        put_sub_select(f, node->select);
    } else {
        put_operands(f, node, 1, ITEM_BLANK, ITEM_FILL);
    }
    end(f);
}

static void put_between(struct formatter *f, const struct syntax_node *node, unsigned flags)
{
    put_value(f, node->operands[0], flags);
    if (node->is_negated) {
        put_keyword(f, TOKEN_NOT, ITEM_BLANK);
    }
    put_keyword(f, TOKEN_BETWEEN, ITEM_BLANK);
    put_value(f, node->operands[1], ITEM_BLANK);
    put_keyword(f, TOKEN_AND, ITEM_BLANK);
    put_value(f, node->operands[2], ITEM_BLANK);
}

static void put_is_null(struct formatter *f, const struct syntax_node *node, unsigned flags)
{
    put_value(f, node->operands[0], flags);
    put_keyword(f, TOKEN_IS, ITEM_BLANK);
    if (node->is_negated) {
        put_keyword(f, TOKEN_NOT, ITEM_BLANK);
    }
    put_keyword(f, TOKEN_NULL, ITEM_BLANK);
}

/* WHEN c THEN x, IF c THEN x */
static void put_branch(struct formatter *f, enum token_kind word, const struct syntax_node *condition,
                       const struct syntax_node *value, unsigned flags)
{
    begin(f, ITEM_INDENT);
    put_keyword(f, word, flags);
    put_node(f, condition, ITEM_BLANK, CHAIN_ALONE);
    put_break(f, ITEM_BLANK);
    put_keyword(f, TOKEN_THEN, 0);
    put_value(f, value, ITEM_BLANK);
    end(f);
}

static void put_case(struct formatter *f, const struct syntax_node *node, unsigned flags)
{
    begin(f, ITEM_INDENT);
    put_keyword(f, TOKEN_CASE, flags);
    uint32_t i = 0;
    if (node->has_operand) {
        put_value(f, node->operands[i++], ITEM_BLANK);
    }
    for (; i + 1 < node->operand_count; i += 2) {
        put_break(f, ITEM_BLANK);
        put_branch(f, TOKEN_WHEN, node->operands[i], node->operands[i + 1], 0);
    }
    if (node->has_else) {
        put_break(f, ITEM_BLANK);
        put_keyword(f, TOKEN_ELSE, 0);
        put_value(f, node->operands[i], ITEM_BLANK);
    }
    put_break(f, ITEM_BLANK | ITEM_OUTER);
    put_keyword(f, TOKEN_END, 0);
    end(f);
}

/* ELSE IF goes on in the same group, one line a condition. */
static void put_if(struct formatter *f, const struct syntax_node *node, unsigned flags)
{
    begin(f, 0);
    put_branch(f, TOKEN_IF, node->operands[0], node->operands[1], flags);
    for (bool goes_on = true; goes_on;) {
        node = node->operands[2];
        goes_on = node->kind == SYNTAX_IF && !node->is_parenthesized;
        put_deep(f, 0);
        put_keyword(f, TOKEN_ELSE, 0);
        if (goes_on) {
            put_branch(f, TOKEN_IF, node->operands[0], node->operands[1], ITEM_BLANK);
        } else {
            put_value(f, node, ITEM_BLANK);
        }
        end(f);
    }
    end(f);
}

static void put_text_search(struct formatter *f, unsigned flags)
{
    put_keyword(f, TOKEN_TEXT, flags);
    put_keyword(f, TOKEN_SEARCH, ITEM_BLANK);
    if (kind_here(f) == TOKEN_EQUAL) {
        put(f, ITEM_BLANK);
    }
    put_symbol(f, TOKEN_STRING, ITEM_BLANK);
}

static void put_binary(struct formatter *f, const struct syntax_node *node, unsigned flags, enum chain_place place)
{
    if (is_arithmetic(node)) {
        put_arithmetic(f, node, flags, place);
    } else if (!is_chain(node)) {
        put_comparison(f, node, flags);
    } else {
        bool is_first = true;
        if (place == CHAIN_NESTED) {
            begin(f, 0);
        }
        put_chain(f, node, node, flags, place, &is_first);
        if (place == CHAIN_NESTED) {
            end(f);
        }
    }
}

static void put_bare_node(struct formatter *f, const struct syntax_node *node, unsigned flags, enum chain_place place)
{
    switch (node->kind) {
    case SYNTAX_NULL:
    case SYNTAX_BOOLEAN:
        put(f, flags | ITEM_CAPITALS);
        return;
    case SYNTAX_INTEGER:
    case SYNTAX_DOUBLE:
    case SYNTAX_STRING:
    case SYNTAX_NAME:
    case SYNTAX_STAR:
        put(f, flags);
        return;
    case SYNTAX_UNARY:
        put_unary(f, node, flags);
        return;
    case SYNTAX_BINARY:
        put_binary(f, node, flags, place);
        return;
    case SYNTAX_IS_NULL:
        put_is_null(f, node, flags);
        return;
    case SYNTAX_BETWEEN:
        put_between(f, node, flags);
        return;
    case SYNTAX_IN:
        put_in(f, node, flags);
        return;
    case SYNTAX_ENUMERATION:
        put_enumeration(f, node, flags);
        return;
    case SYNTAX_CALL:
        put_call(f, node, flags);
        return;
    case SYNTAX_CASE:
        put_case(f, node, flags);
        return;
    case SYNTAX_IF:
        put_if(f, node, flags);
        return;
    case SYNTAX_TEXT_SEARCH:
        put_text_search(f, flags);
        return;
    }
}

/* Where the node starts without its own parentheses; those of its first operand belong to that. */
static size_t start_inside(const struct syntax_node *node)
{
    bool starts_with_operand = node->kind == SYNTAX_BINARY || node->kind == SYNTAX_IS_NULL ||
                               node->kind == SYNTAX_BETWEEN || node->kind == SYNTAX_IN;
    return starts_with_operand ? node->operands[0]->offset_start : node->offset;
}

static void put_node(struct formatter *f, const struct syntax_node *node, unsigned flags, enum chain_place place)
{
    uint32_t count = 0;
    size_t start = start_inside(node);
    if (!node->is_parenthesized) {
        put_bare_node(f, node, flags, place);
        return;
    }
    begin(f, ITEM_INDENT);
    while (f->status == TOCSIN_OK && kind_here(f) == TOKEN_LEFT_PARENTHESIS && f->tokens[f->at].offset < start) {
        put(f, count == 0 ? flags : 0);
        count++;
    }
    put_break(f, 0);
    put_bare_node(f, node, 0, CHAIN_ALONE);
    put_break(f, ITEM_OUTER);
    for (uint32_t i = 0; i < count; i++) {
        put_symbol(f, TOKEN_RIGHT_PARENTHESIS, 0);
    }
    end(f);
}

/* ---- clauses ---- */

static void put_alias(struct formatter *f)
{
    if (!put_keyword_if(f, TOKEN_AS, ITEM_BLANK)) {
        struct format_item *item = add_item(f, ITEM_TEXT, ITEM_BLANK | ITEM_MADE);
        if (item) {
            item->token = f->at;
        }
    }
    put(f, ITEM_BLANK);
}

static void put_items(struct formatter *f, const struct syntax_select *select)
{
    begin(f, ITEM_INDENT);
    put_keyword(f, TOKEN_SELECT, 0);
    for (uint32_t i = 0; i < select->item_count; i++) {
        if (i > 0) {
            put_symbol(f, TOKEN_COMMA, 0);
        }
        put_break(f, ITEM_BLANK);
        put_value(f, select->items[i].expression, 0);
        if (select->items[i].alias.len > 0) {
            put_alias(f);
        }
    }
    end(f);
}

static void put_source(struct formatter *f, const struct syntax_source *source)
{
    begin(f, ITEM_INDENT);
    put_keyword(f, TOKEN_FROM, 0);
    switch (source->kind) {
    case SOURCE_NAME:
        put(f, ITEM_BLANK);
        break;
    case SOURCE_GLOBALVIEW:
        put_keyword(f, TOKEN_GLOBALVIEW, ITEM_BLANK);
        put_symbol(f, TOKEN_LEFT_PARENTHESIS, 0);
        put_symbol(f, TOKEN_STRING, 0);
        put_symbol(f, TOKEN_COMMA, 0);
        put_symbol(f, TOKEN_STRING, ITEM_BLANK);
        put_symbol(f, TOKEN_RIGHT_PARENTHESIS, 0);
        break;
    case SOURCE_SELECT:
        put_sub_select(f, source->select);
        break;
    }
    end(f);
}

static void put_condition(struct formatter *f, enum token_kind word, const struct syntax_node *condition)
{
    if (condition) {
        put_break(f, ITEM_BLANK);
        begin(f, ITEM_INDENT);
        put_keyword(f, word, 0);
        put_break(f, ITEM_BLANK);
        put_node(f, condition, 0, CHAIN_ALONE);
        end(f);
    }
}

static void put_group_by(struct formatter *f, const struct syntax_select *select)
{
    if (select->group_count == 0) {
        return;
    }
    put_break(f, ITEM_BLANK);
    begin(f, ITEM_INDENT);
    put_keyword(f, TOKEN_GROUP, 0);
    put_keyword(f, TOKEN_BY, ITEM_BLANK);
    for (uint32_t i = 0; i < select->group_count; i++) {
        if (i > 0) {
            put_symbol(f, TOKEN_COMMA, 0);
        }
        put_break(f, ITEM_BLANK);
        put_value(f, select->group[i], 0);
    }
    end(f);
}

static void put_session_bound(struct formatter *f, enum token_kind word, const struct syntax_node *condition)
{
    put_break(f, ITEM_BLANK);
    begin(f, ITEM_INDENT);
    bool is_explicit = put_keyword_if(f, TOKEN_EXPLICIT, 0);
    put_keyword(f, word, is_explicit ? ITEM_BLANK : 0);
    put_value(f, condition, ITEM_BLANK);
    end(f);
}

static void put_session(struct formatter *f, const struct syntax_session *session)
{
    if (!session->is_present) {
        return;
    }
    put_break(f, ITEM_BLANK);
    begin(f, ITEM_INDENT);
    put_keyword(f, TOKEN_SESSION, 0);
    put_keyword(f, TOKEN_BY, ITEM_BLANK);
    put_value(f, session->time, ITEM_BLANK);
    for (uint32_t i = 0; i < session->key_count; i++) {
        if (i > 0) {
            put_symbol(f, TOKEN_COMMA, 0);
        }
        put_value(f, session->keys[i], ITEM_BLANK);
    }
    put_session_bound(f, TOKEN_BEGIN, session->begin);
    if (session->end) {
        put_session_bound(f, TOKEN_END, session->end);
    }
    if (session->has_timeout) {
        put_break(f, ITEM_BLANK);
        put_keyword(f, TOKEN_TIMEOUT, 0);
        put_symbol(f, TOKEN_INTEGER, ITEM_BLANK);
    }
    if (session->has_window) {
        put_break(f, ITEM_BLANK);
        put_keyword(f, TOKEN_TIMEWINDOW, 0);
        put_symbol(f, TOKEN_INTEGER, ITEM_BLANK);
        if (session->window_unit != UNIT_NONE) {
            put(f, ITEM_BLANK | ITEM_CAPITALS);
        }
    }
    end(f);
}

static void put_order(struct formatter *f, const struct syntax_select *select)
{
    if (select->order_count == 0) {
        return;
    }
    put_break(f, ITEM_BLANK);
    begin(f, ITEM_INDENT);
    put_keyword(f, TOKEN_ORDER, 0);
    put_keyword(f, TOKEN_BY, ITEM_BLANK);
    for (uint32_t i = 0; i < select->order_count; i++) {
        const struct syntax_order *order = &select->order[i];
        if (i > 0) {
            put_symbol(f, TOKEN_COMMA, 0);
        }
        put_break(f, ITEM_BLANK);
        put_value(f, order->expression, 0);
        if (order->has_direction) {
            put_keyword(f, order->is_descending ? TOKEN_DESC : TOKEN_ASC, ITEM_BLANK);
        }
        if (order->collation.len > 0) {
            put_keyword(f, TOKEN_COLLATE, ITEM_BLANK);
            put_symbol(f, TOKEN_STRING, ITEM_BLANK);
        }
    }
    end(f);
}

static void put_time(struct formatter *f, const struct syntax_time *time)
{
    if (time->kind == TIME_NONE) {
        return;
    }
    put_break(f, ITEM_BLANK);
    begin(f, ITEM_INDENT);
    switch (time->kind) {
    case TIME_NONE:
        break;
    case TIME_LAST:
        put_keyword(f, TOKEN_LAST, 0);
        put_symbol(f, TOKEN_INTEGER, ITEM_BLANK);
        put(f, ITEM_BLANK | ITEM_CAPITALS);
        break;
    case TIME_START_STOP:
        put_keyword(f, TOKEN_START, 0);
        put_value(f, time->start, ITEM_BLANK);
        if (time->stop) {
            put_break(f, ITEM_BLANK | ITEM_OUTER);
            put_keyword(f, TOKEN_STOP, 0);
            put_value(f, time->stop, ITEM_BLANK);
        }
        break;
    case TIME_OFFENSE:
        put_keyword(f, TOKEN_TIMES, 0);
        put_keyword(f, TOKEN_OFFENSE_TIME, ITEM_BLANK);
        put_symbol(f, TOKEN_LEFT_PARENTHESIS, 0);
        put_symbol(f, TOKEN_INTEGER, 0);
        put_symbol(f, TOKEN_RIGHT_PARENTHESIS, 0);
        break;
    }
    end(f);
}

static void put_parameters(struct formatter *f, const struct syntax_select *select)
{
    if (select->parameter_count == 0) {
        return;
    }
    put_break(f, ITEM_BLANK);
    begin(f, ITEM_INDENT);
    put_keyword(f, TOKEN_PARAMETERS, 0);
    for (uint32_t i = 0; i < select->parameter_count; i++) {
        if (i > 0) {
            put_symbol(f, TOKEN_COMMA, 0);
        }
        put_break(f, ITEM_BLANK);
        put(f, 0);
        put_symbol(f, TOKEN_EQUAL, 0);
        put_value(f, select->parameters[i].value, 0);
    }
    end(f);
}

static void put_select(struct formatter *f, const struct syntax_select *select, unsigned group_flags)
{
    begin(f, group_flags);
    put_items(f, select);
    put_break(f, ITEM_BLANK);
    put_source(f, &select->source);
    if (select->into.len > 0) {
        put_break(f, ITEM_BLANK);
        put_keyword(f, TOKEN_INTO, 0);
        put(f, ITEM_BLANK);
    }
    put_condition(f, TOKEN_WHERE, select->where);
    put_group_by(f, select);
    put_condition(f, TOKEN_HAVING, select->having);
    put_session(f, &select->session);
    put_order(f, select);
    if (select->has_limit) {
        put_break(f, ITEM_BLANK);
        put_keyword(f, TOKEN_LIMIT, 0);
        put_symbol(f, TOKEN_INTEGER, ITEM_BLANK);
    }
    put_time(f, &select->time);
    put_parameters(f, select);
    end(f);
}

void formatter_walk(struct formatter *f, const struct syntax_select *select, const struct syntax_node *expression)
{
    if (select) {
        put_select(f, select, ITEM_OPEN);
    } else {
        begin(f, 0);
        put_node(f, expression, 0, CHAIN_ALONE);
        end(f);
    }
    if (f->at != f->token_count) {
        formatter_fail_internal(f);
    }
}
