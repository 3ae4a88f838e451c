/* language/syntax_printer.h
 * Syntax tree -> AQL text on one line. Parsing that text gives the same tree again (syntax_equal).
 * Not a formatter of the author's layout: comments, line breaks and number formats are gone with the parsing.
 * Memory: the caller's strbuf, whose maximum bounds the text; check its is_failed afterwards.
 * Limits: trees as parsed, at most LIMIT_EXPRESSION_DEPTH high.
 */
#ifndef LANGUAGE_SYNTAX_PRINTER_H
#define LANGUAGE_SYNTAX_PRINTER_H

#include "base/strbuf.h"
#include "language/syntax.h"

void aql_print(const struct syntax_select *select, struct strbuf *target);
/* Keeps the author's parentheses, and sets those that a tree made or rearranged by a program needs. */
void aql_print_expression(const struct syntax_node *node, struct strbuf *target);
/* 'text' with its quotes doubled. */
void aql_print_string(str text, struct strbuf *target);
/* The name bare if that reads back as a name, else "name". */
void aql_print_name(str name, struct strbuf *target);

#endif
