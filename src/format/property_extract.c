#include "format/property_extract.h"

#include <assert.h>

#include "base/base64.h"
#include "base/memory.h"
#include "format/literal_scan.h"
#include "format/property_set_internal.h"
#include "match/regex.h"

#define NO_LITERAL SIZE_MAX

enum { BARE_TEXT = MESSAGE_KIND_COUNT };

/* A text source with its JSON path or key bound to an id of a pick. */
struct bound_source {
    const struct text_source *source;
    size_t id;
};

struct bound_condition {
    const struct condition *condition;
    const struct regex *regex; /* NULL: none */
    struct bound_source where;
};

struct bound_extraction {
    const struct extraction *extraction;
    struct bound_source what;
    struct bound_source *appended; /* extraction->appended_count of them */
    int64_t log_source_type;       /* 0: any */
    const struct regex *regex;     /* NULL: the whole text */
    unsigned group;
    size_t literal_id;
    struct bound_condition *conditions;
    size_t condition_count;
};

struct bound_property {
    const struct property *property;
    field_id field;
    bool is_mac;
    /* Those that apply to a kind of message, in order; the last list is for text without any key=value pair. */
    struct extraction_list {
        const struct bound_extraction **all;
        size_t count;
        const struct bound_extraction **unconditional; /* of `all`, those that wait for no literal */
        size_t unconditional_count;
        struct literal_set literals; /* of the others */
    } by_kind[BARE_TEXT + 1];
};

struct property_run {
    struct arena arena;
    struct bound_property *properties;
    size_t property_count;
    struct literal_scan *literals;
    bool reads_payload; /* some regex reads the whole line, not only the message */
    struct regex_scratch *scratch;
};

/* ---- binding ---- */

struct binding {
    struct property_run *run;
    const struct log_source_table *log_sources;
    struct json_pick *json_pick;
    struct key_pick *key_pick;
    str literals[LITERAL_SCAN_MAX];
    size_t literal_count;
};

static tocsin_status bind_source(struct binding *binding, const struct text_source *source, struct bound_source *ret,
                                 struct error *err)
{
    *ret = (struct bound_source){source, 0};
    switch (source->source) {
    case SOURCE_JSON:
        return json_pick_add(binding->json_pick, source->key, &ret->id, err);
    case SOURCE_KEY:
        return key_pick_add(binding->key_pick, source->key, &ret->id, err);
    default:
        return TOCSIN_OK;
    }
}

/* More literals than the scan takes: the regex then runs unasked. */
static size_t bind_literal(struct binding *binding, str literal)
{
    if (literal.len == 0) {
        return NO_LITERAL;
    }
    for (size_t i = 0; i < binding->literal_count; i++) {
        if (str_eq(binding->literals[i], literal)) {
            return i;
        }
    }
    if (binding->literal_count == LITERAL_SCAN_MAX) {
        return NO_LITERAL;
    }
    binding->literals[binding->literal_count] = literal;
    return binding->literal_count++;
}

static tocsin_status bind_conditions(struct binding *binding, struct bound_extraction *bound, struct error *err)
{
    for (const struct condition *c = bound->extraction->conditions; c; c = c->next) {
        bound->condition_count++;
    }
    bound->conditions = bound->condition_count
                            ? arena_array(&binding->run->arena, struct bound_condition, bound->condition_count)
                            : NULL;
    if (bound->condition_count && !bound->conditions) {
        return error_memory(err);
    }
    struct bound_condition *target = bound->conditions;
    tocsin_status status = TOCSIN_OK;
    for (const struct condition *c = bound->extraction->conditions; c && !status; c = c->next, target++) {
        target->condition = c;
        status = bind_source(binding, &c->where, &target->where, err);
        status = status || !c->regex ? status : kept_regex_get(c->regex, &target->regex, err);
    }
    return status;
}

static bool reads_whole_text(const struct extraction *extraction)
{
    return extraction->what.source == SOURCE_MESSAGE || extraction->what.source == SOURCE_PAYLOAD;
}

