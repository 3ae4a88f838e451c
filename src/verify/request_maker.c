/* Requests to the API of Kubernetes and of Docker, as their servers log them. */
#include "verify/event_maker.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/civil_time.h"
#include "base/json_reader.h"
#include "base/json_writer.h"

/* ---- "METHOD URI key=value .." ----------------------------------------------------------------------------------- */

enum option {
    OPTION_USER,
    OPTION_GROUPS,
    OPTION_AS,
    OPTION_FROM,
    OPTION_AGENT,
    OPTION_CODE,
    OPTION_HOST,
    OPTION_AFTER,
    OPTION_BODY,
    OPTION_COUNT
};
static const char *const option_names[OPTION_COUNT] = {"user", "groups", "as",    "from", "agent",
                                                       "code", "host",   "after", "body"};

struct request {
    str method;
    str uri;
    str options[OPTION_COUNT]; /* data NULL: not given */
};

/* The next word of the text; quotes around a value (key="a b") are taken off. A body goes on to the end. */
static str next_word(str *text, enum option *ret_option, bool *ret_is_closed)
{
    *text = str_trim(*text);
    *ret_option = OPTION_COUNT;
    *ret_is_closed = true;
    for (int option = 0; option < OPTION_COUNT; option++) {
        str name = str_from_cstring(option_names[option]);
        if (str_starts_with(*text, name) && text->len > name.len && text->data[name.len] == '=') {
            *ret_option = (enum option)option;
            *text = str_skip(*text, name.len + 1);
            break;
        }
    }
    bool is_quoted = *ret_option != OPTION_COUNT && text->len > 0 && text->data[0] == '"';
    size_t end = *ret_option == OPTION_BODY ? text->len : str_find_char(*text, is_quoted ? '"' : ' ', is_quoted);
    *ret_is_closed = !is_quoted || end != SIZE_MAX || *ret_option == OPTION_BODY;
    end = end == SIZE_MAX ? text->len : end;
    is_quoted &= *ret_option != OPTION_BODY;
    str word = str_slice(*text, is_quoted, end);
    *text = str_skip(*text, end + is_quoted);
    return word;
}

static tocsin_status request_error(struct error *err, const char *what, str text)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "%s: '%.*s'", what, STR_ARG(text));
    error_hint(err, "GET /api/v1/secrets user=alice code=403; keys: user, groups, as, from, agent, code, host, after, "
                    "body (last, as it takes the rest)");
    return status;
}

static tocsin_status parse_request(str text, struct request *ret, struct error *err)
{
    struct request request = {0};
    enum option option;
    bool is_closed;
    if (str_find_char(text, '\n', 0) != SIZE_MAX) {
        return request_error(err, "a request is one line", text);
    }
    request.method = next_word(&text, &option, &is_closed);
    request.uri = option == OPTION_COUNT ? next_word(&text, &option, &is_closed) : STR_EMPTY;
    if (option != OPTION_COUNT || request.uri.len == 0 || request.uri.data[0] != '/') {
        return request_error(err, "a request is a method and a path", request.method);
    }
    for (text = str_trim(text); text.len > 0; text = str_trim(text)) {
        str word = next_word(&text, &option, &is_closed);
        if (option == OPTION_COUNT) {
            return request_error(err, "this is none of the keys of a request", word);
        }
        if (!is_closed) {
            return request_error(err, "this quote is never closed", word);
        }
        request.options[option] = word;
    }
    *ret = request;
    return TOCSIN_OK;
}

int64_t event_request_after(str text)
{
    struct request request;
    int64_t seconds = 0;
    if (parse_request(text, &request, NULL) != TOCSIN_OK || !request.options[OPTION_AFTER].data ||
        !str_to_i64(request.options[OPTION_AFTER], &seconds) || seconds < 0 || seconds > 7 * 86400) {
        return 0;
    }
    return seconds;
}

static tocsin_status check_numbers(const struct request *request, int64_t *ret_code, struct error *err)
{
    int64_t code = 0;
    int64_t after = 0;
    str code_text = request->options[OPTION_CODE];
    str after_text = request->options[OPTION_AFTER];
    if (code_text.data && (!str_to_i64(code_text, &code) || code < 100 || code > 599)) {
        return request_error(err, "this is no status code", code_text);
    }
    if (after_text.data && (!str_to_i64(after_text, &after) || after < 0 || after > 7 * 86400)) {
        return request_error(err, "this is no number of seconds, up to a week", after_text);
    }
    *ret_code = code;
    return TOCSIN_OK;
}

