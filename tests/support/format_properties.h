/* format_properties.h
 * What holds for the layout of every query that parses; for the fuzz target and the unit tests of the formatter.
 * Knows quotes and comments on its own, not through the lexer.
 */
#ifndef TESTS_SUPPORT_FORMAT_PROPERTIES_H
#define TESTS_SUPPORT_FORMAT_PROPERTIES_H

#include "base/limits.h"
#include "language/formatter.h"
#include "language/syntax.h"

/* Behind the quoted text or the comment that starts at `at`; quotes and comments without an end go to the end. */
static size_t properties_skip_piece(str text, size_t at)
{
    char c = text.data[at];
    size_t end = c == '-'   ? str_find_char(text, '\n', at)
                 : c == '/' ? str_find(text, STR("*/"), at + 2)
                            : str_find_char(text, c, at + 1);
    return end == SIZE_MAX ? text.len : c == '-' ? end : c == '/' ? end + 2 : end + 1;
}

static bool properties_at_comment(str text, size_t at)
{
    str rest = str_skip(text, at);
    if (!str_starts_with(rest, STR("--"))) {
        return str_starts_with(rest, STR("/*"));
    }
    size_t dashes = 2;
    while (dashes < rest.len && rest.data[dashes] == '-') {
        dashes++;
    }
    size_t start = str_starts_with(text, STR("\xEF\xBB\xBF")) ? 3 : 0;
    bool is_apart = at == start || ascii_is_blank(text.data[at - 1]);
    char next = dashes < rest.len ? rest.data[dashes] : ' ';
    bool is_text =
        ascii_is_alpha(next) || (unsigned char)next >= 0x80 || (next != '\0' && strchr("=*#/_[<>!|:;,@&", next));
    return ascii_is_blank(next) ? dashes == 2 || is_apart : is_apart && is_text;
}

static bool properties_at_piece(str text, size_t at)
{
    return text.data[at] == '\'' || text.data[at] == '"' || properties_at_comment(text, at);
}

/* The next comment outside of quotes, blanks around it taken off; empty if there is none. */
static size_t properties_next_comment(str text, size_t at, str *ret_comment)
{
    *ret_comment = STR_EMPTY;
    while (at < text.len) {
        if (!properties_at_piece(text, at)) {
            at++;
            continue;
        }
        size_t end = properties_skip_piece(text, at);
        if (properties_at_comment(text, at)) {
            *ret_comment = str_trim(str_slice(text, at, end));
            return end;
        }
        at = end;
    }
    return at;
}

static bool properties_same_comments(str text, str laid_out)
{
    size_t at = 0;
    size_t at_out = 0;
    for (;;) {
        str comment;
        str comment_out;
        at = properties_next_comment(text, at, &comment);
        at_out = properties_next_comment(laid_out, at_out, &comment_out);
        if (!str_eq(comment, comment_out) || comment.len == 0) {
            return str_eq(comment, comment_out);
        }
    }
}

/* Line feeds inside of strings and comments are the author's. */
static bool properties_has_long_pieces(str text)
{
    for (size_t at = 0; at < text.len;) {
        bool is_piece = properties_at_piece(text, at);
        size_t end = is_piece ? properties_skip_piece(text, at) : at + 1;
        if (is_piece && str_find_char(str_slice(text, at, end), '\n', 0) != SIZE_MAX) {
            return true;
        }
        at = end;
    }
    return false;
}

static bool properties_same_tree(struct arena *arena, str text, str laid_out, bool is_expression)
{
    struct error err = {0};
    struct syntax_select *selects[2] = {NULL, NULL};
    struct syntax_node *nodes[2] = {NULL, NULL};
    if (is_expression) {
        return aql_parse_expression(arena, text, NULL, &nodes[0], &err) == TOCSIN_OK &&
               aql_parse_expression(arena, laid_out, NULL, &nodes[1], &err) == TOCSIN_OK &&
               syntax_expression_equal(nodes[0], nodes[1]);
    }
    return aql_parse(arena, text, NULL, &selects[0], &err) == TOCSIN_OK &&
           aql_parse(arena, laid_out, NULL, &selects[1], &err) == TOCSIN_OK && syntax_equal(selects[0], selects[1]);
}

/* NULL if all hold, else which one does not. `text` has to parse. */
static const char *format_broken_property(str text, bool is_expression)
{
    struct strbuf buffers[2];
    struct arena arena;
    struct error err = {0};
    tocsin_status (*format)(str, const char *, struct strbuf *, struct error *) =
        is_expression ? aql_format_expression : aql_format;
    arena_init(&arena, ARENA_NO_LIMIT);
    strbuf_init(&buffers[0], 2 * MEBI);
    strbuf_init(&buffers[1], 2 * MEBI);
    const char *broken = NULL;
    tocsin_status status = format(text, NULL, &buffers[0], &err);
    str laid_out = strbuf_str(&buffers[0]);
    if (status == TOCSIN_ERROR_LIMIT) {
        broken = text.len > LIMIT_QUERY_BYTES / 64 ? NULL : "a short text becomes too long";
    } else if (status != TOCSIN_OK) {
        broken = "the text is not laid out";
    } else if (format(laid_out, NULL, &buffers[1], &err) != TOCSIN_OK) {
        broken = "the layout does not parse";
    } else if (!str_eq(laid_out, strbuf_str(&buffers[1]))) {
        broken = "the layout of the layout is another one";
    } else if (!properties_same_tree(&arena, text, laid_out, is_expression)) {
        broken = "the layout is another query";
    } else if (!properties_same_comments(text, laid_out)) {
        broken = "the comments are others";
    } else if (!str_ends_with(laid_out, STR("\n")) || str_starts_with(laid_out, STR("\n"))) {
        broken = "the layout does not start and end as it should";
    } else if (!properties_has_long_pieces(text) && str_contains(laid_out, STR(" \n"))) {
        broken = "a line ends in a blank";
    }
    strbuf_release(&buffers[0]);
    strbuf_release(&buffers[1]);
    arena_release(&arena);
    return broken;
}

#endif
