#include "execute/group_tally.h"

#include <stddef.h>

enum { AHEAD = 24 };

static inline uint32_t input_of(const struct tallied_rows *rows, uint32_t i)
{
    return rows->inputs ? rows->inputs[i] : rows->input;
}

/* Of two rows of the same time. One that came later can only be the first by its place. */
static inline int is_placed_before(const struct tallied_rows *rows, uint32_t i, const struct group_tally *tally)
{
    uint32_t input = input_of(rows, i);
    return input != tally->input ? input < tally->input : rows->lines[i] < tally->line;
}

void group_tally_add(struct group_tally *tallies, const struct tallied_rows *rows)
{
    if (!rows->times) {
        for (uint32_t i = 0; i < rows->count; i++) {
            struct group_tally *tally = &tallies[rows->groups[i]];
            if (tally->count++ == 0 && tally->arrival == UINT64_MAX) {
                *tally = (struct group_tally){0, 0, rows->arrival + i, 0, 1};
            }
        }
        return;
    }
    /* Logs are mostly in the order of time, so that nearly every row is the newest of its group. */
    for (uint32_t i = 0; i < rows->count; i++) {
        struct group_tally *tally = &tallies[rows->groups[i]];
        uint64_t time = rows->times[i];
        if (i + AHEAD < rows->count) {
            __builtin_prefetch(&tallies[rows->groups[i + AHEAD]], 1);
        }
        tally->count++;
        if (time < tally->time || (time == tally->time && is_placed_before(rows, i, tally))) {
            tally->time = time;
            tally->line = rows->lines[i];
            tally->arrival = rows->arrival + i;
            tally->input = input_of(rows, i);
        }
    }
}
