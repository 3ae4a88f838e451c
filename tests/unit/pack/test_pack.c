/* Packs: what a good one gives, the message and the line of every mistake, levels, and limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "pack/pack.h"

static char folder[] = "/tmp/test_pack_XXXXXX";
static char path_text[4200];

static const char *path_of(const char *name)
{
    snprintf(path_text, sizeof(path_text), "%s/%s", folder, name);
    return path_text;
}

static void write_file(const char *name, str text)
{
    FILE *file = fopen(path_of(name), "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(mkdir(path_of("rules"), 0700), 0);
    write_file("rules/a.aql", STR("SELECT username FROM events\n"));
    write_file("outside.aql", STR("x"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"rules/a.aql", "rules/large.aql", "rules", "outside.aql", "pack.yaml", "empty"};
    for (size_t i = 0; i < countof(names); i++) {
        (void)remove(path_of(names[i]));
    }
    return rmdir(folder);
}

static tocsin_status open_text(str yaml, struct pack **ret_pack, struct error *err)
{
    write_file("pack.yaml", yaml);
    return pack_open(str_from_cstring(folder), ret_pack, err);
}

static void a_good_pack_is_read(void **state)
{
    (void)state;
    struct pack *pack = NULL;
    struct error err = {0};
    str yaml = STR("name: good\ntitle: A good one\nversion: 1.0\ntechniques: [T1552.007]\nrules:\n"
                   "  - id: first.rule-1_x\n    title: First\n    description: Why\n    file: rules/a.aql\n"
                   "    level: high\n"
                   "  - id: second\n    title: Second\n    file: rules/a.aql\n"
                   "    risk: {column: RiskScore, levels: {low: 0, high: 10, critical: -5}}\n"
                   "  - {id: third, title: Third, file: rules/a.aql, risk: {column: R}}\n");
    assert_int_equal(open_text(yaml, &pack, &err), TOCSIN_OK);
    assert_true(str_eq(pack->name, STR("good")) && str_eq(pack->title, STR("A good one")));
    assert_int_equal(pack->rule_count, 3);
    const struct pack_rule *rule = pack->rules;
    assert_true(str_eq(rule->id, STR("first.rule-1_x")) && str_eq(rule->title, STR("First")));
    assert_true(str_eq(rule->description, STR("Why")) && str_eq(rule->text, STR("SELECT username FROM events\n")));
    assert_true(str_ends_with(rule->file, STR("/rules/a.aql")));
    assert_string_equal(rule->file.data, path_of("rules/a.aql")); /* the engine needs its NUL */
    assert_int_equal(rule->risk_column.len, 0);
    assert_int_equal(pack_rule_level(rule, 1000), LEVEL_HIGH);
    rule = &pack->rules[1];
    assert_true(str_eq(rule->risk_column, STR("RiskScore")));
    assert_int_equal(rule->description.len, 0);
    assert_false(rule->has_threshold[LEVEL_MEDIUM]);
    assert_int_equal(rule->threshold[LEVEL_CRITICAL], -5);
    assert_int_equal(pack->rules[2].level, LEVEL_MEDIUM);
    assert_int_equal(pack_rule_level(&pack->rules[2], 5), LEVEL_MEDIUM);
    pack_free(pack);
    pack_free(NULL);
}

static void the_highest_threshold_reached_is_the_level(void **state)
{
    (void)state;
    struct pack_rule rule = {.level = LEVEL_INFORMATIONAL};
    rule.has_threshold[LEVEL_LOW] = rule.has_threshold[LEVEL_HIGH] = true;
    rule.threshold[LEVEL_LOW] = 1;
    rule.threshold[LEVEL_HIGH] = 10;
    assert_int_equal(pack_rule_level(&rule, INT64_MIN), LEVEL_INFORMATIONAL);
    assert_int_equal(pack_rule_level(&rule, 0), LEVEL_INFORMATIONAL);
    assert_int_equal(pack_rule_level(&rule, 1), LEVEL_LOW);
    assert_int_equal(pack_rule_level(&rule, 9), LEVEL_LOW);
    assert_int_equal(pack_rule_level(&rule, 10), LEVEL_HIGH);
    assert_int_equal(pack_rule_level(&rule, INT64_MAX), LEVEL_HIGH);
    assert_true(str_eq(pack_level_name(LEVEL_INFORMATIONAL), STR("informational")));
    assert_true(str_eq(pack_level_name(LEVEL_CRITICAL), STR("critical")));
}

#define HEAD "name: p\nrules:\n"
#define RULE "  - {id: a, title: A, file: rules/a.aql}\n"

