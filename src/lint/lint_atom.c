/* Conditions as subject, relation and constants. */
#include "lint/lint_internal.h"
#include "match/like.h"

static bool copy_key(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node, str *ret_key)
{
    struct strbuf key;
    strbuf_init(&key, 2 * LINT_KEY_BYTES_MAX);
    *ret_key = STR_EMPTY;
    bool is_good = true;
    if (lint_key(lint, scope, node, &key)) {
        *ret_key = arena_copy(lint->arena, strbuf_str(&key));
        is_good = ret_key->data != NULL;
    }
    strbuf_release(&key);
    lint->is_out_of_memory |= !is_good;
    return is_good;
}

/* LOWER(x) and UPPER(x) are x with less said about it. */
static const struct syntax_node *unwrap_case(struct lint *lint, const struct lint_scope *scope,
                                             const struct syntax_node *node, struct atom *atom)
{
    node = lint_resolve(lint, scope, node);
    if (node->kind == SYNTAX_CALL && node->operand_count == 1) {
        atom->is_lower = lint_is_call(node, "LOWER");
        atom->is_upper = lint_is_call(node, "UPPER");
        if (atom->is_lower || atom->is_upper) {
            atom->ignores_case = true;
            return lint_resolve(lint, scope, node->operands[0]);
        }
    }
    return node;
}

static bool is_constant(const struct syntax_node *node)
{
    int64_t ignored;
    return node->kind == SYNTAX_STRING || node->kind == SYNTAX_INTEGER || lint_constant_integer(node, &ignored);
}

static struct atom_constant constant_of(const struct syntax_node *node, bool is_number)
{
    struct atom_constant constant = {.is_number = is_number, .node = node};
    if (is_number) {
        constant.is_number = lint_constant_integer(node, &constant.number);
    } else {
        constant.text = node->text;
    }
    return constant;
}

/* Numbers and times compare as integers, text as bytes; of other types nothing is claimed. */
static bool comparable(const struct lint_value *value, const struct syntax_node *constant, bool *ret_is_number)
{
    int64_t ignored;
    *ret_is_number = value->type == TYPE_INT64;
    return value->type == TYPE_INT64    ? lint_constant_integer(constant, &ignored)
           : value->type == TYPE_STRING ? constant->kind == SYNTAX_STRING
                                        : false;
}

static bool set_subject(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                        struct atom *atom)
{
    atom->subject_node = unwrap_case(lint, scope, node, atom);
    return copy_key(lint, scope, atom->subject_node, &atom->subject);
}

static bool set_values(struct lint *lint, struct atom *atom, struct syntax_node *const *constants, uint32_t count,
                       bool is_number)
{
    atom->values = arena_array(lint->arena, struct atom_constant, count);
    if (!atom->values) {
        lint->is_out_of_memory = true;
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        atom->values[i] = constant_of(constants[i], is_number);
    }
    atom->kind = ATOM_VALUES;
    atom->value_count = count;
    return true;
}

static bool atom_of_constants(const struct syntax_node *left, enum syntax_operator operator,
                              const struct syntax_node * right, struct atom *atom)
{
    int64_t x;
    int64_t y;
    int order;
    if (left->kind == SYNTAX_STRING && right->kind == SYNTAX_STRING) {
        order = str_compare(left->text, right->text);
    } else if (lint_constant_integer(left, &x) && lint_constant_integer(right, &y)) {
        order = (x > y) - (x < y);
    } else {
        return false;
    }
    atom->kind = ATOM_CONSTANT;
    switch (operator) {
    case OPERATOR_EQUAL:
        atom->is_true = order == 0;
        break;
    case OPERATOR_LESS:
        atom->is_true = order < 0;
        break;
    case OPERATOR_LESS_EQUAL:
        atom->is_true = order <= 0;
        break;
    case OPERATOR_GREATER:
        atom->is_true = order > 0;
        break;
    default:
        atom->is_true = order >= 0;
        break;
    }
    return true;
}

