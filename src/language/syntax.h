/* language/syntax.h
 * The syntax tree of one AQL statement, as written: names are not resolved and nothing is typed.
 * Not the plan (plan/plan.h), which knows fields and types.
 * Memory: everything lives in the arena given to aql_parse; text views point into the query text or that arena.
 * Threads: a finished tree is never changed and may be read by any number.
 * Limits: LIMIT_QUERY_BYTES, LIMIT_EXPRESSION_DEPTH, LIMIT_EXPRESSION_NODES, LIMIT_SELECT_ITEMS (also of GROUP BY,
 * ORDER BY, SESSION BY and PARAMETERS), LIMIT_IN_LIST, LIMIT_IDENTIFIER_BYTES. A tree is at most LIMIT_EXPRESSION_DEPTH
 * high, sub-selects included, so passes over it may recurse. To keep that true for generated queries of thousands of
 * terms, a chain of AND (or of OR) is built as a balanced tree: a AND b AND c AND d is (a AND b) AND (c AND d), in the
 * order written. All other operators lean to the left, ^ to the right.
 */
#ifndef LANGUAGE_SYNTAX_H
#define LANGUAGE_SYNTAX_H

#include "base/arena.h"
#include "base/error.h"

enum syntax_operator {
    /* binary, in the order of precedence levels (aql-reference 3.9) */
    OPERATOR_POWER, /* ^ */
    OPERATOR_MULTIPLY,
    OPERATOR_DIVIDE,
    OPERATOR_REMAINDER,
    OPERATOR_ADD,
    OPERATOR_SUBTRACT,
    OPERATOR_SHIFT_LEFT,
    OPERATOR_SHIFT_RIGHT,         /* >>  arithmetic */
    OPERATOR_SHIFT_RIGHT_LOGICAL, /* >>> */
    OPERATOR_BIT_AND,
    OPERATOR_BIT_XOR, /* # */
    OPERATOR_BIT_OR,
    OPERATOR_EQUAL,     /* = and == */
    OPERATOR_NOT_EQUAL, /* != and <> */
    OPERATOR_LESS,
    OPERATOR_LESS_EQUAL,
    OPERATOR_GREATER,
    OPERATOR_GREATER_EQUAL,
    OPERATOR_LIKE,
    OPERATOR_ILIKE,
    OPERATOR_MATCHES,
    OPERATOR_IMATCHES,
    OPERATOR_AND,
    OPERATOR_OR,
    /* unary */
    OPERATOR_NOT,
    OPERATOR_NEGATE,
    OPERATOR_PLUS,
    OPERATOR_COMPLEMENT, /* ~ */
    OPERATOR_COUNT
};

/* "=", "ILIKE", ... as printed. */
str syntax_operator_text(enum syntax_operator op);
/* a < b is b > a. Of other operators themselves. */
enum syntax_operator syntax_operator_mirrored(enum syntax_operator op);

enum syntax_kind {
    SYNTAX_NULL,
    SYNTAX_BOOLEAN,     /* .integer 0 or 1 */
    SYNTAX_INTEGER,     /* .integer; negative only if written so in hexadecimal, or as the operand of - in -2^63 */
    SYNTAX_DOUBLE,      /* .number */
    SYNTAX_STRING,      /* .text, quotes removed, '' undone */
    SYNTAX_NAME,        /* .text; is_quoted if written "so" */
    SYNTAX_STAR,        /* * as a select item or in COUNT(*) */
    SYNTAX_UNARY,       /* .operator, operands[0] */
    SYNTAX_BINARY,      /* .operator, operands[0..1]; is_negated for NOT LIKE and its kin */
    SYNTAX_IS_NULL,     /* operands[0]; is_negated for IS NOT NULL */
    SYNTAX_BETWEEN,     /* operands[0..2]; is_negated */
    SYNTAX_IN,          /* operands[0] the value, operands[1..] the list, or .select the sub-select; is_negated */
    SYNTAX_ENUMERATION, /* operands are the patterns; only right of LIKE and ILIKE */
    SYNTAX_CALL,        /* .name_space (may be empty), .text the name as typed, operands the arguments; is_quoted */
    SYNTAX_CASE,        /* has_operand: operands[0] is the CASE operand; then WHEN, THEN pairs; has_else: ELSE last */
    SYNTAX_IF,          /* operands[0] condition, [1] THEN, [2] ELSE */
    SYNTAX_TEXT_SEARCH  /* .text; only first in WHERE, joined by AND */
};

struct syntax_select;

struct syntax_node {
    enum syntax_kind kind;
    enum syntax_operator operator;
    bool is_quoted;
    bool is_negated;
    bool has_operand;
    bool has_else;
    bool is_parenthesized; /* written in ( ); the printer keeps the author's grouping */
    uint32_t operand_count;
    uint32_t height;     /* of the tree from here down, 1 for a leaf; at most LIMIT_EXPRESSION_DEPTH */
    size_t offset;       /* where an error about the node points: its operator if it is binary, else its first byte */
    size_t offset_start; /* [offset_start, offset_end) is its source text, with the parentheses around it */
    size_t offset_end;
    int64_t integer;
    double number;
    str text;
    str name_space;
    struct syntax_node **operands;
    struct syntax_select *select;
};

