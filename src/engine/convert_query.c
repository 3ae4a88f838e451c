/* convert_query.c - queries and rules as those of other systems. */
#include <errno.h>
#include <stdio.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "convert/convert.h"
#include "engine/engine_internal.h"

struct tocsin_conversion {
    struct arena arena;
    struct tocsin_conversion_info info;
};

bool tocsin_convert_target_get(size_t index, struct tocsin_convert_target *ret_target)
{
    const struct convert_target *target = convert_target_get(index);
    if (target) {
        *ret_target = (struct tocsin_convert_target){target->name, target->title, target->extension};
    }
    return target != NULL;
}

/* ---- the result ---- */

static bool publish_notes(tocsin_conversion *conversion, const struct convert_result *result)
{
    struct tocsin_convert_note *notes =
        arena_array(&conversion->arena, struct tocsin_convert_note, result->note_count + 1);
    for (size_t i = 0; notes && i < result->note_count; i++) {
        notes[i].effect = convert_grade_name(result->notes[i].effect);
        notes[i].text = arena_copy_cstring(&conversion->arena, result->notes[i].text);
        if (!notes[i].text) {
            return false;
        }
    }
    conversion->info.notes = notes;
    conversion->info.note_count = result->note_count;
    return notes != NULL;
}

static bool publish_fields(tocsin_conversion *conversion, const struct convert_result *result)
{
    struct tocsin_convert_field *fields =
        arena_array(&conversion->arena, struct tocsin_convert_field, result->field_count + 1);
    for (size_t i = 0; fields && i < result->field_count; i++) {
        fields[i].field = arena_copy_cstring(&conversion->arena, result->fields[i].field);
        fields[i].type = arena_copy_cstring(&conversion->arena, result->fields[i].type);
        fields[i].name = arena_copy_cstring(&conversion->arena, result->fields[i].name);
        if (!fields[i].field || !fields[i].type || !fields[i].name) {
            return false;
        }
    }
    conversion->info.fields = fields;
    conversion->info.field_count = result->field_count;
    return fields != NULL;
}

static tocsin_status publish(tocsin_conversion *conversion, const struct convert_result *result, str rule,
                             struct error *err)
{
    struct tocsin_conversion_info *info = &conversion->info;
    info->grade = convert_grade_name(result->grade);
    info->rule = arena_copy_cstring(&conversion->arena, rule);
    info->text = arena_copy_cstring(&conversion->arena, result->text);
    info->text_bytes = result->text.len;
    bool is_good = info->rule && info->text && publish_notes(conversion, result) && publish_fields(conversion, result);
    return is_good ? TOCSIN_OK : error_memory(err);
}

void tocsin_conversion_get(const tocsin_conversion *conversion, struct tocsin_conversion_info *ret_info)
{
    *ret_info = conversion->info;
}

void tocsin_conversion_free(tocsin_conversion *conversion)
{
    if (conversion) {
        arena_release(&conversion->arena);
        memory_free(conversion);
    }
}

/* ---- converting ---- */

static tocsin_status load_fields(const struct convert_target *target, const char *path, struct field_map **ret_map,
                                 struct error *err)
{
    struct field_map *map = NULL;
    tocsin_status status = path ? field_map_load_file(path, &map, err) : TOCSIN_OK;
    if (status == TOCSIN_OK && map && strcmp(field_map_target(map), target->name) != 0) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "'%s' has the names of %s, and the target is %s", path,
                           field_map_target(map), target->name);
        error_hint(err, "its first line says which: target: %s", target->name);
        field_map_free(map);
        return status;
    }
    *ret_map = map;
    return status;
}

static tocsin_status find_target(const char *name, const struct convert_target **ret_target, struct error *err)
{
    *ret_target = convert_target_find(str_from_cstring(name));
    if (*ret_target) {
        return TOCSIN_OK;
    }
    struct strbuf names;
    strbuf_init(&names, ERROR_HINT_BYTES);
    const struct convert_target *target;
    for (size_t i = 0; (target = convert_target_get(i)); i++) {
        strbuf_append(&names, i > 0 ? STR(", ") : STR_EMPTY);
        strbuf_append(&names, str_from_cstring(target->name));
    }
    tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "there is no target '%s' to convert to", name);
    error_hint(err, "targets are %.*s", STR_ARG(strbuf_str(&names)));
    strbuf_release(&names);
    return status;
}

