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
                finder->bytes[j][byte & 0x7F] |= bit;
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

/* ---- kernels ---- */

/* Bytes are looked at in steps; up to AHEAD_BYTES behind a step's begin are read. */
enum { STEP_BYTES = 64, AHEAD_BYTES = STEP_BYTES + RAW_PROBES - 1, STEPS_MAX = RAW_LINES_SPARE / STEP_BYTES };

/* What a look gives: where lines end, and where hits may be, as offsets behind the first byte in work. */
struct raw_marks {
    uint32_t *ends;
    uint32_t end_count;
    uint32_t candidate_count;
    uint32_t candidates[STEPS_MAX * STEP_BYTES];
};

static void look_portable(const struct raw_finder *finder, const char *at, uint32_t offset, size_t steps,
                          struct raw_marks *marks)
{
    for (size_t i = 0; i < steps * STEP_BYTES; i++) {
        bool is_high = finder->finds_high_byte && (uint8_t)at[i] >= 0x80;
        uint8_t fits = UINT8_MAX;
        for (int j = 0; j < RAW_PROBES; j++) {
            fits &= finder->bytes[j][(uint8_t)at[i + (size_t)j] & 0x7F];
        }
        if (is_high || fits != 0) {
            marks->candidates[marks->candidate_count++] = offset + (uint32_t)i;
        }
        if (at[i] == '\n') {
            marks->ends[marks->end_count++] = offset + (uint32_t)i;
        }
    }
}

#if HAS_X86
#define TARGET_AVX2   __attribute__((target("avx2,bmi,popcnt")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi,bmi,popcnt")))

/* Most steps hold one line end or none: writing both without asking is quicker than asking. */
#define ADD_ENDS(marks, offset, newlines)                                                                              \
    do {                                                                                                               \
        uint32_t *next = (marks)->ends + (marks)->end_count;                                                           \
        uint64_t bits = (newlines);                                                                                    \
        (marks)->end_count += (uint32_t)__builtin_popcountll(bits);                                                    \
        *next++ = (offset) + (uint32_t)_tzcnt_u64(bits);                                                               \
        for (bits &= bits - 1; bits; bits &= bits - 1) {                                                               \
            *next++ = (offset) + (uint32_t)_tzcnt_u64(bits);                                                           \
        }                                                                                                              \
    } while (0)

#define ADD_CANDIDATES(marks, offset, candidates_of_step)                                                              \
    do {                                                                                                               \
        for (uint64_t bits = (candidates_of_step); bits; bits &= bits - 1) {                                           \
            (marks)->candidates[(marks)->candidate_count++] = (offset) + (uint32_t)_tzcnt_u64(bits);                   \
        }                                                                                                              \
    } while (0)

struct raw_tables {
    __m256i low[RAW_PROBES];
    __m256i high[RAW_PROBES];
    __m256i high_bit; /* 0: bytes outside ASCII are no hits */
};

TARGET_AVX2 static inline __m256i load32(const char *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

/* For each of 32 positions the patterns whose probe stands there. A byte outside ASCII fits none. */
TARGET_AVX2 static inline __m256i fit32(const struct raw_tables *tables, const char *at)
{
    __m256i fits = _mm256_set1_epi8(-1);
    for (int i = 0; i < RAW_PROBES; i++) {
        __m256i bytes = load32(at + i);
        __m256i halves = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
        fits = _mm256_and_si256(fits, _mm256_and_si256(_mm256_shuffle_epi8(tables->low[i], bytes),
                                                       _mm256_shuffle_epi8(tables->high[i], halves)));
    }
    return _mm256_or_si256(fits, _mm256_and_si256(load32(at), tables->high_bit));
}

TARGET_AVX2 static inline uint64_t equal64(__m256i first, __m256i second, __m256i wanted)
{
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(first, wanted)) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(second, wanted)) << 32;
}

