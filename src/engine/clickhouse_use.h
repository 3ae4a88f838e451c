/* engine/clickhouse_use.h - tables of ClickHouse as engines and runs use them: `--on clickhouse://..`. */
#ifndef ENGINE_CLICKHOUSE_USE_H
#define ENGINE_CLICKHOUSE_USE_H

#include "engine/run_internal.h"
#include "plan/explain.h"

struct clickhouse_link;

/* Adds the properties that the table of events has to the engine's schema. Once, before queries are bound. The
 * connection is kept for the first run. */
tocsin_status clickhouse_use_fields(struct tocsin_engine *engine, const char *url, struct error *err);
void clickhouse_link_free(struct clickhouse_link *link);

/* Connects, and asks for the newest event if the run needs NOW(). */
tocsin_status clickhouse_use_open(struct tocsin_run *run, struct error *err);
/* Of one query that groups: asks for groups instead of rows, if it can; the run's plan is then that of these. Before
 * executions are made. */
tocsin_status clickhouse_use_groups(struct tocsin_run *run, struct error *err);
/* Sends the query whose rows the run reads. */
tocsin_status clickhouse_use_read(struct tocsin_run *run, struct error *err);
/* When the run is freed, behind its source. */
void clickhouse_use_close(struct tocsin_run *run);

/* What an input of the run's evidence is in the table: the same in every run, and another for another file. */
uint64_t clickhouse_use_input(const struct tocsin_run *run, uint32_t input);

/* Adds to the explanation of a plan what the server would do of it. */
tocsin_status clickhouse_use_explain(struct tocsin_engine *engine, const struct plan *plan, struct arena *arena,
                                     struct explain_node *tree, struct error *err);

#endif
