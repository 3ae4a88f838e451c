/* audit_harness.h - runs the linux_audit format over a text for tests, the oracle and the benchmark: splits lines,
 * strips syslog frames, and hands over each batch. Chunks are exact heap copies that are freed as soon as the format
 * has released them, so that a sanitizer sees a view that outlives its chunk.
 */
#ifndef SUPPORT_AUDIT_HARNESS_H
#define SUPPORT_AUDIT_HARNESS_H

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "format/row_writer_internal.h"
#include "format/syslog_frame.h"

extern const struct format_def format_linux_audit;

typedef void audit_harness_batch(void *context, struct batch *batch);

struct audit_harness {
    struct schema *schema;
    struct log_source_table *sources;
    struct field_set wanted;
    struct format_context context;
    struct row_writer *writer;
    void *format;
    audit_harness_batch *on_batch;
    void *batch_context;
    struct log_line line;
    struct error err;
    uint64_t lines;
    uint64_t foreign_lines; /* that the format does not claim */
};

static inline void audit_harness_check(tocsin_status status, const struct error *err)
{
    if (status != TOCSIN_OK) {
        fprintf(stderr, "%s\n", err->message);
        abort();
    }
}

/* `fields` names the wanted fields; NULL = all. */
static inline void audit_harness_open(struct audit_harness *harness, const char *const *fields, size_t field_count)
{
    struct error err = {0};
    audit_harness_check(schema_create(&harness->schema, &err), &err);
    audit_harness_check(log_source_table_create(&harness->sources, &err), &err);
    for (size_t i = 0; i < format_linux_audit.field_count; i++) {
        const struct format_field *field = &format_linux_audit.fields[i];
        field_id id;
        audit_harness_check(schema_add_property(harness->schema, str_from_cstring(field->name), field->type,
                                                str_from_cstring(field->description), &id, &err),
                            &err);
    }
    for (size_t i = 0; i < format_linux_audit.event_name_count; i++) {
        const struct format_event_name *from = &format_linux_audit.event_names[i];
        struct event_name name = {from->qid, str_from_cstring(from->name), from->category, from->severity};
        audit_harness_check(log_source_table_add_event_name(harness->sources, &name, &err), &err);
    }
    for (size_t i = 0; i < field_count; i++) {
        field_id id = schema_find(harness->schema, str_from_cstring(fields[i]));
        if (id == FIELD_NONE) {
            fprintf(stderr, "no field '%s'\n", fields[i]);
            abort();
        }
        field_set_add(&harness->wanted, id);
    }
    for (size_t id = 0; !fields && id < schema_field_count(harness->schema); id++) {
        field_set_add(&harness->wanted, (field_id)id);
    }
    harness->context =
        (struct format_context){.schema = harness->schema, .wanted = &harness->wanted, .log_sources = harness->sources};
    audit_harness_check(row_writer_create(&harness->context, INT64_C(1800000000000), &harness->writer, &err), &err);
    audit_harness_check(format_linux_audit.open(&harness->context, &harness->format, &err), &err);
}

/* A fresh format state; for many runs with one writer, which is dear to make. */
static inline void audit_harness_reopen(struct audit_harness *harness)
{
    struct error err = {0};
    format_linux_audit.close(harness->format);
    harness->format = NULL;
    audit_harness_check(format_linux_audit.open(&harness->context, &harness->format, &err), &err);
    row_writer_begin_input(harness->writer, 0);
    harness->foreign_lines = 0;
}

static inline void audit_harness_close(struct audit_harness *harness)
{
    format_linux_audit.close(harness->format);
    row_writer_free(harness->writer);
    log_source_table_free(harness->sources);
    schema_free(harness->schema);
}

static inline void audit_harness_drain(struct audit_harness *harness, bool takes_partial)
{
    struct error err = {0};
    struct batch *batch;
    for (;;) {
        audit_harness_check(row_writer_take(harness->writer, takes_partial, &batch, &err), &err);
        if (!batch) {
            return;
        }
        if (harness->on_batch) {
            harness->on_batch(harness->batch_context, batch);
        }
        row_writer_recycle(harness->writer);
    }
}

static inline void audit_harness_line(struct audit_harness *harness, str raw, uint32_t input, uint64_t number)
{
    struct log_line *line = &harness->line;
    line->text = line->raw = raw;
    line->input = input;
    line->line = number;
    line->line_count = 1;
    if (line->frame.is_present) {
        line->frame = (struct log_frame){.priority = -1};
    }
    harness->lines++;
    if (format_linux_audit.detect(line) == 0) {
        (void)syslog_frame_parse(raw, NULL, INT64_C(1800000000000), &line->frame, &line->text);
        if (format_linux_audit.detect(line) == 0) {
            harness->foreign_lines++;
            return;
        }
    }
    audit_harness_check(format_linux_audit.parse_line(harness->format, line, harness->writer, &harness->err),
                        &harness->err);
    if (row_writer_has_full(harness->writer)) {
        audit_harness_drain(harness, false);
    }
}

/* Length of the piece of text[from..] that ends with a line end at or behind chunk_bytes. */
static inline size_t audit_harness_piece(str text, size_t from, size_t chunk_bytes)
{
    size_t at = text.len - from <= chunk_bytes ? text.len : from + chunk_bytes;
    size_t end = at >= text.len ? text.len : str_find_char(text, '\n', at > from ? at - 1 : at);
    return (end == SIZE_MAX || end >= text.len ? text.len : end + 1) - from;
}

/* One input: all of its text, in chunks of at least chunk_bytes. */
static inline void audit_harness_feed(struct audit_harness *harness, str text, size_t chunk_bytes, uint32_t input)
{
    struct error err = {0};
    uint64_t number = 0;
    for (size_t from = 0; from < text.len;) {
        size_t bytes = audit_harness_piece(text, from, chunk_bytes);
        char *chunk = malloc(bytes);
        if (!chunk) {
            abort();
        }
        memcpy(chunk, text.data + from, bytes);
        from += bytes;
        for (size_t at = 0; at < bytes;) {
            const char *newline = memchr(chunk + at, '\n', bytes - at);
            size_t length = newline ? (size_t)(newline - chunk) - at : bytes - at;
            audit_harness_line(harness, str_from(chunk + at, length), input, ++number);
            at += length + 1;
        }
        audit_harness_drain(harness, true);
        audit_harness_check(format_linux_audit.release_chunk(harness->format, &err), &err);
        free(chunk);
    }
    audit_harness_check(format_linux_audit.finish(harness->format, harness->writer, &err), &err);
    audit_harness_drain(harness, true);
}

/* A whole file; NULL data if it is not there. The caller frees data. */
static inline str audit_harness_load(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return (str){NULL, 0};
    }
    size_t capacity = 1 << 16;
    size_t length = 0;
    char *data = malloc(capacity);
    for (size_t got; data && (got = fread(data + length, 1, capacity - length, file)) > 0;) {
        length += got;
        if (length == capacity) {
            capacity *= 2;
            data = realloc(data, capacity);
        }
    }
    fclose(file);
    if (!data) {
        abort();
    }
    return str_from(data, length);
}

#endif
