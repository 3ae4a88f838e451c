#include "clickhouse/clickhouse_tables.h"

#include "base/limits.h"

struct table_writer {
    const struct clickhouse_tables_options *options;
    const struct statement_sink *sink;
    struct strbuf sql;
};

static bool has_cluster(const struct clickhouse_tables_options *options)
{
    return options->cluster.len > 0;
}

static bool is_modern(const struct table_writer *writer)
{
    return writer->options->dialect == CLICKHOUSE_MODERN;
}

static void put(struct table_writer *writer, const char *text)
{
    strbuf_append(&writer->sql, str_from_cstring(text));
}

static void put_on_cluster(struct strbuf *sql, const struct clickhouse_tables_options *options)
{
    if (has_cluster(options)) {
        strbuf_append(sql, STR(" ON CLUSTER "));
        layout_append_name(sql, options->cluster);
    }
}

static void put_table(struct strbuf *sql, const struct clickhouse_tables_options *options, str table)
{
    layout_append_name(sql, options->database);
    strbuf_append_char(sql, '.');
    layout_append_name(sql, table);
}

/* CREATE TABLE IF NOT EXISTS `database`.`name` ON CLUSTER .. ( */
static void begin_table(struct table_writer *writer, str table)
{
    strbuf_clear(&writer->sql);
    put(writer, "CREATE TABLE IF NOT EXISTS ");
    put_table(&writer->sql, writer->options, table);
    put_on_cluster(&writer->sql, writer->options);
}

static tocsin_status end_statement(struct table_writer *writer, struct error *err)
{
    return writer->sql.is_failed ? error_memory(err)
                                 : writer->sink->take(writer->sink->context, strbuf_str(&writer->sql), err);
}

/* The text of a path in ZooKeeper: names of databases may hold anything, paths may not. */
static void put_path_part(struct strbuf *path, str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' || c == '-') {
            strbuf_append_char(path, c);
        } else {
            strbuf_append_format(path, "%%%02X", (unsigned char)c);
        }
    }
}

/* `kind`: "", "Replacing". A table of shards, or one of which every node has all. */
static void put_engine(struct table_writer *writer, const char *kind, str table, bool is_sharded)
{
    put(writer, "\nENGINE = ");
    if (!has_cluster(writer->options)) {
        put(writer, kind);
        put(writer, "MergeTree");
        return;
    }
    struct strbuf path;
    strbuf_init(&path, LIMIT_CLICKHOUSE_NAME_BYTES);
    strbuf_append(&path, STR("/clickhouse/tables/"));
    put_path_part(&path, writer->options->database);
    strbuf_append(&path, is_sharded ? STR("/{shard}/") : STR("/all/"));
    strbuf_append(&path, table);
    put(writer, "Replicated");
    put(writer, kind);
    put(writer, "MergeTree(");
    layout_append_string(&writer->sql, strbuf_str(&path));
    put(writer, is_sharded ? ", '{replica}')" : ", '{shard}-{replica}')");
    writer->sql.is_failed |= path.is_failed;
    strbuf_release(&path);
}

/* ---- events ---- */

/* What a column is compressed with: tests/bench/bench_layout.py has measured it (docs/clickhouse.md). 18.16 knows
 * none. */
static void put_field_codec(struct table_writer *writer, const struct field *field)
{
    if (!is_modern(writer)) {
        return;
    }
    put(writer, field->domain == DOMAIN_TIME_MS ? " CODEC(Delta(8), ZSTD(1))" : " CODEC(ZSTD(1))");
}

static void put_hidden_codec(struct table_writer *writer, enum layout_hidden column)
{
    if (is_modern(writer)) {
        bool is_counting = column == LAYOUT_ROW || column == LAYOUT_LINE;
        put(writer, is_counting ? " CODEC(Delta(8), ZSTD(1))" : " CODEC(ZSTD(1))");
    }
}

/* `name` Type DEFAULT .. CODEC(..) */
static void put_column(struct table_writer *writer, field_id field, bool has_codec)
{
    const struct schema *schema = writer->options->schema;
    const struct field *info = schema_field(schema, field);
    struct strbuf name;
    strbuf_init(&name, LIMIT_CLICKHOUSE_NAME_BYTES);
    layout_column_name(schema, field, &name);
    layout_append_name(&writer->sql, strbuf_str(&name));
    writer->sql.is_failed |= name.is_failed;
    strbuf_release(&name);
    strbuf_append_char(&writer->sql, ' ');
    layout_column_type(schema, field, &writer->sql);
    if (info->has_filler) {
        put(writer, " DEFAULT ");
        layout_filler(schema, field, &writer->sql);
    }
    if (has_codec) {
        put_field_codec(writer, info);
    }
}

