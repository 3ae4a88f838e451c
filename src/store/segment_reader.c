#include "store/segment_reader.h"

#include <assert.h>

/* Raw lines that are not part of a payload are copied; with so many bytes of them a batch ends. */
enum { COPIED_BYTES_MAX = 8 * 1024 * 1024 };

enum own_cursor {
    CURSOR_COUNT,
    CURSOR_MORE,
    CURSOR_INPUT,
    CURSOR_LINE,
    CURSOR_LINES,
    CURSOR_JOINED,
    CURSOR_BYTES,
    CURSOR_RAW,
    OWN_CURSORS
};
static const char *const own_names[OWN_CURSORS] = {
    "@evidence.count", "@evidence.more",   "@evidence.input", "@evidence.line",
    "@evidence.lines", "@evidence.joined", "@evidence.bytes", "@evidence.raw",
};

struct segment_reader {
    struct segment_reader_options options;
    struct cursor_budget budget;
    struct strbuf stored;
    uint32_t block; /* the one being read */
    bool has_block;
    uint32_t row; /* the next one of it */
    uint32_t line;
    uint32_t column_count;
    struct column_cursor *columns; /* by column of the batch */
    struct column_cursor own[OWN_CURSORS];
    struct column_cursor payload; /* for raw lines, if the batch does not have it */
    str *payloads;                /* of the rows of a batch; NULL: nobody wants raw lines */
    size_t copied_bytes;          /* of raw lines, into this batch */
};

bool segment_is_own_column(const struct segment_column *column, const char *name)
{
    return column->origin == ORIGIN_STORE && str_eq(column->name, str_from_cstring(name));
}

/* ---- which columns ---- */

static bool is_own(const void *context, const struct segment_column *column)
{
    enum own_cursor which = *(const enum own_cursor *)context;
    enum segment_scope scope = which <= CURSOR_MORE ? SCOPE_ROW : SCOPE_LINE;
    enum segment_type type = which == CURSOR_INPUT    ? SEGMENT_STRING
                             : which == CURSOR_RAW    ? SEGMENT_BYTES
                             : which == CURSOR_JOINED ? SEGMENT_BOOL
                                                      : SEGMENT_INTEGER;
    return segment_is_own_column(column, own_names[which]) && column->scope == scope && column->type == type;
}

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
    cursor->file = reader->options.file;
    cursor->map = reader->options.map;
    cursor->budget = &reader->budget;
    cursor->stored = &reader->stored;
    column_cursor_init(cursor, match, context);
}

static tocsin_status build(struct segment_reader *reader, const struct batch *batch, struct error *err)
{
    reader->columns = memory_allocate_zeroed(batch->column_count, sizeof(*reader->columns));
    if (!reader->columns) {
        return error_memory(err);
    }
    reader->column_count = batch->column_count;
    for (uint32_t i = 0; i < batch->column_count; i++) {
        init_cursor(reader, &reader->columns[i], is_field, schema_field(batch->schema, batch->fields[i]));
    }
    for (enum own_cursor i = CURSOR_COUNT; i < OWN_CURSORS; i++) {
        if (i < CURSOR_BYTES || reader->options.wants_raw) {
            init_cursor(reader, &reader->own[i], is_own, &i);
        }
    }
    if (reader->options.wants_raw) {
        reader->payloads = memory_allocate_zeroed(BATCH_ROWS_MAX, sizeof(*reader->payloads));
        if (!reader->payloads) {
            return error_memory(err);
        }
        if (batch->column_of_field[FIELD_PAYLOAD] == UINT16_MAX) {
            init_cursor(reader, &reader->payload, is_field, schema_field(batch->schema, FIELD_PAYLOAD));
        }
    }
    return TOCSIN_OK;
}

tocsin_status segment_reader_create(const struct segment_reader_options *options, const struct batch *batch,
                                    struct segment_reader **ret_reader, struct error *err)
{
    struct segment_reader *reader = memory_allocate_zeroed(1, sizeof(*reader));
    if (!reader) {
        return error_memory(err);
    }
    reader->options = *options;
    strbuf_init(&reader->stored, LIMIT_STORE_BLOCK_BYTES);
    tocsin_status status = build(reader, batch, err);
    if (status != TOCSIN_OK) {
        segment_reader_free(reader);
        return status;
    }
    *ret_reader = reader;
    return TOCSIN_OK;
}

