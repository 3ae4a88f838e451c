/* What is in an event store, and whether it is whole (tocsin_store_*). */
#include <errno.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "engine/store_use.h"
#include "store/store_note.h"

struct column_size {
    str name;
    enum segment_origin origin;
    uint8_t catalogs;
    uint64_t values;
    uint64_t bytes;
    uint64_t raw_bytes;
};

struct tocsin_store {
    tocsin_engine *engine;
    struct store_reader *reader;
    struct arena arena;
    struct tocsin_store_info info;
    struct column_size *sizes;
    size_t size_count;
    size_t size_capacity;
    size_t size_next; /* where the next column may be: blocks have theirs in the same order */
    bool is_failed;   /* memory */
    struct tocsin_error *problems;
};

/* ---- columns ----------------------------------------------------------------------------------------------------- */

static bool is_column(const struct column_size *size, const struct segment_column *column)
{
    return size->origin == column->origin && str_eq(size->name, column->name);
}

static struct column_size *find_size(struct tocsin_store *store, const struct segment_column *column)
{
    for (size_t i = 0; i < store->size_count; i++) {
        size_t at = (store->size_next + i) % store->size_count;
        if (is_column(&store->sizes[at], column)) {
            store->size_next = at + 1;
            return &store->sizes[at];
        }
    }
    if (store->size_count == store->size_capacity) {
        size_t capacity = store->size_capacity ? store->size_capacity * 2 : 256;
        struct column_size *grown = memory_resize(store->sizes, capacity * sizeof(*grown));
        if (!grown) {
            store->is_failed = true;
            return NULL;
        }
        store->sizes = grown;
        store->size_capacity = capacity;
    }
    struct column_size *size = &store->sizes[store->size_count++];
    *size = (struct column_size){.name = column->name, .origin = column->origin};
    return size;
}

static void add_column(void *context, const struct segment_column *column)
{
    struct tocsin_store *store = context;
    struct column_size *size = store->is_failed ? NULL : find_size(store, column);
    if (size) {
        size->catalogs |= column->catalogs;
        size->values += column->value_count;
        for (uint32_t i = 0; i < column->chunk_count; i++) {
            size->bytes += column->chunks[i].stored_bytes;
            size->raw_bytes += column->chunks[i].raw_bytes;
        }
    }
}

static int by_bytes(const void *a, const void *b)
{
    const struct column_size *x = a;
    const struct column_size *y = b;
    return x->bytes != y->bytes ? (x->bytes < y->bytes ? 1 : -1) : str_compare(x->name, y->name);
}

static bool is_of_events(const struct tocsin_store *store, const struct column_size *size)
{
    if (size->origin == ORIGIN_PROPERTY) {
        return (size->catalogs & CATALOG_EVENTS) != 0;
    }
    return size->origin == ORIGIN_BUILT_IN && schema_find(store->engine->schema, size->name) != FIELD_NONE;
}

static bool list_columns(struct tocsin_store *store)
{
    static const char *const origins[] = {
        [ORIGIN_BUILT_IN] = "field", [ORIGIN_PROPERTY] = "property", [ORIGIN_STORE] = "store"};
    store_reader_visit_columns(store->reader, add_column, store);
    if (store->is_failed) {
        return false;
    }
    if (store->size_count > 0) {
        qsort(store->sizes, store->size_count, sizeof(*store->sizes), by_bytes);
    }
    struct tocsin_store_column *columns = arena_array(&store->arena, struct tocsin_store_column, store->size_count);
    for (size_t i = 0; columns && i < store->size_count; i++) {
        const struct column_size *size = &store->sizes[i];
        columns[i] = (struct tocsin_store_column){
            .name = arena_copy_cstring(&store->arena, size->name),
            .origin = origins[size->origin],
            .values = size->values,
            .bytes = size->bytes,
            .raw_bytes = size->raw_bytes,
            .is_of_events = is_of_events(store, size),
        };
        if (!columns[i].name) {
            return false;
        }
    }
    store->info.columns = columns;
    store->info.column_count = store->size_count;
    return columns != NULL;
}

