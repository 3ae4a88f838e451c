/* One column of a block: what is added in batches of any size is what its chunks hold, in every type and width, with
 * gaps at the edges of words, constants that end late, and texts that differ in one byte. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "store/column_buffer.h"

enum { ROWS_MAX = LIMIT_STORE_BLOCK_ROWS, ENTRIES_MAX = 400000 };

/* What the column should be: by slot. Addresses, as they are stored, are texts. */
static bool valid[ROWS_MAX];
static int64_t numbers[ROWS_MAX];
static str texts[ROWS_MAX];

/* ---- adding ---- */

static struct column_buffer new_buffer(enum segment_type type)
{
    struct column_buffer buffer = {.name = STR("the column"),
                                   .type = type,
                                   .scope = SCOPE_ROW,
                                   .origin = ORIGIN_PROPERTY,
                                   .codec = CHUNK_LZ4,
                                   .chunk_bytes = LIMIT_STORE_CHUNK_BYTES,
                                   .hash_seed = 77};
    assert_true(column_buffer_init(&buffer));
    column_buffer_new_segment(&buffer);
    return buffer;
}

static void set_row(struct column *column, uint32_t row, uint32_t slot)
{
    if (!valid[slot]) {
        return;
    }
    switch (column->type) {
    case TYPE_BOOL:
        column_set_bool(column, row, numbers[slot] != 0);
        return;
    case TYPE_IP: {
        struct ip ip = IP_V4_NONE;
        memcpy(ip.bytes + sizeof(ip.bytes) - texts[slot].len, texts[slot].data, texts[slot].len);
        column_set_ip(column, row, ip);
        return;
    }
    case TYPE_STRING:
    case TYPE_BYTES:
        column_set_string(column, row, texts[slot]);
        return;
    default: /* doubles by their bits */
        column_set_integer(column, row, numbers[slot]);
    }
}

static bool same_slots(uint32_t a, uint32_t b)
{
    return valid[a] == valid[b] && (!valid[a] || (numbers[a] == numbers[b] && str_eq(texts[a], texts[b])));
}

/* Batches whose rows are all the same come as constants, as batch_finish makes them. */
static void add_rows(struct column_buffer *buffer, enum value_type type, uint32_t rows, uint32_t batch_rows)
{
    struct arena arena;
    struct column column;
    arena_init(&arena, ARENA_NO_LIMIT);
    assert_true(column_init(&column, type, &arena));
    for (uint32_t slot = 0; slot < rows; slot += batch_rows) {
        uint32_t count = rows - slot < batch_rows ? rows - slot : batch_rows;
        uint32_t equal = 0;
        column_clear(&column);
        for (; equal < count && same_slots(slot, slot + equal);) {
            equal++;
        }
        for (uint32_t row = 0; row < (equal == count ? 1 : count); row++) {
            set_row(&column, row, slot + row);
        }
        if (equal == count) {
            column.kind = COLUMN_CONSTANT;
            column.row_mask = 0;
        }
        /* In two parts, as when a block ends within a batch. */
        uint32_t part = count / 3;
        if (part > 0) {
            column_buffer_add_column(buffer, slot, &column, 0, part);
        }
        column_buffer_add_column(buffer, slot + part, &column, part, count);
    }
    assert_false(buffer->is_failed);
    arena_release(&arena);
}

/* ---- reading what was made ---- */

struct decoder {
    str *entries; /* of the segment's dictionary */
    uint32_t entry_count;
    struct arena arena;
};

static void open_decoder(struct decoder *decoder)
{
    *decoder = (struct decoder){.entries = calloc(ENTRIES_MAX, sizeof(str))};
    arena_init(&decoder->arena, ARENA_NO_LIMIT);
    assert_non_null(decoder->entries);
}

static void close_decoder(struct decoder *decoder)
{
    free(decoder->entries);
    arena_release(&decoder->arena);
}

static str raw_of(struct decoder *decoder, const struct segment_chunk *chunk, str body)
{
    str stored = str_slice(body, chunk->offset, chunk->offset + chunk->stored_bytes);
    char *raw = arena_allocate_zeroed(&decoder->arena, chunk->raw_bytes + CHUNK_SLACK_BYTES, 1, 1);
    assert_non_null(raw);
    assert_int_equal(chunk_checksum(stored), chunk->checksum);
    assert_true(chunk_decompress(stored, chunk->codec, raw, chunk->raw_bytes));
    return str_from(raw, chunk->raw_bytes);
}

