#include "engine/cursors.h"

#include "base/memory.h"
#include "column/log_source_file.h"
#include "engine/clickhouse_use.h"
#include "engine/store_use.h"
#include "format/format.h"
#include "format/property_set.h"
#include "lookup/lookup.h"
#include "output/output.h"

#define ENGINE_VERSION "0.1.0"

const char *tocsin_version(void)
{
    return ENGINE_VERSION;
}

int tocsin_status_exit_code(tocsin_status status)
{
    switch (status) {
#define STATUS_EXIT(symbol, number, name, exit_code)                                                                   \
    case symbol:                                                                                                       \
        return exit_code;
        TOCSIN_STATUS_LIST(STATUS_EXIT)
#undef STATUS_EXIT
    }
    return 3;
}

tocsin_status public_error(struct tocsin_error *target, const struct error *err)
{
    if (target) {
        target->status = err->status;
        _Static_assert(sizeof(target->message) == sizeof(err->message) && sizeof(target->hint) == sizeof(err->hint) &&
                           sizeof(target->source) == sizeof(err->source),
                       "tocsin_error holds what error holds");
        memcpy(target->message, err->message, sizeof(target->message));
        memcpy(target->hint, err->hint, sizeof(target->hint));
        memcpy(target->source, err->source, sizeof(target->source));
        target->line = err->line;
        target->column = err->column;
    }
    return err->status;
}

/* ---- building ---------------------------------------------------------------------------------------------------- */

