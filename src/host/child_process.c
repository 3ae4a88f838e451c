#include "host/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/civil_time.h"
#include "base/limits.h"
#include "base/strbuf.h"

enum { NOT_FOUND = 127, PATH_BYTES = 4096 };

extern char **environ;

bool child_find(const char *name, char *ret_path, size_t path_bytes)
{
    if (strchr(name, '/')) {
        return (size_t)snprintf(ret_path, path_bytes, "%s", name) < path_bytes && access(ret_path, X_OK) == 0;
    }
    const char *path = getenv("PATH");
    static const char system_folders[] = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";
    const char *lists[2] = {path ? path : "", system_folders};
    for (int i = 0; i < 2; i++) {
        for (str rest = str_from_cstring(lists[i]); rest.len > 0;) {
            size_t end = str_find_char(rest, ':', 0);
            str folder = str_slice(rest, 0, end);
            rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end + 1);
            int length = snprintf(ret_path, path_bytes, "%.*s/%s", STR_ARG(folder), name);
            if (folder.len > 0 && length > 0 && (size_t)length < path_bytes && access(ret_path, X_OK) == 0) {
                return true;
            }
        }
    }
    return false;
}

static int exit_code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool spawn(const char *path, const char *const *argv, const struct child_options *options, int output,
                  pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    (void)sigemptyset(&none);
    (void)sigemptyset(&defaults);
    (void)sigaddset(&defaults, SIGPIPE);
    bool is_ready = posix_spawn_file_actions_init(&actions) == 0;
    bool has_attributes = is_ready && posix_spawnattr_init(&attributes) == 0;
    int failure = -1;
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (!options->stays_in_group) {
        flags |= POSIX_SPAWN_SETPGROUP;
    }
    if (has_attributes && posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO) == 0 &&
        posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
        posix_spawnattr_setsigdefault(&attributes, &defaults) == 0 && posix_spawnattr_setpgroup(&attributes, 0) == 0 &&
        posix_spawnattr_setflags(&attributes, flags) == 0) {
        failure = posix_spawn(ret_pid, path, &actions, &attributes, (char *const *)argv,
                              options->environment ? options->environment : environ);
    }
    if (has_attributes) {
        (void)posix_spawnattr_destroy(&attributes);
    }
    if (is_ready) {
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    return failure == 0;
}

/* Reads until all writers are gone or the time is over. */
static bool read_output(int input, int64_t deadline_ns, struct strbuf *text)
{
    char piece[16 * 1024];
    for (;;) {
        int64_t left_ms = (deadline_ns - clock_monotonic_ns()) / 1000000;
        struct pollfd poller = {.fd = input, .events = POLLIN};
        if (left_ms <= 0) {
            return false;
        }
        int ready = poll(&poller, 1, (int)left_ms);
        if (ready < 0 && errno != EINTR) {
            return true;
        }
        if (ready <= 0) {
            continue;
        }
        ssize_t got = read(input, piece, sizeof(piece));
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return true;
        }
        if (got > 0 && text->len + (size_t)got <= text->bytes_max) {
            strbuf_append(text, str_from(piece, (size_t)got));
        }
    }
}

static void kill_group(pid_t pid, bool is_alone)
{
    if (!is_alone) {
        (void)kill(-pid, SIGKILL);
    }
    (void)kill(pid, SIGKILL);
}

tocsin_status child_run(const char *const *argv, const struct child_options *options, struct arena *arena,
                        struct child_result *ret_result, struct error *err)
{
    char path[PATH_BYTES];
    int ends[2];
    pid_t pid;
    *ret_result = (struct child_result){.exit_code = NOT_FOUND, .output = STR_EMPTY};
    if (!child_find(argv[0], path, sizeof(path))) {
        return TOCSIN_OK;
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot run '%s'", path);
    }
    bool is_started = spawn(path, argv, options, ends[1], &pid);
    (void)close(ends[1]);
    if (!is_started) {
        (void)close(ends[0]);
        return TOCSIN_OK;
    }
    struct strbuf text;
    strbuf_init(&text, LIMIT_HOST_FILE_BYTES);
    int64_t deadline_ns = clock_monotonic_ns() + (int64_t)options->timeout_ms * 1000000;
    ret_result->pid = pid;
    ret_result->is_found = true;
    ret_result->is_timeout = !read_output(ends[0], deadline_ns, &text);
    (void)close(ends[0]);
    int64_t left_ms = (deadline_ns - clock_monotonic_ns()) / 1000000;
    if (ret_result->is_timeout || !child_wait(pid, left_ms > 100 ? (int)left_ms : 100, &ret_result->exit_code)) {
        ret_result->is_timeout = true;
        kill_group(pid, options->stays_in_group);
        (void)child_wait(pid, 1000, &ret_result->exit_code);
    }
    ret_result->output = arena_copy(arena, strbuf_str(&text));
    bool is_complete = !text.is_failed && ret_result->output.data;
    strbuf_release(&text);
    return is_complete ? TOCSIN_OK : error_memory(err);
}

pid_t child_fork(int (*work)(void *context), void *context)
{
    pid_t pid = fork();
    if (pid == 0) {
        _exit(work(context));
    }
    return pid;
}

void child_close_others(int kept, int kept_too)
{
    int low = kept < kept_too ? kept : kept_too;
    int high = kept < kept_too ? kept_too : kept;
    int first = STDERR_FILENO + 1;
    const int kept_both[2] = {low, high};
    for (int i = 0; i < 2; i++) {
        if (kept_both[i] >= first) {
            if (kept_both[i] > first) {
                (void)close_range((unsigned)first, (unsigned)kept_both[i] - 1, 0);
            }
            first = kept_both[i] + 1;
        }
    }
    (void)close_range((unsigned)first, ~0u, 0);
}

bool child_wait(pid_t pid, int timeout_ms, int *ret_exit_code)
{
    int64_t deadline_ns = clock_monotonic_ns() + (int64_t)timeout_ms * 1000000;
    for (;;) {
        int status;
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid) {
            *ret_exit_code = exit_code_of(status);
            return true;
        }
        if ((ended < 0 && errno != EINTR) || clock_monotonic_ns() >= deadline_ns) {
            return false;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
    }
}

void child_stop(pid_t pid, int timeout_ms)
{
    int exit_code;
    if (pid <= 0) {
        return;
    }
    (void)kill(pid, SIGTERM);
    if (!child_wait(pid, timeout_ms, &exit_code)) {
        kill_group(pid, false);
        (void)child_wait(pid, 1000, &exit_code);
    }
}
