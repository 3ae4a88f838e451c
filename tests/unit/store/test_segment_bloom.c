/* Bloom filters of blocks never lose a text, and rule out most that are not there; damage of one costs nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../support/store_rows.h"
#include "store/chunk_codec.h"
#include "store/segment_bloom.h"
#include "store/segment_slices.h"
#include "store/store_bytes.h"
#include "store/store_folder.h"
#include "store/store_maintenance.h"

static uint64_t random_state = 7;
static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

/* ASCII, or any bytes. */
static str random_text(char *buffer, uint32_t bytes_max, bool is_ascii)
{
    uint32_t length = random_below(bytes_max);
    for (uint32_t i = 0; i < length; i++) {
        buffer[i] = (char)(is_ascii ? ' ' + random_below(95) : random_below(256));
    }
    return (str){buffer, length};
}

static bool may_hold(const struct segment_bloom *bloom, str text, bool ignores_case)
{
    const struct scan_literal literal = {text, ignores_case, random_below(2)};
    return segment_bloom_may_hold(bloom, &literal);
}

static void no_text_is_lost(void **state)
{
    (void)state;
    enum { TEXTS = 400, TEXT_BYTES = 60 };
    static char texts[TEXTS][TEXT_BYTES];
    str added[TEXTS];
    struct strbuf raw;
    strbuf_init(&raw, MEBI);
    struct bloom_builder builder = {0};
    assert_true(bloom_builder_init(&builder));
    for (int round = 0; round < 20; round++) {
        uint32_t count = 1 + random_below(TEXTS);
        for (uint32_t i = 0; i < count; i++) {
            added[i] = random_text(texts[i], TEXT_BYTES, round % 2);
            bloom_builder_add(&builder, added[i]);
        }
        strbuf_clear(&raw);
        if (!bloom_builder_put(&builder, &raw)) {
            continue;
        }
        assert_true(raw.len >= BLOOM_HEAD_BYTES + BLOOM_BYTES_MIN && raw.len <= BLOOM_STORED_BYTES_MAX);
        struct segment_bloom bloom = segment_bloom_parse(strbuf_str(&raw));
        assert_non_null(bloom.bits);
        for (uint32_t i = 0; i < count * 4; i++) {
            char changed[TEXT_BYTES];
            str text = added[i % count];
            size_t first = random_below((uint32_t)text.len + 1);
            str part = str_slice(text, first, first + random_below((uint32_t)(text.len - first) + 1));
            assert_true(may_hold(&bloom, part, false));
            for (size_t k = 0; k < part.len; k++) { /* capitals for small letters and the other way round */
                bool is_letter = (part.data[k] | 0x20) >= 'a' && (part.data[k] | 0x20) <= 'z';
                changed[k] = (char)(part.data[k] ^ (is_letter && random_below(2) ? 0x20 : 0));
            }
            assert_true(may_hold(&bloom, (str){changed, part.len}, true));
        }
    }
    bloom_builder_release(&builder);
    strbuf_release(&raw);
}

