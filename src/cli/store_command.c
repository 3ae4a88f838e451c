/* store: what is in an event store, whether it is whole, and what keeps it small. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/number_text.h"
#include "cli/problem_report.h"
#include "cli/progress_bar.h"
#include "cli/run_summary.h"
#include "cli/standard_output.h"

enum { COLUMNS_SHOWN = 20, INPUTS_SHOWN = 20 };

struct store_work {
    const struct command_context *context;
    const char *folder;
    tocsin_engine *engine;
    tocsin_store *store;
    struct progress_bar bar;
};

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static tocsin_status open_store(struct store_work *work, struct tocsin_error *err)
{
    tocsin_status status = command_create_engine(work->context->line, &work->engine, err);
    return status == TOCSIN_OK ? tocsin_store_open(work->engine, work->folder, &work->store, err) : status;
}

/* ---- info and verify --------------------------------------------------------------------------------------------- */

static void print_label(FILE *file, const struct terminal *terminal, const char *label)
{
    fprintf(file, "  %s%-15s%s ", terminal_style(terminal, STYLE_DIM), label, terminal_style(terminal, STYLE_OFF));
}

static void print_escaped(FILE *file, const char *text)
{
    char shown[1024];
    tocsin_escape_text(text, strlen(text), shown, sizeof(shown));
    fputs(shown, file);
}

static void print_totals(FILE *file, const struct terminal *terminal, const struct tocsin_store_info *info)
{
    char first[NUMBER_TEXT_BYTES];
    char last[NUMBER_TEXT_BYTES];
    uint64_t open = 0;
    for (size_t i = 0; i < info->segment_count; i++) {
        open += !info->segments[i].is_sealed;
    }
    print_label(file, terminal, "events");
    fprintf(file, "%s\n", number_with_commas(info->rows, first));
    for (size_t i = 0; i < info->type_count; i++) {
        print_label(file, terminal, "");
        fprintf(file, "%9s  ", number_with_commas(info->events_by_type[i].count, first));
        print_escaped(file, info->events_by_type[i].name);
        fputc('\n', file);
    }
    if (info->has_time) {
        print_label(file, terminal, "from");
        fprintf(file, "%s\n", number_time(info->time_min_ms, first));
        print_label(file, terminal, "to");
        fprintf(file, "%s\n", number_time(info->time_max_ms, last));
    }
    print_label(file, terminal, "segments");
    fputs(number_with_commas(info->segment_count, first), file);
    if (open > 0) {
        fprintf(file, ", %s of them not sealed", number_with_commas(open, last));
    }
    fputc('\n', file);
    print_label(file, terminal, "size");
    fputs(number_bytes(info->bytes, first), file);
    if (info->rows > 0) {
        fprintf(file, ", %.1f bytes an event", (double)info->bytes / (double)info->rows);
    }
    fputc('\n', file);
}

static void print_inputs(FILE *file, const struct terminal *terminal, const struct tocsin_store_info *info)
{
    char count[NUMBER_TEXT_BYTES];
    char bytes[NUMBER_TEXT_BYTES];
    if (info->input_count > 0) {
        fprintf(file, "\n%sInputs%s\n", terminal_style(terminal, STYLE_BOLD), terminal_style(terminal, STYLE_OFF));
    }
    for (size_t i = 0; i < info->input_count && i < INPUTS_SHOWN; i++) {
        const struct tocsin_store_input *input = &info->inputs[i];
        fprintf(file, "  %12s  up to line %s%s  ", number_bytes(input->bytes, bytes),
                number_with_commas(input->line > 0 ? input->line - 1 : 0, count),
                input->is_complete ? "" : " (not to its end)");
        print_escaped(file, input->path);
        fputc('\n', file);
    }
    if (info->input_count > INPUTS_SHOWN) {
        fprintf(file, "  and %s more; -o json lists all\n",
                number_with_commas(info->input_count - INPUTS_SHOWN, count));
    }
}

