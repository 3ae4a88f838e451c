/* Names and types: the errors with their places, how columns are named, and in which order conditions are tested. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/strbuf.h"
#include "language/syntax.h"
#include "plan/plan.h"

static struct schema *schema;
static struct arena arena;
static struct plan *plan;
static struct error err;

static int set_up(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum value_type type;
    } properties[] = {{"Bluecoat-cs-host", TYPE_STRING},
                      {"cs", TYPE_INT64},
                      {"cs-host", TYPE_STRING},
                      {"Process Name", TYPE_STRING},
                      {"Risk.Score", TYPE_INT64}};
    field_id ignored;
    assert_int_equal(schema_create(&schema, NULL), TOCSIN_OK);
    for (size_t i = 0; i < countof(properties); i++) {
        assert_int_equal(schema_add_property(schema, str_from_cstring(properties[i].name), properties[i].type, STR(""),
                                             &ignored, NULL),
                         TOCSIN_OK);
    }
    arena_init(&arena, ARENA_NO_LIMIT);
    plan = NULL;
    err = (struct error){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    plan_free(plan);
    arena_release(&arena);
    schema_free(schema);
    return 0;
}

static tocsin_status bind_text(str text)
{
    plan_free(plan);
    plan = NULL;
    arena_clear(&arena);
    err = (struct error){0};
    struct syntax_select *select = NULL;
    struct plan_options options = {0};
    tocsin_status status = aql_parse(&arena, text, "query", &select, &err);
    if (status != TOCSIN_OK) {
        fail_msg("%.*s: %s", STR_ARG(str_slice(text, 0, 200)), err.message);
    }
    return plan_bind(select, text, "query", schema, &options, NULL, &plan, &err);
}

static void bind(const char *text)
{
    if (bind_text(str_from_cstring(text)) != TOCSIN_OK) {
        fail_msg("%s: %s", text, err.message);
    }
}

static const struct {
    const char *text;
    tocsin_status status;
    uint32_t column;
    const char *message, *hint;
} mistakes[] = {
    {"SELECT usrename FROM events", TOCSIN_ERROR_NAME, 8, "Field \"usrename\" does not exist in catalog \"events\"",
     "did you mean username?"},
    {"SELECT \"Proces Name\" FROM events", TOCSIN_ERROR_NAME, 8, "Field \"Proces Name\" does not exist",
     "did you mean \"Process Name\"?"},
    {"SELECT \"Risk.Scroe\" FROM events", TOCSIN_ERROR_NAME, 8, "does not exist", "did you mean \"Risk.Score\"?"},
    {"SELECT username FROM events WHERE username = \"root user 7\"", TOCSIN_ERROR_NAME, 46, "does not exist",
     "'root user 7'"},
    {"SELECT DISTINCT FROM events", TOCSIN_ERROR_NAME, 8, "does not exist", "no SELECT DISTINCT"},
    {"SELECT xx-yy FROM events", TOCSIN_ERROR_NAME, 8, "Field \"xx\"", ""},
    {"SELECT LOWRE(username) FROM events", TOCSIN_ERROR_NAME, 8, "LOWRE", "LOWER"},
    {"SELECT LOWER(username, 1) FROM events", TOCSIN_ERROR_TYPE, 8, "LOWER", ""},
    {"SELECT username + 'x' FROM events", TOCSIN_ERROR_TYPE, 19, "", "CONCAT(a, b)"},
    {"SELECT username FROM events WHERE sourceip = 'nonsense'", TOCSIN_ERROR_TYPE, 0, "is not an IP address", ""},
    {"SELECT username FROM events WHERE username MATCHES '(a'", TOCSIN_ERROR_SYNTAX, 52, "", ""},
    {"SELECT username FROM flowz", TOCSIN_ERROR_UNSUPPORTED, 22, "\"flowz\" cannot be queried", "events"},
    {"SELECT username FROM flows", TOCSIN_ERROR_NAME, 8, "does not exist in catalog \"flows\"", ""},
    {"SELECT flowtype FROM simarc", TOCSIN_ERROR_NAME, 8, "does not exist in catalog \"simarc\"", ""},
    {"SELECT username FROM events GROUP BY username", TOCSIN_ERROR_UNSUPPORTED, 0, "GROUP BY is valid AQL", ""},
    {"SELECT username FROM events ORDER BY 1", TOCSIN_ERROR_TYPE, 38, "orders nothing", "alias"},
    {"SELECT username FROM events ORDER BY 'nobody'", TOCSIN_ERROR_TYPE, 38, "orders nothing", "alias"},
    {"SELECT username FROM events START 'soon'", TOCSIN_ERROR_TYPE, 35, "'soon' is no time", "2026"},
};

static void errors_name_the_place(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < countof(mistakes); i++) {
        tocsin_status status = bind_text(str_from_cstring(mistakes[i].text));
        if (status != mistakes[i].status || (mistakes[i].column && err.column != mistakes[i].column) || err.line != 1 ||
            !strstr(err.message, mistakes[i].message) || !strstr(err.hint, mistakes[i].hint)) {
            print_error("%s\n  %s %u:%u: %s (%s)\n", mistakes[i].text, tocsin_status_name(status), err.line, err.column,
                        err.message, err.hint);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
    assert_int_equal(bind_text(STR("SELECT username,\n  nobody7 FROM events")), TOCSIN_ERROR_NAME);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 3);
    assert_string_equal(err.source, "query");
}

static void properties_with_hyphens(void **state)
{
    (void)state;
    bind("SELECT Bluecoat-cs-host FROM events");
    assert_int_equal(plan->outputs[0].expression->kind, EXPRESSION_FIELD);
    assert_int_equal(plan->outputs[0].expression->type, TYPE_STRING);
    bind("SELECT cs-eventcount FROM events"); /* a name in front: a difference */
    assert_int_equal(plan->outputs[0].expression->kind, EXPRESSION_ARITHMETIC);
    bind("SELECT \"cs-host\" FROM events");
    assert_int_equal(plan->outputs[0].expression->kind, EXPRESSION_FIELD);
    assert_int_equal(bind_text(STR("SELECT Bluecoat - cs - host FROM events")), TOCSIN_ERROR_NAME); /* blanks */
}

