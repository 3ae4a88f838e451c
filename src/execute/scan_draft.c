#include "execute/scan_draft.h"

#include <stdlib.h>

#include "plan/literals.h"

struct drafter {
    const struct program_environment *environment;
    bool is_now_known;
    struct arena *arena;
    struct error *err;
    uint64_t steps;
    uint32_t tests;
    tocsin_status status; /* an error, or TOCSIN_OK */
    bool is_over;         /* LIMIT_SCAN_FILTER_STEPS or _TESTS */
};

struct draft_list {
    struct scan_draft **items;
    uint32_t count;
    uint32_t capacity;
};

static void fail_memory(struct drafter *drafter)
{
    drafter->status = error_memory(drafter->err);
}

static bool count_step(struct drafter *drafter)
{
    drafter->is_over |= ++drafter->steps > LIMIT_SCAN_FILTER_STEPS;
    return !drafter->is_over && drafter->status == TOCSIN_OK;
}

static bool list_add(struct drafter *drafter, struct draft_list *list, struct scan_draft *draft)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 8;
        struct scan_draft **grown = arena_array(drafter->arena, struct scan_draft *, capacity);
        if (!grown) {
            fail_memory(drafter);
            return false;
        }
        if (list->count > 0) {
            memcpy(grown, list->items, list->count * sizeof(*grown));
        }
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = draft;
    return true;
}

/* ---- what an expression reads ---- */

/* Whether its value depends on nothing but fields, and these are one at most: *field, FIELD_NONE for none so far. */
static bool reads_one_field(struct drafter *drafter, const struct expression *expression, field_id *field)
{
    if (!count_step(drafter) || expression->has_subquery || (expression->has_now && !drafter->is_now_known)) {
        return false;
    }
    if (expression->kind == EXPRESSION_FIELD) {
        bool is_same = *field == FIELD_NONE || *field == expression->field;
        *field = expression->field;
        return is_same;
    }
    bool is_one = true;
    for (uint32_t i = 0; is_one && expression->has_field && i < expression->operand_count; i++) {
        is_one = reads_one_field(drafter, expression->operands[i], field);
    }
    return is_one;
}

/* ---- ranges ---- */

struct range {
    bool is_known;
    bool is_exact; /* whatever lies within meets the expression */
    int64_t least;
    int64_t greatest;
};

static const struct range unknown_range = {.least = INT64_MIN, .greatest = INT64_MAX};

static struct range intersect(struct range a, struct range b)
{
    return (struct range){.is_known = a.is_known || b.is_known,
                          .is_exact = a.is_exact && b.is_exact,
                          .least = a.least > b.least ? a.least : b.least,
                          .greatest = a.greatest < b.greatest ? a.greatest : b.greatest};
}

static struct range hull(struct range a, struct range b)
{
    if (!a.is_known || !b.is_known) {
        return unknown_range;
    }
    return (struct range){.is_known = true,
                          .least = a.least < b.least ? a.least : b.least,
                          .greatest = a.greatest > b.greatest ? a.greatest : b.greatest};
}

/* The value of what reads no field; false if it has none. */
static bool constant_integer(struct drafter *drafter, const struct expression *expression, int64_t *ret)
{
    if (expression->has_field || expression->has_subquery || expression->type != TYPE_INT64 ||
        (expression->has_now && !drafter->is_now_known)) {
        return false;
    }
    struct program *program = NULL;
    struct error ignored = {0};
    struct batch none = {0};
    const uint16_t row = 0;
    const struct column *const *values = NULL;
    tocsin_status status = program_create_projection(drafter->environment, &expression, 1, &program, &ignored);
    status = status == TOCSIN_OK ? program_project(program, &none, &row, 1, &values, &ignored) : status;
    bool has_value = status == TOCSIN_OK && column_is_valid(values[0], 0);
    if (has_value) {
        *ret = column_integer(values[0], 0);
    }
    program_free(program);
    return has_value;
}

static enum syntax_operator negate(enum syntax_operator operator)
{
    switch (operator) {
    case OPERATOR_LESS:
        return OPERATOR_GREATER_EQUAL;
    case OPERATOR_LESS_EQUAL:
        return OPERATOR_GREATER;
    case OPERATOR_GREATER:
        return OPERATOR_LESS_EQUAL;
    case OPERATOR_GREATER_EQUAL:
        return OPERATOR_LESS;
    case OPERATOR_EQUAL:
        return OPERATOR_NOT_EQUAL;
    case OPERATOR_NOT_EQUAL:
        return OPERATOR_EQUAL;
    default:
        return operator;
    }
}

