#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../support/universal_harness.h"
#include "format/json_pick.h"
#include "format/literal_scan.h"
#include "format/property_set_internal.h"
#include "match/regex.h"

static str read_document(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t bytes = fread(text, 1, sizeof(text), file);
    fclose(file);
    assert_true(bytes > 0 && bytes < sizeof(text));
    return str_from(text, bytes);
}

/* The example of docs/properties.md, as a NUL-terminated text. */
static const char *documented_example(void)
{
    static char example[16384];
    str text = read_document(TOCSIN_SOURCE_ROOT "/docs/properties.md");
    size_t begin = str_find(text, STR("```yaml\n"), 0);
    assert_true(begin != SIZE_MAX);
    str yaml = str_slice(text, begin + 8, str_find(text, STR("\n```"), begin + 8) + 1);
    assert_true(yaml.len < sizeof(example));
    memcpy(example, yaml.data, yaml.len);
    example[yaml.len] = 0;
    return example;
}

struct line_case {
    const char *line;
    const char *field;
    const char *value;
};

static const struct line_case documented_cases[] = {
    {"LEEF:1.0|V|P|1|E|ticketId=7", "Ticket", "7"},
    {"LEEF:1.0|V|P|1|E|ticketId=x7\tmsg=CHG8", "Ticket", "8"}, /* no number: the next extraction */
    {"CEF:0|V|P|1|1|n|1|cs3=9 cs3Label=Ticket Number", "Ticket", "9"},
    {"{\"change\":{\"ticket\":10}}", "Ticket", "10"},
    {"{\"change.ticket\":\"11\"}", "Ticket", "11"},
    {"a=b ticket=12", "Ticket", "12"},
    {"CHG13 <13>", "Ticket", "13"},
    {"nothing", "Ticket", "NULL"},
    {"<13>Nov 23 03:10:14 h deployer: deployed web to prod-1", "Deployment", "prod-1"},
    {"<13>Nov 23 03:10:14 h other: deployed web to prod-1", "Deployment", "NULL"},
    {"CEF:0|V|P|1|1|Deployed|1|msg=web to prod-2 act=x dhost=prod-9", "Deployment", "prod-2"},
    {"CEF:0|V|P|1|1|rolled back|1|msg=web to prod-2 act=x dhost=prod-9", "Deployment", "prod-2"},
    {"CEF:0|V|P|1|1|Started|1|msg=web to prod-2 act=x dhost=prod-9", "Deployment", "NULL"},
    {"CEF:0|V|P|1|1|Deployed|1|msg=web to prod-2 dhost=prod-9", "Deployment", "NULL"},
    {"CEF:0|V|P|1|1|Deployed|1|msg=web to prod-2 act=x dhost=test-9", "Deployment", "NULL"},
    {"x=1 at=\"23.11.2026 03:10\"", "Deployed At", "1795403400000"},
    {"x=1 at=\"2026-11-23T03:10:00Z\"", "Deployed At", "1795403400000"},
    {"{\"meta\":{\"ip\":\"::ffff:10.0.0.1\"}}", "Sender", "10.0.0.1"},
    {"{\"method\":\"GET\",\"path\":\"/x\",\"body\":{\"id\":5}}", "Full Call", "GET /x 5"},
    {"{\"method\":\"GET\",\"body\":{\"id\":5}}", "Full Call", "GET 5"},
    {"{\"raw\":\"eyJjYWxsIjoiYSBiIn0=\"}", "Full Call", "a b"},
    {"LEEF:1.0|V|P|1|E|command=built in\tshellInput=own", "Command", "own"},
    {"LEEF:1.0|V|P|1|E|command=built in", "Command", "built in"},
    {"LEEF:1.0|V|P|1|E|userAgent=curl", "User Agent", "NULL"},
};

static void the_documented_example_works(void **state)
{
    (void)state;
    struct universal_harness harness;
    universal_harness_open(&harness, documented_example(), NULL, 0);
    int differences = 0;
    for (size_t i = 0; i < countof(documented_cases); i++) {
        const struct line_case *c = &documented_cases[i];
        const struct universal_expectation expected = {c->field, c->value};
        universal_harness_line(&harness, str_from_cstring(c->line));
        differences += universal_harness_differs(&harness, c->line, &expected, 1);
    }
    universal_harness_close(&harness);
    assert_int_equal(differences, 0);
}

