/* Runs on one thread and on two: the same answer, account and error, whatever ends them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/strbuf.h"
#include "tocsin/tocsin.h"

enum { EVENTS = 15000 }; /* some 3 MB, several times what is read in one piece */

static struct {
    tocsin_engine *engine;
    char folder[40];
    char log[64];
    char cut[64]; /* the same, compressed and cut */
    char utf16[64];
    char pipe[64];
} fixture;

static void compress_cut(void)
{
    char piece[4096];
    size_t got;
    FILE *file = fopen(fixture.log, "r");
    gzFile target = gzopen(fixture.cut, "w");
    assert_true(file && target);
    while ((got = fread(piece, 1, sizeof(piece), file)) > 0) {
        assert_int_equal(gzwrite(target, piece, (unsigned)got), got);
    }
    assert_int_equal(gzclose(target) + fclose(file), 0);
    struct stat status;
    assert_int_equal(stat(fixture.cut, &status), 0);
    assert_int_equal(truncate(fixture.cut, status.st_size - 4000), 0);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/test_threads_XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    snprintf(fixture.log, sizeof(fixture.log), "%s/audit.log", fixture.folder);
    snprintf(fixture.cut, sizeof(fixture.cut), "%s/cut.log.gz", fixture.folder);
    snprintf(fixture.utf16, sizeof(fixture.utf16), "%s/utf16.log", fixture.folder);
    snprintf(fixture.pipe, sizeof(fixture.pipe), "%s/pipe", fixture.folder);
    FILE *file = fopen(fixture.log, "w");
    assert_non_null(file);
    for (int i = 0; i < EVENTS; i++) {
        fprintf(file,
                "type=SYSCALL msg=audit(%d.402:%d): arch=c000003e syscall=59 success=yes exit=0 comm=\"c%d\"\n"
                "type=EXECVE msg=audit(%d.402:%d): argc=2 a0=\"run\" a1=\"%d\"\n%s",
                1700000000 + i / 10, i, i % 7, 1700000000 + i / 10, i, i * 7 % 9973,
                i % 50 == 0 ? "a line of somebody else\n" : "");
    }
    assert_int_equal(fclose(file), 0);
    compress_cut();
    assert_int_equal(mkfifo(fixture.pipe, 0600), 0);
    struct tocsin_engine_options options = {.time_zone = "UTC"};
    assert_int_equal(tocsin_engine_create(&options, &fixture.engine, NULL), TOCSIN_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tocsin_engine_free(fixture.engine);
    (void)unlink(fixture.log);
    (void)unlink(fixture.cut);
    (void)unlink(fixture.utf16);
    (void)unlink(fixture.pipe);
    return rmdir(fixture.folder);
}

/* ---- one run ---- */

struct job {
    const char *query;
    const char *inputs[3];
    int failure;          /* what writing gives, */
    size_t failure_bytes; /* from so many bytes on */
    int steps_to_stop;    /* 0: never */
};

struct result {
    struct strbuf output;
    const struct job *job;
    pthread_t caller;
    tocsin_status status;
    struct tocsin_error err;
    struct tocsin_summary summary; /* without its views */
    struct strbuf account;         /* those */
};

static int collect(void *context, const char *bytes, size_t byte_count)
{
    struct result *result = context;
    assert_true(pthread_equal(pthread_self(), result->caller));
    if (result->job->failure && result->output.len + byte_count > result->job->failure_bytes) {
        return result->job->failure;
    }
    strbuf_append(&result->output, str_from(bytes, byte_count));
    return 0;
}

static void keep_summary(const tocsin_run *run, struct result *result)
{
    struct tocsin_summary *summary = &result->summary;
    tocsin_run_summary(run, summary);
    for (size_t i = 0; i < summary->type_count; i++) {
        strbuf_append_format(&result->account, "%s %llu\n", summary->events_by_type[i].name,
                             (unsigned long long)summary->events_by_type[i].count);
    }
    for (size_t i = 0; i < summary->dropped_count; i++) {
        strbuf_append_format(&result->account, "%s %llu\n", summary->dropped[i].name,
                             (unsigned long long)summary->dropped[i].count);
    }
    for (size_t i = 0; i < summary->problem_count; i++) {
        strbuf_append_format(&result->account, "%s\n", summary->problems[i].message);
    }
    struct tocsin_progress progress;
    tocsin_run_progress(run, &progress);
    strbuf_append_format(&result->account, "%llu of %llu, %llu, %s\n%s\n", (unsigned long long)progress.bytes_read,
                         (unsigned long long)progress.bytes_total, (unsigned long long)progress.events, progress.input,
                         summary->now_source ? summary->now_source : "");
    summary->events_by_type = summary->dropped = NULL;
    summary->problems = NULL;
    summary->now_source = NULL;
    summary->seconds = 0;
}

static tocsin_query *prepare(const char *text)
{
    tocsin_query *query = NULL;
    struct tocsin_error err = {0};
    if (tocsin_query_prepare(fixture.engine, text, strlen(text), "query", &query, &err) != TOCSIN_OK) {
        fail_msg("%s", err.message);
    }
    return query;
}

static tocsin_run *start(const struct job *job, const tocsin_query *query, unsigned threads, struct result *result)
{
    memset(result, 0, sizeof(*result));
    result->job = job;
    result->caller = pthread_self();
    strbuf_init(&result->output, 64 * 1024 * 1024);
    strbuf_init(&result->account, 1024 * 1024);
    struct tocsin_run_options options = {.inputs = job->inputs,
                                         .output = "ndjson",
                                         .threads = threads,
                                         .keeps_input_order = true,
                                         .write = collect,
                                         .write_context = result};
    while (options.input_count < 3 && job->inputs[options.input_count]) {
        options.input_count++;
    }
    tocsin_run *run = NULL;
    if (tocsin_run_query(fixture.engine, query, &options, &run, &result->err) != TOCSIN_OK) {
        fail_msg("%s", result->err.message);
    }
    return run;
}

static void do_job(const struct job *job, unsigned threads, struct result *result)
{
    tocsin_query *query = prepare(job->query);
    tocsin_run *run = start(job, query, threads, result);
    for (int steps = 1; result->status == TOCSIN_OK; steps++) {
        result->status = tocsin_run_step(run, &result->err);
        if (result->status == TOCSIN_OK && steps == job->steps_to_stop) {
            result->status = tocsin_run_stop(run, &result->err);
            break;
        }
    }
    if (result->status == TOCSIN_END) {
        assert_int_equal(tocsin_run_step(run, &result->err), TOCSIN_END); /* and again */
    }
    keep_summary(run, result);
    tocsin_run_free(run);
    tocsin_query_free(query);
}

static void release(struct result *result)
{
    strbuf_release(&result->output);
    strbuf_release(&result->account);
}

/* Byte by byte but for the flags, whose padding may hold anything. */
static void assert_same_numbers(const struct tocsin_summary *a, const struct tocsin_summary *b)
{
    assert_memory_equal(a, b, offsetof(struct tocsin_summary, has_lost_cursor));
    assert_int_equal(a->has_lost_cursor, b->has_lost_cursor);
    assert_int_equal(a->has_now, b->has_now);
    assert_int_equal(a->problem_count, b->problem_count);
    assert_int_equal(a->problems_more, b->problems_more);
}

/* Gives what the run on one thread gave. */
static void assert_same(const struct job *job, struct result *alone)
{
    struct result ahead;
    do_job(job, 1, alone);
    for (int round = 0; round < 3; round++) {
        do_job(job, round == 2 ? 0 : 2, &ahead);
        assert_int_equal(ahead.status, alone->status);
        assert_string_equal(ahead.err.message, alone->err.message);
        assert_string_equal(ahead.err.hint, alone->err.hint);
        assert_true(str_eq(strbuf_str(&ahead.output), strbuf_str(&alone->output)));
        assert_true(str_eq(strbuf_str(&ahead.account), strbuf_str(&alone->account)));
        assert_same_numbers(&ahead.summary, &alone->summary);
        release(&ahead);
    }
}

/* ---- tests ---- */

static void whole_inputs(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "SELECT \"Command\", starttime FROM events WHERE \"Command\" ILIKE '%7%'",
        "SELECT \"Command\", COUNT(*) AS n, FIRST(starttime) AS f FROM events GROUP BY \"Command\" ORDER BY n DESC, f",
        "SELECT COUNT(*) AS n FROM events WHERE starttime > NOW() - 600000",
        "SELECT \"Command\" FROM events WHERE \"Audit Serial\" IN (SELECT MAX(\"Audit Serial\") FROM events)",
        "SELECT COUNT(*) AS n, MIN(starttime) AS m FROM events LAST 10 MINUTES",
    };
    for (size_t i = 0; i < countof(queries); i++) {
        struct result result;
        assert_same(&(struct job){.query = queries[i], .inputs = {fixture.log, fixture.cut}}, &result);
        assert_int_equal(result.status, TOCSIN_END);
        assert_true(result.summary.rows > 0 && result.summary.events > EVENTS);
        release(&result);
    }
}

