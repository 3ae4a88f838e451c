/* tocsin.h - the public interface of the Tocsin library.
 *
 * What it is for: run AQL (the query language of IBM QRadar) over security logs, without a QRadar.
 * What it is not for: reading one log format alone, or running SQL.
 *
 * Strings given to the library are pointer and length, or NUL-terminated where the type says `const char *`.
 * The library never prints, never exits and never changes the environment.
 */
#ifndef TOCSIN_TOCSIN_H
#define TOCSIN_TOCSIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(symbol, number, name, process exit code). One table for the library, the program and later the REST service,
 * so that they cannot disagree. Numbers are stable. */
#define TOCSIN_STATUS_LIST(X)                                                                                          \
    X(TOCSIN_OK, 0, "ok", 0)                                                                                           \
    X(TOCSIN_END, 1, "end", 0)                       /* no more data; never an error */                                \
    X(TOCSIN_ERROR_SYNTAX, 2, "syntax error", 2)     /* query text does not parse */                                   \
    X(TOCSIN_ERROR_NAME, 3, "unknown name", 2)       /* field or function does not exist */                            \
    X(TOCSIN_ERROR_TYPE, 4, "type error", 2)         /* operand or argument of a wrong type */                         \
    X(TOCSIN_ERROR_UNSUPPORTED, 5, "unsupported", 2) /* valid AQL that this release does not run */                    \
    X(TOCSIN_ERROR_USAGE, 6, "usage error", 3)       /* wrong argument or option */                                    \
    X(TOCSIN_ERROR_CONFIG, 7, "configuration error", 3)                                                                \
    X(TOCSIN_ERROR_INPUT, 8, "input error", 3)   /* something named cannot be read */                                  \
    X(TOCSIN_ERROR_OUTPUT, 9, "output error", 3) /* the result cannot be written */                                    \
    X(TOCSIN_ERROR_CLOSED, 10, "closed", 0)      /* the reader of our output went away */                              \
    X(TOCSIN_ERROR_LIMIT, 11, "limit reached", 3)                                                                      \
    X(TOCSIN_ERROR_MEMORY, 12, "out of memory", 3)                                                                     \
    X(TOCSIN_ERROR_CANCELLED, 13, "cancelled", 130)                                                                    \
    X(TOCSIN_ERROR_INTERNAL, 14, "internal error", 3)

#define TOCSIN_STATUS_ENUM(symbol, number, name, exit_code) symbol = number,
typedef enum tocsin_status { TOCSIN_STATUS_LIST(TOCSIN_STATUS_ENUM) } tocsin_status;
#undef TOCSIN_STATUS_ENUM

/* ---- errors ---------------------------------------------------------------------------------------------------- */

struct tocsin_error {
    tocsin_status status;
    char message[1024]; /* printable, no control bytes */
    char hint[512];     /* the way out, or empty */
    char source[256];   /* "query", a file; or empty */
    uint32_t line;      /* 1-based; 0 = no position */
    uint32_t column;
};

const char *tocsin_status_name(tocsin_status status);
int tocsin_status_exit_code(tocsin_status status);
const char *tocsin_version(void);

/* ---- remarks about a query ------------------------------------------------------------------------------------- */

enum tocsin_severity { TOCSIN_SEVERITY_NOTE, TOCSIN_SEVERITY_WARNING, TOCSIN_SEVERITY_ERROR };
const char *tocsin_severity_name(enum tocsin_severity severity); /* "note", "warning", "error" */

/* Texts are printable and end with NUL. */
struct tocsin_diagnostic {
    const char *code; /* stable: "week-year" */
    enum tocsin_severity severity;
    size_t offset; /* [offset, offset_end) of the query's bytes */
    size_t offset_end;
    uint32_t line; /* of offset, 1-based; 0: the query as a whole */
    uint32_t column; /* in characters, 1-based */
    uint32_t line_end; /* of offset_end */
    uint32_t column_end;
    const char *message;
    const char *hint; /* the way out, or empty */
    bool has_fix;     /* replacing the bytes [fix_offset, fix_end) by fix_text is safe and mends it */
    size_t fix_offset;
    size_t fix_end;
    const char *fix_text;
    size_t fix_text_bytes;
};

/* ---- text from outside, for programs that show it on a terminal ------------------------------------------------ */

/* Printable text: controls, terminal escapes and characters that reorder or hide text become \n, \t, \xNN or \u{...},
 * invalid UTF-8 \xNN. NUL-terminated, cut at a whole character when `target` is full. Gives the length. */
size_t tocsin_escape_text(const char *bytes, size_t byte_count, char *target, size_t target_bytes);
/* Cells of a terminal that (printable) text takes. */
size_t tocsin_text_width(const char *bytes, size_t byte_count);

/* ---- engine: schema, log sources, properties -------------------------------------------------------------------- */

