#include "engine/known_inputs.h"

#include <xxhash.h>

#include "base/limits.h"
#include "base/memory.h"

enum { IDENTITY_OF_BYTES = 64 * 1024 };

/* ---- reading ---- */

struct beginning {
    char *bytes;
    size_t len;
};

/* Up to IDENTITY_OF_BYTES of the text. TOCSIN_END: it cannot be read. */
static tocsin_status read_beginning(const struct input_file *file, struct beginning *beginning, struct error *err)
{
    struct input_stream *stream = NULL;
    struct error ignored = {0};
    beginning->bytes = memory_allocate(IDENTITY_OF_BYTES);
    if (!beginning->bytes) {
        return error_memory(err);
    }
    tocsin_status status = input_open(file, &stream, &ignored);
    size_t got = 1;
    while (status == TOCSIN_OK && got > 0 && beginning->len < IDENTITY_OF_BYTES) {
        got = 0;
        status = input_read(stream, beginning->bytes + beginning->len, IDENTITY_OF_BYTES - beginning->len, &got,
                            &ignored);
        beginning->len += got;
    }
    input_close(stream);
    return status == TOCSIN_OK ? TOCSIN_OK : TOCSIN_END;
}

/* Bytes of the whole text, at most `most`; 0 if it cannot be read. */
static uint64_t count_text(const struct input_file *file, uint64_t most)
{
    struct input_stream *stream = NULL;
    struct error ignored = {0};
    char buffer[16 * 1024];
    uint64_t count = 0;
    size_t got = 1;
    tocsin_status status = input_open(file, &stream, &ignored);
    while (status == TOCSIN_OK && got > 0 && count < most) {
        got = 0;
        status = input_read(stream, buffer, sizeof(buffer), &got, &ignored);
        count += got;
    }
    input_close(stream);
    return status == TOCSIN_OK ? count : 0;
}

static void identify(str text, uint8_t ret_identity[STORE_IDENTITY_BYTES])
{
    XXH128_canonical_t canonical;
    _Static_assert(sizeof(canonical) == STORE_IDENTITY_BYTES, "an identity is a hash");
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(text.data, text.len));
    memcpy(ret_identity, &canonical, sizeof(canonical));
}

/* ---- comparing ---- */

/* What is farther on is the one to go by: a file is marked again whenever it has grown. */
static bool is_farther(const struct store_mark *a, const struct store_mark *b)
{
    if (!b || a->safe_line != b->safe_line) {
        return !b || a->safe_line > b->safe_line;
    }
    return a->rows != b->rows ? a->rows > b->rows : a->bytes > b->bytes;
}

static const struct store_mark *find_mark(const struct store_reader *reader, str beginning)
{
    size_t count;
    const struct store_mark *marks = store_reader_marks(reader, &count);
    const struct store_mark *best = NULL;
    uint8_t identity[STORE_IDENTITY_BYTES] = {0};
    uint64_t identity_bytes = 0; /* of it */
    for (size_t i = 0; i < count; i++) {
        uint64_t bytes = marks[i].bytes < IDENTITY_OF_BYTES ? marks[i].bytes : IDENTITY_OF_BYTES;
        if (bytes == 0 || bytes > beginning.len) {
            continue;
        }
        if (bytes != identity_bytes) {
            identify(str_slice(beginning, 0, (size_t)bytes), identity);
            identity_bytes = bytes;
        }
        if (memcmp(identity, marks[i].identity, sizeof(identity)) == 0 && is_farther(&marks[i], best)) {
            best = &marks[i];
        }
    }
    return best;
}

/* A file that is packed has to be unpacked to know how long its text is; but one that is much longer than the text that
 * was read has grown. */
static bool has_nothing_new(const struct input_file *file, const struct store_mark *mark)
{
    if (!mark->is_complete) {
        return false;
    }
    return file->bytes == mark->bytes || (file->bytes < mark->bytes + IDENTITY_OF_BYTES &&
                                          count_text(file, mark->bytes + 1) <= mark->bytes);
}

tocsin_status known_input_find(const struct store_reader *reader, const struct input_file *file,
                               struct known_input *ret_input, struct error *err)
{
    *ret_input = (struct known_input){.safe_line = 1};
    if (file->kind != INPUT_FILE) {
        return TOCSIN_OK;
    }
    struct beginning beginning = {0};
    tocsin_status status = read_beginning(file, &beginning, err);
    if (status == TOCSIN_OK && beginning.len > 0) {
        str text = {beginning.bytes, beginning.len};
        const struct store_mark *mark = reader ? find_mark(reader, text) : NULL;
        ret_input->has_identity = true;
        ret_input->identity_bytes = text.len;
        identify(text, ret_input->identity);
        if (mark) {
            ret_input->is_known = mark->safe_line > 1 || mark->rows > 0;
            ret_input->is_all_known = has_nothing_new(file, mark);
            ret_input->safe_line = mark->safe_line;
            ret_input->rows = mark->rows;
        }
    }
    memory_free(beginning.bytes);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

tocsin_status known_input_identify(const struct input_file *file, uint64_t bytes, struct known_input *input,
                                   struct error *err)
{
    struct beginning beginning = {0};
    uint64_t wanted = bytes < IDENTITY_OF_BYTES ? bytes : IDENTITY_OF_BYTES;
    if (wanted == input->identity_bytes || !input->has_identity) {
        return TOCSIN_OK;
    }
    tocsin_status status = read_beginning(file, &beginning, err);
    input->has_identity = status == TOCSIN_OK && beginning.len >= wanted && wanted > 0;
    if (input->has_identity) {
        identify((str){beginning.bytes, (size_t)wanted}, input->identity);
        input->identity_bytes = wanted;
    }
    memory_free(beginning.bytes);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}
