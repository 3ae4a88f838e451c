#include "store/segment_slices.h"

#include "base/memory.h"
#include "store/segment_bloom.h"

enum {
    PLACES_MIN = BLOOM_BYTES_MIN * 8,
    PLACES_MAX = BLOOM_BYTES_MAX * 8,
    GRAMS_ASKED_MAX = 16, /* of one literal: that many say enough */
    WASTE_MAX = 4,        /* slices are at most so many times larger than the filters they are made of */
    ENTRY_BYTES = 40,     /* in the footer, without the checksums */
};

/* Bits of one place: one for each block, a power of two of them, so that a place lies in one word of one piece. */
static uint32_t stride_of(uint32_t block_count)
{
    uint32_t stride = 1;
    while (stride < block_count) {
        stride *= 2;
    }
    return stride;
}

static uint64_t blocks_mask(uint32_t block_count)
{
    return block_count == SLICES_BLOCKS_MAX ? UINT64_MAX : (UINT64_C(1) << block_count) - 1;
}

uint64_t segment_slices_bytes(const struct segment_slices *slices)
{
    return (uint64_t)slices->places * stride_of(slices->block_count) / 8;
}

uint32_t segment_slices_pieces(const struct segment_slices *slices)
{
    return (uint32_t)((segment_slices_bytes(slices) + SLICES_PIECE_BYTES - 1) / SLICES_PIECE_BYTES);
}

static bool same_column(const struct segment_column *a, const struct segment_column *b)
{
    return a->type == b->type && a->scope == b->scope && a->origin == b->origin && a->catalogs == b->catalogs &&
           str_eq(a->name, b->name);
}

/* ---- reading ---- */

/* All pieces have the same size: a power of two divides another. */
static size_t piece_bytes(const struct segment_slices *slices)
{
    uint64_t bytes = segment_slices_bytes(slices);
    return bytes < SLICES_PIECE_BYTES ? (size_t)bytes : SLICES_PIECE_BYTES;
}

tocsin_status segment_slices_read(const struct store_file *file, const struct segment_slices *slices, uint32_t piece,
                                  struct strbuf *buffer, struct error *err)
{
    const struct segment_chunk chunk = {.offset = slices->offset + (uint64_t)piece * SLICES_PIECE_BYTES,
                                        .stored_bytes = (uint32_t)piece_bytes(slices),
                                        .checksum = slices->checksums[piece]};
    return segment_chunk_read(file, &chunk, buffer, err);
}

