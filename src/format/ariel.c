/* ariel.c - records as QRadar itself exports them, so that old results can be queried again: the JSON of the Ariel API
 * ({"events":[...]}, {"flows":[...]}, {"simarc":[...]}, {"cursor":[...]}), its objects one a line, and CSV whose first
 * line names the columns. It is the only format that writes flows and records of simarc.
 * Fields are known by QRadar's own names; a name that no field has is dropped and counted, unless the record has no
 * payload: then the record itself is the payload.
 * Of a record counts what it says: ids of log sources, types and event names are those of the system it came from. */
#include "base/memory.h"
#include "base/strbuf.h"
#include "format/ariel_name.h"
#include "format/ariel_value.h"
#include "format/row_writer.h"

enum { SURE_OF_LIST = 96, SURE_OF_NAMES = 92, FAIRLY_SURE = 85 };
/* Detection looks at so many names of an object. One that stands in no list is given up, since every line of JSON is
   looked at, if its first name is none of QRadar's, or the first few none that only QRadar has. */
enum { DETECT_NAMES = 64, DETECT_FIRST_NAMES = 5, OWN_NAMES_SURE = 4 };
/* {"flows":[]} has not more bytes than this. */
enum { EMPTY_RESULT_BYTES = 256 };

static const char dropped_values[] = "exported values under names that no field has";
static const char dropped_lists[] = "exported results without records";

static const struct format_field ariel_fields[] = {
    {"starttime", "starttime", TYPE_INT64, "milliseconds since 1970, or a time as text; every field has its own name"},
    {"FIRST_sourceip", "sourceip", TYPE_IP, "columns of grouped results mean the column"},
    {"payload", "payload", TYPE_BYTES, "Base64 is decoded"},
    {"utf8_payload", "payload", TYPE_BYTES, "as it is"},
    {"creeventlist", "creeventlist", TYPE_STRING, "a JSON array or a text of ids; all lists"},
};

struct ariel_member {
    str key;
    struct json_value value;
    struct ariel_name name;
    int points; /* of the name, see ariel_name_points; not of rows of a table */
    field_id field; /* of the database that the record is of; FIELD_NONE: no field has this name */
};

/* Rows under a line with the names of columns. */
struct ariel_table {
    bool is_open;
    str header;   /* the line itself */
    str *columns; /* their names */
    size_t column_count;
    /* A row goes on in the next line while a quote is open. */
    struct strbuf pending;
    uint64_t pending_line;
    uint32_t pending_lines;
    uint32_t pending_input;
    bool is_quote_open;
};

struct ariel_state {
    const struct format_context *context;
    struct arena arena;   /* tables; as long as the state */
    struct arena decoded; /* texts of rows that were not read yet */
    struct arena decoded_before; /* those written before the last call of release_chunk */
    struct ariel_names names;
    struct ariel_member *members; /* of one record; LIMIT_MESSAGE_FIELDS */
    size_t member_count;
    struct ariel_table table;
    bool has_objects; /* some line was one, and became a row */
    int64_t reference_ms;
};

/* ---- life ---------------------------------------------------------------------------------------------------------
 */

static void ariel_close(void *opaque)
{
    struct ariel_state *state = opaque;
    if (state) {
        strbuf_release(&state->table.pending);
        arena_release(&state->decoded);
        arena_release(&state->decoded_before);
        arena_release(&state->arena);
        memory_free(state);
    }
}

static tocsin_status ariel_open(const struct format_context *context, void **ret_state, struct error *err)
{
    struct ariel_state *state = memory_allocate_zeroed(1, sizeof(*state));
    if (!state) {
        return error_memory(err);
    }
    state->context = context;
    state->reference_ms = clock_wall_ms();
    arena_init(&state->arena, ARENA_NO_LIMIT);
    arena_init(&state->decoded, ARENA_NO_LIMIT);
    arena_init(&state->decoded_before, ARENA_NO_LIMIT);
    strbuf_init(&state->table.pending, LIMIT_TABLE_ROW_BYTES);
    state->members = arena_array(&state->arena, struct ariel_member, LIMIT_MESSAGE_FIELDS);
    if (!state->members || !ariel_names_init(&state->names, context->schema, &state->arena)) {
        ariel_close(state);
        return error_memory(err);
    }
    *ret_state = state;
    return TOCSIN_OK;
}

