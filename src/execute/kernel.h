/* execute/kernel.h
 * The loops: plain functions over columns and row numbers, without state. Rows given to a kernel have values in every
 * operand, unless its comment says otherwise.
 */
#ifndef EXECUTE_KERNEL_H
#define EXECUTE_KERNEL_H

#include "column/column.h"
#include "plan/plan.h"

/* Rows with left OP right; OP is = < <= > >=. Both columns have one type. ret_rows may be rows. */
uint32_t kernel_compare(enum syntax_operator operator, const struct column *left, const struct column *right,
                        const uint16_t *rows, uint32_t row_count, uint16_t *ret_rows);
/* Rows whose value is in the set. */
uint32_t kernel_in(const struct value_set *set, const struct column *column, const uint16_t *rows, uint32_t row_count,
                   uint16_t *ret_rows);
/* Rows whose boolean is true. */
uint32_t kernel_truth(const struct column *column, const uint16_t *rows, uint32_t row_count, uint16_t *ret_rows);
/* Rows with a value. */
uint32_t kernel_valid(const struct column *column, const uint16_t *rows, uint32_t row_count, uint16_t *ret_rows);

/* Arithmetic and bit operators; right is NULL for unary ones. Sets values and validity (x / 0 is null for integers). */
void kernel_arithmetic(enum syntax_operator operator, const struct column *left, const struct column *right,
                       const uint16_t *rows, uint32_t row_count, struct column *ret);
/* To ret->type; null where it does not convert. */
void kernel_convert(const struct column *column, const uint16_t *rows, uint32_t row_count, struct column *ret);
/* Copies values and nulls of the rows listed. */
void kernel_copy(const struct column *column, const uint16_t *rows, uint32_t row_count, struct column *ret);

/* Sorted row lists: a minus b, a united with b. `ret` has room for both and may be a (rows_minus) but no input of
 * rows_unite. */
uint32_t rows_minus(const uint16_t *a, uint32_t a_count, const uint16_t *b, uint32_t b_count, uint16_t *ret);
uint32_t rows_unite(const uint16_t *a, uint32_t a_count, const uint16_t *b, uint32_t b_count, uint16_t *ret);

#endif
