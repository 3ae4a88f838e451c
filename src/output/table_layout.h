/* output/table_layout.h
 * How wide the columns of a table are, and on which line of a row each stands. Pure arithmetic: knows nothing of rows,
 * colours or escapes.
 *
 * Long texts are shrunk first, the widest most, but never below TABLE_TEXT_CELLS_MIN: a table whose every column is cut
 * to some letters says nothing. If a row does not fit even so, it is folded: its columns go on on a second or third
 * line, in their order. Short texts and numbers are never cut.
 */
#ifndef OUTPUT_TABLE_LAYOUT_H
#define OUTPUT_TABLE_LAYOUT_H

#include "base/str.h"

enum {
    TABLE_GAP_CELLS = 2,       /* blanks between two columns */
    TABLE_FOLD_CELLS = 4,      /* indentation of a folded row's further lines */
    TABLE_TEXT_CELLS_MIN = 24, /* narrower than this a text is not made */
    TABLE_LINES_MAX = 3
};

struct table_column {
    str name;          /* printable */
    bool is_right;     /* numbers */
    bool can_shrink;   /* a number with its end cut off would be a wrong number */
    bool is_line_end;  /* the last of its line */
    unsigned line;     /* 0 unless the row is folded */
    size_t cells_want; /* the widest of name and values seen */
    size_t cells;      /* what it gets */
};

/* Fits the columns into `width` cells (0 = no limit). Gives the number of lines a row takes, or 0 if they would be too
 * many: then a row is better shown as a list. */
unsigned table_layout_fit(struct table_column *columns, size_t column_count, size_t width);

#endif