static tocsin_status ariel_release_chunk(void *opaque, struct error *err)
{
    (void)err;
    struct ariel_state *state = opaque;
    struct arena done = state->decoded_before;
    state->decoded_before = state->decoded;
    state->decoded = done;
    arena_clear(&state->decoded);
    return TOCSIN_OK;
}

/* ---- CSV (RFC 4180) -----------------------------------------------------------------------------------------------
 */

/* Takes the value at the front of *rest, and the comma behind it; false, and nothing is set, when nothing is left.
 * *ret_is_open: a quote is not closed. */
static bool csv_next(str *rest, bool *has_more, struct json_value *ret, bool *ret_is_open)
{
    if (!*has_more) {
        return false;
    }
    size_t end;
    *ret_is_open = false;
    ret->kind = JSON_STRING;
    ret->has_escape = false;
    if (rest->len > 0 && rest->data[0] == '"') {
        end = 1;
        while (end < rest->len && (rest->data[end] != '"' || (end + 1 < rest->len && rest->data[end + 1] == '"'))) {
            ret->has_escape |= rest->data[end] == '"'; /* "" stands for one: see csv_text */
            end += rest->data[end] == '"' ? 2 : 1;
        }
        *ret_is_open = end >= rest->len;
        ret->text = str_slice(*rest, 1, end);
        end = end < rest->len ? end + 1 : rest->len;
    } else {
        size_t comma = str_find_char(*rest, ',', 0);
        end = comma == SIZE_MAX ? rest->len : comma;
        ret->text = str_slice(*rest, 0, end);
        ret->kind = end == 0 || str_eq(ret->text, STR("null")) ? JSON_NULL : JSON_STRING;
    }
    /* What stands between a closing quote and the comma is nobody's. */
    size_t comma = str_find_char(*rest, ',', end);
    *has_more = comma != SIZE_MAX;
    *rest = *has_more ? str_skip(*rest, comma + 1) : STR_EMPTY;
    return true;
}

/* Doubled quotes made single. */
static str csv_text(struct ariel_reading *reading, str raw)
{
    char *text = arena_allocate(reading->decoded, raw.len, 1);
    if (!text) {
        reading->is_out_of_memory = true;
        return STR_EMPTY;
    }
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        text[len++] = raw.data[i];
        i += raw.data[i] == '"';
    }
    return str_from(text, len);
}

/* Number of values of a row; SIZE_MAX if a quote is open at its end. */
static size_t csv_count(str row)
{
    struct json_value value;
    bool has_more = true;
    bool is_open = false;
    size_t count = 0;
    while (csv_next(&row, &has_more, &value, &is_open)) {
        count++;
    }
    return is_open ? SIZE_MAX : count;
}

/* ---- detection ----------------------------------------------------------------------------------------------------
 */

struct name_count {
    unsigned own;  /* names that only QRadar gives */
    unsigned seen; /* names of QRadar's in all */
};

static void count_name(struct name_count *count, str key)
{
    int points = ariel_name_points(key);
    count->own += points == 2;
    count->seen += points > 0;
}

/* Whether a look at more names may help, when `seen_names` were seen. */
static bool is_hopeless(const struct name_count *count, size_t seen_names)
{
    return seen_names == 1 ? count->seen == 0 : seen_names == DETECT_FIRST_NAMES && count->own == 0;
}

static struct name_count count_names(str object, bool is_listed)
{
    struct json_reader reader;
    struct json_member member;
    struct name_count count = {0};
    json_reader_init(&reader, object);
    if (!json_enter_object(&reader)) {
        return count;
    }
    for (unsigned i = 0; i < DETECT_NAMES && count.own < OWN_NAMES_SURE && json_next_member(&reader, &member); i++) {
        count_name(&count, member.key);
        if ((is_hopeless(&count, i + 1) && !is_listed) || !json_skip(&reader)) {
            break;
        }
    }
    return count;
}

/* {"flows":[]}: a search that found nothing. */
static bool is_empty_result(str text)
{
    static const str lists[] = {{"events", 6}, {"flows", 5}, {"simarc", 6}, {"cursor", 6}};
    struct json_reader reader;
    struct json_member member;
    json_reader_init(&reader, text);
    if (!json_enter_object(&reader) || !json_next_member(&reader, &member)) {
        return false;
    }
    bool is_list = false;
    for (size_t i = 0; i < countof(lists); i++) {
        is_list |= str_eq(member.key, lists[i]);
    }
    return is_list && json_enter_array(&reader) && !json_next_element(&reader) && !reader.is_failed &&
           !json_next_member(&reader, &member) && !reader.is_failed;
}

