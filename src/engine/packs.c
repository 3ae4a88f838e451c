#include "base/limits.h"
#include "base/memory.h"
#include "engine/engine_internal.h"

/* ---- what a pack says of itself ---------------------------------------------------------------------------------- */

/* Texts of a pack end with NUL. */
static tocsin_status public_texts(struct arena *arena, const struct pack_texts *from, struct tocsin_texts *ret,
                                  struct error *err)
{
    const char **items = arena_array(arena, const char *, from->count > 0 ? from->count : 1);
    if (!items) {
        return error_memory(err);
    }
    for (size_t i = 0; i < from->count; i++) {
        items[i] = from->items[i].data;
    }
    *ret = (struct tocsin_texts){items, from->count};
    return TOCSIN_OK;
}

static const char *text_or_empty(str text)
{
    return text.len > 0 ? text.data : "";
}

static tocsin_status describe_rule(struct arena *arena, const struct pack_rule *rule, struct tocsin_rule *ret,
                                   struct error *err)
{
    *ret = (struct tocsin_rule){
        .id = text_or_empty(rule->id),
        .title = text_or_empty(rule->title),
        .description = text_or_empty(rule->description),
        .file = text_or_empty(rule->file),
        .text = text_or_empty(rule->text),
        .text_bytes = rule->text.len,
        .status = pack_status_name(rule->status).data,
        .level = pack_level_name(rule->level).data,
        .telemetry = pack_telemetry_name(rule->telemetry).data,
        .group = text_or_empty(rule->group),
        .tuning_count = rule->tuning_count,
    };
    const struct {
        const struct pack_texts *from;
        struct tocsin_texts *to;
    } lists[] = {
        {&rule->tactics, &ret->tactics},
        {&rule->techniques, &ret->techniques},
        {&rule->data_components, &ret->data_components},
        {&rule->required_fields, &ret->required_fields},
        {&rule->log_source_types, &ret->log_source_types},
        {&rule->references, &ret->references},
        {&rule->false_positives, &ret->false_positives},
    };
    for (size_t i = 0; i < countof(lists); i++) {
        tocsin_status status = public_texts(arena, lists[i].from, lists[i].to, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    struct tocsin_tuning *tuning =
        arena_array(arena, struct tocsin_tuning, rule->tuning_count > 0 ? rule->tuning_count : 1);
    if (!tuning) {
        return error_memory(err);
    }
    for (size_t i = 0; i < rule->tuning_count; i++) {
        tuning[i] = (struct tocsin_tuning){rule->tuning[i].knob.data, rule->tuning[i].description.data};
    }
    ret->tuning = tuning;
    return TOCSIN_OK;
}

static tocsin_status describe_pack(struct tocsin_pack *pack, struct error *err)
{
    struct arena *arena = &pack->pack->arena;
    pack->described = arena_array(arena, struct tocsin_rule, pack->pack->rule_count);
    tocsin_status status = pack->described ? TOCSIN_OK : error_memory(err);
    for (size_t i = 0; status == TOCSIN_OK && i < pack->pack->rule_count; i++) {
        status = describe_rule(arena, &pack->pack->rules[i], &pack->described[i], err);
    }
    pack->info = (struct tocsin_pack_info){
        .name = text_or_empty(pack->pack->name),
        .title = text_or_empty(pack->pack->title),
        .version = text_or_empty(pack->pack->version),
        .description = text_or_empty(pack->pack->description),
    };
    status = status == TOCSIN_OK ? public_texts(arena, &pack->pack->techniques, &pack->info.techniques, err) : status;
    return status == TOCSIN_OK ? public_texts(arena, &pack->pack->references, &pack->info.references, err) : status;
}

/* ---- binding ----------------------------------------------------------------------------------------------------- */

static tocsin_status bind_rule(tocsin_engine *engine, struct tocsin_pack *pack, size_t index, bool needs_risk,
                               struct error *err)
{
    const struct pack_rule *rule = &pack->pack->rules[index];
    tocsin_status status = query_create(engine, rule->text, rule->file.data, &pack->queries[index], err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct plan *plan = pack->queries[index]->plan;
    uint32_t output = rule->risk_column.len > 0 ? plan_find_output(plan, rule->risk_column) : UINT32_MAX;
    bool is_number = output != UINT32_MAX && (plan->outputs[output].expression->type == TYPE_INT64 ||
                                              plan->outputs[output].expression->type == TYPE_DOUBLE);
    if (needs_risk && rule->risk_column.len > 0 && !is_number) {
        status =
            error_set(err, TOCSIN_ERROR_CONFIG, "rule '%.*s': the query has no numeric column \"%.*s\" for the risk",
                      STR_ARG(rule->id), STR_ARG(rule->risk_column));
    }
    pack->risk_output[index] = is_number ? output : UINT32_MAX;
    return status;
}

static tocsin_status bind_pack(tocsin_engine *engine, struct pack *files, bool needs_risk, tocsin_pack **ret_pack,
                               struct error *err)
{
    struct tocsin_pack *pack = memory_allocate_zeroed(1, sizeof(*pack));
    if (!pack) {
        pack_free(files);
        return error_memory(err);
    }
    pack->pack = files;
    pack->queries = memory_allocate_zeroed(files->rule_count, sizeof(*pack->queries));
    pack->risk_output = memory_allocate_zeroed(files->rule_count, sizeof(*pack->risk_output));
    tocsin_status status = pack->queries && pack->risk_output ? TOCSIN_OK : error_memory(err);
    for (size_t i = 0; status == TOCSIN_OK && i < files->rule_count; i++) {
        status = bind_rule(engine, pack, i, needs_risk, err);
    }
    status = status == TOCSIN_OK ? describe_pack(pack, err) : status;
    if (status != TOCSIN_OK) {
        tocsin_pack_free(pack);
        return status;
    }
    *ret_pack = pack;
    return TOCSIN_OK;
}

tocsin_status tocsin_pack_open(tocsin_engine *engine, const char *path_or_name, tocsin_pack **ret_pack,
                               struct tocsin_error *err)
{
    struct error error = {0};
    struct pack *files = NULL;
    tocsin_status status = pack_open(str_from_cstring(path_or_name), &files, &error);
    status = status == TOCSIN_OK ? bind_pack(engine, files, true, ret_pack, &error) : status;
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

tocsin_status tocsin_pack_open_query(tocsin_engine *engine, const char *aql_path, tocsin_pack **ret_pack,
                                     struct tocsin_error *err)
{
    struct error error = {0};
    struct pack *files = NULL;
    tocsin_status status = pack_open_query(str_from_cstring(aql_path), &files, &error);
    status = status == TOCSIN_OK ? bind_pack(engine, files, false, ret_pack, &error) : status;
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

void tocsin_pack_free(tocsin_pack *pack)
{
    if (!pack) {
        return;
    }
    for (size_t i = 0; pack->queries && i < pack->pack->rule_count; i++) {
        tocsin_query_free(pack->queries[i]);
    }
    memory_free(pack->queries);
    memory_free(pack->risk_output);
    pack_free(pack->pack);
    memory_free(pack);
}

size_t tocsin_pack_rule_count(const tocsin_pack *pack)
{
    return pack->pack->rule_count;
}

const tocsin_query *tocsin_pack_query(const tocsin_pack *pack, size_t index)
{
    return index < pack->pack->rule_count ? pack->queries[index] : NULL;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

void tocsin_pack_rule_get(const tocsin_pack *pack, size_t index, struct tocsin_rule *ret_rule)
{
    *ret_rule = pack->described[index];
}

void tocsin_pack_info_get(const tocsin_pack *pack, struct tocsin_pack_info *ret_info)
{
    *ret_info = pack->info;
}

tocsin_status tocsin_pack_file(tocsin_pack *pack, const char *file, const char **ret_text, size_t *ret_bytes,
                               struct tocsin_error *err)
{
    struct error error = {0};
    str text = STR_EMPTY;
    tocsin_status status = pack_read(pack->pack, str_from_cstring(file), LIMIT_PACK_FILE_BYTES, &text, NULL, &error);
    if (status == TOCSIN_OK) {
        *ret_text = text_or_empty(text);
        *ret_bytes = text.len;
    }
    return status == TOCSIN_OK || status == TOCSIN_END ? status : public_error(err, &error);
}

tocsin_status tocsin_pack_files(tocsin_pack *pack, const char *folder, const char *ending,
                                struct tocsin_texts *ret_paths, struct tocsin_error *err)
{
    struct error error = {0};
    struct pack_texts paths = {0};
    tocsin_status status = pack_list(pack->pack, str_from_cstring(folder), str_from_cstring(ending), &paths, &error);
    status = status == TOCSIN_OK ? public_texts(&pack->pack->arena, &paths, ret_paths, &error) : status;
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}
