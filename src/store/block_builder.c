#include "store/block_builder.h"

#include <assert.h>

#include "base/memory.h"
#include "store/column_buffer.h"

/* The store's own columns; docs/segment-format.md says what they are. */
enum { INPUT_NAMES_BYTES = 16 * 1024 * 1024, LINE_GROUP = 256 };

enum own_column { OWN_COUNT, OWN_MORE, OWN_INPUT, OWN_LINE, OWN_LINES, OWN_JOINED, OWN_BYTES, OWN_RAW, OWN_COLUMNS };

static const struct {
    const char *name;
    enum segment_scope scope;
    enum segment_type type;
} own_columns[OWN_COLUMNS] = {
    [OWN_COUNT] = {"@evidence.count", SCOPE_ROW, SEGMENT_INTEGER},
    [OWN_MORE] = {"@evidence.more", SCOPE_ROW, SEGMENT_INTEGER},
    [OWN_INPUT] = {"@evidence.input", SCOPE_LINE, SEGMENT_STRING},
    [OWN_LINE] = {"@evidence.line", SCOPE_LINE, SEGMENT_INTEGER},
    [OWN_LINES] = {"@evidence.lines", SCOPE_LINE, SEGMENT_INTEGER},
    [OWN_JOINED] = {"@evidence.joined", SCOPE_LINE, SEGMENT_BOOL},
    [OWN_BYTES] = {"@evidence.bytes", SCOPE_LINE, SEGMENT_INTEGER},
    [OWN_RAW] = {"@evidence.raw", SCOPE_LINE, SEGMENT_BYTES},
};

struct block_builder {
    struct block_builder_options options;
    struct arena arena;   /* names and buffers, for good */
    struct arena scratch; /* of one flush */
    struct column_buffer *own[OWN_COLUMNS];
    struct column_buffer *by_field[LIMIT_SCHEMA_FIELDS];
    struct column_buffer *buffers[LIMIT_SCHEMA_FIELDS + OWN_COLUMNS];
    uint32_t buffer_count;
    uint32_t row_count;
    uint32_t line_count;
};

static enum segment_type type_of(enum value_type type)
{
    static const enum segment_type types[TYPE_COUNT] = {
        [TYPE_BOOL] = SEGMENT_BOOL,     [TYPE_INT64] = SEGMENT_INTEGER, [TYPE_DOUBLE] = SEGMENT_DOUBLE,
        [TYPE_STRING] = SEGMENT_STRING, [TYPE_BYTES] = SEGMENT_BYTES,   [TYPE_IP] = SEGMENT_IP,
    };
    assert(types[type] != 0 && "fields have one of these types");
    return types[type];
}

/* A buffer like the one described. NULL: memory. */
static struct column_buffer *add_buffer(struct block_builder *builder, const struct column_buffer *described)
{
    struct column_buffer *buffer = arena_new(&builder->arena, struct column_buffer);
    if (!buffer) {
        return NULL;
    }
    *buffer = *described;
    buffer->name = arena_copy(&builder->arena, described->name);
    buffer->codec = builder->options.codec;
    buffer->chunk_bytes = buffer->type == SEGMENT_BYTES ? LIMIT_STORE_RECORD_CHUNK_BYTES : LIMIT_STORE_CHUNK_BYTES;
    buffer->hash_seed = builder->options.hash_seed;
    buffer->wants_bloom =
        builder->options.has_blooms && buffer->type == SEGMENT_STRING && buffer->origin != ORIGIN_STORE;
    if (!buffer->name.data || !column_buffer_init(buffer)) {
        return NULL;
    }
    column_buffer_new_segment(buffer);
    builder->buffers[builder->buffer_count++] = buffer;
    return buffer;
}