/* Of an object that stands in no list. */
static int names_confidence(const struct name_count *count)
{
    return count->own >= OWN_NAMES_SURE ? SURE_OF_NAMES : count->own >= 2 && count->seen >= 3 ? FAIRLY_SURE : 0;
}

static int detect_object(const struct log_line *line)
{
    struct name_count count = count_names(line->text, line->list != JSON_LIST_NONE);
    switch (line->list) {
    case JSON_LIST_FLOWS:
    case JSON_LIST_SIMARC:
        return count.seen >= 1 ? SURE_OF_LIST : 0;
    case JSON_LIST_EVENTS:
    case JSON_LIST_CURSOR:
        return count.own >= 1 || count.seen >= 2 ? SURE_OF_LIST : 0;
    case JSON_LIST_NONE:
        break;
    }
    if (count.seen == 0) {
        return line->text.len <= EMPTY_RESULT_BYTES && is_empty_result(line->text) ? FAIRLY_SURE : 0;
    }
    return names_confidence(&count);
}

/* A line of names: all of them words, enough of them QRadar's. */
static bool is_header(str text)
{
    struct json_value value;
    struct name_count count = {0};
    bool has_more = true;
    bool is_open = false;
    size_t columns = 0;
    while (csv_next(&text, &has_more, &value, &is_open)) {
        if (is_open || value.kind != JSON_STRING || value.has_escape || value.text.len > LIMIT_IDENTIFIER_BYTES ||
            ++columns > LIMIT_MESSAGE_FIELDS) {
            return false;
        }
        count_name(&count, str_trim(value.text));
    }
    return columns >= 2 && (count.own >= 1 || count.seen >= 2) && count.seen * 2 >= columns;
}

static int ariel_detect(const struct log_line *line)
{
    if (line->text.len < 2) {
        return 0;
    }
    if (line->text.data[0] == '{') {
        return detect_object(line);
    }
    /* Only the first line of a file is a header: any other may be anybody's text. */
    return line->line == 1 && !line->frame.is_present && is_header(line->text) ? SURE_OF_LIST : 0;
}

/* ---- rows ---------------------------------------------------------------------------------------------------------
 */

struct ariel_row {
    struct ariel_state *state;
    struct ariel_reading reading;
    uint8_t catalog;
    struct batch *batch;
    uint32_t row;
};

/* Finds the fields. Without a catalog it is the one that most names belong to. */
static uint8_t resolve_members(struct ariel_state *state, uint8_t catalog)
{
    static const uint8_t catalogs[] = {CATALOG_EVENTS, CATALOG_FLOWS, CATALOG_SIMARC};
    unsigned counts[countof(catalogs)] = {0};
    for (size_t i = 0; i < state->member_count; i++) {
        const struct ariel_member *member = &state->members[i];
        for (size_t k = 0; k < countof(catalogs); k++) {
            counts[k] += (member->name.catalogs & catalogs[k]) != 0;
        }
    }
    if (catalog == 0) {
        catalog = counts[0] >= counts[1] && counts[0] >= counts[2] ? CATALOG_EVENTS
                  : counts[1] >= counts[2]                         ? CATALOG_FLOWS
                                                                   : CATALOG_SIMARC;
    }
    for (size_t i = 0; i < state->member_count; i++) {
        state->members[i].field = ariel_name_field(&state->members[i].name, catalog);
    }
    return catalog;
}

/* The last of that name that has a value counts. */
static const struct ariel_member *find_member(const struct ariel_row *row, field_id field)
{
    for (size_t i = row->state->member_count; i-- > 0;) {
        if (row->state->members[i].field == field && row->state->members[i].value.kind != JSON_NULL) {
            return &row->state->members[i];
        }
    }
    return NULL;
}

static bool find_integer(const struct ariel_row *row, field_id field, int64_t *ret)
{
    const struct ariel_member *member = find_member(row, field);
    return member && json_to_i64(&member->value, ret);
}

static bool find_time(const struct ariel_row *row, int64_t *ret_ms)
{
    static const field_id order[] = {FIELD_STARTTIME, FIELD_LASTPACKETTIME, FIELD_FIRSTPACKETTIME, FIELD_DEVICETIME,
                                     FIELD_ENDTIME};
    for (size_t i = 0; i < countof(order); i++) {
        const struct ariel_member *member = find_member(row, order[i]);
        if (member && ariel_time(&row->reading, &member->value, ret_ms)) {
            return true;
        }
    }
    return false;
}

