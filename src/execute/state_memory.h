/* execute/state_memory.h
 * Memory of aggregates: an arena that knows how many bytes of it are in use, so that what grows can be written to disk
 * in time. Nothing is freed alone; all goes at once.
 */
#ifndef EXECUTE_STATE_MEMORY_H
#define EXECUTE_STATE_MEMORY_H

#include "base/arena.h"
#include "base/strbuf.h"

struct state_memory {
    struct arena arena;
    size_t used;
};

static inline void state_memory_init(struct state_memory *memory)
{
    arena_init(&memory->arena, ARENA_NO_LIMIT);
    memory->used = 0;
}
static inline void state_memory_release(struct state_memory *memory)
{
    arena_release(&memory->arena);
    memory->used = 0;
}
static inline void state_memory_clear(struct state_memory *memory)
{
    arena_clear(&memory->arena);
    memory->used = 0;
}
/* Aligned to eight bytes, not initialised; NULL when memory is out. */
static inline void *state_memory_take(struct state_memory *memory, size_t bytes)
{
    memory->used += (bytes + 7) & ~(size_t)7;
    return arena_allocate(&memory->arena, bytes, 8);
}

/* Reading back what was written to a temporary file by this process; lengths are trusted. */
static inline const char *bytes_take(str *bytes, size_t count)
{
    const char *at = bytes->data;
    *bytes = str_skip(*bytes, count);
    return at;
}
static inline void bytes_take_into(str *bytes, void *target, size_t count)
{
    if (count > 0) {
        memcpy(target, bytes_take(bytes, count), count);
    }
}
static inline void bytes_put(struct strbuf *buffer, const void *bytes, size_t count)
{
    strbuf_append(buffer, (str){bytes, count});
}

#endif
