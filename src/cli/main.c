/* The program. It uses the library through tocsin/tocsin.h alone. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/help_text.h"
#include "cli/problem_report.h"

/* If we were started with a standard descriptor closed, the next file opened would take its number: results could end
   up in a temporary file. Each gets a holder that cannot be used the way the descriptor would be. */
static void hold_standard_descriptors(void)
{
    static const int modes[] = {[STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDWR};
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0) {
            (void)!open("/dev/null", modes[descriptor]);
        }
    }
}

static int no_command(const struct command_context *context)
{
    (void)context;
    help_print(stderr, COMMAND_NONE);
    return tocsin_status_exit_code(TOCSIN_ERROR_USAGE);
}

static int (*const commands[COMMAND_COUNT])(const struct command_context *) = {
    [COMMAND_NONE] = no_command,
    [COMMAND_HUNT] = run_command,
    [COMMAND_QUERY] = run_command,
    [COMMAND_EXPLAIN] = explain_command,
    [COMMAND_INGEST] = ingest_command,
    [COMMAND_STORE] = store_command,
    [COMMAND_SCHEMA] = schema_command,
    [COMMAND_CHECK] = check_command,
    [COMMAND_FMT] = fmt_command,
    [COMMAND_SHELL] = shell_command,
    [COMMAND_LSP] = lsp_command,
    [COMMAND_SIMULATE] = simulate_command,
    [COMMAND_CONVERT] = convert_command,
    [COMMAND_DOCTOR] = doctor_command,
    [COMMAND_TEST] = test_command,
    [COMMAND_DOC] = doc_command,
    [COMMAND_TUNE] = tune_command,
    [COMMAND_CURSORS] = cursors_command,
    [COMMAND_FORMATS] = formats_command,
    [COMMAND_FUNCTIONS] = functions_command,
    [COMMAND_HELP] = help_command,
    [COMMAND_VERSION] = version_command,
};

int main(int argc, char **argv)
{
    hold_standard_descriptors();
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write, which ends quietly */
    struct command_line line;
    struct tocsin_error err;
    tocsin_status status = command_line_read(&line, argc, argv, &err);
    struct command_context context = {
        .line = &line,
        .output = terminal_inspect(STDOUT_FILENO, line.color),
        .errors = terminal_inspect(STDERR_FILENO, line.color),
    };
    int code;
    if (status != TOCSIN_OK) {
        report_error(&context.errors, &err, NULL);
        code = tocsin_status_exit_code(status);
    } else if (line.help) {
        code = help_command(&context);
    } else if (line.version) {
        code = version_command(&context);
    } else {
        code = commands[line.command](&context);
    }
    command_line_release(&line);
    return code;
}
