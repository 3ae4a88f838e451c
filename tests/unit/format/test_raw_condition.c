/* Conditions asked of the value of one field: against a plain walk over the condition, over random conditions and
 * values; what audit_arguments_join gives is the row's command; and events that nobody wants are passed, which is what
 * it is for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "../../support/audit_collect.h"
#include "../../support/reader_digest.h"

#include "format/audit_event.h"
#include "format/literal_scan.h"
#include "format/raw_condition.h"

static uint64_t random_state = 11;

static uint32_t pick(uint32_t count)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % count;
}

enum { OUR_FIELD = 70, OTHER_FIELD = 71 };

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_NO_LIMIT);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* ---- conditions ---- */

static const struct raw_condition *literal(field_id field, bool ignores_case, const char *text)
{
    struct raw_condition *condition = arena_new(&arena, struct raw_condition);
    assert_non_null(condition);
    condition->kind = RAW_LITERAL;
    condition->literal = (struct raw_literal){field, ignores_case, str_from_cstring(text)};
    return condition;
}

static const struct raw_condition *join(int kind, uint32_t count, const struct raw_condition *const *parts)
{
    struct raw_condition *condition = arena_new(&arena, struct raw_condition);
    const struct raw_condition **copies = arena_array(&arena, const struct raw_condition *, count);
    assert_true(condition && copies);
    memcpy(copies, parts, count * sizeof(*parts));
    condition->kind = kind == RAW_ALL ? RAW_ALL : RAW_ANY;
    condition->parts = copies;
    condition->count = count;
    return condition;
}

#define ALL(...) JOIN(RAW_ALL, __VA_ARGS__)
#define ANY(...) JOIN(RAW_ANY, __VA_ARGS__)
#define JOIN(kind, ...)                                                                                                \
    join((kind), sizeof((const struct raw_condition *[]){__VA_ARGS__}) / sizeof(const struct raw_condition *),         \
         (const struct raw_condition *[]){__VA_ARGS__})

static bool is_in(str value, const struct raw_literal *wanted, bool ignores_case)
{
    for (size_t at = 0; at + wanted->text.len <= value.len; at++) {
        str part = str_slice(value, at, at + wanted->text.len);
        if (ignores_case ? str_eq_ignore_case(part, wanted->text) : str_eq(part, wanted->text)) {
            return true;
        }
    }
    return false;
}

/* The plain way. `is_lenient`: as little as the test may ask: no case, and one byte is everywhere. */
static bool holds(const struct raw_condition *condition, str value, bool is_lenient)
{
    if (condition->kind == RAW_LITERAL) {
        const struct raw_literal *wanted = &condition->literal;
        return wanted->field != OUR_FIELD || (is_lenient && wanted->text.len < 2) ||
               is_in(value, wanted, is_lenient || wanted->ignores_case);
    }
    for (uint32_t i = 0; i < condition->count; i++) {
        if (holds(condition->parts[i], value, is_lenient) != (condition->kind == RAW_ALL)) {
            return condition->kind == RAW_ANY;
        }
    }
    return condition->kind == RAW_ALL;
}

static bool run(const struct raw_test *test, str value)
{
    char copy[256];
    assert_true(value.len <= sizeof(copy));
    memcpy(copy, value.data, value.len);
    return raw_test_run(test, copy, value.len);
}

static struct raw_test *compile(const struct raw_query *queries, uint32_t count)
{
    struct raw_prefilter prefilter = {queries, count};
    struct raw_test *test;
    assert_true(raw_test_compile(&prefilter, OUR_FIELD, &arena, &test));
    return test;
}

static struct raw_test *compile_one(const struct raw_condition *condition)
{
    struct raw_query query = {.condition = condition};
    return compile(&query, 1);
}

