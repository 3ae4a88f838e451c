#include "store/segment_reader.h"

#include <assert.h>
#include <time.h>

#include "store/column_fill.h"
#include "store/row_bits.h"
#include "store/row_evidence.h"

/* Codes are for batches of many rows: all of a dictionary has to be there for them. */
enum { CODES_ROWS_MIN = 512 };
/* Whoever waits for rows gets a word so often. */
enum { QUIET_NS = 100 * 1000 * 1000 };

struct segment_reader {
    struct segment_reader_options options;
    struct segment_source source;
    struct store_problems *problems;
    struct cursor_budget budget;
    struct strbuf stored;
    uint32_t column_count;
    struct column_cursor *columns; /* by column of the batch */
    const struct batch *layout;
    struct row_evidence evidence;
    struct column_cursor payload; /* for raw lines, if the batch does not have it */
    struct column_filler filler;
    /* the block */
    uint32_t block;
    bool has_block;
    uint32_t row; /* the next one of it */
    bool has_all; /* rows are wanted, not only those in `wanted` */
    uint64_t wanted[ROW_WORDS];
    uint32_t picked[BATCH_ROWS_MAX];
};

bool segment_is_own_column(const struct segment_column *column, const char *name)
{
    return column->origin == ORIGIN_STORE && str_eq(column->name, str_from_cstring(name));
}

const struct store_scan_statistics *segment_reader_statistics(const struct segment_reader *reader)
{
    return &reader->budget.statistics;
}

void segment_reader_tell(struct segment_reader *reader, struct store_problems *problems)
{
    reader->problems = problems;
}

bool segment_reader_shows_texts(const struct segment_reader *reader)
{
    return !reader->filler.copies_entries;
}

static uint64_t now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- which columns ---- */

static bool type_fits(enum segment_type stored, enum value_type type)
{
    static const enum value_type types[] = {
        [SEGMENT_BOOL] = TYPE_BOOL,     [SEGMENT_INTEGER] = TYPE_INT64, [SEGMENT_DOUBLE] = TYPE_DOUBLE,
        [SEGMENT_STRING] = TYPE_STRING, [SEGMENT_BYTES] = TYPE_BYTES,   [SEGMENT_IP] = TYPE_IP,
    };
    return types[stored] == type;
}

static bool is_field(const void *context, const struct segment_column *column)
{
    const struct field *field = context;
    if (column->scope != SCOPE_ROW || !type_fits(column->type, field->type)) {
        return false;
    }
    if (field->kind == FIELD_BUILT_IN) {
        return column->origin == ORIGIN_BUILT_IN && str_eq(column->name, field->name);
    }
    return field->kind == FIELD_CUSTOM_PROPERTY && column->origin == ORIGIN_PROPERTY &&
           (column->catalogs & field->catalogs) != 0 && str_eq_ignore_case(column->name, field->name);
}

static void init_cursor(struct segment_reader *reader, struct column_cursor *cursor, column_match *match,
                        const void *context)
{
    column_cursor_reset(cursor);
    cursor->file = reader->source.file;
    cursor->map = reader->source.map;
    cursor->budget = &reader->budget;
    cursor->stored = &reader->stored;
    column_cursor_init(cursor, match, context);
}

/* Of a batch with more columns than were asked for the others are somebody else's. */
static bool is_read(const struct segment_reader *reader, uint32_t index)
{
    return field_set_has(&reader->options.request->fields, reader->layout->fields[index]);
}

/* ---- life ---- */

static void begin_evidence(struct segment_reader *reader)
{
    struct row_evidence *evidence = &reader->evidence;
    const struct batch *batch = reader->layout;
    evidence->inputs = reader->source.inputs;
    evidence->input_count = reader->source.input_count;
    if (reader->options.request->leaves_out_evidence) {
        return;
    }
    for (enum own_cursor i = CURSOR_COUNT; i < OWN_CURSORS; i++) {
        if (i < CURSOR_BYTES || reader->options.wants_raw) {
            init_cursor(reader, &evidence->own[i], row_evidence_is_own, &i);
        }
    }
    if (reader->options.wants_raw) {
        uint16_t index = batch->column_of_field[FIELD_PAYLOAD];
        evidence->owns_payload = index == UINT16_MAX || !is_read(reader, index);
        evidence->payload = evidence->owns_payload ? &reader->payload : &reader->columns[index];
        if (evidence->owns_payload) {
            init_cursor(reader, &reader->payload, is_field, schema_field(batch->schema, FIELD_PAYLOAD));
        }
    }
}

