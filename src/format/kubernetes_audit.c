/* Kubernetes audit logs: the API server's JSON lines (every version of audit.k8s.io), what Amazon, Microsoft and Google
 * make of them, the text form of old servers, and all of these inside the objects of log collectors.
 * Rows: one a line of an event. Stages of a request are separate events with the same "Audit ID".
 * Time: a row's time is its stage's (stageTimestamp), so that the stages of a request keep their order and a watch that
 * ends after an hour is not dated back to its begin; requestReceivedTimestamp stands in where there is none. */
#include "base/limits.h"
#include "base/memory.h"
#include "format/audit_bytes.h"
#include "format/kubernetes_event.h"
#include "format/kubernetes_event_names.h"
#include "format/kubernetes_shape.h"
#include "format/raw_choice.h"
#include "format/row_writer.h"

/* ---- fields --------------------------------------------------------------------------------------------------------
 */

enum how {
    AS_TEXT,    /* the value */
    AS_LIST,    /* strings joined by commas */
    AS_DERIVED, /* written by its own code below */
};

/* X(symbol, native name, AQL name, type, value, how, description) */
#define PROPERTY_LIST(X)                                                                                               \
    X(VERB, "verb", "Verb", TYPE_STRING, KUBE_VERB, AS_TEXT, "get, list, watch, create, update, patch, delete, ...")   \
    X(RESOURCE, "objectRef.resource", "Resource", TYPE_STRING, KUBE_RESOURCE, AS_TEXT,                                 \
      "kind of object: secrets, pods")                                                                                 \
    X(SUBRESOURCE, "objectRef.subresource", "Subresource", TYPE_STRING, KUBE_SUBRESOURCE, AS_TEXT, "exec, log, token") \
    X(API_GROUP, "objectRef.apiGroup", "API Group", TYPE_STRING, KUBE_OBJECT_GROUP, AS_TEXT,                           \
      "null for the core group")                                                                                       \
    X(API_VERSION, "objectRef.apiVersion", "API Version", TYPE_STRING, KUBE_OBJECT_VERSION, AS_TEXT, "of the object")  \
    X(NAMESPACE, "objectRef.namespace", "Namespace", TYPE_STRING, KUBE_NAMESPACE, AS_TEXT, "namespace of the object")  \
    X(NAME, "objectRef.name", "Object Name", TYPE_STRING, KUBE_NAME, AS_TEXT, "name of the object")                    \
    X(OBJECT_UID, "objectRef.uid", "Object UID", TYPE_STRING, KUBE_OBJECT_UID, AS_TEXT, "UID of the object")           \
    X(REQUEST_URI, "requestURI", "Request URI", TYPE_STRING, KUBE_REQUEST_URI, AS_TEXT, "path and query as sent")      \
    X(USER_AGENT, "userAgent", "User Agent", TYPE_STRING, KUBE_USER_AGENT, AS_TEXT, "program that asked")              \
    X(RESPONSE_CODE, "responseStatus.code", "Response Code", TYPE_INT64, KUBE_RESPONSE_CODE, AS_DERIVED,               \
      "HTTP status")                                                                                                   \
    X(RESPONSE_STATUS, "responseStatus.status", "Response Status", TYPE_STRING, KUBE_RESPONSE_STATUS, AS_TEXT,         \
      "Success or Failure")                                                                                            \
    X(RESPONSE_REASON, "responseStatus.reason", "Response Reason", TYPE_STRING, KUBE_RESPONSE_REASON, AS_TEXT,         \
      "Forbidden, NotFound, ...")                                                                                      \
    X(RESPONSE_MESSAGE, "responseStatus.message", "Response Message", TYPE_STRING, KUBE_RESPONSE_MESSAGE, AS_TEXT,     \
      "the server's words")                                                                                            \
    X(STAGE, "stage", "Stage", TYPE_STRING, KUBE_STAGE, AS_TEXT, "RequestReceived, ResponseStarted, ...")              \
    X(AUDIT_ID, "auditID", "Audit ID", TYPE_STRING, KUBE_AUDIT_ID, AS_TEXT, "joins the stages of one request")         \
    X(AUDIT_LEVEL, "level", "Audit Level", TYPE_STRING, KUBE_LEVEL, AS_TEXT, "Metadata, Request, RequestResponse")     \
    X(IMPERSONATED_USER, "impersonatedUser.username", "Impersonated User", TYPE_STRING, KUBE_IMPERSONATED_USER,        \
      AS_TEXT, "identity the request was made as")                                                                     \
    X(IMPERSONATED_GROUPS, "impersonatedUser.groups", "Impersonated Groups", TYPE_STRING, KUBE_IMPERSONATED_GROUPS,    \
      AS_LIST, "joined by commas")                                                                                     \
    X(GROUPS, "user.groups", "Groups", TYPE_STRING, KUBE_GROUPS, AS_LIST, "groups of the user, joined by commas")      \
    X(USER_UID, "user.uid", "User UID", TYPE_STRING, KUBE_USER_UID, AS_TEXT, "UID of the user")                        \
    X(USER_EXTRA, "user.extra", "User Extra", TYPE_STRING, KUBE_USER_EXTRA, AS_TEXT, "further identity data, as JSON") \
    X(SERVICE_ACCOUNT, "user.username", "Service Account", TYPE_STRING, KUBE_USERNAME, AS_DERIVED,                     \
      "NAMESPACE/NAME if the user is one")                                                                             \
    X(SOURCE_IPS, "sourceIPs", "Source IPs", TYPE_STRING, KUBE_SOURCE_IPS, AS_LIST, "client and proxies, by commas")   \
    X(DECISION, "annotations.authorization.k8s.io/decision", "Authorization Decision", TYPE_STRING, KUBE_DECISION,     \
      AS_TEXT, "allow or forbid")                                                                                      \
    X(REASON, "annotations.authorization.k8s.io/reason", "Authorization Reason", TYPE_STRING, KUBE_REASON, AS_TEXT,    \
      "the role and binding that decided")                                                                             \
    X(COMMAND, "requestURI command=", "Command", TYPE_STRING, KUBE_REQUEST_URI, AS_DERIVED,                            \
      "command line run in a container (exec)")                                                                        \
    X(CONTAINER, "requestURI container=", "Container", TYPE_STRING, KUBE_REQUEST_URI, AS_DERIVED,                      \
      "container of an exec, attach or log request")                                                                   \
    X(CLUSTER, "(wrapper)", "Cluster Name", TYPE_STRING, KUBE_CLUSTER, AS_DERIVED,                                     \
      "cluster, where a wrapper names it")                                                                             \
    X(ANNOTATIONS, "annotations", "Annotations", TYPE_STRING, KUBE_ANNOTATIONS, AS_TEXT, "as JSON")                    \
    X(REQUEST_OBJECT, "requestObject", "Request Object", TYPE_STRING, KUBE_REQUEST_OBJECT, AS_TEXT,                    \
      "what was sent, as JSON")                                                                                        \
    X(RESPONSE_OBJECT, "responseObject", "Response Object", TYPE_STRING, KUBE_RESPONSE_OBJECT, AS_TEXT,                \
      "what was answered, as JSON")

