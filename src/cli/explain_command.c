/* explain: the plan of a query, why one event passes or fails, or what each part of a query did. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/problem_report.h"
#include "cli/query_text.h"
#include "cli/standard_output.h"

struct explanation {
    const struct command_context *context;
    struct query_text text;
    const char *const *logs;
    size_t log_count;
    tocsin_engine *engine;
    tocsin_query *query;
    bool is_selected;
};

static int write_output(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

static struct tocsin_explain_options explain_options(const struct explanation *explanation)
{
    return (struct tocsin_explain_options){
        .output = explanation->context->line->output,
        .has_color = explanation->context->output.has_color,
        .width = explanation->context->output.width,
        .write = write_output,
        .on = command_is_dialect(explanation->context->line->on) ? explanation->context->line->on : NULL,
    };
}

static tocsin_status out_of_memory(struct tocsin_error *err)
{
    *err = (struct tocsin_error){.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
    return err->status;
}

/* FILE:LINE, parted at the last colon. *ret_path is the caller's to free. */
static tocsin_status split_place(const char *place, char **ret_path, uint64_t *ret_line, struct tocsin_error *err)
{
    const char *colon = strrchr(place, ':');
    char *end = NULL;
    errno = 0;
    unsigned long long line = colon && colon[1] >= '0' && colon[1] <= '9' ? strtoull(colon + 1, &end, 10) : 0;
    if (!colon || colon == place || line == 0 || *end != '\0' || errno != 0) {
        return usage_error(err, "--event /var/log/audit/audit.log:123; lines count from 1",
                           "--event takes FILE:LINE, not \"%s\"", place);
    }
    *ret_path = strndup(place, (size_t)(colon - place));
    *ret_line = line;
    return *ret_path ? TOCSIN_OK : out_of_memory(err);
}

/* `line` 0: the first event of all. */
static tocsin_status explain_event(struct explanation *explanation, const char *path, uint64_t line,
                                   struct tocsin_error *err)
{
    const char **inputs = malloc((explanation->log_count + 1) * sizeof(*inputs));
    if (!inputs) {
        return out_of_memory(err);
    }
    size_t count = 0;
    bool is_named = false;
    for (size_t i = 0; i < explanation->log_count; i++) {
        inputs[count++] = explanation->logs[i];
        is_named |= strcmp(explanation->logs[i], path) == 0;
    }
    if (!is_named && !explanation->context->line->store && !explanation->context->line->on) {
        inputs[count++] = path;
    }
    struct tocsin_run_options run = {
        .inputs = inputs,
        .input_count = count,
        .store = explanation->context->line->store,
        .clickhouse = explanation->context->line->on,
        .format = explanation->context->line->format,
        .now = explanation->context->line->now,
    };
    struct tocsin_explain_options options = explain_options(explanation);
    tocsin_status status = tocsin_explain_event(explanation->engine, explanation->query, &run, line > 0 ? path : NULL,
                                                line, &options, &explanation->is_selected, err);
    free(inputs);
    return status;
}

/* The text goes through a file without a name, so that it is read as any log. */
static tocsin_status explain_text(struct explanation *explanation, const char *text, struct tocsin_error *err)
{
    int file = memfd_create("event", MFD_CLOEXEC);
    size_t length = strlen(text);
    size_t written = 0;
    while (file >= 0 && written < length) {
        ssize_t count = write(file, text + written, length - written);
        if (count <= 0) {
            break;
        }
        written += (size_t)count;
    }
    tocsin_status status;
    if (file < 0 || written < length) {
        status = usage_error(err, NULL, "cannot keep the event: %s", strerror(errno));
        err->status = status = TOCSIN_ERROR_INPUT;
    } else {
        char path[64];
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
        status = explain_event(explanation, path, 0, err);
    }
    if (file >= 0) {
        (void)close(file);
    }
    return status;
}

