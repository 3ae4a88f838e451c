#include "store/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static file_hook *current_hook;
static void *current_context;

void store_file_set_hook(file_hook *hook, void *context)
{
    current_hook = hook;
    current_context = context;
}

/* 0, or the errno with which the action has to fail. */
static int ask_hook(const struct file_event *event, bool *ret_is_short)
{
    *ret_is_short = false;
    return current_hook ? current_hook(current_context, event, ret_is_short) : 0;
}

static int ask_hook_plain(enum file_action action, const char *path, const char *target, uint64_t offset)
{
    bool is_short;
    const struct file_event event = {action, path, target, offset, STR_EMPTY};
    return ask_hook(&event, &is_short);
}

static tocsin_status cannot(const char *what, const char *path, tocsin_status status, int failure, struct error *err)
{
    (void)error_system(err, status, failure, "cannot %s %s", what, path);
    if (failure == ENOSPC || failure == EDQUOT) {
        error_hint(err, "make room, then run the command again: what the store acknowledged is safe");
    }
    return status;
}

tocsin_status store_path(const char *folder, const char *name, char ret_path[STORE_PATH_BYTES], struct error *err)
{
    int length = snprintf(ret_path, STORE_PATH_BYTES, "%s/%s", folder, name);
    return length >= 0 && length < STORE_PATH_BYTES
               ? TOCSIN_OK
               : error_set(err, TOCSIN_ERROR_CONFIG, "the path of the store is too long");
}

tocsin_status store_make_folder(const char *folder, struct error *err)
{
    char path[STORE_PATH_BYTES];
    size_t length = strlen(folder);
    if (length == 0 || length >= sizeof(path)) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the path of the store has 1 to %d bytes", STORE_PATH_BYTES - 1);
    }
    memcpy(path, folder, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        char kept = path[i];
        path[i] = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return cannot("make the folder", path, TOCSIN_ERROR_OUTPUT, errno, err);
        }
        path[i] = kept;
    }
    return TOCSIN_OK;
}

static tocsin_status open_file(const char *path, int flags, struct store_file *ret_file, struct error *err)
{
    size_t length = strlen(path);
    if (length >= STORE_PATH_BYTES) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the path of the store is too long");
    }
    int descriptor = open(path, flags | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        bool is_read = (flags & O_ACCMODE) == O_RDONLY;
        return is_read && errno == ENOENT
                   ? TOCSIN_END
                   : cannot("open", path, is_read ? TOCSIN_ERROR_INPUT : TOCSIN_ERROR_OUTPUT, errno, err);
    }
    ret_file->descriptor = descriptor;
    memcpy(ret_file->path, path, length + 1);
    return TOCSIN_OK;
}

tocsin_status store_file_open(const char *path, struct store_file *ret_file, struct error *err)
{
    return open_file(path, O_RDONLY, ret_file, err);
}

tocsin_status store_file_create(const char *path, struct store_file *ret_file, struct error *err)
{
    int failure = ask_hook_plain(FILE_CREATE, path, NULL, 0);
    return failure ? cannot("make", path, TOCSIN_ERROR_OUTPUT, failure, err)
                   : open_file(path, O_RDWR | O_CREAT | O_EXCL, ret_file, err);
}

tocsin_status store_file_open_for_writing(const char *path, struct store_file *ret_file, struct error *err)
{
    return open_file(path, O_RDWR, ret_file, err);
}

void store_file_close(struct store_file *file)
{
    if (file->descriptor >= 0) {
        (void)close(file->descriptor); /* what matters was synced */
        file->descriptor = -1;
    }
}

tocsin_status store_file_size(const struct store_file *file, uint64_t *ret_bytes, struct error *err)
{
    struct stat status;
    if (fstat(file->descriptor, &status) != 0) {
        return cannot("look at", file->path, TOCSIN_ERROR_INPUT, errno, err);
    }
    *ret_bytes = (uint64_t)status.st_size;
    return TOCSIN_OK;
}

tocsin_status store_file_read(const struct store_file *file, uint64_t offset, void *buffer, size_t bytes,
                              struct error *err)
{
    char *target = buffer;
    while (bytes > 0) {
        ssize_t got = pread(file->descriptor, target, bytes, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return cannot("read", file->path, TOCSIN_ERROR_INPUT, errno, err);
        }
        if (got == 0) {
            return TOCSIN_END;
        }
        target += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return TOCSIN_OK;
}

tocsin_status store_file_write(struct store_file *file, uint64_t offset, str bytes, struct error *err)
{
    bool is_short;
    const struct file_event event = {FILE_WRITE, file->path, NULL, offset, bytes};
    int failure = ask_hook(&event, &is_short);
    if (failure && !is_short) {
        return cannot("write", file->path, TOCSIN_ERROR_OUTPUT, failure, err);
    }
    str rest = failure ? str_slice(bytes, 0, bytes.len / 2) : bytes;
    while (rest.len > 0) {
        ssize_t written = pwrite(file->descriptor, rest.data, rest.len, (off_t)offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return cannot("write", file->path, TOCSIN_ERROR_OUTPUT, written < 0 ? errno : ENOSPC, err);
        }
        rest = str_skip(rest, (size_t)written);
        offset += (uint64_t)written;
    }
    return failure ? cannot("write", file->path, TOCSIN_ERROR_OUTPUT, failure, err) : TOCSIN_OK;
}

tocsin_status store_file_truncate(struct store_file *file, uint64_t bytes, struct error *err)
{
    int failure = ask_hook_plain(FILE_TRUNCATE, file->path, NULL, bytes);
    if (!failure && ftruncate(file->descriptor, (off_t)bytes) != 0) {
        failure = errno;
    }
    return failure ? cannot("cut", file->path, TOCSIN_ERROR_OUTPUT, failure, err) : TOCSIN_OK;
}

tocsin_status store_file_sync(struct store_file *file, struct error *err)
{
    int failure = ask_hook_plain(FILE_SYNC, file->path, NULL, 0);
    if (!failure && fdatasync(file->descriptor) != 0) {
        failure = errno;
    }
    return failure ? cannot("write to the disk", file->path, TOCSIN_ERROR_OUTPUT, failure, err) : TOCSIN_OK;
}

tocsin_status store_file_rename(const char *path, const char *target, struct error *err)
{
    int failure = ask_hook_plain(FILE_RENAME, path, target, 0);
    if (!failure && rename(path, target) != 0) {
        failure = errno;
    }
    return failure ? cannot("rename", path, TOCSIN_ERROR_OUTPUT, failure, err) : TOCSIN_OK;
}

tocsin_status store_file_unlink(const char *path, struct error *err)
{
    int failure = ask_hook_plain(FILE_UNLINK, path, NULL, 0);
    if (!failure && unlink(path) != 0) {
        failure = errno;
    }
    return failure ? cannot("delete", path, TOCSIN_ERROR_OUTPUT, failure, err) : TOCSIN_OK;
}

tocsin_status store_file_sync_folder(const char *folder, struct error *err)
{
    int failure = ask_hook_plain(FILE_SYNC_FOLDER, folder, NULL, 0);
    if (!failure) {
        int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        /* Some file systems cannot sync a folder and say EINVAL: then there is nothing to wait for. */
        failure = descriptor < 0 || (fsync(descriptor) != 0 && errno != EINVAL) ? errno : 0;
        if (descriptor >= 0) {
            (void)close(descriptor);
        }
    }
    return failure ? cannot("write to the disk the folder", folder, TOCSIN_ERROR_OUTPUT, failure, err) : TOCSIN_OK;
}
