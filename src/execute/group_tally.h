/* execute/group_tally.h
 * What every row changes of its group, close together: how many rows there are, and which is the first. Groups are
 * numbers here. For aggregate.c, which adds it to the groups now and then.
 * Memory: the caller's. Threads: one.
 */
#ifndef EXECUTE_GROUP_TALLY_H
#define EXECUTE_GROUP_TALLY_H

#include <stdint.h>

/* Half a cache line. The position is that of struct row_position with the arrival behind it: time, input, line,
 * arrival; all bits set if there is no row. */
struct group_tally {
    uint64_t time;
    uint64_t line;
    uint64_t arrival;
    uint32_t input;
    uint32_t count; /* never more than TALLY_ROWS_MAX rows, then the caller takes it */
};
enum { TALLY_ROWS_MAX = 1 << 30 };

/* Rows by index; each later one arrived later. */
struct tallied_rows {
    const uint32_t *groups;
    uint32_t count;
    uint64_t arrival;       /* of the first one */
    const uint64_t *times;  /* the first part of their positions; NULL: they are in the order of arrival */
    const uint64_t *lines;  /* with times */
    const uint32_t *inputs; /* with times; NULL: all are of `input` */
    uint32_t input;
};

static inline void group_tally_init(struct group_tally *tally)
{
    *tally = (struct group_tally){UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT32_MAX, 0};
}
void group_tally_add(struct group_tally *tallies, const struct tallied_rows *rows);

#endif
