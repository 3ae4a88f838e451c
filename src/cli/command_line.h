/* cli/command_line.h
 * The arguments of the program, checked. One table of options feeds the reading, the help and "did you mean".
 * Options may stand anywhere; "--" ends them; "-" is an operand (standard input).
 * Memory: views into argv; `operands` is freed by command_line_release.
 */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include "tocsin/tocsin.h"

enum command {
    COMMAND_NONE,
    COMMAND_HUNT,
    COMMAND_QUERY,
    COMMAND_EXPLAIN,
    COMMAND_INGEST,
    COMMAND_STORE,
    COMMAND_SCHEMA,
    COMMAND_CHECK,
    COMMAND_FMT,
    COMMAND_SHELL,
    COMMAND_LSP,
    COMMAND_SIMULATE,
    COMMAND_CONVERT,
    COMMAND_DOCTOR,
    COMMAND_TEST,
    COMMAND_DOC,
    COMMAND_TUNE,
    COMMAND_CURSORS,
    COMMAND_FORMATS,
    COMMAND_FUNCTIONS,
    COMMAND_HELP,
    COMMAND_VERSION,
    COMMAND_COUNT
};

/* A bit for each command. FOR_EVENTS: what takes a query and a log; FOR_BINDS: what binds queries. */
#define FOR_RUNS    (1u << COMMAND_HUNT | 1u << COMMAND_QUERY)
#define FOR_HUNT    (1u << COMMAND_HUNT)
#define FOR_EXPLAIN (1u << COMMAND_EXPLAIN)
#define FOR_SHELL   (1u << COMMAND_SHELL)
#define FOR_EVENTS  (FOR_RUNS | FOR_EXPLAIN)
#define FOR_INGEST  (1u << COMMAND_INGEST)
#define FOR_STORE   (1u << COMMAND_STORE)
#define FOR_SCHEMA  (1u << COMMAND_SCHEMA)
#define FOR_CURSORS (1u << COMMAND_CURSORS)
#define FOR_CHECK   (1u << COMMAND_CHECK)
#define FOR_LISTS   (1u << COMMAND_FUNCTIONS)
#define FOR_BINDS   (FOR_EVENTS | FOR_CHECK | FOR_SHELL | 1u << COMMAND_LSP | 1u << COMMAND_CONVERT)
#define FOR_DOCTOR  (1u << COMMAND_DOCTOR)
#define FOR_TEST    (1u << COMMAND_TEST)
#define FOR_DOC     (1u << COMMAND_DOC)
#define FOR_TUNE    (1u << COMMAND_TUNE)
#define FOR_TRIAL   (1u << COMMAND_SIMULATE)
#define FOR_HOST    (FOR_DOCTOR | FOR_TRIAL)
#define FOR_CONVERT (1u << COMMAND_CONVERT)
#define FOR_FMT     (1u << COMMAND_FMT)
#define FOR_ENGINE  (~FOR_FMT)
#define FOR_ALL     (~0u)

#define LEVEL_CHOICES    "informational|low|medium|high|critical"
#define SEVERITY_CHOICES "note|warning|error|never" /* of --fail-on */

