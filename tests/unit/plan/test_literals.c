/* Literals that a row must hold: never one too many, or rows would be missed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan/expression_text.h"
#include "plan/literals.h"

/* "field=text field~text(i) | ..." of the covers of a WHERE. */
static void assert_covers(const char *where, const char *expected)
{
    struct error err = {0};
    struct schema *schema = NULL;
    struct arena arena;
    struct log_source_table *log_sources = NULL;
    struct syntax_select *select = NULL;
    struct plan *plan = NULL;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct strbuf text;
    strbuf_init(&text, 100000);
    strbuf_append_format(&text, "SELECT qid FROM events WHERE %s", where);
    assert_int_equal(schema_create(&schema, &err), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&log_sources, &err), TOCSIN_OK);
    struct plan_options options = {.log_sources = log_sources};
    assert_int_equal(aql_parse(&arena, strbuf_str(&text), NULL, &select, &err), TOCSIN_OK);
    assert_int_equal(plan_bind(select, strbuf_str(&text), "query", schema, &options, NULL, &plan, &err), TOCSIN_OK);
    struct literal_cover *covers = NULL;
    uint32_t count = 0;
    assert_int_equal(plan_literal_covers(plan, &arena, &covers, &count, &err), TOCSIN_OK);
    struct strbuf shown;
    strbuf_init(&shown, 100000);
    for (uint32_t i = 0; i < count; i++) {
        strbuf_append(&shown, i > 0 ? STR(" | ") : STR_EMPTY);
        for (uint32_t j = 0; j < covers[i].count; j++) {
            const struct literal *literal = &covers[i].literals[j];
            strbuf_append(&shown, j > 0 ? STR(" ") : STR_EMPTY);
            strbuf_append(&shown, schema_field(schema, literal->field)->name);
            strbuf_append(&shown, literal->is_whole ? STR("=") : STR("~"));
            strbuf_append(&shown, literal->text);
            strbuf_append(&shown, literal->ignores_case ? STR("(i)") : STR_EMPTY);
        }
    }
    if (!str_eq(strbuf_str(&shown), str_from_cstring(expected))) {
        fail_msg("%s: '%.*s', expected '%s'", where, STR_ARG(strbuf_str(&shown)), expected);
    }
    strbuf_release(&shown);
    strbuf_release(&text);
    plan_free(plan);
    log_source_table_free(log_sources);
    schema_free(schema);
    arena_release(&arena);
}

static void covers_hold_what_every_row_must(void **state)
{
    (void)state;
    assert_covers("username = 'bob'", "username=bob");
    assert_covers("username LIKE '%ab_cde%f'", "username~cde");
    assert_covers("UTF8(payload) ILIKE '%Secret%'", "payload~Secret(i)");
    assert_covers("LOWER(username) LIKE '%x%' AND severity > 3", "username~x(i)");
    assert_covers("username IN ('a', 'bb')", "username=a username=bb");
    assert_covers("(username LIKE '%long one%' OR hostname = 'h') AND username LIKE '%q%'",
                  "username~q | hostname=h username~long one");
}

static void implied_literals_are_dropped(void **state)
{
    (void)state;
    assert_covers("username LIKE '%docker%' OR username LIKE '%docker exec%' OR username ILIKE '%dock%'",
                  "username~dock(i)");
    assert_covers("username LIKE '%a%' OR username LIKE '%a%'", "username~a");
    assert_covers("username = 'docker' OR username LIKE '%DOCK%'", "username=docker username~DOCK");
}

static void what_may_lack_a_literal_has_no_cover(void **state)
{
    (void)state;
    assert_covers("username = 'bob' OR severity > 3", "");
    assert_covers("NOT username = 'bob'", "");
    assert_covers("username <> 'bob'", "");
    assert_covers("username LIKE '%_%'", "");
    assert_covers("username IS NULL OR username = 'x'", "");
    assert_covers("username = hostname", "");
    assert_covers("SUBSTRING(username, 0, 2) = 'bo'", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_hold_what_every_row_must),
        cmocka_unit_test(implied_literals_are_dropped),
        cmocka_unit_test(what_may_lack_a_literal_has_no_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
