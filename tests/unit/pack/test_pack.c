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

#define RULE_A "/* rule\nid: a\ntitle: A\n*/\nSELECT username FROM events\n"

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
    assert_int_equal(mkdir(path_of("guides"), 0700), 0);
    write_file("guides/g.md", STR("# g"));
    write_file("rules/notes.txt", STR("no rule"));
    write_file("rules/a.aql", STR(RULE_A));
    write_file("outside.aql", STR("x"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"rules/a.aql", "rules/b.aql", "rules/c.aql", "rules/notes.txt",
                                        "guides/g.md", "rules",       "guides",      "outside.aql",
                                        "pack.yaml",   "empty",       "large.aql"};
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

static void forget(const char *name)
{
    assert_int_equal(unlink(path_of(name)), 0);
}

static void a_good_pack_is_read(void **state)
{
    (void)state;
    struct pack *pack = NULL;
    struct error err = {0};
    str header = STR("/* rule\nid: b\ntitle: B\nstatus: reference\nlevel: high\nrisk: Risk\ngroup: g\n"
                     "telemetry: file\ntactics: [Credential Access]\ntechniques: [T1552.007, T1552]\n"
                     "data_components: [File Access]\nrequires: [File Path, Process Name]\n"
                     "log_source_types: [Linux OS]\nreferences: ['https://example.com/a']\n"
                     "false_positives: [one, two, three]\ntuning: [{knob: UserContext, description: who}]\n"
                     "levels: {low: 0, high: 10, critical: -5}\ndescription: Why\n*/\nSELECT 1 AS Risk FROM events\n");
    write_file("rules/b.aql", header);
    str yaml = STR("name: good\ntitle: A good one\nversion: 1.0\ndescription: D\ntechniques: [T1552.007]\n"
                   "references: [r]\nlevels: {medium: 40, high: 60}\n");
    assert_int_equal(open_text(yaml, &pack, &err), TOCSIN_OK);
    assert_true(str_eq(pack->name, STR("good")) && str_eq(pack->title, STR("A good one")));
    assert_true(str_eq(pack->version, STR("1.0")) && str_eq(pack->description, STR("D")));
    assert_int_equal(pack->techniques.count, 1);
    assert_int_equal(pack->references.count, 1);
    assert_int_equal(pack->rule_count, 2); /* what does not end in .aql is none */
    const struct pack_rule *rule = &pack->rules[0];
    assert_true(str_eq(rule->id, STR("a")) && str_eq(rule->title, STR("A")));
    assert_true(str_eq(rule->text, STR(RULE_A)));
    assert_true(str_ends_with(rule->file, STR("/rules/a.aql")));
    assert_string_equal(rule->file.data, path_of("rules/a.aql")); /* the engine needs its NUL */
    assert_int_equal(rule->risk_column.len, 0);
    assert_int_equal(rule->status, STATUS_STABLE);
    assert_int_equal(rule->telemetry, TELEMETRY_NONE);
    assert_int_equal(pack_rule_level(rule, 50), LEVEL_MEDIUM);
    assert_int_equal(pack_rule_level(rule, 60), LEVEL_HIGH);
    assert_int_equal(pack_rule_level(rule, 1000), LEVEL_HIGH);
    rule = &pack->rules[1];
    assert_true(str_eq(rule->risk_column, STR("Risk")) && str_eq(rule->group, STR("g")));
    assert_int_equal(rule->status, STATUS_REFERENCE);
    assert_int_equal(rule->telemetry, TELEMETRY_FILE);
    assert_int_equal(rule->level, LEVEL_HIGH);
    assert_true(str_eq(rule->description, STR("Why")));
    assert_true(str_eq(rule->techniques.items[1], STR("T1552")));
    assert_true(str_eq(rule->required_fields.items[0], STR("File Path")));
    assert_int_equal(rule->false_positives.count, 3);
    assert_int_equal(rule->tuning_count, 1);
    assert_true(str_eq(rule->tuning[0].knob, STR("UserContext")));
    assert_false(rule->levels.has_threshold[LEVEL_MEDIUM]); /* its own levels, not the pack's */
    assert_int_equal(rule->levels.threshold[LEVEL_CRITICAL], -5);
    assert_int_equal(pack_find_rule(pack, STR("b")), 1);
    assert_int_equal(pack_find_rule(pack, STR("B")), SIZE_MAX);
    pack_free(pack);
    pack_free(NULL);
    forget("rules/b.aql");
}

static void other_files_of_a_pack_are_found(void **state)
{
    (void)state;
    struct pack *pack = NULL;
    struct error err = {0};
    assert_int_equal(open_text(STR("name: p\n"), &pack, &err), TOCSIN_OK);
    str text = STR_EMPTY;
    assert_int_equal(pack_read(pack, STR("guides/g.md"), 3, &text, NULL, &err), TOCSIN_OK);
    assert_true(str_eq(text, STR("# g")));
    assert_int_equal(text.data[3], 0);
    assert_int_equal(pack_read(pack, STR("guides/g.md"), 2, &text, NULL, &err), TOCSIN_ERROR_LIMIT);
    assert_int_equal(pack_read(pack, STR("guides/none.md"), 100, &text, NULL, &err), TOCSIN_END);
    assert_int_equal(pack_read(pack, STR("nowhere/none.md"), 100, &text, NULL, &err), TOCSIN_END);
    assert_int_equal(pack_read(pack, STR("../pack.yaml"), 100, &text, NULL, &err), TOCSIN_ERROR_CONFIG);
    assert_int_equal(pack_read(pack, STR("/etc/passwd"), 100, &text, NULL, &err), TOCSIN_ERROR_CONFIG);
    struct pack_texts paths = {0};
    assert_int_equal(pack_list(pack, STR("guides"), STR(".md"), &paths, &err), TOCSIN_OK);
    assert_int_equal(paths.count, 1);
    assert_true(str_eq(paths.items[0], STR("guides/g.md")));
    assert_int_equal(pack_list(pack, STR("none"), STR(".md"), &paths, &err), TOCSIN_OK);
    assert_int_equal(paths.count, 0);
    assert_int_equal(pack_list(pack, STR(".."), STR(".md"), &paths, &err), TOCSIN_ERROR_CONFIG);
    pack_free(pack);
}

static void the_highest_threshold_reached_is_the_level(void **state)
{
    (void)state;
    struct pack_rule rule = {.level = LEVEL_INFORMATIONAL};
    rule.levels.has_threshold[LEVEL_LOW] = rule.levels.has_threshold[LEVEL_HIGH] = true;
    rule.levels.threshold[LEVEL_LOW] = 1;
    rule.levels.threshold[LEVEL_HIGH] = 10;
    assert_int_equal(pack_rule_level(&rule, INT64_MIN), LEVEL_INFORMATIONAL);
    assert_int_equal(pack_rule_level(&rule, 0), LEVEL_INFORMATIONAL);
    assert_int_equal(pack_rule_level(&rule, 1), LEVEL_LOW);
    assert_int_equal(pack_rule_level(&rule, 9), LEVEL_LOW);
    assert_int_equal(pack_rule_level(&rule, 10), LEVEL_HIGH);
    assert_int_equal(pack_rule_level(&rule, INT64_MAX), LEVEL_HIGH);
    assert_true(str_eq(pack_level_name(LEVEL_INFORMATIONAL), STR("informational")));
    assert_true(str_eq(pack_level_name(LEVEL_CRITICAL), STR("critical")));
}

#define HEAD  "/* rule\n"
#define NAMED "/* rule\nid: b\ntitle: B\n"

static const struct {
    const char *yaml, *rule; /* NULL: no such file */
    const char *message;
    uint32_t line;
} mistakes[] = {
    {"", NULL, "", 0},
    {"title: x\n", NULL, "name", 0},
    {"name: p\ncolour: red\n", NULL, "colour", 2},
    {"name: p\nrules: [a]\n", NULL, "rules", 2},
    {"name: p\nlevels: {low: x}\n", NULL, "", 2},
    {"name: p\n", "SELECT 1 FROM events", "has no header", 0},
    {"name: p\n", "/* rule */ SELECT 1 FROM events", "has no header", 0},
    {"name: p\n", "-- rule\nid: b\n", "has no header", 0},
    {"name: p\n", NAMED, "the header has no end", 0},
    {"name: p\n", HEAD "*/", "", 0},
    {"name: p\n", HEAD "title: B\n*/", "id", 0},
    {"name: p\n", HEAD "id: b\n*/", "title", 0},
    {"name: p\n", NAMED "colour: red\n*/", "colour", 4},
    {"name: p\n", HEAD "title: B\nid: 'a b'\n*/", "letters, digits, '_', '-' and '.': 'a b'", 3},
    {"name: p\n", HEAD "id: ../b\ntitle: B\n*/", "a rule id has letters", 2},
    {"name: p\n", HEAD "id: other\ntitle: B\n*/", "the file of rule 'other' is called 'b.aql'", 0},
    {"name: p\n", NAMED "level: severe\n*/", "'severe' is no level", 4},
    {"name: p\n", NAMED "status: done\n*/", "'done' is no status of a rule", 4},
    {"name: p\n", NAMED "\n\ntelemetry: smoke\n*/", "'smoke' is no kind of telemetry", 6},
    {"name: p\n", NAMED "levels: {low: x}\n*/", "", 4},
    {"name: p\n", NAMED "tuning: [{knob: K}]\n*/", "description", 4},
    {"name: p\n", NAMED "techniques: T1552\n*/", "", 4},
};

static void mistakes_have_a_message_and_a_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(mistakes); i++) {
        struct pack *pack = NULL;
        struct error err = {0};
        if (mistakes[i].rule) {
            write_file("rules/b.aql", str_from_cstring(mistakes[i].rule));
        }
        tocsin_status status = open_text(str_from_cstring(mistakes[i].yaml), &pack, &err);
        const char *source = mistakes[i].rule ? "rules/b.aql" : "pack.yaml";
        if (status != TOCSIN_ERROR_CONFIG || pack || !strstr(err.message, mistakes[i].message) || !err.message[0] ||
            (mistakes[i].line > 0 && (err.line != mistakes[i].line || !strstr(err.source, source)))) {
            fail_msg("%zu: %s:%u: %s (%s)", i, err.source, err.line, err.message, err.hint);
        }
    }
    forget("rules/b.aql");
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
    assert_non_null(strstr(err.message, "/rules' has no pack.yaml"));
    assert_non_null(strstr(err.hint, "--query FILE"));
    forget("rules/a.aql");
    assert_int_equal(open_text(STR("name: p\n"), &pack, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "the pack 'p' has no rules"));
    write_file("rules/a.aql", STR(RULE_A));
}

