/* Logs into an event store (tocsin_ingest_*). */
#include "base/civil_time.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "engine/account_summary.h"
#include "engine/clickhouse_load.h"
#include "engine/known_inputs.h"
#include "engine/store_use.h"
#include "format/format.h"
#include "format/log_feed.h"
#include "format/property_set.h"

enum { REPEATED_MAX = 20 };

/* How far an input has come, in the order in which its rows are read. */
struct place {
    uint32_t input;
    uint64_t rows; /* that do not begin before the input's safe line */
};

struct tocsin_ingest {
    tocsin_engine *engine;
    struct tocsin_ingest_options options;
    struct input_list inputs;
    bool has_inputs;
    str *input_names;
    struct field_set wanted;
    struct format_context context;
    const struct format_def *format; /* NULL: by content */
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

    /* What the store has already, and the marks of how far it has got. */
    struct known_input *known; /* by input */
    uint64_t *rows;            /* by input: see struct place */
    uint64_t known_inputs;
    uint64_t known_events;
    struct tocsin_error repeated[REPEATED_MAX];
    uint64_t repeated_count;
    struct place place; /* behind the last row */
    uint32_t marked;    /* inputs before this one have their last mark */
    bool is_whole;      /* all inputs have been read */

    struct clickhouse_load *load; /* into tables of ClickHouse: nothing else is used then */
};

/* ---- creation ---------------------------------------------------------------------------------------------------- */

static tocsin_status open_inputs(struct tocsin_ingest *ingest, struct error *err)
{
    tocsin_status status = input_list_expand(&ingest->inputs, ingest->options.inputs, ingest->options.input_count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    ingest->has_inputs = true;
    size_t count = ingest->inputs.count;
    ingest->input_names = memory_allocate_zeroed(count, sizeof(*ingest->input_names));
    ingest->known = memory_allocate_zeroed(count + 1, sizeof(*ingest->known));
    ingest->rows = memory_allocate_zeroed(count + 1, sizeof(*ingest->rows));
    return ingest->input_names && ingest->known && ingest->rows ? TOCSIN_OK : error_memory(err);
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
    want_all_fields(ingest);
    for (size_t i = 0; i < ingest->inputs.count; i++) {
        ingest->input_names[i] = ingest->inputs.files[i].path;
    }
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
                   .format = ingest->format,
                   .wall_clock_ms = clock_wall_ms()},
        .has_thread = ingest->options.threads > 1 && ingest->inputs.count > 0,
    };
    return log_feed_create(&options, &ingest->feed, err);
}

/* ---- what the store has already ---------------------------------------------------------------------------------- */

static void note_repeated(struct tocsin_ingest *ingest, const struct input_file *file)
{
    if (ingest->repeated_count < REPEATED_MAX) {
        struct error repeated = {0};
        error_set(&repeated, TOCSIN_ERROR_INPUT, "the store has this log already, and now has it once more");
        error_hint(&repeated, "--once leaves out what is there already");
        utf8_escape_controls(file->path, repeated.source, sizeof(repeated.source));
        public_error(&ingest->repeated[ingest->repeated_count], &repeated);
    }
    ingest->repeated_count++;
}

static tocsin_status refuse_pipe(const struct input_file *file, struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_USAGE, "--once needs files that can be read twice; %s is none",
                                     file->kind == INPUT_STANDARD ? "standard input" : "a pipe");
    error_hint(err, "name the files themselves: .gz, .zst and .xz are unpacked");
    return status;
}

/* Two of these inputs are one log, and its copy. */
static tocsin_status find_copy(struct mark_set *set, const struct input_file *file, const struct known_input *known,
                               bool *ret_is_copy, struct error *err)
{
    struct store_mark found = {.input = STR("log"), .bytes = file->bytes};
    memcpy(found.identity, known->identity, sizeof(found.identity));
    const struct store_mark *other = known->has_identity ? mark_set_find(set, found.input, found.identity) : NULL;
    *ret_is_copy = other && other->bytes == file->bytes;
    return other || !known->has_identity || mark_set_put(set, &found) ? TOCSIN_OK : error_memory(err);
}

