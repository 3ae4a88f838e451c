/* docker.c - what a container engine logs: dockerd's own log, docker events, what authorization plug-ins are asked,
 * containers' output as the json-file driver keeps it, and the log of Podman's API service. docker_record reads a line,
 * docker_request what a request asks for, docker_event_names names it.
 * Rows: one a line; but the body of a request, which dockerd logs on a line of its own, is joined with its request
 * where it is certain that they belong together: of one daemon, one request of that kind was waiting for its body. Else
 * both are rows. */
#include "base/limits.h"
#include "base/memory.h"
#include "format/docker_event_names.h"
#include "format/docker_record.h"
#include "format/row_writer.h"

/* ---- fields ---- */

/* Behind the values of docker_record.h. */
#define NUMBER_LIST(X)                                                                                                 \
    X(RESPONSE_CODE, "ResponseStatusCode", "Response Code", "HTTP status")                                             \
    X(EXIT_CODE, "exitCode", "Exit Code", "of a container or an exec")

enum number {
#define NUMBER_ENUM(symbol, native, name, description) NUMBER_##symbol,
    NUMBER_LIST(NUMBER_ENUM)
#undef NUMBER_ENUM
        NUMBER_COUNT
};

static const struct format_field fields[] = {
    {"time, timeNano", "devicetime", TYPE_INT64, "time of the record; else of the syslog header"},
    {"_HOSTNAME", "hostname", TYPE_STRING, "host of the syslog header, or of the journal"},
    {"PEER - - [TIME]", "sourceip", TYPE_IP, "client of Podman's API, if IPv4"},
    {"PEER - - [TIME]", "sourcev6", TYPE_IP, "the same for IPv6"},
    {"PEER - - [TIME]", "sourceaddress", TYPE_IP, "the same for either family"},
    {"Action", "qideventid", TYPE_STRING, "the action"},
    {"Type", "qideventcategory", TYPE_STRING, "kind of object"},
#define VALUE_FIELD(symbol, native, name, description) {native, name, TYPE_STRING, description},
    DOCKER_VALUE_LIST(VALUE_FIELD)
#undef VALUE_FIELD
#define NUMBER_FIELD(symbol, native, name, description) {native, name, TYPE_INT64, description},
        NUMBER_LIST(NUMBER_FIELD)
#undef NUMBER_FIELD
};

enum { FIELDS_BEFORE_VALUES = 7 };
_Static_assert(countof(fields) == (int)FIELDS_BEFORE_VALUES + (int)DOCKER_VALUE_COUNT + (int)NUMBER_COUNT,
               "ORDER docker_value, number");

/* ---- state ---- */

/* A body comes milliseconds behind its request. */
static const int64_t body_wait_ms = 2000;
/* Requests of one daemon and one kind whose bodies have not come. */
struct waiting {
    bool is_used;
    bool is_held; /* the one request's line is kept and its row not written yet; else there are several, written */
    struct log_line line;
    int64_t time_ms; /* of the last one */
    enum docker_body body;
    uint64_t daemon; /* hash of host, program and process */
};

struct docker_state {
    const struct format_context *context;
    struct docker_reader *reader;
    field_id values[DOCKER_VALUE_COUNT]; /* FIELD_NONE: not wanted */
    field_id numbers[NUMBER_COUNT];
    bool has_bare; /* a bare line that only a container engine writes was in this input */
    struct waiting waiting[LIMIT_DOCKER_REQUESTS_HELD];
    size_t waiting_count;
    struct arena kept; /* lines held from chunk to chunk, and rows written of them */
    struct arena kept_before;
};

static field_id wanted_field(const struct format_context *context, const char *name)
{
    field_id field = schema_find(context->schema, str_from_cstring(name));
    return field != FIELD_NONE && field_set_has(context->wanted, field) ? field : FIELD_NONE;
}

static void docker_close(void *opaque)
{
    struct docker_state *state = opaque;
    if (state) {
        docker_reader_free(state->reader);
        arena_release(&state->kept);
        arena_release(&state->kept_before);
        memory_free(state);
    }
}

static tocsin_status docker_open(const struct format_context *context, void **ret_state, struct error *err)
{
    struct docker_state *state = memory_allocate_zeroed(1, sizeof(*state));
    if (!state) {
        return error_memory(err);
    }
    state->context = context;
    arena_init(&state->kept, ARENA_NO_LIMIT); /* LIMIT_DOCKER_REQUESTS_HELD lines */
    arena_init(&state->kept_before, ARENA_NO_LIMIT);
    for (size_t i = 0; i < DOCKER_VALUE_COUNT; i++) {
        state->values[i] = wanted_field(context, fields[FIELDS_BEFORE_VALUES + i].name);
    }
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        state->numbers[i] = wanted_field(context, fields[FIELDS_BEFORE_VALUES + DOCKER_VALUE_COUNT + i].name);
    }
    tocsin_status status = docker_reader_create(&state->reader, err);
    if (status != TOCSIN_OK) {
        docker_close(state);
        return status;
    }
    *ret_state = state;
    return TOCSIN_OK;
}