static struct column_buffer *own_buffer(struct block_builder *builder, enum own_column which)
{
    if (!builder->own[which]) {
        const struct column_buffer described = {.name = str_from_cstring(own_columns[which].name),
                                                .scope = own_columns[which].scope,
                                                .type = own_columns[which].type,
                                                .origin = ORIGIN_STORE,
                                                .is_dictionary = which == OWN_INPUT};
        builder->own[which] = add_buffer(builder, &described);
    }
    return builder->own[which];
}

static struct column_buffer *field_buffer(struct block_builder *builder, field_id field)
{
    if (!builder->by_field[field]) {
        const struct field *info = schema_field(builder->options.schema, field);
        bool is_property = info->kind != FIELD_BUILT_IN;
        const struct column_buffer described = {.name = info->name,
                                                .scope = SCOPE_ROW,
                                                .type = type_of(info->type),
                                                .origin = is_property ? ORIGIN_PROPERTY : ORIGIN_BUILT_IN,
                                                .catalogs = is_property ? info->catalogs & CATALOG_ALL : 0};
        builder->by_field[field] = add_buffer(builder, &described);
    }
    return builder->by_field[field];
}

tocsin_status block_builder_create(const struct block_builder_options *options, struct block_builder **ret_builder,
                                   struct error *err)
{
    struct block_builder *builder = memory_allocate_zeroed(1, sizeof(*builder));
    if (!builder) {
        return error_memory(err);
    }
    builder->options = *options;
    if (options->row_max == 0 || options->row_max > LIMIT_STORE_BLOCK_ROWS) {
        builder->options.row_max = LIMIT_STORE_BLOCK_ROWS;
    }
    arena_init(&builder->arena, ARENA_NO_LIMIT);
    arena_init(&builder->scratch, ARENA_NO_LIMIT);
    *ret_builder = builder;
    return TOCSIN_OK;
}

void block_builder_free(struct block_builder *builder)
{
    if (!builder) {
        return;
    }
    for (uint32_t i = 0; i < builder->buffer_count; i++) {
        column_buffer_release(builder->buffers[i]);
    }
    arena_release(&builder->arena);
    arena_release(&builder->scratch);
    memory_free(builder);
}

/* ---- rows ---- */

static bool add_columns(struct block_builder *builder, const struct batch *batch, uint32_t first, uint32_t end)
{
    for (uint32_t i = 0; i < batch->column_count; i++) {
        const struct column *column = &batch->columns[i];
        field_id field = batch->fields[i];
        bool is_left_out = builder->options.leaves_out_payload && field == FIELD_PAYLOAD;
        if (is_left_out || schema_field(batch->schema, field)->kind == FIELD_EXPRESSION ||
            (column->kind == COLUMN_CONSTANT && !column_is_valid(column, 0))) {
            continue;
        }
        struct column_buffer *buffer = field_buffer(builder, field);
        if (!buffer) {
            return false;
        }
        column_buffer_add_column(buffer, builder->row_count, column, first, end);
        if (buffer->is_failed) {
            return false;
        }
    }
    return true;
}

/* The raw lines of a row are its payload, in most formats. `at` is where the next part would begin. */
static bool is_part_of_payload(str payload, size_t at, const struct evidence *line)
{
    if (line->raw.len > LIMIT_STORE_VALUE_BYTES || at > payload.len || line->raw.len > payload.len - at ||
        (at > 0 && payload.data[at - 1] != '\n')) {
        return false;
    }
    return line->raw.len == 0 || line->raw.data == payload.data + at ||
           memcmp(line->raw.data, payload.data + at, line->raw.len) == 0;
}

