/* base/ring.h
 * A ring of numbered slots between two threads: one fills them, the other takes them in the same order and gives each
 * back. It holds no items, only the order and the waiting: what is in a slot belongs to the thread that may use it, and
 * putting, taking and giving back hand it over with everything written before.
 * Memory: one block. Threads: each function says which of the two calls it.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include "base/error.h"

struct ring;

tocsin_status ring_create(uint32_t slot_count, struct ring **ret_ring, struct error *err);
/* When neither thread uses it any more. */
void ring_free(struct ring *ring);

/* ---- the filling thread ---- */

/* Waits for a slot that is free, which is then filled and put. False: the ring is closed. */
bool ring_reserve(struct ring *ring, uint32_t *ret_slot);
void ring_put(struct ring *ring);
/* How many items were given back so far; waits until that is `wanted` at least. All that were put, once the ring is
 * closed: nobody looks at them any more. */
uint64_t ring_wait_released(struct ring *ring, uint64_t wanted);

/* ---- the taking thread ---- */

/* The oldest item that was not taken yet; waits for it so long. False: there is none yet. */
bool ring_take(struct ring *ring, uint32_t timeout_ms, uint32_t *ret_slot);
/* Gives back the oldest item taken. */
void ring_release(struct ring *ring);
/* No more is wanted: what was put counts as given back, and the filling thread waits no more. */
void ring_close(struct ring *ring);

#endif
