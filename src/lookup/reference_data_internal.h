/* lookup/reference_data_internal.h
 * How a collection looks inside: between reference_data.c, which searches, and reference_file.c, which fills.
 */
#ifndef LOOKUP_REFERENCE_DATA_INTERNAL_H
#define LOOKUP_REFERENCE_DATA_INTERNAL_H

#include "base/arena.h"
#include "lookup/cidr_index.h"
#include "lookup/key_table.h"
#include "lookup/reference_data.h"

struct reference_column {
    str name;
    enum reference_type type;
};

struct reference {
    str name;
    enum reference_kind kind;
    enum reference_type type;     /* of elements and values; tables have it by column */
    enum reference_type key_type; /* of maps and tables */
    bool has_domain;
    int64_t domain;
    struct arena arena;
    char *text;            /* of the file; keys and cells are views into it where they can be */
    struct key_table keys; /* elements of a set, keys of a map or table, pairs of a map of sets */
    /* Maps and tables: the cells of key n begin at n * column_count. A map has one column. */
    struct reference_column *columns;
    uint32_t column_count;
    str *cells; /* empty: nothing there */
    size_t cell_capacity;
    /* Sets of blocks */
    struct cidr_entry *blocks;
    uint32_t block_count;
    uint32_t block_capacity;
    struct cidr_index index;
    struct reference *next; /* the same name and kind in another domain */
};

struct reference_data {
    struct reference **heads; /* one for each name and kind */
    uint32_t head_count;
    uint32_t count; /* of all collections */
};

/* What stands for a pair in a map of sets: the length of the key, the key, the element. Empty where memory is out. */
str reference_pair(struct strbuf *pair, str key, str element);

/* An empty one, owned by nobody yet. NULL: memory is out. */
struct reference *reference_create(str name, enum reference_kind kind);
void reference_free(struct reference *reference);
/* Gives it to the data; TOCSIN_ERROR_CONFIG, and still the caller's, if its name is taken or there are too many. */
tocsin_status reference_data_add(struct reference_data *data, struct reference *reference, struct error *err)
    __attribute__((warn_unused_result));

#endif
