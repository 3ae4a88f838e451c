/* verify/found_rows.h
 * What a run of rules found, read back from its NDJSON: findings, and rows of rules that are not joined to findings,
 * each with rule, risk, level, who, what and the lines of evidence. Memory: one arena inside; views live until the rows
 * are cleared or released. Threads: one at a time. Limits: LIMIT_FOUND_ROWS; more are counted.
 */
#ifndef VERIFY_FOUND_ROWS_H
#define VERIFY_FOUND_ROWS_H

#include "base/arena.h"
#include "base/strbuf.h"

struct found_line {
    str file;
    uint64_t line; /* from 1 */
    str raw;       /* of rows that keep it */
};

/* What a finding was joined of: a row of a rule. */
struct found_act {
    str rule;
    str act; /* data NULL, here and below: it has none */
    str target;
    str detail;
    str outcome;
    str namespace;
    str process;
    str client;
};

struct found_row {
    str rule;
    int64_t risk;
    int level; /* 0 to TOCSIN_LEVEL_COUNT - 1 */
    str identity;
    str host;
    str source;
    int64_t last_ms;              /* 0: it does not say */
    const struct found_act *acts; /* one at least */
    size_t act_count;
    const struct found_line *evidence;
    size_t evidence_count;
    bool has_more_evidence; /* than the run keeps */
};

struct found_rows {
    struct arena arena;
    bool keeps_raw; /* set it after found_rows_init: the text of evidence, too */
    struct found_row *rows;
    size_t count;
    size_t capacity;
    uint64_t more;
    struct strbuf line; /* of which the end has not come yet */
    tocsin_status status;
};

void found_rows_init(struct found_rows *rows);
void found_rows_clear(struct found_rows *rows);
void found_rows_release(struct found_rows *rows);
/* A tocsin_write whose context is the rows. 0, or ENOMEM. */
int found_rows_write(void *context, const char *bytes, size_t byte_count);

#endif