static tocsin_status bind_extraction(struct binding *binding, const struct extraction *extraction,
                                     struct bound_extraction *bound, struct error *err)
{
    *bound = (struct bound_extraction){.extraction = extraction, .literal_id = NO_LITERAL};
    if (extraction->log_source_type.len > 0) {
        const struct log_source_type *type =
            log_source_type_find_name(binding->log_sources, extraction->log_source_type);
        if (!type) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "there is no log source type '%.*s'",
                             STR_ARG(extraction->log_source_type));
        }
        bound->log_source_type = type->id;
    }
    if (extraction->regex && reads_whole_text(extraction)) {
        bound->literal_id = bind_literal(binding, extraction->required);
        binding->run->reads_payload |= extraction->what.source == SOURCE_PAYLOAD;
    }
    tocsin_status status = bind_source(binding, &extraction->what, &bound->what, err);
    status = status || !extraction->regex ? status : kept_regex_get(extraction->regex, &bound->regex, err);
    if (bound->regex) {
        bool is_default = extraction->group == REGEX_GROUP_DEFAULT;
        bound->group = is_default ? regex_group_count(bound->regex) > 0 : extraction->group;
    }
    if (extraction->appended_count > 0) {
        bound->appended = arena_array(&binding->run->arena, struct bound_source, extraction->appended_count);
        status = status ? status : bound->appended ? TOCSIN_OK : error_memory(err);
    }
    for (size_t i = 0; !status && i < extraction->appended_count; i++) {
        status = bind_source(binding, &extraction->appended[i], &bound->appended[i], err);
    }
    return status ? status : bind_conditions(binding, bound, err);
}

/* The lists by kind of message, from the bound extractions in order. */
static bool sort_by_kind(struct property_run *run, struct bound_property *bound,
                         const struct bound_extraction *extractions, size_t count)
{
    for (size_t kind = 0; kind <= BARE_TEXT; kind++) {
        size_t message_kind = kind == BARE_TEXT ? (size_t)MESSAGE_TEXT : kind;
        struct extraction_list *list = &bound->by_kind[kind];
        list->all = arena_array(&run->arena, const struct bound_extraction *, count);
        list->unconditional = arena_array(&run->arena, const struct bound_extraction *, count);
        if (!list->all || !list->unconditional) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            const struct bound_extraction *bound_extraction = &extractions[i];
            bool is_key = bound_extraction->extraction->what.source == SOURCE_KEY;
            if (!(bound_extraction->extraction->kinds >> message_kind & 1) || (kind == BARE_TEXT && is_key)) {
                continue;
            }
            list->all[list->count++] = bound_extraction;
            if (bound_extraction->literal_id == NO_LITERAL) {
                list->unconditional[list->unconditional_count++] = bound_extraction;
            } else {
                literal_set_add(&list->literals, bound_extraction->literal_id);
            }
        }
    }
    return true;
}

static tocsin_status bind_property(struct binding *binding, const struct property *property, field_id field,
                                   bool is_mac, struct error *err)
{
    struct bound_property *bound = &binding->run->properties[binding->run->property_count++];
    *bound = (struct bound_property){.property = property, .field = field, .is_mac = is_mac};
    size_t count = 0;
    for (const struct extraction *e = property->extractions; e; e = e->next) {
        count++;
    }
    struct bound_extraction *extractions = arena_array(&binding->run->arena, struct bound_extraction, count);
    if (!extractions) {
        return error_memory(err);
    }
    struct bound_extraction *target = extractions;
    tocsin_status status = TOCSIN_OK;
    for (const struct extraction *e = property->extractions; e && !status; e = e->next) {
        status = bind_extraction(binding, e, target++, err);
    }
    if (status == TOCSIN_ERROR_CONFIG) {
        error_context(err, "property '%.*s'", STR_ARG(property->name));
    }
    if (!status && !sort_by_kind(binding->run, bound, extractions, count)) {
        status = error_memory(err);
    }
    return status;
}

