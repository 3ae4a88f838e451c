#include <assert.h>

#include "format/audit_bytes.h"
#include "format/kubernetes_event.h"

/* The next part of a path; empty parts ("//") are passed over, as the API server does. */
static str next_part(str *path)
{
    while (path->len > 0 && path->data[0] == '/') {
        *path = str_skip(*path, 1);
    }
    size_t end = str_find_char(*path, '/', 0);
    str part = str_slice(*path, 0, end);
    *path = str_skip(*path, part.len);
    return part;
}

static bool is_version(str part)
{
    return part.len >= 2 && part.data[0] == 'v' && ascii_is_digit(part.data[1]);
}

bool kube_path_parse(str path, struct kube_object *ret)
{
    struct kube_object object = {0};
    str prefix = next_part(&path);
    if (str_eq(prefix, STR("api"))) {
        object.version = next_part(&path);
    } else {
        object.group = str_eq(prefix, STR("apis")) ? next_part(&path) : prefix;
        object.version = next_part(&path);
    }
    if (!is_version(object.version)) {
        return false;
    }
    if (str_eq(object.group, STR("core"))) {
        object.group = STR_EMPTY;
    }
    /* As RequestInfo of the API server does it: old verbs in the path, then the namespace, then the object. */
    str part = next_part(&path);
    if (str_eq(part, STR("watch")) || str_eq(part, STR("proxy"))) {
        part = next_part(&path);
    }
    object.resource = part;
    if (str_eq(part, STR("namespaces"))) {
        object.name_space = object.name = next_part(&path);
        str rest = path;
        part = next_part(&rest);
        if (part.len > 0 && !str_eq(part, STR("status")) && !str_eq(part, STR("finalize"))) {
            object.resource = part;
            path = rest;
            object.name = next_part(&path);
        }
    } else {
        object.name = next_part(&path);
    }
    object.subresource = next_part(&path);
    object.path = path;
    if (object.resource.len == 0) {
        return false;
    }
    *ret = object;
    return true;
}

/* ---- queries ---- */

/* Names may be percent-coded too, and the server decodes them. */
static bool form_name_is(str text, str name)
{
    char decoded[64];
    if (text.len > sizeof(decoded)) {
        return false;
    }
    size_t len = str_percent_decode(text, true, decoded);
    return str_eq((str){decoded, len}, name);
}

bool kube_query_parse(str query, struct arena *arena, struct kube_command *ret)
{
    char *command = arena_reserve(arena, 2 * query.len + 1);
    if (!command) {
        return false;
    }
    /* The command grows from the front of the room, the container behind it. */
    char *container = command + query.len;
    size_t command_len = 0;
    size_t container_len = 0;
    bool has_command = false;
    while (query.len > 0) {
        size_t end = str_find_char(query, '&', 0);
        str pair = str_slice(query, 0, end);
        query = str_skip(query, pair.len + 1);
        size_t equals = str_find_char(pair, '=', 0);
        str name = str_slice(pair, 0, equals);
        str value = equals == SIZE_MAX ? STR_EMPTY : str_skip(pair, equals + 1);
        if (form_name_is(name, STR("command")) || form_name_is(name, STR("cmd"))) {
            if (has_command) {
                command[command_len++] = ' ';
            }
            has_command = true;
            command_len += str_percent_decode(value, true, command + command_len);
        } else if (form_name_is(name, STR("container"))) {
            container_len = str_percent_decode(value, true, container);
        }
    }
    memmove(command + command_len, container, container_len);
    arena_commit(arena, command_len + container_len);
    *ret = (struct kube_command){{command, command_len}, {command + command_len, container_len}};
    return true;
}

/* ---- lists ---- */

/* What is behind the string that begins at `at`, if it is plain: no escapes, and whole. Else NULL. */
static inline const char *plain_string_end(const char *at, const char *end)
{
    if (end - at < 2 || *at != '"') {
        return NULL;
    }
    const char *stop = bytes_find_either(at + 1, end, '"', '\\');
    return stop < end && *stop == '"' ? stop + 1 : NULL;
}

