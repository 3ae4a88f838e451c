#include "match/needle.h"

#include <assert.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_X86 1
#else
#define HAS_X86 0
#endif

/* Compared bytes that failed searches may cost for each byte searched, and a start-up credit. Over it the linear search
   takes over. Real values stay far below. */
enum { WASTE_PER_BYTE = 8, WASTE_CREDIT = 1024 };

/* ---- compiling -------------------------------------------------------------------------------------------------- */

/* How common a byte is in command lines and logs, most common first; measured over several thousand of them. Bytes not
   listed are rare. */
static const char common_bytes[] = "\"estario:ncud,0m-p1l2. v/b4gk63895f7{}hyz=\\w[]qxj_()\n?%@><$*|&'+;`~!#";

unsigned needle_byte_rank(uint8_t byte)
{
    const char *hit = byte ? strchr(common_bytes, byte) : NULL;
    return hit ? (unsigned)(sizeof(common_bytes) - (size_t)(hit - common_bytes)) : 0;
}

static void choose_pair(struct needle *needle)
{
    size_t span = needle->len < NEEDLE_PAIR_SPAN ? needle->len : NEEDLE_PAIR_SPAN;
    size_t rarest = 0;
    for (size_t i = 1; i < span; i++) {
        if (needle_byte_rank(needle->bytes[i]) < needle_byte_rank(needle->bytes[rarest])) {
            rarest = i;
        }
    }
    /* The second one should be another byte: in "aaaa" two of the same say little more than one. */
    size_t second = rarest == 0 && span > 1 ? span - 1 : 0;
    for (size_t i = 0; i < span; i++) {
        bool is_better = needle_byte_rank(needle->bytes[i]) < needle_byte_rank(needle->bytes[second]);
        bool is_other = needle->bytes[i] != needle->bytes[rarest];
        bool second_is_other = needle->bytes[second] != needle->bytes[rarest];
        if (i != rarest && (is_other > second_is_other || (is_other == second_is_other && is_better))) {
            second = i;
        }
    }
    needle->pair[0] = (uint32_t)(rarest < second ? rarest : second);
    needle->pair[1] = (uint32_t)(rarest < second ? second : rarest);
}

/* borders[i]: length of the longest proper prefix of bytes[0..i] that is also its suffix. */
static const uint32_t *borders_create(struct arena *arena, const uint8_t *bytes, size_t len)
{
    uint32_t *borders = arena_array(arena, uint32_t, len);
    uint32_t matched = 0;
    for (size_t i = 1; borders && i < len; i++) {
        while (matched > 0 && bytes[i] != bytes[matched]) {
            matched = borders[matched - 1];
        }
        matched += bytes[i] == bytes[matched];
        borders[i] = matched;
    }
    return borders;
}

bool needle_compile(struct arena *arena, str literal, bool ignores_case, struct needle *ret)
{
    assert(literal.len > 0 && literal.len <= UINT32_MAX);
    uint8_t *bytes = arena_allocate(arena, literal.len, 1);
    uint8_t *masks = arena_allocate(arena, literal.len, 1);
    if (!bytes || !masks) {
        return false;
    }
    for (size_t i = 0; i < literal.len; i++) {
        bool is_letter = ignores_case && ascii_is_alpha(literal.data[i]);
        bytes[i] = (uint8_t)(is_letter ? ascii_lower(literal.data[i]) : literal.data[i]);
        masks[i] = is_letter ? 0x20 : 0;
    }
    struct needle needle = {.bytes = bytes, .masks = masks, .len = literal.len};
    size_t head = literal.len < NEEDLE_HEAD ? literal.len : NEEDLE_HEAD;
    memcpy(needle.head_bytes, bytes, head);
    memcpy(needle.head_masks, masks, head);
    needle.head_bits = (1u << head) - 1;
    if (literal.len > NEEDLE_HEAD) {
        needle.borders = borders_create(arena, bytes, literal.len);
        if (!needle.borders) {
            return false;
        }
    }
    choose_pair(&needle);
    *ret = needle;
    return true;
}

/* ---- comparing -------------------------------------------------------------------------------------------------- */

static inline bool byte_fits(const struct needle *needle, size_t i, char c)
{
    return ((uint8_t)c | needle->masks[i]) == needle->bytes[i];
}