/* Which conditions say something about the field, and what. */
static void simple_conditions(void **state)
{
    (void)state;
    const struct raw_condition *get = literal(OUR_FIELD, true, "get");
    const struct raw_condition *secret = literal(OUR_FIELD, false, "Secret");
    const struct raw_condition *other = literal(OTHER_FIELD, true, "get");
    struct raw_test *test = compile_one(ALL(get, secret));
    assert_non_null(test);
    assert_true(run(test, STR("GET Secrets")));
    assert_true(run(test, STR("get secrets"))); /* more may pass */
    assert_false(run(test, STR("get pods")));
    assert_false(run(test, STR("")));
    assert_true(run(test, STR("l\xC3\xA4")));

    assert_null(compile_one(other));
    assert_null(compile_one(ANY(get, other)));
    assert_null(compile_one(ANY(ALL(get, secret), ALL(other, other))));
    test = compile_one(ALL(other, ANY(get, other), secret));
    assert_non_null(test);
    assert_true(run(test, STR("secret")));
    assert_false(run(test, STR("get")));
    test = compile_one(ANY(ALL(get, other), secret));
    assert_non_null(test);
    assert_true(run(test, STR("get")) && run(test, STR("SECRET")));
    assert_false(run(test, STR("list")));

    struct raw_query queries[] = {{.condition = get}, {.condition = secret}, {.condition = NULL}};
    test = compile(queries, 2);
    assert_non_null(test);
    assert_true(run(test, STR("get")) && run(test, STR("Secret")));
    assert_false(run(test, STR("list")));
    assert_null(compile(queries, 3)); /* of one query nothing is known */
    assert_null(compile(queries, 0));
    struct raw_test *none;
    assert_true(raw_test_compile(NULL, OUR_FIELD, &arena, &none));
    assert_null(none);
}

static const struct raw_condition *random_condition(uint32_t depth)
{
    static const char *const texts[] = {"a", "ab", "AB", "bA", "aba", "b a", "cab", "C", "\xC3\xA4", "bb"};
    if (depth == 0 || pick(4) == 0) {
        return literal(pick(6) == 0 ? OTHER_FIELD : OUR_FIELD, pick(2), texts[pick(countof(texts))]);
    }
    const struct raw_condition *parts[4];
    uint32_t count = 1 + pick(countof(parts));
    for (uint32_t i = 0; i < count; i++) {
        parts[i] = random_condition(depth - 1);
    }
    return join(pick(2) ? RAW_ALL : RAW_ANY, count, parts);
}

/* Of what some query takes nothing fails; of plain text that none takes even leniently nothing passes. */
static void random_conditions(void **state)
{
    (void)state;
    uint32_t tests = 0;
    uint32_t passed = 0;
    uint32_t failed = 0;
    for (int i = 0; i < 3000; i++) {
        struct raw_query queries[3];
        uint32_t count = 1 + pick(countof(queries));
        for (uint32_t k = 0; k < count; k++) {
            queries[k] = (struct raw_query){.condition = random_condition(3)};
        }
        struct raw_test *test = compile(queries, count);
        tests += test != NULL;
        for (int k = 0; test && k < 20; k++) {
            char bytes[12];
            size_t length = pick(sizeof(bytes) + 1);
            for (size_t at = 0; at < length; at++) {
                bytes[at] = pick(60) == 0 ? '\xA4' : "aAbBcC "[pick(7)];
            }
            str value = str_from(bytes, length);
            bool is_taken = memchr(bytes, '\xA4', length) != NULL;
            bool may_be_taken = is_taken;
            for (uint32_t q = 0; q < count; q++) {
                is_taken |= holds(queries[q].condition, value, false);
                may_be_taken |= holds(queries[q].condition, value, true);
            }
            bool passes = run(test, value);
            assert_false(is_taken && !passes);
            assert_false(passes && !may_be_taken);
            passed += passes;
            failed += !passes;
        }
    }
    assert_true(tests > 1000 && passed > 1000 && failed > 1000);
}

/* What has no room is not asked, and then only as much as can be left out is. */
static void limits(void **state)
{
    (void)state;
    enum { MANY = LITERAL_SCAN_MAX + 20, NODES = 5000 };
    static char texts[MANY][8];
    const struct raw_condition *parts[NODES];
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof(texts[i]), "w%03ux", i);
        parts[i] = literal(OUR_FIELD, true, texts[i]);
    }
    struct raw_test *test = compile_one(join(RAW_ALL, MANY, parts));
    assert_non_null(test);
    assert_false(run(test, STR("w000x")));
    assert_null(compile_one(join(RAW_ANY, MANY, parts)));
    test = compile_one(join(RAW_ANY, LITERAL_SCAN_MAX, parts));
    assert_non_null(test);
    assert_true(run(test, STR("w255x")));
    assert_false(run(test, STR("w256x")));
    for (uint32_t i = 0; i < NODES; i++) {
        parts[i] = literal(OUR_FIELD, true, "word");
    }
    assert_null(compile_one(join(RAW_ALL, NODES, parts)));
    test = compile_one(join(RAW_ALL, 4000, parts));
    assert_non_null(test);
    assert_true(run(test, STR("a word")));
    assert_false(run(test, STR("a wor")));
}

