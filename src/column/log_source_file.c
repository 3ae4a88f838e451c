#include "column/log_source_file.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/yaml_document.h"

struct type_entry {
    int64_t id;
    char *name;
    char **aliases;
    unsigned alias_count;
};

struct group_entry {
    int64_t id;
    char *name;
};

struct source_entry {
    int64_t id;
    char *name;
    char *type; /* name, alias or number */
    char **identifiers;
    unsigned identifier_count;
    char **groups;
    unsigned group_count;
    int64_t *credibility;
};

struct event_name_entry {
    int64_t qid;
    char *name;
    char *description;
    int64_t category;
    int64_t *severity;
};

struct file_root {
    struct type_entry *types;
    unsigned type_count;
    struct group_entry *groups;
    unsigned group_count;
    struct source_entry *sources;
    unsigned source_count;
    struct event_name_entry *event_names;
    unsigned event_name_count;
};

static const cyaml_schema_value_t text_schema = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, CYAML_UNLIMITED)};

#define LIST(key, structure, member, count)                                                                            \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, count, &text_schema,  \
                               0, CYAML_UNLIMITED)

static const cyaml_schema_field_t type_fields[] = {
    CYAML_FIELD_INT("id", CYAML_FLAG_DEFAULT, struct type_entry, id),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct type_entry, name, 1, CYAML_UNLIMITED),
    LIST("aliases", struct type_entry, aliases, alias_count),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t type_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct type_entry, type_fields)};

static const cyaml_schema_field_t group_fields[] = {
    CYAML_FIELD_INT("id", CYAML_FLAG_DEFAULT, struct group_entry, id),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct group_entry, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t group_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct group_entry, group_fields)};

static const cyaml_schema_field_t source_fields[] = {
    CYAML_FIELD_INT("id", CYAML_FLAG_DEFAULT, struct source_entry, id),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct source_entry, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("type", CYAML_FLAG_POINTER, struct source_entry, type, 1, CYAML_UNLIMITED),
    LIST("identifiers", struct source_entry, identifiers, identifier_count),
    LIST("groups", struct source_entry, groups, group_count),
    CYAML_FIELD_INT_PTR("credibility", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct source_entry, credibility),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t source_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct source_entry, source_fields)};

static const cyaml_schema_field_t event_name_fields[] = {
    CYAML_FIELD_INT("qid", CYAML_FLAG_DEFAULT, struct event_name_entry, qid),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct event_name_entry, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_INT("category", CYAML_FLAG_OPTIONAL, struct event_name_entry, category),
    CYAML_FIELD_INT_PTR("severity", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct event_name_entry, severity),
    CYAML_FIELD_STRING_PTR("description", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct event_name_entry,
                           description, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t event_name_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct event_name_entry, event_name_fields)};

#define ENTRIES(key, member, count, schema)                                                                            \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root, member, count, schema, \
                               0, CYAML_UNLIMITED)

static const cyaml_schema_field_t root_fields[] = {
    ENTRIES("types", types, type_count, &type_schema),
    ENTRIES("groups", groups, group_count, &group_schema),
    ENTRIES("log_sources", sources, source_count, &source_schema),
    ENTRIES("event_names", event_names, event_name_count, &event_name_schema),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

/* What the file holds while it goes into the table. */
struct file_load {
    struct yaml_document document;
    struct log_source_table *table;
    struct arena scratch;
};

static tocsin_status texts_of(struct arena *arena, char *const *texts, unsigned count, str **ret, struct error *err)
{
    str *views = count ? arena_array(arena, str, count) : NULL;
    if (count && !views) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < count; i++) {
        views[i] = str_from_cstring(texts[i]);
    }
    *ret = views;
    return TOCSIN_OK;
}

/* ---- types ---- */

/* The names under which a type was known stay aliases: queries were written with them. */
static tocsin_status collect_aliases(struct file_load *load, const struct type_entry *entry,
                                     const struct log_source_type *known, struct log_source_type *type,
                                     struct error *err)
{
    size_t capacity = entry->alias_count + (known ? known->alias_count + 1 : 0);
    type->aliases = capacity ? arena_array(&load->scratch, str, capacity) : NULL;
    if (capacity && !type->aliases) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < entry->alias_count; i++) {
        type->aliases[type->alias_count++] = str_from_cstring(entry->aliases[i]);
    }
    if (known) {
        memcpy(type->aliases + type->alias_count, known->aliases, known->alias_count * sizeof(str));
        type->alias_count += known->alias_count;
        if (!str_eq_ignore_case(known->name, type->name)) {
            type->aliases[type->alias_count++] = known->name;
        }
    }
    return TOCSIN_OK;
}

