/* torture_allocations.c - fails the Nth allocation, for N = 1, 2, 3, ..., of a hunt from start to end.
 *
 *     torture_allocations INPUT...
 *
 * Whatever fails, the run must end with "out of memory" or with the right result, and AddressSanitizer must see
 * neither a bad access nor a leak. Every run goes through the public interface only; base/memory.h is the hook.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tocsin/tocsin.h"

enum { OUTPUT_BYTES_MAX = 1 << 20, ENGINE_FAILURES = 250, HUNT_FAILURES = 100, LEAK_CHECK_EVERY = 50 };

/* AddressSanitizer's leak check, where it is linked in. */
__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

#define SMALL_PACK TOCSIN_SOURCE_ROOT "/tests/torture/pack"

struct output {
    char bytes[OUTPUT_BYTES_MAX];
    size_t used;
};

static const char plain_query[] = "SELECT DATEFORMAT(starttime, 'yyyy-MM-dd HH:mm:ss') AS t, username, \"Command\", "
                                  "CONCAT(UPPER(hostname), '/', STR(sourceip)) AS place FROM events "
                                  "WHERE \"Command\" ILIKE '%secret%' OR UTF8(payload) MATCHES 'tok[e]n' "
                                  "ORDER BY starttime DESC, username LIMIT 100 START 0";
static const char grouped_query[] =
    "SELECT hostname, COUNT(*) AS n, MAX(c), UNIQUECOUNT(c), DISTINCTCOUNT(c), STDEV(t), AVG(DOUBLE(t) / 7), LAST(c), "
    "p "
    "FROM (SELECT hostname, \"Command\" AS c, starttime AS t, UTF8(payload) AS p FROM events "
    "WHERE hostname IN (SELECT hostname FROM events GROUP BY hostname)) "
    "GROUP BY hostname HAVING n > 0 ORDER BY hostname COLLATE 'de', n DESC";
static const char session_query[] = "SELECT sessionid, hostname, COUNT(*), MIN(starttime) FROM events "
                                    "GROUP BY sessionid, hostname SESSION BY starttime hostname, username "
                                    "BEGIN UTF8(payload) ILIKE '%e%' END NOW() < starttime TIMEOUT 5000";

/* For the SQL of ClickHouse: conditions of each kind, those that it can't do, and first rows. */
static const char asked_query[] =
    "SELECT username, \"Command\" FROM events WHERE (username ILIKE '%k%' OR username IMATCHES 'su(do)?') "
    "AND NOT (eventcount < 2 OR INCIDR('10.0.0.0/8', sourceip)) AND hostname IN ('a', 'b', 'c') "
    "AND (UTF8(payload) MATCHES '(a)\\1bc' OR LONG(\"Command\") > 3 OR username IS NULL) "
    "AND \"Command\" LIKE 'a_c%' ORDER BY eventcount DESC, username LIMIT 5 START 0 STOP 1704153600000";
static const char asked_groups[] =
    "SELECT UPPER(username) AS u, COUNT(*) AS n, SUM(eventcount), AVG(eventcount), MAX(starttime), FIRST(hostname), "
    "UNIQUECOUNT(sourceip), STDEV(eventcount) FROM events WHERE username ILIKE '%s%' "
    "GROUP BY UPPER(username), eventcount + 1 HAVING n > 1 ORDER BY n DESC LIMIT 5";

static int collect(void *context, const char *bytes, size_t byte_count)
{
    struct output *output = context;
    if (byte_count > OUTPUT_BYTES_MAX - output->used) {
        return ENOSPC;
    }
    memcpy(output->bytes + output->used, bytes, byte_count);
    output->used += byte_count;
    return 0;
}

static tocsin_status run_to_end(tocsin_run *run, struct tocsin_error *err)
{
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, err);
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

