/* engine/clickhouse_explain.h
 * What a query would ask of ClickHouse: for `explain --on`.
 */
#ifndef ENGINE_CLICKHOUSE_EXPLAIN_H
#define ENGINE_CLICKHOUSE_EXPLAIN_H

#include "clickhouse/plan_split.h"
#include "engine/engine_internal.h"
#include "plan/explain.h"

/* Adds the SQL, what was pushed, and why the rest was not, to the tree. `on` is "clickhouse-18.16:" or
 * "clickhouse-24:", which need no server and stand for a table with a column for every field. TOCSIN_ERROR_USAGE for
 * anything else. */
tocsin_status clickhouse_explain_query(const tocsin_engine *engine, const struct plan *plan, const char *on,
                                       struct arena *arena, struct explain_node *parent, struct error *err);

/* The same for a server that is there. */
tocsin_status clickhouse_explain_plan(const struct clickhouse_target *target, const struct plan *plan,
                                      struct arena *arena, struct explain_node *parent, struct error *err);

#endif
