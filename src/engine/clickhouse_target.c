#include "engine/clickhouse_target.h"

#include <time.h>

#include "base/limits.h"
#include "clickhouse/server_clock.h"

/* ---- nodes ---- */

static tocsin_status add_node(struct clickhouse_target *target, const struct clickhouse_address *address,
                              struct error *err)
{
    for (uint32_t i = 0; i < target->node_count; i++) {
        if (strcmp(target->nodes[i].host, address->host) == 0 && target->nodes[i].port == address->port) {
            return TOCSIN_OK;
        }
    }
    if (target->node_count == TARGET_NODES_MAX) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "more than %d servers", TARGET_NODES_MAX);
    }
    target->nodes[target->node_count++] = *address;
    return TOCSIN_OK;
}

static tocsin_status read_urls(struct clickhouse_target *target, const char *urls, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (str rest = str_from_cstring(urls); status == TOCSIN_OK;) {
        size_t end = str_find_char(rest, ',', 0);
        const char *url = arena_copy_cstring(&target->arena, str_slice(rest, 0, end));
        struct clickhouse_address address;
        status = url ? clickhouse_address_read(url, &target->arena, &address, err) : error_memory(err);
        status = status == TOCSIN_OK ? add_node(target, &address, err) : status;
        if (status == TOCSIN_OK && (strcmp(address.database, target->nodes[0].database) != 0 ||
                                    strcmp(address.cluster, target->nodes[0].cluster) != 0)) {
            status = error_set(err, TOCSIN_ERROR_USAGE, "the servers of one load have one database and one cluster");
        }
        if (end == SIZE_MAX) {
            break;
        }
        rest = str_skip(rest, end + 1);
    }
    return status;
}

/* The first node that answers. */
static tocsin_status connect(struct clickhouse_target *target, struct error *err)
{
    tocsin_status status = TOCSIN_ERROR_INPUT;
    for (uint32_t i = 0; i < target->node_count && !target->session; i++) {
        struct error error = {0};
        status = clickhouse_session_open(&target->nodes[i], NULL, &target->session, &error);
        if (status != TOCSIN_OK && i + 1 == target->node_count) {
            *err = error;
        }
    }
    return target->session ? TOCSIN_OK : status;
}

/* Other hosts of the cluster, by the same port: those that can be reached so are tried when one fails. */
static tocsin_status find_hosts(struct clickhouse_target *target, struct error *err)
{
    struct strbuf sql;
    struct strbuf answer;
    const struct clickhouse_address *here = clickhouse_session_address(target->session);
    strbuf_init(&sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    strbuf_init(&answer, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    strbuf_append(&sql, STR("SELECT DISTINCT host_name FROM system.clusters WHERE cluster = "));
    layout_append_string(&sql, str_from_cstring(here->cluster));
    strbuf_append(&sql, STR(" ORDER BY host_name"));
    tocsin_status status = clickhouse_ask(target->session, strbuf_str(&sql), &answer, err);
    str rest = strbuf_str(&answer);
    str line;
    uint32_t hosts = 0;
    struct clickhouse_address base = *here;
    while (status == TOCSIN_OK && clickhouse_text_line(&rest, &line)) {
        str host = clickhouse_text_value(&target->arena, line);
        const char *name = host.data ? arena_copy_cstring(&target->arena, host) : NULL;
        hosts++;
        if (!name) {
            status = error_memory(err);
        } else if (strcmp(name, "localhost") != 0 && strncmp(name, "127.", 4) != 0 && strcmp(name, "::1") != 0) {
            struct clickhouse_address node = clickhouse_address_of_node(&base, name, base.port);
            status = target->node_count < TARGET_NODES_MAX ? add_node(target, &node, err) : TOCSIN_OK;
        }
    }
    if (status == TOCSIN_OK && hosts == 0) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "%s knows no cluster \"%s\"", base.host, base.cluster);
        error_hint(err, "SELECT DISTINCT cluster FROM system.clusters lists those it knows");
    }
    strbuf_release(&sql);
    strbuf_release(&answer);
    return status;
}

/* Each node says which shard it is of: addresses of HTTP interfaces are not in system.clusters. One that does not
 * answer now gets no blocks but through others. */
static tocsin_status find_shards(struct clickhouse_target *target, struct error *err)
{
    const struct clickhouse_options options = {.connect_ms = LIMIT_CLICKHOUSE_GREETING_MS,
                                               .silence_ms = LIMIT_CLICKHOUSE_GREETING_MS};
    const char *cluster = target->nodes[0].cluster;
    tocsin_status status = shard_map_read(target->session, cluster, &target->shards, err);
    for (uint32_t i = 0; status == TOCSIN_OK && target->shards.count > 0 && i < target->node_count; i++) {
        struct clickhouse_session *session = NULL;
        struct error ignored = {0};
        if (clickhouse_session_open(&target->nodes[i], &options, &session, &ignored) != TOCSIN_OK ||
            shard_of_server(session, cluster, &target->node_shards[i], &ignored) != TOCSIN_OK) {
            target->node_shards[i] = 0;
        }
        clickhouse_session_free(session);
    }
    return status;
}

