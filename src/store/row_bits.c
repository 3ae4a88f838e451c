#include "store/row_bits.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_X86 1
#else
#define HAS_X86 0
#endif

void bits_fill(uint64_t *bits, uint32_t count)
{
    for (uint32_t word = 0; word < bits_words(count); word++) {
        bits[word] = bits_mask(word, count);
    }
}

uint32_t bits_count(const uint64_t *bits, uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t word = 0; word < bits_words(count); word++) {
        sum += (uint32_t)__builtin_popcountll(bits[word]);
    }
    return sum;
}

/* The bits of a word that lie in [first, end). */
static uint64_t range_mask(uint32_t word, uint32_t first, uint32_t end)
{
    uint64_t mask = bits_mask(word, end);
    return word == first / 64 ? mask & UINT64_MAX << first % 64 : mask;
}

bool bits_any(const uint64_t *bits, uint32_t first, uint32_t end)
{
    for (uint32_t word = first / 64; first < end && word <= (end - 1) / 64; word++) {
        if (bits[word] & range_mask(word, first, end)) {
            return true;
        }
    }
    return false;
}

bool bits_all(const uint64_t *bits, uint32_t first, uint32_t end)
{
    for (uint32_t word = first / 64; first < end && word <= (end - 1) / 64; word++) {
        if (~bits[word] & range_mask(word, first, end)) {
            return false;
        }
    }
    return true;
}

void bits_add_range(uint64_t *bits, uint32_t first, uint32_t end)
{
    for (uint32_t word = first / 64; first < end && word <= (end - 1) / 64; word++) {
        bits[word] |= range_mask(word, first, end);
    }
}

void bits_cut(uint64_t *bits, uint32_t count, uint32_t end)
{
    for (uint32_t word = end / 64; word < bits_words(count); word++) {
        bits[word] &= word == end / 64 ? (UINT64_C(1) << end % 64) - 1 : 0;
    }
}

/* ---- codes to bits ---------------------------------------------------------------------------------------------- */

/* A number is looked for at its difference to `base`; packed numbers are differences to packed->least. */

static inline uint64_t in_set(const uint64_t *set, uint64_t set_count, uint64_t number)
{
    return number < set_count ? set[number / 64] >> number % 64 & 1 : 0;
}

static void bits_of_any_width(const struct packed_integers *packed, uint64_t base, const uint64_t *set,
                              uint32_t set_count, uint64_t *ret_bits)
{
    memset(ret_bits, 0, bits_words(packed->count) * sizeof(*ret_bits));
    for (uint32_t i = 0; i < packed->count; i++) {
        uint64_t number = (uint64_t)integers_get(packed, i) - base;
        ret_bits[i / 64] |= in_set(set, set_count, number) << i % 64;
    }
}

/* One word of bits from `count` numbers of whole bytes. */
#define DEFINE_WORD(name, type, from_little)                                                                           \
    static inline uint64_t name(const unsigned char *at, uint32_t count, uint64_t offset, const uint64_t *set,         \
                                uint64_t set_count)                                                                    \
    {                                                                                                                  \
        uint64_t word = 0;                                                                                             \
        for (uint32_t i = 0; i < count; i++) {                                                                         \
            type little;                                                                                               \
            memcpy(&little, at + i * sizeof(little), sizeof(little));                                                  \
            word |= in_set(set, set_count, offset + from_little(little)) << i;                                         \
        }                                                                                                              \
        return word;                                                                                                   \
    }
#define SAME_BYTE(value) (value)
DEFINE_WORD(word_of_8, uint8_t, SAME_BYTE)
DEFINE_WORD(word_of_16, uint16_t, le16toh)
DEFINE_WORD(word_of_32, uint32_t, le32toh)

/* A byte for each number that 16 bits reach, 0 or 1. */
static void set_to_bytes(uint64_t offset, const uint64_t *set, uint32_t set_count, uint8_t ret_bytes[UINT16_MAX + 1])
{
    memset(ret_bytes, 0, UINT16_MAX + 1);
    uint64_t end = offset + UINT16_MAX + 1 < set_count ? offset + UINT16_MAX + 1 : set_count;
    for (uint64_t word = offset / 64; word * 64 < end; word++) {
        for (uint64_t left = set[word]; left; left &= left - 1) {
            uint64_t number = word * 64 + (uint64_t)__builtin_ctzll(left);
            if (number >= offset && number < end) {
                ret_bytes[number - offset] = 1;
            }
        }
    }
}

