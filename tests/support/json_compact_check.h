/* json_compact_check.h - holds base/json_compact.h against json_validate, for tests that make texts: exactly the texts
 * are taken that are one JSON container on a line, without blanks between tokens, within the depth. */
#ifndef SUPPORT_JSON_COMPACT_CHECK_H
#define SUPPORT_JSON_COMPACT_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "base/json_compact.h"
#include "base/memory.h"

/* The slow way to say what the quick one should. */
struct compact_expectation {
    bool is_taken;
    size_t length;
};

static inline struct compact_expectation compact_expect(str text)
{
    const char *newline = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
    struct compact_expectation expected = {.length = newline ? (size_t)(newline - text.data) : text.len};
    str line = str_slice(text, 0, expected.length);
    bool is_in_string = false;
    bool is_compact = true;
    size_t depth = 0;
    size_t deepest = 0;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.data[i];
        if (is_in_string && c == '\\') {
            i++;
        } else if (c == '"') {
            is_in_string = !is_in_string;
        } else if (!is_in_string) {
            is_compact &= c != ' ' && c != '\t' && c != '\r';
            bool is_open = c == '{' || c == '[';
            bool is_close = c == '}' || c == ']';
            depth += is_open;
            depth -= is_close;
            deepest = depth > deepest ? depth : deepest;
        }
    }
    expected.is_taken = is_compact && line.len > 0 && (line.data[0] == '{' || line.data[0] == '[') &&
                        deepest <= JSON_COMPACT_DEPTH_MAX && json_validate(line, NULL);
    return expected;
}

/* NULL, or what is wrong. */
static inline const char *compact_check(str text)
{
    struct compact_expectation expected = compact_expect(text);
    /* In a block of its own size, so that a sanitizer sees each byte read behind its last line end. */
    char *exact = memory_allocate(text.len + 1);
    if (!exact) {
        return "no memory";
    }
    if (text.len > 0) {
        memcpy(exact, text.data, text.len);
    }
    exact[text.len] = '\n';
    const char *wrong = NULL;
    for (int is_portable = 0; is_portable < 2 && !wrong; is_portable++) {
        json_compact_use_portable(is_portable);
        const char *stop = json_compact_line(exact, exact + text.len + 1);
        if ((stop != NULL) != expected.is_taken) {
            wrong = stop ? "took what is not JSON" : "refused JSON";
        } else if (stop && stop != exact + expected.length) {
            wrong = "another line";
        }
    }
    json_compact_use_portable(false);
    memory_free(exact);
    return wrong;
}

#endif
