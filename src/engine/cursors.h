/* engine/cursors.h - what INTO keeps and FROM reads again (store/cursor.h), for queries and runs. */
#ifndef ENGINE_CURSORS_H
#define ENGINE_CURSORS_H

#include "engine/run_internal.h"

/* For plan_options: the columns of a kept answer. `context` is the engine. */
tocsin_status cursors_find(void *context, str name, struct schema **ret_schema, struct error *err);

/* Likewise: the nearest name of a live cursor. */
str cursors_suggest(void *context, str name, struct arena *arena);

/* Opens the cursors that the run's rules read, and those they write; the names of the inputs that kept lines are from
 * join run->input_names. Rules that read nothing but cursors have NOW() from them. Before the executions are made. */
tocsin_status cursors_open(struct tocsin_run *run, struct error *err);
/* For execution_options. `context` is the run. */
tocsin_status cursors_source(void *context, const struct plan *plan, struct batch_source *ret_source,
                             struct error *err);
/* Makes the rule's cursor appear, if it writes one. */
tocsin_status cursors_finish(struct rule_run *rule, struct error *err);
void cursors_close(struct tocsin_run *run);

#endif
