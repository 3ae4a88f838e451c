/* format/audit_bytes.h
 * Loads and searches of a few bytes, inline, for the loops that touch every byte of an audit log.
 */
#ifndef FORMAT_AUDIT_BYTES_H
#define FORMAT_AUDIT_BYTES_H

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline uint64_t bytes_load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

/* A bit for each of 32 bytes at a and b that are equal. */
static inline uint32_t bytes_equal32(const char *a, const char *b)
{
#ifdef __SSE2__
    uint32_t bits = 0;
    for (int i = 0; i < 2; i++) {
        __m128i left = _mm_loadu_si128((const __m128i *)(const void *)(a + 16 * i));
        __m128i right = _mm_loadu_si128((const __m128i *)(const void *)(b + 16 * i));
        bits |= (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(left, right)) << 16 * i;
    }
    return bits;
#else
    uint32_t bits = 0;
    for (int i = 0; i < 32; i++) {
        bits |= (uint32_t)(a[i] == b[i]) << i;
    }
    return bits;
#endif
}

/* The lowest `count` bits, 1 to 32 of them. */
static inline uint32_t bytes_bits(size_t count)
{
    return UINT32_MAX >> (32 - count);
}

/* The first of two bytes at or behind p, or end. Values are short: the first sixteen bytes mostly decide. */
static inline const char *bytes_find_either(const char *p, const char *end, char a, char b)
{
#ifdef __SSE2__
    const __m128i all_a = _mm_set1_epi8(a);
    const __m128i all_b = _mm_set1_epi8(b);
    while (end - p >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, all_a), _mm_cmpeq_epi8(bytes, all_b));
        unsigned mask = (unsigned)_mm_movemask_epi8(hits);
        if (mask != 0) {
            return p + (unsigned)__builtin_ctz(mask);
        }
        p += 16;
    }
#endif
    while (p < end && *p != a && *p != b) {
        p++;
    }
    return p;
}

#endif
