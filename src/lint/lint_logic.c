/* Conditions that are never or always true: alone, and with what stands beside them. */
#include <stdio.h>
#include <stdlib.h>

#include "lint/lint_internal.h"

static struct diagnostic *add_constant(struct lint *lint, const struct atom *atom, bool is_true, const char *reason)
{
    return lint_add(lint, is_true ? "always-true" : "never-true", atom->node->offset_start, atom->node->offset_end,
                    "this is %s true: %s", is_true ? "always" : "never", reason);
}

/* ---- one condition ---- */

static void check_bounds(struct lint *lint, const struct lint_scope *scope, const struct atom *atom)
{
    struct lint_value value = lint_value_of(lint, scope, atom->subject_node);
    if (!value.has_bounds || atom->is_lower || atom->is_upper) {
        return;
    }
    int all_or_none = -1;
    if (atom->kind == ATOM_RANGE) {
        all_or_none = atom->min > value.max || atom->max < value.min     ? 0
                      : atom->min <= value.min && atom->max >= value.max ? 1
                                                                         : -1;
    } else if (atom->kind == ATOM_VALUES) {
        all_or_none = 0;
        for (uint32_t i = 0; i < atom->value_count; i++) {
            int64_t number = atom->values[i].number;
            if (!atom->values[i].is_number || (number >= value.min && number <= value.max)) {
                all_or_none = -1;
            }
        }
    }
    if (all_or_none < 0) {
        return;
    }
    char reason[200];
    str shown = lint_shown(lint, atom->subject_node);
    if (value.max == INT64_MAX) {
        snprintf(reason, sizeof(reason), "%.*s is %lld or more", STR_ARG(shown), (long long)value.min);
    } else {
        snprintf(reason, sizeof(reason), "%.*s is %lld to %lld", STR_ARG(shown), (long long)value.min,
                 (long long)value.max);
    }
    add_constant(lint, atom, (all_or_none == 1) != atom->is_negated, reason);
}

/* Fields of a few values only. */
static void check_known_values(struct lint *lint, const struct lint_scope *scope, const struct atom *atom)
{
    static const char *const directions[] = {"L2L", "L2R", "R2L", "R2R"};
    const struct field *field = lint_field(lint, lint_value_of(lint, scope, atom->subject_node).field);
    if (atom->kind != ATOM_VALUES || !field || field->kind != FIELD_BUILT_IN || atom->ignores_case ||
        !(str_eq(field->name, STR("eventdirection")) || str_eq(field->name, STR("flowdirection")))) {
        return;
    }
    for (uint32_t i = 0; i < atom->value_count; i++) {
        for (size_t j = 0; j < countof(directions); j++) {
            if (str_eq(atom->values[i].text, str_from_cstring(directions[j]))) {
                return;
            }
        }
    }
    add_constant(lint, atom, atom->is_negated, "a direction is L2L, L2R, R2L or R2R");
}

static void check_between(struct lint *lint, const struct syntax_node *node)
{
    const struct syntax_node *low = node->operands[1];
    const struct syntax_node *high = node->operands[2];
    int64_t from;
    int64_t to;
    bool are_numbers = lint_constant_integer(low, &from) && lint_constant_integer(high, &to);
    bool are_texts = !are_numbers && low->kind == SYNTAX_STRING && high->kind == SYNTAX_STRING;
    if (!(are_numbers && from > to) && !(are_texts && str_compare(low->text, high->text) > 0)) {
        return;
    }
    struct diagnostic *found = lint_add(lint, "between-reversed", low->offset_start, high->offset_end,
                                        "nothing is between a higher and a lower bound");
    lint_hint(lint, found, "the lower bound comes first");
    struct strbuf text;
    strbuf_init(&text, 4096);
    strbuf_append(&text, aql_expression_text(lint->text, high));
    strbuf_append(&text, str_slice(lint->text, low->offset_end, high->offset_start));
    strbuf_append(&text, aql_expression_text(lint->text, low));
    if (!text.is_failed) {
        lint_fix(lint, found, low->offset_start, high->offset_end, strbuf_str(&text));
    }
    strbuf_release(&text);
}

/* STRPOS counts from 0, so "> 0" misses what stands at the front. */
static void check_strpos(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    int64_t bound;
    if (node->kind != SYNTAX_BINARY ||
        node->operator != OPERATOR_GREATER || !lint_is_call(lint_resolve(lint, scope, node->operands[0]), "STRPOS") ||
        !lint_constant_integer(node->operands[1], &bound) || bound != 0) {
        return;
    }
    struct diagnostic *found = lint_add(lint, "strpos-from-zero", node->offset, node->operands[1]->offset_end,
                                        "STRPOS counts from 0: what the value starts with is at 0, and left out here");
    lint_hint(lint, found, "write >= 0, or > -1");
}

