#include "format/literal_scan.h"

#include <assert.h>

enum { PAIR_COUNT = 65536, BUCKET_COUNT = 256, NO_LITERAL = UINT16_MAX };

struct literal {
    str text;
    uint16_t next; /* in its bucket */
    uint16_t pair;
    uint32_t pair_offset;
};

struct literal_scan {
    uint64_t pairs[PAIR_COUNT / 64];
    uint16_t buckets[BUCKET_COUNT];
    struct literal_set always; /* too short to be searched */
    struct literal *literals;
};

/* How common a byte is in logs, by rule of thumb. */
static unsigned byte_weight(unsigned char c)
{
    if (c >= 'a' && c <= 'z') {
        return memchr("etaoinsrl", c, 9) ? 9 : 6;
    }
    if (c == ' ') {
        return 9;
    }
    if (ascii_is_digit((char)c)) {
        return 8;
    }
    if (c >= 'A' && c <= 'Z') {
        return 3;
    }
    return memchr(".:-/=\"", c, 6) ? 5 : 1;
}

static uint16_t pair_at(const char *text)
{
    return (uint16_t)((unsigned char)text[0] | (unsigned char)text[1] << 8);
}

static size_t bucket_of(uint16_t pair)
{
    return (pair * 0x9E37u >> 8) % BUCKET_COUNT;
}

static uint32_t rarest_pair(str text)
{
    uint32_t best = 0;
    unsigned best_weight = UINT32_MAX;
    for (uint32_t i = 0; i + 1 < text.len; i++) {
        unsigned weight = byte_weight((unsigned char)text.data[i]) * byte_weight((unsigned char)text.data[i + 1]);
        if (weight < best_weight) {
            best_weight = weight;
            best = i;
        }
    }
    return best;
}

struct literal_scan *literal_scan_compile(const str *literals, size_t count, struct arena *arena)
{
    assert(count <= LITERAL_SCAN_MAX);
    struct literal_scan *scan = arena_new(arena, struct literal_scan);
    struct literal *copies = arena_array(arena, struct literal, count ? count : 1);
    if (!scan || !copies) {
        return NULL;
    }
    scan->literals = copies;
    memset(scan->buckets, 0xFF, sizeof(scan->buckets));
    for (size_t i = 0; i < count; i++) {
        copies[i].text = arena_copy(arena, literals[i]);
        if (!copies[i].text.data) {
            return NULL;
        }
        if (literals[i].len < 2) {
            literal_set_add(&scan->always, i);
            continue;
        }
        copies[i].pair_offset = rarest_pair(literals[i]);
        copies[i].pair = pair_at(literals[i].data + copies[i].pair_offset);
        scan->pairs[copies[i].pair / 64] |= UINT64_C(1) << copies[i].pair % 64;
        uint16_t *bucket = &scan->buckets[bucket_of(copies[i].pair)];
        copies[i].next = *bucket;
        *bucket = (uint16_t)i;
    }
    return scan;
}

/* The text's pair at `at` is in the bitmap: which literals are really there? */
static void compare_literals(const struct literal_scan *scan, str text, size_t at, struct literal_set *set)
{
    uint16_t pair = pair_at(text.data + at);
    for (uint16_t id = scan->buckets[bucket_of(pair)]; id != NO_LITERAL; id = scan->literals[id].next) {
        const struct literal *literal = &scan->literals[id];
        if (literal->pair != pair || at < literal->pair_offset || literal_set_has(set, id)) {
            continue;
        }
        size_t begin = at - literal->pair_offset;
        if (text.len - begin >= literal->text.len &&
            memcmp(text.data + begin, literal->text.data, literal->text.len) == 0) {
            literal_set_add(set, id);
        }
    }
}

void literal_scan_run(const struct literal_scan *scan, str text, struct literal_set *set)
{
    for (size_t i = 0; i < countof(set->words); i++) {
        set->words[i] |= scan->always.words[i];
    }
    const uint64_t *restrict pairs = scan->pairs;
    for (size_t at = 0; at + 1 < text.len; at++) {
        uint16_t pair = pair_at(text.data + at);
        if (pairs[pair / 64] >> pair % 64 & 1) {
            compare_literals(scan, text, at, set);
        }
    }
}
