#include "store/row_evidence.h"

static const char *const own_names[OWN_CURSORS] = {
    "@evidence.count", "@evidence.more",   "@evidence.input", "@evidence.line",
    "@evidence.lines", "@evidence.joined", "@evidence.bytes", "@evidence.raw",
};

bool row_evidence_is_own(const void *context, const struct segment_column *column)
{
    enum own_cursor which = *(const enum own_cursor *)context;
    enum segment_scope scope = which <= CURSOR_MORE ? SCOPE_ROW : SCOPE_LINE;
    enum segment_type type = which == CURSOR_INPUT    ? SEGMENT_STRING
                             : which == CURSOR_RAW    ? SEGMENT_BYTES
                             : which == CURSOR_JOINED ? SEGMENT_BOOL
                                                      : SEGMENT_INTEGER;
    return column->origin == ORIGIN_STORE && str_eq(column->name, str_from_cstring(own_names[which])) &&
           column->scope == scope && column->type == type;
}

void row_evidence_release(struct row_evidence *evidence)
{
    for (uint32_t i = 0; i < OWN_CURSORS; i++) {
        column_cursor_release(&evidence->own[i]);
    }
    memory_free(evidence->line_first);
}

tocsin_status row_evidence_begin(struct row_evidence *evidence, uint32_t block, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    evidence->is_open = false;
    for (uint32_t i = 0; status == TOCSIN_OK && i < OWN_CURSORS; i++) {
        if (evidence->own[i].file) {
            evidence->block = &evidence->own[i].map->blocks[block];
            status = column_cursor_begin(&evidence->own[i], block, err);
        }
    }
    return status;
}

/* ---- values ---- */

/* False: it is not within 0 .. max. */
static bool take_integer(const struct column_cursor *cursor, uint32_t slot, int64_t max, int64_t *ret)
{
    *ret = 0;
    if (column_cursor_has_value(cursor, slot)) {
        *ret = column_cursor_integer(cursor, column_cursor_rank(cursor, slot));
    }
    return *ret >= 0 && *ret <= max;
}

/* Where the lines of each row begin. Rows whose numbers make no sense, and those behind them, are damaged. */
static tocsin_status number_lines(struct row_evidence *evidence, struct error *err)
{
    const struct column_cursor *cursor = &evidence->own[CURSOR_COUNT];
    const struct segment_block *block = evidence->block;
    evidence->sound_rows = block->row_count;
    if (!cursor->column || (cursor->column->presence == PRESENCE_ALL && column_cursor_is_constant(cursor))) {
        int64_t each = cursor->column ? cursor->column->least : 0;
        if (each < 0 || each > block->line_count) {
            return TOCSIN_END;
        }
        evidence->lines_each = (uint32_t)each;
        evidence->sound_rows = each > 0 ? block->line_count / (uint32_t)each : block->row_count;
        return TOCSIN_OK;
    }
    if (!evidence->line_first) {
        evidence->line_first = memory_allocate((LIMIT_STORE_BLOCK_ROWS + 1) * sizeof(*evidence->line_first));
        if (!evidence->line_first) {
            return error_memory(err);
        }
    }
    evidence->lines_each = UINT32_MAX;
    uint32_t line = 0;
    for (uint32_t row = 0; row < block->row_count; row++) {
        int64_t count;
        evidence->line_first[row] = line;
        if (!take_integer(cursor, row, block->line_count - line, &count)) {
            evidence->sound_rows = row;
            break;
        }
        line += (uint32_t)count;
        evidence->line_first[row + 1] = line;
    }
    return TOCSIN_OK;
}

static tocsin_status open_block(struct row_evidence *evidence, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < OWN_CURSORS; i++) {
        if (evidence->own[i].file) {
            status = column_cursor_open(&evidence->own[i], err);
        }
    }
    status = status == TOCSIN_OK && evidence->payload ? column_cursor_open(evidence->payload, err) : status;
    status = status == TOCSIN_OK ? number_lines(evidence, err) : status;
    evidence->is_open = status == TOCSIN_OK;
    return status;
}

/* ---- raw lines ---- */

/* The raw lines: a part of the payload, or of their own. They are copied where the next ones would take their place. */
static tocsin_status take_raw(struct row_evidence *evidence, struct column_filler *filler, uint32_t slot, str *payload,
                              struct evidence *line, struct error *err)
{
    struct column_cursor *own = &evidence->own[CURSOR_RAW];
    if (column_cursor_has_value(&evidence->own[CURSOR_BYTES], slot)) {
        int64_t bytes;
        if (!take_integer(&evidence->own[CURSOR_BYTES], slot, (int64_t)payload->len, &bytes)) {
            return TOCSIN_END;
        }
        line->raw = str_slice(*payload, 0, (size_t)bytes);
        *payload = str_skip(*payload, (size_t)bytes + 1);
        if (filler->copies_plain) {
            line->raw = batch_copy(filler->batch, line->raw);
            filler->copied_bytes += line->raw.len;
        }
        return TOCSIN_OK;
    }
    str raw = STR_EMPTY;
    if (!column_cursor_has_value(own, slot)) {
        return TOCSIN_OK;
    }
    tocsin_status status = column_cursor_text(own, column_cursor_rank(own, slot), &raw, err);
    if (status == TOCSIN_OK) {
        line->raw = batch_copy(filler->batch, raw);
        filler->copied_bytes += raw.len;
    }
    return status;
}