/* Of the values for which the comparison is true; what would wrap is left as wide as it is. */
static struct range range_of_compare(struct drafter *drafter, const struct expression *expression, bool is_negated)
{
    bool is_left = expression->operands[0]->kind == EXPRESSION_FIELD;
    const struct expression *field = expression->operands[is_left ? 0 : 1];
    const struct expression *bound = expression->operands[is_left ? 1 : 0];
    enum syntax_operator operator= is_left ? expression->operator: syntax_operator_mirrored(expression->operator);
    int64_t value;
    if (field->kind != EXPRESSION_FIELD || field->type != TYPE_INT64 || !constant_integer(drafter, bound, &value)) {
        return unknown_range;
    }
    struct range range = {.is_known = true, .is_exact = true, .least = INT64_MIN, .greatest = INT64_MAX};
    switch (is_negated ? negate(operator) : operator) {
    case OPERATOR_EQUAL:
        range.least = value;
        range.greatest = value;
        return range;
    case OPERATOR_LESS:
        range.is_exact = value > INT64_MIN;
        range.greatest = value > INT64_MIN ? value - 1 : value;
        return range;
    case OPERATOR_LESS_EQUAL:
        range.greatest = value;
        return range;
    case OPERATOR_GREATER:
        range.is_exact = value < INT64_MAX;
        range.least = value < INT64_MAX ? value + 1 : value;
        return range;
    case OPERATOR_GREATER_EQUAL:
        range.least = value;
        return range;
    default:
        return unknown_range;
    }
}

static struct range range_of(struct drafter *drafter, const struct expression *expression, bool is_negated)
{
    const struct value_set *set = expression->set;
    struct range range = unknown_range;
    switch (count_step(drafter) ? expression->kind : EXPRESSION_CONSTANT) {
    case EXPRESSION_NOT:
        return range_of(drafter, expression->operands[0], !is_negated);
    case EXPRESSION_COMPARE:
        return range_of_compare(drafter, expression, is_negated);
    case EXPRESSION_IN:
        if (set && set->type == TYPE_INT64 && set->count > 0 && !is_negated &&
            expression->operands[0]->kind == EXPRESSION_FIELD) {
            range = (struct range){true, false, set->integers[0], set->integers[set->count - 1]};
            range.is_exact = (uint64_t)range.greatest - (uint64_t)range.least == set->count - 1;
        }
        return range;
    case EXPRESSION_TRUTH:
        if (expression->operands[0]->kind == EXPRESSION_FIELD) {
            range = (struct range){true, true, !is_negated, !is_negated};
        }
        return range;
    case EXPRESSION_AND:
    case EXPRESSION_OR: {
        bool is_and = (expression->kind == EXPRESSION_AND) != is_negated;
        for (uint32_t i = 0; i < expression->operand_count; i++) {
            struct range part = range_of(drafter, expression->operands[i], is_negated);
            range = i == 0 ? part : is_and ? intersect(range, part) : hull(range, part);
        }
        return range;
    }
    default:
        return range;
    }
}

/* ---- expressions that say the same ---- */

static bool same_set(const struct value_set *a, const struct value_set *b)
{
    if (a == b || !a || !b) {
        return a == b;
    }
    if (a->type != b->type || a->count != b->count || a->has_null != b->has_null) {
        return false;
    }
    bool is_same = true;
    for (uint32_t i = 0; is_same && i < a->count; i++) {
        is_same = a->type == TYPE_STRING  ? str_eq(a->strings[i], b->strings[i])
                  : a->type == TYPE_INT64 ? a->integers[i] == b->integers[i]
                                          : false;
    }
    return is_same;
}

static bool same_constant(const struct value *a, const struct value *b)
{
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case TYPE_NULL:
        return true;
    case TYPE_BOOL:
        return a->boolean == b->boolean;
    case TYPE_INT64:
        return a->integer == b->integer;
    case TYPE_STRING:
        return str_eq(a->text, b->text);
    default:
        return false;
    }
}

