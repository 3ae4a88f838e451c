#include "engine/clickhouse_explain.h"

#include "clickhouse/plan_split.h"
#include "execute/execution.h"

static tocsin_status find_dialect(const char *on, enum clickhouse_dialect *ret_dialect, struct error *err)
{
    str name = str_from_cstring(on);
    if (str_eq(name, STR("clickhouse-18.16:"))) {
        *ret_dialect = CLICKHOUSE_18;
        return TOCSIN_OK;
    }
    if (str_eq(name, STR("clickhouse-24:"))) {
        *ret_dialect = CLICKHOUSE_MODERN;
        return TOCSIN_OK;
    }
    tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "explain --on takes no \"%.200s\"", on);
    error_hint(err, "--on clickhouse-24: or clickhouse-18.16: shows the SQL, no server is needed");
    return status;
}

static tocsin_status explain_rows(const struct clickhouse_target *target, const struct plan *plan, const char *reason,
                                  struct arena *arena, struct explain_node *parent, struct error *err)
{
    struct clickhouse_rows rows;
    uint32_t count = execution_log_plans(plan, NULL, 0);
    const struct plan **plans = arena_array(arena, const struct plan *, count + 1);
    if (!plans) {
        return error_memory(err);
    }
    execution_log_plans(plan, plans, count);
    if (count == 0) {
        return explain_add(arena, parent, "clickhouse", STR("ClickHouse is asked for nothing: a cursor is read"))
                   ? TOCSIN_OK
                   : error_memory(err);
    }
    bool wants_places = execution_needs_lines(plan);
    struct clickhouse_rows_options options = {
        .wants_places = wants_places, .is_ordered = wants_places, .group_reason = reason};
    execution_fields(plan, &options.fields);
    tocsin_status status = clickhouse_split_rows(plans, count, target, &options, arena, &rows, err);
    return status == TOCSIN_OK ? clickhouse_explain(target, &rows, arena, parent, err) : status;
}

tocsin_status clickhouse_explain_plan(const struct clickhouse_target *target, const struct plan *plan,
                                      struct arena *arena, struct explain_node *parent, struct error *err)
{
    struct clickhouse_groups groups;
    tocsin_status status = clickhouse_split_groups(plan, target, false, arena, &groups, err);
    if (status != TOCSIN_OK || !groups.plan) {
        return status == TOCSIN_OK ? explain_rows(target, plan, groups.reason, arena, parent, err) : status;
    }
    status = clickhouse_explain(target, &groups.rows, arena, parent, err);
    schema_free(groups.schema);
    return status;
}

tocsin_status clickhouse_explain_query(const tocsin_engine *engine, const struct plan *plan, const char *on,
                                       struct arena *arena, struct explain_node *parent, struct error *err)
{
    struct clickhouse_target target = {.table_name = STR(LAYOUT_EVENTS),
                                       .schema = engine->schema,
                                       .zone = engine->zone,
                                       .log_sources = engine->log_sources,
                                       .lookups = engine->lookups};
    tocsin_status status = find_dialect(on, &target.dialect, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    return clickhouse_explain_plan(&target, plan, arena, parent, err);
}
