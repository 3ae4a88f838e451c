/* universal.c - the format of everything that no other format understands, QRadar's Universal DSM: LEEF, CEF, JSON
 * lines, key=value and plain text, with or without a syslog header. Event fields come from well-known keys
 * (universal_keys.h), everything else from properties (property_extract.h). */
#include "base/memory.h"
#include "format/property_extract.h"
#include "format/row_writer.h"
#include "format/universal_keys.h"

/* How sure detect is. Text is nobody's until somebody claims it; JSON may be another format's. */
enum { SURE_OF_TEXT = 10, SURE_OF_PAIRS = 20, SURE_OF_JSON = 30, SURE_OF_HEADER = 95 };

#define QID_UNKNOWN   2000501
#define QID_TEXT      2000502
#define QID_LEEF      2000503
#define QID_CEF       2000504
#define QID_JSON      2000505
#define QID_KEY_VALUE 2000506
#define QID_DAMAGED   2000507

enum { CATEGORY_UNKNOWN = 10001, CATEGORY_INFORMATION = 8052 };

static const struct format_event_name universal_event_names[] = {
    {QID_UNKNOWN, "Unknown Log Event", CATEGORY_UNKNOWN, 3, "A line that no format understands."},
    {QID_TEXT, "Log Message", CATEGORY_INFORMATION, 3, "A line of text, as programs write to syslog."},
    {QID_LEEF, "LEEF Event", CATEGORY_INFORMATION, 3, "A line in LEEF, the Log Event Extended Format."},
    {QID_CEF, "CEF Event", CATEGORY_INFORMATION, 3, "A line in CEF, the Common Event Format."},
    {QID_JSON, "JSON Event", CATEGORY_INFORMATION, 3, "A JSON object."},
    {QID_KEY_VALUE, "Key-Value Event", CATEGORY_INFORMATION, 3, "A line of pairs such as user=joe."},
    {QID_DAMAGED, "Damaged Log Event", CATEGORY_UNKNOWN, 3, "A line that looks like LEEF, CEF or JSON and is damaged."},
};

struct universal_state {
    const struct format_context *context;
    struct arena arena;   /* tables; as long as the state */
    struct arena decoded; /* decoded texts of rows that were not read yet */
    struct arena decoded_before; /* those written before the last call of release_chunk */
    struct json_pick pick;
    struct key_pick key_pick;
    const struct universal_keys *keys;
    bool wants_more; /* a field of more_fields */
    struct universal_line line;
    struct property_run *properties;
    int64_t reference_ms; /* newest time seen, to find the year of times without one */
};

/* Fields that hardly anybody asks for: nobody looks for their keys then. */
static const struct {
    field_id field;
    enum universal_target target;
} more_fields[] = {
    {FIELD_IDENTITYHOSTNAME, TARGET_IDENTITY_HOST},
    {FIELD_HASIDENTITY, TARGET_IDENTITY_HOST},
    {FIELD_SOURCEMAC, TARGET_SOURCE_MAC},
    {FIELD_DESTINATIONMAC, TARGET_DESTINATION_MAC},
    {FIELD_PRENATSOURCEIP, TARGET_PRE_NAT_SOURCE},
    {FIELD_PRENATDESTINATIONIP, TARGET_PRE_NAT_DESTINATION},
    {FIELD_POSTNATSOURCEIP, TARGET_POST_NAT_SOURCE},
    {FIELD_POSTNATDESTINATIONIP, TARGET_POST_NAT_DESTINATION},
    {FIELD_PRENATSOURCEPORT, TARGET_PRE_NAT_SOURCE_PORT},
    {FIELD_PRENATDESTINATIONPORT, TARGET_PRE_NAT_DESTINATION_PORT},
    {FIELD_POSTNATSOURCEPORT, TARGET_POST_NAT_SOURCE_PORT},
    {FIELD_POSTNATDESTINATIONPORT, TARGET_POST_NAT_DESTINATION_PORT},
};

/* ---- life ---- */

