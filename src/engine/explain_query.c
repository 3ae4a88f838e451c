/* explain_query.c - what a query does, and why it selects one event or not. */
#include <assert.h>
#include <errno.h>

#include "base/memory.h"
#include "engine/clickhouse_explain.h"
#include "engine/clickhouse_use.h"
#include "engine/run_internal.h"
#include "execute/row_codec.h"
#include "execute/why.h"
#include "plan/explain.h"

tocsin_status explain_write(const struct explain_node *tree, const struct tocsin_explain_options *options,
                            struct error *err)
{
    bool is_json = options->output && strcmp(options->output, "json") == 0;
    if (!is_json && options->output && strcmp(options->output, "text") != 0) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "explain has no output '%s'", options->output);
        error_hint(err, "outputs are text and json");
        return status;
    }
    struct strbuf text;
    strbuf_init(&text, SIZE_MAX / 2);
    if (is_json) {
        explain_write_json(tree, &text);
        strbuf_append_char(&text, '\n');
    } else {
        struct explain_style style = {.has_color = options->has_color, .width = options->width};
        explain_write_text(tree, &style, &text);
    }
    tocsin_status status = TOCSIN_OK;
    if (text.is_failed) {
        status = error_memory(err);
    } else {
        int failure = options->write(options->write_context, text.data, text.len);
        if (failure == EPIPE) {
            status = error_set(err, TOCSIN_ERROR_CLOSED, "the reader of the output went away");
        } else if (failure != 0) {
            status = error_system(err, TOCSIN_ERROR_OUTPUT, failure, "cannot write the result");
        }
    }
    strbuf_release(&text);
    return status;
}

