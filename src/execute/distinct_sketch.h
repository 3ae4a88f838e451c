/* execute/distinct_sketch.h
 * How many different values there were, nearly: HyperLogLog as DISTINCTCOUNT wants it. Up to some 2,000 values it is
 * exact but for collisions (a sparse list at a precision of 25 bits); above, 16,384 registers give a standard error of
 * 0.8 %, in 16 KiB whatever comes. As in HyperLogLog++ hashes have 64 bits; instead of that paper's tables of measured
 * biases the estimate is Ertl's, which has none to correct (arXiv:1702.01284, "improved raw estimator").
 * The hash has a fixed seed: the same values give the same number in every run.
 * Depends on the set of values only, not on order, repeats or merging. Memory: from the arena given.
 */
#ifndef EXECUTE_DISTINCT_SKETCH_H
#define EXECUTE_DISTINCT_SKETCH_H

#include "execute/state_memory.h"

struct distinct_sketch {
    union {
        uint32_t *sparse;   /* open addressing by index; 0 = free */
        uint8_t *registers; /* dense */
    };
    uint32_t count;    /* entries of the sparse table */
    uint32_t capacity; /* of it, a power of two; 0 while empty */
    bool is_dense;
};

/* False when memory is out. An empty sketch is all zero bytes. */
bool distinct_sketch_add(struct distinct_sketch *sketch, str value, struct state_memory *memory)
    __attribute__((warn_unused_result));
double distinct_sketch_estimate(const struct distinct_sketch *sketch); /* a whole number */

void distinct_sketch_write(const struct distinct_sketch *sketch, struct strbuf *buffer);
bool distinct_sketch_merge(struct distinct_sketch *sketch, str *bytes, struct state_memory *memory)
    __attribute__((warn_unused_result));

#endif
