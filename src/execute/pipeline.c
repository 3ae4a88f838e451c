#include "execute/pipeline.h"

#include <assert.h>

#include "base/memory.h"
#include "execute/group_stage.h"
#include "execute/row_codec.h"
#include "execute/row_spool.h"
#include "execute/session_stage.h"

enum { REPLAY_BYTES = 4 * 1024 * 1024 };

struct pipeline {
    const struct plan *plan;
    const struct program_environment *shared;
    struct program_environment environment; /* the shared one, with the plan's sub-selects */
    struct pipeline_options options;
    struct program *early; /* what can be tested as rows arrive */
    struct program *late;  /* the rest; NULL if there is none */
    bool is_deferred;      /* rows wait in the spool for NOW() or the answer of a sub-select */
    struct row_spool spool;
    struct session_stage *sessions; /* NULL: none */
    struct group_stage *groups;     /* NULL: none */
    struct answer *answer;
    bool has_stages; /* the three above; made when the first row passes the filter, as that of most rules never does */
    struct result_sink sink;
    struct plan_measure *measure; /* NULL: nobody asks */
};

/* A part of the pipeline begins (gives what the time went to before) and ends. */
static int64_t *enter(struct pipeline *pipeline, enum measure_part part, uint32_t rows_in)
{
    if (!pipeline->measure) {
        return NULL;
    }
    pipeline->measure->parts[part].rows_in += rows_in;
    return measure_enter(pipeline->options.measure, &pipeline->measure->parts[part].ns);
}
static void leave(struct pipeline *pipeline, int64_t *before)
{
    measure_leave(pipeline->options.measure, before);
}
static void count_out(struct pipeline *pipeline, enum measure_part part, uint32_t rows)
{
    if (pipeline->measure) {
        pipeline->measure->parts[part].rows_out += rows;
    }
}

static tocsin_status check_time(const struct pipeline *pipeline, struct error *err)
{
    return pipeline->options.time_limit ? time_limit_check(pipeline->options.time_limit, err) : TOCSIN_OK;
}

/* Rows of the log come before NOW() and the answers of sub-selects are known; those of another plan come after. */
bool pipeline_must_defer(const struct plan *plan, bool is_now_known)
{
    return plan->source.kind == PLAN_SOURCE_LOG &&
           ((plan_needs_now(plan) && !is_now_known) || plan->subquery_count > 0);
}

static bool has_order(const struct plan *plan, const struct pipeline_options *options)
{
    bool is_log = plan->source.kind == PLAN_SOURCE_LOG;
    return plan->order_count > 0 || (is_log && !plan->group && !options->keeps_input_order);
}

uint32_t pipeline_share_count(const struct plan *plan, const struct pipeline_options *options)
{
    return (uint32_t)pipeline_must_defer(plan, options->is_now_known) + (plan->session != NULL) +
           (plan->group ? 2 : 0) + has_order(plan, options) + options->has_late_lines;
}

bool pipeline_may_have_late_lines(const struct plan *plan, const struct pipeline_options *options)
{
    return plan->source.kind == PLAN_SOURCE_LOG && plan->group && !plan->session && options->keeps_evidence &&
           !pipeline_must_defer(plan, options->is_now_known);
}

bool pipeline_late_fields(const struct plan *plan, const struct pipeline_options *options,
                          struct field_set *ret_fields)
{
    bool is_plain = plan->source.kind == PLAN_SOURCE_LOG && !plan->group && !plan->session &&
                    !pipeline_must_defer(plan, options->is_now_known);
    if (!is_plain || !answer_may_be_late(plan, has_order(plan, options))) {
        return false;
    }
    struct field_set at_once = {{0}};
    bool is_whole = true;
    for (uint32_t i = 0; i < plan->early_count; i++) {
        is_whole &= expression_fields(plan->early[i], &at_once);
    }
    for (uint32_t i = 0; i < plan->late_count; i++) {
        is_whole &= expression_fields(plan->late[i], &at_once);
    }
    for (uint32_t i = 0; i < plan->order_count; i++) {
        is_whole &= expression_fields(plan->orders[i].expression, &at_once);
    }
    field_set_add(&at_once, FIELD_STARTTIME);
    for (size_t word = 0; word < countof(ret_fields->words); word++) {
        ret_fields->words[word] = plan->fields.words[word] & ~at_once.words[word];
    }
    return is_whole;
}

/* ---- creation ---- */

