#include "store/column_buffer.h"

#include <assert.h>
#include <xxhash.h>

#include "base/memory.h"

enum { FIRST_SLOTS = 1024, ENTRY_OVERHEAD = 17, PLAIN_BYTES_MIN = 4096, CHUNK_HEAD_ROOM = 64, BLOOM_VALUES_MIN = 1024 };

/* An array with room for one more; false when memory is out. */
static bool grow(void **array, uint32_t count, uint32_t *capacity, size_t bytes_each)
{
    if (count < *capacity) {
        return true;
    }
    uint32_t wanted = *capacity ? *capacity * 2 : 256;
    void *grown = memory_resize(*array, wanted * bytes_each);
    if (!grown) {
        return false;
    }
    *array = grown;
    *capacity = wanted;
    return true;
}

/* ---- dictionary ---- */

static str entry_of(const struct text_dictionary *dictionary, uint32_t code)
{
    uint32_t from = dictionary->offsets[code];
    return (str){dictionary->heap.data + from, dictionary->offsets[code + 1] - from - 1};
}

static uint64_t hash_text(str text, uint64_t seed)
{
    return XXH3_64bits_withSeed(text.data, text.len, seed);
}

/* All entries into empty slots. */
static void fill_slots(const struct text_dictionary *dictionary, uint32_t *slots, uint32_t slot_count, uint64_t seed)
{
    for (uint32_t code = 0; code < dictionary->count; code++) {
        uint32_t at = (uint32_t)hash_text(entry_of(dictionary, code), seed) & (slot_count - 1);
        while (slots[at]) {
            at = (at + 1) & (slot_count - 1);
        }
        slots[at] = code + 1;
    }
}

static bool grow_slots(struct text_dictionary *dictionary, uint64_t seed)
{
    uint32_t slot_count = dictionary->slot_count ? dictionary->slot_count * 2 : FIRST_SLOTS;
    uint32_t *slots = memory_allocate_zeroed(slot_count, sizeof(*slots));
    if (!slots) {
        return false;
    }
    fill_slots(dictionary, slots, slot_count, seed);
    memory_free(dictionary->slots);
    dictionary->slots = slots;
    dictionary->slot_count = slot_count;
    return true;
}

/* The code of a text, which is added if it is new. UINT32_MAX: memory. */
static uint32_t find_code(struct text_dictionary *dictionary, str text, uint64_t seed)
{
    if (dictionary->count + 1 > dictionary->slot_count / 2 && !grow_slots(dictionary, seed)) {
        return UINT32_MAX;
    }
    uint32_t at = (uint32_t)hash_text(text, seed) & (dictionary->slot_count - 1);
    for (; dictionary->slots[at]; at = (at + 1) & (dictionary->slot_count - 1)) {
        if (str_eq(entry_of(dictionary, dictionary->slots[at] - 1), text)) {
            return dictionary->slots[at] - 1;
        }
    }
    /* One more than entries: the end of the last one. */
    if (!grow((void **)&dictionary->offsets, dictionary->count + 1, &dictionary->capacity, sizeof(uint32_t))) {
        return UINT32_MAX;
    }
    strbuf_append(&dictionary->heap, text);
    strbuf_append_char(&dictionary->heap, TEXTS_SEPARATOR);
    if (dictionary->heap.is_failed) {
        return UINT32_MAX;
    }
    dictionary->offsets[0] = 0;
    dictionary->offsets[++dictionary->count] = (uint32_t)dictionary->heap.len;
    dictionary->slots[at] = dictionary->count;
    return dictionary->count - 1;
}

/* Back to the entries that blocks hold. */
static void dictionary_undo(struct text_dictionary *dictionary, uint64_t seed)
{
    if (dictionary->count > dictionary->flushed) {
        dictionary->count = dictionary->flushed;
        dictionary->heap.len = dictionary->count > 0 ? dictionary->offsets[dictionary->count] : 0;
        memset(dictionary->slots, 0, dictionary->slot_count * sizeof(*dictionary->slots));
        fill_slots(dictionary, dictionary->slots, dictionary->slot_count, seed);
    }
}

