#include "format/docker_record.h"

#include "base/base64.h"
#include "base/memory.h"
#include "format/docker_request.h"
#include "format/json_pick.h"
#include "format/log_time.h"
#include "format/message.h"

/* ---- what is looked for in JSON ---- */

/* X(symbol, path): members of a line. Several paths of one meaning stand together, the better one first. */
#define MEMBER_LIST(X)                                                                                                 \
    X(REQUEST_METHOD, "$.RequestMethod")                                                                               \
    X(REQUEST_URI, "$.RequestUri")                                                                                     \
    X(REQUEST_URI_2, "$.RequestURI")                                                                                   \
    X(REQUEST_BODY, "$.RequestBody")                                                                                   \
    X(REQUEST_AGENT, "$.RequestHeaders['User-Agent']")                                                                 \
    X(REQUEST_USER, "$.User")                                                                                          \
    X(REQUEST_AUTHENTICATION, "$.UserAuthNMethod")                                                                     \
    X(REQUEST_STATUS, "$.ResponseStatusCode")                                                                          \
    X(EVENT_TYPE, "$.Type")                                                                                            \
    X(EVENT_ACTION, "$.Action")                                                                                        \
    X(EVENT_STATUS, "$.status")                                                                                        \
    X(EVENT_STATUS_2, "$.Status")                                                                                      \
    X(EVENT_ID, "$.Actor.ID")                                                                                          \
    X(EVENT_ID_2, "$.id")                                                                                              \
    X(EVENT_ID_3, "$.ID")                                                                                              \
    X(EVENT_NAME, "$.Actor.Attributes.name")                                                                           \
    X(EVENT_NAME_2, "$.Name")                                                                                          \
    X(EVENT_IMAGE, "$.Actor.Attributes.image")                                                                         \
    X(EVENT_IMAGE_2, "$.from")                                                                                         \
    X(EVENT_IMAGE_3, "$.Image")                                                                                        \
    X(EVENT_EXEC, "$.Actor.Attributes.execID")                                                                         \
    X(EVENT_EXIT, "$.Actor.Attributes.exitCode")                                                                       \
    X(EVENT_EXIT_2, "$.ContainerExitCode")                                                                             \
    X(EVENT_CONTAINER, "$.Actor.Attributes.container")                                                                 \
    X(EVENT_NANO, "$.timeNano")                                                                                        \
    X(TIME, "$.time")                                                                                                  \
    X(TIME_2, "$.Time")                                                                                                \
    X(TIME_3, "$.timestamp")                                                                                           \
    X(TIME_4, "$.ts")                                                                                                  \
    X(OUTPUT_LOG, "$.log")                                                                                             \
    X(OUTPUT_STREAM, "$.stream")                                                                                       \
    X(LOG_LEVEL, "$.level")                                                                                            \
    X(LOG_MESSAGE, "$.msg")                                                                                            \
    X(LOG_METHOD, "$.method")                                                                                          \
    X(LOG_URL, "$['request-url']")                                                                                     \
    X(LOG_FORM, "$['form-data']")                                                                                      \
    X(LOG_HOST, "$.host")                                                                                              \
    X(LOG_CONTAINER, "$.container")                                                                                    \
    X(LOG_MODULE, "$.module")                                                                                          \
    X(LOG_ERROR, "$.error")                                                                                            \
    X(JOURNAL_MESSAGE, "$.MESSAGE")                                                                                    \
    X(JOURNAL_COMMAND, "$._COMM")                                                                                      \
    X(JOURNAL_IDENTIFIER, "$.SYSLOG_IDENTIFIER")                                                                       \
    X(JOURNAL_HOST, "$._HOSTNAME")                                                                                     \
    X(JOURNAL_TIME, "$.__REALTIME_TIMESTAMP")                                                                          \
    X(JOURNAL_CONTAINER, "$.CONTAINER_ID_FULL")                                                                        \
    X(JOURNAL_CONTAINER_2, "$.CONTAINER_ID")                                                                           \
    X(JOURNAL_CONTAINER_NAME, "$.CONTAINER_NAME")                                                                      \
    X(JOURNAL_CONTAINER_TAG, "$.CONTAINER_TAG")                                                                        \
    X(JOURNAL_IMAGE, "$.IMAGE_NAME")

/* X(symbol, path): members of a request's body; Podman's own API writes them small. */
#define BODY_LIST(X)                                                                                                   \
    X(COMMAND, "$.Cmd")                                                                                                \
    X(COMMAND_2, "$.command")                                                                                          \
    X(ENTRYPOINT, "$.Entrypoint")                                                                                      \
    X(ENTRYPOINT_2, "$.entrypoint")                                                                                    \
    X(IMAGE, "$.Image")                                                                                                \
    X(IMAGE_2, "$.image")                                                                                              \
    X(NAME, "$.name")                                                                                                  \
    X(PRIVILEGED, "$.Privileged")                                                                                      \
    X(PRIVILEGED_2, "$.HostConfig.Privileged")                                                                         \
    X(PRIVILEGED_3, "$.privileged")                                                                                    \
    X(HOST_CONFIG, "$.HostConfig")                                                                                     \
    X(BINDS, "$.HostConfig.Binds")                                                                                     \
    X(MOUNTS, "$.HostConfig.Mounts")                                                                                   \
    X(MOUNTS_2, "$.mounts")                                                                                            \
    X(DETACH, "$.Detach")

enum member {
#define MEMBER_ENUM(symbol, path) MEMBER_##symbol,
    MEMBER_LIST(MEMBER_ENUM)
#undef MEMBER_ENUM
        MEMBER_COUNT
};

enum body_member {
#define BODY_ENUM(symbol, path) BODY_##symbol,
    BODY_LIST(BODY_ENUM)
#undef BODY_ENUM
        BODY_COUNT
};

struct docker_reader {
    struct arena arena; /* the picks */
    struct json_pick members;
    struct json_pick body;
    struct json_value values[MEMBER_COUNT];
    struct json_value body_values[BODY_COUNT];
    struct arena scratch; /* of the line */
    bool is_out_of_memory;
};