/* ---- rows ---- */

static bool is_failed(const struct docker_record *record)
{
    return record->response_code >= 400 ||
           (record->kind == DOCKER_REQUEST && record->values[DOCKER_VALUE_ERROR].len > 0);
}

static int64_t record_qid(const struct docker_record *record)
{
    str object = record->values[DOCKER_VALUE_OBJECT];
    str action = record->values[DOCKER_VALUE_ACTION];
    switch (record->kind) {
    case DOCKER_REQUEST:
    case DOCKER_FORM:
        return docker_action_qid(object, action, DOCKER_MESSAGE_REQUEST, is_failed(record));
    case DOCKER_EVENT:
        return docker_action_qid(object, action, DOCKER_MESSAGE_EVENT, false);
    case DOCKER_LISTEN:
        return docker_message_qid(DOCKER_MESSAGE_LISTEN);
    case DOCKER_EXPOSED:
        return docker_message_qid(DOCKER_MESSAGE_EXPOSED);
    case DOCKER_OUTPUT:
        return docker_message_qid(DOCKER_MESSAGE_OUTPUT);
    default:
        return docker_message_qid(DOCKER_MESSAGE_MESSAGE);
    }
}

static bool lies_in(str text, str whole)
{
    uintptr_t at = (uintptr_t)text.data;
    return at >= (uintptr_t)whole.data && at < (uintptr_t)whole.data + whole.len;
}

/* Values that were decoded die with the line: they are copied, the others are views into it. */
static void set_text(struct batch *batch, uint32_t row, field_id field, str value, str raw, str more_raw)
{
    struct column *column = field == FIELD_NONE ? NULL : batch_column(batch, field);
    if (column && value.len > 0) {
        bool is_view = lies_in(value, raw) || lies_in(value, more_raw);
        column_set_string(column, row, is_view ? value : batch_copy(batch, value));
    }
}

/* What has no command of its own has "GET /v1.41/containers/json": a search for words in commands finds calls, too. */
static void set_call(struct docker_state *state, const struct docker_record *record, struct batch *batch, uint32_t row)
{
    str method = record->values[DOCKER_VALUE_METHOD];
    str uri = record->values[DOCKER_VALUE_URI];
    field_id field = state->values[DOCKER_VALUE_COMMAND];
    if (field == FIELD_NONE || record->values[DOCKER_VALUE_COMMAND].len > 0 || uri.len == 0) {
        return;
    }
    char *call = arena_allocate(&batch->arena, method.len + 1 + uri.len, 1);
    if (!call) {
        batch->is_failed = true;
        return;
    }
    memcpy(call, method.data, method.len);
    call[method.len] = ' ';
    memcpy(call + method.len + 1, uri.data, uri.len);
    column_set_string(batch_column(batch, field), row, str_from(call, method.len + 1 + uri.len));
}

static void set_number(struct batch *batch, uint32_t row, field_id field, bool is_set, int64_t value)
{
    if (field != FIELD_NONE && is_set) {
        column_set_integer(batch_column(batch, field), row, value);
    }
}

/* `more`: the line of the request's body, or NULL. */
static tocsin_status write_row(struct docker_state *state, const struct docker_record *record,
                               const struct log_line *line, const struct log_line *more, struct row_writer *writer,
                               struct error *err)
{
    struct event_header header = {
        .log_source_type = LOG_SOURCE_TYPE_DOCKER,
        .host = line->frame.is_present && line->frame.host.len > 0 ? STR_EMPTY : record->host,
        .has_time = record->has_time,
        .time_ms = record->time_ms,
        .qid = record_qid(record),
        .is_truncated = line->is_truncated,
    };
    uint32_t row;
    struct batch *batch = row_writer_begin(writer, &header, &line->frame, &row);
    if (!batch) {
        return error_memory(err);
    }
    str raw = line->raw;
    str more_raw = more ? more->raw : STR_EMPTY;
    row_writer_evidence(writer, line->input, line->line, line->line_count, raw);
    if (more) {
        row_writer_evidence(writer, more->input, more->line, more->line_count, more_raw);
    }
    set_text(batch, row, FIELD_HOSTNAME, header.host, raw, more_raw);
    for (size_t i = 0; i < DOCKER_VALUE_COUNT; i++) {
        set_text(batch, row, state->values[i], record->values[i], raw, more_raw);
    }
    set_call(state, record, batch, row);
    set_text(batch, row, FIELD_QIDEVENTID, record->values[DOCKER_VALUE_ACTION], raw, more_raw);
    set_text(batch, row, FIELD_QIDEVENTCATEGORY, record->values[DOCKER_VALUE_OBJECT], raw, more_raw);
    set_number(batch, row, state->numbers[NUMBER_RESPONSE_CODE], record->response_code > 0, record->response_code);
    set_number(batch, row, state->numbers[NUMBER_EXIT_CODE], record->has_exit_code, record->exit_code);
    if (record->has_peer) {
        row_set_source_address(batch, row, &record->peer);
    }
    return TOCSIN_OK;
}

