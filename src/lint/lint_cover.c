/* Conditions that another one beside them already covers, and values that a list holds twice. */
#include <stdlib.h>

#include "lint/lint_internal.h"

enum { PAIRWISE_MAX = 100 };

/* ---- taking a term out ---- */

/* True if only blanks and one word (AND, OR) or one comma stand between two ends. */
static bool is_plain_gap(str gap)
{
    gap = str_trim(gap);
    return str_eq(gap, STR(",")) || str_eq_ignore_case(gap, STR("or")) || str_eq_ignore_case(gap, STR("and"));
}

static void fix_remove(struct lint *lint, struct diagnostic *found, size_t previous_end, size_t start, size_t end)
{
    if (found && previous_end < start && is_plain_gap(str_slice(lint->text, previous_end, start))) {
        lint_fix(lint, found, previous_end, end, STR_EMPTY);
    }
}

void lint_fix_remove_term(struct lint *lint, struct diagnostic *found, const struct chain_view *chain,
                          const struct syntax_node *node)
{
    uint32_t low = 0; /* terms stand in the order of the text */
    uint32_t high = chain->term_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (chain->terms[middle]->offset_start < node->offset_start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    /* A term under a NOT is not removed: the NOT stays. */
    if (low > 0 && low < chain->term_count && chain->terms[low] == node) {
        fix_remove(lint, found, chain->terms[low - 1]->offset_end, node->offset_start, node->offset_end);
    }
}

/* ---- covered patterns ---- */

struct cover {
    struct lint *lint;
    const struct atom **atoms;
    uint32_t count;
    uint32_t *literals; /* by literal of the index: number of the atom */
    uint32_t narrow;    /* the atom being looked at */
    uint32_t wide;      /* what covers it; UINT32_MAX: nothing so far */
};

/* What an atom lets through, as a pattern; false if it has none. */
static bool pattern_of(const struct atom *atom, struct like_text *ret)
{
    if (atom->is_impossible) {
        return false;
    }
    if (atom->kind == ATOM_LIKE) {
        *ret = (struct like_text){atom->pattern, atom->ignores_case};
        return atom->pattern.len > 0;
    }
    if (atom->kind == ATOM_VALUES && atom->value_count == 1 && !atom->values[0].is_number) {
        *ret = (struct like_text){atom->values[0].text, atom->ignores_case};
        return atom->values[0].text.len > 0 && !pattern_has_wildcard(atom->values[0].text);
    }
    return false;
}

static bool covers(struct cover *cover, uint32_t wide, uint32_t narrow)
{
    struct like_text w;
    struct like_text n;
    if (wide == narrow || !pattern_of(cover->atoms[wide], &w) || !pattern_of(cover->atoms[narrow], &n) ||
        cover->atoms[wide]->kind != ATOM_LIKE ||
        !lint_spend(cover->lint, 1 + w.pattern.len * n.pattern.len / 64 + n.pattern.len) || !pattern_covers(w, n)) {
        return false;
    }
    /* Of two that cover each other the later one is too many; the same text is a repetition, reported as such. */
    return str_eq(w.pattern, n.pattern) && w.ignores_case == n.ignores_case ? false
           : pattern_covers(n, w)                                           ? wide < narrow
                                                                            : true;
}

static bool take_hit(void *context, uint32_t literal)
{
    struct cover *cover = context;
    uint32_t wide = cover->literals[literal];
    if (covers(cover, wide, cover->narrow)) {
        cover->wide = wide;
        return false;
    }
    return cover->lint->work_left > 0;
}

static void report(struct cover *cover, const struct chain_view *chain, const struct atom *narrow,
                   const struct atom *wide)
{
    struct diagnostic *found =
        lint_add(cover->lint, "covered-pattern", narrow->node->offset_start, narrow->node->offset_end,
                 "what fits this also fits %.*s beside it", STR_ARG(lint_shown(cover->lint, wide->node)));
    lint_hint(cover->lint, found, "leave it away, or narrow the other");
    lint_fix_remove_term(cover->lint, found, chain, narrow->node);
}

/* Negated atoms of an AND are those of an OR turned round. */
void lint_cover(struct lint *lint, const struct chain_view *chain, const struct atom **atoms, uint32_t count)
{
    struct cover cover = {.lint = lint};
    const struct atom **own = arena_array(lint->arena, const struct atom *, count);
    str *texts = arena_array(lint->arena, str, count);
    uint32_t *literals = arena_array(lint->arena, uint32_t, count);
    if (!own || !texts || !literals) {
        lint->is_out_of_memory = true;
        return;
    }
    uint32_t literal_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct like_text ignored;
        if (atoms[i]->is_negated != chain->is_and || !pattern_of(atoms[i], &ignored)) {
            continue;
        }
        own[cover.count] = atoms[i];
        if (atoms[i]->kind == ATOM_LIKE && pattern_contained_literal(atoms[i]->pattern, &texts[literal_count])) {
            literals[literal_count++] = cover.count;
        }
        cover.count++;
    }
    if (cover.count < 2) {
        return;
    }
    cover.atoms = own;
    cover.literals = literals;
    struct literal_index *index = literal_index_build(lint->arena, texts, literal_count);
    if (!index) {
        lint->is_out_of_memory = true;
        return;
    }
    for (uint32_t i = 0; i < cover.count; i++) {
        struct like_text text;
        cover.narrow = i;
        cover.wide = UINT32_MAX;
        pattern_of(own[i], &text);
        literal_index_search(index, text.pattern, &lint->work_left, take_hit, &cover);
        for (uint32_t j = 0; j < cover.count && cover.wide == UINT32_MAX && cover.count <= PAIRWISE_MAX; j++) {
            cover.wide = covers(&cover, j, i) ? j : UINT32_MAX;
        }
        if (cover.wide != UINT32_MAX) {
            report(&cover, chain, own[i], own[cover.wide]);
        }
    }
}

