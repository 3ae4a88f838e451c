#include "format/audit_value.h"

#include <assert.h>

#include "format/audit_walk.h"

enum { NO_GUESS = 1 << AUDIT_GUESS_BYTES };
static const struct audit_guess no_guess = {.word = 1, .bits = NO_GUESS};

void audit_scanner_init(struct audit_scanner *scanner, const struct audit_index *index)
{
    *scanner = (struct audit_scanner){
        .index = index, .walk = audit_walk_choose(), .is_guessing = audit_walk_in_use() != AUDIT_WALK_PLAIN};
    for (size_t shape = 0; shape < AUDIT_SHAPES; shape++) {
        for (size_t place = 0; place <= AUDIT_GUESSES; place++) {
            scanner->guesses[shape][place] = no_guess;
        }
    }
}

size_t audit_value_unglued_length(const char *value, size_t length)
{
    if (length > 6 && memcmp(value, "(null)", 6) == 0) {
        return 6;
    }
    if (value[length - 1] != '"' || value[0] == '\'') {
        return length;
    }
    const char *equals = memchr(value, '=', length);
    if (!equals) {
        return length - 1; /* a stray quote */
    }
    size_t start = (size_t)(equals - value);
    while (start > 0 && ((value[start - 1] >= 'A' && value[start - 1] <= 'Z') || value[start - 1] == '-')) {
        start--;
    }
    return start > 0 && value[start] != '=' ? start : length;
}

/* ---- fields ---- */

static inline void keep(struct audit_values *values, enum audit_key key, struct audit_value value)
{
    if (values->set.has[key] || audit_value_says_none(&value)) {
        return;
    }
    values->slots[key] = value;
    values->set.has[key] = true;
    values->count++;
}

/* The quote that closes msg='...': the last one before the names that auditd added. Free text may hold quotes of its
 * own. `end` if the line was cut. */
static const char *message_end(const char *p, const char *end)
{
    const char *separator = memchr(p, AUDIT_ENRICHMENT_SEPARATOR, (size_t)(end - p));
    const char *stop = separator ? separator : end;
    const char *close = memrchr(p, '\'', (size_t)(stop - p));
    return close ? close : end;
}

struct key_token {
    size_t length; /* of the key; SIZE_MAX: a word without '=' */
    enum audit_key key;
    const char *next; /* behind '=' or the word */
};

static struct key_token read_key(const struct audit_index *index, const char *p, const char *end)
{
    const char *stop = p;
    uint64_t word = 0;
    while (stop < end && *stop != '=' && !audit_is_separator(*stop)) {
        if (stop - p < 8) {
            word |= (uint64_t)(uint8_t)*stop << (stop - p) * 8;
        }
        stop++;
    }
    if (stop == end || *stop != '=') {
        return (struct key_token){SIZE_MAX, AUDIT_KEY_NONE, stop};
    }
    size_t length = (size_t)(stop - p);
    enum audit_key key = length <= 8 ? audit_key_find(index, word) : audit_key_find_long(str_from(p, length));
    return (struct key_token){length, key, stop + 1};
}

/* AUDIT_GUESS_BYTES can be loaded from p. */
static inline bool is_as_guessed(const struct audit_guess *guess, const char *p)
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i text = _mm_loadu_si128((const __m128i *)(const void *)guess->text);
    unsigned equal = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, text));
    return (equal & guess->bits) == guess->bits;
#else
    return guess->bits != NO_GUESS && memcmp(p, guess->text, guess->length) == 0;
#endif
}

static void learn(struct audit_guess *guess, const char *p, const struct key_token *token)
{
    *guess = no_guess;
    guess->key = (uint8_t)token->key;
    /* msg= may begin a nested part, so it is never guessed; nor is what has a quote in the key, which the walk takes
       for one of a value. */
    if (token->length < AUDIT_GUESS_BYTES && token->key != AUDIT_KEY_MSG && !memchr(p, '"', token->length)) {
        guess->length = (uint8_t)(token->length + 1);
        guess->bits = (1u << guess->length) - 1;
        memcpy(guess->text, p, guess->length);
        if (guess->length <= 8) {
            guess->mask = UINT64_MAX >> (64 - 8 * guess->length);
            guess->word = bytes_load8(guess->text);
        }
    }
}

