/* With ORDER BY and LIMIT most columns are read of the rows of the answer alone. Its rows are the first ones of the
 * same query without LIMIT, whatever is damaged. Of GROUP BY the lines of the groups in the answer are. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "tocsin/tocsin.h"

static tocsin_engine *engine;
static char folder[64];
static char log_path[80];
static const char *logs[] = {TOCSIN_SOURCE_ROOT "/samples", log_path};

/* Long commands, so that some are no dictionary's; times that go up and down. */
static bool write_log(void)
{
    FILE *file = fopen(log_path, "we");
    for (int i = 0; file && i < 300; i++) {
        fprintf(file,
                "type=SYSCALL msg=audit(%d.%03d:%d): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=%d "
                "auid=1000 uid=%d comm=\"t\" exe=\"/bin/t%d\" key=(null)\n"
                "type=EXECVE msg=audit(%d.%03d:%d): argc=2 a0=\"run\" a1=\"%d-%0*d\"\n"
                "type=PROCTITLE msg=audit(%d.%03d:%d): proctitle=\"t\"\n",
                1795403400 + i * 7 % 50, i % 3, i, i, i % 5, i % 11, 1795403400 + i * 7 % 50, i % 3, i, i, 1 + i % 90,
                i, 1795403400 + i * 7 % 50, i % 3, i);
    }
    return file && fclose(file) == 0;
}

/* Each ingest makes a segment. */
static bool ingest_log(const char *const *log)
{
    struct tocsin_error err;
    tocsin_ingest *ingest = NULL;
    const struct tocsin_ingest_options options = {
        .store = folder, .inputs = log, .input_count = 1, .block_rows = 40};
    tocsin_status status = tocsin_ingest_create(engine, &options, &ingest, &err);
    while (status == TOCSIN_OK) {
        status = tocsin_ingest_step(ingest, &err);
    }
    tocsin_ingest_free(ingest);
    return status == TOCSIN_END;
}

static int set_up(void **state)
{
    (void)state;
    const struct tocsin_engine_options options = {.time_zone = "UTC"};
    struct tocsin_error err;
    (void)snprintf(folder, sizeof(folder), "/tmp/tocsin-late-%d", (int)getpid());
    (void)snprintf(log_path, sizeof(log_path), "%s.log", folder);
    return write_log() && tocsin_engine_create(&options, &engine, &err) == TOCSIN_OK && ingest_log(&logs[1]) &&
                   ingest_log(&logs[0])
               ? 0
               : -1;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    tocsin_engine_free(engine);
    (void)unlink(log_path);
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static int keep(void *context, const char *bytes, size_t byte_count)
{
    strbuf_append(context, (str){bytes, byte_count});
    return 0;
}

/* Gives the number of problems that the run had. */
static size_t ask(const char *text, struct tocsin_run_options options, struct strbuf *answer)
{
    struct tocsin_error err = {0};
    struct tocsin_summary summary;
    tocsin_query *query = NULL;
    tocsin_run *run = NULL;
    strbuf_clear(answer);
    options.write = keep;
    options.write_context = answer;
    tocsin_status status = tocsin_query_prepare(engine, text, strlen(text), "query", &query, &err);
    status = status == TOCSIN_OK ? tocsin_run_query(engine, query, &options, &run, &err) : status;
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, &err);
    }
    if (status != TOCSIN_END) {
        fail_msg("%s: %s", text, err.message);
    }
    tocsin_run_summary(run, &summary);
    size_t problems = summary.problem_count;
    tocsin_run_free(run);
    tocsin_query_free(query);
    return problems;
}

/* The first so many lines. */
static str first_lines(str text, uint32_t count)
{
    size_t end = 0;
    for (uint32_t i = 0; i < count && end < text.len; i++) {
        size_t line_end = str_find_char(text, '\n', end);
        end = line_end == SIZE_MAX ? text.len : line_end + 1;
    }
    return str_slice(text, 0, end);
}