/* ["a","b"] as nearly all writers write it. Gives the length, or SIZE_MAX for anything else. */
static size_t plain_list_join(str list, char separator, char *target)
{
    const char *end = list.data + list.len;
    const char *at = list.data + 1;
    size_t used = 0;
    for (;;) {
        const char *stop = plain_string_end(at, end);
        if (!stop || stop >= end) {
            return SIZE_MAX;
        }
        size_t length = (size_t)(stop - at) - 2;
        memcpy(target + used, at + 1, length);
        used += length;
        if (*stop == ']') {
            return stop + 1 == end ? used : SIZE_MAX;
        }
        if (*stop != ',') {
            return SIZE_MAX;
        }
        target[used++] = separator;
        at = stop + 1;
    }
}

str kube_list_join(const struct json_value *list, char separator, struct arena *arena)
{
    if (list->kind != JSON_ARRAY) {
        return json_text(list, arena);
    }
    char *target = arena_reserve(arena, list->text.len);
    if (!target) {
        return (str){NULL, 0};
    }
    size_t plain = plain_list_join(list->text, separator, target);
    if (plain != SIZE_MAX) {
        arena_commit(arena, plain);
        return (str){target, plain};
    }
    struct json_reader reader;
    struct json_value value;
    size_t used = 0;
    bool is_first = true;
    json_reader_init(&reader, list->text);
    (void)json_enter_array(&reader);
    while (json_next_element(&reader) && json_read(&reader, &value)) {
        if (!is_first) {
            target[used++] = separator;
        }
        is_first = false;
        if (value.kind == JSON_STRING) {
            used += json_unescape(value.text, target + used);
        } else {
            memcpy(target + used, value.text.data, value.text.len);
            used += value.text.len;
        }
    }
    arena_commit(arena, used);
    return (str){target, used};
}

str kube_list_single(const struct json_value *list)
{
    const char *first = list->text.data + 1;
    const char *end = list->text.data + list->text.len;
    const char *stop = plain_string_end(first, end);
    return stop && stop + 1 == end ? str_from(first + 1, (size_t)(stop - first) - 2) : STR_EMPTY;
}

str kube_list_first(const struct json_value *list)
{
    if (list->kind != JSON_ARRAY) {
        return list->text;
    }
    const char *first = list->text.data + 1;
    const char *stop = plain_string_end(first, list->text.data + list->text.len);
    if (stop) {
        return str_from(first + 1, (size_t)(stop - first) - 2);
    }
    struct json_reader reader;
    struct json_value value;
    json_reader_init(&reader, list->text);
    bool is_found = json_enter_array(&reader) && json_next_element(&reader) && json_read(&reader, &value);
    return is_found && value.kind == JSON_STRING ? value.text : STR_EMPTY;
}

bool kube_options_parse(str json, struct arena *arena, struct kube_command *ret)
{
    struct json_reader reader;
    struct json_member member;
    struct kube_command found = {STR_EMPTY, STR_EMPTY};
    json_reader_init(&reader, json);
    (void)json_enter_object(&reader);
    while (json_next_member(&reader, &member)) {
        struct json_value value;
        if (!json_read(&reader, &value)) {
            break;
        }
        str *target = json_key_eq(&member, STR("command"))     ? &found.command
                      : json_key_eq(&member, STR("container")) ? &found.container
                                                               : NULL;
        if (target && (value.kind == JSON_ARRAY || value.kind == JSON_STRING)) {
            *target = kube_list_join(&value, ' ', arena);
            if (!target->data) {
                return false;
            }
        }
    }
    *ret = found;
    return true;
}

void kube_index_add(struct kube_index *index, str name, size_t number)
{
    assert(number < 255 && name.len > 0);
    unsigned slot = kube_index_hash(name);
    while (index->slots[slot]) {
        slot = (slot + 1) % KUBE_INDEX_SLOTS;
    }
    index->slots[slot] = (uint8_t)(number + 1);
}
