#include <assert.h>

#include "base/memory.h"
#include "store/segment_check.h"
#include "store/segment_reader.h"
#include "store/store_folder.h"
#include "store/store_reader_internal.h"

/* ---- names of inputs ---- */

static bool grow_inputs(struct store_reader *reader)
{
    if (reader->input_count < reader->input_capacity) {
        return true;
    }
    size_t capacity = reader->input_capacity ? reader->input_capacity * 2 : 64;
    uint32_t *slots = memory_allocate_zeroed(capacity * 2, sizeof(*slots));
    str *grown = slots ? memory_resize(reader->inputs, capacity * sizeof(*grown)) : NULL;
    if (!grown) {
        memory_free(slots);
        return false;
    }
    reader->inputs = grown;
    reader->input_capacity = capacity;
    memory_free(reader->input_slots);
    reader->input_slots = slots;
    reader->slot_count = capacity * 2;
    for (uint32_t i = 0; i < reader->input_count; i++) {
        size_t at = str_hash(reader->inputs[i], 0) & (reader->slot_count - 1);
        while (slots[at]) {
            at = (at + 1) & (reader->slot_count - 1);
        }
        slots[at] = i + 1;
    }
    return true;
}

static tocsin_status number_of_input(struct store_reader *reader, str name, uint32_t *ret_number, struct error *err)
{
    if (!grow_inputs(reader)) {
        return error_memory(err);
    }
    size_t at = str_hash(name, 0) & (reader->slot_count - 1);
    for (; reader->input_slots[at]; at = (at + 1) & (reader->slot_count - 1)) {
        if (str_eq(reader->inputs[reader->input_slots[at] - 1], name)) {
            *ret_number = reader->input_slots[at] - 1;
            return TOCSIN_OK;
        }
    }
    str copy = arena_copy(&reader->arena, name);
    if (!copy.data) {
        return error_memory(err);
    }
    if (reader->input_count == LIMIT_INPUT_FILES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "the store's events come from more than %d files", LIMIT_INPUT_FILES);
    }
    reader->inputs[reader->input_count] = copy;
    reader->input_slots[at] = (uint32_t)++reader->input_count;
    *ret_number = (uint32_t)reader->input_count - 1;
    return TOCSIN_OK;
}

static bool is_input_column(const void *context, const struct segment_column *column)
{
    return segment_is_own_column(column, "@evidence.input") && column->scope == SCOPE_LINE &&
           column->type == SEGMENT_STRING;
}

static tocsin_status number_entries(struct store_reader *reader, struct open_segment *segment,
                                    const struct column_cursor *cursor, struct error *err)
{
    segment->inputs = arena_array(&reader->arena, uint32_t, cursor->entry_count);
    if (!segment->inputs) {
        return error_memory(err);
    }
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < cursor->entry_count; i++) {
        str name = cursor->entries[i].data ? cursor->entries[i] : STR("(name lost)");
        status = number_of_input(reader, name, &segment->inputs[i], err);
    }
    segment->input_count = cursor->entry_count;
    return status;
}

static tocsin_status read_inputs(struct store_reader *reader, struct open_segment *segment, struct error *err)
{
    struct cursor_budget budget = {0};
    struct strbuf stored;
    strbuf_init(&stored, LIMIT_STORE_BLOCK_BYTES);
    struct column_cursor cursor = {.file = &segment->file, .map = &segment->map, .budget = &budget, .stored = &stored};
    column_cursor_init(&cursor, is_input_column, NULL);
    tocsin_status status = TOCSIN_OK;
    if (cursor.has_column) {
        for (uint32_t b = 0; status == TOCSIN_OK && b < segment->map.block_count; b++) {
            status = column_cursor_begin(&cursor, b, err);
        }
        status = status == TOCSIN_OK ? column_cursor_hold_all(&cursor, err) : status;
        status = status == TOCSIN_OK ? number_entries(reader, segment, &cursor, err) : status;
    }
    column_cursor_release(&cursor);
    cursor_budget_release(&budget);
    strbuf_release(&stored);
    return status;
}

/* ---- opening ---- */

/* The file under whichever name it has now. TOCSIN_END: it was deleted. */
static tocsin_status open_name(const char *folder, const struct segment_name *name, struct open_segment *segment,
                               struct error *err)
{
    tocsin_status status = TOCSIN_END;
    struct segment_name now = *name;
    for (int i = 0; status == TOCSIN_END && i < 2; i++) {
        char path[STORE_PATH_BYTES];
        segment->is_sealed = now.is_sealed;
        status = segment_name_path(folder, &now, path, err);
        status = status == TOCSIN_OK ? store_file_open(path, &segment->file, err) : status;
        now.is_sealed = true;
    }
    return status;
}

