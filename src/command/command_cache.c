#include "command/command_cache.h"

#include "base/limits.h"
#include "base/memory.h"

enum { ENTRIES = 4096 }; /* two batches; a power of two */

struct entry {
    uint64_t hash;
    str text; /* NULL: empty */
    struct command_line line;
};

struct command_cache {
    struct arena arena; /* texts and lines of the entries */
    struct arena alone; /* of a line too long to be kept */
    struct command_line alone_line;
    uint64_t hash_seed;
    uint32_t count;
    struct entry entries[ENTRIES];
};

tocsin_status command_cache_create(uint64_t hash_seed, struct command_cache **ret, struct error *err)
{
    struct command_cache *cache = memory_allocate_zeroed(1, sizeof(*cache));
    if (!cache) {
        return error_memory(err);
    }
    arena_init(&cache->arena, LIMIT_COMMAND_CACHE_BYTES);
    arena_init(&cache->alone, LIMIT_COMMAND_MEMORY_BYTES);
    cache->hash_seed = hash_seed;
    *ret = cache;
    return TOCSIN_OK;
}

void command_cache_free(struct command_cache *cache)
{
    if (cache) {
        arena_release(&cache->arena);
        arena_release(&cache->alone);
        memory_free(cache);
    }
}

static void clear(struct command_cache *cache)
{
    arena_clear(&cache->arena);
    memset(cache->entries, 0, sizeof(cache->entries));
    cache->count = 0;
}

static tocsin_status understand_alone(struct command_cache *cache, str text, const struct command_line **ret,
                                      struct error *err)
{
    arena_clear(&cache->alone);
    tocsin_status status = command_understand(&cache->alone, text, &cache->alone_line, err);
    if (status == TOCSIN_OK) {
        *ret = &cache->alone_line;
    }
    return status;
}

tocsin_status command_cache_understand(struct command_cache *cache, str text, const struct command_line **ret,
                                       struct error *err)
{
    if (text.len > LIMIT_COMMAND_CACHED_BYTES) {
        return understand_alone(cache, text, ret, err);
    }
    uint64_t hash = str_hash(text, cache->hash_seed);
    size_t place = hash % ENTRIES;
    while (cache->entries[place].text.data) {
        struct entry *entry = &cache->entries[place];
        if (entry->hash == hash && str_eq(entry->text, text)) {
            *ret = &entry->line;
            return TOCSIN_OK;
        }
        place = (place + 1) % ENTRIES;
    }
    if (cache->count > ENTRIES / 4 * 3 || cache->arena.bytes_reserved > LIMIT_COMMAND_CACHE_BYTES / 2) {
        clear(cache);
        place = hash % ENTRIES;
    }
    struct entry *entry = &cache->entries[place];
    struct command_line line;
    str copy = arena_copy(&cache->arena, text);
    tocsin_status status = copy.data ? command_understand(&cache->arena, copy, &line, err) : error_memory(err);
    if (status != TOCSIN_OK || cache->arena.is_over_limit) { /* a line that makes much of itself is not kept */
        clear(cache);
        return understand_alone(cache, text, ret, err);
    }
    *entry = (struct entry){hash, copy, line};
    cache->count++;
    *ret = &entry->line;
    return TOCSIN_OK;
}
