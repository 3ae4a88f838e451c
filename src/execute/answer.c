#include "execute/answer.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "execute/late_lines.h"
#include "execute/row_codec.h"
#include "base/row_sorter.h"
#include "match/collation.h"

/* Rows of a result batch are collected up to this, so that values stay in cache and big ones do not pile up. */
enum { RESULT_BYTES = 4 * 1024 * 1024 };

/* With a limit up to this, the order keys of rows are looked at first, and columns are made only of rows that may be
 * among the first; keys of so many bytes at a time. */
enum { TOP_ROWS_MAX = 16384, TOP_KEY_BYTES = 1024 * 1024 };

/* Rows of a batch that may be among the first, with their keys. */
struct candidates {
    struct batch *batch;
    struct strbuf keys;
    uint32_t count;
    uint16_t rows[BATCH_ROWS_MAX];
    uint32_t key_starts[BATCH_ROWS_MAX + 1]; /* one more: where the last key ends */
    uint16_t order[BATCH_ROWS_MAX];
    uint32_t taken; /* of rows, by the columns made so far */
};

struct answer {
    const struct plan *plan;
    struct answer_options options;
    struct result_sink sink;
    struct program *project; /* outputs, then order keys; with `top` outputs alone */
    struct program *order;   /* with `top`: the order keys */
    struct candidates *top;  /* NULL: columns are made of all rows */
    uint32_t key_count;
    struct collation **collations; /* by key; NULL: by code point */
    bool is_streaming;             /* no order wanted: rows go out as they come */
    struct row_sorter *sorter;     /* else */
    struct late_rows *late;        /* NULL: rows are whole */
    const uint64_t *late_places;   /* in the answer, of the rows of a batch */
    struct late_lines *late_lines; /* NULL: rows have their lines */
    bool has_lost_rows;
    struct strbuf key;
    struct strbuf row;
    /* The result batch being filled. */
    struct arena arena; /* of the columns */
    struct arena text;  /* of the rows in it */
    struct column *columns;
    struct column **column_list;
    struct result_evidence *evidence;
    uint32_t row_count;
    uint32_t row_max;
    size_t row_bytes;
    uint64_t streamed;
};

/* ---- creation ---- */

bool answer_may_be_late(const struct plan *plan, bool is_newest_first)
{
    return (plan->order_count > 0 || is_newest_first) && plan->has_limit && plan->limit <= TOP_ROWS_MAX;
}

static tocsin_status create_projection(struct answer *answer, const struct program_environment *environment,
                                       struct error *err)
{
    const struct plan *plan = answer->plan;
    const struct expression **values =
        arena_array(&answer->arena, const struct expression *, plan->output_count + plan->order_count + 1);
    struct expression *starttime = arena_new(&answer->arena, struct expression);
    if (!values || !starttime) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < plan->output_count; i++) {
        values[i] = plan->outputs[i].expression;
    }
    for (uint32_t i = 0; i < plan->order_count; i++) {
        values[plan->output_count + i] = plan->orders[i].expression;
    }
    answer->key_count = plan->order_count;
    if (plan->order_count == 0 && answer->options.is_newest_first) {
        *starttime = (struct expression){
            .kind = EXPRESSION_FIELD, .type = TYPE_INT64, .field = FIELD_STARTTIME, .has_field = true};
        values[plan->output_count] = starttime;
        answer->key_count = 1;
    }
    if (!answer_may_be_late(plan, answer->options.is_newest_first)) {
        return program_create_projection(environment, values, plan->output_count + answer->key_count, &answer->project,
                                         err);
    }
    answer->top = memory_allocate_zeroed(1, sizeof(*answer->top));
    if (!answer->top) {
        return error_memory(err);
    }
    strbuf_init(&answer->top->keys, UINT32_MAX);
    tocsin_status status =
        program_create_projection(environment, values + plan->output_count, answer->key_count, &answer->order, err);
    return status == TOCSIN_OK
               ? program_create_projection(environment, values, plan->output_count, &answer->project, err)
               : status;
}

