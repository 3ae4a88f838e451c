#include "lookup/custom_functions.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/yaml_document.h"
#include "lookup/entry_check.h"
#include "lookup/nearest_name.h"

struct parameter_entry {
    char *name;
    int type;
};

struct function_entry {
    char *name_space;
    char *name;
    char *description;
    struct parameter_entry *parameters;
    unsigned parameter_count;
    bool is_variadic;
    int result;
    char *expression;
};

struct file_root {
    struct function_entry *functions;
    unsigned function_count;
};

static const cyaml_strval_t type_names[] = {
#define TYPE_NAME(symbol, name, type) {(name), (symbol)},
    CUSTOM_TYPE_LIST(TYPE_NAME)
#undef TYPE_NAME
};

enum { TYPE_FLAGS = CYAML_FLAG_STRICT | CYAML_FLAG_CASE_INSENSITIVE };

#define TEXT(key, flags, member, bytes_max)                                                                            \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), struct function_entry, member, 1, bytes_max)

static const cyaml_schema_field_t parameter_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct parameter_entry, name, 1, LIMIT_IDENTIFIER_BYTES),
    CYAML_FIELD_ENUM("type", TYPE_FLAGS, struct parameter_entry, type, type_names, countof(type_names)),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t parameter_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct parameter_entry, parameter_fields)};
