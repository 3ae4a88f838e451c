/* match/regex.h
 * Regular expressions: Java's dialect (AQL's MATCHES, property extractors), run by PCRE2 with JIT.
 * Differences between the two dialects are translated at compile time or refused with a clear error (regex_java.h).
 * Ill-formed UTF-8 in a value is seen as U+FFFD, as QRadar's UTF8() would give it, so that `.` crosses it.
 * Limits: LIMIT_REGEX_STEPS and LIMIT_REGEX_NS for all that is done with one value; over them it counts as no match
 * (or is replaced up to there), and regex_scratch counts it. A value costs some 50 ms at most, long ones 250 ns a byte
 * more.
 * LIMIT_REGEX_BYTES, LIMIT_REGEX_DEPTH, LIMIT_REGEX_GROUPS for patterns.
 * Threads: a compiled regex may be used by many at once; each thread brings its own scratch. Code for the machine is
 * made when the first value comes.
 */
#ifndef MATCH_REGEX_H
#define MATCH_REGEX_H

#include "base/arena.h"
#include "base/error.h"

struct regex;
struct regex_scratch; /* match data and stacks for one thread */

struct regex_options {
    bool ignores_case;
    bool is_full; /* the whole value must match, not a part of it */
};

/* The regex is heap-owned (PCRE2's code lives outside arenas): regex_free. Error: TOCSIN_ERROR_SYNTAX with the offset
 * within the pattern in the message. */
tocsin_status regex_compile(str pattern, struct regex_options options, struct regex **ret_regex, struct error *err);
void regex_free(struct regex *regex);
unsigned regex_group_count(const struct regex *regex);
bool regex_is_full(const struct regex *regex); /* compiled to match whole values */

tocsin_status regex_scratch_create(struct regex_scratch **ret_scratch, struct error *err);
void regex_scratch_free(struct regex_scratch *scratch);
uint64_t regex_scratch_limit_hits(const struct regex_scratch *scratch);
/* Adds them to a counter of the caller's from now on, too; NULL: no more. */
void regex_scratch_count_into(struct regex_scratch *scratch, uint64_t *limit_hits);

bool regex_matches(const struct regex *regex, struct regex_scratch *scratch, str value);
/* Capture group `group` (0 = whole match) of the first match: a view into value. False: no match, or group not set. */
bool regex_capture(const struct regex *regex, struct regex_scratch *scratch, str value, unsigned group, str *ret_text);

/* Checks a replacement text: every $1 and ${name} names a group. Java fails at run time where this fails at once. */
tocsin_status regex_check_replacement(const struct regex *regex, str replacement, struct error *err);

/* Replaces the first or every match; $1, ${name} and \x as in Java; a reference to no group is plain text. `value`
 * itself if nothing matches, else text in the arena; NULL data: memory out. */
str regex_replace(const struct regex *regex, struct regex_scratch *scratch, str value, str replacement, bool all,
                  struct arena *arena);

#endif
