#include "format/audit_record.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- header -------------------------------------------------------------------------------------------------------
 */

enum { PREFIX_BYTES_MAX = 128, PREFIX_WORDS_MAX = 4, TYPE_NAME_BYTES_MAX = 64 };

static bool is_record_start(str text, size_t from)
{
    return text.len - from > 5 &&
           (memcmp(text.data + from, "type=", 5) == 0 || memcmp(text.data + from, "node=", 5) == 0);
}

/* Where "type=" or "node=" is, behind words that end in a colon and bracketed numbers; SIZE_MAX if something else
 * stands before it. Anything laxer would let a program's own text pose as an audit record. */
static size_t record_start(str text)
{
    if (text.len > 5 && is_record_start(text, 0)) {
        return 0;
    }
    size_t at = 0;
    for (int word = 0; word < PREFIX_WORDS_MAX && at < text.len && at < PREFIX_BYTES_MAX; word++) {
        while (at < text.len && text.data[at] == ' ') {
            at++;
        }
        if (at < text.len && is_record_start(text, at)) {
            return at;
        }
        bool is_bracketed = at < text.len && text.data[at] == '[';
        size_t end = str_find_char(text, is_bracketed ? ']' : ' ', at);
        if (end == SIZE_MAX || end >= PREFIX_BYTES_MAX || (!is_bracketed && text.data[end - 1] != ':')) {
            return SIZE_MAX;
        }
        at = end + 1;
        while (at < text.len && text.data[at] == ' ') {
            at++;
        }
        if (at < text.len && is_record_start(text, at)) {
            return at;
        }
    }
    return SIZE_MAX;
}

/* Digits from *at on. False if there are none, or more than fit `digits_max` (at most 19, which fit 64 bits). */
static bool read_digits(str text, size_t *at, size_t digits_max, uint64_t *ret)
{
    uint64_t value = 0;
    size_t start = *at;
    size_t i = start;
    while (i < text.len && ascii_is_digit(text.data[i])) {
        value = value * 10 + (uint64_t)(text.data[i] - '0');
        i++;
        if (i - start > digits_max) {
            return false;
        }
    }
    *at = i;
    *ret = value;
    return i > start;
}

/* "SEC.FRACTION:SERIAL)" from *at on. */
static bool read_stamp(str text, size_t *at, int64_t *ret_time_ms, uint64_t *ret_serial)
{
    uint64_t seconds;
    uint64_t fraction = 0;
    size_t i = *at;
    if (!read_digits(text, &i, 12, &seconds)) {
        return false;
    }
    if (i < text.len && text.data[i] == '.') {
        i++;
        size_t start = i;
        if (!read_digits(text, &i, 9, &fraction)) {
            return false;
        }
        for (size_t digits = i - start; digits > 3; digits--) {
            fraction /= 10;
        }
    }
    if (i >= text.len || text.data[i] != ':') {
        return false;
    }
    i++;
    if (!read_digits(text, &i, 19, ret_serial) || i >= text.len || text.data[i] != ')') {
        return false;
    }
    *at = i + 1;
    *ret_time_ms = (int64_t)(seconds * 1000 + fraction);
    return true;
}

static bool parse_stamp(str text, size_t *at, struct audit_stamp *stamp, struct audit_header *header)
{
    header->is_same_stamp = stamp->length > 0 && text.len - *at >= stamp->length &&
                            memcmp(text.data + *at, stamp->text, stamp->length) == 0;
    if (header->is_same_stamp) {
        *at += stamp->length;
    } else {
        size_t start = *at;
        if (!read_stamp(text, at, &stamp->time_ms, &stamp->serial)) {
            stamp->length = 0;
            return false;
        }
        stamp->length = *at - start;
        if (stamp->length > sizeof(stamp->text)) { /* not with the digits read_stamp takes */
            stamp->length = 0;
        }
        memcpy(stamp->text, text.data + start, stamp->length);
    }
    header->time_ms = stamp->time_ms;
    header->serial = stamp->serial;
    return true;
}

static uint16_t type_number(const struct audit_index *index, str name)
{
    uint16_t type = audit_type_find(index, name);
    if (type != AUDIT_TYPE_UNKNOWN) {
        return type;
    }
    if (str_starts_with(name, STR("UNKNOWN[")) && name.data[name.len - 1] == ']') {
        name = str_slice(name, 8, name.len - 1);
    }
    uint64_t number;
    if (name.len <= 5 && str_to_u64(name, &number) && number <= UINT16_MAX) {
        return (uint16_t)number;
    }
    return AUDIT_TYPE_UNKNOWN;
}

