/* Conversions through the public interface: their limit, and files of names. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tocsin/tocsin.h"

static tocsin_engine *engine;

static int set_up(void **state)
{
    struct tocsin_engine_options options = {.time_zone = "UTC"};
    return tocsin_engine_create(&options, &engine, NULL) == TOCSIN_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    tocsin_engine_free(engine);
    return 0;
}

static tocsin_status convert(const char *query_text, const char *target, const char *fields,
                             tocsin_conversion **ret_conversion, struct tocsin_error *err)
{
    tocsin_query *query = NULL;
    assert_int_equal(tocsin_query_prepare(engine, query_text, strlen(query_text), "query", &query, err), TOCSIN_OK);
    tocsin_status status = tocsin_convert_query(engine, query, target, fields, ret_conversion, err);
    tocsin_query_free(query);
    return status;
}

/* Each alias holds the one before twice. */
static void a_conversion_has_a_limit(void **state)
{
    char query[4096];
    struct tocsin_error err = {0};
    tocsin_conversion *conversion = NULL;
    int used = snprintf(query, sizeof(query), "SELECT STRLEN(username) AS a0");
    for (int i = 1; i < 22; i++) {
        used += snprintf(query + used, sizeof(query) - (size_t)used, ", a%d + a%d AS a%d", i - 1, i - 1, i);
    }
    snprintf(query + used, sizeof(query) - (size_t)used, " FROM events WHERE a21 > 5");
    assert_int_equal(convert(query, "splunk", NULL, &conversion, &err), TOCSIN_ERROR_LIMIT);
}

static void names_come_from_a_file(void **state)
{
    char path[] = "/tmp/tocsin_fields_XXXXXX";
    int descriptor = mkstemp(path);
    static const char text[] = "target: splunk\nfields:\n  - {field: username, is: my user}\n";
    struct tocsin_error err = {0};
    struct tocsin_conversion_info info;
    tocsin_conversion *conversion = NULL;
    assert_true(descriptor >= 0 && write(descriptor, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
    close(descriptor);
    static const char query[] =
        "SELECT * FROM events WHERE username = 'x' AND LOGSOURCETYPENAME(logsourceid) = 'Docker'";
    assert_int_equal(convert(query, "splunk", path, &conversion, &err), TOCSIN_OK);
    tocsin_conversion_get(conversion, &info);
    assert_string_equal(info.target.extension, "spl");
    tocsin_conversion_free(conversion);
    assert_int_equal(convert(query, "sumo", path, &conversion, &err), TOCSIN_ERROR_CONFIG);
    assert_int_equal(convert(query, "splunk", "/nonexistent", &conversion, &err), TOCSIN_ERROR_CONFIG);
    unlink(path);
}

static void refusals_have_their_place(void **state)
{
    struct tocsin_error err = {0};
    tocsin_conversion *conversion = NULL;
    assert_int_equal(convert("SELECT username FROM events\nWHERE TEXT SEARCH 'x'", "sigma", NULL, &conversion, &err),
                     TOCSIN_ERROR_UNSUPPORTED);
    assert_string_equal(err.message, "not converted to Sigma: TEXT SEARCH");
    assert_int_equal(err.line, 2);
    assert_int_equal(convert("SELECT username FROM events", "siem", NULL, &conversion, &err), TOCSIN_ERROR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversion_has_a_limit),
        cmocka_unit_test(names_come_from_a_file),
        cmocka_unit_test(refusals_have_their_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
