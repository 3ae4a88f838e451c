#include "language/parser_internal.h"

#include <stdio.h>

#include "base/limits.h"

/* ---- nodes ---- */

static struct syntax_node *new_node(struct parser *p, enum syntax_kind kind, size_t offset)
{
    if (p->node_count >= LIMIT_EXPRESSION_NODES) {
        parser_fail(p, offset, "split the query into several, or move long lists into a sub-select",
                    "the query has more than %d parts", LIMIT_EXPRESSION_NODES);
        return NULL;
    }
    struct syntax_node *node = arena_new(p->arena, struct syntax_node);
    if (!node) {
        parser_fail_memory(p);
        return NULL;
    }
    p->node_count++;
    node->kind = kind;
    node->offset = offset;
    node->offset_start = offset;
    node->offset_end = p->token.offset_end;
    node->height = 1;
    node->text = STR_EMPTY;
    node->name_space = STR_EMPTY;
    return node;
}

/* Ends the node with the last token read and measures its height. */
static struct syntax_node *finish_node(struct parser *p, struct syntax_node *node)
{
    uint32_t below = node->select ? node->select->height : 0;
    for (uint32_t i = 0; i < node->operand_count; i++) {
        below = node->operands[i]->height > below ? node->operands[i]->height : below;
    }
    node->height = below + 1;
    if (p->previous.offset_end > node->offset_end) {
        node->offset_end = p->previous.offset_end;
    }
    if (node->height > LIMIT_EXPRESSION_DEPTH) {
        parser_fail(p, node->offset, "group the terms of a long sum in parentheses: (a + b + ..) + (c + d + ..)",
                    "the expression is more than %d operators deep", LIMIT_EXPRESSION_DEPTH);
        return NULL;
    }
    return node;
}

static bool add_operand(struct parser *p, struct syntax_node *node, struct syntax_node *operand)
{
    if (!operand) {
        return false;
    }
    struct syntax_node **operands = parser_grow(p, node->operands, node->operand_count, sizeof(struct syntax_node *));
    if (!operands) {
        return false;
    }
    node->operands = operands;
    node->operands[node->operand_count++] = operand;
    return true;
}

static struct syntax_node *make_unary(struct parser *p, enum syntax_operator operator, size_t offset,
                                      struct syntax_node *operand)
{
    struct syntax_node *node = operand ? new_node(p, SYNTAX_UNARY, offset) : NULL;
    if (!node || !add_operand(p, node, operand)) {
        return NULL;
    }
    node->operator= operator;
    node->offset_end = operand->offset_end;
    return finish_node(p, node);
}

static struct syntax_node *make_binary(struct parser *p, enum syntax_operator operator, size_t offset,
                                       struct syntax_node *left, struct syntax_node *right)
{
    struct syntax_node *node = left && right ? new_node(p, SYNTAX_BINARY, offset) : NULL;
    if (!node || !add_operand(p, node, left) || !add_operand(p, node, right)) {
        return NULL;
    }
    node->operator= operator;
    node->offset_start = left->offset_start;
    if (!finish_node(p, node)) {
        return NULL;
    }
    node->offset_end = right->offset_end; /* the halves of a balanced chain are made after all of it is read */
    return node;
}

/* ---- AND, OR, NOT ---- */

struct link {
    struct syntax_node *node;
    size_t offset; /* of the word in front of it */
};

struct chain {
    struct link *links;
    uint32_t count;
};

static bool chain_add(struct parser *p, struct chain *chain, struct syntax_node *node, size_t offset)
{
    struct link *links = node ? parser_grow(p, chain->links, chain->count, sizeof(struct link)) : NULL;
    if (!links) {
        return false;
    }
    chain->links = links;
    chain->links[chain->count++] = (struct link){node, offset};
    return true;
}

/* A chain of n conditions becomes a tree of height log n: detection rules of thousands of terms are common, and all
   passes over a tree recurse. Its depth here is that logarithm. */
