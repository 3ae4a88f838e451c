/* language/typing_place.h
 * What may be typed at a place of a query that is not finished: for completion and help in editors. Works on tokens, so
 * that text which does not parse (it is being typed) still has places.
 * Memory: none; texts are views of the query. Threads: any.
 */
#ifndef LANGUAGE_TYPING_PLACE_H
#define LANGUAGE_TYPING_PLACE_H

#include "language/lexer.h"

enum typing_expectation {
    EXPECT_QUERY = 1 << 0,      /* SELECT */
    EXPECT_EXPRESSION = 1 << 1, /* a field, a function, CASE, NOT ... */
    EXPECT_OPERATOR = 1 << 2,   /* an operand is complete: =, LIKE, AND ... */
    EXPECT_CLAUSE = 1 << 3,     /* a later clause may begin */
    EXPECT_SOURCE = 1 << 4,     /* behind FROM */
    EXPECT_UNIT = 1 << 5,       /* MINUTES, HOURS, DAYS */
    EXPECT_TIME = 1 << 6,       /* behind START and STOP */
    EXPECT_WORDS = 1 << 7,      /* one of .words */
    EXPECT_VALUE = 1 << 8       /* inside a string */
};

struct typing_place {
    unsigned expects;   /* bits; 0: something only the author knows (a number, a new name) */
    size_t word_start;  /* [word_start, word_end) is what a completion replaces, quotes included */
    size_t word_end;
    str word;           /* of it what stands in front of the place, without quote */
    bool is_quoted;     /* inside "..." */
    enum token_kind clause; /* keyword of the clause; TOKEN_NONE in front of SELECT */
    const enum token_kind *words; /* EXPECT_WORDS: ended by TOKEN_NONE */
    str compared_function; /* EXPECT_VALUE: the string is compared with a call of this function, or empty */
    str called_function;   /* innermost call that is open here, or empty */
    unsigned argument;     /* number of the argument in it, from 0 */
};

void typing_place_find(str text, size_t offset, struct typing_place *ret_place);

/* The database or cursor behind the FROM that the place belongs to; empty if there is none yet. */
str typing_source(str text, size_t offset);

/* Aliases of the select list the place belongs to: calls `see` for each, with its name and the item's text. */
void typing_aliases(str text, size_t offset, void (*see)(void *context, str alias, str expression), void *context);

/* The token at the place (the one it lies in or directly behind), TOKEN_NONE if there is none; *ret_is_call: a
 * parenthesis follows. */
struct token typing_token_at(str text, size_t offset, bool *ret_is_call);

/* A name's text without quotes; "" inside quotes stays doubled. */
str typing_token_name(str text, const struct token *token);

#endif
