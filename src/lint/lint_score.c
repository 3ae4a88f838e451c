/* Rows that WHERE selects and the score of the same query gives 0. The score is a select item whose alias says risk or
 * score: a sum of CASE (or IF) with constants. Each way through the ORs of WHERE is a branch; for each a row is made up
 * that satisfies the branch and nothing more, and the score of that row is computed. Conditions about fields that the
 * branch does not name count as satisfied, so that nothing is claimed that another field may yet change. */
#include "lint/lint_internal.h"

enum {
    FACTS_MAX = 64,
    BRANCHES_MAX = 20000,
    TERMS_MAX = 20000,
    CASES_MAX = 64,
    WITNESS_BYTES_MAX = 4096,
    REPORTS_MAX = 20
};

/* WHERE with NOT pushed down to the conditions; IN with several values is an OR of them. */
enum term_kind { TERM_AND, TERM_OR, TERM_ATOM, TERM_ANY };

struct term {
    enum term_kind kind;
    const struct syntax_node *place;
    struct atom atom;
    struct term **parts;
    uint32_t count;
    uint64_t branches_seen; /* with this part of an OR chosen */
    uint64_t branches_zero;
    const char *witness; /* of the first that scored 0 */
};

/* What the row made up for one branch holds under one subject. */
struct witness {
    const struct atom *sample; /* gives the subject and its node */
    bool is_known;
    struct atom_constant value;
};

struct score {
    struct lint *lint;
    const struct lint_scope *scope;
    const struct syntax_item *item;
    uint32_t term_count;
    uint64_t branch_count;
    uint64_t zero_count;
    unsigned reported;
    bool has_given_up;
    /* the branch being walked */
    const struct atom *facts[FACTS_MAX];
    uint32_t fact_count;
    struct term *chosen[FACTS_MAX];
    uint32_t chosen_count;
    struct witness witnesses[FACTS_MAX];
    uint32_t witness_count;
};

/* ---- the shape of a score ---- */

static bool holds_word(str text, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= text.len; i++) {
        if (str_eq_ignore_case(str_slice(text, i, i + length), str_from_cstring(word))) {
            return true;
        }
    }
    return false;
}

static bool is_conditional(const struct syntax_node *node)
{
    return node->kind == SYNTAX_IF || (node->kind == SYNTAX_CASE && !node->has_operand);
}

/* A sum of conditionals and nothing else. */
static bool collect_cases(const struct syntax_node *node, const struct syntax_node **ret_cases, uint32_t *ret_count)
{
    if (node->kind == SYNTAX_BINARY && node->operator == OPERATOR_ADD) {
        return collect_cases(node->operands[0], ret_cases, ret_count) &&
               collect_cases(node->operands[1], ret_cases, ret_count);
    }
    if (!is_conditional(node) || *ret_count == CASES_MAX) {
        return false;
    }
    ret_cases[(*ret_count)++] = node;
    return true;
}

static bool is_zero(const struct syntax_node *node)
{
    int64_t number;
    return node->kind == SYNTAX_NULL || (lint_constant_integer(node, &number) && number == 0);
}

/* ---- WHERE as terms ---- */

static struct term *new_term(struct score *score, enum term_kind kind, const struct syntax_node *place, uint32_t parts)
{
    struct term *term = arena_new(score->lint->arena, struct term);
    if (!term || ++score->term_count > TERMS_MAX) {
        score->has_given_up = true;
        return NULL;
    }
    term->kind = kind;
    term->place = place;
    term->parts = parts > 0 ? arena_array(score->lint->arena, struct term *, parts) : NULL;
    score->has_given_up |= parts > 0 && !term->parts;
    return score->has_given_up ? NULL : term;
}

static struct term *values_as_or(struct score *score, const struct term *list)
{
    struct term *result = new_term(score, TERM_OR, list->place, list->atom.value_count);
    for (uint32_t i = 0; result && i < list->atom.value_count; i++) {
        struct term *one = new_term(score, TERM_ATOM, list->atom.values[i].node, 0);
        if (!one) {
            return NULL;
        }
        one->atom = list->atom;
        one->atom.values = &list->atom.values[i];
        one->atom.value_count = 1;
        result->parts[result->count++] = one;
    }
    return result;
}

