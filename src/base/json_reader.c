#include "base/json_reader.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/json_scan.h"
#include "base/limits.h"
#include "base/utf8.h"

static bool is_json_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline const char *skip_blanks(const char *at, const char *end)
{
    if (at < end && (unsigned char)*at > ' ') {
        return at; /* compact JSON has none */
    }
    while (at < end && is_json_blank(*at)) {
        at++;
    }
    return at;
}

/* The first quote or backslash at or behind `at`, or `end`. */
static inline const char *find_quote_or_backslash(const char *at, const char *end)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    /* Two at a time: most keys and values are shorter than 32 bytes, so that the loop's branch is foreseen. */
    while (end - at >= 32) {
        __m128i low = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(at + 16));
        __m128i low_hit = _mm_or_si128(_mm_cmpeq_epi8(low, quote), _mm_cmpeq_epi8(low, backslash));
        __m128i high_hit = _mm_or_si128(_mm_cmpeq_epi8(high, quote), _mm_cmpeq_epi8(high, backslash));
        unsigned mask = (unsigned)_mm_movemask_epi8(low_hit) | (unsigned)_mm_movemask_epi8(high_hit) << 16;
        if (mask) {
            return at + __builtin_ctz(mask);
        }
        at += 32;
    }
#else
    /* Eight bytes at a time: a byte of `word ^ pattern` is zero where the pattern's byte stands. */
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = ones << 7;
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        uint64_t quote = word ^ ones * '"';
        uint64_t backslash = word ^ ones * '\\';
        if ((((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & tops) {
            break;
        }
        at += 8;
    }
#endif
    while (at < end && *at != '"' && *at != '\\') {
        at++;
    }
    return at;
}

/* `at` is behind the opening quote. Gives the closing quote, or NULL. */
static inline const char *find_string_end(const char *at, const char *end, bool *ret_has_escape)
{
    bool has_escape = false;
    for (;;) {
        at = find_quote_or_backslash(at, end);
        if (at == end) {
            return NULL;
        }
        if (*at == '"') {
            *ret_has_escape = has_escape;
            return at;
        }
        has_escape = true;
        if (end - at < 2) {
            return NULL;
        }
        at += 2;
    }
}

/* ---- skipping containers ----------------------------------------------------------------------------------------- */

/* The kinds of the open brackets, a bit each: 1 = '{'. */
struct bracket_stack {
    uint64_t kinds[(LIMIT_JSON_DEPTH + 63) / 64];
    uint32_t depth;
    uint32_t depth_max;
};

/* False: closes what is not open, or nested too deep. */
static inline bool bracket_stack_apply(struct bracket_stack *stack, char bracket)
{
    if (bracket == '{' || bracket == '[') {
        if (stack->depth == stack->depth_max) {
            return false;
        }
        uint64_t bit = UINT64_C(1) << stack->depth % 64;
        uint64_t *word = &stack->kinds[stack->depth / 64];
        *word = bracket == '{' ? *word | bit : *word & ~bit;
        stack->depth++;
        return true;
    }
    stack->depth--; /* a walk ends when it gets to 0, so there is one */
    bool is_object = stack->kinds[stack->depth / 64] >> stack->depth % 64 & 1;
    return is_object == (bracket == '}');
}

/* `at` stands on '{' or '['. Gives the byte behind the matching bracket; NULL and *ret_bad when there is none. */
static const char *find_container_end(const char *at, const char *end, uint32_t depth_max, const char **ret_bad)
{
    struct bracket_stack stack;
    stack.depth = 0;
    stack.depth_max = depth_max;
    struct json_scan scan = {0};
    while (at < end) {
        char tail[JSON_SCAN_BYTES];
        const char *bytes = at;
        if (end - at < JSON_SCAN_BYTES) {
            memset(tail, ' ', sizeof(tail));
            memcpy(tail, at, (size_t)(end - at));
            bytes = tail;
        }
        struct json_block block = json_scan_block(&scan, bytes);
        for (uint64_t bits = block.brackets; bits; bits &= bits - 1) {
            unsigned i = (unsigned)__builtin_ctzll(bits);
            if (!bracket_stack_apply(&stack, bytes[i])) {
                *ret_bad = at + i;
                return NULL;
            }
            if (stack.depth == 0) {
                return at + i + 1;
            }
        }
        at += JSON_SCAN_BYTES;
    }
    *ret_bad = end;
    return NULL;
}

/* ---- the reader ----------------------------------------------------------------------------------------------------
 */

void json_reader_init(struct json_reader *reader, str text)
{
    const char *data = text.data ? text.data : "";
    *reader = (struct json_reader){.begin = data, .at = data, .end = data + text.len};
}

static bool fail_at(struct json_reader *reader, const char *at)
{
    reader->at = at;
    reader->is_failed = true;
    return false;
}

static const uint8_t kinds[256] = {
    ['"'] = JSON_STRING, ['{'] = JSON_OBJECT, ['['] = JSON_ARRAY,  ['t'] = JSON_BOOL,
    ['f'] = JSON_BOOL,   ['n'] = JSON_NULL,   ['-'] = JSON_NUMBER, ['0' ... '9'] = JSON_NUMBER,
};

static inline enum json_kind peek(struct json_reader *reader)
{
    if (reader->is_failed) {
        return JSON_NONE;
    }
    reader->at = skip_blanks(reader->at, reader->end);
    return reader->at < reader->end ? (enum json_kind)kinds[(unsigned char)*reader->at] : JSON_NONE;
}

enum json_kind json_peek(struct json_reader *reader)
{
    return peek(reader);
}

static bool enter(struct json_reader *reader, enum json_kind kind)
{
    if (peek(reader) != kind) {
        return false;
    }
    if (reader->depth == LIMIT_JSON_DEPTH) {
        return fail_at(reader, reader->at);
    }
    reader->depth++;
    reader->at++;
    reader->is_first = true;
    return true;
}

bool json_enter_object(struct json_reader *reader)
{
    return enter(reader, JSON_OBJECT);
}

bool json_enter_array(struct json_reader *reader)
{
    return enter(reader, JSON_ARRAY);
}

/* Passes the comma in front of all but the first item; false at the closing bracket, which is passed too, or on
 * failure. */
static bool next_item(struct json_reader *reader, char close)
{
    if (reader->is_failed) {
        return false;
    }
    const char *at = skip_blanks(reader->at, reader->end);
    if (at == reader->end) {
        return fail_at(reader, at);
    }
    if (*at == close) {
        reader->at = at + 1;
        reader->is_first = false;
        reader->depth--;
        return false;
    }
    if (reader->is_first) {
        reader->is_first = false;
    } else {
        if (*at != ',') {
            return fail_at(reader, at);
        }
        at = skip_blanks(at + 1, reader->end);
        if (at == reader->end || *at == close) {
            return fail_at(reader, at);
        }
    }
    reader->at = at;
    return true;
}

bool json_next_member(struct json_reader *reader, struct json_member *ret)
{
    if (!next_item(reader, '}')) {
        return false;
    }
    const char *key = reader->at + 1;
    bool has_escape;
    if (*reader->at != '"') {
        return fail_at(reader, reader->at);
    }
    const char *quote = find_string_end(key, reader->end, &has_escape);
    if (!quote) {
        return fail_at(reader, reader->end);
    }
    const char *at = skip_blanks(quote + 1, reader->end);
    if (at == reader->end || *at != ':') {
        return fail_at(reader, at);
    }
    reader->at = at + 1;
    *ret = (struct json_member){{key, (size_t)(quote - key)}, has_escape};
    return true;
}

bool json_next_element(struct json_reader *reader)
{
    return next_item(reader, ']');
}

static bool is_number_byte(char c)
{
    return ascii_is_digit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

/* A number is taken as far as its bytes go; what it is worth is for json_to_*, and for json_validate. */
static bool read_number(struct json_reader *reader, struct json_value *ret)
{
    const char *at = reader->at;
    while (at < reader->end && is_number_byte(*at)) {
        at++;
    }
    *ret = (struct json_value){JSON_NUMBER, false, {reader->at, (size_t)(at - reader->at)}};
    reader->at = at;
    return true;
}

static bool read_literal(struct json_reader *reader, enum json_kind kind, struct json_value *ret)
{
    str word = *reader->at == 't' ? STR("true") : *reader->at == 'f' ? STR("false") : STR("null");
    str rest = {reader->at, (size_t)(reader->end - reader->at)};
    if (!str_starts_with(rest, word)) {
        return fail_at(reader, reader->at);
    }
    *ret = (struct json_value){kind, false, {reader->at, word.len}};
    reader->at += word.len;
    return true;
}

bool json_read(struct json_reader *reader, struct json_value *ret)
{
    enum json_kind kind = peek(reader);
    const char *start = reader->at;
    const char *stop;
    bool has_escape;
    switch (kind) {
    case JSON_STRING:
        stop = find_string_end(start + 1, reader->end, &has_escape);
        if (!stop) {
            return fail_at(reader, reader->end);
        }
        *ret = (struct json_value){JSON_STRING, has_escape, {start + 1, (size_t)(stop - start) - 1}};
        reader->at = stop + 1;
        return true;
    case JSON_OBJECT:
    case JSON_ARRAY:
        stop = find_container_end(start, reader->end, LIMIT_JSON_DEPTH - reader->depth, &start);
        if (!stop) {
            return fail_at(reader, start);
        }
        *ret = (struct json_value){kind, false, {start, (size_t)(stop - start)}};
        reader->at = stop;
        return true;
    case JSON_NUMBER:
        return read_number(reader, ret);
    case JSON_BOOL:
    case JSON_NULL:
        return read_literal(reader, kind, ret);
    case JSON_NONE:
        break;
    }
    return fail_at(reader, reader->at);
}

bool json_skip(struct json_reader *reader)
{
    struct json_value ignored;
    return json_read(reader, &ignored);
}

bool json_leave(struct json_reader *reader)
{
    /* In front of an item, behind one, or behind a key: in all three places what follows is quotes and brackets up to
       the one bracket that closes the container. A colon or comma does not matter to that. */
    if (reader->is_failed || reader->depth == 0) {
        return false;
    }
    const char *at = reader->at;
    while (at < reader->end && *at != '}' && *at != ']') {
        const char *bad = NULL;
        bool has_escape;
        if (*at == '"') {
            const char *quote = find_string_end(at + 1, reader->end, &has_escape);
            at = quote ? quote + 1 : (bad = reader->end, NULL);
        } else if (*at == '{' || *at == '[') {
            at = find_container_end(at, reader->end, LIMIT_JSON_DEPTH - reader->depth, &bad);
        } else {
            at++;
        }
        if (!at) {
            return fail_at(reader, bad);
        }
    }
    if (at >= reader->end) {
        return fail_at(reader, reader->end);
    }
    reader->at = at + 1;
    reader->is_first = false;
    reader->depth--;
    return true;
}

bool json_is_at_end(struct json_reader *reader)
{
    return !reader->is_failed && skip_blanks(reader->at, reader->end) == reader->end;
}

size_t json_error_offset(const struct json_reader *reader)
{
    return (size_t)(reader->at - reader->begin);
}

str json_rest(const struct json_reader *reader)
{
    return (str){reader->at, (size_t)(reader->end - reader->at)};
}

struct json_value json_value_from(str text)
{
    struct json_reader reader;
    struct json_value value;
    json_reader_init(&reader, text);
    if (!json_read(&reader, &value) || !json_is_at_end(&reader)) {
        return (struct json_value){JSON_NONE, false, STR_EMPTY};
    }
    return value;
}

/* ---- strings and numbers -------------------------------------------------------------------------------------------
 */

static bool read_hex4(str s, size_t at, uint32_t *ret)
{
    uint32_t value = 0;
    if (s.len < at + 4) {
        return false;
    }
    for (size_t i = at; i < at + 4; i++) {
        int digit = ascii_hex_value(s.data[i]);
        if (digit < 0) {
            return false;
        }
        value = value << 4 | (uint32_t)digit;
    }
    *ret = value;
    return true;
}

/* `at` is the backslash of a "\u" escape. Gives the bytes it takes (6, or 12 for a pair), or 0 if it is none. */
static size_t read_unicode_escape(str raw, size_t at, uint32_t *ret_code_point)
{
    uint32_t high;
    uint32_t low;
    if (!read_hex4(raw, at + 2, &high)) {
        return 0;
    }
    *ret_code_point = high;
    if (high < 0xD800 || high > 0xDFFF) {
        return 6;
    }
    bool is_pair = high < 0xDC00 && raw.len >= at + 12 && raw.data[at + 6] == '\\' && raw.data[at + 7] == 'u' &&
                   read_hex4(raw, at + 8, &low) && low >= 0xDC00 && low <= 0xDFFF;
    if (!is_pair) {
        return 6; /* lone; utf8_encode writes U+FFFD for it */
    }
    *ret_code_point = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    return 12;
}

static char simple_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

/* Copies what stands in front of the next backslash and gives its length. `target` has room for all of `from`. */
static size_t copy_plain(str from, char *target, bool is_in_place)
{
    size_t at = 0;
#ifdef __SSE2__
    enum { STEP = 16 };
    const __m128i backslash = _mm_set1_epi8('\\');
    for (; !is_in_place && from.len - at >= STEP; at += STEP) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(from.data + at));
        unsigned hits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, backslash));
        _mm_storeu_si128((__m128i *)(void *)(target + at), bytes);
        if (hits != 0) {
            return at + (unsigned)__builtin_ctz(hits);
        }
    }