/* LIMIT is full before the end: the account says what was used, not what was read ahead. */
static void ended_by_a_limit(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "SELECT \"Command\" FROM events LIMIT 1",
        "SELECT \"Command\" FROM events WHERE \"Audit Serial\" > 1000 LIMIT 3000",
        "SELECT \"Command\" FROM events LIMIT 0",
    };
    for (size_t i = 0; i < countof(queries); i++) {
        struct result result;
        assert_same(&(struct job){.query = queries[i], .inputs = {fixture.log}}, &result);
        assert_int_equal(result.status, TOCSIN_END);
        assert_true(result.summary.events < EVENTS * 2 / 3);
        release(&result);
    }
}

static void failing_inputs(void **state)
{
    (void)state;
    FILE *file = fopen(fixture.utf16, "w");
    assert_non_null(file);
    fputs("\xFF\xFE" "U\0\n", file);
    fputc('\0', file);
    assert_int_equal(fclose(file), 0);
    struct result result;
    assert_same(&(struct job){.query = "SELECT COUNT(*) AS n FROM events",
                              .inputs = {fixture.cut, fixture.utf16, fixture.log}},
                &result);
    assert_int_equal(result.summary.problem_count, 2);
    assert_true(result.summary.events > EVENTS && result.summary.events < 2 * EVENTS + EVENTS / 25);
    release(&result);
}

