/* fuzz_kubernetes_shape.c - lines read by the shapes of those before them, against the walk by keys
 * (tests/support/kubernetes_shape_check.h). All lines are read twice. */
#include <stdlib.h>

#include "../../support/kubernetes_shape_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct shape_reader reader;
    str text = {(const char *)data, size};
    if (size == 0) {
        return 0;
    }
    shape_reader_init(&reader);
    for (int round = 0; round < 2; round++) {
        json_compact_use_portable(round == 1 && size % 2 == 1);
        if (shape_check(&reader, text, SHAPE_AHEAD)) {
            abort();
        }
    }
    json_compact_use_portable(false);
    return 0;
}
