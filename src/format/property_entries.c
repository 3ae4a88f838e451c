#include "format/property_entries.h"

#include "base/limits.h"
#include "format/message.h"
#include "format/property_set_internal.h"

static const cyaml_strval_t decoding_names[] = {{"base64", DECODE_BASE64}};
static const cyaml_strval_t from_names[] = {{"message", FROM_MESSAGE}, {"payload", FROM_PAYLOAD}};
static const cyaml_strval_t kind_names[] = {{"text", 1 << MESSAGE_TEXT},
                                            {"leef", 1 << MESSAGE_LEEF},
                                            {"cef", 1 << MESSAGE_CEF},
                                            {"json", 1 << MESSAGE_JSON},
                                            {"key_value", 1 << MESSAGE_KEY_VALUE}};
static const cyaml_strval_t type_names[] = {{"text", PROPERTY_TEXT},       {"number", PROPERTY_NUMBER},
                                            {"integer", PROPERTY_INTEGER}, {"ip", PROPERTY_IP},
                                            {"port", PROPERTY_PORT},       {"time", PROPERTY_TIME}};

static const cyaml_schema_value_t text_schema = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED)};

#define TEXT(key, structure, member)                                                                                   \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, 1, CYAML_UNLIMITED)
#define TEXTS(key, structure, member, count)                                                                           \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, count, &text_schema,  \
                               1, CYAML_UNLIMITED)

static const cyaml_schema_field_t condition_fields[] = {
    TEXT("leef", struct condition_entry, leef),           TEXT("cef", struct condition_entry, cef),
    TEXT("key_value", struct condition_entry, key_value), TEXT("json", struct condition_entry, json),
    TEXT("header", struct condition_entry, header),       TEXTS("equals", struct condition_entry, equals, equals_count),
    TEXT("matches", struct condition_entry, matches),     CYAML_FIELD_END,
};
static const cyaml_schema_value_t condition_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct condition_entry, condition_fields)};

static const cyaml_schema_field_t extraction_fields[] = {
    TEXT("leef", struct extraction_entry, leef),
    TEXT("cef", struct extraction_entry, cef),
    TEXT("key_value", struct extraction_entry, key_value),
    TEXT("json", struct extraction_entry, json),
    TEXT("header", struct extraction_entry, header),
    TEXTS("append", struct extraction_entry, appended, appended_count),
    CYAML_FIELD_ENUM("decode", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct extraction_entry, decoding,
                     decoding_names, countof(decoding_names)),
    TEXT("regex", struct extraction_entry, regex),
    CYAML_FIELD_INT_PTR("group", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct extraction_entry, group),
    TEXT("requires", struct extraction_entry, requires_text),
    TEXT("result_json", struct extraction_entry, result_json),
    CYAML_FIELD_ENUM("from", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct extraction_entry, from, from_names,
                     countof(from_names)),
    TEXT("log_source_type", struct extraction_entry, log_source_type),
    CYAML_FIELD_FLAGS("formats", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct extraction_entry, kinds, kind_names,
                      countof(kind_names)),
    TEXTS("applications", struct extraction_entry, applications, application_count),
    TEXT("time_format", struct extraction_entry, time_format),
    CYAML_FIELD_SEQUENCE_COUNT("where", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct extraction_entry, conditions,
                               condition_count, &condition_schema, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t extraction_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct extraction_entry, extraction_fields)};

static const cyaml_schema_field_t property_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct property_entry, name, 1, LIMIT_IDENTIFIER_BYTES),
    CYAML_FIELD_ENUM_PTR("type", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER | CYAML_FLAG_STRICT, struct property_entry,
                         type, type_names, countof(type_names)),
    TEXT("description", struct property_entry, description),
    {.key = "enabled",
     .data_offset = offsetof(struct property_entry, is_enabled),
     .value = {.type = CYAML_ENUM,
               .flags = CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER | CYAML_FLAG_STRICT | CYAML_FLAG_CASE_INSENSITIVE,
               .data_size = sizeof(bool),
               .enumeration = {.strings = yaml_bool_names, .count = countof(yaml_bool_names)}}},
    YAML_FIELD_BOOL("replace", CYAML_FLAG_OPTIONAL, struct property_entry, replaces),
    TEXT("expression", struct property_entry, expression),
    CYAML_FIELD_SEQUENCE_COUNT("extractions", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct property_entry,
                               extractions, extraction_count, &extraction_schema, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t property_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct property_entry, property_fields)};

static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("properties", CYAML_FLAG_POINTER, struct property_entries, properties, property_count,
                               &property_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
const cyaml_schema_value_t property_entries_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct property_entries, root_fields)};
