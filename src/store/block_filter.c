#include "store/block_filter.h"

#include <assert.h>

#include "store/row_bits.h"
#include "store/segment_bloom.h"
#include "store/segment_slices.h"
#include "store/value_test.h"

/* Integers of a block that lie so close are asked once each. */
enum { SMALL_RANGE = 65536 };
/* With fewer rows than one of so many, values are looked up one by one. */
enum { FEW_ROWS = 32 };

/* What a part costs, the cheapest first. */
enum node_cost { COST_NOTHING, COST_CONSTANT, COST_SMALL, COST_INTEGERS, COST_ENTRIES, COST_TEXTS, COSTS };

struct filter_node {
    const struct scan_filter *filter;
    enum filter_verdict verdict; /* of the block, as the directory has it */
    enum node_cost cost;
    /* SCAN_AND, SCAN_OR */
    struct filter_node *parts;
    uint32_t *order; /* of parts, by cost */
    uint64_t *met;   /* SCAN_OR: rows that a part wants, */
    uint64_t *asked; /* and what the next part is asked */
    /* SCAN_TEST */
    const struct field *field;
    struct value_test *test;
    bool meets_null;
    struct column_cursor *cursor;
    /* what is known of values in this segment: entries by code, integers by their difference to `base` */
    bool has_base;
    uint32_t blooms_in_vain; /* filters in a row that ruled nothing out */
    const struct segment_slices *slices; /* that were asked last; NULL: none */
    uint64_t slices_hold;                /* blocks of them that may hold a literal */
    int64_t base;
    uint64_t *tested;
    uint64_t *good;
    uint64_t *wanted;   /* of entries that are to be asked next */
    uint32_t bit_count; /* room; a multiple of 64 */
};

struct block_filter {
    struct arena arena;
    struct filter_node root;
    uint32_t row_count;
    uint64_t *values; /* a bit a value */
    uint64_t *kept;
    uint64_t *selected; /* a bit a row */
    uint64_t *local;    /* a bit a text of a chunk */
    uint32_t local_words;
    int64_t numbers[BATCH_ROWS_MAX];
    uint16_t rows[BATCH_ROWS_MAX];
    bool answers[BATCH_ROWS_MAX];
};

/* ---- life ---- */

static uint64_t *row_set(struct block_filter *filter)
{
    return arena_array(&filter->arena, uint64_t, ROW_WORDS + 1);
}

static tocsin_status build_test(struct filter_node *node, const struct schema *schema, const struct filter_node *twin,
                                struct error *err)
{
    const struct scan_test *test = &node->filter->test;
    node->field = schema_field(schema, test->field);
    tocsin_status status = value_test_create(test, node->field, twin ? twin->test : NULL, &node->test, err);
    return status == TOCSIN_OK ? value_test_null(node->test, &node->meets_null, err) : status;
}

static tocsin_status build_node(struct block_filter *filter, struct filter_node *node, const struct scan_filter *asked,
                                const struct schema *schema, const struct filter_node *twin, struct error *err)
{
    node->filter = asked;
    if (asked->kind == SCAN_TEST) {
        return build_test(node, schema, twin, err);
    }
    node->parts = arena_array(&filter->arena, struct filter_node, asked->part_count);
    node->order = arena_array(&filter->arena, uint32_t, asked->part_count);
    if (asked->kind == SCAN_OR) {
        node->met = row_set(filter);
        node->asked = row_set(filter);
    }
    if (!node->parts || !node->order || (asked->kind == SCAN_OR && (!node->met || !node->asked))) {
        return error_memory(err);
    }
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < asked->part_count; i++) {
        status = build_node(filter, &node->parts[i], asked->parts[i], schema, twin ? &twin->parts[i] : NULL, err);
    }
    return status;
}

tocsin_status block_filter_create(const struct scan_filter *asked, const struct schema *schema,
                                  const struct block_filter *twin, struct block_filter **ret_filter, struct error *err)
{
    struct block_filter *filter = memory_allocate_zeroed(1, sizeof(*filter));
    if (!filter) {
        return error_memory(err);
    }
    arena_init(&filter->arena, ARENA_NO_LIMIT);
    filter->values = row_set(filter);
    filter->kept = row_set(filter);
    filter->selected = row_set(filter);
    tocsin_status status = filter->values && filter->kept && filter->selected ? TOCSIN_OK : error_memory(err);
    if (status == TOCSIN_OK) {
        status = build_node(filter, &filter->root, asked, schema, twin ? &twin->root : NULL, err);
    }
    if (status != TOCSIN_OK) {
        block_filter_free(filter);
        return status;
    }
    *ret_filter = filter;
    return TOCSIN_OK;
}

