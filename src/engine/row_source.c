#include "engine/row_source.h"

#include "base/memory.h"
#include "base/utf8.h"

struct row_source {
    struct log_feed *feed;       /* of logs */
    struct store_reader *reader; /* of a store; both NULL: batches of somebody else */
    struct batch_source scan;
    bool has_scan;
    bool is_stopped;
    struct log_account account; /* of a store */
    struct log_reader_problem *problems;
    size_t problem_capacity;
    const struct store_scan_statistics *statistics;
    uint64_t rows_total;
    uint64_t blocks_total;
};

/* ---- logs -------------------------------------------------------------------------------------------------------- */

static tocsin_status create(struct row_source **ret_source, struct error *err)
{
    *ret_source = memory_allocate_zeroed(1, sizeof(**ret_source));
    return *ret_source ? TOCSIN_OK : error_memory(err);
}

tocsin_status row_source_of_logs(const struct log_feed_options *options, struct row_source **ret_source,
                                 struct error *err)
{
    struct row_source *source = NULL;
    tocsin_status status = create(&source, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = log_feed_create(options, &source->feed, err);
    if (status != TOCSIN_OK) {
        row_source_free(source);
        return status;
    }
    *ret_source = source;
    return TOCSIN_OK;
}

/* ---- a store ----------------------------------------------------------------------------------------------------- */

tocsin_status row_source_of_store(struct store_reader *reader, const struct store_rows_options *options,
                                  struct row_source **ret_source, struct error *err)
{
    struct row_source *source = NULL;
    tocsin_status status = create(&source, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct store_scan_options scan = {.schema = options->schema,
                                            .request = options->request,
                                            .wants_raw = options->wants_raw,
                                            .statistics = options->statistics,
                                            .row_max = options->row_max,
                                            .threads = options->threads};
    source->reader = reader;
    source->statistics = options->statistics;
    for (size_t i = 0; i < store_reader_segments(reader); i++) {
        struct store_segment_info info;
        store_reader_segment_info(reader, i, &info);
        source->rows_total += info.rows;
        source->blocks_total += info.blocks;
        source->account.progress.bytes_total += info.bytes;
    }
    struct log_account *account = &source->account;
    const struct store_newest newest = store_reader_newest(reader);
    account->has_newest = store_newest_time(&newest, &account->newest_ms);
    account->has_newest_plausible = account->has_newest;
    account->newest_plausible_ms = account->newest_ms;
    status = store_reader_scan(reader, &scan, &source->scan, err);
    source->has_scan = status == TOCSIN_OK;
    if (status != TOCSIN_OK) {
        row_source_free(source);
        return status;
    }
    *ret_source = source;
    return TOCSIN_OK;
}

static tocsin_status next_of_store(struct row_source *source, struct batch **ret_batch, struct error *err)
{
    struct log_account *account = &source->account;
    tocsin_status status = source->is_stopped ? TOCSIN_END : source->scan.ops->next(source->scan.state, ret_batch, err);
    if (status == TOCSIN_OK) {
        /* Rows that are known not to be wanted were looked at, too. */
        double part = (double)source->statistics->blocks / (double)(source->blocks_total + 1);
        account->statistics.events = source->statistics->rows_in;
        account->progress.bytes = (uint64_t)((double)account->progress.bytes_total * part);
    } else if (status == TOCSIN_END && !source->is_stopped) {
        account->statistics.events = source->rows_total;
        account->progress.bytes = account->progress.bytes_total;
    }
    return status;
}

static bool grow_problems(struct row_source *source, size_t count)
{
    if (count <= source->problem_capacity) {
        return true;
    }
    struct log_reader_problem *grown = memory_resize(source->problems, count * sizeof(*grown));
    if (grown) {
        source->problems = grown;
        source->problem_capacity = count;
    }
    return grown != NULL;
}

/* ---- batches of somebody else ------------------------------------------------------------------------------------ */

tocsin_status row_source_of_batches(const struct batch_source *batches, struct row_source **ret_source,
                                    struct error *err)
{
    struct row_source *source = NULL;
    tocsin_status status = create(&source, err);
    if (status != TOCSIN_OK) {
        if (batches) {
            batches->ops->close(batches->state);
        }
        return status;
    }
    source->has_scan = batches != NULL;
    source->is_stopped = !batches;
    source->scan = batches ? *batches : source->scan;
    *ret_source = source;
    return TOCSIN_OK;
}

tocsin_status row_source_add_problem(struct row_source *source, const struct error *problem, struct error *err)
{
    struct log_account *account = &source->account;
    if (!grow_problems(source, account->problem_count + 1)) {
        return error_memory(err);
    }
    source->problems[account->problem_count] = (struct log_reader_problem){.input = UINT32_MAX, .error = *problem};
    account->problems = source->problems;
    account->problem_count++;
    return TOCSIN_OK;
}

static tocsin_status next_of_batches(struct row_source *source, struct batch **ret_batch, struct error *err)
{
    tocsin_status status = source->is_stopped ? TOCSIN_END : source->scan.ops->next(source->scan.state, ret_batch, err);
    if (status == TOCSIN_OK) {
        source->account.statistics.events += (*ret_batch)->row_count;
    }
    return status;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

/* What the reader found damaged, as an account has it. */
static void take_problems(struct row_source *source)
{
    const struct store_problems *found = store_reader_problems(source->reader);
    struct log_account *account = &source->account;
    if (!grow_problems(source, found->count)) {
        account->problems_more = found->count + found->more;
        return;
    }
    for (size_t i = account->problem_count; i < found->count; i++) {
        const struct store_problem *problem = &found->items[i];
        struct log_reader_problem *target = &source->problems[i];
        *target = (struct log_reader_problem){.input = UINT32_MAX};
        if (problem->rows_lost > 0) {
            error_set(&target->error, TOCSIN_ERROR_INPUT, "%.*s: %llu events are left out", STR_ARG(problem->text),
                      (unsigned long long)problem->rows_lost);
        } else {
            error_set(&target->error, TOCSIN_ERROR_INPUT, "%.*s", STR_ARG(problem->text));
        }
        utf8_escape_controls(problem->file, target->error.source, sizeof(target->error.source));
    }
    account->problems = source->problems;
    account->problem_count = found->count;
    account->problems_more = found->more;
}

void row_source_free(struct row_source *source)
{
    if (!source) {
        return;
    }
    log_feed_free(source->feed); /* its thread ends */
    if (source->has_scan) {
        source->scan.ops->close(source->scan.state);
    }
    memory_free(source->problems);
    memory_free(source);
}

tocsin_status row_source_next(struct row_source *source, struct batch **ret_batch, struct error *err)
{
    return source->feed     ? log_feed_next(source->feed, ret_batch, err)
           : source->reader ? next_of_store(source, ret_batch, err)
                            : next_of_batches(source, ret_batch, err);
}

tocsin_status row_source_fetch(struct row_source *source, const uint64_t *numbers, uint32_t count, struct batch *batch,
                               uint32_t *ret_count, struct error *err)
{
    return source->scan.ops->fetch(source->scan.state, numbers, count, batch, ret_count, err);
}

void row_source_stop(struct row_source *source)
{
    if (source->feed) {
        log_feed_stop(source->feed);
    }
    source->is_stopped = true;
}

void row_source_close(struct row_source *source)
{
    if (source->feed) {
        log_feed_close(source->feed);
    } else if (!source->reader && source->has_scan) {
        source->scan.ops->close(source->scan.state); /* a server need not go on */
        source->has_scan = false;
        source->is_stopped = true;
    }
}

const struct log_account *row_source_account(struct row_source *source)
{
    if (source->feed) {
        return log_feed_account(source->feed);
    }
    if (source->reader) {
        take_problems(source);
    }
    return &source->account;
}
