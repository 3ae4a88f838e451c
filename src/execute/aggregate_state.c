#include "execute/aggregate_state.h"

#include <assert.h>
#include <math.h>

#include "execute/distinct_sketch.h"
#include "execute/exact_sum.h"
#include "execute/unique_set.h"

enum { TEXT_BYTES_MIN = 16 };

/* 128 bits hold 2^64 integers of 64 bits. */
struct integer_sum {
    uint64_t count;
    uint64_t low; /* two's complement */
    uint64_t high;
};

struct double_sum {
    uint64_t count;
    struct exact_sum sum;
};

struct deviation {
    uint64_t count;
    struct exact_sum sum;
    struct exact_sum squares;
};

static bool is_sum(enum aggregate_kind kind)
{
    return kind == AGGREGATE_SUM || kind == AGGREGATE_AVG;
}

static bool is_slot(enum aggregate_kind kind)
{
    return kind == AGGREGATE_MIN || kind == AGGREGATE_MAX || kind == AGGREGATE_FIRST || kind == AGGREGATE_LAST;
}

uint32_t aggregate_state_bytes(const struct aggregate_layout *layout)
{
    switch (layout->kind) {
    case AGGREGATE_NONE:
        return 0;
    case AGGREGATE_COUNT_ROWS:
    case AGGREGATE_COUNT:
        return sizeof(uint64_t);
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
        return layout->argument == TYPE_INT64 ? sizeof(struct integer_sum) : sizeof(struct double_sum);
    case AGGREGATE_STDEV:
    case AGGREGATE_STDEVP:
        return sizeof(struct deviation);
    case AGGREGATE_UNIQUECOUNT:
        return sizeof(struct unique_set);
    case AGGREGATE_DISTINCTCOUNT:
        return sizeof(struct distinct_sketch);
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST:
        return sizeof(struct value_slot);
    }
    return 0;
}

/* ---- values as bytes ---- */

/* Equal values give equal bytes: there is one zero and one NaN. */
static double plain_double(double number)
{
    return isnan(number) ? NAN : number == 0 ? 0 : number;
}

/* Bytes of values in a unique set; 0: any number. */
static size_t unique_bytes(enum value_type type)
{
    return type_is_text(type) ? 0 : type == TYPE_IP ? sizeof(struct ip) : sizeof(uint64_t);
}

/* The value as bytes to be hashed; `scratch` holds them for small types. */
static str value_bytes(const struct column *column, uint32_t row, uint64_t *scratch)
{
    switch (column->type) {
    case TYPE_STRING:
    case TYPE_BYTES:
        return column_text(column, row);
    case TYPE_IP:
        return (str){(const char *)column_ip(column, row), sizeof(struct ip)};
    case TYPE_DOUBLE: {
        double number = plain_double(column_double(column, row));
        memcpy(scratch, &number, sizeof(number));
        break;
    }
    case TYPE_BOOL:
        *scratch = column_bool(column, row);
        break;
    default:
        *scratch = (uint64_t)column_integer(column, row);
    }
    return (str){(const char *)scratch, sizeof(*scratch)};
}

/* ---- slots ---- */

static bool slot_set_text(struct value_slot *slot, str text, struct state_memory *memory)
{
    /* The old memory is used again where it does; else the new one is twice as large, so that less is left behind. */
    if (text.len > slot->capacity || !slot->text.data) {
        size_t capacity = (size_t)slot->capacity * 2;
        capacity = capacity > text.len ? capacity : text.len;
        capacity = capacity > TEXT_BYTES_MIN ? capacity : TEXT_BYTES_MIN;
        char *data = state_memory_take(memory, capacity);
        if (!data) {
            return false;
        }
        slot->text.data = data;
        slot->capacity = (uint32_t)(capacity < UINT32_MAX ? capacity : UINT32_MAX);
    }
    if (text.len > 0) {
        memcpy(slot->text.data, text.data, text.len);
    }
    slot->text.len = text.len;
    slot->has_value = true;
    return true;
}

static void slot_set_fixed(struct value_slot *slot, const struct column *column, uint32_t row)
{
    size_t bytes = value_type_bytes(column->type);
    memcpy(&slot->boolean, (const char *)column->data + (row & column->row_mask) * bytes, bytes);
    slot->has_value = true;
}

bool aggregate_state_set(struct value_slot *slot, const struct column *column, uint32_t row,
                         struct state_memory *memory)
{
    if (!column_is_valid(column, row)) {
        slot->has_value = false;
        return true;
    }
    if (type_is_text(column->type)) {
        return slot_set_text(slot, column_text(column, row), memory);
    }
    slot_set_fixed(slot, column, row);
    return true;
}

