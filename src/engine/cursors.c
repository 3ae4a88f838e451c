#include "engine/cursors.h"

#include "base/memory.h"
#include "lookup/nearest_name.h"

/* A cursor that a plan of the run reads. */
struct cursor_input {
    struct cursor_input *next;
    const struct plan *plan;
    struct cursor_reader *reader;
    struct batch batch;
    bool has_batch;
    uint32_t input_base;
};

static tocsin_status no_folder(struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "there is no folder for cursors");
    error_hint(err, "--cursors DIR names one");
    return status;
}

tocsin_status cursors_find(void *context, str name, struct schema **ret_schema, struct error *err)
{
    const struct tocsin_engine *engine = context;
    struct cursor_reader *reader = NULL;
    if (!engine->cursors_path) {
        return TOCSIN_END;
    }
    tocsin_status status = cursor_reader_open(engine->cursors_path, name, clock_wall_ms(), &reader, err);
    if (status == TOCSIN_OK) {
        status = cursor_reader_schema(reader, ret_schema, err);
        cursor_reader_free(reader);
    }
    return status;
}

str cursors_suggest(void *context, str name, struct arena *arena)
{
    const struct tocsin_engine *engine = context;
    struct cursor_info *cursors = NULL;
    size_t count = 0;
    struct error ignored = {0};
    if (!engine->cursors_path ||
        cursor_list(engine->cursors_path, clock_wall_ms(), arena, &cursors, &count, &ignored) != TOCSIN_OK) {
        return STR_EMPTY;
    }
    struct nearest_name nearest = nearest_name_of(name);
    for (size_t i = 0; i < count; i++) {
        nearest_name_try(&nearest, cursors[i].name);
    }
    return nearest.name;
}

/* ---- reading ---- */

static tocsin_status add_input_names(struct tocsin_run *run, struct cursor_input *input, struct error *err)
{
    size_t count;
    const str *names = cursor_reader_inputs(input->reader, &count);
    str *grown = arena_array(&run->arena, str, run->input_count + count);
    if (!grown) {
        return error_memory(err);
    }
    if (run->input_count > 0) {
        memcpy(grown, run->input_names, run->input_count * sizeof(*grown));
    }
    for (size_t i = 0; i < count; i++) {
        grown[run->input_count + i] = names[i]; /* the reader lives as long as the run */
    }
    input->input_base = (uint32_t)run->input_count;
    run->input_names = grown;
    run->input_count += count;
    return TOCSIN_OK;
}

static tocsin_status open_input(struct tocsin_run *run, const struct plan *plan, struct error *err)
{
    struct cursor_input *input = arena_new(&run->arena, struct cursor_input);
    if (!input) {
        return error_memory(err);
    }
    if (!run->engine->cursors_path) {
        return no_folder(err);
    }
    tocsin_status status = cursor_reader_open(run->engine->cursors_path, plan->source.cursor, clock_wall_ms(),
                                              &input->reader, err);
    if (status == TOCSIN_END) {
        status = error_set(err, TOCSIN_ERROR_INPUT, "the cursor \"%.*s\" is gone", STR_ARG(plan->source.cursor));
        error_hint(err, "a cursor lives for a day; run the query that made it again");
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    input->plan = plan;
    input->next = run->cursor_inputs;
    run->cursor_inputs = input;
    status = add_input_names(run, input, err);
    if (status == TOCSIN_OK) {
        status = batch_init(&input->batch, plan->schema, &plan->fields, err);
        input->has_batch = status == TOCSIN_OK;
    }
    return status;
}

/* The cursors of a plan and its sub-selects; as deep as sub-selects go, LIMIT_SUBQUERY_DEPTH. */
static tocsin_status open_inputs(struct tocsin_run *run, const struct plan *plan, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    if (plan->source.kind == PLAN_SOURCE_CURSOR) {
        status = open_input(run, plan, err);
    } else if (plan->source.kind == PLAN_SOURCE_PLAN) {
        status = open_inputs(run, plan->source.inner, err);
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < plan->subquery_count; i++) {
        status = open_inputs(run, plan->subqueries[i].plan, err);
    }
    return status;
}

static tocsin_status next_batch(void *state, struct batch **ret_batch, struct error *err)
{
    struct cursor_input *input = state;
    tocsin_status status = cursor_reader_next(input->reader, input->input_base, &input->batch, err);
    *ret_batch = &input->batch;
    return status;
}

static void close_source(void *state)
{
    (void)state; /* lives as long as the run: its texts are input names */
}

tocsin_status cursors_source(void *context, const struct plan *plan, struct batch_source *ret_source,
                             struct error *err)
{
    static const struct batch_source_ops ops = {next_batch, close_source};
    struct tocsin_run *run = context;
    for (struct cursor_input *input = run->cursor_inputs; input; input = input->next) {
        if (input->plan == plan) {
            *ret_source = (struct batch_source){&ops, input};
            return TOCSIN_OK;
        }
    }
    return error_set(err, TOCSIN_ERROR_INTERNAL, "a cursor was not opened");
}

/* ---- writing ---- */

static tocsin_status open_output(struct rule_run *rule, struct error *err)
{
    struct tocsin_run *run = rule->run;
    if (!run->engine->cursors_path) {
        return no_folder(err);
    }
    struct cursor_writer_options options = {
        .folder = run->engine->cursors_path,
        .name = rule->plan->into,
        .query = rule->query_text,
        .now_ms = clock_wall_ms(),
        .replaces = run->options.replaces_cursor,
    };
    return cursor_writer_create(&options, &rule->header, &rule->cursor, err);
}

/* What is asked of answers alone is asked as of the moment they are the answer for: NOW() is what it was then. */
static void choose_now(struct tocsin_run *run)
{
    for (size_t i = 0; i < run->rule_count; i++) {
        run->reads_log |= plan_reads_log(run->rules[i].plan);
    }
    if (run->reads_log || run->now_kind != NOW_NEWEST_EVENT) {
        return;
    }
    for (const struct cursor_input *input = run->cursor_inputs; input; input = input->next) {
        int64_t now_ms = cursor_reader_now(input->reader);
        bool is_newer = run->now_kind != NOW_CURSOR || now_ms > run->environment.functions.now_ms;
        run->environment.functions.now_ms = is_newer ? now_ms : run->environment.functions.now_ms;
        run->now_kind = NOW_CURSOR;
        run->now_source = "cursor";
        run->has_now = true;
    }
}

tocsin_status cursors_open(struct tocsin_run *run, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < run->rule_count; i++) {
        status = open_inputs(run, run->rules[i].plan, err);
    }
    choose_now(run);
    for (size_t i = 0; status == TOCSIN_OK && i < run->rule_count; i++) {
        struct rule_run *rule = &run->rules[i];
        status = rule_make_header(rule, err);
        if (status == TOCSIN_OK && rule->plan->into.len > 0) {
            status = open_output(rule, err);
        }
    }
    return status;
}

