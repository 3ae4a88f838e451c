#include "format/audit_walk.h"

#include <assert.h>
#include <stddef.h>

static enum audit_walk_kind kind_in_use = AUDIT_WALK_BEST;

void audit_walk_use(enum audit_walk_kind kind)
{
    kind_in_use = kind;
}

enum audit_walk_kind audit_walk_in_use(void)
{
    return kind_in_use;
}

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET_AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define INLINE_AVX2 static inline __attribute__((always_inline, target("avx2,bmi,popcnt")))

enum {
    BLOCK_BYTES = 64,
    WINDOW_BLOCKS = 8,
    WINDOW_BYTES = WINDOW_BLOCKS * BLOCK_BYTES,
    WINDOW_BYTES_FEW = 2 * BLOCK_BYTES, /* where few values are enough */
    FEW_VALUES = 8,
    PLACES_AT_ONCE = 8,
    KEY_BYTES = 8, /* loaded at once */
};

/* What was found in the text from p on. */
struct window {
    const char *p;
    const char *limit;              /* of the text */
    uint64_t quotes[WINDOW_BLOCKS]; /* a bit for each byte */
    uint16_t *end;
    uint16_t places[WINDOW_BYTES + 1 + PLACES_AT_ONCE]; /* where fields end: separators, and perhaps the limit */
};

struct block {
    uint64_t separators;
    uint64_t quotes;
};

INLINE_AVX2 struct block block_of(const char *p)
{
    struct block block = {0};
    for (int i = 0; i < 2; i++) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32 * i));
        __m256i blanks = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(' '));
        __m256i others = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(AUDIT_ENRICHMENT_SEPARATOR));
        __m256i quotes = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
        block.separators |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_or_si256(blanks, others)) << 32 * i;
        block.quotes |= (uint64_t)(uint32_t)_mm256_movemask_epi8(quotes) << 32 * i;
    }
    return block;
}

/* Writes where the bits are, and up to PLACES_AT_ONCE - 1 numbers more. */
INLINE_AVX2 uint16_t *put_places(uint16_t *places, uint64_t bits, unsigned offset)
{
    uint16_t *end = places + __builtin_popcountll(bits);
    while (places < end) {
        for (unsigned i = 0; i < PLACES_AT_ONCE; i++) {
            places[i] = (uint16_t)(offset + (unsigned)_tzcnt_u64(bits));
            bits = _blsr_u64(bits);
            __asm__ volatile("" : "+r"(bits)); /* else gcc gathers the numbers in a vector, at three times the cost */
        }
        places += PLACES_AT_ONCE;
    }
    return end;
}

/* Looks at `bytes` of text, of which the last ones are looked at together with what stands before them, be it before
 * the window: BLOCK_BYTES have to. */
INLINE_AVX2 void window_open(struct window *window, unsigned bytes)
{
    window->end = window->places;
    unsigned at = 0;
    for (; bytes - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
        struct block block = block_of(window->p + at);
        window->quotes[at / BLOCK_BYTES] = block.quotes;
        window->end = put_places(window->end, block.separators, at);
    }
    if (at < bytes) {
        struct block block = block_of(window->p + bytes - BLOCK_BYTES);
        unsigned seen = BLOCK_BYTES - (bytes - at);
        window->quotes[at / BLOCK_BYTES] = block.quotes >> seen;
        window->end = put_places(window->end, block.separators >> seen, at);
    }
    if (window->p + bytes == window->limit) {
        *window->end++ = (uint16_t)bytes;
    }
}

/* Quotes in the first bytes of the window. */
INLINE_AVX2 unsigned count_quotes(const struct window *window, size_t bytes)
{
    unsigned count = 0;
    size_t block = 0;
    for (; bytes >= BLOCK_BYTES; bytes -= BLOCK_BYTES) {
        count += (unsigned)__builtin_popcountll(window->quotes[block++]);
    }
    return bytes == 0 ? count : count + (unsigned)__builtin_popcountll(window->quotes[block] << (BLOCK_BYTES - bytes));
}

/* The key is as guessed and has more than KEY_BYTES. */
static inline bool is_long_key(const struct audit_guess *guess, const char *p, const char *limit)
{
    if (guess->length <= KEY_BYTES || limit - p <= AUDIT_GUESS_BYTES) {
        return false;
    }
    uint64_t unlike = bytes_load8(p + KEY_BYTES) ^ bytes_load8(guess->text + KEY_BYTES);
    return bytes_load8(p) == bytes_load8(guess->text) && unlike << 8 * (AUDIT_GUESS_BYTES - guess->length) == 0;
}