/* ---- requests and their bodies ---- */

static uint64_t daemon_of(const struct log_line *line)
{
    if (!line->frame.is_present) {
        return 0;
    }
    uint64_t hash = str_hash(line->frame.host, 1);
    hash = str_hash_mix(hash ^ str_hash(line->frame.application, 2));
    return str_hash_mix(hash ^ str_hash(line->frame.process_id, 3));
}

static struct waiting *waiting_find(struct docker_state *state, uint64_t daemon, enum docker_body body)
{
    for (size_t i = 0; i < LIMIT_DOCKER_REQUESTS_HELD; i++) {
        struct waiting *waiting = &state->waiting[i];
        if (waiting->is_used && waiting->daemon == daemon && waiting->body == body) {
            return waiting;
        }
    }
    return NULL;
}

static void waiting_end(struct docker_state *state, struct waiting *waiting)
{
    waiting->is_used = false;
    state->waiting_count--;
}

static tocsin_status read_line(struct docker_state *state, const struct log_line *line, struct docker_record *ret,
                               struct error *err)
{
    docker_reader_clear(state->reader);
    return docker_record_read(state->reader, line, ret, err);
}

/* Its body did not come: a row of its own. */
static tocsin_status write_held(struct docker_state *state, struct waiting *waiting, struct row_writer *writer,
                                struct error *err)
{
    struct docker_record record;
    if (!waiting->is_held) {
        return TOCSIN_OK;
    }
    waiting->is_held = false;
    tocsin_status status = read_line(state, &waiting->line, &record, err);
    return status == TOCSIN_OK ? write_row(state, &record, &waiting->line, NULL, writer, err) : status;
}

static bool is_late(const struct waiting *waiting, bool all, int64_t time_ms)
{
    return waiting->is_used &&
           (all || time_ms > waiting->time_ms + body_wait_ms || time_ms < waiting->time_ms - body_wait_ms);
}

static bool has_late(const struct docker_state *state, int64_t time_ms)
{
    bool is_found = false;
    for (size_t i = 0; state->waiting_count > 0 && i < LIMIT_DOCKER_REQUESTS_HELD; i++) {
        is_found = is_found || is_late(&state->waiting[i], /* all */ false, time_ms);
    }
    return is_found;
}

/* Those whose bodies should have come by now. */
static tocsin_status write_late(struct docker_state *state, bool all, int64_t time_ms, struct row_writer *writer,
                                struct error *err)
{
    for (size_t i = 0; state->waiting_count > 0 && i < LIMIT_DOCKER_REQUESTS_HELD; i++) {
        struct waiting *waiting = &state->waiting[i];
        if (is_late(waiting, all, time_ms)) {
            tocsin_status status = write_held(state, waiting, writer, err);
            if (status != TOCSIN_OK) {
                return status;
            }
            waiting_end(state, waiting);
        }
    }
    return TOCSIN_OK;
}

static struct waiting *waiting_free(struct docker_state *state)
{
    for (size_t i = 0; i < LIMIT_DOCKER_REQUESTS_HELD; i++) {
        if (!state->waiting[i].is_used) {
            return &state->waiting[i];
        }
    }
    return NULL;
}

/* A request that is followed by a line with its body. *ret_is_held: its row comes with that. */
static tocsin_status hold_request(struct docker_state *state, const struct docker_record *record,
                                  const struct log_line *line, struct row_writer *writer, bool *ret_is_held,
                                  struct error *err)
{
    uint64_t daemon = daemon_of(line);
    struct waiting *waiting = waiting_find(state, daemon, record->body);
    *ret_is_held = false;
    if (waiting) { /* whose body comes next cannot be told any more */
        waiting->time_ms = record->time_ms;
        return write_held(state, waiting, writer, err);
    }
    waiting = waiting_free(state);
    if (!waiting || !lies_in(line->text, line->raw)) {
        return TOCSIN_OK;
    }
    *waiting = (struct waiting){.is_used = true,
                                .is_held = true,
                                .line = *line,
                                .time_ms = record->time_ms,
                                .body = record->body,
                                .daemon = daemon};
    state->waiting_count++;
    *ret_is_held = true;
    return TOCSIN_OK;
}

