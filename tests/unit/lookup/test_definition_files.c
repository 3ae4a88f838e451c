/* Rules, offenses, custom functions and saved searches: what the documents show, and what is a mistake. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../support/document_example.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "lookup/custom_functions.h"
#include "lookup/offenses.h"
#include "lookup/rules.h"
#include "lookup/saved_searches.h"

#define OFFENSES_DOCUMENT  TOCSIN_SOURCE_ROOT "/docs/offenses.md"
#define FUNCTIONS_DOCUMENT TOCSIN_SOURCE_ROOT "/docs/custom-functions.md"

static char buffer[DOCUMENT_BYTES_MAX];

/* ---- the tables, each behind the same four calls ---- */

struct tables {
    struct rules *rules;
    struct offenses *offenses;
    struct custom_functions *functions;
    struct saved_searches *searches;
};

static void tables_create(struct tables *tables)
{
    assert_int_equal(rules_create(&tables->rules, NULL), TOCSIN_OK);
    assert_int_equal(offenses_create(&tables->offenses, NULL), TOCSIN_OK);
    assert_int_equal(custom_functions_create(&tables->functions, NULL), TOCSIN_OK);
    assert_int_equal(saved_searches_create(&tables->searches, NULL), TOCSIN_OK);
}

static void tables_free(struct tables *tables)
{
    rules_free(tables->rules);
    offenses_free(tables->offenses);
    custom_functions_free(tables->functions);
    saved_searches_free(tables->searches);
}

/* By the first letter of the text. */
static tocsin_status tables_load(struct tables *tables, str text, struct error *err)
{
    switch (text.data[0]) {
    case 'r':
        return rules_load_text(tables->rules, text, "f.yaml", err);
    case 'o':
        return offenses_load_text(tables->offenses, text, "f.yaml", err);
    case 'f':
        return custom_functions_load_text(tables->functions, text, "f.yaml", err);
    default:
        return saved_searches_load_text(tables->searches, text, "f.yaml", err);
    }
}

static void load_example(struct tables *tables, const char *document, const char *heading, const char *kind)
{
    struct error err = {0};
    tables_create(tables);
    if (tables_load(tables, document_example(document, heading, kind, buffer), &err) != TOCSIN_OK) {
        fail_msg("%s: %u: %s", heading, err.line, err.message);
    }
}

/* ---- what the documents show ---- */

static void rules_have_names(void **state)
{
    struct tables tables;
    load_example(&tables, OFFENSES_DOCUMENT, "## Names of rules", "yaml rules.yaml");
    assert_true(str_eq(rules_name(tables.rules, 100205), STR("Many failed logons")));
    assert_true(str_eq(rules_name(tables.rules, 100311), STR("Shell in a container")));
    assert_int_equal(rules_name(tables.rules, 100206).len, 0);
    tables_free(&tables);
}

static void offenses_have_a_time_and_a_filter(void **state)
{
    struct tables tables;
    load_example(&tables, OFFENSES_DOCUMENT, "## Offenses", "yaml offenses.yaml");
    const struct offense *offense = offense_find(tables.offenses, 42);
    assert_non_null(offense);
    assert_true(str_eq(offense->description, STR("Brute force behind the VPN")));
    assert_int_equal(offense->start_ms, 1795402200000);
    assert_true(offense->has_stop);
    assert_int_equal(offense->stop_ms, 1795407000000);
    assert_true(str_eq(offense->where, STR("username = 'joe' AND sourceip != '10.0.0.1'")));
    assert_int_equal(offense->rule_count, 0);

    offense = offense_find(tables.offenses, 43);
    assert_int_equal(offense->start_ms, 1795402200000);
    assert_false(offense->has_stop);
    assert_int_equal(offense->where.len, 0);
    assert_int_equal(offense->rule_count, 2);
    assert_int_equal(offense->rule_ids[1], 100311);
    assert_null(offense_find(tables.offenses, 41));
    tables_free(&tables);

    tables_create(&tables);
    assert_null(offense_find(tables.offenses, 42));
    assert_int_equal(tables_load(&tables, STR("offenses: []"), NULL), TOCSIN_OK);
    assert_null(offense_find(tables.offenses, 42));
    tables_free(&tables);
}

