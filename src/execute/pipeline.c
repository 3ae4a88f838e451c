#include "execute/pipeline.h"

#include <assert.h>

#include "base/memory.h"
#include "execute/row_codec.h"
#include "execute/row_sorter.h"
#include "execute/row_spool.h"

/* Rows of a result batch are collected up to this, so that values stay in cache and big ones do not pile up. */
enum { RESULT_BYTES = 4 * 1024 * 1024 };

struct pipeline {
    const struct plan *plan;
    struct program_environment *environment;
    struct pipeline_options options;
    struct result_sink sink;
    struct program *early;   /* what needs no final NOW() */
    struct program *late;    /* the rest, once NOW() is known; NULL if there is none */
    struct program *project; /* outputs, then order keys */
    bool is_deferred;        /* rows wait in the spool for NOW() */
    bool is_streaming;       /* no order wanted: rows go out as they come */
    struct row_spool spool;
    struct row_sorter *sorter;
    struct strbuf key;
    struct strbuf row;
    /* The result batch being filled. */
    struct arena result_arena; /* of the columns */
    struct arena result_text;  /* of the rows in it */
    struct column *result_columns;
    struct column **result_column_list;
    struct result_evidence *result_evidence;
    uint32_t result_count;
    size_t result_bytes;
    uint64_t streamed;
    bool is_starttime_last; /* the projection ends with starttime, for the default order */
    uint32_t key_count;
};

/* ---- creation ---- */

static tocsin_status create_filters(struct pipeline *pipeline, struct error *err)
{
    const struct plan *plan = pipeline->plan;
    uint32_t late_count = pipeline->is_deferred ? plan->late_monotone_count : plan->late_count;
    const struct expression *const *late = pipeline->is_deferred ? plan->late_monotone : plan->late;
    uint32_t count = plan->early_count + late_count;
    const struct expression **parts = arena_array(&pipeline->result_arena, const struct expression *, count);
    if (!parts) {
        return error_memory(err);
    }
    /* Number comparisons of the time clause first: they are the cheapest. */
    memcpy(parts, late, late_count * sizeof(*parts));
    memcpy(parts + late_count, plan->early, plan->early_count * sizeof(*parts));
    tocsin_status status = program_create_filter(pipeline->environment, parts, count, &pipeline->early, err);
    if (status == TOCSIN_OK && pipeline->is_deferred) {
        status = program_create_filter(pipeline->environment, plan->late, plan->late_count, &pipeline->late, err);
    }
    return status;
}

static tocsin_status create_projection(struct pipeline *pipeline, struct error *err)
{
    const struct plan *plan = pipeline->plan;
    uint32_t count = plan->output_count + plan->order_count + 1;
    const struct expression **values = arena_array(&pipeline->result_arena, const struct expression *, count);
    struct expression *starttime = arena_new(&pipeline->result_arena, struct expression);
    if (!values || !starttime) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < plan->output_count; i++) {
        values[i] = plan->outputs[i].expression;
    }
    for (uint32_t i = 0; i < plan->order_count; i++) {
        values[plan->output_count + i] = plan->orders[i].expression;
    }
    pipeline->key_count = plan->order_count;
    if (plan->order_count == 0 && !pipeline->is_streaming) {
        *starttime = (struct expression){
            .kind = EXPRESSION_FIELD, .type = TYPE_INT64, .field = FIELD_STARTTIME, .has_field = true};
        values[plan->output_count] = starttime;
        pipeline->is_starttime_last = true;
        pipeline->key_count = 1;
    }
    return program_create_projection(pipeline->environment, values, plan->output_count + pipeline->key_count,
                                     &pipeline->project, err);
}