static void most_others_are_ruled_out(void **state)
{
    (void)state;
    char text[80];
    struct strbuf raw;
    strbuf_init(&raw, MEBI);
    struct bloom_builder builder = {0};
    assert_true(bloom_builder_init(&builder));
    for (uint32_t i = 0; i < 60000; i++) {
        int length = snprintf(text, sizeof(text), "/usr/bin/Tool --job %u --user u%u", i, i % 100);
        bloom_builder_add(&builder, (str){text, (size_t)length});
    }
    assert_true(bloom_builder_put(&builder, &raw));
    assert_true(raw.len <= 40 * KIBI);
    struct segment_bloom bloom = segment_bloom_parse(strbuf_str(&raw));
    assert_true(may_hold(&bloom, STR("tool --JOB 5"), true));
    assert_false(may_hold(&bloom, STR("xmrig"), true));
    assert_false(may_hold(&bloom, STR("/usr/bin/nc -e /bin/sh"), false));
    uint32_t held = 0;
    for (int i = 0; i < 1000; i++) {
        char needle[12];
        for (size_t k = 0; k < sizeof(needle); k++) {
            needle[k] = (char)('a' + random_below(26));
        }
        held += may_hold(&bloom, (str){needle, sizeof(needle)}, true);
    }
    assert_true(held < 10);
    assert_true(may_hold(&bloom, STR("xm"), true)); /* too short to know */
    assert_true(may_hold(&bloom, STR("xmr\xC3\xAFg"), true));
    assert_false(may_hold(&bloom, STR("xmr\xC3\xAFg"), false));
    strbuf_clear(&raw);
    for (uint32_t i = 0; i < 100; i++) {
        bloom_builder_add(&builder, i == 50 ? STR("caf\xC3\xA9 au lait") : STR("nothing to see here"));
    }
    assert_true(bloom_builder_put(&builder, &raw));
    assert_true(raw.len <= 256);
    bloom = segment_bloom_parse(strbuf_str(&raw));
    assert_true(may_hold(&bloom, STR("xmrig"), true)); /* K may be the Kelvin sign: who knows what is equal to what */
    assert_false(may_hold(&bloom, STR("xmrig"), false));
    bloom_builder_release(&builder);
    strbuf_release(&raw);
}

static void what_rules_nothing_out_is_not_kept(void **state)
{
    (void)state;
    char text[200];
    struct strbuf raw;
    strbuf_init(&raw, MEBI);
    struct bloom_builder builder = {0};
    assert_true(bloom_builder_init(&builder));
    assert_false(bloom_builder_put(&builder, &raw));
    bloom_builder_add(&builder, STR("short"));
    assert_false(bloom_builder_put(&builder, &raw));
    for (int i = 0; i < 10000; i++) {
        bloom_builder_add(&builder, random_text(text, sizeof(text), false));
    }
    assert_true(builder.is_saturated);
    assert_false(bloom_builder_put(&builder, &raw));
    bloom_builder_add(&builder, STR("but afterwards it is empty"));
    assert_true(bloom_builder_put(&builder, &raw));
    assert_int_equal(raw.len, BLOOM_HEAD_BYTES + BLOOM_BYTES_MIN);
    bloom_builder_release(&builder);
    strbuf_release(&raw);
}

static void any_bytes_are_taken(void **state)
{
    (void)state;
    static char bytes[BLOOM_STORED_BYTES_MAX * 2];
    for (size_t length = 0; length < sizeof(bytes); length += 1 + length / 7) {
        struct segment_bloom bloom = segment_bloom_parse((str){bytes, length});
        assert_true(bloom.bits == NULL || length == BLOOM_HEAD_BYTES + (bloom.mask + 1) / 8);
        assert_true(bloom.bits != NULL || may_hold(&bloom, STR("anything at all"), false));
    }
    struct segment_bloom least = segment_bloom_parse((str){bytes, BLOOM_HEAD_BYTES + BLOOM_BYTES_MIN});
    assert_false(may_hold(&least, STR("anything at all"), false));
    bytes[0] = 2; /* flags nobody knows */
    least = segment_bloom_parse((str){bytes, BLOOM_HEAD_BYTES + BLOOM_BYTES_MIN});
    assert_true(may_hold(&least, STR("anything at all"), false));
}

/* ---- in a store ---- */

enum { ROWS = 12000, BLOCK_ROWS = 2000 };
static char folder[] = "/tmp/tocsin-bloom-XXXXXX";
static char path[STORE_PATH_BYTES];
static struct store_rows rows;

static int make_store(void **state)
{
    (void)state;
    struct error err = {0};
    struct store_problems problems;
    struct store_writer *writer = NULL;
    store_problems_init(&problems);
    if (!mkdtemp(folder) || !store_rows_init(&rows, false)) {
        return -1;
    }
    struct store_writer_options options = {
        .folder = folder, .schema = rows.schema, .block_rows = BLOCK_ROWS, .has_blooms = true};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    for (uint64_t n = 0; n < ROWS; n += 500) {
        assert_true(store_rows_fill(&rows, n, 500));
        assert_int_equal(store_writer_push(writer, &rows.batch, store_rows_inputs, STORE_ROWS_INPUTS, &err), TOCSIN_OK);
    }
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    store_writer_free(writer);
    store_problems_release(&problems);
    return segment_path(folder, 1, true, path, &err) == TOCSIN_OK ? 0 : -1;
}