/* So much of a set is expanded into bytes: with fewer numbers it does not pay. */
enum { BYTES_PAY = 4096 };

static void bits_of_16(const struct packed_integers *packed, uint64_t offset, const uint64_t *set, uint32_t set_count,
                       uint64_t *ret_bits)
{
    uint8_t bytes[UINT16_MAX + 1];
    uint32_t i = 0;
    if (packed->count >= BYTES_PAY) {
        set_to_bytes(offset, set, set_count, bytes);
        for (; i + 64 <= packed->count; i += 64) {
            const unsigned char *at = packed->bits + (size_t)i * 2;
            uint64_t word = 0;
            for (uint32_t k = 0; k < 64; k++) {
                uint16_t little;
                memcpy(&little, at + k * sizeof(little), sizeof(little));
                word |= (uint64_t)bytes[le16toh(little)] << k;
            }
            ret_bits[i / 64] = word;
        }
    }
    for (; i < packed->count; i += 64) {
        uint32_t count = packed->count - i < 64 ? packed->count - i : 64;
        ret_bits[i / 64] = word_of_16(packed->bits + (size_t)i * 2, count, offset, set, set_count);
    }
}

static void bits_of_8(const struct packed_integers *packed, uint64_t offset, const uint64_t *set, uint32_t set_count,
                      uint64_t *ret_bits)
{
    for (uint32_t i = 0; i < packed->count; i += 64) {
        uint32_t count = packed->count - i < 64 ? packed->count - i : 64;
        ret_bits[i / 64] = word_of_8(packed->bits + i, count, offset, set, set_count);
    }
}

static void bits_of_32(const struct packed_integers *packed, uint64_t offset, const uint64_t *set, uint32_t set_count,
                       uint64_t *ret_bits)
{
    for (uint32_t i = 0; i < packed->count; i += 64) {
        uint32_t count = packed->count - i < 64 ? packed->count - i : 64;
        ret_bits[i / 64] = word_of_32(packed->bits + (size_t)i * 4, count, offset, set, set_count);
    }
}

static void spread_portable(const uint64_t *values, const uint64_t *present, uint32_t rows, uint64_t *ret_bits)
{
    uint32_t value = 0;
    for (uint32_t word = 0; word < bits_words(rows); word++) {
        uint64_t bits = 0;
        for (uint64_t left = present[word]; left; left &= left - 1, value++) {
            bits |= bits_has(values, value) ? left & -left : 0;
        }
        ret_bits[word] = bits;
    }
}

static void gather_portable(const uint64_t *bits, const uint64_t *present, uint32_t rows, uint64_t *ret_bits)
{
    uint32_t value = 0;
    memset(ret_bits, 0, bits_words(rows) * sizeof(*ret_bits));
    for (uint32_t word = 0; word < bits_words(rows); word++) {
        for (uint64_t left = present[word]; left; left &= left - 1, value++) {
            ret_bits[value / 64] |= (uint64_t)((bits[word] & left & -left) != 0) << value % 64;
        }
    }
}

void bits_take(const uint64_t *bits, uint32_t first, uint32_t count, uint64_t *ret_bits)
{
    for (uint32_t word = 0; word < bits_words(count); word++) {
        uint64_t at = (uint64_t)first + (uint64_t)word * 64;
        uint64_t mask = bits_mask(word, count);
        uint64_t taken = bits[at / 64] >> at % 64;
        bool goes_on = at % 64 != 0 && mask >> (64 - at % 64) != 0;
        ret_bits[word] = (goes_on ? taken | bits[at / 64 + 1] << (64 - at % 64) : taken) & mask;
    }
}

void bits_put(uint64_t *bits, uint32_t first, uint32_t count, const uint64_t *added)
{
    for (uint32_t word = 0; word < bits_words(count); word++) {
        uint64_t at = (uint64_t)first + (uint64_t)word * 64;
        bits[at / 64] |= added[word] << at % 64;
        if (at % 64 != 0 && added[word] >> (64 - at % 64) != 0) {
            bits[at / 64 + 1] |= added[word] >> (64 - at % 64);
        }
    }
}

static bool is_portable;

void row_bits_use_portable(bool is_wanted)
{
    is_portable = is_wanted;
}

#if HAS_X86
static bool has_avx2(void)
{
    return !is_portable && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}

/* A set of bytes: which bit of `low` or `high` (for bytes below, and from 128 on) a byte's upper half picks, in the
 * place that its lower half picks. */
