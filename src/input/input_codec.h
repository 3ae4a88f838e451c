/* input/input_codec.h
 * What a compression is to input_stream.c: it turns bytes into more bytes, a member at a time. Files may hold several
 * members one behind the other (gzip -c >>, pzstd, xz -T); the stream starts the next one itself.
 * Private to this folder.
 */
#ifndef INPUT_INPUT_CODEC_H
#define INPUT_INPUT_CODEC_H

#include "base/error.h"

enum codec_result {
    CODEC_MORE,       /* all input used, or the output is full */
    CODEC_MEMBER_END, /* a member is complete and its checksum right */
    CODEC_DAMAGED,
    CODEC_TOO_LARGE, /* needs more memory than LIMIT_DECOMPRESSION_MEMORY_BYTES */
    CODEC_MEMORY,    /* out of memory */
};

struct codec_buffers {
    const uint8_t *in;
    size_t in_bytes;
    uint8_t *out;
    size_t out_bytes;
};

enum { CODEC_MAGIC_BYTES = 6 };

struct input_codec {
    const char *name;
    const char *command;                                        /* that decompresses to standard output */
    bool (*is_member)(const uint8_t *bytes, size_t byte_count); /* at least CODEC_MAGIC_BYTES, fewer at the end */
    tocsin_status (*create)(void **ret_state, struct error *err);
    void (*free)(void *state);
    bool (*begin_member)(void *state); /* false: out of memory */
    /* Advances the buffers. */
    enum codec_result (*step)(void *state, struct codec_buffers *buffers);
};

extern const struct input_codec input_codec_gzip;
extern const struct input_codec input_codec_zstd;
extern const struct input_codec input_codec_xz;

#endif
