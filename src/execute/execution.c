#include "execute/execution.h"

#include <assert.h>

#include "base/memory.h"
#include "execute/value_collector.h"

/* One plan of the tree. */
struct node {
    struct execution *execution;
    const struct plan *plan;
    struct pipeline *pipeline;
    struct node *reader; /* FROM (SELECT ...): the node that reads this one's rows; NULL for others */
    struct batch batch;  /* its rows, as the reader's source */
    bool has_batch;
    struct value_collector *collector;   /* IN (SELECT ...) */
    const struct value_set **answer;     /* where its set goes, in the node that asks */
    const struct value_set **subqueries; /* answers of this node's sub-selects */
};

struct execution {
    const struct program_environment *environment;
    struct execution_options options;
    struct result_sink sink;
    struct arena arena;
    struct node *nodes; /* in the order in which they are finished; the last one is the root */
    uint32_t node_count;
    uint32_t node_capacity;
    size_t share_bytes;
    struct time_limit time_limit;
};

/* ---- the tree of plans ---- */

static bool is_over_plan(const struct plan *plan)
{
    return plan->source.kind == PLAN_SOURCE_PLAN && plan->source.inner;
}

void execution_fields(const struct plan *plan, struct field_set *fields)
{
    if (plan->source.kind == PLAN_SOURCE_LOG) {
        for (size_t word = 0; word < countof(fields->words); word++) {
            fields->words[word] |= plan->fields.words[word];
        }
    }
    if (is_over_plan(plan)) {
        execution_fields(plan->source.inner, fields);
    }
    for (uint32_t i = 0; i < plan->subquery_count; i++) {
        execution_fields(plan->subqueries[i].plan, fields);
    }
}

/* All rows make one group, whichever comes first. */
static bool is_one_group(const struct plan *plan)
{
    bool is_one = plan->group && plan->group->key_count == 0 && !plan->session;
    for (uint32_t i = 0; is_one && i < plan->group->aggregate_count; i++) {
        enum aggregate_kind kind = plan->group->aggregates[i].kind;
        is_one = kind != AGGREGATE_FIRST && kind != AGGREGATE_LAST;
    }
    return is_one;
}

bool execution_needs_lines(const struct plan *plan)
{
    bool needs_lines = (plan->source.kind == PLAN_SOURCE_LOG && !is_one_group(plan)) ||
                       (is_over_plan(plan) && execution_needs_lines(plan->source.inner));
    for (uint32_t i = 0; i < plan->subquery_count && !needs_lines; i++) {
        needs_lines = execution_needs_lines(plan->subqueries[i].plan);
    }
    return needs_lines;
}

/* Rows go straight into groups: nothing is kept of one but what the plan's expressions make of it, and its place. */
static bool groups_at_once(const struct plan *plan, bool is_now_known)
{
    return plan->group && !plan->session && !pipeline_must_defer(plan, is_now_known);
}

bool execution_needs_only_places(const struct plan *plan, bool is_now_known)
{
    bool is_only = plan->source.kind != PLAN_SOURCE_LOG || groups_at_once(plan, is_now_known);
    is_only = is_only && (!is_over_plan(plan) || execution_needs_only_places(plan->source.inner, is_now_known));
    for (uint32_t i = 0; i < plan->subquery_count && is_only; i++) {
        is_only = execution_needs_only_places(plan->subqueries[i].plan, is_now_known);
    }
    return is_only;
}

/* Keys and arguments that are fields are taken as they are; all else computes with values. */
static bool add_computed_fields(const struct expression *expression, struct field_set *fields)
{
    return !expression || expression->kind == EXPRESSION_FIELD || expression_fields(expression, fields);
}

static void add_all_fields(const struct plan *plan, struct field_set *fields)
{
    for (size_t word = 0; word < countof(fields->words); word++) {
        fields->words[word] |= plan->fields.words[word];
    }
}