__attribute__((target("avx2,bmi2"))) static void bits_of_8_avx2(const struct packed_integers *packed, uint64_t offset,
                                                                const uint64_t *set, uint32_t set_count,
                                                                uint64_t *ret_bits)
{
    uint8_t tables[2][16] = {{0}};
    for (uint32_t byte = 0; byte < 256; byte++) {
        tables[byte / 128][byte % 16] |= (uint8_t)(in_set(set, set_count, offset + byte) << byte / 16 % 8);
    }
    __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)tables[0]));
    __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)tables[1]));
    __m256i powers = _mm256_broadcastsi128_si256(_mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64,
                                                               -128));
    __m256i nibble = _mm256_set1_epi8(0x0F);
    uint32_t i = 0;
    for (; i + 64 <= packed->count; i += 64) {
        uint64_t word = 0;
        for (uint32_t half = 0; half < 2; half++) {
            __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(packed->bits + i + half * 32));
            __m256i below = _mm256_and_si256(bytes, nibble);
            __m256i above = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);
            __m256i row = _mm256_blendv_epi8(_mm256_shuffle_epi8(low, below), _mm256_shuffle_epi8(high, below), bytes);
            __m256i bit = _mm256_and_si256(row, _mm256_shuffle_epi8(powers, above));
            __m256i none = _mm256_cmpeq_epi8(bit, _mm256_setzero_si256());
            word |= (uint64_t)(uint32_t)~_mm256_movemask_epi8(none) << half * 32;
        }
        ret_bits[i / 64] = word;
    }
    if (i < packed->count) {
        ret_bits[i / 64] = word_of_8(packed->bits + i, packed->count - i, offset, set, set_count);
    }
}

/* How many numbers of a set that 16 bits reach are looked for one by one. */
enum { SINGLES_MAX = 8 };

static uint32_t take_singles(uint64_t offset, const uint64_t *set, uint32_t set_count,
                             uint16_t ret_singles[SINGLES_MAX])
{
    uint64_t end = offset + UINT16_MAX + 1 < set_count ? offset + UINT16_MAX + 1 : set_count;
    uint32_t count = 0;
    for (uint64_t word = offset / 64; word * 64 < end; word++) {
        for (uint64_t left = set[word]; left; left &= left - 1) {
            uint64_t number = word * 64 + (uint64_t)__builtin_ctzll(left);
            if (number >= offset && number < end) {
                if (count == SINGLES_MAX) {
                    return UINT32_MAX;
                }
                ret_singles[count++] = (uint16_t)(number - offset);
            }
        }
    }
    return count;
}

/* A set of few numbers: each is compared with 16 packed ones at a time. */
__attribute__((target("avx2,bmi2"))) static void bits_of_singles_avx2(const struct packed_integers *packed,
                                                                      const uint16_t *singles, uint32_t single_count,
                                                                      uint64_t *ret_bits)
{
    __m256i wanted[SINGLES_MAX];
    for (uint32_t s = 0; s < single_count; s++) {
        wanted[s] = _mm256_set1_epi16((short)singles[s]);
    }
    for (uint32_t i = 0; i + 64 <= packed->count; i += 64) {
        uint64_t word = 0;
        for (uint32_t half = 0; half < 2; half++) {
            const unsigned char *at = packed->bits + ((size_t)i + half * 32) * 2;
            __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)at);
            __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
            __m256i low_fit = _mm256_setzero_si256();
            __m256i high_fit = _mm256_setzero_si256();
            for (uint32_t s = 0; s < single_count; s++) {
                low_fit = _mm256_or_si256(low_fit, _mm256_cmpeq_epi16(low, wanted[s]));
                high_fit = _mm256_or_si256(high_fit, _mm256_cmpeq_epi16(high, wanted[s]));
            }
            __m256i fit = _mm256_permute4x64_epi64(_mm256_packs_epi16(low_fit, high_fit), 0xD8);
            word |= (uint64_t)(uint32_t)_mm256_movemask_epi8(fit) << half * 32;
        }
        ret_bits[i / 64] = word;
    }
}

static bool bits_of_16_avx2(const struct packed_integers *packed, uint64_t offset, const uint64_t *set,
                            uint32_t set_count, uint64_t *ret_bits)
{
    uint16_t singles[SINGLES_MAX];
    uint32_t count = take_singles(offset, set, set_count, singles);
    if (count > SINGLES_MAX) {
        return false;
    }
    bits_of_singles_avx2(packed, singles, count, ret_bits);
    uint32_t done = packed->count / 64 * 64;
    if (done < packed->count) {
        ret_bits[done / 64] = word_of_16(packed->bits + (size_t)done * 2, packed->count - done, offset, set, set_count);
    }
    return true;
}

