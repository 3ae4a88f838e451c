#include <lzma.h>

#include "base/limits.h"
#include "base/memory.h"
#include "input/input_codec.h"

struct xz_state {
    lzma_stream stream;
    lzma_allocator allocator;
};

static bool xz_is_member(const uint8_t *bytes, size_t byte_count)
{
    static const uint8_t magic[] = {0xFD, '7', 'z', 'X', 'Z', 0};
    return byte_count >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

static void *xz_allocate(void *opaque, size_t count, size_t bytes_each)
{
    size_t bytes;
    return __builtin_mul_overflow(count, bytes_each, &bytes) ? NULL : memory_allocate(bytes);
}

static void xz_free_block(void *opaque, void *block)
{
    memory_free(block);
}

static bool xz_begin_member(void *state)
{
    struct xz_state *xz = state;
    return lzma_stream_decoder(&xz->stream, LIMIT_DECOMPRESSION_MEMORY_BYTES, 0) == LZMA_OK;
}

static void xz_free(void *state)
{
    struct xz_state *xz = state;
    if (xz) {
        lzma_end(&xz->stream);
        memory_free(xz);
    }
}

static tocsin_status xz_create(void **ret_state, struct error *err)
{
    struct xz_state *xz = memory_allocate_zeroed(1, sizeof(*xz));
    if (!xz) {
        return error_memory(err);
    }
    xz->allocator = (lzma_allocator){.alloc = xz_allocate, .free = xz_free_block};
    xz->stream = (lzma_stream)LZMA_STREAM_INIT;
    xz->stream.allocator = &xz->allocator;
    if (!xz_begin_member(xz)) {
        xz_free(xz);
        return error_memory(err);
    }
    *ret_state = xz;
    return TOCSIN_OK;
}

static enum codec_result xz_step(void *state, struct codec_buffers *buffers)
{
    lzma_stream *stream = &((struct xz_state *)state)->stream;
    stream->next_in = buffers->in;
    stream->avail_in = buffers->in_bytes;
    stream->next_out = buffers->out;
    stream->avail_out = buffers->out_bytes;
    lzma_ret result = lzma_code(stream, LZMA_RUN);
    buffers->in = stream->next_in;
    buffers->in_bytes = stream->avail_in;
    buffers->out = stream->next_out;
    buffers->out_bytes = stream->avail_out;
    switch (result) {
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return CODEC_MORE;
    case LZMA_STREAM_END:
        return CODEC_MEMBER_END;
    case LZMA_MEM_ERROR:
        return CODEC_MEMORY;
    case LZMA_MEMLIMIT_ERROR:
        return CODEC_TOO_LARGE;
    default:
        return CODEC_DAMAGED;
    }
}

const struct input_codec input_codec_xz = {
    .name = "xz",
    .command = "xz -dc",
    .is_member = xz_is_member,
    .create = xz_create,
    .free = xz_free,
    .begin_member = xz_begin_member,
    .step = xz_step,
};