static void add_group_texts(const struct plan *plan, struct field_set *fields)
{
    bool is_whole = true;
    for (uint32_t i = 0; i < plan->early_count; i++) {
        is_whole &= expression_fields(plan->early[i], fields);
    }
    for (uint32_t i = 0; i < plan->late_count; i++) {
        is_whole &= expression_fields(plan->late[i], fields);
    }
    for (uint32_t i = 0; i < plan->group->key_count; i++) {
        is_whole &= add_computed_fields(plan->group->keys[i], fields);
    }
    for (uint32_t i = 0; i < plan->group->aggregate_count; i++) {
        is_whole &= add_computed_fields(plan->group->aggregates[i].argument, fields);
    }
    if (!is_whole) {
        add_all_fields(plan, fields);
    }
}

void execution_text_fields(const struct plan *plan, bool is_now_known, struct field_set *fields)
{
    bool is_log = plan->source.kind == PLAN_SOURCE_LOG;
    if (is_log && groups_at_once(plan, is_now_known)) {
        add_group_texts(plan, fields);
    } else if (is_log) {
        add_all_fields(plan, fields);
    }
    if (is_over_plan(plan)) {
        execution_text_fields(plan->source.inner, is_now_known, fields);
    }
    for (uint32_t i = 0; i < plan->subquery_count; i++) {
        execution_text_fields(plan->subqueries[i].plan, is_now_known, fields);
    }
}

bool execution_late_fields(const struct plan *plan, const struct execution_options *options,
                           struct field_set *ret_fields)
{
    const struct pipeline_options pipeline = {.is_now_known = options->is_now_known,
                                              .keeps_input_order = options->keeps_input_order};
    return pipeline_late_fields(plan, &pipeline, ret_fields);
}

bool execution_may_have_late_lines(const struct plan *plan, const struct execution_options *options)
{
    const struct pipeline_options pipeline = {.is_now_known = options->is_now_known,
                                              .keeps_evidence = options->keeps_evidence};
    return pipeline_may_have_late_lines(plan, &pipeline);
}

bool execution_needs_now(const struct plan *plan)
{
    bool needs_now = plan_needs_now(plan) || (is_over_plan(plan) && execution_needs_now(plan->source.inner));
    for (uint32_t i = 0; i < plan->subquery_count && !needs_now; i++) {
        needs_now = execution_needs_now(plan->subqueries[i].plan);
    }
    return needs_now;
}

static uint32_t count_plans(const struct plan *plan)
{
    uint32_t count = 1 + (is_over_plan(plan) ? count_plans(plan->source.inner) : 0);
    for (uint32_t i = 0; i < plan->subquery_count; i++) {
        count += count_plans(plan->subqueries[i].plan);
    }
    return count;
}

/* The least EXECUTIONTIMELIMIT of a plan and its sub-selects, which run as long as it does; 0: none. */
static int64_t least_time_limit(const struct plan *plan)
{
    int64_t least = plan->time_limit_ms;
    for (uint32_t i = 0; i < plan->subquery_count + is_over_plan(plan); i++) {
        const struct plan *inner = i < plan->subquery_count ? plan->subqueries[i].plan : plan->source.inner;
        int64_t limit = least_time_limit(inner);
        least = limit > 0 && (least == 0 || limit < least) ? limit : least;
    }
    return least;
}

static void pipeline_options_of(const struct execution *execution, struct pipeline_options *ret_options)
{
    const struct execution_options *options = &execution->options;
    *ret_options = (struct pipeline_options){
        .bytes_max = execution->share_bytes < LIMIT_SPOOL_BYTES ? execution->share_bytes : LIMIT_SPOOL_BYTES,
        .group_bytes_max = execution->share_bytes * 2,
        .is_now_known = options->is_now_known,
        .keeps_input_order = options->keeps_input_order,
        .keeps_evidence = options->keeps_evidence,
        .sessions_sequential = options->sessions_sequential,
        .row_max = options->row_max,
        .hash_seed = options->hash_seed,
        .time_limit = &execution->time_limit,
        .measure = options->measure,
        .late_fields = options->late_fields,
        .has_late_lines = options->has_late_lines,
        .late_source = options->late_source,
    };
}

