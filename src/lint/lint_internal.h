/* lint/lint_internal.h - shared by the files of this folder. */
#ifndef LINT_LINT_INTERNAL_H
#define LINT_LINT_INTERNAL_H

#include "lint/lint.h"

enum lint_clause { LINT_SELECT, LINT_WHERE, LINT_GROUP, LINT_HAVING, LINT_ORDER, LINT_SESSION };

enum { LINT_CODE_COUNT_MAX = 96 };

/* Where the columns of a select come from. */
struct lint_scope {
    const struct syntax_select *select;
    const struct lint_scope *inner; /* FROM (SELECT ...) */
    uint8_t catalog;                /* of a database; 0: columns of `inner`, or not known */
    bool is_windowless; /* neither here nor around it is a time clause */
};

struct lint {
    struct arena *arena;
    str text;
    const struct lint_options *options;
    struct diagnostic_list *found;
    enum lint_clause clause;
    uint64_t work_left; /* of LIMIT_LINT_WORK */
    bool is_out_of_memory;
    bool has_warned_of_payload_search;
};

/* False when the budget is used up. */
static inline bool lint_spend(struct lint *lint, uint64_t work)
{
    if (lint->work_left < work) {
        lint->work_left = 0;
        return false;
    }
    lint->work_left -= work;
    return true;
}

/* Adds a remark; `code` is one of lint_list.h, its severity is taken from there. */
struct diagnostic *lint_add(struct lint *lint, const char *code, size_t offset, size_t offset_end, const char *format,
                            ...) __attribute__((format(printf, 5, 6)));
/* A blank is added where a word of `text` would grow together with what stands beside it. */
void lint_fix(struct lint *lint, struct diagnostic *diagnostic, size_t offset, size_t end, str text);
#define lint_hint(lint, diagnostic, ...) diagnostic_hint((lint)->found, (diagnostic), __VA_ARGS__)

/* Where the operator word of a comparison stands: from the end of its left operand to the start of its right one,
 * blanks left out. */
struct lint_span {
    size_t offset;
    size_t offset_end;
};

/* ---- lint_value.c ---- */

/* What is known of an expression's value. */
struct lint_value {
    const struct syntax_node *node; /* aliases followed */
    enum value_type type;           /* TYPE_NULL: not known */
    enum value_domain domain;
    field_id field; /* FIELD_NONE: it is no field alone */
    bool has_bounds;
    int64_t min;
    int64_t max;
};

const struct field *lint_field(const struct lint *lint, field_id field); /* NULL for FIELD_NONE */
/* The field of this scope with this name, or FIELD_NONE. */
field_id lint_find_field(const struct lint *lint, const struct lint_scope *scope, str name);
const struct syntax_item *lint_find_alias(const struct lint_scope *scope, str name);
/* An alias gives the expression that it stands for, anything else itself. */
const struct syntax_node *lint_resolve(const struct lint *lint, const struct lint_scope *scope,
                                       const struct syntax_node *node);
struct lint_value lint_value_of(const struct lint *lint, const struct lint_scope *scope,
                                const struct syntax_node *node);
/* Fields that a row never lacks: a filler stands in. */
bool lint_never_null(const struct lint *lint, field_id field);
bool lint_is_call(const struct syntax_node *node, const char *name);
bool lint_is_aggregate(const struct syntax_node *node);
bool lint_has_aggregate(const struct syntax_node *node);
/* A constant number: 5, -5, '5'. */
bool lint_constant_integer(const struct syntax_node *node, int64_t *ret);
/* NOW() minus a constant: how far back. */
bool lint_time_back(const struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                    int64_t *ret_ms);
/* The same text for what means the same: names by what they stand for, functions without case. False if it is too long
 * to be worth it. */
bool lint_key(const struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
              struct strbuf *key);
enum { LINT_KEY_BYTES_MAX = 2048 };
/* Where a literal or a name that starts at node->offset ends: without the parentheses around it. */
size_t lint_token_end(const struct lint *lint, const struct syntax_node *node);
/* How the query writes it, short enough for a message. */
str lint_shown(const struct lint *lint, const struct syntax_node *node);
/* 'text' as a literal of AQL; NULL data: out of memory. */
str lint_quote(struct lint *lint, str text, char quote);