static void the_built_in_pack_is_there(void **state)
{
    (void)state;
    struct pack *pack = NULL;
    struct error err = {0};
    assert_int_equal(pack_open(STR("container-api"), &pack, &err), TOCSIN_OK);
    assert_true(str_eq(pack->name, STR("container-api")));
    assert_true(pack->rule_count >= 1);
    size_t index = pack_find_rule(pack, STR("t1552_007_qradar"));
    assert_true(index < pack->rule_count);
    const struct pack_rule *rule = &pack->rules[index];
    assert_int_equal(rule->status, STATUS_REFERENCE);
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
    assert_true(str_eq(pack->rules[0].title, STR("A"))); /* its header counts here, too */
    assert_true(str_eq(pack->rules[0].text, STR(RULE_A)));
    assert_int_equal(pack->rules[0].risk_column.len, 0);
    pack_free(pack);
    write_file("large.aql", STR("SELECT username FROM events\n"));
    assert_int_equal(pack_open_query(str_from_cstring(path_of("large.aql")), &pack, &err), TOCSIN_OK);
    assert_true(str_eq(pack->rules[0].id, STR("large")));
    assert_true(str_eq(pack->rules[0].risk_column, STR("RiskScore")));
    assert_int_equal(pack_rule_level(pack->rules, 2), LEVEL_HIGH);
    assert_int_equal(pack_rule_level(pack->rules, -1), LEVEL_MEDIUM);
    struct pack_texts paths = {0};
    str text = STR_EMPTY;
    assert_int_equal(pack_list(pack, STR("rules"), STR(".aql"), &paths, &err), TOCSIN_OK);
    assert_int_equal(paths.count, 0);
    assert_int_equal(pack_read(pack, STR("pack.yaml"), 100, &text, NULL, &err), TOCSIN_END);
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
    write_file("large.aql", str_from(bytes, LIMIT_QUERY_BYTES));
    assert_int_equal(pack_open_query(str_from_cstring(path_of("large.aql")), &pack, &err), TOCSIN_OK);
    assert_int_equal(pack->rules[0].text.len, LIMIT_QUERY_BYTES);
    pack_free(pack);
    write_file("large.aql", str_from(bytes, LIMIT_QUERY_BYTES + 1));
    assert_int_equal(pack_open_query(str_from_cstring(path_of("large.aql")), &pack, &err), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "is larger than 1048576 bytes"));
    write_file("rules/c.aql", str_from(bytes, LIMIT_QUERY_BYTES + 1));
    assert_int_equal(open_text(STR("name: p\n"), &pack, &err), TOCSIN_ERROR_LIMIT);
    forget("rules/c.aql");
    assert_int_equal(open_text(str_from(bytes, LIMIT_CONFIG_BYTES + 1), &pack, &err), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "pack.yaml' is larger"));
    free(bytes);
}

static void rules_are_bounded(void **state)
{
    (void)state;
    char name[64];
    for (int i = 0; i < LIMIT_PACK_RULES; i++) {
        snprintf(name, sizeof(name), "rules/r%05d.aql", i);
        assert_int_equal(symlink("a.aql", path_of(name)), 0);
    }
    struct pack *pack = NULL;
    struct error err = {0};
    assert_int_equal(open_text(STR("name: p\n"), &pack, &err), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "'rules' of the pack has more than 10000 files"));
    for (int i = 0; i < LIMIT_PACK_RULES; i++) {
        snprintf(name, sizeof(name), "rules/r%05d.aql", i);
        forget(name);
    }
}

static void out_of_memory_is_reported(void **state)
{
    (void)state;
    write_file("pack.yaml", STR("name: p\nlevels: {low: 20}\n"));
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
        cmocka_unit_test(other_files_of_a_pack_are_found),
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
