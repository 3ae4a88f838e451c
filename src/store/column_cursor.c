#include "store/column_cursor.h"

#include <assert.h>

#include "store/store_bytes.h"

enum { KEPT_BYTES = 4 * 1024 * 1024, ENTRY_BYTES = sizeof(str) };

static bool same_column(const struct segment_column *a, const struct segment_column *b)
{
    return a->type == b->type && a->scope == b->scope && a->origin == b->origin && a->catalogs == b->catalogs &&
           str_eq(a->name, b->name);
}

static const struct segment_column *find_column(const struct column_cursor *cursor, uint32_t block)
{
    const struct segment_block *info = &cursor->map->blocks[block];
    for (uint32_t i = 0; i < info->column_count; i++) {
        if (same_column(&cursor->identity, &info->columns[i])) {
            return &info->columns[i];
        }
    }
    return NULL;
}

void column_cursor_init(struct column_cursor *cursor, column_match *match, const void *context)
{
    arena_init(&cursor->arena, ARENA_NO_LIMIT);
    for (uint32_t b = 0; b < cursor->map->block_count; b++) {
        const struct segment_block *block = &cursor->map->blocks[b];
        for (uint32_t i = 0; i < block->column_count; i++) {
            if (match(context, &block->columns[i])) {
                cursor->identity = block->columns[i];
                cursor->has_column = true;
                return;
            }
        }
    }
}

static void buffer_release(struct column_cursor *cursor, struct chunk_buffer *buffer)
{
    cursor->budget->held_bytes -= buffer->capacity;
    memory_free(buffer->data);
    *buffer = (struct chunk_buffer){0};
}

void column_cursor_release(struct column_cursor *cursor)
{
    if (cursor->budget) {
        buffer_release(cursor, &cursor->integer_buffer);
        buffer_release(cursor, &cursor->text_buffer);
    }
    memory_free(cursor->present_words);
    memory_free(cursor->offsets);
    memory_free(cursor->entries);
    arena_release(&cursor->arena);
    *cursor = (struct column_cursor){0};
}

/* ---- chunks ---- */

static tocsin_status over_budget(const struct column_cursor *cursor, size_t limit, struct error *err)
{
    return error_set(err, TOCSIN_ERROR_LIMIT, "%s: what is asked of it at once needs more than %zu MiB",
                     cursor->file->path, limit / MEBI);
}

/* Room for `bytes` and what readers load behind them. */
static tocsin_status buffer_prepare(struct column_cursor *cursor, struct chunk_buffer *buffer, size_t bytes,
                                    struct error *err)
{
    size_t wanted = bytes + CHUNK_SLACK_BYTES;
    if (buffer->capacity >= wanted && (buffer->capacity <= KEPT_BYTES || wanted > KEPT_BYTES)) {
        return TOCSIN_OK;
    }
    buffer_release(cursor, buffer);
    if (cursor->budget->held_bytes + wanted > LIMIT_STORE_HELD_BYTES) {
        return over_budget(cursor, LIMIT_STORE_HELD_BYTES, err);
    }
    buffer->data = memory_allocate(wanted);
    if (!buffer->data) {
        return error_memory(err);
    }
    buffer->capacity = wanted;
    cursor->budget->held_bytes += wanted;
    return TOCSIN_OK;
}

