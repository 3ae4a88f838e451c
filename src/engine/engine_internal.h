/* engine/engine_internal.h - the insides of tocsin.h's handles, shared by the files of this folder. */
#ifndef ENGINE_ENGINE_INTERNAL_H
#define ENGINE_ENGINE_INTERNAL_H

#include "base/error.h"
#include "base/civil_time.h"
#include "column/log_source.h"
#include "column/schema.h"
#include "pack/pack.h"
#include "plan/plan.h"
#include "tocsin/tocsin.h"

struct format_def;
struct property_set;
struct store_reader;
struct clickhouse_link;

struct tocsin_engine {
    struct arena arena;
    struct schema *schema;
    struct log_source_table *log_sources;
    struct lookup_tables *lookups;
    struct property_set *properties;
    struct time_zone *zone;
    const char *cursors_path; /* NULL: no cursors */
    struct plan_options plan_options;
    const char *store_path; /* whose properties are in the schema; NULL: none */
    _Atomic(struct store_reader *) store; /* as it was when that was asked; the first run over it takes it */
    const char *clickhouse_url; /* whose properties are in the schema; NULL: none */
    _Atomic(struct clickhouse_link *) clickhouse; /* the connection; the first run over it takes it */
    unsigned clickhouse_seconds;                  /* for all that is asked there; 0: no limit */
    bool (*is_cancelled)(void *context);          /* NULL: never */
    void *cancel_context;
    struct tocsin_format *formats; /* for tocsin_format_get */
    size_t format_count;
    struct tocsin_function *functions; /* for tocsin_function_get */
    size_t function_count;
};

/* Kept answers, listed. */
struct tocsin_cursors {
    struct arena arena;
    struct tocsin_cursor *items;
    size_t count;
};

struct tocsin_query {
    str text;
    struct arena arena; /* query text and syntax tree: the plan's constants are views into them */
    struct plan *plan;
    const char *source_name;
    struct tocsin_diagnostic *diagnostics;
    size_t diagnostic_count;
};

/* A pack with its queries bound, by rule. */
struct tocsin_pack {
    struct pack *pack;
    tocsin_query **queries;
    uint32_t *risk_output; /* by rule; UINT32_MAX: the rule has no risk column */
    struct tocsin_rule *described; /* by rule */
    struct tocsin_pack_info info;
};

/* Parses and binds. `source_name` lives as long as the query. */
tocsin_status query_create(tocsin_engine *engine, str text, const char *source_name, tocsin_query **ret_query,
                           struct error *err);

/* Copies an error into the caller's, whose layout is public. Gives the status back. */
tocsin_status public_error(struct tocsin_error *target, const struct error *err);

/* Does a log source type ever fill a field? 1, 0, or -1: nobody knows. `context` is the engine. */
int engine_type_fills(const void *context, int64_t type_id, field_id field);

/* NULL: by content. */
tocsin_status engine_find_format(const char *name, const struct format_def **ret_format, struct error *err);
/* Keys of groups and values of dictionaries come from attackers, who must not know in which slot they end. */
uint64_t engine_random_seed(void);

/* False: it reads cursors only. */
bool plan_reads_log(const struct plan *plan);
/* Its rows are made of several events, or depend on others. */
bool plan_looks_around(const struct plan *plan);
/* How long its sessions may take; 0: it has none that end. */
int64_t plan_longest_window(const struct plan *plan);

/* Fills engine->functions; the look-up tables are loaded. */
tocsin_status describe_functions(struct tocsin_engine *engine, struct error *err);

#endif