static const cyaml_schema_field_t function_fields[] = {
    TEXT("namespace", CYAML_FLAG_DEFAULT, name_space, LIMIT_IDENTIFIER_BYTES),
    TEXT("name", CYAML_FLAG_DEFAULT, name, LIMIT_IDENTIFIER_BYTES),
    TEXT("description", CYAML_FLAG_OPTIONAL, description, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE_COUNT("parameters", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct function_entry,
                               parameters, parameter_count, &parameter_schema, 0, CYAML_UNLIMITED),
    YAML_FIELD_BOOL("varargs", CYAML_FLAG_OPTIONAL, struct function_entry, is_variadic),
    CYAML_FIELD_ENUM("returns", TYPE_FLAGS, struct function_entry, result, type_names, countof(type_names)),
    TEXT("expression", CYAML_FLAG_DEFAULT, expression, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t function_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct function_entry, function_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("functions", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root, functions,
                               function_count, &function_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

struct custom_functions {
    struct arena arena;
    struct custom_function *items; /* in the order of the file */
    size_t count;
};

enum value_type custom_type_value(enum custom_type type)
{
    static const enum value_type types[] = {
#define TYPE_VALUE(symbol, name, type) type,
        CUSTOM_TYPE_LIST(TYPE_VALUE)
#undef TYPE_VALUE
    };
    return types[type];
}

str custom_type_name(enum custom_type type)
{
    return str_from_cstring(type_names[type].str);
}

tocsin_status custom_functions_create(struct custom_functions **ret_functions, struct error *err)
{
    struct custom_functions *functions = memory_allocate_zeroed(1, sizeof(*functions));
    if (!functions) {
        return error_memory(err);
    }
    arena_init(&functions->arena, ARENA_NO_LIMIT);
    *ret_functions = functions;
    return TOCSIN_OK;
}

void custom_functions_free(struct custom_functions *functions)
{
    if (functions) {
        arena_release(&functions->arena);
        memory_free(functions);
    }
}

/* ---- one function ---- */

struct file_load {
    struct custom_functions *functions;
    const struct yaml_document *document;
    struct arena scratch;
};

static bool is_identifier(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (!ascii_is_alpha(c) && c != '_' && (i == 0 || !ascii_is_digit(c))) {
            return false;
        }
    }
    return name.len > 0;
}

static tocsin_status check_identifier(const char *name, struct error *err)
{
    if (is_identifier(str_from_cstring(name))) {
        return TOCSIN_OK;
    }
    error_set(err, TOCSIN_ERROR_CONFIG, "'%s' cannot be a name here", name);
    error_hint(err, "letters, digits and underscores, no digit in front");
    return TOCSIN_ERROR_CONFIG;
}

static tocsin_status error_at(const struct file_load *load, unsigned index, const char *key, struct error *err)
{
    yaml_document_position(load->document, err, "functions[%u].%s", index, key);
    return TOCSIN_ERROR_CONFIG;
}

static tocsin_status read_parameters(struct file_load *load, unsigned index, const struct function_entry *entry,
                                     struct custom_function *ret, struct error *err)
{
    if (entry->parameter_count > LIMIT_CUSTOM_PARAMETERS) {
        error_set(err, TOCSIN_ERROR_CONFIG, "a function has at most %d parameters", LIMIT_CUSTOM_PARAMETERS);
        return error_at(load, index, "parameters", err);
    }
    if (entry->is_variadic && entry->parameter_count == 0) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'varargs' repeats the last parameter, and there is none");
        return error_at(load, index, "varargs", err);
    }
    struct custom_parameter *parameters =
        arena_array(&load->functions->arena, struct custom_parameter, entry->parameter_count + 1u);
    struct entry_key *names = arena_array(&load->scratch, struct entry_key, entry->parameter_count + 1u);
    if (!parameters || !names) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < entry->parameter_count; i++) {
        if (check_identifier(entry->parameters[i].name, err) != TOCSIN_OK) {
            yaml_document_position(load->document, err, "functions[%u].parameters[%u].name", index, i);
            return TOCSIN_ERROR_CONFIG;
        }
        parameters[i].name = arena_copy(&load->functions->arena, str_from_cstring(entry->parameters[i].name));
        parameters[i].type = (enum custom_type)entry->parameters[i].type;
        if (!parameters[i].name.data) {
            return error_memory(err);
        }
        names[i] = (struct entry_key){0, parameters[i].name, i};
    }
    char list[64];
    (void)snprintf(list, sizeof(list), "functions[%u].parameters", index);
    ret->parameters = parameters;
    ret->parameter_count = entry->parameter_count;
    ret->is_variadic = entry->is_variadic;
    return entry_check_unique(load->document, list, "name", names, entry->parameter_count, err);
}

static str full_name(struct arena *arena, const struct function_entry *entry)
{
    size_t space_bytes = strlen(entry->name_space);
    size_t name_bytes = strlen(entry->name);
    char *name = arena_allocate(arena, space_bytes + 2 + name_bytes, 1);
    if (!name) {
        return (str){NULL, 0};
    }
    memcpy(name, entry->name_space, space_bytes);
    memcpy(name + space_bytes, "::", 2);
    memcpy(name + space_bytes + 2, entry->name, name_bytes);
    return str_from(name, space_bytes + 2 + name_bytes);
}

static tocsin_status read_function(struct file_load *load, unsigned index, struct custom_function *ret,
                                   struct error *err)
{
    const struct file_root *root = load->document->root;
    const struct function_entry *entry = &root->functions[index];
    struct arena *arena = &load->functions->arena;
    if (check_identifier(entry->name_space, err) != TOCSIN_OK) {
        return error_at(load, index, "namespace", err);
    }
    if (check_identifier(entry->name, err) != TOCSIN_OK) {
        return error_at(load, index, "name", err);
    }
    if (strlen(entry->expression) > LIMIT_QUERY_BYTES) {
        error_set(err, TOCSIN_ERROR_CONFIG, "the expression is longer than a query may be");
        return error_at(load, index, "expression", err);
    }
    ret->name = full_name(arena, entry);
    ret->result = (enum custom_type)entry->result;
    ret->expression = arena_copy(arena, str_from_cstring(entry->expression));
    ret->description = arena_copy(arena, str_from_cstring(entry->description));
    return ret->name.data && ret->expression.data && ret->description.data
               ? read_parameters(load, index, entry, ret, err)
               : error_memory(err);
}

/* ---- the file ---- */

static tocsin_status read_functions(struct file_load *load, struct error *err)
{
    const struct file_root *root = load->document->root;
    struct custom_functions *functions = load->functions;
    struct entry_key *names = arena_array(&load->scratch, struct entry_key, root->function_count + 1u);
    functions->items = arena_array(&functions->arena, struct custom_function, root->function_count + 1u);
    if (!names || !functions->items) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < root->function_count; i++) {
        tocsin_status status = read_function(load, i, &functions->items[i], err);
        if (status != TOCSIN_OK) {
            return status;
        }
        names[i] = (struct entry_key){0, functions->items[i].name, i};
        functions->count++;
    }
    return entry_check_unique(load->document, "functions", "name", names, root->function_count, err);
}

tocsin_status custom_functions_load_text(struct custom_functions *functions, str text, const char *source_name,
                                         struct error *err)
{
    struct yaml_document document;
    tocsin_status status = yaml_document_load_text(&document, text, source_name, &root_schema, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct file_load load = {.functions = functions, .document = &document};
    arena_init(&load.scratch, ARENA_NO_LIMIT);
    status = read_functions(&load, err);
    arena_release(&load.scratch);
    yaml_document_release(&document);
    return status;
}

/* ---- searching ---- */

const struct custom_function *custom_function_find(const struct custom_functions *functions, str name)
{
    for (size_t i = 0; i < functions->count; i++) {
        if (str_eq_ignore_case(functions->items[i].name, name)) {
            return &functions->items[i];
        }
    }
    return NULL;
}

str custom_function_suggest(const struct custom_functions *functions, str name)
{
    struct nearest_name nearest = nearest_name_of(name);
    for (size_t i = 0; i < functions->count; i++) {
        nearest_name_try(&nearest, functions->items[i].name);
    }
    return nearest.name;
}

size_t custom_function_count(const struct custom_functions *functions)
{
    return functions->count;
}

const struct custom_function *custom_function_at(const struct custom_functions *functions, size_t index)
{
    return &functions->items[index];
}
