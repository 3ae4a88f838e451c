#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <lzma.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "input/input.h"

static char root[] = "/tmp/tocsin_input_stream_XXXXXX";
static char file_path[128];

struct bytes {
    uint8_t *data;
    size_t len;
};

static int set_up(void **state)
{
    memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(root));
    snprintf(file_path, sizeof(file_path), "%s/file", root);
    return 0;
}

static int tear_down(void **state)
{
    (void)unlink(file_path);
    return rmdir(root);
}

static void write_file(const void *data, size_t len, int flags)
{
    int fd = open(file_path, O_WRONLY | O_CREAT | flags, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    assert_int_equal(close(fd), 0);
}

static struct input_file named(enum input_kind kind)
{
    return (struct input_file){.path = str_from_cstring(file_path), .kind = kind};
}

/* A megabyte that compresses neither well nor badly. */
static struct bytes sample(size_t len)
{
    struct bytes text = {memory_allocate(len), len};
    uint32_t random = 12345;
    for (size_t i = 0; i < len; i++) {
        random = random * 1664525 + 1013904223;
        text.data[i] = (uint8_t)(i % 61 == 60 ? '\n' : "type=EXECVE msg="[random >> 28]);
    }
    return text;
}

static struct bytes gzip_of(const uint8_t *data, size_t len)
{
    struct bytes out = {memory_allocate(len + len / 10 + 100), 0};
    z_stream zlib = {0};
    assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    zlib.next_in = (Bytef *)(uintptr_t)data;
    zlib.avail_in = (uInt)len;
    zlib.next_out = out.data;
    zlib.avail_out = (uInt)(len + len / 10 + 100);
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    out.len = zlib.total_out;
    assert_int_equal(deflateEnd(&zlib), Z_OK);
    return out;
}

static struct bytes zstd_of(const uint8_t *data, size_t len)
{
    struct bytes out = {memory_allocate(ZSTD_compressBound(len)), 0};
    out.len = ZSTD_compress(out.data, ZSTD_compressBound(len), data, len, 3);
    assert_false(ZSTD_isError(out.len));
    return out;
}

static struct bytes xz_of(const uint8_t *data, size_t len)
{
    size_t bound = lzma_stream_buffer_bound(len);
    struct bytes out = {memory_allocate(bound), 0};
    assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL, data, len, out.data, &out.len, bound), LZMA_OK);
    return out;
}

typedef struct bytes compressor(const uint8_t *data, size_t len);
static compressor *const compressors[] = {gzip_of, zstd_of, xz_of};

/* Reads all; gives the text that could be had and the status that ended it. */
static struct bytes read_all(const struct input_file *file, size_t piece, tocsin_status *ret_status, struct error *err)
{
    struct bytes out = {memory_allocate(1), 0};
    struct input_stream *stream;
    *ret_status = input_open(file, &stream, err);
    if (*ret_status != TOCSIN_OK) {
        return out;
    }
    for (;;) {
        out.data = memory_resize(out.data, out.len + piece);
        size_t got = SIZE_MAX;
        *ret_status = input_read(stream, (char *)out.data + out.len, piece, &got, err);
        if (*ret_status != TOCSIN_OK) {
            assert_int_equal(got, SIZE_MAX); /* untouched */
            break;
        }
        assert_true(got <= piece);
        if (got == 0) {
            break;
        }
        out.len += got;
    }
    input_close(stream);
    return out;
}

static void assert_reads(const struct bytes *expected, size_t piece)
{
    tocsin_status status;
    struct input_file file = named(INPUT_FILE);
    struct bytes got = read_all(&file, piece, &status, NULL);
    assert_int_equal(status, TOCSIN_OK);
    assert_int_equal(got.len, expected->len);
    assert_memory_equal(got.data, expected->data, expected->len);
    memory_free(got.data);
}

static void plain_files_of_any_size(void **state)
{
    static const size_t sizes[] = {0, 1, 5, 6, 9, 10, 11, 65535, 65536, 65537, 1000000};
    struct bytes text = sample(1000000);
    for (size_t i = 0; i < countof(sizes); i++) {
        struct bytes part = {text.data, sizes[i]};
        write_file(part.data, part.len, O_TRUNC);
        assert_reads(&part, 4096);
        assert_reads(&part, MEBI);
        assert_reads(&part, sizes[i] < 100 ? 1 : 70000);
    }
    memory_free(text.data);
}

static void compressed_files(void **state)
{
    static const size_t sizes[] = {0, 1, 1000, 65536, 1000000};
    struct bytes text = sample(1000000);
    for (size_t c = 0; c < countof(compressors); c++) {
        for (size_t i = 0; i < countof(sizes); i++) {
            struct bytes part = {text.data, sizes[i]};
            struct bytes compressed = compressors[c](part.data, part.len);
            write_file(compressed.data, compressed.len, O_TRUNC);
            assert_reads(&part, 4096);
            assert_reads(&part, MEBI);
            assert_reads(&part, sizes[i] < 2000 ? 1 : 70000);
            memory_free(compressed.data);
        }
    }
    memory_free(text.data);
}

