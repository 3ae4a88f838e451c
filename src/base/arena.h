/* base/arena.h
 * Memory by lifetime: many small allocations, one release. Not for objects that live longer than their arena.
 * An arena is named for its lifetime: engine_arena, query_arena, batch_arena, scratch.
 * Memory: a list of blocks from memory.h; a cleared arena keeps its blocks for reuse, but for those over 1 MiB.
 * Threads: one at a time. Limit: bytes_max given at init; an allocation over it gives NULL, as out of memory does.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/error.h"

struct arena_block;

struct arena {
    struct arena_block *current; /* block that serves allocations; its predecessors hang behind it */
    struct arena_block *spare;   /* emptied blocks kept by arena_clear */
    size_t bytes_max;
    size_t bytes_reserved; /* sum of all blocks, spare ones included */
    bool is_over_limit;    /* an allocation failed for bytes_max, not for lack of memory; until the arena is cleared */
};

#define ARENA_NO_LIMIT SIZE_MAX

void arena_init(struct arena *arena, size_t bytes_max);
void arena_release(struct arena *arena);
/* Empties the arena; views into it die. */
void arena_clear(struct arena *arena);

/* For the owner of the arena, who knows what it holds: a failure for lack of memory that was in truth this arena's
 * limit becomes TOCSIN_ERROR_LIMIT, "`what` needs more than N MiB". Any other status stays as it is. */
tocsin_status arena_explain(const struct arena *arena, tocsin_status status, const char *what, struct error *err);

/* Uninitialised memory, or NULL. `alignment` is a power of two up to 64. */
void *arena_allocate(struct arena *arena, size_t bytes, size_t alignment) __attribute__((warn_unused_result));
void *arena_allocate_zeroed(struct arena *arena, size_t count, size_t bytes_each, size_t alignment)
    __attribute__((warn_unused_result));

/* Makes room for so many bytes at once, of memory that the system gives as zeros and that costs nothing until it is
 * touched: for whoever knows what its zeroed arrays will take, and will use them in part only. False: as NULL. */
bool arena_prepare(struct arena *arena, size_t bytes) __attribute__((warn_unused_result));

#define arena_new(arena, type)          ((type *)arena_allocate_zeroed((arena), 1, sizeof(type), _Alignof(type)))
#define arena_array(arena, type, count) ((type *)arena_allocate_zeroed((arena), (count), sizeof(type), _Alignof(type)))

/* Copies the bytes. On failure data is NULL (and len 0). */
str arena_copy(struct arena *arena, str s) __attribute__((warn_unused_result));
/* Copy with a NUL behind it, for calls into libraries that need one. */
char *arena_copy_cstring(struct arena *arena, str s) __attribute__((warn_unused_result));

/* Room for up to `bytes_max` bytes at the arena's end, of which arena_commit keeps the first `bytes`. Nothing else may
 * allocate between the two. For values whose length is known only after decoding. */
char *arena_reserve(struct arena *arena, size_t bytes_max) __attribute__((warn_unused_result));
void arena_commit(struct arena *arena, size_t bytes);

#endif
