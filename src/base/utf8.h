/* base/utf8.h
 * UTF-8 as the Unicode standard defines it: no overlong forms, no surrogates, nothing above U+10FFFF. Bytes that do not
 * fit are "invalid" and are shown as U+FFFD, one for each maximal ill-formed part.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

/* Length (1 to 4) of the sequence at the front of s and its code point; 0 if s is empty. An invalid part gives its
 * length and the code point UTF8_INVALID. */
#define UTF8_INVALID UINT32_MAX
size_t utf8_decode(str s, uint32_t *ret_code_point);

bool utf8_is_valid(str s);

/* Writes 1 to 4 bytes; gives their number. Surrogates and numbers above U+10FFFF are written as U+FFFD. */
size_t utf8_encode(uint32_t code_point, char *ret);

/* Number of code points, each invalid part counted as one. */
size_t utf8_length(str s);

/* Where to cut a long text that is worked on in parts: at most `bytes_max` (4 or more), never inside a sequence. */
size_t utf8_part_length(str s, size_t bytes_max);

/* True for C0 and C1 controls, DEL, and the code points that reorder or hide text on a terminal (bidirectional
 * controls, line and paragraph separators, byte order mark, tags). */
bool utf8_is_control(uint32_t code_point);

/* Cells a terminal uses for the code point: 0 (combining), 1, or 2 (East Asian wide, emoji). */
unsigned utf8_width(uint32_t code_point);
/* Cells of a text; an invalid part counts as one (it is shown as U+FFFD). */
size_t utf8_text_width(str s);

/* Copies s as printable text: \n, \r, \t and other controls become \n, \r, \t, \xNN or \u{...} escapes, invalid bytes
 * \xNN, a backslash stays. Always NUL-terminates; cut at a whole character when target is full. Gives the length. */
size_t utf8_escape_controls(str s, char *target, size_t target_bytes);

#endif