static const char *const queries[] = {
    "SELECT * FROM events",
    "SELECT starttime, \"Command\", username FROM events ORDER BY username DESC",
    "SELECT \"Command\", \"Process Name\", UTF8(payload) AS p, sourceip FROM events WHERE \"Command\" ILIKE '%1%' "
    "ORDER BY STRLEN(\"Command\") DESC, qid",
    "SELECT \"Process Name\", CASE WHEN \"Process Name\" LIKE '%3' THEN 1 ELSE 0 END AS n, hostname FROM events "
    "WHERE username IS NOT NULL ORDER BY severity",
};

/* True: something was found damaged. */
static bool compare(struct strbuf *all, struct strbuf *some)
{
    static const uint32_t limits[] = {1, 7, 60, 1000};
    static const char *const outputs[] = {"tsv", "ndjson"};
    bool has_problems = false;
    for (size_t i = 0; i < countof(queries) * countof(outputs); i++) {
        const char *query = queries[i / countof(outputs)];
        const char *output = outputs[i % countof(outputs)];
        const struct tocsin_run_options whole = {.store = folder, .output = output};
        size_t problems = ask(query, whole, all);
        has_problems |= problems > 0;
        for (size_t k = 0; k < countof(limits); k++) {
            const struct tocsin_run_options options = {.store = folder,
                                                       .output = output,
                                                       .threads = 1 + (uint32_t)(i + k) % 2,
                                                       .memory_bytes = k == 3 ? 20000 : 0,
                                                       .batch_rows = k == 2 ? 3 : 0};
            char text[400];
            (void)snprintf(text, sizeof(text), "%s LIMIT %u", query, limits[k]);
            (void)ask(text, options, some);
            str wanted = first_lines(strbuf_str(all), limits[k] + (i % countof(outputs) == 0));
            if (!str_eq(wanted, strbuf_str(some))) {
                fail_msg("%s\nwithout limit: %.*s\nwith it: %.*s", text, STR_ARG(str_slice(wanted, 0, 1000)),
                         STR_ARG(str_slice(strbuf_str(some), 0, 1000)));
            }
        }
    }
    return has_problems;
}

static void answers_are_those_of_whole_rows(void **state)
{
    (void)state;
    struct strbuf all;
    struct strbuf some;
    strbuf_init(&all, 64 * MEBI);
    strbuf_init(&some, 64 * MEBI);
    assert_false(compare(&all, &some));
    strbuf_release(&all);
    strbuf_release(&some);
}

static const char *const group_queries[] = {
    "SELECT username, COUNT(*) AS n FROM events GROUP BY username",
    "SELECT \"Command\" AS c, COUNT(*) AS n, MAX(starttime) AS t FROM events GROUP BY c ORDER BY t DESC, c LIMIT 70",
    "SELECT qid, FIRST(\"Command\") AS c, LAST(\"Process Name\") AS p, COUNT(*) AS n FROM events "
    "WHERE qid > 0 GROUP BY qid HAVING n > 1 LIMIT 3",
    "SELECT COUNT(*) AS n, UNIQUECOUNT(\"Command\") AS c FROM events WHERE \"Command\" ILIKE '%1%'",
    "SELECT \"Process Name\" AS p, hostname, SUM(STRLEN(UTF8(payload))) AS s FROM events GROUP BY p, hostname "
    "ORDER BY s DESC",
    "SELECT n, COUNT(*) AS m FROM (SELECT username, COUNT(*) AS n FROM events GROUP BY username) GROUP BY n",
};

