#include "execute/group_lines.h"

#include "execute/late_lines.h"
#include "execute/row_codec.h"

/* One more than rows of one line each, for the row that comes. */
enum { ROWS_MAX = LIMIT_EVIDENCE_LINES + 1 };

/* Most groups are of one row; those that are not have many. Entries that are free keep their memory. */
static bool grow(struct group_lines *lines, struct state_memory *memory)
{
    enum { SECOND_CAPACITY = 4 };
    uint32_t capacity = lines->capacity == 0 ? 1 : lines->capacity == 1 ? SECOND_CAPACITY : ROWS_MAX;
    struct kept_row *rows = state_memory_take(memory, capacity * sizeof(*rows));
    if (!rows) {
        return false;
    }
    memset(rows, 0, capacity * sizeof(*rows));
    for (uint32_t i = 0; i < lines->count; i++) {
        rows[i] = *group_lines_at(lines, i);
    }
    lines->rows = rows;
    lines->first = 0;
    lines->capacity = (uint8_t)capacity;
    return true;
}

/* Into an entry that is free. */
static bool set_row(struct kept_row *entry, const struct lines_of_row *row, struct state_memory *memory)
{
    struct kept_bytes *kept = entry->byte_count > 0 ? entry->bytes : NULL;
    entry->order = row->order;
    entry->line_count = row->line_count;
    if (row->bytes.len == 0) {
        entry->number = row->number;
        return true;
    }
    if (!kept || row->bytes.len > kept->capacity) {
        size_t capacity = kept ? (size_t)kept->capacity * 2 : 0;
        capacity = capacity > row->bytes.len ? capacity : row->bytes.len;
        kept = state_memory_take(memory, sizeof(*kept) + capacity);
        if (!kept) {
            return false;
        }
        kept->capacity = (uint32_t)capacity;
        entry->bytes = kept;
    }
    memcpy(kept->bytes, row->bytes.data, row->bytes.len);
    entry->byte_count = (uint32_t)row->bytes.len;
    return true;
}

static void drop_behind_limit(struct group_lines *lines)
{
    if (!lines->has_long) {
        lines->count = lines->count < LIMIT_EVIDENCE_LINES ? lines->count : LIMIT_EVIDENCE_LINES;
        lines->kept = lines->count;
        return;
    }
    while (lines->kept - group_lines_at(lines, lines->count - 1u)->line_count >= LIMIT_EVIDENCE_LINES) {
        lines->kept -= group_lines_at(lines, lines->count - 1u)->line_count;
        lines->count--;
    }
}

/* Logs are mostly in the order of time, so that a new row is one of the first: it goes in from the front. */
bool group_lines_keep(struct group_lines *lines, const struct lines_of_row *row, struct state_memory *memory)
{
    if (lines->count == lines->capacity && !grow(lines, memory)) {
        return false;
    }
    uint32_t front = group_lines_front(lines);
    if (!set_row(&lines->rows[front], row, memory)) {
        return false;
    }
    bool is_first = lines->count == 0 || row->order.parts[0] < lines->first_part;
    lines->first = (uint8_t)front;
    lines->count++;
    uint32_t at = 0;
    while (!is_first && at + 1 < lines->count &&
           row_order_precedes(&group_lines_at(lines, at + 1)->order, &row->order)) {
        struct kept_row entry = *group_lines_at(lines, at);
        *group_lines_at(lines, at) = *group_lines_at(lines, at + 1);
        *group_lines_at(lines, at + 1) = entry;
        at++;
    }
    lines->first_part = at == 0 ? row->order.parts[0] : lines->first_part;
    lines->kept += row->line_count;
    lines->has_long |= row->line_count != 1;
    drop_behind_limit(lines);
    return true;
}

void group_lines_write(const struct group_lines *lines, struct strbuf *buffer)
{
    uint32_t count = lines->count;
    bytes_put(buffer, &lines->total, sizeof(lines->total));
    bytes_put(buffer, &count, sizeof(count));
    for (uint32_t i = 0; i < lines->count; i++) {
        const struct kept_row *row = group_lines_at(lines, i);
        bytes_put(buffer, &row->order, sizeof(row->order));
        bytes_put(buffer, &row->line_count, sizeof(row->line_count));
        bytes_put(buffer, &row->byte_count, sizeof(row->byte_count));
        if (row->byte_count > 0) {
            bytes_put(buffer, row->bytes->bytes, row->byte_count);
        } else {
            bytes_put(buffer, &row->number, sizeof(row->number));
        }
    }
}

bool group_lines_merge(struct group_lines *lines, str *bytes, struct state_memory *memory)
{
    uint64_t total;
    uint32_t count;
    bytes_take_into(bytes, &total, sizeof(total));
    bytes_take_into(bytes, &count, sizeof(count));
    lines->total += total;
    for (uint32_t i = 0; i < count; i++) {
        struct lines_of_row row = {.bytes = STR_EMPTY};
        uint32_t byte_count;
        bytes_take_into(bytes, &row.order, sizeof(row.order));
        bytes_take_into(bytes, &row.line_count, sizeof(row.line_count));
        bytes_take_into(bytes, &byte_count, sizeof(byte_count));
        if (byte_count > 0) {
            row.bytes = (str){bytes_take(bytes, byte_count), byte_count};
        } else {
            bytes_take_into(bytes, &row.number, sizeof(row.number));
        }
        if (group_lines_wants(lines, &row.order) && !group_lines_keep(lines, &row, memory)) {
            return false;
        }
    }
    return true;
}

uint32_t group_lines_list(const struct group_lines *lines, struct evidence *ret_lines, uint64_t *ret_more)
{
    uint32_t count = 0;
    uint64_t shown = 0;
    for (uint32_t i = 0; i < lines->count; i++) {
        const struct kept_row *row = group_lines_at(lines, i);
        if (row->byte_count == 0) {
            ret_lines[count++] = late_lines_stand_in(row->number);
            continue;
        }
        row_append_evidence((str){row->bytes->bytes, row->byte_count}, ret_lines, &count, &shown);
    }
    *ret_more = lines->total - shown;
    return count;
}
