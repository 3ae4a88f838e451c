/* cursors: lists the answers that INTO kept, or deletes some. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/number_text.h"
#include "cli/problem_report.h"

static tocsin_status delete_named(const struct command_context *context, tocsin_engine *engine,
                                  struct tocsin_error *err)
{
    const struct command_line *line = context->line;
    if (line->operand_count == 0) {
        return usage_error(err, "tocsin cursors --delete NAME", "--delete needs the name of a cursor");
    }
    for (size_t i = 0; i < line->operand_count; i++) {
        tocsin_status status = tocsin_cursor_delete(engine, line->operands[i], err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static void print_cursor(FILE *file, const struct tocsin_cursor *cursor)
{
    char name[300];
    char query[120];
    char expires[32] = "?";
    time_t seconds = (time_t)(cursor->expires_ms / 1000);
    struct tm parts;
    if (localtime_r(&seconds, &parts)) {
        (void)strftime(expires, sizeof(expires), "%Y-%m-%d %H:%M", &parts);
    }
    tocsin_escape_text(cursor->name, strlen(cursor->name), name, sizeof(name));
    tocsin_escape_text(cursor->query, strlen(cursor->query), query, sizeof(query));
    if (cursor->is_damaged) {
        const char *quote = strchr(name, ' ') ? "'" : "";
        fprintf(file, "%-20s damaged: tocsin cursors --delete %s%s%s\n", name, quote, name, quote);
    } else {
        fprintf(file, "%-20s %10" PRIu64 " rows  until %s  %s\n", name, cursor->rows, expires, query);
    }
}

int cursors_command(const struct command_context *context)
{
    tocsin_engine *engine = NULL;
    tocsin_cursors *cursors = NULL;
    struct tocsin_error err = {0};
    tocsin_status status = command_create_engine(context->line, &engine, &err);
    if (status == TOCSIN_OK && context->line->delete) {
        status = delete_named(context, engine, &err);
        tocsin_engine_free(engine);
        return status == TOCSIN_OK ? 0 : command_fail(context, &err);
    }
    if (status == TOCSIN_OK && context->line->operand_count > 0) {
        status = usage_error(&err, "to delete one: tocsin cursors --delete NAME", "cursors takes no names");
    }
    status = status == TOCSIN_OK ? tocsin_cursor_list(engine, &cursors, &err) : status;
    if (status != TOCSIN_OK) {
        tocsin_engine_free(engine);
        return command_fail(context, &err);
    }
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    for (size_t i = 0; file && i < tocsin_cursors_count(cursors); i++) {
        print_cursor(file, tocsin_cursors_get(cursors, i));
    }
    int code = 0;
    if (!file || fclose(file) != 0) {
        err = (struct tocsin_error){.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
        code = command_fail(context, &err);
    } else {
        code = command_print(context, text, bytes);
    }
    free(text);
    tocsin_cursors_free(cursors);
    tocsin_engine_free(engine);
    return code;
}
