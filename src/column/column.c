#include "column/column.h"

#include <assert.h>

size_t value_type_bytes(enum value_type type)
{
    static const uint8_t bytes[TYPE_COUNT] = {
        [TYPE_NULL] = 1,
        [TYPE_BOOL] = 1,
        [TYPE_INT64] = sizeof(int64_t),
        [TYPE_DOUBLE] = sizeof(double),
        [TYPE_STRING] = sizeof(str),
        [TYPE_BYTES] = sizeof(str),
        [TYPE_IP] = sizeof(struct ip),
    };
    assert((unsigned)type < TYPE_COUNT);
    return bytes[type];
}

bool column_init(struct column *column, enum value_type type, struct arena *arena)
{
    *column = (struct column){.type = type, .kind = COLUMN_FLAT, .row_mask = UINT32_MAX};
    column->validity = arena_allocate_zeroed(arena, VALIDITY_WORDS, sizeof(uint64_t), _Alignof(uint64_t));
    /* Values are zeroed so that a slot never written reads as nothing instead of as what was there. */
    column->data = arena_allocate_zeroed(arena, BATCH_ROWS_MAX, value_type_bytes(type), 16);
    return column->validity && column->data;
}

void column_clear(struct column *column)
{
    column->kind = COLUMN_FLAT;
    column->row_mask = UINT32_MAX;
    column->dictionary = NULL;
    column->codes = NULL;
    memset(column->validity, 0, VALIDITY_WORDS * sizeof(uint64_t));
}

bool column_from_value(const struct value *value, enum value_type type, struct arena *arena, struct column *ret)
{
    *ret = (struct column){.type = type, .kind = COLUMN_CONSTANT, .row_mask = 0};
    ret->validity = arena_array(arena, uint64_t, 1);
    ret->data = arena_allocate_zeroed(arena, 1, sizeof(struct ip) + sizeof(str), 16);
    if (!ret->validity || !ret->data) {
        return false;
    }
    switch (value->type) {
    case TYPE_BOOL:
        column_set_bool(ret, 0, value->boolean);
        break;
    case TYPE_INT64:
        column_set_integer(ret, 0, value->integer);
        break;
    case TYPE_DOUBLE:
        column_set_double(ret, 0, value->number);
        break;
    case TYPE_STRING:
    case TYPE_BYTES:
        column_set_string(ret, 0, value->text);
        break;
    case TYPE_IP:
        column_set_ip(ret, 0, value->ip);
        break;
    default:
        break; /* null */
    }
    return true;
}
