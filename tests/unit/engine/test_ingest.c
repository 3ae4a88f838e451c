/* A store is filled once with each log, wherever its ingest is cut short, and however often it is begun again: what is
 * then in it, and in which order, is what one whole ingest puts there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "store/event_store.h"
#include "tocsin/tocsin.h"

enum { BLOCK_ROWS = 7, SEGMENT_ROWS = 40 };

static tocsin_engine *engine;
static char folder[64];
static char store[96];

static int begin(void **state)
{
    (void)state;
    const struct tocsin_engine_options options = {.time_zone = "UTC", .selects_all = true};
    struct tocsin_error err;
    snprintf(folder, sizeof(folder), "/dev/shm/tocsin-ingest-XXXXXX");
    if (!mkdtemp(folder)) {
        snprintf(folder, sizeof(folder), "/tmp/tocsin-ingest-XXXXXX");
        assert_non_null(mkdtemp(folder));
    }
    snprintf(store, sizeof(store), "%s/store", folder);
    return tocsin_engine_create(&options, &engine, &err) == TOCSIN_OK ? 0 : -1;
}

static void run_program(const char *program, const char *option, const char *path)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)execlp(program, program, option, path, (char *)NULL);
        _exit(127);
    }
    int state = -1;
    assert_int_equal(waitpid(child, &state, 0), child);
    assert_int_equal(state, 0);
}

static int end(void **state)
{
    (void)state;
    tocsin_engine_free(engine);
    run_program("rm", "-rf", folder);
    return 0;
}

/* ---- files ---- */

static struct strbuf read_data(const char *name)
{
    char path[512];
    struct strbuf text;
    strbuf_init(&text, 16 * MEBI);
    snprintf(path, sizeof(path), "%s/tests/data/%s", TOCSIN_SOURCE_ROOT, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *room = strbuf_reserve(&text, 4 * MEBI);
    text.len = fread(room, 1, 4 * MEBI, file);
    fclose(file);
    assert_true(text.len > 100);
    return text;
}

/* A file of the folder; gives its path, which lives until the next but one. */
static const char *put_file(const char *name, const char *bytes, size_t count)
{
    static char paths[8][128];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* ---- ingesting and asking ---- */

struct result {
    tocsin_status status;
    uint64_t events;
    uint64_t known_events;
    uint64_t known_inputs;
    size_t repeated;
};

static struct result ingest(const char *const *inputs, size_t count, bool is_once, unsigned steps_max, unsigned threads)
{
    const struct tocsin_ingest_options options = {.store = store,
                                                  .inputs = inputs,
                                                  .input_count = count,
                                                  .is_once = is_once,
                                                  .threads = threads,
                                                  .block_rows = BLOCK_ROWS,
                                                  .segment_rows = SEGMENT_ROWS};
    tocsin_ingest *work = NULL;
    struct tocsin_error err = {0};
    struct result result = {.status = tocsin_ingest_create(engine, &options, &work, &err)};
    for (unsigned step = 0; result.status == TOCSIN_OK && step < steps_max; step++) {
        result.status = tocsin_ingest_step(work, &err);
    }
    if (result.status == TOCSIN_OK) {
        result.status = tocsin_ingest_stop(work, &err);
    }
    if (work) {
        struct tocsin_ingest_summary summary;
        tocsin_ingest_summary_get(work, &summary);
        result.events = summary.events;
        result.known_events = summary.known_events;
        result.known_inputs = summary.known_inputs;
        result.repeated = summary.repeated_count;
    }
    tocsin_ingest_free(work);
    return result;
}

static int collect(void *context, const char *bytes, size_t count)
{
    struct strbuf *text = context;
    strbuf_append(text, str_from(bytes, count));
    return text->is_failed ? ENOMEM : 0;
}

/* All rows, in the order of the store, with their evidence. */
static struct strbuf ask(const char *query_text)
{
    struct strbuf text;
    strbuf_init(&text, 256 * MEBI);
    tocsin_query *query = NULL;
    tocsin_run *run = NULL;
    struct tocsin_error err = {0};
    const struct tocsin_run_options options = {
        .store = store, .output = "ndjson", .keeps_input_order = true, .write = collect, .write_context = &text};
    assert_int_equal(tocsin_query_prepare(engine, query_text, strlen(query_text), "query", &query, &err), TOCSIN_OK);
    tocsin_status status = tocsin_run_query(engine, query, &options, &run, &err);
    assert_int_equal(status, TOCSIN_OK);
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, &err);
    }
    assert_int_equal(status, TOCSIN_END);
    struct tocsin_summary summary;
    tocsin_run_summary(run, &summary);
    assert_int_equal(summary.problem_count, 0);
    tocsin_run_free(run);
    tocsin_query_free(query);
    return text;
}

