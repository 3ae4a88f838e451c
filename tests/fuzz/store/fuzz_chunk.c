/* Chunks of any bytes: decompressed, taken for integers and for texts (dictionaries are such chunks); and the other way
 * round: integers and texts of any kind come back as they were. */
#include <stdlib.h>

#include "base/limits.h"
#include "store/chunk_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static void parse(str raw, uint32_t count)
{
    struct packed_integers packed;
    uint64_t sum = 0;
    if (integers_parse(raw, count, -5, &packed)) {
        for (uint32_t i = 0; i < count; i++) {
            sum += (uint64_t)integers_get(&packed, i);
        }
    }
    if (!texts_are_plausible(count, raw.len)) {
        return;
    }
    struct texts texts;
    uint32_t *offsets = malloc((count + 1) * sizeof(*offsets));
    if (offsets && texts_parse(raw, count, offsets, &texts)) {
        for (uint32_t i = 0; i < count; i++) {
            str text = texts_get(&texts, i);
            for (size_t at = 0; at < text.len; at++) {
                sum += (unsigned char)text.data[at];
            }
        }
    }
    free(offsets);
    check(sum != 1234567890123456789u); /* so that it is read */
}

static void unpack(str stored, enum chunk_codec codec, size_t raw_bytes, uint32_t count)
{
    char *raw = malloc(raw_bytes + 1);
    if (raw && chunk_decompress(stored, codec, raw, raw_bytes)) {
        parse((str){raw, raw_bytes}, count);
    }
    free(raw);
}

static void integers_come_back(str bytes)
{
    uint32_t count = (uint32_t)(bytes.len / sizeof(int64_t));
    if (count == 0) {
        return;
    }
    int64_t *values = malloc(count * sizeof(*values));
    struct strbuf raw;
    strbuf_init(&raw, 64 * MEBI);
    memcpy(values, bytes.data, count * sizeof(*values));
    int64_t least = values[0];
    int64_t greatest = values[0];
    for (uint32_t i = 0; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        greatest = values[i] > greatest ? values[i] : greatest;
    }
    integers_append(&raw, values, count, least, integers_width((uint64_t)greatest - (uint64_t)least));
    struct packed_integers packed;
    check(integers_parse(strbuf_str(&raw), count, least, &packed));
    for (uint32_t i = 0; i < count; i++) {
        check(integers_get(&packed, i) == values[i]);
    }
    strbuf_release(&raw);
    free(values);
}

/* Texts that end where the input has a 0x7F. */
static void texts_come_back(str bytes, enum chunk_codec codec)
{
    uint32_t count = 0;
    uint32_t *lengths = malloc((bytes.len + 1) * sizeof(*lengths));
    uint32_t *offsets = malloc((bytes.len + 2) * sizeof(*offsets));
    struct strbuf heap;
    struct strbuf raw;
    struct strbuf stored;
    strbuf_init(&heap, 64 * MEBI);
    strbuf_init(&raw, 64 * MEBI);
    strbuf_init(&stored, 64 * MEBI);
    for (str rest = bytes;; count++) {
        size_t end = str_find_char(rest, '\x7F', 0);
        str text = str_slice(rest, 0, end);
        lengths[count] = (uint32_t)text.len;
        strbuf_append(&heap, text);
        strbuf_append_char(&heap, TEXTS_SEPARATOR);
        if (end == SIZE_MAX) {
            count++;
            break;
        }
        rest = str_skip(rest, end + 1);
    }
    texts_append(&raw, lengths, count, strbuf_str(&heap));
    enum chunk_codec used = chunk_compress(strbuf_str(&raw), codec, &stored);
    char *back = malloc(raw.len);
    check(chunk_decompress(strbuf_str(&stored), used, back, raw.len));
    struct texts texts;
    check(texts_parse((str){back, raw.len}, count, offsets, &texts));
    size_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        check(str_eq(texts_get(&texts, i), str_slice(strbuf_str(&heap), at, at + lengths[i])));
        at += lengths[i] + 1;
    }
    free(back);
    free(lengths);
    free(offsets);
    strbuf_release(&heap);
    strbuf_release(&raw);
    strbuf_release(&stored);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4) {
        return 0;
    }
    str rest = {(const char *)data + 4, size - 4};
    enum chunk_codec codec = data[0] % 3;
    uint32_t count = data[1] + 256u * (data[2] % 16);
    parse(rest, count);
    unpack(rest, codec, (size_t)data[3] * 257, count);
    integers_come_back(rest);
    texts_come_back(rest, codec);
    return 0;
}