/* A name may stand for one type only. */
static tocsin_status check_name_is_free(const struct file_load *load, str name, int64_t id, struct error *err)
{
    const struct log_source_type *other = log_source_type_find_name(load->table, name);
    if (other && other->id != id) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' is a name of the log source type '%.*s' (id %lld) already",
                         STR_ARG(name), STR_ARG(other->name), (long long)other->id);
    }
    return TOCSIN_OK;
}

static tocsin_status add_type(struct file_load *load, const void *item, struct error *err)
{
    const struct type_entry *entry = item;
    str name = str_from_cstring(entry->name);
    const struct log_source_type *named = log_source_type_find_name(load->table, name);
    if (named && named->id != entry->id && str_eq_ignore_case(named->name, name)) {
        tocsin_status status = log_source_table_renumber_type(load->table, named->id, entry->id, err);
        if (status) {
            return status;
        }
    }
    struct log_source_type type = {.id = entry->id, .name = name};
    tocsin_status status = collect_aliases(load, entry, log_source_type_find(load->table, entry->id), &type, err);
    if (!status) {
        status = check_name_is_free(load, name, entry->id, err);
    }
    for (unsigned i = 0; !status && i < entry->alias_count; i++) {
        status = check_name_is_free(load, str_from_cstring(entry->aliases[i]), entry->id, err);
    }
    return status ? status : log_source_table_add_type(load->table, &type, err);
}

/* ---- groups ---- */

static tocsin_status add_group(struct file_load *load, const void *item, struct error *err)
{
    const struct group_entry *entry = item;
    const struct log_source_group group = {entry->id, str_from_cstring(entry->name)};
    return log_source_table_add_group(load->table, &group, err);
}

/* ---- log sources ---- */

static const struct log_source_type *find_type(const struct log_source_table *table, str text)
{
    int64_t id;
    return str_to_i64(text, &id) ? log_source_type_find(table, id) : log_source_type_find_name(table, text);
}

static tocsin_status unknown_type(const struct file_load *load, str name, struct error *err)
{
    error_set(err, TOCSIN_ERROR_CONFIG, "there is no log source type '%.*s'", STR_ARG(name));
    char names[ERROR_HINT_BYTES - 128];
    size_t used = 0;
    for (size_t i = 0; i < log_source_type_count(load->table); i++) {
        str known = log_source_type_at(load->table, i)->name;
        if (used + known.len + 4 > sizeof(names)) {
            break;
        }
        names[used] = ',';
        names[used + 1] = ' ';
        memcpy(names + used + 2, known.data, known.len);
        used += known.len + 2;
    }
    error_hint(err, "add it under 'types:', or use one of: %.*s", (int)(used > 2 ? used - 2 : 0), names + 2);
    return TOCSIN_ERROR_CONFIG;
}

static bool is_zero_to_ten(const int64_t *value)
{
    return !value || (*value >= 0 && *value <= 10);
}

static tocsin_status add_source(struct file_load *load, const void *item, struct error *err)
{
    const struct source_entry *entry = item;
    str type_name = str_from_cstring(entry->type);
    const struct log_source_type *type = find_type(load->table, type_name);
    if (!type) {
        return unknown_type(load, type_name, err);
    }
    if (!is_zero_to_ten(entry->credibility)) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the credibility is 0 to 10, not %lld",
                         (long long)*entry->credibility);
    }
    struct log_source source = {.id = entry->id,
                                .name = str_from_cstring(entry->name),
                                .type_id = type->id,
                                .identifier_count = entry->identifier_count,
                                .group_count = entry->group_count,
                                .credibility = entry->credibility ? *entry->credibility : 5};
    tocsin_status status =
        texts_of(&load->scratch, entry->identifiers, entry->identifier_count, &source.identifiers, err);
    if (!status) {
        status = texts_of(&load->scratch, entry->groups, entry->group_count, &source.groups, err);
    }
    return status ? status : log_source_table_add(load->table, &source, err);
}

/* ---- event names ---- */

