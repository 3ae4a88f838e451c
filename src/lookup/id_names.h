/* lookup/id_names.h
 * Names behind numbers: what several tables come down to. Built once from a list of a file, then searched.
 * Memory: in the arena given; names are views, or copied by whoever fills the list. Threads: any may read.
 */
#ifndef LOOKUP_ID_NAMES_H
#define LOOKUP_ID_NAMES_H

#include "base/str.h"

struct id_name {
    int64_t id;
    str name;
};

struct id_names {
    struct id_name *items; /* ordered by id */
    size_t count;
};

/* Orders the items; what came first stays first among equal ids. */
void id_names_sort(struct id_names *names);
/* The first with this id, or NULL. */
const struct id_name *id_names_find(const struct id_names *names, int64_t id);

#endif
