/* simulate: the validation tests, carried out on this host. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/standard_output.h"
#include "host/simulate.h"

static int write_output(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

/* What is going on goes to standard error, as a summary does. */
static int write_progress(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    (void)fprintf(stderr, "tocsin: %.*s", (int)byte_count, bytes);
    return 0;
}

static bool is_interrupted(void *context)
{
    (void)context;
    return interrupt_is_requested();
}

static bool ask(void *context, const char *plan)
{
    const struct command_context *command = context;
    char answer[16] = "";
    if (command->line->yes) {
        return true;
    }
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        return false;
    }
    (void)fprintf(stderr, "%sGo on? [y/N] ", plan);
    return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static tocsin_status read_tests(const char *list, unsigned *ret_tests, struct tocsin_error *err)
{
    *ret_tests = list ? 0 : (1u << SIMULATE_TESTS) - 1;
    for (const char *at = list; at; at++) {
        bool is_end = at[0] != '\0' && (at[1] == ',' || at[1] == '\0');
        if (at[0] < '1' || at[0] > '0' + SIMULATE_TESTS || !is_end) {
            return usage_error(err, "`tocsin simulate --list` shows the tests", "--test %s names no test", list);
        }
        *ret_tests |= 1u << (at[0] - '1');
        at++;
        if (at[0] == '\0') {
            break;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status read_options(const struct command_context *context, struct simulate_options *ret_options,
                                  struct tocsin_error *err)
{
    const struct command_line *line = context->line;
    *ret_options = (struct simulate_options){
        .is_real_docker = line->real_docker != NULL,
        .keep = line->keep,
        .is_json = command_option_is(line->output, "json"),
        .has_color = context->output.has_color,
        .width = context->output.width,
        .write = write_output,
        .tell = line->quiet ? NULL : write_progress,
        .is_cancelled = is_interrupted,
        .consent = ask,
        .context = (void *)context,
    };
    if (line->operand_count > 0) {
        return usage_error(err, "--test 1,3 chooses tests", "simulate takes no arguments");
    }
    if (line->output && strcmp(line->output, "text") != 0 && strcmp(line->output, "json") != 0) {
        return usage_error(err, "-o text or -o json", "there is no output \"%s\" of simulate", line->output);
    }
    return read_tests(line->test, &ret_options->tests, err);
}

static tocsin_status run(const struct command_context *context, const struct simulate_options *options, int *ret_code,
                         struct tocsin_error *err)
{
    const struct command_line *line = context->line;
    tocsin_engine *engine = NULL;
    tocsin_pack *pack = NULL;
    tocsin_status status = command_create_engine(line, &engine, err);
    if (status == TOCSIN_OK) {
        status = tocsin_pack_open(engine, line->pack ? line->pack : "container-api", &pack, err);
    }
    if (status == TOCSIN_OK) {
        interrupt_install();
        status = simulate_run(engine, pack, options, ret_code, err);
    }
    tocsin_pack_free(pack);
    tocsin_engine_free(engine);
    return status;
}

int simulate_command(const struct command_context *context)
{
    struct simulate_options options;
    struct tocsin_error err = {0};
    int code = 0;
    tocsin_status status = read_options(context, &options, &err);
    if (status == TOCSIN_OK && context->line->list) {
        status = simulate_list(&options, &err);
    } else if (status == TOCSIN_OK) {
        status = run(context, &options, &code, &err);
    }
    if (status == TOCSIN_OK) {
        int failure = standard_output_close();
        if (failure != 0) {
            standard_output_error(failure, &err);
            status = err.status;
        }
    }
    if (status == TOCSIN_OK) {
        return code;
    }
    code = command_fail(context, &err);
    bool is_refused = status == TOCSIN_ERROR_CANCELLED && !interrupt_is_requested();
    return is_refused || code == 2 ? 3 : code; /* 2 is a wrong query elsewhere, and here a wrong pack */
}