/* Whether a block is there is asked after every failure, what arrived by every pass of a scheduled hunt: of all days.
 * 18.16 knows no such indexes. */
static const char *const block_indexes[] = {
    "`_block_is_there` `_block` TYPE bloom_filter(0.01) GRANULARITY 4",
    "`_arrived_since` `_arrived` TYPE minmax GRANULARITY 1",
};

static void put_columns(struct table_writer *writer)
{
    const struct schema *schema = writer->options->schema;
    put(writer, " (\n");
    for (enum layout_hidden i = 0; i < LAYOUT_HIDDEN_COUNT; i++) {
        put(writer, "    ");
        layout_append_name(&writer->sql, layout_hidden_name(i));
        strbuf_append_char(&writer->sql, ' ');
        strbuf_append(&writer->sql, layout_hidden_type(i));
        put_hidden_codec(writer, i);
        put(writer, ",\n");
    }
    bool is_first = true;
    for (size_t i = 0; i < schema_field_count(schema); i++) {
        if (layout_is_stored(schema, (field_id)i)) {
            put(writer, is_first ? "    " : ",\n    ");
            put_column(writer, (field_id)i, true);
            is_first = false;
        }
    }
    for (size_t i = 0; is_modern(writer) && i < countof(block_indexes); i++) {
        put(writer, ",\n    INDEX ");
        put(writer, block_indexes[i]);
    }
    put(writer, "\n)");
}

/* Rows of one type of log source lie together, in the order of time: searches name both, and like is compressed best
 * beside like. */
static tocsin_status write_events(struct table_writer *writer, struct error *err)
{
    const struct clickhouse_tables_options *options = writer->options;
    str table = has_cluster(options) ? STR(LAYOUT_EVENTS_LOCAL) : STR(LAYOUT_EVENTS);
    begin_table(writer, table);
    put_columns(writer);
    put_engine(writer, "", table, true);
    put(writer, "\nPARTITION BY `_day`\nORDER BY (`devicetype`, `starttime`)");
    if (options->keep_days > 0 && is_modern(writer)) {
        strbuf_append_format(&writer->sql, "\nTTL `_day` + toIntervalDay(%u)", options->keep_days);
    }
    put(writer, "\nSETTINGS index_granularity = 8192");
    if (is_modern(writer)) { /* an insert is one file, not some for each of hundreds of columns */
        put(writer, ", min_bytes_for_wide_part = 268435456");
    }
    if (has_cluster(options)) { /* how many inserts a retry may come late: the server's own memory of blocks */
        put(writer, ", replicated_deduplication_window = 10000");
    }
    if (options->keep_days > 0 && is_modern(writer)) {
        put(writer, ", ttl_only_drop_parts = 1");
    }
    return end_statement(writer, err);
}

/* All rows of a block go to one shard, so that a block is there whole or not at all. */
static tocsin_status write_distributed(struct table_writer *writer, struct error *err)
{
    const struct clickhouse_tables_options *options = writer->options;
    begin_table(writer, STR(LAYOUT_EVENTS));
    put(writer, " AS ");
    put_table(&writer->sql, options, STR(LAYOUT_EVENTS_LOCAL));
    put(writer, "\nENGINE = Distributed(");
    layout_append_name(&writer->sql, options->cluster);
    put(writer, ", ");
    layout_append_name(&writer->sql, options->database);
    put(writer, ", ");
    layout_append_name(&writer->sql, STR(LAYOUT_EVENTS_LOCAL));
    put(writer, ", sipHash64(`_block`))");
    return end_statement(writer, err);
}

/* ---- the other tables ---- */

