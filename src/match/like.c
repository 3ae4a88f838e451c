/* like.c - a pattern is cut at its % into segments; a value matches if the segments occur one behind the other, the
 * first at the value's start unless a % stands in front, the last at its end unless one stands behind. Taking the
 * leftmost place for each segment is enough: no later place could make more room for the rest.
 *
 * There are two ways to look for segments:
 * - as bytes (needle.h), when a segment has no _ and no letter whose other case lies outside ASCII;
 * - as characters, folded one by one, with a bit-parallel search (Shift-And) that is linear for segments with _ too.
 * Under ILIKE, k and s have a variant outside ASCII each (Kelvin sign, long s). Such patterns are searched as bytes all
 * the same, and only a value that does not match and holds one of the two variants is looked at by characters. */
#include "match/like.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "match/letter_case.h"
#include "match/needle.h"

/* Units of a pattern: a (folded) code point, an ill-formed part of UTF-8 as UNIT_ILL_FORMED | its bytes, or any. */
#define UNIT_ANY        UINT32_MAX
#define UNIT_ILL_FORMED 0x80000000u

/* Units of a segment that the bit-parallel search handles; those behind are compared where it finds the first ones. */
enum { SEARCH_UNITS = 4096, WORD_BITS = 64, SEARCH_WORDS = SEARCH_UNITS / WORD_BITS };

/* For every character: at which units of the segment it fits, one bit for each unit. */
struct unit_table {
    uint32_t words;        /* 64-bit words of an entry */
    uint32_t code_count;   /* distinct units, UNIT_ANY left out */
    const uint32_t *codes; /* ascending */
    const uint64_t *bits;  /* entry 0: any other character; entry i + 1: codes[i] */
    uint8_t ascii[128];    /* entry of an ASCII character: at most 128 */
};

struct segment {
    const uint32_t *units;
    uint32_t count;
    const struct unit_table *table; /* NULL if never searched by characters */
    struct needle needle;           /* only if the pattern is_bytewise */
};

struct like_pattern {
    bool ignores_case;
    bool open_start; /* % in front, behind */
    bool open_end;
    bool is_bytewise;  /* every segment may be searched as bytes */
    bool has_variants; /* holds k or s, and case is ignored: see above */
    size_t bytes_min;  /* of a matching value, if is_bytewise */
    uint32_t segment_count;
    struct segment *segments;
    const struct needle *required; /* bytes that every matching value holds; NULL: none known, or quicker without */
};

/* ---- compiling -------------------------------------------------------------------------------------------------- */

static size_t take_unit(str text, bool ignores_case, uint32_t *ret_unit)
{
    if ((unsigned char)text.data[0] < 0x80) {
        *ret_unit = (unsigned char)(ignores_case ? ascii_lower(text.data[0]) : text.data[0]);
        return 1;
    }
    uint32_t code_point;
    size_t taken = utf8_decode(text, &code_point);
    if (code_point == UTF8_INVALID) {
        uint32_t bytes = 0;
        for (size_t i = 0; i < taken; i++) {
            bytes = bytes << 8 | (unsigned char)text.data[i];
        }
        *ret_unit = UNIT_ILL_FORMED | bytes;
    } else {
        *ret_unit = ignores_case ? case_fold(code_point) : code_point;
    }
    return taken;
}

/* A unit that occurs in a value exactly where its bytes do, but for ASCII case. */
static bool unit_is_bytewise(uint32_t unit, bool ignores_case)
{
    return unit < 0x80 || (unit < UNIT_ILL_FORMED && !(ignores_case && case_has_variants(unit)));
}

