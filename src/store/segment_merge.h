/* store/segment_merge.h
 * Rows of some segments, moved column by column into a new one: nothing is known of fields here, so nothing is lost
 * that this program's configuration does not name. Their notes follow them. Memory: that of a block_builder, and one
 * segment's dictionaries. Threads: one.
 */
#ifndef STORE_SEGMENT_MERGE_H
#define STORE_SEGMENT_MERGE_H

#include "store/store_folder.h"

struct segment_merge;

struct segment_merge_options {
    struct store_file *target;   /* just created */
    struct segment_map *segment; /* id, sequences, generation and time: the header is written */
    enum chunk_codec codec;
    bool has_blooms;
    uint64_t hash_seed;
    uint32_t block_rows; /* 0: LIMIT_STORE_BLOCK_ROWS */
    /* What is damaged is noted, and left out: a value, or the evidence of a row. Else it ends the merge with
     * TOCSIN_END. */
    bool is_salvage;
    struct store_problems *problems;
    /* May be NULL: rows moved since the last call. False: TOCSIN_ERROR_CANCELLED. */
    bool (*progress)(void *context, uint64_t rows);
    void *progress_context;
};

tocsin_status segment_merge_create(const struct segment_merge_options *options, struct segment_merge **ret_merge,
                                   struct error *err);
void segment_merge_free(struct segment_merge *merge);
/* In order. */
tocsin_status segment_merge_add(struct segment_merge *merge, const struct store_file *file,
                                const struct segment_map *map, struct error *err);
/* The last block, and the notes. Not synced. */
tocsin_status segment_merge_finish(struct segment_merge *merge, uint64_t *ret_rows, struct error *err);

#endif