/* The fields of every format become the schema; names that several formats fill are one property. */
static tocsin_status add_format_fields(struct tocsin_engine *engine, const struct format_def *format, struct error *err)
{
    for (size_t i = 0; i < format->field_count; i++) {
        const struct format_field *field = &format->fields[i];
        field_id ignored;
        tocsin_status status =
            schema_add_property(engine->schema, str_from_cstring(field->name), field->type,
                                str_from_cstring(field->description ? field->description : ""), &ignored, err);
        if (status != TOCSIN_OK) {
            error_context(err, "format %s", format->name);
            return status;
        }
    }
    for (size_t i = 0; i < format->event_name_count; i++) {
        const struct format_event_name *name = &format->event_names[i];
        tocsin_status status = log_source_table_add_event_name(
            engine->log_sources,
            &(struct event_name){name->qid, str_from_cstring(name->name), name->category, name->severity,
                                 str_from_cstring(name->description ? name->description : "")},
            err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status describe_formats(struct tocsin_engine *engine, struct error *err)
{
    const struct format_def *const *formats = format_list(&engine->format_count);
    engine->formats = arena_array(&engine->arena, struct tocsin_format, engine->format_count);
    if (!engine->formats) {
        return error_memory(err);
    }
    for (size_t i = 0; i < engine->format_count; i++) {
        const struct format_def *format = formats[i];
        struct tocsin_format_field *fields =
            arena_array(&engine->arena, struct tocsin_format_field, format->field_count);
        const struct log_source_type *type = log_source_type_find(engine->log_sources, format->log_source_type);
        char *type_name = arena_copy_cstring(&engine->arena, type ? type->name : STR("unknown"));
        if (!fields || !type_name) {
            return error_memory(err);
        }
        for (size_t j = 0; j < format->field_count; j++) {
            const struct format_field *field = &format->fields[j];
            fields[j] = (struct tocsin_format_field){field->native, field->name, value_type_name(field->type).data,
                                                     field->description ? field->description : ""};
        }
        engine->formats[i] =
            (struct tocsin_format){format->name, format->description, type_name, fields, format->field_count};
    }
    return TOCSIN_OK;
}

/* The file named by its own option, else that of the configuration folder, else NULL. */
static const char *find_file(const char *option, const struct tocsin_engine_options *options, const char *file_name,
                             char path[PATH_MAX])
{
    return option                                                                          ? option
           : options->config_path && lookup_folder_has(options->config_path, file_name, path) ? path
                                                                                             : NULL;
}

static tocsin_status load_log_sources(struct tocsin_engine *engine, const struct tocsin_engine_options *options,
                                      struct error *err)
{
    char path[PATH_MAX];
    const char *file = find_file(options->log_sources_path, options, "log_sources.yaml", path);
    return file ? log_source_file_load(engine->log_sources, file, err) : TOCSIN_OK;
}

static tocsin_status add_lookups(struct tocsin_engine *engine, const struct tocsin_engine_options *options,
                                 struct error *err)
{
    tocsin_status status = lookup_tables_create(&engine->lookups, err);
    return status == TOCSIN_OK && options->config_path ? lookup_tables_load(engine->lookups, options->config_path, err)
                                                       : status;
}

static tocsin_status add_properties(struct tocsin_engine *engine, const struct tocsin_engine_options *options,
                                    struct error *err)
{
    char path[PATH_MAX];
    const char *file = find_file(options->properties_path, options, "properties.yaml", path);
    tocsin_status status = property_set_create(&engine->properties, err);
    if (status == TOCSIN_OK && file) {
        status = property_set_load_file(engine->properties, file, err);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < property_set_count(engine->properties); i++) {
        const struct property *property = property_set_at(engine->properties, i);
        field_id ignored;
        bool is_expression = property->expression.len > 0 && property->is_enabled;
        status = is_expression ? schema_add_expression(engine->schema, property->name, property->expression,
                                                       property->description, &ignored, err)
                               : schema_add_property_in(engine->schema, CATALOG_EVENTS | CATALOG_FLOWS, property->name,
                                                        property->type, property->description, &ignored, err);
    }
    return status;
}

static tocsin_status build_engine(struct tocsin_engine *engine, const struct tocsin_engine_options *options,
                                  struct error *err)
{
    tocsin_status status = schema_create(&engine->schema, err);
    status = status == TOCSIN_OK ? add_lookups(engine, options, err) : status;
    status = status == TOCSIN_OK ? log_source_table_create(&engine->log_sources, err) : status;
    size_t format_count;
    const struct format_def *const *formats = format_list(&format_count);
    for (size_t i = 0; status == TOCSIN_OK && i < format_count; i++) {
        status = add_format_fields(engine, formats[i], err);
    }
    status = status == TOCSIN_OK ? load_log_sources(engine, options, err) : status; /* its event names go before */
    status = status == TOCSIN_OK ? add_properties(engine, options, err) : status;
    status = status == TOCSIN_OK && options->store_path ? store_use_fields(engine, options->store_path, err) : status;
    engine->clickhouse_seconds = options->clickhouse_seconds;
    engine->is_cancelled = options->is_cancelled;
    engine->cancel_context = options->cancel_context;
    if (status == TOCSIN_OK && options->clickhouse_url) {
        status = clickhouse_use_fields(engine, options->clickhouse_url, err);
    }
    status = status == TOCSIN_OK ? describe_formats(engine, err) : status;
    status = status == TOCSIN_OK ? describe_functions(engine, err) : status;
    if (status == TOCSIN_OK) {
        str zone = options->time_zone ? str_from_cstring(options->time_zone) : STR("local");
        status = time_zone_open(zone, &engine->zone, err);
    }
    return status;
}

tocsin_status tocsin_engine_create(const struct tocsin_engine_options *options, tocsin_engine **ret_engine,
                                   struct tocsin_error *err)
{
    struct error error = {0};
    struct tocsin_engine *engine = memory_allocate_zeroed(1, sizeof(*engine));
    if (!engine) {
        error_memory(&error);
        return public_error(err, &error);
    }
    arena_init(&engine->arena, ARENA_NO_LIMIT);
    static const struct tocsin_engine_options defaults = {0};
    options = options ? options : &defaults;
    if (build_engine(engine, options, &error) != TOCSIN_OK) {
        tocsin_engine_free(engine);
        return public_error(err, &error);
    }
    if (options->cursors_path) {
        engine->cursors_path = arena_copy_cstring(&engine->arena, str_from_cstring(options->cursors_path));
        if (!engine->cursors_path) {
            tocsin_engine_free(engine);
            error_memory(&error);
            return public_error(err, &error);
        }
    }
    engine->plan_options = (struct plan_options){
        .is_null_sql = options->is_null_sql,
        .matches_full = options->matches_full,
        .selects_all = options->selects_all,
        .has_qradar_window = options->has_qradar_window,
        .has_exact_time_bounds = options->has_exact_time_bounds,
        .rounds_all_bounds = options->rounds_all_bounds,
        .has_null_unknown_fields = options->has_null_unknown_fields,
        .find_cursor = cursors_find,
        .suggest_cursor = cursors_suggest,
        .cursor_context = engine,
        .zone = engine->zone,
        .log_sources = engine->log_sources,
        .lookups = engine->lookups,
    };
    *ret_engine = engine;
    return TOCSIN_OK;
}

void tocsin_engine_free(tocsin_engine *engine)
{
    if (!engine) {
        return;
    }
    store_reader_free(engine->store);
    clickhouse_link_free(engine->clickhouse);
    property_set_free(engine->properties);
    log_source_table_free(engine->log_sources);
    lookup_tables_free(engine->lookups);
    schema_free(engine->schema);
    time_zone_close(engine->zone);
    arena_release(&engine->arena);
    memory_free(engine);
}

/* ---- what there is ----------------------------------------------------------------------------------------------- */

size_t tocsin_format_count(const tocsin_engine *engine)
{
    return engine->format_count;
}

void tocsin_format_get(const tocsin_engine *engine, size_t index, struct tocsin_format *ret_format)
{
    *ret_format = engine->formats[index];
}

size_t tocsin_output_count(void)
{
    size_t count;
    output_list(&count);
    return count;
}

void tocsin_output_get(size_t index, const char **ret_name, const char **ret_description)
{
    size_t count;
    const struct output_def *output = output_list(&count)[index];
    *ret_name = output->name;
    *ret_description = output->description;
}

const char *tocsin_level_name(int level)
{
    return level >= 0 && level < LEVEL_COUNT ? pack_level_name((enum pack_level)level).data : "unknown";
}