/* NaN is greater than every number, so that the order is total. */
static int compare_doubles(double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return isnan(a) - isnan(b);
    }
    return (a > b) - (a < b);
}

/* Less, equal, greater than what the slot has. */
static int slot_compare(const struct value_slot *slot, const struct column *column, uint32_t row)
{
    switch (column->type) {
    case TYPE_INT64: {
        int64_t value = column_integer(column, row);
        return (value > slot->integer) - (value < slot->integer);
    }
    case TYPE_DOUBLE:
        return compare_doubles(column_double(column, row), slot->number);
    case TYPE_BOOL:
        return (int)column_bool(column, row) - (int)slot->boolean;
    case TYPE_IP:
        return memcmp(column_ip(column, row), &slot->ip, sizeof(slot->ip));
    default:
        return str_compare(column_text(column, row), (str){slot->text.data, slot->text.len});
    }
}

static bool slot_add(struct value_slot *slot, const struct column *column, uint32_t row, bool is_max,
                     struct state_memory *memory)
{
    if (slot->has_value) {
        int order = slot_compare(slot, column, row);
        if (is_max ? order <= 0 : order >= 0) {
            return true;
        }
    }
    if (!aggregate_state_set(slot, column, row, memory)) {
        return false;
    }
    if (column->type == TYPE_DOUBLE) {
        slot->number = plain_double(slot->number);
    }
    return true;
}

/* ---- adding ---- */

static void add_integers(uint32_t offset, const struct column *column, const uint16_t *rows, uint32_t row_count,
                         char *const *states)
{
    for (uint32_t i = 0; i < row_count; i++) {
        if (!column_is_valid(column, rows[i])) {
            continue;
        }
        struct integer_sum *sum = (struct integer_sum *)(void *)(states[i] + offset);
        int64_t value = column_integer(column, rows[i]);
        uint64_t low = sum->low + (uint64_t)value;
        sum->high += (value < 0 ? UINT64_MAX : 0) + (low < sum->low);
        sum->low = low;
        sum->count++;
    }
}

static void count_values(uint32_t offset, const struct column *column, const uint16_t *rows, uint32_t row_count,
                         char *const *states)
{
    for (uint32_t i = 0; i < row_count; i++) {
        *(uint64_t *)(void *)(states[i] + offset) += !column || column_is_valid(column, rows[i]);
    }
}

/* Of rows first to first + count - 1 of a flat column. */
static uint64_t count_run(const struct column *column, uint32_t first, uint32_t count)
{
    uint64_t values = 0;
    uint32_t end = first + count;
    for (uint32_t row = first; row < end;) {
        uint32_t bit = row % 64;
        uint32_t bits = 64 - bit < end - row ? 64 - bit : end - row;
        uint64_t word = column->validity[row / 64] >> bit & UINT64_MAX >> (64 - bits);
        values += word == UINT64_MAX ? 64 : (uint64_t)__builtin_popcountll(word);
        row += bits;
    }
    return values;
}

void aggregate_state_add_count(char *state, const struct column *column, const uint16_t *rows, uint32_t row_count,
                               bool is_run)
{
    uint64_t *count = (uint64_t *)(void *)state;
    if (!column || row_count == 0) {
        *count += row_count;
    } else if (column->row_mask == 0) {
        *count += column_is_valid(column, 0) ? row_count : 0;
    } else if (is_run) {
        *count += count_run(column, rows[0], row_count);
    } else {
        for (uint32_t i = 0; i < row_count; i++) {
            *count += column_is_valid(column, rows[i]);
        }
    }
}

static bool add_deviation(struct deviation *deviation, const struct column *column, uint32_t row,
                          struct state_memory *memory)
{
    deviation->count++;
    if (column->type == TYPE_INT64) {
        int64_t value = column_integer(column, row);
        return exact_sum_add_integer(&deviation->sum, value, memory) &&
               exact_sum_add_integer_square(&deviation->squares, value, memory);
    }
    double value = column_double(column, row);
    return exact_sum_add_double(&deviation->sum, value, memory) &&
           exact_sum_add_square(&deviation->squares, value, memory);
}