static void release_node(struct filter_node *node)
{
    for (uint32_t i = 0; node->parts && i < node->filter->part_count; i++) {
        release_node(&node->parts[i]);
    }
    value_test_free(node->test);
    memory_free(node->tested);
    memory_free(node->good);
    memory_free(node->wanted);
}

void block_filter_free(struct block_filter *filter)
{
    if (filter) {
        release_node(&filter->root);
        memory_free(filter->local);
        arena_release(&filter->arena);
        memory_free(filter);
    }
}

static void forget(struct filter_node *node)
{
    if (node->bit_count > 0) {
        memset(node->tested, 0, node->bit_count / 8);
        memset(node->good, 0, node->bit_count / 8);
        memset(node->wanted, 0, node->bit_count / 8);
    }
}

static void begin_node(struct filter_node *node, cursor_of_field *cursor_of, void *context)
{
    if (node->filter->kind == SCAN_TEST) {
        node->cursor = cursor_of(context, node->filter->test.field);
        node->has_base = false;
        node->slices = NULL;
        forget(node);
        return;
    }
    for (uint32_t i = 0; i < node->filter->part_count; i++) {
        begin_node(&node->parts[i], cursor_of, context);
    }
}

void block_filter_begin_segment(struct block_filter *filter, cursor_of_field *cursor_of, void *context)
{
    begin_node(&filter->root, cursor_of, context);
}

static struct store_scan_statistics *statistics_of(const struct filter_node *node)
{
    return &node->cursor->budget->statistics;
}

/* ---- what the directory says ---- */

/* Distance of the greatest from the least. */
static uint64_t range_of(const struct segment_column *column)
{
    return (uint64_t)column->greatest - (uint64_t)column->least;
}

static bool is_small(const struct segment_column *column)
{
    return column->type != SEGMENT_DOUBLE && range_of(column) < SMALL_RANGE &&
           range_of(column) <= (uint64_t)column->value_count * 2;
}

static enum node_cost cost_of(const struct column_cursor *cursor)
{
    switch (cursor->column->encoding) {
    case ENCODING_INTEGERS:
        return column_cursor_is_constant(cursor) ? COST_CONSTANT
               : is_small(cursor->column)        ? COST_SMALL
                                                 : COST_INTEGERS;
    case ENCODING_DICTIONARY:
        return COST_ENTRIES;
    default:
        return COST_TEXTS;
    }
}

/* What the rows with a value and those without make together. */
static enum filter_verdict verdict_of(const struct filter_node *node, enum filter_verdict values)
{
    bool has_nulls = node->cursor->column->presence != PRESENCE_ALL;
    enum filter_verdict nulls = node->meets_null ? FILTER_ALL : FILTER_NONE;
    return !has_nulls || values == nulls ? values : FILTER_SOME;
}

/* That the block itself brings. */
static uint64_t bytes_of_texts(const struct segment_column *column)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < column->chunk_count; i++) {
        const struct segment_chunk *chunk = &column->chunks[i];
        bytes += chunk->role == ROLE_VALUES || chunk->role == ROLE_ENTRIES ? chunk->raw_bytes : 0;
    }
    return bytes;
}

/* Whether there are texts that were not asked yet, and so many that a Bloom filter is worth reading: less and less so
 * where those before ruled nothing out. */
static bool has_much_to_read(const struct filter_node *node, const struct segment_chunk *bloom)
{
    enum { WORTH = 4 };
    uint64_t worth = node->blooms_in_vain > WORTH ? WORTH : node->blooms_in_vain + 1;
    const struct segment_column *column = node->cursor->column;
    if (column->encoding == ENCODING_DICTIONARY && column->greatest < node->bit_count &&
        bits_all(node->tested, (uint32_t)column->least, (uint32_t)column->greatest + 1)) {
        return false;
    }
    return bytes_of_texts(column) > bloom->stored_bytes * worth;
}