static void read_texts(struct decoder *decoder, const struct segment_chunk *chunk, str raw, str *target)
{
    struct texts found;
    uint32_t *offsets = arena_array(&decoder->arena, uint32_t, chunk->count + 1);
    assert_true(offsets && texts_parse(raw, chunk->count, offsets, &found));
    bool has_line_end = false;
    bool is_ascii = true;
    for (uint32_t i = 0; i < chunk->count; i++) {
        target[chunk->first + i] = texts_get(&found, i);
        has_line_end |= str_find_char(target[chunk->first + i], '\n', 0) != SIZE_MAX;
        for (size_t at = 0; at < target[chunk->first + i].len; at++) {
            is_ascii &= (unsigned char)target[chunk->first + i].data[at] < 0x80;
        }
    }
    assert_int_equal((chunk->flags & CHUNK_HAS_LINE_END) != 0, has_line_end);
    assert_int_equal((chunk->flags & CHUNK_IS_ASCII) != 0, is_ascii);
}

static bool slot_is_present(enum segment_presence presence, str raw, uint32_t slot)
{
    const unsigned char *bytes = (const unsigned char *)raw.data;
    if (presence == PRESENCE_BITMAP) {
        return bytes[slot / 8] >> slot % 8 & 1;
    }
    for (size_t i = 0; presence == PRESENCE_LIST && i < raw.len / 2; i++) {
        if ((uint32_t)(bytes[2 * i] | bytes[2 * i + 1] << 8) == slot) {
            return true;
        }
    }
    return presence == PRESENCE_ALL;
}

static void check_column(struct decoder *decoder, const struct segment_column *column, str body, uint32_t rows)
{
    struct packed_integers packed = {.count = column->value_count, .least = (uint64_t)column->least};
    str presence = STR_EMPTY;
    str *plain = calloc(ROWS_MAX, sizeof(str));
    assert_non_null(plain);
    for (uint32_t i = 0; i < column->chunk_count; i++) {
        const struct segment_chunk *chunk = &column->chunks[i];
        str raw = raw_of(decoder, chunk, body);
        if (chunk->role == ROLE_PRESENCE) {
            presence = raw;
        } else if (chunk->role == ROLE_INTEGERS) {
            assert_true(integers_parse(raw, column->value_count, column->least, &packed));
        } else if (chunk->role == ROLE_VALUES) {
            read_texts(decoder, chunk, raw, plain);
        } else if (chunk->role == ROLE_ENTRIES) {
            assert_int_equal(chunk->first, decoder->entry_count);
            read_texts(decoder, chunk, raw, decoder->entries);
            decoder->entry_count += chunk->count;
        }
    }
    uint32_t value = 0;
    for (uint32_t slot = 0; slot < rows; slot++) {
        if (slot_is_present(column->presence, presence, slot) != valid[slot]) {
            fail_msg("slot %u: presence is wrong", slot);
        }
        if (!valid[slot]) {
            continue;
        }
        int64_t number = column->encoding == ENCODING_PLAIN ? value : integers_get(&packed, value);
        assert_true(column->encoding != ENCODING_DICTIONARY || (uint64_t)number < decoder->entry_count);
        assert_true(!segment_has_texts(column) || (number >= 0 && number < ROWS_MAX));
        bool is_right = segment_has_texts(column)                 ? str_eq(plain[number], texts[slot])
                        : column->encoding == ENCODING_DICTIONARY ? str_eq(decoder->entries[number], texts[slot])
                                                                  : number == numbers[slot];
        if (!is_right) {
            fail_msg("slot %u: the value is wrong", slot);
        }
        value++;
    }
    assert_int_equal(value, column->value_count);
    free(plain);
}

static struct segment_column flush(struct column_buffer *buffer, struct decoder *decoder, uint32_t rows)
{
    struct strbuf body;
    struct segment_column column;
    struct block_twins twins = {.count = 0};
    strbuf_init(&body, LIMIT_STORE_BLOCK_BYTES);
    assert_true(column_buffer_flush(buffer, rows, &twins, &decoder->arena, &body, &column));
    check_column(decoder, &column, strbuf_str(&body), rows);
    strbuf_release(&body);
    return column;
}

