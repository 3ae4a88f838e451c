#include "store/segment_map.h"

#include <assert.h>
#include <stdio.h>

#include "base/memory.h"
#include "store/segment_slices.h"
#include "store/store_bytes.h"

/* ---- problems ---- */

void store_problems_init(struct store_problems *problems)
{
    *problems = (struct store_problems){0};
    arena_init(&problems->arena, ARENA_NO_LIMIT);
}

void store_problems_release(struct store_problems *problems)
{
    arena_release(&problems->arena);
    memory_free(problems->items);
    *problems = (struct store_problems){0};
}

static bool has_room(struct store_problems *problems)
{
    if (problems->count == problems->capacity && problems->count < LIMIT_STORE_PROBLEMS) {
        size_t capacity = problems->capacity ? problems->capacity * 2 : 8;
        struct store_problem *grown = memory_resize(problems->items, capacity * sizeof(*grown));
        problems->items = grown ? grown : problems->items;
        problems->capacity = grown ? capacity : problems->capacity;
    }
    return problems->count < problems->capacity && problems->count < LIMIT_STORE_PROBLEMS;
}

static void keep_problem(struct store_problems *problems, str file, str text, uint64_t rows_lost)
{
    struct store_problem problem = {.file = arena_copy(&problems->arena, file),
                                    .text = arena_copy(&problems->arena, text),
                                    .rows_lost = rows_lost};
    if (has_room(problems) && problem.file.data && problem.text.data) {
        problems->items[problems->count++] = problem;
    } else {
        problems->more++;
    }
}

void store_problem_add(struct store_problems *problems, const char *path, uint64_t rows_lost, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    const char *slash = strrchr(path, '/');
    problems->rows_lost += rows_lost;
    keep_problem(problems, str_from_cstring(slash ? slash + 1 : path), str_from_cstring(text), rows_lost);
}

void store_problems_take(struct store_problems *problems, struct store_problems *found)
{
    for (size_t i = 0; i < found->count; i++) {
        keep_problem(problems, found->items[i].file, found->items[i].text, found->items[i].rows_lost);
    }
    problems->more += found->more;
    problems->rows_lost += found->rows_lost;
    store_problems_release(found);
    store_problems_init(found);
}

/* ---- chunks ---- */

static tocsin_status read_into(const struct store_file *file, uint64_t offset, size_t bytes, struct strbuf *buffer,
                               struct error *err)
{
    strbuf_clear(buffer);
    char *room = strbuf_reserve(buffer, bytes > 0 ? bytes : 1); /* none is no failure */
    if (!room) {
        return error_memory(err);
    }
    tocsin_status status = store_file_read(file, offset, room, bytes, err);
    buffer->len = status == TOCSIN_OK ? bytes : 0;
    return status;
}

static tocsin_status read_checked(const struct store_file *file, uint64_t offset, const struct segment_chunk *chunk,
                                  struct strbuf *buffer, struct error *err)
{
    tocsin_status status = read_into(file, offset, chunk->stored_bytes, buffer, err);
    bool is_bad = status == TOCSIN_OK && chunk_checksum(strbuf_str(buffer)) != chunk->checksum;
    return is_bad ? TOCSIN_END : status;
}

/* A place that the disk cannot read at all is as good as one with a wrong checksum. */
static tocsin_status damage_or_memory(tocsin_status status)
{
    return status == TOCSIN_ERROR_INPUT ? TOCSIN_END : status;
}

tocsin_status segment_chunk_read(const struct store_file *file, const struct segment_chunk *chunk,
                                 struct strbuf *buffer, struct error *err)
{
    struct error ignored = {0};
    tocsin_status status = damage_or_memory(read_checked(file, chunk->offset, chunk, buffer, &ignored));
    if (status == TOCSIN_END && chunk->copy_offset != 0) {
        status = damage_or_memory(read_checked(file, chunk->copy_offset, chunk, buffer, &ignored));
    }
    return status == TOCSIN_ERROR_MEMORY ? error_memory(err) : status;
}

