#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clickhouse/server_clock.h"

#define SECOND_NS INT64_C(1000000000)
#define HOUR_NS   (3600 * SECOND_NS)

/* This machine's clock is a day behind the server's. */
static const int64_t server_now = INT64_C(1700000000000);
static const int64_t wall = INT64_C(1700000000000) - 86400000;
static const int64_t monotonic = 5 * SECOND_NS;

static void test_unknown(void **state)
{
    const struct server_clock clock = {.is_known = false};
    assert_true(server_clock_is_old(&clock, wall, monotonic));
    assert_int_equal(server_clock_ms(&clock, wall, monotonic), wall);
}

static void test_follows_the_monotonic_clock(void **state)
{
    struct server_clock clock;
    server_clock_set(&clock, server_now, wall, monotonic);
    assert_int_equal(server_clock_ms(&clock, wall, monotonic), server_now);
    assert_int_equal(server_clock_ms(&clock, 0, monotonic + 7 * SECOND_NS), server_now + 7000);
    assert_false(server_clock_is_old(&clock, wall + 7000, monotonic + 7 * SECOND_NS));
    assert_false(server_clock_is_old(&clock, wall + 3599000, monotonic + 3599 * SECOND_NS));
    assert_true(server_clock_is_old(&clock, wall + 3600000, monotonic + HOUR_NS));
}

/* The machine slept, or somebody set its clock. */
static void test_clocks_apart(void **state)
{
    struct server_clock clock;
    server_clock_set(&clock, server_now, wall, monotonic);
    const int64_t later = monotonic + 60 * SECOND_NS;
    assert_false(server_clock_is_old(&clock, wall + 61000, later));
    assert_true(server_clock_is_old(&clock, wall + 63000, later));
    assert_true(server_clock_is_old(&clock, wall + 57000, later));
}

static void test_no_answer(void **state)
{
    struct server_clock clock;
    server_clock_set(&clock, server_now, wall, monotonic);
    int64_t later = monotonic + HOUR_NS;
    server_clock_keep(&clock, later);
    assert_false(server_clock_is_old(&clock, wall + 3600000 + 59000, later + 59 * SECOND_NS));
    assert_true(server_clock_is_old(&clock, wall + 3600000 + 60000, later + 60 * SECOND_NS));
    assert_int_equal(server_clock_ms(&clock, wall, later), server_now + 3600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_follows_the_monotonic_clock),
        cmocka_unit_test(test_clocks_apart),
        cmocka_unit_test(test_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
