/* lookup/cidr_index.h
 * Which of many blocks hold an address: the innermost one by one binary search, those around it by following parents.
 * Blocks nest or are apart, so sorted by their first address they form a tree.
 * Memory: the caller's arena. Threads: any may search.
 */
#ifndef LOOKUP_CIDR_INDEX_H
#define LOOKUP_CIDR_INDEX_H

#include "base/arena.h"
#include "column/cidr.h"

struct cidr_entry {
    struct cidr block;
    uint32_t parent; /* the nearest entry around it, or CIDR_NO_ENTRY */
    uint32_t value;  /* the caller's */
};

struct cidr_index {
    struct cidr_entry *entries; /* by first address; the larger block first */
    uint32_t count;
};

#define CIDR_NO_ENTRY UINT32_MAX

/* Sorts the entries in place and links them: only `block` and `value` need be set. Of equal blocks the one with the
 * lowest value stays. */
void cidr_index_build(struct cidr_entry *entries, uint32_t count, struct cidr_index *ret_index);

/* The innermost block that holds the address, or CIDR_NO_ENTRY. */
uint32_t cidr_index_find(const struct cidr_index *index, const struct ip *ip);
/* The next block around the entry that holds the address, or CIDR_NO_ENTRY. */
uint32_t cidr_index_find_around(const struct cidr_index *index, uint32_t entry, const struct ip *ip);

#endif