static tocsin_status open_collations(struct answer *answer, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    answer->collations = arena_array(&answer->arena, struct collation *, answer->key_count + 1);
    if (!answer->collations) {
        return error_memory(err);
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < answer->plan->order_count; i++) {
        const struct plan_order *order = &answer->plan->orders[i];
        if (order->collation.len > 0 && order->expression->type == TYPE_STRING) {
            status = collation_open(order->collation, &answer->collations[i], err);
        }
    }
    return status;
}

static tocsin_status create_result(struct answer *answer, struct error *err)
{
    const struct plan *plan = answer->plan;
    struct arena *arena = &answer->arena;
    answer->columns = arena_array(arena, struct column, plan->output_count);
    answer->column_list = arena_array(arena, struct column *, plan->output_count);
    answer->evidence = arena_array(arena, struct result_evidence, BATCH_ROWS_MAX);
    if (!answer->columns || !answer->column_list || !answer->evidence) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < plan->output_count; i++) {
        answer->column_list[i] = &answer->columns[i];
        if (!column_init(&answer->columns[i], plan->outputs[i].expression->type, arena)) {
            return error_memory(err);
        }
    }
    answer->is_streaming = answer->key_count == 0;
    if (answer->options.has_late_lines) {
        tocsin_status status = late_lines_create(plan, answer->options.late_source, answer->options.bytes_max,
                                                 &answer->late_lines, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    if (answer->is_streaming) {
        return TOCSIN_OK;
    }
    if (answer->options.late_fields) {
        assert(answer->top && "who asks for late rows asks answer_may_be_late");
        tocsin_status status = late_rows_create(plan, answer->options.late_fields, answer->options.late_source,
                                                answer->options.bytes_max / 2, &answer->late, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    struct row_sorter_options options = {
        .bytes_max = answer->options.bytes_max, .has_limit = plan->has_limit, .limit = plan->limit};
    return row_sorter_create(&options, &answer->sorter, err);
}

tocsin_status answer_create(const struct plan *plan, const struct program_environment *environment,
                            const struct answer_options *options, struct result_sink sink, struct answer **ret_answer,
                            struct error *err)
{
    struct answer *answer = memory_allocate_zeroed(1, sizeof(*answer));
    if (!answer) {
        return error_memory(err);
    }
    answer->plan = plan;
    answer->options = *options;
    answer->sink = sink;
    answer->row_max = options->row_max > 0 && options->row_max < BATCH_ROWS_MAX ? options->row_max : BATCH_ROWS_MAX;
    arena_init(&answer->arena, LIMIT_QUERY_RUN_BYTES * 2);
    arena_init(&answer->text, ARENA_NO_LIMIT);
    strbuf_init(&answer->key, UINT32_MAX);
    strbuf_init(&answer->row, UINT32_MAX);
    tocsin_status status = create_projection(answer, environment, err);
    status = status == TOCSIN_OK ? open_collations(answer, err) : status;
    status = status == TOCSIN_OK ? create_result(answer, err) : status;
    status = arena_explain(&answer->arena, status, "the result of the query", err);
    if (status != TOCSIN_OK) {
        answer_free(answer);
        return status;
    }
    *ret_answer = answer;
    return TOCSIN_OK;
}

void answer_free(struct answer *answer)
{
    if (!answer) {
        return;
    }
    program_free(answer->project);
    program_free(answer->order);
    if (answer->top) {
        strbuf_release(&answer->top->keys);
        memory_free(answer->top);
    }
    row_sorter_free(answer->sorter);
    late_rows_free(answer->late);
    late_lines_free(answer->late_lines);
    for (uint32_t i = 0; answer->collations && i < answer->key_count; i++) {
        collation_close(answer->collations[i]);
    }
    strbuf_release(&answer->key);
    strbuf_release(&answer->row);
    arena_release(&answer->text);
    arena_release(&answer->arena);
    memory_free(answer);
}

void answer_now_changed(struct answer *answer)
{
    program_now_changed(answer->project);
    if (answer->order) {
        program_now_changed(answer->order);
    }
}

bool answer_is_done(const struct answer *answer)
{
    const struct plan *plan = answer->plan;
    return plan->has_limit && (plan->limit == 0 || (answer->is_streaming && answer->streamed >= plan->limit));
}

/* ---- result batches ---- */

static tocsin_status flush_result(struct answer *answer, struct error *err)
{
    if (answer->row_count == 0) {
        return TOCSIN_OK;
    }
    struct result_batch batch = {
        .columns = answer->columns,
        .row_count = answer->row_count,
        .evidence = answer->evidence,
    };
    tocsin_status status = answer->sink.ops->push(answer->sink.state, &batch, err);
    answer->row_count = 0;
    answer->row_bytes = 0;
    arena_clear(&answer->text);
    return status;
}

static tocsin_status add_result(struct answer *answer, str encoded, struct error *err)
{
    struct evidence *lines = arena_array(&answer->text, struct evidence, LIMIT_EVIDENCE_LINES);
    str body = arena_copy(&answer->text, encoded);
    if (!lines || !body.data) {
        return error_memory(err);
    }
    uint32_t row = answer->row_count;
    str rest = row_decode_values(body, answer->column_list, answer->plan->output_count, row);
    struct result_evidence *evidence = &answer->evidence[row];
    evidence->lines = lines;
    evidence->count = row_decode_evidence(rest, lines, &evidence->more);
    answer->row_count++;
    answer->row_bytes += encoded.len;
    if (answer->row_count == answer->row_max || answer->row_bytes > RESULT_BYTES) {
        return flush_result(answer, err);
    }
    return TOCSIN_OK;
}

/* A row of the answer, in its place. */
static tocsin_status take_result(struct answer *answer, str encoded, struct error *err)
{
    if (!answer->late_lines) {
        return add_result(answer, encoded, err);
    }
    str evidence = row_decode_values(encoded, answer->column_list, answer->plan->output_count, 0);
    return late_lines_add(answer->late_lines, str_slice(encoded, 0, encoded.len - evidence.len), evidence, err);
}

/* ---- rows ---- */

static tocsin_status encode_sort_key(struct answer *answer, const struct column *const *keys, const struct batch *batch,
                                     uint16_t row, struct error *err)
{
    strbuf_clear(&answer->key);
    for (uint32_t i = 0; i < answer->key_count; i++) {
        bool is_descending = answer->plan->order_count == 0 || answer->plan->orders[i].is_descending;
        if (answer->collations[i]) {
            tocsin_status status =
                row_encode_collated_key(&answer->key, keys[i], row, is_descending, answer->collations[i], err);
            if (status != TOCSIN_OK) {
                return status;
            }
        } else {
            row_encode_key(&answer->key, keys[i], row, is_descending);
        }
    }
    for (uint32_t i = 0; batch->orders && i < countof(batch->orders->parts); i++) {
        row_encode_key_number(&answer->key, batch->orders[row].parts[i]);
    }
    /* Ties by input order: events close in another order than they began. */
    if (answer->options.has_lines && (batch->place_lines || batch->rows[row].evidence_count > 0)) {
        uint32_t input;
        uint64_t line;
        batch_place(batch, row, &input, &line);
        row_encode_key_number(&answer->key, input);
        row_encode_key_number(&answer->key, line);
    }
    return answer->key.is_failed ? error_memory(err) : TOCSIN_OK;
}

static tocsin_status take_rows(void *state, struct batch *batch, const uint16_t *rows, uint32_t count,
                               const struct column *const *values, struct error *err)
{
    struct answer *answer = state;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count && !answer_is_done(answer); i++) {
        strbuf_clear(&answer->row);
        row_encode(&answer->row, values, answer->plan->output_count, batch, rows[i]);
        if (answer->row.is_failed) {
            return error_memory(err);
        }
        if (answer->is_streaming) {
            answer->streamed++;
            status = take_result(answer, strbuf_str(&answer->row), err);
            continue;
        }
        status = encode_sort_key(answer, values + answer->plan->output_count, batch, rows[i], err);
        if (status == TOCSIN_OK) {
            status = row_sorter_add(answer->sorter, strbuf_str(&answer->key), strbuf_str(&answer->row), err);
        }
    }
    return status == TOCSIN_OK && answer->is_streaming ? flush_result(answer, err) : status;
}

/* ---- the first rows ---- */

static str key_of(const struct candidates *top, uint32_t index)
{
    uint32_t start = top->key_starts[index];
    return (str){top->keys.data + start, top->key_starts[index + 1] - start};
}

static int compare_candidates(const void *a, const void *b, void *context)
{
    uint16_t left = *(const uint16_t *)a;
    uint16_t right = *(const uint16_t *)b;
    int order = str_compare(key_of(context, left), key_of(context, right));
    return order != 0 ? order : (left > right) - (left < right);
}

/* More candidates than the limit has room for: those behind it are dropped, the others keep their order. */
static void drop_behind_limit(struct candidates *top, uint32_t limit)
{
    for (uint32_t i = 0; i < top->count; i++) {
        top->order[i] = (uint16_t)i;
    }
    qsort_r(top->order, top->count, sizeof(*top->order), compare_candidates, top);
    bool is_kept[BATCH_ROWS_MAX] = {false};
    for (uint32_t i = 0; i < limit; i++) {
        is_kept[top->order[i]] = true;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < top->count; i++) {
        if (is_kept[i]) {
            top->order[kept] = (uint16_t)i; /* candidate `kept` was i: its key stays where it is */
            top->rows[kept++] = top->rows[i];
        }
    }
    top->count = kept;
}

static tocsin_status take_first_rows(void *state, struct batch *batch, const uint16_t *rows, uint32_t count,
                                     const struct column *const *values, struct error *err)
{
    struct answer *answer = state;
    struct candidates *top = answer->top;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        strbuf_clear(&answer->row);
        row_encode(&answer->row, values, answer->plan->output_count, batch, rows[i]);
        if (answer->row.is_failed) {
            return error_memory(err);
        }
        status = row_sorter_add(answer->sorter, key_of(top, top->order[top->taken++]), strbuf_str(&answer->row), err);
    }
    return status;
}

/* What is known of them, until it is known that they are in the answer. */
static tocsin_status keep_candidates(struct answer *answer, struct error *err)
{
    const struct candidates *top = answer->top;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < top->count; i++) {
        strbuf_clear(&answer->row);
        late_rows_keep(answer->late, &answer->row, top->batch, top->rows[i]);
        if (answer->row.is_failed) {
            return error_memory(err);
        }
        status = row_sorter_add(answer->sorter, key_of(top, top->order[i]), strbuf_str(&answer->row), err);
    }
    return status;
}

