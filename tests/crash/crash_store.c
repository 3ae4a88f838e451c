/* crash_store.c - kills whoever changes a store, at random moments; see the README. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/store_rows.h"
#include "store/store_folder.h"
#include "store/store_maintenance.h"

enum { STORE_ROWS_MAX = 4000, BLOCK_ROWS = 200, SEGMENT_ROWS = 700, MERGED_ROWS = 1500, DELAY_US_MAX = 100000 };

/* What a child does until it is killed. */
enum duty { DUTY_WRITE, DUTY_SEAL, DUTY_COMPACT, DUTY_RETAIN, DUTIES };
static const char *const duty_names[DUTIES] = {"append", "seal", "compact", "retain"};

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
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char path[STORE_PATH_BYTES];
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') {
            unlink(path);
        }
    }
    if (directory) {
        closedir(directory);
    }
}

/* ---- the child ---- */

/* What the child says: rows that are acknowledged, and up to which one it may delete. */
struct word {
    uint64_t acknowledged;
    uint64_t deletable;
};

struct child {
    struct store_rows *rows;
    enum duty duty;
    int pipe_end;
    uint64_t count; /* rows pushed, with those before it */
    struct word word;
    struct error err;
};

static void tell(const struct child *child)
{
    if (write(child->pipe_end, &child->word, sizeof(child->word)) != (ssize_t)sizeof(child->word)) {
        _exit(3);
    }
}

static tocsin_status push_some(struct child *child, struct store_writer *writer)
{
    uint32_t pushed = 1 + random_below(random_below(4) == 0 ? 500 : 90); /* now and then more than a block */
    const struct store_mark mark = {.input = STR("rows"), .bytes = child->count + pushed};
    if (!store_rows_fill(child->rows, child->count, pushed)) {
        return error_memory(&child->err);
    }
    tocsin_status status =
        store_writer_push(writer, &child->rows->batch, store_rows_inputs, STORE_ROWS_INPUTS, &child->err);
    child->count += pushed;
    return status == TOCSIN_OK ? store_writer_mark(writer, &mark, 1, &child->err) : status;
}

/* Rows behind those that are there. */
static tocsin_status write_rows(struct child *child, uint32_t pushes)
{
    struct store_problems problems;
    struct store_writer *writer = NULL;
    uint64_t first = child->count;
    store_problems_init(&problems);
    struct store_writer_options options = {.folder = folder,
                                           .schema = child->rows->schema,
                                           .who = "crash_store",
                                           .block_rows = BLOCK_ROWS,
                                           .segment_rows = SEGMENT_ROWS};
    tocsin_status status = store_writer_open(&options, &writer, &problems, &child->err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < pushes; i++) {
        status = push_some(child, writer);
        if (status == TOCSIN_OK && (child->duty == DUTY_SEAL || random_below(3) == 0)) {
            bool seals = random_below(child->duty == DUTY_SEAL ? 2 : 8) == 0;
            status = (seals ? store_writer_seal : store_writer_commit)(writer, &child->err);
        }
        if (status == TOCSIN_OK) {
            child->word.acknowledged = first + store_writer_acknowledged(writer);
            tell(child);
        }
    }
    status = status == TOCSIN_OK ? store_writer_seal(writer, &child->err) : status;
    store_writer_free(writer);
    store_problems_release(&problems);
    return status;
}

/* Before the first writer, or when that was killed before it made anything. */
static bool is_no_store(tocsin_status status, const struct error *err)
{
    return status == TOCSIN_ERROR_INPUT && strstr(err->message, "there is no event store in");
}

static tocsin_status compact(struct child *child)
{
    struct store_changes changes;
    struct store_problems problems;
    const struct store_compact_options options = {
        .common = {.folder = folder, .who = "crash_store"},
        .segment_rows = random_below(2) ? MERGED_ROWS : 0,
        .has_old = random_below(2),
        .old_before_ms = 1700000000000 + (int64_t)random_below((uint32_t)child->count + 1) * 17};
    store_problems_init(&problems);
    tocsin_status status = store_compact(&options, &changes, &problems, &child->err);
    store_problems_release(&problems);
    return is_no_store(status, &child->err) ? TOCSIN_OK : status;
}

