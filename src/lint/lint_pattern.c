/* Which LIKE pattern covers another: the wide one is matched against the text of the narrow one, where the narrow one's
 * wildcards are characters that only wildcards of the wide one take. */
#include "base/utf8.h"
#include "lint/lint_internal.h"
#include "match/letter_case.h"

bool pattern_has_wildcard(str pattern)
{
    return str_find_char(pattern, '%', 0) != SIZE_MAX || str_find_char(pattern, '_', 0) != SIZE_MAX;
}

bool pattern_contained_literal(str pattern, str *ret_literal)
{
    size_t from = 0;
    while (from < pattern.len && pattern.data[from] == '%') {
        from++;
    }
    size_t to = pattern.len;
    while (to > from && pattern.data[to - 1] == '%') {
        to--;
    }
    *ret_literal = str_slice(pattern, from, to);
    return from > 0 && to < pattern.len && to > from && !pattern_has_wildcard(*ret_literal);
}

str pattern_longest_literal(str pattern)
{
    str longest = STR_EMPTY;
    size_t from = 0;
    for (size_t i = 0; i <= pattern.len; i++) {
        if (i == pattern.len || pattern.data[i] == '%' || pattern.data[i] == '_') {
            if (i - from > longest.len) {
                longest = str_slice(pattern, from, i);
            }
            from = i + 1;
        }
    }
    return longest;
}

/* One character of each at the front; false if the wide one does not take the narrow one's. */
static bool takes(struct like_text wide, struct like_text narrow, size_t *ret_wide, size_t *ret_narrow)
{
    uint32_t w;
    uint32_t n;
    *ret_wide = utf8_decode(wide.pattern, &w);
    *ret_narrow = utf8_decode(narrow.pattern, &n);
    if (*ret_wide == 0 || *ret_narrow == 0) {
        return false;
    }
    if (n == '%') {
        return false; /* only % takes it */
    }
    if (w == '_') {
        return true;
    }
    if (n == '_') {
        return false;
    }
    if (w == UTF8_INVALID || n == UTF8_INVALID) {
        return *ret_wide == *ret_narrow && memcmp(wide.pattern.data, narrow.pattern.data, *ret_wide) == 0;
    }
    if (wide.ignores_case) {
        return case_fold(w) == case_fold(n);
    }
    return w == n && (!narrow.ignores_case || !case_has_variants(n));
}

static struct like_text skip(struct like_text text, size_t bytes)
{
    text.pattern = str_skip(text.pattern, bytes);
    return text;
}

bool pattern_covers(struct like_text wide, struct like_text narrow)
{
    struct like_text star_wide = {STR_EMPTY, false}; /* behind the last % of wide, and where it stopped taking */
    struct like_text star_narrow = {STR_EMPTY, false};
    bool has_star = false;
    for (;;) {
        size_t wide_bytes;
        size_t narrow_bytes;
        if (wide.pattern.len > 0 && wide.pattern.data[0] == '%') {
            wide = skip(wide, 1);
            if (wide.pattern.len == 0) {
                return true;
            }
            has_star = true;
            star_wide = wide;
            star_narrow = narrow;
        } else if (wide.pattern.len == 0 && narrow.pattern.len == 0) {
            return true;
        } else if (takes(wide, narrow, &wide_bytes, &narrow_bytes)) {
            wide = skip(wide, wide_bytes);
            narrow = skip(narrow, narrow_bytes);
        } else if (has_star && star_narrow.pattern.len > 0) {
            uint32_t ignored;
            star_narrow = skip(star_narrow, utf8_decode(star_narrow.pattern, &ignored));
            wide = star_wide;
            narrow = star_narrow;
        } else {
            return false;
        }
    }
}
