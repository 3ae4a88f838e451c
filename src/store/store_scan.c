#include <assert.h>
#include <pthread.h>
#include <signal.h>

#include "base/memory.h"
#include "base/ring.h"
#include "store/segment_reader.h"
#include "store/store_reader_internal.h"

/* The caller may have been told to stop, and cannot be while it waits. */
enum { WAIT_MS = 100 };
/* Batches of a thread, ahead of what was taken: as many as so many bytes hold. Blocks of which few rows are wanted give
 * small ones, and a segment should fit, or threads wait for each other. */
enum { AHEAD_MAX = 32, AHEAD_BYTES = 24 * 1024 * 1024 };
/* Fewer rows are not worth a thread, or reading a segment's dictionaries twice. */
enum { SPLIT_ROWS_MIN = 2 * LIMIT_STORE_BLOCK_ROWS };

/* What a worker gives. */
struct scan_item {
    struct batch batch;
    bool has_batch; /* was made */
    tocsin_status status; /* TOCSIN_END: of the segment */
    struct error error;
    struct store_problems problems; /* found since the item before */
    struct store_scan_statistics statistics; /* so far */
};

/* What a worker reads at a time: a segment, or a part of one. */
struct scan_unit {
    size_t segment;
    uint32_t first_block;
    uint32_t end_block;
    uint32_t worker;
};

/* Reads its units, in the caller's thread or in its own. */
struct scan_worker {
    struct store_scan *scan;
    struct block_filter *filter; /* NULL: all rows are wanted */
    uint32_t number;
    size_t unit; /* the one being read, or the next one */
    bool has_unit;
    struct segment_reader *reader;
    uint32_t *inputs;        /* of the segment, with the base added */
    uint64_t put;            /* items, */
    uint64_t put_with_views; /* and of them up to the last one that shows texts of the segment */
    bool has_thread;
    pthread_t thread;
    struct ring *ring;
    struct scan_item *items;
    uint32_t item_count;
    struct store_scan_statistics taken; /* of the last item taken */
};

/* Reads what is late of rows that are asked for, in the caller's thread. */
struct late_rows {
    struct scan_request request;
    struct segment_reader *reader; /* NULL: nothing was asked for yet */
    uint32_t segment;
    uint32_t *inputs;
    uint32_t rows[BATCH_ROWS_MAX];
};

struct store_scan {
    struct store_reader *reader;
    struct store_scan_options options;
    struct scan_worker workers[LIMIT_STORE_SCAN_THREADS];
    uint32_t worker_count;
    struct scan_unit *units; /* in the order of their rows */
    size_t unit_count;
    bool is_started;
    size_t unit;                /* whose items are being taken */
    struct scan_worker *taking; /* whose item was taken, and is to be given back */
    struct batch nothing; /* has no rows */
    bool has_nothing;
    struct late_rows *late; /* NULL: rows are not numbered */
};

/* ---- a worker ---- */

/* Numbers of the segment's inputs, in place of another one's. */
static tocsin_status map_inputs(const struct store_scan *scan, const struct open_segment *segment, uint32_t **inputs,
                                struct error *err)
{
    memory_free(*inputs);
    *inputs = memory_allocate_zeroed(segment->input_count, sizeof(**inputs));
    if (!*inputs) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < segment->input_count; i++) {
        (*inputs)[i] = segment->inputs[i] + scan->options.input_base;
    }
    return TOCSIN_OK;
}

