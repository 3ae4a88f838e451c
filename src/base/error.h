/* base/error.h
 * One error object for everything that can go wrong with input, configuration or the machine. Programmer errors are
 * asserted instead. A function that can fail returns tocsin_status and takes `struct error *err` last; on success
 * `err` is untouched, on failure all `ret_` values are untouched.
 * The first error wins; callers may add context in front with error_context, never replace it.
 * Memory: fixed size inside, so that reporting out-of-memory needs none. Text from outside is escaped on the way in:
 * a message never holds control bytes, terminal escapes or invalid UTF-8.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

#include "base/str.h"
#include "tocsin/tocsin.h"

enum { ERROR_MESSAGE_BYTES = 1024, ERROR_HINT_BYTES = 512 };

struct error {
    tocsin_status status;
    char message[ERROR_MESSAGE_BYTES]; /* ready for a human, no trailing full stop; NUL-terminated */
    char hint[ERROR_HINT_BYTES];       /* the way out, or empty */
    char source[256];                  /* what the position refers to: "query", a file name; or empty */
    uint32_t line;                     /* 1-based; 0 = no position */
    uint32_t column;                   /* 1-based, in characters */
    uint64_t offset;                   /* byte offset in the source, valid with `line` */
};

const char *tocsin_status_name(tocsin_status status);

/* Each fills `err` (which may be NULL) and gives back the status, so that it can stand behind `return`. The format is
 * printf's; every %s and %.*s argument is escaped by error_set. */
tocsin_status error_set(struct error *err, tocsin_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
tocsin_status error_set_va(struct error *err, tocsin_status status, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
tocsin_status error_memory(struct error *err);
/* Appends ": " and the system's text for `system_errno`. */
tocsin_status error_system(struct error *err, tocsin_status status, int system_errno, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Position of the error in a text; line and column are counted from `offset` in `text`. */
void error_position(struct error *err, const char *source, str text, size_t offset);
void error_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts "context: " in front of the message. */
void error_context(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
