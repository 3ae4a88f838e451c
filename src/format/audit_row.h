/* format/audit_row.h
 * Writes an audit event as a row: which value goes into which AQL field, and how it is decoded. The table of fields is
 * here; docs/fields.md is made from it.
 * Memory: values that need no decoding are views into the records, the others go into the batch's arena.
 */
#ifndef FORMAT_AUDIT_ROW_H
#define FORMAT_AUDIT_ROW_H

#include "format/audit_event.h"
#include "format/row_writer.h"

/* X(symbol, native, name, type, description). ORDER AUDIT_FIELD (groups in
 * audit_row.c). */
/* clang-format off */
#define AUDIT_FIELD_LIST(X)                                                                                            \
    X(DEVICETIME, "msg=audit(TIME:SERIAL)", "devicetime", TYPE_INT64, "time of the event on the host")                 \
    X(HOSTNAME, "node", "hostname", TYPE_STRING, "node of the record, else the host of the syslog header")             \
    X(USERNAME, "acct, AUID, auid, UID, uid", "username", TYPE_STRING,                                                 \
      "account of user records (acct); else who logged in (name, or number where the log has no names); else, when "   \
      "nobody did, the user the process runs as. In records that change accounts it is who changed them")              \
    X(SOURCEIP, "addr, SOCKADDR of accept and bind", "sourceip", TYPE_IP,                                              \
      "peer of a login or of an accepted connection; own address of a bind")                                           \
    X(SOURCEV6, "addr, SOCKADDR of accept and bind", "sourcev6", TYPE_IP, "the same for IPv6")                         \
    X(SOURCEADDRESS, "addr, SOCKADDR of accept and bind", "sourceaddress", TYPE_IP, "the same for either family")      \
    X(SOURCEPORT, "rport, sport, SOCKADDR of accept and bind", "sourceport", TYPE_INT64, "port of that address")       \
    X(DESTINATIONIP, "SOCKADDR, daddr, laddr", "destinationip", TYPE_IP, "address connected or sent to")               \
    X(DESTINATIONV6, "SOCKADDR, daddr, laddr", "destinationv6", TYPE_IP, "the same for IPv6")                          \
    X(DESTINATIONADDRESS, "SOCKADDR, daddr, laddr", "destinationaddress", TYPE_IP, "the same for either family")       \
    X(DESTINATIONPORT, "SOCKADDR, dport, lport", "destinationport", TYPE_INT64, "port of that address")                \
    X(COMMAND, "EXECVE a0..., cmd, data, proctitle", "Command", TYPE_STRING,                                           \
      "arguments of the program started, joined by blanks; else the command of sudo (USER_CMD) or of an audited "      \
      "terminal line (USER_TTY); else the process title, but not that of a failed exec, which is the caller's")        \
    X(PROCESS_NAME, "exe, comm", "Process Name", TYPE_STRING, "file name of the program; else comm, else of a0")       \
    X(PROCESS_PATH, "exe", "Process Path", TYPE_STRING, "program file; after a failed exec still the caller's")        \
    X(COMMAND_NAME, "comm", "Command Name", TYPE_STRING, "the kernel's name of the task, at most 15 bytes")            \
    X(PROCESS_ID, "pid", "Process ID", TYPE_INT64, "")                                                                 \
    X(PARENT_PROCESS_ID, "ppid", "Parent Process ID", TYPE_INT64, "")                                                  \
    X(PROCESS_TITLE, "proctitle", "Process Title", TYPE_STRING,                                                        \
      "what the process shows as its arguments, at most 128 bytes, NULs as blanks")                                    \
    X(WORKING_DIRECTORY, "cwd", "Working Directory", TYPE_STRING, "")                                                  \
    X(ARGUMENT_COUNT, "argc", "Argument Count", TYPE_INT64, "arguments of the program started")                        \
    X(SIGNAL, "sig", "Signal", TYPE_INT64, "signal that ended the process or was stopped by seccomp")                  \
    X(TARGET_PROCESS_ID, "opid", "Target Process ID", TYPE_INT64, "process that was signalled or traced")              \
    X(TARGET_PROCESS_NAME, "ocomm", "Target Process Name", TYPE_STRING, "")                                            \
    X(FILE_PATH, "PATH name, path, name, dir", "File Path", TYPE_STRING,                                               \
      "file the event is about: the program of an exec, else the last PATH that is no parent; relative names are "     \
      "put behind the working directory")                                                                              \
    X(FILE_ACTION, "PATH nametype", "File Action", TYPE_STRING, "NORMAL, CREATE, DELETE")                              \
    X(FILE_MODE, "PATH mode", "File Mode", TYPE_STRING, "type and permissions, octal: 0104755 is a setuid file")       \
    X(PARENT_DIRECTORY, "PATH name of nametype PARENT", "Parent Directory", TYPE_STRING, "")                           \
    X(SOCKET_PATH, "SOCKADDR", "Socket Path", TYPE_STRING, "Unix socket; abstract names begin with @")                 \
    X(SOCKET_FAMILY, "SOCKADDR", "Socket Family", TYPE_STRING, "unix, inet, inet6, netlink, ... or a number")          \
    X(QIDEVENTID, "type", "qideventid", TYPE_STRING, "record type that names the event")                               \
    X(RECORD_TYPE, "type", "Record Type", TYPE_STRING, "type of the first record")                                     \
    X(RECORD_TYPES, "type", "Record Types", TYPE_STRING, "types of all records, each once, joined by commas")          \
    X(AUDIT_SERIAL, "msg=audit(TIME:SERIAL)", "Audit Serial", TYPE_INT64, "")                                          \
    X(QIDEVENTCATEGORY, "SYSCALL", "qideventcategory", TYPE_STRING, "system call")                                     \
    X(ARCHITECTURE, "arch, ARCH", "Architecture", TYPE_STRING, "x86_64, aarch64, ...")                                 \
    X(SYSTEM_CALL, "syscall, SYSCALL", "System Call", TYPE_STRING, "name, or the number of an unknown one")            \
    X(SYSTEM_CALL_SUCCESS, "success", "System Call Success", TYPE_STRING, "yes or no")                                 \
    X(SYSTEM_CALL_EXIT, "exit", "System Call Exit", TYPE_INT64, "return value; negative: the error")                   \
    X(SYSTEM_CALL_ERROR, "exit", "System Call Error", TYPE_STRING, "EACCES, ENOENT, ...")                              \
    X(AUDIT_USER_ID, "auid", "Audit User ID", TYPE_INT64, "who logged in; 4294967295 = nobody")                        \
    X(AUDIT_USER_NAME, "AUID", "Audit User Name", TYPE_STRING, "the same by name, in ENRICHED logs")                   \
    X(USER_ID, "uid", "User ID", TYPE_INT64, "")                                                                       \
    X(USER_NAME, "UID", "User Name", TYPE_STRING, "real user by name, in ENRICHED logs")                               \
    X(EFFECTIVE_USER_ID, "euid", "Effective User ID", TYPE_INT64, "")                                                  \
    X(EFFECTIVE_USER_NAME, "EUID", "Effective User Name", TYPE_STRING, "the same by name, in ENRICHED logs")           \
    X(GROUP_ID, "gid", "Group ID", TYPE_INT64, "")                                                                     \
    X(EFFECTIVE_GROUP_ID, "egid", "Effective Group ID", TYPE_INT64, "")                                                \
    X(SESSION_ID, "ses", "Session ID", TYPE_INT64, "login session; 4294967295 = none")                                 \
    X(TERMINAL, "tty, terminal", "Terminal", TYPE_STRING, "")                                                          \
    X(TARGET_USERNAME, "acct, ID, id", "Target Username", TYPE_STRING, "account that a user record is about")          \
    X(TARGET_GROUP, "grp", "Target Group", TYPE_STRING, "")                                                            \
    X(REMOTE_HOST, "hostname", "Remote Host", TYPE_STRING, "host a user comes from, as PAM resolved it")               \
    X(TERMINAL_INPUT, "data", "Terminal Input", TYPE_STRING, "keys typed (TTY, USER_TTY), control characters and all") \
    X(UNIT, "unit", "Unit", TYPE_STRING, "systemd unit")                                                               \
    X(AUDIT_KEY, "key", "Audit Key", TYPE_STRING, "key of the rule that matched; several are joined by commas")        \
    X(OPERATION, "op, operation", "Operation", TYPE_STRING,                                                            \
      "what a user record, a configuration change or AppArmor says was done")                                          \
    X(RESULT, "res, result, success", "Result", TYPE_STRING,                                                           \
      "success or failed; in progress: a non-blocking connect that was begun (EINPROGRESS)")                           \
    X(SECURITY_CONTEXT, "subj, scontext", "Security Context", TYPE_STRING, "label of the acting process")              \
    X(TARGET_CONTEXT, "tcontext", "Target Context", TYPE_STRING, "label of the object")                                \
    X(TARGET_CLASS, "tclass", "Target Class", TYPE_STRING, "kind of the object")                                       \
    X(ACCESS_DECISION, "avc, apparmor", "Access Decision", TYPE_STRING, "denied, granted, DENIED, ALLOWED, ...")       \
    X(REQUESTED_PERMISSIONS, "avc, requested_mask", "Requested Permissions", TYPE_STRING, "")                          \
    X(APPARMOR_PROFILE, "profile", "AppArmor Profile", TYPE_STRING, "")
