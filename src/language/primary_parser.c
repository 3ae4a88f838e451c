#include "language/parser_internal.h"

#include <stdio.h>

#include "base/limits.h"

/* Behind a unary minus the magnitude may be one larger: -9223372036854775808 is a number. */
struct syntax_node *parser_integer(struct parser *p, bool is_negated)
{
    str text = parser_token_text(p, p->token);
    uint64_t value = 0;
    bool is_hex = text.len > 2 && ascii_lower(text.data[1]) == 'x';
    bool is_good = is_hex ? str_hex_to_u64(str_skip(text, 2), &value) : str_to_u64(text, &value);
    if (!is_good || (!is_hex && value > (uint64_t)INT64_MAX + is_negated)) {
        char quote[QUOTED_TEXT_BYTES];
        parser_fail(
            p, p->token.offset, "integers go up to 9223372036854775807 (0xffffffffffffffff); write 1e20 for a double",
            "the integer %s does not fit 64 bits", parser_quote(p, p->token.offset, p->token.offset_end, quote));
        return NULL;
    }
    struct syntax_node *node = parser_node(p, SYNTAX_INTEGER, p->token.offset);
    if (node) {
        node->integer = (int64_t)value;
        parser_advance(p);
    }
    return node;
}

static struct syntax_node *parse_decimal(struct parser *p)
{
    double value = 0;
    if (!str_to_double(parser_token_text(p, p->token), &value) || value > 1.7976931348623157e308) {
        char quote[QUOTED_TEXT_BYTES];
        parser_fail(p, p->token.offset, NULL, "the number %s is too large or has too many digits",
                    parser_quote(p, p->token.offset, p->token.offset_end, quote));
        return NULL;
    }
    struct syntax_node *node = parser_node(p, SYNTAX_DOUBLE, p->token.offset);
    if (node) {
        node->number = value;
        parser_advance(p);
    }
    return node;
}

static struct syntax_node *parse_string(struct parser *p)
{
    struct syntax_node *node = parser_node(p, SYNTAX_STRING, p->token.offset);
    str text = node ? parser_unquote(p, p->token) : STR_EMPTY;
    if (!node || !text.data) {
        return NULL;
    }
    node->text = text;
    parser_advance(p);
    return node;
}

static struct syntax_node *parse_word(struct parser *p)
{
    struct syntax_node *node =
        parser_node(p, p->token.kind == TOKEN_NULL ? SYNTAX_NULL : SYNTAX_BOOLEAN, p->token.offset);
    if (node) {
        node->integer = p->token.kind == TOKEN_TRUE;
        parser_advance(p);
    }
    return node;
}

/* (a, b) where no list may be, behind the token `before`. */
static hint hint_for_list(enum token_kind before)
{
    switch (before) {
    case TOKEN_IF:
        return "IF is no function: write IF condition THEN value ELSE value";
    case TOKEN_LIKE:
    case TOKEN_ILIKE:
        return "one pattern a LIKE: (x LIKE 'a%' OR x LIKE 'b%')";
    default:
        return "a list of values needs IN in front of it";
    }
}

static struct syntax_node *parse_parenthesized(struct parser *p)
{
    enum token_kind before = p->previous.kind;
    struct token open = p->token;
    parser_advance(p);
    struct syntax_node *node = parser_expression(p);
    if (!node) {
        return NULL;
    }
    if (!parser_accept(p, TOKEN_RIGHT_PARENTHESIS)) {
        char place[PLACE_TEXT_BYTES];
        parser_fail_expected(p, p->token.kind == TOKEN_COMMA ? hint_for_list(before) : NULL,
                             "an operator or ')' to close the '(' at %s", parser_place(p, open.offset, place));
        return NULL;
    }
    node->is_parenthesized = true;
    node->offset_start = open.offset;
    node->offset_end = p->previous.offset_end;
    return node;
}