static const struct {
    const char *yaml, *message;
    uint32_t line;
} mistakes[] = {
    {"", "", 0},
    {"name: p\n", "rules", 0},
    {"name: p\nrules: []\n", "", 2},
    {"rules:\n" RULE, "name", 0},
    {HEAD "  - {title: A, file: rules/a.aql}\n", "id", 3},
    {HEAD "  - {id: a, file: rules/a.aql}\n", "title", 3},
    {HEAD "  - {id: a, title: A}\n", "file", 3},
    {HEAD RULE "    colour: red\n", "", 4},
    {HEAD "  - id: a\n    title: A\n    file: rules/a.aql\n    colour: red\n", "colour", 6},
    {HEAD "  - id: 'a b'\n    title: A\n    file: rules/a.aql\n", "letters, digits, '_', '-' and '.': 'a b'", 3},
    {HEAD "  - title: A\n    id: '../a'\n    file: rules/a.aql\n", "a rule id has letters", 4},
    {HEAD RULE "\n" RULE, "two rules have the id 'a'", 5},
    {HEAD "  - id: a\n    title: A\n    file: rules/a.aql\n    level: severe\n", "'severe' is no level", 6},
    {HEAD "  - id: a\n    title: A\n    file: rules/a.aql\n    risk: {levels: {low: 1}}\n", "column", 6},
    {HEAD "  - id: a\n    title: A\n    file: rules/a.aql\n    risk: {column: R, levels: {low: x}}\n", "", 6},
    {HEAD "  - id: a\n    title: A\n    file: ../outside.aql\n", "a path inside the pack: '../outside.aql'", 5},
    {HEAD "  - id: a\n    title: A\n    file: rules/../outside.aql\n", "a path inside the pack", 5},
    {HEAD "  - id: a\n    title: A\n    file: /etc/passwd\n", "a path inside the pack: '/etc/passwd'", 5},
    {HEAD "  - id: a\n    title: A\n    file: rules/missing.aql\n", "rules/missing.aql': No such file", 0},
    {HEAD "  - id: a\n    title: A\n    file: rules\n", "Is a directory", 0},
};

static void mistakes_have_a_message_and_a_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(mistakes); i++) {
        struct pack *pack = NULL;
        struct error err = {0};
        tocsin_status status = open_text(str_from_cstring(mistakes[i].yaml), &pack, &err);
        if (status != TOCSIN_ERROR_CONFIG || pack || !strstr(err.message, mistakes[i].message) || !err.message[0] ||
            (mistakes[i].line > 0 && (err.line != mistakes[i].line || !strstr(err.source, "pack.yaml")))) {
            fail_msg("%zu: %s:%u: %s (%s)", i, err.source, err.line, err.message, err.hint);
        }
    }
    struct pack *pack = NULL;
    struct error err = {0};
    assert_int_equal(open_text(STR(HEAD "  - {id: a, title: A, file: rules/missing.aql}\n"), &pack, &err),
                     TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "rule 'a': cannot open"));
}

static void what_is_no_pack_says_so(void **state)
{
    (void)state;
    struct pack *pack = NULL;
    struct error err = {0};
    static const char *const names[] = {"no-such-pack", "", "/nonexistent", "container", "container-api/rules"};
    for (size_t i = 0; i < countof(names); i++) {
        err = (struct error){0};
        assert_int_equal(pack_open(str_from_cstring(names[i]), &pack, &err), TOCSIN_ERROR_CONFIG);
        assert_non_null(strstr(err.message, "there is no pack"));
        assert_non_null(strstr(err.hint, "container-api"));
    }
    assert_int_equal(pack_open(str_from_cstring(path_of("rules")), &pack, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "rules/pack.yaml': No such file"));
    assert_non_null(strstr(err.hint, "--query FILE"));
}

static void the_built_in_pack_is_there(void **state)
{
    (void)state;
    struct pack *pack = NULL;
    struct error err = {0};
    assert_int_equal(pack_open(STR("container-api"), &pack, &err), TOCSIN_OK);
    assert_true(str_eq(pack->name, STR("container-api")));
    assert_true(pack->rule_count >= 1);
    const struct pack_rule *rule = pack->rules;
    assert_true(str_eq(rule->id, STR("t1552_007_qradar")));
    assert_true(str_contains(rule->text, STR("docker.sock")));
    static const enum pack_level levels[] = {LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_CRITICAL, LEVEL_CRITICAL};
    for (int risk = 0; risk < 5; risk++) {
        assert_int_equal(pack_rule_level(rule, risk), levels[risk]);
    }
    pack_free(pack);
}