static uint32_t count_shares(const struct execution *execution, const struct plan *plan)
{
    struct pipeline_options options;
    pipeline_options_of(execution, &options);
    uint32_t count = pipeline_share_count(plan, &options);
    count += is_over_plan(plan) ? count_shares(execution, plan->source.inner) : 0;
    for (uint32_t i = 0; i < plan->subquery_count; i++) {
        count += 1 + count_shares(execution, plan->subqueries[i].plan);
    }
    return count;
}

/* ---- rows from one plan to the next ---- */

static void copy_column(const struct column *from, struct column *to, uint32_t row_count)
{
    assert(from->kind == COLUMN_FLAT && from->type == to->type);
    memcpy(to->data, from->data, row_count * value_type_bytes(from->type));
    memcpy(to->validity, from->validity, (row_count + 63) / 64 * sizeof(*to->validity));
}

static tocsin_status push_some_rows(struct pipeline *pipeline, struct batch *batch, const uint16_t *rows,
                                    uint32_t row_count, uint32_t row_max, struct error *err)
{
    uint32_t most = row_max > 0 ? row_max : BATCH_ROWS_MAX;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t from = 0; status == TOCSIN_OK && from < row_count; from += most) {
        uint32_t left = row_count - from;
        status = pipeline_push(pipeline, batch, rows + from, left < most ? left : most, err);
    }
    return status;
}

static tocsin_status push_rows(struct pipeline *pipeline, struct batch *batch, uint32_t row_max, struct error *err)
{
    uint16_t rows[BATCH_ROWS_MAX];
    for (uint32_t i = 0; i < batch->row_count; i++) {
        rows[i] = (uint16_t)i;
    }
    return push_some_rows(pipeline, batch, rows, batch->row_count, row_max, err);
}

/* Rows of FROM (SELECT ...) become rows of the reader's source. */
static tocsin_status push_inner(void *state, const struct result_batch *result, struct error *err)
{
    struct node *node = state;
    struct batch *batch = &node->batch;
    const struct execution_options *options = &node->execution->options;
    if (pipeline_is_done(node->reader->pipeline)) {
        return TOCSIN_OK;
    }
    for (uint32_t row = 0; row < result->row_count; row++) {
        const struct result_evidence *evidence = &result->evidence[row];
        (void)batch_add_row(batch);
        for (uint32_t i = 0; i < evidence->count; i++) {
            batch_add_evidence(batch, evidence->lines[i]);
        }
        batch->rows[row].evidence_more = evidence->more;
    }
    for (uint32_t i = 0; i < batch->column_count; i++) {
        copy_column(&result->columns[batch->fields[i]], &batch->columns[i], result->row_count);
    }
    tocsin_status status = batch_finish(batch, err);
    if (status == TOCSIN_OK && options->see_rows) {
        status = options->see_rows(options->see_context, node->reader->plan, batch, err);
    }
    status = status == TOCSIN_OK ? push_rows(node->reader->pipeline, batch, options->row_max, err) : status;
    batch_clear(batch);
    return status;
}

static tocsin_status push_value(void *state, const struct result_batch *result, struct error *err)
{
    struct node *node = state;
    return value_collector_add(node->collector, &result->columns[0], result->row_count, err);
}

static const struct result_sink_ops inner_ops = {.push = push_inner};
static const struct result_sink_ops value_ops = {.push = push_value};

/* ---- creation ---- */

static tocsin_status create_pipeline(struct node *node, struct error *err)
{
    struct execution *execution = node->execution;
    struct result_sink sink = execution->sink;
    tocsin_status status = TOCSIN_OK;
    if (node->reader) {
        sink = (struct result_sink){&inner_ops, node};
        status = batch_init(&node->batch, node->reader->plan->schema, &node->reader->plan->fields, err);
        node->has_batch = status == TOCSIN_OK;
    } else if (node->answer) {
        sink = (struct result_sink){&value_ops, node};
        node->collector = arena_new(&execution->arena, struct value_collector);
        if (!node->collector) {
            return error_memory(err);
        }
        value_collector_init(node->collector, node->plan->outputs[0].expression->type, execution->share_bytes,
                             execution->options.hash_seed);
    }
    struct pipeline_options options;
    pipeline_options_of(execution, &options);
    return status == TOCSIN_OK ? pipeline_create(node->plan, execution->environment, node->subqueries, &options, sink,
                                                 &node->pipeline, err)
                               : status;
}