bool audit_header_parse(const struct audit_index *index, str text, struct audit_stamp *stamp,
                        struct audit_header *ret_header)
{
    struct audit_header header = {.node = STR_EMPTY};
    size_t at = record_start(text);
    if (at == SIZE_MAX) {
        return false;
    }
    if (text.data[at] == 'n') {
        at += 5;
        size_t end = str_find_char(text, ' ', at);
        if (end == SIZE_MAX || text.len - end < 7 || memcmp(text.data + end + 1, "type=", 5) != 0) {
            return false;
        }
        header.node = str_slice(text, at, end);
        at = end + 1;
    }
    at += 5;
    size_t end = at;
    size_t type_end_max = text.len - at > TYPE_NAME_BYTES_MAX ? at + TYPE_NAME_BYTES_MAX : text.len;
    while (end < type_end_max && text.data[end] != ' ') {
        end++;
    }
    header.type_name = str_slice(text, at, end);
    at = end + 1;
    if (header.type_name.len == 0 || text.len < at) {
        return false;
    }
    if (text.len - at > 10 && memcmp(text.data + at, "msg=audit(", 10) == 0) {
        at += 10;
    } else if (text.len - at > 6 && memcmp(text.data + at, "audit(", 6) == 0) {
        at += 6;
    } else {
        return false;
    }
    if (!parse_stamp(text, &at, stamp, &header)) {
        return false;
    }
    header.type = type_number(index, header.type_name);
    at += at < text.len && text.data[at] == ':';
    at += at < text.len && text.data[at] == ' ';
    header.body = at;
    *ret_header = header;
    return true;
}

int audit_header_detect(str text)
{
    size_t at = record_start(text);
    if (at == SIZE_MAX) {
        return 0;
    }
    str head = str_slice(text, at, at + 5 + 256 + 5 + TYPE_NAME_BYTES_MAX + 16);
    size_t type = head.data[0] == 'n' ? str_find(head, STR(" type="), 0) : 0;
    if (type == SIZE_MAX) {
        return 0;
    }
    size_t blank = str_find_char(head, ' ', type + 1);
    if (blank == SIZE_MAX) {
        return 0;
    }
    str rest = str_skip(head, blank + 1);
    if (str_starts_with(rest, STR("msg=audit(")) || str_starts_with(rest, STR("audit("))) {
        return 100;
    }
    return str_starts_with(rest, STR("msg=")) ? 40 : 0;
}

/* ---- values -------------------------------------------------------------------------------------------------------
 */

static bool is_separator(char c)
{
    return c == ' ' || c == AUDIT_ENRICHMENT_SEPARATOR;
}

/* The first of two bytes at or behind p, or end. Values are short: the first sixteen bytes mostly decide. */
static inline const char *find_either(const char *p, const char *end, char a, char b)
{
#ifdef __SSE2__
    const __m128i all_a = _mm_set1_epi8(a);
    const __m128i all_b = _mm_set1_epi8(b);
    while (end - p >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, all_a), _mm_cmpeq_epi8(bytes, all_b));
        unsigned mask = (unsigned)_mm_movemask_epi8(hits);
        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }
        p += 16;
    }
#endif
    while (p < end && *p != a && *p != b) {
        p++;
    }
    return p;
}

/* Some tools drop the separator byte, so that the next key sticks to the value: res=1AUID="x", key=(null)ARCH=x86_64.
 * Gives the length that belongs to the value. */
static size_t unglued_length(const char *value, size_t length)
{
    if (length > 6 && memcmp(value, "(null)", 6) == 0) {
        return 6;
    }
    if (value[length - 1] != '"' || value[0] == '\'') {
        return length;
    }
    const char *equals = memchr(value, '=', length);
    if (!equals) {
        return length;
    }
    size_t start = (size_t)(equals - value);
    while (start > 0 && ((value[start - 1] >= 'A' && value[start - 1] <= 'Z') || value[start - 1] == '-')) {
        start--;
    }
    return start > 0 && value[start] != '=' ? start : length;
}

/* The value at p, ending before `end`; *ret_next is what follows it. */
static inline struct audit_value value_at(const char *p, const char *end, const char **ret_next)
{
    struct audit_value value = {.data = p};
    if (p < end && *p == '"') {
        const char *close = find_either(p + 1, end, '"', '"');
        value.data = p + 1;
        value.length = (uint32_t)(close - p - 1);
        value.is_quoted = true;
        value.is_cut = close == end;
        *ret_next = close == end ? end : close + 1;
        return value;
    }
    const char *stop = find_either(p, end, ' ', AUDIT_ENRICHMENT_SEPARATOR);
    value.length = (uint32_t)(stop - p);
    if (value.length > 0 && (stop[-1] == '"' || *p == '(')) {
        value.length = (uint32_t)unglued_length(p, value.length);
    }
    *ret_next = p + value.length;
    return value;
}

struct audit_value audit_value_at(str text, size_t from, size_t *ret_next)
{
    const char *next;
    struct audit_value value = value_at(text.data + from, text.data + text.len, &next);
    *ret_next = (size_t)(next - text.data);
    return value;
}

/* ---- fields -------------------------------------------------------------------------------------------------------
 */

