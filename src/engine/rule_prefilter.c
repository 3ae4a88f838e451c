#include "engine/rule_prefilter.h"

#include <assert.h>
#include <stdlib.h>

#include "base/civil_time.h"
#include "base/memory.h"
#include "engine/rule_numbers.h"
#include "match/match_set.h"
#include "plan/literals.h"

/* A literal shorter than this is nearly everywhere, and looking for it costs more than it spares. */
enum { LITERAL_BYTES_MIN = 2 };

/* Of so many bytes of values on it is told from them what is common. */
enum { SAMPLE_BYTES_MIN = 64 * 1024 };

typedef uint64_t row_set[VALIDITY_WORDS];

/* A literal of a plan, while fields are made. */
struct wanted {
    struct match_literal literal;
    field_id field;
    uint32_t plan;
};

/* What is looked for in the values of one field. */
struct prefilter_field {
    field_id field;
    struct match_literal *literals;
    uint32_t literal_count;
    uint32_t *starts; /* of each literal's plans, and the end */
    uint32_t *plans;  /* each literal's, ascending */
    struct match_set *set;
    struct match_scratch *scratch;
    bool has_sample; /* the set was compiled for values like those of the log */
};

struct rule_prefilter {
    struct arena arena;
    uint32_t plan_count;
    uint32_t row_count; /* of the batch */
    struct prefilter_field *fields;
    uint32_t field_count;
    struct rule_numbers *numbers; /* of plans without literals that want a number */
    row_set *rows;         /* of each plan; meaningful if it is touched */
    uint64_t *uncovered;   /* plans without literals and numbers */
    uint64_t *touched;     /* plans with rows of this batch, those of which nothing is known included */
    struct wanted *wanted; /* until the fields are made */
    uint32_t wanted_count;
    uint32_t wanted_capacity;
    char *heap;
    size_t heap_capacity;
    uint32_t *offsets;
    uint16_t *heap_rows; /* of the values in the heap */
    uint32_t heap_count;
    struct rule_prefilter_statistics statistics;
};

static size_t word_count(uint32_t bits)
{
    return (bits + (size_t)63) / 64;
}

static bool has_bit(const uint64_t *bits, uint32_t i)
{
    return bits[i / 64] >> i % 64 & 1;
}

static void set_bit(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= UINT64_C(1) << i % 64;
}

/* ---- literals of the plans --------------------------------------------------------------------------------------- */

static bool add_wanted(struct rule_prefilter *prefilter, const struct literal *literal, uint32_t plan)
{
    str text = arena_copy(&prefilter->arena, literal->text);
    str before = arena_copy(&prefilter->arena, literal->before);
    str behind = arena_copy(&prefilter->arena, literal->behind);
    if (!text.data || !before.data || !behind.data) {
        return false;
    }
    if (prefilter->wanted_count == prefilter->wanted_capacity) {
        uint32_t capacity = prefilter->wanted_capacity ? prefilter->wanted_capacity * 2 : 64;
        struct wanted *grown = memory_resize(prefilter->wanted, capacity * sizeof(*grown));
        if (!grown) {
            return false;
        }
        prefilter->wanted = grown;
        prefilter->wanted_capacity = capacity;
    }
    prefilter->wanted[prefilter->wanted_count++] =
        (struct wanted){{text, literal->ignores_case, before, behind, literal->is_first, literal->is_last},
                        literal->field,
                        plan};
    return true;
}

static bool is_usable(const struct literal_cover *cover, const struct schema *schema)
{
    for (uint32_t i = 0; i < cover->count; i++) {
        enum value_type type = schema_field(schema, cover->literals[i].field)->type;
        if ((type != TYPE_STRING && type != TYPE_BYTES) || cover->literals[i].text.len < LITERAL_BYTES_MIN) {
            return false;
        }
    }
    return cover->count > 0 && cover->count <= LIMIT_MATCH_LITERALS;
}

/* Bytes that are known of a value that holds the literal. */
static size_t known_bytes(const struct literal *literal)
{
    size_t count = literal->text.len + literal->is_first + literal->is_last;
    const str beside[] = {literal->before, literal->behind};
    for (size_t i = 0; i < countof(beside); i++) {
        for (size_t at = 0; at < beside[i].len; at++) {
            count += beside[i].data[at] != '_';
        }
    }
    return count;
}

