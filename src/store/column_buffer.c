#include "store/column_buffer.h"

#include <assert.h>

#include "base/memory.h"
#include "match/needle.h"

enum { ENTRY_OVERHEAD = 17, PLAIN_BYTES_MIN = 4096, PLAIN_VALUES_MIN = 4096, CHUNK_HEAD_ROOM = 64 };
/* Bytes of a value that a block's dictionary has to spare: less is what a number and compression cost. And the most
 * that its texts may take, so that readers can hold all of them. */
enum { SPARED_BYTES_MIN = 12, BLOCK_TEXT_BYTES_MAX = 7 * 1024 * 1024 };
enum { PRESENT_BYTES = LIMIT_STORE_BLOCK_ROWS / 8, BLOOM_VALUES_MIN = 1024, PACKING_PROBE_BYTES = 64 * 1024 };
/* So many bytes of new entries are worth sorting. */
enum { SORTED_BYTES_MIN = 16 * 1024 };

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

/* ---- life ---- */

bool column_buffer_init(struct column_buffer *buffer)
{
    text_dictionary_init(&buffer->dictionary, buffer->hash_seed);
    strbuf_init(&buffer->heap, UINT32_MAX - 1);
    strbuf_init(&buffer->stored, LIMIT_STORE_BLOCK_BYTES);
    return true;
}

void column_buffer_release(struct column_buffer *buffer)
{
    text_dictionary_release(&buffer->dictionary);
    strbuf_release(&buffer->heap);
    strbuf_release(&buffer->stored);
    bloom_builder_release(&buffer->bloom);
    memory_free(buffer->line_table);
    memory_free(buffer->present);
    memory_free(buffer->integers);
    memory_free(buffer->codes);
    memory_free(buffer->lengths);
    memory_free(buffer->chunks);
    *buffer = (struct column_buffer){0};
}

void column_buffer_new_segment(struct column_buffer *buffer)
{
    assert(buffer->value_count == 0);
    text_dictionary_clear(&buffer->dictionary);
    buffer->was_plain = buffer->is_plain && buffer->type != SEGMENT_BYTES;
    buffer->is_plain = buffer->type == SEGMENT_BYTES;
    buffer->packing = PACKING_UNKNOWN;
    buffer->is_of_block = false;
    buffer->is_crowded = false;
}

static bool is_text(const struct column_buffer *buffer)
{
    return buffer->type >= SEGMENT_STRING;
}

static size_t value_bytes(const struct column_buffer *buffer)
{
    return is_text(buffer) ? sizeof(uint32_t) : sizeof(int64_t);
}

size_t column_buffer_bytes(const struct column_buffer *buffer)
{
    const struct text_dictionary *dictionary = &buffer->dictionary;
    return (buffer->is_varied ? buffer->value_count * value_bytes(buffer) : 0) +
           text_dictionary_bytes_from(dictionary, dictionary->flushed) + buffer->heap.len + buffer->stored.len +
           buffer->length_count * sizeof(uint32_t);
}