/* Which of eight numbers are bits of the set, `offset` behind their place; those above `most` are behind its end. */
__attribute__((target("avx2,bmi2"))) static inline uint64_t eight_in_set(__m256i numbers, __m256i offset, __m256i most,
                                                                         const uint64_t *set)
{
    __m256i is_inside = _mm256_cmpeq_epi32(_mm256_min_epu32(numbers, most), numbers);
    __m256i bit = _mm256_add_epi32(numbers, offset);
    __m256i words = _mm256_mask_i32gather_epi32(_mm256_setzero_si256(), (const int *)(const void *)set,
                                                _mm256_srli_epi32(bit, 5), is_inside, 4);
    __m256i found = _mm256_srlv_epi32(words, _mm256_and_si256(bit, _mm256_set1_epi32(31)));
    return (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(found, 31)));
}

/* Eight numbers of `width` bits each take `width` bytes. So many of them can be read without looking behind the
 * packed numbers' padding. */
enum { NARROW_BITS_MAX = 25, NARROW_PADDING = 8 };

static uint32_t count_of_whole_loads(const struct packed_integers *packed)
{
    uint64_t bytes = (uint64_t)packed->count * packed->width / 8 + NARROW_PADDING;
    uint64_t behind = packed->width / 2 + 16;
    uint64_t loads = bytes >= behind ? (bytes - behind) / packed->width + 1 : 0;
    return loads * 8 < packed->count ? (uint32_t)loads * 8 : packed->count / 8 * 8;
}

/* Of up to 25 bits: each half of eight numbers is loaded by itself, every number's four bytes are brought together,
 * and what is before it is shifted out. */
__attribute__((target("avx2,bmi2"))) static uint32_t bits_of_narrow_avx2(const struct packed_integers *packed,
                                                                         uint64_t offset, const uint64_t *set,
                                                                         uint64_t most, uint64_t *ret_bits)
{
    uint32_t width = packed->width;
    uint8_t places[32];
    uint32_t shifts[8];
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t bit = i * width - (i < 4 ? 0 : width / 2 * 8);
        shifts[i] = bit % 8;
        for (uint32_t k = 0; k < 4; k++) {
            places[i * 4 + k] = (uint8_t)(bit / 8 + k);
        }
    }
    __m256i place = _mm256_loadu_si256((const __m256i *)(const void *)places);
    __m256i shift = _mm256_loadu_si256((const __m256i *)(const void *)shifts);
    __m256i mask = _mm256_set1_epi32((int)((UINT32_C(1) << width) - 1));
    __m256i base = _mm256_set1_epi32((int)(uint32_t)offset);
    __m256i last = _mm256_set1_epi32((int)(uint32_t)most);
    uint32_t end = count_of_whole_loads(packed) / 64 * 64;
    const unsigned char *at = packed->bits;
    for (uint32_t i = 0; i < end; i += 64) {
        uint64_t word = 0;
        for (uint32_t k = 0; k < 64; k += 8, at += width) {
            __m256i loaded = _mm256_inserti128_si256(
                _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)at)),
                _mm_loadu_si128((const __m128i *)(const void *)(at + width / 2)), 1);
            __m256i numbers =
                _mm256_and_si256(_mm256_srlv_epi32(_mm256_shuffle_epi8(loaded, place), shift), mask);
            word |= eight_in_set(numbers, base, last, set) << k;
        }
        ret_bits[i / 64] = word;
    }
    return end;
}

__attribute__((target("avx2,bmi2"))) static uint32_t bits_of_32_avx2(const struct packed_integers *packed,
                                                                     uint64_t offset, const uint64_t *set,
                                                                     uint64_t most, uint64_t *ret_bits)
{
    __m256i base = _mm256_set1_epi32((int)(uint32_t)offset);
    __m256i last = _mm256_set1_epi32((int)(uint32_t)most);
    uint32_t end = packed->count / 64 * 64;
    for (uint32_t i = 0; i < end; i += 64) {
        uint64_t word = 0;
        for (uint32_t k = 0; k < 64; k += 8) {
            const unsigned char *at = packed->bits + ((size_t)i + k) * 4;
            __m256i numbers = _mm256_loadu_si256((const __m256i *)(const void *)at);
            word |= eight_in_set(numbers, base, last, set) << k;
        }
        ret_bits[i / 64] = word;
    }
    return end;
}

