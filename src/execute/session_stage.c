#include "execute/session_stage.h"

#include "base/memory.h"
#include "execute/row_codec.h"
#include "base/row_sorter.h"
#include "execute/session.h"

enum { BATCH_BYTES = 4 * 1024 * 1024 };

struct session_stage {
    const struct plan *plan;
    struct session_stage_options options;
    struct row_sink sink;
    struct arena arena;
    struct program *time;      /* as rows arrive */
    struct program *questions; /* time, BEGIN, END (if there is one), keys; on sorted rows */
    struct row_sorter *sorter;
    struct session_tracker *tracker;
    struct strbuf key;
    struct strbuf row;
    struct batch sorted;
    bool has_sorted; /* the batch is there */
};

/* ---- creation ---- */

static tocsin_status create_programs(struct session_stage *stage, const struct program_environment *environment,
                                     struct error *err)
{
    const struct plan_session *session = stage->plan->session;
    const struct expression **values = arena_array(&stage->arena, const struct expression *, session->key_count + 3);
    if (!values) {
        return error_memory(err);
    }
    uint32_t count = 0;
    values[count++] = session->time;
    values[count++] = session->begin;
    if (session->end) {
        values[count++] = session->end;
    }
    for (uint32_t i = 0; i < session->key_count; i++) {
        values[count++] = session->keys[i];
    }
    tocsin_status status = program_create_projection(environment, &session->time, 1, &stage->time, err);
    return status == TOCSIN_OK ? program_create_projection(environment, values, count, &stage->questions, err) : status;
}

static tocsin_status create_tracker(struct session_stage *stage, struct error *err)
{
    const struct plan_session *session = stage->plan->session;
    struct session_options options = {
        .is_begin_explicit = session->is_begin_explicit,
        .is_end_explicit = session->is_end_explicit,
        .has_timeout = session->has_timeout,
        .timeout_ms = session->timeout_ms,
        .has_window = session->has_window,
        .window_ms = session->window_ms,
        .is_sequential = stage->options.is_sequential,
        .bytes_max = stage->options.bytes_max / 2,
        .hash_seed = stage->options.hash_seed,
    };
    return session_tracker_create(&options, &stage->tracker, err);
}

tocsin_status session_stage_create(const struct plan *plan, const struct program_environment *environment,
                                   const struct session_stage_options *options, struct row_sink sink,
                                   struct session_stage **ret_stage, struct error *err)
{
    struct session_stage *stage = memory_allocate_zeroed(1, sizeof(*stage));
    if (!stage) {
        return error_memory(err);
    }
    stage->plan = plan;
    stage->options = *options;
    stage->sink = sink;
    arena_init(&stage->arena, LIMIT_QUERY_RUN_BYTES);
    strbuf_init(&stage->key, UINT32_MAX);
    strbuf_init(&stage->row, UINT32_MAX);
    struct row_sorter_options sorter = {.bytes_max = options->bytes_max / 2};
    tocsin_status status = create_programs(stage, environment, err);
    status = status == TOCSIN_OK ? create_tracker(stage, err) : status;
    status = status == TOCSIN_OK ? row_sorter_create(&sorter, &stage->sorter, err) : status;
    status = arena_explain(&stage->arena, status, "SESSION BY", err);
    if (status == TOCSIN_OK) {
        status = batch_init(&stage->sorted, plan->schema, &plan->fields, err);
        stage->has_sorted = status == TOCSIN_OK;
    }
    if (status != TOCSIN_OK) {
        session_stage_free(stage);
        return status;
    }
    *ret_stage = stage;
    return TOCSIN_OK;
}

void session_stage_free(struct session_stage *stage)
{
    if (!stage) {
        return;
    }
    program_free(stage->time);
    program_free(stage->questions);
    row_sorter_free(stage->sorter);
    session_tracker_free(stage->tracker);
    if (stage->has_sorted) {
        batch_release(&stage->sorted);
    }
    strbuf_release(&stage->key);
    strbuf_release(&stage->row);
    arena_release(&stage->arena);
    memory_free(stage);
}

void session_stage_now_changed(struct session_stage *stage)
{
    program_now_changed(stage->time);
    program_now_changed(stage->questions);
}

/* ---- rows as they arrive ---- */

