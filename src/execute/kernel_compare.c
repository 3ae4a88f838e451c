#include "execute/kernel.h"

#include <assert.h>

/* One branch-free loop for each type and operator: the row number is always written, and kept if the test holds. */
#define SELECT_LOOP(test)                                                                                              \
    do {                                                                                                               \
        uint32_t hits = 0;                                                                                             \
        for (uint32_t i = 0; i < row_count; i++) {                                                                     \
            uint16_t row = rows[i];                                                                                    \
            ret_rows[hits] = row;                                                                                      \
            hits += (test) ? 1u : 0u;                                                                                  \
        }                                                                                                              \
        return hits;                                                                                                   \
    } while (0)

#define COMPARE_SWITCH(get)                                                                                            \
    switch (operator) {                                                                                                \
    case OPERATOR_EQUAL:                                                                                               \
        SELECT_LOOP(get(left, row) == get(right, row));                                                                \
    case OPERATOR_LESS:                                                                                                \
        SELECT_LOOP(get(left, row) < get(right, row));                                                                 \
    case OPERATOR_LESS_EQUAL:                                                                                          \
        SELECT_LOOP(get(left, row) <= get(right, row));                                                                \
    case OPERATOR_GREATER:                                                                                             \
        SELECT_LOOP(get(left, row) > get(right, row));                                                                 \
    case OPERATOR_GREATER_EQUAL:                                                                                       \
        SELECT_LOOP(get(left, row) >= get(right, row));                                                                \
    default:                                                                                                           \
        break;                                                                                                         \
    }

#define ORDER_SWITCH(order)                                                                                            \
    switch (operator) {                                                                                                \
    case OPERATOR_EQUAL:                                                                                               \
        SELECT_LOOP((order) == 0);                                                                                     \
    case OPERATOR_LESS:                                                                                                \
        SELECT_LOOP((order) < 0);                                                                                      \
    case OPERATOR_LESS_EQUAL:                                                                                          \
        SELECT_LOOP((order) <= 0);                                                                                     \
    case OPERATOR_GREATER:                                                                                             \
        SELECT_LOOP((order) > 0);                                                                                      \
    case OPERATOR_GREATER_EQUAL:                                                                                       \
        SELECT_LOOP((order) >= 0);                                                                                     \
    default:                                                                                                           \
        break;                                                                                                         \
    }

static uint32_t compare_strings(enum syntax_operator operator, const struct column *left, const struct column *right,
                                const uint16_t *rows, uint32_t row_count, uint16_t *ret_rows)
{
    if (operator == OPERATOR_EQUAL) { /* lengths decide most pairs */
        SELECT_LOOP(str_eq(column_string(left, row), column_string(right, row)));
    }
    ORDER_SWITCH(str_compare(column_string(left, row), column_string(right, row)))
    assert(false && "operator");
    return 0;
}

uint32_t kernel_compare(enum syntax_operator operator, const struct column *left, const struct column *right,
                        const uint16_t *rows, uint32_t row_count, uint16_t *ret_rows)
{
    assert(left->type == right->type);
    switch (left->type) {
    case TYPE_INT64:
        COMPARE_SWITCH(column_integer)
        break;
    case TYPE_DOUBLE:
        COMPARE_SWITCH(column_double)
        break;
    case TYPE_BOOL:
        COMPARE_SWITCH(column_bool)
        break;
    case TYPE_IP:
        ORDER_SWITCH(memcmp(column_ip(left, row), column_ip(right, row), sizeof(struct ip)))
        break;
    case TYPE_STRING:
    case TYPE_BYTES:
        return compare_strings(operator, left, right, rows, row_count, ret_rows);
    default:
        break;
    }
    return 0; /* NULL against NULL: no values, so no rows */
}

/* ---- IN ---- */

static bool set_has_integer(const struct value_set *set, int64_t value)
{
    uint32_t low = 0;
    uint32_t high = set->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (set->integers[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->count && set->integers[low] == value;
}

static bool set_has_double(const struct value_set *set, double value)
{
    uint32_t low = 0;
    uint32_t high = set->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (set->doubles[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->count && set->doubles[low] == value;
}

static bool set_has_string(const struct value_set *set, str value)
{
    uint32_t low = 0;
    uint32_t high = set->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (str_compare(set->strings[middle], value) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->count && str_eq(set->strings[low], value);
}

static bool set_has_ip(const struct value_set *set, const struct ip *value)
{
    uint32_t low = 0;
    uint32_t high = set->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(&set->ips[middle], value, sizeof(*value)) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->count && memcmp(&set->ips[low], value, sizeof(*value)) == 0;
}

uint32_t kernel_in(const struct value_set *set, const struct column *column, const uint16_t *rows, uint32_t row_count,
                   uint16_t *ret_rows)
{
    switch (set->type) {
    case TYPE_INT64:
        SELECT_LOOP(set_has_integer(set, column_integer(column, row)));
    case TYPE_DOUBLE:
        SELECT_LOOP(set_has_double(set, column_double(column, row)));
    case TYPE_BOOL:
        SELECT_LOOP(set_has_integer(set, column_bool(column, row)));
    case TYPE_STRING:
    case TYPE_BYTES:
        SELECT_LOOP(set_has_string(set, column_string(column, row)));
    case TYPE_IP:
        SELECT_LOOP(set_has_ip(set, column_ip(column, row)));
    default:
        return 0;
    }
}

uint32_t kernel_truth(const struct column *column, const uint16_t *rows, uint32_t row_count, uint16_t *ret_rows)
{
    SELECT_LOOP(column_bool(column, row));
}

uint32_t kernel_valid(const struct column *column, const uint16_t *rows, uint32_t row_count, uint16_t *ret_rows)
{
    if (column->kind == COLUMN_CONSTANT) {
        uint32_t count = column_is_valid(column, 0) ? row_count : 0;
        memmove(ret_rows, rows, count * sizeof(*rows));
        return count;
    }
    SELECT_LOOP(column_is_valid(column, row));
}

/* ---- row lists ---- */

uint32_t rows_minus(const uint16_t *a, uint32_t a_count, const uint16_t *b, uint32_t b_count, uint16_t *ret)
{
    uint32_t kept = 0;
    uint32_t j = 0;
    for (uint32_t i = 0; i < a_count; i++) {
        uint16_t row = a[i];
        while (j < b_count && b[j] < row) {
            j++;
        }
        ret[kept] = row;
        kept += !(j < b_count && b[j] == row);
    }
    return kept;
}

uint32_t rows_unite(const uint16_t *a, uint32_t a_count, const uint16_t *b, uint32_t b_count, uint16_t *ret)
{
    uint32_t i = 0;
    uint32_t j = 0;
    uint32_t count = 0;
    while (i < a_count && j < b_count) {
        uint16_t x = a[i];
        uint16_t y = b[j];
        ret[count++] = x < y ? x : y;
        i += x <= y;
        j += y <= x;
    }
    while (i < a_count) {
        ret[count++] = a[i++];
    }
    while (j < b_count) {
        ret[count++] = b[j++];
    }
    return count;
}
