#include "base/ring.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/memory.h"

struct ring {
    pthread_mutex_t mutex;
    pthread_cond_t changed_for_filler;
    pthread_cond_t changed_for_taker;
    uint32_t slot_count;
    bool is_closed;
    /* Items so far: released <= taken <= put <= released + slot_count. */
    uint64_t put;
    uint64_t taken;
    uint64_t released;
};

/* Waiting with a limit goes by the clock that nobody sets. */
static int condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    int failure = pthread_condattr_init(&attributes);
    if (failure != 0) {
        return failure;
    }
    failure = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    failure = failure == 0 ? pthread_cond_init(condition, &attributes) : failure;
    (void)pthread_condattr_destroy(&attributes);
    return failure;
}

tocsin_status ring_create(uint32_t slot_count, struct ring **ret_ring, struct error *err)
{
    assert(slot_count > 0);
    struct ring *ring = memory_allocate_zeroed(1, sizeof(*ring));
    if (!ring) {
        return error_memory(err);
    }
    ring->slot_count = slot_count;
    int failure = pthread_mutex_init(&ring->mutex, NULL);
    if (failure == 0) {
        failure = condition_init(&ring->changed_for_filler);
        if (failure == 0) {
            failure = condition_init(&ring->changed_for_taker);
            if (failure != 0) {
                (void)pthread_cond_destroy(&ring->changed_for_filler);
            }
        }
        if (failure != 0) {
            (void)pthread_mutex_destroy(&ring->mutex);
        }
    }
    if (failure != 0) {
        memory_free(ring);
        return error_system(err, TOCSIN_ERROR_INTERNAL, failure, "cannot make what two threads need");
    }
    *ret_ring = ring;
    return TOCSIN_OK;
}

void ring_free(struct ring *ring)
{
    if (ring) {
        (void)pthread_cond_destroy(&ring->changed_for_taker);
        (void)pthread_cond_destroy(&ring->changed_for_filler);
        (void)pthread_mutex_destroy(&ring->mutex);
        memory_free(ring);
    }
}

/* Neither fails: the mutex is no error-checking one, and whoever calls does not hold it. */
static void lock(struct ring *ring)
{
    int failure = pthread_mutex_lock(&ring->mutex);
    assert(failure == 0);
    (void)failure;
}

static void unlock(struct ring *ring)
{
    int failure = pthread_mutex_unlock(&ring->mutex);
    assert(failure == 0);
    (void)failure;
}

/* ---- the filling thread ---- */

bool ring_reserve(struct ring *ring, uint32_t *ret_slot)
{
    lock(ring);
    while (!ring->is_closed && ring->put - ring->released == ring->slot_count) {
        (void)pthread_cond_wait(&ring->changed_for_filler, &ring->mutex);
    }
    bool is_open = !ring->is_closed;
    *ret_slot = (uint32_t)(ring->put % ring->slot_count);
    unlock(ring);
    return is_open;
}

void ring_put(struct ring *ring)
{
    lock(ring);
    ring->put++;
    if (ring->is_closed) {
        ring->taken = ring->released = ring->put;
    }
    (void)pthread_cond_signal(&ring->changed_for_taker);
    unlock(ring);
}

uint64_t ring_wait_released(struct ring *ring, uint64_t wanted)
{
    lock(ring);
    assert(wanted <= ring->put || ring->is_closed);
    while (!ring->is_closed && ring->released < wanted) {
        (void)pthread_cond_wait(&ring->changed_for_filler, &ring->mutex);
    }
    uint64_t released = ring->released;
    unlock(ring);
    return released;
}

/* ---- the taking thread ---- */

static struct timespec time_from_now(uint32_t ms)
{
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += ms / 1000;
    time.tv_nsec += (long)(ms % 1000) * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

bool ring_take(struct ring *ring, uint32_t timeout_ms, uint32_t *ret_slot)
{
    lock(ring);
    assert(!ring->is_closed);
    if (ring->taken == ring->put) {
        struct timespec end = time_from_now(timeout_ms);
        int failure = 0;
        while (ring->taken == ring->put && failure == 0) {
            failure = pthread_cond_timedwait(&ring->changed_for_taker, &ring->mutex, &end);
        }
    }
    bool is_there = ring->taken < ring->put;
    *ret_slot = (uint32_t)(ring->taken % ring->slot_count);
    ring->taken += is_there;
    unlock(ring);
    return is_there;
}

void ring_release(struct ring *ring)
{
    lock(ring);
    assert(ring->released < ring->taken);
    ring->released++;
    (void)pthread_cond_signal(&ring->changed_for_filler);
    unlock(ring);
}

void ring_close(struct ring *ring)
{
    lock(ring);
    ring->is_closed = true;
    ring->taken = ring->released = ring->put;
    (void)pthread_cond_broadcast(&ring->changed_for_filler);
    unlock(ring);
}