static void forget_store(void)
{
    run_program("rm", "-rf", store);
}

static uint64_t count_lines(const struct strbuf *text)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < text->len; i++) {
        lines += text->data[i] == '\n';
    }
    return lines;
}

static void assert_same(const struct strbuf *got, const struct strbuf *expected)
{
    if (got->len != expected->len || memcmp(got->data, expected->data, got->len) != 0) {
        fail_msg("%llu rows, not %llu, or others", (unsigned long long)count_lines(got),
                 (unsigned long long)count_lines(expected));
    }
}

/* ---- the logs ---- */

static const char *const log_names[] = {"torture/small_audit.log", "live-raw.log", "torture/small_kubernetes.log",
                                        "torture/small_docker.log", "torture/small_universal.log"};
static const char *logs[countof(log_names)];

static void put_logs(void)
{
    static char paths[countof(log_names)][128];
    for (size_t i = 0; i < countof(log_names); i++) {
        char name[32];
        char data[128];
        snprintf(name, sizeof(name), "%zu.log", i);
        snprintf(data, sizeof(data), "%s%s", strchr(log_names[i], '/') ? "../" : "", log_names[i]);
        struct strbuf text = read_data(data);
        snprintf(paths[i], sizeof(paths[i]), "%s", put_file(name, text.data, text.len));
        logs[i] = paths[i];
        strbuf_release(&text);
    }
}

static struct strbuf whole_ingest(void)
{
    forget_store();
    assert_int_equal(ingest(logs, countof(logs), true, UINT32_MAX, 1).status, TOCSIN_END);
    return ask("SELECT * FROM events");
}

/* ---- tests ---- */

struct crash {
    uint64_t countdown;
    bool has_come;
};

/* From the Nth operation on nothing works any more, as for a process that is gone. */
static int crash_at(void *context, const struct file_event *event, bool *ret_is_short)
{
    struct crash *crash = context;
    (void)event;
    if (crash->countdown > 1) {
        crash->countdown--;
        return 0;
    }
    *ret_is_short = !crash->has_come;
    crash->has_come = true;
    return EIO;
}

static void a_crash_anywhere_loses_and_doubles_nothing(void **state)
{
    (void)state;
    put_logs();
    struct strbuf expected = whole_ingest();
    unsigned crashes = 0;
    uint64_t resumed = 0;
    for (uint64_t at = 1;; at += 1 + at / 24) {
        struct crash crash = {.countdown = at};
        forget_store();
        store_file_set_hook(crash_at, &crash);
        struct result cut = ingest(logs, countof(logs), true, UINT32_MAX, 1);
        store_file_set_hook(NULL, NULL);
        if (!crash.has_come) {
            assert_int_equal(cut.status, TOCSIN_END);
            break;
        }
        assert_int_equal(cut.status, TOCSIN_ERROR_OUTPUT);
        struct result rest = ingest(logs, countof(logs), true, UINT32_MAX, 1);
        assert_int_equal(rest.status, TOCSIN_END);
        resumed += rest.known_events > 0 || rest.known_inputs > 0;
        struct strbuf got = ask("SELECT * FROM events");
        assert_same(&got, &expected);
        strbuf_release(&got);
        crashes++;
    }
    print_message("%u crashes, %llu with something to go on from\n", crashes, (unsigned long long)resumed);
    assert_true(crashes > 50 && resumed > crashes / 4);
    strbuf_release(&expected);
}

