/* shell: a prompt for queries over the same logs. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/problem_report.h"
#include "cli/progress_bar.h"
#include "cli/run_summary.h"
#include "cli/shell_input.h"
#include "cli/standard_output.h"

struct shell {
    const struct command_context *context;
    tocsin_engine *engine;
    struct shell_input *input;
    bool is_interactive;
    char *text; /* of the query so far; lines joined by \n */
    size_t text_bytes;
    size_t text_capacity;
    unsigned line_count;
    char mode[32];
    bool shows_time;
    bool shows_evidence;
    char **logs;
    size_t log_count;
    struct progress_bar bar;
    struct tocsin_run_options options; /* those of the command line */
    int exit_code; /* of the last query: that of the shell when it reads no terminal */
    bool is_over;
};

static const char *text_so_far(void *context)
{
    const struct shell *shell = context;
    return shell->text_bytes > 0 ? shell->text : "";
}

static void forget_text(struct shell *shell)
{
    shell->text_bytes = 0;
    shell->line_count = 0;
    if (shell->text) {
        shell->text[0] = '\0';
    }
}

static bool add_line(struct shell *shell, const char *line)
{
    size_t length = strlen(line);
    size_t wanted = shell->text_bytes + length + 2;
    if (wanted > shell->text_capacity) {
        char *grown = realloc(shell->text, wanted * 2);
        if (!grown) {
            return false;
        }
        shell->text = grown;
        shell->text_capacity = wanted * 2;
    }
    memcpy(shell->text + shell->text_bytes, line, length);
    shell->text[shell->text_bytes + length] = '\n';
    shell->text_bytes += length + 1;
    shell->text[shell->text_bytes] = '\0';
    shell->line_count++;
    return true;
}

/* ---- running a query ---- */

static int write_output(void *state, const char *bytes, size_t byte_count)
{
    struct shell *shell = state;
    progress_bar_clear(&shell->bar);
    return standard_output_write(bytes, byte_count);
}

static tocsin_status run_to_end(struct shell *shell, tocsin_run *run, struct tocsin_error *err)
{
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && !interrupt_is_requested()) {
        status = tocsin_run_step(run, err);
        if (status == TOCSIN_ERROR_CANCELLED) {
            status = TOCSIN_OK; /* a signal came: an interrupt ends the loop, any other does not */
        }
        if (status == TOCSIN_OK) {
            progress_bar_update(&shell->bar, run);
        }
    }
    if (status == TOCSIN_OK) {
        status = tocsin_run_stop(run, err);
    }
    progress_bar_clear(&shell->bar);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static void report_run(const struct shell *shell, const tocsin_run *run)
{
    struct tocsin_summary summary;
    tocsin_run_summary(run, &summary);
    for (size_t i = 0; i < summary.problem_count; i++) {
        report_warning(&shell->context->errors, &summary.problems[i]);
    }
    if (interrupt_is_requested()) {
        fputs("interrupted: this is what was read so far\n", stderr);
    }
    if (shell->shows_time) {
        fprintf(stderr, "%llu row%s of %llu event%s, %.3f s\n", (unsigned long long)summary.rows,
                summary.rows == 1 ? "" : "s", (unsigned long long)summary.events, summary.events == 1 ? "" : "s",
                summary.seconds);
    }
}

static tocsin_status run_prepared(struct shell *shell, const tocsin_query *query, struct tocsin_error *err)
{
    struct tocsin_run_options options = shell->options;
    options.inputs = (const char *const *)shell->logs;
    options.input_count = shell->log_count;
    options.store = shell->log_count > 0 ? NULL : options.store; /* .logs may name some later */
    options.output = shell->mode;
    options.shows_evidence = shell->shows_evidence;
    options.write = write_output;
    options.write_context = shell;
    tocsin_run *run = NULL;
    interrupt_reset();
    progress_bar_init(&shell->bar, shell->is_interactive ? &shell->context->errors : NULL);
    tocsin_status status = tocsin_run_query(shell->engine, query, &options, &run, err);
    if (status == TOCSIN_OK) {
        status = run_to_end(shell, run, err);
    }
    if (status == TOCSIN_OK) {
        report_run(shell, run);
    }
    tocsin_run_free(run);
    interrupt_reset();
    return status;
}