tocsin_status segment_block_verify(const struct store_file *file, const struct segment_block *block,
                                   struct strbuf *scratch, struct store_problems *problems, uint64_t *ret_bad,
                                   struct error *err)
{
    uint64_t bad = 0;
    for (uint32_t i = 0; i < block->column_count; i++) {
        const struct segment_column *column = &block->columns[i];
        for (uint32_t k = 0; k < column->chunk_count; k++) {
            struct segment_chunk place = column->chunks[k];
            struct segment_chunk copy = place;
            place.copy_offset = 0;
            copy.offset = copy.copy_offset;
            tocsin_status in_place = segment_chunk_read(file, &place, scratch, err);
            tocsin_status in_copy = copy.offset ? segment_chunk_read(file, &copy, scratch, err) : in_place;
            if (in_place == TOCSIN_ERROR_MEMORY || in_copy == TOCSIN_ERROR_MEMORY) {
                return TOCSIN_ERROR_MEMORY;
            }
            bool is_bad = in_place != TOCSIN_OK || in_copy != TOCSIN_OK;
            bad += is_bad;
            if (problems && is_bad) {
                bool is_needed = place.role != ROLE_BLOOM;
                bool is_lost = in_place != TOCSIN_OK && in_copy != TOCSIN_OK && is_needed;
                store_problem_add(problems, file->path, is_lost ? block->row_count : 0,
                                  "block %u, column %.*s, %s%llu: wrong checksum%s", block->number,
                                  STR_ARG(column->name), in_place != TOCSIN_OK ? "byte " : "copy at byte ",
                                  (unsigned long long)(in_place != TOCSIN_OK ? place.offset : copy.offset),
                                  is_lost     ? ""
                                  : is_needed ? "; there is another copy"
                                              : "; searches are slower without it, and find the same");
            }
        }
    }
    *ret_bad = bad;
    return TOCSIN_OK;
}

/* ---- the parts of a file ---- */

/* A fixed part ends with its own checksum. */
static bool part_is_right(const char part[SEGMENT_HEAD_BYTES], const char *magic)
{
    struct byte_taker sum = {.rest = {part + SEGMENT_HEAD_BYTES - 8, 8}};
    return memcmp(part, magic, strlen(magic)) == 0 &&
           chunk_checksum((str){part, SEGMENT_HEAD_BYTES - 8}) == bytes_take_u64(&sum);
}

/* TOCSIN_END: it is cut, or not right. */
static tocsin_status read_part(const struct store_file *file, uint64_t offset, const char *magic,
                               char ret_part[SEGMENT_HEAD_BYTES], struct error *err)
{
    tocsin_status status = store_file_read(file, offset, ret_part, SEGMENT_HEAD_BYTES, err);
    return status == TOCSIN_OK && !part_is_right(ret_part, magic) ? TOCSIN_END : status;
}

static tocsin_status not_a_segment(const struct store_file *file, const char *why, struct error *err)
{
    return error_set(err, TOCSIN_ERROR_INPUT, "%s: %s", file->path, why);
}

static tocsin_status take_header(const struct store_file *file, const char header[SEGMENT_HEADER_BYTES],
                                 struct segment_map *map, struct error *err)
{
    struct byte_taker taker = {.rest = {header + 8, SEGMENT_HEADER_BYTES - 8}};
    uint32_t version = bytes_take_u32(&taker);
    if (!segment_version_is_known(version)) {
        tocsin_status refused = error_set(err, TOCSIN_ERROR_INPUT,
                                          "%s: a segment of version %u, which this program "
                                          "does not know",
                                          file->path, version);
        error_hint(err, "a newer tocsin wrote it");
        return refused;
    }
    map->generation = bytes_take_u32(&taker);
    memcpy(map->id, bytes_take(&taker, SEGMENT_ID_BYTES).data, SEGMENT_ID_BYTES);
    map->sequence = bytes_take_u64(&taker);
    map->created_ms = (int64_t)bytes_take_u64(&taker);
    map->last_sequence = bytes_take_u64(&taker);
    return TOCSIN_OK;
}

