/* verify/pack_test.h
 * Tests a pack: the cases of its rules, the labelled rows and the logs of everyday work that it is measured on. What
 * came out is a tree of plain structs, which the reports (test_report.h) write.
 * Memory: the test owns everything; views live until pack_test_free. Threads: one at a time.
 */
#ifndef VERIFY_PACK_TEST_H
#define VERIFY_PACK_TEST_H

#include "verify/benign_logs.h"
#include "verify/case_run.h"
#include "verify/labelled_rows.h"

struct pack_test_options {
    const char *const *rules; /* ids; none: all. Then the pack as a whole is not measured, but these rules of it */
    size_t rule_count;
    const char *labelled;   /* a table to measure with, instead of the pack's own; a file */
    bool explains;          /* what is missed */
    const char *exceptions; /* a file with more of them; or NULL */
    tocsin_test_tables *tables; /* of ClickHouse, on which it is all run; or NULL */
    void (*see_attack)(void *state, const char *origin, uint32_t line, str text, const struct found_row *row);
    void *state;
};

struct rule_test {
    struct tocsin_rule rule;
    bool has_file;
    struct rule_cases cases;
    struct case_results results;
    struct error error; /* its cases can't be run; or status TOCSIN_OK */
    const char *lack;   /* "has no negative case", or NULL */
    double seconds;
    size_t attacks_found; /* labelled attacks that this rule finds, in one form at least */
    size_t benign_found;
};

struct pack_test {
    struct arena arena;
    struct tocsin_pack_info info;
    struct rule_test *rules;
    size_t rule_count;
    bool is_whole; /* all rules: thresholds count */
    bool has_measures;
    struct measures measures;
    struct labelled_rows labelled;
    struct benign_log *logs;
    size_t log_count;
    double seconds;
};

/* Errors: an unknown rule, files that can't be read, failures of the machine. A case that fails is none. */
tocsin_status pack_test_run(tocsin_engine *engine, tocsin_pack *pack, const struct pack_test_options *options,
                            struct pack_test **ret_test, struct tocsin_error *err);
void pack_test_free(struct pack_test *test);

bool rule_test_has_passed(const struct rule_test *rule);

/* What the thresholds say, if all rules were tested; `message` is for people. */
struct threshold_result {
    char message[200];
    bool has_passed;
};
enum { THRESHOLDS_MAX = 4 };
size_t pack_test_thresholds(const struct pack_test *test, struct threshold_result ret_results[THRESHOLDS_MAX]);
/* All rules and all thresholds. */
bool pack_test_has_passed(const struct pack_test *test);

/* The numbers that matter. */
struct pack_numbers {
    struct label_count attacks, benign, gray;
    size_t gray_too_high; /* gray rows at high or critical */
    double recall;        /* percent; 100 of none */
    double benign_per_thousand;
    uint64_t log_events;
    size_t log_findings; /* on benign lines */
    double log_days;
    double per_day;
};
struct pack_numbers pack_test_numbers(const struct pack_test *test);

#endif