/* Number of bytes that fit at `at`, which has room for the literal. */
static size_t fit_length(const struct needle *needle, const char *at)
{
    size_t i = 0;
    while (i < needle->len && byte_fits(needle, i, at[i])) {
        i++;
    }
    return i;
}

bool needle_is_at(const struct needle *needle, str value, size_t at)
{
    assert(at <= value.len && value.len - at >= needle->len);
    return fit_length(needle, value.data + at) == needle->len;
}

/* Linear for every input. */
static size_t find_linear(const struct needle *needle, str value, size_t from)
{
    size_t matched = 0;
    for (size_t i = from; i < value.len; i++) {
        while (matched > 0 && !byte_fits(needle, matched, value.data[i])) {
            matched = needle->borders[matched - 1];
        }
        matched += byte_fits(needle, matched, value.data[i]);
        if (matched == needle->len) {
            return i + 1 - needle->len;
        }
    }
    return SIZE_MAX;
}

/* One search: where it started, what failed comparisons have cost. */
struct effort {
    size_t from;
    size_t wasted;
};

enum verdict { FITS, FITS_NOT, TOO_DEAR };

/* Compares the literal at a candidate. */
static inline enum verdict compare_at(const struct needle *needle, str value, size_t at, struct effort *effort)
{
#if HAS_X86
    if (value.len - at >= NEEDLE_HEAD) {
        __m128i text = _mm_loadu_si128((const __m128i *)(const void *)(value.data + at));
        __m128i mask = _mm_loadu_si128((const __m128i *)(const void *)needle->head_masks);
        __m128i want = _mm_loadu_si128((const __m128i *)(const void *)needle->head_bytes);
        uint32_t equal = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_or_si128(text, mask), want));
        if ((equal & needle->head_bits) != needle->head_bits) {
            return FITS_NOT;
        }
        if (needle->len <= NEEDLE_HEAD) {
            return FITS;
        }
    }
#endif
    size_t fit = fit_length(needle, value.data + at);
    if (fit == needle->len) {
        return FITS;
    }
    effort->wasted += fit;
    /* A literal without borders is short, so its comparisons are cheap. */
    return needle->borders && effort->wasted > WASTE_CREDIT + WASTE_PER_BYTE * (at - effort->from) ? TOO_DEAR
                                                                                                   : FITS_NOT;
}

/* ---- searching: portable ---------------------------------------------------------------------------------------- */

static size_t find_portable(const struct needle *needle, str value, size_t from)
{
    if (value.len < needle->len || from > value.len - needle->len) {
        return SIZE_MAX;
    }
    struct effort effort = {.from = from};
    size_t first = needle->pair[0];
    size_t second = needle->pair[1];
    for (size_t at = from; at <= value.len - needle->len; at++) {
        if (!byte_fits(needle, first, value.data[at + first]) || !byte_fits(needle, second, value.data[at + second])) {
            continue;
        }
        switch (compare_at(needle, value, at, &effort)) {
        case FITS:
            return at;
        case TOO_DEAR:
            return find_linear(needle, value, at);
        case FITS_NOT:
            break;
        }
    }
    return SIZE_MAX;
}

