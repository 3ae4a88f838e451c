#include "lookup/url_lists.h"

#include "base/json_reader.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text_file.h"
#include "base/yaml_document.h"
#include "lookup/entry_check.h"
#include "lookup/folder_files.h"
#include "lookup/key_table.h"
#include "lookup/lookup.h"

#define INDEX_FILE "lookups.yaml"

struct list_entry {
    char *url;
    char *file;
};

struct file_root {
    struct list_entry *lists;
    unsigned list_count;
};

static const cyaml_schema_field_t list_fields[] = {
    CYAML_FIELD_STRING_PTR("url", CYAML_FLAG_POINTER, struct list_entry, url, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("file", CYAML_FLAG_POINTER, struct list_entry, file, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t list_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct list_entry, list_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("lookups", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root, lists, list_count,
                               &list_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

struct url_list {
    str url;
    char *text;
    struct key_table elements;
    struct arena arena; /* elements whose escapes were resolved */
};

struct url_lists {
    struct arena arena;
    struct url_list *items[LIMIT_REFERENCE_COLLECTIONS];
    size_t count;
};

tocsin_status url_lists_create(struct url_lists **ret_lists, struct error *err)
{
    struct url_lists *lists = memory_allocate_zeroed(1, sizeof(*lists));
    if (!lists) {
        return error_memory(err);
    }
    arena_init(&lists->arena, ARENA_NO_LIMIT);
    *ret_lists = lists;
    return TOCSIN_OK;
}

static void list_free(struct url_list *list)
{
    key_table_release(&list->elements);
    arena_release(&list->arena);
    memory_free(list->text);
    memory_free(list);
}

void url_lists_free(struct url_lists *lists)
{
    if (lists) {
        for (size_t i = 0; i < lists->count; i++) {
            list_free(lists->items[i]);
        }
        arena_release(&lists->arena);
        memory_free(lists);
    }
}

/* ---- one list ---- */

static tocsin_status add_element(struct url_list *list, str element, struct error *err)
{
    if (key_table_add(&list->elements, element) == KEY_NONE) {
        return error_memory(err);
    }
    return list->elements.count <= LIMIT_REFERENCE_ELEMENTS
               ? TOCSIN_OK
               : error_set(err, TOCSIN_ERROR_CONFIG, "there are more than %d elements", LIMIT_REFERENCE_ELEMENTS);
}

static tocsin_status read_lines(struct url_list *list, str text, const char *source, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t at = 0; status == TOCSIN_OK && at < text.len;) {
        size_t end = str_find_char(text, '\n', at);
        end = end == SIZE_MAX ? text.len : end;
        str line = str_trim(str_slice(text, at, end));
        if (line.len > 0 && line.data[0] != '#') {
            status = add_element(list, line, err);
        }
        if (status == TOCSIN_ERROR_CONFIG) {
            error_position(err, source, text, at);
        }
        at = end + 1;
    }
    return status;
}

/* Texts as they are, numbers as they are written, true and false as words. */
static tocsin_status read_array(struct url_list *list, str text, const char *source, struct error *err)
{
    size_t damage;
    if (!json_validate(text, &damage)) {
        error_set(err, TOCSIN_ERROR_CONFIG, "this is no valid JSON");
        error_position(err, source, text, damage);
        return TOCSIN_ERROR_CONFIG;
    }
    struct json_reader reader;
    json_reader_init(&reader, text);
    bool is_array = json_enter_array(&reader);
    tocsin_status status = TOCSIN_OK;
    while (is_array && status == TOCSIN_OK && json_next_element(&reader)) {
        size_t offset = text.len - json_rest(&reader).len;
        struct json_value value;
        if (!json_read(&reader, &value) || value.kind == JSON_OBJECT || value.kind == JSON_ARRAY) {
            status = error_set(err, TOCSIN_ERROR_CONFIG, "a list holds texts and numbers, nothing nested");
        } else if (value.kind != JSON_NULL) {
            str element = json_text(&value, &list->arena);
            status = element.data ? add_element(list, element, err) : error_memory(err);
        }
        if (status == TOCSIN_ERROR_CONFIG) {
            error_position(err, source, text, offset);
        }
    }
    return status;
}

tocsin_status url_lists_add(struct url_lists *lists, str url, str text, const char *source_name, struct error *err)
{
    struct url_list *list = memory_allocate_zeroed(1, sizeof(*list));
    if (!list) {
        memory_free((char *)(uintptr_t)text.data);
        return error_memory(err);
    }
    arena_init(&list->arena, ARENA_NO_LIMIT);
    key_table_init(&list->elements);
    list->text = (char *)(uintptr_t)text.data;
    list->url = arena_copy(&lists->arena, url);
    tocsin_status status = list->url.data ? TOCSIN_OK : error_memory(err);
    if (status == TOCSIN_OK && lists->count == LIMIT_REFERENCE_COLLECTIONS) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "there are more than %d lists", LIMIT_REFERENCE_COLLECTIONS);
        error_position(err, source_name, text, 0);
    }
    str content = str_starts_with(text, STR("\xEF\xBB\xBF")) ? str_skip(text, 3) : text;
    if (status == TOCSIN_OK) {
        status = str_starts_with(str_trim(content), STR("[")) ? read_array(list, content, source_name, err)
                                                              : read_lines(list, content, source_name, err);
    }
    if (status != TOCSIN_OK) {
        list_free(list);
        return status;
    }
    lists->items[lists->count++] = list;
    return TOCSIN_OK;
}

/* ---- lookups.yaml ---- */

static tocsin_status check_urls(const struct yaml_document *document, struct arena *scratch, struct error *err)
{
    const struct file_root *root = document->root;
    struct entry_key *urls = arena_array(scratch, struct entry_key, root->list_count + 1u);
    if (!urls) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < root->list_count; i++) {
        urls[i] = (struct entry_key){0, str_from_cstring(root->lists[i].url), i};
    }
    return entry_check_unique(document, "lookups", "url", urls, root->list_count, err);
}