/* Room for so many bits; what is known stays. */
static tocsin_status reserve_bits(struct filter_node *node, uint32_t count, struct error *err)
{
    if (count <= node->bit_count) {
        return TOCSIN_OK;
    }
    uint32_t wanted = (count > node->bit_count * 2 ? count : node->bit_count * 2) / 64 * 64 + 64;
    uint64_t *tested = memory_resize(node->tested, wanted / 8);
    node->tested = tested ? tested : node->tested;
    uint64_t *good = tested ? memory_resize(node->good, wanted / 8) : NULL;
    node->good = good ? good : node->good;
    uint64_t *asked = good ? memory_resize(node->wanted, wanted / 8) : NULL;
    node->wanted = asked ? asked : node->wanted;
    if (!asked) {
        return error_memory(err);
    }
    memset((char *)tested + node->bit_count / 8, 0, (wanted - node->bit_count) / 8);
    memset((char *)good + node->bit_count / 8, 0, (wanted - node->bit_count) / 8);
    memset((char *)asked + node->bit_count / 8, 0, (wanted - node->bit_count) / 8);
    node->bit_count = wanted;
    return TOCSIN_OK;
}

/* Entries that the block brings are in its filter: they are asked with it, so that later blocks need not read them. */
static tocsin_status rule_out_entries(struct filter_node *node, struct error *err)
{
    const struct segment_column *column = node->cursor->column;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < column->chunk_count; i++) {
        const struct segment_chunk *chunk = &column->chunks[i];
        if (chunk->role != ROLE_ENTRIES) {
            continue;
        }
        status = reserve_bits(node, chunk->first + chunk->count, err);
        if (status == TOCSIN_OK) {
            bits_add_range(node->tested, chunk->first, chunk->first + chunk->count); /* and not good */
        }
    }
    return status;
}

/* The slices that have the block's filter are asked once for all of their blocks. False: none has it, or it is not
 * worth it. */
static tocsin_status ask_slices(struct filter_node *node, bool *ret_is_asked, bool *ret_is_ruled_out, struct error *err)
{
    enum { PIECES = 4 }; /* that are read, as a rule */
    const struct scan_test *test = &node->filter->test;
    struct column_cursor *cursor = node->cursor;
    const struct segment_slices *slices = segment_slices_find(cursor->map, cursor->column, cursor->block);
    tocsin_status status = TOCSIN_OK;
    *ret_is_asked = false;
    if (!slices) {
        return TOCSIN_OK;
    }
    if (slices != node->slices) {
        if (bytes_of_texts(cursor->column) * slices->block_count < PIECES * SLICES_PIECE_BYTES) {
            return TOCSIN_OK;
        }
        status = segment_slices_ask(cursor->file, slices, test->literals, test->literal_count, cursor->stored,
                                    statistics_of(node), &node->slices_hold, err);
        node->slices = status == TOCSIN_OK ? slices : NULL;
    }
    *ret_is_asked = status == TOCSIN_OK;
    *ret_is_ruled_out = *ret_is_asked && (node->slices_hold >> (cursor->block - slices->first_block) & 1) == 0;
    return status;
}

/* No value of the block holds any of the literals. */
static tocsin_status ask_bloom(struct filter_node *node, bool *ret_is_ruled_out, struct error *err)
{
    const struct scan_test *test = &node->filter->test;
    struct column_cursor *cursor = node->cursor;
    const struct segment_chunk *chunk = segment_column_bloom(cursor->column);
    struct segment_bloom bloom;
    bool is_asked;
    *ret_is_ruled_out = false;
    if (test->literal_count == 0 || !chunk) {
        return TOCSIN_OK;
    }
    tocsin_status status = ask_slices(node, &is_asked, ret_is_ruled_out, err);
    if (status != TOCSIN_OK || is_asked) {
        return *ret_is_ruled_out ? rule_out_entries(node, err) : status;
    }
    if (!has_much_to_read(node, chunk)) {
        return TOCSIN_OK;
    }
    cursor->budget->statistics.chunks_read++;
    cursor->budget->statistics.bytes_read += chunk->stored_bytes;
    status = segment_bloom_read(cursor->file, cursor->column, cursor->stored, &bloom, err);
    *ret_is_ruled_out = status == TOCSIN_OK;
    for (uint32_t i = 0; *ret_is_ruled_out && i < test->literal_count; i++) {
        *ret_is_ruled_out = !segment_bloom_may_hold(&bloom, &test->literals[i]);
    }
    node->blooms_in_vain = *ret_is_ruled_out ? 0 : node->blooms_in_vain + 1;
    return *ret_is_ruled_out ? rule_out_entries(node, err) : status;
}

