/* match_pairs.c - up to three literals over a heap in one pass: two of each literal's rarest bytes are compared with 32
 * places at a time, and only where both fit the literal itself is, in two steps at most. Values in which everything
 * was found are skipped. Without AVX2 each literal is looked for alone (needle.h). */
#include <stdlib.h>

#include "match/match_internal.h"
#include "match/needle.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_X86 1
#else
#define HAS_X86 0
#endif

bool match_pairs_compile(struct match_pairs *pairs, struct arena *arena, const struct match_entry *entries,
                         uint32_t first, uint32_t count)
{
    entries += first;
    struct needle *needles = arena_array(arena, struct needle, count);
    if (!needles) {
        return false;
    }
    *pairs = (struct match_pairs){.entries = entries, .first = first, .count = count, .needles = needles};
    for (uint32_t i = 0; i < count; i++) {
        if (!needle_compile(arena, str_from((const char *)entries[i].bytes, entries[i].len), entries[i].ignores_case,
                            &needles[i])) {
            return false;
        }
        for (int j = 0; j < 2; j++) {
            uint32_t offset = needles[i].pair[j];
            pairs->pairs[i].offset[j] = offset;
            pairs->pairs[i].byte[j] = entries[i].bytes[offset];
            pairs->pairs[i].mask[j] = entries[i].masks[offset];
        }
    }
    return true;
}

/* ---- one literal after the other -------------------------------------------------------------------------------- */

static void scan_alone(const struct match_pairs *pairs, struct match_sink *sink)
{
    const uint32_t *offsets = sink->heap->offsets;
    str text = str_from(sink->heap->bytes, offsets[sink->heap->count]);
    for (uint32_t i = 0; i < pairs->count; i++) {
        sink->value = 0;
        for (size_t at = offsets[0]; (at = needle_find(&pairs->needles[i], text, at)) != SIZE_MAX;) {
            uint32_t value = match_sink_value(sink, (uint32_t)at);
            match_sink_add(sink, pairs->first + i, value);
            at = offsets[value + 1];
        }
    }
}

#if HAS_X86
/* ---- AVX2 ------------------------------------------------------------------------------------------------------- */

#define TARGET_AVX2 __attribute__((target("avx2,bmi")))
#define INLINE_AVX2 static inline __attribute__((always_inline, target("avx2,bmi")))

INLINE_AVX2 __m256i load32(const void *bytes)
{
    return _mm256_loadu_si256((const __m256i *)bytes);
}

/* Half of an entry against the text; bits of bytes that differ. The heap's padding makes the reading safe. */
INLINE_AVX2 uint32_t differing(const struct match_entry *entry, const char *at, uint32_t half)
{
    __m256i text = _mm256_or_si256(load32(at + half), load32(entry->masks + half));
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(text, load32(entry->bytes + half)));
}

INLINE_AVX2 bool entry_is_at(const struct match_entry *entry, const char *at)
{
    if (entry->len <= 32) {
        return differing(entry, at, 0) << (32 - entry->len) == 0;
    }
    return differing(entry, at, 0) == 0 && differing(entry, at, 32) << (64 - entry->len) == 0;
}

/* Where the entries' pairs fit. */
INLINE_AVX2 void block_fit(const struct match_pairs *pairs, const __m256i bytes[MATCH_PAIRS_MAX][2],
                           const __m256i masks[MATCH_PAIRS_MAX][2], uint32_t count, const char *at,
                           __m256i fit[MATCH_PAIRS_MAX])
{
    for (uint32_t i = 0; i < count; i++) {
        __m256i first = _mm256_or_si256(load32(at + pairs->pairs[i].offset[0]), masks[i][0]);
        __m256i second = _mm256_or_si256(load32(at + pairs->pairs[i].offset[1]), masks[i][1]);
        fit[i] = _mm256_and_si256(_mm256_cmpeq_epi8(first, bytes[i][0]), _mm256_cmpeq_epi8(second, bytes[i][1]));
    }
}

