/* golden_runner.c - runs golden case files through the public interface and compares what they give.
 *
 *     golden_runner [--update] [--only TEXT] [--batch-rows N] [--memory N] [--threads N]
 *                   [--store BLOCK:SEGMENT] [--clickhouse ADDRESS,...] [--parse-all] FILE|FOLDER...
 *
 * Prints TAP. --update rewrites the expectations that differ (read the change before you commit it); --only runs the
 * cases whose name holds TEXT. --batch-rows takes N rows at a time, --memory keeps N bytes and spills the rest,
 * --clickhouse puts the inputs into tables that these servers have, and asks the first of them.
 * --threads runs on N threads (default: 1), --store puts the inputs into an event store first and asks that, with so
 * many rows in a block and in a segment at the most (0: as many as fit), --parse-all reads every event instead of
 * looking for literals first: all that must change nothing. Of a summary
 * what tells of lines and files is then left out, as a store has none. Folders are read with those in them; to find
 * no case is a failure. A case runs in a temporary folder that holds its inputs and its cursors, so file names in its
 * output are the same everywhere. A @file below ../shared that is not there skips the case.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "clickhouse/clickhouse_session.h"
#include "support/case_file.h"
#include "support/text_diff.h"
#include "tocsin/tocsin.h"

enum { FILE_BYTES_MAX = 256 * 1024 * 1024, PATHS_MAX = 4096 };

struct runner {
    bool is_update;
    const char *only;
    unsigned number; /* of the case, for TAP */
    unsigned failed;
    char folder[64]; /* temporary; the current directory while cases run */
    char root[PATH_MAX];
};

/* What a case gave. */
struct outcome {
    const tocsin_query *query; /* NULL: none */
    tocsin_status status;
    struct tocsin_error error;
    struct strbuf output;
    struct tocsin_summary summary; /* valid while `run` lives */
    tocsin_run *run;
    uint64_t allocations;
    bool is_first_failed; /* `status` and `error` are those of a query that comes first */
};

/* ---- files ------------------------------------------------------------------------------------------------------- */

static bool read_whole_file(const char *path, struct strbuf *buffer)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return false;
    }
    for (;;) {
        char *room = strbuf_reserve(buffer, 65536);
        size_t got = room ? fread(room, 1, 65536, file) : 0;
        buffer->len += got;
        if (got == 0) {
            break;
        }
    }
    bool is_good = !ferror(file) && !buffer->is_failed;
    fclose(file);
    return is_good;
}

static bool write_whole_file(const char *path, str bytes)
{
    FILE *file = fopen(path, "wb");
    if (!file) {
        return false;
    }
    bool is_good = fwrite(bytes.data, 1, bytes.len, file) == bytes.len;
    return fclose(file) == 0 && is_good;
}

/* Inputs were last written at 2023-11-14T23:13:20Z: it gives times their year, and lines without a time one. */
static bool set_file_time(const char *path)
{
    const struct timespec times[2] = {{.tv_sec = 1700003600}, {.tv_sec = 1700003600}};
    return utimensat(AT_FDCWD, path, times, 0) == 0;
}

/* Makes the folders that a name has in front. */
static bool make_parent(const char *name)
{
    char parent[256];
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(parent, sizeof(parent), "%.*s", (int)(slash - name), name);
        if (mkdir(parent, 0700) != 0 && errno != EEXIST) {
            return false;
        }
    }
    return true;
}

enum input_outcome { INPUT_READY, INPUT_ABSENT, INPUT_BROKEN };

static enum input_outcome place_input(const struct runner *runner, const struct case_input *input)
{
    char name[256];
    snprintf(name, sizeof(name), "%.*s", STR_ARG(input->name));
    if (!make_parent(name)) {
        return INPUT_BROKEN;
    }
    if (input->path.len == 0) {
        return write_whole_file(name, input->bytes) && set_file_time(name) ? INPUT_READY : INPUT_BROKEN;
    }
    char path[PATH_MAX + 256];
    snprintf(path, sizeof(path), "%s/%.*s", runner->root, STR_ARG(input->path));
    struct strbuf bytes;
    strbuf_init(&bytes, FILE_BYTES_MAX);
    bool is_read = read_whole_file(path, &bytes);
    bool is_written = is_read && write_whole_file(name, strbuf_str(&bytes)) && set_file_time(name);
    strbuf_release(&bytes);
    if (!is_read && str_starts_with(input->path, STR("../shared/"))) {
        return INPUT_ABSENT;
    }
    return is_written ? INPUT_READY : INPUT_BROKEN;
}

/* The configuration folder of the case, "config"; false if a file of it cannot be placed. */
static bool place_configs(const struct runner *runner, const struct case_settings *settings)
{
    for (size_t i = 0; i < settings->config_count; i++) {
        char name[256];
        struct case_input config = settings->configs[i];
        snprintf(name, sizeof(name), "config/%.*s", STR_ARG(config.name));
        config.name = str_from_cstring(name);
        if (place_input(runner, &config) != INPUT_READY) {
            return false;
        }
    }
    return true;
}

static void empty_folder(const char *path)
{
    DIR *directory = opendir(path);
    if (!directory) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory));) {
        char name[512];
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlink(name) != 0) {
            empty_folder(name);
            rmdir(name);
        }
    }
    closedir(directory);
}

