/* format/message.h
 * What a line says, taken apart: LEEF, CEF, key=value and JSON messages become fields of key and value. Shared by the
 * parsers of those shapes (leef.c, cef.c, key_value.c) and by what reads fields (universal.c, property_extract.c).
 * Not a row: nothing is mapped to AQL names here.
 * Memory: the array of fields belongs to the message and is reused from line to line; texts are views into the line.
 * Values stay as written until message_value decodes them. Threads: one.
 * Limit: LIMIT_MESSAGE_FIELDS; further fields are ignored and the message is marked damaged.
 */
#ifndef FORMAT_MESSAGE_H
#define FORMAT_MESSAGE_H

#include "base/arena.h"

enum message_kind {
    MESSAGE_TEXT, /* prose; it may hold a few key=value pairs all the same */
    MESSAGE_LEEF,
    MESSAGE_CEF,
    MESSAGE_JSON, /* no fields here: paths are looked up in `text` */
    MESSAGE_KEY_VALUE,
    MESSAGE_KIND_COUNT
};

/* "text", "leef", "cef", "json", "key_value". */
str message_kind_name(enum message_kind kind);

/* How a value is written. */
enum value_escape {
    VALUE_PLAIN,
    VALUE_CEF,   /* \= \\ \| \n \r */
    VALUE_QUOTED /* between quotes: \" \\ \n \t \u0041 */
};

struct message_field {
    str key;
    str label; /* CEF: the name that cs1Label gives to cs1; else empty */
    str value;
    enum value_escape escape;
};

struct message {
    enum message_kind kind;
    bool is_damaged; /* the shape is there, but broken; what could be had is in the fields */
    bool is_cut;     /* ... because its end is missing */
    bool is_failed;  /* memory ran out */
    str text;        /* all of it, from the shape's first byte */
    /* Header of LEEF and CEF, still escaped as VALUE_CEF in CEF. */
    str vendor;
    str product;
    str version;
    str event_id;
    str name;     /* CEF only */
    str severity; /* CEF only */
    struct message_field *fields;
    size_t field_count;
    size_t field_capacity;
};

void message_init(struct message *message);
void message_release(struct message *message);
void message_clear(struct message *message);

/* Appends a field; an empty key is ignored. */
void message_add(struct message *message, struct message_field field);

/* First field with that key or label, ignoring case, whose value is not empty; else NULL. */
const struct message_field *message_find(const struct message *message, str key);

/* The value as it was meant: escapes resolved, a view where there are none. NULL data: out of memory. */
str message_value(const struct message_field *field, struct arena *arena);
str message_unescape(str text, enum value_escape escape, struct arena *arena);

/* ---- the shapes ---- */

/* MESSAGE_LEEF or MESSAGE_CEF and where the header begins in the text: at its front, or behind some words that a relay
 * put there; else MESSAGE_TEXT. */
enum message_kind message_find_header(str text, size_t *ret_begin);
/* True if the prefix that stands at `at` begins a header. */
bool leef_is_header_at(str text, size_t at);
bool cef_is_header_at(str text, size_t at);
/* A CEF header without its prefix. */
bool cef_is_bare_header(str text);

/* Fill a cleared message from a text that begins with the header. */
void leef_parse(str text, struct message *message);
void cef_parse(str text, struct message *message);

/* Collects key=value pairs from any text: logfmt, "a=1, b=\"x y\"", pairs in the middle of prose. kind becomes
 * MESSAGE_KEY_VALUE if the text begins with a pair, or has two or more; else MESSAGE_TEXT. */
void key_value_parse(str text, struct message *message);

#endif
