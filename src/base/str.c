#include "base/str.h"

#include <locale.h>
#include <stdatomic.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

str str_from_cstring(const char *text)
{
    return (str){text, text ? strlen(text) : 0};
}

bool str_eq_ignore_case(str a, str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

int str_compare(str a, str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

size_t str_find(str s, str needle, size_t from)
{
    if (from > s.len || s.len - from < needle.len) {
        return SIZE_MAX;
    }
    if (needle.len == 0) {
        return from;
    }
    const char *hit = memmem(s.data + from, s.len - from, needle.data, needle.len);
    return hit ? (size_t)(hit - s.data) : SIZE_MAX;
}

size_t str_find_char(str s, char c, size_t from)
{
    if (from >= s.len) {
        return SIZE_MAX;
    }
    const char *hit = memchr(s.data + from, c, s.len - from);
    return hit ? (size_t)(hit - s.data) : SIZE_MAX;
}

str str_trim(str s)
{
    while (s.len > 0 && ascii_is_blank(s.data[0])) {
        s.data++;
        s.len--;
    }
    while (s.len > 0 && ascii_is_blank(s.data[s.len - 1])) {
        s.len--;
    }
    return s;
}

size_t str_edit_distance(str a, str b, size_t limit)
{
    enum { NAME_MAX_BYTES = 64 };
    size_t difference = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (difference > limit || a.len > NAME_MAX_BYTES || b.len > NAME_MAX_BYTES) {
        return limit + 1;
    }
    size_t rows[3][NAME_MAX_BYTES + 1]; /* for a's prefixes of i - 2, i - 1 and i letters, modulo 3 */
    for (size_t i = 0; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *above_twice = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            if (i == 0) {
                row[j] = j;
                continue;
            }
            char letter = ascii_lower(a.data[i - 1]);
            char other = ascii_lower(b.data[j - 1]);
            size_t best = above[j - 1] + (letter != other);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && letter == ascii_lower(b.data[j - 2]) && other == ascii_lower(a.data[i - 2]) &&
                above_twice[j - 2] + 1 < best) {
                best = above_twice[j - 2] + 1;
            }
            row[j] = best;
        }
    }
    size_t distance = rows[a.len % 3][b.len];
    return distance <= limit ? distance : limit + 1;
}

bool str_to_u64(str s, uint64_t *ret)
{
    if (s.len == 0) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.data[i]) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.data[i] - '0'), &value)) {
            return false;
        }
    }
    *ret = value;
    return true;
}

bool str_to_i64(str s, int64_t *ret)
{
    bool is_negative = s.len > 0 && s.data[0] == '-';
    if (s.len > 0 && (s.data[0] == '-' || s.data[0] == '+')) {
        s = str_skip(s, 1);
    }
    uint64_t magnitude;
    if (!str_to_u64(s, &magnitude) || magnitude > (uint64_t)INT64_MAX + is_negative) {
        return false;
    }
    *ret = is_negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

bool str_hex_to_u64(str s, uint64_t *ret)
{
    if (s.len == 0 || s.len > 16) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        int digit = ascii_hex_value(s.data[i]);
        if (digit < 0) {
            return false;
        }
        value = value << 4 | (uint64_t)digit;
    }
    *ret = value;
    return true;
}

/* strtod reads the decimal point of the locale, which the program that uses the library may have set to a comma. */
static double strtod_in_c_locale(const char *text, char **ret_end)
{
    static _Atomic(locale_t) c_locale;
    locale_t locale = atomic_load(&c_locale);
    if (!locale) {
        locale_t made = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        if (!made) {
            return strtod(text, ret_end);
        }
        if (atomic_compare_exchange_strong(&c_locale, &locale, made)) {
            locale = made;
        } else {
            freelocale(made);
        }
    }
    return strtod_l(text, ret_end, locale);
}

bool str_to_double(str s, double *ret)
{
    char text[DOUBLE_TEXT_BYTES + 1];
    if (s.len == 0 || s.len > DOUBLE_TEXT_BYTES) {
        return false;
    }
    /* strtod would also take blanks, hex, "inf" and "nan". */
    bool has_digit = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        has_digit |= ascii_is_digit(c);
        if (!ascii_is_digit(c) && c != '.' && c != '+' && c != '-' && c != 'e' && c != 'E') {
            return false;
        }
        text[i] = c;
    }
    text[s.len] = '\0';
    char *end = NULL;
    double value = strtod_in_c_locale(text, &end);
    if (!has_digit || end != text + s.len) {
        return false;
    }
    *ret = value;
    return true;
}

size_t str_percent_decode(str text, bool plus_is_blank, char *target)
{
    size_t used = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        int high = c == '%' && i + 2 < text.len ? ascii_hex_value(text.data[i + 1]) : -1;
        int low = high >= 0 ? ascii_hex_value(text.data[i + 2]) : -1;
        if (low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        target[used++] = c;
    }
    return used;
}

bool str_hex_decode(str s, char *ret)
{
    if (s.len % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i += 2) {
        int high = ascii_hex_value(s.data[i]);
        int low = ascii_hex_value(s.data[i + 1]);
        if ((high | low) < 0) {
            return false;
        }
        ret[i / 2] = (char)(high << 4 | low);
    }
    return true;
}

uint64_t str_hash(str s, uint64_t seed)
{
    return XXH3_64bits_withSeed(s.data ? s.data : "", s.len, seed);
}