struct tocsin_engine_options {
    const char *config_path;      /* folder with the files of docs/lookups.md; NULL = none, built-in data only */
    const char *log_sources_path; /* instead of log_sources.yaml of that folder */
    const char *cursors_path;     /* folder of the answers that INTO names; NULL: INTO and cursors are errors */
    const char *properties_path;  /* instead of properties.yaml of that folder */
    const char *store_path;       /* an event store whose custom properties queries may name; NULL: none */
    const char *clickhouse_url;   /* of ClickHouse's tables whose custom properties queries may name; NULL: none */
    unsigned clickhouse_seconds;  /* what is asked there may take so long in all, then it is cancelled; 0: no limit */
    /* Asked now and then while a server is waited for; true: the call ends with TOCSIN_ERROR_CANCELLED, and the query
     * on the server, too. NULL: never. */
    bool (*is_cancelled)(void *context);
    void *cancel_context;
    const char *time_zone;        /* "Europe/Berlin", "+02:00", "UTC"; NULL = local */
    bool is_null_sql;             /* three-valued comparisons instead of QRadar's two-valued ones */
    bool matches_full;            /* MATCHES must match the whole value */
    bool selects_all;             /* SELECT * gives every field, not QRadar's short list */
    bool has_qradar_window;       /* a query without a time clause sees the last five minutes, as in QRadar */
    bool has_exact_time_bounds;   /* START and STOP strings are not rounded to minutes */
    bool rounds_all_bounds;       /* LAST and milliseconds are rounded to minutes, too */
    bool has_null_unknown_fields; /* a field that nobody knows is null, with a warning, and no error */
};

typedef struct tocsin_engine tocsin_engine;

tocsin_status tocsin_engine_create(const struct tocsin_engine_options *options, tocsin_engine **ret_engine,
                                   struct tocsin_error *err);
void tocsin_engine_free(tocsin_engine *engine); /* after everything made with it */

/* ---- queries and packs: immutable, may be run any number of times ----------------------------------------------- */

typedef struct tocsin_query tocsin_query;
typedef struct tocsin_pack tocsin_pack;

/* source_name appears in errors: "query" or a file name. */
tocsin_status tocsin_query_prepare(tocsin_engine *engine, const char *text, size_t text_bytes, const char *source_name,
                                   tocsin_query **ret_query, struct tocsin_error *err);
void tocsin_query_free(tocsin_query *query);
/* False for a query over cursors alone, which needs no inputs. */
bool tocsin_query_reads_log(const tocsin_query *query);

/* What the author should know, from top to bottom: warnings, and notes. Of a query that could not be prepared only the
 * error is known; tocsin_check_query tells all. They live as long as the query. */
size_t tocsin_query_diagnostic_count(const tocsin_query *query);
const struct tocsin_diagnostic *tocsin_query_diagnostic_get(const tocsin_query *query, size_t index);
/* What their places refer to: "query" or a file name. */
const char *tocsin_query_source(const tocsin_query *query);

/* A pack directory with pack.yaml, or the name of a built-in pack ("container-api"). */
tocsin_status tocsin_pack_open(tocsin_engine *engine, const char *path_or_name, tocsin_pack **ret_pack,
                               struct tocsin_error *err);
/* A pack of one rule: an .aql file. */
tocsin_status tocsin_pack_open_query(tocsin_engine *engine, const char *aql_path, tocsin_pack **ret_pack,
                                     struct tocsin_error *err);
void tocsin_pack_free(tocsin_pack *pack);
size_t tocsin_pack_rule_count(const tocsin_pack *pack);
const tocsin_query *tocsin_pack_query(const tocsin_pack *pack, size_t index);

struct tocsin_texts {
    const char *const *items;
    size_t count;
};
struct tocsin_tuning {
    const char *knob; /* as MITRE AN0571 names them: UserContext, NamespaceScope, TimeWindow, SourceIP */
    const char *description;
};
/* What a rule's header says; absent texts are empty. Views live as long as the pack. */
struct tocsin_rule {
    const char *id;
    const char *title;
    const char *description;
    const char *file;
    const char *text;
    size_t text_bytes;
    const char *status;    /* "stable", "test", "experimental"; "reference": runs only when asked for */
    const char *level;     /* of a row without a risk */
    const char *telemetry; /* "process", "file", "network", "kubernetes", "docker", "correlation" */
    const char *group;     /* its guide is the pack's file guides/GROUP.md */
    struct tocsin_texts tactics, techniques, data_components;
    struct tocsin_texts required_fields, log_source_types;
    struct tocsin_texts references, false_positives;
    const struct tocsin_tuning *tuning;
    size_t tuning_count;
};
void tocsin_pack_rule_get(const tocsin_pack *pack, size_t index, struct tocsin_rule *ret_rule);

struct tocsin_pack_info {
    const char *name;
    const char *title;
    const char *version;
    const char *description;
    struct tocsin_texts techniques, references;
};
void tocsin_pack_info_get(const tocsin_pack *pack, struct tocsin_pack_info *ret_info);
/* A file of the pack by its path in it ("guides/kubectl.md"), with a NUL behind it; it lives as long as the pack.
 * TOCSIN_END: there is none. */
tocsin_status tocsin_pack_file(tocsin_pack *pack, const char *file, const char **ret_text, size_t *ret_bytes,
                               struct tocsin_error *err);
/* Paths of the files in one folder of the pack whose names end so, sorted. */
tocsin_status tocsin_pack_files(tocsin_pack *pack, const char *folder, const char *ending,
                                struct tocsin_texts *ret_paths, struct tocsin_error *err);

typedef int tocsin_write(void *context, const char *bytes, size_t byte_count); /* 0, or an errno; EPIPE = closed */

/* The detection page of a pack, made of its own files: "markdown", or "html" (one file, without scripts). */
tocsin_status tocsin_pack_document(tocsin_pack *pack, const char *output, tocsin_write *write, void *context,
                                   struct tocsin_error *err);

/* ---- checking a query without running it ------------------------------------------------------------------------ */