static bool high_byte_portable(str value)
{
    size_t i = 0;
    for (uint64_t word; value.len - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, value.data + i, sizeof(word));
        if (word & 0x8080808080808080u) {
            return true;
        }
    }
    for (; i < value.len; i++) {
        if ((uint8_t)value.data[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

bool text_has_high_byte(str value)
{
#if HAS_X86
    if (value.len >= 16) {
        __m128i seen = _mm_loadu_si128((const __m128i *)(const void *)(value.data + value.len - 16));
        size_t i = 0;
        for (; i + 64 <= value.len; i += 64) {
            const __m128i *four = (const __m128i *)(const void *)(value.data + i);
            __m128i low = _mm_or_si128(_mm_loadu_si128(four), _mm_loadu_si128(four + 1));
            __m128i high = _mm_or_si128(_mm_loadu_si128(four + 2), _mm_loadu_si128(four + 3));
            seen = _mm_or_si128(seen, _mm_or_si128(low, high));
        }
        for (; i + 16 <= value.len; i += 16) {
            seen = _mm_or_si128(seen, _mm_loadu_si128((const __m128i *)(const void *)(value.data + i)));
        }
        return _mm_movemask_epi8(seen) != 0;
    }
#endif
    return high_byte_portable(value);
}

static size_t select_portable(const struct needle *needle, const str *values, const uint16_t *rows, size_t row_count,
                              uint16_t *ret_rows, needle_decide *decide, const void *context)
{
    size_t hits = 0;
    for (size_t i = 0; i < row_count; i++) {
        uint16_t row = rows[i];
        str value = values[row];
        bool is_hit = find_portable(needle, value, 0) != SIZE_MAX;
        if (!is_hit && decide && high_byte_portable(value)) {
            is_hit = decide(context, value);
        }
        ret_rows[hits] = row;
        hits += is_hit;
    }
    return hits;
}

#if HAS_X86
/* ---- searching: SSE2 and AVX2 ----------------------------------------------------------------------------------- */

/* A wrongly guessed branch costs as much as a whole command line's comparisons, and lengths of values are not to be
 * guessed. So blocks are taken four at a time without asking whether all four are needed: a block that would reach
 * behind the value is moved back to end with it, and does once more what the one before did. */

/* Tells the candidates of a block: bit i stands for the start `base + i`. True when the search is decided. */
static inline bool candidates_decide(const struct needle *needle, str value, size_t base, uint32_t bits,
                                     struct effort *effort, size_t *ret_found)
{
    size_t last = value.len - needle->len;
    for (; bits; bits &= bits - 1) {
        size_t at = base + (size_t)__builtin_ctz(bits);
        if (at > last) {
            return false;
        }
        enum verdict verdict = compare_at(needle, value, at, effort);
        if (verdict != FITS_NOT) {
            *ret_found = verdict == FITS ? at : find_linear(needle, value, at);
            return true;
        }
    }
    return false;
}

static inline size_t at_most(size_t value, size_t limit)
{
    return value < limit ? value : limit;
}

struct pair16 {
    __m128i byte[2];
    __m128i mask[2];
};

static inline struct pair16 pair16_load(const struct needle *needle)
{
    struct pair16 pair;
    for (int i = 0; i < 2; i++) {
        pair.byte[i] = _mm_set1_epi8((char)needle->bytes[needle->pair[i]]);
        pair.mask[i] = _mm_set1_epi8((char)needle->masks[needle->pair[i]]);
    }
    return pair;
}

static inline __m128i load16(const char *text)
{
    return _mm_loadu_si128((const __m128i *)(const void *)text);
}

/* Where both bytes of the pair fit; all bytes seen are added to *seen. */
static inline __m128i pair16_fit(const struct pair16 *pair, const char *first, const char *second, __m128i *seen)
{
    __m128i a = load16(first);
    __m128i b = load16(second);
    *seen = _mm_or_si128(*seen, _mm_or_si128(a, b));
    return _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(a, pair->mask[0]), pair->byte[0]),
                         _mm_cmpeq_epi8(_mm_or_si128(b, pair->mask[1]), pair->byte[1]));
}

/* Values shorter than 16 bytes behind the second byte of the pair are searched in a zero-filled copy. */
static inline size_t find_short(const struct needle *needle, const struct pair16 *pair, str value, size_t from,
                                bool *ret_high)
{
    char copy[NEEDLE_PAIR_SPAN + 16] = {0};
    size_t len = value.len - from;
    const char *text = value.data + from;
    assert(len < needle->pair[1] + 16u);
    if (len >= 16) {
        memcpy(copy, text, 16);
        if (len >= 32) {
            memcpy(copy + 16, text + 16, 16);
        }
        memcpy(copy + len - 16, text + len - 16, 16);
    } else if (len >= 8) {
        memcpy(copy, text, 8);
        memcpy(copy + len - 8, text + len - 8, 8);
    } else {
        for (size_t i = 0; i < len; i++) {
            copy[i] = text[i];
        }
    }
    __m128i seen = _mm_or_si128(load16(copy), _mm_or_si128(load16(copy + 16), load16(copy + 32)));
    __m128i fit = pair16_fit(pair, copy + needle->pair[0], copy + needle->pair[1], &seen);
    size_t found = SIZE_MAX;
    struct effort effort = {.from = from};
    candidates_decide(needle, value, from, (uint32_t)_mm_movemask_epi8(fit), &effort, &found);
    *ret_high = _mm_movemask_epi8(seen) != 0;
    return found;
}

/* `from` leaves room for the literal. *ret_high: a byte behind `from` is outside ASCII; valid if nothing is found. */
static inline __attribute__((always_inline)) size_t find16(const struct needle *needle, const struct pair16 *pair,
                                                           str value, size_t from, bool *ret_high)
{
    size_t reach = needle->pair[1] + 16u; /* bytes that a block looks at */
    if (value.len - from < reach) {
        return find_short(needle, pair, value, from, ret_high);
    }
    struct effort effort = {.from = from};
    size_t found = SIZE_MAX;
    const char *first = value.data + needle->pair[0];
    const char *second = value.data + needle->pair[1];
    size_t last = value.len - reach; /* base of the last block */
    __m128i seen = _mm_or_si128(load16(value.data + from), load16(value.data + value.len - 16));
    for (size_t base = from;; base += 64) {
        size_t bases[4];
        __m128i fit[4];
        for (int i = 0; i < 4; i++) {
            bases[i] = at_most(base + (size_t)i * 16, last);
            fit[i] = pair16_fit(pair, first + bases[i], second + bases[i], &seen);
        }
        __m128i any = _mm_or_si128(_mm_or_si128(fit[0], fit[1]), _mm_or_si128(fit[2], fit[3]));
        if (_mm_movemask_epi8(any)) {
            for (int i = 0; i < 4; i++) {
                if (candidates_decide(needle, value, bases[i], (uint32_t)_mm_movemask_epi8(fit[i]), &effort, &found)) {
                    return found;
                }
            }
        }
        if (bases[3] == last) {
            *ret_high = _mm_movemask_epi8(seen) != 0;
            return SIZE_MAX;
        }
    }
}

static size_t find_sse2(const struct needle *needle, str value, size_t from)
{
    if (value.len < needle->len || from > value.len - needle->len) {
        return SIZE_MAX;
    }
    struct pair16 pair = pair16_load(needle);
    bool has_high;
    return find16(needle, &pair, value, from, &has_high);
}

static size_t select_sse2(const struct needle *needle, const str *values, const uint16_t *rows, size_t row_count,
                          uint16_t *ret_rows, needle_decide *decide, const void *context)
{
    struct pair16 pair = pair16_load(needle);
    size_t hits = 0;
    for (size_t i = 0; i < row_count; i++) {
        uint16_t row = rows[i];
        str value = values[row];
        bool has_high = false;
        bool is_hit = value.len >= needle->len && find16(needle, &pair, value, 0, &has_high) != SIZE_MAX;
        if (!is_hit && has_high && decide) {
            is_hit = decide(context, value);
        }
        ret_rows[hits] = row;
        hits += is_hit;
    }
    return hits;
}

#define TARGET_AVX2 __attribute__((target("avx2,bmi")))
#define INLINE_AVX2 static inline __attribute__((always_inline, target("avx2,bmi")))

struct pair32 {
    __m256i byte[2];
    __m256i mask[2];
};

INLINE_AVX2 struct pair32 pair32_load(const struct needle *needle)
{
    struct pair32 pair;
    for (int i = 0; i < 2; i++) {
        pair.byte[i] = _mm256_set1_epi8((char)needle->bytes[needle->pair[i]]);
        pair.mask[i] = _mm256_set1_epi8((char)needle->masks[needle->pair[i]]);
    }
    return pair;
}

INLINE_AVX2 __m256i load32(const char *text)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)text);
}

