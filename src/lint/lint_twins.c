/* Patterns of the SELECT list that differ from one of WHERE by blanks only: one of the two is a slip. */
#include <stdlib.h>

#include "lint/lint_internal.h"

struct twin {
    const struct syntax_node *pattern;
    str subject;
    str squeezed; /* without blanks */
    bool is_selected;
};

struct twins {
    struct lint *lint;
    const struct lint_scope *scope;
    struct twin *items;
    size_t count;
    size_t capacity;
    bool is_selected;
};

static str squeeze(struct lint *lint, str text)
{
    char *bytes = arena_allocate(lint->arena, text.len + 1, 1);
    size_t length = 0;
    for (size_t i = 0; bytes && i < text.len; i++) {
        if (!ascii_is_blank(text.data[i])) {
            bytes[length++] = text.data[i];
        }
    }
    lint->is_out_of_memory |= bytes == NULL;
    return bytes ? str_from(bytes, length) : STR_EMPTY;
}

static bool make_room(struct twins *twins)
{
    if (twins->count < twins->capacity) {
        return true;
    }
    size_t capacity = twins->capacity ? 2 * twins->capacity : 64;
    struct twin *grown = arena_array(twins->lint->arena, struct twin, capacity);
    if (!grown) {
        twins->lint->is_out_of_memory = true;
        return false;
    }
    if (twins->count > 0) {
        memcpy(grown, twins->items, twins->count * sizeof(*grown));
    }
    twins->items = grown;
    twins->capacity = capacity;
    return true;
}

static void collect(struct twins *twins, const struct syntax_node *node)
{
    bool is_like = node->kind == SYNTAX_BINARY && (node->operator == OPERATOR_LIKE || node->operator == OPERATOR_ILIKE);
    if (is_like && node->operands[1]->kind == SYNTAX_STRING) {
        struct atom atom;
        if (!make_room(twins) || !lint_atom(twins->lint, twins->scope, node, false, &atom)) {
            return;
        }
        str squeezed = squeeze(twins->lint, atom.pattern);
        if (atom.subject.len > 0 && squeezed.len > 0) {
            twins->items[twins->count++] = (struct twin){node->operands[1], atom.subject, squeezed, twins->is_selected};
        }
        return;
    }
    for (uint32_t i = 0; i < node->operand_count; i++) {
        collect(twins, node->operands[i]);
    }
}

static int compare_twins(const void *a, const void *b)
{
    const struct twin *x = a;
    const struct twin *y = b;
    int order = str_compare(x->subject, y->subject);
    order = order != 0 ? order : str_compare(x->squeezed, y->squeezed);
    return order != 0 ? order : (x->pattern->offset > y->pattern->offset) - (x->pattern->offset < y->pattern->offset);
}

/* Items of one subject and one text without blanks. A pattern that stands in both lists is no slip. */
static void check_group(struct lint *lint, const struct twin *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!items[i].is_selected) {
            continue;
        }
        const struct twin *twin = NULL;
        bool has_equal = false;
        for (size_t j = 0; j < count && !has_equal; j++) {
            if (!lint_spend(lint, 1)) {
                return;
            }
            if (!items[j].is_selected) {
                has_equal = str_eq(items[j].pattern->text, items[i].pattern->text);
                twin = twin ? twin : &items[j];
            }
        }
        if (!twin || has_equal) {
            continue;
        }
        const struct syntax_node *place = items[i].pattern;
        struct diagnostic *found =
            lint_add(lint, "blank-twin", place->offset, lint_token_end(lint, place),
                     "WHERE has '%.*s', which differs by blanks only", STR_ARG(str_slice(twin->pattern->text, 0, 80)));
        /* Which of the two was meant, nobody can tell: a fix might change a score. */
        lint_hint(lint, found, "write the pattern the same way in both places");
    }
}

void lint_twins(struct lint *lint, const struct lint_scope *scope)
{
    struct twins twins = {.lint = lint, .scope = scope, .is_selected = true};
    if (!scope->select->where) {
        return;
    }
    lint->clause = LINT_SELECT;
    for (uint32_t i = 0; i < scope->select->item_count; i++) {
        collect(&twins, scope->select->items[i].expression);
    }
    if (twins.count == 0) {
        return;
    }
    twins.is_selected = false;
    lint->clause = LINT_WHERE;
    collect(&twins, scope->select->where);
    qsort(twins.items, twins.count, sizeof(*twins.items), compare_twins);
    for (size_t from = 0; from < twins.count;) {
        size_t to = from + 1;
        while (to < twins.count && str_eq(twins.items[to].subject, twins.items[from].subject) &&
               str_eq(twins.items[to].squeezed, twins.items[from].squeezed)) {
            to++;
        }
        check_group(lint, twins.items + from, to - from);
        from = to;
    }
}
