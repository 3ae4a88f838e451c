#include "base/yaml_document.h"

#include <limits.h>
#include <stdio.h>
#include <yaml.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text_file.h"
#include "base/utf8.h"

const cyaml_strval_t yaml_bool_names[6] = {{"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}, {"on", 1}, {"off", 0}};

/* ---- places in the text ---- */

/* Byte offset of a 0-based line and a column counted in characters, as libyaml gives them. */
static size_t offset_of(str text, size_t line, size_t column)
{
    size_t offset = 0;
    for (; line > 0 && offset < text.len; line--) {
        size_t end = str_find_char(text, '\n', offset);
        offset = end == SIZE_MAX ? text.len : end + 1;
    }
    for (; column > 0 && offset < text.len && text.data[offset] != '\n'; column--) {
        uint32_t code_point;
        offset += utf8_decode(str_skip(text, offset), &code_point);
    }
    return offset;
}

static void set_position(const struct yaml_document *document, struct error *err, yaml_mark_t mark)
{
    error_position(err, document->source, document->text, offset_of(document->text, mark.line, mark.column));
}

/* ---- first pass: libyaml alone. Syntax errors with their exact place, and what no configuration may hold. ---- */

static tocsin_status syntax_error(const struct yaml_document *document, const yaml_parser_t *parser, struct error *err)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        return error_memory(err);
    }
    error_set(err, TOCSIN_ERROR_CONFIG, "this is not valid YAML: %s%s%s", parser->problem ? parser->problem : "unknown",
              parser->context ? ", " : "", parser->context ? parser->context : "");
    set_position(document, err, parser->problem_mark);
    error_hint(err, "indent with blanks, not tabs; quote text that holds ': ' or ' #', or starts with one of "
                    "*&!{[%%@`\"'");
    return TOCSIN_ERROR_CONFIG;
}

struct syntax_check {
    unsigned depth;
    unsigned documents;
};

static const char *refusal_of(struct syntax_check *check, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return "aliases (*name) are not allowed in configuration files";
    case YAML_DOCUMENT_START_EVENT:
        return ++check->documents > 1 ? "only one document is allowed in a file" : NULL;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return ++check->depth > YAML_DEPTH_MAX ? "this is nested too deeply" : NULL;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        check->depth--;
        return NULL;
    case YAML_SCALAR_EVENT:
        return memchr(event->data.scalar.value, 0, event->data.scalar.length) ? "a text here holds a NUL byte" : NULL;
    default:
        return NULL;
    }
}

