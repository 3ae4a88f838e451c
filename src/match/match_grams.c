/* match_grams.c - many literals by a few bytes of each, its grams: where the four bytes at a place are a gram of some
 * entry, which one bit of a table tells, those few entries are compared. Of a long entry four grams side by side are
 * known, so that it is enough to look at every fourth place. Compiled in a millisecond for thousands, where the library
 * takes fifty; and an entry may have bytes that fit any other, and line ends at its ends.
 * Time: a step for each place, and where a gram stands a look at eight bytes of the entries that have it, at most
 * 2 * BUCKET_MAX, and at all bytes of those that have these, some ALIKE_MAX; a set that cannot be divided so evenly is
 * refused and looked for otherwise. */
#include "base/memory.h"
#include "match/match_internal.h"
#include "match/needle.h"

enum { BUCKET_MAX = 64, ALIKE_MAX = 16, CHUNK_BYTES = 8, LOAD_BITS = 16, SAMPLE_BYTES_MAX = 256 * 1024 };

/* Marks of a table: so many that few are set, and yet in the fastest cache if there are few grams. */
enum { MARK_BITS_FEW = 18, MARK_BITS_MANY = 20, GRAMS_FEW_MAX = 4096, MARKS_PER_WORD_BITS = 5 };

/* An entry at the place of its gram. */
struct gram {
    uint64_t value; /* of eight bytes, `back` in front of the gram: (bytes | mask) == value */
    uint64_t mask;
    uint32_t key;
    uint32_t entry;
    uint8_t offset; /* of the gram in the entry */
    uint8_t back;
};

/* How entries are looked for by their length. */
struct gram_kind {
    uint32_t bytes_min; /* of what is certain of the entry */
    uint32_t gram_bytes;
    uint32_t stride; /* so many grams side by side, and so far apart are the places that are looked at */
};

static const struct gram_kind kinds[] = {{MATCH_LONG_BYTES, 4, MATCH_LONG_BYTES - 3}, {4, 4, 1}, {2, 2, 1}};

/* The entries of a kind. */
struct gram_table {
    uint32_t key_mask; /* of the bytes that a gram has */
    uint32_t count;
    uint32_t mark_bits; /* MARK_BITS_FEW or MARK_BITS_MANY: 1 << it marks */
    uint32_t bucket_bits;
    uint32_t *marks; /* of the keys' hashes */
    uint32_t *starts;
    struct gram *grams; /* by bucket */
};

struct match_grams {
    const struct match_entry *entries;
    struct gram_table tables[countof(kinds)];
};

/* ---- grams ------------------------------------------------------------------------------------------------------- */

static inline uint32_t load_key(const void *at, uint32_t key_mask)
{
    uint32_t bytes;
    memcpy(&bytes, at, sizeof(bytes));
    return (bytes | 0x20202020) & key_mask; /* of letters those of either case; others are told apart later */
}

static inline uint64_t load_chunk(const void *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof(bytes));
    return bytes;
}

static inline uint32_t hash_of(uint32_t key)
{
    return key * 0x9E3779B1u;
}

static uint32_t mask_of_length(uint32_t length)
{
    uint8_t bytes[sizeof(uint32_t)] = {0};
    memset(bytes, 0xFF, length);
    uint32_t mask;
    memcpy(&mask, bytes, sizeof(mask));
    return mask;
}

/* What may be looked for of an entry: of one with bytes that fit any other the part that it certainly has. */
static void gram_part(const struct match_entry *entry, uint32_t *ret_from, uint32_t *ret_to)
{
    *ret_from = entry->has_any ? entry->sure_at : 0;
    *ret_to = *ret_from + match_entry_sure_bytes(entry);
}

/* While compiling, by the hashes of keys: how many entries could have the gram, how many have, and how often it stands
 * in the sample. How common a byte is. */
struct gram_loads {
    uint16_t wanted[1 << LOAD_BITS];
    uint8_t taken[1 << LOAD_BITS];
    uint32_t met[1 << LOAD_BITS];
    uint8_t ranks[256];
};

static uint32_t gram_rank(const struct gram_loads *loads, const uint8_t *bytes, uint32_t length)
{
    uint32_t rank = 0;
    for (uint32_t i = 0; i < length; i++) {
        rank += loads->ranks[bytes[i]];
    }
    return rank;
}

static uint32_t load_slot(uint32_t key)
{
    return hash_of(key) >> (32 - LOAD_BITS);
}

