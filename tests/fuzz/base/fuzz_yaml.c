/* fuzz_yaml.c - configuration text against a schema with every kind of value: loads or gives an error with a place. */
#include <stdlib.h>

#include "base/yaml_document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct entry {
    char *name;
    int64_t *number;
    bool is_on;
    int word;
    uint32_t words;
    double ratio;
    char **texts;
    unsigned text_count;
};
struct root {
    struct entry *entries;
    unsigned entry_count;
    char *title;
};

static const cyaml_strval_t words[] = {{"one", 1}, {"two", 2}};
static const cyaml_schema_value_t text_schema = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED)};
static const cyaml_schema_field_t entry_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct entry, name, 1, 100),
    CYAML_FIELD_INT_PTR("number", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct entry, number),
    YAML_FIELD_BOOL("on", CYAML_FLAG_OPTIONAL, struct entry, is_on),
    CYAML_FIELD_ENUM("word", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct entry, word, words, 2),
    CYAML_FIELD_FLAGS("words", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct entry, words, words, 2),
    CYAML_FIELD_FLOAT("ratio", CYAML_FLAG_OPTIONAL, struct entry, ratio),
    CYAML_FIELD_SEQUENCE_COUNT("texts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct entry, texts, text_count,
                               &text_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END};
static const cyaml_schema_value_t entry_schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct entry, entry_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("entries", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct root, entries, entry_count,
                               &entry_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct root, title, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END};
static const cyaml_schema_value_t schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct root, root_fields)};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct yaml_document document;
    struct error err = {0};
    tocsin_status status =
        yaml_document_load_text(&document, str_from((const char *)data, size), "fuzz.yaml", &schema, &err);
    if (status == TOCSIN_OK) {
        if (!document.root) {
            abort();
        }
        yaml_document_position(&document, &err, "entries[0].texts[1]");
        yaml_document_position(&document, &err, "%s", "");
    } else if (status != TOCSIN_ERROR_CONFIG || err.line == 0 || err.message[0] == 0) {
        abort();
    }
    yaml_document_release(&document);
    return 0;
}