static void failing_output(void **state)
{
    (void)state;
    static const int failures[] = {ENOSPC, EPIPE};
    for (size_t i = 0; i < countof(failures); i++) {
        for (size_t bytes = 0; bytes < 600000; bytes = bytes * 8 + 1) {
            struct result result;
            assert_same(&(struct job){.query = "SELECT \"Command\", starttime FROM events",
                                      .inputs = {fixture.log},
                                      .failure = failures[i],
                                      .failure_bytes = bytes},
                        &result);
            assert_int_equal(result.status, failures[i] == EPIPE ? TOCSIN_ERROR_CLOSED : TOCSIN_ERROR_OUTPUT);
            release(&result);
        }
    }
}

static void stopped_at_any_time(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 2; threads++) {
        for (int steps = 1; steps < 6; steps += 2) {
            struct result result;
            do_job(&(struct job){.query = "SELECT \"Command\" FROM events",
                                 .inputs = {fixture.log},
                                 .steps_to_stop = steps},
                   threads, &result);
            assert_int_equal(result.status, TOCSIN_OK);
            assert_int_equal(result.summary.rows, result.summary.events); /* of what was read nothing is missing */
            assert_true(result.summary.events > 0 && result.summary.events < EVENTS);
            release(&result);
        }
    }
}

