/* explain_analyze.c - what each part of a query did when it ran: rows in and out, time, and what the scan left out. */
#include "engine/run_internal.h"
#include "plan/explain.h"

/* A tree being made; the first failure ends it. */
struct analysis {
    const struct tocsin_run *run;
    const struct measure *measure;
    struct arena *arena;
    bool is_failed; /* memory is out */
};

enum { NUMBER_BYTES = 32 };

/* "10,000,000" */
static const char *number_text(uint64_t number, char text[NUMBER_BYTES])
{
    char *at = text + NUMBER_BYTES - 1;
    *at = '\0';
    for (int digits = 0; number > 0 || digits == 0; digits++, number /= 10) {
        if (digits > 0 && digits % 3 == 0) {
            *--at = ',';
        }
        *--at = (char)('0' + number % 10);
    }
    return at;
}

static void add_figure(struct analysis *analysis, struct explain_node *node, const char *name, uint64_t value)
{
    analysis->is_failed |= !node || !explain_add_figure(analysis->arena, node, name, value);
}

static struct explain_node *add_part(struct analysis *analysis, struct explain_node *parent, const char *kind,
                                     const char *what, const struct part_measure *part)
{
    char in[NUMBER_BYTES];
    char out[NUMBER_BYTES];
    struct explain_node *node =
        explain_add_format(analysis->arena, parent, kind, "%s: %s rows in, %s out, %.3f ms", what,
                           number_text(part->rows_in, in), number_text(part->rows_out, out), (double)part->ns / 1e6);
    add_figure(analysis, node, "rows_in", part->rows_in);
    add_figure(analysis, node, "rows_out", part->rows_out);
    add_figure(analysis, node, "time_ns", (uint64_t)part->ns);
    return node;
}

/* ---- the scan ---- */

/* A line of the scan: a number, and what it counts. Those that are 0 are left out, but not for programs. */
static void add_counted(struct analysis *analysis, struct explain_node *parent, const char *kind, uint64_t number,
                        const char *what)
{
    char text[NUMBER_BYTES];
    if (number > 0) {
        analysis->is_failed |=
            !explain_add_format(analysis->arena, parent, kind, "%s %s", number_text(number, text), what);
    }
}

static void add_time(struct analysis *analysis, struct explain_node *parent, uint64_t ns, const char *what)
{
    analysis->is_failed |= !explain_add_format(analysis->arena, parent, "time", "%.3f ms %s", (double)ns / 1e6, what);
}

/* What of a store was read and passed over, and why. */
static void add_store_scan(struct analysis *analysis, struct explain_node *node)
{
    const struct store_scan_statistics *scan = &analysis->run->scan_statistics;
#define ADD_FIGURE(name, what) add_figure(analysis, node, #name, scan->name);
    SCAN_STATISTICS_LIST(ADD_FIGURE)
#undef ADD_FIGURE
    char segments[NUMBER_BYTES];
    char blocks[NUMBER_BYTES];
    if (analysis->is_failed) {
        return;
    }
    analysis->is_failed |= !explain_add_format(analysis->arena, node, "blocks", "%s blocks of %s segment%s",
                                               number_text(scan->blocks, blocks), number_text(scan->segments, segments),
                                               scan->segments == 1 ? "" : "s");
    add_counted(analysis, node, "skipped", scan->blocks_skipped_time, "skipped: outside the time range");
    add_counted(analysis, node, "skipped", scan->blocks_skipped_zone, "skipped: by their least and greatest values");
    add_counted(analysis, node, "skipped", scan->blocks_skipped_bloom, "skipped: by their Bloom filters");
    add_counted(analysis, node, "skipped", scan->blocks_skipped_filter, "without a row that is wanted");
    add_counted(analysis, node, "read", scan->chunks_read, "chunks read");
    add_counted(analysis, node, "read", scan->bytes_read, "bytes read");
    add_counted(analysis, node, "read", scan->bytes_unpacked, "bytes when unpacked");
    add_counted(analysis, node, "searched", scan->values_searched, "texts searched for literals");
    add_counted(analysis, node, "tested", scan->values_tested, "values tested");
    add_counted(analysis, node, "late", scan->rows_late, "rows of the answer: what else they need was read at the end");
    add_time(analysis, node, scan->read_ns, "for reading chunks, part of those below");
    add_time(analysis, node, scan->filter_ns, "for finding out which rows are wanted");
    add_time(analysis, node, scan->rows_ns, "for making batches of them");
    if (scan->rows_late > 0) {
        add_time(analysis, node, scan->late_ns, "for the other columns of rows of the answer");
    }
}

static void add_scan(struct analysis *analysis, struct explain_node *parent)
{
    const struct tocsin_run *run = analysis->run;
    const struct part_measure *scan = &analysis->measure->scan;
    const struct log_account *account = row_source_account(run->source);
    uint64_t bytes = run->store ? run->scan_statistics.bytes_read : account->statistics.bytes;
    char rows[NUMBER_BYTES];
    char all[NUMBER_BYTES];
    char size[NUMBER_BYTES];
    struct explain_node *node =
        explain_add_format(analysis->arena, parent, "scan", "scan of %s: %s events, %s given, %s bytes, %.3f ms",
                           run->store ? "the store" : "the input", number_text(account->statistics.events, all),
                           number_text(scan->rows_out, rows), number_text(bytes, size), (double)scan->ns / 1e6);
    add_figure(analysis, node, "events", account->statistics.events);
    if (!run->store) {
        add_figure(analysis, node, "rows_in", account->statistics.events);
        add_figure(analysis, node, "rows_out", scan->rows_out);
        add_figure(analysis, node, "bytes_read", bytes);
    } else if (node) {
        add_store_scan(analysis, node);
    }
    add_figure(analysis, node, "time_ns", (uint64_t)scan->ns);
}

