#include "lookup/saved_searches.h"

#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text_file.h"
#include "base/yaml_document.h"
#include "lookup/entry_check.h"
#include "lookup/folder_files.h"
#include "lookup/lookup.h"
#include "lookup/nearest_name.h"

#define INDEX_FILE "searches.yaml"

struct search_entry {
    char *name;
    char *aql;
};

struct file_root {
    struct search_entry *searches;
    unsigned search_count;
};

static const cyaml_schema_field_t search_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct search_entry, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("aql", CYAML_FLAG_POINTER, struct search_entry, aql, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t search_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct search_entry, search_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("searches", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root, searches,
                               search_count, &search_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

struct saved_searches {
    struct arena arena;
    struct saved_search *items;
    size_t count;
    size_t capacity;
};

tocsin_status saved_searches_create(struct saved_searches **ret_searches, struct error *err)
{
    struct saved_searches *searches = memory_allocate_zeroed(1, sizeof(*searches));
    if (!searches) {
        return error_memory(err);
    }
    arena_init(&searches->arena, ARENA_NO_LIMIT);
    *ret_searches = searches;
    return TOCSIN_OK;
}

void saved_searches_free(struct saved_searches *searches)
{
    if (searches) {
        arena_release(&searches->arena);
        memory_free(searches->items);
        memory_free(searches);
    }
}

static tocsin_status make_room(struct saved_searches *searches, struct error *err)
{
    if (searches->count == LIMIT_SAVED_SEARCHES) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "there are more than %d saved searches", LIMIT_SAVED_SEARCHES);
    }
    if (searches->count < searches->capacity) {
        return TOCSIN_OK;
    }
    size_t capacity = searches->capacity ? searches->capacity * 2 : 16;
    struct saved_search *wider = memory_resize(searches->items, capacity * sizeof(*wider));
    if (!wider) {
        return error_memory(err);
    }
    searches->items = wider;
    searches->capacity = capacity;
    return TOCSIN_OK;
}

static tocsin_status add(struct saved_searches *searches, str name, str aql, const char *source, struct error *err)
{
    tocsin_status status = make_room(searches, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct saved_search search = {arena_copy(&searches->arena, name), arena_copy(&searches->arena, aql),
                                        arena_copy_cstring(&searches->arena, str_from_cstring(source))};
    if (!search.name.data || !search.aql.data || !search.source) {
        return error_memory(err);
    }
    searches->items[searches->count++] = search;
    return TOCSIN_OK;
}

/* ---- searches.yaml ---- */

static tocsin_status check_names(const struct yaml_document *document, struct error *err)
{
    const struct file_root *root = document->root;
    struct entry_key *names = memory_allocate_zeroed(root->search_count + 1u, sizeof(*names));
    if (!names) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < root->search_count; i++) {
        names[i] = (struct entry_key){0, str_from_cstring(root->searches[i].name), i};
    }
    tocsin_status status = entry_check_unique(document, "searches", "name", names, root->search_count, err);
    memory_free(names);
    return status;
}

/* Places in the search are not places in the file. */
static tocsin_status add_entry(struct saved_searches *searches, str name, const char *aql, const char *path,
                               struct error *err)
{
    struct strbuf source;
    strbuf_init(&source, LIMIT_QUERY_BYTES);
    strbuf_append_format(&source, "%s, '%.*s'", path, STR_ARG(name));
    strbuf_append_char(&source, '\0');
    tocsin_status status = source.is_failed ? error_memory(err)
                                            : add(searches, name, str_from_cstring(aql), source.data, err);
    strbuf_release(&source);
    return status;
}

static tocsin_status add_entries(struct saved_searches *searches, const struct yaml_document *document,
                                 struct error *err)
{
    const struct file_root *root = document->root;
    tocsin_status status = check_names(document, err);
    for (unsigned i = 0; status == TOCSIN_OK && i < root->search_count; i++) {
        const struct search_entry *entry = &root->searches[i];
        str name = str_from_cstring(entry->name);
        if (strlen(entry->aql) > LIMIT_QUERY_BYTES) {
            status = error_set(err, TOCSIN_ERROR_CONFIG, "the search is longer than a query may be");
        } else if (saved_search_find(searches, name)) {
            status = error_set(err, TOCSIN_ERROR_CONFIG, "there is a file of the search '%s', too", entry->name);
        } else {
            status = add_entry(searches, name, entry->aql, document->source, err);
        }
        if (status == TOCSIN_ERROR_CONFIG) {
            yaml_document_position(document, err, "searches[%u]", i);
        }
    }
    return status;
}

tocsin_status saved_searches_load_text(struct saved_searches *searches, str text, const char *source_name,
                                       struct error *err)
{
    struct yaml_document document;
    tocsin_status status = yaml_document_load_text(&document, text, source_name, &root_schema, err);
    if (status == TOCSIN_OK) {
        status = add_entries(searches, &document, err);
        yaml_document_release(&document);
    }
    return status;
}

/* ---- the folder ---- */

static tocsin_status add_file(struct saved_searches *searches, const struct folder_file *file, struct error *err)
{
    str text;
    tocsin_status status = text_file_read(file->path, LIMIT_QUERY_BYTES, &text, err);
    if (status == TOCSIN_OK) {
        status =
            saved_search_find(searches, file->stem)
                ? error_set(err, TOCSIN_ERROR_CONFIG, "'%s': there are two saved searches of that name", file->path)
                : add(searches, file->stem, text, file->path, err);
        memory_free((char *)text.data);
    }
    return status;
}

static tocsin_status add_files(struct saved_searches *searches, const char *folder_path, bool *ret_is_loaded,
                               struct error *err)
{
    static const str ending = {".aql", 4};
    struct folder_file *files;
    size_t count;
    struct arena scratch;
    arena_init(&scratch, ARENA_NO_LIMIT);
    tocsin_status status =
        folder_files_list(folder_path, "searches", &ending, 1, LIMIT_SAVED_SEARCHES, &scratch, &files, &count, err);
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        status = add_file(searches, &files[i], err);
        *ret_is_loaded = true;
    }
    arena_release(&scratch);
    return status;
}

tocsin_status saved_searches_load_folder(struct saved_searches *searches, const char *folder_path, bool *ret_is_loaded,
                                         struct error *err)
{
    tocsin_status status = add_files(searches, folder_path, ret_is_loaded, err);
    char path[PATH_MAX];
    if (status != TOCSIN_OK || !lookup_folder_has(folder_path, INDEX_FILE, path)) {
        return status;
    }
    str text;
    status = text_file_read(path, LIMIT_CONFIG_BYTES, &text, err);
    if (status == TOCSIN_OK) {
        *ret_is_loaded = true;
        status = saved_searches_load_text(searches, text, path, err);
        memory_free((char *)text.data);
    }
    return status;
}

/* ---- searching ---- */

const struct saved_search *saved_search_find(const struct saved_searches *searches, str name)
{
    for (size_t i = 0; i < searches->count; i++) {
        if (str_eq_ignore_case(searches->items[i].name, name)) {
            return &searches->items[i];
        }
    }
    return NULL;
}

str saved_search_suggest(const struct saved_searches *searches, str name)
{
    struct nearest_name nearest = nearest_name_of(name);
    for (size_t i = 0; i < searches->count; i++) {
        nearest_name_try(&nearest, searches->items[i].name);
    }
    return nearest.name;
}

size_t saved_search_count(const struct saved_searches *searches)
{
    return searches->count;
}

const struct saved_search *saved_search_at(const struct saved_searches *searches, size_t index)
{
    return &searches->items[index];
}