static struct syntax_node *chain_balance(struct parser *p, enum syntax_operator operator, const struct link * links,
                                         uint32_t count)
{
    if (count == 1) {
        return links[0].node;
    }
    uint32_t half = count - count / 2;
    struct syntax_node *left = chain_balance(p, operator, links, half);
    struct syntax_node *right = left ? chain_balance(p, operator, links + half, count - half) : NULL;
    return make_binary(p, operator, links[half].offset, left, right);
}

static struct syntax_node *parse_chain(struct parser *p, enum token_kind word, enum syntax_operator operator,
                                       struct syntax_node * (*parse_operand)(struct parser *))
{
    struct syntax_node *first = parse_operand(p);
    if (!first || p->token.kind != word) {
        return first;
    }
    struct chain chain = {0};
    if (!chain_add(p, &chain, first, 0)) {
        return NULL;
    }
    while (p->token.kind == word) {
        size_t offset = p->token.offset;
        parser_advance(p);
        if (!chain_add(p, &chain, parse_operand(p), offset)) {
            return NULL;
        }
    }
    return chain_balance(p, operator, chain.links, chain.count);
}

static struct syntax_node *parse_comparison(struct parser *p);

static struct syntax_node *parse_not(struct parser *p)
{
    if (p->token.kind != TOKEN_NOT) {
        return parse_comparison(p);
    }
    size_t offset = p->token.offset;
    parser_advance(p);
    if (!parser_enter(p)) {
        return NULL;
    }
    struct syntax_node *operand = parse_not(p);
    parser_leave(p);
    return make_unary(p, OPERATOR_NOT, offset, operand);
}

static struct syntax_node *parse_and(struct parser *p)
{
    return parse_chain(p, TOKEN_AND, OPERATOR_AND, parse_not);
}

struct syntax_node *parser_expression(struct parser *p)
{
    if (!parser_enter(p)) {
        return NULL;
    }
    struct syntax_node *node = parse_chain(p, TOKEN_OR, OPERATOR_OR, parse_and);
    parser_leave(p);
    return node;
}

/* ---- TEXT SEARCH ---- */

bool parser_at_text_search(const struct parser *p)
{
    if (p->token.kind != TOKEN_TEXT || parser_peek(p, 1).kind != TOKEN_SEARCH) {
        return false;
    }
    struct token behind = parser_peek(p, 2);
    if (behind.kind == TOKEN_EQUAL) {
        behind = parser_peek(p, 3);
    }
    return behind.kind == TOKEN_STRING || (behind.kind == TOKEN_INVALID && behind.problem == PROBLEM_STRING_OPEN);
}

static struct syntax_node *parse_text_search(struct parser *p)
{
    struct syntax_node *node = new_node(p, SYNTAX_TEXT_SEARCH, p->token.offset);
    parser_advance(p);
    parser_advance(p);
    parser_accept(p, TOKEN_EQUAL);
    if (!node) {
        return NULL;
    }
    if (p->token.kind != TOKEN_STRING) {
        parser_fail_expected(p, NULL, "a string with the words to search");
        return NULL;
    }
    node->text = parser_unquote(p, p->token);
    if (!node->text.data) {
        return NULL;
    }
    parser_advance(p);
    return finish_node(p, node);
}

struct syntax_node *parser_condition(struct parser *p)
{
    if (!parser_at_text_search(p)) {
        return parser_expression(p);
    }
    if (!parser_enter(p)) {
        return NULL;
    }
    struct chain chain = {0};
    bool is_good = chain_add(p, &chain, parse_text_search(p), 0);
    while (is_good && p->token.kind == TOKEN_AND) {
        size_t offset = p->token.offset;
        parser_advance(p);
        is_good = chain_add(p, &chain, parse_not(p), offset);
    }
    if (is_good && p->token.kind == TOKEN_OR) {
        is_good = parser_fail(p, p->token.offset,
                              "write TEXT SEARCH '..' AND (a OR b), or filter with UTF8(payload) ILIKE '%..%' OR ..",
                              "TEXT SEARCH can be combined with other conditions by AND only, found OR");
    }
    parser_leave(p);
    return is_good ? chain_balance(p, OPERATOR_AND, chain.links, chain.count) : NULL;
}

/* ---- comparisons ---- */

struct comparison {
    enum token_kind token;
    enum syntax_operator operator;
    bool is_word; /* may stand behind NOT */
};

