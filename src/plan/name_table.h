/* plan/name_table.h
 * Names (ignoring case) to numbers, for aliases and columns: a query may have a thousand of each, and look all up.
 * Memory: an arena's; growing leaves the old table there. Threads: one.
 */
#ifndef PLAN_NAME_TABLE_H
#define PLAN_NAME_TABLE_H

#include "base/arena.h"

struct name_entry {
    str name; /* data NULL: free */
    uint32_t value;
    uint32_t next_suffix; /* for whoever makes names differ: the smallest number not tried yet */
};

struct name_table {
    struct name_entry *entries;
    uint32_t capacity; /* power of two, or 0 */
    uint32_t count;
};

/* NULL if there is none. The entry lives until the next name_table_add. */
struct name_entry *name_table_find(const struct name_table *table, str name);
/* The first value of a name stays. False when out of memory. The text of `name` must outlive the table. */
bool name_table_add(struct name_table *table, struct arena *arena, str name, uint32_t value);

#endif
