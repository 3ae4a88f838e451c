#include "store/segment_map.h"
#include "store/store_bytes.h"

/* ---- writing ---- */

void segment_header_put(struct strbuf *target, const struct segment_map *segment)
{
    size_t start = target->len;
    strbuf_append(target, STR("TOCSINEV"));
    bytes_put_u32(target, SEGMENT_VERSION);
    bytes_put_u32(target, segment->generation);
    strbuf_append(target, (str){(const char *)segment->id, SEGMENT_ID_BYTES});
    bytes_put_u64(target, segment->sequence);
    bytes_put_u64(target, (uint64_t)segment->created_ms);
    bytes_put_u64(target, segment->last_sequence);
    bytes_put_u64(target, chunk_checksum(str_skip(strbuf_str(target), start)));
}

static void put_chunk(struct strbuf *target, const struct segment_chunk *chunk)
{
    bytes_put_u8(target, (uint8_t)chunk->role);
    bytes_put_u8(target, (uint8_t)chunk->codec);
    bytes_put_u16(target, chunk->flags);
    bytes_put_u32(target, chunk->first);
    bytes_put_u32(target, chunk->count);
    bytes_put_u32(target, chunk->raw_bytes);
    bytes_put_u32(target, chunk->stored_bytes);
    bytes_put_u32(target, 0);
    bytes_put_u64(target, chunk->offset);
    bytes_put_u64(target, chunk->checksum);
}

void segment_directory_put(struct strbuf *target, uint32_t line_count, const struct segment_column *columns,
                           uint32_t column_count, const struct segment_note *note)
{
    bytes_put_u32(target, line_count);
    bytes_put_u32(target, column_count);
    for (uint32_t i = 0; i < column_count; i++) {
        const struct segment_column *column = &columns[i];
        bytes_put_u8(target, (uint8_t)column->type);
        bytes_put_u8(target, (uint8_t)column->scope);
        bytes_put_u8(target, (uint8_t)column->origin);
        bytes_put_u8(target, (uint8_t)column->encoding);
        bytes_put_u8(target, (uint8_t)column->presence);
        bytes_put_u8(target, column->catalogs);
        bytes_put_u16(target, (uint16_t)column->name.len);
        bytes_put_u32(target, column->value_count);
        bytes_put_u32(target, column->chunk_count);
        bytes_put_u64(target, (uint64_t)column->least);
        bytes_put_u64(target, (uint64_t)column->greatest);
        strbuf_append(target, column->name);
        for (uint32_t k = 0; k < column->chunk_count; k++) {
            put_chunk(target, &column->chunks[k]);
        }
    }
    segment_note_put(target, note);
}

void segment_block_put(struct strbuf *target, const struct segment_map *segment, uint32_t row_count, str directory,
                       size_t body_bytes)
{
    size_t start = target->len;
    strbuf_append(target, STR("TBLK"));
    bytes_put_u32(target, row_count);
    bytes_put_u64(target, segment_align(SEGMENT_HEAD_BYTES + directory.len + body_bytes));
    bytes_put_u64(target, segment->row_count);
    bytes_put_u32(target, (uint32_t)directory.len);
    bytes_put_u32(target, segment->block_count + segment->note_block_count);
    bytes_put_u64(target, chunk_checksum(directory));
    strbuf_append(target, (str){(const char *)segment->id, SEGMENT_ID_BYTES});
    bytes_put_u64(target, chunk_checksum(str_skip(strbuf_str(target), start)));
    strbuf_append(target, directory);
}

/* ---- reading ---- */

static bool in_range(uint32_t value, uint32_t least, uint32_t greatest)
{
    return value >= least && value <= greatest;
}

/* Bytes and numbers of one chunk make sense, whatever it is for. */
static bool chunk_is_sound(const struct segment_chunk *chunk, const struct segment_block *block)
{
    uint64_t body = block->bytes - SEGMENT_HEAD_BYTES - block->directory_bytes;
    size_t raw_max = chunk->count == 1 ? LIMIT_STORE_VALUE_BYTES + KIBI : LIMIT_STORE_CHUNK_BYTES;
    return in_range(chunk->role, ROLE_PRESENCE, ROLE_BLOOM) && in_range(chunk->codec, CHUNK_PLAIN, CHUNK_ZSTD) &&
           chunk->count > 0 && chunk->raw_bytes > 0 && chunk->raw_bytes <= raw_max && chunk->stored_bytes > 0 &&
           chunk->stored_bytes <= body && chunk->offset <= body - chunk->stored_bytes;
}