/* ---- the command ---- */

static void add_argument(struct strbuf *log, uint32_t number)
{
    static const char *const values[] = {"\"ls\"",  "",       "\"\"",       "6C73",  "6C7",   "6c73",  "(null)",
                                         "\"a b\"", "\"41\"", "4142434",    "a\"b",  "\"\"x", "2D6C0", "?",
                                         "00",      "1",      "\"x\"A=\"y", "\"cut", "FFC3A4"};
    strbuf_append_format(log, pick(40) == 0 ? " a0%u=" : " a%u=", number);
    strbuf_append_format(log, "%s", values[pick(pick(3) ? 9 : countof(values))]);
    if (pick(60) == 0) { /* beyond what is copied or decoded at once */
        for (uint32_t i = 8 + pick(40); i > 0; i--) {
            strbuf_append_format(log, "41");
        }
    }
    if (pick(50) == 0) {
        strbuf_append_format(log, pick(2) ? "  " : "\x1D");
    }
}

static void arguments_are_the_command(void **state)
{
    (void)state;
    static const char *const fields[] = {"Command", "istruncated"};
    struct audit_harness harness = {0};
    struct audit_collect collect = {0};
    static struct audit_index index;
    struct audit_header_reader headers;
    struct strbuf log;
    uint32_t plain = 0;
    strbuf_init(&log, 1024 * 1024);
    strbuf_init(&collect.text, 64 * 1024 * 1024);
    audit_index_init(&index);
    audit_header_reader_init(&headers, &index);
    harness.on_batch = audit_collect_batch;
    harness.batch_context = &collect;
    audit_harness_open(&harness, fields, countof(fields));
    for (uint32_t i = 0; i < 4000; i++) {
        uint32_t count = pick(5);
        log.len = 0;
        strbuf_append_format(&log, "type=EXECVE msg=audit(1700000000.100:%u): argc=%u", i, pick(12) ? count : pick(6));
        for (uint32_t k = 0; k < count; k++) {
            add_argument(&log, pick(30) ? k : pick(4));
        }
        struct audit_header header;
        str line = strbuf_str(&log);
        assert_true(audit_header_parse(&headers, line, &header));
        collect.text.len = 0;
        collect.row_count = 0;
        audit_harness_feed(&harness, line, line.len, 0);
        assert_int_equal(collect.row_count, 1);
        if (!audit_arguments_are_plain(line, header.body)) {
            continue;
        }
        char *joined = malloc(line.len); /* not a byte more: a sanitizer looks on */
        assert_non_null(joined);
        str command = str_from(joined, audit_arguments_join(line, header.body, joined));
        str expected = audit_collect_get(&collect, 0, "Command");
        if (!str_eq(command, expected) && count > 0) {
            fail_msg("%.*s: \"%.*s\", the row has \"%.*s\"", STR_ARG(line), STR_ARG(command), STR_ARG(expected));
        }
        assert_true(str_eq(audit_collect_get(&collect, 0, "istruncated"), STR("false")));
        free(joined);
        plain++;
    }
    assert_true(plain > 1000);
    audit_harness_close(&harness);
    strbuf_release(&collect.text);
    strbuf_release(&log);
}

/* ---- events ---- */

/* Rows that come of the log if only those are wanted whose command holds "docker" and "secret". */
static uint64_t rows_of(const struct digest_context *context, const char *log)
{
    field_id command = schema_find(context->schema, STR("Command"));
    const struct raw_condition *docker = literal(command, true, "docker");
    struct raw_cover cover = {&docker->literal, 1};
    struct raw_query query = {&cover, 1, ALL(docker, literal(command, true, "secret"))};
    struct raw_prefilter prefilter = {&query, 1};
    struct format_context searched = context->context;
    searched.prefilter = &prefilter;
    int fd = memfd_create("log", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, log, strlen(log)) == (ssize_t)strlen(log));
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct input_file file = {.path = str_from_cstring(path), .kind = INPUT_FILE, .modified_ms = 1600000000000};
    struct input_list list = {.files = &file, .count = 1};
    struct log_reader_options options = {
        .context = &searched, .inputs = &list, .wall_clock_ms = INT64_C(1800000000000)};
    struct log_reader *reader;
    struct batch *batch;
    struct error err = {0};
    uint64_t rows = 0;
    assert_int_equal(log_reader_create(&options, &reader, &err), TOCSIN_OK);
    while (log_reader_next(reader, &batch, &err) == TOCSIN_OK) {
        rows += batch->row_count;
    }
    struct log_reader_statistics statistics;
    log_reader_statistics(reader, &statistics);
    assert_int_equal(statistics.events, 2); /* counted, read or not */
    log_reader_free(reader);
    (void)close(fd);
    return rows;
}