const struct segment_slices *segment_slices_find(const struct segment_map *map, const struct segment_column *like,
                                                 uint32_t block)
{
    uint32_t first = 0; /* of those that begin less than 64 blocks before: they are in the order of their beginnings */
    for (uint32_t end = map->slices_count; first < end;) {
        uint32_t middle = first + (end - first) / 2;
        if (map->slices[middle].first_block + SLICES_BLOCKS_MAX <= block) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    for (; first < map->slices_count && map->slices[first].first_block <= block; first++) {
        const struct segment_slices *slices = &map->slices[first];
        uint32_t place = block - slices->first_block;
        if (place < slices->block_count && (slices->covered >> place & 1) &&
            same_column(segment_slices_column(map, slices), like)) {
            return slices;
        }
    }
    return NULL;
}

/* Slices being asked, and the piece of them that was read last. */
struct asking {
    const struct store_file *file;
    const struct segment_slices *slices;
    uint32_t stride;
    struct strbuf *buffer;
    uint32_t piece;
    bool has_piece;
    bool is_damaged;
    struct store_scan_statistics *statistics;
};

/* Of which blocks the bit is set; all, if that cannot be known. */
static tocsin_status read_place(struct asking *asking, uint32_t place, uint64_t *ret_blocks, struct error *err)
{
    const struct segment_slices *slices = asking->slices;
    uint64_t bit = (uint64_t)(place & (slices->places - 1)) * asking->stride;
    uint32_t piece = (uint32_t)(bit / (SLICES_PIECE_BYTES * 8));
    tocsin_status status = TOCSIN_OK;
    if (!asking->has_piece || piece != asking->piece) {
        status = segment_slices_read(asking->file, slices, piece, asking->buffer, err);
        asking->has_piece = true;
        asking->piece = piece;
        asking->is_damaged = status == TOCSIN_END;
        asking->statistics->chunks_read++;
        asking->statistics->bytes_read += piece_bytes(slices);
    }
    *ret_blocks = UINT64_MAX;
    if (asking->is_damaged || status != TOCSIN_OK) {
        return status == TOCSIN_END ? TOCSIN_OK : status;
    }
    bit %= SLICES_PIECE_BYTES * 8;
    uint64_t word;
    memcpy(&word, asking->buffer->data + bit / 64 * 8, sizeof(word));
    *ret_blocks = le64toh(word) >> bit % 64 & blocks_mask(asking->stride);
    return TOCSIN_OK;
}

/* The grams at both ends say most, as a rule: what is in the middle of a path is in many. */
static size_t nth_gram(size_t count, size_t n)
{
    return n % 2 == 0 ? count - 1 - n / 2 : n / 2;
}

static tocsin_status ask_literal(struct asking *asking, const struct scan_literal *literal, uint64_t *ret_blocks,
                                 struct error *err)
{
    const struct segment_slices *slices = asking->slices;
    uint64_t all = blocks_mask(slices->block_count);
    uint64_t unknown = all & ~slices->covered;
    *ret_blocks = all;
    if (!segment_bloom_knows(literal, false)) {
        return TOCSIN_OK;
    }
    if (!segment_bloom_knows(literal, true)) {
        unknown |= slices->beyond_ascii;
    }
    uint64_t blocks = all & ~unknown;
    size_t count = literal->text.len - BLOOM_GRAM_BYTES + 1;
    size_t asked = count < GRAMS_ASKED_MAX ? count : GRAMS_ASKED_MAX;
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < asked * 2 && blocks; i++) {
        uint32_t places[2];
        uint64_t with_bit;
        segment_bloom_places(literal->text.data + nth_gram(count, i / 2), places);
        status = read_place(asking, places[i % 2], &with_bit, err);
        blocks &= with_bit;
    }
    *ret_blocks = blocks | unknown;
    return status;
}

tocsin_status segment_slices_ask(const struct store_file *file, const struct segment_slices *slices,
                                 const struct scan_literal *literals, uint32_t literal_count, struct strbuf *buffer,
                                 struct store_scan_statistics *statistics, uint64_t *ret_blocks, struct error *err)
{
    struct asking asking = {.file = file,
                            .slices = slices,
                            .stride = stride_of(slices->block_count),
                            .buffer = buffer,
                            .statistics = statistics};
    uint64_t all = blocks_mask(slices->block_count);
    tocsin_status status = TOCSIN_OK;
    *ret_blocks = 0;
    for (uint32_t i = 0; status == TOCSIN_OK && i < literal_count && *ret_blocks != all; i++) {
        uint64_t blocks;
        status = ask_literal(&asking, &literals[i], &blocks, err);
        *ret_blocks |= blocks;
    }
    return status;
}

/* ---- making ---- */

/* The filters of one column in some blocks. */
struct filters {
    uint32_t first_block;
    uint32_t block_count; /* to the last that has one */
    const struct segment_column *columns[SLICES_BLOCKS_MAX]; /* NULL: none */
};

static uint32_t filter_bytes(const struct segment_column *column)
{
    return column ? segment_column_bloom(column)->stored_bytes - BLOOM_HEAD_BYTES : 0;
}

/* A filter of which slices can be made, as far as its size says. */
static bool has_filter(const struct segment_column *column)
{
    const struct segment_chunk *chunk = segment_column_bloom(column);
    if (!chunk || chunk->codec != CHUNK_PLAIN || chunk->stored_bytes < BLOOM_HEAD_BYTES + BLOOM_BYTES_MIN ||
        chunk->stored_bytes > BLOOM_STORED_BYTES_MAX) {
        return false;
    }
    uint32_t bytes = filter_bytes(column);
    return (bytes & (bytes - 1)) == 0;
}