enum { SHORT_VALUE_BYTES = 16 };

/* Reads a value that ends within its first sixteen bytes, which can be loaded, and is not special. *ret_next is behind
 * the separator that follows it. False: read it with care. */
static inline bool read_short_value(const char *p, struct audit_value *ret, const char **ret_next)
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    unsigned quotes = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    if (quotes & 1) {
        quotes &= quotes - 1;
        if (quotes == 0) {
            return false;
        }
        unsigned close = (unsigned)__builtin_ctz(quotes);
        if (p[1] == '?' || p[1] == '(') {
            return false;
        }
        *ret = (struct audit_value){p + 1, close - 1, true, false};
        *ret_next = p + close + 1 + audit_is_separator(p[close + 1]);
        return true;
    }
    unsigned stops = (unsigned)_mm_movemask_epi8(_mm_or_si128(
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(AUDIT_ENRICHMENT_SEPARATOR))));
    if (stops == 0 || (quotes & (stops - 1) & ~stops) != 0 || *p == '(' || *p == '?') {
        return false;
    }
    unsigned length = (unsigned)__builtin_ctz(stops);
    *ret = (struct audit_value){p, length, false, false};
    *ret_next = p + length + 1;
    return true;
#else
    (void)p, (void)ret, (void)ret_next;
    return false;
#endif
}

/* Reads the fields whose keys are as guessed, as long as a key, a short value and the byte behind it can be loaded at
 * once. Gives where it stopped. The loop of loops: every field of every record passes here. */
static inline const char *scan_as_guessed(const struct audit_guess *guesses, uint32_t *place, const char *p,
                                          const char *limit, uint32_t enough, struct audit_values *values)
{
    enum { AHEAD = AUDIT_GUESS_BYTES + SHORT_VALUE_BYTES + 1 };
    const struct audit_guess *guess = guesses + *place;
    while (limit - p >= AHEAD && is_as_guessed(guess, p)) {
        struct audit_value value;
        enum audit_key key = guess->key;
        const char *start = p + guess->length;
        guess++;
        if (!read_short_value(start, &value, &p)) {
            keep(values, key, audit_value_read(start, limit, &p));
            p += p < limit && audit_is_separator(*p);
        } else if (!values->set.has[key]) {
            values->slots[key] = value;
            values->set.has[key] = true;
            values->count++;
        }
        if (values->count >= enough) {
            p = limit;
        }
    }
    *place = (uint32_t)(guess - guesses);
    return p;
}

/* A walk looks at many bytes at once: what is not as guessed again and again is read field by field. */
enum { WALKS_MAX = 4 };

void audit_values_scan(struct audit_scanner *scanner, uint16_t type, str text, size_t from, uint32_t enough,
                       struct audit_values *values)
{
    struct audit_guess *guesses = scanner->guesses[type % AUDIT_SHAPES];
    uint32_t place = 0;
    const char *p = text.data + (from < text.len ? from : text.len);
    const char *end = text.data + text.len;
    const char *limit = end; /* of the part being read: all, or the inside of msg='...' */
    int walks = scanner->walk ? WALKS_MAX : 0;
    while (p < end && values->count < enough) {
        if (walks > 0) {
            p = scanner->walk(guesses, &place, str_from(text.data, (size_t)(limit - text.data)),
                              (size_t)(p - text.data), enough, values);
            walks--;
        }
        p = scan_as_guessed(guesses, &place, p, limit, enough, values);
        if (p >= limit) {
            p += limit < end;
            limit = end;
            continue;
        }
        if (audit_is_separator(*p)) {
            p++;
            continue;
        }
        struct key_token token = read_key(scanner->index, p, limit);
        if (token.length == SIZE_MAX) {
            p = token.next + (token.next == p); /* always forward */
            continue;
        }
        if (place < AUDIT_GUESSES && scanner->is_guessing) {
            learn(&guesses[place++], p, &token);
        }
        if (token.key == AUDIT_KEY_MSG && token.next < limit && *token.next == '\'' && limit == end) {
            limit = message_end(token.next + 1, end);
            p = token.next + 1;
            continue;
        }
        keep(values, token.key, audit_value_read(token.next, limit, &p));
    }
}

