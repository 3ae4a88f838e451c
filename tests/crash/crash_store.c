/* crash_store.c - kills a writer of a store at random moments; see the README. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/store_rows.h"
#include "store/store_folder.h"

enum { STORE_ROWS_MAX = 4000, BLOCK_ROWS = 200, SEGMENT_ROWS = 700, DELAY_US_MAX = 100000 };

static char folder[] = "/tmp/tocsin-crash-XXXXXX";
static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

static void fail(const char *what)
{
    fprintf(stderr, "crash_store: %s; the store is %s\n", what, folder);
    exit(1);
}

static void empty_store(void)
{
    struct segment_name *names = NULL;
    size_t count = 0;
    char path[STORE_PATH_BYTES];
    struct error err = {0};
    if (store_folder_list(folder, &names, &count, &err) != TOCSIN_OK) {
        fail(err.message);
    }
    for (size_t i = 0; i < count; i++) {
        if (segment_path(folder, names[i].sequence, names[i].is_sealed, path, &err) == TOCSIN_OK) {
            unlink(path);
        }
    }
    free(names);
}

/* ---- the child ---- */

static void tell(int pipe_end, uint64_t count)
{
    if (write(pipe_end, &count, sizeof(count)) != (ssize_t)sizeof(count)) {
        _exit(3);
    }
}

/* Writes rows behind the `count` that are there, until it is killed. */
static void write_for_ever(struct store_rows *rows, uint64_t count, int pipe_end)
{
    struct error err = {0};
    struct store_problems problems;
    struct store_writer *writer = NULL;
    store_problems_init(&problems);
    struct store_writer_options options = {.folder = folder,
                                           .schema = rows->schema,
                                           .who = "crash_store",
                                           .block_rows = BLOCK_ROWS,
                                           .segment_rows = SEGMENT_ROWS};
    tocsin_status status = store_writer_open(&options, &writer, &problems, &err);
    uint64_t first = count;
    while (status == TOCSIN_OK) {
        uint32_t pushed = 1 + random_below(90);
        if (!store_rows_fill(rows, count, pushed)) {
            break;
        }
        status = store_writer_push(writer, &rows->batch, store_rows_inputs, STORE_ROWS_INPUTS, &err);
        count += pushed;
        if (status == TOCSIN_OK && random_below(3) == 0) {
            status = random_below(8) == 0 ? store_writer_seal(writer, &err) : store_writer_commit(writer, &err);
        }
        if (status == TOCSIN_OK) {
            tell(pipe_end, first + store_writer_acknowledged(writer));
        }
    }
    fprintf(stderr, "crash_store: the writer failed: %s\n", err.message);
    _exit(2);
}

/* ---- the parent ---- */

static uint64_t count_rows(struct store_rows *rows)
{
    struct error err = {0};
    struct store_reader *reader = NULL;
    if (store_reader_open(folder, &reader, &err) != TOCSIN_OK) {
        fail(err.message);
    }
    uint64_t count = store_rows_check(rows, reader, &rows->fields, 0, true, 0);
    if (count == UINT64_MAX) {
        fail("a row is missing, there twice, or wrong");
    }
    const struct store_problems *problems = store_reader_problems(reader);
    if (problems->count > 0) {
        fprintf(stderr, "%.*s: %.*s\n", STR_ARG(problems->items[0].file), STR_ARG(problems->items[0].text));
        fail("damage after a kill");
    }
    store_reader_free(reader);
    return count;
}

/* What the child said last; it says nothing after its death. */
static uint64_t last_word(int pipe_end, uint64_t count)
{
    uint64_t word;
    ssize_t got;
    while ((got = read(pipe_end, &word, sizeof(word))) == (ssize_t)sizeof(word) || (got < 0 && errno == EINTR)) {
        count = got > 0 ? word : count;
    }
    return count;
}

static uint64_t one_kill(struct store_rows *rows, uint64_t count)
{
    int ends[2];
    if (pipe(ends) != 0) {
        fail("no pipe");
    }
    uint32_t delay_us = random_below(random_below(3) == 0 ? DELAY_US_MAX / 20 : DELAY_US_MAX);
    pid_t child = fork();
    if (child < 0) {
        fail("no child");
    }
    if (child == 0) {
        close(ends[0]);
        write_for_ever(rows, count, ends[1]);
    }
    close(ends[1]);
    (void)usleep(delay_us);
    uint64_t seen = random_below(4) == 0 ? count_rows(rows) : 0;
    int how;
    kill(child, SIGKILL);
    if (waitpid(child, &how, 0) != child || !WIFSIGNALED(how)) {
        fail("the writer did not live until it was killed");
    }
    uint64_t acknowledged = last_word(ends[0], count);
    close(ends[0]);
    uint64_t there = count_rows(rows);
    if (there < acknowledged || there < seen) {
        fprintf(stderr, "%llu rows, %llu were acknowledged, %llu seen\n", (unsigned long long)there,
                (unsigned long long)acknowledged, (unsigned long long)seen);
        fail("acknowledged rows are lost");
    }
    return there;
}

int main(int argc, char **argv)
{
    uint64_t kills = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    struct store_rows rows;
    random_state = seed;
    if (!mkdtemp(folder) || !store_rows_init(&rows, false)) {
        fail("cannot begin");
    }
    uint64_t count = 0;
    uint64_t all = 0;
    uint64_t idle = 0;
    for (uint64_t i = 0; i < kills; i++) {
        uint64_t before = count;
        count = one_kill(&rows, count);
        all += count - before;
        idle += count == before;
        if (count > STORE_ROWS_MAX) {
            empty_store();
            count = 0;
        }
    }
    empty_store();
    char path[STORE_PATH_BYTES];
    snprintf(path, sizeof(path), "%s/LOCK", folder);
    unlink(path);
    rmdir(folder);
    store_rows_release(&rows);
    printf("%llu kills (seed %llu), %llu of them before a row was written; %llu rows written, none lost, none twice\n",
           (unsigned long long)kills, (unsigned long long)seed, (unsigned long long)idle, (unsigned long long)all);
    return all > 0 ? 0 : 1;
}