static tocsin_status begin_unit(struct scan_worker *worker, const struct batch *batch, struct error *err)
{
    const struct store_scan *scan = worker->scan;
    const struct scan_unit *unit = &scan->units[worker->unit];
    const struct open_segment *segment = &scan->reader->segments[unit->segment];
    tocsin_status status = map_inputs(scan, segment, &worker->inputs, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct segment_reader_options options = {.schema = scan->options.schema,
                                                   .request = &scan->options.request,
                                                   .filter = worker->filter,
                                                   .wants_raw = scan->options.wants_raw && !scan->late,
                                                   .copies_texts = worker->has_thread,
                                                   .row_max = scan->options.row_max};
    status = worker->reader ? TOCSIN_OK : segment_reader_create(&options, batch, &worker->reader, err);
    if (status == TOCSIN_OK) {
        const struct segment_source source = {.file = &segment->file,
                                              .map = &segment->map,
                                              .number = (uint32_t)unit->segment,
                                              .inputs = worker->inputs,
                                              .input_count = segment->input_count,
                                              .first_block = unit->first_block,
                                              .end_block = unit->end_block};
        segment_reader_begin(worker->reader, &source);
        worker->has_unit = true;
    }
    return status;
}

/* To the first of its units from this one on. */
static void go_to_unit(struct scan_worker *worker, size_t unit)
{
    const struct store_scan *scan = worker->scan;
    while (unit < scan->unit_count && scan->units[unit].worker != worker->number) {
        unit++;
    }
    worker->unit = unit;
    worker->has_unit = false;
}

/* The next batch of the unit, or its end. */
static tocsin_status fill_item(struct scan_worker *worker, struct scan_item *item, struct error *err)
{
    const struct store_scan_options *options = &worker->scan->options;
    tocsin_status status = TOCSIN_OK;
    if (!item->has_batch) {
        status = batch_init(&item->batch, options->schema, &options->request.fields, err);
        item->has_batch = status == TOCSIN_OK;
    }
    if (status == TOCSIN_OK && !worker->has_unit) {
        status = begin_unit(worker, &item->batch, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    segment_reader_tell(worker->reader, &item->problems);
    status = segment_reader_next(worker->reader, &item->batch, err);
    item->statistics = *segment_reader_statistics(worker->reader);
    return status;
}

static void *work(void *context)
{
    struct scan_worker *worker = context;
    const struct store_scan *scan = worker->scan;
    tocsin_status status = TOCSIN_OK;
    uint32_t slot;
    while (worker->unit < scan->unit_count && (status == TOCSIN_OK || status == TOCSIN_END) &&
           ring_reserve(worker->ring, &slot)) {
        struct scan_item *item = &worker->items[slot];
        status = item->status = fill_item(worker, item, &item->error);
        bool has_views = status == TOCSIN_OK && segment_reader_shows_texts(worker->reader);
        worker->put++;
        worker->put_with_views = has_views ? worker->put : worker->put_with_views;
        ring_put(worker->ring);
        if (status == TOCSIN_END) {
            (void)ring_wait_released(worker->ring, worker->put_with_views);
            go_to_unit(worker, worker->unit + 1);
        }
    }
    return NULL;
}

/* Signals are the business of the threads that the program made. Without a thread the caller's does the work. */
static void start_worker(struct scan_worker *worker)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return;
    }
    worker->has_thread = true; /* which it looks at */
    if (pthread_create(&worker->thread, NULL, work, worker) == 0) {
        (void)pthread_setname_np(worker->thread, "tocsin-scan");
    } else {
        worker->has_thread = false;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the caller ---- */

static void sum_statistics(const struct store_scan *scan)
{
    if (scan->options.statistics) {
        *scan->options.statistics = (struct store_scan_statistics){0};
        for (uint32_t i = 0; i < scan->worker_count; i++) {
            scan_statistics_add(scan->options.statistics, &scan->workers[i].taken);
        }
        if (scan->late && scan->late->reader) {
            scan_statistics_add(scan->options.statistics, segment_reader_statistics(scan->late->reader));
        }
    }
}

/* The worker's next item; NULL: there is none yet. */
static struct scan_item *take_item(struct store_scan *scan, struct scan_worker *worker)
{
    struct scan_item *item = &worker->items[0];
    if (worker->has_thread) {
        uint32_t slot;
        if (!ring_take(worker->ring, WAIT_MS, &slot)) {
            return NULL;
        }
        scan->taking = worker;
        item = &worker->items[slot];
    } else {
        item->status = fill_item(worker, item, &item->error);
    }
    store_problems_take(&scan->reader->problems, &item->problems);
    worker->taken = item->statistics;
    sum_statistics(scan);
    return item;
}

static void give_back(struct store_scan *scan)
{
    if (scan->taking) {
        ring_release(scan->taking->ring);
        scan->taking = NULL;
    }
}

static tocsin_status scan_next(void *state, struct batch **ret_batch, struct error *err)
{
    struct store_scan *scan = state;
    if (!scan->is_started) {
        scan->is_started = true;
        for (uint32_t i = 0; scan->worker_count > 1 && i < scan->worker_count; i++) {
            start_worker(&scan->workers[i]);
        }
    }
    while (scan->unit < scan->unit_count) {
        struct scan_worker *worker = &scan->workers[scan->units[scan->unit].worker];
        give_back(scan);
        const struct scan_item *item = take_item(scan, worker);
        if (!item) {
            *ret_batch = &scan->nothing;
            return TOCSIN_OK;
        }
        if (item->status == TOCSIN_OK) {
            *ret_batch = (struct batch *)&item->batch;
            return TOCSIN_OK;
        }
        if (item->status != TOCSIN_END) {
            if (err) {
                *err = item->error;
            }
            return item->status;
        }
        if (!worker->has_thread) {
            go_to_unit(worker, worker->unit + 1);
        }
        scan->unit++;
    }
    give_back(scan);
    return TOCSIN_END;
}

/* ---- rows that are asked for ---- */

static tocsin_status begin_late(struct store_scan *scan, uint32_t number, const struct batch *batch, struct error *err)
{
    struct late_rows *late = scan->late;
    if (late->reader && late->segment == number) {
        return TOCSIN_OK;
    }
    const struct open_segment *segment = &scan->reader->segments[number];
    const struct segment_reader_options options = {.schema = scan->options.schema,
                                                   .request = &late->request,
                                                   .wants_raw = scan->options.wants_raw,
                                                   .row_max = BATCH_ROWS_MAX};
    tocsin_status status = map_inputs(scan, segment, &late->inputs, err);
    status = status == TOCSIN_OK && !late->reader ? segment_reader_create(&options, batch, &late->reader, err) : status;
    if (status == TOCSIN_OK) {
        const struct segment_source source = {.file = &segment->file,
                                              .map = &segment->map,
                                              .number = number,
                                              .inputs = late->inputs,
                                              .input_count = segment->input_count,
                                              .first_block = segment->map.block_count, /* none is scanned */
                                              .end_block = segment->map.block_count};
        segment_reader_begin(late->reader, &source);
        late->segment = number;
    }
    return status;
}

static tocsin_status scan_fetch(void *state, const uint64_t *numbers, uint32_t count, struct batch *batch,
                                uint32_t *ret_count, struct error *err)
{
    struct store_scan *scan = state;
    struct late_rows *late = scan->late;
    uint32_t block = (uint32_t)(numbers[0] >> 16) & UINT16_MAX;
    uint32_t taken = 0;
    while (taken < count && taken < scan->options.row_max && numbers[taken] >> 16 == numbers[0] >> 16) {
        late->rows[taken] = (uint32_t)numbers[taken] & UINT16_MAX;
        taken++;
    }
    tocsin_status status = begin_late(scan, (uint32_t)(numbers[0] >> 32), batch, err);
    if (status == TOCSIN_OK) {
        status = segment_reader_take(late->reader, block, late->rows, taken, batch, ret_count, err);
        sum_statistics(scan);
    }
    return status;
}

static void free_late(struct late_rows *late)
{
    if (late) {
        segment_reader_free(late->reader);
        memory_free(late->inputs);
        memory_free(late);
    }
}

static void scan_close(void *state)
{
    struct store_scan *scan = state;
    for (uint32_t i = 0; i < scan->worker_count; i++) {
        if (scan->workers[i].has_thread && scan->is_started) {
            ring_close(scan->workers[i].ring);
        }
    }
    for (uint32_t i = scan->worker_count; i-- > 0;) { /* a twin goes first */
        struct scan_worker *worker = &scan->workers[i];
        if (worker->has_thread && scan->is_started) {
            int failure = pthread_join(worker->thread, NULL);
            assert(failure == 0);
            (void)failure;
        }
        segment_reader_free(worker->reader);
        for (uint32_t k = 0; k < worker->item_count; k++) {
            store_problems_release(&worker->items[k].problems);
            if (worker->items[k].has_batch) {
                batch_release(&worker->items[k].batch);
            }
        }
        ring_free(worker->ring);
        block_filter_free(worker->filter);
        memory_free(worker->items);
        memory_free(worker->inputs);
    }
    if (scan->has_nothing) {
        batch_release(&scan->nothing);
    }
    free_late(scan->late);
    memory_free(scan->units);
    memory_free(scan);
}

static const struct batch_source_ops scan_ops = {scan_next, scan_close, scan_fetch};

/* ---- beginning ---- */

/* The fields of a filter's tests are read, whatever the request says. */
static void add_tested_fields(const struct scan_filter *filter, struct field_set *fields)
{
    if (filter->kind == SCAN_TEST) {
        field_set_add(fields, filter->test.field);
        return;
    }
    for (uint32_t i = 0; i < filter->part_count; i++) {
        add_tested_fields(filter->parts[i], fields);
    }
}

/* How many batches a worker may have ahead. */
static uint32_t items_ahead(const struct store_scan *scan)
{
    size_t bytes = BATCH_ROWS_MAX * sizeof(struct batch_row);
    for (size_t field = 0; field < schema_field_count(scan->options.schema); field++) {
        if (field_set_has(&scan->options.request.fields, (field_id)field)) {
            enum value_type type = schema_field(scan->options.schema, (field_id)field)->type;
            bytes += BATCH_ROWS_MAX * value_type_bytes(type) + VALIDITY_WORDS * sizeof(uint64_t);
        }
    }
    size_t count = AHEAD_BYTES / bytes;
    return count > AHEAD_MAX ? AHEAD_MAX : count < LIMIT_BATCHES_AHEAD ? LIMIT_BATCHES_AHEAD : (uint32_t)count;
}

static uint64_t rows_of_blocks(const struct store_scan *scan, size_t segment, uint32_t first, uint32_t end)
{
    uint64_t rows = 0;
    for (uint32_t i = first; i < end; i++) {
        rows += scan->reader->segments[segment].map.blocks[i].row_count;
    }
    return rows;
}

static uint32_t count_workers(const struct store_scan *scan)
{
    size_t count = scan->options.threads > LIMIT_STORE_SCAN_THREADS ? LIMIT_STORE_SCAN_THREADS : scan->options.threads;
    uint32_t filters = scan->options.request.filter_count;
    count = filters > 0 && filters < count ? filters : count;
    uint64_t rows = 0;
    for (size_t i = 0; i < scan->reader->segment_count; i++) {
        rows += rows_of_blocks(scan, i, 0, scan->reader->segments[i].map.block_count);
    }
    bool is_split = rows / scan->options.split_rows >= count;
    count = !is_split && scan->reader->segment_count < count ? scan->reader->segment_count : count;
    return count > 1 ? (uint32_t)count : 1;
}

/* From the worker that has the most to the one that has the least: the last blocks of its last segment, so that both
 * end at about the same time. */
static void even_out(struct store_scan *scan, const uint64_t *loads)
{
    uint32_t most = 0;
    uint32_t least = 0;
    for (uint32_t i = 1; i < scan->worker_count; i++) {
        most = loads[i] > loads[most] ? i : most;
        least = loads[i] < loads[least] ? i : least;
    }
    uint64_t moved = (loads[most] - loads[least]) / 2;
    size_t at = scan->unit_count;
    while (at > 0 && scan->units[at - 1].worker != most) {
        at--;
    }
    if (at == 0 || moved < scan->options.split_rows) {
        return;
    }
    struct scan_unit *unit = &scan->units[at - 1];
    uint32_t split = unit->end_block;
    while (split > unit->first_block + 1 && rows_of_blocks(scan, unit->segment, split - 1, unit->end_block) <= moved) {
        split--;
    }
    if (split == unit->end_block) {
        return;
    }
    memmove(unit + 2, unit + 1, (scan->unit_count - at) * sizeof(*unit));
    unit[1] = (struct scan_unit){unit->segment, split, unit->end_block, least};
    unit->end_block = split;
    scan->unit_count++;
}

static tocsin_status plan_units(struct store_scan *scan, struct error *err)
{
    size_t count = scan->reader->segment_count;
    uint64_t loads[LIMIT_STORE_SCAN_THREADS] = {0};
    scan->units = memory_allocate_zeroed(count + 1, sizeof(*scan->units));
    if (!scan->units) {
        return error_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t block_count = scan->reader->segments[i].map.block_count;
        uint32_t worker = 0;
        for (uint32_t k = 1; k < scan->worker_count; k++) {
            worker = loads[k] < loads[worker] ? k : worker;
        }
        loads[worker] += rows_of_blocks(scan, i, 0, block_count);
        scan->units[scan->unit_count++] = (struct scan_unit){i, 0, block_count, worker};
    }
    if (scan->worker_count > 1) {
        even_out(scan, loads);
    }
    return TOCSIN_OK;
}

static tocsin_status prepare_worker(struct store_scan *scan, uint32_t number, struct error *err)
{
    struct scan_worker *worker = &scan->workers[number];
    const struct scan_request *request = &scan->options.request;
    worker->scan = scan;
    worker->number = number;
    go_to_unit(worker, 0);
    uint32_t count = scan->worker_count > 1 ? items_ahead(scan) : 1;
    worker->items = memory_allocate_zeroed(count, sizeof(*worker->items));
    if (!worker->items) {
        return error_memory(err);
    }
    worker->item_count = count;
    for (uint32_t i = 0; i < count; i++) {
        store_problems_init(&worker->items[i].problems);
    }
    tocsin_status status = TOCSIN_OK;
    if (request->filter_count > 0) {
        status = block_filter_create(request->filters[number], scan->options.schema,
                                     number > 0 ? scan->workers[0].filter : NULL, &worker->filter, err);
    }
    return status == TOCSIN_OK && scan->worker_count > 1 ? ring_create(count, &worker->ring, err) : status;
}

/* What is late is asked of the rows themselves, and nothing else. In the scan lines are only there for their places. */
static tocsin_status prepare_late(struct store_scan *scan, struct error *err)
{
    const struct scan_request *request = &scan->options.request;
    if (!request->is_numbered) {
        return TOCSIN_OK;
    }
    scan->late = memory_allocate_zeroed(1, sizeof(*scan->late));
    if (!scan->late) {
        return error_memory(err);
    }
    scan->late->request =
        (struct scan_request){.fields = request->late, .leaves_out_evidence = !request->has_late_lines};
    return TOCSIN_OK;
}

tocsin_status store_reader_scan(struct store_reader *reader, const struct store_scan_options *options,
                                struct batch_source *ret_source, struct error *err)
{
    struct store_scan *scan = memory_allocate_zeroed(1, sizeof(*scan));
    if (!scan) {
        return error_memory(err);
    }
    scan->reader = reader;
    scan->options = *options;
    store_reader_remember_problems(reader);
    scan->options.split_rows = options->split_rows ? options->split_rows : SPLIT_ROWS_MIN;
    if (options->row_max == 0 || options->row_max > BATCH_ROWS_MAX) {
        scan->options.row_max = BATCH_ROWS_MAX;
    }
    if (options->request.filter_count > 0) {
        add_tested_fields(options->request.filters[0], &scan->options.request.fields);
    }
    scan->worker_count = count_workers(scan);
    tocsin_status status = plan_units(scan, err);
    status = status == TOCSIN_OK ? prepare_late(scan, err) : status;
    for (uint32_t i = 0; status == TOCSIN_OK && i < scan->worker_count; i++) {
        status = prepare_worker(scan, i, err);
    }
    if (status == TOCSIN_OK && scan->worker_count > 1) {
        status = batch_init(&scan->nothing, options->schema, &scan->options.request.fields, err);
        scan->has_nothing = status == TOCSIN_OK;
    }
    if (status != TOCSIN_OK) {
        scan_close(scan);
        return status;
    }
    *ret_source = (struct batch_source){&scan_ops, scan};
    return TOCSIN_OK;
}