enum property {
#define PROPERTY_ENUM(symbol, ...) PROPERTY_##symbol,
    PROPERTY_LIST(PROPERTY_ENUM)
#undef PROPERTY_ENUM
        PROPERTY_COUNT
};

static const struct {
    enum kube_value value;
    enum how how;
} property_sources[] = {
#define PROPERTY_SOURCE(symbol, native, name, type, value, how, description) {value, how},
    PROPERTY_LIST(PROPERTY_SOURCE)
#undef PROPERTY_SOURCE
};

/* Event fields first, then the properties in the order of their enum. */
static const struct format_field fields[] = {
    {"user.username", "username", TYPE_STRING, "who asked"},
    {"sourceIPs[0]", "sourceip", TYPE_IP, "first address, if IPv4"},
    {"sourceIPs[0]", "sourcev6", TYPE_IP, "first address, if IPv6"},
    {"sourceIPs[0]", "sourceaddress", TYPE_IP, "first address"},
    {"stageTimestamp", "devicetime", TYPE_INT64, "time of the stage; else requestReceivedTimestamp"},
    {"(wrapper)", "hostname", TYPE_STRING, "host or cluster of the wrapper; else of the syslog frame"},
    {"verb", "qideventid", TYPE_STRING, "verb"},
    {"objectRef.resource", "qideventcategory", TYPE_STRING, "kind of object"},
#define PROPERTY_FIELD(symbol, native, name, type, value, how, description) {native, name, type, description},
    PROPERTY_LIST(PROPERTY_FIELD)
#undef PROPERTY_FIELD
};

/* ---- state ---------------------------------------------------------------------------------------------------------
 */

/* JSON in strings in JSON: a record of a cloud, the line of a container in it, the event in that. */
enum { NESTING_MAX = 4 };
/* A line decoded at each level. */
static const size_t scratch_bytes_max = (NESTING_MAX + 1) * LIMIT_LINE_BYTES;

/* "2026-11-21T22:26:40" */
enum { TIME_SECONDS_BYTES = 19 };

/* What was made of a text, in the batch in work. */
enum { MADE_TEXT_BITS = 8 };
struct made_text {
    enum kube_value value;
    uint32_t generation;
    str raw; /* in the batch's line */
    str made;
};

struct kubernetes_state {
    const struct format_context *context;
    field_id properties[PROPERTY_COUNT]; /* FIELD_NONE: not wanted */
    /* Of those: the values that are written as they are, and by value the property's field. */
    uint64_t plain_values;
    uint64_t list_values;
    field_id field_of[KUBE_VALUE_COUNT];
    struct column *column_of[KUBE_VALUE_COUNT]; /* in the batch in work */
    bool wants_command;
    struct kube_rule_index rules;
    struct kube_shapes *shapes; /* of lines so far */
    struct kube_index resources;
    struct arena scratch; /* of one line */
    /* Lines that hold none of the texts that somebody looks for are counted, not read. */
    bool has_finder;
    struct raw_finder finder;
    struct raw_confirmation confirmation;
    struct raw_search search; /* in this chunk */
    struct {
        char text[TIME_SECONDS_BYTES];
        int64_t ms;
    } newest_second;           /* the time of the line before, as lines mostly have one second in common */
    const struct batch *batch; /* in work, as it was when so many times cleared; NULL: none */
    uint32_t times_cleared;
    uint32_t made_generation; /* of the texts of this batch, never 0 */
    struct made_text made_texts[1 << MADE_TEXT_BITS];
};

/* What one call of parse_line works on. */
struct kubernetes_run {
    struct kubernetes_state *state;
    const struct log_line *line;
    struct row_writer *writer;
    bool is_out_of_memory;
};

/* ---- the search in front ------------------------------------------------------------------------------------------
 */

/* What may be written in another way than it stands in a value: quotes and backslashes, slashes ("\/"), and what Go
 * writes as \u0026, \u003c and \u003e. Lists are joined by commas, commands by blanks. */
#define BREAKS "\"\\/&<>"
static const char *raw_breaks_of(const void *opaque, field_id field)
{
    const struct kubernetes_state *state = opaque;
    if (field == FIELD_PAYLOAD || field == FIELD_USERNAME || field == FIELD_QIDEVENTID ||
        field == FIELD_QIDEVENTCATEGORY) {
        return BREAKS;
    }
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (state->properties[i] == field) {
            return i == PROPERTY_CLUSTER || i == PROPERTY_RESPONSE_CODE ? NULL : BREAKS ", +";
        }
    }
    return NULL;
}

/* Letters as \u0073 or \u0053, and other characters of the part as \u002d. Of commands and containers, which stand in
 * the query of the URI, also as %73 and %2d. */