static tocsin_status unpack(struct column_cursor *cursor, const struct segment_chunk *chunk, char *target,
                            struct error *err)
{
    tocsin_status status = segment_chunk_read(cursor->file, chunk, cursor->stored, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    memset(target + chunk->raw_bytes, 0, CHUNK_SLACK_BYTES);
    return chunk_decompress(strbuf_str(cursor->stored), chunk->codec, target, chunk->raw_bytes) ? TOCSIN_OK
                                                                                                : TOCSIN_END;
}

static tocsin_status load(struct column_cursor *cursor, const struct segment_chunk *chunk, struct chunk_buffer *buffer,
                          str *ret_raw, struct error *err)
{
    tocsin_status status = buffer_prepare(cursor, buffer, chunk->raw_bytes, err);
    status = status == TOCSIN_OK ? unpack(cursor, chunk, buffer->data, err) : status;
    if (status == TOCSIN_OK) {
        *ret_raw = (str){buffer->data, chunk->raw_bytes};
    }
    return status;
}

static const struct segment_chunk *chunk_of(const struct segment_column *column, enum segment_role role)
{
    for (uint32_t i = 0; i < column->chunk_count && i < 2; i++) {
        if (column->chunks[i].role == role) {
            return &column->chunks[i];
        }
    }
    return NULL;
}

/* ---- presence ---- */

static bool read_bitmap(str raw, uint32_t slots, uint64_t *words, uint32_t *ret_count)
{
    uint32_t count = 0;
    if (raw.len != (slots + 7) / 8) {
        return false;
    }
    for (size_t i = 0; i < raw.len; i++) {
        words[i / 8] |= (uint64_t)(unsigned char)raw.data[i] << i % 8 * 8;
    }
    for (uint32_t word = 0; word <= (slots - 1) / 64; word++) {
        count += (uint32_t)__builtin_popcountll(words[word]);
    }
    *ret_count = count;
    return slots % 64 == 0 || words[slots / 64] >> slots % 64 == 0;
}

static bool read_list(str raw, uint32_t slots, uint64_t *words, uint32_t *ret_count)
{
    uint32_t next = 0;
    struct byte_taker taker = {.rest = raw};
    for (size_t i = 0; i < raw.len / 2; i++) {
        uint32_t slot = bytes_take_u16(&taker);
        if (slot < next || slot >= slots) {
            return false;
        }
        words[slot / 64] |= UINT64_C(1) << slot % 64;
        next = slot + 1;
    }
    *ret_count = (uint32_t)(raw.len / 2);
    return taker.rest.len == 0;
}

static tocsin_status load_presence(struct column_cursor *cursor, struct error *err)
{
    const struct segment_column *column = cursor->column;
    cursor->present = NULL;
    if (column->presence == PRESENCE_ALL) {
        return TOCSIN_OK;
    }
    if (!cursor->present_words) {
        cursor->present_words = memory_allocate(LIMIT_STORE_BLOCK_ROWS / 8);
        if (!cursor->present_words) {
            return error_memory(err);
        }
    }
    memset(cursor->present_words, 0, LIMIT_STORE_BLOCK_ROWS / 8);
    str raw;
    uint32_t count = 0;
    tocsin_status status = load(cursor, chunk_of(column, ROLE_PRESENCE), &cursor->integer_buffer, &raw, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    bool is_read = column->presence == PRESENCE_BITMAP ? read_bitmap(raw, cursor->slots, cursor->present_words, &count)
                                                       : read_list(raw, cursor->slots, cursor->present_words, &count);
    cursor->present = cursor->present_words;
    return is_read && count == column->value_count ? TOCSIN_OK : TOCSIN_END;
}

/* ---- dictionary ---- */

static tocsin_status reserve_entries(struct column_cursor *cursor, uint32_t count, struct error *err)
{
    size_t bytes = (size_t)count * ENTRY_BYTES;
    if (bytes > LIMIT_STORE_DICTIONARIES_BYTES) {
        return over_budget(cursor, LIMIT_STORE_DICTIONARIES_BYTES, err);
    }
    if (count <= cursor->entry_capacity) {
        return TOCSIN_OK;
    }
    uint32_t capacity = cursor->entry_capacity * 2 > count ? cursor->entry_capacity * 2 : count;
    str *grown = memory_resize(cursor->entries, capacity * sizeof(*grown));
    if (!grown) {
        return error_memory(err);
    }
    cursor->entries = grown;
    cursor->entry_capacity = capacity;
    return TOCSIN_OK;
}

static tocsin_status reserve_offsets(struct column_cursor *cursor, uint32_t count, struct error *err)
{
    if (count < cursor->offset_capacity) {
        return TOCSIN_OK;
    }
    memory_free(cursor->offsets);
    cursor->offset_capacity = 0;
    cursor->offsets = memory_allocate(((size_t)count + 1) * sizeof(*cursor->offsets));
    if (!cursor->offsets) {
        return error_memory(err);
    }
    cursor->offset_capacity = count + 1;
    return TOCSIN_OK;
}

/* Of entries that cannot be read, so that those behind keep their codes. */
static void add_lost(struct column_cursor *cursor, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        cursor->entries[cursor->entry_count++] = (str){NULL, 0};
    }
}

static tocsin_status load_entry_chunk(struct column_cursor *cursor, const struct segment_chunk *chunk,
                                      struct error *err)
{
    struct texts texts;
    uint64_t end = (uint64_t)chunk->first + chunk->count;
    if (chunk->first < cursor->entry_count || end > UINT32_MAX ||
        !texts_are_plausible(chunk->count, chunk->raw_bytes)) {
        return TOCSIN_OK; /* no chunk of this dictionary: its codes stay without entries */
    }
    tocsin_status status = reserve_entries(cursor, (uint32_t)end, err);
    status = status == TOCSIN_OK ? reserve_offsets(cursor, chunk->count, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    add_lost(cursor, chunk->first - cursor->entry_count);
    size_t cost = chunk->raw_bytes + (size_t)chunk->count * ENTRY_BYTES;
    char *room = arena_allocate(&cursor->arena, chunk->raw_bytes + CHUNK_SLACK_BYTES, 16);
    if (!room) {
        return error_memory(err);
    }
    status = unpack(cursor, chunk, room, err);
    if (status == TOCSIN_OK && !texts_parse((str){room, chunk->raw_bytes}, chunk->count, cursor->offsets, &texts)) {
        status = TOCSIN_END;
    }
    if (status == TOCSIN_END) {
        add_lost(cursor, chunk->count);
        return TOCSIN_OK;
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < chunk->count; i++) {
        cursor->entries[cursor->entry_count++] = texts_get(&texts, i);
    }
    /* Less what a chunk may have beside its heap, as writers do not count that. */
    cursor->budget->dictionary_bytes += cost - (size_t)chunk->count * 4 - TEXTS_HEAD_BYTES - 8;
    if (cursor->budget->dictionary_bytes > LIMIT_STORE_DICTIONARIES_BYTES) {
        return over_budget(cursor, LIMIT_STORE_DICTIONARIES_BYTES, err);
    }
    return status;
}

tocsin_status column_cursor_load_entries(struct column_cursor *cursor, uint32_t block, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (; status == TOCSIN_OK && cursor->blocks_seen <= block; cursor->blocks_seen++) {
        const struct segment_column *column = find_column(cursor, cursor->blocks_seen);
        for (uint32_t i = 0; column && status == TOCSIN_OK && i < column->chunk_count; i++) {
            if (column->chunks[i].role == ROLE_ENTRIES) {
                status = load_entry_chunk(cursor, &column->chunks[i], err);
            }
        }
    }
    return status;
}

/* ---- blocks ---- */

static tocsin_status load_integers(struct column_cursor *cursor, struct error *err)
{
    const struct segment_column *column = cursor->column;
    const struct segment_chunk *chunk = chunk_of(column, ROLE_INTEGERS);
    str raw;
    if (!chunk) {
        cursor->integers = (struct packed_integers){NULL, column->value_count, 0, (uint64_t)column->least};
        return TOCSIN_OK;
    }
    tocsin_status status = load(cursor, chunk, &cursor->integer_buffer, &raw, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    return integers_parse(raw, column->value_count, column->least, &cursor->integers) ? TOCSIN_OK : TOCSIN_END;
}

tocsin_status column_cursor_begin(struct column_cursor *cursor, uint32_t block, struct error *err)
{
    const struct segment_block *info = &cursor->map->blocks[block];
    cursor->column = cursor->has_column ? find_column(cursor, block) : NULL;
    cursor->slot = 0;
    cursor->value = 0;
    cursor->chunk = 0;
    cursor->texts = (struct texts){0};
    cursor->texts_first = 0;
    if (!cursor->column) {
        return TOCSIN_OK;
    }
    cursor->slots = cursor->column->scope == SCOPE_LINE ? info->line_count : info->row_count;
    tocsin_status status = load_presence(cursor, err);
    if (status != TOCSIN_OK || cursor->column->encoding == ENCODING_PLAIN) {
        return status;
    }
    status = load_integers(cursor, err);
    if (status == TOCSIN_OK && cursor->column->encoding == ENCODING_DICTIONARY) {
        status = column_cursor_load_entries(cursor, block, err);
    }
    return status;
}

void column_cursor_skip(struct column_cursor *cursor, uint32_t slots)
{
    for (uint32_t i = 0; i < slots; i++) {
        (void)column_cursor_next(cursor);
    }
}

/* The chunk that holds the next value. Values passed over may have had chunks of their own. */
static tocsin_status load_texts(struct column_cursor *cursor, struct error *err)
{
    const struct segment_column *column = cursor->column;
    const struct segment_chunk *chunk = NULL;
    for (; cursor->chunk < column->chunk_count; cursor->chunk++) {
        chunk = &column->chunks[cursor->chunk];
        if (chunk->role == ROLE_VALUES && chunk->first + chunk->count > cursor->value) {
            break;
        }
    }
    str raw;
    if (cursor->chunk == column->chunk_count || !texts_are_plausible(chunk->count, chunk->raw_bytes)) {
        return TOCSIN_END;
    }
    tocsin_status status = reserve_offsets(cursor, chunk->count, err);
    status = status == TOCSIN_OK ? load(cursor, chunk, &cursor->text_buffer, &raw, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    cursor->texts_first = chunk->first;
    cursor->chunk++;
    return texts_parse(raw, chunk->count, cursor->offsets, &cursor->texts) ? TOCSIN_OK : TOCSIN_END;
}

tocsin_status column_cursor_ready(struct column_cursor *cursor, uint32_t wanted, uint32_t *ret_slots, struct error *err)
{
    *ret_slots = wanted;
    if (!cursor->column || cursor->column->encoding != ENCODING_PLAIN) {
        return TOCSIN_OK;
    }
    uint32_t value = cursor->value;
    for (uint32_t i = 0; i < wanted; i++) {
        if (!column_cursor_has_value(cursor, cursor->slot + i)) {
            continue;
        }
        if (value >= cursor->texts_first + cursor->texts.count) {
            if (value != cursor->value) {
                *ret_slots = i;
                return TOCSIN_OK;
            }
            tocsin_status status = load_texts(cursor, err);
            if (status != TOCSIN_OK) {
                return status;
            }
        }
        value++;
    }
    return TOCSIN_OK;
}
