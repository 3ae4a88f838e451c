#include "engine/rule_numbers.h"

#include <stdlib.h>

#include "base/memory.h"

enum { MARK_BITS = 12 };

/* A number that a plan wants. */
struct number {
    field_id field;
    uint32_t plan;
    int64_t value;
};

/* A value of a field, and numbers[first .. end) that have it. */
struct slot {
    int64_t value;
    uint32_t first;
    uint32_t end; /* 0: the slot is free */
};

struct number_field {
    field_id field;
    uint32_t first; /* of its numbers */
    uint32_t end;
    uint64_t marks[(1 << MARK_BITS) / 64]; /* of the values' hashes */
    struct slot *slots;
    uint32_t slot_mask;
};

struct rule_numbers {
    struct number *numbers; /* by field, value, plan once they are compiled */
    uint32_t count;
    uint32_t capacity;
    struct number_field *fields;
    uint32_t field_count;
};

tocsin_status rule_numbers_create(struct rule_numbers **ret_numbers, struct error *err)
{
    *ret_numbers = memory_allocate_zeroed(1, sizeof(**ret_numbers));
    return *ret_numbers ? TOCSIN_OK : error_memory(err);
}

void rule_numbers_free(struct rule_numbers *numbers)
{
    if (numbers) {
        for (uint32_t i = 0; i < numbers->field_count; i++) {
            memory_free(numbers->fields[i].slots);
        }
        memory_free(numbers->fields);
        memory_free(numbers->numbers);
        memory_free(numbers);
    }
}

/* ---- numbers of a plan ------------------------------------------------------------------------------------------- */

/* The numbers of a condition, while the best one of a plan is chosen. */
struct cover {
    uint32_t count;
    uint64_t least; /* magnitude: small numbers are everywhere */
    bool has_common_field;
};

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
}

/* Fields with a few values only, of which each is in many rows. */
static bool is_common_field(field_id field)
{
    return field == FIELD_DEVICETYPE || field == FIELD_LOGSOURCEID || field == FIELD_CATEGORY || field == FIELD_QID;
}

static bool add_number(struct rule_numbers *numbers, struct number number)
{
    if (numbers->count == numbers->capacity) {
        uint32_t capacity = numbers->capacity ? numbers->capacity * 2 : 64;
        struct number *grown = memory_resize(numbers->numbers, capacity * sizeof(*grown));
        if (!grown) {
            return false;
        }
        numbers->numbers = grown;
        numbers->capacity = capacity;
    }
    numbers->numbers[numbers->count++] = number;
    return true;
}

static const struct expression *field_operand(const struct expression *expression)
{
    return expression->kind == EXPRESSION_FIELD && expression->type == TYPE_INT64 ? expression : NULL;
}

static const struct expression *compared_field(const struct expression *expression, int64_t *ret_value)
{
    for (int side = 0; expression->operator == OPERATOR_EQUAL && side < 2; side++) {
        const struct expression *constant = expression->operands[side];
        if (constant->kind == EXPRESSION_CONSTANT && constant->constant.type == TYPE_INT64) {
            *ret_value = constant->constant.integer;
            return field_operand(expression->operands[1 - side]);
        }
    }
    return NULL;
}

/* Numbers of which a row that meets the expression has one, into *cover, and into `numbers` if that is not NULL. False
 * if there are no such. */
static bool cover_expression(const struct expression *expression, struct rule_numbers *numbers, uint32_t plan,
                             struct cover *cover, bool *is_failed)
{
    const struct expression *field = NULL;
    const int64_t *values = NULL;
    uint32_t count = 0;
    int64_t value;
    if (expression->kind == EXPRESSION_OR) {
        bool is_known = true;
        for (uint32_t i = 0; is_known && i < expression->operand_count; i++) {
            is_known = cover_expression(expression->operands[i], numbers, plan, cover, is_failed);
        }
        return is_known;
    }
    if (expression->kind == EXPRESSION_COMPARE) {
        field = compared_field(expression, &value);
        values = &value;
        count = 1;
    } else if (expression->kind == EXPRESSION_IN && expression->set && expression->set->type == TYPE_INT64) {
        field = field_operand(expression->operands[0]);
        values = expression->set->integers;
        count = expression->set->count;
    }
    for (uint32_t i = 0; field && i < count; i++) {
        cover->count++;
        cover->least = magnitude(values[i]) < cover->least ? magnitude(values[i]) : cover->least;
        cover->has_common_field |= is_common_field(field->field);
        *is_failed |= numbers && !add_number(numbers, (struct number){field->field, plan, values[i]});
    }
    return field && count > 0;
}

static bool is_better(const struct cover *cover, const struct cover *best)
{
    if (cover->has_common_field != best->has_common_field) {
        return best->has_common_field;
    }
    return cover->least > best->least || (cover->least == best->least && cover->count < best->count);
}

