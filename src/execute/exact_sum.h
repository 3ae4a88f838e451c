/* execute/exact_sum.h
 * Sums without rounding: a sum is kept as a whole number of many digits, and rounded once, when it is read. So it does
 * not depend on the order in which values came, nor on how the work was divided. Costs some 5 ns a value, and memory
 * for the digits between the smallest and the largest value: 16 to 32 bytes as a rule, 300 at worst (a sum of squares:
 * 560). Infinities and NaN are remembered, and give what IEEE gives.
 * Memory: the digits lie in the arena given to every call and die with it.
 */
#ifndef EXECUTE_EXACT_SUM_H
#define EXECUTE_EXACT_SUM_H

#include "execute/state_memory.h"

struct exact_sum {
    uint64_t *digits; /* base 2^64, least first, two's complement */
    int16_t low;      /* weight of digits[0]: 2^(64 * low) */
    uint16_t count;   /* 0: the sum is zero */
    uint16_t capacity;
    uint8_t specials; /* bits EXACT_* */
};

enum { EXACT_NAN = 1, EXACT_INFINITY = 2, EXACT_MINUS_INFINITY = 4 };

/* All give false when memory is out. An empty sum is all zero bytes. */
bool exact_sum_add_double(struct exact_sum *sum, double value, struct state_memory *memory)
    __attribute__((warn_unused_result));
bool exact_sum_add_square(struct exact_sum *sum, double value, struct state_memory *memory)
    __attribute__((warn_unused_result));
bool exact_sum_add_integer(struct exact_sum *sum, int64_t value, struct state_memory *memory)
    __attribute__((warn_unused_result));
bool exact_sum_add_integer_square(struct exact_sum *sum, int64_t value, struct state_memory *memory)
    __attribute__((warn_unused_result));

/* The same, as often as `times` says. */
bool exact_sum_add_double_times(struct exact_sum *sum, double value, uint64_t times, struct state_memory *memory)
    __attribute__((warn_unused_result));
bool exact_sum_add_square_times(struct exact_sum *sum, double value, uint64_t times, struct state_memory *memory)
    __attribute__((warn_unused_result));
bool exact_sum_add_integer_times(struct exact_sum *sum, int64_t value, uint64_t times, struct state_memory *memory)
    __attribute__((warn_unused_result));
bool exact_sum_add_integer_square_times(struct exact_sum *sum, int64_t value, uint64_t times,
                                        struct state_memory *memory) __attribute__((warn_unused_result));

/* The nearest double, ties to even. */
double exact_sum_value(const struct exact_sum *sum);
/* sqrt((count * squares - sum^2) / (count * (count - is_sample))), the difference without rounding; count > is_sample.
 * Both sums hold the same values, so the difference is never negative. */
double exact_deviation(const struct exact_sum *sum, const struct exact_sum *squares, uint64_t count, bool is_sample);

/* For temporary files: bytes of one sum, and a sum from bytes added to another. */
void exact_sum_write(const struct exact_sum *sum, struct strbuf *buffer);
bool exact_sum_merge(struct exact_sum *sum, str *bytes, struct state_memory *memory)
    __attribute__((warn_unused_result));

#endif
