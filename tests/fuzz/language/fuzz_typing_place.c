/* Any text and any place in it: the word lies around the place, and nothing is read beyond the text. */
#include <assert.h>
#include <stdlib.h>

#include "language/typing_place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void see_alias(void *context, str alias, str expression)
{
    const str *text = context;
    assert(alias.data >= text->data && alias.data + alias.len <= text->data + text->len);
    assert(expression.len == 0 || (expression.data >= text->data && expression.data <= text->data + text->len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    char *copy = malloc(size - 1); /* so that a sanitizer sees the end */
    if (!copy) {
        return 0;
    }
    memcpy(copy, data + 1, size - 1);
    str text = {copy, size - 1};
    size_t offset = data[0] * (size - 1) / 255;
    struct typing_place place;
    typing_place_find(text, offset, &place);
    assert(place.word_start <= offset && offset <= place.word_end && place.word_end <= text.len);
    (void)typing_source(text, offset);
    typing_aliases(text, offset, see_alias, &text);
    bool is_call;
    struct token token = typing_token_at(text, offset, &is_call);
    assert(token.offset_end <= text.len);
    free(copy);
    return 0;
}
