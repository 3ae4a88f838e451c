/* The time clause: which of the rows, by their starttime (aql-reference 2.10). */
#include <assert.h>

#include "plan/binder.h"

static tocsin_status bind_arithmetic_pair(struct binder *binder, enum syntax_operator operator,
                                          const struct expression * left, const struct expression *right,
                                          const struct expression **ret_expression)
{
    struct expression *node = expression_new(binder, EXPRESSION_ARITHMETIC, TYPE_INT64, 2);
    if (!node) {
        return error_memory(binder->err);
    }
    node->operator= operator;
    node->operands[0] = left;
    node->operands[1] = right;
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

static tocsin_status bind_now(struct binder *binder, const struct expression **ret_expression)
{
    const struct function_def *now = function_find(STR("NOW"));
    assert(now);
    return bind_function(binder, now, NULL, 0, 0, ret_expression);
}

static tocsin_status start_compare(struct binder *binder, enum syntax_operator operator,
                                   const struct expression * bound, const struct expression **ret_part)
{
    /* The clause binds to the field, also where an alias has its name. */
    const struct expression *starttime = NULL;
    tocsin_status status = bind_field(binder, FIELD_STARTTIME, &starttime);
    return status == TOCSIN_OK ? bind_compare_nodes(binder, operator, starttime, bound, 0, ret_part) : status;
}

static tocsin_status bind_last(struct binder *binder, int64_t amount, enum syntax_unit unit, size_t offset,
                               const struct expression *ret_parts[2])
{
    static const int64_t unit_ms[] = {
        [UNIT_NONE] = 1, [UNIT_SECONDS] = 1000, [UNIT_MINUTES] = 60000, [UNIT_HOURS] = 3600000, [UNIT_DAYS] = 86400000};
    int64_t span_ms;
    if (__builtin_mul_overflow(amount, unit_ms[unit], &span_ms)) {
        return bind_error(binder, TOCSIN_ERROR_LIMIT, offset, "LAST reaches further back than time does");
    }
    const struct expression *now = NULL;
    const struct expression *span = NULL;
    const struct expression *start = NULL;
    tocsin_status status = bind_now(binder, &now);
    if (status == TOCSIN_OK) {
        status = bind_integer(binder, span_ms, &span);
    }
    if (status == TOCSIN_OK) {
        status = bind_arithmetic_pair(binder, OPERATOR_SUBTRACT, now, span, &start);
    }
    if (status == TOCSIN_OK) {
        status = start_compare(binder, OPERATOR_GREATER_EQUAL, start, &ret_parts[0]);
    }
    return status == TOCSIN_OK ? start_compare(binder, OPERATOR_LESS_EQUAL, now, &ret_parts[1]) : status;
}

enum { MINUTE_MS = 60000 };

static int64_t floor_to_minute(int64_t ms)
{
    int64_t rest = ms % MINUTE_MS;
    return ms - (rest < 0 ? rest + MINUTE_MS : rest);
}

/* START and STOP: a string is rounded to minutes outwards, everything else is exact (aql-reference 2.10). */
static tocsin_status bind_time_bound(struct binder *binder, const struct syntax_node *node, bool is_stop,
                                     const struct expression **ret_part)
{
    const struct expression *bound = NULL;
    enum syntax_operator operator= is_stop ? OPERATOR_LESS_EQUAL : OPERATOR_GREATER_EQUAL;
    tocsin_status status;
    if (node->kind == SYNTAX_STRING) {
        int64_t ms;
        if (!time_parse_query(node->text, binder->options->zone, 0, &ms)) {
            status = bind_error(binder, TOCSIN_ERROR_TYPE, node->offset, "'%.*s' is no time AQL knows",
                                (int)(node->text.len < 60 ? node->text.len : 60), node->text.data);
            error_hint(binder->err, "'2026-11-23 02:50', '2026-11-23 02:50:59', or milliseconds since 1970");
            return status;
        }
        if (!binder->options->has_exact_time_bounds) {
            operator= is_stop ? OPERATOR_LESS : operator;
            ms = is_stop ? floor_to_minute(ms + MINUTE_MS - 1) : floor_to_minute(ms);
        }
        status = bind_integer(binder, ms, &bound);
    } else {
        status = bind_expression(binder, node, &bound);
        if (status == TOCSIN_OK && (bound->type != TYPE_INT64 || bound->has_field)) {
            status = bind_error(binder, TOCSIN_ERROR_TYPE, node->offset_start,
                                "START and STOP take a time: a string, milliseconds, or PARSEDATETIME('1 hour ago')");
        }
    }
    return status == TOCSIN_OK ? start_compare(binder, operator, bound, ret_part) : status;
}

tocsin_status bind_time(struct binder *binder, const struct expression *ret_parts[2])
{
    const struct syntax_time *time = &binder->select->time;
    binder->clause = CLAUSE_TIME;
    switch (time->kind) {
    case TIME_LAST:
        return bind_last(binder, time->amount, time->unit, time->offset, ret_parts);
    case TIME_START_STOP: {
        tocsin_status status = bind_time_bound(binder, time->start, false, &ret_parts[0]);
        return status == TOCSIN_OK && time->stop ? bind_time_bound(binder, time->stop, true, &ret_parts[1]) : status;
    }
    case TIME_NONE:
        return binder->options->has_qradar_window ? bind_last(binder, 5, UNIT_MINUTES, 0, ret_parts) : TOCSIN_OK;
    case TIME_OFFENSE:
        break;
    }
    assert(false && "refused before");
    return TOCSIN_ERROR_INTERNAL;
}
