#include "format/row_writer_internal.h"

#include <assert.h>

#include "base/memory.h"

enum { RELEVANCE = 5 /* also the field's filler, so the column itself is never written */ };
static const int64_t DAY_MS = INT64_C(86400000);
/* Clocks differ; more than this and a forged time could move a window noticeably. */
static const int64_t CLOCK_SKEW_MS = INT64_C(300000);

tocsin_status row_writer_create(const struct format_context *context, int64_t wall_clock_ms,
                                struct row_writer **ret_writer, struct error *err)
{
    struct row_writer *writer = memory_allocate_zeroed(1, sizeof(*writer));
    if (!writer) {
        return error_memory(err);
    }
    writer->context = context;
    writer->wall_clock_ms = wall_clock_ms;
    writer->created_ns = clock_monotonic_ns();
    writer->finished_end = &writer->finished;
    writer->taken_end = &writer->taken;
    row_writer_begin_input(writer, 0);
    *ret_writer = writer;
    return TOCSIN_OK;
}

static void batches_free(struct pooled_batch *pooled)
{
    while (pooled) {
        struct pooled_batch *next = pooled->next;
        batch_release(&pooled->batch);
        memory_free(pooled);
        pooled = next;
    }
}

void row_writer_free(struct row_writer *writer)
{
    if (writer) {
        batches_free(writer->current);
        batches_free(writer->finished);
        batches_free(writer->taken);
        batches_free(writer->unused);
        memory_free(writer->types);
        memory_free(writer);
    }
}

void row_writer_begin_input(struct row_writer *writer, int64_t modified_ms)
{
    writer->modified_ms = modified_ms;
    writer->standing_time_ms = modified_ms ? modified_ms : writer->wall_clock_ms;
    writer->has_standing_time = false;
    writer->plausible_max_ms = INT64_MIN; /* worked out when a time asks for it */
}

/* ---- batches ---- */

static struct pooled_batch *batch_obtain(struct row_writer *writer)
{
    struct pooled_batch *pooled = writer->unused;
    if (pooled) {
        writer->unused = pooled->next;
        pooled->next = NULL;
        return pooled;
    }
    pooled = memory_allocate_zeroed(1, sizeof(*pooled));
    if (!pooled) {
        return NULL;
    }
    if (batch_init(&pooled->batch, writer->context->schema, writer->context->wanted, NULL) != TOCSIN_OK) {
        memory_free(pooled);
        return NULL;
    }
    return pooled;
}

static struct row_columns columns_of(struct batch *batch)
{
    return (struct row_columns){
        .starttime = batch_column(batch, FIELD_STARTTIME),
        .endtime = batch_column(batch, FIELD_ENDTIME),
        .devicetime = batch_column(batch, FIELD_DEVICETIME),
        .logsourceid = batch_column(batch, FIELD_LOGSOURCEID),
        .devicetype = batch_column(batch, FIELD_DEVICETYPE),
        .qid = batch_column(batch, FIELD_QID),
        .category = batch_column(batch, FIELD_CATEGORY),
        .highlevelcategory = batch_column(batch, FIELD_HIGHLEVELCATEGORY),
        .severity = batch_column(batch, FIELD_SEVERITY),
        .credibility = batch_column(batch, FIELD_CREDIBILITY),
        .magnitude = batch_column(batch, FIELD_MAGNITUDE),
        .hostname = batch_column(batch, FIELD_HOSTNAME),
        .logsourceidentifier = batch_column(batch, FIELD_LOGSOURCEIDENTIFIER),
        .devicegrouplist = batch_column(batch, FIELD_DEVICEGROUPLIST),
        .isunparsed = batch_column(batch, FIELD_ISUNPARSED),
        .istruncated = batch_column(batch, FIELD_ISTRUNCATED),
        .payload = batch_column(batch, FIELD_PAYLOAD),
    };
}

static str evidence_join(struct batch *batch, const struct evidence *evidence, uint32_t count)
{
    size_t bytes = count - 1;
    for (uint32_t i = 0; i < count; i++) {
        bytes += evidence[i].raw.len;
    }
    char *joined = arena_allocate(&batch->arena, bytes, 1);
    if (!joined) {
        batch->is_failed = true;
        return STR_EMPTY;
    }
    char *at = joined;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            *at++ = '\n';
        }
        if (evidence[i].raw.len > 0) {
            memcpy(at, evidence[i].raw.data, evidence[i].raw.len);
        }
        at += evidence[i].raw.len;
    }
    return str_from(joined, bytes);
}