/* The nodes of a plan in the order in which they are finished: its sub-selects, what it reads, itself. Its own node is
   the last of them, which is known beforehand, as those below refer to it. */
static tocsin_status add_nodes(struct execution *execution, const struct plan *plan, struct node *reader,
                               const struct value_set **answer, struct error *err)
{
    struct node *node = &execution->nodes[execution->node_count + count_plans(plan) - 1];
    *node = (struct node){.execution = execution, .plan = plan, .reader = reader, .answer = answer};
    node->subqueries = arena_array(&execution->arena, const struct value_set *, plan->subquery_count + 1u);
    if (!node->subqueries) {
        return error_memory(err);
    }
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < plan->subquery_count; i++) {
        status = add_nodes(execution, plan->subqueries[i].plan, NULL, &node->subqueries[i], err);
    }
    if (status == TOCSIN_OK && is_over_plan(plan)) {
        status = add_nodes(execution, plan->source.inner, node, NULL, err);
    }
    if (status == TOCSIN_OK) {
        assert(node == &execution->nodes[execution->node_count]);
        execution->node_count++;
        status = create_pipeline(node, err);
    }
    return status;
}

static tocsin_status check_sources(const struct execution *execution, const struct plan *plan, struct error *err)
{
    if (plan->source.kind == PLAN_SOURCE_CURSOR && !execution->options.open_cursor) {
        return error_set(err, TOCSIN_ERROR_UNSUPPORTED, "there are no cursors here to read '%.*s' from",
                         STR_ARG(plan->source.cursor));
    }
    tocsin_status status = is_over_plan(plan) ? check_sources(execution, plan->source.inner, err) : TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < plan->subquery_count; i++) {
        status = check_sources(execution, plan->subqueries[i].plan, err);
    }
    return status;
}

tocsin_status execution_create(const struct plan *plan, const struct program_environment *environment,
                               const struct execution_options *options, struct result_sink sink,
                               struct execution **ret_execution, struct error *err)
{
    struct execution *execution = memory_allocate_zeroed(1, sizeof(*execution));
    if (!execution) {
        return error_memory(err);
    }
    execution->environment = environment;
    execution->options = *options;
    execution->sink = sink;
    execution->time_limit = time_limit_start(least_time_limit(plan));
    arena_init(&execution->arena, ARENA_NO_LIMIT);
    execution->node_capacity = count_plans(plan);
    execution->nodes = arena_array(&execution->arena, struct node, execution->node_capacity);
    uint32_t shares = count_shares(execution, plan);
    execution->share_bytes = options->bytes_max / (shares > 0 ? shares : 1);
    size_t least = options->bytes_max < LIMIT_PART_BYTES_MIN ? options->bytes_max : LIMIT_PART_BYTES_MIN;
    execution->share_bytes = execution->share_bytes > least ? execution->share_bytes : least;
    tocsin_status status = execution->nodes ? check_sources(execution, plan, err) : error_memory(err);
    status = status == TOCSIN_OK ? add_nodes(execution, plan, NULL, NULL, err) : status;
    if (status != TOCSIN_OK) {
        execution_free(execution);
        return status;
    }
    *ret_execution = execution;
    return TOCSIN_OK;
}

void execution_free(struct execution *execution)
{
    if (!execution) {
        return;
    }
    for (uint32_t i = 0; execution->nodes && i < execution->node_capacity; i++) {
        struct node *node = &execution->nodes[i];
        pipeline_free(node->pipeline);
        if (node->has_batch) {
            batch_release(&node->batch);
        }
        if (node->collector) {
            value_collector_release(node->collector);
        }
    }
    arena_release(&execution->arena);
    memory_free(execution);
}

/* ---- running ---- */

tocsin_status execution_push(struct execution *execution, struct batch *batch, struct error *err)
{
    tocsin_status status = time_limit_check(&execution->time_limit, err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < execution->node_count; i++) {
        struct node *node = &execution->nodes[i];
        if (node->plan->source.kind == PLAN_SOURCE_LOG) {
            status = push_rows(node->pipeline, batch, execution->options.row_max, err);
        }
    }
    return status;
}

