#include "column/schema.h"

#include <assert.h>

#include "base/memory.h"

enum { NAME_SLOTS = 16384 }; /* of the catalogue */
static_assert(NAME_SLOTS / 2 <= UINT16_MAX && 2 * LIMIT_SCHEMA_FIELDS + 2 <= UINT16_MAX,
              "numbers of names have 16 bits");

struct schema_name {
    str name;
    field_id field;
};

struct schema {
    struct arena arena;
    struct field *fields;
    size_t field_count;
    size_t field_capacity;
    struct schema_name *names; /* of fields and aliases; together, so that few pages are touched */
    size_t name_count;
    uint16_t *name_slots; /* open addressing: numbers of names and one, 0 is free; the key ignores case */
    size_t slot_count;    /* power of two, at least twice the number of names */
};

#define EVENTS     CATALOG_EVENTS
#define FLOWS      CATALOG_FLOWS
#define SIMARC     CATALOG_SIMARC
#define OWN        0x80
#define NULL_VALUE INT64_MIN
#define ZERO       0
#define OTHER      1

static const struct field built_in_fields[] = {
#define BUILT_IN_FIELD_ROW(symbol, field_name, field_catalogs, field_type, field_domain, field_filler,                 \
                           field_description)                                                                          \
    {.name = {field_name, sizeof(field_name) - 1},                                                                     \
     .type = field_type,                                                                                               \
     .domain = field_domain,                                                                                           \
     .kind = FIELD_BUILT_IN,                                                                                           \
     .catalogs = (field_catalogs)&CATALOG_ALL,                                                                         \
     .is_own = ((field_catalogs)&OWN) != 0,                                                                            \
     .has_filler = (field_filler) != NULL_VALUE,                                                                       \
     .filler = (field_filler),                                                                                         \
     .description = {field_description, sizeof(field_description) - 1}},
    BUILT_IN_FIELD_LIST(BUILT_IN_FIELD_ROW)
#undef BUILT_IN_FIELD_ROW
};
static_assert(countof(built_in_fields) == BUILT_IN_FIELD_COUNT, "one row for each built-in field");

static struct field built_in_field(size_t index)
{
    struct field field = built_in_fields[index];
    if (field.type == TYPE_STRING && field.has_filler) {
        field.filler_text = field.filler == OTHER ? STR("other") : STR(MAC_NONE);
    }
    return field;
}

/* The slot of the name in one of these catalogs, or the free one where it would go. */
static uint16_t *slot_of(const struct schema *schema, uint8_t catalogs, str name)
{
    /* FNV over lower-case bytes; the table is small, its keys come from configuration. */
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)ascii_lower(name.data[i])) * 0x100000001b3u;
    }
    hash = str_hash_mix(hash);
    for (size_t probe = 0; probe < schema->slot_count; probe++) {
        uint16_t *slot = &schema->name_slots[(hash + probe) & (schema->slot_count - 1)];
        const struct schema_name *taken = *slot ? &schema->names[*slot - 1] : NULL;
        if (!taken ||
            ((schema->fields[taken->field].catalogs & catalogs) != 0 && str_eq_ignore_case(taken->name, name))) {
            return slot;
        }
    }
    return NULL;
}

static tocsin_status name_add(struct schema *schema, str name, field_id field, struct error *err)
{
    if (schema->name_count >= schema->slot_count / 2) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "more than %zu field names", schema->slot_count / 2);
    }
    uint16_t *slot = slot_of(schema, schema->fields[field].catalogs, name);
    if (*slot) {
        return schema->names[*slot - 1].field == field
                   ? TOCSIN_OK
                   : error_set(err, TOCSIN_ERROR_CONFIG, "field name \"%.*s\" is taken", STR_ARG(name));
    }
    schema->names[schema->name_count++] = (struct schema_name){name, field};
    *slot = (uint16_t)schema->name_count;
    return TOCSIN_OK;
}