/* False wherever it is not sure: what a function has prepared is not looked into. */
static bool same_expression(struct drafter *drafter, const struct expression *a, const struct expression *b)
{
    if (a == b) {
        return true;
    }
    if (!count_step(drafter) || a->kind != b->kind || a->type != b->type || a->operand_count != b->operand_count ||
        a->cost != b->cost ||
        a->operator!= b->operator|| a->field != b->field || a->function != b->function ||
        a->signature != b->signature || a->ignores_case != b->ignores_case || !str_eq(a->pattern, b->pattern) ||
        a->text_search != b->text_search || !same_constant(&a->constant, &b->constant) || !same_set(a->set, b->set)) {
        return false;
    }
    bool is_same = true;
    for (uint32_t i = 0; is_same && i < a->operand_count; i++) {
        is_same = same_expression(drafter, a->operands[i], b->operands[i]);
    }
    return is_same;
}

/* ---- tests ---- */

static struct expression *new_expression(struct drafter *drafter, enum expression_kind kind, uint32_t operand_count)
{
    struct expression *expression = arena_new(drafter->arena, struct expression);
    const struct expression **operands = arena_array(drafter->arena, const struct expression *, operand_count);
    if (!expression || !operands) {
        fail_memory(drafter);
        return NULL;
    }
    *expression = (struct expression){
        .kind = kind, .type = TYPE_BOOL, .has_field = true, .operand_count = operand_count, .operands = operands};
    return expression;
}

static struct scan_draft *new_test(struct drafter *drafter, field_id field, const struct expression *expression)
{
    struct scan_draft *draft = arena_new(drafter->arena, struct scan_draft);
    if (!draft) {
        fail_memory(drafter);
        return NULL;
    }
    *draft = (struct scan_draft){.kind = SCAN_TEST, .field = field, .expression = expression, .cost = expression->cost};
    return draft;
}

static struct scan_draft *negated_test(struct drafter *drafter, field_id field, const struct expression *expression)
{
    struct expression *negation = new_expression(drafter, EXPRESSION_NOT, 1);
    if (!negation) {
        return NULL;
    }
    negation->operands[0] = expression;
    negation->cost = expression->cost;
    return new_test(drafter, field, negation);
}

/* Tests of one field, drafts[first] and those marked, as one. */
static struct scan_draft *merge_tests(struct drafter *drafter, bool is_and, struct scan_draft **tests, uint32_t count)
{
    if (count == 1) {
        return tests[0];
    }
    struct expression *merged = new_expression(drafter, is_and ? EXPRESSION_AND : EXPRESSION_OR, count);
    if (!merged) {
        return NULL;
    }
    uint64_t cost = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool is_new = true;
        for (uint32_t j = 0; is_new && j < kept; j++) {
            is_new = !same_expression(drafter, merged->operands[j], tests[i]->expression);
        }
        if (is_new) {
            merged->operands[kept++] = tests[i]->expression;
            cost += tests[i]->cost;
        }
    }
    merged->operand_count = kept;
    merged->cost = cost < UINT32_MAX ? (uint32_t)cost : UINT32_MAX;
    return kept == 1 ? tests[0] : new_test(drafter, tests[0]->field, merged);
}

/* ---- AND and OR ---- */