/* Tests that the filter can make now, and those it can only make late. */
static tocsin_status create_filters(struct pipeline *pipeline, struct error *err)
{
    const struct plan *plan = pipeline->plan;
    const struct expression **parts =
        memory_allocate_zeroed(plan->early_count + plan->late_count + 1u, sizeof(const struct expression *));
    const struct expression **late = memory_allocate_zeroed(plan->late_count + 1u, sizeof(const struct expression *));
    uint32_t count = 0;
    uint32_t late_count = 0;
    if (!parts || !late) {
        memory_free(parts);
        memory_free(late);
        return error_memory(err);
    }
    bool is_now_known = pipeline->options.is_now_known || !pipeline->is_deferred;
    /* Number comparisons of the time clause first: they are the cheapest. */
    for (uint32_t i = 0; i < plan->late_count; i++) {
        bool waits = pipeline->is_deferred && (!is_now_known || plan->late[i]->has_subquery);
        if (waits) {
            late[late_count++] = plan->late[i];
        } else {
            parts[count++] = plan->late[i];
        }
    }
    for (uint32_t i = 0; !is_now_known && i < plan->late_monotone_count; i++) {
        parts[count++] = plan->late_monotone[i];
    }
    for (uint32_t i = 0; i < plan->early_count; i++) {
        parts[count++] = plan->early[i];
    }
    assert(count <= plan->early_count + plan->late_count);
    tocsin_status status = program_create_filter(&pipeline->environment, parts, count, &pipeline->early, err);
    if (status == TOCSIN_OK && late_count > 0) {
        status = program_create_filter(&pipeline->environment, late, late_count, &pipeline->late, err);
    }
    memory_free(parts);
    memory_free(late);
    return status;
}

static tocsin_status push_answer(void *state, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                                 struct error *err)
{
    struct pipeline *pipeline = state;
    tocsin_status status = check_time(pipeline, err);
    count_out(pipeline, MEASURE_GROUP, row_count);
    int64_t *before = enter(pipeline, MEASURE_ANSWER, row_count);
    status = status == TOCSIN_OK ? answer_push(pipeline->answer, batch, rows, row_count, err) : status;
    leave(pipeline, before);
    return status;
}

/* The answer comes out. */
static tocsin_status push_result(void *state, const struct result_batch *result, struct error *err)
{
    struct pipeline *pipeline = state;
    tocsin_status status = check_time(pipeline, err);
    count_out(pipeline, MEASURE_ANSWER, result->row_count);
    count_out(pipeline, MEASURE_OUTPUT, result->row_count);
    int64_t *before = enter(pipeline, MEASURE_OUTPUT, result->row_count);
    status = status == TOCSIN_OK ? pipeline->sink.ops->push(pipeline->sink.state, result, err) : status;
    leave(pipeline, before);
    return status;
}

static const struct result_sink_ops result_ops = {.push = push_result};

/* Rows that passed the filter and have their session. */
static tocsin_status push_group(void *state, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                                struct error *err)
{
    struct pipeline *pipeline = state;
    count_out(pipeline, MEASURE_SESSION, row_count);
    if (!pipeline->groups) {
        return push_answer(pipeline, batch, rows, row_count, err);
    }
    tocsin_status status = check_time(pipeline, err);
    int64_t *before = enter(pipeline, MEASURE_GROUP, row_count);
    status = status == TOCSIN_OK ? group_stage_push(pipeline->groups, batch, rows, row_count, err) : status;
    leave(pipeline, before);
    return status;
}

static tocsin_status create_stages(struct pipeline *pipeline, struct error *err)
{
    if (pipeline->has_stages) {
        return TOCSIN_OK;
    }
    pipeline->has_stages = true;
    const struct plan *plan = pipeline->plan;
    const struct pipeline_options *options = &pipeline->options;
    const struct program_environment *environment = &pipeline->environment;
    bool is_log = plan->source.kind == PLAN_SOURCE_LOG;
    tocsin_status status = TOCSIN_OK;
    if (plan->session) {
        struct session_stage_options session = {.bytes_max = options->bytes_max,
                                                .is_sequential = options->sessions_sequential,
                                                .has_lines = is_log,
                                                .hash_seed = options->hash_seed,
                                                .row_max = options->row_max};
        status = session_stage_create(plan, environment, &session, (struct row_sink){push_group, pipeline},
                                      &pipeline->sessions, err);
    }
    if (status == TOCSIN_OK && plan->group) {
        struct group_stage_options group = {.bytes_max = options->group_bytes_max,
                                            .is_newest_first = is_log && !options->keeps_input_order,
                                            .keeps_evidence = options->keeps_evidence,
                                            .keeps_numbers = options->has_late_lines,
                                            .is_sorted_later = plan->order_count > 0,
                                            .hash_seed = options->hash_seed,
                                            .row_max = options->row_max};
        status = group_stage_create(plan, environment, &group, (struct row_sink){push_answer, pipeline},
                                    &pipeline->groups, err);
    }
    struct answer_options answer = {.bytes_max = options->bytes_max,
                                    .is_newest_first = has_order(plan, options),
                                    .has_lines = is_log && !plan->group,
                                    .late_fields = options->late_fields,
                                    .has_late_lines = options->has_late_lines,
                                    .late_source = options->late_source,
                                    .row_max = options->row_max};
    return status == TOCSIN_OK ? answer_create(plan, environment, &answer, (struct result_sink){&result_ops, pipeline},
                                               &pipeline->answer, err)
                               : status;
}

