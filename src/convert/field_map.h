/* convert/field_map.h
 * What AQL's fields and log source types are called in another system: a YAML file for each target, built in, and one
 * of the user that is asked first. docs/converting.md describes the file.
 * Memory: the map owns its texts. Threads: a loaded map is immutable. Limit: LIMIT_CONFIG_BYTES.
 */
#ifndef CONVERT_FIELD_MAP_H
#define CONVERT_FIELD_MAP_H

#include "base/error.h"
#include "base/str.h"

struct field_map;

struct field_map_name {
    char *field; /* AQL's */
    char *name;  /* the target's */
};

struct field_map_test {
    char *field; /* the target's */
    char **values;
    unsigned value_count;
};

/* How the events of a log source type are told there. Several entries may be of one type: the first that has all fields
 * of a query is taken. */
struct field_map_type {
    char *type;
    char *from; /* table, index or the like, in the target's language; NULL */
    struct field_map_test *tests;
    unsigned test_count;
    struct field_map_name *fields;
    unsigned field_count;
};

tocsin_status field_map_load_builtin(str target, struct field_map **ret_map, struct error *err);
tocsin_status field_map_load_file(const char *path, struct field_map **ret_map, struct error *err);
void field_map_free(struct field_map *map);

const char *field_map_title(const struct field_map *map); /* "Splunk CIM"; NULL */
const char *field_map_target(const struct field_map *map);
const char *field_map_from(const struct field_map *map);
const char *field_map_source_field(const struct field_map *map); /* which says what kind of log it is; NULL */
const struct field_map_type *field_map_types(const struct field_map *map, size_t *ret_count);
/* NULL if the map has no such field: of this type (may be NULL), else of all. */
const char *field_map_find(const struct field_map *map, const struct field_map_type *type, str field);

#endif
