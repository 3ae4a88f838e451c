/* engine/findings.h - rows of a pack's rules on their way to findings (finding/), and what is told of them. */
#ifndef ENGINE_FINDINGS_H
#define ENGINE_FINDINGS_H

#include "engine/run_internal.h"

/* Rules whose rows can be joined get their columns; reads the lists of exceptions. Before executions are created, when
 * the rules' headers are made. Nothing, if no rule is of that kind. */
tocsin_status findings_open(struct tocsin_run *run, struct error *err);
void findings_close(struct tocsin_run *run);
/* Rows of a rule that has finding columns; risks and levels are set. `levels` are their numbers. */
tocsin_status findings_push(struct rule_run *rule, const struct result_batch *batch, const uint8_t *levels,
                            struct error *err);
/* After the last row of all rules: joins, and writes the findings. */
tocsin_status findings_finish(struct tocsin_run *run, struct error *err);
void findings_summarise(struct tocsin_run *run, struct tocsin_summary *summary);

#endif
