/* base/strbuf.h
 * Text that grows, up to a maximum that every user must name. Not for values of a batch (see arena.h).
 * Memory: one block from memory.h, freed by strbuf_release. Errors stick: after a failed append `is_failed` stays true
 * and further appends do nothing, so that a writer checks once at the end.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/str.h"

struct strbuf {
    char *data;
    size_t len;
    size_t capacity;
    size_t bytes_max;
    bool is_failed;
};

void strbuf_init(struct strbuf *buffer, size_t bytes_max);
void strbuf_release(struct strbuf *buffer);
void strbuf_clear(struct strbuf *buffer);

/* Makes room for `bytes` more; NULL (and is_failed) if that is over the maximum or memory is out. The caller writes
 * there and adds to `len`. */
char *strbuf_reserve(struct strbuf *buffer, size_t bytes);
void strbuf_append(struct strbuf *buffer, str s);
void strbuf_append_char(struct strbuf *buffer, char c);
void strbuf_append_format(struct strbuf *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_append_u64(struct strbuf *buffer, uint64_t value);
void strbuf_append_i64(struct strbuf *buffer, int64_t value);
/* As Java prints it, in the shortest form that reads back the same: 3.0, 0.1, 1.0E-5, NaN, Infinity. Unlike Java in
 * full up to 17 digits (1791212263616.0): those are times and counts. In any locale. */
void strbuf_append_double(struct strbuf *buffer, double value);

static inline str strbuf_str(const struct strbuf *buffer)
{
    return (str){buffer->data ? buffer->data : "", buffer->len};
}

#endif