static const struct small_table {
    str name;
    const char *kind;
    const char *columns;
    const char *order;
} small_tables[] = {
    {STR(LAYOUT_SCHEMA), "",
     " (\n    `version` Int64,\n    `applied` Int64,\n    `what` String\n)", "\nORDER BY (`version`, `applied`)"},
    {STR(LAYOUT_ALERTS), "Replacing",
     " (\n    `id` String,\n    `found` Int64,\n    `hunt` String,\n    `rule` String,\n    `title` String,\n"
     "    `techniques` String,\n    `level` String,\n    `risk` Int64,\n    `time` Int64,\n    `identity` String,\n"
     "    `host` String,\n    `source` String,\n    `act` String,\n    `target` String,\n    `detail` String,\n"
     "    `outcome` String,\n    `columns` String,\n    `evidence` String,\n    `finding` String,\n"
     "    `events` Array(UInt64),\n    `has_more` UInt8,\n    `window_first` Int64,\n    `window_last` Int64\n)",
     "\nORDER BY (`time`, `rule`, `id`)"},
    {STR(LAYOUT_LEASES), "Replacing",
     " (\n    `hunt` String,\n    `term` Int64,\n    `holder` String,\n    `taken` Int64,\n    `until` Int64,\n"
     "    `sequence` Int64\n)",
     "\nORDER BY (`hunt`, `term`, `holder`)"},
    {STR(LAYOUT_EXAMINED), "Replacing",
     " (\n    `hunt` String,\n    `block` FixedString(16),\n    `arrived` Int64,\n    `examined` Int64,\n"
     "    `holder` String\n)",
     "\nPARTITION BY intDiv(`arrived`, 2592000000)\nORDER BY (`hunt`, `block`)"},
};

static tocsin_status write_small_table(struct table_writer *writer, const struct small_table *table, struct error *err)
{
    begin_table(writer, table->name);
    put(writer, table->columns);
    put_engine(writer, table->kind, table->name, false);
    put(writer, table->order);
    put(writer, "\nSETTINGS index_granularity = 8192");
    return end_statement(writer, err);
}

static tocsin_status write_version(struct table_writer *writer, struct error *err)
{
    strbuf_clear(&writer->sql);
    put(writer, "INSERT INTO ");
    put_table(&writer->sql, writer->options, STR(LAYOUT_SCHEMA));
    strbuf_append_format(&writer->sql,
                         " (`version`, `applied`, `what`)\nSELECT toInt64(%d), toInt64(toUnixTimestamp(now())) * 1000, "
                         "'tables of version %d'\nWHERE toInt64(%d) NOT IN (SELECT `version` FROM ",
                         LAYOUT_VERSION, LAYOUT_VERSION, LAYOUT_VERSION);
    put_table(&writer->sql, writer->options, STR(LAYOUT_SCHEMA));
    put(writer, ")");
    return end_statement(writer, err);
}

/* Tables that were made before anything was written to them, and are other ones now, or none. */
static tocsin_status drop_unused(struct table_writer *writer, struct error *err)
{
    static const str tables[] = {STR(LAYOUT_ALERTS), STR(LAYOUT_LEASES), STR(LAYOUT_EXAMINED), STR("reference_data"),
                                 STR("log_sources")};
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < countof(tables); i++) {
        strbuf_clear(&writer->sql);
        put(writer, "DROP TABLE IF EXISTS ");
        put_table(&writer->sql, writer->options, tables[i]);
        put_on_cluster(&writer->sql, writer->options);
        put(writer, is_modern(writer) ? " SYNC" : ""); /* else its path would be taken for some minutes */
        status = end_statement(writer, err);
    }
    return status;
}