static int remove_store(void **state)
{
    (void)state;
    unlink(path);
    snprintf(path, sizeof(path), "%s/LOCK", folder);
    unlink(path);
    store_rows_release(&rows);
    return rmdir(folder);
}

static const struct segment_column *column_in(const struct segment_block *block, str name)
{
    for (uint32_t i = 0; i < block->column_count; i++) {
        if (str_eq(block->columns[i].name, name)) {
            return &block->columns[i];
        }
    }
    return NULL;
}

static const struct segment_column *column_named(const struct segment_block *block, const char *name)
{
    return column_in(block, str_from_cstring(name));
}

static bool block_may_hold(const struct store_file *file, const struct segment_column *column, str text)
{
    struct error err = {0};
    struct strbuf buffer;
    struct segment_bloom bloom;
    strbuf_init(&buffer, MEBI);
    assert_int_equal(segment_bloom_read(file, column, &buffer, &bloom, &err), TOCSIN_OK);
    bool holds = may_hold(&bloom, text, true);
    strbuf_release(&buffer);
    return holds;
}

static void blocks_have_them(void **state)
{
    (void)state;
    struct error err = {0};
    struct store_file file;
    struct segment_map map;
    struct store_problems problems;
    store_problems_init(&problems);
    assert_int_equal(store_file_open(path, &file, &err), TOCSIN_OK);
    assert_int_equal(segment_map_load(&file, &map, &problems, &err), TOCSIN_OK);
    assert_int_equal(map.block_count, ROWS / BLOCK_ROWS);
    uint32_t ruled_out = 0;
    for (uint32_t b = 0; b < map.block_count; b++) {
        const struct segment_block *block = &map.blocks[b];
        const struct segment_column *unique = column_named(block, "Unique Text"); /* plain */
        const struct segment_column *repeated =
            column_named(block, "Repeated"); /* a dictionary that the first brought */
        assert_true(unique->encoding == ENCODING_PLAIN && segment_column_bloom(unique));
        assert_true(repeated->encoding == ENCODING_DICTIONARY && segment_column_bloom(repeated));
        assert_null(segment_column_bloom(column_named(block, "Number")));
        assert_null(segment_column_bloom(column_named(block, "Sparse")));   /* too few */
        assert_null(segment_column_bloom(column_named(block, "hostname"))); /* too short */
        assert_null(segment_column_bloom(column_named(block, "payload")));
        assert_null(segment_column_bloom(column_named(block, "@evidence.input")));
        for (uint64_t n = block->first_row; n < block->first_row + block->row_count; n += 13) {
            assert_true(store_rows_fill(&rows, n, 1));
            assert_true(block_may_hold(&file, unique, column_string(batch_column(&rows.batch, rows.unique), 0)));
            assert_true(block_may_hold(&file, repeated, column_string(batch_column(&rows.batch, rows.repeated), 0)));
        }
        assert_false(block_may_hold(&file, repeated, STR("/usr/bin/xmrig")));
        assert_false(block_may_hold(&file, unique, STR("JOB of somebody")));
        assert_true(store_rows_fill(&rows, (block->first_row + ROWS / 2) % ROWS, 1)); /* of another block */
        ruled_out += !block_may_hold(&file, unique, column_string(batch_column(&rows.batch, rows.unique), 0));
    }
    assert_true(ruled_out >= map.block_count - 1);
    segment_map_release(&map);
    store_file_close(&file);
    store_problems_release(&problems);
}