/* ---- one run ----------------------------------------------------------------------------------------------------- */

static int collect_output(void *context, const char *bytes, size_t byte_count)
{
    struct strbuf *output = context;
    strbuf_append(output, str_from(bytes, byte_count));
    return output->is_failed ? ENOMEM : 0;
}

static int discard_output(void *context, const char *bytes, size_t byte_count)
{
    return 0;
}

static unsigned batch_rows;   /* 0: as many as fit */
static unsigned memory_bytes; /* 0: as usual */
static unsigned threads = 1;
static bool uses_store;
static unsigned block_rows;
static unsigned segment_rows;
static bool parses_all;
static const char *clickhouse_servers; /* addresses, parted by commas: where rows are sent; NULL: files are read */
static char clickhouse_asked[1024];    /* the first of them */

/* The settings as the library wants them; texts live in `arena`. */
static const char *text_or_null(struct arena *arena, str text)
{
    return text.len > 0 ? arena_copy_cstring(arena, text) : NULL;
}

static int level_of(str name)
{
    for (int level = 0; level < TOCSIN_LEVEL_COUNT; level++) {
        if (str_eq(name, str_from_cstring(tocsin_level_name(level)))) {
            return level;
        }
    }
    return 0;
}

static struct tocsin_run_options run_options(struct arena *arena, const struct case_settings *settings)
{
    static const char *inputs[CASE_INPUTS_MAX];
    for (size_t i = 0; i < settings->input_count; i++) {
        inputs[i] = arena_copy_cstring(arena, settings->inputs[i].name);
    }
    bool is_stored = uses_store && settings->input_count > 0;
    bool is_there = clickhouse_servers && settings->input_count > 0;
    return (struct tocsin_run_options){
        .inputs = inputs,
        .input_count = is_stored || is_there ? 0 : settings->input_count,
        .store = is_stored ? "store" : NULL,
        .clickhouse = is_there ? clickhouse_asked : NULL,
        .format = is_stored || is_there ? NULL : text_or_null(arena, settings->format),
        .output = "csv",
        .now = text_or_null(arena, settings->now),
        .keeps_input_order = settings->keeps_input_order,
        .sessions_sequential = settings->sessions_sequential,
        .exceptions = settings->exceptions.data && write_whole_file("exceptions.yaml", settings->exceptions)
                          ? "exceptions.yaml"
                          : NULL,
        .ignores_exceptions = settings->ignores_exceptions,
        .shows_excepted = settings->shows_excepted,
        .keeps_rows = settings->keeps_rows,
        .level_min = level_of(settings->min_level),
        .batch_rows = batch_rows,
        .memory_bytes = memory_bytes,
        .threads = threads,
        .parses_all = parses_all,
        .write = discard_output,
    };
}

/* ---- ClickHouse -------------------------------------------------------------------------------------------------- */

static uint64_t loaded; /* a hash of what the rows there were made from, 0: of nothing known */

static uint64_t hash_files(const struct case_input *files, size_t count, uint64_t hash)
{
    for (size_t i = 0; i < count; i++) {
        hash = str_hash(files[i].name, hash);
        hash = str_hash(files[i].bytes.data ? files[i].bytes : files[i].path, hash);
    }
    return hash;
}

/* The case before had the same rows; else they are about to be loaded. */
static bool is_loaded(const struct case_settings *settings)
{
    const str texts[] = {settings->format, settings->zone, settings->log_sources, settings->properties};
    uint64_t hash = hash_files(settings->inputs, settings->input_count, 1);
    hash = hash_files(settings->configs, settings->config_count, hash);
    for (size_t i = 0; i < countof(texts); i++) {
        hash = str_hash(texts[i].data ? texts[i] : STR_EMPTY, hash);
    }
    bool is_same = hash == loaded;
    loaded = hash;
    return is_same;
}

/* A statement for one table, or for a cluster. */
static tocsin_status tell_server(const char *server, str of_table, str of_cluster, struct error *err)
{
    struct arena arena;
    struct clickhouse_address address;
    struct clickhouse_session *session = NULL;
    arena_init(&arena, ARENA_NO_LIMIT);
    tocsin_status status = clickhouse_address_read(server, &arena, &address, err);
    status = status == TOCSIN_OK ? clickhouse_session_open(&address, NULL, &session, err) : status;
    if (status == TOCSIN_OK) {
        const struct clickhouse_query query = {.sql = *address.cluster ? of_cluster : of_table, .data = STR_EMPTY};
        status = query.sql.len > 0 ? clickhouse_command(session, &query, err) : TOCSIN_OK;
    }
    clickhouse_session_free(session);
    arena_release(&arena);
    return status;
}

static bool tell_servers(str of_table, str of_cluster, struct tocsin_error *ret_err)
{
    struct error err = {0};
    str rest = str_from_cstring(clickhouse_servers);
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && rest.len > 0) {
        char server[1024];
        size_t end = str_find_char(rest, ',', 0);
        snprintf(server, sizeof(server), "%.*s", STR_ARG(str_slice(rest, 0, end)));
        rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end + 1);
        status = tell_server(server, of_table, of_cluster, &err);
    }
    if (status != TOCSIN_OK) {
        loaded = 0;
        ret_err->status = status;
        snprintf(ret_err->message, sizeof(ret_err->message), "%s", err.message);
    }
    return status == TOCSIN_OK;
}

