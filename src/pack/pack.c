#include "pack/pack.h"

#include "base/limits.h"
#include "base/memory.h"
#include "pack/pack_files.h"
#include "pack/rule_header.h"

/* ---- pack.yaml --------------------------------------------------------------------------------------------------- */

struct yaml_pack {
    char *name, *title, *version, *description;
    char **techniques, **references;
    unsigned techniques_count, references_count;
    struct yaml_levels *levels;
    int64_t *join_minutes;
};

static const cyaml_schema_field_t pack_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct yaml_pack, name, 1, 120),
    CYAML_FIELD_STRING_PTR("title", YAML_OPTIONAL, struct yaml_pack, title, 0, 400),
    CYAML_FIELD_STRING_PTR("version", YAML_OPTIONAL, struct yaml_pack, version, 0, 60),
    CYAML_FIELD_STRING_PTR("description", YAML_OPTIONAL, struct yaml_pack, description, 0, YAML_TEXT_BYTES),
    CYAML_FIELD_SEQUENCE("techniques", YAML_OPTIONAL, struct yaml_pack, techniques, &yaml_text_value, 0, YAML_TEXTS),
    CYAML_FIELD_SEQUENCE("references", YAML_OPTIONAL, struct yaml_pack, references, &yaml_text_value, 0, YAML_TEXTS),
    CYAML_FIELD_MAPPING_PTR("levels", YAML_OPTIONAL, struct yaml_pack, levels, yaml_level_fields),
    CYAML_FIELD_INT_PTR("join_minutes", YAML_OPTIONAL, struct yaml_pack, join_minutes),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t pack_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_pack, pack_fields)};

static tocsin_status read_description(struct pack *pack, const struct yaml_pack *yaml, struct error *err)
{
    struct arena *arena = &pack->arena;
    tocsin_status status = rule_copy_text(arena, yaml->name, &pack->name, err);
    status = status == TOCSIN_OK ? rule_copy_text(arena, yaml->title, &pack->title, err) : status;
    status = status == TOCSIN_OK ? rule_copy_text(arena, yaml->version, &pack->version, err) : status;
    status = status == TOCSIN_OK ? rule_copy_text(arena, yaml->description, &pack->description, err) : status;
    status = status == TOCSIN_OK
                 ? rule_copy_texts(arena, yaml->techniques, yaml->techniques_count, &pack->techniques, err)
                 : status;
    status = status == TOCSIN_OK
                 ? rule_copy_texts(arena, yaml->references, yaml->references_count, &pack->references, err)
                 : status;
    pack->join_minutes = yaml->join_minutes ? *yaml->join_minutes : PACK_JOIN_MINUTES;
    if (pack->join_minutes < 1 || pack->join_minutes > 24 * 60) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "join_minutes is a number from 1 to %d", 24 * 60);
    }
    if (yaml->levels) {
        rule_levels_read(yaml->levels, &pack->levels);
    }
    return status;
}

static tocsin_status read_pack_yaml(struct pack *pack, struct error *err)
{
    str text = STR_EMPTY;
    const char *path = NULL;
    tocsin_status status =
        pack_files_read(&pack->arena, pack->files, STR("pack.yaml"), LIMIT_CONFIG_BYTES, &text, &path, err);
    if (status == TOCSIN_END) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' has no pack.yaml", STR_ARG(pack->files->name));
    }
    if (status != TOCSIN_OK) {
        error_hint(err, "a pack is a directory with a pack.yaml; a single query runs with --query FILE");
        return status;
    }
    struct yaml_document document;
    status = yaml_document_load_text(&document, text, path, &pack_schema, err);
    status = status == TOCSIN_OK ? read_description(pack, document.root, err) : status;
    yaml_document_release(&document);
    return status;
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

/* "rules/a.aql" -> "a" */
static str base_name(str path)
{
    for (size_t i = path.len; i > 0; i--) {
        if (path.data[i - 1] == '/') {
            path = str_skip(path, i);
            break;
        }
    }
    size_t dot = str_find(path, STR(".aql"), 0);
    return dot != SIZE_MAX && dot > 0 && dot + 4 == path.len ? str_slice(path, 0, dot) : path;
}

static tocsin_status read_rule(struct pack *pack, struct pack_rule *rule, str path, struct error *err)
{
    const char *shown = NULL;
    tocsin_status status =
        pack_files_read(&pack->arena, pack->files, path, LIMIT_QUERY_BYTES, &rule->text, &shown, err);
    if (status != TOCSIN_OK) {
        /* It was there a moment ago. */
        return status == TOCSIN_END ? error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' is gone", STR_ARG(path)) : status;
    }
    rule->file = str_from_cstring(shown);
    if (!rule_has_header(rule->text)) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' has no header", STR_ARG(rule->file));
        error_hint(err, "a rule begins with a comment: /* rule, then YAML with id and title, then */");
        return status;
    }
    status = rule_header_read(&pack->arena, rule, &pack->levels, err);
    if (status == TOCSIN_OK && !str_eq(rule->id, base_name(path))) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "the file of rule '%.*s' is called '%.*s.aql'", STR_ARG(rule->id),
                           STR_ARG(base_name(path)));
        error_hint(err, "give the file the name of the rule's id, or the other way round");
    }
    return status;
}

