/* Sums without rounding: they do not depend on the order of values, cancel exactly, and survive a temporary file. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "execute/exact_sum.h"

enum { VALUES_MAX = 2000 };

static struct state_memory memory;

static int set_up(void **state)
{
    (void)state;
    state_memory_init(&memory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    state_memory_release(&memory);
    return 0;
}

static double sum_of(const double *values, size_t count)
{
    struct exact_sum sum = {0};
    for (size_t i = 0; i < count; i++) {
        assert_true(exact_sum_add_double(&sum, values[i], &memory));
    }
    return exact_sum_value(&sum);
}

#define SUM(...) sum_of((const double[]){__VA_ARGS__}, countof(((const double[]){__VA_ARGS__})))

/* Bits must agree: 0.0 is not -0.0, and NaN is NaN. */
static void assert_same(double a, double b)
{
    assert_memory_equal(&a, &b, sizeof(a));
}

static void sums_are_rounded_once(void **state)
{
    (void)state;
    struct exact_sum none = {0};
    assert_same(exact_sum_value(&none), 0.0);
    assert_same(SUM(1.5), 1.5);
    assert_same(SUM(-0.0), 0.0);
    assert_same(SUM(0.1, 0.2, 0.3), 0.6);
    assert_same(SUM(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1), 1.0);
    assert_same(SUM(1e100, 1, -1e100), 1.0);
    assert_same(SUM(-1e100, -1, 1e100), -1.0);
    assert_same(SUM(5e-324, 5e-324), 1e-323);
    assert_same(SUM(1e308, 5e-324, -1e308), 5e-324);
    assert_same(SUM(DBL_MAX, DBL_MAX, -DBL_MAX), DBL_MAX);
    assert_same(SUM(DBL_MAX, DBL_MAX), INFINITY);
    assert_same(SUM(-DBL_MAX, -DBL_MAX), -INFINITY);
    /* Ties go to even, a bit far below breaks them. */
    assert_same(SUM(9007199254740992.0, 1.0), 9007199254740992.0);
    assert_same(SUM(9007199254740992.0, 1.0, 1e-300), 9007199254740994.0);
    assert_same(SUM(9007199254740994.0, 1.0), 9007199254740996.0);
    assert_same(SUM(9007199254740992.0, 1.0, -1e-300), 9007199254740992.0);
    assert_same(SUM(1.0, DBL_EPSILON / 2, DBL_EPSILON / 2), 1.0 + DBL_EPSILON);
}

static void infinities_and_nan(void **state)
{
    (void)state;
    assert_same(SUM(1.0, INFINITY, -1e308), INFINITY);
    assert_same(SUM(-INFINITY, 3.0), -INFINITY);
    assert_true(isnan(SUM(INFINITY, -INFINITY)));
    assert_true(isnan(SUM(1.0, NAN, INFINITY)));
}

static void carries_run_through_all_digits(void **state)
{
    (void)state;
    struct exact_sum sum = {0};
    /* 2^64 - 1 and 1 at the top of many digits of ones; then back across zero. */
    assert_true(exact_sum_add_double(&sum, ldexp(1, 300), &memory));
    assert_true(exact_sum_add_double(&sum, -ldexp(1, -300), &memory));
    assert_true(exact_sum_add_double(&sum, ldexp(1, -300), &memory));
    assert_same(exact_sum_value(&sum), ldexp(1, 300));
    for (int i = 0; i < 5; i++) {
        assert_true(exact_sum_add_double(&sum, -ldexp(1, 300), &memory));
    }
    assert_same(exact_sum_value(&sum), -ldexp(4, 300));
    struct exact_sum integers = {0};
    for (int i = 0; i < 1000; i++) {
        assert_true(exact_sum_add_integer(&integers, INT64_MIN, &memory));
    }
    assert_same(exact_sum_value(&integers), -9223372036854775808.0 * 1000);
    for (int i = 0; i < 2000; i++) {
        assert_true(exact_sum_add_integer(&integers, INT64_MAX, &memory));
    }
    assert_same(exact_sum_value(&integers), 9223372036854775808.0 * 1000); /* less 2000, which rounds away */
}

static double next_value(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    double value = ldexp((double)(*seed >> 11), (int)(*seed >> 3 & 0xFF) - 180);
    return *seed & 1 ? value : -value;
}

static void order_does_not_matter(void **state)
{
    (void)state;
    static double values[VALUES_MAX];
    uint64_t seed = 5;
    for (int i = 0; i < VALUES_MAX; i++) {
        values[i] = next_value(&seed);
    }
    double expected = sum_of(values, VALUES_MAX);
    for (int round = 0; round < 20; round++) {
        for (int i = VALUES_MAX - 1; i > 0; i--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            int other = (int)((seed >> 33) % (uint64_t)(i + 1));
            double swapped = values[i];
            values[i] = values[other];
            values[other] = swapped;
        }
        assert_same(sum_of(values, VALUES_MAX), expected);
    }
    /* In three parts, through bytes. */
    struct strbuf buffer;
    struct exact_sum merged = {0};
    strbuf_init(&buffer, SIZE_MAX / 2);
    for (int part = 0; part < 3; part++) {
        struct exact_sum sum = {0};
        for (int i = part; i < VALUES_MAX; i += 3) {
            assert_true(exact_sum_add_double(&sum, values[i], &memory));
        }
        exact_sum_write(&sum, &buffer);
    }
    str bytes = strbuf_str(&buffer);
    for (int part = 0; part < 3; part++) {
        assert_true(exact_sum_merge(&merged, &bytes, &memory));
    }
    assert_int_equal(bytes.len, 0);
    assert_same(exact_sum_value(&merged), expected);
    strbuf_release(&buffer);
}