static bool add_value(const struct aggregate_layout *layout, const struct column *column, uint32_t row, char *state,
                      uint64_t seed, struct state_memory *memory)
{
    uint64_t scratch;
    void *place = state;
    switch (layout->kind) {
    case AGGREGATE_SUM:
    case AGGREGATE_AVG: {
        struct double_sum *sum = place;
        sum->count++;
        return exact_sum_add_double(&sum->sum, column_double(column, row), memory);
    }
    case AGGREGATE_STDEV:
    case AGGREGATE_STDEVP:
        return add_deviation(place, column, row, memory);
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
        return slot_add(place, column, row, layout->kind == AGGREGATE_MAX, memory);
    case AGGREGATE_UNIQUECOUNT:
        return unique_set_add(place, value_bytes(column, row, &scratch), unique_bytes(column->type), seed, memory);
    case AGGREGATE_DISTINCTCOUNT:
        return distinct_sketch_add(place, value_bytes(column, row, &scratch), memory);
    default:
        assert(false && "set by the caller");
        return true;
    }
}

/* A value that was added once changes nothing when it comes again. */
bool aggregate_state_is_of_different(enum aggregate_kind kind)
{
    return kind == AGGREGATE_MIN || kind == AGGREGATE_MAX || kind == AGGREGATE_UNIQUECOUNT ||
           kind == AGGREGATE_DISTINCTCOUNT;
}

bool aggregate_state_add(const struct aggregate_layout *layout, const struct column *column, const uint16_t *rows,
                         uint32_t row_count, char *const *states, uint64_t seed, struct seen_values *seen,
                         struct state_memory *memory)
{
    if (layout->kind == AGGREGATE_COUNT_ROWS || layout->kind == AGGREGATE_COUNT) {
        count_values(layout->offset, layout->kind == AGGREGATE_COUNT ? column : NULL, rows, row_count, states);
        return true;
    }
    if (is_sum(layout->kind) && layout->argument == TYPE_INT64) {
        add_integers(layout->offset, column, rows, row_count, states);
        return true;
    }
    bool has_codes = column->kind == COLUMN_FLAT && column->codes;
    bool has_seen = seen && has_codes && aggregate_state_is_of_different(layout->kind);
    for (uint32_t i = 0; i < row_count; i++) {
        char *state = states[i] + layout->offset;
        bool is_added =
            column_is_valid(column, rows[i]) && !(has_seen && seen_values_has(seen, state, column, rows[i]));
        if (is_added && !add_value(layout, column, rows[i], state, seed, memory)) {
            return false;
        }
    }
    return true;
}

/* ---- adding rows that stand for many ---- */

static void add_wide(struct integer_sum *sum, __int128 value)
{
    unsigned __int128 total = ((unsigned __int128)sum->high << 64 | sum->low) + (unsigned __int128)value;
    sum->low = (uint64_t)total;
    sum->high = (uint64_t)(total >> 64);
}

/* 0 for null: of no values there is no sum. */
static int64_t part_of(const struct column *column, uint32_t row)
{
    return column_is_valid(column, row) ? column_integer(column, row) : 0;
}

static void add_parts(struct integer_sum *sum, const struct column *const *parts, uint32_t row)
{
    enum { PART_BITS = 21 };
    __int128 total = part_of(parts[3], row);
    total = total * (1 << PART_BITS) + part_of(parts[2], row);
    total = total * (1 << PART_BITS) + part_of(parts[1], row);
    sum->count += (uint64_t)part_of(parts[0], row);
    add_wide(sum, total);
}

static bool add_deviation_times(struct deviation *deviation, const struct column *column, uint32_t row, uint64_t times,
                                struct state_memory *memory)
{
    deviation->count += times;
    if (column->type == TYPE_INT64) {
        int64_t value = column_integer(column, row);
        return exact_sum_add_integer_times(&deviation->sum, value, times, memory) &&
               exact_sum_add_integer_square_times(&deviation->squares, value, times, memory);
    }
    double value = column_double(column, row);
    return exact_sum_add_double_times(&deviation->sum, value, times, memory) &&
           exact_sum_add_square_times(&deviation->squares, value, times, memory);
}

static bool add_value_times(const struct aggregate_layout *layout, const struct column *column, uint32_t row,
                            uint64_t times, char *state, uint64_t seed, struct state_memory *memory)
{
    void *place = state;
    if (!is_sum(layout->kind)) {
        return layout->kind == AGGREGATE_STDEV || layout->kind == AGGREGATE_STDEVP
                   ? add_deviation_times(place, column, row, times, memory)
                   : add_value(layout, column, row, state, seed, memory); /* once is enough */
    }
    if (layout->argument == TYPE_INT64) {
        struct integer_sum *integers = place;
        integers->count += times;
        add_wide(integers, (__int128)column_integer(column, row) * (__int128)times);
        return true;
    }
    struct double_sum *doubles = place;
    doubles->count += times;
    return exact_sum_add_double_times(&doubles->sum, column_double(column, row), times, memory);
}

