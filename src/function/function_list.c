#include "function/function.h"

/* A name this far from an existing one is not a typing error. */
enum { SUGGESTION_DISTANCE_MAX = 3 };

const struct function_def *function_find(str name)
{
    size_t count;
    const struct function_def *const *functions = function_list(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t n = 0; n < countof(functions[i]->names) && functions[i]->names[n]; n++) {
            if (str_eq_ignore_case(str_from_cstring(functions[i]->names[n]), name)) {
                return functions[i];
            }
        }
    }
    return NULL;
}

str function_suggest(str name)
{
    size_t limit = name.len / 2 < SUGGESTION_DISTANCE_MAX ? name.len / 2 : SUGGESTION_DISTANCE_MAX;
    str nearest = STR_EMPTY;
    size_t count;
    const struct function_def *const *functions = function_list(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t n = 0; n < countof(functions[i]->names) && functions[i]->names[n]; n++) {
            str candidate = str_from_cstring(functions[i]->names[n]);
            size_t distance = str_edit_distance(name, candidate, limit);
            if (distance <= limit && (nearest.len == 0 || distance < limit)) {
                nearest = candidate;
                limit = distance;
            }
        }
    }
    return nearest;
}

tocsin_status function_unknown_name(const struct function_prepare *prepare, const struct error *problem,
                                    struct error *err)
{
    struct error *target = prepare->accepts_unknown_names ? prepare->remark : err;
    if (target) {
        *target = *problem;
    }
    return prepare->accepts_unknown_names ? TOCSIN_OK : problem->status;
}