static const struct comparison comparisons[] = {
    {TOKEN_EQUAL, OPERATOR_EQUAL, false},
    {TOKEN_EQUAL_DOUBLED, OPERATOR_EQUAL, false},
    {TOKEN_NOT_EQUAL, OPERATOR_NOT_EQUAL, false},
    {TOKEN_NOT_EQUAL_ANGLED, OPERATOR_NOT_EQUAL, false},
    {TOKEN_LESS, OPERATOR_LESS, false},
    {TOKEN_LESS_EQUAL, OPERATOR_LESS_EQUAL, false},
    {TOKEN_GREATER, OPERATOR_GREATER, false},
    {TOKEN_GREATER_EQUAL, OPERATOR_GREATER_EQUAL, false},
    {TOKEN_LIKE, OPERATOR_LIKE, true},
    {TOKEN_ILIKE, OPERATOR_ILIKE, true},
    {TOKEN_MATCHES, OPERATOR_MATCHES, true},
    {TOKEN_IMATCHES, OPERATOR_IMATCHES, true},
};

static const struct comparison *find_comparison(enum token_kind kind)
{
    for (size_t i = 0; i < countof(comparisons); i++) {
        if (comparisons[i].token == kind) {
            return &comparisons[i];
        }
    }
    return NULL;
}

/* Expressions separated by commas, up to and with the ")". */
static bool parse_operands(struct parser *p, struct syntax_node *node, uint32_t count_max, const char *what,
                           size_t open_offset)
{
    uint32_t first = node->operand_count;
    do {
        if (node->operand_count - first >= count_max) {
            return parser_fail(p, p->token.offset, "put the values into a file or several lists joined by OR",
                               "more than %u values in %s", count_max, what);
        }
        if (!add_operand(p, node, parser_expression(p))) {
            return false;
        }
    } while (parser_accept(p, TOKEN_COMMA));
    if (!parser_accept(p, TOKEN_RIGHT_PARENTHESIS)) {
        char place[PLACE_TEXT_BYTES];
        return parser_fail_expected(p, NULL, "',' or ')' to close %s opened at %s", what,
                                    parser_place(p, open_offset, place));
    }
    return true;
}

static struct syntax_node *parse_enumeration(struct parser *p)
{
    struct syntax_node *node = new_node(p, SYNTAX_ENUMERATION, p->token.offset);
    if (!node) {
        return NULL;
    }
    parser_advance(p);
    size_t open_offset = p->token.offset;
    parser_advance(p);
    do {
        if (p->token.kind != TOKEN_STRING) {
            parser_fail_expected(p, NULL, "a string, the next pattern of ENUMERATION");
            return NULL;
        }
        if (node->operand_count >= LIMIT_IN_LIST) {
            parser_fail(p, p->token.offset, NULL, "more than %d patterns in ENUMERATION", LIMIT_IN_LIST);
            return NULL;
        }
        if (!add_operand(p, node, parser_primary(p))) {
            return NULL;
        }
    } while (parser_accept(p, TOKEN_COMMA));
    if (!parser_accept(p, TOKEN_RIGHT_PARENTHESIS)) {
        char place[PLACE_TEXT_BYTES];
        parser_fail_expected(p, NULL, "',' or ')' to close the list of ENUMERATION opened at %s",
                             parser_place(p, open_offset, place));
        return NULL;
    }
    return finish_node(p, node);
}

static struct syntax_node *parse_operator(struct parser *p, struct syntax_node *left,
                                          const struct comparison *comparison, bool is_negated)
{
    size_t offset = p->token.offset;
    parser_advance(p);
    bool is_like = comparison->operator== OPERATOR_LIKE || comparison->operator== OPERATOR_ILIKE;
    bool is_list = is_like && p->token.kind == TOKEN_ENUMERATION && parser_peek(p, 1).kind == TOKEN_LEFT_PARENTHESIS;
    struct syntax_node *right = is_list ? parse_enumeration(p) : parser_sum(p);
    struct syntax_node *node = make_binary(p, comparison->operator, offset, left, right);
    if (node) {
        node->is_negated = is_negated;
    }
    return node;
}

