#include "bench/random_numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t rotate_left(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

void random_seed(struct random_numbers *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++) { /* SplitMix64 */
        seed += 0x9e3779b97f4a7c15u;
        uint64_t z = seed;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        random->state[i] = z ^ z >> 31;
    }
}

uint64_t random_next(struct random_numbers *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint32_t random_below(struct random_numbers *random, uint32_t bound)
{
    return (uint32_t)((random_next(random) >> 32) * bound >> 32);
}

double random_unit(struct random_numbers *random)
{
    return (double)(random_next(random) >> 11) * (1.0 / 9007199254740992.0);
}

/* A generator that cannot get a few kilobytes has no way out. */
static void *allocate(size_t count, size_t bytes_each)
{
    void *block = calloc(count, bytes_each);
    if (!block) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return block;
}

void choice_init(struct choice *choice, const double *weights, uint32_t count)
{
    choice->count = count;
    choice->alias = allocate(count, sizeof(*choice->alias));
    choice->threshold = allocate(count, sizeof(*choice->threshold));
    uint32_t *low = allocate(count, sizeof(*low));
    uint32_t *high = allocate(count, sizeof(*high));
    uint32_t low_count = 0;
    uint32_t high_count = 0;
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += weights[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        choice->threshold[i] = weights[i] * count / sum;
        choice->alias[i] = i;
        if (choice->threshold[i] < 1) {
            low[low_count++] = i;
        } else {
            high[high_count++] = i;
        }
    }
    while (low_count > 0 && high_count > 0) {
        uint32_t l = low[--low_count];
        uint32_t h = high[--high_count];
        choice->alias[l] = h;
        choice->threshold[h] -= 1 - choice->threshold[l];
        if (choice->threshold[h] < 1) {
            low[low_count++] = h;
        } else {
            high[high_count++] = h;
        }
    }
    while (low_count > 0) {
        choice->threshold[low[--low_count]] = 1;
    }
    while (high_count > 0) {
        choice->threshold[high[--high_count]] = 1;
    }
    free(low);
    free(high);
}

void choice_init_zipf(struct choice *choice, uint32_t count, double exponent)
{
    double *weights = allocate(count, sizeof(*weights));
    for (uint32_t i = 0; i < count; i++) {
        weights[i] = 1 / pow(i + 1, exponent);
    }
    choice_init(choice, weights, count);
    free(weights);
}

void choice_release(struct choice *choice)
{
    free(choice->alias);
    free(choice->threshold);
}

uint32_t choice_pick(const struct choice *choice, struct random_numbers *random)
{
    uint32_t i = random_below(random, choice->count);
    return random_unit(random) < choice->threshold[i] ? i : choice->alias[i];
}