static void loads_begin(struct gram_loads *loads, const struct match_heap *sample, uint32_t key_mask)
{
    memset(loads, 0, sizeof(*loads));
    for (uint32_t byte = 0; byte < countof(loads->ranks); byte++) {
        loads->ranks[byte] = (uint8_t)needle_byte_rank((uint8_t)byte);
    }
    if (!sample || sample->count == 0) {
        return;
    }
    uint32_t end = sample->offsets[sample->count];
    end = end - sample->offsets[0] > SAMPLE_BYTES_MAX ? sample->offsets[0] + SAMPLE_BYTES_MAX : end;
    for (uint32_t at = sample->offsets[0]; at < end; at++) {
        loads->met[load_slot(load_key(sample->bytes + at, key_mask))]++;
    }
}

static void count_wanted(const struct match_entry *entry, const struct gram_kind *kind, uint32_t key_mask,
                         struct gram_loads *loads)
{
    uint32_t from;
    uint32_t to;
    gram_part(entry, &from, &to);
    for (uint32_t at = from; at + kind->gram_bytes <= to; at++) {
        uint16_t *wanted = &loads->wanted[load_slot(load_key(entry->bytes + at, key_mask))];
        *wanted = *wanted < UINT16_MAX ? (uint16_t)(*wanted + 1) : UINT16_MAX;
    }
}

/* What a gram of the entry costs; UINT32_MAX if as many others as may have it. */
static uint32_t gram_cost(const struct match_entry *entry, uint32_t at, uint32_t gram_bytes, uint32_t key_mask,
                          const struct gram_loads *loads)
{
    uint32_t slot = load_slot(load_key(entry->bytes + at, key_mask));
    if (loads->taken[slot] >= BUCKET_MAX) {
        return UINT32_MAX;
    }
    uint32_t wanted = loads->wanted[slot] < 64 ? loads->wanted[slot] : 64;
    uint32_t met = loads->met[slot] * (loads->taken[slot] ? 1 : 4); /* a look at one more, or at the bucket at all */
    return 64 * met + 64u * loads->taken[slot] + 4 * wanted + gram_rank(loads, entry->bytes + at, gram_bytes);
}

/* The first of the entry's grams, such that few others have them and they are rare. False if there are none. */
static bool choose_grams(const struct match_entry *entry, const struct gram_kind *kind, uint32_t key_mask,
                         struct gram_loads *loads, uint32_t *ret_offset)
{
    uint32_t from;
    uint32_t to;
    gram_part(entry, &from, &to);
    uint64_t best_cost = UINT32_MAX;
    for (uint32_t at = from; at + kind->gram_bytes + kind->stride - 1 <= to; at++) {
        uint64_t cost = 0;
        for (uint32_t i = 0; i < kind->stride; i++) {
            cost += gram_cost(entry, at + i, kind->gram_bytes, key_mask, loads);
        }
        if (cost < best_cost) {
            best_cost = cost;
            *ret_offset = at;
        }
    }
    for (uint32_t i = 0; best_cost < UINT32_MAX && i < kind->stride; i++) {
        loads->taken[load_slot(load_key(entry->bytes + *ret_offset + i, key_mask))]++;
    }
    return best_cost < UINT32_MAX;
}

