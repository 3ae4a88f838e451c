#include "engine/clickhouse_load.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/civil_time.h"
#include "base/memory.h"
#include "clickhouse/block_sender.h"
#include "clickhouse/native_writer.h"
#include "clickhouse/server_clock.h"
#include "engine/account_summary.h"
#include "engine/clickhouse_target.h"
#include "engine/known_inputs.h"
#include "engine/load_checkpoint.h"
#include "format/log_feed.h"

/* A block that is sent again later has a stamp of its own: scheduled hunts look only so far back for what arrived. */
#define SAME_STAMP_MS INT64_C(3600000)

enum { WINDOW_DAYS = 16, CONNECTIONS = 4, STOP_SECONDS = 30, NUMBER_INDEX_BITS = 12, NUMBER_RANDOM_BITS = 8 };

/* Consecutive rows of one input, whose blocks are not all there yet. */
struct load_window {
    struct load_window *next;
    uint32_t input;
    uint64_t first;
    uint64_t rows;
    uint32_t blocks; /* not there yet */
};

/* The rows of a window that are of one day. */
struct day_rows {
    struct native_writer *writer;
    uint16_t day;
    int64_t time_min_ms;
    int64_t time_max_ms;
};

struct load_input {
    struct known_input known;
    size_t entry;         /* of the checkpoint; SIZE_MAX: none */
    bool is_begun;        /* the checkpoint has it */
    int64_t number;
    uint64_t rows;        /* read, from the safe line on */
    uint64_t skip_until;  /* rows before this one are there */
    uint32_t windows;     /* open */
    bool has_end;         /* noted */
};

struct clickhouse_load {
    tocsin_engine *engine;
    struct tocsin_ingest_options options;
    struct input_list inputs;
    bool has_inputs;
    str *input_names;
    struct load_input *states; /* by input */
    struct field_set wanted;
    struct format_context context;
    const struct format_def *format;
    struct log_feed *feed;
    struct clickhouse_target target;
    bool has_target;
    struct load_checkpoint *checkpoint;
    struct block_sender *sender;
    int set_aside; /* file of refused rows; -1: none */
    int64_t number_base;
    struct server_clock clock;

    /* The window that is being filled. */
    uint32_t input;
    bool has_window;
    uint64_t window_first;
    uint64_t window_rows;
    uint64_t window_max; /* a window that was begun before ends where it ended; else UINT64_MAX */
    struct day_rows days[WINDOW_DAYS];
    uint32_t day_count;
    struct block_job *ready; /* made, not handed over yet */
    struct block_job *spare;
    struct load_window *windows; /* of which some block is not there yet */

    /* The account. */
    uint64_t events;
    uint64_t known_events;
    uint64_t known_inputs;
    uint64_t refused;
    uint64_t bytes;
    bool is_read;
    bool is_over;
    int64_t started_ns;
    int64_t ended_ns;
    struct account_summary kept_summary;
    struct tocsin_error refusal;
};

/* ---- inputs and the checkpoint ----------------------------------------------------------------------------------- */

/* The identity anew, of as many bytes as the entry's. */
static bool is_same_input(const struct input_file *file, const struct load_input *state,
                          const struct checkpoint_input *entry)
{
    struct known_input known = state->known;
    struct error ignored = {0};
    return known.has_identity && entry->identity_bytes <= state->known.identity_bytes &&
           known_input_identify(file, entry->identity_bytes, &known, &ignored) == TOCSIN_OK && known.has_identity &&
           memcmp(known.identity, entry->identity, sizeof(entry->identity)) == 0;
}

/* Later entries of the same input are about what it grew by. */
static void find_entry(struct clickhouse_load *load, struct input_file *file, struct load_input *state,
                       bool *ret_is_known)
{
    const struct checkpoint_input *found = NULL;
    const struct checkpoint_input *entry;
    state->entry = SIZE_MAX;
    for (size_t i = 0; (entry = load_checkpoint_input(load->checkpoint, i)) != NULL; i++) {
        if (is_same_input(file, state, entry)) {
            state->entry = i;
            found = entry;
        }
    }
    *ret_is_known = false;
    if (found && !found->has_ended) { /* goes on where it was broken off, as far as it then was to go */
        state->is_begun = true;
        state->number = found->number;
        state->known.safe_line = found->safe_line;
        file->bytes_max = found->bytes < file->bytes ? found->bytes : file->bytes;
    } else if (found) {
        state->entry = SIZE_MAX;
        state->known.safe_line = found->end_line;
        *ret_is_known = file->bytes <= found->bytes;
    }
}