static void an_interrupted_ingest_goes_on(void **state)
{
    (void)state;
    put_logs();
    struct strbuf expected = whole_ingest();
    for (unsigned threads = 1; threads <= 2; threads++) {
        forget_store();
        struct result part = {.status = TOCSIN_OK};
        unsigned rounds = 0;
        for (unsigned steps = 0; part.status != TOCSIN_END; steps++) {
            part = ingest(logs, countof(logs), true, steps, threads);
            assert_true(part.status == TOCSIN_OK || part.status == TOCSIN_END);
            assert_true(rounds++ < 1000);
        }
        struct strbuf got = ask("SELECT * FROM events");
        assert_same(&got, &expected);
        strbuf_release(&got);
    }
    strbuf_release(&expected);
}

static void the_same_again_adds_nothing(void **state)
{
    (void)state;
    put_logs();
    struct strbuf expected = whole_ingest();
    struct result again = ingest(logs, countof(logs), true, UINT32_MAX, 1);
    assert_int_equal(again.status, TOCSIN_END);
    assert_int_equal(again.events, 0);
    assert_int_equal(again.known_inputs, countof(logs));
    /* A copy under another name, and two copies at once into an empty store. */
    struct strbuf text = read_data("live-raw.log");
    const char *copies[] = {put_file("copy.log", text.data, text.len), put_file("copy2.log", text.data, text.len)};
    assert_int_equal(ingest(copies, 1, true, UINT32_MAX, 1).known_inputs, 1);
    struct strbuf got = ask("SELECT * FROM events");
    assert_same(&got, &expected);
    forget_store();
    assert_int_equal(ingest(copies, 2, true, UINT32_MAX, 1).known_inputs, 1);
    /* Packed, it is the same text. */
    run_program("gzip", "-k", copies[0]);
    char packed[160];
    snprintf(packed, sizeof(packed), "%s.gz", copies[0]);
    const char *input = packed;
    struct result unpacked = ingest(&input, 1, true, UINT32_MAX, 1);
    assert_int_equal(unpacked.events, 0);
    assert_int_equal(unpacked.known_inputs, 1);
    strbuf_release(&text);
    strbuf_release(&got);
    strbuf_release(&expected);
}

static void without_once_it_is_told(void **state)
{
    (void)state;
    put_logs();
    struct strbuf first = whole_ingest();
    struct result again = ingest(logs, countof(logs), false, UINT32_MAX, 1);
    assert_int_equal(again.status, TOCSIN_END);
    assert_int_equal(again.repeated, countof(logs));
    assert_int_equal(again.events, count_lines(&first));
    assert_int_equal(ingest(logs, countof(logs), true, UINT32_MAX, 1).known_inputs, countof(logs));
    strbuf_release(&first);
}

