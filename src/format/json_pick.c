#include "format/json_pick.h"

/* A tree of the wanted steps. Members are looked up in a small hash table of their own; array elements in a list. */
struct json_pick_node {
    size_t path_id; /* SIZE_MAX: no path ends here */
    struct json_pick_member *members;
    size_t member_count;
    size_t member_capacity; /* a power of two, at most half full */
    struct json_pick_element *elements;
};

struct json_pick_member {
    str key; /* data NULL = free */
    struct json_pick_node *node;
};

struct json_pick_element {
    size_t index;
    struct json_pick_node *node;
    struct json_pick_element *next;
};

/* Keys of a text can only miss the table, never fill it: no seed is needed. */
static size_t key_slot(str key, size_t capacity)
{
    uint64_t h = key.len * UINT64_C(0x9E3779B97F4A7C15);
    if (key.len > 0) {
        h ^= (uint64_t)(unsigned char)key.data[0] << 8 | (unsigned char)key.data[key.len - 1];
        h ^= (uint64_t)(unsigned char)key.data[key.len / 2] << 16;
    }
    return (size_t)str_hash_mix(h) & (capacity - 1);
}

static struct json_pick_member *member_slot(const struct json_pick_node *node, str key)
{
    size_t slot = key_slot(key, node->member_capacity);
    while (node->members[slot].key.data && !str_eq(node->members[slot].key, key)) {
        slot = (slot + 1) & (node->member_capacity - 1);
    }
    return &node->members[slot];
}

static struct json_pick_node *member_find(const struct json_pick_node *node, str key)
{
    return node->member_count > 0 ? member_slot(node, key)->node : NULL;
}

static struct json_pick_node *node_create(struct arena *arena)
{
    struct json_pick_node *node = arena_new(arena, struct json_pick_node);
    if (node) {
        node->path_id = SIZE_MAX;
    }
    return node;
}

static bool members_grow(struct json_pick_node *node, struct arena *arena)
{
    struct json_pick_node wider = *node;
    wider.member_capacity = node->member_capacity ? node->member_capacity * 2 : 8;
    wider.members = arena_array(arena, struct json_pick_member, wider.member_capacity);
    if (!wider.members) {
        return false;
    }
    for (size_t i = 0; i < node->member_capacity; i++) {
        if (node->members[i].key.data) {
            *member_slot(&wider, node->members[i].key) = node->members[i];
        }
    }
    *node = wider;
    return true;
}

static struct json_pick_node *member_add(struct json_pick_node *node, str key, struct arena *arena)
{
    struct json_pick_node *child = member_find(node, key);
    if (child) {
        return child;
    }
    if (node->member_count * 2 >= node->member_capacity && !members_grow(node, arena)) {
        return NULL;
    }
    child = node_create(arena);
    if (child) {
        *member_slot(node, key) = (struct json_pick_member){key, child};
        node->member_count++;
    }
    return child;
}

static struct json_pick_node *element_find(const struct json_pick_node *node, size_t index)
{
    for (const struct json_pick_element *element = node->elements; element; element = element->next) {
        if (element->index == index) {
            return element->node;
        }
    }
    return NULL;
}

static struct json_pick_node *element_add(struct json_pick_node *node, size_t index, struct arena *arena)
{
    struct json_pick_node *child = element_find(node, index);
    if (child) {
        return child;
    }
    struct json_pick_element *element = arena_new(arena, struct json_pick_element);
    child = node_create(arena);
    if (!element || !child) {
        return NULL;
    }
    *element = (struct json_pick_element){index, child, node->elements};
    node->elements = element;
    return child;
}

tocsin_status json_pick_init(struct json_pick *pick, struct arena *arena, struct error *err)
{
    *pick = (struct json_pick){.arena = arena, .root = node_create(arena)};
    return pick->root ? TOCSIN_OK : error_memory(err);
}

/* "a.b.c" as one key of the outermost object. The first path that claims a key keeps it. */
static tocsin_status add_flattened(struct json_pick *pick, const struct json_path *path, size_t path_id,
                                   struct error *err)
{
    size_t bytes = path->count;
    for (size_t i = 0; i < path->count; i++) {
        if (!path->steps[i].key.data) {
            return TOCSIN_OK; /* arrays are not flattened */
        }
        bytes += path->steps[i].key.len;
    }
    char *key = arena_allocate(pick->arena, bytes, 1);
    if (!key) {
        return error_memory(err);
    }
    size_t used = 0;
    for (size_t i = 0; i < path->count; i++) {
        if (i > 0) {
            key[used++] = '.';
        }
        memcpy(key + used, path->steps[i].key.data, path->steps[i].key.len);
        used += path->steps[i].key.len;
    }
    struct json_pick_node *node = member_add(pick->root, str_from(key, used), pick->arena);
    if (!node) {
        return error_memory(err);
    }
    node->path_id = node->path_id == SIZE_MAX ? path_id : node->path_id;
    return TOCSIN_OK;
}

tocsin_status json_pick_add(struct json_pick *pick, str text, size_t *ret_id, struct error *err)
{
    struct json_path path;
    tocsin_status status = json_path_parse(text, pick->arena, &path, err);
    if (status) {
        return status;
    }
    if (path.count == 0 || path.count > JSON_PICK_DEPTH_MAX) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the JSON path \"%.*s\" has not 1 to %d steps", STR_ARG(text),
                         JSON_PICK_DEPTH_MAX);
    }
    struct json_pick_node *node = pick->root;
    for (size_t i = 0; node && i < path.count; i++) {
        const struct json_path_step *step = &path.steps[i];
        node = step->key.data ? member_add(node, step->key, pick->arena) : element_add(node, step->index, pick->arena);
    }
    if (!node) {
        return error_memory(err);
    }
    if (node->path_id == SIZE_MAX) {
        node->path_id = pick->path_count++;
    }
    *ret_id = node->path_id;
    return path.count > 1 ? add_flattened(pick, &path, node->path_id, err) : TOCSIN_OK;
}

