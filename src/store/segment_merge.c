#include "store/segment_merge.h"

#include "base/memory.h"
#include "store/block_builder.h"
#include "store/column_buffer.h"
#include "store/column_cursor.h"
#include "store/segment_reader.h"

/* Rows are moved so many at a time, or one by one where values are long, so that a block is not much larger than it
 * should be. */
enum { PIECE_ROWS = 256, LONG_VALUE_BYTES = 4096 };

/* One column of the segment being moved. */
struct moved_column {
    struct column_cursor cursor;
    uint32_t slot; /* the next one of the block */
    struct column_buffer *buffer;
    bool is_input;
    bool is_part; /* @evidence.bytes: means something only with the payload of the row */
    bool is_payload;
    bool is_lost;      /* in this block */
    uint64_t lost;     /* values */
    uint32_t lost_first; /* texts of a chunk that is damaged */
    uint32_t lost_end;
};

/* Rows that are moved together, with their lines. */
struct piece {
    uint32_t rows;
    uint32_t lines;
    uint32_t line_counts[PIECE_ROWS];
    bool has_payload[PIECE_ROWS]; /* or never had one */
};

struct segment_merge {
    struct segment_merge_options options;
    struct block_builder *builder;
    struct strbuf head;
    struct strbuf body;
    struct strbuf stored;
    struct mark_set marks;
    struct store_newest newest;
    uint64_t rows;
    /* the segment being moved */
    const struct segment_map *map;
    struct cursor_budget budget;
    struct moved_column *columns;
    uint32_t column_count;
    struct moved_column *count; /* @evidence.count; NULL: no row has evidence */
    bool has_evidence;          /* it can be told which lines are of which row, in this block */
    struct piece piece;
};

tocsin_status segment_merge_create(const struct segment_merge_options *options, struct segment_merge **ret_merge,
                                   struct error *err)
{
    struct segment_merge *merge = memory_allocate_zeroed(1, sizeof(*merge));
    if (!merge) {
        return error_memory(err);
    }
    merge->options = *options;
    strbuf_init(&merge->head, LIMIT_STORE_DIRECTORY_BYTES + KIBI);
    strbuf_init(&merge->body, LIMIT_STORE_BLOCK_BYTES);
    strbuf_init(&merge->stored, LIMIT_STORE_BLOCK_BYTES);
    mark_set_init(&merge->marks, options->hash_seed);
    const struct block_builder_options builder = {.codec = options->codec,
                                                  .row_max = options->block_rows,
                                                  .hash_seed = options->hash_seed,
                                                  .has_blooms = options->has_blooms};
    tocsin_status status = block_builder_create(&builder, &merge->builder, err);
    if (status != TOCSIN_OK) {
        segment_merge_free(merge);
        return status;
    }
    *ret_merge = merge;
    return TOCSIN_OK;
}

static void end_segment(struct segment_merge *merge)
{
    for (uint32_t i = 0; i < merge->column_count; i++) {
        column_cursor_release(&merge->columns[i].cursor);
    }
    memory_free(merge->columns);
    merge->columns = NULL;
    merge->column_count = 0;
    merge->count = NULL;
    cursor_budget_release(&merge->budget);
    merge->budget = (struct cursor_budget){0};
}

void segment_merge_free(struct segment_merge *merge)
{
    if (!merge) {
        return;
    }
    end_segment(merge);
    block_builder_free(merge->builder);
    strbuf_release(&merge->head);
    strbuf_release(&merge->body);
    strbuf_release(&merge->stored);
    mark_set_release(&merge->marks);
    memory_free(merge);
}

/* ---- blocks ---- */

static tocsin_status flush(struct segment_merge *merge, const struct segment_note *note, struct error *err)
{
    struct segment_map *segment = merge->options.segment;
    uint32_t rows = block_builder_rows(merge->builder);
    tocsin_status status = block_builder_flush(merge->builder, segment, note, &merge->head, &merge->body, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (segment->block_count + segment->note_block_count == LIMIT_STORE_BLOCKS) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "a segment has more than %d blocks", LIMIT_STORE_BLOCKS);
    }
    uint64_t offset = segment->blocks_end;
    status = store_file_write(merge->options.target, offset, strbuf_str(&merge->head), err);
    status = status == TOCSIN_OK
                 ? store_file_write(merge->options.target, offset + merge->head.len, strbuf_str(&merge->body), err)
                 : status;
    segment->blocks_end += merge->head.len + merge->body.len;
    segment->row_count += rows;
    segment->block_count += rows > 0;
    segment->note_block_count += rows == 0;
    return status;
}

