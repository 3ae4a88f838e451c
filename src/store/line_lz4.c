#include "store/line_lz4.h"

#include <assert.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The format: a block ends with literals, at least five; its last repeat begins at least twelve bytes before the end.
 */
enum { LITERALS_LAST = 5, REPEAT_BEFORE_END = 12, REPEAT_BYTES_MIN = 4, WINDOW_BYTES = 65535, NIBBLE = 15 };

enum {
    KEY_BYTES = 8,          /* by which fields are found again */
    BEHIND_REPEAT_MAX = 64, /* so far the end of a field is looked for behind what was repeated */
    LONG_REST_BYTES = 24,   /* of a field that is not like another one: parts of it are looked for */
    PART_STEP = 8,
};

struct line_lz4 {
    struct line_lz4_table *table;
    str head; /* not written yet */
    const char *text;
    const char *anchor; /* what stands before it is written */
    const char *end;
    const char *repeat_end;   /* repeats begin before it, */
    const char *repeat_limit; /* and end here at the latest */
    const char *expected;     /* a field that the next one is likely to repeat; NULL: not known */
    char *out;
    char *out_end;
    bool is_full; /* there is no room for more */
};

static inline uint64_t load_key(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

static inline bool has_same_start(const char *a, const char *b)
{
    return memcmp(a, b, REPEAT_BYTES_MIN) == 0;
}

static inline bool ends_field(char c)
{
    return (unsigned char)c <= ' ' || c == ',';
}

/* The first byte from p on that ends a field, or `end`. */
static inline const char *find_field_end(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i blank = _mm_set1_epi8(' ');
    while (end - p >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i is_low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, blank), bytes);
        __m128i is_comma = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(','));
        unsigned ends = (unsigned)_mm_movemask_epi8(_mm_or_si128(is_low, is_comma));
        if (ends != 0) {
            return p + __builtin_ctz(ends);
        }
        p += 16;
    }
#endif
    while (p < end && !ends_field(*p)) {
        p++;
    }
    return p;
}

/* How many bytes at p, before `end`, are those at `other`, which lies before p. */
static inline size_t count_equal(const char *p, const char *other, const char *end)
{
    const char *start = p;
#ifdef __SSE2__
    while (end - p >= 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)other);
        unsigned unlike = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)) ^ 0xFFFF;
        if (unlike != 0) {
            return (size_t)(p - start) + (size_t)__builtin_ctz(unlike);
        }
        p += 16;
        other += 16;
    }
#endif
    while (p < end && *p == *other) {
        p++;
        other++;
    }
    return (size_t)(p - start);
}

/* ---- writing ---- */

static inline char *put_length(char *out, size_t length)
{
    for (; length >= 255; length -= 255) {
        *out++ = (char)255;
    }
    *out++ = (char)length;
    return out;
}

/* The literals before `stop`, with the length of the repeat behind them in the token. There is room for them. */
static inline char *put_literals(struct line_lz4 *lines, const char *stop, size_t repeat)
{
    size_t count = (size_t)(stop - lines->anchor);
    size_t all = count + lines->head.len;
    char *out = lines->out;
    *out++ = (char)((all < NIBBLE ? all : NIBBLE) << 4 | (repeat < NIBBLE ? repeat : NIBBLE));
    if (all >= NIBBLE) {
        out = put_length(out, all - NIBBLE);
    }
    if (lines->head.len > 0) {
        memcpy(out, lines->head.data, lines->head.len);
        out += lines->head.len;
        lines->head = STR_EMPTY;
    }
    if (count <= 16 && lines->end - lines->anchor >= 16) {
        memcpy(out, lines->anchor, 16); /* there is room: see has_room */
    } else {
        memcpy(out, lines->anchor, count);
    }
    return out + count;
}

static inline bool has_room(const struct line_lz4 *lines, size_t literals, size_t repeat)
{
    literals += lines->head.len;
    return (size_t)(lines->out_end - lines->out) >= literals + literals / 255 + repeat / 255 + 32;
}

/* Writes what is at p and around it as a repeat of `other`. At least REPEAT_BYTES_MIN bytes are equal, or they are with
 * the one before. What follows is expected to be like what follows there. */
