/* A ring between two threads: order, waiting on both sides, and the end of waiting. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "base/civil_time.h"
#include "base/memory.h"
#include "base/ring.h"

enum { SLOTS_MAX = 8, LONG_MS = 60000 };

/* Items are numbers from 0; the slots are no atomics, so a race on them shows under ThreadSanitizer. */
struct work {
    struct ring *ring;
    uint32_t slot_count;
    uint64_t count; /* items to be put; UINT64_MAX: until the ring is closed */
    unsigned pause_every;
    uint64_t slots[SLOTS_MAX];
    uint64_t put;
    uint64_t wanted; /* to be waited for behind the last one */
    uint64_t released;
};

static void pause_a_little(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

static void *fill(void *context)
{
    struct work *work = context;
    uint32_t slot;
    while (work->put < work->count && ring_reserve(work->ring, &slot)) {
        work->slots[slot] = work->put++;
        ring_put(work->ring);
        if (work->pause_every > 0 && work->put % work->pause_every == 0) {
            pause_a_little();
        }
    }
    work->released = ring_wait_released(work->ring, work->wanted);
    return NULL;
}

static struct work begin(uint32_t slot_count)
{
    struct work work = {.slot_count = slot_count};
    assert_true(slot_count <= SLOTS_MAX);
    assert_int_equal(ring_create(slot_count, &work.ring, NULL), TOCSIN_OK);
    return work;
}

static pthread_t start(struct work *work)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, fill, work), 0);
    return thread;
}

static void end(struct work *work, pthread_t thread)
{
    assert_int_equal(pthread_join(thread, NULL), 0);
    ring_free(work->ring);
}

static uint32_t must_take(struct work *work)
{
    uint32_t slot = UINT32_MAX;
    assert_true(ring_take(work->ring, LONG_MS, &slot));
    assert_true(slot < work->slot_count);
    return slot;
}

static void items_come_in_order(void **state)
{
    (void)state;
    static const uint32_t slot_counts[] = {1, 2, 3, 8};
    for (size_t i = 0; i < countof(slot_counts); i++) {
        for (unsigned slow = 0; slow < 3; slow++) { /* nobody, the filling thread, this one */
            struct work work = begin(slot_counts[i]);
            work.count = work.wanted = slow == 0 ? 20000 : 300;
            work.pause_every = slow == 1 ? 7 : 0;
            pthread_t thread = start(&work);
            for (uint64_t number = 0; number < work.count; number++) {
                assert_int_equal(work.slots[must_take(&work)], number);
                if (slow == 2 && number % 7 == 0) {
                    pause_a_little();
                }
                ring_release(work.ring);
            }
            end(&work, thread);
            assert_int_equal(work.released, work.count);
        }
    }
}

/* All slots may be taken at once, and no more than those are filled. */
static void the_filling_thread_waits_for_a_slot(void **state)
{
    (void)state;
    struct work work = begin(3);
    work.count = 4;
    uint64_t seen[3];
    pthread_t thread = start(&work);
    for (size_t i = 0; i < 3; i++) {
        seen[i] = work.slots[must_take(&work)];
    }
    uint32_t slot;
    assert_false(ring_take(work.ring, 20, &slot)); /* the fourth has no place */
    assert_int_equal(seen[0] + seen[1] + seen[2], 0 + 1 + 2);
    ring_release(work.ring);
    assert_int_equal(work.slots[must_take(&work)], 3);
    end(&work, thread);
}

static void taking_waits_no_longer_than_told(void **state)
{
    (void)state;
    struct work work = begin(2);
    uint32_t slot;
    int64_t before_ns = clock_monotonic_ns();
    assert_false(ring_take(work.ring, 30, &slot));
    int64_t elapsed_ns = clock_monotonic_ns() - before_ns;
    assert_true(elapsed_ns >= INT64_C(29000000));
    assert_false(ring_take(work.ring, 0, &slot));
    assert_false(ring_take(work.ring, 999, &slot)); /* a time that carries into the next second */
    ring_free(work.ring);
}

/* What was not given back is counted, without waiting or with it. */
static void released_items_are_counted(void **state)
{
    (void)state;
    struct work work = begin(4);
    uint32_t slot;
    for (uint64_t i = 0; i < 3; i++) {
        assert_true(ring_reserve(work.ring, &slot));
        ring_put(work.ring);
    }
    assert_int_equal(ring_wait_released(work.ring, 0), 0);
    assert_true(ring_take(work.ring, 0, &slot) && ring_take(work.ring, 0, &slot));
    assert_int_equal(ring_wait_released(work.ring, 0), 0);
    ring_release(work.ring);
    assert_int_equal(ring_wait_released(work.ring, 1), 1);
    ring_release(work.ring);
    assert_int_equal(ring_wait_released(work.ring, 1), 2);
    ring_free(work.ring);
}

/* A filling thread that waits for a slot, or for something to be given back, goes on when the ring is closed. */
static void closing_ends_all_waiting(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct work work = begin(2);
        bool waits_for_slot = round % 2 == 0;
        work.count = waits_for_slot ? UINT64_MAX : 2;
        work.wanted = waits_for_slot ? 0 : 2;
        pthread_t thread = start(&work);
        if (round % 3 != 0) {
            (void)must_take(&work);
        }
        if (round % 5 == 0) {
            pause_a_little(); /* else it is closed before the thread waits */
        }
        ring_close(work.ring);
        end(&work, thread);
        assert_int_equal(work.released, work.put);
    }
}

static void out_of_memory(void **state)
{
    (void)state;
    struct ring *ring = NULL;
    struct error err = {0};
    memory_fail_at(1, 0);
    assert_int_equal(ring_create(1, &ring, &err), TOCSIN_ERROR_MEMORY);
    memory_fail_at(0, 0);
    assert_null(ring);
    ring_free(NULL);
}

/* ---- the hook that makes allocations fail: one of several threads gets the failure ---- */

enum { ALLOCATORS = 4, ALLOCATIONS = 20000 };

static void *allocate_often(void *context)
{
    unsigned *failures = context;
    for (int i = 0; i < ALLOCATIONS; i++) {
        void *block = memory_allocate(16);
        *failures += block == NULL;
        memory_free(block);
    }
    return NULL;
}

static void one_thread_gets_the_failure(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= ALLOCATORS * ALLOCATIONS; number += 7919) {
        unsigned failures[ALLOCATORS] = {0};
        pthread_t threads[ALLOCATORS];
        unsigned sum = 0;
        memory_fail_at(number, 0);
        for (size_t i = 0; i < ALLOCATORS; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, allocate_often, &failures[i]), 0);
        }
        for (size_t i = 0; i < ALLOCATORS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            sum += failures[i];
        }
        memory_fail_at(0, 0);
        assert_int_equal(sum, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_order),
        cmocka_unit_test(the_filling_thread_waits_for_a_slot),
        cmocka_unit_test(taking_waits_no_longer_than_told),
        cmocka_unit_test(released_items_are_counted),
        cmocka_unit_test(closing_ends_all_waiting),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(one_thread_gets_the_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