static void fail(struct shell *shell, const struct tocsin_error *err, const char *text, size_t text_bytes)
{
    shell->exit_code = tocsin_status_exit_code(err->status);
    if (err->status == TOCSIN_ERROR_CLOSED) {
        shell->is_over = true;
        return;
    }
    struct query_text query = {.bytes = (char *)(uintptr_t)text, .byte_count = text_bytes, .source = "query"};
    report_error(&shell->context->errors, err, &query);
}

static void run_query(struct shell *shell, const char *text, size_t text_bytes)
{
    tocsin_query *query = NULL;
    struct tocsin_error err = {0};
    tocsin_status status = tocsin_query_prepare(shell->engine, text, text_bytes, "query", &query, &err);
    if (status == TOCSIN_OK && shell->log_count == 0 && !shell->options.store && tocsin_query_reads_log(query)) {
        err = (struct tocsin_error){.status = TOCSIN_ERROR_USAGE, .message = "no log to read"};
        snprintf(err.hint, sizeof(err.hint), ".logs /var/log/audit names logs; or start: tocsin shell LOG...");
        status = err.status;
    }
    if (status == TOCSIN_OK) {
        status = run_prepared(shell, query, &err);
    }
    tocsin_query_free(query);
    shell->exit_code = 0;
    if (status != TOCSIN_OK) {
        fail(shell, &err, text, text_bytes);
    }
}

/* ---- dot commands ---- */

static void show_help(struct shell *shell, const char *argument);

static void quit(struct shell *shell, const char *argument)
{
    (void)argument;
    shell->is_over = true;
}

/* Names of one kind (or two) that hold the argument, from the library's completion. */
static void list_names(struct shell *shell, const char *word, enum tocsin_completion_kind kind,
                       enum tocsin_completion_kind other)
{
    char text[300];
    int length = snprintf(text, sizeof(text), "SELECT %.250s", word);
    tocsin_completions *completions = NULL;
    struct tocsin_error err = {0};
    if (tocsin_complete(shell->engine, text, (size_t)length, (size_t)length, &completions, &err) != TOCSIN_OK) {
        fail(shell, &err, NULL, 0);
        return;
    }
    size_t shown = 0;
    for (size_t i = 0; i < tocsin_completion_count(completions); i++) {
        struct tocsin_completion completion;
        tocsin_completion_get(completions, i, &completion);
        if (completion.kind != kind && completion.kind != other) {
            continue;
        }
        char name[200];
        char documentation[400];
        tocsin_escape_text(completion.label, strlen(completion.label), name, sizeof(name));
        tocsin_escape_text(completion.documentation, strlen(completion.documentation), documentation,
                           sizeof(documentation));
        printf("%-28s %-8s %s\n", name, kind == TOCSIN_COMPLETION_FUNCTION ? "" : completion.detail, documentation);
        shown++;
    }
    if (shown == 0) {
        printf("nothing is called like that\n");
    }
    tocsin_completions_free(completions);
}

static void show_fields(struct shell *shell, const char *argument)
{
    list_names(shell, argument, TOCSIN_COMPLETION_FIELD, TOCSIN_COMPLETION_PROPERTY);
}

static int print_bytes(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return fwrite(bytes, 1, byte_count, stdout) == byte_count ? 0 : EIO;
}