static tocsin_status check_events(const struct yaml_document *document, yaml_parser_t *parser, struct error *err)
{
    struct syntax_check check = {0};
    for (;;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            return syntax_error(document, parser, err);
        }
        bool is_end = event.type == YAML_STREAM_END_EVENT;
        const char *refusal = refusal_of(&check, &event);
        yaml_mark_t mark = event.start_mark;
        yaml_event_delete(&event);
        if (refusal) {
            error_set(err, TOCSIN_ERROR_CONFIG, "%s", refusal);
            set_position(document, err, mark);
            return TOCSIN_ERROR_CONFIG;
        }
        if (is_end) {
            break;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status check_syntax(const struct yaml_document *document, struct error *err)
{
    for (size_t offset = 0; offset < document->text.len;) {
        uint32_t code_point;
        size_t length = utf8_decode(str_skip(document->text, offset), &code_point);
        if (code_point == UTF8_INVALID) {
            error_set(err, TOCSIN_ERROR_CONFIG, "the file is not UTF-8 text");
            error_position(err, document->source, document->text, offset);
            return TOCSIN_ERROR_CONFIG;
        }
        offset += length;
    }
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        return error_memory(err);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)document->text.data, document->text.len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    tocsin_status status = check_events(document, &parser, err);
    yaml_parser_delete(&parser);
    return status;
}

/* ---- finding a node by its path ---- */

enum { PATH_BYTES = 1024 };

/* Where a walk over the events is: the keys and indexes from the root to here. */
struct path_walk {
    unsigned depth;
    bool wants_key; /* the next scalar is a key of the innermost mapping */
    struct {
        bool is_mapping;
        size_t index;
        size_t path_bytes; /* of the path up to this container */
    } levels[YAML_DEPTH_MAX + 1];
    char path[PATH_BYTES];
    size_t path_bytes; /* path of the current node */
};

static void path_append(struct path_walk *walk, str text)
{
    size_t room = sizeof(walk->path) - walk->path_bytes;
    size_t bytes = text.len < room ? text.len : room;
    memcpy(walk->path + walk->path_bytes, text.data, bytes);
    walk->path_bytes += bytes;
}

/* A node starts: completes the path with its key or index. True if the node is a mapping's key. */
static bool path_enter_node(struct path_walk *walk, const yaml_event_t *event)
{
    if (walk->depth == 0) {
        walk->path_bytes = 0;
        return false;
    }
    size_t level = walk->depth - 1;
    if (!walk->levels[level].is_mapping) {
        char index[32];
        int length = snprintf(index, sizeof(index), "[%zu]", walk->levels[level].index++);
        walk->path_bytes = walk->levels[level].path_bytes;
        path_append(walk, str_from(index, (size_t)length));
        return false;
    }
    walk->wants_key = !walk->wants_key;
    if (walk->wants_key) {
        return false; /* a value: the path is its key's */
    }
    walk->path_bytes = walk->levels[level].path_bytes;
    if (walk->path_bytes > 0) {
        path_append(walk, STR("."));
    }
    if (event->type == YAML_SCALAR_EVENT) {
        path_append(walk, str_from((const char *)event->data.scalar.value, event->data.scalar.length));
    }
    return true;
}

static void path_open(struct path_walk *walk, bool is_mapping)
{
    if (walk->depth < countof(walk->levels)) {
        walk->levels[walk->depth].is_mapping = is_mapping;
        walk->levels[walk->depth].index = 0;
        walk->levels[walk->depth].path_bytes = walk->path_bytes;
        walk->depth++;
        walk->wants_key = true;
    }
}

static void path_close(struct path_walk *walk)
{
    if (walk->depth > 0) {
        walk->depth--;
        walk->wants_key = true; /* the container was a value (or an element, where this says nothing) */
    }
}

/* How much of `wanted` the current path covers: all of it, or whole components from its front. */
static bool path_leads_to(const struct path_walk *walk, str wanted)
{
    str path = str_from(walk->path, walk->path_bytes);
    return str_starts_with(wanted, path) &&
           (path.len == wanted.len || path.len == 0 || wanted.data[path.len] == '.' || wanted.data[path.len] == '[');
}

/* The place of the node with this path, or of the last ancestor that exists. Repeated keys: the last one, since that
   is where an error about repetition points. */
static yaml_mark_t find_path(const struct yaml_document *document, str wanted)
{
    yaml_mark_t found = {0};
    size_t found_bytes = 0;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        return found;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)document->text.data, document->text.len);
    struct path_walk walk = {0};
    yaml_event_t event;
    bool is_end = false;
    while (!is_end && yaml_parser_parse(&parser, &event)) {
        is_end = event.type == YAML_STREAM_END_EVENT;
        bool is_container = event.type == YAML_MAPPING_START_EVENT || event.type == YAML_SEQUENCE_START_EVENT;
        if (is_container || event.type == YAML_SCALAR_EVENT) {
            bool is_key = path_enter_node(&walk, &event);
            bool is_element = walk.depth > 0 && !walk.levels[walk.depth - 1].is_mapping;
            if ((is_key || is_element) && path_leads_to(&walk, wanted) && walk.path_bytes >= found_bytes) {
                found = event.start_mark;
                found_bytes = walk.path_bytes;
            }
            if (is_container) {
                path_open(&walk, event.type == YAML_MAPPING_START_EVENT);
            }
        } else if (event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT) {
            path_close(&walk);
        }
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return found;
}

void yaml_document_position(const struct yaml_document *document, struct error *err, const char *path_format, ...)
{
    char path[PATH_BYTES];
    va_list arguments;
    va_start(arguments, path_format);
    int length = vsnprintf(path, sizeof(path), path_format, arguments);
    va_end(arguments);
    if (err && length >= 0) {
        size_t bytes = (size_t)length < sizeof(path) ? (size_t)length : sizeof(path) - 1;
        set_position(document, err, find_path(document, str_from(path, bytes)));
    }
}

