#include "plan/literals.h"

/* Literals of one cover up to this are checked for implied ones, which takes a look at each pair. */
enum { IMPLIED_CHECK_MAX = 512 };

struct literal_list {
    struct arena *arena;
    struct literal *items;
    uint32_t count;
    uint32_t capacity;
    bool is_failed; /* memory is out */
};

static bool list_add(struct literal_list *list, struct literal literal)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 8;
        struct literal *grown = arena_array(list->arena, struct literal, capacity);
        if (!grown) {
            list->is_failed = true;
            return false;
        }
        if (list->count > 0) {
            memcpy(grown, list->items, list->count * sizeof(*grown));
        }
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = literal;
    return true;
}

/* The longest part of a LIKE pattern without wildcards. */
static str longest_run(str pattern)
{
    str best = STR_EMPTY;
    size_t start = 0;
    for (size_t i = 0; i <= pattern.len; i++) {
        if (i == pattern.len || pattern.data[i] == '%' || pattern.data[i] == '_') {
            str run = str_slice(pattern, start, i);
            best = run.len > best.len ? run : best;
            start = i + 1;
        }
    }
    return best;
}

/* The field whose value, or whose value in other case, the expression gives. */
static bool text_of_field(const struct expression *expression, field_id *ret_field, bool *ret_folds)
{
    *ret_folds = false;
    while (expression->kind == EXPRESSION_CALL && expression->operand_count == 1) {
        str name = str_from_cstring(expression->function->names[0]);
        bool folds = str_eq(name, STR("LOWER")) || str_eq(name, STR("UPPER"));
        if (!folds && !str_eq(name, STR("UTF8"))) {
            return false;
        }
        *ret_folds |= folds;
        expression = expression->operands[0];
    }
    *ret_field = expression->field;
    return expression->kind == EXPRESSION_FIELD;
}

static bool cover_text(struct literal_list *list, const struct expression *value, str text, bool ignores_case,
                       bool is_whole)
{
    struct literal literal = {.ignores_case = ignores_case, .is_whole = is_whole, .text = text};
    bool folds;
    if (text.len == 0 || !text_of_field(value, &literal.field, &folds)) {
        return false;
    }
    literal.ignores_case |= folds;
    return list_add(list, literal);
}

static bool cover_expression(struct literal_list *list, const struct expression *expression);

/* Every branch needs one. */
static bool cover_or(struct literal_list *list, const struct expression *expression)
{
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        if (!cover_expression(list, expression->operands[i])) {
            return false;
        }
    }
    return true;
}

static size_t shortest(const struct literal *literals, uint32_t count)
{
    size_t length = SIZE_MAX;
    for (uint32_t i = 0; i < count; i++) {
        length = literals[i].text.len < length ? literals[i].text.len : length;
    }
    return length;
}

/* Any part will do: the one whose shortest literal is longest, then the smaller one. */
static bool cover_and(struct literal_list *list, const struct expression *expression)
{
    struct literal_list best = {.arena = list->arena};
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        struct literal_list part = {.arena = list->arena};
        if (!cover_expression(&part, expression->operands[i])) {
            list->is_failed |= part.is_failed;
            continue;
        }
        size_t part_length = shortest(part.items, part.count);
        size_t best_length = shortest(best.items, best.count);
        if (best.count == 0 || part_length > best_length ||
            (part_length == best_length && part.count < best.count)) {
            best = part;
        }
    }
    for (uint32_t i = 0; i < best.count; i++) {
        if (!list_add(list, best.items[i])) {
            return false;
        }
    }
    return best.count > 0;
}

static bool cover_compare(struct literal_list *list, const struct expression *expression)
{
    for (int side = 0; expression->operator == OPERATOR_EQUAL && side < 2; side++) {
        const struct expression *constant = expression->operands[side];
        if (constant->kind == EXPRESSION_CONSTANT && constant->constant.type == TYPE_STRING) {
            return cover_text(list, expression->operands[1 - side], constant->constant.text, false, true);
        }
    }
    return false;
}