static void print_columns(FILE *file, const struct terminal *terminal, const struct tocsin_store_info *info)
{
    char bytes[NUMBER_TEXT_BYTES];
    char raw[NUMBER_TEXT_BYTES];
    char values[NUMBER_TEXT_BYTES];
    fprintf(file, "\n%s%12s  %12s  %14s  Column%s\n", terminal_style(terminal, STYLE_BOLD), "Stored", "Raw", "Values",
            terminal_style(terminal, STYLE_OFF));
    for (size_t i = 0; i < info->column_count && i < COLUMNS_SHOWN; i++) {
        const struct tocsin_store_column *column = &info->columns[i];
        fprintf(file, "%12s  %12s  %14s  ", number_bytes(column->bytes, bytes), number_bytes(column->raw_bytes, raw),
                number_with_commas(column->values, values));
        print_escaped(file, column->name);
        fputs(strcmp(column->origin, "property") == 0 ? " (property)\n" : "\n", file);
    }
    if (info->column_count > COLUMNS_SHOWN) {
        fprintf(file, "  and %s more; -o json lists all\n",
                number_with_commas(info->column_count - COLUMNS_SHOWN, values));
    }
}

/* Damage that was seen, on standard error. */
static int report_damage(const struct store_work *work, const struct tocsin_store_info *info)
{
    struct tocsin_summary summary = {
        .store = work->folder,
        .problems = info->problems,
        .problem_count = info->problem_count,
        .problems_more = info->problems_more,
    };
    command_report_problems(work->context, &summary);
    return info->problem_count + info->problems_more > 0 ? 1 : 0;
}

static bool is_json(const struct store_work *work)
{
    return command_option_is(work->context->line->output, "json");
}

static tocsin_status check_output(const struct store_work *work, struct tocsin_error *err)
{
    const char *output = work->context->line->output;
    return !output || is_json(work) || strcmp(output, "text") == 0
               ? TOCSIN_OK
               : usage_error(err, "outputs are text and json", "the store has no output \"%s\"", output);
}

static int write_output(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

static int print_json(const struct store_work *work)
{
    struct tocsin_error err = {0};
    tocsin_status status = tocsin_store_write_json(work->store, write_output, NULL, &err);
    int failure = status == TOCSIN_OK ? standard_output_close() : 0;
    status = failure != 0 ? standard_output_error(failure, &err) : status;
    return status == TOCSIN_OK ? 0 : command_fail(work->context, &err);
}

static int print_text(const struct store_work *work, const struct tocsin_store_info *info)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    if (file) {
        print_escaped(file, work->folder);
        fputc('\n', file);
        print_totals(file, &work->context->output, info);
        print_inputs(file, &work->context->output, info);
        print_columns(file, &work->context->output, info);
    }
    if (!file || fclose(file) != 0) {
        struct tocsin_error err = {.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
        free(text);
        return command_fail(work->context, &err);
    }
    int code = command_print(work->context, text, bytes);
    free(text);
    return code;
}

static int store_info(struct store_work *work)
{
    struct tocsin_error err = {0};
    tocsin_status status = check_output(work, &err);
    status = status == TOCSIN_OK ? open_store(work, &err) : status;
    status = status == TOCSIN_OK ? tocsin_store_count_types(work->store, &err) : status;
    if (status != TOCSIN_OK) {
        return command_fail(work->context, &err);
    }
    struct tocsin_store_info info;
    tocsin_store_info_get(work->store, &info);
    int code = is_json(work) ? print_json(work) : print_text(work, &info);
    int damage = report_damage(work, &info);
    return code != 0 ? code : damage;
}

static int store_verify(struct store_work *work)
{
    struct tocsin_error err = {0};
    char rows[NUMBER_TEXT_BYTES];
    char bytes[NUMBER_TEXT_BYTES];
    char segments[NUMBER_TEXT_BYTES];
    tocsin_status status = check_output(work, &err);
    status = status == TOCSIN_OK ? open_store(work, &err) : status;
    status = status == TOCSIN_OK ? tocsin_store_verify(work->store, &err) : status;
    if (status != TOCSIN_OK) {
        return command_fail(work->context, &err);
    }
    struct tocsin_store_info info;
    tocsin_store_info_get(work->store, &info);
    int damage = report_damage(work, &info);
    if (is_json(work)) {
        int code = print_json(work);
        return code != 0 ? code : damage;
    }
    char text[256];
    int length = snprintf(text, sizeof(text), "%s: %s event%s, %s segment%s, %s\n", damage ? "damaged" : "whole",
                          number_with_commas(info.rows, rows), plural(info.rows),
                          number_with_commas(info.segment_count, segments), plural(info.segment_count),
                          number_bytes(info.bytes, bytes));
    int code = command_print(work->context, text, (size_t)length);
    if (damage && !work->context->line->quiet) {
        fputs("hint: `tocsin store repair` writes the damaged segments anew with what can be read of them\n", stderr);
    }
    return code != 0 ? code : damage;
}

/* ---- export ------------------------------------------------------------------------------------------------------ */

static void print_name(FILE *file, const char *name)
{
    fputc('"', file);
    for (; *name; name++) {
        fputs(*name == '"' ? "\"\"" : (const char[]){*name, '\0'}, file);
    }
    fputc('"', file);
}

/* Fields before properties, each by name. */
static int by_name(const void *a, const void *b)
{
    const struct tocsin_store_column *x = a;
    const struct tocsin_store_column *y = b;
    int origin = strcmp(x->origin, y->origin);
    return origin != 0 ? origin : strcmp(x->name, y->name);
}

/* All fields of events that the store has: SELECT "a", "b", UTF8("payload") AS "payload" FROM events. */
static char *export_query(const struct tocsin_store_info *info)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    const char *separator = "SELECT ";
    struct tocsin_store_column *columns = calloc(info->column_count + 1, sizeof(*columns));
    if (columns && info->column_count > 0) {
        memcpy(columns, info->columns, info->column_count * sizeof(*columns));
        qsort(columns, info->column_count, sizeof(*columns), by_name);
    }
    for (size_t i = 0; file && columns && i < info->column_count; i++) {
        const struct tocsin_store_column *column = &columns[i];
        if (column->is_of_events) {
            bool is_payload = strcmp(column->name, "payload") == 0;
            fputs(separator, file);
            fputs(is_payload ? "UTF8(" : "", file);
            print_name(file, column->name);
            fputs(is_payload ? ") AS payload" : "", file);
            separator = ", ";
        }
    }
    if (file && separator[0] == 'S') {
        fputs("SELECT starttime", file); /* a store without an event */
    }
    if (file) {
        fputs(" FROM events", file);
    }
    bool is_whole = columns != NULL;
    free(columns);
    if (!file || fclose(file) != 0 || !is_whole) {
        free(text);
        return NULL;
    }
    return text;
}