/* The column in another block, where it is as a rule in the same place. NULL: it is not there, or has no filter. */
static const struct segment_column *find_filter(const struct segment_block *block, const struct segment_column *like,
                                                uint32_t place)
{
    for (uint32_t i = 0; i < block->column_count; i++) {
        const struct segment_column *column = &block->columns[(place + i) % block->column_count];
        if (same_column(column, like)) {
            return has_filter(column) ? column : NULL;
        }
    }
    return NULL;
}

/* The size that holds the most of the filters without being much larger than they are. Smaller ones are repeated, which
 * changes nothing; larger ones stay out. 0: none is worth it. */
static uint32_t choose_bytes(const struct filters *filters)
{
    uint64_t stride = stride_of(filters->block_count);
    for (uint32_t bytes = BLOOM_BYTES_MAX; bytes >= BLOOM_BYTES_MIN; bytes /= 2) {
        uint64_t sum = 0;
        bool is_used = false;
        for (uint32_t i = 0; i < filters->block_count; i++) {
            uint32_t own = filter_bytes(filters->columns[i]);
            sum += own <= bytes ? own : 0;
            is_used = is_used || own == bytes;
        }
        if (is_used && bytes * stride <= sum * WASTE_MAX) {
            bool is_one_piece = filters->block_count == 1 && bytes <= SLICES_PIECE_BYTES; /* as the filter itself is */
            return is_one_piece ? 0 : bytes;
        }
    }
    return 0;
}

/* Bit p of the filter is that of the block in all places that are p modulo its size. */
static void spread_filter(const struct segment_bloom *bloom, uint32_t places, uint32_t stride, uint32_t block,
                          uint64_t *words)
{
    uint32_t word_count = (bloom->mask + 1) / 64;
    for (uint32_t base = 0; base < places; base += word_count * 64) {
        for (uint32_t w = 0; w < word_count; w++) {
            uint64_t word;
            memcpy(&word, bloom->bits + (size_t)w * sizeof(word), sizeof(word));
            for (uint64_t left = le64toh(word); left; left &= left - 1) {
                uint64_t place = base + (uint64_t)w * 64 + (uint64_t)__builtin_ctzll(left);
                uint64_t bit = place * stride + block;
                words[bit / 64] |= UINT64_C(1) << bit % 64;
            }
        }
    }
}

static tocsin_status fill_words(const struct store_file *file, const struct filters *filters, struct strbuf *scratch,
                                struct segment_slices *slices, uint64_t *words, struct error *err)
{
    uint32_t stride = stride_of(filters->block_count);
    for (uint32_t i = 0; i < filters->block_count; i++) {
        struct segment_bloom bloom = {0};
        if (filters->columns[i] && filter_bytes(filters->columns[i]) * 8 <= slices->places) {
            tocsin_status status = segment_bloom_read(file, filters->columns[i], scratch, &bloom, err);
            if (status != TOCSIN_OK) {
                return status;
            }
        }
        if (bloom.bits) {
            spread_filter(&bloom, slices->places, stride, i, words);
            slices->covered |= UINT64_C(1) << i;
            slices->beyond_ascii |= (uint64_t)bloom.has_beyond_ascii << i;
        }
    }
    uint64_t word_count = (uint64_t)slices->places * stride / 64;
    for (uint64_t i = 0; i < word_count; i++) {
        words[i] = htole64(words[i]);
    }
    return TOCSIN_OK;
}

/* Room for one more. */
static struct segment_slices *grow_slices(struct segment_map *map)
{
    if ((map->slices_count & (map->slices_count - 1)) == 0) { /* full, as it is doubled */
        struct segment_slices *grown =
            arena_array(&map->arena, struct segment_slices, map->slices_count ? map->slices_count * 2 : 1);
        if (!grown) {
            return NULL;
        }
        if (map->slices_count > 0) {
            memcpy(grown, map->slices, map->slices_count * sizeof(*grown));
        }
        map->slices = grown;
    }
    return &map->slices[map->slices_count];
}

