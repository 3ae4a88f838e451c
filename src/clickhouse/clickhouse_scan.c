#include "clickhouse/clickhouse_scan.h"

#include <time.h>

#include "base/limits.h"
#include "base/memory.h"
#include "clickhouse/native_reader.h"

enum { TABLE_PAUSE_MS = 100, TABLE_TRIES = LIMIT_CLICKHOUSE_TABLE_MS / TABLE_PAUSE_MS };

struct scan {
    struct clickhouse_session *session;
    struct clickhouse_scan_options options;
    struct strbuf sql;
    struct native_reader *reader;
    const struct native_block *block; /* NULL: the next one is to be read */
    uint64_t row;                     /* next of the block */
    str *rests;                       /* of each column of strings, from that row on */
    struct batch batch;
    bool is_over;
};

/* ---- rows of a block --------------------------------------------------------------------------------------------- */

static tocsin_status wrong_type(const struct native_column *column, struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG,
                                     "column %.*s of ClickHouse has not the type of its field", STR_ARG(column->name));
    error_hint(err, "`tocsin schema --clickhouse` prints the types that columns must have");
    return status;
}

/* Whether values of the field lie so in the column. */
static bool fits(enum value_type type, const struct native_column *column)
{
    switch (type) {
    case TYPE_INT64:
        return column->kind == NATIVE_INTEGER && column->width == 8;
    case TYPE_DOUBLE:
        return column->kind == NATIVE_DOUBLE && column->width == 8;
    case TYPE_BOOL:
        return column->kind == NATIVE_UNSIGNED && column->width == 1;
    case TYPE_STRING:
    case TYPE_BYTES:
        return column->kind == NATIVE_STRING;
    case TYPE_IP:
        return column->kind == NATIVE_FIXED && column->width == sizeof(struct ip);
    default:
        return false;
    }
}

static void take_strings(struct column *target, str *rest, uint32_t count)
{
    for (uint32_t row = 0; row < count; row++) {
        target->strings[row] = native_take_string(rest);
    }
}

static void take_validity(struct column *target, const uint8_t *nulls, uint32_t count)
{
    for (uint32_t row = 0; row < count; row++) {
        if (!nulls || nulls[row] == 0) {
            column_set_valid(target, row);
        }
    }
}

static tocsin_status take_column(struct scan *scan, uint32_t index, uint32_t count, struct error *err)
{
    const struct native_column *source = &scan->block->columns[index];
    struct column *target = batch_column(&scan->batch, scan->options.sql_fields[index]);
    if (!target) { /* its strings are still to be passed */
        for (uint32_t row = 0; source->kind == NATIVE_STRING && row < count; row++) {
            (void)native_take_string(&scan->rests[index]);
        }
        return TOCSIN_OK;
    }
    if (!fits(target->type, source)) {
        return wrong_type(source, err);
    }
    if (source->kind == NATIVE_STRING) {
        take_strings(target, &scan->rests[index], count);
    } else {
        memcpy(target->data, source->data.data + scan->row * source->width, (size_t)count * source->width);
    }
    for (uint32_t row = 0; target->type == TYPE_BOOL && row < count; row++) {
        target->bools[row] = target->bools[row] != 0;
    }
    take_validity(target, source->nulls ? source->nulls + scan->row : NULL, count);
    return TOCSIN_OK;
}

