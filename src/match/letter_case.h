/* match/letter_case.h
 * Upper and lower case of Unicode letters, and which code points are letters at all. Without a locale: the simple
 * mappings of Unicode 14, one code point to one code point. So "ß" stays as it is in upper case, and Turkish has no
 * dotless i. Not for comparing words of a language.
 * Memory: none. Threads: any.
 */
#ifndef MATCH_LETTER_CASE_H
#define MATCH_LETTER_CASE_H

#include "base/arena.h"
#include "base/strbuf.h"

/* Two letters are the same but for their case if their folds are equal. U+212A (Kelvin sign) folds to k, U+017F (long
 * s) to s: the only two outside ASCII that fold into it. */
uint32_t case_fold(uint32_t code_point);
uint32_t case_lower(uint32_t code_point);
uint32_t case_upper(uint32_t code_point);

/* True if another code point has the same fold. */
bool case_has_variants(uint32_t code_point);

/* Letters, marks and digits of any script: what words are made of (Unicode's L, M, N). */
bool case_is_word(uint32_t code_point);

/* Appends the text with every code point folded: as many code points as before. Ill-formed parts stay as they are. */
void case_fold_append(struct strbuf *buffer, str s);

/* The whole text; ill-formed parts stay as they are. `s` itself if nothing changes. NULL data: memory out. */
str case_lower_text(struct arena *arena, str s);
str case_upper_text(struct arena *arena, str s);

#endif
