/* Batches from a reading thread: the same ones with the same account as without it, untouched while they are looked at,
 * and a thread that ends whenever it is told to. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../support/reader_digest.h"
#include "base/limits.h"
#include "format/log_feed.h"

static const char *const logs[] = {TOCSIN_SOURCE_ROOT "/samples", TOCSIN_SOURCE_ROOT "/tests/data",
                                   TOCSIN_SOURCE_ROOT "/tests/torture"};

struct fixture {
    struct digest_context context;
    struct input_list list;
    char folder[64];
    unsigned thread_count;
    const struct raw_prefilter *prefilter; /* of the feeds that are opened */
};

static unsigned thread_count(void)
{
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/task");
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(directory);
    return count;
}

static void pause_ms(long ms)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void *do_nothing(void *context)
{
    return context;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.folder = "/tmp/test_log_feed_XXXXXX"};
    digest_context_init(&fixture.context);
    assert_int_equal(input_list_expand(&fixture.list, logs, countof(logs), NULL), TOCSIN_OK);
    assert_non_null(mkdtemp(fixture.folder));
    pthread_t thread; /* with the first one a sanitizer makes its own */
    assert_int_equal(pthread_create(&thread, NULL, do_nothing, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pause_ms(20); /* a thread that was joined is seen by the kernel for a moment more */
    fixture.thread_count = thread_count();
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    DIR *directory = opendir(f->folder);
    for (struct dirent *entry; (entry = readdir(directory));) {
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    }
    (void)closedir(directory);
    assert_int_equal(rmdir(f->folder), 0);
    input_list_release(&f->list);
    digest_context_release(&f->context);
    return 0;
}

static const char *path_of(const struct fixture *f, const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", f->folder, name);
    return path;
}

static void list_one(struct fixture *f, const char *path)
{
    input_list_release(&f->list);
    assert_int_equal(input_list_expand(&f->list, &path, 1, NULL), TOCSIN_OK);
}

/* Not at once: the kernel shows one that was joined for a moment more. */
static void assert_no_thread_is_left(const struct fixture *f)
{
    for (int i = 0; i < 1000 && thread_count() != f->thread_count; i++) {
        pause_ms(1);
    }
    assert_int_equal(thread_count(), f->thread_count);
}

static struct log_feed *feed_open(struct fixture *f, bool has_thread, size_t chunk_bytes)
{
    static struct format_context context;
    context = f->context.context;
    context.prefilter = f->prefilter;
    struct log_feed_options options = {.reader = {.context = &context,
                                                  .inputs = &f->list,
                                                  .wall_clock_ms = INT64_C(1800000000000),
                                                  .chunk_bytes = chunk_bytes},
                                       .has_thread = has_thread};
    struct log_feed *feed = NULL;
    assert_int_equal(log_feed_create(&options, &feed, NULL), TOCSIN_OK);
    return feed;
}

/* ---- what the reader promises to whoever keeps batches ---- */

enum { HELD_MAX = 5 };

struct holder {
    const struct batch *held[HELD_MAX];
    uint64_t hashes[HELD_MAX];
    uint64_t given;
    uint64_t released;
    uint64_t waits;
};

static uint64_t hash_of(const struct batch *batch)
{
    struct digest digest = {0};
    digest_batch(&digest, batch);
    return digest.hash;
}

static void release_one(struct holder *holder)
{
    size_t slot = holder->released++ % HELD_MAX;
    assert_true(hash_of(holder->held[slot]) == holder->hashes[slot]);
}

/* Gives back as late as it can. */
static uint64_t released_so_far(void *context, uint64_t wanted)
{
    struct holder *holder = context;
    assert_true(wanted <= holder->given);
    holder->waits += wanted > holder->released;
    while (holder->released < wanted) {
        release_one(holder);
    }
    return holder->released;
}

static void batches_kept_are_left_alone(void **state)
{
    struct fixture *f = *state;
    static const size_t chunks[] = {100, 4096, 65536, 0};
    for (size_t i = 0; i < countof(chunks); i++) {
        struct holder holder = {0};
        struct log_reader_options options = {.context = &f->context.context,
                                             .inputs = &f->list,
                                             .wall_clock_ms = INT64_C(1800000000000),
                                             .chunk_bytes = chunks[i],
                                             .released = released_so_far,
                                             .released_context = &holder,
                                             .wake = -1};
        struct log_reader *reader;
        struct digest digest = {0};
        struct batch *batch;
        assert_int_equal(log_reader_create(&options, &reader, NULL), TOCSIN_OK);
        while (log_reader_next(reader, &batch, NULL) == TOCSIN_OK) {
            digest_batch(&digest, batch);
            holder.held[holder.given % HELD_MAX] = batch;
            holder.hashes[holder.given++ % HELD_MAX] = hash_of(batch);
            if (holder.given - holder.released == HELD_MAX) {
                release_one(&holder);
            }
        }
        while (holder.released < holder.given) {
            release_one(&holder);
        }
        log_reader_free(reader);
        struct digest whole = digest_inputs(&f->context, &f->list, NULL, chunks[i]);
        assert_int_equal(digest.rows, whole.rows);
        assert_true(digest.hash == whole.hash);
        assert_true(holder.waits > 0 || chunks[i] > 4096); /* else the test would be of nothing */
    }
}

/* ---- with a thread and without ---- */

/* All that is known behind a batch. */
static uint64_t hash_account(const struct log_account *account, uint64_t hash)
{
    const struct log_reader_statistics *counts = &account->statistics;
    const uint64_t numbers[] = {counts->inputs, counts->inputs_failed, counts->bytes, counts->lines,
                                counts->blank_lines, counts->truncated_lines, counts->skipped_bytes, counts->events,
                                counts->unparsed_events, counts->truncated_events, counts->type_count,
                                counts->dropped_count, account->progress.bytes, account->problem_count,
                                account->problems_more, account->regex_given_up, account->has_newest,
                                account->has_newest ? (uint64_t)account->newest_ms : 0,
                                account->has_newest_plausible ? (uint64_t)account->newest_plausible_ms : 0};
    hash = str_hash(str_from((const char *)numbers, sizeof(numbers)), hash);
    for (size_t i = 0; i < counts->type_count; i++) {
        hash = str_hash_mix(hash ^ (uint64_t)counts->events_by_type[i].type_id ^ counts->events_by_type[i].count << 32);
    }
    for (size_t i = 0; i < counts->dropped_count; i++) {
        hash = str_hash(str_from_cstring(counts->dropped[i].reason), hash + counts->dropped[i].count);
    }
    for (size_t i = 0; i < account->problem_count; i++) {
        hash = str_hash(str_from_cstring(account->problems[i].error.message), hash + account->problems[i].input);
    }
    return str_hash(account->progress.input, hash);
}

enum { BATCHES_MAX = 4096 };

struct reading {
    size_t count;
    uint64_t hashes[BATCHES_MAX]; /* of each batch with rows and the account behind it */
    uint64_t end;                 /* of the account at the end */
    tocsin_status status;
};

/* `is_slow`: the reading thread gets ahead as far as it may, and the batch must not change meanwhile. */
static void read_feed(struct fixture *f, bool has_thread, size_t chunk_bytes, bool is_slow, struct reading *ret)
{
    struct log_feed *feed = feed_open(f, has_thread, chunk_bytes);
    struct batch *batch;
    ret->count = 0;
    while ((ret->status = log_feed_next(feed, &batch, NULL)) == TOCSIN_OK) {
        if (batch->row_count > 0) {
            assert_true(ret->count < BATCHES_MAX);
            uint64_t hash = hash_of(batch);
            if (is_slow) {
                pause_ms(1);
                assert_true(hash_of(batch) == hash);
            }
            ret->hashes[ret->count++] = hash_account(log_feed_account(feed), hash);
        }
    }
    ret->end = hash_account(log_feed_account(feed), 0);
    assert_int_equal(log_feed_next(feed, &batch, NULL), TOCSIN_END);
    log_feed_free(feed);
}

static void assert_same_reading(const struct reading *a, const struct reading *b)
{
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_true(a->hashes[i] == b->hashes[i]);
    }
    assert_true(a->end == b->end);
}

