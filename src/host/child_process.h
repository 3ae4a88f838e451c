/* host/child_process.h
 * Other programs, run and waited for. Never through a shell; standard input is /dev/null; no descriptor of ours but the
 * standard ones goes to them.
 * Threads: one. Limits: output up to LIMIT_HOST_FILE_BYTES, more is dropped.
 */
#ifndef HOST_CHILD_PROCESS_H
#define HOST_CHILD_PROCESS_H

#include <sys/types.h>

#include "base/arena.h"

struct child_options {
    char *const *environment; /* NULL: ours */
    int timeout_ms;
    bool stays_in_group; /* of processes: whoever ends the group ends it too; else it gets one of its own */
};

struct child_result {
    pid_t pid;
    bool is_found;   /* the program is there */
    bool is_timeout; /* it took too long and was killed */
    int exit_code;   /* 128 + signal if one ended it */
    str output;      /* standard output and standard error, as they came */
};

/* Looks the program up in PATH (argv[0] without a slash). A program that is not there, fails or takes too long is no
 * error. */
tocsin_status child_run(const char *const *argv, const struct child_options *options, struct arena *arena,
                        struct child_result *ret_result, struct error *err);

/* The path of a program, looked for in PATH and in the folders of system programs. False: not there. */
bool child_find(const char *name, char *ret_path, size_t path_bytes);

/* fork(); in the child `work` runs and its result is the exit code. Gives the child's pid, or -1 (errno). */
pid_t child_fork(int (*work)(void *context), void *context);

/* In a forked child: closes all descriptors of the parent but the standard ones and those (both may be -1), so that the
 * parent's pipes end with the parent. */
void child_close_others(int kept, int kept_too);

/* Waits up to so long. True: it ended, with *ret_exit_code. */
bool child_wait(pid_t pid, int timeout_ms, int *ret_exit_code);
/* Asks it to end (SIGTERM), and kills it if it does not within the time. */
void child_stop(pid_t pid, int timeout_ms);

#endif