static tocsin_status open_inputs(struct clickhouse_load *load, struct error *err)
{
    tocsin_status status = input_list_expand(&load->inputs, load->options.inputs, load->options.input_count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    load->has_inputs = true;
    load->input_names = memory_allocate_zeroed(load->inputs.count + 1, sizeof(*load->input_names));
    load->states = memory_allocate_zeroed(load->inputs.count + 1, sizeof(*load->states));
    if (!load->input_names || !load->states) {
        return error_memory(err);
    }
    size_t kept = 0;
    for (size_t i = 0; status == TOCSIN_OK && i < load->inputs.count; i++) {
        struct input_file file = load->inputs.files[i];
        struct load_input state = {.number = load->number_base + (int64_t)i};
        bool is_known = false;
        status = known_input_find(NULL, &file, &state.known, err);
        file.bytes_max = file.bytes;
        find_entry(load, &file, &state, &is_known);
        if (is_known) {
            load->known_inputs++;
            load->inputs.bytes_total -= load->inputs.bytes_total > file.bytes ? file.bytes : 0;
            continue;
        }
        load->states[kept] = state;
        load->inputs.files[kept++] = file;
    }
    load->inputs.count = kept;
    return status;
}

static const struct checkpoint_input *entry_of(const struct clickhouse_load *load, uint32_t input)
{
    return load->states[input].is_begun ? load_checkpoint_input(load->checkpoint, load->states[input].entry) : NULL;
}

/* Pipes cannot be read twice, so nothing is kept of them. */
static bool is_kept(const struct clickhouse_load *load, uint32_t input)
{
    return load->inputs.files[input].kind == INPUT_FILE && load->states[input].known.has_identity;
}

static tocsin_status begin_entry(struct clickhouse_load *load, uint32_t input, struct error *err)
{
    struct load_input *state = &load->states[input];
    if (state->is_begun || !is_kept(load, input)) {
        return TOCSIN_OK;
    }
    struct checkpoint_input entry = {
        .identity_bytes = state->known.identity_bytes,
        .bytes = load->inputs.files[input].bytes,
        .number = state->number,
        .safe_line = state->known.safe_line,
        .path = load->input_names[input],
    };
    memcpy(entry.identity, state->known.identity, sizeof(entry.identity));
    state->is_begun = true;
    return load_checkpoint_begin(load->checkpoint, &entry, &state->entry, err);
}

/* ---- creation ---------------------------------------------------------------------------------------------------- */

static tocsin_status open_feed(struct clickhouse_load *load, struct error *err)
{
    const struct tocsin_engine *engine = load->engine;
    for (size_t i = 0; i < schema_field_count(engine->schema); i++) {
        if (schema_field(engine->schema, (field_id)i)->kind != FIELD_EXPRESSION) {
            field_set_add(&load->wanted, (field_id)i);
        }
    }
    for (size_t i = 0; i < load->inputs.count; i++) {
        load->input_names[i] = load->inputs.files[i].path;
    }
    load->context = (struct format_context){
        .schema = engine->schema,
        .wanted = &load->wanted,
        .log_sources = engine->log_sources,
        .properties = engine->properties,
        .zone = engine->zone,
    };
    const struct log_feed_options options = {
        .reader = {.context = &load->context,
                   .inputs = &load->inputs,
                   .format = load->format,
                   .wall_clock_ms = clock_wall_ms()},
        .has_thread = load->inputs.count > 0, /* so that parsing is all that a load waits for */
    };
    return log_feed_create(&options, &load->feed, err);
}

static tocsin_status open_sender(struct clickhouse_load *load, struct error *err)
{
    const struct block_sender_options options = {
        .nodes = load->target.nodes,
        .node_count = load->target.node_count,
        .connections = load->options.connections ? load->options.connections : CONNECTIONS,
        .retry_ms = load->options.retry_seconds * 1000,
        .has_cluster = load->target.options.cluster.len > 0,
        .shards = load->target.shards.count > 0 ? &load->target.shards : NULL,
        .node_shards = load->target.node_shards,
    };
    return block_sender_create(&options, &load->sender, err);
}

static tocsin_status open_set_aside(struct clickhouse_load *load, struct error *err)
{
    if (!load->options.set_aside) {
        return TOCSIN_OK;
    }
    load->set_aside = open(load->options.set_aside, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return load->set_aside >= 0 ? TOCSIN_OK
                                : error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot open '%s'",
                                               load->options.set_aside);
}

/* Blocks are stamped by the server's clock: scheduled hunts go by these stamps, and the clocks of machines that load
 * may be wrong. If it can't be asked during the load, what was known is followed. */
static tocsin_status ask_time(struct clickhouse_load *load, struct error *err)
{
    int64_t server_ms;
    tocsin_status status = clickhouse_target_time(&load->target, &server_ms, err);
    if (status == TOCSIN_OK) {
        server_clock_set(&load->clock, server_ms, clock_wall_ms(), clock_monotonic_ns());
    } else {
        server_clock_keep(&load->clock, clock_monotonic_ns());
    }
    return status;
}

static int64_t time_now(struct clickhouse_load *load)
{
    if (server_clock_is_old(&load->clock, clock_wall_ms(), clock_monotonic_ns())) {
        struct error ignored = {0};
        (void)!ask_time(load, &ignored);
    }
    return server_clock_ms(&load->clock, clock_wall_ms(), clock_monotonic_ns());
}

/* Numbers of inputs grow with the time of the load; loads of the same moment differ by chance. */
static int64_t first_number(int64_t now_ms)
{
    uint64_t random = engine_random_seed() >> (64 - NUMBER_RANDOM_BITS);
    return (int64_t)(((uint64_t)now_ms << (NUMBER_INDEX_BITS + NUMBER_RANDOM_BITS)) + (random << NUMBER_INDEX_BITS));
}

tocsin_status clickhouse_load_create(tocsin_engine *engine, const struct tocsin_ingest_options *options,
                                     struct clickhouse_load **ret_load, struct error *err)
{
    struct clickhouse_load *load = memory_allocate_zeroed(1, sizeof(*load));
    if (!load) {
        return error_memory(err);
    }
    load->engine = engine;
    load->options = *options;
    load->set_aside = -1;
    load->started_ns = clock_monotonic_ns();
    tocsin_status status = engine_find_format(options->format, &load->format, err);
    status = status == TOCSIN_OK ? clickhouse_target_open(options->to, engine->schema, &load->target, err) : status;
    load->has_target = status == TOCSIN_OK;
    status = status == TOCSIN_OK ? clickhouse_target_check(&load->target, err) : status;
    status = status == TOCSIN_OK ? ask_time(load, err) : status;
    load->number_base = status == TOCSIN_OK ? first_number(time_now(load)) : 0;
    status = status == TOCSIN_OK ? load_checkpoint_open(options->checkpoint, strbuf_str(&load->target.name),
                                                        &load->checkpoint, err)
                                 : status;
    status = status == TOCSIN_OK ? open_inputs(load, err) : status;
    status = status == TOCSIN_OK ? open_set_aside(load, err) : status;
    status = status == TOCSIN_OK ? open_sender(load, err) : status;
    status = status == TOCSIN_OK ? open_feed(load, err) : status;
    if (status != TOCSIN_OK) {
        clickhouse_load_free(load);
        return status;
    }
    *ret_load = load;
    return TOCSIN_OK;
}

void clickhouse_load_free(struct clickhouse_load *load)
{
    if (!load) {
        return;
    }
    log_feed_free(load->feed);
    block_sender_free(load->sender);
    load_checkpoint_free(load->checkpoint);
    block_jobs_free(load->ready);
    block_jobs_free(load->spare);
    while (load->windows) {
        struct load_window *next = load->windows->next;
        memory_free(load->windows);
        load->windows = next;
    }
    for (uint32_t i = 0; i < WINDOW_DAYS; i++) {
        native_writer_free(load->days[i].writer);
    }
    if (load->has_target) {
        clickhouse_target_release(&load->target);
    }
    if (load->has_inputs) {
        input_list_release(&load->inputs);
    }
    if (load->set_aside >= 0) {
        (void)close(load->set_aside);
    }
    account_summary_release(&load->kept_summary);
    memory_free(load->input_names);
    memory_free(load->states);
    memory_free(load);
}

/* ---- windows to blocks ------------------------------------------------------------------------------------------- */

static struct block_job *take_spare(struct clickhouse_load *load)
{
    struct block_job *job = load->spare;
    if (!job) {
        return block_job_create();
    }
    load->spare = job->next;
    struct strbuf data = job->data;
    struct strbuf columns = job->columns;
    struct strbuf refused = job->refused;
    *job = (struct block_job){.writer = job->writer, .data = data, .columns = columns, .refused = refused};
    strbuf_clear(&job->data);
    strbuf_clear(&job->columns);
    strbuf_clear(&job->refused);
    return job;
}

/* Who sees the same rows at the same place gives the same id. */
static void make_id(const struct clickhouse_load *load, const struct load_window *window, const struct day_rows *day,
                    uint8_t ret_id[LAYOUT_BLOCK_ID_BYTES])
{
    struct {
        uint8_t digest[LAYOUT_BLOCK_ID_BYTES];
        uint8_t identity[LAYOUT_BLOCK_ID_BYTES];
        uint64_t safe_line;
        uint64_t first;
        uint64_t rows;
        uint64_t day;
    } parts = {.safe_line = load->states[window->input].known.safe_line,
               .first = window->first,
               .rows = native_writer_rows(day->writer),
               .day = day->day};
    native_writer_digest(day->writer, parts.digest);
    if (is_kept(load, window->input)) {
        memcpy(parts.identity, load->states[window->input].known.identity, sizeof(parts.identity));
    }
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(&parts, sizeof(parts)));
    memcpy(ret_id, &canonical, LAYOUT_BLOCK_ID_BYTES);
}

