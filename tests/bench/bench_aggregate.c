/* bench_aggregate.c - what GROUP BY costs a row: CPU nanoseconds of the aggregator alone, for some keys and aggregates.
 *
 *     bench_aggregate [ROWS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "column/schema.h"
#include "execute/aggregate.h"

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

struct workload {
    const char *name;
    uint32_t groups;
    bool has_text_key;
    uint32_t aggregate_count;
    struct aggregate_column aggregates[4];
    size_t bytes_max;
    bool has_codes; /* the texts are entries of a dictionary */
};

/* Texts of a dictionary as large as there are groups. */
static str *make_entries(uint32_t count, struct arena *arena)
{
    str *entries = arena_array(arena, str, count);
    for (uint32_t i = 0; entries && i < count; i++) {
        char text[32];
        int len = snprintf(text, sizeof(text), "user-%u@example", i);
        entries[i] = arena_copy(arena, (str){text, (size_t)len});
    }
    return entries;
}

static void measure(const struct workload *workload, uint64_t row_count)
{
    struct arena arena;
    struct column columns[3]; /* text, number, double */
    static const enum value_type types[] = {TYPE_STRING, TYPE_INT64, TYPE_DOUBLE};
    arena_init(&arena, ARENA_NO_LIMIT);
    for (int i = 0; i < 3; i++) {
        if (!column_init(&columns[i], types[i], &arena)) {
            abort();
        }
    }
    static char texts[BATCH_ROWS_MAX][32];
    static uint16_t rows[BATCH_ROWS_MAX];
    static uint32_t codes[BATCH_ROWS_MAX];
    struct column_dictionary dictionary = {.id = 1, .count = workload->groups};
    if (workload->has_codes) {
        dictionary.entries = make_entries(workload->groups, &arena);
        if (!dictionary.entries) {
            abort();
        }
        columns[0].dictionary = &dictionary;
        columns[0].codes = codes;
    }
    static struct row_position positions[BATCH_ROWS_MAX];
    const struct column *key = workload->has_text_key ? &columns[0] : &columns[1];
    struct aggregator_options options = {
        .key_types = &key->type,
        .key_count = 1,
        .aggregates = workload->aggregates,
        .aggregate_count = workload->aggregate_count,
        .bytes_max = workload->bytes_max,
        .hash_seed = 1,
    };
    struct aggregator *aggregator = NULL;
    tocsin_status status = aggregator_create(&options, &aggregator, NULL);
    const struct column *arguments[4];
    for (uint32_t i = 0; i < workload->aggregate_count; i++) {
        enum value_type type = workload->aggregates[i].argument;
        arguments[i] = type == TYPE_STRING ? &columns[0] : type == TYPE_INT64 ? &columns[1] : &columns[2];
    }
    uint64_t seed = 7;
    double seconds = 0;
    uint64_t time = 0;
    for (uint64_t done = 0; status == TOCSIN_OK && done < row_count; done += BATCH_ROWS_MAX) {
        for (uint32_t i = 0; i < BATCH_ROWS_MAX; i++) {
            uint64_t number = next_random(&seed) % workload->groups;
            rows[i] = (uint16_t)i;
            codes[i] = (uint32_t)number;
            if (workload->has_codes) {
                column_set_string(&columns[0], i, dictionary.entries[number]);
            } else {
                int len = snprintf(texts[i], sizeof(texts[i]), "user-%llu@example", (unsigned long long)number);
                column_set_string(&columns[0], i, (str){texts[i], (size_t)len});
            }
            column_set_integer(&columns[1], i, (int64_t)number);
            column_set_double(&columns[2], i, (double)number / 7);
            time++;
            positions[i] = (struct row_position){{UINT64_MAX - time, 1, time}};
        }
        struct aggregate_input input = {&key, arguments, NULL, rows, BATCH_ROWS_MAX, positions};
        double start = cpu_seconds();
        status = aggregator_push(aggregator, &input, NULL);
        seconds += cpu_seconds() - start;
    }
    double start = cpu_seconds();
    status = status == TOCSIN_OK ? aggregator_finish(aggregator, NULL) : status;
    double finish = cpu_seconds() - start;
    printf("%-44s %7.1f ns a row, finish %6.1f ms, %zu times to disk%s\n", workload->name,
           seconds * 1e9 / (double)row_count, finish * 1e3, aggregator_spill_count(aggregator),
           status == TOCSIN_OK ? "" : " FAILED");
    aggregator_free(aggregator);
    arena_release(&arena);
}

int main(int argc, char **argv)
{
    uint64_t row_count = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    static const struct aggregate_column count = {AGGREGATE_COUNT_ROWS, TYPE_NULL, TYPE_DOUBLE};
    const struct workload workloads[] = {
        {"100 texts, COUNT(*)", 100, true, 1, {count}, 1024 * MEBI},
        {"10,000 texts, COUNT(*)", 10000, true, 1, {count}, 1024 * MEBI},
        {"1,000,000 texts, COUNT(*)", 1000000, true, 1, {count}, 1024 * MEBI},
        {"1,000,000 texts, COUNT(*), 48 MiB", 1000000, true, 1, {count}, 48 * MEBI},
        {"100 texts with codes, COUNT(*)", 100, true, 1, {count}, 1024 * MEBI, true},
        {"10,000 texts with codes, COUNT(*)", 10000, true, 1, {count}, 1024 * MEBI, true},
        {"1,000,000 texts with codes, COUNT(*)", 1000000, true, 1, {count}, 1024 * MEBI, true},
        {"10,000 numbers, COUNT(*), SUM",
         10000,
         false,
         2,
         {count, {AGGREGATE_SUM, TYPE_INT64, TYPE_DOUBLE}},
         1024 * MEBI},
        {"10,000 numbers, AVG, STDEV of doubles",
         10000,
         false,
         2,
         {{AGGREGATE_AVG, TYPE_DOUBLE, TYPE_DOUBLE}, {AGGREGATE_STDEV, TYPE_DOUBLE, TYPE_DOUBLE}},
         1024 * MEBI},
        {"100 numbers, FIRST of a text", 100, false, 1, {{AGGREGATE_FIRST, TYPE_STRING, TYPE_STRING}}, 1024 * MEBI},
        {"10,000 numbers, FIRST of a text",
         10000,
         false,
         1,
         {{AGGREGATE_FIRST, TYPE_STRING, TYPE_STRING}},
         1024 * MEBI},
        {"100 numbers, UNIQUECOUNT of texts",
         100,
         false,
         1,
         {{AGGREGATE_UNIQUECOUNT, TYPE_STRING, TYPE_DOUBLE}},
         1024 * MEBI},
        {"100 numbers, DISTINCTCOUNT of texts",
         100,
         false,
         1,
         {{AGGREGATE_DISTINCTCOUNT, TYPE_STRING, TYPE_DOUBLE}},
         1024 * MEBI},
    };
    for (size_t i = 0; i < countof(workloads); i++) {
        measure(&workloads[i], row_count);
    }
    return 0;
}