/* ---- second pass: libcyaml against the schema ---- */

/* What libcyaml says when it fails: one sentence, then where it was, innermost first. */
struct complaint {
    char sentence[ERROR_MESSAGE_BYTES];
    bool is_trace;
    char path[PATH_BYTES]; /* outermost first, built from the back */
    size_t path_start;
    const cyaml_schema_value_t *schema_root;
};

static void trace_prepend(struct complaint *complaint, const char *component, size_t bytes)
{
    if (bytes <= complaint->path_start) {
        complaint->path_start -= bytes;
        memcpy(complaint->path + complaint->path_start, component, bytes);
    }
}

/* "  in mapping field 'x' (line: 1, column: 2)" and "  in sequence entry '3' (...)", counted from 1. */
static void take_trace_line(struct complaint *complaint, str line)
{
    size_t open = str_find_char(line, '\'', 0);
    size_t close = open == SIZE_MAX ? SIZE_MAX : str_find(line, STR("' ("), open);
    if (close == SIZE_MAX) {
        return;
    }
    str name = str_slice(line, open + 1, close);
    char component[PATH_BYTES];
    int bytes = 0;
    uint64_t number;
    if (str_contains(str_slice(line, 0, open), STR("sequence"))) {
        if (str_to_u64(name, &number) && number > 0) {
            bytes = snprintf(component, sizeof(component), "[%llu]", (unsigned long long)(number - 1));
        }
    } else {
        bytes = snprintf(component, sizeof(component), ".%.*s", (int)(name.len < 512 ? name.len : 512), name.data);
    }
    trace_prepend(complaint, component, (size_t)(bytes > 0 ? bytes : 0));
}