static const char types_yaml[] = "properties:\n"
                                 " - {name: T, extractions: [{regex: 'v=(\\S*)'}]}\n"
                                 " - {name: N, type: number, extractions: [{regex: 'v=(\\S*)'}]}\n"
                                 " - {name: I, type: integer, extractions: [{regex: 'v=(\\S*)'}]}\n"
                                 " - {name: P, type: port, extractions: [{regex: 'v=(\\S*)'}]}\n"
                                 " - {name: A, type: ip, extractions: [{regex: 'v=(\\S*)'}]}\n"
                                 " - {name: Z, type: time, extractions: [{regex: 'v=(\\S*)'}]}\n";

static void types_convert_or_refuse(void **state)
{
    (void)state;
    struct universal_harness harness;
    universal_harness_open(&harness, types_yaml, NULL, 0);
    static const struct {
        const char *line;
        struct universal_expectation expected[6];
    } cases[] = {
        {"v=80", {{"T", "80"}, {"N", "80.0"}, {"I", "80"}, {"P", "80"}, {"A", "NULL"}, {"Z", "NULL"}}},
        {"v=1.5", {{"T", "1.5"}, {"N", "1.5"}, {"I", "NULL"}, {"P", "NULL"}, {"A", "NULL"}, {"Z", "NULL"}}},
        {"v=-70000",
         {{"T", "-70000"}, {"N", "-70000.0"}, {"I", "-70000"}, {"P", "NULL"}, {"A", "NULL"}, {"Z", "NULL"}}},
        {"v=fe80::1", {{"T", "fe80::1"}, {"N", "NULL"}, {"A", "fe80:0:0:0:0:0:0:1"}}},
        {"v=2026-11-23T03:10:00Z", {{"Z", "1795403400000"}, {"I", "NULL"}}},
        {"v=99999999999999999999", {{"I", "NULL"}, {"T", "99999999999999999999"}}},
        {"v= x", {{"T", "NULL"}}}, /* an empty group is no value */
    };
    int differences = 0;
    for (size_t i = 0; i < countof(cases); i++) {
        universal_harness_line(&harness, str_from_cstring(cases[i].line));
        differences += universal_harness_differs(&harness, cases[i].line, cases[i].expected, 6);
    }
    universal_harness_close(&harness);
    assert_int_equal(differences, 0);
}

struct bad_file {
    const char *text;
    uint32_t line;
    const char *message;
    const char *hint;
};

#define ONE(extraction) "properties:\n - name: X\n   extractions:\n    - " extraction "\n"

static const struct bad_file bad_files[] = {
    {"properties:\n - name: X\n   typ: text\n", 3, "unknown key 'typ'", "type"},
    {"properties:\n - name: X\n   type: string\n", 3, "must be one of a few words", "text, number, integer"},
    {"properties:\n - type: text\n", 2, "'name' is missing", ""},
    {"properties:\n - name: X\n - name: x\n", 3, "the property 'x' stands here twice", ""},
    {"properties:\n - name: Command\n   type: ip\n", 3,
     "property 'Command': the property 'Command' exists with another", ""},
    {ONE("group: 1"), 4, "an extraction needs leef, cef", ""},
    {ONE("{leef: a, cef: b}"), 4, "only one of leef, cef", ""},
    {ONE("{regex: '('}"), 4, "property 'X': ", ""},
    {ONE("{regex: '(a)(b)', group: 3}"), 4, "has 2 capture groups, so 3 is none of them", ""},
    {ONE("{regex: 'a', group: -1}"), 4, "-1 is none of them", ""},
    {ONE("{json: '$.a['}"), 4, "JSON path", ""},
    {ONE("{json: '$'}"), 4, "JSON path", ""},
    {ONE("{json: a, append: ['$.b[']}"), 4, "JSON path", ""},
    {ONE("{json: a, result_json: '$.b['}"), 4, "JSON path", ""},
    {ONE("{header: vendr}"), 4, "there is no part 'vendr' of a header", "vendor, product"},
    {ONE("{leef: a, from: message}"), 4, "'from' says what a regex without a key reads", ""},
    {ONE("{leef: a, group: 1}"), 4, "'group' and 'requires' belong to a regex", ""},
    {ONE("{leef: a, time_format: yyyy}"), 4, "'time_format' is for properties of type time", ""},
    {ONE("{leef: a, formats: [json]}"), 4, "cannot stand in any of these formats", ""},
    {ONE("{leef: a, formats: [xml]}"), 4, "", "text, leef, cef, json, key_value"},
    {ONE("{regex: a, append: [b]}"), 4, "'append' names further keys", ""},
    {ONE("{leef: a, where: [{equals: [b]}]}"), 4, "a condition needs leef, cef", ""},
    {ONE("{leef: a, where: [{cef: b, matches: '['}]}"), 4, "property 'X': ", ""},
    {ONE("{leef: a, decode: rot13}"), 4, "must be one of a few words", "base64"},
    {"properties:\n - name: X\n   type: text\n   expression: username\n", 3,
     "property 'X': a property with an expression has no 'type'", "the expression alone"},
    {"properties:\n - name: X\n   expression: username\n   extractions: [{leef: a}]\n", 4,
     "a property with an expression has no 'extractions'", ""},
    {"properties:\n - name: X\n   replace: true\n   expression: username\n", 3,
     "a property with an expression has no 'replace'", ""},
    {"properties:\n - name: Command\n   expression: username\n", 3,
     "the property 'Command' exists, and only one of them can be an expression", ""},
};

