/* cli/finding_print.h
 * Findings about a query as compilers print them: file:line:column: severity: message [code], the line of the query
 * with the place underlined, and the way out. Nothing of the query reaches the terminal unescaped.
 */
#ifndef CLI_FINDING_PRINT_H
#define CLI_FINDING_PRINT_H

#include <stdio.h>

#include "cli/terminal.h"
#include "tocsin/tocsin.h"

/* `text` is the query; `name` what it is called: a file, "query". */
void finding_print(FILE *file, const struct terminal *terminal, const char *name,
                   const struct tocsin_diagnostic *finding, const char *text, size_t text_bytes);

#endif