static void dictionary_release(struct text_dictionary *dictionary)
{
    strbuf_release(&dictionary->heap);
    memory_free(dictionary->offsets);
    memory_free(dictionary->slots);
    *dictionary = (struct text_dictionary){0};
    strbuf_init(&dictionary->heap, UINT32_MAX - 1);
}

/* ---- life ---- */

bool column_buffer_init(struct column_buffer *buffer)
{
    strbuf_init(&buffer->dictionary.heap, UINT32_MAX - 1);
    strbuf_init(&buffer->heap, UINT32_MAX - 1);
    strbuf_init(&buffer->stored, LIMIT_STORE_BLOCK_BYTES);
    buffer->present = memory_allocate_zeroed(LIMIT_STORE_BLOCK_ROWS / 64, sizeof(uint64_t));
    return buffer->present != NULL;
}

void column_buffer_release(struct column_buffer *buffer)
{
    dictionary_release(&buffer->dictionary);
    strbuf_release(&buffer->heap);
    strbuf_release(&buffer->stored);
    bloom_builder_release(&buffer->bloom);
    memory_free(buffer->present);
    memory_free(buffer->integers);
    memory_free(buffer->lengths);
    memory_free(buffer->chunks);
    *buffer = (struct column_buffer){0};
}

void column_buffer_new_segment(struct column_buffer *buffer)
{
    assert(buffer->value_count == 0);
    dictionary_release(&buffer->dictionary);
    buffer->is_plain = buffer->type == SEGMENT_BYTES;
    buffer->is_crowded = false;
}

size_t column_buffer_bytes(const struct column_buffer *buffer)
{
    const struct text_dictionary *dictionary = &buffer->dictionary;
    size_t old = dictionary->flushed > 0 ? dictionary->offsets[dictionary->flushed] : 0;
    return buffer->value_count * sizeof(int64_t) + (dictionary->heap.len - old) + buffer->heap.len +
           buffer->stored.len + buffer->length_count * sizeof(uint32_t);
}

size_t column_buffer_dictionary_bytes(const struct column_buffer *buffer)
{
    return buffer->dictionary.heap.len - buffer->dictionary.count + (size_t)buffer->dictionary.count * ENTRY_OVERHEAD;
}

/* ---- plain values ---- */

static struct segment_chunk *add_chunk(struct segment_chunk **chunks, uint32_t *count, uint32_t *capacity)
{
    if (!grow((void **)chunks, *count, capacity, sizeof(**chunks))) {
        return NULL;
    }
    struct segment_chunk *chunk = &(*chunks)[(*count)++];
    *chunk = (struct segment_chunk){0};
    return chunk;
}

/* Compresses `raw` behind `target`. */
static bool store_chunk(struct segment_chunk *chunk, str raw, enum chunk_codec codec, struct strbuf *target)
{
    size_t start = target->len;
    chunk->offset = start;
    chunk->raw_bytes = (uint32_t)raw.len;
    chunk->codec = chunk_compress(raw, codec, target);
    chunk->stored_bytes = (uint32_t)(target->len - start);
    chunk->checksum = chunk_checksum(str_skip(strbuf_str(target), start));
    return !target->is_failed;
}

static bool has_line_end(str heap, uint32_t texts)
{
    uint32_t found = 0;
    for (size_t at = 0; at < heap.len; at++) {
        at = str_find_char(heap, TEXTS_SEPARATOR, at);
        found++;
    }
    return found > texts;
}

static bool store_texts(struct segment_chunk *chunk, enum segment_role role, uint32_t first, const uint32_t *lengths,
                        uint32_t count, str heap, enum chunk_codec codec, struct strbuf *target)
{
    struct strbuf raw;
    strbuf_init(&raw, UINT32_MAX);
    texts_append(&raw, lengths, count, heap);
    chunk->role = role;
    chunk->first = first;
    chunk->count = count;
    chunk->flags = has_line_end(heap, count) ? CHUNK_HAS_LINE_END : 0;
    bool is_stored = !raw.is_failed && store_chunk(chunk, strbuf_str(&raw), codec, target);
    strbuf_release(&raw);
    return is_stored;
}

