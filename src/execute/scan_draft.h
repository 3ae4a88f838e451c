/* execute/scan_draft.h - for scan_filter.c only: what rows the plans of a run want, before it becomes programs. */
#ifndef EXECUTE_SCAN_DRAFT_H
#define EXECUTE_SCAN_DRAFT_H

#include "execute/scan_filter.h"

struct scan_draft {
    enum scan_filter_kind kind;
    uint32_t cost;  /* of a row */
    uint32_t index; /* among the parts of what it is a part of, as the query has them */
    /* SCAN_TEST */
    field_id field;
    bool meets_null; /* filled in by scan_filter.c */
    bool has_range;
    bool is_range;
    int64_t least;
    int64_t greatest;
    const struct expression *expression;
    const struct scan_literal *literals;
    uint32_t literal_count;
    /* else */
    struct scan_draft **parts;
    uint32_t part_count;
};

/* *ret_tests is their number, *ret_schema that of the fields. *ret_draft is NULL if all rows are wanted, or nothing is
 * known, or it would take too much to say. In the arena. */
tocsin_status scan_draft_create(const struct program_environment *environment,
                                const struct scan_filter_options *options, struct arena *arena,
                                struct scan_draft **ret_draft, uint32_t *ret_tests, const struct schema **ret_schema,
                                struct error *err);

#endif