/* ---- IN lists ---- */

struct element {
    const struct syntax_node *node;
    uint32_t index;
};

static int compare_elements(const void *a, const void *b)
{
    const struct element *x = a;
    const struct element *y = b;
    if (x->node->kind != y->node->kind) {
        return x->node->kind < y->node->kind ? -1 : 1;
    }
    int order = x->node->kind == SYNTAX_STRING
                    ? str_compare(x->node->text, y->node->text)
                    : (x->node->integer > y->node->integer) - (x->node->integer < y->node->integer);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

void lint_in_list(struct lint *lint, const struct syntax_node *node)
{
    if (node->kind != SYNTAX_IN || node->select || node->operand_count < 3) {
        return;
    }
    struct element *elements = arena_array(lint->arena, struct element, node->operand_count);
    if (!elements) {
        lint->is_out_of_memory = true;
        return;
    }
    uint32_t count = 0;
    for (uint32_t i = 1; i < node->operand_count; i++) {
        if (node->operands[i]->kind == SYNTAX_STRING || node->operands[i]->kind == SYNTAX_INTEGER) {
            elements[count++] = (struct element){node->operands[i], i};
        }
    }
    qsort(elements, count, sizeof(*elements), compare_elements);
    for (uint32_t i = 1; i < count; i++) {
        const struct syntax_node *element = elements[i].node;
        if (element->kind != elements[i - 1].node->kind || element->integer != elements[i - 1].node->integer ||
            !str_eq(element->text, elements[i - 1].node->text)) {
            continue;
        }
        struct diagnostic *found = lint_add(lint, "repeated-value", element->offset_start, element->offset_end,
                                            "the list holds this value twice");
        fix_remove(lint, found, node->operands[elements[i].index - 1]->offset_end, element->offset_start,
                   element->offset_end);
    }
}
