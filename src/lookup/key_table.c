#include "lookup/key_table.h"

#include <assert.h>
#include <sys/random.h>

#include "base/limits.h"
#include "base/memory.h"

/* Open addressing, at most three quarters full. The upper half of the hash finds most strangers without a look at the
 * key itself. */
struct key_slot {
    uint32_t hash;
    uint32_t number_plus_one; /* 0: free */
};

enum { FIRST_SLOTS = 64 };
static_assert(LIMIT_REFERENCE_ELEMENTS < UINT32_MAX / 4, "numbers and slots fit 32 bits");

void key_table_init(struct key_table *table)
{
    *table = (struct key_table){0};
    /* Where the kernel has no random bytes yet, the address of a stack variable has to do. */
    if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) != (ssize_t)sizeof(table->seed)) {
        table->seed = str_hash_mix((uint64_t)(uintptr_t)&table);
    }
}

void key_table_release(struct key_table *table)
{
    memory_free(table->keys);
    memory_free(table->slots);
    *table = (struct key_table){0};
}

static uint32_t hash_of(const struct key_table *table, str key)
{
    return (uint32_t)(str_hash(key, table->seed) >> 32);
}

/* The slot of the key, or the free one where it belongs. */
static struct key_slot *slot_of(const struct key_table *table, str key, uint32_t hash)
{
    uint32_t at = hash & table->slot_mask;
    for (;;) {
        struct key_slot *slot = &table->slots[at];
        if (slot->number_plus_one == 0 || (slot->hash == hash && str_eq(table->keys[slot->number_plus_one - 1], key))) {
            return slot;
        }
        at = (at + 1) & table->slot_mask;
    }
}

uint32_t key_table_find(const struct key_table *table, str key)
{
    if (table->count == 0) {
        return KEY_NONE;
    }
    return slot_of(table, key, hash_of(table, key))->number_plus_one - 1; /* a free slot: UINT32_MAX */
}

static bool grow_slots(struct key_table *table)
{
    uint32_t slot_count = table->slots ? 2 * (table->slot_mask + 1) : FIRST_SLOTS;
    struct key_slot *slots = memory_allocate_zeroed(slot_count, sizeof(*slots));
    if (!slots) {
        return false;
    }
    uint32_t mask = slot_count - 1;
    for (uint32_t i = 0; table->slots && i <= table->slot_mask; i++) {
        if (table->slots[i].number_plus_one != 0) {
            uint32_t at = table->slots[i].hash & mask;
            while (slots[at].number_plus_one != 0) {
                at = (at + 1) & mask;
            }
            slots[at] = table->slots[i];
        }
    }
    memory_free(table->slots);
    table->slots = slots;
    table->slot_mask = mask;
    return true;
}

static bool grow_keys(struct key_table *table)
{
    uint32_t capacity = table->capacity ? table->capacity + table->capacity / 2 : FIRST_SLOTS;
    str *keys = memory_resize(table->keys, capacity * sizeof(str));
    if (!keys) {
        return false;
    }
    table->keys = keys;
    table->capacity = capacity;
    return true;
}

uint32_t key_table_add(struct key_table *table, str key)
{
    bool has_room = table->slots && table->count < table->slot_mask / 4 * 3;
    if (!has_room && !grow_slots(table)) {
        return KEY_NONE;
    }
    if (table->count == table->capacity && !grow_keys(table)) {
        return KEY_NONE;
    }
    uint32_t hash = hash_of(table, key);
    struct key_slot *slot = slot_of(table, key, hash);
    if (slot->number_plus_one == 0) {
        table->keys[table->count] = key;
        slot->hash = hash;
        slot->number_plus_one = ++table->count;
    }
    return slot->number_plus_one - 1;
}