static tocsin_status read_entry(struct url_lists *lists, const struct list_entry *entry, const char *folder_path,
                                struct arena *scratch, struct error *err)
{
    const char *path = folder_files_path(folder_path, str_from_cstring(entry->file), scratch);
    if (!path) {
        return error_memory(err);
    }
    str text;
    tocsin_status status = text_file_read(path, LIMIT_REFERENCE_BYTES, &text, err);
    return status == TOCSIN_OK ? url_lists_add(lists, str_from_cstring(entry->url), text, path, err) : status;
}

static tocsin_status read_entries(struct url_lists *lists, const struct yaml_document *document,
                                  const char *folder_path, struct error *err)
{
    const struct file_root *root = document->root;
    struct arena scratch;
    arena_init(&scratch, ARENA_NO_LIMIT);
    tocsin_status status = check_urls(document, &scratch, err);
    for (unsigned i = 0; status == TOCSIN_OK && i < root->list_count; i++) {
        status = read_entry(lists, &root->lists[i], folder_path, &scratch, err);
        if (status == TOCSIN_ERROR_CONFIG && err && err->line == 0) {
            yaml_document_position(document, err, "lookups[%u].file", i);
        }
    }
    arena_release(&scratch);
    return status;
}

tocsin_status url_lists_load_folder(struct url_lists *lists, const char *folder_path, bool *ret_is_loaded,
                                    struct error *err)
{
    char path[PATH_MAX];
    if (!lookup_folder_has(folder_path, INDEX_FILE, path)) {
        return TOCSIN_OK;
    }
    struct yaml_document document;
    tocsin_status status = yaml_document_load_file(&document, path, &root_schema, err);
    if (status == TOCSIN_OK) {
        *ret_is_loaded = true;
        status = read_entries(lists, &document, folder_path, err);
        yaml_document_release(&document);
    }
    return status;
}

/* ---- searching ---- */

const struct url_list *url_list_find(const struct url_lists *lists, str url)
{
    for (size_t i = 0; i < lists->count; i++) {
        if (str_eq(lists->items[i]->url, url)) {
            return lists->items[i];
        }
    }
    return NULL;
}

bool url_list_contains(const struct url_list *list, str element)
{
    return key_table_find(&list->elements, element) != KEY_NONE;
}
