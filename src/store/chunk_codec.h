/* store/chunk_codec.h
 * What a chunk of a segment holds (docs/segment-format.md, "Values"): packed integers, texts with their lengths; and
 * its compression and checksum. Reading trusts nothing: any bytes give values or a refusal.
 * Memory: views into what the caller holds. Threads: any.
 */
#ifndef STORE_CHUNK_CODEC_H
#define STORE_CHUNK_CODEC_H

#include <endian.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "store/line_lz4.h"

enum __attribute__((packed)) chunk_codec { CHUNK_PLAIN, CHUNK_LZ4, CHUNK_ZSTD };

/* Readers may load words behind the end: so many bytes more than the chunk has must be there. */
enum { CHUNK_SLACK_BYTES = 64 };

uint64_t chunk_checksum(str stored);
/* Appends the bytes with LZ4 or zstd, or as they are if that saves less than a sixteenth. target->is_failed tells. */
enum chunk_codec chunk_compress(str raw, enum chunk_codec wanted, struct strbuf *target);
/* The same for packed numbers, of which LZ4 has to leave less than half: where it finds but short matches it is
 * slower than reading what it saves. */
enum chunk_codec chunk_compress_integers(str raw, enum chunk_codec wanted, struct strbuf *target);
/* Appends `head` and behind it `text`, as LZ4, by line_lz4.h. False, and nothing appended: that saves less than a
 * sixteenth, or memory is out, which target->is_failed tells. */
bool chunk_compress_lines(struct line_lz4_table *table, str head, str text, struct strbuf *target)
    __attribute__((warn_unused_result));
/* Into exactly so many bytes; false if these are not those. */
bool chunk_decompress(str stored, enum chunk_codec codec, char *target, size_t raw_bytes);

/* ---- integers ---- */

struct packed_integers {
    const unsigned char *bits; /* NULL: all are `least` */
    uint32_t count;
    unsigned width;
    uint64_t least;
};

/* Bits that hold 0 .. range. */
static inline unsigned integers_width(uint64_t range)
{
    return range == 0 ? 0 : 64 - (unsigned)__builtin_clzll(range);
}
void integers_append(struct strbuf *target, const int64_t *values, uint32_t count, int64_t least, unsigned width);
void codes_append(struct strbuf *target, const uint32_t *codes, uint32_t count, uint32_t least, unsigned width);
bool integers_parse(str raw, uint32_t count, int64_t least, struct packed_integers *ret);

static inline int64_t integers_get(const struct packed_integers *packed, uint32_t index)
{
    if (!packed->bits) {
        return (int64_t)packed->least;
    }
    uint64_t bit = (uint64_t)index * packed->width;
    const unsigned char *at = packed->bits + bit / 8;
    unsigned shift = (unsigned)(bit % 8);
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    word = le64toh(word) >> shift;
    if (packed->width + shift > 64) {
        word |= (uint64_t)at[8] << (64 - shift);
    }
    uint64_t mask = packed->width == 64 ? UINT64_MAX : (UINT64_C(1) << packed->width) - 1;
    return (int64_t)(packed->least + (word & mask));
}

/* Values first .. first + count - 1, all at once. */
void integers_unpack(const struct packed_integers *packed, uint32_t first, uint32_t count, int64_t *ret_values);
/* The same as codes: what does not fit is UINT32_MAX. */
void integers_unpack_codes(const struct packed_integers *packed, uint32_t first, uint32_t count, uint32_t *ret_codes);

/* ---- texts ---- */

struct texts {
    uint32_t count;
    const uint32_t *offsets; /* count + 1 of them; text i ends one byte, the separator, before the next one's begin */
    const char *heap;
};

static inline str texts_get(const struct texts *texts, uint32_t index)
{
    uint32_t from = texts->offsets[index];
    return (str){texts->heap + from, texts->offsets[index + 1] - from - 1};
}

enum { TEXTS_HEAD_BYTES = 16, TEXTS_SEPARATOR = '\n' };

/* `heap` has a separator behind each text. */
void texts_append(struct strbuf *target, const uint32_t *lengths, uint32_t count, str heap);
/* What stands before the heap. */
void texts_append_head(struct strbuf *target, const uint32_t *lengths, uint32_t count, size_t heap_bytes);
/* `offsets` has room for count + 1. */
bool texts_parse(str raw, uint32_t count, uint32_t *offsets, struct texts *ret);
/* The room that offsets need is bounded by the chunk's own bytes: false if there are more texts than bytes. */
static inline bool texts_are_plausible(uint32_t count, size_t raw_bytes)
{
    return raw_bytes >= TEXTS_HEAD_BYTES && count <= raw_bytes - TEXTS_HEAD_BYTES;
}

#endif
