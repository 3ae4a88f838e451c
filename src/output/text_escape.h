/* output/text_escape.h
 * Makes text from outside harmless on a screen and in files; what each output needs beyond that it does itself.
 * Memory: the caller's buffers. Threads: any.
 */
#ifndef OUTPUT_TEXT_ESCAPE_H
#define OUTPUT_TEXT_ESCAPE_H

#include "base/strbuf.h"

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