/* Looks at the candidates from `from` on; gives where to go on: behind the block, or behind a value that is done. */
INLINE_AVX2 size_t take_block(const struct match_pairs *pairs, uint32_t count, struct match_sink *sink, size_t base,
                              size_t end, const __m256i fit[MATCH_PAIRS_MAX], uint32_t *found_in, uint32_t *found)
{
    const char *bytes = sink->heap->bytes;
    const uint32_t *offsets = sink->heap->offsets;
    uint32_t bits[MATCH_PAIRS_MAX];
    uint32_t any = 0;
    for (uint32_t i = 0; i < count; i++) {
        bits[i] = (uint32_t)_mm256_movemask_epi8(fit[i]);
        any |= bits[i];
    }
    if (end - base < 32) {
        any &= (UINT32_C(1) << (end - base)) - 1; /* what is behind the heap may be anything */
    }
    for (; any; any &= any - 1) {
        uint32_t place = (uint32_t)__builtin_ctz(any);
        size_t at = base + place;
        uint32_t hits = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (bits[i] >> place & 1 && entry_is_at(&pairs->entries[i], bytes + at)) {
                hits |= 1u << i;
            }
        }
        if (!hits) {
            continue;
        }
        uint32_t value = match_sink_value(sink, (uint32_t)at);
        *found = *found_in == value ? *found | hits : hits;
        *found_in = value;
        for (uint32_t i = 0; i < count; i++) {
            if (hits >> i & 1) {
                match_sink_add(sink, pairs->first + i, value);
            }
        }
        size_t next = offsets[value + 1];
        if (sink->bits || *found == (1u << count) - 1) {
            if (next >= base + 32) {
                return next;
            }
            any = (any & ~UINT32_C(0) << (next - base)) | UINT32_C(1) << place; /* this one goes with the step */
        }
    }
    return base + 32;
}

INLINE_AVX2 void scan_count(const struct match_pairs *pairs, uint32_t count, struct match_sink *sink)
{
    const char *bytes = sink->heap->bytes;
    size_t end = sink->heap->offsets[sink->heap->count];
    __m256i wanted[MATCH_PAIRS_MAX][2];
    __m256i masks[MATCH_PAIRS_MAX][2];
    for (uint32_t i = 0; i < count; i++) {
        for (int j = 0; j < 2; j++) {
            wanted[i][j] = _mm256_set1_epi8((char)pairs->pairs[i].byte[j]);
            masks[i][j] = _mm256_set1_epi8((char)pairs->pairs[i].mask[j]);
        }
    }
    uint32_t found_in = UINT32_MAX;
    uint32_t found = 0;
    for (size_t base = sink->heap->offsets[0]; base < end;) {
        __m256i fit[MATCH_PAIRS_MAX];
        block_fit(pairs, wanted, masks, count, bytes + base, fit);
        __m256i any = fit[0];
        for (uint32_t i = 1; i < count; i++) {
            any = _mm256_or_si256(any, fit[i]);
        }
        if (_mm256_testz_si256(any, any)) {
            base += 32;
            continue;
        }
        base = take_block(pairs, count, sink, base, end, fit, &found_in, &found);
    }
}

TARGET_AVX2 static void scan_avx2(const struct match_pairs *pairs, struct match_sink *sink)
{
    switch (pairs->count) {
    case 1:
        scan_count(pairs, 1, sink);
        break;
    case 2:
        scan_count(pairs, 2, sink);
        break;
    default:
        scan_count(pairs, 3, sink);
        break;
    }
}
#endif

void match_pairs_scan(const struct match_pairs *pairs, struct match_sink *sink)
{
#if HAS_X86
    if (needle_has_avx2()) {
        scan_avx2(pairs, sink);
        return;
    }
#endif
    scan_alone(pairs, sink);
    sink->is_unsorted |= pairs->count > 1;
}