static void mistakes_are_reported_with_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(bad_files); i++) {
        const struct bad_file *bad = &bad_files[i];
        struct property_set *set = NULL;
        struct error err = {0};
        assert_int_equal(property_set_create(&set, NULL), TOCSIN_OK);
        tocsin_status status = property_set_load_text(set, str_from_cstring(bad->text), "p.yaml", &err);
        if (status != TOCSIN_ERROR_CONFIG || err.status != TOCSIN_ERROR_CONFIG || err.line != bad->line ||
            strcmp(err.source, "p.yaml") != 0 || !strstr(err.message, bad->message) || !strstr(err.hint, bad->hint)) {
            fail_msg("case %zu: %d %s:%u:%u: %s (%s)", i, (int)status, err.source, err.line, err.column, err.message,
                     err.hint);
        }
        property_set_free(set);
    }
}

static void an_expression_is_kept_as_it_is_written(void **state)
{
    (void)state;
    str text = read_document(TOCSIN_SOURCE_ROOT "/docs/properties.md");
    size_t section = str_find(text, STR("## Properties made of others"), 0);
    assert_true(section != SIZE_MAX);
    size_t begin = str_find(text, STR("```yaml\n"), section) + 8;
    str yaml = str_slice(text, begin, str_find(text, STR("\n```"), begin) + 1);
    struct property_set *set = NULL;
    assert_int_equal(property_set_create(&set, NULL), TOCSIN_OK);
    assert_int_equal(property_set_load_text(set, yaml, "p.yaml", NULL), TOCSIN_OK);
    const struct property *property = property_set_find(set, STR("origin"));
    assert_non_null(property);
    assert_true(str_eq(property->expression, STR("CONCAT(STR(sourceip), '/', username)")));
    assert_null(property->extractions);
    assert_int_equal(property_set_find(set, STR("Command"))->expression.len, 0);
    property_set_free(set);
}

static void an_expression_is_no_longer_than_a_query(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 4 * MEBI);
    strbuf_append(&text, STR("properties:\n - name: X\n   expression: '"));
    char *blanks = strbuf_reserve(&text, LIMIT_QUERY_BYTES);
    assert_non_null(blanks);
    memset(blanks, 'a', LIMIT_QUERY_BYTES);
    text.len += LIMIT_QUERY_BYTES;
    for (int is_too_long = 0; is_too_long < 2; is_too_long++) {
        size_t bytes = text.len;
        strbuf_append(&text, is_too_long ? STR("a'\n") : STR("'\n"));
        struct property_set *set = NULL;
        struct error err = {0};
        assert_int_equal(property_set_create(&set, NULL), TOCSIN_OK);
        assert_int_equal(property_set_load_text(set, strbuf_str(&text), "p.yaml", &err),
                         is_too_long ? TOCSIN_ERROR_CONFIG : TOCSIN_OK);
        assert_true(!is_too_long || strstr(err.message, "longer than a query may be"));
        property_set_free(set);
        text.len = bytes;
    }
    strbuf_release(&text);
}

