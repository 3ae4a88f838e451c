/* execute/value_collector.h
 * The different values of one column, as a set for IN: the answer of a sub-select.
 * Memory: bytes_max, and as much again for the sorted list; at most LIMIT_SUBQUERY_VALUES values.
 */
#ifndef EXECUTE_VALUE_COLLECTOR_H
#define EXECUTE_VALUE_COLLECTOR_H

#include "execute/unique_set.h"
#include "plan/plan.h"

struct value_collector {
    enum value_type type;
    size_t bytes_max;
    uint64_t hash_seed;
    struct state_memory memory;
    struct unique_set values;
    struct value_set set; /* once finished */
};

void value_collector_init(struct value_collector *collector, enum value_type type, size_t bytes_max,
                          uint64_t hash_seed);
void value_collector_release(struct value_collector *collector);
/* Rows 0 to row_count - 1. TOCSIN_ERROR_LIMIT names IN. */
tocsin_status value_collector_add(struct value_collector *collector, const struct column *column, uint32_t row_count,
                                  struct error *err);
/* The set lives as long as the collector. */
tocsin_status value_collector_finish(struct value_collector *collector, const struct value_set **ret_set,
                                     struct error *err);

#endif