enum tocsin_check_kind {
    TOCSIN_CHECK_QUERY,
    TOCSIN_CHECK_FILTER,  /* the body of a WHERE, as in a rule's AQL filter */
    TOCSIN_CHECK_PROPERTY /* one expression, as in an AQL-based property */
};

struct tocsin_check_options {
    enum tocsin_check_kind kind;
    enum tocsin_severity severity_min;
    const char *const *ignored; /* codes left out, besides those that comments in the text silence */
    size_t ignored_count;
};

typedef struct tocsin_check tocsin_check;

/* Parses, binds and lints. What is wrong with the text is a remark, not an error. Options may be NULL. */
tocsin_status tocsin_check_query(tocsin_engine *engine, const char *text, size_t text_bytes,
                                 const struct tocsin_check_options *options, tocsin_check **ret_check,
                                 struct tocsin_error *err);
void tocsin_check_free(tocsin_check *check);
/* By place, worst first. Views stay valid until the check is freed. */
size_t tocsin_check_count(const tocsin_check *check);
const struct tocsin_diagnostic *tocsin_check_get(const tocsin_check *check, size_t index);
size_t tocsin_check_silenced(const tocsin_check *check); /* by comments */
size_t tocsin_check_more(const tocsin_check *check);     /* found, and not kept: too many */

/* Applies the fixes of a check's remarks, checks again, and so on until there are none, or a bound. The new text is
 * NUL-terminated and belongs to the check, which then holds what is left to remark. Gives the number of fixes. */
tocsin_status tocsin_check_fix(tocsin_check *check, const char **ret_text, size_t *ret_text_bytes, size_t *ret_fixes,
                               struct tocsin_error *err);

/* Findings for programs: "json" (docs/checking.md) or "sarif" (2.1.0). Written as they are added. */
typedef struct tocsin_report tocsin_report;
tocsin_status tocsin_report_begin(const char *kind, tocsin_write *write, void *context, tocsin_report **ret_report,
                                  struct tocsin_error *err);
/* `name` is that of a file, "query" or "standard input". */
tocsin_status tocsin_report_add(tocsin_report *report, const char *name, const tocsin_check *check,
                                struct tocsin_error *err);
tocsin_status tocsin_report_end(tocsin_report *report, struct tocsin_error *err);
void tocsin_report_free(tocsin_report *report);

struct tocsin_lint {
    const char *code;
    enum tocsin_severity severity;
    bool has_fix;
    const char *summary;
    const char *detail;
    const char *example; /* a query that gets the remark, or empty */
};
size_t tocsin_lint_count(void);
void tocsin_lint_get(size_t index, struct tocsin_lint *ret_lint);
/* False if there is no such code; then *ret_nearest (may be NULL) is the nearest one, or empty. */
bool tocsin_lint_exists(const char *code, const char **ret_nearest);

/* The rules of a pack directory, unchecked: `visit` gets the file's path and the query; it may say to stop (false). */
tocsin_status tocsin_pack_visit(const char *path_or_name,
                                bool (*visit)(void *context, const char *file, const char *text, size_t text_bytes),
                                void *context, struct tocsin_error *err);

/* ---- runs ----------------------------------------------------------------------------------------------------------
 *
 * A run belongs to one thread at a time, and all callbacks come from the calls of that thread. The reading thread that
 * a run may have begins with its first step, sees nothing of the caller's, takes no signals, and has ended when
 * tocsin_run_free returns; until then the engine, the query or pack and the options' strings must live. Several runs of
 * one engine may be stepped in turn. A process made by fork() has no reading thread: there a run can only be forgotten.
 */

enum { TOCSIN_THREADS_MAX = 2 };

struct tocsin_run_options {
    const char *const *inputs; /* files, directories, globs, "-" */
    size_t input_count;
    const char *store;  /* instead of inputs: the folder of an event store (tocsin_ingest_create); NULL: none */
    const char *clickhouse; /* instead of inputs: tables of ClickHouse, "clickhouse://user@host:port/database"
                               (docs/clickhouse.md); NULL: none */
    bool allows_partial;    /* there: goes on without shards that do not answer; a problem says so */
    const char *format; /* NULL = by content */
    const char *const *rules; /* of a pack: ids of those to run; none: all but those of status "reference" */
    size_t rule_count;
    const char *exceptions;  /* of a pack: a file with more of them (docs/exceptions.md); NULL: none */
    bool ignores_exceptions; /* those of the pack too */
    bool shows_excepted;     /* findings of what exceptions set aside are written too */
    bool keeps_rows;         /* of a pack: rows of rules as they are, not joined, nothing set aside */
    int level_min;           /* of a pack: findings of a lower level are only counted */
    const char *output; /* "table", "json", "ndjson", "csv", "tsv" */
    bool shows_evidence;
    bool has_color;
    unsigned width;            /* of the terminal; 0 = no limit */
    const char *now;           /* NULL = newest event of the input; "system"; or a time */
    bool sessions_sequential;  /* SESSION BY: one session at a time, which a change of the keys ends */
    unsigned memory_mib;       /* for rows, groups and sets that are kept; 0 = 128. More goes to temporary files */
    unsigned memory_bytes;     /* 0, or instead of memory_mib, and as little as one likes: for tests of what spills */
    bool parses_all;           /* events of a log that cannot be in the answer are read, too, instead of only counted;
                                  answers and summary do not depend on it: for tests */
    unsigned batch_rows;       /* rows taken at a time, 0 = as many as fit; answers do not depend on it: for tests */
    bool reads_all_rows;       /* of a store, also those that no query wants; answers do not depend on it: for tests */
    bool replaces_cursor;      /* INTO may take the name of a cursor that is still kept */
    bool keeps_input_order;    /* rows of a query without ORDER BY as read, instead of newest first */
    unsigned threads;          /* 0 and 1: the caller's alone; 2: one of the run's own reads the log ahead of it.
                                  Answers and summary do not depend on it */
    tocsin_write *write;
    void *write_context;
};

