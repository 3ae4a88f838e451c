/* doctor: which of the telemetry that a pack needs is switched on here. */
#include <string.h>

#include "cli/commands.h"
#include "cli/standard_output.h"
#include "host/doctor.h"

static int write_output(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

static tocsin_status check_usage(const struct command_line *line, struct tocsin_error *err)
{
    if (line->operand_count > 0) {
        return usage_error(err, "--root DIR examines a folder", "doctor takes no arguments");
    }
    if (line->output && strcmp(line->output, "text") != 0 && strcmp(line->output, "json") != 0) {
        return usage_error(err, "-o text or -o json", "there is no output \"%s\" of doctor", line->output);
    }
    return TOCSIN_OK;
}

int doctor_command(const struct command_context *context)
{
    const struct command_line *line = context->line;
    const struct doctor_options options = {
        .root = line->root,
        .is_json = command_option_is(line->output, "json"),
        .has_color = context->output.has_color,
        .width = context->output.width,
        .write = write_output,
    };
    struct tocsin_error err = {0};
    tocsin_engine *engine = NULL;
    tocsin_pack *pack = NULL;
    int code = 0;
    tocsin_status status = check_usage(line, &err);
    if (status == TOCSIN_OK) {
        status = command_create_engine(line, &engine, &err);
    }
    if (status == TOCSIN_OK) {
        status = tocsin_pack_open(engine, line->pack ? line->pack : "container-api", &pack, &err);
    }
    if (status == TOCSIN_OK) {
        status = doctor_run(pack, &options, &code, &err);
    }
    if (status == TOCSIN_OK) {
        int failure = standard_output_close();
        if (failure != 0) {
            standard_output_error(failure, &err);
            status = err.status;
        }
    }
    tocsin_pack_free(pack);
    tocsin_engine_free(engine);
    /* 2 is a wrong query elsewhere; here whatever stops us is 3. */
    return status == TOCSIN_OK                                                           ? code
           : command_fail(context, &err) == tocsin_status_exit_code(TOCSIN_ERROR_CLOSED) ? 0
                                                                                         : 3;
}