static struct reading alone;
static struct reading ahead;

static void batches_and_account_are_the_same(void **state)
{
    struct fixture *f = *state;
    static const size_t chunks[] = {3000, 65536, 0};
    for (size_t i = 0; i < countof(chunks); i++) {
        read_feed(f, false, chunks[i], false, &alone);
        assert_int_equal(alone.status, TOCSIN_END);
        assert_true(alone.count > (chunks[i] == 3000 ? 100 : 1));
        read_feed(f, true, chunks[i], false, &ahead);
        assert_same_reading(&alone, &ahead);
        read_feed(f, true, chunks[i], true, &ahead);
        assert_same_reading(&alone, &ahead);
    }
    assert_no_thread_is_left(f);
}

/* Many small inputs with formats that are closed at the end of each, and inputs that fail between them. */
static void small_inputs_and_failing_ones(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 200; i++) {
        char name[32];
        snprintf(name, sizeof(name), "%03d.log", i);
        int fd = open(path_of(f, name), O_WRONLY | O_CREAT, i % 9 == 4 ? 0 : 0600);
        if (i % 9 == 5) {
            assert_int_equal(write(fd, "\xFF\xFE" "a\0\n\0", 6), 6); /* UTF-16 */
        } else {
            dprintf(fd,
                    "type=EXECVE msg=audit(17954034%02d.402:%d): argc=2 a0=\"run\" a1=\"%d\"\n"
                    "type=SYSCALL msg=audit(17954034%02d.402:%d): arch=c000003e syscall=59 success=yes exit=0\n",
                    i % 60, i, i, i % 60, i);
        }
        assert_int_equal(close(fd), 0);
    }
    list_one(f, f->folder);
    for (int i = 0; i < 200; i += 9) {
        char name[32];
        snprintf(name, sizeof(name), "%03d.log", i);
        assert_int_equal(unlink(path_of(f, name)), 0); /* vanished since they were listed */
    }
    read_feed(f, false, 1000, false, &alone);
    read_feed(f, true, 1000, false, &ahead);
    assert_same_reading(&alone, &ahead);
    read_feed(f, true, 0, true, &ahead);
    read_feed(f, false, 0, false, &alone);
    assert_same_reading(&alone, &ahead);
}

