#include "output/output.h"

const struct output_def *output_find(str name)
{
    size_t count;
    const struct output_def *const *outputs = output_list(&count);
    for (size_t i = 0; i < count; i++) {
        if (str_eq(name, str_from_cstring(outputs[i]->name))) {
            return outputs[i];
        }
    }
    return NULL;
}