#endif
    (void)is_in_place;
    for (; at < from.len && from.data[at] != '\\'; at++) {
        target[at] = from.data[at];
    }
    return at;
}

size_t json_unescape(str raw, char *target)
{
    /* Every escape is at least as long as what it stands for (\uXXXX: 6 for at most 3 bytes, a pair: 12 for 4), so the
       target never overtakes the source. */
    size_t used = 0;
    size_t at = 0;
    while (at < raw.len) {
        size_t run_len = copy_plain(str_skip(raw, at), target + used, target == raw.data);
        used += run_len;
        at += run_len;
        if (at == raw.len) {
            break;
        }
        uint32_t code_point = 0;
        char next = at + 1 < raw.len ? raw.data[at + 1] : '\0';
        size_t taken = next == 'u' ? read_unicode_escape(raw, at, &code_point) : 0;
        char simple = simple_escape(next);
        if (taken) {
            used += utf8_encode(code_point, target + used);
            at += taken;
        } else if (simple) {
            target[used++] = simple;
            at += 2;
        } else {
            target[used++] = '\\';
            at++;
        }
    }
    return used;
}

str json_text(const struct json_value *value, struct arena *arena)
{
    if (value->kind != JSON_STRING || !value->has_escape) {
        return value->text;
    }
    char *target = arena_reserve(arena, value->text.len);
    if (!target) {
        return (str){NULL, 0};
    }
    size_t len = json_unescape(value->text, target);
    arena_commit(arena, len);
    return (str){target, len};
}