static struct term *build(struct score *score, const struct syntax_node *node, bool is_negated)
{
    while (node->kind == SYNTAX_UNARY && node->operator == OPERATOR_NOT) {
        is_negated = !is_negated;
        node = node->operands[0];
    }
    bool is_and = node->kind == SYNTAX_BINARY && node->operator == OPERATOR_AND;
    bool is_or = node->kind == SYNTAX_BINARY && node->operator == OPERATOR_OR;
    if (!is_and && !is_or) {
        struct term *term = new_term(score, TERM_ATOM, node, 0);
        if (!term || !lint_atom(score->lint, score->scope, node, is_negated, &term->atom)) {
            score->has_given_up = true;
            return NULL;
        }
        bool is_list = term->atom.kind == ATOM_VALUES && !term->atom.is_negated && term->atom.value_count > 1;
        return is_list ? values_as_or(score, term) : term;
    }
    uint32_t count = syntax_chain_length(node);
    const struct syntax_node **terms = arena_array(score->lint->arena, const struct syntax_node *, count);
    struct term *result = terms ? new_term(score, is_and != is_negated ? TERM_AND : TERM_OR, node, count) : NULL;
    if (!result) {
        score->has_given_up = true;
        return NULL;
    }
    syntax_chain_terms(node, terms);
    for (uint32_t i = 0; i < count && !score->has_given_up; i++) {
        result->parts[result->count++] = build(score, terms[i], is_negated);
    }
    return score->has_given_up ? NULL : result;
}

/* Parts that the score does not look at would only multiply the branches. */
static bool is_relevant(const struct term *term, struct atom *const *wanted, uint32_t wanted_count)
{
    for (uint32_t i = 0; i < term->count; i++) {
        if (is_relevant(term->parts[i], wanted, wanted_count)) {
            return true;
        }
    }
    for (uint32_t i = 0; term->kind == TERM_ATOM && i < wanted_count; i++) {
        bool same_subject = term->atom.subject.len > 0 && str_eq(term->atom.subject, wanted[i]->subject);
        bool same_key = term->atom.key.len > 0 && str_eq(term->atom.key, wanted[i]->key);
        if (same_subject || same_key) {
            return true;
        }
    }
    return false;
}

static void drop_irrelevant(struct term *term, struct atom *const *wanted, uint32_t wanted_count)
{
    if (!is_relevant(term, wanted, wanted_count)) {
        term->kind = TERM_ANY;
        return;
    }
    for (uint32_t i = 0; i < term->count; i++) {
        drop_irrelevant(term->parts[i], wanted, wanted_count);
    }
}

/* ---- the row made up ---- */

static void append_piece(struct strbuf *text, str piece)
{
    bool needs_blank = text->len > 0 && text->data[text->len - 1] != ' ' && piece.len > 0 && piece.data[0] != ' ';
    if (needs_blank) {
        strbuf_append_char(text, ' ');
    }
    for (size_t i = 0; i < piece.len; i++) {
        strbuf_append_char(text, piece.data[i] == '_' ? 'x' : piece.data[i]);
    }
}

/* The literal parts of all patterns that the value must fit, in the order written: those bound to its front first,
 * those bound to its end last. */
static bool make_text(struct score *score, str subject, struct atom_constant *ret)
{
    struct strbuf text;
    strbuf_init(&text, WITNESS_BYTES_MAX);
    for (int pass = 0; pass < 3; pass++) {
        for (uint32_t i = 0; i < score->fact_count; i++) {
            const struct atom *fact = score->facts[i];
            if (fact->kind != ATOM_LIKE || fact->is_negated || !str_eq(fact->subject, subject)) {
                continue;
            }
            size_t from = 0;
            for (size_t at = 0; at <= fact->pattern.len; at++) {
                if (at < fact->pattern.len && fact->pattern.data[at] != '%') {
                    continue;
                }
                bool is_front = from == 0;
                bool is_end = at == fact->pattern.len && !is_front;
                if (at > from && pass == (is_front ? 0 : is_end ? 2 : 1)) {
                    append_piece(&text, str_slice(fact->pattern, from, at));
                }
                from = at + 1;
            }
        }
    }
    *ret = (struct atom_constant){.text = arena_copy(score->lint->arena, strbuf_str(&text))};
    bool is_good = !text.is_failed && ret->text.data;
    strbuf_release(&text);
    return is_good;
}