static tocsin_status take_places(struct scan *scan, uint32_t count, struct error *err)
{
    const struct clickhouse_scan_options *options = &scan->options;
    const struct native_column *places = &scan->block->columns[options->sql_field_count];
    str *rests = &scan->rests[options->sql_field_count];
    const struct column *payloads = options->wants_raw ? batch_column(&scan->batch, FIELD_PAYLOAD) : NULL;
    if (!fits(TYPE_INT64, &places[0]) || !fits(TYPE_INT64, &places[1]) ||
        (options->has_evidence && (!fits(TYPE_STRING, &places[2]) || !fits(TYPE_STRING, &places[3])))) {
        return wrong_type(&places[0], err);
    }
    for (uint32_t row = 0; row < count; row++) {
        struct layout_place place = {.source = STR_EMPTY, .evidence = STR_EMPTY};
        memcpy(&place.line, places[0].data.data + (scan->row + row) * sizeof(place.line), sizeof(place.line));
        memcpy(&place.input, places[1].data.data + (scan->row + row) * sizeof(place.input), sizeof(place.input));
        if (options->has_evidence) {
            place.source = native_take_string(&rests[2]);
            place.evidence = native_take_string(&rests[3]);
        }
        str payload = payloads && column_is_valid(payloads, row) ? column_string(payloads, row) : STR_EMPTY;
        (void)batch_add_row(&scan->batch);
        tocsin_status status =
            layout_evidence_take(&scan->batch, &place, payloads ? &payload : NULL, options->inputs, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

/* Tells whoever wants to know of each block of which there are rows. */
static tocsin_status see_blocks(struct scan *scan, uint32_t count, struct error *err)
{
    const struct clickhouse_scan_options *options = &scan->options;
    const struct native_column *blocks = &scan->block->columns[options->sql_column_count - 1];
    if (blocks->kind != NATIVE_FIXED || blocks->width != LAYOUT_BLOCK_ID_BYTES) {
        return wrong_type(blocks, err);
    }
    const char *before = NULL;
    for (uint32_t row = 0; row < count; row++) {
        const char *id = blocks->data.data + (scan->row + row) * LAYOUT_BLOCK_ID_BYTES;
        if (!before || memcmp(before, id, LAYOUT_BLOCK_ID_BYTES) != 0) {
            options->see_block(options->see_context, (const uint8_t *)id);
            before = id;
        }
    }
    return TOCSIN_OK;
}

/* As many rows of the block as fit. */
static tocsin_status fill_batch(struct scan *scan, struct error *err)
{
    uint64_t left = scan->block->rows - scan->row;
    uint32_t most =
        scan->options.row_max > 0 && scan->options.row_max < BATCH_ROWS_MAX ? scan->options.row_max : BATCH_ROWS_MAX;
    uint32_t count = left < most ? (uint32_t)left : most;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < scan->options.sql_field_count; i++) {
        status = take_column(scan, i, count, err);
    }
    if (status == TOCSIN_OK && scan->options.has_places) {
        status = take_places(scan, count, err);
    }
    if (status == TOCSIN_OK && scan->options.see_block) {
        status = see_blocks(scan, count, err);
    }
    for (uint32_t row = 0; !scan->options.has_places && row < count; row++) {
        (void)batch_add_row(&scan->batch);
    }
    scan->row += count;
    if (scan->row == scan->block->rows) {
        scan->block = NULL;
    }
    return status == TOCSIN_OK ? batch_finish(&scan->batch, err) : status;
}

/* ---- blocks of the answer ---------------------------------------------------------------------------------------- */

static tocsin_status damaged(struct scan *scan, tocsin_status status, struct error *err)
{
    status = clickhouse_query_damaged(scan->session, status, err);
    clickhouse_query_end(scan->session);
    return status;
}

static void begin_block(struct scan *scan)
{
    scan->row = 0;
    for (uint32_t i = 0; i < scan->block->column_count; i++) {
        scan->rests[i] = scan->block->columns[i].data;
    }
}

/* TOCSIN_OK without a block: more is needed. */
static tocsin_status next_block(struct scan *scan, bool *ret_has_waited, struct error *err)
{
    *ret_has_waited = false;
    tocsin_status status = native_reader_next(scan->reader, &scan->block, err);
    if (status == TOCSIN_OK) {
        begin_block(scan);
        return TOCSIN_OK;
    }
    if (status != TOCSIN_END) {
        return damaged(scan, status, err);
    }
    str piece;
    status = clickhouse_query_read(scan->session, &piece, err);
    if (status == TOCSIN_OK) {
        *ret_has_waited = piece.len == 0;
        status = native_reader_push(scan->reader, piece, err);
        return status == TOCSIN_OK ? TOCSIN_OK : damaged(scan, status, err);
    }
    if (status == TOCSIN_END && !native_reader_is_between(scan->reader)) {
        status = error_set(err, TOCSIN_ERROR_INPUT, "the answer of ClickHouse ends in the middle of a block");
        return damaged(scan, status, err);
    }
    return status;
}

static tocsin_status scan_next(void *state, struct batch **ret_batch, struct error *err)
{
    struct scan *scan = state;
    batch_clear(&scan->batch);
    if (scan->is_over) {
        return TOCSIN_END;
    }
    tocsin_status status = TOCSIN_OK;
    bool has_waited = false;
    while (status == TOCSIN_OK && !scan->block && !has_waited) {
        status = next_block(scan, &has_waited, err);
    }
    if (status == TOCSIN_OK && scan->block) {
        status = fill_batch(scan, err);
    }
    if (status != TOCSIN_OK) {
        scan->is_over = true;
        return status;
    }
    *ret_batch = &scan->batch;
    return TOCSIN_OK;
}

static void scan_close(void *state)
{
    struct scan *scan = state;
    clickhouse_query_end(scan->session);
    native_reader_free(scan->reader);
    batch_release(&scan->batch);
    strbuf_release(&scan->sql);
    memory_free(scan->rests);
    memory_free(scan);
}

static const struct batch_source_ops scan_ops = {.next = scan_next, .close = scan_close};

static tocsin_status begin(struct scan *scan, struct error *err)
{
    const struct clickhouse_scan_options *options = &scan->options;
    tocsin_status status = batch_init(&scan->batch, options->schema, &options->fields, err);
    if (status == TOCSIN_OK) {
        status = native_reader_create(options->sql_columns, options->sql_column_count, &scan->reader, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    scan->rests = memory_allocate_zeroed(options->sql_column_count + 1, sizeof(*scan->rests));
    strbuf_append(&scan->sql, options->sql);
    strbuf_append(&scan->sql, STR("\nFORMAT Native"));
    if (!scan->rests || scan->sql.is_failed) {
        return error_memory(err);
    }
    const struct clickhouse_query query = {
        .sql = strbuf_str(&scan->sql), .settings = options->settings, .data = STR_EMPTY};
    return clickhouse_query_send(scan->session, &query, err);
}

tocsin_status clickhouse_scan(struct clickhouse_session *session, const struct clickhouse_scan_options *options,
                              struct batch_source *ret_source, struct error *err)
{
    struct scan *scan = memory_allocate_zeroed(1, sizeof(*scan));
    if (!scan) {
        return error_memory(err);
    }
    scan->session = session;
    scan->options = *options;
    strbuf_init(&scan->sql, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    tocsin_status status = begin(scan, err);
    if (status != TOCSIN_OK) {
        scan_close(scan);
        return status;
    }
    *ret_source = (struct batch_source){.ops = &scan_ops, .state = scan};
    return TOCSIN_OK;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static tocsin_status take_table(str answer, struct layout_table *table, struct error *err)
{
    str line;
    while (clickhouse_text_line(&answer, &line)) {
        str name = STR_EMPTY;
        str type = STR_EMPTY;
        if (!clickhouse_text_field(&line, &name) || !clickhouse_text_field(&line, &type)) {
            return error_set(err, TOCSIN_ERROR_INPUT, "system.columns of ClickHouse makes no sense");
        }
        name = clickhouse_text_value(table->arena, name);
        type = clickhouse_text_value(table->arena, type);
        tocsin_status status = name.data && type.data ? layout_table_add(table, name, type, err) : error_memory(err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

/* The table over a cluster is made anew when 18.16 gets a column: those of the shards stay. */
static bool is_table_coming(struct clickhouse_session *session, str table_name)
{
    struct strbuf sql;
    struct strbuf answer;
    if (clickhouse_session_dialect(session) != CLICKHOUSE_18 || !*clickhouse_session_address(session)->cluster ||
        !str_eq(table_name, STR(LAYOUT_EVENTS))) {
        return false;
    }
    strbuf_init(&sql, 16 * KIBI);
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    strbuf_append(&sql, STR("SELECT count() FROM system.tables WHERE name = '" LAYOUT_EVENTS_LOCAL "' "
                            "AND database = "));
    layout_append_string(&sql, str_from_cstring(clickhouse_session_address(session)->database));
    bool is_coming = !sql.is_failed && clickhouse_ask(session, strbuf_str(&sql), &answer, NULL) == TOCSIN_OK &&
                     str_eq(str_trim(strbuf_str(&answer)), STR("1"));
    strbuf_release(&sql);
    strbuf_release(&answer);
    return is_coming;
}

static tocsin_status no_table(struct clickhouse_session *session, str table_name, struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "the database %s of ClickHouse has no table %.*s",
                                     clickhouse_session_address(session)->database, STR_ARG(table_name));
    error_hint(err, "`tocsin schema --clickhouse --apply ADDRESS` makes the tables");
    return status;
}

tocsin_status clickhouse_read_table(struct clickhouse_session *session, str table_name, struct layout_table *table,
                                    struct error *err)
{
    struct strbuf sql;
    struct strbuf answer;
    strbuf_init(&sql, 16 * KIBI);
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    strbuf_append(&sql, STR("SELECT name, type FROM system.columns WHERE database = "));
    layout_append_string(&sql, str_from_cstring(clickhouse_session_address(session)->database));
    strbuf_append(&sql, STR(" AND table = "));
    layout_append_string(&sql, table_name);
    tocsin_status status = sql.is_failed ? error_memory(err) : TOCSIN_OK;
    for (int tries = 0; status == TOCSIN_OK && answer.len == 0 && tries < TABLE_TRIES; tries++) {
        const struct timespec pause = {.tv_nsec = TABLE_PAUSE_MS * 1000000L};
        if (tries > 0 && (!is_table_coming(session, table_name) || nanosleep(&pause, NULL) != 0)) {
            break;
        }
        status = clickhouse_ask(session, strbuf_str(&sql), &answer, err);
    }
    if (status == TOCSIN_OK && answer.len == 0) {
        status = no_table(session, table_name, err);
    }
    status = status == TOCSIN_OK ? take_table(strbuf_str(&answer), table, err) : status;
    strbuf_release(&sql);
    strbuf_release(&answer);
    return status;
}
