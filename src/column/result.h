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

/* One row of a rule within a finding. Texts that the row does not have are without data. */
struct result_act {
    str rule_id;
    str level;
    int64_t risk;
    int64_t time_ms;
    str act, target, detail, outcome, name_space, process, client, session;
    const struct result_field *fields; /* what else the rule says */
    uint32_t field_count;
    const uint32_t *lines; /* of the finding's evidence */
    uint32_t line_count;
    uint64_t line_more;
};

/* Rows that belong together: what an analyst looks at. */
struct result_finding {
    int64_t first_ms;
    int64_t last_ms;
    str time; /* the first, as text */
    str identity, host, source;
    str acts, targets, detail; /* as texts, for people */
    str rules;                 /* ids, worst first */
    str excepted;              /* ids of exceptions, if it was asked for what they hid */
    bool is_new;               /* the identity did no such act before in the data at hand */
    uint32_t magnitude;        /* as QRadar counts it, 1 to 10 */
    const struct result_act *items;
    uint32_t item_count;
    uint32_t worst; /* the item of the highest risk */
};

/* What the rows belong to. rule_id is empty for a plain query. */
struct result_header {
    const struct result_column *columns;
    uint32_t column_count;
    str rule_id;
    str rule_title;
    bool is_findings; /* rows are findings: batches have `findings` and `rule_ids` */
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
    const str *rule_ids;                    /* by row; NULL: the header's */
    const struct result_finding *findings;  /* by row; NULL: rows of one rule or query */
    const str *levels;                      /* by row; NULL for a plain query: "low", "medium", "high", "critical" */
};

#endif