static bool parse_case_branches(struct parser *p, struct syntax_node *node)
{
    char place[PLACE_TEXT_BYTES];
    while (parser_accept(p, TOKEN_WHEN)) {
        if (!parser_add_operand(p, node, parser_expression(p))) {
            return false;
        }
        if (!parser_accept(p, TOKEN_THEN)) {
            return parser_fail_expected(p, NULL, "an operator or THEN in the CASE that starts at %s",
                                        parser_place(p, node->offset, place));
        }
        if (!parser_add_operand(p, node, parser_expression(p))) {
            return false;
        }
    }
    if (node->operand_count == (uint32_t)node->has_operand) {
        return parser_fail_expected(p, "write CASE WHEN condition THEN value ELSE value END",
                                    "WHEN in the CASE that starts at %s", parser_place(p, node->offset, place));
    }
    node->has_else = parser_accept(p, TOKEN_ELSE);
    if (node->has_else && !parser_add_operand(p, node, parser_expression(p))) {
        return false;
    }
    if (!parser_accept(p, TOKEN_END)) {
        return parser_fail_expected(p, "every CASE is closed by END", "%s the CASE that starts at %s",
                                    node->has_else ? "an operator or END to close"
                                                   : "an operator, WHEN, ELSE or END to close",
                                    parser_place(p, node->offset, place));
    }
    return true;
}

static struct syntax_node *parse_case(struct parser *p)
{
    struct syntax_node *node = parser_node(p, SYNTAX_CASE, p->token.offset);
    if (!node) {
        return NULL;
    }
    parser_advance(p);
    node->has_operand = p->token.kind != TOKEN_WHEN;
    if (node->has_operand && !parser_add_operand(p, node, parser_expression(p))) {
        return NULL;
    }
    return parse_case_branches(p, node) ? parser_finish_node(p, node) : NULL;
}

static struct syntax_node *parse_if(struct parser *p)
{
    struct syntax_node *node = parser_node(p, SYNTAX_IF, p->token.offset);
    if (!node) {
        return NULL;
    }
    parser_advance(p);
    if (!parser_add_operand(p, node, parser_expression(p))) {
        return NULL;
    }
    char place[PLACE_TEXT_BYTES];
    if (!parser_accept(p, TOKEN_THEN)) {
        parser_fail_expected(p, "write IF condition THEN value ELSE value",
                             "an operator or THEN in the IF that starts at %s", parser_place(p, node->offset, place));
        return NULL;
    }
    if (!parser_add_operand(p, node, parser_expression(p))) {
        return NULL;
    }
    if (!parser_accept(p, TOKEN_ELSE)) {
        parser_fail_expected(p, "every IF needs its ELSE; write ELSE NULL for no value",
                             "an operator or ELSE in the IF that starts at %s", parser_place(p, node->offset, place));
        return NULL;
    }
    return parser_add_operand(p, node, parser_expression(p)) ? parser_finish_node(p, node) : NULL;
}

static bool parse_arguments(struct parser *p, struct syntax_node *node)
{
    struct token open = p->token;
    parser_advance(p);
    char quote[QUOTED_TEXT_BYTES];
    char what[QUOTED_TEXT_BYTES + 32];
    snprintf(what, sizeof(what), "the arguments of %s", parser_quote(p, node->offset, open.offset, quote));
    if (p->token.kind == TOKEN_STAR) {
        struct syntax_node *star = parser_node(p, SYNTAX_STAR, p->token.offset);
        parser_advance(p);
        if (!parser_add_operand(p, node, star)) {
            return false;
        }
        char place[PLACE_TEXT_BYTES];
        return parser_accept(p, TOKEN_RIGHT_PARENTHESIS) ||
               parser_fail_expected(p, NULL, "')' to close %s opened at %s", what, parser_place(p, open.offset, place));
    }
    return parser_accept(p, TOKEN_RIGHT_PARENTHESIS) || parser_operands(p, node, LIMIT_SELECT_ITEMS, what, open.offset);
}

/* A name, a call, or the call of a function in a name space. */
static struct syntax_node *parse_name(struct parser *p)
{
    struct syntax_node *node = parser_node(p, SYNTAX_NAME, p->token.offset);
    if (!node) {
        return NULL;
    }
    struct token name = p->token;
    parser_advance(p);
    bool has_name_space = parser_accept(p, TOKEN_DOUBLE_COLON);
    if (has_name_space) {
        node->name_space = parser_unquote(p, name);
        name = p->token;
        if (!token_is_bare_name(name.kind) && name.kind != TOKEN_QUOTED_NAME) {
            parser_fail_expected(p, NULL, "the name of a function after '::'");
            return NULL;
        }
        parser_advance(p);
    }
    node->text = parser_unquote(p, name);
    node->is_quoted = name.kind == TOKEN_QUOTED_NAME;
    if (!node->text.data || !node->name_space.data) {
        return NULL;
    }
    if (p->token.kind == TOKEN_LEFT_PARENTHESIS) {
        node->kind = SYNTAX_CALL;
        return parse_arguments(p, node) ? parser_finish_node(p, node) : NULL;
    }
    if (has_name_space) {
        parser_fail_expected(p,
                             "'::' stands between name space and function: GEO::LOOKUP(..); "
                             "convert types with LONG(), DOUBLE() and STR()",
                             "'(' after the name of a function");
        return NULL;
    }
    return parser_finish_node(p, node);
}