/* What an open file holds. TOCSIN_END: nothing that can be read. */
static tocsin_status load_segment(struct store_reader *reader, struct open_segment *segment, struct error *err)
{
    struct error damage = {0};
    tocsin_status status = store_file_size(&segment->file, &segment->bytes, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!segment->is_sealed && segment->bytes <= SEGMENT_HEADER_BYTES) {
        return TOCSIN_END; /* just begun: nothing in it yet */
    }
    status = segment->is_sealed ? segment_map_load(&segment->file, &segment->map, &reader->problems, &damage)
                                : segment_map_scan(&segment->file, &segment->map, &reader->problems, &damage);
    if (status == TOCSIN_ERROR_INPUT) { /* S8: this segment, not the store */
        store_problem_add(&reader->problems, segment->file.path, 0, "%s", damage.message);
        return TOCSIN_END;
    }
    if (status != TOCSIN_OK) {
        return error_set(err, status, "%s", damage.message);
    }
    if (!segment_map_notes(&segment->map, &reader->marks, &reader->newest)) {
        return error_memory(err);
    }
    return read_inputs(reader, segment, err);
}

static tocsin_status load_segments(struct store_reader *reader, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    size_t kept = 0;
    for (size_t i = 0; i < reader->segment_count; i++) {
        struct open_segment segment = reader->segments[i];
        reader->segments[i] = (struct open_segment){.file = {.descriptor = -1}};
        tocsin_status loaded = status == TOCSIN_OK ? load_segment(reader, &segment, err) : TOCSIN_OK;
        if (loaded == TOCSIN_END) {
            store_file_close(&segment.file);
            continue;
        }
        status = status == TOCSIN_OK ? loaded : status;
        reader->segments[kept++] = segment;
    }
    reader->segment_count = kept;
    return status;
}

static void close_segments(struct store_reader *reader)
{
    for (size_t i = 0; i < reader->segment_count; i++) {
        segment_map_release(&reader->segments[i].map);
        store_file_close(&reader->segments[i].file);
    }
    memory_free(reader->segments);
    reader->segments = NULL;
    reader->segment_count = 0;
}

/* S7: all files that one listing names. TOCSIN_END: one of them has gone meanwhile, so the listing is of yesterday. */
static tocsin_status open_files(struct store_reader *reader, const char *folder, struct error *err)
{
    struct segment_name *names = NULL;
    size_t count = 0;
    tocsin_status status = store_folder_list(folder, &names, &count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    reader->segments = memory_allocate_zeroed(count, sizeof(*reader->segments));
    status = reader->segments ? TOCSIN_OK : error_memory(err);
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        struct open_segment *segment = &reader->segments[i];
        segment->file.descriptor = -1;
        status = open_name(folder, &names[i], segment, err);
        reader->segment_count += status == TOCSIN_OK;
    }
    memory_free(names);
    return status;
}

tocsin_status store_reader_open(const char *folder, struct store_reader **ret_reader, struct error *err)
{
    enum { LISTINGS_MAX = 1000 };
    struct store_reader *reader = memory_allocate_zeroed(1, sizeof(*reader));
    if (!reader) {
        return error_memory(err);
    }
    arena_init(&reader->arena, ARENA_NO_LIMIT);
    store_problems_init(&reader->problems);
    mark_set_init(&reader->marks, 0);
    tocsin_status status = TOCSIN_END;
    for (int i = 0; status == TOCSIN_END && i < LISTINGS_MAX; i++) {
        close_segments(reader);
        status = open_files(reader, folder, err);
    }
    if (status == TOCSIN_END) {
        status = error_set(err, TOCSIN_ERROR_INPUT, "the segments of the store %s do not stay", folder);
    }
    status = status == TOCSIN_OK ? load_segments(reader, err) : status;
    if (status != TOCSIN_OK) {
        store_reader_free(reader);
        return status;
    }
    *ret_reader = reader;
    return TOCSIN_OK;
}

void store_reader_free(struct store_reader *reader)
{
    if (!reader) {
        return;
    }
    close_segments(reader);
    memory_free(reader->inputs);
    memory_free(reader->input_slots);
    store_problems_release(&reader->problems);
    mark_set_release(&reader->marks);
    arena_release(&reader->arena);
    memory_free(reader);
}

/* ---- what is there ---- */

size_t store_reader_segments(const struct store_reader *reader)
{
    return reader->segment_count;
}