/* An empty one with room for so many fields and names. */
static tocsin_status schema_allocate(size_t field_capacity, size_t slot_count, struct schema **ret_schema,
                                     struct error *err)
{
    struct schema *schema = memory_allocate_zeroed(1, sizeof(*schema));
    if (!schema) {
        return error_memory(err);
    }
    arena_init(&schema->arena, ARENA_NO_LIMIT);
    /* Large ones come as fresh pages of the system, of which most are never touched. */
    schema->fields = memory_allocate_zeroed(field_capacity, sizeof(*schema->fields));
    schema->names = memory_allocate_zeroed(slot_count / 2, sizeof(*schema->names));
    schema->name_slots = memory_allocate_zeroed(slot_count, sizeof(*schema->name_slots));
    if (!schema->fields || !schema->names || !schema->name_slots) {
        schema_free(schema);
        return error_memory(err);
    }
    schema->field_capacity = field_capacity;
    schema->slot_count = slot_count;
    *ret_schema = schema;
    return TOCSIN_OK;
}

tocsin_status schema_create(struct schema **ret_schema, struct error *err)
{
    struct schema *schema = NULL;
    tocsin_status created = schema_allocate(LIMIT_SCHEMA_FIELDS, NAME_SLOTS, &schema, err);
    if (created != TOCSIN_OK) {
        return created;
    }
    for (size_t i = 0; i < countof(built_in_fields); i++) {
        schema->fields[i] = built_in_field(i);
        if (schema->fields[i].catalogs != 0) {
            tocsin_status status = name_add(schema, schema->fields[i].name, (field_id)i, err);
            assert(status == TOCSIN_OK);
            (void)status;
        }
    }
    schema->field_count = countof(built_in_fields);
    *ret_schema = schema;
    return TOCSIN_OK;
}

tocsin_status schema_create_derived(const struct field *columns, size_t count, struct schema **ret_schema,
                                    struct error *err)
{
    if (count > LIMIT_SCHEMA_FIELDS) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "more than %d columns", LIMIT_SCHEMA_FIELDS);
    }
    size_t slots = 16;
    while (slots < 2 * count + 2) {
        slots *= 2;
    }
    struct schema *schema = NULL;
    tocsin_status status = schema_allocate(count + 1, slots, &schema, err);
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        str name = arena_copy(&schema->arena, columns[i].name);
        str description = arena_copy(&schema->arena, columns[i].description);
        schema->fields[i] = columns[i];
        schema->fields[i].name = name;
        schema->fields[i].description = description;
        schema->fields[i].expression = STR_EMPTY;
        schema->fields[i].catalogs = CATALOG_ALL; /* whatever the query asks, it means these */
        schema->field_count++;
        status = name.data && description.data ? name_add(schema, name, (field_id)i, err) : error_memory(err);
    }
    if (status != TOCSIN_OK) {
        schema_free(schema);
        return status;
    }
    *ret_schema = schema;
    return TOCSIN_OK;
}

tocsin_status schema_create_wider(const struct schema *base, const struct field *more, size_t count,
                                  struct schema **ret_schema, struct error *err)
{
    if (count > LIMIT_SCHEMA_FIELDS - base->field_count) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "more than %d fields", LIMIT_SCHEMA_FIELDS);
    }
    struct schema *schema = NULL;
    tocsin_status status = schema_allocate(base->field_count + count + 1, 16, &schema, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    memcpy(schema->fields, base->fields, base->field_count * sizeof(*schema->fields));
    for (size_t i = 0; i < count; i++) {
        struct field *field = &schema->fields[base->field_count + i];
        *field = more[i];
        field->catalogs = 0;
    }
    schema->field_count = base->field_count + count;
    *ret_schema = schema;
    return TOCSIN_OK;
}

void schema_free(struct schema *schema)
{
    if (schema) {
        memory_free(schema->fields);
        memory_free(schema->names);
        memory_free(schema->name_slots);
        arena_release(&schema->arena);
        memory_free(schema);
    }
}