tocsin_status clickhouse_upgrade_write(const struct clickhouse_tables_options *options, int64_t version,
                                       const struct statement_sink *sink, struct error *err)
{
    struct table_writer writer = {.options = options, .sink = sink};
    strbuf_init(&writer.sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    tocsin_status status = version == 1 ? drop_unused(&writer, err) : TOCSIN_OK;
    strbuf_release(&writer.sql);
    return status;
}

tocsin_status clickhouse_tables_write(const struct clickhouse_tables_options *options,
                                      const struct statement_sink *sink, struct error *err)
{
    struct table_writer writer = {.options = options, .sink = sink};
    strbuf_init(&writer.sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    tocsin_status status = write_events(&writer, err);
    if (status == TOCSIN_OK && has_cluster(options)) {
        status = write_distributed(&writer, err);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < countof(small_tables); i++) {
        status = write_small_table(&writer, &small_tables[i], err);
    }
    status = status == TOCSIN_OK ? write_version(&writer, err) : status;
    strbuf_release(&writer.sql);
    return status;
}

/* ---- tables as they are ---- */

static tocsin_status add_column(struct table_writer *writer, str table, field_id field, struct error *err)
{
    strbuf_clear(&writer->sql);
    put(writer, "ALTER TABLE ");
    put_table(&writer->sql, writer->options, table);
    put_on_cluster(&writer->sql, writer->options);
    put(writer, is_modern(writer) ? " ADD COLUMN IF NOT EXISTS " : " ADD COLUMN ");
    put_column(writer, field, str_eq(table, STR(LAYOUT_EVENTS_LOCAL)) || !has_cluster(writer->options));
    return end_statement(writer, err);
}

/* 18.16 alters no Distributed table on a cluster with replicas: the table, which holds no rows, is made anew. */
static tocsin_status replace_distributed(struct table_writer *writer, struct error *err)
{
    strbuf_clear(&writer->sql);
    put(writer, "DROP TABLE IF EXISTS ");
    put_table(&writer->sql, writer->options, STR(LAYOUT_EVENTS));
    put_on_cluster(&writer->sql, writer->options);
    tocsin_status status = end_statement(writer, err);
    return status == TOCSIN_OK ? write_distributed(writer, err) : status;
}

tocsin_status clickhouse_columns_write(const struct clickhouse_tables_options *options,
                                       const struct layout_table *table, const field_id *fields, size_t count,
                                       const struct statement_sink *sink, struct error *err)
{
    struct table_writer writer = {.options = options, .sink = sink};
    size_t end = fields ? count : schema_field_count(options->schema);
    bool replaces = has_cluster(options) && !is_modern(&writer);
    bool has_added = false;
    tocsin_status status = TOCSIN_OK;
    strbuf_init(&writer.sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    for (size_t i = 0; status == TOCSIN_OK && i < end; i++) {
        const struct layout_column *column = NULL;
        field_id field = fields ? fields[i] : (field_id)i;
        if (!layout_is_stored(options->schema, field)) {
            continue;
        }
        status = layout_table_field(table, options->schema, field, &column, err);
        if (status == TOCSIN_OK && !column && has_cluster(options)) {
            status = add_column(&writer, STR(LAYOUT_EVENTS_LOCAL), field, err);
        }
        if (status == TOCSIN_OK && !column && !replaces) {
            status = add_column(&writer, STR(LAYOUT_EVENTS), field, err);
        }
        has_added |= status == TOCSIN_OK && !column;
    }
    if (status == TOCSIN_OK && has_added && replaces) {
        status = replace_distributed(&writer, err);
    }
    strbuf_release(&writer.sql);
    return status;
}

static str local_table(const struct clickhouse_tables_options *options)
{
    return has_cluster(options) ? STR(LAYOUT_EVENTS_LOCAL) : STR(LAYOUT_EVENTS);
}

tocsin_status clickhouse_indexes_write(const struct clickhouse_tables_options *options,
                                       const struct statement_sink *sink, struct error *err)
{
    struct table_writer writer = {.options = options, .sink = sink};
    tocsin_status status = TOCSIN_OK;
    strbuf_init(&writer.sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    for (size_t i = 0; status == TOCSIN_OK && is_modern(&writer) && i < countof(block_indexes); i++) {
        strbuf_clear(&writer.sql);
        put(&writer, "ALTER TABLE ");
        put_table(&writer.sql, options, local_table(options));
        put_on_cluster(&writer.sql, options);
        put(&writer, " ADD INDEX IF NOT EXISTS ");
        put(&writer, block_indexes[i]);
        status = end_statement(&writer, err);
    }
    strbuf_release(&writer.sql);
    return status;
}

void clickhouse_ttl_sql(const struct clickhouse_tables_options *options, struct strbuf *sql)
{
    strbuf_append(sql, STR("ALTER TABLE "));
    put_table(sql, options, local_table(options));
    put_on_cluster(sql, options);
    strbuf_append_format(sql, " MODIFY TTL `_day` + toIntervalDay(%u)", options->keep_days);
}

void clickhouse_old_days_sql(const struct clickhouse_tables_options *options, int64_t now_ms, struct strbuf *sql)
{
    uint16_t today = layout_day(now_ms);
    uint16_t first_kept = today > options->keep_days ? (uint16_t)(today - options->keep_days) : 0;
    strbuf_append(sql, STR("SELECT DISTINCT toString(`_day`) AS day FROM "));
    put_table(sql, options, STR(LAYOUT_EVENTS));
    strbuf_append_format(sql, " WHERE `_day` < toDate(%u) ORDER BY day", first_kept);
}

void clickhouse_drop_day_sql(const struct clickhouse_tables_options *options, str day, struct strbuf *sql)
{
    strbuf_append(sql, STR("ALTER TABLE "));
    put_table(sql, options, local_table(options));
    put_on_cluster(sql, options);
    strbuf_append(sql, STR(" DROP PARTITION "));
    layout_append_string(sql, day);
}

void clickhouse_columns_sql(str database, str table, struct strbuf *sql)
{
    strbuf_append(sql, STR("SELECT name, type FROM system.columns WHERE database = "));
    layout_append_string(sql, database);
    strbuf_append(sql, STR(" AND table = "));
    layout_append_string(sql, table);
    strbuf_append(sql, STR(" FORMAT TabSeparated"));
}