static tocsin_status flush_candidates(struct answer *answer, struct error *err)
{
    struct candidates *top = answer->top;
    if (top->count > answer->plan->limit) {
        drop_behind_limit(top, (uint32_t)answer->plan->limit);
    } else {
        for (uint32_t i = 0; i < top->count; i++) {
            top->order[i] = (uint16_t)i;
        }
    }
    top->taken = 0;
    tocsin_status status = TOCSIN_OK;
    if (answer->late) {
        status = keep_candidates(answer, err);
    } else if (top->count > 0) {
        status = program_project_parts(answer->project, top->batch, top->rows, top->count, take_first_rows, answer,
                                       err);
    }
    top->count = 0;
    strbuf_clear(&top->keys);
    return status;
}

/* Order keys of rows: those of rows that are too late already are forgotten at once. */
static tocsin_status take_keys(void *state, struct batch *batch, const uint16_t *rows, uint32_t count,
                               const struct column *const *values, struct error *err)
{
    struct answer *answer = state;
    struct candidates *top = answer->top;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        status = encode_sort_key(answer, values, batch, rows[i], err);
        if (status != TOCSIN_OK || !row_sorter_wants(answer->sorter, strbuf_str(&answer->key))) {
            continue;
        }
        top->rows[top->count] = rows[i];
        top->key_starts[top->count++] = (uint32_t)top->keys.len;
        strbuf_append(&top->keys, strbuf_str(&answer->key));
        top->key_starts[top->count] = (uint32_t)top->keys.len;
        if (top->keys.is_failed) {
            return error_memory(err);
        }
        if (top->keys.len > TOP_KEY_BYTES) {
            status = flush_candidates(answer, err);
        }
    }
    return status;
}

