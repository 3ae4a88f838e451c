/* format/property_set.h
 * Custom properties as QRadar's property editor has them: a name, a type, and an ordered list of extractions, of which
 * the first that fits gives the value. Built-in ones (properties_default.yaml, part of the program) and the user's
 * properties.yaml (docs/properties.md describes the file).
 * Not the extraction itself: property_extract.h runs it.
 * Memory: one arena inside, and compiled regular expressions. Threads: any may read once loading has ended.
 */
#ifndef FORMAT_PROPERTY_SET_H
#define FORMAT_PROPERTY_SET_H

#include "base/arena.h"
#include "base/error.h"
#include "column/value.h"

enum property_type {
    PROPERTY_TEXT,
    PROPERTY_NUMBER,  /* double */
    PROPERTY_INTEGER, /* 64 bits */
    PROPERTY_IP,
    PROPERTY_PORT,
    PROPERTY_TIME /* ms since 1970 */
};

struct extraction; /* property_set_internal.h */

struct property {
    str name;
    enum value_type type; /* of the column */
    str description;
    enum property_type property_type;
    bool is_enabled;                      /* false: the field exists and is always null */
    const struct extraction *extractions; /* linked, in the order of trial */
    str expression; /* AQL that the name stands for (then there are no extractions, and `type` means nothing), or empty
                     */
};

struct property_set;

/* With the built-in properties. */
tocsin_status property_set_create(struct property_set **ret_set, struct error *err);
void property_set_free(struct property_set *set);

/* Adds a file's properties. One that exists must keep its type; its new extractions are tried before the older ones, or
 * instead of them ("replace: true"). On an error, TOCSIN_ERROR_CONFIG with file, line and what is allowed, the set may
 * hold a part of the file: discard it. */
tocsin_status property_set_load_file(struct property_set *set, const char *path, struct error *err);
tocsin_status property_set_load_text(struct property_set *set, str text, const char *source_name, struct error *err);

size_t property_set_count(const struct property_set *set);
const struct property *property_set_at(const struct property_set *set, size_t index);
/* By name, ignoring case; NULL if there is none. */
const struct property *property_set_find(const struct property_set *set, str name);

#endif