/* ---- what the API server makes of a URI -------------------------------------------------------------------------- */

struct object {
    str group, version, resource, namespace, name, subresource;
    bool is_watch;
};

static str next_part(str *text, char separator)
{
    size_t end = str_find_char(*text, separator, 0);
    str part = str_slice(*text, 0, end == SIZE_MAX ? text->len : end);
    *text = str_skip(*text, part.len + (end != SIZE_MAX));
    return part;
}

static str next_segment(str *path)
{
    return next_part(path, '/');
}

/* False: the URI is of no resource (/healthz, /version). */
static bool parse_uri(str uri, struct object *ret)
{
    struct object object = {0};
    size_t question = str_find_char(uri, '?', 0);
    str query = question == SIZE_MAX ? STR_EMPTY : str_skip(uri, question + 1);
    str path = str_skip(str_slice(uri, 0, question == SIZE_MAX ? uri.len : question), 1);
    str root = next_segment(&path);
    if (str_eq(root, STR("apis"))) {
        object.group = next_segment(&path);
    } else if (!str_eq(root, STR("api"))) {
        return false;
    }
    object.version = next_segment(&path);
    str segment = next_segment(&path);
    object.is_watch = str_contains(query, STR("watch=true")) || str_contains(query, STR("watch=1"));
    if (str_eq(segment, STR("watch"))) {
        object.is_watch = true;
        segment = next_segment(&path);
    }
    if (str_eq(segment, STR("namespaces")) && str_find_char(path, '/', 0) != SIZE_MAX) {
        object.namespace = next_segment(&path);
        segment = next_segment(&path);
    }
    object.resource = segment;
    object.name = next_segment(&path);
    object.subresource = next_segment(&path);
    if (str_eq(object.resource, STR("namespaces"))) {
        object.namespace = object.name;
    }
    *ret = object;
    return object.resource.len > 0;
}

static str verb_of(const struct request *request, const struct object *object, bool has_object)
{
    static const struct {
        const char *method;
        const char *verb;
    } verbs[] = {{"POST", "create"}, {"PUT", "update"}, {"PATCH", "patch"}};
    for (size_t i = 0; i < countof(verbs); i++) {
        if (str_eq(request->method, str_from_cstring(verbs[i].method))) {
            return str_from_cstring(verbs[i].verb);
        }
    }
    bool is_one = !has_object || object->name.len > 0;
    if (str_eq(request->method, STR("DELETE"))) {
        return is_one ? STR("delete") : STR("deletecollection");
    }
    if (str_eq(request->method, STR("GET")) || str_eq(request->method, STR("HEAD"))) {
        return has_object && object->is_watch ? STR("watch") : is_one ? STR("get") : STR("list");
    }
    return request->method; /* a verb of Kubernetes already */
}

/* ---- Kubernetes audit -------------------------------------------------------------------------------------------- */

static void write_member(struct json_writer *json, str key, str value)
{
    json_key(json, key);
    json_string(json, value);
}

static void write_groups(struct json_writer *json, str user, str groups)
{
    json_key(json, STR("groups"));
    json_begin_array(json);
    if (groups.data) {
        while (groups.len > 0) {
            json_string(json, next_part(&groups, ','));
        }
        json_end_array(json);
        return;
    }
    if (str_starts_with(user, STR("system:serviceaccount:"))) {
        str name = str_skip(user, strlen("system:serviceaccount:"));
        char group[300];
        str namespace = next_part(&name, ':');
        snprintf(group, sizeof(group), "system:serviceaccounts:%.*s", STR_ARG(namespace));
        json_string(json, STR("system:serviceaccounts"));
        json_string(json, str_from_cstring(group));
    } else if (str_starts_with(user, STR("system:node:"))) {
        json_string(json, STR("system:nodes"));
    }
    bool is_anonymous = str_eq(user, STR("system:anonymous"));
    json_string(json, is_anonymous ? STR("system:unauthenticated") : STR("system:authenticated"));
    json_end_array(json);
}

static void write_object(struct json_writer *json, const struct object *object)
{
    const struct {
        str key;
        str value;
    } members[] = {
        {STR("resource"), object->resource},  {STR("namespace"), object->namespace},
        {STR("name"), object->name},          {STR("apiGroup"), object->group},
        {STR("apiVersion"), object->version}, {STR("subresource"), object->subresource},
    };
    json_key(json, STR("objectRef"));
    json_begin_object(json);
    for (size_t i = 0; i < countof(members); i++) {
        if (members[i].value.len > 0) {
            write_member(json, members[i].key, members[i].value);
        }
    }
    json_end_object(json);
}

