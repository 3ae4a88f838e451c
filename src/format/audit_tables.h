/* format/audit_tables.h
 * Names and numbers of Linux audit: record types, system calls, errors, and the keys of the fields that the format
 * knows. Not the parser: audit_header.h and audit_value.h find the tokens, audit_event.h says what they mean.
 * Memory: the tables are constant; struct audit_index holds the look-up structures built from them and belongs to
 * whoever initialised it. Threads: any may read an initialised index.
 */
#ifndef FORMAT_AUDIT_TABLES_H
#define FORMAT_AUDIT_TABLES_H

#include "base/str.h"

/* Record types that the code names; audit_table_list.h has them all. 0 is "a name nobody knows". */
enum audit_type {
    AUDIT_TYPE_UNKNOWN = 0,
    AUDIT_TYPE_LOGIN = 1006,
    AUDIT_TYPE_FIRST_USER = 1100,
    AUDIT_TYPE_USER_CMD = 1123,
    AUDIT_TYPE_USER_TTY = 1124,
    AUDIT_TYPE_SYSCALL = 1300,
    AUDIT_TYPE_PATH = 1302,
    AUDIT_TYPE_SOCKADDR = 1306,
    AUDIT_TYPE_CWD = 1307,
    AUDIT_TYPE_EXECVE = 1309,
    AUDIT_TYPE_FD_PAIR = 1317,
    AUDIT_TYPE_OBJ_PID = 1318,
    AUDIT_TYPE_TTY = 1319,
    AUDIT_TYPE_EOE = 1320,
    AUDIT_TYPE_BPRM_FCAPS = 1321,
    AUDIT_TYPE_SECCOMP = 1326,
    AUDIT_TYPE_PROCTITLE = 1327,
};

/* True for records that are an event by themselves or end one: the rule of auparse. Other records may still carry the
 * same time and serial, so an event that has one is complete but not closed. */
static inline bool audit_type_completes_event(uint16_t type)
{
    enum { FIRST_EVENT = 1300, KERNEL = 2000, FIRST_ANOMALY = 2100, FIRST_UNLABELLED = 1406, LAST_CALIPSO = 1419 };
    return type == AUDIT_TYPE_PROCTITLE || type == AUDIT_TYPE_EOE || type < FIRST_EVENT || type >= FIRST_ANOMALY ||
           type == KERNEL || (type >= FIRST_UNLABELLED && type <= LAST_CALIPSO);
}

/* Fields the format knows, by key. X(symbol, key). Lower-case keys are the kernel's, upper-case ones are names that
 * the ENRICHED log format adds. Keys of up to eight bytes are found by one comparison; keep long ones few. */
#define AUDIT_KEY_LIST(X)                                                                                              \
    X(ARCH, "arch")                                                                                                    \
    X(SYSCALL, "syscall")                                                                                              \
    X(SUCCESS, "success")                                                                                              \
    X(EXIT, "exit") X(A0, "a0") X(A1, "a1") X(A2, "a2") X(PPID, "ppid") X(PID, "pid") X(AUID, "auid") X(UID, "uid")    \
        X(GID, "gid") X(EUID, "euid") X(EGID, "egid") X(TTY, "tty") X(SES, "ses") X(COMM, "comm") X(EXE, "exe")        \
            X(SUBJ, "subj") X(KEY, "key") X(ARCH_NAME, "ARCH") X(SYSCALL_NAME, "SYSCALL") X(AUID_NAME, "AUID")         \
                X(UID_NAME, "UID") X(EUID_NAME, "EUID") X(ID_NAME, "ID") X(OP, "op") X(ACCT, "acct")                   \
                    X(HOSTNAME, "hostname") X(ADDR, "addr") X(TERMINAL, "terminal") X(RES, "res") X(RESULT, "result")  \
                        X(CMD, "cmd") X(CWD, "cwd") X(ID, "id") X(UNIT, "unit") X(GRP, "grp") X(DATA, "data")          \
                            X(SADDR, "saddr") X(DADDR, "daddr") X(LADDR, "laddr") X(LPORT, "lport") X(FADDR, "faddr")  \
                                X(FPORT, "fport") X(RPORT, "rport") X(SPORT, "sport") X(DPORT, "dport") X(SRC, "src")  \
                                    X(DEST, "dest") X(PATH, "path") X(NAME, "name") X(DIR, "dir")                      \
                                        X(APPARMOR, "apparmor") X(OPERATION, "operation") X(PROFILE, "profile")        \
                                            X(REQUESTED_MASK, "requested_mask") X(DENIED_MASK, "denied_mask")          \
                                                X(SCONTEXT, "scontext") X(TCONTEXT, "tcontext") X(TCLASS, "tclass")    \
                                                    X(SIG, "sig") X(OPID, "opid") X(OCOMM, "ocomm")                    \
                                                        X(NAMETYPE, "nametype") X(OBJTYPE, "objtype") X(MODE, "mode")  \
                                                            X(ITEM, "item") X(MSG, "msg") X(PROCTITLE, "proctitle")    \
                                                                X(VM, "vm")