static struct syntax_node *parse_in(struct parser *p, struct syntax_node *left, bool is_negated)
{
    struct syntax_node *node = new_node(p, SYNTAX_IN, p->token.offset);
    if (!node || !add_operand(p, node, left)) {
        return NULL;
    }
    node->offset_start = left->offset_start;
    node->is_negated = is_negated;
    parser_advance(p);
    size_t open_offset = p->token.offset;
    if (!parser_accept(p, TOKEN_LEFT_PARENTHESIS)) {
        parser_fail_expected(p, "write the values in parentheses: IN ('a', 'b')", "'(' behind IN");
        return NULL;
    }
    if (p->token.kind == TOKEN_RIGHT_PARENTHESIS) {
        parser_fail_expected(p, "an empty IN list matches nothing; leave the condition away", "a value of the IN list");
        return NULL;
    }
    if (p->token.kind != TOKEN_SELECT) {
        return parse_operands(p, node, LIMIT_IN_LIST, "the IN list", open_offset) ? finish_node(p, node) : NULL;
    }
    node->select = parser_select(p);
    if (!node->select) {
        return NULL;
    }
    if (!parser_accept(p, TOKEN_RIGHT_PARENTHESIS)) {
        char place[PLACE_TEXT_BYTES];
        parser_fail_expected(p, NULL, "')' to close the sub-select opened at %s", parser_place(p, open_offset, place));
        return NULL;
    }
    return finish_node(p, node);
}

static struct syntax_node *parse_between(struct parser *p, struct syntax_node *left, bool is_negated)
{
    struct syntax_node *node = new_node(p, SYNTAX_BETWEEN, p->token.offset);
    if (!node || !add_operand(p, node, left)) {
        return NULL;
    }
    node->offset_start = left->offset_start;
    node->is_negated = is_negated;
    parser_advance(p);
    if (!add_operand(p, node, parser_sum(p))) {
        return NULL;
    }
    if (!parser_accept(p, TOKEN_AND)) {
        parser_fail_expected(p, "BETWEEN takes two bounds: x BETWEEN 1 AND 5", "AND and the upper bound of BETWEEN");
        return NULL;
    }
    return add_operand(p, node, parser_sum(p)) ? finish_node(p, node) : NULL;
}

static struct syntax_node *parse_is(struct parser *p, struct syntax_node *left)
{
    struct syntax_node *node = new_node(p, SYNTAX_IS_NULL, p->token.offset);
    if (!node || !add_operand(p, node, left)) {
        return NULL;
    }
    node->offset_start = left->offset_start;
    parser_advance(p);
    node->is_negated = parser_accept(p, TOKEN_NOT);
    if (!parser_accept(p, TOKEN_NULL)) {
        parser_fail_expected(p, "IS takes NULL or NOT NULL only; compare other values with = or !=", "%s",
                             node->is_negated ? "NULL behind IS NOT" : "NULL or NOT NULL behind IS");
        return NULL;
    }
    return finish_node(p, node);
}

/* One comparison behind `left`, or `left` itself where none follows. */
static struct syntax_node *parse_comparison_behind(struct parser *p, struct syntax_node *left)
{
    bool is_negated = p->token.kind == TOKEN_NOT;
    if (is_negated) {
        parser_advance(p);
    }
    const struct comparison *comparison = find_comparison(p->token.kind);
    if (comparison && (comparison->is_word || !is_negated)) {
        return parse_operator(p, left, comparison, is_negated);
    }
    if (p->token.kind == TOKEN_IN) {
        return parse_in(p, left, is_negated);
    }
    if (p->token.kind == TOKEN_BETWEEN) {
        return parse_between(p, left, is_negated);
    }
    if (is_negated) {
        parser_fail_expected(p,
                             p->token.kind == TOKEN_NULL ? "write IS NOT NULL"
                             : comparison                ? "write !=, or put NOT in front of the comparison"
                                                         : "NOT stands in front of a condition: a AND NOT b",
                             "LIKE, ILIKE, MATCHES, IMATCHES, IN or BETWEEN behind NOT");
        return NULL;
    }
    return p->token.kind == TOKEN_IS ? parse_is(p, left) : left;
}

