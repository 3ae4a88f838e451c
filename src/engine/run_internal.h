/* engine/run_internal.h - a run's insides, shared by run.c (runs) and explain.c (explains one event of a run). */
#ifndef ENGINE_RUN_INTERNAL_H
#define ENGINE_RUN_INTERNAL_H

#include "base/strbuf.h"
#include "clickhouse/plan_split.h"
#include "engine/account_summary.h"
#include "engine/engine_internal.h"
#include "engine/row_source.h"
#include "engine/rule_prefilter.h"
#include "execute/execution.h"
#include "execute/scan_filter.h"
#include "output/output.h"
#include "store/cursor.h"

struct alerts;
struct clickhouse_use;
struct cursor_input;
struct finding_columns;
struct run_findings;

/* One rule of a run (a plain query is a run of one rule without an id). */
struct rule_run {
    struct tocsin_run *run;
    const struct plan *plan;
    const struct pack_rule *rule; /* NULL for a plain query */
    uint32_t risk_output;
    struct execution *execution;
    struct result_column *columns;
    struct result_header header; /* outputs keep a pointer to it until `end` */
    str query_text;
    struct cursor_writer *cursor; /* of INTO; NULL: none */
    struct finding_columns *finding_columns; /* its rows are joined; NULL: they are its own table */
    struct column *one_columns;  /* a row by itself: see run_part */
    uint64_t *one_validity;
    bool has_begun;              /* output_def.begin was called */
    bool needs_now;
    bool is_now_old; /* NOW() has changed since the execution was told */
    uint64_t rows;
    uint64_t tested_rows; /* given to its filter */
    int64_t busy_ns;      /* spent on them */
};

/* A run over a part of the table of ClickHouse: a pass of a scheduled hunt. */
struct run_part {
    struct clickhouse_scope scope;
    void (*see_block)(void *context, const uint8_t *id); /* see clickhouse_scan.h */
    void *see_context;
    struct alerts *alerts; /* rows that are known are passed over, and findings become alerts */
};

/* A plan of a rule that reads the log. */
struct log_plan {
    struct rule_run *rule;
    uint32_t number; /* among those of the rule */
};

/* NOW_STORE: the newest event of a store, which is known from the beginning. */
enum now_kind { NOW_NEWEST_EVENT, NOW_SYSTEM, NOW_GIVEN, NOW_CURSOR, NOW_STORE };

struct tocsin_run {
    tocsin_engine *engine;
    struct tocsin_run_options options;
    struct arena arena;
    struct input_list inputs;
    bool has_inputs;
    struct field_set wanted;
    struct format_context format_context;
    struct store_reader *store; /* NULL: logs are read */
    struct clickhouse_use *clickhouse; /* or that is asked */
    const struct run_part *part;       /* NULL: all of it */
    struct scan_filters *filters; /* NULL: all rows are read */
    struct scan_request request;
    struct row_source *source;
    struct program_environment environment;
    uint64_t hash_seed;
    uint64_t regex_given_up; /* by rules; those of properties are in the feed's account */
    enum now_kind now_kind;
    bool has_now;
    bool needs_now;
    const char *now_source;
    struct rule_run *rules;
    size_t rule_count;
    size_t first_undone; /* rules before it want no more rows */
    struct rule_prefilter *prefilter; /* NULL: every rule sees every row */
    struct log_plan *log_plans;       /* those that the prefilter knows, in its order */
    const tocsin_pack *pack; /* NULL: of one query */
    struct run_findings *findings;
    const struct output_def *output;
    void *output_state;
    str *input_names; /* of the inputs, then those that cursors were made from */
    size_t input_count;
    struct cursor_input *cursor_inputs;
    bool is_late;                 /* rows of the one plan come without some fields and lines, and are numbered: */
    struct field_set late_fields; /* those are read of rows of the answer alone */
    bool has_late_lines;          /* the plan makes groups: all that is late are the texts of lines */
    bool has_lost_rows;           /* so the store is read once more, whole rows */
    bool reads_log; /* false: of cursors only */
    bool is_stopped; /* before the end of the input */
    bool is_over;
    uint64_t rows;
    uint64_t rows_by_level[LEVEL_COUNT];
    int64_t *risks; /* of the result batch being written */
    str *levels;
    uint8_t *level_numbers;
    int64_t started_ns;
    int64_t ended_ns;
    struct account_summary kept_summary;
    struct watched_event *watch; /* the event to explain; NULL: none */
    struct measure *measure;     /* NULL: nobody asks */
    struct store_scan_statistics scan_statistics; /* counted if somebody does */
};

/* What a select reads of the watched event, caught as it passes. */
struct watched_row {
    const struct plan *plan;
    struct strbuf row; /* encoded; see execute/row_codec.h */
    bool is_found;
};

/* One event of the input (explain_query.c): itself, then the rows that each FROM (SELECT ..) makes of it. */
struct watched_event {
    const char *input; /* path as given; NULL: the first event of all */
    uint64_t line;
    struct watched_row rows[LIMIT_SUBQUERY_DEPTH + 1];
    uint32_t row_count;
};
/* Keeps what the plan reads of the watched event if the batch holds it. The context is the run. */
tocsin_status watched_event_see(void *context, const struct plan *plan, const struct batch *batch, struct error *err);

struct explain_node;
/* As text or JSON. */
tocsin_status explain_write(const struct explain_node *tree, const struct tocsin_explain_options *options,
                            struct error *err);

/* tocsin_run_query, measured if `measure` is not NULL. */
tocsin_status run_create_query(tocsin_engine *engine, const tocsin_query *query,
                               const struct tocsin_run_options *options, struct measure *measure,
                               struct tocsin_run **ret_run, struct error *err);

/* tocsin_run_pack; `part` may be NULL, and outlives the run. */
tocsin_status run_create_pack(tocsin_engine *engine, const tocsin_pack *pack, const struct tocsin_run_options *options,
                              const struct run_part *part, struct tocsin_run **ret_run, struct error *err);

/* What a part of the run may keep in memory: a rule, or the findings. */
size_t run_part_bytes(const struct tocsin_run *run);

/* Somebody looks at the lines that the rule's rows were made from. */
bool rule_keeps_evidence(const struct rule_run *rule);

/* What the rule's rows are called; once the input names are known. */
tocsin_status rule_make_header(struct rule_run *rule, struct error *err);

#endif
