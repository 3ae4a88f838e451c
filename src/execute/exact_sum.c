#include "execute/exact_sum.h"

#include <assert.h>
#include <math.h>

typedef unsigned __int128 wide;

/* Digits of the largest numbers here: squares of doubles reach from 2^-2148 to 2^2048, a count adds 64 bits. */
enum { DIGITS_MAX = 80, MANTISSA_BITS = 53, EXPONENT_BIAS = 1075 };

/* Makes the sum reach from digit `low` to below digit `high`. */
static bool reach(struct exact_sum *sum, int low, int high, struct state_memory *memory)
{
    if (sum->count > 0) {
        low = low < sum->low ? low : sum->low;
        high = high > sum->low + sum->count ? high : sum->low + sum->count;
    }
    if (sum->count > 0 && low == sum->low && high == sum->low + sum->count) {
        return true;
    }
    uint64_t sign = sum->count > 0 && sum->digits[sum->count - 1] >> 63 ? UINT64_MAX : 0;
    uint16_t count = (uint16_t)(high - low);
    uint16_t shift = (uint16_t)(sum->count > 0 ? sum->low - low : 0);
    uint64_t *digits = sum->digits;
    if (count > sum->capacity) {
        digits = state_memory_take(memory, count * sizeof(*digits));
        if (!digits) {
            return false;
        }
    }
    if (sum->count > 0) {
        memmove(digits + shift, sum->digits, sum->count * sizeof(*digits));
    }
    memset(digits, 0, shift * sizeof(*digits));
    for (uint16_t i = (uint16_t)(shift + sum->count); i < count; i++) {
        digits[i] = sign;
    }
    sum->capacity = count > sum->capacity ? count : sum->capacity;
    sum->digits = digits;
    sum->low = (int16_t)low;
    sum->count = count;
    return true;
}

static int floor_digit(int exponent)
{
    return exponent >= 0 ? exponent / 64 : -((63 - exponent) / 64);
}

/* Adds mantissa * 2^exponent, or takes it away. */
static bool add(struct exact_sum *sum, wide mantissa, int exponent, bool is_negative, struct state_memory *memory)
{
    if (mantissa == 0) {
        return true;
    }
    uint64_t bottom = (uint64_t)mantissa;
    int zeros = bottom ? __builtin_ctzll(bottom) : 64 + __builtin_ctzll((uint64_t)(mantissa >> 64));
    mantissa >>= zeros; /* so that whole numbers need no digits behind the point */
    exponent += zeros;
    int low = floor_digit(exponent);
    int shift = exponent - low * 64;
    uint64_t parts[3] = {(uint64_t)(mantissa << shift), (uint64_t)(mantissa << shift >> 64),
                         shift ? (uint64_t)(mantissa >> 64 >> (64 - shift)) : 0};
    int part_count = parts[2] ? 3 : parts[1] ? 2 : 1;
    /* One digit above: so a single carry cannot overflow the sign. */
    if (!reach(sum, low, low + part_count + 1, memory)) {
        return false;
    }
    uint64_t *at = sum->digits + (low - sum->low);
    const uint64_t *end = sum->digits + sum->count;
    unsigned carry = 0;
    for (int i = 0; at < end && (i < part_count || carry); i++, at++) {
        uint64_t part = i < part_count ? parts[i] : 0;
        uint64_t before = *at;
        if (is_negative) {
            *at = before - part - carry;
            carry = before < part || (before == part && carry);
        } else {
            *at = before + part + carry;
            carry = *at < before || (*at == before && carry);
        }
    }
    uint64_t top = end[-1];
    return (top >> 63) == (top >> 62 & 1) || reach(sum, sum->low, sum->low + sum->count + 1, memory);
}

/* value = +-mantissa * 2^exponent; false for infinities and NaN. */
static bool split(double value, uint64_t *ret_mantissa, int *ret_exponent)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    int exponent = (int)(bits >> 52 & 0x7FF);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    *ret_mantissa = exponent > 0 ? fraction | UINT64_C(1) << 52 : fraction;
    *ret_exponent = (exponent > 0 ? exponent : 1) - EXPONENT_BIAS;
    return exponent != 0x7FF;
}

static bool add_special(struct exact_sum *sum, double value)
{
    sum->specials |= isnan(value) ? EXACT_NAN : value > 0 ? EXACT_INFINITY : EXACT_MINUS_INFINITY;
    return true;
}

bool exact_sum_add_double(struct exact_sum *sum, double value, struct state_memory *memory)
{
    uint64_t mantissa;
    int exponent;
    return split(value, &mantissa, &exponent) ? add(sum, mantissa, exponent, value < 0, memory)
                                              : add_special(sum, value);
}

