/* support/reader_digest.h
 * Reads inputs with all formats and all fields, and boils every row down to a number: for tests that the same bytes
 * give the same rows however they are cut into chunks. Everything is static, for one including file.
 */
#ifndef SUPPORT_READER_DIGEST_H
#define SUPPORT_READER_DIGEST_H

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "format/log_reader.h"

struct digest_context {
    struct schema *schema;
    struct log_source_table *sources;
    struct field_set wanted;
    struct format_context context;
};

struct digest {
    uint64_t hash; /* of all rows in order */
    uint64_t rows;
    struct log_reader_statistics statistics; /* without the lists */
    uint64_t linux_os;
    uint64_t kubernetes;
    uint64_t docker;
    uint64_t universal;
    size_t problems;
};

static void digest_check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "reader_digest: %s\n", what);
        abort();
    }
}

/* A schema with the fields of every format, all of them wanted. */
static void digest_context_init(struct digest_context *context)
{
    *context = (struct digest_context){0};
    digest_check(schema_create(&context->schema, NULL) == TOCSIN_OK, "schema");
    digest_check(log_source_table_create(&context->sources, NULL) == TOCSIN_OK, "log sources");
    size_t count;
    const struct format_def *const *formats = format_list(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < formats[i]->field_count; k++) {
            str name = str_from_cstring(formats[i]->fields[k].name);
            field_id id;
            struct error err;
            if (schema_find(context->schema, name) == FIELD_NONE) {
                digest_check(schema_add_property(context->schema, name, formats[i]->fields[k].type, STR_EMPTY, &id,
                                                 &err) == TOCSIN_OK,
                             formats[i]->fields[k].name);
            }
        }
    }
    for (size_t field = 0; field < schema_field_count(context->schema); field++) {
        field_set_add(&context->wanted, (field_id)field);
    }
    context->context = (struct format_context){
        .schema = context->schema, .wanted = &context->wanted, .log_sources = context->sources};
}

__attribute__((unused)) static void digest_context_release(struct digest_context *context)
{
    log_source_table_free(context->sources);
    schema_free(context->schema);
}

static void digest_bytes(struct digest *digest, const void *data, size_t len)
{
    digest->hash = str_hash(str_from(data, len), digest->hash + len);
}

static void digest_value(struct digest *digest, const struct column *column, uint32_t row)
{
    bool is_valid = column_is_valid(column, row);
    digest_bytes(digest, &is_valid, sizeof(is_valid));
    if (!is_valid) {
        return;
    }
    if (column->type == TYPE_STRING || column->type == TYPE_BYTES) {
        str value = column_string(column, row);
        digest_bytes(digest, value.data, value.len);
        return;
    }
    size_t bytes = value_type_bytes(column->type);
    digest_bytes(digest, (const char *)column->data + bytes * (row & column->row_mask), bytes);
}

/* Lines that the writer could join count like lines that it could not. */
static void digest_evidence(struct digest *digest, const struct evidence *evidence, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t line = 0; line < evidence[i].line_count; line++) {
            uint64_t number[2] = {evidence[i].input, evidence[i].line + line};
            digest_bytes(digest, number, sizeof(number));
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        for (size_t from = 0; from <= evidence[i].raw.len;) {
            size_t end = str_find_char(evidence[i].raw, '\n', from);
            end = end == SIZE_MAX ? evidence[i].raw.len : end;
            digest_bytes(digest, evidence[i].raw.data + from, end - from);
            from = end + 1;
        }
    }
}

static void digest_batch(struct digest *digest, const struct batch *batch)
{
    batch_verify(batch);
    for (uint32_t row = 0; row < batch->row_count; row++, digest->rows++) {
        for (uint32_t i = 0; i < batch->column_count; i++) {
            digest_value(digest, &batch->columns[i], row);
        }
        digest_evidence(digest, &batch->evidence[batch->rows[row].evidence_first], batch->rows[row].evidence_count);
    }
}

/* Reads all. chunk_bytes 0: as the program does. */
__attribute__((unused)) static struct digest digest_inputs(const struct digest_context *context,
                                                           const struct input_list *inputs,
                                                           const struct format_def *format, size_t chunk_bytes)
{
    struct log_reader_options options = {.context = &context->context,
                                         .inputs = inputs,
                                         .format = format,
                                         .wall_clock_ms = INT64_C(1800000000000),
                                         .chunk_bytes = chunk_bytes};
    struct digest digest = {0};
    struct log_reader *reader;
    struct batch *batch;
    struct error err = {0};
    digest_check(log_reader_create(&options, &reader, &err) == TOCSIN_OK, err.message);
    tocsin_status status;
    while ((status = log_reader_next(reader, &batch, &err)) == TOCSIN_OK) {
        digest_batch(&digest, batch);
    }
    digest_check(status == TOCSIN_END, err.message);
    log_reader_statistics(reader, &digest.statistics);
    digest_check(digest.statistics.events == digest.rows, "events are not rows");
    for (size_t i = 0; i < digest.statistics.type_count; i++) {
        const struct log_type_count *type = &digest.statistics.events_by_type[i];
        *(type->type_id == LOG_SOURCE_TYPE_LINUX_OS     ? &digest.linux_os
          : type->type_id == LOG_SOURCE_TYPE_KUBERNETES ? &digest.kubernetes
          : type->type_id == LOG_SOURCE_TYPE_DOCKER     ? &digest.docker
                                                        : &digest.universal) += type->count;
    }
    digest.statistics.events_by_type = NULL;
    digest.statistics.dropped = NULL;
    uint64_t more;
    (void)log_reader_problems(reader, &digest.problems, &more);
    log_reader_free(reader);
    return digest;
}

#endif
