/* lookup/reference_data.h
 * Reference sets, maps, maps of sets and tables: collections of texts, numbers, addresses and blocks, by name, which
 * queries ask about each row. Described by reference_data.yaml, kept in text and CSV files (docs/reference-data.md).
 * Memory: each collection owns the text of its file, and indexes over it. Threads: any may search once loaded, with a
 * scratch buffer of its own. Limits: LIMIT_REFERENCE_ELEMENTS, _BYTES, _COLUMNS, _COLLECTIONS.
 */
#ifndef LOOKUP_REFERENCE_DATA_H
#define LOOKUP_REFERENCE_DATA_H

#include "base/error.h"
#include "lookup/reference_key.h"

/* X(symbol, name in the file, name in messages) */
#define REFERENCE_KIND_LIST(X)                                                                                         \
    X(REFERENCE_SET, "set", "reference set")                                                                           \
    X(REFERENCE_MAP, "map", "reference map")                                                                           \
    X(REFERENCE_MAP_OF_SETS, "map_of_sets", "reference map of sets")                                                   \
    X(REFERENCE_TABLE, "table", "reference table")

enum reference_kind {
#define REFERENCE_KIND_ENUM(symbol, name, noun) symbol,
    REFERENCE_KIND_LIST(REFERENCE_KIND_ENUM)
#undef REFERENCE_KIND_ENUM
        REFERENCE_KIND_COUNT
};

struct reference_data;
struct reference; /* one collection, or those of one name in several domains */

tocsin_status reference_data_create(struct reference_data **ret_data, struct error *err)
    __attribute__((warn_unused_result));
void reference_data_free(struct reference_data *data);

/* reference_data.yaml and what it names, and the files in reference/ that it does not name. */
tocsin_status reference_data_load_folder(struct reference_data *data, const char *folder_path, bool *ret_is_loaded,
                                         struct error *err) __attribute__((warn_unused_result));
/* reference_data.yaml alone; files it names are looked for in the folder. */
tocsin_status reference_data_load_text(struct reference_data *data, str text, const char *source_name,
                                       const char *folder_path, struct error *err) __attribute__((warn_unused_result));
/* One file alone, as if it lay in reference/ without being named in the index: "NAME.txt", "NAME.csv". The text is the
 * collection's from here on, and was made by memory.h, even on failure. */
tocsin_status reference_data_load_file_text(struct reference_data *data, str file_name, str text,
                                            const char *source_name, struct error *err)
    __attribute__((warn_unused_result));

/* By name, ignoring case. NULL if there is none of that kind. */
const struct reference *reference_find(const struct reference_data *data, enum reference_kind kind, str name);
/* The nearest name of that kind, or empty. */
str reference_suggest(const struct reference_data *data, enum reference_kind kind, str name);
str reference_kind_name(enum reference_kind kind); /* "reference set" */

/* The number of elements, over all domains. */
size_t reference_count(const struct reference *reference);
/* Of tables: is there a column of that name (ignoring case)? And the nearest one, or empty. */
bool reference_has_column(const struct reference *reference, str column);
str reference_suggest_column(const struct reference *reference, str column);

/* Who asks: elements of no domain are everybody's, others belong to one. */
struct reference_scope {
    bool has_domain;
    int64_t domain;
};

/* Values are not null. A value that does not fit the type is not in it. `is_failed` of the scratch buffers afterwards
 * tells that memory was out. */
bool reference_set_contains(const struct reference *set, struct reference_scope scope, const struct column *values,
                            uint32_t row, struct strbuf *scratch);
/* False if there is nothing: no such key, or an empty cell. */
bool reference_map_get(const struct reference *map, struct reference_scope scope, const struct column *keys,
                       uint32_t row, struct strbuf *scratch, str *ret_value);
bool reference_table_get(const struct reference *table, struct reference_scope scope, str column,
                         const struct column *keys, uint32_t row, struct strbuf *scratch, str *ret_value);
bool reference_map_of_sets_contains(const struct reference *map, struct reference_scope scope,
                                    const struct column *keys, const struct column *values, uint32_t row,
                                    struct strbuf *scratch, struct strbuf *pair);

#endif