static tocsin_status check_same(const struct checkpoint_block *sent, uint32_t rows, struct error *err)
{
    if (sent->rows == rows) {
        return TOCSIN_OK;
    }
    tocsin_status status =
        error_set(err, TOCSIN_ERROR_CONFIG, "the log is not read as it was when the load was broken off");
    error_hint(err, "go on with the release and the configuration that began it");
    return status;
}

static void append_ready(struct clickhouse_load *load, struct block_job *job)
{
    struct block_job **end = &load->ready;
    while (*end) {
        end = &(*end)->next;
    }
    job->next = NULL;
    *end = job;
}

/* A block of the window, to be sent; none if it is known to be there. */
static tocsin_status make_block(struct clickhouse_load *load, struct load_window *window, struct day_rows *day,
                                struct error *err)
{
    const struct checkpoint_input *entry = entry_of(load, window->input);
    const struct checkpoint_block *sent = entry ? checkpoint_find_block(entry, window->first, day->day) : NULL;
    uint32_t rows = native_writer_rows(day->writer);
    tocsin_status status = sent ? check_same(sent, rows, err) : TOCSIN_OK;
    if (status != TOCSIN_OK || (sent && sent->is_done)) {
        load->known_events += status == TOCSIN_OK ? rows : 0;
        return status;
    }
    struct checkpoint_block block = {
        .first = window->first, .window_rows = window->rows, .day = day->day, .rows = rows};
    field_id missing[64];
    uint32_t missing_count = native_writer_missing(day->writer, missing, countof(missing));
    for (; status == TOCSIN_OK && missing_count > 0;) {
        status = clickhouse_target_add_columns(&load->target, missing, missing_count, err);
        missing_count = native_writer_missing(day->writer, missing, countof(missing));
    }
    struct block_job *job = status == TOCSIN_OK ? take_spare(load) : NULL;
    if (!job) {
        return status == TOCSIN_OK ? error_memory(err) : status;
    }
    block.arrived_ms = time_now(load);
    if (sent && sent->arrived_ms <= block.arrived_ms && block.arrived_ms - sent->arrived_ms < SAME_STAMP_MS) {
        block.arrived_ms = sent->arrived_ms;
    }
    if (sent) {
        memcpy(block.id, sent->id, sizeof(block.id));
    } else {
        make_id(load, window, day, block.id);
    }
    status = native_writer_pieces(day->writer, block.id, block.arrived_ms, &job->columns, &job->pieces,
                                  &job->piece_count, err);
    if (status != TOCSIN_OK) {
        block_job_free(job);
        return status;
    }
    for (size_t i = 0; i < job->piece_count; i++) {
        job->bytes += job->pieces[i].len;
    }
    struct native_writer *emptied = job->writer;
    job->writer = day->writer;
    day->writer = emptied;
    memcpy(job->id, block.id, sizeof(job->id));
    job->day = day->day;
    job->rows = rows;
    job->time_min_ms = day->time_min_ms;
    job->time_max_ms = day->time_max_ms;
    job->may_be_there = sent || load->options.is_once;
    job->counts_all = job->may_be_there;
    job->owner = window;
    window->blocks++;
    append_ready(load, job);
    if (entry || is_kept(load, window->input)) {
        load_checkpoint_sent(load->checkpoint, load->states[window->input].entry, &block);
    }
    return TOCSIN_OK;
}

