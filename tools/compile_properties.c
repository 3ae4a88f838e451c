/* compile_properties.c - prints a C file that holds the entries of a properties.yaml as constants:
 *     compile_properties FILE > properties_builtin.c
 * So the program need not parse its own configuration at every start.
 */
#include <inttypes.h>
#include <stdio.h>

#include "format/property_entries.h"

static void print_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\' || byte == '?') {
            printf("\\%03o", byte); /* three digits: a digit that follows is none of it */
        } else {
            putchar(byte);
        }
    }
    printf("\", ");
}

static void print_text(const char *member, const char *text)
{
    if (text) {
        printf(".%s = ", member);
        print_string(text);
    }
}

static void print_texts(const char *member, const char *count_member, const char *const *texts, unsigned count)
{
    if (count == 0) {
        return;
    }
    printf(".%s = %u, .%s = (const char *const[]){", count_member, count, member);
    for (unsigned i = 0; i < count; i++) {
        print_string(texts[i]);
    }
    printf("}, ");
}

static void print_conditions(const struct extraction_entry *extraction)
{
    printf(".condition_count = %u, .conditions = (const struct condition_entry[]){", extraction->condition_count);
    for (unsigned i = 0; i < extraction->condition_count; i++) {
        const struct condition_entry *entry = &extraction->conditions[i];
        printf("{");
        print_text("leef", entry->leef);
        print_text("cef", entry->cef);
        print_text("key_value", entry->key_value);
        print_text("json", entry->json);
        print_text("header", entry->header);
        print_texts("equals", "equals_count", entry->equals, entry->equals_count);
        print_text("matches", entry->matches);
        printf("}, ");
    }
    printf("}, ");
}

static void print_extraction(const struct extraction_entry *entry)
{
    printf("    {");
    print_text("leef", entry->leef);
    print_text("cef", entry->cef);
    print_text("key_value", entry->key_value);
    print_text("json", entry->json);
    print_text("header", entry->header);
    print_texts("appended", "appended_count", entry->appended, entry->appended_count);
    print_text("regex", entry->regex);
    if (entry->group) {
        printf(".group = &(const int64_t){%" PRId64 "}, ", *entry->group);
    }
    print_text("requires_text", entry->requires_text);
    print_text("result_json", entry->result_json);
    print_text("log_source_type", entry->log_source_type);
    print_texts("applications", "application_count", entry->applications, entry->application_count);
    print_text("time_format", entry->time_format);
    if (entry->condition_count > 0) {
        print_conditions(entry);
    }
    printf(".decoding = %d, .from = %d, .kinds = %" PRIu32 "},\n", entry->decoding, entry->from, entry->kinds);
}

static void print_property(const struct property_entry *entry, unsigned index)
{
    printf("    {");
    print_text("name", entry->name);
    if (entry->type) {
        printf(".type = &(const int){%d}, ", *entry->type);
    }
    print_text("description", entry->description);
    if (entry->is_enabled) {
        printf(".is_enabled = &(const bool){%d}, ", *entry->is_enabled);
    }
    print_text("expression", entry->expression);
    if (entry->extraction_count > 0) {
        printf(".extractions = extractions_%u, ", index);
    }
    printf(".extraction_count = %u, .replaces = %d},\n", entry->extraction_count, entry->replaces);
}

static void print_entries(const struct property_entries *entries)
{
    printf("#include \"format/property_entries.h\"\n");
    for (unsigned i = 0; i < entries->property_count; i++) {
        const struct property_entry *property = &entries->properties[i];
        if (property->extraction_count > 0) {
            printf("\nstatic const struct extraction_entry extractions_%u[] = {\n", i);
        }
        for (unsigned k = 0; k < property->extraction_count; k++) {
            print_extraction(&property->extractions[k]);
        }
        printf("%s", property->extraction_count > 0 ? "};\n" : "");
    }
    printf("\nstatic const struct property_entry properties[] = {\n");
    for (unsigned i = 0; i < entries->property_count; i++) {
        print_property(&entries->properties[i], i);
    }
    printf("};\n\nconst struct property_entries builtin_property_entries = {properties, %u};\n",
           entries->property_count);
}

int main(int argc, char **argv)
{
    struct yaml_document document;
    struct error err = {0};
    if (argc != 2) {
        fprintf(stderr, "usage: compile_properties FILE\n");
        return 2;
    }
    bool is_loaded = yaml_document_load_file(&document, argv[1], &property_entries_schema, &err) == TOCSIN_OK;
    if (is_loaded) {
        print_entries(document.root);
    } else {
        fprintf(stderr, "%s:%u: %s\n", argv[1], err.line, err.message);
    }
    yaml_document_release(&document);
    return is_loaded && fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
