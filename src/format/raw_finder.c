#include "format/raw_finder.h"

#include <assert.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_X86 1
#else
#define HAS_X86 0
#endif

void raw_finder_init(struct raw_finder *finder)
{
    *finder = (struct raw_finder){0};
}

/* ---- patterns ---- */

/* How common a byte is in logs, most common first. Bytes not listed are rare. */
static const char common_bytes[] = "0123456789=\" eastroinducmplg.:/-_,bfhkyvw{}[]xqj7zTSAECRIDOPLNFUMGHB";

static unsigned rank_of(uint8_t byte)
{
    const char *hit = byte ? strchr(common_bytes, byte) : NULL;
    return hit ? (unsigned)(sizeof(common_bytes) - (size_t)(hit - common_bytes)) : 0;
}

/* The rarest bytes in a row. `step` 2: from the second of two hex digits on, for the first says little more than that
 * it is text. */
static void choose_probe(struct raw_pattern *pattern, uint32_t step)
{
    unsigned best = UINT32_MAX;
    for (uint32_t i = step - 1; i == step - 1 || i + RAW_PROBES <= pattern->length; i += step) {
        unsigned sum = 0;
        for (uint32_t j = i; j < i + RAW_PROBES && j < pattern->length; j++) {
            sum += rank_of(pattern->bytes[j]) + (pattern->masks[j] != 0);
        }
        if (sum < best) {
            best = sum;
            pattern->probe = i;
        }
    }
}

/* The tables are for ASCII: where other bytes may stand in a probe, each of them is a hit. */
static void fill_tables(struct raw_finder *finder, const struct raw_pattern *pattern)
{
    finder->finds_high_byte |= pattern->probe + RAW_PROBES > pattern->length;
    for (uint32_t i = 0; i < pattern->length; i++) {
        finder->finds_high_byte |= pattern->bytes[i] >= 0x80;
    }
    uint8_t bit = (uint8_t)(1u << (finder->count - 1) % 8);
    for (uint32_t j = 0; j < RAW_PROBES; j++) {
        uint32_t at = pattern->probe + j;
        for (unsigned byte = 0; byte < 256; byte++) {
            if (at >= pattern->length || (byte | pattern->masks[at]) == pattern->bytes[at]) {
                finder->low[j][byte & 15] |= bit;
                finder->high[j][byte >> 4] |= bit;
            }
        }
    }
}

static bool add(struct raw_finder *finder, struct raw_pattern *pattern, uint32_t step)
{
    if (finder->count == RAW_PATTERNS_MAX) {
        return false;
    }
    choose_probe(pattern, step);
    finder->patterns[finder->count++] = *pattern;
    fill_tables(finder, pattern);
    return true;
}

bool raw_finder_add(struct raw_finder *finder, str text, bool ignores_case)
{
    assert(text.len > 0);
    struct raw_pattern pattern = {.length = (uint32_t)(text.len < RAW_PATTERN_BYTES ? text.len : RAW_PATTERN_BYTES)};
    for (uint32_t i = 0; i < pattern.length; i++) {
        bool is_letter = ignores_case && ascii_is_alpha(text.data[i]);
        pattern.bytes[i] = (uint8_t)(is_letter ? ascii_lower(text.data[i]) : text.data[i]);
        pattern.masks[i] = is_letter ? 0x20 : 0;
    }
    return add(finder, &pattern, 1);
}

bool raw_finder_add_hex(struct raw_finder *finder, str text, bool ignores_case)
{
    assert(text.len > 0);
    static const char digits[] = "0123456789ABCDEF";
    size_t count = text.len < RAW_PATTERN_BYTES / 2 ? text.len : RAW_PATTERN_BYTES / 2;
    struct raw_pattern pattern = {.length = (uint32_t)count * 2};
    for (size_t i = 0; i < count; i++) {
        bool is_letter = ignores_case && ascii_is_alpha(text.data[i]);
        uint8_t byte = (uint8_t)(is_letter ? ascii_lower(text.data[i]) : text.data[i]);
        /* Cases differ in the bit 0x20 of the byte, so in the bit 2 of the first digit: 4 and 6, 5 and 7. */
        pattern.bytes[2 * i] = (uint8_t)digits[byte >> 4];
        pattern.masks[2 * i] = is_letter ? 0x02 : 0;
        pattern.bytes[2 * i + 1] = (uint8_t)digits[byte & 15];
    }
    return add(finder, &pattern, 2);
}

bool raw_finder_add_masked(struct raw_finder *finder, str text, const char *masks)
{
    assert(text.len > 0 && text.len <= RAW_PATTERN_BYTES);
    struct raw_pattern pattern = {.length = (uint32_t)text.len};
    memcpy(pattern.bytes, text.data, text.len);
    memcpy(pattern.masks, masks, text.len);
    return add(finder, &pattern, 1);
}

bool raw_finder_add_pattern(struct raw_finder *finder, const struct raw_pattern *pattern)
{
    if (finder->count == RAW_PATTERNS_MAX) {
        return false;
    }
    finder->patterns[finder->count++] = *pattern;
    fill_tables(finder, pattern);
    return true;
}

