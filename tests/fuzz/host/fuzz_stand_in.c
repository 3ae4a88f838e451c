/* fuzz_stand_in.c - requests to the stand-ins, and logs that are cut: whatever comes, the answer is one of HTTP, and
 * what is cut out of a log is no longer than the log. */
#include <stdlib.h>

#include "base/limits.h"
#include "host/http_stand_in.h"
#include "host/simulate_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf answer;
    struct arena arena;
    str text = {(const char *)data, size};
    str lines;
    str subject;
    strbuf_init(&answer, MEBI);
    arena_init(&arena, 64 * MEBI);
    stand_in_answer(size % 2 ? STAND_IN_DOCKER : STAND_IN_KUBERNETES, text, &answer);
    if (!str_starts_with(strbuf_str(&answer), STR("HTTP/1.1 ")) || answer.is_failed) {
        abort();
    }
    if (capture_cut(text, 10, &arena, &lines) && lines.len > size + 1) {
        abort();
    }
    (void)simulate_token_subject(text, &arena, &subject);
    strbuf_release(&answer);
    arena_release(&arena);
    return 0;
}
