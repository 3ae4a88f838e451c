/* Chunks of any bytes: decompressed, taken for integers and for texts (dictionaries are such chunks); and the other way
 * round: integers and texts of any kind come back as they were. */
#include <stdlib.h>

#include "base/limits.h"
#include "store/chunk_codec.h"
#include "store/row_bits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

/* What takes many numbers at once takes the same ones. */
static void take_many(const struct packed_integers *packed, uint32_t first)
{
    uint32_t count = packed->count - first;
    int64_t *values = malloc((count + 1) * sizeof(*values));
    uint32_t *codes = malloc((count + 1) * sizeof(*codes));
    check(values && codes);
    integers_unpack(packed, first, count, values);
    integers_unpack_codes(packed, first, count, codes);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t number = (uint64_t)integers_get(packed, first + i);
        check(values[i] == (int64_t)number);
        check(codes[i] == (number < UINT32_MAX ? number : UINT32_MAX));
    }
    free(values);
    free(codes);
}

/* Numbers in a set, with all kinds of code. Every `step`-th number from `base` on is in it. */
static void select_numbers(const struct packed_integers *packed, uint64_t base, uint32_t set_count, uint32_t step)
{
    uint64_t *set = calloc(bits_words(set_count) + 1, sizeof(*set));
    uint64_t *bits = malloc((bits_words(packed->count) + 1) * sizeof(*bits));
    check(set && bits);
    for (uint32_t i = step / 2; i < set_count; i += step) {
        bits_add(set, i);
    }
    for (int portable = 0; portable < 2; portable++) {
        row_bits_use_portable(portable);
        bits_of_numbers(packed, base, set, set_count, bits);
        for (uint32_t i = 0; i < packed->count; i++) {
            uint64_t number = (uint64_t)integers_get(packed, i) - base;
            check(bits_has(bits, i) == (number < set_count && number % step == step / 2));
        }
        check(packed->count == 0 || (bits[bits_words(packed->count) - 1] &
                                     ~bits_mask(bits_words(packed->count) - 1, packed->count)) == 0);
    }
    free(set);
    free(bits);
}

/* From rows to values and back again, and parts of sets. */
static void move_bits(str bytes)
{
    uint32_t rows = (uint32_t)(bytes.len / 24 * 64);
    size_t words = bits_words(rows);
    if (rows == 0) {
        return;
    }
    uint64_t *sets = calloc(words * 6 + 6, sizeof(*sets));
    check(sets != NULL);
    uint64_t *wanted = sets;
    uint64_t *present = wanted + words + 1;
    uint64_t *gathered = present + words + 1;
    uint64_t *spread = gathered + words + 1;
    uint64_t *part = spread + words + 1;
    memcpy(wanted, bytes.data, words * sizeof(*sets));
    memcpy(present, bytes.data + words * sizeof(*sets), words * sizeof(*sets));
    for (int portable = 0; portable < 2; portable++) {
        row_bits_use_portable(portable);
        bits_gather(wanted, present, rows, gathered);
        bits_spread(gathered, present, rows, spread);
        for (size_t word = 0; word < words; word++) {
            check(spread[word] == (wanted[word] & present[word]));
        }
    }
    uint32_t first = (unsigned char)bytes.data[0] % rows;
    uint32_t count = rows - first - (unsigned char)bytes.data[1] % (rows - first);
    bits_take(wanted, first, count, part);
    memset(spread, 0, words * sizeof(*spread));
    bits_put(spread, first, count, part);
    for (uint32_t i = 0; i < rows; i++) {
        check(bits_has(spread, i) == (i >= first && i < first + count && bits_has(wanted, i)));
    }
    free(sets);
}

static void parse(str raw, uint32_t count)
{
    struct packed_integers packed;
    uint64_t sum = 0;
    if (integers_parse(raw, count, -5, &packed)) {
        for (uint32_t i = 0; i < count; i++) {
            sum += (uint64_t)integers_get(&packed, i);
        }
        take_many(&packed, count / 3);
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
    take_many(&packed, 0);
    select_numbers(&packed, (uint64_t)least, 200000, 3);
    strbuf_release(&raw);
    free(values);
}

/* Numbers of up to 32 bits, as codes are, repeated until there are many. */
static void codes_are_selected(str bytes, unsigned width, uint32_t step)
{
    enum { COUNT = 6000 };
    static int64_t values[COUNT];
    struct packed_integers packed;
    struct strbuf raw;
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t code = i;
        memcpy(&code, bytes.data + i % (bytes.len - 3), width == 8 ? 1 : width == 16 ? 2 : i % 64 == 63 ? 4 : 3);
        values[i] = 5 + (int64_t)(code & (UINT32_MAX >> (32 - width)));
    }
    strbuf_init(&raw, 64 * MEBI);
    integers_append(&raw, values, COUNT, 5, width);
    check(integers_parse(strbuf_str(&raw), COUNT, 5, &packed));
    select_numbers(&packed, 0, width == 8 ? 150 : 60000, step);
    select_numbers(&packed, 3, width == 8 ? 400 : 70003, step);
    take_many(&packed, 77);
    strbuf_release(&raw);
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

/* What is packed by its fields is an LZ4 block of the same bytes, which fits where it says, and no less. */
static void lines_come_back(str bytes, size_t head_bytes)
{
    static struct line_lz4_table table;
    str head = str_slice(bytes, 0, head_bytes);
    str text = str_skip(bytes, head.len);
    size_t room = bytes.len + bytes.len / 255 + 64;
    char *packed = malloc(room);
    char *back = malloc(bytes.len + 1);
    check(packed && back);
    size_t length = line_lz4_compress(&table, head, text, packed, room);
    check(length <= room);
    check(chunk_decompress((str){packed, length}, CHUNK_LZ4, back, bytes.len));
    check(memcmp(back, bytes.data, bytes.len) == 0);
    char *tight = malloc(length + 1);
    check(tight);
    for (size_t less = length < 4 ? length : 4; less > 0; less--) {
        check(line_lz4_compress(&table, head, text, tight, length - less) == SIZE_MAX);
    }
    free(tight);
    free(packed);
    free(back);
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
    lines_come_back(rest, data[3]);
    move_bits(rest);
    if (rest.len > 3) {
        static const uint32_t steps[] = {1, 2, 7, 20000};
        codes_are_selected(rest, 8u << data[1] % 3, steps[data[2] % 4]);
        codes_are_selected(rest, 1 + data[1] % 32, steps[data[2] % 4]);
    }
    row_bits_use_portable(false);
    return 0;
}