static int compare_codes(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static size_t code_index(const uint32_t *codes, size_t count, uint32_t code)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (codes[middle] < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && codes[low] == code ? low : SIZE_MAX;
}

static const struct unit_table *table_create(struct arena *arena, const struct segment *segment)
{
    uint32_t unit_count = segment->count < SEARCH_UNITS ? segment->count : SEARCH_UNITS;
    uint32_t words = (unit_count + WORD_BITS - 1) / WORD_BITS;
    struct unit_table *table = arena_new(arena, struct unit_table);
    uint32_t *codes = arena_array(arena, uint32_t, unit_count);
    if (!table || !codes) {
        return NULL;
    }
    uint32_t code_count = 0;
    for (uint32_t i = 0; i < unit_count; i++) {
        if (segment->units[i] != UNIT_ANY) {
            codes[code_count++] = segment->units[i];
        }
    }
    qsort(codes, code_count, sizeof(*codes), compare_codes);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < code_count; i++) {
        if (i == 0 || codes[i] != codes[i - 1]) {
            codes[distinct++] = codes[i];
        }
    }
    uint64_t *bits = arena_array(arena, uint64_t, (size_t)(distinct + 1) * words);
    if (!bits) {
        return NULL;
    }
    for (uint32_t i = 0; i < unit_count; i++) {
        uint64_t bit = UINT64_C(1) << i % WORD_BITS;
        if (segment->units[i] != UNIT_ANY) {
            bits[(code_index(codes, distinct, segment->units[i]) + 1) * words + i / WORD_BITS] |= bit;
            continue;
        }
        for (size_t entry = 0; entry <= distinct; entry++) {
            bits[entry * words + i / WORD_BITS] |= bit;
        }
    }
    for (uint32_t i = 0; i < distinct && codes[i] < 128; i++) {
        table->ascii[codes[i]] = (uint8_t)(i + 1);
    }
    table->words = words;
    table->code_count = distinct;
    table->codes = codes;
    table->bits = bits;
    return table;
}

/* Cuts the text into units and segments. False when memory is out. */
static bool pattern_cut(struct arena *arena, str text, char any, char one, struct like_pattern *pattern)
{
    size_t segments_max = 1;
    for (size_t i = 0; i < text.len; i++) {
        segments_max += text.data[i] == any;
    }
    uint32_t *units = arena_array(arena, uint32_t, text.len);
    pattern->segments = arena_array(arena, struct segment, segments_max);
    if (!units || !pattern->segments) {
        return false;
    }
    struct segment *segment = NULL; /* NULL: the next unit opens one */
    for (size_t at = 0; at < text.len;) {
        if (text.data[at] == any) {
            segment = NULL;
            at++;
            continue;
        }
        if (!segment) {
            segment = &pattern->segments[pattern->segment_count++];
            *segment = (struct segment){.units = units};
        }
        size_t taken = take_unit(str_skip(text, at), pattern->ignores_case, units);
        if (text.data[at] == one) {
            *units = UNIT_ANY;
        }
        units++;
        segment->count++;
        at += taken;
    }
    pattern->open_start = text.len > 0 && text.data[0] == any;
    pattern->open_end = text.len > 0 && text.data[text.len - 1] == any;
    return true;
}

/* The bytes of bytewise units, for a needle. */
static bool needle_from_units(struct arena *arena, const uint32_t *units, size_t count, bool ignores_case,
                              struct needle *ret)
{
    char *bytes = arena_allocate(arena, count * 4, 1);
    if (!bytes) {
        return false;
    }
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += utf8_encode(units[i], bytes + len);
    }
    return needle_compile(arena, str_from(bytes, len), ignores_case, ret);
}

/* The longest run of bytewise units; a value without it cannot match. */
static bool required_find(struct arena *arena, struct like_pattern *pattern)
{
    const uint32_t *best = NULL;
    size_t best_count = 0;
    for (uint32_t s = 0; s < pattern->segment_count; s++) {
        const struct segment *segment = &pattern->segments[s];
        size_t run = 0;
        for (uint32_t i = 0; i < segment->count; i++) {
            run = unit_is_bytewise(segment->units[i], pattern->ignores_case) ? run + 1 : 0;
            if (run > best_count) {
                best_count = run;
                best = segment->units + i + 1 - run;
            }
        }
    }
    if (!best) {
        return true;
    }
    struct needle *needle = arena_new(arena, struct needle);
    pattern->required = needle;
    return needle && needle_from_units(arena, best, best_count, pattern->ignores_case, needle);
}

static bool needles_create(struct arena *arena, struct like_pattern *pattern)
{
    for (uint32_t s = 0; s < pattern->segment_count; s++) {
        struct segment *segment = &pattern->segments[s];
        if (!needle_from_units(arena, segment->units, segment->count, pattern->ignores_case, &segment->needle)) {
            return false;
        }
        pattern->bytes_min += segment->needle.len;
        if (!pattern->required || segment->needle.len > pattern->required->len) {
            pattern->required = &segment->needle;
        }
    }
    if (pattern->segment_count == 1) {
        pattern->required = NULL; /* the segment itself is all there is to look for */
    }
    return true;
}

static bool tables_create(struct arena *arena, struct like_pattern *pattern)
{
    for (uint32_t s = 0; s < pattern->segment_count; s++) {
        bool is_anchored = (s == 0 && !pattern->open_start) || (s + 1 == pattern->segment_count && !pattern->open_end);
        if (!is_anchored) {
            pattern->segments[s].table = table_create(arena, &pattern->segments[s]);
            if (!pattern->segments[s].table) {
                return false;
            }
        }
    }
    return true;
}

