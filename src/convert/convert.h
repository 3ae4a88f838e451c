/* convert/convert.h
 * A bound query as a query or rule of another system. Each construct is translated exactly or refused by name, with its
 * place; what the other system can't be told is listed, and the result is graded by it: exact, broader (it may find
 * more rows) or narrower (fewer).
 * What exact means: of the rows that both systems have, with the fields as mapped, the same are found. Letters beyond
 * ASCII may be compared otherwise where case is ignored.
 * Memory: results live in the arena given. Threads: one for each conversion. Limit: LIMIT_CONVERSION_BYTES.
 */
#ifndef CONVERT_CONVERT_H
#define CONVERT_CONVERT_H

#include "convert/field_map.h"
#include "plan/plan.h"

/* What the reader of a rule should know of it; empty where nothing is known. */
struct convert_rule {
    str id;
    str title;
    str description;
    str status;
    str level;             /* informational to critical */
    const str *techniques; /* of ATT&CK: T1552.007 */
    size_t technique_count;
    const str *references;
    size_t reference_count;
    const str *false_positives;
    size_t false_positive_count;
};

struct convert_options {
    const char *target;
    const struct field_map *fields; /* the user's, asked before the built-in one; NULL */
    const struct log_source_table *log_sources;
    /* Does the log source type ever fill the field? -1: nobody knows. May be NULL: as if all did. */
    int (*fills)(const void *context, int64_t type_id, field_id field);
    const void *fills_context;
    bool matches_full;
    bool is_plain_form; /* the query is the plain-AQL form of a rule that uses Tocsin's own functions */
};

enum { CONVERT_EXACT = 0, CONVERT_BROADER = 1, CONVERT_NARROWER = 2 };
/* "exact", "broader", "narrower", "broader and narrower" */
const char *convert_grade_name(unsigned grade);

struct convert_note {
    unsigned effect; /* CONVERT_EXACT: the same rows, shown otherwise */
    str text;
};

struct convert_field {
    str field;
    str type; /* log source type; empty: of all */
    str name;
};

struct convert_result {
    unsigned grade;
    const struct convert_note *notes;
    size_t note_count;
    const struct convert_field *fields;
    size_t field_count;
    str text; /* ends in a line feed */
};

struct convert_target {
    const char *name;      /* "splunk" */
    const char *title;     /* "Splunk SPL" */
    const char *extension; /* "spl" */
};
const struct convert_target *convert_target_get(size_t index); /* NULL behind the last one */
const struct convert_target *convert_target_find(str name);

/* `query_text` is what the plan was bound from, for the places of errors. */
tocsin_status convert_plan(struct arena *arena, const struct plan *plan, str query_text, const char *source_name,
                           const struct convert_rule *rule, const struct convert_options *options,
                           struct convert_result *ret_result, struct error *err);

#endif