/* The eight bytes of the entry around its gram; those that it has not, or not certainly, fit anything. */
static void make_gram(const struct match_entry *entry, uint32_t index, uint32_t offset, uint32_t key_mask,
                      struct gram *ret)
{
    uint32_t from;
    uint32_t to;
    gram_part(entry, &from, &to);
    uint32_t start = offset > 2 ? offset - 2 : 0;
    if (start + CHUNK_BYTES > to) {
        start = to > CHUNK_BYTES ? to - CHUNK_BYTES : 0;
    }
    start = start < from ? from : start;
    uint8_t value[CHUNK_BYTES];
    uint8_t mask[CHUNK_BYTES];
    memset(value, 0xFF, sizeof(value));
    memset(mask, 0xFF, sizeof(mask));
    for (uint32_t i = 0; i < CHUNK_BYTES && start + i < to; i++) {
        value[i] = entry->bytes[start + i];
        mask[i] = entry->masks[start + i];
    }
    *ret = (struct gram){.value = load_chunk(value),
                         .mask = load_chunk(mask),
                         .key = load_key(entry->bytes + offset, key_mask),
                         .entry = index,
                         .offset = (uint8_t)offset,
                         .back = (uint8_t)(offset - start)};
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static uint32_t bits_for(uint32_t count, uint32_t least)
{
    uint32_t bits = least;
    while ((UINT64_C(1) << bits) < count) {
        bits++;
    }
    return bits;
}

static uint32_t bucket_of(const struct gram_table *table, uint32_t hash)
{
    return hash >> (32 - table->bucket_bits);
}

/* `grams` in the order of their buckets. */
static bool fill_table(struct gram_table *table, const struct gram *grams, uint32_t count)
{
    table->count = count;
    table->mark_bits = count <= GRAMS_FEW_MAX ? MARK_BITS_FEW : MARK_BITS_MANY;
    table->bucket_bits = bits_for(count * 2, 4);
    table->marks = memory_allocate_zeroed((size_t)1 << (table->mark_bits - MARKS_PER_WORD_BITS), sizeof(*table->marks));
    table->starts = memory_allocate_zeroed(((size_t)1 << table->bucket_bits) + 1, sizeof(*table->starts));
    table->grams = memory_allocate_zeroed(count, sizeof(*table->grams));
    if (!table->marks || !table->starts || !table->grams) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t hash = hash_of(grams[i].key);
        uint32_t mark = hash >> (32 - table->mark_bits);
        table->marks[mark / 32] |= 1u << mark % 32;
        table->starts[bucket_of(table, hash)]++;
    }
    uint32_t end = 0;
    for (uint32_t i = 0; i <= 1u << table->bucket_bits; i++) {
        end += table->starts[i];
        table->starts[i] = end; /* the end of each: filling counts it down to its start */
    }
    for (uint32_t i = count; i-- > 0;) {
        table->grams[--table->starts[bucket_of(table, hash_of(grams[i].key))]] = grams[i];
    }
    return true;
}

/* Some eight bytes fit both. */
static bool are_alike(const struct gram *a, const struct gram *b)
{
    return a->key == b->key && a->back == b->back && ((a->value ^ b->value) & ~(a->mask | b->mask)) == 0;
}

/* A place of a text may have to be compared with too many entries. */
static bool is_crowded(const struct gram_table *table)
{
    for (uint32_t i = 0; i < 1u << table->bucket_bits; i++) {
        uint32_t end = table->starts[i + 1];
        if (end - table->starts[i] > 2 * BUCKET_MAX) {
            return true;
        }
        for (uint32_t j = table->starts[i]; end - table->starts[i] > ALIKE_MAX && j < end; j++) {
            uint32_t alike = 0;
            for (uint32_t k = j; k < end; k++) {
                alike += are_alike(&table->grams[j], &table->grams[k]);
            }
            if (alike > ALIKE_MAX) {
                return true;
            }
        }
    }
    return false;
}

static bool is_of_kind(const struct match_entry *entry, const struct gram_kind *kind)
{
    uint32_t bytes = match_entry_sure_bytes(entry);
    return bytes >= kind->bytes_min && (kind == kinds || bytes < kind[-1].bytes_min);
}

static bool make_table(struct match_grams *grams, const struct gram_kind *kind, uint32_t first, uint32_t count,
                       const struct match_heap *sample, struct gram *list, struct gram_loads *loads)
{
    const struct match_entry *entries = grams->entries;
    struct gram_table *table = &grams->tables[kind - kinds];
    uint32_t of_kind = 0;
    for (uint32_t i = first; i < first + count; i++) {
        of_kind += is_of_kind(&entries[i], kind);
    }
    if (of_kind == 0) {
        return true;
    }
    table->key_mask = mask_of_length(kind->gram_bytes);
    loads_begin(loads, sample, table->key_mask);
    for (uint32_t i = first; i < first + count; i++) {
        if (is_of_kind(&entries[i], kind)) {
            count_wanted(&entries[i], kind, table->key_mask, loads);
        }
    }
    uint32_t found = 0;
    for (uint32_t i = first; i < first + count; i++) {
        uint32_t offset = 0;
        if (!is_of_kind(&entries[i], kind)) {
            continue;
        }
        if (!choose_grams(&entries[i], kind, table->key_mask, loads, &offset)) {
            return false;
        }
        for (uint32_t j = 0; j < kind->stride; j++) {
            make_gram(&entries[i], i, offset + j, table->key_mask, &list[found++]);
        }
    }
    return fill_table(table, list, found) && !is_crowded(table);
}

