#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>

static _Atomic uint64_t allocation_count;
static _Atomic uint64_t fail_countdown;
static _Atomic int fail_repeat;

/* Of threads that allocate at the same time exactly one gets the failure. */
static int allocation_must_fail(void)
{
    atomic_fetch_add_explicit(&allocation_count, 1, memory_order_relaxed);
    uint64_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);
    while (left > 0) {
        if (left == 1 && atomic_load_explicit(&fail_repeat, memory_order_relaxed)) {
            return 1;
        }
        if (atomic_compare_exchange_weak_explicit(&fail_countdown, &left, left - 1, memory_order_relaxed,
                                                  memory_order_relaxed)) {
            return left == 1;
        }
    }
    return 0;
}

void *memory_allocate(size_t bytes)
{
    return allocation_must_fail() ? NULL : malloc(bytes ? bytes : 1);
}

void *memory_allocate_zeroed(size_t count, size_t bytes_each)
{
    return allocation_must_fail() ? NULL : calloc(count ? count : 1, bytes_each ? bytes_each : 1);
}

void *memory_resize(void *block, size_t bytes)
{
    return allocation_must_fail() ? NULL : realloc(block, bytes ? bytes : 1);
}

void memory_free(void *block)
{
    free(block);
}

struct memory_statistics memory_statistics_get(void)
{
    return (struct memory_statistics){atomic_load_explicit(&allocation_count, memory_order_relaxed)};
}

void memory_fail_at(uint64_t allocation_number, int repeat)
{
    atomic_store_explicit(&fail_repeat, repeat, memory_order_relaxed);
    atomic_store_explicit(&fail_countdown, allocation_number, memory_order_relaxed);
}
