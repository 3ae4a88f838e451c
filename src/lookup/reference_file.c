/* reference_file.c - reference data from files: the index, and the text and CSV files behind it. docs/reference-data.md
 * describes them. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text_file.h"
#include "base/yaml_document.h"
#include "lookup/csv_reader.h"
#include "lookup/folder_files.h"
#include "lookup/lookup.h"
#include "lookup/reference_data_internal.h"

#define INDEX_FILE   "reference_data.yaml"
#define INNER_FOLDER "reference"

/* ---- the index as libcyaml fills it ---- */

struct column_entry {
    char *name;
    int type;
};

struct collection_entry {
    char *name;
    int kind;
    int type;
    int key_type;
    int64_t *domain;
    char *file;
    char **values;
    unsigned value_count;
    struct column_entry *columns;
    unsigned column_count;
};

struct file_root {
    struct collection_entry *collections;
    unsigned collection_count;
};

static const cyaml_strval_t kind_names[] = {
#define KIND_NAME(symbol, name, noun) {(name), (symbol)},
    REFERENCE_KIND_LIST(KIND_NAME)
#undef KIND_NAME
};
static const cyaml_strval_t type_names[] = {
#define TYPE_NAME(symbol, name, noun) {(name), (symbol)},
    REFERENCE_TYPE_LIST(TYPE_NAME)
#undef TYPE_NAME
};
static const char *const type_nouns[] = {
#define TYPE_NOUN(symbol, name, noun) (noun),
    REFERENCE_TYPE_LIST(TYPE_NOUN)
#undef TYPE_NOUN
};

enum { WORD_FLAGS = CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT | CYAML_FLAG_CASE_INSENSITIVE };

#define TYPE_FIELD(key, structure, member)                                                                             \
    CYAML_FIELD_ENUM(key, WORD_FLAGS, structure, member, type_names, countof(type_names))

static const cyaml_schema_value_t text_schema = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED)};

static const cyaml_schema_field_t column_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct column_entry, name, 1, CYAML_UNLIMITED),
    TYPE_FIELD("type", struct column_entry, type),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t column_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct column_entry, column_fields)};
