#include "function/pod_text.h"

#include "base/json_reader.h"
#include "base/limits.h"

struct level {
    bool is_object;
    str key;     /* of this container in its parent; an array hands its own down to its elements */
    str command; /* arrays as text, of an object that has them */
    str arguments;
};

struct walk {
    struct json_reader reader;
    struct level *levels;
    uint32_t depth;
    struct arena *scratch;
    struct strbuf *ret;
    bool wants_commands; /* else what is given */
    bool is_out_of_memory;
};

static void enter(struct walk *walk, str key)
{
    bool is_object = json_peek(&walk->reader) == JSON_OBJECT;
    if (is_object ? json_enter_object(&walk->reader) : json_enter_array(&walk->reader)) {
        walk->levels[walk->depth++] = (struct level){.is_object = is_object, .key = key};
    } else {
        walk->reader.is_failed = true;
    }
}

static str decoded(struct walk *walk, const struct json_value *value)
{
    str text = json_text(value, walk->scratch);
    walk->is_out_of_memory |= !text.data;
    return text.data ? text : STR_EMPTY;
}

/* ---- commands ---- */

static void append_words(struct walk *walk, str array, bool *is_begun)
{
    struct json_reader reader;
    struct json_value value;
    json_reader_init(&reader, array);
    if (array.len == 0 || !json_enter_array(&reader)) {
        return;
    }
    while (json_next_element(&reader) && json_read(&reader, &value)) {
        if (value.kind == JSON_STRING) {
            if (*is_begun) {
                strbuf_append_char(walk->ret, ' ');
            }
            *is_begun = true;
            strbuf_append(walk->ret, decoded(walk, &value));
        }
    }
}

static void end_object(struct walk *walk, const struct level *level)
{
    if (!walk->wants_commands || (level->command.len == 0 && level->arguments.len == 0)) {
        return;
    }
    size_t before = strbuf_str(walk->ret).len;
    if (before > 0) {
        strbuf_append_char(walk->ret, '\n');
    }
    bool is_begun = false;
    append_words(walk, level->command, &is_begun);
    append_words(walk, level->arguments, &is_begun);
}

/* ---- what is given ---- */

struct given {
    const char *object; /* key of the object; NULL: any */
    const char *member;
    const char *label;
    bool is_flag; /* a bool that must be true; the label is all that is said */
};

static const struct given given_list[] = {
    {NULL, "serviceAccountName", "account ", false}, {"hostPath", "path", "host ", false},
    {"secret", "secretName", "secret ", false},      {"secret", "name", "secret ", false},
    {"secretKeyRef", "name", "secret ", false},      {"secretRef", "name", "secret ", false},
    {"serviceAccountToken", "path", "token", true},  {NULL, "privileged", "privileged", true},
    {NULL, "hostPID", "host processes", true},       {NULL, "hostNetwork", "host network", true},
};

static void append_given(struct walk *walk, str label, str name)
{
    if (strbuf_str(walk->ret).len > 0) {
        strbuf_append(walk->ret, STR(", "));
    }
    strbuf_append(walk->ret, label);
    strbuf_append(walk->ret, name);
}

static void add_scalar(struct walk *walk, str object_key, str member, const struct json_value *value)
{
    for (size_t i = 0; i < countof(given_list); i++) {
        const struct given *given = &given_list[i];
        if (!str_eq(member, str_from_cstring(given->member)) ||
            (given->object && !str_eq(object_key, str_from_cstring(given->object)))) {
            continue;
        }
        str label = str_from_cstring(given->label);
        if (given->is_flag) {
            if (value->kind == JSON_STRING || str_eq(value->text, STR("true"))) {
                append_given(walk, label, STR_EMPTY);
            }
        } else if (value->kind == JSON_STRING && value->text.len > 0) {
            append_given(walk, label, decoded(walk, value));
        }
    }
}

/* ---- the walk ---- */

static void visit_member(struct walk *walk, struct level *level, str key)
{
    struct json_value value;
    enum json_kind kind = json_peek(&walk->reader);
    bool is_command = str_eq(key, STR("command"));
    bool is_list = kind == JSON_ARRAY && (is_command || str_eq(key, STR("args")));
    bool is_nested = kind == JSON_OBJECT || kind == JSON_ARRAY;
    if (is_list && json_read(&walk->reader, &value)) {
        *(is_command ? &level->command : &level->arguments) = value.text;
    } else if (is_nested && !is_list && walk->depth < LIMIT_JSON_DEPTH) {
        enter(walk, key);
    } else if (!is_list && json_read(&walk->reader, &value) && !is_nested && !walk->wants_commands) {
        add_scalar(walk, level->key, key, &value);
    }
}

static void visit_element(struct walk *walk, str key)
{
    enum json_kind kind = json_peek(&walk->reader);
    if ((kind == JSON_OBJECT || kind == JSON_ARRAY) && walk->depth < LIMIT_JSON_DEPTH) {
        enter(walk, key);
    } else {
        json_skip(&walk->reader);
    }
}

static void step(struct walk *walk)
{
    struct level *level = &walk->levels[walk->depth - 1];
    struct json_member member;
    if (level->is_object) {
        if (json_next_member(&walk->reader, &member)) {
            visit_member(walk, level, member.key);
            return;
        }
        end_object(walk, level);
    } else if (json_next_element(&walk->reader)) {
        visit_element(walk, level->key);
        return;
    }
    walk->depth--;
}

/* A text that was cut gives what stands in front of the cut. */
static bool run(struct walk *walk, str json)
{
    walk->levels = arena_array(walk->scratch, struct level, LIMIT_JSON_DEPTH);
    if (!walk->levels) {
        return false;
    }
    json_reader_init(&walk->reader, json);
    enum json_kind kind = json_peek(&walk->reader);
    if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
        enter(walk, STR_EMPTY);
    }
    while (walk->depth > 0 && !walk->reader.is_failed) {
        step(walk);
    }
    while (walk->depth > 0) {
        walk->depth--;
        end_object(walk, &walk->levels[walk->depth]);
    }
    return !walk->is_out_of_memory && !walk->ret->is_failed;
}

bool pod_text_commands(str json, struct arena *scratch, struct strbuf *ret)
{
    struct walk walk = {.scratch = scratch, .ret = ret, .wants_commands = true};
    return run(&walk, json);
}

bool pod_text_access(str json, struct arena *scratch, struct strbuf *ret)
{
    struct walk walk = {.scratch = scratch, .ret = ret};
    return run(&walk, json);
}