static bool raw_forms_of(const void *opaque, const struct raw_literal *literal, str part, struct raw_finder *finder)
{
    static const char digits[] = "0123456789abcdef";
    static const struct {
        char letter;
        const char *form;
    } variants[] = {{'k', "\\u212a"}, {'s', "\\u017f"}, {'i', "\\u0130"}, {'i', "\\u0131"}};
    const struct kubernetes_state *state = opaque;
    bool is_query = literal->field == state->properties[PROPERTY_COMMAND] ||
                    literal->field == state->properties[PROPERTY_CONTAINER];
    bool has_room = raw_choice_add_masked(finder, STR("\\u007"), "\0\0\0\0\3") && /* 4 to 7 */
                    (!is_query || raw_choice_add_masked(finder, STR("%7"), "\0\3"));
    for (size_t i = 0; has_room && i < part.len; i++) {
        uint8_t c = (uint8_t)part.data[i];
        char unicode[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
        char percent[] = {'%', digits[c >> 4], digits[c & 15]};
        if (c < 0x40) {
            has_room = raw_choice_add(finder, str_from(unicode, sizeof(unicode)), true) &&
                       (!is_query || raw_choice_add(finder, str_from(percent, sizeof(percent)), true));
        }
        for (size_t j = 0; literal->ignores_case && has_room && j < countof(variants); j++) {
            if (ascii_lower((char)c) == variants[j].letter) {
                has_room = raw_choice_add(finder, str_from_cstring(variants[j].form), true);
            }
        }
        for (const char *const *variant = raw_variants_of((char)c); literal->ignores_case && is_query && *variant;
             variant++) {
            char lead[] = {'%', digits[(uint8_t)(*variant)[0] >> 4], digits[(uint8_t)(*variant)[0] & 15]};
            has_room = has_room && raw_choice_add(finder, str_from(lead, sizeof(lead)), true);
        }
    }
    return has_room;
}

static tocsin_status kubernetes_open(const struct format_context *context, void **ret_state, struct error *err)
{
    struct kubernetes_state *state = memory_allocate_zeroed(1, sizeof(*state));
    struct kube_shapes *shapes = memory_allocate(sizeof(*shapes));
    if (!state || !shapes) {
        memory_free(state);
        memory_free(shapes);
        return error_memory(err);
    }
    state->context = context;
    state->shapes = shapes;
    kube_shapes_reset(shapes);
    size_t first = countof(fields) - PROPERTY_COUNT;
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        field_id field = schema_find(context->schema, str_from_cstring(fields[first + i].name));
        bool is_wanted = field != FIELD_NONE && field_set_has(context->wanted, field);
        state->properties[i] = is_wanted ? field : FIELD_NONE;
        if (is_wanted && property_sources[i].how != AS_DERIVED) {
            enum kube_value value = property_sources[i].value;
            state->plain_values |= UINT64_C(1) << value;
            state->list_values |= (uint64_t)(property_sources[i].how == AS_LIST) << value;
            state->field_of[value] = field;
        }
    }
    state->wants_command =
        state->properties[PROPERTY_COMMAND] != FIELD_NONE || state->properties[PROPERTY_CONTAINER] != FIELD_NONE;
    struct raw_choice choice = {.breaks = raw_breaks_of, .forms = raw_forms_of, .context = state};
    state->has_finder = raw_choice_make(&choice, context->prefilter, &state->finder);
    if (state->has_finder) {
        raw_choice_confirm(&choice, context->prefilter, &state->confirmation);
    }
    kube_rule_index_build(&state->rules);
    kube_resource_index_build(&state->resources);
    arena_init(&state->scratch, scratch_bytes_max);
    *ret_state = state;
    return TOCSIN_OK;
}

static void kubernetes_close(void *opaque)
{
    struct kubernetes_state *state = opaque;
    if (state) {
        arena_release(&state->scratch);
        memory_free(state->shapes);
        memory_free(state);
    }
}

/* ---- detection -----------------------------------------------------------------------------------------------------
 */

/* An event's own names stand near its front; a line of megabytes is not searched to its end for them. */
static const size_t detect_bytes_max = 16 * KIBI;
/* What may stand in front of an event on its line: "@cee:", a container runtime's time and stream, a logger's prefix.
 */
static const size_t prefix_bytes_max = 256;

/* `needle` stands in the text right behind a quote, maybe an escaped one: as a name or at the begin of a value. */
static bool has_quoted(str text, str needle)
{
    for (size_t at = str_find(text, needle, 0); at != SIZE_MAX; at = str_find(text, needle, at + 1)) {
        if (at > 0 && text.data[at - 1] == '"') {
            return true;
        }
    }
    return false;
}

/* `name` (with its closing quote left off) followed by quotes, backslashes, a colon and blanks, and then `value`. */
static bool has_member(str text, str name, str value)
{
    for (size_t at = str_find(text, name, 0); at != SIZE_MAX; at = str_find(text, name, at + 1)) {
        size_t from = at + name.len;
        while (from < text.len && (text.data[from] == '"' || text.data[from] == '\\' || text.data[from] == ':' ||
                                   ascii_is_blank(text.data[from]))) {
            from++;
        }
        if (from > at + name.len && str_starts_with(str_skip(text, from), value)) {
            return true;
        }
    }
    return false;
}

static int detect_json(str text)
{
    if (has_quoted(text, STR("auditID")) || has_quoted(text, STR("audit.k8s.io/v")) ||
        has_member(text, STR("apiVersion"), STR("audit.k8"))) {
        return 100;
    }
    if (has_member(text, STR("methodName"), STR("io.k8s.")) || has_member(text, STR("method_name"), STR("io.k8s.")) ||
        has_member(text, STR("serviceName"), STR("k8s.io\"")) || has_quoted(text, STR("Amazon.EKS.Audit"))) {
        return 95;
    }
    if (has_quoted(text, STR("verb")) && (has_quoted(text, STR("objectRef")) || has_quoted(text, STR("requestURI")))) {
        return 90;
    }
    return 0;
}

/* The object on the line, or an empty text. */
static str find_object(str text)
{
    size_t limit = text.len < prefix_bytes_max ? text.len : prefix_bytes_max;
    size_t at = str_find_char(str_slice(text, 0, limit), '{', 0);
    return at == SIZE_MAX ? STR_EMPTY : str_skip(text, at);
}

/* "2017-03-21T03:57:09.1Z AUDIT: id=...": nothing but a time or a priority may stand in front. The words alone may be
 * in any line. */
static bool is_legacy(str text)
{
    str front = str_slice(text, 0, prefix_bytes_max);
    size_t at = str_find(front, STR("AUDIT: id="), 0);
    if (at == SIZE_MAX) {
        return false;
    }
    str time = str_trim(str_slice(text, 0, at));
    bool begins_well = time.len == 0 || ascii_is_digit(time.data[0]) || time.data[0] == '<';
    return begins_well && str_find_char(time, ' ', 0) == SIZE_MAX;
}

/* The old text form looks like syslog: a time, and a tag that ends in a colon. Then the frame took both. */
static bool is_legacy_frame(const struct log_line *line)
{
    return line->frame.is_present && str_starts_with(line->text, STR("id=")) &&
           str_eq(line->frame.application, STR("AUDIT"));
}

