/* base/memory.h
 * The only place that calls malloc, realloc and free: here allocations are counted and, in tests, made to fail.
 * Threads: any. Owner: whoever called.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* NULL when out of memory. Contents are not initialised. */
void *memory_allocate(size_t bytes) __attribute__((malloc, warn_unused_result));
void *memory_allocate_zeroed(size_t count, size_t bytes_each) __attribute__((malloc, warn_unused_result));
/* On failure NULL; the old block stays valid. */
void *memory_resize(void *block, size_t bytes) __attribute__((warn_unused_result));
void memory_free(void *block);

struct memory_statistics {
    uint64_t allocation_count; /* since the process started */
};
struct memory_statistics memory_statistics_get(void);

/* Test hook: the allocation with this number from now on (1 = the next) fails, and all behind it while `repeat`.
 * 0 switches the hook off. Allocations are counted over all threads. */
void memory_fail_at(uint64_t allocation_number, int repeat);

#endif