/* A block of its own. */
static struct segment_column check(enum value_type type, enum segment_type stored, uint32_t rows, uint32_t batch_rows)
{
    struct decoder decoder;
    struct column_buffer buffer = new_buffer(stored);
    open_decoder(&decoder);
    add_rows(&buffer, type, rows, batch_rows);
    struct segment_column column = flush(&buffer, &decoder, rows);
    close_decoder(&decoder);
    column_buffer_release(&buffer);
    column.chunks = NULL;
    return column;
}

/* ---- numbers ---- */

static uint64_t mixed(uint64_t n)
{
    return str_hash_mix(str_hash_mix(n + 1) * UINT64_C(0x9E3779B97F4A7C15));
}

static void reset(void)
{
    for (uint32_t i = 0; i < ROWS_MAX; i++) {
        valid[i] = true;
        numbers[i] = 0;
        texts[i] = STR_EMPTY;
    }
}

static void every_width(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 63, 64, 65, 1000};
    for (unsigned width = 0; width <= 64; width++) {
        uint64_t range = width == 0 ? 0 : UINT64_MAX >> (64 - width);
        uint64_t least = width == 64 ? (uint64_t)INT64_MIN : (uint64_t)INT64_MIN + mixed(width) % (UINT64_MAX - range);
        reset();
        for (size_t i = 0; i < countof(counts); i++) {
            for (uint32_t row = 0; row < counts[i]; row++) {
                uint64_t offset = row == 0 ? range : row == 1 ? 0 : mixed(row) & range;
                numbers[row] = (int64_t)(least + offset);
            }
            struct segment_column column = check(TYPE_INT64, SEGMENT_INTEGER, counts[i], 2048);
            assert_int_equal(column.greatest, (int64_t)(least + range));
            assert_true(counts[i] == 1 || column.least == (int64_t)least);
            assert_int_equal(column.presence, PRESENCE_ALL);
        }
    }
}

static void a_full_block(void **state)
{
    (void)state;
    reset();
    for (uint32_t i = 0; i < ROWS_MAX; i++) {
        numbers[i] = (int64_t)(mixed(i) % 1000003) - 500000;
    }
    check(TYPE_INT64, SEGMENT_INTEGER, ROWS_MAX, 2048);
    check(TYPE_INT64, SEGMENT_INTEGER, ROWS_MAX, 1777);
    for (uint32_t i = 0; i < ROWS_MAX; i++) {
        valid[i] = mixed(i) % 3 != 0;
    }
    check(TYPE_INT64, SEGMENT_INTEGER, ROWS_MAX, 2048);
    check(TYPE_DOUBLE, SEGMENT_DOUBLE, ROWS_MAX, 999);
    for (uint32_t i = 0; i < ROWS_MAX; i++) {
        numbers[i] &= 1;
    }
    check(TYPE_BOOL, SEGMENT_BOOL, ROWS_MAX, 2048);
}

/* ---- twins ---- */

static const struct segment_chunk *chunk_of(const struct segment_column *column, enum segment_role role)
{
    for (uint32_t i = 0; i < column->chunk_count; i++) {
        if (column->chunks[i].role == role) {
            return &column->chunks[i];
        }
    }
    return NULL;
}