static bool says_none(const struct audit_value *value)
{
    str text = audit_value_text(value);
    return str_eq(text, STR("?")) || str_eq(text, STR("(null)")) || str_eq(text, STR("(none)"));
}

static inline void keep(struct audit_values *values, enum audit_key key, const struct audit_value *value)
{
    if (key == AUDIT_KEY_NONE || audit_values_has(values, key)) {
        return;
    }
    if (value->length > 0 && (*value->data == '?' || *value->data == '(') && says_none(value)) {
        return;
    }
    values->slots[key] = *value;
    values->present[key / 64] |= UINT64_C(1) << key % 64;
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
    uint64_t word;
    const char *next; /* behind '=' or the word */
};

/* For keys of eight bytes and more, and at the end of the text where eight bytes cannot be loaded. */
static struct key_token key_token_slowly(const char *p, const char *end)
{
    const char *stop = p;
    while (stop < end && *stop != '=' && !is_separator(*stop)) {
        stop++;
    }
    if (stop == end || *stop != '=') {
        return (struct key_token){SIZE_MAX, 0, stop};
    }
    struct key_token token = {(size_t)(stop - p), 0, stop + 1};
    memcpy(&token.word, p, token.length < 8 ? token.length : 8);
    return token;
}

static inline struct key_token key_token(const char *p, const char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (end - p > 8) {
        const uint64_t ones = UINT64_C(0x0101010101010101);
        const uint64_t highs = UINT64_C(0x8080808080808080);
        uint64_t bytes;
        memcpy(&bytes, p, sizeof(bytes));
        uint64_t differs = bytes ^ ones * '=';
        uint64_t equals = (differs - ones) & ~differs & highs; /* the lowest set bit is the first '=' */
        uint64_t blank = bytes ^ ones * ' ';
        uint64_t blanks = (blank - ones) & ~blank & highs;
        if (equals != 0 && (blanks == 0 || __builtin_ctzll(equals) < __builtin_ctzll(blanks))) {
            unsigned length = (unsigned)__builtin_ctzll(equals) / 8;
            return (struct key_token){length, bytes & ((UINT64_C(1) << length * 8) - 1), p + length + 1};
        }
    }
#endif
    return key_token_slowly(p, end);
}

void audit_values_scan(const struct audit_index *index, str text, size_t from, struct audit_values *values)
{
    const char *p = text.data + (from < text.len ? from : text.len);
    const char *end = text.data + text.len;
    const char *limit = end; /* of the part being read: all, or the inside of msg='...' */
    while (p < end) {
        if (p >= limit) {
            limit = end;
            p += *p == '\'';
            continue;
        }
        if (is_separator(*p)) {
            p++;
            continue;
        }
        struct key_token token = key_token(p, limit);
        if (token.length == SIZE_MAX) {
            p = token.next + (token.next == p); /* always forward */
            continue;
        }
        enum audit_key key =
            token.length <= 8 ? audit_key_find(index, token.word) : audit_key_find_long(str_from(p, token.length));
        if (key == AUDIT_KEY_MSG && token.next < limit && *token.next == '\'' && limit == end) {
            limit = message_end(token.next + 1, end);
            p = token.next + 1;
            continue;
        }
        struct audit_value value = value_at(token.next, limit, &p);
        keep(values, key, &value);
    }
}

/* ---- encodings ----------------------------------------------------------------------------------------------------
 */

/* 1 + value of an upper-case hex digit; 0 for any other byte. Lower case is no encoding: neither the kernel nor
 * libaudit writes it, and a word like "deadbeef" from a tool that drops quotes must stay a word. */
static const uint8_t hex_values[256] = {
    ['0'] = 1, ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9, ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool audit_value_is_encoded(const struct audit_value *value, bool is_at_end)
{
    enum { CUT_HEX_MIN = 15 }; /* shorter odd values are numbers, not cut text */
    if (value->is_quoted || value->length < 2 ||
        (value->length % 2 != 0 && (!is_at_end || value->length < CUT_HEX_MIN))) {
        return false;
    }
    const uint8_t *bytes = (const uint8_t *)value->data;
    for (uint32_t i = 0; i < value->length; i++) {
        if (hex_values[bytes[i]] == 0) {
            return false;
        }
    }
    return true;
}

size_t audit_value_decode(const struct audit_value *value, char *ret)
{
    const uint8_t *bytes = (const uint8_t *)value->data;
    size_t count = value->length / 2;
    for (size_t i = 0; i < count; i++) {
        ret[i] = (char)((hex_values[bytes[2 * i]] - 1) << 4 | (hex_values[bytes[2 * i + 1]] - 1));
    }
    return count;
}

bool audit_value_to_u64(const struct audit_value *value, unsigned base, uint64_t *ret)
{
    str text = audit_value_text(value);
    return base == 16 ? str_hex_to_u64(text, ret) : str_to_u64(text, ret);
}
