#include "host/audit_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "host/child_process.h"

enum { MESSAGE_BYTES = 16 * 1024, RECEIVE_BYTES = 8 * 1024 * 1024 };

const char *audit_stream_type_name(unsigned type)
{
    static const struct {
        unsigned type;
        const char *name;
    } names[] = {
        {AUDIT_SYSCALL, "SYSCALL"},
        {AUDIT_PATH, "PATH"},
        {AUDIT_CONFIG_CHANGE, "CONFIG_CHANGE"},
        {AUDIT_SOCKADDR, "SOCKADDR"},
        {AUDIT_CWD, "CWD"},
        {AUDIT_EXECVE, "EXECVE"},
        {AUDIT_FD_PAIR, "FD_PAIR"},
        {AUDIT_OBJ_PID, "OBJ_PID"},
        {AUDIT_EOE, "EOE"},
        {AUDIT_BPRM_FCAPS, "BPRM_FCAPS"},
        {AUDIT_MMAP, "MMAP"},
        {AUDIT_PROCTITLE, "PROCTITLE"},
        {AUDIT_AVC, "AVC"},
        {AUDIT_SECCOMP, "SECCOMP"},
    };
    for (size_t i = 0; i < countof(names); i++) {
        if (names[i].type == type) {
            return names[i].name;
        }
    }
    return NULL;
}

struct stream_context {
    int socket;
    int file;
    pid_t parent;
};

static volatile sig_atomic_t is_ending;

static void note_end(int signal_number)
{
    (void)signal_number;
    is_ending = 1;
}

static void write_record(int file, unsigned type, const char *text, size_t bytes)
{
    char line[MESSAGE_BYTES + 64];
    const char *name = audit_stream_type_name(type);
    char number[32];
    (void)snprintf(number, sizeof(number), "UNKNOWN[%u]", type);
    if (type == AUDIT_EOE) { /* auditd keeps it to itself */
        return;
    }
    int length = snprintf(line, sizeof(line), "type=%s msg=%.*s\n", name ? name : number, (int)bytes, text);
    if (length > 0 && length < (int)sizeof(line)) {
        (void)!write(file, line, (size_t)length);
    }
}

static int stream(void *state)
{
    const struct stream_context *context = state;
    union {
        struct nlmsghdr header;
        char bytes[MESSAGE_BYTES];
    } message;
    struct sigaction action = {.sa_handler = note_end};
    struct timeval pause = {.tv_usec = 200 * 1000}; /* a signal just before recv must not be missed */
    child_close_others(context->socket, context->file);
    (void)setsockopt(context->socket, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause));
    (void)sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (getppid() != context->parent) { /* it was killed already */
        return 1;
    }
    while (!is_ending) {
        ssize_t got = recv(context->socket, &message, sizeof(message), 0);
        if (got < (ssize_t)sizeof(message.header)) {
            if (got < 0 && errno != EINTR && errno != ENOBUFS && errno != EAGAIN) {
                return 1;
            }
            continue;
        }
        /* The kernel's own length of audit messages leaves the header out, or not: the datagram's counts. */
        write_record(context->file, message.header.nlmsg_type, message.bytes + NLMSG_HDRLEN,
                     (size_t)got - NLMSG_HDRLEN);
    }
    return 0;
}

tocsin_status audit_stream_start(const char *path, pid_t *ret_pid, struct error *err)
{
    struct stream_context context = {
        .socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT),
        .file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
        .parent = getpid(),
    };
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1u << (AUDIT_NLGRP_READLOG - 1)};
    int size = RECEIVE_BYTES;
    pid_t pid = -1;
    if (context.socket >= 0 && context.file >= 0 &&
        bind(context.socket, (const struct sockaddr *)&address, sizeof(address)) == 0) {
        (void)setsockopt(context.socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
        pid = child_fork(stream, &context);
    }
    int failure = errno;
    if (context.socket >= 0) {
        (void)close(context.socket);
    }
    if (context.file >= 0) {
        (void)close(context.file);
    }
    if (pid < 0) {
        return error_system(err, TOCSIN_ERROR_INPUT, failure, "the kernel's audit records cannot be read");
    }
    *ret_pid = pid;
    return TOCSIN_OK;
}
