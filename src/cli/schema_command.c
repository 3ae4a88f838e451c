/* schema: the tables of ClickHouse, printed or made. */
#include <errno.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/problem_report.h"
#include "cli/standard_output.h"

enum { KEEP_DAYS_MAX = 36500 };

static int write_output(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    return standard_output_write(bytes, byte_count);
}

static tocsin_status read_options(const struct command_line *line, struct tocsin_tables_options *options,
                                  struct tocsin_error *err)
{
    if (!line->clickhouse) {
        return usage_error(err, "tocsin schema --clickhouse", "schema prints the tables of ClickHouse only");
    }
    if (line->operand_count > 0) {
        return usage_error(err, NULL, "schema takes no arguments");
    }
    if (line->apply && (line->cluster || line->database || line->dialect)) {
        return usage_error(err, "--apply 'clickhouse://HOST/DATABASE?cluster=NAME'",
                           "with --apply, database and cluster stand in the address, and the server is asked for its "
                           "dialect");
    }
    *options = (struct tocsin_tables_options){
        .apply = line->apply, .cluster = line->cluster, .database = line->database, .dialect = line->dialect};
    if (line->keep_days) {
        char *end = NULL;
        errno = 0;
        unsigned long days = strtoul(line->keep_days, &end, 10);
        if (errno != 0 || *end != '\0' || line->keep_days[0] < '0' || line->keep_days[0] > '9' || days == 0 ||
            days > KEEP_DAYS_MAX) {
            return usage_error(err, NULL, "--keep-days is a number of days from 1 on, not \"%s\"", line->keep_days);
        }
        options->keep_days = (unsigned)days;
    }
    return TOCSIN_OK;
}

int schema_command(const struct command_context *context)
{
    tocsin_engine *engine = NULL;
    struct tocsin_error err = {0};
    struct tocsin_tables_options options;
    tocsin_status status = read_options(context->line, &options, &err);
    status = status == TOCSIN_OK ? command_create_engine(context->line, &engine, &err) : status;
    status = status == TOCSIN_OK ? tocsin_tables(engine, &options, write_output, NULL, &err) : status;
    tocsin_engine_free(engine);
    return status == TOCSIN_OK ? 0 : command_fail(context, &err);
}
