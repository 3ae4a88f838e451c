/* base/diagnostic.h
 * Remarks about a query: what a reader of it should know, each at its place. Collected while a query is parsed, bound
 * and checked; an error that ends the work is a struct error, not one of these.
 * Memory: texts and the list itself live in the arena the list was given. Threads: one.
 * Limit: LIMIT_DIAGNOSTICS; more are counted, not kept.
 */
#ifndef BASE_DIAGNOSTIC_H
#define BASE_DIAGNOSTIC_H

#include "base/arena.h"
#include "base/error.h"

enum diagnostic_severity { DIAGNOSTIC_NOTE, DIAGNOSTIC_WARNING, DIAGNOSTIC_ERROR };

/* "note", "warning", "error". */
const char *diagnostic_severity_name(enum diagnostic_severity severity);
/* What a remark about an error of the query is called, where the error itself does not say. NULL: not the query. */
const char *diagnostic_code_of_error(tocsin_status status);

struct diagnostic {
    const char *code; /* stable, for filters and documents: "unknown-field"; static storage */
    enum diagnostic_severity severity;
    size_t offset; /* [offset, offset_end) of the query text; both 0: the query as a whole */
    size_t offset_end;
    str message; /* printable, as error messages are */
    str hint;    /* the way out, or empty */
    bool has_fix; /* replacing [fix_offset, fix_end) by fix_text is safe and mends it */
    size_t fix_offset;
    size_t fix_end;
    str fix_text;
};

struct diagnostic_list {
    struct arena *arena;
    struct diagnostic *items;
    size_t count;
    size_t capacity;
    size_t more; /* not kept */
    const char *error_code; /* of the error that ended the work, where its status does not say enough; else NULL */
};

void diagnostic_list_init(struct diagnostic_list *list, struct arena *arena);

/* Adds one and gives it back for hint and fix; NULL when it is not kept (list full, or out of memory, or list NULL).
 * Arguments of the format are escaped as error_set does. The same code at the same place is added once. */
struct diagnostic *diagnostic_add(struct diagnostic_list *list, const char *code, enum diagnostic_severity severity,
                                  size_t offset, size_t offset_end, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* `diagnostic` may be NULL. */
void diagnostic_hint(const struct diagnostic_list *list, struct diagnostic *diagnostic, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diagnostic_fix(const struct diagnostic_list *list, struct diagnostic *diagnostic, size_t offset, size_t offset_end,
                    str text);
/* By place, then severity (worst first), then order of arrival. */
void diagnostic_list_sort(struct diagnostic_list *list);

#endif
