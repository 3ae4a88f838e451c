#include "output/output_buffer.h"

#include "base/limits.h"

void output_buffer_init(struct output_buffer *buffer, struct byte_sink sink)
{
    buffer->sink = sink;
    strbuf_init(&buffer->text, 64 * LIMIT_OUTPUT_PART_BYTES);
}

void output_buffer_release(struct output_buffer *buffer)
{
    strbuf_release(&buffer->text);
}

tocsin_status output_buffer_flush(struct output_buffer *buffer, struct error *err)
{
    if (buffer->text.is_failed) {
        return error_memory(err);
    }
    if (buffer->text.len == 0) {
        return TOCSIN_OK;
    }
    tocsin_status status = buffer->sink.write(buffer->sink.state, strbuf_str(&buffer->text), err);
    strbuf_clear(&buffer->text);
    return status;
}

tocsin_status output_buffer_spill(struct output_buffer *buffer, struct error *err)
{
    if (buffer->text.len < LIMIT_OUTPUT_PART_BYTES && !buffer->text.is_failed) {
        return TOCSIN_OK;
    }
    return output_buffer_flush(buffer, err);
}