const struct like_pattern *like_compile(struct arena *arena, str text, bool ignores_case)
{
    return like_compile_wildcards(arena, text, '%', '_', ignores_case);
}

const struct like_pattern *like_compile_wildcards(struct arena *arena, str text, char any, char one, bool ignores_case)
{
    struct like_pattern *pattern = arena_new(arena, struct like_pattern);
    if (!pattern) {
        return NULL;
    }
    pattern->ignores_case = ignores_case;
    if (!pattern_cut(arena, text, any, one, pattern)) {
        return NULL;
    }
    pattern->is_bytewise = true;
    for (uint32_t s = 0; s < pattern->segment_count; s++) {
        const struct segment *segment = &pattern->segments[s];
        for (uint32_t i = 0; i < segment->count; i++) {
            pattern->is_bytewise &= unit_is_bytewise(segment->units[i], ignores_case);
            pattern->has_variants |= ignores_case && (segment->units[i] == 'k' || segment->units[i] == 's');
        }
    }
    bool is_good = (!pattern->is_bytewise || needles_create(arena, pattern)) &&
                   (pattern->is_bytewise || required_find(arena, pattern)) &&
                   ((pattern->is_bytewise && !pattern->has_variants) || tables_create(arena, pattern));
    return is_good ? pattern : NULL;
}

/* ---- matching by characters ------------------------------------------------------------------------------------- */

/* Behind the units if they stand at `at`, else SIZE_MAX. */
static size_t units_behind(const uint32_t *units, size_t count, bool ignores_case, str value, size_t at)
{
    for (size_t i = 0; i < count; i++) {
        if (at >= value.len) {
            return SIZE_MAX;
        }
        uint32_t unit;
        at += take_unit(str_skip(value, at), ignores_case, &unit);
        if (units[i] != UNIT_ANY && units[i] != unit) {
            return SIZE_MAX;
        }
    }
    return at;
}

/* Start of the character that ends at `end`. */
static size_t step_back(str value, size_t end)
{
    size_t start = end - 1;
    while (start > 0 && end - start < 4 && ((unsigned char)value.data[start] & 0xC0) == 0x80) {
        start--;
    }
    uint32_t code_point;
    size_t taken = utf8_decode(str_slice(value, start, end), &code_point);
    return start + taken == end ? start : end - 1;
}

/* Behind the leftmost place of the segment at or behind `at`, or SIZE_MAX. */
static size_t segment_search(const struct segment *segment, bool ignores_case, str value, size_t at)
{
    const struct unit_table *table = segment->table;
    uint32_t words = table->words;
    uint32_t unit_count = segment->count < SEARCH_UNITS ? segment->count : SEARCH_UNITS;
    uint64_t goal = UINT64_C(1) << (unit_count - 1) % WORD_BITS;
    uint64_t state[SEARCH_WORDS] = {0}; /* bit i: the last i + 1 characters fit the first i + 1 units */
    while (at < value.len) {
        uint32_t unit;
        at += take_unit(str_skip(value, at), ignores_case, &unit);
        size_t entry = 0;
        if (unit < 128) {
            entry = table->ascii[unit];
        } else {
            entry = code_index(table->codes, table->code_count, unit) + 1; /* SIZE_MAX + 1 is 0: any other */
        }
        const uint64_t *bits = table->bits + entry * words;
        uint64_t carry = 1;
        for (uint32_t w = 0; w < words; w++) {
            uint64_t next_carry = state[w] >> (WORD_BITS - 1);
            state[w] = (state[w] << 1 | carry) & bits[w];
            carry = next_carry;
        }
        if (state[words - 1] & goal) {
            size_t behind =
                units_behind(segment->units + unit_count, segment->count - unit_count, ignores_case, value, at);
            if (behind != SIZE_MAX) {
                return behind;
            }
        }
    }
    return SIZE_MAX;
}