/* A field of a name that is free. */
static tocsin_status add_field(struct schema *schema, const struct field *field, field_id *ret_field, struct error *err)
{
    if (schema->field_count == schema->field_capacity) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "more than %d fields", LIMIT_SCHEMA_FIELDS);
    }
    struct field copy = *field;
    copy.name = arena_copy(&schema->arena, field->name);
    copy.description = arena_copy(&schema->arena, field->description);
    copy.expression = arena_copy(&schema->arena, field->expression);
    if (!copy.name.data || !copy.description.data || !copy.expression.data) {
        return error_memory(err);
    }
    field_id id = (field_id)schema->field_count;
    schema->fields[id] = copy;
    tocsin_status status = name_add(schema, copy.name, id, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    schema->field_count++;
    *ret_field = id;
    return TOCSIN_OK;
}

static tocsin_status check_name(str name, struct error *err)
{
    return name.len > 0 && name.len <= LIMIT_IDENTIFIER_BYTES
               ? TOCSIN_OK
               : error_set(err, TOCSIN_ERROR_CONFIG, "a property name has 1 to %d bytes", LIMIT_IDENTIFIER_BYTES);
}

/* The property of this name in any of the catalogs, and those of them that do not have the name at all. */
static tocsin_status find_property(const struct schema *schema, uint8_t catalogs, str name, enum value_type type,
                                   field_id *ret_field, uint8_t *ret_missing, struct error *err)
{
    *ret_field = FIELD_NONE;
    *ret_missing = 0;
    for (unsigned bit = CATALOG_EVENTS, seen = 0; bit <= CATALOG_SIMARC; bit <<= 1) {
        if (!(catalogs & bit)) {
            continue;
        }
        bool is_first = seen++ == 0;
        field_id found = schema_find_in(schema, (uint8_t)bit, name);
        if (found == FIELD_NONE) {
            *ret_missing |= (uint8_t)bit;
            continue;
        }
        const struct field *field = &schema->fields[found];
        if (field->kind == FIELD_BUILT_IN && !is_first) {
            continue;
        }
        if (field->kind == FIELD_EXPRESSION) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "property \"%.*s\" stands for an expression elsewhere",
                             STR_ARG(name));
        }
        if (field->type != type) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "property \"%.*s\" is %.*s here and %.*s elsewhere",
                             STR_ARG(name), STR_ARG(value_type_name(type)), STR_ARG(value_type_name(field->type)));
        }
        *ret_field = *ret_field == FIELD_NONE ? found : *ret_field;
    }
    if (*ret_field == FIELD_NONE) { /* one of other catalogs serves these as well */
        field_id other = schema_find_in(schema, (uint8_t)(CATALOG_ALL & ~catalogs), name);
        if (other != FIELD_NONE && schema->fields[other].kind == FIELD_CUSTOM_PROPERTY &&
            schema->fields[other].type == type) {
            *ret_field = other;
        }
    }
    return TOCSIN_OK;
}