/* The begin that the API server writes; no text of an attacker can stand there. */
static bool begins_like_event(str text)
{
    static const struct {
        str begin;
    } usual[] = {
        {{"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v", 44}},
        {{"{\"kind\": \"Event\", \"apiVersion\": \"audit.k8s.io/v", 47}},
    };
    for (size_t i = 0; i < countof(usual); i++) {
        if (str_starts_with(text, usual[i].begin)) {
            return true;
        }
    }
    return false;
}

static int kubernetes_detect(const struct log_line *line)
{
    if (begins_like_event(line->text)) {
        return 100;
    }
    str object = find_object(line->text);
    int score = object.len > 0 ? detect_json(str_slice(object, 0, detect_bytes_max)) : 0;
    return score > 0 ? score : is_legacy(line->text) || is_legacy_frame(line) ? 100 : 0;
}

/* ---- completing an event -------------------------------------------------------------------------------------------
 */

/* A value decoded from JSON, with the life of the line. Empty when memory is out, or when a hostile line asks for more
 * than scratch_bytes_max: then it is not understood, which is no reason to stop. */
static str scratch_text(struct kubernetes_run *run, const struct json_value *value)
{
    struct arena *scratch = &run->state->scratch;
    str text = json_text(value, scratch);
    if (!text.data) {
        run->is_out_of_memory |= value->text.len <= scratch_bytes_max - scratch->bytes_reserved;
        return STR_EMPTY;
    }
    return text;
}

static str uri_path(str uri)
{
    return str_slice(uri, 0, str_find_char(uri, '?', 0));
}

/* The path of the request, decoded from JSON, which is mostly needed for the query only. */
static str request_path(struct kubernetes_run *run, const struct kube_event *event, bool *ret_is_scratch)
{
    *ret_is_scratch = false;
    if (!kube_has(event, KUBE_REQUEST_URI)) {
        return STR_EMPTY;
    }
    const struct json_value *uri = &event->values[KUBE_REQUEST_URI];
    str path = uri_path(uri->text);
    if (uri->has_escape && str_find_char(path, '\\', 0) != SIZE_MAX) {
        *ret_is_scratch = true;
        path = uri_path(scratch_text(run, uri));
    }
    return path;
}

static str request_query(struct kubernetes_run *run, const struct kube_event *event)
{
    if (!kube_has(event, KUBE_REQUEST_URI)) {
        return STR_EMPTY;
    }
    str uri = scratch_text(run, &event->values[KUBE_REQUEST_URI]);
    return str_skip(uri, uri_path(uri).len + 1);
}

static void complete_text(struct kube_event *event, enum kube_value value, str text)
{
    if (kube_raw(event, value).len == 0) {
        kube_set_text(event, value, text);
    }
}

/* The legacy form, and lines that were cut early, have no objectRef, and some writers leave the name out of it: the
 * path says the same. */
static void complete_object(struct kubernetes_run *run, struct kube_event *event)
{
    struct kube_object object;
    bool is_scratch = false;
    str resource = kube_raw(event, KUBE_RESOURCE);
    bool is_complete = resource.len > 0 && kube_raw(event, KUBE_NAME).len > 0;
    str path = is_complete ? STR_EMPTY : request_path(run, event, &is_scratch);
    if (path.len > 0 && path.data[0] == '/' && kube_path_parse(path, &object) &&
        (resource.len == 0 || str_eq(resource, object.resource))) {
        if (resource.len == 0) {
            complete_text(event, KUBE_OBJECT_GROUP, object.group);
            complete_text(event, KUBE_OBJECT_VERSION, object.version);
            complete_text(event, KUBE_RESOURCE, object.resource);
        }
        complete_text(event, KUBE_NAMESPACE, object.name_space);
        complete_text(event, KUBE_NAME, object.name);
        complete_text(event, KUBE_SUBRESOURCE, object.subresource);
        event->is_scratch |= is_scratch;
    }
    str version = kube_raw(event, KUBE_OBJECT_VERSION);
    size_t slash = str_find_char(version, '/', 0);
    if (slash != SIZE_MAX) { /* "batch/v1", as some collectors rewrite it */
        if (!kube_has(event, KUBE_OBJECT_GROUP)) {
            kube_set_text(event, KUBE_OBJECT_GROUP, str_slice(version, 0, slash));
        }
        kube_set_text(event, KUBE_OBJECT_VERSION, str_skip(version, slash + 1));
    }
}

/* Azure: /SUBSCRIPTIONS/.../MANAGEDCLUSTERS/NAME */
static void complete_cluster(struct kube_event *event)
{
    str id = kube_raw(event, KUBE_RESOURCE_ID);
    if (id.len == 0 || kube_has(event, KUBE_CLUSTER)) {
        return;
    }
    static const char wanted[] = "managedclusters";
    size_t from = 0;
    while (from < id.len) {
        str part = str_slice(id, from, str_find_char(id, '/', from));
        from += part.len + 1;
        if (str_eq_ignore_case(part, STR(wanted))) {
            kube_set_text(event, KUBE_CLUSTER, str_slice(id, from, str_find_char(id, '/', from)));
            return;
        }
    }
}

static bool parse_time(const struct json_value *value, int64_t *ret_ms)
{
    if (value->kind == JSON_STRING) {
        if (time_parse_iso8601(str_trim(value->text), NULL, ret_ms)) { /* no zone: UTC, as all of these write it */
            return true;
        }
    }
    double number;
    if (!json_to_double(value, &number) || !(number > 1e8 && number < 1e15)) {
        return false;
    }
    *ret_ms = (int64_t)(number < 1e11 ? number * 1000 : number); /* seconds or milliseconds since 1970 */
    return true;
}

