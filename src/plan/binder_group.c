/* GROUP BY, aggregates and HAVING. What is bound here stands between two kinds of rows: keys and the arguments of
 * aggregates read source rows; everything selected, filtered and sorted behind them reads grouped rows.
 * To know in linear time whether an expression is a key, equal expressions become one `term`: names by what they mean,
 * whatever their case, quotes and parentheses. */
#include <stdio.h>

#include "plan/binder.h"

enum coverage { COVERAGE_UNKNOWN, COVERAGE_YES, COVERAGE_NO };

struct term {
    uint64_t hash;
    enum syntax_kind kind;
    const struct syntax_node *node; /* one of those it stands for; NULL: a field as such */
    field_id field;                 /* of a name; FIELD_NONE */
    const struct term **operands;
    uint32_t operand_count;
    bool is_opaque;     /* equal to nothing else: a sub-select, a column of the answer */
    bool has_aggregate; /* or is a column of the answer */
    enum coverage coverage;
    uint32_t key;       /* index + 1, or 0 */
    uint32_t aggregate; /* of the call; index + 1, or 0 */
    uint32_t first;     /* of the term's first value; index + 1, or 0 */
};

struct node_slot {
    const struct syntax_node *node;
    struct term *term;
};

struct grouping {
    struct term **terms; /* open addressing by hash */
    size_t term_capacity;
    size_t term_count;
    struct node_slot *nodes; /* open addressing by address */
    size_t node_capacity;
    size_t node_count;
    struct term **item_terms; /* by select item */
    uint32_t aggregate_capacity;
};

/* ---- aggregates in a syntax tree ---- */

static const struct function_def *find_aggregate(const struct syntax_node *node)
{
    if (node->kind != SYNTAX_CALL || node->name_space.len > 0) {
        return NULL;
    }
    const struct function_def *function = function_find(node->text);
    return function && function->aggregate != AGGREGATE_NONE ? function : NULL;
}

bool syntax_is_aggregate(const struct syntax_node *node)
{
    return find_aggregate(node) != NULL;
}

bool syntax_has_aggregate(const struct syntax_node *node)
{
    if (syntax_is_aggregate(node)) {
        return true;
    }
    for (uint32_t i = 0; i < node->operand_count; i++) {
        if (syntax_has_aggregate(node->operands[i])) {
            return true;
        }
    }
    return false;
}

tocsin_status bind_misplaced_aggregate(struct binder *binder, str name, size_t offset)
{
    static const struct {
        const char *place, *hint;
    } places[] = {
        [CLAUSE_SELECT] = {"here", "an aggregate stands in SELECT, HAVING or ORDER BY"},
        [CLAUSE_WHERE] = {"in WHERE, which is tested before rows are grouped",
                          "put it behind GROUP BY: HAVING COUNT(*) > 10"},
        [CLAUSE_GROUP] = {"in GROUP BY: it is known only when rows are grouped",
                          "group by fields, or by functions of fields; HAVING tests aggregates"},
        [CLAUSE_HAVING] = {"here", "an aggregate stands in SELECT, HAVING or ORDER BY"},
        [CLAUSE_ORDER] = {"here", "an aggregate stands in SELECT, HAVING or ORDER BY"},
        [CLAUSE_SESSION] = {"in SESSION BY, which stands before grouping", "HAVING tests aggregates"},
        [CLAUSE_TIME] = {"in the time clause", "write a time: '2026-11-23 02:50', or NOW() - 3600000"},
    };
    tocsin_status status;
    if (binder->aggregate) {
        status =
            bind_error(binder, TOCSIN_ERROR_TYPE, offset, "the aggregate %.*s cannot stand inside the aggregate %s",
                       STR_ARG(str_slice(name, 0, 120)), binder->aggregate);
        error_hint(binder->err, "aggregate in a sub-select first: SELECT MAX(n) FROM (SELECT COUNT(*) AS n ... GROUP BY"
                                " ...)");
        binder->error_code = "misplaced-aggregate";
        return status;
    }
    status = bind_error(binder, TOCSIN_ERROR_TYPE, offset, "the aggregate %.*s cannot stand %s",
                        STR_ARG(str_slice(name, 0, 120)), places[binder->clause].place);
    error_hint(binder->err, "%s", places[binder->clause].hint);
    binder->error_code = "misplaced-aggregate";
    return status;
}

