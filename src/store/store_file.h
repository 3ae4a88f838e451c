/* store/store_file.h
 * The file operations of the event store, in one place so that tests can make each of them fail, cut it short, or watch
 * it and work out what a power cut would have left (S9).
 * Errors are TOCSIN_ERROR_INPUT where the store is read and TOCSIN_ERROR_OUTPUT where it is written.
 * Threads: any; a file belongs to one at a time. Hooks are set before and after, not during.
 */
#ifndef STORE_STORE_FILE_H
#define STORE_STORE_FILE_H

#include "base/error.h"

enum { STORE_PATH_BYTES = 4096 };

struct store_file {
    int descriptor; /* -1: closed */
    char path[STORE_PATH_BYTES];
};

/* ---- hooks for tests ---- */

enum file_action { FILE_CREATE, FILE_WRITE, FILE_TRUNCATE, FILE_SYNC, FILE_RENAME, FILE_UNLINK, FILE_SYNC_FOLDER };

struct file_event {
    enum file_action action;
    const char *path;
    const char *target; /* of a rename */
    uint64_t offset;    /* of a write; the length of a truncation */
    str bytes;          /* of a write */
};

/* Asked before each action. 0: it is done. Another errno: it fails with that, a write after its first half if
 * *ret_is_short was set. */
typedef int file_hook(void *context, const struct file_event *event, bool *ret_is_short);
void store_file_set_hook(file_hook *hook, void *context); /* NULL: none */

/* ---- paths ---- */

/* FOLDER/NAME; TOCSIN_ERROR_CONFIG if that is too long. */
tocsin_status store_path(const char *folder, const char *name, char ret_path[STORE_PATH_BYTES], struct error *err);
/* The folder with what is above it, for its owner only. */
tocsin_status store_make_folder(const char *folder, struct error *err);

/* ---- files ---- */

/* For reading. TOCSIN_END: there is no such file. */
tocsin_status store_file_open(const char *path, struct store_file *ret_file, struct error *err);
/* For reading and writing; one that must not, or must be there. */
tocsin_status store_file_create(const char *path, struct store_file *ret_file, struct error *err);
tocsin_status store_file_open_for_writing(const char *path, struct store_file *ret_file, struct error *err);
void store_file_close(struct store_file *file);

tocsin_status store_file_size(const struct store_file *file, uint64_t *ret_bytes, struct error *err);
/* Exactly so many bytes; TOCSIN_END if the file ends before. */
tocsin_status store_file_read(const struct store_file *file, uint64_t offset, void *buffer, size_t bytes,
                              struct error *err);
tocsin_status store_file_write(struct store_file *file, uint64_t offset, str bytes, struct error *err);
tocsin_status store_file_truncate(struct store_file *file, uint64_t bytes, struct error *err);
/* The bytes and the length are on the disk, not only on their way. */
tocsin_status store_file_sync(struct store_file *file, struct error *err);

tocsin_status store_file_rename(const char *path, const char *target, struct error *err);
tocsin_status store_file_unlink(const char *path, struct error *err);
/* Names made, changed and removed in the folder are on the disk. */
tocsin_status store_file_sync_folder(const char *folder, struct error *err);

#endif
