/* convert: queries and rules as those of other systems, on standard output or as files of a folder. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/file_replace.h"
#include "cli/problem_report.h"
#include "cli/query_text.h"
#include "cli/standard_output.h"

struct converting {
    const struct command_context *context;
    tocsin_engine *engine;
    tocsin_pack *pack; /* NULL: not needed so far */
    bool is_all;       /* targets */
    size_t printed_count;
    int code; /* the worst so far */
    /* README.md of the folder */
    FILE *index;
    char *index_text;
    size_t index_bytes;
};

static int write_output(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

static void fail(struct converting *converting, const struct tocsin_error *err, const struct query_text *text)
{
    int code = tocsin_status_exit_code(err->status);
    if (err->status != TOCSIN_ERROR_CLOSED) {
        report_error(&converting->context->errors, err, text);
    }
    converting->code = code > converting->code ? code : converting->code;
}

/* ---- one conversion ---- */

static tocsin_status make_folder(const char *path, struct tocsin_error *err)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST ? TOCSIN_OK
                                                     : file_problem(err, TOCSIN_ERROR_OUTPUT, "make", path, errno);
}

static tocsin_status write_file(const char *path, const char *bytes, size_t byte_count, struct tocsin_error *err)
{
    FILE *file = fopen(path, "wb");
    if (!file) {
        return file_problem(err, TOCSIN_ERROR_OUTPUT, "write", path, errno);
    }
    bool is_whole = fwrite(bytes, 1, byte_count, file) == byte_count;
    int failure = errno;
    if (fclose(file) != 0 || !is_whole) {
        return file_problem(err, TOCSIN_ERROR_OUTPUT, "write", path, is_whole ? errno : failure);
    }
    return TOCSIN_OK;
}

/* DIR/TARGET/ID.EXTENSION; ids have no slashes. */
static tocsin_status write_into_folder(const struct converting *converting, const struct tocsin_conversion_info *info,
                                       struct tocsin_error *err)
{
    char path[PATH_MAX];
    const char *folder = converting->context->line->output_dir;
    int length = snprintf(path, sizeof(path), "%s/%s", folder, info->target.name);
    tocsin_status status = length > 0 && (size_t)length < sizeof(path)
                               ? make_folder(path, err)
                               : file_problem(err, TOCSIN_ERROR_OUTPUT, "write into", folder, ENAMETOOLONG);
    if (status == TOCSIN_OK) {
        length = snprintf(path, sizeof(path), "%s/%s/%s.%s", folder, info->target.name,
                          info->rule[0] ? info->rule : "query", info->target.extension);
        status = length > 0 && (size_t)length < sizeof(path)
                     ? write_file(path, info->text, info->text_bytes, err)
                     : file_problem(err, TOCSIN_ERROR_OUTPUT, "write into", folder, ENAMETOOLONG);
    }
    return status;
}

static tocsin_status print_conversion(struct converting *converting, const tocsin_conversion *conversion,
                                      struct tocsin_error *err)
{
    struct tocsin_conversion_info info;
    tocsin_conversion_get(conversion, &info);
    if (converting->context->line->output_dir) {
        return write_into_folder(converting, &info, err);
    }
    if (command_option_is(converting->context->line->output, "json")) {
        return tocsin_conversion_write_json(conversion, write_output, NULL, err);
    }
    int failure = converting->printed_count++ > 0 ? standard_output_write("\n", 1) : 0;
    failure = failure == 0 ? standard_output_write(info.text, info.text_bytes) : failure;
    return failure == 0 ? TOCSIN_OK : standard_output_error(failure, err);
}

/* ---- README.md of a folder: which rule could be said where ---- */

static void index_cell(struct converting *converting, const char *text)
{
    for (; converting->index && *text; text++) {
        if (*text == '|') {
            fputc('\\', converting->index);
        }
        fputc(*text == '\n' ? ' ' : *text, converting->index);
    }
}

static void index_result(struct converting *converting, const char *rule, const char *target, const char *grade,
                         const char *reason)
{
    if (!converting->index) {
        return;
    }
    fprintf(converting->index, "| %s | %s | %s | ", rule[0] ? rule : "query", target, grade);
    index_cell(converting, reason);
    fputs(" |\n", converting->index);
}