static void a_single_query_is_a_pack(void **state)
{
    (void)state;
    struct pack *pack = NULL;
    struct error err = {0};
    assert_int_equal(pack_open_query(str_from_cstring(path_of("rules/a.aql")), &pack, &err), TOCSIN_OK);
    assert_int_equal(pack->rule_count, 1);
    assert_true(str_eq(pack->rules[0].id, STR("a")));
    assert_true(str_eq(pack->rules[0].text, STR("SELECT username FROM events\n")));
    assert_true(str_eq(pack->rules[0].risk_column, STR("RiskScore")));
    assert_int_equal(pack_rule_level(pack->rules, 2), LEVEL_HIGH);
    assert_int_equal(pack_rule_level(pack->rules, -1), LEVEL_MEDIUM);
    pack_free(pack);
    write_file("empty", STR(""));
    assert_int_equal(pack_open_query(str_from_cstring(path_of("empty")), &pack, &err), TOCSIN_OK);
    assert_true(str_eq(pack->rules[0].id, STR("empty"))); /* the parser will say what is missing */
    assert_int_equal(pack->rules[0].text.len, 0);
    pack_free(pack);
    assert_int_equal(pack_open_query(STR("/nonexistent.aql"), &pack, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "cannot open '/nonexistent.aql'"));
    assert_int_equal(pack_open_query(str_from_cstring(folder), &pack, &err), TOCSIN_ERROR_CONFIG);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    char *bytes = calloc(LIMIT_CONFIG_BYTES + 1, 1);
    assert_non_null(bytes);
    memset(bytes, ' ', LIMIT_CONFIG_BYTES + 1);
    struct pack *pack = NULL;
    struct error err = {0};
    write_file("rules/large.aql", str_from(bytes, LIMIT_QUERY_BYTES));
    assert_int_equal(pack_open_query(str_from_cstring(path_of("rules/large.aql")), &pack, &err), TOCSIN_OK);
    assert_int_equal(pack->rules[0].text.len, LIMIT_QUERY_BYTES);
    pack_free(pack);
    write_file("rules/large.aql", str_from(bytes, LIMIT_QUERY_BYTES + 1));
    assert_int_equal(pack_open_query(str_from_cstring(path_of("rules/large.aql")), &pack, &err), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "is larger than 1048576 bytes"));
    assert_int_equal(open_text(STR(HEAD "  - {id: a, title: A, file: rules/large.aql}\n"), &pack, &err),
                     TOCSIN_ERROR_LIMIT);
    assert_int_equal(open_text(str_from(bytes, LIMIT_CONFIG_BYTES + 1), &pack, &err), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "pack.yaml' is larger"));
    free(bytes);
}

static void rules_are_bounded(void **state)
{
    (void)state;
    struct strbuf yaml;
    strbuf_init(&yaml, LIMIT_CONFIG_BYTES);
    strbuf_append(&yaml, STR(HEAD));
    for (int i = 0; i <= LIMIT_PACK_RULES; i++) {
        strbuf_append_format(&yaml, "  - {id: r%d, title: A, file: rules/a.aql}\n", i);
    }
    assert_false(yaml.is_failed);
    struct pack *pack = NULL;
    struct error err = {0};
    assert_int_equal(open_text(strbuf_str(&yaml), &pack, &err), TOCSIN_ERROR_CONFIG);
    if (!strstr(err.message, "10000")) {
        fail_msg("%s:%u: %s (%s)", err.source, err.line, err.message, err.hint);
    }
    strbuf_release(&yaml);
}

static void out_of_memory_is_reported(void **state)
{
    (void)state;
    write_file("pack.yaml", STR(HEAD RULE));
    tocsin_status status = TOCSIN_ERROR_MEMORY;
    for (uint64_t n = 1; status != TOCSIN_OK && n < 1000; n++) {
        struct pack *pack = NULL;
        struct error err = {0};
        memory_fail_at(n, 0);
        status = pack_open(str_from_cstring(folder), &pack, &err);
        memory_fail_at(0, 0);
        assert_true(status == TOCSIN_OK || status == TOCSIN_ERROR_MEMORY);
        pack_free(pack);
    }
    assert_int_equal(status, TOCSIN_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_pack_is_read),
        cmocka_unit_test(the_highest_threshold_reached_is_the_level),
        cmocka_unit_test(mistakes_have_a_message_and_a_line),
        cmocka_unit_test(what_is_no_pack_says_so),
        cmocka_unit_test(the_built_in_pack_is_there),
        cmocka_unit_test(a_single_query_is_a_pack),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(rules_are_bounded),
        cmocka_unit_test(out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
