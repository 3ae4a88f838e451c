/* The walk over a query. */
#include "lint/lint.h"

#include "lint/lint_internal.h"
#include "lint/lint_list.h"

#define NOTE    DIAGNOSTIC_NOTE
#define WARNING DIAGNOSTIC_WARNING
#define ERROR   DIAGNOSTIC_ERROR
static const struct lint_def lints[] = {
#define LINT_DEF(code, severity, has_fix, summary, detail, example) {code, severity, has_fix, summary, detail, example},
    LINT_LIST(LINT_DEF)
#undef LINT_DEF
};
#undef NOTE
#undef WARNING
#undef ERROR

const struct lint_def *lint_list(size_t *ret_count)
{
    *ret_count = countof(lints);
    return lints;
}

const struct lint_def *lint_find(str code)
{
    for (size_t i = 0; i < countof(lints); i++) {
        if (str_eq(code, str_from_cstring(lints[i].code))) {
            return &lints[i];
        }
    }
    return NULL;
}

str lint_suggest(str code)
{
    str best = STR_EMPTY;
    size_t distance = code.len / 3 + 1;
    for (size_t i = 0; i < countof(lints); i++) {
        str own = str_from_cstring(lints[i].code);
        size_t own_distance = str_edit_distance(own, code, distance);
        if (own_distance < distance) {
            best = own;
            distance = own_distance;
        }
    }
    return best;
}

struct diagnostic *lint_add(struct lint *lint, const char *code, size_t offset, size_t offset_end, const char *format,
                            ...)
{
    struct error text = {0}; /* for its escaping */
    va_list arguments;
    va_start(arguments, format);
    error_set_va(&text, TOCSIN_ERROR_INTERNAL, format, arguments);
    va_end(arguments);
    const struct lint_def *def = lint_find(str_from_cstring(code));
    return def ? diagnostic_add(lint->found, def->code, def->severity, offset, offset_end, "%s", text.message) : NULL;
}

static bool is_word_byte(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Whether the last byte of one text and the first of the next one would be of one word. */
static bool grows_together(str left, str right)
{
    return left.len > 0 && right.len > 0 && is_word_byte(left.data[left.len - 1]) && is_word_byte(right.data[0]);
}

void lint_fix(struct lint *lint, struct diagnostic *diagnostic, size_t offset, size_t end, str text)
{
    str before = str_slice(lint->text, 0, offset);
    str behind = str_skip(lint->text, end);
    bool needs_one = text.len == 0 && grows_together(before, behind);
    bool needs_front = grows_together(before, text);
    bool needs_end = grows_together(text, behind);
    if (!needs_one && !needs_front && !needs_end) {
        diagnostic_fix(lint->found, diagnostic, offset, end, text);
        return;
    }
    struct strbuf apart;
    strbuf_init(&apart, text.len + 2);
    strbuf_append(&apart, needs_one || needs_front ? STR(" ") : STR_EMPTY);
    strbuf_append(&apart, text);
    strbuf_append(&apart, needs_end ? STR(" ") : STR_EMPTY);
    if (!apart.is_failed) {
        diagnostic_fix(lint->found, diagnostic, offset, end, strbuf_str(&apart));
    }
    strbuf_release(&apart);
}

/* ---- conditions ---- */

static void walk(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node);
static void walk_select(struct lint *lint, const struct syntax_select *select, bool is_windowless);

static bool is_junction(const struct syntax_node *node)
{
    return node->kind == SYNTAX_BINARY && (node->operator == OPERATOR_AND || node->operator == OPERATOR_OR);
}

static bool is_condition(const struct syntax_node *node)
{
    switch (node->kind) {
    case SYNTAX_BINARY:
        return node->operator >= OPERATOR_EQUAL && node->operator <= OPERATOR_OR;
    case SYNTAX_UNARY:
        return node->operator == OPERATOR_NOT;
    case SYNTAX_IS_NULL:
    case SYNTAX_BETWEEN:
    case SYNTAX_IN:
        return true;
    default:
        return false;
    }
}

/* a AND b OR c */
static void check_mixed(struct lint *lint, const struct syntax_node *chain, const struct syntax_node *const *terms,
                        uint32_t count)
{
    for (uint32_t i = 0; chain->operator == OPERATOR_OR && i<count; i++) {
        const struct syntax_node *term = terms[i];
        if (term->kind != SYNTAX_BINARY || term->operator != OPERATOR_AND || term->is_parenthesized) {
            continue;
        }
        struct diagnostic *found = lint_add(lint, "mixed-and-or", term->offset_start, term->offset_end,
                                            "AND binds tighter than the OR beside it");
        lint_hint(lint, found, "put parentheses around what belongs together");
        struct strbuf text;
        strbuf_init(&text, LIMIT_QUERY_BYTES + 16);
        strbuf_append_char(&text, '(');
        strbuf_append(&text, aql_expression_text(lint->text, term));
        strbuf_append_char(&text, ')');
        if (!text.is_failed && term->offset_end - term->offset_start < LIMIT_QUERY_BYTES / 16) {
            lint_fix(lint, found, term->offset_start, term->offset_end, strbuf_str(&text));
        }
        strbuf_release(&text);
        return; /* once a chain */
    }
}

static const struct syntax_node *without_not(const struct syntax_node *node, bool *is_negated)
{
    while (node->kind == SYNTAX_UNARY && node->operator == OPERATOR_NOT) {
        *is_negated = !*is_negated;
        node = node->operands[0];
    }
    return node;
}

static void walk_condition(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                           bool is_negated)
{
    node = without_not(node, &is_negated);
    bool is_chain = is_junction(node);
    uint32_t count = is_chain ? syntax_chain_length(node) : 1;
    const struct syntax_node **terms = arena_array(lint->arena, const struct syntax_node *, count);
    struct atom *atoms = arena_array(lint->arena, struct atom, count);
    if (!terms || !atoms) {
        lint->is_out_of_memory = true;
        return;
    }
    if (is_chain) {
        syntax_chain_terms(node, terms);
        check_mixed(lint, node, terms, count);
    } else {
        terms[0] = node;
    }
    uint32_t atom_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool is_term_negated = is_negated;
        const struct syntax_node *bare = without_not(terms[i], &is_term_negated);
        if (is_chain && is_junction(bare)) {
            continue;
        }
        if (!lint_atom(lint, scope, bare, is_term_negated, &atoms[atom_count++])) {
            return;
        }
    }
    struct chain_view view = {.terms = terms,
                              .atoms = atoms,
                              .count = atom_count,
                              .term_count = count,
                              .is_and = !is_chain || (node->operator == OPERATOR_AND) != is_negated};
    lint_chain(lint, scope, &view);
    for (uint32_t i = 0; i < count; i++) {
        bool is_term_negated = is_negated;
        const struct syntax_node *bare = without_not(terms[i], &is_term_negated);
        if (is_chain && is_junction(bare)) {
            walk_condition(lint, scope, bare, is_term_negated);
        } else {
            walk(lint, scope, bare);
        }
    }
}