static void write_user(struct json_writer *json, const struct event_actor *actor, const struct request *request)
{
    char number[64];
    snprintf(number, sizeof(number), "user-%" PRIu64, actor->number);
    str user = request->options[OPTION_USER].data ? request->options[OPTION_USER]
                                                  : str_from_cstring(actor->who ? actor->who : number);
    json_key(json, STR("user"));
    json_begin_object(json);
    write_member(json, STR("username"), user);
    write_groups(json, user, request->options[OPTION_GROUPS]);
    json_end_object(json);
    if (request->options[OPTION_AS].data) {
        json_key(json, STR("impersonatedUser"));
        json_begin_object(json);
        write_member(json, STR("username"), request->options[OPTION_AS]);
        write_groups(json, request->options[OPTION_AS], str_from(NULL, 0));
        json_end_object(json);
    }
}

static void write_outcome(struct json_writer *json, const struct event_actor *actor, int64_t code)
{
    char time[TIME_TEXT_BYTES];
    size_t length = time_format_iso8601(actor->time_ms, time);
    json_key(json, STR("responseStatus"));
    json_begin_object(json);
    json_key(json, STR("metadata"));
    json_begin_object(json);
    json_end_object(json);
    if (code == 401 || code == 403) {
        write_member(json, STR("status"), STR("Failure"));
        write_member(json, STR("reason"), code == 403 ? STR("Forbidden") : STR("Unauthorized"));
    }
    json_key(json, STR("code"));
    json_i64(json, code);
    json_end_object(json);
    write_member(json, STR("requestReceivedTimestamp"), str_from(time, length));
    write_member(json, STR("stageTimestamp"), str_from(time, length));
    if (code != 401) {
        json_key(json, STR("annotations"));
        json_begin_object(json);
        write_member(json, STR("authorization.k8s.io/decision"), code == 403 ? STR("forbid") : STR("allow"));
        write_member(json, STR("authorization.k8s.io/reason"), STR(""));
        json_end_object(json);
    }
}

static tocsin_status write_body(struct json_writer *json, str body, struct error *err)
{
    size_t offset = 0;
    if (!json_validate(body, &offset)) {
        return request_error(err, "this body is no JSON", body);
    }
    json_key(json, STR("requestObject"));
    strbuf_append(json->buffer, body);
    json->has_key = false;
    return TOCSIN_OK;
}