/* The cover that should prune best: most is known of the literal of which least is known, then with the fewest. */
static const struct literal_cover *best_cover(const struct literal_cover *covers, uint32_t count)
{
    const struct literal_cover *best = NULL;
    size_t best_known = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t known = SIZE_MAX;
        for (uint32_t j = 0; j < covers[i].count; j++) {
            size_t bytes = known_bytes(&covers[i].literals[j]);
            known = bytes < known ? bytes : known;
        }
        if (!best || known > best_known || (known == best_known && covers[i].count < best->count)) {
            best = &covers[i];
            best_known = known;
        }
    }
    return best;
}

/* The literals that the plan's rows must hold one of, or else the numbers; a plan without either is marked. */
static tocsin_status collect_plan(struct rule_prefilter *prefilter, const struct plan *plan, uint32_t number,
                                  struct error *err)
{
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct literal_cover *covers;
    uint32_t count;
    tocsin_status status = plan_literal_covers(plan, &arena, &covers, &count, err);
    uint32_t usable = 0;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        if (is_usable(&covers[i], plan->schema)) {
            covers[usable++] = covers[i];
        }
    }
    const struct literal_cover *best = status == TOCSIN_OK ? best_cover(covers, usable) : NULL;
    bool is_covered = best && prefilter->wanted_count + best->count <= LIMIT_MATCH_LITERALS;
    for (uint32_t i = 0; is_covered && status == TOCSIN_OK && i < best->count; i++) {
        status = add_wanted(prefilter, &best->literals[i], number) ? TOCSIN_OK : error_memory(err);
    }
    bool is_counted = false;
    if (status == TOCSIN_OK && !is_covered) {
        status = rule_numbers_add(prefilter->numbers, plan, number, &is_counted, err);
    }
    if (!is_covered && !is_counted) {
        set_bit(prefilter->uncovered, number);
    }
    prefilter->statistics.plans += is_covered;
    arena_release(&arena);
    return status;
}

static int compare_literals(const struct match_literal *a, const struct match_literal *b)
{
    int kind_a = a->ignores_case * 4 + a->is_first * 2 + a->is_last;
    int kind_b = b->ignores_case * 4 + b->is_first * 2 + b->is_last;
    int order = kind_a - kind_b;
    order = order != 0 ? order : str_compare(a->text, b->text);
    order = order != 0 ? order : str_compare(a->before, b->before);
    return order != 0 ? order : str_compare(a->behind, b->behind);
}

static int compare_wanted(const void *left, const void *right)
{
    const struct wanted *a = left;
    const struct wanted *b = right;
    if (a->field != b->field) {
        return a->field < b->field ? -1 : 1;
    }
    int order = compare_literals(&a->literal, &b->literal);
    return order != 0 ? order : a->plan < b->plan ? -1 : a->plan > b->plan;
}

static bool is_twin(const struct wanted *a, const struct wanted *b)
{
    return a->field == b->field && compare_literals(&a->literal, &b->literal) == 0;
}

/* One field: wanted[0 .. count), sorted. */
static bool make_field(struct rule_prefilter *prefilter, const struct wanted *wanted, uint32_t count)
{
    struct arena *arena = &prefilter->arena;
    struct prefilter_field *field = &prefilter->fields[prefilter->field_count++];
    *field = (struct prefilter_field){.field = wanted->field};
    field->literals = arena_array(arena, struct match_literal, count);
    field->starts = arena_array(arena, uint32_t, count + 1);
    field->plans = arena_array(arena, uint32_t, count);
    if (!field->literals || !field->starts || !field->plans) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || !is_twin(&wanted[i - 1], &wanted[i])) {
            field->starts[field->literal_count] = i;
            field->literals[field->literal_count++] = wanted[i].literal;
        }
        field->plans[i] = wanted[i].plan;
    }
    field->starts[field->literal_count] = count;
    prefilter->statistics.literals += field->literal_count;
    return true;
}