static tocsin_status flush_rows(struct segment_merge *merge, struct error *err)
{
    const struct segment_note none = {0};
    return block_builder_rows(merge->builder) > 0 ? flush(merge, &none, err) : TOCSIN_OK;
}

/* ---- columns ---- */

static bool same_identity(const void *context, const struct segment_column *column)
{
    const struct segment_column *wanted = context;
    return column->type == wanted->type && column->scope == wanted->scope && column->origin == wanted->origin &&
           column->catalogs == wanted->catalogs && str_eq(column->name, wanted->name);
}

static struct moved_column *find_column(const struct segment_merge *merge, const struct segment_column *wanted)
{
    for (uint32_t i = 0; i < merge->column_count; i++) {
        if (same_identity(wanted, &merge->columns[i].cursor.identity)) {
            return &merge->columns[i];
        }
    }
    return NULL;
}

static tocsin_status add_column(struct segment_merge *merge, const struct store_file *file,
                                const struct segment_column *column, struct error *err)
{
    struct moved_column *moved = &merge->columns[merge->column_count];
    moved->cursor =
        (struct column_cursor){.file = file, .map = merge->map, .budget = &merge->budget, .stored = &merge->stored};
    column_cursor_init(&moved->cursor, same_identity, column);
    merge->column_count++;
    moved->is_input = segment_is_own_column(column, "@evidence.input");
    moved->is_part = segment_is_own_column(column, "@evidence.bytes");
    moved->is_payload = column->origin == ORIGIN_BUILT_IN && str_eq(column->name, STR("payload"));
    return block_builder_column(merge->builder, column, &moved->buffer, err);
}

static bool is_count(const struct segment_column *column)
{
    return segment_is_own_column(column, "@evidence.count") && column->scope == SCOPE_ROW &&
           column->type == SEGMENT_INTEGER;
}

/* Cursors and buffers for every column that some block has. */
static tocsin_status begin_segment(struct segment_merge *merge, const struct store_file *file, struct error *err)
{
    const struct segment_map *map = merge->map;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t b = 0; status == TOCSIN_OK && b < map->block_count; b++) {
        const struct segment_block *block = &map->blocks[b];
        for (uint32_t i = 0; status == TOCSIN_OK && i < block->column_count; i++) {
            if (find_column(merge, &block->columns[i])) {
                continue;
            }
            struct moved_column *grown =
                memory_resize(merge->columns, (merge->column_count + 1) * sizeof(*merge->columns));
            if (!grown) {
                return error_memory(err);
            }
            merge->columns = grown;
            merge->columns[merge->column_count] = (struct moved_column){0};
            status = add_column(merge, file, &block->columns[i], err);
        }
    }
    for (uint32_t i = 0; i < merge->column_count; i++) {
        merge->count = is_count(&merge->columns[i].cursor.identity) ? &merge->columns[i] : merge->count;
    }
    return status;
}

/* ---- values ---- */

/* What cannot be read is lost, or ends the merge. */
static tocsin_status lose(const struct segment_merge *merge, struct moved_column *moved, uint64_t values,
                          tocsin_status status)
{
    if (status == TOCSIN_END && merge->options.is_salvage) {
        moved->lost += values;
        return TOCSIN_OK;
    }
    return status;
}

static void add_integer(struct moved_column *moved, uint32_t target, int64_t value)
{
    column_buffer_add_integer(moved->buffer, target, moved->buffer->type == SEGMENT_BOOL ? value != 0 : value);
}

static void add_text(struct moved_column *moved, uint32_t target, str text)
{
    column_buffer_add_text(moved->buffer, target, str_slice(text, 0, LIMIT_STORE_VALUE_BYTES), 1);
}

