#include "execute/distinct_sketch.h"

#include <math.h>

enum {
    SPARSE_BITS = 25,
    DENSE_BITS = 14,
    BETWEEN_BITS = SPARSE_BITS - DENSE_BITS,
    REGISTERS = 1 << DENSE_BITS,
    DENSE_RANK_MAX = 64 - DENSE_BITS + 1,
    SPARSE_CAPACITY_FIRST = 16,
    SPARSE_ENTRIES_MAX = REGISTERS / 8 /* half a table that is as large as the registers */
};
static const uint64_t sketch_seed = 0x746F6373696E2121; /* never changes: results must not differ between runs */

/* A sparse entry: index of 25 bits, then the rank (1 to 40) of the hash's other bits. Never 0. */
static uint32_t entry_of(uint64_t hash)
{
    uint32_t index = (uint32_t)(hash >> (64 - SPARSE_BITS));
    uint64_t rest = hash << SPARSE_BITS;
    uint32_t rank = rest ? (uint32_t)__builtin_clzll(rest) + 1 : 64 - SPARSE_BITS + 1;
    return index << 6 | rank;
}

static void add_to_registers(uint8_t *registers, uint32_t entry)
{
    uint32_t index = entry >> 6;
    uint32_t between = index & ((1u << BETWEEN_BITS) - 1);
    uint32_t rank = between ? (uint32_t)__builtin_clz(between) - (32 - BETWEEN_BITS) + 1 : BETWEEN_BITS + (entry & 63);
    uint8_t *place = &registers[index >> BETWEEN_BITS];
    *place = rank > *place ? (uint8_t)rank : *place;
}

/* True if the entry is new. The table has room. */
static bool add_to_table(uint32_t *table, uint32_t capacity, uint32_t entry)
{
    uint32_t mask = capacity - 1;
    for (uint32_t at = (entry >> 6) * 0x9E3779B1u >> 7 & mask;; at = (at + 1) & mask) {
        if (table[at] == 0) {
            table[at] = entry;
            return true;
        }
        if (table[at] >> 6 == entry >> 6) {
            table[at] = entry > table[at] ? entry : table[at];
            return false;
        }
    }
}

static bool make_dense(struct distinct_sketch *sketch, struct state_memory *memory)
{
    uint8_t *registers = state_memory_take(memory, REGISTERS);
    if (!registers) {
        return false;
    }
    memset(registers, 0, REGISTERS);
    for (uint32_t i = 0; i < sketch->capacity; i++) {
        if (sketch->sparse[i]) {
            add_to_registers(registers, sketch->sparse[i]);
        }
    }
    *sketch = (struct distinct_sketch){.registers = registers, .is_dense = true};
    return true;
}

static bool grow_table(struct distinct_sketch *sketch, struct state_memory *memory)
{
    uint32_t capacity = sketch->capacity ? sketch->capacity * 2 : SPARSE_CAPACITY_FIRST;
    uint32_t *table = state_memory_take(memory, capacity * sizeof(*table));
    if (!table) {
        return false;
    }
    memset(table, 0, capacity * sizeof(*table));
    for (uint32_t i = 0; i < sketch->capacity; i++) {
        if (sketch->sparse[i]) {
            (void)add_to_table(table, capacity, sketch->sparse[i]);
        }
    }
    sketch->sparse = table;
    sketch->capacity = capacity;
    return true;
}

static bool add_entry(struct distinct_sketch *sketch, uint32_t entry, struct state_memory *memory)
{
    if (sketch->is_dense) {
        add_to_registers(sketch->registers, entry);
        return true;
    }
    if (sketch->count >= sketch->capacity / 2 && sketch->count < SPARSE_ENTRIES_MAX && !grow_table(sketch, memory)) {
        return false;
    }
    sketch->count += add_to_table(sketch->sparse, sketch->capacity, entry);
    return sketch->count <= SPARSE_ENTRIES_MAX || make_dense(sketch, memory);
}

bool distinct_sketch_add(struct distinct_sketch *sketch, str value, struct state_memory *memory)
{
    return add_entry(sketch, entry_of(str_hash(value, sketch_seed)), memory);
}

/* ---- the estimate ---- */

static double sigma(double x)
{
    if (x == 1) {
        return INFINITY;
    }
    double y = 1;
    double z = x;
    for (double before = -1; z != before;) {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    }
    return z;
}

static double tau(double x)
{
    if (x == 0 || x == 1) {
        return 0;
    }
    double y = 1;
    double z = 1 - x;
    for (double before = -1; z != before;) {
        x = sqrt(x);
        before = z;
        y *= 0.5;
        z -= (1 - x) * (1 - x) * y;
    }
    return z / 3;
}

static double estimate_dense(const uint8_t *registers)
{
    uint32_t counts[DENSE_RANK_MAX + 1] = {0};
    for (int i = 0; i < REGISTERS; i++) {
        counts[registers[i]]++;
    }
    double m = REGISTERS;
    double z = m * tau(1 - counts[DENSE_RANK_MAX] / m);
    for (int rank = DENSE_RANK_MAX - 1; rank >= 1; rank--) {
        z = 0.5 * (z + counts[rank]);
    }
    z += m * sigma(counts[0] / m);
    return m * m / (2 * log(2) * z);
}

double distinct_sketch_estimate(const struct distinct_sketch *sketch)
{
    if (sketch->is_dense) {
        return round(estimate_dense(sketch->registers));
    }
    double slots = (double)(1 << SPARSE_BITS);
    return round(slots * -log1p(-(double)sketch->count / slots));
}

/* ---- temporary files ---- */

void distinct_sketch_write(const struct distinct_sketch *sketch, struct strbuf *buffer)
{
    strbuf_append_char(buffer, sketch->is_dense);
    if (sketch->is_dense) {
        bytes_put(buffer, sketch->registers, REGISTERS);
        return;
    }
    bytes_put(buffer, &sketch->count, sizeof(sketch->count));
    for (uint32_t i = 0; i < sketch->capacity; i++) {
        if (sketch->sparse[i]) {
            bytes_put(buffer, &sketch->sparse[i], sizeof(*sketch->sparse));
        }
    }
}

bool distinct_sketch_merge(struct distinct_sketch *sketch, str *bytes, struct state_memory *memory)
{
    if (*bytes_take(bytes, 1)) {
        if (!sketch->is_dense && !make_dense(sketch, memory)) {
            return false;
        }
        const uint8_t *other = (const uint8_t *)bytes_take(bytes, REGISTERS);
        for (int i = 0; i < REGISTERS; i++) {
            sketch->registers[i] = other[i] > sketch->registers[i] ? other[i] : sketch->registers[i];
        }
        return true;
    }
    uint32_t count;
    bytes_take_into(bytes, &count, sizeof(count));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t entry;
        bytes_take_into(bytes, &entry, sizeof(entry));
        if (!add_entry(sketch, entry, memory)) {
            return false;
        }
    }
    return true;
}
