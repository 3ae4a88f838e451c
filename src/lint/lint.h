/* lint/lint.h
 * Remarks about a query that runs, or would run but for its names: mistakes that people make in AQL, each at its place
 * (lint_list.h lists them). Not the errors of parsing and binding: those come from language/ and plan/.
 * Memory: remarks live in the list's arena, which also serves as scratch. Threads: one.
 * Time: linear in the query's length, with a budget for what is not (LIMIT_LINT_WORK); over it less is found, and
 * nothing that is wrong.
 */
#ifndef LINT_LINT_H
#define LINT_LINT_H

#include "base/diagnostic.h"
#include "base/strbuf.h"
#include "column/log_source.h"
#include "plan/plan.h"

/* One code that a remark may have, of a lint or of the binder. */
struct lint_def {
    const char *code;
    enum diagnostic_severity severity;
    bool has_fix;        /* mends what is plain */
    const char *summary; /* one line */
    const char *detail;  /* why, and what to write */
    const char *example; /* a query that gets the remark */
};

/* In the order of the documentation: by family. */
const struct lint_def *lint_list(size_t *ret_count);
const struct lint_def *lint_find(str code); /* NULL if there is none */
str lint_suggest(str code);                 /* nearest code, or empty */

struct lint_options {
    const struct schema *schema;
    const struct log_source_table *log_sources; /* may be NULL */
    /* Does the log source type `type_id` ever fill `field`? -1: nobody knows, no format reads that type. May be NULL.
     */
    int (*fills)(const void *context, int64_t type_id, field_id field);
    const void *fills_context;
    bool is_null_sql;
    bool is_part; /* a filter or a property: there is no time clause to miss */
};

/* Adds what is found to `found`. `text` is what `select` was parsed from. The only error is TOCSIN_ERROR_MEMORY. */
tocsin_status lint_query(const struct syntax_select *select, str text, const struct lint_options *options,
                         struct diagnostic_list *found, struct error *err) __attribute__((warn_unused_result));

/* Takes out of the list what comments in `text` silence: slash-star tocsin:ignore CODE, CODE star-slash. A comment
 * speaks for the line it is on, or, if nothing else is on it, for the next line with something on it; in front of the
 * query it speaks for all of it. Gives the number taken out; what a comment names and no lint is called is remarked. */
size_t lint_silence(str text, struct diagnostic_list *found);

/* What is one mistake must not be said twice: a remark of a lint that explains an error of the binder replaces it. */
void lint_merge(struct diagnostic_list *found);

/* Writes `text` with the fixes of the list applied, leaving out those that overlap one before. `wanted` (may be NULL)
 * says which. Gives the number applied. */
size_t lint_apply_fixes(str text, const struct diagnostic_list *found,
                        bool (*wanted)(const void *context, const struct diagnostic *diagnostic), const void *context,
                        struct strbuf *ret_text);

#endif
