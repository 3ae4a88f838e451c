/* output/output.h
 * What an output is: one file in this folder ends with a `const struct output_def output_NAME` that the generated
 * registry lists. Results -> bytes. Escaping belongs here: names, values and evidence are text from outside.
 * Not for deciding what is shown: rows, order and column names are the query's.
 * Memory: the state that open makes and close frees; rows are written or copied during push.
 * Threads: a state belongs to one. Limits: an output keeps LIMIT_TABLE_SIZING_BYTES of rows at most, whatever the
 * result's size; a value of many MiB is written in parts.
 */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include "base/civil_time.h"
#include "base/error.h"
#include "column/result.h"

/* Where bytes go. `write` takes all of them or fails: TOCSIN_ERROR_CLOSED when the reader went away, else
 * TOCSIN_ERROR_OUTPUT. */
struct byte_sink {
    tocsin_status (*write)(void *state, str bytes, struct error *err);
    void *state;
};

struct output_options {
    struct byte_sink sink;
    bool shows_evidence; /* table: under each row. json and ndjson always hold it */
    bool has_color;
    unsigned width; /* columns of the terminal; 0 = no limit */
};

/* What a hunt tells of itself. Texts have a NUL behind them; all of it lives until the output is closed. */
struct output_guide {
    str group;
    str markdown;
};
struct output_report {
    str version; /* of the program */
    const struct tocsin_pack_info *pack;
    const struct tocsin_summary *summary;
    const struct tocsin_rule *rules; /* that ran */
    size_t rule_count;
    const struct output_guide *guides; /* of their groups */
    size_t guide_count;
    str first_time, last_time;                      /* of findings, as text; empty: there are none */
    const uint64_t (*timeline)[TOCSIN_LEVEL_COUNT]; /* findings by part of that time */
    uint32_t timeline_parts;
};

struct output_def {
    const char *name;
    const char *description;
    bool has_evidence; /* always writes the lines of a row; else at most with shows_evidence */
    tocsin_status (*open)(const struct output_options *options, void **ret_state, struct error *err);
    void (*close)(void *state);
    /* The account of a hunt, once, before its findings; NULL: the output has no place for it. */
    tocsin_status (*describe)(void *state, const struct output_report *report, struct error *err);
    /* A result starts: column names, rule. Called once for a query, once a rule with findings for a hunt. The header
       stays valid until `end`; its input names may grow in between. */
    tocsin_status (*begin)(void *state, const struct result_header *header, struct error *err);
    tocsin_status (*push)(void *state, const struct result_batch *batch, struct error *err);
    tocsin_status (*end)(void *state, struct error *err);
    /* After the last result. */
    tocsin_status (*finish)(void *state, struct error *err);
};

const struct output_def *const *output_list(size_t *ret_count); /* generated */
const struct output_def *output_find(str name);

#endif
