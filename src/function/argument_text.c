#include "function/argument_text.h"

#include "base/json_writer.h"
#include "column/value_text.h"

bool argument_text(const struct column *column, uint32_t row, struct strbuf *scratch, str *ret_text)
{
    if (column->type == TYPE_BYTES) {
        strbuf_clear(scratch);
        json_append_base64(scratch, column_string(column, row));
        *ret_text = strbuf_str(scratch);
    } else {
        *ret_text = value_text(column, row, scratch);
    }
    return !scratch->is_failed;
}

str argument_text_keep(const struct column *column, uint32_t row, struct strbuf *scratch, struct arena *arena)
{
    str text;
    if (!argument_text(column, row, scratch, &text)) {
        return (str){NULL, 0};
    }
    if (text.len == 0) {
        return STR_EMPTY;
    }
    return column->type == TYPE_STRING ? text : arena_copy(arena, text);
}