static void judge_test(struct filter_node *node)
{
    const struct scan_test *test = &node->filter->test;
    const struct segment_column *column = node->cursor->column;
    node->cost = COST_NOTHING;
    if (!column) {
        node->verdict = node->meets_null ? FILTER_ALL : FILTER_NONE;
        return;
    }
    enum filter_verdict values = FILTER_SOME;
    if (test->has_range && (column->type == SEGMENT_INTEGER || column->type == SEGMENT_BOOL)) {
        if (column->greatest < test->least || column->least > test->greatest) {
            values = FILTER_NONE;
        } else if (test->is_range && column->least >= test->least && column->greatest <= test->greatest) {
            values = FILTER_ALL;
        }
    }
    node->verdict = verdict_of(node, values);
    if (node->verdict == FILTER_SOME) {
        node->cost = cost_of(node->cursor);
    }
}

static void order_parts(struct filter_node *node)
{
    uint32_t count = node->filter->part_count;
    uint32_t placed = 0;
    for (enum node_cost cost = COST_NOTHING; cost < COSTS && placed < count; cost++) {
        for (uint32_t i = 0; i < count; i++) {
            if (node->parts[i].cost == cost) {
                node->order[placed++] = i;
            }
        }
    }
}

static tocsin_status judge_node(struct filter_node *node, bool reads_blooms, struct error *err)
{
    bool is_and = node->filter->kind == SCAN_AND;
    enum filter_verdict decisive = is_and ? FILTER_NONE : FILTER_ALL;
    tocsin_status status = TOCSIN_OK;
    if (node->filter->kind == SCAN_TEST) {
        bool is_ruled_out = false;
        judge_test(node);
        if (reads_blooms && node->verdict == FILTER_SOME) {
            status = ask_bloom(node, &is_ruled_out, err);
            node->verdict = is_ruled_out ? verdict_of(node, FILTER_NONE) : node->verdict;
        }
        return status;
    }
    node->verdict = is_and ? FILTER_ALL : FILTER_NONE;
    node->cost = COST_NOTHING;
    for (uint32_t i = 0; status == TOCSIN_OK && i < node->filter->part_count && node->verdict != decisive; i++) {
        struct filter_node *part = &node->parts[i];
        status = judge_node(part, reads_blooms, err);
        if (part->verdict == decisive) {
            node->verdict = decisive;
            node->cost = COST_NOTHING;
        } else if (part->verdict == FILTER_SOME) {
            node->verdict = FILTER_SOME;
            node->cost = part->cost > node->cost ? part->cost : node->cost;
        }
    }
    if (node->verdict == FILTER_SOME) {
        order_parts(node);
    }
    return status;
}

tocsin_status block_filter_judge(struct block_filter *filter, bool reads_blooms, enum filter_verdict *ret_verdict,
                                 struct error *err)
{
    tocsin_status status = judge_node(&filter->root, reads_blooms, err);
    *ret_verdict = filter->root.verdict;
    return status;
}

/* ---- values and rows ---- */

static bool are_few(const struct block_filter *filter, const uint64_t *rows)
{
    return bits_count(rows, filter->row_count) < filter->row_count / FEW_ROWS;
}

/* All values are alike: of the rows asked, those with a value, and those without, are wanted or not. */
static void keep_alike(const struct block_filter *filter, const struct filter_node *node, bool keeps_values,
                       uint64_t *rows)
{
    const uint64_t *present = node->cursor->present;
    for (uint32_t word = 0; word < bits_words(filter->row_count); word++) {
        uint64_t values = present ? present[word] : UINT64_MAX;
        rows[word] &= (keeps_values ? values : 0) | (node->meets_null ? ~values : 0);
    }
}

/* filter->values says which values are wanted. */
static void keep_values(const struct block_filter *filter, const struct filter_node *node, uint64_t *rows)
{
    const uint64_t *present = node->cursor->present;
    const uint64_t *selected = filter->values;
    if (present) {
        bits_spread(filter->values, present, filter->row_count, filter->selected);
        selected = filter->selected;
    }
    for (uint32_t word = 0; word < bits_words(filter->row_count); word++) {
        uint64_t nulls = present && node->meets_null ? ~present[word] : 0;
        rows[word] &= selected[word] | nulls;
    }
}

/* Goes over the rows one by one. */
typedef bool good_number(const struct filter_node *node, uint64_t number);

