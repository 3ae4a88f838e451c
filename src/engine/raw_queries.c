#include "engine/raw_queries.h"

#include "plan/literals.h"

/* More queries have more texts than any format looks for. */
enum { RAW_QUERIES_MAX = 64 };
/* Of one predicate: longer lists say little and cost much. */
enum { CONDITION_LITERALS_MAX = 256 };

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

/* ---- conditions -------------------------------------------------------------------------------------------------- */

/* Parts of a condition being made. */
struct parts {
    const struct raw_condition **items;
    uint32_t count;
};

static tocsin_status parts_create(struct arena *arena, uint32_t count, struct parts *ret, struct error *err)
{
    *ret = (struct parts){.items = arena_array(arena, const struct raw_condition *, count)};
    return ret->items ? TOCSIN_OK : error_memory(err);
}

static tocsin_status join(struct arena *arena, int kind, const struct parts *parts,
                          const struct raw_condition **ret_condition, struct error *err)
{
    struct raw_condition *condition = arena_new(arena, struct raw_condition);
    if (!condition) {
        return error_memory(err);
    }
    condition->kind = kind == RAW_ALL ? RAW_ALL : RAW_ANY;
    condition->parts = parts->items;
    condition->count = parts->count;
    *ret_condition = condition;
    return TOCSIN_OK;
}

static tocsin_status condition_of_literals(struct arena *arena, const struct expression *expression,
                                           const struct raw_condition **ret_condition, struct error *err)
{
    struct literal *literals;
    uint32_t count;
    struct parts parts;
    tocsin_status status = expression_literals(expression, arena, &literals, &count, err);
    if (status != TOCSIN_OK || count == 0 || count > CONDITION_LITERALS_MAX) {
        return status;
    }
    status = parts_create(arena, count, &parts, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct raw_condition *part = arena_new(arena, struct raw_condition);
        if (!part) {
            return error_memory(err);
        }
        part->kind = RAW_LITERAL;
        part->literal = (struct raw_literal){literals[i].field, literals[i].ignores_case, literals[i].text};
        parts.items[parts.count++] = part;
    }
    return join(arena, RAW_ANY, &parts, ret_condition, err);
}

/* What rows hold that meet the expression; *ret_condition NULL: nothing is known. As deep as an expression may be. */
static tocsin_status make_condition(struct arena *arena, const struct expression *expression,
                                    const struct raw_condition **ret_condition, struct error *err)
{
    *ret_condition = NULL;
    bool is_and = expression->kind == EXPRESSION_AND;
    if (!is_and && expression->kind != EXPRESSION_OR) {
        return condition_of_literals(arena, expression, ret_condition, err);
    }
    struct parts parts;
    tocsin_status status = parts_create(arena, expression->operand_count, &parts, err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < expression->operand_count; i++) {
        const struct raw_condition *part;
        status = make_condition(arena, expression->operands[i], &part, err);
        if (status == TOCSIN_OK && part) {
            parts.items[parts.count++] = part;
        } else if (status == TOCSIN_OK && !is_and) {
            return TOCSIN_OK;
        }
    }
    return status == TOCSIN_OK && parts.count > 0 ? join(arena, is_and ? RAW_ALL : RAW_ANY, &parts, ret_condition, err)
                                                  : status;
}

static tocsin_status make_plan_condition(struct arena *arena, const struct literal_cover *covers, uint32_t count,
                                         const struct raw_condition **ret_condition, struct error *err)
{
    struct parts parts;
    tocsin_status status = parts_create(arena, count, &parts, err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        const struct raw_condition *part;
        status = make_condition(arena, covers[i].conjunct, &part, err);
        if (status == TOCSIN_OK && part) {
            parts.items[parts.count++] = part;
        }
    }
    *ret_condition = NULL;
    return status == TOCSIN_OK && parts.count > 0 ? join(arena, RAW_ALL, &parts, ret_condition, err) : status;
}

/* ---- readers ----------------------------------------------------------------------------------------------------- */

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
    const struct raw_condition *condition;
    status = make_plan_condition(queries->arena, covers, count, &condition, err);
    queries->items[queries->prefilter.count++] = (struct raw_query){raw, count, condition};
    return status;
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
