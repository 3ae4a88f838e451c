#include "output/table_layout.h"

static size_t cells_capped(const struct table_column *column, size_t cap)
{
    return column->can_shrink && column->cells_want > cap ? cap : column->cells_want;
}

static size_t total_cells(const struct table_column *columns, size_t column_count, size_t cap)
{
    size_t total = 0;
    for (size_t i = 0; i < column_count; i++) {
        total += cells_capped(&columns[i], cap) + (i > 0 ? TABLE_GAP_CELLS : 0);
    }
    return total;
}

bool table_layout_fit(struct table_column *columns, size_t column_count, size_t width)
{
    size_t cap = SIZE_MAX;
    if (width > 0 && total_cells(columns, column_count, cap) > width) {
        for (cap = width; total_cells(columns, column_count, cap) > width; cap--) {
            if (cap <= TABLE_SHRUNK_CELLS_MIN) {
                return false;
            }
        }
    }
    size_t spare = width > 0 && cap != SIZE_MAX ? width - total_cells(columns, column_count, cap) : 0;
    for (size_t i = 0; i < column_count; i++) {
        columns[i].cells = cells_capped(&columns[i], cap);
        if (spare > 0 && columns[i].cells < columns[i].cells_want) {
            columns[i].cells++;
            spare--;
        }
    }
    return true;
}
