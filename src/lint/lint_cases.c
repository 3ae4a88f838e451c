/* CASE and IF: branches that an earlier one leaves nothing for. */
#include "lint/lint_internal.h"

/* Whatever fits `narrow` also fits `wide`. Never true wrongly. */
static bool atom_covers(struct lint *lint, const struct atom *wide, const struct atom *narrow)
{
    if (narrow->key.len > 0 && str_eq(wide->key, narrow->key)) {
        return wide->is_negated == narrow->is_negated;
    }
    if (narrow->subject.len == 0 || !str_eq(wide->subject, narrow->subject) || narrow->is_negated ||
        wide->is_impossible || narrow->is_impossible) {
        return false;
    }
    if (narrow->kind == ATOM_VALUES && !narrow->is_lower && !narrow->is_upper) {
        for (uint32_t i = 0; i < narrow->value_count; i++) {
            if (atom_test(lint, wide, &narrow->values[i]) != 1) {
                return false;
            }
        }
        return true;
    }
    if (wide->is_negated) {
        return false;
    }
    if (wide->kind == ATOM_RANGE && narrow->kind == ATOM_RANGE) {
        return wide->min <= narrow->min && wide->max >= narrow->max;
    }
    return wide->kind == ATOM_LIKE && narrow->kind == ATOM_LIKE &&
           lint_spend(lint, 1 + wide->pattern.len * narrow->pattern.len / 64) &&
           pattern_covers((struct like_text){wide->pattern, wide->ignores_case},
                          (struct like_text){narrow->pattern, narrow->ignores_case});
}

static void report(struct lint *lint, const struct syntax_node *later, const struct syntax_node *earlier)
{
    struct diagnostic *found =
        lint_add(lint, "unreachable-when", later->offset_start, later->offset_end,
                 "no row gets here: WHEN %.*s stands before it", STR_ARG(lint_shown(lint, earlier)));
    lint_hint(lint, found, "the first WHEN that is true counts; the narrower one comes first");
}

/* CASE x WHEN 1 THEN .. WHEN 1 THEN .. */
static void check_values(struct lint *lint, const struct syntax_node *node)
{
    uint32_t count = (node->operand_count - 1 - node->has_else) / 2;
    for (uint32_t i = 1; i < count; i++) {
        const struct syntax_node *later = node->operands[1 + 2 * (size_t)i];
        for (uint32_t j = 0; j < i && lint_spend(lint, 1); j++) {
            const struct syntax_node *earlier = node->operands[1 + 2 * (size_t)j];
            if (syntax_expression_same(earlier, later) && later->operand_count == 0) {
                report(lint, later, earlier);
                break;
            }
        }
    }
}

void lint_case(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    if (node->kind != SYNTAX_CASE) {
        return;
    }
    if (node->has_operand) {
        check_values(lint, node);
        return;
    }
    uint32_t count = (node->operand_count - node->has_else) / 2;
    struct atom *atoms = arena_array(lint->arena, struct atom, count);
    if (!atoms) {
        lint->is_out_of_memory = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool is_negated = false;
        const struct syntax_node *condition = node->operands[2 * (size_t)i];
        while (condition->kind == SYNTAX_UNARY && condition->operator == OPERATOR_NOT) {
            is_negated = !is_negated;
            condition = condition->operands[0];
        }
        if (!lint_atom(lint, scope, condition, is_negated, &atoms[i])) {
            return;
        }
        for (uint32_t j = 0; j < i && lint_spend(lint, 1); j++) {
            if (atom_covers(lint, &atoms[j], &atoms[i])) {
                report(lint, node->operands[2 * (size_t)i], node->operands[2 * (size_t)j]);
                break;
            }
        }
    }
}
