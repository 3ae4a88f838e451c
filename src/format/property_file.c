/* property_file.c - properties.yaml: the file's shape, and its checks. docs/properties.md is its description. */
#include <stdio.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "format/json_pick.h"
#include "format/property_entries.h"
#include "format/property_set_internal.h"
#include "match/regex.h"

/* ---- what extractions and conditions have in common: one source ---- */

struct file_load {
    struct yaml_document document;
    struct property_set *set;
    struct arena *arena;
    char path[128]; /* of the entry being read, for errors */
};

/* An error about `key` of the entry. */
static tocsin_status entry_error(const struct file_load *load, const char *key, struct error *err)
{
    yaml_document_position(&load->document, err, "%s.%s", load->path, key);
    return TOCSIN_ERROR_CONFIG;
}

static const char *const header_names[] = {"vendor",   "product", "version",     "event_id",  "event_name",
                                           "severity", "host",    "application", "process_id"};
_Static_assert(countof(header_names) == HEADER_PART_COUNT, "ORDER header_part");

static tocsin_status read_header_part(const struct file_load *load, const char *name, enum header_part *ret,
                                      struct error *err)
{
    for (size_t i = 0; i < countof(header_names); i++) {
        if (str_eq(str_from_cstring(name), str_from_cstring(header_names[i]))) {
            *ret = (enum header_part)i;
            return TOCSIN_OK;
        }
    }
    error_set(err, TOCSIN_ERROR_CONFIG, "there is no part '%s' of a header", name);
    error_hint(err, "allowed here: vendor, product, version, event_id, event_name, severity, host, application, "
                    "process_id");
    return entry_error(load, "header", err);
}

static tocsin_status check_json_path(const struct file_load *load, const char *key, str path, struct error *err)
{
    struct json_pick pick;
    size_t ignored;
    tocsin_status status = json_pick_init(&pick, load->arena, err);
    status = status ? status : json_pick_add(&pick, path, &ignored, err);
    return status == TOCSIN_ERROR_CONFIG ? entry_error(load, key, err) : status;
}

struct source_texts {
    const char *leef;
    const char *cef;
    const char *key_value;
    const char *json;
    const char *header;
};

/* Exactly one of them, or none (*ret_is_found false). *kinds gets the kinds of message it can stand in. */
static tocsin_status read_source(const struct file_load *load, const struct source_texts *texts,
                                 struct text_source *ret, uint32_t *ret_kinds, bool *ret_is_found, struct error *err)
{
    const struct {
        const char *name;
        const char *text;
        enum extraction_source source;
        uint32_t kinds;
    } choices[] = {
        {"leef", texts->leef, SOURCE_KEY, 1 << MESSAGE_LEEF},
        {"cef", texts->cef, SOURCE_KEY, 1 << MESSAGE_CEF},
        {"key_value", texts->key_value, SOURCE_KEY, 1 << MESSAGE_KEY_VALUE | 1 << MESSAGE_TEXT},
        {"json", texts->json, SOURCE_JSON, 1 << MESSAGE_JSON},
        {"header", texts->header, SOURCE_HEADER, UINT32_MAX},
    };
    *ret_is_found = false;
    for (size_t i = 0; i < countof(choices); i++) {
        if (!choices[i].text) {
            continue;
        }
        if (*ret_is_found) {
            error_set(err, TOCSIN_ERROR_CONFIG, "only one of leef, cef, key_value, json and header can stand here");
            return entry_error(load, choices[i].name, err);
        }
        *ret_is_found = true;
        ret->source = choices[i].source;
        *ret_kinds = choices[i].kinds;
        ret->key = arena_copy(load->arena, str_from_cstring(choices[i].text));
        if (!ret->key.data) {
            return error_memory(err);
        }
    }
    if (*ret_is_found && ret->source == SOURCE_JSON) {
        return check_json_path(load, "json", ret->key, err);
    }
    return texts->header ? read_header_part(load, texts->header, &ret->header, err) : TOCSIN_OK;
}

static tocsin_status copy_texts(const struct file_load *load, const char *const *texts, unsigned count, str **ret,
                                struct error *err)
{
    str *copies = count ? arena_array(load->arena, str, count) : NULL;
    if (count && !copies) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < count; i++) {
        copies[i] = arena_copy(load->arena, str_from_cstring(texts[i]));
        if (!copies[i].data) {
            return error_memory(err);
        }
    }
    *ret = copies;
    return TOCSIN_OK;
}

static tocsin_status copy_text(const struct file_load *load, const char *text, str *ret, struct error *err)
{
    *ret = text ? arena_copy(load->arena, str_from_cstring(text)) : STR_EMPTY;
    return ret->data ? TOCSIN_OK : error_memory(err);
}

