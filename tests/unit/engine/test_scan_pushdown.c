/* What a source leaves out changes no answer: queries made at random, over logs and over a store of small blocks, where
 * all rows are read or only those that the query may want, on one thread and on two, in batches of any size. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "tocsin/tocsin.h"

static tocsin_engine *engine;
static char folder[64];
static char tied_logs[2][80];
static const char *logs[] = {TOCSIN_SOURCE_ROOT "/samples", tied_logs[0], tied_logs[1]};

static uint64_t random_state;

static uint32_t roll(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

static const char *any(const char *const *texts, size_t count)
{
    return texts[roll((uint32_t)count)];
}
#define ANY(texts) any(texts, countof(texts))

/* Events of the same millisecond: only their lines tell which comes first. */
static bool add_tied_events(const char *path, int first, int count)
{
    FILE *file = fopen(path, "ae");
    for (int i = first; file && i < first + count; i++) {
        fprintf(file,
                "type=SYSCALL msg=audit(1795403414.402:%d): arch=c000003e syscall=59 success=yes exit=0 ppid=1 "
                "pid=2 auid=1000 uid=0 comm=\"t\" exe=\"/bin/tied%d\" key=(null)\n"
                "type=EXECVE msg=audit(1795403414.402:%d): argc=2 a0=\"tied\" a1=\"%d\"\n"
                "type=PROCTITLE msg=audit(1795403414.402:%d): proctitle=\"tied\"\n",
                i, i, i, i, i);
    }
    return file && fclose(file) == 0;
}

static bool ingest_logs(void)
{
    struct tocsin_error err;
    tocsin_ingest *ingest = NULL;
    const struct tocsin_ingest_options options = {.store = folder,
                                                  .inputs = logs,
                                                  .input_count = countof(logs),
                                                  .is_once = true,
                                                  .block_rows = 16,
                                                  .segment_rows = 64};
    tocsin_status status = tocsin_ingest_create(engine, &options, &ingest, &err);
    while (status == TOCSIN_OK) {
        status = tocsin_ingest_step(ingest, &err);
    }
    tocsin_ingest_free(ingest);
    return status == TOCSIN_END;
}

/* The first of two logs grows when the other one is in the store already: its last events come behind those of the
 * other one, though they are before them. */
static bool fill_store(void)
{
    return add_tied_events(tied_logs[0], 0, 20) && add_tied_events(tied_logs[1], 20, 20) && ingest_logs() &&
           add_tied_events(tied_logs[0], 40, 20) && ingest_logs();
}

