/* The aggregator against a slow model that keeps every row: in memory and spilled, in any order of arrival, in any size
 * of batches. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "column/schema.h"
#include "execute/aggregate.h"

enum { ROWS = 6000, AGGREGATES = 15, KEYS = 2 };

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* ---- rows ---- */

struct test_row {
    bool has_name;
    char name[24];
    int64_t code;
    bool has_number;
    int64_t number;
    double real;
    bool has_text;
    char text[40];
    struct row_position position;
    char raw[16];
};

static struct test_row test_rows[ROWS];

static void make_rows(uint32_t names, uint32_t seed)
{
    for (uint32_t i = 0; i < ROWS; i++) {
        struct test_row *row = &test_rows[i];
        *row = (struct test_row){0};
        uint32_t name = next_random(&seed) % names;
        row->has_name = name != 0;
        (void)snprintf(row->name, sizeof(row->name), "name-%u", name);
        row->code = (int64_t)(next_random(&seed) % 3) - 1;
        row->has_number = next_random(&seed) % 5 != 0;
        row->number = (int64_t)next_random(&seed) * 1000003 - (INT64_C(1) << 33);
        row->real = (double)next_random(&seed) / 7 * (next_random(&seed) % 2 ? -1e-9 : 1e9);
        row->has_text = next_random(&seed) % 4 != 0;
        (void)snprintf(row->text, sizeof(row->text), "%.*s%u", (int)(next_random(&seed) % 30),
                       "abcdefghijklmnopqrstuvwxyzabcdefgh", next_random(&seed) % 50);
        /* Some rows share a time, none share a line. */
        row->position = (struct row_position){{UINT64_MAX - next_random(&seed) % 3000, i % 3, i}};
        (void)snprintf(row->raw, sizeof(row->raw), "line %u", i);
    }
}

static const struct aggregate_column test_aggregates[AGGREGATES] = {
    {AGGREGATE_COUNT_ROWS, TYPE_NULL, TYPE_DOUBLE},    {AGGREGATE_COUNT, TYPE_INT64, TYPE_DOUBLE},
    {AGGREGATE_SUM, TYPE_INT64, TYPE_DOUBLE},          {AGGREGATE_AVG, TYPE_DOUBLE, TYPE_DOUBLE},
    {AGGREGATE_MIN, TYPE_INT64, TYPE_DOUBLE},          {AGGREGATE_MAX, TYPE_STRING, TYPE_STRING},
    {AGGREGATE_STDEV, TYPE_INT64, TYPE_DOUBLE},        {AGGREGATE_STDEVP, TYPE_DOUBLE, TYPE_DOUBLE},
    {AGGREGATE_UNIQUECOUNT, TYPE_STRING, TYPE_DOUBLE}, {AGGREGATE_DISTINCTCOUNT, TYPE_STRING, TYPE_DOUBLE},
    {AGGREGATE_FIRST, TYPE_STRING, TYPE_STRING},       {AGGREGATE_LAST, TYPE_INT64, TYPE_INT64},
    {AGGREGATE_UNIQUECOUNT, TYPE_INT64, TYPE_DOUBLE},  {AGGREGATE_MIN, TYPE_STRING, TYPE_STRING},
    {AGGREGATE_SUM, TYPE_DOUBLE, TYPE_DOUBLE},
};
enum { COLUMN_NAME, COLUMN_CODE, COLUMN_NUMBER, COLUMN_REAL, COLUMN_TEXT, COLUMN_COUNT_ALL };
static const int argument_columns[AGGREGATES] = {-1,          COLUMN_NUMBER, COLUMN_NUMBER, COLUMN_REAL, COLUMN_NUMBER,
                                                 COLUMN_TEXT, COLUMN_NUMBER, COLUMN_REAL,   COLUMN_TEXT, COLUMN_TEXT,
                                                 COLUMN_TEXT, COLUMN_NUMBER, COLUMN_NUMBER, COLUMN_TEXT, COLUMN_REAL};
