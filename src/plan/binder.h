/* plan/binder.h - shared by the files that bind a query; not for other folders.
 * binder.c: clauses. binder_expression.c: names, operators, calls. binder_type.c: conversions between types.
 */
#ifndef PLAN_BINDER_H
#define PLAN_BINDER_H

#include "plan/plan.h"

enum binder_clause { CLAUSE_SELECT, CLAUSE_WHERE, CLAUSE_ORDER, CLAUSE_TIME };

struct binder {
    struct arena *arena; /* the plan's */
    struct plan *plan;
    const struct syntax_select *select;
    str text;
    const char *source_name;
    const struct schema *schema;
    uint8_t catalog; /* whose names count: a CATALOG_ bit */
    const struct plan_options *options;
    struct diagnostic_list *diagnostics; /* may be NULL */
    enum binder_clause clause;
    uint32_t depth;         /* of bind_expression */
    uint32_t items_bound;   /* select items whose expression is known: aliases that may be used */
    uint32_t *item_output;  /* first output of each select item */
    struct function_prepare prepare;
    struct error *err;
};

/* Errors with the position of a node. */
tocsin_status bind_error(struct binder *binder, tocsin_status status, size_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

struct expression *expression_new(struct binder *binder, enum expression_kind kind, enum value_type type,
                                  uint32_t operand_count);
/* Computes has_field, has_now and cost from the operands. */
void expression_seal(struct expression *expression);

/* A field as such, whatever a query can name and whatever aliases say. */
tocsin_status bind_field(struct binder *binder, field_id id, const struct expression **ret_expression);
tocsin_status bind_expression(struct binder *binder, const struct syntax_node *node,
                              const struct expression **ret_expression);
/* The same, as something true or false. */
tocsin_status bind_predicate(struct binder *binder, const struct syntax_node *node,
                             const struct expression **ret_expression);
/* operands[0] AND operands[1] ... sorted by cost. */
tocsin_status bind_conjunction(struct binder *binder, enum expression_kind kind, const struct expression **parts,
                               uint32_t count, const struct expression **ret_expression);

/* ---- binder_type.c ---- */

tocsin_status bind_constant(struct binder *binder, struct value value, const struct expression **ret_expression);
tocsin_status bind_integer(struct binder *binder, int64_t value, const struct expression **ret_expression);
/* `expression` as `type`; constants are converted now. `offset` is for the error. */
tocsin_status bind_convert(struct binder *binder, const struct expression *expression, enum value_type type,
                           size_t offset, const struct expression **ret_expression);
/* As text, by AQL's STR(). */
tocsin_status bind_to_string(struct binder *binder, const struct expression *expression, size_t offset,
                             const struct expression **ret_expression);
/* Brings both sides of a comparison to one type (aql-reference 3.2). */
tocsin_status bind_comparable(struct binder *binder, const struct expression **left, const struct expression **right,
                              size_t offset);
tocsin_status bind_wrong_type(struct binder *binder, size_t offset, enum value_type found, const char *required);

/* ---- binder_call.c ---- */

tocsin_status bind_call(struct binder *binder, const struct syntax_node *node,
                        const struct expression **ret_expression);
tocsin_status bind_function(struct binder *binder, const struct function_def *function,
                            const struct expression **arguments, uint32_t argument_count, size_t offset,
                            const struct expression **ret_expression);

/* ---- binder_predicate.c ---- */

tocsin_status bind_compare_nodes(struct binder *binder, enum syntax_operator operator, const struct expression *left,
                                 const struct expression *right, size_t offset,
                                 const struct expression **ret_expression);
tocsin_status bind_not(struct binder *binder, const struct expression *operand,
                       const struct expression **ret_expression);
tocsin_status bind_pattern(struct binder *binder, const struct syntax_node *node,
                           const struct expression **ret_expression);
tocsin_status bind_in(struct binder *binder, const struct syntax_node *node, const struct expression **ret_expression);
tocsin_status bind_between(struct binder *binder, const struct syntax_node *node,
                           const struct expression **ret_expression);
tocsin_status bind_is_null(struct binder *binder, const struct syntax_node *node,
                           const struct expression **ret_expression);
/* A value expression of TYPE_BOOL as a predicate. */
tocsin_status bind_truth(struct binder *binder, const struct expression *expression, size_t offset,
                         const struct expression **ret_expression);
bool expression_is_predicate(const struct expression *expression);

#endif