typedef struct tocsin_run tocsin_run;

tocsin_status tocsin_run_query(tocsin_engine *engine, const tocsin_query *query,
                               const struct tocsin_run_options *options, tocsin_run **ret_run,
                               struct tocsin_error *err);
tocsin_status tocsin_run_pack(tocsin_engine *engine, const tocsin_pack *pack, const struct tocsin_run_options *options,
                              tocsin_run **ret_run, struct tocsin_error *err);
/* Takes one piece of input; on two threads it waits a tenth of a second for it at most. TOCSIN_OK: call again;
 * TOCSIN_END: all input read and all results written. */
tocsin_status tocsin_run_step(tocsin_run *run, struct tocsin_error *err);
/* Ends early: the results of what was read so far are written. Then the run is at its end. */
tocsin_status tocsin_run_stop(tocsin_run *run, struct tocsin_error *err);
void tocsin_run_free(tocsin_run *run);

struct tocsin_progress {
    uint64_t bytes_read;  /* of bytes_total, as stored (compressed) */
    uint64_t bytes_total; /* 0 = unknown */
    uint64_t events;
    const char *input; /* now being read; may hold any byte but NUL */
};
void tocsin_run_progress(const tocsin_run *run, struct tocsin_progress *ret_progress);

struct tocsin_count {
    const char *name;
    uint64_t count;
};

enum { TOCSIN_LEVEL_COUNT = 5 }; /* informational, low, medium, high, critical */
const char *tocsin_level_name(int level);

/* ---- scheduled hunts -------------------------------------------------------------------------------------------- */

enum {
    TOCSIN_LEASE_SECONDS = 60,   /* a lease that is not renewed so long is over */
    TOCSIN_LATE_MS = 86400000    /* what arrives so long after it was stamped is still found */
};

/* See docs/clickhouse.md. 0 or NULL: the default. */
struct tocsin_schedule_options {
    struct tocsin_run_options run; /* of `clickhouse`; without allows_partial */
    const char *name;              /* who shares it shares the work; NULL: the pack's */
    bool has_look_back;
    uint64_t look_back_ms; /* of rules that look at several events: default twice their longest window, else an hour */
    uint64_t late_ms;      /* 0: TOCSIN_LATE_MS */
    unsigned lease_seconds; /* 0: TOCSIN_LEASE_SECONDS */
    /* Asked some ten times a second; true: the pass ends, and what it did not complete counts as not begun. NULL:
       never. */
    bool (*is_interrupted)(void *context);
    void *context;
};

/* What one pass did. */
struct tocsin_pass {
    bool has_lease; /* false: another one has it, and nothing was done */
    char holder[128]; /* who, as it calls itself */
    bool is_interrupted;
    uint64_t blocks;  /* examined */
    uint64_t waiting; /* blocks that the servers asked did not have yet */
    uint64_t events;  /* read */
    uint64_t findings; /* written */
    uint64_t findings_by_level[TOCSIN_LEVEL_COUNT];
    uint64_t alerts;
    double seconds;
};

typedef struct tocsin_schedule tocsin_schedule;

/* The engine, the pack and the texts of the options outlive it. */
tocsin_status tocsin_schedule_create(tocsin_engine *engine, tocsin_pack *pack,
                                     const struct tocsin_schedule_options *options, tocsin_schedule **ret_schedule,
                                     struct tocsin_error *err);
/* Runs the pack over what arrived since the last pass, of whoever. An error: blocks that the pass did not complete are
 * examined by the next one. */
tocsin_status tocsin_schedule_pass(tocsin_schedule *schedule, struct tocsin_pass *ret_pass, struct tocsin_error *err);
/* Between passes, every second or so: keeps the lease, or asks for it. *ret_has_lease: the next pass will do something,
 * as far as is known. */
tocsin_status tocsin_schedule_keep(tocsin_schedule *schedule, bool *ret_has_lease, struct tocsin_error *err);
/* Gives the lease back. */
void tocsin_schedule_free(tocsin_schedule *schedule);

struct tocsin_rule_count {
    const char *rule;
    uint64_t rows;     /* of the rule, excepted ones included */
    uint64_t findings; /* written, in which it has a part */
    uint64_t tested_rows; /* that its filter looked at; the others were known to be in vain */
    double seconds;       /* that these took */
};

/* An exception that fitted something. */
struct tocsin_exception {
    const char *id;
    const char *reason;
    const char *owner;
    const char *expires; /* the day, or empty */
    const char *file;
    uint64_t rows;         /* set aside */
    uint64_t expired_rows; /* not set aside, since it had expired */
};

