#include "input/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "input/input_codec.h"

/* Compressed bytes are read in pieces of this size; of an uncompressed file only the first piece goes through it. */
enum { RAW_BYTES = 64 * 1024 };

struct input_stream {
    str path;
    int fd;
    int wake; /* descriptor; -1: none */
    bool is_fd_ours;
    bool may_wait; /* a pipe or the like, whose bytes may not be there yet */
    bool is_started; /* the first bytes have been looked at */
    bool is_raw_end;
    uint64_t raw_bytes_max; /* what a file had when it was opened; UINT64_MAX: read to the end */
    uint64_t raw_bytes_read;
    uint64_t bytes_made;             /* by the codec */
    const struct input_codec *codec; /* NULL: not compressed */
    void *codec_state;
    bool is_between_members;
    uint8_t *raw; /* RAW_BYTES, of which [raw_begin, raw_end) wait to be used */
    size_t raw_begin;
    size_t raw_end;
    bool is_interrupted; /* to be told with the next call */
    bool is_failed;
    struct error failure; /* given when all that could be had was given */
};

static const struct input_codec *const codecs[] = {&input_codec_gzip, &input_codec_zstd, &input_codec_xz};

/* Things that people have log files in, or beside them, and that would otherwise be read as lines of junk. */
static const struct {
    str magic;
    const char *what;
    const char *hint;
} refused[] = {
    {{"BZh91AY&SY", 10}, "bzip2-compressed", "decompress it: bzcat FILE | tocsin hunt -"},
    {{"PK\3\4", 4}, "a zip archive", "unpack it: unzip -p FILE | tocsin hunt -"},
    {{"\x04\x22\x4D\x18", 4}, "lz4-compressed", "decompress it: lz4cat FILE | tocsin hunt -"},
    {{"7z\xBC\xAF\x27\x1C", 6}, "a 7-Zip archive", "unpack it: 7z x -so FILE | tocsin hunt -"},
    {{"LPKSHHRH", 8}, "a journal of systemd", "export it: journalctl --file FILE -o short-iso | tocsin hunt -"},
};

enum { REFUSED_MAGIC_BYTES = 10 };
_Static_assert((int)REFUSED_MAGIC_BYTES >= (int)CODEC_MAGIC_BYTES, "one look at the first bytes serves both");

/* ---- opening ---- */

static tocsin_status check_kind(const struct input_file *file, const struct stat *st, struct error *err)
{
    if (S_ISDIR(st->st_mode)) {
        return error_set(err, TOCSIN_ERROR_INPUT, "'%.*s' is a directory", STR_ARG(file->path));
    }
    /* Only what is named may be something else than a file; what was found as a file and is none any more may be a
       pipe that somebody put there to make us wait for ever. */
    if (file->kind == INPUT_FILE && !S_ISREG(st->st_mode)) {
        return error_set(err, TOCSIN_ERROR_INPUT, "'%.*s' was replaced by something that is no file",
                         STR_ARG(file->path));
    }
    return TOCSIN_OK;
}

