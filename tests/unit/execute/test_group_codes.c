/* Groups found by the codes of their keys are those found by their texts: the same rows, with dictionaries of all sizes
 * that change now and then, keys that are the same in a whole batch, rows left out, and groups that go to disk. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "execute/aggregate.h"
#include "execute/group_codes.h"

enum { BATCHES = 40, KEYS = 3, AGGREGATES = 5, ENTRIES_MAX = 3000 };

static uint64_t random_state;

static uint32_t roll(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

static const enum value_type key_types[KEYS] = {TYPE_STRING, TYPE_STRING, TYPE_STRING};
static const struct aggregate_column aggregates[AGGREGATES] = {
    {AGGREGATE_COUNT_ROWS, TYPE_NULL, TYPE_DOUBLE},
    {AGGREGATE_SUM, TYPE_INT64, TYPE_DOUBLE},
    {AGGREGATE_MAX, TYPE_STRING, TYPE_STRING},
    {AGGREGATE_UNIQUECOUNT, TYPE_STRING, TYPE_DOUBLE},
    {AGGREGATE_FIRST, TYPE_INT64, TYPE_INT64},
};

struct world {
    struct arena arena;
    struct schema *schema;
    struct batch batch;
    struct column keys[KEYS];
    struct column number;
    struct column starttime;
    struct column results[KEYS + AGGREGATES];
    struct column_dictionary dictionaries[KEYS];
    str entries[KEYS][ENTRIES_MAX];
    uint32_t codes[KEYS][BATCH_ROWS_MAX];
    uint64_t next_id;
    uint32_t entries_most;
    uint32_t aggregate_count;
};

static void open_world(struct world *world)
{
    struct field_set fields = {{0}};
    *world = (struct world){.next_id = 1};
    arena_init(&world->arena, ARENA_NO_LIMIT);
    assert_int_equal(schema_create(&world->schema, NULL), TOCSIN_OK);
    assert_int_equal(batch_init(&world->batch, world->schema, &fields, NULL), TOCSIN_OK);
    bool is_good = column_init(&world->number, TYPE_INT64, &world->arena) &&
                   column_init(&world->starttime, TYPE_INT64, &world->arena);
    for (int i = 0; i < KEYS; i++) {
        is_good &= column_init(&world->keys[i], TYPE_STRING, &world->arena);
    }
    for (int i = 0; i < KEYS + AGGREGATES; i++) {
        is_good &= column_init(&world->results[i], i < KEYS ? key_types[i] : aggregates[i - KEYS].type, &world->arena);
    }
    assert_true(is_good);
}

static void close_world(struct world *world)
{
    batch_release(&world->batch);
    schema_free(world->schema);
    arena_release(&world->arena);
}

/* The same texts are in other dictionaries under other codes. */
static void change_dictionary(struct world *world, int key)
{
    struct column_dictionary *dictionary = &world->dictionaries[key];
    uint32_t first = 0;
    if (dictionary->id && roll(2)) { /* it grows */
        first = dictionary->count;
        dictionary->count += roll(ENTRIES_MAX - first + 1) % world->entries_most;
    } else {
        *dictionary = (struct column_dictionary){
            .id = world->next_id++, .count = 1 + roll(world->entries_most), .entries = world->entries[key]};
    }
    uint32_t shift = roll(50);
    for (uint32_t i = first; i < dictionary->count; i++) {
        char text[32];
        int len = snprintf(text, sizeof(text), "%s%u", i % 7 == 0 ? "" : "entry ", (i + shift) % ENTRIES_MAX);
        world->entries[key][i] = arena_copy(&world->arena, (str){text, (size_t)len});
    }
}

static const str filler = {"N/A", 3};

