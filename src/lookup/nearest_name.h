/* lookup/nearest_name.h
 * "Did you mean": the nearest of the names that are tried, if it is near enough to be a typing error.
 * Memory: views. Threads: none shared.
 *
 *     struct nearest_name nearest = nearest_name_of(wanted);
 *     for (...) nearest_name_try(&nearest, names[i]);
 *     nearest.name is the nearest, or empty
 */
#ifndef LOOKUP_NEAREST_NAME_H
#define LOOKUP_NEAREST_NAME_H

#include "base/str.h"

/* A name this far from an existing one is not a typing error. */
enum { NEAREST_NAME_DISTANCE_MAX = 3 };

struct nearest_name {
    str wanted;
    str name;
    size_t limit;
};

static inline struct nearest_name nearest_name_of(str wanted)
{
    size_t limit = wanted.len / 2 < NEAREST_NAME_DISTANCE_MAX ? wanted.len / 2 : NEAREST_NAME_DISTANCE_MAX;
    return (struct nearest_name){wanted, STR_EMPTY, limit};
}

static inline void nearest_name_try(struct nearest_name *nearest, str name)
{
    size_t distance = str_edit_distance(nearest->wanted, name, nearest->limit);
    if (distance <= nearest->limit && (nearest->name.len == 0 || distance < nearest->limit)) {
        nearest->name = name;
        nearest->limit = distance;
    }
}

#endif
