/* format/read_ahead.h
 * A thread that reads the next piece of an input, and looks through it for what a format looks for, while the piece
 * before is parsed. Not a reader of logs: one piece is asked for, and waited for, at a time.
 * Memory: the bytes are the caller's; what was found lies here until the request after the next one.
 * Threads: the caller's, and its own between read_ahead_begin and read_ahead_wait, which then alone uses the stream,
 * the bytes and the finder. It takes no signals.
 */
#ifndef FORMAT_READ_AHEAD_H
#define FORMAT_READ_AHEAD_H

#include "format/raw_finder.h"
#include "input/input.h"

struct read_ahead;

/* NULL if no thread can be made: then everybody reads for himself. */
struct read_ahead *read_ahead_create(void);
void read_ahead_free(struct read_ahead *ahead);

struct read_request {
    struct input_stream *stream;
    char *buffer;
    size_t from;                     /* of the buffer: where the first line begins that was not looked through yet */
    size_t end;                      /* bytes in the buffer */
    size_t stop;                     /* it is read up to here */
    const struct raw_finder *finder; /* NULL: it is only read */
};
/* Nothing was asked for that was not waited for. */
void read_ahead_begin(struct read_ahead *ahead, const struct read_request *request);

struct read_answer {
    size_t end;           /* bytes in the buffer now, whatever the status */
    bool is_end;          /* of the input */
    tocsin_status status; /* of input_read */
    struct error failure;
    const struct raw_lines *lines; /* whole lines from `from` on, not always all of them; NULL: there are none */
};
/* False: nothing was asked for. */
bool read_ahead_wait(struct read_ahead *ahead, struct read_answer *ret_answer);

#endif