/* The newest row is complete: its payload can be made from its lines. */
static void row_end(struct row_writer *writer)
{
    if (!writer->is_row_open) {
        return;
    }
    writer->is_row_open = false;
    struct batch *batch = &writer->current->batch;
    uint32_t row = batch->row_count - 1;
    if (!writer->columns.payload || column_is_valid(writer->columns.payload, row)) {
        return;
    }
    uint32_t count = batch->rows[row].evidence_count;
    if (count > 0) {
        const struct evidence *evidence = &batch->evidence[batch->rows[row].evidence_first];
        column_set_string(writer->columns.payload, row,
                          count == 1 ? evidence->raw : evidence_join(batch, evidence, count));
    }
}

static void current_finish(struct row_writer *writer)
{
    row_end(writer);
    *writer->finished_end = writer->current;
    writer->finished_end = &writer->current->next;
    writer->current = NULL;
}

/* Ends the newest row and sees to it that `current` has room for another one. */
static bool current_prepare(struct row_writer *writer)
{
    row_end(writer);
    struct pooled_batch *current = writer->current;
    if (current) {
        bool is_full = batch_is_full(&current->batch) || current->batch.arena.bytes_reserved > ROW_WRITER_BATCH_BYTES;
        if (!is_full) {
            return true;
        }
        current_finish(writer);
    }
    writer->current = batch_obtain(writer);
    if (!writer->current) {
        writer->is_failed = true;
        return false;
    }
    writer->columns = columns_of(&writer->current->batch);
    return true;
}

static struct batch *note_taken(struct row_writer *writer, struct pooled_batch *pooled)
{
    pooled->next = NULL;
    *writer->taken_end = pooled;
    writer->taken_end = &pooled->next;
    return &pooled->batch;
}

bool row_writer_has_full(const struct row_writer *writer)
{
    return writer->finished || (writer->current && batch_is_full(&writer->current->batch));
}

