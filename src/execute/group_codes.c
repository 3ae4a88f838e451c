#include "execute/group_codes.h"

#include "base/memory.h"
#include "execute/row_codec.h"

/* Clearing a slot costs a fraction of what finding a group by its texts does. Rows that nearly all have another
 * combination than those before are found quicker by their texts, a batch at a time. */
enum { CLEARED_SLOTS_PER_ROW = 32, MISSES_FIRST = 128 * 1024, FREE_SLOTS = 256 * 1024 };
/* The first digits: of a text that was not numbered yet, no value, a value that is no entry, then those of texts or
 * codes. */
enum { DIGIT_UNKNOWN, DIGIT_NO_VALUE, DIGIT_NO_ENTRY, DIGIT_FIRST };
/* A key may have so many digits more before slots are numbered anew. */
enum { ROOM_TO_GROW = 16 };
enum { TEXTS_FIRST = 256 };

void group_codes_init(struct group_codes *codes, uint64_t hash_seed)
{
    *codes = (struct group_codes){.hash_seed = hash_seed};
    strbuf_init(&codes->constants, MEBI);
    strbuf_init(&codes->scratch, MEBI);
    for (uint32_t i = 0; i < GROUP_CODES_KEYS_MAX; i++) {
        strbuf_init(&codes->keys[i].texts.heap, GROUP_CODES_TEXT_BYTES);
    }
}

static void release_texts(struct group_key *key)
{
    memory_free(key->digits);
    memory_free(key->texts.texts);
    memory_free(key->texts.slots);
    strbuf_release(&key->texts.heap);
    key->digits = NULL;
    key->digit_count = 0;
    key->digit_capacity = 0;
    key->texts.texts = NULL;
    key->texts.slots = NULL;
    key->texts.count = 0;
    key->texts.capacity = 0;
}

void group_codes_release(struct group_codes *codes)
{
    strbuf_release(&codes->constants);
    strbuf_release(&codes->scratch);
    for (uint32_t i = 0; i < GROUP_CODES_KEYS_MAX; i++) {
        release_texts(&codes->keys[i]);
    }
    memory_free(codes->groups);
    memory_free(codes->owners);
}

void group_codes_forget(struct group_codes *codes)
{
    codes->size = 0;
}

/* ---- numbers of texts ---- */

static uint32_t *find_text(const struct group_texts *texts, str text, uint64_t hash)
{
    uint32_t mask = texts->capacity * 2 - 1;
    uint32_t at = (uint32_t)hash & mask;
    for (; texts->slots[at] != 0; at = (at + 1) & mask) {
        const struct group_text *known = &texts->texts[texts->slots[at] - 1];
        if (known->hash == hash && known->len == text.len &&
            memcmp(texts->heap.data + known->from, text.data, text.len) == 0) {
            break;
        }
    }
    return &texts->slots[at];
}

static bool grow_texts(struct group_texts *texts)
{
    uint32_t capacity = texts->capacity ? texts->capacity * 2 : TEXTS_FIRST;
    if (capacity > GROUP_CODES_TEXTS) {
        return false;
    }
    struct group_text *grown = memory_resize(texts->texts, capacity * sizeof(*grown));
    texts->texts = grown ? grown : texts->texts;
    uint32_t *slots = grown ? memory_allocate_zeroed((size_t)capacity * 2, sizeof(*slots)) : NULL;
    if (!slots) {
        return false;
    }
    memory_free(texts->slots);
    texts->slots = slots;
    texts->capacity = capacity;
    for (uint32_t i = 0; i < texts->count; i++) {
        uint32_t at = (uint32_t)texts->texts[i].hash & (capacity * 2 - 1);
        while (slots[at] != 0) {
            at = (at + 1) & (capacity * 2 - 1);
        }
        slots[at] = i + 1;
    }
    return true;
}