static int set_up(void **state)
{
    (void)state;
    const struct tocsin_engine_options options = {.time_zone = "UTC"};
    struct tocsin_error err;
    (void)snprintf(folder, sizeof(folder), "/tmp/tocsin-pushdown-%d", (int)getpid());
    (void)snprintf(tied_logs[0], sizeof(tied_logs[0]), "%s.a.log", folder);
    (void)snprintf(tied_logs[1], sizeof(tied_logs[1]), "%s.b.log", folder);
    return tocsin_engine_create(&options, &engine, &err) == TOCSIN_OK && fill_store() ? 0 : -1;
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
    (void)unlink(tied_logs[0]);
    (void)unlink(tied_logs[1]);
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- queries ---- */

static const char *const tests[] = {
    "\"Command\" ILIKE '%kubectl%'",
    "\"Command\" ILIKE '%docker%'",
    "\"Command\" LIKE '%curl%--unix-socket%'",
    "\"Command\" MATCHES '(curl|wget) .*http'",
    "\"Command\" IMATCHES 'KUBECTL +(get|describe) +secrets?'",
    "\"Command\" IS NULL",
    "NOT \"Command\" ILIKE '%a%'",
    "STRLEN(\"Command\") > 20",
    "\"Process Name\" IN ('curl', 'kubectl', 'cat')",
    "\"Process Name\" = 'docker'",
    "LOWER(\"Process Name\") LIKE '%ba%'",
    "LOGSOURCETYPENAME(devicetype) = 'Linux OS'",
    "LOGSOURCETYPENAME(devicetype) ILIKE '%kube%'",
    "username = 'root'",
    "username ILIKE '%o%'",
    "username IS NOT NULL",
    "hostname LIKE 'node%'",
    "hostname = username",
    "severity > 3",
    "severity BETWEEN 3 AND 5",
    "severity IN (5, 7)",
    "category <> 8110",
    "qid % 3 = 0",
    "sourceip = '0.0.0.0'",
    "INCIDR('10.0.0.0/8', sourceip)",
    "isunparsed = FALSE",
    "UTF8(payload) ILIKE '%secret%'",
    "UTF8(payload) MATCHES 'type=(EXECVE|PROCTITLE)'",
    "starttime > 1764000000000",
    "starttime < NOW() - 1000",
    "username IN (SELECT username FROM events WHERE \"Command\" ILIKE '%docker%')",
    "CASE WHEN severity > 4 THEN username ELSE hostname END LIKE '%e%'",
};

static void make_condition(struct strbuf *text, int depth)
{
    uint32_t kind = depth < 3 ? roll(5) : 4;
    if (kind == 4) {
        strbuf_append(text, str_from_cstring(ANY(tests)));
        return;
    }
    const char *between = roll(2) ? " AND " : " OR ";
    uint32_t count = 1 + roll(3);
    strbuf_append(text, kind == 0 ? STR("NOT (") : STR("("));
    for (uint32_t i = 0; i < count; i++) {
        strbuf_append(text, i > 0 ? str_from_cstring(between) : STR_EMPTY);
        make_condition(text, depth + 1);
    }
    strbuf_append(text, STR(")"));
}

static void make_query(struct strbuf *text)
{
    static const char *const lists[] = {
        "qid, starttime, \"Command\"",
        "username, hostname, severity",
        "UTF8(payload)",
        "*",
        "\"Process Name\" AS p, hostname, sourceip, LOGSOURCETYPENAME(devicetype), \"Command\"",
        "CASE WHEN \"Command\" ILIKE '%secret%' THEN 5 ELSE 0 END + severity AS r, username",
    };
    static const char *const orders[] = {"", "", " ORDER BY starttime", " ORDER BY username DESC, qid",
                                         " ORDER BY severity",
                                         " ORDER BY STRLEN(\"Command\") DESC"};
    static const char *const groups[] = {
        "username, COUNT(*) AS n FROM events%s GROUP BY username ORDER BY n DESC",
        "hostname, username, COUNT(*) AS n, MAX(severity) AS m FROM events%s GROUP BY hostname, username",
        ("\"Process Name\" AS p, FIRST(\"Command\") AS f, UNIQUECOUNT(username) AS u FROM events%s GROUP BY p "
         "HAVING COUNT(*) > 1"),
        "COUNT(*) AS n, MIN(starttime) AS a, LAST(qid) AS z FROM events%s",
        "severity % 3 AS s, category, SUM(eventcount) AS e FROM events%s GROUP BY s, category ORDER BY e DESC",
    };
    static const char *const times[] = {
        "", "", "", " LAST 30 DAYS", " START '2026-01-01 00:00'", " START 0 STOP 1795000000000", " LAST 2 HOURS"};
    struct strbuf where;
    strbuf_init(&where, MEBI);
    if (roll(8) > 0) {
        strbuf_append(&where, STR(" WHERE "));
        make_condition(&where, 0);
    }
    strbuf_clear(text);
    strbuf_append(text, STR("SELECT "));
    bool is_nested = false;
    bool has_limit = roll(3) == 0;
    if (roll(2)) {
        str group = str_from_cstring(ANY(groups));
        size_t hole = str_find(group, STR("%s"), 0);
        strbuf_append(text, str_slice(group, 0, hole));
        strbuf_append(text, strbuf_str(&where));
        strbuf_append(text, str_skip(group, hole + 2));
    } else if (roll(6) == 0) {
        is_nested = true;
        strbuf_append(text, STR("username, COUNT(*) AS n FROM (SELECT username, severity FROM events"));
        strbuf_append(text, strbuf_str(&where));
        strbuf_append(text, STR(") WHERE severity > 2 GROUP BY username"));
    } else {
        strbuf_append(text, str_from_cstring(ANY(lists)));
        strbuf_append(text, STR(" FROM events"));
        strbuf_append(text, strbuf_str(&where));
        strbuf_append(text, str_from_cstring(ANY(orders)));
        has_limit |= roll(2) == 0; /* then most columns are read at the end */
    }
    if (has_limit) {
        strbuf_append_format(text, " LIMIT %u", 1 + roll(20));
    }
    strbuf_append(text, is_nested ? STR_EMPTY : str_from_cstring(ANY(times)));
    strbuf_release(&where);
}

/* ---- answers ---- */

static int keep(void *context, const char *bytes, size_t byte_count)
{
    strbuf_append(context, (str){bytes, byte_count});
    return 0;
}

static void ask(const tocsin_query *query, struct tocsin_run_options options, struct strbuf *answer, const char *text)
{
    struct tocsin_error err = {0};
    tocsin_run *run = NULL;
    strbuf_clear(answer);
    options.write = keep;
    options.write_context = answer;
    tocsin_status status = tocsin_run_query(engine, query, &options, &run, &err);
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, &err);
    }
    if (status != TOCSIN_END) {
        fail_msg("%s: %s", text, err.message);
    }
    tocsin_run_free(run);
}