/* '10' < '9' */
static void check_text_order(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    int64_t number;
    if (node->kind != SYNTAX_BINARY ||
        node->operator<OPERATOR_LESS || node->operator > OPERATOR_GREATER_EQUAL || node->operands[1]->kind !=
        SYNTAX_STRING || !str_to_i64(node->operands[1]->text, &number) ||
        lint_value_of(lint, scope, node->operands[0]).type != TYPE_STRING ||
        lint_resolve(lint, scope, node->operands[0])->kind == SYNTAX_STRING) {
        return;
    }
    struct diagnostic *found = lint_add(lint, "text-order", node->offset, node->operands[1]->offset_end,
                                        "texts are compared letter by letter: '10' comes before '9'");
    lint_hint(lint, found, "write LONG(%.*s) %.*s %lld", STR_ARG(lint_shown(lint, node->operands[0])),
              STR_ARG(syntax_operator_text(node->operator)), (long long)number);
}

static void check_atom(struct lint *lint, const struct lint_scope *scope, const struct atom *atom)
{
    if (atom->kind == ATOM_CONSTANT) {
        add_constant(lint, atom, atom->is_true != atom->is_negated, "there is no field in it");
        return;
    }
    if (atom->node->kind == SYNTAX_BETWEEN) {
        check_between(lint, atom->node);
        if (atom->min > atom->max) {
            return;
        }
    }
    if (atom->is_impossible) {
        add_constant(lint, atom, atom->is_negated,
                     atom->is_lower ? "LOWER() leaves no capital letters" : "UPPER() leaves no small letters");
        return;
    }
    if (atom->subject.len > 0) {
        check_bounds(lint, scope, atom);
        check_known_values(lint, scope, atom);
    }
    check_strpos(lint, scope, atom->node);
    check_text_order(lint, scope, atom->node);
}

/* ---- conditions side by side ---- */

/* The conditions of one AND about one subject, in the order written. */
struct group {
    struct lint *lint;
    const struct atom **atoms;
    uint32_t count;
};

static void add_conflict(struct lint *lint, const struct atom *first, const struct atom *second, bool is_true)
{
    if (first->node->offset_start > second->node->offset_start) {
        const struct atom *swapped = first;
        first = second;
        second = swapped;
    }
    lint_add(lint, is_true ? "always-true" : "never-true", second->node->offset_start, second->node->offset_end,
             is_true ? "always true together with %.*s" : "never true together with %.*s",
             STR_ARG(lint_shown(lint, first->node)));
}

/* Which other condition leaves no value of the list; NULL: one is left. */
static const struct atom *find_excluder(const struct group *group, const struct atom *list)
{
    const struct atom *excluder = NULL;
    for (uint32_t v = 0; v < list->value_count; v++) {
        bool is_left = true;
        for (uint32_t i = 0; i < group->count && is_left; i++) {
            const struct atom *other = group->atoms[i];
            if (other != list && other->kind != ATOM_OTHER && other->kind != ATOM_CONSTANT &&
                atom_test(group->lint, other, &list->values[v]) == 0) {
                is_left = false;
                excluder = other;
            }
        }
        if (is_left) {
            return NULL;
        }
    }
    return excluder;
}

static str prefix_of(str pattern)
{
    size_t end = 0;
    while (end < pattern.len && pattern.data[end] != '%' && pattern.data[end] != '_') {
        end++;
    }
    return str_slice(pattern, 0, end);
}

static bool prefixes_conflict(const struct atom *a, const struct atom *b)
{
    str x = prefix_of(a->pattern);
    str y = prefix_of(b->pattern);
    size_t common = x.len < y.len ? x.len : y.len;
    for (size_t i = 0; i < common; i++) {
        if (((unsigned char)x.data[i] | (unsigned char)y.data[i]) & 0x80) {
            return false; /* letters outside ASCII: not decided here */
        }
        if (a->ignores_case || b->ignores_case ? ascii_lower(x.data[i]) != ascii_lower(y.data[i])
                                               : x.data[i] != y.data[i]) {
            return true;
        }
    }
    return false;
}

static void check_group_and(const struct group *group)
{
    struct lint *lint = group->lint;
    const struct atom *list = NULL;
    const struct atom *range = NULL;
    const struct atom *like = NULL;
    const struct atom *is_null = NULL;
    const struct atom *positive = NULL;
    for (uint32_t i = 0; i < group->count; i++) {
        const struct atom *atom = group->atoms[i];
        if (atom->kind == ATOM_IS_NULL) {
            is_null = atom->is_negated ? is_null : atom;
        } else if (!atom->is_negated) {
            positive = positive ? positive : atom;
        }
        bool is_exact = atom->kind == ATOM_VALUES && !atom->is_lower && !atom->is_upper;
        if (is_exact && !atom->is_negated && (!list || atom->value_count < list->value_count)) {
            list = atom;
        }
        if (atom->kind == ATOM_LIKE && !atom->is_negated) {
            if (like && prefixes_conflict(like, atom)) {
                add_conflict(lint, like, atom, false);
                return;
            }
            like = like ? like : atom;
        }
        if (atom->kind == ATOM_RANGE && !atom->is_negated) {
            if (range && (atom->min > range->max || atom->max < range->min)) {
                add_conflict(lint, range, atom, false);
                return;
            }
            range = range ? range : atom;
        }
    }
    if (is_null && positive) {
        add_conflict(lint, is_null, positive, false);
        return;
    }
    const struct atom *excluder = list ? find_excluder(group, list) : NULL;
    if (excluder) {
        add_conflict(lint, list, excluder, false);
    }
}

