/* function/function.h
 * What an AQL function is: one file each (or one per family) in this folder ends with a
 * `const struct function_def function_NAME` that the generated registry lists. The framework, not the author, handles
 * constant arguments, nulls and selections, so a kernel is a plain loop.
 * Not plan nodes: the binder picks a signature, the executor calls its kernel.
 */
#ifndef FUNCTION_FUNCTION_H
#define FUNCTION_FUNCTION_H

#include "base/civil_time.h"
#include "base/error.h"
#include "column/column.h"
#include "column/log_source.h"
#include "lookup/lookup.h"

/* What holds for a whole run. */
struct function_environment {
    int64_t now_ms;
    const struct time_zone *zone; /* NULL = UTC */
    const struct log_source_table *log_sources;
    const struct lookup_tables *lookups;
};

struct function_call {
    const struct function_environment *environment;
    struct arena *arena;  /* bytes of string results; lives as long as the result column */
    const void *prepared; /* what `prepare` made, or NULL */
    void *scratch;        /* struct regex_scratch of this thread */
    struct command_cache *commands; /* of this run, or NULL */
    struct text_memo *texts;        /* the same */
};

/* Fills ret for the rows listed: value and, with FUNCTION_SEES_NULLS or when the result is null, validity (the
 * framework marks all listed rows valid before the call; column_set_null takes it back). Arguments are read with the
 * column_* getters, which serve constant columns too. TOCSIN_ERROR_MEMORY is the only expected failure. */
typedef tocsin_status function_kernel(const struct function_call *call, const struct column *const *arguments,
                                      uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                      struct column *ret, struct error *err);

#define TYPES(type)         (1u << (type))
#define TYPES_NUMBER        (TYPES(TYPE_INT64) | TYPES(TYPE_DOUBLE))
#define TYPES_ANY           (TYPES(TYPE_COUNT) - 1u)

struct function_argument {
    uint32_t types;           /* mask of accepted types */
    enum value_domain domain; /* DOMAIN_NONE: any */
    bool must_be_constant;    /* e.g. a date pattern */
};

enum { FUNCTION_ARGUMENTS_MAX = 4 };

struct function_signature {
    enum value_type result;
    enum value_domain result_domain;
    uint8_t required_count;
    uint8_t argument_count; /* described below; with is_variadic the last repeats */
    bool is_variadic;
    struct function_argument arguments[FUNCTION_ARGUMENTS_MAX];
    function_kernel *kernel;
    bool depends_on_now; /* this form does, where the function as a whole does not */
};

struct function_prepare;

/* Families; function_families has them in order. */
#define FUNCTION_FAMILY_TEXT         "text"
#define FUNCTION_FAMILY_NUMBER       "numbers"
#define FUNCTION_FAMILY_TIME         "time"
#define FUNCTION_FAMILY_EVENT        "events and log sources"
#define FUNCTION_FAMILY_NETWORK      "network and assets"
#define FUNCTION_FAMILY_DEPLOYMENT   "domains and processors"
#define FUNCTION_FAMILY_RULE         "rules and offenses"
#define FUNCTION_FAMILY_REFERENCE    "reference data"
#define FUNCTION_FAMILY_GEOGRAPHY    "geography"
#define FUNCTION_FAMILY_INTELLIGENCE "threat intelligence"
#define FUNCTION_FAMILY_AGGREGATE    "aggregates"
#define FUNCTION_FAMILY_COMMAND      "command lines"
#define FUNCTION_FAMILY_KUBERNETES   "Kubernetes requests"
#define FUNCTION_FAMILY_CUSTOM       "custom functions"

/* What an aggregate makes of the values of a group. Aggregates have no kernel: the plan's groups compute them. */
enum aggregate_kind {
    AGGREGATE_NONE, /* a scalar function */
    AGGREGATE_COUNT_ROWS, /* COUNT(*) */
    AGGREGATE_COUNT,
    AGGREGATE_SUM,
    AGGREGATE_AVG,
    AGGREGATE_MIN,
    AGGREGATE_MAX,
    AGGREGATE_STDEV,
    AGGREGATE_STDEVP,
    AGGREGATE_UNIQUECOUNT,
    AGGREGATE_DISTINCTCOUNT,
    AGGREGATE_FIRST, /* also of every selected column that is neither grouped nor aggregated */
    AGGREGATE_LAST
};

struct function_def {
    const char *names[4]; /* first is canonical; upper case; unused are NULL */
    const struct function_signature *signatures; /* the first that fits is taken */
    size_t signature_count;
    bool sees_nulls;    /* false: null in, null out, and the kernel never sees one */
    const char *null_rule; /* what nulls give, in a sentence; needed with sees_nulls, else NULL (function_null_rule) */
    bool depends_on_now; /* result changes with the run's NOW(): not folded before it is known */
    /* Called once at bind time with the constant arguments (NULL where an argument is not constant): compile a pattern,
       check a CIDR, find a table. Owned by the arena; what needs freeing is registered with `defer_free`. May be
       NULL. */
    tocsin_status (*prepare)(struct function_prepare *prepare, const struct value *const *arguments,
                             uint32_t argument_count, const void **ret_prepared, struct error *err);
    /* The table the function reads, and what it gives while the user has no file for it ("NETWORKNAME gives 'other'");
       a query that uses it is warned. LOOKUP_NONE: none, or its built-in data are good enough. */
    enum lookup_id lookup;
    const char *without_lookup;
    enum aggregate_kind aggregate; /* AGGREGATE_NONE, or an aggregate; COUNT also counts rows: COUNT(*) */
    bool is_own;        /* Tocsin's own: QRadar does not know it */
    const char *family; /* heading in lists: FUNCTION_FAMILY_... */
    /* How ClickHouse is asked for calls, in words for a list (the SQL is src/clickhouse's); NULL: by a list of what the
       function gives for the values that the column has; aggregates have it all. */
    const char *clickhouse;
    const char *description;
    const char *example;        /* an AQL expression */
    const char *example_result; /* as `tocsin query --config docs/lookups -o csv` prints it */
};

struct function_prepare {
    struct arena *arena; /* the query's */
    const struct log_source_table *log_sources;
    const struct lookup_tables *lookups; /* as they will be in every run of the query */
    bool accepts_unknown_names; /* a reference set that is not there is no error, but a remark, and counts as empty */
    struct error *remark;       /* what the user should know, though the query runs: the status is that which would have
                                   been an error, or TOCSIN_OK; may be NULL */
    /* Set by `prepare`: with these arguments and tables the result does not change with NOW() after all. */
    bool ignores_now;
    /* Registers something to free with the query. */
    tocsin_status (*defer_free)(struct function_prepare *prepare, void (*free_it)(void *), void *object);
    void *owner;
};

/* Whether the user gave the table: only then can a constant name be wrong. */
static inline bool function_lookup_is_loaded(const struct function_prepare *prepare, enum lookup_id id)
{
    return prepare->lookups && prepare->lookups->is_loaded[id];
}

/* For `prepare`: a name that is not there. Where the query shall run all the same it is only remarked. */
tocsin_status function_unknown_name(const struct function_prepare *prepare, const struct error *problem,
                                    struct error *err);

/* NULL if there is no such function. `name` is as typed, with "NS::" in front where one was written. */
const struct function_def *function_find(str name);
const struct function_def *const *function_list(size_t *ret_count);
/* Nearest name, or empty. */
str function_suggest(str name);

#endif