INLINE_AVX2 __m256i pair32_fit(const struct pair32 *pair, const char *first, const char *second, __m256i *seen)
{
    __m256i a = load32(first);
    __m256i b = load32(second);
    *seen = _mm256_or_si256(*seen, _mm256_or_si256(a, b));
    return _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_or_si256(a, pair->mask[0]), pair->byte[0]),
                            _mm256_cmpeq_epi8(_mm256_or_si256(b, pair->mask[1]), pair->byte[1]));
}

/* As find16, with blocks of twice the size. */
INLINE_AVX2 size_t find32(const struct needle *needle, const struct pair32 *pair, const struct pair16 *pair_small,
                          str value, size_t from, bool *ret_high)
{
    size_t reach = needle->pair[1] + 32u;
    if (value.len - from < reach) {
        return find16(needle, pair_small, value, from, ret_high);
    }
    struct effort effort = {.from = from};
    size_t found = SIZE_MAX;
    const char *first = value.data + needle->pair[0];
    const char *second = value.data + needle->pair[1];
    size_t last = value.len - reach;
    __m256i seen = _mm256_or_si256(load32(value.data + from), load32(value.data + value.len - 32));
    for (size_t base = from;; base += 128) {
        size_t bases[4];
        __m256i fit[4];
        for (int i = 0; i < 4; i++) {
            bases[i] = at_most(base + (size_t)i * 32, last);
            fit[i] = pair32_fit(pair, first + bases[i], second + bases[i], &seen);
        }
        __m256i any = _mm256_or_si256(_mm256_or_si256(fit[0], fit[1]), _mm256_or_si256(fit[2], fit[3]));
        if (_mm256_movemask_epi8(any)) {
            for (int i = 0; i < 4; i++) {
                uint32_t bits = (uint32_t)_mm256_movemask_epi8(fit[i]);
                if (candidates_decide(needle, value, bases[i], bits, &effort, &found)) {
                    return found;
                }
            }
        }
        if (bases[3] == last) {
            *ret_high = _mm256_movemask_epi8(seen) != 0;
            return SIZE_MAX;
        }
    }
}

