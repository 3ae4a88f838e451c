/* help, version and formats, and what all commands share. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/help_text.h"
#include "cli/interrupt.h"
#include "cli/problem_report.h"
#include "cli/standard_output.h"

enum { MEMORY_MIB_MAX = 1024 * 1024, TIME_LIMIT_MAX = 1000000, PROBLEMS_SHOWN = 20 };

bool command_option_is(const char *option, const char *value)
{
    return option && strcmp(option, value) == 0;
}

/* The configuration folder: what --config says, "none" for none, else the user's, else the machine's, else NULL. */
static const char *find_config(const struct command_line *line, char path[PATH_MAX])
{
    if (line->config) {
        return strcmp(line->config, "none") == 0 ? NULL : line->config;
    }
    const char *base = getenv("XDG_CONFIG_HOME");
    const char *between = "";
    if (!base || base[0] != '/') { /* the standard wants it absolute */
        base = getenv("HOME");
        between = "/.config";
    }
    int length = base && base[0] == '/' ? snprintf(path, PATH_MAX, "%s%s/tocsin", base, between) : 0;
    if (length > 0 && length < PATH_MAX && access(path, F_OK) == 0) {
        return path;
    }
    static const char machine[] = "/etc/tocsin";
    return access(machine, F_OK) == 0 ? machine : NULL;
}

/* $XDG_STATE_HOME/tocsin/cursors, else below ~/.local/state; NULL if there is no home. */
static const char *find_cursors(const struct command_line *line, char path[PATH_MAX])
{
    if (line->cursors) {
        return line->cursors;
    }
    const char *base = getenv("XDG_STATE_HOME");
    const char *between = "";
    if (!base || base[0] != '/') {
        base = getenv("HOME");
        between = "/.local/state";
    }
    int length = base && base[0] == '/' ? snprintf(path, PATH_MAX, "%s%s/tocsin/cursors", base, between) : 0;
    return length > 0 && length < PATH_MAX ? path : NULL;
}

bool command_is_dialect(const char *on)
{
    static const char beginning[] = "clickhouse-";
    return on && strncmp(on, beginning, sizeof(beginning) - 1) == 0;
}

static bool is_interrupted(void *context)
{
    return interrupt_is_requested();
}

/* 0: no limit. */
static tocsin_status read_time_limit(const struct command_line *line, unsigned *ret_seconds, struct tocsin_error *err)
{
    char *end = NULL;
    const char *text = line->time_limit;
    unsigned long value = text ? strtoul(text, &end, 10) : 0;
    if (text && !line->on) {
        return usage_error(err, "--on clickhouse://HOST/DATABASE", "--time-limit is about --on");
    }
    if (text && (text[0] < '0' || text[0] > '9' || *end != '\0' || value == 0 || value > TIME_LIMIT_MAX)) {
        return usage_error(err, "--time-limit 60", "--time-limit %s is no number of seconds from 1 to %d", text,
                           TIME_LIMIT_MAX);
    }
    *ret_seconds = (unsigned)value;
    return TOCSIN_OK;
}

tocsin_status command_create_engine(const struct command_line *line, tocsin_engine **ret_engine,
                                    struct tocsin_error *err)
{
    char config[PATH_MAX];
    char cursors[PATH_MAX];
    struct tocsin_engine_options options = {
        .config_path = find_config(line, config),
        .cursors_path = find_cursors(line, cursors),
        .store_path = line->command == COMMAND_INGEST ? NULL : line->store,
        .clickhouse_url = command_is_dialect(line->on) || line->command == COMMAND_TEST ? NULL : line->on,
        .is_cancelled = is_interrupted,
        .log_sources_path = line->log_sources,
        .properties_path = line->properties,
        .time_zone = line->tz,
        .is_null_sql = command_option_is(line->null, "sql"),
        .matches_full = command_option_is(line->matches, "full"),
        .selects_all = command_option_is(line->star, "all"),
        .has_qradar_window = command_option_is(line->window, "qradar"),
        .has_exact_time_bounds = command_option_is(line->time_rounding, "exact"),
        .rounds_all_bounds = command_option_is(line->time_rounding, "minute"),
        .has_null_unknown_fields = command_option_is(line->unknown_fields, "null"),
    };
    tocsin_status status = read_time_limit(line, &options.clickhouse_seconds, err);
    return status == TOCSIN_OK ? tocsin_engine_create(&options, ret_engine, err) : status;
}

