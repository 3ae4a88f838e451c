#include "cli/file_replace.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command_line.h"

tocsin_status file_problem(struct tocsin_error *err, tocsin_status status, const char *what, const char *path,
                           int failure)
{
    usage_error(err, NULL, "cannot %s '%s': %s", what, path, strerror(failure));
    err->status = status;
    return status;
}

static bool write_all(int file, const char *bytes, size_t byte_count)
{
    while (byte_count > 0) {
        ssize_t written = write(file, bytes, byte_count);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        byte_count -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

tocsin_status file_replace(const char *path, const char *bytes, size_t byte_count, struct tocsin_error *err)
{
    char temporary[PATH_MAX];
    struct stat status;
    int length = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof(temporary)) {
        return file_problem(err, TOCSIN_ERROR_OUTPUT, "write", path, ENAMETOOLONG);
    }
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return usage_error(err, "to have the text printed instead, give it on standard input",
                           "'%s' is no ordinary file", path);
    }
    int file = mkstemp(temporary);
    if (file < 0) {
        return file_problem(err, TOCSIN_ERROR_OUTPUT, "write a file beside", path, errno);
    }
    (void)!fchown(file, status.st_uid, status.st_gid); /* only the administrator may change the owner */
    bool is_written =
        fchmod(file, status.st_mode & 07777) == 0 && write_all(file, bytes, byte_count) && fsync(file) == 0;
    int failure = errno;
    if (close(file) != 0 && is_written) {
        is_written = false;
        failure = errno;
    }
    if (is_written && rename(temporary, path) == 0) {
        return TOCSIN_OK;
    }
    failure = is_written ? errno : failure;
    (void)unlink(temporary);
    return file_problem(err, TOCSIN_ERROR_OUTPUT, "write", path, failure);
}