/* Texts of the chunk that is being closed. */
static bool add_plain_to_bloom(struct column_buffer *buffer)
{
    if (!buffer->wants_bloom) {
        return true;
    }
    if (!buffer->bloom.words && !bloom_builder_init(&buffer->bloom)) {
        return false;
    }
    str rest = strbuf_str(&buffer->heap);
    for (uint32_t i = 0; i < buffer->length_count; i++) {
        bloom_builder_add(&buffer->bloom, str_slice(rest, 0, buffer->lengths[i]));
        rest = str_skip(rest, buffer->lengths[i] + 1);
    }
    return true;
}

static bool close_plain_chunk(struct column_buffer *buffer)
{
    if (buffer->length_count == 0) {
        return true;
    }
    if (!add_plain_to_bloom(buffer)) {
        return false;
    }
    uint32_t first = 0;
    if (buffer->chunk_count > 0) {
        first = buffer->chunks[buffer->chunk_count - 1].first + buffer->chunks[buffer->chunk_count - 1].count;
    }
    struct segment_chunk *chunk = add_chunk(&buffer->chunks, &buffer->chunk_count, &buffer->chunk_capacity);
    bool is_stored = chunk && store_texts(chunk, ROLE_VALUES, first, buffer->lengths, buffer->length_count,
                                          strbuf_str(&buffer->heap), buffer->codec, &buffer->stored);
    buffer->length_count = 0;
    strbuf_clear(&buffer->heap);
    return is_stored;
}

static bool add_plain(struct column_buffer *buffer, str value)
{
    size_t full = buffer->heap.len + (buffer->length_count + 1) * sizeof(uint32_t) + value.len + CHUNK_HEAD_ROOM;
    if (full > buffer->chunk_bytes && !close_plain_chunk(buffer)) {
        return false;
    }
    if (!grow((void **)&buffer->lengths, buffer->length_count, &buffer->length_capacity, sizeof(uint32_t))) {
        return false;
    }
    buffer->lengths[buffer->length_count++] = (uint32_t)value.len;
    strbuf_append(&buffer->heap, value);
    strbuf_append_char(&buffer->heap, TEXTS_SEPARATOR);
    return !buffer->heap.is_failed;
}

/* ---- adding ---- */

static void set_present(struct column_buffer *buffer, uint32_t slot)
{
    assert(slot < LIMIT_STORE_BLOCK_ROWS);
    buffer->present[slot / 64] |= UINT64_C(1) << slot % 64;
    buffer->value_count++;
}

void column_buffer_add_integer(struct column_buffer *buffer, uint32_t slot, int64_t value)
{
    if (!grow((void **)&buffer->integers, buffer->value_count, &buffer->capacity, sizeof(int64_t))) {
        buffer->is_failed = true;
        return;
    }
    buffer->integers[buffer->value_count] = value;
    set_present(buffer, slot);
}

void column_buffer_repeat(struct column_buffer *buffer, uint32_t slot, uint32_t count)
{
    assert(!buffer->is_plain && (buffer->is_failed || buffer->value_count > 0));
    while (!buffer->is_failed && buffer->capacity < buffer->value_count + count) {
        buffer->is_failed = !grow((void **)&buffer->integers, buffer->capacity, &buffer->capacity, sizeof(int64_t));
    }
    if (buffer->is_failed) {
        return;
    }
    int64_t value = buffer->integers[buffer->value_count - 1];
    int64_t *target = buffer->integers + buffer->value_count;
    for (uint32_t i = 0; i < count; i++) {
        target[i] = value;
    }
    for (uint32_t i = slot; i < slot + count; i++) {
        buffer->present[i / 64] |= UINT64_C(1) << i % 64;
    }
    buffer->value_count += count;
    if (buffer->type >= SEGMENT_STRING) {
        buffer->text_bytes += count * entry_of(&buffer->dictionary, (uint32_t)value).len;
    }
}