static void end_window(struct clickhouse_load *load, struct load_window *window)
{
    if (is_kept(load, window->input)) {
        load_checkpoint_whole(load->checkpoint, load->states[window->input].entry, window->first, window->rows);
    }
    load->states[window->input].windows--;
    struct load_window **link = &load->windows;
    while (*link != window) {
        link = &(*link)->next;
    }
    *link = window->next;
    memory_free(window);
}

/* The rows collected become blocks. */
static tocsin_status close_window(struct clickhouse_load *load, struct error *err)
{
    if (!load->has_window) {
        return TOCSIN_OK;
    }
    struct load_window *window = memory_allocate_zeroed(1, sizeof(*window));
    if (!window) {
        return error_memory(err);
    }
    *window = (struct load_window){.input = load->input, .first = load->window_first, .rows = load->window_rows};
    window->next = load->windows;
    load->windows = window;
    load->states[load->input].windows++;
    tocsin_status status = begin_entry(load, load->input, err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < load->day_count; i++) {
        status = make_block(load, window, &load->days[i], err);
        if (load->days[i].writer) {
            native_writer_clear(load->days[i].writer);
        }
    }
    load->day_count = 0;
    load->has_window = false;
    if (status == TOCSIN_OK && window->blocks == 0) {
        end_window(load, window);
    }
    return status == TOCSIN_OK ? load_checkpoint_sync(load->checkpoint, err) : status;
}

