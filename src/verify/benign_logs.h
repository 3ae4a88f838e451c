/* verify/benign_logs.h
 * Logs of everyday work, and what a pack finds in them: each finding that stands on benign lines alone is a false
 * alarm. A log may hold attacks, too; a table beside it names their lines (columns, parted by a tab: lines, "5" or
 * "5-9", and label), and all others are benign. Memory: the arena given. Limits: LIMIT_LABELLED_RANGES of one log.
 */
#ifndef VERIFY_BENIGN_LOGS_H
#define VERIFY_BENIGN_LOGS_H

#include "verify/measures.h"
#include "verify/pack_run.h"

struct benign_finding {
    str rule;
    str act;
    str identity;
    int level;
    int64_t risk;
    uint64_t line; /* the first of its evidence, 0: none */
};

struct benign_log {
    const char *log;
    uint64_t events;
    int64_t first_ms;
    int64_t last_ms;
    size_t attack_findings; /* that stand on a line labelled otherwise */
    struct benign_finding *findings;
    size_t finding_count;
};

/* Errors name the file of the pack. */
tocsin_status benign_log_run(const struct pack_context *context, const struct measured_log *measured,
                             const char *const *rules, size_t rule_count, struct arena *arena,
                             struct benign_log *ret_log, struct error *err);
/* How many days a log covers; one that is shorter counts as a day. */
double benign_log_days(const struct benign_log *log);

#endif
