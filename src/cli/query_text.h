/* cli/query_text.h
 * The text of a query: of a file, of standard input, or an argument.
 */
#ifndef CLI_QUERY_TEXT_H
#define CLI_QUERY_TEXT_H

#include "cli/command_line.h"

struct query_text {
    char *bytes; /* owned; see query_text_release */
    size_t byte_count;
    const char *source; /* for errors: "query", "standard input" or the file */
};

/* --query FILE, else the first operand, which is then taken off the list. */
tocsin_status query_text_take(struct query_text *text, const struct command_line *line, const char *const **operands,
                              size_t *operand_count, struct tocsin_error *err);
/* A file, or "-". */
tocsin_status query_text_read(struct query_text *text, const char *path, struct tocsin_error *err);
/* Files are named without blanks and signs, queries have some; a file of that very name wins. */
bool query_text_is_query(const char *operand);
void query_text_release(struct query_text *text);

#endif