static bool cover_in(struct literal_list *list, const struct expression *expression)
{
    const struct value_set *set = expression->set;
    if (!set || set->type != TYPE_STRING || set->count == 0) {
        return false;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        if (!cover_text(list, expression->operands[0], set->strings[i], false, true)) {
            return false;
        }
    }
    return true;
}

/* Adds literals of which a row that passes holds one; false if there are no such (what was added is then worthless). */
static bool cover_expression(struct literal_list *list, const struct expression *expression)
{
    switch (expression->kind) {
    case EXPRESSION_LIKE:
        return expression->operand_count == 1 &&
               cover_text(list, expression->operands[0], longest_run(expression->pattern), expression->ignores_case,
                          false);
    case EXPRESSION_COMPARE:
        return cover_compare(list, expression);
    case EXPRESSION_IN:
        return cover_in(list, expression);
    case EXPRESSION_AND:
        return cover_and(list, expression);
    case EXPRESSION_OR:
        return cover_or(list, expression);
    default:
        return false;
    }
}

static bool holds_ignoring_case(str text, str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (str_eq_ignore_case(str_slice(text, i, i + part.len), part)) {
            return true;
        }
    }
    return false;
}

/* Whatever holds `literal` holds `other`, so that looking for `other` is enough. */
static bool is_implied(const struct literal *literal, const struct literal *other)
{
    if (literal->field != other->field || other->is_whole || (literal->ignores_case && !other->ignores_case)) {
        return false;
    }
    return other->ignores_case ? holds_ignoring_case(literal->text, other->text)
                               : str_find(literal->text, other->text, 0) != SIZE_MAX;
}

static bool is_same(const struct literal *a, const struct literal *b)
{
    return a->field == b->field && a->is_whole == b->is_whole && a->ignores_case == b->ignores_case &&
           str_eq(a->text, b->text);
}

static void drop_implied(struct literal_list *list)
{
    if (list->count > IMPLIED_CHECK_MAX) {
        return;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        bool is_needed = true;
        for (uint32_t j = 0; is_needed && j < list->count; j++) {
            bool is_twin = is_same(&list->items[i], &list->items[j]);
            is_needed = i == j || !is_implied(&list->items[i], &list->items[j]) || (is_twin && i < j);
        }
        if (is_needed) {
            struct literal literal = list->items[i];
            list->items[i] = list->items[kept];
            list->items[kept++] = literal;
        }
    }
    list->count = kept;
}

tocsin_status plan_literal_covers(const struct plan *plan, struct arena *arena, struct literal_cover **ret_covers,
                                  uint32_t *ret_count, struct error *err)
{
    const struct expression *const *parts[] = {plan->early, plan->late};
    const uint32_t counts[] = {plan->early_count, plan->late_count};
    struct literal_cover *covers = arena_array(arena, struct literal_cover, plan->early_count + plan->late_count);
    uint32_t count = 0;
    if (!covers) {
        return error_memory(err);
    }
    for (size_t i = 0; i < countof(parts); i++) {
        for (uint32_t j = 0; j < counts[i]; j++) {
            struct literal_list list = {.arena = arena};
            bool has_cover = cover_expression(&list, parts[i][j]);
            if (list.is_failed) {
                return error_memory(err);
            }
            if (has_cover) {
                drop_implied(&list);
                covers[count++] = (struct literal_cover){parts[i][j], list.items, list.count};
            }
        }
    }
    *ret_covers = covers;
    *ret_count = count;
    return TOCSIN_OK;
}

const struct literal_cover *literal_covers_best(const struct literal_cover *covers, uint32_t count)
{
    const struct literal_cover *best = NULL;
    for (uint32_t i = 0; i < count; i++) {
        size_t length = shortest(covers[i].literals, covers[i].count);
        size_t best_length = best ? shortest(best->literals, best->count) : 0;
        if (!best || length > best_length || (length == best_length && covers[i].count < best->count)) {
            best = &covers[i];
        }
    }
    return best;
}