static bool make_fields(struct rule_prefilter *prefilter)
{
    struct wanted *wanted = prefilter->wanted;
    uint32_t count = prefilter->wanted_count;
    if (count > 0) {
        qsort(wanted, count, sizeof(*wanted), compare_wanted);
    }
    uint32_t field_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        field_count += i == 0 || wanted[i].field != wanted[i - 1].field;
    }
    prefilter->fields = arena_array(&prefilter->arena, struct prefilter_field, field_count);
    bool is_good = prefilter->fields;
    for (uint32_t from = 0, to; is_good && from < count; from = to) {
        to = from + 1;
        while (to < count && wanted[to].field == wanted[from].field) {
            to++;
        }
        is_good = make_field(prefilter, wanted + from, to - from);
    }
    memory_free(prefilter->wanted);
    prefilter->wanted = NULL;
    return is_good;
}

/* ---- creation ---------------------------------------------------------------------------------------------------- */

static bool allocate(struct rule_prefilter *prefilter)
{
    struct arena *arena = &prefilter->arena;
    prefilter->rows = arena_array(arena, row_set, prefilter->plan_count);
    prefilter->uncovered = arena_array(arena, uint64_t, word_count(prefilter->plan_count));
    prefilter->touched = arena_array(arena, uint64_t, word_count(prefilter->plan_count));
    prefilter->offsets = arena_array(arena, uint32_t, BATCH_ROWS_MAX + 1);
    prefilter->heap_rows = arena_array(arena, uint16_t, BATCH_ROWS_MAX);
    prefilter->heap = memory_allocate_zeroed(PREFILTER_HEAP_BYTES + MATCH_HEAP_PADDING, 1);
    if (prefilter->heap && prefilter->offsets) {
        prefilter->heap[0] = '\n'; /* in front of the first value as behind each */
        prefilter->offsets[0] = 1;
    }
    return prefilter->rows && prefilter->uncovered && prefilter->touched && prefilter->offsets &&
           prefilter->heap_rows && prefilter->heap;
}

tocsin_status rule_prefilter_create(const struct plan *const *plans, uint32_t count, uint32_t plans_min,
                                    struct rule_prefilter **ret_prefilter, struct error *err)
{
    *ret_prefilter = NULL;
    if (count == 0) {
        return TOCSIN_OK;
    }
    struct rule_prefilter *prefilter = memory_allocate_zeroed(1, sizeof(*prefilter));
    if (!prefilter) {
        return error_memory(err);
    }
    arena_init(&prefilter->arena, ARENA_NO_LIMIT);
    prefilter->plan_count = count;
    tocsin_status status = allocate(prefilter) ? TOCSIN_OK : error_memory(err);
    status = status == TOCSIN_OK ? rule_numbers_create(&prefilter->numbers, err) : status;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        status = collect_plan(prefilter, plans[i], i, err);
    }
    if (status == TOCSIN_OK && !make_fields(prefilter)) {
        status = error_memory(err);
    }
    status = status == TOCSIN_OK ? rule_numbers_compile(prefilter->numbers, err) : status;
    bool is_worth_it =
        status == TOCSIN_OK && prefilter->statistics.plans > 0 && prefilter->statistics.plans >= plans_min;
    if (!is_worth_it) {
        rule_prefilter_free(prefilter);
        return status;
    }
    *ret_prefilter = prefilter;
    return TOCSIN_OK;
}

void rule_prefilter_free(struct rule_prefilter *prefilter)
{
    if (!prefilter) {
        return;
    }
    for (uint32_t i = 0; prefilter->fields && i < prefilter->field_count; i++) {
        match_scratch_free(prefilter->fields[i].scratch);
        match_set_free(prefilter->fields[i].set);
    }
    rule_numbers_free(prefilter->numbers);
    memory_free(prefilter->wanted);
    memory_free(prefilter->heap);
    arena_release(&prefilter->arena);
    memory_free(prefilter);
}

/* ---- a batch ----------------------------------------------------------------------------------------------------- */

static uint64_t *touch(struct rule_prefilter *prefilter, uint32_t plan)
{
    if (!has_bit(prefilter->touched, plan)) {
        set_bit(prefilter->touched, plan);
        memset(prefilter->rows[plan], 0, word_count(prefilter->row_count) * sizeof(uint64_t));
    }
    return prefilter->rows[plan];
}