static int universal_detect(const struct log_line *line)
{
    str text = line->text;
    size_t begin;
    switch (text.len > 0 ? universal_guess_kind(text, &begin) : MESSAGE_TEXT) {
    case MESSAGE_LEEF:
    case MESSAGE_CEF:
        return begin == 0 ? SURE_OF_HEADER : SURE_OF_PAIRS;
    case MESSAGE_JSON:
        return SURE_OF_JSON;
    default:
        return SURE_OF_TEXT;
    }
}

static void universal_close(void *state)
{
    struct universal_state *universal = state;
    if (universal) {
        property_run_close(universal->properties);
        universal_line_release(&universal->line);
        arena_release(&universal->decoded);
        arena_release(&universal->decoded_before);
        arena_release(&universal->arena);
        memory_free(universal);
    }
}

/* The targets whose keys are looked for. */
static uint64_t targets_of(struct universal_state *state)
{
    uint64_t targets = UINT64_MAX;
    for (size_t i = 0; i < countof(more_fields); i++) {
        targets &= ~(UINT64_C(1) << more_fields[i].target);
    }
    for (size_t i = 0; i < countof(more_fields); i++) {
        if (field_set_has(state->context->wanted, more_fields[i].field)) {
            targets |= UINT64_C(1) << more_fields[i].target;
            state->wants_more = true;
        }
    }
    return targets;
}

static tocsin_status open_parts(struct universal_state *state, struct error *err)
{
    const struct format_context *context = state->context;
    tocsin_status status = json_pick_init(&state->pick, &state->arena, err);
    if (status) {
        return status;
    }
    key_pick_init(&state->key_pick, &state->arena);
    state->keys = universal_keys_create(&state->arena, targets_of(state), &state->pick, &state->key_pick);
    if (!state->keys) {
        return error_memory(err);
    }
    status = universal_line_init(&state->line, &state->key_pick, &state->pick, err);
    if (!status && context->properties) {
        status = property_run_open(context->properties, context->schema, context->wanted, context->log_sources,
                                   &state->pick, &state->key_pick, &state->properties, err);
        if (!status) {
            property_run_count_given_up(state->properties, context->regex_given_up);
        }
    }
    return status ? status : universal_line_allocate(&state->line, &state->arena, err);
}

static tocsin_status universal_open(const struct format_context *context, void **ret_state, struct error *err)
{
    struct universal_state *state = memory_allocate_zeroed(1, sizeof(*state));
    if (!state) {
        return error_memory(err);
    }
    state->context = context;
    state->reference_ms = clock_wall_ms();
    arena_init(&state->arena, ARENA_NO_LIMIT);
    arena_init(&state->decoded, ARENA_NO_LIMIT);
    arena_init(&state->decoded_before, ARENA_NO_LIMIT);
    tocsin_status status = open_parts(state, err);
    if (status) {
        universal_close(state);
        return status;
    }
    *ret_state = state;
    return TOCSIN_OK;
}

static tocsin_status universal_release_chunk(void *state, struct error *err)
{
    (void)err;
    struct universal_state *universal = state;
    struct arena done = universal->decoded_before;
    universal->decoded_before = universal->decoded;
    universal->decoded = done;
    arena_clear(&universal->decoded);
    return TOCSIN_OK;
}

/* ---- what the event's header needs ---- */

/* The values of a target, those of the outermost message first. */
struct value_cursor {
    enum universal_target target;
    size_t part;
    size_t at;
};

static bool next_value(struct universal_state *state, struct value_cursor *cursor, str *ret_text)
{
    for (; cursor->part < state->line.part_count; cursor->part++, cursor->at = 0) {
        if (universal_keys_next(state->keys, &state->line.parts[cursor->part], cursor->target, &state->decoded,
                                &cursor->at, ret_text)) {
            return true;
        }
    }
    return false;
}

/* First value of a target, or empty. */
static str first_value(struct universal_state *state, enum universal_target target)
{
    struct value_cursor cursor = {.target = target};
    str text;
    return next_value(state, &cursor, &text) ? text : STR_EMPTY;
}

