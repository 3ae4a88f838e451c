/* clickhouse/clickhouse_tables.h
 * The statements that make Tocsin's tables in ClickHouse, and those that bring tables of an earlier release up to date:
 * every one may be run again.
 *
 * `events`          events, flows and simarc records (clickhouse_layout.h); in a cluster `events_local` on each shard
 * `alerts`          findings of scheduled hunts; in a cluster one table, a copy on every node
 * `tocsin_leases`   who runs which hunt, and until when
 * `tocsin_examined` blocks that a scheduled hunt has looked at
 * `tocsin_schema`   versions of the tables, and when they were made
 *
 * Memory: the text of one statement. Threads: any.
 */
#ifndef CLICKHOUSE_CLICKHOUSE_TABLES_H
#define CLICKHOUSE_CLICKHOUSE_TABLES_H

#include "clickhouse/clickhouse_dialect.h"
#include "clickhouse/clickhouse_layout.h"

struct clickhouse_tables_options {
    const struct schema *schema;
    enum clickhouse_dialect dialect;
    str cluster;  /* empty: one server */
    str database; /* of which the tables are: it is part of the replicas' paths */
    uint32_t keep_days; /* after which a day is dropped; 0: never. 18.16 cannot: see clickhouse_expire_sql */
};

/* Gets one statement, without a semicolon behind it. */
struct statement_sink {
    tocsin_status (*take)(void *context, str sql, struct error *err);
    void *context;
};

/* What goes before that where there are tables of an earlier version; it may be run again, too. Version 2 has other
 * tables for scheduled hunts than version 1, which wrote nothing to them, and no tables of reference data. */
tocsin_status clickhouse_upgrade_write(const struct clickhouse_tables_options *options, int64_t version,
                                       const struct statement_sink *sink, struct error *err);
tocsin_status clickhouse_tables_write(const struct clickhouse_tables_options *options,
                                      const struct statement_sink *sink, struct error *err);
/* Of tables that are there: indexes that those of an earlier release lack. Parts that are there get them when they are
 * merged. */
tocsin_status clickhouse_indexes_write(const struct clickhouse_tables_options *options,
                                       const struct statement_sink *sink, struct error *err);
/* For the table `events` (and `events_local`) as it is: the columns that it lacks, of these fields; of all fields if
 * `fields` is NULL. */
tocsin_status clickhouse_columns_write(const struct clickhouse_tables_options *options,
                                       const struct layout_table *table, const field_id *fields, size_t count,
                                       const struct statement_sink *sink, struct error *err);
/* Days older than keep_days are dropped from now on; for servers that know TTL. */
void clickhouse_ttl_sql(const struct clickhouse_tables_options *options, struct strbuf *sql);
/* Asks for the days that are older than keep_days, one a line; and drops one. */
void clickhouse_old_days_sql(const struct clickhouse_tables_options *options, int64_t now_ms, struct strbuf *sql);
void clickhouse_drop_day_sql(const struct clickhouse_tables_options *options, str day, struct strbuf *sql);
/* Asks for name and type of each column of a table. */
void clickhouse_columns_sql(str database, str table, struct strbuf *sql);

#endif