__attribute__((format(printf, 3, 0))) static void take_log(cyaml_log_t level, void *context, const char *format,
                                                           va_list arguments)
{
    struct complaint *complaint = context;
    char text[ERROR_MESSAGE_BYTES];
    int length = vsnprintf(text, sizeof(text), format, arguments);
    if (level < CYAML_LOG_ERROR || length <= 0) {
        return;
    }
    str line = str_trim(str_from(text, (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1));
    if (str_eq(line, STR("Load: Backtrace:"))) {
        complaint->is_trace = true;
    } else if (complaint->is_trace) {
        take_trace_line(complaint, line);
    } else if (complaint->sentence[0] == 0) {
        str sentence = str_starts_with(line, STR("Load: ")) ? str_skip(line, 6) : line;
        memcpy(complaint->sentence, sentence.data, sentence.len);
        complaint->sentence[sentence.len] = 0;
    }
}

static void *take_memory(void *context, void *block, size_t bytes)
{
    (void)context;
    if (bytes == 0) {
        memory_free(block);
        return NULL;
    }
    return memory_resize(block, bytes);
}

/* The schema of the node at a path; NULL if the path leaves the schema. */
static const cyaml_schema_value_t *schema_at(const cyaml_schema_value_t *schema, str path)
{
    size_t at = 0;
    while (schema && at < path.len) {
        if (path.data[at] == '[') {
            size_t end = str_find_char(path, ']', at);
            bool is_list = schema->type == CYAML_SEQUENCE || schema->type == CYAML_SEQUENCE_FIXED;
            schema = end != SIZE_MAX && is_list ? schema->sequence.entry : NULL;
            at = end == SIZE_MAX ? path.len : end + 1;
            continue;
        }
        at += path.data[at] == '.';
        size_t end = at;
        while (end < path.len && path.data[end] != '.' && path.data[end] != '[') {
            end++;
        }
        const cyaml_schema_field_t *field = schema->type == CYAML_MAPPING ? schema->mapping.fields : NULL;
        while (field && field->key && !str_eq(str_from_cstring(field->key), str_slice(path, at, end))) {
            field++;
        }
        schema = field && field->key ? &field->value : NULL;
        at = end;
    }
    return schema;
}

static void hint_append(char *hint, size_t hint_bytes, const char *text)
{
    size_t used = strlen(hint);
    (void)snprintf(hint + used, hint_bytes - used, "%s%s", used ? ", " : "", text);
}

/* "allowed: a, b, c": keys of a mapping, words of an enumeration. */
static void set_allowed_hint(struct error *err, const cyaml_schema_value_t *schema)
{
    char allowed[ERROR_HINT_BYTES - 32] = "";
    if (schema && schema->type == CYAML_MAPPING) {
        for (const cyaml_schema_field_t *field = schema->mapping.fields; field->key; field++) {
            hint_append(allowed, sizeof(allowed), field->key);
        }
    } else if (schema && (schema->type == CYAML_ENUM || schema->type == CYAML_FLAGS)) {
        for (uint32_t i = 0; i < schema->enumeration.count; i++) {
            hint_append(allowed, sizeof(allowed), schema->enumeration.strings[i].str);
        }
    }
    if (allowed[0]) {
        error_hint(err, "allowed here: %s", allowed);
    }
}

static const char *schema_expectation(const cyaml_schema_value_t *schema)
{
    switch (schema ? schema->type : CYAML__TYPE_COUNT) {
    case CYAML_INT:
    case CYAML_UINT:
        return "a whole number in range";
    case CYAML_FLOAT:
        return "a number";
    case CYAML_BOOL:
        return "true or false";
    case CYAML_STRING:
        return "a text";
    case CYAML_ENUM:
        return "one of a few words";
    case CYAML_MAPPING:
        return "keys with values ('key: value')";
    case CYAML_FLAGS:
    case CYAML_SEQUENCE:
    case CYAML_SEQUENCE_FIXED:
        return "a list ('- ...' lines, or [a, b])";
    default:
        return "something else";
    }
}

/* "Sentence: detail" -> detail. */
static str sentence_detail(const char *sentence)
{
    str text = str_from_cstring(sentence);
    size_t colon = str_find(text, STR(": "), 0);
    return colon == SIZE_MAX ? STR_EMPTY : str_skip(text, colon + 2);
}

/* The path without its last ".key". */
static str path_parent(str path)
{
    size_t end = path.len;
    while (end > 0 && path.data[end - 1] != '.' && path.data[end - 1] != ']') {
        end--;
    }
    return str_slice(path, 0, end > 0 && path.data[end - 1] == '.' ? end - 1 : end);
}

static tocsin_status schema_error(const struct yaml_document *document, struct complaint *complaint, cyaml_err_t code,
                                  struct error *err)
{
    str path = str_from(complaint->path + complaint->path_start, PATH_BYTES - complaint->path_start);
    path = str_starts_with(path, STR(".")) ? str_skip(path, 1) : path;
    str detail = sentence_detail(complaint->sentence);
    if (code == CYAML_ERR_MAPPING_FIELD_MISSING || code == CYAML_ERR_UNEXPECTED_EVENT) {
        path = path_parent(path); /* the trace names the last key read; the complaint is about the mapping */
    }
    const cyaml_schema_value_t *schema = schema_at(complaint->schema_root, path);
    const char *dot = path.len ? "." : "";
    switch (code) {
    case CYAML_ERR_OOM:
        return error_memory(err);
    case CYAML_ERR_INVALID_KEY:
        error_set(err, TOCSIN_ERROR_CONFIG, "unknown key '%.*s'", STR_ARG(detail));
        yaml_document_position(document, err, "%.*s%s%.*s", STR_ARG(path), dot, STR_ARG(detail));
        set_allowed_hint(err, schema);
        return TOCSIN_ERROR_CONFIG;
    case CYAML_ERR_MAPPING_FIELD_MISSING:
        error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' is missing", STR_ARG(detail));
        set_allowed_hint(err, schema);
        break;
    case CYAML_ERR_UNEXPECTED_EVENT:
        error_set(err, TOCSIN_ERROR_CONFIG, "the key '%.*s' stands here twice", STR_ARG(detail));
        yaml_document_position(document, err, "%.*s%s%.*s", STR_ARG(path), dot, STR_ARG(detail));
        return TOCSIN_ERROR_CONFIG;
    case CYAML_ERR_INVALID_VALUE:
        error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' must be %s", STR_ARG(path), schema_expectation(schema));
        set_allowed_hint(err, schema);
        break;
    case CYAML_ERR_STRING_LENGTH_MIN:
        error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' must not be empty", STR_ARG(path));
        break;
    case CYAML_ERR_SEQUENCE_ENTRIES_MIN:
        error_set(err, TOCSIN_ERROR_CONFIG, "the list '%.*s' is too short", STR_ARG(path));
        break;
    default:
        error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s': %s", STR_ARG(path),
                  complaint->sentence[0] ? complaint->sentence : cyaml_strerror(code));
        break;
    }
    yaml_document_position(document, err, "%.*s", STR_ARG(path));
    return TOCSIN_ERROR_CONFIG;
}

