/* base/json_reader.h
 * Reads JSON in place: walks objects and arrays, hands out views into the text, unescapes a string only when asked.
 * Not a tree, and not a check: a walk looks only at what it passes, and passes what it skips by quotes and brackets.
 * json_validate is the check. Lenient where a log must not be lost for it: control bytes and invalid UTF-8 inside
 * strings pass; what follows a value is the caller's business. A key that is there twice is given twice.
 *
 * Memory: no allocation, except that unescaped strings live in the arena given. Views point into the text.
 * Threads: a reader belongs to one. Limits: nesting up to LIMIT_JSON_DEPTH. Never recursive.
 *
 *     struct json_reader reader;
 *     struct json_member member;
 *     json_reader_init(&reader, text);
 *     if (json_enter_object(&reader)) {
 *         while (json_next_member(&reader, &member)) {          (leaves the reader in front of the member's value)
 *             if (str_eq(member.key, STR("verb"))) {
 *                 json_read(&reader, &value);                   (a scalar, or a whole object or array as text)
 *             } else if (json_peek(&reader) == JSON_OBJECT ...
 *                 json_enter_object(&reader) ... the same loop, one level down
 *             } else {
 *                 json_skip(&reader);                           (every value is read, entered or skipped)
 *             }
 *         }
 *     }
 *     if (reader.is_failed) ... json_error_offset(&reader)
 *
 * After a failure every call gives false, so that one check behind the loops is enough; what was read before stands.
 */
#ifndef BASE_JSON_READER_H
#define BASE_JSON_READER_H

#include "base/arena.h"
#include "base/error.h"

enum json_kind {
    JSON_NONE, /* no value here: end of text, end of the container, damage */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_OBJECT,
    JSON_ARRAY,
};

struct json_value {
    enum json_kind kind;
    bool has_escape; /* strings: a backslash stands inside */
    str text;        /* as written; strings without their quotes, objects and arrays with their brackets */
};

struct json_member {
    str key;         /* as written, without quotes */
    bool has_escape; /* rare: compare with json_key_eq where it matters */
};

struct json_reader {
    const char *begin;
    const char *at;
    const char *end;
    uint32_t depth;
    bool is_first; /* the container entered last has given nothing yet */
    bool is_failed;
};

void json_reader_init(struct json_reader *reader, str text);

/* Kind of the value in front of the reader, by its first byte. */
enum json_kind json_peek(struct json_reader *reader);

/* False, without a failure, if no such container stands here. */
bool json_enter_object(struct json_reader *reader);
bool json_enter_array(struct json_reader *reader);
/* The next member's key, or false at the end of the object (which is then behind the reader). */
bool json_next_member(struct json_reader *reader, struct json_member *ret);
/* Goes in front of the next element, or false at the end of the array. */
bool json_next_element(struct json_reader *reader);

/* Reads a value. Objects and arrays are skipped and given as text; json_reader_init on that text walks them. */
bool json_read(struct json_reader *reader, struct json_value *ret);
bool json_skip(struct json_reader *reader);
/* Skips what is left of the container entered last. */
bool json_leave(struct json_reader *reader);

/* Only white space is left. */
bool json_is_at_end(struct json_reader *reader);
size_t json_error_offset(const struct json_reader *reader);
/* The text from the reader to the end. */
str json_rest(const struct json_reader *reader);

/* The one value of a text, with white space around it; JSON_NONE if it is none, or more. */
struct json_value json_value_from(str text);

/* The text of a string with escapes resolved; a view if there are none, else a copy in the arena. A lone surrogate
 * becomes U+FFFD; a backslash that begins no escape stays as it is. Other kinds: the text as written.
 * On failure (out of memory) data is NULL. */
str json_text(const struct json_value *value, struct arena *arena) __attribute__((warn_unused_result));
/* The same into a buffer of at least raw.len bytes; gives the length. `target` may be raw.data itself. */
size_t json_unescape(str raw, char *target);
/* Compares a key, escapes resolved. */
bool json_key_eq(const struct json_member *member, str name);

/* Numbers, and strings that hold one. A fraction is cut off only if it is zero (3.0, 1e3). */
bool json_to_i64(const struct json_value *value, int64_t *ret);
bool json_to_double(const struct json_value *value, double *ret);
bool json_to_bool(const struct json_value *value, bool *ret);

/* Exactly one value as RFC 8259 says, in valid UTF-8, nested no deeper than LIMIT_JSON_DEPTH. Escaped lone surrogates
 * are allowed, as there. On failure *ret_error_offset (may be NULL) is where it stops being JSON. */
bool json_validate(str text, size_t *ret_error_offset);

/* ---- paths ---------------------------------------------------------------------------------------------------------
 */

struct json_path_step {
    str key; /* data NULL: an element of an array */
    size_t index;
};

struct json_path {
    struct json_path_step *steps;
    size_t count;
};

/* "$.a.b[0].c", "$['a b'][\"c\"]", "a.b", and QRadar's "/"a"/"b"[0]" and "/a/b". A path of no step is the whole value.
 * Steps live in the arena. A malformed path is TOCSIN_ERROR_CONFIG, positioned in `text`. */
tocsin_status json_path_parse(str text, struct arena *arena, struct json_path *ret_path, struct error *err);

/* The value at the end of the path; of equal keys the last counts, as in every common reader of JSON. In a damaged text
 * what stands in front of the damage is found. False if there is nothing. */
bool json_find_path(str json, const struct json_path *path, struct json_value *ret);

#endif