/* A value that is lost; others of the same chunk need not be looked for. */
static tocsin_status lose_value(struct segment_merge *merge, struct moved_column *moved, uint32_t target,
                                uint64_t number)
{
    const struct segment_column *column = moved->cursor.column;
    if (moved->is_input && merge->options.is_salvage) {
        add_text(moved, target, STR("(name lost)"));
    }
    for (uint32_t i = 0; i < column->chunk_count; i++) {
        const struct segment_chunk *chunk = &column->chunks[i];
        if (chunk->role == ROLE_VALUES && chunk->first <= number && number < chunk->first + chunk->count) {
            moved->lost_first = chunk->first;
            moved->lost_end = chunk->first + chunk->count;
        }
    }
    return lose(merge, moved, 1, TOCSIN_END);
}

/* The value of the next slot, if it has one, to another slot. */
static tocsin_status move_value(struct segment_merge *merge, struct moved_column *moved, uint32_t target,
                                bool *ret_is_lost, struct error *err)
{
    struct column_cursor *cursor = &moved->cursor;
    str text = STR_EMPTY;
    uint32_t slot = moved->slot++;
    if (!column_cursor_has_value(cursor, slot)) {
        return TOCSIN_OK;
    }
    uint32_t value = column_cursor_rank(cursor, slot);
    bool is_text = cursor->column->encoding != ENCODING_INTEGERS;
    uint64_t number = segment_has_texts(cursor->column) ? column_cursor_text_number(cursor, value) : UINT64_MAX;
    bool is_of_lost = number >= moved->lost_first && number < moved->lost_end;
    tocsin_status status = is_of_lost ? TOCSIN_END : TOCSIN_OK;
    if (status == TOCSIN_OK && is_text) {
        status = column_cursor_text(cursor, value, &text, err);
    }
    if (status != TOCSIN_OK && status != TOCSIN_END) {
        return status;
    }
    *ret_is_lost = status == TOCSIN_END;
    if (*ret_is_lost) {
        status = lose_value(merge, moved, target, number);
    } else if (is_text) {
        add_text(moved, target, text);
    } else {
        add_integer(moved, target, column_cursor_integer(cursor, value));
    }
    return status == TOCSIN_OK && moved->buffer->is_failed ? error_memory(err) : status;
}

/* Of a field, for the rows of the piece. */
static tocsin_status move_rows(struct segment_merge *merge, struct moved_column *moved, struct error *err)
{
    struct piece *piece = &merge->piece;
    uint32_t target = block_builder_rows(merge->builder);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < piece->rows; i++) {
        bool is_lost = moved->is_lost;
        if (!is_lost && moved->cursor.column) {
            status = move_value(merge, moved, target + i, &is_lost, err);
        }
        piece->has_payload[i] = piece->has_payload[i] && !(moved->is_payload && is_lost);
    }
    return status;
}

/* Of the store's own, for the lines of the piece's rows. */
static tocsin_status move_lines(struct segment_merge *merge, struct moved_column *moved, struct error *err)
{
    const struct piece *piece = &merge->piece;
    uint32_t target = block_builder_lines(merge->builder);
    tocsin_status status = TOCSIN_OK;
    if (moved->is_lost || !moved->cursor.column) {
        return TOCSIN_OK;
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < piece->rows; i++) {
        if (moved->is_part && !piece->has_payload[i]) {
            moved->slot += piece->line_counts[i];
            target += piece->line_counts[i];
            continue;
        }
        for (uint32_t k = 0; status == TOCSIN_OK && k < piece->line_counts[i]; k++) {
            bool is_lost = false;
            status = move_value(merge, moved, target++, &is_lost, err);
        }
    }
    return status;
}

static tocsin_status move_counts(struct segment_merge *merge, struct error *err)
{
    struct column_buffer *buffer = merge->count->buffer;
    uint32_t target = block_builder_rows(merge->builder);
    for (uint32_t i = 0; i < merge->piece.rows; i++) {
        column_buffer_add_integer(buffer, target + i, merge->piece.line_counts[i]);
    }
    merge->count->slot += merge->piece.rows;
    return buffer->is_failed ? error_memory(err) : TOCSIN_OK;
}

