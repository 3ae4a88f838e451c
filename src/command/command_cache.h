/* command/command_cache.h
 * Command lines that were understood already, since many conditions ask about the same rows. Found by their text, never
 * by its address: batches are written over.
 * Memory: the cache owns copies of the texts and what was made of them, up to LIMIT_COMMAND_CACHE_BYTES; then it starts
 * anew. A line stays valid until the next call.
 * Threads: one at a time; each run has its own.
 */
#ifndef COMMAND_COMMAND_CACHE_H
#define COMMAND_COMMAND_CACHE_H

#include "command/command.h"

struct command_cache;

tocsin_status command_cache_create(uint64_t hash_seed, struct command_cache **ret, struct error *err);
void command_cache_free(struct command_cache *cache);

tocsin_status command_cache_understand(struct command_cache *cache, str text, const struct command_line **ret,
                                       struct error *err);

#endif
