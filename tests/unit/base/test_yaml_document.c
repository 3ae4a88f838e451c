#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/yaml_document.h"

struct extraction {
    char *regex;
    int group;
    int kind;
};
struct property {
    char *name;
    bool is_enabled;
    struct extraction *extractions;
    unsigned extraction_count;
};
struct settings {
    struct property *properties;
    unsigned property_count;
};

static const cyaml_strval_t kinds[] = {{"text", 1}, {"number", 2}};
static const cyaml_schema_field_t extraction_fields[] = {
    CYAML_FIELD_STRING_PTR("regex", CYAML_FLAG_POINTER, struct extraction, regex, 1, CYAML_UNLIMITED),
    CYAML_FIELD_INT("group", CYAML_FLAG_OPTIONAL, struct extraction, group),
    CYAML_FIELD_ENUM("kind", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct extraction, kind, kinds, 2),
    CYAML_FIELD_END};
static const cyaml_schema_value_t extraction_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct extraction, extraction_fields)};
static const cyaml_schema_field_t property_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct property, name, 1, CYAML_UNLIMITED),
    YAML_FIELD_BOOL("enabled", CYAML_FLAG_OPTIONAL, struct property, is_enabled),
    CYAML_FIELD_SEQUENCE_COUNT("extractions", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct property, extractions,
                               extraction_count, &extraction_schema, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END};
static const cyaml_schema_value_t property_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct property, property_fields)};
static const cyaml_schema_field_t settings_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("properties", CYAML_FLAG_POINTER, struct settings, properties, property_count,
                               &property_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END};
static const cyaml_schema_value_t schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct settings, settings_fields)};

static void a_good_file_fills_the_structs(void **state)
{
    (void)state;
    struct yaml_document document;
    struct error err = {0};
    assert_int_equal(yaml_document_load_text(&document,
                                             STR("# comment\nproperties:\n  - name: Command\n    enabled: No\n"
                                                 "    extractions:\n      - {regex: 'a: (b)', group: 1, kind: number}\n"
                                                 "  - name: x\n    enabled: TRUE\n"),
                                             "p.yaml", &schema, &err),
                     TOCSIN_OK);
    const struct settings *settings = document.root;
    assert_int_equal(settings->property_count, 2);
    assert_string_equal(settings->properties[0].name, "Command");
    assert_false(settings->properties[0].is_enabled);
    assert_true(settings->properties[1].is_enabled);
    assert_string_equal(settings->properties[0].extractions[0].regex, "a: (b)");
    assert_int_equal(settings->properties[0].extractions[0].kind, 2);
    yaml_document_position(&document, &err, "properties[1].name");
    assert_int_equal(err.line, 7);
    assert_int_equal(err.column, 5);
    yaml_document_position(&document, &err, "properties[0].extractions[0].group");
    assert_int_equal(err.line, 6);
    assert_int_equal(err.column, 27);
    yaml_document_position(&document, &err, "properties[1].extractions[4].group"); /* nearest ancestor */
    assert_int_equal(err.line, 7);
    yaml_document_release(&document);
}

struct bad_text {
    const char *text;
    uint32_t line;
    uint32_t column;
    const char *message;
    const char *hint; /* a part of it */
};

