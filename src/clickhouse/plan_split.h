/* clickhouse/plan_split.h
 * Cuts plans into what ClickHouse does and what is left here. Never an approximation: what the server is asked for is
 * either what the plan says for every value there may be, or something that holds for more rows, of which the plan's
 * own pipeline takes the right ones.
 *
 * Rows: clickhouse_split_rows gives the SELECT whose rows hold all that some of the plans wants. Every plan's pipeline
 * then runs over them as it runs over a log. Of one plan with ORDER BY and LIMIT, if its WHERE is exact, only the first
 * rows are asked for.
 * Groups: clickhouse_split_groups gives a SELECT with GROUP BY, and the plan that makes the answer of its rows, each of
 * which stands for many. The server's groups may be finer than the plan's: what it can't work out exactly as we do
 * (a key, an aggregate's argument, a condition) is worked out here of the fields it reads, by which the server then
 * groups, too. HAVING, columns, order and limit are left.
 * Memory: texts in the arena given. Threads: none of its own.
 */
#ifndef CLICKHOUSE_PLAN_SPLIT_H
#define CLICKHOUSE_PLAN_SPLIT_H

#include "clickhouse/clickhouse_dialect.h"
#include "clickhouse/clickhouse_layout.h"
#include "plan/explain.h"
#include "plan/plan.h"

struct clickhouse_target {
    enum clickhouse_dialect dialect;
    str table_name;                   /* "`db`.`events`", as it stands behind FROM */
    const struct layout_table *table; /* NULL: it has a column for every field of the schema */
    const struct schema *schema;      /* of the log */
    const struct time_zone *zone;     /* NULL: UTC */
    const struct log_source_table *log_sources;
    const struct lookup_tables *lookups;
    bool has_now;
    int64_t now_ms; /* of the run; what needs it is left here while it is not known */
    /* Different values that a field's column has, without null, in rows that do not change; what is not among them is
       looked at here, so that they need be neither all nor true. At most `value_max`. False: they are not known. NULL:
       none are. */
    bool (*values)(void *context, field_id field, const struct column **ret_values, uint32_t *ret_count);
    void *values_context;
};

enum clickhouse_push {
    PUSH_NONE,   /* left here */
    PUSH_WEAKER, /* a condition that holds for more rows; the test follows here */
    PUSH_EXACT
};

/* What became of one part of a plan, for explain. */
struct clickhouse_part {
    const struct plan *plan;
    const struct expression *expression; /* NULL: see `name` */
    const char *name;                    /* "group", "order", "limit", ...; of conditions NULL */
    enum clickhouse_push push;
    str sql;    /* empty for PUSH_NONE */
    str reason; /* why it is not exact; empty for PUSH_EXACT */
};

struct clickhouse_rows {
    str sql; /* SELECT columns FROM table PREWHERE .. WHERE .. [ORDER BY .. LIMIT ..], without FORMAT */
    /* Fields whose columns are selected, in this order; then, with wants_places, _line and _input, with wants_evidence
       _source and _evidence, and with a scope _block. Wanted fields that the table lacks are not among them: they have
       their filler, or null. */
    const field_id *fields;
    uint32_t field_count;
    bool has_places;
    bool has_evidence;
    bool has_blocks;
    struct clickhouse_part *parts;
    uint32_t part_count;
};

/* Of a search that is not over the whole table. Conditions are SQL. */
struct clickhouse_scope {
    str arrived;   /* the rows to be examined */
    str around;    /* those that plans are asked about which look at several rows together */
    str witnesses; /* rows that come whatever the plans say */
};

struct clickhouse_rows_options {
    struct field_set fields; /* that the batches shall have; those that conditions need only there are not selected */
    bool wants_places;       /* _line and _input, by which rows are told apart */
    bool wants_evidence;     /* _source and _evidence, to be shown; with wants_places */
    bool is_counting;        /* every row of the log counts: no conditions */
    bool keeps_input_order;  /* rows of a query without ORDER BY are as they were read, not newest first */
    bool is_ordered;         /* as they were read, unless only the first of another order are asked for */
    const char *group_reason; /* why a plan's groups are not made there, for explain; NULL: nobody asks */
    const struct clickhouse_scope *scope; /* NULL: the whole table. Needs wants_evidence */
    const bool *looks_around;             /* of a scope, by plan: those that it has `around` for */
};

/* `plans` are those that read the log (execution_log_plans), of any number of queries. */
tocsin_status clickhouse_split_rows(const struct plan *const *plans, uint32_t plan_count,
                                    const struct clickhouse_target *target,
                                    const struct clickhouse_rows_options *options, struct arena *arena,
                                    struct clickhouse_rows *ret_rows, struct error *err)
    __attribute__((warn_unused_result));

struct clickhouse_groups {
    const struct plan *plan; /* to be run over the rows; NULL: groups are made here */
    const char *reason;      /* why */
    struct schema *schema;   /* of the rows; schema_free when no batch and no plan needs it any more */
    struct field_set fields; /* of the batches */
    struct clickhouse_rows rows; /* without places */
    const str *columns;          /* names of the answer's columns, one a field of `rows` */
};

/* `plan` is a whole query. Rows of the answer know nothing of the lines they were made from. */
tocsin_status clickhouse_split_groups(const struct plan *plan, const struct clickhouse_target *target,
                                      bool keeps_input_order, struct arena *arena,
                                      struct clickhouse_groups *ret_groups, struct error *err)
    __attribute__((warn_unused_result));

/* Adds to the tree of `explain` the SQL, and each part with what was pushed and why the rest was not. */
tocsin_status clickhouse_explain(const struct clickhouse_target *target, const struct clickhouse_rows *rows,
                                 struct arena *arena, struct explain_node *parent, struct error *err)
    __attribute__((warn_unused_result));

/* Settings that a query of this size needs beside those of the connection: "max_query_size=...&...". */
#define CLICKHOUSE_QUERY_SETTINGS                                                                                      \
    "max_query_size=16777216&max_ast_elements=2000000&max_expanded_ast_elements=4000000&max_ast_depth=10000"           \
    "&group_by_overflow_mode=throw&max_bytes_before_external_group_by=4000000000"

#endif