tocsin_status tocsin_explain_query(tocsin_engine *engine, const tocsin_query *query,
                                   const struct tocsin_explain_options *options, struct tocsin_error *err)
{
    struct error error = {0};
    struct arena arena;
    struct explain_node *tree = NULL;
    arena_init(&arena, LIMIT_QUERY_RUN_BYTES);
    tocsin_status status = plan_explain(query->plan, engine->zone, &arena, &tree, &error);
    if (status == TOCSIN_OK && options->on) {
        status = clickhouse_explain_query(engine, query->plan, options->on, &arena, tree, &error);
    } else if (status == TOCSIN_OK && engine->clickhouse_url) {
        status = clickhouse_use_explain(engine, query->plan, &arena, tree, &error);
    }
    status = arena_explain(&arena, status, "the explanation", &error);
    status = status == TOCSIN_OK ? explain_write(tree, options, &error) : status;
    arena_release(&arena);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

/* ---- one event --------------------------------------------------------------------------------------------------- */

static bool is_watched(const struct tocsin_run *run, const struct batch *batch, uint32_t row)
{
    const struct watched_event *watch = run->watch;
    const struct batch_row *info = &batch->rows[row];
    for (uint32_t i = 0; watch->input && i < info->evidence_count; i++) {
        const struct evidence *span = &batch->evidence[info->evidence_first + i];
        if (watch->line >= span->line && watch->line - span->line < span->line_count &&
            str_eq(run->input_names[span->input], str_from_cstring(watch->input))) {
            return true;
        }
    }
    return !watch->input;
}

static tocsin_status keep_row(struct watched_row *watched, const struct batch *batch, uint32_t row, struct error *err)
{
    const struct column *columns[LIMIT_SCHEMA_FIELDS];
    for (uint32_t i = 0; i < batch->column_count; i++) {
        columns[i] = &batch->columns[i];
    }
    row_encode(&watched->row, columns, batch->column_count, batch, row);
    watched->is_found = !watched->row.is_failed;
    return watched->is_found ? TOCSIN_OK : error_memory(err);
}

tocsin_status watched_event_see(void *context, const struct plan *plan, const struct batch *batch, struct error *err)
{
    struct tocsin_run *run = context;
    for (uint32_t i = 0; run->watch && i < run->watch->row_count; i++) {
        struct watched_row *watched = &run->watch->rows[i];
        for (uint32_t row = 0; watched->plan == plan && !watched->is_found && row < batch->row_count; row++) {
            if (is_watched(run, batch, row)) {
                return keep_row(watched, batch, row, err);
            }
        }
    }
    return TOCSIN_OK;
}

static int discard(void *context, const char *bytes, size_t byte_count)
{
    return 0;
}

static tocsin_status no_event(const char *input, uint64_t line, struct error *err)
{
    if (!input) {
        return error_set(err, TOCSIN_ERROR_INPUT, "there is no event in the input");
    }
    tocsin_status status =
        error_set(err, TOCSIN_ERROR_INPUT, "no event is made of line %llu of %s", (unsigned long long)line, input);
    error_hint(err, "blank lines make none, and a line behind the last one cannot; lines count from 1");
    return status;
}

/* The selects that the event goes through, the one that reads the log first. False: it is a cursor that is read. */
static bool watch_plans(struct watched_event *watch, const struct plan *plan)
{
    watch->row_count = 1;
    for (const struct plan *inner = plan; inner->source.kind == PLAN_SOURCE_PLAN; inner = inner->source.inner) {
        watch->row_count++;
    }
    assert(watch->row_count <= countof(watch->rows));
    for (uint32_t i = watch->row_count; i-- > 0; plan = plan->source.inner) {
        watch->rows[i].plan = plan;
        strbuf_init(&watch->rows[i].row, UINT32_MAX);
    }
    return watch->rows[0].plan->source.kind == PLAN_SOURCE_LOG;
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

static tocsin_status explain_row(const struct tocsin_run *run, const struct watched_row *watched, struct arena *arena,
                                 struct explain_node *parent, bool *ret_passes, struct error *err)
{
    struct batch batch;
    bool is_log = watched->plan->source.kind == PLAN_SOURCE_LOG;
    const struct field_set *fields = is_log ? &run->wanted : &watched->plan->fields;
    tocsin_status status = batch_init(&batch, watched->plan->schema, fields, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = row_decode_into(&batch, strbuf_str(&watched->row), err);
    status = status == TOCSIN_OK ? batch_finish(&batch, err) : status;
    if (status == TOCSIN_OK) {
        struct program_environment environment = run->environment;
        environment.subqueries = execution_subqueries(run->rules[0].execution, watched->plan);
        status = why_row(watched->plan, &environment, &batch, 0, arena, parent, ret_passes, err);
    }
    batch_release(&batch);
    return status;
}

/* A row that never came to the select that should read it. */
static tocsin_status explain_missing(const struct plan *inner, struct arena *arena, struct explain_node *parent,
                                     struct error *err)
{
    str text = inner->group ? STR("no row of the sub-select names this event: HAVING or a LIMIT left its group out, or "
                                  "the group has more lines than are kept")
                            : STR("its row does not come here: a LIMIT is reached before it");
    return explain_add(arena, parent, "note", text) ? TOCSIN_OK : error_memory(err);
}

static str verdict(const struct tocsin_run *run, bool passes, bool is_inner)
{
    if (passes) {
        return run->watch->row_count == 1 ? STR("the query selects this event")
                                          : STR("the query selects what FROM (SELECT ..) makes of this event");
    }
    return run->watch->row_count == 1 ? STR("the query does not select this event")
           : is_inner                 ? STR("the sub-select in FROM does not select this event")
                                      : STR("the query does not select what FROM (SELECT ..) makes of this event");
}

/* Each select from the inside out, as far as the event gets. */
static tocsin_status add_selects(const struct tocsin_run *run, struct arena *arena, struct explain_node *tree,
                                 bool *ret_passes, struct error *err)
{
    const struct watched_event *watch = run->watch;
    bool is_alone = watch->row_count == 1;
    tocsin_status status = TOCSIN_OK;
    *ret_passes = true;
    for (uint32_t i = 0; status == TOCSIN_OK && *ret_passes && i < watch->row_count; i++) {
        const struct watched_row *watched = &watch->rows[i];
        bool is_last = i + 1 == watch->row_count;
        str name = is_last ? STR("the query") : STR("FROM (SELECT ..)");
        struct explain_node *node = is_alone ? tree : explain_add(arena, tree, "select", name);
        if (!node) {
            return error_memory(err);
        }
        if (watched->is_found) {
            status = explain_row(run, watched, arena, node, ret_passes, err);
        } else {
            *ret_passes = false;
            status = explain_missing(watch->rows[i - 1].plan, arena, node, err);
        }
        node->mark = *ret_passes ? MARK_PASS : MARK_FAIL;
        tree->text = verdict(run, *ret_passes, !is_last);
    }
    tree->mark = *ret_passes ? MARK_PASS : MARK_FAIL;
    return status;
}

static tocsin_status explain_watched(const struct tocsin_run *run, const struct tocsin_explain_options *options,
                                     bool *ret_passes, struct error *err)
{
    struct arena arena;
    arena_init(&arena, LIMIT_QUERY_RUN_BYTES);
    struct explain_node *tree = explain_add(&arena, NULL, "event", STR_EMPTY);
    tocsin_status status = tree ? add_selects(run, &arena, tree, ret_passes, err) : error_memory(err);
    status = arena_explain(&arena, status, "the explanation", err);
    status = status == TOCSIN_OK ? explain_write(tree, options, err) : status;
    arena_release(&arena);
    return status;
}

static tocsin_status run_watched(tocsin_run *run, const struct tocsin_explain_options *options, bool *ret_passes,
                                 struct tocsin_error *err)
{
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, err);
    }
    if (status != TOCSIN_END) {
        return status;
    }
    struct error error = {0};
    const struct watched_event *watch = run->watch;
    status = watch->rows[0].is_found ? explain_watched(run, options, ret_passes, &error)
                                     : no_event(watch->input, watch->line, &error);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

tocsin_status tocsin_explain_event(tocsin_engine *engine, const tocsin_query *query,
                                   const struct tocsin_run_options *run_options, const char *input, uint64_t line,
                                   const struct tocsin_explain_options *options, bool *ret_passes,
                                   struct tocsin_error *err)
{
    struct watched_event watch = {.input = input, .line = line};
    if (!watch_plans(&watch, query->plan)) {
        struct error error = {0};
        error_set(&error, TOCSIN_ERROR_USAGE, "the query reads a cursor: it selects among its rows, not among events");
        error_hint(&error, "explain the query that made the cursor");
        return public_error(err, &error);
    }
    struct tocsin_run_options quiet = *run_options;
    quiet.output = "ndjson";
    quiet.parses_all = true; /* the event may be one that the query does not take */
    quiet.shows_evidence = true; /* by which rows of sub-selects are known */
    quiet.write = discard;
    quiet.reads_all_rows = true; /* also the one that the query does not select */
    tocsin_run *run = NULL;
    tocsin_status status = tocsin_run_query(engine, query, &quiet, &run, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    run->watch = &watch;
    status = run_watched(run, options, ret_passes, err);
    run->watch = NULL;
    for (uint32_t i = 0; i < watch.row_count; i++) {
        strbuf_release(&watch.rows[i].row);
    }
    tocsin_run_free(run);
    return status;
}
