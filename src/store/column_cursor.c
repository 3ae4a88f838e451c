#include "store/column_cursor.h"

#include <assert.h>
#include <stdatomic.h>
#include <time.h>

#include "store/store_bytes.h"

enum { KEPT_BYTES = 4 * 1024 * 1024, ENTRY_BYTES = sizeof(str) };
enum { ENTRY_BLOCK_BYTES = 512 * 1024, ENTRIES_KEPT_BYTES = 16 * 1024 * 1024 };
/* Beside the first one of a pass; and entries that are held although nobody needs them in rows. */
enum { PLAIN_HELD_BYTES = 8 * 1024 * 1024, LOOKED_AT_HELD_BYTES = 8 * 1024 * 1024 };

static bool same_column(const struct segment_column *a, const struct segment_column *b)
{
    return a->type == b->type && a->scope == b->scope && a->origin == b->origin && a->catalogs == b->catalogs &&
           str_eq(a->name, b->name);
}

/* As a rule it is where it was in the block before. */
static const struct segment_column *find_column(struct column_cursor *cursor, uint32_t block)
{
    const struct segment_block *info = &cursor->map->blocks[block];
    if (cursor->place < info->column_count && same_column(&cursor->identity, &info->columns[cursor->place])) {
        return &info->columns[cursor->place];
    }
    for (uint32_t i = 0; i < info->column_count; i++) {
        if (same_column(&cursor->identity, &info->columns[i])) {
            cursor->place = i;
            return &info->columns[i];
        }
    }
    return NULL;
}

void column_cursor_init(struct column_cursor *cursor, column_match *match, const void *context)
{
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
        buffer_release(cursor, &cursor->presence_buffer);
        buffer_release(cursor, &cursor->peek_buffer);
        for (uint32_t i = 0; cursor->plain && i < PLAIN_CHUNKS_HELD; i++) {
            buffer_release(cursor, &cursor->plain[i].buffer);
            memory_free(cursor->plain[i].offsets);
        }
    }
    memory_free(cursor->plain);
    memory_free(cursor->present_words);
    memory_free(cursor->ranks);
    memory_free(cursor->offsets);
    memory_free(cursor->entry_chunks);
    *cursor = (struct column_cursor){0};
}

void column_cursor_reset(struct column_cursor *cursor)
{
    *cursor = (struct column_cursor){.present_words = cursor->present_words,
                                     .ranks = cursor->ranks,
                                     .integer_buffer = cursor->integer_buffer,
                                     .presence_buffer = cursor->presence_buffer,
                                     .plain = cursor->plain,
                                     .pass = cursor->pass,
                                     .entry_chunks = cursor->entry_chunks,
                                     .entry_chunk_capacity = cursor->entry_chunk_capacity,
                                     .peek_buffer = cursor->peek_buffer,
                                     .offsets = cursor->offsets,
                                     .offset_capacity = cursor->offset_capacity};
    for (uint32_t i = 0; cursor->plain && i < PLAIN_CHUNKS_HELD; i++) {
        cursor->plain[i].index = UINT32_MAX;
    }
}

/* ---- room for entries ---- */

void cursor_budget_reset(struct cursor_budget *budget)
{
    struct entry_memory *memory = &budget->entries;
    size_t bytes = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < memory->count; i++) {
        struct entry_block block = memory->blocks[i];
        if (bytes + block.capacity > ENTRIES_KEPT_BYTES) {
            memory_free(block.data);
            continue;
        }
        bytes += block.capacity;
        block.used = 0;
        memory->blocks[kept++] = block;
    }
    memory->count = kept;
    budget->dictionary_bytes = 0;
}

void cursor_budget_release(struct cursor_budget *budget)
{
    for (uint32_t i = 0; i < budget->entries.count; i++) {
        memory_free(budget->entries.blocks[i].data);
    }
    memory_free(budget->entries.blocks);
    budget->entries = (struct entry_memory){0};
}