/* ---- rows to windows --------------------------------------------------------------------------------------------- */

static tocsin_status day_of(struct clickhouse_load *load, uint16_t day, struct day_rows **ret_day, struct error *err)
{
    struct day_rows *days = load->days;
    for (uint32_t i = 0; i < load->day_count; i++) {
        if (days[i].day == day) {
            *ret_day = &days[i];
            return TOCSIN_OK;
        }
    }
    if (load->day_count == WINDOW_DAYS) {
        *ret_day = NULL;
        return TOCSIN_OK;
    }
    struct day_rows *added = &days[load->day_count];
    tocsin_status status = added->writer ? TOCSIN_OK
                                         : native_writer_create(load->engine->schema, &load->target.table,
                                                                &added->writer, err);
    if (status == TOCSIN_OK) {
        added->day = day;
        added->time_min_ms = INT64_MAX;
        added->time_max_ms = INT64_MIN;
        load->day_count++;
        *ret_day = added;
    }
    return status;
}

static void open_window(struct clickhouse_load *load, uint64_t first)
{
    const struct checkpoint_input *entry = entry_of(load, load->input);
    uint64_t rows = entry ? checkpoint_window_rows(entry, first) : 0;
    load->has_window = true;
    load->window_first = first;
    load->window_rows = 0;
    load->window_max = rows > 0 ? rows : UINT64_MAX;
}

/* Rows of one day, that follow each other in batch and input; `row` is the number of the first in the input. */
struct row_run {
    uint16_t rows[BATCH_ROWS_MAX];
    uint32_t count;
    uint16_t day;
    uint64_t row;
    int64_t time_min_ms;
    int64_t time_max_ms;
};

