/* A scan with a filter gives the rows of the scan without one that meet it, all of them and no others: random columns,
 * values, blocks and filters. With damage it loses rows, of those it would have given, and says how many. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "../../support/filter_trees.h"
#include "../../support/store_rows.h"
#include "base/memory.h"
#include "store/row_bits.h"
#include "store/store_folder.h"

enum { PROPERTIES = 10, FIELDS = PROPERTIES + 5 };

static char folder[64];
static struct schema *schema;
static field_id fields[FIELDS];
static struct field_set field_set;
static struct batch *batch;     /* being filled: */
static struct batch batches[2]; /* one with all fields, one with few, so that others have no values, not even fillers */
static uint64_t seed;

static const str words[] = {
    {"ab", 2},      {"docker", 6}, {"Kubectl", 7}, {"e", 1},          {"secret", 6}, {"\xC3\xA4", 2}, {"\n", 1},
    {"two\nl", 5},  {"0", 1},      {"17", 2},      {"\xE2\x84\xAA", 3}, {"none-has-it", 11}, {"\0x", 2}, {"aab", 3},
};
static const int64_t numbers[] = {0, 1, 2, 7, 50, 255, 256, 300, 65535, 65536, 100000, -1, -5, INT64_MIN, INT64_MAX,
                                  1700000000000, 1700000001000};

/* How the values of a property are made in this store. */
struct habit {
    uint32_t different; /* values */
    uint32_t present;   /* of eight rows */
    uint32_t length;    /* words in a text */
    uint32_t more;      /* bytes behind them */
    int64_t base;
    bool is_constant;
};
static struct habit habits[FIELDS];

static void remove_files(void)
{
    struct segment_name *names = NULL;
    size_t count = 0;
    char path[STORE_PATH_BYTES];
    struct error err = {0};
    if (store_folder_list(folder, &names, &count, &err) == TOCSIN_OK) {
        for (size_t i = 0; i < count; i++) {
            if (segment_path(folder, names[i].sequence, names[i].is_sealed, path, &err) == TOCSIN_OK) {
                unlink(path);
            }
        }
        memory_free(names);
    }
    snprintf(path, sizeof(path), "%s/LOCK", folder);
    unlink(path);
}