static bool at_comparison(const struct parser *p)
{
    enum token_kind kind = p->token.kind;
    return find_comparison(kind) || kind == TOKEN_IN || kind == TOKEN_BETWEEN || kind == TOKEN_IS || kind == TOKEN_NOT;
}

static struct syntax_node *parse_comparison(struct parser *p)
{
    struct syntax_node *left = parser_sum(p);
    if (!left) {
        return NULL;
    }
    struct syntax_node *node = parse_comparison_behind(p, left);
    if (node && node != left && at_comparison(p)) {
        bool is_doubled = p->previous.kind == TOKEN_NULL || p->token.kind == TOKEN_NOT;
        parser_fail_expected(p,
                             is_doubled ? "is AND or OR missing here?"
                                        : "comparisons cannot be chained: join them by AND, or put one in parentheses",
                             "AND, OR or the end of the condition");
        return NULL;
    }
    return node;
}

/* ---- arithmetic ---- */

/* Levels of aql-grammar.ebnf; a higher one binds tighter. */
enum { LEVEL_BIT_OR = 1, LEVEL_BIT_XOR, LEVEL_BIT_AND, LEVEL_SHIFT, LEVEL_SUM, LEVEL_PRODUCT, LEVEL_POWER };

struct arithmetic {
    enum token_kind token;
    enum syntax_operator operator;
    int level;
};

static const struct arithmetic arithmetics[] = {
    {TOKEN_BAR, OPERATOR_BIT_OR, LEVEL_BIT_OR},
    {TOKEN_HASH, OPERATOR_BIT_XOR, LEVEL_BIT_XOR},
    {TOKEN_AMPERSAND, OPERATOR_BIT_AND, LEVEL_BIT_AND},
    {TOKEN_SHIFT_LEFT, OPERATOR_SHIFT_LEFT, LEVEL_SHIFT},
    {TOKEN_SHIFT_RIGHT, OPERATOR_SHIFT_RIGHT, LEVEL_SHIFT},
    {TOKEN_SHIFT_RIGHT_LOGICAL, OPERATOR_SHIFT_RIGHT_LOGICAL, LEVEL_SHIFT},
    {TOKEN_PLUS, OPERATOR_ADD, LEVEL_SUM},
    {TOKEN_MINUS, OPERATOR_SUBTRACT, LEVEL_SUM},
    {TOKEN_STAR, OPERATOR_MULTIPLY, LEVEL_PRODUCT},
    {TOKEN_SLASH, OPERATOR_DIVIDE, LEVEL_PRODUCT},
    {TOKEN_PERCENT, OPERATOR_REMAINDER, LEVEL_PRODUCT},
    {TOKEN_CARET, OPERATOR_POWER, LEVEL_POWER},
};

static const struct arithmetic *find_arithmetic(enum token_kind kind)
{
    for (size_t i = 0; i < countof(arithmetics); i++) {
        if (arithmetics[i].token == kind) {
            return &arithmetics[i];
        }
    }
    return NULL;
}

static struct syntax_node *parse_unary(struct parser *p);

static struct syntax_node *parse_arithmetic(struct parser *p, int level)
{
    struct syntax_node *left = parse_unary(p);
    while (left) {
        const struct arithmetic *arithmetic = find_arithmetic(p->token.kind);
        if (!arithmetic || arithmetic->level < level) {
            break;
        }
        size_t offset = p->token.offset;
        parser_advance(p);
        struct syntax_node *right = NULL;
        if (parser_enter(p)) {
            bool is_right_associative = arithmetic->level == LEVEL_POWER;
            right = parse_arithmetic(p, arithmetic->level + !is_right_associative);
            parser_leave(p);
        }
        left = make_binary(p, arithmetic->operator, offset, left, right);
    }
    return left;
}

struct syntax_node *parser_sum(struct parser *p)
{
    return parse_arithmetic(p, LEVEL_BIT_OR);
}

/* Behind a unary minus the magnitude may be one larger: -9223372036854775808 is a number. */
static struct syntax_node *parse_integer(struct parser *p, bool is_negated)
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
    struct syntax_node *node = new_node(p, SYNTAX_INTEGER, p->token.offset);
    if (node) {
        node->integer = (int64_t)value;
        parser_advance(p);
    }
    return node;
}