/* "2026-11-21T22:26:40.061721Z" */
static bool read_stage_time(struct kubernetes_state *state, str text, int64_t *ret_ms)
{
    enum { MILLISECOND_DIGITS = 3 };
    if (text.len < TIME_SECONDS_BYTES + 2 + MILLISECOND_DIGITS || text.data[TIME_SECONDS_BYTES] != '.' ||
        text.data[text.len - 1] != 'Z') {
        return false;
    }
    int64_t fraction = 0;
    for (size_t i = TIME_SECONDS_BYTES + 1; i < text.len - 1; i++) {
        if (!ascii_is_digit(text.data[i])) {
            return false;
        }
        if (i <= TIME_SECONDS_BYTES + MILLISECOND_DIGITS) {
            fraction = fraction * 10 + (text.data[i] - '0');
        }
    }
    if (memcmp(state->newest_second.text, text.data, TIME_SECONDS_BYTES) != 0) {
        if (!time_parse_iso8601(str_slice(text, 0, TIME_SECONDS_BYTES), NULL, &state->newest_second.ms)) {
            return false;
        }
        memcpy(state->newest_second.text, text.data, TIME_SECONDS_BYTES);
    }
    *ret_ms = state->newest_second.ms + fraction;
    return true;
}

static bool event_time(struct kubernetes_state *state, const struct kube_event *event, int64_t *ret_ms)
{
    static const enum kube_value order[] = {KUBE_STAGE_TIME, KUBE_RECEIVED_TIME, KUBE_OTHER_TIME, KUBE_ARRIVAL_TIME};
    if (kube_has(event, KUBE_STAGE_TIME) && read_stage_time(state, event->values[KUBE_STAGE_TIME].text, ret_ms)) {
        return true;
    }
    for (size_t i = 0; i < countof(order); i++) {
        if (kube_has(event, order[i]) && parse_time(&event->values[order[i]], ret_ms)) {
            return true;
        }
    }
    return false;
}

/* ---- rows ----------------------------------------------------------------------------------------------------------
 */

struct row {
    struct batch *batch;
    uint32_t number;
};

static void set_property(struct kubernetes_run *run, struct row row, enum property property, str value)
{
    field_id field = run->state->properties[property];
    if (field != FIELD_NONE) {
        row_set_string(row.batch, row.number, field, value);
    }
}

/* A value's text with the life of the batch. */
static str value_text(const struct kube_event *event, enum kube_value value, struct batch *batch)
{
    const struct json_value *found = &event->values[value];
    if (found->kind == JSON_STRING && found->has_escape) {
        str text = json_text(found, &batch->arena);
        batch->is_failed |= !text.data;
        return text.data ? text : STR_EMPTY;
    }
    return event->is_scratch ? batch_copy(batch, found->text) : found->text;
}

/* ---- texts that come again: lists and reasons ---- */

/* Where the text that is made of this one is kept, or may be. */
static struct made_text *made_text_slot(struct kubernetes_run *run, enum kube_value value, str raw)
{
    struct kubernetes_state *state = run->state;
    enum { SAMPLE = 8 };
    if (raw.len < SAMPLE) {
        return NULL;
    }
    uint64_t hash = bytes_load8(raw.data) + bytes_load8(raw.data + (raw.len - SAMPLE) / 2) * 3 +
                    bytes_load8(raw.data + raw.len - SAMPLE) * 5 + raw.len + (uint64_t)value * 7;
    return &state->made_texts[hash * UINT64_C(0x9E3779B97F4A7C15) >> (64 - MADE_TEXT_BITS)];
}

/* Of a value that is read or decoded: what was made of the same text in this batch, or is made now. */
static str value_make(struct kubernetes_run *run, const struct kube_event *event, enum kube_value value, struct row row)
{
    const struct json_value *found = &event->values[value];
    struct made_text *made = event->is_scratch ? NULL : made_text_slot(run, value, found->text);
    uint32_t generation = run->state->made_generation;
    if (made && made->generation == generation && made->value == value && str_eq(made->raw, found->text)) {
        return made->made;
    }
    bool is_list = found->kind == JSON_ARRAY;
    str text = is_list ? kube_list_join(found, ',', &row.batch->arena) : value_text(event, value, row.batch);
    row.batch->is_failed |= !text.data;
    text = text.data ? text : STR_EMPTY;
    if (made) {
        *made = (struct made_text){value, generation, found->text, text};
    }
    return text;
}

/* The text of a value that is not what stands in the line. */
static str value_other(struct kubernetes_run *run, const struct kube_event *event, enum kube_value value,
                       struct row row)
{
    const struct json_value *found = &event->values[value];
    bool is_list = found->kind == JSON_ARRAY && run->state->list_values >> value & 1;
    bool may_be_single = is_list && !event->is_scratch && value != KUBE_GROUPS; /* users have some of these */
    str single = may_be_single ? kube_list_single(found) : STR_EMPTY;
    if (single.len > 0) {
        return single;
    }
    return is_list || value == KUBE_REASON ? value_make(run, event, value, row) : value_text(event, value, row.batch);
}

/* What is kept for the batch in work; it may be another one with each row. */
static void note_batch(struct kubernetes_state *state, struct batch *batch)
{
    if (state->batch == batch && state->times_cleared == batch->times_cleared) {
        return;
    }
    state->batch = batch;
    state->times_cleared = batch->times_cleared;
    if (++state->made_generation == 0) {
        memset(state->made_texts, 0, sizeof(state->made_texts));
        state->made_generation = 1;
    }
    for (uint64_t left = state->plain_values; left != 0; left &= left - 1) {
        unsigned value = (unsigned)__builtin_ctzll(left);
        state->column_of[value] = batch_column(batch, state->field_of[value]);
    }
}

static void write_properties(struct kubernetes_run *run, const struct kube_event *event, struct row row)
{
    struct kubernetes_state *state = run->state;
    note_batch(state, row.batch);
    for (uint64_t left = event->present & state->plain_values; left != 0; left &= left - 1) {
        enum kube_value value = (enum kube_value)__builtin_ctzll(left);
        const struct json_value *found = &event->values[value];
        str text = found->text;
        if (found->kind == JSON_ARRAY || (found->has_escape && found->kind == JSON_STRING) || event->is_scratch) {
            text = value_other(run, event, value, row);
        }
        if (text.len > 0 || value != KUBE_REASON) { /* RBAC decides with an empty reason for masters: none */
            column_set_string(state->column_of[value], row.number, text);
        }
    }
}

/* system:serviceaccount:NAMESPACE:NAME */
static void write_service_account(struct kubernetes_run *run, str username, struct row row)
{
    str prefix = STR("system:serviceaccount:");
    if (run->state->properties[PROPERTY_SERVICE_ACCOUNT] == FIELD_NONE || !str_starts_with(username, prefix)) {
        return;
    }
    str account = batch_copy(row.batch, str_skip(username, prefix.len));
    size_t colon = str_find_char(account, ':', 0);
    if (colon != SIZE_MAX) {
        ((char *)(uintptr_t)account.data)[colon] = '/'; /* our own copy */
        set_property(run, row, PROPERTY_SERVICE_ACCOUNT, account);
    }
}

