/* Runs of many rules with one pass for all their literals, and without: the same rows, findings and errors. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "engine/engine_internal.h"
#include "engine/rule_prefilter.h"
#include "match/match_set.h"
#include "tocsin/tocsin.h"

#define CORPUS TOCSIN_SOURCE_ROOT "/../shared/corpus"

static struct {
    tocsin_engine *engine;
    char folder[40];
    char log[64];
    char pack[64];
} fixture;

static uint64_t random_state = 0x9E3779B97F4A7C15u;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % limit;
}

/* ---- rules and logs ---------------------------------------------------------------------------------------------- */

/* What stands behind FROM events WHERE. Each kind of place that literals can be taken from, or must not. */
static const char *const conditions[] = {
    "\"Command\" ILIKE '%kubectl%'",
    "\"Command\" LIKE '%Kubectl%'",
    "\"Command\" ILIKE '%secret%' AND \"Command\" ILIKE '%get%'",
    "\"Command\" ILIKE '%docker%' OR \"Process Name\" = 'ls'",
    "\"Command\" ILIKE '%docker%' OR \"User ID\" = 5",
    "NOT (\"Command\" ILIKE '%docker%')",
    "\"Command\" NOT ILIKE '%a%' AND \"Command\" ILIKE '%ls%'",
    "\"Command\" IS NULL OR \"Command\" ILIKE '%init%'",
    "\"Command\" ILIKE '%caf\xC3\x89%'",
    "\"Command\" ILIKE '%\xC3\x89%'",
    "\"Command\" LIKE '%caf\xC3\xA9%'",
    ("\"Command\" ILIKE '%\xE2\x84\xAA"
     "ubectl%'"),
    "LOWER(\"Command\") LIKE '%init%'",
    "UPPER(\"Command\") LIKE '%INIT%'",
    "UPPER(\"Command\") = 'INIT'",
    "\"Command\" IN ('ls', 'init', 'no such command')",
    "\"Process Name\" IN ('sh', 'ls')",
    "username = 'root'",
    "username ILIKE 'N/A'",
    "username ILIKE '%unknown%' AND \"Command\" ILIKE '%sh%'",
    "UTF8(payload) ILIKE '%EXECVE%' AND \"Command\" ILIKE '%sh%'",
    "UTF8(payload) LIKE '%\xEF\xBF\xBD%'",
    "UTF8(payload) IMATCHES 'a0=.l'",
    "\"Command\" IMATCHES '(?i)KUBECTL|docker'",
    "\"Command\" MATCHES 'get .*s'",
    "\"Command\" ILIKE 'sh%' AND \"Command\" ILIKE '%c%'",
    "\"Command\" ILIKE '%x\ny%'",
    "\"Command\" ILIKE '%_%'",
    "\"Command\" ILIKE ''",
    "\"Command\" = ''",
    "\"No Such\" ILIKE '%docker%'",
    "\"Session ID\" = 7 AND \"Command\" ILIKE '%docker%'",
    "\"Command\" ILIKE '%zzzz%'",
    "CASE WHEN \"Command\" ILIKE '%docker%' THEN 'a' ELSE 'b' END = 'b' AND \"Command\" ILIKE '%sh%'",
    "username IN (SELECT username FROM events WHERE \"Command\" ILIKE '%docker%') AND \"Command\" ILIKE '%ls%'",
    "\"Command\" ILIKE '%aaaa%'",
    "REPLACEALL('x', \"Command\", '') ILIKE '%init%'",
    "CONCAT(\"Command\", 'docker') ILIKE '%docker%'",
    "\"Command\" ILIKE '%sh%' LAST 2 MINUTES",
    "\"Command\" ILIKE '%sh%' LIMIT 3",
    "\"Command\" ILIKE '%sh%' ORDER BY \"Command\" LIMIT 5",
    /* what stands beside a text, and where the value begins and ends */
    "\"Command\" ILIKE '%docker_get%'",
    "\"Command\" LIKE '%Docker__ls%'",
    "\"Command\" ILIKE 'kubectl %'",
    "\"Command\" ILIKE '%_ubectl'",
    "\"Command\" ILIKE '%caf_ docker%'",
    "\"Command\" ILIKE '%docker caf_'",
    "\"Command\" ILIKE 'init_get%secrets'",
    "\"Command\" LIKE '_nit'",
    "UPPER(\"Command\") LIKE '%INIT_GET%'",
    "UTF8(payload) LIKE '%argc=2 a0=6765_4%'",
    "\"Process Name\" = 'ls' AND \"Command\" ILIKE '%x_y%'",
    /* numbers */
    "\"User ID\" = 5",
    "\"User ID\" = 5 AND \"Session ID\" = 3",
    "\"User ID\" IN (1, 7, 400)",
    "\"User ID\" = 2 OR \"Session ID\" = 8",
    "\"User ID\" = 2 OR \"Session ID\" > 7",
    "NOT (\"User ID\" = 5) AND \"Session ID\" = 0",
    "\"User ID\" != 5 AND 6 = \"User ID\"",
    "\"User ID\" = 123456789",
    "\"User ID\" = 0 AND devicetype = 11",
    "\"No Such\" = 4",
    "\"User ID\" = 3 AND \"Session ID\" IN (SELECT \"Session ID\" FROM events WHERE \"User ID\" = 4)",
};