static void name_target(struct clickhouse_target *target)
{
    strbuf_init(&target->name, LIMIT_CLICKHOUSE_NAME_BYTES);
    const struct clickhouse_address *first = &target->nodes[0];
    if (first->cluster[0]) {
        strbuf_append_format(&target->name, "cluster %s", first->cluster);
    } else {
        strbuf_append_format(&target->name, "%s:%u", first->host, first->port);
    }
    strbuf_append_format(&target->name, " database %s", first->database);
    strbuf_append_char(&target->name, '\0'); /* behind its end */
    target->name.len -= target->name.is_failed ? 0 : 1;
}

tocsin_status clickhouse_target_open(const char *urls, const struct schema *schema, struct clickhouse_target *target,
                                     struct error *err)
{
    *target = (struct clickhouse_target){.node_count = 0};
    arena_init(&target->arena, ARENA_NO_LIMIT);
    layout_table_init(&target->table, &target->arena);
    tocsin_status status = read_urls(target, urls, err);
    status = status == TOCSIN_OK ? connect(target, err) : status;
    if (status == TOCSIN_OK) {
        name_target(target);
        target->options = (struct clickhouse_tables_options){
            .schema = schema,
            .dialect = clickhouse_session_dialect(target->session),
            .cluster = str_from_cstring(target->nodes[0].cluster),
            .database = str_from_cstring(target->nodes[0].database),
        };
    }
    if (status == TOCSIN_OK && target->options.cluster.len > 0) {
        status = find_hosts(target, err);
        status = status == TOCSIN_OK ? find_shards(target, err) : status;
    }
    if (status != TOCSIN_OK) {
        clickhouse_target_release(target);
    }
    return status;
}

void clickhouse_target_release(struct clickhouse_target *target)
{
    clickhouse_session_free(target->session);
    strbuf_release(&target->name);
    arena_release(&target->arena);
    *target = (struct clickhouse_target){.node_count = 0};
}

/* ---- questions ---- */

static tocsin_status ask(struct clickhouse_target *target, str sql, struct strbuf *answer, struct error *err)
{
    tocsin_status status = target->session ? TOCSIN_OK : connect(target, err);
    status = status == TOCSIN_OK ? clickhouse_ask(target->session, sql, answer, err) : status;
    if (status != TOCSIN_OK && target->session &&
        clickhouse_session_failure(target->session) != CLICKHOUSE_REFUSED) {
        clickhouse_session_free(target->session);
        target->session = NULL;
    }
    return status;
}