static void answers_are_the_same(void **state)
{
    (void)state;
    enum { ROUNDS = 250 };
    struct strbuf text;
    struct strbuf plain;
    struct strbuf answer;
    size_t with_rows = 0;
    const char *seed = getenv("TOCSIN_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 42;
    strbuf_init(&text, MEBI);
    strbuf_init(&plain, 64 * MEBI);
    strbuf_init(&answer, 64 * MEBI);
    for (int round = 0; round < ROUNDS; round++) {
        struct tocsin_error err = {0};
        tocsin_query *query = NULL;
        make_query(&text);
        strbuf_append_char(&text, '\0');
        if (tocsin_query_prepare(engine, text.data, text.len - 1, "query", &query, &err) != TOCSIN_OK) {
            fail_msg("%s: %s", text.data, err.message);
        }
        const char *now = roll(2) ? "2026-11-23T12:00:00Z" : NULL;
        const char *output = roll(4) == 0 ? "ndjson" : "csv"; /* with the lines of each row, or none */
        const struct tocsin_run_options ways[] = {
            {.inputs = logs, .input_count = countof(logs), .output = output, .now = now, .parses_all = true},
            {.inputs = logs, .input_count = countof(logs), .output = output, .now = now, .threads = 2},
            {.store = folder, .output = output, .now = now, .reads_all_rows = true},
            {.store = folder, .output = output, .now = now},
            {.store = folder, .output = output, .now = now, .threads = 2, .batch_rows = 1 + roll(30)},
        };
        ask(query, ways[0], &plain, text.data);
        with_rows += plain.len > 60;
        for (size_t way = 1; way < countof(ways); way++) {
            ask(query, ways[way], &answer, text.data);
            if (!str_eq(strbuf_str(&plain), strbuf_str(&answer))) {
                fail_msg("%s\nas it is: %.*s\nway %zu: %.*s", text.data, STR_ARG(str_slice(strbuf_str(&plain), 0, 600)),
                         way, STR_ARG(str_slice(strbuf_str(&answer), 0, 600)));
            }
        }
        tocsin_query_free(query);
    }
    print_message("%zu of %d queries find something\n", with_rows, ROUNDS);
    assert_true(with_rows > ROUNDS / 3);
    strbuf_release(&text);
    strbuf_release(&plain);
    strbuf_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests_of_all[] = {
        cmocka_unit_test(answers_are_the_same),
    };
    return cmocka_run_group_tests(tests_of_all, set_up, tear_down);
}