static tocsin_status keep_unknown(struct tocsin_ingest *ingest, const struct store_reader *reader,
                                  struct mark_set *copies, struct error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < ingest->inputs.count; i++) {
        const struct input_file file = ingest->inputs.files[i];
        struct known_input known;
        if (ingest->options.is_once && file.kind != INPUT_FILE) {
            return refuse_pipe(&file, err);
        }
        tocsin_status status = known_input_find(reader, &file, &known, err);
        bool is_copy = false;
        status = status == TOCSIN_OK ? find_copy(copies, &file, &known, &is_copy, err) : status;
        if (status != TOCSIN_OK) {
            return status;
        }
        if (ingest->options.is_once && (known.is_all_known || is_copy)) {
            ingest->known_inputs++;
            ingest->inputs.bytes_total -= ingest->inputs.bytes_total > file.bytes ? file.bytes : 0;
            continue;
        }
        if (known.is_known && !ingest->options.is_once) {
            note_repeated(ingest, &file);
            known = (struct known_input){.safe_line = 1}; /* its marks stay as they are */
        }
        ingest->inputs.files[kept] = file;
        ingest->known[kept++] = known;
    }
    ingest->inputs.count = kept;
    return TOCSIN_OK;
}

/* Inputs of which there is nothing to add are left out. */
static tocsin_status find_known(struct tocsin_ingest *ingest, const struct store_reader *reader, struct error *err)
{
    struct mark_set copies;
    mark_set_init(&copies, engine_random_seed());
    tocsin_status status = keep_unknown(ingest, reader, &copies, err);
    mark_set_release(&copies);
    return status;
}

static uint32_t input_of(const struct batch *batch, uint32_t row, uint32_t otherwise)
{
    const struct batch_row *info = &batch->rows[row];
    return info->evidence_count > 0 ? batch->evidence[info->evidence_first].input : otherwise;
}

/* Goes on by a row. False: the store has it. */
static bool advance(const struct tocsin_ingest *ingest, struct place *place, const struct batch *batch, uint32_t row)
{
    const struct batch_row *info = &batch->rows[row];
    uint32_t input = input_of(batch, row, place->input);
    if (input != place->input) {
        *place = (struct place){.input = input};
    }
    const struct known_input *known = &ingest->known[input];
    if (info->evidence_count > 0 && batch->evidence[info->evidence_first].line < known->safe_line) {
        return false;
    }
    return ++place->rows > known->rows;
}

/* ---- marks ------------------------------------------------------------------------------------------------------- */

static tocsin_status mark(struct tocsin_ingest *ingest, uint32_t input, const struct store_mark *mark,
                          struct error *err)
{
    const struct known_input *known = &ingest->known[input];
    struct store_mark full = *mark;
    full.input = ingest->input_names[input];
    if (!known->has_identity || full.input.len > LIMIT_STORE_INPUT_BYTES) {
        return TOCSIN_OK;
    }
    memcpy(full.identity, known->identity, sizeof(full.identity));
    return store_writer_mark(ingest->writer, &full, 1, err);
}

static tocsin_status mark_part(struct tocsin_ingest *ingest, uint32_t input, uint64_t rows, struct error *err)
{
    const struct known_input *known = &ingest->known[input];
    const struct store_mark part = {.bytes = known->identity_bytes,
                                    .safe_line = known->safe_line,
                                    .rows = rows > known->rows ? rows : known->rows};
    return part.rows > 0 || part.safe_line > 1 ? mark(ingest, input, &part, err) : TOCSIN_OK;
}

/* An input that has ended. What stood behind its last line end may go on one day. */
static tocsin_status mark_end(struct tocsin_ingest *ingest, uint32_t input, struct error *err)
{
    const struct log_input_end *end = &log_feed_account(ingest->feed)->ends[input];
    if (!end->is_whole) {
        return mark_part(ingest, input, ingest->rows[input], err);
    }
    tocsin_status status = known_input_identify(&ingest->inputs.files[input], end->bytes, &ingest->known[input], err);
    const struct store_mark whole = {
        .bytes = end->bytes, .safe_line = end->lines + !end->is_torn, .is_complete = true};
    return status == TOCSIN_OK ? mark(ingest, input, &whole, err) : status;
}