static void several_members_and_padding(void **state)
{
    static const uint8_t zeros[64];
    struct bytes text = sample(300000);
    for (size_t c = 0; c < countof(compressors); c++) {
        struct bytes one = compressors[c](text.data, 100000);
        struct bytes two = compressors[c](text.data + 100000, 0); /* empty members change nothing */
        struct bytes three = compressors[c](text.data + 100000, 200000);
        write_file(one.data, one.len, O_TRUNC);
        write_file(two.data, two.len, O_APPEND);
        write_file(three.data, three.len, O_APPEND);
        write_file(zeros, sizeof(zeros), O_APPEND);
        assert_reads(&text, 7777);
        memory_free(one.data);
        memory_free(two.data);
        memory_free(three.data);
    }
    memory_free(text.data);
}

static void cut_files_give_what_was_there(void **state)
{
    struct bytes text = sample(400000);
    for (size_t c = 0; c < countof(compressors); c++) {
        struct bytes compressed = compressors[c](text.data, text.len);
        for (int part = 1; part < 8; part++) {
            write_file(compressed.data, compressed.len * (size_t)part / 8, O_TRUNC);
            struct error err;
            tocsin_status status;
            struct input_file file = named(INPUT_FILE);
            struct bytes got = read_all(&file, 4096, &status, &err);
            assert_int_equal(status, TOCSIN_ERROR_INPUT);
            assert_non_null(strstr(err.message, "is cut"));
            assert_true(err.hint[0] != 0);
            assert_true(got.len < text.len);
            assert_true(part < 4 || got.len > 0);
            assert_memory_equal(got.data, text.data, got.len);
            memory_free(got.data);
        }
        memory_free(compressed.data);
    }
    memory_free(text.data);
}

static void damaged_files_are_errors(void **state)
{
    struct bytes text = sample(400000);
    for (size_t c = 0; c < countof(compressors); c++) {
        struct bytes compressed = compressors[c](text.data, text.len);
        for (size_t i = 0; i < 20; i++) { /* in the data or in the checksum, but not in gzip's free-form header */
            size_t at = 12 + (compressed.len - 13) * i / 19;
            compressed.data[at] ^= 0x55;
            write_file(compressed.data, compressed.len, O_TRUNC);
            tocsin_status status;
            struct input_file file = named(INPUT_FILE);
            struct bytes got = read_all(&file, 4096, &status, NULL);
            if (compressors[c] != zstd_of) { /* ZSTD_compress adds no checksum */
                assert_true(status == TOCSIN_ERROR_INPUT || status == TOCSIN_ERROR_LIMIT);
            }
            memory_free(got.data);
            compressed.data[at] ^= 0x55;
        }
        write_file(compressed.data, compressed.len, O_TRUNC);
        write_file("type=LOGIN ...", 14, O_APPEND); /* a log appended to an archive: never silently lost */
        struct error err;
        tocsin_status status;
        struct input_file file = named(INPUT_FILE);
        struct bytes got = read_all(&file, 4096, &status, &err);
        assert_int_equal(status, TOCSIN_ERROR_INPUT);
        assert_non_null(strstr(err.message, "something else"));
        assert_int_equal(got.len, text.len);
        memory_free(got.data);
        memory_free(compressed.data);
    }
    memory_free(text.data);
}

/* Zeros by the gigabyte: 1 GiB of them is some 100 KB of zstd. */
static void bombs_are_refused(void **state)
{
    size_t len = 64 * MEBI;
    uint8_t *zeros = memory_allocate_zeroed(len, 1);
    struct bytes frame = zstd_of(zeros, len);
    memory_free(zeros);
    assert_true(len / frame.len > LIMIT_DECOMPRESSION_RATIO);
    for (int i = 0; i < 1024; i++) {
        write_file(frame.data, frame.len, i == 0 ? O_TRUNC : O_APPEND);
    }
    memory_free(frame.data);
    struct input_file file = named(INPUT_FILE);
    struct input_stream *stream;
    assert_int_equal(input_open(&file, &stream, NULL), TOCSIN_OK);
    char *buffer = memory_allocate(MEBI);
    struct error err;
    uint64_t total = 0;
    size_t got = 1;
    tocsin_status status = TOCSIN_OK;
    while (status == TOCSIN_OK && got > 0) {
        status = input_read(stream, buffer, MEBI, &got, &err);
        total += status == TOCSIN_OK ? got : 0;
    }
    assert_int_equal(status, TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "bomb"));
    assert_true(total >= LIMIT_DECOMPRESSION_FREE_BYTES);
    assert_true(total <= 4096 * MEBI);
    assert_int_equal(input_read(stream, buffer, MEBI, &got, &err), TOCSIN_ERROR_LIMIT); /* and stays so */
    memory_free(buffer);
    input_close(stream);
}