static tocsin_status compile(const struct file_load *load, const char *key, const char *pattern,
                             struct kept_regex **ret_regex, struct error *err)
{
    str copy = arena_copy(load->arena, str_from_cstring(pattern));
    if (!copy.data) {
        return error_memory(err);
    }
    tocsin_status status = property_set_compile(load->set, copy, ret_regex, err);
    if (status && status != TOCSIN_ERROR_MEMORY) {
        if (err) {
            err->status = TOCSIN_ERROR_CONFIG; /* the text of a query may be wrong; here it is the configuration */
        }
        return entry_error(load, key, err);
    }
    return status;
}

/* ---- conditions ---- */

static tocsin_status read_condition(const struct file_load *load, const struct condition_entry *entry,
                                    struct condition *ret, struct error *err)
{
    bool is_found;
    uint32_t kinds;
    const struct source_texts texts = {entry->leef, entry->cef, entry->key_value, entry->json, entry->header};
    tocsin_status status = read_source(load, &texts, &ret->where, &kinds, &is_found, err);
    if (!status && !is_found) {
        ret->where.source = SOURCE_MESSAGE;
        if (!entry->matches) {
            error_set(err, TOCSIN_ERROR_CONFIG,
                      "a condition needs leef, cef, key_value, json or header, or 'matches' for the message");
            return entry_error(load, "equals", err);
        }
    }
    ret->equals_count = entry->equals_count;
    status = status ? status : copy_texts(load, entry->equals, entry->equals_count, &ret->equals, err);
    if (!status && entry->matches) {
        status = compile(load, "matches", entry->matches, &ret->regex, err);
    }
    return status;
}

static tocsin_status read_conditions(struct file_load *load, const struct extraction_entry *entry,
                                     struct extraction *extraction, struct error *err)
{
    struct condition **end = &extraction->conditions;
    size_t path_bytes = strlen(load->path);
    tocsin_status status = TOCSIN_OK;
    for (unsigned i = 0; !status && i < entry->condition_count; i++) {
        (void)snprintf(load->path + path_bytes, sizeof(load->path) - path_bytes, ".where[%u]", i);
        *end = arena_new(load->arena, struct condition);
        status = *end ? read_condition(load, &entry->conditions[i], *end, err) : error_memory(err);
        end = *end ? &(*end)->next : end;
    }
    load->path[path_bytes] = 0;
    return status;
}

/* ---- extractions ---- */

static tocsin_status read_regex(struct file_load *load, const struct extraction_entry *entry,
                                struct extraction *extraction, struct error *err)
{
    tocsin_status status = compile(load, "regex", entry->regex, &extraction->regex, err);
    /* QRadar's default is the first group; a pattern without groups can only mean the whole match. */
    extraction->group = REGEX_GROUP_DEFAULT;
    if (!status && entry->group) {
        const struct regex *regex;
        status = kept_regex_get(extraction->regex, &regex, err);
        if (!status && (*entry->group < 0 || *entry->group > (int64_t)regex_group_count(regex))) {
            error_set(err, TOCSIN_ERROR_CONFIG, "the regular expression has %u capture groups, so %lld is none of them",
                      regex_group_count(regex), (long long)*entry->group);
            return entry_error(load, "group", err);
        }
        extraction->group = (unsigned)*entry->group;
    }
    if (status) {
        return status;
    }
    if (entry->requires_text) {
        return copy_text(load, entry->requires_text, &extraction->required, err);
    }
    str literal = regex_required_literal(str_from_cstring(entry->regex));
    extraction->required = literal.len > 0 ? arena_copy(load->arena, literal) : STR_EMPTY;
    return extraction->required.data ? TOCSIN_OK : error_memory(err);
}

/* Further keys or paths of the same kind. */
static tocsin_status read_appended(const struct file_load *load, const struct extraction_entry *entry,
                                   struct extraction *extraction, struct error *err)
{
    unsigned count = entry->appended_count;
    if (count == 0) {
        return TOCSIN_OK;
    }
    if (extraction->what.source != SOURCE_KEY && extraction->what.source != SOURCE_JSON) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'append' names further keys: leef, cef, key_value or json must be here");
        return entry_error(load, "append", err);
    }
    extraction->appended = arena_array(load->arena, struct text_source, count);
    if (!extraction->appended) {
        return error_memory(err);
    }
    extraction->appended_count = count;
    tocsin_status status = TOCSIN_OK;
    for (unsigned i = 0; !status && i < count; i++) {
        extraction->appended[i] = extraction->what;
        status = copy_text(load, entry->appended[i], &extraction->appended[i].key, err);
        if (!status && extraction->what.source == SOURCE_JSON) {
            status = check_json_path(load, "append", extraction->appended[i].key, err);
        }
    }
    return status;
}