/* Columns of one block, each like the one before or not: what is the same stands in the body once. */
static void columns_with_the_same_values_have_one_chunk(void **state)
{
    (void)state;
    enum { ROWS = 3003, COLUMNS = 5 };
    static const struct {
        enum value_type type;
        enum segment_type stored;
        int64_t last; /* number of the last row */
        bool has_last_gap;
        bool shares_integers; /* with the first column */
        bool shares_presence;
    } columns[COLUMNS] = {
        {TYPE_INT64, SEGMENT_INTEGER, 77, false, true, true},   {TYPE_INT64, SEGMENT_INTEGER, 77, false, true, true},
        {TYPE_INT64, SEGMENT_INTEGER, 78, false, false, true},  {TYPE_INT64, SEGMENT_INTEGER, 77, true, false, false},
        {TYPE_DOUBLE, SEGMENT_DOUBLE, 77, false, false, true},
    };
    struct column_buffer buffers[COLUMNS];
    struct segment_column made[COLUMNS];
    struct decoder decoder;
    struct block_twins twins = {.count = 0};
    struct strbuf body;
    open_decoder(&decoder);
    strbuf_init(&body, LIMIT_STORE_BLOCK_BYTES);
    reset();
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < COLUMNS; i++) {
            for (uint32_t row = 0; row < ROWS; row++) {
                valid[row] = row % 7 != 3 && !(columns[i].has_last_gap && row == ROWS - 2);
                numbers[row] = row + 1 == ROWS ? columns[i].last : (int64_t)(mixed(row) % 1000);
            }
            if (pass == 0) {
                buffers[i] = new_buffer(columns[i].stored);
                add_rows(&buffers[i], columns[i].type, ROWS, 2048);
                assert_true(column_buffer_flush(&buffers[i], ROWS, &twins, &decoder.arena, &body, &made[i]));
                uint64_t first = chunk_of(&made[0], ROLE_INTEGERS)->offset;
                assert_true((chunk_of(&made[i], ROLE_INTEGERS)->offset == first) == columns[i].shares_integers);
                first = chunk_of(&made[0], ROLE_PRESENCE)->offset;
                assert_true((chunk_of(&made[i], ROLE_PRESENCE)->offset == first) == columns[i].shares_presence);
            } else {
                check_column(&decoder, &made[i], strbuf_str(&body), ROWS);
                column_buffer_release(&buffers[i]);
            }
        }
    }
    strbuf_release(&body);
    close_decoder(&decoder);
}

/* Only the newest are kept: more columns than that are made all the same. */
static void twins_are_bounded(void **state)
{
    (void)state;
    struct decoder decoder;
    struct block_twins twins = {.count = 0};
    struct strbuf body;
    struct column_buffer buffers[BLOCK_TWINS_MAX + 2];
    struct segment_column made[countof(buffers)];
    open_decoder(&decoder);
    strbuf_init(&body, LIMIT_STORE_BLOCK_BYTES);
    reset();
    for (size_t i = 0; i < countof(buffers); i++) {
        for (uint32_t row = 0; row < 100; row++) {
            numbers[row] = (int64_t)(row * (i % (BLOCK_TWINS_MAX + 1) + 1));
        }
        buffers[i] = new_buffer(SEGMENT_INTEGER);
        add_rows(&buffers[i], TYPE_INT64, 100, 2048);
        assert_true(column_buffer_flush(&buffers[i], 100, &twins, &decoder.arena, &body, &made[i]));
        check_column(&decoder, &made[i], strbuf_str(&body), 100);
    }
    /* The last is like the first, which had to make room. */
    assert_true(made[countof(made) - 1].chunks[0].offset > made[0].chunks[0].offset);
    for (size_t i = 0; i < countof(buffers); i++) {
        column_buffer_release(&buffers[i]);
    }
    strbuf_release(&body);
    close_decoder(&decoder);
}

/* ---- gaps ---- */

static bool has_value(int pattern, uint32_t slot, uint32_t rows)
{
    switch (pattern) {
    case 0:
        return slot == 0;
    case 1:
        return slot == rows - 1;
    case 2:
        return slot != 0;
    case 3:
        return slot != rows - 1;
    case 4:
        return slot % 2 == 1;
    case 5:
        return slot / 64 % 2 == 0;
    case 6:
        return slot % 65 < 63;
    case 7:
        return slot < rows / 2;
    case 8:
        return slot >= rows / 2;
    default:
        return mixed(slot) % 100 == 7 || slot == 1;
    }
}

static void every_gap(void **state)
{
    (void)state;
    static const uint32_t counts[] = {2, 63, 64, 65, 128, 5000, ROWS_MAX};
    static const uint32_t batches[] = {1, 7, 64, 100, 2048};
    for (int pattern = 0; pattern < 10; pattern++) {
        for (size_t i = 0; i < countof(counts); i++) {
            reset();
            for (uint32_t slot = 0; slot < counts[i]; slot++) {
                valid[slot] = has_value(pattern, slot, counts[i]);
                numbers[slot] = valid[slot] ? (int64_t)slot / 3 : 0;
            }
            check(TYPE_INT64, SEGMENT_INTEGER, counts[i], batches[((size_t)pattern + i) % countof(batches)]);
        }
    }
}

