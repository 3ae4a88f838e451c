/* Paths into JSON: JSONPath's child steps, and QRadar's own notation. */
#include "base/json_reader.h"
#include "base/limits.h"

struct path_parser {
    str text;
    size_t at;
    struct arena *arena;
    struct json_path_step *steps;
    size_t count;
    struct error *err;
};

static tocsin_status malformed(struct path_parser *p, const char *expected)
{
    tocsin_status status = error_set(p->err, TOCSIN_ERROR_CONFIG, "the JSON path \"%.*s\" is malformed at byte %zu: %s",
                                     STR_ARG(p->text), p->at + 1, expected);
    error_position(p->err, "JSON path", p->text, p->at);
    return status;
}

static bool is_at(const struct path_parser *p, char c)
{
    return p->at < p->text.len && p->text.data[p->at] == c;
}

static tocsin_status add_step(struct path_parser *p, struct json_path_step step)
{
    if (p->count == LIMIT_JSON_DEPTH) {
        return malformed(p, "it has too many steps");
    }
    p->steps[p->count++] = step;
    return TOCSIN_OK;
}

/* 'key' or "key"; a backslash keeps the next byte from ending it. */
static tocsin_status parse_quoted_key(struct path_parser *p)
{
    char quote = p->text.data[p->at++];
    char *key = arena_reserve(p->arena, p->text.len - p->at + 1);
    if (!key) {
        return error_memory(p->err);
    }
    size_t len = 0;
    while (p->at < p->text.len && p->text.data[p->at] != quote) {
        if (p->text.data[p->at] == '\\' && p->at + 1 < p->text.len) {
            p->at++;
        }
        key[len++] = p->text.data[p->at++];
    }
    if (!is_at(p, quote)) {
        return malformed(p, "the quote is not closed");
    }
    p->at++;
    arena_commit(p->arena, len);
    return add_step(p, (struct json_path_step){.key = {key, len}});
}

static tocsin_status parse_bare_key(struct path_parser *p, str stops)
{
    size_t start = p->at;
    while (p->at < p->text.len && !memchr(stops.data, p->text.data[p->at], stops.len)) {
        p->at++;
    }
    if (p->at == start) {
        return malformed(p, "a name is missing");
    }
    str key = arena_copy(p->arena, str_slice(p->text, start, p->at));
    return key.data ? add_step(p, (struct json_path_step){.key = key}) : error_memory(p->err);
}

static tocsin_status parse_brackets(struct path_parser *p)
{
    p->at++;
    tocsin_status status;
    if (is_at(p, '\'') || is_at(p, '"')) {
        status = parse_quoted_key(p);
    } else {
        size_t close = str_find_char(p->text, ']', p->at);
        uint64_t index;
        if (!str_to_u64(str_slice(p->text, p->at, close), &index)) {
            return malformed(p, "between brackets stands a number from 0, or a quoted name");
        }
        p->at = close < p->text.len ? close : p->text.len;
        status = add_step(p, (struct json_path_step){.key = {NULL, 0}, .index = (size_t)index});
    }
    if (status == TOCSIN_OK && !is_at(p, ']')) {
        return malformed(p, "a closing bracket is missing");
    }
    p->at++;
    return status;
}

static tocsin_status parse_step(struct path_parser *p, char separator)
{
    if (is_at(p, '[')) {
        return parse_brackets(p);
    }
    if (is_at(p, separator)) {
        p->at++;
    } else if (p->at > 0) {
        return malformed(p, "a separator is missing");
    }
    if (is_at(p, '"')) {
        return parse_quoted_key(p);
    }
    return parse_bare_key(p, separator == '/' ? STR("/[") : STR(".["));
}

tocsin_status json_path_parse(str text, struct arena *arena, struct json_path *ret_path, struct error *err)
{
    struct path_parser p = {.text = str_trim(text), .arena = arena, .err = err};
    /* A step takes at least one byte. */
    size_t steps_max = p.text.len < LIMIT_JSON_DEPTH ? p.text.len : LIMIT_JSON_DEPTH;
    p.steps = arena_array(arena, struct json_path_step, steps_max + 1);
    if (!p.steps) {
        return error_memory(err);
    }
    char separator = is_at(&p, '/') ? '/' : '.';
    if (is_at(&p, '$')) {
        p.at++;
    }
    while (p.at < p.text.len) {
        tocsin_status status = parse_step(&p, separator);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    if (p.text.len == 0) {
        return malformed(&p, "it is empty");
    }
    *ret_path = (struct json_path){p.steps, p.count};
    return TOCSIN_OK;
}

/* One step down from the container in front of the reader. The value is given as text, so that an equal key further on
 * can replace it. */
static bool find_member(str json, str key, struct json_value *ret)
{
    struct json_reader reader;
    struct json_member member;
    bool is_found = false;
    json_reader_init(&reader, json);
    if (!json_enter_object(&reader)) {
        return false;
    }
    while (json_next_member(&reader, &member)) {
        if (!json_key_eq(&member, key)) {
            if (!json_skip(&reader)) {
                break;
            }
            continue;
        }
        struct json_value value;
        enum json_kind kind = json_peek(&reader);
        str rest = json_rest(&reader);
        if (json_read(&reader, &value)) {
            *ret = value;
            is_found = true;
        } else if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
            /* Cut inside: what stands in front of the cut can still be walked. */
            *ret = (struct json_value){kind, false, rest};
            is_found = true;
        }
    }
    return is_found;
}

static bool find_element(str json, size_t index, struct json_value *ret)
{
    struct json_reader reader;
    json_reader_init(&reader, json);
    if (!json_enter_array(&reader)) {
        return false;
    }
    for (size_t i = 0; json_next_element(&reader); i++) {
        enum json_kind kind = json_peek(&reader);
        str rest = json_rest(&reader);
        if (json_read(&reader, ret)) {
            if (i == index) {
                return true;
            }
        } else if (i == index && (kind == JSON_OBJECT || kind == JSON_ARRAY)) {
            *ret = (struct json_value){kind, false, rest};
            return true;
        }
    }
    return false;
}

bool json_find_path(str json, const struct json_path *path, struct json_value *ret)
{
    struct json_value value;
    if (path->count == 0) {
        value = json_value_from(json);
        if (value.kind != JSON_NONE) {
            *ret = value;
        }
        return value.kind != JSON_NONE;
    }
    str text = json;
    for (size_t i = 0; i < path->count; i++) {
        const struct json_path_step *step = &path->steps[i];
        bool is_found = step->key.data ? find_member(text, step->key, &value) : find_element(text, step->index, &value);
        if (!is_found || (i + 1 < path->count && value.kind != JSON_OBJECT && value.kind != JSON_ARRAY)) {
            return false;
        }
        text = value.text;
    }
    *ret = value;
    return true;
}