static bool make_number(struct score *score, str subject, struct atom_constant *ret)
{
    int64_t min = INT64_MIN;
    int64_t max = INT64_MAX;
    for (uint32_t i = 0; i < score->fact_count; i++) {
        const struct atom *fact = score->facts[i];
        if (fact->kind == ATOM_RANGE && !fact->is_negated && str_eq(fact->subject, subject)) {
            min = fact->min > min ? fact->min : min;
            max = fact->max < max ? fact->max : max;
        }
    }
    *ret = (struct atom_constant){.is_number = true, .number = min > INT64_MIN ? min : max};
    return min <= max && (min > INT64_MIN || max < INT64_MAX);
}

/* A value that satisfies every fact about the subject; is_known stays false if none was found. */
static void make_value(struct score *score, struct witness *witness)
{
    str subject = witness->sample->subject;
    bool is_made = false;
    bool is_number = false;
    for (uint32_t i = 0; i < score->fact_count; i++) {
        const struct atom *fact = score->facts[i];
        if (!str_eq(fact->subject, subject)) {
            continue;
        }
        if (fact->kind == ATOM_VALUES && !fact->is_negated && !is_made) {
            witness->value = fact->values[0];
            is_made = true;
        }
        is_number |= fact->kind == ATOM_RANGE;
    }
    if (!is_made) {
        is_made = is_number ? make_number(score, subject, &witness->value) : make_text(score, subject, &witness->value);
    }
    for (uint32_t i = 0; i < score->fact_count && is_made; i++) {
        if (str_eq(score->facts[i]->subject, subject)) {
            is_made = atom_test(score->lint, score->facts[i], &witness->value) == 1;
        }
    }
    witness->is_known = is_made;
}

static bool make_row(struct score *score)
{
    score->witness_count = 0;
    for (uint32_t i = 0; i < score->fact_count; i++) {
        bool is_new = score->facts[i]->subject.len > 0;
        for (uint32_t j = 0; j < score->witness_count && is_new; j++) {
            is_new = !str_eq(score->witnesses[j].sample->subject, score->facts[i]->subject);
        }
        if (is_new) {
            struct witness *witness = &score->witnesses[score->witness_count++];
            *witness = (struct witness){.sample = score->facts[i]};
            make_value(score, witness);
            if (!witness->is_known) {
                return false;
            }
        }
    }
    return true;
}

/* ---- the score of that row ---- */

/* 1 and 0: certain; -1: another field decides. */
static int test_score_atom(struct score *score, const struct atom *atom)
{
    if (atom->kind == ATOM_CONSTANT) {
        return atom->is_true != atom->is_negated;
    }
    for (uint32_t i = 0; i < score->fact_count; i++) {
        if (atom->key.len > 0 && str_eq(score->facts[i]->key, atom->key)) {
            return score->facts[i]->is_negated == atom->is_negated;
        }
    }
    for (uint32_t i = 0; i < score->witness_count && atom->subject.len > 0; i++) {
        if (str_eq(score->witnesses[i].sample->subject, atom->subject)) {
            return atom_test(score->lint, atom, &score->witnesses[i].value);
        }
    }
    return -1;
}

static int test_score_term(struct score *score, const struct term *term)
{
    if (term->kind == TERM_ATOM) {
        return test_score_atom(score, &term->atom);
    }
    bool is_and = term->kind == TERM_AND;
    int result = is_and ? 1 : 0;
    for (uint32_t i = 0; i < term->count; i++) {
        int part = test_score_term(score, term->parts[i]);
        if (part == (is_and ? 0 : 1)) {
            return part;
        }
        result = part < 0 ? -1 : result;
    }
    return result;
}

/* One CASE or IF: its conditions as terms, and whether each value is 0. */
struct case_view {
    struct term **conditions;
    bool *are_zero;
    uint32_t count;
    bool is_else_zero;
};

/* True if the row certainly gets 0 from it. */
static bool gives_zero(struct score *score, const struct case_view *view)
{
    for (uint32_t i = 0; i < view->count; i++) {
        int result = test_score_term(score, view->conditions[i]);
        if (result == 1) {
            return view->are_zero[i];
        }
        if (result < 0 && !view->are_zero[i]) {
            return false;
        }
    }
    return view->is_else_zero;
}

