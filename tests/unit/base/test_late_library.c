/* Libraries that are loaded when they are needed first: one that is there, one that is not, one without a function. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/late_library.h"

static struct {
    __typeof__(cbrt) *cube_root;
    __typeof__(cbrt) *other;
} loaded;

static void one_that_is_there(void **state)
{
    static const struct late_function functions[] = {{LATE_NAME(cbrt), LATE_FUNCTION(loaded.cube_root)}};
    static struct late_library library = LATE_LIBRARY("libm.so.6", functions);
    (void)state;
    assert_true(late_library_load(&library));
    assert_true(late_library_load(&library));
    assert_int_equal((int)(loaded.cube_root(27.0) + 0.5), 3);
}

static void one_that_is_not(void **state)
{
    static const struct late_function functions[] = {{"cbrt", LATE_FUNCTION(loaded.other)}};
    static struct late_library library = LATE_LIBRARY("libtocsin-nobody-has-this.so.1", functions);
    (void)state;
    assert_false(late_library_load(&library));
    assert_false(late_library_load(&library));
    assert_null(loaded.other);
}

static void one_without_the_function(void **state)
{
    static const struct late_function functions[] = {{"tocsin_nobody_has_this", LATE_FUNCTION(loaded.other)}};
    static struct late_library library = LATE_LIBRARY("libm.so.6", functions);
    (void)state;
    assert_false(late_library_load(&library));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_is_there),
        cmocka_unit_test(one_that_is_not),
        cmocka_unit_test(one_without_the_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