/* The type that the record gives, or the type of its log source, if we know it. */
static const struct log_source_type *find_type(const struct ariel_row *row)
{
    const struct log_source_table *table = row->state->context->log_sources;
    int64_t id;
    if (row->catalog != CATALOG_EVENTS) {
        return NULL;
    }
    if (find_integer(row, FIELD_DEVICETYPE, &id)) {
        return log_source_type_find(table, id);
    }
    const struct log_source *source = find_integer(row, FIELD_LOGSOURCEID, &id) ? log_source_find(table, id) : NULL;
    return source ? log_source_type_find(table, source->type_id) : NULL;
}

/* What the writer of rows puts in for logs; a record is its own source. */
static void forget_defaults(const struct ariel_row *row)
{
    static const field_id fields[] = {FIELD_LOGSOURCEID,       FIELD_DEVICETYPE,     FIELD_QID,         FIELD_CATEGORY,
                                      FIELD_HIGHLEVELCATEGORY, FIELD_SEVERITY,       FIELD_CREDIBILITY, FIELD_MAGNITUDE,
                                      FIELD_DEVICETIME,        FIELD_DEVICEGROUPLIST};
    for (size_t i = 0; i < countof(fields); i++) {
        struct column *column = batch_column(row->batch, fields[i]);
        if (column) {
            column_set_null(column, row->row);
        }
    }
}

/* The address of either family, where the record gives one of them. */
static void derive_address(const struct ariel_row *row, field_id v4, field_id v6, field_id either)
{
    struct column *column = batch_column(row->batch, either);
    if (!column || column_is_valid(column, row->row)) {
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        const struct ariel_member *member = find_member(row, i == 0 ? v4 : v6);
        struct ip ip;
        struct ip filler = i == 0 ? IP_V4_NONE : IP_V6_NONE;
        bool is_address = member && member->value.kind == JSON_STRING && ip_parse(member->value.text, &ip);
        if (is_address && memcmp(&ip, &filler, sizeof(ip)) != 0) {
            column_set_ip(column, row->row, ip);
            return;
        }
    }
}

static void derive_fields(const struct ariel_row *row, const struct log_source_type *type)
{
    struct column *devicetype = batch_column(row->batch, FIELD_DEVICETYPE);
    if (devicetype && type && !column_is_valid(devicetype, row->row)) {
        column_set_integer(devicetype, row->row, type->id);
    }
    derive_address(row, FIELD_SOURCEIP, FIELD_SOURCEV6, FIELD_SOURCEADDRESS);
    derive_address(row, FIELD_DESTINATIONIP, FIELD_DESTINATIONV6, FIELD_DESTINATIONADDRESS);
}

/* Gives the number of values that went nowhere, without what our own outputs say about a row (@evidence). */
static uint64_t set_values(struct ariel_row *row)
{
    struct ariel_state *state = row->state;
    uint64_t unknown = 0;
    for (size_t i = 0; i < state->member_count; i++) {
        const struct ariel_member *member = &state->members[i];
        if (member->field == FIELD_NONE) {
            unknown += member->value.kind != JSON_NULL && !str_starts_with(member->key, STR("@"));
            continue;
        }
        struct column *column = batch_column(row->batch, member->field);
        if (column) {
            ariel_value_set(&row->reading, schema_field(state->context->schema, member->field), &member->value,
                            member->name.is_text, column, row->row);
        }
    }
    return unknown;
}