/* Fortinet and others write date=2026-11-23 time=03:10:14. */
static bool parse_parted_time(const struct message *message, const struct log_time_context *context, int64_t *ret_ms)
{
    const struct message_field *date = message_find(message, STR("date"));
    const struct message_field *clock = message_find(message, STR("time"));
    char text[64];
    if (!date || !clock || date->value.len + clock->value.len + 1 > sizeof(text)) {
        return false;
    }
    memcpy(text, date->value.data, date->value.len);
    text[date->value.len] = ' ';
    memcpy(text + date->value.len + 1, clock->value.data, clock->value.len);
    return log_time_parse(str_from(text, date->value.len + 1 + clock->value.len), context, ret_ms);
}

static bool event_time(struct universal_state *state, const struct log_time_context *context, int64_t *ret_ms)
{
    str pattern = first_value(state, TARGET_TIME_FORMAT);
    struct value_cursor cursor = {.target = TARGET_TIME};
    str text;
    while (next_value(state, &cursor, &text)) {
        if ((pattern.len > 0 && log_time_parse_pattern(text, pattern, context, ret_ms)) ||
            log_time_parse(text, context, ret_ms)) {
            return true;
        }
    }
    const struct universal_line *line = &state->line;
    if (line->parts[0].message.field_count > 0 && parse_parted_time(&line->parts[0].message, context, ret_ms)) {
        return true;
    }
    /* The frame around the line itself is the row writer's to use. */
    for (size_t i = 1; i < line->part_count && !line->parts[0].frame.has_time; i++) {
        if (line->parts[i].frame.has_time) {
            *ret_ms = line->parts[i].frame.time_ms;
            return true;
        }
    }
    return false;
}

/* CEF: 0 to 10, or a word. LEEF: 0 to 10. Zero stands for "not said". */
static int64_t event_severity(struct universal_state *state)
{
    static const struct {
        const char *word;
        int64_t severity;
    } words[] = {{"informational", 2}, {"information", 2}, {"info", 2},       {"low", 3},       {"medium", 5},
                 {"moderate", 5},      {"warning", 5},     {"high", 8},       {"very-high", 9}, {"very high", 9},
                 {"error", 7},         {"critical", 10},   {"emergency", 10}, {"alert", 9}};
    /* Wrappers are JSON: the header, if there is one, is the innermost message's. */
    const struct message *message = &state->line.parts[state->line.part_count - 1].message;
    str text = message->kind == MESSAGE_CEF ? message->severity : first_value(state, TARGET_SEVERITY);
    int64_t number;
    double fraction;
    text = str_trim(text);
    if (text.len == 0) {
        return 0;
    }
    if (str_to_i64(text, &number)) {
        return number < 0 ? 0 : number == 0 ? 1 : number > 10 ? 10 : number; /* our 0 stands for "not said" */
    }
    if (str_to_double(text, &fraction) && fraction >= 0 && fraction <= 10) {
        return fraction < 1 ? 1 : (int64_t)fraction;
    }
    for (size_t i = 0; i < countof(words); i++) {
        if (str_eq_ignore_case(text, str_from_cstring(words[i].word))) {
            return words[i].severity;
        }
    }
    return 0;
}

static int64_t event_qid(const struct message *message, bool is_unparsed)
{
    static const int64_t qids[] = {QID_TEXT, QID_LEEF, QID_CEF, QID_JSON, QID_KEY_VALUE};
    _Static_assert(countof(qids) == MESSAGE_KIND_COUNT, "ORDER message_kind");
    return message->is_damaged ? QID_DAMAGED : is_unparsed ? QID_UNKNOWN : qids[message->kind];
}

/* A log source that lists the host says what its text is, unless one of our own type lists it as well. */
static int64_t event_log_source_type(const struct universal_state *state, str host)
{
    const struct log_source_table *table = state->context->log_sources;
    const struct log_source *listing = log_source_find_host(table, host);
    if (listing) {
        const struct log_source *own = log_source_resolve(table, LOG_SOURCE_TYPE_UNIVERSAL, host);
        if (!own || own->identifier_count == 0) {
            return listing->type_id;
        }
    }
    return LOG_SOURCE_TYPE_UNIVERSAL;
}

/* ---- fields of a row ---- */

static void set_text(struct universal_state *state, struct batch *batch, uint32_t row, field_id field,
                     enum universal_target target)
{
    struct column *column = batch_column(batch, field);
    if (column && !column_is_valid(column, row)) {
        str text = first_value(state, target);
        if (text.len > 0) {
            column_set_string(column, row, text);
        }
    }
}

