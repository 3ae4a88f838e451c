#include "execute/group_stage.h"

#include "base/memory.h"
#include "execute/aggregate.h"

/* Where the projection has what a row that stands for many brings along. */
struct given_values {
    struct aggregate_many many;
    uint32_t rows;
    uint32_t first;
    uint32_t last;
    uint32_t *parts; /* by aggregate: the first of them */
    uint32_t *part_counts;
    const struct column ***columns; /* by aggregate */
    uint16_t *kept;                 /* rows that are some */
};

static tocsin_status give_groups(void *context, struct error *err);

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
    struct given_values *given;      /* NULL: rows are single ones */
    struct batch groups;
    bool has_groups;         /* the batch is there */
    struct column **columns; /* of that batch: keys, then aggregates; NULL: nobody reads it */
};

/* ---- creation ---- */

static const struct expression *field_expression(struct group_stage *stage, field_id field)
{
    struct expression *expression = arena_new(&stage->arena, struct expression);
    if (expression) {
        *expression = (struct expression){.kind = EXPRESSION_FIELD,
                                          .type = schema_field(stage->plan->schema, field)->type,
                                          .field = field,
                                          .has_field = true};
    }
    return expression;
}

enum { GIVEN_PLACES = 3 };

/* Adds what rows that stand for many bring along. */
static tocsin_status add_given(struct group_stage *stage, const struct expression **values, uint32_t *count,
                               struct error *err)
{
    const struct plan_group *group = stage->plan->group;
    const struct plan_given *plan = group->given;
    struct arena *arena = &stage->arena;
    struct given_values *given = arena_new(arena, struct given_values);
    uint32_t most = group->aggregate_count + 1;
    stage->given = given;
    if (!given) {
        return error_memory(err);
    }
    *given = (struct given_values){.first = UINT32_MAX, .last = UINT32_MAX};
    given->parts = arena_array(arena, uint32_t, most);
    given->part_counts = arena_array(arena, uint32_t, most);
    given->columns = arena_array(arena, const struct column **, most);
    given->kept = arena_array(arena, uint16_t, BATCH_ROWS_MAX);
    bool is_failed = !given->parts || !given->part_counts || !given->columns || !given->kept;
    for (uint32_t i = 0; !is_failed && i < group->aggregate_count; i++) {
        given->part_counts[i] = plan->parts[i].count;
        given->parts[i] = *count;
        given->columns[i] = arena_array(arena, const struct column *, PLAN_GIVEN_PARTS);
        is_failed = !given->columns[i];
        for (uint32_t part = 0; part < plan->parts[i].count; part++) {
            is_failed |= !(values[(*count)++] = field_expression(stage, plan->parts[i].fields[part]));
        }
    }
    const field_id fields[GIVEN_PLACES] = {plan->rows, plan->first, plan->last};
    uint32_t *const places[GIVEN_PLACES] = {&given->rows, &given->first, &given->last};
    for (int i = 0; !is_failed && i < GIVEN_PLACES; i++) {
        if (fields[i] != FIELD_NONE) {
            *places[i] = *count;
            is_failed |= !(values[(*count)++] = field_expression(stage, fields[i]));
        }
    }
    return is_failed ? error_memory(err) : TOCSIN_OK;
}

static tocsin_status create_projection(struct group_stage *stage, const struct program_environment *environment,
                                       struct error *err)
{
    const struct plan_group *group = stage->plan->group;
    uint32_t most = group->key_count + group->aggregate_count * (1 + PLAN_GIVEN_PARTS) + GIVEN_PLACES + 1;
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
        if (group->aggregates[i].argument && !(group->given && group->given->parts[i].count > 0)) {
            stage->argument_values[i] = count;
            values[count++] = group->aggregates[i].argument;
        }
    }
    if (group->given) {
        tocsin_status status = add_given(stage, values, &count, err);
        if (status != TOCSIN_OK) {
            return status;
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
        .keeps_numbers = stage->options.keeps_numbers,
        .hash_seed = stage->options.hash_seed,
        .take_part = stage->options.is_sorted_later ? give_groups : NULL,
        .take_context = stage,
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
    stage->options.is_newest_first &= !plan->group->given; /* places say it */
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

static tocsin_status bad_given(struct error *err)
{
    return error_set(err, TOCSIN_ERROR_INPUT, "groups that were made elsewhere make no sense");
}

static bool is_place(const struct column *places, uint16_t row)
{
    return !places || (column_is_valid(places, row) && column_text(places, row).len == PLAN_PLACE_BYTES);
}

/* Rows that stand for some, checked. */
static tocsin_status take_given(struct group_stage *stage, const struct column *const *values, const uint16_t *rows,
                                uint32_t *count, struct error *err)
{
    struct given_values *given = stage->given;
    struct aggregate_many *many = &given->many;
    many->rows = values[given->rows];
    many->first = given->first == UINT32_MAX ? NULL : values[given->first];
    many->last = given->last == UINT32_MAX ? NULL : values[given->last];
    many->parts = (const struct column *const *const *)given->columns;
    many->part_counts = given->part_counts;
    for (uint32_t i = 0; i < stage->plan->group->aggregate_count; i++) {
        for (uint32_t part = 0; part < given->part_counts[i]; part++) {
            given->columns[i][part] = values[given->parts[i] + part];
        }
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++) {
        uint16_t row = rows[i];
        if (!column_is_valid(many->rows, row) || column_integer(many->rows, row) < 0) {
            return bad_given(err);
        }
        if (column_integer(many->rows, row) > 0) {
            if (!is_place(many->first, row) || !is_place(many->last, row)) {
                return bad_given(err);
            }
            given->kept[kept++] = row;
        }
    }
    *count = kept;
    return TOCSIN_OK;
}

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
    if (stage->given) {
        tocsin_status status = take_given(stage, values, rows, &input.row_count, err);
        if (status != TOCSIN_OK || input.row_count == 0) {
            return status;
        }
        input.rows = stage->given->kept;
        input.many = &stage->given->many;
    }
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

/* Those that there are now. */
static tocsin_status give_groups(void *context, struct error *err)
{
    struct group_stage *stage = context;
    uint32_t row_max =
        stage->options.row_max > 0 && stage->options.row_max < BATCH_ROWS_MAX ? stage->options.row_max : BATCH_ROWS_MAX;
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK) {
        status = aggregator_next(stage->aggregator, stage->columns, &stage->groups, row_max, err);
        status = status == TOCSIN_OK ? hand_on(stage, err) : status;
        batch_clear(&stage->groups);
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

tocsin_status group_stage_finish(struct group_stage *stage, struct error *err)
{
    const struct plan_group *group = stage->plan->group;
    uint32_t column_count = group->key_count + group->aggregate_count;
    stage->columns = arena_array(&stage->arena, struct column *, column_count + 1);
    if (!stage->columns) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < column_count; i++) {
        stage->columns[i] = batch_column(&stage->groups, (field_id)i);
    }
    tocsin_status status = aggregator_finish(stage->aggregator, err);
    status = status == TOCSIN_OK ? give_groups(stage, err) : status;
    aggregator_free(stage->aggregator); /* its memory is wanted elsewhere */
    stage->aggregator = NULL;
    return status;
}
