/* finding/finding_row.h
 * One row of a rule as a finding is made of it: who did what to what, when, and the lines it stands on. Rules say it in
 * columns of agreed names (finding_columns.h).
 * Memory: all views, of whoever filled the row. Threads: one.
 */
#ifndef FINDING_FINDING_ROW_H
#define FINDING_FINDING_ROW_H

#include "column/result.h"

/* X(symbol, column's name) */
#define ROW_TEXT_LIST(X)                                                                                               \
    X(ROW_IDENTITY, "Identity")                                                                                        \
    X(ROW_HOST, "Host")                                                                                                \
    X(ROW_SOURCE, "Source")                                                                                            \
    X(ROW_ACT, "Act")                                                                                                  \
    X(ROW_TARGET, "Target")                                                                                            \
    X(ROW_DETAIL, "Detail")                                                                                            \
    X(ROW_SESSION, "Session")                                                                                          \
    X(ROW_NAMESPACE, "Namespace")                                                                                      \
    X(ROW_PROCESS, "Process")                                                                                          \
    X(ROW_CLIENT, "Client")                                                                                            \
    X(ROW_OUTCOME, "Outcome")                                                                                          \
    X(ROW_AUDIT_ID, "Audit ID")

/* Parts of the risk, which add up to it. */
#define ROW_PART_LIST(X)                                                                                               \
    X(PART_REACH, "RiskReach")                                                                                         \
    X(PART_ACTOR, "RiskActor")                                                                                         \
    X(PART_ORIGIN, "RiskOrigin")                                                                                       \
    X(PART_MEANS, "RiskMeans")                                                                                         \
    X(PART_OUTCOME, "RiskOutcome")

/* The three indicators of the original score. */
#define ROW_INDICATOR_LIST(X)                                                                                          \
    X(INDICATOR_KUBECTL, "Kubectl")                                                                                    \
    X(INDICATOR_DOCKER, "Docker")                                                                                      \
    X(INDICATOR_SOCKET, "Socket")

#define ROW_SYMBOL(symbol, name) symbol,
enum row_text { ROW_TEXT_LIST(ROW_SYMBOL) ROW_TEXT_COUNT };
enum row_part { ROW_PART_LIST(ROW_SYMBOL) ROW_PART_COUNT };
enum row_indicator { ROW_INDICATOR_LIST(ROW_SYMBOL) ROW_INDICATOR_COUNT };
#undef ROW_SYMBOL

struct finding_row {
    uint32_t rule; /* number of the rule in the run */
    uint32_t level;
    int64_t risk;
    int64_t time_ms;
    str texts[ROW_TEXT_COUNT]; /* .data NULL: the row has none */
    bool has_part[ROW_PART_COUNT];
    int64_t parts[ROW_PART_COUNT];
    bool indicators[ROW_INDICATOR_COUNT];
    const struct result_field *fields; /* what else the rule says */
    uint32_t field_count;
    struct result_evidence evidence;
};

#endif