/* All of them, what one of this name does, or those that are called like that. */
static void show_functions(struct shell *shell, const char *argument)
{
    const struct terminal *terminal = &shell->context->output;
    struct tocsin_functions_options options = {
        .has_color = terminal->has_color, .width = terminal->width, .write = print_bytes};
    struct tocsin_error err = {0};
    size_t name_count = argument[0] ? 1 : 0;
    if (tocsin_functions_write(shell->engine, &argument, name_count, &options, &err) != TOCSIN_OK) {
        list_names(shell, argument, TOCSIN_COMPLETION_FUNCTION, TOCSIN_COMPLETION_FUNCTION);
    }
}

static void set_mode(struct shell *shell, const char *argument)
{
    for (size_t i = 0; i < tocsin_output_count(); i++) {
        const char *name;
        const char *description;
        tocsin_output_get(i, &name, &description);
        if (strcmp(name, argument) == 0) {
            snprintf(shell->mode, sizeof(shell->mode), "%s", name);
            return;
        }
    }
    printf("the mode is %s; there are", shell->mode);
    for (size_t i = 0; i < tocsin_output_count(); i++) {
        const char *name;
        const char *description;
        tocsin_output_get(i, &name, &description);
        printf("%s %s", i > 0 ? "," : "", name);
    }
    putchar('\n');
}

static void set_switch(const char *name, bool *is_on, const char *argument)
{
    if (strcmp(argument, "on") == 0 || strcmp(argument, "off") == 0) {
        *is_on = argument[1] == 'n';
    } else if (argument[0] == '\0') {
        *is_on = !*is_on;
    } else {
        printf(".%s on, or .%s off\n", name, name);
        return;
    }
    printf("%s is %s\n", name, *is_on ? "on" : "off");
}

static void set_timer(struct shell *shell, const char *argument)
{
    set_switch("timer", &shell->shows_time, argument);
}

static void set_evidence(struct shell *shell, const char *argument)
{
    set_switch("evidence", &shell->shows_evidence, argument);
}

static void forget_logs(struct shell *shell)
{
    for (size_t i = 0; i < shell->log_count; i++) {
        free(shell->logs[i]);
    }
    free(shell->logs);
    shell->logs = NULL;
    shell->log_count = 0;
}

static bool add_log(struct shell *shell, const char *path, size_t length)
{
    char **grown = realloc(shell->logs, (shell->log_count + 1) * sizeof(*grown));
    if (!grown) {
        return false;
    }
    shell->logs = grown;
    shell->logs[shell->log_count] = strndup(path, length);
    shell->log_count += shell->logs[shell->log_count] != NULL;
    return true;
}

/* Shows the logs, or takes these instead: parted by blanks, "in quotes" where they hold some. */
static void set_logs(struct shell *shell, const char *argument)
{
    if (argument[0]) {
        forget_logs(shell);
    }
    while (*argument) {
        char quote = *argument == '"' || *argument == '\'' ? *argument++ : ' ';
        size_t length = strcspn(argument, (char[]){quote, '\0'});
        if (length > 0 && !add_log(shell, argument, length)) {
            return;
        }
        argument += length;
        argument += strspn(argument, quote == ' ' ? " \t" : "\"' \t");
    }
    for (size_t i = 0; i < shell->log_count; i++) {
        char path[1000];
        tocsin_escape_text(shell->logs[i], strlen(shell->logs[i]), path, sizeof(path));
        printf("%s\n", path);
    }
    if (shell->log_count == 0 && shell->options.store) {
        printf("the store %s; .logs /var/log/audit names logs instead\n", shell->options.store);
    } else if (shell->log_count == 0) {
        printf("no logs; .logs /var/log/audit names some\n");
    }
}

static void explain(struct shell *shell, const char *argument)
{
    tocsin_query *query = NULL;
    struct tocsin_error err = {0};
    tocsin_status status =
        tocsin_query_prepare(shell->engine, argument, strlen(argument), "query", &query, &err);
    if (status == TOCSIN_OK) {
        struct tocsin_explain_options options = {.has_color = shell->context->output.has_color,
                                                 .width = shell->context->output.width,
                                                 .write = write_output,
                                                 .write_context = shell};
        (void)fflush(stdout);
        status = tocsin_explain_query(shell->engine, query, &options, &err);
    }
    tocsin_query_free(query);
    if (status != TOCSIN_OK) {
        fail(shell, &err, argument, strlen(argument));
    }
}