/* Which lines of which inputs, for all rows together. */
static void add_lines(struct block_builder *builder, const struct evidence *lines, uint32_t count,
                      const str *input_names, size_t input_count)
{
    int64_t numbers[LINE_GROUP];
    int64_t counts[LINE_GROUP];
    int64_t joined[LINE_GROUP];
    uint32_t slot = builder->line_count;
    for (uint32_t done = 0, part; done < count; done += part) {
        part = count - done < LINE_GROUP ? count - done : LINE_GROUP;
        for (uint32_t i = 0; i < part; i++) {
            const struct evidence *line = &lines[done + i];
            numbers[i] = (int64_t)line->line;
            counts[i] = line->line_count;
            joined[i] = line->is_joined;
        }
        column_buffer_add_integers(builder->own[OWN_LINE], slot + done, numbers, part);
        column_buffer_add_integers(builder->own[OWN_LINES], slot + done, counts, part);
        column_buffer_add_integers(builder->own[OWN_JOINED], slot + done, joined, part);
    }
    for (uint32_t done = 0, part; done < count; done += part) {
        uint32_t input = lines[done].input;
        for (part = 1; done + part < count && lines[done + part].input == input;) {
            part++;
        }
        str name = input < input_count ? input_names[input] : STR_EMPTY;
        column_buffer_add_text(builder->own[OWN_INPUT], slot + done, name, part);
    }
}

/* The raw lines of one row. */
static void add_raw_lines(struct block_builder *builder, uint32_t slot, const struct evidence *lines, uint32_t count,
                          str payload)
{
    size_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (is_part_of_payload(payload, at, &lines[i])) {
            column_buffer_add_integer(builder->own[OWN_BYTES], slot + i, (int64_t)lines[i].raw.len);
            at += lines[i].raw.len + 1;
        } else {
            column_buffer_add_text(builder->own[OWN_RAW], slot + i, lines[i].raw, 1);
            at = SIZE_MAX; /* so that what follows is its own, too, and the parts of the payload are the first ones */
        }
    }
}

/* Lines of a row that the block keeps; only a row that is alone in it has more. */
static uint32_t lines_kept(const struct block_builder *builder, const struct batch_row *row)
{
    uint32_t room = LIMIT_STORE_BLOCK_ROWS - builder->line_count;
    return row->evidence_count < room ? row->evidence_count : room;
}

static void add_row_evidence(struct block_builder *builder, const struct batch *batch, uint32_t row, uint32_t slot,
                             const struct column *payloads)
{
    const struct batch_row *info = &batch->rows[row];
    const struct evidence *lines = info->evidence_count > 0 ? batch->evidence + info->evidence_first : NULL;
    uint32_t count = lines_kept(builder, info);
    uint64_t more = info->evidence_more;
    for (uint32_t i = count; i < info->evidence_count; i++) {
        more += lines[i].line_count;
    }
    column_buffer_add_integer(builder->own[OWN_COUNT], slot, count);
    if (more > 0) {
        column_buffer_add_integer(builder->own[OWN_MORE], slot, (int64_t)more);
    }
    if (!builder->options.leaves_out_payload) {
        str payload = payloads && column_is_valid(payloads, row)
                          ? str_slice(column_string(payloads, row), 0, LIMIT_STORE_VALUE_BYTES)
                          : STR_EMPTY;
        add_raw_lines(builder, builder->line_count, lines, count, payload);
    }
    builder->line_count += count;
}

static bool add_evidence(struct block_builder *builder, const struct batch *batch, uint32_t first, uint32_t end,
                         const str *input_names, size_t input_count)
{
    const struct column *payloads = batch_column((struct batch *)batch, FIELD_PAYLOAD);
    const struct batch_row *last = &batch->rows[end - 1];
    uint32_t first_line = batch->rows[first].evidence_first;
    uint32_t lines = last->evidence_first + last->evidence_count - first_line;
    uint32_t room = LIMIT_STORE_BLOCK_ROWS - builder->line_count;
    if (lines > 0) {
        add_lines(builder, batch->evidence + first_line, lines < room ? lines : room, input_names, input_count);
    }
    for (uint32_t row = first; row < end; row++) {
        add_row_evidence(builder, batch, row, builder->row_count + row - first, payloads);
    }
    for (int i = 0; i < OWN_COLUMNS; i++) {
        if (builder->own[i]->is_failed) {
            return false;
        }
    }
    return true;
}

