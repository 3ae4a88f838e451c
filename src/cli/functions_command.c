/* functions: what functions there are, and what each does. */
#include "cli/commands.h"
#include "cli/standard_output.h"

static int write_output(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

int functions_command(const struct command_context *context)
{
    const struct command_line *line = context->line;
    const struct tocsin_functions_options options = {
        .output = line->output,
        .has_color = context->output.has_color,
        .width = context->output.width,
        .write = write_output,
    };
    tocsin_engine *engine = NULL;
    struct tocsin_error err;
    tocsin_status status = command_create_engine(line, &engine, &err);
    if (status == TOCSIN_OK) {
        status = tocsin_functions_write(engine, line->operands, line->operand_count, &options, &err);
    }
    tocsin_engine_free(engine);
    if (status == TOCSIN_OK) {
        int failure = standard_output_close();
        status = failure == 0 ? TOCSIN_OK : standard_output_error(failure, &err);
    }
    return status == TOCSIN_OK ? 0 : command_fail(context, &err);
}