static void functions_have_parameters_and_a_body(void **state)
{
    struct tables tables;
    load_example(&tables, FUNCTIONS_DOCUMENT, "# Custom functions", "yaml functions.yaml");
    assert_int_equal(custom_function_count(tables.functions), 2);
    const struct custom_function *function = custom_function_find(tables.functions, STR("text::behind"));
    assert_ptr_equal(function, custom_function_at(tables.functions, 0));
    assert_true(str_eq(function->name, STR("TEXT::BEHIND")));
    assert_true(str_eq(function->expression, STR("SUBSTRING(text, STRPOS(text, mark) + STRLEN(mark))")));
    assert_true(str_eq(function->description, STR("what stands behind a mark")));
    assert_int_equal(function->parameter_count, 2);
    assert_true(str_eq(function->parameters[1].name, STR("mark")));
    assert_int_equal(function->parameters[1].type, CUSTOM_STRING);
    assert_int_equal(function->result, CUSTOM_STRING);
    assert_false(function->is_variadic);
    assert_true(custom_function_at(tables.functions, 1)->is_variadic);
    assert_null(custom_function_find(tables.functions, STR("BEHIND")));
    assert_true(str_eq(custom_function_suggest(tables.functions, STR("TEXT::BEHNID")), STR("TEXT::BEHIND")));
    assert_int_equal(custom_function_suggest(tables.functions, STR("GEO::LOOKUP")).len, 0);
    tables_free(&tables);
}

static void types_have_names_and_values(void **state)
{
    assert_true(str_eq(custom_type_name(CUSTOM_HOST), STR("HOST")));
    assert_int_equal(custom_type_value(CUSTOM_STRING), TYPE_STRING);
    assert_int_equal(custom_type_value(CUSTOM_NUMBER), TYPE_DOUBLE);
    assert_int_equal(custom_type_value(CUSTOM_LONG), TYPE_INT64);
    assert_int_equal(custom_type_value(CUSTOM_HOST), TYPE_IP);
    assert_int_equal(custom_type_value(CUSTOM_PORT), TYPE_INT64);
    assert_int_equal(custom_type_value(CUSTOM_BOOLEAN), TYPE_BOOL);
}

static void searches_have_names(void **state)
{
    struct tables tables;
    load_example(&tables, OFFENSES_DOCUMENT, "## Saved searches", "yaml searches.yaml");
    const struct saved_search *search = saved_search_find(tables.searches, STR("failed LOGONS by host"));
    assert_non_null(search);
    assert_true(str_starts_with(search->aql, STR("SELECT \"Hostname\", COUNT(*)")));
    assert_string_equal(search->source, "f.yaml, 'Failed logons by host'");
    assert_null(saved_search_find(tables.searches, STR("Failed logons")));
    assert_true(
        str_eq(saved_search_suggest(tables.searches, STR("Failed logins by host")), STR("Failed logons by host")));
    tables_free(&tables);
}

/* ---- mistakes ---- */

#define FUNCTION(rest) "functions:\n - {namespace: N, name: F, returns: LONG, " rest "}\n"

