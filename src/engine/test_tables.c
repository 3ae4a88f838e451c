/* Tables of ClickHouse for tests, in a database of their own (tocsin_test_tables). */
#include <inttypes.h>
#include <stdio.h>

#include "base/civil_time.h"
#include "base/memory.h"
#include "engine/clickhouse_target.h"
#include "engine/engine_internal.h"

#define NAME_BEGINNING "tocsin_test_"
enum { DATABASE_BYTES = 64, NAME_RANDOM_DIGITS = 16, DAY_SECONDS = 86400, SEND_AGAIN_SECONDS = 10 };

struct tocsin_test_tables {
    tocsin_engine *engine;
    struct clickhouse_target target; /* with the database that was named: from there the tests' own comes and goes */
    char database[DATABASE_BYTES];
    struct strbuf addresses; /* those given, with that database, */
    struct strbuf first;     /* and one of them */
    struct clickhouse_address nodes[TARGET_NODES_MAX];
    struct clickhouse_session *sessions[TARGET_NODES_MAX]; /* NULL: not open */
};

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* The time it was made is in the name, for who comes later and finds it. */
static void name_database(struct tocsin_test_tables *tables)
{
    (void)snprintf(tables->database, sizeof(tables->database), NAME_BEGINNING "%" PRId64 "_%016" PRIx64,
                   clock_wall_ms() / 1000, engine_random_seed());
}

/* Of a test that was killed, more than a day ago. */
static bool is_stale(str name)
{
    int64_t seconds = 0;
    str rest = str_starts_with(name, STR(NAME_BEGINNING)) ? str_skip(name, sizeof(NAME_BEGINNING) - 1) : STR_EMPTY;
    size_t end = str_find_char(rest, '_', 0);
    if (end == SIZE_MAX || !str_to_i64(str_slice(rest, 0, end), &seconds) || rest.len != end + 1 + NAME_RANDOM_DIGITS) {
        return false;
    }
    for (size_t i = end + 1; i < rest.len; i++) {
        bool is_digit = (rest.data[i] >= '0' && rest.data[i] <= '9') || (rest.data[i] >= 'a' && rest.data[i] <= 'f');
        if (!is_digit) {
            return false;
        }
    }
    return seconds > 0 && seconds < clock_wall_ms() / 1000 - DAY_SECONDS;
}

/* An address that was read before, with another database. */
static void append_address(struct strbuf *text, str address, const char *database)
{
    size_t query = str_find_char(address, '?', 0);
    size_t host = str_find_char(address, '/', 0) + 2;
    size_t slash = str_find_char(address, '/', host);
    query = query == SIZE_MAX ? address.len : query;
    slash = slash < query ? slash : query;
    strbuf_append(text, str_slice(address, 0, slash));
    strbuf_append_format(text, "/%s", database);
    strbuf_append(text, str_slice(address, query, address.len));
}

static tocsin_status name_addresses(struct tocsin_test_tables *tables, const char *addresses, struct error *err)
{
    for (str rest = str_from_cstring(addresses); rest.len > 0;) {
        size_t end = str_find_char(rest, ',', 0);
        str address = str_slice(rest, 0, end == SIZE_MAX ? rest.len : end);
        if (tables->addresses.len == 0) {
            append_address(&tables->first, address, tables->database);
        }
        strbuf_append(&tables->addresses, tables->addresses.len > 0 ? STR(",") : STR_EMPTY);
        append_address(&tables->addresses, address, tables->database);
        rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end + 1);
    }
    strbuf_append_char(&tables->addresses, '\0');
    strbuf_append_char(&tables->first, '\0');
    return tables->addresses.is_failed || tables->first.is_failed ? error_memory(err) : TOCSIN_OK;
}

/* ---- the database ------------------------------------------------------------------------------------------------ */