tocsin_status clickhouse_target_run(struct clickhouse_target *target, str sql, struct error *err)
{
    struct strbuf answer; /* of ON CLUSTER: a row for each node */
    strbuf_init(&answer, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    tocsin_status status = ask(target, sql, &answer, err);
    strbuf_release(&answer);
    return status;
}

tocsin_status clickhouse_target_time(struct clickhouse_target *target, int64_t *ret_ms, struct error *err)
{
    struct strbuf answer;
    strbuf_init(&answer, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    tocsin_status status = ask(target, STR("SELECT " SERVER_CLOCK_SQL), &answer, err);
    if (status == TOCSIN_OK && (!str_to_i64(str_trim(strbuf_str(&answer)), ret_ms) || *ret_ms <= 0)) {
        status = error_set(err, TOCSIN_ERROR_INPUT, "the server's time makes no sense");
    }
    strbuf_release(&answer);
    return status;
}

static tocsin_status add_answer(struct clickhouse_target *target, str rest, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    str line;
    while (status == TOCSIN_OK && clickhouse_text_line(&rest, &line)) {
        str name;
        str type;
        if (!clickhouse_text_field(&line, &name) || !clickhouse_text_field(&line, &type)) {
            return error_set(err, TOCSIN_ERROR_INPUT, "the server's list of columns makes no sense");
        }
        name = clickhouse_text_value(&target->arena, name);
        type = clickhouse_text_value(&target->arena, type);
        if (!name.data || !type.data) {
            return error_memory(err);
        }
        status = layout_table_find(&target->table, name) ? TOCSIN_OK
                                                         : layout_table_add(&target->table, name, type, err);
    }
    return status;
}

tocsin_status clickhouse_target_read_columns(struct clickhouse_target *target, struct error *err)
{
    struct strbuf sql;
    struct strbuf answer;
    strbuf_init(&sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    strbuf_init(&answer, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    clickhouse_columns_sql(target->options.database, STR(LAYOUT_EVENTS), &sql);
    tocsin_status status = ask(target, strbuf_str(&sql), &answer, err);
    status = status == TOCSIN_OK ? add_answer(target, strbuf_str(&answer), err) : status;
    strbuf_release(&sql);
    strbuf_release(&answer);
    return status;
}

tocsin_status clickhouse_target_version(struct clickhouse_target *target, int64_t *ret_version, struct error *err)
{
    struct strbuf sql;
    struct strbuf answer;
    strbuf_init(&sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    strbuf_init(&answer, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    strbuf_append(&sql, STR("SELECT count() FROM system.tables WHERE name = '" LAYOUT_SCHEMA "' AND database = "));
    layout_append_string(&sql, target->options.database);
    tocsin_status status = ask(target, strbuf_str(&sql), &answer, err);
    int64_t version = 0;
    if (status == TOCSIN_OK && str_eq(str_trim(strbuf_str(&answer)), STR("1"))) {
        strbuf_clear(&sql);
        strbuf_append(&sql, STR("SELECT max(`version`) FROM "));
        layout_append_name(&sql, target->options.database);
        strbuf_append(&sql, STR("." LAYOUT_SCHEMA));
        status = ask(target, strbuf_str(&sql), &answer, err);
        if (status == TOCSIN_OK && !str_to_i64(str_trim(strbuf_str(&answer)), &version)) {
            status = error_set(err, TOCSIN_ERROR_INPUT, "the server did not answer with a version");
        }
    }
    if (status == TOCSIN_OK) {
        *ret_version = version;
    }
    strbuf_release(&sql);
    strbuf_release(&answer);
    return status;
}

tocsin_status clickhouse_target_check(struct clickhouse_target *target, struct error *err)
{
    int64_t version = 0;
    tocsin_status status = clickhouse_target_version(target, &version, err);
    if (status == TOCSIN_OK && version > LAYOUT_VERSION) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "the tables are of version %lld; this release knows version %d",
                           (long long)version, LAYOUT_VERSION);
        error_hint(err, "a later release of Tocsin made them: use that one");
    } else if (status == TOCSIN_OK && version < LAYOUT_VERSION) {
        status = error_set(err, TOCSIN_ERROR_CONFIG,
                           version == 0 ? "there are no tables of Tocsin in database \"%s\""
                                        : "the tables in database \"%s\" are of an earlier version",
                           target->nodes[0].database);
        error_hint(err, "tocsin schema --clickhouse --apply URL makes them, or brings them up to date");
    }
    status = status == TOCSIN_OK ? clickhouse_target_read_columns(target, err) : status;
    return status == TOCSIN_OK ? layout_table_check(&target->table, STR(LAYOUT_EVENTS), err) : status;
}

/* ---- columns ---- */

enum { COLUMN_WAITS = 100, COLUMN_WAIT_MS = 100 };

struct column_adder {
    struct clickhouse_target *target;
    tocsin_status status;
    struct error error; /* the last one's */
};

/* Of each statement, whatever became of the one before: another process may be adding the same column, and one that is
 * there on the shards may not be in the Distributed table yet. */
static tocsin_status run_statement(void *context, str sql, struct error *err)
{
    struct column_adder *adder = context;
    struct error error = {0};
    tocsin_status status = clickhouse_target_run(adder->target, sql, &error);
    if (status != TOCSIN_OK) {
        adder->status = status;
        adder->error = error;
    }
    return TOCSIN_OK;
}

static tocsin_status add_column(struct clickhouse_target *target, field_id field, struct error *err)
{
    struct column_adder adder = {.target = target};
    const struct statement_sink sink = {run_statement, &adder};
    const struct layout_column *column = NULL;
    const struct timespec pause = {.tv_nsec = COLUMN_WAIT_MS * 1000000L};
    tocsin_status status = clickhouse_columns_write(&target->options, &target->table, &field, 1, &sink, err);
    for (int waits = 0; status == TOCSIN_OK && !column && waits < COLUMN_WAITS; waits++) {
        status = clickhouse_target_read_columns(target, err);
        status = status == TOCSIN_OK
                     ? layout_table_field(&target->table, target->options.schema, field, &column, err)
                     : status;
        if (status == TOCSIN_OK && !column) {
            (void)nanosleep(&pause, NULL);
        }
    }
    if (status == TOCSIN_OK && !column) {
        status = adder.status != TOCSIN_OK ? adder.status
                                           : error_set(err, TOCSIN_ERROR_OUTPUT, "a column was not added");
        if (adder.status != TOCSIN_OK && err) {
            *err = adder.error;
        }
    }
    return status;
}

/* Another process may be adding the same columns: what counts is that they are there. */
tocsin_status clickhouse_target_add_columns(struct clickhouse_target *target, const field_id *fields, size_t count,
                                            struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        status = add_column(target, fields[i], err);
    }
    return status;
}