static void an_unknown_log_source_type_is_reported(void **state)
{
    (void)state;
    struct universal_harness harness;
    universal_harness_open(&harness, NULL, NULL, 0);
    assert_int_equal(property_set_load_text(harness.properties,
                                            STR("properties: [{name: Command, extractions: [{leef: a, "
                                                "log_source_type: Nonsense}]}]"),
                                            "p.yaml", NULL),
                     TOCSIN_OK);
    void *second = NULL;
    struct error err = {0};
    assert_int_equal(format_universal.open(&harness.context, &second, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "property 'Command': there is no log source type 'Nonsense'"));
    universal_harness_close(&harness);
}

static void replacing_drops_the_built_in_extractions(void **state)
{
    (void)state;
    struct universal_harness harness;
    universal_harness_open(
        &harness, "properties: [{name: Command, replace: true, extractions: [{leef: own, log_source_type: UDSM}]}]",
        NULL, 0);
    const struct universal_expectation none = {"Command", "NULL"};
    const struct universal_expectation own = {"Command", "x"};
    universal_harness_line(&harness, STR("LEEF:1.0|V|P|1|E|command=id"));
    assert_int_equal(universal_harness_differs(&harness, "command", &none, 1), 0);
    universal_harness_line(&harness, STR("LEEF:1.0|V|P|1|E|own=x"));
    assert_int_equal(universal_harness_differs(&harness, "own", &own, 1), 0);
    universal_harness_close(&harness);
}

struct literal_case {
    const char *pattern;
    const char *literal;
};

static const struct literal_case literal_cases[] = {
    {"COMMAND=(.*)$", "COMMAND="},
    {"^\\S+ ran command (.*) as \\S+ from ", " ran command "},
    {"a|b", ""},
    {"(?i)abc", ""},
    {"(?i:abc)def", ""},
    {"(?s)abc.", "abc"},
    {"(?s:a.b)cde", "cde"},
    {"(?sm)abc", "abc"},
    {"(?si)abc", ""},
    {"(?s-i)abc", ""},
    {"(?-s)abc", ""},
    {"(?>a.*?b)cde", "cde"},
    {"(?", ""},
    {"abc?def", "def"},
    {"abc*", "ab"},
    {"abc+d", "ab"},
    {"x{2}abc", "abc"},
    {"abc{0,1}", "ab"},
    {"(abc)def", "def"},
    {"[abc]de", "de"},
    {"[^]]abc", ""},
    {"[a[bc]]de", "de"},
    {"\\Qa.b\\E", ""},
    {"a\\.bcd", ".bcd"},
    {"\\[preauth\\]", "[preauth"},
    {"\\bfoo bar", " bar"}, /* letters behind an escape are given up, to be safe */
    {"\\d{3}-xyz", "-xyz"},
    {"\\k<name>abc", ""},
    {"\\x41bc!", "!"},
    {"(?<n>a)bc", "bc"},
    {"(?!no)yes", "yes"},
    {"a(b|c)d(?:e(f))ghi", "ghi"},
    {"\xC3\xA4\xC3\xB6?x", "\xC3\xA4"},
    {"(unclosed", ""},
    {"abc\\", ""},
    {"", ""},
};

static void required_literals_are_certain(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(literal_cases); i++) {
        str literal = regex_required_literal(str_from_cstring(literal_cases[i].pattern));
        if (!str_eq(literal, str_from_cstring(literal_cases[i].literal))) {
            fail_msg("%s: '%.*s' instead of '%s'", literal_cases[i].pattern, STR_ARG(literal),
                     literal_cases[i].literal);
        }
    }
}

