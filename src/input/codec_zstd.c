#include <zstd.h>
#include <zstd_errors.h>

#include "base/limits.h"
#include "input/input_codec.h"

/* LIMIT_DECOMPRESSION_MEMORY_BYTES as a window: 2^27 bytes, what `zstd -22` and `--long` need at most by default. */
enum { WINDOW_LOG_MAX = 27 };
_Static_assert(LIMIT_DECOMPRESSION_MEMORY_BYTES >= (size_t)1 << WINDOW_LOG_MAX, "the window is most of the memory");

static bool zstd_is_member(const uint8_t *bytes, size_t byte_count)
{
    static const uint8_t magic[] = {0x28, 0xB5, 0x2F, 0xFD};
    static const uint8_t skippable[] = {0x2A, 0x4D, 0x18}; /* behind 0x50 to 0x5F; pzstd begins with one */
    return byte_count >= 4 && (memcmp(bytes, magic, sizeof(magic)) == 0 ||
                               ((bytes[0] & 0xF0) == 0x50 && memcmp(bytes + 1, skippable, sizeof(skippable)) == 0));
}

static tocsin_status zstd_create(void **ret_state, struct error *err)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (!context || ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        (void)ZSTD_freeDCtx(context);
        return error_memory(err);
    }
    *ret_state = context;
    return TOCSIN_OK;
}

static void zstd_free(void *state)
{
    (void)ZSTD_freeDCtx(state);
}

static bool zstd_begin_member(void *state)
{
    return !ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only));
}

static enum codec_result zstd_step(void *state, struct codec_buffers *buffers)
{
    ZSTD_inBuffer in = {buffers->in, buffers->in_bytes, 0};
    ZSTD_outBuffer out = {buffers->out, buffers->out_bytes, 0};
    size_t result = ZSTD_decompressStream(state, &out, &in);
    buffers->in += in.pos;
    buffers->in_bytes -= in.pos;
    buffers->out += out.pos;
    buffers->out_bytes -= out.pos;
    if (ZSTD_isError(result)) {
        switch (ZSTD_getErrorCode(result)) {
        case ZSTD_error_memory_allocation:
            return CODEC_MEMORY;
        case ZSTD_error_frameParameter_windowTooLarge:
            return CODEC_TOO_LARGE;
        default:
            return CODEC_DAMAGED;
        }
    }
    return result == 0 ? CODEC_MEMBER_END : CODEC_MORE;
}

const struct input_codec input_codec_zstd = {
    .name = "zstd",
    .command = "zstd -dc --long=31",
    .is_member = zstd_is_member,
    .create = zstd_create,
    .free = zstd_free,
    .begin_member = zstd_begin_member,
    .step = zstd_step,
};
