/* Memory by lifetime: limits, alignment, reuse, values whose length is known late, and lack of memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/memory.h"

static void allocations_are_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    char *last_end = NULL;
    for (size_t alignment = 1; alignment <= 64; alignment *= 2) {
        for (size_t bytes = 0; bytes < 100; bytes++) {
            char *memory = arena_allocate(&arena, bytes, alignment);
            assert_non_null(memory);
            assert_int_equal((uintptr_t)memory % alignment, 0);
            assert_true(!last_end || memory >= last_end);
            memset(memory, 0xAB, bytes);
            last_end = memory + bytes;
        }
    }
    uint64_t *numbers = arena_array(&arena, uint64_t, 1000);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(numbers[i], 0);
    }
    arena_release(&arena);
}

/* What is prepared is zero where it was not used, also after it was used and cleared. */
static void prepared_memory_is_zero_once(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, MEBI);
    assert_false(arena_prepare(&arena, 2 * MEBI));
    assert_true(arena_prepare(&arena, 500 * KIBI));
    size_t reserved = arena.bytes_reserved;
    for (int round = 0; round < 4; round++) {
        unsigned char *zeros = arena_allocate_zeroed(&arena, 100, KIBI, 64);
        unsigned char *bytes = arena_allocate(&arena, 50 * KIBI, 1);
        unsigned char *more = arena_allocate_zeroed(&arena, 100 + 50 * (size_t)round, KIBI, 64);
        char *known_late = arena_reserve(&arena, KIBI);
        assert_true(zeros && bytes && more && known_late);
        for (size_t i = 0; i < 100 * KIBI; i++) {
            assert_true(zeros[i] == 0 && more[i] == 0);
        }
        memset(zeros, 1, 100 * KIBI);
        memset(bytes, 2, 50 * KIBI);
        memset(more, 3, (100 + 50 * (size_t)round) * KIBI);
        memset(known_late, 4, KIBI); /* and nothing of it is kept */
        assert_int_equal(*(unsigned char *)arena_allocate_zeroed(&arena, 1, 1, 1), 0);
        arena_clear(&arena);
    }
    assert_int_equal(arena.bytes_reserved, reserved);
    arena_release(&arena);
}

static void large_values_have_a_block_of_their_own(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    char *small = arena_allocate(&arena, 10, 1);
    char *large = arena_allocate(&arena, 3 * MEBI, 64);
    assert_non_null(small);
    assert_non_null(large);
    memset(large, 1, 3 * MEBI);
    assert_true(arena.bytes_reserved >= 3 * MEBI);
    arena_clear(&arena);
    assert_true(arena.bytes_reserved < MEBI); /* the oversized block went back */
    arena_release(&arena);
    assert_int_equal(arena.bytes_reserved, 0);
}

static void the_limit_holds(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 100 * KIBI);
    assert_null(arena_allocate(&arena, 100 * KIBI + 1, 1));
    assert_null(arena_allocate(&arena, SIZE_MAX, 64));
    assert_null(arena_allocate_zeroed(&arena, SIZE_MAX / 4, 8, 8));
    assert_null(arena_reserve(&arena, SIZE_MAX));
    size_t got = 0;
    while (arena_allocate(&arena, KIBI, 1)) {
        got++;
    }
    assert_in_range(got, 98, 100); /* nearly all of it can be used, the last bit too */
    assert_true(arena.bytes_reserved <= 100 * KIBI);
    arena_release(&arena);
}

static void a_cleared_arena_allocates_nothing_new(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    uint64_t before = 0;
    size_t reserved = 0;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 500; i++) {
            assert_non_null(arena_allocate(&arena, 1000, 8));
        }
        if (round == 0) {
            before = memory_statistics_get().allocation_count;
            reserved = arena.bytes_reserved;
        }
        arena_clear(&arena);
    }
    assert_int_equal(memory_statistics_get().allocation_count, before);
    assert_int_equal(arena.bytes_reserved, reserved);
    arena_release(&arena);
}

/* What is kept for reuse must never be the reason that an allocation within the limit fails. */
static void kept_blocks_give_way_to_a_large_value(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 4 * MEBI);
    while (arena_allocate(&arena, KIBI, 1)) {
    }
    arena_clear(&arena);
    char *large = arena_allocate(&arena, 3 * MEBI, 8);
    assert_non_null(large);
    memset(large, 1, 3 * MEBI);
    assert_true(arena.bytes_reserved <= 4 * MEBI);
    arena_clear(&arena);
    assert_non_null(arena_reserve(&arena, 3 * MEBI));
    arena_release(&arena);
}

static void reserve_keeps_what_is_committed(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    char *first = arena_reserve(&arena, 1000);
    assert_non_null(first);
    memcpy(first, "abc", 3);
    arena_commit(&arena, 3);
    char *second = arena_reserve(&arena, 1000);
    assert_ptr_equal(second, first + 3);
    arena_commit(&arena, 0); /* nothing kept */
    assert_ptr_equal(arena_reserve(&arena, 5), second);
    char *far = arena_reserve(&arena, 200 * KIBI); /* does not fit behind: a new block */
    assert_non_null(far);
    memset(far, 'x', 200 * KIBI);
    arena_commit(&arena, 200 * KIBI);
    assert_memory_equal(first, "abc", 3);
    arena_release(&arena);
}

static void copies(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    str with_nul = str_from("a\0b", 3);
    str copy = arena_copy(&arena, with_nul);
    assert_true(str_eq(copy, with_nul));
    assert_ptr_not_equal(copy.data, with_nul.data);
    str empty = arena_copy(&arena, (str){NULL, 0});
    assert_non_null(empty.data); /* NULL says that memory is out */
    assert_int_equal(empty.len, 0);
    assert_string_equal(arena_copy_cstring(&arena, STR("text")), "text");
    assert_string_equal(arena_copy_cstring(&arena, (str){NULL, 0}), "");
    arena_release(&arena);
}

static void lack_of_memory_gives_null_and_leaves_the_arena_whole(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    char *kept = arena_copy_cstring(&arena, STR("kept"));
    assert_non_null(kept);
    size_t reserved = arena.bytes_reserved;
    memory_fail_at(1, 1);
    assert_non_null(arena_allocate(&arena, 100, 1)); /* there is room in the block */
    assert_null(arena_allocate(&arena, MEBI, 1));
    assert_null(arena_reserve(&arena, MEBI));
    assert_null(arena_array(&arena, uint64_t, MEBI));
    memory_fail_at(0, 0);
    assert_int_equal(arena.bytes_reserved, reserved);
    assert_string_equal(kept, "kept");
    assert_non_null(arena_allocate(&arena, MEBI, 1));
    arena_release(&arena);

    memory_fail_at(1, 0);
    str copy = arena_copy(&arena, STR("x"));
    memory_fail_at(0, 0);
    assert_null(copy.data);
    assert_int_equal(copy.len, 0);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_apart),
        cmocka_unit_test(prepared_memory_is_zero_once),
        cmocka_unit_test(large_values_have_a_block_of_their_own),
        cmocka_unit_test(the_limit_holds),
        cmocka_unit_test(a_cleared_arena_allocates_nothing_new),
        cmocka_unit_test(kept_blocks_give_way_to_a_large_value),
        cmocka_unit_test(reserve_keeps_what_is_committed),
        cmocka_unit_test(copies),
        cmocka_unit_test(lack_of_memory_gives_null_and_leaves_the_arena_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