/* The same as a query whose rows come in the order of the store. */
static int run_export(const struct store_work *work, const char *query)
{
    struct command_line line = *work->context->line;
    line.command = COMMAND_QUERY;
    line.operands = &query;
    line.operand_count = query ? 1 : 0;
    line.store = work->folder;
    line.order = "input";
    line.output = line.output ? line.output : "ndjson";
    struct command_context context = *work->context;
    context.line = &line;
    return run_command(&context);
}

static int store_export(struct store_work *work)
{
    struct tocsin_error err = {0};
    const char *output = work->context->line->output;
    if (command_option_is(output, "parquet")) {
        (void)usage_error(&err,
                          "tocsin store export -o ndjson DIR > events.ndjson && duckdb -c \"COPY (FROM "
                          "'events.ndjson') TO 'events.parquet'\"",
                          "there is no library for Parquet that Tocsin could be built with; DuckDB makes it of NDJSON");
        return command_fail(work->context, &err);
    }
    if (output && strcmp(output, "ndjson") != 0 && strcmp(output, "csv") != 0 && strcmp(output, "tsv") != 0 &&
        strcmp(output, "json") != 0) {
        (void)usage_error(&err, "outputs are ndjson, json, csv and tsv", "a store is not exported as \"%s\"", output);
        return command_fail(work->context, &err);
    }
    if (work->context->line->query) {
        return run_export(work, NULL);
    }
    tocsin_status status = open_store(work, &err);
    if (status != TOCSIN_OK) {
        return command_fail(work->context, &err);
    }
    struct tocsin_store_info info;
    tocsin_store_info_get(work->store, &info);
    char *query = export_query(&info);
    int code = query ? run_export(work, query) : tocsin_status_exit_code(TOCSIN_ERROR_MEMORY);
    free(query);
    return code;
}

/* ---- compact, retain and repair ---------------------------------------------------------------------------------- */

static bool show_progress(void *context, const struct tocsin_store_progress *progress)
{
    struct store_work *work = context;
    if (progress_bar_is_due(&work->bar)) {
        char text[200];
        char done[NUMBER_TEXT_BYTES];
        char total[NUMBER_TEXT_BYTES];
        if (progress->events_total > 0) {
            snprintf(text, sizeof(text), "%s of %s events written", number_with_commas(progress->events_done, done),
                     number_with_commas(progress->events_total, total));
        } else {
            snprintf(text, sizeof(text), "%s of %s segments", number_with_commas(progress->segments_done, done),
                     number_with_commas(progress->segments_total, total));
        }
        progress_bar_show_text(&work->bar, text);
    }
    return !interrupt_is_requested();
}

static void report_problem(void *context, const struct tocsin_error *problem)
{
    struct store_work *work = context;
    progress_bar_clear(&work->bar);
    report_warning(&work->context->errors, problem);
}