/* ---- comparing ---- */

/* The pattern's probe stands at `at`. */
static bool is_around(const struct raw_pattern *pattern, const char *from, const char *at, const char *end)
{
    if ((size_t)(at - from) < pattern->probe || (size_t)(end - at) + pattern->probe < pattern->length) {
        return false;
    }
    const char *start = at - pattern->probe;
    for (uint32_t i = 0; i < pattern->length; i++) {
        if (((uint8_t)start[i] | pattern->masks[i]) != pattern->bytes[i]) {
            return false;
        }
    }
    return true;
}

static bool is_hit(const struct raw_finder *finder, const char *from, const char *at, const char *end)
{
    if (finder->finds_high_byte && (uint8_t)*at >= 0x80) {
        return true;
    }
    for (uint32_t i = 0; i < finder->count; i++) {
        if (is_around(&finder->patterns[i], from, at, end)) {
            return true;
        }
    }
    return false;
}

static const char *next_portable(const struct raw_finder *finder, const char *from, const char *at, const char *end)
{
    while (at < end && !is_hit(finder, from, at, end)) {
        at++;
    }
    return at;
}

#if HAS_X86
struct raw_tables {
    __m256i low[RAW_PROBES];
    __m256i high[RAW_PROBES];
    __m256i high_bit; /* 0: bytes outside ASCII are no hits */
};

__attribute__((target("avx2"))) static inline __m256i load32(const char *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

/* For each of 32 positions the patterns whose probe stands there. A byte outside ASCII fits none. */
__attribute__((target("avx2"))) static inline __m256i fit32(const struct raw_tables *tables, const char *at)
{
    __m256i fits = _mm256_set1_epi8(-1);
    for (int i = 0; i < RAW_PROBES; i++) {
        __m256i bytes = load32(at + i);
        __m256i halves = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
        fits = _mm256_and_si256(fits, _mm256_and_si256(_mm256_shuffle_epi8(tables->low[i], bytes),
                                                       _mm256_shuffle_epi8(tables->high[i], halves)));
    }
    return fits;
}

enum { STEP_BYTES = 64, AHEAD_BYTES = STEP_BYTES + RAW_PROBES - 1 };

/* A bit for each of STEP_BYTES positions that may be in a hit; AHEAD_BYTES can be read. */
__attribute__((target("avx2"))) static inline uint64_t look_at(const struct raw_tables *tables, const char *at)
{
    const __m256i none = _mm256_setzero_si256();
    __m256i first = _mm256_or_si256(fit32(tables, at), _mm256_and_si256(load32(at), tables->high_bit));
    __m256i second = _mm256_or_si256(fit32(tables, at + 32), _mm256_and_si256(load32(at + 32), tables->high_bit));
    __m256i both = _mm256_or_si256(first, second);
    if (_mm256_testz_si256(both, both)) {
        return 0;
    }
    return (uint32_t)~_mm256_movemask_epi8(_mm256_cmpeq_epi8(first, none)) |
           (uint64_t)(uint32_t)~_mm256_movemask_epi8(_mm256_cmpeq_epi8(second, none)) << 32;
}

__attribute__((target("avx2"))) static const char *next_avx2(const struct raw_finder *finder, const char *from,
                                                             const char *end)
{
    struct raw_tables tables;
    for (int i = 0; i < RAW_PROBES; i++) {
        tables.low[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)finder->low[i]));
        tables.high[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)finder->high[i]));
    }
    tables.high_bit = _mm256_set1_epi8(finder->finds_high_byte ? (char)0x80 : 0);
    for (const char *at = from; at < end; at += STEP_BYTES) {
        uint64_t bits;
        if (end - at >= AHEAD_BYTES) {
            bits = look_at(&tables, at);
        } else {
            char tail[AHEAD_BYTES] = {0};
            size_t left = (size_t)(end - at);
            memcpy(tail, at, left);
            bits = look_at(&tables, tail);
            bits &= left < STEP_BYTES ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
        }
        for (; bits; bits &= bits - 1) {
            const char *candidate = at + __builtin_ctzll(bits);
            if (is_hit(finder, from, candidate, end)) {
                return candidate;
            }
        }
    }
    return end;
}
#endif

static enum raw_kernel kernel_in_use = RAW_KERNEL_BEST;

void raw_finder_use_kernel(enum raw_kernel kernel)
{
    kernel_in_use = kernel;
}

const char *raw_finder_next(const struct raw_finder *finder, const char *from, const char *end)
{
#if HAS_X86
    if (kernel_in_use == RAW_KERNEL_BEST && __builtin_cpu_supports("avx2")) {
        return next_avx2(finder, from, end);
    }
#endif
    return next_portable(finder, from, from, end);
}

const char *raw_search_next(struct raw_search *search, const struct raw_finder *finder, const char *from,
                            const char *end)
{
    if (!search->from || search->end != end || search->from > from || search->hit < from) {
        *search = (struct raw_search){from, end, raw_finder_next(finder, from, end)};
    }
    return search->hit;
}
