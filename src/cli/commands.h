/* cli/commands.h
 * The commands of the program. Each gives the exit code of the process.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command_line.h"
#include "cli/terminal.h"

struct command_context {
    const struct command_line *line;
    struct terminal output; /* standard output */
    struct terminal errors; /* standard error */
};

int run_command(const struct command_context *context); /* hunt and query */
int check_command(const struct command_context *context);
int shell_command(const struct command_context *context);
int lsp_command(const struct command_context *context);
int fmt_command(const struct command_context *context);
int explain_command(const struct command_context *context);
int store_command(const struct command_context *context);
int schema_command(const struct command_context *context);
int ingest_command(const struct command_context *context);
int simulate_command(const struct command_context *context);
int convert_command(const struct command_context *context);
int doctor_command(const struct command_context *context);
int tune_command(const struct command_context *context);
int test_command(const struct command_context *context);
int doc_command(const struct command_context *context);
int cursors_command(const struct command_context *context);
int formats_command(const struct command_context *context);
int functions_command(const struct command_context *context);
int help_command(const struct command_context *context);
int version_command(const struct command_context *context);

bool command_option_is(const char *option, const char *value); /* false if it was not given */

/* --on names a dialect of ClickHouse, "clickhouse-24:", and no server. False for NULL. */
bool command_is_dialect(const char *on);
/* The engine as the options of every command say. */
tocsin_status command_create_engine(const struct command_line *line, tocsin_engine **ret_engine,
                                    struct tocsin_error *err);
/* What the options of all commands that run queries say; inputs, output and `write` are the command's. */
tocsin_status command_run_options(const struct command_context *context, struct tocsin_run_options *ret_options,
                                  struct tocsin_error *err);
/* Usage error if logs are named beside --store or --on, or --format is given. */
tocsin_status command_check_store(const struct command_line *line, size_t log_count, struct tocsin_error *err);
/* Says which inputs could not be read (to the end). */
void command_report_problems(const struct command_context *context, const struct tocsin_summary *summary);
/* Reports the error; gives its exit code. */
int command_fail(const struct command_context *context, const struct tocsin_error *err);
/* Writes a whole text to standard output and closes it; gives the exit code. */
int command_print(const struct command_context *context, const char *text, size_t text_bytes);

#endif