tocsin_status pipeline_create(const struct plan *plan, const struct program_environment *environment,
                              const struct value_set *const *subqueries, const struct pipeline_options *options,
                              struct result_sink sink, struct pipeline **ret_pipeline, struct error *err)
{
    struct pipeline *pipeline = memory_allocate_zeroed(1, sizeof(*pipeline));
    if (!pipeline) {
        return error_memory(err);
    }
    pipeline->plan = plan;
    pipeline->shared = environment;
    pipeline->environment = *environment;
    pipeline->environment.subqueries = subqueries;
    pipeline->options = *options;
    pipeline->sink = sink;
    pipeline->is_deferred = pipeline_must_defer(plan, options->is_now_known);
    row_spool_init(&pipeline->spool, options->bytes_max);
    tocsin_status status = create_filters(pipeline, err);
    if (status == TOCSIN_OK && options->measure) {
        pipeline->measure = measure_plan(options->measure, plan);
        status = pipeline->measure ? TOCSIN_OK : error_memory(err);
    }
    if (status != TOCSIN_OK) {
        pipeline_free(pipeline);
        return status;
    }
    *ret_pipeline = pipeline;
    return TOCSIN_OK;
}

void pipeline_free(struct pipeline *pipeline)
{
    if (!pipeline) {
        return;
    }
    program_free(pipeline->early);
    program_free(pipeline->late);
    session_stage_free(pipeline->sessions);
    group_stage_free(pipeline->groups);
    answer_free(pipeline->answer);
    row_spool_release(&pipeline->spool);
    memory_free(pipeline);
}

void pipeline_environment_changed(struct pipeline *pipeline)
{
    pipeline->environment.functions = pipeline->shared->functions;
    program_now_changed(pipeline->early);
    if (pipeline->late) {
        program_now_changed(pipeline->late);
    }
    if (pipeline->sessions) {
        session_stage_now_changed(pipeline->sessions);
    }
    if (pipeline->groups) {
        group_stage_now_changed(pipeline->groups);
    }
    if (pipeline->answer) {
        answer_now_changed(pipeline->answer);
    }
}

bool pipeline_is_done(const struct pipeline *pipeline)
{
    const struct plan *plan = pipeline->plan;
    bool is_streaming = !pipeline->is_deferred && !plan->session && !plan->group;
    return (plan->has_limit && plan->limit == 0) ||
           (is_streaming && pipeline->answer && answer_is_done(pipeline->answer));
}

bool pipeline_has_lost_rows(const struct pipeline *pipeline)
{
    return pipeline->answer && answer_has_lost_rows(pipeline->answer);
}

/* ---- rows ---- */

/* Rows that have passed the whole filter. */
static tocsin_status pass_rows(struct pipeline *pipeline, struct batch *batch, const uint16_t *rows, uint32_t count,
                               struct error *err)
{
    if (count == 0) {
        return TOCSIN_OK;
    }
    tocsin_status status = create_stages(pipeline, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!pipeline->sessions) {
        return push_group(pipeline, batch, rows, count, err);
    }
    int64_t *before = enter(pipeline, MEASURE_SESSION, count);
    status = session_stage_push(pipeline->sessions, batch, rows, count, err);
    leave(pipeline, before);
    return status;
}

static tocsin_status spool_rows(struct pipeline *pipeline, struct batch *batch, const uint16_t *rows, uint32_t count,
                                struct error *err)
{
    /* Only the plan's fields are kept, not all that other rules of the run asked for. */
    const struct column *columns[LIMIT_SCHEMA_FIELDS];
    uint32_t column_count = row_columns(batch, &pipeline->plan->fields, columns);
    struct strbuf row;
    strbuf_init(&row, UINT32_MAX);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        strbuf_clear(&row);
        row_encode(&row, columns, column_count, batch, rows[i]);
        status = row.is_failed ? error_memory(err) : row_spool_add(&pipeline->spool, strbuf_str(&row), err);
    }
    strbuf_release(&row);
    return status;
}