static bool atom_of_comparison(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                               struct atom *atom)
{
    enum syntax_operator operator = node->operator;
    if (operator == OPERATOR_NOT_EQUAL) {
        operator = OPERATOR_EQUAL;
        atom->is_negated = !atom->is_negated;
    }
    const struct syntax_node *left = lint_resolve(lint, scope, node->operands[0]);
    const struct syntax_node *right = lint_resolve(lint, scope, node->operands[1]);
    if (is_constant(left) && is_constant(right)) {
        return atom_of_constants(left, operator, right, atom) || true;
    }
    if (is_constant(left)) {
        const struct syntax_node *swapped = left;
        left = right;
        right = swapped;
        operator = syntax_operator_mirrored(operator);
    }
    if (right->kind == SYNTAX_NULL && operator == OPERATOR_EQUAL && !lint->options->is_null_sql) {
        atom->kind = ATOM_IS_NULL;
        return set_subject(lint, scope, left, atom);
    }
    struct lint_value value = lint_value_of(lint, scope, left);
    bool is_number;
    if (!is_constant(right) || !comparable(&value, right, &is_number)) {
        return true;
    }
    if (operator == OPERATOR_EQUAL) {
        struct syntax_node *constant = (struct syntax_node *)right;
        return set_subject(lint, scope, left, atom) && set_values(lint, atom, &constant, 1, is_number);
    }
    int64_t bound;
    if (!is_number || !lint_constant_integer(right, &bound)) {
        return true;
    }
    atom->kind = ATOM_RANGE;
    atom->min = INT64_MIN;
    atom->max = INT64_MAX;
    bool is_strict = operator == OPERATOR_LESS || operator == OPERATOR_GREATER;
    if (operator == OPERATOR_LESS || operator == OPERATOR_LESS_EQUAL) {
        atom->max = is_strict && bound > INT64_MIN ? bound - 1 : bound;
    } else {
        atom->min = is_strict && bound < INT64_MAX ? bound + 1 : bound;
    }
    return set_subject(lint, scope, left, atom);
}

static bool atom_of_in(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                       struct atom *atom)
{
    struct lint_value value = lint_value_of(lint, scope, node->operands[0]);
    bool is_number = false;
    for (uint32_t i = 1; i < node->operand_count; i++) {
        if (!is_constant(node->operands[i]) || !comparable(&value, node->operands[i], &is_number)) {
            return true;
        }
    }
    return node->operand_count < 2 || (set_subject(lint, scope, node->operands[0], atom) &&
                                       set_values(lint, atom, node->operands + 1, node->operand_count - 1, is_number));
}

static bool has_wrong_letter(const struct atom *atom, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (atom->is_lower ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z') {
            return true;
        }
    }
    return false;
}

/* LOWER(x) = 'Abc' */
static bool has_impossible_case(const struct atom *atom)
{
    if (!atom->is_lower && !atom->is_upper) {
        return false;
    }
    if (atom->kind == ATOM_LIKE) {
        return atom->node->operator == OPERATOR_LIKE && has_wrong_letter(atom, atom->pattern);
    }
    bool are_all = atom->kind == ATOM_VALUES;
    for (uint32_t i = 0; i < atom->value_count && are_all; i++) {
        are_all = !atom->values[i].is_number && has_wrong_letter(atom, atom->values[i].text);
    }
    return are_all;
}

static bool build_atom(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                       bool is_negated, struct atom *ret_atom);

bool lint_atom(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node, bool is_negated,
               struct atom *ret_atom)
{
    bool is_good = build_atom(lint, scope, node, is_negated, ret_atom);
    ret_atom->is_impossible = is_good && has_impossible_case(ret_atom);
    return is_good;
}

