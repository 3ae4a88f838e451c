/* lookup/table_file.h
 * What loading a table's YAML file takes: the document, memory that dies with the load, and errors with their place.
 * Memory: nothing of the file survives the load; a table copies what it keeps. Threads: one.
 */
#ifndef LOOKUP_TABLE_FILE_H
#define LOOKUP_TABLE_FILE_H

#include "base/arena.h"
#include "base/yaml_document.h"
#include "column/cidr.h"
#include "lookup/entry_check.h"

struct table_file {
    struct yaml_document document; /* .root is the struct of the schema */
    struct arena scratch;
};

typedef tocsin_status table_file_take(void *table, struct table_file *file, struct error *err);

/* Reads the text by the schema and gives it to `take`, with the table. */
tocsin_status table_file_load(str text, const char *source_name, const cyaml_schema_value_t *schema,
                              table_file_take *take, void *table, struct error *err)
    __attribute__((warn_unused_result));

/* A list of strings, for schemas: TABLE_FILE_TEXTS("cidrs", struct network_entry, cidrs, cidr_count). */
extern const cyaml_schema_value_t table_file_text_schema;
#define TABLE_FILE_TEXTS(key, structure, member, count)                                                                \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, count,                \
                               &table_file_text_schema, 0, CYAML_UNLIMITED)

/* Each gives TOCSIN_ERROR_CONFIG at the place that the path names ("networks[3].cidr"). */
tocsin_status table_file_cidr(const struct table_file *file, const char *text, struct cidr *ret_cidr, struct error *err,
                              const char *path_format, ...) __attribute__((format(printf, 5, 6)));
tocsin_status table_file_ip(const struct table_file *file, const char *text, struct ip *ret_ip, struct error *err,
                            const char *path_format, ...) __attribute__((format(printf, 5, 6)));
/* "2026-11-23", or ISO 8601 with a time; UTC unless it says otherwise. */
tocsin_status table_file_time(const struct table_file *file, const char *text, int64_t *ret_ms, struct error *err,
                              const char *path_format, ...) __attribute__((format(printf, 5, 6)));
/* A number of that range; `what` is "the id of a domain". */
tocsin_status table_file_number(const struct table_file *file, const char *what, int64_t number, int64_t least,
                                int64_t most, struct error *err, const char *path_format, ...)
    __attribute__((format(printf, 7, 8)));

#endif