static tocsin_status add_paths(struct json_pick *pick, const char *const *paths, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t id; /* counts up, as the enums do: no two paths are equal */
        tocsin_status status = json_pick_add(pick, str_from_cstring(paths[i]), &id, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

tocsin_status docker_reader_create(struct docker_reader **ret_reader, struct error *err)
{
#define PATH_OF(symbol, path) path,
    static const char *const member_paths[] = {MEMBER_LIST(PATH_OF)};
    static const char *const body_paths[] = {BODY_LIST(PATH_OF)};
#undef PATH_OF
    struct docker_reader *reader = memory_allocate_zeroed(1, sizeof(*reader));
    if (!reader) {
        return error_memory(err);
    }
    arena_init(&reader->arena, ARENA_NO_LIMIT);
    arena_init(&reader->scratch, ARENA_NO_LIMIT); /* of one line, which has a limit */
    tocsin_status status = json_pick_init(&reader->members, &reader->arena, err);
    status = status ? status : json_pick_init(&reader->body, &reader->arena, err);
    status = status ? status : add_paths(&reader->members, member_paths, countof(member_paths), err);
    status = status ? status : add_paths(&reader->body, body_paths, countof(body_paths), err);
    if (status != TOCSIN_OK) {
        docker_reader_free(reader);
        return status;
    }
    *ret_reader = reader;
    return TOCSIN_OK;
}

void docker_reader_free(struct docker_reader *reader)
{
    if (reader) {
        arena_release(&reader->arena);
        arena_release(&reader->scratch);
        memory_free(reader);
    }
}

void docker_reader_clear(struct docker_reader *reader)
{
    arena_clear(&reader->scratch);
}

/* ---- detection ---- */

/* Programs whose own lines these are. A container's tag is its id, "NAME/ID" or what its owner chose. */
static bool is_daemon(str application)
{
    static const char *const names[] = {"dockerd", "docker",     "docker.dockerd", "dockerd-current", "docker-events",
                                        "podman",  "containerd", "crio",           "cri-o",           "moby-engine"};
    for (size_t i = 0; i < countof(names); i++) {
        if (str_eq(application, str_from_cstring(names[i]))) {
            return true;
        }
    }
    return false;
}

/* A frame that names the daemon, or none, or one that names nobody. */
static bool may_be_daemon(const struct log_line *line)
{
    return !line->frame.is_present || line->frame.application.len == 0 || is_daemon(line->frame.application);
}

/* An authorization plug-in has any name, but hardly one without these words. */
static bool may_be_plugin(const struct log_line *line)
{
    str application = line->frame.application;
    return may_be_daemon(line) || str_contains(application, STR("auth")) || str_contains(application, STR("polic")) ||
           str_contains(application, STR("plugin"));
}

static bool starts_with_any(str text, const char *const *begins, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_starts_with(text, str_from_cstring(begins[i]))) {
            return true;
        }
    }
    return false;
}

/* "GET /..." */
static bool begins_with_request(str text)
{
    size_t blank = str_find_char(str_slice(text, 0, 9), ' ', 0);
    return blank != SIZE_MAX && blank + 1 < text.len && text.data[blank + 1] == '/' &&
           docker_is_method(str_slice(text, 0, blank));
}

/* Words that only a container engine begins a message with. */
static bool is_telling(str message)
{
    static const char *const begins[] = {"API listen on ",
                                         "form data: {",
                                         "API service listening on ",
                                         "Loading containers: ",
                                         "libcontainerd: ",
                                         "Daemon has completed initialization",
                                         "APIHandler",
                                         "@ - - [",
                                         "Binding to IP address without",
                                         "starting exec command ",
                                         "starting containerd",
                                         "[!] DON'T BIND ON ANY IP ADDRESS",
                                         "Docker daemon\"",
                                         "loading plugin \\\"io.containerd.",
                                         "starting signal loop\" namespace=",
                                         "shim disconnected\" id="};
    static const str calls[] = {{"Calling ", 8}, {"Handler for ", 12}};
    for (size_t i = 0; i < countof(calls); i++) {
        if (str_starts_with(message, calls[i]) && begins_with_request(str_skip(message, calls[i].len))) {
            return true;
        }
    }
    bool is_handling =
        str_starts_with(message, STR("handling ")) && str_find(message, STR("module=api"), 0) != SIZE_MAX;
    return is_handling || starts_with_any(message, begins, countof(begins));
}

/* time="2026-11-23T03:10:14.348974815Z" level=debug msg=: what stands behind it, a quote left off. */
static str logfmt_message(str text)
{
    enum { FRONT_BYTES_MAX = 96 };
    str front = str_slice(text, 0, FRONT_BYTES_MAX);
    size_t level = str_find(front, STR(" level="), 0);
    size_t at = level == SIZE_MAX ? SIZE_MAX : str_find(front, STR(" msg="), level);
    if (at == SIZE_MAX) {
        return STR_EMPTY;
    }
    str message = str_skip(text, at + 5);
    return message.len > 0 && message.data[0] == '"' ? str_skip(message, 1) : message;
}

/* DEBU[0007] or DEBU[2024-10-23T15:18:18Z]: what stands behind it. */
static str terminal_message(str text, str *ret_stamp)
{
    enum { STAMP_BYTES_MAX = 48 };
    if (text.len < 8 || text.data[4] != '[') {
        return STR_EMPTY;
    }
    size_t close = str_find_char(str_slice(text, 0, STAMP_BYTES_MAX), ']', 5);
    if (close == SIZE_MAX || close + 1 >= text.len || text.data[close + 1] != ' ') {
        return STR_EMPTY;
    }
    *ret_stamp = str_slice(text, 5, close);
    return str_skip(text, close + 2);
}

static const struct {
    str begin;
    str level;
} terminal_levels[] = {{{"TRAC", 4}, {"trace", 5}},   {{"DEBU", 4}, {"debug", 5}}, {{"INFO", 4}, {"info", 4}},
                       {{"WARN", 4}, {"warning", 7}}, {{"ERRO", 4}, {"error", 5}}, {{"FATA", 4}, {"fatal", 5}}};

static str terminal_level(str text)
{
    for (size_t i = 0; i < countof(terminal_levels); i++) {
        if (str_starts_with(text, terminal_levels[i].begin)) {
            return terminal_levels[i].level;
        }
    }
    return STR_EMPTY;
}

static int detect_logfmt(const struct log_line *line)
{
    if (!may_be_daemon(line)) {
        return 0;
    }
    str message = logfmt_message(line->text);
    if (message.len == 0) {
        return 0;
    }
    bool is_named = line->frame.is_present && line->frame.application.len > 0;
    return is_named || is_telling(message) ? 95 : str_eq(message, STR("Starting up\"")) ? 60 : 0;
}

static bool has_key(str text, str quoted)
{
    return str_find(text, quoted, 0) != SIZE_MAX;
}

static int detect_json(const struct log_line *line)
{
    enum { FRONT_BYTES_MAX = 4096 };
    str text = str_slice(line->text, 0, FRONT_BYTES_MAX);
    if (str_starts_with(text, STR("{\"log\":\""))) { /* the driver's own order of members */
        str end = str_skip(line->text, line->text.len < 256 ? 0 : line->text.len - 256);
        return has_key(end, STR("\"stream\":\"std")) ? 60 : 0;
    }
    if (!may_be_daemon(line)) {
        bool is_asked = has_key(text, STR("\"RequestMethod\"")) && has_key(text, STR("\"RequestUri\""));
        return is_asked && may_be_plugin(line) ? 95 : 0;
    }
    if (has_key(text, STR("\"RequestMethod\"")) &&
        (has_key(text, STR("\"RequestUri\"")) || has_key(text, STR("\"RequestURI\"")))) {
        return 95;
    }
    if (has_key(text, STR("\"Action\"")) && has_key(text, STR("\"Actor\"")) && has_key(text, STR("\"Type\""))) {
        return 95;
    }
    if (has_key(text, STR("\"MESSAGE\"")) && (has_key(text, STR("dockerd")) || has_key(text, STR("podman")))) {
        return 85;
    }
    if (has_key(text, STR("\"level\"")) && has_key(text, STR("\"msg\""))) {
        size_t at = str_find(text, STR("\"msg\":\""), 0);
        str message = at == SIZE_MAX ? STR_EMPTY : str_skip(text, at + 7);
        bool is_handling = str_starts_with(message, STR("handling ")) && has_key(text, STR("\"request-url\""));
        return is_handling || is_telling(message) ? 85 : 0;
    }
    bool is_podman =
        has_key(text, STR("\"Status\"")) && has_key(text, STR("\"Type\"")) && has_key(text, STR("\"Name\""));
    bool is_old = has_key(text, STR("\"status\"")) && has_key(text, STR("\"from\"")) && has_key(text, STR("\"id\"")) &&
                  has_key(text, STR("\"time\""));
    return is_podman && has_key(text, STR("\"container\"")) ? 70 : is_old ? 70 : 0;
}

