#include "execute/group_codes.h"

#include "base/memory.h"
#include "execute/row_codec.h"

/* Clearing a slot costs a fraction of what finding a group by its texts does. Rows that nearly all have another
 * combination than those before are found quicker by their texts, a batch at a time. */
enum { CLEARED_SLOTS_PER_ROW = 32, MISSES_FIRST = 2 * GROUP_CODES_SLOTS };

void group_codes_init(struct group_codes *codes)
{
    *codes = (struct group_codes){0};
    strbuf_init(&codes->constants, MEBI);
    strbuf_init(&codes->scratch, MEBI);
}

void group_codes_release(struct group_codes *codes)
{
    strbuf_release(&codes->constants);
    strbuf_release(&codes->scratch);
    memory_free(codes->groups);
    memory_free(codes->owners);
}

void group_codes_forget(struct group_codes *codes)
{
    codes->size = 0;
}

static bool is_coded(const struct column *key)
{
    return key->kind == COLUMN_FLAT && key->dictionary && key->codes;
}

/* What the combinations of this push are of. False if they are not codes, or there are too many to be numbered. */
static bool describe(struct group_codes *codes, const struct column *const *keys, uint32_t key_count,
                     uint64_t *ret_dictionaries, uint32_t *ret_count, uint64_t *ret_size)
{
    uint64_t size = 1;
    uint32_t count = 0;
    strbuf_clear(&codes->scratch);
    for (uint32_t i = 0; i < key_count; i++) {
        if (is_coded(keys[i])) {
            size *= (uint64_t)keys[i]->dictionary->count + 1; /* one for no value */
            if (count == GROUP_CODES_KEYS_MAX || size > UINT32_MAX) {
                return false;
            }
            ret_dictionaries[count++] = keys[i]->dictionary->id;
        } else if (keys[i]->kind == COLUMN_CONSTANT) {
            row_encode_group_key(&codes->scratch, keys[i], 0);
        } else {
            return false;
        }
    }
    *ret_count = count;
    *ret_size = size;
    return count > 0 && !codes->scratch.is_failed;
}

static bool is_as_before(const struct group_codes *codes, const uint64_t *dictionaries, uint32_t count, uint64_t size)
{
    return codes->size == size && codes->dictionary_count == count &&
           memcmp(codes->dictionaries, dictionaries, count * sizeof(*dictionaries)) == 0 &&
           str_eq(strbuf_str(&codes->constants), strbuf_str(&codes->scratch));
}

/* Begins anew with other dictionaries. */
static bool start(struct group_codes *codes, const uint64_t *dictionaries, uint32_t count, uint32_t size)
{
    uint32_t slots = size < GROUP_CODES_SLOTS ? size : GROUP_CODES_SLOTS;
    codes->size = 0;
    if (codes->slots_cleared + slots > codes->rows * CLEARED_SLOTS_PER_ROW + 4u * GROUP_CODES_SLOTS) {
        return false;
    }
    if (!codes->groups) {
        codes->groups = memory_allocate(GROUP_CODES_SLOTS * sizeof(*codes->groups));
    }
    codes->is_hashed = size > GROUP_CODES_SLOTS;
    if (codes->is_hashed && !codes->owners) {
        codes->owners = memory_allocate(GROUP_CODES_SLOTS * sizeof(*codes->owners));
    }
    strbuf_clear(&codes->constants);
    strbuf_append(&codes->constants, strbuf_str(&codes->scratch));
    if (!codes->groups || (codes->is_hashed && !codes->owners) || codes->constants.is_failed) {
        return false;
    }
    memset(codes->groups, 0, slots * sizeof(*codes->groups));
    if (codes->is_hashed) { /* of nobody: a combination is less than the size */
        memset(codes->owners, 0xFF, GROUP_CODES_SLOTS * sizeof(*codes->owners));
    }
    codes->slots_cleared += slots;
    memcpy(codes->dictionaries, dictionaries, count * sizeof(*dictionaries));
    codes->dictionary_count = count;
    codes->size = size;
    return true;
}

static bool has_all_values(const struct column *key, const uint16_t *rows, uint32_t row_count)
{
    uint32_t from = rows[0] / 64;
    uint32_t to = rows[row_count - 1] / 64;
    uint64_t all = UINT64_MAX;
    for (uint32_t word = from + 1; word < to; word++) {
        all &= key->validity[word];
    }
    if (all != UINT64_MAX) {
        return false;
    }
    bool is_full = true;
    for (uint32_t i = 0; is_full && i < row_count && rows[i] / 64 == from; i++) {
        is_full = column_is_valid(key, rows[i]);
    }
    for (uint32_t i = row_count; is_full && i-- > 0 && rows[i] / 64 == to;) {
        is_full = column_is_valid(key, rows[i]);
    }
    return is_full;
}

static void add_codes(uint32_t *combinations, const struct column *key, const uint16_t *rows, uint32_t row_count)
{
    const uint32_t *of_row = key->codes;
    uint32_t count = key->dictionary->count;
    if (!has_all_values(key, rows, row_count)) {
        for (uint32_t i = 0; i < row_count; i++) {
            uint32_t code = column_is_valid(key, rows[i]) ? of_row[rows[i]] : count;
            combinations[i] = combinations[i] * (count + 1) + (code < count ? code : count);
        }
    } else if ((uint32_t)(rows[row_count - 1] - rows[0]) + 1 == row_count) { /* one behind the other */
        of_row += rows[0];
        for (uint32_t i = 0; i < row_count; i++) {
            uint32_t code = of_row[i];
            combinations[i] = combinations[i] * (count + 1) + (code < count ? code : count);
        }
    } else {
        for (uint32_t i = 0; i < row_count; i++) {
            uint32_t code = of_row[rows[i]];
            combinations[i] = combinations[i] * (count + 1) + (code < count ? code : count);
        }
    }
}

bool group_codes_begin(struct group_codes *codes, const struct column *const *keys, uint32_t key_count,
                       const uint16_t *rows, uint32_t row_count)
{
    uint64_t dictionaries[GROUP_CODES_KEYS_MAX];
    uint32_t count;
    uint64_t size;
    if (row_count == 0 || (codes->misses > MISSES_FIRST && codes->misses > codes->rows / 4)) {
        return false;
    }
    if (!describe(codes, keys, key_count, dictionaries, &count, &size)) {
        return false;
    }
    codes->rows += row_count;
    if (!is_as_before(codes, dictionaries, count, size) && !start(codes, dictionaries, count, (uint32_t)size)) {
        return false;
    }
    memset(codes->codes, 0, row_count * sizeof(*codes->codes));
    for (uint32_t i = 0; i < key_count; i++) {
        if (is_coded(keys[i])) {
            add_codes(codes->codes, keys[i], rows, row_count);
        }
    }
    return true;
}
