/* print_fields.c - prints docs/fields.md from the field tables of the log formats:
 *     print_fields > docs/fields.md
 * A test compares the file with what this prints, so the document cannot grow stale. */
#include <stdio.h>
#include <stdlib.h>

#include "column/log_source.h"
#include "column/schema.h"
#include "format/format.h"

/* What an absent value is, as in the schema. */
static void print_filler(const struct field *field)
{
    if (!field->has_filler) {
        printf("null");
    } else if (field->type == TYPE_IP) {
        printf("%s", field->filler == 6 ? "0:0:0:0:0:0:0:0" : "0.0.0.0");
    } else if (field->type == TYPE_BOOL) {
        printf("false");
    } else if (field->type == TYPE_STRING) {
        printf("%.*s", STR_ARG(field->filler_text));
    } else {
        printf("%lld", (long long)field->filler);
    }
}

static void print_text(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        printf("%s%c", s.data[i] == '|' ? "\\" : "", s.data[i]);
    }
}

static void print_catalog(const struct schema *schema, uint8_t catalog, const char *title, const char *text)
{
    printf("## %s\n\n%s\n\n| AQL name | type | absent | meaning |\n|---|---|---|---|\n", title, text);
    for (field_id id = 0; id < BUILT_IN_FIELD_COUNT; id++) {
        const struct field *field = schema_field(schema, id);
        if (!(field->catalogs & catalog)) {
            continue;
        }
        str type = value_type_name(field->type);
        printf("| `%.*s` | %.*s | ", STR_ARG(field->name), STR_ARG(type));
        print_filler(field);
        printf(" | ");
        print_text(field->description);
        printf("%s |\n", field->is_own ? " (not a QRadar column)" : "");
    }
}

static void print_catalogs(const struct schema *schema)
{
    print_catalog(
        schema, CATALOG_EVENTS, "Event fields",
        "QRadar's own, under QRadar's names; the same for every format. \"absent\" is what a query sees when\n"
        "the log has no such value. The first thirteen, in this order, are what `SELECT * FROM events` gives.");
    printf("\nLists of ids are text: the numbers joined by commas. Hardware addresses are in capital letters with\n"
           "colons.\n\n");
    print_catalog(schema, CATALOG_FLOWS, "Flow fields",
                  "What `FROM flows` knows. Flows come from exported results of QRadar (format ariel). Fields with a\n"
                  "blank are content that flow collectors add.");
    size_t count;
    const field_id *defaults = catalog_default_fields(CATALOG_FLOWS, &count);
    printf("\n`SELECT * FROM flows` gives ");
    for (size_t i = 0; i < count; i++) {
        const char *comma = i == 0 ? "" : i + 1 == count ? " and" : ",";
        const char *blank = i == 0 ? "" : i % 5 == 0 ? "\n" : " ";
        printf("%s%s`%.*s`", comma, blank, STR_ARG(schema_field(schema, defaults[i])->name));
    }
    printf(".\n\n");
    print_catalog(schema, CATALOG_SIMARC, "simarc fields",
                  "What `FROM simarc` knows: QRadar's records of who talked to whom. `SELECT * FROM simarc` gives\n"
                  "all, in the order of their names. QRadar does not publish their types.");
}

static const char *native_name(const struct format_field *field)
{
    return field->native && field->native[0] != '\0' ? field->native : NULL;
}

static void print_format(const struct schema *schema, const struct log_source_table *types,
                         const struct format_def *format)
{
    const struct log_source_type *type = log_source_type_find(types, format->log_source_type);
    printf("\n## %s\n\n%s. Log source type '%.*s'", format->name, format->description,
           type ? (int)type->name.len : 0, type ? type->name.data : "");
    for (size_t i = 0; type && i < type->alias_count; i++) {
        printf("%s'%.*s'", i == 0 ? ", also known as " : ", ", STR_ARG(type->aliases[i]));
    }
    printf(".\n\n| in the log | AQL name | type | in QRadar | meaning |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < format->field_count; i++) {
        const struct format_field *field = &format->fields[i];
        field_id id = schema_find(schema, str_from_cstring(field->name));
        bool is_event_field = id != FIELD_NONE && id < BUILT_IN_FIELD_COUNT;
        str type_name = value_type_name(field->type);
        printf("| ");
        if (native_name(field)) {
            printf("`");
            print_text(str_from_cstring(field->native));
            printf("`");
        }
        printf(" | `%s` | %.*s | %s | ", field->name, STR_ARG(type_name),
               is_event_field ? "event field" : "custom property");
        print_text(str_from_cstring(field->description));
        printf(" |\n");
    }
}

int main(void)
{
    struct schema *schema = NULL;
    struct log_source_table *types = NULL;
    struct error err;
    if (schema_create(&schema, &err) != TOCSIN_OK || log_source_table_create(&types, &err) != TOCSIN_OK) {
        fprintf(stderr, "print_fields: %s\n", err.message);
        return 1;
    }
    printf("# Fields\n\n"
           "Generated by tools/print_fields.c from the formats' own tables; do not edit.\n\n"
           "A name with a blank is written in double quotes in AQL: `\"Process Name\"`. Case does not matter. An\n"
           "event field has the meaning it has in QRadar; a custom property is what QRadar's log source extensions\n"
           "and property editor would make, under the name that QRadar's content packs use where there is one.\n"
           "Further custom properties come from a properties file (`--properties`).\n\n");
    print_catalogs(schema);
    size_t count;
    const struct format_def *const *formats = format_list(&count);
    for (size_t i = 0; i < count; i++) {
        print_format(schema, types, formats[i]);
    }
    log_source_table_free(types);
    schema_free(schema);
    return 0;
}