static bool build_case(struct score *score, const struct syntax_node *node, struct case_view *ret)
{
    bool has_else = node->kind == SYNTAX_IF || node->has_else;
    uint32_t count = (node->operand_count - has_else) / 2;
    *ret = (struct case_view){.conditions = arena_array(score->lint->arena, struct term *, count),
                              .are_zero = arena_array(score->lint->arena, bool, count),
                              .count = count,
                              .is_else_zero = !has_else || is_zero(node->operands[node->operand_count - 1])};
    if (!ret->conditions || !ret->are_zero) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        ret->conditions[i] = build(score, node->operands[2 * (size_t)i], false);
        ret->are_zero[i] = is_zero(node->operands[2 * (size_t)i + 1]);
        if (!ret->conditions[i]) {
            return false;
        }
    }
    return true;
}

static bool list_atoms(struct term *term, struct atom **atoms, uint32_t *count)
{
    for (uint32_t i = 0; i < term->count; i++) {
        if (!list_atoms(term->parts[i], atoms, count)) {
            return false;
        }
    }
    if (term->kind == TERM_ATOM) {
        if (*count == TERMS_MAX) {
            return false;
        }
        atoms[(*count)++] = &term->atom;
    }
    return true;
}

/* ---- the branches ---- */

struct walk {
    struct score *score;
    const struct case_view *cases;
    uint32_t case_count;
};

/* "Command" = 'kubectl logs ' */
static const char *describe_row(struct score *score)
{
    struct strbuf text;
    strbuf_init(&text, 400);
    for (uint32_t i = 0; i < score->witness_count; i++) {
        const struct witness *witness = &score->witnesses[i];
        str name = lint_shown(score->lint, witness->sample->subject_node);
        strbuf_append(&text, text.len > 0 ? STR(", ") : STR_EMPTY);
        strbuf_append(&text, name);
        strbuf_append(&text, STR(" = "));
        if (witness->value.is_number) {
            strbuf_append_i64(&text, witness->value.number);
        } else {
            strbuf_append_char(&text, '\'');
            strbuf_append(&text, str_slice(witness->value.text, 0, 120));
            strbuf_append_char(&text, '\'');
        }
    }
    char *copy = text.is_failed ? NULL : arena_copy_cstring(score->lint->arena, strbuf_str(&text));
    strbuf_release(&text);
    return copy;
}

static void finish_branch(const struct walk *walk)
{
    struct score *score = walk->score;
    if (++score->branch_count > BRANCHES_MAX || !lint_spend(score->lint, 4u + score->fact_count)) {
        score->has_given_up = true;
        return;
    }
    bool is_zero_row = make_row(score);
    for (uint32_t i = 0; i < walk->case_count && is_zero_row; i++) {
        is_zero_row = gives_zero(score, &walk->cases[i]);
    }
    score->zero_count += is_zero_row;
    const char *description = NULL;
    for (uint32_t i = 0; i < score->chosen_count; i++) {
        struct term *term = score->chosen[i];
        term->branches_seen++;
        term->branches_zero += is_zero_row;
        if (is_zero_row && !term->witness) {
            description = description ? description : describe_row(score);
            term->witness = description;
        }
    }
}

/* What is still to be satisfied, as a list from the last to the first. */
struct pending {
    struct term *term;
    const struct pending *next;
};

static void walk_branches(const struct walk *walk, const struct pending *pending)
{
    struct score *score = walk->score;
    if (score->has_given_up) {
        return;
    }
    if (!pending) {
        finish_branch(walk);
        return;
    }
    struct term *term = pending->term;
    uint32_t facts = score->fact_count;
    uint32_t chosen = score->chosen_count;
    switch (term->kind) {
    case TERM_ANY:
        walk_branches(walk, pending->next);
        break;
    case TERM_ATOM:
        if (facts == FACTS_MAX) {
            score->has_given_up = true;
            return;
        }
        score->facts[score->fact_count++] = &term->atom;
        walk_branches(walk, pending->next);
        break;
    case TERM_AND: {
        struct pending *parts = arena_array(score->lint->arena, struct pending, term->count);
        if (!parts || !lint_spend(score->lint, term->count)) {
            score->has_given_up = true;
            return;
        }
        const struct pending *rest = pending->next;
        for (uint32_t i = term->count; i > 0; i--) {
            if (term->parts[i - 1]->kind != TERM_ANY) {
                parts[i - 1] = (struct pending){term->parts[i - 1], rest};
                rest = &parts[i - 1];
            }
        }
        walk_branches(walk, rest);
        break;
    }
    case TERM_OR:
        if (chosen == FACTS_MAX) {
            score->has_given_up = true;
            return;
        }
        for (uint32_t i = 0; i < term->count && !score->has_given_up; i++) {
            score->chosen[score->chosen_count++] = term->parts[i];
            struct pending part = {term->parts[i], pending->next};
            walk_branches(walk, &part);
            score->fact_count = facts;
            score->chosen_count = chosen;
        }
        break;
    }
    score->fact_count = facts;
    score->chosen_count = chosen;
}