/* What is tortured. `engine` is made beforehand, but for the first kind. */
struct victim {
    const char *name;
    tocsin_status (*live)(struct victim *victim, struct tocsin_error *err);
    const char *query; /* or the pack of a hunt */
    const char *kind; /* of output; or the server that is explained */
    uint64_t failures_max;
    tocsin_engine *engine;
    struct tocsin_run_options options;
    struct output output;
};

static tocsin_status live_engine(struct victim *victim, struct tocsin_error *err)
{
    tocsin_engine *engine = NULL;
    struct tocsin_engine_options options = {.time_zone = "Europe/Berlin"};
    tocsin_status status = tocsin_engine_create(&options, &engine, err);
    tocsin_engine_free(engine);
    return status;
}

/* Runs to the end. An input that was given up for lack of memory is an honest answer, told in the account. */
static tocsin_status finish_run(tocsin_run *run, struct tocsin_error *err)
{
    tocsin_status status = run_to_end(run, err);
    if (status == TOCSIN_OK) {
        struct tocsin_summary summary;
        tocsin_run_summary(run, &summary);
        if (summary.problem_count > 0) {
            status = summary.problems[0].status;
            *err = summary.problems[0];
        }
    }
    tocsin_run_free(run);
    return status;
}

static tocsin_status live_hunt(struct victim *victim, struct tocsin_error *err)
{
    tocsin_pack *pack = NULL;
    tocsin_run *run = NULL;
    tocsin_status status = tocsin_pack_open(victim->engine, victim->query, &pack, err);
    if (status == TOCSIN_OK) {
        status = tocsin_run_pack(victim->engine, pack, &victim->options, &run, err);
    }
    status = status == TOCSIN_OK ? finish_run(run, err) : status;
    tocsin_pack_free(pack);
    return status;
}

static tocsin_status live_query(struct victim *victim, struct tocsin_error *err)
{
    tocsin_query *query = NULL;
    tocsin_run *run = NULL;
    tocsin_status status =
        tocsin_query_prepare(victim->engine, victim->query, strlen(victim->query), "query", &query, err);
    if (status == TOCSIN_OK) {
        status = tocsin_run_query(victim->engine, query, &victim->options, &run, err);
    }
    status = status == TOCSIN_OK ? finish_run(run, err) : status;
    tocsin_query_free(query);
    return status;
}

/* What would be asked of ClickHouse. */
static tocsin_status live_explain(struct victim *victim, struct tocsin_error *err)
{
    tocsin_query *query = NULL;
    const struct tocsin_explain_options options = {
        .write = victim->options.write, .write_context = victim->options.write_context, .on = victim->kind};
    tocsin_status status =
        tocsin_query_prepare(victim->engine, victim->query, strlen(victim->query), "query", &query, err);
    status = status == TOCSIN_OK ? tocsin_explain_query(victim->engine, query, &options, err) : status;
    tocsin_query_free(query);
    return status;
}

/* The statements that make its tables. */
static tocsin_status live_tables(struct victim *victim, struct tocsin_error *err)
{
    const struct tocsin_tables_options options = {
        .cluster = victim->kind ? "c" : NULL, .database = "d", .dialect = victim->kind};
    return tocsin_tables(victim->engine, &options, victim->options.write, victim->options.write_context, err);
}

static bool leaks(void)
{
    return __lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check() != 0;
}

/* One run in which allocation n fails; true if it ended as it should. */
static bool survives(struct victim *victim, uint64_t n, bool is_repeated, const struct output *wanted)
{
    struct tocsin_error err = {0};
    victim->output.used = 0;
    memory_fail_at(n, is_repeated);
    tocsin_status status = victim->live(victim, &err);
    memory_fail_at(0, 0);
    bool is_same =
        victim->output.used == wanted->used && memcmp(victim->output.bytes, wanted->bytes, wanted->used) == 0;
    if (status == TOCSIN_ERROR_MEMORY || (status == TOCSIN_OK && is_same)) {
        return true;
    }
    printf("%s: allocation %llu failed: %s, \"%s\"%s\n", victim->name, (unsigned long long)n,
           tocsin_status_name(status), err.message, status == TOCSIN_OK ? ", but the result is wrong" : "");
    return false;
}