static tocsin_status retain(struct child *child)
{
    struct store_changes changes;
    struct store_problems problems;
    uint64_t deletable = random_below((uint32_t)child->count + 1);
    const struct store_retain_options options = {.common = {.folder = folder, .who = "crash_store"},
                                                 .has_old = true,
                                                 .old_before_ms = 1700000000000 + (int64_t)deletable * 17};
    child->word.deletable = deletable > child->word.deletable ? deletable : child->word.deletable;
    tell(child); /* before anything is deleted */
    store_problems_init(&problems);
    tocsin_status status = store_retain(&options, &changes, &problems, &child->err);
    store_problems_release(&problems);
    return is_no_store(status, &child->err) ? TOCSIN_OK : status;
}

/* Until it is killed. Those who compact or retain need small segments, so they write some in between. */
static void do_duty(struct child *child)
{
    tocsin_status status = TOCSIN_OK;
    bool is_writer = child->duty == DUTY_WRITE || child->duty == DUTY_SEAL;
    while (status == TOCSIN_OK) {
        status = is_writer                     ? write_rows(child, UINT32_MAX)
                 : child->duty == DUTY_COMPACT ? compact(child)
                                               : retain(child);
        status = status == TOCSIN_OK ? write_rows(child, 1 + random_below(4)) : status;
    }
    fprintf(stderr, "crash_store: the child failed: %s\n", child->err.message);
    _exit(2);
}

/* ---- the parent ---- */

/* What there is: rows `first` to `end`. */
struct content {
    uint64_t first;
    uint64_t end;
};

static uint64_t first_row(struct store_reader *reader, uint64_t if_none)
{
    struct store_segment_info info;
    for (size_t i = 0; i < store_reader_segments(reader); i++) {
        store_reader_segment_info(reader, i, &info);
        if (info.rows > 0) {
            return (uint64_t)(info.time_min_ms - 1700000000000) / 17;
        }
    }
    return if_none;
}

/* All rows right, none missing, none twice, and the mark says how many there are. */
static struct content read_store(struct store_rows *rows)
{
    static const uint8_t identity[STORE_IDENTITY_BYTES];
    struct error err = {0};
    struct store_reader *reader = NULL;
    tocsin_status status = store_reader_open(folder, &reader, &err);
    if (is_no_store(status, &err)) {
        return (struct content){.end = 0};
    }
    if (status != TOCSIN_OK) {
        fail(err.message);
    }
    const struct store_mark *mark = store_reader_find_mark(reader, STR("rows"), identity);
    struct content content = {.end = mark ? mark->bytes : 0};
    content.first = first_row(reader, content.end);
    uint64_t count = store_rows_check(rows, reader, &rows->fields, content.first, true, 0);
    if (count == UINT64_MAX) {
        fail("a row is missing, there twice, or wrong");
    }
    if (content.first + count != content.end) {
        fprintf(stderr, "rows %llu to %llu, but the mark says %llu\n", (unsigned long long)content.first,
                (unsigned long long)(content.first + count), (unsigned long long)content.end);
        fail("the mark is not that of the rows");
    }
    const struct store_problems *problems = store_reader_problems(reader);
    if (problems->count > 0) {
        fprintf(stderr, "%.*s: %.*s\n", STR_ARG(problems->items[0].file), STR_ARG(problems->items[0].text));
        fail("damage after a kill");
    }
    store_reader_free(reader);
    return content;
}

/* Kills that left a segment half-made, or one that was replaced. */
static uint64_t half_made;
static uint64_t half_replaced;

static void count_leftovers(void)
{
    struct error err = {0};
    struct segment_name *names = NULL;
    size_t count = 0;
    bool is_making = false;
    bool is_replaced = false;
    if (store_folder_list_all(folder, &names, &count, &err) != TOCSIN_OK) {
        fail(err.message);
    }
    for (size_t i = 0; i < count; i++) {
        is_making = is_making || names[i].state == SEGMENT_MAKING;
        is_replaced = is_replaced || names[i].state == SEGMENT_REPLACED;
    }
    half_made += is_making;
    half_replaced += is_replaced;
    free(names);
}