/* ---- terms ------------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return str_hash_mix(hash * 0x9e3779b97f4a7c15u + value);
}

static uint64_t hash_text(uint64_t hash, str text, bool ignores_case)
{
    hash = mix(hash, text.len);
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)(ignores_case ? ascii_lower(text.data[i]) : text.data[i])) * 0x100000001b3u;
    }
    return hash;
}

static uint64_t hash_term(const struct term *term)
{
    const struct syntax_node *node = term->node;
    uint64_t hash = mix(mix(term->kind, term->field), (uintptr_t)(term->is_opaque ? node : NULL));
    if (term->kind != SYNTAX_NAME) {
        uint64_t bits;
        memcpy(&bits, &node->number, sizeof(bits));
        hash = mix(mix(hash, (uint64_t)node->operator), (uint64_t)node->integer);
        hash = mix(mix(hash, bits),
                   (uint64_t)node->is_negated | (uint64_t)node->has_operand << 1 | (uint64_t)node->has_else << 2);
        hash = hash_text(hash_text(hash, node->text, node->kind == SYNTAX_CALL), node->name_space, true);
    }
    for (uint32_t i = 0; i < term->operand_count; i++) {
        hash = mix(hash, (uintptr_t)term->operands[i]);
    }
    return hash;
}

static bool same_leaf(const struct syntax_node *a, const struct syntax_node *b)
{
    return a->operator == b->operator&& a->integer == b->integer &&
               memcmp(&a->number, &b->number, sizeof(a->number)) == 0 &&
           a->is_negated == b->is_negated && a->has_operand == b->has_operand && a->has_else == b->has_else &&
           (a->kind == SYNTAX_CALL ? str_eq_ignore_case(a->text, b->text) : str_eq(a->text, b->text)) &&
           str_eq_ignore_case(a->name_space, b->name_space);
}

static bool same_term(const struct term *a, const struct term *b)
{
    if (a->hash != b->hash || a->kind != b->kind || a->field != b->field || a->operand_count != b->operand_count ||
        a->is_opaque != b->is_opaque || (a->is_opaque && a->node != b->node) ||
        (a->kind != SYNTAX_NAME && !same_leaf(a->node, b->node))) {
        return false;
    }
    return a->operand_count == 0 || memcmp(a->operands, b->operands, a->operand_count * sizeof(*a->operands)) == 0;
}

static bool grow_terms(struct binder *binder)
{
    struct grouping *grouping = binder->grouping;
    if (grouping->term_count * 2 < grouping->term_capacity) {
        return true;
    }
    size_t capacity = grouping->term_capacity ? grouping->term_capacity * 2 : 64;
    struct term **terms = arena_array(binder->arena, struct term *, capacity);
    if (!terms) {
        return false;
    }
    for (size_t i = 0; i < grouping->term_capacity; i++) {
        if (grouping->terms[i]) {
            size_t probe = grouping->terms[i]->hash & (capacity - 1);
            while (terms[probe]) {
                probe = (probe + 1) & (capacity - 1);
            }
            terms[probe] = grouping->terms[i];
        }
    }
    grouping->terms = terms;
    grouping->term_capacity = capacity;
    return true;
}

/* The term that is equal to `made`, which becomes it if there is none. NULL when out of memory. */
static struct term *intern(struct binder *binder, struct term *made)
{
    struct grouping *grouping = binder->grouping;
    made->hash = hash_term(made);
    if (!grow_terms(binder)) {
        return NULL;
    }
    size_t probe = made->hash & (grouping->term_capacity - 1);
    while (grouping->terms[probe] && !same_term(grouping->terms[probe], made)) {
        probe = (probe + 1) & (grouping->term_capacity - 1);
    }
    if (!grouping->terms[probe]) {
        grouping->terms[probe] = made;
        grouping->term_count++;
    }
    return grouping->terms[probe];
}

