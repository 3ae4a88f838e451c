#include "pack/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/embedded_file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/yaml_document.h"
#include "pack/pack_builtin.h"

/* ---- pack.yaml as libcyaml reads it ------------------------------------------------------------------------------ */

struct yaml_levels {
    int64_t *informational, *low, *medium, *high, *critical;
};
struct yaml_risk {
    char *column;
    struct yaml_levels *levels;
};
struct yaml_rule {
    char *id, *title, *description, *file;
    char **techniques;
    unsigned techniques_count;
    char *level;
    struct yaml_risk *risk;
};
struct yaml_pack {
    char *name, *title, *version, *description;
    char **techniques;
    unsigned techniques_count;
    struct yaml_rule *rules;
    unsigned rules_count;
};

#define OPTIONAL_POINTER (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

static const cyaml_schema_field_t level_fields[] = {
    CYAML_FIELD_INT_PTR("informational", OPTIONAL_POINTER, struct yaml_levels, informational),
    CYAML_FIELD_INT_PTR("low", OPTIONAL_POINTER, struct yaml_levels, low),
    CYAML_FIELD_INT_PTR("medium", OPTIONAL_POINTER, struct yaml_levels, medium),
    CYAML_FIELD_INT_PTR("high", OPTIONAL_POINTER, struct yaml_levels, high),
    CYAML_FIELD_INT_PTR("critical", OPTIONAL_POINTER, struct yaml_levels, critical),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t risk_fields[] = {
    CYAML_FIELD_STRING_PTR("column", CYAML_FLAG_POINTER, struct yaml_risk, column, 1, LIMIT_IDENTIFIER_BYTES),
    CYAML_FIELD_MAPPING_PTR("levels", OPTIONAL_POINTER, struct yaml_risk, levels, level_fields),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t technique_value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 20)};
static const cyaml_schema_field_t rule_fields[] = {
    CYAML_FIELD_STRING_PTR("id", CYAML_FLAG_POINTER, struct yaml_rule, id, 1, 120),
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct yaml_rule, title, 1, 400),
    CYAML_FIELD_STRING_PTR("description", OPTIONAL_POINTER, struct yaml_rule, description, 0, 10000),
    CYAML_FIELD_STRING_PTR("file", CYAML_FLAG_POINTER, struct yaml_rule, file, 1, 1000),
    CYAML_FIELD_SEQUENCE("techniques", OPTIONAL_POINTER, struct yaml_rule, techniques, &technique_value, 0, 100),
    CYAML_FIELD_STRING_PTR("level", OPTIONAL_POINTER, struct yaml_rule, level, 1, 20),
    CYAML_FIELD_MAPPING_PTR("risk", OPTIONAL_POINTER, struct yaml_rule, risk, risk_fields),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_rule, rule_fields)};
static const cyaml_schema_field_t pack_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct yaml_pack, name, 1, 120),
    CYAML_FIELD_STRING_PTR("title", OPTIONAL_POINTER, struct yaml_pack, title, 0, 400),
    CYAML_FIELD_STRING_PTR("version", OPTIONAL_POINTER, struct yaml_pack, version, 0, 60),
    CYAML_FIELD_STRING_PTR("description", OPTIONAL_POINTER, struct yaml_pack, description, 0, 10000),
    CYAML_FIELD_SEQUENCE("techniques", OPTIONAL_POINTER, struct yaml_pack, techniques, &technique_value, 0, 100),
    CYAML_FIELD_SEQUENCE("rules", CYAML_FLAG_POINTER, struct yaml_pack, rules, &rule_value, 1, LIMIT_PACK_RULES),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t pack_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_pack, pack_fields)};

/* ---- levels ------------------------------------------------------------------------------------------------------ */

static const char *const level_names[LEVEL_COUNT] = {"informational", "low", "medium", "high", "critical"};

str pack_level_name(enum pack_level level)
{
    return str_from_cstring(level_names[level]);
}

enum pack_level pack_rule_level(const struct pack_rule *rule, int64_t risk)
{
    for (int level = LEVEL_CRITICAL; level >= LEVEL_INFORMATIONAL; level--) {
        if (rule->has_threshold[level] && risk >= rule->threshold[level]) {
            return (enum pack_level)level;
        }
    }
    return rule->level;
}

