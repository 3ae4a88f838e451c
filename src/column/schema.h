/* column/schema.h
 * The catalogue of fields: those of QRadar's databases events, flows and simarc, and the custom properties of every log
 * format and of the user's property file. A field id is an index into it, stable for the life of the schema. There is
 * one space of ids for all databases; a field that several have is one field. A name means one field in a database, but
 * may mean another in another one.
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

/* The databases that AQL knows, as bits. */
enum { CATALOG_EVENTS = 1, CATALOG_FLOWS = 2, CATALOG_SIMARC = 4 };
enum { CATALOG_ALL = CATALOG_EVENTS | CATALOG_FLOWS | CATALOG_SIMARC };

/* What a row is: FIELD_RECORD_KIND. */
enum record_kind { RECORD_EVENT, RECORD_FLOW, RECORD_SIMARC };

/* Built-in fields have fixed ids, the order of these lists.
 * X(symbol, name, catalogs, type, domain, filler, description)
 * catalogs: EVENTS, FLOWS, SIMARC; OWN for a field that QRadar does not have.
 * filler: what QRadar stores when the log has no such value (aql-reference 3.3 and 5): NULL_VALUE, ZERO (0, 0.0.0.0,
 * false, 00:00:00:00:00:00), OTHER (the text 'other') or a number. */
#include "column/event_field_list.h"
#include "column/flow_field_list.h"
#include "column/simarc_field_list.h"

#define BUILT_IN_FIELD_LIST(X) EVENT_FIELD_LIST(X) FLOW_FIELD_LIST(X) SIMARC_FIELD_LIST(X)

enum built_in_field {
#define BUILT_IN_FIELD_ENUM(symbol, name, catalogs, type, domain, filler, description) symbol,
    BUILT_IN_FIELD_LIST(BUILT_IN_FIELD_ENUM)
#undef BUILT_IN_FIELD_ENUM
        BUILT_IN_FIELD_COUNT
};

enum field_kind {
    FIELD_BUILT_IN,
    FIELD_CUSTOM_PROPERTY,
    FIELD_EXPRESSION /* stands for an AQL expression, and is never stored */
};

struct field {
    str name; /* as QRadar spells it */
    enum value_type type;
    enum value_domain domain;
    enum field_kind kind;
    uint8_t catalogs; /* CATALOG_ bits; 0: no query can name it */
    bool is_own;      /* QRadar has no such column */
    bool is_unnamed;  /* a key or an aggregate of a group: `description` is its text, the name is made up */
    bool has_filler;  /* false: null when absent */
    int64_t filler;   /* for TYPE_IP: 4 or 6 picks the family of the zero address */
    str filler_text;  /* for TYPE_STRING */
    str description;
    str expression; /* of FIELD_EXPRESSION: AQL text, as written in the property file; else empty */
};

struct schema;

tocsin_status schema_create(struct schema **ret_schema, struct error *err);
/* The columns of an answer as a schema of their own, field i = column i: what reads the rows of a sub-select, a group
 * or a cursor. Copies the columns; they are in every catalog. Names differ from each other (ignoring case). */
tocsin_status schema_create_derived(const struct field *columns, size_t count, struct schema **ret_schema,
                                    struct error *err);
/* The fields of `base` under the same ids, and `more` behind them, whose names no query can say; the first of those has
 * the id schema_field_count(base). For batches only: nothing can be found in it by its name. `base` outlives it. */
tocsin_status schema_create_wider(const struct schema *base, const struct field *more, size_t count,
                                  struct schema **ret_schema, struct error *err);
void schema_free(struct schema *schema);

/* Adds a custom property to these catalogs, or finds it if one of them has it with the same type. Another type is
 * TOCSIN_ERROR_CONFIG. A catalog whose own field has this name keeps that: the property is then in the others only. */
tocsin_status schema_add_property_in(struct schema *schema, uint8_t catalogs, str name, enum value_type type,
                                     str description, field_id *ret_field, struct error *err);
/* A custom property of events. */
static inline tocsin_status schema_add_property(struct schema *schema, str name, enum value_type type, str description,
                                                field_id *ret_field, struct error *err)
{
    return schema_add_property_in(schema, CATALOG_EVENTS, name, type, description, ret_field, err);
}
/* Adds a property that stands for an AQL expression; a name that is taken is TOCSIN_ERROR_CONFIG. Its type is that of
 * the expression, which only the binder knows: `type` of the field is TYPE_STRING, and means nothing. */
tocsin_status schema_add_expression(struct schema *schema, str name, str expression, str description,
                                    field_id *ret_field, struct error *err);
/* Another name for an existing field. */
tocsin_status schema_add_alias(struct schema *schema, str alias, field_id field, struct error *err);

/* The field of one of these catalogs with this name, ignoring case; FIELD_NONE if there is none. */
field_id schema_find_in(const struct schema *schema, uint8_t catalogs, str name);
/* The same, of events: what log formats write. */
static inline field_id schema_find(const struct schema *schema, str name)
{
    return schema_find_in(schema, CATALOG_EVENTS, name);
}
const struct field *schema_field(const struct schema *schema, field_id field);
size_t schema_field_count(const struct schema *schema);
/* The name of these catalogs that is nearest to `name` (edit distance, ignoring case, at most a third of the length),
 * or empty. */
str schema_suggest_in(const struct schema *schema, uint8_t catalogs, str name);
static inline str schema_suggest(const struct schema *schema, str name)
{
    return schema_suggest_in(schema, CATALOG_EVENTS, name);
}

/* What SELECT * returns from one catalog, in this order (aql-reference 5.5). */
const field_id *catalog_default_fields(uint8_t catalog, size_t *ret_count);
str catalog_name(uint8_t catalog);                 /* "events", "flows", "simarc" */
uint8_t catalog_find(str name);                    /* one CATALOG_ bit, ignoring case; 0 if there is none */
enum record_kind catalog_records(uint8_t catalog); /* what its rows are */

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
