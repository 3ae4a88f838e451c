#include "column/value_text.h"

str value_text(const struct column *column, uint32_t row, struct strbuf *scratch)
{
    strbuf_clear(scratch);
    switch (column->type) {
    case TYPE_STRING:
    case TYPE_BYTES:
        return column_string(column, row);
    case TYPE_BOOL:
        return column_bool(column, row) ? STR("true") : STR("false");
    case TYPE_INT64:
        strbuf_append_i64(scratch, column_integer(column, row));
        break;
    case TYPE_DOUBLE:
        strbuf_append_double(scratch, column_double(column, row));
        break;
    case TYPE_IP:
        ip_append(scratch, column_ip(column, row));
        break;
    case TYPE_NULL:
    case TYPE_COUNT:
        break;
    }
    return strbuf_str(scratch);
}