/* As they lie in a directory. A store of ten million rows has tens of thousands, all of which are taken when it is
 * opened: so a chunk is taken whole, and not number by number. */
struct stored_chunk {
    uint8_t role;
    uint8_t codec;
    uint16_t flags;
    uint32_t first;
    uint32_t count;
    uint32_t raw_bytes;
    uint32_t stored_bytes;
    uint32_t zero;
    uint64_t offset;
    uint64_t checksum;
};
_Static_assert(sizeof(struct stored_chunk) == SEGMENT_CHUNK_BYTES, "nothing lies between the numbers");

static bool take_chunks(str bytes, const struct segment_block *block, struct segment_chunk *chunks, uint32_t count)
{
    uint64_t body = block->offset + SEGMENT_HEAD_BYTES + block->directory_bytes;
    for (uint32_t i = 0; i < count; i++) {
        struct stored_chunk stored;
        memcpy(&stored, bytes.data + (size_t)i * sizeof(stored), sizeof(stored));
        chunks[i] = (struct segment_chunk){.role = stored.role,
                                           .codec = stored.codec,
                                           .flags = le16toh(stored.flags),
                                           .first = le32toh(stored.first),
                                           .count = le32toh(stored.count),
                                           .raw_bytes = le32toh(stored.raw_bytes),
                                           .stored_bytes = le32toh(stored.stored_bytes),
                                           .offset = le64toh(stored.offset),
                                           .checksum = le64toh(stored.checksum)};
        if (!chunk_is_sound(&chunks[i], block)) {
            return false;
        }
        chunks[i].offset += body;
    }
    return true;
}

/* The chunks of a column are those that its encoding and presence ask for, in their order. */
static bool chunks_fit(const struct segment_column *column, uint32_t slots)
{
    uint32_t at = 0;
    const struct segment_chunk *chunks = column->chunks;
    uint32_t count = column->chunk_count;
    if (count > 0 && chunks[count - 1].role == ROLE_BLOOM) {
        count--;
        if (column->type < SEGMENT_STRING || chunks[count].count != column->value_count) {
            return false;
        }
    }
    if (column->presence != PRESENCE_ALL) {
        if (at >= count || chunks[at].role != ROLE_PRESENCE || chunks[at].count != slots) {
            return false;
        }
        at++;
    }
    if (at < count && chunks[at].role == ROLE_INTEGERS) {
        if (column->encoding == ENCODING_PLAIN || chunks[at].count != column->value_count) {
            return false;
        }
        at++;
    } else if (column->encoding == ENCODING_BLOCK ||
               (column->encoding != ENCODING_PLAIN &&
                (column->least != column->greatest || column->type == SEGMENT_DOUBLE))) {
        return false;
    }
    uint64_t values = 0;
    for (; at < count && chunks[at].role == ROLE_VALUES; at++) {
        if (!segment_has_texts(column) || chunks[at].first != values) {
            return false;
        }
        values += chunks[at].count;
    }
    if (column->encoding == ENCODING_PLAIN && values != column->value_count) {
        return false;
    }
    if (column->encoding == ENCODING_BLOCK && (values > column->value_count || (uint64_t)column->greatest >= values)) {
        return false;
    }
    for (uint64_t next = at < count ? chunks[at].first : 0; at < count; at++) {
        if (column->encoding != ENCODING_DICTIONARY || chunks[at].role != ROLE_ENTRIES || chunks[at].first != next) {
            return false;
        }
        next += chunks[at].count;
        if (next > UINT32_MAX) {
            return false;
        }
    }
    return true;
}

static bool column_is_sound(const struct segment_column *column, uint32_t slots)
{
    bool is_text = column->type >= SEGMENT_STRING;
    return in_range(column->type, SEGMENT_BOOL, SEGMENT_IP) && in_range(column->scope, SCOPE_ROW, SCOPE_LINE) &&
           in_range(column->origin, ORIGIN_BUILT_IN, ORIGIN_STORE) &&
           in_range(column->encoding, ENCODING_INTEGERS, ENCODING_BLOCK) &&
           is_text == (column->encoding != ENCODING_INTEGERS) &&
           in_range(column->presence, PRESENCE_ALL, PRESENCE_LIST) && column->name.len > 0 &&
           column->name.len <= LIMIT_IDENTIFIER_BYTES && in_range(column->value_count, 1, slots) &&
           (column->presence != PRESENCE_ALL || column->value_count == slots) && column->least <= column->greatest &&
           ((column->encoding != ENCODING_DICTIONARY && column->encoding != ENCODING_BLOCK) ||
            (column->least >= 0 && column->greatest <= UINT32_MAX)) &&
           (column->type != SEGMENT_BOOL || (column->least >= 0 && column->greatest <= 1));
}