/* How far the rows that were pushed go: a block that is written from now on has them and these marks, or neither. */
static tocsin_status mark_place(struct tocsin_ingest *ingest, struct error *err)
{
    uint32_t ended = ingest->is_whole ? (uint32_t)ingest->inputs.count : ingest->place.input;
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && ingest->marked < ended) {
        status = mark_end(ingest, ingest->marked++, err);
    }
    return status == TOCSIN_OK && ingest->marked < ingest->inputs.count
               ? mark_part(ingest, ingest->place.input, ingest->place.rows, err)
               : status;
}

/* The bytes of its segments; 0 if it cannot be read. */
static uint64_t bytes_of(const struct store_reader *reader)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < store_reader_segments(reader); i++) {
        struct store_segment_info info;
        store_reader_segment_info(reader, i, &info);
        bytes += info.bytes;
    }
    return bytes;
}

static uint64_t store_bytes(const char *folder)
{
    struct store_reader *reader = NULL;
    struct error ignored = {0};
    uint64_t bytes = 0;
    if (store_reader_open(folder, &reader, &ignored) == TOCSIN_OK) {
        bytes = bytes_of(reader);
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
        .leaves_out_payload = ingest->options.leaves_out_payload,
        .has_blooms = true,
    };
    struct store_reader *reader = NULL;
    tocsin_status status = store_writer_open(&options, &ingest->writer, &ingest->problems, err);
    status = status == TOCSIN_OK ? store_reader_open(ingest->options.store, &reader, err) : status;
    if (status == TOCSIN_OK) {
        ingest->bytes_before = bytes_of(reader);
        ingest->bytes_after = ingest->bytes_before;
        status = find_known(ingest, reader, err);
        store_reader_free(reader);
    }
    return status;
}

static tocsin_status check_options(const struct tocsin_ingest_options *options, struct error *err)
{
    if (!options->to && (!options->store || options->store[0] == '\0')) {
        return error_set(err, TOCSIN_ERROR_USAGE, "there is no name of a store");
    }
    if (options->threads > TOCSIN_THREADS_MAX) {
        return error_set(err, TOCSIN_ERROR_USAGE, "1 or %d threads read, not %u", TOCSIN_THREADS_MAX, options->threads);
    }
    if (options->connections > LIMIT_CLICKHOUSE_CONNECTIONS) {
        return error_set(err, TOCSIN_ERROR_USAGE, "1 to %d connections, not %u", LIMIT_CLICKHOUSE_CONNECTIONS,
                         options->connections);
    }
    if (options->retry_seconds > LIMIT_CLICKHOUSE_RETRY_SECONDS) {
        return error_set(err, TOCSIN_ERROR_USAGE, "at most %d seconds, not %u", LIMIT_CLICKHOUSE_RETRY_SECONDS,
                         options->retry_seconds);
    }
    return TOCSIN_OK;
}