static void damage_costs_nothing(void **state)
{
    (void)state;
    struct error err = {0};
    struct store_file file;
    struct segment_map map;
    struct store_problems problems;
    store_problems_init(&problems);
    assert_int_equal(store_file_open_for_writing(path, &file, &err), TOCSIN_OK);
    assert_int_equal(segment_map_load(&file, &map, &problems, &err), TOCSIN_OK);
    const struct segment_column *repeated = column_named(&map.blocks[2], "Repeated");
    const struct segment_chunk *chunk = segment_column_bloom(repeated);
    char byte;
    assert_int_equal(store_file_read(&file, chunk->offset + 20, &byte, 1, &err), TOCSIN_OK);
    byte ^= 1;
    assert_int_equal(store_file_write(&file, chunk->offset + 20, (str){&byte, 1}, &err), TOCSIN_OK);
    assert_true(block_may_hold(&file, repeated, STR("/usr/bin/xmrig")));
    struct store_reader *reader = NULL;
    struct store_statistics statistics;
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_rows_check(&rows, reader, &rows.fields, 0, true, 0), ROWS);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    assert_int_equal(store_reader_verify(reader, &statistics, &err), TOCSIN_OK);
    assert_int_equal(store_reader_problems(reader)->count, 1);
    assert_int_equal(store_reader_problems(reader)->rows_lost, 0);
    store_reader_free(reader);
    segment_map_release(&map);
    store_file_close(&file);
    store_problems_release(&problems);
}

/* ---- slices ---- */

/* A loaded segment. */
struct loaded {
    struct store_file file;
    struct segment_map map;
    struct store_problems problems;
};

static void load(struct loaded *loaded, const char *file_path)
{
    struct error err = {0};
    store_problems_init(&loaded->problems);
    assert_int_equal(store_file_open_for_writing(file_path, &loaded->file, &err), TOCSIN_OK);
    assert_int_equal(segment_map_load(&loaded->file, &loaded->map, &loaded->problems, &err), TOCSIN_OK);
}

static void unload(struct loaded *loaded)
{
    segment_map_release(&loaded->map);
    store_file_close(&loaded->file);
    store_problems_release(&loaded->problems);
}

static uint64_t ask(const struct loaded *loaded, const struct segment_slices *slices,
                    const struct scan_literal *literals, uint32_t count)
{
    struct error err = {0};
    struct strbuf buffer;
    struct store_scan_statistics statistics = {0};
    uint64_t blocks;
    strbuf_init(&buffer, MEBI);
    assert_int_equal(
        segment_slices_ask(&loaded->file, slices, literals, count, &buffer, &statistics, &blocks, &err), TOCSIN_OK);
    strbuf_release(&buffer);
    assert_true(statistics.bytes_read <= statistics.chunks_read * SLICES_PIECE_BYTES);
    assert_true(statistics.chunks_read <= count * 32);
    assert_int_equal(blocks >> (slices->block_count - 1) >> 1, 0);
    return blocks;
}

/* A needle: what some row has, a part of it, with other case or bytes, short, or anything. */
static str random_needle(char *buffer, uint32_t bytes_max)
{
    assert_true(store_rows_fill(&rows, random_below(ROWS * 2), 1));
    field_id field = random_below(2) ? rows.unique : rows.repeated;
    str text = column_string(batch_column(&rows.batch, field), 0);
    uint32_t from = random_below((uint32_t)text.len);
    str part = str_slice(text, from, from + 1 + random_below(bytes_max - 1));
    if (random_below(3) == 0) {
        return random_text(buffer, bytes_max, random_below(2));
    }
    memcpy(buffer, part.data, part.len);
    for (size_t i = 0; i < part.len; i++) {
        buffer[i] = (char)(buffer[i] >= 'a' && buffer[i] <= 'z' && random_below(4) == 0 ? buffer[i] - 32 : buffer[i]);
    }
    if (part.len > 0 && random_below(5) == 0) {
        buffer[random_below((uint32_t)part.len)] = (char)random_below(256);
    }
    return (str){buffer, part.len};
}

/* Slices are the filters of the blocks, nothing else: of short literals the answers are the same; of long ones, of
 * which not all groups are asked, a block is never ruled out that its own filter does not rule out. */