/* In the order of nodes. */
static void list_log_plans(const struct plan *plan, const struct plan **ret_plans, uint32_t capacity, uint32_t *count)
{
    for (uint32_t i = 0; i < plan->subquery_count; i++) {
        list_log_plans(plan->subqueries[i].plan, ret_plans, capacity, count);
    }
    if (is_over_plan(plan)) {
        list_log_plans(plan->source.inner, ret_plans, capacity, count);
    }
    if (plan->source.kind == PLAN_SOURCE_LOG) {
        if (*count < capacity) {
            ret_plans[*count] = plan;
        }
        (*count)++;
    }
}

uint32_t execution_log_plans(const struct plan *plan, const struct plan **ret_plans, uint32_t capacity)
{
    uint32_t count = 0;
    list_log_plans(plan, ret_plans, capacity, &count);
    return count;
}

tocsin_status execution_push_rows(struct execution *execution, uint32_t log_plan, struct batch *batch,
                                  const uint16_t *rows, uint32_t row_count, struct error *err)
{
    tocsin_status status = time_limit_check(&execution->time_limit, err);
    uint32_t number = 0;
    for (uint32_t i = 0; status == TOCSIN_OK && i < execution->node_count; i++) {
        struct node *node = &execution->nodes[i];
        if (node->plan->source.kind == PLAN_SOURCE_LOG && number++ == log_plan) {
            return push_some_rows(node->pipeline, batch, rows, row_count, execution->options.row_max, err);
        }
    }
    return status;
}

void execution_now_changed(struct execution *execution)
{
    for (uint32_t i = 0; i < execution->node_count; i++) {
        pipeline_environment_changed(execution->nodes[i].pipeline);
    }
}

bool execution_is_done(const struct execution *execution)
{
    if (pipeline_is_done(execution->nodes[execution->node_count - 1].pipeline)) {
        return true;
    }
    for (uint32_t i = 0; i < execution->node_count; i++) {
        const struct node *node = &execution->nodes[i];
        if (node->plan->source.kind == PLAN_SOURCE_LOG && !pipeline_is_done(node->pipeline)) {
            return false;
        }
    }
    return true;
}

bool execution_has_lost_rows(const struct execution *execution)
{
    return pipeline_has_lost_rows(execution->nodes[execution->node_count - 1].pipeline);
}

static tocsin_status read_cursor(struct node *node, struct error *err)
{
    const struct execution_options *options = &node->execution->options;
    struct batch_source source;
    tocsin_status status = options->open_cursor(options->cursor_context, node->plan, &source, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    while (status == TOCSIN_OK && !pipeline_is_done(node->pipeline)) {
        struct batch *batch;
        status = source.ops->next(source.state, &batch, err);
        status = status == TOCSIN_OK ? push_rows(node->pipeline, batch, options->row_max, err) : status;
    }
    source.ops->close(source.state);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static tocsin_status finish_node(struct node *node, struct error *err)
{
    tocsin_status status = time_limit_check(&node->execution->time_limit, err);
    if (status == TOCSIN_OK && node->plan->source.kind == PLAN_SOURCE_CURSOR) {
        status = read_cursor(node, err);
    }
    status = status == TOCSIN_OK ? pipeline_finish(node->pipeline, err) : status;
    if (status == TOCSIN_OK && node->collector) {
        status = value_collector_finish(node->collector, node->answer, err);
    }
    return status;
}

tocsin_status execution_finish(struct execution *execution, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < execution->node_count; i++) {
        status = finish_node(&execution->nodes[i], err);
        if (status == TOCSIN_OK && i + 1 < execution->node_count) { /* its memory is wanted elsewhere */
            pipeline_free(execution->nodes[i].pipeline);
            execution->nodes[i].pipeline = NULL;
        }
    }
    return status;
}

const struct value_set *const *execution_subqueries(const struct execution *execution, const struct plan *plan)
{
    for (uint32_t i = 0; i < execution->node_count; i++) {
        if (execution->nodes[i].plan == plan) {
            return execution->nodes[i].subqueries;
        }
    }
    return NULL;
}