/* The members as a row. */
static tocsin_status write_row(struct ariel_state *state, const struct log_line *line, uint8_t catalog, bool is_cut,
                               struct row_writer *writer, struct error *err)
{
    struct ariel_row row = {.state = state, .catalog = resolve_members(state, catalog)};
    row.reading =
        (struct ariel_reading){.decoded = &state->decoded, .time = {state->context->zone, state->reference_ms}};
    const struct log_source_type *type = find_type(&row);
    int64_t counted_as = row.catalog == CATALOG_FLOWS    ? LOG_SOURCE_TYPE_FLOWS
                         : row.catalog == CATALOG_SIMARC ? LOG_SOURCE_TYPE_SIMARC
                         : type                          ? type->id
                                                         : LOG_SOURCE_TYPE_UNIVERSAL;
    struct event_header header = {.log_source_type = counted_as, .is_truncated = is_cut || line->is_truncated};
    header.has_time = find_time(&row, &header.time_ms);
    row.batch = row_writer_begin(writer, &header, &line->frame, &row.row);
    if (!row.batch) {
        return TOCSIN_OK; /* the writer says it */
    }
    row_writer_evidence(writer, line->input, line->line, line->line_count, line->raw);
    forget_defaults(&row);
    if (row.catalog != CATALOG_EVENTS) {
        column_set_integer(batch_column(row.batch, FIELD_RECORD_KIND), row.row, (int64_t)catalog_records(row.catalog));
    }
    uint64_t unknown = set_values(&row);
    derive_fields(&row, type);
    bool is_kept = row.catalog == CATALOG_EVENTS && !find_member(&row, FIELD_PAYLOAD);
    if (unknown > 0 && !is_kept) {
        row_writer_dropped(writer, dropped_values, unknown);
    }
    return row.reading.is_out_of_memory ? error_memory(err) : TOCSIN_OK;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------
 */

/* As json_next_member would do it, if the next name is this one, written as most do. */
static bool next_is(struct json_reader *reader, str key)
{
    const char *at = reader->at;
    if ((size_t)(reader->end - at) < key.len + sizeof(", \"\":") || *at != ',') {
        return false;
    }
    at += at[1] == ' ' ? 2 : 1;
    if (*at != '"' || memcmp(at + 1, key.data, key.len) != 0 || at[key.len + 1] != '"' || at[key.len + 2] != ':') {
        return false;
    }
    reader->at = at + key.len + 3;
    return true;
}

/* The name in front of the reader; NULL: there is none. `before`: that of the member before, or NULL. */
static struct ariel_name_slot *next_name(struct ariel_state *state, struct json_reader *reader,
                                               struct ariel_name_slot *before, str *ret_key)
{
    if (before && before->next && next_is(reader, before->next->key)) {
        *ret_key = before->next->key;
        return before->next;
    }
    struct json_member member;
    if (!json_next_member(reader, &member)) {
        return NULL;
    }
    struct ariel_name_slot *slot = ariel_names_find(&state->names, member.key);
    if (before && ariel_names_remember(&state->names, slot) && ariel_names_remember(&state->names, before)) {
        before->next = slot;
    }
    *ret_key = member.key;
    return slot;
}

/* The members of an object, as far as it can be read: reader->is_failed tells, and where it ends. */
static void read_members(struct ariel_state *state, str text, struct json_reader *reader)
{
    struct ariel_name_slot *slot = NULL;
    str key;
    state->member_count = 0;
    json_reader_init(reader, text);
    if (!json_enter_object(reader)) {
        return;
    }
    while (state->member_count < LIMIT_MESSAGE_FIELDS && (slot = next_name(state, reader, slot, &key))) {
        struct ariel_member *next = &state->members[state->member_count];
        next->key = key;
        next->name = slot->name;
        next->points = slot->points;
        if (!json_read(reader, &next->value)) {
            break;
        }
        state->member_count++;
    }
}

static tocsin_status parse_object(struct ariel_state *state, const struct log_line *line, struct row_writer *writer,
                                  struct error *err)
{
    static const uint8_t catalogs[] = {[JSON_LIST_EVENTS] = CATALOG_EVENTS,
                                       [JSON_LIST_FLOWS] = CATALOG_FLOWS,
                                       [JSON_LIST_SIMARC] = CATALOG_SIMARC,
                                       [JSON_LIST_CURSOR] = 0};
    struct json_reader reader;
    read_members(state, line->text, &reader);
    if (state->member_count == 0) {
        return TOCSIN_END;
    }
    if (state->member_count == 1 && is_empty_result(line->text)) {
        row_writer_dropped(writer, dropped_lists, 1);
        return TOCSIN_OK;
    }
    state->has_objects = true;
    return write_row(state, line, catalogs[line->list], reader.is_failed, writer, err);
}

/* As sure as ariel_detect is of these members. */
static bool is_likely(const struct ariel_state *state)
{
    struct name_count count = {0};
    for (size_t i = 0; i < state->member_count && i < DETECT_NAMES && count.own < OWN_NAMES_SURE; i++) {
        count.own += state->members[i].points == 2;
        count.seen += state->members[i].points > 0;
        if (is_hopeless(&count, i + 1)) {
            break;
        }
    }
    return names_confidence(&count) >= FAIRLY_SURE;
}

/* Objects of a line each: see continues_objects. */
static tocsin_status ariel_parse_lines(void *opaque, const struct log_block *block, struct row_writer *writer,
                                       size_t *ret_bytes, uint64_t *ret_lines, struct error *err)
{
    struct ariel_state *state = opaque;
    const char *at = block->text.data;
    const char *end = at + block->text.len;
    struct log_line line = {.input = block->input, .line = block->line, .line_count = 1, .frame = {.priority = -1}};
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && state->has_objects && !state->table.is_open && at < end && *at == '{' &&
           !row_writer_has_full(writer)) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = newline ? (size_t)(newline - at) : SIZE_MAX;
        struct json_reader reader;
        if (length > LIMIT_LINE_BYTES) {
            break;
        }
        line.text = str_from(at, length - (at[length - 1] == '\r'));
        line.raw = line.text;
        read_members(state, line.text, &reader);
        bool is_whole = !reader.is_failed && reader.depth == 0 && reader.at == reader.end;
        if (!is_whole || !is_likely(state)) {
            break;
        }
        status = write_row(state, &line, 0, false, writer, err);
        at = newline + 1;
        line.line++;
    }
    *ret_bytes = (size_t)(at - block->text.data);
    *ret_lines = line.line - block->line;
    return status;
}

