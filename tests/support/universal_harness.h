/* universal_harness.h - runs the universal format over lines for tests, fuzzing and measurements: frames are taken off
 * as the log reader does it, and fields are read back as text. Lines must live until the rows were read.
 */
#ifndef SUPPORT_UNIVERSAL_HARNESS_H
#define SUPPORT_UNIVERSAL_HARNESS_H

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "format/property_set.h"
#include "format/row_writer_internal.h"
#include "format/syslog_frame.h"

extern const struct format_def format_universal;

/* 2026-11-23T12:00:00Z */
#define HARNESS_NOW_MS INT64_C(1795435200000)

struct universal_harness {
    struct schema *schema;
    struct log_source_table *sources;
    struct property_set *properties;
    struct field_set wanted;
    struct format_context context;
    struct row_writer *writer;
    void *state;
    struct batch *batch;
    uint32_t row;
    uint64_t lines;
    struct strbuf text;
};

static inline void universal_harness_check(tocsin_status status, const struct error *err)
{
    if (status != TOCSIN_OK) {
        fprintf(stderr, "%s:%u: %s\n", err->source, err->line, err->message);
        abort();
    }
}

static inline void universal_harness_want(struct universal_harness *harness, const char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        field_id id = schema_find(harness->schema, str_from_cstring(fields[i]));
        if (id == FIELD_NONE) {
            fprintf(stderr, "no field '%s'\n", fields[i]);
            abort();
        }
        field_set_add(&harness->wanted, id);
    }
    if (count == 0) {
        for (size_t i = 0; i < schema_field_count(harness->schema); i++) {
            field_set_add(&harness->wanted, (field_id)i);
        }
    }
}

/* Everything up to the format itself. */
static inline void universal_harness_prepare(struct universal_harness *harness, struct property_set *properties,
                                             const char *yaml, const char *const *fields, size_t field_count)
{
    struct error err = {0};
    *harness = (struct universal_harness){.properties = properties};
    universal_harness_check(schema_create(&harness->schema, &err), &err);
    universal_harness_check(log_source_table_create(&harness->sources, &err), &err);
    if (yaml) {
        universal_harness_check(property_set_load_text(harness->properties, str_from_cstring(yaml), "test.yaml", &err),
                                &err);
    }
    field_id id;
    for (size_t i = 0; i < format_universal.field_count; i++) {
        const struct format_field *field = &format_universal.fields[i];
        universal_harness_check(schema_add_property(harness->schema, str_from_cstring(field->name), field->type,
                                                    str_from_cstring(field->description), &id, &err),
                                &err);
    }
    for (size_t i = 0; i < property_set_count(harness->properties); i++) {
        const struct property *property = property_set_at(harness->properties, i);
        /* A property may bear the name of an event field of another type: the engine refuses it, here it is left out.
         */
        (void)schema_add_property(harness->schema, property->name, property->type, property->description, &id, NULL);
    }
    universal_harness_want(harness, fields, field_count);
    harness->context =
        (struct format_context){harness->schema, &harness->wanted, harness->sources, harness->properties, NULL};
    universal_harness_check(row_writer_create(&harness->context, HARNESS_NOW_MS, &harness->writer, &err), &err);
    strbuf_init(&harness->text, 64 * MEBI);
}

/* `yaml`: further properties, or NULL. `fields`: the wanted ones; count 0 = all. */
static inline void universal_harness_open(struct universal_harness *harness, const char *yaml,
                                          const char *const *fields, size_t field_count)
{
    struct error err = {0};
    struct property_set *properties = NULL;
    universal_harness_check(property_set_create(&properties, &err), &err);
    universal_harness_prepare(harness, properties, yaml, fields, field_count);
    universal_harness_check(format_universal.open(&harness->context, &harness->state, &err), &err);
}

/* With these properties alone, which the harness then owns. False if the format does not open with them; close it all
 * the same. */
static inline bool universal_harness_try_open(struct universal_harness *harness, struct property_set *properties)
{
    struct error err = {0};
    universal_harness_prepare(harness, properties, NULL, NULL, 0);
    return format_universal.open(&harness->context, &harness->state, &err) == TOCSIN_OK;
}

/* Rows given so far are read: their memory goes. */
static inline void universal_harness_recycle(struct universal_harness *harness)
{
    row_writer_recycle(harness->writer);
    harness->batch = NULL;
    universal_harness_check(format_universal.release_chunk(harness->state, NULL), NULL);
}

static inline void universal_harness_close(struct universal_harness *harness)
{
    format_universal.close(harness->state);
    row_writer_free(harness->writer);
    property_set_free(harness->properties);
    log_source_table_free(harness->sources);
    schema_free(harness->schema);
    strbuf_release(&harness->text);
}

/* Parses one line; its row can be read until the next call. */
static inline void universal_harness_line(struct universal_harness *harness, str raw)
{
    struct error err = {0};
    if (harness->batch) {
        universal_harness_recycle(harness);
    }
    struct log_line line = {.text = raw,
                            .raw = raw,
                            .line = ++harness->lines,
                            .line_count = 1,
                            .frame = {.priority = -1,
                                      .host = STR_EMPTY,
                                      .application = STR_EMPTY,
                                      .process_id = STR_EMPTY,
                                      .structured_data = STR_EMPTY}};
    (void)syslog_frame_parse(raw, NULL, HARNESS_NOW_MS, &line.frame, &line.text);
    universal_harness_check(format_universal.parse_line(harness->state, &line, harness->writer, &err), &err);
    universal_harness_check(row_writer_take(harness->writer, true, &harness->batch, &err), &err);
    harness->row = harness->batch->row_count - 1;
}

/* A field of the row as text; "NULL" if it has no value. Valid until the next call. */
static inline str universal_harness_get(struct universal_harness *harness, const char *name)
{
    field_id id = schema_find(harness->schema, str_from_cstring(name));
    const struct column *column = id == FIELD_NONE ? NULL : batch_column(harness->batch, id);
    if (!column || !column_is_valid(column, harness->row)) {
        return STR("NULL");
    }
    strbuf_clear(&harness->text);
    char text[TIME_TEXT_BYTES];
    switch (column->type) {
    case TYPE_BOOL:
        return column_bool(column, harness->row) ? STR("true") : STR("false");
    case TYPE_INT64:
        if (schema_field(harness->schema, id)->domain == DOMAIN_TIME_MS) {
            strbuf_append(&harness->text,
                          str_from(text, time_format_iso8601(column_integer(column, harness->row), text)));
        } else {
            strbuf_append_i64(&harness->text, column_integer(column, harness->row));
        }
        break;
    case TYPE_DOUBLE:
        strbuf_append_double(&harness->text, column_double(column, harness->row));
        break;
    case TYPE_IP:
        ip_append(&harness->text, column_ip(column, harness->row));
        break;
    default:
        return column_string(column, harness->row);
    }
    return strbuf_str(&harness->text);
}

/* Checks "field=value" pairs; value NULL ends the list. Prints what differs. */
struct universal_expectation {
    const char *field;
    const char *value;
};

static inline int universal_harness_differs(struct universal_harness *harness, const char *line,
                                            const struct universal_expectation *expected, size_t count)
{
    int differences = 0;
    for (size_t i = 0; i < count && expected[i].field; i++) {
        str got = universal_harness_get(harness, expected[i].field);
        if (!str_eq(got, str_from_cstring(expected[i].value))) {
            fprintf(stderr, "%s\n  %s: '%.*s' instead of '%s'\n", line, expected[i].field, STR_ARG(got),
                    expected[i].value);
            differences++;
        }
    }
    return differences;
}

#endif
