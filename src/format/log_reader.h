/* format/log_reader.h
 * From inputs to batches: reads chunks, splits lines, finds JSON values and syslog frames, asks the formats whose line
 * it is, and hands out what they write. Not a parser of any format, not a filter.
 *
 * A line is given to the format that is surest of it (format_def.detect), the format of the line before being asked
 * first. Each input has its own format states, so that records of two files never join.
 *
 * Memory: a chunk buffer, grown for a long line up to LIMIT_LINE_BYTES, a few batches, and what formats keep. Rows of a
 * batch point into the chunk; all is valid until the next call. With `released` there are two buffers in turn, and a
 * batch is valid until it is given back. Threads: one; somebody else may look at a batch that was handed over to him.
 * Limits: LIMIT_LINE_BYTES (the rest of a longer line is skipped), LIMIT_INPUT_PROBLEMS.
 */
#ifndef FORMAT_LOG_READER_H
#define FORMAT_LOG_READER_H

#include "column/stream.h"
#include "format/format.h"
#include "format/row_writer.h"
#include "input/input.h"

struct log_reader;

struct log_reader_options {
    const struct format_context *context;
    const struct input_list *inputs;
    const struct format_def *format; /* for all lines; NULL = by content */
    int64_t wall_clock_ms;           /* for inputs without a time, and to tell a forged time */
    /* For a reader whose batches are kept while it goes on: how many of the first batches were given back; waits until
     * `wanted` were. NULL: each is, by the next call. */
    uint64_t (*released)(void *context, uint64_t wanted);
    void *released_context;
    int wake; /* with `released`: a descriptor that ends waiting for data when something can be read from it */
    size_t chunk_bytes; /* of input that are read at a time; 0 = LIMIT_CHUNK_BYTES */
    /* For tests. */
    const struct format_def *const *formats; /* NULL = all there are */
    size_t format_count;
};

/* What the options point to has to outlive the reader. */
tocsin_status log_reader_create(const struct log_reader_options *options, struct log_reader **ret_reader,
                                struct error *err);
void log_reader_free(struct log_reader *reader);

/* TOCSIN_OK: *ret_batch is valid until the next call. It has no rows when much was read without a row, or a signal came
 * while waiting for input; call again. TOCSIN_END: all is read. An input that cannot be read is no error here but a
 * problem in the account. */
tocsin_status log_reader_next(struct log_reader *reader, struct batch **ret_batch, struct error *err);
/* No more is read: the next calls give what the formats still hold, then the end. */
void log_reader_stop(struct log_reader *reader);
/* The reader as a stream of batches; closing it frees the reader. */
struct batch_source log_reader_source(struct log_reader *reader);

struct log_type_count {
    int64_t type_id; /* of a log source type */
    uint64_t count;
};

struct log_drop_count {
    const char *reason;
    uint64_t count;
};

struct log_reader_statistics {
    uint64_t inputs;        /* opened, or failed to */
    uint64_t inputs_failed; /* not read, or not to their end */
    uint64_t bytes;         /* of text, decompressed */
    uint64_t lines;
    uint64_t blank_lines;
    uint64_t truncated_lines; /* longer than LIMIT_LINE_BYTES */
    uint64_t skipped_bytes;   /* of their ends */
    uint64_t events;
    uint64_t unparsed_events;  /* lines nobody understood */
    uint64_t truncated_events; /* incomplete for any reason */
    /* Views, valid until the reader's next call. */
    const struct log_type_count *events_by_type;
    size_t type_count;
    const struct log_drop_count *dropped; /* records without an event, by reason */
    size_t dropped_count;
};

void log_reader_statistics(const struct log_reader *reader, struct log_reader_statistics *ret_statistics);

/* Inputs that could not be read, or not to their end; without those that input_list_expand found. A view that lives as
 * long as the reader; later problems come behind it. */
struct log_reader_problem {
    uint32_t input;
    struct error error;
};
const struct log_reader_problem *log_reader_problems(const struct log_reader *reader, size_t *ret_count,
                                                     uint64_t *ret_more);

/* How an input ended. */
struct log_input_end {
    uint64_t lines;
    uint64_t bytes; /* of its text */
    bool is_torn;   /* its last line has no end */
    bool is_whole;  /* it was read to its end */
};
/* Of each input that was begun and ended, by number; the others have no lines. Lives as long as the reader. Rows of an
 * input may still come when it has ended. */
const struct log_input_end *log_reader_ends(const struct log_reader *reader);

struct log_reader_progress {
    uint64_t bytes;       /* from disk */
    uint64_t bytes_total; /* 0 = unknown */
    str input;            /* being read now; with a NUL behind it */
};
void log_reader_progress(const struct log_reader *reader, struct log_reader_progress *ret_progress);

/* The newest time that a line itself gave, so far: what NOW() is over files. False if none did. A time
 * after its file was last written, or ahead of the wall clock, counts only if there is no other; one more than a day
 * late comes last. */
bool log_reader_newest_time(const struct log_reader *reader, int64_t *ret_ms);
/* The same without implausible times: it only grows, so it may decide what can be dropped while reading goes on. */
bool log_reader_newest_plausible_time(const struct log_reader *reader, int64_t *ret_ms);
/* The newest one of each trust by itself: 0 plausible, 1 up to a day late, 2 all else. */
enum { LOG_TRUSTS = 3 };
bool log_reader_newest_of(const struct log_reader *reader, size_t trust, int64_t *ret_ms);

#endif
