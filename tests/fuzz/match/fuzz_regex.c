/* First byte: bit 0 = ignore case, bit 1 = whole value. Then the pattern, a NUL byte, the value, a NUL byte, a
 * replacement. Whatever the pattern: it is refused with a message, or it runs within its limits and its groups lie
 * within the value. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "match/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static str take_part(str *rest)
{
    size_t end = str_find_char(*rest, '\0', 0);
    end = end == SIZE_MAX ? rest->len : end;
    str part = str_slice(*rest, 0, end);
    *rest = str_skip(*rest, end + 1);
    return part;
}

static void run(const struct regex *regex, str value, str replacement)
{
    struct regex_scratch *scratch = NULL;
    if (regex_scratch_create(&scratch, NULL) != TOCSIN_OK) {
        return;
    }
    bool is_hit = regex_matches(regex, scratch, value);
    str text;
    for (unsigned group = 0; group <= regex_group_count(regex); group++) {
        if (regex_capture(regex, scratch, value, group, &text)) {
            assert(is_hit && text.data >= value.data && text.data + text.len <= value.data + value.len);
        }
    }
    struct arena arena;
    arena_init(&arena, 1 << 24);
    (void)regex_check_replacement(regex, replacement, NULL);
    (void)regex_replace(regex, scratch, value, replacement, true, &arena);
    arena_release(&arena);
    regex_scratch_free(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 600) {
        return 0;
    }
    str rest = str_from((const char *)data + 1, size - 1);
    str pattern = take_part(&rest);
    str value = take_part(&rest);
    struct regex_options options = {.ignores_case = data[0] & 1, .is_full = data[0] & 2};
    struct regex *regex = NULL;
    struct error err = {0};
    tocsin_status status = regex_compile(pattern, options, &regex, &err);
    if (status != TOCSIN_OK) {
        assert(!regex && err.message[0]);
        return 0;
    }
    char *copy = malloc(value.len + 1);
    memcpy(copy + 1, value.data, value.len);
    run(regex, str_from(copy + 1, value.len), rest);
    free(copy);
    regex_free(regex);
    return 0;
}