static void fill_key(struct world *world, int key, uint32_t row_count, bool has_codes)
{
    struct column *column = &world->keys[key];
    column_clear(column);
    column->dictionary = NULL;
    column->codes = NULL;
    if (!world->dictionaries[key].id || roll(10) == 0) {
        change_dictionary(world, key);
    }
    const struct column_dictionary *dictionary = &world->dictionaries[key];
    bool is_constant = roll(8) == 0;
    bool is_full = roll(2);
    for (uint32_t row = 0; row < (is_constant ? 1 : row_count); row++) {
        uint32_t code = roll(dictionary->count);
        world->codes[key][row] = code;
        if (is_full || roll(9) > 0) {
            column_set_string(column, row, roll(40) == 0 ? filler : dictionary->entries[code]);
        }
    }
    if (is_constant) {
        column->kind = COLUMN_CONSTANT;
        column->row_mask = 0;
    } else if (has_codes) {
        column->dictionary = dictionary;
        column->codes = world->codes[key];
        for (uint32_t row = 0; row < row_count; row++) {
            bool is_filler = str_eq(column_string(column, row), filler) && column_is_valid(column, row);
            world->codes[key][row] = is_filler ? UINT32_MAX - row % 2 : world->codes[key][row];
            column->strings[row] = is_filler ? filler : (str){"not to be read", 14};
        }
    }
}

static uint32_t fill(struct world *world, uint16_t *rows, bool has_codes)
{
    uint32_t row_count = 1 + roll(BATCH_ROWS_MAX);
    uint32_t count = 0;
    bool is_sparse = roll(2);
    batch_clear(&world->batch);
    column_clear(&world->number);
    column_clear(&world->starttime);
    for (int key = 0; key < KEYS; key++) {
        fill_key(world, key, row_count, has_codes);
    }
    for (uint32_t row = 0; row < row_count; row++) {
        (void)batch_add_row(&world->batch);
        batch_add_evidence(&world->batch, (struct evidence){.input = roll(3), .line = roll(1000), .line_count = 1});
        column_set_integer(&world->number, row, (int64_t)roll(100) - 50);
        if (roll(10) > 0) {
            column_set_integer(&world->starttime, row, roll(50));
        }
        if (!is_sparse || roll(3) > 0) {
            rows[count++] = (uint16_t)row;
        }
    }
    return count;
}

static void show(struct world *world, uint32_t key_count, struct strbuf *out)
{
    for (uint32_t row = 0; row < world->batch.row_count; row++) {
        for (uint32_t i = 0; i < key_count + world->aggregate_count; i++) {
            const struct column *column = &world->results[i < key_count ? i : KEYS + i - key_count];
            if (!column_is_valid(column, row)) {
                strbuf_append(out, STR("null"));
            } else if (column->type == TYPE_STRING) {
                strbuf_append(out, column_string(column, row));
            } else if (column->type == TYPE_INT64) {
                strbuf_append_i64(out, column_integer(column, row));
            } else {
                strbuf_append_double(out, column_double(column, row));
            }
            strbuf_append(out, STR("|"));
        }
        strbuf_append(out, STR("\n"));
    }
}

/* The answer to the same rows, with codes or without. */
static void group(uint64_t seed, bool has_codes, size_t bytes_max, struct strbuf *out, size_t *ret_spills)
{
    struct world world;
    struct aggregator *aggregator = NULL;
    uint16_t rows[BATCH_ROWS_MAX];
    random_state = seed;
    open_world(&world);
    world.entries_most = seed % 3 == 0 ? 8 : seed % 3 == 1 ? 60 : ENTRIES_MAX;
    world.aggregate_count = 1 + roll(AGGREGATES); /* without texts to keep, too */
    uint32_t key_count = 1 + roll(KEYS);
    struct aggregator_options options = {.key_types = key_types,
                                         .key_count = key_count,
                                         .aggregates = aggregates,
                                         .aggregate_count = world.aggregate_count,
                                         .bytes_max = bytes_max,
                                         .hash_seed = 42};
    assert_int_equal(aggregator_create(&options, &aggregator, NULL), TOCSIN_OK);
    bool is_newest_first = roll(2);
    for (int i = 0; i < BATCHES; i++) {
        uint32_t count = fill(&world, rows, has_codes);
        const struct column *keys[KEYS] = {&world.keys[0], &world.keys[1], &world.keys[2]};
        const struct column *arguments[AGGREGATES] = {NULL, &world.number, &world.keys[0], &world.keys[2],
                                                            &world.number};
        struct aggregate_input input = {.keys = keys,
                                        .arguments = arguments,
                                        .batch = &world.batch,
                                        .rows = rows,
                                        .row_count = count,
                                        .starttime = is_newest_first ? &world.starttime : NULL};
        assert_int_equal(aggregator_push(aggregator, &input, NULL), TOCSIN_OK);
    }
    struct column *results[KEYS + AGGREGATES];
    for (uint32_t i = 0; i < key_count + world.aggregate_count; i++) {
        results[i] = &world.results[i < key_count ? i : KEYS + i - key_count];
    }
    tocsin_status status = aggregator_finish(aggregator, NULL);
    while (status == TOCSIN_OK) {
        batch_clear(&world.batch);
        for (int i = 0; i < KEYS + AGGREGATES; i++) {
            column_clear(&world.results[i]);
        }
        status = aggregator_next(aggregator, results, &world.batch, BATCH_ROWS_MAX, NULL);
        show(&world, key_count, out);
    }
    assert_int_equal(status, TOCSIN_END);
    *ret_spills += aggregator_spill_count(aggregator);
    aggregator_free(aggregator);
    close_world(&world);
}