static tocsin_status add_event_name(struct file_load *load, const void *item, struct error *err)
{
    const struct event_name_entry *entry = item;
    if (entry->qid <= 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "a qid is 1 or more, not %lld", (long long)entry->qid);
    }
    if (!is_zero_to_ten(entry->severity)) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the severity is 0 to 10, not %lld", (long long)*entry->severity);
    }
    static const struct event_name unknown = {.severity = 5, .description = {"", 0}};
    const struct event_name *known = event_name_find(load->table, entry->qid);
    struct event_name name = known ? *known : unknown; /* what the entry does not say stays as it was */
    name.qid = entry->qid;
    name.name = str_from_cstring(entry->name);
    name.category = entry->category ? entry->category : name.category;
    name.severity = entry->severity ? *entry->severity : name.severity;
    name.description = entry->description ? str_from_cstring(entry->description) : name.description;
    return log_source_table_add_event_name(load->table, &name, err);
}

/* ---- the whole ---- */

/* A list of the file. Each entry begins with its number. */
struct entry_list {
    const char *key;
    const char *number_key;
    const void *entries;
    unsigned count;
    size_t entry_bytes;
    tocsin_status (*add)(struct file_load *load, const void *entry, struct error *err);
};

static_assert(offsetof(struct type_entry, id) == 0, "an entry begins with its number");
static_assert(offsetof(struct group_entry, id) == 0, "an entry begins with its number");
static_assert(offsetof(struct source_entry, id) == 0, "an entry begins with its number");
static_assert(offsetof(struct event_name_entry, qid) == 0, "an entry begins with its number");

struct numbered {
    int64_t number;
    unsigned index;
};

static int compare_numbered(const void *a, const void *b)
{
    const struct numbered *left = a;
    const struct numbered *right = b;
    if (left->number != right->number) {
        return left->number < right->number ? -1 : 1;
    }
    return left->index < right->index ? -1 : 1;
}

/* The same number twice in one list is a mistake; a number that is built in replaces. */
static tocsin_status check_unique(struct file_load *load, const struct entry_list *list, struct error *err)
{
    struct numbered *numbers = arena_array(&load->scratch, struct numbered, list->count);
    if (!numbers) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < list->count; i++) {
        memcpy(&numbers[i].number, (const char *)list->entries + i * list->entry_bytes, sizeof(int64_t));
        numbers[i].index = i;
    }
    qsort(numbers, list->count, sizeof(*numbers), compare_numbered);
    for (unsigned i = 1; i < list->count; i++) {
        if (numbers[i].number == numbers[i - 1].number) {
            error_set(err, TOCSIN_ERROR_CONFIG, "the %s %lld stands here twice", list->number_key,
                      (long long)numbers[i].number);
            yaml_document_position(&load->document, err, "%s[%u].%s", list->key, numbers[i].index, list->number_key);
            return TOCSIN_ERROR_CONFIG;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status add_list(struct file_load *load, const struct entry_list *list, struct error *err)
{
    if (list->count == 0) {
        return TOCSIN_OK;
    }
    tocsin_status status = check_unique(load, list, err);
    for (unsigned i = 0; !status && i < list->count; i++) {
        status = list->add(load, (const char *)list->entries + i * list->entry_bytes, err);
        if (status == TOCSIN_ERROR_CONFIG) {
            yaml_document_position(&load->document, err, "%s[%u]", list->key, i);
        }
    }
    return status;
}

static tocsin_status load_entries(struct file_load *load, struct error *err)
{
    const struct file_root *root = load->document.root;
    const struct entry_list lists[] = {
        {"types", "id", root->types, root->type_count, sizeof(struct type_entry), add_type},
        {"groups", "id", root->groups, root->group_count, sizeof(struct group_entry), add_group},
        {"log_sources", "id", root->sources, root->source_count, sizeof(struct source_entry), add_source},
        {"event_names", "qid", root->event_names, root->event_name_count, sizeof(struct event_name_entry),
         add_event_name},
    };
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; !status && i < countof(lists); i++) {
        status = add_list(load, &lists[i], err);
    }
    return status;
}

static tocsin_status load_document(struct file_load *load, tocsin_status status, struct error *err)
{
    if (!status) {
        arena_init(&load->scratch, ARENA_NO_LIMIT);
        status = load_entries(load, err);
        arena_release(&load->scratch);
        yaml_document_release(&load->document);
    }
    return status;
}

tocsin_status log_source_file_load(struct log_source_table *table, const char *path, struct error *err)
{
    struct file_load load = {.table = table};
    return load_document(&load, yaml_document_load_file(&load.document, path, &root_schema, err), err);
}

tocsin_status log_source_file_load_text(struct log_source_table *table, str text, const char *source_name,
                                        struct error *err)
{
    struct file_load load = {.table = table};
    return load_document(&load, yaml_document_load_text(&load.document, text, source_name, &root_schema, err), err);
}