static tocsin_status open_descriptor(struct input_stream *stream, const struct input_file *file, struct error *err)
{
    if (file->kind == INPUT_STANDARD) {
        stream->fd = STDIN_FILENO;
    } else {
        bool must_return = file->kind == INPUT_FILE || stream->wake >= 0;
        int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (must_return ? O_NONBLOCK : 0);
        stream->fd = open(file->path.data, flags);
        if (stream->fd < 0) {
            /* A signal while waiting for a pipe's writer: the caller may want to stop. */
            tocsin_status status = errno == EINTR ? TOCSIN_ERROR_CANCELLED : TOCSIN_ERROR_INPUT;
            return error_system(err, status, errno, "cannot open '%.*s'", STR_ARG(file->path));
        }
        stream->is_fd_ours = true;
    }
    struct stat st;
    if (fstat(stream->fd, &st) != 0) {
        return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot read '%.*s'", STR_ARG(file->path));
    }
    tocsin_status status = check_kind(file, &st, err);
    stream->may_wait = !S_ISREG(st.st_mode);
    if (status == TOCSIN_OK && S_ISREG(st.st_mode)) {
        off_t position = file->kind == INPUT_STANDARD ? lseek(stream->fd, 0, SEEK_CUR) : 0;
        /* A file is read as far as it goes now: our own output may be growing in it. Those of size 0 may be made on
           the fly (/proc). */
        if (st.st_size > 0 && position >= 0) {
            stream->raw_bytes_max = st.st_size > position ? (uint64_t)(st.st_size - position) : 0;
        }
        if (file->bytes_max > 0 && stream->raw_bytes_max > file->bytes_max) {
            stream->raw_bytes_max = file->bytes_max;
        }
        (void)posix_fadvise(stream->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    return status;
}

tocsin_status input_open(const struct input_file *file, struct input_stream **ret_stream, struct error *err)
{
    return input_open_wakeable(file, -1, ret_stream, err);
}

tocsin_status input_open_wakeable(const struct input_file *file, int wake, struct input_stream **ret_stream,
                                  struct error *err)
{
    struct input_stream *stream = memory_allocate_zeroed(1, sizeof(*stream));
    if (!stream) {
        return error_memory(err);
    }
    stream->path = file->path;
    stream->fd = -1;
    stream->wake = wake;
    stream->raw_bytes_max = UINT64_MAX;
    tocsin_status status = open_descriptor(stream, file, err);
    if (status != TOCSIN_OK) {
        input_close(stream);
        return status;
    }
    *ret_stream = stream;
    return TOCSIN_OK;
}

void input_close(struct input_stream *stream)
{
    if (!stream) {
        return;
    }
    if (stream->codec_state) {
        stream->codec->free(stream->codec_state);
    }
    memory_free(stream->raw);
    if (stream->is_fd_ours) {
        (void)close(stream->fd);
    }
    memory_free(stream);
}

uint64_t input_bytes_consumed(const struct input_stream *stream)
{
    return stream->raw_bytes_read;
}

bool input_is_packed(const struct input_stream *stream)
{
    return stream->codec != NULL;
}

/* ---- bytes from the descriptor ---- */

static tocsin_status cancelled(const struct input_stream *stream, struct error *err)
{
    return error_set(err, TOCSIN_ERROR_CANCELLED, "interrupted while reading '%.*s'", STR_ARG(stream->path));
}

/* Waits for data or the wake. A pipe that was opened without waiting for its writer waits for one here. */
static tocsin_status wait_for_data(const struct input_stream *stream, struct error *err)
{
    struct pollfd waits[] = {{.fd = stream->wake, .events = POLLIN}, {.fd = stream->fd, .events = POLLIN}};
    if (poll(waits, countof(waits), -1) < 0) {
        return errno == EINTR
                   ? cancelled(stream, err)
                   : error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot read '%.*s'", STR_ARG(stream->path));
    }
    return waits[0].revents != 0 ? cancelled(stream, err) : TOCSIN_OK;
}

static tocsin_status shrank(str path, uint64_t bytes_read, uint64_t bytes_max, struct error *err)
{
    error_set(err, TOCSIN_ERROR_INPUT, "'%.*s' shrank while it was read: %llu of %llu bytes were there", STR_ARG(path),
              (unsigned long long)bytes_read, (unsigned long long)bytes_max);
    error_hint(err, "read it again, or copy it first: it was emptied or rotated in place");
    return TOCSIN_ERROR_INPUT;
}

/* One read. *ret_bytes 0: the end. */
static tocsin_status raw_read(struct input_stream *stream, void *buffer, size_t bytes, size_t *ret_bytes,
                              struct error *err)
{
    uint64_t left = stream->raw_bytes_max - stream->raw_bytes_read;
    bytes = bytes < left ? bytes : (size_t)left;
    if (stream->is_raw_end || bytes == 0) {
        stream->is_raw_end = true;
        *ret_bytes = 0;
        return TOCSIN_OK;
    }
    bool is_woken = stream->wake >= 0 && stream->may_wait;
    ssize_t got;
    do {
        tocsin_status status = is_woken ? wait_for_data(stream, err) : TOCSIN_OK;
        if (status != TOCSIN_OK) {
            return status;
        }
        got = read(stream->fd, buffer, bytes);
    } while (got < 0 && errno == EAGAIN && is_woken); /* somebody else reads the same pipe */
    if (got < 0) {
        if (errno == EINTR) {
            return cancelled(stream, err);
        }
        return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot read '%.*s'", STR_ARG(stream->path));
    }
    if (got == 0 && stream->raw_bytes_max != UINT64_MAX) {
        return shrank(stream->path, stream->raw_bytes_read, stream->raw_bytes_max, err);
    }
    stream->is_raw_end = got == 0;
    stream->raw_bytes_read += (uint64_t)got;
    *ret_bytes = (size_t)got;
    return TOCSIN_OK;
}

bool input_rest_get(const struct input_stream *stream, struct input_rest *ret_rest)
{
    bool is_whole = stream->is_started && !stream->codec && !stream->is_failed && !stream->is_interrupted &&
                    stream->raw_begin == stream->raw_end;
    if (!is_whole || stream->may_wait || !stream->is_fd_ours || stream->raw_bytes_max == UINT64_MAX) {
        return false;
    }
    *ret_rest = (struct input_rest){stream->path, stream->fd, stream->raw_bytes_read, stream->raw_bytes_max};
    return true;
}

tocsin_status input_rest_read(const struct input_rest *rest, uint64_t offset, char *buffer, size_t bytes,
                              size_t *ret_bytes, struct error *err)
{
    size_t total = 0;
    *ret_bytes = 0;
    while (total < bytes) {
        ssize_t got = pread(rest->fd, buffer + total, bytes - total, (off_t)(offset + total));
        if (got < 0 && errno != EINTR) {
            return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot read '%.*s'", STR_ARG(rest->path));
        }
        if (got == 0) {
            return shrank(rest->path, offset + total, rest->end, err);
        }
        total += got > 0 ? (size_t)got : 0;
        *ret_bytes = total;
    }
    return TOCSIN_OK;
}

void input_rest_note(struct input_stream *stream, uint64_t bytes)
{
    stream->raw_bytes_read += bytes;
}

/* Sees to it that at least `bytes` bytes wait in `raw`; fewer only at the end. */
static tocsin_status raw_fill(struct input_stream *stream, size_t bytes, struct error *err)
{
    while (stream->raw_end - stream->raw_begin < bytes && !stream->is_raw_end) {
        if (stream->raw_begin > 0) {
            memmove(stream->raw, stream->raw + stream->raw_begin, stream->raw_end - stream->raw_begin);
            stream->raw_end -= stream->raw_begin;
            stream->raw_begin = 0;
        }
        size_t got = 0;
        tocsin_status status = raw_read(stream, stream->raw + stream->raw_end, RAW_BYTES - stream->raw_end, &got, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        stream->raw_end += got;
    }
    return TOCSIN_OK;
}

/* ---- the first bytes ---- */

static tocsin_status refuse_unreadable(const struct input_stream *stream, struct error *err)
{
    str head = str_from((const char *)stream->raw + stream->raw_begin, stream->raw_end - stream->raw_begin);
    for (size_t i = 0; i < countof(refused); i++) {
        if (str_starts_with(head, refused[i].magic)) {
            error_set(err, TOCSIN_ERROR_INPUT, "'%.*s' is %s, which is not read", STR_ARG(stream->path),
                      refused[i].what);
            error_hint(err, "%s", refused[i].hint);
            return TOCSIN_ERROR_INPUT;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status start(struct input_stream *stream, struct error *err)
{
    if (!stream->raw) {
        stream->raw = memory_allocate(RAW_BYTES);
        if (!stream->raw) {
            return error_memory(err);
        }
    }
    tocsin_status status = raw_fill(stream, REFUSED_MAGIC_BYTES, err);
    if (status == TOCSIN_OK) {
        status = refuse_unreadable(stream, err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    for (size_t i = 0; i < countof(codecs); i++) {
        if (codecs[i]->is_member(stream->raw + stream->raw_begin, stream->raw_end - stream->raw_begin)) {
            status = codecs[i]->create(&stream->codec_state, err);
            if (status != TOCSIN_OK) {
                return status;
            }
            stream->codec = codecs[i];
            break;
        }
    }
    stream->is_started = true;
    return TOCSIN_OK;
}

/* ---- decompression ---- */

static tocsin_status codec_error(const struct input_stream *stream, enum codec_result result, struct error *err)
{
    if (result == CODEC_MEMORY) {
        return error_memory(err);
    }
    if (result == CODEC_TOO_LARGE) {
        error_set(err, TOCSIN_ERROR_LIMIT, "'%.*s' needs more than %zu MiB of memory to decompress",
                  STR_ARG(stream->path), LIMIT_DECOMPRESSION_MEMORY_BYTES / MEBI);
        error_hint(err, "decompress it outside: %s FILE | tocsin hunt -", stream->codec->command);
        return TOCSIN_ERROR_LIMIT;
    }
    return error_set(err, TOCSIN_ERROR_INPUT, "'%.*s': the %s data are damaged after %llu bytes of text",
                     STR_ARG(stream->path), stream->codec->name, (unsigned long long)stream->bytes_made);
}

static tocsin_status check_ratio(const struct input_stream *stream, struct error *err)
{
    if (stream->bytes_made > LIMIT_DECOMPRESSION_FREE_BYTES &&
        stream->bytes_made / LIMIT_DECOMPRESSION_RATIO > stream->raw_bytes_read) {
        error_set(err, TOCSIN_ERROR_LIMIT,
                  "'%.*s' grows to more than %d times its size: refused as a decompression bomb after %llu bytes",
                  STR_ARG(stream->path), LIMIT_DECOMPRESSION_RATIO, (unsigned long long)stream->bytes_made);
        error_hint(err, "if it is a log, decompress it first and read the result");
        return TOCSIN_ERROR_LIMIT;
    }
    return TOCSIN_OK;
}

/* Behind a member: the next one, nothing, or zeros (tapes and xz pad with them). *ret_is_end true when all is read. */
static tocsin_status next_member(struct input_stream *stream, bool *ret_is_end, struct error *err)
{
    for (;;) {
        tocsin_status status = raw_fill(stream, CODEC_MAGIC_BYTES, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        size_t waiting = stream->raw_end - stream->raw_begin;
        const uint8_t *bytes = stream->raw + stream->raw_begin;
        if (waiting == 0) {
            *ret_is_end = true;
            return TOCSIN_OK;
        }
        if (stream->codec->is_member(bytes, waiting)) {
            stream->is_between_members = false;
            *ret_is_end = false;
            return stream->codec->begin_member(stream->codec_state) ? TOCSIN_OK : error_memory(err);
        }
        if (bytes[0] != 0) {
            return error_set(err, TOCSIN_ERROR_INPUT, "'%.*s': behind the %s data stands something else",
                             STR_ARG(stream->path), stream->codec->name);
        }
        while (stream->raw_begin < stream->raw_end && stream->raw[stream->raw_begin] == 0) {
            stream->raw_begin++;
        }
    }
}

/* Runs the codec until it gave something, took something, or cannot go on. */
static tocsin_status codec_run(struct input_stream *stream, char *buffer, size_t bytes, size_t *ret_made,
                               struct error *err)
{
    struct codec_buffers buffers = {stream->raw + stream->raw_begin, stream->raw_end - stream->raw_begin,
                                    (uint8_t *)buffer, bytes};
    size_t waiting = buffers.in_bytes;
    enum codec_result result = stream->codec->step(stream->codec_state, &buffers);
    size_t made = bytes - buffers.out_bytes;
    stream->raw_begin = stream->raw_end - buffers.in_bytes;
    stream->bytes_made += made;
    *ret_made = made;
    if (result == CODEC_MEMBER_END) {
        stream->is_between_members = true;
        return TOCSIN_OK;
    }
    if (result != CODEC_MORE) {
        return codec_error(stream, result, err);
    }
    if (made > 0 || buffers.in_bytes < waiting) {
        return check_ratio(stream, err);
    }
    if (waiting > 0) {
        return codec_error(stream, CODEC_DAMAGED, err); /* it wants nothing and gives nothing */
    }
    tocsin_status status = raw_fill(stream, 1, err);
    if (status == TOCSIN_OK && stream->raw_begin == stream->raw_end) {
        error_set(err, TOCSIN_ERROR_INPUT, "'%.*s' is cut: its %s data end after %llu bytes of text",
                  STR_ARG(stream->path), stream->codec->name, (unsigned long long)stream->bytes_made);
        error_hint(err, "what was there has been read; fetch the whole file to see the rest");
        return TOCSIN_ERROR_INPUT;
    }
    return status;
}

static tocsin_status read_compressed(struct input_stream *stream, char *buffer, size_t bytes, size_t *ret_bytes,
                                     struct error *err)
{
    size_t total = 0;
    tocsin_status status = TOCSIN_OK;
    bool is_end = false;
    while (status == TOCSIN_OK && total < bytes && !is_end) {
        if (stream->is_between_members) {
            status = next_member(stream, &is_end, err);
            continue;
        }
        size_t made = 0;
        status = codec_run(stream, buffer + total, bytes - total, &made, err);
        total += made;
    }
    *ret_bytes = total;
    return status;
}

static tocsin_status read_plain(struct input_stream *stream, char *buffer, size_t bytes, size_t *ret_bytes,
                                struct error *err)
{
    size_t waiting = stream->raw_end - stream->raw_begin;
    if (waiting > 0) {
        waiting = waiting < bytes ? waiting : bytes;
        memcpy(buffer, stream->raw + stream->raw_begin, waiting);
        stream->raw_begin += waiting;
        *ret_bytes = waiting;
        return TOCSIN_OK;
    }
    return raw_read(stream, buffer, bytes, ret_bytes, err);
}

tocsin_status input_read(struct input_stream *stream, char *buffer, size_t bytes, size_t *ret_bytes, struct error *err)
{
    if (stream->is_failed) {
        if (err) {
            *err = stream->failure;
        }
        return stream->failure.status;
    }
    if (stream->is_interrupted) {
        stream->is_interrupted = false;
        return error_set(err, TOCSIN_ERROR_CANCELLED, "interrupted while reading '%.*s'", STR_ARG(stream->path));
    }
    struct error failure;
    size_t got = 0;
    tocsin_status status = stream->is_started ? TOCSIN_OK : start(stream, &failure);
    if (status == TOCSIN_OK) {
        status = stream->codec ? read_compressed(stream, buffer, bytes, &got, &failure)
                               : read_plain(stream, buffer, bytes, &got, &failure);
    }
    if (status != TOCSIN_OK && status != TOCSIN_ERROR_CANCELLED) {
        stream->is_failed = true;
        stream->failure = failure;
    }
    if (status == TOCSIN_OK || got > 0) {
        *ret_bytes = got;
        stream->is_interrupted = status == TOCSIN_ERROR_CANCELLED;
        return TOCSIN_OK; /* the error comes with the next call */
    }
    if (err) {
        *err = failure;
    }
    return status;
}
