#include "convert/field_map.h"

#include "base/limits.h"
#include "base/memory.h"
#include "base/yaml_document.h"
#include "convert/field_map_builtin.h"

struct map_root {
    char *target;
    char *title;
    char *from;
    char *source_field;
    struct field_map_name *fields;
    unsigned field_count;
    struct field_map_type *types;
    unsigned type_count;
};

struct field_map {
    struct yaml_document document;
};

#define TEXT(key, structure, member)                                                                                   \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, 1, LIMIT_IDENTIFIER_BYTES)
#define NEEDED(key, structure, member)                                                                                 \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, structure, member, 1, LIMIT_IDENTIFIER_BYTES)

static const cyaml_schema_value_t text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, LIMIT_IDENTIFIER_BYTES)};

static const cyaml_schema_field_t name_fields[] = {
    NEEDED("field", struct field_map_name, field),
    NEEDED("is", struct field_map_name, name),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t name_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct field_map_name, name_fields)};

static const cyaml_schema_field_t test_fields[] = {
    NEEDED("field", struct field_map_test, field),
    CYAML_FIELD_SEQUENCE_COUNT("values", CYAML_FLAG_POINTER, struct field_map_test, values, value_count, &text_schema,
                               1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t test_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct field_map_test, test_fields)};

static const cyaml_schema_field_t type_fields[] = {
    NEEDED("type", struct field_map_type, type),
    TEXT("from", struct field_map_type, from),
    CYAML_FIELD_SEQUENCE_COUNT("where", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct field_map_type, tests,
                               test_count, &test_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE_COUNT("fields", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct field_map_type, fields,
                               field_count, &name_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t type_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct field_map_type, type_fields)};

static const cyaml_schema_field_t root_fields[] = {
    NEEDED("target", struct map_root, target),
    TEXT("title", struct map_root, title),
    TEXT("from", struct map_root, from),
    TEXT("source_field", struct map_root, source_field),
    CYAML_FIELD_SEQUENCE_COUNT("fields", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct map_root, fields, field_count,
                               &name_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE_COUNT("types", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct map_root, types, type_count,
                               &type_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct map_root, root_fields)};

/* Names go into queries as they are or quoted, and into comments. */
static bool is_clean(const char *text)
{
    for (; text && *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool are_names_clean(const struct field_map_name *names, unsigned count)
{
    bool is_good = true;
    for (unsigned i = 0; i < count; i++) {
        is_good = is_good && is_clean(names[i].field) && is_clean(names[i].name);
    }
    return is_good;
}

static bool is_type_clean(const struct field_map_type *type)
{
    bool is_good = is_clean(type->type) && is_clean(type->from) && are_names_clean(type->fields, type->field_count);
    for (unsigned i = 0; i < type->test_count; i++) {
        is_good = is_good && is_clean(type->tests[i].field);
        for (unsigned v = 0; v < type->tests[i].value_count; v++) {
            is_good = is_good && is_clean(type->tests[i].values[v]);
        }
    }
    return is_good;
}

static tocsin_status check(const struct field_map *map, struct error *err)
{
    const struct map_root *root = map->document.root;
    bool is_good = is_clean(root->from) && is_clean(root->title) && is_clean(root->source_field) &&
                   are_names_clean(root->fields, root->field_count);
    for (unsigned i = 0; is_good && i < root->type_count; i++) {
        is_good = is_type_clean(&root->types[i]);
        if (!is_good) {
            tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "a control character in a name");
            yaml_document_position(&map->document, err, "types[%u]", i);
            return status;
        }
    }
    return is_good ? TOCSIN_OK
                   : error_set(err, TOCSIN_ERROR_CONFIG, "%s: a control character in a name", map->document.source);
}

static tocsin_status finish(struct field_map *map, tocsin_status status, struct field_map **ret_map, struct error *err)
{
    status = status == TOCSIN_OK ? check(map, err) : status;
    if (status != TOCSIN_OK) {
        field_map_free(map);
        return status;
    }
    *ret_map = map;
    return TOCSIN_OK;
}

tocsin_status field_map_load_builtin(str target, struct field_map **ret_map, struct error *err)
{
    struct field_map *map = memory_allocate_zeroed(1, sizeof(*map));
    if (!map) {
        return error_memory(err);
    }
    for (size_t i = 0; i < builtin_field_maps.count; i++) {
        const struct embedded_file *file = &builtin_field_maps.files[i];
        str path = str_from_cstring(file->path);
        size_t stem = str_find(path, STR(".yaml"), 0);
        if (stem != SIZE_MAX && str_ends_with(str_slice(path, 0, stem), target) &&
            (stem == target.len || path.data[stem - target.len - 1] == '/')) {
            tocsin_status status = yaml_document_load_text(&map->document, file->text, file->path, &root_schema, err);
            return finish(map, status, ret_map, err);
        }
    }
    memory_free(map);
    return error_set(err, TOCSIN_ERROR_INTERNAL, "no field mapping is built in for %.*s", STR_ARG(target));
}

tocsin_status field_map_load_file(const char *path, struct field_map **ret_map, struct error *err)
{
    struct field_map *map = memory_allocate_zeroed(1, sizeof(*map));
    if (!map) {
        return error_memory(err);
    }
    return finish(map, yaml_document_load_file(&map->document, path, &root_schema, err), ret_map, err);
}

void field_map_free(struct field_map *map)
{
    if (map) {
        yaml_document_release(&map->document);
        memory_free(map);
    }
}

static const struct map_root *root_of(const struct field_map *map)
{
    return map->document.root;
}

const char *field_map_title(const struct field_map *map)
{
    return root_of(map)->title;
}

const char *field_map_target(const struct field_map *map)
{
    return root_of(map)->target;
}

const char *field_map_from(const struct field_map *map)
{
    return root_of(map)->from;
}

const char *field_map_source_field(const struct field_map *map)
{
    return root_of(map)->source_field;
}

const struct field_map_type *field_map_types(const struct field_map *map, size_t *ret_count)
{
    *ret_count = root_of(map)->type_count;
    return root_of(map)->types;
}

static const char *find(const struct field_map_name *names, unsigned count, str field)
{
    for (unsigned i = 0; i < count; i++) {
        if (str_eq_ignore_case(str_from_cstring(names[i].field), field)) {
            return names[i].name;
        }
    }
    return NULL;
}

const char *field_map_find(const struct field_map *map, const struct field_map_type *type, str field)
{
    const char *name = type ? find(type->fields, type->field_count, field) : NULL;
    return name ? name : find(root_of(map)->fields, root_of(map)->field_count, field);
}