static const cyaml_schema_field_t collection_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct collection_entry, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_ENUM("kind", WORD_FLAGS, struct collection_entry, kind, kind_names, countof(kind_names)),
    TYPE_FIELD("type", struct collection_entry, type),
    TYPE_FIELD("key_type", struct collection_entry, key_type),
    CYAML_FIELD_INT_PTR("domain", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct collection_entry, domain),
    CYAML_FIELD_STRING_PTR("file", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct collection_entry, file, 1,
                           CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE_COUNT("values", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct collection_entry, values,
                               value_count, &text_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE_COUNT("columns", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct collection_entry, columns,
                               column_count, &column_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t collection_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct collection_entry, collection_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("reference_data", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root,
                               collections, collection_count, &collection_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

/* ---- filling a collection ---- */

struct filling {
    struct reference *reference;
    struct strbuf scratch;
    struct strbuf pair;
    bool is_fleeting; /* the texts die after loading: keys are always copied */
};

static void filling_begin(struct filling *filling, struct reference *reference, bool is_fleeting)
{
    *filling = (struct filling){.reference = reference, .is_fleeting = is_fleeting};
    strbuf_init(&filling->scratch, LIMIT_REFERENCE_BYTES);
    strbuf_init(&filling->pair, LIMIT_REFERENCE_BYTES);
}

static void filling_end(struct filling *filling)
{
    strbuf_release(&filling->scratch);
    strbuf_release(&filling->pair);
}

/* Errors of these have no place yet. */

static tocsin_status wrong_type(enum reference_type type, str text, struct error *err)
{
    return error_set(err, TOCSIN_ERROR_CONFIG, "'%.*s' is no %s", STR_ARG(text), type_nouns[type]);
}

static tocsin_status too_many(struct error *err)
{
    return error_set(err, TOCSIN_ERROR_CONFIG, "there are more than %d elements", LIMIT_REFERENCE_ELEMENTS);
}

/* A key that is new stays; *ret_is_new tells. */
static tocsin_status keep_key(struct filling *filling, str key, uint32_t *ret_number, bool *ret_is_new,
                              struct error *err)
{
    struct reference *reference = filling->reference;
    struct key_table *keys = &reference->keys;
    uint32_t count = keys->count;
    uint32_t number = key_table_add(keys, key);
    if (number == KEY_NONE) {
        return error_memory(err);
    }
    *ret_number = number;
    *ret_is_new = number == count;
    if (*ret_is_new && (filling->is_fleeting || key.data == filling->scratch.data || key.data == filling->pair.data)) {
        keys->keys[number] = arena_copy(&reference->arena, key);
        if (!keys->keys[number].data) {
            keys->keys[number] = STR_EMPTY;
            return error_memory(err);
        }
    }
    return keys->count > LIMIT_REFERENCE_ELEMENTS ? too_many(err) : TOCSIN_OK;
}

static tocsin_status key_of(struct filling *filling, enum reference_type type, str text, str *ret_key,
                            struct error *err)
{
    if (!reference_key_of_text(type, text, &filling->scratch, ret_key)) {
        return wrong_type(type, text, err);
    }
    return filling->scratch.is_failed ? error_memory(err) : TOCSIN_OK;
}

static tocsin_status add_block(struct reference *set, str text, struct error *err)
{
    struct cidr block;
    if (!cidr_parse(text, &block)) {
        return wrong_type(REFERENCE_CIDR, text, err);
    }
    if (set->block_count == LIMIT_REFERENCE_ELEMENTS) {
        return too_many(err);
    }
    if (set->block_count == set->block_capacity) {
        uint32_t capacity = set->block_capacity ? set->block_capacity * 2 : 64;
        struct cidr_entry *wider = memory_resize(set->blocks, capacity * sizeof(*wider));
        if (!wider) {
            return error_memory(err);
        }
        set->blocks = wider;
        set->block_capacity = capacity;
    }
    set->blocks[set->block_count] = (struct cidr_entry){.block = block, .value = set->block_count};
    set->block_count++;
    return TOCSIN_OK;
}

static tocsin_status add_element(struct filling *filling, str text, struct error *err)
{
    struct reference *set = filling->reference;
    str key;
    uint32_t number;
    bool is_new;
    if (set->type == REFERENCE_CIDR) {
        return add_block(set, text, err);
    }
    tocsin_status status = key_of(filling, set->type, text, &key, err);
    return status == TOCSIN_OK ? keep_key(filling, key, &number, &is_new, err) : status;
}

static tocsin_status add_pair(struct filling *filling, str key_text, str element_text, struct error *err)
{
    const struct reference *map = filling->reference;
    str key;
    str element;
    uint32_t number;
    bool is_new;
    tocsin_status status = key_of(filling, map->key_type, key_text, &key, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    (void)reference_pair(&filling->pair, key, STR_EMPTY);
    status = key_of(filling, map->type, element_text, &element, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    strbuf_append(&filling->pair, element);
    return filling->pair.is_failed ? error_memory(err)
                                   : keep_key(filling, strbuf_str(&filling->pair), &number, &is_new, err);
}

static tocsin_status make_cell_room(struct reference *reference, struct error *err)
{
    size_t needed = (size_t)reference->keys.count * reference->column_count;
    if (needed > LIMIT_REFERENCE_ELEMENTS) {
        return too_many(err);
    }
    if (needed <= reference->cell_capacity) {
        return TOCSIN_OK;
    }
    size_t capacity = reference->cell_capacity * 2 > needed ? reference->cell_capacity * 2 : needed;
    str *wider = memory_resize(reference->cells, capacity * sizeof(str));
    if (!wider) {
        return error_memory(err);
    }
    reference->cells = wider;
    reference->cell_capacity = capacity;
    return TOCSIN_OK;
}

/* A line of a map or table: the key, then the cells, of which the last ones may be missing. */
static tocsin_status add_row(struct filling *filling, const str *fields, uint32_t field_count, struct error *err)
{
    struct reference *reference = filling->reference;
    str key;
    uint32_t number;
    bool is_new;
    if (fields[0].len == 0) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the key is empty");
    }
    tocsin_status status = key_of(filling, reference->key_type, fields[0], &key, err);
    status = status == TOCSIN_OK ? keep_key(filling, key, &number, &is_new, err) : status;
    if (status == TOCSIN_OK && !is_new) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the key '%.*s' stands here twice", STR_ARG(fields[0]));
    }
    status = status == TOCSIN_OK ? make_cell_room(reference, err) : status;
    for (uint32_t i = 0; status == TOCSIN_OK && i < reference->column_count; i++) {
        str value = i + 1 < field_count ? fields[i + 1] : STR_EMPTY;
        str ignored;
        status = value.len > 0 ? key_of(filling, reference->columns[i].type, value, &ignored, err) : TOCSIN_OK;
        reference->cells[(size_t)number * reference->column_count + i] = value;
    }
    return status;
}

/* ---- text files: one element a line ---- */

static tocsin_status fill_from_lines(struct filling *filling, str text, const char *source, struct error *err)
{
    static const str byte_order_mark = {"\xEF\xBB\xBF", 3};
    size_t at = str_starts_with(text, byte_order_mark) ? byte_order_mark.len : 0;
    while (at < text.len) {
        size_t end = str_find_char(text, '\n', at);
        end = end == SIZE_MAX ? text.len : end;
        str line = str_trim(str_slice(text, at, end));
        if (line.len > 0 && line.data[0] != '#') {
            tocsin_status status = add_element(filling, line, err);
            if (status == TOCSIN_ERROR_CONFIG) {
                error_position(err, source, text, (size_t)(line.data - text.data));
            }
            if (status != TOCSIN_OK) {
                return status;
            }
        }
        at = end + 1;
    }
    return TOCSIN_OK;
}

/* ---- CSV files: the first line names the columns ---- */

static tocsin_status read_header(struct csv_reader *csv, struct reference *reference, struct error *err)
{
    bool has_record;
    tocsin_status status = csv_next(csv, &has_record, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!has_record) {
        csv->field_count = 0;
        return csv_error(csv, err, "the file is empty; its first line names the columns");
    }
    if (reference->kind == REFERENCE_SET) {
        return TOCSIN_OK;
    }
    bool is_table = reference->kind == REFERENCE_TABLE;
    if (is_table ? csv->field_count < 2 : csv->field_count != 2) {
        return csv_error(csv, err, "a %.*s has %s columns, not %u", STR_ARG(reference_kind_name(reference->kind)),
                         is_table ? "two or more" : "two", csv->field_count);
    }
    reference->column_count = csv->field_count - 1;
    reference->columns = arena_array(&reference->arena, struct reference_column, reference->column_count);
    if (!reference->columns) {
        return error_memory(err);
    }
    for (uint32_t i = 0; i < reference->column_count; i++) {
        reference->columns[i] = (struct reference_column){csv->fields[i + 1], reference->type};
    }
    return TOCSIN_OK;
}

static tocsin_status check_columns(const struct csv_reader *csv, const struct reference *reference, struct error *err)
{
    for (uint32_t i = 0; i < reference->column_count; i++) {
        str name = reference->columns[i].name;
        if (name.len == 0) {
            return csv_error(csv, err, "column %u has no name", i + 2);
        }
        for (uint32_t k = 0; k < i; k++) {
            if (str_eq_ignore_case(name, reference->columns[k].name)) {
                return csv_error(csv, err, "two columns are called '%.*s'", STR_ARG(name));
            }
        }
    }
    return TOCSIN_OK;
}

static tocsin_status type_columns(const struct csv_reader *csv, struct reference *reference,
                                  const struct collection_entry *entry, struct error *err)
{
    for (unsigned i = 0; entry && i < entry->column_count; i++) {
        str name = str_from_cstring(entry->columns[i].name);
        uint32_t at = 0;
        while (at < reference->column_count && !str_eq_ignore_case(reference->columns[at].name, name)) {
            at++;
        }
        if (at == reference->column_count) {
            return csv_error(csv, err, "there is no column '%.*s' here, which %s describes", STR_ARG(name), INDEX_FILE);
        }
        reference->columns[at].type = (enum reference_type)entry->columns[i].type;
    }
    return TOCSIN_OK;
}

static tocsin_status add_record(struct filling *filling, const struct csv_reader *csv, struct error *err)
{
    const struct reference *reference = filling->reference;
    if (reference->kind == REFERENCE_SET) {
        return csv->fields[0].len > 0 ? add_element(filling, csv->fields[0], err) : TOCSIN_OK;
    }
    if (csv->field_count > reference->column_count + 1) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "this line has %u fields, the first line %u", csv->field_count,
                         reference->column_count + 1);
    }
    if (reference->kind == REFERENCE_MAP_OF_SETS) {
        return csv->field_count == 2 ? add_pair(filling, csv->fields[0], csv->fields[1], err)
                                     : error_set(err, TOCSIN_ERROR_CONFIG, "this line has a key and no element");
    }
    return add_row(filling, csv->fields, csv->field_count, err);
}

static tocsin_status fill_from_records(struct filling *filling, struct csv_reader *csv,
                                       const struct collection_entry *entry, struct error *err)
{
    struct reference *reference = filling->reference;
    tocsin_status status = read_header(csv, reference, err);
    status = status == TOCSIN_OK ? check_columns(csv, reference, err) : status;
    status = status == TOCSIN_OK ? type_columns(csv, reference, entry, err) : status;
    while (status == TOCSIN_OK) {
        bool has_record;
        status = csv_next(csv, &has_record, err);
        if (status != TOCSIN_OK || !has_record) {
            return status;
        }
        status = add_record(filling, csv, err);
        if (status == TOCSIN_ERROR_CONFIG) {
            error_position(err, csv->source, csv->text, csv->offset);
        }
    }
    return status;
}

static tocsin_status fill_from_csv(struct filling *filling, str text, const char *source,
                                   const struct collection_entry *entry, struct error *err)
{
    struct csv_reader *csv = memory_allocate(sizeof(*csv));
    if (!csv) {
        return error_memory(err);
    }
    csv_reader_init(csv, text, source, &filling->reference->arena);
    tocsin_status status = fill_from_records(filling, csv, entry, err);
    memory_free(csv);
    return status;
}

/* ---- a whole collection ---- */

static bool is_csv(str name)
{
    return name.len > 4 && str_eq_ignore_case(str_skip(name, name.len - 4), STR(".csv"));
}

/* Takes the text. */
static tocsin_status fill_from_file_text(struct reference *reference, str text, str file_name, const char *source,
                                         const struct collection_entry *entry, struct error *err)
{
    reference->text = (char *)(uintptr_t)text.data;
    if (!is_csv(file_name) && reference->kind != REFERENCE_SET) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "a %.*s is read from a CSV file, and '%.*s' is none by its name",
                         STR_ARG(reference_kind_name(reference->kind)), STR_ARG(file_name));
    }
    struct filling filling;
    filling_begin(&filling, reference, false);
    tocsin_status status = is_csv(file_name) ? fill_from_csv(&filling, text, source, entry, err)
                                             : fill_from_lines(&filling, text, source, err);
    filling_end(&filling);
    return status;
}

