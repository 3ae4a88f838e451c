/* plan/explain.h
 * What a query does, as a tree of lines for a reader: the plan (EXPLAIN), or the tests that one event passed or failed.
 * Memory: nodes live in the arena given. Threads: one.
 */
#ifndef PLAN_EXPLAIN_H
#define PLAN_EXPLAIN_H

#include "base/strbuf.h"
#include "plan/plan.h"

enum explain_mark { MARK_NONE, MARK_PASS, MARK_FAIL, MARK_UNKNOWN /* null, in three-valued logic */ };

/* A number that belongs to a line, for programs. */
struct explain_figure {
    const char *name; /* static storage */
    uint64_t value;
    const struct explain_figure *next;
};

struct explain_node {
    const char *kind; /* stable, for programs: "filter", "sort", "test"; static storage */
    str text;         /* for people; may hold anything, whoever prints escapes */
    enum explain_mark mark;
    const struct explain_figure *figures; /* the last one added first; NULL: none */
    struct explain_node *first_child;
    struct explain_node *last_child;
    struct explain_node *next;
};

/* Adds a child behind the others (parent NULL: a tree of its own). Copies the text. NULL when memory is out. */
struct explain_node *explain_add(struct arena *arena, struct explain_node *parent, const char *kind, str text);
struct explain_node *explain_add_format(struct arena *arena, struct explain_node *parent, const char *kind,
                                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds a number to a line; false when memory is out. */
bool explain_add_figure(struct arena *arena, struct explain_node *node, const char *name, uint64_t value)
    __attribute__((warn_unused_result));

/* The plan from the answer down to the input. */
tocsin_status plan_explain(const struct plan *plan, const struct time_zone *zone, struct arena *arena,
                           struct explain_node **ret_tree, struct error *err);

struct explain_style {
    bool has_color;
    unsigned width; /* of the terminal; longer lines are cut; 0 = no limit */
};
/* Lines with branches drawn before them; controls escaped. */
void explain_write_text(const struct explain_node *tree, const struct explain_style *style, struct strbuf *target);
/* {"kind":..,"text":..,"result":..,"figures":{..},"children":[..]} */
void explain_write_json(const struct explain_node *tree, struct strbuf *target);

#endif