static void index_conversion(struct converting *converting, const struct tocsin_conversion_info *info)
{
    char reasons[4096] = "";
    size_t used = 0;
    for (size_t i = 0; i < info->note_count; i++) {
        int length = strcmp(info->notes[i].effect, "exact") == 0
                         ? 0
                         : snprintf(reasons + used, sizeof(reasons) - used, "%s%s: %s", used > 0 ? "; " : "",
                                    info->notes[i].effect, info->notes[i].text);
        if (length < 0 || (size_t)length >= sizeof(reasons) - used) {
            break;
        }
        used += (size_t)length;
    }
    index_result(converting, info->rule, info->target.name, info->grade, reasons);
}

static bool index_open(struct converting *converting)
{
    converting->index = open_memstream(&converting->index_text, &converting->index_bytes);
    if (converting->index) {
        fputs("# Conversions\n\n"
              "Written by `tocsin convert --output-dir`; do not edit. docs/converting.md says what the grades mean.\n\n"
              "| rule | target | grade | what differs, or why there is none |\n|---|---|---|---|\n",
              converting->index);
    }
    return converting->index != NULL;
}

static void index_close(struct converting *converting)
{
    char path[PATH_MAX];
    struct tocsin_error err;
    if (!converting->index) {
        return;
    }
    bool is_good = fclose(converting->index) == 0;
    int length = snprintf(path, sizeof(path), "%s/README.md", converting->context->line->output_dir);
    if (!is_good || length < 0 || (size_t)length >= sizeof(path)) {
        file_problem(&err, TOCSIN_ERROR_OUTPUT, "write", "README.md", is_good ? ENAMETOOLONG : ENOMEM);
        fail(converting, &err, NULL);
    } else if (write_file(path, converting->index_text, converting->index_bytes, &err) != TOCSIN_OK) {
        fail(converting, &err, NULL);
    }
    free(converting->index_text);
}

/* ---- rules and queries ---- */

struct subject {
    const tocsin_query *query; /* or a rule of the pack: */
    size_t rule;
    const char *id;
    const struct query_text *text;
};

/* False: no more can be done. */
static bool convert_to(struct converting *converting, const struct subject *subject, const char *target)
{
    struct tocsin_error err;
    struct tocsin_conversion_info info;
    tocsin_conversion *conversion = NULL;
    const char *fields = converting->is_all ? NULL : converting->context->line->fields;
    tocsin_status status =
        subject->query ? tocsin_convert_query(converting->engine, subject->query, target, fields, &conversion, &err)
                       : tocsin_convert_rule(converting->engine, converting->pack, subject->rule, target, fields,
                                             &conversion, &err);
    if (status == TOCSIN_ERROR_UNSUPPORTED && converting->index) {
        index_result(converting, subject->id, target, "none", err.message);
        return true;
    }
    if (status == TOCSIN_OK) {
        tocsin_conversion_get(conversion, &info);
        index_conversion(converting, &info);
        status = print_conversion(converting, conversion, &err);
    }
    tocsin_conversion_free(conversion);
    if (status != TOCSIN_OK) {
        fail(converting, &err, subject->text);
    }
    return status != TOCSIN_ERROR_CLOSED && status != TOCSIN_ERROR_OUTPUT;
}

static bool convert_subject(struct converting *converting, const struct subject *subject)
{
    struct tocsin_convert_target target;
    if (!converting->is_all) {
        return convert_to(converting, subject, converting->context->line->to);
    }
    bool goes_on = true;
    for (size_t i = 0; goes_on && tocsin_convert_target_get(i, &target); i++) {
        goes_on = convert_to(converting, subject, target.name);
    }
    return goes_on;
}

static bool convert_text(struct converting *converting, const char *operand)
{
    struct tocsin_error err;
    struct query_text text = {0};
    tocsin_query *query = NULL;
    tocsin_status status = TOCSIN_OK;
    bool goes_on = true;
    if (query_text_is_query(operand)) {
        text.source = "query";
        text.byte_count = strlen(operand);
        text.bytes = strdup(operand);
        status = text.bytes ? TOCSIN_OK : file_problem(&err, TOCSIN_ERROR_MEMORY, "keep", "query", ENOMEM);
    } else {
        status = query_text_read(&text, operand, &err);
    }
    if (status == TOCSIN_OK) {
        status = tocsin_query_prepare(converting->engine, text.bytes, text.byte_count, text.source, &query, &err);
    }
    if (status == TOCSIN_OK) {
        struct subject subject = {.query = query, .id = "", .text = &text};
        goes_on = convert_subject(converting, &subject);
    } else {
        fail(converting, &err, &text);
    }
    tocsin_query_free(query);
    query_text_release(&text);
    return goes_on;
}

