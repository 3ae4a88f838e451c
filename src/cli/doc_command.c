/* doc: the detection page of a pack. */
#include "cli/commands.h"
#include "cli/standard_output.h"

static int write_output(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

int doc_command(const struct command_context *context)
{
    const struct command_line *line = context->line;
    struct tocsin_error err = {0};
    tocsin_engine *engine = NULL;
    tocsin_pack *pack = NULL;
    tocsin_status status = TOCSIN_OK;
    if (line->operand_count > 1) {
        status = usage_error(&err, "run the program once for each", "doc takes one pack");
    }
    status = status == TOCSIN_OK ? command_create_engine(line, &engine, &err) : status;
    if (status == TOCSIN_OK) {
        status = tocsin_pack_open(engine, line->operand_count > 0 ? line->operands[0] : "container-api", &pack, &err);
    }
    if (status == TOCSIN_OK) {
        status = tocsin_pack_document(pack, line->output ? line->output : "markdown", write_output, NULL, &err);
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
    return status == TOCSIN_OK ? 0 : command_fail(context, &err);
}