static struct syntax_node *parse_unary(struct parser *p)
{
    enum token_kind kind = p->token.kind;
    if (kind != TOKEN_MINUS && kind != TOKEN_PLUS && kind != TOKEN_TILDE) {
        return parser_primary(p);
    }
    size_t offset = p->token.offset;
    parser_advance(p);
    if (!parser_enter(p)) {
        return NULL;
    }
    struct syntax_node *operand =
        kind == TOKEN_MINUS && p->token.kind == TOKEN_INTEGER ? parse_integer(p, true) : parse_unary(p);
    parser_leave(p);
    enum syntax_operator operator= kind == TOKEN_MINUS ? OPERATOR_NEGATE
    : kind == TOKEN_PLUS                               ? OPERATOR_PLUS
                                                       : OPERATOR_COMPLEMENT;
    return make_unary(p, operator, offset, operand);
}

/* ---- primaries ---- */

static struct syntax_node *parse_decimal(struct parser *p)
{
    double value = 0;
    if (!str_to_double(parser_token_text(p, p->token), &value) || value > 1.7976931348623157e308) {
        char quote[QUOTED_TEXT_BYTES];
        parser_fail(p, p->token.offset, NULL, "the number %s is too large or has too many digits",
                    parser_quote(p, p->token.offset, p->token.offset_end, quote));
        return NULL;
    }
    struct syntax_node *node = new_node(p, SYNTAX_DOUBLE, p->token.offset);
    if (node) {
        node->number = value;
        parser_advance(p);
    }
    return node;
}

static struct syntax_node *parse_string(struct parser *p)
{
    struct syntax_node *node = new_node(p, SYNTAX_STRING, p->token.offset);
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
    struct syntax_node *node = new_node(p, p->token.kind == TOKEN_NULL ? SYNTAX_NULL : SYNTAX_BOOLEAN, p->token.offset);
    if (node) {
        node->integer = p->token.kind == TOKEN_TRUE;
        parser_advance(p);
    }
    return node;
}

static struct syntax_node *parse_parenthesized(struct parser *p)
{
    struct token open = p->token;
    parser_advance(p);
    if (p->token.kind == TOKEN_SELECT) {
        parser_fail(p, p->token.offset, "a sub-select stands in FROM (SELECT ..) or in x IN (SELECT ..)",
                    "a sub-select is no value");
        return NULL;
    }
    struct syntax_node *node = parser_expression(p);
    if (!node) {
        return NULL;
    }
    if (!parser_accept(p, TOKEN_RIGHT_PARENTHESIS)) {
        char place[PLACE_TEXT_BYTES];
        parser_fail_expected(p, p->token.kind == TOKEN_COMMA ? "a list of values needs IN in front of it" : NULL,
                             "an operator or ')' to close the '(' at %s", parser_place(p, open.offset, place));
        return NULL;
    }
    node->is_parenthesized = true;
    node->offset_start = open.offset;
    node->offset_end = p->previous.offset_end;
    return node;
}

static bool parse_case_branches(struct parser *p, struct syntax_node *node, const char *place)
{
    while (parser_accept(p, TOKEN_WHEN)) {
        if (!add_operand(p, node, parser_expression(p))) {
            return false;
        }
        if (!parser_accept(p, TOKEN_THEN)) {
            return parser_fail_expected(p, NULL, "an operator or THEN in the CASE that starts at %s", place);
        }
        if (!add_operand(p, node, parser_expression(p))) {
            return false;
        }
    }
    if (node->operand_count == (uint32_t)node->has_operand) {
        return parser_fail_expected(p, "write CASE WHEN condition THEN value ELSE value END",
                                    "WHEN in the CASE that starts at %s", place);
    }
    node->has_else = parser_accept(p, TOKEN_ELSE);
    if (node->has_else && !add_operand(p, node, parser_expression(p))) {
        return false;
    }
    if (!parser_accept(p, TOKEN_END)) {
        return parser_fail_expected(
            p, "every CASE is closed by END", "%s the CASE that starts at %s",
            node->has_else ? "an operator or END to close" : "an operator, WHEN, ELSE or END to close", place);
    }
    return true;
}