void segment_reader_free(struct segment_reader *reader)
{
    if (!reader) {
        return;
    }
    for (uint32_t i = 0; i < reader->column_count; i++) {
        column_cursor_release(&reader->columns[i]);
    }
    for (uint32_t i = 0; i < OWN_CURSORS; i++) {
        column_cursor_release(&reader->own[i]);
    }
    column_cursor_release(&reader->payload);
    memory_free(reader->columns);
    memory_free(reader->payloads);
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
           (max_ms < request->time_min_ms || min_ms >= request->time_max_ms);
}

/* S8: what cannot be read costs the rest of the block, and is named. */
static void pass_over(struct segment_reader *reader, str column)
{
    const struct segment_block *block = &reader->options.map->blocks[reader->block];
    uint32_t left = block->row_count - reader->row;
    store_problem_add(reader->options.problems, reader->options.file->path, left,
                      "block %u is damaged (column %.*s): %u rows are left out", block->number, STR_ARG(column), left);
    reader->row = block->row_count;
}

static tocsin_status begin_cursor(struct segment_reader *reader, struct column_cursor *cursor, str *damaged,
                                  struct error *err)
{
    tocsin_status status = cursor->file ? column_cursor_begin(cursor, reader->block, err) : TOCSIN_OK;
    if (status == TOCSIN_END) {
        *damaged = cursor->identity.name;
    }
    return status;
}

static tocsin_status begin_block(struct segment_reader *reader, struct error *err)
{
    str damaged = STR_EMPTY;
    tocsin_status status = TOCSIN_OK;
    reader->row = 0;
    reader->line = 0;
    for (uint32_t i = 0; status == TOCSIN_OK && i < reader->column_count; i++) {
        status = begin_cursor(reader, &reader->columns[i], &damaged, err);
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < OWN_CURSORS; i++) {
        status = begin_cursor(reader, &reader->own[i], &damaged, err);
    }
    status = status == TOCSIN_OK ? begin_cursor(reader, &reader->payload, &damaged, err) : status;
    if (status == TOCSIN_END) {
        pass_over(reader, damaged);
        return TOCSIN_OK;
    }
    return status;
}

