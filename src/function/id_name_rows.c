#include "function/id_name_rows.h"

#include "function/argument_number.h"

tocsin_status id_name_rows(id_name_find *find, str unknown, const struct function_call *call, const struct column *ids,
                           const uint16_t *rows, uint32_t row_count, struct column *ret)
{
    str name = STR_EMPTY;
    bool has_last = false;
    int64_t last_id = 0;
    for (uint32_t i = 0; i < row_count; i++) {
        int64_t id;
        if (!argument_integer(ids, rows[i], &id)) {
            has_last = false;
            name = unknown;
        } else if (!has_last || id != last_id) { /* neighbouring rows mostly have the same id */
            has_last = true;
            last_id = id;
            name = find(call->environment, id);
            name = name.len > 0 ? name : unknown;
        }
        ret->strings[rows[i]] = name;
        if (name.len == 0) {
            column_set_null(ret, rows[i]);
        }
    }
    return TOCSIN_OK;
}
