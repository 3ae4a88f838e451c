#include "base/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"

enum { FIRST_BYTES = 64 * 1024 };

static tocsin_status too_large(const char *path, size_t bytes_max, struct error *err)
{
    return error_set(err, TOCSIN_ERROR_CONFIG, "'%s' is larger than %zu MiB", path, bytes_max / MEBI);
}

/* A pipe whose writer has written nothing yet says EAGAIN. */
static int wait_for_bytes(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    return poll(&wanted, 1, -1) < 0 && errno != EINTR ? errno : 0;
}

/* Reads until the end or one byte over the limit: what stat said may be wrong by now. */
static tocsin_status read_whole(int fd, const char *path, size_t bytes_expected, size_t bytes_max, str *ret_text,
                                struct error *err)
{
    char *text = NULL;
    size_t room = 0;
    size_t used = 0;
    for (;;) {
        if (used == room) {
            room = room ? room * 2 : bytes_expected + FIRST_BYTES;
            room = room < bytes_max + 1 ? room : bytes_max + 1;
            char *wider = memory_resize(text, room + 1); /* and the NUL */
            if (!wider) {
                memory_free(text);
                return error_memory(err);
            }
            text = wider;
        }
        ssize_t got = read(fd, text + used, room - used);
        if (got == 0) {
            text[used] = '\0';
            *ret_text = str_from(text, used);
            return TOCSIN_OK;
        }
        if (got > 0) {
            used += (size_t)got;
        } else if (errno != EINTR) {
            int failure = errno == EAGAIN ? wait_for_bytes(fd) : errno;
            if (failure != 0) {
                memory_free(text);
                return error_system(err, TOCSIN_ERROR_CONFIG, failure, "cannot read '%s'", path);
            }
        }
        if (used > bytes_max) {
            memory_free(text);
            return too_large(path, bytes_max, err);
        }
    }
}

tocsin_status text_file_read(const char *path, size_t bytes_max, str *ret_text, struct error *err)
{
    /* O_NONBLOCK: a pipe that nobody has opened to write must not hang us. For a writer we wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return error_system(err, TOCSIN_ERROR_CONFIG, errno, "cannot open '%s'", path);
    }
    struct stat file;
    size_t bytes_expected = fstat(fd, &file) == 0 && S_ISREG(file.st_mode) ? (size_t)file.st_size : 0;
    tocsin_status status = bytes_expected > bytes_max
                               ? too_large(path, bytes_max, err)
                               : read_whole(fd, path, bytes_expected, bytes_max, ret_text, err);
    (void)close(fd);
    return status;
}