/* Random patterns and texts: what matches holds the literal. */
static void required_literals_never_hide_a_match(void **state)
{
    (void)state;
    static const char *const parts[] = {"a",  "b",  "ab",   "c?",    "(a|b)", "[ab]", "[^a]",  ".",
                                        ".*", "a+", "b*",   "(?:c)", "\\.",   "\\w",  "(?=a)", "$",
                                        "^",  "{",  "a{2}", "(c)?",  "\\b",   "-",    "x{0}",  "[a\\]b]"};
    uint64_t seed = 12345;
    struct regex_scratch *scratch = NULL;
    assert_int_equal(regex_scratch_create(&scratch, NULL), TOCSIN_OK);
    size_t matches = 0;
    for (size_t round = 0; round < 4000; round++) {
        char pattern[128] = "";
        size_t used = 0;
        for (size_t i = 0; i < 5; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            used +=
                (size_t)snprintf(pattern + used, sizeof(pattern) - used, "%s", parts[(seed >> 33) % countof(parts)]);
        }
        struct regex *regex = NULL;
        if (regex_compile(str_from(pattern, used), (struct regex_options){0}, &regex, NULL) != TOCSIN_OK) {
            continue;
        }
        str literal = regex_required_literal(str_from(pattern, used));
        for (size_t k = 0; k < 30; k++) {
            char text[12];
            for (size_t i = 0; i < sizeof(text); i++) {
                seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
                text[i] = "aabbc.-]{x"[(seed >> 33) % 10];
            }
            str value = str_from(text, (seed >> 40) % (sizeof(text) + 1));
            if (regex_matches(regex, scratch, value)) {
                matches++;
                if (literal.len > 0 && !str_contains(value, literal)) {
                    fail_msg("%s matches '%.*s' without '%.*s'", pattern, STR_ARG(value), STR_ARG(literal));
                }
            }
        }
        regex_free(regex);
    }
    assert_true(matches > 5000);
    regex_scratch_free(scratch);
}

static void literals_are_found_like_memmem_does(void **state)
{
    (void)state;
    const str literals[] = {STR("COMMAND="), STR("ab"), STR("x"), STR("CMD ("), STR(" from "), STR("aab"), STR("abab")};
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct literal_scan *scan = literal_scan_compile(literals, countof(literals), &arena);
    assert_non_null(scan);
    uint64_t seed = 7;
    for (size_t round = 0; round < 20000; round++) {
        char text[24];
        for (size_t i = 0; i < sizeof(text); i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            text[i] = "aabbCOMND=( frx"[(seed >> 33) % 15];
        }
        size_t len = (seed >> 40) % (sizeof(text) + 1);
        if (round % 3 == 0 && len > 10) {
            memcpy(text + 2, "COMMAND=", 8);
        }
        char *copy = test_malloc(len + 1);
        memcpy(copy, text, len);
        struct literal_set found = {0};
        literal_scan_run(scan, str_from(copy, len), &found);
        for (size_t i = 0; i < countof(literals); i++) {
            bool is_there = literals[i].len == 1 || str_contains(str_from(copy, len), literals[i]);
            assert_int_equal(literal_set_has(&found, i), is_there);
        }
        test_free(copy);
    }
    arena_release(&arena);
}

static void json_paths_are_picked_in_one_walk(void **state)
{
    (void)state;
    static const char *const paths[] = {"$.a", "$.b.c", "$.b", "$.d[1].e", "$['x y']", "$.d[0]", "$.q"};
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct json_pick pick;
    assert_int_equal(json_pick_init(&pick, &arena, NULL), TOCSIN_OK);
    size_t id;
    for (size_t i = 0; i < countof(paths); i++) {
        assert_int_equal(json_pick_add(&pick, str_from_cstring(paths[i]), &id, NULL), TOCSIN_OK);
        assert_int_equal(id, i);
    }
    assert_int_equal(json_pick_add(&pick, STR("b.c"), &id, NULL), TOCSIN_OK);
    assert_int_equal(id, 1);
    struct json_value values[countof(paths)];
    struct json_pick_result result = json_pick_run(
        &pick, STR("{\"a\":1,\"b\":{\"z\":0,\"c\":\"v\"},\"d\":[7,{\"e\":true}],\"x y\":null,\"\\u0061\":2}"), values);
    assert_false(result.is_damaged);
    assert_true(str_eq(json_pick_text(&values[0], &arena), STR("2"))); /* the last of equal keys */
    assert_true(str_eq(json_pick_text(&values[1], &arena), STR("v")));
    assert_true(str_eq(json_pick_text(&values[2], &arena), STR("{\"z\":0,\"c\":\"v\"}")));
    assert_true(str_eq(json_pick_text(&values[3], &arena), STR("true")));
    assert_true(str_eq(json_pick_text(&values[4], &arena), STR_EMPTY));
    assert_true(str_eq(json_pick_text(&values[5], &arena), STR("7")));
    assert_int_equal(values[6].kind, JSON_NONE);
    result = json_pick_run(&pick, STR("{\"b.c\":\"flat\"}"), values);
    assert_true(str_eq(json_pick_text(&values[1], &arena), STR("flat")));
    result = json_pick_run(&pick, STR("{\"a\":1,\"b\":{\"c\":\"cut of"), values);
    assert_true(result.is_damaged && result.is_cut);
    assert_true(str_eq(json_pick_text(&values[1], &arena), STR("cut of")));
    result = json_pick_run(&pick, STR("{\"a\":1,,}"), values);
    assert_true(result.is_damaged);
    assert_true(str_eq(json_pick_text(&values[0], &arena), STR("1")));
    result = json_pick_run(&pick, STR("[1]"), values);
    assert_true(result.is_damaged);
    arena_release(&arena);
}

