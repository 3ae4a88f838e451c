/* format/row_writer.h
 * How a format writes a row. Sets the fields that every event has (times, log source, event name and what follows from
 * it, host, flags, payload) in one place, so that a format sets only its own. Counts events for the account.
 * Memory: batches belong to the log reader. A line may give more rows than a batch holds: the writer then goes on with
 * the next one, so look `batch` up again after each row_writer_begin.
 */
#ifndef FORMAT_ROW_WRITER_H
#define FORMAT_ROW_WRITER_H

#include "format/format.h"

struct event_header {
    int64_t log_source_type;
    str host;      /* empty: the frame's, if `line` has one */
    bool has_time; /* else the frame's time; else the newest of the input so far; else the file's */
    int64_t time_ms;
    int64_t qid;
    int64_t severity; /* 1 to 10; 0: the event name's */
    bool is_unparsed;
    bool is_truncated;
    str payload; /* empty: the evidence lines joined by newlines */
};

/* Starts a row; NULL when memory is out (err set by the caller's caller through batch_finish). */
struct batch *row_writer_begin(struct row_writer *writer, const struct event_header *header,
                               const struct log_frame *frame, uint32_t *ret_row);
/* A row that nobody wants (format_context.prefilter) and that is not written: it counts as row_writer_begin would have
 * counted it. */
void row_writer_pass(struct row_writer *writer, const struct event_header *header, const struct log_frame *frame);
/* True when a batch is full, so that it should be taken before more is parsed. */
bool row_writer_has_full(const struct row_writer *writer);
/* Input lines the row just begun was made from; adjacent ones are joined. */
void row_writer_evidence(struct row_writer *writer, uint32_t input, uint64_t line, uint32_t line_count, str raw);
/* The same for the first lines of a row, `line_count` records of a line each that are adjacent: raw is all of them. */
void row_writer_evidence_run(struct row_writer *writer, uint32_t input, uint64_t line, uint32_t line_count, str raw);
/* The whole line as a row nobody understood: header from the frame, payload, is_unparsed. */
void row_writer_unparsed(struct row_writer *writer, const struct log_line *line, int64_t log_source_type, int64_t qid,
                         bool is_truncated);
/* The row just begun turns out to be one that nobody understood. */
void row_writer_mark_unparsed(struct row_writer *writer);
/* Records (not events) that were thrown away, with the reason for the account: a string that lives for ever. */
void row_writer_dropped(struct row_writer *writer, const char *reason, uint64_t count);

/* Address fields in one go: v4 goes to sourceip, v6 to sourcev6, either to sourceaddress. */
void row_set_source_address(struct batch *batch, uint32_t row, const struct ip *ip);
void row_set_destination_address(struct batch *batch, uint32_t row, const struct ip *ip);
/* Sets a column by field id when somebody asked for it; copies nothing. */
static inline void row_set_string(struct batch *batch, uint32_t row, field_id field, str value)
{
    column_set_string(batch_column(batch, field), row, value);
}

#endif
