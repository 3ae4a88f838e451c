/* base/json_scan.h
 * Bit masks of the bytes that matter in 64 bytes of JSON: one bit a byte, strings told from structure by arithmetic
 * instead of a loop. For code that looks for the end of a JSON value; json_reader.h is for everybody else.
 * Not a check of the grammar: it sees quotes, brackets and line ends, nothing else.
 * Memory: none. Threads: any, one state each.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/str.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { JSON_SCAN_BYTES = 64 };

/* What carries over from one block to the next. Zero at the beginning of a value. */
struct json_scan {
    uint64_t in_string;  /* all ones while inside a string */
    uint64_t is_escaped; /* 1: the next byte stands behind a backslash */
};

struct json_block {
    uint64_t brackets; /* { } [ ] outside strings */
    uint64_t lines;    /* '\n' anywhere */
};

#if defined(__SSE2__)
/* The bits of the bytes that are quotes, backslashes, brackets of any kind, line ends. */
static inline void json_scan_masks(const char *bytes, uint64_t *ret_quotes, uint64_t *ret_backslashes,
                                   uint64_t *ret_brackets, uint64_t *ret_lines)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i line = _mm_set1_epi8('\n');
    const __m128i fold = _mm_set1_epi8(0x20);
    const __m128i open = _mm_set1_epi8('{');
    const __m128i close = _mm_set1_epi8('}');
    uint64_t quotes = 0;
    uint64_t backslashes = 0;
    uint64_t brackets = 0;
    uint64_t lines = 0;
    for (unsigned i = 0; i < 4; i++) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * i));
        /* '[' and '{', and ']' and '}', differ in the bit 0x20 alone. */
        __m128i folded = _mm_or_si128(part, fold);
        __m128i bracket = _mm_or_si128(_mm_cmpeq_epi8(folded, open), _mm_cmpeq_epi8(folded, close));
        quotes |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(part, quote)) << 16 * i;
        backslashes |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(part, backslash)) << 16 * i;
        brackets |= (uint64_t)(uint32_t)_mm_movemask_epi8(bracket) << 16 * i;
        lines |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(part, line)) << 16 * i;
    }
    *ret_quotes = quotes;
    *ret_backslashes = backslashes;
    *ret_brackets = brackets;
    *ret_lines = lines;
}
#else
static inline void json_scan_masks(const char *bytes, uint64_t *ret_quotes, uint64_t *ret_backslashes,
                                   uint64_t *ret_brackets, uint64_t *ret_lines)
{
    uint64_t quotes = 0;
    uint64_t backslashes = 0;
    uint64_t brackets = 0;
    uint64_t lines = 0;
    for (unsigned i = 0; i < JSON_SCAN_BYTES; i++) {
        char c = bytes[i];
        char folded = (char)(c | 0x20);
        quotes |= (uint64_t)(c == '"') << i;
        backslashes |= (uint64_t)(c == '\\') << i;
        brackets |= (uint64_t)(folded == '{' || folded == '}') << i;
        lines |= (uint64_t)(c == '\n') << i;
    }
    *ret_quotes = quotes;
    *ret_backslashes = backslashes;
    *ret_brackets = brackets;
    *ret_lines = lines;
}
#endif

/* The bytes that stand behind an odd run of backslashes. An addition carries through each run at once; the trick and
 * its proof are in Langdale and Lemire, "Parsing gigabytes of JSON per second" (2019). */
static inline uint64_t json_scan_escaped(uint64_t backslashes, uint64_t *is_escaped)
{
    if (backslashes == 0) {
        uint64_t escaped = *is_escaped;
        *is_escaped = 0;
        return escaped;
    }
    const uint64_t even = UINT64_C(0x5555555555555555);
    backslashes &= ~*is_escaped;
    uint64_t follows = backslashes << 1 | *is_escaped;
    uint64_t odd_starts = backslashes & ~even & ~follows;
    uint64_t even_ends;
    *is_escaped = __builtin_add_overflow(odd_starts, backslashes, &even_ends);
    return (even ^ even_ends << 1) & follows;
}

/* Bit i = parity of the bits 0 to i. */
static inline uint64_t json_scan_parity(uint64_t bits)
{
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;
    return bits;
}

/* `bytes` has JSON_SCAN_BYTES bytes. */
static inline struct json_block json_scan_block(struct json_scan *scan, const char *bytes)
{
    uint64_t quotes;
    uint64_t backslashes;
    uint64_t brackets;
    uint64_t lines;
    json_scan_masks(bytes, &quotes, &backslashes, &brackets, &lines);
    quotes &= ~json_scan_escaped(backslashes, &scan->is_escaped);
    uint64_t in_string = json_scan_parity(quotes) ^ scan->in_string;
    scan->in_string = (uint64_t)0 - (in_string >> 63);
    return (struct json_block){brackets & ~in_string, lines};
}

/* The first quote, backslash or line end at or behind `at`, or `end`: what matters inside a string. */
static inline const char *json_scan_string(const char *at, const char *end)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i line = _mm_set1_epi8('\n');
    while (end - at >= 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(part, quote), _mm_cmpeq_epi8(part, backslash)),
                                   _mm_cmpeq_epi8(part, line));
        unsigned mask = (unsigned)_mm_movemask_epi8(hit);
        if (mask) {
            return at + __builtin_ctz(mask);
        }
        at += 16;
    }
#endif
    while (at < end && *at != '"' && *at != '\\' && *at != '\n') {
        at++;
    }
    return at;
}

#endif
