#include "base/memory.h"
#include "engine/diagnostics.h"
#include "engine/engine_internal.h"
#include "language/syntax.h"

static tocsin_status prepare(tocsin_engine *engine, struct tocsin_query *query, str text, const char *source_name,
                             struct error *err)
{
    if (text.len > LIMIT_QUERY_BYTES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "a query of more than %zu bytes", LIMIT_QUERY_BYTES);
    }
    str copy = arena_copy(&query->arena, text);
    if (!copy.data) {
        return error_memory(err);
    }
    query->text = copy;
    query->source_name = arena_copy_cstring(&query->arena, str_from_cstring(source_name ? source_name : "query"));
    if (!query->source_name) {
        return error_memory(err);
    }
    struct diagnostic_list remarks;
    diagnostic_list_init(&remarks, &query->arena);
    struct syntax_select *select = NULL;
    tocsin_status status =
        arena_explain(&query->arena, aql_parse(&query->arena, copy, source_name, &select, err), "the query", err);
    if (status == TOCSIN_OK) {
        status =
            plan_bind(select, copy, source_name, engine->schema, &engine->plan_options, &remarks, &query->plan, err);
    }
    if (status == TOCSIN_OK) {
        diagnostic_list_sort(&remarks);
        status = diagnostics_publish(&query->arena, copy, &remarks, TOCSIN_SEVERITY_NOTE, &query->diagnostics,
                                     &query->diagnostic_count, err);
    }
    return status;
}

tocsin_status query_create(tocsin_engine *engine, str text, const char *source_name, tocsin_query **ret_query,
                           struct error *err)
{
    struct tocsin_query *query = memory_allocate_zeroed(1, sizeof(*query));
    if (!query) {
        return error_memory(err);
    }
    arena_init(&query->arena, LIMIT_QUERY_RUN_BYTES * 2);
    tocsin_status status = prepare(engine, query, text, source_name, err);
    if (status != TOCSIN_OK) {
        tocsin_query_free(query);
        return status;
    }
    *ret_query = query;
    return TOCSIN_OK;
}

tocsin_status tocsin_query_prepare(tocsin_engine *engine, const char *text, size_t text_bytes, const char *source_name,
                                   tocsin_query **ret_query, struct tocsin_error *err)
{
    struct error error = {0};
    tocsin_status status = query_create(engine, (str){text, text_bytes}, source_name, ret_query, &error);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

void tocsin_query_free(tocsin_query *query)
{
    if (query) {
        plan_free(query->plan);
        arena_release(&query->arena);
        memory_free(query);
    }
}

size_t tocsin_query_diagnostic_count(const tocsin_query *query)
{
    return query->diagnostic_count;
}

const struct tocsin_diagnostic *tocsin_query_diagnostic_get(const tocsin_query *query, size_t index)
{
    return index < query->diagnostic_count ? &query->diagnostics[index] : NULL;
}

const char *tocsin_query_source(const tocsin_query *query)
{
    return query->source_name;
}

bool plan_reads_log(const struct plan *plan)
{
    bool reads = plan->source.kind == PLAN_SOURCE_LOG ||
                 (plan->source.kind == PLAN_SOURCE_PLAN && plan_reads_log(plan->source.inner));
    for (uint32_t i = 0; !reads && i < plan->subquery_count; i++) {
        reads = plan_reads_log(plan->subqueries[i].plan);
    }
    return reads;
}

bool plan_looks_around(const struct plan *plan)
{
    return plan->group || plan->session || plan->subquery_count > 0 ||
           (plan->source.kind == PLAN_SOURCE_PLAN && plan_looks_around(plan->source.inner));
}

int64_t plan_longest_window(const struct plan *plan)
{
    int64_t longest_ms = 0;
    if (plan->session) {
        longest_ms = plan->session->has_window    ? plan->session->window_ms
                     : plan->session->has_timeout ? plan->session->timeout_ms
                                                  : 0;
    }
    if (plan->source.kind == PLAN_SOURCE_PLAN) {
        int64_t inner_ms = plan_longest_window(plan->source.inner);
        longest_ms = inner_ms > longest_ms ? inner_ms : longest_ms;
    }
    for (uint32_t i = 0; i < plan->subquery_count; i++) {
        int64_t inner_ms = plan_longest_window(plan->subqueries[i].plan);
        longest_ms = inner_ms > longest_ms ? inner_ms : longest_ms;
    }
    return longest_ms;
}

bool tocsin_query_reads_log(const tocsin_query *query)
{
    return plan_reads_log(query->plan);
}
