/* base/base64.h
 * Base64 to bytes. Not the other way: who writes it writes it in parts.
 * No allocation; any thread.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/str.h"

/* Four digits of the common alphabet for three bytes, padded with '=' at the end, and nothing else; not empty. */
bool base64_is_strict(str text);

/* Room for what base64_decode gives. */
static inline size_t base64_bytes_max(str text)
{
    return text.len / 4 * 3 + 3;
}

/* Digits of both alphabets; every other byte is passed over. Gives the number of bytes written. */
size_t base64_decode(str text, char *target);

#endif
