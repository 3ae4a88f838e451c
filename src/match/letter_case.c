#include "match/letter_case.h"

#include "base/utf8.h"
#include "match/letter_case_list.h"

struct case_range {
    uint32_t first;
    uint32_t last;
    uint32_t step;
    int32_t delta;
};

#define RANGE(first, last, step, delta) {first, last, step, delta},
static const struct case_range fold_ranges[] = {CASE_FOLD_LIST(RANGE)};
static const struct case_range lower_ranges[] = {CASE_LOWER_LIST(RANGE)};
static const struct case_range upper_ranges[] = {CASE_UPPER_LIST(RANGE)};
#undef RANGE

static uint32_t map_by_ranges(uint32_t code_point, const struct case_range *ranges, size_t count)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < code_point) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == count || code_point < ranges[low].first || (code_point - ranges[low].first) % ranges[low].step != 0) {
        return code_point;
    }
    return (uint32_t)((int64_t)code_point + ranges[low].delta);
}

uint32_t case_fold(uint32_t code_point)
{
    if (code_point < 0x80) {
        return (uint32_t)(unsigned char)ascii_lower((char)code_point);
    }
    return map_by_ranges(code_point, fold_ranges, countof(fold_ranges));
}

uint32_t case_lower(uint32_t code_point)
{
    if (code_point < 0x80) {
        return (uint32_t)(unsigned char)ascii_lower((char)code_point);
    }
    return map_by_ranges(code_point, lower_ranges, countof(lower_ranges));
}

uint32_t case_upper(uint32_t code_point)
{
    if (code_point < 0x80) {
        return code_point >= 'a' && code_point <= 'z' ? code_point - 32 : code_point;
    }
    return map_by_ranges(code_point, upper_ranges, countof(upper_ranges));
}

#define RANGE(first, last) {first, last},
static const struct {
    uint32_t first;
    uint32_t last;
} word_ranges[] = {CASE_WORD_LIST(RANGE)};
#undef RANGE

bool case_is_word(uint32_t code_point)
{
    if (code_point < 0x80) {
        return ascii_is_alpha((char)code_point) || ascii_is_digit((char)code_point);
    }
    size_t low = 0;
    size_t high = countof(word_ranges);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (word_ranges[middle].last < code_point) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < countof(word_ranges) && code_point >= word_ranges[low].first;
}

bool case_has_variants(uint32_t code_point)
{
    if (code_point < 0x80) {
        return ascii_is_alpha((char)code_point);
    }
    if (case_fold(code_point) != code_point) {
        return true;
    }
    for (size_t i = 0; i < countof(fold_ranges); i++) {
        const struct case_range *range = &fold_ranges[i];
        int64_t origin = (int64_t)code_point - range->delta;
        if (origin >= range->first && origin <= range->last && (origin - range->first) % range->step == 0) {
            return true;
        }
    }
    return false;
}

/* Log text is ASCII nearly always: loops that the compiler turns into vector code. `first` is the first letter of the
   case to leave. */
static str map_ascii_text(struct arena *arena, str s, char first, bool *ret_is_ascii)
{
    unsigned high_bits = 0;
    unsigned change = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        high_bits |= c;
        change |= (unsigned char)(c - (unsigned char)first) < 26;
    }
    *ret_is_ascii = high_bits < 0x80;
    if (!*ret_is_ascii || !change) {
        return s;
    }
    char *target = arena_reserve(arena, s.len);
    if (!target) {
        return (str){NULL, 0};
    }
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        target[i] = (char)((unsigned char)(c - (unsigned char)first) < 26 ? c ^ 0x20 : c);
    }
    arena_commit(arena, s.len);
    return (str){target, s.len};
}

static str map_text(struct arena *arena, str s, uint32_t (*map)(uint32_t))
{
    size_t same = 0; /* bytes at the front that stay */
    uint32_t code_point;
    while (same < s.len) {
        size_t taken = utf8_decode(str_skip(s, same), &code_point);
        if (code_point != UTF8_INVALID && map(code_point) != code_point) {
            break;
        }
        same += taken;
    }
    if (same == s.len) {
        return s;
    }
    /* A letter can grow: two bytes to three, never more than half again. */
    size_t bytes_max;
    char *target = __builtin_mul_overflow(s.len, 3, &bytes_max) ? NULL : arena_reserve(arena, bytes_max / 2 + 4);
    if (!target) {
        return (str){NULL, 0};
    }
    memcpy(target, s.data, same);
    size_t used = same;
    while (same < s.len) {
        size_t taken = utf8_decode(str_skip(s, same), &code_point);
        if (code_point == UTF8_INVALID) {
            memcpy(target + used, s.data + same, taken);
            used += taken;
        } else {
            used += utf8_encode(map(code_point), target + used);
        }
        same += taken;
    }
    arena_commit(arena, used);
    return (str){target, used};
}

str case_lower_text(struct arena *arena, str s)
{
    bool is_ascii;
    str result = map_ascii_text(arena, s, 'A', &is_ascii);
    return is_ascii ? result : map_text(arena, s, case_lower);
}

str case_upper_text(struct arena *arena, str s)
{
    bool is_ascii;
    str result = map_ascii_text(arena, s, 'a', &is_ascii);
    return is_ascii ? result : map_text(arena, s, case_upper);
}

void case_fold_append(struct strbuf *buffer, str s)
{
    for (size_t at = 0; at < s.len && !buffer->is_failed;) {
        uint32_t code_point;
        size_t length = utf8_decode(str_skip(s, at), &code_point);
        char *room = strbuf_reserve(buffer, 4);
        if (room && code_point == UTF8_INVALID) {
            memcpy(room, s.data + at, length);
            buffer->len += length;
        } else if (room) {
            buffer->len += utf8_encode(case_fold(code_point), room);
        }
        at += length;
    }
}
