/* column/schema.h
 * The catalogue of an event's fields: QRadar's own and the custom properties of every log format and of the user's
 * property file. A field id is an index into it, stable for the life of the schema.
 * Memory: one arena inside; names are copied. Threads: any may read once building has ended.
 */
#ifndef COLUMN_SCHEMA_H
#define COLUMN_SCHEMA_H

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "column/value.h"

typedef uint16_t field_id;
#define FIELD_NONE UINT16_MAX

/* QRadar's event fields have fixed ids, the order of this list. X(symbol, name, type, domain, filler, description).
 * filler: what QRadar stores when the log has no such value (aql-reference 3.3): NULL_VALUE, ZERO (0, 0.0.0.0, false),
 * or a number. */
#include "column/event_field_list.h"

enum event_field {
#define EVENT_FIELD_ENUM(symbol, name, type, domain, filler, description) symbol,
    EVENT_FIELD_LIST(EVENT_FIELD_ENUM)
#undef EVENT_FIELD_ENUM
        EVENT_FIELD_COUNT
};

enum field_kind {
    FIELD_EVENT,
    FIELD_CUSTOM_PROPERTY,
    FIELD_EXPRESSION /* stands for an AQL expression, and is never stored */
};

struct field {
    str name; /* as QRadar spells it */
    enum value_type type;
    enum value_domain domain;
    enum field_kind kind;
    bool has_filler; /* false: null when absent */
    int64_t filler;  /* for TYPE_IP: 4 or 6 picks the family of the zero address */
    bool is_default; /* part of SELECT * */
    str description;
    str expression; /* of FIELD_EXPRESSION: AQL text, as written in the property file; else empty */
};

struct schema;

tocsin_status schema_create(struct schema **ret_schema, struct error *err);
/* The columns of an answer as a schema of their own, field i = column i: what reads the rows of a sub-select, a group
 * or a cursor. Copies the columns. Names differ from each other (ignoring case). */
tocsin_status schema_create_derived(const struct field *columns, size_t count, struct schema **ret_schema,
                                    struct error *err);
void schema_free(struct schema *schema);

/* Adds a custom property, or finds it if it is there with the same type. Another type is TOCSIN_ERROR_CONFIG. */
tocsin_status schema_add_property(struct schema *schema, str name, enum value_type type, str description,
                                  field_id *ret_field, struct error *err);
/* Adds a property that stands for an AQL expression; a name that is taken is TOCSIN_ERROR_CONFIG. Its type is that of
 * the expression, which only the binder knows: `type` of the field is TYPE_STRING, and means nothing. */
tocsin_status schema_add_expression(struct schema *schema, str name, str expression, str description,
                                    field_id *ret_field, struct error *err);
/* Another name for an existing field. */
tocsin_status schema_add_alias(struct schema *schema, str alias, field_id field, struct error *err);

field_id schema_find(const struct schema *schema, str name); /* ignores case; FIELD_NONE if unknown */
const struct field *schema_field(const struct schema *schema, field_id field);
size_t schema_field_count(const struct schema *schema);
/* The field whose name is nearest to `name` (edit distance, ignoring case, at most a third of the length), or empty. */
str schema_suggest(const struct schema *schema, str name);

/* A set of fields, by id. */
struct field_set {
    uint64_t words[(LIMIT_SCHEMA_FIELDS + 63) / 64];
};
static inline void field_set_add(struct field_set *set, field_id field)
{
    set->words[field / 64] |= UINT64_C(1) << field % 64;
}
static inline bool field_set_has(const struct field_set *set, field_id field)
{
    return set->words[field / 64] >> field % 64 & 1;
}

#endif