/* The rows hold a literal. */
static void add_rows(struct rule_prefilter *prefilter, const struct prefilter_field *field, uint32_t literal,
                     const uint64_t *rows)
{
    for (uint32_t i = field->starts[literal]; i < field->starts[literal + 1]; i++) {
        uint64_t *plan_rows = touch(prefilter, field->plans[i]);
        for (size_t word = 0; word < word_count(prefilter->row_count); word++) {
            plan_rows[word] |= rows[word];
        }
    }
}

static void add_row(struct rule_prefilter *prefilter, const struct prefilter_field *field, uint32_t literal,
                    uint32_t row)
{
    for (uint32_t i = field->starts[literal]; i < field->starts[literal + 1]; i++) {
        set_bit(touch(prefilter, field->plans[i]), row);
    }
}

/* For values like those in the heap: at once, and anew when there are enough of them to say what is common. */
static tocsin_status compile(struct rule_prefilter *prefilter, struct prefilter_field *field,
                             const struct match_heap *heap, struct error *err)
{
    bool is_sample = heap->offsets[heap->count] - heap->offsets[0] >= SAMPLE_BYTES_MIN;
    if (field->set && (field->has_sample || !is_sample)) {
        return TOCSIN_OK;
    }
    int64_t started = clock_monotonic_ns();
    match_scratch_free(field->scratch);
    match_set_free(field->set);
    field->scratch = NULL;
    field->set = NULL;
    field->has_sample = is_sample;
    tocsin_status status = match_set_compile_like(field->literals, field->literal_count, is_sample ? heap : NULL,
                                                  &field->set, err);
    status = status == TOCSIN_OK ? match_scratch_create(field->set, &field->scratch, err) : status;
    int64_t taken = clock_monotonic_ns() - started;
    prefilter->statistics.compile_ns += taken;
    prefilter->statistics.scan_ns -= taken;
    return status;
}

/* Looks through the values in the heap, and empties it. Rows of which it could not be told are added to *every. */
static tocsin_status scan_heap(struct rule_prefilter *prefilter, struct prefilter_field *field, bool is_constant,
                               const uint64_t *all, uint64_t *every, struct error *err)
{
    const struct match_hit *hits;
    size_t count;
    struct match_heap heap = {prefilter->heap, prefilter->offsets, prefilter->heap_count};
    prefilter->statistics.bytes += prefilter->offsets[prefilter->heap_count];
    prefilter->statistics.rows += prefilter->heap_count;
    tocsin_status status = compile(prefilter, field, &heap, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = match_set_hits(field->set, field->scratch, &heap, &hits, &count, err);
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        uint32_t row = prefilter->heap_rows[hits[i].value];
        if (hits[i].literal == MATCH_EVERY_LITERAL) {
            set_bit(every, row);
        } else if (is_constant) {
            add_rows(prefilter, field, hits[i].literal, all);
        } else {
            add_row(prefilter, field, hits[i].literal, row);
        }
    }
    prefilter->heap_count = 0;
    return status;
}

static bool heap_has_room(const struct rule_prefilter *prefilter, size_t bytes)
{
    return prefilter->offsets[prefilter->heap_count] + bytes + 1 <= PREFILTER_HEAP_BYTES;
}

static void heap_add(struct rule_prefilter *prefilter, str value, uint16_t row)
{
    uint32_t at = prefilter->offsets[prefilter->heap_count];
    memcpy(prefilter->heap + at, value.data, value.len);
    prefilter->heap[at + value.len] = '\n';
    prefilter->heap_rows[prefilter->heap_count++] = row;
    prefilter->offsets[prefilter->heap_count] = (uint32_t)(at + value.len + 1);
}

static tocsin_status scan_column(struct rule_prefilter *prefilter, struct prefilter_field *field,
                                 const struct column *column, const uint64_t *all, uint64_t *every, struct error *err)
{
    bool is_constant = column->kind == COLUMN_CONSTANT;
    uint32_t count = is_constant ? 1 : prefilter->row_count;
    tocsin_status status = TOCSIN_OK;
    prefilter->heap_count = 0;
    for (uint32_t row = 0; status == TOCSIN_OK && row < count; row++) {
        if (!column_is_valid(column, row)) {
            continue; /* nothing holds a literal */
        }
        str value = column_string(column, row);
        if (value.len > PREFILTER_VALUE_BYTES) {
            set_bit(every, row);
            continue;
        }
        if (!heap_has_room(prefilter, value.len)) {
            status = scan_heap(prefilter, field, is_constant, all, every, err);
        }
        if (value.len > 0) {
            heap_add(prefilter, value, (uint16_t)row);
        }
    }
    if (status == TOCSIN_OK && prefilter->heap_count > 0) {
        status = scan_heap(prefilter, field, is_constant, all, every, err);
    }
    if (is_constant && has_bit(every, 0)) {
        memcpy(every, all, sizeof(row_set));
    }
    return status;
}

