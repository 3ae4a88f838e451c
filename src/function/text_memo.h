/* function/text_memo.h
 * Answers about texts that come again and again, such as user agents: a small table, in which a newer answer takes the
 * place of an older one. Found by the texts themselves.
 * Memory: the memo owns copies of the texts, TEXT_MEMO_BYTES for each question, made when it is asked first.
 * Threads: one at a time; each run, and each thread of a scan, has its own.
 */
#ifndef FUNCTION_TEXT_MEMO_H
#define FUNCTION_TEXT_MEMO_H

#include "base/error.h"
#include "base/str.h"

/* Texts that are longer together are answered each time. */
enum { TEXT_MEMO_TEXT_BYTES = 224 };
enum { TEXT_MEMO_BYTES = 4096 * 256 };

enum text_question { TEXT_QUESTION_IDENTITY, TEXT_QUESTION_CLIENT, TEXT_QUESTION_ACCOUNT_FITS, TEXT_QUESTION_COUNT };

struct text_memo;

tocsin_status text_memo_create(uint64_t hash_seed, struct text_memo **ret, struct error *err);
void text_memo_free(struct text_memo *memo);

/* Where the answer to this question about these texts is kept, and whether it is there already; if not, the caller puts
 * it there at once. NULL: it is not kept. `memo` may be NULL. Valid until the next call for this question. */
uint8_t *text_memo_find(struct text_memo *memo, enum text_question question, str first, str second, bool *ret_is_known);

#endif