/* ---- CSV rows -----------------------------------------------------------------------------------------------------
 */

static tocsin_status open_table(struct ariel_state *state, str header, struct error *err)
{
    struct ariel_table *table = &state->table;
    table->header = arena_copy(&state->arena, header);
    table->column_count = csv_count(header);
    table->columns = arena_array(&state->arena, str, table->column_count);
    if (!table->header.data || !table->columns) {
        return error_memory(err);
    }
    str rest = table->header;
    struct json_value value;
    bool has_more = true;
    bool is_open;
    for (size_t i = 0; i < table->column_count && csv_next(&rest, &has_more, &value, &is_open); i++) {
        table->columns[i] = str_trim(value.text);
    }
    table->is_open = true;
    return TOCSIN_OK;
}

/* `line`: a whole row. */
static tocsin_status parse_row(struct ariel_state *state, const struct log_line *line, struct row_writer *writer,
                               struct error *err)
{
    struct ariel_reading reading = {.decoded = &state->decoded};
    str rest = line->text;
    bool has_more = true;
    bool is_open;
    struct json_value value;
    state->member_count = 0;
    while (state->member_count < state->table.column_count && csv_next(&rest, &has_more, &value, &is_open)) {
        if (value.has_escape) {
            value.text = csv_text(&reading, value.text);
            value.has_escape = false;
        }
        str key = state->table.columns[state->member_count];
        state->members[state->member_count] = (struct ariel_member){
            .key = key, .value = value, .name = ariel_names_find(&state->names, key)->name};
        state->member_count++;
    }
    return reading.is_out_of_memory ? error_memory(err) : write_row(state, line, 0, false, writer, err);
}

/* The lines kept so far, as one. */
static struct log_line take_pending(struct ariel_state *state)
{
    struct ariel_table *table = &state->table;
    str text = arena_copy(&state->decoded, strbuf_str(&table->pending));
    struct log_line line = {.text = text,
                            .raw = text,
                            .input = table->pending_input,
                            .line = table->pending_line,
                            .line_count = table->pending_lines,
                            .frame = {.priority = -1}};
    strbuf_clear(&table->pending);
    table->pending_lines = 0;
    table->is_quote_open = false;
    return line;
}

static tocsin_status give_up_pending(struct ariel_state *state, struct row_writer *writer, struct error *err)
{
    struct log_line line = take_pending(state);
    if (!line.text.data) {
        return error_memory(err);
    }
    row_writer_unparsed(writer, &line, LOG_SOURCE_TYPE_UNIVERSAL, 0, true);
    return TOCSIN_OK;
}

static bool has_odd_quotes(str text)
{
    bool is_odd = false;
    for (size_t at = str_find_char(text, '"', 0); at != SIZE_MAX; at = str_find_char(text, '"', at + 1)) {
        is_odd = !is_odd;
    }
    return is_odd;
}

