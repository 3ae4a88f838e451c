/* plan/required_literals.h
 * Texts of which every value that a regular expression matches holds one at least: what is left of a pattern when all
 * that may vary is taken out of it. `kubectl\s+get (secret|token)s?` gives "kubectl", `(curl|wget)\b` gives both.
 * The pattern is in Java's dialect (match/regex_java.h) and has been compiled, so that it is well-formed. Wherever
 * there is a doubt (quoting, comments, class arithmetic) the answer is "nothing known", which costs speed only.
 * Memory: fixed, on the stack; results in the arena. Threads: any.
 */
#ifndef PLAN_REQUIRED_LITERALS_H
#define PLAN_REQUIRED_LITERALS_H

#include "base/arena.h"

/* Texts kept of one pattern, and of each the first bytes. */
enum { REQUIRED_LITERALS_MAX = 48, REQUIRED_LITERAL_BYTES_MAX = 40 };

struct required_literals {
    str texts[REQUIRED_LITERALS_MAX]; /* of two bytes at least, ASCII without control characters; in the arena */
    uint32_t count;                   /* 0: nothing is known */
    bool ignores_case;                /* of ASCII letters; a value with bytes outside ASCII may match by others */
};

/* False when memory is out. */
bool required_literals_find(str pattern, bool ignores_case, struct arena *arena, struct required_literals *ret)
    __attribute__((warn_unused_result));

#endif