bool exact_sum_add_square(struct exact_sum *sum, double value, struct state_memory *memory)
{
    uint64_t mantissa;
    int exponent;
    return split(value, &mantissa, &exponent) ? add(sum, (wide)mantissa * mantissa, exponent * 2, false, memory)
                                              : add_special(sum, value * value);
}

static uint64_t magnitude_of(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

bool exact_sum_add_integer(struct exact_sum *sum, int64_t value, struct state_memory *memory)
{
    return add(sum, magnitude_of(value), 0, value < 0, memory);
}

bool exact_sum_add_integer_square(struct exact_sum *sum, int64_t value, struct state_memory *memory)
{
    return add(sum, (wide)magnitude_of(value) * magnitude_of(value), 0, false, memory);
}

/* ---- many times ---- */

static bool add_times(struct exact_sum *sum, wide mantissa, int exponent, bool is_negative, uint64_t times,
                      struct state_memory *memory)
{
    return add(sum, (wide)(uint64_t)mantissa * times, exponent, is_negative, memory) &&
           add(sum, (mantissa >> 64) * times, exponent + 64, is_negative, memory);
}

bool exact_sum_add_double_times(struct exact_sum *sum, double value, uint64_t times, struct state_memory *memory)
{
    uint64_t mantissa;
    int exponent;
    return times == 0                               ? true
           : split(value, &mantissa, &exponent) ? add_times(sum, mantissa, exponent, value < 0, times, memory)
                                                    : add_special(sum, value);
}

bool exact_sum_add_square_times(struct exact_sum *sum, double value, uint64_t times, struct state_memory *memory)
{
    uint64_t mantissa;
    int exponent;
    return times == 0 ? true
           : split(value, &mantissa, &exponent)
               ? add_times(sum, (wide)mantissa * mantissa, exponent * 2, false, times, memory)
               : add_special(sum, value * value);
}

bool exact_sum_add_integer_times(struct exact_sum *sum, int64_t value, uint64_t times, struct state_memory *memory)
{
    return add_times(sum, magnitude_of(value), 0, value < 0, times, memory);
}

bool exact_sum_add_integer_square_times(struct exact_sum *sum, int64_t value, uint64_t times,
                                        struct state_memory *memory)
{
    return add_times(sum, (wide)magnitude_of(value) * magnitude_of(value), 0, false, times, memory);
}

/* ---- reading ---- */

/* A whole number that is not negative, times 2^(64 * low). */
struct magnitude {
    int low;
    int count;
    uint64_t digits[2 * DIGITS_MAX];
};

static void trim(struct magnitude *number)
{
    while (number->count > 0 && number->digits[number->count - 1] == 0) {
        number->count--;
    }
}

static bool to_magnitude(const struct exact_sum *sum, struct magnitude *ret)
{
    bool is_negative = sum->count > 0 && sum->digits[sum->count - 1] >> 63;
    unsigned carry = is_negative;
    assert(sum->count <= DIGITS_MAX);
    ret->low = sum->low;
    ret->count = sum->count;
    for (int i = 0; i < sum->count; i++) {
        ret->digits[i] = is_negative ? ~sum->digits[i] + carry : sum->digits[i];
        carry = carry && ret->digits[i] == 0;
    }
    trim(ret);
    return is_negative;
}

/* The top 53 bits, rounded to even, as an integer; the number is about that times 2^*ret_exponent. */
static double top_bits(const struct magnitude *number, int *ret_exponent)
{
    *ret_exponent = 0;
    if (number->count == 0) {
        return 0;
    }
    uint64_t top = number->digits[number->count - 1];
    uint64_t next = number->count > 1 ? number->digits[number->count - 2] : 0;
    int zeros = __builtin_clzll(top);
    uint64_t word = zeros ? top << zeros | next >> (64 - zeros) : top;
    bool is_inexact = zeros && next << zeros;
    for (int i = number->count - (zeros ? 3 : 2); i >= 0 && !is_inexact; i--) {
        is_inexact = number->digits[i] != 0;
    }
    enum { EXTRA = 64 - MANTISSA_BITS };
    uint64_t half = UINT64_C(1) << (EXTRA - 1);
    uint64_t rest = word & ((UINT64_C(1) << EXTRA) - 1);
    uint64_t kept = word >> EXTRA;
    kept += rest > half || (rest == half && (is_inexact || (kept & 1)));
    *ret_exponent = (number->low + number->count) * 64 - zeros - MANTISSA_BITS;
    return (double)kept;
}

static bool special_value(uint8_t specials, double *ret)
{
    bool is_nan = specials & EXACT_NAN || (specials & EXACT_INFINITY && specials & EXACT_MINUS_INFINITY);
    *ret = is_nan ? NAN : specials & EXACT_INFINITY ? INFINITY : -INFINITY;
    return specials != 0;
}

double exact_sum_value(const struct exact_sum *sum)
{
    double value;
    if (special_value(sum->specials, &value)) {
        return value;
    }
    struct magnitude number;
    int exponent;
    bool is_negative = to_magnitude(sum, &number);
    value = top_bits(&number, &exponent);
    value = ldexp(value, exponent);
    return is_negative ? -value : value;
}

static void multiply(const struct magnitude *a, const uint64_t *b, int b_count, struct magnitude *ret)
{
    ret->count = a->count + b_count;
    assert(ret->count <= 2 * DIGITS_MAX);
    memset(ret->digits, 0, (size_t)ret->count * sizeof(*ret->digits));
    for (int i = 0; i < a->count; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < b_count; j++) {
            wide product = (wide)a->digits[i] * b[j] + ret->digits[i + j] + carry;
            ret->digits[i + j] = (uint64_t)product;
            carry = (uint64_t)(product >> 64);
        }
        ret->digits[i + b_count] += carry;
    }
    trim(ret);
}