TARGET_AVX2 static void look_avx2(const struct raw_finder *finder, const char *at, uint32_t offset, size_t steps,
                                  struct raw_marks *marks)
{
    const __m256i none = _mm256_setzero_si256();
    const __m256i newline = _mm256_set1_epi8('\n');
    struct raw_tables tables;
    for (int i = 0; i < RAW_PROBES; i++) {
        tables.low[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)finder->low[i]));
        tables.high[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)finder->high[i]));
    }
    tables.high_bit = _mm256_set1_epi8(finder->finds_high_byte ? (char)0x80 : 0);
    for (size_t step = 0; step < steps; step++, at += STEP_BYTES, offset += STEP_BYTES) {
        __m256i first = fit32(&tables, at);
        __m256i second = fit32(&tables, at + 32);
        __m256i both = _mm256_or_si256(first, second);
        if (!_mm256_testz_si256(both, both)) {
            ADD_CANDIDATES(marks, offset, ~equal64(first, second, none));
        }
        ADD_ENDS(marks, offset, equal64(load32(at), load32(at + 32), newline));
    }
}

/* All of a byte but its highest bit is looked up at once: fewer instructions, and fewer places to compare. */
TARGET_AVX512 static void look_avx512(const struct raw_finder *finder, const char *at, uint32_t offset, size_t steps,
                                      struct raw_marks *marks)
{
    __m512i tables[RAW_PROBES][2];
    for (int i = 0; i < RAW_PROBES; i++) {
        tables[i][0] = _mm512_loadu_si512(finder->bytes[i]);
        tables[i][1] = _mm512_loadu_si512(finder->bytes[i] + 64);
    }
    const __m512i newline = _mm512_set1_epi8('\n');
    const __mmask64 high_bit = finder->finds_high_byte ? ~(__mmask64)0 : 0;
    for (size_t step = 0; step < steps; step++, at += STEP_BYTES, offset += STEP_BYTES) {
        __m512i bytes = _mm512_loadu_si512(at);
        __m512i fits = _mm512_permutex2var_epi8(tables[0][0], bytes, tables[0][1]);
        for (int i = 1; i < RAW_PROBES; i++) {
            __m512i others = _mm512_loadu_si512(at + i);
            fits = _mm512_and_si512(fits, _mm512_permutex2var_epi8(tables[i][0], others, tables[i][1]));
        }
        ADD_CANDIDATES(marks, offset, _mm512_test_epi8_mask(fits, fits) | (_mm512_movepi8_mask(bytes) & high_bit));
        ADD_ENDS(marks, offset, _mm512_cmpeq_epi8_mask(bytes, newline));
    }
}
#endif

typedef void look_kernel(const struct raw_finder *finder, const char *at, uint32_t offset, size_t steps,
                         struct raw_marks *marks);

static enum raw_kernel kernel_in_use = RAW_KERNEL_BEST;

void raw_finder_use_kernel(enum raw_kernel kernel)
{
    kernel_in_use = kernel;
}

static look_kernel *choose_kernel(void)
{
#if HAS_X86
    bool has_bits = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    if (kernel_in_use < RAW_KERNEL_AVX2 && has_bits && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vbmi")) {
        return look_avx512;
    }
    if (kernel_in_use < RAW_KERNEL_PORTABLE && has_bits && __builtin_cpu_supports("avx2")) {
        return look_avx2;
    }
#endif
    return look_portable;
}

/* Looks at the bytes from `at` on, as many steps as it can and may. Gives how many bytes those are. */
static size_t look_at(look_kernel *look, const struct raw_finder *finder, const char *from, const char *at,
                      const char *end, size_t steps_max, struct raw_marks *marks)
{
    size_t left = (size_t)(end - at);
    uint32_t offset = (uint32_t)(at - from);
    marks->candidate_count = 0;
    if (left >= AHEAD_BYTES) {
        size_t steps = (left - (AHEAD_BYTES - STEP_BYTES)) / STEP_BYTES;
        steps = steps < steps_max ? steps : steps_max;
        look(finder, at, offset, steps, marks);
        return steps * STEP_BYTES;
    }
    char tail[AHEAD_BYTES] = {0};
    memcpy(tail, at, left);
    look(finder, tail, offset, 1, marks);
    left = left < STEP_BYTES ? left : STEP_BYTES;
    while (marks->candidate_count > 0 && marks->candidates[marks->candidate_count - 1] >= offset + left) {
        marks->candidate_count--;
    }
    return left; /* zeros are no line ends */
}