/* Addresses as they are written: [::1], ::ffff:1.2.3.4, 1.2.3.4:80, fe80::1%eth0, "1.2.3.4|". */
static bool parse_address(str text, struct ip *ret)
{
    text = str_trim(text);
    if (text.len > 0 && text.data[0] == '[') {
        size_t close = str_find_char(text, ']', 0);
        return close != SIZE_MAX && ip_parse(str_slice(text, 1, close), ret);
    }
    size_t end = text.len;
    while (end > 0 && (text.data[end - 1] == '|' || text.data[end - 1] == ',')) {
        end--;
    }
    text.len = end;
    if (ip_parse(text, ret)) {
        return true;
    }
    size_t percent = str_find_char(text, '%', 0);
    if (percent != SIZE_MAX) {
        return ip_parse(str_slice(text, 0, percent), ret);
    }
    size_t colon = str_find_char(text, ':', 0);
    return colon != SIZE_MAX && str_find_char(text, ':', colon + 1) == SIZE_MAX &&
           ip_parse(str_slice(text, 0, colon), ret);
}

static bool first_address(struct universal_state *state, enum universal_target target, struct ip *ret)
{
    struct value_cursor cursor = {.target = target};
    str text;
    while (next_value(state, &cursor, &text)) {
        if (parse_address(text, ret)) {
            return true;
        }
    }
    return false;
}

static bool is_wanted(struct batch *batch, field_id field, uint32_t row)
{
    const struct column *column = batch_column(batch, field);
    return column && !column_is_valid(column, row);
}

static void set_addresses(struct universal_state *state, struct batch *batch, uint32_t row)
{
    struct ip ip;
    bool wants_source = is_wanted(batch, FIELD_SOURCEIP, row) || is_wanted(batch, FIELD_SOURCEV6, row) ||
                        is_wanted(batch, FIELD_SOURCEADDRESS, row);
    if (wants_source) {
        const struct column *column = batch_column(batch, FIELD_SOURCEIP);
        if (column && column_is_valid(column, row)) { /* a property found it: the other fields follow */
            ip = *column_ip(column, row);
            row_set_source_address(batch, row, &ip);
        } else if (first_address(state, TARGET_SOURCE_ADDRESS, &ip)) {
            row_set_source_address(batch, row, &ip);
        }
    }
    bool wants_destination = is_wanted(batch, FIELD_DESTINATIONIP, row) || is_wanted(batch, FIELD_DESTINATIONV6, row) ||
                             is_wanted(batch, FIELD_DESTINATIONADDRESS, row);
    if (wants_destination && first_address(state, TARGET_DESTINATION_ADDRESS, &ip)) {
        row_set_destination_address(batch, row, &ip);
    }
    if (is_wanted(batch, FIELD_IDENTITYIP, row) && first_address(state, TARGET_IDENTITY_ADDRESS, &ip)) {
        column_set_ip(batch_column(batch, FIELD_IDENTITYIP), row, ip);
    }
}

static void set_number(struct universal_state *state, struct batch *batch, uint32_t row, field_id field,
                       enum universal_target target, int64_t min, int64_t max)
{
    if (!is_wanted(batch, field, row)) {
        return;
    }
    struct value_cursor cursor = {.target = target};
    str text;
    int64_t number;
    while (next_value(state, &cursor, &text)) {
        if (str_to_i64(str_trim(text), &number) && number >= min && number <= max) {
            column_set_integer(batch_column(batch, field), row, number);
            return;
        }
    }
}