/* 0: the default. */
static tocsin_status read_memory(const char *text, unsigned *ret_mebibytes, struct tocsin_error *err)
{
    char *end = NULL;
    unsigned long value = text ? strtoul(text, &end, 10) : 0;
    if (text && (text[0] < '0' || text[0] > '9' || *end != '\0' || value == 0 || value > MEMORY_MIB_MAX)) {
        return usage_error(err, "--memory 512", "--memory %s is no number of MiB from 1 to %d", text, MEMORY_MIB_MAX);
    }
    *ret_mebibytes = (unsigned)value;
    return TOCSIN_OK;
}

tocsin_status command_run_options(const struct command_context *context, struct tocsin_run_options *ret_options,
                                  struct tocsin_error *err)
{
    const struct command_line *line = context->line;
    *ret_options = (struct tocsin_run_options){
        .threads = command_option_is(line->threads, "1") ? 1 : command_option_is(line->threads, "2") ? 2 : 0,
        .format = line->format,
        .store = line->store,
        .clickhouse = line->on,
        .allows_partial = line->allow_partial != NULL,
        .has_color = context->output.has_color,
        .width = context->output.width,
        .now = line->now,
        .replaces_cursor = line->replace != NULL,
        .keeps_input_order = command_option_is(line->order, "input"),
        .sessions_sequential = command_option_is(line->sessions, "sequential"),
    };
    return read_memory(line->memory, &ret_options->memory_mib, err);
}

/* --on asks a server, and nothing else is read. */
static tocsin_status check_on(const struct command_line *line, size_t log_count, struct tocsin_error *err)
{
    if (line->allow_partial && !line->on) {
        return usage_error(err, "--on clickhouse://HOST/DATABASE?cluster=NAME", "--allow-partial is about --on");
    }
    if (line->on && line->store) {
        return usage_error(err, "leave out one of them", "--on asks ClickHouse, --store reads a store");
    }
    if (line->on && log_count > 0) {
        return usage_error(err, "`tocsin ingest --to ADDRESS LOG` puts a log there; then ask --on alone",
                           "--on asks ClickHouse instead of logs: leave out \"%s\"",
                           line->operands[line->operand_count - 1]);
    }
    if (line->on && line->format) {
        return usage_error(err, "give it when the log is put there: tocsin ingest --format NAME",
                           "ClickHouse has no log format: leave out --format");
    }
    return TOCSIN_OK;
}

tocsin_status command_check_store(const struct command_line *line, size_t log_count, struct tocsin_error *err)
{
    tocsin_status status = check_on(line, log_count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (line->store && log_count > 0) {
        return usage_error(err, "`tocsin ingest --store DIR LOG` puts a log into the store; then ask the store alone",
                           "--store is read instead of logs: leave out \"%s\"",
                           line->operands[line->operand_count - 1]);
    }
    if (line->store && line->format) {
        return usage_error(err, "give it when the log is put into the store: tocsin ingest --format NAME",
                           "a store has no log format: leave out --format");
    }
    return TOCSIN_OK;
}

void command_report_problems(const struct command_context *context, const struct tocsin_summary *summary)
{
    size_t shown = summary->problem_count < PROBLEMS_SHOWN ? summary->problem_count : PROBLEMS_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        report_warning(&context->errors, &summary->problems[i]);
    }
    uint64_t more = summary->problems_more + summary->problem_count - shown;
    if (more > 0) {
        fprintf(stderr, "tocsin: and %llu more %s\n", (unsigned long long)more,
                summary->store ? "are damaged" : "inputs could not be read");
    }
}

int command_fail(const struct command_context *context, const struct tocsin_error *err)
{
    if (err->status != TOCSIN_ERROR_CLOSED) {
        report_error(&context->errors, err, NULL);
    }
    return tocsin_status_exit_code(err->status);
}

int command_print(const struct command_context *context, const char *text, size_t text_bytes)
{
    int failure = standard_output_write(text, text_bytes);
    if (failure == 0) {
        failure = standard_output_close();
    }
    if (failure == 0) {
        return 0;
    }
    struct tocsin_error err;
    standard_output_error(failure, &err);
    return command_fail(context, &err);
}

/* Text made by a function that prints to a FILE. */
struct text {
    FILE *file;
    char *bytes;
    size_t byte_count;
};

static bool text_open(struct text *text)
{
    *text = (struct text){0};
    text->file = open_memstream(&text->bytes, &text->byte_count);
    return text->file != NULL;
}