/* One value for a long time, then another one; nothing is stored for what is one value. */
static void constants_that_end(void **state)
{
    (void)state;
    static const uint32_t ends[] = {1, 2047, 2048, 2049, 40000, ROWS_MAX - 1, ROWS_MAX};
    for (size_t i = 0; i < countof(ends); i++) {
        reset();
        for (uint32_t slot = 0; slot < ROWS_MAX; slot++) {
            numbers[slot] = slot < ends[i] ? INT64_MIN : slot;
            texts[slot] = slot < ends[i] ? STR("for a long time") : slot % 2 ? STR("another one") : STR_EMPTY;
        }
        struct segment_column column = check(TYPE_INT64, SEGMENT_INTEGER, ROWS_MAX, 2048);
        assert_true(ends[i] < ROWS_MAX || (column.chunk_count == 0 && column.least == column.greatest));
        column = check(TYPE_STRING, SEGMENT_STRING, ROWS_MAX, 2048);
        assert_int_equal(column.encoding, ENCODING_DICTIONARY);
        assert_true(ends[i] < ROWS_MAX || column.chunk_count == 1);
        check(TYPE_BYTES, SEGMENT_BYTES, ROWS_MAX, 2048);
        check(TYPE_DOUBLE, SEGMENT_DOUBLE, ROWS_MAX, 2048);
        valid[ROWS_MAX - 1] = valid[300] = false;
        check(TYPE_INT64, SEGMENT_INTEGER, ROWS_MAX, 2048);
        check(TYPE_STRING, SEGMENT_STRING, ROWS_MAX, 2048);
    }
}

/* ---- texts ---- */