static void slices_say_what_the_filters_say(void **state)
{
    (void)state;
    enum { NEEDLES = 3000, NEEDLE_BYTES = 40, EXACT_BYTES = 19 };
    struct loaded loaded;
    struct error err = {0};
    struct strbuf buffer;
    uint32_t ruled_out = 0;
    load(&loaded, path);
    strbuf_init(&buffer, MEBI);
    assert_true(loaded.map.slices_count >= 2);
    for (uint32_t i = 0; i < loaded.map.slices_count; i++) {
        const struct segment_slices *slices = &loaded.map.slices[i];
        const struct segment_column *like = segment_slices_column(&loaded.map, slices);
        assert_int_equal(slices->first_block, 0);
        assert_int_equal(slices->block_count, ROWS / BLOCK_ROWS);
        assert_int_equal(slices->covered, 63);
        for (uint32_t n = 0; n < NEEDLES; n++) {
            char text[NEEDLE_BYTES];
            const struct scan_literal literal = {random_needle(text, NEEDLE_BYTES), random_below(2), random_below(2)};
            uint64_t blocks = ask(&loaded, slices, &literal, 1);
            for (uint32_t b = 0; b < slices->block_count; b++) {
                const struct segment_column *column = column_in(&loaded.map.blocks[b], like->name);
                struct segment_bloom bloom;
                assert_ptr_equal(segment_slices_find(&loaded.map, column, b), slices);
                assert_int_equal(segment_bloom_read(&loaded.file, column, &buffer, &bloom, &err), TOCSIN_OK);
                bool holds = segment_bloom_may_hold(&bloom, &literal);
                assert_true(literal.text.len > EXACT_BYTES ? (blocks >> b & 1) >= holds : (blocks >> b & 1) == holds);
                ruled_out += !holds;
            }
        }
    }
    assert_true(ruled_out > NEEDLES);
    const struct scan_literal both[] = {{STR("nowhere at all"), true, false}, {STR("/usr/bin/tool"), true, false}};
    assert_int_equal(ask(&loaded, &loaded.map.slices[0], both, 1), 0);
    const struct segment_column *repeated = column_in(&loaded.map.blocks[0], STR("Repeated"));
    assert_int_equal(ask(&loaded, segment_slices_find(&loaded.map, repeated, 0), both, 2), 63);
    assert_null(segment_slices_find(&loaded.map, column_in(&loaded.map.blocks[0], STR("Number")), 0));
    strbuf_release(&buffer);
    unload(&loaded);
}

static void flip(const struct loaded *loaded, uint64_t at)
{
    struct error err = {0};
    char byte;
    struct store_file *file = (struct store_file *)&loaded->file;
    assert_int_equal(store_file_read(file, at, &byte, 1, &err), TOCSIN_OK);
    byte ^= 4;
    assert_int_equal(store_file_write(file, at, (str){&byte, 1}, &err), TOCSIN_OK);
}

/* How many places are damaged, and whether a problem says this. */
static uint64_t verify_store(const char *of, const char *wanted, bool *ret_is_named)
{
    struct error err = {0};
    struct store_reader *reader = NULL;
    struct store_statistics statistics;
    assert_int_equal(store_reader_open(of, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_reader_verify(reader, &statistics, &err), TOCSIN_OK);
    const struct store_problems *problems = store_reader_problems(reader);
    *ret_is_named = false;
    for (size_t i = 0; i < problems->count; i++) {
        *ret_is_named |= str_find(problems->items[i].text, str_from_cstring(wanted), 0) != SIZE_MAX;
    }
    uint64_t count = problems->count;
    store_reader_free(reader);
    return count;
}

/* A piece that is damaged says nothing; the others still do, and nothing else is hurt. */
static void damaged_slices_cost_nothing(void **state)
{
    (void)state;
    struct loaded loaded;
    struct error err = {0};
    load(&loaded, path);
    bool is_named;
    uint64_t before = verify_store(folder, "filters of column", &is_named); /* a filter, from the test before */
    assert_false(is_named);
    for (uint32_t i = 0; i < loaded.map.slices_count; i++) {
        const struct segment_slices *slices = &loaded.map.slices[i];
        for (uint32_t piece = 0; piece < segment_slices_pieces(slices); piece++) {
            flip(&loaded, slices->offset + piece * SLICES_PIECE_BYTES + random_below(64));
        }
        const struct scan_literal literal = {STR("nowhere at all"), true, false};
        assert_int_equal(ask(&loaded, slices, &literal, 1), 63);
        uint64_t found = verify_store(folder, "filters of column", &is_named);
        assert_true(is_named);
        assert_true(found > before);
        before = found;
    }
    struct store_reader *reader = NULL;
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_rows_check(&rows, reader, &rows.fields, 0, true, 0), ROWS);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    store_reader_free(reader);
    unload(&loaded);
}

