/* Bloom filters of blocks never lose a text, and rule out most that are not there; damage of one costs nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../support/store_rows.h"
#include "store/segment_bloom.h"
#include "store/store_folder.h"

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

static const struct segment_column *column_named(const struct segment_block *block, const char *name)
{
    for (uint32_t i = 0; i < block->column_count; i++) {
        if (str_eq(block->columns[i].name, str_from_cstring(name))) {
            return &block->columns[i];
        }
    }
    return NULL;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_is_lost),
        cmocka_unit_test(most_others_are_ruled_out),
        cmocka_unit_test(what_rules_nothing_out_is_not_kept),
        cmocka_unit_test(any_bytes_are_taken),
        cmocka_unit_test(blocks_have_them),
        cmocka_unit_test(damage_costs_nothing),
    };
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
