#include "execute/group_stage.h"

#include "base/memory.h"
#include "execute/aggregate.h"

struct group_stage {
    const struct plan *plan;
    struct group_stage_options options;
    struct row_sink sink;
    struct arena arena;
    struct program *project;   /* keys, arguments of aggregates, starttime */
    struct program *having;    /* NULL: none */
    uint32_t value_count;      /* without starttime */
    uint32_t *argument_values; /* by aggregate: index into the projection; UINT32_MAX for COUNT(*) */
    struct aggregator *aggregator;
    const struct column **arguments; /* by aggregate */
    struct batch groups;
    bool has_groups; /* the batch is there */
};

/* ---- creation ---- */

static tocsin_status create_projection(struct group_stage *stage, const struct program_environment *environment,
                                       struct error *err)
{
    const struct plan_group *group = stage->plan->group;
    uint32_t most = group->key_count + group->aggregate_count + 1;
    const struct expression **values = arena_array(&stage->arena, const struct expression *, most);
    struct expression *starttime = arena_new(&stage->arena, struct expression);
    stage->argument_values = arena_array(&stage->arena, uint32_t, most);
    stage->arguments = arena_array(&stage->arena, const struct column *, most);
    if (!values || !starttime || !stage->argument_values || !stage->arguments) {
        return error_memory(err);
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < group->key_count; i++) {
        values[count++] = group->keys[i];
    }
    for (uint32_t i = 0; i < group->aggregate_count; i++) {
        stage->argument_values[i] = UINT32_MAX;
        if (group->aggregates[i].argument) {
            stage->argument_values[i] = count;
            values[count++] = group->aggregates[i].argument;
        }
    }
    stage->value_count = count;
    if (stage->options.is_newest_first) {
        *starttime = (struct expression){
            .kind = EXPRESSION_FIELD, .type = TYPE_INT64, .field = FIELD_STARTTIME, .has_field = true};
        values[count++] = starttime;
    }
    tocsin_status status = program_create_projection(environment, values, count, &stage->project, err);
    if (status == TOCSIN_OK && group->having) {
        status = program_create_filter(environment, &group->having, 1, &stage->having, err);
    }
    return status;
}

static tocsin_status create_aggregator(struct group_stage *stage, struct error *err)
{
    const struct plan_group *group = stage->plan->group;
    enum value_type *key_types = arena_array(&stage->arena, enum value_type, group->key_count + 1);
    struct aggregate_column *aggregates =
        arena_array(&stage->arena, struct aggregate_column, group->aggregate_count + 1);
    if (!key_types || !aggregates) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < group->key_count; i++) {
        key_types[i] = group->keys[i]->type;
    }
    for (uint32_t i = 0; i < group->aggregate_count; i++) {
        const struct plan_aggregate *aggregate = &group->aggregates[i];
        aggregates[i] = (struct aggregate_column){
            aggregate->kind, aggregate->argument ? aggregate->argument->type : TYPE_NULL, aggregate->type};
    }
    struct aggregator_options options = {
        .key_types = key_types,
        .key_count = group->key_count,
        .aggregates = aggregates,
        .aggregate_count = group->aggregate_count,
        .bytes_max = stage->options.bytes_max,
        .keeps_evidence = stage->options.keeps_evidence,
        .hash_seed = stage->options.hash_seed,
    };
    return aggregator_create(&options, &stage->aggregator, err);
}

tocsin_status group_stage_create(const struct plan *plan, const struct program_environment *environment,
                                 const struct group_stage_options *options, struct row_sink sink,
                                 struct group_stage **ret_stage, struct error *err)
{
    struct group_stage *stage = memory_allocate_zeroed(1, sizeof(*stage));
    if (!stage) {
        return error_memory(err);
    }
    stage->plan = plan;
    stage->options = *options;
    stage->sink = sink;
    arena_init(&stage->arena, LIMIT_QUERY_RUN_BYTES);
    tocsin_status status = create_projection(stage, environment, err);
    status = status == TOCSIN_OK ? create_aggregator(stage, err) : status;
    status = arena_explain(&stage->arena, status, "GROUP BY", err);
    if (status == TOCSIN_OK) {
        status = batch_init(&stage->groups, plan->group->schema, &plan->group->fields, err);
        stage->has_groups = status == TOCSIN_OK;
    }
    if (status != TOCSIN_OK) {
        group_stage_free(stage);
        return status;
    }
    *ret_stage = stage;
    return TOCSIN_OK;
}

void group_stage_free(struct group_stage *stage)
{
    if (!stage) {
        return;
    }
    program_free(stage->project);
    program_free(stage->having);
    aggregator_free(stage->aggregator);
    if (stage->has_groups) {
        batch_release(&stage->groups);
    }
    arena_release(&stage->arena);
    memory_free(stage);
}

void group_stage_now_changed(struct group_stage *stage)
{
    program_now_changed(stage->project);
    if (stage->having) {
        program_now_changed(stage->having);
    }
}

/* ---- rows ---- */

static tocsin_status take_rows(void *state, struct batch *batch, const uint16_t *rows, uint32_t count,
                               const struct column *const *values, struct error *err)
{
    struct group_stage *stage = state;
    const struct plan_group *group = stage->plan->group;
    for (uint32_t i = 0; i < group->aggregate_count; i++) {
        stage->arguments[i] = stage->argument_values[i] == UINT32_MAX ? NULL : values[stage->argument_values[i]];
    }
    struct aggregate_input input = {
        .keys = values,
        .arguments = stage->arguments,
        .batch = batch,
        .rows = rows,
        .row_count = count,
        .starttime = stage->options.is_newest_first ? values[stage->value_count] : NULL,
    };
    return aggregator_push(stage->aggregator, &input, err);
}

tocsin_status group_stage_push(struct group_stage *stage, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                               struct error *err)
{
    return program_project_parts(stage->project, batch, rows, row_count, take_rows, stage, err);
}

/* ---- groups ---- */

static tocsin_status hand_on(struct group_stage *stage, struct error *err)
{
    struct batch *groups = &stage->groups;
    uint16_t rows[BATCH_ROWS_MAX];
    uint32_t count = groups->row_count;
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (uint16_t)i;
    }
    tocsin_status status = batch_finish(groups, err);
    if (status == TOCSIN_OK && stage->having) {
        status = program_filter_parts(stage->having, groups, rows, count, rows, &count, err);
    }
    return status == TOCSIN_OK && count > 0 ? stage->sink.push(stage->sink.state, groups, rows, count, err) : status;
}

tocsin_status group_stage_finish(struct group_stage *stage, struct error *err)
{
    const struct plan_group *group = stage->plan->group;
    uint32_t column_count = group->key_count + group->aggregate_count;
    uint32_t row_max =
        stage->options.row_max > 0 && stage->options.row_max < BATCH_ROWS_MAX ? stage->options.row_max : BATCH_ROWS_MAX;
    struct column **columns = arena_array(&stage->arena, struct column *, column_count + 1);
    if (!columns) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < column_count; i++) {
        columns[i] = batch_column(&stage->groups, (field_id)i);
    }
    tocsin_status status = aggregator_finish(stage->aggregator, err);
    while (status == TOCSIN_OK) {
        status = aggregator_next(stage->aggregator, columns, &stage->groups, row_max, err);
        status = status == TOCSIN_OK ? hand_on(stage, err) : status;
        batch_clear(&stage->groups);
    }
    aggregator_free(stage->aggregator); /* its memory is wanted elsewhere */
    stage->aggregator = NULL;
    return status == TOCSIN_END ? TOCSIN_OK : status;
}