/* Of up to 25 bits, or of 32. */
static void bits_of_gathered_avx2(const struct packed_integers *packed, uint64_t offset, const uint64_t *set,
                                  uint32_t set_count, uint64_t *ret_bits)
{
    uint32_t done = packed->count;
    if (offset >= set_count) {
        memset(ret_bits, 0, bits_words(packed->count) * sizeof(*ret_bits));
    } else if (packed->width == 32) {
        done = bits_of_32_avx2(packed, offset, set, set_count - 1 - offset, ret_bits);
    } else {
        done = bits_of_narrow_avx2(packed, offset, set, set_count - 1 - offset, ret_bits);
    }
    for (uint32_t i = done; i < packed->count; i++) {
        uint64_t found = in_set(set, set_count, offset + ((uint64_t)integers_get(packed, i) - packed->least));
        ret_bits[i / 64] = (i % 64 == 0 ? 0 : ret_bits[i / 64]) | found << i % 64;
    }
}

__attribute__((target("bmi2"))) static void spread_bmi2(const uint64_t *values, const uint64_t *present, uint32_t rows,
                                                        uint64_t *ret_bits)
{
    uint64_t value = 0;
    for (uint32_t word = 0; word < bits_words(rows); word++) {
        uint32_t count = (uint32_t)__builtin_popcountll(present[word]);
        if (count == 0) {
            ret_bits[word] = 0;
            continue;
        }
        uint64_t bits = values[value / 64] >> value % 64;
        if (value % 64 + count > 64) {
            bits |= values[value / 64 + 1] << (64 - value % 64);
        }
        ret_bits[word] = _pdep_u64(bits, present[word]);
        value += count;
    }
}

__attribute__((target("bmi2"))) static void gather_bmi2(const uint64_t *bits, const uint64_t *present, uint32_t rows,
                                                        uint64_t *ret_bits)
{
    uint64_t value = 0;
    memset(ret_bits, 0, bits_words(rows) * sizeof(*ret_bits));
    for (uint32_t word = 0; word < bits_words(rows); word++) {
        uint64_t taken = _pext_u64(bits[word], present[word]);
        uint32_t count = (uint32_t)__builtin_popcountll(present[word]);
        ret_bits[value / 64] |= taken << value % 64;
        if (value % 64 + count > 64) {
            ret_bits[value / 64 + 1] |= taken >> (64 - value % 64);
        }
        value += count;
    }
}
#endif

void bits_of_numbers(const struct packed_integers *packed, uint64_t base, const uint64_t *set, uint32_t set_count,
                     uint64_t *ret_bits)
{
    uint64_t offset = packed->least - base;
    /* Sums of an offset and a number of 32 bits must not wrap around, or the wrong bits would be asked. */
    bool is_near = packed->bits && packed->least >= base && offset <= UINT32_MAX;
#if HAS_X86
    if (is_near && packed->width == 8 && has_avx2()) {
        bits_of_8_avx2(packed, offset, set, set_count, ret_bits);
        return;
    }
    if (is_near && packed->width == 16 && has_avx2() && bits_of_16_avx2(packed, offset, set, set_count, ret_bits)) {
        return;
    }
    bool is_gathered = packed->width > 0 && (packed->width <= NARROW_BITS_MAX || packed->width == 32);
    if (is_near && is_gathered && has_avx2()) {
        bits_of_gathered_avx2(packed, offset, set, set_count, ret_bits);
        return;
    }
#endif
    if (is_near && packed->width == 8) {
        bits_of_8(packed, offset, set, set_count, ret_bits);
    } else if (is_near && packed->width == 16) {
        bits_of_16(packed, offset, set, set_count, ret_bits);
    } else if (is_near && packed->width == 32) {
        bits_of_32(packed, offset, set, set_count, ret_bits);
    } else {
        bits_of_any_width(packed, base, set, set_count, ret_bits);
    }
}

void bits_spread(const uint64_t *values, const uint64_t *present, uint32_t rows, uint64_t *ret_bits)
{
#if HAS_X86
    if (has_avx2()) {
        spread_bmi2(values, present, rows, ret_bits);
        return;
    }
#endif
    spread_portable(values, present, rows, ret_bits);
}

void bits_gather(const uint64_t *bits, const uint64_t *present, uint32_t rows, uint64_t *ret_bits)
{
#if HAS_X86
    if (has_avx2()) {
        gather_bmi2(bits, present, rows, ret_bits);
        return;
    }
#endif
    gather_portable(bits, present, rows, ret_bits);
}