/* The start of a clause where an expression should be: nothing else can be meant, a column `last` is never followed by
   a number. */
static bool fail_at_misplaced_clause(struct parser *p)
{
    struct token next = parser_peek(p, 1);
    bool is_time = (p->token.kind == TOKEN_LAST && next.kind == TOKEN_INTEGER) ||
                   ((p->token.kind == TOKEN_START || p->token.kind == TOKEN_STOP) &&
                    (next.kind == TOKEN_STRING || next.kind == TOKEN_INTEGER));
    if (is_time) {
        char quote[QUOTED_TEXT_BYTES];
        return !parser_fail(p, p->token.offset, "is something missing, or one comma, AND or OR too much, before it?",
                            "expected an expression, found the time clause (%s)",
                            parser_quote(p, p->token.offset, next.offset_end, quote));
    }
    if (parser_at_text_search(p)) {
        return !parser_fail(p, p->token.offset,
                            "write WHERE TEXT SEARCH '..' AND other conditions: once, without parentheses or NOT",
                            "TEXT SEARCH must come first in WHERE");
    }
    if (p->token.kind == TOKEN_ENUMERATION && next.kind == TOKEN_LEFT_PARENTHESIS) {
        return !parser_fail(p, p->token.offset, "write x ILIKE ENUMERATION('a%', '%b%')",
                            "ENUMERATION stands only after LIKE and ILIKE");
    }
    return false;
}

/* Does what follows a keyword look as if the keyword were meant as a field: group = 'x', order, .. ? */
static bool is_used_as_name(const struct parser *p)
{
    if (p->token.kind == TOKEN_NOT || p->token.kind == TOKEN_FROM) {
        return false;
    }
    enum token_kind next = parser_peek(p, 1).kind;
    return next == TOKEN_COMMA || next == TOKEN_FROM || next == TOKEN_AS || next == TOKEN_RIGHT_PARENTHESIS ||
           next == TOKEN_IS || next == TOKEN_IN || next == TOKEN_BETWEEN || next == TOKEN_NOT ||
           next == TOKEN_END_OF_TEXT || parser_is_operator(next);
}

static void fail_without_expression(struct parser *p)
{
    if (p->token.kind == TOKEN_SELECT) {
        parser_fail(p, p->token.offset, "a sub-select stands in FROM (SELECT ..) or in x IN (SELECT ..)",
                    "a sub-select is no value");
        return;
    }
    char quote[QUOTED_TEXT_BYTES];
    str before = token_spelling(p->previous.kind);
    snprintf(quote, sizeof(quote), token_is_keyword(p->previous.kind) ? " after %.*s" : " after '%.*s'",
             STR_ARG(before));
    parser_fail_expected(p,
                         p->previous.kind == TOKEN_COMMA    ? "is there a comma too many before it?"
                         : p->previous.kind == TOKEN_SELECT ? "name the columns, or take all: SELECT * FROM events"
                         : p->token.kind == TOKEN_NOT       ? "put the NOT condition in parentheses"
                                                            : NULL,
                         "an expression%s", before.len > 0 ? quote : "");
    if (token_is_keyword(p->token.kind) && p->previous.kind != TOKEN_SELECT && is_used_as_name(p)) {
        parser_quote(p, p->token.offset, p->token.offset_end, quote);
        error_hint(p->err, "%s is a keyword; a field of that name is written \"%s\"", quote, quote);
    }
}

struct syntax_node *parser_primary(struct parser *p)
{
    switch (p->token.kind) {
    case TOKEN_INTEGER:
        return parser_integer(p, false);
    case TOKEN_DECIMAL:
        return parse_decimal(p);
    case TOKEN_STRING:
        return parse_string(p);
    case TOKEN_NULL:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
        return parse_word(p);
    case TOKEN_LEFT_PARENTHESIS:
        return parse_parenthesized(p);
    case TOKEN_CASE:
        return parse_case(p);
    case TOKEN_IF:
        return parse_if(p);
    default:
        break;
    }
    if (token_is_bare_name(p->token.kind) || p->token.kind == TOKEN_QUOTED_NAME) {
        return fail_at_misplaced_clause(p) ? NULL : parse_name(p);
    }
    fail_without_expression(p);
    return NULL;
}