static double deviation_of(const double *values, size_t count, bool is_sample)
{
    struct exact_sum sum = {0};
    struct exact_sum squares = {0};
    for (size_t i = 0; i < count; i++) {
        assert_true(exact_sum_add_double(&sum, values[i], &memory));
        assert_true(exact_sum_add_square(&squares, values[i], &memory));
    }
    return exact_deviation(&sum, &squares, count, is_sample);
}

#define DEVIATION(is_sample, ...)                                                                                      \
    deviation_of((const double[]){__VA_ARGS__}, countof(((const double[]){__VA_ARGS__})), is_sample)

static void deviations_do_not_cancel(void **state)
{
    (void)state;
    assert_same(DEVIATION(false, 2, 4, 4, 4, 5, 5, 7, 9), 2.0);
    assert_same(DEVIATION(false, 7), 0.0);
    assert_same(DEVIATION(true, 3, 3, 3), 0.0);
    assert_same(DEVIATION(true, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1), 0.0);
    double small = DEVIATION(true, 4, 7, 13, 16);
    assert_same(small, sqrt(30));
    assert_same(DEVIATION(true, 1e15 + 4, 1e15 + 7, 1e15 + 13, 1e15 + 16), small);
    assert_same(DEVIATION(true, -1e15 + 4, -1e15 + 7, -1e15 + 13, -1e15 + 16), small);
    /* Squares that no double holds. */
    double huge = ldexp(1, 1000);
    assert_same(DEVIATION(false, 2 * huge, 4 * huge, 4 * huge, 4 * huge, 5 * huge, 5 * huge, 7 * huge, 9 * huge),
                2 * huge);
    assert_same(DEVIATION(false, ldexp(2, -1070), ldexp(4, -1070)), ldexp(1, -1070));
    assert_true(isnan(DEVIATION(false, 1, INFINITY)));
}

/* What is added many times at once is the same as one by one. */
static void many_times(void **state)
{
    (void)state;
    static const double values[] = {0.1, -3, 1e300, 5e-324, -1e-200, 12345678901234567.0, 0.0};
    static const int64_t integers[] = {1, -1, 7, INT64_MAX, INT64_MIN, -123456789012345, 0};
    static const uint64_t times[] = {0, 1, 2, 3, 1000};
    for (size_t t = 0; t < countof(times); t++) {
        struct exact_sum at_once[4] = {0};
        struct exact_sum single[4] = {0};
        for (size_t i = 0; i < countof(values); i++) {
            assert_true(exact_sum_add_double_times(&at_once[0], values[i], times[t], &memory));
            assert_true(exact_sum_add_square_times(&at_once[1], values[i], times[t], &memory));
            assert_true(exact_sum_add_integer_times(&at_once[2], integers[i], times[t], &memory));
            assert_true(exact_sum_add_integer_square_times(&at_once[3], integers[i], times[t], &memory));
            for (uint64_t n = 0; n < times[t]; n++) {
                assert_true(exact_sum_add_double(&single[0], values[i], &memory));
                assert_true(exact_sum_add_square(&single[1], values[i], &memory));
                assert_true(exact_sum_add_integer(&single[2], integers[i], &memory));
                assert_true(exact_sum_add_integer_square(&single[3], integers[i], &memory));
            }
        }
        for (size_t i = 0; i < countof(at_once); i++) {
            assert_same(exact_sum_value(&at_once[i]), exact_sum_value(&single[i]));
        }
    }
    struct exact_sum sum = {0};
    assert_true(exact_sum_add_integer_square_times(&sum, INT64_MIN, UINT64_MAX, &memory));
    assert_true(exact_sum_add_integer_square_times(&sum, INT64_MIN, 1, &memory));
    assert_same(exact_sum_value(&sum), ldexp(1, 126 + 64));
    assert_true(exact_sum_add_double_times(&sum, INFINITY, 0, &memory));
    assert_same(exact_sum_value(&sum), ldexp(1, 126 + 64));
    assert_true(exact_sum_add_double_times(&sum, -INFINITY, 3, &memory));
    assert_same(exact_sum_value(&sum), -INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sums_are_rounded_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(infinities_and_nan, set_up, tear_down),
        cmocka_unit_test_setup_teardown(carries_run_through_all_digits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(order_does_not_matter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deviations_do_not_cancel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_times, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
