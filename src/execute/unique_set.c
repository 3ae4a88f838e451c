#include "execute/unique_set.h"

#include <assert.h>

enum { CAPACITY_FIRST = 4 };

struct text_slot {
    uint64_t hash;
    const char *text; /* its length (u32), then its bytes; NULL = free */
};

static str slot_text(const struct text_slot *slot)
{
    uint32_t length;
    memcpy(&length, slot->text, sizeof(length));
    return (str){slot->text + sizeof(length), length};
}

static size_t slot_bytes(size_t value_bytes)
{
    return value_bytes ? value_bytes : sizeof(struct text_slot);
}

static bool is_free(const char *slot, size_t value_bytes)
{
    static const char zeros[16];
    return value_bytes ? memcmp(slot, zeros, value_bytes) == 0
                       : ((const struct text_slot *)(const void *)slot)->text == NULL;
}

/* Slots of a set of fixed size hold the value alone, so its hash is computed again. */
static uint64_t slot_hash(const char *slot, size_t value_bytes, uint64_t seed)
{
    return value_bytes ? str_hash((str){slot, value_bytes}, seed)
                       : ((const struct text_slot *)(const void *)slot)->hash;
}

static bool grow(struct unique_set *set, size_t value_bytes, uint64_t seed, struct state_memory *memory)
{
    if (set->capacity >= UINT32_C(1) << 31) {
        return false;
    }
    uint32_t capacity = set->capacity ? set->capacity * 2 : CAPACITY_FIRST;
    size_t bytes = slot_bytes(value_bytes);
    char *slots = state_memory_take(memory, capacity * bytes);
    if (!slots) {
        return false;
    }
    memset(slots, 0, capacity * bytes);
    for (uint32_t i = 0; i < set->capacity; i++) {
        const char *slot = (const char *)set->slots + i * bytes;
        if (is_free(slot, value_bytes)) {
            continue;
        }
        size_t at = slot_hash(slot, value_bytes, seed) & (capacity - 1);
        while (!is_free(slots + at * bytes, value_bytes)) {
            at = (at + 1) & (capacity - 1);
        }
        memcpy(slots + at * bytes, slot, bytes);
    }
    set->slots = slots;
    set->capacity = capacity;
    return true;
}

static bool put_text(struct text_slot *slot, str value, uint64_t hash, struct state_memory *memory)
{
    uint32_t length = (uint32_t)value.len;
    char *text = state_memory_take(memory, sizeof(length) + value.len);
    if (!text) {
        return false;
    }
    memcpy(text, &length, sizeof(length));
    if (length > 0) {
        memcpy(text + sizeof(length), value.data, length);
    }
    *slot = (struct text_slot){.hash = hash, .text = text};
    return true;
}

static bool is_zero(str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i]) {
            return false;
        }
    }
    return true;
}

bool unique_set_add(struct unique_set *set, str value, size_t value_bytes, uint64_t seed, struct state_memory *memory)
{
    assert(value_bytes == 0 || value.len == value_bytes);
    if (value_bytes && is_zero(value)) {
        set->has_zero = true;
        return true;
    }
    if (set->count >= set->capacity / 4 * 3 && !grow(set, value_bytes, seed, memory)) {
        return false;
    }
    uint64_t hash = str_hash(value, seed);
    size_t mask = set->capacity - 1;
    if (value_bytes) {
        char *slots = set->slots;
        for (size_t at = hash & mask;; at = (at + 1) & mask) {
            char *slot = slots + at * value_bytes;
            if (memcmp(slot, value.data, value_bytes) == 0) {
                return true;
            }
            if (is_free(slot, value_bytes)) {
                memcpy(slot, value.data, value_bytes);
                set->count++;
                return true;
            }
        }
    }
    struct text_slot *slots = set->slots;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        struct text_slot *slot = &slots[at];
        if (!slot->text) {
            set->count++;
            return put_text(slot, value, hash, memory);
        }
        if (slot->hash == hash && str_eq(slot_text(slot), value)) {
            return true;
        }
    }
}

void unique_set_each(const struct unique_set *set, size_t value_bytes, void (*visit)(void *context, str value),
                     void *context)
{
    static const char zeros[16];
    size_t bytes = slot_bytes(value_bytes);
    for (uint32_t i = 0; i < set->capacity; i++) {
        const char *slot = (const char *)set->slots + i * bytes;
        if (!is_free(slot, value_bytes)) {
            visit(context,
                  value_bytes ? (str){slot, value_bytes} : slot_text((const struct text_slot *)(const void *)slot));
        }
    }
    if (set->has_zero) {
        visit(context, (str){zeros, value_bytes});
    }
}

void unique_set_write(const struct unique_set *set, size_t value_bytes, struct strbuf *buffer)
{
    size_t bytes = slot_bytes(value_bytes);
    bytes_put(buffer, &set->count, sizeof(set->count));
    strbuf_append_char(buffer, set->has_zero);
    for (uint32_t i = 0; i < set->capacity; i++) {
        const char *slot = (const char *)set->slots + i * bytes;
        if (is_free(slot, value_bytes)) {
            continue;
        }
        if (value_bytes) {
            bytes_put(buffer, slot, value_bytes);
        } else {
            str text = slot_text((const struct text_slot *)(const void *)slot);
            bytes_put(buffer, text.data - sizeof(uint32_t), sizeof(uint32_t) + text.len);
        }
    }
}

bool unique_set_merge(struct unique_set *set, size_t value_bytes, uint64_t seed, str *bytes,
                      struct state_memory *memory)
{
    uint32_t count;
    bytes_take_into(bytes, &count, sizeof(count));
    set->has_zero |= *bytes_take(bytes, 1) != 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length = (uint32_t)value_bytes;
        if (!value_bytes) {
            bytes_take_into(bytes, &length, sizeof(length));
        }
        if (!unique_set_add(set, (str){bytes_take(bytes, length), length}, value_bytes, seed, memory)) {
            return false;
        }
    }
    return true;
}