static void write_user(struct kubernetes_run *run, const struct kube_event *event, struct row row)
{
    struct column *column = batch_column(row.batch, FIELD_USERNAME);
    bool wants_account = run->state->properties[PROPERTY_SERVICE_ACCOUNT] != FIELD_NONE;
    if (kube_has(event, KUBE_USERNAME) && (column || wants_account)) {
        str username = value_text(event, KUBE_USERNAME, row.batch);
        column_set_string(column, row.number, username);
        write_service_account(run, username, row);
    }
    struct ip ip;
    if (kube_has(event, KUBE_SOURCE_IPS) && ip_parse(kube_list_first(&event->values[KUBE_SOURCE_IPS]), &ip)) {
        row_set_source_address(row.batch, row.number, &ip);
    }
}

/* exec, attach and log name what they want in the query; so does whoever goes to a kubelet through the node's proxy. */
static bool has_command(const struct kube_event *event)
{
    static const char *const subresources[] = {"exec", "attach", "log", "proxy", "portforward"};
    str subresource = kube_raw(event, KUBE_SUBRESOURCE);
    for (size_t i = 0; subresource.len > 0 && i < countof(subresources); i++) {
        if (str_eq(subresource, str_from_cstring(subresources[i]))) {
            return true;
        }
    }
    return false;
}

static void write_command(struct kubernetes_run *run, const struct kube_event *event, struct row row)
{
    if (!run->state->wants_command || !has_command(event)) {
        return;
    }
    struct kube_command found = {STR_EMPTY, STR_EMPTY};
    struct kube_command options = {STR_EMPTY, STR_EMPTY};
    struct arena *arena = &row.batch->arena;
    bool is_done = kube_query_parse(request_query(run, event), arena, &found);
    if (is_done && found.command.len == 0 && kube_has(event, KUBE_REQUEST_OBJECT)) {
        str object = value_text(event, KUBE_REQUEST_OBJECT, row.batch); /* arguments may be views into it */
        is_done = kube_options_parse(object, arena, &options);
    }
    row.batch->is_failed |= !is_done;
    str command = found.command.len > 0 ? found.command : options.command;
    str container = found.container.len > 0 ? found.container : options.container;
    if (command.len > 0) {
        set_property(run, row, PROPERTY_COMMAND, command);
    }
    if (container.len > 0) {
        set_property(run, row, PROPERTY_CONTAINER, container);
    }
}

static str header_host(struct kubernetes_run *run, const struct kube_event *event)
{
    enum kube_value value = kube_has(event, KUBE_HOST) ? KUBE_HOST : KUBE_CLUSTER;
    return kube_has(event, value) ? scratch_text(run, &event->values[value]) : STR_EMPTY;
}

/* Names that the row keeps as views must outlive the line if the event does not lie in it. */
static str header_text_keep(const struct log_line *line, str text, struct batch *batch, bool is_wanted)
{
    bool is_in_line = text.data >= line->text.data && text.data < line->text.data + line->text.len;
    return text.len == 0 || is_in_line || !is_wanted ? text : batch_copy(batch, text);
}