static char *entry_room(struct entry_memory *memory, size_t bytes)
{
    bytes = (bytes + 15) / 16 * 16;
    for (uint32_t i = memory->count; i-- > 0;) {
        struct entry_block *block = &memory->blocks[i];
        if (block->capacity - block->used >= bytes) {
            block->used += bytes;
            return block->data + block->used - bytes;
        }
    }
    if (memory->count == memory->capacity) {
        uint32_t capacity = memory->capacity ? memory->capacity * 2 : 16;
        struct entry_block *grown = memory_resize(memory->blocks, capacity * sizeof(*grown));
        if (!grown) {
            return NULL;
        }
        memory->blocks = grown;
        memory->capacity = capacity;
    }
    struct entry_block block = {.capacity = bytes > ENTRY_BLOCK_BYTES ? bytes : ENTRY_BLOCK_BYTES, .used = bytes};
    block.data = memory_allocate(block.capacity);
    if (block.data) {
        memory->blocks[memory->count++] = block;
    }
    return block.data;
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

static uint64_t now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static tocsin_status unpack(struct column_cursor *cursor, const struct segment_chunk *chunk, char *target,
                            struct error *err)
{
    struct store_scan_statistics *statistics = &cursor->budget->statistics;
    uint64_t begin_ns = now_ns();
    bool is_direct = chunk->codec == CHUNK_PLAIN && chunk->stored_bytes == chunk->raw_bytes;
    struct strbuf direct = {.data = target, .capacity = chunk->raw_bytes, .bytes_max = chunk->raw_bytes};
    tocsin_status status = segment_chunk_read(cursor->file, chunk, is_direct ? &direct : cursor->stored, err);
    assert(direct.data == target && "there was room");
    if (status == TOCSIN_OK) {
        memset(target + chunk->raw_bytes, 0, CHUNK_SLACK_BYTES);
    }
    if (status == TOCSIN_OK && !is_direct) {
        status = chunk_decompress(strbuf_str(cursor->stored), chunk->codec, target, chunk->raw_bytes) ? TOCSIN_OK
                                                                                                      : TOCSIN_END;
    }
    statistics->chunks_read++;
    statistics->bytes_read += chunk->stored_bytes;
    statistics->bytes_unpacked += chunk->raw_bytes;
    statistics->read_ns += now_ns() - begin_ns;
    return status;
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

static tocsin_status reserve_offsets(uint32_t **offsets, uint32_t *capacity, uint32_t count, struct error *err)
{
    if (count < *capacity) {
        return TOCSIN_OK;
    }
    memory_free(*offsets);
    *capacity = 0;
    *offsets = memory_allocate(((size_t)count + 1) * sizeof(**offsets));
    if (!*offsets) {
        return error_memory(err);
    }
    *capacity = count + 1;
    return TOCSIN_OK;
}

/* ---- presence ---- */

static bool read_bitmap(str raw, uint32_t slots, uint64_t *words)
{
    if (raw.len != (slots + 7) / 8) {
        return false;
    }
    for (size_t i = 0; i < raw.len / 8; i++) {
        uint64_t word;
        memcpy(&word, raw.data + i * 8, sizeof(word));
        words[i] = le64toh(word);
    }
    for (size_t i = raw.len / 8 * 8; i < raw.len; i++) {
        words[i / 8] |= (uint64_t)(unsigned char)raw.data[i] << i % 8 * 8;
    }
    return slots % 64 == 0 || words[slots / 64] >> slots % 64 == 0;
}

static bool read_list(str raw, uint32_t slots, uint64_t *words)
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
    return taker.rest.len == 0;
}

static uint32_t count_ranks(const uint64_t *words, uint32_t slots, uint32_t *ranks)
{
    uint32_t count = 0;
    for (uint32_t word = 0; word <= (slots - 1) / 64; word++) {
        ranks[word] = count;
        count += (uint32_t)__builtin_popcountll(words[word]);
    }
    return count;
}

static tocsin_status load_presence(struct column_cursor *cursor, struct error *err)
{
    enum { WORDS = LIMIT_STORE_BLOCK_ROWS / 64 };
    const struct segment_column *column = cursor->column;
    if (!cursor->present_words) {
        cursor->present_words = memory_allocate(WORDS * sizeof(*cursor->present_words));
        cursor->ranks = memory_allocate(WORDS * sizeof(*cursor->ranks));
        if (!cursor->present_words || !cursor->ranks) {
            memory_free(cursor->present_words);
            memory_free(cursor->ranks);
            cursor->present_words = NULL;
            cursor->ranks = NULL;
            return error_memory(err);
        }
    }
    memset(cursor->present_words, 0, WORDS * sizeof(*cursor->present_words));
    str raw;
    tocsin_status status = load(cursor, chunk_of(column, ROLE_PRESENCE), &cursor->presence_buffer, &raw, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    bool is_read = column->presence == PRESENCE_BITMAP ? read_bitmap(raw, cursor->slots, cursor->present_words)
                                                       : read_list(raw, cursor->slots, cursor->present_words);
    if (!is_read || count_ranks(cursor->present_words, cursor->slots, cursor->ranks) != column->value_count) {
        return TOCSIN_END;
    }
    cursor->present = cursor->present_words;
    return TOCSIN_OK;
}

tocsin_status column_cursor_open_presence(struct column_cursor *cursor, struct error *err)
{
    if (cursor->has_presence || !cursor->column) {
        return TOCSIN_OK;
    }
    tocsin_status status = cursor->column->presence == PRESENCE_ALL ? TOCSIN_OK : load_presence(cursor, err);
    cursor->has_presence = status == TOCSIN_OK;
    return status;
}

/* ---- integers ---- */

static tocsin_status load_integers(struct column_cursor *cursor, struct error *err)
{
    const struct segment_column *column = cursor->column;
    const struct segment_chunk *chunk = chunk_of(column, ROLE_INTEGERS);
    str raw;
    if (!chunk || column_cursor_is_constant(cursor)) {
        cursor->integers = (struct packed_integers){NULL, column->value_count, 0, (uint64_t)column->least};
        return TOCSIN_OK;
    }
    tocsin_status status = load(cursor, chunk, &cursor->integer_buffer, &raw, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    return integers_parse(raw, column->value_count, column->least, &cursor->integers) ? TOCSIN_OK : TOCSIN_END;
}

tocsin_status column_cursor_open(struct column_cursor *cursor, struct error *err)
{
    tocsin_status status = column_cursor_open_presence(cursor, err);
    if (status != TOCSIN_OK || cursor->has_integers || !cursor->column || cursor->column->encoding == ENCODING_PLAIN) {
        return status;
    }
    status = load_integers(cursor, err);
    cursor->has_integers = status == TOCSIN_OK;
    return status;
}

/* ---- the dictionary: what is known ---- */

static tocsin_status know_chunk(struct column_cursor *cursor, const struct segment_chunk *chunk, struct error *err)
{
    uint64_t end = (uint64_t)chunk->first + chunk->count;
    if (chunk->first < cursor->entry_count || end > UINT32_MAX ||
        !texts_are_plausible(chunk->count, chunk->raw_bytes)) {
        return TOCSIN_OK; /* no chunk of this dictionary: its codes stay without entries */
    }
    if (end * ENTRY_BYTES > LIMIT_STORE_DICTIONARIES_BYTES) {
        return over_budget(cursor, LIMIT_STORE_DICTIONARIES_BYTES, err);
    }
    if (cursor->entry_chunk_count == cursor->entry_chunk_capacity) {
        uint32_t capacity = cursor->entry_chunk_capacity ? cursor->entry_chunk_capacity * 2 : 16;
        struct entry_chunk *grown = memory_resize(cursor->entry_chunks, capacity * sizeof(*grown));
        if (!grown) {
            return error_memory(err);
        }
        cursor->entry_chunks = grown;
        cursor->entry_chunk_capacity = capacity;
    }
    cursor->entry_chunks[cursor->entry_chunk_count++] = (struct entry_chunk){.chunk = chunk};
    cursor->entry_count = (uint32_t)end;
    return TOCSIN_OK;
}

/* Entries that blocks up to this one bring. */
static tocsin_status know_entries(struct column_cursor *cursor, uint32_t block, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (; status == TOCSIN_OK && cursor->blocks_seen <= block; cursor->blocks_seen++) {
        const struct segment_column *column = find_column(cursor, cursor->blocks_seen);
        for (uint32_t i = 0; column && status == TOCSIN_OK && i < column->chunk_count; i++) {
            if (column->chunks[i].role == ROLE_ENTRIES) {
                status = know_chunk(cursor, &column->chunks[i], err);
            }
        }
    }
    return status;
}

uint32_t column_cursor_entry_chunk(const struct column_cursor *cursor, uint64_t code)
{
    uint32_t first = 0;
    uint32_t end = cursor->entry_chunk_count;
    while (first < end) {
        uint32_t middle = first + (end - first) / 2;
        const struct segment_chunk *chunk = cursor->entry_chunks[middle].chunk;
        if (code < (uint64_t)chunk->first + chunk->count) {
            end = middle;
        } else {
            first = middle + 1;
        }
    }
    return first;
}

/* ---- the dictionary: what is held ---- */

static uint64_t new_dictionary_id(void)
{
    static _Atomic uint64_t last;
    return atomic_fetch_add(&last, 1) + 1;
}

/* Room for all entries that are known. The array that was there before stays as it is, for whoever looks at it. */
static tocsin_status reserve_entries(struct column_cursor *cursor, struct error *err)
{
    if (cursor->entry_count > cursor->entry_capacity) {
        uint64_t doubled = (uint64_t)cursor->entry_capacity * 2;
        uint32_t capacity = doubled > cursor->entry_count ? (uint32_t)doubled : cursor->entry_count;
        str *grown = (str *)(void *)entry_room(&cursor->budget->entries, capacity * sizeof(*grown));
        if (!grown) {
            return error_memory(err);
        }
        memset(grown, 0, capacity * sizeof(*grown));
        if (cursor->dictionary.count > 0) {
            memcpy(grown, cursor->entries, cursor->dictionary.count * sizeof(*grown));
        }
        cursor->entries = grown;
        cursor->entry_capacity = capacity;
    }
    cursor->dictionary.entries = cursor->entries;
    cursor->dictionary.count = cursor->entry_count;
    cursor->dictionary.id = cursor->dictionary.id ? cursor->dictionary.id : new_dictionary_id();
    return TOCSIN_OK;
}

static tocsin_status hold_chunk(struct column_cursor *cursor, struct entry_chunk *entries, struct error *err)
{
    const struct segment_chunk *chunk = entries->chunk;
    struct texts texts;
    tocsin_status status = reserve_entries(cursor, err);
    status = status == TOCSIN_OK ? reserve_offsets(&cursor->offsets, &cursor->offset_capacity, chunk->count, err)
                                 : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    /* Less what a chunk may have beside its heap, as writers do not count that. */
    cursor->budget->dictionary_bytes += chunk->raw_bytes + (size_t)chunk->count * ENTRY_BYTES;
    cursor->budget->dictionary_bytes -= (size_t)chunk->count * 4 + TEXTS_HEAD_BYTES + 8;
    if (cursor->budget->dictionary_bytes > LIMIT_STORE_DICTIONARIES_BYTES) {
        return over_budget(cursor, LIMIT_STORE_DICTIONARIES_BYTES, err);
    }
    char *room = entry_room(&cursor->budget->entries, chunk->raw_bytes + CHUNK_SLACK_BYTES);
    if (!room) {
        return error_memory(err);
    }
    status = unpack(cursor, chunk, room, err);
    if (status == TOCSIN_OK && !texts_parse((str){room, chunk->raw_bytes}, chunk->count, cursor->offsets, &texts)) {
        status = TOCSIN_END;
    }
    if (status != TOCSIN_OK) {
        entries->state = status == TOCSIN_END ? ENTRIES_LOST : entries->state;
        return status;
    }
    for (uint32_t i = 0; i < chunk->count; i++) {
        cursor->entries[chunk->first + i] = texts_get(&texts, i);
    }
    entries->heap = texts.heap;
    entries->state = ENTRIES_HELD;
    return TOCSIN_OK;
}

tocsin_status column_cursor_hold(struct column_cursor *cursor, uint64_t code, struct error *err)
{
    uint32_t index = column_cursor_entry_chunk(cursor, code);
    if (index == cursor->entry_chunk_count) {
        return TOCSIN_END;
    }
    struct entry_chunk *entries = &cursor->entry_chunks[index];
    if (code < entries->chunk->first || entries->state == ENTRIES_LOST) {
        return TOCSIN_END;
    }
    return entries->state == ENTRIES_HELD ? TOCSIN_OK : hold_chunk(cursor, entries, err);
}

tocsin_status column_cursor_hold_all(struct column_cursor *cursor, struct error *err)
{
    tocsin_status status = reserve_entries(cursor, err);
    uint32_t held = 0;
    for (uint32_t i = 0; i < cursor->entry_chunk_count && status == TOCSIN_OK; i++) {
        if (cursor->entry_chunks[i].state == ENTRIES_UNREAD) {
            status = hold_chunk(cursor, &cursor->entry_chunks[i], err);
            status = status == TOCSIN_END ? TOCSIN_OK : status;
        }
        held += cursor->entry_chunks[i].state == ENTRIES_HELD ? cursor->entry_chunks[i].chunk->count : 0;
    }
    cursor->holds_all = held == cursor->entry_count;
    return status;
}

/* Offsets of entries that are held, as they were in their chunk. */
static void held_texts(struct column_cursor *cursor, const struct entry_chunk *entries, struct texts *ret_texts)
{
    const struct segment_chunk *chunk = entries->chunk;
    const str *texts = cursor->entries + chunk->first;
    for (uint32_t i = 0; i < chunk->count; i++) {
        cursor->offsets[i] = (uint32_t)(texts[i].data - entries->heap);
    }
    const str *last = &texts[chunk->count - 1];
    cursor->offsets[chunk->count] = (uint32_t)(last->data - entries->heap) + (uint32_t)last->len + 1;
    *ret_texts = (struct texts){chunk->count, cursor->offsets, entries->heap};
}

tocsin_status column_cursor_look(struct column_cursor *cursor, uint32_t chunk, struct texts *ret_texts,
                                 struct error *err)
{
    struct entry_chunk *entries = &cursor->entry_chunks[chunk];
    const struct segment_chunk *info = entries->chunk;
    tocsin_status status = TOCSIN_OK;
    if (entries->state == ENTRIES_LOST) {
        return TOCSIN_END;
    }
    if (entries->state == ENTRIES_UNREAD &&
        cursor->budget->dictionary_bytes + info->raw_bytes + (size_t)info->count * ENTRY_BYTES <=
            LOOKED_AT_HELD_BYTES) {
        status = hold_chunk(cursor, entries, err);
    }
    status = status == TOCSIN_OK ? reserve_offsets(&cursor->offsets, &cursor->offset_capacity, info->count, err)
                                 : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    if (entries->state == ENTRIES_HELD) {
        held_texts(cursor, entries, ret_texts);
        return TOCSIN_OK;
    }
    str raw;
    status = load(cursor, info, &cursor->peek_buffer, &raw, err);
    if (status == TOCSIN_OK && !texts_parse(raw, info->count, cursor->offsets, ret_texts)) {
        status = TOCSIN_END;
    }
    entries->state = status == TOCSIN_END ? ENTRIES_LOST : entries->state;
    return status;
}

/* ---- blocks ---- */

tocsin_status column_cursor_begin(struct column_cursor *cursor, uint32_t block, struct error *err)
{
    const struct segment_block *info = &cursor->map->blocks[block];
    cursor->block = block;
    cursor->column = cursor->has_column ? find_column(cursor, block) : NULL;
    cursor->has_presence = false;
    cursor->has_integers = false;
    cursor->present = NULL;
    for (uint32_t i = 0; cursor->plain && i < PLAIN_CHUNKS_HELD; i++) {
        cursor->plain[i].index = UINT32_MAX;
    }
    if (!cursor->column) {
        return TOCSIN_OK;
    }
    cursor->slots = cursor->column->scope == SCOPE_LINE ? info->line_count : info->row_count;
    cursor->values_begin = cursor->column->presence != PRESENCE_ALL;
    cursor->values_begin += cursor->column->encoding == ENCODING_BLOCK;
    cursor->values_end = cursor->values_begin;
    cursor->text_count = 0;
    while (cursor->values_end < cursor->column->chunk_count &&
           cursor->column->chunks[cursor->values_end].role == ROLE_VALUES) {
        cursor->text_count += cursor->column->chunks[cursor->values_end++].count;
    }
    return cursor->column->encoding == ENCODING_DICTIONARY ? know_entries(cursor, block, err) : TOCSIN_OK;
}

/* ---- texts of the block ---- */

/* The chunk of a text: they follow each other without gaps, from 0 to the last one. */
static uint32_t find_values(const struct column_cursor *cursor, uint32_t number)
{
    const struct segment_chunk *chunks = cursor->column->chunks;
    uint32_t first = cursor->values_begin;
    uint32_t end = cursor->values_end;
    while (end - first > 1) {
        uint32_t middle = first + (end - first) / 2;
        if (number < chunks[middle].first) {
            end = middle;
        } else {
            first = middle;
        }
    }
    return first;
}

/* A place for a chunk of so many bytes: a free one, or that of the chunk that was not asked for the longest. NULL: the
 * chunks of this pass take all the room. */
static struct plain_chunk *plain_place(struct column_cursor *cursor, size_t bytes)
{
    struct plain_chunk *place = NULL;
    size_t of_pass = 0;
    for (uint32_t i = 0; i < PLAIN_CHUNKS_HELD; i++) {
        struct plain_chunk *held = &cursor->plain[i];
        if (held->index != UINT32_MAX && held->pass == cursor->pass) {
            of_pass += held->buffer.capacity;
        } else if (!place || (place->index != UINT32_MAX && (held->index == UINT32_MAX || held->pass < place->pass))) {
            place = held;
        }
    }
    return of_pass > 0 && of_pass + bytes > PLAIN_HELD_BYTES ? NULL : place;
}

/* Rooms that no pass needs are given back when there are too many of them. */
static void shrink_plain(struct column_cursor *cursor, const struct plain_chunk *kept)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < PLAIN_CHUNKS_HELD; i++) {
        struct plain_chunk *held = &cursor->plain[i];
        bool is_needed = held == kept || (held->index != UINT32_MAX && held->pass == cursor->pass);
        bytes += held->buffer.capacity;
        if (bytes > PLAIN_HELD_BYTES && !is_needed) {
            bytes -= held->buffer.capacity;
            buffer_release(cursor, &held->buffer);
            held->index = UINT32_MAX;
        }
    }
}

static tocsin_status load_plain(struct column_cursor *cursor, uint32_t index, struct plain_chunk *place,
                                struct error *err)
{
    const struct segment_chunk *chunk = &cursor->column->chunks[index];
    str raw;
    place->index = UINT32_MAX;
    if (!texts_are_plausible(chunk->count, chunk->raw_bytes)) {
        return TOCSIN_END;
    }
    shrink_plain(cursor, place);
    tocsin_status status = reserve_offsets(&place->offsets, &place->offset_capacity, chunk->count, err);
    status = status == TOCSIN_OK ? load(cursor, chunk, &place->buffer, &raw, err) : status;
    if (status == TOCSIN_OK && !texts_parse(raw, chunk->count, place->offsets, &place->texts)) {
        status = TOCSIN_END;
    }
    if (status == TOCSIN_OK) {
        place->index = index;
        place->first = chunk->first;
        place->pass = cursor->pass;
    }
    return status;
}

tocsin_status column_cursor_plain(struct column_cursor *cursor, uint64_t number, const struct plain_chunk **ret_chunk,
                                  struct error *err)
{
    if (number >= cursor->text_count) {
        return TOCSIN_END;
    }
    if (!cursor->plain) {
        cursor->plain = memory_allocate_zeroed(PLAIN_CHUNKS_HELD, sizeof(*cursor->plain));
        if (!cursor->plain) {
            return error_memory(err);
        }
        for (uint32_t i = 0; i < PLAIN_CHUNKS_HELD; i++) {
            cursor->plain[i].index = UINT32_MAX;
        }
    }
    uint32_t index = find_values(cursor, (uint32_t)number);
    for (uint32_t i = 0; i < PLAIN_CHUNKS_HELD; i++) {
        if (cursor->plain[i].index == index) {
            cursor->plain[i].pass = cursor->pass;
            *ret_chunk = &cursor->plain[i];
            return TOCSIN_OK;
        }
    }
    struct plain_chunk *place = plain_place(cursor, cursor->column->chunks[index].raw_bytes);
    tocsin_status status = place ? load_plain(cursor, index, place, err) : TOCSIN_OK;
    if (status == TOCSIN_OK) {
        *ret_chunk = place;
    }
    return status;
}

tocsin_status column_cursor_text(struct column_cursor *cursor, uint32_t value, str *ret_text, struct error *err)
{
    if (cursor->column->encoding == ENCODING_DICTIONARY) {
        return column_cursor_entry(cursor, (uint64_t)column_cursor_integer(cursor, value), ret_text, err);
    }
    const struct plain_chunk *chunk;
    uint64_t number = column_cursor_text_number(cursor, value);
    column_cursor_new_pass(cursor);
    tocsin_status status = column_cursor_plain(cursor, number, &chunk, err);
    if (status == TOCSIN_OK) {
        *ret_text = texts_get(&chunk->texts, (uint32_t)number - chunk->first);
    }
    return status;
}