/* A number with one of the letters behind it, each of which stands for a factor. */
static bool read_amount(const char *text, const char *letters, const uint64_t *factors, uint64_t *ret)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    const char *letter = end && *end ? strchr(letters, *end) : NULL;
    uint64_t factor = letter ? factors[letter - letters] : 1;
    bool is_right = end && errno == 0 && number > 0 && (letter ? end[1] == '\0' : false);
    return is_right && !__builtin_mul_overflow((uint64_t)number, factor, ret);
}

static tocsin_status read_age(const char *text, uint64_t *ret_ms, struct tocsin_error *err)
{
    static const uint64_t factors[] = {60000, 3600000, 86400000, 7 * UINT64_C(86400000)};
    return read_amount(text, "mhdw", factors, ret_ms)
               ? TOCSIN_OK
               : usage_error(err, "an age is a number with m, h, d or w: 12h, 30d, 8w", "--older-than can't be \"%s\"",
                             text);
}

static tocsin_status read_size(const char *text, uint64_t *ret_bytes, struct tocsin_error *err)
{
    static const uint64_t factors[] = {1000, 1000000, UINT64_C(1000000000), UINT64_C(1000000000000)};
    return read_amount(text, "KMGT", factors, ret_bytes)
               ? TOCSIN_OK
               : usage_error(err, "a size is a number with K, M, G or T: 500M, 100G", "--max-bytes can't be \"%s\"",
                             text);
}

static void print_changes(const struct store_work *work, const struct tocsin_store_changes *changes)
{
    char before[NUMBER_TEXT_BYTES];
    char after[NUMBER_TEXT_BYTES];
    const struct terminal *terminal = &work->context->errors;
    run_summary_label(terminal, "segments");
    fprintf(stderr, "%s, now %s\n", number_with_commas(changes->segments_before, before),
            number_with_commas(changes->segments_after, after));
    run_summary_label(terminal, "events");
    fprintf(stderr, "%s, now %s\n", number_with_commas(changes->events_before, before),
            number_with_commas(changes->events_after, after));
    run_summary_label(terminal, "size");
    fprintf(stderr, "%s, now %s\n", number_bytes(changes->bytes_before, before),
            number_bytes(changes->bytes_after, after));
}

static tocsin_status read_change(struct store_work *work, struct tocsin_store_change_options *ret_options,
                                 struct tocsin_error *err)
{
    const struct command_line *line = work->context->line;
    *ret_options = (struct tocsin_store_change_options){
        .store = work->folder,
        .is_dry_run = line->dry_run != NULL,
        .progress = show_progress,
        .report = report_problem,
        .context = work,
    };
    progress_bar_init(&work->bar, line->quiet ? NULL : &work->context->errors);
    tocsin_status status = line->older_than ? read_age(line->older_than, &ret_options->older_than_ms, err) : TOCSIN_OK;
    return status == TOCSIN_OK && line->max_bytes ? read_size(line->max_bytes, &ret_options->bytes_max, err) : status;
}

static int end_change(struct store_work *work, const char *title, tocsin_status status,
                      const struct tocsin_store_changes *changes, const struct tocsin_error *err)
{
    const struct terminal *terminal = &work->context->errors;
    progress_bar_clear(&work->bar);
    if (status == TOCSIN_ERROR_CANCELLED) {
        fputs("tocsin: interrupted; what was completed stays, and the same again goes on\n", stderr);
        return EXIT_INTERRUPTED;
    }
    if (status != TOCSIN_OK) {
        return command_fail(work->context, err);
    }
    if (!work->context->line->quiet) {
        fprintf(stderr, "\n%s%s%s\n", terminal_style(terminal, STYLE_BOLD), title, terminal_style(terminal, STYLE_OFF));
        print_changes(work, changes);
    }
    return 0;
}

static int store_compact(struct store_work *work)
{
    struct tocsin_error err = {0};
    struct tocsin_store_changes changes = {0};
    struct tocsin_store_change_options options;
    tocsin_status status = read_change(work, &options, &err);
    options.who = "tocsin store compact";
    status = status == TOCSIN_OK ? tocsin_store_compact(&options, &changes, &err) : status;
    int code = end_change(work, "Compact", status, &changes, &err);
    return code == 0 && changes.problems > 0 ? 1 : code;
}

