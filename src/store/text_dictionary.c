#include "store/text_dictionary.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/memory.h"
#include "store/chunk_codec.h"

enum { FIRST_SLOTS = 1024, FIRST_ENTRIES = 256, SHORT_BYTES = 16, INLINE_BYTES = 64 };

/* ---- short texts, without calls ---- */

static inline uint64_t load_8(const char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof(word));
    return word;
}

static inline uint32_t load_4(const char *from)
{
    uint32_t word;
    memcpy(&word, from, sizeof(word));
    return word;
}

static inline bool same_text(str a, str b)
{
    size_t length = a.len;
    if (length != b.len) {
        return false;
    }
    if (a.data == b.data || length == 0) {
        return true;
    }
    if (length > INLINE_BYTES) {
        return memcmp(a.data, b.data, length) == 0;
    }
    if (length >= 8) {
        for (size_t at = 0; at + 8 < length; at += 8) {
            if (load_8(a.data + at) != load_8(b.data + at)) {
                return false;
            }
        }
        return load_8(a.data + length - 8) == load_8(b.data + length - 8);
    }
    if (length >= 4) {
        return load_4(a.data) == load_4(b.data) && load_4(a.data + length - 4) == load_4(b.data + length - 4);
    }
    return a.data[0] == b.data[0] && a.data[length / 2] == b.data[length / 2] &&
           a.data[length - 1] == b.data[length - 1];
}