static tocsin_status bind_all(struct binding *binding, const struct property_set *set, const struct schema *schema,
                              const struct field_set *wanted, struct error *err)
{
    struct property_run *run = binding->run;
    size_t count = property_set_count(set);
    run->properties = arena_array(&run->arena, struct bound_property, count ? count : 1);
    if (!run->properties) {
        return error_memory(err);
    }
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; !status && i < count; i++) {
        const struct property *property = property_set_at(set, i);
        field_id field = schema_find(schema, property->name);
        if (property->is_enabled && field != FIELD_NONE && field_set_has(wanted, field) &&
            schema_field(schema, field)->type == property->type) {
            status = bind_property(binding, property, field, schema_field(schema, field)->domain == DOMAIN_MAC, err);
        }
    }
    if (!status) {
        run->literals = literal_scan_compile(binding->literals, binding->literal_count, &run->arena);
        status = run->literals ? TOCSIN_OK : error_memory(err);
    }
    return status;
}

tocsin_status property_run_open(const struct property_set *set, const struct schema *schema,
                                const struct field_set *wanted, const struct log_source_table *log_sources,
                                struct json_pick *json_pick, struct key_pick *key_pick, struct property_run **ret_run,
                                struct error *err)
{
    struct property_run *run = memory_allocate_zeroed(1, sizeof(*run));
    if (!run) {
        return error_memory(err);
    }
    arena_init(&run->arena, ARENA_NO_LIMIT);
    struct binding binding = {.run = run, .log_sources = log_sources, .json_pick = json_pick, .key_pick = key_pick};
    tocsin_status status = regex_scratch_create(&run->scratch, err);
    status = status ? status : bind_all(&binding, set, schema, wanted, err);
    if (status) {
        property_run_close(run);
        return status;
    }
    *ret_run = run;
    return TOCSIN_OK;
}

void property_run_close(struct property_run *run)
{
    if (run) {
        regex_scratch_free(run->scratch);
        arena_release(&run->arena);
        memory_free(run);
    }
}

void property_run_count_given_up(struct property_run *run, uint64_t *counter)
{
    regex_scratch_count_into(run->scratch, counter);
}

bool property_run_is_empty(const struct property_run *run)
{
    return run->property_count == 0;
}

/* ---- reading texts of an event ---- */

struct extract_state {
    struct property_run *run;
    const struct property_event *event;
    struct batch *batch;
    struct literal_set found;
    bool is_scanned;
};

static str header_text(const struct extract_state *state, enum header_part part)
{
    const struct property_event *event = state->event;
    const struct message *message = event->message;
    const str parts[] = {message->vendor,   message->product, message->version,   message->event_id, message->name,
                         message->severity, event->host,      event->application, event->process_id};
    static_assert(countof(parts) == HEADER_PART_COUNT, "ORDER header_part");
    if (parts[part].len == 0) {
        return STR_EMPTY; /* the reader of lines leaves parts without text all zero */
    }
    enum value_escape escape = message->kind == MESSAGE_CEF && part <= HEADER_SEVERITY ? VALUE_CEF : VALUE_PLAIN;
    return message_unescape(parts[part], escape, &state->batch->arena);
}

/* Empty if the event has no such text. */
static str read_source(const struct extract_state *state, const struct bound_source *bound)
{
    const struct property_event *event = state->event;
    str text = STR_EMPTY;
    switch (bound->source->source) {
    case SOURCE_MESSAGE:
        return event->text;
    case SOURCE_PAYLOAD:
        return event->payload;
    case SOURCE_KEY: {
        const struct message_field *field = event->fields[bound->id];
        text = field ? message_value(field, &state->batch->arena) : STR_EMPTY;
        break;
    }
    case SOURCE_JSON:
        text = event->json ? json_pick_text(&event->json[bound->id], &state->batch->arena) : STR_EMPTY;
        break;
    case SOURCE_HEADER:
        text = header_text(state, bound->source->header);
        break;
    }
    if (!text.data) {
        state->batch->is_failed = true;
        return STR_EMPTY;
    }
    return text;
}

