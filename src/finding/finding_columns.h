/* finding/finding_columns.h
 * Which column of a rule's rows is what, by the names that finding_row.h lists (in any case). Rows need `Time`, `Act`
 * and `Identity` to be joined; a rule without them keeps its own table. `Risk` is the engine's business.
 * Memory: the map is a plain value; rows are views of the batch and of the scratch arena. Threads: any.
 */
#ifndef FINDING_FINDING_COLUMNS_H
#define FINDING_FINDING_COLUMNS_H

#include "base/limits.h"
#include "finding/finding_row.h"

enum { FINDING_NO_COLUMN = UINT32_MAX };

struct finding_columns {
    uint32_t time;
    uint32_t texts[ROW_TEXT_COUNT];
    uint32_t parts[ROW_PART_COUNT];
    uint32_t indicators[ROW_INDICATOR_COUNT];
    uint32_t fields[LIMIT_FINDING_FIELDS]; /* the rest, in the order of the query */
    uint32_t field_count;
};

/* False if the rows lack what a finding needs. */
bool finding_columns_find(const struct result_column *columns, uint32_t column_count,
                          struct finding_columns *ret_columns);

/* One row of a batch; rule, risk, level and evidence are left to the caller. False when memory is out. */
bool finding_columns_read(const struct finding_columns *columns, const struct result_column *names,
                          const struct column *values, uint32_t row, struct arena *scratch,
                          struct finding_row *ret_row);

#endif
