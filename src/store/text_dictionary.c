#include "store/text_dictionary.h"

#include <assert.h>
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

/* Both factors hold the seed: who does not know it cannot make one of them zero. */
static inline uint32_t hash_text(str text, uint64_t seed)
{
    const char *data = text.data;
    size_t length = text.len;
    uint64_t a = 0;
    uint64_t b = 0;
    if (length > SHORT_BYTES) {
        return (uint32_t)XXH3_64bits_withSeed(data, length, seed);
    }
    if (length >= 8) {
        a = load_8(data);
        b = load_8(data + length - 8);
    } else if (length >= 4) {
        a = load_4(data);
        b = load_4(data + length - 4);
    } else if (length > 0) {
        a = (uint64_t)(unsigned char)data[0] << 16 | (uint64_t)(unsigned char)data[length / 2] << 8 |
            (unsigned char)data[length - 1];
    }
    uint64_t mixed = multiply(a ^ seed ^ UINT64_C(0x9e3779b97f4a7c15), b ^ ~seed ^ UINT64_C(0xd6e8feb86659fd93));
    return (uint32_t)multiply(mixed ^ length, seed ^ UINT64_C(0xa0761d6478bd642f));
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
    strbuf_clear(&dictionary->heap);
    dictionary->count = 0;
    dictionary->flushed = 0;
}

void text_dictionary_close(struct text_dictionary *dictionary)
{
    memory_free(dictionary->slots);
    dictionary->slots = NULL;
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

bool text_dictionary_codes(struct text_dictionary *dictionary, const str *texts, uint32_t count, uint32_t *ret_codes)
{
    uint32_t hashes[TEXT_GROUP];
    bool is_repeated[TEXT_GROUP];
    assert(count <= TEXT_GROUP);
    if (!make_room(dictionary)) {
        return false;
    }
    uint32_t mask = dictionary->slot_count - 1;
    for (uint32_t i = 0; i < count; i++) {
        is_repeated[i] = i > 0 && same_text(texts[i], texts[i - 1]);
        if (!is_repeated[i]) {
            hashes[i] = hash_text(texts[i], dictionary->seed);
            __builtin_prefetch(&dictionary->slots[hashes[i] & mask]);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (is_repeated[i]) {
            ret_codes[i] = ret_codes[i - 1];
        } else if (!find_code(dictionary, texts[i], hashes[i], &ret_codes[i])) {
            return false;
        }
    }
    return true;
}