static tocsin_status push_first_rows(struct answer *answer, struct batch *batch, const uint16_t *rows,
                                     uint32_t row_count, struct error *err)
{
    answer->top->batch = batch;
    tocsin_status status = program_project_parts(answer->order, batch, rows, row_count, take_keys, answer, err);
    return status == TOCSIN_OK ? flush_candidates(answer, err) : status;
}

tocsin_status answer_push(struct answer *answer, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                          struct error *err)
{
    if (answer_is_done(answer)) {
        return TOCSIN_OK;
    }
    return answer->top ? push_first_rows(answer, batch, rows, row_count, err)
                       : program_project_parts(answer->project, batch, rows, row_count, take_rows, answer, err);
}

/* ---- late rows ---- */

static tocsin_status take_late_rows(void *state, struct batch *batch, const uint16_t *rows, uint32_t count,
                                    const struct column *const *values, struct error *err)
{
    struct answer *answer = state;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        strbuf_clear(&answer->row);
        row_encode(&answer->row, values, answer->plan->output_count, batch, rows[i]);
        strbuf_clear(&answer->key);
        row_encode_key_number(&answer->key, answer->late_places[rows[i]]);
        status = answer->row.is_failed || answer->key.is_failed
                     ? error_memory(err)
                     : row_sorter_add(answer->sorter, strbuf_str(&answer->key), strbuf_str(&answer->row), err);
    }
    return status;
}