/* ---- segments and inputs ----------------------------------------------------------------------------------------- */

static bool list_segments(struct tocsin_store *store)
{
    struct tocsin_store_info *info = &store->info;
    info->segment_count = store_reader_segments(store->reader);
    struct tocsin_store_segment *segments = arena_array(&store->arena, struct tocsin_store_segment,
                                                        info->segment_count);
    for (size_t i = 0; segments && i < info->segment_count; i++) {
        struct store_segment_info found;
        store_reader_segment_info(store->reader, i, &found);
        segments[i] = (struct tocsin_store_segment){
            .file = arena_copy_cstring(&store->arena, found.file),
            .rows = found.rows,
            .bytes = found.bytes,
            .blocks = found.blocks,
            .is_sealed = found.is_sealed,
            .has_time = found.has_time,
            .time_min_ms = found.time_min_ms,
            .time_max_ms = found.time_max_ms,
            .created_ms = found.created_ms,
        };
        if (!segments[i].file) {
            return false;
        }
        info->rows += found.rows;
        info->bytes += found.bytes;
        if (found.has_time) {
            info->time_min_ms =
                !info->has_time || found.time_min_ms < info->time_min_ms ? found.time_min_ms : info->time_min_ms;
            info->time_max_ms =
                !info->has_time || found.time_max_ms > info->time_max_ms ? found.time_max_ms : info->time_max_ms;
            info->has_time = true;
        }
    }
    info->segments = segments;
    bool is_stated;
    info->has_newest = store_use_now(store->reader, &info->newest_ms, &is_stated);
    return segments != NULL;
}