/* False: there is no room for it. */
static bool number_text(struct group_texts *texts, str text, uint64_t seed, uint32_t *ret_number)
{
    if (!texts->slots && !grow_texts(texts)) {
        return false;
    }
    uint64_t hash = str_hash(text, seed);
    uint32_t *slot = find_text(texts, text, hash);
    if (*slot == 0) {
        if (texts->heap.len + text.len + 1 > GROUP_CODES_TEXT_BYTES ||
            (texts->count == texts->capacity && !grow_texts(texts))) {
            return false;
        }
        size_t from = texts->heap.len;
        strbuf_append(&texts->heap, text);
        strbuf_append_char(&texts->heap, '\n'); /* so that there is a heap if all texts are empty */
        if (texts->heap.is_failed) {
            return false;
        }
        slot = find_text(texts, text, hash);
        texts->texts[texts->count++] = (struct group_text){hash, (uint32_t)from, (uint32_t)text.len};
        *slot = texts->count;
    }
    *ret_number = *slot - 1;
    return true;
}

/* ---- digits ---- */

/* Room for a digit for each code so far. */
static bool reserve_digits(struct group_key *key, uint32_t count, uint64_t *cleared)
{
    if (count > key->digit_capacity) {
        uint32_t capacity = count + count / 2;
        uint32_t *grown = memory_resize(key->digits, capacity * sizeof(*grown));
        if (!grown) {
            return false;
        }
        key->digits = grown;
        key->digit_capacity = capacity;
    }
    if (count > key->digit_count) {
        memset(key->digits + key->digit_count, 0, (count - key->digit_count) * sizeof(*key->digits));
        *cleared += count - key->digit_count;
        key->digit_count = count;
    }
    return true;
}

static uint32_t digits_in_use(const struct group_key *key)
{
    return DIGIT_FIRST + (key->has_codes ? key->column->dictionary->count : key->texts.count);
}

/* Texts that are too many are not numbered. What is known of codes is kept as long as their dictionary is there. */
static void choose_digits(struct group_codes *codes, struct group_key *key)
{
    const struct column_dictionary *dictionary = key->column->dictionary;
    bool is_other = key->dictionary != dictionary->id;
    if (!key->has_codes && dictionary->count > GROUP_CODES_TEXTS) {
        key->has_codes = true;
        codes->size = 0;
    }
    if (is_other) {
        key->dictionary = dictionary->id;
        key->digit_count = 0;
        codes->size = key->has_codes ? 0 : codes->size;
    }
    if (!key->has_codes && !reserve_digits(key, dictionary->count, &codes->slots_cleared)) {
        key->has_codes = true;
        codes->size = 0;
    }
    if (key->has_codes && key->texts.slots) {
        release_texts(key);
    }
}

/* Numbers the texts of these rows that have no number yet. From then on all codes of the rows have digits, or they are
 * codes themselves. */
static void number_texts(struct group_codes *codes, struct group_key *key, const uint16_t *rows, uint32_t row_count)
{
    const struct column_dictionary *dictionary = key->column->dictionary;
    const uint32_t *of_row = key->column->codes;
    uint32_t count = dictionary->count;
    for (uint32_t i = 0; !key->has_codes && i < row_count; i++) {
        uint32_t code = of_row[rows[i]];
        if (code >= count || key->digits[code] != 0 || !column_is_valid(key->column, rows[i])) {
            continue;
        }
        uint32_t number;
        if (number_text(&key->texts, dictionary->entries[code], codes->hash_seed, &number)) {
            key->digits[code] = DIGIT_FIRST + number;
        } else {
            key->has_codes = true;
            codes->size = 0;
        }
    }
}

/* ---- what a push is of ---- */

static bool is_coded(const struct column *key)
{
    return key->kind == COLUMN_FLAT && key->dictionary && key->codes;
}

/* Where keys are constants, and what: combinations of other constants are others. False: a key is neither that nor
 * codes. */