static const char *const queries[] = {
    "SELECT COUNT(*) AS n FROM events WHERE \"Command\" ILIKE '%docker%'",
    "SELECT COUNT(*) AS n FROM events WHERE \"Command\" ILIKE '%nothing of the kind%'",
    "SELECT \"Process Name\" AS p, COUNT(*) AS n FROM events WHERE \"Command\" ILIKE '%sh%' GROUP BY \"Process Name\" "
    "HAVING n > 2 ORDER BY p",
    "SELECT c FROM (SELECT \"Command\" AS c, username AS u FROM events WHERE \"Command\" ILIKE '%docker%') WHERE c "
    "ILIKE '%get%'",
    "SELECT n FROM (SELECT COUNT(*) AS n FROM events WHERE \"Command\" ILIKE '%nothing of the kind%')",
};

static void write_rule(size_t number, const char *query)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/rules/rule_%03zu.aql", fixture.pack, number);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "/* rule\nid: rule_%03zu\ntitle: Rule %zu\nstatus: stable\nlevel: low\ndescription: One.\n*/\n%s\n",
            number, number, query);
    assert_int_equal(fclose(file), 0);
}

static void write_pack(void)
{
    char path[128];
    assert_int_equal(mkdir(fixture.pack, 0700), 0);
    snprintf(path, sizeof(path), "%s/rules", fixture.pack);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/pack.yaml", fixture.pack);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("name: many\ntitle: Many\nversion: 1.0.0\ndescription: For a test.\n", file);
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < countof(conditions); i++) {
        char query[1024];
        snprintf(query, sizeof(query),
                 "SELECT starttime AS Time, username AS Identity, hostname AS Host, \"Command\" AS Detail FROM events "
                 "WHERE %s",
                 conditions[i]);
        write_rule(i, query);
    }
    for (size_t i = 0; i < countof(queries); i++) {
        write_rule(countof(conditions) + i, queries[i]);
    }
}

static void put_argument(FILE *file, int number, const char *text, size_t len)
{
    fprintf(file, " a%d=", number);
    for (size_t i = 0; i < len; i++) {
        fprintf(file, "%02X", (unsigned char)text[i]);
    }
}

/* Every tenth or so says nothing of a command. */
static void write_event(FILE *file, int number)
{
    static const char *const words[] = {
        "kubectl",
        "KUBECTL",
        "Kubectl",
        "docker",
        "Docker",
        "get",
        "secrets",
        "sh",
        "-c",
        "ls",
        "init",
        "\xC4\xB0nit",
        "\xE2\x84\xAA"
        "ubectl",
        "\xC5\xBF"
        "ecret",
        "caf\xC3\xA9",
        "CAF\xC3\x89",
        "\xFF\xFE",
        "x\ny",
        "a",
        "aaaa",
        "%",
        "_",
    };
    int stamp = 1700000000 + number / 5;
    fprintf(file, "type=SYSCALL msg=audit(%d.402:%d): arch=c000003e syscall=59 success=yes exit=0 uid=%u ses=%u ",
            stamp, number, random_below(8), random_below(9));
    fprintf(file, "comm=\"%s\" exe=\"/bin/%s\"\n", random_below(2) ? "ls" : "sh", random_below(2) ? "ls" : "sh");
    if (random_below(10) == 0) {
        return;
    }
    int count = 1 + (int)random_below(4);
    fprintf(file, "type=EXECVE msg=audit(%d.402:%d): argc=%d", stamp, number, count);
    for (int i = 0; i < count; i++) {
        const char *word = words[random_below(countof(words))];
        put_argument(file, i, word, strlen(word));
    }
    fputc('\n', file);
}

