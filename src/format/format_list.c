#include "format/format.h"

const struct format_def *format_find(str name)
{
    size_t count;
    const struct format_def *const *formats = format_list(&count);
    for (size_t i = 0; i < count; i++) {
        if (str_eq(str_from_cstring(formats[i]->name), name)) {
            return formats[i];
        }
    }
    return NULL;
}