static struct node_slot *node_slot(struct node_slot *nodes, size_t capacity, const struct syntax_node *node)
{
    size_t probe = mix(0, (uintptr_t)node) & (capacity - 1);
    while (nodes[probe].node && nodes[probe].node != node) {
        probe = (probe + 1) & (capacity - 1);
    }
    return &nodes[probe];
}

static bool remember(struct binder *binder, const struct syntax_node *node, struct term *term)
{
    struct grouping *grouping = binder->grouping;
    if (grouping->node_count * 2 >= grouping->node_capacity) {
        size_t capacity = grouping->node_capacity ? grouping->node_capacity * 2 : 128;
        struct node_slot *nodes = arena_array(binder->arena, struct node_slot, capacity);
        if (!nodes) {
            return false;
        }
        for (size_t i = 0; i < grouping->node_capacity; i++) {
            if (grouping->nodes[i].node) {
                *node_slot(nodes, capacity, grouping->nodes[i].node) = grouping->nodes[i];
            }
        }
        grouping->nodes = nodes;
        grouping->node_capacity = capacity;
    }
    *node_slot(grouping->nodes, grouping->node_capacity, node) = (struct node_slot){node, term};
    grouping->node_count++;
    return true;
}

static struct term *field_term(struct binder *binder, field_id field)
{
    struct term *term = arena_new(binder->arena, struct term);
    if (!term) {
        return NULL;
    }
    term->kind = SYNTAX_NAME;
    term->field = field;
    return intern(binder, term);
}

static struct term *new_term(struct binder *binder, const struct syntax_node *node);

/* NULL when out of memory. */
static struct term *term_of(struct binder *binder, const struct syntax_node *node)
{
    struct grouping *grouping = binder->grouping;
    if (grouping->node_capacity > 0) {
        struct term *known = node_slot(grouping->nodes, grouping->node_capacity, node)->term;
        if (known) {
            return known;
        }
    }
    struct term *term = new_term(binder, node);
    return term && remember(binder, node, term) ? term : NULL;
}

static struct term *opaque_term(struct binder *binder, const struct syntax_node *node, bool has_aggregate)
{
    struct term *term = arena_new(binder->arena, struct term);
    if (!term) {
        return NULL;
    }
    term->kind = SYNTAX_NAME;
    term->node = node;
    term->field = FIELD_NONE;
    term->is_opaque = true;
    term->has_aggregate = has_aggregate;
    return intern(binder, term);
}

static struct term *name_term(struct binder *binder, const struct syntax_node *node)
{
    struct resolution meaning = resolve_name(binder, node->text);
    switch (meaning.kind) {
    case RESOLVED_FIELD:
        return field_term(binder, meaning.field);
    case RESOLVED_ITEM:
        return binder->grouping->item_terms[meaning.item];
    default:
        /* A parameter stands for an argument, which is bound over grouped rows already. */
        return opaque_term(binder, node, meaning.kind == RESOLVED_OUTPUT || meaning.kind == RESOLVED_PARAMETER);
    }
}

static struct term *new_term(struct binder *binder, const struct syntax_node *node)
{
    field_id field;
    if (node->kind == SYNTAX_NAME) {
        return name_term(binder, node);
    }
    if (node->kind == SYNTAX_BINARY && node->operator == OPERATOR_SUBTRACT &&
                                       resolve_hyphenated_property(binder, node, &field)) {
        return field_term(binder, field);
    }
    struct term *term = arena_new(binder->arena, struct term);
    const struct term **operands =
        node->operand_count ? arena_array(binder->arena, const struct term *, node->operand_count) : NULL;
    if (!term || (node->operand_count && !operands)) {
        return NULL;
    }
    term->kind = node->kind;
    term->node = node;
    term->field = FIELD_NONE;
    term->operands = operands;
    term->is_opaque = node->select != NULL;
    term->has_aggregate = syntax_is_aggregate(node);
    binder->call_depth += node->kind == SYNTAX_CALL;
    for (; term->operand_count < node->operand_count; term->operand_count++) {
        const struct term *operand = term_of(binder, node->operands[term->operand_count]);
        if (!operand) {
            break;
        }
        operands[term->operand_count] = operand;
        term->has_aggregate |= operand->has_aggregate;
    }
    binder->call_depth -= node->kind == SYNTAX_CALL;
    return term->operand_count == node->operand_count ? intern(binder, term) : NULL;
}