/* ---- rows ---- */

/* Values that are long on average, in some chunk. */
static bool has_long_values(const struct segment_block *block)
{
    for (uint32_t i = 0; i < block->column_count; i++) {
        const struct segment_column *column = &block->columns[i];
        for (uint32_t k = 0; k < column->chunk_count; k++) {
            const struct segment_chunk *chunk = &column->chunks[k];
            if ((chunk->role == ROLE_VALUES || chunk->role == ROLE_ENTRIES) &&
                chunk->raw_bytes / chunk->count > LONG_VALUE_BYTES) {
                return true;
            }
        }
    }
    return false;
}

/* How many lines the rows from `row` on have; as many rows as fit. TOCSIN_END: it cannot be told. */
static tocsin_status plan_piece(struct segment_merge *merge, uint32_t wanted, uint32_t lines_left)
{
    struct piece *piece = &merge->piece;
    uint32_t room = LIMIT_STORE_BLOCK_ROWS - block_builder_lines(merge->builder);
    const struct column_cursor *cursor = merge->has_evidence ? &merge->count->cursor : NULL;
    piece->lines = 0;
    for (piece->rows = 0; piece->rows < wanted; piece->rows++) {
        int64_t count = 0;
        uint32_t slot = cursor ? merge->count->slot + piece->rows : 0;
        if (cursor && column_cursor_has_value(cursor, slot)) {
            count = column_cursor_integer(cursor, column_cursor_rank(cursor, slot));
        }
        if (count < 0 || count > (int64_t)(lines_left - piece->lines)) {
            return TOCSIN_END;
        }
        if ((uint32_t)count > room - piece->lines) {
            break;
        }
        piece->line_counts[piece->rows] = (uint32_t)count;
        piece->has_payload[piece->rows] = true;
        piece->lines += (uint32_t)count;
    }
    return TOCSIN_OK;
}

static tocsin_status move_piece(struct segment_merge *merge, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < merge->column_count; i++) {
        struct moved_column *moved = &merge->columns[i];
        if (moved != merge->count && moved->cursor.identity.scope == SCOPE_ROW) {
            status = move_rows(merge, moved, err);
        }
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < merge->column_count; i++) {
        if (merge->has_evidence && merge->columns[i].cursor.identity.scope == SCOPE_LINE) {
            status = move_lines(merge, &merge->columns[i], err);
        }
    }
    status = status == TOCSIN_OK && merge->has_evidence ? move_counts(merge, err) : status;
    if (status == TOCSIN_OK) {
        block_builder_count(merge->builder, merge->piece.rows, merge->piece.lines);
        merge->rows += merge->piece.rows;
    }
    return status;
}