/* Sorts the blocks, and lets go of a text that nothing points into. */
static void finish(struct reference *reference)
{
    bool is_set = reference->kind == REFERENCE_SET;
    if (reference->type == REFERENCE_CIDR) {
        cidr_index_build(reference->blocks, reference->block_count, &reference->index);
    }
    if (is_set && reference->type != REFERENCE_ALN && reference->type != REFERENCE_ALNIC) {
        memory_free(reference->text);
        reference->text = NULL;
    }
}

/* ---- entries of the index ---- */

struct index_load {
    struct reference_data *data;
    const struct yaml_document *document;
    const char *folder_path;
    struct arena scratch;
    struct stat *files; /* that the index names, one each */
    size_t file_count;
};

static tocsin_status entry_error(const struct index_load *load, unsigned index, const char *key, struct error *err)
{
    yaml_document_position(load->document, err, "reference_data[%u].%s", index, key);
    return TOCSIN_ERROR_CONFIG;
}

static tocsin_status check_entry(const struct index_load *load, unsigned index, const struct collection_entry *entry,
                                 struct error *err)
{
    bool is_set = entry->kind == REFERENCE_SET;
    if (!entry->file == !entry->values) {
        error_set(err, TOCSIN_ERROR_CONFIG, "either 'file' or 'values' says what is in it");
        return entry_error(load, index, entry->file ? "values" : "name", err);
    }
    if (entry->values && !is_set) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'values' is for sets; keys and values stand in a CSV file");
        return entry_error(load, index, "values", err);
    }
    if (entry->type == REFERENCE_CIDR && !is_set) {
        error_set(err, TOCSIN_ERROR_CONFIG, "only a set holds blocks of addresses");
        return entry_error(load, index, "type", err);
    }
    if (entry->key_type && (is_set || entry->key_type == REFERENCE_CIDR)) {
        error_set(err, TOCSIN_ERROR_CONFIG, is_set ? "a set has no keys" : "blocks of addresses cannot be keys");
        return entry_error(load, index, "key_type", err);
    }
    if (entry->columns && entry->kind != REFERENCE_TABLE) {
        error_set(err, TOCSIN_ERROR_CONFIG, "'columns' is for tables");
        return entry_error(load, index, "columns", err);
    }
    for (unsigned i = 0; i < entry->column_count; i++) {
        if (entry->columns[i].type == REFERENCE_CIDR) {
            error_set(err, TOCSIN_ERROR_CONFIG, "only a set holds blocks of addresses");
            return entry_error(load, index, "columns", err);
        }
    }
    return TOCSIN_OK;
}

