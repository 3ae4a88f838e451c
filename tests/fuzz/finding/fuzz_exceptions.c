/* fuzz_exceptions.c - a list of exceptions: loads, or gives an error with a place; what was loaded is asked. */
#include <stdlib.h>

#include "finding/exceptions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exceptions *exceptions = NULL;
    struct error err = {0};
    struct exceptions_options options = {.allows_missing_sets = size % 2 == 0};
    if (exceptions_create(NULL, NULL, &exceptions, &err) != TOCSIN_OK) {
        abort();
    }
    tocsin_status status =
        exceptions_load_text(exceptions, str_from((const char *)data, size), "exceptions.yaml", &options, &err);
    if (status == TOCSIN_ERROR_CONFIG && (err.line == 0 || err.message[0] == 0)) {
        abort();
    }
    if (status == TOCSIN_OK) {
        struct strbuf scratch;
        struct finding_row row = {.time_ms = INT64_C(1795428000000)};
        uint32_t expired;
        strbuf_init(&scratch, 4096);
        for (size_t i = 0; i < ROW_TEXT_COUNT; i++) {
            row.texts[i] = i % 2 ? STR("system:node:worker-1") : STR("10.1.2.3");
        }
        uint32_t found = exceptions_find(exceptions, STR("kube_secrets"), &row, &scratch, &expired);
        if (found != EXCEPTION_NONE && (found >= exceptions_count(exceptions) || expired != EXCEPTION_NONE)) {
            abort();
        }
        strbuf_release(&scratch);
    }
    exceptions_free(exceptions);
    return 0;
}