static void set_protocol(struct universal_state *state, struct batch *batch, uint32_t row)
{
    static const struct {
        const char *name;
        int64_t number;
    } protocols[] = {{"icmp", 1}, {"igmp", 2},    {"tcp", 6},    {"udp", 17},       {"gre", 47},  {"esp", 50},
                     {"ah", 51},  {"icmpv6", 58}, {"icmp6", 58}, {"ipv6-icmp", 58}, {"ospf", 89}, {"sctp", 132}};
    if (!is_wanted(batch, FIELD_PROTOCOLID, row)) {
        return;
    }
    str text = str_trim(first_value(state, TARGET_PROTOCOL));
    int64_t number;
    if (text.len == 0) {
        return;
    }
    if (str_to_i64(text, &number) && number >= 0 && number <= 255) {
        column_set_integer(batch_column(batch, FIELD_PROTOCOLID), row, number);
        return;
    }
    for (size_t i = 0; i < countof(protocols); i++) {
        if (str_eq_ignore_case(text, str_from_cstring(protocols[i].name))) {
            column_set_integer(batch_column(batch, FIELD_PROTOCOLID), row, protocols[i].number);
        }
    }
}

static void set_event_ids(struct universal_state *state, struct batch *batch, uint32_t row)
{
    const struct universal_part *innermost = &state->line.parts[state->line.part_count - 1];
    const struct message *message = &innermost->message;
    if (is_wanted(batch, FIELD_QIDEVENTID, row)) {
        str id = message_unescape(message->event_id, message->kind == MESSAGE_CEF ? VALUE_CEF : VALUE_PLAIN,
                                  &state->decoded);
        if (id.data && id.len > 0) {
            column_set_string(batch_column(batch, FIELD_QIDEVENTID), row, id);
        }
    }
    set_text(state, batch, row, FIELD_QIDEVENTID, TARGET_EVENT_ID);
    set_text(state, batch, row, FIELD_QIDEVENTCATEGORY, TARGET_CATEGORY);
    if (is_wanted(batch, FIELD_QIDEVENTCATEGORY, row) && innermost->frame.application.len > 0) {
        column_set_string(batch_column(batch, FIELD_QIDEVENTCATEGORY), row, innermost->frame.application);
    }
}

static void set_mac(struct universal_state *state, struct batch *batch, uint32_t row, field_id field,
                    enum universal_target target)
{
    if (!is_wanted(batch, field, row)) {
        return;
    }
    struct value_cursor cursor = {.target = target};
    str text;
    char mac[MAC_TEXT_BYTES];
    while (next_value(state, &cursor, &text)) {
        if (mac_parse(str_trim(text), mac)) {
            str copy = batch_copy(batch, str_from(mac, MAC_TEXT_BYTES - 1));
            column_set_string(batch_column(batch, field), row, copy);
            return;
        }
    }
}

/* IPv4 only, as QRadar has it. */
static void set_nat_address(struct universal_state *state, struct batch *batch, uint32_t row, field_id field,
                            enum universal_target target)
{
    struct ip ip;
    if (is_wanted(batch, field, row) && first_address(state, target, &ip) && ip_is_v4(&ip)) {
        column_set_ip(batch_column(batch, field), row, ip);
    }
}

static void set_more_fields(struct universal_state *state, struct batch *batch, uint32_t row)
{
    for (size_t i = 0; i < countof(more_fields); i++) {
        field_id field = more_fields[i].field;
        enum universal_target target = more_fields[i].target;
        const struct field *kind = schema_field(state->context->schema, field);
        if (kind->domain == DOMAIN_MAC) {
            set_mac(state, batch, row, field, target);
        } else if (kind->type == TYPE_STRING) {
            set_text(state, batch, row, field, target);
        } else if (kind->type == TYPE_IP) {
            set_nat_address(state, batch, row, field, target);
        } else if (kind->type == TYPE_INT64) {
            set_number(state, batch, row, field, target, 0, UINT16_MAX);
        } else if (is_wanted(batch, field, row)) {
            bool has_identity =
                first_value(state, target).len > 0 || first_value(state, TARGET_IDENTITY_ADDRESS).len > 0;
            column_set_bool(batch_column(batch, field), row, has_identity);
        }
    }
}

static void set_fields(struct universal_state *state, struct batch *batch, uint32_t row)
{
    set_text(state, batch, row, FIELD_USERNAME, TARGET_USERNAME);
    set_addresses(state, batch, row);
    set_number(state, batch, row, FIELD_SOURCEPORT, TARGET_SOURCE_PORT, 0, UINT16_MAX);
    set_number(state, batch, row, FIELD_DESTINATIONPORT, TARGET_DESTINATION_PORT, 0, UINT16_MAX);
    set_number(state, batch, row, FIELD_EVENTCOUNT, TARGET_COUNT, 1, INT64_MAX);
    set_protocol(state, batch, row);
    set_event_ids(state, batch, row);
    if (state->wants_more) {
        set_more_fields(state, batch, row);
    }
}