/* Length, is_quoted and is_cut of a value as the number that they are in memory. */
enum { QUOTED_BIT = 32 };
static_assert(offsetof(struct audit_value, length) == 8 && offsetof(struct audit_value, is_quoted) == 12 &&
                  offsetof(struct audit_value, is_cut) == 13 && sizeof(struct audit_value) == 16,
              "store_value writes them at once");

static inline void store_value(struct audit_value *slot, const char *data, uint64_t shape)
{
    slot->data = data;
    memcpy(&slot->length, &shape, sizeof(shape));
}

enum odd_value { ODD_VALUE, ODD_NONE, ODD_STOP };

/* What is to be done about a value that begins like one that says none. */
static enum odd_value odd_value_of(const char *data, uint64_t shape)
{
    struct audit_value value;
    store_value(&value, data, shape);
    if (!value.is_quoted && *data == '(' && value.length > 6) {
        return ODD_STOP; /* "(null)KEY=..": a separator may be missing */
    }
    return audit_value_says_none(&value) ? ODD_NONE : ODD_VALUE;
}

/* Fields of one window, as long as they are as guessed and each quote is the first or the last byte of a value. If
 * there turns out to be another quote, nothing of the window is taken. Gives how many bytes were. */
INLINE_AVX2 size_t walk_window(const struct window *window, const struct audit_guess **ret_guess, uint32_t enough,
                               struct audit_values *values)
{
    const struct audit_guess *guess = *ret_guess;
    const struct audit_values_set set_before = values->set;
    const char *const p = window->p;
    const char *const limit = window->limit;
    const char *field = p;
    /* Two numbers that fit one register: the values still wanted, and above them the quotes that were met. */
    const uint64_t one_quote = UINT64_C(1) << 32;
    uint64_t tally = enough - values->count;
    for (const uint16_t *place = window->places; place < window->end && limit - field > KEY_BYTES; place++, guess++) {
        if ((bytes_load8(field) & guess->mask) != guess->word && !is_long_key(guess, field, limit)) {
            break;
        }
        const char *stop = p + *place;
        const char *data = field + guess->length; /* before the limit */
        uint64_t shape = (uint64_t)(stop - data);
        if (*data == '"') {
            if (shape < 2 || stop[-1] != '"') {
                break;
            }
            tally += 2 * one_quote;
            data++;
            shape += (UINT64_C(1) << QUOTED_BIT) - 2;
        }
        enum audit_key key = guess->key;
        enum odd_value odd = *data == '(' || *data == '?' ? odd_value_of(data, shape) : ODD_VALUE;
        if (odd == ODD_STOP) {
            break;
        }
        field = stop + 1;
        if (odd == ODD_VALUE && !values->set.has[key]) {
            store_value(&values->slots[key], data, shape);
            values->set.has[key] = true;
            if ((uint32_t)--tally == 0) {
                break;
            }
        }
    }
    size_t bytes = (size_t)(field - p);
    if (bytes > 0 && count_quotes(window, bytes - 1) != tally >> 32) {
        values->set = set_before;
        return 0;
    }
    values->count = enough - (uint32_t)tally;
    *ret_guess = guess;
    return bytes;
}

TARGET_AVX2 static const char *walk_avx2(const struct audit_guess *guesses, uint32_t *place, str text, size_t from,
                                         uint32_t enough, struct audit_values *values)
{
    size_t bytes_max = enough > FEW_VALUES ? WINDOW_BYTES : WINDOW_BYTES_FEW;
    const struct audit_guess *guess = guesses + *place;
    struct window window;
    window.p = text.data + from;
    window.limit = text.data + text.len;
    size_t taken = 1;
    while (taken > 0 && window.limit - window.p > KEY_BYTES && values->count < enough) {
        size_t bytes = (size_t)(window.limit - window.p);
        bytes = bytes < bytes_max ? bytes : bytes_max;
        if (window.p + bytes - text.data < BLOCK_BYTES) {
            break;
        }
        window_open(&window, (unsigned)bytes);
        taken = walk_window(&window, &guess, enough, values);
        window.p += taken;
    }
    *place = (uint32_t)(guess - guesses);
    return window.p < window.limit && values->count < enough ? window.p : window.limit;
}

audit_walk *audit_walk_choose(void)
{
    bool is_able = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    return kind_in_use == AUDIT_WALK_BEST && is_able ? walk_avx2 : NULL;
}

#else

audit_walk *audit_walk_choose(void)
{
    return NULL;
}

#endif