static tocsin_status keep_rows(void *state, struct batch *batch, const uint16_t *rows, uint32_t count,
                               const struct column *const *values, struct error *err)
{
    struct session_stage *stage = state;
    const struct column *columns[LIMIT_SCHEMA_FIELDS];
    uint32_t column_count = row_columns(batch, &stage->plan->fields, columns);
    for (uint32_t i = 0; i < count; i++) {
        if (!column_is_valid(values[0], rows[i])) {
            continue;
        }
        strbuf_clear(&stage->key);
        strbuf_clear(&stage->row);
        row_encode_key(&stage->key, values[0], rows[i], false);
        const struct batch_row *info = &batch->rows[rows[i]];
        if (stage->options.has_lines && info->evidence_count > 0) {
            const struct evidence *first = &batch->evidence[info->evidence_first];
            row_encode_key_number(&stage->key, first->input);
            row_encode_key_number(&stage->key, first->line);
        }
        row_encode(&stage->row, columns, column_count, batch, rows[i]);
        tocsin_status status =
            stage->key.is_failed || stage->row.is_failed
                ? error_memory(err)
                : row_sorter_add(stage->sorter, strbuf_str(&stage->key), strbuf_str(&stage->row), err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

tocsin_status session_stage_push(struct session_stage *stage, struct batch *batch, const uint16_t *rows,
                                 uint32_t row_count, struct error *err)
{
    return program_project_parts(stage->time, batch, rows, row_count, keep_rows, stage, err);
}

/* ---- rows in the order of time ---- */

static bool is_true(const struct column *column, uint16_t row)
{
    return column_is_valid(column, row) && column_bool(column, row);
}

static tocsin_status number_rows(void *state, struct batch *batch, const uint16_t *rows, uint32_t count,
                                 const struct column *const *values, struct error *err)
{
    struct session_stage *stage = state;
    const struct plan_session *session = stage->plan->session;
    const struct column *const *keys = values + (session->end ? 3 : 2);
    struct column *ids = batch_column(batch, FIELD_SESSIONID);
    uint16_t kept[BATCH_ROWS_MAX];
    uint32_t kept_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        strbuf_clear(&stage->key);
        for (uint32_t key = 0; key < session->key_count; key++) {
            row_encode_group_key(&stage->key, keys[key], rows[i]);
        }
        struct session_row row = {
            .time_ms = column_integer(values[0], rows[i]),
            .key = strbuf_str(&stage->key),
            .begins = is_true(values[1], rows[i]),
            .ends = session->end && is_true(values[2], rows[i]),
        };
        uint64_t id;
        tocsin_status status =
            stage->key.is_failed ? error_memory(err) : session_tracker_next(stage->tracker, &row, &id, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        if (id > 0) {
            column_set_integer(ids, rows[i], (int64_t)id);
            kept[kept_count++] = rows[i];
        }
    }
    return kept_count > 0 ? stage->sink.push(stage->sink.state, batch, kept, kept_count, err) : TOCSIN_OK;
}

static tocsin_status number_batch(struct session_stage *stage, struct error *err)
{
    struct batch *batch = &stage->sorted;
    uint16_t rows[BATCH_ROWS_MAX];
    uint32_t count = batch->row_count;
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (uint16_t)i;
    }
    tocsin_status status = batch_finish(batch, err);
    struct column *ids = batch_column(batch, FIELD_SESSIONID);
    if (ids) {
        column_clear(ids); /* constant until now, as nobody has written it */
    }
    if (status == TOCSIN_OK && count > 0) {
        status = program_project_parts(stage->questions, batch, rows, count, number_rows, stage, err);
    }
    batch_clear(batch);
    return status;
}

tocsin_status session_stage_finish(struct session_stage *stage, struct error *err)
{
    uint32_t row_max =
        stage->options.row_max > 0 && stage->options.row_max < BATCH_ROWS_MAX ? stage->options.row_max : BATCH_ROWS_MAX;
    size_t bytes = 0;
    tocsin_status status = row_sorter_finish(stage->sorter, err);
    while (status == TOCSIN_OK) {
        str encoded;
        status = row_sorter_next(stage->sorter, &encoded, err);
        if (status != TOCSIN_OK) {
            break;
        }
        status = row_decode_into(&stage->sorted, encoded, err);
        bytes += encoded.len;
        if (status == TOCSIN_OK && (stage->sorted.row_count == row_max || bytes > BATCH_BYTES)) {
            status = number_batch(stage, err);
            bytes = 0;
        }
    }
    if (status == TOCSIN_END) {
        status = number_batch(stage, err);
    }
    row_sorter_free(stage->sorter); /* its memory is wanted elsewhere */
    stage->sorter = NULL;
    return status;
}