static bool head_is_sound(const struct segment_map *map, const struct segment_block *block)
{
    return block->row_count <= LIMIT_STORE_BLOCK_ROWS && block->bytes >= SEGMENT_HEAD_BYTES &&
           block->bytes <= LIMIT_STORE_BLOCK_BYTES && block->bytes % SEGMENT_ALIGNMENT == 0 &&
           block->offset + block->bytes <= map->file_bytes && block->directory_bytes <= LIMIT_STORE_DIRECTORY_BYTES &&
           block->directory_bytes <= block->bytes - SEGMENT_HEAD_BYTES && block->number < LIMIT_STORE_BLOCKS &&
           block->first_row < LIMIT_STORE_ROWS;
}

tocsin_status segment_head_read(const struct store_file *file, const struct segment_map *map, uint64_t offset,
                                struct segment_block *ret_block, struct error *err)
{
    char head[SEGMENT_HEAD_BYTES];
    tocsin_status status = read_part(file, offset, "TBLK", head, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct byte_taker taker = {.rest = {head + 4, sizeof(head) - 4}};
    struct segment_block block = {.offset = offset};
    block.row_count = bytes_take_u32(&taker);
    block.bytes = bytes_take_u64(&taker);
    block.first_row = bytes_take_u64(&taker);
    block.directory_bytes = bytes_take_u32(&taker);
    block.number = bytes_take_u32(&taker);
    block.directory_checksum = bytes_take_u64(&taker);
    bool is_ours = memcmp(bytes_take(&taker, SEGMENT_ID_BYTES).data, map->id, SEGMENT_ID_BYTES) == 0;
    if (!is_ours || !head_is_sound(map, &block)) {
        return TOCSIN_END;
    }
    *ret_block = block;
    return TOCSIN_OK;
}

/* Room for one more. */
static tocsin_status grow_blocks(struct segment_block **blocks, uint32_t count, uint32_t *capacity, struct error *err)
{
    if (count < *capacity) {
        return TOCSIN_OK;
    }
    uint32_t wanted = *capacity ? *capacity * 2 : 16;
    struct segment_block *grown = memory_resize(*blocks, wanted * sizeof(*grown));
    if (!grown) {
        return error_memory(err);
    }
    *blocks = grown;
    *capacity = wanted;
    return TOCSIN_OK;
}

static tocsin_status add_block(struct segment_map *map, const struct segment_block *block, struct error *err)
{
    if (map->block_count + map->note_block_count == LIMIT_STORE_BLOCKS) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "a segment has more than %d blocks", LIMIT_STORE_BLOCKS);
    }
    tocsin_status status;
    if (block->row_count == 0) {
        status = grow_blocks(&map->note_blocks, map->note_block_count, &map->note_block_capacity, err);
        if (status == TOCSIN_OK) {
            map->note_blocks[map->note_block_count++] = *block;
        }
        return status;
    }
    status = grow_blocks(&map->blocks, map->block_count, &map->block_capacity, err);
    if (status == TOCSIN_OK) {
        map->blocks[map->block_count++] = *block;
        map->row_count = block->first_row + block->row_count;
    }
    return status;
}

/* NULL: there is none with rows yet. */
static const struct segment_block *last_block(const struct segment_map *map)
{
    return map->block_count > 0 ? &map->blocks[map->block_count - 1] : NULL;
}

/* ---- from block to block ---- */

