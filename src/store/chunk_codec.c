#include "store/chunk_codec.h"

#include <lz4.h>
#include <zstd.h>

#ifdef HAS_XXH_DISPATCH
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

#include "base/limits.h"
#include "store/store_bytes.h"

enum { ZSTD_LEVEL = 1, PACKED_HEAD_BYTES = 8, PACKED_PADDING_BYTES = 8 };

uint64_t chunk_checksum(str stored)
{
    return XXH3_64bits(stored.data, stored.len);
}

static size_t compress_into(str raw, enum chunk_codec codec, char *target, size_t room)
{
    if (codec == CHUNK_LZ4) {
        int length = LZ4_compress_default(raw.data, target, (int)raw.len, (int)room);
        return length > 0 ? (size_t)length : SIZE_MAX;
    }
    size_t length = ZSTD_compress(target, room, raw.data, raw.len, ZSTD_LEVEL);
    return ZSTD_isError(length) ? SIZE_MAX : length;
}

static enum chunk_codec compress(str raw, enum chunk_codec wanted, size_t worth, struct strbuf *target)
{
    if (wanted != CHUNK_PLAIN && raw.len >= 64 && raw.len <= LZ4_MAX_INPUT_SIZE) {
        char *room = strbuf_reserve(target, worth);
        size_t length = room ? compress_into(raw, wanted, room, worth) : SIZE_MAX;
        if (length < worth) {
            target->len += length;
            return wanted;
        }
    }
    strbuf_append(target, raw);
    return CHUNK_PLAIN;
}

enum chunk_codec chunk_compress(str raw, enum chunk_codec wanted, struct strbuf *target)
{
    return compress(raw, wanted, raw.len - raw.len / 16, target);
}

enum chunk_codec chunk_compress_integers(str raw, enum chunk_codec wanted, struct strbuf *target)
{
    return compress(raw, wanted, wanted == CHUNK_LZ4 ? raw.len / 2 : raw.len - raw.len / 16, target);
}

bool chunk_compress_lines(struct line_lz4_table *table, str head, str text, struct strbuf *target)
{
    size_t raw = head.len + text.len;
    char *room = strbuf_reserve(target, raw - raw / 16);
    size_t length = room ? line_lz4_compress(table, head, text, room, raw - raw / 16) : SIZE_MAX;
    target->len += length != SIZE_MAX ? length : 0;
    return length != SIZE_MAX;
}

bool chunk_decompress(str stored, enum chunk_codec codec, char *target, size_t raw_bytes)
{
    switch (codec) {
    case CHUNK_PLAIN:
        if (stored.len != raw_bytes) {
            return false;
        }
        memcpy(target, stored.data, stored.len);
        return true;
    case CHUNK_LZ4:
        return stored.len <= LZ4_MAX_INPUT_SIZE && raw_bytes <= LZ4_MAX_INPUT_SIZE &&
               LZ4_decompress_safe(stored.data, target, (int)stored.len, (int)raw_bytes) == (int)raw_bytes;
    case CHUNK_ZSTD:
        return ZSTD_decompress(target, raw_bytes, stored.data, stored.len) == raw_bytes;
    }
    return false;
}

/* ---- integers ---- */

static size_t packed_bytes(uint32_t count, unsigned width)
{
    return (size_t)(((uint64_t)count * width + 7) / 8);
}

/* Room for values of `width` bits each and the padding, whose bytes are zero. */
static unsigned char *room_for_packed(struct strbuf *target, uint32_t count, unsigned width)
{
    size_t bytes = packed_bytes(count, width);
    unsigned char *out = (unsigned char *)strbuf_reserve(target, bytes + PACKED_PADDING_BYTES);
    if (out) {
        memset(out + bytes, 0, PACKED_PADDING_BYTES);
        target->len += bytes + PACKED_PADDING_BYTES;
    }
    return out;
}

/* Numbers of whole bytes, each less `least`. */
#define DEFINE_PACK(name, value_type, packed_type, to_little)                                                          \
    static void name(unsigned char *out, const value_type *values, uint32_t count, value_type least)                   \
    {                                                                                                                  \
        for (uint32_t i = 0; i < count; i++) {                                                                         \
            packed_type packed = to_little((packed_type)(values[i] - least));                                          \
            memcpy(out + (size_t)i * sizeof(packed), &packed, sizeof(packed));                                         \
        }                                                                                                              \
    }
#define AS_IT_IS(number) (number)
DEFINE_PACK(pack_8, uint64_t, uint8_t, AS_IT_IS)
DEFINE_PACK(pack_16, uint64_t, uint16_t, htole16)
DEFINE_PACK(pack_32, uint64_t, uint32_t, htole32)
DEFINE_PACK(pack_64, uint64_t, uint64_t, htole64)
DEFINE_PACK(pack_codes_8, uint32_t, uint8_t, AS_IT_IS)
DEFINE_PACK(pack_codes_16, uint32_t, uint16_t, htole16)
DEFINE_PACK(pack_codes_32, uint32_t, uint32_t, htole32)

