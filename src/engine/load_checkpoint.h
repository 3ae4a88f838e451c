/* engine/load_checkpoint.h
 * How far logs were read into tables of another system, in a file: so that a load that was broken off, by whatever,
 * goes on where it stood, and sends no row twice. One process at a time (the file is locked).
 *
 * Rows of an input are cut into windows: runs of rows, at places that only the input's bytes decide. The rows of a
 * window that are of one day are a block. A line of the file is a fact, and a cut last line is none; what is known at
 * the end is written anew when the file is opened.
 *     input N IDENTITY IDENTITY-BYTES BYTES NUMBER SAFE-LINE PATH   an input is read: from SAFE-LINE on, BYTES of it
 *     sent N FIRST LENGTH DAY ROWS ID ARRIVED   a block is about to be sent: of the window of LENGTH rows from FIRST on
 *     done N FIRST DAY                       it is there
 *     whole N FIRST ROWS                     all blocks of the window are; it has so many rows
 *     end N BYTES LINE                       all windows are: BYTES were read, the next line is LINE
 * Memory: what the file says, at most LIMIT_CHECKPOINT_BYTES. Threads: one.
 */
#ifndef ENGINE_LOAD_CHECKPOINT_H
#define ENGINE_LOAD_CHECKPOINT_H

#include "base/error.h"
#include "base/limits.h"

enum { CHECKPOINT_ID_BYTES = 16 };

struct checkpoint_block {
    uint64_t first;
    uint64_t window_rows;
    uint16_t day;
    uint32_t rows;
    uint8_t id[CHECKPOINT_ID_BYTES];
    int64_t arrived_ms;
    bool is_done;
};

struct checkpoint_window {
    uint64_t first;
    uint64_t rows;
};

struct checkpoint_input {
    uint8_t identity[CHECKPOINT_ID_BYTES];
    uint64_t identity_bytes;
    uint64_t bytes;  /* it is read as far as this */
    int64_t number;  /* `_input` */
    uint64_t safe_line;
    str path;
    bool has_ended;
    uint64_t end_bytes;
    uint64_t end_line;
    struct checkpoint_window *windows; /* whole ones */
    size_t window_count;
    size_t window_capacity;
    struct checkpoint_block *blocks; /* of windows that are not */
    size_t block_count;
    size_t block_capacity;
};

struct load_checkpoint;

/* Reads the file, or makes it. `target` says where rows go: a file of another target is TOCSIN_ERROR_CONFIG. A NULL
 * path: nothing is kept. */
tocsin_status load_checkpoint_open(const char *path, str target, struct load_checkpoint **ret_checkpoint,
                                   struct error *err);
void load_checkpoint_free(struct load_checkpoint *checkpoint);

/* What the file said when it was opened; NULL behind the last. */
struct checkpoint_input *load_checkpoint_input(struct load_checkpoint *checkpoint, size_t index);
const struct checkpoint_window *checkpoint_find_window(const struct checkpoint_input *input, uint64_t first);
/* Rows of the window that begins there, of which blocks were sent; 0: none were. */
uint64_t checkpoint_window_rows(const struct checkpoint_input *input, uint64_t first);
const struct checkpoint_block *checkpoint_find_block(const struct checkpoint_input *input, uint64_t first,
                                                     uint16_t day);

/* Notes, which are on the disk when load_checkpoint_sync has returned. `index` of a new input is returned. */
tocsin_status load_checkpoint_begin(struct load_checkpoint *checkpoint, const struct checkpoint_input *input,
                                    size_t *ret_index, struct error *err);
void load_checkpoint_sent(struct load_checkpoint *checkpoint, size_t input, const struct checkpoint_block *block);
void load_checkpoint_done(struct load_checkpoint *checkpoint, size_t input, uint64_t first, uint16_t day);
void load_checkpoint_whole(struct load_checkpoint *checkpoint, size_t input, uint64_t first, uint64_t rows);
void load_checkpoint_end(struct load_checkpoint *checkpoint, size_t input, uint64_t bytes, uint64_t line);
tocsin_status load_checkpoint_sync(struct load_checkpoint *checkpoint, struct error *err);

#endif
