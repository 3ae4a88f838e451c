/* explain.c - what a query does, and why it selects one event or not. */
#include <errno.h>

#include "base/memory.h"
#include "engine/run_internal.h"
#include "execute/row_codec.h"
#include "execute/why.h"
#include "plan/explain.h"

static tocsin_status write_tree(const struct explain_node *tree, const struct tocsin_explain_options *options,
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
    status = arena_explain(&arena, status, "the explanation", &error);
    status = status == TOCSIN_OK ? write_tree(tree, options, &error) : status;
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

tocsin_status watched_event_see(struct tocsin_run *run, const struct batch *batch, struct error *err)
{
    struct watched_event *watch = run->watch;
    for (uint32_t row = 0; !watch->is_found && row < batch->row_count; row++) {
        if (!is_watched(run, batch, row)) {
            continue;
        }
        const struct column *columns[LIMIT_SCHEMA_FIELDS];
        for (uint32_t i = 0; i < batch->column_count; i++) {
            columns[i] = &batch->columns[i];
        }
        row_encode(&watch->row, columns, batch->column_count, batch, row);
        if (watch->row.is_failed) {
            return error_memory(err);
        }
        watch->is_found = true;
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

/* The select that reads the log; the others read its rows. NULL: it is a cursor that is read. */
static const struct plan *log_plan(const struct plan *plan)
{
    while (plan->source.kind == PLAN_SOURCE_PLAN) {
        plan = plan->source.inner;
    }
    return plan->source.kind == PLAN_SOURCE_LOG ? plan : NULL;
}

static tocsin_status explain_watched(struct tocsin_run *run, const struct tocsin_explain_options *options,
                                     bool *ret_passes, struct error *err)
{
    struct arena arena;
    struct batch batch;
    const struct plan *plan = log_plan(run->rules[0].plan);
    tocsin_status status = batch_init(&batch, run->engine->schema, &run->wanted, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    arena_init(&arena, LIMIT_QUERY_RUN_BYTES);
    status = row_decode_into(&batch, strbuf_str(&run->watch->row), err);
    status = status == TOCSIN_OK ? batch_finish(&batch, err) : status;
    struct explain_node *tree = explain_add(&arena, NULL, "event", STR_EMPTY);
    if (status == TOCSIN_OK && !tree) {
        status = error_memory(err);
    }
    if (status == TOCSIN_OK) {
        struct program_environment environment = run->environment;
        environment.subqueries = execution_subqueries(run->rules[0].execution, plan);
        status = why_row(plan, &environment, &batch, 0, &arena, tree, ret_passes, err);
    }
    if (status == TOCSIN_OK) {
        tree->mark = *ret_passes ? MARK_PASS : MARK_FAIL;
        bool is_inner = plan != run->rules[0].plan;
        tree->text = is_inner ? *ret_passes ? STR("the sub-select in FROM selects this event; the query reads its rows")
                                            : STR("the sub-select in FROM does not select this event")
                     : *ret_passes ? STR("the query selects this event")
                                   : STR("the query does not select this event");
    }
    status = arena_explain(&arena, status, "the explanation", err);
    status = status == TOCSIN_OK ? write_tree(tree, options, err) : status;
    arena_release(&arena);
    batch_release(&batch);
    return status;
}

tocsin_status tocsin_explain_event(tocsin_engine *engine, const tocsin_query *query,
                                   const struct tocsin_run_options *run_options, const char *input, uint64_t line,
                                   const struct tocsin_explain_options *options, bool *ret_passes,
                                   struct tocsin_error *err)
{
    if (!log_plan(query->plan)) {
        struct error error = {0};
        error_set(&error, TOCSIN_ERROR_USAGE, "the query reads a cursor: it selects among its rows, not among events");
        error_hint(&error, "explain the query that made the cursor");
        return public_error(err, &error);
    }
    struct tocsin_run_options quiet = *run_options;
    quiet.output = "ndjson";
    quiet.write = discard;
    tocsin_run *run = NULL;
    tocsin_status status = tocsin_run_query(engine, query, &quiet, &run, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct watched_event watch = {.input = input, .line = line};
    strbuf_init(&watch.row, UINT32_MAX);
    run->watch = &watch;
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, err);
    }
    if (status == TOCSIN_END) {
        struct error error = {0};
        status = watch.is_found ? explain_watched(run, options, ret_passes, &error) : no_event(input, line, &error);
        status = status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
    }
    run->watch = NULL;
    strbuf_release(&watch.row);
    tocsin_run_free(run);
    return status;
}