struct tocsin_summary {
    const char *store; /* NULL: logs were read, else there are no inputs, bytes and lines, and no events by type */
    uint64_t segments; /* of the store */
    const char *clickhouse; /* NULL, or where the events came from: then there are no inputs, bytes and lines either */
    uint64_t input_count;
    uint64_t input_failed_count;
    uint64_t bytes;          /* of log text, decompressed */
    uint64_t lines;
    uint64_t blank_lines;
    uint64_t events;
    uint64_t unparsed_lines; /* not understood; each is a row all the same */
    uint64_t truncated_lines; /* events that lack a part: cut by a limit, a relay, or the end of the file */
    uint64_t regex_given_up; /* values that cost a regular expression too much; they count as no match */
    const struct tocsin_count *events_by_type; /* log source type name -> events */
    size_t type_count;
    const struct tocsin_count *dropped; /* reason -> records */
    size_t dropped_count;
    size_t rule_count;
    uint64_t literal_rules; /* rules, sub-selects counted apart, for whose literals rows were searched in one pass */
    uint64_t literals;
    double literal_seconds; /* the pass, and preparing it */
    uint64_t rows; /* printed: findings of a hunt, rows of a query */
    uint64_t rows_by_level[TOCSIN_LEVEL_COUNT];
    uint64_t below_by_level[TOCSIN_LEVEL_COUNT]; /* findings below level_min, not written */
    uint64_t joined_rows;                        /* rows of rules that findings were made of */
    const struct tocsin_rule_count *by_rule;     /* of a pack */
    size_t by_rule_count;
    const struct tocsin_exception *exceptions;
    size_t exception_count;
    int64_t now_ms;
    bool has_lost_cursor;   /* INTO kept nothing, since the run was stopped early */
    bool has_now;           /* false: nothing asked for NOW() and no event has a time */
    const char *now_source; /* "newest event", "system clock", "--now", "cursor" */
    const struct tocsin_error *problems; /* inputs that could not be read (to the end) */
    size_t problem_count;
    uint64_t problems_more;
    double seconds;
    const struct tocsin_error *remarks; /* of lists of exceptions: what is no error, but surely not meant */
    size_t remark_count;
};
/* Views stay valid until the run is freed. */
void tocsin_run_summary(const tocsin_run *run, struct tocsin_summary *ret_summary);

/* ---- the event store ---------------------------------------------------------------------------------------------
 *
 * A folder that holds the events of logs, ready to be asked again and again (docs/store.md). One writes, any number
 * read. What was acknowledged is there, once, whatever happens to the process or the machine.
 */

struct tocsin_ingest_options {
    const char *store;         /* the folder; made if need be */
    const char *const *inputs; /* files, directories, globs, "-" */
    size_t input_count;
    const char *format; /* NULL = by content */
    unsigned threads;   /* 0 and 1: the caller's alone; 2: one of its own reads and parses ahead */
    bool is_once;       /* of each input only what the store does not have, by its content; no pipes then */
    bool leaves_out_payload; /* the events' fields alone: no payload, no raw lines */
    bool is_zstd;       /* smaller, and slower to write */
    const char *who;    /* for whoever finds the store locked; NULL: "tocsin" */
    unsigned block_rows; /* 0: as many as fit. For tests, as is the next */
    unsigned segment_rows;
    /* Instead of `store`: into tables of ClickHouse (docs/clickhouse.md). Addresses, parted by commas, of servers that
     * all have the tables. */
    const char *to;
    const char *checkpoint;  /* file from which a load that was broken off goes on; NULL: none */
    const char *set_aside;   /* file for rows that the server refuses; NULL: those end the load */
    unsigned connections;    /* 0: 4 */
    unsigned retry_seconds;  /* so long servers that fail are tried again; 0: 300 */
};

typedef struct tocsin_ingest tocsin_ingest;

/* Takes the store's lock, and repairs what a crash left: TOCSIN_ERROR_CONFIG says who has the lock. The engine's
 * configuration is that of the rows: log sources, properties, time zone. */
tocsin_status tocsin_ingest_create(tocsin_engine *engine, const struct tocsin_ingest_options *options,
                                   tocsin_ingest **ret_ingest, struct tocsin_error *err);
/* Takes one piece of input. TOCSIN_OK: call again; TOCSIN_END: all is read and on the disk. After an error what was
 * acknowledged is there, and with is_once the next ingest goes on behind it. */
tocsin_status tocsin_ingest_step(tocsin_ingest *ingest, struct tocsin_error *err);
/* Ends early: the events that are whole are put on the disk, with a note of how far each input was read: with is_once
 * the next ingest goes on there. Then it is at its end. */
tocsin_status tocsin_ingest_stop(tocsin_ingest *ingest, struct tocsin_error *err);
void tocsin_ingest_free(tocsin_ingest *ingest);
void tocsin_ingest_progress(tocsin_ingest *ingest, struct tocsin_progress *ret_progress);

struct tocsin_ingest_summary {
    struct tocsin_summary read;  /* inputs, bytes, lines, events, what was not understood, problems, seconds */
    uint64_t events;             /* acknowledged */
    uint64_t known_events;       /* read again and left out, since the store has them */
    uint64_t known_inputs;       /* not read at all, for the same reason */
    const struct tocsin_error *repeated; /* inputs that the store has already, and that were added all the same */
    size_t repeated_count;
    uint64_t repeated_more;
    uint64_t cut_values;         /* longer than a store takes */
    uint64_t bytes;              /* that the store grew by */
    const struct tocsin_error *repairs; /* of what a crash had left */
    size_t repair_count;
    /* Into ClickHouse: */
    const char *target;                 /* its name; NULL: into a store */
    uint64_t refused_events;            /* set aside */
    const struct tocsin_error *refusal; /* why the last of them was; NULL: none was */
    uint64_t retries;                   /* sent again, after a failure */
};
/* Views stay valid until the next call, or until the ingest is freed. */
void tocsin_ingest_summary_get(tocsin_ingest *ingest, struct tocsin_ingest_summary *ret_summary);