static bool describe(struct group_codes *codes, const struct column *const *keys, uint32_t key_count,
                     uint32_t *ret_coded)
{
    uint32_t coded = 0;
    strbuf_clear(&codes->scratch);
    for (uint32_t i = 0; i < key_count; i++) {
        if (keys[i]->kind == COLUMN_CONSTANT) {
            strbuf_append_char(&codes->scratch, 'c');
            row_encode_group_key(&codes->scratch, keys[i], 0);
        } else if (is_coded(keys[i]) && coded < GROUP_CODES_KEYS_MAX) {
            strbuf_append_char(&codes->scratch, 'd');
            codes->keys[coded++].column = keys[i];
        } else {
            return false;
        }
    }
    *ret_coded = coded;
    return key_count > 0 && !codes->scratch.is_failed;
}

static bool has_room(const struct group_codes *codes)
{
    bool has_room = codes->size > 0;
    for (uint32_t i = 0; has_room && i < codes->key_count; i++) {
        has_room = digits_in_use(&codes->keys[i]) <= codes->keys[i].room;
    }
    return has_room;
}

/* Rooms of the keys; the number of combinations, 0 if there are too many. */
static uint32_t give_room(struct group_codes *codes)
{
    uint64_t size = 1;
    for (uint32_t i = 0; i < codes->key_count; i++) {
        uint64_t digits = digits_in_use(&codes->keys[i]);
        uint64_t room = digits + (codes->keys[i].has_codes ? digits : digits / 8) + ROOM_TO_GROW;
        if (room > UINT32_MAX / size) {
            return 0;
        }
        codes->keys[i].room = (uint32_t)room;
        size *= room;
    }
    return (uint32_t)size;
}

static bool reserve_slots(struct group_codes *codes, uint32_t slots)
{
    if (slots > codes->slot_room) {
        memory_free(codes->groups);
        codes->groups = memory_allocate(slots * sizeof(*codes->groups));
        codes->slot_room = codes->groups ? slots : 0;
    }
    if (codes->is_hashed && !codes->owners) {
        codes->owners = memory_allocate(GROUP_CODES_SLOTS * sizeof(*codes->owners));
    }
    return codes->groups && (!codes->is_hashed || codes->owners);
}

/* Begins anew, with nothing known. */
static bool start(struct group_codes *codes)
{
    codes->size = 0;
    uint32_t size = give_room(codes);
    uint32_t slots = size < GROUP_CODES_SLOTS ? size : GROUP_CODES_SLOTS;
    if (size == 0 || codes->slots_cleared + slots > codes->rows * CLEARED_SLOTS_PER_ROW + FREE_SLOTS) {
        return false;
    }
    codes->is_hashed = size > GROUP_CODES_SLOTS;
    if (!reserve_slots(codes, slots)) {
        return false;
    }
    memset(codes->groups, 0xFF, slots * sizeof(*codes->groups));
    if (codes->is_hashed) { /* of nobody: a combination is less than the size */
        memset(codes->owners, 0xFF, GROUP_CODES_SLOTS * sizeof(*codes->owners));
    }
    codes->slots_cleared += slots;
    codes->size = size;
    return true;
}

/* Of one key the combination is its digit: with more room, what is known stays where it is. */
static bool grow(struct group_codes *codes)
{
    uint32_t old_size = codes->size;
    if (codes->key_count != 1 || old_size == 0 || codes->is_hashed) {
        return false;
    }
    uint32_t size = give_room(codes);
    if (size <= old_size || size > GROUP_CODES_SLOTS) {
        return false;
    }
    if (size > codes->slot_room) {
        uint32_t *groups = memory_resize(codes->groups, size * sizeof(*groups));
        if (!groups) {
            return false;
        }
        codes->groups = groups;
        codes->slot_room = size;
    }
    memset(codes->groups + old_size, 0xFF, (size - old_size) * sizeof(*codes->groups));
    codes->slots_cleared += size - old_size;
    codes->size = size;
    return true;
}