void column_buffer_add_text(struct column_buffer *buffer, uint32_t slot, str value)
{
    buffer->text_bytes += value.len;
    if (buffer->is_plain) {
        if (add_plain(buffer, value)) {
            set_present(buffer, slot);
        } else {
            buffer->is_failed = true;
        }
        return;
    }
    /* Often it is the one before. */
    uint32_t code = buffer->value_count > 0 ? (uint32_t)buffer->integers[buffer->value_count - 1] : UINT32_MAX;
    if (code == UINT32_MAX || !str_eq(entry_of(&buffer->dictionary, code), value)) {
        code = find_code(&buffer->dictionary, value, buffer->hash_seed);
    }
    if (code == UINT32_MAX) {
        buffer->is_failed = true;
        return;
    }
    column_buffer_add_integer(buffer, slot, code);
}

/* ---- a block ---- */

/* The values hardly repeat, or the dictionary would be larger than readers take. */
static bool must_be_plain(const struct column_buffer *buffer)
{
    const struct text_dictionary *dictionary = &buffer->dictionary;
    if (buffer->is_plain || buffer->is_dictionary || dictionary->count == dictionary->flushed) {
        return buffer->is_plain;
    }
    size_t old = dictionary->flushed > 0 ? dictionary->offsets[dictionary->flushed] : 0;
    size_t added = dictionary->heap.len - old;
    return (added > PLAIN_BYTES_MIN && added > buffer->text_bytes / 2) ||
           column_buffer_dictionary_bytes(buffer) > LIMIT_STORE_DICTIONARY_BYTES || buffer->is_crowded;
}

static bool make_plain(struct column_buffer *buffer)
{
    for (uint32_t i = 0; i < buffer->value_count; i++) {
        if (!add_plain(buffer, entry_of(&buffer->dictionary, (uint32_t)buffer->integers[i]))) {
            return false;
        }
    }
    buffer->is_plain = true;
    dictionary_undo(&buffer->dictionary, buffer->hash_seed);
    return true;
}

static bool flush_presence(const struct column_buffer *buffer, uint32_t slots, struct strbuf *body,
                           struct segment_chunk *chunk, enum segment_presence *ret_presence)
{
    size_t bitmap_bytes = (slots + 7) / 8;
    struct strbuf raw;
    strbuf_init(&raw, LIMIT_STORE_CHUNK_BYTES);
    bool is_list = buffer->value_count * sizeof(uint16_t) < bitmap_bytes;
    for (uint32_t word = 0; word <= (slots - 1) / 64; word++) {
        uint64_t bits = htole64(buffer->present[word]);
        size_t left = bitmap_bytes - word * 8;
        if (!is_list) {
            strbuf_append(&raw, (str){(const char *)&bits, left < 8 ? left : 8});
            continue;
        }
        for (uint64_t rest = buffer->present[word]; rest; rest &= rest - 1) {
            uint16_t slot = htole16((uint16_t)(word * 64 + (uint32_t)__builtin_ctzll(rest)));
            strbuf_append(&raw, (str){(const char *)&slot, sizeof(slot)});
        }
    }
    *ret_presence = is_list ? PRESENCE_LIST : PRESENCE_BITMAP;
    chunk->role = ROLE_PRESENCE;
    chunk->count = slots;
    bool is_stored = !raw.is_failed && store_chunk(chunk, strbuf_str(&raw), buffer->codec, body);
    strbuf_release(&raw);
    return is_stored;
}

static void find_zone(const struct column_buffer *buffer, struct segment_column *column)
{
    column->least = column->greatest = buffer->integers[0];
    for (uint32_t i = 1; i < buffer->value_count; i++) {
        int64_t value = buffer->integers[i];
        column->least = value < column->least ? value : column->least;
        column->greatest = value > column->greatest ? value : column->greatest;
    }
}

