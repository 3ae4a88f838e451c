/* output/value_text.h
 * The text form of a value, the same in every output (AQL reference 4.1.2): IPv4 dotted, IPv6 in eight groups,
 * true/false, doubles with a fraction, times as milliseconds. Escaping is left to each output.
 */
#ifndef OUTPUT_VALUE_TEXT_H
#define OUTPUT_VALUE_TEXT_H

#include "base/strbuf.h"
#include "column/column.h"

/* The text of a value that is not null. Strings and bytes are views of the value; all else is written to `scratch`
 * (which is emptied first) and is valid until its next use. */
str value_text(const struct column *column, uint32_t row, struct strbuf *scratch);

static inline bool value_type_is_text(enum value_type type)
{
    return type == TYPE_STRING || type == TYPE_BYTES;
}

/* Escapes that make text from outside harmless. Controls, terminal escapes, characters that reorder or hide text and
 * invalid UTF-8 become \n, \xNN or \u{...}, with these differences: */
enum text_escape {
    TEXT_ESCAPE_SCREEN, /* a backslash stays */
    TEXT_ESCAPE_CSV,    /* tab and newline stay, a quote is doubled */
    TEXT_ESCAPE_TSV,    /* a backslash becomes two: nothing is lost */
};
void text_append_escaped(struct strbuf *buffer, str text, enum text_escape escape);

/* One character of text as it is shown on a screen: its bytes (escaped if need be) and cells. Gives the number of
 * source bytes, 0 at the end. */
struct text_piece {
    char bytes[16];
    size_t len;
    size_t cells;
};
size_t text_next_piece(str text, struct text_piece *ret_piece);

#endif