static tocsin_status read_rules(struct pack *pack, struct error *err)
{
    struct pack_texts paths = {0};
    tocsin_status status = pack_list(pack, STR("rules"), STR(".aql"), &paths, err);
    if (status == TOCSIN_OK && paths.count == 0) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "the pack '%.*s' has no rules", STR_ARG(pack->name));
        error_hint(err, "each rule is a file rules/ID.aql");
    }
    pack->rules = status == TOCSIN_OK ? arena_array(&pack->arena, struct pack_rule, paths.count) : NULL;
    status = status == TOCSIN_OK && !pack->rules ? error_memory(err) : status;
    for (size_t i = 0; status == TOCSIN_OK && i < paths.count; i++) {
        status = read_rule(pack, &pack->rules[i], paths.items[i], err);
        pack->rule_count = i + 1;
    }
    return status;
}

enum pack_level pack_rule_level(const struct pack_rule *rule, int64_t risk)
{
    for (int level = LEVEL_CRITICAL; level >= LEVEL_INFORMATIONAL; level--) {
        if (rule->levels.has_threshold[level] && risk >= rule->levels.threshold[level]) {
            return (enum pack_level)level;
        }
    }
    return rule->level;
}

size_t pack_find_rule(const struct pack *pack, str id)
{
    for (size_t i = 0; i < pack->rule_count; i++) {
        if (str_eq(pack->rules[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static tocsin_status pack_create(struct pack **ret_pack, struct error *err)
{
    struct pack *pack = memory_allocate_zeroed(1, sizeof(*pack));
    if (!pack) {
        return error_memory(err);
    }
    arena_init(&pack->arena, ARENA_NO_LIMIT);
    pack->join_minutes = PACK_JOIN_MINUTES;
    pack->files = arena_new(&pack->arena, struct pack_files);
    if (!pack->files) {
        pack_free(pack);
        return error_memory(err);
    }
    *ret_pack = pack;
    return TOCSIN_OK;
}

void pack_free(struct pack *pack)
{
    if (pack) {
        arena_release(&pack->arena);
        memory_free(pack);
    }
}

tocsin_status pack_open(str path_or_name, struct pack **ret_pack, struct error *err)
{
    struct pack *pack = NULL;
    tocsin_status status = pack_create(&pack, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = pack_files_find(&pack->arena, path_or_name, pack->files, err);
    status = status == TOCSIN_OK ? read_pack_yaml(pack, err) : status;
    status = status == TOCSIN_OK ? read_rules(pack, err) : status;
    if (status != TOCSIN_OK) {
        pack_free(pack);
        return status;
    }
    *ret_pack = pack;
    return TOCSIN_OK;
}

/* A query that says nothing of itself: a score in a column of this name counts, as in QRadar's original. */
static void describe_bare_query(struct pack_rule *rule)
{
    static const int64_t smallest[LEVEL_COUNT] = {0, 0, 1, 2, 3};
    rule->id = base_name(rule->file);
    rule->title = rule->id;
    rule->level = LEVEL_MEDIUM;
    rule->risk_column = STR("RiskScore");
    for (int level = LEVEL_LOW; level < LEVEL_COUNT; level++) {
        rule->levels.has_threshold[level] = true;
        rule->levels.threshold[level] = smallest[level];
    }
}

tocsin_status pack_open_query(str path, struct pack **ret_pack, struct error *err)
{
    struct pack *pack = NULL;
    tocsin_status status = pack_create(&pack, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    char *file = arena_copy_cstring(&pack->arena, path);
    pack->rules = arena_array(&pack->arena, struct pack_rule, 1);
    pack->rule_count = 1;
    if (!file || !pack->rules) {
        status = error_memory(err);
    } else {
        struct pack_rule *rule = &pack->rules[0];
        rule->file = str_from_cstring(file);
        describe_bare_query(rule);
        status = pack_file_read(&pack->arena, file, LIMIT_QUERY_BYTES, &rule->text, err);
        if (status == TOCSIN_OK && rule_has_header(rule->text)) {
            const struct pack_levels levels = rule->levels;
            status = rule_header_read(&pack->arena, rule, &levels, err);
        }
        pack->name = rule->id;
        pack->is_query = true;
    }
    if (status != TOCSIN_OK) {
        pack_free(pack);
        return status;
    }
    *ret_pack = pack;
    return TOCSIN_OK;
}

/* ---- other files ------------------------------------------------------------------------------------------------- */

tocsin_status pack_read(struct pack *pack, str file, size_t bytes_max, str *ret_text, const char **ret_path,
                        struct error *err)
{
    return pack->files->name.len > 0
               ? pack_files_read(&pack->arena, pack->files, file, bytes_max, ret_text, ret_path, err)
               : TOCSIN_END; /* a single query */
}

tocsin_status pack_list(struct pack *pack, str folder, str ending, struct pack_texts *ret_paths, struct error *err)
{
    if (pack->files->name.len == 0) {
        *ret_paths = (struct pack_texts){0};
        return TOCSIN_OK;
    }
    return pack_files_list(&pack->arena, pack->files, folder, ending, ret_paths, err);
}