static inline uint64_t multiply(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The first and the last bytes of a text. Of a short one these are all, so that together with its length they are no
 * other text's. */
struct text_ends {
    uint64_t front;
    uint64_t back;
};

static inline struct text_ends text_ends(str text)
{
    const char *data = text.data;
    size_t length = text.len;
    if (length >= 8) {
        return (struct text_ends){load_8(data), load_8(data + length - 8)};
    }
    if (length >= 4) {
        return (struct text_ends){load_4(data), load_4(data + length - 4)};
    }
    if (length > 0) {
        return (struct text_ends){(uint64_t)(unsigned char)data[0] << 16 |
                                       (uint64_t)(unsigned char)data[length / 2] << 8 |
                                       (unsigned char)data[length - 1],
                                   0};
    }
    return (struct text_ends){0, 0};
}

/* Both factors hold the seed: who does not know it cannot make one of them zero. */
static inline uint32_t hash_short(struct text_ends ends, size_t length, uint64_t seed)
{
    uint64_t mixed =
        multiply(ends.front ^ seed ^ UINT64_C(0x9e3779b97f4a7c15), ends.back ^ ~seed ^ UINT64_C(0xd6e8feb86659fd93));
    return (uint32_t)multiply(mixed ^ length, seed ^ UINT64_C(0xa0761d6478bd642f));
}

static inline uint32_t hash_text(str text, uint64_t seed)
{
    return text.len > SHORT_BYTES ? (uint32_t)XXH3_64bits_withSeed(text.data, text.len, seed)
                                  : hash_short(text_ends(text), text.len, seed);
}

/* ---- life ---- */

void text_dictionary_init(struct text_dictionary *dictionary, uint64_t seed)
{
    *dictionary = (struct text_dictionary){.seed = seed};
    strbuf_init(&dictionary->heap, UINT32_MAX - 1);
}

void text_dictionary_release(struct text_dictionary *dictionary)
{
    strbuf_release(&dictionary->heap);
    memory_free(dictionary->offsets);
    memory_free(dictionary->slots);
    memory_free(dictionary->recent);
    text_dictionary_init(dictionary, dictionary->seed);
}

void text_dictionary_clear(struct text_dictionary *dictionary)
{
    text_dictionary_release(dictionary);
}

void text_dictionary_restart(struct text_dictionary *dictionary)
{
    if (dictionary->slot_count > 0) {
        memset(dictionary->slots, 0, dictionary->slot_count * sizeof(*dictionary->slots));
    }
    if (dictionary->recent) {
        memset(dictionary->recent, 0, RECENT_TEXTS * sizeof(*dictionary->recent));
    }
    strbuf_clear(&dictionary->heap);
    dictionary->count = 0;
    dictionary->flushed = 0;
}

void text_dictionary_close(struct text_dictionary *dictionary)
{
    memory_free(dictionary->slots);
    memory_free(dictionary->recent);
    dictionary->slots = NULL;
    dictionary->recent = NULL;
    dictionary->slot_count = 0;
    dictionary->count = dictionary->flushed;
    dictionary->heap.len = dictionary->count > 0 ? dictionary->offsets[dictionary->count] : 0;
}

/* ---- codes ---- */

static bool grow_slots(struct text_dictionary *dictionary)
{
    uint32_t slot_count = dictionary->slot_count ? dictionary->slot_count * 2 : FIRST_SLOTS;
    struct text_slot *slots = memory_allocate_zeroed(slot_count, sizeof(*slots));
    if (!slots) {
        return false;
    }
    for (uint32_t i = 0; i < dictionary->slot_count; i++) {
        struct text_slot slot = dictionary->slots[i];
        uint32_t at = slot.hash & (slot_count - 1);
        while (slot.code_and_one && slots[at].code_and_one) {
            at = (at + 1) & (slot_count - 1);
        }
        if (slot.code_and_one) {
            slots[at] = slot;
        }
    }
    memory_free(dictionary->slots);
    dictionary->slots = slots;
    dictionary->slot_count = slot_count;
    return true;
}

/* Room for a group of new entries: slots, and offsets with one more than entries, the end of the last one. */
static bool make_room(struct text_dictionary *dictionary)
{
    if (!dictionary->recent) {
        dictionary->recent = memory_allocate_zeroed(RECENT_TEXTS, sizeof(*dictionary->recent));
        if (!dictionary->recent) {
            return false;
        }
    }
    while (dictionary->count + TEXT_GROUP > dictionary->slot_count / 2) {
        if (!grow_slots(dictionary)) {
            return false;
        }
    }
    if (dictionary->count + TEXT_GROUP + 1 > dictionary->capacity) {
        uint32_t capacity = dictionary->capacity ? dictionary->capacity * 2 : FIRST_ENTRIES * 2;
        uint32_t *offsets = memory_resize(dictionary->offsets, capacity * sizeof(*offsets));
        if (!offsets) {
            return false;
        }
        dictionary->offsets = offsets;
        dictionary->capacity = capacity;
        dictionary->offsets[0] = 0;
    }
    return true;
}

static bool add_entry(struct text_dictionary *dictionary, str text, struct text_slot *slot, uint32_t hash)
{
    strbuf_append(&dictionary->heap, text);
    strbuf_append_char(&dictionary->heap, TEXTS_SEPARATOR);
    if (dictionary->heap.is_failed) {
        return false;
    }
    dictionary->offsets[++dictionary->count] = (uint32_t)dictionary->heap.len;
    *slot = (struct text_slot){hash, dictionary->count};
    return true;
}

static inline bool find_code(struct text_dictionary *dictionary, str text, uint32_t hash, uint32_t *ret_code)
{
    uint32_t mask = dictionary->slot_count - 1;
    uint32_t at = hash & mask;
    for (; dictionary->slots[at].code_and_one; at = (at + 1) & mask) {
        uint32_t code = dictionary->slots[at].code_and_one - 1;
        if (dictionary->slots[at].hash == hash && same_text(text_dictionary_entry(dictionary, code), text)) {
            *ret_code = code;
            return true;
        }
    }
    *ret_code = dictionary->count;
    return add_entry(dictionary, text, &dictionary->slots[at], hash);
}

/* Where a text would be among those met lately. One multiplication: who makes many of them meet there gains that they
 * are looked up. */
static inline struct recent_text *recent_place(const struct text_dictionary *dictionary, struct text_ends ends,
                                               size_t length)
{
    uint64_t mixed = (ends.front + ends.back * 31 + length) * UINT64_C(0x9e3779b97f4a7c15);
    return &dictionary->recent[mixed >> (64 - RECENT_BITS)];
}

/* The numbers of those texts of the group that were not met lately, and the codes of the others. */
static uint32_t find_recent(const struct text_dictionary *dictionary, const str *texts, uint32_t count,
                            uint32_t *ret_codes, uint16_t *ret_missed)
{
    uint32_t missed = 0;
    for (uint32_t i = 0; i < count; i++) {
        str text = texts[i];
        struct text_ends ends = text_ends(text);
        const struct recent_text *recent = recent_place(dictionary, ends, text.len);
        uint32_t code = recent->code_and_one - 1;
        bool is_found = recent->front == ends.front && recent->back == ends.back && recent->length == text.len &&
                        recent->code_and_one > 0;
        if (is_found && text.len > SHORT_BYTES) {
            is_found = same_text(text_dictionary_entry(dictionary, code), text);
        }
        ret_codes[i] = code;
        ret_missed[missed] = (uint16_t)i;
        missed += !is_found;
    }
    return missed;
}

static void keep_recent(const struct text_dictionary *dictionary, str text, uint32_t code)
{
    struct text_ends ends = text_ends(text);
    *recent_place(dictionary, ends, text.len) =
        (struct recent_text){ends.front, ends.back, (uint32_t)text.len, code + 1};
}

bool text_dictionary_codes(struct text_dictionary *dictionary, const str *texts, uint32_t count, uint32_t *ret_codes)
{
    uint32_t hashes[TEXT_GROUP];
    uint16_t missed[TEXT_GROUP];
    assert(count <= TEXT_GROUP);
    if (!make_room(dictionary)) {
        return false;
    }
    uint32_t missed_count = find_recent(dictionary, texts, count, ret_codes, missed);
    uint32_t mask = dictionary->slot_count - 1;
    for (uint32_t i = 0; i < missed_count; i++) {
        hashes[i] = hash_text(texts[missed[i]], dictionary->seed);
        __builtin_prefetch(&dictionary->slots[hashes[i] & mask]);
    }
    for (uint32_t i = 0; i < missed_count; i++) {
        str text = texts[missed[i]];
        if (i > 0 && missed[i] == missed[i - 1] + 1 && same_text(text, texts[missed[i - 1]])) {
            ret_codes[missed[i]] = ret_codes[missed[i - 1]];
            continue;
        }
        if (!find_code(dictionary, text, hashes[i], &ret_codes[missed[i]])) {
            return false;
        }
        keep_recent(dictionary, text, ret_codes[missed[i]]);
    }
    return true;
}

/* ---- order ---- */

/* The first bytes of an entry: those of nearly all texts that are alike are. */
struct entry_front {
    uint64_t first;
    uint64_t second;
    uint32_t code;
};

static uint64_t front_of(str text)
{
    uint64_t front = 0;
    memcpy(&front, text.data, text.len < sizeof(front) ? text.len : sizeof(front));
    return be64toh(front);
}

static int compare_fronts(const void *left, const void *right)
{
    const struct entry_front *a = left;
    const struct entry_front *b = right;
    if (a->first != b->first) {
        return a->first < b->first ? -1 : 1;
    }
    if (a->second != b->second) {
        return a->second < b->second ? -1 : 1;
    }
    return a->code < b->code ? -1 : a->code > b->code;
}

/* The entries from dictionary->flushed on become those of `fronts`. */
static void permute(struct text_dictionary *dictionary, const struct entry_front *fronts, char *heap,
                    uint32_t *offsets, uint32_t *new_codes)
{
    uint32_t first = dictionary->flushed;
    uint32_t count = dictionary->count - first;
    uint32_t base = dictionary->offsets[first];
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = dictionary->offsets[fronts[i].code];
        uint32_t bytes = dictionary->offsets[fronts[i].code + 1] - from;
        memcpy(heap + at, dictionary->heap.data + from, bytes);
        at += bytes;
        offsets[i] = base + at;
        new_codes[fronts[i].code - first] = first + i;
    }
    memcpy(dictionary->heap.data + base, heap, at);
    memcpy(dictionary->offsets + first + 1, offsets, count * sizeof(*offsets));
}

