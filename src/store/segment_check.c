#include "store/segment_check.h"

#include <stdlib.h>

#include "base/memory.h"
#include "store/segment_slices.h"

/* Bytes that something answers for. */
struct part {
    uint64_t offset;
    uint64_t end;
};

struct check {
    const struct store_file *file;
    const struct segment_map *map;
    struct store_problems *problems; /* NULL: they are only counted */
    struct part *parts;
    size_t part_count;
    size_t part_capacity;
    struct strbuf scratch;
    uint64_t bad;
    uint32_t next_block; /* behind the last gap */
    uint64_t rows_before;
};

/* ---- parts ---- */

static tocsin_status add_part(struct check *check, uint64_t offset, uint64_t bytes, struct error *err)
{
    if (check->part_count == check->part_capacity) {
        size_t capacity = check->part_capacity ? check->part_capacity * 2 : 64;
        struct part *grown = memory_resize(check->parts, capacity * sizeof(*grown));
        if (!grown) {
            return error_memory(err);
        }
        check->parts = grown;
        check->part_capacity = capacity;
    }
    check->parts[check->part_count++] = (struct part){offset, offset + bytes};
    return TOCSIN_OK;
}

static int compare_parts(const void *a, const void *b)
{
    const struct part *x = a;
    const struct part *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

typedef tocsin_status gap_function(struct check *check, uint64_t from, uint64_t to, uint32_t block, struct error *err);

/* What lies between `from` and `to` and in none of the parts, which are forgotten then. */
static tocsin_status visit_gaps(struct check *check, uint64_t from, uint64_t to, gap_function *visit, uint32_t block,
                                struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    if (check->part_count > 0) {
        qsort(check->parts, check->part_count, sizeof(*check->parts), compare_parts);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < check->part_count && from < to; i++) {
        const struct part *part = &check->parts[i];
        uint64_t end = part->offset < to ? part->offset : to;
        status = end > from ? visit(check, from, end, block, err) : TOCSIN_OK;
        from = part->end > from ? part->end : from;
    }
    check->part_count = 0;
    return status == TOCSIN_OK && from < to ? visit(check, from, to, block, err) : status;
}

/* ---- one block ---- */

/* TOCSIN_END: the file ends before, or the disk cannot read it. */
static tocsin_status read_bytes(struct check *check, uint64_t offset, size_t bytes, struct error *err)
{
    struct error ignored = {0};
    strbuf_clear(&check->scratch);
    char *room = strbuf_reserve(&check->scratch, bytes > 0 ? bytes : 1);
    if (!room) {
        return error_memory(err);
    }
    tocsin_status status = store_file_read(check->file, offset, room, bytes, &ignored);
    check->scratch.len = status == TOCSIN_OK ? bytes : 0;
    return status == TOCSIN_OK ? TOCSIN_OK : TOCSIN_END;
}

static void note_part(struct check *check, const struct segment_block *block, const char *name, uint64_t offset)
{
    check->bad++;
    if (check->problems) {
        store_problem_add(check->problems, check->file->path, 0, "block %u, its %s, byte %llu: damaged%s",
                          block->number, name, (unsigned long long)offset,
                          check->map->has_footer ? "; the footer says the same" : "");
    }
}

/* Both say what the map says, which of a sealed segment is what the footer says. */
static tocsin_status check_head(struct check *check, const struct segment_block *block, struct error *err)
{
    struct segment_block found;
    struct error ignored = {0};
    tocsin_status status = segment_head_read(check->file, check->map, block->offset, &found, &ignored);
    bool is_same = status == TOCSIN_OK && found.bytes == block->bytes && found.first_row == block->first_row &&
                   found.row_count == block->row_count && found.number == block->number &&
                   found.directory_bytes == block->directory_bytes &&
                   found.directory_checksum == block->directory_checksum;
    if (!is_same) {
        note_part(check, block, "head", block->offset);
    }
    status = read_bytes(check, block->offset + SEGMENT_HEAD_BYTES, block->directory_bytes, err);
    is_same = status == TOCSIN_OK && chunk_checksum(strbuf_str(&check->scratch)) == block->directory_checksum;
    if (!is_same && status != TOCSIN_ERROR_MEMORY) {
        note_part(check, block, "directory", block->offset + SEGMENT_HEAD_BYTES);
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static bool is_zero(str bytes)
{
    size_t at = 0;
    while (at < bytes.len && bytes.data[at] == 0) {
        at++;
    }
    return at == bytes.len;
}

static tocsin_status check_padding(struct check *check, uint64_t from, uint64_t to, uint32_t block, struct error *err)
{
    for (uint64_t at = from; at < to;) {
        size_t bytes = to - at < MEBI ? (size_t)(to - at) : MEBI;
        tocsin_status status = read_bytes(check, at, bytes, err);
        if (status == TOCSIN_ERROR_MEMORY) {
            return status;
        }
        if (status != TOCSIN_OK || !is_zero(strbuf_str(&check->scratch))) {
            check->bad++;
            if (check->problems) {
                store_problem_add(check->problems, check->file->path, 0,
                                  "block %u, bytes %llu to %llu: damaged; nothing is stored there", block,
                                  (unsigned long long)from, (unsigned long long)to);
            }
            return TOCSIN_OK;
        }
        at += bytes;
    }
    return TOCSIN_OK;
}

static tocsin_status check_block(struct check *check, const struct segment_block *block, struct error *err)
{
    uint64_t body = block->offset + SEGMENT_HEAD_BYTES + block->directory_bytes;
    uint64_t bad = 0;
    tocsin_status status = check_head(check, block, err);
    status = status == TOCSIN_OK
                 ? segment_block_verify(check->file, block, &check->scratch, check->problems, &bad, err)
                 : status;
    check->bad += bad;
    for (uint32_t i = 0; status == TOCSIN_OK && i < block->column_count; i++) {
        const struct segment_column *column = &block->columns[i];
        for (uint32_t k = 0; status == TOCSIN_OK && k < column->chunk_count; k++) {
            status = add_part(check, column->chunks[k].offset, column->chunks[k].stored_bytes, err);
        }
    }
    return status == TOCSIN_OK
               ? visit_gaps(check, body, block->offset + block->bytes, check_padding, block->number, err)
               : status;
}

/* ---- between them ---- */

/* A block that was damaged when the segment was sealed is still there. */
static tocsin_status note_gap(struct check *check, uint64_t from, uint64_t to, uint32_t block, struct error *err)
{
    const struct segment_map *map = check->map;
    uint64_t rows_lost = 0;
    while (check->next_block < map->block_count && map->blocks[check->next_block].offset < to) {
        const struct segment_block *before = &map->blocks[check->next_block++];
        check->rows_before = before->first_row + before->row_count;
    }
    if (check->next_block < map->block_count) {
        uint64_t first_row = map->blocks[check->next_block].first_row;
        rows_lost = first_row > check->rows_before ? first_row - check->rows_before : 0;
        check->rows_before = first_row;
    }
    check->bad++;
    if (check->problems) {
        store_problem_add(check->problems, check->file->path, rows_lost,
                          "bytes %llu to %llu are damaged, and passed over", (unsigned long long)from,
                          (unsigned long long)to);
    }
    return TOCSIN_OK;
}

static tocsin_status add_copies(struct check *check, const struct segment_block *block, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < block->column_count; i++) {
        const struct segment_column *column = &block->columns[i];
        for (uint32_t k = 0; status == TOCSIN_OK && k < column->chunk_count; k++) {
            const struct segment_chunk *chunk = &column->chunks[k];
            if (chunk->copy_offset != 0 && chunk->copy_offset < check->map->file_bytes) {
                status = add_part(check, chunk->copy_offset, chunk->stored_bytes, err);
            }
        }
    }
    return status;
}

static tocsin_status check_slices(struct check *check, const struct segment_slices *slices, struct error *err)
{
    str column = segment_slices_column(check->map, slices)->name;
    for (uint32_t i = 0; i < segment_slices_pieces(slices); i++) {
        tocsin_status status = segment_slices_read(check->file, slices, i, &check->scratch, err);
        if (status == TOCSIN_END) {
            check->bad++;
        } else if (status != TOCSIN_OK) {
            return status;
        }
        if (status == TOCSIN_END && check->problems) {
            store_problem_add(check->problems, check->file->path, 0,
                              "filters of column %.*s, byte %llu: wrong checksum; searches are slower without it, and "
                              "find the same",
                              STR_ARG(column), (unsigned long long)(slices->offset + (uint64_t)i * SLICES_PIECE_BYTES));
        }
    }
    return add_part(check, slices->offset, segment_slices_bytes(slices), err);
}

/* Blocks, copies and slices lie one behind the other, from the header to the footer. */
static tocsin_status check_layout(struct check *check, struct error *err)
{
    const struct segment_map *map = check->map;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t b = 0; status == TOCSIN_OK && b < map->block_count; b++) {
        status = add_part(check, map->blocks[b].offset, map->blocks[b].bytes, err);
        status = status == TOCSIN_OK ? add_copies(check, &map->blocks[b], err) : status;
    }
    for (uint32_t b = 0; status == TOCSIN_OK && b < map->note_block_count; b++) {
        status = add_part(check, map->note_blocks[b].offset, map->note_blocks[b].bytes, err);
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < map->slices_count; i++) {
        status = check_slices(check, &map->slices[i], err);
    }
    return status == TOCSIN_OK ? visit_gaps(check, SEGMENT_HEADER_BYTES, map->footer_offset, note_gap, 0, err) : status;
}

tocsin_status segment_check(const struct store_file *file, const struct segment_map *map,
                            struct store_problems *problems, uint64_t *ret_bad, struct error *err)
{
    struct check check = {.file = file, .map = map, .problems = problems};
    strbuf_init(&check.scratch, LIMIT_STORE_BLOCK_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t b = 0; status == TOCSIN_OK && b < map->block_count; b++) {
        status = check_block(&check, &map->blocks[b], err);
    }
    for (uint32_t b = 0; status == TOCSIN_OK && b < map->note_block_count; b++) {
        status = check_block(&check, &map->note_blocks[b], err);
    }
    if (status == TOCSIN_OK && map->has_footer) { /* else whoever went from block to block noted what is between */
        status = check_layout(&check, err);
    }
    strbuf_release(&check.scratch);
    memory_free(check.parts);
    *ret_bad = check.bad;
    return status;
}
