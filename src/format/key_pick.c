#include "format/key_pick.h"

struct key_pick_entry {
    str key; /* data NULL = free */
    uint32_t hash;
    uint32_t id;
};

/* Letters fold to one case by a bit, other bytes fold along: equal keys have equal hashes, which is all that is asked.
   Keys of a message can only miss the table, never fill it: no seed is needed. */
static uint32_t key_hash(str key)
{
    uint64_t h = key.len;
    const char *p = key.data;
    size_t left = key.len;
    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = (h ^ (word | UINT64_C(0x2020202020202020))) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 29;
    }
    uint64_t word = 0;
    if (left > 0) {
        memcpy(&word, p, left);
    }
    h = (h ^ (word | UINT64_C(0x2020202020202020))) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(h >> 32);
}

static struct key_pick_entry *find_entry(const struct key_pick *pick, str key, uint32_t hash)
{
    size_t slot = hash & (pick->capacity - 1);
    while (pick->entries[slot].key.data &&
           !(pick->entries[slot].hash == hash && str_eq_ignore_case(pick->entries[slot].key, key))) {
        slot = (slot + 1) & (pick->capacity - 1);
    }
    return &pick->entries[slot];
}

void key_pick_init(struct key_pick *pick, struct arena *arena)
{
    *pick = (struct key_pick){.arena = arena};
}

static bool grow(struct key_pick *pick)
{
    struct key_pick wider = *pick;
    wider.capacity = pick->capacity ? pick->capacity * 2 : 256;
    wider.entries = arena_array(pick->arena, struct key_pick_entry, wider.capacity);
    if (!wider.entries) {
        return false;
    }
    for (size_t i = 0; i < pick->capacity; i++) {
        if (pick->entries[i].key.data) {
            *find_entry(&wider, pick->entries[i].key, pick->entries[i].hash) = pick->entries[i];
        }
    }
    *pick = wider;
    return true;
}

tocsin_status key_pick_add(struct key_pick *pick, str key, size_t *ret_id, struct error *err)
{
    if (pick->key_count * 2 >= pick->capacity && !grow(pick)) {
        return error_memory(err);
    }
    uint32_t hash = key_hash(key);
    struct key_pick_entry *entry = find_entry(pick, key, hash);
    if (!entry->key.data) {
        str copy = arena_copy(pick->arena, key);
        if (!copy.data) {
            return error_memory(err);
        }
        *entry = (struct key_pick_entry){copy, hash, (uint32_t)pick->key_count++};
    }
    *ret_id = entry->id;
    return TOCSIN_OK;
}

static void take(const struct key_pick *pick, str key, const struct message_field *field,
                 const struct message_field **fields)
{
    const struct key_pick_entry *entry = find_entry(pick, key, key_hash(key));
    if (entry->key.data && !fields[entry->id]) {
        fields[entry->id] = field;
    }
}

void key_pick_run(const struct key_pick *pick, const struct message *message, const struct message_field **fields)
{
    memset(fields, 0, pick->key_count * sizeof(*fields));
    if (pick->capacity == 0) {
        return;
    }
    for (size_t i = 0; i < message->field_count; i++) {
        const struct message_field *field = &message->fields[i];
        if (field->value.len > 0) {
            take(pick, field->key, field, fields);
            if (field->label.len > 0) {
                take(pick, field->label, field, fields);
            }
        }
    }
}