static void put_repeat(struct line_lz4 *lines, const char *p, const char *other)
{
    while (p > lines->anchor && other > lines->text && p[-1] == other[-1]) {
        p--;
        other--;
    }
    size_t length = count_equal(p, other, lines->repeat_limit);
    size_t more = length - REPEAT_BYTES_MIN;
    size_t distance = (size_t)(p - other);
    assert(length >= REPEAT_BYTES_MIN && distance <= WINDOW_BYTES);
    if (!has_room(lines, (size_t)(p - lines->anchor), length)) {
        lines->is_full = true;
        lines->anchor = lines->end;
        return;
    }
    char *out = put_literals(lines, p, more);
    *out++ = (char)distance;
    *out++ = (char)(distance >> 8);
    if (more >= NIBBLE) {
        out = put_length(out, more - NIBBLE);
    }
    lines->out = out;
    lines->anchor = p + length;
    lines->expected = other + length;
}

/* ---- finding ---- */

/* Where the bytes at p were seen last; NULL: they are new, or too far away. From now on that is p. */
static inline const char *look_up(struct line_lz4 *lines, const char *p)
{
    uint64_t key = load_key(p);
    uint32_t *place = &lines->table->places[key * UINT64_C(0x9E3779B97F4A7C15) >> 51];
    static_assert(LINE_LZ4_SLOTS == UINT64_C(1) << (64 - 51), "the upper bits of a product");
    const char *other = lines->text + *place;
    *place = (uint32_t)(p - lines->text);
    return other < p && p - other <= WINDOW_BYTES && load_key(other) == key ? other : NULL;
}

/* The end of the field at p, which is not like one before; or of a later one, if a part of it is found that goes on
 * beyond it. */
static const char *end_of_field(struct line_lz4 *lines, const char *p)
{
    for (;;) {
        const char *end = find_field_end(p, lines->repeat_end);
        const char *other = NULL;
        if (end - p < LONG_REST_BYTES) {
            return end;
        }
        for (; !other && end - p >= KEY_BYTES; p += other ? 0 : PART_STEP) {
            other = look_up(lines, p);
        }
        if (!other) {
            return end;
        }
        put_repeat(lines, p, other);
        p = lines->anchor;
        if (p >= lines->repeat_end) {
            return p;
        }
    }
}

static const char *field_behind(const char *p, const char *end)
{
    end = end - p > BEHIND_REPEAT_MAX ? p + BEHIND_REPEAT_MAX : end;
    p = find_field_end(p, end);
    return p < end ? p + 1 : NULL;
}

static void put_fields(struct line_lz4 *lines)
{
    const char *p = lines->text;
    while (p < lines->repeat_end) {
        const char *other = look_up(lines, p);
        if (!other && lines->expected && p - lines->expected <= WINDOW_BYTES &&
            has_same_start(p - 1, lines->expected - 1)) {
            other = lines->expected;
        }
        if (other) {
            put_repeat(lines, p, other);
            p = lines->anchor;
        }
        const char *end = p < lines->repeat_end ? end_of_field(lines, p) : p;
        lines->expected = lines->expected ? field_behind(lines->expected, p) : NULL;
        p = end + 1;
    }
}

size_t line_lz4_compress(struct line_lz4_table *table, str head, str text, char *target, size_t room)
{
    assert(head.len + text.len <= LINE_LZ4_TEXT_MAX);
    struct line_lz4 lines = {.table = table,
                             .head = head,
                             .text = text.data,
                             .anchor = text.data,
                             .end = text.data + text.len,
                             .out = target,
                             .out_end = target + room};
    if (text.len > REPEAT_BEFORE_END) {
        memset(table, 0, sizeof(*table));
        lines.repeat_end = lines.end - REPEAT_BEFORE_END;
        lines.repeat_limit = lines.end - LITERALS_LAST;
        put_fields(&lines);
    }
    if (lines.is_full || !has_room(&lines, (size_t)(lines.end - lines.anchor), 0)) {
        return SIZE_MAX;
    }
    return (size_t)(put_literals(&lines, lines.end, 0) - target);
}