static tocsin_status explain_analyze(struct explanation *explanation, struct tocsin_error *err)
{
    const struct command_line *line = explanation->context->line;
    if (line->why || line->event) {
        return usage_error(err, "leave out --event and --why", "--analyze runs the query over all events");
    }
    static const char *const standard_input[] = {"-"};
    bool has_input = explanation->log_count > 0 || line->store || line->on;
    if (!has_input && isatty(STDIN_FILENO)) {
        return usage_error(err, "tocsin explain --analyze 'AQL' LOG, or --store DIR", "--analyze needs events");
    }
    struct tocsin_run_options run = {
        .inputs = has_input ? explanation->logs : standard_input,
        .input_count = has_input ? explanation->log_count : 1,
        .store = line->store,
        .clickhouse = line->on,
        .format = line->format,
        .now = line->now,
        .threads = command_option_is(line->threads, "2") ? 2 : 1,
    };
    struct tocsin_explain_options options = explain_options(explanation);
    explanation->is_selected = true;
    return tocsin_explain_analyze(explanation->engine, explanation->query, &run, &options, err);
}

static tocsin_status explain(struct explanation *explanation, struct tocsin_error *err)
{
    const struct command_line *line = explanation->context->line;
    tocsin_status store_status = command_check_store(line, explanation->log_count, err);
    if (store_status != TOCSIN_OK) {
        return store_status;
    }
    if (command_is_dialect(line->on) && (line->analyze || line->why || line->event || line->store)) {
        return usage_error(err, "leave out --on, or the others", "--on shows the plan, not what it does with events");
    }
    if (line->analyze) {
        return explain_analyze(explanation, err);
    }
    if (line->why && line->event) {
        return usage_error(err, "--event names a line of a log, --why brings the text", "give --event or --why");
    }
    if (line->why && (line->store || line->on)) {
        return usage_error(err, "--event FILE:LINE names an event of the store, or of ClickHouse",
                           "--why brings an event: leave out --store and --on");
    }
    if (line->why) {
        return explain_text(explanation, line->why, err);
    }
    if (line->event) {
        char *path = NULL;
        uint64_t number = 0;
        tocsin_status status = split_place(line->event, &path, &number, err);
        status = status == TOCSIN_OK ? explain_event(explanation, path, number, err) : status;
        free(path);
        return status;
    }
    if (explanation->log_count > 0) {
        return usage_error(err, "to explain one event of it: --event FILE:LINE", "the plan is the same for every log");
    }
    struct tocsin_explain_options options = explain_options(explanation);
    explanation->is_selected = true;
    return tocsin_explain_query(explanation->engine, explanation->query, &options, err);
}

static tocsin_status run(struct explanation *explanation, struct tocsin_error *err)
{
    const struct command_line *line = explanation->context->line;
    tocsin_status status = query_text_take(&explanation->text, line, &explanation->logs, &explanation->log_count, err);
    if (status == TOCSIN_OK) {
        status = command_create_engine(line, &explanation->engine, err);
    }
    if (status == TOCSIN_OK) {
        status = tocsin_query_prepare(explanation->engine, explanation->text.bytes, explanation->text.byte_count,
                                      explanation->text.source, &explanation->query, err);
    }
    if (status == TOCSIN_OK) {
        status = explain(explanation, err);
    }
    int failure = status == TOCSIN_OK ? standard_output_close() : 0;
    return failure != 0 ? standard_output_error(failure, err) : status;
}

int explain_command(const struct command_context *context)
{
    struct explanation explanation = {
        .context = context, .logs = context->line->operands, .log_count = context->line->operand_count};
    struct tocsin_error err = {0};
    tocsin_status status = run(&explanation, &err);
    int code = explanation.is_selected ? 0 : 1;
    if (status != TOCSIN_OK) {
        code = tocsin_status_exit_code(status);
    }
    if (status != TOCSIN_OK && status != TOCSIN_ERROR_CLOSED) {
        report_error(&context->errors, &err, &explanation.text);
    }
    tocsin_query_free(explanation.query);
    tocsin_engine_free(explanation.engine);
    query_text_release(&explanation.text);
    return code;
}