/* ---- what others wrote ---- */

/* A file of bytes, in a folder of its own. */
struct made_store {
    char folder[40];
    char path[STORE_PATH_BYTES];
};

static void make_folder(struct made_store *made, bool is_sealed)
{
    struct error err = {0};
    snprintf(made->folder, sizeof(made->folder), "/tmp/tocsin-old-XXXXXX");
    assert_non_null(mkdtemp(made->folder));
    assert_int_equal(segment_path(made->folder, 1, is_sealed, made->path, &err), TOCSIN_OK);
}

static void write_bytes(const struct made_store *made, const char *bytes, size_t count)
{
    int file = open(made->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0 && write(file, bytes, count) == (ssize_t)count);
    close(file);
}

static void remove_made(const struct made_store *made)
{
    char name[STORE_PATH_BYTES + 300];
    DIR *directory = opendir(made->folder);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        snprintf(name, sizeof(name), "%s/%s", made->folder, entry->d_name);
        (void)unlink(name);
    }
    closedir(directory);
    assert_int_equal(rmdir(made->folder), 0);
}

static char *read_bytes(const char *from, size_t *ret_count)
{
    FILE *file = fopen(from, "rb");
    assert_non_null(file);
    const size_t room = 4 * MEBI;
    char *bytes = malloc(room);
    assert_non_null(bytes);
    *ret_count = fread(bytes, 1, room, file);
    assert_true(*ret_count > 0 && *ret_count < room);
    fclose(file);
    return bytes;
}

/* Header and trailer have their checksums in their last eight bytes. */
static void set_version(char *part, uint32_t version)
{
    uint32_t little = htole32(version);
    memcpy(part + 8, &little, sizeof(little));
    uint64_t sum = htole64(chunk_checksum((str){part, SEGMENT_HEADER_BYTES - 8}));
    memcpy(part + SEGMENT_HEADER_BYTES - 8, &sum, sizeof(sum));
}

/* The rows that a store made by an earlier version has; it has no payload. */
static void check_old_rows(const struct made_store *made, bool has_slices, bool is_sealed)
{
    enum { OLD_ROWS = 2060 };
    struct error err = {0};
    struct store_reader *reader = NULL;
    struct field_set fields = rows.fields;
    fields.words[FIELD_PAYLOAD / 64] &= ~(UINT64_C(1) << FIELD_PAYLOAD % 64);
    assert_int_equal(store_reader_open(made->folder, &reader, &err), TOCSIN_OK);
    assert_int_equal(store_rows_check(&rows, reader, &fields, 0, false, 0), OLD_ROWS);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    struct store_segment_info info;
    store_reader_segment_info(reader, 0, &info);
    assert_int_equal(info.is_sealed, is_sealed);
    bool is_named;
    assert_int_equal(verify_store(made->folder, "", &is_named), 0);
    if (is_sealed) {
        char sealed_path[STORE_PATH_BYTES + 300];
        struct loaded loaded;
        snprintf(sealed_path, sizeof(sealed_path), "%s/%.*s", made->folder, STR_ARG(info.file));
        load(&loaded, sealed_path);
        assert_true(loaded.map.has_footer);
        assert_int_equal(loaded.map.slices_count > 0, has_slices);
        assert_true(segment_column_bloom(column_in(&loaded.map.blocks[1], STR("Unique Text"))));
        unload(&loaded);
    }
    store_reader_free(reader);
}

/* A segment that version 3 of the format sealed is read as it is, also as version 2 wrote it; one that it left open is
 * sealed anew, and one that is compressed anew becomes one of today. */