/* The next rows of a block. */
static tocsin_status move_some(struct segment_merge *merge, uint32_t wanted, uint32_t lines_left, struct error *err)
{
    tocsin_status status = block_builder_is_full(merge->builder) ? flush_rows(merge, err) : TOCSIN_OK;
    uint32_t row_max = merge->options.block_rows ? merge->options.block_rows : LIMIT_STORE_BLOCK_ROWS;
    uint32_t room = row_max - block_builder_rows(merge->builder);
    tocsin_status planned = plan_piece(merge, wanted < room ? wanted : room, lines_left);
    if (status == TOCSIN_OK && planned == TOCSIN_END) {
        status = lose(merge, merge->count, wanted, TOCSIN_END);
        merge->has_evidence = false;
        merge->piece.rows = 0; /* again, without */
        merge->piece.lines = 0;
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (merge->piece.rows == 0) {
        return planned == TOCSIN_OK ? flush_rows(merge, err) : TOCSIN_OK;
    }
    return move_piece(merge, err);
}

/* ---- blocks of the segment being moved ---- */

static tocsin_status begin_block(struct segment_merge *merge, uint32_t block, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    merge->has_evidence = merge->count != NULL;
    for (uint32_t i = 0; status == TOCSIN_OK && i < merge->column_count; i++) {
        struct moved_column *moved = &merge->columns[i];
        moved->lost = 0;
        moved->lost_first = 0;
        moved->lost_end = 0;
        moved->slot = 0;
        status = column_cursor_begin(&moved->cursor, block, err);
        status = status == TOCSIN_OK ? column_cursor_open(&moved->cursor, err) : status;
        moved->is_lost = status == TOCSIN_END;
        bool is_essential = moved == merge->count || moved->is_input;
        merge->has_evidence = merge->has_evidence && !(is_essential && moved->is_lost);
        status = lose(merge, moved, moved->cursor.column ? moved->cursor.column->value_count : 0, status);
    }
    return status;
}

/* Names what was lost; rows are counted once. */
static void tell_losses(struct segment_merge *merge, const struct store_file *file, const struct segment_block *block)
{
    const struct moved_column *most = NULL;
    for (uint32_t i = 0; i < merge->column_count; i++) {
        most = merge->columns[i].lost > (most ? most->lost : 0) ? &merge->columns[i] : most;
    }
    for (uint32_t i = 0; most && i < merge->column_count; i++) {
        const struct moved_column *moved = &merge->columns[i];
        if (moved->lost > 0) {
            uint64_t rows = moved->lost < block->row_count ? moved->lost : block->row_count;
            store_problem_add(merge->options.problems, file->path, moved == most ? rows : 0,
                              "block %u, column %.*s: %llu values are lost", block->number,
                              STR_ARG(moved->cursor.identity.name), (unsigned long long)moved->lost);
        }
    }
}

static tocsin_status move_block(struct segment_merge *merge, uint32_t number, struct error *err)
{
    const struct segment_block *block = &merge->map->blocks[number];
    uint32_t wanted = has_long_values(block) ? 1 : PIECE_ROWS;
    uint32_t line = 0;
    tocsin_status status = begin_block(merge, number, err);
    for (uint32_t row = 0; status == TOCSIN_OK && row < block->row_count;) {
        uint32_t left = block->row_count - row;
        status = move_some(merge, left < wanted ? left : wanted, block->line_count - line, err);
        row += merge->piece.rows;
        line += merge->piece.lines;
        if (status == TOCSIN_OK && merge->options.progress &&
            !merge->options.progress(merge->options.progress_context, merge->piece.rows)) {
            status = error_set(err, TOCSIN_ERROR_CANCELLED, "stopped");
        }
    }
    return status;
}

tocsin_status segment_merge_add(struct segment_merge *merge, const struct store_file *file,
                                const struct segment_map *map, struct error *err)
{
    merge->map = map;
    if (!segment_map_notes(map, &merge->marks, &merge->newest)) {
        return error_memory(err);
    }
    tocsin_status status = begin_segment(merge, file, err);
    for (uint32_t b = 0; status == TOCSIN_OK && b < map->block_count; b++) {
        status = move_block(merge, b, err);
        if (status == TOCSIN_OK) {
            tell_losses(merge, file, &map->blocks[b]);
        }
    }
    end_segment(merge);
    return status;
}

/* ---- the end ---- */

/* As many marks to a block as a block may bring. */
static tocsin_status write_notes(struct segment_merge *merge, struct error *err)
{
    struct segment_note note = {.newest = merge->newest, .marks = merge->marks.marks};
    tocsin_status status = TOCSIN_OK;
    uint32_t done = 0;
    do {
        size_t bytes = 0;
        uint32_t count = 0;
        while (done + count < merge->marks.count && bytes < LIMIT_STORE_MARKS_BYTES / 2) {
            bytes += MARK_HEAD_BYTES + merge->marks.marks[done + count++].input.len;
        }
        note.marks = merge->marks.count > 0 ? merge->marks.marks + done : NULL;
        note.mark_count = count;
        done += count;
        if (!segment_note_is_empty(&note)) {
            status = flush(merge, &note, err);
        }
    } while (status == TOCSIN_OK && done < merge->marks.count);
    return status;
}

tocsin_status segment_merge_finish(struct segment_merge *merge, uint64_t *ret_rows, struct error *err)
{
    tocsin_status status = flush_rows(merge, err);
    status = status == TOCSIN_OK ? write_notes(merge, err) : status;
    if (status == TOCSIN_OK) {
        *ret_rows = merge->rows;
    }
    return status;
}