static void groups_show_the_lines_of_whole_rows(void **state)
{
    (void)state;
    enum { VARIANTS = 5 };
    struct strbuf whole;
    struct strbuf some;
    strbuf_init(&whole, 64 * MEBI);
    strbuf_init(&some, 64 * MEBI);
    for (size_t i = 0; i < countof(group_queries) * VARIANTS; i++) {
        const char *query = group_queries[i / VARIANTS];
        size_t variant = i % VARIANTS;
        struct tocsin_run_options options = {.store = folder,
                                             .output = "ndjson",
                                             .threads = 1 + (uint32_t)variant % 2,
                                             .memory_bytes = variant == 3 ? 50000 : 0,
                                             .batch_rows = variant == 2 ? 1 : variant == 4 ? 3 : 0,
                                             .keeps_input_order = variant == 4};
        assert_int_equal(ask(query, options, &some), 0);
        options.reads_all_rows = true;
        assert_int_equal(ask(query, options, &whole), 0);
        assert_true(whole.len > 0);
        if (!str_eq(strbuf_str(&whole), strbuf_str(&some))) {
            fail_msg("%s\nwhole rows: %.*s\nelse: %.*s", query, STR_ARG(str_slice(strbuf_str(&whole), 0, 1000)),
                     STR_ARG(str_slice(strbuf_str(&some), 0, 1000)));
        }
    }
    strbuf_release(&whole);
    strbuf_release(&some);
}

/* Rows whose lines are shown by no group may be damaged: they are there as if nobody wanted lines. Else all rows are
 * read whole. */
static bool compare_groups(struct strbuf *whole, struct strbuf *plain, struct strbuf *some)
{
    bool has_problems = false;
    for (size_t i = 0; i < countof(group_queries); i++) {
        struct tocsin_run_options options = {.store = folder, .output = "tsv"};
        (void)ask(group_queries[i], options, plain);
        options.shows_evidence = true;
        has_problems |= ask(group_queries[i], options, some) > 0;
        options.reads_all_rows = true;
        (void)ask(group_queries[i], options, whole);
        if (!str_eq(strbuf_str(whole), strbuf_str(some)) && !str_eq(strbuf_str(plain), strbuf_str(some))) {
            fail_msg("%s\nwhole rows: %.*s\nelse: %.*s", group_queries[i],
                     STR_ARG(str_slice(strbuf_str(whole), 0, 1000)), STR_ARG(str_slice(strbuf_str(some), 0, 1000)));
        }
    }
    return has_problems;
}

/* Flips a bit, asks, and flips it back. */
static void damage_changes_no_answer(void **state)
{
    (void)state;
    enum { FLIPS = 24 };
    struct strbuf all;
    struct strbuf some;
    struct strbuf plain;
    glob_t files = {0};
    char pattern[100];
    uint32_t found = 0;
    uint32_t found_by_groups = 0;
    strbuf_init(&all, 64 * MEBI);
    strbuf_init(&some, 64 * MEBI);
    strbuf_init(&plain, 64 * MEBI);
    (void)snprintf(pattern, sizeof(pattern), "%s/*.segment", folder);
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    assert_true(files.gl_pathc > 1); /* and so rows of the answer are of several */
    for (uint32_t i = 0; i < FLIPS; i++) {
        const char *path = files.gl_pathv[i % files.gl_pathc];
        struct stat info;
        char byte;
        int file = open(path, O_RDWR | O_CLOEXEC);
        assert_true(file >= 0 && fstat(file, &info) == 0);
        /* Of the blocks, which are the first half of a segment at least. */
        off_t at = 64 + (off_t)(i + 1) * (info.st_size / 2) / (FLIPS + 1);
        assert_int_equal(pread(file, &byte, 1, at), 1);
        byte ^= 0x10;
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
        found += compare(&all, &some);
        found_by_groups += compare_groups(&all, &plain, &some);
        byte ^= 0x10;
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
        assert_int_equal(close(file), 0);
    }
    print_message("%u of %d flipped bits were found, %u by groups\n", found, FLIPS, found_by_groups);
    assert_true(found > FLIPS / 8 && found_by_groups > FLIPS / 8);
    assert_false(compare(&all, &some));
    globfree(&files);
    strbuf_release(&all);
    strbuf_release(&some);
    strbuf_release(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_whole_rows),
        cmocka_unit_test(groups_show_the_lines_of_whole_rows),
        cmocka_unit_test(damage_changes_no_answer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
