/* case_file.h
 * A golden case file: settings, inputs, queries and what they must give, as text that anybody can add (tests/cases).
 * Only reads and rewrites the file; golden_runner.c runs it.
 * Memory: everything in the arena given; views point into the file's text there.
 */
#ifndef TESTS_SUPPORT_CASE_FILE_H
#define TESTS_SUPPORT_CASE_FILE_H

#include "base/arena.h"
#include "base/error.h"

enum {
    CASE_INPUTS_MAX = 16,
    CASE_CONFIGS_MAX = 16,
    CASE_EXPECTS_MAX = 8,
    CASE_FIRSTS_MAX = 4,
    CASES_PER_FILE_MAX = 512
};

/* A file the case runs on: bytes written out under `name`, or (bytes.data NULL) a copy of `path`. */
struct case_input {
    str name;
    str bytes;
    str path; /* from the project's root */
};

/* What holds for a case; what stands before the first @case or @query holds for the whole file. */
struct case_settings {
    str now;
    str zone;
    str format;
    str pack;        /* run this pack instead of the query */
    str log_sources; /* contents of the file; data NULL = built in */
    str properties;
    str exceptions; /* of a hunt, beside the pack's */
    str min_level;
    bool shows_excepted;
    bool ignores_exceptions;
    bool keeps_rows;
    str exclude_reason;       /* not empty: not run over files, and why */
    str store_exclude_reason; /* not empty: not run over a store */
    str clickhouse_exclude_reason;
    bool has_qradar_window;
    bool keeps_input_order;
    bool sessions_sequential;
    bool selects_all;
    bool shows_evidence;
    bool is_null_sql;
    bool matches_full;
    bool has_exact_time_bounds;
    bool rounds_all_bounds;
    bool has_null_unknown_fields;
    bool replaces_cursor; /* the query may INTO a name that is taken */
    bool is_filter;   /* checked as a filter, not a query */
    bool is_property; /* as the expression of a property */
    unsigned width;
    uint64_t allocations_max; /* 0 = no budget */
    struct case_input inputs[CASE_INPUTS_MAX];
    size_t input_count;
    struct case_input configs[CASE_CONFIGS_MAX]; /* files of the configuration folder */
    size_t config_count;
    str firsts[CASE_FIRSTS_MAX]; /* queries that are run beforehand, for the cursors they make */
    size_t first_count;
};

struct case_expect {
    str kind; /* an output's name, "error", "warnings", "summary", "events", "rows", "check", "remarks" or "fix" */
    str text; /* without its last line end */
    size_t offset; /* of the text in the file, for rewriting */
    size_t offset_end;
};

struct test_case {
    str name;
    uint32_t line;
    struct case_settings settings;
    str query;
    str query_path; /* or the query of this file, from the project's root (@expect check, remarks and fix only) */
    bool is_rule; /* the query is run as a pack of one rule */
    struct case_expect expects[CASE_EXPECTS_MAX];
    size_t expect_count;
};

struct case_file {
    str text;
    struct test_case *cases;
    size_t case_count;
};

/* Error: TOCSIN_ERROR_CONFIG with the line. */
tocsin_status case_file_parse(struct arena *arena, const char *path, str text, struct case_file *ret_file,
                              struct error *err);

#endif