static tocsin_status convert(tocsin_engine *engine, const tocsin_query *query, const struct convert_rule *rule,
                             bool is_plain_form, const char *target_name, const char *fields_path,
                             tocsin_conversion **ret_conversion, struct error *err)
{
    const struct convert_target *target = NULL;
    struct field_map *map = NULL;
    struct convert_result result = {0};
    tocsin_status status = find_target(target_name, &target, err);
    status = status == TOCSIN_OK ? load_fields(target, fields_path, &map, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    tocsin_conversion *conversion = memory_allocate_zeroed(1, sizeof(*conversion));
    if (!conversion) {
        field_map_free(map);
        return error_memory(err);
    }
    arena_init(&conversion->arena, LIMIT_QUERY_RUN_BYTES);
    conversion->info.target = (struct tocsin_convert_target){target->name, target->title, target->extension};
    struct convert_options options = {.target = target->name,
                                      .fields = map,
                                      .log_sources = engine->log_sources,
                                      .fills = engine_type_fills,
                                      .fills_context = engine,
                                      .matches_full = engine->plan_options.matches_full,
                                      .is_plain_form = is_plain_form};
    status =
        convert_plan(&conversion->arena, query->plan, query->text, query->source_name, rule, &options, &result, err);
    status = status == TOCSIN_OK ? publish(conversion, &result, rule->id, err) : status;
    field_map_free(map);
    if (status != TOCSIN_OK) {
        tocsin_conversion_free(conversion);
        return status;
    }
    *ret_conversion = conversion;
    return TOCSIN_OK;
}

tocsin_status tocsin_convert_query(tocsin_engine *engine, const tocsin_query *query, const char *target,
                                   const char *fields_path, tocsin_conversion **ret_conversion,
                                   struct tocsin_error *err)
{
    struct error error = {0};
    struct convert_rule rule = {.id = STR_EMPTY};
    tocsin_status status = convert(engine, query, &rule, false, target, fields_path, ret_conversion, &error);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

tocsin_status tocsin_convert_rule(tocsin_engine *engine, tocsin_pack *pack, size_t index, const char *target,
                                  const char *fields_path, tocsin_conversion **ret_conversion, struct tocsin_error *err)
{
    struct error error = {0};
    const struct pack_rule *rule = &pack->pack->rules[index];
    struct convert_rule about = {.id = rule->id,
                                 .title = rule->title,
                                 .description = rule->description,
                                 .status = pack_status_name(rule->status),
                                 .level = pack_level_name(rule->level),
                                 .techniques = rule->techniques.items,
                                 .technique_count = rule->techniques.count,
                                 .references = rule->references.items,
                                 .reference_count = rule->references.count,
                                 .false_positives = rule->false_positives.items,
                                 .false_positive_count = rule->false_positives.count};
    char path[LIMIT_IDENTIFIER_BYTES + 32];
    const char *file = NULL;
    str text = STR_EMPTY;
    tocsin_query *plain = NULL;
    snprintf(path, sizeof(path), "qradar/%.*s.aql", STR_ARG(rule->id));
    tocsin_status status = pack_read(pack->pack, str_from_cstring(path), LIMIT_QUERY_BYTES, &text, &file, &error);
    bool has_plain = status == TOCSIN_OK;
    if (status == TOCSIN_END) {
        status = TOCSIN_OK;
    }
    if (status != TOCSIN_OK) {
        return public_error(err, &error);
    }
    if (has_plain) {
        status = tocsin_query_prepare(engine, text.data, text.len, file ? file : path, &plain, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    status = convert(engine, has_plain ? plain : pack->queries[index], &about, has_plain, target, fields_path,
                     ret_conversion, &error);
    tocsin_query_free(plain);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

/* ---- JSON ---- */

static void json_text(struct json_writer *json, str key, const char *text)
{
    json_key(json, key);
    json_string(json, str_from_cstring(text));
}

static void write_info(struct json_writer *json, const struct tocsin_conversion_info *info)
{
    json_begin_object(json);
    json_text(json, STR("target"), info->target.name);
    json_text(json, STR("rule"), info->rule);
    json_text(json, STR("grade"), info->grade);
    json_key(json, STR("notes"));
    json_begin_array(json);
    for (size_t i = 0; i < info->note_count; i++) {
        json_begin_object(json);
        json_text(json, STR("effect"), info->notes[i].effect);
        json_text(json, STR("text"), info->notes[i].text);
        json_end_object(json);
    }
    json_end_array(json);
    json_key(json, STR("fields"));
    json_begin_array(json);
    for (size_t i = 0; i < info->field_count; i++) {
        json_begin_object(json);
        json_text(json, STR("field"), info->fields[i].field);
        json_text(json, STR("type"), info->fields[i].type);
        json_text(json, STR("name"), info->fields[i].name);
        json_end_object(json);
    }
    json_end_array(json);
    json_key(json, STR("text"));
    json_string(json, str_from(info->text, info->text_bytes));
    json_end_object(json);
}

tocsin_status tocsin_conversion_write_json(const tocsin_conversion *conversion, tocsin_write *write, void *context,
                                           struct tocsin_error *err)
{
    struct error error = {0};
    struct strbuf text;
    struct json_writer json;
    strbuf_init(&text, SIZE_MAX / 2);
    json_writer_init(&json, &text, false);
    write_info(&json, &conversion->info);
    strbuf_append_char(&text, '\n');
    tocsin_status status = text.is_failed ? error_memory(&error) : TOCSIN_OK;
    int failure = status == TOCSIN_OK ? write(context, text.data, text.len) : 0;
    strbuf_release(&text);
    if (failure != 0) {
        status = failure == EPIPE ? error_set(&error, TOCSIN_ERROR_CLOSED, "the reader of the output went away")
                                  : error_system(&error, TOCSIN_ERROR_OUTPUT, failure, "cannot write the conversion");
    }
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}
