/* host/host_files.h
 * Files of the host that is examined: this one, or a tree that looks like one (a mounted image, a test's). No path can
 * leave the tree, by symbolic links neither (openat2 with RESOLVE_IN_ROOT). Reads only.
 * Memory: what is read lives in the caller's arena. Threads: one. Limits: LIMIT_HOST_FILE_BYTES, LIMIT_HOST_ENTRIES.
 */
#ifndef HOST_HOST_FILES_H
#define HOST_HOST_FILES_H

#include "base/arena.h"

struct host_files {
    struct arena *arena;
    int root;     /* descriptor of the folder */
    bool is_live; /* it is this machine as it runs, not a tree */
    bool is_root; /* we may read everything */
};

enum host_read { HOST_READ_DONE, HOST_READ_ABSENT, HOST_READ_DENIED, HOST_READ_FAILED };

/* `root` NULL or "/": this host. */
tocsin_status host_files_open(struct host_files *files, const char *root, struct arena *arena, struct error *err);
void host_files_close(struct host_files *files);

/* The file's text, with a NUL behind it. A file over the limit is HOST_READ_FAILED; so is running out of memory. */
enum host_read host_file_read(const struct host_files *files, const char *path, str *ret_text);
/* Whether it is there and could be read, without reading it. */
enum host_read host_file_probe(const struct host_files *files, const char *path);
bool host_file_exists(const struct host_files *files, const char *path);

/* Names in a folder, in bytewise order; "." and ".." are not given. */
enum host_read host_folder_list(const struct host_files *files, const char *path, str **ret_names, size_t *ret_count);

struct host_process {
    int64_t pid;
    str name;       /* the program's file name, as its first argument or comm says */
    str *arguments; /* without the first */
    size_t argument_count;
};

/* Processes by number. False if /proc could not be read. */
bool host_process_list(const struct host_files *files, struct host_process **ret_processes, size_t *ret_count);
/* The first process of that name, or NULL. */
const struct host_process *host_process_find(const struct host_process *processes, size_t count, const char *name);

/* Value of a flag: "--name=value" or "--name value"; "" for one that stands alone. False if it is not there. */
bool host_process_flag(const struct host_process *process, const char *name, str *ret_value);

/* Sockets that listen on a TCP port, by /proc/net/tcp and tcp6. */
struct host_listener {
    uint16_t port;
    bool is_loopback;
    char address[64];
};
bool host_listener_list(const struct host_files *files, struct host_listener **ret_listeners, size_t *ret_count);

#endif