/* ---- the walk ---- */

struct pick_level {
    const struct json_pick_node *node;
    bool is_array;
    size_t index; /* of the element in front of the reader */
};

struct pick_walk {
    struct json_reader reader;
    struct json_value *values;
    struct pick_level levels[JSON_PICK_DEPTH_MAX + 1];
    size_t depth;
};

/* A string without its end: the text was cut in it. */
static void keep_cut_string(struct pick_walk *walk, const struct json_pick_node *node, str rest)
{
    if (node->path_id == SIZE_MAX) {
        return;
    }
    rest = str_trim(rest);
    if (rest.len > 1 && rest.data[0] == '"') {
        str text = str_skip(rest, 1);
        bool has_escape = str_find_char(text, '\\', 0) != SIZE_MAX;
        walk->values[node->path_id] = (struct json_value){JSON_STRING, has_escape, text};
    }
}

/* The value in front of the reader, which somebody wants (a part of). */
static void take_value(struct pick_walk *walk, const struct json_pick_node *node)
{
    enum json_kind kind = json_peek(&walk->reader);
    bool has_parts = kind == JSON_OBJECT ? node->member_count > 0 : kind == JSON_ARRAY && node->elements != NULL;
    str rest = json_rest(&walk->reader);
    struct json_reader whole = walk->reader;
    struct json_value value;
    if (!has_parts || node->path_id != SIZE_MAX) {
        if (!json_read(has_parts ? &whole : &walk->reader, &value)) {
            if (kind == JSON_STRING) {
                keep_cut_string(walk, node, rest);
            }
            if (!has_parts) {
                return;
            }
        } else if (node->path_id != SIZE_MAX) {
            walk->values[node->path_id] = value;
        }
    }
    if (has_parts && walk->depth < countof(walk->levels)) {
        bool is_array = kind == JSON_ARRAY;
        if (is_array ? json_enter_array(&walk->reader) : json_enter_object(&walk->reader)) {
            walk->levels[walk->depth++] = (struct pick_level){node, is_array, 0};
        }
    }
}

static bool key_is_plain(const struct json_member *member)
{
    return !member->has_escape;
}

/* Keys with escapes are rare; they are unescaped into a small buffer. */
static const struct json_pick_node *find_member(const struct json_pick_node *node, const struct json_member *member)
{
    if (key_is_plain(member)) {
        return member_find(node, member->key);
    }
    char key[256];
    return member->key.len <= sizeof(key) ? member_find(node, str_from(key, json_unescape(member->key, key))) : NULL;
}

/* One step inside the innermost container; false at its end. */
static bool walk_step(struct pick_walk *walk)
{
    struct pick_level *level = &walk->levels[walk->depth - 1];
    const struct json_pick_node *node;
    if (level->is_array) {
        if (!json_next_element(&walk->reader)) {
            return false;
        }
        node = element_find(level->node, level->index++);
    } else {
        struct json_member member;
        if (!json_next_member(&walk->reader, &member)) {
            return false;
        }
        node = find_member(level->node, &member);
    }
    if (node) {
        take_value(walk, node);
    } else {
        (void)json_skip(&walk->reader);
    }
    return true;
}

struct json_pick_result json_pick_run(const struct json_pick *pick, str json, struct json_value *values)
{
    struct pick_walk walk = {.values = values};
    for (size_t i = 0; i < pick->path_count; i++) {
        values[i] = (struct json_value){.kind = JSON_NONE, .text = STR_EMPTY};
    }
    json_reader_init(&walk.reader, json);
    if (!json_enter_object(&walk.reader)) {
        return (struct json_pick_result){.is_damaged = true};
    }
    walk.levels[walk.depth++] = (struct pick_level){pick->root, false, 0};
    while (walk.depth > 0 && !walk.reader.is_failed) {
        if (!walk_step(&walk)) {
            walk.depth--;
        }
    }
    struct json_pick_result result = {0};
    if (walk.reader.is_failed) {
        result.is_damaged = true;
        result.is_cut = json_error_offset(&walk.reader) >= json.len;
    } else {
        result.is_damaged = !json_is_at_end(&walk.reader);
    }
    return result;
}

/* ---- text ---- */

static str array_text(str json, struct arena *arena)
{
    /* What is joined is never longer than the JSON: quotes and commas outweigh the blanks. */
    char *target = arena_allocate(arena, json.len, 1);
    if (!target) {
        return (str){NULL, 0};
    }
    size_t used = 0;
    struct json_reader reader;
    json_reader_init(&reader, json);
    if (!json_enter_array(&reader)) {
        return STR_EMPTY;
    }
    bool is_first = true;
    while (json_next_element(&reader)) {
        struct json_value element;
        if (!json_read(&reader, &element)) {
            break;
        }
        if (!is_first) {
            target[used++] = ' ';
        }
        is_first = false;
        if (element.kind == JSON_STRING && element.has_escape) {
            used += json_unescape(element.text, target + used);
        } else if (element.kind != JSON_NULL) {
            memcpy(target + used, element.text.data, element.text.len);
            used += element.text.len;
        }
    }
    return str_from(target, used);
}

str json_pick_text(const struct json_value *value, struct arena *arena)
{
    switch (value->kind) {
    case JSON_NONE:
    case JSON_NULL:
        return STR_EMPTY;
    case JSON_ARRAY:
        return array_text(value->text, arena);
    default:
        return json_text(value, arena);
    }
}