/* ---- the report ---- */

static void report_term(struct score *score, const struct term *term)
{
    struct lint *lint = score->lint;
    if (++score->reported > REPORTS_MAX) {
        return;
    }
    str text = lint_shown(lint, term->place);
    struct diagnostic *found =
        lint_add(lint, "score-zero", term->place->offset_start, term->place->offset_end,
                 "rows selected by %.*s can score 0 in \"%.*s\"", STR_ARG(text), STR_ARG(score->item->alias));
    if (term->witness) {
        lint_hint(lint, found, "a row with %s is selected, and no condition of the score is true for it",
                  term->witness);
    }
}

/* The outermost parts of an OR of which every branch scores 0. */
static void report_parts(struct score *score, const struct term *term)
{
    for (uint32_t i = 0; i < term->count; i++) {
        const struct term *part = term->parts[i];
        bool is_choice = term->kind == TERM_OR && term->count > 1;
        if (is_choice && part->branches_seen > 0 && part->branches_seen == part->branches_zero) {
            report_term(score, part);
        } else {
            report_parts(score, part);
        }
    }
}

static void check_score(struct lint *lint, const struct lint_scope *scope, const struct syntax_item *item)
{
    const struct syntax_node *nodes[CASES_MAX];
    struct case_view cases[CASES_MAX];
    uint32_t case_count = 0;
    struct score *score = arena_new(lint->arena, struct score);
    if (!score || !collect_cases(item->expression, nodes, &case_count)) {
        return;
    }
    *score = (struct score){.lint = lint, .scope = scope, .item = item};
    lint->clause = LINT_WHERE;
    struct term *where = build(score, scope->select->where, false);
    struct atom **wanted = arena_array(lint->arena, struct atom *, TERMS_MAX);
    uint32_t wanted_count = 0;
    lint->clause = LINT_SELECT;
    for (uint32_t i = 0; i < case_count; i++) {
        if (!where || !wanted || !build_case(score, nodes[i], &cases[i])) {
            return;
        }
        for (uint32_t j = 0; j < cases[i].count; j++) {
            if (!list_atoms(cases[i].conditions[j], wanted, &wanted_count)) {
                return;
            }
        }
    }
    if (!lint_spend(lint, (uint64_t)score->term_count * (wanted_count + 1))) {
        return;
    }
    drop_irrelevant(where, wanted, wanted_count);
    struct walk walk = {score, cases, case_count};
    struct pending whole = {where, NULL};
    walk_branches(&walk, &whole);
    if (score->has_given_up || score->zero_count == 0) {
        return;
    }
    if (score->zero_count == score->branch_count) {
        struct diagnostic *found =
            lint_add(lint, "score-zero", item->alias_offset, item->alias_offset + item->alias.len,
                     "whatever WHERE selects can score 0 in \"%.*s\"", STR_ARG(item->alias));
        lint_hint(lint, found, "no part of WHERE makes a condition of the score true");
        return;
    }
    report_parts(score, where);
    if (score->reported > REPORTS_MAX) {
        lint_add(lint, "score-zero", item->alias_offset, item->alias_offset + item->alias.len,
                 "rows selected by %u more parts of WHERE can score 0 in \"%.*s\"", score->reported - REPORTS_MAX,
                 STR_ARG(item->alias));
    }
}

void lint_scores(struct lint *lint, const struct lint_scope *scope)
{
    if (!scope->select->where || scope->select->group_count > 0) {
        return;
    }
    for (uint32_t i = 0; i < scope->select->item_count; i++) {
        const struct syntax_item *item = &scope->select->items[i];
        if (holds_word(item->alias, "risk") || holds_word(item->alias, "score")) {
            check_score(lint, scope, item);
        }
    }
}