/* ---- ending early ---- */

static void freed_at_any_time(void **state)
{
    struct fixture *f = *state;
    for (int batches = -1; batches < 8; batches++) {
        for (int pause = 0; pause < 2; pause++) { /* the thread at work, and waiting for a slot */
            struct log_feed *feed = feed_open(f, true, 3000);
            struct batch *batch;
            for (int i = 0; i <= batches; i++) {
                assert_int_equal(log_feed_next(feed, &batch, NULL), TOCSIN_OK);
            }
            pause_ms(pause * 5);
            if (batches % 2 == 0) {
                log_feed_close(feed);
                assert_true(batch->row_count == 0 || log_feed_account(feed)->statistics.events > 0);
            }
            log_feed_free(feed);
            assert_no_thread_is_left(f);
        }
    }
    log_feed_free(NULL);
}

static void stopped_in_the_middle(void **state)
{
    struct fixture *f = *state;
    for (int has_thread = 0; has_thread < 2; has_thread++) {
        for (int batches = 0; batches < 6; batches++) {
            struct log_feed *feed = feed_open(f, has_thread != 0, 3000);
            struct batch *batch;
            uint64_t rows = 0;
            tocsin_status status = TOCSIN_OK;
            for (int i = 0; i < batches; i++) {
                assert_int_equal(log_feed_next(feed, &batch, NULL), TOCSIN_OK);
                rows += batch->row_count;
            }
            log_feed_stop(feed);
            while ((status = log_feed_next(feed, &batch, NULL)) == TOCSIN_OK) {
                rows += batch->row_count;
            }
            assert_int_equal(status, TOCSIN_END);
            assert_int_equal(rows, log_feed_account(feed)->statistics.events); /* nothing that was read is lost */
            assert_true(rows < 2000);
            log_feed_free(feed);
        }
    }
}