static int compare_costs(const void *a, const void *b)
{
    const struct scan_draft *x = *(struct scan_draft *const *)a;
    const struct scan_draft *y = *(struct scan_draft *const *)b;
    if (x->cost != y->cost) {
        return x->cost < y->cost ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static struct scan_draft *new_node(struct drafter *drafter, enum scan_filter_kind kind, struct draft_list *list)
{
    if (list->count == 1) {
        return list->items[0];
    }
    struct scan_draft *draft = arena_new(drafter->arena, struct scan_draft);
    if (!draft) {
        fail_memory(drafter);
        return NULL;
    }
    *draft = (struct scan_draft){.kind = kind, .parts = list->items, .part_count = list->count};
    uint64_t cost = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        cost += list->items[i]->cost;
        list->items[i]->index = i;
    }
    draft->cost = cost < UINT32_MAX ? (uint32_t)cost : UINT32_MAX;
    qsort(list->items, list->count, sizeof(struct scan_draft *), compare_costs); /* the cheap ones first */
    return draft;
}

/* Parts of an AND (or OR), those of the same kind in it already taken out, become one draft: tests of the same field
   are merged. NULL if there are none. */
static struct scan_draft *combine(struct drafter *drafter, enum scan_filter_kind kind, struct draft_list *parts)
{
    struct draft_list merged = {0};
    struct draft_list same = {0};
    for (uint32_t i = 0; i < parts->count; i++) {
        struct scan_draft *part = parts->items[i];
        if (!part) {
            continue; /* taken */
        }
        if (part->kind != SCAN_TEST) {
            if (!list_add(drafter, &merged, part)) {
                return NULL;
            }
            continue;
        }
        same.count = 0;
        for (uint32_t j = i; j < parts->count; j++) {
            struct scan_draft *other = parts->items[j];
            if (other && other->kind == SCAN_TEST && other->field == part->field) {
                parts->items[j] = NULL;
                if (!list_add(drafter, &same, other)) {
                    return NULL;
                }
            }
        }
        part = merge_tests(drafter, kind == SCAN_AND, same.items, same.count);
        if (!part || !list_add(drafter, &merged, part)) {
            return NULL;
        }
    }
    return merged.count > 0 ? new_node(drafter, kind, &merged) : NULL;
}

/* Adds a draft, or its parts if it is of the same kind. */
static bool add_part(struct drafter *drafter, enum scan_filter_kind kind, struct draft_list *list,
                     struct scan_draft *draft)
{
    if (draft->kind != kind) {
        return list_add(drafter, list, draft);
    }
    bool is_good = true;
    for (uint32_t i = 0; is_good && i < draft->part_count; i++) {
        is_good = list_add(drafter, list, draft->parts[i]);
    }
    return is_good;
}

/* What is known of the rows for which the expression is true (or false): NULL for nothing. */
static struct scan_draft *draft_of(struct drafter *drafter, const struct expression *expression, bool is_negated)
{
    field_id field = FIELD_NONE;
    if (!count_step(drafter)) {
        return NULL;
    }
    if (reads_one_field(drafter, expression, &field)) {
        return field == FIELD_NONE ? NULL
               : is_negated        ? negated_test(drafter, field, expression)
                                   : new_test(drafter, field, expression);
    }
    if (expression->kind == EXPRESSION_NOT) {
        return draft_of(drafter, expression->operands[0], !is_negated);
    }
    if (expression->kind != EXPRESSION_AND && expression->kind != EXPRESSION_OR) {
        return NULL;
    }
    enum scan_filter_kind kind = (expression->kind == EXPRESSION_AND) != is_negated ? SCAN_AND : SCAN_OR;
    struct draft_list parts = {0};
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        struct scan_draft *part = draft_of(drafter, expression->operands[i], is_negated);
        if ((!part && kind == SCAN_OR) || (part && !add_part(drafter, kind, &parts, part))) {
            return NULL;
        }
    }
    return combine(drafter, kind, &parts);
}

/* ---- plans ---- */

static struct scan_draft *draft_of_plan(struct drafter *drafter, const struct plan *plan)
{
    struct draft_list parts = {0};
    for (uint32_t i = 0; i < plan->late_count + plan->early_count; i++) {
        const struct expression *part = i < plan->late_count ? plan->late[i] : plan->early[i - plan->late_count];
        struct scan_draft *draft = draft_of(drafter, part, false);
        if (draft && !add_part(drafter, SCAN_AND, &parts, draft)) {
            return NULL;
        }
    }
    return combine(drafter, SCAN_AND, &parts);
}

/* Of plans that read the log, this one and those within. False: one of them wants all rows. */
static bool add_plans(struct drafter *drafter, const struct plan *plan, const struct schema **schema,
                      struct draft_list *list)
{
    if (plan->source.kind == PLAN_SOURCE_LOG) {
        bool is_other = *schema && *schema != plan->schema;
        *schema = plan->schema;
        struct scan_draft *draft = is_other ? NULL : draft_of_plan(drafter, plan);
        if (!draft || !list_add(drafter, list, draft)) {
            return false;
        }
    }
    bool is_good = plan->source.kind != PLAN_SOURCE_PLAN || add_plans(drafter, plan->source.inner, schema, list);
    for (uint32_t i = 0; is_good && i < plan->subquery_count; i++) {
        is_good = add_plans(drafter, plan->subqueries[i].plan, schema, list);
    }
    return is_good;
}

/* The test of a field that the draft has as such, or as a part of its AND. */
static struct scan_draft *test_of_field(struct scan_draft *draft, field_id field)
{
    if (draft->kind == SCAN_TEST) {
        return draft->field == field ? draft : NULL;
    }
    for (uint32_t i = 0; draft->kind == SCAN_AND && i < draft->part_count; i++) {
        if (draft->parts[i]->kind == SCAN_TEST && draft->parts[i]->field == field) {
            return draft->parts[i];
        }
    }
    return NULL;
}