/* ---- events as text ---- */

struct event_text {
    bool has_time;
    int64_t time_ms;
    str type;
    str action; /* with the command behind it */
    str id;
    str attributes; /* without the parentheses */
};

static bool is_event_type(str word)
{
    static const char *const types[] = {"container", "image",  "volume", "network", "daemon",  "plugin",
                                        "service",   "secret", "config", "node",    "builder", "pod"};
    for (size_t i = 0; i < countof(types); i++) {
        if (str_eq(word, str_from_cstring(types[i]))) {
            return true;
        }
    }
    return false;
}

/* "ACTION ID (ATTRIBUTES)": an exec's action holds a command, which holds anything: its id is the last that fits. */
static bool split_event(str text, struct event_text *event)
{
    if (text.len == 0 || text.data[text.len - 1] != ')') {
        return false;
    }
    bool is_exec = str_starts_with(text, STR("exec_"));
    bool is_found = false;
    for (size_t at = str_find(text, STR(" ("), 0); at != SIZE_MAX; at = str_find(text, STR(" ("), at + 1)) {
        size_t begin = at;
        while (begin > 0 && text.data[begin - 1] != ' ') {
            begin--;
        }
        if (begin == 0 || begin == at) {
            continue;
        }
        str id = str_slice(text, begin, at);
        if (is_exec && !docker_is_id(id)) {
            continue;
        }
        event->action = str_slice(text, 0, begin - 1);
        event->id = id;
        event->attributes = str_slice(text, at + 2, text.len - 1);
        is_found = true;
        if (!is_exec) {
            break;
        }
    }
    return is_found && event->action.len > 0;
}

static bool event_parse(str text, struct event_text *event)
{
    const struct log_time_context context = {NULL, 0};
    if (text.len < 24 || !ascii_is_digit(text.data[0])) {
        return false;
    }
    size_t stamp = log_time_scan(text, &context, &event->time_ms);
    event->has_time = stamp > 0;
    if (stamp == 0 || stamp >= text.len || text.data[stamp] != ' ') {
        return false;
    }
    str rest = str_skip(text, stamp + 1);
    event->type = str_slice(rest, 0, str_find_char(rest, ' ', 0));
    return is_event_type(event->type) && split_event(str_skip(rest, event->type.len + 1), event);
}

/* The time of an event looks like a frame. */
static bool event_parse_line(const struct log_line *line, struct event_text *event)
{
    if (line->frame.is_present && line->raw.len > 0 && ascii_is_digit(line->raw.data[0]) &&
        event_parse(line->raw, event)) {
        return true;
    }
    return may_be_daemon(line) && event_parse(line->text, event);
}

int docker_record_detect(const struct log_line *line)
{
    str text = line->text;
    struct event_text event;
    str stamp;
    if (line->frame.is_present && line->raw.len > 0 && ascii_is_digit(line->raw.data[0]) &&
        event_parse(line->raw, &event)) {
        return 95;
    }
    if (text.len < 2) {
        return 0;
    }
    switch (text.data[0]) {
    case 't':
        return str_starts_with(text, STR("time=\"")) ? detect_logfmt(line) : 0;
    case '{':
        return detect_json(line);
    case '@':
        return str_starts_with(text, STR("@ - - [")) && may_be_daemon(line) ? 95 : 0;
    case 'D':
    case 'E':
    case 'F':
    case 'I':
    case 'T':
    case 'W':
        return terminal_level(text).len > 0 && may_be_daemon(line) && is_telling(terminal_message(text, &stamp)) ? 95
                                                                                                                 : 0;
    default:
        break;
    }
    if (!ascii_is_digit(text.data[0])) {
        return 0;
    }
    if (line->frame.is_present && str_eq(line->frame.application, STR("podman")) &&
        str_find(str_slice(text, 0, 64), STR(" - - ["), 0) != SIZE_MAX) {
        return 95;
    }
    return event_parse_line(line, &event) ? 95 : 0;
}

bool docker_record_is_bare(const struct log_line *line)
{
    return !line->frame.is_present && str_starts_with(line->text, STR("time=\"")) && logfmt_message(line->text).len > 0;
}

/* ---- requests ---- */

static str checked(struct docker_reader *reader, str text)
{
    if (!text.data) {
        reader->is_out_of_memory = true;
        return STR_EMPTY;
    }
    return text;
}

static void set_container(struct docker_record *record, str name)
{
    if (name.len == 0) {
        return;
    }
    enum docker_value value = docker_is_id(name) ? DOCKER_VALUE_CONTAINER_ID : DOCKER_VALUE_CONTAINER_NAME;
    record->values[value] = name;
    if (record->values[DOCKER_VALUE_CONTAINER].len == 0) {
        record->values[DOCKER_VALUE_CONTAINER] = name;
    }
}

static void set_request(struct docker_reader *reader, str method, str uri, struct docker_record *record)
{
    struct docker_request request;
    record->kind = DOCKER_REQUEST;
    record->values[DOCKER_VALUE_METHOD] = method;
    record->values[DOCKER_VALUE_URI] = uri;
    if (!docker_request_read(method, uri, &reader->scratch, &request)) {
        reader->is_out_of_memory = true;
        return;
    }
    record->values[DOCKER_VALUE_PATH] = request.path;
    record->values[DOCKER_VALUE_VERSION] = request.version;
    record->values[DOCKER_VALUE_OBJECT] = request.object;
    record->values[DOCKER_VALUE_ACTION] = request.action;
    record->values[DOCKER_VALUE_NAME] = request.name;
    if (str_eq(request.object, STR("container"))) {
        set_container(record, request.name);
    } else if (str_eq(request.object, STR("exec"))) {
        record->values[DOCKER_VALUE_EXEC_ID] = request.name;
    }
    bool is_create = str_eq(request.action, STR("create")) && str_eq(request.object, STR("container"));
    if (is_create) {
        set_container(record, checked(reader, docker_query_value(uri, STR("name"), &reader->scratch)));
    } else if (str_eq(request.action, STR("archive-path")) || str_eq(request.action, STR("extract-to-dir"))) {
        record->values[DOCKER_VALUE_FILE] = checked(reader, docker_query_value(uri, STR("path"), &reader->scratch));
    }
    if (str_eq(method, STR("POST"))) {
        record->body = str_eq(request.action, STR("exec_create"))  ? DOCKER_BODY_EXEC_CREATE
                       : str_eq(request.action, STR("exec_start")) ? DOCKER_BODY_EXEC_START
                       : is_create                                 ? DOCKER_BODY_CONTAINER_CREATE
                                                                   : DOCKER_BODY_OTHER;
    }
}