static tocsin_status open_store(struct tocsin_ingest *ingest, struct error *err)
{
    tocsin_status status = open_inputs(ingest, err);
    status = status == TOCSIN_OK ? engine_find_format(ingest->options.format, &ingest->format, err) : status;
    status = status == TOCSIN_OK ? open_writer(ingest, err) : status;
    return status == TOCSIN_OK ? open_feed(ingest, err) : status;
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
    if (status == TOCSIN_OK && options->to) {
        status = clickhouse_load_create(engine, options, &ingest->load, &error);
    } else if (status == TOCSIN_OK) {
        status = open_store(ingest, &error);
    }
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
    clickhouse_load_free(ingest->load);
    log_feed_free(ingest->feed); /* the reading thread ends */
    store_writer_free(ingest->writer);
    store_problems_release(&ingest->problems);
    if (ingest->has_inputs) {
        input_list_release(&ingest->inputs);
    }
    account_summary_release(&ingest->kept_summary);
    memory_free(ingest->input_names);
    memory_free(ingest->known);
    memory_free(ingest->rows);
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

/* Rows from `first` to before `end`, the last ones before the place that was reached. */
static tocsin_status push_run(struct tocsin_ingest *ingest, struct batch *batch, uint32_t first, uint32_t end,
                              struct error *err)
{
    uint32_t row_count = batch->row_count;
    note_newest(ingest);
    batch->row_count = end;
    tocsin_status status =
        store_writer_push_from(ingest->writer, batch, first, ingest->input_names, ingest->inputs.count, err);
    batch->row_count = row_count;
    return status == TOCSIN_OK ? mark_place(ingest, err) : status;
}

/* The rows of a batch that the store does not have. */
static tocsin_status push(struct tocsin_ingest *ingest, struct batch *batch, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    uint32_t first = 0;
    for (uint32_t row = 0; status == TOCSIN_OK && row < batch->row_count; row++) {
        bool is_new = advance(ingest, &ingest->place, batch, row);
        ingest->rows[ingest->place.input] = ingest->place.rows;
        if (!is_new) {
            status = first < row ? push_run(ingest, batch, first, row, err) : TOCSIN_OK;
            first = row + 1;
            ingest->known_events++;
        }
    }
    if (status == TOCSIN_OK && first < batch->row_count) {
        status = push_run(ingest, batch, first, batch->row_count, err);
    }
    return status;
}

static tocsin_status step(struct tocsin_ingest *ingest, struct error *err)
{
    struct batch *batch = NULL;
    tocsin_status status = log_feed_next(ingest->feed, &batch, err);
    if (status == TOCSIN_OK && batch->row_count > 0) {
        status = push(ingest, batch, err);
    } else if (status == TOCSIN_END) {
        ingest->is_whole = true;
        status = mark_place(ingest, err);
        status = status == TOCSIN_OK ? store_writer_seal(ingest->writer, err) : status;
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
    if (ingest->load) {
        tocsin_status loaded = clickhouse_load_step(ingest->load, &error);
        return loaded == TOCSIN_OK || loaded == TOCSIN_END ? loaded : public_error(err, &error);
    }
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

/* What the formats still hold is not asked for: an event that is only begun would be there in part, and then once more
 * as a whole. */
tocsin_status tocsin_ingest_stop(tocsin_ingest *ingest, struct tocsin_error *err)
{
    struct error error = {0};
    if (ingest->load) {
        tocsin_status stopped = clickhouse_load_stop(ingest->load, &error);
        return stopped == TOCSIN_OK ? stopped : public_error(err, &error);
    }
    if (ingest->is_over) {
        return TOCSIN_OK;
    }
    tocsin_status status = store_writer_seal(ingest->writer, &error);
    end(ingest);
    return status == TOCSIN_OK ? TOCSIN_OK : public_error(err, &error);
}

/* ---- the account ------------------------------------------------------------------------------------------------- */

void tocsin_ingest_progress(tocsin_ingest *ingest, struct tocsin_progress *ret_progress)
{
    if (ingest->load) {
        clickhouse_load_progress(ingest->load, ret_progress);
        return;
    }
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
    if (ingest->load) {
        clickhouse_load_summary(ingest->load, ret_summary);
        return;
    }
    const struct log_account *account = log_feed_account(ingest->feed);
    int64_t ended_ns = ingest->ended_ns ? ingest->ended_ns : clock_monotonic_ns();
    struct tocsin_ingest_summary summary = {
        .read = {.regex_given_up = account->regex_given_up,
                 .seconds = (double)(ended_ns - ingest->started_ns) / 1e9,
                 .store = ingest->options.store},
        .events = store_writer_acknowledged(ingest->writer),
        .known_events = ingest->known_events,
        .known_inputs = ingest->known_inputs,
        .repeated = ingest->repeated,
        .repeated_count = ingest->repeated_count < REPEATED_MAX ? (size_t)ingest->repeated_count : REPEATED_MAX,
        .repeated_more = ingest->repeated_count < REPEATED_MAX ? 0 : ingest->repeated_count - REPEATED_MAX,
        .cut_values = store_writer_cut_values(ingest->writer),
        .bytes = ingest->bytes_after > ingest->bytes_before ? ingest->bytes_after - ingest->bytes_before : 0,
    };
    account_summarise(&ingest->kept_summary, ingest->engine, &ingest->inputs, account, &summary.read);
    summarise_repairs(ingest, &summary);
    *ret_summary = summary;
}