/* The rows chosen, in order, for what is late of them; the sorter gets the columns, by the places of rows. */
static tocsin_status read_late_rows(struct answer *answer, struct error *err)
{
    tocsin_status status = row_sorter_finish(answer->sorter, err);
    while (status == TOCSIN_OK) {
        str kept;
        status = row_sorter_next(answer->sorter, &kept, err);
        status = status == TOCSIN_OK ? late_rows_add(answer->late, kept, err) : status;
    }
    row_sorter_free(answer->sorter);
    answer->sorter = NULL;
    struct row_sorter_options options = {.bytes_max = answer->options.bytes_max / 2};
    status = status == TOCSIN_END ? row_sorter_create(&options, &answer->sorter, err) : status;
    status = status == TOCSIN_OK ? late_rows_finish(answer->late, err) : status;
    while (status == TOCSIN_OK) {
        uint16_t rows[BATCH_ROWS_MAX];
        struct batch *batch;
        status = late_rows_next(answer->late, &batch, &answer->late_places, err);
        if (status != TOCSIN_OK) {
            break;
        }
        if (!batch) {
            answer->has_lost_rows = true;
            return TOCSIN_OK;
        }
        for (uint32_t i = 0; i < batch->row_count; i++) {
            rows[i] = (uint16_t)i;
        }
        status = program_project_parts(answer->project, batch, rows, batch->row_count, take_late_rows, answer, err);
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static tocsin_status read_late_lines(struct answer *answer, struct error *err)
{
    row_sorter_free(answer->sorter); /* its memory is wanted elsewhere */
    answer->sorter = NULL;
    tocsin_status status = late_lines_finish(answer->late_lines, err);
    answer->has_lost_rows = status == TOCSIN_END;
    while (status == TOCSIN_OK) {
        str row;
        status = late_lines_next(answer->late_lines, &row, err);
        status = status == TOCSIN_OK ? add_result(answer, row, err) : status;
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

bool answer_has_lost_rows(const struct answer *answer)
{
    return answer->has_lost_rows;
}

tocsin_status answer_finish(struct answer *answer, struct error *err)
{
    tocsin_status status = answer->late ? read_late_rows(answer, err) : TOCSIN_OK;
    if (status == TOCSIN_OK && answer->sorter && !answer->has_lost_rows) {
        status = row_sorter_finish(answer->sorter, err);
        while (status == TOCSIN_OK) {
            str body;
            status = row_sorter_next(answer->sorter, &body, err);
            if (status == TOCSIN_OK) {
                status = take_result(answer, body, err);
            }
        }
        status = status == TOCSIN_END ? TOCSIN_OK : status;
    }
    status = status == TOCSIN_OK && answer->late_lines ? read_late_lines(answer, err) : status;
    return status == TOCSIN_OK ? flush_result(answer, err) : status;
}
