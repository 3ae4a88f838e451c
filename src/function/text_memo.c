#include "function/text_memo.h"

#include "base/memory.h"

enum { PLACES = TEXT_MEMO_BYTES / 256 };

struct place {
    uint64_t hash;
    uint16_t first_len;
    uint16_t second_len;
    uint8_t answer;
    bool is_taken;
    char texts[TEXT_MEMO_TEXT_BYTES]; /* the first, then the second */
};

struct text_memo {
    struct place *places[TEXT_QUESTION_COUNT]; /* NULL until somebody asks */
    uint64_t hash_seed;
};

tocsin_status text_memo_create(uint64_t hash_seed, struct text_memo **ret, struct error *err)
{
    struct text_memo *memo = memory_allocate_zeroed(1, sizeof(*memo));
    if (!memo) {
        return error_memory(err);
    }
    memo->hash_seed = hash_seed;
    *ret = memo;
    return TOCSIN_OK;
}

void text_memo_free(struct text_memo *memo)
{
    if (memo) {
        for (int i = 0; i < TEXT_QUESTION_COUNT; i++) {
            memory_free(memo->places[i]);
        }
        memory_free(memo);
    }
}

static bool is_same(const char *copy, str text)
{
    return text.len == 0 || memcmp(copy, text.data, text.len) == 0;
}

static void copy_text(char *copy, str text)
{
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
}

uint8_t *text_memo_find(struct text_memo *memo, enum text_question question, str first, str second, bool *ret_is_known)
{
    *ret_is_known = false;
    if (!memo || first.len > TEXT_MEMO_TEXT_BYTES || second.len > TEXT_MEMO_TEXT_BYTES - first.len) {
        return NULL;
    }
    if (!memo->places[question]) {
        memo->places[question] = memory_allocate_zeroed(PLACES, sizeof(struct place));
        if (!memo->places[question]) {
            return NULL; /* it is only slower without */
        }
    }
    uint64_t hash = str_hash(first, memo->hash_seed);
    hash = second.len > 0 ? str_hash(second, hash) : hash;
    struct place *place = &memo->places[question][hash % PLACES];
    if (place->is_taken && place->hash == hash && place->first_len == first.len && place->second_len == second.len &&
        is_same(place->texts, first) && is_same(place->texts + first.len, second)) {
        *ret_is_known = true;
        return &place->answer;
    }
    place->hash = hash;
    place->first_len = (uint16_t)first.len;
    place->second_len = (uint16_t)second.len;
    place->is_taken = true;
    copy_text(place->texts, first);
    copy_text(place->texts + first.len, second);
    return &place->answer;
}