static int text_print(const struct command_context *context, struct text *text)
{
    bool is_complete = !ferror(text->file);
    if (fclose(text->file) != 0 || !is_complete) {
        struct tocsin_error err = {.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
        free(text->bytes);
        return command_fail(context, &err);
    }
    int code = command_print(context, text->bytes, text->byte_count);
    free(text->bytes);
    return code;
}

static int out_of_memory(const struct command_context *context)
{
    struct tocsin_error err = {.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
    return command_fail(context, &err);
}

int help_command(const struct command_context *context)
{
    const struct command_line *line = context->line;
    bool is_asked_for = line->command == COMMAND_HELP && !line->help; /* and not "tocsin help --help" */
    enum command about = is_asked_for ? COMMAND_NONE : line->command;
    if (is_asked_for && line->operand_count > 0) {
        about = command_find(line->operands[0]);
        if (about == COMMAND_NONE) {
            struct tocsin_error err;
            usage_error(&err, "`tocsin help` lists the commands", "there is no command \"%s\"",
                        line->operands[0]);
            return command_fail(context, &err);
        }
    }
    struct text text;
    if (!text_open(&text)) {
        return out_of_memory(context);
    }
    help_print(text.file, about);
    return text_print(context, &text);
}

int version_command(const struct command_context *context)
{
    char text[128];
    int length = snprintf(text, sizeof(text), "tocsin %s\n", tocsin_version());
    return command_print(context, text, (size_t)length);
}

/* ---- formats ----------------------------------------------------------------------------------------------------- */

static int longest(int so_far, const char *text)
{
    int length = (int)strlen(text);
    return length > so_far ? length : so_far;
}

static void print_format(FILE *file, const struct terminal *terminal, const struct tocsin_format *format)
{
    fprintf(file, "%s%s%s: %s\n", terminal_style(terminal, STYLE_BOLD), format->name,
            terminal_style(terminal, STYLE_OFF), format->description);
    fprintf(file, "log source type: %s\n\n", format->log_source_type);
    int name_cells = (int)strlen("field");
    int type_cells = (int)strlen("type");
    int native_cells = (int)strlen("in the log");
    for (size_t i = 0; i < format->field_count; i++) {
        name_cells = longest(name_cells, format->fields[i].name);
        type_cells = longest(type_cells, format->fields[i].type);
        native_cells = longest(native_cells, format->fields[i].native);
    }
    fprintf(file, "  %s%-*s  %-*s  %-*s  %s%s\n", terminal_style(terminal, STYLE_BOLD), name_cells, "field", type_cells,
            "type", native_cells, "in the log", "meaning", terminal_style(terminal, STYLE_OFF));
    for (size_t i = 0; i < format->field_count; i++) {
        const struct tocsin_format_field *field = &format->fields[i];
        fprintf(file, "  %-*s  %-*s  %-*s  %s\n", name_cells, field->name, type_cells, field->type, native_cells,
                field->native, field->description);
    }
}

static bool is_wanted(const struct command_line *line, const char *name)
{
    for (size_t i = 0; i < line->operand_count; i++) {
        if (strcmp(line->operands[i], name) == 0) {
            return true;
        }
    }
    return line->operand_count == 0;
}

/* Every name asked for has to exist. */
static bool check_names(const struct command_context *context, const tocsin_engine *engine)
{
    char names[256] = "formats are";
    for (size_t i = 0; i < tocsin_format_count(engine); i++) {
        struct tocsin_format format;
        tocsin_format_get(engine, i, &format);
        size_t used = strlen(names);
        snprintf(names + used, sizeof(names) - used, "%s %s", i > 0 ? "," : "", format.name);
    }
    for (size_t operand = 0; operand < context->line->operand_count; operand++) {
        bool is_found = false;
        for (size_t i = 0; i < tocsin_format_count(engine) && !is_found; i++) {
            struct tocsin_format format;
            tocsin_format_get(engine, i, &format);
            is_found = strcmp(format.name, context->line->operands[operand]) == 0;
        }
        if (!is_found) {
            struct tocsin_error err;
            usage_error(&err, names, "there is no format \"%s\"", context->line->operands[operand]);
            report_error(&context->errors, &err, NULL);
            return false;
        }
    }
    return true;
}

int formats_command(const struct command_context *context)
{
    tocsin_engine *engine = NULL;
    struct tocsin_error err;
    if (command_create_engine(context->line, &engine, &err) != TOCSIN_OK) {
        return command_fail(context, &err);
    }
    int code = tocsin_status_exit_code(TOCSIN_ERROR_USAGE);
    struct text text;
    if (check_names(context, engine)) {
        code = -1;
        if (!text_open(&text)) {
            code = out_of_memory(context);
        }
    }
    bool is_first = true;
    for (size_t i = 0; i < tocsin_format_count(engine) && code < 0; i++) {
        struct tocsin_format format;
        tocsin_format_get(engine, i, &format);
        if (is_wanted(context->line, format.name)) {
            fputs(is_first ? "" : "\n", text.file);
            print_format(text.file, &context->output, &format);
            is_first = false;
        }
    }
    code = code < 0 ? text_print(context, &text) : code;
    tocsin_engine_free(engine);
    return code;
}
