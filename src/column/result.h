/* column/result.h
 * Rows of an answer: named columns as the query says, and the input lines each row was made from.
 * What the execution hands to an output. Memory: valid only during the call that passes it.
 */
#ifndef COLUMN_RESULT_H
#define COLUMN_RESULT_H

#include "column/batch.h"

struct result_column {
    str name; /* from the query: text from outside */
    enum value_type type;
    enum value_domain domain;
};

struct result_evidence {
    const struct evidence *lines; /* one for each line, or for a record over several; raw: LIMIT_EVIDENCE_LINE_BYTES */
    uint32_t count;               /* at most LIMIT_EVIDENCE_LINES */
    uint64_t more;                /* lines that are not here */
};

/* A column of a row, as text. */
struct result_field {
    str name;
    str value;
};

/* What the rows belong to. rule_id is empty for a plain query. */
struct result_header {
    const struct result_column *columns;
    uint32_t column_count;
    str rule_id;
    str rule_title;
    const str *input_names; /* by evidence.input */
    size_t input_count;
};

static inline str result_input_name(const struct result_header *header, uint32_t input)
{
    return input < header->input_count ? header->input_names[input] : STR_EMPTY;
}

struct result_batch {
    const struct column *columns; /* header's column_count of them */
    uint32_t row_count;           /* rows 0 .. row_count - 1; no selection */
    const struct result_evidence *evidence; /* by row */
    const int64_t *risks;                   /* by row; NULL for a plain query */
    const str *levels;                      /* by row; NULL for a plain query: "low", "medium", "high", "critical" */
};

#endif