static int begin(void **state)
{
    (void)state;
    static const enum value_type types[PROPERTIES] = {TYPE_STRING, TYPE_STRING, TYPE_STRING, TYPE_BYTES, TYPE_INT64,
                                                      TYPE_INT64,  TYPE_BOOL,   TYPE_DOUBLE, TYPE_IP,    TYPE_INT64};
    static const field_id built_in[] = {FIELD_STARTTIME, FIELD_USERNAME, FIELD_SOURCEIP, FIELD_ISUNPARSED,
                                        FIELD_SEVERITY};
    struct error err = {0};
    snprintf(folder, sizeof(folder), "/tmp/tocsin-filter-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(schema_create(&schema, &err), TOCSIN_OK);
    for (uint32_t i = 0; i < PROPERTIES; i++) {
        char name[16];
        snprintf(name, sizeof(name), "p%u", i);
        assert_int_equal(schema_add_property(schema, str_from_cstring(name), types[i], STR(""), &fields[i], &err),
                         TOCSIN_OK);
    }
    memcpy(fields + PROPERTIES, built_in, sizeof(built_in));
    for (uint32_t i = 0; i < FIELDS; i++) {
        field_set_add(&field_set, fields[i]);
    }
    field_set_add(&field_set, FIELD_PAYLOAD);
    struct field_set few = {0};
    for (uint32_t i = 0; i < FIELDS; i += 3) {
        field_set_add(&few, fields[i]);
    }
    assert_int_equal(batch_init(&batches[0], schema, &field_set, &err), TOCSIN_OK);
    assert_int_equal(batch_init(&batches[1], schema, &few, &err), TOCSIN_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    remove_files();
    batch_release(&batches[0]);
    batch_release(&batches[1]);
    schema_free(schema);
    return rmdir(folder);
}

/* ---- stores ---- */

static void make_habits(void)
{
    static const uint32_t different[] = {1, 2, 20, 200, 300, 5000, 70000, 1u << 30};
    for (uint32_t i = 0; i < FIELDS; i++) {
        habits[i] = (struct habit){.different = different[tree_below(&seed, countof(different))],
                                   .present = tree_below(&seed, 3) ? 8 : tree_below(&seed, 9),
                                   .length = tree_below(&seed, 6),
                                   .more = tree_below(&seed, 2) ? 0 : tree_below(&seed, 60),
                                   .base = tree_below(&seed, 2) ? numbers[tree_below(&seed, countof(numbers))] : 0,
                                   .is_constant = tree_below(&seed, 8) == 0};
    }
}

static str make_text(const struct habit *habit, uint64_t choice)
{
    char text[200];
    size_t length = 0;
    uint64_t own = choice * 2 + 1;
    for (uint32_t i = 0; i < habit->length; i++) {
        str word = words[tree_below(&own, countof(words))];
        memcpy(text + length, word.data, word.len);
        length += word.len;
        text[length++] = ' ';
    }
    if (habit->length > 0 && habit->different > 200) {
        length += (size_t)snprintf(text + length, 24, "%llx", (unsigned long long)choice);
    }
    memset(text + length, '.', habit->more);
    length += habit->more;
    return batch_copy(batch, (str){text, length});
}

static void set_value(struct column *column, uint32_t row, const struct habit *habit)
{
    uint64_t choice = habit->is_constant ? 3 : tree_random(&seed) % habit->different;
    struct ip ip = IP_V4_NONE;
    switch (column->type) {
    case TYPE_BOOL:
        column_set_bool(column, row, choice % 2);
        return;
    case TYPE_INT64:
        column_set_integer(column, row, (int64_t)((uint64_t)habit->base + choice));
        return;
    case TYPE_DOUBLE:
        column_set_double(column, row, (double)choice / 3);
        return;
    case TYPE_IP:
        memcpy(ip.bytes + 12, &choice, 4);
        ip.bytes[0] = choice % 5 == 4 ? 0x20 : 0;
        column_set_ip(column, row, ip);
        return;
    default:
        column_set_string(column, row, make_text(habit, choice));
    }
}

static void fill_batch(uint32_t count)
{
    struct error err = {0};
    batch = &batches[tree_below(&seed, 4) == 0];
    batch_clear(batch);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = batch_add_row(batch);
        for (uint32_t f = 0; f < FIELDS; f++) {
            struct column *column = batch_column(batch, fields[f]);
            if (column && tree_below(&seed, 8) < habits[f].present) {
                set_value(column, row, &habits[f]);
            }
        }
        uint32_t lines = tree_below(&seed, 20) ? 1 : tree_below(&seed, 3);
        str payload = batch_copy(batch, STR("one line\nand another one"));
        column_set_string(batch_column(batch, FIELD_PAYLOAD), row, payload);
        for (uint32_t line = 0; line < lines; line++) {
            str raw = line == 0 ? str_slice(payload, 0, 8) : STR("not of the payload");
            batch_add_evidence(batch, (struct evidence){.line = tree_below(&seed, 1000), .line_count = 1, .raw = raw});
        }
    }
    assert_int_equal(batch_finish(batch, &err), TOCSIN_OK);
}

static void make_store(uint32_t row_count, bool is_sealed)
{
    static const uint32_t block_rows[] = {1, 3, 64, 100, 1000, 4096, 65536};
    struct error err = {0};
    struct store_problems problems;
    struct store_writer *writer = NULL;
    remove_files();
    make_habits();
    store_problems_init(&problems);
    struct store_writer_options options = {.folder = folder,
                                           .schema = schema,
                                           .block_rows = block_rows[tree_below(&seed, countof(block_rows))],
                                           .segment_rows = 1 + tree_below(&seed, row_count * 2),
                                           .codec = (enum chunk_codec)tree_below(&seed, 3),
                                           .has_blooms = tree_below(&seed, 2),
                                           .hash_seed = 1};
    options.block_rows = row_count > 3000 && options.block_rows < 64 ? 64 : options.block_rows;
    options.segment_rows = options.segment_rows < row_count / 8 ? row_count / 8 : options.segment_rows;
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    for (uint32_t n = 0; n < row_count;) {
        uint32_t count = 1 + tree_below(&seed, row_count - n < BATCH_ROWS_MAX ? row_count - n : BATCH_ROWS_MAX);
        fill_batch(count);
        assert_int_equal(store_writer_push(writer, batch, store_rows_inputs, 1, &err), TOCSIN_OK);
        n += count;
        if (tree_below(&seed, 9) == 0) {
            make_habits();
        }
    }
    tocsin_status status = is_sealed ? store_writer_seal(writer, &err) : store_writer_commit(writer, &err);
    assert_int_equal(status, TOCSIN_OK);
    store_writer_free(writer);
    store_problems_release(&problems);
}

/* ---- scans ---- */

/* Rows of a source, one after the other. */
struct walk {
    struct batch_source source;
    struct batch *batch;
    uint32_t row; /* the next one */
    bool is_end;
    bool may_be_empty;
};

static void walk_begin(struct walk *walk, struct store_reader *reader, const struct store_scan_options *options)
{
    struct error err = {0};
    *walk = (struct walk){.may_be_empty = options->request.filter_count > 0 || options->threads > 1};
    assert_int_equal(store_reader_scan(reader, options, &walk->source, &err), TOCSIN_OK);
}

/* What codes say becomes texts, for whoever compares. */
static void expand_codes(struct batch *given)
{
    for (uint32_t c = 0; c < given->column_count; c++) {
        struct column *column = &given->columns[c];
        bool is_coded = column->codes && column->type != TYPE_IP;
        for (uint32_t row = 0; is_coded && row < given->row_count; row++) {
            column->strings[row] = column_is_valid(column, row) ? column_text(column, row) : STR_EMPTY;
        }
    }
}

/* To a row that is there, or to the end. */
static bool walk_next(struct walk *walk)
{
    struct error err = {0};
    while (!walk->is_end && (!walk->batch || walk->row == walk->batch->row_count)) {
        tocsin_status status = walk->source.ops->next(walk->source.state, &walk->batch, &err);
        assert_true(status == TOCSIN_OK || status == TOCSIN_END);
        walk->is_end = status == TOCSIN_END;
        walk->row = 0;
        if (!walk->is_end) {
            assert_true(walk->may_be_empty || walk->batch->row_count > 0);
            batch_verify(walk->batch);
            expand_codes(walk->batch);
        }
    }
    return !walk->is_end;
}

static void walk_end(struct walk *walk)
{
    walk->source.ops->close(walk->source.state);
}

static bool same_evidence(const struct batch *a, uint32_t i, const struct batch *b, uint32_t k)
{
    const struct batch_row *x = &a->rows[i];
    const struct batch_row *y = &b->rows[k];
    if (a->place_lines) {
        uint32_t inputs[2];
        uint64_t lines[2];
        batch_place(a, i, &inputs[0], &lines[0]);
        batch_place(b, k, &inputs[1], &lines[1]);
        return a->evidence_count == 0 && inputs[0] == inputs[1] && lines[0] == lines[1];
    }
    bool is_same = x->evidence_count == y->evidence_count && x->evidence_more == y->evidence_more;
    for (uint32_t e = 0; is_same && e < x->evidence_count; e++) {
        const struct evidence *p = &a->evidence[x->evidence_first + e];
        const struct evidence *q = &b->evidence[y->evidence_first + e];
        is_same = p->input == q->input && p->line == q->line && p->line_count == q->line_count &&
                  p->is_joined == q->is_joined && str_eq(p->raw, q->raw);
    }
    return is_same;
}

static bool same_row(const struct walk *a, const struct walk *b, bool has_evidence)
{
    for (uint32_t c = 0; c < a->batch->column_count; c++) {
        const struct column *x = &a->batch->columns[c];
        const struct column *y = batch_column(b->batch, a->batch->fields[c]);
        if (!store_rows_same_value(x, y, a->row, b->row)) {
            return false;
        }
    }
    return !has_evidence || same_evidence(a->batch, a->row, b->batch, b->row);
}

static uint64_t codes_seen;

static void check_codes(const struct walk *walk)
{
    for (uint32_t c = 0; c < walk->batch->column_count; c++) {
        const struct column *column = &walk->batch->columns[c];
        assert_true((column->codes != NULL) == (column->dictionary != NULL));
        if (column->codes && column->type != TYPE_IP && column_is_valid(column, walk->row)) {
            uint32_t code = column->codes[walk->row];
            const struct field *field = schema_field(schema, walk->batch->fields[c]);
            bool is_entry = code < column->dictionary->count;
            assert_true(is_entry || field->has_filler);
            assert_true(str_eq(is_entry ? column->dictionary->entries[code] : field->filler_text,
                               column_string(column, walk->row)));
            codes_seen++;
        }
    }
}

static struct store_scan_options random_options(const struct tree *tree, const struct scan_filter *const *filters,
                                                uint32_t filter_count)
{
    static const uint32_t row_max[] = {1, 7, 100, 0, 0, 0};
    struct store_scan_options options = {.schema = schema, .row_max = row_max[tree_below(&seed, countof(row_max))]};
    options.request.filters = filters;
    options.request.filter_count = tree ? filter_count : 0;
    for (uint32_t i = 0; i < FIELDS; i++) {
        if (tree_below(&seed, 2)) {
            field_set_add(&options.request.fields, fields[i]);
        }
        if (tree_below(&seed, 2)) {
            field_set_add(&options.request.coded, fields[i]);
        }
    }
    if (tree_below(&seed, 2)) {
        field_set_add(&options.request.fields, FIELD_PAYLOAD);
    }
    options.wants_raw = tree_below(&seed, 2);
    options.threads = tree_below(&seed, 4);
    options.split_rows = tree_below(&seed, 2) ? 1 + tree_below(&seed, 500) : 0;
    return options;
}

static uint64_t places_seen;

/* How many rows meet the filter. */
static uint64_t check_filter(struct store_reader *reader, const struct tree *tree)
{
    const struct scan_filter *filters[2] = {&tree->filter, &tree->filter};
    struct store_scan_statistics statistics = {0};
    struct store_scan_options options = random_options(tree, filters, 1 + tree_below(&seed, 2));
    options.request.leaves_out_evidence = tree_below(&seed, 3) == 0;
    options.request.wants_places = tree_below(&seed, 2);
    options.wants_raw = options.wants_raw && !options.request.leaves_out_evidence && !options.request.wants_places;
    options.statistics = &statistics;
    struct store_scan_options all = options;
    all.request.wants_places = false;
    memset(&all.request.coded, 0, sizeof(all.request.coded));
    all.request.fields = field_set;
    all.request.filter_count = 0;
    all.request.leaves_out_evidence = false;
    all.statistics = NULL;
    all.threads = tree_below(&seed, 3);
    row_bits_use_portable(tree_below(&seed, 2));
    struct walk filtered;
    struct walk whole;
    walk_begin(&filtered, reader, &options);
    walk_begin(&whole, reader, &all);
    uint64_t met = 0;
    for (; walk_next(&whole); whole.row++) {
        check_codes(&whole);
        if (!tree_meets(tree, whole.batch, whole.row)) {
            continue;
        }
        met++;
        assert_true(walk_next(&filtered));
        check_codes(&filtered);
        assert_true(same_row(&filtered, &whole, !options.request.leaves_out_evidence));
        assert_true(!options.request.leaves_out_evidence || filtered.batch->evidence_count == 0);
        places_seen += filtered.batch->place_lines != NULL;
        filtered.row++;
    }
    assert_false(walk_next(&filtered));
    assert_int_equal(statistics.rows_out, met);
    walk_end(&filtered);
    walk_end(&whole);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    return met;
}

static struct tree *random_tree(void)
{
    return tree_make(&seed, schema, fields, FIELDS, words, countof(words), numbers, countof(numbers),
                     (int)tree_below(&seed, 4));
}

static void filters_give_the_rows_that_meet_them(void **state)
{
    (void)state;
    uint64_t met = 0;
    uint64_t rows = 0;
    for (uint32_t round = 0; round < 11; round++) {
        seed = round;
        struct error err = {0};
        struct store_reader *reader = NULL;
        uint32_t row_count = round % 10 == 9 ? 70000 : 1 + tree_below(&seed, 3000);
        make_store(row_count, tree_below(&seed, 2));
        assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
        for (uint32_t i = 0; i < (row_count > 3000 ? 6 : 15); i++) {
            struct tree *tree = random_tree();
            met += check_filter(reader, tree);
            rows += row_count;
            tree_free(tree);
        }
        store_reader_free(reader);
    }
    row_bits_use_portable(false);
    assert_true(met > rows / 20 && met < rows / 20 * 19); /* filters that mean something */
    assert_true(codes_seen > 0 && places_seen > 0);
}

/* ---- damage ---- */

/* Files of the store in another folder, a bit of one of them flipped. */
static void copy_damaged(const char *target, uint64_t number)
{
    struct segment_name *names = NULL;
    size_t count = 0;
    struct error err = {0};
    assert_int_equal(store_folder_list(folder, &names, &count, &err), TOCSIN_OK);
    for (size_t i = 0; i < count; i++) {
        char path[STORE_PATH_BYTES];
        struct store_file file;
        uint64_t bytes;
        assert_int_equal(segment_path(folder, names[i].sequence, names[i].is_sealed, path, &err), TOCSIN_OK);
        assert_int_equal(store_file_open(path, &file, &err), TOCSIN_OK);
        assert_int_equal(store_file_size(&file, &bytes, &err), TOCSIN_OK);
        unsigned char *copy = test_malloc(bytes);
        assert_int_equal(store_file_read(&file, 0, copy, bytes, &err), TOCSIN_OK);
        store_file_close(&file);
        if (i == number % count) {
            copy[SEGMENT_HEADER_BYTES + number % (bytes - SEGMENT_HEADER_BYTES)] ^= 4;
        }
        assert_int_equal(segment_path(target, names[i].sequence, names[i].is_sealed, path, &err), TOCSIN_OK);
        int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(descriptor >= 0 && write(descriptor, copy, bytes) == (ssize_t)bytes);
        close(descriptor);
        test_free(copy);
    }
    memory_free(names);
}

/* How many rows the damage cost. */
static uint64_t check_damaged(struct store_reader *good, const char *target, const struct tree *tree)
{
    const struct scan_filter *filters[2] = {&tree->filter, &tree->filter};
    struct error err = {0};
    struct store_reader *reader = NULL;
    struct walk filtered;
    struct walk whole;
    struct store_scan_options options = random_options(tree, filters, 1 + tree_below(&seed, 2));
    struct store_scan_options all = options;
    all.request.filter_count = 0;
    all.request.fields = field_set;
    assert_int_equal(store_reader_open(target, &reader, &err), TOCSIN_OK);
    walk_begin(&whole, good, &all);
    walk_begin(&filtered, reader, &options);
    uint64_t lost = 0;
    for (; walk_next(&whole); whole.row++) {
        if (!tree_meets(tree, whole.batch, whole.row)) {
            continue;
        }
        if (walk_next(&filtered) && same_row(&filtered, &whole, true)) {
            filtered.row++;
        } else {
            lost++;
        }
    }
    assert_false(walk_next(&filtered)); /* what was given is what is there, in order */
    assert_true(lost <= store_reader_problems(reader)->rows_lost);
    walk_end(&filtered);
    walk_end(&whole);
    store_reader_free(reader);
    return lost;
}

static void damage_costs_rows_and_is_told(void **state)
{
    (void)state;
    uint64_t hurt = 0;
    char good_folder[sizeof(folder)];
    char target[sizeof(folder)] = "/tmp/tocsin-filter-XXXXXX";
    assert_non_null(mkdtemp(target));
    memcpy(good_folder, folder, sizeof(folder));
    for (uint32_t round = 0; round < 5; round++) {
        seed = 1000 + round;
        struct error err = {0};
        struct store_reader *reader = NULL;
        make_store(1 + tree_below(&seed, 3000), true); /* what tears the end of an open segment is not told */
        assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
        for (uint32_t i = 0; i < 20; i++) {
            struct tree *tree = random_tree();
            copy_damaged(target, tree_random(&seed));
            hurt += check_damaged(reader, target, tree) > 0;
            tree_free(tree);
        }
        store_reader_free(reader);
        memcpy(folder, target, sizeof(folder));
        remove_files();
        memcpy(folder, good_folder, sizeof(folder));
    }
    assert_int_equal(rmdir(target), 0);
    assert_true(hurt > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_give_the_rows_that_meet_them),
        cmocka_unit_test(damage_costs_rows_and_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
