/* match/text_search.h
 * The words of TEXT SEARCH '..', as in a search box: compiled once, then looked for in payloads.
 *   words          all must occur, as whole tokens; letters of any case (Unicode simple case folding)
 *   "a b"          tokens one behind the other, whatever stands between them
 *   AND OR NOT     in capitals, or && || !; NOT binds tighter than AND (also the unwritten one), AND tighter than OR;
 *                  -word is NOT word, +word is word
 *   * ?            in words (not in phrases): any run, one character; * alone is true for every payload
 *   \              takes the meaning from the character behind it
 * A token is a run of letters, marks and digits of any script and of . _ - @, without the four at its ends; all other
 * bytes part tokens. A word that holds several (etc/passwd) is a phrase. Words without any token are passed over.
 * Refused by name: field:word, ranges [..] {..}, boosts ^ and fuzzy words ~, which mean something in Lucene.
 * The time for one payload is linear in its length for each word, and there is no recursion.
 * Limits: LIMIT_TEXT_SEARCH_BYTES, _WORDS, _PHRASE_WORDS; LIMIT_EXPRESSION_DEPTH for parentheses.
 * Memory: in the arena given to text_search_compile. Threads: a compiled search is immutable.
 */
#ifndef MATCH_TEXT_SEARCH_H
#define MATCH_TEXT_SEARCH_H

#include "base/arena.h"
#include "base/error.h"

struct text_search;

/* Errors: TOCSIN_ERROR_SYNTAX, _LIMIT, with the offset within the text in the message. */
tocsin_status text_search_compile(struct arena *arena, str text, const struct text_search **ret_search,
                                  struct error *err);
bool text_search_matches(const struct text_search *search, str payload);

/* Rows (of `rows`) whose payload matches, in order; gives their number. ret_rows may be `rows`. */
size_t text_search_select(const struct text_search *search, const str *payloads, const uint16_t *rows, size_t row_count,
                          uint16_t *ret_rows);

/* The next token at or behind *at, or false. For the search itself and its tests. */
bool text_search_next_token(str text, size_t *at, str *ret_token);

#endif
