/* plan/binder.h - shared by the files that bind a query; not for other folders.
 * binder.c: one SELECT, clause by clause. binder_source.c: FROM and sub-selects. binder_items.c: the SELECT list.
 * binder_group.c: GROUP BY and aggregates. binder_filter.c: WHERE and what waits. binder_time.c: LAST, START, STOP.
 * binder_foreign.c: custom functions and the like. binder_session.c: SESSION BY. binder_name.c: what names mean.
 * binder_expression.c, _predicate.c, _call.c: operators and functions. binder_type.c: conversions between types.
 */
#ifndef PLAN_BINDER_H
#define PLAN_BINDER_H

#include "plan/name_table.h"
#include "plan/plan.h"

enum binder_clause {
    CLAUSE_SELECT,
    CLAUSE_WHERE,
    CLAUSE_GROUP,
    CLAUSE_HAVING,
    CLAUSE_ORDER,
    CLAUSE_SESSION,
    CLAUSE_TIME
};

/* Which rows the names in an expression are read from. */
enum binder_rows {
    ROWS_SOURCE,
    ROWS_GROUPED /* behind GROUP BY: keys and aggregates */
};

/* A select item, for those who refer to it by its alias. */
struct bound_item {
    const struct syntax_item *syntax;
    const struct expression *source;  /* over source rows; NULL: it has an aggregate, or is * */
    const struct expression *grouped; /* over grouped rows; NULL without groups */
    bool has_aggregate;
};

struct grouping; /* binder_group.c */

/* A time clause and the text it stands in. */
struct time_clause {
    const struct syntax_time *syntax; /* NULL: none */
    str text;
    const char *source_name;
};

/* What all selects of a query share. */
struct binding {
    struct arena *arena;         /* of the outermost plan */
    const struct schema *schema; /* of the databases */
    uint32_t subselect_count;
    /* Unknown names that were looked up already, with the nearest known one: a generated query repeats its names, and
       looking through all of them costs. */
    struct name_table unknown_names;
    str *nearest; /* by unknown name */
    struct foreign_text *foreign;
    uint32_t expansion_count;
    bool is_lookup_warned[LOOKUP_COUNT];
};

struct binder {
    struct arena *arena; /* the plan's */
    struct plan *plan;
    struct binder *outer; /* of a sub-select; NULL */
    struct binding *shared;
    bool is_view;            /* a saved search */
    str source_label;        /* how errors call the source: "events", the name of a cursor */
    struct time_clause time; /* its own, or that of the query around it */
    const struct syntax_select *select;
    str text;
    const char *source_name;
    const struct schema *schema; /* of the source's rows */
    uint8_t catalog;             /* whose names count: a CATALOG_ bit */
    const struct plan_options *options;
    struct diagnostic_list *diagnostics; /* may be NULL */
    enum binder_clause clause;
    enum binder_rows rows;
    const char *aggregate;           /* name of the one whose argument is being bound, or NULL */
    const struct syntax_node *node;  /* being bound; NULL: what is made is the binder's own */
    const struct syntax_node *value; /* stands where a value to compare with is expected; may be NULL */
    uint32_t depth;                  /* of bind_expression */
    uint32_t call_depth;             /* function calls around what is being bound */
    struct bound_item *items;
    uint32_t items_visible;                        /* select items whose alias may be used */
    struct name_table aliases;                     /* to the first item of that alias */
    struct name_table outputs;                     /* to the output */
    struct grouping *grouping;                     /* NULL: no groups */
    const struct syntax_select **subquery_selects; /* of the plan's subqueries */
    bool is_foreign;                               /* `text` is not the query's, but something that it refers to */
    const struct syntax_node *reference;           /* where the query does so; may be NULL */
    const struct expansion *expansion;             /* what is being put in the place of a name or call; NULL: nothing */
    struct function_prepare prepare;
    const char *argument_of; /* the function one of whose arguments is being converted, or NULL */
    bool is_provisional;    /* the error being made will be taken back: its line does not matter */
    const char *error_code; /* of the error being reported, for diagnostics; NULL: by its status */
    struct error *err;
};