/* clang-format on */

enum audit_field {
#define AUDIT_FIELD_ENUM(symbol, native, name, type, description) AUDIT_FIELD_##symbol,
    AUDIT_FIELD_LIST(AUDIT_FIELD_ENUM)
#undef AUDIT_FIELD_ENUM
        AUDIT_FIELD_COUNT
};

enum { AUDIT_TYPE_LISTS = 16 };

extern const struct format_field audit_fields[AUDIT_FIELD_COUNT];

/* Ids of the fields that are wanted, FIELD_NONE for the others, and what has to be read for them. */
struct audit_row_plan {
    field_id fields[AUDIT_FIELD_COUNT];
    struct audit_needs needs;
    uint32_t groups; /* functions of audit_row.c that have something to fill */
    /* Columns of the batch that is being written; NULL = not wanted. */
    const struct batch *batch;
    uint32_t batch_times_cleared;
    struct column *columns[AUDIT_FIELD_COUNT];
    /* Lists of record types that rows of this batch have: events of one kind have the same. */
    struct audit_type_list {
        uint64_t first; /* types of up to eight records, sixteen bits each */
        uint64_t last;
        uint32_t record_count; /* 0: nothing here */
        str text;
    } type_lists[AUDIT_TYPE_LISTS];
};

/* A raw_breaks (raw_choice.h); the context is the plan. */
const char *audit_row_breaks(const void *plan, field_id field);

void audit_row_plan_init(struct audit_row_plan *plan, const struct format_context *context);

void audit_row_write(struct audit_row_plan *plan, struct row_writer *writer, struct audit_details *details);

#endif