static bool list_inputs(struct tocsin_store *store)
{
    size_t count;
    const struct store_mark *marks = store_reader_marks(store->reader, &count);
    struct tocsin_store_input *inputs = arena_array(&store->arena, struct tocsin_store_input, count);
    for (size_t i = 0; inputs && i < count; i++) {
        inputs[i] = (struct tocsin_store_input){
            .path = arena_copy_cstring(&store->arena, marks[i].input),
            .bytes = marks[i].bytes,
            .line = marks[i].safe_line,
            .is_complete = marks[i].is_complete,
        };
        if (!inputs[i].path) {
            return false;
        }
    }
    store->info.inputs = inputs;
    store->info.input_count = count;
    return inputs != NULL;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

tocsin_status tocsin_store_open(tocsin_engine *engine, const char *folder, tocsin_store **ret_store,
                                struct tocsin_error *err)
{
    struct error error = {0};
    struct tocsin_store *store = memory_allocate_zeroed(1, sizeof(*store));
    if (!store) {
        error_memory(&error);
        return public_error(err, &error);
    }
    arena_init(&store->arena, ARENA_NO_LIMIT);
    store->engine = engine;
    tocsin_status status = store_use_open(engine, folder, &store->reader, &error);
    if (status == TOCSIN_OK && !(list_segments(store) && list_inputs(store) && list_columns(store))) {
        status = error_memory(&error);
    }
    if (status != TOCSIN_OK) {
        tocsin_store_free(store);
        return public_error(err, &error);
    }
    *ret_store = store;
    return TOCSIN_OK;
}

void tocsin_store_free(tocsin_store *store)
{
    if (store) {
        store_reader_free(store->reader);
        arena_release(&store->arena);
        memory_free(store->sizes);
        memory_free(store->problems);
        memory_free(store);
    }
}

/* ---- what has to be read ----------------------------------------------------------------------------------------- */

enum { TYPES_MAX = 256 };

struct type_counts {
    int64_t ids[TYPES_MAX];
    uint64_t counts[TYPES_MAX];
    size_t count;
};

static void count_type(struct type_counts *types, int64_t id)
{
    size_t i = 0;
    while (i < types->count && types->ids[i] != id) {
        i++;
    }
    if (i == TYPES_MAX) {
        i--; /* nobody has so many: what is more is counted with the last */
    } else if (i == types->count) {
        types->ids[types->count++] = id;
    }
    types->counts[i]++;
}

static void count_batch(struct type_counts *types, struct batch *batch)
{
    const struct column *column = batch_column(batch, FIELD_DEVICETYPE);
    for (uint32_t row = 0; row < batch->row_count; row++) {
        count_type(types, column_is_valid(column, row) ? column_integer(column, row) : 0);
    }
}

static tocsin_status scan_types(struct tocsin_store *store, struct type_counts *types, struct error *err)
{
    struct store_scan_options options = {.schema = store->engine->schema, .request = {.leaves_out_evidence = true}};
    struct batch_source source;
    field_set_add(&options.request.fields, FIELD_DEVICETYPE);
    tocsin_status status = store_reader_scan(store->reader, &options, &source, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct batch *batch;
    while ((status = source.ops->next(source.state, &batch, err)) == TOCSIN_OK) {
        count_batch(types, batch);
    }
    source.ops->close(source.state);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static bool list_types(struct tocsin_store *store, const struct type_counts *types)
{
    struct tocsin_count *counts = arena_array(&store->arena, struct tocsin_count, types->count);
    for (size_t i = 0; counts && i < types->count; i++) {
        const struct log_source_type *type = log_source_type_find(store->engine->log_sources, types->ids[i]);
        counts[i] = (struct tocsin_count){
            .name = arena_copy_cstring(&store->arena, type ? type->name : STR("unknown")),
            .count = types->counts[i],
        };
        if (!counts[i].name) {
            return false;
        }
    }
    store->info.events_by_type = counts;
    store->info.type_count = types->count;
    return counts != NULL;
}

tocsin_status tocsin_store_count_types(tocsin_store *store, struct tocsin_error *err)
{
    struct error error = {0};
    struct type_counts types = {.count = 0};
    tocsin_status status = scan_types(store, &types, &error);
    if (status == TOCSIN_OK && !list_types(store, &types)) {
        status = error_memory(&error);
    }
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

tocsin_status tocsin_store_verify(tocsin_store *store, struct tocsin_error *err)
{
    struct error error = {0};
    struct store_statistics statistics;
    tocsin_status status = store_reader_verify(store->reader, &statistics, &error);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

void store_use_problem(const struct store_problem *problem, struct tocsin_error *ret_error)
{
    struct error error = {0};
    if (problem->rows_lost > 0) {
        error_set(&error, TOCSIN_ERROR_INPUT, "%.*s: %llu events are lost", STR_ARG(problem->text),
                  (unsigned long long)problem->rows_lost);
    } else {
        error_set(&error, TOCSIN_ERROR_INPUT, "%.*s", STR_ARG(problem->text));
    }
    utf8_escape_controls(problem->file, error.source, sizeof(error.source));
    public_error(ret_error, &error);
}

void tocsin_store_info_get(tocsin_store *store, struct tocsin_store_info *ret_info)
{
    const struct store_problems *found = store_reader_problems(store->reader);
    memory_free(store->problems);
    store->problems = memory_allocate_zeroed(found->count, sizeof(*store->problems));
    for (size_t i = 0; store->problems && i < found->count; i++) {
        store_use_problem(&found->items[i], &store->problems[i]);
    }
    store->info.problems = store->problems;
    store->info.problem_count = store->problems ? found->count : 0;
    store->info.problems_more = found->count - store->info.problem_count + found->more;
    *ret_info = store->info;
}

static void json_text(struct json_writer *json, const char *key, const char *text)
{
    json_key(json, str_from_cstring(key));
    json_string(json, str_from_cstring(text));
}

static void json_count(struct json_writer *json, const char *key, uint64_t count)
{
    json_key(json, str_from_cstring(key));
    json_u64(json, count);
}

static void json_times(struct json_writer *json, bool has_time, int64_t min_ms, int64_t max_ms)
{
    if (has_time) {
        json_key(json, STR("first_ms"));
        json_i64(json, min_ms);
        json_key(json, STR("last_ms"));
        json_i64(json, max_ms);
    }
}

static void json_segments(struct json_writer *json, const struct tocsin_store_info *info)
{
    json_key(json, STR("segments"));
    json_begin_array(json);
    for (size_t i = 0; i < info->segment_count; i++) {
        const struct tocsin_store_segment *segment = &info->segments[i];
        json_begin_object(json);
        json_text(json, "file", segment->file);
        json_count(json, "events", segment->rows);
        json_count(json, "bytes", segment->bytes);
        json_count(json, "blocks", segment->blocks);
        json_key(json, STR("sealed"));
        json_bool(json, segment->is_sealed);
        json_times(json, segment->has_time, segment->time_min_ms, segment->time_max_ms);
        json_end_object(json);
    }
    json_end_array(json);
}

static void json_columns(struct json_writer *json, const struct tocsin_store_info *info)
{
    json_key(json, STR("columns"));
    json_begin_array(json);
    for (size_t i = 0; i < info->column_count; i++) {
        const struct tocsin_store_column *column = &info->columns[i];
        json_begin_object(json);
        json_text(json, "name", column->name);
        json_text(json, "origin", column->origin);
        json_count(json, "values", column->values);
        json_count(json, "bytes", column->bytes);
        json_count(json, "raw_bytes", column->raw_bytes);
        json_end_object(json);
    }
    json_end_array(json);
}

static void json_inputs(struct json_writer *json, const struct tocsin_store_info *info)
{
    json_key(json, STR("inputs"));
    json_begin_array(json);
    for (size_t i = 0; i < info->input_count; i++) {
        const struct tocsin_store_input *input = &info->inputs[i];
        json_begin_object(json);
        json_text(json, "path", input->path);
        json_count(json, "bytes", input->bytes);
        json_count(json, "next_line", input->line);
        json_key(json, STR("complete"));
        json_bool(json, input->is_complete);
        json_end_object(json);
    }
    json_end_array(json);
}

static void json_problems(struct json_writer *json, const struct tocsin_store_info *info)
{
    json_key(json, STR("damage"));
    json_begin_array(json);
    for (size_t i = 0; i < info->problem_count; i++) {
        json_begin_object(json);
        json_text(json, "file", info->problems[i].source);
        json_text(json, "what", info->problems[i].message);
        json_end_object(json);
    }
    json_end_array(json);
    json_count(json, "more_damage", info->problems_more);
}

static void json_store(struct json_writer *json, const struct tocsin_store_info *info)
{
    json_begin_object(json);
    json_count(json, "events", info->rows);
    json_count(json, "bytes", info->bytes);
    json_times(json, info->has_time, info->time_min_ms, info->time_max_ms);
    if (info->has_newest) {
        json_key(json, STR("now_ms"));
        json_i64(json, info->newest_ms);
    }
    json_key(json, STR("events_by_type"));
    json_begin_object(json);
    for (size_t i = 0; i < info->type_count; i++) {
        json_count(json, info->events_by_type[i].name, info->events_by_type[i].count);
    }
    json_end_object(json);
    json_segments(json, info);
    json_inputs(json, info);
    json_columns(json, info);
    json_problems(json, info);
    json_end_object(json);
}

tocsin_status tocsin_store_write_json(tocsin_store *store, tocsin_write *write, void *context, struct tocsin_error *err)
{
    struct error error = {0};
    struct strbuf text;
    struct json_writer json;
    struct tocsin_store_info info;
    strbuf_init(&text, SIZE_MAX / 2);
    json_writer_init(&json, &text, true);
    tocsin_store_info_get(store, &info);
    json_store(&json, &info);
    strbuf_append_char(&text, '\n');
    tocsin_status status = text.is_failed ? error_memory(&error) : TOCSIN_OK;
    int failure = status == TOCSIN_OK ? write(context, text.data, text.len) : 0;
    if (failure == EPIPE) {
        status = error_set(&error, TOCSIN_ERROR_CLOSED, "the reader of the output went away");
    } else if (failure != 0) {
        status = error_system(&error, TOCSIN_ERROR_OUTPUT, failure, "cannot write the result");
    }
    strbuf_release(&text);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}
