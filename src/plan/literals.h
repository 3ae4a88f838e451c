/* plan/literals.h
 * Literals that a row must hold to pass a plan's filter: of each conjunct, a set of (field, text) of which one at least
 * occurs in the row. What a matcher, a dictionary or a Bloom filter can look for before the filter itself runs; every
 * hit is still confirmed by the filter.
 */
#ifndef PLAN_LITERALS_H
#define PLAN_LITERALS_H

#include "plan/plan.h"

struct literal {
    field_id field;
    bool
        ignores_case; /* as ILIKE compares; the text is ASCII, and a value with bytes outside ASCII may match without */
    bool is_whole;    /* the value is this text, not only holds it */
    str text;         /* not empty, without a line end; a view into the plan or in the arena */
    str before;       /* what the value holds directly in front of the text and behind it, '_' for any one character */
    str behind;
    bool is_first; /* the value begins with what is in front of the text, or with it; ends likewise */
    bool is_last;
};

struct literal_cover {
    const struct expression *conjunct;
    struct literal *literals; /* implied ones dropped */
    uint32_t count;
};

/* One cover for each conjunct that has one. */
tocsin_status plan_literal_covers(const struct plan *plan, struct arena *arena, struct literal_cover **ret_covers,
                                  uint32_t *ret_count, struct error *err);
/* Literals of which a value of the field holds one if it meets the expression, which reads no other field. *ret_count
 * 0: none are known. */
tocsin_status expression_literals(const struct expression *expression, struct arena *arena,
                                  struct literal **ret_literals, uint32_t *ret_count, struct error *err);
/* The cover that should prune best: whose shortest literal is longest, then with the fewest; NULL if there is none. */
const struct literal_cover *literal_covers_best(const struct literal_cover *covers, uint32_t count);

#endif