/* ---- tables of ClickHouse ---------------------------------------------------------------------------------------- */

struct tocsin_tables_options {
    const char *apply;    /* address of a server: the tables are made there, or brought up to date. NULL: printed */
    const char *cluster;  /* for printing; NULL: one server */
    const char *database; /* for printing; NULL: "default" */
    const char *dialect;  /* for printing: "18.16"; NULL: of later servers */
    unsigned keep_days;   /* older days are dropped; 0: none */
};
/* Prints the statements, or what was done. */
tocsin_status tocsin_tables(tocsin_engine *engine, const struct tocsin_tables_options *options, tocsin_write *write,
                            void *context, struct tocsin_error *err);

/* Tables for tests, in a database of their own beside the one that is named: tocsin_test_SECONDS_RANDOM. */
typedef struct tocsin_test_tables tocsin_test_tables;

/* Makes them. `addresses`: of a server, or of nodes of a cluster, parted by commas; rows are taken out of those nodes
 * alone that are named, or found by the same port. Drops databases that tests of earlier days have left there. The
 * engine outlives them. */
tocsin_status tocsin_test_tables_create(tocsin_engine *engine, const char *addresses, tocsin_test_tables **ret_tables,
                                        struct tocsin_error *err);
/* For tocsin_run_options.clickhouse. */
const char *tocsin_test_tables_address(const tocsin_test_tables *tables);
/* The events of these logs, and no others, are there. TOCSIN_ERROR_OUTPUT: the server does not take them; any other
 * error is one of the logs, as a run over them would have it. */
tocsin_status tocsin_test_tables_load(tocsin_test_tables *tables, const char *const *inputs, size_t input_count,
                                      struct tocsin_error *err);
/* Drops the database, and frees them in any case. NULL is allowed. */
tocsin_status tocsin_test_tables_drop(tocsin_test_tables *tables, struct tocsin_error *err);

typedef struct tocsin_store tocsin_store;

struct tocsin_store_column {
    const char *name;   /* printable or not: text from outside. The store's own begin with '@' */
    const char *origin; /* "field", "property", "store" */
    uint64_t values;
    uint64_t bytes;     /* compressed */
    uint64_t raw_bytes; /* before that */
    bool is_of_events;  /* queries over events can name it */
};
struct tocsin_store_input {
    const char *path;  /* as it was given; text from outside */
    uint64_t bytes;    /* of its text that were read */
    uint64_t line;     /* the events of all lines before it are in the store */
    bool is_complete;  /* it was read to its end */
};
struct tocsin_store_segment {
    const char *file;
    uint64_t rows;
    uint64_t bytes;
    uint64_t blocks;
    bool is_sealed; /* false: being written, or left by a crash */
    bool has_time;
    int64_t time_min_ms; /* of starttime */
    int64_t time_max_ms;
    int64_t created_ms;
};
/* Views live as long as the store is open. */
struct tocsin_store_info {
    uint64_t rows;
    uint64_t bytes;
    bool has_time;
    int64_t time_min_ms;
    int64_t time_max_ms;
    bool has_newest; /* see tocsin_run_options.now */
    int64_t newest_ms;
    const struct tocsin_store_segment *segments;
    size_t segment_count;
    const struct tocsin_store_column *columns; /* the widest first */
    size_t column_count;
    const struct tocsin_store_input *inputs; /* as they were read first */
    size_t input_count;
    const struct tocsin_count *events_by_type; /* log source type name -> events */
    size_t type_count;
    const struct tocsin_error *problems; /* what is damaged, as far as it was seen */
    size_t problem_count;
    uint64_t problems_more;
};

/* The store as it is now; log source types have the names that the engine knows. */
tocsin_status tocsin_store_open(tocsin_engine *engine, const char *folder, tocsin_store **ret_store,
                                struct tocsin_error *err);
void tocsin_store_free(tocsin_store *store);
void tocsin_store_info_get(tocsin_store *store, struct tocsin_store_info *ret_info);
/* Counts events by log source type, which reads a column of the store. */
tocsin_status tocsin_store_count_types(tocsin_store *store, struct tocsin_error *err);
/* Reads and decodes everything. What is damaged is then in the info. */
tocsin_status tocsin_store_verify(tocsin_store *store, struct tocsin_error *err);
/* One JSON object and a line feed. */
tocsin_status tocsin_store_write_json(tocsin_store *store, tocsin_write *write, void *context,
                                      struct tocsin_error *err);

/* ---- keeping a store small and whole. Each takes the writer's lock, and can be stopped at any moment, by a kill, too:
 * readers, who go on meanwhile, see what was before or what is behind. */

struct tocsin_store_progress {
    uint64_t events_done; /* of those that are written anew; 0 of 0: none are */
    uint64_t events_total;
    uint64_t segments_done;
    uint64_t segments_total;
};
struct tocsin_store_change_options {
    const char *store;
    const char *who;         /* for whoever finds the store locked; NULL: "tocsin" */
    uint64_t older_than_ms;  /* by the clock, of a segment's newest event; 0: no age is old */
    uint64_t bytes_max;      /* of retain: the oldest segments go until the store is no larger; 0: any size */
    bool is_dry_run;         /* of retain: only say what would go */
    unsigned segment_rows;   /* of compact: 0: as many as fit. For tests */
    /* Called now and then; false: stop. May be NULL. */
    bool (*progress)(void *context, const struct tocsin_store_progress *progress);
    /* Told what is damaged, and what was lost of it. May be NULL. */
    void (*report)(void *context, const struct tocsin_error *problem);
    void *context; /* of both */
};
struct tocsin_store_changes {
    uint64_t segments_before, segments_after;
    uint64_t bytes_before, bytes_after;
    uint64_t events_before, events_after; /* as segments say: with those that are damaged */
    uint64_t segments_rewritten;
    uint64_t segments_deleted;
    uint64_t problems;
};
/* Small segments become large ones, in the same order; old ones are compressed better. */
tocsin_status tocsin_store_compact(const struct tocsin_store_change_options *options,
                                   struct tocsin_store_changes *ret_changes, struct tocsin_error *err);