bool aggregate_state_add_many(const struct aggregate_layout *layout, const struct column *column,
                              const struct column *weights, const struct column *const *parts, uint32_t part_count,
                              const uint16_t *rows, uint32_t row_count, char *const *states, uint64_t seed,
                              struct state_memory *memory)
{
    bool is_count = layout->kind == AGGREGATE_COUNT_ROWS || layout->kind == AGGREGATE_COUNT;
    for (uint32_t i = 0; i < row_count; i++) {
        char *state = states[i] + layout->offset;
        uint16_t row = rows[i];
        uint64_t times = (uint64_t)column_integer(weights, row);
        bool has_value = !column || column_is_valid(column, row);
        if (part_count == PLAN_GIVEN_PARTS) {
            add_parts((struct integer_sum *)(void *)state, parts, row);
        } else if (is_count) {
            times = part_count > 0 ? (uint64_t)part_of(parts[0], row) : has_value ? times : 0;
            *(uint64_t *)(void *)state += times;
        } else if (has_value && !add_value_times(layout, column, row, times, state, seed, memory)) {
            return false;
        }
    }
    return true;
}

/* ---- results ---- */

static void slot_result(const struct value_slot *slot, enum value_type argument, struct column *ret, uint32_t row)
{
    if (!slot->has_value) {
        column_set_null(ret, row);
    } else if (type_is_text(ret->type)) {
        column_set_string(ret, row, (str){slot->text.data ? slot->text.data : "", slot->text.len});
    } else if (ret->type == TYPE_DOUBLE && argument == TYPE_INT64) {
        column_set_double(ret, row, (double)slot->integer);
    } else {
        size_t bytes = value_type_bytes(ret->type);
        memcpy((char *)ret->data + row * bytes, &slot->boolean, bytes);
        column_set_valid(ret, row);
    }
}

static void sum_result(const struct aggregate_layout *layout, const void *state, struct column *ret, uint32_t row)
{
    uint64_t count;
    double sum;
    if (layout->argument == TYPE_INT64) {
        const struct integer_sum *integers = state;
        count = integers->count;
        sum = (double)(__int128)((unsigned __int128)integers->high << 64 | integers->low);
    } else {
        const struct double_sum *doubles = state;
        count = doubles->count;
        sum = exact_sum_value(&doubles->sum);
    }
    if (count == 0) {
        column_set_null(ret, row);
    } else {
        column_set_double(ret, row, layout->kind == AGGREGATE_AVG ? sum / (double)count : sum);
    }
}

static void deviation_result(const struct aggregate_layout *layout, const struct deviation *deviation,
                             struct column *ret, uint32_t row)
{
    bool is_sample = layout->kind == AGGREGATE_STDEV;
    if (deviation->count == 0) {
        column_set_null(ret, row);
    } else if (deviation->count == 1) {
        column_set_double(ret, row, deviation->sum.specials ? NAN : 0.0); /* aql-reference 4.2 */
    } else {
        column_set_double(ret, row, exact_deviation(&deviation->sum, &deviation->squares, deviation->count, is_sample));
    }
}

void aggregate_state_result(const struct aggregate_layout *layout, const char *state, struct column *ret, uint32_t row)
{
    const void *place = state;
    switch (layout->kind) {
    case AGGREGATE_NONE:
        break;
    case AGGREGATE_COUNT_ROWS:
    case AGGREGATE_COUNT: {
        uint64_t count;
        memcpy(&count, place, sizeof(count));
        column_set_double(ret, row, (double)count);
        break;
    }
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
        sum_result(layout, place, ret, row);
        break;
    case AGGREGATE_STDEV:
    case AGGREGATE_STDEVP:
        deviation_result(layout, place, ret, row);
        break;
    case AGGREGATE_UNIQUECOUNT:
        column_set_double(ret, row, (double)unique_set_count(place));
        break;
    case AGGREGATE_DISTINCTCOUNT:
        column_set_double(ret, row, distinct_sketch_estimate(place));
        break;
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST:
        slot_result(place, layout->argument, ret, row);
        break;
    }
}

/* ---- temporary files ---- */

