/* format/read_ahead.h
 * The rest of a file in pieces of one size, each read and looked through for what a format looks for, by a thread and
 * by the caller's: whoever has nothing better to do takes the next one, and the caller gets them in their order. Pieces
 * are large and some may be ahead, so that the two hardly ever wait for each other. Not a reader of logs.
 * Memory: a buffer and lists of lines for each piece that may be ahead; what is taken is exchanged for what the caller
 * gives, so that what he has is his alone.
 * Threads: a read_ahead belongs to the one that calls it; the stream's descriptor and the finder are used by both until
 * read_ahead_end. Its thread takes no signals.
 */
#ifndef FORMAT_READ_AHEAD_H
#define FORMAT_READ_AHEAD_H

#include "format/raw_finder.h"
#include "input/input.h"

/* A piece stands behind so many bytes of its buffer, which are for what is left of the piece before. */
enum { READ_AHEAD_MARGIN = 64 * 1024 };

/* Bytes, and the lines found in them. */
struct read_piece {
    char *buffer; /* of read_ahead_buffer_bytes; NULL: none yet */
    size_t capacity;
    size_t bytes;                    /* behind the margin: less than a piece has only at the end or with a failure */
    const struct raw_finder *finder; /* that was used; NULL: none */
    struct raw_found found;
    struct raw_lines *lines; /* room for `found` */
    void *scratch;           /* for their groups; goes with `finder` */
    size_t scratch_bytes;
    tocsin_status status;
    struct error failure; /* behind the bytes, if the status is not TOCSIN_OK */
};
void read_piece_free(struct read_piece *piece);

struct read_ahead;

/* TOCSIN_OK and *ret_ahead NULL: no thread can be made, then everybody reads for himself. */
tocsin_status read_ahead_create(size_t piece_bytes, struct read_ahead **ret_ahead, struct error *err);
void read_ahead_free(struct read_ahead *ahead);
size_t read_ahead_buffer_bytes(const struct read_ahead *ahead);

/* The rest is worth a thread. */
bool read_ahead_is_worth(const struct input_rest *rest, size_t piece_bytes);
void read_ahead_begin(struct read_ahead *ahead, const struct input_rest *rest);
/* The next piece in exchange for *piece, whose buffer may be used again. Behind the last whole piece comes a shorter
 * one, which may be empty; it is the last. The finder is for the pieces behind this one, maybe not the next ones. */
tocsin_status read_ahead_take(struct read_ahead *ahead, const struct raw_finder *finder, struct read_piece *piece,
                              struct error *err);
/* No more pieces are wanted: nobody uses the stream and the finder any more. */
void read_ahead_end(struct read_ahead *ahead);

#endif