static uint64_t digit_at(const struct magnitude *number, int place)
{
    return place >= number->low && place < number->low + number->count ? number->digits[place - number->low] : 0;
}

/* a - b; a is not less. */
static void subtract(const struct magnitude *a, const struct magnitude *b, struct magnitude *ret)
{
    int a_high = a->low + a->count;
    int b_high = b->low + b->count;
    int low = b->count > 0 && b->low < a->low ? b->low : a->low;
    int high = b->count > 0 && b_high > a_high ? b_high : a_high;
    unsigned borrow = 0;
    assert(high - low <= 2 * DIGITS_MAX);
    ret->low = low;
    ret->count = high - low;
    for (int i = 0; i < ret->count; i++) {
        uint64_t x = digit_at(a, low + i);
        uint64_t y = digit_at(b, low + i);
        ret->digits[i] = x - y - borrow;
        borrow = x < y || (x == y && borrow);
    }
    assert(!borrow);
    trim(ret);
}

double exact_deviation(const struct exact_sum *sum, const struct exact_sum *squares, uint64_t count, bool is_sample)
{
    if (sum->specials || squares->specials) {
        return NAN;
    }
    struct magnitude a;
    struct magnitude b;
    struct magnitude squared;
    struct magnitude scaled;
    (void)to_magnitude(sum, &a);
    multiply(&a, a.digits, a.count, &squared);
    squared.low = a.low * 2;
    (void)to_magnitude(squares, &b);
    multiply(&b, &count, 1, &scaled);
    scaled.low = b.low;
    subtract(&scaled, &squared, &a);
    int exponent;
    double difference = top_bits(&a, &exponent);
    double divisor = (double)count * (double)(count - is_sample);
    if (exponent % 2 != 0) {
        difference *= 2;
        exponent--;
    }
    return ldexp(sqrt(difference / divisor), exponent / 2);
}

/* ---- temporary files ---- */

void exact_sum_write(const struct exact_sum *sum, struct strbuf *buffer)
{
    bytes_put(buffer, &sum->low, sizeof(sum->low));
    bytes_put(buffer, &sum->count, sizeof(sum->count));
    bytes_put(buffer, &sum->specials, sizeof(sum->specials));
    bytes_put(buffer, sum->digits, sum->count * sizeof(*sum->digits));
}

bool exact_sum_merge(struct exact_sum *sum, str *bytes, struct state_memory *memory)
{
    struct exact_sum other = {0};
    uint64_t digits[DIGITS_MAX];
    bytes_take_into(bytes, &other.low, sizeof(other.low));
    bytes_take_into(bytes, &other.count, sizeof(other.count));
    bytes_take_into(bytes, &other.specials, sizeof(other.specials));
    assert(other.count <= DIGITS_MAX);
    bytes_take_into(bytes, digits, other.count * sizeof(*digits));
    other.digits = digits;
    sum->specials |= other.specials;
    struct magnitude number;
    bool is_negative = to_magnitude(&other, &number);
    for (int i = 0; i < number.count; i++) {
        if (!add(sum, number.digits[i], (number.low + i) * 64, is_negative, memory)) {
            return false;
        }
    }
    return true;
}