tocsin_status rule_numbers_add(struct rule_numbers *numbers, const struct plan *plan, uint32_t plan_number,
                               bool *ret_is_known, struct error *err)
{
    const struct expression *best = NULL;
    struct cover best_cover = {0};
    bool is_failed = false;
    for (uint32_t i = 0; i < plan->early_count; i++) {
        struct cover cover = {.least = UINT64_MAX};
        bool is_known = cover_expression(plan->early[i], NULL, 0, &cover, &is_failed);
        if (is_known && cover.count + numbers->count <= LIMIT_MATCH_LITERALS &&
            (!best || is_better(&cover, &best_cover))) {
            best = plan->early[i];
            best_cover = cover;
        }
    }
    if (best) {
        (void)cover_expression(best, numbers, plan_number, &best_cover, &is_failed);
    }
    *ret_is_known = best != NULL;
    return is_failed ? error_memory(err) : TOCSIN_OK;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static uint64_t hash_of(int64_t value)
{
    return (uint64_t)value * UINT64_C(0x9E3779B97F4A7C15);
}

static int compare_numbers(const void *left, const void *right)
{
    const struct number *a = left;
    const struct number *b = right;
    if (a->field != b->field) {
        return a->field < b->field ? -1 : 1;
    }
    if (a->value != b->value) {
        return a->value < b->value ? -1 : 1;
    }
    return a->plan < b->plan ? -1 : a->plan > b->plan;
}

static struct slot *find_slot(const struct number_field *field, int64_t value)
{
    uint32_t at = (uint32_t)(hash_of(value) >> 32) & field->slot_mask;
    while (field->slots[at].end != 0 && field->slots[at].value != value) {
        at = (at + 1) & field->slot_mask;
    }
    return &field->slots[at];
}

static bool make_field(const struct rule_numbers *numbers, struct number_field *field)
{
    uint32_t slot_count = 16;
    while (slot_count < (field->end - field->first) * 2) {
        slot_count *= 2;
    }
    field->slot_mask = slot_count - 1;
    field->slots = memory_allocate_zeroed(slot_count, sizeof(*field->slots));
    for (uint32_t i = field->first; field->slots && i < field->end; i++) {
        int64_t value = numbers->numbers[i].value;
        struct slot *slot = find_slot(field, value);
        *slot = (struct slot){value, slot->end == 0 ? i : slot->first, i + 1};
        uint32_t mark = (uint32_t)(hash_of(value) >> (64 - MARK_BITS));
        field->marks[mark / 64] |= UINT64_C(1) << mark % 64;
    }
    return field->slots;
}

tocsin_status rule_numbers_compile(struct rule_numbers *numbers, struct error *err)
{
    if (numbers->count == 0) {
        return TOCSIN_OK;
    }
    qsort(numbers->numbers, numbers->count, sizeof(*numbers->numbers), compare_numbers);
    uint32_t field_count = 0;
    for (uint32_t i = 0; i < numbers->count; i++) {
        field_count += i == 0 || numbers->numbers[i].field != numbers->numbers[i - 1].field;
    }
    numbers->fields = memory_allocate_zeroed(field_count, sizeof(*numbers->fields));
    if (!numbers->fields) {
        return error_memory(err);
    }
    numbers->field_count = field_count;
    struct number_field *field = numbers->fields;
    for (uint32_t from = 0, to; from < numbers->count; from = to, field++) {
        to = from + 1;
        while (to < numbers->count && numbers->numbers[to].field == numbers->numbers[from].field) {
            to++;
        }
        field->field = numbers->numbers[from].field;
        field->first = from;
        field->end = to;
        if (!make_field(numbers, field)) {
            return error_memory(err);
        }
    }
    return TOCSIN_OK;
}

/* ---- a batch ----------------------------------------------------------------------------------------------------- */

static const struct slot *look_up(const struct number_field *field, int64_t value)
{
    uint32_t mark = (uint32_t)(hash_of(value) >> (64 - MARK_BITS));
    if (!(field->marks[mark / 64] >> mark % 64 & 1)) {
        return NULL;
    }
    const struct slot *slot = find_slot(field, value);
    return slot->end != 0 ? slot : NULL;
}

static void take_every(const struct rule_numbers *numbers, uint32_t first, uint32_t end,
                       rule_numbers_take_all *take_all, void *context)
{
    for (uint32_t i = first; i < end; i++) {
        take_all(context, numbers->numbers[i].plan);
    }
}

static void scan_field(const struct rule_numbers *numbers, const struct number_field *field,
                       const struct column *column, uint32_t row_count, rule_numbers_take *take, void *context)
{
    for (uint32_t row = 0; row < row_count; row++) {
        const struct slot *slot = column_is_valid(column, row) ? look_up(field, column->integers[row]) : NULL;
        for (uint32_t i = slot ? slot->first : 0; slot && i < slot->end; i++) {
            take(context, numbers->numbers[i].plan, row);
        }
    }
}

void rule_numbers_scan(const struct rule_numbers *numbers, struct batch *batch, rule_numbers_take *take,
                       rule_numbers_take_all *take_all, void *context)
{
    for (uint32_t i = 0; i < numbers->field_count; i++) {
        const struct number_field *field = &numbers->fields[i];
        const struct column *column = batch_column(batch, field->field);
        if (!column || column->type != TYPE_INT64) {
            take_every(numbers, field->first, field->end, take_all, context); /* no source does this */
        } else if (column->kind == COLUMN_FLAT) {
            scan_field(numbers, field, column, batch->row_count, take, context);
        } else if (batch->row_count > 0 && column_is_valid(column, 0)) {
            const struct slot *slot = look_up(field, column->integers[0]);
            if (slot) {
                take_every(numbers, slot->first, slot->end, take_all, context);
            }
        }
    }
}