static tocsin_status push_run(struct clickhouse_load *load, const struct batch *batch, struct row_run *run,
                              struct error *err)
{
    if (run->count == 0) {
        return TOCSIN_OK;
    }
    struct day_rows *day = NULL;
    tocsin_status status = day_of(load, run->day, &day, err);
    if (status == TOCSIN_OK && !day) { /* too many days */
        status = close_window(load, err);
        open_window(load, run->row);
        status = status == TOCSIN_OK ? day_of(load, run->day, &day, err) : status;
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct native_input input = {.number = load->states[load->input].number,
                                       .first_row = (int64_t)run->row - run->rows[0],
                                       .names = load->input_names,
                                       .name_count = load->inputs.count,
                                       .leaves_out_payload = load->options.leaves_out_payload};
    day->time_min_ms = run->time_min_ms < day->time_min_ms ? run->time_min_ms : day->time_min_ms;
    day->time_max_ms = run->time_max_ms > day->time_max_ms ? run->time_max_ms : day->time_max_ms;
    status = native_writer_push(day->writer, batch, run->rows, run->count, run->day, &input, err);
    load->window_rows += run->count;
    run->count = 0;
    return status;
}

static tocsin_status add_row(struct clickhouse_load *load, struct batch *batch, uint32_t row, uint64_t number,
                             struct row_run *run, struct error *err)
{
    const struct column *times = batch_column(batch, FIELD_STARTTIME);
    int64_t ms = times && column_is_valid(times, row) ? column_integer(times, row) : 0;
    uint16_t day = layout_day(ms);
    tocsin_status status = TOCSIN_OK;
    if (load->has_window && load->window_rows + run->count == load->window_max) {
        status = push_run(load, batch, run, err);
        status = status == TOCSIN_OK ? close_window(load, err) : status;
    }
    if (status == TOCSIN_OK && run->count > 0 &&
        (run->day != day || run->rows[run->count - 1] + 1u != row)) {
        status = push_run(load, batch, run, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!load->has_window) {
        open_window(load, number);
    }
    if (run->count == 0) {
        run->day = day;
        run->row = number;
        run->time_min_ms = ms;
        run->time_max_ms = ms;
    }
    run->time_min_ms = ms < run->time_min_ms ? ms : run->time_min_ms;
    run->time_max_ms = ms > run->time_max_ms ? ms : run->time_max_ms;
    run->rows[run->count++] = (uint16_t)row;
    return TOCSIN_OK;
}

/* Whether a row is new; counts it. */
static bool is_new_row(struct clickhouse_load *load, const struct batch *batch, uint32_t row, uint64_t *ret_number)
{
    struct load_input *state = &load->states[load->input];
    const struct batch_row *info = &batch->rows[row];
    if (info->evidence_count > 0 && batch->evidence[info->evidence_first].line < state->known.safe_line) {
        return false;
    }
    uint64_t number = state->rows++;
    const struct checkpoint_input *entry = entry_of(load, load->input);
    const struct checkpoint_window *whole =
        entry && number >= state->skip_until && !load->has_window ? checkpoint_find_window(entry, number) : NULL;
    if (whole) {
        state->skip_until = whole->first + whole->rows;
    }
    *ret_number = number;
    return number >= state->skip_until;
}

static size_t window_bytes(const struct clickhouse_load *load)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < load->day_count; i++) {
        bytes += native_writer_bytes(load->days[i].writer);
    }
    return bytes;
}

static uint32_t input_of(const struct batch *batch, uint32_t row, uint32_t otherwise)
{
    const struct batch_row *info = &batch->rows[row];
    return info->evidence_count > 0 ? batch->evidence[info->evidence_first].input : otherwise;
}

static tocsin_status take_batch(struct clickhouse_load *load, struct batch *batch, struct error *err)
{
    struct row_run run = {.count = 0};
    tocsin_status status = TOCSIN_OK;
    for (uint32_t row = 0; status == TOCSIN_OK && row < batch->row_count; row++) {
        uint32_t input = input_of(batch, row, load->input);
        uint64_t number;
        if (input != load->input) {
            status = push_run(load, batch, &run, err);
            status = status == TOCSIN_OK ? close_window(load, err) : status;
            load->input = input;
        }
        if (status == TOCSIN_OK && load->has_window && load->window_rows + run.count == load->window_max) {
            status = push_run(load, batch, &run, err);
            status = status == TOCSIN_OK ? close_window(load, err) : status;
        }
        if (status != TOCSIN_OK) {
            break;
        }
        if (is_new_row(load, batch, row, &number)) {
            status = add_row(load, batch, row, number, &run, err);
        } else {
            load->known_events++;
            status = push_run(load, batch, &run, err);
        }
    }
    status = status == TOCSIN_OK ? push_run(load, batch, &run, err) : status;
    if (status == TOCSIN_OK && load->has_window && load->window_max == UINT64_MAX &&
        (load->window_rows + BATCH_ROWS_MAX > LIMIT_CLICKHOUSE_INSERT_ROWS ||
         window_bytes(load) >= LIMIT_CLICKHOUSE_INSERT_BYTES)) {
        status = close_window(load, err);
    }
    return status;
}

