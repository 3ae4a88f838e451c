#include "format/docker_request.h"

#include "base/limits.h"

/* The parts of a path. An image's name has slashes: it is what lies between two segments. */
struct path {
    str segments[LIMIT_DOCKER_PATH_SEGMENTS];
    size_t count;
};

bool docker_is_method(str method)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    for (size_t i = 0; i < countof(methods); i++) {
        if (str_eq(method, str_from_cstring(methods[i]))) {
            return true;
        }
    }
    return false;
}

bool docker_is_id(str text)
{
    if (text.len < 12 || text.len > 64) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return true;
}

static str decode(str text, bool plus_is_blank, struct arena *arena)
{
    bool is_plain =
        str_find_char(text, '%', 0) == SIZE_MAX && (!plus_is_blank || str_find_char(text, '+', 0) == SIZE_MAX);
    if (is_plain) {
        return text;
    }
    char *target = arena_reserve(arena, text.len);
    if (!target) {
        return (str){NULL, 0};
    }
    size_t used = str_percent_decode(text, plus_is_blank, target);
    arena_commit(arena, used);
    return str_from(target, used);
}

str docker_query_value(str uri, str name, struct arena *arena)
{
    size_t question = str_find_char(uri, '?', 0);
    str query = question == SIZE_MAX ? STR_EMPTY : str_skip(uri, question + 1);
    while (query.len > 0) {
        str pair = str_slice(query, 0, str_find_char(query, '&', 0));
        query = str_skip(query, pair.len + 1);
        size_t equals = str_find_char(pair, '=', 0);
        if (equals != SIZE_MAX && str_eq(str_slice(pair, 0, equals), name)) {
            return decode(str_skip(pair, equals + 1), /* plus_is_blank */ true, arena);
        }
    }
    return STR_EMPTY;
}

/* "v1.41", "v4.0.0" */
static bool is_version(str segment)
{
    if (segment.len < 2 || segment.data[0] != 'v') {
        return false;
    }
    for (size_t i = 1; i < segment.len; i++) {
        if (!ascii_is_digit(segment.data[i]) && segment.data[i] != '.') {
            return false;
        }
    }
    return ascii_is_digit(segment.data[1]);
}

/* Empty segments and "." go, and ".." takes the one before: the engine's router resolves a path like that, too. */
static void split_path(str text, struct path *path)
{
    path->count = 0;
    while (text.len > 0) {
        str segment = str_slice(text, 0, str_find_char(text, '/', 0));
        text = str_skip(text, segment.len + 1);
        if (segment.len == 0 || str_eq(segment, STR("."))) {
            continue;
        }
        if (str_eq(segment, STR(".."))) {
            path->count -= path->count > 0;
        } else if (path->count < LIMIT_DOCKER_PATH_SEGMENTS) {
            path->segments[path->count++] = segment;
        }
    }
}

static void drop_first(struct path *path)
{
    path->count--;
    for (size_t i = 0; i < path->count; i++) {
        path->segments[i] = path->segments[i + 1];
    }
}

/* The segments [from, to) with a slash before each (but the first, for a name). */
static str join(const struct path *path, size_t from, size_t to, bool begins_with_slash, struct arena *arena)
{
    size_t bytes = 1;
    for (size_t i = from; i < to; i++) {
        bytes += path->segments[i].len + 1;
    }
    char *target = arena_allocate(arena, bytes, 1);
    if (!target) {
        return (str){NULL, 0};
    }
    size_t used = 0;
    for (size_t i = from; i < to; i++) {
        if (i > from || begins_with_slash) {
            target[used++] = '/';
        }
        memcpy(target + used, path->segments[i].data, path->segments[i].len);
        used += path->segments[i].len;
    }
    if (used == 0 && begins_with_slash) {
        target[used++] = '/';
    }
    return str_from(target, used);
}

/* ---- what is asked for ---- */

/* First segments and the kinds of objects behind them. */
static const struct {
    const char *segment;
    const char *object;
} collections[] = {
    {"containers", "container"}, {"images", "image"},     {"exec", "exec"},          {"secrets", "secret"},
    {"configs", "config"},       {"services", "service"}, {"tasks", "task"},         {"nodes", "node"},
    {"volumes", "volume"},       {"networks", "network"}, {"plugins", "plugin"},     {"pods", "pod"},
    {"manifests", "manifest"},   {"swarm", "swarm"},      {"distribution", "image"},
};