static void earlier_versions_are_read(void **state)
{
    (void)state;
    struct error err = {0};
    struct store_problems problems;
    struct made_store made;
    size_t count;
    char *bytes = read_bytes(TOCSIN_SOURCE_ROOT "/tests/data/store-version-3/0000000000000001.segment", &count);
    store_problems_init(&problems);
    for (uint32_t version = 3; version >= 2; version--) {
        make_folder(&made, true);
        set_version(bytes, version);
        set_version(bytes + count - SEGMENT_TRAILER_BYTES, version);
        write_bytes(&made, bytes, count);
        check_old_rows(&made, false, true);
        const struct store_compact_options options = {
            .common = {.folder = made.folder}, .has_old = true, .old_before_ms = INT64_MAX};
        struct store_changes changes = {0};
        assert_int_equal(store_compact(&options, &changes, &problems, &err), TOCSIN_OK);
        check_old_rows(&made, changes.segments_rewritten > 0, true);
        remove_made(&made);

        uint64_t blocks_end;
        memcpy(&blocks_end, bytes + count - SEGMENT_TRAILER_BYTES + 40, sizeof(blocks_end));
        make_folder(&made, false);
        write_bytes(&made, bytes, (size_t)le64toh(blocks_end));
        check_old_rows(&made, false, false);
        struct store_writer *writer = NULL;
        struct store_writer_options writing = {.folder = made.folder, .schema = rows.schema};
        assert_int_equal(store_writer_open(&writing, &writer, &problems, &err), TOCSIN_OK);
        store_writer_free(writer);
        check_old_rows(&made, true, true);
        remove_made(&made);
    }
    assert_int_equal(problems.count, 0);
    store_problems_release(&problems);
    free(bytes);
}

/* ---- footers of others ---- */

/* The slices of a footer say something else, and its checksums are right. Then there is no footer, or what it says is
 * believed as far as it is possible; rows are all there. */
static void hostile_slices_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* in the entry of the first slices */
        uint32_t value;
        bool is_refused;
    } changes[] = {
        {0, 6, true},         {0, UINT32_MAX, true}, {4, 0, true},           {4, 65, true},  {4, 7, true},
        {8, 1u << 30, true},  {8, 0, true},          {12, 0, true},          {12, 256, true}, {12, 1000, true},
        {12, 1u << 20, true}, {12, 1u << 31, true},  {16, 64, true},         {20, 1, true},  {24, 128, true},
        {36, 1, true},        {36, UINT32_MAX, true}, {32, UINT32_MAX, true}, {16, 0, false}, {24, 63, false},
        {32, 100, false},
    };
    struct error err = {0};
    struct made_store made;
    struct loaded loaded;
    size_t count;
    char *bytes = read_bytes(path, &count);
    load(&loaded, path);
    size_t slices_bytes = 8;
    for (uint32_t i = 0; i < loaded.map.slices_count; i++) {
        slices_bytes += 40 + segment_slices_pieces(&loaded.map.slices[i]) * sizeof(uint64_t);
    }
    size_t footer = loaded.map.footer_offset;
    size_t trailer = count - SEGMENT_TRAILER_BYTES;
    size_t entry = trailer - slices_bytes + 8;
    unload(&loaded);
    make_folder(&made, true);
    for (size_t i = 0; i <= countof(changes); i++) {
        char *changed = malloc(count);
        assert_non_null(changed);
        memcpy(changed, bytes, count);
        uint32_t value = htole32(i < countof(changes) ? changes[i].value : UINT32_MAX);
        memcpy(changed + (i < countof(changes) ? entry + changes[i].at : entry - 8), &value, sizeof(value));
        uint64_t sum = htole64(chunk_checksum((str){changed + footer, trailer - footer}));
        memcpy(changed + trailer + 32, &sum, sizeof(sum));
        set_version(changed + trailer, SEGMENT_VERSION);
        write_bytes(&made, changed, count);
        load(&loaded, made.path);
        assert_int_equal(loaded.map.has_footer, i < countof(changes) && !changes[i].is_refused);
        assert_int_equal(loaded.map.slices_count > 0, loaded.map.has_footer);
        const struct scan_literal literal = {STR("nowhere at all"), true, false};
        for (uint32_t k = 0; k < loaded.map.slices_count; k++) {
            (void)ask(&loaded, &loaded.map.slices[k], &literal, 1);
        }
        unload(&loaded);
        struct store_reader *reader = NULL;
        assert_int_equal(store_reader_open(made.folder, &reader, &err), TOCSIN_OK);
        assert_int_equal(store_rows_check(&rows, reader, &rows.fields, 0, true, 0), ROWS);
        store_reader_free(reader);
        free(changed);
    }
    remove_made(&made);
    free(bytes);
}