/* To a block with rows that are wanted. */
static tocsin_status next_block(struct segment_reader *reader, struct error *err)
{
    const struct segment_map *map = reader->options.map;
    while (!reader->has_block || reader->row == map->blocks[reader->block].row_count) {
        reader->block += reader->has_block;
        reader->has_block = true;
        while (reader->block < map->block_count && is_outside(&map->blocks[reader->block], reader->options.request)) {
            reader->block++;
        }
        if (reader->block == map->block_count) {
            reader->has_block = false; /* and stays at the end */
            return TOCSIN_END;
        }
        tocsin_status status = begin_block(reader, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

/* ---- values ---- */

static void set_all_valid(struct column *column, uint32_t rows)
{
    for (uint32_t word = 0; word < (rows + 63) / 64; word++) {
        uint32_t left = rows - word * 64;
        column->validity[word] = left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
    }
}

static bool take_ip(str text, struct ip *ret_ip)
{
    if (text.len == 4) {
        *ret_ip = ip_from_v4_bytes((const uint8_t *)text.data);
        return true;
    }
    if (text.len != sizeof(ret_ip->bytes)) {
        return false;
    }
    memcpy(ret_ip->bytes, text.data, sizeof(ret_ip->bytes));
    return true;
}

static bool set_value(struct column *column, uint32_t row, const struct column_cursor *cursor, uint32_t value)
{
    switch (column->type) {
    case TYPE_BOOL:
        column_set_bool(column, row, column_cursor_integer(cursor, value) != 0);
        return true;
    case TYPE_INT64:
        column_set_integer(column, row, column_cursor_integer(cursor, value));
        return true;
    case TYPE_DOUBLE: {
        int64_t bits = column_cursor_integer(cursor, value);
        double number;
        memcpy(&number, &bits, sizeof(number));
        column_set_double(column, row, number);
        return true;
    }
    case TYPE_IP: {
        str text;
        struct ip ip = {{0}};
        bool is_read = column_cursor_text(cursor, value, &text) && take_ip(text, &ip);
        column_set_ip(column, row, ip);
        return is_read;
    }
    default: {
        str text;
        bool is_read = column_cursor_text(cursor, value, &text);
        column_set_string(column, row, is_read ? text : STR_EMPTY);
        return is_read;
    }
    }
}

/* Every row has a value and all are the same: without a chunk of integers or codes there is but one. */
static bool is_constant(const struct column_cursor *cursor)
{
    return !cursor->present && cursor->column->encoding != ENCODING_PLAIN && !cursor->integers.bits;
}

/* False: a value makes no sense. */
static bool fill_column(struct column *column, struct column_cursor *cursor, uint32_t rows)
{
    if (!cursor->column) {
        return true;
    }
    if (is_constant(cursor)) {
        column->kind = COLUMN_CONSTANT;
        column->row_mask = 0;
        bool is_set = set_value(column, 0, cursor, cursor->value);
        column_cursor_skip(cursor, rows);
        return is_set;
    }
    if (!cursor->present && column->type == TYPE_INT64) {
        for (uint32_t row = 0; row < rows; row++) {
            column->integers[row] = column_cursor_integer(cursor, cursor->value + row);
        }
        cursor->value += rows;
        cursor->slot += rows;
        set_all_valid(column, rows);
        return true;
    }
    for (uint32_t row = 0; row < rows; row++) {
        uint32_t value = column_cursor_next(cursor);
        if (value != UINT32_MAX && !set_value(column, row, cursor, value)) {
            return false;
        }
    }
    return true;
}

/* ---- evidence ---- */

static bool take_integer(struct column_cursor *cursor, int64_t if_none, int64_t max, int64_t *ret)
{
    uint32_t value = column_cursor_next(cursor);
    *ret = value == UINT32_MAX ? if_none : column_cursor_integer(cursor, value);
    return *ret >= 0 && *ret <= max;
}

/* The raw lines: a part of the payload, or of their own. */
static tocsin_status take_raw(struct segment_reader *reader, struct batch *batch, str *payload, struct evidence *line,
                              struct error *err)
{
    struct column_cursor *own = &reader->own[CURSOR_RAW];
    uint32_t length = column_cursor_next(&reader->own[CURSOR_BYTES]);
    if (length != UINT32_MAX) {
        int64_t bytes = column_cursor_integer(&reader->own[CURSOR_BYTES], length);
        if (own->column) {
            column_cursor_skip(own, 1);
        }
        if (bytes < 0 || (uint64_t)bytes > payload->len) {
            return TOCSIN_END;
        }
        line->raw = str_slice(*payload, 0, (size_t)bytes);
        *payload = str_skip(*payload, (size_t)bytes + 1);
        return TOCSIN_OK;
    }
    uint32_t ready;
    tocsin_status status = column_cursor_ready(own, 1, &ready, err);
    uint32_t value = status == TOCSIN_OK ? column_cursor_next(own) : UINT32_MAX;
    str raw = STR_EMPTY;
    if (value != UINT32_MAX && !column_cursor_text(own, value, &raw)) {
        return TOCSIN_END;
    }
    line->raw = batch_copy(batch, raw);
    reader->copied_bytes += raw.len;
    return status;
}

static tocsin_status take_line(struct segment_reader *reader, struct batch *batch, str *payload, struct error *err)
{
    struct evidence line = {.raw = STR_EMPTY};
    int64_t number;
    int64_t lines;
    int64_t joined;
    uint32_t input = column_cursor_next(&reader->own[CURSOR_INPUT]);
    if (reader->line == reader->options.map->blocks[reader->block].line_count || input == UINT32_MAX ||
        !take_integer(&reader->own[CURSOR_LINE], 0, INT64_MAX, &number) ||
        !take_integer(&reader->own[CURSOR_LINES], 0, UINT32_MAX, &lines) ||
        !take_integer(&reader->own[CURSOR_JOINED], 0, 1, &joined)) {
        return TOCSIN_END;
    }
    uint64_t code = (uint64_t)column_cursor_integer(&reader->own[CURSOR_INPUT], input);
    if (reader->own[CURSOR_INPUT].column->encoding != ENCODING_DICTIONARY || code >= reader->options.input_count) {
        return TOCSIN_END;
    }
    reader->line++;
    line.input = reader->options.inputs[code];
    line.line = (uint64_t)number;
    line.line_count = (uint32_t)lines;
    line.is_joined = joined != 0;
    tocsin_status status = reader->options.wants_raw ? take_raw(reader, batch, payload, &line, err) : TOCSIN_OK;
    if (status == TOCSIN_OK) {
        batch_add_evidence(batch, line);
    }
    return status;
}

/* Rows with their evidence; maybe fewer than wanted. */
static tocsin_status add_rows(struct segment_reader *reader, struct batch *batch, uint32_t wanted, struct error *err)
{
    uint32_t lines_max = reader->options.map->blocks[reader->block].line_count;
    reader->copied_bytes = 0;
    for (uint32_t i = 0; i < wanted && reader->copied_bytes <= COPIED_BYTES_MAX; i++) {
        int64_t count;
        int64_t more;
        uint32_t row = batch_add_row(batch);
        str payload = reader->payloads ? reader->payloads[i] : STR_EMPTY;
        if (!take_integer(&reader->own[CURSOR_COUNT], 0, lines_max, &count) ||
            !take_integer(&reader->own[CURSOR_MORE], 0, INT64_MAX, &more)) {
            return TOCSIN_END;
        }
        for (int64_t line = 0; line < count; line++) {
            tocsin_status status = take_line(reader, batch, &payload, err);
            if (status != TOCSIN_OK) {
                return status;
            }
        }
        batch->rows[row].evidence_more = (uint64_t)more;
    }
    return batch->is_failed ? arena_explain(&batch->arena, error_memory(err), "a batch of rows", err) : TOCSIN_OK;
}

/* ---- batches ---- */

static tocsin_status ready(struct column_cursor *cursor, uint32_t *rows, str *damaged, struct error *err)
{
    tocsin_status status = cursor->file ? column_cursor_ready(cursor, *rows, rows, err) : TOCSIN_OK;
    if (status == TOCSIN_END) {
        *damaged = cursor->identity.name;
    }
    return status;
}

/* How many rows can be had without another chunk. */
static tocsin_status rows_ready(struct segment_reader *reader, uint32_t *rows, str *damaged, struct error *err)
{
    tocsin_status status = ready(&reader->payload, rows, damaged, err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < reader->column_count; i++) {
        status = ready(&reader->columns[i], rows, damaged, err);
    }
    return status;
}

/* The payloads of the next rows, before their evidence, which may end the batch before all of them. */
static tocsin_status peek_payloads(struct segment_reader *reader, const struct batch *batch, uint32_t rows,
                                   str *damaged)
{
    if (!reader->payloads) {
        return TOCSIN_OK;
    }
    uint16_t index = batch->column_of_field[FIELD_PAYLOAD];
    const struct column_cursor *cursor = index == UINT16_MAX ? &reader->payload : &reader->columns[index];
    uint32_t value = cursor->value;
    for (uint32_t row = 0; row < rows; row++) {
        reader->payloads[row] = STR_EMPTY;
        if (column_cursor_has_value(cursor, cursor->slot + row) &&
            !column_cursor_text(cursor, value++, &reader->payloads[row])) {
            *damaged = cursor->identity.name;
            return TOCSIN_END;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status fill_batch(struct segment_reader *reader, struct batch *batch, uint32_t rows, str *damaged,
                                struct error *err)
{
    tocsin_status status = peek_payloads(reader, batch, rows, damaged);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = add_rows(reader, batch, rows, err);
    if (status != TOCSIN_OK) {
        *damaged = STR("@evidence");
        return status;
    }
    rows = batch->row_count;
    for (uint32_t i = 0; i < batch->column_count; i++) {
        if (!fill_column(&batch->columns[i], &reader->columns[i], rows)) {
            *damaged = reader->columns[i].identity.name;
            return TOCSIN_END;
        }
    }
    if (reader->payload.column) {
        column_cursor_skip(&reader->payload, rows);
    }
    return TOCSIN_OK;
}

tocsin_status segment_reader_next(struct segment_reader *reader, struct batch *batch, struct error *err)
{
    for (;;) {
        batch_clear(batch);
        tocsin_status status = next_block(reader, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        str damaged = STR_EMPTY;
        uint32_t rows = reader->options.map->blocks[reader->block].row_count - reader->row;
        rows = rows < reader->options.row_max ? rows : reader->options.row_max;
        status = rows_ready(reader, &rows, &damaged, err);
        status = status == TOCSIN_OK ? fill_batch(reader, batch, rows, &damaged, err) : status;
        if (status == TOCSIN_OK) {
            reader->row += batch->row_count;
            return batch_finish(batch, err);
        }
        if (status != TOCSIN_END) {
            return status;
        }
        pass_over(reader, damaged);
    }
}