/* A pipe whose writer is silent, and one that has no writer: a waiting thread is woken. */
static void woken_while_waiting(void **state)
{
    struct fixture *f = *state;
    const char *path = path_of(f, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    list_one(f, path);
    for (int round = 0; round < 6; round++) {
        int writer = -1;
        struct log_feed *feed = feed_open(f, true, 0);
        struct batch *batch;
        assert_int_equal(log_feed_next(feed, &batch, NULL), TOCSIN_OK); /* nothing comes for a while */
        assert_int_equal(batch->row_count, 0);
        if (round % 2 == 1) {
            writer = open(path, O_WRONLY);
            assert_int_equal(write(writer, "a line\nhalf", 11), 11);
        }
        if (round / 2 == 0) {
            log_feed_stop(feed);
            uint64_t rows = 0;
            tocsin_status status;
            while ((status = log_feed_next(feed, &batch, NULL)) == TOCSIN_OK) {
                rows += batch->row_count;
            }
            assert_int_equal(status, TOCSIN_END);
            assert_true(rows <= 1); /* it may have been stopped before it read */
        } else if (round / 2 == 1) {
            log_feed_close(feed);
        }
        log_feed_free(feed);
        assert_no_thread_is_left(f);
        if (writer >= 0) {
            assert_int_equal(close(writer), 0);
        }
    }
}

/* What a pipe gives in pieces arrives, and its end. */
static void pipe_in_pieces(void **state)
{
    struct fixture *f = *state;
    const char *path = path_of(f, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    list_one(f, path);
    struct log_feed *feed = feed_open(f, true, 0);
    struct batch *batch;
    uint64_t rows = 0;
    tocsin_status status = log_feed_next(feed, &batch, NULL);
    int writer = open(path, O_WRONLY);
    for (int i = 0; i < 10; i++) {
        dprintf(writer, "line %d\n", i);
        pause_ms(1);
    }
    assert_int_equal(close(writer), 0);
    while (status == TOCSIN_OK && (status = log_feed_next(feed, &batch, NULL)) == TOCSIN_OK) {
        rows += batch->row_count;
    }
    assert_int_equal(status, TOCSIN_END);
    assert_int_equal(rows, 10);
    log_feed_free(feed);
}

/* ---- memory ---- */

/* Runs out at any allocation: an error or the whole answer, and nothing leaks (the sanitizers see to that). */
static void memory_running_out(void **state)
{
    struct fixture *f = *state;
    list_one(f, TOCSIN_SOURCE_ROOT "/tests/torture");
    struct log_feed_options options = {.reader = {.context = &f->context.context,
                                                  .inputs = &f->list,
                                                  .wall_clock_ms = INT64_C(1800000000000),
                                                  .chunk_bytes = 3000},
                                       .has_thread = true};
    unsigned failures = 0;
    for (uint64_t number = 1; number < 100000; number += number < 60 ? 1 : number / 8) {
        struct log_feed *feed = NULL;
        struct batch *batch;
        memory_fail_at(number, 0);
        tocsin_status status = log_feed_create(&options, &feed, NULL);
        while (status == TOCSIN_OK) {
            status = log_feed_next(feed, &batch, NULL);
        }
        memory_fail_at(0, 0);
        log_feed_free(feed);
        assert_true(status == TOCSIN_END || status == TOCSIN_ERROR_MEMORY);
        failures += status == TOCSIN_ERROR_MEMORY;
    }
    assert_true(failures > 20);
    assert_no_thread_is_left(f);
}

/* ---- files that are searched, which one more thread reads ahead ---- */

enum { SEARCHED_EVENTS = 4000, LONG_LINE_BYTES = 200000 };

/* Audit events, some of which hold the word, and what stands between such: a line longer than what fits in front of a
 * piece, more short lines than a search keeps, lines of other formats. */
static void write_audit(FILE *file)
{
    for (int i = 0; i < SEARCHED_EVENTS; i++) {
        const char *word = i % 37 == 5 ? "docker" : i % 41 == 3 ? "646F636B6572" : "\"x\"";
        fprintf(file,
                "type=SYSCALL msg=audit(17954034%02d.402:%d): arch=c000003e syscall=59 success=yes exit=0\n%s"
                "type=EXECVE msg=audit(17954034%02d.402:%d): argc=2 a0=%s a1=\"%d\"\n",
                i / 100, i, i % 500 == 7 ? "a line of docker's between\n" : "", i / 100, i, word, i);
        for (int k = 0; i == 1000 && k < LONG_LINE_BYTES; k++) {
            fprintf(file, "%c", k + 1 < LONG_LINE_BYTES ? 'l' : '\n');
        }
        for (int k = 0; i == 2000 && k < 30000; k++) {
            fprintf(file, "\n");
        }
    }
}

static void write_kubernetes(FILE *file)
{
    for (int i = 0; i < SEARCHED_EVENTS; i++) {
        fprintf(file,
                "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"a-%d\","
                "\"stage\":\"ResponseComplete\",\"requestURI\":\"/api/v1/pods\",\"verb\":\"get\","
                "\"user\":{\"username\":\"%s\"},\"stageTimestamp\":\"2026-11-23T03:%02d:%02d.000000Z\"}\n",
                i, i % 37 == 5 ? "docker" : "somebody", i / 60 % 60, i % 60);
    }
}

static void open_searched(struct fixture *f)
{
    static const struct {
        const char *name;
        void (*write)(FILE *file);
    } files[] = {{"a.log", write_audit}, {"b.log", write_kubernetes}, {"c.log", write_audit}};
    static struct raw_literal literals[2];
    static const struct raw_cover cover = {literals, countof(literals)};
    static const struct raw_query query = {&cover, 1};
    static const struct raw_prefilter prefilter = {&query, 1};
    for (size_t i = 0; i < countof(files); i++) {
        FILE *file = fopen(path_of(f, files[i].name), "w");
        assert_non_null(file);
        files[i].write(file);
        fprintf(file, "an end without a line feed");
        assert_int_equal(fclose(file), 0);
    }
    static const char *const fields[] = {"Command", "username"};
    for (size_t i = 0; i < countof(fields); i++) {
        field_id field = schema_find(f->context.schema, str_from_cstring(fields[i]));
        assert_true(field != FIELD_NONE);
        literals[i] = (struct raw_literal){.field = field, .text = STR("docker")};
    }
    list_one(f, f->folder);
    f->prefilter = &prefilter;
}

static void searched_files(void **state)
{
    struct fixture *f = *state;
    static const size_t chunks[] = {3000, 4096, 30000, 65536, 0};
    open_searched(f);
    for (size_t i = 0; i < countof(chunks); i++) {
        read_feed(f, false, chunks[i], false, &alone);
        assert_int_equal(alone.status, TOCSIN_END);
        assert_true(alone.count > (chunks[i] > 0 ? 3 : 0));
        read_feed(f, true, chunks[i], false, &ahead);
        assert_same_reading(&alone, &ahead);
        read_feed(f, true, chunks[i], true, &ahead);
        assert_same_reading(&alone, &ahead);
    }
    assert_no_thread_is_left(f);
}

static void searched_files_ended_early(void **state)
{
    struct fixture *f = *state;
    unsigned threads = 0;
    open_searched(f);
    for (int ending = 0; ending < 3; ending++) {
        for (int batches = 0; batches < 60; batches += 3) {
            struct log_feed *feed = feed_open(f, true, 4096);
            struct batch *batch;
            tocsin_status status = TOCSIN_OK;
            for (int i = 0; i < batches && status == TOCSIN_OK; i++) {
                status = log_feed_next(feed, &batch, NULL);
            }
            threads = thread_count() > threads ? thread_count() : threads;
            if (ending == 0 && status == TOCSIN_OK) {
                log_feed_stop(feed);
                while ((status = log_feed_next(feed, &batch, NULL)) == TOCSIN_OK) {
                }
                assert_int_equal(status, TOCSIN_END);
            } else if (ending == 1) {
                log_feed_close(feed);
            }
            log_feed_free(feed);
        }
    }
    assert_true(threads >= f->thread_count + 2); /* else the test would be of nothing */
    assert_no_thread_is_left(f);
}

/* What is there is given, then the input has failed, whoever notices. */
static void searched_file_that_shrinks(void **state)
{
    struct fixture *f = *state;
    open_searched(f);
    list_one(f, path_of(f, "a.log"));
    struct stat whole;
    assert_int_equal(stat(path_of(f, "a.log"), &whole), 0);
    struct log_feed *feed = feed_open(f, true, 4096);
    struct batch *batch;
    tocsin_status status = log_feed_next(feed, &batch, NULL);
    assert_int_equal(status, TOCSIN_OK);
    assert_int_equal(truncate(path_of(f, "a.log"), whole.st_size - 50000), 0);
    while (status == TOCSIN_OK) {
        status = log_feed_next(feed, &batch, NULL);
    }
    assert_int_equal(status, TOCSIN_END);
    const struct log_account *account = log_feed_account(feed);
    assert_int_equal(account->problem_count, 1);
    assert_non_null(strstr(account->problems[0].error.message, "shrank"));
    assert_int_equal(account->statistics.bytes, whole.st_size - 50000);
    assert_int_equal(account->statistics.inputs_failed, 1);
    log_feed_free(feed);
    assert_no_thread_is_left(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(batches_kept_are_left_alone),
        TEST(batches_and_account_are_the_same),
        TEST(small_inputs_and_failing_ones),
        TEST(freed_at_any_time),
        TEST(stopped_in_the_middle),
        TEST(woken_while_waiting),
        TEST(pipe_in_pieces),
        TEST(searched_files),
        TEST(searched_files_ended_early),
        TEST(searched_file_that_shrinks),
        TEST(memory_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
