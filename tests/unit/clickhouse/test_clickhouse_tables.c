/* Statements that would be too long. What servers make of those that are not: tests/clickhouse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "clickhouse/clickhouse_tables.h"

static tocsin_status count_statement(void *context, str sql, struct error *err)
{
    size_t *bytes = context;
    (void)err;
    *bytes = sql.len > *bytes ? sql.len : *bytes;
    return TOCSIN_OK;
}

/* Of what is longer there is no statement, not a part of one either. */
static void test_statement_limit(void **state)
{
    struct schema *schema = NULL;
    struct error err = {0};
    size_t longest = 0;
    char *name = malloc(LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    assert_non_null(name);
    memset(name, 'x', LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    const struct statement_sink sink = {count_statement, &longest};
    assert_int_equal(schema_create(&schema, &err), TOCSIN_OK);
    struct clickhouse_tables_options options = {
        .schema = schema, .dialect = CLICKHOUSE_MODERN, .database = str_from(name, 1)};
    assert_int_equal(clickhouse_tables_write(&options, &sink, &err), TOCSIN_OK);
    options.database.len = LIMIT_CLICKHOUSE_STATEMENT_BYTES / 2 - longest; /* one names it twice */
    assert_int_equal(clickhouse_tables_write(&options, &sink, &err), TOCSIN_OK);
    longest = 0;
    options.database.len = LIMIT_CLICKHOUSE_STATEMENT_BYTES;
    assert_int_equal(clickhouse_tables_write(&options, &sink, &err), TOCSIN_ERROR_MEMORY);
    assert_int_equal(longest, 0);
    schema_free(schema);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_statement_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