tocsin_status pipeline_push(struct pipeline *pipeline, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                            struct error *err)
{
    uint16_t kept[BATCH_ROWS_MAX];
    uint32_t count;
    if (row_count == 0 || pipeline_is_done(pipeline)) {
        return TOCSIN_OK;
    }
    tocsin_status status = check_time(pipeline, err);
    if (status == TOCSIN_OK) {
        int64_t *before = enter(pipeline, MEASURE_FILTER, row_count);
        status = program_filter_parts(pipeline->early, batch, rows, row_count, kept, &count, err);
        leave(pipeline, before);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    count_out(pipeline, MEASURE_FILTER, count);
    if (!pipeline->is_deferred) {
        return pass_rows(pipeline, batch, kept, count, err);
    }
    int64_t *before = enter(pipeline, MEASURE_WAIT, count);
    status = spool_rows(pipeline, batch, kept, count, err);
    leave(pipeline, before);
    return status;
}

/* ---- the end ---- */

static tocsin_status replay_batch(struct pipeline *pipeline, struct batch *batch, struct error *err)
{
    uint16_t rows[BATCH_ROWS_MAX];
    uint32_t count = batch->row_count;
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (uint16_t)i;
    }
    tocsin_status status = check_time(pipeline, err);
    status = status == TOCSIN_OK ? batch_finish(batch, err) : status;
    count_out(pipeline, MEASURE_WAIT, count);
    if (status == TOCSIN_OK && count > 0 && pipeline->late) {
        int64_t *before = enter(pipeline, MEASURE_LATE, count);
        status = program_filter_parts(pipeline->late, batch, rows, count, rows, &count, err);
        leave(pipeline, before);
        count_out(pipeline, MEASURE_LATE, count);
    }
    if (status == TOCSIN_OK) {
        status = pass_rows(pipeline, batch, rows, count, err);
    }
    batch_clear(batch);
    return status;
}

/* Rows that waited go through the rest of the pipeline. */
static tocsin_status replay(struct pipeline *pipeline, struct error *err)
{
    uint32_t row_max = pipeline->options.row_max > 0 ? pipeline->options.row_max : BATCH_ROWS_MAX;
    struct batch batch;
    tocsin_status status = batch_init(&batch, pipeline->plan->schema, &pipeline->plan->fields, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    size_t bytes = 0;
    while (status == TOCSIN_OK) {
        str encoded;
        status = row_spool_next(&pipeline->spool, &encoded, err);
        if (status != TOCSIN_OK) {
            break;
        }
        status = row_decode_into(&batch, encoded, err);
        bytes += encoded.len;
        if (status == TOCSIN_OK && (batch_is_full(&batch) || batch.row_count >= row_max || bytes > REPLAY_BYTES)) {
            status = replay_batch(pipeline, &batch, err);
            bytes = 0;
        }
    }
    if (status == TOCSIN_END) {
        status = replay_batch(pipeline, &batch, err);
    }
    batch_release(&batch);
    row_spool_release(&pipeline->spool);
    return status;
}

tocsin_status pipeline_finish(struct pipeline *pipeline, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    if (pipeline->is_deferred) {
        pipeline_environment_changed(pipeline);
        int64_t *before = enter(pipeline, MEASURE_WAIT, 0);
        status = replay(pipeline, err);
        leave(pipeline, before);
    }
    if (status == TOCSIN_OK && pipeline->plan->group && !pipeline->has_stages) {
        status = create_stages(pipeline, err); /* no rows, and yet a row if there are no keys */
    }
    if (status == TOCSIN_OK && pipeline->sessions) {
        int64_t *before = enter(pipeline, MEASURE_SESSION, 0);
        status = session_stage_finish(pipeline->sessions, err);
        leave(pipeline, before);
    }
    if (status == TOCSIN_OK && pipeline->groups) {
        int64_t *before = enter(pipeline, MEASURE_GROUP, 0);
        status = group_stage_finish(pipeline->groups, err);
        leave(pipeline, before);
    }
    int64_t *before = enter(pipeline, MEASURE_ANSWER, 0);
    status = status == TOCSIN_OK && pipeline->answer ? answer_finish(pipeline->answer, err) : status;
    leave(pipeline, before);
    return status;
}
