/* fuzz_json_compact.c - a line passed quickly against the plain check (tests/support/json_compact_check.h). */
#include <stdlib.h>

#include "../../support/json_compact_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (compact_check((str){(const char *)data, size})) {
        abort();
    }
    return 0;
}
