#include "engine/raw_queries.h"

#include "plan/literals.h"

/* More queries have more texts than any format looks for. */
enum { RAW_QUERIES_MAX = 64 };

struct raw_queries {
    struct arena *arena;
    bool wants_all;
    struct raw_query items[RAW_QUERIES_MAX];
    struct raw_prefilter prefilter;
};

struct raw_queries *raw_queries_create(struct arena *arena)
{
    struct raw_queries *queries = arena_new(arena, struct raw_queries);
    if (queries) {
        queries->arena = arena;
        queries->prefilter.queries = queries->items;
    }
    return queries;
}

static const struct raw_literal *copy_literals(struct arena *arena, const struct literal_cover *cover)
{
    struct raw_literal *literals = arena_array(arena, struct raw_literal, cover->count);
    for (uint32_t i = 0; literals && i < cover->count; i++) {
        const struct literal *from = &cover->literals[i];
        literals[i] = (struct raw_literal){from->field, from->ignores_case, from->text};
    }
    return literals;
}

static tocsin_status add_reader(struct raw_queries *queries, const struct plan *plan, struct error *err)
{
    struct literal_cover *covers;
    uint32_t count;
    tocsin_status status = plan_literal_covers(plan, queries->arena, &covers, &count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (count == 0 || queries->prefilter.count == RAW_QUERIES_MAX) {
        queries->wants_all = true;
        return TOCSIN_OK;
    }
    struct raw_cover *raw = arena_array(queries->arena, struct raw_cover, count);
    if (!raw) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < count; i++) {
        raw[i] = (struct raw_cover){copy_literals(queries->arena, &covers[i]), covers[i].count};
        if (!raw[i].literals) {
            return error_memory(err);
        }
    }
    queries->items[queries->prefilter.count++] = (struct raw_query){raw, count};
    return TOCSIN_OK;
}

tocsin_status raw_queries_add(struct raw_queries *queries, const struct plan *plan, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    if (queries->wants_all) {
        return TOCSIN_OK;
    }
    if (plan->source.kind == PLAN_SOURCE_LOG) {
        status = add_reader(queries, plan, err);
    } else if (plan->source.kind == PLAN_SOURCE_PLAN) {
        status = raw_queries_add(queries, plan->source.inner, err);
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < plan->subquery_count; i++) {
        status = raw_queries_add(queries, plan->subqueries[i].plan, err);
    }
    return status;
}

const struct raw_prefilter *raw_queries_prefilter(const struct raw_queries *queries)
{
    return queries->wants_all || queries->prefilter.count == 0 ? NULL : &queries->prefilter;
}