static const enum value_type key_types[KEYS] = {TYPE_STRING, TYPE_INT64};

/* ---- the model ---- */

/* A result as text: values, then the lines. */
struct answer {
    char *text;
    size_t len;
    size_t capacity;
    uint32_t groups;
};

static void answer_add(struct answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void answer_add(struct answer *answer, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    assert_in_range(len, 0, sizeof(line) - 1);
    if (answer->capacity <= answer->len + (size_t)len) {
        answer->capacity = 2 * answer->capacity + sizeof(line);
        answer->text = realloc(answer->text, answer->capacity);
        assert_non_null(answer->text);
    }
    memcpy(answer->text + answer->len, line, (size_t)len + 1);
    answer->len += (size_t)len;
}

static int compare_positions(const void *a, const void *b)
{
    const struct test_row *x = &test_rows[*(const uint32_t *)a];
    const struct test_row *y = &test_rows[*(const uint32_t *)b];
    for (int i = 0; i < 3; i++) {
        if (x->position.parts[i] != y->position.parts[i]) {
            return x->position.parts[i] < y->position.parts[i] ? -1 : 1;
        }
    }
    return 0;
}

static bool same_group(const struct test_row *a, const struct test_row *b)
{
    return a->has_name == b->has_name && (!a->has_name || strcmp(a->name, b->name) == 0) && a->code == b->code;
}

static double deviation(const long double *values, uint32_t count, bool is_sample)
{
    if (count < 2) {
        return 0;
    }
    long double mean = 0;
    long double sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        mean += values[i] / count;
    }
    for (uint32_t i = 0; i < count; i++) {
        sum += (values[i] - mean) * (values[i] - mean);
    }
    return (double)sqrtl(sum / (count - is_sample));
}

static uint32_t count_unique(const uint32_t *rows, uint32_t count, bool of_text)
{
    uint32_t unique = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct test_row *a = &test_rows[rows[i]];
        bool is_new = of_text ? a->has_text : a->has_number;
        for (uint32_t n = 0; n < i && is_new; n++) {
            const struct test_row *b = &test_rows[rows[n]];
            is_new = of_text ? !b->has_text || strcmp(a->text, b->text) != 0 : !b->has_number || a->number != b->number;
        }
        unique += is_new;
    }
    return unique;
}

/* Doubles that may be off in the last places, since the model's arithmetic is rounded. */
static void add_rounded(struct answer *answer, bool has_value, double value)
{
    if (has_value) {
        answer_add(answer, "%.9e ", value);
    } else {
        answer_add(answer, "null ");
    }
}

static void model_group(struct answer *answer, const uint32_t *rows, uint32_t count)
{
    static long double numbers[ROWS];
    static long double reals[ROWS];
    uint32_t number_count = 0;
    const char *least = NULL;
    const char *greatest = NULL;
    long double number_sum = 0;
    long double real_sum = 0;
    int64_t smallest = INT64_MAX;
    for (uint32_t i = 0; i < count; i++) {
        const struct test_row *row = &test_rows[rows[i]];
        reals[i] = row->real;
        real_sum += row->real;
        if (row->has_number) {
            numbers[number_count++] = row->number;
            number_sum += row->number;
            smallest = row->number < smallest ? row->number : smallest;
        }
        if (row->has_text) {
            least = !least || strcmp(row->text, least) < 0 ? row->text : least;
            greatest = !greatest || strcmp(row->text, greatest) > 0 ? row->text : greatest;
        }
    }
    const struct test_row *first = &test_rows[rows[0]];
    const struct test_row *last = &test_rows[rows[count - 1]];
    answer_add(answer, "%s %lld: %u %u ", first->has_name ? first->name : "null", (long long)first->code, count,
               number_count);
    add_rounded(answer, number_count > 0, (double)number_sum);
    add_rounded(answer, true, (double)(real_sum / count));
    add_rounded(answer, number_count > 0, (double)smallest);
    answer_add(answer, "%s ", greatest ? greatest : "null");
    add_rounded(answer, number_count > 0, deviation(numbers, number_count, true));
    add_rounded(answer, true, deviation(reals, count, false));
    answer_add(answer, "%u %u ", count_unique(rows, count, true), count_unique(rows, count, true));
    answer_add(answer, "%s ", first->has_text ? first->text : "null");
    if (last->has_number) {
        answer_add(answer, "%lld ", (long long)last->number);
    } else {
        answer_add(answer, "null ");
    }
    answer_add(answer, "%u %s ", count_unique(rows, count, false), least ? least : "null");
    add_rounded(answer, true, (double)real_sum);
    for (uint32_t i = 0; i < count && i < LIMIT_EVIDENCE_LINES; i++) {
        answer_add(answer, "[%s]", test_rows[rows[i]].raw);
    }
    answer_add(answer, "+%u\n", count > LIMIT_EVIDENCE_LINES ? count - LIMIT_EVIDENCE_LINES : 0);
}

