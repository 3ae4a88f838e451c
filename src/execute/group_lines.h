/* execute/group_lines.h
 * The lines that a group of GROUP BY shows: those of its first rows, as long as fewer than LIMIT_EVIDENCE_LINES lines
 * stand before them; of the others the number. Rows come in any order. Where a source numbers its rows, a row may wait
 * as its number, to be read once it is known that its group is in the answer (see late_lines.h).
 * Memory: of the groups' states; that of a row which is no longer among the first is used again. Threads: one.
 */
#ifndef EXECUTE_GROUP_LINES_H
#define EXECUTE_GROUP_LINES_H

#include "base/limits.h"
#include "column/batch.h"
#include "execute/state_memory.h"

static inline bool row_order_precedes(const struct row_order *a, const struct row_order *b)
{
    for (int i = 0; i < 4; i++) {
        if (a->parts[i] != b->parts[i]) {
            return a->parts[i] < b->parts[i];
        }
    }
    return false;
}

/* Kept bytes of a row, with room for more. */
struct kept_bytes {
    uint32_t capacity;
    char bytes[];
};

struct kept_row {
    struct row_order order;
    union {
        struct kept_bytes *bytes; /* see row_encode_evidence */
        uint64_t number;
    };
    uint32_t byte_count; /* 0: a number, or free and never used for bytes */
    uint32_t line_count;
};

/* All zero bytes: of no rows. What a row that is newer than all others needs is here, so that only its entry is
 * written: the entries of many groups are in no cache. */
struct group_lines {
    struct kept_row *rows; /* a ring, in order */
    uint64_t total;        /* lines of all rows */
    uint64_t first_part;   /* of the order of the first row in the ring */
    uint32_t kept;         /* lines of those in the ring */
    uint8_t first;
    uint8_t count;
    uint8_t capacity;
    bool has_long; /* a row of several lines was kept */
};

static inline struct kept_row *group_lines_at(const struct group_lines *lines, uint32_t index)
{
    uint32_t at = lines->first + index;
    return &lines->rows[at < lines->capacity ? at : at - lines->capacity];
}

/* Where the next row goes, if it is the first. */
static inline uint32_t group_lines_front(const struct group_lines *lines)
{
    return (lines->first > 0 ? lines->first : lines->capacity) - 1u;
}

static inline void group_lines_prefetch(const struct group_lines *lines)
{
    if (lines->capacity == 0) {
        return;
    }
    const char *entry = (const char *)(lines->rows + group_lines_front(lines));
    __builtin_prefetch(entry, 1);
    __builtin_prefetch(entry + sizeof(*lines->rows) - 1, 1);
}

/* Whether a row is among the first ones so far. */
static inline bool group_lines_wants(const struct group_lines *lines, const struct row_order *order)
{
    return lines->kept < LIMIT_EVIDENCE_LINES || order->parts[0] < lines->first_part ||
           row_order_precedes(order, &group_lines_at(lines, lines->count - 1u)->order);
}

/* The lines of one row, which is wanted: bytes and one line at least, or no bytes and its number. False when memory is
 * out. */
struct lines_of_row {
    struct row_order order;
    str bytes;
    uint64_t number;
    uint32_t line_count;
};
bool group_lines_keep(struct group_lines *lines, const struct lines_of_row *row, struct state_memory *memory)
    __attribute__((warn_unused_result));

/* To and from a temporary file. */
void group_lines_write(const struct group_lines *lines, struct strbuf *buffer);
bool group_lines_merge(struct group_lines *lines, str *bytes, struct state_memory *memory)
    __attribute__((warn_unused_result));

/* The group's lines and how many more it has; rows that wait are stand-ins for theirs (see late_lines.h), and `more`
 * is all lines then. `ret_lines` has room for LIMIT_EVIDENCE_LINES. Views of what is kept. */
uint32_t group_lines_list(const struct group_lines *lines, struct evidence *ret_lines, uint64_t *ret_more);

#endif