/* The payload of a row, in the pass of the batch. *ret_has_room: else it is one chunk too many. */
static tocsin_status take_payload(const struct row_evidence *evidence, uint32_t row, str *ret_payload,
                                  bool *ret_has_room, struct error *err)
{
    struct column_cursor *cursor = evidence->payload;
    const struct plain_chunk *chunk;
    *ret_payload = STR_EMPTY;
    *ret_has_room = true;
    if (!cursor || !column_cursor_has_value(cursor, row)) {
        return TOCSIN_OK;
    }
    uint32_t value = column_cursor_rank(cursor, row);
    if (cursor->column->encoding == ENCODING_DICTIONARY) {
        return column_cursor_text(cursor, value, ret_payload, err);
    }
    uint64_t number = column_cursor_text_number(cursor, value);
    tocsin_status status = column_cursor_plain(cursor, number, &chunk, err);
    if (status == TOCSIN_OK) {
        *ret_has_room = chunk != NULL;
        *ret_payload = chunk ? texts_get(&chunk->texts, (uint32_t)number - chunk->first) : STR_EMPTY;
    }
    return status;
}

/* ---- rows ---- */

static tocsin_status take_line(struct row_evidence *evidence, struct column_filler *filler, uint32_t slot,
                               str *payload, struct error *err)
{
    struct evidence line = {.raw = STR_EMPTY};
    const struct column_cursor *input = &evidence->own[CURSOR_INPUT];
    int64_t number;
    int64_t lines;
    int64_t joined;
    if (slot >= evidence->block->line_count || !column_cursor_has_value(input, slot) ||
        input->column->encoding != ENCODING_DICTIONARY ||
        !take_integer(&evidence->own[CURSOR_LINE], slot, INT64_MAX, &number) ||
        !take_integer(&evidence->own[CURSOR_LINES], slot, UINT32_MAX, &lines) ||
        !take_integer(&evidence->own[CURSOR_JOINED], slot, 1, &joined)) {
        return TOCSIN_END;
    }
    uint64_t code = (uint64_t)column_cursor_integer(input, column_cursor_rank(input, slot));
    if (code >= evidence->input_count) {
        return TOCSIN_END;
    }
    line.input = evidence->inputs[code];
    line.line = (uint64_t)number;
    line.line_count = (uint32_t)lines;
    line.is_joined = joined != 0;
    tocsin_status status =
        evidence->payload ? take_raw(evidence, filler, slot, payload, &line, err) : TOCSIN_OK;
    if (status == TOCSIN_OK) {
        batch_add_evidence(filler->batch, line);
    }
    return status;
}

static tocsin_status take_row(struct row_evidence *evidence, struct column_filler *filler, uint32_t row,
                              bool *ret_has_room, struct error *err)
{
    int64_t more;
    str payload;
    if (row >= evidence->sound_rows || !take_integer(&evidence->own[CURSOR_MORE], row, INT64_MAX, &more)) {
        return TOCSIN_END;
    }
    tocsin_status status = take_payload(evidence, row, &payload, ret_has_room, err);
    if (status != TOCSIN_OK || !*ret_has_room) {
        return status;
    }
    bool is_each = evidence->lines_each != UINT32_MAX;
    uint32_t line = is_each ? row * evidence->lines_each : evidence->line_first[row];
    uint32_t end = is_each ? line + evidence->lines_each : evidence->line_first[row + 1];
    filler->batch->rows[batch_add_row(filler->batch)].evidence_more = (uint64_t)more;
    for (; status == TOCSIN_OK && line < end; line++) {
        status = take_line(evidence, filler, line, &payload, err);
    }
    return status;
}

/* Rows with one line each, of which nothing has to be looked up but its number: how many of them come first. */
static uint32_t take_plain_rows(const struct row_evidence *evidence, struct column_filler *filler,
                                const struct picked_rows *rows)
{
    const struct column_cursor *own = evidence->own;
    struct batch *batch = filler->batch;
    if (evidence->lines_each != 1 || evidence->payload || own[CURSOR_MORE].column || !rows->is_run) {
        return 0;
    }
    for (enum own_cursor i = CURSOR_INPUT; i <= CURSOR_JOINED; i++) {
        bool is_same = i == CURSOR_LINES || i == CURSOR_JOINED || i == CURSOR_INPUT;
        if (!own[i].column || own[i].present || (is_same && !column_cursor_is_constant(&own[i]))) {
            return 0;
        }
    }
    int64_t code = own[CURSOR_INPUT].column->least;
    int64_t lines = own[CURSOR_LINES].column->least;
    int64_t joined = own[CURSOR_JOINED].column->least;
    uint32_t end = rows->rows[0] + rows->count <= evidence->sound_rows ? rows->count : 0;
    if (own[CURSOR_INPUT].column->encoding != ENCODING_DICTIONARY || (uint64_t)code >= evidence->input_count ||
        lines < 0 || lines > UINT32_MAX || joined < 0 || joined > 1 || !batch_reserve_evidence(batch, end)) {
        return 0;
    }
    integers_unpack(&own[CURSOR_LINE].integers, rows->rows[0], end, filler->integers);
    struct evidence line = {.input = evidence->inputs[code],
                            .line_count = (uint32_t)lines,
                            .is_joined = joined == 1,
                            .raw = STR_EMPTY};
    uint32_t count = 0;
    for (; count < end && filler->integers[count] >= 0; count++) {
        line.line = (uint64_t)filler->integers[count];
        batch->evidence[count] = line;
        batch->rows[count] = (struct batch_row){.evidence_first = count, .evidence_count = 1};
    }
    batch->row_count = count;
    batch->evidence_count = count;
    return count;
}