static struct answer model(void)
{
    static uint32_t sorted[ROWS];
    static uint32_t members[ROWS];
    static bool is_taken[ROWS];
    struct answer answer = {0};
    for (uint32_t i = 0; i < ROWS; i++) {
        sorted[i] = i;
        is_taken[i] = false;
    }
    qsort(sorted, ROWS, sizeof(*sorted), compare_positions);
    for (uint32_t i = 0; i < ROWS; i++) {
        if (is_taken[i]) {
            continue;
        }
        uint32_t count = 0;
        for (uint32_t n = i; n < ROWS; n++) {
            if (!is_taken[n] && same_group(&test_rows[sorted[i]], &test_rows[sorted[n]])) {
                is_taken[n] = true;
                members[count++] = sorted[n];
            }
        }
        model_group(&answer, members, count);
        answer.groups++;
    }
    return answer;
}

/* ---- the aggregator ---- */

struct fixture {
    struct schema *schema;
    struct arena arena;
    struct batch batch;
    struct column columns[COLUMN_COUNT_ALL];
    struct column results[KEYS + AGGREGATES];
    /* Groups that come in any order. */
    struct aggregator *aggregator;
    uint32_t batch_rows;
    struct placed_group *placed;
    uint32_t placed_count;
    uint32_t parts;
};

/* A group, and where it stands. */
struct placed_group {
    struct row_order order;
    struct answer answer;
};

static void fixture_open(struct fixture *fixture)
{
    static const enum value_type types[COLUMN_COUNT_ALL] = {TYPE_STRING, TYPE_INT64, TYPE_INT64, TYPE_DOUBLE,
                                                            TYPE_STRING};
    struct field_set fields = {{0}};
    arena_init(&fixture->arena, ARENA_NO_LIMIT);
    assert_int_equal(schema_create(&fixture->schema, NULL), TOCSIN_OK);
    assert_int_equal(batch_init(&fixture->batch, fixture->schema, &fields, NULL), TOCSIN_OK);
    for (int i = 0; i < COLUMN_COUNT_ALL; i++) {
        assert_true(column_init(&fixture->columns[i], types[i], &fixture->arena));
    }
    for (int i = 0; i < KEYS + AGGREGATES; i++) {
        enum value_type type = i < KEYS ? key_types[i] : test_aggregates[i - KEYS].type;
        assert_true(column_init(&fixture->results[i], type, &fixture->arena));
    }
}

static void fixture_close(struct fixture *fixture)
{
    batch_release(&fixture->batch);
    schema_free(fixture->schema);
    arena_release(&fixture->arena);
}

static void fill_row(struct fixture *fixture, const struct test_row *source)
{
    struct column *columns = fixture->columns;
    uint32_t row = batch_add_row(&fixture->batch);
    if (source->has_name) {
        column_set_string(&columns[COLUMN_NAME], row, str_from_cstring(source->name));
    }
    column_set_integer(&columns[COLUMN_CODE], row, source->code);
    if (source->has_number) {
        column_set_integer(&columns[COLUMN_NUMBER], row, source->number);
    }
    column_set_double(&columns[COLUMN_REAL], row, source->real);
    if (source->has_text) {
        column_set_string(&columns[COLUMN_TEXT], row, str_from_cstring(source->text));
    }
    batch_add_evidence(&fixture->batch,
                       (struct evidence){.line_count = 1, .line = row, .raw = str_from_cstring(source->raw)});
}

