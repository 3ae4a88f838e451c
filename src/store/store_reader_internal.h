/* store/store_reader_internal.h
 * What a reader of a store has open, for the files of this folder that scan it.
 */
#ifndef STORE_STORE_READER_INTERNAL_H
#define STORE_STORE_READER_INTERNAL_H

#include "store/event_store.h"

struct open_segment {
    struct store_file file;
    struct segment_map map;
    uint64_t bytes;
    bool is_sealed;
    uint32_t *inputs; /* the number of each entry of its @evidence.input */
    uint32_t input_count;
};

struct store_reader {
    struct arena arena;
    struct open_segment *segments;
    size_t segment_count;
    str *inputs;
    size_t input_count;
    size_t input_capacity;
    uint32_t *input_slots; /* numbers + 1 */
    size_t slot_count;
    struct mark_set marks;
    struct store_newest newest;
    struct store_problems problems;
    /* As they were when the last scan began. */
    size_t problem_count;
    uint64_t problems_more;
    uint64_t problem_rows;
};
void store_reader_remember_problems(struct store_reader *reader);

#endif