/* The last segment of a path, if it names an action on an object or a collection. `method` NULL: any. */
static const struct {
    const char *object; /* NULL: any */
    const char *method;
    const char *segment;
    const char *action;
} actions[] = {
    {"container", NULL, "archive", "archive-path"}, /* PUT: below */
    {"container", NULL, "copy", "archive-path"},
    {"container", NULL, "exec", "exec_create"},
    {"container", NULL, "ws", "attach"},
    {"container", NULL, "changes", "diff"},
    {"container", NULL, "attach", "attach"},
    {"container", NULL, "export", "export"},
    {"container", NULL, "top", "top"},
    {"container", NULL, "stats", "stats"},
    {"container", NULL, "wait", "wait"},
    {"container", NULL, "resize", "resize"},
    {"container", NULL, "checkpoint", "checkpoint"},
    {"container", "POST", "checkpoints", "checkpoint"},
    {"container", NULL, "restore", "restore"},
    {"container", NULL, "mount", "mount"},
    {"container", NULL, "unmount", "unmount"},
    {"container", NULL, "init", "init"},
    {"container", NULL, "showmounted", "list"},
    {"container", NULL, "healthcheck", "health_status"},
    {"exec", NULL, "start", "exec_start"},
    {"exec", NULL, "resize", "exec_resize"},
    {"exec", NULL, "json", "exec_inspect"},
    {"image", NULL, "get", "save"},
    {"image", NULL, "export", "save"},
    {"image", NULL, "load", "load"},
    {"image", "POST", "create", "pull"},
    {"image", NULL, "pull", "pull"},
    {"image", NULL, "push", "push"},
    {"image", NULL, "tag", "tag"},
    {"image", NULL, "untag", "untag"},
    {"image", NULL, "history", "history"},
    {"image", NULL, "search", "search"},
    {"image", NULL, "import", "import"},
    {"swarm", NULL, "unlockkey", "unlockkey"},
    {"swarm", NULL, "init", "init"},
    {"swarm", NULL, "join", "join"},
    {"swarm", NULL, "leave", "leave"},
    {"swarm", NULL, "unlock", "unlock"},
    {"network", NULL, "connect", "connect"},
    {"network", NULL, "disconnect", "disconnect"},
    {"plugin", NULL, "enable", "enable"},
    {"plugin", NULL, "disable", "disable"},
    {"plugin", NULL, "privileges", "privileges"},
    {"plugin", NULL, "pull", "pull"},
    {NULL, "POST", "create", "create"},
    {NULL, NULL, "logs", "logs"},
    {NULL, NULL, "prune", "prune"},
    {NULL, NULL, "exists", "exists"},
    {NULL, "POST", "start", "start"},
    {NULL, "POST", "stop", "stop"},
    {NULL, "POST", "restart", "restart"},
    {NULL, "POST", "kill", "kill"},
    {NULL, "POST", "update", "update"},
    {NULL, "POST", "rename", "rename"},
    {NULL, "POST", "pause", "pause"},
    {NULL, "POST", "unpause", "unpause"},
    {NULL, NULL, "top", "top"},
    {NULL, NULL, "stats", "stats"},
};

static str find_action(str object, str method, str segment)
{
    for (size_t i = 0; i < countof(actions); i++) {
        if (str_eq(segment, str_from_cstring(actions[i].segment)) &&
            (!actions[i].object || str_eq(object, str_from_cstring(actions[i].object))) &&
            (!actions[i].method || str_eq(method, str_from_cstring(actions[i].method)))) {
            return str_from_cstring(actions[i].action);
        }
    }
    return STR_EMPTY;
}

static bool is_read(str method)
{
    return str_eq(method, STR("GET")) || str_eq(method, STR("HEAD"));
}

/* A request for one object, whose name is all that is left of the path. */
static str object_action(str object, str method)
{
    if (is_read(method)) {
        return STR("inspect");
    }
    if (str_eq(method, STR("DELETE"))) {
        return str_eq(object, STR("container")) ? STR("destroy")
               : str_eq(object, STR("image"))   ? STR("delete")
                                                : STR("remove");
    }
    return STR("request");
}

/* Objects whose names have slashes. */
static bool has_long_names(str object)
{
    return str_eq(object, STR("image")) || str_eq(object, STR("plugin")) || str_eq(object, STR("manifest"));
}