static bool response_code(const struct json_value *value, int64_t *ret_code)
{
    const char *at = value->text.data;
    if (value->text.len == 3 && ascii_is_digit(at[0]) && ascii_is_digit(at[1]) && ascii_is_digit(at[2]) &&
        value->kind == JSON_NUMBER) {
        *ret_code = (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
        return true;
    }
    return json_to_i64(value, ret_code);
}

static void write_row(struct kubernetes_run *run, struct kube_event *event)
{
    complete_object(run, event);
    complete_cluster(event);
    int64_t code = 0;
    bool has_code = kube_has(event, KUBE_RESPONSE_CODE) && response_code(&event->values[KUBE_RESPONSE_CODE], &code);
    bool is_failed = code >= 400 || str_eq(kube_raw(event, KUBE_DECISION), STR("forbid"));
    str host = header_host(run, event);
    struct event_header header = {
        .log_source_type = LOG_SOURCE_TYPE_KUBERNETES,
        .host = run->line->frame.is_present && run->line->frame.host.len > 0 ? STR_EMPTY : host,
        .is_truncated = event->is_cut || run->line->is_truncated,
        .qid = kube_event_qid(&run->state->resources, kube_raw(event, KUBE_RESOURCE), kube_raw(event, KUBE_SUBRESOURCE),
                              kube_raw(event, KUBE_VERB), is_failed),
    };
    header.has_time = event_time(run->state, event, &header.time_ms);
    struct row row;
    row.batch = row_writer_begin(run->writer, &header, &run->line->frame, &row.number);
    if (!row.batch) {
        run->is_out_of_memory = true;
        return;
    }
    const struct log_line *line = run->line;
    row_writer_evidence(run->writer, line->input, line->line, line->line_count, line->raw);
    struct column *hostname = batch_column(row.batch, FIELD_HOSTNAME);
    if (hostname && header.host.len > 0) {
        column_set_string(hostname, row.number, header_text_keep(line, header.host, row.batch, true));
    }
    if (has_code && run->state->properties[PROPERTY_RESPONSE_CODE] != FIELD_NONE) {
        column_set_integer(batch_column(row.batch, run->state->properties[PROPERTY_RESPONSE_CODE]), row.number, code);
    }
    if (kube_has(event, KUBE_CLUSTER)) {
        set_property(run, row, PROPERTY_CLUSTER,
                     header_text_keep(line, kube_raw(event, KUBE_CLUSTER), row.batch,
                                      run->state->properties[PROPERTY_CLUSTER] != FIELD_NONE));
    }
    static const struct {
        field_id field;
        enum kube_value value;
    } own_terms[] = {{FIELD_QIDEVENTID, KUBE_VERB}, {FIELD_QIDEVENTCATEGORY, KUBE_RESOURCE}};
    for (size_t i = 0; i < countof(own_terms); i++) {
        struct column *column = batch_column(row.batch, own_terms[i].field);
        if (column && kube_has(event, own_terms[i].value)) {
            column_set_string(column, row.number, value_text(event, own_terms[i].value, row.batch));
        }
    }
    write_user(run, event, row);
    write_properties(run, event, row);
    write_command(run, event, row);
}

/* ---- finding the event ---------------------------------------------------------------------------------------------
 */

static size_t parse_text(struct kubernetes_run *run, str text, const struct kube_event *outer, bool is_scratch,
                         int depth);

/* What a wrapper knows and the event inside does not say. */
static void inherit(struct kube_event *event, const struct kube_event *outer)
{
    static const enum kube_value values[] = {KUBE_OTHER_TIME, KUBE_ARRIVAL_TIME, KUBE_CLUSTER, KUBE_HOST,
                                             KUBE_RESOURCE_ID};
    for (size_t i = 0; outer && i < countof(values); i++) {
        if (!kube_has(event, values[i]) && kube_has(outer, values[i])) {
            kube_set(event, values[i], outer->values[values[i]]);
        }
    }
    event->is_cut |= outer && outer->is_cut;
}

static size_t parse_elements(struct kubernetes_run *run, str list, const struct kube_event *outer, bool is_scratch,
                             int depth)
{
    struct json_reader reader;
    size_t rows = 0;
    json_reader_init(&reader, list);
    (void)json_enter_array(&reader);
    while (json_next_element(&reader)) {
        struct json_value value;
        str rest = json_rest(&reader);
        bool is_whole = json_read(&reader, &value);
        str text = is_whole ? value.text : rest;
        if (text.len > 0 && (text.data[0] == '{' || text.data[0] == '[')) {
            rows += parse_text(run, text, outer, is_scratch, depth);
        }
    }
    return rows;
}

static size_t parse_packed(struct kubernetes_run *run, const struct kube_event *event, int depth)
{
    size_t rows = 0;
    for (size_t i = 0; i < event->packed_count && rows == 0; i++) {
        const struct json_value *packed = &event->packed[i];
        str text = scratch_text(run, packed);
        if (text.len > 0) {
            rows = parse_text(run, text, event, event->is_scratch || packed->has_escape, depth);
        }
    }
    return rows;
}

static size_t parse_object(struct kubernetes_run *run, str text, const struct kube_event *outer, bool is_scratch,
                           int depth)
{
    struct kube_event event;
    event.present = 0;
    event.packed_count = 0;
    event.has_list = false;
    event.is_scratch = is_scratch;
    if (!kube_json_read(&run->state->rules, text, &event)) {
        return 0;
    }
    inherit(&event, outer);
    bool is_google = kube_google_is_audit(&event);
    if (kube_json_is_audit(&event) || is_google) {
        if (is_google) {
            kube_google_translate(&event);
        }
        if (event.is_cut && !kube_has(&event, KUBE_AUDIT_ID) && !kube_has(&event, KUBE_VERB)) {
            return 0; /* cut in front of everything that matters */
        }
        write_row(run, &event);
        return 1;
    }
    size_t rows = parse_packed(run, &event, depth + 1);
    if (rows == 0 && event.has_list) {
        rows = parse_elements(run, event.list.text, &event, is_scratch, depth + 1);
    }
    return rows;
}

static size_t parse_legacy(struct kubernetes_run *run, str text, const struct kube_event *outer)
{
    struct kube_event event;
    memset(&event, 0, sizeof(event));
    if (!kube_legacy_read(text, &run->state->scratch, &event)) {
        run->is_out_of_memory = true;
        return 0;
    }
    if (!kube_has(&event, KUBE_AUDIT_ID) && !kube_has(&event, KUBE_VERB)) {
        return 0;
    }
    inherit(&event, outer);
    write_row(run, &event);
    return 1;
}

/* `text`: an object, with something in front of it maybe, or a line of the legacy form. Gives the number of rows. */
static size_t parse_text(struct kubernetes_run *run, str text, const struct kube_event *outer, bool is_scratch,
                         int depth)
{
    if (depth > NESTING_MAX) {
        return 0;
    }
    text = str_trim(text);
    if (text.len > 0 && text.data[0] == '[' && depth > 0) {
        return parse_elements(run, text, outer, is_scratch, depth + 1);
    }
    if (text.len > 0 && text.data[0] != '{' && is_legacy(text)) {
        return parse_legacy(run, text, outer);
    }
    str object = find_object(text);
    return object.len > 0 ? parse_object(run, object, outer, is_scratch, depth) : 0;
}

static tocsin_status kubernetes_parse_line(void *opaque, const struct log_line *line, struct row_writer *writer,
                                           struct error *err)
{
    struct kubernetes_state *state = opaque;
    struct kubernetes_run run = {.state = state, .line = line, .writer = writer};
    arena_clear(&state->scratch);
    str text = is_legacy_frame(line) ? line->raw : line->text;
    size_t rows = parse_text(&run, text, NULL, /* is_scratch */ false, 0);
    if (run.is_out_of_memory) {
        return error_memory(err);
    }
    if (rows == 0 && !begins_like_event(find_object(line->text))) {
        return TOCSIN_END; /* the words that detect saw were somebody's text */
    }
    if (rows == 0) {
        bool is_cut = line->is_truncated ||
                      (str_starts_with(line->text, STR("{")) && json_value_from(line->text).kind == JSON_NONE);
        row_writer_unparsed(writer, line, LOG_SOURCE_TYPE_KUBERNETES, KUBE_QID_NOT_UNDERSTOOD, is_cut);
    }
    return TOCSIN_OK;
}

/* ---- many lines ----------------------------------------------------------------------------------------------------
 */

/* A line that is one event as the API server writes it, of which the reader of lines would make nothing else. Gives its
 * line end; NULL: it is none, and nothing was written. */
static const char *parse_whole_line(struct kubernetes_run *run, struct log_line *line, const char *at, const char *end)
{
    struct kube_rule_index *rules = &run->state->rules;
    struct kube_event event;
    event.is_scratch = false;
    const char *newline = kube_json_read_compact(rules, run->state->shapes, at, end, &event);
    bool is_whole = newline != NULL;
    newline = is_whole ? newline : memchr(at, '\n', (size_t)(end - at));
    if (!newline || (size_t)(newline - at) > LIMIT_LINE_BYTES) {
        return NULL;
    }
    line->text = line->raw = str_from(at, (size_t)(newline - at));
    if (!is_whole && !kube_json_read_whole(rules, line->text, &event)) {
        return NULL;
    }
    if (!kube_json_is_audit(&event) || kube_google_is_audit(&event)) {
        return NULL;
    }
    write_row(run, &event);
    return newline;
}

/* The last "stageTimestamp":" at or behind `from`; NULL if there is none. The letter T is rare. */
static const char *find_stage_time(const char *from, const char *end)
{
    static const char key[] = "\"stageTimestamp\":\"";
    enum { BEFORE = 5, KEY_BYTES = sizeof(key) - 1 }; /* "stag */
    for (const char *at = end; (at = memrchr(from, 'T', (size_t)(at - from)));) {
        if (at - from > BEFORE && at[-1] == 'e' && end - at > KEY_BYTES &&
            memcmp(at - BEFORE - 1, key, KEY_BYTES) == 0) {
            return at - BEFORE - 1 + KEY_BYTES;
        }
    }
    return NULL;
}

/* Counts a line nobody looks for, if it is one event as the API server writes it, whole as far as its ends tell:
 * ...,"stageTimestamp":"..."} or ...,"stageTimestamp":"...","annotations":{...}}, and another one behind it. False: it
 * has to be read. */
static bool pass_line(struct kubernetes_run *run, const char *next, const char *end)
{
    enum { TIME_BYTES_MAX = 40, TAIL_BYTES_MAX = 4096 };
    str text = run->line->text;
    if (next >= end || *next != '{' || text.data[text.len - 1] != '}') {
        return false;
    }
    const char *stop = text.data + text.len;
    const char *from = find_stage_time(text.len > TAIL_BYTES_MAX ? stop - TAIL_BYTES_MAX : text.data, stop);
    const char *quote =
        from ? memchr(from, '"', (size_t)(stop - from) < TIME_BYTES_MAX ? (size_t)(stop - from) : TIME_BYTES_MAX)
             : NULL;
    struct event_header header = {.log_source_type = LOG_SOURCE_TYPE_KUBERNETES, .has_time = true};
    if (!quote || !read_stage_time(run->state, str_from(from, (size_t)(quote - from)), &header.time_ms)) {
        return false;
    }
    str rest = str_from(quote + 1, (size_t)(stop - quote) - 1);
    bool is_usual =
        rest.len == 1 || (str_starts_with(rest, STR(",\"annotations\":{")) && str_ends_with(rest, STR("}}")));
    if (is_usual) {
        row_writer_pass(run->writer, &header, &run->line->frame);
    }
    return is_usual;
}

/* Takes the line in work, behind which the text goes on up to `end`, where a line ends. False: the reader of lines has
 * to see it. */
static bool take_line(struct kubernetes_run *run, struct log_line *line, const char *end, bool is_wanted)
{
    str text = line->text;
    if (text.len > LIMIT_LINE_BYTES || !begins_like_event(text)) {
        return false;
    }
    if (!is_wanted && pass_line(run, text.data + text.len + 1, end)) {
        return true;
    }
    arena_clear(&run->state->scratch);
    return parse_whole_line(run, line, text.data, end) != NULL;
}

/* Lines that were searched. */
static bool take_searched(struct kubernetes_run *run, const char *end, struct log_line *line)
{
    struct kubernetes_state *state = run->state;
    struct raw_search *search = &state->search;
    bool is_taken = true;
    while (search->next < search->lines->count && is_taken && !row_writer_has_full(run->writer) &&
           !run->is_out_of_memory) {
        line->text = line->raw = raw_lines_text(search->lines, search->next);
        bool is_wanted =
            raw_lines_has_hit(search->lines, search->next) && raw_confirm(&state->confirmation, line->text);
        is_taken = take_line(run, line, end, is_wanted);
        line->line += is_taken;
        search->next += is_taken;
    }
    return is_taken;
}

static tocsin_status kubernetes_parse_lines(void *opaque, const struct log_block *block, struct row_writer *writer,
                                            size_t *ret_bytes, uint64_t *ret_lines, struct error *err)
{
    struct kubernetes_state *state = opaque;
    const char *at = block->text.data;
    const char *end = at + block->text.len;
    struct log_line line = {.input = block->input, .line = block->line, .line_count = 1, .frame = {.priority = -1}};
    struct kubernetes_run run = {.state = state, .line = &line, .writer = writer};
    bool is_taken = true;
    while (at < end && is_taken && !row_writer_has_full(writer) && !run.is_out_of_memory) {
        if (state->has_finder) {
            raw_search_go(&state->search, &state->finder, block->searched, at, end);
            is_taken = take_searched(&run, end, &line);
            at = state->search.lines->from + raw_lines_bytes(state->search.lines, state->search.next);
            continue;
        }
        arena_clear(&state->scratch);
        is_taken = begins_like_event(str_from(at, (size_t)(end - at)));
        const char *newline = is_taken ? parse_whole_line(&run, &line, at, end) : NULL;
        is_taken = newline != NULL;
        line.line += is_taken;
        at = is_taken ? newline + 1 : at;
    }
    *ret_bytes = (size_t)(at - block->text.data);
    *ret_lines = line.line - block->line;
    return run.is_out_of_memory ? error_memory(err) : TOCSIN_OK;
}

static const struct raw_finder *kubernetes_finder(void *opaque)
{
    const struct kubernetes_state *state = opaque;
    return state->has_finder ? &state->finder : NULL;
}

static tocsin_status kubernetes_release_chunk(void *opaque, struct error *err)
{
    struct kubernetes_state *state = opaque;
    raw_search_forget(&state->search);
    state->batch = NULL;
    return TOCSIN_OK;
}

const struct format_def format_kubernetes_audit = {
    .name = "kubernetes_audit",
    .description = "Kubernetes audit events: JSON of every version, EKS, AKS, GKE, OpenShift, and the old text form",
    .log_source_type = LOG_SOURCE_TYPE_KUBERNETES,
    .fields = fields,
    .field_count = countof(fields),
    .event_names = kube_event_name_table,
    .event_name_count = KUBE_EVENT_NAME_COUNT,
    .detect = kubernetes_detect,
    .open = kubernetes_open,
    .close = kubernetes_close,
    .parse_line = kubernetes_parse_line,
    .parse_lines = kubernetes_parse_lines,
    .finder = kubernetes_finder,
    .release_chunk = kubernetes_release_chunk,
};