/* Errors with the position of a node. */
tocsin_status bind_error(struct binder *binder, tocsin_status status, size_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* An error that a tolerant binder can go on after becomes a remark, and TOCSIN_OK. */
tocsin_status bind_tolerate(struct binder *binder, tocsin_status status, const struct syntax_node *node);

/* A remark about a node of the query, or about a place; what is found in a text that the query refers to is remarked at
 * the reference. */
struct diagnostic *bind_remark(struct binder *binder, const char *code, enum diagnostic_severity severity,
                               const struct syntax_node *node, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
struct diagnostic *bind_remark_at(struct binder *binder, const char *code, enum diagnostic_severity severity,
                                  size_t offset, size_t offset_end, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* GROUP BY, or an aggregate somewhere. */
bool select_is_grouped(const struct syntax_select *select);
/* Binds context->select, whose outer, shared, time, text, options and the like are set. */
tocsin_status bind_plan(const struct binder *context, struct plan **ret_plan);

struct expression *expression_new(struct binder *binder, enum expression_kind kind, enum value_type type,
                                  uint32_t operand_count);
/* Computes has_field, has_now, has_subquery, cost and height from the operands. */
void expression_seal(struct expression *expression);

/* A field as such, whatever aliases say. */
tocsin_status bind_field(struct binder *binder, field_id id, const struct expression **ret_expression);
tocsin_status bind_expression(struct binder *binder, const struct syntax_node *node,
                              const struct expression **ret_expression);
/* The same, as something true or false. */
tocsin_status bind_predicate(struct binder *binder, const struct syntax_node *node,
                             const struct expression **ret_expression);
/* The same without a look at groups: for bind_expression. */
tocsin_status bind_node(struct binder *binder, const struct syntax_node *node,
                        const struct expression **ret_expression);
/* operands[0] AND operands[1] ... sorted by cost. */
tocsin_status bind_conjunction(struct binder *binder, enum expression_kind kind, const struct expression **parts,
                               uint32_t count, const struct expression **ret_expression);

/* ---- binder_name.c ---- */

enum resolution_kind { RESOLVED_NOTHING, RESOLVED_PARAMETER, RESOLVED_FIELD, RESOLVED_ITEM, RESOLVED_OUTPUT };

struct resolution {
    enum resolution_kind kind;
    field_id field;
    uint32_t item; /* or output */
};

/* FIELD_NONE if the source has no such field. */
field_id find_field(const struct binder *binder, str name);
/* What a name means where it stands: fields first in SELECT and WHERE and inside calls; else aliases first
 * (aql-reference 2.5). */
struct resolution resolve_name(const struct binder *binder, str name);
/* GROUP BY 'Alias', ORDER BY 'Alias', as in IBM's sample searches (aql-reference 1.2): the name it stands for, or
 * `node`. NULL when out of memory. */
const struct syntax_node *resolve_quoted_alias(struct binder *binder, const struct syntax_node *node);
bool resolve_hyphenated_property(const struct binder *binder, const struct syntax_node *node, field_id *ret_field);
tocsin_status bind_name(struct binder *binder, const struct syntax_node *node,
                        const struct expression **ret_expression);
/* A function that nobody knows: an error, or null where unknown names are. */
tocsin_status bind_unknown_function(struct binder *binder, const struct syntax_node *node, str name,
                                    const struct expression **ret_expression);

/* ---- binder_source.c ---- */

tocsin_status bind_source(struct binder *binder);
tocsin_status bind_in_subquery(struct binder *binder, const struct syntax_node *node, const struct expression *value,
                               const struct expression **ret_expression);

/* ---- binder_foreign.c ---- */

struct custom_function;
struct offense;

tocsin_status bind_property_expression(struct binder *binder, field_id field, const struct expression **ret_expression);
/* Changes `arguments`, which must live as long as the plan. */
tocsin_status bind_custom_function(struct binder *binder, const struct custom_function *function,
                                   const struct expression **arguments, uint32_t argument_count, size_t offset,
                                   const struct expression **ret_expression);
/* The argument that a name stands for in the body of a custom function, or NULL. */
const struct expression *find_parameter(const struct binder *binder, str name);
/* Where a name stands for all arguments from the last parameter on: those. NULL if it does not. */
const struct expression **find_all_arguments(const struct binder *binder, const struct syntax_node *node,
                                             uint32_t *ret_count);
/* NULL for one that is not known, where unknown names are null. */
tocsin_status find_offense(struct binder *binder, int64_t id, size_t offset, const struct offense **ret_offense);
tocsin_status bind_in_offense(struct binder *binder, const struct syntax_node *node,
                              const struct expression **ret_expression);

/* ---- binder_items.c ---- */

/* Which items have aggregates; then the others, over source rows, for those who refer to their aliases. */
tocsin_status bind_source_items(struct binder *binder);
/* The outputs of the plan. */
tocsin_status bind_outputs(struct binder *binder);

/* ---- binder_group.c ---- */

bool syntax_is_aggregate(const struct syntax_node *node);
/* Does an aggregate stand in it, sub-selects aside? */
bool syntax_has_aggregate(const struct syntax_node *node);
tocsin_status bind_group_begin(struct binder *binder);
/* The keys; from then on binder->rows may be ROWS_GROUPED. */
tocsin_status bind_group_keys(struct binder *binder);
tocsin_status bind_having(struct binder *binder);
/* When all expressions over grouped rows are bound: their schema. */
tocsin_status bind_group_end(struct binder *binder);
/* An expression over grouped rows. */
tocsin_status bind_grouped(struct binder *binder, const struct syntax_node *node,
                           const struct expression **ret_expression);
/* The same of a field: its key, or its first value. */
tocsin_status bind_grouped_field(struct binder *binder, field_id field, const struct expression **ret_expression);
bool expression_is_first_value(const struct binder *binder, const struct expression *expression);
/* An aggregate where none may stand. */
tocsin_status bind_misplaced_aggregate(struct binder *binder, str name, size_t offset);

/* ---- binder_filter.c, binder_session.c, binder_time.c ---- */

/* An error where sessions cannot be: before the columns are bound, whose sessionid is not known then. */
tocsin_status bind_session_place(struct binder *binder);
tocsin_status bind_session(struct binder *binder);
/* False if it is more than time can be. */
bool unit_to_ms(int64_t amount, enum syntax_unit unit, int64_t *ret_ms);

tocsin_status bind_filter(struct binder *binder);
/* The value of constant integer arithmetic like 24*60*60*1000. False if it is anything else, or overflows. */
bool expression_integer(const struct expression *expression, int64_t *ret);
/* The time clause as up to two conditions. */
tocsin_status bind_time(struct binder *binder, const struct expression *ret_parts[2]);

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

tocsin_status bind_compare_nodes(struct binder *binder, enum syntax_operator operator, const struct expression * left,
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