static void clear(struct fixture *fixture)
{
    batch_clear(&fixture->batch);
    for (int i = 0; i < COLUMN_COUNT_ALL; i++) {
        column_clear(&fixture->columns[i]);
    }
}

static tocsin_status push_all(struct fixture *fixture, struct aggregator *aggregator, const uint32_t *order,
                              uint32_t batch_rows, struct error *err)
{
    uint16_t rows[BATCH_ROWS_MAX];
    struct row_position positions[BATCH_ROWS_MAX];
    const struct column *keys[KEYS] = {&fixture->columns[COLUMN_NAME], &fixture->columns[COLUMN_CODE]};
    const struct column *arguments[AGGREGATES];
    for (int i = 0; i < AGGREGATES; i++) {
        arguments[i] = argument_columns[i] < 0 ? NULL : &fixture->columns[argument_columns[i]];
    }
    tocsin_status status = TOCSIN_OK;
    for (uint32_t at = 0; status == TOCSIN_OK && at < ROWS;) {
        uint32_t count = 0;
        clear(fixture);
        for (; count < batch_rows && at < ROWS; at++, count++) {
            fill_row(fixture, &test_rows[order[at]]);
            rows[count] = (uint16_t)count;
            positions[count] = test_rows[order[at]].position;
        }
        struct aggregate_input input = {keys, arguments, &fixture->batch, rows, count, positions};
        status = fixture->batch.is_failed ? error_memory(err) : aggregator_push(aggregator, &input, err);
    }
    return status;
}

static void print_value(struct answer *answer, const struct column *column, uint32_t row, bool is_count)
{
    if (!column_is_valid(column, row)) {
        answer_add(answer, "null ");
    } else if (column->type == TYPE_STRING) {
        answer_add(answer, "%.*s ", STR_ARG(column_string(column, row)));
    } else if (column->type == TYPE_INT64) {
        answer_add(answer, "%lld ", (long long)column_integer(column, row));
    } else if (is_count) {
        answer_add(answer, "%.0f ", column_double(column, row));
    } else {
        answer_add(answer, "%.9e ", column_double(column, row));
    }
}

static bool is_count(int aggregate)
{
    switch (test_aggregates[aggregate].kind) {
    case AGGREGATE_COUNT_ROWS:
    case AGGREGATE_COUNT:
    case AGGREGATE_UNIQUECOUNT:
    case AGGREGATE_DISTINCTCOUNT:
        return true;
    default:
        return false;
    }
}

static void print_row(struct fixture *fixture, struct answer *answer, uint32_t row)
{
    const struct column *name = &fixture->results[0];
    answer_add(answer, "%.*s %lld: ", STR_ARG(column_is_valid(name, row) ? column_string(name, row) : STR("null")),
               (long long)column_integer(&fixture->results[1], row));
    for (int i = 0; i < AGGREGATES; i++) {
        print_value(answer, &fixture->results[KEYS + i], row, is_count(i));
    }
    const struct batch_row *info = &fixture->batch.rows[row];
    for (uint32_t i = 0; i < info->evidence_count; i++) {
        answer_add(answer, "[%.*s]", STR_ARG(fixture->batch.evidence[info->evidence_first + i].raw));
    }
    answer_add(answer, "+%llu\n", (unsigned long long)info->evidence_more);
    answer->groups++;
}

static void print_rows(struct fixture *fixture, struct answer *answer)
{
    for (uint32_t row = 0; row < fixture->batch.row_count; row++) {
        print_row(fixture, answer, row);
    }
}