void store_reader_segment_info(const struct store_reader *reader, size_t index, struct store_segment_info *ret_info)
{
    const struct open_segment *segment = &reader->segments[index];
    struct store_segment_info info = {
        .file = str_from_cstring(strrchr(segment->file.path, '/') + 1),
        .sequence = segment->map.sequence,
        .bytes = segment->bytes,
        .blocks = segment->map.block_count,
        .is_sealed = segment->is_sealed,
        .created_ms = segment->map.created_ms,
    };
    for (uint32_t i = 0; i < segment->map.block_count; i++) {
        const struct segment_block *block = &segment->map.blocks[i];
        int64_t min_ms;
        int64_t max_ms;
        info.rows += block->row_count;
        if (segment_block_time(block, &min_ms, &max_ms)) {
            info.time_min_ms = !info.has_time || min_ms < info.time_min_ms ? min_ms : info.time_min_ms;
            info.time_max_ms = !info.has_time || max_ms > info.time_max_ms ? max_ms : info.time_max_ms;
            info.has_time = true;
        }
    }
    *ret_info = info;
}

void store_reader_visit_columns(const struct store_reader *reader,
                                void (*visit)(void *context, const struct segment_column *column), void *context)
{
    for (size_t s = 0; s < reader->segment_count; s++) {
        const struct segment_map *map = &reader->segments[s].map;
        for (uint32_t b = 0; b < map->block_count; b++) {
            for (uint32_t i = 0; i < map->blocks[b].column_count; i++) {
                visit(context, &map->blocks[b].columns[i]);
            }
        }
    }
}

static enum value_type value_type_of(enum segment_type type)
{
    static const enum value_type types[] = {
        [SEGMENT_BOOL] = TYPE_BOOL,     [SEGMENT_INTEGER] = TYPE_INT64, [SEGMENT_DOUBLE] = TYPE_DOUBLE,
        [SEGMENT_STRING] = TYPE_STRING, [SEGMENT_BYTES] = TYPE_BYTES,   [SEGMENT_IP] = TYPE_IP,
    };
    return types[type];
}

/* A property of another type in this program's configuration stays what it is there; the store's is then not seen. */
static tocsin_status add_field(struct schema *schema, const struct segment_column *column, struct error *err)
{
    if (column->origin != ORIGIN_PROPERTY || (column->catalogs & CATALOG_ALL) == 0) {
        return TOCSIN_OK;
    }
    struct error refused = {0};
    field_id field;
    tocsin_status status = schema_add_property_in(schema, column->catalogs & CATALOG_ALL, column->name,
                                                  value_type_of(column->type), STR("from the store"), &field, &refused);
    return status == TOCSIN_OK || status == TOCSIN_ERROR_CONFIG ? TOCSIN_OK
                                                                : error_set(err, status, "%s", refused.message);
}

/* Names of columns that the block before has, too, are the same memory, as a rule. */
static bool is_in_block_before(const struct segment_map *map, uint32_t block, uint32_t column)
{
    if (block == 0 || column >= map->blocks[block - 1].column_count) {
        return false;
    }
    const struct segment_column *before = &map->blocks[block - 1].columns[column];
    const struct segment_column *now = &map->blocks[block].columns[column];
    return now->name.data == before->name.data && now->name.len == before->name.len && now->type == before->type &&
           now->origin == before->origin && now->catalogs == before->catalogs;
}

tocsin_status store_reader_add_fields(const struct store_reader *reader, struct schema *schema, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t s = 0; s < reader->segment_count; s++) {
        const struct segment_map *map = &reader->segments[s].map;
        for (uint32_t b = 0; b < map->block_count; b++) {
            for (uint32_t i = 0; status == TOCSIN_OK && i < map->blocks[b].column_count; i++) {
                status = is_in_block_before(map, b, i) ? TOCSIN_OK : add_field(schema, &map->blocks[b].columns[i], err);
            }
        }
    }
    return status;
}

const str *store_reader_inputs(const struct store_reader *reader, size_t *ret_count)
{
    *ret_count = reader->input_count;
    return reader->inputs;
}

const struct store_mark *store_reader_marks(const struct store_reader *reader, size_t *ret_count)
{
    *ret_count = reader->marks.count;
    return reader->marks.marks;
}

const struct store_mark *store_reader_find_mark(const struct store_reader *reader, str input,
                                                const uint8_t identity[STORE_IDENTITY_BYTES])
{
    return mark_set_find(&reader->marks, input, identity);
}

struct store_newest store_reader_newest(const struct store_reader *reader)
{
    return reader->newest;
}

void store_reader_remember_problems(struct store_reader *reader)
{
    reader->problem_count = reader->problems.count;
    reader->problems_more = reader->problems.more;
    reader->problem_rows = reader->problems.rows_lost;
}