static const struct bad_text bad_texts[] = {
    {"properties:\n - name: x\n   enabled: no\n   foo: 1\n", 4, 4, "unknown key 'foo'",
     "allowed here: name, enabled, extractions"},
    {"foo: 1\n", 1, 1, "unknown key 'foo'", "allowed here: properties"},
    {"properties:\n - name: x\n   extractions:\n    - regex: a\n      group: zz\n", 5, 7,
     "'properties[0].extractions[0].group' must be a whole number in range", ""},
    {"properties:\n - name: y\n - name: x\n   extractions:\n    - regex: a\n      kind: zz\n", 6, 7,
     "'properties[1].extractions[0].kind' must be one of a few words", "allowed here: text, number"},
    {"properties:\n - name: x\n   extractions:\n    - group: 1\n", 4, 7, "'regex' is missing",
     "allowed here: regex, group"},
    {"properties:\n - name: x\n   extractions: []\n", 3, 4, "the list 'properties[0].extractions' is too short", ""},
    {"properties:\n - name: x\n   extractions: 5\n", 3, 4, "'properties[0].extractions' must be a list", ""},
    {"properties:\n - name: x\n   enabled: maybe\n", 3, 4, "'properties[0].enabled' must be one of a few words",
     "true, false"},
    {"properties:\n - name: [1]\n", 2, 4, "'properties[0].name' must be a text", ""},
    {"properties:\n - name: ''\n", 2, 4, "'properties[0].name' must not be empty", ""},
    {"properties:\n - name: x\n   name: y\n", 3, 4, "the key 'name' stands here twice", ""},
    {"properties: []\nproperties: []\n", 2, 1, "the key 'properties' stands here twice", ""},
    {"- a\n", 1, 1, "must be keys with values", ""},
    {"", 1, 1, "the file is empty", "allowed here: properties"},
    {"# nothing\n", 1, 1, "the file is empty", ""},
    {"properties: []\n---\nfoo: 1\n", 2, 1, "only one document is allowed in a file", ""},
    {"properties:\n - name: &a x\n - name: *a\n", 3, 10, "aliases (*name) are not allowed", ""},
    {"properties:\n - name: \"x\n", 2, 10, "", ""},
    {"properties:\n\t- name: x\n", 2, 1, "this is not valid YAML", "indent with blanks"},
    {"properties:\n - name: \"a\\0b\"\n", 2, 10, "a text here holds a NUL byte", ""},
    {"properties:\n - name: \xC3\xA4\xFF\n", 2, 11, "the file is not UTF-8 text", ""},
    {"properties:\n - name: x\n   extractions: [{regex: a, group: 99999999999999999999}]\n", 3, 29,
     "must be a whole number in range", ""},
};

static void errors_name_the_place_and_what_is_allowed(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(bad_texts); i++) {
        const struct bad_text *bad = &bad_texts[i];
        struct yaml_document document;
        struct error err = {0};
        tocsin_status status = yaml_document_load_text(&document, str_from_cstring(bad->text), "p.yaml", &schema, &err);
        if (status != TOCSIN_ERROR_CONFIG || !strstr(err.message, bad->message) || !strstr(err.hint, bad->hint) ||
            (bad->message[0] && (err.line != bad->line || err.column != bad->column)) ||
            strcmp(err.source, "p.yaml") != 0) {
            fail_msg("case %zu: %d %s:%u:%u: %s (%s)", i, (int)status, err.source, err.line, err.column, err.message,
                     err.hint);
        }
        assert_null(document.root);
        yaml_document_release(&document); /* harmless behind a failure */
    }
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    char text[8192];
    memset(text, '[', sizeof(text));
    struct yaml_document document;
    struct error err = {0};
    assert_int_equal(yaml_document_load_text(&document, str_from(text, sizeof(text)), "p.yaml", &schema, &err),
                     TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "nested too deeply"));
}

static void files_are_read_and_bounded(void **state)
{
    (void)state;
    struct yaml_document document;
    struct error err = {0};
    assert_int_equal(yaml_document_load_file(&document, "/nonexistent/p.yaml", &schema, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "/nonexistent/p.yaml"));
    assert_int_equal(yaml_document_load_file(&document, "/", &schema, &err), TOCSIN_ERROR_CONFIG);

    char path[] = "/tmp/test_yaml_document_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "properties: []\n", 15), 15);
    assert_int_equal(yaml_document_load_file(&document, path, &schema, &err), TOCSIN_OK);
    assert_int_equal(((const struct settings *)document.root)->property_count, 0);
    yaml_document_release(&document);
    assert_int_equal(ftruncate(fd, (off_t)LIMIT_CONFIG_BYTES + 1), 0);
    assert_int_equal(yaml_document_load_file(&document, path, &schema, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "larger than 4 MiB"));
    close(fd);
    unlink(path);
}

static void out_of_memory_is_reported(void **state)
{
    (void)state;
    str text = STR("properties:\n - name: x\n   extractions: [{regex: a, group: 1, kind: text}]\n");
    bool succeeded = false;
    for (uint64_t n = 1; !succeeded && n < 1000; n++) {
        struct yaml_document document;
        struct error err = {0};
        memory_fail_at(n, 0);
        tocsin_status status = yaml_document_load_text(&document, text, "p.yaml", &schema, &err);
        memory_fail_at(0, 0);
        succeeded = status == TOCSIN_OK;
        if (!succeeded) {
            assert_int_equal(status, TOCSIN_ERROR_MEMORY);
        }
        yaml_document_release(&document);
    }
    assert_true(succeeded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_fills_the_structs), cmocka_unit_test(errors_name_the_place_and_what_is_allowed),
        cmocka_unit_test(nesting_has_a_limit),           cmocka_unit_test(files_are_read_and_bounded),
        cmocka_unit_test(out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
