#include "execute/scan_filter.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "command/command_cache.h"
#include "function/text_memo.h"
#include "execute/scan_draft.h"

/* A test in one thread. */
struct leaf {
    struct worker *worker;
    field_id field;
    struct program *program;
};

struct worker {
    struct program_environment environment;
    struct batch view; /* one column: that of the test in work */
    struct leaf *leaves;
    uint32_t leaf_count;
    const struct scan_filter *filter;
    uint64_t given_up;
};

/* What starttime has to lie within. */
struct time_range {
    bool is_known;
    int64_t least;
    int64_t greatest;
};

struct scan_filters {
    struct arena arena;
    struct scan_draft *draft; /* NULL: all rows are wanted */
    uint32_t test_count;
    const struct schema *schema; /* of its fields */
    struct time_range time;
    struct worker *workers;
    uint32_t worker_count;
    const struct scan_filter **list;
};

/* ---- running a test ---- */

/* A value too large for the test's functions may meet it, for all we know. */
static tocsin_status select_part(struct leaf *leaf, const uint16_t *rows, uint32_t count, uint16_t *ret_rows,
                                 uint32_t *ret_count, struct error *err)
{
    struct error limit = {0};
    tocsin_status status = program_filter(leaf->program, &leaf->worker->view, rows, count, ret_rows, ret_count, &limit);
    if (status != TOCSIN_ERROR_LIMIT) {
        if (status != TOCSIN_OK && err) {
            *err = limit;
        }
        return status;
    }
    if (count <= 1) {
        ret_rows[0] = rows[0];
        *ret_count = count;
        return TOCSIN_OK;
    }
    uint32_t half = count / 2;
    uint32_t first = 0;
    uint32_t second = 0;
    uint16_t rest[BATCH_ROWS_MAX];
    memcpy(rest, rows + half, (count - half) * sizeof(*rest)); /* ret_rows may be rows */
    status = select_part(leaf, rows, half, ret_rows, &first, err);
    status = status == TOCSIN_OK ? select_part(leaf, rest, count - half, ret_rows + first, &second, err) : status;
    *ret_count = first + second;
    return status;
}

static tocsin_status select_rows(void *context, struct column *values, const uint16_t *rows, uint32_t row_count,
                                 uint16_t *ret_rows, uint32_t *ret_count, struct error *err)
{
    struct leaf *leaf = context;
    struct batch *view = &leaf->worker->view;
    assert(row_count <= BATCH_ROWS_MAX);
    view->columns = values;
    view->column_of_field[leaf->field] = 0;
    tocsin_status status = select_part(leaf, rows, row_count, ret_rows, ret_count, err);
    view->column_of_field[leaf->field] = UINT16_MAX;
    return status;
}