/* "GET /v1.41/info", maybe with something behind the URI. False if it is no request. */
static bool set_request_text(struct docker_reader *reader, str text, struct docker_record *record)
{
    if (!begins_with_request(text)) {
        return false;
    }
    size_t blank = str_find_char(text, ' ', 0);
    str uri = str_skip(text, blank + 1);
    uri = str_slice(uri, 0, str_find_char(uri, ' ', 0));
    if (str_contains(uri, STR("/{name"))) { /* old daemons name the route as well */
        return false;
    }
    set_request(reader, str_slice(text, 0, blank), uri, record);
    return true;
}

/* ---- bodies ---- */

static str pick_text(struct docker_reader *reader, const struct json_value *value)
{
    return checked(reader, json_pick_text(value, &reader->scratch));
}

/* The first of values [first, last] that is there. */
static str first_text(struct docker_reader *reader, const struct json_value *values, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++) {
        str text = pick_text(reader, &values[i]);
        if (text.len > 0) {
            return text;
        }
    }
    return STR_EMPTY;
}

static str join_two(struct docker_reader *reader, str first, char between, str second)
{
    if (first.len == 0 || second.len == 0) {
        return first.len > 0 ? first : second;
    }
    char *target = arena_allocate(&reader->scratch, first.len + 1 + second.len, 1);
    if (!target) {
        reader->is_out_of_memory = true;
        return STR_EMPTY;
    }
    memcpy(target, first.data, first.len);
    target[first.len] = between;
    memcpy(target + first.len + 1, second.data, second.len);
    return str_from(target, first.len + 1 + second.len);
}

/* What is joined is never longer than its JSON: quotes, brackets and names outweigh what stands between. */
struct joined_text {
    char *data;
    size_t len;
};

static void append_text(struct joined_text *joined, str text)
{
    if (text.len > 0) {
        memcpy(joined->data + joined->len, text.data, text.len);
        joined->len += text.len;
    }
}

/* One of HostConfig.Mounts: {"Type":"bind","Source":"/","Target":"/host"} as "/:/host". */
static void append_mount(struct docker_reader *reader, str json, struct joined_text *joined)
{
    struct json_reader members;
    struct json_member member;
    str source = STR_EMPTY;
    str target = STR_EMPTY;
    json_reader_init(&members, json);
    (void)json_enter_object(&members);
    while (json_next_member(&members, &member)) {
        struct json_value value;
        if (!json_read(&members, &value)) {
            break;
        }
        if (str_eq_ignore_case(member.key, STR("Source"))) {
            source = pick_text(reader, &value);
        } else if (str_eq_ignore_case(member.key, STR("Target")) ||
                   str_eq_ignore_case(member.key, STR("destination"))) {
            target = pick_text(reader, &value);
        }
    }
    append_text(joined, source);
    if (source.len > 0 && target.len > 0) {
        append_text(joined, STR(":"));
    }
    append_text(joined, target);
}

/* Strings, or objects of mounts, joined by commas. */
static str mounts_text(struct docker_reader *reader, const struct json_value *list)
{
    struct json_reader elements;
    if (list->kind != JSON_ARRAY) {
        return STR_EMPTY;
    }
    struct joined_text joined = {arena_allocate(&reader->scratch, list->text.len + 1, 1), 0};
    if (!joined.data) {
        reader->is_out_of_memory = true;
        return STR_EMPTY;
    }
    json_reader_init(&elements, list->text);
    (void)json_enter_array(&elements);
    while (json_next_element(&elements)) {
        struct json_value value;
        if (!json_read(&elements, &value)) {
            break;
        }
        size_t before = joined.len;
        if (before > 0) {
            append_text(&joined, STR(","));
        }
        if (value.kind == JSON_OBJECT) {
            append_mount(reader, value.text, &joined);
        } else if (value.kind == JSON_STRING) {
            append_text(&joined, pick_text(reader, &value));
        }
        if (before > 0 && joined.len == before + 1) {
            joined.len = before; /* nothing came */
        }
    }
    return str_from(joined.data, joined.len);
}

static bool is_true(const struct json_value *value)
{
    bool is_set = false;
    return json_to_bool(value, &is_set) && is_set;
}

/* What a JSON body says. Its shape tells what it is for, if the path did not. */
static void set_body(struct docker_reader *reader, str json, struct docker_record *record)
{
    struct json_value *values = reader->body_values;
    json = str_trim(json);
    if (json.len == 0 || json.data[0] != '{') {
        return;
    }
    (void)json_pick_run(&reader->body, json, values);
    record->values[DOCKER_VALUE_BODY] = json;
    str command = first_text(reader, values, BODY_COMMAND, BODY_COMMAND_2);
    str image = first_text(reader, values, BODY_IMAGE, BODY_IMAGE_2);
    if (record->body == DOCKER_BODY_NONE) {
        bool is_container = image.len > 0 || values[BODY_HOST_CONFIG].kind == JSON_OBJECT;
        record->body = is_container                             ? DOCKER_BODY_CONTAINER_CREATE
                       : values[BODY_COMMAND].kind != JSON_NONE ? DOCKER_BODY_EXEC_CREATE
                       : values[BODY_DETACH].kind != JSON_NONE  ? DOCKER_BODY_EXEC_START
                                                                : DOCKER_BODY_OTHER;
    }
    if (record->body != DOCKER_BODY_EXEC_CREATE && record->body != DOCKER_BODY_CONTAINER_CREATE) {
        return;
    }
    if (record->body == DOCKER_BODY_CONTAINER_CREATE) {
        command = join_two(reader, first_text(reader, values, BODY_ENTRYPOINT, BODY_ENTRYPOINT_2), ' ', command);
        str mounts = join_two(reader, mounts_text(reader, &values[BODY_MOUNTS]), ',',
                              mounts_text(reader, &values[BODY_MOUNTS_2]));
        record->values[DOCKER_VALUE_MOUNTS] = join_two(reader, mounts_text(reader, &values[BODY_BINDS]), ',', mounts);
        record->values[DOCKER_VALUE_IMAGE] = image;
        set_container(record, pick_text(reader, &values[BODY_NAME]));
    }
    record->values[DOCKER_VALUE_COMMAND] = command;
    if (is_true(&values[BODY_PRIVILEGED]) || is_true(&values[BODY_PRIVILEGED_2]) ||
        is_true(&values[BODY_PRIVILEGED_3])) {
        record->values[DOCKER_VALUE_PRIVILEGED] = STR("true");
    }
}

void docker_record_join(struct docker_record *request, const struct docker_record *form)
{
    static const enum docker_value values[] = {DOCKER_VALUE_BODY, DOCKER_VALUE_COMMAND, DOCKER_VALUE_IMAGE,
                                               DOCKER_VALUE_MOUNTS, DOCKER_VALUE_PRIVILEGED};
    for (size_t i = 0; i < countof(values); i++) {
        request->values[values[i]] = form->values[values[i]];
    }
}