static void names_of_columns(void **state)
{
    (void)state;
    static const struct {
        const char *items, *names;
    } cases[] = {
        {"username", "username"},
        {"UserName", "UserName"},
        {"\"Process Name\"", "Process Name"},
        {"username AS u, username AS 'a b'", "u|a b"},
        {"UPPER(username)", "upper_username"},
        {"eventcount + 1", "eventcount_1"},
        {"1+1, (2)", "1_1|2"},
        {"'%'", "column"},
        {"username, username, USERNAME", "username|username_2|USERNAME_3"},
        {"username AS u_2, username AS u, username AS u, username AS u", "u_2|u|u_3|u_4"},
        {"username AS a_02, username AS a, username AS a", "a_02|a|a_2"},
        {"username AS a_99999999999999999999, username AS a_1, username AS a, username AS a",
         "a_99999999999999999999|a_1|a|a_2"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct strbuf text;
        strbuf_init(&text, 1000);
        strbuf_append_format(&text, "SELECT %s FROM events", cases[i].items);
        assert_int_equal(bind_text(strbuf_str(&text)), TOCSIN_OK);
        struct strbuf names; /* of views into the text */
        strbuf_init(&names, 1000);
        for (uint32_t output = 0; output < plan->output_count; output++) {
            strbuf_append(&names, output > 0 ? STR("|") : STR(""));
            strbuf_append(&names, plan->outputs[output].name);
        }
        if (!str_eq(strbuf_str(&names), str_from_cstring(cases[i].names))) {
            fail_msg("%s: %.*s", cases[i].items, STR_ARG(strbuf_str(&names)));
        }
        strbuf_release(&names);
        strbuf_release(&text);
    }
    bind("SELECT username AS \"Some Name\" FROM events");
    assert_int_equal(plan_find_output(plan, STR("some name")), 0);
    assert_int_equal(plan_find_output(plan, STR("other")), UINT32_MAX);
}

static void cheap_conditions_come_first(void **state)
{
    (void)state;
    bind("SELECT username FROM events WHERE username MATCHES 'a+' AND UPPER(username) ILIKE '%x%' AND "
         "username ILIKE '%y%' AND eventcount = 1 AND qid = 2 AND username IS NULL");
    static const enum expression_kind kinds[] = {EXPRESSION_COMPARE, EXPRESSION_IS_NULL, EXPRESSION_COMPARE,
                                                 EXPRESSION_COMPARE, EXPRESSION_LIKE,    EXPRESSION_LIKE,
                                                 EXPRESSION_REGEX};
    assert_int_equal(plan->early_count, countof(kinds));
    assert_int_equal(plan->early[0]->operands[0]->field, FIELD_RECORD_KIND);
    for (uint32_t i = 0; i < plan->early_count; i++) {
        assert_int_equal(plan->early[i]->kind, kinds[i]);
        assert_true(i < 2 || plan->early[i]->cost >= plan->early[i - 1]->cost);
    }
    /* Equal costs keep the author's order. */
    assert_int_equal(plan->early[2]->operands[0]->field, schema_find(schema, STR("eventcount")));
    assert_int_equal(plan->early[3]->operands[0]->field, schema_find(schema, STR("qid")));
}

static void conditions_on_now_wait(void **state)
{
    (void)state;
    bind("SELECT username FROM events WHERE qid = 1 AND starttime > NOW() - 24*60*60*1000 AND NOW() % 2 = 0");
    assert_int_equal(plan->early_count, 2);
    assert_int_equal(plan->late_count, 2);
    assert_int_equal(plan->late_monotone_count, 1);
    assert_true(plan_needs_now(plan));
    bind("SELECT username FROM events WHERE starttime > 5");
    assert_false(plan_needs_now(plan));
    bind("SELECT username FROM events LAST 5 MINUTES");
    assert_int_equal(plan->late_count, 2);
    assert_true(plan_needs_now(plan));
    assert_true(field_set_has(&plan->fields, FIELD_STARTTIME) && field_set_has(&plan->fields, FIELD_USERNAME));
}

/* An alias stands for its whole expression: a chain of them is deeper than any text. */
static void depth_is_bounded(void **state)
{
    (void)state;
    for (int is_deep = 0; is_deep <= 1; is_deep++) {
        struct strbuf text;
        strbuf_init(&text, 1 << 20);
        strbuf_append(&text, STR("SELECT eventcount AS a0"));
        for (int i = 1; i < (is_deep ? 900 : 8); i++) {
            strbuf_append(&text, STR(", "));
            for (int level = 0; level < 90; level++) {
                strbuf_append(&text, STR("-("));
            }
            strbuf_append_format(&text, "a%d", i - 1);
            for (int level = 0; level < 90; level++) {
                strbuf_append_char(&text, ')');
            }
            strbuf_append_format(&text, " AS a%d", i);
        }
        strbuf_append(&text, STR(" FROM events"));
        assert_false(text.is_failed);
        assert_int_equal(bind_text(strbuf_str(&text)), is_deep ? TOCSIN_ERROR_LIMIT : TOCSIN_OK);
        assert_true(!is_deep || strstr(err.message, "more than 800 levels deep"));
        strbuf_release(&text);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(errors_name_the_place),       TEST(properties_with_hyphens), TEST(names_of_columns),
        TEST(cheap_conditions_come_first), TEST(conditions_on_now_wait),  TEST(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