/* What the test makes of a row without a value. */
static tocsin_status find_meets_null(const struct schema *schema, struct scan_test *test, struct error *err)
{
    struct field_set fields = {{0}};
    struct batch batch;
    uint16_t row = 0;
    uint32_t count = 1;
    field_set_add(&fields, test->field);
    tocsin_status status = batch_init(&batch, schema, &fields, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    (void)batch_add_row(&batch);
    status = batch_finish(&batch, err);
    status = status == TOCSIN_OK ? test->select(test->context, &batch.columns[0], &row, 1, &row, &count, err) : status;
    test->meets_null = count > 0;
    batch_release(&batch);
    return status;
}

/* ---- making tests of a draft ---- */

static tocsin_status make_test(struct scan_filters *filters, struct worker *worker, struct scan_draft *draft,
                               struct scan_filter *filter, struct error *err)
{
    struct leaf *leaf = &worker->leaves[worker->leaf_count++];
    *leaf = (struct leaf){.worker = worker, .field = draft->field};
    tocsin_status status = program_create_filter(&worker->environment, &draft->expression, 1, &leaf->program, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    filter->test = (struct scan_test){
        .field = draft->field,
        .has_range = draft->has_range,
        .is_range = draft->is_range,
        .least = draft->least,
        .greatest = draft->greatest,
        .literals = draft->literals,
        .literal_count = draft->literal_count,
        .meets_null = draft->meets_null,
        .select = select_rows,
        .context = leaf,
    };
    if (worker == filters->workers) {
        status = find_meets_null(filters->schema, &filter->test, err);
        draft->meets_null = filter->test.meets_null;
    }
    return status;
}

static tocsin_status make_filter(struct scan_filters *filters, struct worker *worker, struct scan_draft *draft,
                                 const struct scan_filter **ret_filter, struct error *err)
{
    struct scan_filter *filter = arena_new(&filters->arena, struct scan_filter);
    if (!filter) {
        return error_memory(err);
    }
    *ret_filter = filter;
    filter->kind = draft->kind;
    if (draft->kind == SCAN_TEST) {
        return make_test(filters, worker, draft, filter, err);
    }
    const struct scan_filter **parts = arena_array(&filters->arena, const struct scan_filter *, draft->part_count);
    tocsin_status status = parts ? TOCSIN_OK : error_memory(err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < draft->part_count; i++) {
        status = make_filter(filters, worker, draft->parts[i], &parts[i], err);
    }
    filter->parts = parts;
    filter->part_count = draft->part_count;
    return status;
}

static tocsin_status make_worker(struct scan_filters *filters, const struct program_environment *environment,
                                 const struct scan_filter_options *options, struct worker *worker, struct error *err)
{
    const struct schema *schema = filters->schema;
    size_t field_count = schema_field_count(schema);
    worker->environment = *environment;
    worker->environment.subqueries = NULL;
    worker->environment.scratch = NULL;
    worker->environment.commands = NULL;
    worker->environment.texts = NULL;
    worker->view = (struct batch){.schema = schema, .column_count = 1};
    worker->view.column_of_field = arena_array(&filters->arena, uint16_t, field_count);
    worker->leaves = arena_array(&filters->arena, struct leaf, filters->test_count);
    if (!worker->view.column_of_field || !worker->leaves) {
        return error_memory(err);
    }
    memset(worker->view.column_of_field, 0xFF, field_count * sizeof(uint16_t));
    tocsin_status status = regex_scratch_create(&worker->environment.scratch, err);
    if (status == TOCSIN_OK) {
        regex_scratch_count_into(worker->environment.scratch, &worker->given_up);
        status = command_cache_create(options->hash_seed, &worker->environment.commands, err);
        status = status == TOCSIN_OK ? text_memo_create(options->hash_seed, &worker->environment.texts, err) : status;
    }
    return status == TOCSIN_OK ? make_filter(filters, worker, filters->draft, &worker->filter, err) : status;
}

static tocsin_status make_workers(struct scan_filters *filters, const struct program_environment *environment,
                                  const struct scan_filter_options *options, struct error *err)
{
    uint32_t count = options->thread_count > 0 ? options->thread_count : 1;
    filters->workers = arena_array(&filters->arena, struct worker, count);
    filters->list = arena_array(&filters->arena, const struct scan_filter *, count);
    if (!filters->workers || !filters->list) {
        return error_memory(err);
    }
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        filters->worker_count++;
        status = make_worker(filters, environment, options, &filters->workers[i], err);
        filters->list[i] = filters->workers[i].filter;
    }
    return status;
}

static void free_workers(struct scan_filters *filters)
{
    for (uint32_t i = 0; i < filters->worker_count; i++) {
        struct worker *worker = &filters->workers[i];
        for (uint32_t j = 0; j < worker->leaf_count; j++) {
            program_free(worker->leaves[j].program);
        }
        regex_scratch_free(worker->environment.scratch);
        command_cache_free(worker->environment.commands);
        text_memo_free(worker->environment.texts);
    }
    filters->worker_count = 0;
}

/* ---- time ---- */

static struct time_range time_range_of(const struct scan_filter *filter)
{
    const struct scan_test *test = &filter->test;
    struct time_range range = {.least = INT64_MIN, .greatest = INT64_MAX};
    if (filter->kind == SCAN_TEST) {
        if (test->field == FIELD_STARTTIME && test->has_range && !test->meets_null) {
            range = (struct time_range){true, test->least, test->greatest};
        }
        return range;
    }
    for (uint32_t i = 0; i < filter->part_count; i++) {
        struct time_range part = time_range_of(filter->parts[i]);
        if (filter->kind == SCAN_AND) {
            range.is_known |= part.is_known;
            range.least = part.least > range.least ? part.least : range.least;
            range.greatest = part.greatest < range.greatest ? part.greatest : range.greatest;
        } else if (i == 0 || !part.is_known) {
            range = part;
        } else if (range.is_known) {
            range.least = part.least < range.least ? part.least : range.least;
            range.greatest = part.greatest > range.greatest ? part.greatest : range.greatest;
        }
        if (filter->kind == SCAN_OR && !range.is_known) {
            break;
        }
    }
    return range;
}

tocsin_status scan_filters_create(const struct program_environment *environment,
                                  const struct scan_filter_options *options, struct scan_filters **ret_filters,
                                  struct error *err)
{
    struct scan_filters *filters = memory_allocate_zeroed(1, sizeof(*filters));
    if (!filters) {
        return error_memory(err);
    }
    arena_init(&filters->arena, ARENA_NO_LIMIT);
    tocsin_status status = scan_draft_create(environment, options, &filters->arena, &filters->draft,
                                             &filters->test_count, &filters->schema, err);
    if (status == TOCSIN_OK && filters->draft) {
        status = make_workers(filters, environment, options, err);
        if (status == TOCSIN_ERROR_LIMIT) { /* of a program: rows are filtered all the same */
            free_workers(filters);
            filters->draft = NULL;
            status = TOCSIN_OK;
        } else if (status == TOCSIN_OK) {
            filters->time = time_range_of(filters->list[0]);
        }
    }
    if (status != TOCSIN_OK) {
        scan_filters_free(filters);
        return status;
    }
    *ret_filters = filters;
    return TOCSIN_OK;
}

void scan_filters_free(struct scan_filters *filters)
{
    if (filters) {
        free_workers(filters);
        arena_release(&filters->arena);
        memory_free(filters);
    }
}

void scan_filters_request(const struct scan_filters *filters, struct scan_request *request)
{
    if (!filters || !filters->draft) {
        return;
    }
    request->filters = filters->list;
    request->filter_count = filters->worker_count;
    if (filters->time.is_known) {
        request->has_time_range = true;
        request->time_min_ms = filters->time.least;
        request->time_max_ms = filters->time.greatest < INT64_MAX ? filters->time.greatest + 1 : INT64_MAX;
    }
}

uint64_t scan_filters_given_up(const struct scan_filters *filters)
{
    uint64_t given_up = 0;
    for (uint32_t i = 0; filters && i < filters->worker_count; i++) {
        given_up += filters->workers[i].given_up;
    }
    return given_up;
}
