/* language/formatter.h
 * AQL text -> the same AQL in the one canonical layout: each clause starts a line, what does not fit into
 * FORMAT_WIDTH columns is broken (select items, the terms of AND and OR, arguments, WHEN and ELSE), keywords are in
 * capitals, an alias is introduced by AS, a trailing ';' goes. Names, values, operators and parentheses stay as they
 * were typed, and so does every comment.
 * Not a printer of trees (syntax_printer.h): it moves the author's own tokens, so the result reads as the same tree.
 * For all texts that parse: the result parses to an equal tree, and its own layout is itself, byte for byte.
 * Memory: scratch of its own while it runs; the text goes to the caller's strbuf. Threads: any number at once.
 * Limits: those of the parser, for the result as well: text that would be longer than LIMIT_QUERY_BYTES is refused.
 * Time is linear in the text; the recursion is bounded by LIMIT_EXPRESSION_DEPTH.
 */
#ifndef LANGUAGE_FORMATTER_H
#define LANGUAGE_FORMATTER_H

#include "base/error.h"
#include "base/strbuf.h"

enum { FORMAT_WIDTH = 100, FORMAT_INDENT = 4 };

/* A statement. Appends to `target`, whose maximum should be LIMIT_QUERY_BYTES or more; ends with a line feed. Errors of
 * the text are aql_parse's. */
tocsin_status aql_format(str text, const char *source_name, struct strbuf *target, struct error *err)
    __attribute__((warn_unused_result));

/* An expression alone: the body of WHERE in a filter, or the definition of a property. */
tocsin_status aql_format_expression(str text, const char *source_name, struct strbuf *target, struct error *err)
    __attribute__((warn_unused_result));

#endif
