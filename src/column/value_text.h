/* column/value_text.h
 * The text form of a value, the same in STR, CONCAT and every output (AQL reference 4.1.2): IPv4 dotted, IPv6 in eight
 * groups, true/false, doubles with a fraction, times as milliseconds. Escaping is left to each output.
 * Not for bytes, which are shown as Base64: they may be long, so each caller encodes them where the text goes.
 */
#ifndef COLUMN_VALUE_TEXT_H
#define COLUMN_VALUE_TEXT_H

#include "base/strbuf.h"
#include "column/column.h"

/* The text of a value that is not null. Strings and bytes are views of the value; all else is written to `scratch`
 * (which is emptied first) and is valid until its next use. */
str value_text(const struct column *column, uint32_t row, struct strbuf *scratch);

static inline bool value_type_is_text(enum value_type type)
{
    return type == TYPE_STRING || type == TYPE_BYTES;
}

#endif