static bool read_collection(const struct path *path, str method, struct arena *arena, struct docker_request *request)
{
    size_t count = path->count;
    str last = path->segments[count - 1];
    request->action = is_read(method) ? STR("list") : STR("request");
    if (str_eq(request->object, STR("swarm"))) {
        str action = count > 1 ? find_action(request->object, method, last) : STR_EMPTY;
        request->action = action.len > 0 ? action : is_read(method) ? STR("inspect") : STR("update");
        return true;
    }
    if (count == 1) {
        return true;
    }
    str action = find_action(request->object, method, last);
    if (count == 2) { /* /containers/json and the like; else the second segment is the object's name */
        if (str_eq(last, STR("json"))) {
            return true;
        }
        bool is_of_all = action.len > 0 && !str_eq(request->object, STR("exec"));
        if (is_of_all) {
            request->action = action;
            return true;
        }
    }
    size_t name_end = count;
    if (count > 2 && str_eq(last, STR("json")) && action.len == 0) {
        action = STR("inspect");
    }
    if (count > 2 && action.len > 0) {
        bool is_websocket = str_eq(last, STR("ws"));
        name_end = count - 1 - (is_websocket && count > 3);
        request->action = action;
    } else if (count == 2 || has_long_names(request->object)) {
        request->action = object_action(request->object, method);
    } else {
        name_end = 2;
        request->action = STR("request");
    }
    if (str_eq(request->action, STR("archive-path")) && str_eq(method, STR("PUT"))) {
        request->action = STR("extract-to-dir");
    }
    request->name = name_end == 2 ? path->segments[1] : join(path, 1, name_end, /* begins_with_slash */ false, arena);
    return request->name.data != NULL;
}

/* Requests for the engine itself, and those that name their object in the query. */
static bool read_other(const struct path *path, str method, str uri, struct arena *arena,
                       struct docker_request *request)
{
    static const struct {
        const char *segment;
        const char *object;
        const char *action;
    } known[] = {{"_ping", "system", "ping"},      {"info", "system", "info"},  {"version", "system", "version"},
                 {"events", "system", "events"},   {"auth", "system", "auth"},  {"session", "system", "session"},
                 {"grpc", "system", "session"},    {"build", "image", "build"}, {"commit", "container", "commit"},
                 {"generate", "kube", "generate"}, {"kube", "kube", "play"},    {"play", "kube", "play"},
                 {"system", "system", "df"}};
    request->object = STR("system");
    request->action = path->count == 0 ? STR("ping") : STR("request");
    for (size_t i = 0; path->count > 0 && i < countof(known); i++) {
        if (str_eq(path->segments[0], str_from_cstring(known[i].segment))) {
            request->object = str_from_cstring(known[i].object);
            request->action = str_from_cstring(known[i].action);
        }
    }
    if (str_eq(request->action, STR("df")) && path->count > 1 && !str_eq(path->segments[1], STR("df"))) {
        request->action = STR("request");
    }
    if (str_eq(request->action, STR("commit"))) {
        request->name = docker_query_value(uri, STR("container"), arena);
    } else if (str_eq(request->action, STR("generate")) && path->count > 1 && is_read(method)) {
        str name = docker_query_value(uri, STR("names"), arena);
        request->name = str_eq(path->segments[1], STR("kube")) ? name : path->segments[1];
    }
    return request->name.data != NULL;
}

bool docker_request_read(str method, str uri, struct arena *arena, struct docker_request *ret)
{
    *ret = (struct docker_request){STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY};
    str text = decode(str_slice(uri, 0, str_find_char(uri, '?', 0)), /* plus_is_blank */ false, arena);
    struct path path;
    if (!text.data) {
        return false;
    }
    split_path(text, &path);
    if (path.count > 0 && is_version(path.segments[0])) {
        ret->version = path.segments[0];
        drop_first(&path);
    }
    if (path.count > 0 && str_eq(path.segments[0], STR("libpod"))) {
        drop_first(&path);
    }
    ret->path = join(&path, 0, path.count, /* begins_with_slash */ true, arena);
    if (!ret->path.data) {
        return false;
    }
    for (size_t i = 0; path.count > 0 && i < countof(collections); i++) {
        if (str_eq(path.segments[0], str_from_cstring(collections[i].segment))) {
            ret->object = str_from_cstring(collections[i].object);
            return read_collection(&path, method, arena, ret);
        }
    }
    return read_other(&path, method, uri, arena, ret);
}