static tocsin_status pull_all(struct fixture *fixture, struct aggregator *aggregator, uint32_t batch_rows,
                              struct answer *answer, struct error *err)
{
    struct column *results[KEYS + AGGREGATES];
    for (int i = 0; i < KEYS + AGGREGATES; i++) {
        results[i] = &fixture->results[i];
    }
    tocsin_status status = aggregator_finish(aggregator, err);
    while (status == TOCSIN_OK) {
        clear(fixture);
        status = aggregator_next(aggregator, results, &fixture->batch, batch_rows, err);
        if (status == TOCSIN_OK) {
            print_rows(fixture, answer);
        }
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static tocsin_status run(struct fixture *fixture, size_t bytes_max, const uint32_t *order, uint32_t batch_rows,
                         struct answer *answer, size_t *ret_spills, struct error *err)
{
    struct aggregator_options options = {
        .key_types = key_types,
        .key_count = KEYS,
        .aggregates = test_aggregates,
        .aggregate_count = AGGREGATES,
        .bytes_max = bytes_max,
        .keeps_evidence = true,
        .hash_seed = 42,
    };
    struct aggregator *aggregator = NULL;
    tocsin_status status = aggregator_create(&options, &aggregator, err);
    status = status == TOCSIN_OK ? push_all(fixture, aggregator, order, batch_rows, err) : status;
    status = status == TOCSIN_OK ? pull_all(fixture, aggregator, batch_rows, answer, err) : status;
    if (status == TOCSIN_OK) {
        *ret_spills = aggregator_spill_count(aggregator);
    }
    aggregator_free(aggregator);
    return status;
}

/* ---- groups in any order ---- */

/* All groups that there are now. */
static tocsin_status take_part(void *context, struct error *err)
{
    struct fixture *fixture = context;
    struct column *results[KEYS + AGGREGATES];
    tocsin_status status = TOCSIN_OK;
    fixture->parts++;
    for (int i = 0; i < KEYS + AGGREGATES; i++) {
        results[i] = &fixture->results[i];
    }
    while (status == TOCSIN_OK) {
        clear(fixture);
        status = aggregator_next(fixture->aggregator, results, &fixture->batch, fixture->batch_rows, err);
        for (uint32_t row = 0; status == TOCSIN_OK && row < fixture->batch.row_count; row++) {
            assert_true(fixture->placed_count < ROWS);
            struct placed_group *placed = &fixture->placed[fixture->placed_count++];
            placed->order = fixture->batch.orders[row];
            print_row(fixture, &placed->answer, row);
        }
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static int compare_placed(const void *a, const void *b)
{
    const struct placed_group *x = a;
    const struct placed_group *y = b;
    for (size_t i = 0; i < countof(x->order.parts); i++) {
        if (x->order.parts[i] != y->order.parts[i]) {
            return x->order.parts[i] < y->order.parts[i] ? -1 : 1;
        }
    }
    fail_msg("two groups stand in one place");
    return 0;
}

static void check_any_order(const struct answer *expected, size_t bytes_max, const uint32_t *order, uint32_t batch_rows,
                            uint32_t parts_min)
{
    struct fixture fixture = {.batch_rows = batch_rows};
    struct aggregator_options options = {
        .key_types = key_types,
        .key_count = KEYS,
        .aggregates = test_aggregates,
        .aggregate_count = AGGREGATES,
        .bytes_max = bytes_max,
        .keeps_evidence = true,
        .hash_seed = 42,
        .take_part = take_part,
        .take_context = &fixture,
    };
    struct answer answer = {0};
    fixture.placed = calloc(ROWS, sizeof(*fixture.placed));
    assert_non_null(fixture.placed);
    fixture_open(&fixture);
    assert_int_equal(aggregator_create(&options, &fixture.aggregator, NULL), TOCSIN_OK);
    assert_int_equal(push_all(&fixture, fixture.aggregator, order, batch_rows, NULL), TOCSIN_OK);
    assert_int_equal(aggregator_finish(fixture.aggregator, NULL), TOCSIN_OK);
    assert_int_equal(take_part(&fixture, NULL), TOCSIN_OK);
    assert_true(fixture.parts >= parts_min);
    qsort(fixture.placed, fixture.placed_count, sizeof(*fixture.placed), compare_placed);
    for (uint32_t i = 0; i < fixture.placed_count; i++) {
        answer_add(&answer, "%s", fixture.placed[i].answer.text);
        free(fixture.placed[i].answer.text);
    }
    assert_int_equal(fixture.placed_count, expected->groups);
    assert_string_equal(answer.text, expected->text);
    free(answer.text);
    free(fixture.placed);
    aggregator_free(fixture.aggregator);
    fixture_close(&fixture);
}

static void order_rows(uint32_t *order, uint32_t seed)
{
    for (uint32_t i = 0; i < ROWS; i++) {
        order[i] = i;
    }
    for (uint32_t i = ROWS - 1; seed && i > 0; i--) {
        uint32_t other = next_random(&seed) % (i + 1);
        uint32_t swapped = order[i];
        order[i] = order[other];
        order[other] = swapped;
    }
}

static void check(const struct answer *expected, size_t bytes_max, uint32_t shuffle, uint32_t batch_rows,
                  size_t spills_min)
{
    static uint32_t order[ROWS];
    struct fixture fixture;
    struct answer answer = {0};
    struct error err = {0};
    size_t spills = 0;
    fixture_open(&fixture);
    order_rows(order, shuffle);
    assert_int_equal(run(&fixture, bytes_max, order, batch_rows, &answer, &spills, &err), TOCSIN_OK);
    assert_int_equal(answer.groups, expected->groups);
    assert_string_equal(answer.text, expected->text);
    assert_true(spills >= spills_min);
    free(answer.text);
    fixture_close(&fixture);
}

static void groups_are_as_in_the_model(void **state)
{
    (void)state;
    static const uint32_t names[] = {1, 7, 300, 5000};
    for (size_t i = 0; i < countof(names); i++) {
        make_rows(names[i], 11 + (uint32_t)i);
        struct answer expected = model();
        assert_true(expected.groups >= names[i] / 2);
        check(&expected, 64 * MEBI, 0, BATCH_ROWS_MAX, 0);
        check(&expected, 64 * MEBI, 5, 7, 0);
        free(expected.text);
    }
}

static void spilled_groups_are_the_same(void **state)
{
    (void)state;
    make_rows(900, 3);
    struct answer expected = model();
    check(&expected, 512 * KIBI, 0, BATCH_ROWS_MAX, 3);
    check(&expected, 512 * KIBI, 9, 1, 3);
    check(&expected, 96 * KIBI, 9, 2, 30); /* parts that are parted again */
    check(&expected, 96 * KIBI, 4, BATCH_ROWS_MAX, 3);
    free(expected.text);
}

static void groups_in_any_order_are_the_same(void **state)
{
    (void)state;
    static uint32_t order[ROWS];
    make_rows(900, 3);
    struct answer expected = model();
    order_rows(order, 0);
    check_any_order(&expected, 64 * MEBI, order, BATCH_ROWS_MAX, 1);
    order_rows(order, 9);
    check_any_order(&expected, 64 * MEBI, order, 7, 1);
    check_any_order(&expected, 512 * KIBI, order, BATCH_ROWS_MAX, 16);
    check_any_order(&expected, 96 * KIBI, order, 2, 32); /* parts that are parted again */
    free(expected.text);
}

/* ---- limits and failures ---- */

static void one_group_too_large_is_an_error(void **state)
{
    (void)state;
    static uint32_t order[ROWS];
    make_rows(1, 1);
    for (uint32_t i = 0; i < ROWS; i++) {
        test_rows[i].code = 0;
        (void)snprintf(test_rows[i].text, sizeof(test_rows[i].text), "%u", i);
        test_rows[i].has_text = true;
    }
    struct fixture fixture;
    struct answer answer = {0};
    struct error err = {0};
    size_t spills;
    fixture_open(&fixture);
    order_rows(order, 0);
    assert_int_equal(run(&fixture, 128 * KIBI, order, 100, &answer, &spills, &err), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "UNIQUECOUNT"));
    assert_non_null(strstr(err.hint, "DISTINCTCOUNT"));
    free(answer.text);
    fixture_close(&fixture);
}

static void large_values_name_group_by(void **state)
{
    (void)state;
    static char giant[300 * 1024];
    memset(giant, 'x', sizeof(giant));
    struct fixture fixture;
    fixture_open(&fixture);
    const enum value_type types[] = {TYPE_INT64};
    const struct aggregate_column aggregates[] = {{AGGREGATE_FIRST, TYPE_STRING, TYPE_STRING}};
    struct aggregator_options options = {types, 1, aggregates, 1, 256 * KIBI, false, 1};
    struct aggregator *aggregator = NULL;
    assert_int_equal(aggregator_create(&options, &aggregator, NULL), TOCSIN_OK);
    column_set_integer(&fixture.columns[COLUMN_CODE], 0, 1);
    column_set_string(&fixture.columns[COLUMN_TEXT], 0, (str){giant, sizeof(giant)});
    const struct column *keys[] = {&fixture.columns[COLUMN_CODE]};
    const struct column *arguments[] = {&fixture.columns[COLUMN_TEXT]};
    uint16_t rows[] = {0};
    struct row_position positions[] = {{{1, 1, 1}}};
    struct aggregate_input input = {keys, arguments, NULL, rows, 1, positions};
    struct error err = {0};
    assert_int_equal(aggregator_push(aggregator, &input, &err), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "GROUP BY"));
    aggregator_free(aggregator);
    fixture_close(&fixture);
}

static void without_keys_there_is_one_row(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct aggregator_options options = {NULL, 0, test_aggregates, AGGREGATES, MEBI, true, 1};
    struct aggregator *aggregator = NULL;
    struct column *results[AGGREGATES];
    for (int i = 0; i < AGGREGATES; i++) {
        results[i] = &fixture.results[KEYS + i];
    }
    assert_int_equal(aggregator_create(&options, &aggregator, NULL), TOCSIN_OK);
    assert_int_equal(aggregator_finish(aggregator, NULL), TOCSIN_OK);
    assert_int_equal(aggregator_next(aggregator, results, &fixture.batch, BATCH_ROWS_MAX, NULL), TOCSIN_OK);
    assert_int_equal(fixture.batch.row_count, 1);
    for (int i = 0; i < AGGREGATES; i++) {
        assert_int_equal(column_is_valid(results[i], 0), is_count(i));
        assert_true(!is_count(i) || column_double(results[i], 0) == 0);
    }
    batch_clear(&fixture.batch);
    assert_int_equal(aggregator_next(aggregator, results, &fixture.batch, BATCH_ROWS_MAX, NULL), TOCSIN_END);
    aggregator_free(aggregator);
    fixture_close(&fixture);
}

/* Counts alone, without keys: of runs of rows from everywhere, of rows with gaps and out of order, of a constant. */
static void counts_without_keys_are_those_of_the_rows(void **state)
{
    (void)state;
    const struct aggregate_column counts[] = {{AGGREGATE_COUNT_ROWS, TYPE_NULL, TYPE_DOUBLE},
                                              {AGGREGATE_COUNT, TYPE_INT64, TYPE_DOUBLE},
                                              {AGGREGATE_COUNT, TYPE_STRING, TYPE_DOUBLE}};
    struct aggregator_options options = {NULL, 0, counts, countof(counts), MEBI, false, 1};
    uint32_t seed = 11;
    for (int round = 0; round < 300; round++) {
        struct fixture fixture;
        fixture_open(&fixture);
        struct column *number = &fixture.columns[COLUMN_NUMBER];
        struct column *text = &fixture.columns[COLUMN_TEXT];
        uint32_t density = next_random(&seed) % 5; /* 0: none has a value; 4: all have */
        for (uint32_t row = 0; row < BATCH_ROWS_MAX; row++) {
            if (next_random(&seed) % 4 < density) {
                column_set_integer(number, row, row);
            }
        }
        if (round % 3 > 0) {
            column_set_string(text, 0, STR("x"));
        }
        text->kind = COLUMN_CONSTANT;
        text->row_mask = 0;
        uint16_t rows[BATCH_ROWS_MAX];
        uint32_t first = next_random(&seed) % BATCH_ROWS_MAX;
        uint32_t step = round % 2 ? 1 : 1 + next_random(&seed) % 3;
        uint32_t row_count = 0;
        uint64_t wanted = 0;
        for (uint32_t row = first; row < BATCH_ROWS_MAX && next_random(&seed) % 300 > 0; row += step) {
            rows[row_count++] = (uint16_t)row;
            wanted += column_is_valid(number, row);
        }
        if (round % 5 == 0 && row_count > 1) {
            uint16_t last = rows[row_count - 1];
            rows[row_count - 1] = rows[0];
            rows[0] = last;
        }
        struct aggregator *aggregator = NULL;
        struct column *results[] = {&fixture.results[0 + KEYS], &fixture.results[1 + KEYS], &fixture.results[8 + KEYS]};
        const struct column *arguments[] = {NULL, number, text};
        struct aggregate_input input = {.arguments = arguments, .rows = rows, .row_count = row_count};
        assert_int_equal(aggregator_create(&options, &aggregator, NULL), TOCSIN_OK);
        assert_int_equal(aggregator_push(aggregator, &input, NULL), TOCSIN_OK);
        assert_int_equal(aggregator_push(aggregator, &input, NULL), TOCSIN_OK);
        assert_int_equal(aggregator_finish(aggregator, NULL), TOCSIN_OK);
        assert_int_equal(aggregator_next(aggregator, results, &fixture.batch, BATCH_ROWS_MAX, NULL), TOCSIN_OK);
        assert_true(column_double(results[0], 0) == 2.0 * row_count);
        assert_true(column_double(results[1], 0) == 2.0 * (double)wanted);
        assert_true(column_double(results[2], 0) == (round % 3 > 0 ? 2.0 * row_count : 0));
        aggregator_free(aggregator);
        fixture_close(&fixture);
    }
}

/* Each allocation in turn fails: an error or, where memory was asked for in advance, the right answer. */
static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    static uint32_t order[ROWS];
    make_rows(900, 3);
    order_rows(order, 0);
    struct answer expected = model();
    uint64_t total = UINT64_MAX;
    size_t failures = 0;
    for (uint64_t n = 0; n < total; n += n < 100 ? 1 : n / 20) {
        struct fixture fixture;
        struct answer answer = {0};
        struct error err = {0};
        size_t spills = 0;
        fixture_open(&fixture);
        uint64_t before = memory_statistics_get().allocation_count;
        memory_fail_at(n, 0);
        tocsin_status status = run(&fixture, 128 * KIBI, order, 512, &answer, &spills, &err);
        memory_fail_at(0, 0);
        total = n == 0 ? memory_statistics_get().allocation_count - before : total;
        if (status == TOCSIN_OK) {
            assert_string_equal(answer.text, expected.text);
        } else {
            assert_int_equal(status, TOCSIN_ERROR_MEMORY);
            failures++;
        }
        free(answer.text);
        fixture_close(&fixture);
    }
    assert_true(failures > 100);
    free(expected.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_as_in_the_model),      cmocka_unit_test(spilled_groups_are_the_same),
        cmocka_unit_test(one_group_too_large_is_an_error), cmocka_unit_test(large_values_name_group_by),
        cmocka_unit_test(without_keys_there_is_one_row),   cmocka_unit_test(counts_without_keys_are_those_of_the_rows),
        cmocka_unit_test(lack_of_memory_is_an_error),      cmocka_unit_test(groups_in_any_order_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