/* ---- properties ---- */

static bool extract_part(struct universal_state *state, const struct universal_part *part, int64_t log_source_type,
                         struct batch *batch, uint32_t row)
{
    const struct property_event event = {
        .log_source_type = log_source_type,
        .payload = part->payload,
        .text = part->text,
        .host = part->frame.host,
        .application = part->frame.application,
        .process_id = part->frame.process_id,
        .message = &part->message,
        .json = part->message.kind == MESSAGE_JSON ? part->json : NULL,
        .fields = part->fields,
        .time = {state->context->zone, state->reference_ms},
    };
    return property_run_extract(state->properties, &event, batch, row);
}

static bool extract_properties(struct universal_state *state, int64_t log_source_type, struct batch *batch,
                               uint32_t row)
{
    if (!state->properties || property_run_is_empty(state->properties)) {
        return false;
    }
    bool has_hit = false;
    for (size_t i = 0; i < state->line.part_count; i++) {
        has_hit |= extract_part(state, &state->line.parts[i], log_source_type, batch, row);
    }
    return has_hit;
}

/* ---- the line ---- */

static void read_header(struct universal_state *state, const struct log_line *line, struct event_header *header)
{
    const struct universal_line *parts = &state->line;
    const struct message *message = &parts->parts[0].message;
    const struct log_time_context context = {state->context->zone, state->reference_ms};
    str host = first_value(state, TARGET_HOST);
    for (size_t i = 1; i < parts->part_count && host.len == 0 && line->frame.host.len == 0; i++) {
        host = parts->parts[i].frame.host;
    }
    header->has_time = event_time(state, &context, &header->time_ms);
    header->host = host;
    header->log_source_type = event_log_source_type(state, host.len > 0 ? host : line->frame.host);
    header->severity = event_severity(state);
    header->is_truncated = line->is_truncated || message->is_cut;
    header->is_unparsed = message->is_damaged;
    /* A few words in front of JSON do not make it a text. */
    bool is_text = message->kind == MESSAGE_TEXT;
    const struct message *named = is_text && parts->part_count > 1 ? &parts->parts[1].message : message;
    header->qid = event_qid(named, !line->frame.is_present && named->kind == MESSAGE_TEXT);
}

static tocsin_status universal_parse_line(void *opaque, const struct log_line *line, struct row_writer *writer,
                                          struct error *err)
{
    struct universal_state *state = opaque;
    if (line->frame.has_time) {
        state->reference_ms = line->frame.time_ms;
    }
    if (!universal_line_read(&state->line, line, state->context->zone, state->reference_ms, &state->decoded)) {
        return error_memory(err);
    }
    struct event_header header = {0};
    read_header(state, line, &header);
    uint32_t row;
    struct batch *batch = row_writer_begin(writer, &header, &line->frame, &row);
    if (!batch) {
        return error_memory(err);
    }
    row_writer_evidence(writer, line->input, line->line, line->line_count, line->raw);
    bool has_hit = extract_properties(state, header.log_source_type, batch, row);
    set_fields(state, batch, row);
    if (!has_hit && header.qid == QID_UNKNOWN) {
        row_writer_mark_unparsed(writer);
    }
    return batch->is_failed ? error_memory(err) : TOCSIN_OK;
}

const struct format_def format_universal = {
    .name = "universal",
    .description = "LEEF, CEF, JSON lines, key=value and plain text, with or without a syslog header",
    .log_source_type = LOG_SOURCE_TYPE_UNIVERSAL,
    .fields = universal_fields,
    .field_count = UNIVERSAL_FIELD_COUNT,
    .event_names = universal_event_names,
    .event_name_count = countof(universal_event_names),
    .detect = universal_detect,
    .open = universal_open,
    .close = universal_close,
    .parse_line = universal_parse_line,
    .release_chunk = universal_release_chunk,
};
