/* format/row_writer_internal.h
 * The other side of row_writer.h, for the log reader and for tests of formats: makes a writer, takes the batches that
 * formats filled, reads the counters.
 * A batch taken stays valid until row_writer_recycle; batches are reused.
 * Memory: a pool of batches. A format that writes few rows for a line needs two; the pool grows when one line gives
 * more rows than a batch holds. Threads: one at a time.
 */
#ifndef FORMAT_ROW_WRITER_INTERNAL_H
#define FORMAT_ROW_WRITER_INTERNAL_H

#include "format/log_reader.h"

/* A batch whose decoded values take more than this is handed out before it is full: values of 2,048 rows may otherwise
 * be large together, and nothing of them may be lost to a memory limit. */
#define ROW_WRITER_BATCH_BYTES (16 * MEBI)

enum { ROW_WRITER_DROP_REASONS = 32, ROW_WRITER_SOURCE_MEMO = 16, ROW_WRITER_NAME_MEMO = 64 };

/* How far the time that a line gives is believed: any line may be forged. */
enum row_trust {
    ROW_TRUST_PLAUSIBLE, /* not after the file was written, nor after now */
    ROW_TRUST_DAY,       /* up to a day after that: a zone may have been mistaken */
    ROW_TRUST_NONE,
    ROW_TRUST_COUNT
};

struct row_statistics {
    uint64_t events;
    uint64_t unparsed;
    uint64_t truncated;
    const struct log_type_count *types; /* in the order of first appearance */
    size_t type_count;
    const struct log_drop_count *dropped;
    size_t dropped_count;
};

/* What follows from log source type and host; rows repeat them, so the last few are kept. */
struct row_source_memo {
    bool is_set;
    int64_t type_id;
    uint8_t host_bytes;
    uint8_t frame_host_bytes;
    char hosts[128]; /* host, then the frame's host */
    const struct log_source *source;
    size_t type_index;
};

struct row_name_memo {
    bool is_set;
    int64_t qid;
    const struct event_name *name; /* NULL: no such qid */
};

struct pooled_batch {
    struct batch batch;
    struct pooled_batch *next;
};

/* The current batch's columns that this writer sets itself; NULL = not wanted. */
struct row_columns {
    struct column *starttime;
    struct column *endtime;
    struct column *devicetime;
    struct column *logsourceid;
    struct column *devicetype;
    struct column *qid;
    struct column *category;
    struct column *highlevelcategory;
    struct column *severity;
    struct column *credibility;
    struct column *magnitude;
    struct column *hostname;
    struct column *logsourceidentifier;
    struct column *devicegrouplist;
    struct column *isunparsed;
    struct column *istruncated;
    struct column *payload;
};

struct row_writer {
    const struct format_context *context;
    struct pooled_batch *current; /* being written, or NULL */
    struct row_columns columns;
    bool is_row_open;              /* the newest row of `current` may still get evidence, and its payload from it */
    bool is_failed;                /* memory ran out */
    struct pooled_batch *finished; /* oldest first */
    struct pooled_batch **finished_end;
    struct pooled_batch *taken; /* oldest first */
    struct pooled_batch **taken_end;
    struct pooled_batch *unused;

    int64_t wall_clock_ms;
    int64_t created_ns; /* the wall clock went on since then */
    int64_t modified_ms; /* of this input; 0 = unknown */
    int64_t standing_time_ms; /* what an event of this input without a time gets */
    bool has_standing_time;   /* from an event; else it is the file's */
    int64_t plausible_max_ms; /* for this input */
    struct {
        bool is_set;
        int64_t ms;
    } newest[ROW_TRUST_COUNT];

    uint64_t events;
    uint64_t unparsed;
    uint64_t truncated;
    struct log_type_count *types;
    size_t type_count;
    size_t type_capacity;
    struct log_drop_count dropped[ROW_WRITER_DROP_REASONS];
    size_t dropped_count;
    struct row_source_memo source_memo[ROW_WRITER_SOURCE_MEMO];
    struct row_name_memo name_memo[ROW_WRITER_NAME_MEMO];
};

/* `wall_clock_ms` stands in for a file's time where there is none, and tells implausible times (from the future). */
tocsin_status row_writer_create(const struct format_context *context, int64_t wall_clock_ms,
                                struct row_writer **ret_writer, struct error *err);
void row_writer_free(struct row_writer *writer);

/* A new input begins. modified_ms: when the file was last written; 0 = unknown. */
void row_writer_begin_input(struct row_writer *writer, int64_t modified_ms);

/* The oldest batch with rows, ended by batch_finish; NULL if there is none. A batch not yet full counts only with
 * `takes_partial`. */
tocsin_status row_writer_take(struct row_writer *writer, bool takes_partial, struct batch **ret_batch,
                              struct error *err);
/* A batch without rows, to be recycled like one taken. */
tocsin_status row_writer_take_empty(struct row_writer *writer, struct batch **ret_batch, struct error *err);
/* Gives back the oldest batch taken; all of them. */
void row_writer_recycle_oldest(struct row_writer *writer);
void row_writer_recycle(struct row_writer *writer);

struct row_statistics row_writer_statistics(const struct row_writer *writer);
/* The newest time that a log line itself said; what NOW() is over files. A time after the file was last written, or
 * ahead of the wall clock, counts only if there is no other: one forged line must not move the window away from all
 * others. */
bool row_writer_newest_time(const struct row_writer *writer, int64_t *ret_ms);
/* That of one trust (enum row_trust). */
bool row_writer_newest_of(const struct row_writer *writer, size_t trust, int64_t *ret_ms);
/* The same without implausible times: it only grows while rows are written. */
bool row_writer_newest_plausible_time(const struct row_writer *writer, int64_t *ret_ms);

#endif
