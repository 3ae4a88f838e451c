/* match_check.c - a match set for tests/oracle/match_oracle.py.
 *
 *     match_check best|without_pairs|automaton
 *
 * Reads rounds: lines "L 0|1 HEX" (a literal, with 1 ignoring case) and "V HEX" (a value), then ".". Writes for each
 * value the numbers of the literals that it is a hit for, or "*" for all, then "." and the code that ran. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "match/match_set.h"

enum { LINE_BYTES = 1 << 20, VALUES_MAX = 4096 };

static char line[LINE_BYTES];

static size_t from_hex(const char *hex, char *target)
{
    size_t len = 0;
    unsigned byte;
    while (sscanf(hex + len * 2, "%2x", &byte) == 1) {
        target[len++] = (char)byte;
    }
    return len;
}

static str read_bytes(const char *hex)
{
    char *bytes = malloc(strlen(hex) / 2 + 1);
    assert(bytes);
    return str_from(bytes, from_hex(hex, bytes));
}

struct round {
    struct match_literal *literals;
    uint32_t literal_count;
    char *heap;
    uint32_t *offsets;
    uint32_t value_count;
};

static void add_value(struct round *round, str value)
{
    uint32_t at = round->offsets[round->value_count];
    assert(round->value_count < VALUES_MAX);
    round->heap = realloc(round->heap, at + value.len + 1 + MATCH_HEAP_PADDING);
    assert(round->heap);
    memcpy(round->heap + at, value.data, value.len);
    round->heap[at + value.len] = '\n';
    memset(round->heap + at + value.len + 1, 'a', MATCH_HEAP_PADDING);
    round->offsets[++round->value_count] = (uint32_t)(at + value.len + 1);
}

/* False at the end of the input. */
static bool read_round(struct round *round)
{
    while (fgets(line, sizeof(line), stdin)) {
        if (line[0] == '.') {
            return true;
        }
        if (line[0] == 'V') {
            str value = read_bytes(line + 2);
            add_value(round, value);
            free((char *)value.data);
        } else {
            assert(round->literal_count < LIMIT_MATCH_LITERALS);
            round->literals[round->literal_count++] = (struct match_literal){read_bytes(line + 4), line[2] == '1'};
        }
    }
    return false;
}

static void answer(const struct round *round)
{
    struct match_set *set = NULL;
    struct match_scratch *scratch = NULL;
    const struct match_hit *hits = NULL;
    size_t count = 0;
    struct error err = {0};
    struct match_heap heap = {round->heap, round->offsets, round->value_count};
    uint64_t bits[VALUES_MAX / 64];
    if (match_set_compile(round->literals, round->literal_count, &set, &err) != TOCSIN_OK ||
        match_scratch_create(set, &scratch, &err) != TOCSIN_OK ||
        match_set_select(set, scratch, &heap, bits, &err) != TOCSIN_OK ||
        match_set_hits(set, scratch, &heap, &hits, &count, &err) != TOCSIN_OK) {
        fprintf(stderr, "match_check: %s\n", err.message);
        exit(2);
    }
    size_t at = 0;
    for (uint32_t i = 0; i < round->value_count; i++) {
        bool any = false;
        for (; at < count && hits[at].value == i; at++) {
            any = true;
            if (hits[at].literal == MATCH_EVERY_LITERAL) {
                fputs(" *", stdout);
            } else {
                printf(" %u", hits[at].literal);
            }
        }
        putchar('\n');
        if (any != (bits[i / 64] >> i % 64 & 1)) {
            fprintf(stderr, "match_check: the value %u is selected by one way only\n", i);
            exit(2);
        }
    }
    printf(". %s\n", match_set_code(set));
    fflush(stdout);
    match_scratch_free(scratch);
    match_set_free(set);
}

int main(int argc, char **argv)
{
    const char *code = argc > 1 ? argv[1] : "best";
    match_use_code(strcmp(code, "automaton") == 0       ? MATCH_AUTOMATON
                   : strcmp(code, "without_pairs") == 0 ? MATCH_WITHOUT_PAIRS
                   : strcmp(code, "grams") == 0         ? MATCH_GRAMS
                                                        : MATCH_BEST);
    struct round round = {.literals = calloc(LIMIT_MATCH_LITERALS, sizeof(*round.literals)),
                          .offsets = calloc(VALUES_MAX + 1, sizeof(*round.offsets))};
    assert(round.literals && round.offsets);
    while (read_round(&round)) {
        answer(&round);
        for (uint32_t i = 0; i < round.literal_count; i++) {
            free((char *)round.literals[i].text.data);
        }
        round.literal_count = round.value_count = 0;
    }
    free(round.heap);
    free(round.offsets);
    free(round.literals);
    return 0;
}
