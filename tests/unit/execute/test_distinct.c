/* Counting different values: exactly in a set, nearly in a sketch. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "execute/distinct_sketch.h"
#include "execute/unique_set.h"

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

static void add_numbers(struct distinct_sketch *sketch, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        assert_true(distinct_sketch_add(sketch, (str){(const char *)&i, sizeof(i)}, &memory));
    }
}

/* Three standard errors of 0.81 %. */
static void assert_near(double estimate, double truth)
{
    assert_true(fabs(estimate - truth) <= 0.0244 * truth);
}

static void estimates_are_near(void **state)
{
    (void)state;
    struct distinct_sketch sketch = {0};
    assert_true(distinct_sketch_estimate(&sketch) == 0);
    uint64_t reached = 0;
    static const uint64_t counts[] = {1, 2, 10, 100, 1000, 2000};
    for (size_t i = 0; i < countof(counts); i++) {
        add_numbers(&sketch, 0, counts[i]); /* repeats do not count */
        assert_true(distinct_sketch_estimate(&sketch) == (double)counts[i]);
    }
    assert_false(sketch.is_dense);
    for (reached = 2000; reached < 3000000; reached = reached * 5 / 4) {
        add_numbers(&sketch, reached, reached * 5 / 4);
        assert_near(distinct_sketch_estimate(&sketch), (double)(reached * 5 / 4));
    }
    assert_true(sketch.is_dense);
    assert_true(memory.used < 64 * 1024);
}

/* Parts put together are as the whole, in any mix of sparse and dense. */
static void sketches_merge(void **state)
{
    (void)state;
    static const uint64_t ends[] = {10, 1500, 1900, 2500, 9000};
    for (size_t n = 0; n < countof(ends); n++) {
        struct distinct_sketch whole = {0};
        struct distinct_sketch merged = {0};
        struct strbuf buffer;
        strbuf_init(&buffer, SIZE_MAX / 2);
        add_numbers(&whole, 0, ends[n]);
        for (uint64_t part = 0; part < 3; part++) {
            struct distinct_sketch sketch = {0};
            add_numbers(&sketch, part * ends[n] / 3, (part + 1) * ends[n] / 3);
            add_numbers(&sketch, 0, ends[n] / 5);
            distinct_sketch_write(&sketch, &buffer);
        }
        str bytes = strbuf_str(&buffer);
        while (bytes.len > 0) {
            assert_true(distinct_sketch_merge(&merged, &bytes, &memory));
        }
        assert_true(merged.is_dense == whole.is_dense);
        assert_true(distinct_sketch_estimate(&merged) == distinct_sketch_estimate(&whole));
        strbuf_release(&buffer);
    }
}

static str number_text(char *text, size_t size, uint32_t number)
{
    int len = snprintf(text, size, "%u", number);
    return (str){text, (size_t)len};
}

static void sets_are_exact(void **state)
{
    (void)state;
    struct unique_set texts = {0};
    struct unique_set numbers = {0};
    struct unique_set addresses = {0};
    for (uint32_t i = 0; i < 60000; i++) {
        char text[64] = {0};
        uint64_t number = i % 20000; /* 0 is the mark of a free slot */
        uint64_t address[2] = {i % 3, i % 1000};
        assert_true(unique_set_add(&texts, number_text(text, sizeof(text), i % 30000), 0, 9, &memory));
        assert_true(unique_set_add(&numbers, (str){(const char *)&number, 8}, 8, 9, &memory));
        assert_true(unique_set_add(&addresses, (str){(const char *)address, 16}, 16, 9, &memory));
    }
    assert_true(unique_set_add(&texts, STR_EMPTY, 0, 9, &memory));
    assert_true(unique_set_add(&texts, STR_EMPTY, 0, 9, &memory));
    assert_true(unique_set_add(&texts, STR("\0"), 0, 9, &memory));
    assert_int_equal(unique_set_count(&texts), 30002);
    assert_int_equal(unique_set_count(&numbers), 20000);
    assert_int_equal(unique_set_count(&addresses), 3000);
    struct strbuf buffer;
    struct unique_set merged[3] = {{0}};
    strbuf_init(&buffer, SIZE_MAX / 2);
    for (int i = 0; i < 2; i++) {
        unique_set_write(&texts, 0, &buffer);
        unique_set_write(&numbers, 8, &buffer);
        unique_set_write(&addresses, 16, &buffer);
    }
    str bytes = strbuf_str(&buffer);
    while (bytes.len > 0) {
        assert_true(unique_set_merge(&merged[0], 0, 5, &bytes, &memory));
        assert_true(unique_set_merge(&merged[1], 8, 5, &bytes, &memory));
        assert_true(unique_set_merge(&merged[2], 16, 5, &bytes, &memory));
    }
    assert_int_equal(unique_set_count(&merged[0]), 30002);
    assert_int_equal(unique_set_count(&merged[1]), 20000);
    assert_int_equal(unique_set_count(&merged[2]), 3000);
    strbuf_release(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(estimates_are_near, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sketches_merge, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sets_are_exact, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
