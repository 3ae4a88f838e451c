/* format/property_set_internal.h
 * How an extraction looks inside: between property_set.c, property_file.c (which makes them) and property_extract.c
 * (which runs them).
 */
#ifndef FORMAT_PROPERTY_SET_INTERNAL_H
#define FORMAT_PROPERTY_SET_INTERNAL_H

#include <limits.h>

#include "base/json_reader.h"
#include "format/message.h"
#include "format/property_set.h"

struct regex;
struct kept_regex; /* of a set; those that are built in are compiled when a run first needs them */

/* Where the text comes from, to which `regex` is then applied if there is one. */
enum extraction_source {
    SOURCE_MESSAGE, /* the message behind the syslog header */
    SOURCE_PAYLOAD, /* the whole line */
    SOURCE_KEY,     /* a key of a LEEF, CEF or key=value message */
    SOURCE_JSON,    /* a JSON path */
    SOURCE_HEADER   /* a part of the header, see header_part */
};

enum header_part {
    HEADER_VENDOR,
    HEADER_PRODUCT,
    HEADER_VERSION,
    HEADER_EVENT_ID,
    HEADER_EVENT_NAME,
    HEADER_SEVERITY,
    HEADER_HOST,
    HEADER_APPLICATION,
    HEADER_PROCESS_ID,
    HEADER_PART_COUNT
};

/* One text of an event, with where to find it. */
struct text_source {
    enum extraction_source source;
    enum header_part header;
    str key; /* SOURCE_KEY: the key; SOURCE_JSON: the path as written */
};

/* Must hold, or the extraction does not apply: the text exists (and is not empty), equals one of some words, or
 * matches. */
struct condition {
    struct text_source where;
    str *equals; /* ignoring case */
    size_t equals_count;
    struct kept_regex *regex; /* NULL: none */
    struct condition *next;
};

#define REGEX_GROUP_DEFAULT UINT_MAX

enum text_decoding { DECODE_NOTHING, DECODE_BASE64 };

/* The text of `what`, followed by those of `appended` with blanks between; decoded; the regex's group; the value of a
 * path in it. */
struct extraction {
    struct text_source what;
    struct text_source *appended;
    size_t appended_count;
    enum text_decoding decoding;
    uint32_t kinds;      /* a bit for each message_kind it applies to */
    str log_source_type; /* empty: any */
    str *applications;   /* syslog tags it applies to, ignoring case; none: any */
    size_t application_count;
    struct kept_regex *regex;  /* NULL: the whole text */
    unsigned group;           /* REGEX_GROUP_DEFAULT: the first if the regex has one, else the whole match */
    str required; /* the text must hold these bytes, or the regex cannot match; empty: unknown */
    struct json_path result_path; /* steps NULL: none */
    str time_format;
    struct condition *conditions;
    struct extraction *next;
};

/* Without the built-in properties. */
tocsin_status property_set_create_empty(struct property_set **ret_set, struct error *err);

/* Adds the built-in properties (property_file.c). */
tocsin_status property_set_load_built_in(struct property_set *set, struct error *err);

/* For property_file.c. */
struct arena *property_set_arena(struct property_set *set);
/* Keeps a regular expression, whose text lives as long as the set, and compiles it, unless it is one of those that are
 * built in: there are hundreds, and most runs need few or none of them. */
tocsin_status property_set_compile(struct property_set *set, str pattern, struct kept_regex **ret_regex,
                                   struct error *err);
/* The compiled expression; lives as long as the set. Any thread. */
tocsin_status kept_regex_get(struct kept_regex *kept, const struct regex **ret_regex, struct error *err);
/* Adds a property, or puts extractions in front of an existing one's. */
tocsin_status property_set_add(struct property_set *set, const struct property *property, struct extraction *first,
                               bool replaces, struct error *err);

/* The longest text that every match of a (Java) regular expression holds; empty if none is certain. A view into the
 * pattern. */
str regex_required_literal(str pattern);

#endif