tocsin_status schema_add_property_in(struct schema *schema, uint8_t catalogs, str name, enum value_type type,
                                     str description, field_id *ret_field, struct error *err)
{
    field_id found;
    uint8_t missing;
    tocsin_status status = check_name(name, err);
    if (status == TOCSIN_OK) {
        status = find_property(schema, catalogs, name, type, &found, &missing, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (found == FIELD_NONE) {
        const struct field field = {.name = name,
                                    .type = type,
                                    .kind = FIELD_CUSTOM_PROPERTY,
                                    .catalogs = missing,
                                    .description = description,
                                    .expression = STR_EMPTY};
        return add_field(schema, &field, ret_field, err);
    }
    if (schema->fields[found].kind == FIELD_CUSTOM_PROPERTY) {
        schema->fields[found].catalogs |= missing;
    }
    *ret_field = found;
    return TOCSIN_OK;
}

tocsin_status schema_add_expression(struct schema *schema, str name, str expression, str description,
                                    field_id *ret_field, struct error *err)
{
    tocsin_status status = check_name(name, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (schema_find(schema, name) != FIELD_NONE) {
        return error_set(err, TOCSIN_ERROR_CONFIG,
                         "\"%.*s\" is the name of a field already, so it cannot stand for an expression",
                         STR_ARG(name));
    }
    uint8_t catalogs = CATALOG_EVENTS;
    if (schema_find_in(schema, CATALOG_FLOWS, name) == FIELD_NONE) {
        catalogs |= CATALOG_FLOWS;
    }
    const struct field field = {.name = name,
                                .type = TYPE_STRING,
                                .kind = FIELD_EXPRESSION,
                                .catalogs = catalogs,
                                .description = description,
                                .expression = expression};
    return add_field(schema, &field, ret_field, err);
}

tocsin_status schema_add_alias(struct schema *schema, str alias, field_id field, struct error *err)
{
    str copy = arena_copy(&schema->arena, alias);
    return copy.data ? name_add(schema, copy, field, err) : error_memory(err);
}

field_id schema_find_in(const struct schema *schema, uint8_t catalogs, str name)
{
    const uint16_t *slot = slot_of(schema, catalogs, name);
    return slot && *slot ? schema->names[*slot - 1].field : FIELD_NONE;
}

const struct field *schema_field(const struct schema *schema, field_id field)
{
    assert(field < schema->field_count);
    return &schema->fields[field];
}

size_t schema_field_count(const struct schema *schema)
{
    return schema->field_count;
}

str schema_suggest_in(const struct schema *schema, uint8_t catalogs, str name)
{
    str best = STR_EMPTY;
    size_t best_distance = name.len / 3 + 1;
    for (size_t i = 0; i < schema->slot_count; i++) {
        const struct schema_name *taken = schema->name_slots[i] ? &schema->names[schema->name_slots[i] - 1] : NULL;
        str candidate = taken ? taken->name : STR_EMPTY;
        if (!taken || !(schema->fields[taken->field].catalogs & catalogs)) {
            continue;
        }
        size_t distance = str_edit_distance(name, candidate, best_distance);
        bool is_better =
            distance < best_distance || (distance == best_distance && best.len > 0 && str_compare(candidate, best) < 0);
        if (is_better && distance <= name.len / 3) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

/* ---- catalogs ---- */

#define FIELD_ID_EVENT(symbol, ...) symbol,
#define FIELD_ID(symbol)            symbol,
static const field_id event_fields[] = {EVENT_FIELD_LIST(FIELD_ID_EVENT)}; /* the default ones are the first */
static const field_id flow_default_fields[] = {FLOW_DEFAULT_LIST(FIELD_ID)};
static const field_id simarc_default_fields[] = {SIMARC_DEFAULT_LIST(FIELD_ID)};

static const struct catalog {
    const char *name;
    enum record_kind records;
    uint8_t bit;
    const field_id *defaults;
    size_t default_count;
} catalogs[] = {
    {"events", RECORD_EVENT, CATALOG_EVENTS, event_fields, EVENT_FIELDS_BY_DEFAULT},
    {"flows", RECORD_FLOW, CATALOG_FLOWS, flow_default_fields, countof(flow_default_fields)},
    {"simarc", RECORD_SIMARC, CATALOG_SIMARC, simarc_default_fields, countof(simarc_default_fields)},
};

static const struct catalog *catalog_of(uint8_t bit)
{
    for (size_t i = 0; i < countof(catalogs); i++) {
        if (catalogs[i].bit == bit) {
            return &catalogs[i];
        }
    }
    assert(false && "one of the CATALOG_ bits");
    return &catalogs[0];
}

const field_id *catalog_default_fields(uint8_t catalog, size_t *ret_count)
{
    *ret_count = catalog_of(catalog)->default_count;
    return catalog_of(catalog)->defaults;
}

str catalog_name(uint8_t catalog)
{
    return str_from_cstring(catalog_of(catalog)->name);
}

uint8_t catalog_find(str name)
{
    for (size_t i = 0; i < countof(catalogs); i++) {
        if (str_eq_ignore_case(str_from_cstring(catalogs[i].name), name)) {
            return catalogs[i].bit;
        }
    }
    return 0;
}

enum record_kind catalog_records(uint8_t catalog)
{
    return catalog_of(catalog)->records;
}
