/* store/event_store.h
 * A store of events: a folder of segments (docs/segment-format.md), written by one, read by any number.
 * docs/store-invariants.md says what holds at every moment, S1 and so on.
 * Not for answers kept by INTO: see cursor.h.
 */
#ifndef STORE_EVENT_STORE_H
#define STORE_EVENT_STORE_H

#include "column/stream.h"
#include "store/scan_statistics.h"
#include "store/segment_map.h"

/* ---- writing -------------------------------------------------------------------------------------------------------
 *
 * Rows pushed are collected; commit puts them on the disk, and so does a push for which the block has no room. Of the
 * rows of one push there are all or none. Rows on the disk are acknowledged: store_writer_acknowledged counts them.
 * Whatever happens afterwards, they are there, once (S1, S2).
 * After an error of push or commit, rows that were not acknowledged may have to be pushed again, with a new writer:
 * the old one is only good to be freed. What it had written of them is undone, or cut by the next writer.
 * Memory: LIMIT_STORE_BUFFER_BYTES, dictionaries, a block; some 256 MiB at the most. Threads: one.
 */

struct store_writer;

struct store_writer_options {
    const char *folder; /* made if need be */
    const struct schema *schema;
    const char *who;        /* for whoever finds the store locked: "tocsin ingest" */
    uint32_t block_rows;    /* 0: LIMIT_STORE_BLOCK_ROWS */
    uint32_t segment_rows;  /* 0: LIMIT_STORE_SEGMENT_ROWS */
    enum chunk_codec codec; /* CHUNK_LZ4, or CHUNK_ZSTD for what is seldom read */
    uint64_t hash_seed;     /* random: values come from attackers */
    int64_t now_ms;         /* of the clock */
    /* No field payload, no raw lines; evidence still says which lines of which input. */
    bool leaves_out_payload;
    /* Bloom filters, by which scans pass over blocks that cannot hold a text (segment_bloom.h). At most a byte a row
     * for each column of long texts. */
    bool has_blooms;
};

/* Takes the lock (TOCSIN_ERROR_CONFIG says who has it), and seals what a crash left open: torn tails are cut. What was
 * found is noted in `problems`. */
tocsin_status store_writer_open(const struct store_writer_options *options, struct store_writer **ret_writer,
                                struct store_problems *problems, struct error *err);
/* Gives up what is not committed, leaves the segment open. */
void store_writer_free(struct store_writer *writer);

/* Evidence names its inputs by number; their names are given. */
tocsin_status store_writer_push(struct store_writer *writer, const struct batch *batch, const str *input_names,
                                size_t input_count, struct error *err);
/* The rows from `first` on. */
tocsin_status store_writer_push_from(struct store_writer *writer, const struct batch *batch, uint32_t first,
                                     const str *input_names, size_t input_count, struct error *err);
/* How far inputs have been read, as far as the rows pushed so far say: the marks become part of the block in which the
 * last of these rows are, so that of both there is all or nothing. A later mark of the same input (path and identity)
 * takes the place of an earlier one. So that nothing is read twice: open the writer (which takes the lock), then a
 * reader, look at its marks, and push only what is behind them; mark after each push. At most LIMIT_STORE_MARKS_BYTES
 * at once. */
tocsin_status store_writer_mark(struct store_writer *writer, const struct store_mark *marks, size_t count,
                                struct error *err);
/* The newest times that the lines of the rows pushed so far stated; kept with the next block. Older ones change
 * nothing. */
void store_writer_set_newest(struct store_writer *writer, const struct store_newest *newest);
/* Rows, marks and times are on the disk. */
tocsin_status store_writer_commit(struct store_writer *writer, struct error *err);
/* Commits, and seals the segment. The next push begins another one. */
tocsin_status store_writer_seal(struct store_writer *writer, struct error *err);

uint64_t store_writer_acknowledged(const struct store_writer *writer); /* rows of this writer */
uint64_t store_writer_cut_values(const struct store_writer *writer);