static void freed_at_any_time(void **state)
{
    (void)state;
    struct job job = {.query = "SELECT \"Command\" FROM events", .inputs = {fixture.log}};
    tocsin_query *query = prepare(job.query);
    for (unsigned threads = 1; threads <= 2; threads++) {
        for (int steps = 0; steps < 6; steps++) {
            struct result result;
            tocsin_run *run = start(&job, query, threads, &result);
            for (int i = 0; i < steps; i++) {
                assert_int_equal(tocsin_run_step(run, NULL), TOCSIN_OK);
            }
            tocsin_run_free(run);
            release(&result);
        }
    }
    tocsin_query_free(query);
}

/* A step does not wait for ever for a silent pipe, and what waits there does not keep the run from being freed. */
static void silent_pipe(void **state)
{
    (void)state;
    struct job job = {.query = "SELECT \"Command\" FROM events", .inputs = {fixture.pipe}};
    tocsin_query *query = prepare(job.query);
    for (int must_stop = 0; must_stop < 2; must_stop++) {
        struct result result;
        tocsin_run *run = start(&job, query, 2, &result);
        assert_int_equal(tocsin_run_step(run, &result.err), TOCSIN_OK);
        assert_int_equal(tocsin_run_step(run, &result.err), TOCSIN_OK);
        if (must_stop) {
            assert_int_equal(tocsin_run_stop(run, &result.err), TOCSIN_OK);
            assert_int_equal(tocsin_run_step(run, &result.err), TOCSIN_END);
        }
        tocsin_run_free(run);
        assert_int_equal(result.output.len, 0);
        release(&result);
    }
    tocsin_query_free(query);
}

/* Two runs of one engine and one query, stepped in turn. */
static void runs_in_turn(void **state)
{
    (void)state;
    struct job job = {.query = "SELECT \"Command\", LOGSOURCENAME(logsourceid) FROM events", .inputs = {fixture.log}};
    struct result whole;
    struct result results[2];
    tocsin_run *runs[2];
    do_job(&job, 1, &whole);
    tocsin_query *query = prepare(job.query);
    for (size_t i = 0; i < 2; i++) {
        runs[i] = start(&job, query, 2, &results[i]);
    }
    while (results[0].status == TOCSIN_OK || results[1].status == TOCSIN_OK) {
        for (size_t i = 0; i < 2; i++) {
            if (results[i].status == TOCSIN_OK) {
                results[i].status = tocsin_run_step(runs[i], &results[i].err);
            }
        }
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(results[i].status, TOCSIN_END);
        assert_true(str_eq(strbuf_str(&results[i].output), strbuf_str(&whole.output)));
        tocsin_run_free(runs[i]);
        release(&results[i]);
    }
    release(&whole);
    tocsin_query_free(query);
}

static void more_threads_than_there_are(void **state)
{
    (void)state;
    tocsin_query *query = prepare("SELECT username FROM events");
    struct tocsin_error err = {0};
    tocsin_run *run = NULL;
    struct tocsin_run_options options = {.threads = TOCSIN_THREADS_MAX + 1, .write = collect};
    assert_int_equal(tocsin_run_query(fixture.engine, query, &options, &run, &err), TOCSIN_ERROR_USAGE);
    assert_non_null(strstr(err.message, "threads"));
    assert_null(run);
    tocsin_query_free(query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_inputs),
        cmocka_unit_test(ended_by_a_limit),
        cmocka_unit_test(failing_inputs),
        cmocka_unit_test(failing_output),
        cmocka_unit_test(stopped_at_any_time),
        cmocka_unit_test(freed_at_any_time),
        cmocka_unit_test(silent_pipe),
        cmocka_unit_test(runs_in_turn),
        cmocka_unit_test(more_threads_than_there_are),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
