/* Tables of ClickHouse, printed or made (tocsin_tables). */
#include <errno.h>
#include <stdio.h>

#include "base/civil_time.h"
#include "engine/clickhouse_target.h"
#include "engine/engine_internal.h"

struct table_printer {
    tocsin_write *write;
    void *context;
    struct clickhouse_target *target; /* NULL: statements are printed */
    uint32_t changes;
};

static tocsin_status print(struct table_printer *printer, str text, struct error *err)
{
    int failure = printer->write(printer->context, text.data, text.len);
    if (failure != 0) {
        return failure == EPIPE ? error_set(err, TOCSIN_ERROR_CLOSED, "the reader went away")
                                : error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write");
    }
    return TOCSIN_OK;
}

static tocsin_status print_statement(void *context, str sql, struct error *err)
{
    struct table_printer *printer = context;
    tocsin_status status = print(printer, sql, err);
    return status == TOCSIN_OK ? print(printer, STR(";\n\n"), err) : status;
}

static tocsin_status run_statement(void *context, str sql, struct error *err)
{
    struct table_printer *printer = context;
    printer->changes++;
    return clickhouse_target_run(printer->target, sql, err);
}

static tocsin_status print_tables(const struct clickhouse_tables_options *options, struct table_printer *printer,
                                  struct error *err)
{
    const struct statement_sink sink = {print_statement, printer};
    return clickhouse_tables_write(options, &sink, err);
}

/* ---- made at a server ---- */

static tocsin_status refuse_later(struct clickhouse_target *target, int64_t *ret_version, struct error *err)
{
    tocsin_status status = clickhouse_target_version(target, ret_version, err);
    if (status == TOCSIN_OK && *ret_version > LAYOUT_VERSION) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "the tables are of version %lld; this release knows version %d",
                           (long long)*ret_version, LAYOUT_VERSION);
        error_hint(err, "a later release of Tocsin made them: use that one");
    }
    return status;
}

/* A table that is there may be of an earlier release: it gets the columns that it lacks. */
static tocsin_status add_missing(struct clickhouse_target *target, struct table_printer *printer, struct error *err)
{
    const struct statement_sink sink = {run_statement, printer};
    tocsin_status status = clickhouse_target_read_columns(target, err);
    status = status == TOCSIN_OK ? layout_table_check(&target->table, STR(LAYOUT_EVENTS), err) : status;
    printer->changes = 0;
    return status == TOCSIN_OK
               ? clickhouse_columns_write(&target->options, &target->table, NULL, 0, &sink, err)
               : status;
}

static tocsin_status drop_days(struct clickhouse_target *target, str rest, struct table_printer *printer,
                               struct error *err)
{
    struct strbuf sql;
    str day;
    tocsin_status status = TOCSIN_OK;
    strbuf_init(&sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    while (status == TOCSIN_OK && clickhouse_text_line(&rest, &day)) {
        strbuf_clear(&sql);
        clickhouse_drop_day_sql(&target->options, day, &sql);
        status = clickhouse_target_run(target, strbuf_str(&sql), err);
        strbuf_clear(&sql);
        strbuf_append(&sql, STR("dropped "));
        strbuf_append(&sql, day);
        strbuf_append_char(&sql, '\n');
        status = status == TOCSIN_OK ? print(printer, strbuf_str(&sql), err) : status;
    }
    strbuf_release(&sql);
    return status;
}

/* 18.16 knows no TTL: whoever makes the tables drops the days, and has to come again. */
static tocsin_status expire(struct clickhouse_target *target, struct table_printer *printer, struct error *err)
{
    struct strbuf sql;
    struct strbuf days;
    if (target->options.keep_days == 0) {
        return TOCSIN_OK;
    }
    strbuf_init(&sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    strbuf_init(&days, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    tocsin_status status = TOCSIN_OK;
    if (target->options.dialect == CLICKHOUSE_MODERN) {
        clickhouse_ttl_sql(&target->options, &sql);
        status = clickhouse_target_run(target, strbuf_str(&sql), err);
    } else {
        clickhouse_old_days_sql(&target->options, clock_wall_ms(), &sql);
        status = clickhouse_ask(target->session, strbuf_str(&sql), &days, err);
        status = status == TOCSIN_OK ? drop_days(target, strbuf_str(&days), printer, err) : status;
    }
    strbuf_release(&sql);
    strbuf_release(&days);
    return status;
}

static tocsin_status apply(struct clickhouse_target *target, struct table_printer *printer, struct error *err)
{
    const struct statement_sink sink = {run_statement, printer};
    int64_t version = 0;
    char line[256];
    printer->target = target;
    tocsin_status status = refuse_later(target, &version, err);
    status = status == TOCSIN_OK ? clickhouse_upgrade_write(&target->options, version, &sink, err) : status;
    status = status == TOCSIN_OK ? clickhouse_tables_write(&target->options, &sink, err) : status;
    if (status == TOCSIN_OK && version > 0) {
        status = clickhouse_indexes_write(&target->options, &sink, err);
    }
    status = status == TOCSIN_OK ? add_missing(target, printer, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    int length = snprintf(line, sizeof(line), "tables of version %d are there (%s): %s, %u columns added\n",
                          LAYOUT_VERSION, clickhouse_session_version(target->session),
                          version == 0                ? "made"
                          : version < LAYOUT_VERSION ? "brought up to date"
                                                     : "nothing to make",
                          printer->changes);
    status = print(printer, (str){line, length > 0 ? (size_t)length : 0}, err);
    return status == TOCSIN_OK ? expire(target, printer, err) : status;
}

tocsin_status tocsin_tables(tocsin_engine *engine, const struct tocsin_tables_options *options, tocsin_write *write,
                            void *context, struct tocsin_error *err)
{
    struct error error = {0};
    struct table_printer printer = {.write = write, .context = context};
    tocsin_status status;
    if (options->apply) {
        struct clickhouse_target target;
        status = clickhouse_target_open(options->apply, engine->schema, &target, &error);
        if (status == TOCSIN_OK) {
            target.options.keep_days = options->keep_days;
            status = apply(&target, &printer, &error);
            clickhouse_target_release(&target);
        }
    } else {
        bool is_old = options->dialect && str_eq(str_from_cstring(options->dialect), STR("18.16"));
        const struct clickhouse_tables_options tables = {
            .schema = engine->schema,
            .dialect = is_old ? CLICKHOUSE_18 : CLICKHOUSE_MODERN,
            .cluster = options->cluster ? str_from_cstring(options->cluster) : STR_EMPTY,
            .database = options->database ? str_from_cstring(options->database) : STR("default"),
            .keep_days = options->keep_days,
        };
        status = print_tables(&tables, &printer, &error);
    }
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}