struct match_grams *match_grams_compile(const struct match_entry *entries, uint32_t first, uint32_t count,
                                        const struct match_heap *sample)
{
    struct match_grams *grams = memory_allocate_zeroed(1, sizeof(*grams));
    struct gram *list = memory_allocate_zeroed((size_t)count * kinds[0].stride, sizeof(*list));
    struct gram_loads *loads = memory_allocate(sizeof(*loads));
    bool is_good = grams && list && loads;
    if (is_good) {
        grams->entries = entries;
    }
    for (size_t i = 0; is_good && i < countof(kinds); i++) {
        is_good = make_table(grams, &kinds[i], first, count, sample, list, loads);
    }
    memory_free(list);
    memory_free(loads);
    if (!is_good) {
        match_grams_free(grams);
        return NULL;
    }
    return grams;
}

void match_grams_free(struct match_grams *grams)
{
    if (!grams) {
        return;
    }
    for (size_t i = 0; i < countof(grams->tables); i++) {
        memory_free(grams->tables[i].marks);
        memory_free(grams->tables[i].starts);
        memory_free(grams->tables[i].grams);
    }
    memory_free(grams);
}

/* ---- scanning ---------------------------------------------------------------------------------------------------- */

/* Entries of the bucket that stand where their gram would be at `at`; true if one does. */
static bool take_bucket(const struct match_grams *grams, const struct gram_table *table, uint32_t bucket,
                        uint32_t lowest, uint32_t at, struct match_sink *sink)
{
    const char *bytes = sink->heap->bytes;
    bool is_hit = false;
    for (uint32_t i = table->starts[bucket]; i < table->starts[bucket + 1]; i++) {
        const struct gram *gram = &table->grams[i];
        if (at < lowest + gram->back || (load_chunk(bytes + at - gram->back) | gram->mask) != gram->value) {
            continue;
        }
        uint32_t sure_at = grams->entries[gram->entry].sure_at;
        if (at + sure_at >= lowest + gram->offset) {
            is_hit |= match_sink_confirm(sink, gram->entry, at + sure_at - gram->offset);
        }
    }
    return is_hit;
}

static inline __attribute__((always_inline)) void scan_table(const struct match_grams *grams,
                                                             const struct gram_table *table, uint32_t key_mask,
                                                             uint32_t mark_bits, uint32_t stride,
                                                             struct match_sink *sink)
{
    const char *bytes = sink->heap->bytes;
    const uint32_t *offsets = sink->heap->offsets;
    const uint32_t *marks = table->marks;
    uint32_t bucket_shift = 32 - table->bucket_bits;
    uint32_t lowest = offsets[0] > 0 ? offsets[0] - 1 : 0; /* the begin of a value has the line end in front */
    uint32_t end = offsets[sink->heap->count];
    for (uint32_t at = lowest; at < end; at += stride) {
        uint32_t hash = hash_of(load_key(bytes + at, key_mask));
        uint32_t marked = marks[hash >> (32 - mark_bits + MARKS_PER_WORD_BITS)];
        if (!(marked >> (hash >> (32 - mark_bits) & 31) & 1)) {
            continue;
        }
        if (take_bucket(grams, table, hash >> bucket_shift, lowest, at, sink) && sink->bits) {
            uint32_t line_end = offsets[sink->value + 1] - 1; /* the rest of the value says nothing new */
            at = line_end > at + stride ? line_end - stride : at;
        }
    }
    sink->value = 0;
}

void match_grams_scan(const struct match_grams *grams, struct match_sink *sink)
{
    const struct gram_table *table = grams->tables;
    bool is_few = table->mark_bits == MARK_BITS_FEW;
    if (table->count > 0 && is_few) { /* the usual case */
        scan_table(grams, table, UINT32_MAX, MARK_BITS_FEW, kinds[0].stride, sink);
    } else if (table->count > 0) {
        scan_table(grams, table, UINT32_MAX, MARK_BITS_MANY, kinds[0].stride, sink);
    }
    for (size_t i = 1; i < countof(kinds); i++) {
        table = &grams->tables[i];
        is_few = table->mark_bits == MARK_BITS_FEW;
        if (table->count > 0) {
            sink->is_unsorted = true;
            scan_table(grams, table, table->key_mask, is_few ? MARK_BITS_FEW : MARK_BITS_MANY, 1, sink);
        }
    }
}
