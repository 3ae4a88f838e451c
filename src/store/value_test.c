#include "store/value_test.h"

#include <assert.h>

#include "base/memory.h"
#include "match/match_set.h"
#include "match/needle.h"
#include "store/row_bits.h"
#include "store/segment_map.h"

/* To look for literals in so many bytes costs as much as to ask one value. */
enum { BYTES_OF_A_TEST = 512 };

struct value_test {
    const struct scan_test *test;
    const struct field *field;
    struct arena arena;
    const struct match_set *literals; /* NULL: they are not looked for */
    struct match_set *own_literals;   /* the same, unless a twin has them */
    struct match_scratch *scratch;
    bool ignores_case; /* of any literal */
    struct column values;
    uint32_t batch_count;
    uint16_t rows[BATCH_ROWS_MAX];    /* 0, 1, 2 .. */
    uint16_t met[BATCH_ROWS_MAX];
    uint32_t numbers[BATCH_ROWS_MAX]; /* of the texts in `values` */
    uint64_t *hits;
    uint32_t hit_words;
};

/* ---- life ---- */

static tocsin_status compile(struct value_test *test, const struct value_test *twin, struct error *err)
{
    const struct scan_test *asked = test->test;
    struct error refused = {0};
    tocsin_status status = TOCSIN_OK;
    if (asked->literal_count == 0 || asked->literal_count > LIMIT_MATCH_LITERALS) {
        return TOCSIN_OK;
    }
    struct match_literal *literals = arena_array(&test->arena, struct match_literal, asked->literal_count);
    for (uint32_t i = 0; literals && i < asked->literal_count; i++) {
        literals[i] = (struct match_literal){asked->literals[i].text, asked->literals[i].ignores_case};
        test->ignores_case |= asked->literals[i].ignores_case;
    }
    if (!literals) {
        return error_memory(err);
    }
    test->literals = twin ? twin->literals : NULL;
    if (!test->literals) {
        status = match_set_compile(literals, asked->literal_count, &test->own_literals, &refused);
        test->literals = test->own_literals;
    }
    status = status == TOCSIN_OK ? match_scratch_create(test->literals, &test->scratch, &refused) : status;
    if (status == TOCSIN_OK) {
        return TOCSIN_OK;
    }
    test->literals = NULL; /* too many of them: each value is asked */
    return status == TOCSIN_ERROR_LIMIT ? TOCSIN_OK : error_set(err, status, "%s", refused.message);
}

tocsin_status value_test_create(const struct scan_test *test, const struct field *field, const struct value_test *twin,
                                struct value_test **ret_test, struct error *err)
{
    struct value_test *made = memory_allocate_zeroed(1, sizeof(*made));
    if (!made) {
        return error_memory(err);
    }
    made->test = test;
    made->field = field;
    arena_init(&made->arena, ARENA_NO_LIMIT);
    for (uint32_t i = 0; i < BATCH_ROWS_MAX; i++) {
        made->rows[i] = (uint16_t)i;
    }
    tocsin_status status = column_init(&made->values, field->type, &made->arena) ? TOCSIN_OK : error_memory(err);
    status = status == TOCSIN_OK ? compile(made, twin, err) : status;
    if (status != TOCSIN_OK) {
        value_test_free(made);
        return status;
    }
    for (uint32_t word = 0; word < VALIDITY_WORDS; word++) {
        made->values.validity[word] = UINT64_MAX;
    }
    *ret_test = made;
    return TOCSIN_OK;
}

void value_test_free(struct value_test *test)
{
    if (test) {
        match_scratch_free(test->scratch);
        match_set_free(test->own_literals);
        arena_release(&test->arena);
        memory_free(test->hits);
        memory_free(test);
    }
}

/* ---- asking ---- */

/* The first batch_count values; which of them meet it comes into test->met. */
static tocsin_status ask(struct value_test *test, uint32_t *ret_met, struct store_scan_statistics *statistics,
                         struct error *err)
{
    statistics->values_tested += test->batch_count;
    *ret_met = 0;
    if (test->batch_count == 0) {
        return TOCSIN_OK;
    }
    const struct scan_test *asked = test->test;
    return asked->select(asked->context, &test->values, test->rows, test->batch_count, test->met, ret_met, err);
}

tocsin_status value_test_null(struct value_test *test, bool *ret_is_met, struct error *err)
{
    const struct field *field = test->field;
    struct store_scan_statistics ignored = {0};
    uint32_t met;
    if (!field->has_filler) {
        *ret_is_met = test->test->meets_null;
        return TOCSIN_OK;
    }
    switch (field->type) {
    case TYPE_BOOL:
        test->values.bools[0] = field->filler != 0;
        break;
    case TYPE_INT64:
        test->values.integers[0] = field->filler;
        break;
    case TYPE_IP:
        test->values.ips[0] = field->filler == 6 ? IP_V6_NONE : IP_V4_NONE;
        break;
    default:
        test->values.strings[0] = field->filler_text;
        break;
    }
    test->batch_count = 1;
    tocsin_status status = ask(test, &met, &ignored, err);
    *ret_is_met = met == 1;
    return status;
}

