/* clickhouse/byte_taker.h
 * Bytes from a server, taken from the front: what is not there makes the taker bad, and from then on it gives nothing.
 */
#ifndef CLICKHOUSE_BYTE_TAKER_H
#define CLICKHOUSE_BYTE_TAKER_H

#include "base/str.h"

struct byte_taker {
    str rest;
    bool is_bad;
};

/* Seven bits a byte, the lowest first; 0 if there is none. */
static inline uint64_t take_number(struct byte_taker *taker)
{
    uint64_t number = 0;
    for (unsigned shift = 0; !taker->is_bad && shift <= 63 && taker->rest.len > 0; shift += 7) {
        unsigned char byte = (unsigned char)taker->rest.data[0];
        taker->rest = str_skip(taker->rest, 1);
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            return number;
        }
    }
    taker->is_bad = true;
    return 0;
}

static inline str take_bytes(struct byte_taker *taker, uint64_t count)
{
    if (taker->is_bad || count > taker->rest.len) {
        taker->is_bad = true;
        return STR_EMPTY;
    }
    str taken = str_slice(taker->rest, 0, (size_t)count);
    taker->rest = str_skip(taker->rest, (size_t)count);
    return taken;
}

#endif
