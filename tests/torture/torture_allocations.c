/* torture_allocations.c - fails the Nth allocation, for N = 1, 2, 3, ..., of a hunt from start to end.
 *
 *     torture_allocations INPUT...
 *
 * Whatever fails, the run must end with "out of memory" or with the right result, and AddressSanitizer must see
 * neither a bad access nor a leak. Every run goes through the public interface only; base/memory.h is the hook.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tocsin/tocsin.h"

enum { OUTPUT_BYTES_MAX = 1 << 20, EVERY_ALLOCATION_UP_TO = 1500, STEP_BEHIND = 7 };

/* AddressSanitizer's leak check, where it is linked in. */
__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

struct output {
    char bytes[OUTPUT_BYTES_MAX];
    size_t used;
};

static const char query_text[] = "SELECT DATEFORMAT(starttime, 'yyyy-MM-dd HH:mm:ss') AS t, username, \"Command\", "
                                 "CONCAT(UPPER(hostname), '/', STR(sourceip)) AS place FROM events "
                                 "WHERE \"Command\" ILIKE '%secret%' OR UTF8(payload) MATCHES 'tok[e]n' "
                                 "ORDER BY starttime DESC, username LIMIT 100 START 0";

static int collect(void *context, const char *bytes, size_t byte_count)
{
    struct output *output = context;
    if (byte_count > OUTPUT_BYTES_MAX - output->used) {
        return 28; /* ENOSPC */
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

/* A whole life: engine, pack or query, run. */
static tocsin_status live(const struct tocsin_run_options *options, bool is_hunt, struct tocsin_error *err)
{
    tocsin_engine *engine = NULL;
    tocsin_pack *pack = NULL;
    tocsin_query *query = NULL;
    tocsin_run *run = NULL;
    struct tocsin_engine_options engine_options = {.time_zone = "UTC"};
    tocsin_status status = tocsin_engine_create(&engine_options, &engine, err);
    if (status == TOCSIN_OK && is_hunt) {
        status = tocsin_pack_open(engine, "container-api", &pack, err);
        if (status == TOCSIN_OK) {
            status = tocsin_run_pack(engine, pack, options, &run, err);
        }
    } else if (status == TOCSIN_OK) {
        status = tocsin_query_prepare(engine, query_text, sizeof(query_text) - 1, "query", &query, err);
        if (status == TOCSIN_OK) {
            status = tocsin_run_query(engine, query, options, &run, err);
        }
    }
    if (status == TOCSIN_OK) {
        status = run_to_end(run, err);
    }
    if (status == TOCSIN_OK) {
        struct tocsin_summary summary;
        tocsin_run_summary(run, &summary);
        /* An input that was given up for lack of memory is an honest answer, told in the account. */
        for (size_t i = 0; i < summary.problem_count; i++) {
            status = summary.problems[i].status;
            *err = summary.problems[i];
        }
    }
    tocsin_run_free(run);
    tocsin_query_free(query);
    tocsin_pack_free(pack);
    tocsin_engine_free(engine);
    return status;
}

static bool leaks(void)
{
    return __lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check() != 0;
}

/* All allocations of one kind of run, each failing alone (or with all behind it). Gives the number of complaints. */
static unsigned torture(struct tocsin_run_options *options, bool is_hunt, bool is_repeated)
{
    static struct output wanted;
    static struct output got;
    struct tocsin_error err = {0};
    const char *name = is_hunt ? "hunt" : "query";
    wanted.used = 0;
    options->write_context = &wanted;
    uint64_t before = memory_statistics_get().allocation_count;
    if (live(options, is_hunt, &err) != TOCSIN_OK || wanted.used == 0) {
        printf("%s: without any failure: %s (%zu bytes of output)\n", name, err.message, wanted.used);
        return 1;
    }
    uint64_t total = memory_statistics_get().allocation_count - before;
    unsigned complaints = 0;
    unsigned tried = 0;
    options->write_context = &got;
    for (uint64_t n = 1; n <= total; n += n < EVERY_ALLOCATION_UP_TO ? 1 : STEP_BEHIND) {
        got.used = 0;
        err = (struct tocsin_error){0};
        memory_fail_at(n, is_repeated);
        tocsin_status status = live(options, is_hunt, &err);
        memory_fail_at(0, 0);
        tried++;
        bool is_same = got.used == wanted.used && memcmp(got.bytes, wanted.bytes, got.used) == 0;
        if (status != TOCSIN_ERROR_MEMORY && !(status == TOCSIN_OK && is_same)) {
            printf("%s: allocation %llu of %llu failed: %s, \"%s\"%s\n", name, (unsigned long long)n,
                   (unsigned long long)total, tocsin_status_name(status), err.message,
                   status == TOCSIN_OK ? ", but the result is wrong" : "");
            complaints++;
        }
        if (n % 50 == 0 && leaks()) {
            printf("%s: a leak at or before allocation %llu\n", name, (unsigned long long)n);
            return complaints + 1;
        }
    }
    printf("%s%s: %u of %llu allocations failed in turn, %u complaints\n", name, is_repeated ? ", all behind too" : "",
           tried, (unsigned long long)total, complaints);
    return complaints + leaks();
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: torture_allocations INPUT...\n");
        return 2;
    }
    struct tocsin_run_options options = {
        .inputs = (const char *const *)(argv + 1),
        .input_count = (size_t)argc - 1,
        .output = "ndjson",
        .shows_evidence = true,
        .write = collect,
    };
    unsigned complaints = 0;
    for (int round = 0; round < 4; round++) {
        complaints += torture(&options, round % 2 == 0, round >= 2);
    }
    return complaints > 0;
}