/* ---- expressions ---- */

static void walk_parts(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    bool is_searched = node->kind == SYNTAX_IF || (node->kind == SYNTAX_CASE && !node->has_operand);
    for (uint32_t i = 0; i < node->operand_count; i++) {
        const struct syntax_node *operand = node->operands[i];
        bool is_when = is_searched && i % 2 == 0 && i + 1 < node->operand_count;
        if (is_when || is_condition(operand)) {
            walk_condition(lint, scope, operand, false);
        } else {
            walk(lint, scope, operand);
        }
    }
}

/* One node that is no AND, OR or NOT, with all below. */
static void walk(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    lint_names(lint, scope, node);
    lint_arguments(lint, scope, node);
    lint_type_names(lint, scope, node);
    lint_dates(lint, scope, node);
    lint_likes(lint, scope, node);
    lint_nulls(lint, scope, node);
    lint_in_list(lint, node);
    lint_case(lint, scope, node);
    walk_parts(lint, scope, node);
    if (node->select) {
        enum lint_clause clause = lint->clause;
        walk_select(lint, node->select, false);
        lint->clause = clause;
    }
}

static void walk_expression(struct lint *lint, const struct lint_scope *scope, enum lint_clause clause,
                            const struct syntax_node *node, bool is_boolean)
{
    if (!node) {
        return;
    }
    lint->clause = clause;
    if (is_boolean || is_condition(node)) {
        walk_condition(lint, scope, node, false);
    } else {
        walk(lint, scope, node);
    }
}

/* ---- clauses ---- */

static void walk_clauses(struct lint *lint, const struct lint_scope *scope)
{
    const struct syntax_select *select = scope->select;
    for (uint32_t i = 0; i < select->item_count; i++) {
        walk_expression(lint, scope, LINT_SELECT, select->items[i].expression, false);
    }
    walk_expression(lint, scope, LINT_WHERE, select->where, true);
    for (uint32_t i = 0; i < select->group_count; i++) {
        walk_expression(lint, scope, LINT_GROUP, select->group[i], false);
    }
    walk_expression(lint, scope, LINT_HAVING, select->having, true);
    if (select->session.is_present) {
        walk_expression(lint, scope, LINT_SESSION, select->session.time, false);
        for (uint32_t i = 0; i < select->session.key_count; i++) {
            walk_expression(lint, scope, LINT_SESSION, select->session.keys[i], false);
        }
        walk_expression(lint, scope, LINT_SESSION, select->session.begin, true);
        walk_expression(lint, scope, LINT_SESSION, select->session.end, true);
    }
    for (uint32_t i = 0; i < select->order_count; i++) {
        walk_expression(lint, scope, LINT_ORDER, select->order[i].expression, false);
    }
}

/* is_windowless: no query around it has a time clause that holds here, too. */
static void walk_select(struct lint *lint, const struct syntax_select *select, bool is_windowless)
{
    struct lint_scope scope = {.select = select, .is_windowless = is_windowless && select->time.kind == TIME_NONE};
    struct lint_scope inner = {0};
    if (select->source.kind == SOURCE_NAME) {
        scope.catalog = catalog_find(select->source.name);
    } else if (select->source.kind == SOURCE_SELECT) {
        walk_select(lint, select->source.select, scope.is_windowless);
        inner.select = select->source.select;
        inner.catalog = inner.select->source.kind == SOURCE_NAME ? catalog_find(inner.select->source.name) : 0;
        scope.inner = &inner;
    }
    walk_clauses(lint, &scope);
    lint_clauses(lint, &scope);
    lint_twins(lint, &scope);
    lint_scores(lint, &scope);
    lint_unfilled_fields(lint, &scope);
}

tocsin_status lint_query(const struct syntax_select *select, str text, const struct lint_options *options,
                         struct diagnostic_list *found, struct error *err)
{
    struct lint lint = {
        .arena = found->arena, .text = text, .options = options, .found = found, .work_left = LIMIT_LINT_WORK};
    walk_select(&lint, select, true);
    return lint.is_out_of_memory ? error_memory(err) : TOCSIN_OK;
}
