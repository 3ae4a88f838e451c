/* base/yaml_document.h
 * Configuration files: YAML text into C structs by a libcyaml schema table, with errors that name file, line, column
 * and what is allowed. For files of ours that people write; not for logs.
 * Refused, with a clear message: anchors and aliases (alias bombs), more than one document, nesting deeper than
 * YAML_DEPTH_MAX, NUL bytes, invalid UTF-8, unknown and repeated keys, files over LIMIT_CONFIG_BYTES.
 * Memory: the document owns the structs and the text; yaml_document_release frees them, whether loading worked or not.
 * Threads: one at a time for each document.
 *
 *     struct settings { char *name; bool is_on; };
 *     static const cyaml_schema_field_t fields[] = {
 *         CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct settings, name, 1, 100),
 *         YAML_FIELD_BOOL("on", CYAML_FLAG_OPTIONAL, struct settings, is_on),
 *         CYAML_FIELD_END};
 *     static const cyaml_schema_value_t schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct settings, fields)};
 *     struct yaml_document document;
 *     tocsin_status status = yaml_document_load_file(&document, "settings.yaml", &schema, err);
 *     const struct settings *settings = document.root;
 */
#ifndef BASE_YAML_DOCUMENT_H
#define BASE_YAML_DOCUMENT_H

#include <cyaml/cyaml.h>

#include "base/error.h"

enum { YAML_DEPTH_MAX = 32 };

struct yaml_document {
    void *root; /* the struct that the schema's mapping describes; never NULL after success */
    str text;
    const cyaml_schema_value_t *schema;
    char *text_copy;
    char source[256]; /* file name for errors */
};

/* The schema is a mapping with CYAML_FLAG_POINTER. `text` is copied. Errors are TOCSIN_ERROR_CONFIG. */
tocsin_status yaml_document_load_text(struct yaml_document *document, str text, const char *source_name,
                                      const cyaml_schema_value_t *schema, struct error *err);
tocsin_status yaml_document_load_file(struct yaml_document *document, const char *path,
                                      const cyaml_schema_value_t *schema, struct error *err);
void yaml_document_release(struct yaml_document *document);

/* Gives an error about a value its place in the file: the key or element at the path, such as
 * "properties[3].extractions[0].regex" (counted from 0). The nearest existing ancestor, if there is no such node. */
void yaml_document_position(const struct yaml_document *document, struct error *err, const char *path_format, ...)
    __attribute__((format(printf, 3, 4)));

/* true, false, yes, no, on, off; anything else is an error (CYAML_BOOL reads every other word as true). */
extern const cyaml_strval_t yaml_bool_names[6];
#define YAML_FIELD_BOOL(key_, flags_, structure_, member_)                                                             \
    {                                                                                                                  \
        .key = (key_), .data_offset = offsetof(structure_, member_), .value = {                                        \
            .type = CYAML_ENUM,                                                                                        \
            .flags = (enum cyaml_flag)((flags_) | CYAML_FLAG_STRICT | CYAML_FLAG_CASE_INSENSITIVE),                    \
            .data_size = sizeof(((structure_ *)NULL)->member_),                                                        \
            .enumeration = {.strings = yaml_bool_names, .count = 6},                                                   \
        }                                                                                                              \
    }

#endif