/* A log of a line an event, taken in at every size it had; cut within lines, too. */
static void a_log_that_grows_adds_what_is_new(void **state)
{
    (void)state;
    char text[4000];
    size_t bytes = 0;
    unsigned lines = 0;
    for (; bytes + 100 < sizeof(text); lines++) {
        bytes += (size_t)snprintf(text + bytes, sizeof(text) - bytes, "Nov 14 22:13:%02u web1 app: line number %u\n",
                                  lines % 60, lines);
    }
    forget_store();
    uint64_t torn = 0;
    for (size_t part = 10; part < bytes; part += 1 + part / 5) {
        const char *path = put_file("grows.log", text, part);
        assert_int_equal(ingest(&path, 1, true, UINT32_MAX, 1).status, TOCSIN_END);
        torn += text[part - 1] != '\n';
        struct result again = ingest(&path, 1, true, UINT32_MAX, 1);
        assert_int_equal(again.status, TOCSIN_END);
        assert_int_equal(again.events, 0);
    }
    const char *path = put_file("grows.log", text, bytes);
    assert_int_equal(ingest(&path, 1, true, UINT32_MAX, 1).status, TOCSIN_END);
    struct strbuf got = ask("SELECT UTF8(payload) AS text FROM events WHERE UTF8(payload) MATCHES 'line number \\d+$' "
                            "ORDER BY text");
    assert_true(torn > 3);
    /* Every whole line, and besides at most what a cut line looked like when it was cut. */
    for (unsigned i = 0; i < lines; i++) {
        char wanted[64];
        snprintf(wanted, sizeof(wanted), "line number %u\"", i);
        assert_true(str_find(strbuf_str(&got), str_from_cstring(wanted), 0) != SIZE_MAX);
    }
    assert_true(count_lines(&got) >= lines && count_lines(&got) <= lines + torn);
    strbuf_release(&got);
}

/* Rotated: the old content has another name, and the old name another content. */
static void a_rotated_log_is_known_by_its_content(void **state)
{
    (void)state;
    struct strbuf old = read_data("live-raw.log");
    struct strbuf new = read_data("live-enriched.log");
    forget_store();
    const char *before[] = {put_file("audit.log", old.data, old.len)};
    uint64_t old_events = ingest(before, 1, true, UINT32_MAX, 1).events;
    const char *after[] = {put_file("audit.log", new.data, new.len), put_file("audit.log.1", old.data, old.len)};
    struct result rotated = ingest(after, 2, true, UINT32_MAX, 1);
    assert_int_equal(rotated.known_inputs, 1);
    forget_store();
    assert_int_equal(ingest(after, 1, true, UINT32_MAX, 1).events, rotated.events);
    assert_true(old_events > 10 && rotated.events > 10);
    strbuf_release(&old);
    strbuf_release(&new);
}

/* Before any server is asked. */
static void limits_of_a_load(void **state)
{
    (void)state;
    const char *const inputs[] = {"/dev/null"};
    struct tocsin_ingest_options options = {.to = "clickhouse://127.0.0.1:1/d",
                                            .inputs = inputs,
                                            .input_count = 1,
                                            .connections = LIMIT_CLICKHOUSE_CONNECTIONS + 1};
    tocsin_ingest *work = NULL;
    struct tocsin_error err = {0};
    assert_int_equal(tocsin_ingest_create(engine, &options, &work, &err), TOCSIN_ERROR_USAGE);
    assert_non_null(strstr(err.message, "1 to 64 connections, not 65"));
    options.connections = LIMIT_CLICKHOUSE_CONNECTIONS;
    options.retry_seconds = LIMIT_CLICKHOUSE_RETRY_SECONDS + 1;
    assert_int_equal(tocsin_ingest_create(engine, &options, &work, &err), TOCSIN_ERROR_USAGE);
    assert_non_null(strstr(err.message, "at most 86400 seconds"));
    options.retry_seconds = LIMIT_CLICKHOUSE_RETRY_SECONDS; /* nobody answers there */
    assert_int_not_equal(tocsin_ingest_create(engine, &options, &work, &err), TOCSIN_ERROR_USAGE);
    assert_null(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_of_a_load),
        cmocka_unit_test(a_crash_anywhere_loses_and_doubles_nothing),
        cmocka_unit_test(an_interrupted_ingest_goes_on),
        cmocka_unit_test(the_same_again_adds_nothing),
        cmocka_unit_test(without_once_it_is_told),
        cmocka_unit_test(a_log_that_grows_adds_what_is_new),
        cmocka_unit_test(a_rotated_log_is_known_by_its_content),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
