/* hunt and query: reads the options and the query, runs, reports. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/hunt_schedule.h"
#include "cli/interrupt.h"
#include "cli/problem_report.h"
#include "cli/progress_bar.h"
#include "cli/query_text.h"
#include "cli/run_summary.h"
#include "cli/standard_output.h"

enum { RULES_MAX = 100 };

struct session {
    const struct command_context *context;
    bool is_hunt;
    const char *const *inputs;
    size_t input_count;
    struct query_text text; /* query only */
    tocsin_engine *engine;
    tocsin_query *query;
    tocsin_pack *pack;
    const char *rules[RULES_MAX]; /* of --rule */
    size_t rule_count;
    char *rules_text;
    tocsin_run *run;
    struct progress_bar bar;
    bool is_interrupted;
};

/* ---- inputs ------------------------------------------------------------------------------------------------------ */

/* Without inputs standard input is read, unless somebody would have to type the log. */
static tocsin_status check_inputs(struct session *session, struct tocsin_error *err)
{
    static const char *const standard_input[] = {"-"};
    tocsin_status status = command_check_store(session->context->line, session->input_count, err);
    if (status != TOCSIN_OK || session->context->line->store || session->context->line->on) {
        return status;
    }
    if (session->input_count > 0 || (session->query && !tocsin_query_reads_log(session->query))) {
        return TOCSIN_OK;
    }
    if (isatty(STDIN_FILENO)) {
        return usage_error(err,
                           session->is_hunt ? "tocsin hunt /var/log/audit"
                                            : "tocsin query 'SELECT ... FROM events' /var/log/audit",
                           "no log to read: name files or directories, pipe a log in, or name a store (--store) or "
                           "ClickHouse (--on)");
    }
    session->inputs = standard_input;
    session->input_count = 1;
    return TOCSIN_OK;
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static int write_output(void *state, const char *bytes, size_t byte_count)
{
    struct session *session = state;
    progress_bar_clear(&session->bar);
    return standard_output_write(bytes, byte_count);
}

/* --rule a,b,c */
static tocsin_status read_rules(struct session *session, const char *list, struct tocsin_error *err)
{
    session->rules_text = list ? strdup(list) : NULL;
    for (char *id = session->rules_text; id;) {
        char *comma = strchr(id, ',');
        if (comma) {
            *comma = '\0';
        }
        if (session->rule_count == RULES_MAX) {
            return usage_error(err, "without --rule all rules run", "--rule names more than %d rules", RULES_MAX);
        }
        session->rules[session->rule_count++] = id;
        id = comma ? comma + 1 : NULL;
    }
    return TOCSIN_OK;
}

/* 0, the lowest, if the option was not given. */
static int level_of(const char *name)
{
    for (int level = 0; name && level < TOCSIN_LEVEL_COUNT; level++) {
        if (strcmp(name, tocsin_level_name(level)) == 0) {
            return level;
        }
    }
    return 0;
}

static tocsin_status make_options(struct session *session, struct tocsin_run_options *ret_options,
                                  struct tocsin_error *err)
{
    const struct command_line *line = session->context->line;
    const char *output = line->output ? line->output : session->context->output.is_terminal ? "table" : "ndjson";
    if (line->evidence && (command_option_is(output, "csv") || command_option_is(output, "tsv"))) {
        return usage_error(err, "table shows it; json and ndjson always hold it", "%s has no place for evidence",
                           output);
    }
    struct tocsin_run_options options;
    tocsin_status status = command_run_options(session->context, &options, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = read_rules(session, line->rule, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    options.exceptions = line->exceptions;
    options.ignores_exceptions = line->no_exceptions != NULL;
    options.shows_excepted = line->show_excepted != NULL;
    options.keeps_rows = line->rows != NULL;
    options.level_min = level_of(line->min_level);
    options.rules = session->rules;
    options.rule_count = session->rule_count;
    options.inputs = session->inputs;
    options.input_count = session->input_count;
    options.output = output;
    options.shows_evidence = line->evidence != NULL;
    options.write = write_output;
    options.write_context = session;
    *ret_options = options;
    return TOCSIN_OK;
}

static tocsin_status start_run(struct session *session, struct tocsin_error *err)
{
    struct tocsin_run_options options;
    tocsin_status status = make_options(session, &options, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    progress_bar_init(&session->bar, session->context->line->quiet ? NULL : &session->context->errors);
    return session->is_hunt ? tocsin_run_pack(session->engine, session->pack, &options, &session->run, err)
                            : tocsin_run_query(session->engine, session->query, &options, &session->run, err);
}

static void report_remarks(const struct session *session, const tocsin_query *query)
{
    size_t count = tocsin_query_diagnostic_count(query);
    for (size_t i = 0; i < count && !session->context->line->quiet; i++) {
        const struct tocsin_diagnostic *remark = tocsin_query_diagnostic_get(query, i);
        if (remark->severity >= TOCSIN_SEVERITY_WARNING) {
            report_diagnostic(&session->context->errors, tocsin_query_source(query), remark);
        }
    }
}

static tocsin_status prepare(struct session *session, struct tocsin_error *err)
{
    const struct command_line *line = session->context->line;
    tocsin_status status = TOCSIN_OK;
    if (!session->is_hunt) {
        status = query_text_take(&session->text, line, &session->inputs, &session->input_count, err);
    }
    if (status == TOCSIN_OK) {
        status = command_create_engine(line, &session->engine, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!session->is_hunt) {
        status = tocsin_query_prepare(session->engine, session->text.bytes, session->text.byte_count,
                                      session->text.source, &session->query, err);
        if (status == TOCSIN_OK) {
            report_remarks(session, session->query);
            status = check_inputs(session, err);
        }
        return status;
    }
    status = check_inputs(session, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = line->query
                 ? tocsin_pack_open_query(session->engine, line->query, &session->pack, err)
                 : tocsin_pack_open(session->engine, line->pack ? line->pack : "container-api", &session->pack, err);
    for (size_t i = 0; status == TOCSIN_OK && i < tocsin_pack_rule_count(session->pack); i++) {
        report_remarks(session, tocsin_pack_query(session->pack, i));
    }
    return status;
}

/* Reads to the end, or until the user has had enough. */
static tocsin_status read_all(struct session *session, struct tocsin_error *err)
{
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && !interrupt_is_requested()) {
        status = tocsin_run_step(session->run, err);
        if (status == TOCSIN_ERROR_CANCELLED) {
            status = TOCSIN_OK; /* a signal came while waiting for input: an interrupt ends the loop, any other not */
        }
        if (status == TOCSIN_OK) {
            progress_bar_update(&session->bar, session->run);
        }
    }
    if (status == TOCSIN_OK) {
        session->is_interrupted = true;
        status = tocsin_run_stop(session->run, err);
    }
    progress_bar_clear(&session->bar);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

/* ---- the account ------------------------------------------------------------------------------------------------- */

/* An empty folder is no log in which nothing was found. */
static bool has_read_no_file(const struct session *session, const struct tocsin_summary *summary)
{
    return summary->input_count == 0 && session->input_count > 0 && !session->is_interrupted &&
           (!session->query || tocsin_query_reads_log(session->query));
}

/* A finding that was shown; or one as bad as --fail-on says, shown or only counted. */
static bool has_found(const struct session *session, const struct tocsin_summary *summary)
{
    uint64_t found = 0;
    const char *fail_on = session->context->line->fail_on;
    for (int level = level_of(fail_on); level < TOCSIN_LEVEL_COUNT; level++) {
        found += summary->rows_by_level[level] + (fail_on ? summary->below_by_level[level] : 0);
    }
    return session->is_hunt && found > 0;
}

static int finish(struct session *session)
{
    const struct command_line *line = session->context->line;
    struct tocsin_summary summary;
    tocsin_run_summary(session->run, &summary);
    int failure = standard_output_close();
    if (failure != 0) {
        struct tocsin_error err;
        standard_output_error(failure, &err);
        return command_fail(session->context, &err);
    }
    command_report_problems(session->context, &summary);
    for (size_t i = 0; i < summary.remark_count && !line->quiet; i++) {
        report_warning(&session->context->errors, &summary.remarks[i]);
    }
    if (!line->quiet && !line->no_summary) {
        run_summary_print(
            &session->context->errors, &summary,
            &(struct run_summary_options){.is_hunt = session->is_hunt, .is_interrupted = session->is_interrupted});
    }
    if (session->is_interrupted) {
        return EXIT_INTERRUPTED;
    }
    if (has_read_no_file(session, &summary) && summary.problem_count == 0) {
        struct tocsin_error err;
        (void)usage_error(&err, "a folder is read with everything below it", "there is no file in what was named");
        err.status = TOCSIN_ERROR_INPUT;
        return command_fail(session->context, &err);
    }
    if (summary.problem_count > 0 || summary.input_failed_count > 0) {
        return tocsin_status_exit_code(TOCSIN_ERROR_INPUT);
    }
    return has_found(session, &summary) ? 1 : 0;
}

/* Whoever read our output has seen enough, and no more is said; but a hunt that found something says so. */
static int finish_closed(const struct session *session)
{
    struct tocsin_summary summary = {0};
    if (session->run) {
        tocsin_run_summary(session->run, &summary);
    }
    return has_found(session, &summary) ? 1 : 0;
}

static int finish_run(struct session *session, tocsin_status status, const struct tocsin_error *err)
{
    if (status == TOCSIN_OK) {
        return finish(session);
    }
    if (status == TOCSIN_ERROR_CLOSED) {
        return finish_closed(session);
    }
    report_error(&session->context->errors, err, &session->text);
    return tocsin_status_exit_code(status);
}

/* --every, --since-last */
static int run_scheduled(struct session *session, tocsin_status status, struct tocsin_error *err)
{
    struct tocsin_run_options options;
    progress_bar_init(&session->bar, NULL);
    status = status == TOCSIN_OK ? make_options(session, &options, err) : status;
    if (status != TOCSIN_OK) {
        return command_fail(session->context, err);
    }
    return hunt_schedule_run(session->context, session->engine, session->pack, &options);
}

int run_command(const struct command_context *context)
{
    struct session session = {
        .context = context,
        .is_hunt = context->line->command == COMMAND_HUNT,
        .inputs = context->line->operands,
        .input_count = context->line->operand_count,
    };
    interrupt_install();
    struct tocsin_error err = {0};
    tocsin_status status = hunt_schedule_check(context->line, &err);
    status = status == TOCSIN_OK ? prepare(&session, &err) : status;
    int code;
    if (context->line->every || context->line->since_last) {
        code = run_scheduled(&session, status, &err);
    } else {
        status = status == TOCSIN_OK ? start_run(&session, &err) : status;
        status = status == TOCSIN_OK ? read_all(&session, &err) : status;
        code = finish_run(&session, status, &err);
    }
    tocsin_run_free(session.run);
    tocsin_query_free(session.query);
    tocsin_pack_free(session.pack);
    tocsin_engine_free(session.engine);
    query_text_release(&session.text);
    free(session.rules_text);
    return code;
}
