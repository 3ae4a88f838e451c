/* Eight bytes of time, then a pattern, a NUL byte, and a text. The time is formatted and read back; the text is read.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "function/date_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void format_and_read(const struct date_pattern *pattern, int64_t time_ms)
{
    struct date_moment moment;
    date_moment_set(&moment, time_ms, NULL);
    char *text = malloc(date_pattern_bytes_max(pattern) + 1); /* exact, for AddressSanitizer */
    assert(text);
    size_t len = date_pattern_format(pattern, &moment, text);
    assert(len <= date_pattern_bytes_max(pattern));
    int64_t again;
    (void)date_pattern_parse(pattern, str_from(text, len), NULL, time_ms, &again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t time_ms;
    if (size < sizeof(time_ms) || size > 4096) {
        return 0;
    }
    memcpy(&time_ms, data, sizeof(time_ms));
    size_t bytes = size - sizeof(time_ms);
    char *copy = malloc(bytes + 1);
    assert(copy);
    memcpy(copy, data + sizeof(time_ms), bytes);
    size_t split = str_find_char(str_from(copy, bytes), '\0', 0);
    split = split == SIZE_MAX ? bytes : split;
    struct arena arena;
    struct error err;
    const struct date_pattern *pattern;
    arena_init(&arena, ARENA_NO_LIMIT);
    if (date_pattern_compile(str_from(copy, split), &arena, &pattern, &err) == TOCSIN_OK) {
        format_and_read(pattern, time_ms);
        int64_t parsed;
        char *text = malloc(bytes - split + 1);
        assert(text);
        size_t len = split < bytes ? bytes - split - 1 : 0;
        memcpy(text, copy + bytes - len, len);
        if (date_pattern_parse(pattern, str_from(text, len), NULL, time_ms, &parsed)) {
            format_and_read(pattern, parsed);
        }
        free(text);
    }
    arena_release(&arena);
    free(copy);
    return 0;
}