static tocsin_status fill_from_values(const struct index_load *load, unsigned index,
                                      const struct collection_entry *entry, struct reference *reference,
                                      struct error *err)
{
    struct filling filling;
    filling_begin(&filling, reference, true);
    tocsin_status status = TOCSIN_OK;
    for (unsigned i = 0; status == TOCSIN_OK && i < entry->value_count; i++) {
        status = add_element(&filling, str_from_cstring(entry->values[i]), err);
        if (status == TOCSIN_ERROR_CONFIG) {
            yaml_document_position(load->document, err, "reference_data[%u].values[%u]", index, i);
        }
    }
    filling_end(&filling);
    return status;
}

static tocsin_status fill_from_file(struct index_load *load, unsigned index, const struct collection_entry *entry,
                                    struct reference *reference, struct error *err)
{
    str name = str_from_cstring(entry->file);
    const char *path = folder_files_path(load->folder_path, name, &load->scratch);
    if (!path) {
        return error_memory(err);
    }
    str text;
    tocsin_status status = text_file_read(path, LIMIT_REFERENCE_BYTES, &text, err);
    if (status == TOCSIN_OK) {
        load->file_count += stat(path, &load->files[load->file_count]) == 0;
        status = fill_from_file_text(reference, text, name, path, entry, err);
    }
    return status == TOCSIN_ERROR_CONFIG && err && err->line == 0 ? entry_error(load, index, "file", err) : status;
}

