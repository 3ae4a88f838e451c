#include "column/schema.h"

#include <assert.h>

#include "base/memory.h"

enum { NAME_SLOTS = 16384 }; /* of the catalogue */

struct name_slot {
    str name; /* data NULL = free */
    field_id field;
};

struct schema {
    struct arena arena;
    struct field *fields;
    size_t field_count;
    size_t field_capacity;
    struct name_slot *names; /* fields and aliases, open addressing, key ignores case */
    size_t name_slots;       /* power of two, at least twice the number of names */
    size_t name_count;
};

static const struct field event_fields[] = {
#define EVENT_FIELD_ROW(symbol, field_name, field_type, field_domain, field_filler, field_description)                 \
    {.name = {field_name, sizeof(field_name) - 1},                                                                     \
     .type = field_type,                                                                                               \
     .domain = field_domain,                                                                                           \
     .kind = FIELD_EVENT,                                                                                              \
     .has_filler = (field_filler) != NULL_VALUE,                                                                       \
     .filler = (field_filler),                                                                                         \
     .is_default = (int)(symbol) < (int)EVENT_FIELDS_BY_DEFAULT,                                                       \
     .description = {field_description, sizeof(field_description) - 1}},
    EVENT_FIELD_LIST(EVENT_FIELD_ROW)
#undef EVENT_FIELD_ROW
};
static_assert(countof(event_fields) == EVENT_FIELD_COUNT, "one row for each event field");

static struct name_slot *slot_of(const struct schema *schema, str name)
{
    /* FNV over lower-case bytes; the table is small, its keys come from configuration. */
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)ascii_lower(name.data[i])) * 0x100000001b3u;
    }
    hash = str_hash_mix(hash);
    for (size_t probe = 0; probe < schema->name_slots; probe++) {
        struct name_slot *slot = &schema->names[(hash + probe) & (schema->name_slots - 1)];
        if (!slot->name.data || str_eq_ignore_case(slot->name, name)) {
            return slot;
        }
    }
    return NULL;
}

static tocsin_status name_add(struct schema *schema, str name, field_id field, struct error *err)
{
    if (schema->name_count >= schema->name_slots / 2) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "more than %zu field names", schema->name_slots / 2);
    }
    struct name_slot *slot = slot_of(schema, name);
    if (slot->name.data) {
        return slot->field == field
                   ? TOCSIN_OK
                   : error_set(err, TOCSIN_ERROR_CONFIG, "field name \"%.*s\" is taken", STR_ARG(name));
    }
    *slot = (struct name_slot){name, field};
    schema->name_count++;
    return TOCSIN_OK;
}

/* An empty one with room for so many fields and names. */
static tocsin_status schema_allocate(size_t field_capacity, size_t name_slots, struct schema **ret_schema,
                                     struct error *err)
{
    struct schema *schema = memory_allocate_zeroed(1, sizeof(*schema));
    if (!schema) {
        return error_memory(err);
    }
    arena_init(&schema->arena, ARENA_NO_LIMIT);
    schema->fields = arena_array(&schema->arena, struct field, field_capacity);
    schema->names = arena_array(&schema->arena, struct name_slot, name_slots);
    if (!schema->fields || !schema->names) {
        schema_free(schema);
        return error_memory(err);
    }
    schema->field_capacity = field_capacity;
    schema->name_slots = name_slots;
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
    for (size_t i = 0; i < countof(event_fields); i++) {
        schema->fields[i] = event_fields[i];
        tocsin_status status = name_add(schema, event_fields[i].name, (field_id)i, err);
        assert(status == TOCSIN_OK);
        (void)status;
    }
    schema->field_count = countof(event_fields);
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

void schema_free(struct schema *schema)
{
    if (schema) {
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
    tocsin_status status = name_add(schema, copy.name, id, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    schema->fields[id] = copy;
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

tocsin_status schema_add_property(struct schema *schema, str name, enum value_type type, str description,
                                  field_id *ret_field, struct error *err)
{
    tocsin_status status = check_name(name, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    field_id found = schema_find(schema, name);
    if (found != FIELD_NONE) {
        const struct field *field = &schema->fields[found];
        if (field->kind == FIELD_EXPRESSION) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "property \"%.*s\" stands for an expression elsewhere",
                             STR_ARG(name));
        }
        if (field->type != type) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "property \"%.*s\" is %.*s here and %.*s elsewhere",
                             STR_ARG(name), STR_ARG(value_type_name(type)), STR_ARG(value_type_name(field->type)));
        }
        *ret_field = found;
        return TOCSIN_OK;
    }
    const struct field field = {
        .name = name, .type = type, .kind = FIELD_CUSTOM_PROPERTY, .description = description, .expression = STR_EMPTY};
    return add_field(schema, &field, ret_field, err);
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
    const struct field field = {.name = name,
                                .type = TYPE_STRING,
                                .kind = FIELD_EXPRESSION,
                                .description = description,
                                .expression = expression};
    return add_field(schema, &field, ret_field, err);
}

tocsin_status schema_add_alias(struct schema *schema, str alias, field_id field, struct error *err)
{
    str copy = arena_copy(&schema->arena, alias);
    return copy.data ? name_add(schema, copy, field, err) : error_memory(err);
}

field_id schema_find(const struct schema *schema, str name)
{
    const struct name_slot *slot = slot_of(schema, name);
    return slot && slot->name.data ? slot->field : FIELD_NONE;
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

str schema_suggest(const struct schema *schema, str name)
{
    str best = STR_EMPTY;
    size_t best_distance = name.len / 3 + 1;
    for (size_t i = 0; i < schema->name_slots; i++) {
        str candidate = schema->names[i].name;
        if (!candidate.data) {
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
