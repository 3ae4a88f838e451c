/* execute/late_lines.h
 * Lines of groups, read when it is known which groups are in the answer: until then a group's rows are their numbers
 * (see group_lines.h), which go through HAVING and ORDER BY as stand-ins for lines.
 *
 *     add (rows of the answer, in order) ... -> finish -> next (the same rows, with their lines) ... next
 *
 * Rows of the source are read in its order, each once or as often as groups show it.
 * Memory: bytes_max; more goes to temporary files. Threads: one.
 */
#ifndef EXECUTE_LATE_LINES_H
#define EXECUTE_LATE_LINES_H

#include "execute/late_rows.h"

/* A row that has this number, instead of its lines; all lines of its group are `more` then. */
static inline struct evidence late_lines_stand_in(uint64_t number)
{
    return (struct evidence){.line = number, .raw = STR_EMPTY};
}

struct late_lines;

/* The plan outlives it. */
tocsin_status late_lines_create(const struct plan *plan, struct late_source source, size_t bytes_max,
                                struct late_lines **ret_lines, struct error *err);
void late_lines_free(struct late_lines *lines);

/* Values and evidence of an encoded row (see row_codec.h), whose entries are stand-ins. */
tocsin_status late_lines_add(struct late_lines *lines, str values, str evidence, struct error *err);
/* TOCSIN_END: a row cannot be read, and nothing will come. */
tocsin_status late_lines_finish(struct late_lines *lines, struct error *err);
/* An encoded row, valid until the next call; TOCSIN_END behind the last. */
tocsin_status late_lines_next(struct late_lines *lines, str *ret_row, struct error *err);

#endif