/* A body: joined with its request if one is held. *ret_is_joined: the row is written. */
static tocsin_status join_form(struct docker_state *state, const struct docker_record *form,
                               const struct log_line *line, struct row_writer *writer, bool *ret_is_joined,
                               struct error *err)
{
    struct waiting *waiting = waiting_find(state, daemon_of(line), form->body);
    *ret_is_joined = false;
    bool is_near = waiting && form->has_time && form->time_ms >= waiting->time_ms &&
                   form->time_ms - waiting->time_ms <= body_wait_ms;
    if (!is_near || !waiting->is_held) {
        return TOCSIN_OK;
    }
    struct docker_record request;
    tocsin_status status = docker_record_read(state->reader, &waiting->line, &request, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    docker_record_join(&request, form);
    *ret_is_joined = true;
    waiting_end(state, waiting);
    return write_row(state, &request, &waiting->line, line, writer, err);
}

/* A request whose body dockerd tells on the next line, in the form of the daemons up to 27. */
static bool awaits_body(const struct docker_record *record)
{
    bool is_calling = str_starts_with(record->values[DOCKER_VALUE_MESSAGE], STR("Calling POST "));
    return record->kind == DOCKER_REQUEST && is_calling && record->has_time &&
           (record->body == DOCKER_BODY_EXEC_CREATE || record->body == DOCKER_BODY_EXEC_START ||
            record->body == DOCKER_BODY_CONTAINER_CREATE);
}

/* ---- the format ---- */

static bool docker_continues(void *opaque, const struct log_line *line)
{
    const struct docker_state *state = opaque;
    return state->has_bare && docker_record_is_bare(line);
}

static tocsin_status docker_parse_line(void *opaque, const struct log_line *line, struct row_writer *writer,
                                       struct error *err)
{
    struct docker_state *state = opaque;
    struct docker_record record;
    tocsin_status status = read_line(state, line, &record, err);
    if (status == TOCSIN_OK && record.has_time && has_late(state, record.time_ms)) {
        status = write_late(state, /* all */ false, record.time_ms, writer, err);
        status = status == TOCSIN_OK ? read_line(state, line, &record, err) : status;
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    state->has_bare = state->has_bare || (docker_record_is_bare(line) && docker_record_detect(line) >= FORMAT_SURE);
    bool is_written = false;
    if (record.kind == DOCKER_FORM) {
        status = join_form(state, &record, line, writer, &is_written, err);
    } else if (awaits_body(&record)) {
        status = hold_request(state, &record, line, writer, &is_written, err);
        if (status == TOCSIN_OK && !is_written) { /* the reader's values may be another line's by now */
            status = read_line(state, line, &record, err);
        }
    }
    return status == TOCSIN_OK && !is_written ? write_row(state, &record, line, NULL, writer, err) : status;
}

/* The same view into the copy of what it pointed into. */
static str moved(str text, str from, str to)
{
    return lies_in(text, from) ? str_from(to.data + (text.data - from.data), text.len) : text;
}

static tocsin_status docker_release_chunk(void *opaque, struct error *err)
{
    struct docker_state *state = opaque;
    struct arena done = state->kept_before;
    state->kept_before = state->kept;
    state->kept = done;
    arena_clear(&state->kept);
    for (size_t i = 0; i < LIMIT_DOCKER_REQUESTS_HELD; i++) {
        struct log_line *line = &state->waiting[i].line;
        if (!state->waiting[i].is_used || !state->waiting[i].is_held) {
            continue;
        }
        str raw = arena_copy(&state->kept, line->raw);
        if (!raw.data) {
            return error_memory(err);
        }
        str *const views[] = {&line->text, &line->frame.host, &line->frame.application, &line->frame.process_id,
                              &line->frame.structured_data};
        for (size_t k = 0; k < countof(views); k++) {
            *views[k] = moved(*views[k], line->raw, raw);
        }
        line->raw = raw;
    }
    return TOCSIN_OK;
}

static tocsin_status docker_finish(void *opaque, struct row_writer *writer, struct error *err)
{
    return write_late(opaque, /* all */ true, 0, writer, err);
}

const struct format_def format_docker = {
    .name = "docker",
    .description =
        "dockerd's log, docker events, requests to authorization plug-ins, json-file logs, Podman's API service",
    .log_source_type = LOG_SOURCE_TYPE_DOCKER,
    .fields = fields,
    .field_count = countof(fields),
    .event_names = docker_event_names,
    .event_name_count = DOCKER_EVENT_NAME_COUNT,
    .detect = docker_record_detect,
    .open = docker_open,
    .close = docker_close,
    .parse_line = docker_parse_line,
    .continues = docker_continues,
    .release_chunk = docker_release_chunk,
    .finish = docker_finish,
};