void store_reader_forget_scan(struct store_reader *reader)
{
    reader->problems.count = reader->problem_count;
    reader->problems.more = reader->problems_more;
    reader->problems.rows_lost = reader->problem_rows;
}

const struct store_problems *store_reader_problems(const struct store_reader *reader)
{
    return &reader->problems;
}

/* ---- verifying ---- */

static bool is_same_column(const void *context, const struct segment_column *column)
{
    const struct segment_column *wanted = context;
    return column->type == wanted->type && column->scope == wanted->scope && column->origin == wanted->origin &&
           column->catalogs == wanted->catalogs && str_eq(column->name, wanted->name);
}

/* Every value of one column of one block. TOCSIN_END: damaged. */
static tocsin_status decode_column(struct column_cursor *cursor, uint32_t block, struct error *err)
{
    tocsin_status status = column_cursor_begin(cursor, block, err);
    if (status != TOCSIN_OK || !cursor->column) {
        return status;
    }
    status = column_cursor_open(cursor, err);
    for (uint32_t number = 0; status == TOCSIN_OK && number < cursor->text_count;) {
        const struct plain_chunk *chunk;
        column_cursor_new_pass(cursor);
        status = column_cursor_plain(cursor, number, &chunk, err);
        number = status == TOCSIN_OK ? chunk->first + chunk->texts.count : number;
    }
    for (uint32_t value = 0; status == TOCSIN_OK && value < cursor->column->value_count; value++) {
        str text;
        if (cursor->column->encoding == ENCODING_DICTIONARY) {
            status = column_cursor_text(cursor, value, &text, err);
        } else if (cursor->column->encoding == ENCODING_BLOCK) {
            status = column_cursor_text_number(cursor, value) < cursor->text_count ? TOCSIN_OK : TOCSIN_END;
        }
    }
    return status;
}

/* One column through all blocks of a segment, so that only one dictionary is held. */
static tocsin_status verify_column(struct store_reader *reader, const struct open_segment *segment,
                                   const struct segment_column *column, struct strbuf *stored,
                                   struct store_statistics *statistics, struct error *err)
{
    struct cursor_budget budget = {0};
    struct column_cursor cursor = {.file = &segment->file, .map = &segment->map, .budget = &budget, .stored = stored};
    column_cursor_init(&cursor, is_same_column, column);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t b = 0; status == TOCSIN_OK && b < segment->map.block_count; b++) {
        status = decode_column(&cursor, b, err);
        if (status == TOCSIN_END) {
            statistics->damaged++;
            store_problem_add(&reader->problems, segment->file.path, 0, "block %u, column %.*s: cannot be decoded",
                              segment->map.blocks[b].number, STR_ARG(column->name));
            status = TOCSIN_OK;
        }
    }
    column_cursor_release(&cursor);
    cursor_budget_release(&budget);
    return status;
}

/* Columns as they first appear: those of a block that no block before has. */
static bool is_new_column(const struct segment_map *map, uint32_t block, const struct segment_column *column)
{
    for (uint32_t b = 0; b < block; b++) {
        for (uint32_t i = 0; i < map->blocks[b].column_count; i++) {
            if (is_same_column(&map->blocks[b].columns[i], column)) {
                return false;
            }
        }
    }
    return true;
}

static tocsin_status verify_segment(struct store_reader *reader, const struct open_segment *segment,
                                    struct strbuf *stored, struct store_statistics *statistics, struct error *err)
{
    const struct segment_map *map = &segment->map;
    uint64_t bad = 0;
    tocsin_status status = segment_check(&segment->file, map, &reader->problems, &bad, err);
    statistics->damaged += bad;
    for (uint32_t b = 0; status == TOCSIN_OK && b < map->block_count; b++) {
        const struct segment_block *block = &map->blocks[b];
        statistics->rows += block->row_count;
        statistics->blocks++;
        for (uint32_t i = 0; status == TOCSIN_OK && i < block->column_count; i++) {
            statistics->chunks += block->columns[i].chunk_count;
            if (is_new_column(map, b, &block->columns[i])) {
                status = verify_column(reader, segment, &block->columns[i], stored, statistics, err);
            }
        }
    }
    statistics->bytes += segment->bytes;
    return status;
}

tocsin_status store_reader_verify(struct store_reader *reader, struct store_statistics *ret_statistics,
                                  struct error *err)
{
    struct store_statistics statistics = {0};
    struct strbuf stored;
    strbuf_init(&stored, LIMIT_STORE_BLOCK_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < reader->segment_count; i++) {
        status = verify_segment(reader, &reader->segments[i], &stored, &statistics, err);
    }
    strbuf_release(&stored);
    if (status == TOCSIN_OK) {
        *ret_statistics = statistics;
    }
    return status;
}