/* Rows whose lines of evidence still fit; a row with more lines than a block has is taken alone, and cut. */
static uint32_t rows_that_fit(const struct block_builder *builder, const struct batch *batch, uint32_t first)
{
    uint32_t room = builder->options.row_max - builder->row_count;
    uint32_t lines = builder->line_count;
    uint32_t end = first;
    while (end < batch->row_count && end - first < room) {
        lines += batch->rows[end].evidence_count;
        if (lines > LIMIT_STORE_BLOCK_ROWS && builder->row_count + end - first > 0) {
            break;
        }
        end++;
    }
    return end - first;
}

tocsin_status block_builder_add(struct block_builder *builder, const struct batch *batch, uint32_t first,
                                const str *input_names, size_t input_count, uint32_t *ret_taken, struct error *err)
{
    uint32_t taken = rows_that_fit(builder, batch, first);
    *ret_taken = taken;
    if (taken == 0) { /* its lines of evidence do not fit behind those of the others */
        return TOCSIN_OK;
    }
    bool is_added = true;
    for (int i = 0; is_added && i < OWN_COLUMNS; i++) {
        is_added = own_buffer(builder, (enum own_column)i) != NULL;
    }
    is_added = is_added && add_columns(builder, batch, first, first + taken) &&
               add_evidence(builder, batch, first, first + taken, input_names, input_count);
    if (!is_added) {
        return error_memory(err);
    }
    builder->row_count += taken;
    return TOCSIN_OK;
}

/* ---- columns as they are ---- */

static bool is_like(const struct column_buffer *buffer, const struct segment_column *like)
{
    return buffer->type == like->type && buffer->scope == like->scope && buffer->origin == like->origin &&
           buffer->catalogs == like->catalogs && str_eq(buffer->name, like->name);
}

tocsin_status block_builder_column(struct block_builder *builder, const struct segment_column *like,
                                   struct column_buffer **ret_buffer, struct error *err)
{
    for (uint32_t i = 0; i < builder->buffer_count; i++) {
        if (is_like(builder->buffers[i], like)) {
            *ret_buffer = builder->buffers[i];
            return TOCSIN_OK;
        }
    }
    if (builder->buffer_count == countof(builder->buffers)) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "segments that are to become one have more than %zu columns",
                         countof(builder->buffers));
    }
    struct column_buffer *buffer = NULL;
    for (int i = 0; !buffer && like->origin == ORIGIN_STORE && i < OWN_COLUMNS; i++) {
        bool is_own = own_columns[i].scope == like->scope && own_columns[i].type == like->type &&
                      str_eq(like->name, str_from_cstring(own_columns[i].name));
        buffer = is_own ? own_buffer(builder, (enum own_column)i) : NULL;
    }
    const struct column_buffer described = {.name = like->name,
                                            .scope = like->scope,
                                            .type = like->type,
                                            .origin = like->origin,
                                            .catalogs = like->catalogs};
    buffer = buffer ? buffer : add_buffer(builder, &described);
    if (!buffer) {
        return error_memory(err);
    }
    *ret_buffer = buffer;
    return TOCSIN_OK;
}

void block_builder_count(struct block_builder *builder, uint32_t rows, uint32_t lines)
{
    builder->row_count += rows;
    builder->line_count += lines;
    assert(builder->row_count <= LIMIT_STORE_BLOCK_ROWS && builder->line_count <= LIMIT_STORE_BLOCK_ROWS);
}

uint32_t block_builder_lines(const struct block_builder *builder)
{
    return builder->line_count;
}

uint32_t block_builder_rows(const struct block_builder *builder)
{
    return builder->row_count;
}

static size_t dictionary_bytes(const struct block_builder *builder)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < builder->buffer_count; i++) {
        bytes += column_buffer_dictionary_bytes(builder->buffers[i]);
    }
    return bytes;
}