static void format(struct shell *shell, const char *argument)
{
    struct tocsin_error err = {0};
    (void)fflush(stdout);
    if (tocsin_format_query(argument, strlen(argument), "query", write_output, shell, &err) != TOCSIN_OK) {
        fail(shell, &err, argument, strlen(argument));
    }
}

static void check(struct shell *shell, const char *argument)
{
    tocsin_check *result = NULL;
    struct tocsin_error err = {0};
    if (tocsin_check_query(shell->engine, argument, strlen(argument), NULL, &result, &err) != TOCSIN_OK) {
        fail(shell, &err, argument, strlen(argument));
        return;
    }
    for (size_t i = 0; i < tocsin_check_count(result); i++) {
        const struct tocsin_diagnostic *diagnostic = tocsin_check_get(result, i);
        printf("%u:%u: %s: %s [%s]\n", diagnostic->line, diagnostic->column,
               tocsin_severity_name(diagnostic->severity), diagnostic->message, diagnostic->code);
        if (diagnostic->hint[0]) {
            printf("    %s\n", diagnostic->hint);
        }
    }
    if (tocsin_check_count(result) == 0) {
        printf("nothing to remark\n");
    }
    tocsin_check_free(result);
}

static const struct dot_command {
    const char *name;
    const char *arguments;
    const char *help;
    void (*run)(struct shell *shell, const char *argument);
} dot_commands[] = {
    {"help", "", "this list", show_help},
    {"fields", "[WORD]", "fields and custom properties, or those that hold the word", show_fields},
    {"functions", "[NAME]", "functions, or what one does", show_functions},
    {"logs", "[LOG...]", "the logs that are queried, or other ones from now on", set_logs},
    {"mode", "[KIND]", "how rows are printed: table, json, ndjson, csv, tsv", set_mode},
    {"timer", "[on|off]", "rows, events and time behind each answer", set_timer},
    {"evidence", "[on|off]", "the input lines under each row of a table", set_evidence},
    {"explain", "AQL", "the plan of a query", explain},
    {"check", "AQL", "what is wrong with a query, or hardly meant", check},
    {"fmt", "AQL", "a query in its canonical layout", format},
    {"quit", "", "the end (also Ctrl-D)", quit},
};

static void show_help(struct shell *shell, const char *argument)
{
    (void)shell;
    (void)argument;
    printf(
        "A query runs when a line ends it with ';', when its only line is whole, or at an empty line. Tab completes;\n"
        "Ctrl-C forgets the query being typed, or stops the one that runs.\n\n");
    for (size_t i = 0; i < sizeof(dot_commands) / sizeof(dot_commands[0]); i++) {
        printf(".%-10s %-10s %s\n", dot_commands[i].name, dot_commands[i].arguments, dot_commands[i].help);
    }
}

static void run_dot_command(struct shell *shell, const char *line)
{
    const char *name = line + 1;
    size_t length = strcspn(name, " \t");
    const char *argument = name + length + strspn(name + length, " \t");
    for (size_t i = 0; i < sizeof(dot_commands) / sizeof(dot_commands[0]); i++) {
        if (strlen(dot_commands[i].name) == length && strncasecmp(dot_commands[i].name, name, length) == 0) {
            dot_commands[i].run(shell, argument);
            (void)fflush(stdout);
            return;
        }
    }
    struct tocsin_error err;
    usage_error(&err, ".help lists the commands", "there is no command \"%s\"", line);
    fail(shell, &err, NULL, 0);
}

/* ---- the prompt ---- */

