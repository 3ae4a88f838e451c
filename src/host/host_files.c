#include "host/host_files.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"

enum { LISTEN_STATE = 0x0A };

tocsin_status host_files_open(struct host_files *files, const char *root, struct arena *arena, struct error *err)
{
    const char *path = root ? root : "/";
    *files = (struct host_files){.arena = arena, .is_live = strcmp(path, "/") == 0, .is_root = geteuid() == 0};
    files->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (files->root < 0) {
        return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot open the folder '%s'", path);
    }
    return TOCSIN_OK;
}

void host_files_close(struct host_files *files)
{
    if (files->root >= 0) {
        (void)close(files->root);
    }
    files->root = -1;
}

static int open_inside(const struct host_files *files, const char *path, uint64_t flags)
{
    /* A pipe must not hang us; openat2 is strict about flags that a mere place (O_PATH) has no use for. */
    struct open_how how = {.flags = flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NONBLOCK), .resolve = RESOLVE_IN_ROOT};
    if (files->is_live) {
        return open(path, (int)how.flags);
    }
    return (int)syscall(SYS_openat2, files->root, path, &how, sizeof(how));
}

static enum host_read read_failure(int failure)
{
    switch (failure) {
    case ENOENT:
    case ENOTDIR:
        return HOST_READ_ABSENT;
    case EACCES:
    case EPERM:
        return HOST_READ_DENIED;
    default:
        return HOST_READ_FAILED;
    }
}

/* The whole file into `text`; false if it has more than `room` bytes, or (with *ret_failure) cannot be read. */
static bool read_into(int file, char *text, size_t room, size_t *ret_used, int *ret_failure)
{
    size_t used = 0;
    *ret_failure = 0;
    while (used <= room) {
        ssize_t got = read(file, text + used, room + 1 - used);
        if (got == 0) {
            *ret_used = used;
            return true;
        }
        if (got > 0) {
            used += (size_t)got;
        } else if (errno != EINTR) {
            *ret_failure = errno;
            return false;
        }
    }
    return false;
}

static size_t larger(size_t room)
{
    bool is_last = room < LIMIT_HOST_FILE_BYTES && room * 8 > LIMIT_HOST_FILE_BYTES;
    return is_last ? LIMIT_HOST_FILE_BYTES : room * 8;
}

/* Files of /proc do not say how long they are: one that does not fit is read again with more room. */
static enum host_read read_all(const struct host_files *files, int file, str *ret_text)
{
    for (size_t room = 64 * KIBI; room <= LIMIT_HOST_FILE_BYTES; room = larger(room)) {
        char *text = arena_reserve(files->arena, room + 1);
        size_t used;
        int failure;
        if (!text || lseek(file, 0, SEEK_SET) < 0) {
            return HOST_READ_FAILED;
        }
        if (read_into(file, text, room, &used, &failure)) {
            text[used] = '\0';
            arena_commit(files->arena, used + 1);
            *ret_text = str_from(text, used);
            return HOST_READ_DONE;
        }
        arena_commit(files->arena, 0);
        if (failure != 0) {
            return read_failure(failure);
        }
    }
    return HOST_READ_FAILED;
}

enum host_read host_file_read(const struct host_files *files, const char *path, str *ret_text)
{
    int file = open_inside(files, path, O_RDONLY);
    if (file < 0) {
        return read_failure(errno);
    }
    enum host_read result = read_all(files, file, ret_text);
    (void)close(file);
    return result;
}

enum host_read host_file_probe(const struct host_files *files, const char *path)
{
    int file = open_inside(files, path, O_RDONLY);
    if (file < 0) {
        return read_failure(errno);
    }
    (void)close(file);
    return HOST_READ_DONE;
}

bool host_file_exists(const struct host_files *files, const char *path)
{
    int file = open_inside(files, path, O_PATH);
    if (file < 0) {
        return false;
    }
    (void)close(file);
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const str *)a, *(const str *)b);
}

enum host_read host_folder_list(const struct host_files *files, const char *path, str **ret_names, size_t *ret_count)
{
    int file = open_inside(files, path, O_RDONLY | O_DIRECTORY);
    if (file < 0) {
        return read_failure(errno);
    }
    DIR *folder = fdopendir(file);
    if (!folder) {
        (void)close(file);
        return HOST_READ_FAILED;
    }
    str *names = arena_array(files->arena, str, LIMIT_HOST_ENTRIES);
    size_t count = 0;
    const struct dirent *entry;
    while (names && count < LIMIT_HOST_ENTRIES && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            names[count] = arena_copy(files->arena, str_from_cstring(entry->d_name));
            if (!names[count].data) {
                names = NULL;
                break;
            }
            count++;
        }
    }
    (void)closedir(folder);
    if (!names) {
        return HOST_READ_FAILED;
    }
    qsort(names, count, sizeof(*names), compare_names);
    *ret_names = names;
    *ret_count = count;
    return HOST_READ_DONE;
}

/* ---- processes --------------------------------------------------------------------------------------------------- */

static str base_name(str path)
{
    size_t start = path.len;
    while (start > 0 && path.data[start - 1] != '/') {
        start--;
    }
    return str_skip(path, start);
}