/* A body alone: the action is what its shape tells. */
static void set_form(struct docker_reader *reader, str json, struct docker_record *record)
{
    set_body(reader, json, record);
    record->kind = DOCKER_FORM;
    record->values[DOCKER_VALUE_METHOD] = STR("POST");
    if (record->body == DOCKER_BODY_EXEC_CREATE || record->body == DOCKER_BODY_CONTAINER_CREATE) {
        record->values[DOCKER_VALUE_OBJECT] = STR("container");
        record->values[DOCKER_VALUE_ACTION] =
            record->body == DOCKER_BODY_EXEC_CREATE ? STR("exec_create") : STR("create");
    } else if (record->body == DOCKER_BODY_EXEC_START) {
        record->values[DOCKER_VALUE_OBJECT] = STR("exec");
        record->values[DOCKER_VALUE_ACTION] = STR("exec_start");
    }
}

/* ---- Podman's access log ---- */

/* The text between quotes at the front; what is behind them goes to *rest. */
static bool take_quoted(str *rest, str *ret)
{
    *rest = str_trim(*rest);
    if (rest->len < 2 || rest->data[0] != '"') {
        return false;
    }
    for (size_t at = 1; at < rest->len; at++) {
        if (rest->data[at] == '\\') {
            at++;
        } else if (rest->data[at] == '"') {
            *ret = str_slice(*rest, 1, at);
            *rest = str_skip(*rest, at + 1);
            return true;
        }
    }
    return false;
}

/* PEER - - [02/Jan/2006:15:04:05 -0700] "GET /v4.0.0/libpod/info HTTP/1.1" 200 1234 "" "Go-http-client/1.1" */
static bool set_access(struct docker_reader *reader, str text, struct docker_record *record)
{
    size_t open = str_find(str_slice(text, 0, 64), STR(" - - ["), 0);
    size_t close = open == SIZE_MAX ? SIZE_MAX : str_find_char(str_slice(text, 0, open + 64), ']', open);
    if (close == SIZE_MAX) {
        return false;
    }
    const struct log_time_context context = {NULL, 0};
    str peer = str_slice(text, 0, open);
    str stamp = str_slice(text, open + 6, close);
    str rest = str_skip(text, close + 1);
    str request;
    str referrer;
    str agent;
    int64_t time_ms;
    if (!take_quoted(&rest, &request) || !begins_with_request(request)) {
        return false;
    }
    if (!record->has_time && log_time_parse(stamp, &context, &time_ms)) {
        record->has_time = true;
        record->time_ms = time_ms;
    }
    record->has_peer = ip_parse(peer, &record->peer);
    (void)set_request_text(reader, request, record);
    rest = str_trim(rest);
    (void)str_to_i64(str_slice(rest, 0, str_find_char(rest, ' ', 0)), &record->response_code);
    size_t quote = str_find_char(rest, '"', 0);
    rest = quote == SIZE_MAX ? STR_EMPTY : str_skip(rest, quote);
    if (take_quoted(&rest, &referrer) && take_quoted(&rest, &agent)) {
        record->values[DOCKER_VALUE_USER_AGENT] =
            checked(reader, message_unescape(agent, VALUE_QUOTED, &reader->scratch));
    }
    return true;
}

/* ---- the daemon's messages ---- */

/* What the daemon's line says beside its message; all of it decoded. */
struct log_fields {
    str time;
    str level;
    str message;
    str method;
    str url;
    str form;
    str host;
    str container;
    str module;
    str error;
};

/* "APIHandler(ID) -- GET /v4.0.0/libpod/info BEGIN", "APIHandler -- Method: GET URL: /version (conn 0/0)" */
static bool set_podman_request(struct docker_reader *reader, str message, struct docker_record *record)
{
    size_t at = str_find(message, STR(" -- "), 0);
    str rest = at == SIZE_MAX ? STR_EMPTY : str_skip(message, at + 4);
    if (str_starts_with(rest, STR("Method: "))) {
        str method = str_skip(rest, 8);
        method = str_slice(method, 0, str_find_char(method, ' ', 0));
        size_t url = str_find(rest, STR(" URL: "), 0);
        str uri = url == SIZE_MAX ? STR_EMPTY : str_skip(rest, url + 6);
        uri = str_slice(uri, 0, str_find_char(uri, ' ', 0));
        if (docker_is_method(method) && str_starts_with(uri, STR("/"))) {
            set_request(reader, method, uri, record);
            return true;
        }
        return false;
    }
    /* The end of the same request is a message. */
    return str_ends_with(rest, STR(" BEGIN")) && set_request_text(reader, rest, record);
}

/* "Handler for GET /v1.41/containers/x/json returned error: No such container: x" */
static bool set_failed_request(struct docker_reader *reader, str rest, struct docker_record *record)
{
    static const str said = {" returned error: ", 17};
    size_t at = str_find(rest, said, 0);
    if (at == SIZE_MAX || !set_request_text(reader, rest, record)) {
        return false;
    }
    record->values[DOCKER_VALUE_ERROR] = str_skip(rest, at + said.len);
    return true;
}

/* "Failed Request: (404:Not Found) for GET:'/x'" */
static bool set_refused_request(struct docker_reader *reader, str rest, struct docker_record *record)
{
    size_t colon = str_find_char(rest, ':', 0);
    size_t at = str_find(rest, STR(") for "), 0);
    if (rest.len < 2 || rest.data[0] != '(' || colon == SIZE_MAX || at == SIZE_MAX) {
        return false;
    }
    str request = str_skip(rest, at + 6);
    size_t separator = str_find(request, STR(":'"), 0);
    if (separator == SIZE_MAX || !docker_is_method(str_slice(request, 0, separator))) {
        return false;
    }
    str uri = str_skip(request, separator + 2);
    set_request(reader, str_slice(request, 0, separator), str_slice(uri, 0, str_find_char(uri, '\'', 0)), record);
    (void)str_to_i64(str_slice(rest, 1, colon), &record->response_code);
    return true;
}

/* "ADDRESS". URI: ..., or ADDRESS alone. */
static str unquoted(str text)
{
    str quoted;
    return take_quoted(&text, &quoted) ? quoted : text;
}

static void set_command_event(struct docker_record *record, str command, str container)
{
    record->kind = DOCKER_EVENT;
    record->values[DOCKER_VALUE_OBJECT] = STR("container");
    record->values[DOCKER_VALUE_ACTION] = STR("exec_create");
    record->values[DOCKER_VALUE_COMMAND] = command;
    set_container(record, container);
}