/* Made of keys and constants alone: computed from the grouped row, which costs one evaluation a group, not one a row.
 */
static bool is_covered(struct term *term)
{
    if (term->coverage == COVERAGE_UNKNOWN) {
        bool is_covered_here = term->key != 0 || term->kind != SYNTAX_NAME;
        for (uint32_t i = 0; is_covered_here && term->key == 0 && i < term->operand_count; i++) {
            is_covered_here = is_covered((struct term *)term->operands[i]);
        }
        term->coverage = is_covered_here ? COVERAGE_YES : COVERAGE_NO;
    }
    return term->coverage == COVERAGE_YES;
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

tocsin_status bind_group_begin(struct binder *binder)
{
    struct plan_group *group = arena_new(binder->arena, struct plan_group);
    struct grouping *grouping = arena_new(binder->arena, struct grouping);
    struct term **item_terms = arena_array(binder->arena, struct term *, binder->select->item_count);
    if (!group || !grouping || !item_terms) {
        return error_memory(binder->err);
    }
    binder->plan->group = group;
    binder->grouping = grouping;
    grouping->item_terms = item_terms;
    for (uint32_t i = 0; i < binder->select->item_count; i++) {
        const struct syntax_item *item = &binder->select->items[i];
        binder->items_visible = i;
        if (item->expression->kind == SYNTAX_STAR) {
            continue;
        }
        item_terms[i] = term_of(binder, item->expression);
        if (!item_terms[i]) {
            return error_memory(binder->err);
        }
        binder->items[i].has_aggregate = item_terms[i]->has_aggregate;
    }
    return TOCSIN_OK;
}

static tocsin_status constant_key(struct binder *binder, const struct syntax_node *node)
{
    tocsin_status status = bind_error(binder, TOCSIN_ERROR_TYPE, node->offset, "GROUP BY a constant groups nothing");
    error_hint(binder->err, "name a column or an alias; AQL does not count columns by position");
    return status;
}

static tocsin_status bind_key(struct binder *binder, const struct syntax_node *written)
{
    struct plan_group *group = binder->plan->group;
    const struct syntax_node *node = resolve_quoted_alias(binder, written);
    if (!node) {
        return error_memory(binder->err);
    }
    if (node->kind == SYNTAX_STRING || node->kind == SYNTAX_INTEGER || node->kind == SYNTAX_DOUBLE) {
        return constant_key(binder, node);
    }
    const struct expression *key = NULL;
    tocsin_status status = bind_expression(binder, node, &key);
    if (status == TOCSIN_OK && key->type == TYPE_NULL) {
        status = bind_convert(binder, key, TYPE_STRING, node->offset_start, &key);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    struct term *term = term_of(binder, node);
    if (!term) {
        return error_memory(binder->err);
    }
    if (term->key == 0) {
        group->keys[group->key_count++] = key;
        term->key = group->key_count;
    }
    return TOCSIN_OK;
}

tocsin_status bind_group_keys(struct binder *binder)
{
    struct plan_group *group = binder->plan->group;
    binder->clause = CLAUSE_GROUP;
    group->keys = arena_array(binder->arena, const struct expression *, binder->select->group_count);
    if (!group->keys) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < binder->select->group_count; i++) {
        const struct syntax_node *node = binder->select->group[i];
        tocsin_status status = bind_tolerate(binder, bind_key(binder, node), node);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

/* ---- grouped rows ------------------------------------------------------------------------------------------------ */

static tocsin_status group_field(struct binder *binder, uint32_t index, enum value_type type, enum value_domain domain,
                                 const struct expression **ret_expression)
{
    if (index >= LIMIT_SCHEMA_FIELDS) {
        return bind_error(binder, TOCSIN_ERROR_LIMIT, binder->node ? binder->node->offset_start : 0,
                          "more than %d keys and aggregates", LIMIT_SCHEMA_FIELDS);
    }
    struct expression *node = expression_new(binder, EXPRESSION_FIELD, type, 0);
    if (!node) {
        return error_memory(binder->err);
    }
    node->field = (field_id)index;
    node->domain = domain;
    expression_seal(node);
    field_set_add(&binder->plan->group->fields, node->field);
    *ret_expression = node;
    return TOCSIN_OK;
}

static tocsin_status key_field(struct binder *binder, uint32_t index, const struct expression **ret_expression)
{
    const struct expression *key = binder->plan->group->keys[index];
    return group_field(binder, index, key->type, key->domain, ret_expression);
}

static enum value_domain aggregate_domain(const struct plan_aggregate *aggregate)
{
    bool is_row_value = aggregate->kind == AGGREGATE_FIRST || aggregate->kind == AGGREGATE_LAST;
    return is_row_value ? aggregate->argument->domain : DOMAIN_NONE;
}

static tocsin_status aggregate_field(struct binder *binder, uint32_t index, const struct expression **ret_expression)
{
    const struct plan_group *group = binder->plan->group;
    const struct plan_aggregate *aggregate = &group->aggregates[index];
    return group_field(binder, group->key_count + index, aggregate->type, aggregate_domain(aggregate), ret_expression);
}

static tocsin_status add_aggregate(struct binder *binder, const struct plan_aggregate *aggregate, uint32_t *ret_number)
{
    struct plan_group *group = binder->plan->group;
    struct grouping *grouping = binder->grouping;
    if (group->aggregate_count == grouping->aggregate_capacity) {
        uint32_t capacity = grouping->aggregate_capacity ? grouping->aggregate_capacity * 2 : 16;
        struct plan_aggregate *grown = arena_array(binder->arena, struct plan_aggregate, capacity);
        if (!grown) {
            return error_memory(binder->err);
        }
        if (group->aggregate_count > 0) {
            memcpy(grown, group->aggregates, group->aggregate_count * sizeof(*grown));
        }
        group->aggregates = grown;
        grouping->aggregate_capacity = capacity;
    }
    group->aggregates[group->aggregate_count++] = *aggregate;
    *ret_number = group->aggregate_count;
    return TOCSIN_OK;
}

/* Over source rows: the argument of an aggregate, or what the first value is taken of. */
static tocsin_status bind_over_source(struct binder *binder, const struct syntax_node *node, const char *aggregate,
                                      const struct expression **ret_expression)
{
    const char *outer = binder->aggregate;
    binder->rows = ROWS_SOURCE;
    binder->aggregate = aggregate;
    tocsin_status status = bind_expression(binder, node, ret_expression);
    binder->aggregate = outer;
    binder->rows = ROWS_GROUPED;
    if (status == TOCSIN_OK && (*ret_expression)->type == TYPE_NULL) {
        status = bind_convert(binder, *ret_expression, TYPE_STRING, node->offset_start, ret_expression);
    }
    return status;
}

static tocsin_status first_value(struct binder *binder, struct term *term, const struct expression *argument,
                                 const struct syntax_node *syntax, const struct expression **ret_expression)
{
    if (term->first == 0) {
        struct plan_aggregate aggregate = {
            .kind = AGGREGATE_FIRST, .syntax = syntax, .argument = argument, .type = argument->type};
        tocsin_status status = add_aggregate(binder, &aggregate, &term->first);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return aggregate_field(binder, term->first - 1, ret_expression);
}

tocsin_status bind_grouped_field(struct binder *binder, field_id field, const struct expression **ret_expression)
{
    struct term *term = field_term(binder, field);
    if (!term) {
        return error_memory(binder->err);
    }
    if (term->key) {
        return key_field(binder, term->key - 1, ret_expression);
    }
    const struct expression *argument = NULL;
    binder->rows = ROWS_SOURCE;
    tocsin_status status = bind_field(binder, field, &argument);
    binder->rows = ROWS_GROUPED;
    return status == TOCSIN_OK ? first_value(binder, term, argument, binder->node, ret_expression) : status;
}

bool expression_is_first_value(const struct binder *binder, const struct expression *expression)
{
    const struct plan_group *group = binder->plan->group;
    return binder->rows == ROWS_GROUPED && expression->kind == EXPRESSION_FIELD &&
           expression->field >= group->key_count &&
           group->aggregates[expression->field - group->key_count].kind == AGGREGATE_FIRST;
}

/* ---- aggregates -------------------------------------------------------------------------------------------------- */

static bool is_number(enum value_type type)
{
    return type == TYPE_INT64 || type == TYPE_DOUBLE;
}

/* SUM and its kin need a number; text that is none counts as null. MIN and MAX order everything but raw bytes. */
static tocsin_status aggregate_argument(struct binder *binder, struct plan_aggregate *aggregate, const char *name,
                                        size_t offset)
{
    enum value_type type = aggregate->argument->type;
    aggregate->type = TYPE_DOUBLE;
    switch (aggregate->kind) {
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
    case AGGREGATE_STDEV:
    case AGGREGATE_STDEVP:
        if (is_number(type)) {
            return TOCSIN_OK;
        }
        if (type != TYPE_STRING && type != TYPE_BOOL) {
            tocsin_status status = bind_wrong_type(binder, offset, type, "Double");
            error_hint(binder->err, "%s takes numbers; COUNT and UNIQUECOUNT take everything", name);
            return status;
        }
        if (type == TYPE_STRING && aggregate->argument->has_field) {
            bind_remark(binder, "text-as-number", DIAGNOSTIC_WARNING, binder->node,
                        "%s of text: what is no number does not count", name);
        }
        return bind_convert(binder, aggregate->argument, type == TYPE_BOOL ? TYPE_INT64 : TYPE_DOUBLE, offset,
                            &aggregate->argument);
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
        if (type == TYPE_BYTES) {
            return bind_wrong_type(binder, offset, type, "String");
        }
        aggregate->type = is_number(type) ? TYPE_DOUBLE : type;
        return TOCSIN_OK;
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST:
        aggregate->type = type;
        return TOCSIN_OK;
    default:
        return TOCSIN_OK;
    }
}

static tocsin_status bind_aggregate(struct binder *binder, const struct syntax_node *node,
                                    const struct function_def *function, struct term *term,
                                    const struct expression **ret_expression)
{
    if (term->aggregate) {
        return aggregate_field(binder, term->aggregate - 1, ret_expression);
    }
    bool counts_rows = node->operand_count == 0 && function->aggregate == AGGREGATE_COUNT; /* COUNT() is seen, too */
    if (node->operand_count != 1 && !counts_rows) {
        tocsin_status status = bind_error(binder, TOCSIN_ERROR_TYPE, node->offset, "%s takes 1 argument, not %u",
                                          function->names[0], node->operand_count);
        error_hint(binder->err, "example: %s", function->example);
        return status;
    }
    const struct syntax_node *argument = counts_rows ? NULL : node->operands[0];
    struct plan_aggregate aggregate = {.kind = function->aggregate, .syntax = node, .type = TYPE_DOUBLE};
    bool is_star = counts_rows || argument->kind == SYNTAX_STAR;
    if (is_star && aggregate.kind != AGGREGATE_COUNT) {
        tocsin_status status =
            bind_error(binder, TOCSIN_ERROR_TYPE, argument->offset, "%s(*) has no meaning", function->names[0]);
        error_hint(binder->err, "name a column; only COUNT takes *");
        return status;
    }
    tocsin_status status = TOCSIN_OK;
    if (is_star) {
        aggregate.kind = AGGREGATE_COUNT_ROWS;
    } else {
        binder->call_depth++;
        status = bind_over_source(binder, argument, function->names[0], &aggregate.argument);
        binder->call_depth--;
        if (status == TOCSIN_OK) {
            status = aggregate_argument(binder, &aggregate, function->names[0], argument->offset_start);
        }
    }
    struct term *value = is_star ? NULL : (struct term *)term->operands[0];
    if (status == TOCSIN_OK && aggregate.kind == AGGREGATE_FIRST) {
        status = first_value(binder, value, aggregate.argument, node, ret_expression);
        term->aggregate = value->first;
        return status;
    }
    if (status == TOCSIN_OK) {
        status = add_aggregate(binder, &aggregate, &term->aggregate);
    }
    return status == TOCSIN_OK ? aggregate_field(binder, term->aggregate - 1, ret_expression) : status;
}

/* HAVING tests the values of a group one by one; what is selected keeps the finished value instead, since that is
   smaller than what it is made of (UTF8(payload) ILIKE '%x%'). */
static bool is_taken_apart(const struct binder *binder, const struct syntax_node *node)
{
    return binder->clause == CLAUSE_HAVING &&
           (node->kind == SYNTAX_IS_NULL || node->kind == SYNTAX_BETWEEN || node->kind == SYNTAX_IN ||
            (node->kind == SYNTAX_BINARY && node->operator >= OPERATOR_EQUAL) ||
            (node->kind == SYNTAX_UNARY && node->operator == OPERATOR_NOT));
}

tocsin_status bind_grouped(struct binder *binder, const struct syntax_node *node,
                           const struct expression **ret_expression)
{
    struct term *term = term_of(binder, node);
    if (!term) {
        return error_memory(binder->err);
    }
    if (term->key) {
        return key_field(binder, term->key - 1, ret_expression);
    }
    const struct function_def *aggregate = find_aggregate(node);
    if (aggregate) {
        return bind_aggregate(binder, node, aggregate, term, ret_expression);
    }
    if (term->has_aggregate || is_covered(term) || is_taken_apart(binder, node)) {
        return bind_node(binder, node, ret_expression);
    }
    const struct expression *value = NULL;
    tocsin_status status = bind_over_source(binder, node, NULL, &value);
    if (status != TOCSIN_OK || !value->has_field) { /* NOW() is the same for all */
        *ret_expression = value;
        return status;
    }
    return first_value(binder, term, value, node, ret_expression);
}

tocsin_status bind_having(struct binder *binder)
{
    const struct syntax_node *having = binder->select->having;
    if (!having) {
        return TOCSIN_OK;
    }
    binder->clause = CLAUSE_HAVING;
    return bind_tolerate(binder, bind_predicate(binder, having, &binder->plan->group->having), having);
}

/* ---- the schema of grouped rows ---------------------------------------------------------------------------------- */

static str description_of(const struct binder *binder, const struct syntax_node *syntax)
{
    return syntax ? str_slice(binder->text, syntax->offset_start, syntax->offset_end) : STR_EMPTY;
}

tocsin_status bind_group_end(struct binder *binder)
{
    enum { NAME_BYTES = 24 };
    struct plan_group *group = binder->plan->group;
    size_t count = (size_t)group->key_count + group->aggregate_count;
    struct field *columns = arena_array(binder->arena, struct field, count);
    char *names = arena_allocate(binder->arena, count * NAME_BYTES + 1, 1);
    if (!columns || !names) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < count; i++) {
        char *name = names + (size_t)i * NAME_BYTES;
        bool is_key = i < group->key_count;
        const struct plan_aggregate *aggregate = is_key ? NULL : &group->aggregates[i - group->key_count];
        const struct expression *key = is_key ? group->keys[i] : NULL;
        int bytes = snprintf(name, NAME_BYTES, is_key ? "key %u" : "aggregate %u",
                             (unsigned)(is_key ? i + 1 : i - group->key_count + 1));
        columns[i] = (struct field){
            .name = {name, (size_t)bytes},
            .type = is_key ? key->type : aggregate->type,
            .domain = is_key ? key->domain : aggregate_domain(aggregate),
            .is_unnamed = true,
            .description = description_of(binder, is_key ? key->syntax : aggregate->syntax),
        };
    }
    return schema_create_derived(columns, count, &group->schema, binder->err);
}