/* Of any width up to 63: bits are collected in a word, which is written when it is full. */
static void pack_bits(unsigned char *out, const uint64_t *values, uint32_t count, uint64_t least, unsigned width)
{
    uint64_t word = 0;
    unsigned filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t difference = values[i] - least;
        word |= difference << filled;
        filled += width;
        if (filled >= 64) {
            uint64_t full = htole64(word);
            memcpy(out, &full, sizeof(full));
            out += sizeof(full);
            filled -= 64;
            word = filled > 0 ? difference >> (width - filled) : 0;
        }
    }
    for (; filled > 0; filled -= filled < 8 ? filled : 8) {
        *out++ = (unsigned char)word;
        word >>= 8;
    }
}

void integers_append(struct strbuf *target, const int64_t *values, uint32_t count, int64_t least, unsigned width)
{
    bytes_put_u64(target, width);
    unsigned char *out = room_for_packed(target, count, width);
    const uint64_t *numbers = (const uint64_t *)values;
    if (!out || width == 0) {
        return;
    }
    switch (width) {
    case 8:
        pack_8(out, numbers, count, (uint64_t)least);
        return;
    case 16:
        pack_16(out, numbers, count, (uint64_t)least);
        return;
    case 32:
        pack_32(out, numbers, count, (uint64_t)least);
        return;
    case 64:
        pack_64(out, numbers, count, (uint64_t)least);
        return;
    default:
        pack_bits(out, numbers, count, (uint64_t)least, width);
    }
}

void codes_append(struct strbuf *target, const uint32_t *codes, uint32_t count, uint32_t least, unsigned width)
{
    bytes_put_u64(target, width);
    unsigned char *out = room_for_packed(target, count, width);
    if (!out) {
        return;
    }
    if (width == 8) {
        pack_codes_8(out, codes, count, least);
    } else if (width == 16) {
        pack_codes_16(out, codes, count, least);
    } else {
        pack_codes_32(out, codes, count, least);
    }
}

static bool parse_packed(str packed, uint32_t count, unsigned width, uint64_t least, struct packed_integers *ret)
{
    if (width > 64 || packed.len != packed_bytes(count, width) + PACKED_PADDING_BYTES) {
        return false;
    }
    *ret = (struct packed_integers){(const unsigned char *)packed.data, count, width, least};
    return true;
}

bool integers_parse(str raw, uint32_t count, int64_t least, struct packed_integers *ret)
{
    if (raw.len < PACKED_HEAD_BYTES) {
        return false;
    }
    return parse_packed(str_skip(raw, PACKED_HEAD_BYTES), count, (unsigned char)raw.data[0], (uint64_t)least, ret);
}

/* Numbers of whole bytes, and of up to 57 bits, which a word holds wherever they begin. */
#define DEFINE_UNPACK(name, type, target, from_little, make)                                                           \
    static void name(const unsigned char *bits, uint64_t least, uint32_t count, target *ret_values)                    \
    {                                                                                                                  \
        for (uint32_t i = 0; i < count; i++) {                                                                         \
            type little;                                                                                               \
            memcpy(&little, bits + (size_t)i * sizeof(little), sizeof(little));                                        \
            ret_values[i] = make(least + from_little(little));                                                         \
        }                                                                                                              \
    }
#define SAME_BYTE(value)    (value)
#define AS_INTEGER(number) ((int64_t)(number))
#define AS_SMALL(number)   ((uint32_t)(number)) /* the sum has 32 bits */
#define AS_CODE(number)    ((number) < UINT32_MAX ? (uint32_t)(number) : UINT32_MAX)
DEFINE_UNPACK(unpack_8, uint8_t, int64_t, SAME_BYTE, AS_INTEGER)
DEFINE_UNPACK(unpack_16, uint16_t, int64_t, le16toh, AS_INTEGER)
DEFINE_UNPACK(unpack_32, uint32_t, int64_t, le32toh, AS_INTEGER)
DEFINE_UNPACK(unpack_64, uint64_t, int64_t, le64toh, AS_INTEGER)
DEFINE_UNPACK(unpack_codes_8, uint8_t, uint32_t, SAME_BYTE, AS_SMALL)
DEFINE_UNPACK(unpack_codes_16, uint16_t, uint32_t, le16toh, AS_SMALL)
DEFINE_UNPACK(unpack_codes_32, uint32_t, uint32_t, le32toh, AS_CODE)

static void unpack_narrow(const struct packed_integers *packed, uint32_t first, uint32_t count, int64_t *ret_values)
{
    uint64_t mask = (UINT64_C(1) << packed->width) - 1;
    uint64_t bit = (uint64_t)first * packed->width;
    for (uint32_t i = 0; i < count; i++, bit += packed->width) {
        uint64_t word;
        memcpy(&word, packed->bits + bit / 8, sizeof(word));
        ret_values[i] = (int64_t)(packed->least + (le64toh(word) >> bit % 8 & mask));
    }
}