/* What runs under Kubernetes says: "Exec for \"ID\" with command [sh -c id], tty true", "Exec'd [id] in ns/pod/name" */
static bool set_runtime_exec(str message, struct docker_record *record)
{
    static const str with = {" with command [", 15};
    static const str done = {"Exec'd [", 8};
    size_t at = str_find(message, with, 0);
    if (at != SIZE_MAX && str_starts_with(message, STR("Exec"))) {
        str command = str_skip(message, at + with.len);
        size_t quote = str_find_char(message, '"', 0);
        str id = quote < at ? str_skip(message, quote + 1) : STR_EMPTY;
        size_t end = str_find(command, STR("], tty "), 0);
        end = end != SIZE_MAX ? end : str_find_char(command, ']', 0);
        set_command_event(record, str_slice(command, 0, end), str_slice(id, 0, str_find_char(id, '"', 0)));
        return true;
    }
    if (str_starts_with(message, done)) {
        str command = str_skip(message, done.len);
        size_t end = str_find(command, STR("] in "), 0);
        if (end != SIZE_MAX) {
            set_command_event(record, str_slice(command, 0, end), str_skip(command, end + 5));
            return true;
        }
    }
    return false;
}

/* "starting exec command ID in container ID" */
static void set_exec_ids(str rest, struct docker_record *record)
{
    static const str in = {" in container ", 14};
    size_t at = str_find(rest, in, 0);
    if (at != SIZE_MAX) {
        record->values[DOCKER_VALUE_EXEC_ID] = str_slice(rest, 0, at);
        set_container(record, str_skip(rest, at + in.len));
    }
}

/* The daemon says that it asks nobody who connects for a certificate. */
static bool is_exposure(str message)
{
    bool is_binding = str_contains(message, STR("Binding to IP address without")) ||
                      str_contains(message, STR("DON'T BIND ON ANY IP ADDRESS"));
    return (is_binding && str_contains(message, STR("-tlsverify"))) ||
           str_contains(message, STR("API is accessible on http://")) ||
           str_starts_with(message, STR("Using the Podman API service with TCP sockets is not recommended"));
}

static void set_message(struct docker_reader *reader, const struct log_fields *fields, struct docker_record *record)
{
    static const str calling = {"Calling ", 8};
    static const str handler = {"Handler for ", 12};
    static const str form = {"form data: ", 11};
    static const str listen = {"API listen on ", 14};
    static const str podman_listen = {"API service listening on ", 25};
    static const str failed = {"Failed Request: ", 16};
    static const str starting = {"starting exec command ", 22};
    static const str accessible = {"API is accessible on http://", 28};
    str message = fields->message;
    bool is_handling = str_starts_with(message, STR("handling ")) && docker_is_method(fields->method) &&
                       str_starts_with(fields->url, STR("/"));
    if (is_handling) {
        set_request(reader, fields->method, fields->url, record);
        set_body(reader, fields->form, record);
    } else if (str_starts_with(message, calling) && set_request_text(reader, str_skip(message, calling.len), record)) {
        return;
    } else if (str_starts_with(message, handler) &&
               set_failed_request(reader, str_skip(message, handler.len), record)) {
        return;
    } else if (str_starts_with(message, form)) {
        set_form(reader, str_skip(message, form.len), record);
    } else if (str_starts_with(message, listen) || str_starts_with(message, podman_listen)) {
        bool is_podman = str_starts_with(message, podman_listen);
        record->kind = DOCKER_LISTEN;
        record->values[DOCKER_VALUE_LISTEN] = unquoted(str_skip(message, is_podman ? podman_listen.len : listen.len));
    } else if (is_exposure(message)) {
        record->kind = DOCKER_EXPOSED;
        size_t at = str_find(message, accessible, 0);
        str address = at == SIZE_MAX ? STR_EMPTY : str_skip(message, at + accessible.len);
        record->values[DOCKER_VALUE_LISTEN] = str_slice(address, 0, str_find_char(address, ' ', 0));
    } else if (str_starts_with(message, STR("APIHandler"))) {
        (void)set_podman_request(reader, message, record);
    } else if (str_starts_with(message, failed)) {
        (void)set_refused_request(reader, str_skip(message, failed.len), record);
    } else if (str_starts_with(message, STR("@ - - ["))) {
        (void)set_access(reader, message, record);
    } else if (str_starts_with(message, starting)) {
        set_exec_ids(str_skip(message, starting.len), record);
    } else if (!set_runtime_exec(message, record)) {
        (void)set_request_text(reader, message, record); /* as daemons of 2015 write it */
    }
}

/* The daemon's line, taken apart. */
static void set_log(struct docker_reader *reader, const struct log_fields *fields, struct docker_record *record)
{
    if (fields->time.len > 0 && time_parse_iso8601(fields->time, NULL, &record->time_ms)) {
        record->has_time = true;
    }
    record->kind = DOCKER_MESSAGE;
    record->values[DOCKER_VALUE_LEVEL] = fields->level;
    record->values[DOCKER_VALUE_MODULE] = fields->module;
    record->values[DOCKER_VALUE_ERROR] = fields->error;
    set_container(record, fields->container);
    set_message(reader, fields, record);
    record->values[DOCKER_VALUE_MESSAGE] = fields->message;
    if (fields->host.len > 0 && record->values[DOCKER_VALUE_LISTEN].len == 0) {
        record->values[DOCKER_VALUE_LISTEN] = fields->host;
    }
}

/* ---- logfmt ---- */

/* Takes "key=value" or key="quoted value" off the front. False: there is none. */
static bool logfmt_next(struct docker_reader *reader, str *rest, str *ret_key, str *ret_value)
{
    *rest = str_trim(*rest);
    size_t equals = str_find_char(*rest, '=', 0);
    if (equals == SIZE_MAX || equals == 0) {
        return false;
    }
    *ret_key = str_slice(*rest, 0, equals);
    if (str_find_char(*ret_key, ' ', 0) != SIZE_MAX || str_find_char(*ret_key, '"', 0) != SIZE_MAX) {
        return false;
    }
    str behind = str_skip(*rest, equals + 1);
    if (behind.len == 0 || behind.data[0] != '"') {
        *ret_value = str_slice(behind, 0, str_find_char(behind, ' ', 0));
        *rest = str_skip(behind, ret_value->len);
        return true;
    }
    str quoted;
    if (!take_quoted(&behind, &quoted)) { /* cut */
        quoted = str_skip(behind, 1);
        behind = STR_EMPTY;
    }
    *ret_value = checked(reader, message_unescape(quoted, VALUE_QUOTED, &reader->scratch));
    *rest = behind;
    return true;
}

/* Of equal keys the first counts: the daemon's own stand in front. */
static void logfmt_read(struct docker_reader *reader, str text, struct log_fields *fields)
{
    const struct {
        str key;
        str *value;
    } known[] = {
        {STR("time"), &fields->time},     {STR("level"), &fields->level},         {STR("msg"), &fields->message},
        {STR("method"), &fields->method}, {STR("request-url"), &fields->url},     {STR("form-data"), &fields->form},
        {STR("host"), &fields->host},     {STR("container"), &fields->container}, {STR("module"), &fields->module},
        {STR("error"), &fields->error},
    };
    str key;
    str value;
    while (logfmt_next(reader, &text, &key, &value)) {
        for (size_t i = 0; i < countof(known); i++) {
            if (str_eq(key, known[i].key) && known[i].value->len == 0) {
                *known[i].value = value;
            }
        }
    }
}

static void fields_clear(struct log_fields *fields)
{
    *fields = (struct log_fields){STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY,
                                  STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY};
}

