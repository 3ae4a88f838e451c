#include "lookup/id_names.h"

#include <stdlib.h>

static int compare_items(const void *a, const void *b)
{
    const struct id_name *left = a;
    const struct id_name *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

void id_names_sort(struct id_names *names)
{
    if (names->count > 0) {
        qsort(names->items, names->count, sizeof(*names->items), compare_items);
    }
}

const struct id_name *id_names_find(const struct id_names *names, int64_t id)
{
    size_t low = 0;
    size_t high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names->items[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < names->count && names->items[low].id == id ? &names->items[low] : NULL;
}