static bool build_atom(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                       bool is_negated, struct atom *ret_atom)
{
    struct atom *atom = ret_atom;
    *atom = (struct atom){.node = node, .is_negated = is_negated};
    struct syntax_node plain = *node; /* a condition and its negation have one key */
    plain.is_negated = false;
    plain.operator = node->operator == OPERATOR_NOT_EQUAL ? OPERATOR_EQUAL : node->operator;
    if (!copy_key(lint, scope, &plain, &atom->key)) {
        return false;
    }
    bool is_like = node->kind == SYNTAX_BINARY && (node->operator == OPERATOR_LIKE || node->operator == OPERATOR_ILIKE);
    bool is_comparison =
        node->kind == SYNTAX_BINARY && node->operator >= OPERATOR_EQUAL && node->operator <= OPERATOR_GREATER_EQUAL;
    if (node->kind == SYNTAX_BOOLEAN) {
        atom->kind = ATOM_CONSTANT;
        atom->is_true = node->integer != 0;
        return true;
    }
    if (is_comparison) {
        return atom_of_comparison(lint, scope, node, atom);
    }
    if (node->is_negated) {
        atom->is_negated = !atom->is_negated;
    }
    if (is_like && node->operands[1]->kind == SYNTAX_STRING) {
        atom->kind = ATOM_LIKE;
        atom->pattern_node = node->operands[1];
        atom->pattern = node->operands[1]->text;
        bool is_good = set_subject(lint, scope, node->operands[0], atom);
        atom->ignores_case |= node->operator == OPERATOR_ILIKE;
        return is_good;
    }
    if (node->kind == SYNTAX_IN && !node->select) {
        return atom_of_in(lint, scope, node, atom);
    }
    if (node->kind == SYNTAX_IS_NULL) {
        atom->kind = ATOM_IS_NULL;
        return set_subject(lint, scope, node->operands[0], atom);
    }
    if (node->kind == SYNTAX_BETWEEN) {
        struct lint_value value = lint_value_of(lint, scope, node->operands[0]);
        if (value.type == TYPE_INT64 && lint_constant_integer(node->operands[1], &atom->min) &&
            lint_constant_integer(node->operands[2], &atom->max)) {
            atom->kind = ATOM_RANGE;
            return set_subject(lint, scope, node->operands[0], atom);
        }
    }
    return true;
}

/* ---- testing a value ---- */

static int test_values(const struct atom *atom, const struct atom_constant *value)
{
    for (uint32_t i = 0; i < atom->value_count; i++) {
        const struct atom_constant *own = &atom->values[i];
        if (own->is_number != value->is_number) {
            return -1;
        }
        bool is_folded = atom->is_lower || atom->is_upper;
        bool is_equal = own->is_number ? own->number == value->number
                        : is_folded ? !has_wrong_letter(atom, own->text) && str_eq_ignore_case(own->text, value->text)
                                    : str_eq(own->text, value->text);
        if (is_equal) {
            return 1;
        }
    }
    return 0;
}

int atom_test(struct lint *lint, const struct atom *atom, const struct atom_constant *value)
{
    int result = -1;
    if (atom->is_impossible) {
        return atom->is_negated;
    }
    switch (atom->kind) {
    case ATOM_VALUES:
        result = lint_spend(lint, atom->value_count) ? test_values(atom, value) : -1;
        break;
    case ATOM_LIKE:
        if (!value->is_number && lint_spend(lint, 1 + (atom->pattern.len + value->text.len) / 16)) {
            struct arena scratch;
            arena_init(&scratch, ARENA_NO_LIMIT);
            const struct like_pattern *pattern = like_compile(&scratch, atom->pattern, atom->ignores_case);
            result = pattern ? like_matches(pattern, value->text) : -1;
            arena_release(&scratch);
        }
        break;
    case ATOM_RANGE:
        result = value->is_number ? value->number >= atom->min && value->number <= atom->max : -1;
        break;
    case ATOM_IS_NULL:
        result = 0;
        break;
    case ATOM_CONSTANT:
        result = atom->is_true;
        break;
    case ATOM_OTHER:
        break;
    }
    return result < 0 ? -1 : atom->is_negated ? !result : result;
}