static tocsin_status write_words(struct store_file *file, struct segment_map *map, struct segment_slices *slices,
                                 const uint64_t *words, struct error *err)
{
    str bytes = {(const char *)words, (size_t)segment_slices_bytes(slices)};
    uint32_t pieces = segment_slices_pieces(slices);
    uint64_t *checksums = arena_array(&map->arena, uint64_t, pieces);
    struct segment_slices *added = grow_slices(map);
    if (!checksums || !added) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < pieces; i++) {
        size_t from = (size_t)i * SLICES_PIECE_BYTES;
        checksums[i] = chunk_checksum(str_slice(bytes, from, from + piece_bytes(slices)));
    }
    slices->checksums = checksums;
    *added = *slices;
    map->slices_count++;
    return store_file_write(file, slices->offset, bytes, err);
}

static tocsin_status write_filters(struct store_file *file, struct segment_map *map, const struct filters *filters,
                                   uint32_t column, struct strbuf *scratch, uint64_t *offset, struct error *err)
{
    struct segment_slices slices = {.first_block = filters->first_block,
                                    .block_count = filters->block_count,
                                    .column = column,
                                    .places = choose_bytes(filters) * 8,
                                    .offset = *offset};
    if (slices.places == 0) {
        return TOCSIN_OK;
    }
    uint64_t *words = memory_allocate_zeroed((size_t)segment_slices_bytes(&slices), 1);
    if (!words) {
        return error_memory(err);
    }
    tocsin_status status = fill_words(file, filters, scratch, &slices, words, err);
    if (status == TOCSIN_OK && slices.covered) {
        status = write_words(file, map, &slices, words, err);
        *offset += segment_slices_bytes(&slices);
    }
    memory_free(words);
    return status;
}

/* Slices of all columns that have a filter in some of these blocks. `is_done` has a bit a column of each block. */
static tocsin_status write_run(struct store_file *file, struct segment_map *map, uint32_t first, uint32_t end,
                               bool *const *is_done, struct strbuf *scratch, uint64_t *offset, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t b = first; b < end; b++) {
        const struct segment_block *block = &map->blocks[b];
        for (uint32_t i = 0; status == TOCSIN_OK && i < block->column_count; i++) {
            if (is_done[b - first][i] || !has_filter(&block->columns[i])) {
                continue;
            }
            struct filters filters = {.first_block = b};
            for (uint32_t k = b; k < end; k++) {
                const struct segment_column *column = find_filter(&map->blocks[k], &block->columns[i], i);
                if (column) {
                    is_done[k - first][column - map->blocks[k].columns] = true;
                    filters.columns[k - b] = column;
                    filters.block_count = k - b + 1;
                }
            }
            status = write_filters(file, map, &filters, i, scratch, offset, err);
        }
    }
    return status;
}

tocsin_status segment_slices_write(struct store_file *file, struct segment_map *map, struct strbuf *scratch,
                                   uint64_t *offset, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t first = 0; status == TOCSIN_OK && first < map->block_count; first += SLICES_BLOCKS_MAX) {
        uint32_t left = map->block_count - first;
        uint32_t end = first + (left < SLICES_BLOCKS_MAX ? left : SLICES_BLOCKS_MAX);
        bool *is_done[SLICES_BLOCKS_MAX];
        size_t columns = 0;
        for (uint32_t b = first; b < end; b++) {
            columns += map->blocks[b].column_count;
        }
        bool *flags = memory_allocate_zeroed(columns + 1, sizeof(*flags));
        if (!flags) {
            return error_memory(err);
        }
        bool *next = flags;
        for (uint32_t b = first; b < end; b++) {
            is_done[b - first] = next;
            next += map->blocks[b].column_count;
        }
        status = write_run(file, map, first, end, is_done, scratch, offset, err);
        memory_free(flags);
    }
    return status;
}

