/* language/parser_internal.h
 * What the files of the parser share: parser.c (the select), clause_parser.c, expression_parser.c, primary_parser.c and
 * syntax_error.c. For files of this folder only.
 * A parser function gives NULL or false after the first failure; the failure itself is in parser->status and ->err,
 * where the first one wins. So no function has to pass errors up twice.
 */
#ifndef LANGUAGE_PARSER_INTERNAL_H
#define LANGUAGE_PARSER_INTERNAL_H

#include "language/lexer.h"
#include "language/syntax.h"

struct parser {
    struct arena *arena;
    str text;
    const char *source_name;
    struct error *err;
    tocsin_status status;
    struct lexer lexer;
    struct token token;    /* the one to be looked at */
    struct token previous; /* the one before it */
    uint32_t depth;        /* open recursions; bounded like the height of the tree */
    uint32_t node_count;
    int last_clause; /* index of the last clause read, for the "expected" text behind a select */
};

/* ---- syntax_error.c: wording ---- */

/* The way out that is shown unless the mistake is recognised as a better known one; may be NULL. */
typedef const char *hint;

/* Position `offset`. Both return false, so that they can stand behind `return`. */
bool parser_fail(struct parser *p, size_t offset, hint way_out, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* "expected FORMAT, found ..." at the current token; a token that is none is reported as such instead. */
bool parser_fail_expected(struct parser *p, hint way_out, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool parser_fail_memory(struct parser *p);

enum { PLACE_TEXT_BYTES = 64 };
/* "line 3, column 7" of an offset. */
const char *parser_place(const struct parser *p, size_t offset, char target[PLACE_TEXT_BYTES]);

enum { QUOTED_TEXT_BYTES = 64 };
/* Text of the query, cut to a length that fits a message. */
const char *parser_quote(const struct parser *p, size_t offset, size_t offset_end, char target[QUOTED_TEXT_BYTES]);

/* ---- parser.c ---- */

void parser_advance(struct parser *p);
bool parser_accept(struct parser *p, enum token_kind kind);
/* The n-th token behind the current one (1 = the next). */
struct token parser_peek(const struct parser *p, unsigned n);
str parser_token_text(const struct parser *p, struct token token);
/* Text of a string or name: quotes off, doubled quotes single. data is NULL when out of memory. */
str parser_unquote(struct parser *p, struct token token);
/* The array with room for one more element behind `count`; NULL when out of memory. Arrays live in the arena. */
void *parser_grow(struct parser *p, void *array, uint32_t count, size_t element_bytes);
bool parser_enter(struct parser *p); /* and parser_leave: around every recursion */
void parser_leave(struct parser *p);
struct syntax_select *parser_select(struct parser *p);
/* From SELECT up to and with the ")" that closes the "(" at open_offset. */
struct syntax_select *parser_sub_select(struct parser *p, size_t open_offset);
/* At a name, a number, a string or "(", which behind an expression means that something was left out before it. */
bool parser_at_value(const struct parser *p);

/* The name of a cursor or an alias: bare, "quoted" or 'quoted'. `what` says in an error what was expected. */
bool parser_take_loose_name(struct parser *p, const char *what, hint way_out, str *ret_name);
/* Stores an expression of the select, unless it is NULL or makes the select too high. */
bool parser_take_expression(struct parser *p, struct syntax_select *select, struct syntax_node *node,
                            struct syntax_node **ret_node);

/* ---- clause_parser.c: each is called with its first keyword as the current token ---- */

/* At SECONDS, HOURS and so on. */
bool parser_at_unit(const struct parser *p);

bool clause_into(struct parser *p, struct syntax_select *select);
bool clause_where(struct parser *p, struct syntax_select *select);
bool clause_group(struct parser *p, struct syntax_select *select);
bool clause_having(struct parser *p, struct syntax_select *select);
bool clause_session(struct parser *p, struct syntax_select *select);
bool clause_order(struct parser *p, struct syntax_select *select);
bool clause_limit(struct parser *p, struct syntax_select *select);
bool clause_time(struct parser *p, struct syntax_select *select);
bool clause_parameters(struct parser *p, struct syntax_select *select);

/* ---- expression_parser.c ---- */

struct syntax_node *parser_expression(struct parser *p);
/* The body of WHERE: an expression, or TEXT SEARCH and conditions joined by AND. */
struct syntax_node *parser_condition(struct parser *p);
/* An expression without comparisons and AND, OR, NOT, as START takes it. */
struct syntax_node *parser_sum(struct parser *p);
bool parser_at_text_search(const struct parser *p);
bool parser_is_operator(enum token_kind kind);

/* A new node that starts at `offset`; parser_finish_node ends it with the last token read and measures its height. All
 * give NULL or false after a failure, and where they are handed NULL. */
struct syntax_node *parser_node(struct parser *p, enum syntax_kind kind, size_t offset);
struct syntax_node *parser_finish_node(struct parser *p, struct syntax_node *node);
bool parser_add_operand(struct parser *p, struct syntax_node *node, struct syntax_node *operand);
/* Expressions separated by commas, up to and with the ")". */
bool parser_operands(struct parser *p, struct syntax_node *node, uint32_t count_max, const char *what,
                     size_t open_offset);

/* ---- primary_parser.c ---- */

struct syntax_node *parser_primary(struct parser *p);
/* After a unary minus the magnitude may be one larger: -9223372036854775808 is a number. */
struct syntax_node *parser_integer(struct parser *p, bool is_negated);

#endif
