/* language/formatter_internal.h
 * What the files of the formatter share. For files of this folder only.
 * formatter.c cuts the text into tokens and comments and parses it; formatter_walk.c goes over tree and tokens side by
 * side and writes down a list of layout items; formatter_comments.c gives each comment its place; formatter_layout.c
 * decides which breaks become line feeds and writes the text.
 */
#ifndef LANGUAGE_FORMATTER_INTERNAL_H
#define LANGUAGE_FORMATTER_INTERNAL_H

#include "base/strbuf.h"
#include "language/formatter.h"
#include "language/lexer.h"
#include "language/syntax.h"

struct format_token {
    uint32_t offset;
    uint32_t offset_end;
    uint8_t kind;     /* enum token_kind */
    bool is_link;     /* AND or OR of a chain: comments behind it move in front of it */
    bool starts_line; /* a comment before it has to be followed by a line feed, or stands on lines of its own */
};

struct format_comment {
    uint32_t offset;
    uint32_t offset_end;
    uint32_t gap;       /* index of the token behind it; token_count at the end of the text */
    uint32_t owner;     /* token that it is printed with */
    bool is_leading;    /* on lines of its own in front of the owner; else behind it on the owner's line */
    bool is_line;       /* -- */
    bool has_line_feed; /* a block of several lines */
    uint8_t line_feeds; /* in the blanks before it: 0, 1, or 2 for more */
};

enum item_kind {
    ITEM_TEXT,  /* a token */
    ITEM_BREAK, /* a place for a line feed */
    ITEM_BEGIN, /* of a group: its breaks stay in line if all of it fits */
    ITEM_END
};

enum item_flag {
    ITEM_BLANK = 1,    /* TEXT: a blank before it; BREAK: a blank unless it is broken */
    ITEM_CAPITALS = 2, /* TEXT: a keyword */
    ITEM_MADE = 4,     /* TEXT: the AS that the author left out; no token */
    ITEM_LINE = 8,     /* TEXT: starts a line, because of a comment */
    ITEM_INDENT = 16,  /* BEGIN: its broken lines are indented */
    ITEM_OPEN = 32,    /* BEGIN: always broken */
    ITEM_OUTER = 64,   /* BREAK: back to the column of what is around the group */
    ITEM_FILL = 128,   /* BREAK: broken only if what follows, up to the next break, does not fit in the line */
    ITEM_USEFUL = 256, /* BREAK: as FILL, and only if it fits in a line of its own */
    ITEM_DEEP = 512    /* BREAK: the new line is indented against the group's */
};

struct format_item {
    uint16_t kind;
    uint16_t flags;
    uint32_t token;    /* TEXT: its index; BEGIN and BREAK: index of the next TEXT item */
    uint32_t position; /* columns in front of it if all stood in one line */
    uint32_t lines;    /* TEXT items with ITEM_LINE up to and with this one */
    uint32_t link;     /* BEGIN: its END; BREAK: where its part ends; END: the next BREAK behind it */
};

struct formatter {
    str text;
    tocsin_status status; /* the first failure; all functions do nothing behind it */
    struct error *err;
    struct format_token *tokens;
    uint32_t token_count;
    uint32_t token_capacity;
    struct format_comment *comments;
    uint32_t comment_count;
    uint32_t comment_capacity;
    struct format_item *items;
    uint32_t item_count;
    uint32_t item_capacity;
    uint32_t at;    /* walk: the token to be put next */
    uint32_t depth; /* walk: groups open */
    uint32_t depth_max;
    bool has_blank_line; /* between the comments at the top and the statement */
};

/* The array with room for one more; NULL and a status if memory is out. */
void *formatter_grow(struct formatter *f, void *array, uint32_t count, uint32_t *capacity, size_t element_bytes);
bool formatter_fail_internal(struct formatter *f);

/* formatter_walk.c: fills items. One of the two is NULL. */
void formatter_walk(struct formatter *f, const struct syntax_select *select, const struct syntax_node *expression);
/* formatter_comments.c: sets owner and is_leading of comments, starts_line of tokens. */
void formatter_place_comments(struct formatter *f);
/* formatter_layout.c: the text. */
void formatter_lay_out(struct formatter *f, struct strbuf *target);

static inline str format_token_text(const struct formatter *f, uint32_t token)
{
    return str_slice(f->text, f->tokens[token].offset, f->tokens[token].offset_end);
}

static inline str format_comment_text(const struct formatter *f, const struct format_comment *comment)
{
    return str_slice(f->text, comment->offset, comment->offset_end);
}

#endif