/* With each of the types, for the first record of a type is read with more care. */
#define FIRST                                                                                                          \
    "type=SYSCALL msg=audit(1700000000.100:1): syscall=59\ntype=SYSCALL msg=audit(1700000000.100:1): syscall=59\n"     \
    "type=EXECVE msg=audit(1700000000.100:1): argc=1 "                                                                 \
    "a0=\"ls\"\n"                                                                                                      \
    "type=PROCTITLE msg=audit(1700000000.100:1): proctitle=6C73\n"
#define STAMP      "msg=audit(1700000000.100:2): "
#define CALL       "type=SYSCALL " STAMP "arch=c000003e syscall=59 success=yes exit=0 comm=\"docker\"\n"
#define EXEC(text) "type=EXECVE " STAMP text "\n"

static void events_are_passed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *log;
        uint64_t rows;
    } examples[] = {
        {"wanted", FIRST CALL EXEC("argc=3 a0=\"Docker\" a1=\"env\" a2=\"SECRET\""), 1},
        {"half of it", FIRST CALL EXEC("argc=2 a0=\"docker\" a1=\"ps\""), 0},
        {"half of it in hex", FIRST CALL EXEC("argc=2 a0=20646F636B6572 a1=\"ps\""), 0},
        {"the rest in hex", FIRST CALL EXEC("argc=2 a0=\"docker\" a1=20736563726574"), 1},
        {"over the blank", FIRST CALL EXEC("argc=2 a0=\"docker\" a1=\"se\" a2=\"cret\""), 1}, /* argc is wrong */
        {"a letter outside ASCII", FIRST CALL EXEC("argc=2 a0=\"docker\" a1=C5BF6563726574"), 1},
        {"in parts", FIRST CALL EXEC("argc=2 a0=\"docker\" a1_len=6 a1[0]=\"sec\" a1[1]=\"ret\""), 1},
        {"in parts of two records",
         FIRST CALL EXEC("argc=2 a0=\"docker\" a1_len=6 a1[0]=\"sec\"") EXEC("a1[1]=\"ret\""), 1},
        {"two records", FIRST CALL EXEC("argc=1 a0=\"docker\"") EXEC("argc=1 a0=\"secret\""), 1},
        {"no arguments", FIRST CALL EXEC("argc=0") "type=PROCTITLE " STAMP "proctitle=646F636B657220736563726574\n", 1},
        {"no record of arguments", FIRST CALL "type=PROCTITLE " STAMP "proctitle=646F636B6572\n", 1},
        {"a title beside arguments",
         FIRST CALL EXEC("argc=1 a0=\"ls\"") "type=PROCTITLE " STAMP "proctitle=646F636B657220736563726574\n", 0},
        {"a second record elsewhere", CALL EXEC("argc=1 a0=\"docker\"") FIRST EXEC("argc=1 a0=\"secret\""), 1},
        {"arguments elsewhere", CALL FIRST EXEC("argc=2 a0=\"docker\" a1=\"secret\""), 1},
        {"cut", FIRST CALL EXEC("argc=2 a0=\"docker\" a1=\"se"), 1},
    };
    struct digest_context context;
    digest_context_init(&context);
    for (size_t i = 0; i < countof(examples); i++) {
        uint64_t rows = rows_of(&context, examples[i].log);
        if (rows != examples[i].rows) {
            fail_msg("%s: %llu rows", examples[i].name, (unsigned long long)rows);
        }
    }
    digest_context_release(&context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_conditions),         cmocka_unit_test(random_conditions), cmocka_unit_test(limits),
        cmocka_unit_test(arguments_are_the_command), cmocka_unit_test(events_are_passed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