static struct column_cursor *cursor_of(void *context, field_id field)
{
    struct segment_reader *reader = context;
    uint16_t index = reader->layout->column_of_field[field];
    assert(index != UINT16_MAX && "fields of tests are among those that are read");
    return &reader->columns[index];
}

tocsin_status segment_reader_create(const struct segment_reader_options *options, const struct batch *batch,
                                    struct segment_reader **ret_reader, struct error *err)
{
    struct segment_reader *reader = memory_allocate_zeroed(1, sizeof(*reader));
    if (!reader) {
        return error_memory(err);
    }
    reader->options = *options;
    reader->layout = batch;
    reader->filler.copies_plain = options->copies_texts;
    strbuf_init(&reader->stored, LIMIT_STORE_BLOCK_BYTES);
    reader->columns = memory_allocate_zeroed(batch->column_count, sizeof(*reader->columns));
    if (!reader->columns) {
        segment_reader_free(reader);
        return error_memory(err);
    }
    reader->column_count = batch->column_count;
    *ret_reader = reader;
    return TOCSIN_OK;
}

void segment_reader_begin(struct segment_reader *reader, const struct segment_source *source)
{
    const struct batch *batch = reader->layout;
    reader->source = *source;
    reader->block = source->first_block;
    reader->has_block = false;
    for (uint32_t i = 0; i < batch->column_count; i++) {
        if (is_read(reader, i)) {
            init_cursor(reader, &reader->columns[i], is_field, schema_field(batch->schema, batch->fields[i]));
        }
    }
    begin_evidence(reader);
    cursor_budget_reset(&reader->budget);
    if (reader->options.filter) {
        block_filter_begin_segment(reader->options.filter, cursor_of, reader);
    }
    reader->budget.statistics.segments += source->first_block == 0;
}

void segment_reader_free(struct segment_reader *reader)
{
    if (!reader) {
        return;
    }
    for (uint32_t i = 0; i < reader->column_count; i++) {
        column_cursor_release(&reader->columns[i]);
    }
    row_evidence_release(&reader->evidence);
    column_cursor_release(&reader->payload);
    cursor_budget_release(&reader->budget);
    memory_free(reader->columns);
    strbuf_release(&reader->stored);
    memory_free(reader);
}

/* ---- blocks ---- */

bool segment_block_time(const struct segment_block *block, int64_t *ret_min_ms, int64_t *ret_max_ms)
{
    for (uint32_t i = 0; i < block->column_count; i++) {
        const struct segment_column *column = &block->columns[i];
        if (column->origin == ORIGIN_BUILT_IN && column->scope == SCOPE_ROW && column->type == SEGMENT_INTEGER &&
            str_eq(column->name, STR("starttime"))) {
            *ret_min_ms = column->least;
            *ret_max_ms = column->greatest;
            return column->value_count == block->row_count;
        }
    }
    return false;
}

static bool is_outside(const struct segment_block *block, const struct scan_request *request)
{
    int64_t min_ms;
    int64_t max_ms;
    return request->has_time_range && segment_block_time(block, &min_ms, &max_ms) &&
           (max_ms < request->time_min_ms ||
            (min_ms >= request->time_max_ms && request->time_max_ms != INT64_MAX));
}

static uint32_t rows_of_block(const struct segment_reader *reader)
{
    return reader->source.map->blocks[reader->block].row_count;
}

/* S8: what cannot be read costs the rest of the block, and is named. */
static void pass_over(struct segment_reader *reader, str column)
{
    const struct segment_block *block = &reader->source.map->blocks[reader->block];
    uint32_t left = block->row_count - reader->row;
    store_problem_add(reader->problems, reader->source.file->path, left,
                      "block %u is damaged (column %.*s): %u rows are left out", block->number, STR_ARG(column), left);
    reader->row = block->row_count;
}

static tocsin_status begin_cursors(struct segment_reader *reader, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < reader->column_count; i++) {
        status = is_read(reader, i) ? column_cursor_begin(&reader->columns[i], reader->block, err) : TOCSIN_OK;
    }
    status = status == TOCSIN_OK ? row_evidence_begin(&reader->evidence, reader->block, err) : status;
    if (status == TOCSIN_OK && reader->payload.file) {
        status = column_cursor_begin(&reader->payload, reader->block, err);
    }
    return status;
}

