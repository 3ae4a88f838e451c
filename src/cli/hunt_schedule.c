#include "cli/hunt_schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/interrupt.h"
#include "cli/number_text.h"
#include "cli/problem_report.h"
#include "cli/standard_output.h"

enum { WAIT_MS = 100, KEEP_MS = 1000, BACK_OFF_SECONDS_MAX = 60, EVERY_MS_MIN = 1000 };

struct hunting {
    const struct command_context *context;
    tocsin_schedule *schedule;
    uint64_t every_ms;
    uint64_t found[TOCSIN_LEVEL_COUNT];
    bool has_lease;
    bool has_said_waiting;
};

/* ---- options ----------------------------------------------------------------------------------------------------- */

static bool is_scheduled(const struct command_line *line)
{
    return line->every || line->since_last;
}

tocsin_status hunt_schedule_check(const struct command_line *line, struct tocsin_error *err)
{
    if (!is_scheduled(line)) {
        return line->job || line->look_back || line->late || line->lease
                   ? usage_error(err, "tocsin hunt --on ADDRESS --every 5m",
                                 "--job, --look-back, --late and --lease belong to --every or --since-last")
                   : TOCSIN_OK;
    }
    if (!line->on) {
        return usage_error(err, "tocsin hunt --on clickhouse://HOST/DATABASE --every 5m",
                           "--every and --since-last are about --on");
    }
    if (line->every && line->since_last) {
        return usage_error(err, "leave out one of them", "--every goes on, --since-last ends after one pass");
    }
    if (line->output && !command_option_is(line->output, "ndjson") && !command_option_is(line->output, "table")) {
        return usage_error(err, "--output ndjson or table", "a scheduled hunt does not end: %s needs an end",
                           line->output);
    }
    return TOCSIN_OK;
}

static tocsin_status read_age(const char *name, const char *text, uint64_t *ret_ms, struct tocsin_error *err)
{
    if (!text || number_read_age(text, ret_ms)) {
        return TOCSIN_OK;
    }
    return usage_error(err, "a number with s, m, h, d or w: 30s, 5m, 12h", "--%s can't be \"%s\"", name, text);
}

static tocsin_status read_lease(const char *text, unsigned *ret_seconds, struct tocsin_error *err)
{
    if (!text) {
        return TOCSIN_OK;
    }
    char *end;
    unsigned long seconds = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || seconds < 5 || seconds > 3600) {
        return usage_error(err, "a number of seconds from 5 to 3600", "--lease can't be \"%s\"", text);
    }
    *ret_seconds = (unsigned)seconds;
    return TOCSIN_OK;
}

static bool is_interrupted(void *context)
{
    (void)context;
    return interrupt_is_requested();
}

static tocsin_status start(struct hunting *hunting, tocsin_engine *engine, tocsin_pack *pack,
                           const struct tocsin_run_options *run, struct tocsin_error *err)
{
    const struct command_line *line = hunting->context->line;
    struct tocsin_schedule_options options = {
        .run = *run, .name = line->job, .has_look_back = line->look_back != NULL, .is_interrupted = is_interrupted};
    tocsin_status status = read_age("every", line->every, &hunting->every_ms, err);
    status = status == TOCSIN_OK ? read_age("look-back", line->look_back, &options.look_back_ms, err) : status;
    status = status == TOCSIN_OK ? read_age("late", line->late, &options.late_ms, err) : status;
    status = status == TOCSIN_OK ? read_lease(line->lease, &options.lease_seconds, err) : status;
    if (status == TOCSIN_OK && line->every &&
        (hunting->every_ms < EVERY_MS_MIN || hunting->every_ms > 31 * UINT64_C(86400000))) {
        status = usage_error(err, NULL, "--every takes from 1s to 31d");
    }
    return status == TOCSIN_OK ? tocsin_schedule_create(engine, pack, &options, &hunting->schedule, err) : status;
}

