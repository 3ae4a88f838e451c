#include "store/chunk_codec.h"

#include <lz4.h>
#include <xxhash.h>
#include <zstd.h>

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

enum chunk_codec chunk_compress(str raw, enum chunk_codec wanted, struct strbuf *target)
{
    size_t worth = raw.len - raw.len / 16;
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

/* Values less `least`, `width` bits each, then padding. */
static void pack(struct strbuf *target, const int64_t *values, uint32_t count, int64_t least, unsigned width)
{
    size_t bytes = packed_bytes(count, width) + PACKED_PADDING_BYTES;
    unsigned char *out = (unsigned char *)strbuf_reserve(target, bytes);
    if (!out) {
        return;
    }
    memset(out, 0, bytes);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t difference = (uint64_t)values[i] - (uint64_t)least;
        uint64_t bit = (uint64_t)i * width;
        unsigned char *at = out + bit / 8;
        unsigned shift = (unsigned)(bit % 8);
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        word = htole64(le64toh(word) | difference << shift);
        memcpy(at, &word, sizeof(word));
        if (width + shift > 64) {
            at[8] = (unsigned char)(difference >> (64 - shift));
        }
    }
    target->len += bytes;
}

void integers_append(struct strbuf *target, const int64_t *values, uint32_t count, int64_t least, unsigned width)
{
    bytes_put_u64(target, width);
    pack(target, values, count, least, width);
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

/* ---- texts ---- */

void texts_append(struct strbuf *target, const uint32_t *lengths, uint32_t count, str heap)
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
    bytes_put_u32(target, (uint32_t)heap.len);
    size_t bytes = packed_bytes(count, width) + PACKED_PADDING_BYTES;
    unsigned char *out = (unsigned char *)strbuf_reserve(target, bytes);
    if (out) {
        memset(out, 0, bytes);
        for (uint32_t i = 0; i < count; i++) {
            uint64_t bit = (uint64_t)i * width;
            uint64_t word;
            memcpy(&word, out + bit / 8, sizeof(word));
            word = htole64(le64toh(word) | (uint64_t)(lengths[i] - least) << bit % 8);
            memcpy(out + bit / 8, &word, sizeof(word));
        }
        target->len += bytes;
    }
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
