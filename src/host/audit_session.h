/* host/audit_session.h
 * Auditing for a short while: rules of our own in the kernel, and someone who takes the records. What was there before
 * is there again afterwards: at the end, on every error, and if this process is killed, by a small process that keeps
 * watch, and if the machine is switched off, by the next session, from a note on disk. Rules of others are never
 * touched: ours are told by their key. Memory: inside. Threads: one. One session at a time on a host.
 */
#ifndef HOST_AUDIT_SESSION_H
#define HOST_AUDIT_SESSION_H

#include <sys/types.h>

#include "host/audit_state.h"

#define AUDIT_SESSION_KEY    "tocsin_simulate"
#define AUDIT_SESSION_FOLDER "/tocsin-simulate." /* part of the names of folders that may be removed */

enum audit_taker {
    AUDIT_TAKER_NONE,
    AUDIT_TAKER_HOST,    /* the host's auditd, which runs: its log is read */
    AUDIT_TAKER_PRIVATE, /* an auditd of our own, with a configuration in our folder */
    AUDIT_TAKER_STREAM   /* no auditd is installed: we read the kernel's stream of records */
};

struct audit_session {
    enum audit_taker taker;
    bool is_locked; /* the rules are locked until the next start: the session has none of its own */
    bool is_open;
    int64_t enabled_before;
    int64_t backlog_before;
    pid_t taker_pid;  /* of ours */
    pid_t keeper_pid; /* watches over us */
    pid_t group;      /* of processes that may add rules, or 0 */
    int keeper_pipe;
    char folder[256];
    char log_path[512];
    uint64_t log_start; /* where the session's records begin */
};

/* What a session would do here: who takes the records, or TOCSIN_ERROR_INPUT with the reason why it cannot be. */
tocsin_status audit_session_plan(struct arena *arena, struct audit_session *ret_session, struct error *err);

/* Puts back what a session that was killed has left, if there is one. *ret_restored says so. TOCSIN_ERROR_INPUT:
 * another session is going on. */
tocsin_status audit_session_recover(struct arena *arena, bool *ret_restored, struct error *err);

/* Begins. `folder` is ours, and holds the private auditd's files. */
tocsin_status audit_session_open(struct audit_session *session, const char *folder, struct arena *arena,
                                 struct error *err);
/* A group of processes will add rules: whoever puts things back ends it first. Call it before they begin. */
tocsin_status audit_session_watch(struct audit_session *session, pid_t group, struct error *err);
/* Ends, and puts everything back. The log is complete then. No-op if it is not open. */
tocsin_status audit_session_close(struct audit_session *session, struct arena *arena, struct error *err);

/* Removes a session's folder with all that is in it; another folder is left alone. */
void audit_session_remove_folder(const char *folder);

/* Adds a rule of a telemetry file with the session's key; may be called in another mount namespace. False: the kernel
 * took it not. */
bool audit_session_add(const struct audit_rule *rule, bool stays_in_group, struct arena *arena);

/* All records since the beginning. */
tocsin_status audit_session_read(const struct audit_session *session, struct arena *arena, str *ret_text,
                                 struct error *err);

#endif