static tocsin_status create_result(struct pipeline *pipeline, struct error *err)
{
    const struct plan *plan = pipeline->plan;
    struct arena *arena = &pipeline->result_arena;
    pipeline->result_columns = arena_array(arena, struct column, plan->output_count);
    pipeline->result_column_list = arena_array(arena, struct column *, plan->output_count);
    pipeline->result_evidence = arena_array(arena, struct result_evidence, BATCH_ROWS_MAX);
    if (!pipeline->result_columns || !pipeline->result_column_list || !pipeline->result_evidence) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < plan->output_count; i++) {
        pipeline->result_column_list[i] = &pipeline->result_columns[i];
        if (!column_init(&pipeline->result_columns[i], plan->outputs[i].expression->type, arena)) {
            return error_memory(err);
        }
    }
    if (pipeline->is_streaming) {
        return TOCSIN_OK;
    }
    struct row_sorter_options options = {
        .bytes_max = pipeline->options.bytes_max, .has_limit = plan->has_limit, .limit = plan->limit};
    return row_sorter_create(&options, &pipeline->sorter, err);
}

/* Constructs that the binder knows and the pipeline does not run yet. */
static tocsin_status refuse_unrunnable(const struct plan *plan, struct error *err)
{
    if (plan->group) {
        return error_set(err, TOCSIN_ERROR_UNSUPPORTED, "GROUP BY and aggregates are not run in this release");
    }
    if (plan->session) {
        return error_set(err, TOCSIN_ERROR_UNSUPPORTED, "SESSION BY is not run in this release");
    }
    if (plan->source.kind != PLAN_SOURCE_LOG || plan->subquery_count > 0) {
        return error_set(err, TOCSIN_ERROR_UNSUPPORTED, "sub-selects are not run in this release");
    }
    return TOCSIN_OK;
}

tocsin_status pipeline_create(const struct plan *plan, struct program_environment *environment,
                              const struct pipeline_options *options, struct result_sink sink,
                              struct pipeline **ret_pipeline, struct error *err)
{
    tocsin_status runnable = refuse_unrunnable(plan, err);
    if (runnable != TOCSIN_OK) {
        return runnable;
    }
    struct pipeline *pipeline = memory_allocate_zeroed(1, sizeof(*pipeline));
    if (!pipeline) {
        return error_memory(err);
    }
    pipeline->plan = plan;
    pipeline->environment = environment;
    pipeline->options = *options;
    pipeline->sink = sink;
    pipeline->is_deferred = !options->is_now_known && plan_needs_now(plan);
    pipeline->is_streaming = plan->order_count == 0 && options->keeps_input_order;
    arena_init(&pipeline->result_arena, LIMIT_QUERY_RUN_BYTES * 2);
    arena_init(&pipeline->result_text, ARENA_NO_LIMIT);
    row_spool_init(&pipeline->spool, options->bytes_max);
    strbuf_init(&pipeline->key, UINT32_MAX);
    strbuf_init(&pipeline->row, UINT32_MAX);
    tocsin_status status = create_filters(pipeline, err);
    status = status == TOCSIN_OK ? create_projection(pipeline, err) : status;
    status = status == TOCSIN_OK ? create_result(pipeline, err) : status;
    status = arena_explain(&pipeline->result_arena, status, "the result of the query", err);
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
    program_free(pipeline->project);
    row_sorter_free(pipeline->sorter);
    row_spool_release(&pipeline->spool);
    strbuf_release(&pipeline->key);
    strbuf_release(&pipeline->row);
    arena_release(&pipeline->result_text);
    arena_release(&pipeline->result_arena);
    memory_free(pipeline);
}

void pipeline_now_changed(struct pipeline *pipeline)
{
    program_now_changed(pipeline->early);
    program_now_changed(pipeline->project);
    if (pipeline->late) {
        program_now_changed(pipeline->late);
    }
}

bool pipeline_is_done(const struct pipeline *pipeline)
{
    const struct plan *plan = pipeline->plan;
    return plan->has_limit && (plan->limit == 0 ||
                               (pipeline->is_streaming && !pipeline->is_deferred && pipeline->streamed >= plan->limit));
}

/* ---- result batches ---- */