static tocsin_status read_result_path(const struct file_load *load, const struct extraction_entry *entry,
                                      struct extraction *extraction, struct error *err)
{
    str path;
    if (!entry->result_json) {
        return TOCSIN_OK;
    }
    tocsin_status status = copy_text(load, entry->result_json, &path, err);
    status = status ? status : json_path_parse(path, load->arena, &extraction->result_path, err);
    return status == TOCSIN_ERROR_CONFIG ? entry_error(load, "result_json", err) : status;
}

static tocsin_status check_extraction(struct file_load *load, const struct extraction_entry *entry,
                                      const struct extraction *extraction, enum property_type type, bool has_source,
                                      struct error *err)
{
    if (!has_source && !entry->regex) {
        error_set(err, TOCSIN_ERROR_CONFIG, "an extraction needs leef, cef, key_value, json or header, or a regex");
        return entry_error(load, "regex", err);
    }
    if (has_source && entry->from) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'from' says what a regex without a key reads; here it has a key");
        return entry_error(load, "from", err);
    }
    if (!entry->regex && (entry->group || entry->requires_text)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'group' and 'requires' belong to a regex");
        return entry_error(load, entry->group ? "group" : "requires", err);
    }
    if (entry->time_format && type != PROPERTY_TIME) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'time_format' is for properties of type time");
        return entry_error(load, "time_format", err);
    }
    if (extraction->kinds == 0) {
        error_set(err, TOCSIN_ERROR_CONFIG, "the key cannot stand in any of these formats");
        return entry_error(load, "formats", err);
    }
    return TOCSIN_OK;
}

static tocsin_status read_extraction(struct file_load *load, const struct extraction_entry *entry,
                                     enum property_type type, struct extraction *ret, struct error *err)
{
    bool has_source;
    ret->kinds = UINT32_MAX;
    const struct source_texts texts = {entry->leef, entry->cef, entry->key_value, entry->json, entry->header};
    tocsin_status status = read_source(load, &texts, &ret->what, &ret->kinds, &has_source, err);
    if (status) {
        return status;
    }
    if (!has_source) {
        ret->what.source = entry->from == FROM_MESSAGE ? SOURCE_MESSAGE : SOURCE_PAYLOAD;
        /* "$" would find the end of the JSON, not of the text in it; wrapped messages are read on their own. */
        ret->kinds = entry->from == FROM_MESSAGE && !entry->kinds ? ~(UINT32_C(1) << MESSAGE_JSON) : UINT32_MAX;
    }
    ret->kinds &= entry->kinds ? entry->kinds : UINT32_MAX;
    ret->decoding = (enum text_decoding)entry->decoding;
    ret->required = STR_EMPTY;
    status = check_extraction(load, entry, ret, type, has_source, err);
    if (!status && entry->regex) {
        status = read_regex(load, entry, ret, err);
    }
    bool is_any = !entry->log_source_type || str_eq_ignore_case(str_from_cstring(entry->log_source_type), STR("any"));
    status = status ? status : copy_text(load, is_any ? NULL : entry->log_source_type, &ret->log_source_type, err);
    status = status ? status : copy_text(load, entry->time_format, &ret->time_format, err);
    ret->application_count = entry->application_count;
    status = status ? status : copy_texts(load, entry->applications, entry->application_count, &ret->applications, err);
    status = status ? status : read_appended(load, entry, ret, err);
    status = status ? status : read_result_path(load, entry, ret, err);
    return status ? status : read_conditions(load, entry, ret, err);
}

/* ---- properties ---- */

static enum value_type column_type(enum property_type type)
{
    switch (type) {
    case PROPERTY_NUMBER:
        return TYPE_DOUBLE;
    case PROPERTY_INTEGER:
    case PROPERTY_PORT:
    case PROPERTY_TIME:
        return TYPE_INT64;
    case PROPERTY_IP:
        return TYPE_IP;
    default:
        return TYPE_STRING;
    }
}