static tocsin_status open_pack(struct converting *converting, struct tocsin_error *err)
{
    const char *name = converting->context->line->pack ? converting->context->line->pack : "container-api";
    return converting->pack ? TOCSIN_OK : tocsin_pack_open(converting->engine, name, &converting->pack, err);
}

static bool convert_rule(struct converting *converting, size_t index)
{
    struct tocsin_rule rule;
    tocsin_pack_rule_get(converting->pack, index, &rule);
    struct subject subject = {.rule = index, .id = rule.id};
    return convert_subject(converting, &subject);
}

/* Files have a dot or a slash in their names, rules of the pack have neither. */
static bool is_rule_id(const char *operand)
{
    return strcmp(operand, "-") != 0 && !strpbrk(operand, "./") && !query_text_is_query(operand);
}

static bool convert_operand(struct converting *converting, const char *operand)
{
    struct tocsin_error err;
    struct tocsin_rule rule;
    if (!is_rule_id(operand)) {
        return convert_text(converting, operand);
    }
    if (open_pack(converting, &err) != TOCSIN_OK) {
        fail(converting, &err, NULL);
        return false;
    }
    for (size_t i = 0; i < tocsin_pack_rule_count(converting->pack); i++) {
        tocsin_pack_rule_get(converting->pack, i, &rule);
        if (strcmp(rule.id, operand) == 0) {
            return convert_rule(converting, i);
        }
    }
    usage_error(&err, "a file is written with its ending, a query in quotes", "the pack has no rule '%s'", operand);
    fail(converting, &err, NULL);
    return true;
}

static bool convert_pack(struct converting *converting)
{
    struct tocsin_error err;
    if (open_pack(converting, &err) != TOCSIN_OK) {
        fail(converting, &err, NULL);
        return false;
    }
    bool goes_on = true;
    for (size_t i = 0; goes_on && i < tocsin_pack_rule_count(converting->pack); i++) {
        goes_on = convert_rule(converting, i);
    }
    return goes_on;
}

static tocsin_status check_usage(const struct command_line *line, struct tocsin_error *err)
{
    static const char hint[] = "tocsin convert --to splunk kubectl_secrets, or --to sigma my_rule.aql";
    if (!line->to) {
        return usage_error(err, hint, "convert needs --to TARGET");
    }
    if (line->operand_count == 0 && !line->output_dir && !line->pack) {
        return usage_error(err, hint, "nothing to convert: name rules or files, or a pack with --pack");
    }
    if (line->output && strcmp(line->output, "text") != 0 && strcmp(line->output, "json") != 0) {
        return usage_error(err, "-o text or -o json", "there is no output \"%s\" of convert", line->output);
    }
    if (line->fields && strcmp(line->to, "all") == 0) {
        return usage_error(err, "give --to the target of the file", "--fields is for one target");
    }
    return TOCSIN_OK;
}

static void run(struct converting *converting)
{
    const struct command_line *line = converting->context->line;
    bool goes_on = true;
    if (line->operand_count == 0) {
        convert_pack(converting);
    }
    for (size_t i = 0; goes_on && i < line->operand_count; i++) {
        goes_on = convert_operand(converting, line->operands[i]);
    }
}

int convert_command(const struct command_context *context)
{
    const struct command_line *line = context->line;
    struct converting converting = {.context = context, .is_all = line->to && strcmp(line->to, "all") == 0};
    struct tocsin_error err = {0};
    tocsin_status status = check_usage(line, &err);
    status = status == TOCSIN_OK ? command_create_engine(line, &converting.engine, &err) : status;
    if (status == TOCSIN_OK && line->output_dir) {
        status = make_folder(line->output_dir, &err);
        if (status == TOCSIN_OK && !index_open(&converting)) {
            status = file_problem(&err, TOCSIN_ERROR_MEMORY, "write into", line->output_dir, ENOMEM);
        }
    }
    if (status == TOCSIN_OK) {
        run(&converting);
    }
    index_close(&converting);
    int failure = status == TOCSIN_OK ? standard_output_close() : 0;
    if (failure != 0) {
        status = standard_output_error(failure, &err);
    }
    if (status != TOCSIN_OK) {
        int code = command_fail(context, &err);
        converting.code = code > converting.code ? code : converting.code;
    }
    tocsin_pack_free(converting.pack);
    tocsin_engine_free(converting.engine);
    return converting.code;
}