/* ---- passes ------------------------------------------------------------------------------------------------------ */

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void print_time(const struct terminal *terminal)
{
    struct timespec now;
    char text[NUMBER_TEXT_BYTES];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    fprintf(stderr, "%s%s%s  ", terminal_style(terminal, STYLE_DIM), number_time((int64_t)now.tv_sec * 1000, text),
            terminal_style(terminal, STYLE_OFF));
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_levels(const struct tocsin_pass *pass)
{
    const char *before = " (";
    for (int level = TOCSIN_LEVEL_COUNT - 1; level >= 0; level--) {
        if (pass->findings_by_level[level] > 0) {
            fprintf(stderr, "%s%llu %s", before, (unsigned long long)pass->findings_by_level[level],
                    tocsin_level_name(level));
            before = ", ";
        }
    }
    fputs(before[0] == ',' ? ")" : "", stderr);
}

/* One line; of a process that waits, once. */
static void print_pass(struct hunting *hunting, const struct tocsin_pass *pass)
{
    const struct terminal *terminal = &hunting->context->errors;
    char blocks[NUMBER_TEXT_BYTES];
    char events[NUMBER_TEXT_BYTES];
    char findings[NUMBER_TEXT_BYTES];
    char alerts[NUMBER_TEXT_BYTES];
    char seconds[NUMBER_TEXT_BYTES];
    if (hunting->context->line->quiet || hunting->context->line->no_summary ||
        (!pass->has_lease && hunting->has_said_waiting)) {
        return;
    }
    print_time(terminal);
    hunting->has_said_waiting = !pass->has_lease;
    if (!pass->has_lease) {
        char shown[256];
        tocsin_escape_text(pass->holder, strlen(pass->holder), shown, sizeof(shown));
        fprintf(stderr, "%s has the lease\n", shown[0] ? shown : "another process");
        return;
    }
    fprintf(stderr, "%s block%s, %s event%s read, %s finding%s", number_with_commas(pass->blocks, blocks),
            plural(pass->blocks), number_with_commas(pass->events, events), plural(pass->events),
            number_with_commas(pass->findings, findings), plural(pass->findings));
    print_levels(pass);
    fprintf(stderr, ", %s alert%s, %s\n", number_with_commas(pass->alerts, alerts), plural(pass->alerts),
            number_seconds(pass->seconds, seconds));
    if (pass->waiting > 0) {
        fprintf(stderr, "  %s block%s not on the servers asked yet: they wait\n",
                number_with_commas(pass->waiting, blocks), pass->waiting == 1 ? " is" : "s are");
    }
}

/* Until then, or an interrupt, or the lease of one that died. */
static void wait_until(struct hunting *hunting, int64_t end_ms)
{
    const struct timespec pause = {.tv_nsec = WAIT_MS * 1000000L};
    int64_t keep_ms = now_ms() + KEEP_MS;
    bool had_lease = hunting->has_lease;
    while (now_ms() < end_ms && !interrupt_is_requested() && hunting->has_lease <= had_lease) {
        if (now_ms() >= keep_ms) {
            struct tocsin_error ignored = {0}; /* the next pass tells */
            (void)!tocsin_schedule_keep(hunting->schedule, &hunting->has_lease, &ignored);
            keep_ms = now_ms() + KEEP_MS;
        }
        (void)nanosleep(&pause, NULL);
    }
}

/* Nothing that waiting would mend. */
static bool is_final(tocsin_status status)
{
    return status == TOCSIN_ERROR_CLOSED || status == TOCSIN_ERROR_OUTPUT || status == TOCSIN_ERROR_MEMORY ||
           status == TOCSIN_ERROR_USAGE;
}

static void report_retry(const struct hunting *hunting, const struct tocsin_error *err, int64_t seconds)
{
    report_error(&hunting->context->errors, err, NULL);
    if (!hunting->context->line->quiet) {
        print_time(&hunting->context->errors);
        fprintf(stderr, "trying again in %lld s; nothing is passed over\n", (long long)seconds);
    }
}

static tocsin_status run_all(struct hunting *hunting, struct tocsin_error *err)
{
    int64_t back_off = 1;
    bool is_over = false;
    while (!is_over && !interrupt_is_requested()) {
        struct tocsin_pass pass;
        int64_t began_ms = now_ms();
        tocsin_status status = tocsin_schedule_pass(hunting->schedule, &pass, err);
        hunting->has_lease = pass.has_lease;
        for (int level = 0; level < TOCSIN_LEVEL_COUNT; level++) {
            hunting->found[level] += pass.findings_by_level[level];
        }
        if (status != TOCSIN_OK && (hunting->context->line->since_last || is_final(status))) {
            return status;
        }
        if (status != TOCSIN_OK) {
            report_retry(hunting, err, back_off);
            wait_until(hunting, now_ms() + back_off * 1000);
            back_off = back_off * 2 > BACK_OFF_SECONDS_MAX ? BACK_OFF_SECONDS_MAX : back_off * 2;
            continue;
        }
        back_off = 1;
        print_pass(hunting, &pass);
        is_over = hunting->context->line->since_last != NULL;
        if (!is_over) {
            wait_until(hunting, began_ms + (int64_t)hunting->every_ms);
        }
    }
    return TOCSIN_OK;
}

static bool has_found(const struct hunting *hunting)
{
    const char *fail_on = hunting->context->line->fail_on;
    bool is_as_bad = !fail_on;
    for (int level = 0; level < TOCSIN_LEVEL_COUNT; level++) {
        is_as_bad |= fail_on && strcmp(fail_on, tocsin_level_name(level)) == 0;
        if (is_as_bad && hunting->found[level] > 0) {
            return true;
        }
    }
    return false;
}

int hunt_schedule_run(const struct command_context *context, tocsin_engine *engine, tocsin_pack *pack,
                      const struct tocsin_run_options *options)
{
    struct hunting hunting = {.context = context};
    struct tocsin_error err = {0};
    tocsin_status status = start(&hunting, engine, pack, options, &err);
    status = status == TOCSIN_OK ? run_all(&hunting, &err) : status;
    tocsin_schedule_free(hunting.schedule);
    if (status == TOCSIN_OK) {
        int failure = standard_output_close();
        status = failure == 0 ? TOCSIN_OK : standard_output_error(failure, &err);
    }
    if (status == TOCSIN_OK && interrupt_is_requested()) {
        return EXIT_INTERRUPTED;
    }
    return status == TOCSIN_OK || status == TOCSIN_ERROR_CLOSED ? has_found(&hunting) : command_fail(context, &err);
}