/* Texts of every length up to 80, and for each of their bytes one that differs there. */
static void texts_that_differ_in_one_byte(void **state)
{
    (void)state;
    static char bytes[ROWS_MAX][80];
    uint32_t count = 0;
    reset();
    for (size_t length = 0; length <= sizeof(bytes[0]); length++) {
        for (size_t differs = 0; differs <= length; differs++, count++) {
            memset(bytes[count], 'x', length);
            if (differs < length) {
                bytes[count][differs] = length % 2 ? '\n' : 'y';
            }
            texts[count] = str_from(bytes[count], length);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        texts[count + i] = texts[i]; /* each again, so that they are no plain ones */
        texts[2 * count + i] = texts[count - 1 - i];
    }
    struct decoder decoder;
    struct column_buffer buffer = new_buffer(SEGMENT_STRING);
    open_decoder(&decoder);
    buffer.is_dictionary = true;
    add_rows(&buffer, TYPE_STRING, 3 * count, 500);
    assert_int_equal(buffer.dictionary.count, count);
    flush(&buffer, &decoder, 3 * count);
    /* The second block adds nothing, and then one. */
    add_rows(&buffer, TYPE_STRING, 3 * count, 2048);
    flush(&buffer, &decoder, 3 * count);
    assert_int_equal(decoder.entry_count, count);
    texts[5] = STR("one more");
    add_rows(&buffer, TYPE_STRING, 3 * count, 2048);
    flush(&buffer, &decoder, 3 * count);
    assert_int_equal(decoder.entry_count, count + 1);
    close_decoder(&decoder);
    column_buffer_release(&buffer);
}

static void addresses(void **state)
{
    (void)state;
    static char bytes[ROWS_MAX][16];
    reset();
    for (uint32_t i = 0; i < ROWS_MAX; i++) {
        uint64_t random = mixed(i % 700);
        valid[i] = i % 5 != 0;
        memcpy(bytes[i], &random, sizeof(random));
        bytes[i][0] = 0x20;
        texts[i] = str_from(bytes[i], i % 2 ? 4 : 16);
    }
    check(TYPE_IP, SEGMENT_IP, ROWS_MAX, 2048);
}

/* Texts that hardly repeat are plain: the first block of a segment finds out at its end, that of the next one early. If
 * they repeat then, they have a dictionary again. */
static void texts_that_hardly_repeat(void **state)
{
    (void)state;
    static char bytes[ROWS_MAX][32];
    struct decoder decoder;
    struct column_buffer buffer = new_buffer(SEGMENT_STRING);
    open_decoder(&decoder);
    reset();
    for (uint32_t i = 0; i < ROWS_MAX; i++) {
        int length = snprintf(bytes[i], sizeof(bytes[i]), "job %u of %u", i, i % 7);
        texts[i] = str_from(bytes[i], (size_t)length);
    }
    add_rows(&buffer, TYPE_STRING, ROWS_MAX, 2048);
    assert_false(buffer.is_plain);
    assert_int_equal(flush(&buffer, &decoder, ROWS_MAX).encoding, ENCODING_PLAIN);
    add_rows(&buffer, TYPE_STRING, ROWS_MAX, 2048);
    assert_int_equal(flush(&buffer, &decoder, ROWS_MAX).encoding, ENCODING_PLAIN);
    column_buffer_new_segment(&buffer);
    assert_false(buffer.is_plain);
    add_rows(&buffer, TYPE_STRING, 10000, 2048);
    assert_true(buffer.is_plain);
    assert_int_equal(flush(&buffer, &decoder, 10000).encoding, ENCODING_PLAIN);
    column_buffer_new_segment(&buffer);
    for (uint32_t i = 300; i < ROWS_MAX; i++) {
        texts[i] = texts[i % 300];
    }
    add_rows(&buffer, TYPE_STRING, ROWS_MAX, 2048);
    assert_int_equal(flush(&buffer, &decoder, ROWS_MAX).encoding, ENCODING_DICTIONARY);
    close_decoder(&decoder);
    column_buffer_release(&buffer);
}

/* Lines of fields in one order are packed by them, what has none is not; each segment finds out anew. */
static void records_are_packed_by_what_they_are(void **state)
{
    (void)state;
    enum { RECORDS = 6000 };
    static char bytes[RECORDS][400];
    struct decoder decoder;
    struct column_buffer buffer = new_buffer(SEGMENT_BYTES);
    open_decoder(&decoder);
    for (int round = 0; round < 2; round++) {
        reset();
        for (uint32_t i = 0; i < RECORDS; i++) {
            int length = snprintf(bytes[i], sizeof(bytes[i]),
                                  "type=SYSCALL msg=audit(1700000000.%03u:%u): arch=c000003e syscall=59 success=yes "
                                  "exit=0 a0=55d0 a1=%x pid=%u auid=1000 uid=0 gid=0 euid=0 tty=pts0 ses=4 comm=\"ls\" "
                                  "exe=\"/usr/bin/ls\" key=\"exec\"",
                                  i % 1000, i, i * 7919, i * 31 % 4000);
            texts[i] = str_from(bytes[i], (size_t)length);
        }
        add_rows(&buffer, TYPE_BYTES, RECORDS, 2048);
        (void)flush(&buffer, &decoder, RECORDS);
        assert_int_equal(buffer.packing, PACKING_BY_FIELDS);
        column_buffer_new_segment(&buffer);
        assert_int_equal(buffer.packing, PACKING_UNKNOWN);
        for (uint32_t i = 0; i < RECORDS; i++) {
            for (uint32_t at = 0; at < texts[i].len; at++) {
                bytes[i][at] = at % 7 ? "ab"[i * 31 % 97 * at % 5 % 2] : (char)('0' + (i + at) % 10);
            }
        }
        add_rows(&buffer, TYPE_BYTES, RECORDS, 2048);
        (void)flush(&buffer, &decoder, RECORDS);
        assert_int_equal(buffer.packing, PACKING_BY_BYTES);
        column_buffer_new_segment(&buffer);
    }
    close_decoder(&decoder);
    column_buffer_release(&buffer);
}

/* Texts of which many come twice, but mostly new ones: blocks with a dictionary of their own, which knows nothing of
 * the segment's. If they do not repeat any more, or only short ones do, they are plain. */
static void texts_that_repeat_within_a_block(void **state)
{
    (void)state;
    static char bytes[ROWS_MAX][80];
    struct decoder decoder;
    struct column_buffer buffer = new_buffer(SEGMENT_STRING);
    open_decoder(&decoder);
    reset();
    for (uint32_t round = 0; round < 5; round++) {
        for (uint32_t i = 0; i < ROWS_MAX; i++) {
            uint32_t number = round == 0 ? i % 90 : round * ROWS_MAX + (i % 3 == 2 && round < 4 ? i - 1 : i);
            number = i % 50 == 0 && round < 4 ? 7 : number;
            int length = snprintf(bytes[i], sizeof(bytes[i]), "a long text, of which many come twice: %u", number);
            texts[i] = str_from(bytes[i], (size_t)length);
            valid[i] = i % 9 != 0 || round != 2;
        }
        add_rows(&buffer, TYPE_STRING, ROWS_MAX, 2048);
        struct segment_column column = flush(&buffer, &decoder, ROWS_MAX);
        assert_int_equal(column.encoding, round == 0   ? ENCODING_DICTIONARY
                                          : round < 4 ? ENCODING_BLOCK
                                                      : ENCODING_PLAIN);
        assert_true(column_buffer_dictionary_bytes(&buffer) < 10000);
    }
    column_buffer_new_segment(&buffer);
    for (uint32_t i = 0; i < ROWS_MAX; i++) {
        int length = snprintf(bytes[i], sizeof(bytes[i]), "%u", i % 3 == 2 ? i - 1 : i);
        texts[i] = str_from(bytes[i], (size_t)length);
        valid[i] = true;
    }
    add_rows(&buffer, TYPE_STRING, ROWS_MAX, 2048);
    assert_int_equal(flush(&buffer, &decoder, ROWS_MAX).encoding, ENCODING_PLAIN);
    close_decoder(&decoder);
    column_buffer_release(&buffer);
}

/* By the first 16 bytes, a missing one counting as 0. */
static int compare_beginnings(str a, str b)
{
    for (size_t i = 0; i < 16; i++) {
        int left = i < a.len ? (unsigned char)a.data[i] : 0;
        int right = i < b.len ? (unsigned char)b.data[i] : 0;
        if (left != right) {
            return left - right;
        }
    }
    return 0;
}

/* How many entries from `first` on do not begin behind the one before. */
static uint32_t count_disorder(const struct decoder *decoder, uint32_t first)
{
    uint32_t count = 0;
    for (uint32_t i = first + 1; i < decoder->entry_count; i++) {
        count += compare_beginnings(decoder->entries[i - 1], decoder->entries[i]) > 0;
    }
    return count;
}

/* Many new entries of a block stand in the order of their beginnings, whatever bytes these have, and those of blocks
 * before keep their codes. Few, and those of the store's own columns, stand as they came. */
static void new_entries_are_stored_in_order(void **state)
{
    (void)state;
    enum { TEXTS = 1500, BLOCKS = 4 };
    static const char *const beginnings[] = {"",      "b", "\xff\xfe", "/usr/bin/docker ", "/usr/bin/docker_",
                                             "a\xff", "Zz"};
    static char bytes[TEXTS * BLOCKS][64];
    static size_t lengths[TEXTS * BLOCKS];
    for (int is_own = 0; is_own < 2; is_own++) {
        struct decoder decoder;
        struct column_buffer buffer = new_buffer(SEGMENT_STRING);
        buffer.is_dictionary = is_own;
        open_decoder(&decoder);
        reset();
        uint32_t known = 0;
        for (uint32_t block = 0; block < BLOCKS; block++) {
            uint32_t new_texts = block == 2 ? 50 : TEXTS; /* which are not worth it */
            uint32_t count = known + new_texts;
            for (uint32_t i = known; i < count; i++) {
                const char *beginning = beginnings[mixed(i) % countof(beginnings)];
                int length = snprintf(bytes[i], sizeof(bytes[i]), "%s%u, text %u", beginning,
                                      (unsigned)(mixed(i) % 1000), i);
                lengths[i] = i % 40 == 7 ? i % 4 : (size_t)length;
                bytes[i][length / 2] = i % 31 == 0 ? '\0' : bytes[i][length / 2];
            }
            for (uint32_t slot = 0; slot < ROWS_MAX; slot++) {
                uint32_t number = slot < new_texts ? known + slot : (uint32_t)(mixed(slot) % count);
                texts[slot] = str_from(bytes[number], lengths[number]);
            }
            uint32_t before = decoder.entry_count;
            add_rows(&buffer, TYPE_STRING, ROWS_MAX, 2048);
            assert_int_equal(flush(&buffer, &decoder, ROWS_MAX).encoding, ENCODING_DICTIONARY);
            bool is_sorted = count_disorder(&decoder, before) == 0;
            assert_int_equal(is_sorted, !is_own && block != 2);
            known = count;
        }
        close_decoder(&decoder);
        column_buffer_release(&buffer);
    }
}

/* ---- the dictionary alone ---- */

static void a_dictionary_grows(void **state)
{
    (void)state;
    enum { TEXTS = 300000 };
    struct text_dictionary dictionary;
    text_dictionary_init(&dictionary, 1);
    for (int round = 0; round < 2; round++) {
        for (uint32_t first = 0; first < TEXTS; first += TEXT_GROUP) {
            char bytes[TEXT_GROUP][24];
            str group[TEXT_GROUP];
            uint32_t codes[TEXT_GROUP];
            uint32_t count = TEXTS - first < TEXT_GROUP ? TEXTS - first : TEXT_GROUP;
            for (uint32_t i = 0; i < count; i++) {
                int length = snprintf(bytes[i], sizeof(bytes[i]), "%*u", (int)((first + i) % 20), first + i);
                group[i] = str_from(bytes[i], (size_t)length);
            }
            assert_true(text_dictionary_codes(&dictionary, group, count, codes));
            for (uint32_t i = 0; i < count; i++) {
                assert_int_equal(codes[i], first + i);
                assert_true(str_eq(text_dictionary_entry(&dictionary, codes[i]), group[i]));
            }
        }
        assert_int_equal(dictionary.count, TEXTS);
    }
    assert_int_equal(text_dictionary_bytes_from(&dictionary, 0), dictionary.heap.len);
    dictionary.flushed = 10;
    text_dictionary_close(&dictionary);
    assert_int_equal(dictionary.count, 10);
    assert_int_equal(text_dictionary_bytes_from(&dictionary, 10), 0);
    text_dictionary_clear(&dictionary);
    str empty = {NULL, 0};
    uint32_t code;
    assert_true(text_dictionary_codes(&dictionary, &empty, 1, &code));
    assert_int_equal(code, 0);
    text_dictionary_release(&dictionary);
}

static void memory_runs_out(void **state)
{
    (void)state;
    reset();
    for (uint32_t i = 0; i < ROWS_MAX; i++) {
        valid[i] = i % 3 != 0;
        numbers[i] = i;
        texts[i] = i % 2 ? STR("odd") : STR("even");
    }
    bool is_through = false;
    for (uint64_t at = 1; !is_through; at++) {
        struct arena arena;
        struct column column;
        struct column_buffer buffer = new_buffer(at % 2 ? SEGMENT_STRING : SEGMENT_INTEGER);
        arena_init(&arena, ARENA_NO_LIMIT);
        assert_true(column_init(&column, at % 2 ? TYPE_STRING : TYPE_INT64, &arena));
        for (uint32_t row = 0; row < 2048; row++) {
            set_row(&column, row, row);
        }
        memory_fail_at((at + 1) / 2, 0);
        for (uint32_t slot = 0; slot < ROWS_MAX && !buffer.is_failed; slot += 2048) {
            column_buffer_add_column(&buffer, slot, &column, 0, 2048);
        }
        is_through = !buffer.is_failed && at % 2 == 0;
        memory_fail_at(0, 0);
        column_buffer_release(&buffer);
        arena_release(&arena);
        assert_true(at < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width),
        cmocka_unit_test(a_full_block),
        cmocka_unit_test(columns_with_the_same_values_have_one_chunk),
        cmocka_unit_test(twins_are_bounded),
        cmocka_unit_test(every_gap),
        cmocka_unit_test(constants_that_end),
        cmocka_unit_test(texts_that_differ_in_one_byte),
        cmocka_unit_test(addresses),
        cmocka_unit_test(texts_that_hardly_repeat),
        cmocka_unit_test(records_are_packed_by_what_they_are),
        cmocka_unit_test(texts_that_repeat_within_a_block),
        cmocka_unit_test(new_entries_are_stored_in_order),
        cmocka_unit_test(a_dictionary_grows),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