/* Arguments end with NUL each. */
static bool split_arguments(struct arena *arena, str text, struct host_process *process)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == '\0';
    }
    process->arguments = arena_array(arena, str, count + 1);
    if (!process->arguments) {
        return false;
    }
    bool is_first = true;
    while (text.len > 0) {
        size_t end = str_find_char(text, '\0', 0);
        end = end == SIZE_MAX ? text.len : end;
        if (is_first) {
            process->name = base_name(str_slice(text, 0, end));
            is_first = false;
        } else {
            process->arguments[process->argument_count++] = str_slice(text, 0, end);
        }
        text = str_skip(text, end + 1);
    }
    return true;
}

bool host_process_list(const struct host_files *files, struct host_process **ret_processes, size_t *ret_count)
{
    str *names;
    size_t name_count;
    if (host_folder_list(files, "/proc", &names, &name_count) != HOST_READ_DONE) {
        return false;
    }
    struct host_process *processes = arena_array(files->arena, struct host_process, name_count + 1);
    size_t count = 0;
    for (size_t i = 0; processes && i < name_count; i++) {
        struct host_process process = {0};
        char path[64];
        str text;
        if (!str_to_i64(names[i], &process.pid) || names[i].len > 20) {
            continue;
        }
        (void)snprintf(path, sizeof(path), "/proc/%lld/cmdline", (long long)process.pid);
        if (host_file_read(files, path, &text) == HOST_READ_DONE && split_arguments(files->arena, text, &process) &&
            process.name.len > 0) {
            processes[count++] = process;
        }
    }
    *ret_processes = processes;
    *ret_count = count;
    return processes != NULL && count > 0;
}

const struct host_process *host_process_find(const struct host_process *processes, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(processes[i].name, str_from_cstring(name))) {
            return &processes[i];
        }
    }
    return NULL;
}

bool host_process_flag(const struct host_process *process, const char *name, str *ret_value)
{
    str wanted = str_from_cstring(name);
    for (size_t i = 0; i < process->argument_count; i++) {
        str argument = process->arguments[i];
        if (str_eq(argument, wanted)) {
            bool has_value = i + 1 < process->argument_count && !str_starts_with(process->arguments[i + 1], STR("-"));
            *ret_value = has_value ? process->arguments[i + 1] : STR_EMPTY;
            return true;
        }
        if (str_starts_with(argument, wanted) && argument.len > wanted.len && argument.data[wanted.len] == '=') {
            *ret_value = str_skip(argument, wanted.len + 1);
            return true;
        }
    }
    return false;
}

/* ---- listening sockets ------------------------------------------------------------------------------------------- */

/* "0100007F:0947": the address in words of the machine's order, the port in that of people. */
static bool parse_listener(str field, bool is_six, struct host_listener *ret)
{
    unsigned char bytes[16];
    size_t digits = is_six ? 32 : 8;
    uint64_t port;
    if (field.len < digits + 2 || !str_hex_decode(str_slice(field, 0, digits), (char *)bytes) ||
        !str_hex_to_u64(str_skip(field, digits + 1), &port) || port > UINT16_MAX) {
        return false;
    }
    for (size_t word = 0; word < digits / 8; word++) { /* what is read as a number is put back into network order */
        uint32_t value = (uint32_t)bytes[word * 4] << 24 | (uint32_t)bytes[word * 4 + 1] << 16 |
                         (uint32_t)bytes[word * 4 + 2] << 8 | bytes[word * 4 + 3];
        memcpy(&bytes[word * 4], &value, sizeof(value));
    }
    static const unsigned char six_loopback[16] = {[15] = 1};
    static const unsigned char mapped[13] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    ret->port = (uint16_t)port;
    ret->is_loopback =
        is_six ? memcmp(bytes, six_loopback, 16) == 0 || memcmp(bytes, mapped, 13) == 0 : bytes[0] == 127;
    return inet_ntop(is_six ? AF_INET6 : AF_INET, bytes, ret->address, sizeof(ret->address)) != NULL;
}

static str next_word(str *line)
{
    *line = str_trim(*line);
    size_t end = 0;
    while (end < line->len && !ascii_is_blank(line->data[end])) {
        end++;
    }
    str word = str_slice(*line, 0, end);
    *line = str_skip(*line, end);
    return word;
}

static size_t read_listeners(str text, bool is_six, struct host_listener *listeners, size_t count)
{
    while (text.len > 0 && count < LIMIT_HOST_ENTRIES) {
        size_t end = str_find_char(text, '\n', 0);
        str line = str_slice(text, 0, end);
        text = end == SIZE_MAX ? STR_EMPTY : str_skip(text, end + 1);
        next_word(&line); /* number of the line */
        str local = next_word(&line);
        next_word(&line); /* the other side */
        uint64_t state;
        if (str_hex_to_u64(next_word(&line), &state) && state == LISTEN_STATE &&
            parse_listener(local, is_six, &listeners[count])) {
            count++;
        }
    }
    return count;
}

bool host_listener_list(const struct host_files *files, struct host_listener **ret_listeners, size_t *ret_count)
{
    struct host_listener *listeners = arena_array(files->arena, struct host_listener, LIMIT_HOST_ENTRIES);
    str text;
    bool is_read = false;
    size_t count = 0;
    if (listeners && host_file_read(files, "/proc/net/tcp", &text) == HOST_READ_DONE) {
        count = read_listeners(text, false, listeners, count);
        is_read = true;
    }
    if (listeners && host_file_read(files, "/proc/net/tcp6", &text) == HOST_READ_DONE) {
        count = read_listeners(text, true, listeners, count);
        is_read = true;
    }
    *ret_listeners = listeners;
    *ret_count = count;
    return is_read;
}
