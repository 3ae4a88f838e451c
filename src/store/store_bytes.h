/* store/store_bytes.h
 * Little-endian numbers put behind each other, and taken again with care: whatever is not there is zero, and is_bad is
 * set once and for all.
 */
#ifndef STORE_STORE_BYTES_H
#define STORE_STORE_BYTES_H

#include <endian.h>

#include "base/strbuf.h"

static inline void bytes_put_u8(struct strbuf *buffer, uint8_t value)
{
    strbuf_append(buffer, (str){(const char *)&value, sizeof(value)});
}
static inline void bytes_put_u16(struct strbuf *buffer, uint16_t value)
{
    uint16_t little = htole16(value);
    strbuf_append(buffer, (str){(const char *)&little, sizeof(little)});
}
static inline void bytes_put_u32(struct strbuf *buffer, uint32_t value)
{
    uint32_t little = htole32(value);
    strbuf_append(buffer, (str){(const char *)&little, sizeof(little)});
}
static inline void bytes_put_u64(struct strbuf *buffer, uint64_t value)
{
    uint64_t little = htole64(value);
    strbuf_append(buffer, (str){(const char *)&little, sizeof(little)});
}

struct byte_taker {
    str rest;
    bool is_bad;
};

static inline str bytes_take(struct byte_taker *taker, size_t count)
{
    if (taker->is_bad || taker->rest.len < count) {
        taker->is_bad = true;
        return STR_EMPTY;
    }
    str taken = str_slice(taker->rest, 0, count);
    taker->rest = str_skip(taker->rest, count);
    return taken;
}
static inline uint8_t bytes_take_u8(struct byte_taker *taker)
{
    str taken = bytes_take(taker, 1);
    return taken.len ? (uint8_t)taken.data[0] : 0;
}
static inline uint16_t bytes_take_u16(struct byte_taker *taker)
{
    uint16_t little = 0;
    str taken = bytes_take(taker, sizeof(little));
    memcpy(&little, taken.data, taken.len);
    return le16toh(little);
}
static inline uint32_t bytes_take_u32(struct byte_taker *taker)
{
    uint32_t little = 0;
    str taken = bytes_take(taker, sizeof(little));
    memcpy(&little, taken.data, taken.len);
    return le32toh(little);
}
static inline uint64_t bytes_take_u64(struct byte_taker *taker)
{
    uint64_t little = 0;
    str taken = bytes_take(taker, sizeof(little));
    memcpy(&little, taken.data, taken.len);
    return le64toh(little);
}

#endif
