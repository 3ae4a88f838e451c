/* Tests for null that say nothing, and negations that select rows without a value. */
#include "lint/lint_internal.h"

static void check_never_null(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    const struct lint_value value = lint_value_of(lint, scope, node->operands[0]);
    const struct field *field = lint_field(lint, value.field);
    if (!field || !lint_never_null(lint, value.field)) {
        return;
    }
    struct diagnostic *found = lint_add(lint, "never-null", node->offset_start, node->offset_end,
                                        "%.*s is never null, so this is %s for every row", STR_ARG(field->name),
                                        node->is_negated ? "true" : "false");
    if (field->type == TYPE_IP) {
        lint_hint(lint, found, "an address that is absent is '%s'", field->filler == 6 ? "0:0:0:0:0:0:0:0" : "0.0.0.0");
    } else if (field->domain == DOMAIN_MAC) {
        lint_hint(lint, found, "an address that is absent is '00:00:00:00:00:00'");
    } else if (field->domain == DOMAIN_PORT) {
        lint_hint(lint, found, "a port that is absent is 0");
    } else if (field->type == TYPE_STRING) {
        lint_hint(lint, found, "what is absent is '%.*s'", STR_ARG(field->filler_text));
    } else if (field->type == TYPE_INT64 && field->domain != DOMAIN_TIME_MS) {
        lint_hint(lint, found, "what is absent is %lld", (long long)field->filler);
    }
}

static void check_null_literal(struct lint *lint, const struct syntax_node *node)
{
    if (node->operands[1]->kind != SYNTAX_NULL) {
        return;
    }
    bool is_equal = node->operator == OPERATOR_EQUAL;
    struct diagnostic *found = lint_add(lint, "equals-null", node->offset, node->operands[1]->offset_end,
                                        lint->options->is_null_sql ? "a comparison with NULL is never true"
                                                                   : "whether %s NULL tests for null is not documented",
                                        is_equal ? "=" : "!=");
    lint_hint(lint, found, "write %s", is_equal ? "IS NULL" : "IS NOT NULL");
    lint_fix(lint, found, node->offset, node->operands[1]->offset_end, is_equal ? STR("IS NULL") : STR("IS NOT NULL"));
}

void lint_nulls(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    if (node->kind == SYNTAX_IS_NULL) {
        check_never_null(lint, scope, node);
    } else if (node->kind == SYNTAX_BINARY &&
               (node->operator == OPERATOR_EQUAL || node->operator == OPERATOR_NOT_EQUAL)) {
        check_null_literal(lint, node);
    }
}

/* ---- negations ---- */

/* A field that may be null, alone or in a function that gives null for it. */
static const struct field *nullable_field(const struct lint *lint, const struct lint_scope *scope,
                                          const struct syntax_node *node)
{
    node = lint_resolve(lint, scope, node);
    if (lint_is_call(node, "LOWER") || lint_is_call(node, "UPPER") || lint_is_call(node, "UTF8")) {
        node = node->operand_count == 1 ? lint_resolve(lint, scope, node->operands[0]) : node;
    }
    field_id id = lint_value_of(lint, scope, node).field;
    const struct field *field = lint_field(lint, id);
    return field && !lint_never_null(lint, id) && field->kind != FIELD_EXPRESSION && field->domain != DOMAIN_TIME_MS
               ? field
               : NULL;
}

/* The condition's place in the source and the column it is about; false if it is no comparison of a field. */
static const struct syntax_node *compared(const struct syntax_node *node)
{
    bool is_comparison =
        node->kind == SYNTAX_BINARY && node->operator >= OPERATOR_EQUAL && node->operator <= OPERATOR_IMATCHES;
    return is_comparison || node->kind == SYNTAX_IN || node->kind == SYNTAX_BETWEEN ? node->operands[0] : NULL;
}

void lint_negations(struct lint *lint, const struct lint_scope *scope, const struct atom *atoms, uint32_t count,
                    bool is_and)
{
    if (lint->options->is_null_sql || lint->clause != LINT_WHERE) {
        return;
    }
    bool is_seen[LIMIT_SCHEMA_FIELDS / 8] = {false}; /* by hash of the name; a collision keeps one remark back */
    if (is_and) {
        for (uint32_t i = 0; i < count; i++) { /* what holds beside it makes the field not null */
            const struct syntax_node *operand = atoms[i].kind == ATOM_IS_NULL ? atoms[i].node->operands[0]
                                                : atoms[i].is_negated         ? NULL
                                                                              : compared(atoms[i].node);
            const struct field *field = operand ? nullable_field(lint, scope, operand) : NULL;
            if (field) {
                is_seen[str_hash(field->name, 0) % countof(is_seen)] = true;
            }
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct syntax_node *operand = atoms[i].is_negated ? compared(atoms[i].node) : NULL;
        const struct field *field =
            operand && atoms[i].kind != ATOM_IS_NULL ? nullable_field(lint, scope, operand) : NULL;
        if (!field || is_seen[str_hash(field->name, 0) % countof(is_seen)]) {
            continue;
        }
        is_seen[str_hash(field->name, 0) % countof(is_seen)] = true;
        struct diagnostic *found =
            lint_add(lint, "not-over-null", atoms[i].node->offset_start, atoms[i].node->offset_end,
                     "rows without \"%.*s\" fit this, too", STR_ARG(field->name));
        lint_hint(lint, found, "to leave them out, add %.*s IS NOT NULL", STR_ARG(lint_shown(lint, operand)));
    }
}