static void codes_change_no_answer(void **state)
{
    (void)state;
    struct strbuf plain;
    struct strbuf coded;
    size_t spills = 0;
    strbuf_init(&plain, 1000 * MEBI);
    strbuf_init(&coded, 1000 * MEBI);
    for (uint64_t seed = 1; seed <= 60; seed++) {
        strbuf_clear(&plain);
        strbuf_clear(&coded);
        group(seed, false, 64 * MEBI, &plain, &spills);
        group(seed, true, seed % 4 == 0 ? 1 * MEBI : 64 * MEBI, &coded, &spills);
        assert_true(plain.len > 0);
        if (!str_eq(strbuf_str(&plain), strbuf_str(&coded))) {
            size_t at = 0;
            while (at < plain.len && at < coded.len && plain.data[at] == coded.data[at]) {
                at++;
            }
            at = at > 60 ? at - 60 : 0;
            fail_msg("seed %d: by texts\n..%.*s\nby codes\n..%.*s", (int)seed,
                     STR_ARG(str_slice(strbuf_str(&plain), at, at + 160)),
                     STR_ARG(str_slice(strbuf_str(&coded), at, at + 160)));
        }
    }
    assert_true(spills > 0);
    strbuf_release(&plain);
    strbuf_release(&coded);
}

/* Codes are made use of where they can be, and dictionaries that change with each batch are left alone. */
static void codes_are_used(void **state)
{
    (void)state;
    struct world world;
    struct group_codes *codes = malloc(sizeof(*codes));
    uint16_t rows[BATCH_ROWS_MAX];
    assert_non_null(codes);
    random_state = 5;
    open_world(&world);
    world.entries_most = 200;
    group_codes_init(codes, 42);
    uint32_t count = 0;
    do {
        count = fill(&world, rows, true);
    } while (!world.keys[0].codes || !world.keys[1].codes);
    const struct column *keys[KEYS] = {&world.keys[0], &world.keys[1], &world.keys[2]};
    assert_true(group_codes_begin(codes, keys, 2, rows, count));
    assert_int_equal(group_codes_find(codes, 0), GROUP_UNKNOWN);
    group_codes_set(codes, 0, 7);
    assert_int_equal(group_codes_find(codes, 0), 7);
    assert_true(group_codes_begin(codes, keys, 2, rows, count));
    assert_int_equal(group_codes_find(codes, 0), 7);
    world.dictionaries[0].id = world.next_id++; /* of the same texts */
    assert_true(group_codes_begin(codes, keys, 2, rows, count));
    assert_int_equal(group_codes_find(codes, 0), 7);
    group_codes_forget(codes);
    assert_true(group_codes_begin(codes, keys, 2, rows, count));
    assert_int_equal(group_codes_find(codes, 0), GROUP_UNKNOWN);
    world.keys[1].dictionary = NULL;
    assert_false(group_codes_begin(codes, keys, 2, rows, count));
    uint32_t used = 0;
    for (int i = 0; i < 10000; i++) { /* of one row each */
        world.dictionaries[0].id = world.next_id++;
        world.dictionaries[0].count = ENTRIES_MAX;
        used += group_codes_begin(codes, keys, 1, rows, 1);
    }
    assert_in_range(used, 1, 1000);
    group_codes_release(codes);
    free(codes);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_change_no_answer),
        cmocka_unit_test(codes_are_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
