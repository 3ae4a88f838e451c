/* What is kept about texts is what was put there for them, and for no others. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "function/text_memo.h"

static uint8_t ask(struct text_memo *memo, enum text_question question, str first, str second, uint8_t answer,
                   unsigned *known)
{
    bool is_known = true;
    uint8_t *kept = text_memo_find(memo, question, first, second, &is_known);
    assert_non_null(kept);
    if (is_known) {
        (*known)++;
        return *kept;
    }
    *kept = answer;
    return answer;
}

static void answers_are_kept_by_their_texts(void **state)
{
    struct text_memo *memo = NULL;
    unsigned known = 0;
    char text[32];
    assert_int_equal(text_memo_create(11, &memo, NULL), TOCSIN_OK);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 6000; i++) { /* more than there are places; one buffer, as a batch's */
            str whole = str_from(text, (size_t)snprintf(text, sizeof(text), "agent%d", i));
            uint8_t wanted = (uint8_t)(i % 251);
            assert_int_equal(ask(memo, TEXT_QUESTION_CLIENT, whole, STR_EMPTY, wanted, &known), wanted);
            assert_int_equal(ask(memo, TEXT_QUESTION_IDENTITY, whole, STR_EMPTY, (uint8_t)(wanted + 1), &known),
                             wanted + 1);
            for (size_t cut = 0; cut <= whole.len; cut += 3) { /* the same bytes, parted elsewhere */
                uint8_t parted = (uint8_t)(wanted + cut);
                assert_int_equal(ask(memo, TEXT_QUESTION_ACCOUNT_FITS, str_slice(whole, 0, cut), str_skip(whole, cut),
                                     parted, &known),
                                 parted);
            }
        }
    }
    assert_true(known > 1000);
    text_memo_free(memo);
    text_memo_free(NULL);
}

static void long_texts_are_not_kept(void **state)
{
    static const char text[TEXT_MEMO_TEXT_BYTES + 1];
    struct text_memo *memo = NULL;
    bool is_known = true;
    assert_int_equal(text_memo_create(11, &memo, NULL), TOCSIN_OK);
    assert_null(text_memo_find(memo, TEXT_QUESTION_CLIENT, str_from(text, sizeof(text)), STR_EMPTY, &is_known));
    assert_false(is_known);
    assert_null(text_memo_find(memo, TEXT_QUESTION_ACCOUNT_FITS, str_from(text, 200), str_from(text, 25), &is_known));
    assert_non_null(
        text_memo_find(memo, TEXT_QUESTION_ACCOUNT_FITS, str_from(text, 200), str_from(text, 24), &is_known));
    assert_null(text_memo_find(NULL, TEXT_QUESTION_CLIENT, STR("curl"), STR_EMPTY, &is_known));
    text_memo_free(memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_kept_by_their_texts),
        cmocka_unit_test(long_texts_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