/* Codes have whole bytes, so that they can be used as they are. */
static unsigned code_width(unsigned width)
{
    return width == 0 ? 0 : width <= 8 ? 8 : width <= 16 ? 16 : 32;
}

static bool flush_integers(const struct column_buffer *buffer, struct strbuf *body, struct segment_column *column)
{
    unsigned width = 64;
    if (buffer->type != SEGMENT_DOUBLE) {
        find_zone(buffer, column);
        width = integers_width((uint64_t)column->greatest - (uint64_t)column->least);
        width = column->encoding == ENCODING_DICTIONARY ? code_width(width) : width;
    }
    if (width == 0) {
        return true;
    }
    struct strbuf raw;
    strbuf_init(&raw, LIMIT_STORE_CHUNK_BYTES);
    integers_append(&raw, buffer->integers, buffer->value_count, column->least, width);
    struct segment_chunk *chunk = &column->chunks[column->chunk_count++];
    chunk->role = ROLE_INTEGERS;
    chunk->count = buffer->value_count;
    bool is_stored = !raw.is_failed && store_chunk(chunk, strbuf_str(&raw), buffer->codec, body);
    strbuf_release(&raw);
    return is_stored;
}

/* How many new entries from `first` on go into one chunk. */
static uint32_t entries_of_chunk(const struct text_dictionary *dictionary, uint32_t first)
{
    uint32_t count = 1;
    while (first + count < dictionary->count) {
        size_t bytes = dictionary->offsets[first + count + 1] - dictionary->offsets[first];
        if (bytes + (count + 1) * sizeof(uint32_t) + CHUNK_HEAD_ROOM > LIMIT_STORE_CHUNK_BYTES) {
            break;
        }
        count++;
    }
    return count;
}

static uint32_t count_entry_chunks(const struct text_dictionary *dictionary)
{
    uint32_t chunks = 0;
    for (uint32_t first = dictionary->flushed; first < dictionary->count; chunks++) {
        first += entries_of_chunk(dictionary, first);
    }
    return chunks;
}

static bool flush_entries(struct column_buffer *buffer, struct strbuf *body, struct segment_column *column)
{
    struct text_dictionary *dictionary = &buffer->dictionary;
    while (dictionary->flushed < dictionary->count) {
        uint32_t first = dictionary->flushed;
        uint32_t count = entries_of_chunk(dictionary, first);
        uint32_t *lengths = memory_allocate(count * sizeof(*lengths));
        for (uint32_t i = 0; lengths && i < count; i++) {
            lengths[i] = dictionary->offsets[first + i + 1] - dictionary->offsets[first + i] - 1;
        }
        str heap =
            str_slice(strbuf_str(&dictionary->heap), dictionary->offsets[first], dictionary->offsets[first + count]);
        bool is_stored = lengths && store_texts(&column->chunks[column->chunk_count++], ROLE_ENTRIES, first, lengths,
                                                count, heap, buffer->codec, body);
        memory_free(lengths);
        if (!is_stored) {
            return false;
        }
        dictionary->flushed += count;
    }
    return true;
}

static bool flush_plain(struct column_buffer *buffer, struct strbuf *body, struct segment_column *column)
{
    if (!close_plain_chunk(buffer)) {
        return false;
    }
    size_t base = body->len;
    strbuf_append(body, strbuf_str(&buffer->stored));
    for (uint32_t i = 0; i < buffer->chunk_count; i++) {
        column->chunks[column->chunk_count] = buffer->chunks[i];
        column->chunks[column->chunk_count++].offset += base;
    }
    return !body->is_failed;
}

/* Entries that the block uses, new ones and older ones. */
static bool add_entries_to_bloom(struct column_buffer *buffer)
{
    const struct text_dictionary *dictionary = &buffer->dictionary;
    uint64_t *used = memory_allocate_zeroed(dictionary->count / 64 + 1, sizeof(*used));
    if (!used || (!buffer->bloom.words && !bloom_builder_init(&buffer->bloom))) {
        memory_free(used);
        return false;
    }
    for (uint32_t i = 0; i < buffer->value_count; i++) {
        uint64_t code = (uint64_t)buffer->integers[i];
        if ((used[code / 64] >> code % 64 & 1) == 0) {
            used[code / 64] |= UINT64_C(1) << code % 64;
            bloom_builder_add(&buffer->bloom, entry_of(dictionary, (uint32_t)code));
        }
    }
    memory_free(used);
    return true;
}