/* A line of a row that is not complete with it, or was not before. */
static tocsin_status add_pending(struct ariel_state *state, const struct log_line *line, struct row_writer *writer,
                                 struct error *err)
{
    struct ariel_table *table = &state->table;
    bool is_full =
        table->pending.len + line->raw.len + 1 > LIMIT_TABLE_ROW_BYTES || table->pending_lines >= LIMIT_TABLE_ROW_LINES;
    if (table->pending_lines > 0 && is_full) {
        tocsin_status status = give_up_pending(state, writer, err);
        return status == TOCSIN_OK ? TOCSIN_END : status; /* the line is for whoever wants it */
    }
    if (table->pending_lines == 0) {
        table->pending_line = line->line;
        table->pending_input = line->input;
    } else {
        strbuf_append_char(&table->pending, '\n');
    }
    strbuf_append(&table->pending, line->raw);
    table->pending_lines += line->line_count;
    table->is_quote_open ^= has_odd_quotes(line->raw);
    if (table->pending.is_failed) {
        return error_memory(err);
    }
    if (table->is_quote_open) {
        return TOCSIN_OK;
    }
    if (csv_count(strbuf_str(&table->pending)) != table->column_count) {
        return give_up_pending(state, writer, err);
    }
    struct log_line whole = take_pending(state);
    return whole.text.data ? parse_row(state, &whole, writer, err) : error_memory(err);
}

/* The first line of a row that goes on. */
static bool begins_row(const struct log_line *line, size_t count)
{
    return count == SIZE_MAX && has_odd_quotes(line->text) && line->raw.len < LIMIT_TABLE_ROW_BYTES;
}

static tocsin_status parse_table_line(struct ariel_state *state, const struct log_line *line, struct row_writer *writer,
                                      struct error *err)
{
    struct ariel_table *table = &state->table;
    if (table->pending_lines > 0) {
        return add_pending(state, line, writer, err);
    }
    if (str_eq(line->text, table->header)) {
        return TOCSIN_OK; /* results of the same search, one behind the other */
    }
    size_t count = csv_count(line->text);
    if (begins_row(line, count)) {
        return add_pending(state, line, writer, err);
    }
    return count == table->column_count ? parse_row(state, line, writer, err) : TOCSIN_END;
}

static bool is_object(const struct log_line *line)
{
    return line->text.len > 0 && line->text.data[0] == '{';
}

/* Behind an object that was ours, one that is likely to be is. */
static bool continues_objects(const struct ariel_state *state, const struct log_line *line)
{
    if (!state->has_objects || !is_object(line) || line->list != JSON_LIST_NONE || line->frame.is_present) {
        return false;
    }
    struct name_count count = count_names(line->text, false);
    return names_confidence(&count) >= FAIRLY_SURE;
}

static bool ariel_continues(void *opaque, const struct log_line *line)
{
    const struct ariel_state *state = opaque;
    const struct ariel_table *table = &state->table;
    if (!table->is_open) {
        return continues_objects(state, line);
    }
    if (table->pending_lines > 0) {
        return true;
    }
    size_t count = is_object(line) ? 0 : csv_count(line->text);
    return count == table->column_count || begins_row(line, count);
}

/* ---- lines --------------------------------------------------------------------------------------------------------
 */

static tocsin_status ariel_parse_line(void *opaque, const struct log_line *line, struct row_writer *writer,
                                      struct error *err)
{
    struct ariel_state *state = opaque;
    if (state->table.is_open && (!is_object(line) || state->table.pending_lines > 0)) {
        return parse_table_line(state, line, writer, err);
    }
    if (is_object(line)) {
        return parse_object(state, line, writer, err);
    }
    return is_header(line->text) ? open_table(state, line->text, err) : TOCSIN_END;
}

static tocsin_status ariel_finish(void *opaque, struct row_writer *writer, struct error *err)
{
    struct ariel_state *state = opaque;
    return state->table.pending_lines > 0 ? give_up_pending(state, writer, err) : TOCSIN_OK;
}

const struct format_def format_ariel = {
    .name = "ariel",
    .description = "results exported from QRadar: JSON of the Ariel API (events, flows, simarc, cursors), CSV",
    .log_source_type = LOG_SOURCE_TYPE_UNIVERSAL,
    .fields = ariel_fields,
    .field_count = countof(ariel_fields),
    .detect = ariel_detect,
    .open = ariel_open,
    .close = ariel_close,
    .parse_line = ariel_parse_line,
    .parse_lines = ariel_parse_lines,
    .continues = ariel_continues,
    .release_chunk = ariel_release_chunk,
    .finish = ariel_finish,
};
