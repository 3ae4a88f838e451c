#include "plan/binder.h"

#include <stdlib.h>

#include "base/memory.h"

bool expression_is_predicate(const struct expression *expression)
{
    return expression->kind >= EXPRESSION_COMPARE;
}

tocsin_status bind_truth(struct binder *binder, const struct expression *expression, size_t offset,
                         const struct expression **ret_expression)
{
    if (expression_is_predicate(expression)) {
        *ret_expression = expression;
        return TOCSIN_OK;
    }
    const struct expression *boolean = expression;
    if (expression->type != TYPE_BOOL) {
        if (expression->type != TYPE_NULL) {
            tocsin_status status = bind_error(binder, TOCSIN_ERROR_TYPE, offset,
                                              "a condition is needed here, and this is a value of type %.*s",
                                              STR_ARG(value_type_name(expression->type)));
            error_hint(binder->err, "compare it with something: ... = 1, ... IS NOT NULL");
            return status;
        }
        tocsin_status status = bind_convert(binder, expression, TYPE_BOOL, offset, &boolean);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    struct expression *node = expression_new(binder, EXPRESSION_TRUTH, TYPE_BOOL, 1);
    if (!node) {
        return error_memory(binder->err);
    }
    node->operands[0] = boolean;
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

tocsin_status bind_not(struct binder *binder, const struct expression *operand,
                       const struct expression **ret_expression)
{
    struct expression *node = expression_new(binder, EXPRESSION_NOT, TYPE_BOOL, 1);
    if (!node) {
        return error_memory(binder->err);
    }
    node->operands[0] = operand;
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

static bool is_null_literal(const struct expression *expression)
{
    return expression->kind == EXPRESSION_CONSTANT && expression->constant.type == TYPE_NULL;
}

static tocsin_status is_null_node(struct binder *binder, const struct expression *operand,
                                  const struct expression **ret_expression)
{
    struct expression *node = expression_new(binder, EXPRESSION_IS_NULL, TYPE_BOOL, 1);
    if (!node) {
        return error_memory(binder->err);
    }
    node->operands[0] = operand;
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

/* LOGSOURCETYPENAME(x) = 'an alias': the constant becomes the canonical name (aql-reference 5.6; QRadar calls
   "Kubernetes Audit Log" "Kubernetes Auditing"). */
static bool is_log_source_type_name(const struct expression *expression)
{
    return expression->kind == EXPRESSION_CALL && strcmp(expression->function->names[0], "LOGSOURCETYPENAME") == 0;
}

static void resolve_type_alias(struct binder *binder, const struct expression *side, struct value *constant)
{
    if (!is_log_source_type_name(side) || constant->type != TYPE_STRING || !binder->options->log_sources) {
        return;
    }
    const struct log_source_type *type = log_source_type_find_name(binder->options->log_sources, constant->text);
    if (type) {
        constant->text = type->name;
    }
}

static tocsin_status resolve_alias_operand(struct binder *binder, const struct expression *side,
                                           const struct expression **constant)
{
    if ((*constant)->kind != EXPRESSION_CONSTANT || (*constant)->constant.type != TYPE_STRING) {
        return TOCSIN_OK;
    }
    struct value value = (*constant)->constant;
    resolve_type_alias(binder, side, &value);
    return bind_constant(binder, value, constant);
}

tocsin_status bind_compare_nodes(struct binder *binder, enum syntax_operator operator, const struct expression * left,
                                 const struct expression *right, size_t offset,
                                 const struct expression **ret_expression)
{
    bool is_equality = operator == OPERATOR_EQUAL || operator == OPERATOR_NOT_EQUAL;
    /* x = NULL and x <> NULL are null tests in two-valued logic (aql-reference 3.3). */
    if (is_equality && !binder->options->is_null_sql && (is_null_literal(left) || is_null_literal(right))) {
        tocsin_status status = is_null_node(binder, is_null_literal(right) ? left : right, ret_expression);
        if (status == TOCSIN_OK && operator == OPERATOR_NOT_EQUAL) {
            status = bind_not(binder, *ret_expression, ret_expression);
        }
        return status;
    }
    tocsin_status status = bind_comparable(binder, &left, &right, offset);
    if (status == TOCSIN_OK && is_equality) {
        status = resolve_alias_operand(binder, left, &right);
    }
    if (status == TOCSIN_OK && is_equality) {
        status = resolve_alias_operand(binder, right, &left);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    /* != is NOT (=), so that one kernel and one null rule serve both. */
    struct expression *node = expression_new(binder, EXPRESSION_COMPARE, TYPE_BOOL, 2);
    if (!node) {
        return error_memory(binder->err);
    }
    node->operator = operator == OPERATOR_NOT_EQUAL ? OPERATOR_EQUAL : operator;
    node->operands[0] = left;
    node->operands[1] = right;
    expression_seal(node);
    *ret_expression = node;
    return operator == OPERATOR_NOT_EQUAL ? bind_not(binder, node, ret_expression) : TOCSIN_OK;
}

/* ---- LIKE, MATCHES ---- */

static tocsin_status like_node(struct binder *binder, const struct expression *value, const struct expression *pattern,
                               bool ignores_case, const struct expression **ret_expression)
{
    bool is_constant = pattern->kind == EXPRESSION_CONSTANT && pattern->constant.type == TYPE_STRING;
    struct expression *node = expression_new(binder, EXPRESSION_LIKE, TYPE_BOOL, is_constant ? 1 : 2);
    if (!node) {
        return error_memory(binder->err);
    }
    node->operands[0] = value;
    node->ignores_case = ignores_case;
    if (is_constant) {
        node->pattern = pattern->constant.text;
        node->like = like_compile(binder->arena, pattern->constant.text, ignores_case);
        if (!node->like) {
            return error_memory(binder->err);
        }
    } else {
        node->operands[1] = pattern;
    }
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

static void regex_release(void *object)
{
    regex_free(object);
}

static tocsin_status regex_node(struct binder *binder, const struct expression *value, const struct syntax_node *syntax,
                                const struct expression *pattern, const struct expression **ret_expression)
{
    if (pattern->kind != EXPRESSION_CONSTANT || pattern->constant.type != TYPE_STRING) {
        return bind_error(binder, TOCSIN_ERROR_UNSUPPORTED, syntax->offset,
                          "the pattern of MATCHES must be a constant string");
    }
    struct expression *node = expression_new(binder, EXPRESSION_REGEX, TYPE_BOOL, 1);
    struct regex *regex = NULL;
    if (!node) {
        return error_memory(binder->err);
    }
    struct regex_options options = {.ignores_case = syntax->operator == OPERATOR_IMATCHES,
                                    .is_full = binder->options->matches_full};
    tocsin_status status = regex_compile(pattern->constant.text, options, &regex, binder->err);
    if (status != TOCSIN_OK) {
        error_position(binder->err, binder->source_name, binder->text, syntax->operands[1]->offset);
        return status;
    }
    status = binder->prepare.defer_free(&binder->prepare, regex_release, regex);
    if (status != TOCSIN_OK) {
        return error_memory(binder->err);
    }
    node->operands[0] = value;
    node->regex = regex;
    node->pattern = pattern->constant.text;
    node->ignores_case = options.ignores_case;
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

static tocsin_status bind_string_operand(struct binder *binder, const struct syntax_node *node,
                                         const struct expression **ret_expression)
{
    const struct expression *value = NULL;
    tocsin_status status = bind_expression(binder, node, &value);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (value->type != TYPE_STRING && value->type != TYPE_NULL) {
        return bind_wrong_type(binder, node->offset_start, value->type, "String");
    }
    return bind_convert(binder, value, TYPE_STRING, node->offset_start, ret_expression);
}

static tocsin_status bind_enumeration(struct binder *binder, const struct expression *value,
                                      const struct syntax_node *patterns, bool ignores_case,
                                      const struct expression **ret_expression)
{
    const struct expression **parts = arena_array(binder->arena, const struct expression *, patterns->operand_count);
    if (!parts) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < patterns->operand_count; i++) {
        const struct expression *pattern = NULL;
        tocsin_status status = bind_string_operand(binder, patterns->operands[i], &pattern);
        if (status == TOCSIN_OK) {
            status = like_node(binder, value, pattern, ignores_case, &parts[i]);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return bind_conjunction(binder, EXPRESSION_OR, parts, patterns->operand_count, ret_expression);
}

tocsin_status bind_pattern(struct binder *binder, const struct syntax_node *node,
                           const struct expression **ret_expression)
{
    const struct expression *value = NULL;
    tocsin_status status = bind_string_operand(binder, node->operands[0], &value);
    if (status != TOCSIN_OK) {
        return status;
    }
    bool is_like = node->operator == OPERATOR_LIKE || node->operator == OPERATOR_ILIKE;
    bool ignores_case = node->operator == OPERATOR_ILIKE || node->operator == OPERATOR_IMATCHES;
    const struct expression *pattern = NULL;
    if (node->operands[1]->kind == SYNTAX_ENUMERATION) {
        status = bind_enumeration(binder, value, node->operands[1], ignores_case, ret_expression);
    } else {
        binder->value = node->operands[1];
        status = bind_string_operand(binder, node->operands[1], &pattern);
        if (status == TOCSIN_OK) {
            status = is_like ? like_node(binder, value, pattern, ignores_case, ret_expression)
                             : regex_node(binder, value, node, pattern, ret_expression);
        }
    }
    if (status == TOCSIN_OK && node->is_negated) {
        status = bind_not(binder, *ret_expression, ret_expression);
    }
    return status;
}

/* ---- IN, BETWEEN, IS NULL ---- */

static int compare_integers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}
static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}
static int compare_strings(const void *a, const void *b)
{
    return str_compare(*(const str *)a, *(const str *)b);
}
static int compare_ips(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct ip));
}

static void set_sort(struct value_set *set)
{
    switch (set->type) {
    case TYPE_INT64:
        qsort(set->integers, set->count, sizeof(int64_t), compare_integers);
        break;
    case TYPE_DOUBLE:
        qsort(set->doubles, set->count, sizeof(double), compare_doubles);
        break;
    case TYPE_STRING:
        qsort(set->strings, set->count, sizeof(str), compare_strings);
        break;
    case TYPE_IP:
        qsort(set->ips, set->count, sizeof(struct ip), compare_ips);
        break;
    default:
        break;
    }
}

static bool set_add(struct value_set *set, const struct value *value)
{
    switch (set->type) {
    case TYPE_INT64:
        set->integers[set->count++] = value->integer;
        return true;
    case TYPE_DOUBLE:
        set->doubles[set->count++] = value->number;
        return true;
    case TYPE_STRING:
        set->strings[set->count++] = value->text;
        return true;
    case TYPE_IP:
        set->ips[set->count++] = value->ip;
        return true;
    default:
        return false;
    }
}

/* The constants of one comparison type as a set node, or NULL in *ret if there are none. */
static tocsin_status set_node(struct binder *binder, const struct expression *value,
                              const struct expression **constants, uint32_t count,
                              const struct expression **ret_expression)
{
    struct value_set *set = arena_new(binder->arena, struct value_set);
    struct expression *node = expression_new(binder, EXPRESSION_IN, TYPE_BOOL, 1);
    void *storage = arena_allocate(binder->arena, (size_t)count * sizeof(str), 16);
    if (!set || !node || !storage) {
        return error_memory(binder->err);
    }
    set->type = value->type;
    set->integers = storage;
    for (uint32_t i = 0; i < count; i++) {
        struct value constant = constants[i]->constant;
        resolve_type_alias(binder, value, &constant);
        bool is_added = set_add(set, &constant);
        (void)is_added;
    }
    set_sort(set);
    node->operands[0] = value;
    node->set = set;
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

static bool fits_set(const struct expression *value, const struct expression *element)
{
    return element->kind == EXPRESSION_CONSTANT && element->constant.type == value->type &&
           (value->type == TYPE_INT64 || value->type == TYPE_DOUBLE || value->type == TYPE_STRING ||
            value->type == TYPE_IP);
}

tocsin_status bind_in(struct binder *binder, const struct syntax_node *node, const struct expression **ret_expression)
{
    if (node->select) {
        const struct expression *tested = NULL;
        tocsin_status bound = bind_expression(binder, node->operands[0], &tested);
        bound = bound == TOCSIN_OK ? bind_in_subquery(binder, node, tested, ret_expression) : bound;
        return bound == TOCSIN_OK && node->is_negated ? bind_not(binder, *ret_expression, ret_expression) : bound;
    }
    uint32_t count = node->operand_count - 1;
    const struct expression **constants = arena_array(binder->arena, const struct expression *, count);
    const struct expression **parts = arena_array(binder->arena, const struct expression *, count + 1u);
    const struct expression *value = NULL;
    if (!constants || !parts) {
        return error_memory(binder->err);
    }
    tocsin_status status = bind_expression(binder, node->operands[0], &value);
    const struct expression *written = value;
    uint32_t constant_count = 0;
    uint32_t part_count = 0;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        const struct syntax_node *element_syntax = node->operands[i + 1];
        const struct expression *element = NULL;
        binder->value = element_syntax;
        status = bind_expression(binder, element_syntax, &element);
        if (status != TOCSIN_OK) {
            break;
        }
        if (value->type == TYPE_NULL && element->type != TYPE_NULL) { /* an unknown field: a set does, too */
            status = bind_convert(binder, value, element->type, element_syntax->offset_start, &value);
        }
        bool is_unknown = written->type == TYPE_NULL && element->type != value->type;
        const struct expression *left = is_unknown ? written : value;
        const struct expression *right = element;
        if (element->type != TYPE_NULL) {
            status = bind_comparable(binder, &left, &right, element_syntax->offset_start);
        }
        if (status != TOCSIN_OK) {
            break;
        }
        if (left == value && fits_set(value, right)) {
            constants[constant_count++] = right;
        } else {
            status = bind_compare_nodes(binder, OPERATOR_EQUAL, is_unknown ? written : value, element,
                                        element_syntax->offset_start, &parts[part_count++]);
        }
    }
    if (status == TOCSIN_OK && constant_count > 0) {
        status = set_node(binder, value, constants, constant_count, &parts[part_count++]);
    }
    if (status == TOCSIN_OK) {
        status = bind_conjunction(binder, EXPRESSION_OR, parts, part_count, ret_expression);
    }
    if (status == TOCSIN_OK && node->is_negated) {
        status = bind_not(binder, *ret_expression, ret_expression);
    }
    return status;
}

tocsin_status bind_between(struct binder *binder, const struct syntax_node *node,
                           const struct expression **ret_expression)
{
    const struct expression *operands[3] = {NULL, NULL, NULL};
    const struct expression *parts[2] = {NULL, NULL};
    tocsin_status status = TOCSIN_OK;
    for (int i = 0; status == TOCSIN_OK && i < 3; i++) {
        status = bind_expression(binder, node->operands[i], &operands[i]);
    }
    if (status == TOCSIN_OK) {
        status = bind_compare_nodes(binder, OPERATOR_GREATER_EQUAL, operands[0], operands[1], node->offset, &parts[0]);
    }
    if (status == TOCSIN_OK) {
        status = bind_compare_nodes(binder, OPERATOR_LESS_EQUAL, operands[0], operands[2], node->offset, &parts[1]);
    }
    if (status == TOCSIN_OK) {
        status = bind_conjunction(binder, EXPRESSION_AND, parts, 2, ret_expression);
    }
    if (status == TOCSIN_OK && node->is_negated) {
        status = bind_not(binder, *ret_expression, ret_expression);
    }
    return status;
}

tocsin_status bind_is_null(struct binder *binder, const struct syntax_node *node,
                           const struct expression **ret_expression)
{
    const struct expression *operand = NULL;
    tocsin_status status = bind_expression(binder, node->operands[0], &operand);
    if (status == TOCSIN_OK) {
        status = is_null_node(binder, operand, ret_expression);
    }
    if (status == TOCSIN_OK && node->is_negated) {
        status = bind_not(binder, *ret_expression, ret_expression);
    }
    return status;
}
