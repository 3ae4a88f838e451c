/* execute/aggregate_state.h
 * The state of one aggregate of one group: how many bytes it has, how values are added, how it is written to a
 * temporary file and merged back, and its result. Private to aggregate.c, in a file of its own.
 * Every state is independent of the order in which values come. FIRST and LAST are set by the caller, who knows the
 * order of rows.
 */
#ifndef EXECUTE_AGGREGATE_STATE_H
#define EXECUTE_AGGREGATE_STATE_H

#include "column/column.h"
#include "execute/seen_values.h"
#include "execute/state_memory.h"
#include "plan/plan.h"

/* A value of its own, for MIN, MAX, FIRST and LAST. */
struct value_slot {
    bool has_value;
    uint32_t capacity; /* of text.data */
    union {
        uint8_t boolean;
        int64_t integer;
        double number;
        struct ip ip;
        struct {
            char *data;
            size_t len;
        } text;
    };
};

struct aggregate_layout {
    enum aggregate_kind kind;
    enum value_type argument; /* TYPE_NULL for COUNT(*) */
    enum value_type type;     /* of the result */
    uint32_t offset;          /* of the state in the group; a multiple of eight */
};

/* Bytes of the state, a multiple of eight; a new state is all zero bytes. */
uint32_t aggregate_state_bytes(const struct aggregate_layout *layout);

/* Adds rows[i] of the column to the state at states[i] + layout->offset. Nulls are skipped. The column is NULL for
 * COUNT(*). Not for FIRST and LAST. `seen` may be NULL; it is of the same states, and forgotten with them. False when
 * memory is out. */
bool aggregate_state_add(const struct aggregate_layout *layout, const struct column *column, const uint16_t *rows,
                         uint32_t row_count, char *const *states, uint64_t seed, struct seen_values *seen,
                         struct state_memory *memory)
    __attribute__((warn_unused_result));
/* Rows that stand for many: rows[i] for as many as `weights` says, which are not negative. `parts` are the columns of
 * plan_given_parts, none if `column` has the value that all of them have. Not for FIRST and LAST. */
bool aggregate_state_add_many(const struct aggregate_layout *layout, const struct column *column,
                              const struct column *weights, const struct column *const *parts, uint32_t part_count,
                              const uint16_t *rows, uint32_t row_count, char *const *states, uint64_t seed,
                              struct state_memory *memory) __attribute__((warn_unused_result));
/* Of a kind that goes by different values only. */
bool aggregate_state_is_of_different(enum aggregate_kind kind);
/* COUNT over rows that are all of the group with this state. `is_run`: each row is one behind the row before it. */
void aggregate_state_add_count(char *state, const struct column *column, const uint16_t *rows, uint32_t row_count,
                               bool is_run);
/* FIRST and LAST: the state becomes this row's value, which may be null. */
bool aggregate_state_set(struct value_slot *slot, const struct column *column, uint32_t row,
                         struct state_memory *memory) __attribute__((warn_unused_result));

/* The result into a row of a flat column of the layout's type. Text is a view into the state. */
void aggregate_state_result(const struct aggregate_layout *layout, const char *state, struct column *ret, uint32_t row);

/* Temporary files. Merging reads what writing wrote; of FIRST and LAST it replaces the state if `replaces`. */
void aggregate_state_write(const struct aggregate_layout *layout, const char *state, struct strbuf *buffer);
bool aggregate_state_merge(const struct aggregate_layout *layout, char *state, bool replaces, uint64_t seed, str *bytes,
                           struct state_memory *memory) __attribute__((warn_unused_result));

static inline bool type_is_text(enum value_type type)
{
    return type == TYPE_STRING || type == TYPE_BYTES;
}

#endif
