#include "lookup/cidr_index.h"

#include <stdlib.h>

static int compare_blocks(const struct cidr *a, const struct cidr *b)
{
    int order = memcmp(a->network.bytes, b->network.bytes, sizeof(a->network.bytes));
    if (order != 0) {
        return order;
    }
    return (a->prefix > b->prefix) - (a->prefix < b->prefix);
}

static int compare_entries(const void *a, const void *b)
{
    const struct cidr_entry *left = a;
    const struct cidr_entry *right = b;
    int order = compare_blocks(&left->block, &right->block);
    return order != 0 ? order : (left->value > right->value) - (left->value < right->value);
}

/* By the bits alone: ::/0 lies around 0.0.0.0/0, though it holds none of its addresses. */
static bool lies_around(const struct cidr *outer, const struct cidr *inner)
{
    if (outer->prefix > inner->prefix) {
        return false;
    }
    struct cidr bits = *outer;
    bits.is_v4 = ip_is_v4(&inner->network);
    return cidr_contains(&bits, &inner->network);
}

void cidr_index_build(struct cidr_entry *entries, uint32_t count, struct cidr_index *ret_index)
{
    uint32_t kept = 0;
    if (count > 0) {
        qsort(entries, count, sizeof(*entries), compare_entries);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (kept > 0 && compare_blocks(&entries[kept - 1].block, &entries[i].block) == 0) {
            continue;
        }
        uint32_t parent = kept > 0 ? kept - 1 : CIDR_NO_ENTRY;
        while (parent != CIDR_NO_ENTRY && !lies_around(&entries[parent].block, &entries[i].block)) {
            parent = entries[parent].parent;
        }
        entries[kept] = entries[i];
        entries[kept].parent = parent;
        kept++;
    }
    *ret_index = (struct cidr_index){entries, kept};
}

static uint32_t first_that_holds(const struct cidr_index *index, uint32_t entry, const struct ip *ip)
{
    while (entry != CIDR_NO_ENTRY && !cidr_contains(&index->entries[entry].block, ip)) {
        entry = index->entries[entry].parent;
    }
    return entry;
}

uint32_t cidr_index_find(const struct cidr_index *index, const struct ip *ip)
{
    uint32_t low = 0; /* entries before it begin at or before the address */
    uint32_t high = index->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(index->entries[middle].block.network.bytes, ip->bytes, sizeof(ip->bytes)) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? first_that_holds(index, low - 1, ip) : CIDR_NO_ENTRY;
}

uint32_t cidr_index_find_around(const struct cidr_index *index, uint32_t entry, const struct ip *ip)
{
    return first_that_holds(index, index->entries[entry].parent, ip);
}