/* Each allocation fails alone, then with all behind it. Gives the number of complaints. */
static unsigned torture(struct victim *victim, uint64_t failures_max)
{
    static struct output wanted;
    struct tocsin_error err = {0};
    uint64_t before = memory_statistics_get().allocation_count;
    victim->output.used = 0;
    if (victim->live(victim, &err) != TOCSIN_OK) {
        printf("%s: without any failure: %s\n", victim->name, err.message);
        return 1;
    }
    wanted = victim->output;
    uint64_t total = memory_statistics_get().allocation_count - before;
    uint64_t step = total > failures_max ? total / failures_max : 1;
    unsigned complaints = 0;
    unsigned tried = 0;
    for (uint64_t n = 1; n <= total; n += step) {
        complaints += survives(victim, n, false, &wanted) ? 0 : 1;
        complaints += survives(victim, n, true, &wanted) ? 0 : 1;
        tried += 2;
        if (tried % LEAK_CHECK_EVERY == 0 && leaks()) {
            printf("%s: a leak at or before allocation %llu\n", victim->name, (unsigned long long)n);
            return complaints + 1;
        }
    }
    printf("%s: %llu allocations, %u runs with failures, %u complaints\n", victim->name, (unsigned long long)total,
           tried, complaints);
    return complaints + (leaks() ? 1 : 0);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: torture_allocations INPUT...\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* should one hang, the others are told */
    static struct victim victims[] = {
        {.name = "engine", .live = live_engine},
        {.name = "hunt", .live = live_hunt, .query = "container-api", .failures_max = HUNT_FAILURES},
        {.name = "findings", .live = live_hunt, .query = SMALL_PACK},
        {.name = "report", .live = live_hunt, .query = SMALL_PACK, .kind = "html"},
        {.name = "query", .live = live_query, .query = plain_query},
        {.name = "groups", .live = live_query, .query = grouped_query},
        {.name = "sessions", .live = live_query, .query = session_query},
        {.name = "SQL for 18.16", .live = live_explain, .query = asked_query, .kind = "clickhouse-18.16:"},
        {.name = "SQL for 24", .live = live_explain, .query = asked_query, .kind = "clickhouse-24:"},
        {.name = "groups for 18.16", .live = live_explain, .query = asked_groups, .kind = "clickhouse-18.16:"},
        {.name = "groups for 24", .live = live_explain, .query = asked_groups, .kind = "clickhouse-24:"},
        {.name = "groups of a sub-select for 24", .live = live_explain, .query = grouped_query,
         .kind = "clickhouse-24:"},
        {.name = "tables for a cluster", .live = live_tables, .kind = "18.16"},
        {.name = "tables", .live = live_tables}};
    unsigned complaints = torture(&victims[0], ENGINE_FAILURES);
    struct tocsin_engine_options options = {.time_zone = "UTC"};
    struct tocsin_error err = {0};
    tocsin_engine *engine = NULL;
    if (tocsin_engine_create(&options, &engine, &err) != TOCSIN_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (size_t i = 1; i < sizeof(victims) / sizeof(victims[0]); i++) {
        victims[i].engine = engine;
        victims[i].options = (struct tocsin_run_options){
            .inputs = (const char *const *)(argv + 1),
            .input_count = (size_t)argc - 1,
            .output = victims[i].kind ? victims[i].kind : "ndjson",
            .shows_excepted = true,
            .shows_evidence = true,
            .write = collect,
            .write_context = &victims[i].output,
        };
        complaints += torture(&victims[i], victims[i].failures_max ? victims[i].failures_max : UINT64_MAX);
        if (victims[i].live(&victims[i], &err) != TOCSIN_OK || victims[i].output.used == 0) {
            printf("%s: finds nothing, so it tests little\n", victims[i].name);
            complaints++;
        }
    }
    tocsin_engine_free(engine);
    return complaints > 0;
}