/* ---- searches ---- */

const char *raw_finder_next(const struct raw_finder *finder, const char *from, const char *end)
{
    enum { STEPS_AT_FIRST = 4 }; /* the hit may be near */
    look_kernel *look = choose_kernel();
    uint32_t ends[STEPS_MAX * STEP_BYTES + 1];
    struct raw_marks marks;
    size_t steps_max = STEPS_AT_FIRST;
    for (const char *at = from; at < end; steps_max = STEPS_MAX) {
        const char *start = at;
        marks.ends = ends;
        marks.end_count = 0;
        at += look_at(look, finder, start, at, end, steps_max, &marks);
        for (uint32_t i = 0; i < marks.candidate_count; i++) {
            if (is_hit(finder, from, start + marks.candidates[i], end)) {
                return start + marks.candidates[i];
            }
        }
    }
    return end;
}

void raw_finder_lines(const struct raw_finder *finder, const char *from, const char *end, struct raw_lines *ret_lines)
{
    look_kernel *look = choose_kernel();
    struct raw_marks marks;
    marks.ends = ret_lines->ends;
    marks.end_count = 0;
    memset(ret_lines->hits, 0, sizeof(ret_lines->hits));
    uint32_t line = 0; /* of a candidate */
    for (const char *at = from;
         at < end && marks.end_count < RAW_LINES_MAX && (marks.end_count == 0 || at - from < RAW_LINES_BYTES);) {
        at += look_at(look, finder, from, at, end, STEPS_MAX, &marks);
        for (uint32_t i = 0; i < marks.candidate_count; i++) {
            while (line < marks.end_count && marks.ends[line] < marks.candidates[i]) {
                line++;
            }
            if (!raw_lines_has_hit(ret_lines, line) && is_hit(finder, from, from + marks.candidates[i], end)) {
                ret_lines->hits[line / 64] |= UINT64_C(1) << line % 64;
            }
        }
    }
    ret_lines->from = from;
    ret_lines->count = marks.end_count < RAW_LINES_MAX ? marks.end_count : RAW_LINES_MAX;
    ret_lines->group_count = 0;
}

void raw_finder_groups(const struct raw_finder *finder, void *scratch, const char *from, const char *end,
                       struct raw_lines *ret_lines)
{
    raw_finder_lines(finder, from, end, ret_lines);
    if (finder->group) {
        finder->group(finder->group_context, scratch, end, ret_lines);
    }
}

/* Makes it the next line if one of the lines, from number `first` on, begins at `at`, and a group with it if there are
 * groups, from number `group` on. */
static bool use_lines(struct raw_search *search, const struct raw_lines *lines, uint32_t first, uint32_t group,
                      const char *at)
{
    if (lines->from + raw_lines_bytes(lines, lines->count) <= at) {
        return false;
    }
    while (first < lines->count && lines->from + raw_lines_bytes(lines, first) < at) {
        first++;
    }
    if (first >= lines->count || lines->from + raw_lines_bytes(lines, first) != at) {
        return false;
    }
    while (group < lines->group_count && lines->groups[group].first < first) {
        group++;
    }
    if (lines->group_count > 0 && (group == lines->group_count || lines->groups[group].first != first)) {
        return false;
    }
    search->lines = lines;
    search->next = first;
    search->next_group = group;
    return true;
}

void raw_search_go(struct raw_search *search, const struct raw_finder *finder, const struct raw_found *ready,
                   const char *at, const char *end)
{
    if (search->lines && use_lines(search, search->lines, search->next, search->next_group, at)) {
        return;
    }
    for (uint32_t i = 0; ready && i < ready->count; i++) {
        const struct raw_lines *list = &ready->lists[i];
        if (list->from > at) {
            end = list->from < end ? list->from : end; /* only what they leave out is looked through here */
            break;
        }
        if (use_lines(search, list, 0, 0, at)) {
            return;
        }
    }
    raw_finder_groups(finder, search->scratch, at, end, &search->own);
    search->lines = &search->own;
    search->next = 0;
    search->next_group = 0;
}