enum syntax_alias_quote { ALIAS_BARE, ALIAS_DOUBLE_QUOTED, ALIAS_SINGLE_QUOTED };

struct syntax_item {
    struct syntax_node *expression; /* SYNTAX_STAR for * */
    str alias;                      /* empty if none */
    enum syntax_alias_quote alias_quote;
    size_t alias_offset;
};

struct syntax_order {
    struct syntax_node *expression;
    bool is_descending;
    bool has_direction;
    str collation; /* BCP 47 tag of COLLATE, or empty */
};

enum syntax_source_kind {
    SOURCE_NAME,       /* events, flows, simarc or a cursor: .name */
    SOURCE_GLOBALVIEW, /* .name the saved search, .detail NORMAL, HOURLY or DAILY */
    SOURCE_SELECT      /* .select */
};

struct syntax_source {
    enum syntax_source_kind kind;
    str name;
    str detail;
    struct syntax_select *select;
    size_t offset;
};

enum syntax_unit { UNIT_NONE, UNIT_SECONDS, UNIT_MINUTES, UNIT_HOURS, UNIT_DAYS };

enum syntax_time_kind { TIME_NONE, TIME_LAST, TIME_START_STOP, TIME_OFFENSE };

struct syntax_time {
    enum syntax_time_kind kind;
    int64_t amount; /* LAST n; TIMES OFFENSE_TIME(n) */
    enum syntax_unit unit;
    struct syntax_node *start; /* any expression: string, number, PARSEDATETIME(..), NOW() - n */
    struct syntax_node *stop;  /* NULL if not written */
    size_t offset;
};

struct syntax_session {
    bool is_present;
    struct syntax_node *time;
    struct syntax_node **keys;
    uint32_t key_count;
    bool is_begin_explicit;
    struct syntax_node *begin;
    bool is_end_explicit;
    struct syntax_node *end; /* NULL if not written */
    bool has_timeout;
    int64_t timeout_ms;
    bool has_window;
    int64_t window_amount;
    enum syntax_unit window_unit; /* UNIT_NONE: milliseconds */
    size_t offset;
};

struct syntax_parameter {
    str name; /* upper case as in the reference, e.g. REMOTESERVERS; only known ones, each once */
    struct syntax_node *value; /* integer, string, or (for the server lists) a call */
    size_t offset;
};

struct syntax_select {
    struct syntax_item *items;
    uint32_t item_count;
    struct syntax_source source;
    str into; /* empty if not written */
    struct syntax_node *where;
    struct syntax_node **group;
    uint32_t group_count;
    struct syntax_node *having;
    struct syntax_session session;
    struct syntax_order *order;
    uint32_t order_count;
    bool has_limit;
    int64_t limit;
    struct syntax_time time;
    struct syntax_parameter *parameters;
    uint32_t parameter_count;
    uint32_t height; /* one more than the highest tree in it */
    size_t offset;
    size_t clause_offset_where; /* of the keyword; 0 if not written (a query never starts with it) */
    size_t clause_offset_group;
    size_t clause_offset_having;
    size_t clause_offset_into;
    size_t clause_offset_parameters;
};

/* What is written where `node` stands, parentheses included; for column headings and messages. */
str aql_expression_text(str query, const struct syntax_node *node);

/* The terms of a chain of AND or of OR in the order written: a AND (b AND c) has three. A node that is no such chain is
 * its own only term. syntax_chain_terms fills an array with room for syntax_chain_length of them. */
uint32_t syntax_chain_length(const struct syntax_node *node);
void syntax_chain_terms(const struct syntax_node *node, const struct syntax_node **ret_terms);

/* Same trees, whatever their layout, comments and way to write numbers. */
bool syntax_equal(const struct syntax_select *a, const struct syntax_select *b);
bool syntax_expression_equal(const struct syntax_node *a, const struct syntax_node *b);
/* Also blind to the case of names and to parentheses that change nothing: is GROUP BY lower(x) the item LOWER("X")? */
bool syntax_expression_same(const struct syntax_node *a, const struct syntax_node *b);

/* Parses one statement. `text` must outlive the tree. `err` holds source_name ("query" if NULL),
 * line, column, what was expected and found, and a hint where the mistake is a common one. Every fault of the text is
 * TOCSIN_ERROR_SYNTAX, limits included; the other failure is TOCSIN_ERROR_MEMORY. */
tocsin_status aql_parse(struct arena *arena, str text, const char *source_name, struct syntax_select **ret_select,
                        struct error *err) __attribute__((warn_unused_result));

/* Parses one expression alone: the body of WHERE in a filter, or the definition of a property. */
tocsin_status aql_parse_expression(struct arena *arena, str text, const char *source_name,
                                   struct syntax_node **ret_expression, struct error *err)
    __attribute__((warn_unused_result));

#endif