static uint32_t renumbered(const struct text_dictionary *dictionary, const uint32_t *new_codes, uint32_t code_and_one)
{
    uint32_t first = dictionary->flushed;
    return code_and_one > first ? new_codes[code_and_one - 1 - first] + 1 : code_and_one;
}

static void renumber_slots(struct text_dictionary *dictionary, const uint32_t *new_codes)
{
    for (uint32_t i = 0; i < dictionary->slot_count; i++) {
        struct text_slot *slot = &dictionary->slots[i];
        slot->code_and_one = renumbered(dictionary, new_codes, slot->code_and_one);
    }
    for (uint32_t i = 0; dictionary->recent && i < RECENT_TEXTS; i++) {
        struct recent_text *recent = &dictionary->recent[i];
        recent->code_and_one = renumbered(dictionary, new_codes, recent->code_and_one);
    }
}

bool text_dictionary_sort_new(struct text_dictionary *dictionary, bool stays_open, uint32_t **ret_codes)
{
    uint32_t first = dictionary->flushed;
    uint32_t count = dictionary->count - first;
    size_t bytes = text_dictionary_bytes_from(dictionary, first);
    *ret_codes = NULL;
    if (count < 2) {
        return true;
    }
    struct entry_front *fronts = memory_allocate(count * sizeof(*fronts));
    uint32_t *offsets = memory_allocate(count * sizeof(*offsets));
    uint32_t *new_codes = memory_allocate(count * sizeof(*new_codes));
    char *heap = memory_allocate(bytes);
    bool is_good = fronts && offsets && new_codes && heap;
    if (is_good) {
        for (uint32_t i = 0; i < count; i++) {
            str text = text_dictionary_entry(dictionary, first + i);
            fronts[i] = (struct entry_front){front_of(text), front_of(str_skip(text, sizeof(uint64_t))), first + i};
        }
        qsort(fronts, count, sizeof(*fronts), compare_fronts);
        permute(dictionary, fronts, heap, offsets, new_codes);
        if (stays_open) {
            renumber_slots(dictionary, new_codes);
        }
        *ret_codes = new_codes;
        new_codes = NULL;
    }
    memory_free(fronts);
    memory_free(offsets);
    memory_free(new_codes);
    memory_free(heap);
    return is_good;
}
