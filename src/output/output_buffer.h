/* output/output_buffer.h
 * Collects the bytes of an output and hands them to its sink in large pieces. Not for keeping rows.
 * Append to `text` freely, and call output_buffer_spill at least every LIMIT_OUTPUT_PART_BYTES of source text (escaping
 * may make eight times as much of it): that keeps the buffer within its maximum. Threads: one at a time.
 */
#ifndef OUTPUT_OUTPUT_BUFFER_H
#define OUTPUT_OUTPUT_BUFFER_H

#include "base/strbuf.h"
#include "output/output.h"

struct output_buffer {
    struct byte_sink sink;
    struct strbuf text;
};

void output_buffer_init(struct output_buffer *buffer, struct byte_sink sink);
void output_buffer_release(struct output_buffer *buffer);

/* Writes everything out; an append that failed comes to light here. */
tocsin_status output_buffer_flush(struct output_buffer *buffer, struct error *err);
/* The same once enough has gathered. */
tocsin_status output_buffer_spill(struct output_buffer *buffer, struct error *err);

#endif
