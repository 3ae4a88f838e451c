/* bench_match.c - what looking for many literals in a heap of values costs: gigabytes a second of CPU, with few hits,
 * with a hit in every value, and with a flood of them, for each way to look.
 *
 *     bench_match [SEED]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "match/match_set.h"

enum { VALUES = 100000, VALUE_BYTES_MAX = 256, LITERAL_BYTES = 40, LITERALS_MAX = 20000, REPEATS = 3 };

static uint64_t state = 1;

static uint32_t random_below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % limit;
}

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fill_commands(char *bytes, uint32_t *offsets)
{
    static const char *const words[] = {
        "/usr/bin/",
        "docker ",
        "ps ",
        "-a ",
        "--format ",
        "json ",
        "/var/lib/",
        "containerd ",
        "runc ",
        "state ",
        "--root ",
        "kubelet ",
        "sh -c ",
        "cat /proc/",
        "1234567 ",
        "python3 ",
        "-m ",
        "app.main ",
        "/opt/app/bin/start ",
        "id ",
    };
    uint32_t at = 0;
    for (uint32_t i = 0; i < VALUES; i++) {
        offsets[i] = at;
        for (uint32_t j = 4 + random_below(9); j > 0; j--) {
            const char *word = words[random_below(countof(words))];
            memcpy(bytes + at, word, strlen(word));
            at += (uint32_t)strlen(word);
        }
        bytes[at++] = '\n';
    }
    offsets[VALUES] = at;
}

static void fill_flood(char *bytes, uint32_t *offsets)
{
    for (uint32_t i = 0; i < VALUES; i++) {
        offsets[i] = i * 100;
        memset(bytes + i * 100, 'a', 99);
        bytes[i * 100 + 99] = '\n';
    }
    offsets[VALUES] = VALUES * 100;
}

static void make_literals(struct match_literal *literals, uint32_t count, char (*texts)[LITERAL_BYTES])
{
    static const char *const heads[] = {"--opt-", "/etc/", "curl -", "nc "};
    for (uint32_t i = 0; i < count; i++) {
        int len = snprintf(texts[i], LITERAL_BYTES, "%s%c%c%x", heads[i % 4], (int)('a' + random_below(26)),
                           (int)('a' + random_below(26)), random_below(1u << 20));
        literals[i] = (struct match_literal){str_from(texts[i], (size_t)len), true};
    }
}

static void measure(const char *what, const struct match_literal *literals, uint32_t count,
                    const struct match_heap *heap)
{
    struct match_set *set;
    struct match_scratch *scratch;
    struct error err = {0};
    double started = cpu_seconds();
    if (match_set_compile(literals, count, &set, &err) != TOCSIN_OK ||
        match_scratch_create(set, &scratch, &err) != TOCSIN_OK) {
        fprintf(stderr, "bench_match: %s\n", err.message);
        exit(1);
    }
    double compiled = cpu_seconds() - started;
    double best_hits = 1e9;
    double best_select = 1e9;
    const struct match_hit *hits;
    size_t hit_count = 0;
    static uint64_t bits[(VALUES + 63) / 64];
    for (int i = 0; i < REPEATS; i++) {
        started = cpu_seconds();
        (void)match_set_hits(set, scratch, heap, &hits, &hit_count, &err);
        double seconds = cpu_seconds() - started;
        best_hits = seconds < best_hits ? seconds : best_hits;
        started = cpu_seconds();
        (void)match_set_select(set, scratch, heap, bits, &err);
        seconds = cpu_seconds() - started;
        best_select = seconds < best_select ? seconds : best_select;
    }
    double gigabytes = heap->offsets[heap->count] / 1e9;
    printf("%-10s %-9s %6u %10.1f %8.3f %8.3f %9zu\n", what, match_set_code(set), count, compiled * 1e3,
           gigabytes / best_hits, gigabytes / best_select, hit_count);
    match_scratch_free(scratch);
    match_set_free(set);
}

int main(int argc, char **argv)
{
    static const uint32_t counts[] = {1, 2, 3, 20, 200, 2000, LITERALS_MAX};
    state = argc > 1 ? strtoull(argv[1], NULL, 10) + 1 : 1;
    char *bytes = malloc((size_t)VALUES * VALUE_BYTES_MAX + MATCH_HEAP_PADDING);
    uint32_t *offsets = malloc((VALUES + 1) * sizeof(*offsets));
    struct match_literal *literals = malloc(LITERALS_MAX * sizeof(*literals));
    char(*texts)[LITERAL_BYTES] = malloc(LITERALS_MAX * sizeof(*texts));
    if (!bytes || !offsets || !literals || !texts) {
        return 1;
    }
    struct match_heap heap = {bytes, offsets, VALUES};
    memset(bytes, 0, (size_t)VALUES * VALUE_BYTES_MAX + MATCH_HEAP_PADDING);
    puts("values     code      literals compile ms hits GB/s select GB/s  hits");
    for (enum match_code code = MATCH_BEST; code <= MATCH_AUTOMATON; code++) {
        match_use_code(code);
        fill_commands(bytes, offsets);
        make_literals(literals, LITERALS_MAX, texts);
        for (size_t i = 0; i < countof(counts); i++) {
            measure("rare", literals, counts[i], &heap);
        }
        literals[0].text = STR("docker");
        literals[1].text = STR("kubelet");
        measure("common", literals, 2, &heap);
        measure("common", literals, 20, &heap);
        fill_flood(bytes, offsets);
        for (uint32_t i = 0; i < 20; i++) {
            literals[i].text = str_from("aaaaaaaaaaaaaaaaaaaa", i + 1);
        }
        measure("flood", literals, 2, &heap);
        measure("flood", literals, 20, &heap);
    }
    free(texts);
    free(literals);
    free(offsets);
    free(bytes);
    return 0;
}
