/* verify/case_run.h
 * Runs the cases of one rule and judges what it finds.
 * Memory: results live in the arena given. Threads: one at a time.
 */
#ifndef VERIFY_CASE_RUN_H
#define VERIFY_CASE_RUN_H

#include "verify/pack_run.h"
#include "verify/rule_cases.h"

/* What of a case was not as expected. */
struct case_failure {
    const struct rule_case *rule_case;
    str item;        /* the command, request, ..; empty: the case as a whole */
    str form;        /* "audit records", "JSON", .. */
    str message;     /* "found nothing, expected at least 1 finding" */
    str explanation; /* of a missed event: which condition failed; may be empty */
    uint32_t line;   /* in the file of the cases */
};

struct case_results {
    size_t check_count[CASE_KIND_COUNT]; /* items in each of their forms */
    size_t passed_checks[CASE_KIND_COUNT];
    bool *case_failed; /* one for each case of the file */
    struct case_failure *failures;
    size_t failure_count;
    size_t failure_capacity;
};

struct case_run_options {
    const tocsin_query *query; /* of the rule */
    const char *rule_id;
    bool explains;
};

/* Errors: what a case names and is not there or cannot be read (with its place), and failures of the machine. */
tocsin_status case_run(const struct pack_context *context, const struct rule_cases *cases,
                       const struct case_run_options *options, struct arena *arena, struct case_results *ret_results,
                       struct error *err);

#endif