/* Deletes whole segments that are too old or too many. What is deleted is not taken in again by is_once. */
tocsin_status tocsin_store_retain(const struct tocsin_store_change_options *options,
                                  struct tocsin_store_changes *ret_changes, struct tocsin_error *err);
/* Damaged segments are written anew with what can be read of them. */
tocsin_status tocsin_store_repair(const struct tocsin_store_change_options *options,
                                  struct tocsin_store_changes *ret_changes, struct tocsin_error *err);

/* ---- layout ------------------------------------------------------------------------------------------------------ */

/* Writes the query in its canonical layout: the same query with the same comments, ending in a line feed. Its own
 * layout is itself. The text is a statement or, if it does not start with SELECT, may be an expression (a filter, a
 * property). Needs no engine: names are not looked up. Nothing is written if the text is wrong. */
tocsin_status tocsin_format_query(const char *text, size_t text_bytes, const char *source_name, tocsin_write *write,
                                  void *context, struct tocsin_error *err);

/* ---- cursors: answers kept by INTO ------------------------------------------------------------------------------ */

struct tocsin_cursor {
    const char *name;  /* printable or not: text from outside */
    const char *query; /* likewise */
    uint64_t rows;
    uint64_t bytes;
    int64_t created_ms;
    int64_t expires_ms;
    bool is_damaged;
};
typedef struct tocsin_cursors tocsin_cursors;

/* The live cursors, by name. */
tocsin_status tocsin_cursor_list(tocsin_engine *engine, tocsin_cursors **ret_cursors, struct tocsin_error *err);
size_t tocsin_cursors_count(const tocsin_cursors *cursors);
const struct tocsin_cursor *tocsin_cursors_get(const tocsin_cursors *cursors, size_t index);
void tocsin_cursors_free(tocsin_cursors *cursors);
tocsin_status tocsin_cursor_delete(tocsin_engine *engine, const char *name, struct tocsin_error *err);

/* ---- explaining -------------------------------------------------------------------------------------------------- */

struct tocsin_explain_options {
    const char *output; /* "text" or "json"; NULL = text */
    bool has_color;
    unsigned width; /* of the terminal: longer lines are cut; 0 = no limit */
    tocsin_write *write;
    void *write_context;
    /* Also what would be asked of ClickHouse, and what is left here and why: "clickhouse-18.16:" or "clickhouse-24:".
       NULL: not shown. For tocsin_explain_query. */
    const char *on;
};

/* Writes the plan of the query as a tree: columns, order, groups, tests, literals, time range, fields read. */
tocsin_status tocsin_explain_query(tocsin_engine *engine, const tocsin_query *query,
                                   const struct tocsin_explain_options *options, struct tocsin_error *err);

/* Runs the query over the inputs or the store of `run`, whose output options are not used, and writes what each part of
 * it did: rows in and out, time, bytes. */
tocsin_status tocsin_explain_analyze(tocsin_engine *engine, const tocsin_query *query,
                                     const struct tocsin_run_options *run,
                                     const struct tocsin_explain_options *options, struct tocsin_error *err);

/* Writes for one event every test of the query with its result and the values it saw. The event is the one made of
 * line `line` (from 1) of `input`; with `input` NULL the first one of the run's inputs. `run` says which logs to read
 * (the event's among them), how, and what NOW() is; its output options are not used. *ret_passes: the query selects
 * the event. TOCSIN_ERROR_INPUT: no event is made of that line. */
tocsin_status tocsin_explain_event(tocsin_engine *engine, const tocsin_query *query,
                                   const struct tocsin_run_options *run, const char *input, uint64_t line,
                                   const struct tocsin_explain_options *options, bool *ret_passes,
                                   struct tocsin_error *err);

/* ---- converting to other systems --------------------------------------------------------------------------------- */

struct tocsin_convert_target {
    const char *name;      /* "splunk" */
    const char *title;     /* "Splunk" */
    const char *extension; /* of a file that holds one: "spl" */
};
/* False behind the last one. */
bool tocsin_convert_target_get(size_t index, struct tocsin_convert_target *ret_target);

struct tocsin_convert_note {
    const char *effect; /* "exact": the same rows, shown otherwise; "broader", "narrower" */
    const char *text;
};
struct tocsin_convert_field {
    const char *field;
    const char *type; /* log source type, or empty: of all */
    const char *name; /* there */
};
/* Views live as long as the conversion. */
struct tocsin_conversion_info {
    struct tocsin_convert_target target;
    const char *rule;  /* id, or empty */
    const char *grade; /* "exact", "broader", "narrower", "broader and narrower" */
    const struct tocsin_convert_note *notes;
    size_t note_count;
    const struct tocsin_convert_field *fields;
    size_t field_count;
    const char *text; /* ends in a line feed, and NUL */
    size_t text_bytes;
};
typedef struct tocsin_conversion tocsin_conversion;