/* The name as the arena has it already, if the block before has it in the same place, or near it; else a copy. */
static str keep_name(str name, struct arena *arena, const struct segment_block *before, uint32_t *place)
{
    enum { NEAR = 4 };
    for (uint32_t i = 0; before && i < NEAR && *place + i < before->column_count; i++) {
        str known = before->columns[*place + i].name;
        if (str_eq(known, name)) {
            *place += i + 1;
            return known;
        }
    }
    return arena_copy(arena, name);
}

/* What comes before a column's name; see stored_chunk. */
struct stored_column {
    uint8_t type;
    uint8_t scope;
    uint8_t origin;
    uint8_t encoding;
    uint8_t presence;
    uint8_t catalogs;
    uint16_t name_bytes;
    uint32_t value_count;
    uint32_t chunk_count;
    uint64_t least;
    uint64_t greatest;
};
_Static_assert(sizeof(struct stored_column) == 32, "nothing lies between the numbers");

static tocsin_status take_column(struct byte_taker *taker, struct arena *arena, const struct segment_block *block,
                                 const struct segment_block *before, uint32_t *place, struct segment_column *column)
{
    struct stored_column stored = {0};
    str head = bytes_take(taker, sizeof(stored));
    memcpy(&stored, head.data, head.len);
    *column = (struct segment_column){.type = stored.type,
                                      .scope = stored.scope,
                                      .origin = stored.origin,
                                      .encoding = stored.encoding,
                                      .presence = stored.presence,
                                      .catalogs = stored.catalogs,
                                      .value_count = le32toh(stored.value_count),
                                      .chunk_count = le32toh(stored.chunk_count),
                                      .least = (int64_t)le64toh(stored.least),
                                      .greatest = (int64_t)le64toh(stored.greatest),
                                      .name = bytes_take(taker, le16toh(stored.name_bytes))};
    uint32_t slots = column->scope == SCOPE_LINE ? block->line_count : block->row_count;
    if (taker->is_bad || !column_is_sound(column, slots) || column->chunk_count > LIMIT_STORE_CHUNKS ||
        column->chunk_count > taker->rest.len / SEGMENT_CHUNK_BYTES) {
        return TOCSIN_END;
    }
    column->chunks =
        arena_allocate(arena, column->chunk_count * sizeof(*column->chunks), _Alignof(struct segment_chunk));
    column->name = keep_name(column->name, arena, before, place);
    if (!column->chunks || !column->name.data) {
        return TOCSIN_ERROR_MEMORY;
    }
    str chunks = bytes_take(taker, (size_t)column->chunk_count * SEGMENT_CHUNK_BYTES);
    bool is_sound = take_chunks(chunks, block, column->chunks, column->chunk_count) && chunks_fit(column, slots);
    return is_sound ? TOCSIN_OK : TOCSIN_END;
}

tocsin_status segment_directory_parse(str directory, struct arena *arena, const struct segment_block *before,
                                      struct segment_block *block)
{
    struct byte_taker taker = {.rest = directory};
    if (block->bytes < SEGMENT_HEAD_BYTES + (uint64_t)block->directory_bytes ||
        directory.len != block->directory_bytes) {
        return TOCSIN_END;
    }
    block->line_count = bytes_take_u32(&taker);
    block->column_count = bytes_take_u32(&taker);
    enum { COLUMN_BYTES_MIN = 33 };
    if (taker.is_bad || block->line_count > LIMIT_STORE_BLOCK_ROWS || block->column_count > LIMIT_STORE_COLUMNS ||
        block->column_count > taker.rest.len / COLUMN_BYTES_MIN ||
        (block->row_count == 0 && (block->line_count > 0 || block->column_count > 0))) {
        return TOCSIN_END;
    }
    block->columns = arena_array(arena, struct segment_column, block->column_count);
    if (!block->columns) {
        return TOCSIN_ERROR_MEMORY;
    }
    uint32_t place = 0; /* in the block before */
    for (uint32_t i = 0; i < block->column_count; i++) {
        tocsin_status status = take_column(&taker, arena, block, before, &place, &block->columns[i]);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return segment_note_parse(taker.rest, arena, &block->note);
}
