/* tune: exceptions for findings that are harmless. */
#include <string.h>

#include "cli/commands.h"
#include "cli/standard_output.h"
#include "verify/verify.h"

static int write_output(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

static tocsin_status check_usage(const struct command_line *line, struct tocsin_error *err)
{
    if (line->operand_count == 0) {
        return usage_error(err, "tocsin hunt -o ndjson LOG > findings.ndjson, then tocsin tune findings.ndjson",
                           "tune reads findings: name a file of them");
    }
    if (line->benign && line->all_benign) {
        return usage_error(err, NULL, "--benign and --all-benign exclude each other");
    }
    return TOCSIN_OK;
}

int tune_command(const struct command_context *context)
{
    const struct command_line *line = context->line;
    const struct tune_options options = {
        .pack = line->pack ? line->pack : "container-api",
        .finding_files = line->operands,
        .finding_file_count = line->operand_count,
        .benign = line->benign,
        .is_all_benign = line->all_benign != NULL,
        .write = write_output,
    };
    struct tocsin_error err = {0};
    tocsin_engine *engine = NULL;
    bool is_complete = true;
    tocsin_status status = check_usage(line, &err);
    status = status == TOCSIN_OK ? command_create_engine(line, &engine, &err) : status;
    status = status == TOCSIN_OK ? verify_tune(engine, &options, &is_complete, &err) : status;
    if (status == TOCSIN_OK) {
        int failure = standard_output_close();
        status = failure == 0 ? TOCSIN_OK : standard_output_error(failure, &err);
    }
    tocsin_engine_free(engine);
    return status == TOCSIN_OK ? !is_complete : command_fail(context, &err);
}