/* Which rows of the block are wanted. If there are none, the reader is behind the last one. */
static tocsin_status filter_block(struct segment_reader *reader, struct error *err)
{
    struct store_scan_statistics *statistics = &reader->budget.statistics;
    struct block_filter *filter = reader->options.filter;
    uint32_t row_count = rows_of_block(reader);
    enum filter_verdict verdict = FILTER_ALL;
    tocsin_status status = filter ? block_filter_judge(filter, false, &verdict, err) : TOCSIN_OK;
    bool is_by_zone = verdict == FILTER_NONE;
    if (status == TOCSIN_OK && verdict == FILTER_SOME) {
        status = block_filter_judge(filter, true, &verdict, err);
    }
    reader->has_all = verdict == FILTER_ALL;
    if (status == TOCSIN_OK && verdict == FILTER_SOME) {
        bits_fill(reader->wanted, row_count);
        status = block_filter_select(filter, row_count, reader->wanted, err);
        reader->has_all = status == TOCSIN_OK && bits_all(reader->wanted, 0, row_count);
        if (status == TOCSIN_OK && !bits_any(reader->wanted, 0, row_count)) {
            statistics->blocks_skipped_filter++;
            reader->row = row_count;
        }
    } else if (verdict == FILTER_NONE) {
        *(is_by_zone ? &statistics->blocks_skipped_zone : &statistics->blocks_skipped_bloom) += 1;
        reader->row = row_count;
    }
    return status;
}

static tocsin_status begin_block(struct segment_reader *reader, struct error *err)
{
    struct store_scan_statistics *statistics = &reader->budget.statistics;
    const struct segment_block *block = &reader->source.map->blocks[reader->block];
    uint64_t begin_ns = now_ns();
    reader->row = 0;
    statistics->blocks++;
    if (is_outside(block, reader->options.request)) {
        statistics->blocks_skipped_time++;
        reader->row = block->row_count;
        return TOCSIN_OK;
    }
    statistics->rows_in += block->row_count;
    tocsin_status status = begin_cursors(reader, err);
    status = status == TOCSIN_OK ? filter_block(reader, err) : status;
    statistics->filter_ns += now_ns() - begin_ns;
    return status;
}

/* The next block. TOCSIN_END: there is none. */
static tocsin_status next_block(struct segment_reader *reader, struct error *err)
{
    reader->block += reader->has_block;
    reader->has_block = reader->block < reader->source.end_block;
    return reader->has_block ? begin_block(reader, err) : TOCSIN_END;
}

/* ---- batches ---- */

/* The next wanted rows; none when the block is at its end. */
static struct picked_rows pick_rows(struct segment_reader *reader)
{
    uint32_t end = rows_of_block(reader);
    uint32_t count = 0;
    uint32_t row = reader->row;
    if (reader->has_all) {
        count = end - row < reader->options.row_max ? end - row : reader->options.row_max;
        for (uint32_t i = 0; i < count; i++) {
            reader->picked[i] = row + i;
        }
    } else {
        while (row < end && count < reader->options.row_max) {
            uint64_t left = reader->wanted[row / 64] >> row % 64;
            if (left == 0) {
                row = (row / 64 + 1) * 64;
                continue;
            }
            row += (uint32_t)__builtin_ctzll(left);
            reader->picked[count++] = row++;
        }
    }
    bool is_run = count > 0 && reader->picked[count - 1] - reader->picked[0] + 1 == count;
    return (struct picked_rows){reader->picked, count, is_run};
}

