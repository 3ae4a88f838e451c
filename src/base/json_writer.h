/* base/json_writer.h
 * JSON text (RFC 8259), written value by value into a strbuf. Not a document: nothing can be read back or changed.
 * Strings are text from outside: quotes, backslashes, control characters, DEL, line and paragraph separators and
 * bidirectional controls are written as escapes, and each invalid part of UTF-8 becomes U+FFFD; so the text is valid
 * UTF-8, one line when not pretty, and harmless on a terminal.
 * Memory: the caller's strbuf, which may be emptied between any two calls (a value of many MiB is written in parts).
 * Errors stick in the strbuf: check `is_failed` once. Limit: JSON_WRITER_DEPTH containers, asserted, since our own code
 * and not the input decides how deep to nest.
 */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include "base/strbuf.h"

enum { JSON_WRITER_DEPTH = 64 };

struct json_writer {
    struct strbuf *buffer;
    bool is_pretty; /* two blanks a level; false: everything on one line without blanks */
    bool has_key;   /* a key was written, its value comes next */
    unsigned depth;
    uint64_t is_filled; /* a bit per depth: the container has an element */
};

void json_writer_init(struct json_writer *writer, struct strbuf *buffer, bool is_pretty);

void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);

/* A value follows each key. json_key_rendered takes what json_append_string made of a name, so that a name used in a
 * million rows is escaped once. */
void json_key(struct json_writer *writer, str name);
void json_key_rendered(struct json_writer *writer, str quoted);

void json_null(struct json_writer *writer);
void json_bool(struct json_writer *writer, bool value);
void json_i64(struct json_writer *writer, int64_t value);
void json_u64(struct json_writer *writer, uint64_t value);
/* 3.0, 1.0E10; what JSON cannot say (NaN, infinities) is null. */
void json_double(struct json_writer *writer, double value);
void json_string(struct json_writer *writer, str value);
void json_base64(struct json_writer *writer, str bytes);

/* A string in parts: begin, any number of parts, end. A part must not end inside a UTF-8 sequence, unless it is the
 * last; utf8_part_length gives a good cut. */
void json_string_begin(struct json_writer *writer);
void json_string_part(struct json_writer *writer, str part);
void json_string_end(struct json_writer *writer);

/* The quoted string alone, outside of any document. */
void json_append_string(struct strbuf *buffer, str value);
/* Base64 (RFC 4648, padded) without quotes. All parts but the last must have a multiple of 3 bytes. */
void json_append_base64(struct strbuf *buffer, str bytes);

#endif
