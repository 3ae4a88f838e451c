/* check: what is wrong with queries, or hardly meant. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/file_replace.h"
#include "cli/finding_print.h"
#include "cli/problem_report.h"
#include "cli/query_folder.h"
#include "cli/query_text.h"
#include "cli/standard_output.h"

enum { IGNORED_MAX = 128, FAIL_NEVER = TOCSIN_SEVERITY_ERROR + 1 };

struct checking {
    const struct command_context *context;
    tocsin_engine *engine;
    struct tocsin_check_options options;
    const char *ignored[IGNORED_MAX];
    char *ignored_text;
    int fail_on;           /* a severity, or FAIL_NEVER */
    tocsin_report *report; /* of -o json and sarif */
    FILE *file;            /* findings as text */
    char *text;
    size_t text_bytes;
    size_t queries;
    size_t counts[TOCSIN_SEVERITY_ERROR + 1];
    size_t silenced;
    size_t more;
    size_t fixes;
    size_t fixed_files;
    int code;
    bool is_over; /* nobody reads the output any more */
};

static int write_bytes(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

static void raise_code(struct checking *checking, int code)
{
    checking->code = code > checking->code ? code : checking->code;
}

static void fail(struct checking *checking, const struct tocsin_error *err)
{
    checking->is_over |= err->status == TOCSIN_ERROR_CLOSED || err->status == TOCSIN_ERROR_OUTPUT;
    raise_code(checking, command_fail(checking->context, err));
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static tocsin_status read_severity(const char *word, int *ret)
{
    static const char *const words[] = {"note", "warning", "error", "never"};
    for (int i = 0; i <= FAIL_NEVER; i++) {
        if (command_option_is(word, words[i])) {
            *ret = i;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status add_ignored(struct checking *checking, const char *code, struct tocsin_error *err)
{
    const char *nearest = "";
    if (!tocsin_lint_exists(code, &nearest)) {
        char hint[128];
        snprintf(hint, sizeof(hint), nearest[0] ? "did you mean %s?" : "\"tocsin check --list\" shows the codes%s",
                 nearest);
        return usage_error(err, hint, "there is no lint called \"%s\"", code);
    }
    if (checking->options.ignored_count == IGNORED_MAX) {
        return usage_error(err, NULL, "--ignore names more than %d codes", IGNORED_MAX);
    }
    checking->ignored[checking->options.ignored_count++] = code;
    return TOCSIN_OK;
}

static tocsin_status read_options(struct checking *checking, struct tocsin_error *err)
{
    const struct command_line *line = checking->context->line;
    checking->options.kind = command_option_is(line->as, "filter")     ? TOCSIN_CHECK_FILTER
                             : command_option_is(line->as, "property") ? TOCSIN_CHECK_PROPERTY
                                                                       : TOCSIN_CHECK_QUERY;
    int severity_min = TOCSIN_SEVERITY_NOTE;
    checking->fail_on = TOCSIN_SEVERITY_WARNING;
    read_severity(line->fail_on, &checking->fail_on);
    read_severity(line->min_severity, &severity_min);
    checking->options.severity_min = (enum tocsin_severity)severity_min;
    checking->options.ignored = checking->ignored;
    checking->ignored_text = strdup(line->ignore ? line->ignore : "");
    tocsin_status status = TOCSIN_OK;
    for (char *code = checking->ignored_text; code && *code && status == TOCSIN_OK;) {
        char *end = code + strcspn(code, ", ");
        char *next = end + strspn(end, ", ");
        *end = '\0';
        status = code[0] != '\0' ? add_ignored(checking, code, err) : TOCSIN_OK;
        code = next;
    }
    const char *output = line->output ? line->output : "text";
    if (status == TOCSIN_OK && strcmp(output, "text") != 0) {
        status = tocsin_report_begin(output, write_bytes, NULL, &checking->report, err);
        if (status == TOCSIN_ERROR_USAGE) {
            status = usage_error(err, "--output is one of text, json and sarif", "check has no output \"%s\"", output);
        }
    }
    return status;
}

/* ---- one query --------------------------------------------------------------------------------------------------- */

static void count_findings(struct checking *checking, const tocsin_check *check)
{
    checking->queries++;
    checking->silenced += tocsin_check_silenced(check);
    checking->more += tocsin_check_more(check);
    for (size_t i = 0; i < tocsin_check_count(check); i++) {
        enum tocsin_severity severity = tocsin_check_get(check, i)->severity;
        checking->counts[severity]++;
        if ((int)severity >= checking->fail_on) {
            raise_code(checking, 1);
        }
    }
}

/* With --fix of a text that is no file the text takes standard output, and findings go to standard error. */
static bool prints_fixed_text(const struct checking *checking, const char *path)
{
    return checking->context->line->fix && !path;
}

static tocsin_status print_findings(struct checking *checking, const char *name, const char *path,
                                    const tocsin_check *check, const char *text, size_t text_bytes,
                                    struct tocsin_error *err)
{
    if (checking->report) {
        return tocsin_report_add(checking->report, name, check, err);
    }
    bool is_error_output = prints_fixed_text(checking, path);
    const struct terminal *terminal = is_error_output ? &checking->context->errors : &checking->context->output;
    char *bytes = NULL;
    size_t byte_count = 0;
    FILE *file = open_memstream(&bytes, &byte_count);
    if (!file) {
        return file_problem(err, TOCSIN_ERROR_MEMORY, "print findings of", name, errno);
    }
    for (size_t i = 0; i < tocsin_check_count(check); i++) {
        finding_print(file, terminal, name, tocsin_check_get(check, i), text, text_bytes);
    }
    tocsin_status status = TOCSIN_OK;
    if (fclose(file) != 0) {
        status = file_problem(err, TOCSIN_ERROR_MEMORY, "print findings of", name, errno);
    } else if (is_error_output) {
        (void)fwrite(bytes, 1, byte_count, stderr);
    } else {
        int failure = standard_output_write(bytes, byte_count);
        status = failure == 0 ? TOCSIN_OK : standard_output_error(failure, err);
    }
    free(bytes);
    return status;
}

static tocsin_status write_fixed(struct checking *checking, const char *path, const char *text, size_t text_bytes,
                                 size_t fixes, struct tocsin_error *err)
{
    if (!path) {
        int failure = standard_output_write(text, text_bytes);
        failure = failure == 0 && (text_bytes == 0 || text[text_bytes - 1] != '\n') ? standard_output_write("\n", 1)
                                                                                    : failure;
        return failure == 0 ? TOCSIN_OK : standard_output_error(failure, err);
    }
    if (fixes == 0) {
        return TOCSIN_OK;
    }
    char *real = realpath(path, NULL); /* a link stays a link */
    tocsin_status status =
        real ? file_replace(real, text, text_bytes, err) : file_problem(err, TOCSIN_ERROR_OUTPUT, "write", path, errno);
    free(real);
    checking->fixed_files += status == TOCSIN_OK;
    return status;
}

/* `path`: where fixes are written back; NULL: to standard output. */
static void check_text(struct checking *checking, const char *name, const char *path, const char *text,
                       size_t text_bytes)
{
    struct tocsin_error err = {0};
    tocsin_check *check = NULL;
    tocsin_status status = tocsin_check_query(checking->engine, text, text_bytes, &checking->options, &check, &err);
    if (status == TOCSIN_OK && checking->context->line->fix) {
        size_t fixes = 0;
        status = tocsin_check_fix(check, &text, &text_bytes, &fixes, &err);
        checking->fixes += fixes;
        if (status == TOCSIN_OK) {
            status = write_fixed(checking, path, text, text_bytes, fixes, &err);
        }
    }
    if (status == TOCSIN_OK) {
        count_findings(checking, check);
        status = print_findings(checking, name, path, check, text, text_bytes, &err);
    }
    if (status != TOCSIN_OK) {
        fail(checking, &err);
    }
    tocsin_check_free(check);
}

static void check_file(struct checking *checking, const char *path)
{
    struct query_text text = {0};
    struct tocsin_error err;
    if (query_text_read(&text, path, &err) != TOCSIN_OK) {
        snprintf(err.hint, sizeof(err.hint),
                 "tocsin check takes files, folders, - for standard input, or a query in "
                 "quotes");
        fail(checking, &err);
    } else {
        check_text(checking, text.source, strcmp(path, "-") == 0 ? NULL : path, text.bytes, text.byte_count);
    }
    query_text_release(&text);
}

/* ---- folders ----------------------------------------------------------------------------------------------------- */

static bool check_rule(void *context, const char *file, const char *text, size_t text_bytes)
{
    struct checking *checking = context;
    check_text(checking, file, file, text, text_bytes);
    return !checking->is_over;
}

/* A pack is its rules; any other folder its .aql files. */
static bool check_pack(void *context, const char *path)
{
    struct checking *checking = context;
    char name[PATH_MAX];
    struct tocsin_error err;
    if (snprintf(name, sizeof(name), "%s/pack.yaml", path) >= (int)sizeof(name) || access(name, F_OK) != 0) {
        return false;
    }
    if (tocsin_pack_visit(path, check_rule, checking, &err) != TOCSIN_OK) {
        fail(checking, &err);
    }
    return true;
}

static bool check_folder_file(void *context, const char *path)
{
    struct checking *checking = context;
    check_file(checking, path);
    return !checking->is_over;
}

static void fail_folder(void *context, const struct tocsin_error *err)
{
    fail(context, err);
}

static void check_folder(struct checking *checking, const char *path)
{
    struct query_folder_visitor visitor = {check_pack, check_folder_file, fail_folder, checking};
    query_folder_visit(&visitor, path);
}

static void check_operand(struct checking *checking, const char *operand)
{
    if (strcmp(operand, "-") != 0 && query_folder_is(operand)) {
        size_t queries = checking->queries;
        check_folder(checking, operand);
        if (checking->queries == queries && checking->code == 0) {
            struct tocsin_error err;
            usage_error(&err, "folders are searched for .aql files and packs", "there is no query in '%s'", operand);
            fail(checking, &err);
        }
    } else if (query_text_is_query(operand)) {
        check_text(checking, "query", NULL, operand, strlen(operand));
    } else {
        check_file(checking, operand);
    }
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void print_count(size_t count, const char *what, const char **separator)
{
    if (count > 0) {
        fprintf(stderr, "%s%zu %s%s", *separator, count, what, count == 1 ? "" : "s");
        *separator = ", ";
    }
}

static void print_summary(const struct checking *checking)
{
    const char *separator = "";
    if (checking->context->line->quiet) {
        return;
    }
    print_count(checking->counts[TOCSIN_SEVERITY_ERROR], "error", &separator);
    print_count(checking->counts[TOCSIN_SEVERITY_WARNING], "warning", &separator);
    print_count(checking->counts[TOCSIN_SEVERITY_NOTE], "note", &separator);
    const char *form = checking->queries == 1 ? "query" : "queries";
    fprintf(stderr, "%s in %zu %s", separator[0] ? "" : "nothing found", checking->queries, form);
    if (checking->silenced > 0) {
        fprintf(stderr, "; %zu silenced by comments", checking->silenced);
    }
    if (checking->more > 0) {
        fprintf(stderr, "; %zu more not shown", checking->more);
    }
    if (checking->context->line->fix) {
        fprintf(stderr, "; %zu fixed", checking->fixes);
        if (checking->fixed_files > 0) {
            fprintf(stderr, " in %zu file%s", checking->fixed_files, checking->fixed_files == 1 ? "" : "s");
        }
    }
    fputc('\n', stderr);
}

static void finish(struct checking *checking)
{
    struct tocsin_error err;
    if (checking->report && !checking->is_over && tocsin_report_end(checking->report, &err) != TOCSIN_OK) {
        fail(checking, &err);
    }
    int failure = checking->is_over ? 0 : standard_output_close();
    if (failure != 0) {
        standard_output_error(failure, &err);
        fail(checking, &err);
    }
    if (!checking->is_over) {
        print_summary(checking);
    }
}

static int list_lints(const struct command_context *context)
{
    char *bytes = NULL;
    size_t byte_count = 0;
    FILE *file = open_memstream(&bytes, &byte_count);
    if (!file) {
        struct tocsin_error err = {.status = TOCSIN_ERROR_MEMORY, .message = "out of memory"};
        return command_fail(context, &err);
    }
    for (size_t i = 0; i < tocsin_lint_count(); i++) {
        struct tocsin_lint lint;
        tocsin_lint_get(i, &lint);
        fprintf(file, "%s%-24s%s  %-7s  %-4s %s\n", terminal_style(&context->output, STYLE_BOLD), lint.code,
                terminal_style(&context->output, STYLE_OFF), tocsin_severity_name(lint.severity),
                lint.has_fix ? "fix" : "", lint.summary);
    }
    fclose(file);
    int code = command_print(context, bytes, byte_count);
    free(bytes);
    return code;
}

static tocsin_status check_usage(const struct command_line *line, struct tocsin_error *err)
{
    if (line->operand_count == 0 && isatty(STDIN_FILENO)) {
        return usage_error(err, "tocsin check my_rule.aql, or tocsin check 'SELECT ... FROM events'",
                           "nothing to check: name files or folders, or give a query in quotes");
    }
    if (line->fix && line->output && strcmp(line->output, "text") != 0) {
        bool has_text = line->operand_count == 0;
        for (size_t i = 0; i < line->operand_count; i++) {
            has_text |= strcmp(line->operands[i], "-") == 0 || access(line->operands[i], F_OK) != 0;
        }
        if (has_text) {
            return usage_error(err, "--fix prints the mended query there", "standard output can't take -o %s as well",
                               line->output);
        }
    }
    return TOCSIN_OK;
}

int check_command(const struct command_context *context)
{
    static const char *const standard_input[] = {"-"};
    const struct command_line *line = context->line;
    const char *const *operands = line->operand_count > 0 ? line->operands : standard_input;
    size_t count = line->operand_count > 0 ? line->operand_count : 1;
    struct checking checking = {.context = context};
    struct tocsin_error err;
    if (line->list) {
        return list_lints(context);
    }
    tocsin_status status = check_usage(line, &err);
    status = status == TOCSIN_OK ? command_create_engine(line, &checking.engine, &err) : status;
    status = status == TOCSIN_OK ? read_options(&checking, &err) : status;
    if (status != TOCSIN_OK) {
        fail(&checking, &err);
    } else {
        for (size_t i = 0; i < count && !checking.is_over; i++) {
            check_operand(&checking, operands[i]);
        }
        finish(&checking);
    }
    tocsin_report_free(checking.report);
    tocsin_engine_free(checking.engine);
    free(checking.ignored_text);
    return checking.code;
}
