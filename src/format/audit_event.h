/* format/audit_event.h
 * What the records of one audit event say together: values by key, the system call, the arguments of an exec, the file
 * and the socket it was about. Not the row: audit_row.h writes that.
 * Memory: views into the records; the argument list is reused from event to event and belongs to struct
 * audit_details. Threads: one. Limits: LIMIT_AUDIT_ARGUMENTS.
 */
#ifndef FORMAT_AUDIT_EVENT_H
#define FORMAT_AUDIT_EVENT_H

#include "column/value.h"
#include "format/audit_event_table.h"
#include "format/audit_value.h"

/* A piece of an argument: all of it (a0="x"), or a numbered part (a0[1]=...). */
struct audit_piece {
    uint32_t argument;
    uint32_t part;
    struct audit_value value;
    uint32_t arrival; /* its place among the pieces as they came */
    bool is_at_end;   /* of its line */
};

struct audit_arguments {
    /* In order of argument and part, without repeats, once the event is read; as they came if they contradict. */
    struct audit_piece *pieces;
    uint32_t count;
    uint32_t capacity;
    bool is_plain; /* every piece is a whole argument, and none is missing before another */
    bool has_argc;
    uint64_t argc;
    bool is_incomplete; /* arguments or parts are missing or cut */
    /* All pieces are of one record, which ends here; NULL: of several. */
    const char *readable_end;
};

struct audit_socket {
    uint16_t family; /* AF_* of Linux */
    bool has_address;
    struct ip address;
    uint16_t port;
    str path; /* AF_UNIX; bytes of `path_bytes` */
    char path_bytes[108 + 1];
};

enum audit_outcome { AUDIT_OUTCOME_UNKNOWN, AUDIT_OUTCOME_SUCCESS, AUDIT_OUTCOME_FAILED, AUDIT_OUTCOME_IN_PROGRESS };

/* Which records have to be read. */
struct audit_needs {
    bool arguments;
    bool directory;
    bool paths;
    bool socket;
    bool event_name;
};

struct audit_details {
    const struct audit_event *event;
    const struct audit_index *index;
    struct audit_values values;
    struct audit_values scratch; /* of one PATH or SOCKADDR record */
    uint16_t main_type;          /* first record that is not one of those that only accompany SYSCALL; 0 = none */
    bool has_syscall;
    bool has_execve;
    bool has_path;
    bool has_socket;
    struct audit_syscall syscall;
    bool has_arch;
    uint64_t arch;
    bool has_exit;
    int64_t exit_code;
    enum audit_outcome outcome;
    bool is_truncated;
    const struct audit_record *process_title; /* the PROCTITLE record, or NULL */
    struct audit_value directory;
    struct audit_value file;      /* name of the PATH the event is about */
    struct audit_value file_kind; /* its nametype */
    struct audit_value file_mode;
    struct audit_value parent_directory;
    uint64_t file_item;
    struct audit_value access_decision; /* SELinux: "denied" */
    struct audit_value access_permissions;
    struct audit_socket socket;
    struct audit_arguments arguments;
};

void audit_details_init(struct audit_details *details);
void audit_details_release(struct audit_details *details);

/* Reads the event. False when memory is out. */
bool audit_details_read(struct audit_details *details, struct audit_scanner *scanner, const struct audit_event *event,
                        const struct audit_needs *needs);

/* The EXECVE record is as the kernel writes it: as many arguments as announced, in order, each in one piece and with
 * its end. */
bool audit_arguments_are_plain(str text, size_t body);

/* The arguments of a plain EXECVE record, decoded and joined by blanks, as the row has them. At most text.len bytes are
 * written. */
size_t audit_arguments_join(str text, size_t body, char *ret);

/* Offset of the value of a field that records of its type mostly begin with ("cwd="); SIZE_MAX if it is not there. */
size_t audit_record_find(const struct audit_record *record, str key);

/* True for execve and execveat, also when only the EXECVE record has arrived. */
static inline bool audit_details_is_execution(const struct audit_details *details)
{
    return details->has_execve || details->syscall.class_id == AUDIT_SYSCALL_EXECUTE;
}

#endif