static void keep_few(const struct block_filter *filter, const struct filter_node *node, good_number *is_good,
                     uint64_t *rows)
{
    const struct column_cursor *cursor = node->cursor;
    for (uint32_t word = 0; word < bits_words(filter->row_count); word++) {
        for (uint64_t left = rows[word]; left; left &= left - 1) {
            uint32_t row = word * 64 + (uint32_t)__builtin_ctzll(left);
            bool keeps = node->meets_null;
            if (column_cursor_has_value(cursor, row)) {
                keeps = is_good(node, (uint64_t)column_cursor_integer(cursor, column_cursor_rank(cursor, row)));
            }
            rows[word] &= keeps ? UINT64_MAX : ~(left & -left);
        }
    }
}

/* ---- integers of few different values ---- */

/* Bits from `base` on for the block's values, each asked once a segment. */
static tocsin_status test_small(struct block_filter *filter, struct filter_node *node, struct error *err)
{
    const struct segment_column *column = node->cursor->column;
    uint64_t from = (uint64_t)column->least - (uint64_t)node->base;
    if (!node->has_base || column->least < node->base || from + range_of(column) >= SMALL_RANGE) {
        forget(node);
        node->has_base = true;
        node->base = column->least;
        from = 0;
    }
    tocsin_status status = reserve_bits(node, (uint32_t)(from + range_of(column)) + 1, err);
    uint64_t end = from + range_of(column) + 1;
    for (uint64_t at = from; status == TOCSIN_OK && at < end;) {
        uint32_t count = 0;
        for (; at < end && count < BATCH_ROWS_MAX; at++) {
            if (!bits_has(node->tested, (uint32_t)at)) {
                filter->numbers[count++] = (int64_t)((uint64_t)node->base + at);
            }
        }
        status = value_test_integers(node->test, filter->numbers, count, filter->answers, statistics_of(node), err);
        for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
            uint32_t bit = (uint32_t)((uint64_t)filter->numbers[i] - (uint64_t)node->base);
            bits_add(node->tested, bit);
            if (filter->answers[i]) {
                bits_add(node->good, bit);
            }
        }
    }
    return status;
}

static bool is_good_small(const struct filter_node *node, uint64_t number)
{
    uint64_t bit = number - (uint64_t)node->base;
    return bit < node->bit_count && bits_has(node->good, (uint32_t)bit);
}