tocsin_status cursors_finish(struct rule_run *rule, struct error *err)
{
    const struct tocsin_run *run = rule->run;
    return rule->cursor && !run->is_stopped
               ? cursor_writer_finish(rule->cursor, run->environment.functions.now_ms, err)
               : TOCSIN_OK;
}

void cursors_close(struct tocsin_run *run)
{
    for (struct cursor_input *input = run->cursor_inputs; input; input = input->next) {
        if (input->has_batch) {
            batch_release(&input->batch);
        }
        cursor_reader_free(input->reader);
    }
    for (size_t i = 0; run->rules && i < run->rule_count; i++) {
        cursor_writer_free(run->rules[i].cursor);
    }
}

/* ---- the folder ---- */

tocsin_status tocsin_cursor_list(tocsin_engine *engine, tocsin_cursors **ret_cursors, struct tocsin_error *err)
{
    struct error error = {0};
    tocsin_cursors *cursors = memory_allocate_zeroed(1, sizeof(*cursors));
    if (!cursors) {
        error_memory(&error);
        return public_error(err, &error);
    }
    arena_init(&cursors->arena, ARENA_NO_LIMIT);
    struct cursor_info *infos = NULL;
    size_t count = 0;
    tocsin_status status =
        engine->cursors_path
            ? cursor_list(engine->cursors_path, clock_wall_ms(), &cursors->arena, &infos, &count, &error)
            : no_folder(&error);
    cursors->items = status == TOCSIN_OK ? arena_array(&cursors->arena, struct tocsin_cursor, count) : NULL;
    if (status == TOCSIN_OK && !cursors->items) {
        status = error_memory(&error);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        cursors->items[i] = (struct tocsin_cursor){
            .name = arena_copy_cstring(&cursors->arena, infos[i].name),
            .query = arena_copy_cstring(&cursors->arena, infos[i].query),
            .rows = infos[i].rows,
            .bytes = infos[i].bytes,
            .created_ms = infos[i].created_ms,
            .expires_ms = infos[i].created_ms + CURSOR_LIFETIME_MS,
            .is_damaged = infos[i].is_damaged,
        };
        if (!cursors->items[i].name || !cursors->items[i].query) {
            status = error_memory(&error);
        }
    }
    if (status != TOCSIN_OK) {
        tocsin_cursors_free(cursors);
        return public_error(err, &error);
    }
    cursors->count = count;
    *ret_cursors = cursors;
    return TOCSIN_OK;
}

size_t tocsin_cursors_count(const tocsin_cursors *cursors)
{
    return cursors->count;
}

const struct tocsin_cursor *tocsin_cursors_get(const tocsin_cursors *cursors, size_t index)
{
    return &cursors->items[index];
}

void tocsin_cursors_free(tocsin_cursors *cursors)
{
    if (cursors) {
        arena_release(&cursors->arena);
        memory_free(cursors);
    }
}

tocsin_status tocsin_cursor_delete(tocsin_engine *engine, const char *name, struct tocsin_error *err)
{
    struct error error = {0};
    tocsin_status status = engine->cursors_path ? cursor_delete(engine->cursors_path, str_from_cstring(name), &error)
                                                : no_folder(&error);
    if (status == TOCSIN_END) {
        status = error_set(&error, TOCSIN_ERROR_INPUT, "there is no cursor \"%s\"", name);
        error_hint(&error, "`tocsin cursors` lists them");
    }
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}
