/* plan/plan.h
 * The plan of one query: names and types resolved, constants converted, negations and costs known. Immutable once
 * plan_bind has returned; any number of runs, also at once, may use it. Not run state (execute/).
 * Memory: nodes live in the plan's own arena; compiled regexes are freed with it. Threads: read by any.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "column/schema.h"
#include "function/function.h"
#include "language/syntax.h"
#include "match/like.h"
#include "match/regex.h"

enum expression_kind {
    EXPRESSION_CONSTANT,   /* .constant; TYPE_NULL has the type the place wants */
    EXPRESSION_FIELD,      /* .field */
    EXPRESSION_CALL,       /* .function, .signature, .prepared, operands */
    EXPRESSION_ARITHMETIC, /* .operator, one or two operands of this node's type */
    EXPRESSION_CONVERT,    /* operands[0] to this node's type; null where it does not convert */
    EXPRESSION_CASE,       /* condition, value pairs, then the ELSE value (always there) */
    /* Predicates: type TYPE_BOOL */
    EXPRESSION_COMPARE, /* .operator = != < <= > >=; operands of one type */
    EXPRESSION_LIKE,    /* operands[0] value; .like, or NULL and operands[1] is the pattern */
    EXPRESSION_REGEX,   /* operands[0] value; .regex */
    EXPRESSION_IN,      /* operands[0] value; .set */
    EXPRESSION_IS_NULL, /* operands[0] */
    EXPRESSION_AND,     /* operands, cheapest first */
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
    enum value_domain domain;
    enum syntax_operator operator;
    bool ignores_case; /* of a LIKE without compiled pattern */
    bool has_field;    /* reads a field somewhere below: else it is constant in a run */
    bool has_now;      /* changes with NOW() */
    uint32_t cost;     /* rough price of one row, with all below; capped */
    uint32_t height;   /* of the tree below, aliases included; at most PLAN_HEIGHT_MAX */
    uint32_t operand_count;
    const struct expression **operands;
    struct value constant;
    field_id field;
    const struct function_def *function;
    const struct function_signature *signature;
    const void *prepared;
    const struct like_pattern *like;
    const struct regex *regex;
    const struct value_set *set;
};

struct plan_output {
    str name;
    const struct expression *expression;
};

struct plan_order {
    const struct expression *expression;
    bool is_descending;
};

struct plan {
    struct arena arena;
    const struct schema *schema;
    struct plan_output *outputs;
    uint32_t output_count;
    /* WHERE and the time clause as conjuncts, split by what they need: `early` can be tested as rows arrive, `late`
       only once NOW() is known. */
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
    bool outputs_need_now; /* outputs or orders change with NOW() */
    struct field_set fields;
    bool is_null_sql;
    struct deferred_free *deferred;
};

struct plan_options {
    bool is_null_sql;
    bool matches_full;
    bool selects_all;
    bool has_qradar_window;
    bool has_exact_time_bounds; /* no rounding of START and STOP strings to minutes */
    const struct time_zone *zone;
    const struct log_source_table *log_sources;
};

/* Binds a syntax tree. Errors: TOCSIN_ERROR_NAME, _TYPE, _UNSUPPORTED, with the position in `text`. */
tocsin_status plan_bind(const struct syntax_select *select, str text, const char *source_name,
                        const struct schema *schema, const struct plan_options *options, struct plan **ret_plan,
                        struct error *err) __attribute__((warn_unused_result));
void plan_free(struct plan *plan);

/* Number of the output with this name (ignoring case), or UINT32_MAX. */
uint32_t plan_find_output(const struct plan *plan, str name);

static inline bool plan_needs_now(const struct plan *plan)
{
    return plan->late_count > 0 || plan->outputs_need_now;
}

#endif
