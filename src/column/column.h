/* column/column.h
 * One column of values: up to BATCH_ROWS_MAX of one type. Open to everybody who loops over rows.
 * A constant column holds one value for all rows, in slot 0; reading slot [row & row_mask] works for both kinds.
 * Memory: the arrays belong to whoever made the column (a batch's arena, a run's arena); strings are views.
 */
#ifndef COLUMN_COLUMN_H
#define COLUMN_COLUMN_H

#include "base/arena.h"
#include "column/schema.h"
#include "column/value.h"

enum column_kind { COLUMN_FLAT, COLUMN_CONSTANT };

/* The different texts of a column, or addresses as the source has them. Lives as long as the source that made it says,
 * at least until its next call. */
struct column_dictionary {
    uint64_t id; /* within the process: another dictionary has another one. One that only grows keeps it, and what an
                    entry is stays so */
    uint32_t count;
    const str *entries; /* some may be the same text; one that no row of the source so far needs may have no data */
};

struct column {
    enum value_type type;
    enum column_kind kind;
    uint32_t row_mask;  /* UINT32_MAX for flat, 0 for constant */
    uint64_t *validity; /* a bit per row, 1 = has a value */
    union {
        void *data;
        uint8_t *bools;
        int64_t *integers;
        double *doubles;
        str *strings;
        struct ip *ips;
    };
    /* Of a flat column of texts or addresses, if its source knows them: for each row with a value the entry that it is;
     * a number that no entry has stands for a filler, or for no value. The values are there as well, unless they are
     * texts and whoever reads the rows wants codes only (scan_request.coded): see column_text. Who groups or compares
     * may look at codes instead. Both NULL: not known. */
    const struct column_dictionary *dictionary;
    uint32_t *codes;
};

enum { VALIDITY_WORDS = (BATCH_ROWS_MAX + 63) / 64 };

/* A flat column with room for BATCH_ROWS_MAX values, all null. False when out of memory. */
bool column_init(struct column *column, enum value_type type, struct arena *arena) __attribute__((warn_unused_result));
/* Back to flat and all null. */
void column_clear(struct column *column);
size_t value_type_bytes(enum value_type type); /* of one slot */

static inline bool column_is_valid(const struct column *column, uint32_t row)
{
    row &= column->row_mask;
    return column->validity[row / 64] >> row % 64 & 1;
}
/* All rows from `first` on have a value. */
static inline bool column_has_all(const struct column *column, uint32_t first, uint32_t count)
{
    uint32_t row = first & column->row_mask;
    uint32_t end = (first + count - 1) & column->row_mask;
    bool has_all = true;
    for (; has_all && row <= end; row = (row / 64 + 1) * 64) {
        uint64_t wanted = UINT64_MAX << row % 64;
        wanted &= end / 64 > row / 64 ? UINT64_MAX : UINT64_MAX >> (63 - end % 64);
        has_all = (column->validity[row / 64] & wanted) == wanted;
    }
    return has_all;
}
static inline void column_set_valid(struct column *column, uint32_t row)
{
    column->validity[row / 64] |= UINT64_C(1) << row % 64;
}
static inline void column_set_null(struct column *column, uint32_t row)
{
    column->validity[row / 64] &= ~(UINT64_C(1) << row % 64);
}

/* Setters for flat columns. A NULL column is a field nobody asked for: nothing happens. */
static inline void column_set_integer(struct column *column, uint32_t row, int64_t value)
{
    if (column) {
        column->integers[row] = value;
        column_set_valid(column, row);
    }
}
static inline void column_set_bool(struct column *column, uint32_t row, bool value)
{
    if (column) {
        column->bools[row] = value;
        column_set_valid(column, row);
    }
}
static inline void column_set_double(struct column *column, uint32_t row, double value)
{
    if (column) {
        column->doubles[row] = value;
        column_set_valid(column, row);
    }
}
static inline void column_set_string(struct column *column, uint32_t row, str value)
{
    if (column) {
        column->strings[row] = value;
        column_set_valid(column, row);
    }
}
static inline void column_set_ip(struct column *column, uint32_t row, struct ip value)
{
    if (column) {
        column->ips[row] = value;
        column_set_valid(column, row);
    }
}

static inline int64_t column_integer(const struct column *column, uint32_t row)
{
    return column->integers[row & column->row_mask];
}
static inline double column_double(const struct column *column, uint32_t row)
{
    return column->doubles[row & column->row_mask];
}
static inline str column_string(const struct column *column, uint32_t row)
{
    return column->strings[row & column->row_mask];
}
/* The same of a column that may have codes only. */
static inline str column_text(const struct column *column, uint32_t row)
{
    row &= column->row_mask;
    return column->codes && column->codes[row] < column->dictionary->count
               ? column->dictionary->entries[column->codes[row]]
               : column->strings[row];
}
static inline const struct ip *column_ip(const struct column *column, uint32_t row)
{
    return &column->ips[row & column->row_mask];
}
static inline bool column_bool(const struct column *column, uint32_t row)
{
    return column->bools[row & column->row_mask] != 0;
}

/* One value for every row, of `type` (that of the expression: a NULL has one too), in the arena. False: no memory. */
bool column_from_value(const struct value *value, enum value_type type, struct arena *arena, struct column *ret);

#endif