/* ---- every byte ---- */

/* A segment whose bytes are mostly slices and footer: each that is flipped is found, and mended. */
static void every_flipped_byte_is_found(void **state)
{
    (void)state;
    enum { FEW_BLOCK_ROWS = 1024, FEW_ROWS = 3 * FEW_BLOCK_ROWS };
    struct error err = {0};
    struct made_store made;
    struct store_problems problems;
    struct store_writer *writer = NULL;
    struct field_set fields = {0};
    struct batch batch;
    field_set_add(&fields, rows.repeated);
    make_folder(&made, true);
    store_problems_init(&problems);
    assert_int_equal(batch_init(&batch, rows.schema, &fields, &err), TOCSIN_OK);
    struct store_writer_options options = {
        .folder = made.folder, .schema = rows.schema, .block_rows = FEW_BLOCK_ROWS, .has_blooms = true};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    for (uint32_t n = 0; n < FEW_ROWS; n += FEW_BLOCK_ROWS) {
        batch_clear(&batch);
        for (uint32_t i = 0; i < FEW_BLOCK_ROWS; i++) {
            uint32_t row = batch_add_row(&batch);
            char text[40];
            int length = snprintf(text, sizeof(text), "in block %u, number %u", n / FEW_BLOCK_ROWS, i % 2);
            column_set_string(batch_column(&batch, rows.repeated), row,
                              batch_copy(&batch, (str){text, (size_t)length}));
        }
        assert_int_equal(batch_finish(&batch, &err), TOCSIN_OK);
        assert_int_equal(store_writer_push(writer, &batch, store_rows_inputs, 1, &err), TOCSIN_OK);
    }
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    store_writer_free(writer);
    batch_release(&batch);
    struct loaded loaded;
    load(&loaded, made.path);
    assert_int_equal(loaded.map.slices_count, 1);
    uint64_t end = loaded.map.file_bytes;
    uint64_t slices_offset = loaded.map.slices[0].offset;
    uint64_t slices_end = slices_offset + segment_slices_bytes(&loaded.map.slices[0]);
    assert_true(slices_offset > loaded.map.blocks_end && slices_end <= loaded.map.footer_offset && end < 16 * KIBI);
    for (uint64_t at = 0; at < end; at++) {
        bool is_named;
        flip(&loaded, at);
        assert_true(verify_store(made.folder, "filters of column Repeated", &is_named) > 0);
        assert_int_equal(is_named, at >= slices_offset && at < slices_end);
        flip(&loaded, at);
    }
    flip(&loaded, slices_offset + 7);
    const struct store_maintenance_options common = {.folder = made.folder};
    struct store_changes changes = {0};
    assert_int_equal(store_repair(&common, &changes, &problems, &err), TOCSIN_OK);
    assert_int_equal(changes.segments_rewritten, 1);
    bool is_named;
    assert_int_equal(verify_store(made.folder, "", &is_named), 0);
    unload(&loaded);
    store_problems_release(&problems);
    remove_made(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_is_lost),
        cmocka_unit_test(most_others_are_ruled_out),
        cmocka_unit_test(what_rules_nothing_out_is_not_kept),
        cmocka_unit_test(any_bytes_are_taken),
        cmocka_unit_test(blocks_have_them),
        cmocka_unit_test(slices_say_what_the_filters_say),
        cmocka_unit_test(hostile_slices_are_refused),
        cmocka_unit_test(damage_costs_nothing),
        cmocka_unit_test(damaged_slices_cost_nothing),
        cmocka_unit_test(earlier_versions_are_read),
        cmocka_unit_test(every_flipped_byte_is_found),
    };
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
