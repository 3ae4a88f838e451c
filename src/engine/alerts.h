/* engine/alerts.h
 * Rows of rules as alerts in the table `alerts`, each once, however often its events are looked at.
 *
 * An event is known by its input (`_input` and the name of the file) and its line; an alert by its rule and the first
 * of its events, so that whoever finds it again gives it the same id. A row of which an event is in an alert of the
 * same rule is passed over: it is that alert, or the same sequence that has grown. Evidence is cut at
 * LIMIT_EVIDENCE_LINES; of rules that look at several events together a row is then also taken for one that is known
 * if identity and host are the same and the times are no further apart than the rule's window, or the look-back if it
 * has none.
 * Memory: keys of the alerts that may be met, LIMIT_ALERT_KEYS; rows until they are sent: twice
 * LIMIT_CLICKHOUSE_INSERT_BYTES.
 * Threads: one.
 */
#ifndef ENGINE_ALERTS_H
#define ENGINE_ALERTS_H

#include "engine/run_internal.h"
#include "finding/finding_row.h"

struct alerts;

struct alerts_options {
    str hunt;
    /* Sends rows in TabSeparated, columns as ALERT_COLUMNS says. */
    tocsin_status (*send)(void *context, str rows, struct error *err);
    void *context;
};

#define ALERT_COLUMNS                                                                                                  \
    "id, found, hunt, rule, title, techniques, level, risk, time, identity, host, source, act, target, detail, "       \
    "outcome, columns, evidence, finding, events, has_more, window_first, window_last"
/* Of an alert that may be met: what alerts_learn takes. */
#define ALERT_KNOWN_COLUMNS "rule, identity, host, time, has_more, events"

tocsin_status alerts_create(const struct alerts_options *options, struct alerts **ret_alerts, struct error *err);
void alerts_free(struct alerts *alerts);

/* Before a run over the events of that time: nothing is known. The look-back stands in for the window of rules that
 * have none. */
void alerts_begin(struct alerts *alerts, int64_t first_ms, int64_t last_ms, int64_t look_back_ms);
/* A line of ALERT_KNOWN_COLUMNS. */
tocsin_status alerts_learn(struct alerts *alerts, str line, struct error *err);
/* The row is an alert already. Texts without data: it has none. */
bool alerts_knows(struct alerts *alerts, const struct rule_run *rule, const struct result_evidence *evidence,
                  str identity, str host, int64_t time_ms);
/* Findings that were written, each row of them an alert. */
tocsin_status alerts_add_findings(struct alerts *alerts, const struct tocsin_run *run,
                                  const struct result_batch *batch, struct error *err);
/* A row of a rule that makes no findings. */
tocsin_status alerts_add_row(struct alerts *alerts, const struct rule_run *rule, const struct result_batch *batch,
                             uint32_t row, struct error *err);
/* Sends what is left. */
tocsin_status alerts_end(struct alerts *alerts, struct error *err);
/* Since it was created. */
uint64_t alerts_count(const struct alerts *alerts);
uint64_t alerts_known_count(const struct alerts *alerts); /* rows that were passed over */

#endif
