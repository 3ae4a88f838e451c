/* output/table_layout.h
 * How wide the columns of a table are. Pure arithmetic: knows nothing of rows, colours or escapes.
 */
#ifndef OUTPUT_TABLE_LAYOUT_H
#define OUTPUT_TABLE_LAYOUT_H

#include "base/str.h"

enum {
    TABLE_GAP_CELLS = 2,       /* blanks between two columns */
    TABLE_SHRUNK_CELLS_MIN = 8 /* narrower than this a text says nothing any more */
};

struct table_column {
    str name;          /* printable */
    bool is_right;     /* numbers */
    bool can_shrink;   /* a number with its end cut off would be a wrong number */
    size_t cells_want; /* the widest of name and values seen */
    size_t cells;      /* what it gets */
};

/* Fits the columns into `width` cells (0 = no limit) by shrinking the widest ones. False if they do not fit even so:
 * then a row is better shown as a list. */
bool table_layout_fit(struct table_column *columns, size_t column_count, size_t width);

#endif