/* Names of files are never plain. They come from whoever runs the program; 16 MiB of them are some hundred thousand. */
static bool has_many_inputs(const struct block_builder *builder)
{
    const struct column_buffer *input = builder->own[OWN_INPUT];
    return input && column_buffer_dictionary_bytes(input) > INPUT_NAMES_BYTES;
}

bool block_builder_is_crowded(const struct block_builder *builder)
{
    return has_many_inputs(builder) || dictionary_bytes(builder) > LIMIT_STORE_DICTIONARIES_BYTES / 4 * 3;
}

bool block_builder_is_full(const struct block_builder *builder)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < builder->buffer_count; i++) {
        bytes += column_buffer_bytes(builder->buffers[i]);
    }
    return builder->row_count >= builder->options.row_max || builder->line_count >= LIMIT_STORE_BLOCK_ROWS ||
           bytes >= LIMIT_STORE_BUFFER_BYTES || has_many_inputs(builder);
}

bool block_builder_has_room(const struct block_builder *builder, const struct batch *batch)
{
    return !block_builder_is_full(builder) && rows_that_fit(builder, batch, 0) == batch->row_count;
}

uint64_t block_builder_cut_values(const struct block_builder *builder)
{
    uint64_t cut = 0;
    for (uint32_t i = 0; i < builder->buffer_count; i++) {
        cut += builder->buffers[i]->cut_values;
    }
    return cut;
}

/* ---- blocks ---- */

tocsin_status block_builder_flush(struct block_builder *builder, const struct segment_map *segment,
                                  const struct segment_note *note, struct strbuf *ret_head, struct strbuf *ret_body,
                                  struct error *err)
{
    assert(builder->row_count > 0 || builder->line_count == 0);
    arena_clear(&builder->scratch);
    strbuf_clear(ret_head);
    strbuf_clear(ret_body);
    struct segment_column *columns = arena_array(&builder->scratch, struct segment_column, builder->buffer_count);
    uint32_t count = 0;
    bool is_made = columns != NULL;
    bool is_crowded = dictionary_bytes(builder) > LIMIT_STORE_DICTIONARIES_BYTES;
    struct block_twins twins = {.count = 0};
    for (uint32_t i = 0; is_made && i < builder->buffer_count; i++) {
        struct column_buffer *buffer = builder->buffers[i];
        uint32_t slots = buffer->scope == SCOPE_LINE ? builder->line_count : builder->row_count;
        if (buffer->value_count > 0) {
            buffer->is_crowded |= is_crowded;
            is_made = column_buffer_flush(buffer, slots, &twins, &builder->scratch, ret_body, &columns[count++]);
        }
    }
    if (!is_made) {
        return error_memory(err);
    }
    struct strbuf directory;
    strbuf_init(&directory, LIMIT_STORE_DIRECTORY_BYTES);
    segment_directory_put(&directory, builder->line_count, columns, count, note);
    segment_block_put(ret_head, segment, builder->row_count, strbuf_str(&directory), ret_body->len);
    size_t whole = segment_align(ret_head->len + ret_body->len);
    char *padding = strbuf_reserve(ret_body, SEGMENT_ALIGNMENT);
    if (padding) {
        memset(padding, 0, SEGMENT_ALIGNMENT);
        ret_body->len += whole - ret_head->len - ret_body->len;
    }
    is_made = !directory.is_failed && !ret_head->is_failed && !ret_body->is_failed;
    strbuf_release(&directory);
    builder->row_count = 0;
    builder->line_count = 0;
    return is_made ? TOCSIN_OK : error_memory(err);
}

void block_builder_new_segment(struct block_builder *builder)
{
    assert(builder->row_count == 0);
    for (uint32_t i = 0; i < builder->buffer_count; i++) {
        column_buffer_new_segment(builder->buffers[i]);
    }
}