size_t column_buffer_dictionary_bytes(const struct column_buffer *buffer)
{
    const struct text_dictionary *dictionary = &buffer->dictionary;
    return buffer->is_of_block ? 0 : dictionary->heap.len + (size_t)dictionary->count * (ENTRY_OVERHEAD - 1);
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

/* What stands behind the chunk's offset in `target` is the chunk. */
static void end_chunk(struct segment_chunk *chunk, enum chunk_codec codec, size_t raw_bytes,
                      const struct strbuf *target)
{
    chunk->raw_bytes = (uint32_t)raw_bytes;
    chunk->codec = codec;
    chunk->stored_bytes = (uint32_t)(target->len - chunk->offset);
    chunk->checksum = chunk_checksum(str_skip(strbuf_str(target), chunk->offset));
}

/* Compresses `raw` behind `target`. */
static bool store_chunk(struct segment_chunk *chunk, str raw, enum chunk_codec codec, struct strbuf *target)
{
    chunk->offset = target->len;
    enum chunk_codec used = chunk->role == ROLE_INTEGERS ? chunk_compress_integers(raw, codec, target)
                                                         : chunk_compress(raw, codec, target);
    end_chunk(chunk, used, raw.len, target);
    return !target->is_failed;
}

/* Whether a text holds a separator itself. Counted in parts: short loops become vectors, and the first parts of records
 * of many lines tell. */
static bool has_line_end(str heap, uint32_t texts)
{
    enum { PART_BYTES = 128 };
    size_t found = 0;
    for (size_t at = 0; at < heap.len && found <= texts; at += PART_BYTES) {
        str part = str_slice(heap, at, at + PART_BYTES);
        uint8_t found_here = 0;
        for (size_t i = 0; i < part.len; i++) {
            found_here = (uint8_t)(found_here + (part.data[i] == TEXTS_SEPARATOR));
        }
        found += found_here;
    }
    return found > texts;
}

static void describe_texts(struct segment_chunk *chunk, enum segment_role role, uint32_t first, uint32_t count,
                           str heap)
{
    chunk->role = role;
    chunk->first = first;
    chunk->count = count;
    chunk->flags = has_line_end(heap, count) ? CHUNK_HAS_LINE_END : 0;
    chunk->flags |= text_has_high_byte(heap) ? 0 : CHUNK_IS_ASCII;
}

static bool store_texts(struct segment_chunk *chunk, enum segment_role role, uint32_t first, const uint32_t *lengths,
                        uint32_t count, str heap, enum chunk_codec codec, struct strbuf *target)
{
    struct strbuf raw;
    strbuf_init(&raw, UINT32_MAX);
    texts_append(&raw, lengths, count, heap);
    describe_texts(chunk, role, first, count, heap);
    bool is_stored = !raw.is_failed && store_chunk(chunk, strbuf_str(&raw), codec, target);
    strbuf_release(&raw);
    return is_stored;
}

/* ---- raw records ---- */

static bool may_pack_by_fields(const struct column_buffer *buffer)
{
    return buffer->type == SEGMENT_BYTES && buffer->codec == CHUNK_LZ4 && buffer->packing != PACKING_BY_BYTES &&
           (buffer->packing == PACKING_BY_FIELDS || buffer->heap.len >= PACKING_PROBE_BYTES) &&
           buffer->heap.len <= LIMIT_STORE_CHUNK_BYTES;
}

/* The time that packing by fields spares may cost a quarter more of the disk. */
static void choose_packing(struct column_buffer *buffer, size_t by_fields, size_t by_bytes)
{
    bool is_worth_it = by_fields <= by_bytes + by_bytes / 4;
    buffer->packing = is_worth_it ? PACKING_BY_FIELDS : PACKING_BY_BYTES;
}

/* The records of the chunk that is being closed. *ret_is_packed false: too little is spared by it, and nothing done. */
static bool pack_by_fields(struct column_buffer *buffer, struct segment_chunk *chunk, bool *ret_is_packed)
{
    if (!buffer->line_table) {
        buffer->line_table = memory_allocate(sizeof(*buffer->line_table));
    }
    struct strbuf head;
    strbuf_init(&head, LIMIT_STORE_CHUNK_BYTES * 2);
    str heap = strbuf_str(&buffer->heap);
    texts_append_head(&head, buffer->lengths, buffer->length_count, heap.len);
    bool has_memory = buffer->line_table && !head.is_failed;
    chunk->offset = buffer->stored.len;
    *ret_is_packed = has_memory && chunk_compress_lines(buffer->line_table, strbuf_str(&head), heap, &buffer->stored);
    if (*ret_is_packed) {
        end_chunk(chunk, CHUNK_LZ4, head.len + heap.len, &buffer->stored);
    }
    strbuf_release(&head);
    return has_memory && !buffer->stored.is_failed;
}

static bool store_records(struct column_buffer *buffer, struct segment_chunk *chunk, uint32_t first)
{
    str heap = strbuf_str(&buffer->heap);
    bool has_choice = may_pack_by_fields(buffer);
    bool is_packed = false;
    if (has_choice && !pack_by_fields(buffer, chunk, &is_packed)) {
        return false;
    }
    if (is_packed && buffer->packing == PACKING_BY_FIELDS) {
        describe_texts(chunk, ROLE_VALUES, first, buffer->length_count, heap);
        return true;
    }
    size_t by_fields = is_packed ? chunk->stored_bytes : SIZE_MAX;
    buffer->stored.len -= is_packed ? chunk->stored_bytes : 0;
    bool is_stored = store_texts(chunk, ROLE_VALUES, first, buffer->lengths, buffer->length_count, heap, buffer->codec,
                                 &buffer->stored);
    if (has_choice) {
        choose_packing(buffer, by_fields, chunk->stored_bytes);
    }
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
    bool is_stored = chunk && store_records(buffer, chunk, first);
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

/* The values hardly repeat, or the dictionary would be larger than readers take. */
static bool must_be_plain(const struct column_buffer *buffer)
{
    const struct text_dictionary *dictionary = &buffer->dictionary;
    if (buffer->is_plain || buffer->is_dictionary || dictionary->count == dictionary->flushed) {
        return buffer->is_plain;
    }
    size_t added = text_dictionary_bytes_from(dictionary, dictionary->flushed);
    return (added > PLAIN_BYTES_MIN && added > buffer->text_bytes / 2) ||
           column_buffer_dictionary_bytes(buffer) > LIMIT_STORE_DICTIONARY_BYTES || buffer->is_crowded;
}

static bool make_plain(struct column_buffer *buffer)
{
    for (uint32_t i = 0; i < buffer->value_count; i++) {
        uint32_t code = buffer->is_varied ? buffer->codes[i] : (uint32_t)buffer->same;
        if (!add_plain(buffer, text_dictionary_entry(&buffer->dictionary, code))) {
            return false;
        }
    }
    buffer->is_plain = true;
    buffer->is_of_block = false;
    buffer->is_varied = false;
    text_dictionary_close(&buffer->dictionary);
    return true;
}

/* ---- the block's own dictionary ---- */

/* It spares enough, going by what the segment's dictionary, or its own, had to take in. */
static bool is_worth_own_dictionary(const struct column_buffer *buffer)
{
    const struct text_dictionary *dictionary = &buffer->dictionary;
    size_t added = text_dictionary_bytes_from(dictionary, dictionary->flushed);
    return buffer->is_varied && added <= BLOCK_TEXT_BYTES_MAX &&
           buffer->text_bytes >= added + (uint64_t)buffer->value_count * SPARED_BYTES_MIN;
}

/* The block's texts, of which older blocks have some, in a dictionary without those. */
static bool make_own_dictionary(struct column_buffer *buffer)
{
    struct text_dictionary own;
    str group[TEXT_GROUP];
    bool is_made = true;
    if (buffer->dictionary.flushed == 0) {
        buffer->is_of_block = true;
        return true;
    }
    text_dictionary_init(&own, buffer->hash_seed);
    for (uint32_t first = 0; is_made && first < buffer->value_count; first += TEXT_GROUP) {
        uint32_t count = buffer->value_count - first < TEXT_GROUP ? buffer->value_count - first : TEXT_GROUP;
        for (uint32_t i = 0; i < count; i++) {
            group[i] = text_dictionary_entry(&buffer->dictionary, buffer->codes[first + i]);
        }
        is_made = text_dictionary_codes(&own, group, count, buffer->codes + first);
    }
    if (!is_made) {
        text_dictionary_release(&own);
        return false;
    }
    text_dictionary_release(&buffer->dictionary);
    buffer->dictionary = own;
    buffer->is_of_block = true;
    return true;
}

/* How the texts of a block that is full are kept. */
static bool choose_encoding(struct column_buffer *buffer)
{
    if (buffer->is_plain || (!buffer->is_of_block && !must_be_plain(buffer))) {
        return true;
    }
    if (is_worth_own_dictionary(buffer)) {
        if (!buffer->is_of_block && !make_own_dictionary(buffer)) {
            return false;
        }
        if (is_worth_own_dictionary(buffer)) {
            return true;
        }
    }
    return make_plain(buffer);
}

/* ---- presence ---- */

/* `count` bits from `from` on, at most 64, in the lowest bits. */
static uint64_t bits_at(const uint64_t *words, uint32_t from, uint32_t count)
{
    uint32_t shift = from % 64;
    uint64_t bits = words[from / 64] >> shift;
    if (shift > 0 && shift + count > 64) {
        bits |= words[from / 64 + 1] << (64 - shift);
    }
    return count < 64 ? bits & ((UINT64_C(1) << count) - 1) : bits;
}

static void or_bits(uint64_t *words, uint32_t to, uint64_t bits, uint32_t count)
{
    uint32_t shift = to % 64;
    words[to / 64] |= bits << shift;
    if (shift > 0 && shift + count > 64) {
        words[to / 64 + 1] |= bits >> (64 - shift);
    }
}

static void set_bits(uint64_t *words, uint32_t to, uint32_t count)
{
    for (uint32_t done = 0; done < count;) {
        uint32_t part = count - done < 64 ? count - done : 64;
        or_bits(words, to + done, part < 64 ? (UINT64_C(1) << part) - 1 : UINT64_MAX, part);
        done += part;
    }
}

/* Slots so far were all taken; from now on each has a bit. */
static bool begin_gaps(struct column_buffer *buffer)
{
    if (buffer->has_gaps) {
        return true;
    }
    if (!buffer->present) {
        buffer->present = memory_allocate(PRESENT_BYTES);
    }
    if (!buffer->present) {
        return false;
    }
    memset(buffer->present, 0, PRESENT_BYTES);
    set_bits(buffer->present, 0, buffer->value_count);
    buffer->has_gaps = true;
    return true;
}

/* Before the values are added: these slots have one. */
static bool take_slots(struct column_buffer *buffer, uint32_t slot, uint32_t count)
{
    assert(slot + count <= LIMIT_STORE_BLOCK_ROWS);
    if (!buffer->has_gaps && slot == buffer->value_count) {
        return true;
    }
    if (!begin_gaps(buffer)) {
        return false;
    }
    set_bits(buffer->present, slot, count);
    return true;
}

/* The same for those of `count` slots whose bits are set; not for none and not for all of them. */
static bool take_valid_slots(struct column_buffer *buffer, uint32_t slot, const uint64_t *validity, uint32_t first,
                             uint32_t count)
{
    assert(slot + count <= LIMIT_STORE_BLOCK_ROWS);
    if (!begin_gaps(buffer)) {
        return false;
    }
    for (uint32_t done = 0; done < count;) {
        uint32_t part = count - done < 64 ? count - done : 64;
        or_bits(buffer->present, slot + done, bits_at(validity, first + done, part), part);
        done += part;
    }
    return true;
}

static uint32_t count_valid(const uint64_t *validity, uint32_t first, uint32_t count)
{
    uint32_t valid = 0;
    for (uint32_t done = 0; done < count;) {
        uint32_t part = count - done < 64 ? count - done : 64;
        valid += (uint32_t)__builtin_popcountll(bits_at(validity, first + done, part));
        done += part;
    }
    return valid;
}

/* ---- values ---- */

static bool reserve_values(struct column_buffer *buffer, uint32_t more)
{
    uint32_t wanted = buffer->capacity ? buffer->capacity : 1024;
    while (wanted < buffer->value_count + more) {
        wanted *= 2;
    }
    if (wanted == buffer->capacity) {
        return true;
    }
    void *old = is_text(buffer) ? (void *)buffer->codes : (void *)buffer->integers;
    void *grown = memory_resize(old, wanted * value_bytes(buffer));
    if (!grown) {
        return false;
    }
    buffer->integers = is_text(buffer) ? NULL : grown;
    buffer->codes = is_text(buffer) ? grown : NULL;
    buffer->capacity = wanted;
    return true;
}

/* Room for more values, each with its place. */
static bool vary(struct column_buffer *buffer, uint32_t more)
{
    if (!reserve_values(buffer, more)) {
        return false;
    }
    for (uint32_t i = 0; !buffer->is_varied && i < buffer->value_count; i++) {
        if (is_text(buffer)) {
            buffer->codes[i] = (uint32_t)buffer->same;
        } else {
            buffer->integers[i] = buffer->same;
        }
    }
    buffer->is_varied = true;
    return true;
}

static bool append_same(struct column_buffer *buffer, int64_t value, uint32_t count)
{
    if (buffer->value_count == 0) {
        buffer->same = value;
    }
    if (buffer->is_varied || value != buffer->same) {
        if (!vary(buffer, count)) {
            return false;
        }
        for (uint32_t i = 0; i < count; i++) {
            if (is_text(buffer)) {
                buffer->codes[buffer->value_count + i] = (uint32_t)value;
            } else {
                buffer->integers[buffer->value_count + i] = value;
            }
        }
    }
    buffer->value_count += count;
    return true;
}

static bool append_integers(struct column_buffer *buffer, const int64_t *values, uint32_t count)
{
    uint32_t equal = 0;
    if (buffer->value_count == 0) {
        buffer->same = values[0];
    }
    while (!buffer->is_varied && equal < count && values[equal] == buffer->same) {
        equal++;
    }
    if (equal < count) {
        if (!vary(buffer, count)) {
            return false;
        }
        memcpy(buffer->integers + buffer->value_count, values, count * sizeof(*values));
    }
    buffer->value_count += count;
    return true;
}

static bool append_codes(struct column_buffer *buffer, const uint32_t *codes, uint32_t count)
{
    uint32_t equal = 0;
    if (buffer->value_count == 0) {
        buffer->same = codes[0];
    }
    while (!buffer->is_varied && equal < count && codes[equal] == buffer->same) {
        equal++;
    }
    if (equal < count) {
        if (!vary(buffer, count)) {
            return false;
        }
        memcpy(buffer->codes + buffer->value_count, codes, count * sizeof(*codes));
    }
    buffer->value_count += count;
    return true;
}

static bool append_texts(struct column_buffer *buffer, const str *texts, uint32_t count)
{
    uint32_t codes[TEXT_GROUP];
    for (uint32_t i = 0; i < count; i++) {
        buffer->text_bytes += texts[i].len;
    }
    if (!buffer->is_plain) {
        return text_dictionary_codes(&buffer->dictionary, texts, count, codes) && append_codes(buffer, codes, count);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!add_plain(buffer, texts[i])) {
            return false;
        }
    }
    buffer->value_count += count;
    return true;
}

/* ---- adding ---- */

void column_buffer_add_integer(struct column_buffer *buffer, uint32_t slot, int64_t value)
{
    buffer->is_failed |= !take_slots(buffer, slot, 1) || !append_same(buffer, value, 1);
}

void column_buffer_add_integers(struct column_buffer *buffer, uint32_t slot, const int64_t *values, uint32_t count)
{
    buffer->is_failed |= !take_slots(buffer, slot, count) || !append_integers(buffer, values, count);
}

static str cut_text(struct column_buffer *buffer, str text)
{
    buffer->cut_values += text.len > LIMIT_STORE_VALUE_BYTES;
    return str_slice(text, 0, LIMIT_STORE_VALUE_BYTES);
}

void column_buffer_add_text(struct column_buffer *buffer, uint32_t slot, str value, uint32_t count)
{
    str text = cut_text(buffer, value);
    bool is_added = take_slots(buffer, slot, count) && append_texts(buffer, &text, 1);
    if (is_added && count > 1 && !buffer->is_plain) {
        uint32_t code = buffer->is_varied ? buffer->codes[buffer->value_count - 1] : (uint32_t)buffer->same;
        buffer->text_bytes += (uint64_t)text.len * (count - 1);
        is_added = append_same(buffer, code, count - 1);
    }
    for (uint32_t i = 1; is_added && buffer->is_plain && i < count; i++) {
        is_added = append_texts(buffer, &text, 1);
    }
    buffer->is_failed |= !is_added;
}

static str text_at(struct column_buffer *buffer, const struct column *column, uint32_t row)
{
    if (buffer->type == SEGMENT_IP) {
        const struct ip *ip = column_ip(column, row);
        size_t skipped = ip_is_v4(ip) ? 12 : 0;
        return (str){(const char *)ip->bytes + skipped, sizeof(*ip) - skipped};
    }
    return cut_text(buffer, column_string(column, row));
}

static int64_t integer_at(const struct column *column, uint32_t row)
{
    return column->type == TYPE_BOOL ? column_bool(column, row) : column_integer(column, row);
}

/* Values in groups, whatever lies between them. Doubles are taken as the integers that have their bits. */
static bool append_valid(struct column_buffer *buffer, const struct column *column, uint32_t first, uint32_t end)
{
    str texts[TEXT_GROUP];
    int64_t integers[TEXT_GROUP];
    uint32_t count = 0;
    bool is_added = true;
    for (uint32_t row = first; is_added && row < end;) {
        uint32_t part = end - row < 64 ? end - row : 64;
        for (uint64_t bits = bits_at(column->validity, row, part); bits; bits &= bits - 1) {
            uint32_t at = row + (uint32_t)__builtin_ctzll(bits);
            if (is_text(buffer)) {
                texts[count] = text_at(buffer, column, at);
                __builtin_prefetch(texts[count++].data);
            } else {
                integers[count++] = integer_at(column, at);
            }
        }
        row += part;
        if (count > TEXT_GROUP - 64 || (row == end && count > 0)) {
            is_added = is_text(buffer) ? append_texts(buffer, texts, count) : append_integers(buffer, integers, count);
            count = 0;
        }
    }
    return is_added;
}

/* The same for texts that are all there: the most frequent case, and the one where the most time goes. */
static bool append_all_texts(struct column_buffer *buffer, const struct column *column, uint32_t first, uint32_t end)
{
    bool is_added = true;
    for (uint32_t row = first, part; is_added && row < end; row += part) {
        const str *texts = column->strings + row;
        part = end - row < TEXT_GROUP ? end - row : TEXT_GROUP;
        size_t longest = 0;
        for (uint32_t i = 0; i < part; i++) {
            __builtin_prefetch(texts[i].data);
            longest = texts[i].len > longest ? texts[i].len : longest;
        }
        is_added = longest > LIMIT_STORE_VALUE_BYTES ? append_valid(buffer, column, row, row + part)
                                                     : append_texts(buffer, texts, part);
    }
    return is_added;
}

static void add_constant(struct column_buffer *buffer, uint32_t slot, const struct column *column, uint32_t count)
{
    if (is_text(buffer)) {
        column_buffer_add_text(buffer, slot, text_at(buffer, column, 0), count);
    } else {
        buffer->is_failed |= !take_slots(buffer, slot, count) || !append_same(buffer, integer_at(column, 0), count);
    }
}

static bool append_flat(struct column_buffer *buffer, const struct column *column, uint32_t first, uint32_t end,
                        bool are_all_valid)
{
    if (are_all_valid && (column->type == TYPE_INT64 || column->type == TYPE_DOUBLE)) {
        return append_integers(buffer, column->integers + first, end - first);
    }
    if (are_all_valid && (column->type == TYPE_STRING || column->type == TYPE_BYTES)) {
        return append_all_texts(buffer, column, first, end);
    }
    return append_valid(buffer, column, first, end);
}

void column_buffer_add_column(struct column_buffer *buffer, uint32_t slot, const struct column *column, uint32_t first,
                              uint32_t end)
{
    if (column->kind == COLUMN_CONSTANT) {
        if (column_is_valid(column, 0)) {
            add_constant(buffer, slot, column, end - first);
        }
        return;
    }
    uint32_t valid = count_valid(column->validity, first, end - first);
    if (valid == 0) {
        return;
    }
    bool is_added = valid == end - first ? take_slots(buffer, slot, valid)
                                         : take_valid_slots(buffer, slot, column->validity, first, end - first);
    is_added = is_added && append_flat(buffer, column, first, end, valid == end - first);
    if (is_added && buffer->was_plain && !buffer->is_plain && buffer->value_count >= PLAIN_VALUES_MIN) {
        buffer->was_plain = false;
        is_added = !must_be_plain(buffer) || is_worth_own_dictionary(buffer) || make_plain(buffer);
    }
    buffer->is_failed |= !is_added;
}

/* ---- twins ---- */

/* The chunk of a column before that was made of the same. */
static bool find_twin(const struct block_twins *twins, const struct block_twin *wanted, struct segment_chunk *ret_chunk)
{
    uint32_t count = twins->count < BLOCK_TWINS_MAX ? twins->count : BLOCK_TWINS_MAX;
    for (uint32_t i = 0; i < count; i++) {
        const struct block_twin *twin = &twins->items[i];
        if (twin->bytes == wanted->bytes && twin->count == wanted->count && twin->width == wanted->width &&
            twin->least == wanted->least && memcmp(twin->values, wanted->values, wanted->bytes) == 0) {
            *ret_chunk = twin->chunk;
            return true;
        }
    }
    return false;
}

static void add_twin(struct block_twins *twins, struct block_twin *twin, const struct segment_chunk *chunk)
{
    twin->chunk = *chunk;
    twins->items[twins->count++ % BLOCK_TWINS_MAX] = *twin;
}

/* ---- a block ---- */

static bool flush_presence(struct column_buffer *buffer, uint32_t slots, struct block_twins *twins, struct strbuf *body,
                           struct segment_chunk *chunk, enum segment_presence *ret_presence)
{
    size_t bitmap_bytes = (slots + 7) / 8;
    struct strbuf raw;
    strbuf_init(&raw, LIMIT_STORE_CHUNK_BYTES);
    if (!begin_gaps(buffer)) { /* the last slots have no value */
        return false;
    }
    bool is_list = buffer->value_count * sizeof(uint16_t) < bitmap_bytes;
    *ret_presence = is_list ? PRESENCE_LIST : PRESENCE_BITMAP;
    struct block_twin twin = {.values = buffer->present, .bytes = ((size_t)slots + 63) / 64 * 8, .count = slots};
    if (find_twin(twins, &twin, chunk)) {
        return true;
    }
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
    chunk->role = ROLE_PRESENCE;
    chunk->count = slots;
    bool is_stored = !raw.is_failed && store_chunk(chunk, strbuf_str(&raw), buffer->codec, body);
    add_twin(twins, &twin, chunk);
    strbuf_release(&raw);
    return is_stored;
}

/* Codes have whole bytes, so that they can be used as they are. */
static unsigned code_width(unsigned width)
{
    return width == 0 ? 0 : width <= 8 ? 8 : width <= 16 ? 16 : 32;
}

static void find_zone(const struct column_buffer *buffer, struct segment_column *column)
{
    int64_t least = buffer->same;
    int64_t greatest = buffer->same;
    if (buffer->is_varied && is_text(buffer)) {
        uint32_t first = UINT32_MAX;
        uint32_t last = 0;
        for (uint32_t i = 0; i < buffer->value_count; i++) {
            first = buffer->codes[i] < first ? buffer->codes[i] : first;
            last = buffer->codes[i] > last ? buffer->codes[i] : last;
        }
        least = first;
        greatest = last;
    } else if (buffer->is_varied) {
        for (uint32_t i = 0; i < buffer->value_count; i++) {
            int64_t value = buffer->integers[i];
            least = value < least ? value : least;
            greatest = value > greatest ? value : greatest;
        }
    }
    column->least = least;
    column->greatest = greatest;
}

static bool flush_integers(struct column_buffer *buffer, struct block_twins *twins, struct strbuf *body,
                           struct segment_column *column)
{
    unsigned width = 64;
    if (buffer->type != SEGMENT_DOUBLE) {
        find_zone(buffer, column);
        width = integers_width((uint64_t)column->greatest - (uint64_t)column->least);
        width = is_text(buffer) ? code_width(width) : width;
    }
    if (width == 0) {
        return true;
    }
    if (!vary(buffer, 0)) {
        return false;
    }
    struct segment_chunk *chunk = &column->chunks[column->chunk_count++];
    struct block_twin twin = {.values = is_text(buffer) ? (const void *)buffer->codes : buffer->integers,
                              .bytes = buffer->value_count * value_bytes(buffer),
                              .count = buffer->value_count,
                              .least = column->least,
                              .width = width};
    if (find_twin(twins, &twin, chunk)) {
        return true;
    }
    struct strbuf raw;
    strbuf_init(&raw, LIMIT_STORE_CHUNK_BYTES);
    if (is_text(buffer)) {
        codes_append(&raw, buffer->codes, buffer->value_count, (uint32_t)column->least, width);
    } else {
        integers_append(&raw, buffer->integers, buffer->value_count, column->least, width);
    }
    chunk->role = ROLE_INTEGERS;
    chunk->count = buffer->value_count;
    bool is_stored = !raw.is_failed && store_chunk(chunk, strbuf_str(&raw), buffer->codec, body);
    add_twin(twins, &twin, chunk);
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

/* The block's codes for new entries that change their places. */
static void renumber(struct column_buffer *buffer, const uint32_t *new_codes)
{
    uint32_t first = buffer->dictionary.flushed;
    for (uint32_t i = 0; buffer->is_varied && i < buffer->value_count; i++) {
        uint32_t code = buffer->codes[i];
        buffer->codes[i] = code >= first ? new_codes[code - first] : code;
    }
    if (!buffer->is_varied && buffer->same >= first) {
        buffer->same = new_codes[buffer->same - first];
    }
}

/* Many new entries are stored in the order of their beginnings: what is alike stands together, which halves the time to
 * decompress it. Those of the store's own columns stay as they came. */
static bool sort_entries(struct column_buffer *buffer)
{
    struct text_dictionary *dictionary = &buffer->dictionary;
    if (buffer->is_dictionary || text_dictionary_bytes_from(dictionary, dictionary->flushed) < SORTED_BYTES_MIN) {
        return true;
    }
    uint32_t *new_codes = NULL;
    bool is_sorted = text_dictionary_sort_new(dictionary, !buffer->is_of_block, &new_codes);
    if (is_sorted && new_codes) {
        renumber(buffer, new_codes);
    }
    memory_free(new_codes);
    return is_sorted;
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
        enum segment_role role = buffer->is_of_block ? ROLE_VALUES : ROLE_ENTRIES;
        bool is_stored = lengths && store_texts(&column->chunks[column->chunk_count++], role, first, lengths, count,
                                                heap, buffer->codec, body);
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

static void add_entry_to_bloom(struct column_buffer *buffer, uint64_t *used, uint32_t code)
{
    if ((used[code / 64] >> code % 64 & 1) == 0) {
        used[code / 64] |= UINT64_C(1) << code % 64;
        bloom_builder_add(&buffer->bloom, text_dictionary_entry(&buffer->dictionary, code));
    }
}

/* Entries that the block brings, used or not, and older ones that it uses. */
static bool add_entries_to_bloom(struct column_buffer *buffer, const struct segment_column *column)
{
    const struct text_dictionary *dictionary = &buffer->dictionary;
    uint64_t *used = memory_allocate_zeroed(dictionary->count / 64 + 1, sizeof(*used));
    if (!used || (!buffer->bloom.words && !bloom_builder_init(&buffer->bloom))) {
        memory_free(used);
        return false;
    }
    for (uint32_t i = 0; i < column->chunk_count; i++) {
        const struct segment_chunk *chunk = &column->chunks[i];
        for (uint32_t k = 0; chunk->role == ROLE_ENTRIES && k < chunk->count; k++) {
            add_entry_to_bloom(buffer, used, chunk->first + k);
        }
    }
    for (uint32_t i = 0; i < (buffer->is_varied ? buffer->value_count : 1); i++) {
        add_entry_to_bloom(buffer, used, buffer->is_varied ? buffer->codes[i] : (uint32_t)buffer->same);
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
    if (!is_plain && !add_entries_to_bloom(buffer, column)) {
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
    buffer->has_gaps = false;
    buffer->is_varied = false;
    buffer->value_count = 0;
    buffer->text_bytes = 0;
    strbuf_clear(&buffer->heap);
    strbuf_clear(&buffer->stored);
    buffer->length_count = 0;
    buffer->chunk_count = 0;
    buffer->is_failed = false;
    if (buffer->is_of_block) {
        text_dictionary_restart(&buffer->dictionary);
    }
}

bool column_buffer_flush(struct column_buffer *buffer, uint32_t slots, struct block_twins *twins, struct arena *arena,
                         struct strbuf *body, struct segment_column *ret_column)
{
    assert(buffer->value_count > 0 && buffer->value_count <= slots);
    if (is_text(buffer) && !choose_encoding(buffer)) {
        return false;
    }
    struct segment_column column = {.name = buffer->name,
                                    .type = buffer->type,
                                    .scope = buffer->scope,
                                    .origin = buffer->origin,
                                    .catalogs = buffer->catalogs,
                                    .presence = PRESENCE_ALL,
                                    .encoding = !is_text(buffer)      ? ENCODING_INTEGERS
                                                : buffer->is_plain    ? ENCODING_PLAIN
                                                : buffer->is_of_block ? ENCODING_BLOCK
                                                                      : ENCODING_DICTIONARY,
                                    .value_count = buffer->value_count};
    bool is_plain = column.encoding == ENCODING_PLAIN;
    if (is_plain ? !close_plain_chunk(buffer) : is_text(buffer) && !sort_entries(buffer)) {
        return false;
    }
    uint32_t chunks = 3 + (is_plain          ? buffer->chunk_count
                           : is_text(buffer) ? count_entry_chunks(&buffer->dictionary)
                                             : 0);
    column.chunks = arena_array(arena, struct segment_chunk, chunks);
    if (!column.chunks) {
        return false;
    }
    if (column.value_count < slots &&
        !flush_presence(buffer, slots, twins, body, &column.chunks[column.chunk_count++], &column.presence)) {
        return false;
    }
    bool is_flushed = is_plain ? flush_plain(buffer, body, &column) : flush_integers(buffer, twins, body, &column);
    is_flushed = is_flushed && (is_plain || !is_text(buffer) || flush_entries(buffer, body, &column)) &&
                 flush_bloom(buffer, body, &column);
    assert(column.chunk_count <= chunks);
    *ret_column = column;
    clear_block(buffer);
    return is_flushed;
}
