/* Names and types: the errors with their places, how columns are named, and in which order conditions are tested. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan_fixture.h"

static const struct mistake mistakes[] = {
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
    {"SELECT username FROM flowz", TOCSIN_ERROR_NAME, 22, "no database and no cursor \"flowz\"", "flows"},
    {"SELECT username FROM flows", TOCSIN_ERROR_NAME, 8, "does not exist in catalog \"flows\"", ""},
    {"SELECT flowtype FROM simarc", TOCSIN_ERROR_NAME, 8, "does not exist in catalog \"simarc\"", ""},
    {"SELECT username FROM events ORDER BY 1", TOCSIN_ERROR_TYPE, 38, "orders nothing", "alias"},
    {"SELECT username FROM events ORDER BY 'nobody'", TOCSIN_ERROR_TYPE, 38, "orders nothing", "alias"},
    {"SELECT username FROM events START 'soon'", TOCSIN_ERROR_TYPE, 35, "'soon' is no time", "2026"},
};

static void errors_name_the_place(void **state)
{
    (void)state;
    expect_mistakes(mistakes, countof(mistakes));
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
        expect_names(cases[i].items, "", cases[i].names);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(errors_name_the_place),       TEST(properties_with_hyphens), TEST(names_of_columns),
        TEST(cheap_conditions_come_first), TEST(conditions_on_now_wait),  TEST(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