enum audit_key {
    AUDIT_KEY_NONE,
#define AUDIT_KEY_ENUM(symbol, key) AUDIT_KEY_##symbol,
    AUDIT_KEY_LIST(AUDIT_KEY_ENUM)
#undef AUDIT_KEY_ENUM
        AUDIT_KEY_COUNT
};

/* What a system call does, as far as events are told apart. ORDER AUDIT_SYSCALL_CLASS (class_list in
 * audit_tables.c). */
enum audit_syscall_class {
    AUDIT_SYSCALL_OTHER,
    AUDIT_SYSCALL_EXECUTE,
    AUDIT_SYSCALL_OPEN,    /* flags in the second argument */
    AUDIT_SYSCALL_OPEN_AT, /* flags in the third */
    AUDIT_SYSCALL_CREATE,
    AUDIT_SYSCALL_READ,
    AUDIT_SYSCALL_WRITE,
    AUDIT_SYSCALL_DELETE,
    AUDIT_SYSCALL_RENAME,
    AUDIT_SYSCALL_LINK,
    AUDIT_SYSCALL_ATTRIBUTE,
    AUDIT_SYSCALL_CONNECT,
    AUDIT_SYSCALL_ACCEPT,
    AUDIT_SYSCALL_BIND,
    AUDIT_SYSCALL_SEND,
    AUDIT_SYSCALL_RECEIVE,
    AUDIT_SYSCALL_SOCKET,
    AUDIT_SYSCALL_SIGNAL,
    AUDIT_SYSCALL_TRACE,
    AUDIT_SYSCALL_IDENTITY,
    AUDIT_SYSCALL_MODULE_LOAD,
    AUDIT_SYSCALL_MODULE_UNLOAD,
    AUDIT_SYSCALL_MOUNT,
    AUDIT_SYSCALL_CLOCK,
    AUDIT_SYSCALL_HOST_NAME,
    AUDIT_SYSCALL_BPF,
    AUDIT_SYSCALL_NAMESPACE,
    AUDIT_SYSCALL_CLASS_COUNT
};

enum { AUDIT_TYPE_LOWEST = 1000, AUDIT_TYPE_NUMBERS = 2000 };
enum { AUDIT_TYPE_SLOTS = 512, AUDIT_KEY_SLOTS = 512 };

struct audit_index {
    uint8_t types[AUDIT_TYPE_SLOTS];            /* 1 + position in the type table; open addressing */
    uint8_t type_positions[AUDIT_TYPE_NUMBERS]; /* the same, by number from AUDIT_TYPE_LOWEST on */
    uint8_t keys[AUDIT_KEY_SLOTS];              /* enum audit_key; open addressing */
    uint64_t key_words[AUDIT_KEY_COUNT];
};

void audit_index_init(struct audit_index *index);

/* AUDIT_TYPE_UNKNOWN if nobody knows the name. */
uint16_t audit_type_find(const struct audit_index *index, str name);
str audit_type_name(const struct audit_index *index, uint16_t type); /* empty if unknown */

/* By the bytes of a key of up to eight as a number, the first one lowest. */
static inline uint32_t audit_key_slot(uint64_t word)
{
    return (uint32_t)((word ^ word >> 31) * UINT64_C(0x9E3779B97F4A7C15) >> 55);
}
static inline enum audit_key audit_key_find(const struct audit_index *index, uint64_t word)
{
    uint32_t slot = audit_key_slot(word);
    for (;;) {
        uint8_t key = index->keys[slot];
        if (key == AUDIT_KEY_NONE || index->key_words[key] == word) {
            return key;
        }
        slot = (slot + 1) % AUDIT_KEY_SLOTS;
    }
}
enum audit_key audit_key_find_long(str key); /* of more than eight bytes */

struct audit_syscall {
    str name; /* empty if unknown */
    enum audit_syscall_class class_id;
};
/* `arch` is the number in the log (AUDIT_ARCH_*), 0 if there was none. */
struct audit_syscall audit_syscall_find(uint64_t arch, uint64_t number);
/* For logs that bring only the name. */
enum audit_syscall_class audit_syscall_class_of_name(str name);
str audit_arch_name(uint64_t arch); /* empty if unknown */
/* The call behind socketcall's first argument (32-bit x86). */
struct audit_syscall audit_socketcall_find(uint64_t call);

str audit_errno_name(int64_t number); /* positive; empty if unknown */

#endif
