/* store/line_lz4.h
 * LZ4 blocks (the format, which any LZ4 reader unpacks) of text made of fields, as the lines of a log are. liblz4 looks
 * for a repeat at every byte. Here one is looked for where a field begins, and behind a repeat where the next field
 * stands in both: lines of one kind have the same fields in the same order. It takes half of the time.
 * Text of another sort comes out larger than by liblz4: who writes compares (column_buffer.c).
 * Memory: nothing but the caller's. Threads: any. Any bytes are taken; the time is linear in their number.
 */
#ifndef STORE_LINE_LZ4_H
#define STORE_LINE_LZ4_H

#include "base/str.h"

enum { LINE_LZ4_SLOTS = 1 << 13, LINE_LZ4_TEXT_MAX = 1 << 30 };

/* Where fields were seen last; of one call. */
struct line_lz4_table {
    uint32_t places[LINE_LZ4_SLOTS];
};

/* The bytes of `head` and behind them those of `text`, compressed into `room` bytes at `target`. Repeats are found in
 * the text only. Gives how many bytes it took; SIZE_MAX: they do not fit. */
size_t line_lz4_compress(struct line_lz4_table *table, str head, str text, char *target, size_t room);

#endif