static bool flush_bloom(struct column_buffer *buffer, struct strbuf *body, struct segment_column *column)
{
    bool is_plain = column->encoding == ENCODING_PLAIN;
    if (!buffer->wants_bloom || buffer->value_count < BLOOM_VALUES_MIN) {
        return true;
    }
    if (!is_plain && !add_entries_to_bloom(buffer)) {
        return false;
    }
    struct strbuf raw;
    strbuf_init(&raw, BLOOM_STORED_BYTES_MAX);
    bool is_stored = true;
    if (bloom_builder_put(&buffer->bloom, &raw)) {
        struct segment_chunk *chunk = &column->chunks[column->chunk_count++];
        chunk->role = ROLE_BLOOM;
        chunk->count = buffer->value_count;
        is_stored = !raw.is_failed && store_chunk(chunk, strbuf_str(&raw), CHUNK_PLAIN, body);
    }
    strbuf_release(&raw);
    if (!is_plain) {
        bloom_builder_release(&buffer->bloom);
    }
    return is_stored;
}

static void clear_block(struct column_buffer *buffer)
{
    bloom_builder_clear(&buffer->bloom);
    memset(buffer->present, 0, LIMIT_STORE_BLOCK_ROWS / 8);
    buffer->value_count = 0;
    buffer->text_bytes = 0;
    strbuf_clear(&buffer->heap);
    strbuf_clear(&buffer->stored);
    buffer->length_count = 0;
    buffer->chunk_count = 0;
    buffer->is_failed = false;
}

bool column_buffer_flush(struct column_buffer *buffer, uint32_t slots, struct arena *arena, struct strbuf *body,
                         struct segment_column *ret_column)
{
    assert(buffer->value_count > 0 && buffer->value_count <= slots);
    bool is_text = buffer->type >= SEGMENT_STRING;
    if (is_text && !buffer->is_plain && must_be_plain(buffer) && !make_plain(buffer)) {
        return false;
    }
    struct segment_column column = {.name = buffer->name,
                                    .type = buffer->type,
                                    .scope = buffer->scope,
                                    .origin = buffer->origin,
                                    .catalogs = buffer->catalogs,
                                    .presence = PRESENCE_ALL,
                                    .encoding = !is_text           ? ENCODING_INTEGERS
                                                : buffer->is_plain ? ENCODING_PLAIN
                                                                   : ENCODING_DICTIONARY,
                                    .value_count = buffer->value_count};
    bool is_plain = column.encoding == ENCODING_PLAIN;
    if (is_plain && !close_plain_chunk(buffer)) {
        return false;
    }
    uint32_t chunks = 3 + (is_plain ? buffer->chunk_count : is_text ? count_entry_chunks(&buffer->dictionary) : 0);
    column.chunks = arena_array(arena, struct segment_chunk, chunks);
    if (!column.chunks) {
        return false;
    }
    if (column.value_count < slots &&
        !flush_presence(buffer, slots, body, &column.chunks[column.chunk_count++], &column.presence)) {
        return false;
    }
    bool is_flushed = is_plain ? flush_plain(buffer, body, &column) : flush_integers(buffer, body, &column);
    is_flushed = is_flushed && (is_plain || !is_text || flush_entries(buffer, body, &column)) &&
                 flush_bloom(buffer, body, &column);
    assert(column.chunk_count <= chunks);
    *ret_column = column;
    clear_block(buffer);
    return is_flushed;
}

void column_buffer_forget(struct column_buffer *buffer)
{
    clear_block(buffer);
    dictionary_undo(&buffer->dictionary, buffer->hash_seed);
}