static tocsin_status select_small(struct block_filter *filter, struct filter_node *node, uint64_t *rows,
                                  struct error *err)
{
    const struct segment_column *column = node->cursor->column;
    tocsin_status status = test_small(filter, node, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    uint32_t first = (uint32_t)((uint64_t)column->least - (uint64_t)node->base);
    uint32_t end = first + (uint32_t)range_of(column) + 1;
    bool is_any = bits_any(node->good, first, end);
    if (!is_any || bits_all(node->good, first, end)) {
        keep_alike(filter, node, is_any, rows);
        return TOCSIN_OK;
    }
    status = column_cursor_open(node->cursor, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (are_few(filter, rows)) {
        keep_few(filter, node, is_good_small, rows);
        return TOCSIN_OK;
    }
    bits_of_numbers(&node->cursor->integers, (uint64_t)node->base, node->good, end, filter->values);
    keep_values(filter, node, rows);
    return TOCSIN_OK;
}

/* ---- other integers ---- */

/* Takes out the rows collected whose numbers are not wanted. */
static tocsin_status ask_numbers(struct block_filter *filter, struct filter_node *node, uint32_t count, uint64_t *rows,
                                 struct error *err)
{
    tocsin_status status =
        value_test_integers(node->test, filter->numbers, count, filter->answers, statistics_of(node), err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        if (!filter->answers[i]) {
            rows[filter->rows[i] / 64] &= ~(UINT64_C(1) << filter->rows[i] % 64);
        }
    }
    return status;
}

static tocsin_status select_integers(struct block_filter *filter, struct filter_node *node, uint64_t *rows,
                                     struct error *err)
{
    const struct scan_test *test = &node->filter->test;
    const struct column_cursor *cursor = node->cursor;
    bool has_range = test->has_range && cursor->column->type != SEGMENT_DOUBLE;
    uint32_t count = 0;
    tocsin_status status = column_cursor_open(node->cursor, err);
    for (uint32_t word = 0; status == TOCSIN_OK && word < bits_words(filter->row_count); word++) {
        for (uint64_t left = rows[word]; status == TOCSIN_OK && left; left &= left - 1) {
            uint32_t row = word * 64 + (uint32_t)__builtin_ctzll(left);
            bool keeps = node->meets_null;
            if (column_cursor_has_value(cursor, row)) {
                int64_t number = column_cursor_integer(cursor, column_cursor_rank(cursor, row));
                keeps = !has_range || (number >= test->least && number <= test->greatest);
                if (keeps && !(has_range && test->is_range)) {
                    filter->numbers[count] = number;
                    filter->rows[count++] = (uint16_t)row;
                }
            }
            rows[word] &= keeps ? UINT64_MAX : ~(left & -left);
            if (count == BATCH_ROWS_MAX) {
                status = ask_numbers(filter, node, count, rows, err);
                count = 0;
            }
        }
    }
    return status == TOCSIN_OK ? ask_numbers(filter, node, count, rows, err) : status;
}

/* ---- dictionaries ---- */

static tocsin_status reserve_local(struct block_filter *filter, uint32_t count, struct error *err)
{
    if (bits_words(count) <= filter->local_words) {
        return TOCSIN_OK;
    }
    memory_free(filter->local);
    filter->local_words = 0;
    filter->local = memory_allocate(bits_words(count) * sizeof(*filter->local));
    if (!filter->local) {
        return error_memory(err);
    }
    filter->local_words = bits_words(count);
    return TOCSIN_OK;
}

/* The entries of a chunk that are to be asked. What is lost counts as good. */
static tocsin_status test_chunk(struct block_filter *filter, struct filter_node *node, uint32_t index,
                                struct error *err)
{
    const struct segment_chunk *chunk = node->cursor->entry_chunks[index].chunk;
    struct texts texts;
    if (!bits_any(node->wanted, chunk->first, chunk->first + chunk->count)) {
        return TOCSIN_OK;
    }
    tocsin_status status = reserve_local(filter, chunk->count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    bits_take(node->wanted, chunk->first, chunk->count, filter->local);
    bits_put(node->tested, chunk->first, chunk->count, filter->local);
    status = column_cursor_look(node->cursor, index, &texts, err);
    if (status == TOCSIN_OK) {
        status = value_test_texts(node->test, &texts, chunk->flags, filter->local, statistics_of(node), err);
    }
    if (status == TOCSIN_OK || status == TOCSIN_END) {
        bits_put(node->good, chunk->first, chunk->count, filter->local);
        return TOCSIN_OK;
    }
    return status;
}

/* Asks the wanted entries with codes in [first, end). Those that no chunk has are good. */
static tocsin_status test_entries(struct block_filter *filter, struct filter_node *node, uint32_t first, uint32_t end,
                                  struct error *err)
{
    const struct column_cursor *cursor = node->cursor;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = column_cursor_entry_chunk(cursor, first); status == TOCSIN_OK && i < cursor->entry_chunk_count;
         i++) {
        if (cursor->entry_chunks[i].chunk->first >= end) {
            break;
        }
        status = test_chunk(filter, node, i, err);
    }
    for (uint32_t word = first / 64; word < bits_words(end); word++) {
        uint64_t without = node->wanted[word] & ~node->tested[word];
        node->tested[word] |= without;
        node->good[word] |= without;
        node->wanted[word] = 0;
    }
    return status;
}

/* Only the entries that the rows have. */
static tocsin_status test_entries_of(struct block_filter *filter, struct filter_node *node, const uint64_t *rows,
                                     struct error *err)
{
    const struct column_cursor *cursor = node->cursor;
    uint32_t first = UINT32_MAX;
    uint32_t end = 0;
    for (uint32_t word = 0; word < bits_words(filter->row_count); word++) {
        for (uint64_t left = rows[word]; left; left &= left - 1) {
            uint32_t row = word * 64 + (uint32_t)__builtin_ctzll(left);
            if (!column_cursor_has_value(cursor, row)) {
                continue;
            }
            uint64_t code = (uint64_t)column_cursor_integer(cursor, column_cursor_rank(cursor, row));
            if (code < cursor->entry_count && !bits_has(node->tested, (uint32_t)code)) {
                bits_add(node->wanted, (uint32_t)code);
                first = code < first ? (uint32_t)code : first;
                end = code >= end ? (uint32_t)code + 1 : end;
            }
        }
    }
    return end > 0 ? test_entries(filter, node, first, end, err) : TOCSIN_OK;
}

/* All entries with codes in [first, end). */
static tocsin_status test_all_entries(struct block_filter *filter, struct filter_node *node, uint32_t first,
                                      uint32_t end, struct error *err)
{
    for (uint32_t word = first / 64; word < bits_words(end); word++) {
        uint64_t before = word == first / 64 ? (UINT64_C(1) << first % 64) - 1 : 0;
        node->wanted[word] = bits_mask(word, end) & ~before & ~node->tested[word];
    }
    return test_entries(filter, node, first, end, err);
}

/* What has no entry is damaged, and so counts as wanted. */
static bool is_good_code(const struct filter_node *node, uint64_t code)
{
    return code >= node->cursor->entry_count || bits_has(node->good, (uint32_t)code);
}

static tocsin_status select_entries(struct block_filter *filter, struct filter_node *node, uint64_t *rows,
                                    struct error *err)
{
    struct column_cursor *cursor = node->cursor;
    const struct segment_column *column = cursor->column;
    uint32_t first = (uint32_t)column->least;
    uint32_t end = column->greatest < cursor->entry_count ? (uint32_t)column->greatest + 1 : cursor->entry_count;
    bool is_few = are_few(filter, rows);
    tocsin_status status = reserve_bits(node, cursor->entry_count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (first >= end || column->greatest >= cursor->entry_count || (is_few && !bits_all(node->tested, first, end))) {
        status = column_cursor_open(cursor, err);
        status = status == TOCSIN_OK ? test_entries_of(filter, node, rows, err) : status;
        if (status == TOCSIN_OK) {
            keep_few(filter, node, is_good_code, rows);
        }
        return status;
    }
    status = test_all_entries(filter, node, first, end, err);
    bool is_any = bits_any(node->good, first, end);
    if (status != TOCSIN_OK || !is_any || bits_all(node->good, first, end)) {
        if (status == TOCSIN_OK) {
            keep_alike(filter, node, is_any, rows);
        }
        return status;
    }
    status = column_cursor_open(cursor, err);
    if (status == TOCSIN_OK && is_few) {
        keep_few(filter, node, is_good_code, rows);
    } else if (status == TOCSIN_OK) {
        bits_of_numbers(&cursor->integers, 0, node->good, end, filter->values);
        keep_values(filter, node, rows);
    }
    return status;
}

/* ---- texts of the block ---- */

/* Texts of one chunk. */
static tocsin_status test_values(struct block_filter *filter, struct filter_node *node,
                                 const struct segment_chunk *chunk, struct error *err)
{
    const struct plain_chunk *held;
    tocsin_status status = reserve_local(filter, chunk->count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    bits_take(filter->values, chunk->first, chunk->count, filter->local);
    if (!bits_any(filter->local, 0, chunk->count)) {
        return TOCSIN_OK;
    }
    column_cursor_new_pass(node->cursor);
    status = column_cursor_plain(node->cursor, chunk->first, &held, err);
    if (status == TOCSIN_OK) {
        assert(held && "the first chunk of a pass has room");
        status = value_test_texts(node->test, &held->texts, chunk->flags, filter->local, statistics_of(node), err);
    }
    if (status == TOCSIN_OK || status == TOCSIN_END) {
        bits_put(filter->kept, chunk->first, chunk->count, filter->local);
        return TOCSIN_OK;
    }
    return status;
}

static tocsin_status select_texts(struct block_filter *filter, struct filter_node *node, uint64_t *rows,
                                  struct error *err)
{
    struct column_cursor *cursor = node->cursor;
    const struct segment_column *column = cursor->column;
    if (cursor->present) {
        bits_gather(rows, cursor->present, filter->row_count, filter->values);
    } else {
        memcpy(filter->values, rows, bits_words(filter->row_count) * sizeof(*rows));
    }
    memset(filter->kept, 0, bits_words(filter->row_count) * sizeof(*rows));
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = cursor->values_begin; status == TOCSIN_OK && i < cursor->values_end; i++) {
        status = test_values(filter, node, &column->chunks[i], err);
    }
    if (status == TOCSIN_OK) {
        memcpy(filter->values, filter->kept, bits_words(filter->row_count) * sizeof(*rows));
        keep_values(filter, node, rows);
    }
    return status;
}

/* Numbers of texts that the rows have, in filter->values. */
static void find_texts_of(const struct block_filter *filter, const struct column_cursor *cursor, const uint64_t *rows)
{
    memset(filter->values, 0, bits_words(cursor->text_count) * sizeof(*rows));
    for (uint32_t word = 0; word < bits_words(filter->row_count); word++) {
        for (uint64_t left = rows[word]; left; left &= left - 1) {
            uint32_t row = word * 64 + (uint32_t)__builtin_ctzll(left);
            if (column_cursor_has_value(cursor, row)) {
                uint64_t number = column_cursor_text_number(cursor, column_cursor_rank(cursor, row));
                if (number < cursor->text_count) {
                    bits_add(filter->values, (uint32_t)number);
                }
            }
        }
    }
}

/* Each different text is asked once. */
static tocsin_status select_numbered_texts(struct block_filter *filter, struct filter_node *node, uint64_t *rows,
                                           struct error *err)
{
    struct column_cursor *cursor = node->cursor;
    tocsin_status status = column_cursor_open(cursor, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (are_few(filter, rows)) {
        find_texts_of(filter, cursor, rows);
    } else {
        bits_fill(filter->values, cursor->text_count);
    }
    memset(filter->kept, 0, bits_words(cursor->text_count) * sizeof(*rows));
    for (uint32_t i = cursor->values_begin; status == TOCSIN_OK && i < cursor->values_end; i++) {
        status = test_values(filter, node, &cursor->column->chunks[i], err);
    }
    if (status == TOCSIN_OK) {
        bits_of_numbers(&cursor->integers, 0, filter->kept, cursor->text_count, filter->values);
        keep_values(filter, node, rows);
    }
    return status;
}

/* ---- the tree ---- */

static tocsin_status select_by_test(struct block_filter *filter, struct filter_node *node, uint64_t *rows,
                                    struct error *err)
{
    tocsin_status status = column_cursor_open_presence(node->cursor, err);
    if (status == TOCSIN_OK) {
        switch (node->cursor->column->encoding) {
        case ENCODING_INTEGERS:
            status = is_small(node->cursor->column) ? select_small(filter, node, rows, err)
                                                    : select_integers(filter, node, rows, err);
            break;
        case ENCODING_DICTIONARY:
            status = select_entries(filter, node, rows, err);
            break;
        case ENCODING_PLAIN:
            status = select_texts(filter, node, rows, err);
            break;
        case ENCODING_BLOCK:
            status = select_numbered_texts(filter, node, rows, err);
            break;
        }
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static bool is_empty(const struct block_filter *filter, const uint64_t *rows)
{
    return !bits_any(rows, 0, filter->row_count);
}

static tocsin_status select_by_node(struct block_filter *filter, struct filter_node *node, uint64_t *rows,
                                    struct error *err);

static tocsin_status select_by_all(struct block_filter *filter, struct filter_node *node, uint64_t *rows,
                                   struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < node->filter->part_count && !is_empty(filter, rows); i++) {
        status = select_by_node(filter, &node->parts[node->order[i]], rows, err);
    }
    return status;
}

static tocsin_status select_by_any(struct block_filter *filter, struct filter_node *node, uint64_t *rows,
                                   struct error *err)
{
    uint32_t words = bits_words(filter->row_count);
    tocsin_status status = TOCSIN_OK;
    memset(node->met, 0, words * sizeof(*rows));
    for (uint32_t i = 0; status == TOCSIN_OK && i < node->filter->part_count && !is_empty(filter, rows); i++) {
        memcpy(node->asked, rows, words * sizeof(*rows));
        status = select_by_node(filter, &node->parts[node->order[i]], node->asked, err);
        for (uint32_t word = 0; word < words; word++) {
            node->met[word] |= node->asked[word];
            rows[word] &= ~node->asked[word];
        }
    }
    memcpy(rows, node->met, words * sizeof(*rows));
    return status;
}

static tocsin_status select_by_node(struct block_filter *filter, struct filter_node *node, uint64_t *rows,
                                    struct error *err)
{
    if (node->verdict == FILTER_ALL) {
        return TOCSIN_OK;
    }
    if (node->verdict == FILTER_NONE) {
        memset(rows, 0, bits_words(filter->row_count) * sizeof(*rows));
        return TOCSIN_OK;
    }
    switch (node->filter->kind) {
    case SCAN_TEST:
        return select_by_test(filter, node, rows, err);
    case SCAN_AND:
        return select_by_all(filter, node, rows, err);
    default:
        return select_by_any(filter, node, rows, err);
    }
}

tocsin_status block_filter_select(struct block_filter *filter, uint32_t row_count, uint64_t *rows, struct error *err)
{
    filter->row_count = row_count;
    return select_by_node(filter, &filter->root, rows, err);
}