bool json_key_eq(const struct json_member *member, str name)
{
    if (!member->has_escape) {
        return str_eq(member->key, name);
    }
    /* A byte of the name is written with one byte to six; longer keys need no unescaping to be told apart. */
    char buffer[6 * 64];
    if (name.len > sizeof(buffer) / 6 || member->key.len > sizeof(buffer)) {
        return false;
    }
    size_t len = json_unescape(member->key, buffer);
    return str_eq((str){buffer, len}, name);
}

bool json_to_i64(const struct json_value *value, int64_t *ret)
{
    if (value->kind != JSON_NUMBER && value->kind != JSON_STRING) {
        return false;
    }
    if (str_to_i64(value->text, ret)) {
        return true;
    }
    double number;
    if (!str_to_double(value->text, &number) || !(number >= -9007199254740992.0 && number <= 9007199254740992.0) ||
        number != (double)(int64_t)number) {
        return false;
    }
    *ret = (int64_t)number;
    return true;
}

bool json_to_double(const struct json_value *value, double *ret)
{
    return (value->kind == JSON_NUMBER || value->kind == JSON_STRING) && str_to_double(value->text, ret);
}

bool json_to_bool(const struct json_value *value, bool *ret)
{
    if (value->kind != JSON_BOOL) {
        return false;
    }
    *ret = value->text.data[0] == 't';
    return true;
}
