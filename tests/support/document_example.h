/* tests/support/document_example.h
 * The examples of the documents, for tests that load them: what is shown there must work. For tests with cmocka.
 */
#ifndef SUPPORT_DOCUMENT_EXAMPLE_H
#define SUPPORT_DOCUMENT_EXAMPLE_H

#include <stdio.h>

#include "base/str.h"

enum { DOCUMENT_BYTES_MAX = 65536 };

/* The first fenced block of that kind ("yaml") behind the heading, in a buffer of DOCUMENT_BYTES_MAX. */
static inline str document_example(const char *path, const char *heading, const char *kind, char *buffer)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t bytes = fread(buffer, 1, DOCUMENT_BYTES_MAX, file);
    fclose(file);
    assert_true(bytes > 0 && bytes < DOCUMENT_BYTES_MAX);
    str text = str_from(buffer, bytes);
    size_t section = str_find(text, str_from_cstring(heading), 0);
    assert_true(section != SIZE_MAX);
    char fence[32];
    int length = snprintf(fence, sizeof(fence), "```%s\n", kind);
    size_t begin = str_find(text, str_from(fence, (size_t)length), section);
    assert_true(begin != SIZE_MAX);
    begin += (size_t)length;
    return str_slice(text, begin, str_find(text, STR("\n```"), begin) + 1);
}

#endif