/* An AQL-based property is nothing but its expression. What the expression says is read when a query uses it. */
static tocsin_status check_expression(const struct file_load *load, const struct property_entry *entry,
                                      struct error *err)
{
    const struct {
        const char *key;
        bool is_there;
    } others[] = {
        {"extractions", entry->extractions != NULL},
        {"type", entry->type != NULL},
        {"replace", entry->replaces},
    };
    for (size_t i = 0; i < countof(others); i++) {
        if (others[i].is_there) {
            error_set(err, TOCSIN_ERROR_CONFIG, "a property with an expression has no '%s'", others[i].key);
            error_hint(err, "the expression alone gives the value and its type");
            return entry_error(load, others[i].key, err);
        }
    }
    if (strlen(entry->expression) > LIMIT_QUERY_BYTES) {
        error_set(err, TOCSIN_ERROR_CONFIG, "the expression is longer than a query may be");
        return entry_error(load, "expression", err);
    }
    return TOCSIN_OK;
}

static tocsin_status read_property(struct file_load *load, const struct property_entry *entry, unsigned index,
                                   struct error *err)
{
    enum property_type type = entry->type ? (enum property_type) * entry->type : PROPERTY_TEXT;
    struct property property = {
        .property_type = type, .type = column_type(type), .is_enabled = !entry->is_enabled || *entry->is_enabled};
    struct extraction *first = NULL;
    struct extraction **end = &first;
    tocsin_status status = TOCSIN_OK;
    for (unsigned i = 0; !status && i < entry->extraction_count; i++) {
        (void)snprintf(load->path, sizeof(load->path), "properties[%u].extractions[%u]", index, i);
        struct extraction *extraction = arena_new(load->arena, struct extraction);
        if (!extraction) {
            return error_memory(err);
        }
        status = read_extraction(load, &entry->extractions[i], property.property_type, extraction, err);
        *end = extraction;
        end = &extraction->next;
    }
    (void)snprintf(load->path, sizeof(load->path), "properties[%u]", index);
    if (!status && entry->expression) {
        status = check_expression(load, entry, err);
    }
    status = status ? status : copy_text(load, entry->expression, &property.expression, err);
    status = status ? status : copy_text(load, entry->name, &property.name, err);
    status = status ? status : copy_text(load, entry->description, &property.description, err);
    status = status ? status : property_set_add(load->set, &property, first, entry->replaces, err);
    if (status == TOCSIN_ERROR_CONFIG && err) {
        if (err->line == 0) {
            (void)entry_error(load, entry->expression ? "expression" : "type", err);
        }
        error_context(err, "property '%s'", entry->name);
    }
    return status;
}

static tocsin_status check_unique(const struct file_load *load, const struct property_entries *root, struct error *err)
{
    for (unsigned i = 1; i < root->property_count; i++) {
        for (unsigned k = 0; k < i; k++) {
            if (str_eq_ignore_case(str_from_cstring(root->properties[i].name),
                                   str_from_cstring(root->properties[k].name))) {
                error_set(err, TOCSIN_ERROR_CONFIG, "the property '%s' stands here twice", root->properties[i].name);
                yaml_document_position(&load->document, err, "properties[%u].name", i);
                return TOCSIN_ERROR_CONFIG;
            }
        }
    }
    return TOCSIN_OK;
}

static tocsin_status load_properties(struct file_load *load, const struct property_entries *root, struct error *err)
{
    if (root->property_count > LIMIT_SCHEMA_FIELDS) {
        error_set(err, TOCSIN_ERROR_CONFIG, "the file has more than %d properties", LIMIT_SCHEMA_FIELDS);
        yaml_document_position(&load->document, err, "properties");
        return TOCSIN_ERROR_CONFIG;
    }
    tocsin_status status = check_unique(load, root, err);
    for (unsigned i = 0; !status && i < root->property_count; i++) {
        status = read_property(load, &root->properties[i], i, err);
    }
    return status;
}

static tocsin_status load_document(struct file_load *load, tocsin_status status, struct error *err)
{
    if (!status) {
        load->arena = property_set_arena(load->set);
        status = load_properties(load, load->document.root, err);
        yaml_document_release(&load->document);
    }
    return status;
}

tocsin_status property_set_load_file(struct property_set *set, const char *path, struct error *err)
{
    struct file_load load = {.set = set};
    return load_document(&load, yaml_document_load_file(&load.document, path, &property_entries_schema, err), err);
}

tocsin_status property_set_load_text(struct property_set *set, str text, const char *source_name, struct error *err)
{
    struct file_load load = {.set = set};
    tocsin_status status = yaml_document_load_text(&load.document, text, source_name, &property_entries_schema, err);
    return load_document(&load, status, err);
}

tocsin_status property_set_load_built_in(struct property_set *set, struct error *err)
{
    struct file_load load = {
        .set = set, .arena = property_set_arena(set), .document = {.source = "built-in properties"}};
    return load_properties(&load, &builtin_property_entries, err);
}
