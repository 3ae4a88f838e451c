/* cli/problem_report.h
 * Errors and warnings on standard error: `tocsin: query:3:14: message`, the line with a caret under the place, and a
 * hint. Nothing of it is passed on unescaped.
 */
#ifndef CLI_PROBLEM_REPORT_H
#define CLI_PROBLEM_REPORT_H

#include "cli/query_text.h"
#include "cli/terminal.h"
#include "tocsin/tocsin.h"

/* With the line that the error's position refers to: of the query (NULL: none is at hand) if that is the error's
 * source, of a file if the source is one. */
void report_error(const struct terminal *terminal, const struct tocsin_error *err, const struct query_text *query);
/* "warning: source:line:column: message" and its hint. */
void report_diagnostic(const struct terminal *terminal, const char *source,
                       const struct tocsin_diagnostic *diagnostic);
void report_warning(const struct terminal *terminal, const struct tocsin_error *err);

#endif
