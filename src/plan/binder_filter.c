/* WHERE and the time clause as one list of conditions, split by what they need to be known. */
#include "plan/binder.h"

bool expression_integer(const struct expression *expression, int64_t *ret)
{
    if (expression->kind == EXPRESSION_CONSTANT) {
        *ret = expression->constant.integer;
        return expression->constant.type == TYPE_INT64;
    }
    int64_t left;
    int64_t right;
    if (expression->kind != EXPRESSION_ARITHMETIC || expression->type != TYPE_INT64 || expression->operand_count != 2 ||
        !expression_integer(expression->operands[0], &left) || !expression_integer(expression->operands[1], &right)) {
        return false;
    }
    switch (expression->operator) {
    case OPERATOR_ADD:
        return !__builtin_add_overflow(left, right, ret);
    case OPERATOR_SUBTRACT:
        return !__builtin_sub_overflow(left, right, ret);
    case OPERATOR_MULTIPLY:
        return !__builtin_mul_overflow(left, right, ret);
    default:
        return false;
    }
}

/* NOW() plus or minus a constant: grows exactly as NOW() does. The constant is bounded, so that nothing wraps. */
static bool grows_with_now(const struct expression *bound)
{
    const int64_t offset_max = INT64_C(1000000000000000);
    if (bound->kind == EXPRESSION_CALL) {
        return strcmp(bound->function->names[0], "NOW") == 0;
    }
    int64_t offset;
    return bound->kind == EXPRESSION_ARITHMETIC && bound->type == TYPE_INT64 && bound->operand_count == 2 &&
           (bound->operator == OPERATOR_ADD || bound->operator == OPERATOR_SUBTRACT) &&
           expression_integer(bound->operands[1], &offset) && offset >= -offset_max && offset <= offset_max &&
           bound->operands[0]->kind == EXPRESSION_CALL && grows_with_now(bound->operands[0]);
}

static bool is_monotone(const struct expression *part)
{
    if (part->kind != EXPRESSION_COMPARE) {
        return false;
    }
    bool is_greater = part->operator == OPERATOR_GREATER || part->operator == OPERATOR_GREATER_EQUAL;
    bool is_less = part->operator == OPERATOR_LESS || part->operator == OPERATOR_LESS_EQUAL;
    const struct expression *value = part->operands[is_greater ? 0 : 1];
    const struct expression *bound = part->operands[is_greater ? 1 : 0];
    return (is_greater || is_less) && !part->has_subquery && !value->has_now && grows_with_now(bound);
}

static void split_part(struct plan *plan, const struct expression *part)
{
    if (part->kind == EXPRESSION_AND) {
        for (uint32_t i = 0; i < part->operand_count; i++) {
            split_part(plan, part->operands[i]);
        }
        return;
    }
    if (!part->has_now && !part->has_subquery) {
        plan->early[plan->early_count++] = part;
        return;
    }
    plan->late[plan->late_count++] = part;
    if (is_monotone(part)) {
        plan->late_monotone[plan->late_monotone_count++] = part;
    }
}

static uint32_t count_parts(const struct expression *part)
{
    uint32_t count = 0;
    for (uint32_t i = 0; part->kind == EXPRESSION_AND && i < part->operand_count; i++) {
        count += count_parts(part->operands[i]);
    }
    return part->kind == EXPRESSION_AND ? count : 1;
}

/* Inputs may hold records of several databases. */
static tocsin_status bind_record_kind(struct binder *binder, const struct expression **ret_part)
{
    const struct expression *kind = NULL;
    const struct expression *wanted = NULL;
    tocsin_status status = bind_field(binder, FIELD_RECORD_KIND, &kind);
    if (status == TOCSIN_OK) {
        status = bind_integer(binder, (int64_t)catalog_records(binder->catalog), &wanted);
    }
    return status == TOCSIN_OK ? bind_compare_nodes(binder, OPERATOR_EQUAL, kind, wanted, 0, ret_part) : status;
}

tocsin_status bind_filter(struct binder *binder)
{
    const struct expression *parts[4] = {NULL};
    struct plan *plan = binder->plan;
    bool is_log = plan->source.kind == PLAN_SOURCE_LOG;
    tocsin_status status = is_log ? bind_record_kind(binder, &parts[0]) : TOCSIN_OK;
    if (status == TOCSIN_OK) {
        status = bind_time(binder, parts + 1);
    }
    if (status == TOCSIN_OK && binder->select->where) {
        binder->clause = CLAUSE_WHERE;
        status = bind_predicate(binder, binder->select->where, &parts[3]);
        plan->filter = parts[3];
    }
    uint32_t count = 0;
    for (size_t i = 0; status == TOCSIN_OK && i < countof(parts); i++) {
        count += parts[i] ? count_parts(parts[i]) : 0;
    }
    plan->early = arena_array(binder->arena, const struct expression *, count);
    plan->late = arena_array(binder->arena, const struct expression *, count);
    plan->late_monotone = arena_array(binder->arena, const struct expression *, count);
    if (status == TOCSIN_OK && (!plan->early || !plan->late || !plan->late_monotone)) {
        status = error_memory(binder->err);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < countof(parts); i++) {
        if (parts[i]) {
            split_part(plan, parts[i]);
        }
    }
    return status;
}