/* ---- plans ---- */

static void add_plan(struct analysis *analysis, struct explain_node *parent, const struct plan *plan);

/* The parts that the plan has, from the answer down to the input. */
static void add_parts(struct analysis *analysis, struct explain_node *parent, const struct plan *plan)
{
    const struct plan_measure *measure = analysis->measure->plans;
    while (measure && measure->plan != plan) {
        measure = measure->next;
    }
    if (!measure) {
        return;
    }
    const struct part_measure *parts = measure->parts;
    if (parts[MEASURE_OUTPUT].rows_in > 0) {
        add_part(analysis, parent, "output", "output", &parts[MEASURE_OUTPUT]);
    }
    add_part(analysis, parent, "answer",
             plan->has_limit         ? "columns, order and limit"
             : plan->order_count > 0 ? "columns and order"
                                     : "columns",
             &parts[MEASURE_ANSWER]);
    if (plan->group) {
        add_part(analysis, parent, "group", plan->group->having ? "groups and HAVING" : "groups",
                 &parts[MEASURE_GROUP]);
    }
    if (plan->session) {
        add_part(analysis, parent, "session", "sessions", &parts[MEASURE_SESSION]);
    }
    if (parts[MEASURE_LATE].rows_in > 0) {
        add_part(analysis, parent, "filter-late", "filter, once the input has ended", &parts[MEASURE_LATE]);
    }
    if (parts[MEASURE_WAIT].rows_in > 0) {
        add_part(analysis, parent, "wait", "rows that wait for the end of the input", &parts[MEASURE_WAIT]);
    }
    add_part(analysis, parent, "filter", "filter", &parts[MEASURE_FILTER]);
}

static void add_plan(struct analysis *analysis, struct explain_node *parent, const struct plan *plan)
{
    add_parts(analysis, parent, plan);
    for (uint32_t i = 0; i < plan->subquery_count && !analysis->is_failed; i++) {
        struct explain_node *node = explain_add_format(analysis->arena, parent, "sub-select", "sub-select %u", i + 1);
        analysis->is_failed |= !node;
        if (node) {
            add_plan(analysis, node, plan->subqueries[i].plan);
        }
    }
    if (plan->source.kind == PLAN_SOURCE_PLAN && !analysis->is_failed) {
        struct explain_node *node = explain_add(analysis->arena, parent, "sub-select", STR("FROM (SELECT ..)"));
        analysis->is_failed |= !node;
        if (node) {
            add_plan(analysis, node, plan->source.inner);
        }
    } else if (plan->source.kind == PLAN_SOURCE_CURSOR) {
        analysis->is_failed |=
            !explain_add_format(analysis->arena, parent, "cursor", "the cursor %.*s", STR_ARG(plan->source.cursor));
    }
}

static tocsin_status write_analysis(const struct tocsin_run *run, const struct measure *measure,
                                    const struct tocsin_explain_options *options, struct error *err)
{
    struct analysis analysis = {.run = run, .measure = measure, .arena = measure->arena};
    char rows[NUMBER_BYTES];
    int64_t ns = run->ended_ns - run->started_ns;
    struct explain_node *tree =
        explain_add_format(measure->arena, NULL, "query", "query: %s row%s in %.3f s", number_text(run->rows, rows),
                           run->rows == 1 ? "" : "s", (double)ns / 1e9);
    add_figure(&analysis, tree, "rows_out", run->rows);
    add_figure(&analysis, tree, "time_ns", (uint64_t)ns);
    if (!analysis.is_failed) {
        add_plan(&analysis, tree, run->rules[0].plan);
    }
    if (!analysis.is_failed && run->reads_log) {
        add_scan(&analysis, tree);
    }
    return analysis.is_failed ? error_memory(err) : explain_write(tree, options, err);
}

static int discard(void *context, const char *bytes, size_t byte_count)
{
    (void)context;
    (void)bytes;
    (void)byte_count;
    return 0;
}

tocsin_status tocsin_explain_analyze(tocsin_engine *engine, const tocsin_query *query,
                                     const struct tocsin_run_options *run_options,
                                     const struct tocsin_explain_options *options, struct tocsin_error *err)
{
    struct error error = {0};
    struct arena arena;
    struct measure measure = {.arena = &arena};
    struct tocsin_run_options quiet = *run_options;
    quiet.output = "csv"; /* no lines are kept for it */
    quiet.write = discard;
    tocsin_run *run = NULL;
    arena_init(&arena, LIMIT_QUERY_RUN_BYTES);
    tocsin_status status = run_create_query(engine, query, &quiet, &measure, &run, &error);
    status = status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, err);
    }
    if (status == TOCSIN_END) {
        status = write_analysis(run, &measure, options, &error);
        status = status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
    }
    tocsin_run_free(run);
    arena_release(&arena);
    return status;
}
