#include "base/arena.h"

#include <assert.h>

#include "base/limits.h"
#include "base/memory.h"

enum { BLOCK_BYTES = 64 * 1024, BLOCK_BYTES_LARGE = 1024 * 1024 };

struct arena_block {
    struct arena_block *previous;
    size_t size; /* usable bytes behind the header */
    size_t used;
    size_t zero_from; /* bytes from here on are zero as long as they are not used; SIZE_MAX: none is known to be */
    _Alignas(16) char bytes[]; /* what malloc promises; block_take aligns within */
};

void arena_init(struct arena *arena, size_t bytes_max)
{
    *arena = (struct arena){.bytes_max = bytes_max};
}

static void blocks_free(struct arena_block *block)
{
    while (block) {
        struct arena_block *previous = block->previous;
        memory_free(block);
        block = previous;
    }
}

void arena_release(struct arena *arena)
{
    blocks_free(arena->current);
    blocks_free(arena->spare);
    *arena = (struct arena){.bytes_max = arena->bytes_max};
}

void arena_clear(struct arena *arena)
{
    struct arena_block *block = arena->current;
    while (block) {
        struct arena_block *previous = block->previous;
        if (block->size > BLOCK_BYTES_LARGE) {
            arena->bytes_reserved -= block->size;
            memory_free(block);
        } else {
            block->zero_from = block->used > block->zero_from ? block->used : block->zero_from;
            block->used = 0;
            block->previous = arena->spare;
            arena->spare = block;
        }
        block = previous;
    }
    arena->current = NULL;
    arena->is_over_limit = false;
}

tocsin_status arena_explain(const struct arena *arena, tocsin_status status, const char *what, struct error *err)
{
    return status == TOCSIN_ERROR_MEMORY && arena->is_over_limit
               ? error_set(err, TOCSIN_ERROR_LIMIT, "%s needs more than %zu MiB", what, arena->bytes_max / MEBI)
               : status;
}

/* Whether a block of this size stays below the limit, if need be without the blocks kept for reuse: those are too small
   here, and must not be the reason that an allocation fails. */
static bool make_room(struct arena *arena, size_t size)
{
    if (size > arena->bytes_max) {
        return false;
    }
    while (arena->bytes_reserved > arena->bytes_max - size && arena->spare) {
        struct arena_block *block = arena->spare;
        arena->spare = block->previous;
        arena->bytes_reserved -= block->size;
        memory_free(block);
    }
    return arena->bytes_reserved <= arena->bytes_max - size;
}

/* A new block, which there is room for. */
static bool add_block(struct arena *arena, size_t size, bool is_zero)
{
    size_t total;
    if (__builtin_add_overflow(size, sizeof(struct arena_block) + 63, &total)) {
        return false;
    }
    struct arena_block *block = is_zero ? memory_allocate_zeroed(1, total) : memory_allocate(total);
    if (!block) {
        return false;
    }
    block->previous = arena->current;
    block->size = size;
    block->used = 0;
    block->zero_from = is_zero ? 0 : SIZE_MAX;
    arena->current = block;
    arena->bytes_reserved += size;
    return true;
}

/* Makes `current` a block with at least `bytes` free. */
static bool arena_grow(struct arena *arena, size_t bytes)
{
    for (struct arena_block **link = &arena->spare; *link; link = &(*link)->previous) {
        struct arena_block *block = *link;
        if (block->size >= bytes) {
            *link = block->previous;
            block->previous = arena->current;
            arena->current = block;
            return true;
        }
    }
    size_t size = arena->bytes_reserved >= BLOCK_BYTES_LARGE ? BLOCK_BYTES_LARGE : BLOCK_BYTES;
    size = bytes > size ? bytes : size;
    if (!make_room(arena, size)) {
        size = bytes; /* the last bit below the limit */
        if (!make_room(arena, size)) {
            arena->is_over_limit = true;
            return false;
        }
    }
    return add_block(arena, size, false);
}

bool arena_prepare(struct arena *arena, size_t bytes)
{
    if (!make_room(arena, bytes)) {
        arena->is_over_limit = true;
        return false;
    }
    return add_block(arena, bytes, true);
}

static void *block_take(struct arena_block *block, size_t bytes, size_t alignment)
{
    uintptr_t base = (uintptr_t)block->bytes;
    uintptr_t start = (base + block->used + alignment - 1) & ~(uintptr_t)(alignment - 1);
    size_t offset = (size_t)(start - base);
    if (offset > block->size || block->size - offset < bytes) {
        return NULL;
    }
    block->used = offset + bytes;
    return block->bytes + offset;
}

void *arena_allocate(struct arena *arena, size_t bytes, size_t alignment)
{
    assert(alignment && alignment <= 64 && (alignment & (alignment - 1)) == 0);
    void *memory = arena->current ? block_take(arena->current, bytes, alignment) : NULL;
    if (memory) {
        return memory;
    }
    size_t needed;
    if (__builtin_add_overflow(bytes, alignment, &needed) || !arena_grow(arena, needed)) {
        return NULL;
    }
    return block_take(arena->current, bytes, alignment);
}

void *arena_allocate_zeroed(struct arena *arena, size_t count, size_t bytes_each, size_t alignment)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, bytes_each, &bytes)) {
        return NULL;
    }
    char *memory = arena_allocate(arena, bytes, alignment);
    if (memory && (size_t)(memory - arena->current->bytes) < arena->current->zero_from) {
        memset(memory, 0, bytes);
    }
    return memory;
}

str arena_copy(struct arena *arena, str s)
{
    char *memory = arena_allocate(arena, s.len, 1);
    if (!memory) {
        return (str){NULL, 0};
    }
    if (s.len > 0) {
        memcpy(memory, s.data, s.len);
    }
    return (str){memory, s.len};
}

char *arena_copy_cstring(struct arena *arena, str s)
{
    size_t bytes;
    if (__builtin_add_overflow(s.len, 1, &bytes)) {
        return NULL;
    }
    char *memory = arena_allocate(arena, bytes, 1);
    if (memory) {
        if (s.len > 0) {
            memcpy(memory, s.data, s.len);
        }
        memory[s.len] = '\0';
    }
    return memory;
}

char *arena_reserve(struct arena *arena, size_t bytes_max)
{
    const struct arena_block *block = arena->current;
    if ((!block || block->size - block->used < bytes_max) && !arena_grow(arena, bytes_max)) {
        return NULL;
    }
    arena->current->zero_from = SIZE_MAX; /* more may be written than is kept */
    return arena->current->bytes + arena->current->used;
}

void arena_commit(struct arena *arena, size_t bytes)
{
    assert(arena->current && arena->current->size - arena->current->used >= bytes);
    arena->current->used += bytes;
}