static bool read_logfmt(struct docker_reader *reader, str text, struct docker_record *record)
{
    struct log_fields fields;
    fields_clear(&fields);
    logfmt_read(reader, text, &fields);
    if (fields.message.len == 0 || fields.level.len == 0) {
        return false;
    }
    set_log(reader, &fields, record);
    return true;
}

/* As the daemon writes to a terminal: the message, padded with blanks, then its fields. */
static bool read_terminal(struct docker_reader *reader, str text, struct docker_record *record)
{
    struct log_fields fields;
    str stamp = STR_EMPTY;
    str message = terminal_message(text, &stamp);
    size_t gap = str_find(message, STR("  "), 0);
    fields_clear(&fields);
    if (message.len == 0) {
        return false;
    }
    logfmt_read(reader, gap == SIZE_MAX ? STR_EMPTY : str_skip(message, gap), &fields);
    fields.message = str_trim(str_slice(message, 0, gap));
    fields.level = terminal_level(text);
    fields.time = stamp.len > 10 ? stamp : STR_EMPTY; /* else seconds since the daemon began */
    set_log(reader, &fields, record);
    return true;
}

/* ---- JSON ---- */

static bool has_member(const struct docker_reader *reader, enum member member)
{
    return reader->values[member].kind != JSON_NONE && reader->values[member].kind != JSON_NULL;
}

static str member_text(struct docker_reader *reader, enum member first, enum member last)
{
    return first_text(reader, reader->values, first, last);
}

static void set_json_time(struct docker_reader *reader, struct docker_record *record)
{
    const struct log_time_context context = {NULL, 0};
    int64_t number;
    if (json_to_i64(&reader->values[MEMBER_EVENT_NANO], &number)) {
        record->has_time = true;
        record->time_ms = number / 1000000;
        return;
    }
    for (size_t i = MEMBER_TIME; i <= MEMBER_TIME_4 && !record->has_time; i++) {
        str text = pick_text(reader, &reader->values[i]);
        record->has_time = text.len > 0 && log_time_parse(text, &context, &record->time_ms);
    }
}

static void read_authorization(struct docker_reader *reader, struct docker_record *record)
{
    str method = member_text(reader, MEMBER_REQUEST_METHOD, MEMBER_REQUEST_METHOD);
    str uri = member_text(reader, MEMBER_REQUEST_URI, MEMBER_REQUEST_URI_2);
    set_json_time(reader, record);
    set_request(reader, method, uri, record);
    record->values[DOCKER_VALUE_USER_AGENT] = member_text(reader, MEMBER_REQUEST_AGENT, MEMBER_REQUEST_AGENT);
    record->values[DOCKER_VALUE_USERNAME] = member_text(reader, MEMBER_REQUEST_USER, MEMBER_REQUEST_USER);
    record->values[DOCKER_VALUE_AUTHENTICATION] =
        member_text(reader, MEMBER_REQUEST_AUTHENTICATION, MEMBER_REQUEST_AUTHENTICATION);
    (void)json_to_i64(&reader->values[MEMBER_REQUEST_STATUS], &record->response_code);
    str body = member_text(reader, MEMBER_REQUEST_BODY, MEMBER_REQUEST_BODY);
    if (reader->values[MEMBER_REQUEST_BODY].kind == JSON_STRING && base64_is_strict(body)) {
        char *target = arena_reserve(&reader->scratch, base64_bytes_max(body));
        if (!target) {
            reader->is_out_of_memory = true;
            return;
        }
        size_t bytes = base64_decode(body, target);
        arena_commit(&reader->scratch, bytes);
        body = str_from(target, bytes);
    }
    set_body(reader, body, record);
}

/* "exec_create: sh -c id" is an action and its command; Podman's words become Docker's. */
static void set_action(struct docker_record *record, str action)
{
    static const struct {
        const char *podman;
        const char *docker;
    } words[] = {{"exec", "exec_create"}, {"exec_died", "exec_die"}, {"died", "die"}, {"remove", "destroy"}};
    str command = STR_EMPTY;
    size_t colon = str_find_char(action, ':', 0);
    if (colon != SIZE_MAX) {
        command = str_trim(str_skip(action, colon + 1));
        action = str_slice(action, 0, colon);
    }
    for (size_t i = 0; i < countof(words); i++) {
        if (str_eq(action, str_from_cstring(words[i].podman)) &&
            str_eq(record->values[DOCKER_VALUE_OBJECT], STR("container"))) {
            action = str_from_cstring(words[i].docker);
        }
    }
    record->values[DOCKER_VALUE_ACTION] = action;
    if (str_starts_with(action, STR("exec_"))) {
        record->values[DOCKER_VALUE_COMMAND] = command;
    }
}

struct event_values {
    str type;
    str action;
    str id;
    str name;
    str image;
    str exec;
    str exit;
    str container;
};

static void set_event(const struct event_values *event, struct docker_record *record)
{
    bool is_container = str_eq(event->type, STR("container"));
    record->kind = DOCKER_EVENT;
    record->values[DOCKER_VALUE_OBJECT] = event->type;
    set_action(record, event->action);
    record->values[DOCKER_VALUE_IMAGE] = event->image;
    record->values[DOCKER_VALUE_EXEC_ID] = event->exec;
    record->values[DOCKER_VALUE_NAME] = event->name.len > 0 ? event->name : event->id;
    if (is_container) {
        record->values[DOCKER_VALUE_CONTAINER] = event->name.len > 0 ? event->name : event->id;
        record->values[DOCKER_VALUE_CONTAINER_NAME] = event->name;
        record->values[DOCKER_VALUE_CONTAINER_ID] = event->id;
    } else {
        set_container(record, event->container);
    }
    record->has_exit_code = event->exit.len > 0 && str_to_i64(event->exit, &record->exit_code);
}

static bool read_event_json(struct docker_reader *reader, struct docker_record *record)
{
    struct event_values event = {
        .type = member_text(reader, MEMBER_EVENT_TYPE, MEMBER_EVENT_TYPE),
        .action = member_text(reader, MEMBER_EVENT_ACTION, MEMBER_EVENT_STATUS_2),
        .id = member_text(reader, MEMBER_EVENT_ID, MEMBER_EVENT_ID_3),
        .name = member_text(reader, MEMBER_EVENT_NAME, MEMBER_EVENT_NAME_2),
        .image = member_text(reader, MEMBER_EVENT_IMAGE, MEMBER_EVENT_IMAGE_3),
        .exec = member_text(reader, MEMBER_EVENT_EXEC, MEMBER_EVENT_EXEC),
        .exit = member_text(reader, MEMBER_EVENT_EXIT, MEMBER_EVENT_EXIT_2),
        .container = member_text(reader, MEMBER_EVENT_CONTAINER, MEMBER_EVENT_CONTAINER),
    };
    if (event.type.len == 0 && docker_is_id(event.id)) { /* before 2016 there were no others */
        event.type = STR("container");
    }
    if (event.action.len == 0 || !is_event_type(event.type)) {
        return false;
    }
    set_json_time(reader, record);
    set_event(&event, record);
    return true;
}