static tocsin_status scan_field(struct rule_prefilter *prefilter, struct prefilter_field *field, struct batch *batch,
                                const uint64_t *all, struct error *err)
{
    row_set every = {0};
    const struct column *column = batch_column(batch, field->field);
    tocsin_status status = TOCSIN_OK;
    if (column && (column->type == TYPE_STRING || column->type == TYPE_BYTES)) {
        status = scan_column(prefilter, field, column, all, every, err);
    } else {
        memcpy(every, all, sizeof(every)); /* no source does this */
    }
    bool any = false;
    for (size_t word = 0; word < word_count(prefilter->row_count); word++) {
        any |= every[word] != 0;
    }
    for (uint32_t literal = 0; any && literal < field->literal_count; literal++) {
        add_rows(prefilter, field, literal, every);
    }
    return status;
}

/* Rows with a number that a plan wants. */
static void take_numbers(void *context, uint32_t plan, uint32_t row)
{
    set_bit(touch(context, plan), row);
}

static void take_all_rows(void *context, uint32_t plan)
{
    struct rule_prefilter *prefilter = context;
    uint64_t *rows = touch(prefilter, plan);
    for (uint32_t row = 0; row < prefilter->row_count; row++) {
        set_bit(rows, row);
    }
}

tocsin_status rule_prefilter_batch(struct rule_prefilter *prefilter, struct batch *batch, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    int64_t started = clock_monotonic_ns();
    row_set all = {0};
    prefilter->row_count = batch->row_count;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        set_bit(all, row);
    }
    memset(prefilter->touched, 0, word_count(prefilter->plan_count) * sizeof(*prefilter->touched));
    if (batch->row_count == 0) {
        return TOCSIN_OK; /* a source with a thread of its own may have no more to give yet, and then no columns */
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < prefilter->field_count; i++) {
        status = scan_field(prefilter, &prefilter->fields[i], batch, all, err);
    }
    if (status == TOCSIN_OK) {
        rule_numbers_scan(prefilter->numbers, batch, take_numbers, take_all_rows, prefilter);
    }
    for (size_t word = 0; word < word_count(prefilter->plan_count); word++) {
        prefilter->touched[word] |= prefilter->uncovered[word];
    }
    prefilter->statistics.scan_ns += clock_monotonic_ns() - started;
    return status;
}

uint32_t rule_prefilter_next(const struct rule_prefilter *prefilter, uint32_t from)
{
    if (from >= prefilter->plan_count) {
        return UINT32_MAX;
    }
    size_t word = from / 64;
    uint64_t bits = prefilter->touched[word] & ~UINT64_C(0) << from % 64;
    while (bits == 0) {
        if (++word == word_count(prefilter->plan_count)) {
            return UINT32_MAX;
        }
        bits = prefilter->touched[word];
    }
    return (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits);
}

uint32_t rule_prefilter_rows(const struct rule_prefilter *prefilter, uint32_t plan, uint16_t *ret_rows)
{
    uint32_t count = 0;
    if (has_bit(prefilter->uncovered, plan)) {
        for (; count < prefilter->row_count; count++) {
            ret_rows[count] = (uint16_t)count;
        }
        return count;
    }
    for (size_t word = 0; word < word_count(prefilter->row_count); word++) {
        for (uint64_t bits = prefilter->rows[plan][word]; bits; bits &= bits - 1) {
            ret_rows[count++] = (uint16_t)(word * 64 + (size_t)__builtin_ctzll(bits));
        }
    }
    return count;
}

const struct rule_prefilter_statistics *rule_prefilter_statistics(const struct rule_prefilter *prefilter)
{
    return &prefilter->statistics;
}