static bool matches_by_characters(const struct like_pattern *pattern, str value)
{
    const struct segment *segment = pattern->segments;
    const struct segment *end = segment + pattern->segment_count;
    bool ignores_case = pattern->ignores_case;
    size_t at = 0;
    if (!pattern->open_start && segment < end) {
        at = units_behind(segment->units, segment->count, ignores_case, value, 0);
        if (at == SIZE_MAX) {
            return false;
        }
        segment++;
        if (segment == end) {
            return pattern->open_end || at == value.len;
        }
    }
    if (!pattern->open_end && segment < end) {
        end--;
        size_t start = value.len;
        for (uint32_t i = 0; i < end->count; i++) {
            if (start <= at) {
                return false;
            }
            start = step_back(value, start);
        }
        if (units_behind(end->units, end->count, ignores_case, value, start) == SIZE_MAX) {
            return false;
        }
        value = str_slice(value, 0, start);
    }
    for (; segment < end; segment++) {
        at = segment_search(segment, ignores_case, value, at);
        if (at == SIZE_MAX) {
            return false;
        }
    }
    return true;
}

/* ---- matching by bytes ------------------------------------------------------------------------------------------ */

static const uint8_t no_masks[3];
static const uint8_t kelvin_bytes[] = {0xE2, 0x84, 0xAA};
static const uint8_t long_s_bytes[] = {0xC5, 0xBF};
static const struct needle kelvin = {kelvin_bytes, no_masks, NULL, 3, {0, 2}, 7, {0xE2, 0x84, 0xAA}, {0}};
static const struct needle long_s = {long_s_bytes, no_masks, NULL, 2, {0, 1}, 3, {0xC5, 0xBF}, {0}};

static bool value_has_variant(str value)
{
    return needle_find(&kelvin, value, 0) != SIZE_MAX || needle_find(&long_s, value, 0) != SIZE_MAX;
}

/* The last word on a value with bytes outside ASCII that does not match as bytes. */
static bool decide_variant(const void *context, str value)
{
    return value_has_variant(value) && matches_by_characters(context, value);
}

static bool decide_required_variant(const void *context, str value)
{
    return value_has_variant(value);
}

static bool matches_by_bytes(const struct like_pattern *pattern, str value)
{
    const struct segment *segment = pattern->segments;
    const struct segment *end = segment + pattern->segment_count;
    if (value.len < pattern->bytes_min) {
        return false;
    }
    size_t at = 0;
    if (!pattern->open_start && segment < end) {
        if (!needle_is_at(&segment->needle, value, 0)) {
            return false;
        }
        at = segment->needle.len;
        segment++;
        if (segment == end) {
            return pattern->open_end || at == value.len;
        }
    }
    if (!pattern->open_end && segment < end) {
        end--;
        size_t start = value.len - end->needle.len;
        if (!needle_is_at(&end->needle, value, start)) {
            return false;
        }
        value = str_slice(value, 0, start);
    }
    for (; segment < end; segment++) {
        at = needle_find(&segment->needle, value, at);
        if (at == SIZE_MAX) {
            return false;
        }
        at += segment->needle.len;
    }
    return true;
}

/* ---- the interface ---------------------------------------------------------------------------------------------- */

bool like_matches(const struct like_pattern *pattern, str value)
{
    if (pattern->segment_count == 0) {
        return pattern->open_start || value.len == 0;
    }
    if (pattern->is_bytewise) {
        return matches_by_bytes(pattern, value) ||
               (pattern->has_variants && text_has_high_byte(value) && decide_variant(pattern, value));
    }
    if (pattern->required && needle_find(pattern->required, value, 0) == SIZE_MAX &&
        !(pattern->has_variants && value_has_variant(value))) {
        return false;
    }
    return matches_by_characters(pattern, value);
}

static size_t select_one_by_one(const struct like_pattern *pattern, const str *values, const uint16_t *rows,
                                size_t row_count, uint16_t *ret_rows)
{
    size_t hits = 0;
    for (size_t i = 0; i < row_count; i++) {
        uint16_t row = rows[i];
        bool is_hit = like_matches(pattern, values[row]);
        ret_rows[hits] = row;
        hits += is_hit;
    }
    return hits;
}

size_t like_select(const struct like_pattern *pattern, const str *values, const uint16_t *rows, size_t row_count,
                   uint16_t *ret_rows)
{
    if (pattern->is_bytewise && pattern->segment_count == 1 && pattern->open_start && pattern->open_end) {
        return needle_select(&pattern->segments[0].needle, values, rows, row_count, ret_rows,
                             pattern->has_variants ? decide_variant : NULL, pattern);
    }
    if (pattern->required) {
        row_count = needle_select(pattern->required, values, rows, row_count, ret_rows,
                                  pattern->has_variants ? decide_required_variant : NULL, pattern);
        rows = ret_rows;
    }
    return select_one_by_one(pattern, values, rows, row_count, ret_rows);
}
