/* match/like.h
 * LIKE and ILIKE patterns: % is any run, _ exactly one character (code point), the whole value must match, % and _
 * match newlines, there is no escape. ILIKE ignores case: ASCII fast, other letters by Unicode simple case folding.
 * Where UTF-8 is ill-formed, each ill-formed part (utf8.h) counts as one character and equals only the same bytes.
 * The time for one value is linear in its length, whatever pattern and value; there is no backtracking.
 * Memory: in the arena given to like_compile. Threads: a compiled pattern is immutable.
 */
#ifndef MATCH_LIKE_H
#define MATCH_LIKE_H

#include "base/arena.h"

struct like_pattern;

/* NULL when memory is out. */
const struct like_pattern *like_compile(struct arena *arena, str pattern, bool ignores_case);
/* The same with other wildcards, of ASCII: `any` for any run, `one` for one character. For text_search.c's * and ?. */
const struct like_pattern *like_compile_wildcards(struct arena *arena, str pattern, char any, char one,
                                                  bool ignores_case);
bool like_matches(const struct like_pattern *pattern, str value);

/* Rows (of `rows`) whose value matches are written to ret_rows in order; gives their number. The values of all rows in
 * `rows` are valid. ret_rows may be `rows`. This is the kernel of the filter. */
size_t like_select(const struct like_pattern *pattern, const str *values, const uint16_t *rows, size_t row_count,
                   uint16_t *ret_rows);

#endif
