/* fuzz_pod_text.c - what a pod runs and is given, out of any text: never outside of it, and never longer than what the
 * text can say. */
#include <stdlib.h>

#include "base/limits.h"
#include "function/pod_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t label_bytes_max = 24;
    str json = {(const char *)data, size};
    struct arena scratch;
    struct strbuf text;
    arena_init(&scratch, ARENA_NO_LIMIT);
    strbuf_init(&text, LIMIT_BATCH_BYTES);
    if (!pod_text_commands(json, &scratch, &text) || strbuf_str(&text).len > size) {
        abort();
    }
    strbuf_clear(&text);
    if (!pod_text_access(json, &scratch, &text) || strbuf_str(&text).len > size + size * label_bytes_max) {
        abort();
    }
    strbuf_release(&text);
    arena_release(&scratch);
    return 0;
}
