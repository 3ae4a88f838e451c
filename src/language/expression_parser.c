#include "language/parser_internal.h"

#include "base/limits.h"

/* ---- nodes ---- */

struct syntax_node *parser_node(struct parser *p, enum syntax_kind kind, size_t offset)
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
struct syntax_node *parser_finish_node(struct parser *p, struct syntax_node *node)
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

bool parser_add_operand(struct parser *p, struct syntax_node *node, struct syntax_node *operand)
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
    struct syntax_node *node = operand ? parser_node(p, SYNTAX_UNARY, offset) : NULL;
    if (!node || !parser_add_operand(p, node, operand)) {
        return NULL;
    }
    node->operator = operator;
    node->offset_end = operand->offset_end;
    return parser_finish_node(p, node);
}

static struct syntax_node *make_binary(struct parser *p, enum syntax_operator operator, size_t offset,
                                       struct syntax_node *left, struct syntax_node *right)
{
    struct syntax_node *node = left && right ? parser_node(p, SYNTAX_BINARY, offset) : NULL;
    if (!node || !parser_add_operand(p, node, left) || !parser_add_operand(p, node, right)) {
        return NULL;
    }
    node->operator = operator;
    node->offset_start = left->offset_start;
    if (!parser_finish_node(p, node)) {
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
    struct syntax_node *node = parser_node(p, SYNTAX_TEXT_SEARCH, p->token.offset);
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
    return parser_finish_node(p, node);
}

struct syntax_node *parser_condition(struct parser *p)
{
    /* Two names in a row are nothing else here, so that a missing string is reported as such. */
    if (p->token.kind != TOKEN_TEXT || parser_peek(p, 1).kind != TOKEN_SEARCH) {
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
bool parser_operands(struct parser *p, struct syntax_node *node, uint32_t count_max, const char *what,
                     size_t open_offset)
{
    uint32_t first = node->operand_count;
    do {
        if (node->operand_count - first >= count_max) {
            return parser_fail(p, p->token.offset,
                               node->kind == SYNTAX_IN ? "split the list: x IN (..) OR x IN (..)" : NULL,
                               "more than %u values in %s", count_max, what);
        }
        if (!parser_add_operand(p, node, parser_expression(p))) {
            return false;
        }
    } while (parser_accept(p, TOKEN_COMMA));
    if (!parser_accept(p, TOKEN_RIGHT_PARENTHESIS)) {
        char place[PLACE_TEXT_BYTES];
        return parser_fail_expected(p,
                                    parser_at_value(p)          ? "is a comma missing before it?"
                                    : p->token.kind == TOKEN_AS ? "convert types with LONG(x), DOUBLE(x) and STR(x)"
                                                                : NULL,
                                    "an operator, ',' or ')' to close %s opened at %s", what,
                                    parser_place(p, open_offset, place));
    }
    return true;
}

static struct syntax_node *parse_enumeration(struct parser *p)
{
    struct syntax_node *node = parser_node(p, SYNTAX_ENUMERATION, p->token.offset);
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
        if (!parser_add_operand(p, node, parser_primary(p))) {
            return NULL;
        }
    } while (parser_accept(p, TOKEN_COMMA));
    if (!parser_accept(p, TOKEN_RIGHT_PARENTHESIS)) {
        char place[PLACE_TEXT_BYTES];
        parser_fail_expected(p, NULL, "',' or ')' to close the list of ENUMERATION opened at %s",
                             parser_place(p, open_offset, place));
        return NULL;
    }
    return parser_finish_node(p, node);
}

static struct syntax_node *parse_operator(struct parser *p, struct syntax_node *left,
                                          const struct comparison *comparison, bool is_negated)
{
    size_t offset = p->token.offset;
    parser_advance(p);
    bool is_like = comparison->operator == OPERATOR_LIKE || comparison->operator == OPERATOR_ILIKE;
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
    struct syntax_node *node = parser_node(p, SYNTAX_IN, p->token.offset);
    if (!node || !parser_add_operand(p, node, left)) {
        return NULL;
    }
    node->offset_start = left->offset_start;
    node->is_negated = is_negated;
    parser_advance(p);
    size_t open_offset = p->token.offset;
    if (!parser_accept(p, TOKEN_LEFT_PARENTHESIS)) {
        parser_fail_expected(p, "write the values in parentheses: IN ('a', 'b')", "'(' after IN");
        return NULL;
    }
    if (p->token.kind == TOKEN_RIGHT_PARENTHESIS) {
        parser_fail_expected(p, "an empty IN list matches nothing; leave the condition away", "a value of the IN list");
        return NULL;
    }
    if (p->token.kind != TOKEN_SELECT) {
        return parser_operands(p, node, LIMIT_IN_LIST, "the IN list", open_offset) ? parser_finish_node(p, node) : NULL;
    }
    node->select = parser_sub_select(p, open_offset);
    return node->select ? parser_finish_node(p, node) : NULL;
}

static struct syntax_node *parse_between(struct parser *p, struct syntax_node *left, bool is_negated)
{
    struct syntax_node *node = parser_node(p, SYNTAX_BETWEEN, p->token.offset);
    if (!node || !parser_add_operand(p, node, left)) {
        return NULL;
    }
    node->offset_start = left->offset_start;
    node->is_negated = is_negated;
    parser_advance(p);
    if (!parser_add_operand(p, node, parser_sum(p))) {
        return NULL;
    }
    if (!parser_accept(p, TOKEN_AND)) {
        parser_fail_expected(p, "BETWEEN takes two bounds: x BETWEEN 1 AND 5", "AND and the upper bound of BETWEEN");
        return NULL;
    }
    return parser_add_operand(p, node, parser_sum(p)) ? parser_finish_node(p, node) : NULL;
}

static struct syntax_node *parse_is(struct parser *p, struct syntax_node *left)
{
    struct syntax_node *node = parser_node(p, SYNTAX_IS_NULL, p->token.offset);
    if (!node || !parser_add_operand(p, node, left)) {
        return NULL;
    }
    node->offset_start = left->offset_start;
    parser_advance(p);
    node->is_negated = parser_accept(p, TOKEN_NOT);
    if (!parser_accept(p, TOKEN_NULL)) {
        parser_fail_expected(p, "IS takes NULL or NOT NULL only; compare other values with = or !=", "%s",
                             node->is_negated ? "NULL after IS NOT" : "NULL or NOT NULL after IS");
        return NULL;
    }
    return parser_finish_node(p, node);
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
                             "LIKE, ILIKE, MATCHES, IMATCHES, IN or BETWEEN after NOT");
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

/* OPERATOR_COUNT if the token is none. */
static enum syntax_operator unary_operator(enum token_kind kind)
{
    switch (kind) {
    case TOKEN_MINUS:
        return OPERATOR_NEGATE;
    case TOKEN_PLUS:
        return OPERATOR_PLUS;
    case TOKEN_TILDE:
        return OPERATOR_COMPLEMENT;
    default:
        return OPERATOR_COUNT;
    }
}

static struct syntax_node *parse_unary(struct parser *p)
{
    enum token_kind kind = p->token.kind;
    if (unary_operator(kind) == OPERATOR_COUNT) {
        return parser_primary(p);
    }
    size_t offset = p->token.offset;
    parser_advance(p);
    if (!parser_enter(p)) {
        return NULL;
    }
    struct syntax_node *operand =
        kind == TOKEN_MINUS && p->token.kind == TOKEN_INTEGER ? parser_integer(p, true) : parse_unary(p);
    parser_leave(p);
    return make_unary(p, unary_operator(kind), offset, operand);
}

bool parser_is_operator(enum token_kind kind)
{
    return find_comparison(kind) || find_arithmetic(kind);
}
