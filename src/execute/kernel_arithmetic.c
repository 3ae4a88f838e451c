#include "execute/kernel.h"

#include <assert.h>
#include <math.h>

/* Integers wrap like Java's long; shift counts are taken modulo 64; x / 0 and x % 0 are null (aql-reference 3.7). */
static int64_t power_of_integer(int64_t base, int64_t exponent)
{
    if (exponent < 0) {
        return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
    }
    uint64_t result = 1;
    uint64_t factor = (uint64_t)base;
    for (uint64_t left = (uint64_t)exponent; left > 0; left >>= 1) {
        result *= left & 1 ? factor : 1;
        factor *= factor;
    }
    return (int64_t)result;
}

static bool integer_operation(enum syntax_operator operator, int64_t left, int64_t right, int64_t *ret)
{
    uint64_t a = (uint64_t)left;
    uint64_t b = (uint64_t)right;
    switch (operator) {
    case OPERATOR_ADD:
        *ret = (int64_t)(a + b);
        return true;
    case OPERATOR_SUBTRACT:
        *ret = (int64_t)(a - b);
        return true;
    case OPERATOR_MULTIPLY:
        *ret = (int64_t)(a * b);
        return true;
    case OPERATOR_DIVIDE:
        if (right == 0) {
            return false;
        }
        *ret = right == -1 ? (int64_t)(0 - a) : left / right;
        return true;
    case OPERATOR_REMAINDER:
        if (right == 0) {
            return false;
        }
        *ret = right == -1 ? 0 : left % right;
        return true;
    case OPERATOR_POWER:
        *ret = power_of_integer(left, right);
        return true;
    case OPERATOR_SHIFT_LEFT:
        *ret = (int64_t)(a << (b & 63));
        return true;
    case OPERATOR_SHIFT_RIGHT:
        *ret = left >> (b & 63); /* arithmetic with gcc and clang */
        return true;
    case OPERATOR_SHIFT_RIGHT_LOGICAL:
        *ret = (int64_t)(a >> (b & 63));
        return true;
    case OPERATOR_BIT_AND:
        *ret = (int64_t)(a & b);
        return true;
    case OPERATOR_BIT_OR:
        *ret = (int64_t)(a | b);
        return true;
    case OPERATOR_BIT_XOR:
        *ret = (int64_t)(a ^ b);
        return true;
    case OPERATOR_NEGATE:
        *ret = (int64_t)(0 - a);
        return true;
    case OPERATOR_COMPLEMENT:
        *ret = (int64_t)~a;
        return true;
    default:
        assert(false && "operator");
        return false;
    }
}

static double double_operation(enum syntax_operator operator, double left, double right)
{
    switch (operator) {
    case OPERATOR_ADD:
        return left + right;
    case OPERATOR_SUBTRACT:
        return left - right;
    case OPERATOR_MULTIPLY:
        return left * right;
    case OPERATOR_DIVIDE:
        return left / right;
    case OPERATOR_REMAINDER:
        return fmod(left, right);
    case OPERATOR_POWER:
        return pow(left, right);
    case OPERATOR_NEGATE:
        return -left;
    default:
        assert(false && "operator");
        return 0;
    }
}

void kernel_arithmetic(enum syntax_operator operator, const struct column *left, const struct column *right,
                       const uint16_t *rows, uint32_t row_count, struct column *ret)
{
    right = right ? right : left;
    if (ret->type == TYPE_DOUBLE) {
        for (uint32_t i = 0; i < row_count; i++) {
            column_set_double(ret, rows[i],
                              double_operation(operator, column_double(left, rows[i]), column_double(right, rows[i])));
        }
        return;
    }
    if (operator == OPERATOR_ADD) { /* sums of CASE scores: the common one */
        for (uint32_t i = 0; i < row_count; i++) {
            uint64_t sum = (uint64_t)column_integer(left, rows[i]) + (uint64_t)column_integer(right, rows[i]);
            column_set_integer(ret, rows[i], (int64_t)sum);
        }
        return;
    }
    for (uint32_t i = 0; i < row_count; i++) {
        int64_t value;
        if (integer_operation(operator, column_integer(left, rows[i]), column_integer(right, rows[i]), &value)) {
            column_set_integer(ret, rows[i], value);
        } else {
            column_set_null(ret, rows[i]);
        }
    }
}

/* Text that is a number; text that is none is null. */
static bool text_to_integer(str text, int64_t *ret)
{
    text = str_trim(text);
    double number;
    if (str_to_i64(text, ret)) {
        return true;
    }
    if (!str_to_double(text, &number) || !(number >= -9.2e18 && number <= 9.2e18)) {
        return false;
    }
    *ret = (int64_t)number;
    return true;
}

static bool convert_text(str text, uint16_t row, struct column *ret)
{
    switch (ret->type) {
    case TYPE_INT64: {
        int64_t integer;
        if (!text_to_integer(text, &integer)) {
            return false;
        }
        column_set_integer(ret, row, integer);
        return true;
    }
    case TYPE_DOUBLE: {
        double number;
        if (!str_to_double(str_trim(text), &number)) {
            return false;
        }
        column_set_double(ret, row, number);
        return true;
    }
    case TYPE_IP: {
        struct ip ip;
        if (!ip_parse(str_trim(text), &ip)) {
            return false;
        }
        column_set_ip(ret, row, ip);
        return true;
    }
    case TYPE_BOOL: {
        bool is_true = str_eq_ignore_case(text, STR("true"));
        if (!is_true && !str_eq_ignore_case(text, STR("false"))) {
            return false;
        }
        column_set_bool(ret, row, is_true);
        return true;
    }
    default:
        assert(false && "conversion");
        return false;
    }
}

void kernel_convert(const struct column *column, const uint16_t *rows, uint32_t row_count, struct column *ret)
{
    for (uint32_t i = 0; i < row_count; i++) {
        uint16_t row = rows[i];
        if (column->type == TYPE_INT64 && ret->type == TYPE_DOUBLE) {
            column_set_double(ret, row, (double)column_integer(column, row));
        } else if (column->type == TYPE_DOUBLE && ret->type == TYPE_INT64) {
            double number = column_double(column, row);
            if (number >= -9223372036854775808.0 && number < 9223372036854775808.0) {
                column_set_integer(ret, row, (int64_t)number);
            } else {
                column_set_null(ret, row);
            }
        } else if (column->type == TYPE_BOOL && ret->type == TYPE_INT64) {
            column_set_integer(ret, row, column_bool(column, row));
        } else if (column->type == TYPE_STRING) {
            if (!convert_text(column_string(column, row), row, ret)) {
                column_set_null(ret, row);
            }
        } else {
            column_set_null(ret, row);
            assert(column->type == TYPE_NULL && "conversion");
        }
    }
}

void kernel_copy(const struct column *column, const uint16_t *rows, uint32_t row_count, struct column *ret)
{
    size_t bytes = value_type_bytes(ret->type);
    for (uint32_t i = 0; i < row_count; i++) {
        uint32_t row = rows[i];
        if (!column_is_valid(column, row)) {
            column_set_null(ret, row);
            continue;
        }
        assert(column->type == ret->type);
        memcpy((char *)ret->data + row * bytes, (const char *)column->data + (row & column->row_mask) * bytes, bytes);
        column_set_valid(ret, row);
    }
}
