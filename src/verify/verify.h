/* verify/verify.h
 * What the commands `test` and `tune` call: all of this folder, behind types of the public header.
 * Text goes to `write` as it is ready. Threads: one at a time.
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "tocsin/tocsin.h"

struct verify_options {
    const char *output;       /* "text", "junit", "json", "navigator"; NULL = text */
    const char *const *rules; /* ids; none: all */
    size_t rule_count;
    const char *labelled; /* a table of labelled rows, instead of the packs' own; or NULL */
    const char *on;       /* addresses of ClickHouse, where it is all run, see tocsin_test_tables; NULL: here */
    bool explains;        /* which condition a missed event fails */
    bool lists_missed;    /* labelled rows missed and wrongly found, and the variants */
    bool shows_coverage;
    bool is_quiet;
    tocsin_write *write;
    void *write_context;
};

/* Tests packs, one after the other. *ret_has_passed: all cases and thresholds. TOCSIN_ERROR_USAGE: no such output. */
tocsin_status verify_packs(tocsin_engine *engine, const char *const *packs, size_t pack_count,
                           const struct verify_options *options, bool *ret_has_passed, struct tocsin_error *err);

/* Lists the rules of packs: status, level, telemetry, techniques. Outputs: text, json. */
tocsin_status verify_list(tocsin_engine *engine, const char *const *packs, size_t pack_count,
                          const struct verify_options *options, struct tocsin_error *err);

/* Which rules of a pack can never fire on these logs, since fields they need are nowhere filled, and what telemetry
 * would fill them. Outputs: text, json. *ret_has_passed: every rule can. */
tocsin_status verify_can_fire(tocsin_engine *engine, const char *pack, const char *const *logs, size_t log_count,
                              const struct verify_options *options, bool *ret_has_passed, struct tocsin_error *err);

struct tune_options {
    const char *pack;
    const char *const *finding_files; /* of `tocsin hunt -o ndjson`; "-" is standard input */
    size_t finding_file_count;
    const char *benign; /* numbers of findings, "1,4-9"; or NULL */
    bool is_all_benign;
    tocsin_write *write;
    void *write_context;
};

/* Writes exceptions (YAML) for the findings marked as harmless, or, if none is, the findings with their numbers.
 * *ret_is_complete: there is an exception for all that is marked. */
tocsin_status verify_tune(tocsin_engine *engine, const struct tune_options *options, bool *ret_is_complete,
                          struct tocsin_error *err);

#endif
