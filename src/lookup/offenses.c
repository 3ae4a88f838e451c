#include "lookup/offenses.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/civil_time.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/yaml_document.h"
#include "lookup/entry_check.h"

struct offense_entry {
    int64_t id;
    char *description;
    char *start;
    char *stop;
    char *where;
    int64_t *rules;
    unsigned rule_count;
};

struct file_root {
    struct offense_entry *offenses;
    unsigned offense_count;
};

#define TEXT(key, flags, member)                                                                                       \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), struct offense_entry, member, 1, CYAML_UNLIMITED)

static const cyaml_schema_value_t rule_schema = {CYAML_VALUE_INT(CYAML_FLAG_DEFAULT, int64_t)};
static const cyaml_schema_field_t offense_fields[] = {
    CYAML_FIELD_INT("id", CYAML_FLAG_DEFAULT, struct offense_entry, id),
    TEXT("description", CYAML_FLAG_OPTIONAL, description),
    TEXT("start", CYAML_FLAG_DEFAULT, start),
    TEXT("stop", CYAML_FLAG_OPTIONAL, stop),
    TEXT("where", CYAML_FLAG_OPTIONAL, where),
    CYAML_FIELD_SEQUENCE_COUNT("rules", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct offense_entry, rules,
                               rule_count, &rule_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t offense_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct offense_entry, offense_fields)};
static const cyaml_schema_field_t root_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("offenses", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_root, offenses,
                               offense_count, &offense_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_root, root_fields)};

struct offenses {
    struct arena arena;
    struct offense *items; /* by id */
    size_t count;
};

tocsin_status offenses_create(struct offenses **ret_offenses, struct error *err)
{
    struct offenses *offenses = memory_allocate_zeroed(1, sizeof(*offenses));
    if (!offenses) {
        return error_memory(err);
    }
    arena_init(&offenses->arena, ARENA_NO_LIMIT);
    *ret_offenses = offenses;
    return TOCSIN_OK;
}

void offenses_free(struct offenses *offenses)
{
    if (offenses) {
        arena_release(&offenses->arena);
        memory_free(offenses);
    }
}

/* ---- one entry ---- */

static tocsin_status error_at(const struct yaml_document *document, unsigned index, const char *key, struct error *err)
{
    yaml_document_position(document, err, "offenses[%u].%s", index, key);
    return TOCSIN_ERROR_CONFIG;
}

static tocsin_status read_time(const struct yaml_document *document, unsigned index, const char *key, const char *text,
                               int64_t *ret_ms, struct error *err)
{
    str time = str_from_cstring(text);
    if (str_to_i64(time, ret_ms) || time_parse_iso8601(time, NULL, ret_ms)) {
        return TOCSIN_OK;
    }
    error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is no time", text);
    error_hint(err, "write 2026-11-23 02:50:00 (UTC), 2026-11-23T02:50:00+01:00, or milliseconds since 1970");
    return error_at(document, index, key, err);
}

static tocsin_status read_times(const struct yaml_document *document, unsigned index, const struct offense_entry *entry,
                                struct offense *ret, struct error *err)
{
    tocsin_status status = read_time(document, index, "start", entry->start, &ret->start_ms, err);
    if (status != TOCSIN_OK || !entry->stop) {
        return status;
    }
    ret->has_stop = true;
    status = read_time(document, index, "stop", entry->stop, &ret->stop_ms, err);
    if (status == TOCSIN_OK && ret->stop_ms < ret->start_ms) {
        error_set(err, TOCSIN_ERROR_CONFIG, "the offense stops before it starts");
        return error_at(document, index, "stop", err);
    }
    return status;
}

static tocsin_status read_entry(struct offenses *offenses, const struct yaml_document *document, unsigned index,
                                struct offense *ret, struct error *err)
{
    const struct file_root *root = document->root;
    const struct offense_entry *entry = &root->offenses[index];
    if (entry->where && strlen(entry->where) > LIMIT_QUERY_BYTES) {
        error_set(err, TOCSIN_ERROR_CONFIG, "the filter is longer than a query may be");
        return error_at(document, index, "where", err);
    }
    ret->id = entry->id;
    tocsin_status status = read_times(document, index, entry, ret, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    ret->description = arena_copy(&offenses->arena, str_from_cstring(entry->description));
    ret->where = arena_copy(&offenses->arena, str_from_cstring(entry->where));
    int64_t *rule_ids = arena_array(&offenses->arena, int64_t, entry->rule_count + 1u);
    if (!ret->description.data || !ret->where.data || !rule_ids) {
        return error_memory(err);
    }
    if (entry->rule_count > 0) {
        memcpy(rule_ids, entry->rules, entry->rule_count * sizeof(*rule_ids));
    }
    ret->rule_ids = rule_ids;
    ret->rule_count = entry->rule_count;
    return TOCSIN_OK;
}

/* ---- the file ---- */

static int compare_offenses(const void *a, const void *b)
{
    const struct offense *left = a;
    const struct offense *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static tocsin_status read_entries(struct offenses *offenses, const struct yaml_document *document,
                                  struct arena *scratch, struct error *err)
{
    const struct file_root *root = document->root;
    struct entry_key *ids = arena_array(scratch, struct entry_key, root->offense_count);
    offenses->items = arena_array(&offenses->arena, struct offense, root->offense_count);
    if (!ids || !offenses->items) {
        return error_memory(err);
    }
    for (unsigned i = 0; i < root->offense_count; i++) {
        ids[i] = (struct entry_key){root->offenses[i].id, STR_EMPTY, i};
    }
    tocsin_status status = entry_check_unique(document, "offenses", "id", ids, root->offense_count, err);
    for (unsigned i = 0; status == TOCSIN_OK && i < root->offense_count; i++) {
        status = read_entry(offenses, document, i, &offenses->items[i], err);
        offenses->count++;
    }
    qsort(offenses->items, offenses->count, sizeof(*offenses->items), compare_offenses);
    return status;
}

tocsin_status offenses_load_text(struct offenses *offenses, str text, const char *source_name, struct error *err)
{
    struct yaml_document document;
    tocsin_status status = yaml_document_load_text(&document, text, source_name, &root_schema, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct file_root *root = document.root;
    if (root->offense_count > 0) {
        struct arena scratch;
        arena_init(&scratch, ARENA_NO_LIMIT);
        status = read_entries(offenses, &document, &scratch, err);
        arena_release(&scratch);
    }
    yaml_document_release(&document);
    return status;
}

const struct offense *offense_find(const struct offenses *offenses, int64_t id)
{
    const struct offense wanted = {.id = id};
    return offenses->count == 0 ? NULL
                                : bsearch(&wanted, offenses->items, offenses->count, sizeof(wanted), compare_offenses);
}
