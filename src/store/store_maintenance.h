/* store/store_maintenance.h
 * What keeps a store small and whole: many segments are made into one, old ones are deleted, damaged ones saved.
 * Each of these takes the writer's lock (TOCSIN_ERROR_CONFIG says who has it), begins with the recovery that a writer
 * begins with, and can be stopped at any moment, by a kill, too: readers see what was before or what is behind, never
 * both or neither, and what was begun is thrown away by the next writer (S14 to S17). Readers go on meanwhile; one that
 * has a file open which is deleted goes on reading it.
 * Memory: about that of a writer, and the maps of all segments. Threads: one.
 */
#ifndef STORE_STORE_MAINTENANCE_H
#define STORE_STORE_MAINTENANCE_H

#include "store/event_store.h"

struct store_progress {
    uint64_t rows_done; /* of what is rewritten; 0 of 0 if nothing is */
    uint64_t rows_total;
    uint64_t segments_done;
    uint64_t segments_total;
};

struct store_maintenance_options {
    const char *folder; /* TOCSIN_ERROR_INPUT: there is none */
    const char *who;    /* for whoever finds the store locked: "tocsin store compact" */
    uint64_t hash_seed; /* random */
    int64_t now_ms;     /* of the clock */
    /* Called now and then, may be NULL. False: stop (TOCSIN_ERROR_CANCELLED); what was completed stays. */
    bool (*progress)(void *context, const struct store_progress *progress);
    void *progress_context;
};

struct store_changes {
    uint64_t segments_before;
    uint64_t segments_after;
    uint64_t bytes_before;
    uint64_t bytes_after;
    uint64_t rows_before; /* as segments say: with those that are damaged */
    uint64_t rows_after;
    uint64_t segments_rewritten; /* of those before */
    uint64_t segments_deleted;   /* by age or size */
};

struct store_compact_options {
    struct store_maintenance_options common;
    uint32_t segment_rows; /* that a segment should have; 0: LIMIT_STORE_SEGMENT_ROWS */
    bool has_old;          /* segments whose newest row is older than this are compressed with zstd */
    int64_t old_before_ms;
};
/* Neighbours that fit into one segment become one; rows, their order, their evidence and all marks stay. Segments that
 * are damaged are left alone, and named in `problems`. */
tocsin_status store_compact(const struct store_compact_options *options, struct store_changes *ret_changes,
                            struct store_problems *problems, struct error *err);

struct store_retain_options {
    struct store_maintenance_options common;
    bool has_old; /* segments whose newest row is older than this go */
    int64_t old_before_ms;
    uint64_t bytes_max; /* the oldest go until the store is no larger; 0: any size */
    bool is_dry_run;    /* only say what would go */
};
/* Deletes whole sealed segments, the oldest by their newest row first. Marks and stated times of what is deleted are
 * kept, so that nothing deleted is read in again. The segment being written stays. */
tocsin_status store_retain(const struct store_retain_options *options, struct store_changes *ret_changes,
                           struct store_problems *problems, struct error *err);

/* Damaged segments are written anew with what can be read of them; what cannot is named in `problems`, with the number
 * of rows, if that is known. A file of which nothing can be read is renamed to NAME.damaged, and ignored from then
 * on. */
tocsin_status store_repair(const struct store_maintenance_options *options, struct store_changes *ret_changes,
                           struct store_problems *problems, struct error *err);

#endif