static tocsin_status read_entry(struct index_load *load, unsigned index, struct error *err)
{
    const struct file_root *root = load->document->root;
    const struct collection_entry *entry = &root->collections[index];
    tocsin_status status = check_entry(load, index, entry, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct reference *reference = reference_create(str_from_cstring(entry->name), (enum reference_kind)entry->kind);
    if (!reference) {
        return error_memory(err);
    }
    reference->type = (enum reference_type)entry->type;
    reference->key_type = (enum reference_type)entry->key_type;
    reference->has_domain = entry->domain != NULL;
    reference->domain = entry->domain ? *entry->domain : 0;
    status = entry->file ? fill_from_file(load, index, entry, reference, err)
                         : fill_from_values(load, index, entry, reference, err);
    if (status == TOCSIN_OK) {
        finish(reference);
        status = reference_data_add(load->data, reference, err);
        status = status == TOCSIN_ERROR_CONFIG ? entry_error(load, index, "name", err) : status;
    }
    if (status != TOCSIN_OK) {
        reference_free(reference);
    }
    return status;
}

static tocsin_status read_index(struct index_load *load, str text, const char *source_name, struct error *err)
{
    struct yaml_document document;
    tocsin_status status = yaml_document_load_text(&document, text, source_name, &root_schema, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct file_root *root = document.root;
    load->document = &document;
    load->files = arena_array(&load->scratch, struct stat, root->collection_count + 1u);
    status = load->files ? TOCSIN_OK : error_memory(err);
    for (unsigned i = 0; status == TOCSIN_OK && i < root->collection_count; i++) {
        status = read_entry(load, i, err);
    }
    yaml_document_release(&document);
    return status;
}

tocsin_status reference_data_load_text(struct reference_data *data, str text, const char *source_name,
                                       const char *folder_path, struct error *err)
{
    struct index_load load = {.data = data, .folder_path = folder_path};
    arena_init(&load.scratch, ARENA_NO_LIMIT);
    tocsin_status status = read_index(&load, text, source_name, err);
    arena_release(&load.scratch);
    return status;
}

/* ---- files that the index does not name ---- */

/* What a CSV file holds, by the number of its columns: one a set, two a map, more a table. */
static tocsin_status kind_of_csv(str text, const char *source, enum reference_kind *ret_kind, struct error *err)
{
    struct arena arena;
    struct csv_reader *csv = memory_allocate(sizeof(*csv));
    if (!csv) {
        return error_memory(err);
    }
    bool has_record;
    arena_init(&arena, ARENA_NO_LIMIT);
    csv_reader_init(csv, text, source, &arena);
    tocsin_status status = csv_next(csv, &has_record, err);
    if (status == TOCSIN_OK) {
        *ret_kind = !has_record || csv->field_count == 1 ? REFERENCE_SET
                    : csv->field_count == 2              ? REFERENCE_MAP
                                                         : REFERENCE_TABLE;
    }
    memory_free(csv);
    arena_release(&arena);
    return status;
}

tocsin_status reference_data_load_file_text(struct reference_data *data, str file_name, str text,
                                            const char *source_name, struct error *err)
{
    enum reference_kind kind = REFERENCE_SET;
    tocsin_status status = is_csv(file_name) ? kind_of_csv(text, source_name, &kind, err) : TOCSIN_OK;
    struct reference *reference =
        status == TOCSIN_OK ? reference_create(str_slice(file_name, 0, file_name.len - 4), kind) : NULL;
    if (!reference) {
        memory_free((char *)(uintptr_t)text.data);
        return status != TOCSIN_OK ? status : error_memory(err);
    }
    status = fill_from_file_text(reference, text, file_name, source_name, NULL, err);
    if (status == TOCSIN_OK) {
        finish(reference);
        status = reference_data_add(data, reference, err);
        if (status == TOCSIN_ERROR_CONFIG) {
            error_position(err, source_name, STR_EMPTY, 0);
        }
    }
    if (status != TOCSIN_OK) {
        reference_free(reference);
    }
    return status;
}

static bool is_named(const struct index_load *load, const char *path)
{
    struct stat of_file;
    if (stat(path, &of_file) != 0) {
        return false;
    }
    for (size_t i = 0; i < load->file_count; i++) {
        if (load->files[i].st_dev == of_file.st_dev && load->files[i].st_ino == of_file.st_ino) {
            return true;
        }
    }
    return false;
}

static tocsin_status read_others(struct index_load *load, bool *ret_is_loaded, struct error *err)
{
    static const str endings[] = {{".txt", 4}, {".csv", 4}};
    struct folder_file *files;
    size_t count;
    tocsin_status status = folder_files_list(load->folder_path, INNER_FOLDER, endings, countof(endings),
                                             LIMIT_REFERENCE_COLLECTIONS, &load->scratch, &files, &count, err);
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        str text;
        *ret_is_loaded = true;
        if (is_named(load, files[i].path)) {
            continue;
        }
        status = text_file_read(files[i].path, LIMIT_REFERENCE_BYTES, &text, err);
        if (status == TOCSIN_OK) {
            status = reference_data_load_file_text(load->data, files[i].name, text, files[i].path, err);
        }
    }
    return status;
}

tocsin_status reference_data_load_folder(struct reference_data *data, const char *folder_path, bool *ret_is_loaded,
                                         struct error *err)
{
    struct index_load load = {.data = data, .folder_path = folder_path};
    char path[PATH_MAX];
    tocsin_status status = TOCSIN_OK;
    arena_init(&load.scratch, ARENA_NO_LIMIT);
    if (lookup_folder_has(folder_path, INDEX_FILE, path)) {
        str text;
        *ret_is_loaded = true;
        status = text_file_read(path, LIMIT_CONFIG_BYTES, &text, err);
        if (status == TOCSIN_OK) {
            status = read_index(&load, text, path, err);
            memory_free((char *)(uintptr_t)text.data);
        }
    }
    status = status == TOCSIN_OK ? read_others(&load, ret_is_loaded, err) : status;
    arena_release(&load.scratch);
    return status;
}
