/* lookup/lookup.h
 * The data behind AQL's look-up functions: tables that people keep in a configuration folder, one file (or more) each.
 * Every table exists from the start with its built-in defaults; a file that is there extends them. Log sources, event
 * names and custom properties are not here: formats need them too (column/log_source.h, format/property_set.h).
 * A table is one file `NAME.{h,c}` with `struct NAME` and NAME_create, NAME_free, and NAME_load_text or
 * NAME_load_folder; a line in one of the lists below makes it known.
 * Memory: each table owns its own. Threads: any may read once loading has ended.
 */
#ifndef LOOKUP_LOOKUP_H
#define LOOKUP_LOOKUP_H

#include <limits.h>

#include "base/error.h"

/* Tables of one YAML file. X(ID, name, file name)
 *     tocsin_status NAME_create(struct NAME **ret_NAME, struct error *err);
 *     void NAME_free(struct NAME *NAME);
 *     tocsin_status NAME_load_text(struct NAME *NAME, str text, const char *source_name, struct error *err);
 * The text is loaded at most once; errors name the place in it, and leave the table fit only to be freed. */
#define LOOKUP_FILE_LIST(X)                                                                                            \
    X(DOMAINS, domains, "domains.yaml")                                                                                \
    X(NETWORKS, networks, "networks.yaml")                                                                             \
    X(DEPLOYMENT, deployment, "deployment.yaml")                                                                       \
    X(APPLICATIONS, applications, "applications.yaml")                                                                 \
    X(ASSETS, assets, "assets.yaml")                                                                                   \
    X(RULES, rules, "rules.yaml")                                                                                      \
    X(OFFENSES, offenses, "offenses.yaml")                                                                             \
    X(CUSTOM_FUNCTIONS, custom_functions, "functions.yaml")

/* Tables that find their own files in the folder. X(ID, name, what to say is missing)
 *     tocsin_status NAME_load_folder(struct NAME *NAME, const char *folder_path, bool *ret_is_loaded,
 *                                    struct error *err);  -- ret_is_loaded: a file of the table was there */
#define LOOKUP_FOLDER_LIST(X)                                                                                          \
    X(SAVED_SEARCHES, saved_searches, "searches.yaml")                                                                 \
    X(REFERENCE_DATA, reference_data, "reference_data.yaml")                                                           \
    X(XFORCE, xforce, "xforce.csv")                                                                                    \
    X(URL_LISTS, url_lists, "lookups.yaml")                                                                            \
    X(GEO_DATABASE, geo_database, "geo.mmdb")

#define LOOKUP_ID(id, name, file)     LOOKUP_##id,
#define LOOKUP_STRUCT(id, name, file) struct name;
#define LOOKUP_MEMBER(id, name, file) struct name *name;

enum lookup_id { LOOKUP_NONE, LOOKUP_FILE_LIST(LOOKUP_ID) LOOKUP_FOLDER_LIST(LOOKUP_ID) LOOKUP_COUNT };

LOOKUP_FILE_LIST(LOOKUP_STRUCT)
LOOKUP_FOLDER_LIST(LOOKUP_STRUCT)

struct lookup_tables {
    LOOKUP_FILE_LIST(LOOKUP_MEMBER)
    LOOKUP_FOLDER_LIST(LOOKUP_MEMBER)
    bool is_loaded[LOOKUP_COUNT]; /* the user's file was there: see lookup_file_name */
};

#undef LOOKUP_ID
#undef LOOKUP_STRUCT
#undef LOOKUP_MEMBER

/* With the built-in defaults alone. */
tocsin_status lookup_tables_create(struct lookup_tables **ret_tables, struct error *err)
    __attribute__((warn_unused_result));
void lookup_tables_free(struct lookup_tables *tables);

/* Reads what the folder holds; files that are not there are no error, a folder that is not there is. At most once. */
tocsin_status lookup_tables_load(struct lookup_tables *tables, const char *folder_path, struct error *err)
    __attribute__((warn_unused_result));

/* For a query that needs a table nobody gave: "networks.yaml". */
const char *lookup_file_name(enum lookup_id id);

/* The path of a file of the folder; false if there is none. */
bool lookup_folder_has(const char *folder_path, const char *file_name, char ret_path[PATH_MAX]);

#endif