/* The block that begins here, with its directory; TOCSIN_END if there is none, or it is damaged. */
static tocsin_status read_block(const struct store_file *file, struct segment_map *map, uint64_t offset,
                                struct strbuf *scratch, struct segment_block *ret_block, bool *ret_has_head,
                                struct error *err)
{
    tocsin_status status = segment_head_read(file, map, offset, ret_block, err);
    *ret_has_head = status == TOCSIN_OK;
    if (status != TOCSIN_OK) {
        return status;
    }
    status = read_into(file, offset + SEGMENT_HEAD_BYTES, ret_block->directory_bytes, scratch, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (chunk_checksum(strbuf_str(scratch)) != ret_block->directory_checksum) {
        return TOCSIN_END;
    }
    status = segment_directory_parse(strbuf_str(scratch), &map->arena, last_block(map), ret_block);
    return status == TOCSIN_ERROR_MEMORY ? error_memory(err) : status;
}

/* The next place behind `offset` where a block of the segment begins; UINT64_MAX if there is none. */
static tocsin_status find_block(const struct store_file *file, const struct segment_map *map, uint64_t offset,
                                struct strbuf *scratch, uint64_t *ret_offset, struct error *err)
{
    const size_t window = MEBI;
    for (; offset + SEGMENT_HEAD_BYTES <= map->file_bytes; offset += window) {
        uint64_t left = map->file_bytes - offset;
        size_t bytes = left < window ? (size_t)left : window;
        tocsin_status status = read_into(file, offset, bytes, scratch, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        for (size_t at = 0; at + SEGMENT_HEAD_BYTES <= bytes; at += SEGMENT_ALIGNMENT) {
            struct segment_block block;
            if (memcmp(scratch->data + at, "TBLK", 4) != 0) {
                continue;
            }
            status = segment_head_read(file, map, offset + at, &block, err);
            if (status != TOCSIN_END) {
                *ret_offset = offset + at;
                return status;
            }
        }
    }
    *ret_offset = UINT64_MAX;
    return TOCSIN_OK;
}

/* Rows between those that are known and the block at `offset`. */
static tocsin_status count_gap(const struct store_file *file, const struct segment_map *map, uint64_t offset,
                               uint64_t *ret_rows, struct error *err)
{
    struct segment_block block;
    tocsin_status status = segment_head_read(file, map, offset, &block, err);
    if (status == TOCSIN_OK) {
        *ret_rows = block.first_row > map->row_count ? block.first_row - map->row_count : 0;
    }
    return status;
}

/* Blocks from `offset` to the end of the file; those that are damaged are passed over, if others follow. */
static tocsin_status walk_blocks(const struct store_file *file, struct segment_map *map, struct strbuf *scratch,
                                 struct store_problems *problems, struct error *err)
{
    uint64_t offset = map->blocks_end;
    for (uint32_t damaged = 0; damaged <= LIMIT_STORE_PROBLEMS;) {
        struct segment_block block;
        bool has_head;
        tocsin_status status = read_block(file, map, offset, scratch, &block, &has_head, err);
        bool is_in_order = status == TOCSIN_OK && block.first_row >= map->row_count;
        if (is_in_order) {
            status = add_block(map, &block, err);
            if (status != TOCSIN_OK) {
                return status;
            }
            offset += block.bytes;
            map->blocks_end = offset;
            continue;
        }
        if (status != TOCSIN_OK && status != TOCSIN_END) {
            return status;
        }
        uint64_t next;
        status = find_block(file, map, offset + SEGMENT_ALIGNMENT, scratch, &next, err);
        if (status != TOCSIN_OK || next == UINT64_MAX) {
            return status; /* the tail */
        }
        uint64_t rows_lost = 0;
        status = count_gap(file, map, next, &rows_lost, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        store_problem_add(problems, file->path, rows_lost, "bytes %llu to %llu are damaged, and passed over",
                          (unsigned long long)offset, (unsigned long long)next);
        offset = next;
        damaged++;
    }
    return not_a_segment(file, "it is damaged in more than a thousand places", err);
}

static bool ends_with_block(const struct segment_map *map)
{
    const struct segment_block *last = last_block(map);
    return last && last->offset + last->bytes == map->blocks_end;
}

static void drop_last_block(struct segment_map *map)
{
    const struct segment_block *last = &map->blocks[--map->block_count];
    map->blocks_end = last->offset;
    map->row_count = last->first_row;
}

/* S4: only the last block of an open segment may be torn, so only that one is read whole. One of notes has nothing but
 * its directory, which was read. What was pushed together with rows that never became whole goes, too (S2). */
static tocsin_status drop_torn_blocks(const struct store_file *file, struct segment_map *map, struct strbuf *scratch,
                                      struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    uint64_t bad = 0;
    if (ends_with_block(map)) {
        status = segment_block_verify(file, &map->blocks[map->block_count - 1], scratch, NULL, &bad, err);
    }
    if (status == TOCSIN_OK && bad > 0) {
        drop_last_block(map);
    }
    while (status == TOCSIN_OK && ends_with_block(map) && map->blocks[map->block_count - 1].note.is_partial) {
        drop_last_block(map);
    }
    return status;
}

/* Those that a damaged footer made believe in. */
static void forget_blocks(struct segment_map *map)
{
    map->block_count = 0;
    map->note_block_count = 0;
    map->slices_count = 0;
    map->row_count = 0;
    map->blocks_end = SEGMENT_HEADER_BYTES;
}

void segment_map_release(struct segment_map *map)
{
    arena_release(&map->arena);
    memory_free(map->blocks);
    memory_free(map->note_blocks);
    *map = (struct segment_map){0};
}

static bool add_note(const struct segment_note *note, struct mark_set *marks, struct store_newest *newest)
{
    for (uint32_t i = 0; i < note->mark_count; i++) {
        if (!mark_set_put(marks, &note->marks[i])) {
            return false;
        }
    }
    (void)store_newest_merge(newest, &note->newest);
    return true;
}

bool segment_map_notes(const struct segment_map *map, struct mark_set *marks, struct store_newest *newest)
{
    bool is_added = true;
    uint32_t b = 0;
    uint32_t n = 0;
    while (is_added && (b < map->block_count || n < map->note_block_count)) {
        bool is_block =
            n == map->note_block_count || (b < map->block_count && map->blocks[b].offset < map->note_blocks[n].offset);
        is_added = add_note(is_block ? &map->blocks[b++].note : &map->note_blocks[n++].note, marks, newest);
    }
    return is_added;
}

/* ---- the footer ---- */

static tocsin_status write_copies(struct store_file *file, struct segment_map *copied, struct strbuf *scratch,
                                  uint64_t *offset, struct error *err)
{
    for (uint32_t b = 0; b < copied->block_count; b++) {
        const struct segment_block *block = &copied->blocks[b];
        for (uint32_t i = 0; i < block->column_count; i++) {
            for (uint32_t k = 0; k < block->columns[i].chunk_count; k++) {
                struct segment_chunk *chunk = &block->columns[i].chunks[k];
                if (chunk->role != ROLE_ENTRIES) {
                    continue;
                }
                tocsin_status status = segment_chunk_read(file, chunk, scratch, err);
                if (status == TOCSIN_END) {
                    chunk->copy_offset = chunk->offset; /* damaged already: there is nothing to copy */
                    continue;
                }
                status = status == TOCSIN_OK ? store_file_write(file, *offset, strbuf_str(scratch), err) : status;
                if (status != TOCSIN_OK) {
                    return status;
                }
                chunk->copy_offset = *offset;
                *offset += chunk->stored_bytes;
            }
        }
    }
    return TOCSIN_OK;
}

/* The directory as it is in the block, and where its copies are. */
static tocsin_status put_footer_block(const struct store_file *file, const struct segment_block *block,
                                      struct strbuf *scratch, struct strbuf *footer, struct error *err)
{
    bytes_put_u64(footer, block->offset);
    bytes_put_u64(footer, block->bytes);
    bytes_put_u64(footer, block->first_row);
    bytes_put_u32(footer, block->row_count);
    bytes_put_u32(footer, block->number);
    bytes_put_u32(footer, block->directory_bytes);
    bytes_put_u32(footer, 0);
    tocsin_status status = read_into(file, block->offset + SEGMENT_HEAD_BYTES, block->directory_bytes, scratch, err);
    if (status != TOCSIN_OK) {
        return status == TOCSIN_END ? not_a_segment(file, "the file became shorter while it was sealed", err) : status;
    }
    if (chunk_checksum(strbuf_str(scratch)) != block->directory_checksum) {
        return not_a_segment(file, "a block changed while the segment was sealed", err);
    }
    strbuf_append(footer, strbuf_str(scratch));
    for (uint32_t i = 0; i < block->column_count; i++) {
        for (uint32_t k = 0; k < block->columns[i].chunk_count; k++) {
            if (block->columns[i].chunks[k].role == ROLE_ENTRIES) {
                bytes_put_u64(footer, block->columns[i].chunks[k].copy_offset);
            }
        }
    }
    return TOCSIN_OK;
}

static tocsin_status write_footer_parts(struct store_file *file, struct segment_map *map, struct strbuf *scratch,
                                        struct strbuf *footer, struct error *err)
{
    uint64_t offset = map->blocks_end;
    tocsin_status status = write_copies(file, map, scratch, &offset, err);
    status = status == TOCSIN_OK ? segment_slices_write(file, map, scratch, &offset, err) : status;
    segment_header_put(footer, map);
    bytes_put_u32(footer, map->block_count);
    bytes_put_u32(footer, map->note_block_count);
    bytes_put_u64(footer, map->row_count);
    for (uint32_t i = 0; status == TOCSIN_OK && i < map->block_count; i++) {
        status = put_footer_block(file, &map->blocks[i], scratch, footer, err);
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < map->note_block_count; i++) {
        status = put_footer_block(file, &map->note_blocks[i], scratch, footer, err);
    }
    segment_slices_put(footer, map);
    if (status != TOCSIN_OK) {
        return status;
    }
    str body = strbuf_str(footer);
    struct strbuf trailer;
    strbuf_init(&trailer, SEGMENT_TRAILER_BYTES * 2);
    strbuf_append(&trailer, STR("TOCSINFT"));
    bytes_put_u32(&trailer, SEGMENT_VERSION);
    bytes_put_u32(&trailer, 0);
    bytes_put_u64(&trailer, offset);
    bytes_put_u64(&trailer, body.len);
    bytes_put_u64(&trailer, chunk_checksum(body));
    bytes_put_u64(&trailer, map->blocks_end);
    bytes_put_u64(&trailer, 0);
    bytes_put_u64(&trailer, chunk_checksum(strbuf_str(&trailer)));
    status = footer->is_failed || trailer.is_failed ? error_memory(err) : TOCSIN_OK;
    status = status == TOCSIN_OK ? store_file_write(file, offset, body, err) : status;
    status = status == TOCSIN_OK ? store_file_write(file, offset + body.len, strbuf_str(&trailer), err) : status;
    strbuf_release(&trailer);
    return status;
}

tocsin_status segment_footer_write(struct store_file *file, struct segment_map *map, struct error *err)
{
    struct strbuf scratch;
    struct strbuf footer;
    strbuf_init(&scratch, LIMIT_STORE_BLOCK_BYTES);
    strbuf_init(&footer, LIMIT_STORE_FOOTER_BYTES);
    tocsin_status status = write_footer_parts(file, map, &scratch, &footer, err);
    strbuf_release(&scratch);
    strbuf_release(&footer);
    return status;
}

/* One block of the footer, behind `*end`. TOCSIN_END: it makes no sense. */
static tocsin_status take_footer_block(struct byte_taker *taker, struct segment_map *map, bool is_note, uint64_t *end,
                                       struct error *err)
{
    struct segment_block block = {0};
    block.offset = bytes_take_u64(taker);
    block.bytes = bytes_take_u64(taker);
    block.first_row = bytes_take_u64(taker);
    block.row_count = bytes_take_u32(taker);
    block.number = bytes_take_u32(taker);
    block.directory_bytes = bytes_take_u32(taker);
    (void)bytes_take_u32(taker);
    str directory = bytes_take(taker, block.directory_bytes);
    if (taker->is_bad || block.offset < *end || block.offset > map->file_bytes || (block.row_count == 0) != is_note ||
        (!is_note && block.first_row < map->row_count) || !head_is_sound(map, &block)) {
        return TOCSIN_END;
    }
    block.directory_checksum = chunk_checksum(directory);
    tocsin_status status = segment_directory_parse(directory, &map->arena, last_block(map), &block);
    if (status != TOCSIN_OK) {
        return status == TOCSIN_ERROR_MEMORY ? error_memory(err) : status;
    }
    for (uint32_t i = 0; i < block.column_count; i++) {
        bool has_entries = block.columns[i].encoding == ENCODING_DICTIONARY;
        for (uint32_t k = 0; has_entries && k < block.columns[i].chunk_count; k++) {
            struct segment_chunk *chunk = &block.columns[i].chunks[k];
            chunk->copy_offset = chunk->role == ROLE_ENTRIES ? bytes_take_u64(taker) : 0;
        }
    }
    *end = block.offset + block.bytes;
    map->blocks_end = *end > map->blocks_end ? *end : map->blocks_end;
    return taker->is_bad ? TOCSIN_END : add_block(map, &block, err);
}

static tocsin_status take_footer(str bytes, uint32_t version, struct segment_map *map, struct error *err)
{
    struct byte_taker taker = {.rest = str_skip(bytes, SEGMENT_HEADER_BYTES)}; /* the header was seen to */
    uint32_t block_count = bytes_take_u32(&taker);
    uint32_t note_block_count = bytes_take_u32(&taker);
    uint64_t row_count = bytes_take_u64(&taker);
    uint64_t end = SEGMENT_HEADER_BYTES;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < block_count; i++) {
        status = take_footer_block(&taker, map, false, &end, err);
    }
    end = SEGMENT_HEADER_BYTES;
    for (uint32_t i = 0; status == TOCSIN_OK && i < note_block_count; i++) {
        status = take_footer_block(&taker, map, true, &end, err);
    }
    if (status == TOCSIN_OK && version >= SEGMENT_VERSION_SLICES) {
        status = segment_slices_take(&taker, map, err);
    }
    bool is_whole = status == TOCSIN_OK && !taker.is_bad && taker.rest.len == 0 && map->row_count == row_count;
    return status == TOCSIN_OK && !is_whole ? TOCSIN_END : status;
}

/* The bytes of the footer, into scratch, and its version: that of whoever sealed the segment, which may be a later one
 * than the header's. TOCSIN_END: there is none that is whole. */
static tocsin_status read_footer(const struct store_file *file, uint64_t file_bytes, struct strbuf *scratch,
                                 uint32_t *ret_version, struct error *err)
{
    char trailer[SEGMENT_TRAILER_BYTES];
    if (file_bytes < SEGMENT_HEADER_BYTES + SEGMENT_TRAILER_BYTES) {
        return TOCSIN_END;
    }
    uint64_t end = file_bytes - SEGMENT_TRAILER_BYTES;
    tocsin_status status = read_part(file, end, "TOCSINFT", trailer, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct byte_taker taker = {.rest = {trailer + 8, sizeof(trailer) - 8}};
    uint32_t version = bytes_take_u32(&taker);
    (void)bytes_take_u32(&taker);
    uint64_t offset = bytes_take_u64(&taker);
    uint64_t bytes = bytes_take_u64(&taker);
    uint64_t checksum = bytes_take_u64(&taker);
    if (!segment_version_is_known(version) || bytes > LIMIT_STORE_FOOTER_BYTES || bytes < SEGMENT_HEADER_BYTES ||
        bytes > end || offset != end - bytes) {
        return TOCSIN_END;
    }
    *ret_version = version;
    status = read_into(file, offset, (size_t)bytes, scratch, err);
    bool is_right = status == TOCSIN_OK && chunk_checksum(strbuf_str(scratch)) == checksum;
    return status == TOCSIN_OK && !is_right ? TOCSIN_END : status;
}

/* ---- whole files ---- */

bool segment_has_other_version(const struct store_file *file)
{
    char header[SEGMENT_HEADER_BYTES];
    struct error ignored = {0};
    struct byte_taker taker = {.rest = {header + 8, sizeof(header) - 8}};
    return read_part(file, 0, "TOCSINEV", header, &ignored) == TOCSIN_OK &&
           !segment_version_is_known(bytes_take_u32(&taker));
}

/* A header that is damaged stands in the footer once more, and the first block says which segment it belongs to. */
static tocsin_status start_without_header(const struct store_file *file, struct segment_map *map,
                                          struct strbuf *scratch, struct error *err)
{
    char head[SEGMENT_HEAD_BYTES];
    uint32_t version;
    tocsin_status status = read_footer(file, map->file_bytes, scratch, &version, err);
    if (status == TOCSIN_OK) {
        memcpy(head, scratch->data, SEGMENT_HEADER_BYTES);
        return part_is_right(head, "TOCSINEV") ? take_header(file, head, map, err) : TOCSIN_END;
    }
    status = status == TOCSIN_END ? read_part(file, SEGMENT_HEADER_BYTES, "TBLK", head, err) : status;
    if (status == TOCSIN_OK) {
        memcpy(map->id, head + SEGMENT_HEAD_ID_AT, SEGMENT_ID_BYTES);
    }
    return status;
}

/* Size and header. */
static tocsin_status start_map(const struct store_file *file, struct segment_map *map, struct strbuf *scratch,
                               struct store_problems *problems, struct error *err)
{
    char header[SEGMENT_HEADER_BYTES];
    *map = (struct segment_map){.blocks_end = SEGMENT_HEADER_BYTES};
    arena_init(&map->arena, ARENA_NO_LIMIT);
    tocsin_status status = store_file_size(file, &map->file_bytes, err);
    status = status == TOCSIN_OK ? read_part(file, 0, "TOCSINEV", header, err) : status;
    if (status != TOCSIN_END) {
        return status == TOCSIN_OK ? take_header(file, header, map, err) : status;
    }
    status = start_without_header(file, map, scratch, err);
    if (status == TOCSIN_END) {
        return not_a_segment(file, "this is no segment, or its first bytes are damaged", err);
    }
    if (status == TOCSIN_OK) {
        store_problem_add(problems, file->path, 0, "the header is damaged; there is another copy");
    }
    return status;
}

/* TOCSIN_END: the file became shorter meanwhile. */
static tocsin_status scan_once(const struct store_file *file, struct segment_map *ret_map,
                               struct store_problems *problems, struct error *err)
{
    struct segment_map map;
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_STORE_BLOCK_BYTES);
    tocsin_status status = start_map(file, &map, &scratch, problems, err);
    status = status == TOCSIN_OK ? walk_blocks(file, &map, &scratch, problems, err) : status;
    status = status == TOCSIN_OK ? drop_torn_blocks(file, &map, &scratch, err) : status;
    strbuf_release(&scratch);
    if (status != TOCSIN_OK) {
        segment_map_release(&map);
        return status;
    }
    *ret_map = map;
    return TOCSIN_OK;
}

/* Whoever takes the lock after a crash cuts a torn tail off (S5), also while it is looked at here: what was noted of
 * such a file is forgotten, and it is read again. */
tocsin_status segment_map_scan(const struct store_file *file, struct segment_map *ret_map,
                               struct store_problems *problems, struct error *err)
{
    for (int attempt = 0; attempt < LIMIT_STORE_SCAN_ATTEMPTS; attempt++) {
        struct store_problems found;
        store_problems_init(&found);
        tocsin_status status = scan_once(file, ret_map, &found, err);
        if (status != TOCSIN_END) {
            store_problems_take(problems, &found);
            return status;
        }
        store_problems_release(&found);
    }
    return not_a_segment(file, "the file becomes shorter every time it is read", err);
}

tocsin_status segment_map_load(const struct store_file *file, struct segment_map *ret_map,
                               struct store_problems *problems, struct error *err)
{
    struct segment_map map;
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_STORE_BLOCK_BYTES);
    tocsin_status status = start_map(file, &map, &scratch, problems, err);
    if (status == TOCSIN_OK) {
        uint32_t version = 0;
        status = read_footer(file, map.file_bytes, &scratch, &version, err);
        status = status == TOCSIN_OK ? take_footer(strbuf_str(&scratch), version, &map, err) : status;
        map.has_footer = status == TOCSIN_OK;
        map.footer_offset = map.has_footer ? map.file_bytes - SEGMENT_TRAILER_BYTES - scratch.len : 0;
    }
    if (status == TOCSIN_END) {
        store_problem_add(problems, file->path, 0, "the footer is damaged; the blocks are read one after the other");
        forget_blocks(&map);
        status = walk_blocks(file, &map, &scratch, problems, err);
    }
    strbuf_release(&scratch);
    if (status != TOCSIN_OK) {
        segment_map_release(&map);
        return status == TOCSIN_END ? not_a_segment(file, "the file became shorter while it was read", err) : status;
    }
    *ret_map = map;
    return TOCSIN_OK;
}