static bool add_common_test(struct drafter *drafter, const struct draft_list *plans, field_id field,
                            struct draft_list *common)
{
    struct draft_list tests = {0};
    for (uint32_t i = 0; i < plans->count; i++) {
        struct scan_draft *test = test_of_field(plans->items[i], field);
        if (!test) {
            return true;
        }
        if (!list_add(drafter, &tests, test)) {
            return false;
        }
    }
    struct scan_draft *merged = merge_tests(drafter, false, tests.items, tests.count);
    return merged && list_add(drafter, common, merged);
}

/* Many plans: of each field that all of them test, whether a value may please any. A weaker filter, but one pass over
   the values of a field instead of one for each plan. */
static struct scan_draft *draft_in_common(struct drafter *drafter, const struct draft_list *plans)
{
    struct draft_list common = {0};
    struct scan_draft *first = plans->items[0];
    uint32_t count = first->kind == SCAN_AND ? first->part_count : first->kind == SCAN_TEST;
    for (uint32_t i = 0; i < count; i++) {
        struct scan_draft *part = first->kind == SCAN_AND ? first->parts[i] : first;
        if (part->kind == SCAN_TEST && !add_common_test(drafter, plans, part->field, &common)) {
            return NULL;
        }
    }
    return common.count > 0 ? new_node(drafter, SCAN_AND, &common) : NULL;
}

static struct scan_draft *draft_of_plans(struct drafter *drafter, struct draft_list *plans)
{
    if (plans->count == 0) {
        return NULL;
    }
    if (plans->count > SCAN_FILTER_PLANS_EXACT) {
        return draft_in_common(drafter, plans);
    }
    struct draft_list parts = {0};
    for (uint32_t i = 0; i < plans->count; i++) {
        if (!add_part(drafter, SCAN_OR, &parts, plans->items[i])) {
            return NULL;
        }
    }
    return combine(drafter, SCAN_OR, &parts);
}

/* ---- what is known of each test ---- */

static void find_literals(struct drafter *drafter, struct scan_draft *draft)
{
    struct literal *literals = NULL;
    uint32_t count = 0;
    drafter->status = expression_literals(draft->expression, drafter->arena, &literals, &count, drafter->err);
    struct scan_literal *kept =
        drafter->status == TOCSIN_OK ? arena_array(drafter->arena, struct scan_literal, count + 1) : NULL;
    if (!kept) {
        drafter->status = drafter->status == TOCSIN_OK ? error_memory(drafter->err) : drafter->status;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        kept[i] = (struct scan_literal){literals[i].text, literals[i].ignores_case, literals[i].is_whole};
    }
    draft->literals = kept;
    draft->literal_count = count;
}

static void complete(struct drafter *drafter, struct scan_draft *draft)
{
    if (!count_step(drafter)) {
        return;
    }
    for (uint32_t i = 0; i < draft->part_count; i++) {
        complete(drafter, draft->parts[i]);
    }
    if (draft->kind != SCAN_TEST) {
        return;
    }
    struct range range = range_of(drafter, draft->expression, false);
    draft->has_range = range.is_known && (range.least > INT64_MIN || range.greatest < INT64_MAX);
    draft->is_range = draft->has_range && range.is_exact;
    draft->least = range.least;
    draft->greatest = range.greatest;
    drafter->is_over |= ++drafter->tests > LIMIT_SCAN_FILTER_TESTS;
    find_literals(drafter, draft);
}

tocsin_status scan_draft_create(const struct program_environment *environment,
                                const struct scan_filter_options *options, struct arena *arena,
                                struct scan_draft **ret_draft, uint32_t *ret_tests, const struct schema **ret_schema,
                                struct error *err)
{
    struct drafter drafter = {
        .environment = environment, .is_now_known = options->is_now_known, .arena = arena, .err = err};
    struct draft_list plans = {0};
    bool is_good = true;
    *ret_schema = NULL;
    for (size_t i = 0; is_good && i < options->plan_count; i++) {
        is_good = add_plans(&drafter, options->plans[i], ret_schema, &plans);
    }
    struct scan_draft *draft = is_good ? draft_of_plans(&drafter, &plans) : NULL;
    if (draft) {
        complete(&drafter, draft);
    }
    *ret_draft = drafter.is_over ? NULL : draft;
    *ret_tests = drafter.tests;
    return drafter.status;
}
