/* fmt: queries in the one canonical layout; to standard output, back into their files, or only compared with it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/file_replace.h"
#include "cli/problem_report.h"
#include "cli/query_folder.h"
#include "cli/query_text.h"
#include "cli/standard_output.h"

struct formatting {
    const struct command_context *context;
    struct query_text text; /* of the operand at work */
    char *bytes;            /* its layout */
    size_t byte_count;
    size_t count;         /* queries so far */
    size_t printed_count; /* layouts written to standard output */
    int code;             /* the worst so far */
};

static int keep_layout(void *context, const char *bytes, size_t byte_count)
{
    struct formatting *formatting = context;
    char *larger = realloc(formatting->bytes, formatting->byte_count + byte_count);
    if (!larger) {
        return ENOMEM;
    }
    formatting->bytes = larger;
    memcpy(larger + formatting->byte_count, bytes, byte_count);
    formatting->byte_count += byte_count;
    return 0;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static tocsin_status read_text(struct formatting *formatting, const char *operand, struct tocsin_error *err)
{
    if (query_text_is_query(operand)) {
        formatting->text.source = "query";
        formatting->text.byte_count = strlen(operand);
        formatting->text.bytes = strdup(operand);
        return formatting->text.bytes ? TOCSIN_OK : file_problem(err, TOCSIN_ERROR_MEMORY, "keep", "query", ENOMEM);
    }
    tocsin_status result = query_text_read(&formatting->text, operand, err);
    if (result != TOCSIN_OK) {
        snprintf(err->hint, sizeof(err->hint),
                 "tocsin fmt takes files, folders, - for standard input, or a query in quotes");
    }
    return result;
}

/* The line feed at the end is not asked of an argument. */
static bool is_same(const struct formatting *formatting, const char *operand)
{
    size_t count = formatting->byte_count;
    if (query_text_is_query(operand) && formatting->text.byte_count == count - 1) {
        count--;
    }
    return formatting->text.byte_count == count && memcmp(formatting->text.bytes, formatting->bytes, count) == 0;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static tocsin_status print(struct formatting *formatting, const char *bytes, size_t byte_count,
                           struct tocsin_error *err)
{
    (void)formatting;
    int failure = standard_output_write(bytes, byte_count);
    return failure == 0 ? TOCSIN_OK : standard_output_error(failure, err);
}

/* Line by line, so that escapes in a string of somebody else's query do not reach the terminal. */
static tocsin_status print_escaped(struct formatting *formatting, struct tocsin_error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t at = 0; at < formatting->byte_count && status == TOCSIN_OK;) {
        const char *line = formatting->bytes + at;
        const char *end = memchr(line, '\n', formatting->byte_count - at);
        size_t length = end ? (size_t)(end - line) : formatting->byte_count - at;
        char *shown = malloc(length * 12 + 2);
        if (!shown) {
            return file_problem(err, TOCSIN_ERROR_MEMORY, "print", formatting->text.source, ENOMEM);
        }
        size_t shown_length = tocsin_escape_text(line, length, shown, length * 12 + 1);
        shown[shown_length] = '\n';
        status = print(formatting, shown, shown_length + 1, err);
        free(shown);
        at += length + 1;
    }
    return status;
}

static tocsin_status print_layout(struct formatting *formatting, struct tocsin_error *err)
{
    tocsin_status status = formatting->printed_count++ > 0 ? print(formatting, "\n", 1, err) : TOCSIN_OK;
    if (status != TOCSIN_OK) {
        return status;
    }
    return formatting->context->output.is_terminal ? print_escaped(formatting, err)
                                                   : print(formatting, formatting->bytes, formatting->byte_count, err);
}

static tocsin_status print_name(struct formatting *formatting, const char *name, struct tocsin_error *err)
{
    char line[PATH_MAX + 2];
    bool is_escaped = formatting->context->output.is_terminal;
    int length = snprintf(line, sizeof(line) - 1, "%s", name);
    size_t used = length < 0 ? 0 : (size_t)length < sizeof(line) - 1 ? (size_t)length : sizeof(line) - 2;
    if (is_escaped) {
        used = tocsin_escape_text(name, strlen(name), line, sizeof(line) - 1);
    }
    line[used] = '\n';
    return print(formatting, line, used + 1, err);
}

/* ---- one operand ------------------------------------------------------------------------------------------------- */

static tocsin_status finish(struct formatting *formatting, const char *operand, struct tocsin_error *err)
{
    const struct command_line *line = formatting->context->line;
    if (!line->check && !line->write) {
        return print_layout(formatting, err);
    }
    if (is_same(formatting, operand)) {
        return TOCSIN_OK;
    }
    if (line->check) {
        formatting->code = formatting->code < 1 ? 1 : formatting->code;
        return print_name(formatting, formatting->text.source, err);
    }
    char *path = realpath(operand, NULL); /* a link stays a link */
    tocsin_status status = path ? file_replace(path, formatting->bytes, formatting->byte_count, err)
                                : file_problem(err, TOCSIN_ERROR_OUTPUT, "write", operand, errno);
    free(path);
    return status == TOCSIN_OK ? print_name(formatting, operand, err) : status;
}

/* False if no more can be done. */
static bool format_one(struct formatting *formatting, const char *operand)
{
    struct tocsin_error err;
    formatting->byte_count = 0;
    formatting->count++;
    tocsin_status status = read_text(formatting, operand, &err);
    if (status == TOCSIN_OK) {
        status = tocsin_format_query(formatting->text.bytes, formatting->text.byte_count, formatting->text.source,
                                     keep_layout, formatting, &err);
    }
    if (status == TOCSIN_OK) {
        status = finish(formatting, operand, &err);
    }
    if (status != TOCSIN_OK && status != TOCSIN_ERROR_CLOSED) {
        report_error(&formatting->context->errors, &err, &formatting->text);
    }
    int code = tocsin_status_exit_code(status);
    formatting->code = code > formatting->code ? code : formatting->code;
    query_text_release(&formatting->text);
    return status != TOCSIN_ERROR_CLOSED && status != TOCSIN_ERROR_OUTPUT;
}

static bool format_file(void *context, const char *path)
{
    return format_one(context, path);
}

static void fail(void *context, const struct tocsin_error *err)
{
    struct formatting *formatting = context;
    int code = command_fail(formatting->context, err);
    formatting->code = code > formatting->code ? code : formatting->code;
}

static bool format_operand(struct formatting *formatting, const char *operand)
{
    if (strcmp(operand, "-") == 0 || !query_folder_is(operand)) {
        return format_one(formatting, operand);
    }
    size_t count = formatting->count;
    struct query_folder_visitor visitor = {NULL, format_file, fail, formatting};
    query_folder_visit(&visitor, operand);
    if (formatting->count == count) {
        struct tocsin_error err;
        usage_error(&err, "folders are searched for .aql files", "there is no query in '%s'", operand);
        fail(formatting, &err);
    }
    return true;
}

static tocsin_status check_usage(const struct command_line *line, struct tocsin_error *err)
{
    if (line->check && line->write) {
        return usage_error(err, "--check only looks, --write changes the files", "give --check or --write");
    }
    if (line->operand_count == 0 && (isatty(STDIN_FILENO) || line->write)) {
        return usage_error(err, "tocsin fmt my_rule.aql, or tocsin fmt 'SELECT ... FROM events'",
                           "nothing to format: name files or folders, or give a query in quotes");
    }
    for (size_t i = 0; i < line->operand_count && line->write; i++) {
        if (strcmp(line->operands[i], "-") == 0 || query_text_is_query(line->operands[i])) {
            return usage_error(err, "leave --write away to have it printed", "--write takes files and folders only");
        }
    }
    return TOCSIN_OK;
}

int fmt_command(const struct command_context *context)
{
    static const char *const standard_input[] = {"-"};
    const struct command_line *line = context->line;
    const char *const *operands = line->operand_count > 0 ? line->operands : standard_input;
    size_t count = line->operand_count > 0 ? line->operand_count : 1;
    struct formatting formatting = {.context = context};
    struct tocsin_error err;
    if (check_usage(line, &err) != TOCSIN_OK) {
        return command_fail(context, &err);
    }
    for (size_t i = 0; i < count && format_operand(&formatting, operands[i]); i++) {
    }
    free(formatting.bytes);
    int failure = standard_output_close();
    if (failure != 0) {
        standard_output_error(failure, &err);
        int code = command_fail(context, &err);
        formatting.code = code > formatting.code ? code : formatting.code;
    }
    return formatting.code;
}
