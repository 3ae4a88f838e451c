/* finding/finding_build.h
 * One finding of its rows: what is said of them together, and as columns.
 * Memory: the arena given, and views of the rows. Threads: any.
 */
#ifndef FINDING_FINDING_BUILD_H
#define FINDING_FINDING_BUILD_H

#include "finding/finding_join.h"

/* X(symbol, name, type, domain) */
#define FINDING_COLUMN_LIST(X)                                                                                         \
    X(FINDING_TIME, "Time", TYPE_STRING, DOMAIN_NONE)                                                                  \
    X(FINDING_LEVEL, "Level", TYPE_STRING, DOMAIN_NONE)                                                                \
    X(FINDING_RISK, "Risk", TYPE_INT64, DOMAIN_NONE)                                                                   \
    X(FINDING_IDENTITY, "Identity", TYPE_STRING, DOMAIN_NONE)                                                          \
    X(FINDING_HOST, "Host", TYPE_STRING, DOMAIN_NONE)                                                                  \
    X(FINDING_SOURCE, "Source", TYPE_STRING, DOMAIN_NONE)                                                              \
    X(FINDING_ACTS, "Acts", TYPE_STRING, DOMAIN_NONE)                                                                  \
    X(FINDING_TARGETS, "Targets", TYPE_STRING, DOMAIN_NONE)                                                            \
    X(FINDING_DETAIL, "Detail", TYPE_STRING, DOMAIN_NONE)                                                              \
    X(FINDING_OUTCOME, "Outcome", TYPE_STRING, DOMAIN_NONE)                                                            \
    X(FINDING_RULES, "Rules", TYPE_STRING, DOMAIN_NONE)                                                                \
    X(FINDING_ROWS, "Rows", TYPE_INT64, DOMAIN_NONE)                                                                   \
    X(FINDING_SECONDS, "Seconds", TYPE_INT64, DOMAIN_NONE)                                                             \
    X(FINDING_FIRST, "FirstTime", TYPE_INT64, DOMAIN_TIME_MS)                                                          \
    X(FINDING_LAST, "LastTime", TYPE_INT64, DOMAIN_TIME_MS)                                                            \
    X(FINDING_NEW, "New", TYPE_BOOL, DOMAIN_NONE)                                                                      \
    X(FINDING_BEFORE, "Before", TYPE_INT64, DOMAIN_NONE)                                                               \
    X(FINDING_REACH, "RiskReach", TYPE_INT64, DOMAIN_NONE)                                                             \
    X(FINDING_ACTOR, "RiskActor", TYPE_INT64, DOMAIN_NONE)                                                             \
    X(FINDING_ORIGIN, "RiskOrigin", TYPE_INT64, DOMAIN_NONE)                                                           \
    X(FINDING_MEANS, "RiskMeans", TYPE_INT64, DOMAIN_NONE)                                                             \
    X(FINDING_RISK_OUTCOME, "RiskOutcome", TYPE_INT64, DOMAIN_NONE)                                                    \
    X(FINDING_HABIT, "RiskHabit", TYPE_INT64, DOMAIN_NONE)                                                             \
    X(FINDING_KUBECTL, "Kubectl", TYPE_INT64, DOMAIN_NONE)                                                             \
    X(FINDING_DOCKER, "Docker", TYPE_INT64, DOMAIN_NONE)                                                               \
    X(FINDING_SOCKET, "Socket", TYPE_INT64, DOMAIN_NONE)                                                               \
    X(FINDING_SEVERITY, "Severity", TYPE_INT64, DOMAIN_NONE)                                                           \
    X(FINDING_CREDIBILITY, "Credibility", TYPE_INT64, DOMAIN_NONE)                                                     \
    X(FINDING_RELEVANCE, "Relevance", TYPE_INT64, DOMAIN_NONE)                                                         \
    X(FINDING_MAGNITUDE, "Magnitude", TYPE_INT64, DOMAIN_NONE)                                                         \
    X(FINDING_EXCEPTED, "Excepted", TYPE_STRING, DOMAIN_NONE)

#define FINDING_COLUMN_ENUM(symbol, name, type, domain) symbol,
enum finding_column { FINDING_COLUMN_LIST(FINDING_COLUMN_ENUM) FINDING_COLUMN_COUNT };
#undef FINDING_COLUMN_ENUM

extern const struct result_column finding_result_columns[FINDING_COLUMN_COUNT];

/* A row and its place: when it was, then where in the log. */
struct finding_item {
    struct finding_row row;
    uint32_t exception; /* that it is excepted by, or EXCEPTION_NONE */
};

struct finding_judgement {
    int64_t risk; /* of the worst row, before habit */
    uint32_t level;
    uint32_t worst;  /* item */
    uint64_t before; /* findings in which the identity did the least usual of the acts; of the worst row's identity */
    int64_t habit;   /* points off: 0 or negative */
};

struct finding {
    struct result_finding shown;
    struct result_evidence evidence;
    struct finding_judgement judgement;
    int64_t numbers[FINDING_COLUMN_COUNT]; /* of the columns that are numbers */
    bool has_number[FINDING_COLUMN_COUNT];
    str texts[FINDING_COLUMN_COUNT]; /* of those that are texts; no data: null */
};

/* The worst row and what follows from it; habit is left at 0. Rows in their order. */
void finding_judge(const struct finding_item *items, uint32_t count, struct finding_judgement *ret);
/* False when memory is out. */
bool finding_build(const struct finding_options *options, const struct finding_item *items, uint32_t count,
                   const struct finding_judgement *judgement, struct arena *arena, struct finding *ret_finding);

#endif
