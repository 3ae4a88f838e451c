/* Fields that none of the log source types which WHERE selects ever fills. */
#include "lint/lint_internal.h"

enum { SELECTED_TYPES_MAX = 64 };

struct selection {
    int64_t types[SELECTED_TYPES_MAX];
    uint32_t count;
};

static bool type_of_constant(const struct lint *lint, const struct syntax_node *subject, enum value_domain domain,
                             const struct atom_constant *value, int64_t *ret_type)
{
    const struct log_source_table *table = lint->options->log_sources;
    if (lint_is_call(subject, "LOGSOURCETYPENAME")) {
        const struct log_source_type *type = log_source_type_find_name(table, value->text);
        *ret_type = type ? type->id : 0;
        return type != NULL;
    }
    if (domain == DOMAIN_LOG_SOURCE_TYPE && value->is_number) {
        *ret_type = value->number;
        return log_source_type_find(table, value->number) != NULL;
    }
    return false;
}

/* The types that one condition lets through; false if it says nothing about types, or names one that nobody knows. */
static bool types_of(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *condition,
                     struct selection *ret)
{
    struct atom atom;
    ret->count = 0;
    if (!lint_atom(lint, scope, condition, false, &atom) || atom.kind != ATOM_VALUES || atom.is_negated ||
        atom.value_count > SELECTED_TYPES_MAX) {
        return false;
    }
    enum value_domain domain = lint_value_of(lint, scope, atom.subject_node).domain;
    for (uint32_t i = 0; i < atom.value_count; i++) {
        if (!type_of_constant(lint, atom.subject_node, domain, &atom.values[i], &ret->types[ret->count++])) {
            return false;
        }
    }
    return ret->count > 0;
}

static bool find_selection(struct lint *lint, const struct lint_scope *scope, struct selection *ret)
{
    const struct syntax_node *where = scope->select->where;
    bool is_and = where->kind == SYNTAX_BINARY && where->operator == OPERATOR_AND;
    uint32_t count = is_and ? syntax_chain_length(where) : 1;
    const struct syntax_node **terms = arena_array(lint->arena, const struct syntax_node *, count);
    if (!terms) {
        lint->is_out_of_memory = true;
        return false;
    }
    if (is_and) {
        syntax_chain_terms(where, terms);
    } else {
        terms[0] = where;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool may_select =
            terms[i]->kind == SYNTAX_IN || (terms[i]->kind == SYNTAX_BINARY && terms[i]->operator == OPERATOR_EQUAL);
        if (may_select && types_of(lint, scope, terms[i], ret)) {
            return true;
        }
    }
    return false;
}

struct visit {
    struct lint *lint;
    const struct lint_scope *scope;
    const struct selection *selection;
    struct field_set seen;
};

static void visit(struct visit *visit_state, const struct syntax_node *node)
{
    struct lint *lint = visit_state->lint;
    for (uint32_t i = 0; i < node->operand_count; i++) {
        visit(visit_state, node->operands[i]);
    }
    field_id id = node->kind == SYNTAX_NAME ? lint_find_field(lint, visit_state->scope, node->text) : FIELD_NONE;
    const struct field *field = lint_field(lint, id);
    bool is_filled_by_formats = field && (field->kind == FIELD_CUSTOM_PROPERTY || id == FIELD_USERNAME);
    if (!is_filled_by_formats || field_set_has(&visit_state->seen, id)) {
        return;
    }
    field_set_add(&visit_state->seen, id);
    for (uint32_t i = 0; i < visit_state->selection->count; i++) {
        if (lint->options->fills(lint->options->fills_context, visit_state->selection->types[i], id) != 0) {
            return;
        }
    }
    struct diagnostic *found =
        lint_add(lint, "unfilled-field", node->offset, lint_token_end(lint, node),
                 "no log source type that WHERE selects fills \"%.*s\": it is null in every row", STR_ARG(field->name));
    lint_hint(lint, found, "docs/fields.md lists the fields of each log format");
}

void lint_unfilled_fields(struct lint *lint, const struct lint_scope *scope)
{
    struct selection selection;
    lint->clause = LINT_WHERE;
    if (!scope->select->where || scope->catalog != CATALOG_EVENTS || !lint->options->fills ||
        !lint->options->log_sources || !find_selection(lint, scope, &selection)) {
        return;
    }
    struct visit state = {.lint = lint, .scope = scope, .selection = &selection};
    visit(&state, scope->select->where);
    for (uint32_t i = 0; i < scope->select->item_count; i++) {
        visit(&state, scope->select->items[i].expression);
    }
}