void integers_unpack(const struct packed_integers *packed, uint32_t first, uint32_t count, int64_t *ret_values)
{
    enum { NARROW_BITS = 57 };
    const unsigned char *at = packed->bits ? packed->bits + (size_t)first * (packed->width / 8) : NULL;
    if (!at) {
        for (uint32_t i = 0; i < count; i++) {
            ret_values[i] = (int64_t)packed->least;
        }
    } else if (packed->width == 8) {
        unpack_8(at, packed->least, count, ret_values);
    } else if (packed->width == 16) {
        unpack_16(at, packed->least, count, ret_values);
    } else if (packed->width == 32) {
        unpack_32(at, packed->least, count, ret_values);
    } else if (packed->width == 64) {
        unpack_64(at, packed->least, count, ret_values);
    } else if (packed->width <= NARROW_BITS) {
        unpack_narrow(packed, first, count, ret_values);
    } else {
        for (uint32_t i = 0; i < count; i++) {
            ret_values[i] = integers_get(packed, first + i);
        }
    }
}

void integers_unpack_codes(const struct packed_integers *packed, uint32_t first, uint32_t count, uint32_t *ret_codes)
{
    bool fits = packed->bits && packed->least <= UINT32_MAX; /* so that sums do not wrap around */
    const unsigned char *at = fits ? packed->bits + (size_t)first * (packed->width / 8) : NULL;
    bool is_small = fits && packed->least <= UINT32_MAX - UINT16_MAX;
    if (is_small && packed->width == 8) {
        unpack_codes_8(at, packed->least, count, ret_codes);
    } else if (is_small && packed->width == 16) {
        unpack_codes_16(at, packed->least, count, ret_codes);
    } else if (fits && packed->width == 32) {
        unpack_codes_32(at, packed->least, count, ret_codes);
    } else {
        for (uint32_t i = 0; i < count; i++) {
            uint64_t code = (uint64_t)integers_get(packed, first + i);
            ret_codes[i] = AS_CODE(code);
        }
    }
}

/* ---- texts ---- */

/* Like pack_bits; a word of 32 bits has room beside what is collected. */
static void pack_lengths(unsigned char *out, const uint32_t *lengths, uint32_t count, uint32_t least, unsigned width)
{
    uint64_t word = 0;
    unsigned filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        word |= (uint64_t)(lengths[i] - least) << filled;
        filled += width;
        if (filled >= 32) {
            uint32_t full = htole32((uint32_t)word);
            memcpy(out, &full, sizeof(full));
            out += sizeof(full);
            word >>= 32;
            filled -= 32;
        }
    }
    for (; filled > 0; filled -= filled < 8 ? filled : 8) {
        *out++ = (unsigned char)word;
        word >>= 8;
    }
}

void texts_append_head(struct strbuf *target, const uint32_t *lengths, uint32_t count, size_t heap_bytes)
{
    uint32_t least = count > 0 ? lengths[0] : 0;
    uint32_t most = least;
    for (uint32_t i = 0; i < count; i++) {
        least = lengths[i] < least ? lengths[i] : least;
        most = lengths[i] > most ? lengths[i] : most;
    }
    unsigned width = integers_width(most - least);
    bytes_put_u32(target, count);
    bytes_put_u32(target, width);
    bytes_put_u32(target, least);
    bytes_put_u32(target, (uint32_t)heap_bytes);
    unsigned char *out = room_for_packed(target, count, width);
    if (out && width > 0) {
        pack_lengths(out, lengths, count, least, width);
    }
}

void texts_append(struct strbuf *target, const uint32_t *lengths, uint32_t count, str heap)
{
    texts_append_head(target, lengths, count, heap.len);
    strbuf_append(target, heap);
}

bool texts_parse(str raw, uint32_t count, uint32_t *offsets, struct texts *ret)
{
    struct byte_taker taker = {.rest = raw};
    uint32_t said = bytes_take_u32(&taker);
    unsigned width = bytes_take_u8(&taker);
    (void)bytes_take(&taker, 3);
    uint32_t least = bytes_take_u32(&taker);
    uint32_t heap_bytes = bytes_take_u32(&taker);
    if (said != count || width > 32 || !texts_are_plausible(count, raw.len)) {
        return false;
    }
    struct packed_integers lengths;
    str packed = bytes_take(&taker, packed_bytes(count, width) + PACKED_PADDING_BYTES);
    if (taker.is_bad || taker.rest.len != heap_bytes || !parse_packed(packed, count, width, least, &lengths)) {
        return false;
    }
    uint64_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        offsets[i] = (uint32_t)at;
        at += (uint64_t)integers_get(&lengths, i) + 1;
        if (at > heap_bytes || taker.rest.data[at - 1] != TEXTS_SEPARATOR) {
            return false;
        }
    }
    offsets[count] = (uint32_t)at;
    *ret = (struct texts){count, offsets, taker.rest.data};
    return at == heap_bytes;
}
