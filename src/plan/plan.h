/* plan/plan.h
 * The plan of one query: names and types resolved, constants converted, negations and costs known. Immutable once
 * plan_bind has returned; any number of runs, also at once, may use it. Not run state (execute/).
 * Memory: nodes live in the plan's own arena; compiled regexes are freed with it. Threads: read by any.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "base/diagnostic.h"
#include "column/schema.h"
#include "function/function.h"
#include "language/syntax.h"
#include "match/like.h"
#include "match/regex.h"
#include "match/text_search.h"

enum expression_kind {
    EXPRESSION_CONSTANT,   /* .constant; TYPE_NULL has the type the place wants */
    EXPRESSION_FIELD,      /* .field */
    EXPRESSION_CALL,       /* .function, .signature, .prepared, operands */
    EXPRESSION_ARITHMETIC, /* .operator, one or two operands of this node's type */
    EXPRESSION_CONVERT,    /* operands[0] to this node's type; null where it does not convert */
    EXPRESSION_CASE,       /* condition, value pairs, then the ELSE value (always there) */
    /* Predicates: type TYPE_BOOL */
    EXPRESSION_COMPARE,     /* .operator = != < <= > >=; operands of one type */
    EXPRESSION_LIKE,        /* operands[0] value; .like, or NULL and operands[1] is the pattern */
    EXPRESSION_REGEX,       /* operands[0] value; .regex */
    EXPRESSION_IN,          /* operands[0] value; .set, or .subquery: the set is the answer of that sub-select */
    EXPRESSION_TEXT_SEARCH, /* operands[0] the payload; .text_search */
    EXPRESSION_IS_NULL,     /* operands[0] */
    EXPRESSION_AND,         /* operands, cheapest first */
    EXPRESSION_OR,
    EXPRESSION_NOT,
    EXPRESSION_TRUTH /* operands[0] a TYPE_BOOL value that is no predicate: true if it is true */
};

/* Constants of an IN list, of one type, sorted and without repeats. */
struct value_set {
    enum value_type type;
    uint32_t count;
    bool has_null;
    union {
        int64_t *integers;
        double *doubles;
        str *strings;
        struct ip *ips;
    };
};

/* Bounds the recursion of every walk over a plan. More than a query may be nested, since an alias stands for its whole
 * expression, and conversions add nodes of their own. */
enum { PLAN_HEIGHT_MAX = 4 * LIMIT_EXPRESSION_DEPTH };

struct expression {
    enum expression_kind kind;
    enum value_type type;
    const struct syntax_node *syntax; /* what it was made from, in the query's text; NULL: the binder's own */
    enum value_domain domain;
    enum syntax_operator operator;
    bool ignores_case; /* of a LIKE or a regex */
    bool has_field;    /* reads a field somewhere below: else it is constant in a run */
    bool has_now;      /* changes with NOW() */
    bool ignores_now;  /* of a call: its function may change with NOW(), this call does not */
    bool has_subquery; /* needs the answer of a sub-select: known only after the input has ended */
    uint32_t cost;     /* rough price of one row, with all below; capped */
    uint32_t height;   /* of the tree below, aliases included; at most PLAN_HEIGHT_MAX */
    uint32_t operand_count;
    const struct expression **operands;
    struct value constant;
    field_id field;
    const struct function_def *function;
    const struct function_signature *signature;
    const void *prepared;
    str pattern; /* constant pattern of a LIKE or a regex, as written */
    const struct like_pattern *like;
    const struct regex *regex;
    const struct value_set *set; /* NULL: of .subquery */
    uint32_t subquery;           /* index into the plan's subqueries */
    const struct text_search *text_search;
};

struct plan;

/* Where the rows of a plan come from. */
enum plan_source_kind {
    PLAN_SOURCE_LOG,   /* records of the input: events, flows or simarc, see .catalog */
    PLAN_SOURCE_PLAN,  /* the rows of .inner: FROM (SELECT ...), GLOBALVIEW */
    PLAN_SOURCE_CURSOR /* rows saved by INTO: .cursor */
};