static int store_retain(struct store_work *work)
{
    struct tocsin_error err = {0};
    struct tocsin_store_changes changes = {0};
    struct tocsin_store_change_options options;
    const struct command_line *line = work->context->line;
    tocsin_status status = read_change(work, &options, &err);
    options.who = "tocsin store retain";
    if (status == TOCSIN_OK && !line->older_than && !line->max_bytes) {
        status = usage_error(&err, "tocsin store retain --older-than 90d --max-bytes 100G DIR",
                             "retain needs an age or a size");
    }
    status = status == TOCSIN_OK ? tocsin_store_retain(&options, &changes, &err) : status;
    int code = end_change(work, line->dry_run ? "Retain: nothing is deleted, this would be" : "Retain", status,
                          &changes, &err);
    return code == 0 && changes.problems > 0 ? 1 : code;
}

/* What was damaged is told and mended: no reason to exit with 1. */
static int store_repair(struct store_work *work)
{
    struct tocsin_error err = {0};
    struct tocsin_store_changes changes = {0};
    struct tocsin_store_change_options options;
    tocsin_status status = read_change(work, &options, &err);
    options.who = "tocsin store repair";
    status = status == TOCSIN_OK ? tocsin_store_repair(&options, &changes, &err) : status;
    return end_change(work, "Repair", status, &changes, &err);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

#define FOR_INFO    1u
#define FOR_VERIFY  2u
#define FOR_EXPORT  4u
#define FOR_COMPACT 8u
#define FOR_RETAIN  16u
#define FOR_REPAIR  32u

static const struct action {
    const char *name;
    unsigned bit;
    int (*run)(struct store_work *work);
} actions[] = {
    {"info", FOR_INFO, store_info},
    {"verify", FOR_VERIFY, store_verify},
    {"compact", FOR_COMPACT, store_compact},
    {"retain", FOR_RETAIN, store_retain},
    {"repair", FOR_REPAIR, store_repair},
    {"export", FOR_EXPORT, store_export},
};

enum { ACTION_COUNT = sizeof(actions) / sizeof(actions[0]) };

static tocsin_status find_action(const struct command_line *line, const struct action **ret_action,
                                 struct tocsin_error *err)
{
    char hint[200] = "tocsin store ACTION DIR; actions are";
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        size_t used = strlen(hint);
        snprintf(hint + used, sizeof(hint) - used, "%s %s", i > 0 ? "," : "", actions[i].name);
        if (line->operand_count > 0 && strcmp(line->operands[0], actions[i].name) == 0) {
            *ret_action = &actions[i];
        }
    }
    if (line->operand_count == 0) {
        return usage_error(err, hint, "what is to be done with the store?");
    }
    if (!*ret_action) {
        return usage_error(err, hint, "\"tocsin store\" has no action \"%s\"", line->operands[0]);
    }
    if (line->operand_count != 2) {
        snprintf(hint, sizeof(hint), "tocsin store %s DIR", (*ret_action)->name);
        return usage_error(err, hint, line->operand_count < 2 ? "the folder of the store is missing"
                                                              : "one store at a time");
    }
    return TOCSIN_OK;
}

/* Options of one action that would mean nothing to another. */
static tocsin_status check_options(const struct command_line *line, const struct action *action,
                                   struct tocsin_error *err)
{
    const struct {
        const char *given;
        const char *name;
        unsigned actions;
    } options[] = {
        {line->query, "query", FOR_EXPORT},
        {line->output, "output", FOR_INFO | FOR_VERIFY | FOR_EXPORT},
        {line->no_summary, "no-summary", FOR_EXPORT},
        {line->older_than, "older-than", FOR_COMPACT | FOR_RETAIN},
        {line->max_bytes, "max-bytes", FOR_RETAIN},
        {line->dry_run, "dry-run", FOR_RETAIN},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (options[i].given && !(options[i].actions & action->bit)) {
            return usage_error(err, "\"tocsin help store\" lists the options of each action",
                               "\"tocsin store %s\" has no option --%s", action->name, options[i].name);
        }
    }
    return TOCSIN_OK;
}

int store_command(const struct command_context *context)
{
    struct store_work work = {.context = context};
    struct tocsin_error err = {0};
    const struct action *action = NULL;
    tocsin_status status = find_action(context->line, &action, &err);
    status = status == TOCSIN_OK ? check_options(context->line, action, &err) : status;
    if (status != TOCSIN_OK) {
        return command_fail(context, &err);
    }
    work.folder = context->line->operands[1];
    interrupt_install();
    int code = action->run(&work);
    tocsin_store_free(work.store);
    tocsin_engine_free(work.engine);
    return code;
}
