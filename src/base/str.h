/* base/str.h
 * A str is a view of bytes: pointer and length, never NUL-terminated, possibly holding NUL and invalid UTF-8.
 * Nobody owns it; it is valid as long as what it points into.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct str {
    const char *data;
    size_t len;
} str;

#define STR(literal)   ((str){(literal), sizeof(literal) - 1})
#define STR_EMPTY      ((str){"", 0})
/* For printf's "%.*s". Text from outside may go only through error.h and strbuf.h, which escape it. */
#define STR_ARG(s)     (int)(s).len, (s).data

#define countof(array) (sizeof(array) / sizeof((array)[0]))

static inline str str_from(const char *data, size_t len)
{
    return (str){data, len};
}

str str_from_cstring(const char *text);

static inline bool str_eq(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ASCII only: AQL's names and the keywords of log formats are ASCII. */
static inline char ascii_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
/* 0 to 15, either case; -1 for what is no hex digit. */
static inline int ascii_hex_value(char c)
{
    char lower = (char)(c | 0x20);
    return ascii_is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static inline bool ascii_is_hex_digit(char c)
{
    return ascii_hex_value(c) >= 0;
}

static inline bool ascii_is_alpha(char c)
{
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'z';
}

static inline bool ascii_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool str_eq_ignore_case(str a, str b);
int str_compare(str a, str b); /* bytewise; shorter first */

static inline bool str_starts_with(str s, str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}

static inline bool str_ends_with(str s, str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || memcmp(s.data + s.len - suffix.len, suffix.data, suffix.len) == 0);
}

/* Index of the first occurrence at or behind `from`, or SIZE_MAX. */
size_t str_find(str s, str needle, size_t from);
size_t str_find_char(str s, char c, size_t from);

static inline bool str_contains(str s, str needle)
{
    return str_find(s, needle, 0) != SIZE_MAX;
}

/* The part from `from` (clamped) to the end, and the part [from, to) (both clamped). NULL + 0 is undefined in C17. */
static inline str str_skip(str s, size_t from)
{
    from = from < s.len ? from : s.len;
    return (str){from ? s.data + from : s.data, s.len - from};
}

static inline str str_slice(str s, size_t from, size_t to)
{
    to = to < s.len ? to : s.len;
    from = from < to ? from : to;
    return (str){from ? s.data + from : s.data, to - from};
}

str str_trim(str s); /* ASCII white space at both ends */

/* Letters to insert, remove, replace or swap with their neighbour, ignoring ASCII case, for "did you mean". What is
 * above `limit`, or longer than 64 bytes, gives limit + 1. */
size_t str_edit_distance(str a, str b, size_t limit);

/* Decimal, nothing around it; a sign for i64 only. False on overflow or any other byte. */
bool str_to_i64(str s, int64_t *ret);
bool str_to_u64(str s, uint64_t *ret);
/* Hexadecimal without prefix. */
bool str_hex_to_u64(str s, uint64_t *ret);
/* Decimal with optional sign, fraction and exponent, in any locale; too large gives an infinity. False for more than
 * DOUBLE_TEXT_BYTES: nobody writes such numbers. */
enum { DOUBLE_TEXT_BYTES = 400 };
bool str_to_double(str s, double *ret);

/* What `%41` stands for; what is no code stays, as does '+' unless it is a blank (as in forms). Never longer than the
 * text: `target` has room for text.len bytes, and may be the text itself. Returns the bytes written. */
size_t str_percent_decode(str text, bool plus_is_blank, char *target);
/* Decodes pairs of hex digits (either case); `ret` has room for s.len / 2 bytes. False if s is not all hex or odd. */
bool str_hex_decode(str s, char *ret);

static inline uint64_t str_hash_mix(uint64_t h)
{
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    h ^= h >> 32;
    return h;
}

/* Seeded; for tables whose keys come from outside (limits flooding by chosen keys). */
uint64_t str_hash(str s, uint64_t seed);

#endif
