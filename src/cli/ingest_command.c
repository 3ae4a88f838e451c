/* ingest: puts the events of logs into an event store. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/number_text.h"
#include "cli/problem_report.h"
#include "cli/progress_bar.h"
#include "cli/run_summary.h"

struct ingesting {
    const struct command_context *context;
    tocsin_engine *engine;
    tocsin_ingest *ingest;
    struct progress_bar bar;
    bool is_interrupted;
};

static tocsin_status read_count(const char *text, const char *option, unsigned *ret, struct tocsin_error *err)
{
    char *end = NULL;
    if (text) {
        errno = 0;
        unsigned long number = strtoul(text, &end, 10);
        if (errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9' || number == 0 || number > 1000000) {
            return usage_error(err, NULL, "--%s is a whole number from 1 on, not \"%s\"", option, text);
        }
        *ret = (unsigned)number;
    }
    return TOCSIN_OK;
}

/* A store, or tables of ClickHouse, with what belongs to each. */
static tocsin_status check_target(const struct command_line *line, struct tocsin_ingest_options *options,
                                  struct tocsin_error *err)
{
    const char *usage = "tocsin ingest --store DIR LOG..., or tocsin ingest --to clickhouse://HOST/DATABASE LOG...";
    if (!line->store && !line->to) {
        return usage_error(err, usage, "ingest needs the folder of a store, or the address of a server");
    }
    if (line->store && line->to) {
        return usage_error(err, usage, "ingest goes to a store or to a server, not to both");
    }
    if (line->store && (line->checkpoint || line->set_aside || line->connections || line->retry)) {
        return usage_error(err, NULL, "--checkpoint, --set-aside, --connections and --retry belong to --to");
    }
    if (line->to && line->zstd) {
        return usage_error(err, NULL, "--zstd belongs to --store");
    }
    tocsin_status status = read_count(line->connections, "connections", &options->connections, err);
    return status == TOCSIN_OK ? read_count(line->retry, "retry", &options->retry_seconds, err) : status;
}

static tocsin_status start(struct ingesting *ingesting, struct tocsin_error *err)
{
    static const char *const standard_input[] = {"-"};
    const struct command_line *line = ingesting->context->line;
    struct tocsin_ingest_options options = {
        .store = line->store,
        .inputs = line->operands,
        .input_count = line->operand_count,
        .format = line->format,
        .threads = command_option_is(line->threads, "2") ? 2 : 1,
        .is_once = line->once != NULL,
        .leaves_out_payload = line->no_payload != NULL,
        .is_zstd = line->zstd != NULL,
        .who = "tocsin ingest",
        .to = line->to,
        .checkpoint = line->checkpoint,
        .set_aside = line->set_aside,
    };
    tocsin_status checked = check_target(line, &options, err);
    if (checked != TOCSIN_OK) {
        return checked;
    }
    if (options.input_count == 0 && isatty(STDIN_FILENO)) {
        return usage_error(err, "tocsin ingest --store DIR /var/log/audit",
                           "no log to read: name files or directories, or pipe a log in");
    }
    if (options.input_count == 0) {
        options.inputs = standard_input;
        options.input_count = 1;
    }
    tocsin_status status = command_create_engine(line, &ingesting->engine, err);
    progress_bar_init(&ingesting->bar, line->quiet ? NULL : &ingesting->context->errors);
    return status == TOCSIN_OK ? tocsin_ingest_create(ingesting->engine, &options, &ingesting->ingest, err) : status;
}

/* Reads to the end, or until the user has had enough: then what was read is put on the disk. */
static tocsin_status read_all(struct ingesting *ingesting, struct tocsin_error *err)
{
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && !interrupt_is_requested()) {
        status = tocsin_ingest_step(ingesting->ingest, err);
        if (status == TOCSIN_ERROR_CANCELLED) {
            status = TOCSIN_OK; /* a signal came while waiting for input: an interrupt ends the loop, any other not */
        }
        if (status == TOCSIN_OK && progress_bar_is_due(&ingesting->bar)) {
            struct tocsin_progress progress;
            tocsin_ingest_progress(ingesting->ingest, &progress);
            progress_bar_show(&ingesting->bar, &progress);
        }
    }
    if (status == TOCSIN_OK) {
        ingesting->is_interrupted = true;
        status = tocsin_ingest_stop(ingesting->ingest, err);
    }
    progress_bar_clear(&ingesting->bar);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

/* ---- the account ------------------------------------------------------------------------------------------------- */

