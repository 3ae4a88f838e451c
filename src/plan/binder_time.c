/* The time clause: which of the rows, by their starttime (aql-reference 2.10). */
#include <assert.h>

#include "lookup/offenses.h"
#include "plan/binder.h"

enum { MINUTE_MS = 60000 };

static tocsin_status bind_arithmetic_pair(struct binder *binder, enum syntax_operator arithmetic,
                                          const struct expression *left, const struct expression *right,
                                          const struct expression **ret_expression)
{
    struct expression *node = expression_new(binder, EXPRESSION_ARITHMETIC, TYPE_INT64, 2);
    if (!node) {
        return error_memory(binder->err);
    }
    node->operator = arithmetic;
    node->operands[0] = left;
    node->operands[1] = right;
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

static tocsin_status bind_arithmetic_number(struct binder *binder, enum syntax_operator arithmetic,
                                            const struct expression *left, int64_t right,
                                            const struct expression **ret_expression)
{
    const struct expression *number = NULL;
    tocsin_status status = bind_integer(binder, right, &number);
    return status == TOCSIN_OK ? bind_arithmetic_pair(binder, arithmetic, left, number, ret_expression) : status;
}

static tocsin_status bind_now(struct binder *binder, const struct expression **ret_expression)
{
    const struct function_def *now = function_find(STR("NOW"));
    assert(now);
    return bind_function(binder, now, NULL, 0, 0, ret_expression);
}

static int64_t floor_to_minute(int64_t ms)
{
    int64_t rest = ms % MINUTE_MS;
    return ms - (rest < 0 ? rest + MINUTE_MS : rest);
}

/* A time clause works on these. */
struct window {
    struct binder *binder;
    const struct expression *starttime;
    const struct expression **parts;
};

static tocsin_status add_part(struct window *window, enum syntax_operator comparison, const struct expression *bound)
{
    const struct expression **part = window->parts[0] ? &window->parts[1] : &window->parts[0];
    return bind_compare_nodes(window->binder, comparison, window->starttime, bound, 0, part);
}

/* starttime >= ms, or starttime < ms. */
static tocsin_status add_constant(struct window *window, bool is_stop, int64_t ms)
{
    struct plan *plan = window->binder->plan;
    const struct expression *bound = NULL;
    plan->has_window = true;
    if (is_stop) {
        plan->window_max_ms = ms - 1;
    } else {
        plan->window_min_ms = ms;
    }
    tocsin_status status = bind_integer(window->binder, ms, &bound);
    return status == TOCSIN_OK ? add_part(window, is_stop ? OPERATOR_LESS : OPERATOR_GREATER_EQUAL, bound) : status;
}

/* The bound, rounded to minutes outwards: x - x % 60000, and the same of x + 59999 for the end. */
static tocsin_status add_rounded(struct window *window, bool is_stop, const struct expression *bound)
{
    struct binder *binder = window->binder;
    const struct expression *rest = NULL;
    tocsin_status status = TOCSIN_OK;
    if (is_stop) {
        status = bind_arithmetic_number(binder, OPERATOR_ADD, bound, MINUTE_MS - 1, &bound);
    }
    if (status == TOCSIN_OK) {
        status = bind_arithmetic_number(binder, OPERATOR_REMAINDER, bound, MINUTE_MS, &rest);
    }
    if (status == TOCSIN_OK) {
        status = bind_arithmetic_pair(binder, OPERATOR_SUBTRACT, bound, rest, &bound);
    }
    return status == TOCSIN_OK ? add_part(window, is_stop ? OPERATOR_LESS : OPERATOR_GREATER_EQUAL, bound) : status;
}

static tocsin_status add_exact(struct window *window, bool is_stop, const struct expression *bound)
{
    return add_part(window, is_stop ? OPERATOR_LESS_EQUAL : OPERATOR_GREATER_EQUAL, bound);
}

static tocsin_status add_bound(struct window *window, bool is_stop, const struct expression *bound)
{
    bool is_rounded = window->binder->options->rounds_all_bounds;
    int64_t ms;
    if (expression_integer(bound, &ms) && ms > INT64_MIN + MINUTE_MS && ms < INT64_MAX - MINUTE_MS) {
        int64_t end = is_rounded ? floor_to_minute(ms + MINUTE_MS - 1) : ms + 1;
        return add_constant(window, is_stop, is_stop ? end : is_rounded ? floor_to_minute(ms) : ms);
    }
    return is_rounded ? add_rounded(window, is_stop, bound) : add_exact(window, is_stop, bound);
}

/* ---- LAST ---- */

bool unit_to_ms(int64_t amount, enum syntax_unit unit, int64_t *ret_ms)
{
    static const int64_t unit_ms[] = {
        [UNIT_NONE] = 1, [UNIT_SECONDS] = 1000, [UNIT_MINUTES] = 60000, [UNIT_HOURS] = 3600000, [UNIT_DAYS] = 86400000};
    return !__builtin_mul_overflow(amount, unit_ms[unit], ret_ms);
}

static tocsin_status bind_last(struct window *window, int64_t amount, enum syntax_unit unit, size_t offset)
{
    struct binder *binder = window->binder;
    int64_t span_ms;
    if (!unit_to_ms(amount, unit, &span_ms)) {
        return bind_error(binder, TOCSIN_ERROR_LIMIT, offset, "LAST reaches further back than time does");
    }
    const struct expression *now = NULL;
    const struct expression *start = NULL;
    tocsin_status status = bind_now(binder, &now);
    if (status == TOCSIN_OK) {
        status = bind_arithmetic_number(binder, OPERATOR_SUBTRACT, now, span_ms, &start);
    }
    status = status == TOCSIN_OK ? add_bound(window, false, start) : status;
    return status == TOCSIN_OK ? add_bound(window, true, now) : status;
}

/* ---- START and STOP ---- */

/* 'yesterday' and '3 hours ago': what PARSEDATETIME makes of them when the query runs. */
static tocsin_status bind_relative_time(struct window *window, const struct syntax_node *node, bool is_stop)
{
    const struct function_def *parse = function_find(STR("PARSEDATETIME"));
    assert(parse);
    const struct expression *bound = NULL;
    tocsin_status status =
        bind_constant(window->binder, (struct value){.type = TYPE_STRING, .text = node->text}, &bound);
    status = status == TOCSIN_OK ? bind_function(window->binder, parse, &bound, 1, node->offset, &bound) : status;
    return status == TOCSIN_OK ? add_bound(window, is_stop, bound) : status;
}

/* A string is rounded to minutes outwards, everything else is exact unless asked for: quoted milliseconds, too. */
static tocsin_status bind_time_text(struct window *window, const struct syntax_node *node, bool is_stop)
{
    struct binder *binder = window->binder;
    const int64_t days_ms = INT64_C(10) * 24 * 60 * MINUTE_MS;
    const struct expression *bound = NULL;
    int64_t ms;
    int64_t later_ms;
    if (str_to_i64(str_trim(node->text), &ms)) {
        tocsin_status status = bind_integer(binder, ms, &bound);
        return status == TOCSIN_OK ? add_bound(window, is_stop, bound) : status;
    }
    if (!time_parse_query(node->text, binder->options->zone, days_ms, &ms) ||
        !time_parse_query(node->text, binder->options->zone, 2 * days_ms, &later_ms)) {
        tocsin_status status = bind_error(binder, TOCSIN_ERROR_TYPE, node->offset, "'%.*s' is no time AQL knows",
                                          STR_ARG(str_slice(node->text, 0, 60)));
        error_hint(binder->err, "'2026-11-23 02:50', '2026-11-23 02:50:59', '3 hours ago', or milliseconds since 1970");
        return status;
    }
    if (ms != later_ms) {
        return bind_relative_time(window, node, is_stop);
    }
    bool is_exact = binder->options->has_exact_time_bounds;
    int64_t end = is_exact ? ms + 1 : floor_to_minute(ms + MINUTE_MS - 1);
    return add_constant(window, is_stop, is_stop ? end : is_exact ? ms : floor_to_minute(ms));
}

static tocsin_status bind_time_value(struct window *window, const struct syntax_node *node, bool is_stop)
{
    struct binder *binder = window->binder;
    const struct expression *bound = NULL;
    tocsin_status status = bind_expression(binder, node, &bound);
    if (status == TOCSIN_OK && bound->type == TYPE_DOUBLE && !bound->has_field) {
        status = bind_convert(binder, bound, TYPE_INT64, node->offset_start, &bound);
    }
    if (status == TOCSIN_OK && (bound->type != TYPE_INT64 || bound->has_field || bound->has_subquery)) {
        status = bind_error(binder, TOCSIN_ERROR_TYPE, node->offset_start,
                            "START and STOP take a time: a string, milliseconds, or PARSEDATETIME('1 hour ago')");
        error_hint(binder->err, "START '2026-11-23 02:50' STOP '2026-11-23 03:50'");
    }
    return status == TOCSIN_OK ? add_bound(window, is_stop, bound) : status;
}

static tocsin_status bind_start_stop(struct window *window, const struct syntax_time *time)
{
    tocsin_status status = time->start->kind == SYNTAX_STRING ? bind_time_text(window, time->start, false)
                                                              : bind_time_value(window, time->start, false);
    if (status == TOCSIN_OK && time->stop) {
        status = time->stop->kind == SYNTAX_STRING ? bind_time_text(window, time->stop, true)
                                                   : bind_time_value(window, time->stop, true);
    }
    const struct plan *plan = window->binder->plan;
    if (status == TOCSIN_OK && plan->has_window && plan->window_min_ms > plan->window_max_ms) {
        struct diagnostic *remark =
            bind_remark(window->binder, "empty-window", DIAGNOSTIC_WARNING, time->stop, "STOP is before START");
        diagnostic_hint(window->binder->diagnostics, remark, "no event is in this window; exchange the two");
    }
    return status;
}

/* ---- TIMES OFFENSE_TIME ---- */

/* The minutes in which the offense was active. */
static tocsin_status bind_offense_time(struct window *window, const struct syntax_time *time)
{
    const struct offense *offense = NULL;
    tocsin_status status = find_offense(window->binder, time->amount, time->offset, &offense);
    if (status == TOCSIN_OK && !offense) {
        return TOCSIN_OK; /* warned of; the query is not narrowed */
    }
    status = status == TOCSIN_OK ? add_constant(window, false, floor_to_minute(offense->start_ms)) : status;
    return status == TOCSIN_OK && offense->has_stop
               ? add_constant(window, true, floor_to_minute(offense->stop_ms) + MINUTE_MS)
               : status;
}

/* ---- which clause, on what ---- */

/* False if the source has no starttime to select by. */
static bool find_starttime(struct binder *binder, field_id *ret_field)
{
    *ret_field = FIELD_STARTTIME;
    if (binder->plan->source.kind == PLAN_SOURCE_LOG) {
        return true;
    }
    *ret_field = find_field(binder, STR("starttime"));
    return *ret_field != FIELD_NONE && schema_field(binder->schema, *ret_field)->type == TYPE_INT64;
}

/* A sub-select without a time clause has that of the query around it. */
static bool is_for_inner(const struct syntax_select *select)
{
    const struct syntax_source *source = &select->source;
    return source->kind == SOURCE_GLOBALVIEW || (source->kind == SOURCE_NAME && catalog_find(source->name) != 0) ||
           (source->kind == SOURCE_SELECT && source->select->time.kind == TIME_NONE && is_for_inner(source->select));
}

static void warn_of_no_starttime(struct binder *binder)
{
    const struct syntax_select *select = binder->select;
    if (is_for_inner(select)) {
        return;
    }
    struct diagnostic *remark = bind_remark_at(binder, "window-ignored", DIAGNOSTIC_WARNING, select->time.offset,
                                               select->time.offset,
                                               "the source has no column starttime, so this narrows nothing");
    diagnostic_hint(binder->diagnostics, remark, "%s",
                    select->source.kind == SOURCE_SELECT ? "select starttime in the sub-select, too"
                                                         : "select starttime in the query that makes the cursor");
}

static tocsin_status bind_clause(struct window *window)
{
    struct binder *binder = window->binder;
    const struct syntax_time *time = binder->time.syntax;
    bool is_log = binder->plan->source.kind == PLAN_SOURCE_LOG;
    switch (time ? time->kind : TIME_NONE) {
    case TIME_LAST:
        return bind_last(window, time->amount, time->unit, time->offset);
    case TIME_START_STOP:
        return bind_start_stop(window, time);
    case TIME_NONE:
        return is_log && binder->options->has_qradar_window ? bind_last(window, 5, UNIT_MINUTES, 0) : TOCSIN_OK;
    case TIME_OFFENSE:
        break;
    }
    return bind_offense_time(window, time);
}

tocsin_status bind_time(struct binder *binder, const struct expression *ret_parts[2])
{
    struct window window = {.binder = binder, .parts = ret_parts};
    bool is_log = binder->plan->source.kind == PLAN_SOURCE_LOG;
    bool is_own = binder->select->time.kind != TIME_NONE;
    field_id field;
    binder->clause = CLAUSE_TIME;
    binder->plan->window_min_ms = INT64_MIN;
    binder->plan->window_max_ms = INT64_MAX;
    /* What reads a sub-select has its own clause applied, and no other: the sub-select has seen to the rest. */
    bool is_view = binder->select->source.kind == SOURCE_GLOBALVIEW;
    if ((!is_log && !is_own) || is_view) {
        return TOCSIN_OK;
    }
    if (!find_starttime(binder, &field)) {
        warn_of_no_starttime(binder);
        return TOCSIN_OK;
    }
    if (is_log && !is_own && !binder->is_view && binder->time.syntax) {
        struct diagnostic *remark =
            bind_remark_at(binder, "inner-window", DIAGNOSTIC_WARNING, binder->select->offset, binder->select->offset,
                           "a sub-select without time clause takes that of the query around it");
        diagnostic_hint(binder->diagnostics, remark, "write LAST or START .. STOP inside its parentheses, too");
    }
    /* An inherited clause is bound as it is written where it stands. */
    str text = binder->text;
    const char *source_name = binder->source_name;
    if (binder->time.syntax) {
        binder->text = binder->time.text;
        binder->source_name = binder->time.source_name;
    }
    tocsin_status status = bind_field(binder, field, &window.starttime);
    status = status == TOCSIN_OK ? bind_clause(&window) : status;
    binder->text = text;
    binder->source_name = source_name;
    return status;
}