struct plan_source {
    enum plan_source_kind kind;
    uint8_t catalog;    /* CATALOG_EVENTS, CATALOG_FLOWS, CATALOG_SIMARC of column/schema.h (PLAN_SOURCE_LOG) */
    struct plan *inner; /* owned */
    str cursor;
};

/* WHERE x IN (SELECT y ...): uncorrelated, of one output, whose type is the comparison's (the binder converts). */
struct plan_subquery {
    struct plan *plan; /* owned */
};

struct plan_aggregate {
    enum aggregate_kind kind;
    const struct syntax_node *syntax;  /* of the call, or of what the first value is taken of; NULL for one of * */
    const struct expression *argument; /* over source rows; NULL for COUNT(*) */
    enum value_type type;              /* of the result: double, or the argument's for FIRST, LAST and for MIN and MAX
                                          of what is no number */
};

enum { PLAN_GIVEN_PARTS = 4 };

/* Of an aggregate that somebody else has begun: fields with numbers to be added to its state. */
struct plan_given_parts {
    /* 0: the argument is that of each of the rows. 1: the number that COUNT adds. 4: of a sum of integers the count of
       values, and the sums of their lowest 21 bits, of the next 21, and of the rest with its sign. */
    uint32_t count;
    field_id fields[PLAN_GIVEN_PARTS];
};

/* Rows that somebody else has grouped: each stands for many rows of the source that are equal in whatever the group
 * reads of them. Fields of the plan's schema.
 * Places are texts of PLAN_PLACE_BYTES, whose order as bytes is that of the rows: time (two numbers of 6 bytes, its
 * upper and lower half), input, line and row (8 bytes each), all with the greatest byte first. */
struct plan_given {
    field_id rows;  /* integer: how many; with none it is no row */
    field_id first; /* the place of the first of them; FIELD_NONE: nobody asks */
    field_id last;
    const struct plan_given_parts *parts; /* by aggregate */
};
enum { PLAN_PLACE_HALF_BYTES = 6, PLAN_PLACE_PART_BYTES = 8, PLAN_PLACE_PARTS = 3, PLAN_PLACE_BYTES = 36 };

/* GROUP BY, or an aggregate without it (key_count 0: one group, also of no rows). Stands between two kinds of rows: its
 * expressions read source rows; the plan's outputs, orders and `having` read grouped rows. */
struct plan_group {
    const struct expression **keys;
    uint32_t key_count;
    struct plan_aggregate *aggregates;
    uint32_t aggregate_count;
    struct schema *schema;           /* of the grouped rows: field i is key i, then the aggregates; owned */
    struct field_set fields;         /* of that schema, read by outputs, orders and having */
    const struct expression *having; /* a predicate over grouped rows, or NULL */
    const struct plan_given *given;  /* NULL: the source's rows are single ones */
};

/* SESSION BY: rows that passed WHERE, in the order of `time`, get FIELD_SESSIONID or are dropped (aql-reference
 * 2.14), before grouping and outputs. */
struct plan_session {
    const struct expression *time;
    const struct expression **keys;
    uint32_t key_count;
    const struct expression *begin; /* predicate */
    const struct expression *end;   /* predicate, or NULL */
    bool is_begin_explicit;
    bool is_end_explicit;
    bool has_timeout;
    int64_t timeout_ms;
    bool has_window;
    int64_t window_ms;
};

struct plan_output {
    str name;
    const struct expression *expression;
};

struct plan_order {
    const struct expression *expression;
    bool is_descending;
    str collation; /* BCP 47 tag, checked; empty: by code point */
};

/* The rows of a plan go: source -> early and late filter -> session -> group, having -> outputs, orders -> limit.
 * Sub-selects (source.inner, subqueries) are plans of their own, on the same input; all read it in one pass. */
