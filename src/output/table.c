/* A table for people: aligned by terminal cells, fitted to the terminal's width, a heading for each rule of a hunt.
 * The first rows are kept to size the columns, all later ones are written as they come. A row too wide for the terminal
 * is folded over two or three lines; what is too wide even so is shown as a list, one field a line. Without a width
 * nothing is cut. */
#include "base/memory.h"
#include "base/utf8.h"
#include "column/value_text.h"
#include "output/finding_card.h"
#include "output/output_buffer.h"
#include "output/table_layout.h"
#include "output/text_escape.h"

/* What is kept of a value when a width cuts it anyway. Combining marks take no cells, so bytes need a bound too. */
enum { CELL_BYTES_MAX = 8192 };
enum { NAME_CELLS_MAX = 20 };

struct table_cell {
    str text; /* as in the log; escaped when written */
    bool is_null;
    bool is_cut; /* there is more than `text` */
};

struct table_evidence {
    str file;
    uint64_t line;
    str raw;
};

struct table_row {
    struct table_cell *cells; /* by column */
    struct table_evidence *evidence;
    uint32_t evidence_count;
    uint64_t evidence_more;
};

struct table {
    struct output_options options;
    struct output_buffer out;
    const struct result_header *header;
    bool is_hunt;
    bool is_sized; /* widths are set, rows are written as they come */
    bool is_list;
    bool is_counted; /* the heading tells the number of rows */
    uint64_t results;
    uint64_t rows;
    size_t column_count; /* the query's, and @level in a hunt */
    struct table_column *columns;
    struct table_row *kept;
    size_t kept_count;
    struct arena result_arena; /* columns */
    struct arena kept_arena;   /* rows kept for sizing */
    struct arena row_arena;    /* the row being written */
    struct strbuf scratch;
};

static tocsin_status table_open(const struct output_options *options, void **ret_state, struct error *err)
{
    struct table *table = memory_allocate_zeroed(1, sizeof(*table));
    if (!table) {
        return error_memory(err);
    }
    table->options = *options;
    output_buffer_init(&table->out, options->sink);
    arena_init(&table->result_arena, ARENA_NO_LIMIT);
    arena_init(&table->kept_arena, ARENA_NO_LIMIT);
    arena_init(&table->row_arena, ARENA_NO_LIMIT);
    strbuf_init(&table->scratch, LIMIT_OUTPUT_PART_BYTES);
    *ret_state = table;
    return TOCSIN_OK;
}

static void table_close(void *state)
{
    struct table *table = state;
    output_buffer_release(&table->out);
    arena_release(&table->result_arena);
    arena_release(&table->kept_arena);
    arena_release(&table->row_arena);
    strbuf_release(&table->scratch);
    memory_free(table);
}

/* ---- text ---- */

/* Cells of the text as shown; stops counting above `cells_max`. */
static size_t measure(str text, size_t cells_max)
{
    size_t cells = 0;
    while (text.len > 0 && cells <= cells_max) {
        struct text_piece piece;
        text = str_skip(text, text_next_piece(text, &piece));
        cells += piece.cells;
    }
    return cells;
}

static void append_blanks(struct strbuf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strbuf_append_char(out, ' ');
    }
}

