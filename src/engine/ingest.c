/* Logs into an event store (tocsin_ingest_*). */
#include "base/civil_time.h"
#include "base/memory.h"
#include "engine/account_summary.h"
#include "engine/store_use.h"
#include "format/format.h"
#include "format/log_feed.h"
#include "format/property_set.h"

struct tocsin_ingest {
    tocsin_engine *engine;
    struct tocsin_ingest_options options;
    struct input_list inputs;
    bool has_inputs;
    str *input_names;
    struct field_set wanted;
    struct format_context context;
    struct log_feed *feed;
    struct store_writer *writer;
    struct store_problems problems; /* that the writer found and mended */
    struct tocsin_error *repairs;
    uint64_t bytes_before;
    uint64_t bytes_after;
    struct account_summary kept_summary;
    int64_t started_ns;
    int64_t ended_ns;
    bool is_over;
};

/* ---- creation ---------------------------------------------------------------------------------------------------- */

static tocsin_status open_inputs(struct tocsin_ingest *ingest, struct error *err)
{
    tocsin_status status = input_list_expand(&ingest->inputs, ingest->options.inputs, ingest->options.input_count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    ingest->has_inputs = true;
    ingest->input_names = memory_allocate_zeroed(ingest->inputs.count, sizeof(*ingest->input_names));
    for (size_t i = 0; ingest->input_names && i < ingest->inputs.count; i++) {
        ingest->input_names[i] = ingest->inputs.files[i].path;
    }
    return ingest->input_names ? TOCSIN_OK : error_memory(err);
}

/* What an expression stands for is worked out when it is asked. */
static void want_all_fields(struct tocsin_ingest *ingest)
{
    const struct schema *schema = ingest->engine->schema;
    for (size_t i = 0; i < schema_field_count(schema); i++) {
        if (schema_field(schema, (field_id)i)->kind != FIELD_EXPRESSION) {
            field_set_add(&ingest->wanted, (field_id)i);
        }
    }
}

static tocsin_status open_feed(struct tocsin_ingest *ingest, struct error *err)
{
    const struct tocsin_engine *engine = ingest->engine;
    const struct format_def *format = NULL;
    tocsin_status status = engine_find_format(ingest->options.format, &format, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    want_all_fields(ingest);
    ingest->context = (struct format_context){
        .schema = engine->schema,
        .wanted = &ingest->wanted,
        .log_sources = engine->log_sources,
        .properties = engine->properties,
        .zone = engine->zone,
    };
    const struct log_feed_options options = {
        .reader = {.context = &ingest->context,
                   .inputs = &ingest->inputs,
                   .format = format,
                   .wall_clock_ms = clock_wall_ms()},
        .has_thread = ingest->options.threads > 1 && ingest->inputs.count > 0,
    };
    return log_feed_create(&options, &ingest->feed, err);
}

/* The bytes of its segments; 0 if it cannot be read. */
static uint64_t store_bytes(const char *folder)
{
    struct store_reader *reader = NULL;
    struct error ignored = {0};
    uint64_t bytes = 0;
    if (store_reader_open(folder, &reader, &ignored) == TOCSIN_OK) {
        for (size_t i = 0; i < store_reader_segments(reader); i++) {
            struct store_segment_info info;
            store_reader_segment_info(reader, i, &info);
            bytes += info.bytes;
        }
        store_reader_free(reader);
    }
    return bytes;
}

static tocsin_status open_writer(struct tocsin_ingest *ingest, struct error *err)
{
    const struct store_writer_options options = {
        .folder = ingest->options.store,
        .schema = ingest->engine->schema,
        .who = ingest->options.who,
        .block_rows = ingest->options.block_rows,
        .segment_rows = ingest->options.segment_rows,
        .codec = ingest->options.is_zstd ? CHUNK_ZSTD : CHUNK_LZ4,
        .hash_seed = engine_random_seed(),
        .now_ms = clock_wall_ms(),
    };
    tocsin_status status = store_writer_open(&options, &ingest->writer, &ingest->problems, err);
    if (status == TOCSIN_OK) {
        ingest->bytes_before = store_bytes(ingest->options.store);
        ingest->bytes_after = ingest->bytes_before;
    }
    return status;
}

static tocsin_status check_options(const struct tocsin_ingest_options *options, struct error *err)
{
    if (!options->store || options->store[0] == '\0') {
        return error_set(err, TOCSIN_ERROR_USAGE, "there is no name of a store");
    }
    if (options->threads > TOCSIN_THREADS_MAX) {
        return error_set(err, TOCSIN_ERROR_USAGE, "1 or %d threads read, not %u", TOCSIN_THREADS_MAX, options->threads);
    }
    return TOCSIN_OK;
}

tocsin_status tocsin_ingest_create(tocsin_engine *engine, const struct tocsin_ingest_options *options,
                                   tocsin_ingest **ret_ingest, struct tocsin_error *err)
{
    struct error error = {0};
    struct tocsin_ingest *ingest = memory_allocate_zeroed(1, sizeof(*ingest));
    if (!ingest) {
        error_memory(&error);
        return public_error(err, &error);
    }
    ingest->engine = engine;
    ingest->options = *options;
    ingest->started_ns = clock_monotonic_ns();
    store_problems_init(&ingest->problems);
    tocsin_status status = check_options(options, &error);
    status = status == TOCSIN_OK ? open_inputs(ingest, &error) : status;
    status = status == TOCSIN_OK ? open_feed(ingest, &error) : status;
    status = status == TOCSIN_OK ? open_writer(ingest, &error) : status;
    if (status != TOCSIN_OK) {
        tocsin_ingest_free(ingest);
        return public_error(err, &error);
    }
    *ret_ingest = ingest;
    return TOCSIN_OK;
}

void tocsin_ingest_free(tocsin_ingest *ingest)
{
    if (!ingest) {
        return;
    }
    log_feed_free(ingest->feed); /* the reading thread ends */
    store_writer_free(ingest->writer);
    store_problems_release(&ingest->problems);
    if (ingest->has_inputs) {
        input_list_release(&ingest->inputs);
    }
    account_summary_release(&ingest->kept_summary);
    memory_free(ingest->input_names);
    memory_free(ingest->repairs);
    memory_free(ingest);
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static void note_newest(struct tocsin_ingest *ingest)
{
    const struct log_account *account = log_feed_account(ingest->feed);
    _Static_assert((int)STORE_TRUSTS == (int)LOG_TRUSTS, "a store keeps what a reader knows of times");
    struct store_newest newest = {0};
    for (size_t i = 0; i < LOG_TRUSTS; i++) {
        newest.by_trust[i].is_set = account->newest_by_trust[i].is_set;
        newest.by_trust[i].ms = account->newest_by_trust[i].ms;
    }
    store_writer_set_newest(ingest->writer, &newest);
}

static tocsin_status step(struct tocsin_ingest *ingest, struct error *err)
{
    struct batch *batch = NULL;
    tocsin_status status = log_feed_next(ingest->feed, &batch, err);
    if (status == TOCSIN_OK && batch->row_count > 0) {
        note_newest(ingest);
        status = store_writer_push(ingest->writer, batch, ingest->input_names, ingest->inputs.count, err);
    } else if (status == TOCSIN_END) {
        status = store_writer_seal(ingest->writer, err);
        status = status == TOCSIN_OK ? TOCSIN_END : status;
    }
    return status;
}

static void end(struct tocsin_ingest *ingest)
{
    ingest->is_over = true;
    log_feed_close(ingest->feed);
    ingest->ended_ns = clock_monotonic_ns();
    ingest->bytes_after = store_bytes(ingest->options.store);
}

tocsin_status tocsin_ingest_step(tocsin_ingest *ingest, struct tocsin_error *err)
{
    struct error error = {0};
    if (ingest->is_over) {
        return TOCSIN_END;
    }
    tocsin_status status = step(ingest, &error);
    if (status == TOCSIN_OK) {
        return status;
    }
    if (status == TOCSIN_ERROR_CANCELLED) { /* a signal came while waiting: nothing is lost */
        return public_error(err, &error);
    }
    end(ingest);
    return status == TOCSIN_END ? status : public_error(err, &error);
}

tocsin_status tocsin_ingest_stop(tocsin_ingest *ingest, struct tocsin_error *err)
{
    tocsin_status status = ingest->is_over ? TOCSIN_END : TOCSIN_OK;
    if (!ingest->is_over) {
        log_feed_stop(ingest->feed);
    }
    while (status == TOCSIN_OK) {
        status = tocsin_ingest_step(ingest, err);
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

/* ---- the account ------------------------------------------------------------------------------------------------- */

void tocsin_ingest_progress(tocsin_ingest *ingest, struct tocsin_progress *ret_progress)
{
    const struct log_account *account = log_feed_account(ingest->feed);
    *ret_progress = (struct tocsin_progress){
        .bytes_read = account->progress.bytes,
        .bytes_total = account->progress.bytes_total,
        .events = account->statistics.events,
        .input = account->progress.input.data ? account->progress.input.data : "",
    };
}

static void summarise_repairs(struct tocsin_ingest *ingest, struct tocsin_ingest_summary *summary)
{
    memory_free(ingest->repairs);
    ingest->repairs = memory_allocate_zeroed(ingest->problems.count, sizeof(*ingest->repairs));
    for (size_t i = 0; ingest->repairs && i < ingest->problems.count; i++) {
        struct error repair = {0};
        error_set(&repair, TOCSIN_ERROR_INPUT, "%.*s: %.*s", STR_ARG(ingest->problems.items[i].file),
                  STR_ARG(ingest->problems.items[i].text));
        public_error(&ingest->repairs[i], &repair);
    }
    summary->repairs = ingest->repairs;
    summary->repair_count = ingest->repairs ? ingest->problems.count : 0;
}

void tocsin_ingest_summary_get(tocsin_ingest *ingest, struct tocsin_ingest_summary *ret_summary)
{
    const struct log_account *account = log_feed_account(ingest->feed);
    int64_t ended_ns = ingest->ended_ns ? ingest->ended_ns : clock_monotonic_ns();
    struct tocsin_ingest_summary summary = {
        .read = {.regex_given_up = account->regex_given_up,
                 .seconds = (double)(ended_ns - ingest->started_ns) / 1e9,
                 .store = ingest->options.store},
        .events = store_writer_acknowledged(ingest->writer),
        .cut_values = store_writer_cut_values(ingest->writer),
        .bytes = ingest->bytes_after > ingest->bytes_before ? ingest->bytes_after - ingest->bytes_before : 0,
    };
    account_summarise(&ingest->kept_summary, ingest->engine, &ingest->inputs, account, &summary.read);
    summarise_repairs(ingest, &summary);
    *ret_summary = summary;
}