static bool level_from_name(const char *name, enum pack_level *ret_level)
{
    for (int level = 0; level < LEVEL_COUNT; level++) {
        if (str_eq(str_from_cstring(name), pack_level_name((enum pack_level)level))) {
            *ret_level = (enum pack_level)level;
            return true;
        }
    }
    return false;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static tocsin_status read_file(struct arena *arena, const char *path, size_t bytes_max, str *ret_text,
                               struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return error_system(err, TOCSIN_ERROR_CONFIG, errno, "cannot open '%s'", path);
    }
    struct strbuf text;
    strbuf_init(&text, bytes_max + 1);
    tocsin_status status = TOCSIN_OK;
    for (;;) {
        char *room = strbuf_reserve(&text, 4096 < bytes_max + 1 - text.len ? 4096 : bytes_max + 1 - text.len);
        if (!room || text.len > bytes_max) {
            break;
        }
        ssize_t got = read(fd, room, 4096 < bytes_max + 1 - text.len ? 4096 : bytes_max + 1 - text.len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            status = error_system(err, TOCSIN_ERROR_CONFIG, errno, "cannot read '%s'", path);
        }
        if (got <= 0) {
            break;
        }
        text.len += (size_t)got;
    }
    (void)close(fd);
    if (status == TOCSIN_OK && text.len > bytes_max) {
        status = error_set(err, TOCSIN_ERROR_LIMIT, "'%s' is larger than %zu bytes", path, bytes_max);
    }
    if (status == TOCSIN_OK) {
        str copy = arena_copy(arena, strbuf_str(&text));
        status = copy.data && !text.is_failed ? TOCSIN_OK : error_memory(err);
        *ret_text = status == TOCSIN_OK ? copy : *ret_text;
    }
    strbuf_release(&text);
    return status;
}

/* Where a pack's files are: a directory, or the program itself. */
struct pack_files {
    const char *directory; /* NULL: built in, below `name` */
    str name;
};

static const struct embedded_file *find_builtin(str pack, str file)
{
    for (size_t i = 0; i < builtin_packs.count; i++) {
        str path = str_from_cstring(builtin_packs.files[i].path);
        if (str_starts_with(path, pack) && path.len == pack.len + 1 + file.len && path.data[pack.len] == '/' &&
            str_ends_with(path, file)) {
            return &builtin_packs.files[i];
        }
    }
    return NULL;
}

static bool is_safe_relative_path(str path)
{
    return path.len > 0 && path.data[0] != '/' && !str_contains(path, STR("..")) &&
           str_find_char(path, '\0', 0) == SIZE_MAX;
}

static tocsin_status read_pack_file(struct arena *arena, const struct pack_files *files, str file, size_t bytes_max,
                                    str *ret_text, const char **ret_path, struct error *err)
{
    char path[4096];
    if (!files->directory) {
        const struct embedded_file *embedded = find_builtin(files->name, file);
        if (!embedded) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "the built-in pack has no file '%.*s'", STR_ARG(file));
        }
        *ret_text = embedded->text;
        *ret_path = embedded->path;
        return TOCSIN_OK;
    }
    int length = snprintf(path, sizeof(path), "%s/%.*s", files->directory, STR_ARG(file));
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the path of '%.*s' is too long", STR_ARG(file));
    }
    char *kept = arena_copy_cstring(arena, str_from_cstring(path));
    if (!kept) {
        return error_memory(err);
    }
    *ret_path = kept;
    return read_file(arena, path, bytes_max, ret_text, err);
}

/* ---- building ---------------------------------------------------------------------------------------------------- */

static bool is_rule_id(str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.data[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '_' && c != '-' && c != '.') {
            return false;
        }
    }
    return id.len > 0;
}

static tocsin_status copy_text(struct arena *arena, const char *text, str *ret, struct error *err)
{
    *ret = arena_copy(arena, str_from_cstring(text ? text : ""));
    return ret->data ? TOCSIN_OK : error_memory(err);
}

static tocsin_status build_rule(struct pack *pack, const struct pack_files *files, const struct yaml_document *document,
                                const struct yaml_rule *yaml, unsigned index, struct error *err)
{
    struct pack_rule *rule = &pack->rules[index];
    tocsin_status status = copy_text(&pack->arena, yaml->id, &rule->id, err);
    status = status == TOCSIN_OK ? copy_text(&pack->arena, yaml->title, &rule->title, err) : status;
    status = status == TOCSIN_OK ? copy_text(&pack->arena, yaml->description, &rule->description, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!is_rule_id(rule->id)) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "a rule id has letters, digits, '_', '-' and '.': '%s'", yaml->id);
        yaml_document_position(document, err, "rules[%u].id", index);
        return status;
    }
    for (unsigned i = 0; i < index; i++) {
        if (str_eq(pack->rules[i].id, rule->id)) {
            status = error_set(err, TOCSIN_ERROR_CONFIG, "two rules have the id '%s'", yaml->id);
            yaml_document_position(document, err, "rules[%u].id", index);
            return status;
        }
    }
    rule->level = LEVEL_MEDIUM;
    if (yaml->level && !level_from_name(yaml->level, &rule->level)) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no level", yaml->level);
        error_hint(err, "informational, low, medium, high or critical");
        yaml_document_position(document, err, "rules[%u].level", index);
        return status;
    }
    if (yaml->risk) {
        status = copy_text(&pack->arena, yaml->risk->column, &rule->risk_column, err);
        const struct yaml_levels *levels = yaml->risk->levels;
        const int64_t *const thresholds[LEVEL_COUNT] = {levels ? levels->informational : NULL,
                                                        levels ? levels->low : NULL, levels ? levels->medium : NULL,
                                                        levels ? levels->high : NULL, levels ? levels->critical : NULL};
        for (int level = 0; level < LEVEL_COUNT; level++) {
            rule->has_threshold[level] = thresholds[level] != NULL;
            rule->threshold[level] = thresholds[level] ? *thresholds[level] : 0;
        }
    }
    str file = str_from_cstring(yaml->file);
    if (status == TOCSIN_OK && !is_safe_relative_path(file)) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "a rule's file is a path inside the pack: '%s'", yaml->file);
        yaml_document_position(document, err, "rules[%u].file", index);
    }
    const char *path = NULL;
    if (status == TOCSIN_OK) {
        status = read_pack_file(&pack->arena, files, file, LIMIT_QUERY_BYTES, &rule->text, &path, err);
        if (status != TOCSIN_OK) {
            error_context(err, "rule '%s'", yaml->id);
        } else {
            rule->file = str_from_cstring(path);
        }
    }
    return status;
}