static void slot_write(const struct value_slot *slot, enum value_type type, struct strbuf *buffer)
{
    strbuf_append_char(buffer, slot->has_value);
    if (!slot->has_value) {
        return;
    }
    if (type_is_text(type)) {
        uint32_t length = (uint32_t)slot->text.len;
        bytes_put(buffer, &length, sizeof(length));
        bytes_put(buffer, slot->text.data, length);
    } else {
        bytes_put(buffer, &slot->boolean, value_type_bytes(type));
    }
}

void aggregate_state_write(const struct aggregate_layout *layout, const char *state, struct strbuf *buffer)
{
    const void *place = state;
    switch (layout->kind) {
    case AGGREGATE_NONE:
        break;
    case AGGREGATE_COUNT_ROWS:
    case AGGREGATE_COUNT:
        bytes_put(buffer, state, sizeof(uint64_t));
        break;
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
        if (layout->argument == TYPE_INT64) {
            bytes_put(buffer, state, sizeof(struct integer_sum));
        } else {
            const struct double_sum *sum = place;
            bytes_put(buffer, &sum->count, sizeof(sum->count));
            exact_sum_write(&sum->sum, buffer);
        }
        break;
    case AGGREGATE_STDEV:
    case AGGREGATE_STDEVP: {
        const struct deviation *deviation = place;
        bytes_put(buffer, &deviation->count, sizeof(deviation->count));
        exact_sum_write(&deviation->sum, buffer);
        exact_sum_write(&deviation->squares, buffer);
        break;
    }
    case AGGREGATE_UNIQUECOUNT:
        unique_set_write(place, unique_bytes(layout->argument), buffer);
        break;
    case AGGREGATE_DISTINCTCOUNT:
        distinct_sketch_write(place, buffer);
        break;
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST:
        slot_write(place, layout->argument, buffer);
        break;
    }
}

static bool slot_merge(const struct aggregate_layout *layout, struct value_slot *slot, bool replaces, str *bytes,
                       struct state_memory *memory)
{
    bool is_first_or_last = layout->kind == AGGREGATE_FIRST || layout->kind == AGGREGATE_LAST;
    /* What was written becomes a column of one row. */
    uint64_t validity = (uint64_t)*bytes_take(bytes, 1);
    uint64_t value[2] = {0};
    str text = STR_EMPTY;
    struct column column = {.type = layout->argument, .kind = COLUMN_CONSTANT, .validity = &validity, .data = value};
    if (validity && type_is_text(layout->argument)) {
        uint32_t length;
        bytes_take_into(bytes, &length, sizeof(length));
        text = (str){bytes_take(bytes, length), length};
        column.strings = &text;
    } else if (validity) {
        bytes_take_into(bytes, value, value_type_bytes(layout->argument));
    }
    if (is_first_or_last) {
        return !replaces || aggregate_state_set(slot, &column, 0, memory);
    }
    return !validity || slot_add(slot, &column, 0, layout->kind == AGGREGATE_MAX, memory);
}

static void integer_sum_merge(struct integer_sum *sum, str *bytes)
{
    struct integer_sum other;
    bytes_take_into(bytes, &other, sizeof(other));
    uint64_t low = sum->low + other.low;
    sum->high += other.high + (low < sum->low);
    sum->low = low;
    sum->count += other.count;
}

bool aggregate_state_merge(const struct aggregate_layout *layout, char *state, bool replaces, uint64_t seed, str *bytes,
                           struct state_memory *memory)
{
    void *place = state;
    uint64_t count;
    if (is_slot(layout->kind)) {
        return slot_merge(layout, place, replaces, bytes, memory);
    }
    switch (layout->kind) {
    case AGGREGATE_UNIQUECOUNT:
        return unique_set_merge(place, unique_bytes(layout->argument), seed, bytes, memory);
    case AGGREGATE_DISTINCTCOUNT:
        return distinct_sketch_merge(place, bytes, memory);
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
        if (layout->argument == TYPE_INT64) {
            integer_sum_merge(place, bytes);
            return true;
        }
        break;
    default:
        break;
    }
    /* The rest begins with its count. */
    bytes_take_into(bytes, &count, sizeof(count));
    *(uint64_t *)place += count;
    if (is_sum(layout->kind)) {
        return exact_sum_merge(&((struct double_sum *)place)->sum, bytes, memory);
    }
    if (layout->kind == AGGREGATE_STDEV || layout->kind == AGGREGATE_STDEVP) {
        struct deviation *deviation = place;
        return exact_sum_merge(&deviation->sum, bytes, memory) && exact_sum_merge(&deviation->squares, bytes, memory);
    }
    return true;
}