static const struct {
    const char *text;
    uint32_t line;
    const char *message;
    const char *hint;
} mistakes[] = {
    {"rules:\n - {id: 1, name: A}\n - {id: 1, name: B}\n", 3, "the id 1 stands here twice", ""},
    {"rules:\n - {id: 1}\n", 2, "'name' is missing", "id, name"},
    {"rules:\n - {id: x, name: A}\n", 2, "", ""},
    {"offenses:\n - {id: 1, start: 1}\n - {id: 1, start: 2}\n", 3, "the id 1 stands here twice", ""},
    {"offenses:\n - {id: 1}\n", 2, "'start' is missing", ""},
    {"offenses:\n - id: 1\n   start: yesterday\n", 3, "'yesterday' is no time", "milliseconds since 1970"},
    {"offenses:\n - id: 1\n   start: 2\n   stop: x\n", 4, "'x' is no time", ""},
    {"offenses:\n - id: 1\n   start: 2\n   stop: 1\n", 4, "the offense stops before it starts", ""},
    {"offenses:\n - {id: 1, start: 1, rules: [a]}\n", 2, "", ""},
    {FUNCTION("expression: '1', varargs: true"), 2, "'varargs' repeats the last parameter", ""},
    {FUNCTION("expresion: '1'"), 2, "unknown key 'expresion'", "expression"},
    {FUNCTION("expression: '1', parameters: [{name: a, type: TEXT}]"), 2, "must be one of a few words", "STRING"},
    {FUNCTION("expression: '1', parameters: [{name: 1a, type: LONG}]"), 2, "'1a' cannot be a name here", "digits"},
    {FUNCTION("expression: '1', parameters: [{name: a, type: LONG}, {name: A, type: LONG}]"), 2,
     "the name 'A' stands here twice", ""},
    {"functions:\n - {namespace: N-, name: F, returns: LONG, expression: '1'}\n", 2, "'N-' cannot be a name here", ""},
    {"functions:\n - {namespace: N, name: F F, returns: LONG, expression: '1'}\n", 2, "'F F' cannot be a name", ""},
    {"functions:\n - {namespace: N, name: F, returns: LONG, expression: '1'}\n"
     " - {namespace: n, name: f, returns: LONG, expression: '1'}\n",
     3, "the name 'n::f' stands here twice", ""},
    {"searches:\n - {name: A, aql: x}\n - {name: a, aql: y}\n", 3, "the name 'a' stands here twice", ""},
    {"searches:\n - {name: A}\n", 2, "'aql' is missing", ""},
};

static void mistakes_are_told_with_their_place(void **state)
{
    for (size_t i = 0; i < countof(mistakes); i++) {
        struct tables tables;
        struct error err = {0};
        tables_create(&tables);
        tocsin_status status = tables_load(&tables, str_from_cstring(mistakes[i].text), &err);
        if (status != TOCSIN_ERROR_CONFIG || err.line != mistakes[i].line ||
            !strstr(err.message, mistakes[i].message) || !strstr(err.hint, mistakes[i].hint)) {
            fail_msg("case %zu: %d %u:%u: %s (%s)", i, (int)status, err.line, err.column, err.message, err.hint);
        }
        tables_free(&tables);
    }
}

/* ---- limits ---- */

static void append_repeated(struct strbuf *text, char c, size_t count)
{
    char *room = strbuf_reserve(text, count);
    assert_non_null(room);
    memset(room, c, count);
    text->len += count;
}

static void expect_limit(const struct strbuf *text, bool is_too_much, const char *message)
{
    struct tables tables;
    struct error err = {0};
    tables_create(&tables);
    assert_false(text->is_failed);
    tocsin_status status = tables_load(&tables, strbuf_str(text), &err);
    if (status != (is_too_much ? TOCSIN_ERROR_CONFIG : TOCSIN_OK) || (is_too_much && !strstr(err.message, message))) {
        fail_msg("%s: %d %s", message, (int)status, err.message);
    }
    tables_free(&tables);
}

static void texts_are_no_longer_than_a_query(void **state)
{
    static const struct {
        const char *front;
        const char *message;
    } texts[] = {
        {"offenses:\n - id: 1\n   start: 1\n   where: ", "the filter is longer than a query may be"},
        {"functions:\n - namespace: N\n   name: F\n   returns: LONG\n   expression: ",
         "the expression is longer than a query may be"},
        {"searches:\n - name: A\n   aql: ", "the search is longer than a query may be"},
    };
    for (size_t i = 0; i < countof(texts); i++) {
        struct strbuf text;
        strbuf_init(&text, 4 * MEBI);
        strbuf_append(&text, str_from_cstring(texts[i].front));
        append_repeated(&text, 'a', LIMIT_QUERY_BYTES);
        expect_limit(&text, false, texts[i].message);
        append_repeated(&text, 'a', 1);
        expect_limit(&text, true, texts[i].message);
        strbuf_release(&text);
    }
}

static void functions_have_so_many_parameters(void **state)
{
    for (unsigned count = LIMIT_CUSTOM_PARAMETERS; count <= LIMIT_CUSTOM_PARAMETERS + 1; count++) {
        struct strbuf text;
        strbuf_init(&text, 1 * MEBI);
        strbuf_append(&text, STR("functions:\n - namespace: N\n   name: F\n   returns: LONG\n   expression: '1'\n"
                                 "   parameters:\n"));
        for (unsigned i = 0; i < count; i++) {
            strbuf_append_format(&text, "    - {name: p%u, type: LONG}\n", i);
        }
        expect_limit(&text, count > LIMIT_CUSTOM_PARAMETERS, "a function has at most 32 parameters");
        strbuf_release(&text);
    }
}

