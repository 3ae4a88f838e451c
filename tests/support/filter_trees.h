/* filter_trees.h - random filters for tests of the event store's scans, and what they mean, worked out row by row. */
#ifndef SUPPORT_FILTER_TREES_H
#define SUPPORT_FILTER_TREES_H

#include <stdlib.h>

#include "column/batch.h"
#include "column/stream.h"

static inline uint64_t tree_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static inline uint32_t tree_below(uint64_t *seed, uint32_t bound)
{
    return (uint32_t)(tree_random(seed) % bound);
}

/* What a value has to be. `needles`: it holds one of them; `odd`: of those that are left half are taken, by a hash;
 * `high`: bytes outside ASCII are as good as a needle whose case does not matter. */
struct tree_meaning {
    bool has_range, is_odd, has_needles;
    int64_t least, greatest;
    struct scan_literal literals[6];
    uint32_t literal_count;
    char texts[6][16];
};

struct tree {
    struct scan_filter filter;
    struct tree_meaning meaning;
    const struct scan_filter *pointers[4];
    struct tree *parts[4];
};

static inline bool tree_same_letters(const char *a, const char *b, size_t length, bool ignores_case)
{
    for (size_t i = 0; i < length; i++) {
        if (ignores_case ? ascii_lower(a[i]) != ascii_lower(b[i]) : a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

static inline bool tree_holds(const struct scan_literal *literal, str value)
{
    for (size_t i = 0; literal->ignores_case && i < value.len; i++) {
        if ((unsigned char)value.data[i] >= 0x80) {
            return true;
        }
    }
    if (literal->is_whole && value.len != literal->text.len) {
        return false;
    }
    for (size_t at = 0; at + literal->text.len <= value.len; at++) {
        if (tree_same_letters(value.data + at, literal->text.data, literal->text.len, literal->ignores_case)) {
            return true;
        }
    }
    return false;
}

static inline bool tree_value_meets(const struct tree_meaning *meaning, const struct column *column, uint32_t row)
{
    uint64_t hash = 0;
    str text;
    switch (column->type) {
    case TYPE_BOOL:
    case TYPE_INT64: {
        int64_t number = column->type == TYPE_BOOL ? column_bool(column, row) : column_integer(column, row);
        if (meaning->has_range && (number < meaning->least || number > meaning->greatest)) {
            return false;
        }
        hash = (uint64_t)number * 0x9E3779B97F4A7C15u >> 40;
        break;
    }
    case TYPE_DOUBLE: {
        double number = column_double(column, row);
        memcpy(&hash, &number, sizeof(hash));
        hash = hash * 0x9E3779B97F4A7C15u >> 40;
        break;
    }
    case TYPE_IP:
        for (int i = 0; i < 16; i++) {
            hash = hash * 31 + column_ip(column, row)->bytes[i];
        }
        break;
    default:
        text = column_string(column, row);
        if (meaning->has_needles) {
            bool holds = false;
            for (uint32_t i = 0; i < meaning->literal_count; i++) {
                holds |= tree_holds(&meaning->literals[i], text);
            }
            if (!holds) {
                return false;
            }
        }
        hash = str_hash(text, 7);
    }
    return !meaning->is_odd || hash % 2 == 1;
}

static inline tocsin_status tree_select(void *context, struct column *values, const uint16_t *rows,
                                        uint32_t row_count, uint16_t *ret_rows, uint32_t *ret_count, struct error *err)
{
    const struct tree_meaning *meaning = context;
    uint32_t count = 0;
    (void)err;
    if (values->kind != COLUMN_FLAT || row_count == 0 || row_count > BATCH_ROWS_MAX) {
        abort();
    }
    for (uint32_t i = 0; i < row_count; i++) {
        if (!column_is_valid(values, rows[i])) {
            abort();
        }
        if (tree_value_meets(meaning, values, rows[i])) {
            ret_rows[count++] = rows[i];
        }
    }
    *ret_count = count;
    return TOCSIN_OK;
}

/* What the whole filter says of a row of a finished batch. */
static inline bool tree_meets(const struct tree *tree, struct batch *batch, uint32_t row)
{
    if (tree->filter.kind == SCAN_TEST) {
        const struct column *column = batch_column(batch, tree->filter.test.field);
        return column_is_valid(column, row) ? tree_value_meets(&tree->meaning, column, row)
                                            : tree->filter.test.meets_null;
    }
    bool is_and = tree->filter.kind == SCAN_AND;
    for (uint32_t i = 0; i < tree->filter.part_count; i++) {
        if (tree_meets(tree->parts[i], batch, row) != is_and) {
            return !is_and;
        }
    }
    return is_and;
}

static inline void tree_free(struct tree *tree)
{
    for (uint32_t i = 0; i < tree->filter.part_count; i++) {
        tree_free(tree->parts[i]);
    }
    free(tree);
}

static inline void tree_text_meaning(struct tree *tree, uint64_t *seed, const str *words, uint32_t word_count)
{
    struct tree_meaning *meaning = &tree->meaning;
    meaning->has_needles = tree_below(seed, 5) > 0;
    meaning->literal_count = meaning->has_needles ? 1 + tree_below(seed, tree_below(seed, 4) ? 2 : 6) : 0;
    for (uint32_t i = 0; i < meaning->literal_count; i++) {
        str word = words[tree_below(seed, word_count)];
        size_t length = word.len < sizeof(meaning->texts[i]) ? word.len : sizeof(meaning->texts[i]);
        memcpy(meaning->texts[i], word.data, length);
        meaning->literals[i] = (struct scan_literal){.text = {meaning->texts[i], length},
                                                     .ignores_case = tree_below(seed, 2) == 0,
                                                     .is_whole = tree_below(seed, 8) == 0};
    }
    tree->filter.test.literals = meaning->literals;
    /* A source that is told of no literals has to ask every value. */
    tree->filter.test.literal_count = tree_below(seed, 6) ? meaning->literal_count : 0;
}

/* A test on one of the fields. Integers lie around numbers[..]. */
static inline void tree_make_test(struct tree *tree, uint64_t *seed, const struct schema *schema,
                                  const field_id *fields, uint32_t field_count, const str *words, uint32_t word_count,
                                  const int64_t *numbers, uint32_t number_count)
{
    struct scan_test *test = &tree->filter.test;
    tree->filter.kind = SCAN_TEST;
    test->field = fields[tree_below(seed, field_count)];
    test->meets_null = tree_below(seed, 4) == 0;
    test->select = tree_select;
    test->context = &tree->meaning;
    tree->meaning.is_odd = tree_below(seed, 3) == 0;
    enum value_type type = schema_field(schema, test->field)->type;
    if (type == TYPE_STRING || type == TYPE_BYTES) {
        tree_text_meaning(tree, seed, words, word_count);
    } else if (type == TYPE_INT64 || type == TYPE_BOOL) {
        int64_t a = type == TYPE_BOOL ? tree_below(seed, 2) : numbers[tree_below(seed, number_count)];
        int64_t b = type == TYPE_BOOL ? tree_below(seed, 2) : numbers[tree_below(seed, number_count)];
        tree->meaning.has_range = tree_below(seed, 4) > 0;
        tree->meaning.least = a < b ? a : b;
        tree->meaning.greatest = a < b ? b : a;
        test->has_range = tree->meaning.has_range && tree_below(seed, 5) > 0;
        test->is_range = test->has_range && !tree->meaning.is_odd && tree_below(seed, 2) == 0;
        test->least = tree->meaning.least;
        test->greatest = tree->meaning.greatest;
    }
}

static inline struct tree *tree_make(uint64_t *seed, const struct schema *schema, const field_id *fields,
                                     uint32_t field_count, const str *words, uint32_t word_count,
                                     const int64_t *numbers, uint32_t number_count, int depth)
{
    struct tree *tree = calloc(1, sizeof(*tree));
    if (!tree) {
        abort();
    }
    if (depth == 0 || tree_below(seed, 3) == 0) {
        tree_make_test(tree, seed, schema, fields, field_count, words, word_count, numbers, number_count);
        return tree;
    }
    tree->filter.kind = tree_below(seed, 2) ? SCAN_AND : SCAN_OR;
    tree->filter.part_count = 1 + tree_below(seed, 4);
    tree->filter.parts = tree->pointers;
    for (uint32_t i = 0; i < tree->filter.part_count; i++) {
        tree->parts[i] = tree_make(seed, schema, fields, field_count, words, word_count, numbers, number_count,
                                   depth - 1);
        tree->pointers[i] = &tree->parts[i]->filter;
    }
    return tree;
}

#endif