/* ---- encodings ---- */

/* 1 + value of an upper-case hex digit; 0 for any other byte. Lower case is no encoding: neither the kernel nor
 * libaudit writes it, and a word like "deadbeef" from a tool that drops quotes must stay a word. */
static const uint8_t hex_values[256] = {
    ['0'] = 1, ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9, ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static bool is_hex(const char *text, size_t length)
{
    size_t i = 0;
#ifdef __SSE2__
    const __m128i digits_low = _mm_set1_epi8('0' - 1);
    const __m128i digits_high = _mm_set1_epi8('9' + 1);
    const __m128i letters_low = _mm_set1_epi8('A' - 1);
    const __m128i letters_high = _mm_set1_epi8('F' + 1);
    for (; length - i >= 16; i += 16) { /* bytes from 0x80 on are negative here, and so too low for both ranges */
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
        __m128i is_digit = _mm_and_si128(_mm_cmpgt_epi8(bytes, digits_low), _mm_cmplt_epi8(bytes, digits_high));
        __m128i is_letter = _mm_and_si128(_mm_cmpgt_epi8(bytes, letters_low), _mm_cmplt_epi8(bytes, letters_high));
        if (_mm_movemask_epi8(_mm_or_si128(is_digit, is_letter)) != 0xFFFF) {
            return false;
        }
    }
#endif
    for (; i < length; i++) {
        if (hex_values[(uint8_t)text[i]] == 0) {
            return false;
        }
    }
    return true;
}

bool audit_value_is_encoded(const struct audit_value *value, bool is_at_end)
{
    enum { CUT_HEX_MIN = 15 }; /* shorter odd values are numbers, not cut text */
    if (value->is_quoted || value->length < 2 ||
        (value->length % 2 != 0 && (!is_at_end || value->length < CUT_HEX_MIN))) {
        return false;
    }
    return is_hex(value->data, value->length);
}

size_t audit_value_decode(const struct audit_value *value, char *ret)
{
    const uint8_t *bytes = (const uint8_t *)value->data;
    size_t count = value->length / 2;
    size_t i = 0;
#ifdef __SSE2__
    for (; count - i >= 8; i += 8) {
        __m128i text = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 2 * i));
        __m128i is_letter = _mm_cmpgt_epi8(text, _mm_set1_epi8('9'));
        __m128i nibbles = _mm_sub_epi8(_mm_sub_epi8(text, _mm_set1_epi8('0')),
                                       _mm_and_si128(is_letter, _mm_set1_epi8('A' - '9' - 1)));
        /* In each 16-bit lane the high nibble is the low byte. */
        __m128i joined =
            _mm_or_si128(_mm_slli_epi16(_mm_and_si128(nibbles, _mm_set1_epi16(0xFF)), 4), _mm_srli_epi16(nibbles, 8));
        _mm_storel_epi64((__m128i *)(void *)(ret + i), _mm_packus_epi16(joined, joined));
    }
#endif
    for (; i < count; i++) {
        ret[i] = (char)((hex_values[bytes[2 * i]] - 1) << 4 | (hex_values[bytes[2 * i + 1]] - 1));
    }
    return count;
}

bool audit_value_to_u64(const struct audit_value *value, unsigned base, uint64_t *ret)
{
    enum { SAFE_DIGITS = 19 };
    str text = audit_value_text(value);
    if (base == 16) {
        return str_hex_to_u64(text, ret);
    }
    if (text.len == 0 || text.len > SAFE_DIGITS) {
        return str_to_u64(text, ret);
    }
    uint64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)((uint8_t)text.data[i] - '0');
        if (digit > 9) {
            return false;
        }
        number = number * 10 + digit;
    }
    *ret = number;
    return true;
}