static bool is_one_of(str text, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_ignore_case(text, words[i])) {
            return true;
        }
    }
    return false;
}

static bool condition_holds(const struct extract_state *state, const struct bound_condition *bound)
{
    str text = read_source(state, &bound->where);
    const struct condition *condition = bound->condition;
    return text.len > 0 &&
           (condition->equals_count == 0 || is_one_of(text, condition->equals, condition->equals_count)) &&
           (!bound->regex || regex_matches(bound->regex, state->run->scratch, text));
}

/* Which literals stand in what regular expressions will read. The text is the end of the line, unless it was
   unescaped. */
static void scan_literals(struct extract_state *state)
{
    const struct property_event *event = state->event;
    state->is_scanned = true;
    if (state->run->reads_payload) {
        literal_scan_run(state->run->literals, event->payload, &state->found);
        bool is_inside = event->text.data + event->text.len == event->payload.data + event->payload.len;
        if (is_inside) {
            return;
        }
    }
    literal_scan_run(state->run->literals, event->text, &state->found);
}

/* Most keys and paths are not there: seen without a further look. */
static bool is_absent(const struct extract_state *state, const struct bound_source *bound)
{
    switch (bound->source->source) {
    case SOURCE_KEY:
        return !state->event->fields[bound->id];
    case SOURCE_JSON:
        return !state->event->json || state->event->json[bound->id].kind == JSON_NONE;
    default:
        return false;
    }
}

static bool may_match(struct extract_state *state, const struct bound_extraction *bound)
{
    if (is_absent(state, &bound->what)) {
        return false;
    }
    if (bound->literal_id != NO_LITERAL && !literal_set_has(&state->found, bound->literal_id)) {
        return false;
    }
    const struct extraction *extraction = bound->extraction;
    return (!bound->log_source_type || bound->log_source_type == state->event->log_source_type) &&
           (extraction->application_count == 0 ||
            is_one_of(state->event->application, extraction->applications, extraction->application_count));
}

/* The texts of the first source and those appended to it, joined by blanks. */
static str join_sources(const struct extract_state *state, const struct bound_extraction *bound, str first)
{
    struct arena *arena = &state->batch->arena;
    for (size_t i = 0; i < bound->extraction->appended_count; i++) {
        str more = read_source(state, &bound->appended[i]);
        if (more.len == 0) {
            continue;
        }
        char *joined = arena_allocate(arena, first.len + 1 + more.len, 1);
        if (!joined) {
            state->batch->is_failed = true;
            return first;
        }
        memcpy(joined, first.data, first.len);
        joined[first.len] = ' ';
        memcpy(joined + first.len + 1, more.data, more.len);
        first = str_from(joined, first.len + 1 + more.len);
    }
    return first;
}

static str decode_base64(const struct extract_state *state, str text)
{
    char *target = arena_allocate(&state->batch->arena, base64_bytes_max(text), 1);
    if (!target) {
        state->batch->is_failed = true;
        return STR_EMPTY;
    }
    return str_from(target, base64_decode(text, target));
}

/* What the extraction's further steps make of a text; empty if one of them finds nothing. */
static str refine_text(const struct extract_state *state, const struct bound_extraction *bound, str text)
{
    const struct extraction *extraction = bound->extraction;
    if (extraction->appended_count > 0) {
        text = join_sources(state, bound, text);
    }
    if (extraction->decoding == DECODE_BASE64) {
        text = decode_base64(state, text);
    }
    if (bound->regex) {
        str value;
        if (!regex_capture(bound->regex, state->run->scratch, text, bound->group, &value)) {
            return STR_EMPTY;
        }
        text = value;
    }
    if (extraction->result_path.steps) {
        struct json_value value;
        if (!json_find_path(text, &extraction->result_path, &value)) {
            return STR_EMPTY;
        }
        text = json_pick_text(&value, &state->batch->arena);
    }
    if (!text.data) {
        state->batch->is_failed = true;
        return STR_EMPTY;
    }
    return text;
}

