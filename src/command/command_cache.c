#include "command/command_cache.h"

#include "base/limits.h"
#include "base/memory.h"

enum {
    ENTRIES = 16384, /* eight batches; a power of two */
    HINTS = 2048,    /* rows of a batch; a power of two */
    MEMO_WORDS = 4,  /* answers to 256 sets are kept; those to more are worked out each time */
    SET_PLACES = 1024
};

/* What is known of a line. */
struct entry {
    uint64_t hash;
    str text; /* NULL: empty */
    uint64_t is_known[MEMO_WORDS];
    uint64_t is_match[MEMO_WORDS];
    struct command_facts facts;
};

struct known_set {
    const struct command_pattern_set *set; /* NULL: empty */
    uint32_t number;
};

struct command_cache {
    struct arena arena;   /* texts and lines of the entries */
    struct arena alone;   /* of a line too long to be kept */
    struct arena scratch; /* of one comparison */
    struct entry alone_entry;
    uint64_t hash_seed;
    uint32_t count;
    struct entry **hints; /* of each row, the entry that was asked about last */
    struct entry *entries;
    struct known_set sets[SET_PLACES];
    uint32_t set_count;
    uint32_t number_count; /* sets that are the same counted once */
};

tocsin_status command_cache_create(uint64_t hash_seed, struct command_cache **ret, struct error *err)
{
    struct command_cache *cache = memory_allocate_zeroed(1, sizeof(*cache));
    if (!cache) {
        return error_memory(err);
    }
    arena_init(&cache->arena, LIMIT_COMMAND_CACHE_BYTES);
    arena_init(&cache->alone, LIMIT_COMMAND_MEMORY_BYTES);
    arena_init(&cache->scratch, LIMIT_COMMAND_MEMORY_BYTES);
    cache->hash_seed = hash_seed;
    *ret = cache;
    return TOCSIN_OK;
}

void command_cache_free(struct command_cache *cache)
{
    if (cache) {
        arena_release(&cache->arena);
        arena_release(&cache->alone);
        arena_release(&cache->scratch);
        memory_free(cache->entries);
        memory_free(cache->hints);
        memory_free(cache);
    }
}

/* Most runs never ask about a command. */
static bool allocate(struct command_cache *cache)
{
    if (!cache->hints) {
        cache->hints = memory_allocate_zeroed(HINTS, sizeof(struct entry *));
    }
    if (!cache->entries) {
        cache->entries = memory_allocate_zeroed(ENTRIES, sizeof(struct entry));
    }
    return cache->hints && cache->entries;
}

/* The arena's blocks go as well: what it has reserved says when the cache is full. */
static void clear(struct command_cache *cache)
{
    arena_release(&cache->arena);
    arena_init(&cache->arena, LIMIT_COMMAND_CACHE_BYTES);
    memset(cache->entries, 0, ENTRIES * sizeof(struct entry));
    cache->count = 0;
}

static tocsin_status understand_alone(struct command_cache *cache, str text, struct entry **ret, struct error *err)
{
    arena_clear(&cache->alone);
    cache->alone_entry = (struct entry){0};
    tocsin_status status = command_understand(&cache->alone, text, &cache->alone_entry.facts.line, err);
    if (status == TOCSIN_OK) {
        *ret = &cache->alone_entry;
    }
    return status;
}

static tocsin_status find(struct command_cache *cache, str text, struct entry **ret, struct error *err)
{
    if (text.len > LIMIT_COMMAND_CACHED_BYTES) {
        return understand_alone(cache, text, ret, err);
    }
    if (!allocate(cache)) {
        return error_memory(err);
    }
    uint64_t hash = str_hash(text, cache->hash_seed);
    size_t place = hash % ENTRIES;
    while (cache->entries[place].text.data) {
        struct entry *entry = &cache->entries[place];
        if (entry->hash == hash && str_eq(entry->text, text)) {
            *ret = entry;
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
    *entry = (struct entry){.hash = hash, .text = copy, .facts = {.line = line}};
    cache->count++;
    *ret = entry;
    return TOCSIN_OK;
}

tocsin_status command_cache_understand(struct command_cache *cache, str text, const struct command_line **ret,
                                       struct error *err)
{
    struct entry *entry = NULL;
    tocsin_status status = find(cache, text, &entry, err);
    if (status == TOCSIN_OK) {
        *ret = &entry->facts.line;
    }
    return status;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* Sets that are the same share a number; the table is filled once for each set of the run. */
static uint32_t number_of_twin(const struct command_cache *cache, const struct command_pattern_set *set)
{
    for (size_t i = 0; i < SET_PLACES; i++) {
        const struct command_pattern_set *other = cache->sets[i].set;
        if (other && str_eq(command_pattern_set_key(other), command_pattern_set_key(set))) {
            return cache->sets[i].number;
        }
    }
    return UINT32_MAX;
}

uint32_t command_cache_set_number(struct command_cache *cache, const struct command_pattern_set *set)
{
    size_t place = str_hash_mix((uint64_t)(uintptr_t)set) % SET_PLACES;
    while (cache->sets[place].set && cache->sets[place].set != set) { /* some are always empty */
        place = (place + 1) % SET_PLACES;
    }
    if (cache->sets[place].set == set) {
        return cache->sets[place].number;
    }
    if (cache->set_count >= SET_PLACES / 4 * 3) {
        return UINT32_MAX; /* its answers are not kept */
    }
    uint32_t number = number_of_twin(cache, set);
    cache->sets[place] = (struct known_set){set, number != UINT32_MAX ? number : cache->number_count};
    cache->number_count += number == UINT32_MAX;
    cache->set_count++;
    return cache->sets[place].number;
}

static tocsin_status find_of_row(struct command_cache *cache, uint32_t row, str text, struct entry **ret,
                                 struct error *err)
{
    struct entry *hint = cache->hints ? cache->hints[row % HINTS] : NULL;
    if (hint && hint->text.data && str_eq(hint->text, text)) {
        *ret = hint;
        return TOCSIN_OK;
    }
    tocsin_status status = find(cache, text, ret, err);
    if (status == TOCSIN_OK && *ret != &cache->alone_entry) {
        cache->hints[row % HINTS] = *ret;
    }
    return status;
}

tocsin_status command_cache_matches(struct command_cache *cache, const struct command_pattern_set *set,
                                    uint32_t set_number, uint32_t row, str text, bool *ret, struct error *err)
{
    struct entry *entry = NULL;
    tocsin_status status = find_of_row(cache, row, text, &entry, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    uint32_t word = set_number / 64;
    uint64_t bit = UINT64_C(1) << set_number % 64;
    if (word < MEMO_WORDS && (entry->is_known[word] & bit)) {
        *ret = (entry->is_match[word] & bit) != 0;
        return TOCSIN_OK;
    }
    struct arena *arena = entry == &cache->alone_entry ? &cache->alone : &cache->arena;
    arena_clear(&cache->scratch);
    *ret = command_pattern_set_matches(set, &entry->facts, arena, &cache->scratch);
    if (word < MEMO_WORDS) {
        entry->is_known[word] |= bit;
        entry->is_match[word] |= *ret ? bit : 0;
    }
    return TOCSIN_OK;
}