tocsin_status row_writer_take(struct row_writer *writer, bool takes_partial, struct batch **ret_batch,
                              struct error *err)
{
    if (writer->is_failed) {
        return error_memory(err);
    }
    if (!writer->finished && writer->current && writer->current->batch.row_count > 0 &&
        (takes_partial || batch_is_full(&writer->current->batch))) {
        current_finish(writer);
    }
    struct pooled_batch *pooled = writer->finished;
    if (!pooled) {
        *ret_batch = NULL;
        return TOCSIN_OK;
    }
    tocsin_status status = batch_finish(&pooled->batch, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    writer->finished = pooled->next;
    if (!writer->finished) {
        writer->finished_end = &writer->finished;
    }
    *ret_batch = note_taken(writer, pooled);
    return TOCSIN_OK;
}

tocsin_status row_writer_take_empty(struct row_writer *writer, struct batch **ret_batch, struct error *err)
{
    struct pooled_batch *pooled = writer->is_failed ? NULL : batch_obtain(writer);
    if (!pooled) {
        return error_memory(err);
    }
    *ret_batch = note_taken(writer, pooled);
    return batch_finish(*ret_batch, err);
}

void row_writer_recycle_oldest(struct row_writer *writer)
{
    struct pooled_batch *pooled = writer->taken;
    assert(pooled);
    writer->taken = pooled->next;
    if (!writer->taken) {
        writer->taken_end = &writer->taken;
    }
    batch_clear(&pooled->batch);
    if (pooled->batch.arena.bytes_reserved > ROW_WRITER_BATCH_BYTES / 4) {
        arena_release(&pooled->batch.arena); /* one unusual batch must not be kept for ever */
    }
    pooled->next = writer->unused;
    writer->unused = pooled;
}

void row_writer_recycle(struct row_writer *writer)
{
    while (writer->taken) {
        row_writer_recycle_oldest(writer);
    }
}

/* ---- what follows from type, host and event name ---- */

static size_t type_index(struct row_writer *writer, int64_t type_id)
{
    for (size_t i = 0; i < writer->type_count; i++) {
        if (writer->types[i].type_id == type_id) {
            return i;
        }
    }
    if (writer->type_count == writer->type_capacity) {
        size_t capacity = writer->type_capacity ? writer->type_capacity * 2 : 16;
        struct log_type_count *grown = memory_resize(writer->types, capacity * sizeof(*grown));
        if (!grown) {
            return SIZE_MAX;
        }
        writer->types = grown;
        writer->type_capacity = capacity;
    }
    writer->types[writer->type_count] = (struct log_type_count){.type_id = type_id};
    return writer->type_count++;
}

static const struct log_source *source_resolve(struct row_writer *writer, int64_t type_id, str host, str frame_host)
{
    const struct log_source *source = log_source_resolve(writer->context->log_sources, type_id, host);
    /* A record that names its host, sent through a relay: the log source may list either of the two. */
    if (frame_host.len > 0 && (!source || source->identifier_count == 0) && !str_eq(host, frame_host)) {
        const struct log_source *relay = log_source_resolve(writer->context->log_sources, type_id, frame_host);
        source = relay ? relay : source;
    }
    return source;
}

static size_t memo_slot(int64_t type_id, str host, str frame_host)
{
    size_t slot = (size_t)type_id + host.len + frame_host.len * 5;
    slot += host.len > 0 ? (uint8_t)host.data[host.len - 1] : 0;
    slot += frame_host.len > 0 ? (uint8_t)frame_host.data[frame_host.len - 1] * (size_t)3 : 0;
    return slot % ROW_WRITER_SOURCE_MEMO;
}

static struct row_source_memo source_look_up(struct row_writer *writer, int64_t type_id, str host, str frame_host)
{
    struct row_source_memo *memo = &writer->source_memo[memo_slot(type_id, host, frame_host)];
    if (memo->is_set && memo->type_id == type_id && str_eq(str_from(memo->hosts, memo->host_bytes), host) &&
        str_eq(str_from(memo->hosts + memo->host_bytes, memo->frame_host_bytes), frame_host)) {
        return *memo;
    }
    struct row_source_memo found = {.type_id = type_id, .source = source_resolve(writer, type_id, host, frame_host)};
    /* The log source's type counts: configuration may have renumbered it. */
    found.type_index = type_index(writer, found.source ? found.source->type_id : type_id);
    if (host.len + frame_host.len <= sizeof(found.hosts)) {
        found.is_set = true;
        found.host_bytes = (uint8_t)host.len;
        found.frame_host_bytes = (uint8_t)frame_host.len;
        memcpy(found.hosts, host.data ? host.data : "", host.len);
        memcpy(found.hosts + host.len, frame_host.data ? frame_host.data : "", frame_host.len);
        *memo = found;
    }
    return found;
}

static const struct event_name *name_look_up(struct row_writer *writer, int64_t qid)
{
    struct row_name_memo *memo = &writer->name_memo[(uint64_t)qid % ROW_WRITER_NAME_MEMO];
    if (!memo->is_set || memo->qid != qid) {
        *memo = (struct row_name_memo){true, qid, event_name_find(writer->context->log_sources, qid)};
    }
    return memo->name;
}

static int64_t zero_to_ten(int64_t value)
{
    return value < 0 ? 0 : value > 10 ? 10 : value;
}

/* ---- rows ---- */

static void set_names(struct row_writer *writer, const struct event_header *header, uint32_t row,
                      const struct log_source *source)
{
    const struct row_columns *columns = &writer->columns;
    const struct event_name *name = name_look_up(writer, header->qid);
    int64_t severity = 5;
    int64_t credibility = 5;
    column_set_integer(columns->qid, row, header->qid);
    if (name) {
        severity = zero_to_ten(name->severity);
        column_set_integer(columns->category, row, name->category);
        /* QRadar numbers low-level categories within thousands, and a high-level one is its thousand. */
        column_set_integer(columns->highlevelcategory, row, name->category / 1000 * 1000);
    }
    severity = header->severity > 0 ? zero_to_ten(header->severity) : severity;
    if (source) {
        credibility = zero_to_ten(source->credibility);
        column_set_integer(columns->logsourceid, row, source->id);
        if (source->group_list.len > 0) {
            column_set_string(columns->devicegrouplist, row, source->group_list);
        }
    }
    column_set_integer(columns->severity, row, severity);
    column_set_integer(columns->credibility, row, credibility);
    column_set_integer(columns->magnitude, row, (RELEVANCE * 5 + severity * 3 + credibility * 2 + 5) / 10);
}

static int64_t add_capped(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* While input is read, clocks go on and files grow. */
static int64_t elapsed_ms(const struct row_writer *writer)
{
    return (clock_monotonic_ns() - writer->created_ns) / 1000000;
}

static enum row_trust trust_in(struct row_writer *writer, int64_t time_ms)
{
    if (time_ms <= writer->plausible_max_ms) {
        return ROW_TRUST_PLAUSIBLE;
    }
    int64_t written_ms = writer->wall_clock_ms;
    if (writer->modified_ms && writer->modified_ms < written_ms) {
        written_ms = writer->modified_ms;
    }
    written_ms = add_capped(written_ms, elapsed_ms(writer));
    writer->plausible_max_ms = add_capped(written_ms, CLOCK_SKEW_MS);
    if (time_ms <= writer->plausible_max_ms) {
        return ROW_TRUST_PLAUSIBLE;
    }
    return time_ms <= add_capped(written_ms, DAY_MS) ? ROW_TRUST_DAY : ROW_TRUST_NONE;
}

static void note_time(struct row_writer *writer, int64_t time_ms)
{
    enum row_trust trust = trust_in(writer, time_ms);
    if (!writer->newest[trust].is_set || time_ms > writer->newest[trust].ms) {
        writer->newest[trust].is_set = true;
        writer->newest[trust].ms = time_ms;
    }
    /* Never back: one line that says 1971 must not take those behind it out of the window. */
    if (trust == ROW_TRUST_PLAUSIBLE && (!writer->has_standing_time || time_ms > writer->standing_time_ms)) {
        writer->has_standing_time = true;
        writer->standing_time_ms = time_ms;
    }
}

static void set_times(struct row_writer *writer, const struct event_header *header, const struct log_frame *frame,
                      uint32_t row)
{
    const struct row_columns *columns = &writer->columns;
    int64_t time_ms = writer->standing_time_ms;
    if (header->has_time || (frame && frame->has_time)) {
        time_ms = header->has_time ? header->time_ms : frame->time_ms;
        column_set_integer(columns->devicetime, row, time_ms);
        note_time(writer, time_ms);
    }
    column_set_integer(columns->starttime, row, time_ms);
    column_set_integer(columns->endtime, row, time_ms);
}

void row_writer_pass(struct row_writer *writer, const struct event_header *header, const struct log_frame *frame)
{
    str frame_host = frame && frame->is_present ? frame->host : STR_EMPTY;
    str host = header->host.len > 0 ? header->host : frame_host;
    struct row_source_memo source = source_look_up(writer, header->log_source_type, host, frame_host);
    if (source.type_index == SIZE_MAX) {
        writer->is_failed = true;
        return;
    }
    writer->events++;
    writer->types[source.type_index].count++;
    writer->unparsed += header->is_unparsed;
    writer->truncated += header->is_truncated;
    if (header->has_time || (frame && frame->has_time)) {
        note_time(writer, header->has_time ? header->time_ms : frame->time_ms);
    }
}

struct batch *row_writer_begin(struct row_writer *writer, const struct event_header *header,
                               const struct log_frame *frame, uint32_t *ret_row)
{
    if (!current_prepare(writer)) {
        return NULL;
    }
    struct batch *batch = &writer->current->batch;
    const struct row_columns *columns = &writer->columns;
    uint32_t row = batch_add_row(batch);
    writer->is_row_open = true;
    str frame_host = frame && frame->is_present ? frame->host : STR_EMPTY;
    str host = header->host.len > 0 ? header->host : frame_host;
    struct row_source_memo source = source_look_up(writer, header->log_source_type, host, frame_host);
    if (source.type_index == SIZE_MAX) {
        writer->is_failed = true;
        return NULL;
    }
    writer->events++;
    writer->types[source.type_index].count++;
    column_set_integer(columns->devicetype, row, writer->types[source.type_index].type_id);
    set_names(writer, header, row, source.source);
    set_times(writer, header, frame, row);
    if (host.len > 0) {
        column_set_string(columns->hostname, row, host);
    }
    if (frame_host.len > 0) {
        column_set_string(columns->logsourceidentifier, row, frame_host);
    }
    if (header->payload.len > 0) {
        column_set_string(columns->payload, row, header->payload);
    }
    if (header->is_unparsed) {
        writer->unparsed++;
        column_set_bool(columns->isunparsed, row, true);
    }
    if (header->is_truncated) {
        writer->truncated++;
        column_set_bool(columns->istruncated, row, true);
    }
    *ret_row = row;
    return batch;
}

/* True when `raw` lies right behind the line(s) of `last` in memory, parted by nothing but a line feed: then both are
   one text, and the same text as the payload made of lines that lie apart. */
static bool is_adjacent(const struct evidence *last, str raw)
{
    return (uintptr_t)raw.data == (uintptr_t)last->raw.data + last->raw.len + 1 && raw.data[-1] == '\n';
}

void row_writer_evidence(struct row_writer *writer, uint32_t input, uint64_t line, uint32_t line_count, str raw)
{
    assert(writer->is_row_open);
    struct batch *batch = &writer->current->batch;
    if (batch->rows[batch->row_count - 1].evidence_count > 0) {
        struct evidence *last = &batch->evidence[batch->evidence_count - 1];
        uint32_t lines;
        bool can_join = line_count == 1 && (last->line_count == 1 || last->is_joined);
        if (can_join && last->input == input && last->line + last->line_count == line && is_adjacent(last, raw) &&
            !__builtin_add_overflow(last->line_count, line_count, &lines)) {
            last->line_count = lines;
            last->is_joined = true;
            last->raw.len = (size_t)(raw.data - last->raw.data) + raw.len;
            return;
        }
    }
    if (!raw.data) {
        raw = STR_EMPTY;
    }
    batch_add_evidence(batch, (struct evidence){.input = input, .line_count = line_count, .line = line, .raw = raw});
}

void row_writer_evidence_run(struct row_writer *writer, uint32_t input, uint64_t line, uint32_t line_count, str raw)
{
    assert(writer->is_row_open);
    struct batch *batch = &writer->current->batch;
    assert(batch->rows[batch->row_count - 1].evidence_count == 0);
    batch_add_evidence(
        batch, (struct evidence){
                   .input = input, .line_count = line_count, .is_joined = line_count > 1, .line = line, .raw = raw});
}

void row_writer_unparsed(struct row_writer *writer, const struct log_line *line, int64_t log_source_type, int64_t qid,
                         bool is_truncated)
{
    uint32_t row;
    struct event_header header = {
        .log_source_type = log_source_type, .qid = qid, .is_unparsed = true, .is_truncated = is_truncated};
    if (row_writer_begin(writer, &header, &line->frame, &row)) {
        row_writer_evidence(writer, line->input, line->line, line->line_count, line->raw);
    }
}

void row_writer_mark_unparsed(struct row_writer *writer)
{
    assert(writer->is_row_open);
    writer->unparsed++;
    column_set_bool(writer->columns.isunparsed, writer->current->batch.row_count - 1, true);
}

void row_writer_dropped(struct row_writer *writer, const char *reason, uint64_t count)
{
    for (size_t i = 0; i < writer->dropped_count; i++) {
        if (writer->dropped[i].reason == reason || strcmp(writer->dropped[i].reason, reason) == 0) {
            writer->dropped[i].count += count;
            return;
        }
    }
    assert(writer->dropped_count < ROW_WRITER_DROP_REASONS && "reasons are few constants of the formats");
    writer->dropped[writer->dropped_count++] = (struct log_drop_count){reason, count};
}

void row_set_source_address(struct batch *batch, uint32_t row, const struct ip *ip)
{
    column_set_ip(batch_column(batch, ip_is_v4(ip) ? FIELD_SOURCEIP : FIELD_SOURCEV6), row, *ip);
    column_set_ip(batch_column(batch, FIELD_SOURCEADDRESS), row, *ip);
}

void row_set_destination_address(struct batch *batch, uint32_t row, const struct ip *ip)
{
    column_set_ip(batch_column(batch, ip_is_v4(ip) ? FIELD_DESTINATIONIP : FIELD_DESTINATIONV6), row, *ip);
    column_set_ip(batch_column(batch, FIELD_DESTINATIONADDRESS), row, *ip);
}

/* ---- account ---- */

struct row_statistics row_writer_statistics(const struct row_writer *writer)
{
    return (struct row_statistics){
        .events = writer->events,
        .unparsed = writer->unparsed,
        .truncated = writer->truncated,
        .types = writer->types,
        .type_count = writer->type_count,
        .dropped = writer->dropped,
        .dropped_count = writer->dropped_count,
    };
}

bool row_writer_newest_plausible_time(const struct row_writer *writer, int64_t *ret_ms)
{
    if (writer->newest[ROW_TRUST_PLAUSIBLE].is_set) {
        *ret_ms = writer->newest[ROW_TRUST_PLAUSIBLE].ms;
    }
    return writer->newest[ROW_TRUST_PLAUSIBLE].is_set;
}

bool row_writer_newest_of(const struct row_writer *writer, size_t trust, int64_t *ret_ms)
{
    *ret_ms = writer->newest[trust].ms;
    return writer->newest[trust].is_set;
}

bool row_writer_newest_time(const struct row_writer *writer, int64_t *ret_ms)
{
    for (size_t trust = 0; trust < ROW_TRUST_COUNT; trust++) {
        if (writer->newest[trust].is_set) {
            *ret_ms = writer->newest[trust].ms;
            return true;
        }
    }
    return false;
}
