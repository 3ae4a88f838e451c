/* The list of functions through the public interface. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tocsin/tocsin.h"

static tocsin_engine *engine;

static int set_up(void **state)
{
    struct tocsin_engine_options options = {.time_zone = "UTC", .config_path = TOCSIN_SOURCE_ROOT "/docs/lookups"};
    return tocsin_engine_create(&options, &engine, NULL) == TOCSIN_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    tocsin_engine_free(engine);
    return 0;
}

static void functions_come_by_family_and_name(void **state)
{
    struct tocsin_function before = {.family = "", .name = ""};
    size_t family_changes = 0;
    assert_true(tocsin_function_count(engine) > 50);
    for (size_t i = 0; i < tocsin_function_count(engine); i++) {
        struct tocsin_function function;
        tocsin_function_get(engine, i, &function);
        if (strcmp(before.family, function.family) == 0) {
            assert_true(strcmp(before.name, function.name) < 0);
        } else {
            family_changes++;
        }
        before = function;
    }
    assert_true(family_changes >= 9 && family_changes <= 14); /* each family stands together */
}

static void functions_are_found_by_any_name(void **state)
{
    struct tocsin_function function;
    struct tocsin_error err;
    assert_int_equal(tocsin_function_find(engine, "qidescription", &function, &err), TOCSIN_OK);
    assert_string_equal(function.name, "QIDDESCRIPTION");
    assert_int_equal(function.other_name_count, 1);
    assert_null(function.file);
    assert_int_equal(tocsin_function_find(engine, "NetworkName", &function, &err), TOCSIN_OK);
    assert_string_equal(function.file, "networks.yaml");
    assert_true(function.has_file);
    assert_false(function.is_aggregate);
    assert_int_equal(tocsin_function_find(engine, "Sum", &function, &err), TOCSIN_OK);
    assert_true(function.is_aggregate);
    assert_int_equal(tocsin_function_find(engine, "NETWORKNAM", &function, &err), TOCSIN_ERROR_USAGE);
    assert_string_equal(err.hint, "did you mean NETWORKNAME?");
    assert_int_equal(tocsin_function_find(engine, "", &function, &err), TOCSIN_ERROR_USAGE);
}

static int refuse(void *context, const char *bytes, size_t byte_count)
{
    return *(const int *)context;
}

static void what_cannot_be_written_is_told(void **state)
{
    struct tocsin_error err;
    int failure = ENOSPC;
    struct tocsin_functions_options options = {.write = refuse, .write_context = &failure};
    assert_int_equal(tocsin_functions_write(engine, NULL, 0, &options, &err), TOCSIN_ERROR_OUTPUT);
    failure = EPIPE;
    assert_int_equal(tocsin_functions_write(engine, NULL, 0, &options, &err), TOCSIN_ERROR_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_come_by_family_and_name),
        cmocka_unit_test(functions_are_found_by_any_name),
        cmocka_unit_test(what_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