/* ---- what came of them ------------------------------------------------------------------------------------------- */

/* Refused rows are kept before the block counts as done. */
static tocsin_status keep_refused(struct clickhouse_load *load, const struct block_job *job, struct error *err)
{
    if (job->refused_rows == 0) {
        return TOCSIN_OK;
    }
    if (load->set_aside < 0) {
        *err = job->refusal;
        error_context(err, "%u row%s refused", job->refused_rows, job->refused_rows == 1 ? " is" : "s are");
        error_hint(err, "--set-aside FILE keeps such rows there, and goes on");
        return err->status;
    }
    load->refused += job->refused_rows;
    public_error(&load->refusal, &job->refusal);
    str rest = strbuf_str(&job->refused);
    while (rest.len > 0) {
        ssize_t written = write(load->set_aside, rest.data, rest.len);
        if (written < 0 && errno != EINTR) {
            return error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot write '%s'", load->options.set_aside);
        }
        rest = str_skip(rest, written > 0 ? (size_t)written : 0);
    }
    return fdatasync(load->set_aside) == 0
               ? TOCSIN_OK
               : error_system(err, TOCSIN_ERROR_OUTPUT, errno, "cannot write '%s'", load->options.set_aside);
}

/* Inputs before the one that is being read, of which all rows are there. */
static void note_ends(struct clickhouse_load *load)
{
    const struct log_account *account = log_feed_account(load->feed);
    uint32_t end = load->is_read ? (uint32_t)load->inputs.count : load->input;
    for (uint32_t i = 0; i < end; i++) {
        struct load_input *state = &load->states[i];
        const struct log_input_end *read = &account->ends[i];
        if (!state->has_end && state->windows == 0 && state->is_begun && read->is_whole) {
            state->has_end = true;
            load_checkpoint_end(load->checkpoint, state->entry, read->bytes, read->lines + !read->is_torn);
        }
    }
}

static tocsin_status settle(struct clickhouse_load *load, struct block_job *job, struct error *err)
{
    struct load_window *window = job->owner;
    tocsin_status status = keep_refused(load, job, err);
    if (status == TOCSIN_OK) {
        load->events += job->was_there ? 0 : job->rows - job->refused_rows;
        load->known_events += job->was_there ? job->rows : 0;
        load->bytes += job->was_there ? 0 : job->bytes;
        if (is_kept(load, window->input)) {
            load_checkpoint_done(load->checkpoint, load->states[window->input].entry, window->first, job->day);
        }
        if (--window->blocks == 0) {
            end_window(load, window);
            note_ends(load);
        }
    }
    job->next = load->spare;
    load->spare = job;
    return status;
}

static tocsin_status settle_all(struct clickhouse_load *load, bool waits, struct error *err)
{
    struct block_job *job;
    bool is_any = false;
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && (job = block_sender_take_done(load->sender, waits && !is_any)) != NULL) {
        status = settle(load, job, err);
        is_any = true;
    }
    return status == TOCSIN_OK && is_any ? load_checkpoint_sync(load->checkpoint, err) : status;
}

