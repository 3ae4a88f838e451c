/* cli/problem_report.h
 * Errors and warnings on standard error: `tocsin: query:3:14: message`, the line with a caret under the place, and a
 * hint. Nothing of it is passed on unescaped.
 */
#ifndef CLI_PROBLEM_REPORT_H
#define CLI_PROBLEM_REPORT_H

#include "cli/terminal.h"
#include "tocsin/tocsin.h"

/* `text` is what the error's position refers to; NULL: if the source is a file, its line is shown from there. */
void report_error(const struct terminal *terminal, const struct tocsin_error *err, const char *text, size_t text_bytes);
/* "warning: source:line:column: message" and its hint. */
void report_diagnostic(const struct terminal *terminal, const char *source,
                       const struct tocsin_diagnostic *diagnostic);
void report_warning(const struct terminal *terminal, const struct tocsin_error *err);

#endif