/* ---- reading -------------------------------------------------------------------------------------------------------
 *
 * A reader sees the store as it was when it was opened: later rows are not seen, and segments that are deleted
 * meanwhile stay readable (S7). Memory: the maps of all segments; a scan holds the dictionaries it needs of one
 * segment, and a chunk a column. Threads: a reader and its scans belong to one.
 */

struct store_reader;

/* Fields by name, type and origin; a column that the schema does not have is not seen. TOCSIN_ERROR_INPUT: there is no
 * store. */
tocsin_status store_reader_open(const char *folder, struct store_reader **ret_reader, struct error *err);
void store_reader_free(struct store_reader *reader);

struct store_segment_info {
    str file;
    uint64_t sequence;
    uint64_t rows;
    uint64_t bytes;
    uint32_t blocks;
    bool is_sealed;
    bool has_time; /* of starttime */
    int64_t time_min_ms;
    int64_t time_max_ms;
    int64_t created_ms;
};
size_t store_reader_segments(const struct store_reader *reader);
void store_reader_segment_info(const struct store_reader *reader, size_t index, struct store_segment_info *ret_info);

/* Every column of every block, in the order of the file. */
void store_reader_visit_columns(const struct store_reader *reader,
                                void (*visit)(void *context, const struct segment_column *column), void *context);
/* Custom properties that the store has and the schema lacks are added, so that queries can name them. */
tocsin_status store_reader_add_fields(const struct store_reader *reader, struct schema *schema, struct error *err);
/* Names that evidence refers to, by number. */
const str *store_reader_inputs(const struct store_reader *reader, size_t *ret_count);
/* The latest mark of each input. The array belongs to the reader. */
const struct store_mark *store_reader_marks(const struct store_reader *reader, size_t *ret_count);
/* NULL: the store has none of this input. */
const struct store_mark *store_reader_find_mark(const struct store_reader *reader, str input,
                                                const uint8_t identity[STORE_IDENTITY_BYTES]);
/* What store_writer_set_newest was told, by all writers; see store_newest_time. */
struct store_newest store_reader_newest(const struct store_reader *reader);
/* What was found damaged so far. */
const struct store_problems *store_reader_problems(const struct store_reader *reader);
/* Without what the last scan found, for another one to find it again. */
void store_reader_forget_scan(struct store_reader *reader);

struct store_scan_options {
    const struct schema *schema;
    struct scan_request request;
    bool wants_raw;      /* evidence with its raw lines */
    uint32_t input_base; /* added to the numbers of inputs */
    uint32_t row_max;    /* of a batch; 0: BATCH_ROWS_MAX */
    uint32_t threads;    /* at most LIMIT_STORE_SCAN_THREADS, and as many as filters; 0, 1: the caller's */
    uint32_t split_rows; /* that are worth a thread, or moving from one to another; 0: enough of them */
    struct store_scan_statistics *statistics; /* NULL, or where to count; up to date when a call has returned */
};
/* Rows in the order of their arrival, whatever the number of threads. Blocks outside the time range are not read;
 * inside, rows are not checked. Rows that the filter does not want are not given; each thread asks a filter of its own.
 * With a filter, or with threads, a batch has no rows, now and then, when none were found for a while: the caller may
 * have been told to stop. Threads take no signals, and have ended when the source is closed. */
tocsin_status store_reader_scan(struct store_reader *reader, const struct store_scan_options *options,
                                struct batch_source *ret_source, struct error *err);

struct store_statistics {
    uint64_t rows;
    uint64_t blocks;
    uint64_t chunks;
    uint64_t bytes;
    uint64_t damaged;
};
/* Reads and decodes everything. Problems are added to the reader's. */
tocsin_status store_reader_verify(struct store_reader *reader, struct store_statistics *ret_statistics,
                                  struct error *err);

#endif