/* Hands over what is ready, as far as there are connections free. */
static tocsin_status hand_over(struct clickhouse_load *load, struct error *err)
{
    tocsin_status status = settle_all(load, false, err);
    bool is_taken = true;
    while (status == TOCSIN_OK && load->ready && is_taken) {
        struct block_job *job = load->ready;
        struct block_job *next = job->next;
        status = block_sender_offer(load->sender, job, &is_taken, err);
        load->ready = is_taken ? next : job;
    }
    return status;
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static tocsin_status step(struct clickhouse_load *load, struct error *err)
{
    tocsin_status status = hand_over(load, err);
    if (status != TOCSIN_OK || load->ready) {
        return status;
    }
    if (load->is_read) {
        status = block_sender_status(load->sender, err);
        if (status == TOCSIN_OK && block_sender_pending(load->sender) == 0) {
            note_ends(load);
            status = load_checkpoint_sync(load->checkpoint, err);
            return status == TOCSIN_OK ? TOCSIN_END : status;
        }
        return status == TOCSIN_OK ? settle_all(load, true, err) : status;
    }
    struct batch *batch = NULL;
    status = log_feed_next(load->feed, &batch, err);
    if (status == TOCSIN_OK) {
        return batch->row_count > 0 ? take_batch(load, batch, err) : TOCSIN_OK;
    }
    if (status == TOCSIN_END) {
        status = close_window(load, err);
        load->is_read = true;
        for (uint32_t i = 0; status == TOCSIN_OK && i < load->inputs.count; i++) { /* those without rows, too */
            status = log_feed_account(load->feed)->ends[i].is_whole ? begin_entry(load, i, err) : TOCSIN_OK;
        }
    }
    return status;
}

static void end(struct clickhouse_load *load)
{
    load->is_over = true;
    log_feed_close(load->feed);
    load->ended_ns = clock_monotonic_ns();
}

tocsin_status clickhouse_load_step(struct clickhouse_load *load, struct error *err)
{
    if (load->is_over) {
        return TOCSIN_END;
    }
    tocsin_status status = step(load, err);
    if (status != TOCSIN_OK && status != TOCSIN_ERROR_CANCELLED) {
        end(load);
    }
    return status;
}

/* What was read is sent. Servers that do not answer are not waited for long: with a checkpoint nothing is lost. */
tocsin_status clickhouse_load_stop(struct clickhouse_load *load, struct error *err)
{
    if (load->is_over) {
        return TOCSIN_OK;
    }
    int64_t until_ns = clock_monotonic_ns() + INT64_C(1000000000) * STOP_SECONDS;
    tocsin_status status = close_window(load, err);
    while (status == TOCSIN_OK && (load->ready || block_sender_pending(load->sender) > 0) &&
           clock_monotonic_ns() < until_ns) {
        status = hand_over(load, err);
        status = status == TOCSIN_OK ? settle_all(load, true, err) : status;
        status = status == TOCSIN_OK ? block_sender_status(load->sender, err) : status;
    }
    if (status == TOCSIN_OK && (load->ready || block_sender_pending(load->sender) > 0)) {
        status = error_set(err, TOCSIN_ERROR_OUTPUT, "the server took not all that was read");
        error_hint(err, "the same again with the same --checkpoint goes on where it stands");
    }
    end(load);
    return status;
}

/* ---- the account ------------------------------------------------------------------------------------------------- */

void clickhouse_load_progress(struct clickhouse_load *load, struct tocsin_progress *ret_progress)
{
    const struct log_account *account = log_feed_account(load->feed);
    *ret_progress = (struct tocsin_progress){
        .bytes_read = account->progress.bytes,
        .bytes_total = account->progress.bytes_total,
        .events = account->statistics.events,
        .input = account->progress.input.data ? account->progress.input.data : "",
    };
}

void clickhouse_load_summary(struct clickhouse_load *load, struct tocsin_ingest_summary *ret_summary)
{
    const struct log_account *account = log_feed_account(load->feed);
    int64_t ended_ns = load->ended_ns ? load->ended_ns : clock_monotonic_ns();
    struct tocsin_ingest_summary summary = {
        .read = {.regex_given_up = account->regex_given_up,
                 .seconds = (double)(ended_ns - load->started_ns) / 1e9},
        .target = strbuf_str(&load->target.name).data,
        .events = load->events,
        .known_events = load->known_events,
        .known_inputs = load->known_inputs,
        .refused_events = load->refused,
        .refusal = load->refused > 0 ? &load->refusal : NULL,
        .retries = block_sender_retries(load->sender),
        .bytes = load->bytes,
    };
    account_summarise(&load->kept_summary, load->engine, &load->inputs, account, &summary.read);
    *ret_summary = summary;
}