struct plan {
    struct arena arena;
    struct plan_source source;
    const struct schema *schema;   /* of the source's rows: the catalogue, or derived_schema */
    struct schema *derived_schema; /* of source.inner's outputs or of a cursor, field i = column i; owned; else NULL */
    struct plan_subquery *subqueries;
    uint32_t subquery_count;
    struct plan_session *session; /* NULL: none */
    struct plan_group *group;     /* NULL: none */
    str into;                     /* name of the cursor the answer is kept under; empty: none */
    int64_t time_limit_ms;        /* EXECUTIONTIMELIMIT; 0: none */
    struct plan_output *outputs;
    uint32_t output_count;
    /* WHERE and the time clause as conjuncts, split by what they need: `early` can be tested as rows arrive, `late`
       only once NOW() and the answers of sub-selects are known. */
    const struct expression **early;
    uint32_t early_count;
    const struct expression **late;
    uint32_t late_count;
    /* Of `late`, those of the form value > NOW() + constant: a row that fails with the newest time seen so far also
       fails with the final one, so they prune while rows arrive. */
    const struct expression **late_monotone;
    uint32_t late_monotone_count;
    struct plan_order *orders;
    uint32_t order_count;
    bool has_limit;
    uint64_t limit;
    bool outputs_need_now;           /* outputs, orders, groups or sessions change with NOW() or a sub-select */
    const struct expression *filter; /* WHERE as one tree: for EXPLAIN and lint; NULL: none */
    bool has_window;                 /* the time clause as far as constant, for pruning and for the account of a run: */
    int64_t window_min_ms;           /* inclusive; INT64_MIN: open */
    int64_t window_max_ms;           /* inclusive; INT64_MAX: open */
    struct field_set fields;
    bool is_null_sql;
    struct deferred_free *deferred;
};

struct plan_options {
    bool is_null_sql;
    bool matches_full;
    bool selects_all;
    bool has_qradar_window;
    bool has_exact_time_bounds;   /* no rounding of START and STOP strings to minutes */
    bool rounds_all_bounds;       /* also LAST and epoch milliseconds are rounded to minutes */
    bool has_null_unknown_fields; /* an unknown field is null, with a warning, instead of an error */
    bool is_tolerant;             /* see plan_bind */
    /* Columns of a saved cursor as a derived schema (owned by the caller's plan); TOCSIN_END: no such cursor. NULL:
       there are no cursors. */
    tocsin_status (*find_cursor)(void *context, str name, struct schema **ret_schema, struct error *err);
    /* The name of a cursor that is like `name`, in the arena; empty: none. NULL: there are no cursors. */
    str (*suggest_cursor)(void *context, str name, struct arena *arena);
    void *cursor_context;
    const struct time_zone *zone;
    const struct log_source_table *log_sources;
    const struct lookup_tables *lookups;
};

/* Binds a syntax tree, which the plan refers to and which must outlive it. Errors: TOCSIN_ERROR_NAME, _TYPE,
 * _UNSUPPORTED, _LIMIT, with the position in `text`. What does not keep the query from running is remarked in
 * `diagnostics` (may be NULL). With options->is_tolerant unknown names are remarked as errors there, too, and stand for
 * NULL, so that `check` sees all of them; the plan must then not be run if the list holds an error. */
tocsin_status plan_bind(const struct syntax_select *select, str text, const char *source_name,
                        const struct schema *schema, const struct plan_options *options,
                        struct diagnostic_list *diagnostics, struct plan **ret_plan, struct error *err)
    __attribute__((warn_unused_result));
void plan_free(struct plan *plan);

/* Number of the output with this name (ignoring case), or UINT32_MAX. */
uint32_t plan_find_output(const struct plan *plan, str name);

/* Fields that it reads, added to `fields`. False: they are too many nodes to look at, and some may be missing. */
bool expression_fields(const struct expression *expression, struct field_set *fields)
    __attribute__((warn_unused_result));

static inline bool plan_needs_now(const struct plan *plan)
{
    return plan->late_count > 0 || plan->outputs_need_now; /* own rows only, not those of sub-selects */
}

#endif