static void there_are_so_many_searches(void **state)
{
    for (unsigned count = LIMIT_SAVED_SEARCHES; count <= LIMIT_SAVED_SEARCHES + 1; count++) {
        struct strbuf text;
        strbuf_init(&text, 4 * MEBI);
        strbuf_append(&text, STR("searches:\n"));
        for (unsigned i = 0; i < count; i++) {
            strbuf_append_format(&text, "- {name: s%u, aql: x}\n", i);
        }
        expect_limit(&text, count > LIMIT_SAVED_SEARCHES, "there are more than 10000 saved searches");
        strbuf_release(&text);
    }
}

/* ---- the folder of searches ---- */

#define FOLDER_TEMPLATE "/tmp/tocsin-searches-XXXXXX"

static void place(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void take_away(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(remove(path), 0);
}

static tocsin_status load_searches(const char *folder, struct saved_searches **ret, bool *ret_is_loaded,
                                   struct error *err)
{
    assert_int_equal(saved_searches_create(ret, NULL), TOCSIN_OK);
    *ret_is_loaded = false;
    return saved_searches_load_folder(*ret, folder, ret_is_loaded, err);
}

static void searches_are_files_too(void **state)
{
    char folder[] = FOLDER_TEMPLATE;
    char inner[sizeof(folder) + 16];
    struct saved_searches *searches;
    bool is_loaded;
    struct error err = {0};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(load_searches(folder, &searches, &is_loaded, &err), TOCSIN_OK);
    assert_false(is_loaded);
    saved_searches_free(searches);

    snprintf(inner, sizeof(inner), "%s/searches", folder);
    assert_int_equal(mkdir(inner, 0700), 0);
    place(folder, "searches/Two words.aql", "SELECT 1 FROM events");
    place(folder, "searches/.hidden.aql", "x");
    place(folder, "searches/notes.txt", "x");
    place(folder, "searches.yaml", "searches: [{name: other, aql: SELECT 2 FROM events}]");
    assert_int_equal(load_searches(folder, &searches, &is_loaded, &err), TOCSIN_OK);
    assert_true(is_loaded);
    assert_int_equal(saved_search_count(searches), 2);
    const struct saved_search *search = saved_search_find(searches, STR("two words"));
    assert_non_null(search);
    assert_true(str_eq(search->aql, STR("SELECT 1 FROM events")));
    assert_non_null(strstr(search->source, "/searches/Two words.aql"));
    assert_true(str_eq(saved_search_at(searches, 1)->name, STR("other")));
    saved_searches_free(searches);

    place(folder, "searches.yaml", "searches: [{name: TWO WORDS, aql: SELECT 2 FROM events}]");
    assert_int_equal(load_searches(folder, &searches, &is_loaded, &err), TOCSIN_ERROR_CONFIG);
    assert_string_equal(err.message, "there is a file of the search 'TWO WORDS', too");
    saved_searches_free(searches);

    place(folder, "searches/TWO words.aql", "x");
    err = (struct error){0};
    assert_int_equal(load_searches(folder, &searches, &is_loaded, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "there are two saved searches of that name"));
    saved_searches_free(searches);

    take_away(folder, "searches/TWO words.aql");
    take_away(folder, "searches/Two words.aql");
    take_away(folder, "searches/.hidden.aql");
    take_away(folder, "searches/notes.txt");
    take_away(folder, "searches.yaml");
    take_away(folder, "searches");
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_have_names),
        cmocka_unit_test(offenses_have_a_time_and_a_filter),
        cmocka_unit_test(functions_have_parameters_and_a_body),
        cmocka_unit_test(types_have_names_and_values),
        cmocka_unit_test(searches_have_names),
        cmocka_unit_test(mistakes_are_told_with_their_place),
        cmocka_unit_test(texts_are_no_longer_than_a_query),
        cmocka_unit_test(functions_have_so_many_parameters),
        cmocka_unit_test(there_are_so_many_searches),
        cmocka_unit_test(searches_are_files_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