/* Writes text in at most `cells_max` cells, with an ellipsis for what does not fit. Gives the cells used. */
static tocsin_status write_text(struct table *table, str text, bool is_cut, size_t cells_max, size_t *ret_cells,
                                struct error *err)
{
    bool has_ellipsis = is_cut || (cells_max != SIZE_MAX && measure(text, cells_max) > cells_max);
    size_t cells_text = has_ellipsis && cells_max != SIZE_MAX ? cells_max - (cells_max > 0) : cells_max;
    size_t cells = 0;
    while (text.len > 0) {
        struct text_piece piece;
        size_t taken = text_next_piece(text, &piece);
        if (piece.cells > cells_text - cells) {
            break;
        }
        strbuf_append(&table->out.text, (str){piece.bytes, piece.len});
        cells += piece.cells;
        text = str_skip(text, taken);
        tocsin_status status = output_buffer_spill(&table->out, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    if (has_ellipsis && cells_max > 0) {
        strbuf_append(&table->out.text, STR("\xE2\x80\xA6"));
        cells++;
    }
    *ret_cells = cells;
    return TOCSIN_OK;
}

static const str style_off = STR("\x1B[0m");
static const str style_bold = STR("\x1B[1m");
static const str style_dim = STR("\x1B[2m");

static str level_style(str level)
{
    static const struct {
        str level;
        str style;
    } styles[] = {
        {STR("critical"), STR("\x1B[1;31m")}, {STR("high"), STR("\x1B[31m")},         {STR("medium"), STR("\x1B[33m")},
        {STR("low"), STR("\x1B[36m")},        {STR("informational"), STR("\x1B[2m")},
    };
    for (size_t i = 0; i < countof(styles); i++) {
        if (str_eq_ignore_case(level, styles[i].level)) {
            return styles[i].style;
        }
    }
    return STR_EMPTY;
}

static void begin_style(struct table *table, str style)
{
    if (table->options.has_color && style.len > 0) {
        strbuf_append(&table->out.text, style);
    }
}

static void end_style(struct table *table, str style)
{
    if (table->options.has_color && style.len > 0) {
        strbuf_append(&table->out.text, style_off);
    }
}

/* ---- columns ---- */

/* Printable form in the result's arena; a view that needs no escape is copied too, the query may be gone. */
static str copy_printable(struct table *table, str text)
{
    struct strbuf printable;
    strbuf_init(&printable, 16 * LIMIT_QUERY_BYTES);
    text_append_escaped(&printable, text, TEXT_ESCAPE_SCREEN);
    str copy = printable.is_failed ? (str){0} : arena_copy(&table->result_arena, strbuf_str(&printable));
    strbuf_release(&printable);
    return copy;
}

static tocsin_status table_begin(void *state, const struct result_header *header, struct error *err)
{
    struct table *table = state;
    table->header = header;
    table->is_hunt = header->rule_id.len > 0;
    table->is_sized = table->is_list = table->is_counted = false;
    table->rows = table->kept_count = 0;
    arena_clear(&table->result_arena);
    arena_clear(&table->kept_arena);
    table->column_count = header->column_count + (size_t)table->is_hunt;
    table->columns = arena_array(&table->result_arena, struct table_column, table->column_count + 1);
    table->kept = arena_array(&table->result_arena, struct table_row, LIMIT_TABLE_SIZING_ROWS);
    if (!table->columns || !table->kept) {
        return error_memory(err);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        struct table_column *column = &table->columns[i];
        bool is_level = i == header->column_count;
        column->name = copy_printable(table, is_level ? STR("@level") : header->columns[i].name);
        if (!column->name.data) {
            return error_memory(err);
        }
        enum value_type type = is_level ? TYPE_STRING : header->columns[i].type;
        column->is_right = type == TYPE_INT64 || type == TYPE_DOUBLE;
        column->can_shrink = !is_level && (value_type_is_text(type) || type == TYPE_IP);
        column->cells_want = utf8_text_width(column->name);
        /* The name of a number may be cut: an unnamed expression has a long one, which must not widen the column. */
        bool is_cut = !column->can_shrink && table->options.width > 0 && column->cells_want > NAME_CELLS_MAX;
        column->cells_want = is_cut ? (size_t)NAME_CELLS_MAX : column->cells_want;
    }
    return TOCSIN_OK;
}

/* ---- rows: from a batch ---- */

static struct table_cell make_cell(struct table *table, struct arena *arena, str text, bool is_view)
{
    struct table_cell cell = {.text = text};
    if (table->options.width > 0 && text.len > CELL_BYTES_MAX) {
        cell.text.len = utf8_part_length(text, CELL_BYTES_MAX);
        cell.is_cut = true;
    }
    cell.text = !is_view ? arena_copy(arena, cell.text) : cell.text.data ? cell.text : STR_EMPTY;
    return cell;
}

static bool make_evidence(struct table *table, struct arena *arena, const struct result_evidence *evidence,
                          struct table_row *row)
{
    row->evidence = arena_array(arena, struct table_evidence, evidence->count);
    if (!row->evidence) {
        return false;
    }
    row->evidence_count = evidence->count;
    row->evidence_more = evidence->more;
    for (uint32_t i = 0; i < evidence->count; i++) {
        struct table_evidence *line = &row->evidence[i];
        line->line = evidence->lines[i].line;
        line->file = arena_copy(arena, result_input_name(table->header, evidence->lines[i].input));
        line->raw = arena_copy(arena, evidence->lines[i].raw);
        if (!line->file.data || !line->raw.data) {
            return false;
        }
    }
    return true;
}

/* False when memory is out. Texts are copied if the row is kept, else they stay views into the batch. */
static bool make_row(struct table *table, struct arena *arena, const struct result_batch *batch, uint32_t index,
                     bool is_kept, struct table_row *ret_row)
{
    struct table_row row = {.cells = arena_array(arena, struct table_cell, table->column_count + 1)};
    if (!row.cells) {
        return false;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (i == table->header->column_count) {
            str level = batch->levels ? batch->levels[index] : STR_EMPTY;
            row.cells[i] = make_cell(table, arena, level, !is_kept);
        } else if (batch->columns[i].type == TYPE_NULL || !column_is_valid(&batch->columns[i], index)) {
            row.cells[i] = (struct table_cell){.text = STR("null"), .is_null = true};
        } else {
            bool is_text = value_type_is_text(batch->columns[i].type);
            str text = value_text(&batch->columns[i], index, &table->scratch);
            row.cells[i] = make_cell(table, arena, text, is_text && !is_kept);
        }
        if (!row.cells[i].text.data) {
            return false;
        }
    }
    if (table->options.shows_evidence && batch->evidence &&
        !make_evidence(table, arena, &batch->evidence[index], &row)) {
        return false;
    }
    *ret_row = row;
    return true;
}

/* ---- rows: to the output ---- */

static tocsin_status write_evidence(struct table *table, const struct table_row *row, struct error *err)
{
    struct strbuf *out = &table->out.text;
    for (uint32_t i = 0; i < row->evidence_count; i++) {
        const struct table_evidence *line = &row->evidence[i];
        size_t cells_left = table->options.width > 0 ? table->options.width : SIZE_MAX;
        struct strbuf place;
        strbuf_init(&place, LIMIT_OUTPUT_PART_BYTES);
        strbuf_append(&place, STR("  "));
        text_append_escaped(&place, line->file, TEXT_ESCAPE_SCREEN);
        strbuf_append_char(&place, ':');
        strbuf_append_u64(&place, line->line);
        strbuf_append(&place, STR("  "));
        begin_style(table, style_dim);
        size_t cells = 0;
        tocsin_status status =
            place.is_failed ? error_memory(err) : write_text(table, strbuf_str(&place), false, cells_left, &cells, err);
        strbuf_release(&place);
        if (status == TOCSIN_OK && cells_left > cells) {
            status = write_text(table, line->raw, false, cells_left == SIZE_MAX ? SIZE_MAX : cells_left - cells, &cells,
                                err);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
        end_style(table, style_dim);
        strbuf_append_char(out, '\n');
    }
    if (row->evidence_more > 0) {
        strbuf_append(out, STR("  and "));
        strbuf_append_u64(out, row->evidence_more);
        strbuf_append(out, row->evidence_more == 1 ? STR(" more line\n") : STR(" more lines\n"));
    }
    return output_buffer_spill(&table->out, err);
}

/* Behind the last column of a line: the line end and, if the row goes on, the next line's indentation. */
static void end_line(struct table *table, size_t index)
{
    strbuf_append_char(&table->out.text, '\n');
    append_blanks(&table->out.text, index + 1 < table->column_count ? TABLE_FOLD_CELLS : 0);
}

static str cell_style(const struct table *table, size_t index, const struct table_cell *cell)
{
    return cell->is_null ? style_dim : index == table->header->column_count ? level_style(cell->text) : STR_EMPTY;
}

static tocsin_status write_cell(struct table *table, size_t index, const struct table_cell *cell, struct error *err)
{
    const struct table_column *column = &table->columns[index];
    struct strbuf *out = &table->out.text;
    /* A later number may be longer than those that set the width: it breaks the alignment, but it is never cut. */
    size_t cells_max = table->options.width > 0 && column->can_shrink ? column->cells : SIZE_MAX;
    size_t cells = measure(cell->text, column->cells);
    if (column->is_right && cells < column->cells) {
        append_blanks(out, column->cells - cells);
    }
    str style = cell_style(table, index, cell);
    begin_style(table, style);
    size_t cells_used = 0;
    tocsin_status status = write_text(table, cell->text, cell->is_cut, cells_max, &cells_used, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    end_style(table, style);
    if (column->is_line_end) {
        end_line(table, index);
    } else {
        size_t filled = column->is_right && cells < column->cells ? column->cells : cells_used;
        append_blanks(out, (filled < column->cells ? column->cells - filled : 0) + TABLE_GAP_CELLS);
    }
    return TOCSIN_OK;
}

static tocsin_status write_list_row(struct table *table, const struct table_row *row, struct error *err)
{
    struct strbuf *out = &table->out.text;
    size_t name_cells = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        size_t cells = utf8_text_width(table->columns[i].name);
        name_cells = cells > name_cells ? cells : name_cells;
    }
    /* A hostile query may name a column with a megabyte. */
    name_cells = name_cells < table->options.width / 2 ? name_cells : table->options.width / 2;
    begin_style(table, style_dim);
    strbuf_append(out, STR("-- "));
    strbuf_append_u64(out, table->rows);
    strbuf_append(out, STR(" --"));
    end_style(table, style_dim);
    strbuf_append_char(out, '\n');
    for (size_t i = 0; i < table->column_count; i++) {
        size_t cells = 0;
        begin_style(table, style_bold);
        tocsin_status status = write_text(table, table->columns[i].name, false, name_cells, &cells, err);
        end_style(table, style_bold);
        append_blanks(out, name_cells - cells + TABLE_GAP_CELLS);
        str style = cell_style(table, i, &row->cells[i]);
        begin_style(table, style);
        size_t used = name_cells + TABLE_GAP_CELLS;
        size_t room = table->options.width > used + 8 ? table->options.width - used : 8;
        if (status == TOCSIN_OK) {
            status = write_text(table, row->cells[i].text, row->cells[i].is_cut, room, &cells, err);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
        end_style(table, style);
        strbuf_append_char(out, '\n');
    }
    return write_evidence(table, row, err);
}

static tocsin_status write_row(struct table *table, const struct table_row *row, struct error *err)
{
    table->rows++;
    if (table->is_list) {
        return write_list_row(table, row, err);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        tocsin_status status = write_cell(table, i, &row->cells[i], err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return write_evidence(table, row, err);
}

/* ---- headings ---- */

static void append_findings(struct strbuf *out, uint64_t count)
{
    strbuf_append_u64(out, count);
    strbuf_append(out, count == 1 ? STR(" finding") : STR(" findings"));
}

/* "Title [rule_id]: 14 findings"; of a title that is too long for the terminal the beginning. */
static tocsin_status write_rule_heading(struct table *table, bool is_complete, struct error *err)
{
    struct strbuf *out = &table->out.text;
    bool has_title = table->header->rule_title.len > 0;
    strbuf_clear(&table->scratch);
    if (has_title) {
        strbuf_append(&table->scratch, STR(" ["));
        text_append_escaped(&table->scratch, table->header->rule_id, TEXT_ESCAPE_SCREEN);
        strbuf_append_char(&table->scratch, ']');
    }
    if (is_complete) {
        strbuf_append(&table->scratch, STR(": "));
        append_findings(&table->scratch, table->kept_count);
        table->is_counted = true;
    }
    if (table->results > 0) {
        strbuf_append_char(out, '\n');
    }
    size_t cells = utf8_text_width(strbuf_str(&table->scratch));
    size_t room = table->options.width > cells ? table->options.width - cells : 1;
    begin_style(table, style_bold);
    str title = has_title ? table->header->rule_title : table->header->rule_id;
    tocsin_status status = write_text(table, title, false, table->options.width > 0 ? room : SIZE_MAX, &cells, err);
    end_style(table, style_bold);
    strbuf_append(out, strbuf_str(&table->scratch));
    strbuf_append_char(out, '\n');
    return status == TOCSIN_OK && table->scratch.is_failed ? error_memory(err) : status;
}

static tocsin_status write_column_heading(struct table *table, struct error *err)
{
    struct strbuf *out = &table->out.text;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_column *column = &table->columns[i];
        size_t cells = measure(column->name, column->cells);
        size_t blanks = cells < column->cells ? column->cells - cells : 0;
        append_blanks(out, column->is_right ? blanks : 0);
        begin_style(table, style_bold);
        size_t cells_max = table->options.width > 0 ? column->cells : SIZE_MAX;
        tocsin_status status = write_text(table, column->name, false, cells_max, &cells, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        end_style(table, style_bold);
        if (column->is_line_end) {
            end_line(table, i);
        } else {
            append_blanks(out, (column->is_right ? 0 : blanks) + TABLE_GAP_CELLS);
        }
    }
    begin_style(table, style_dim);
    for (size_t i = 0; i < table->column_count; i++) {
        for (size_t cell = 0; cell < table->columns[i].cells; cell++) {
            strbuf_append_char(out, '-');
        }
        if (table->columns[i].is_line_end) {
            end_line(table, i);
        } else {
            append_blanks(out, TABLE_GAP_CELLS);
        }
    }
    end_style(table, style_dim);
    return output_buffer_spill(&table->out, err);
}

/* Sets the widths from the rows kept, then writes headings and those rows. */
static tocsin_status size_and_write(struct table *table, bool is_complete, struct error *err)
{
    size_t cells_max = table->options.width > 0 ? table->options.width : LIMIT_TABLE_PADDING_CELLS;
    for (size_t i = 0; i < table->column_count; i++) {
        struct table_column *column = &table->columns[i];
        for (size_t row = 0; row < table->kept_count; row++) {
            const struct table_cell *cell = &table->kept[row].cells[i];
            size_t cells = measure(cell->text, cells_max) + cell->is_cut;
            column->cells_want = cells > column->cells_want ? cells : column->cells_want;
        }
        column->cells_want = column->cells_want < cells_max ? column->cells_want : cells_max;
    }
    table->is_sized = true;
    table->is_list = table_layout_fit(table->columns, table->column_count, table->options.width) == 0;
    tocsin_status status = table->is_hunt ? write_rule_heading(table, is_complete, err) : TOCSIN_OK;
    if (status == TOCSIN_OK && !table->is_list) {
        status = write_column_heading(table, err);
    }
    for (size_t i = 0; i < table->kept_count && status == TOCSIN_OK; i++) {
        status = write_row(table, &table->kept[i], err);
    }
    table->kept_count = 0;
    arena_clear(&table->kept_arena);
    return status;
}

/* ---- the output ---- */

/* Bytes a row would take if it were kept. */
static size_t row_bytes(const struct table *table, const struct result_batch *batch, uint32_t index)
{
    size_t bytes = 0;
    for (size_t i = 0; i < table->header->column_count; i++) {
        const struct column *column = &batch->columns[i];
        if (value_type_is_text(column->type) && column_is_valid(column, index)) {
            size_t len = column_string(column, index).len;
            bytes += table->options.width > 0 && len > CELL_BYTES_MAX ? (size_t)CELL_BYTES_MAX : len;
        }
    }
    return bytes;
}

static tocsin_status push_row(struct table *table, const struct result_batch *batch, uint32_t index, struct error *err)
{
    if (!table->is_sized) {
        size_t bytes = row_bytes(table, batch, index) + table->kept_arena.bytes_reserved;
        if (bytes <= LIMIT_TABLE_SIZING_BYTES && table->kept_count < LIMIT_TABLE_SIZING_ROWS) {
            bool is_made = make_row(table, &table->kept_arena, batch, index, true, &table->kept[table->kept_count]);
            table->kept_count += is_made;
            return is_made ? TOCSIN_OK : error_memory(err);
        }
        tocsin_status status = size_and_write(table, false, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    struct table_row row;
    arena_clear(&table->row_arena);
    return make_row(table, &table->row_arena, batch, index, false, &row) ? write_row(table, &row, err)
                                                                         : error_memory(err);
}

static tocsin_status table_push(void *state, const struct result_batch *batch, struct error *err)
{
    struct table *table = state;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        tocsin_status status = TOCSIN_OK;
        if (batch->findings) {
            table->rows++;
            status = finding_card_write(&table->out, &table->options, table->header, batch, row,
                                        table->results == 0 && table->rows == 1, err);
        } else {
            status = push_row(table, batch, row, err);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return output_buffer_flush(&table->out, err);
}

static tocsin_status table_end(void *state, struct error *err)
{
    struct table *table = state;
    if (!table->is_sized && !table->header->is_findings) {
        tocsin_status status = size_and_write(table, true, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    if (table->is_hunt && !table->is_counted) {
        append_findings(&table->out.text, table->rows);
        strbuf_append_char(&table->out.text, '\n');
    }
    table->results++;
    return output_buffer_flush(&table->out, err);
}

static tocsin_status table_finish(void *state, struct error *err)
{
    struct table *table = state;
    return output_buffer_flush(&table->out, err);
}

const struct output_def output_table = {
    .name = "table",
    .description = "aligned columns, for people; what a terminal gets",
    .open = table_open,
    .close = table_close,
    .begin = table_begin,
    .push = table_push,
    .end = table_end,
    .finish = table_finish,
};
