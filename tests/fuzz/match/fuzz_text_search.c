/* The search text, a NUL byte, the payload. Whatever the text: it is refused with a message, or it and what it says
 * twice give the same answer, its negation the other one. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/text_search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool answer(struct arena *arena, const char *format, str text, str payload)
{
    size_t bytes = strlen(format) + 2 * text.len + 1;
    char *wrapped = malloc(bytes);
    assert(wrapped);
    size_t len = 0;
    for (const char *f = format; *f; f++) {
        if (*f == '$') {
            memcpy(wrapped + len, text.data, text.len);
            len += text.len;
        } else {
            wrapped[len++] = *f;
        }
    }
    const struct text_search *search = NULL;
    struct error err = {0};
    tocsin_status status = text_search_compile(arena, str_from(wrapped, len), &search, &err);
    assert(status == TOCSIN_OK || status == TOCSIN_ERROR_LIMIT);
    bool result = status == TOCSIN_OK && text_search_matches(search, payload);
    free(wrapped);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 4096) {
        return 0;
    }
    str all = str_from((const char *)data, size);
    size_t end = str_find_char(all, '\0', 0);
    end = end == SIZE_MAX ? all.len : end;
    str text = str_slice(all, 0, end);
    str tail = str_skip(all, end + 1);
    char *copy = malloc(tail.len + 1);
    assert(copy);
    memcpy(copy + 1, tail.data, tail.len);
    str payload = str_from(copy + 1, tail.len);
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    const struct text_search *search = NULL;
    struct error err = {0};
    if (text_search_compile(&arena, text, &search, &err) != TOCSIN_OK) {
        assert(!search && err.message[0]);
    } else {
        bool result = text_search_matches(search, payload);
        uint16_t row = 0;
        assert(text_search_select(search, &payload, &row, 1, &row) == result);
        bool ends_in_backslash = text.data[text.len - 1] == '\\'; /* it would take the meaning of the ) behind */
        if (text.len < 1000 && !ends_in_backslash) {
            assert(answer(&arena, "($)", text, payload) == result);
            assert(answer(&arena, "NOT NOT ($)", text, payload) == result);
            assert(answer(&arena, "($) ($)", text, payload) == result);
            assert(answer(&arena, "($) OR ($)", text, payload) == result);
            assert(!answer(&arena, "($) -($)", text, payload));
        }
    }
    arena_release(&arena);
    free(copy);
    return 0;
}