/* ---- lint_atom.c ---- */

enum atom_kind {
    ATOM_OTHER,  /* only its key is known */
    ATOM_VALUES, /* subject is one of `values` */
    ATOM_LIKE,   /* subject fits `pattern` */
    ATOM_RANGE,  /* subject is a number in [min, max] */
    ATOM_IS_NULL,
    ATOM_CONSTANT /* is_true */
};

struct atom_constant {
    bool is_number;
    int64_t number;
    str text;
    const struct syntax_node *node; /* where it is written */
};

/* A condition without AND, OR and NOT. */
struct atom {
    enum atom_kind kind;
    const struct syntax_node *node;
    const struct syntax_node *subject_node;
    str subject; /* key; empty for ATOM_OTHER and ATOM_CONSTANT */
    str key;     /* of the whole condition, without its negation; empty: too long */
    bool is_negated;
    bool is_true;
    bool ignores_case; /* of the pattern, or LOWER(x), UPPER(x) around the subject */
    bool is_lower;     /* LOWER(x) */
    bool is_upper;
    bool is_impossible; /* LOWER(x) = 'Abc' */
    str pattern;
    const struct syntax_node *pattern_node;
    int64_t min;
    int64_t max;
    struct atom_constant *values;
    uint32_t value_count;
};

/* `is_negated`: the whole stands under a NOT. False when memory is out. */
bool lint_atom(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node, bool is_negated,
               struct atom *ret_atom);
/* What the atom says of one value of its subject. 1 true, 0 false, -1 not known. */
int atom_test(struct lint *lint, const struct atom *atom, const struct atom_constant *value);

/* ---- lint_pattern.c ---- */

struct like_text {
    str pattern;
    bool ignores_case;
};
/* True if whatever fits `narrow` also fits `wide`. Never true wrongly; may be false wrongly for odd patterns. */
bool pattern_covers(struct like_text wide, struct like_text narrow);
/* The literal of '%literal%'; false for any other pattern. */
bool pattern_contained_literal(str pattern, str *ret_literal);
bool pattern_has_wildcard(str pattern);
/* The longest run between wildcards. */
str pattern_longest_literal(str pattern);

/* ---- literal_index.c ---- */

struct literal_index;
/* Finds which of many literals stand in a text, ignoring ASCII case. NULL: out of memory. */
struct literal_index *literal_index_build(struct arena *arena, const str *literals, uint32_t count);
/* Calls `found` for each literal that ends somewhere in `text`, until it says false. Each call is paid from *work. */
void literal_index_search(const struct literal_index *index, str text, uint64_t *work,
                          bool (*found)(void *context, uint32_t literal), void *context);

/* ---- the families ---- */

/* The terms of one AND or OR, in the order written, as atoms (NOT taken off). One condition alone is a chain of one. */
struct chain_view {
    const struct syntax_node *const *terms; /* all, also those that are chains themselves */
    uint32_t term_count;
    const struct atom *atoms; /* of those that are none */
    uint32_t count;
    bool is_and; /* of what the text says; under a NOT an OR is one */
};

/* Asked of every node. */
void lint_names(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node);
void lint_arguments(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node);
void lint_type_names(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node);
void lint_dates(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node);
void lint_likes(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node);
void lint_nulls(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node);
void lint_in_list(struct lint *lint, const struct syntax_node *node);
void lint_case(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node);
/* Of every chain. */
void lint_chain(struct lint *lint, const struct lint_scope *scope, const struct chain_view *chain);
void lint_negations(struct lint *lint, const struct lint_scope *scope, const struct atom *atoms, uint32_t count,
                    bool is_and);
void lint_cover(struct lint *lint, const struct chain_view *chain, const struct atom **atoms, uint32_t count);
/* Mends by taking the term out, with the AND or OR in front of it. */
void lint_fix_remove_term(struct lint *lint, struct diagnostic *found, const struct chain_view *chain,
                          const struct syntax_node *node);
/* Of every select. */
void lint_scores(struct lint *lint, const struct lint_scope *scope);
void lint_twins(struct lint *lint, const struct lint_scope *scope);
void lint_unfilled_fields(struct lint *lint, const struct lint_scope *scope);
void lint_clauses(struct lint *lint, const struct lint_scope *scope);

#endif
