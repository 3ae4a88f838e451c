/* base/json_compact.h
 * JSON as programs write it a line each: without blanks between tokens. Passed and checked in one go, for formats that
 * walk an object key by key and are asked for gigabytes a second; json_reader.h is for everybody else, and for what
 * this one refuses. What is passed is JSON as json_validate takes it: grammar, numbers, words and escapes, no control
 * bytes, nesting up to JSON_COMPACT_DEPTH_MAX. UTF-8 is the exception: it is only noted that there are bytes beyond
 * ASCII, and utf8_is_valid over the whole line is for the caller, who walks most lines without that.
 *
 * Memory: none; views into the text. Threads: any. A text must have a line end as its last byte, at end[-1]: a line end
 * fits nothing, so that no pass goes beyond it. All of them give NULL for what is not such JSON.
 */
#ifndef BASE_JSON_COMPACT_H
#define BASE_JSON_COMPACT_H

#include "base/json_reader.h"

enum { JSON_COMPACT_DEPTH_MAX = 60 };

struct json_compact {
    const char *end; /* of what may be read */
    bool has_wide;   /* set, never reset: a string held bytes beyond ASCII */
};

/* Passes the line's one object or array: gives its line end. UTF-8 is checked. */
const char *json_compact_line(const char *text, const char *end);

/* For tests, and for those who have two loops like json_compact.c: whether AVX2 is to be used. */
bool json_compact_has_avx2(void);
void json_compact_use_portable(bool is_portable); /* not while another thread reads */

/* 32 each of what the loops look for, in memory: made anew for each string, they cost as much as the search. */
struct json_compact_bytes {
    char quotes[32];
    char backslashes[32];
    char controls[32]; /* the highest one */
};
extern const struct json_compact_bytes json_compact_bytes;

/* What follows a backslash: gives what is behind the escape. */
static inline const char *json_compact_escape(const char *at)
{
    switch (*at) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return at + 1;
    case 'u':
        return ascii_is_hex_digit(at[1]) && ascii_is_hex_digit(at[2]) && ascii_is_hex_digit(at[3]) &&
                       ascii_is_hex_digit(at[4])
                   ? at + 5
                   : NULL;
    default:
        return NULL;
    }
}
/* A number or word: gives what is behind it, which may be anything. */
const char *json_compact_scalar(const char *at, enum json_kind *ret_kind);

#endif