static tocsin_status build_pack(struct pack *pack, const struct pack_files *files, struct error *err)
{
    str text = STR_EMPTY;
    const char *path = NULL;
    tocsin_status status = read_pack_file(&pack->arena, files, STR("pack.yaml"), LIMIT_CONFIG_BYTES, &text, &path, err);
    if (status != TOCSIN_OK) {
        error_hint(err, "a pack is a directory with a pack.yaml; a single query runs with --query FILE");
        return status;
    }
    struct yaml_document document;
    status = yaml_document_load_text(&document, text, path, &pack_schema, err);
    if (status == TOCSIN_OK) {
        const struct yaml_pack *yaml = document.root;
        status = copy_text(&pack->arena, yaml->name, &pack->name, err);
        status = status == TOCSIN_OK ? copy_text(&pack->arena, yaml->title, &pack->title, err) : status;
        pack->rules = arena_array(&pack->arena, struct pack_rule, yaml->rules_count);
        status = status == TOCSIN_OK && !pack->rules ? error_memory(err) : status;
        for (unsigned i = 0; status == TOCSIN_OK && i < yaml->rules_count; i++) {
            status = build_rule(pack, files, &document, &yaml->rules[i], i, err);
            pack->rule_count = i + 1;
        }
    }
    yaml_document_release(&document);
    return status;
}

static tocsin_status pack_create(struct pack **ret_pack, struct error *err)
{
    struct pack *pack = memory_allocate_zeroed(1, sizeof(*pack));
    if (!pack) {
        return error_memory(err);
    }
    arena_init(&pack->arena, ARENA_NO_LIMIT);
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

static tocsin_status pack_not_found(str name, struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "there is no pack '%.*s'", STR_ARG(name));
    error_hint(err, "give a directory with a pack.yaml, or the built-in pack container-api");
    return status;
}

tocsin_status pack_open(str path_or_name, struct pack **ret_pack, struct error *err)
{
    struct pack *pack = NULL;
    tocsin_status status = pack_create(&pack, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct pack_files files = {.name = path_or_name};
    char *directory = arena_copy_cstring(&pack->arena, path_or_name);
    struct stat info;
    if (!directory) {
        status = error_memory(err);
    } else if (stat(directory, &info) == 0 && S_ISDIR(info.st_mode)) {
        files.directory = directory;
    } else if (!find_builtin(path_or_name, STR("pack.yaml"))) {
        status = pack_not_found(path_or_name, err);
    }
    status = status == TOCSIN_OK ? build_pack(pack, &files, err) : status;
    if (status != TOCSIN_OK) {
        pack_free(pack);
        return status;
    }
    *ret_pack = pack;
    return TOCSIN_OK;
}

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
        rule->id = base_name(rule->file);
        rule->title = rule->id;
        rule->level = LEVEL_MEDIUM;
        /* A score in a column of this name counts, as in the shipped pack. */
        rule->risk_column = STR("RiskScore");
        static const int64_t smallest[LEVEL_COUNT] = {0, 0, 1, 2, 3};
        for (int level = LEVEL_LOW; level < LEVEL_COUNT; level++) {
            rule->has_threshold[level] = true;
            rule->threshold[level] = smallest[level];
        }
        pack->name = rule->id;
        status = read_file(&pack->arena, file, LIMIT_QUERY_BYTES, &rule->text, err);
    }
    if (status != TOCSIN_OK) {
        pack_free(pack);
        return status;
    }
    *ret_pack = pack;
    return TOCSIN_OK;
}
