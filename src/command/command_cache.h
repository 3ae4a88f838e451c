/* command/command_cache.h
 * Command lines that were understood already, since many conditions ask about the same rows, and what the conditions
 * said about them: a line that comes again is neither read nor compared again. Found by their text, never by its
 * address: batches are written over.
 * Memory: the cache owns copies of the texts and what was made of them, up to LIMIT_COMMAND_CACHE_BYTES; then it starts
 * anew. A line stays valid until the next call.
 * Threads: one at a time; each run has its own.
 */
#ifndef COMMAND_COMMAND_CACHE_H
#define COMMAND_COMMAND_CACHE_H

#include "command/pattern_set.h"

struct command_cache;

tocsin_status command_cache_create(uint64_t hash_seed, struct command_cache **ret, struct error *err);
void command_cache_free(struct command_cache *cache);

tocsin_status command_cache_understand(struct command_cache *cache, str text, const struct command_line **ret,
                                       struct error *err);

/* The number under which answers to this set are kept, the same for sets that are the same. The set must live as long
 * as the cache. */
uint32_t command_cache_set_number(struct command_cache *cache, const struct command_pattern_set *set);

/* Whether the text matches the set of that number. `row` is only a hint: conditions that ask about the texts of the
 * same rows one after the other find them faster. */
tocsin_status command_cache_matches(struct command_cache *cache, const struct command_pattern_set *set,
                                    uint32_t set_number, uint32_t row, str text, bool *ret, struct error *err);

#endif
