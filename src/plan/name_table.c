#include "plan/name_table.h"

static struct name_entry *slot_of(struct name_entry *entries, uint32_t capacity, str name)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)ascii_lower(name.data[i])) * 0x100000001b3u;
    }
    size_t probe = str_hash_mix(hash) & (capacity - 1);
    while (entries[probe].name.data && !str_eq_ignore_case(entries[probe].name, name)) {
        probe = (probe + 1) & (capacity - 1);
    }
    return &entries[probe];
}

struct name_entry *name_table_find(const struct name_table *table, str name)
{
    if (table->capacity == 0) {
        return NULL;
    }
    struct name_entry *entry = slot_of(table->entries, table->capacity, name);
    return entry->name.data ? entry : NULL;
}

static bool grow(struct name_table *table, struct arena *arena)
{
    uint32_t capacity = table->capacity ? table->capacity * 2 : 32;
    struct name_entry *entries = arena_array(arena, struct name_entry, capacity);
    if (!entries) {
        return false;
    }
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (table->entries[i].name.data) {
            *slot_of(entries, capacity, table->entries[i].name) = table->entries[i];
        }
    }
    table->entries = entries;
    table->capacity = capacity;
    return true;
}

bool name_table_add(struct name_table *table, struct arena *arena, str name, uint32_t value)
{
    if (table->count >= table->capacity / 2 && !grow(table, arena)) {
        return false;
    }
    struct name_entry *entry = slot_of(table->entries, table->capacity, name);
    if (!entry->name.data) {
        *entry = (struct name_entry){.name = name.data ? name : STR(""), .value = value, .next_suffix = 2};
        table->count++;
    }
    return true;
}