static void large_window_is_refused_with_a_way_out(void **state)
{
    struct bytes text = sample(100000);
    uint8_t out[200000];
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 30)));
    ZSTD_inBuffer in = {text.data, text.len, 0};
    ZSTD_outBuffer compressed = {out, sizeof(out), 0};
    /* Two steps, so that the size is not known and the window is as asked for. */
    assert_false(ZSTD_isError(ZSTD_compressStream2(context, &compressed, &in, ZSTD_e_flush)));
    assert_int_equal(ZSTD_compressStream2(context, &compressed, &in, ZSTD_e_end), 0);
    ZSTD_freeCCtx(context);
    write_file(out, compressed.pos, O_TRUNC);
    tocsin_status status;
    struct error err;
    struct input_file file = named(INPUT_FILE);
    struct bytes got = read_all(&file, 4096, &status, &err);
    assert_int_equal(status, TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.hint, "zstd -dc"));
    memory_free(got.data);
    memory_free(text.data);
}

static void archives_are_refused_by_name(void **state)
{
    static const struct {
        str bytes;
        const char *name;
    } cases[] = {
        {STR("BZh91AY&SYxxxx"), "bzip2"},
        {STR("PK\3\4xxxxxxxxxx"), "zip"},
        {STR("LPKSHHRHxxxxxx"), "journal"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        write_file(cases[i].bytes.data, cases[i].bytes.len, O_TRUNC);
        tocsin_status status;
        struct error err;
        struct input_file file = named(INPUT_FILE);
        struct bytes got = read_all(&file, 4096, &status, &err);
        assert_int_equal(status, TOCSIN_ERROR_INPUT);
        assert_non_null(strstr(err.message, cases[i].name));
        assert_true(err.hint[0] != 0);
        memory_free(got.data);
    }
}

static void file_that_shrinks(void **state)
{
    struct bytes text = sample(500000);
    write_file(text.data, text.len, O_TRUNC);
    struct input_file file = named(INPUT_FILE);
    struct input_stream *stream;
    assert_int_equal(input_open(&file, &stream, NULL), TOCSIN_OK);
    char buffer[1000];
    size_t got;
    struct error err;
    assert_int_equal(input_read(stream, buffer, sizeof(buffer), &got, &err), TOCSIN_OK);
    assert_int_equal(truncate(file_path, 100000), 0);
    size_t total = 0;
    tocsin_status status;
    do {
        total += got;
        got = 0;
        status = input_read(stream, buffer, sizeof(buffer), &got, &err);
    } while (status == TOCSIN_OK && got > 0);
    assert_int_equal(status, TOCSIN_ERROR_INPUT);
    assert_non_null(strstr(err.message, "shrank"));
    assert_int_equal(total, 100000);
    assert_int_equal(input_bytes_consumed(stream), 100000);
    input_close(stream);
    memory_free(text.data);
}

static void file_that_grows_is_read_as_far_as_it_went(void **state)
{
    write_file("one\n", 4, O_TRUNC);
    struct input_file file = named(INPUT_FILE);
    struct input_stream *stream;
    assert_int_equal(input_open(&file, &stream, NULL), TOCSIN_OK);
    write_file("two\n", 4, O_APPEND);
    char buffer[100];
    size_t got;
    assert_int_equal(input_read(stream, buffer, sizeof(buffer), &got, NULL), TOCSIN_OK);
    assert_int_equal(got, 4);
    write_file("three\n", 6, O_APPEND);
    assert_int_equal(input_read(stream, buffer, sizeof(buffer), &got, NULL), TOCSIN_OK);
    assert_int_equal(got, 0);
    input_close(stream);
}

static void things_that_cannot_be_opened(void **state)
{
    struct input_file file = named(INPUT_FILE);
    struct input_stream *stream = NULL;
    struct error err;
    assert_int_equal(input_open(&file, &stream, &err), TOCSIN_ERROR_INPUT); /* vanished */
    assert_non_null(strstr(err.message, "No such file"));
    assert_int_equal(mkfifo(file_path, 0600), 0);
    assert_int_equal(input_open(&file, &stream, &err), TOCSIN_ERROR_INPUT); /* would wait for a writer */
    assert_non_null(strstr(err.message, "replaced"));
    assert_int_equal(unlink(file_path), 0);
    struct input_file directory = {.path = str_from_cstring(root), .kind = INPUT_FILE};
    assert_int_equal(input_open(&directory, &stream, &err), TOCSIN_ERROR_INPUT);
    assert_non_null(strstr(err.message, "is a directory"));
    assert_null(stream);
    input_close(NULL);
}

static void files_without_a_size(void **state)
{
    struct input_file file = {.path = STR("/proc/self/status"), .kind = INPUT_FILE};
    tocsin_status status;
    struct bytes got = read_all(&file, 100, &status, NULL);
    assert_int_equal(status, TOCSIN_OK);
    assert_true(got.len > 100);
    memory_free(got.data);
}

/* Standard input as a pipe that is written in small pieces; compressed or not. */
static void pipe_in_pieces(void **state)
{
    struct bytes text = sample(20000);
    int saved = dup(STDIN_FILENO);
    for (size_t c = 0; c <= countof(compressors); c++) {
        struct bytes written = c < countof(compressors) ? compressors[c](text.data, text.len) : text;
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            for (size_t i = 0; i < written.len; i += 3) {
                size_t piece = written.len - i < 3 ? written.len - i : 3;
                if (write(ends[1], written.data + i, piece) != (ssize_t)piece) {
                    _exit(1);
                }
            }
            _exit(0);
        }
        assert_int_equal(close(ends[1]), 0);
        assert_true(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
        assert_int_equal(close(ends[0]), 0);
        struct input_file file = {.path = STR("-"), .kind = INPUT_STANDARD};
        tocsin_status status;
        struct bytes got = read_all(&file, 1000, &status, NULL);
        assert_int_equal(status, TOCSIN_OK);
        assert_int_equal(got.len, text.len);
        assert_memory_equal(got.data, text.data, text.len);
        memory_free(got.data);
        if (c < countof(compressors)) {
            memory_free(written.data);
        }
    }
    assert_true(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
    assert_int_equal(close(saved), 0);
    memory_free(text.data);
}

static void nothing_on_signal(int number)
{
}

static void signal_while_waiting(void **state)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int saved = dup(STDIN_FILENO);
    assert_true(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    struct sigaction action = {.sa_handler = nothing_on_signal}; /* no SA_RESTART: as for Ctrl-C */
    struct sigaction before;
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    struct input_file file = {.path = STR("-"), .kind = INPUT_STANDARD};
    struct input_stream *stream;
    assert_int_equal(input_open(&file, &stream, NULL), TOCSIN_OK);
    char buffer[100];
    size_t got;
    struct error err;
    for (int round = 0; round < 2; round++) { /* before and behind the first bytes */
        struct itimerval timer = {.it_value = {.tv_usec = 20000}};
        assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
        assert_int_equal(input_read(stream, buffer, sizeof(buffer), &got, &err), TOCSIN_ERROR_CANCELLED);
        assert_int_equal(write(ends[1], "some more text\n", 15), 15);
        assert_int_equal(input_read(stream, buffer, sizeof(buffer), &got, &err), TOCSIN_OK);
        assert_int_equal(got, 15);
    }
    input_close(stream);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    assert_true(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
    assert_int_equal(close(saved) + close(ends[0]) + close(ends[1]), 0);
}

static void memory_running_out(void **state)
{
    struct bytes text = sample(100000);
    for (size_t c = 0; c < countof(compressors); c++) {
        struct bytes compressed = compressors[c](text.data, text.len);
        write_file(compressed.data, compressed.len, O_TRUNC);
        memory_free(compressed.data);
        static char buffer[200000];
        for (uint64_t number = 1;; number++) {
            struct input_file file = named(INPUT_FILE);
            struct input_stream *stream = NULL;
            size_t got = 0;
            memory_fail_at(number, 0);
            tocsin_status status = input_open(&file, &stream, NULL);
            if (status == TOCSIN_OK) {
                status = input_read(stream, buffer, sizeof(buffer), &got, NULL);
            }
            memory_fail_at(0, 0);
            input_close(stream);
            if (status == TOCSIN_OK) {
                assert_int_equal(got, text.len);
                break;
            }
            assert_int_equal(status, TOCSIN_ERROR_MEMORY);
            assert_true(number < 100);
        }
    }
    memory_free(text.data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_files_of_any_size),
        TEST(compressed_files),
        TEST(several_members_and_padding),
        TEST(cut_files_give_what_was_there),
        TEST(damaged_files_are_errors),
        TEST(bombs_are_refused),
        TEST(large_window_is_refused_with_a_way_out),
        TEST(archives_are_refused_by_name),
        TEST(file_that_shrinks),
        TEST(file_that_grows_is_read_as_far_as_it_went),
        TEST(things_that_cannot_be_opened),
        TEST(files_without_a_size),
        TEST(pipe_in_pieces),
        TEST(signal_while_waiting),
        TEST(memory_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
