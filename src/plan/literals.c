#include "plan/literals.h"

#include "plan/required_literals.h"

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

/* What makes the value that is compared of the field's own. */
struct source {
    field_id field;
    bool folds;        /* case */
    bool replaces_bad; /* what is no UTF-8 becomes U+FFFD */
};

/* Whether the byte at `at` of a text that is looked for stands in the field's value as it is. A letter outside ASCII
 * may be folded into one of it; U+FFFD may be what was made of a bad byte. Line ends part values for a matcher. */
static bool is_kept(str text, size_t at, const struct source *source, bool ignores_case)
{
    unsigned char c = (unsigned char)text.data[at];
    return c != '\n' && (c < 0x80 || !(ignores_case || source->replaces_bad));
}

/* The longest part of a text without wildcards (if it has any) that a value has to hold as it is. */
static str longest_run(str text, bool has_wildcards, const struct source *source, bool ignores_case)
{
    str best = STR_EMPTY;
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        bool is_wildcard = has_wildcards && i < text.len && (text.data[i] == '%' || text.data[i] == '_');
        if (i == text.len || is_wildcard || !is_kept(text, i, source, ignores_case)) {
            str run = str_slice(text, start, i);
            best = run.len > best.len ? run : best;
            start = i + 1;
        }
    }
    return best;
}

/* What stands around the run in a pattern of LIKE, as far as the next %. */
static void add_surroundings(struct literal *literal, str pattern)
{
    size_t start = (size_t)(literal->text.data - pattern.data);
    size_t end = start + literal->text.len;
    size_t from = start;
    size_t to = end;
    while (from > 0 && pattern.data[from - 1] != '%') {
        from--;
    }
    while (to < pattern.len && pattern.data[to] != '%') {
        to++;
    }
    literal->before = str_slice(pattern, from, start);
    literal->behind = str_slice(pattern, end, to);
    literal->is_first = from == 0;
    literal->is_last = to == pattern.len;
}

/* The field whose value, or whose value in other case, the expression gives. */
static bool text_of_field(const struct expression *expression, struct source *ret_source)
{
    *ret_source = (struct source){0};
    while (expression->kind == EXPRESSION_CALL && expression->operand_count == 1) {
        str name = str_from_cstring(expression->function->names[0]);
        bool folds = str_eq(name, STR("LOWER")) || str_eq(name, STR("UPPER"));
        if (!folds && !str_eq(name, STR("UTF8"))) {
            return false;
        }
        ret_source->folds |= folds;
        ret_source->replaces_bad |= !folds;
        expression = expression->operands[0];
    }
    ret_source->field = expression->field;
    return expression->kind == EXPRESSION_FIELD;
}

static bool cover_text(struct literal_list *list, const struct expression *value, str text, bool ignores_case,
                       bool is_whole)
{
    struct source source;
    if (!text_of_field(value, &source)) {
        return false;
    }
    struct literal literal = {.field = source.field, .ignores_case = ignores_case || source.folds};
    literal.text = longest_run(text, !is_whole, &source, literal.ignores_case);
    literal.is_whole = is_whole && literal.text.len == text.len;
    if (literal.is_whole) {
        literal.is_first = true;
        literal.is_last = true;
    } else if (!is_whole && literal.text.len > 0) {
        add_surroundings(&literal, text);
    }
    return literal.text.len > 0 && list_add(list, literal);
}

static bool cover_regex(struct literal_list *list, const struct expression *expression)
{
    struct source source;
    struct required_literals required;
    if (!text_of_field(expression->operands[0], &source)) {
        return false;
    }
    if (!required_literals_find(expression->pattern, expression->ignores_case, list->arena, &required)) {
        list->is_failed = true;
        return false;
    }
    for (uint32_t i = 0; i < required.count; i++) {
        struct literal literal = {
            .field = source.field, .ignores_case = required.ignores_case || source.folds, .text = required.texts[i]};
        if (!list_add(list, literal)) {
            return false;
        }
    }
    return required.count > 0;
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
        if (best.count == 0 || part_length > best_length || (part_length == best_length && part.count < best.count)) {
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
    for (int side = 0; expression->operator== OPERATOR_EQUAL && side<2; side++) {
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
               cover_text(list, expression->operands[0], expression->pattern, expression->ignores_case, false);
    case EXPRESSION_REGEX:
        return cover_regex(list, expression);
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
    bool is_more = other->is_whole || other->is_first || other->is_last || other->before.len + other->behind.len > 0;
    if (literal->field != other->field || is_more || (literal->ignores_case && !other->ignores_case)) {
        return false;
    }
    return other->ignores_case ? holds_ignoring_case(literal->text, other->text)
                               : str_find(literal->text, other->text, 0) != SIZE_MAX;
}

static bool is_same(const struct literal *a, const struct literal *b)
{
    return a->field == b->field && a->is_whole == b->is_whole && a->ignores_case == b->ignores_case &&
           a->is_first == b->is_first && a->is_last == b->is_last && str_eq(a->text, b->text) &&
           str_eq(a->before, b->before) && str_eq(a->behind, b->behind);
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
            is_needed = i == j || (is_twin ? i < j : !is_implied(&list->items[i], &list->items[j]));
        }
        if (is_needed) {
            struct literal literal = list->items[i];
            list->items[i] = list->items[kept];
            list->items[kept++] = literal;
        }
    }
    list->count = kept;
}

/* Literals of one expression; a count of 0 if there are none. */
static tocsin_status find_cover(const struct expression *expression, struct literal_list *list, struct error *err)
{
    bool has_cover = cover_expression(list, expression);
    if (list->is_failed) {
        return error_memory(err);
    }
    if (has_cover) {
        drop_implied(list);
    }
    list->count = has_cover ? list->count : 0;
    return TOCSIN_OK;
}

tocsin_status expression_literals(const struct expression *expression, struct arena *arena,
                                  struct literal **ret_literals, uint32_t *ret_count, struct error *err)
{
    struct literal_list list = {.arena = arena};
    tocsin_status status = find_cover(expression, &list, err);
    *ret_literals = list.items;
    *ret_count = status == TOCSIN_OK ? list.count : 0;
    return status;
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
            tocsin_status status = find_cover(parts[i][j], &list, err);
            if (status != TOCSIN_OK) {
                return status;
            }
            if (list.count > 0) {
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