/* One that is longer than what is gathered, with the words at its end; then many that fill the heap. */
static void write_long_events(FILE *file, int number)
{
    size_t len = PREFILTER_VALUE_BYTES + 100;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'a', len);
    memcpy(text + len - 15, "docker get init", 15);
    for (int i = 0; i < 80; i++) {
        size_t used = i == 0 ? len : (size_t)PREFILTER_VALUE_BYTES / 16 + (size_t)i * 7;
        fprintf(file, "type=EXECVE msg=audit(1700000400.402:%d): argc=1", number + i);
        put_argument(file, 0, text + len - used, used);
        fputc('\n', file);
    }
    free(text);
}

enum { EVENTS = 6000 };

static int set_up(void **state)
{
    (void)state;
    snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/test_prefilter_XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    snprintf(fixture.log, sizeof(fixture.log), "%s/audit.log", fixture.folder);
    snprintf(fixture.pack, sizeof(fixture.pack), "%s/pack", fixture.folder);
    write_pack();
    FILE *file = fopen(fixture.log, "w");
    assert_non_null(file);
    for (int i = 0; i < EVENTS; i++) {
        write_event(file, i);
    }
    write_long_events(file, EVENTS);
    fputs("a line of somebody else about docker\n", file);
    assert_int_equal(fclose(file), 0);
    struct tocsin_engine_options options = {.time_zone = "UTC", .has_null_unknown_fields = true};
    assert_int_equal(tocsin_engine_create(&options, &fixture.engine, NULL), TOCSIN_OK);
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    tocsin_engine_free(fixture.engine);
    return nftw(fixture.folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- one run ----------------------------------------------------------------------------------------------------- */

struct result {
    struct strbuf output;
    tocsin_status status;
    char message[1024];
    uint64_t rows;
    uint64_t events;
};

static int collect(void *context, const char *bytes, size_t byte_count)
{
    strbuf_append(context, str_from(bytes, byte_count));
    return 0;
}

static void run_pack(const tocsin_pack *pack, const char *input, struct tocsin_run_options options,
                     struct result *result)
{
    struct tocsin_error err = {0};
    tocsin_run *run = NULL;
    *result = (struct result){0};
    strbuf_init(&result->output, UINT32_MAX);
    options.inputs = &input;
    options.input_count = 1;
    options.output = "ndjson";
    options.write = collect;
    options.write_context = &result->output;
    result->status = tocsin_run_pack(fixture.engine, pack, &options, &run, &err);
    while (result->status == TOCSIN_OK) {
        result->status = tocsin_run_step(run, &err);
    }
    snprintf(result->message, sizeof(result->message), "%s", err.message);
    if (run) {
        struct tocsin_summary summary;
        tocsin_run_summary(run, &summary);
        result->rows = summary.rows;
        result->events = summary.events;
    }
    tocsin_run_free(run);
}

static uint64_t compare_with(const tocsin_pack *pack, const char *input, struct tocsin_run_options options,
                             const struct result *without)
{
    struct result with;
    run_pack(pack, input, options, &with);
    assert_int_equal(with.status, without->status);
    assert_string_equal(with.message, without->message);
    assert_int_equal(with.rows, without->rows);
    assert_int_equal(with.events, without->events);
    assert_int_equal(with.output.len, without->output.len);
    assert_memory_equal(with.output.data, without->output.data, with.output.len);
    strbuf_release(&with.output);
    return with.rows;
}

/* With and without: all else is the same. */
static uint64_t compare(const tocsin_pack *pack, const char *input, struct tocsin_run_options options)
{
    struct result without;
    struct tocsin_run_options reads_all = options;
    reads_all.reads_all_rows = true;
    run_pack(pack, input, reads_all, &without);
    uint64_t rows = compare_with(pack, input, options, &without);
    strbuf_release(&without.output);
    return rows;
}

static tocsin_pack *open_pack(const char *path)
{
    struct tocsin_error err = {0};
    tocsin_pack *pack = NULL;
    if (tocsin_pack_open(fixture.engine, path, &pack, &err) != TOCSIN_OK) {
        fail_msg("%s: %s", path, err.message);
    }
    return pack;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

/* Whatever the size of batches: they are held against one run that takes as many rows at a time as there may be. */
static void test_same_answers(void **state)
{
    tocsin_pack *pack = open_pack(fixture.pack);
    const unsigned batch_rows[] = {0, 1, 100};
    for (unsigned kind = 0; kind < 4; kind++) {
        struct result without;
        struct tocsin_run_options options = {.threads = 1 + kind % 2,
                                             .keeps_rows = kind >= 2,
                                             .keeps_input_order = kind == 3,
                                             .now = kind == 1 ? "2023-11-14 22:43:00" : NULL,
                                             .reads_all_rows = true};
        run_pack(pack, fixture.log, options, &without);
        options.reads_all_rows = false;
        for (size_t i = 0; i < countof(batch_rows); i++) {
            options.batch_rows = batch_rows[i];
            assert_true(compare_with(pack, fixture.log, options, &without) > 1000);
        }
        strbuf_release(&without.output);
    }
    tocsin_pack_free(pack);
}

/* By the automaton, too, which stands in where the library is not. */
static void test_same_answers_without_the_library(void **state)
{
    tocsin_pack *pack = open_pack(fixture.pack);
    match_use_code(MATCH_AUTOMATON);
    assert_true(compare(pack, fixture.log, (struct tocsin_run_options){.keeps_rows = true}) > 1000);
    match_use_code(MATCH_BEST);
    tocsin_pack_free(pack);
}

/* By grams, which packs of many rules are looked for by. */
static void test_same_answers_by_grams(void **state)
{
    tocsin_pack *pack = open_pack(fixture.pack);
    match_use_code(MATCH_GRAMS);
    assert_true(compare(pack, fixture.log, (struct tocsin_run_options){.keeps_rows = true}) > 1000);
    assert_true(compare(pack, fixture.log, (struct tocsin_run_options){.threads = 2, .batch_rows = 7}) > 1000);
    match_use_code(MATCH_BEST);
    tocsin_pack_free(pack);
}

static void test_some_rules_only(void **state)
{
    tocsin_pack *pack = open_pack(fixture.pack);
    const char *rules[] = {"rule_000", "rule_001", "rule_003", "rule_008", "rule_035", "rule_005"};
    for (size_t count = 1; count <= countof(rules); count++) {
        struct tocsin_run_options options = {.rules = rules, .rule_count = count, .keeps_rows = true};
        assert_true(compare(pack, fixture.log, options) > 0);
    }
    tocsin_pack_free(pack);
}

static void test_own_pack(void **state)
{
    tocsin_pack *pack = open_pack("container-api");
    (void)compare(pack, TOCSIN_SOURCE_ROOT "/tests/data/live-enriched.log", (struct tocsin_run_options){.threads = 2});
    (void)compare(pack, TOCSIN_SOURCE_ROOT "/tests/data/kubernetes", (struct tocsin_run_options){.threads = 2});
    assert_true(compare(pack, TOCSIN_SOURCE_ROOT "/tests/data/live-raw.log",
                        (struct tocsin_run_options){.keeps_rows = true}) > 0);
    tocsin_pack_free(pack);
}

static void test_corpus(void **state)
{
    static const char *const folders[] = {CORPUS "/auditd", CORPUS "/k8s-audit", CORPUS "/docker"};
    if (access(CORPUS, R_OK) != 0) {
        print_message("skipped: there is no ../shared/corpus\n");
        skip();
    }
    tocsin_pack *packs[] = {open_pack("container-api"), open_pack(fixture.pack)};
    for (size_t i = 0; i < countof(folders); i++) {
        for (size_t j = 0; j < countof(packs) && access(folders[i], R_OK) == 0; j++) {
            uint64_t rows =
                compare(packs[j], folders[i], (struct tocsin_run_options){.keeps_rows = j == 1, .threads = 2});
            print_message("%s: %llu\n", folders[i] + strlen(CORPUS) + 1, (unsigned long long)rows);
        }
    }
    tocsin_pack_free(packs[0]);
    tocsin_pack_free(packs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_answers),    cmocka_unit_test(test_same_answers_without_the_library),
        cmocka_unit_test(test_same_answers_by_grams),
        cmocka_unit_test(test_some_rules_only), cmocka_unit_test(test_own_pack),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