/* X(member, long name, short name or 0, argument or NULL for a flag, commands, choices or NULL, help) */
#define OPTION_LIST(X)                                                                                                 \
    X(pack, "pack", 0, "DIR", FOR_HUNT | FOR_HOST | FOR_TEST | FOR_TUNE | FOR_CONVERT, NULL,                           \
      "the rules of this pack (default: container-api)")                                                               \
    X(rule, "rule", 0, "ID,...", FOR_HUNT | FOR_TEST, NULL,                                                            \
      "only these rules of the pack, also those kept for reference")                                                   \
    X(exceptions, "exceptions", 0, "FILE", FOR_HUNT, NULL, "what else is harmless, beside the pack's list (YAML)")     \
    X(no_exceptions, "no-exceptions", 0, NULL, FOR_HUNT, NULL, "set nothing aside as harmless")                        \
    X(show_excepted, "show-excepted", 0, NULL, FOR_HUNT, NULL, "show what exceptions set aside, too")                  \
    X(min_level, "min-level", 0, "LEVEL", FOR_HUNT, LEVEL_CHOICES, "count findings below, but show none of them")      \
    X(rows, "rows", 0, NULL, FOR_HUNT, NULL, "the rows of each rule, not joined to findings, nothing set aside")       \
    X(query, "query", 0, "FILE", FOR_EVENTS | FOR_STORE, NULL, "the AQL query of this file")                           \
    X(store, "store", 0, "DIR", FOR_EVENTS | FOR_SHELL | FOR_INGEST, NULL,                                             \
      "the event store in this folder, instead of logs")                                                               \
    X(on, "on", 0, "ADDRESS", FOR_EVENTS | FOR_TEST, NULL,                                                             \
      "ask ClickHouse, not logs: clickhouse://[USER@]HOST[:PORT]/DATABASE (of explain also: clickhouse-24:)")          \
    X(allow_partial, "allow-partial", 0, NULL, FOR_RUNS, NULL,                                                         \
      "of --on with a cluster: go on without shards that do not answer")                                               \
    X(time_limit, "time-limit", 0, "SECONDS", FOR_RUNS, NULL,                                                          \
      "of --on: what is asked may take so long in all, then it is cancelled there")                                    \
    X(every, "every", 0, "AGE", FOR_HUNT, NULL,                                                                        \
      "of --on: search what arrived since the last pass, again and again: 30s, 5m, 1h")                                \
    X(since_last, "since-last", 0, NULL, FOR_HUNT, NULL, "of --on: one such pass, then end")                           \
    X(job, "job", 0, "NAME", FOR_HUNT, NULL,                                                                           \
      "of --every: processes of one NAME share the work (default: the pack's name)")                                   \
    X(look_back, "look-back", 0, "AGE", FOR_HUNT, NULL,                                                                \
      "of --every: what rules see of the time around what arrived (default: twice the longest TIMEWINDOW)")            \
    X(late, "late", 0, "AGE", FOR_HUNT, NULL,                                                                          \
      "of --every: what arrives so long after it was stamped is still searched (default: 1d)")                         \
    X(lease, "lease", 0, "SECONDS", FOR_HUNT, NULL,                                                                    \
      "of --every: another process takes over so long after one has died (default: 60)")                               \
    X(output, "output", 'o', "KIND",                                                                                   \
      FOR_EVENTS | FOR_CHECK | FOR_SHELL | FOR_LISTS | FOR_HOST | FOR_TEST | FOR_DOC | FOR_CONVERT | FOR_STORE,        \
      NULL, "default: table on a terminal, ndjson into a pipe")                                                        \
    X(once, "once", 0, NULL, FOR_INGEST, NULL,                                                                         \
      "add only what the store does not have, and go on where the last ingest stopped; with --to: no block twice")     \
    X(older_than, "older-than", 0, "AGE", FOR_STORE, NULL,                                                             \
      "of retain: delete what is older; of compact: compress it better: 12h, 30d, 8w")                                 \
    X(max_bytes, "max-bytes", 0, "SIZE", FOR_STORE, NULL,                                                              \
      "of retain: delete the oldest until no more is left: 500M, 100G")                                                \
    X(dry_run, "dry-run", 0, NULL, FOR_STORE, NULL, "of retain: only say what would go")                               \
    X(no_payload, "no-payload", 0, NULL, FOR_INGEST, NULL, "leave out payload and raw lines: a fifth of the size")     \
    X(zstd, "zstd", 0, NULL, FOR_INGEST, NULL, "compress better and slower")                                           \
    X(format, "format", 0, "NAME", FOR_EVENTS | FOR_SHELL | FOR_INGEST, NULL,                                          \
      "read all input as this log format (default: by content)")                                                       \
    X(evidence, "evidence", 0, NULL, FOR_RUNS, NULL, "show the input lines under each row of a table")                 \
    X(now, "now", 0, "TIME", FOR_EVENTS | FOR_SHELL, NULL, "what NOW() is: a time, or system (default: newest event)") \
    X(window, "window", 0, "KIND", FOR_BINDS, "all|qradar",                                                            \
      "what a query without time clause reads: all, or the last 5 minutes")                                            \
    X(time_rounding, "time-rounding", 0, "KIND", FOR_BINDS, "minute|exact",                                            \
      "time bounds: whole minutes, or as written (default: whole minutes of strings, as QRadar)")                      \
    X(unknown_fields, "unknown-fields", 0, "KIND", FOR_BINDS | FOR_CHECK, "error|null",                                \
      "a field that nobody knows: an error, or null in every row, with a warning")                                     \
    X(tz, "tz", 0, "ZONE", FOR_BINDS | FOR_INGEST, NULL,                                                               \
      "time zone of DATEFORMAT and time strings: Europe/Berlin, +02:00, UTC")                                          \
    X(config, "config", 0, "DIR", FOR_ENGINE, NULL,                                                                    \
      "folder with your networks, assets, log sources and so on, or none (default: ~/.config/tocsin, /etc/tocsin)")    \
    X(log_sources, "log-sources", 0, "FILE", FOR_ENGINE, NULL, "log sources: ids, names, types, groups (YAML)")        \
    X(properties, "properties", 0, "FILE", FOR_ENGINE, NULL, "extractors of custom properties (YAML)")                 \
    X(check, "check", 0, NULL, FOR_FMT, NULL, "print the names of files that are not laid out so; change nothing")     \
    X(write, "write", 'w', NULL, FOR_FMT, NULL, "write the layout back into the files; print the names of those")      \
    X(null, "null", 0, "KIND", FOR_BINDS, "qradar|sql", "comparing with null: two-valued, or three-valued as SQL")     \
    X(matches, "matches", 0, "KIND", FOR_BINDS, "find|full", "MATCHES finds a part, or must match the whole value")    \
    X(order, "order", 0, "KIND", FOR_RUNS | FOR_SHELL, "newest|input", "rows of a query without ORDER BY")             \
    X(sessions, "sessions", 0, "KIND", FOR_RUNS | FOR_SHELL, "per-key|sequential",                                     \
      "SESSION BY: a session for every key at a time, or one that another key ends")                                   \
    X(memory, "memory", 0, "MIB", FOR_RUNS | FOR_SHELL, NULL,                                                          \
      "memory for rows that are kept; more goes to disk (default: 128)")                                               \
    X(threads, "threads", 0, "N", FOR_EVENTS | FOR_SHELL | FOR_INGEST, "1|2",                                          \
      "with 2, one reads the log ahead of the other (default: 1)")                                                     \
    X(star, "star", 0, "KIND", FOR_BINDS, "default|all", "what SELECT * gives: QRadar's short list, or every field")   \
    X(fix, "fix", 0, NULL, FOR_CHECK, NULL, "mend what is plain: in the files, or (for a text) on standard output")    \
    X(fail_on, "fail-on", 0, "SEVERITY", FOR_CHECK | FOR_HUNT, NULL,                                                   \
      "exit with 1 if there is a finding at least as bad")                                                             \
    X(min_severity, "min-severity", 0, "SEVERITY", FOR_CHECK, "note|warning|error", "show no less (default: note)")    \
    X(ignore, "ignore", 0, "CODE,...", FOR_CHECK, NULL, "leave these findings out")                                    \
    X(as, "as", 0, "KIND", FOR_CHECK, "query|filter|property",                                                         \
      "what the text is: a query, the body of a WHERE, or the expression of a property")                               \
    X(list, "list", 0, NULL, FOR_CHECK | FOR_TEST | FOR_TRIAL, NULL,                                                   \
      "list the codes of all findings; of test: the rules; of simulate: its tests")                                    \
    X(benign, "benign", 0, "N,...", FOR_TUNE, NULL, "the findings that are harmless, by their numbers: 1,4-9")         \
    X(all_benign, "all-benign", 0, NULL, FOR_TUNE, NULL, "all of these findings are harmless")                         \
    X(labelled, "labelled", 0, "FILE", FOR_TEST, NULL,                                                                 \
      "measure with these labelled rows (TSV: label, technique_variant, telemetry, text)")                             \
    X(list_missed, "list-missed", 0, NULL, FOR_TEST, NULL,                                                             \
      "list labelled rows that are missed or wrongly found, and recall by variant")                                    \
    X(coverage, "coverage", 0, NULL, FOR_TEST, NULL, "coverage by ATT&CK technique and by telemetry")                  \
    X(explain, "explain", 0, NULL, FOR_TEST, NULL, "show for a missed event which condition it fails")                 \
    X(can_fire, "can-fire", 0, NULL, FOR_TEST, NULL,                                                                   \
      "arguments are logs: say which rules can never fire on them, and why")                                           \
    X(analyze, "analyze", 0, NULL, FOR_EXPLAIN, NULL, "run the query, and show what each part of it did and how long") \
    X(event, "event", 0, "FILE:LINE", FOR_EXPLAIN, NULL, "explain why the event made of this line is selected or not") \
    X(why, "why", 0, "LINE", FOR_EXPLAIN, NULL, "the same for the event of this log text")                             \
    X(cursors, "cursors", 0, "DIR", FOR_BINDS | FOR_CURSORS, NULL,                                                     \
      "folder of the answers that INTO keeps (default: ~/.local/state/tocsin/cursors)")                                \
    X(replace, "replace", 0, NULL, FOR_RUNS | FOR_SHELL, NULL, "INTO may take the name of a cursor that is there")     \
    X(root, "root", 0, "DIR", FOR_DOCTOR, NULL, "examine the host in this folder, a mounted image, and not this one")  \
    X(test, "test", 0, "N,...", FOR_TRIAL, NULL, "only these tests, of 1 to 4")                                        \
    X(yes, "yes", 0, NULL, FOR_TRIAL, NULL, "don't ask: add audit rules, and take them back")                          \
    X(keep, "keep", 0, "DIR", FOR_TRIAL, NULL, "keep the recorded logs in this folder")                                \
    X(real_docker, "real-docker", 0, NULL, FOR_TRIAL, NULL, "tests 2 and 4 use this host's docker and no stand-in")    \
    X(delete, "delete", 0, NULL, FOR_CURSORS, NULL, "delete the cursors named")                                        \
    X(to, "to", 0, "TARGET", FOR_CONVERT | FOR_INGEST, NULL,                                                           \
      "of convert: splunk, sentinel, elastic-esql, elastic-eql, logscale, sumo, chronicle, sigma, falco or all; of "   \
      "ingest: clickhouse://[USER@]HOST[:PORT]/DATABASE[?cluster=NAME&tls=1]")                                         \
    X(checkpoint, "checkpoint", 0, "FILE", FOR_INGEST, NULL,                                                           \
      "with --to: where it stands, so that the same again goes on there")                                              \
    X(set_aside, "set-aside", 0, "FILE", FOR_INGEST, NULL,                                                             \
      "with --to: keep rows here that the server refuses, in ClickHouse's Native format")                              \
    X(connections, "connections", 0, "N", FOR_INGEST, NULL, "with --to: blocks sent at once (default: 4)")             \
    X(retry, "retry", 0, "SECONDS", FOR_INGEST, NULL,                                                                  \
      "with --to: so long servers that fail are tried again (default: 300)")                                           \
    X(clickhouse, "clickhouse", 0, NULL, FOR_SCHEMA, NULL, "the tables of ClickHouse")                                 \
    X(apply, "apply", 0, "URL", FOR_SCHEMA, NULL,                                                                      \
      "make them there, or bring them up to date: clickhouse://[USER@]HOST[:PORT]/DATABASE[?cluster=NAME]")            \
    X(cluster, "cluster", 0, "NAME", FOR_SCHEMA, NULL, "tables of this cluster, replicated and distributed")           \
    X(database, "database", 0, "NAME", FOR_SCHEMA, NULL, "of the tables (default: default)")                           \
    X(dialect, "dialect", 0, "VERSION", FOR_SCHEMA, "18.16|24", "what the server is (default: 24 and later)")          \
    X(keep_days, "keep-days", 0, "N", FOR_SCHEMA, NULL, "drop days that are older (default: none)")                    \
    X(fields, "fields", 0, "FILE", FOR_CONVERT, NULL, "what fields and log source types are called there (YAML)")      \
    X(output_dir, "output-dir", 0, "DIR", FOR_CONVERT, NULL, "write DIR/TARGET/ID.EXT and DIR/README.md")              \
    X(color, "color", 0, "WHEN", FOR_ALL, "auto|always|never", "colors (NO_COLOR counts as never for auto)")           \
    X(quiet, "quiet", 'q', NULL, FOR_RUNS | FOR_CHECK | FOR_TEST | FOR_TRIAL | FOR_INGEST | FOR_STORE, NULL,           \
      "no summary, no progress; results and errors only")                                                              \
    X(no_summary, "no-summary", 0, NULL, FOR_RUNS | FOR_INGEST | FOR_STORE, NULL, "no summary")                        \
    X(help, "help", 'h', NULL, FOR_ALL, NULL, "help about a command")                                                  \
    X(version, "version", 'V', NULL, FOR_ALL, NULL, "the version")

struct command_line {
    enum command command;
#define OPTION_MEMBER(member, long_name, short_name, argument, commands, choices, help) const char *member;
    OPTION_LIST(OPTION_MEMBER) /* a flag that is set is its own name */
#undef OPTION_MEMBER
    const char **operands; /* without the command */
    size_t operand_count;
};

struct option_info {
    const char *long_name;
    char short_name;
    const char *argument;
    unsigned commands;
    const char *choices;
    const char *help;
    size_t offset; /* of the member */
};
const struct option_info *option_list(size_t *ret_count);

const char *command_name(enum command command);
enum command command_find(const char *name); /* COMMAND_NONE if unknown */

tocsin_status command_line_read(struct command_line *line, int argc, char **argv, struct tocsin_error *err);
void command_line_release(struct command_line *line);

/* A usage error; arguments are escaped. `hint` may be NULL. */
tocsin_status usage_error(struct tocsin_error *err, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
