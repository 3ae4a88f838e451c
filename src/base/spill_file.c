#include "base/spill_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static tocsin_status spill_error(struct error *err, const char *directory, int system_errno)
{
    tocsin_status status =
        error_system(err, TOCSIN_ERROR_OUTPUT, system_errno, "cannot write a temporary file in %s", directory);
    error_hint(err, "rows that do not fit in memory go there; set TMPDIR to a folder with room, or add a LIMIT");
    return status;
}

static const char *spill_directory(void)
{
    const char *directory = getenv("TMPDIR");
    return directory && directory[0] ? directory : "/tmp";
}

static tocsin_status spill_open(struct spill_file *file, struct error *err)
{
    const char *directory = spill_directory();
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) { /* a file system without unnamed files */
        char path[4096];
        int length = snprintf(path, sizeof(path), "%s/tocsin-XXXXXX", directory);
        if (length < 0 || (size_t)length >= sizeof(path)) {
            return spill_error(err, directory, ENAMETOOLONG);
        }
        fd = mkostemp(path, O_CLOEXEC);
        if (fd < 0) {
            return spill_error(err, directory, errno);
        }
        (void)unlink(path);
    }
    file->fd = fd;
    return TOCSIN_OK;
}

tocsin_status spill_file_append(struct spill_file *file, str bytes, struct error *err)
{
    if (file->fd < 0) {
        tocsin_status status = spill_open(file, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    while (bytes.len > 0) {
        ssize_t written = pwrite(file->fd, bytes.data, bytes.len, (off_t)file->bytes);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return spill_error(err, spill_directory(), written < 0 ? errno : ENOSPC);
        }
        file->bytes += (uint64_t)written;
        bytes = str_skip(bytes, (size_t)written);
    }
    return TOCSIN_OK;
}

tocsin_status spill_file_read(const struct spill_file *file, uint64_t offset, char *buffer, size_t bytes,
                              size_t *ret_bytes, struct error *err)
{
    size_t got = 0;
    while (got < bytes && offset + got < file->bytes) {
        ssize_t part = pread(file->fd, buffer + got, bytes - got, (off_t)(offset + got));
        if (part < 0 && errno == EINTR) {
            continue;
        }
        if (part <= 0) {
            return error_system(err, TOCSIN_ERROR_OUTPUT, part < 0 ? errno : EIO, "cannot read a temporary file");
        }
        got += (size_t)part;
    }
    *ret_bytes = got;
    return TOCSIN_OK;
}

void spill_file_close(struct spill_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd);
    }
    *file = SPILL_FILE_INIT;
}