static tocsin_status flush_result(struct pipeline *pipeline, struct error *err)
{
    if (pipeline->result_count == 0) {
        return TOCSIN_OK;
    }
    struct result_batch batch = {
        .columns = pipeline->result_columns,
        .row_count = pipeline->result_count,
        .evidence = pipeline->result_evidence,
    };
    tocsin_status status = pipeline->sink.ops->push(pipeline->sink.state, &batch, err);
    pipeline->result_count = 0;
    pipeline->result_bytes = 0;
    arena_clear(&pipeline->result_text);
    return status;
}

static tocsin_status add_result(struct pipeline *pipeline, str encoded, struct error *err)
{
    struct evidence *lines = arena_array(&pipeline->result_text, struct evidence, LIMIT_EVIDENCE_LINES);
    str body = arena_copy(&pipeline->result_text, encoded);
    if (!lines || !body.data) {
        return error_memory(err);
    }
    uint32_t row = pipeline->result_count;
    str rest = row_decode_values(body, pipeline->result_column_list, pipeline->plan->output_count, row);
    struct result_evidence *evidence = &pipeline->result_evidence[row];
    evidence->lines = lines;
    evidence->count = row_decode_evidence(rest, lines, &evidence->more);
    pipeline->result_count++;
    pipeline->result_bytes += encoded.len;
    if (pipeline->result_count == BATCH_ROWS_MAX || pipeline->result_bytes > RESULT_BYTES) {
        return flush_result(pipeline, err);
    }
    return TOCSIN_OK;
}

/* ---- rows ---- */

static void encode_sort_key(struct pipeline *pipeline, const struct column *const *keys, const struct batch *batch,
                            uint16_t row)
{
    strbuf_clear(&pipeline->key);
    for (uint32_t i = 0; i < pipeline->key_count; i++) {
        bool is_descending = pipeline->is_starttime_last || pipeline->plan->orders[i].is_descending;
        row_encode_key(&pipeline->key, keys[i], row, is_descending);
    }
    /* Ties by input order: events close in another order than they began. */
    const struct batch_row *info = &batch->rows[row];
    if (info->evidence_count > 0) {
        const struct evidence *first = &batch->evidence[info->evidence_first];
        row_encode_key_number(&pipeline->key, first->input);
        row_encode_key_number(&pipeline->key, first->line);
    }
}

/* Some giant values under many functions can outgrow what one call may hold. Then half of the rows are taken at a time:
   a log must not be able to end the run. */
static bool must_halve(tocsin_status status, uint32_t count)
{
    return status == TOCSIN_ERROR_LIMIT && count > 1;
}

static tocsin_status filter_rows(struct program *program, struct batch *batch, const uint16_t *rows, uint32_t count,
                                 uint16_t *ret_rows, uint32_t *ret_count, struct error *err)
{
    tocsin_status status = program_filter(program, batch, rows, count, ret_rows, ret_count, err);
    if (!must_halve(status, count)) {
        return status;
    }
    uint32_t half = count / 2;
    uint32_t first;
    uint32_t second;
    uint16_t rest[BATCH_ROWS_MAX];
    memcpy(rest, rows + half, (count - half) * sizeof(*rest)); /* ret_rows may be rows */
    status = filter_rows(program, batch, rows, half, ret_rows, &first, err);
    if (status == TOCSIN_OK) {
        status = filter_rows(program, batch, rest, count - half, ret_rows + first, &second, err);
    }
    if (status == TOCSIN_OK) {
        *ret_count = first + second;
    }
    return status;
}