static struct syntax_node *parse_case(struct parser *p)
{
    struct syntax_node *node = new_node(p, SYNTAX_CASE, p->token.offset);
    if (!node) {
        return NULL;
    }
    parser_advance(p);
    node->has_operand = p->token.kind != TOKEN_WHEN;
    if (node->has_operand && !add_operand(p, node, parser_expression(p))) {
        return NULL;
    }
    char place[PLACE_TEXT_BYTES];
    parser_place(p, node->offset, place);
    return parse_case_branches(p, node, place) ? finish_node(p, node) : NULL;
}

static struct syntax_node *parse_if(struct parser *p)
{
    struct syntax_node *node = new_node(p, SYNTAX_IF, p->token.offset);
    if (!node) {
        return NULL;
    }
    parser_advance(p);
    if (!add_operand(p, node, parser_expression(p))) {
        return NULL;
    }
    char place[PLACE_TEXT_BYTES];
    if (!parser_accept(p, TOKEN_THEN)) {
        parser_fail_expected(p, "write IF condition THEN value ELSE value",
                             "an operator or THEN in the IF that starts at %s", parser_place(p, node->offset, place));
        return NULL;
    }
    if (!add_operand(p, node, parser_expression(p))) {
        return NULL;
    }
    if (!parser_accept(p, TOKEN_ELSE)) {
        parser_fail_expected(p, "every IF needs its ELSE; write ELSE NULL for no value",
                             "an operator or ELSE in the IF that starts at %s", parser_place(p, node->offset, place));
        return NULL;
    }
    return add_operand(p, node, parser_expression(p)) ? finish_node(p, node) : NULL;
}

static bool parse_arguments(struct parser *p, struct syntax_node *node)
{
    struct token open = p->token;
    parser_advance(p);
    char quote[QUOTED_TEXT_BYTES];
    char what[QUOTED_TEXT_BYTES + 32];
    snprintf(what, sizeof(what), "the arguments of %s", parser_quote(p, node->offset, open.offset, quote));
    if (p->token.kind == TOKEN_STAR) {
        struct syntax_node *star = new_node(p, SYNTAX_STAR, p->token.offset);
        parser_advance(p);
        if (!add_operand(p, node, star)) {
            return false;
        }
        char place[PLACE_TEXT_BYTES];
        return parser_accept(p, TOKEN_RIGHT_PARENTHESIS) ||
               parser_fail_expected(p, NULL, "')' to close %s opened at %s", what, parser_place(p, open.offset, place));
    }
    return parser_accept(p, TOKEN_RIGHT_PARENTHESIS) || parse_operands(p, node, LIMIT_SELECT_ITEMS, what, open.offset);
}

/* A name, a call, or the call of a function in a name space. */
static struct syntax_node *parse_name(struct parser *p)
{
    struct syntax_node *node = new_node(p, SYNTAX_NAME, p->token.offset);
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
            parser_fail_expected(p, NULL, "the name of a function behind '::'");
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
        return parse_arguments(p, node) ? finish_node(p, node) : NULL;
    }
    if (has_name_space) {
        parser_fail_expected(p,
                             "'::' stands between name space and function: GEO::LOOKUP(..); "
                             "convert types with LONG(), DOUBLE() and STR()",
                             "'(' behind the name of a function");
        return NULL;
    }
    return finish_node(p, node);
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
                            "ENUMERATION stands only behind LIKE and ILIKE");
    }
    return false;
}

struct syntax_node *parser_primary(struct parser *p)
{
    switch (p->token.kind) {
    case TOKEN_INTEGER:
        return parse_integer(p, false);
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
    parser_fail_expected(p,
                         p->previous.kind == TOKEN_COMMA   ? "is there one comma too much?"
                         : p->token.kind == TOKEN_NOT      ? "put the NOT condition in parentheses"
                         : token_is_keyword(p->token.kind) ? "a field called like a keyword is written in double quotes"
                                                           : NULL,
                         "an expression");
    return NULL;
}