/* x != 'a' OR x != 'b' */
static void check_group_or(const struct group *group)
{
    const struct atom *list = NULL;
    const struct atom *below = NULL;
    const struct atom *above = NULL;
    for (uint32_t i = 0; i < group->count; i++) {
        const struct atom *atom = group->atoms[i];
        bool is_exact = atom->kind == ATOM_VALUES && !atom->is_lower && !atom->is_upper;
        if (is_exact && atom->is_negated && (!list || atom->value_count < list->value_count)) {
            list = atom;
        }
        if (atom->kind == ATOM_RANGE && !atom->is_negated && atom->min == INT64_MIN) {
            below = below && below->max >= atom->max ? below : atom;
        } else if (atom->kind == ATOM_RANGE && !atom->is_negated && atom->max == INT64_MAX) {
            above = above && above->min <= atom->min ? above : atom;
        }
    }
    if (below && above && (below->max == INT64_MAX || above->min <= below->max + 1)) {
        add_conflict(group->lint, below, above, true);
    }
    if (!list) {
        return;
    }
    const struct atom *other = NULL;
    for (uint32_t v = 0; v < list->value_count; v++) {
        bool is_excluded = false; /* some other negated list does not hold the value: there the value passes */
        for (uint32_t i = 0; i < group->count && !is_excluded; i++) {
            const struct atom *atom = group->atoms[i];
            if (atom != list && atom->kind == ATOM_VALUES && atom->is_negated &&
                atom_test(group->lint, atom, &list->values[v]) == 1) {
                is_excluded = true;
                other = atom;
            }
        }
        if (!is_excluded) {
            return;
        }
    }
    add_conflict(group->lint, list, other, true);
}

static int compare_subjects(const void *a, const void *b)
{
    const struct atom *x = *(const struct atom *const *)a;
    const struct atom *y = *(const struct atom *const *)b;
    int order = str_compare(x->subject, y->subject);
    return order != 0
               ? order
               : (x->node->offset_start > y->node->offset_start) - (x->node->offset_start < y->node->offset_start);
}

static int compare_keys(const void *a, const void *b)
{
    const struct atom *x = *(const struct atom *const *)a;
    const struct atom *y = *(const struct atom *const *)b;
    int order = str_compare(x->key, y->key);
    return order != 0
               ? order
               : (x->node->offset_start > y->node->offset_start) - (x->node->offset_start < y->node->offset_start);
}

/* x AND NOT x; and what stands there twice. */
static void check_same_keys(struct lint *lint, const struct chain_view *chain, const struct atom **sorted)
{
    qsort(sorted, chain->count, sizeof(*sorted), compare_keys);
    for (uint32_t i = 1; i < chain->count; i++) {
        const struct atom *first = sorted[i - 1];
        const struct atom *second = sorted[i];
        if (second->key.len == 0 || second->kind == ATOM_CONSTANT || !str_eq(first->key, second->key)) {
            continue;
        }
        /* != has its negation in the key: is it the same condition, or its opposite? */
        if (first->is_negated != second->is_negated) {
            add_conflict(lint, first, second, !chain->is_and);
        } else {
            struct diagnostic *found = lint_add(lint, "repeated-condition", second->node->offset_start,
                                                second->node->offset_end, "the same condition stands before it");
            lint_fix_remove_term(lint, found, chain, second->node);
        }
    }
}

void lint_chain(struct lint *lint, const struct lint_scope *scope, const struct chain_view *chain)
{
    for (uint32_t i = 0; i < chain->count; i++) {
        check_atom(lint, scope, &chain->atoms[i]);
    }
    lint_negations(lint, scope, chain->atoms, chain->count, chain->is_and);
    if (chain->count < 2) {
        return;
    }
    const struct atom **sorted = arena_array(lint->arena, const struct atom *, chain->count);
    if (!sorted) {
        lint->is_out_of_memory = true;
        return;
    }
    for (uint32_t i = 0; i < chain->count; i++) {
        sorted[i] = &chain->atoms[i];
    }
    check_same_keys(lint, chain, sorted);
    qsort(sorted, chain->count, sizeof(*sorted), compare_subjects);
    for (uint32_t from = 0; from < chain->count;) {
        uint32_t to = from + 1;
        while (to < chain->count && str_eq(sorted[to]->subject, sorted[from]->subject)) {
            to++;
        }
        struct group group = {lint, sorted + from, to - from};
        if (to - from > 1 && sorted[from]->subject.len > 0) {
            if (chain->is_and) {
                check_group_and(&group);
            } else {
                check_group_or(&group);
            }
            lint_cover(lint, chain, group.atoms, group.count);
        }
        from = to;
    }
}