TARGET_AVX2 static size_t find_avx2(const struct needle *needle, str value, size_t from)
{
    if (value.len < needle->len || from > value.len - needle->len) {
        return SIZE_MAX;
    }
    struct pair32 pair = pair32_load(needle);
    struct pair16 pair_small = pair16_load(needle);
    bool has_high;
    return find32(needle, &pair, &pair_small, value, from, &has_high);
}

TARGET_AVX2 static size_t select_avx2(const struct needle *needle, const str *values, const uint16_t *rows,
                                      size_t row_count, uint16_t *ret_rows, needle_decide *decide, const void *context)
{
    struct pair32 pair = pair32_load(needle);
    struct pair16 pair_small = pair16_load(needle);
    size_t hits = 0;
    for (size_t i = 0; i < row_count; i++) {
        uint16_t row = rows[i];
        str value = values[row];
        bool has_high = false;
        bool is_hit = value.len >= needle->len && find32(needle, &pair, &pair_small, value, 0, &has_high) != SIZE_MAX;
        if (!is_hit && has_high && decide) {
            is_hit = decide(context, value);
        }
        ret_rows[hits] = row;
        hits += is_hit;
    }
    return hits;
}
#endif

/* ---- choice of kernel ------------------------------------------------------------------------------------------- */

typedef size_t find_function(const struct needle *needle, str value, size_t from);
typedef size_t select_function(const struct needle *needle, const str *values, const uint16_t *rows, size_t row_count,
                               uint16_t *ret_rows, needle_decide *decide, const void *context);

static enum needle_kernel kernel_wanted = NEEDLE_BEST;

void needle_use_kernel(enum needle_kernel kernel)
{
    kernel_wanted = kernel;
}

#if HAS_X86
static inline bool use_avx2(void)
{
    return kernel_wanted == NEEDLE_BEST && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}
#endif

bool needle_has_avx2(void)
{
#if HAS_X86
    return use_avx2();
#else
    return false;
#endif
}

static find_function *find_choose(void)
{
#if HAS_X86
    return use_avx2() ? find_avx2 : kernel_wanted != NEEDLE_PORTABLE ? find_sse2 : find_portable;
#else
    return find_portable;
#endif
}

static select_function *select_choose(void)
{
#if HAS_X86
    return use_avx2() ? select_avx2 : kernel_wanted != NEEDLE_PORTABLE ? select_sse2 : select_portable;
#else
    return select_portable;
#endif
}

size_t needle_find(const struct needle *needle, str value, size_t from)
{
    return find_choose()(needle, value, from);
}

size_t needle_select(const struct needle *needle, const str *values, const uint16_t *rows, size_t row_count,
                     uint16_t *ret_rows, needle_decide *decide, const void *context)
{
    return select_choose()(needle, values, rows, row_count, ret_rows, decide, context);
}