/* Which keys are codes, and what the others are, is as it was for the slots. */
static bool keep_constants(struct group_codes *codes, uint32_t coded)
{
    if (codes->key_count == coded && str_eq(strbuf_str(&codes->constants), strbuf_str(&codes->scratch))) {
        return true;
    }
    codes->size = 0;
    codes->key_count = coded;
    strbuf_clear(&codes->constants);
    strbuf_append(&codes->constants, strbuf_str(&codes->scratch));
    for (uint32_t i = 0; i < GROUP_CODES_KEYS_MAX; i++) { /* they may be other keys now */
        codes->keys[i].dictionary = 0;
    }
    return !codes->constants.is_failed;
}

/* ---- combinations ---- */

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

static inline uint32_t digit_of(uint32_t code, uint32_t count, const uint32_t *digits)
{
    return code >= count ? (uint32_t)DIGIT_NO_ENTRY : digits ? digits[code] : code + DIGIT_FIRST;
}

/* The same loop for digits that are looked up and for those that are codes. False: one is not known. */
static inline bool combine(uint32_t *combinations, const struct group_key *key, const uint16_t *rows,
                           uint32_t row_count, const uint32_t *digits)
{
    const struct column *column = key->column;
    const uint32_t *of_row = column->codes;
    uint32_t count = column->dictionary->count;
    uint32_t room = key->room;
    unsigned unknown = 0;
    if (!has_all_values(column, rows, row_count)) {
        for (uint32_t i = 0; i < row_count; i++) {
            uint32_t digit =
                column_is_valid(column, rows[i]) ? digit_of(of_row[rows[i]], count, digits) : (uint32_t)DIGIT_NO_VALUE;
            combinations[i] = combinations[i] * room + digit;
            unknown |= digit == DIGIT_UNKNOWN;
        }
        return !unknown;
    }
    bool is_run = (uint32_t)(rows[row_count - 1] - rows[0]) + 1 == row_count;
    of_row += is_run ? rows[0] : 0;
    for (uint32_t i = 0; i < row_count; i++) {
        uint32_t digit = digit_of(of_row[is_run ? i : rows[i]], count, digits);
        combinations[i] = combinations[i] * room + digit;
        unknown |= digit == DIGIT_UNKNOWN;
    }
    return !unknown;
}

/* False: there are texts to be numbered, or there is no room for so many combinations. */
static bool combine_all(struct group_codes *codes, const uint16_t *rows, uint32_t row_count)
{
    bool is_known = has_room(codes);
    memset(codes->codes, 0, row_count * sizeof(*codes->codes));
    for (uint32_t i = 0; is_known && i < codes->key_count; i++) {
        const struct group_key *key = &codes->keys[i];
        is_known = key->has_codes ? combine(codes->codes, key, rows, row_count, NULL)
                                  : combine(codes->codes, key, rows, row_count, key->digits);
    }
    return is_known;
}

bool group_codes_begin(struct group_codes *codes, const struct column *const *keys, uint32_t key_count,
                       const uint16_t *rows, uint32_t row_count)
{
    uint32_t coded;
    if (row_count == 0 || (codes->misses > MISSES_FIRST && codes->misses > codes->rows / 4)) {
        return false;
    }
    if (!describe(codes, keys, key_count, &coded) || !keep_constants(codes, coded)) {
        return false;
    }
    codes->rows += row_count;
    if (codes->slots_cleared > codes->rows * CLEARED_SLOTS_PER_ROW + FREE_SLOTS) {
        return false;
    }
    for (uint32_t i = 0; i < coded; i++) {
        choose_digits(codes, &codes->keys[i]);
    }
    if (combine_all(codes, rows, row_count)) {
        return true;
    }
    for (uint32_t i = 0; i < coded; i++) {
        number_texts(codes, &codes->keys[i], rows, row_count);
    }
    return (has_room(codes) || grow(codes) || start(codes)) && combine_all(codes, rows, row_count);
}