/* ---- places ---- */

/* Every line has a value, so that its number is that of its slot. */
static bool is_whole(const struct column_cursor *cursor)
{
    return cursor->column && !cursor->present && cursor->has_integers;
}

/* Where the rows begin, without their lines: if all are of one input, and have lines. False: it is not so simple. */
static bool take_places(const struct row_evidence *evidence, struct batch *batch, const struct picked_rows *rows)
{
    const struct column_cursor *input = &evidence->own[CURSOR_INPUT];
    const struct column_cursor *line = &evidence->own[CURSOR_LINE];
    uint32_t last = rows->rows[rows->count - 1];
    if (!is_whole(input) || !is_whole(line) || input->column->encoding != ENCODING_DICTIONARY ||
        !column_cursor_is_constant(input) || (uint64_t)input->column->least >= evidence->input_count ||
        last >= evidence->sound_rows || line->column->least < 0 || evidence->lines_each == 0) {
        return false;
    }
    int64_t *lines = arena_allocate(&batch->arena, rows->count * sizeof(*lines), 16);
    if (!lines) {
        return false;
    }
    int64_t least = 0;
    if (evidence->lines_each == 1 && rows->is_run) {
        integers_unpack(&line->integers, rows->rows[0], rows->count, lines);
        for (uint32_t i = 0; i < rows->count; i++) {
            least = lines[i] < least ? lines[i] : least;
        }
    } else {
        bool is_each = evidence->lines_each != UINT32_MAX;
        for (uint32_t i = 0; i < rows->count; i++) {
            uint32_t row = rows->rows[i];
            uint32_t slot = is_each ? row * evidence->lines_each : evidence->line_first[row];
            if (slot >= evidence->block->line_count || (!is_each && evidence->line_first[row + 1] == slot)) {
                return false;
            }
            lines[i] = column_cursor_integer(line, slot);
            least = lines[i] < least ? lines[i] : least;
        }
    }
    if (least < 0) {
        return false;
    }
    memset(batch->rows, 0, rows->count * sizeof(*batch->rows));
    batch->row_count = rows->count;
    batch->place_lines = (const uint64_t *)lines;
    batch->place_input = evidence->inputs[input->column->least];
    return true;
}

tocsin_status row_evidence_places(struct row_evidence *evidence, struct batch *batch, const struct picked_rows *rows,
                                  bool *ret_is_taken, struct error *err)
{
    tocsin_status status = evidence->is_open ? TOCSIN_OK : open_block(evidence, err);
    if (status == TOCSIN_OK) {
        *ret_is_taken = take_places(evidence, batch, rows);
    } else if (status == TOCSIN_END) { /* row_evidence_fill says what it costs */
        *ret_is_taken = false;
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

/* ---- lines ---- */

/* The last row of a batch is not to be there. */
static void drop_row(struct batch *batch, uint32_t row_count)
{
    if (batch->row_count > row_count) {
        batch->row_count = row_count;
        batch->evidence_count = batch->rows[row_count].evidence_first;
    }
}

tocsin_status row_evidence_fill(struct row_evidence *evidence, struct column_filler *filler,
                                const struct picked_rows *rows, uint32_t *ret_count, bool *ret_is_damaged,
                                struct error *err)
{
    bool has_room = true;
    tocsin_status status = evidence->is_open ? TOCSIN_OK : open_block(evidence, err);
    if (status == TOCSIN_OK && evidence->payload && evidence->owns_payload) {
        column_cursor_new_pass(evidence->payload);
    }
    uint32_t i = status == TOCSIN_OK ? take_plain_rows(evidence, filler, rows) : 0;
    for (; status == TOCSIN_OK && i < rows->count && has_room; i++) {
        if (filler->copied_bytes > COPIED_BYTES_MAX && i > 0) {
            break;
        }
        status = take_row(evidence, filler, rows->rows[i], &has_room, err);
    }
    if (status != TOCSIN_OK && status != TOCSIN_END) {
        return status;
    }
    i -= i > 0 && (status == TOCSIN_END || !has_room);
    drop_row(filler->batch, i);
    *ret_count = i;
    *ret_is_damaged = status == TOCSIN_END;
    return TOCSIN_OK;
}
