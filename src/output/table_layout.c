#include "output/table_layout.h"

static size_t cells_capped(const struct table_column *column, size_t cap)
{
    return column->can_shrink && column->cells_want > cap ? cap : column->cells_want;
}

/* Puts the columns on lines, each as full as it gets, with long texts cut to `cap`. Gives the number of lines, or
   TABLE_LINES_MAX + 1. */
static unsigned fold(struct table_column *columns, size_t column_count, size_t width, size_t cap)
{
    unsigned line = 0;
    size_t used = 0; /* cells of the line so far; 0: nothing on it */
    for (size_t i = 0; i < column_count; i++) {
        size_t cells = cells_capped(&columns[i], cap);
        if (used > 0 && used + TABLE_GAP_CELLS + cells > width) {
            columns[i - 1].is_line_end = true;
            line++;
            used = 0;
        }
        size_t before = used > 0 ? used + TABLE_GAP_CELLS : line > 0 ? (size_t)TABLE_FOLD_CELLS : 0;
        if (line == TABLE_LINES_MAX || before + cells > width) {
            return TABLE_LINES_MAX + 1;
        }
        used = before + cells;
        columns[i].line = line;
        columns[i].cells = cells;
        columns[i].is_line_end = i + 1 == column_count;
    }
    return line + 1;
}

/* Gives the room that is left on each line to the texts that were cut. */
static void widen(struct table_column *columns, size_t column_count, size_t width)
{
    for (size_t first = 0; first < column_count;) {
        size_t end = first;
        size_t used = columns[first].line > 0 ? (size_t)TABLE_FOLD_CELLS : 0;
        do {
            used += columns[end].cells + (end > first ? (size_t)TABLE_GAP_CELLS : 0);
        } while (!columns[end++].is_line_end);
        bool has_cut = true;
        while (used < width && has_cut) {
            has_cut = false;
            for (size_t i = first; i < end && used < width; i++) {
                bool is_cut = columns[i].cells < columns[i].cells_want;
                columns[i].cells += is_cut;
                used += is_cut;
                has_cut |= is_cut;
            }
        }
        first = end;
    }
}

unsigned table_layout_fit(struct table_column *columns, size_t column_count, size_t width)
{
    if (width == 0) {
        return fold(columns, column_count, SIZE_MAX / 2, SIZE_MAX);
    }
    unsigned lines = fold(columns, column_count, width, TABLE_TEXT_CELLS_MIN);
    if (lines > TABLE_LINES_MAX || column_count == 0) {
        return 0;
    }
    /* The widest texts that need no more lines than the narrowest. */
    size_t cap = width > TABLE_TEXT_CELLS_MIN ? width : TABLE_TEXT_CELLS_MIN;
    while (cap > TABLE_TEXT_CELLS_MIN && fold(columns, column_count, width, cap) > lines) {
        cap--;
    }
    fold(columns, column_count, width, cap);
    widen(columns, column_count, width);
    return lines;
}
