/* random_numbers.h
 * Random numbers that are the same on every machine, and weighted choice. Not for anything secret.
 */
#ifndef TESTS_BENCH_RANDOM_NUMBERS_H
#define TESTS_BENCH_RANDOM_NUMBERS_H

#include <stdint.h>

struct random_numbers {
    uint64_t state[4]; /* xoshiro256** */
};

void random_seed(struct random_numbers *random, uint64_t seed);
uint64_t random_next(struct random_numbers *random);
uint32_t random_below(struct random_numbers *random, uint32_t bound);
double random_unit(struct random_numbers *random); /* [0, 1) */

/* Walker's alias table: a weighted choice in two random numbers. */
struct choice {
    uint32_t count;
    uint32_t *alias;
    double *threshold;
};

void choice_init(struct choice *choice, const double *weights, uint32_t count);
void choice_init_zipf(struct choice *choice, uint32_t count, double exponent);
void choice_release(struct choice *choice);
uint32_t choice_pick(const struct choice *choice, struct random_numbers *random);

#endif
