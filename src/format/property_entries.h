/* format/property_entries.h
 * A properties.yaml as it stands in the file, before its entries are checked and become properties: structs that
 * libcyaml fills by property_entries_schema. The built-in file is read when the program is built
 * (tools/compile_properties.c), so that a start does not parse YAML.
 * Memory: views into a yaml_document, or constants.
 */
#ifndef FORMAT_PROPERTY_ENTRIES_H
#define FORMAT_PROPERTY_ENTRIES_H

#include "base/yaml_document.h"

struct condition_entry {
    const char *leef;
    const char *cef;
    const char *key_value;
    const char *json;
    const char *header;
    const char *const *equals;
    unsigned equals_count;
    const char *matches;
};

struct extraction_entry {
    const char *leef;
    const char *cef;
    const char *key_value;
    const char *json;
    const char *header;
    const char *const *appended;
    unsigned appended_count;
    int decoding;
    const char *regex;
    const int64_t *group;
    const char *requires_text;
    const char *result_json;
    int from;
    const char *log_source_type;
    uint32_t kinds;
    const char *const *applications;
    unsigned application_count;
    const char *time_format;
    const struct condition_entry *conditions;
    unsigned condition_count;
};

struct property_entry {
    const char *name;
    const int *type;
    const char *description;
    const bool *is_enabled;
    bool replaces;
    const char *expression;
    const struct extraction_entry *extractions;
    unsigned extraction_count;
};

struct property_entries {
    const struct property_entry *properties;
    unsigned property_count;
};

/* extraction_entry.from */
enum { FROM_DEFAULT, FROM_MESSAGE, FROM_PAYLOAD };

extern const cyaml_schema_value_t property_entries_schema;
/* properties_default.yaml. */
extern const struct property_entries builtin_property_entries;

#endif