/* Puts the inputs into a store, or into ClickHouse, if that is how they are to be read. */
static tocsin_status fill_store(struct arena *arena, tocsin_engine *engine, const struct case_settings *settings,
                                struct tocsin_error *err)
{
    if ((!uses_store && !clickhouse_servers) || settings->input_count == 0) {
        return TOCSIN_OK;
    }
    if (clickhouse_servers && is_loaded(settings)) {
        return TOCSIN_OK;
    }
    if (clickhouse_servers && !tell_servers(STR("TRUNCATE TABLE events"), STR("TRUNCATE TABLE events_local"), err)) {
        return err->status;
    }
    const char *inputs[CASE_INPUTS_MAX];
    for (size_t i = 0; i < settings->input_count; i++) {
        inputs[i] = arena_copy_cstring(arena, settings->inputs[i].name);
    }
    const struct tocsin_ingest_options options = {
        .store = clickhouse_servers ? NULL : "store",
        .to = clickhouse_servers,
        .inputs = inputs,
        .input_count = settings->input_count,
        .format = text_or_null(arena, settings->format),
        .threads = threads,
        .block_rows = block_rows,
        .segment_rows = segment_rows,
    };
    tocsin_ingest *ingest = NULL;
    tocsin_status status = tocsin_ingest_create(engine, &options, &ingest, err);
    while (status == TOCSIN_OK) {
        status = tocsin_ingest_step(ingest, err);
    }
    tocsin_ingest_free(ingest);
    /* A replica gets rows a moment later. */
    if (status == TOCSIN_END && clickhouse_servers &&
        !tell_servers(STR_EMPTY, STR("SYSTEM SYNC REPLICA events_local"), err)) {
        status = err->status;
    }
    if (status != TOCSIN_END) {
        loaded = 0;
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

/* The queries that come first: what they keep by INTO is there for the query of the case. */
static tocsin_status run_firsts(struct arena *arena, tocsin_engine *engine, const struct case_settings *settings,
                                struct tocsin_error *err)
{
    struct tocsin_run_options options = run_options(arena, settings);
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < settings->first_count; i++) {
        str text = settings->firsts[i];
        tocsin_query *query = NULL;
        tocsin_run *run = NULL;
        status = tocsin_query_prepare(engine, text.data, text.len, "first", &query, err);
        status = status == TOCSIN_OK ? tocsin_run_query(engine, query, &options, &run, err) : status;
        while (status == TOCSIN_OK) {
            status = tocsin_run_step(run, err);
        }
        status = status == TOCSIN_END ? TOCSIN_OK : status;
        tocsin_run_free(run);
        tocsin_query_free(query);
    }
    return status;
}

static char root_folder[PATH_MAX];

/* A folder of the project, or a built-in pack. */
static const char *pack_path(struct arena *arena, str name)
{
    struct strbuf path;
    strbuf_init(&path, PATH_MAX);
    strbuf_append(&path, str_from_cstring(root_folder));
    strbuf_append_char(&path, '/');
    strbuf_append(&path, name);
    const char *folder = arena_copy_cstring(arena, strbuf_str(&path));
    strbuf_release(&path);
    return folder && str_find_char(name, '/', 0) != SIZE_MAX ? folder : arena_copy_cstring(arena, name);
}

static tocsin_status start_run(struct arena *arena, tocsin_engine *engine, const struct test_case *test,
                               const char *output, struct outcome *outcome, tocsin_query **ret_query,
                               tocsin_pack **ret_pack)
{
    const struct case_settings *settings = &test->settings;
    struct tocsin_run_options options = run_options(arena, settings);
    options.output = output;
    options.shows_evidence = settings->shows_evidence;
    options.width = settings->width;
    options.replaces_cursor = settings->replaces_cursor;
    options.write = collect_output;
    options.write_context = &outcome->output;
    tocsin_status status;
    const char *rule;
    if (settings->pack.len > 0 || test->is_rule) {
        if (test->is_rule) {
            status = write_whole_file("rule.aql", test->query)
                         ? tocsin_pack_open_query(engine, "rule.aql", ret_pack, &outcome->error)
                         : TOCSIN_ERROR_INTERNAL;
        } else {
            str name = settings->pack; /* NAME [RULE] */
            size_t blank = str_find_char(name, ' ', 0);
            if (blank != SIZE_MAX) {
                rule = arena_copy_cstring(arena, str_skip(name, blank + 1));
                options.rules = &rule;
                options.rule_count = 1;
                name = str_slice(name, 0, blank);
            }
            status = tocsin_pack_open(engine, pack_path(arena, name), ret_pack, &outcome->error);
        }
        return status == TOCSIN_OK ? tocsin_run_pack(engine, *ret_pack, &options, &outcome->run, &outcome->error)
                                   : status;
    }
    status = tocsin_query_prepare(engine, test->query.data, test->query.len, "query", ret_query, &outcome->error);
    if (status == TOCSIN_OK && !tocsin_query_reads_log(*ret_query)) {
        options.input_count = 0; /* as the program does it */
        options.store = NULL;
    }
    return status == TOCSIN_OK ? tocsin_run_query(engine, *ret_query, &options, &outcome->run, &outcome->error)
                               : status;
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* "2:24 week-year" a line; with `is_whole` also where it ends, how bad it is, and what it says. */
static void print_remark(const struct tocsin_diagnostic *remark, bool is_whole, struct strbuf *text)
{
    if (!is_whole) {
        strbuf_append_format(text, "%u:%u %s\n", (unsigned)remark->line, (unsigned)remark->column, remark->code);
        return;
    }
    strbuf_append_format(text, "%u:%u-%u:%u %s: ", (unsigned)remark->line, (unsigned)remark->column,
                         (unsigned)remark->line_end, (unsigned)remark->column_end,
                         tocsin_severity_name(remark->severity));
    strbuf_append(text, str_from_cstring(remark->message));
    strbuf_append_format(text, " [%s]\n", remark->code);
    if (remark->hint[0]) {
        strbuf_append(text, STR("  hint: "));
        strbuf_append(text, str_from_cstring(remark->hint));
        strbuf_append_char(text, '\n');
    }
    if (remark->has_fix) {
        strbuf_append(text, STR("  fix: "));
        strbuf_append(text, str_from(remark->fix_text, remark->fix_text_bytes));
        strbuf_append_char(text, '\n');
    }
}

static tocsin_status print_check(tocsin_check *check, str kind, struct strbuf *output, struct tocsin_error *err)
{
    if (str_eq(kind, STR("fix"))) {
        const char *fixed;
        size_t fixed_bytes;
        size_t fixes;
        tocsin_status status = tocsin_check_fix(check, &fixed, &fixed_bytes, &fixes, err);
        if (status == TOCSIN_OK) {
            strbuf_append(output, str_from(fixed, fixed_bytes));
        }
        return status;
    }
    for (size_t i = 0; i < tocsin_check_count(check); i++) {
        print_remark(tocsin_check_get(check, i), str_eq(kind, STR("remarks")), output);
    }
    if (tocsin_check_count(check) == 0) {
        strbuf_append(output, STR("nothing"));
    }
    return TOCSIN_OK;
}

static tocsin_status run_check(tocsin_engine *engine, const struct test_case *test, str kind, struct outcome *outcome)
{
    struct strbuf text;
    strbuf_init(&text, FILE_BYTES_MAX);
    if (test->query_path.len > 0) {
        char path[PATH_MAX + 300];
        snprintf(path, sizeof(path), "%s/%.*s", root_folder, STR_ARG(test->query_path));
        if (!read_whole_file(path, &text)) {
            strbuf_release(&text);
            return TOCSIN_ERROR_INTERNAL;
        }
    } else {
        strbuf_append(&text, test->query);
    }
    struct tocsin_check_options options = {.kind = test->settings.is_filter     ? TOCSIN_CHECK_FILTER
                                                   : test->settings.is_property ? TOCSIN_CHECK_PROPERTY
                                                                                : TOCSIN_CHECK_QUERY};
    tocsin_check *check = NULL;
    tocsin_status status = tocsin_check_query(engine, text.data, text.len, &options, &check, &outcome->error);
    if (status == TOCSIN_OK) {
        status = print_check(check, kind, &outcome->output, &outcome->error);
    }
    tocsin_check_free(check);
    strbuf_release(&text);
    return status;
}

static bool is_check(str kind)
{
    return str_eq(kind, STR("check")) || str_eq(kind, STR("remarks")) || str_eq(kind, STR("fix"));
}

/* An error is compared in full; a run that ends well is TOCSIN_OK here. */
static void run_case(const struct test_case *test, str output, struct outcome *outcome,
                     void (*examine)(const struct outcome *outcome, void *context), void *context)
{
    const struct case_settings *settings = &test->settings;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct tocsin_engine_options options = {
        .time_zone = settings->zone.len > 0 ? text_or_null(&arena, settings->zone) : "UTC",
        .is_null_sql = settings->is_null_sql,
        .matches_full = settings->matches_full,
        .selects_all = settings->selects_all,
        .has_qradar_window = settings->has_qradar_window,
        .has_exact_time_bounds = settings->has_exact_time_bounds,
        .rounds_all_bounds = settings->rounds_all_bounds,
        .has_null_unknown_fields = settings->has_null_unknown_fields,
        .cursors_path = "cursors",
    };
    if (settings->config_count > 0) {
        options.config_path = "config";
    }
    if (settings->log_sources.data && write_whole_file("log_sources.yaml", settings->log_sources)) {
        options.log_sources_path = "log_sources.yaml";
    }
    if (settings->properties.data && write_whole_file("properties.yaml", settings->properties)) {
        options.properties_path = "properties.yaml";
    }
    tocsin_engine *engine = NULL;
    tocsin_query *query = NULL;
    tocsin_pack *pack = NULL;
    outcome->status = tocsin_engine_create(&options, &engine, &outcome->error);
    if (outcome->status == TOCSIN_OK && !is_check(output)) {
        outcome->status = fill_store(&arena, engine, settings, &outcome->error);
    }
    if (outcome->status == TOCSIN_OK) {
        outcome->status = run_firsts(&arena, engine, settings, &outcome->error);
        outcome->is_first_failed = outcome->status != TOCSIN_OK;
    }
    uint64_t allocations_before = memory_statistics_get().allocation_count;
    if (outcome->status == TOCSIN_OK && is_check(output)) {
        outcome->status = run_check(engine, test, output, outcome);
        outcome->status = outcome->status == TOCSIN_OK ? TOCSIN_END : outcome->status;
    } else if (outcome->status == TOCSIN_OK) {
        const char *name = text_or_null(&arena, output);
        outcome->status = start_run(&arena, engine, test, name, outcome, &query, &pack);
    }
    while (outcome->status == TOCSIN_OK) {
        outcome->status = tocsin_run_step(outcome->run, &outcome->error);
    }
    outcome->allocations = memory_statistics_get().allocation_count - allocations_before;
    if (outcome->status == TOCSIN_END) {
        outcome->status = TOCSIN_OK;
    }
    if (outcome->status == TOCSIN_OK && outcome->run) {
        tocsin_run_summary(outcome->run, &outcome->summary);
    }
    outcome->query = query;
    examine(outcome, context);
    tocsin_run_free(outcome->run);
    tocsin_pack_free(pack);
    tocsin_query_free(query);
    tocsin_engine_free(engine);
    arena_release(&arena);
}

/* ---- what a run says, as text ------------------------------------------------------------------------------------ */

/* "type error: query:2:7: message" and "hint: ..." on a line of its own. */
static void print_error(const struct tocsin_error *error, struct strbuf *text)
{
    strbuf_append(text, str_from_cstring(tocsin_status_name(error->status)));
    strbuf_append(text, STR(": "));
    if (error->source[0]) {
        strbuf_append(text, str_from_cstring(error->source));
        strbuf_append_char(text, ':');
        if (error->line > 0) {
            strbuf_append_format(text, "%u:%u:", (unsigned)error->line, (unsigned)error->column);
        }
        strbuf_append_char(text, ' ');
    }
    strbuf_append(text, str_from_cstring(error->message));
    if (error->hint[0]) {
        strbuf_append(text, STR("\nhint: "));
        strbuf_append(text, str_from_cstring(error->hint));
    }
}

static void print_count(struct strbuf *text, const char *name, uint64_t count)
{
    if (count > 0) {
        strbuf_append(text, str_from_cstring(name));
        strbuf_append_char(text, ' ');
        strbuf_append_u64(text, count);
        strbuf_append_char(text, '\n');
    }
}

/* "Linux OS 5", a line for each log source type. */
static void print_events(const struct tocsin_summary *summary, const char *prefix, struct strbuf *text)
{
    for (size_t i = 0; i < summary->type_count; i++) {
        char name[256];
        snprintf(name, sizeof(name), "%s%s", prefix, summary->events_by_type[i].name);
        print_count(text, name, summary->events_by_type[i].count);
    }
}

/* What a query's author is told when it runs. */
static void print_warnings(const tocsin_query *query, struct strbuf *text)
{
    size_t count = query ? tocsin_query_diagnostic_count(query) : 0;
    for (size_t i = 0; i < count; i++) {
        print_remark(tocsin_query_diagnostic_get(query, i), true, text);
    }
    if (count == 0) {
        strbuf_append(text, STR("nothing"));
    }
}

/* The account of a run, a line each; what is zero is left out. Bytes and times are not part of it. */
static void print_summary(const struct tocsin_summary *summary, struct strbuf *text)
{
    print_count(text, "inputs", summary->input_count);
    print_count(text, "inputs failed", summary->input_failed_count);
    print_count(text, "lines", summary->lines);
    print_count(text, "blank lines", summary->blank_lines);
    print_count(text, "events", summary->events);
    print_events(summary, "events of ", text);
    print_count(text, "unparsed lines", summary->unparsed_lines);
    print_count(text, "truncated lines", summary->truncated_lines);
    print_count(text, "regex given up", summary->regex_given_up);
    char name[256];
    for (size_t i = 0; i < summary->dropped_count; i++) {
        snprintf(name, sizeof(name), "dropped: %s", summary->dropped[i].name);
        print_count(text, name, summary->dropped[i].count);
    }
    print_count(text, "rules", summary->rule_count);
    print_count(text, "rows", summary->rows);
    for (int level = TOCSIN_LEVEL_COUNT - 1; level >= 0; level--) {
        snprintf(name, sizeof(name), "rows of level %s", tocsin_level_name(level));
        print_count(text, name, summary->rows_by_level[level]);
    }
    for (int level = TOCSIN_LEVEL_COUNT - 1; level >= 0; level--) {
        snprintf(name, sizeof(name), "below, of level %s", tocsin_level_name(level));
        print_count(text, name, summary->below_by_level[level]);
    }
    print_count(text, "joined rows", summary->joined_rows);
    for (size_t i = 0; summary->joined_rows > 0 && i < summary->by_rule_count; i++) {
        snprintf(name, sizeof(name), "findings of %s", summary->by_rule[i].rule);
        print_count(text, name, summary->by_rule[i].findings);
    }
    for (size_t i = 0; i < summary->exception_count; i++) {
        snprintf(name, sizeof(name), "excepted by %s", summary->exceptions[i].id);
        print_count(text, name, summary->exceptions[i].rows);
        snprintf(name, sizeof(name), "expired %s", summary->exceptions[i].id);
        print_count(text, name, summary->exceptions[i].expired_rows);
    }
    if (summary->has_now) {
        strbuf_append_format(text, "now %lld from %s\n", (long long)summary->now_ms, summary->now_source);
    }
    for (size_t i = 0; i < summary->problem_count; i++) {
        print_error(&summary->problems[i], text);
        strbuf_append_char(text, '\n');
    }
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

struct comparison {
    const struct test_case *test;
    const struct case_expect *expect;
    struct strbuf got;
    bool is_same;
    bool can_update;
    char complaint[256]; /* instead of a difference of texts */
};

/* Lines of an account that tell of lines and files, which a store does not know, and of how much was read before
 * nothing more was wanted. */
static bool is_about_lines(str line)
{
    static const char *const beginnings[] = {
        "inputs",           "lines ",          "blank lines ", "events ",       "unparsed lines ",
        "truncated lines ", "regex given up ", "dropped: ",    "input error: ", "hint: "};
    for (size_t i = 0; i < countof(beginnings); i++) {
        if (str_starts_with(line, str_from_cstring(beginnings[i]))) {
            return true;
        }
    }
    return false;
}

static void append_stored_summary(struct strbuf *target, str text)
{
    while (text.len > 0) {
        size_t end = str_find_char(text, '\n', 0);
        str line = str_slice(text, 0, end == SIZE_MAX ? text.len : end);
        if (!is_about_lines(line)) {
            strbuf_append(target, line);
            strbuf_append_char(target, '\n');
        }
        text = str_skip(text, end == SIZE_MAX ? text.len : end + 1);
    }
}

static bool is_same_summary(str got, str expected)
{
    struct strbuf texts[2];
    strbuf_init(&texts[0], FILE_BYTES_MAX);
    strbuf_init(&texts[1], FILE_BYTES_MAX);
    append_stored_summary(&texts[0], got);
    append_stored_summary(&texts[1], expected);
    bool is_same = str_eq(strbuf_str(&texts[0]), strbuf_str(&texts[1]));
    strbuf_release(&texts[0]);
    strbuf_release(&texts[1]);
    return is_same;
}

static void build_text(const struct outcome *outcome, struct comparison *comparison)
{
    struct strbuf *got = &comparison->got;
    if (str_eq(comparison->expect->kind, STR("error")) || outcome->status != TOCSIN_OK) {
        if (outcome->status == TOCSIN_OK) {
            strbuf_append(got, STR("no error"));
        } else {
            print_error(&outcome->error, got);
        }
    } else if (str_eq(comparison->expect->kind, STR("warnings"))) {
        print_warnings(outcome->query, got);
    } else if (str_eq(comparison->expect->kind, STR("rows"))) {
        strbuf_append_u64(got, outcome->summary.rows);
    } else if (str_eq(comparison->expect->kind, STR("events"))) {
        print_events(&outcome->summary, "", got);
    } else if (str_eq(comparison->expect->kind, STR("summary"))) {
        print_summary(&outcome->summary, got);
    } else {
        strbuf_append(got, strbuf_str(&outcome->output));
    }
    while (got->len > 0 && got->data[got->len - 1] == '\n') {
        got->len--;
    }
}

static void examine_outcome(const struct outcome *outcome, void *context)
{
    struct comparison *comparison = context;
    build_text(outcome, comparison);
    comparison->can_update = true;
    comparison->is_same = str_eq(strbuf_str(&comparison->got), comparison->expect->text);
    bool is_elsewhere = uses_store || clickhouse_servers;
    if (is_elsewhere && !comparison->is_same && str_eq(comparison->expect->kind, STR("summary"))) {
        comparison->is_same = is_same_summary(strbuf_str(&comparison->got), comparison->expect->text);
    }
    uint64_t budget = comparison->test->settings.allocations_max;
    if (outcome->is_first_failed) {
        comparison->is_same = comparison->can_update = false;
        snprintf(comparison->complaint, sizeof(comparison->complaint), "@first, %u:%u: %.200s",
                 (unsigned)outcome->error.line, (unsigned)outcome->error.column, outcome->error.message);
    } else if (outcome->status != TOCSIN_OK && outcome->error.status != outcome->status) {
        comparison->is_same = comparison->can_update = false;
        snprintf(comparison->complaint, sizeof(comparison->complaint), "status is \"%s\", the error says \"%s\"",
                 tocsin_status_name(outcome->status), tocsin_status_name(outcome->error.status));
    } else if (budget > 0 && batch_rows == 0 && memory_bytes == 0 && threads == 1 && !is_elsewhere &&
               outcome->allocations > budget) {
        comparison->is_same = comparison->can_update = false;
        snprintf(comparison->complaint, sizeof(comparison->complaint), "%llu allocations, the budget is %llu",
                 (unsigned long long)outcome->allocations, (unsigned long long)budget);
    }
}

/* The output that an expectation needs; empty if there is no such kind. */
static str output_of(str kind)
{
    static const char *const outputs[] = {"table", "json", "ndjson", "csv", "tsv", "check", "remarks", "fix"};
    for (size_t i = 0; i < countof(outputs); i++) {
        if (str_eq(kind, str_from_cstring(outputs[i]))) {
            return kind;
        }
    }
    static const char *const accounts[] = {"error", "warnings", "summary", "events", "rows"};
    for (size_t i = 0; i < countof(accounts); i++) {
        if (str_eq(kind, str_from_cstring(accounts[i]))) {
            return STR("csv");
        }
    }
    return STR_EMPTY;
}

/* Runs one expectation of a case; its difference is printed. New text for the file goes to ret_got when it differs. */
static bool check_expect(const struct test_case *test, const struct case_expect *expect, struct comparison *comparison)
{
    *comparison = (struct comparison){.test = test, .expect = expect};
    strbuf_init(&comparison->got, FILE_BYTES_MAX);
    str output = output_of(expect->kind);
    if (output.len == 0) {
        printf("#   unknown kind of expectation \"%.*s\"\n", STR_ARG(expect->kind));
        return false;
    }
    struct outcome outcome = {.status = TOCSIN_OK};
    strbuf_init(&outcome.output, FILE_BYTES_MAX);
    run_case(test, output, &outcome, examine_outcome, comparison);
    strbuf_release(&outcome.output);
    if (comparison->complaint[0]) {
        printf("#   %s\n", comparison->complaint);
    } else if (!comparison->is_same) {
        printf("#   @expect %.*s\n", STR_ARG(expect->kind));
        text_diff_print(expect->text, strbuf_str(&comparison->got));
    }
    return comparison->is_same;
}

/* ---- files and folders of cases ---------------------------------------------------------------------------------- */

/* The file's text anew: kept up to *copied, expectations that differ replaced. */
static void replace_expect(struct strbuf *text, size_t *copied, const struct case_file *file,
                           const struct comparison *comparison)
{
    strbuf_append(text, str_slice(file->text, *copied, comparison->expect->offset));
    strbuf_append(text, strbuf_str(&comparison->got));
    if (comparison->expect->text.len == 0) {
        strbuf_append_char(text, '\n'); /* there was no line to end yet */
    }
    *copied = comparison->expect->offset_end;
}

static const char *place_inputs(const struct runner *runner, const struct test_case *test)
{
    empty_folder(".");
    for (size_t i = 0; i < test->settings.input_count; i++) {
        switch (place_input(runner, &test->settings.inputs[i])) {
        case INPUT_READY:
            break;
        case INPUT_ABSENT:
            return "the shared corpus is not here";
        case INPUT_BROKEN:
            return "";
        }
    }
    return place_configs(runner, &test->settings) ? NULL : "";
}

/* What this way of running cannot change: a check takes no rows, and what was read is told when it is read. Without
 * inputs servers have nothing to do. */
static bool is_left_out(const struct test_case *test, str kind)
{
    bool is_elsewhere = uses_store || clickhouse_servers;
    return ((batch_rows > 0 || is_elsewhere) && is_check(kind)) || (is_elsewhere && str_eq(kind, STR("events"))) ||
           (clickhouse_servers && test->settings.input_count == 0);
}

static void run_test(struct runner *runner, const struct case_file *file, const struct test_case *test,
                     const char *label, struct strbuf *new_text, size_t *copied)
{
    runner->number++;
    if (test->settings.exclude_reason.len > 0) {
        printf("ok %u - %s # SKIP %.*s\n", runner->number, label, STR_ARG(test->settings.exclude_reason));
        return;
    }
    if (uses_store && test->settings.store_exclude_reason.len > 0) {
        printf("ok %u - %s # SKIP %.*s\n", runner->number, label, STR_ARG(test->settings.store_exclude_reason));
        return;
    }
    if (clickhouse_servers && test->settings.clickhouse_exclude_reason.len > 0) {
        printf("ok %u - %s # SKIP %.*s\n", runner->number, label, STR_ARG(test->settings.clickhouse_exclude_reason));
        return;
    }
    bool is_good = true;
    size_t skipped = 0;
    for (size_t i = 0; i < test->expect_count; i++) {
        if (is_left_out(test, test->expects[i].kind)) {
            skipped++;
            continue;
        }
        const char *absent = place_inputs(runner, test);
        if (absent && absent[0]) {
            printf("ok %u - %s # SKIP %s\n", runner->number, label, absent);
            return;
        }
        if (absent) {
            printf("#   an input cannot be written or read\n");
            is_good = false;
            break;
        }
        struct comparison comparison;
        bool is_same = check_expect(test, &test->expects[i], &comparison);
        if (!is_same && runner->is_update && comparison.can_update) {
            replace_expect(new_text, copied, file, &comparison);
            is_same = true;
        }
        is_good = is_good && is_same;
        strbuf_release(&comparison.got);
    }
    runner->failed += !is_good;
    bool is_nothing = is_good && skipped > 0 && skipped == test->expect_count;
    printf("%sok %u - %s%s\n", is_good ? "" : "not ", runner->number, label,
           is_nothing ? " # SKIP nothing of it depends on how rows are read" : "");
    fflush(stdout);
}

/* "filter/like: percent is any run", from the file's name, the case's name or its line. */
static void make_label(char *label, size_t bytes, const char *path, const struct test_case *test)
{
    const char *base = path;
    unsigned slashes = 0;
    for (const char *p = path + strlen(path); p > path && slashes < 2; p--) {
        slashes += p[-1] == '/';
        base = slashes < 2 ? p - 1 : base;
    }
    int base_len = (int)strlen(base) - (int)strlen(".test");
    if (test->name.len > 0) {
        snprintf(label, bytes, "%.*s: %.*s", base_len, base, STR_ARG(test->name));
    } else {
        snprintf(label, bytes, "%.*s: line %u", base_len, base, (unsigned)test->line);
    }
}

static void run_file(struct runner *runner, const char *path)
{
    struct strbuf text;
    strbuf_init(&text, FILE_BYTES_MAX);
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct case_file file;
    struct error err = {0};
    if (!read_whole_file(path, &text)) {
        printf("not ok %u - %s cannot be read\n", ++runner->number, path);
        runner->failed++;
    } else if (case_file_parse(&arena, path, strbuf_str(&text), &file, &err) != TOCSIN_OK) {
        printf("not ok %u - %s\n", ++runner->number, err.message);
        runner->failed++;
    } else {
        struct strbuf new_text;
        strbuf_init(&new_text, FILE_BYTES_MAX);
        size_t copied = 0;
        for (size_t i = 0; i < file.case_count; i++) {
            char label[512];
            make_label(label, sizeof(label), path, &file.cases[i]);
            if (!runner->only || strstr(label, runner->only)) {
                run_test(runner, &file, &file.cases[i], label, &new_text, &copied);
            }
        }
        if (copied > 0) {
            strbuf_append(&new_text, str_skip(file.text, copied));
            if (new_text.is_failed || !write_whole_file(path, strbuf_str(&new_text))) {
                printf("# %s cannot be rewritten\n", path);
                runner->failed++;
            }
        }
        strbuf_release(&new_text);
    }
    arena_release(&arena);
    strbuf_release(&text);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int is_not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A file, or the files of a folder and of the folders in it. */
static void run_path(struct runner *runner, const char *path)
{
    if (!is_folder(path)) {
        run_file(runner, path);
        return;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, is_not_hidden, alphasort);
    for (int i = 0; i < count; i++) {
        char *name = NULL;
        if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0) {
            printf("not ok %u - out of memory\n", ++runner->number);
            runner->failed++;
        } else if (str_ends_with(str_from_cstring(name), STR(".test")) || is_folder(name)) {
            run_path(runner, name);
        }
        free(name);
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
}

int main(int argc, char **argv)
{
    struct runner runner = {.folder = "/tmp/tocsin-cases-XXXXXX"};
    static char paths[PATHS_MAX][PATH_MAX];
    size_t path_count = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--update") == 0) {
            runner.is_update = true;
        } else if (strcmp(argv[i], "--batch-rows") == 0 && i + 1 < argc) {
            batch_rows = (unsigned)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--memory") == 0 && i + 1 < argc) {
            memory_bytes = (unsigned)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            threads = (unsigned)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--store") == 0 && i + 1 < argc) {
            uses_store = sscanf(argv[++i], "%u:%u", &block_rows, &segment_rows) == 2;
            bool has_memory = access("/dev/shm", W_OK) == 0; /* a disk would be told to sync many thousand times */
            snprintf(runner.folder, sizeof(runner.folder), "%s/tocsin-cases-XXXXXX", has_memory ? "/dev/shm" : "/tmp");
        } else if (strcmp(argv[i], "--clickhouse") == 0 && i + 1 < argc) {
            clickhouse_servers = argv[++i];
            snprintf(clickhouse_asked, sizeof(clickhouse_asked), "%.*s", (int)strcspn(argv[i], ","), argv[i]);
        } else if (strcmp(argv[i], "--parse-all") == 0) {
            parses_all = true;
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            runner.only = argv[++i];
        } else if (path_count == PATHS_MAX || !realpath(argv[i], paths[path_count++])) {
            fprintf(stderr, "golden_runner: %s: %s\n", argv[i], strerror(errno));
            return 2;
        }
    }
    if (path_count == 0 || !realpath(TOCSIN_SOURCE_ROOT, runner.root) || !realpath(TOCSIN_SOURCE_ROOT, root_folder) ||
        !mkdtemp(runner.folder) || chdir(runner.folder) != 0) {
        fprintf(stderr, "usage: golden_runner [--update] [--only TEXT] [--batch-rows N] [--memory N] [--threads N] "
                        "[--store BLOCK:SEGMENT] [--clickhouse ADDRESS,...] [--parse-all] FILE|FOLDER...\n");
        return 2;
    }
    for (size_t i = 0; i < path_count; i++) {
        run_path(&runner, paths[i]);
    }
    if (runner.number == 0) {
        printf("not ok %u - there is no case\n", ++runner.number);
        runner.failed++;
    }
    printf("1..%u\n", runner.number);
    empty_folder(runner.folder);
    rmdir(runner.folder);
    return runner.failed > 0;
}