/* Columns and evidence of the rows, of fewer of them if the next one has to wait or is damaged. */
static tocsin_status fill_batch(struct segment_reader *reader, struct batch *batch, struct picked_rows *rows,
                                bool *ret_is_damaged, str *ret_damaged, struct error *err)
{
    bool has_codes = rows->count >= CODES_ROWS_MIN || reader->has_all;
    reader->filler.batch = batch;
    reader->filler.copied_bytes = 0;
    reader->filler.copies_entries = reader->options.copies_texts && !has_codes;
    *ret_is_damaged = false;
    for (uint32_t i = 0; rows->count > 0 && i < batch->column_count; i++) {
        if (!is_read(reader, i)) {
            continue;
        }
        uint32_t count;
        bool is_damaged;
        enum text_form form = !has_codes                                                               ? TEXT_ONLY
                              : field_set_has(&reader->options.request->coded, batch->fields[i]) ? TEXT_AS_CODES
                                                                                                 : TEXT_AND_CODES;
        tocsin_status status = column_fill(&reader->filler, &batch->columns[i], &reader->columns[i], rows, form, &count,
                                           &is_damaged, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        if (is_damaged || count < rows->count) {
            *ret_is_damaged = is_damaged;
            *ret_damaged = reader->columns[i].identity.name;
        }
        rows->count = count;
    }
    if (reader->options.request->leaves_out_evidence) {
        memset(batch->rows, 0, rows->count * sizeof(*batch->rows));
        batch->row_count = rows->count;
        return TOCSIN_OK;
    }
    tocsin_status status = TOCSIN_OK;
    bool has_places = false;
    if (rows->count > 0 && reader->options.request->wants_places) {
        status = row_evidence_places(&reader->evidence, batch, rows, &has_places, err);
    }
    if (status != TOCSIN_OK || has_places) {
        return status;
    }
    uint32_t count = rows->count;
    bool is_damaged = false;
    status =
        count > 0 ? row_evidence_fill(&reader->evidence, &reader->filler, rows, &count, &is_damaged, err) : TOCSIN_OK;
    if (status == TOCSIN_OK && (is_damaged || count < rows->count)) {
        *ret_is_damaged = is_damaged;
        *ret_damaged = STR("@evidence");
    }
    rows->count = count;
    return status;
}

static tocsin_status number_rows(const struct segment_reader *reader, struct batch *batch, struct error *err)
{
    uint64_t *numbers = arena_allocate(&batch->arena, batch->row_count * sizeof(*numbers), _Alignof(uint64_t));
    if (!numbers) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < batch->row_count; i++) {
        numbers[i] = segment_row_number(reader->source.number, reader->block, reader->picked[i]);
    }
    batch->numbers = numbers;
    return TOCSIN_OK;
}

/* A batch of rows of this block; an empty one if its last rows are damaged. */
static tocsin_status next_rows(struct segment_reader *reader, struct batch *batch, struct picked_rows *rows,
                               struct error *err)
{
    bool is_damaged;
    str damaged;
    uint64_t begin_ns = now_ns();
    uint32_t picked = rows->count;
    tocsin_status status = fill_batch(reader, batch, rows, &is_damaged, &damaged, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    assert(rows->count > 0 || is_damaged);
    if (batch->is_failed) {
        return arena_explain(&batch->arena, error_memory(err), "a batch of rows", err);
    }
    if (is_damaged) {
        reader->row = reader->picked[rows->count];
        pass_over(reader, damaged);
    } else {
        reader->row = rows->count < picked ? reader->picked[rows->count] : reader->picked[picked - 1] + 1;
    }
    status = reader->options.request->is_numbered ? number_rows(reader, batch, err) : TOCSIN_OK;
    status = status == TOCSIN_OK ? batch_finish(batch, err) : status;
    reader->budget.statistics.rows_out += rows->count;
    reader->budget.statistics.rows_ns += now_ns() - begin_ns;
    return status;
}

tocsin_status segment_reader_next(struct segment_reader *reader, struct batch *batch, struct error *err)
{
    uint64_t begin_ns = now_ns();
    for (;;) {
        batch_clear(batch);
        struct picked_rows rows = {0};
        if (reader->has_block) {
            rows = pick_rows(reader);
        }
        if (rows.count > 0) {
            tocsin_status status = next_rows(reader, batch, &rows, err);
            if (status != TOCSIN_OK || batch->row_count > 0) {
                return status;
            }
            continue;
        }
        if (reader->options.filter && now_ns() - begin_ns > QUIET_NS) {
            return TOCSIN_OK;
        }
        tocsin_status status = next_block(reader, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
}

tocsin_status segment_reader_take(struct segment_reader *reader, uint32_t block, const uint32_t *rows, uint32_t count,
                                  struct batch *batch, uint32_t *ret_count, struct error *err)
{
    assert(block < reader->source.map->block_count && count > 0 && count <= BATCH_ROWS_MAX);
    uint64_t begin_ns = now_ns();
    bool is_damaged;
    str damaged;
    struct picked_rows picked = {rows, count, rows[count - 1] - rows[0] + 1 == count};
    tocsin_status status = TOCSIN_OK;
    if (!reader->has_block || reader->block != block) {
        reader->block = block;
        reader->has_block = true;
        status = begin_cursors(reader, err);
    }
    status = status == TOCSIN_OK ? fill_batch(reader, batch, &picked, &is_damaged, &damaged, err) : status;
    reader->budget.statistics.rows_late += status == TOCSIN_OK ? picked.count : 0;
    reader->budget.statistics.late_ns += now_ns() - begin_ns;
    if (status == TOCSIN_OK && batch->is_failed) {
        return arena_explain(&batch->arena, error_memory(err), "a batch of rows", err);
    }
    *ret_count = picked.count;
    return status;
}
