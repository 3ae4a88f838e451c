/* format/audit_event_table.h
 * Joins audit records to events: the bounded table of events whose records are still arriving. Records of one event
 * share node, time and serial; they may be interleaved with others', out of order, and late. Knows nothing of fields.
 *
 * Events leave in the order of their first lines. The oldest is ready
 *   - when it is complete (audit_type_completes_event) and some newer events have begun since its last record, so that
 * a record that a relay delivered late still finds it;
 *   - or when in addition two seconds of newer log time of its node have passed, if it is not complete (auparse's
 * rule);
 *   - or when the table is full.
 * Never because of "the next serial": serials of other events come in between, are lost, and start again at 0.
 *
 * Memory: records are views into the input chunk until audit_event_table_keep copies those of open events. The copies
 * of an event live until the second call of keep (or the release) after it left: rows made from it point there.
 * Threads: one. Limits: LIMIT_AUDIT_OPEN_EVENTS, LIMIT_AUDIT_EVENT_RECORDS, LIMIT_AUDIT_EVENT_BYTES,
 * LIMIT_AUDIT_OPEN_BYTES.
 */
#ifndef FORMAT_AUDIT_EVENT_TABLE_H
#define FORMAT_AUDIT_EVENT_TABLE_H

#include "format/audit_header.h"
#include "format/format.h"

struct audit_record {
    const char *text;
    const char *raw;
    uint64_t line;
    uint32_t text_bytes;
    uint32_t raw_bytes;
    uint32_t body; /* offset in text behind the header */
    uint32_t input;
    uint32_t line_count;
    uint16_t type;
    bool is_cut; /* the reader cut the line */
};

struct audit_kept; /* a block of copied lines */

struct audit_event {
    int64_t time_ms;
    uint64_t serial;
    str node;               /* node= of any of its records; empty if none has it */
    struct log_frame frame; /* of its first record */
    struct audit_record *records;
    uint32_t record_count;
    uint32_t record_capacity;
    uint32_t kept_count; /* records that are no longer in the chunk */
    uint32_t run_count;  /* records from the first on that are adjacent lines, parted by nothing but a line feed */
    uint16_t next;       /* in its hash bucket */
    uint32_t bucket;
    uint64_t touched; /* number of events begun when its last record came */
    uint64_t bytes;
    uint64_t node_hash;
    struct audit_kept *kept;
    /* Not NULL: its only record stands for several lines that were added together and have not been read. */
    struct audit_header_reader *packed_by;
    bool is_complete;
    bool has_overflown; /* records were refused */
    /* The caller's, false when it begins. */
    bool is_wanted;
    bool has_arguments;
};

struct audit_event_table;

tocsin_status audit_event_table_create(struct audit_event_table **ret_table, struct error *err);
void audit_event_table_free(struct audit_event_table *table);

enum audit_add_result {
    AUDIT_ADDED,
    AUDIT_BEGUN,      /* the same, and events may have become ready: a new one began, or the table is full */
    AUDIT_REFUSED,    /* the event has reached its limits */
    AUDIT_ORPHAN_END, /* an EOE whose event is not there */
    AUDIT_OUT_OF_MEMORY,
};
/* Puts a record into its event, which is begun if need be. After AUDIT_BEGUN, audit_event_table_ready has to be called
 * until it gives NULL before the next record; only then can an event have become ready. */
enum audit_add_result audit_event_table_add(struct audit_event_table *table, const struct audit_header *header,
                                            const struct log_line *line);

/* Lines that are the records of one event, one behind the other. */
struct audit_span {
    str raw;       /* without the last line end */
    uint64_t line; /* number of the first one */
    uint32_t line_count;
    uint32_t input;
    bool is_complete; /* one of them completes the event */
    /* Reads them when they are asked for. Each of them is a record for it, of the same time and serial. */
    struct audit_header_reader *headers;
};
/* Begins an event with all of the lines as audit_event_table_add would with one after the other, for lines that hardly
 * anybody will want: they become records when a further one comes or audit_event_unpack is called. The header is the
 * first one's, which is not the end of an event. *ret_is_added false: nothing was done, they have to be added one by
 * one. After true as after AUDIT_BEGUN. False: memory is out. */
bool audit_event_table_add_span(struct audit_event_table *table, const struct audit_header *header,
                                const struct audit_span *span, bool *ret_is_added) __attribute__((warn_unused_result));
/* Sees to it that the event has a record for each line. False: memory is out. */
bool audit_event_unpack(struct audit_event *event) __attribute__((warn_unused_result));

/* The event that the last record was added to; NULL if there is none, or it has left. */
struct audit_event *audit_event_table_newest(struct audit_event_table *table);

/* How many records the event can take, of so many bytes together, without anything else being asked. */
uint32_t audit_event_table_room(const struct audit_event_table *table, const struct audit_event *event,
                                size_t *ret_bytes);
/* Puts the line behind that of the event's last record into it: the newest event, which has room, and a line that is
 * whole, like the one before it, and belongs there. All lines put so are then noted with audit_event_table_note. */
static inline void audit_event_append_next(struct audit_event *event, str raw, uint32_t body, uint16_t type)
{
    const struct audit_record *before = &event->records[event->record_count - 1];
    event->run_count += event->run_count == event->record_count;
    event->records[event->record_count++] = (struct audit_record){
        .text = raw.data,
        .raw = raw.data,
        .line = before->line + 1,
        .text_bytes = (uint32_t)raw.len,
        .raw_bytes = (uint32_t)raw.len,
        .body = body,
        .input = before->input,
        .line_count = 1,
        .type = type,
    };
}
void audit_event_table_note(struct audit_event_table *table, struct audit_event *event, size_t bytes);

/* The oldest event if it is ready (`all`: if there is any), else NULL. It stays in the table until ..._remove. */
struct audit_event *audit_event_table_ready(struct audit_event_table *table, bool all);
void audit_event_table_remove(struct audit_event_table *table);

/* Copies the lines of open events out of the input chunk. */
tocsin_status audit_event_table_keep(struct audit_event_table *table, struct error *err);

#endif