static cyaml_config_t make_config(struct complaint *complaint)
{
    return (cyaml_config_t){.log_fn = complaint ? take_log : NULL,
                            .log_ctx = complaint,
                            .mem_fn = take_memory,
                            .log_level = CYAML_LOG_ERROR,
                            .flags = CYAML_CFG_NO_ALIAS};
}

static tocsin_status load_by_schema(struct yaml_document *document, struct error *err)
{
    struct complaint complaint = {.path_start = PATH_BYTES, .schema_root = document->schema};
    cyaml_config_t config = make_config(&complaint);
    cyaml_data_t *root = NULL;
    cyaml_err_t code = cyaml_load_data((const uint8_t *)document->text.data, document->text.len, &config,
                                       document->schema, &root, NULL);
    if (code != CYAML_OK) {
        return schema_error(document, &complaint, code, err);
    }
    document->root = root;
    return TOCSIN_OK;
}

static tocsin_status load_copied(struct yaml_document *document, struct error *err)
{
    tocsin_status status = check_syntax(document, err);
    if (!status) {
        status = load_by_schema(document, err);
    }
    if (!status && !document->root) { /* nothing, or only comments */
        error_set(err, TOCSIN_ERROR_CONFIG, "the file is empty");
        error_position(err, document->source, document->text, 0);
        set_allowed_hint(err, document->schema);
        status = TOCSIN_ERROR_CONFIG;
    }
    if (status) {
        yaml_document_release(document);
    }
    return status;
}

static void document_init(struct yaml_document *document, const char *source_name, const cyaml_schema_value_t *schema)
{
    *document = (struct yaml_document){.schema = schema};
    (void)snprintf(document->source, sizeof(document->source), "%s", source_name);
}

tocsin_status yaml_document_load_text(struct yaml_document *document, str text, const char *source_name,
                                      const cyaml_schema_value_t *schema, struct error *err)
{
    document_init(document, source_name, schema);
    if (text.len > LIMIT_CONFIG_BYTES) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "%s is larger than %zu MiB", source_name, LIMIT_CONFIG_BYTES / MEBI);
    }
    document->text_copy = memory_allocate(text.len + 1);
    if (!document->text_copy) {
        return error_memory(err);
    }
    if (text.len > 0) {
        memcpy(document->text_copy, text.data, text.len);
    }
    document->text = str_from(document->text_copy, text.len);
    return load_copied(document, err);
}

tocsin_status yaml_document_load_file(struct yaml_document *document, const char *path,
                                      const cyaml_schema_value_t *schema, struct error *err)
{
    document_init(document, path, schema);
    tocsin_status status = text_file_read(path, LIMIT_CONFIG_BYTES, &document->text, err);
    if (status) {
        document->text = STR_EMPTY;
        return status;
    }
    document->text_copy = (char *)document->text.data;
    return load_copied(document, err);
}

void yaml_document_release(struct yaml_document *document)
{
    if (document->root) {
        cyaml_config_t config = make_config(NULL);
        (void)cyaml_free(&config, document->schema, document->root, 0);
    }
    memory_free(document->text_copy);
    document->root = NULL;
    document->text_copy = NULL;
    document->text = STR_EMPTY;
}