tocsin_status event_make_request(struct event_log *log, const struct event_actor *actor, str text, struct error *err)
{
    struct request request;
    struct object object = {0};
    struct json_writer json;
    int64_t code = 0;
    char buffer[80];
    tocsin_status status = parse_request(text, &request, err);
    status = status == TOCSIN_OK ? check_numbers(&request, &code, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    bool has_object = parse_uri(request.uri, &object);
    str verb = verb_of(&request, &object, has_object);
    str body = request.options[OPTION_BODY];
    bool is_create = str_eq(verb, STR("create"));
    code = code > 0 ? code : is_create ? 201 : 200;
    json_writer_init(&json, &log->text, false);
    json_begin_object(&json);
    write_member(&json, STR("kind"), STR("Event"));
    write_member(&json, STR("apiVersion"), STR("audit.k8s.io/v1"));
    write_member(&json, STR("level"), body.data ? STR("Request") : STR("Metadata"));
    snprintf(buffer, sizeof(buffer), "%08" PRIx64 "-0000-4000-8000-%012" PRIx64, actor->number & UINT32_MAX,
             log->serial);
    write_member(&json, STR("auditID"), str_from_cstring(buffer));
    write_member(&json, STR("stage"), STR("ResponseComplete"));
    write_member(&json, STR("requestURI"), request.uri);
    write_member(&json, STR("verb"), verb);
    write_user(&json, actor, &request);
    json_key(&json, STR("sourceIPs"));
    json_begin_array(&json);
    snprintf(buffer, sizeof(buffer), "10.%u.%u.%u", (unsigned)(20 + actor->number / 62500 % 200),
             (unsigned)(actor->number / 250 % 250), (unsigned)(actor->number % 250 + 1));
    json_string(&json, request.options[OPTION_FROM].data ? request.options[OPTION_FROM] : str_from_cstring(buffer));
    json_end_array(&json);
    str agent = request.options[OPTION_AGENT];
    write_member(&json, STR("userAgent"), agent.data ? agent : STR("kubectl/v1.32.4 (linux/amd64) kubernetes/4cb5f07"));
    if (has_object) {
        write_object(&json, &object);
    }
    status = body.data ? write_body(&json, body, err) : TOCSIN_OK;
    write_outcome(&json, actor, code);
    json_end_object(&json);
    strbuf_append_char(&log->text, '\n');
    log->line_count++;
    log->serial++;
    return status == TOCSIN_OK ? event_log_status(log, err) : status;
}

/* ---- Docker ------------------------------------------------------------------------------------------------------ */

static str docker_host(const struct event_actor *actor, const struct request *request, char buffer[64])
{
    snprintf(buffer, 64, "host-%" PRIu64, actor->number);
    return request->options[OPTION_HOST].data ? request->options[OPTION_HOST] : str_from_cstring(buffer);
}

/* The frame that says host and program, as rsyslog writes it. */
static void begin_frame(struct event_log *log, const struct event_actor *actor, const struct request *request,
                        const char *program)
{
    char time[TIME_TEXT_BYTES];
    char host[64];
    size_t length = time_format_iso8601(actor->time_ms, time);
    strbuf_append_format(&log->text, "%.*s %.*s %s[812]: ", (int)length, time,
                         STR_ARG(docker_host(actor, request, host)), program);
}

/* A message of logfmt, in quotes. */
static void append_message(struct event_log *log, const struct event_actor *actor, const struct request *request,
                           str front, str message, str more)
{
    char time[TIME_TEXT_BYTES];
    size_t length = time_format_iso8601(actor->time_ms, time);
    begin_frame(log, actor, request, "dockerd");
    strbuf_append_format(&log->text, "time=\"%.*s\" level=debug msg=\"%.*s", (int)length, time, STR_ARG(front));
    for (size_t i = 0; i < message.len + more.len; i++) {
        char c = i < message.len ? message.data[i] : more.data[i - message.len];
        if (c == '"' || c == '\\') {
            strbuf_append_char(&log->text, '\\');
        }
        strbuf_append_char(&log->text, c);
    }
    strbuf_append(&log->text, STR("\"\n"));
    log->line_count++;
}

tocsin_status event_make_docker_daemon(struct event_log *log, const struct event_actor *actor, str text,
                                       struct error *err)
{
    struct request request;
    int64_t code = 0;
    char front[64];
    tocsin_status status = parse_request(text, &request, err);
    status = status == TOCSIN_OK ? check_numbers(&request, &code, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    snprintf(front, sizeof(front), "Calling %.*s ", (int)(request.method.len < 40 ? request.method.len : 40),
             request.method.data);
    append_message(log, actor, &request, str_from_cstring(front), request.uri, STR_EMPTY);
    if (request.options[OPTION_BODY].data) {
        append_message(log, actor, &request, STR("form data: "), request.options[OPTION_BODY], STR_EMPTY);
    }
    log->serial++;
    return event_log_status(log, err);
}

tocsin_status event_make_docker_plugin(struct event_log *log, const struct event_actor *actor, str text,
                                       struct error *err)
{
    struct request request;
    struct json_writer json;
    int64_t code = 0;
    tocsin_status status = parse_request(text, &request, err);
    status = status == TOCSIN_OK ? check_numbers(&request, &code, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    begin_frame(log, actor, &request, "authz");
    json_writer_init(&json, &log->text, false);
    json_begin_object(&json);
    if (request.options[OPTION_USER].data) {
        write_member(&json, STR("User"), request.options[OPTION_USER]);
        write_member(&json, STR("UserAuthNMethod"), STR("TLS"));
    }
    write_member(&json, STR("RequestMethod"), request.method);
    write_member(&json, STR("RequestUri"), request.uri);
    if (request.options[OPTION_BODY].data) {
        json_key(&json, STR("RequestBody"));
        json_base64(&json, request.options[OPTION_BODY]);
    }
    json_key(&json, STR("RequestHeaders"));
    json_begin_object(&json);
    str agent = request.options[OPTION_AGENT];
    write_member(&json, STR("User-Agent"), agent.data ? agent : STR("Docker-Client/20.10.24+dfsg1 (linux)"));
    json_end_object(&json);
    json_end_object(&json);
    strbuf_append_char(&log->text, '\n');
    log->line_count++;
    log->serial++;
    return event_log_status(log, err);
}
