/* column/log_source.h
 * Log sources and their types: what logsourceid and devicetype stand for, and the event names behind qids.
 * Built-in defaults, extended by log_sources.yaml (log_source_file.h reads it). Not the logs themselves.
 * Memory: one arena inside. Threads: any may read once building has ended.
 */
#ifndef COLUMN_LOG_SOURCE_H
#define COLUMN_LOG_SOURCE_H

#include "base/arena.h"
#include "base/error.h"

/* Built-in types. 11 is QRadar's id; types that the public QRadar lists do not show are in QRadar's range for
 * user-defined ids (4001 and up), and can be renumbered in log_sources.yaml. */
enum {
    LOG_SOURCE_TYPE_LINUX_OS = 11,
    LOG_SOURCE_TYPE_UNIVERSAL = 4001,
    LOG_SOURCE_TYPE_KUBERNETES = 4002,
    LOG_SOURCE_TYPE_DOCKER = 4003,
    /* No types at all: what rows of QRadar's other databases are counted as. */
    LOG_SOURCE_TYPE_FLOWS = -1,
    LOG_SOURCE_TYPE_SIMARC = -2,
};

struct log_source_type {
    int64_t id;
    str name;     /* canonical */
    str *aliases; /* other names a query may use */
    size_t alias_count;
};

struct log_source {
    int64_t id;
    str name;
    int64_t type_id;
    str *identifiers; /* host names or addresses of the log's frame; none: every host of that type */
    size_t identifier_count;
    str *groups; /* names */
    size_t group_count;
    int64_t credibility;
    str group_list; /* made by the table: the groups' ids, joined by ',' */
};

struct log_source_group {
    int64_t id;
    str name;
};

struct event_name {
    int64_t qid;
    str name;
    int64_t category; /* low level */
    int64_t severity;
    str description; /* what happened, in a sentence; or empty */
};

struct log_source_table;

/* With the built-in types and one log source for each. */
tocsin_status log_source_table_create(struct log_source_table **ret_table, struct error *err);
void log_source_table_free(struct log_source_table *table);

/* Adds or replaces (same id). Everything is copied. Ids are 1 or more. */
tocsin_status log_source_table_add_type(struct log_source_table *table, const struct log_source_type *type,
                                        struct error *err);
tocsin_status log_source_table_add(struct log_source_table *table, const struct log_source *source, struct error *err);
tocsin_status log_source_table_add_event_name(struct log_source_table *table, const struct event_name *name,
                                              struct error *err);

/* Names a group; a log source's groups that have no id get the next one from LOG_SOURCE_GROUP_ID_FIRST on, in the order
 * in which they come. A group of that name changes its id. An id that another group has is TOCSIN_ERROR_CONFIG. */
tocsin_status log_source_table_add_group(struct log_source_table *table, const struct log_source_group *group,
                                         struct error *err);
enum { LOG_SOURCE_GROUP_ID_FIRST = 100001 };

/* Gives a type another id; its log sources follow, and log_source_resolve understands the old id as well, which formats
 * have compiled in. Fails if the new id is taken. */
tocsin_status log_source_table_renumber_type(struct log_source_table *table, int64_t id, int64_t new_id,
                                             struct error *err);

const struct log_source *log_source_find(const struct log_source_table *table, int64_t id);
const struct log_source_type *log_source_type_find(const struct log_source_table *table, int64_t id);
/* By canonical name or alias, ignoring case; NULL if unknown. */
const struct log_source_type *log_source_type_find_name(const struct log_source_table *table, str name);
const struct log_source_group *log_source_group_find(const struct log_source_table *table, int64_t id);
/* Ignoring case. */
const struct log_source_group *log_source_group_find_name(const struct log_source_table *table, str name);
size_t log_source_group_count(const struct log_source_table *table);
const struct log_source_group *log_source_group_at(const struct log_source_table *table, size_t index);
const struct event_name *event_name_find(const struct log_source_table *table, int64_t qid);
size_t log_source_type_count(const struct log_source_table *table);
const struct log_source_type *log_source_type_at(const struct log_source_table *table, size_t index);
size_t log_source_count(const struct log_source_table *table);
const struct log_source *log_source_at(const struct log_source_table *table, size_t index);

/* The log source of a log of this type from this host: one that lists the host, else the type's source for every
 * host. Never NULL for a built-in type. */
const struct log_source *log_source_resolve(const struct log_source_table *table, int64_t type_id, str host);

/* The log source, of whatever type, that lists this host; the first one added; NULL if none does. For formats that
 * cannot tell the type from the text. */
const struct log_source *log_source_find_host(const struct log_source_table *table, str host);

#endif