static tocsin_status process_rows(struct pipeline *pipeline, struct batch *batch, const uint16_t *rows, uint32_t count,
                                  struct error *err)
{
    if (count == 0) {
        return TOCSIN_OK;
    }
    const struct column *const *values;
    const struct plan *plan = pipeline->plan;
    tocsin_status status = program_project(pipeline->project, batch, rows, count, &values, err);
    if (must_halve(status, count)) {
        status = process_rows(pipeline, batch, rows, count / 2, err);
        return status == TOCSIN_OK ? process_rows(pipeline, batch, rows + count / 2, count - count / 2, err) : status;
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        if (pipeline_is_done(pipeline)) {
            break;
        }
        strbuf_clear(&pipeline->row);
        row_encode(&pipeline->row, values, plan->output_count, batch, rows[i]);
        if (pipeline->is_streaming) {
            if (plan->has_limit && pipeline->streamed >= plan->limit) {
                break;
            }
            pipeline->streamed++;
            status =
                pipeline->row.is_failed ? error_memory(err) : add_result(pipeline, strbuf_str(&pipeline->row), err);
            continue;
        }
        encode_sort_key(pipeline, values + plan->output_count, batch, rows[i]);
        status = pipeline->row.is_failed || pipeline->key.is_failed
                     ? error_memory(err)
                     : row_sorter_add(pipeline->sorter, strbuf_str(&pipeline->key), strbuf_str(&pipeline->row), err);
    }
    if (status == TOCSIN_OK && pipeline->is_streaming) {
        status = flush_result(pipeline, err);
    }
    return status;
}

static tocsin_status spool_rows(struct pipeline *pipeline, struct batch *batch, const uint16_t *rows, uint32_t count,
                                struct error *err)
{
    /* Only the plan's fields are kept, not all that other rules of the run asked for. */
    const struct column *columns[LIMIT_SCHEMA_FIELDS];
    uint32_t column_count = 0;
    for (uint32_t i = 0; i < batch->column_count; i++) {
        if (field_set_has(&pipeline->plan->fields, batch->fields[i])) {
            columns[column_count++] = &batch->columns[i];
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        strbuf_clear(&pipeline->row);
        row_encode(&pipeline->row, columns, column_count, batch, rows[i]);
        tocsin_status status = pipeline->row.is_failed
                                   ? error_memory(err)
                                   : row_spool_add(&pipeline->spool, strbuf_str(&pipeline->row), err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

tocsin_status pipeline_push(struct pipeline *pipeline, struct batch *batch, struct error *err)
{
    uint16_t rows[BATCH_ROWS_MAX];
    uint32_t count = batch->row_count;
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (uint16_t)i;
    }
    if (count == 0 || pipeline_is_done(pipeline)) {
        return TOCSIN_OK;
    }
    tocsin_status status = filter_rows(pipeline->early, batch, rows, count, rows, &count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    return pipeline->is_deferred ? spool_rows(pipeline, batch, rows, count, err)
                                 : process_rows(pipeline, batch, rows, count, err);
}

/* ---- the end ---- */

static tocsin_status replay_batch(struct pipeline *pipeline, struct batch *batch, struct error *err)
{
    uint16_t rows[BATCH_ROWS_MAX];
    uint32_t count = batch->row_count;
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (uint16_t)i;
    }
    tocsin_status status = batch_finish(batch, err);
    if (status == TOCSIN_OK && count > 0) {
        status = filter_rows(pipeline->late, batch, rows, count, rows, &count, err);
    }
    if (status == TOCSIN_OK) {
        status = process_rows(pipeline, batch, rows, count, err);
    }
    batch_clear(batch);
    return status;
}

/* Rows that waited for NOW() go through the rest of the pipeline. */
static tocsin_status replay(struct pipeline *pipeline, struct error *err)
{
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
        if (status == TOCSIN_OK && (batch_is_full(&batch) || bytes > RESULT_BYTES)) {
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
        pipeline_now_changed(pipeline);
        status = replay(pipeline, err);
    }
    if (status == TOCSIN_OK && !pipeline->is_streaming) {
        status = row_sorter_finish(pipeline->sorter, err);
        while (status == TOCSIN_OK) {
            str body;
            status = row_sorter_next(pipeline->sorter, &body, err);
            if (status == TOCSIN_OK) {
                status = add_result(pipeline, body, err);
            }
        }
        status = status == TOCSIN_END ? TOCSIN_OK : status;
    }
    return status == TOCSIN_OK ? flush_result(pipeline, err) : status;
}
