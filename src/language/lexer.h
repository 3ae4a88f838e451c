/* language/lexer.h
 * AQL text -> tokens, one at a time. A lexer is a few words and is copied freely: looking ahead is reading from a copy.
 * Not an error reporter: text that is no token becomes a TOKEN_INVALID with the problem's kind and place, so that a
 * look-ahead never fails; syntax_error.h words it once the parser arrives there.
 * Memory: none; tokens are views of the text, which must outlive them.
 * Limits: those of the text; LIMIT_IDENTIFIER_BYTES for names.
 */
#ifndef LANGUAGE_LEXER_H
#define LANGUAGE_LEXER_H

#include "base/str.h"

enum token_kind {
    TOKEN_NONE, /* before the first token */
    TOKEN_END_OF_TEXT,
    TOKEN_INVALID,
    TOKEN_NAME,
    TOKEN_QUOTED_NAME, /* "..." */
    TOKEN_STRING,      /* '...' */
    TOKEN_INTEGER,     /* decimal or 0x */
    TOKEN_DECIMAL,     /* with a fraction or an exponent */
#define TOKEN(text, symbol, reservation) symbol,
#define SYMBOL(text, symbol)             symbol,
#include "language/token_list.h"
    TOKEN_KIND_COUNT
};

enum lexical_problem {
    PROBLEM_NONE,
    PROBLEM_STRING_OPEN,      /* ' without its partner */
    PROBLEM_QUOTED_NAME_OPEN, /* " without its partner */
    PROBLEM_COMMENT_OPEN,     /* slash star without its partner */
    PROBLEM_NAME_EMPTY,       /* "" */
    PROBLEM_NAME_BYTE,        /* control or invalid byte inside "..." */
    PROBLEM_NAME_LONG,
    PROBLEM_NUMBER, /* digits that run into letters or points: 5m, 10.0.0.1, 0x */
    PROBLEM_TYPOGRAPHIC_QUOTE,
    PROBLEM_LOOK_ALIKE, /* a dash for a minus, and other symbols that word processors put in */
    PROBLEM_BLANK,      /* no-break space and its kin */
    PROBLEM_INVISIBLE,  /* zero-width and direction marks */
    PROBLEM_LETTER,     /* not ASCII, outside quotes */
    PROBLEM_CHARACTER,  /* ASCII that AQL has no use for */
    PROBLEM_CONTROL,    /* NUL and other control bytes */
    PROBLEM_UTF8
};

struct token {
    enum token_kind kind;
    enum lexical_problem problem;
    size_t offset;         /* of the first byte, quotes included */
    size_t offset_end;     /* one behind the last */
    size_t problem_offset; /* of the offending byte; equals offset for most problems */
};

struct lexer {
    str text;
    size_t at;
    size_t start; /* behind a byte order mark */
};

void lexer_init(struct lexer *lexer, str text);
/* At the end of the text it gives TOKEN_END_OF_TEXT for ever. Behind a TOKEN_INVALID it goes on as well as it can. */
struct token lexer_next(struct lexer *lexer);

/* True for names as written bare and for contextual keywords. Not for "quoted" names. */
bool token_is_bare_name(enum token_kind kind);
bool token_is_keyword(enum token_kind kind);
/* "SELECT", ">>>": the spelling of a keyword or symbol; empty for the other kinds. */
str token_spelling(enum token_kind kind);

/* The keyword a word is, or TOKEN_NAME. */
enum token_kind token_from_word(str word);
/* True if the text can be written without quotes where a name is expected. */
bool name_is_bare(str name);

/* Index of the first control byte or invalid UTF-8 in a name, or SIZE_MAX. */
size_t name_find_unprintable(str name);

/* The AQL symbol that a character stands for in print: "-" for a dash, "!=" for U+2260. Empty if it is none. */
str character_look_alike(uint32_t code_point);

/* U+2018 and all others that word processors make of ' and ". */
bool character_is_typographic_quote(uint32_t code_point);

#endif