/* Walking costs memory proportional to the paths, never to the nesting of the text. */
static void deep_json_does_no_harm(void **state)
{
    (void)state;
    size_t bytes = 1 << 20;
    char *text = test_malloc(bytes);
    for (size_t i = 0; i < bytes; i++) {
        text[i] = "{\"a\":"[i % 5];
    }
    struct universal_harness harness;
    universal_harness_open(&harness, NULL, NULL, 0);
    universal_harness_line(&harness, str_from(text, bytes));
    assert_true(str_eq(universal_harness_get(&harness, "isunparsed"), STR("true")));
    universal_harness_close(&harness);
    test_free(text);
}

/* They are compiled when a run needs them, so a mistake in one would show late. */
static void every_built_in_expression_compiles(void **state)
{
    (void)state;
    struct property_set *set;
    struct error err = {0};
    assert_int_equal(property_set_create(&set, &err), TOCSIN_OK);
    size_t count = 0;
    for (size_t i = 0; i < property_set_count(set); i++) {
        for (const struct extraction *e = property_set_at(set, i)->extractions; e; e = e->next) {
            const struct regex *regex = NULL;
            if (e->regex) {
                assert_int_equal(kept_regex_get(e->regex, &regex, &err), TOCSIN_OK);
                assert_true(e->group == REGEX_GROUP_DEFAULT || e->group <= regex_group_count(regex));
                count++;
            }
            for (const struct condition *c = e->conditions; c; c = c->next) {
                assert_true(!c->regex || kept_regex_get(c->regex, &regex, &err) == TOCSIN_OK);
            }
        }
    }
    assert_true(count > 50);
    property_set_free(set);
}

static void out_of_memory_is_reported(void **state)
{
    (void)state;
    bool succeeded = false;
    for (uint64_t n = 1; !succeeded; n += n < 300 ? 1 : 17) {
        struct property_set *set = NULL;
        struct error err = {0};
        memory_fail_at(n, 0);
        tocsin_status status = property_set_create(&set, &err);
        memory_fail_at(0, 0);
        succeeded = status == TOCSIN_OK;
        assert_true(succeeded || status == TOCSIN_ERROR_MEMORY);
        property_set_free(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documented_example_works),
        cmocka_unit_test(types_convert_or_refuse),
        cmocka_unit_test(mistakes_are_reported_with_their_place),
        cmocka_unit_test(an_expression_is_kept_as_it_is_written),
        cmocka_unit_test(an_expression_is_no_longer_than_a_query),
        cmocka_unit_test(an_unknown_log_source_type_is_reported),
        cmocka_unit_test(replacing_drops_the_built_in_extractions),
        cmocka_unit_test(required_literals_are_certain),
        cmocka_unit_test(required_literals_never_hide_a_match),
        cmocka_unit_test(literals_are_found_like_memmem_does),
        cmocka_unit_test(json_paths_are_picked_in_one_walk),
        cmocka_unit_test(deep_json_does_no_harm),
        cmocka_unit_test(every_built_in_expression_compiles),
        cmocka_unit_test(out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
