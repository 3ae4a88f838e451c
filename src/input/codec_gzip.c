#include <zlib.h>

#include "base/memory.h"
#include "input/input_codec.h"

static bool gzip_is_member(const uint8_t *bytes, size_t byte_count)
{
    return byte_count >= 3 && bytes[0] == 0x1F && bytes[1] == 0x8B && bytes[2] == 8;
}

static void *zlib_allocate(void *opaque, unsigned count, unsigned bytes_each)
{
    return memory_allocate_zeroed(count, bytes_each);
}

static void zlib_free(void *opaque, void *block)
{
    memory_free(block);
}

static tocsin_status gzip_create(void **ret_state, struct error *err)
{
    z_stream *zlib = memory_allocate_zeroed(1, sizeof(*zlib));
    if (!zlib) {
        return error_memory(err);
    }
    zlib->zalloc = zlib_allocate;
    zlib->zfree = zlib_free;
    if (inflateInit2(zlib, MAX_WBITS + 16 /* gzip only */) != Z_OK) {
        memory_free(zlib);
        return error_memory(err);
    }
    *ret_state = zlib;
    return TOCSIN_OK;
}

static void gzip_free(void *state)
{
    if (state) {
        (void)inflateEnd(state);
        memory_free(state);
    }
}

static bool gzip_begin_member(void *state)
{
    return inflateReset(state) == Z_OK;
}

static enum codec_result gzip_step(void *state, struct codec_buffers *buffers)
{
    z_stream *zlib = state;
    uInt in = buffers->in_bytes > UINT32_MAX ? UINT32_MAX : (uInt)buffers->in_bytes;
    uInt out = buffers->out_bytes > UINT32_MAX ? UINT32_MAX : (uInt)buffers->out_bytes;
    zlib->next_in = (z_const Bytef *)(uintptr_t)buffers->in;
    zlib->avail_in = in;
    zlib->next_out = buffers->out;
    zlib->avail_out = out;
    int result = inflate(zlib, Z_NO_FLUSH);
    buffers->in += in - zlib->avail_in;
    buffers->in_bytes -= in - zlib->avail_in;
    buffers->out += out - zlib->avail_out;
    buffers->out_bytes -= out - zlib->avail_out;
    switch (result) {
    case Z_OK:
    case Z_BUF_ERROR:
        return CODEC_MORE;
    case Z_STREAM_END:
        return CODEC_MEMBER_END;
    case Z_MEM_ERROR:
        return CODEC_MEMORY;
    default:
        return CODEC_DAMAGED;
    }
}

const struct input_codec input_codec_gzip = {
    .name = "gzip",
    .command = "gzip -dc",
    .is_member = gzip_is_member,
    .create = gzip_create,
    .free = gzip_free,
    .begin_member = gzip_begin_member,
    .step = gzip_step,
};