static tocsin_status change_database(struct tocsin_test_tables *tables, str verb, str database, struct error *err)
{
    struct strbuf sql;
    str cluster = tables->target.options.cluster;
    strbuf_init(&sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    strbuf_append(&sql, verb);
    layout_append_name(&sql, database);
    if (cluster.len > 0) {
        strbuf_append(&sql, STR(" ON CLUSTER "));
        layout_append_name(&sql, cluster);
    }
    tocsin_status status = sql.is_failed ? error_memory(err)
                                         : clickhouse_target_run(&tables->target, strbuf_str(&sql), err);
    strbuf_release(&sql);
    return status;
}

static tocsin_status drop_database(struct tocsin_test_tables *tables, str database, struct error *err)
{
    return change_database(tables, STR("DROP DATABASE IF EXISTS "), database, err);
}

/* Somebody else may be at it, too: what cannot be dropped now stays until the next time. */
static tocsin_status drop_stale(struct tocsin_test_tables *tables, struct error *err)
{
    struct strbuf answer;
    str line;
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    tocsin_status status = clickhouse_ask(
        tables->target.session,
        STR("SELECT name FROM system.databases WHERE position(name, '" NAME_BEGINNING "') = 1"), &answer, err);
    str rest = strbuf_str(&answer);
    while (status == TOCSIN_OK && clickhouse_text_line(&rest, &line)) {
        struct error ignored = {0};
        if (is_stale(line)) {
            (void)drop_database(tables, line, &ignored);
        }
    }
    strbuf_release(&answer);
    return status;
}

static int drop_text(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    (void)bytes;
    (void)byte_count;
    return 0;
}

static tocsin_status open_target(struct tocsin_test_tables *tables, const char *addresses, struct error *err)
{
    tocsin_status status = clickhouse_target_open(addresses, tables->engine->schema, &tables->target, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (tables->target.options.cluster.len == 0 && tables->target.node_count > 1) {
        status = error_set(err, TOCSIN_ERROR_USAGE, "tests run on one server, or on a cluster");
        error_hint(err, "name the cluster in the addresses: ?cluster=NAME");
        return status;
    }
    name_database(tables);
    for (uint32_t i = 0; i < tables->target.node_count; i++) {
        tables->nodes[i] = tables->target.nodes[i];
        tables->nodes[i].database = tables->database;
    }
    return name_addresses(tables, addresses, err);
}

static void free_tables(struct tocsin_test_tables *tables)
{
    for (uint32_t i = 0; i < TARGET_NODES_MAX; i++) {
        clickhouse_session_free(tables->sessions[i]);
    }
    strbuf_release(&tables->addresses);
    strbuf_release(&tables->first);
    clickhouse_target_release(&tables->target);
    memory_free(tables);
}

tocsin_status tocsin_test_tables_create(tocsin_engine *engine, const char *addresses, tocsin_test_tables **ret_tables,
                                        struct tocsin_error *err)
{
    struct error error = {0};
    struct tocsin_test_tables *tables = memory_allocate_zeroed(1, sizeof(*tables));
    if (!tables) {
        error_memory(&error);
        return public_error(err, &error);
    }
    tables->engine = engine;
    strbuf_init(&tables->addresses, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    strbuf_init(&tables->first, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    tocsin_status status = open_target(tables, addresses, &error);
    status = status == TOCSIN_OK ? drop_stale(tables, &error) : status;
    if (status == TOCSIN_OK) {
        status = change_database(tables, STR("CREATE DATABASE "), str_from_cstring(tables->database), &error);
    }
    if (status != TOCSIN_OK) {
        free_tables(tables);
        return public_error(err, &error);
    }
    const struct tocsin_tables_options options = {.apply = tables->addresses.data};
    status = tocsin_tables(engine, &options, drop_text, NULL, err);
    if (status != TOCSIN_OK) {
        struct tocsin_error ignored = {0};
        (void)tocsin_test_tables_drop(tables, &ignored);
        return status;
    }
    *ret_tables = tables;
    return TOCSIN_OK;
}

const char *tocsin_test_tables_address(const tocsin_test_tables *tables)
{
    return tables->first.data;
}

/* A connection that had been idle may be closed: then another one. */
tocsin_status tocsin_test_tables_drop(tocsin_test_tables *tables, struct tocsin_error *err)
{
    struct error error = {0};
    if (!tables) {
        return TOCSIN_OK;
    }
    str database = str_from_cstring(tables->database);
    tocsin_status status = drop_database(tables, database, &error);
    status = status == TOCSIN_OK ? status : drop_database(tables, database, &error);
    if (status != TOCSIN_OK) {
        error_context(&error, "database %s cannot be dropped", tables->database);
        error_hint(&error, "a test of another day drops it");
        public_error(err, &error);
    }
    free_tables(tables);
    return status;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* A statement may be sent twice: once more, if a connection that was open before is not any longer. */
static tocsin_status ask_node(struct tocsin_test_tables *tables, uint32_t node, str sql, struct strbuf *answer,
                              struct error *err)
{
    const struct clickhouse_options options = {.is_interrupted = tables->engine->is_cancelled,
                                               .context = tables->engine->cancel_context};
    struct clickhouse_session **session = &tables->sessions[node];
    while (true) {
        bool was_open = *session != NULL;
        tocsin_status status =
            was_open ? TOCSIN_OK : clickhouse_session_open(&tables->nodes[node], &options, session, err);
        status = status == TOCSIN_OK ? clickhouse_ask(*session, sql, answer, err) : status;
        if (status == TOCSIN_OK) {
            return status;
        }
        clickhouse_session_free(*session);
        *session = NULL;
        if (!was_open || status == TOCSIN_ERROR_CANCELLED) {
            return status;
        }
    }
}

static tocsin_status tell_nodes(struct tocsin_test_tables *tables, str sql, struct error *err)
{
    struct strbuf answer;
    tocsin_status status = TOCSIN_OK;
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    for (uint32_t i = 0; status == TOCSIN_OK && i < tables->target.node_count; i++) {
        status = ask_node(tables, i, sql, &answer, err);
    }
    strbuf_release(&answer);
    return status;
}

/* Nodes that nobody named would keep rows of the test before. */
static tocsin_status check_rows(struct tocsin_test_tables *tables, uint64_t rows, struct error *err)
{
    struct strbuf answer;
    uint64_t found = 0;
    strbuf_init(&answer, LIMIT_CLICKHOUSE_ANSWER_BYTES);
    tocsin_status status = ask_node(tables, 0, STR("SELECT count() FROM " LAYOUT_EVENTS), &answer, err);
    if (status == TOCSIN_OK && (!str_to_u64(str_trim(strbuf_str(&answer)), &found) || found != rows)) {
        status = error_set(err, TOCSIN_ERROR_OUTPUT, "%" PRIu64 " events were sent, and %" PRIu64 " are there", rows,
                           found);
        error_hint(err, "--on takes addresses of all nodes of a cluster, parted by commas");
    }
    strbuf_release(&answer);
    return status;
}

static tocsin_status send_logs(struct tocsin_test_tables *tables, const char *const *inputs, size_t input_count,
                               uint64_t *ret_rows, struct tocsin_error *ret_problem, struct tocsin_error *err)
{
    const struct tocsin_engine *engine = tables->engine;
    const struct tocsin_ingest_options options = {.to = tables->addresses.data,
                                                  .inputs = inputs,
                                                  .input_count = input_count,
                                                  .connections = 1,
                                                  .retry_seconds = SEND_AGAIN_SECONDS};
    tocsin_ingest *ingest = NULL;
    tocsin_status status = tocsin_ingest_create(tables->engine, &options, &ingest, err);
    while (status == TOCSIN_OK) {
        status = tocsin_ingest_step(ingest, err);
        if (status == TOCSIN_OK && engine->is_cancelled && engine->is_cancelled(engine->cancel_context)) {
            struct error error = {0};
            error_set(&error, TOCSIN_ERROR_CANCELLED, "interrupted");
            status = public_error(err, &error);
        }
    }
    if (status == TOCSIN_END) {
        struct tocsin_ingest_summary summary;
        tocsin_ingest_summary_get(ingest, &summary);
        *ret_rows = summary.events;
        if (summary.read.problem_count > 0) {
            *ret_problem = summary.read.problems[0];
        }
        status = TOCSIN_OK;
    }
    tocsin_ingest_free(ingest);
    return status;
}

static bool is_of_server(tocsin_status status)
{
    return status != TOCSIN_OK && status != TOCSIN_ERROR_MEMORY && status != TOCSIN_ERROR_CANCELLED;
}

tocsin_status tocsin_test_tables_load(tocsin_test_tables *tables, const char *const *inputs, size_t input_count,
                                      struct tocsin_error *err)
{
    struct error error = {0};
    struct tocsin_error problem = {0};
    bool has_cluster = tables->target.options.cluster.len > 0;
    uint64_t rows = 0;
    tocsin_status status =
        tell_nodes(tables, has_cluster ? STR("TRUNCATE TABLE events_local") : STR("TRUNCATE TABLE events"), &error);
    if (status == TOCSIN_OK) {
        status = send_logs(tables, inputs, input_count, &rows, &problem, err);
    } else {
        public_error(err, &error);
    }
    if (status == TOCSIN_OK) {
        /* A replica gets rows a moment later. */
        status = has_cluster ? tell_nodes(tables, STR("SYSTEM SYNC REPLICA events_local"), &error) : TOCSIN_OK;
        status = status == TOCSIN_OK ? check_rows(tables, rows, &error) : status;
        status = status == TOCSIN_OK ? status : public_error(err, &error);
    }
    if (is_of_server(status)) {
        status = err->status = TOCSIN_ERROR_OUTPUT;
    } else if (status == TOCSIN_OK && problem.status != TOCSIN_OK) {
        *err = problem;
        status = problem.status;
    }
    return status;
}