static int discard(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    (void)bytes;
    (void)byte_count;
    return 0;
}

/* The query typed so far is to run: it was ended, or its only line is a whole query. */
static bool is_ready(const struct shell *shell, const char *line)
{
    size_t length = strlen(line);
    while (length > 0 && strchr(" \t", line[length - 1])) {
        length--;
    }
    if (length == 0 || line[length - 1] == ';') {
        return true;
    }
    struct tocsin_error ignored;
    return shell->line_count == 1 && shell->is_interactive &&
           tocsin_format_query(shell->text, shell->text_bytes, "query", discard, NULL, &ignored) == TOCSIN_OK;
}

static void run_text(struct shell *shell)
{
    if (strspn(shell->text, " \t\r\n;") < shell->text_bytes) {
        shell_input_remember(shell->input, shell->text);
        run_query(shell, shell->text, shell->text_bytes);
    }
    forget_text(shell);
}

static void take_line(struct shell *shell, const char *line)
{
    const char *first = line + strspn(line, " \t");
    if (shell->text_bytes == 0 && first[0] == '.') {
        shell_input_remember(shell->input, first);
        run_dot_command(shell, first);
        return;
    }
    if (shell->text_bytes == 0 && first[0] == '\0') {
        return;
    }
    if (!add_line(shell, line)) {
        struct tocsin_error err = {.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
        fail(shell, &err, NULL, 0);
        forget_text(shell);
    } else if (is_ready(shell, line)) {
        run_text(shell);
    }
}

static void talk(struct shell *shell)
{
    while (!shell->is_over) {
        const char *line = NULL;
        switch (shell_input_read(shell->input, shell->text_bytes > 0 ? "...> " : "aql> ", &line)) {
        case SHELL_LINE:
            take_line(shell, line);
            break;
        case SHELL_LINE_INTERRUPTED:
            forget_text(shell);
            break;
        case SHELL_LINE_END:
            if (shell->text_bytes > 0) { /* a script need not end its last query */
                run_text(shell);
            }
            shell->is_over = true;
            break;
        }
    }
}

static bool take_logs(struct shell *shell)
{
    for (size_t i = 0; i < shell->context->line->operand_count; i++) {
        const char *log = shell->context->line->operands[i];
        if (!add_log(shell, log, strlen(log))) {
            return false;
        }
    }
    return true;
}

int shell_command(const struct command_context *context)
{
    struct shell shell = {.context = context, .is_interactive = isatty(STDIN_FILENO) && context->output.is_terminal};
    struct tocsin_error err = {.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
    const char *mode = context->line->output ? context->line->output : shell.is_interactive ? "table" : "ndjson";
    snprintf(shell.mode, sizeof(shell.mode), "%s", mode);
    shell.shows_time = shell.is_interactive;
    interrupt_install();
    tocsin_status status = command_check_store(context->line, context->line->operand_count, &err);
    status = status == TOCSIN_OK ? command_run_options(context, &shell.options, &err) : status;
    status = status == TOCSIN_OK ? command_create_engine(context->line, &shell.engine, &err) : status;
    if (status == TOCSIN_OK) {
        err = (struct tocsin_error){.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
        shell.input = shell_input_open(shell.engine, shell.is_interactive, text_so_far, &shell);
        status = shell.input && take_logs(&shell) ? TOCSIN_OK : err.status;
    }
    if (status == TOCSIN_OK) {
        if (shell.is_interactive) {
            printf("tocsin %s; .help for help\n", tocsin_version());
        }
        talk(&shell);
        if (shell.is_interactive) {
            putchar('\n');
        }
    }
    shell_input_close(shell.input);
    tocsin_engine_free(shell.engine);
    forget_logs(&shell);
    free(shell.text);
    if (status != TOCSIN_OK) {
        return command_fail(context, &err);
    }
    return shell.is_interactive ? 0 : shell.exit_code;
}
