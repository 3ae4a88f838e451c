/* The answer of IN (SELECT ...): every type, repeats and nulls, and its two limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "execute/value_collector.h"

static struct arena arena;
static struct column column;

static void start(enum value_type type)
{
    arena_init(&arena, ARENA_NO_LIMIT);
    assert_true(column_init(&column, type, &arena));
}

static void stop(struct value_collector *collector)
{
    value_collector_release(collector);
    arena_release(&arena);
}

static const struct value_set *finish(struct value_collector *collector)
{
    const struct value_set *set = NULL;
    assert_int_equal(value_collector_finish(collector, &set, NULL), TOCSIN_OK);
    return set;
}

static void values_are_sorted_and_differ(void **state)
{
    (void)state;
    struct value_collector collector;
    start(TYPE_STRING);
    value_collector_init(&collector, TYPE_STRING, MEBI, 1);
    static const char *const texts[] = {"b", "", "a", "b", "ab", "a"};
    for (uint32_t i = 0; i < countof(texts); i++) {
        column_set_string(&column, i, str_from_cstring(texts[i]));
    }
    assert_int_equal(value_collector_add(&collector, &column, countof(texts), NULL), TOCSIN_OK);
    const struct value_set *set = finish(&collector);
    assert_int_equal(set->count, 4);
    assert_false(set->has_null);
    assert_true(str_eq(set->strings[0], STR("")) && str_eq(set->strings[1], STR("a")));
    assert_true(str_eq(set->strings[2], STR("ab")) && str_eq(set->strings[3], STR("b")));
    stop(&collector);

    start(TYPE_DOUBLE);
    value_collector_init(&collector, TYPE_DOUBLE, MEBI, 1);
    static const double numbers[] = {2.5, NAN, -0.0, 0.0, -3, INFINITY, 2.5};
    for (uint32_t i = 0; i < countof(numbers); i++) {
        column_set_double(&column, i, numbers[i]);
    }
    assert_int_equal(value_collector_add(&collector, &column, countof(numbers) + 1, NULL), TOCSIN_OK);
    set = finish(&collector);
    assert_int_equal(set->count, 4);
    assert_true(set->has_null);
    assert_true(set->doubles[0] == -3 && set->doubles[1] == 0 && set->doubles[2] == 2.5 && isinf(set->doubles[3]));
    stop(&collector);

    start(TYPE_IP);
    value_collector_init(&collector, TYPE_IP, MEBI, 1);
    column_set_ip(&column, 0, IP_V4_NONE);
    column_set_ip(&column, 1, IP_V6_NONE); /* all zero bytes */
    column_set_ip(&column, 2, IP_V6_NONE);
    assert_int_equal(value_collector_add(&collector, &column, 3, NULL), TOCSIN_OK);
    set = finish(&collector);
    assert_int_equal(set->count, 2);
    assert_memory_equal(&set->ips[0], &IP_V6_NONE, sizeof(struct ip));
    stop(&collector);

    start(TYPE_BOOL);
    value_collector_init(&collector, TYPE_BOOL, MEBI, 1);
    column_set_bool(&column, 0, true);
    column_set_bool(&column, 1, false);
    assert_int_equal(value_collector_add(&collector, &column, 2, NULL), TOCSIN_OK);
    set = finish(&collector);
    assert_int_equal(set->count, 2);
    assert_true(set->integers[0] == 0 && set->integers[1] == 1);
    stop(&collector);
}

static tocsin_status add_many(struct value_collector *collector, int64_t count, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (int64_t at = 0; status == TOCSIN_OK && at < count;) {
        uint32_t rows = 0;
        for (; rows < BATCH_ROWS_MAX && at < count; rows++, at++) {
            column_set_integer(&column, rows, at * 7 - 1000);
        }
        status = value_collector_add(collector, &column, rows, err);
    }
    return status;
}

static void their_number_is_limited(void **state)
{
    (void)state;
    struct value_collector collector;
    struct error err = {0};
    start(TYPE_INT64);
    value_collector_init(&collector, TYPE_INT64, 1024 * MEBI, 1);
    assert_int_equal(add_many(&collector, LIMIT_SUBQUERY_VALUES, &err), TOCSIN_OK);
    assert_int_equal(add_many(&collector, 1000, &err), TOCSIN_OK); /* all known */
    assert_int_equal(add_many(&collector, LIMIT_SUBQUERY_VALUES + 1, &err), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "IN"));
    assert_non_null(strstr(err.message, "1000000"));
    stop(&collector);
}

static void their_memory_is_limited(void **state)
{
    (void)state;
    struct value_collector collector;
    struct error err = {0};
    start(TYPE_STRING);
    char text[2048];
    memset(text, 'x', sizeof(text));
    value_collector_init(&collector, TYPE_STRING, MEBI, 1);
    tocsin_status status = TOCSIN_OK;
    uint32_t added = 0;
    for (; status == TOCSIN_OK && added < 10000; added++) {
        (void)snprintf(text, 20, "%u", added);
        column_set_string(&column, 0, (str){text, sizeof(text)});
        status = value_collector_add(&collector, &column, 1, &err);
    }
    assert_int_equal(status, TOCSIN_ERROR_LIMIT);
    assert_in_range(added, 400, 520);
    assert_non_null(strstr(err.message, "IN"));
    assert_non_null(strstr(err.hint, "LIMIT"));
    stop(&collector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_sorted_and_differ),
        cmocka_unit_test(their_number_is_limited),
        cmocka_unit_test(their_memory_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