/* The text an extraction gives, or empty. */
static str extract_text(struct extract_state *state, const struct bound_extraction *bound)
{
    if (!may_match(state, bound)) {
        return STR_EMPTY;
    }
    for (size_t i = 0; i < bound->condition_count; i++) {
        if (!condition_holds(state, &bound->conditions[i])) {
            return STR_EMPTY;
        }
    }
    str text = read_source(state, &bound->what);
    return text.len > 0 ? refine_text(state, bound, text) : STR_EMPTY;
}

/* ---- writing values ---- */

static bool set_integer(struct column *column, uint32_t row, str text, int64_t min, int64_t max)
{
    int64_t value;
    if (!str_to_i64(str_trim(text), &value) || value < min || value > max) {
        return false;
    }
    column_set_integer(column, row, value);
    return true;
}

static bool set_time(const struct extract_state *state, struct column *column, uint32_t row, str text, str pattern)
{
    int64_t ms;
    bool is_time = (pattern.len > 0 && log_time_parse_pattern(text, pattern, &state->event->time, &ms)) ||
                   log_time_parse(text, &state->event->time, &ms);
    if (is_time) {
        column_set_integer(column, row, ms);
    }
    return is_time;
}

/* False if the text is no value of the property's type: then the next extraction may have one. */
static bool set_value(const struct extract_state *state, const struct bound_property *bound,
                      const struct extraction *extraction, uint32_t row, str text)
{
    struct column *column = batch_column(state->batch, bound->field);
    switch (bound->property->property_type) {
    case PROPERTY_TEXT:
        if (bound->is_mac) {
            char mac[MAC_TEXT_BYTES];
            if (!mac_parse(str_trim(text), mac)) {
                return false;
            }
            text = batch_copy(state->batch, str_from(mac, MAC_TEXT_BYTES - 1));
        }
        column_set_string(column, row, text);
        return true;
    case PROPERTY_NUMBER: {
        double number;
        if (!str_to_double(str_trim(text), &number)) {
            return false;
        }
        column_set_double(column, row, number);
        return true;
    }
    case PROPERTY_INTEGER:
        return set_integer(column, row, text, INT64_MIN, INT64_MAX);
    case PROPERTY_PORT:
        return set_integer(column, row, text, 0, UINT16_MAX);
    case PROPERTY_IP: {
        struct ip ip;
        if (!ip_parse(str_trim(text), &ip)) {
            return false;
        }
        column_set_ip(column, row, ip);
        return true;
    }
    case PROPERTY_TIME:
        return set_time(state, column, row, text, extraction->time_format);
    }
    return false;
}

/* True if it found something; a property that takes any text as a whole does not make the text understood. */
static bool extract_property(struct extract_state *state, const struct bound_property *bound, uint32_t row)
{
    if (column_is_valid(batch_column(state->batch, bound->field), row)) {
        return false;
    }
    const struct message *message = state->event->message;
    size_t kind = message->kind == MESSAGE_TEXT && message->field_count == 0 ? (size_t)BARE_TEXT : message->kind;
    const struct extraction_list *list = &bound->by_kind[kind];
    const struct bound_extraction *const *extractions = list->all;
    size_t count = list->count;
    if (list->unconditional_count < list->count) {
        if (!state->is_scanned) {
            scan_literals(state);
        }
        if (!literal_set_intersects(&state->found, &list->literals)) {
            extractions = list->unconditional;
            count = list->unconditional_count;
        }
    }
    for (size_t i = 0; i < count; i++) {
        str text = extract_text(state, extractions[i]);
        if (text.len > 0 && set_value(state, bound, extractions[i]->extraction, row, text)) {
            return text.data != state->event->text.data || text.len != state->event->text.len;
        }
    }
    return false;
}

bool property_run_extract(struct property_run *run, const struct property_event *event, struct batch *batch,
                          uint32_t row)
{
    struct extract_state state = {.run = run, .event = event, .batch = batch};
    bool has_hit = false;
    for (size_t i = 0; i < run->property_count; i++) {
        has_hit |= extract_property(&state, &run->properties[i], row);
    }
    return has_hit;
}
