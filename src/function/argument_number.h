/* function/argument_number.h
 * Ids as arguments: integers, and doubles, because MAX(qid) and its like give those.
 * Memory: none. Threads: any.
 */
#ifndef FUNCTION_ARGUMENT_NUMBER_H
#define FUNCTION_ARGUMENT_NUMBER_H

#include "column/column.h"

/* The value of a TYPE_INT64 or TYPE_DOUBLE column that is not null; false if it is no whole number that fits. */
static inline bool argument_integer(const struct column *column, uint32_t row, int64_t *ret)
{
    if (column->type == TYPE_INT64) {
        *ret = column_integer(column, row);
        return true;
    }
    double value = column_double(column, row);
    if (!(value >= -9223372036854775808.0 && value < 9223372036854775808.0) || value != (double)(int64_t)value) {
        return false;
    }
    *ret = (int64_t)value;
    return true;
}

#endif