/* ---- in the footer ---- */

void segment_slices_put(struct strbuf *target, const struct segment_map *map)
{
    bytes_put_u32(target, map->slices_count);
    bytes_put_u32(target, 0);
    for (uint32_t i = 0; i < map->slices_count; i++) {
        const struct segment_slices *slices = &map->slices[i];
        bytes_put_u32(target, slices->first_block);
        bytes_put_u32(target, slices->block_count);
        bytes_put_u32(target, slices->column);
        bytes_put_u32(target, slices->places);
        bytes_put_u64(target, slices->covered);
        bytes_put_u64(target, slices->beyond_ascii);
        bytes_put_u64(target, slices->offset);
        for (uint32_t k = 0; k < segment_slices_pieces(slices); k++) {
            bytes_put_u64(target, slices->checksums[k]);
        }
    }
}

/* Blocks, column and numbers, but for the place in the file. */
static bool is_sound(const struct segment_slices *slices, const struct segment_map *map)
{
    return slices->first_block < map->block_count && slices->block_count > 0 &&
           slices->block_count <= SLICES_BLOCKS_MAX && slices->block_count <= map->block_count - slices->first_block &&
           slices->column < map->blocks[slices->first_block].column_count &&
           segment_column_bloom(segment_slices_column(map, slices)) && slices->places >= PLACES_MIN &&
           slices->places <= PLACES_MAX && (slices->places & (slices->places - 1)) == 0 &&
           (slices->covered & ~blocks_mask(slices->block_count)) == 0 && (slices->beyond_ascii & ~slices->covered) == 0;
}

/* By first block, then by column. */
static bool is_behind(const struct segment_slices *slices, const struct segment_slices *before)
{
    return slices->first_block > before->first_block ||
           (slices->first_block == before->first_block && slices->column > before->column);
}

static tocsin_status take_one(struct byte_taker *taker, struct segment_map *map, struct segment_slices *slices)
{
    slices->first_block = bytes_take_u32(taker);
    slices->block_count = bytes_take_u32(taker);
    slices->column = bytes_take_u32(taker);
    slices->places = bytes_take_u32(taker);
    slices->covered = bytes_take_u64(taker);
    slices->beyond_ascii = bytes_take_u64(taker);
    slices->offset = bytes_take_u64(taker);
    if (taker->is_bad || !is_sound(slices, map) || slices->offset > map->file_bytes ||
        segment_slices_bytes(slices) > map->file_bytes - slices->offset) {
        return TOCSIN_END;
    }
    uint32_t pieces = segment_slices_pieces(slices);
    if (pieces > taker->rest.len / sizeof(uint64_t)) {
        return TOCSIN_END;
    }
    uint64_t *checksums = arena_allocate(&map->arena, pieces * sizeof(*checksums), _Alignof(uint64_t));
    if (!checksums) {
        return TOCSIN_ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < pieces; i++) {
        checksums[i] = bytes_take_u64(taker);
    }
    slices->checksums = checksums;
    return TOCSIN_OK;
}

tocsin_status segment_slices_take(struct byte_taker *taker, struct segment_map *map, struct error *err)
{
    uint32_t count = bytes_take_u32(taker);
    (void)bytes_take_u32(taker);
    if (taker->is_bad || count > taker->rest.len / ENTRY_BYTES) {
        return TOCSIN_END;
    }
    map->slices = arena_array(&map->arena, struct segment_slices, count);
    if (!map->slices) {
        return error_memory(err);
    }
    for (map->slices_count = 0; map->slices_count < count; map->slices_count++) {
        struct segment_slices *slices = &map->slices[map->slices_count];
        tocsin_status status = take_one(taker, map, slices);
        if (status == TOCSIN_OK && map->slices_count > 0 && !is_behind(slices, slices - 1)) {
            status = TOCSIN_END;
        }
        if (status != TOCSIN_OK) {
            return status == TOCSIN_ERROR_MEMORY ? error_memory(err) : status;
        }
    }
    return TOCSIN_OK;
}
