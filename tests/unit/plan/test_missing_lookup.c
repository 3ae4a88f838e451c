/* A query that needs a table nobody gave is bound all the same, and warned of: once for each table. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/diagnostic.h"
#include "language/syntax.h"
#include "plan/plan.h"

static struct schema *schema;
static struct log_source_table *log_sources;
static struct lookup_tables *lookups;

static int set_up(void **state)
{
    assert_int_equal(schema_create(&schema, NULL), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&log_sources, NULL), TOCSIN_OK);
    assert_int_equal(lookup_tables_create(&lookups, NULL), TOCSIN_OK);
    return 0;
}

static int tear_down(void **state)
{
    lookup_tables_free(lookups);
    log_source_table_free(log_sources);
    schema_free(schema);
    return 0;
}

/* The warnings of the query, joined by |. */
static void expect(const char *query, const char *expected)
{
    struct arena arena;
    struct diagnostic_list diagnostics;
    struct syntax_select *select = NULL;
    struct plan *plan = NULL;
    struct error err = {0};
    struct plan_options options = {.log_sources = log_sources, .lookups = lookups};
    arena_init(&arena, ARENA_NO_LIMIT);
    diagnostic_list_init(&diagnostics, &arena);
    str text = str_from_cstring(query);
    assert_int_equal(aql_parse(&arena, text, "query", &select, &err), TOCSIN_OK);
    tocsin_status status = plan_bind(select, text, "query", schema, &options, &diagnostics, &plan, &err);
    if (status != TOCSIN_OK) {
        fail_msg("%s: %s", query, err.message);
    }
    char found[1024] = "";
    size_t used = 0;
    for (size_t i = 0; i < diagnostics.count; i++) {
        const struct diagnostic *remark = &diagnostics.items[i];
        if (str_eq(str_from_cstring(remark->code), STR("missing-lookup"))) {
            assert_int_equal(remark->severity, DIAGNOSTIC_WARNING);
            assert_true(remark->hint.len > 0);
            used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%zu: %.*s", used > 0 ? "|" : "",
                                     remark->offset, STR_ARG(remark->message));
        }
    }
    assert_string_equal(found, expected);
    plan_free(plan);
    arena_release(&arena);
}

static void each_table_is_named_once(void **state)
{
    expect("SELECT NETWORKNAME(sourceip), FULLNETWORKNAME(sourceip) FROM events WHERE HOSTNAME(1) = 'a'",
           "7: no networks.yaml: NETWORKNAME gives 'other'|"
           "74: no deployment.yaml: HOSTNAME gives 'Unknown Host' and the id");
    expect("SELECT QIDNAME(qid), CATEGORYNAME(category), PROTOCOLNAME(protocolid) FROM events", "");
}

static void a_table_that_is_there_is_not(void **state)
{
    lookups->is_loaded[LOOKUP_NETWORKS] = true;
    expect("SELECT NETWORKNAME(sourceip), ASSETUSER(sourceip) FROM events", "30: no assets.yaml: ASSETUSER gives null");
    lookups->is_loaded[LOOKUP_NETWORKS] = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_table_is_named_once),
        cmocka_unit_test(a_table_that_is_there_is_not),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