static void print_stored(const struct terminal *terminal, const struct tocsin_ingest_summary *summary)
{
    char count[NUMBER_TEXT_BYTES];
    char bytes[NUMBER_TEXT_BYTES];
    run_summary_label(terminal, summary->target ? "sent" : "stored");
    fprintf(stderr, "%s event%s %s ", number_with_commas(summary->events, count), summary->events == 1 ? "" : "s",
            summary->target ? "to" : "in");
    run_summary_name(summary->target ? summary->target : summary->read.store);
    if (summary->events > 0) {
        fprintf(stderr, ", %s (%.1f bytes an event)", number_bytes(summary->bytes, bytes),
                (double)summary->bytes / (double)summary->events);
    }
    fputc('\n', stderr);
    if (summary->refused_events > 0) {
        run_summary_label(terminal, "set aside");
        fprintf(stderr, "%s%s event%s%s that the server refused: %s\n", terminal_style(terminal, STYLE_RED),
                number_with_commas(summary->refused_events, count), summary->refused_events == 1 ? "" : "s",
                terminal_style(terminal, STYLE_OFF), summary->refusal->message);
    }
    if (summary->retries > 0) {
        run_summary_label(terminal, "retries");
        fprintf(stderr, "%s\n", number_with_commas(summary->retries, count));
    }
    if (summary->cut_values > 0) {
        run_summary_label(terminal, "cut");
        fprintf(stderr, "%s%s value%s%s longer than a store takes\n", terminal_style(terminal, STYLE_RED),
                number_with_commas(summary->cut_values, count), summary->cut_values == 1 ? "" : "s",
                terminal_style(terminal, STYLE_OFF));
    }
}

static void print_known(const struct terminal *terminal, const struct tocsin_ingest_summary *summary)
{
    char count[NUMBER_TEXT_BYTES];
    if (summary->known_inputs > 0) {
        run_summary_label(terminal, "known");
        fprintf(stderr, "%s input%s with nothing new\n", number_with_commas(summary->known_inputs, count),
                summary->known_inputs == 1 ? "" : "s");
    }
    if (summary->known_events > 0) {
        run_summary_label(terminal, summary->known_inputs > 0 ? "" : "known");
        fprintf(stderr, "%s event%s that %s already\n", number_with_commas(summary->known_events, count),
                summary->known_events == 1 ? "" : "s", summary->target ? "are there" : "the store has");
    }
}

static void print_account(const struct ingesting *ingesting, const struct tocsin_ingest_summary *summary)
{
    const struct terminal *terminal = &ingesting->context->errors;
    char speed[NUMBER_TEXT_BYTES];
    char events[NUMBER_TEXT_BYTES];
    char time[NUMBER_TEXT_BYTES];
    double seconds = summary->read.seconds > 1e-6 ? summary->read.seconds : 1e-6;
    fprintf(stderr, "\n%sIngest%s", terminal_style(terminal, STYLE_BOLD), terminal_style(terminal, STYLE_OFF));
    if (ingesting->is_interrupted) {
        fprintf(stderr, " %sinterrupted%s: the same again with %s goes on here", terminal_style(terminal, STYLE_RED),
                terminal_style(terminal, STYLE_OFF), summary->target ? "the same --checkpoint" : "--once");
    }
    fputc('\n', stderr);
    run_summary_inputs(terminal, &summary->read);
    run_summary_events(terminal, &summary->read);
    print_known(terminal, summary);
    print_stored(terminal, summary);
    run_summary_label(terminal, "speed");
    fprintf(stderr, "%s/s, %s events/s, %s\n", number_bytes((uint64_t)((double)summary->read.bytes / seconds), speed),
            number_with_commas((uint64_t)((double)summary->read.events / seconds), events),
            number_seconds(summary->read.seconds, time));
}

static void report_repeated(const struct ingesting *ingesting, const struct tocsin_ingest_summary *summary)
{
    for (size_t i = 0; i < summary->repeated_count; i++) {
        report_warning(&ingesting->context->errors, &summary->repeated[i]);
    }
    if (summary->repeated_more > 0) {
        fprintf(stderr, "tocsin: and %llu more logs are in the store once more\n",
                (unsigned long long)summary->repeated_more);
    }
}

static int finish(const struct ingesting *ingesting)
{
    const struct command_line *line = ingesting->context->line;
    struct tocsin_ingest_summary summary;
    tocsin_ingest_summary_get(ingesting->ingest, &summary);
    for (size_t i = 0; i < summary.repair_count; i++) {
        report_warning(&ingesting->context->errors, &summary.repairs[i]);
    }
    report_repeated(ingesting, &summary);
    command_report_problems(ingesting->context, &summary.read);
    if (!line->quiet && !line->no_summary) {
        print_account(ingesting, &summary);
    }
    if (ingesting->is_interrupted) {
        return EXIT_INTERRUPTED;
    }
    if (summary.read.input_count + summary.known_inputs == 0 && summary.read.problem_count == 0) {
        struct tocsin_error err;
        (void)usage_error(&err, "a folder is read with everything below it", "there is no file in what was named");
        err.status = TOCSIN_ERROR_INPUT;
        return command_fail(ingesting->context, &err);
    }
    return summary.read.input_failed_count > 0 ? tocsin_status_exit_code(TOCSIN_ERROR_INPUT) : 0;
}

int ingest_command(const struct command_context *context)
{
    struct ingesting ingesting = {.context = context};
    struct tocsin_error err = {0};
    interrupt_install();
    tocsin_status status = start(&ingesting, &err);
    status = status == TOCSIN_OK ? read_all(&ingesting, &err) : status;
    int code = status == TOCSIN_OK ? finish(&ingesting) : command_fail(context, &err);
    tocsin_ingest_free(ingesting.ingest);
    tocsin_engine_free(ingesting.engine);
    return code;
}