/* fields_path: a YAML file of names that are asked before the built-in ones (docs/converting.md), or NULL.
 * TOCSIN_ERROR_UNSUPPORTED, with the place: the target has no words for something. */
tocsin_status tocsin_convert_query(tocsin_engine *engine, const tocsin_query *query, const char *target,
                                   const char *fields_path, tocsin_conversion **ret_conversion,
                                   struct tocsin_error *err);
/* A rule of a pack; by its plain form qradar/ID.aql, if the pack has one. */
tocsin_status tocsin_convert_rule(tocsin_engine *engine, tocsin_pack *pack, size_t rule, const char *target,
                                  const char *fields_path, tocsin_conversion **ret_conversion,
                                  struct tocsin_error *err);
void tocsin_conversion_get(const tocsin_conversion *conversion, struct tocsin_conversion_info *ret_info);
/* One JSON object and a line feed. */
tocsin_status tocsin_conversion_write_json(const tocsin_conversion *conversion, tocsin_write *write, void *context,
                                           struct tocsin_error *err);
void tocsin_conversion_free(tocsin_conversion *conversion);

/* ---- help while a query is typed -------------------------------------------------------------------------------- */

enum tocsin_completion_kind {
    TOCSIN_COMPLETION_KEYWORD,
    TOCSIN_COMPLETION_FIELD,    /* QRadar's own */
    TOCSIN_COMPLETION_PROPERTY, /* custom */
    TOCSIN_COMPLETION_FUNCTION,
    TOCSIN_COMPLETION_ALIAS,
    TOCSIN_COMPLETION_DATABASE, /* or cursor */
    TOCSIN_COMPLETION_VALUE
};

struct tocsin_completion {
    enum tocsin_completion_kind kind;
    const char *label;  /* the name */
    const char *insert; /* what replaces the word: the name, quoted if it has to be, a function with its parenthesis */
    const char *detail; /* its type or signature, or empty */
    const char *documentation;
};

typedef struct tocsin_completions tocsin_completions;

/* What may be typed at byte `offset` of a query, finished or not: best matches of the word at that place first. */
tocsin_status tocsin_complete(tocsin_engine *engine, const char *text, size_t text_bytes, size_t offset,
                              tocsin_completions **ret_completions, struct tocsin_error *err);
size_t tocsin_completion_count(const tocsin_completions *completions);
void tocsin_completion_get(const tocsin_completions *completions, size_t index, struct tocsin_completion *ret);
/* The bytes of the query that a completion replaces. */
void tocsin_completion_range(const tocsin_completions *completions, size_t *ret_start, size_t *ret_end);
void tocsin_completions_free(tocsin_completions *completions);

/* Writes what the name at byte `offset` is, as Markdown, and gives the name's bytes. TOCSIN_END: nothing is known. */
tocsin_status tocsin_describe(tocsin_engine *engine, const char *text, size_t text_bytes, size_t offset,
                              tocsin_write *write, void *context, size_t *ret_start, size_t *ret_end,
                              struct tocsin_error *err);

/* ---- what there is ----------------------------------------------------------------------------------------------- */

struct tocsin_format_field {
    const char *native;
    const char *name;
    const char *type;
    const char *description;
};
struct tocsin_format {
    const char *name;
    const char *description;
    const char *log_source_type;
    const struct tocsin_format_field *fields;
    size_t field_count;
};
size_t tocsin_format_count(const tocsin_engine *engine);
void tocsin_format_get(const tocsin_engine *engine, size_t index, struct tocsin_format *ret_format);

struct tocsin_function {
    const char *name;
    const char *const *other_names;
    size_t other_name_count;
    const char *family;            /* "text", "reference data" */
    const char *const *signatures; /* "STRPOS(any but byte[], String [, Long]) -> Long" */
    size_t signature_count;
    const char *null_rule; /* what nulls give, in a sentence */
    const char *description;
    const char *example;        /* an AQL expression; of a custom function what it stands for */
    const char *example_result; /* NULL for aggregates and custom functions */
    const char *file;           /* of the configuration folder, that it reads; or NULL */
    const char *without_file;   /* what it gives without the file */
    bool has_file;
    bool is_aggregate;
    bool is_custom; /* the user's */
    bool is_own;    /* Tocsin's: QRadar does not know it */
};
/* Ordered by family, then by name. Views stay valid as long as the engine. */
size_t tocsin_function_count(const tocsin_engine *engine);
void tocsin_function_get(const tocsin_engine *engine, size_t index, struct tocsin_function *ret_function);
/* By any of its names, in any case. TOCSIN_ERROR_USAGE, with the nearest name as hint: there is none. */
tocsin_status tocsin_function_find(const tocsin_engine *engine, const char *name, struct tocsin_function *ret_function,
                                   struct tocsin_error *err);

struct tocsin_functions_options {
    const char *output; /* "text" or "json"; NULL = text */
    bool has_color;
    unsigned width; /* of the terminal; 0 = no limit */
    tocsin_write *write;
    void *write_context;
};
/* Writes a list of all functions, or explanations of those named. */
tocsin_status tocsin_functions_write(const tocsin_engine *engine, const char *const *names, size_t name_count,
                                     const struct tocsin_functions_options *options, struct tocsin_error *err);

size_t tocsin_output_count(void);
void tocsin_output_get(size_t index, const char **ret_name, const char **ret_description);

#ifdef __cplusplus
}
#endif

#endif