static void set_output(struct docker_record *record, str text)
{
    record->kind = DOCKER_OUTPUT;
    while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r')) {
        text.len--;
    }
    record->values[DOCKER_VALUE_MESSAGE] = text;
}

/* The journal's fields with a leading underscore are its own, but the daemon also sends it what containers write: then
 * CONTAINER_... is there. */
static bool read_journal(struct docker_reader *reader, struct docker_record *record)
{
    str message = member_text(reader, MEMBER_JOURNAL_MESSAGE, MEMBER_JOURNAL_MESSAGE);
    int64_t microseconds;
    record->host = member_text(reader, MEMBER_JOURNAL_HOST, MEMBER_JOURNAL_HOST);
    if (json_to_i64(&reader->values[MEMBER_JOURNAL_TIME], &microseconds)) {
        record->has_time = true;
        record->time_ms = microseconds / 1000;
    }
    bool is_output = false;
    for (size_t i = MEMBER_JOURNAL_CONTAINER; i <= MEMBER_JOURNAL_CONTAINER_TAG; i++) {
        is_output = is_output || has_member(reader, (enum member)i);
    }
    if (is_output) {
        set_output(record, message);
        set_container(record, member_text(reader, MEMBER_JOURNAL_CONTAINER_NAME, MEMBER_JOURNAL_CONTAINER_NAME));
        set_container(record, member_text(reader, MEMBER_JOURNAL_CONTAINER, MEMBER_JOURNAL_CONTAINER_2));
        record->values[DOCKER_VALUE_IMAGE] = member_text(reader, MEMBER_JOURNAL_IMAGE, MEMBER_JOURNAL_IMAGE);
        return true;
    }
    str program = member_text(reader, MEMBER_JOURNAL_COMMAND, MEMBER_JOURNAL_COMMAND);
    program = program.len > 0 ? program : member_text(reader, MEMBER_JOURNAL_IDENTIFIER, MEMBER_JOURNAL_IDENTIFIER);
    if (!is_daemon(program)) {
        return false;
    }
    if (str_starts_with(message, STR("time=\"")) && read_logfmt(reader, message, record)) {
        return true;
    }
    return set_access(reader, message, record);
}

static bool read_json(struct docker_reader *reader, const struct log_line *line, struct docker_record *record)
{
    struct json_pick_result result = json_pick_run(&reader->members, line->text, reader->values);
    bool is_usable = !result.is_damaged || result.is_cut;
    if (!is_usable) {
        return false;
    }
    if (has_member(reader, MEMBER_OUTPUT_LOG) && has_member(reader, MEMBER_OUTPUT_STREAM)) {
        set_json_time(reader, record);
        set_output(record, member_text(reader, MEMBER_OUTPUT_LOG, MEMBER_OUTPUT_LOG));
        record->values[DOCKER_VALUE_STREAM] = member_text(reader, MEMBER_OUTPUT_STREAM, MEMBER_OUTPUT_STREAM);
        return true;
    }
    if (!may_be_plugin(line)) {
        return false;
    }
    if (has_member(reader, MEMBER_REQUEST_METHOD) &&
        docker_is_method(member_text(reader, MEMBER_REQUEST_METHOD, MEMBER_REQUEST_METHOD)) &&
        str_starts_with(member_text(reader, MEMBER_REQUEST_URI, MEMBER_REQUEST_URI_2), STR("/"))) {
        read_authorization(reader, record);
        return true;
    }
    if (!may_be_daemon(line)) {
        return false;
    }
    if (has_member(reader, MEMBER_JOURNAL_MESSAGE)) {
        return read_journal(reader, record);
    }
    if (has_member(reader, MEMBER_LOG_MESSAGE) && has_member(reader, MEMBER_LOG_LEVEL)) {
        struct log_fields fields = {
            .time = member_text(reader, MEMBER_TIME, MEMBER_TIME),
            .level = member_text(reader, MEMBER_LOG_LEVEL, MEMBER_LOG_LEVEL),
            .message = member_text(reader, MEMBER_LOG_MESSAGE, MEMBER_LOG_MESSAGE),
            .method = member_text(reader, MEMBER_LOG_METHOD, MEMBER_LOG_METHOD),
            .url = member_text(reader, MEMBER_LOG_URL, MEMBER_LOG_URL),
            .form = member_text(reader, MEMBER_LOG_FORM, MEMBER_LOG_FORM),
            .host = member_text(reader, MEMBER_LOG_HOST, MEMBER_LOG_HOST),
            .container = member_text(reader, MEMBER_LOG_CONTAINER, MEMBER_LOG_CONTAINER),
            .module = member_text(reader, MEMBER_LOG_MODULE, MEMBER_LOG_MODULE),
            .error = member_text(reader, MEMBER_LOG_ERROR, MEMBER_LOG_ERROR),
        };
        set_log(reader, &fields, record);
        return true;
    }
    return read_event_json(reader, record);
}

/* ---- text ---- */

/* "execID=..., image=acme/webapp:1.4, name=billing-api": the value of a name, the first that fits. */
static str attribute(str attributes, str name)
{
    while (attributes.len > 0) {
        size_t end = str_find(attributes, STR(", "), 0);
        str pair = str_slice(attributes, 0, end);
        attributes = end == SIZE_MAX ? STR_EMPTY : str_skip(attributes, end + 2);
        if (pair.len > name.len && pair.data[name.len] == '=' && str_starts_with(pair, name)) {
            return str_skip(pair, name.len + 1);
        }
    }
    return STR_EMPTY;
}

static bool read_event_text(const struct log_line *line, struct docker_record *record)
{
    struct event_text text;
    if (!event_parse_line(line, &text)) {
        return false;
    }
    struct event_values event = {
        .type = text.type,
        .action = text.action,
        .id = text.id,
        .name = attribute(text.attributes, STR("name")),
        .image = attribute(text.attributes, STR("image")),
        .exec = attribute(text.attributes, STR("execID")),
        .exit = attribute(text.attributes, STR("exitCode")),
        .container = attribute(text.attributes, STR("container")),
    };
    record->has_time = true;
    record->time_ms = text.time_ms;
    set_event(&event, record);
    return true;
}

tocsin_status docker_record_read(struct docker_reader *reader, const struct log_line *line, struct docker_record *ret,
                                 struct error *err)
{
    str text = line->text;
    memset(ret, 0, sizeof(*ret));
    ret->host = STR_EMPTY;
    for (size_t i = 0; i < DOCKER_VALUE_COUNT; i++) {
        ret->values[i] = STR_EMPTY;
    }
    reader->is_out_of_memory = false;
    bool is_read = false;
    if (text.len > 0 && text.data[0] == '{') {
        is_read = read_json(reader, line, ret);
    } else if (str_starts_with(text, STR("time=\""))) {
        is_read = may_be_daemon(line) && read_logfmt(reader, text, ret);
    } else if (terminal_level(text).len > 0) {
        is_read = may_be_daemon(line) && read_terminal(reader, text, ret);
    } else {
        is_read = read_event_text(line, ret) || (may_be_daemon(line) && set_access(reader, text, ret));
    }
    if (reader->is_out_of_memory) {
        return error_memory(err);
    }
    return is_read ? TOCSIN_OK : TOCSIN_END;
}
