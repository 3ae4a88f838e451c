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

static tocsin_status query_create(tocsin_engine *engine, str text, const char *source_name, tocsin_query **ret_query,
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

bool tocsin_query_reads_log(const tocsin_query *query)
{
    return plan_reads_log(query->plan);
}

/* ---- packs ------------------------------------------------------------------------------------------------------- */

static tocsin_status bind_rule(tocsin_engine *engine, struct tocsin_pack *pack, size_t index, bool needs_risk,
                               struct error *err)
{
    const struct pack_rule *rule = &pack->pack->rules[index];
    tocsin_status status = query_create(engine, rule->text, rule->file.data, &pack->queries[index], err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct plan *plan = pack->queries[index]->plan;
    uint32_t output = rule->risk_column.len > 0 ? plan_find_output(plan, rule->risk_column) : UINT32_MAX;
    bool is_number = output != UINT32_MAX && (plan->outputs[output].expression->type == TYPE_INT64 ||
                                              plan->outputs[output].expression->type == TYPE_DOUBLE);
    if (needs_risk && rule->risk_column.len > 0 && !is_number) {
        status =
            error_set(err, TOCSIN_ERROR_CONFIG, "rule '%.*s': the query has no numeric column \"%.*s\" for the risk",
                      STR_ARG(rule->id), STR_ARG(rule->risk_column));
    }
    pack->risk_output[index] = is_number ? output : UINT32_MAX;
    return status;
}

static tocsin_status bind_pack(tocsin_engine *engine, struct pack *files, bool needs_risk, tocsin_pack **ret_pack,
                               struct error *err)
{
    struct tocsin_pack *pack = memory_allocate_zeroed(1, sizeof(*pack));
    if (!pack) {
        pack_free(files);
        return error_memory(err);
    }
    pack->pack = files;
    pack->queries = memory_allocate_zeroed(files->rule_count, sizeof(*pack->queries));
    pack->risk_output = memory_allocate_zeroed(files->rule_count, sizeof(*pack->risk_output));
    tocsin_status status = pack->queries && pack->risk_output ? TOCSIN_OK : error_memory(err);
    for (size_t i = 0; status == TOCSIN_OK && i < files->rule_count; i++) {
        status = bind_rule(engine, pack, i, needs_risk, err);
    }
    if (status != TOCSIN_OK) {
        tocsin_pack_free(pack);
        return status;
    }
    *ret_pack = pack;
    return TOCSIN_OK;
}

tocsin_status tocsin_pack_open(tocsin_engine *engine, const char *path_or_name, tocsin_pack **ret_pack,
                               struct tocsin_error *err)
{
    struct error error = {0};
    struct pack *files = NULL;
    tocsin_status status = pack_open(str_from_cstring(path_or_name), &files, &error);
    status = status == TOCSIN_OK ? bind_pack(engine, files, true, ret_pack, &error) : status;
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

tocsin_status tocsin_pack_open_query(tocsin_engine *engine, const char *aql_path, tocsin_pack **ret_pack,
                                     struct tocsin_error *err)
{
    struct error error = {0};
    struct pack *files = NULL;
    tocsin_status status = pack_open_query(str_from_cstring(aql_path), &files, &error);
    status = status == TOCSIN_OK ? bind_pack(engine, files, false, ret_pack, &error) : status;
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

void tocsin_pack_free(tocsin_pack *pack)
{
    if (!pack) {
        return;
    }
    for (size_t i = 0; pack->queries && i < pack->pack->rule_count; i++) {
        tocsin_query_free(pack->queries[i]);
    }
    memory_free(pack->queries);
    memory_free(pack->risk_output);
    pack_free(pack->pack);
    memory_free(pack);
}

size_t tocsin_pack_rule_count(const tocsin_pack *pack)
{
    return pack->pack->rule_count;
}

const tocsin_query *tocsin_pack_query(const tocsin_pack *pack, size_t index)
{
    return index < pack->pack->rule_count ? pack->queries[index] : NULL;
}
