/* First byte: bit 0 = ignore case, bits 1 and 2 = kernel. Then the pattern, a NUL byte, the value. Compared with a
 * plain matcher. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/like_reference.h"
#include "match/like.h"
#include "match/needle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 4096) {
        return 0;
    }
    bool ignores_case = data[0] & 1;
    needle_use_kernel((enum needle_kernel)((data[0] >> 1) % 3));
    str rest = str_from((const char *)data + 1, size - 1);
    size_t split = str_find_char(rest, '\0', 0);
    split = split == SIZE_MAX ? rest.len : split;
    str pattern = str_slice(rest, 0, split);
    str tail = str_skip(rest, split + 1);
    char *copy = malloc(tail.len + 1);
    memcpy(copy + 1, tail.data, tail.len); /* odd address, and nothing behind */
    str value = str_from(copy + 1, tail.len);

    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    const struct like_pattern *compiled = like_compile(&arena, pattern, ignores_case);
    bool expected = reference_like(pattern, value, ignores_case);
    assert(compiled && like_matches(compiled, value) == expected);
    uint16_t row = 0;
    assert(like_select(compiled, &value, &row, 1, &row) == expected);
    arena_release(&arena);
    free(copy);
    return 0;
}