tocsin_status value_test_integers(struct value_test *test, const int64_t *values, uint32_t count, bool *ret_met,
                                  struct store_scan_statistics *statistics, struct error *err)
{
    assert(count <= BATCH_ROWS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (test->field->type == TYPE_BOOL) {
            test->values.bools[i] = values[i] != 0;
        } else {
            memcpy(&test->values.integers[i], &values[i], sizeof(values[i])); /* or a double of these bits */
        }
        ret_met[i] = false;
    }
    uint32_t met;
    test->batch_count = count;
    tocsin_status status = ask(test, &met, statistics, err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < met; i++) {
        ret_met[test->met[i]] = true;
    }
    return status;
}

/* ---- literals ---- */

static void add_texts_outside_ascii(const struct texts *texts, uint64_t *hits)
{
    if (!text_has_high_byte((str){texts->heap, texts->offsets[texts->count]})) {
        return;
    }
    for (uint32_t i = 0; i < texts->count; i++) {
        if (text_has_high_byte(texts_get(texts, i))) {
            bits_add(hits, i);
        }
    }
}

/* Candidates that hold one of the literals remain. */
static tocsin_status search(struct value_test *test, const struct texts *texts, uint16_t flags, uint64_t *candidates,
                            struct error *err)
{
    uint32_t words = bits_words(texts->count);
    if (words > test->hit_words) {
        memory_free(test->hits);
        test->hit_words = 0;
        test->hits = memory_allocate(words * sizeof(*test->hits));
        if (!test->hits) {
            return error_memory(err);
        }
        test->hit_words = words;
    }
    const struct match_heap heap = {texts->heap, texts->offsets, texts->count, flags & CHUNK_IS_ASCII};
    tocsin_status status = match_set_select(test->literals, test->scratch, &heap, test->hits, err);
    if (status == TOCSIN_OK && test->ignores_case && !(flags & CHUNK_IS_ASCII)) {
        add_texts_outside_ascii(texts, test->hits);
    }
    for (uint32_t word = 0; word < words; word++) {
        candidates[word] &= test->hits[word];
    }
    return status;
}

/* ---- texts ---- */

bool stored_ip(str text, struct ip *ret_ip)
{
    if (text.len == 4) {
        *ret_ip = ip_from_v4_bytes((const uint8_t *)text.data);
        return true;
    }
    if (text.len != sizeof(ret_ip->bytes)) {
        return false;
    }
    memcpy(ret_ip->bytes, text.data, sizeof(ret_ip->bytes));
    return true;
}

/* Into the batch that will be asked. False: it is no value, and whoever makes rows will find that out. */
static bool take_text(struct value_test *test, str text)
{
    if (test->field->type != TYPE_IP) {
        test->values.strings[test->batch_count] = text;
        return true;
    }
    return stored_ip(text, &test->values.ips[test->batch_count]);
}

static tocsin_status ask_texts(struct value_test *test, uint64_t *candidates, struct store_scan_statistics *statistics,
                               struct error *err)
{
    uint32_t met;
    tocsin_status status = ask(test, &met, statistics, err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < met; i++) {
        bits_add(candidates, test->numbers[test->met[i]]);
    }
    test->batch_count = 0;
    return status;
}

tocsin_status value_test_texts(struct value_test *test, const struct texts *texts, uint16_t flags,
                               uint64_t *candidates, struct store_scan_statistics *statistics, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    uint32_t wanted = bits_count(candidates, texts->count);
    if (test->literals && (uint64_t)wanted * BYTES_OF_A_TEST > texts->offsets[texts->count]) {
        statistics->values_searched += texts->count;
        status = search(test, texts, flags, candidates, err);
    }
    test->batch_count = 0;
    for (uint32_t word = 0; status == TOCSIN_OK && word < bits_words(texts->count); word++) {
        uint64_t left = candidates[word];
        candidates[word] = 0;
        for (; left && status == TOCSIN_OK; left &= left - 1) {
            uint32_t number = word * 64 + (uint32_t)__builtin_ctzll(left);
            if (!take_text(test, texts_get(texts, number))) {
                bits_add(candidates, number);
                continue;
            }
            test->numbers[test->batch_count++] = number;
            if (test->batch_count == BATCH_ROWS_MAX) {
                status = ask_texts(test, candidates, statistics, err);
            }
        }
    }
    return status == TOCSIN_OK ? ask_texts(test, candidates, statistics, err) : status;
}
