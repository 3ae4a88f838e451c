/* lsp: a language server for editors, on standard input and output. */
#include <unistd.h>

#include "cli/commands.h"
#include "lsp/language_server.h"

int lsp_command(const struct command_context *context)
{
    struct tocsin_error err = {0};
    if (context->line->operand_count > 0) {
        usage_error(&err, "editors start `tocsin lsp`; docs/editors.md shows how", "lsp takes no arguments");
        return command_fail(context, &err);
    }
    tocsin_engine *engine = NULL;
    bool is_orderly = false;
    tocsin_status status = command_create_engine(context->line, &engine, &err);
    if (status == TOCSIN_OK) {
        status = language_server_run(engine, STDIN_FILENO, STDOUT_FILENO, &is_orderly, &err);
    }
    tocsin_engine_free(engine);
    if (status != TOCSIN_OK) {
        return command_fail(context, &err);
    }
    return is_orderly ? 0 : 1; /* as the protocol wants */
}
