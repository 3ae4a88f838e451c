/* format/ariel_name.h
 * Names as results of QRadar's searches bear them, and the fields they mean. For the format ariel.
 * Memory: a table and copies of the names in the arena given. Threads: one.
 * Limits: ARIEL_NAMES_MAX names are remembered; more are looked up each time.
 */
#ifndef FORMAT_ARIEL_NAME_H
#define FORMAT_ARIEL_NAME_H

#include "column/schema.h"

/* 2: a name that QRadar gives and hardly anybody else; 1: one of QRadar's that others use too; 0: none. */
int ariel_name_points(str key);

struct ariel_name {
    field_id events; /* FIELD_NONE: no such field */
    field_id flows;
    field_id simarc;
    uint8_t catalogs; /* whose built-in field this is */
    bool is_text;     /* utf8_payload: bytes that were made text, never Base64 */
};

static inline field_id ariel_name_field(const struct ariel_name *name, uint8_t catalog)
{
    return catalog == CATALOG_FLOWS ? name->flows : catalog == CATALOG_SIMARC ? name->simarc : name->events;
}

enum { ARIEL_NAMES_MAX = 1024 };

struct ariel_name_slot {
    str key; /* data NULL = free */
    struct ariel_name name;
    int points; /* ariel_name_points */
    /* The name that stood behind this one when it was last seen; NULL: none so far. For whoever reads the names of one
     * record after the other: most records have the names of the one before. */
    struct ariel_name_slot *next;
};

struct ariel_names {
    const struct schema *schema;
    struct arena *arena;
    uint64_t seed;
    struct ariel_name_slot *slots;
    struct ariel_name_slot other; /* the newest one for which there was no place */
    size_t count;
};

/* False when out of memory. */
bool ariel_names_init(struct ariel_names *names, const struct schema *schema, struct arena *arena)
    __attribute__((warn_unused_result));
/* "sourceip", "sourceIP", "FIRST_sourceip" (a column of a grouped result), "utf8_payload". Valid until the next call;
 * if it is remembered, as long as the table. */
struct ariel_name_slot *ariel_names_find(struct ariel_names *names, str key);
static inline bool ariel_names_remember(const struct ariel_names *names, const struct ariel_name_slot *slot)
{
    return slot != &names->other;
}

#endif