/* What the child said last; it says nothing after its death. */
static struct word last_word(int pipe_end, struct word before)
{
    struct word word;
    ssize_t got;
    while ((got = read(pipe_end, &word, sizeof(word))) == (ssize_t)sizeof(word) || (got < 0 && errno == EINTR)) {
        before = got > 0 ? word : before;
    }
    return before;
}

static void check_content(struct content content, struct word word, struct content before, const char *when)
{
    if (content.end < word.acknowledged || content.end < before.end || content.first > word.deletable ||
        content.first < before.first) {
        fprintf(stderr, "%s: rows %llu to %llu; %llu were acknowledged, %llu could be deleted; before %llu to %llu\n",
                when, (unsigned long long)content.first, (unsigned long long)content.end,
                (unsigned long long)word.acknowledged, (unsigned long long)word.deletable,
                (unsigned long long)before.first, (unsigned long long)before.end);
        fail("acknowledged rows are lost, or deleted ones are back");
    }
}

static struct content one_kill(struct store_rows *rows, struct content before, enum duty duty)
{
    int ends[2];
    if (pipe(ends) != 0) {
        fail("no pipe");
    }
    uint32_t delay_us = random_below(random_below(3) == 0 ? DELAY_US_MAX / 20 : DELAY_US_MAX);
    pid_t child_id = fork();
    if (child_id < 0) {
        fail("no child");
    }
    if (child_id == 0) {
        close(ends[0]);
        struct child child = {
            .rows = rows, .duty = duty, .pipe_end = ends[1], .count = before.end, .word = {before.end, before.first}};
        do_duty(&child);
    }
    close(ends[1]);
    (void)usleep(delay_us);
    struct content seen = random_below(4) == 0 ? read_store(rows) : before; /* while it is busy */
    int how;
    kill(child_id, SIGKILL);
    if (waitpid(child_id, &how, 0) != child_id || !WIFSIGNALED(how)) {
        fail("the child did not live until it was killed");
    }
    struct word word = last_word(ends[0], (struct word){before.end, before.first});
    close(ends[0]);
    count_leftovers();
    struct content there = read_store(rows);
    check_content(seen, (struct word){before.end, word.deletable}, before, "seen");
    check_content(there, word, seen, "there");
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
    struct content content = {0};
    uint64_t written = 0;
    uint64_t deleted = 0;
    uint64_t idle = 0;
    uint64_t by_duty[DUTIES] = {0};
    for (uint64_t i = 0; i < kills; i++) {
        enum duty duty = (enum duty)random_below(DUTIES);
        struct content now = one_kill(&rows, content, duty);
        by_duty[duty]++;
        written += now.end - content.end;
        deleted += now.first - content.first;
        idle += now.end == content.end && now.first == content.first;
        content = now;
        if (content.end - content.first > STORE_ROWS_MAX) {
            empty_store();
            content = (struct content){0};
        }
    }
    empty_store();
    rmdir(folder);
    store_rows_release(&rows);
    printf("%llu kills (seed %llu):", (unsigned long long)kills, (unsigned long long)seed);
    for (int duty = 0; duty < DUTIES; duty++) {
        printf(" %llu in %s%s", (unsigned long long)by_duty[duty], duty_names[duty], duty + 1 < DUTIES ? "," : "");
    }
    printf("; %llu left a half-made segment, %llu one that was replaced, %llu nothing new\n"
           "%llu rows written, none lost, none twice, all marks right; %llu deleted by retention, none of them back\n",
           (unsigned long long)half_made, (unsigned long long)half_replaced, (unsigned long long)idle,
           (unsigned long long)written, (unsigned long long)deleted);
    return written > 0 && (kills < 50 || deleted > 0) ? 0 : 1;
}
